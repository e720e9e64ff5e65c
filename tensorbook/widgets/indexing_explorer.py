"""IndexingExplorer: which elements an index picks, the shape that comes of it, and whether that is a view or a copy."""

from collections.abc import Sequence
from functools import cached_property
from math import prod
from typing import Any
from warnings import catch_warnings, simplefilter

from .board import Board, Content, Index, Panel, Words, cell_name, counted, middle, reader, tuple_text
from .cells import indices, shown
from .index_code import Line, Taken, apply, derive, parse, suggestions
from .inputs import Layout, as_tensor, read, short

MOST = 400
MOST_COPY = 1 << 22
"""The most elements that an index with lists, masks or tensors may copy."""


class IndexingExplorer(Board):
    """A tensor, an index typed or chosen, and what it picks: the selected cells, the result, its shape item by item.

    The line is read, never evaluated: numbers, slices, `None`, `...`, lists, masks such as `x > 3`, and index tensors.
    With `= value` after it, the picture previews the assignment; the tensor that was given is not changed.

    Args:
        x: a tensorbook tensor, a `torch.Tensor`, or a NumPy array (shown as a tensor).
        index: the first line, such as `"x[1:, ::2]"` or `"1:, ::2"`; one that suits the shape unless told.
        name: what to call the tensor (default `x`).
        variables: further tensors that a line may name: `IndexingExplorer(x, rows=torch.tensor([0, 2]))`.
        quiz: hide the result and ask for its shape first.

    Raises `TypeError` for what is no tensor, `ValueError` for a name that is no Python name.

    Example:
        >>> import tensorbook as torch
        >>> explorer = IndexingExplorer(torch.arange(12).reshape(3, 4), index="1:, [0, 2]")
        >>> explorer.result.tolist()
        [[4, 6], [8, 10]]
        >>> print(explorer.alt)
        x[1:, [0, 2]] of shape (3, 4) has shape (2, 2): a copy of 4 elements.
    """

    module = "indexing_explorer"
    most = MOST

    def __init__(
        self, x: Any, *, index: str | None = None, name: str | None = None, quiz: bool = False, **variables: Any
    ):
        self.name = "x" if name is None else name
        if not (isinstance(self.name, str) and self.name.isidentifier()):
            raise ValueError(f"name is {name!r}; expected a Python name such as 'x'")
        read(x)  # raises TypeError, naming what was given
        self.tensor = as_tensor(x)
        self._layout = read(self.tensor)
        self._variables = {self.name: self.tensor.detach(), **variables}
        self._offers = suggestions(self._layout.shape, self.name)
        super().__init__(quiz=quiz)
        self._run(index or self._offers[min(2, len(self._offers) - 1)][1])
        self.refresh()

    @property
    def code(self) -> str:
        """The line as Python writes it, or as it was typed where it cannot be read."""
        return self._line.code if self._line else self._typed

    def run(self, code: str) -> Any:
        """Show another line, and return what it picks: None for an assignment.

        Raises what the library raises where it refuses the index, and `ValueError` for a line that cannot be read.
        """
        self._run(code)
        self.ask_again()
        self.show()
        if self._error:
            raise self._error
        return self.result

    def receive(self, kind: str, data: dict[str, Any]) -> Any:
        if kind == "run":
            self._run(str(data["code"]))
            self.ask_again()
            return self.show()
        return super().receive(kind, data)

    # Doing it ---------------------------------------------------------------------------------------------------------

    def _run(self, code: str) -> None:
        """Read the line and do what it says, on the real tensor; an assignment on a copy."""
        self._typed, self._line, self._error, self.result = code.strip(), None, None, None
        self._taken: list[Taken] = []
        self._said: list[str] = []
        self._picked: dict[Index, Index] = {}
        self._after: Any = None
        self.shape: tuple[int, ...] | None = None
        try:
            line = self._line = parse(code, self.name, self._variables)
            try:
                self._taken, self._said, self.shape = derive(line, self._layout.shape)
            except IndexError:
                self._variables[self.name][line.index]  # the library's own words
                raise
            self._pick(line)
        except Exception as error:
            self._error, self.shape = error, None
            if not isinstance(error, IndexError):
                self._taken = []

    def _pick(self, line: Line) -> None:
        x, copies = self._variables[self.name], any(item.advanced for item in self._taken)
        if copies and prod(self.shape or ()) > MOST_COPY:
            raise MemoryError(f"this would copy {prod(self.shape or ()):,} elements; at most {MOST_COPY:,} are copied")
        with catch_warnings():
            simplefilter("ignore", UserWarning)  # PyTorch reads x[[[0], [1]]] as it once did, and warns
            result = x[line.index]
        if self.shape != (shape := tuple(result.shape)):
            self._taken, self._said, self.shape = [], ["read in an older way: write index tensors out"], shape
        self._is_view = not copies
        self._locate(line, read(result))
        if line.sign:
            self._assign(line)
        else:
            self.result = result

    @cached_property
    def _numbers(self) -> Any:
        """A tensor of the same shape, each element its number in row-major order."""
        zeros = self._variables[self.name].new_zeros(()).long().expand(self._layout.shape)
        return zeros.add(1).reshape(-1).cumsum(0).sub(1).reshape(zeros.shape)

    def _locate(self, line: Line, result: Layout) -> None:
        """Of each cell drawn of the result: the index in the tensor that it comes from."""
        cells = indices(shown(result.shape, MOST))
        layout = self._layout
        if layout.numel <= MOST_COPY:
            numbers = read(self._numbers[line.index])
            found = (_unravel(_at(numbers, cell), layout.shape) for cell in cells)
        elif not self._is_view:
            raise MemoryError(f"a tensor of {layout.numel:,} elements is too large for lists and masks here")
        elif 0 in layout.stride:  # many indices lead to one slot: which of them is meant cannot be told from the slot
            found = (None for _ in cells)
        else:
            found = (layout.find(result.slot(cell)) for cell in cells)
        self._picked = {cell: at for cell, at in zip(cells, found, strict=True) if at is not None}
        drawn = indices(shown(self._layout.shape, MOST))
        self._selected_cells = self._all_selected(line, drawn)

    def _all_selected(self, line: Line, drawn: list[Index]) -> set[Index]:
        """The cells drawn of the tensor that are picked at all, also by cells of the result that are not drawn."""
        if self._layout.numel > MOST_COPY or len(self._picked) == prod(self.shape or ()):
            return set(self._picked.values()) & set(drawn)
        chosen = set(self._numbers[line.index].reshape(-1).tolist())
        return {cell for cell in drawn if _ravel(cell, self._layout.shape) in chosen}

    def _assign(self, line: Line) -> None:
        """The assignment, on a copy: the tensor that was given stays."""
        copy = self._variables[self.name].clone()
        if line.sign == "=":
            copy[line.index] = line.assigned
        else:
            copy[line.index] = apply(line, copy[line.index])
        self._after = copy

    # What is shown ----------------------------------------------------------------------------------------------------

    @property
    def question(self) -> str:
        return f"What shape has {self.code}? Type it, such as (2, 3), or error where the index is refused."

    @property
    def answer(self) -> str:
        return "error" if self.shape is None else tuple_text(self.shape)

    def hint(self, guess: str) -> str:
        return "not yet: go item by item; a number takes its dim away, a slice keeps it, None adds one"

    def content(self) -> Content:
        layout, name = self._layout, self.name
        content = Content(
            name=self.code if self._line and self._line.sign else "y",
            expression="" if self._line and self._line.sign else f"= {self.code}",
            kind=f"{layout.dtype} · {layout.kind}",
            facts=self._facts(),
            panels=[self._given()],
            line=self.code if self._line and self._line.sign else f"y = {self.code}",
            more={"code": self.code, "base": name, "ops": [list(op) for op in self._offers],
                  "assigns": bool(self._line and self._line.sign)},
        )  # fmt: skip
        if self._error is not None:
            content.refusal = {
                "title": f"{self.code} is refused" if self._line else "this line was not run",
                "said": f"{type(self._error).__name__}: {self._error}" if self._line else str(self._error),
                "rule": why(self._error, self._line, layout.shape),
            }
            content.remark = "does not run"
            if self._taken:
                content.heading, content.lines = "item by item", self._derivation()
            return content
        content.heading, content.lines = "its shape, item by item", self._derivation()
        if self._after is not None:
            self._show_assignment(content)
            return content
        result = read(self.result)
        out_of = reader(result, MOST)
        content.panels.append(Panel(
            id="out", title="y", shape=result.shape, value=out_of, dtype=result.dtype, tone=self._tone, sign="→",
            note=f"{tuple_text(result.shape)}, stride {tuple_text(result.stride)}",
        ))  # fmt: skip
        content.links["out"] = lambda index: {"x": [self._picked[index]]} if index in self._picked else {}
        content.words["out"] = lambda index: self._words(index, out_of(index))
        content.legend = [
            ["pick", str(self._tone), "picked, and shared: a view" if self._is_view else "picked, and copied"]
        ]
        content.remark = (
            "a view: nothing was copied" if self._is_view else f"a copy of {counted(result.numel, 'element')}"
        )
        if (at := middle(result.shape, MOST)) is not None:
            content.rest = ("out", at)
        return content

    @property
    def _tone(self) -> int:
        """Green for what shares storage, amber for a copy."""
        return 2 if self._error is None and self._is_view else 4

    def _facts(self) -> list[dict[str, Any]]:
        facts: list[dict[str, Any]] = [{"label": f"{self.name}.shape", "value": tuple_text(self._layout.shape)}]
        if self._error is not None:
            return [*facts, {"value": "refused", "tone": "warn", "secret": True}]
        facts.append({"label": "result", "value": tuple_text(self.shape or ()), "secret": True})
        if self._after is not None:
            return [*facts, {"value": f"writes {counted(prod(self.shape or ()), 'element')} in place", "tone": "warn"}]
        if self._is_view:
            return [*facts, {"value": "view", "tone": "d2", "title": "it reads the same storage", "secret": True}]
        return [*facts, {"value": "copy", "tone": "warn", "title": "it has a storage of its own", "secret": True}]

    def _given(self) -> Panel:
        layout = self._layout
        chosen = self._selected_cells if self._error is None and self.revealed else set()
        return Panel(
            id="x", title=self.name, shape=layout.shape, value=reader(layout, MOST), dtype=layout.dtype,
            note=f"{tuple_text(layout.shape)}, stride {tuple_text(layout.stride)}", tone=self._tone,
            dims=range(len(layout.shape)), said={"pick": "picked"},
            kind=lambda index: "pick" if index in chosen else "dim" if chosen else "",
        )  # fmt: skip

    def _derivation(self) -> list[list[list[Any]]]:
        """One line for each item: what it takes, what it says, what it leaves; then the rules for all together."""
        shape = self._layout.shape
        wide = max((len(t.code) for t in self._taken), default=0)
        lines = []
        for t in self._taken:
            ink = f"i{t.dims[0] % 5}" if t.dims else "dim"
            which = ", ".join(map(str, t.dims))
            takes = f"dim {which}" if len(t.dims) == 1 else f"dims {which}" if t.dims else "no dim"
            sizes = ", ".join(str(shape[d]) for d in t.dims)
            left = ", ".join(map(str, t.sizes)) or "–"
            lines.append([
                [(t.code or "…").ljust(min(wide, 24)) + "  ", ink, 700], [takes + (f" of {sizes}" * bool(sizes)), ink],
                [f"  {t.words}  → ", "dim"], [left, "text", 700],
            ])  # fmt: skip
        lines += [[[words, "dim"]] for words in self._said]
        if self.shape is not None:
            lines.append([["shape ", "dim"], [tuple_text(self.shape), "text", 700]])
        return lines

    def _words(self, index: Index, value: Any) -> Words:
        at = self._picked.get(index)
        head = f"{cell_name('y', index)} comes from"
        if at is None:
            return {"head": head, "formula": [], "note": "its place was not followed"}
        formula: list[list[Any]] = [[self.name, "dim"]]
        if at:
            formula.append(["[", "dim"])
            for dim, i in enumerate(at):
                formula += [[str(i), f"i{dim % 5}", 700], [", " if dim < len(at) - 1 else "]", "dim"]]
        formula += [[" = ", "dim"], [short(value), "text", 700]]
        slot = self._layout.slot(at)
        shared = f"storage slot {slot}, for both: writing to one changes the other"
        return {"head": head, "formula": formula, "note": shared if self._is_view else "copied: y has its own"}

    def _show_assignment(self, content: Content) -> None:
        after = read(self._after)
        new, old, chosen = reader(after, MOST), reader(self._layout, MOST), self._selected_cells
        name = self.name

        def words(index: Index) -> Words:
            formula = [[short(old(index)), "dim"], [" → ", "dim"], [short(new(index)), "warn", 700]]
            if index not in chosen:
                formula = [[short(old(index)), "text", 700]]
            return {"head": cell_name(name, index), "formula": formula,
                    "note": "written" if index in chosen else "stays as it is"}  # fmt: skip

        content.panels.append(Panel(
            id="out", title=f"{name} afterwards", shape=after.shape, value=new, dtype=after.dtype, tone=4, sign="→",
            note="a preview: nothing is written", dims=range(len(after.shape)), said={"new": "written"},
            kind=lambda index: "new" if index in chosen else "", label=lambda index: cell_name(name, index),
        ))  # fmt: skip
        content.links["out"] = lambda index: {"x": [index]}
        content.words["out"] = words
        content.legend = [["pick", str(self._tone), "picked"], ["new", "0", "written"]]
        content.remark = "writes in place: every view of the storage sees it"
        content.rest = ("out", min(chosen)) if chosen else None

    def summary(self) -> str:
        of = f"{self.code} of shape {tuple_text(self._layout.shape)}"
        if self._error is not None:
            return f"{self.code} on the shape {tuple_text(self._layout.shape)} is refused: {self._error}"
        if self._after is not None:
            return f"{of} would write {counted(prod(self.shape or ()), 'element')}."
        copied = "a view" if self._is_view else f"a copy of {counted(prod(self.shape or ()), 'element')}"
        return f"{of} has shape {tuple_text(self.shape or ())}: {copied}."


