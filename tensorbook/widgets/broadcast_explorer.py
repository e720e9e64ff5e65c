"""BroadcastExplorer: how two shapes are aligned and stretched, and which two elements make each of the result."""

import operator
from collections.abc import Sequence
from math import prod
from typing import Any

from .board import Board, Content, Index, Panel, Words, cell_name, middle, reader, tuple_text
from .inputs import Layout, read, short
from .shapes import as_operand, fits, joint_size, parse_shape
from .sums import signed

OPS = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv, "**": operator.pow,
    "==": operator.eq, "<": operator.lt, ">": operator.gt,
}  # fmt: skip
MOST = 400
"""The most cells of each of the three tensors that are drawn."""


class BroadcastExplorer(Board):
    """Two tensors, aligned from the right and stretched to one shape: point at a cell of the result for its two terms.

    Repeated cells are drawn as ghosts: they are read by stride 0, and stored nowhere. Where two sizes do not fit, the
    dim is marked and the rule named. The op and the shapes can be changed in the page.

    Args:
        a, b: tensorbook tensors, `torch.Tensor`s, NumPy arrays or numbers; or shapes, as tuples, lists of ints or
            `torch.Size`: the elements are then numbered.
        op: one of `+ - * / ** == < >`.
        quiz: hide the result and ask for its shape first.

    Raises `TypeError` for what is neither a tensor nor a shape, `ValueError` for another op or a negative size.

    Example:
        >>> explorer = BroadcastExplorer((3, 1), (4,))
        >>> explorer.result_shape
        (3, 4)
        >>> BroadcastExplorer((3, 2), (4,)).alt
        'a of shape (3, 2) and b of shape (4,) do not broadcast: dim 1 is 2 in a and 4 in b.'
    """

    module = "broadcast_explorer"
    most = MOST
    secrets = ("a", "b", "out")
    told = ("align",)

    def __init__(self, a: Any, b: Any, *, op: str = "+", quiz: bool = False):
        self._given = {"a": as_operand(a, "a", b), "b": as_operand(b, "b", a)}
        self._check_op(op)
        self.op = op
        super().__init__(quiz=quiz)
        self.refresh()

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """The shapes of the two, by name."""
        return {name: tuple(x.shape) for name, x in self._given.items()}

    @property
    def result_shape(self) -> tuple[int, ...] | None:
        """The shape of the result, or None where the two do not broadcast."""
        return None if self._misfits() else tuple(joint_size(sizes) for sizes in self._aligned())

    def set_op(self, op: str) -> None:
        """Choose another op."""
        self._check_op(op)
        self.op = op
        self.show()

    def set_shape(self, name: str, shape: str | Sequence[int]) -> None:
        """Put a tensor of this shape, its elements numbered, in the place of `a` or `b`."""
        if name not in self._given:
            raise ValueError(f"there is no operand {name!r}; expected 'a' or 'b'")
        sizes = parse_shape(shape) if isinstance(shape, str) else tuple(shape)
        self._given[name] = as_operand(sizes, name, self._given["ba"["ab".index(name)]])
        self.ask_again()
        self.show()

    @staticmethod
    def _check_op(op: str) -> None:
        if op not in OPS:
            raise ValueError(f"op is {op!r}; expected one of {' '.join(OPS)}")

    def receive(self, kind: str, data: dict[str, Any]) -> Any:
        match kind:
            case "op":
                self.set_op(str(data["op"]))
            case "shape":
                self.set_shape(str(data["name"]), str(data["shape"])[:200])
            case _:
                return super().receive(kind, data)

    # The rule ---------------------------------------------------------------------------------------------------------

    def _aligned(self) -> list[tuple[int | None, int | None]]:
        """The sizes of a and b for each dim of the result, None where one has no such dim."""
        a, b = self.shapes.values()
        n = max(len(a), len(b))
        wide = [(None,) * (n - len(shape)) + shape for shape in (a, b)]
        return list(zip(*wide, strict=True))

    def _misfits(self) -> list[int]:
        """The dims of the result where the two sizes differ and neither is 1."""
        return [d for d, (p, q) in enumerate(self._aligned()) if None not in (p, q) and p != q and 1 not in (p, q)]

    def _rule(self, dim: int) -> str:
        """What happens at one dim, in words."""
        p, q = self._aligned()[dim]
        if dim in self._misfits():
            return f"{p} and {q} do not fit: two sizes fit where they are equal, or where one of them is 1"
        for name, own, other in (("a", p, q), ("b", q, p)):
            if own is None:
                return f"{name} has no such dim: it counts as 1" + (f" and is repeated {other} times" * (other != 1))
        if p == q:
            return "equal sizes: nothing is repeated"
        return f"{'a' if p == 1 else 'b'} has size 1 here: it is repeated {joint_size((p, q))} times, by stride 0"

    def _remedy(self) -> str:
        """A dim of size 1 that would make the shapes fit, where one would."""
        shapes, found = self.shapes, []
        for name, other in (("a", "b"), ("b", "a")):
            for dim in range(len(shapes[name]), -1, -1):
                wider = (*shapes[name][:dim], 1, *shapes[name][dim:])
                if fits(wider, shapes[other]):
                    found.append((len(wider), f"{name}.unsqueeze({dim}) of shape {tuple_text(wider)} would fit."))
        return min(found)[1] if found else "No dim of size 1 put into one of them would make them fit."

    # What is shown ----------------------------------------------------------------------------------------------------

    question = "What shape does the result have? Type it, such as (2, 3), or no where the shapes do not fit."

    @property
    def answer(self) -> str:
        return "no" if self.result_shape is None else tuple_text(self.result_shape)

    def hint(self, guess: str) -> str:
        return "not yet: align the shapes from the right, and compare the two sizes of each dim"

    def content(self) -> Content:
        a, b = map(read, self._given.values())
        shape, misfits = self.result_shape, self._misfits()
        content = Content(
            name=f"a {self.op} b",
            kind=f"{a.dtype} and {b.dtype}",
            facts=self._facts(shape),
            panels=[self._align()],
            words={"align": self._words_of_dim},
            line=f"y = a {self.op} b",
            more={"op": self.op, "ops": list(OPS), "shapes": {k: tuple_text(s) for k, s in self.shapes.items()}},
        )
        self._table = {}
        error = None
        if shape is not None:
            try:
                self._dtype = self._sample(tuple(0 for _ in shape)) if prod(shape) else self._empty()
            except (RuntimeError, TypeError, ValueError, NotImplementedError) as refused:
                error = refused
        else:
            error = self._refused()
        if error is not None:
            content.refusal = {
                "title": f"a {self.op} b is refused",
                "said": f"{type(error).__name__}: {error}",
                "rule": f"Dim {misfits[-1]}: {self._rule(misfits[-1])}. {self._remedy()}" if misfits else "",
            }
            content.line, content.remark = f"y = a {self.op} b", "does not run"
            content.rest = ("align", (0, misfits[-1])) if misfits else None
            return content
        self._operands = {"a": a, "b": b}
        self._strides = {name: self._stretched(layout, shape) for name, layout in self._operands.items()}
        content.panels += [
            self._panel("a", a, shape, new_line=True),
            self._panel("b", b, shape, sign=self.op),
            self._result(shape),
        ]
        content.links["out"] = lambda index: {name: [index, self._stored(name, index)] for name in "ab"}
        content.words["out"] = self._words
        if (at := middle(shape, MOST)) is not None:
            content.rest = ("out", at)
        content.remark = f"shape {tuple_text(shape)}, nothing was copied to stretch"
        content.legend = [["ghost", "0", "a repeat: stored once, read again"]]
        return content

    def _facts(self, shape: tuple[int, ...] | None) -> list[dict[str, Any]]:
        facts: list[dict[str, Any]] = [
            {"label": name, "value": tuple_text(own), "tone": f"d{tone}", "title": f"the shape of {name}"}
            for tone, (name, own) in enumerate(self.shapes.items())
        ]
        if shape is None:
            return [*facts, {"value": "does not broadcast", "tone": "warn", "secret": True}]
        return [*facts, {"label": "result", "value": tuple_text(shape), "tone": "d2", "secret": True}]

    def _align(self) -> Panel:
        aligned, misfits = self._aligned(), self._misfits()
        rows = ["a", "b", "result"] if self.revealed else ["a", "b"]

        def value(index: Index) -> str:
            row, dim = index
            if row == 2:
                return "✗" if dim in misfits else str(joint_size(aligned[dim]))
            return "1" if aligned[dim][row] is None else str(aligned[dim][row])

        def kind(index: Index) -> str:
            row, dim = index
            if dim in misfits and self.revealed:
                return "bad"
            return "ghost" if row < 2 and aligned[dim][row] is None else "pick" if row == 2 else ""

        return Panel(
            id="align", title="shapes, aligned from the right", shape=(len(rows), len(aligned)), value=value, kind=kind,
            tone=2, rows=rows, columns=[f"dim {d}" for d in range(len(aligned))],
            said={"ghost": "no such dim: counts as 1", "bad": "does not fit"},
            label=lambda i: f"{rows[i[0]]}, dim {i[1]}",
        )  # fmt: skip

    def _words_of_dim(self, index: Index) -> Words:
        dim = index[1]
        if not self.revealed:
            return {"head": f"dim {dim}", "formula": [], "note": "what becomes of it is the question"}
        p, q = ("–" if size is None else str(size) for size in self._aligned()[dim])
        result = "✗" if dim in self._misfits() else str(joint_size(self._aligned()[dim]))
        ink = "alert" if result == "✗" else "i2"
        formula = [[p, "i0", 700], [" and ", "dim"], [q, "i1", 700], [" → ", "dim"], [result, ink, 700]]
        return {"head": f"dim {dim}: a and b", "formula": formula, "note": self._rule(dim)}

    def _stretched(self, layout: Layout, shape: tuple[int, ...]) -> tuple[int, ...]:
        """The strides with which it is read in the shape of the result: 0 where it is repeated."""
        missing = len(shape) - len(layout.shape)
        own = [0 if size == 1 and shape[missing + d] != 1 else layout.stride[d] for d, size in enumerate(layout.shape)]
        return (0,) * missing + tuple(own)

    def _own(self, name: str, index: Index) -> Index:
        """The index of the element of a or b that a cell of the result reads."""
        shape = self.shapes[name]
        return tuple(0 if size == 1 else i for i, size in zip(index[len(index) - len(shape) :], shape, strict=True))

    def _stored(self, name: str, index: Index) -> Index:
        """The cell of the stretched panel that is no ghost, of those that read the same element."""
        return tuple(0 if step == 0 else i for i, step in zip(index, self._strides[name], strict=True))

    def _panel(self, name: str, layout: Layout, shape: tuple[int, ...], **given: Any) -> Panel:
        strides = self._strides[name]
        read_at = reader(layout, 1 << 12)
        found: dict[Index, Any] = {}

        def value(index: Index) -> Any:
            own = self._own(name, index)
            if own not in found:
                slot = layout.slot(own)
                at = read_at(own)
                found[own] = at if at is not None else layout.read(slot, slot + 1)[0]
            return found[own]

        def kind(index: Index) -> str:
            return "ghost" if any(i and not s and n > 1 for i, s, n in zip(index, strides, shape, strict=True)) else ""

        grown = tuple_text(layout.shape)
        if tuple(layout.shape) != shape:
            grown += f" → {tuple_text(shape)}"
        return Panel(
            id=name, title=name, shape=shape, value=value, kind=kind, dtype=layout.dtype, tone="ab".index(name),
            note=f"{grown}, stride {tuple_text(strides)}", said={"ghost": "a repeat: stored once, read again"},
            label=lambda i: cell_name(name, self._own(name, i)), **given,
        )  # fmt: skip

    def _result(self, shape: tuple[int, ...]) -> Panel:
        def value(index: Index) -> Any:
            if index not in self._table:
                self._table[index] = self._sample(index, as_value=True)
            return self._table[index]

        return Panel(
            id="out", title="y", shape=shape, value=value, dtype=self._dtype, tone=2, sign="=",
            note=f"{tuple_text(shape)} {self._dtype}",
        )  # fmt: skip

    def _sample(self, index: Index, as_value: bool = False) -> Any:
        """One element of the result, from one of each operand; all dims stay, since dtypes promote by them."""
        pieces = []
        for name, x in self._given.items():
            own = self._own(name, index)
            pieces.append(x.detach()[tuple(slice(i, i + 1) for i in own)] if own else x.detach())
        result = OPS[self.op](*pieces)
        return result.reshape(-1).tolist()[0] if as_value else str(result.dtype).rpartition(".")[2]

    def _empty(self) -> str:
        result = OPS[self.op](*(x.detach() for x in self._given.values()))
        return str(result.dtype).rpartition(".")[2]

    def _refused(self) -> Exception:
        try:
            OPS[self.op](*(x.detach() for x in self._given.values()))
        except Exception as error:
            return error
        return ValueError("the shapes do not broadcast")  # a library with another rule than NumPy's and PyTorch's

    def _words(self, index: Index) -> Words:
        own = {name: self._own(name, index) for name in self._given}
        a, b = (layout.read(layout.slot(own[n]), layout.slot(own[n]) + 1)[0] for n, layout in self._operands.items())
        head = f"{cell_name('y', index)} = {cell_name('a', own['a'])} {self.op} {cell_name('b', own['b'])}"
        shape = self.result_shape or ()
        again = []
        for name, strides in self._strides.items():
            dims = [d for d, (s, n) in enumerate(zip(strides, shape, strict=True)) if s == 0 and n > 1]
            if dims:
                which = " and ".join(map(str, dims))
                again.append(f"{name} does not move along dim{'s' * (len(dims) > 1)} {which}: stride 0")
        formula = [
            [signed(a), "i0", 700], [f" {self.op} ", "dim"], [signed(b), "i1", 700],
            [" = ", "dim"], [short(self._table[index]), "text", 700],
        ]  # fmt: skip
        return {"head": head, "formula": formula, "note": "; ".join(again)}

    def summary(self) -> str:
        a, b = map(tuple_text, self.shapes.values())
        if misfits := self._misfits():
            p, q = self._aligned()[misfits[-1]]
            return f"a of shape {a} and b of shape {b} do not broadcast: dim {misfits[-1]} is {p} in a and {q} in b."
        rules = "; ".join(f"dim {d}: {self._rule(d)}" for d in range(len(self._aligned())))
        shape = tuple_text(self.result_shape or ())
        return f"a of shape {a} {self.op} b of shape {b} has shape {shape}. {rules}{'.' if rules else ''}".rstrip()