def why(error: Exception, line: Line | None, shape: Sequence[int]) -> str:
    """The rule behind a refusal; empty where the library's words say it all."""
    said = str(error)
    if line is None:
        return ""
    if "out of bounds" in said or "out of range" in said:
        return "A dim of size n has the indices 0 … n - 1, and -n … -1 counted from its end."
    if "too many indices" in said:
        return f"There are {len(shape)} dims: each number, slice and index tensor takes one of them."
    if "step must" in said or "greater than zero" in said:
        return f"Strides of tensors are never negative: flip(0) copies in reverse order, as in {line.code[0]}.flip(0)."
    if "mask" in said:
        return "A mask takes as many dims as it has, and must have their sizes."
    if "shape mismatch" in said or "broadcast" in said:
        return "Index tensors are taken together, element by element, so their shapes must broadcast."
    return ""


def _at(layout: Layout, cell: Index) -> int:
    slot = layout.slot(cell)
    return layout.read(slot, slot + 1)[0]


def _unravel(number: int, shape: Sequence[int]) -> Index:
    found = []
    for size in reversed(shape):
        number, i = divmod(number, size)
        found.append(i)
    return tuple(reversed(found))


def _ravel(index: Index, shape: Sequence[int]) -> int:
    number = 0
    for i, size in zip(index, shape, strict=True):
        number = number * size + i
    return number
