"""MatmulExplorer: the row and the column behind each element of a product of matrices, with the sum written out."""

from collections.abc import Sequence
from math import prod
from typing import Any

from .board import Board, Content, Index, Panel, Words, cell_name, counted, middle, tuple_text
from .inputs import read
from .shapes import as_operand, fits, joint, parse_shape
from .sums import MOST_TERMS, ElementReader, written_sum

MOST = 400
MOST_PRODUCTS = 60_000
"""The most products that are computed for a picture."""
LONG = 2000
"""A longer sum is computed by the library."""
LETTERS = "bcdefgh"
"""The letters of the batch dims in the einsum line."""


class MatmulExplorer(Board):
    """A product of two tensors: point at an element of the result to see its row, its column, and the sum.

    All of `a @ b`: vectors, matrices, and batches of matrices, whose leading dims broadcast. The einsum line names each
    dim; the one that is summed over is the one that both have and the result has not.

    Args:
        a, b: tensorbook tensors, `torch.Tensor`s or NumPy arrays; or shapes, as tuples or lists of ints: the elements
            are then numbered.
        quiz: hide the result and ask for its shape first.

    Raises `TypeError` for what is neither a tensor nor a shape, `ValueError` for a negative size. Shapes that cannot be
    multiplied are explained in the picture.

    Example:
        >>> explorer = MatmulExplorer((2, 3), (3, 4))
        >>> explorer.result_shape, explorer.einsum
        ((2, 4), 'ik,kj->ij')
        >>> MatmulExplorer((2, 3), (2, 4)).alt
        'a of shape (2, 3) @ b of shape (2, 4) is refused: the inner sizes are 3 and 2.'
    """

    module = "matmul_explorer"

    def __init__(self, a: Any, b: Any, *, quiz: bool = False):
        self._given = {"a": as_operand(a, "a", b), "b": as_operand(b, "b", a)}
        super().__init__(quiz=quiz)
        self.refresh()

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """The shapes of the two, by name."""
        return {name: tuple(x.shape) for name, x in self._given.items()}

    def set_shape(self, name: str, shape: str | Sequence[int]) -> None:
        """Put a tensor of this shape, its elements numbered, in the place of `a` or `b`."""
        if name not in self._given:
            raise ValueError(f"there is no operand {name!r}; expected 'a' or 'b'")
        sizes = parse_shape(shape) if isinstance(shape, str) else tuple(shape)
        self._given[name] = as_operand(sizes, name, self._given["ba"["ab".index(name)]])
        self.ask_again()
        self.show()

    def transpose(self, name: str) -> None:
        """Swap the last two dims of `a` or `b`: the usual remedy where the inner sizes differ."""
        x = self._given[name]
        if len(x.shape) < 2:
            raise ValueError(f"{name} has shape {tuple(x.shape)}; expected two dims to swap")
        self._given[name] = x.transpose(-2, -1)
        self.ask_again()
        self.show()

    def receive(self, kind: str, data: dict[str, Any]) -> Any:
        match kind:
            case "shape":
                self.set_shape(str(data["name"]), str(data["shape"])[:200])
            case "transpose":
                self.transpose(str(data["name"]))
            case _:
                return super().receive(kind, data)

    # The rule ---------------------------------------------------------------------------------------------------------

    def _parts(self) -> tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...], tuple[int, ...]]:
        """The batch dims of a and of b, and their matrices: a vector is a row on the left, a column on the right."""
        a, b = self.shapes.values()
        left = a[-2:] if len(a) > 1 else (1, *a)
        right = b[-2:] if len(b) > 1 else (*b, 1)
        return a[:-2], b[:-2], left, right

    def _why_not(self) -> tuple[str, str] | None:
        """What does not fit, in short, and the rule; None where they can be multiplied."""
        if any(len(shape) == 0 for shape in self.shapes.values()):
            return "a number has no dims to sum over", "@ sums over a dim of both: write a * b to scale by a number."
        batch_a, batch_b, left, right = self._parts()
        if left[-1] != right[0]:
            rule = (
                f"The last dim of a, {left[-1]}, must be the {'only' if len(self.shapes['b']) == 1 else 'second last'}"
            )
            rule += f" dim of b, {right[0]}: these two are summed over together."
            return f"the inner sizes are {left[-1]} and {right[0]}", rule + self._remedy(left, right)
        if not fits(batch_a, batch_b):
            rule = "The leading dims are batches: they broadcast, so each pair must be equal or have a 1."
            return f"the batch dims {tuple_text(batch_a)} and {tuple_text(batch_b)} do not broadcast", rule
        return None

    def _remedy(self, left: Sequence[int], right: Sequence[int]) -> str:
        a, b = self.shapes.values()
        if len(b) > 1 and left[-1] == right[1]:
            return " a @ b.mT would fit."
        if len(a) > 1 and left[0] == right[0]:
            return " a.mT @ b would fit."
        return ""

    @property
    def result_shape(self) -> tuple[int, ...] | None:
        """The shape of the product, or None where there is none."""
        if self._problem():
            return None
        batch_a, batch_b, left, right = self._parts()
        a, b = self.shapes.values()
        return (*joint(batch_a, batch_b), *left[: len(a) > 1][:1], *(right[1:] if len(b) > 1 else ()))

    @property
    def einsum(self) -> str:
        """The product as the subscripts of einsum; `...` where batch dims broadcast."""
        a, b = self.shapes.values()
        batch_a, batch_b, _, _ = self._parts()
        lead_a = lead_b = lead = ""
        if batch_a == batch_b and len(batch_a) <= len(LETTERS):
            lead_a = lead_b = lead = LETTERS[: len(batch_a)]
        elif batch_a or batch_b:
            lead_a, lead_b, lead = "..." * bool(batch_a), "..." * bool(batch_b), "..."
        rows, columns = "i" * (len(a) > 1), "j" * (len(b) > 1)
        return f"{lead_a}{rows}k,{lead_b}k{columns}->{lead}{rows}{columns}"

    @property
    def _inner(self) -> int:
        return self._parts()[2][-1]

    @property
    def most(self) -> int:  # type: ignore[override]
        """Fewer cells are drawn where each is a sum of many."""
        return MOST if self._why_not() else min(MOST, max(36, MOST_PRODUCTS // max(1, self._inner)))

    def _lines(self, index: Index) -> tuple[tuple[Index, Index], tuple[Index, Index]]:
        """What the sum runs along, in a and in b: the index before k, and that after it."""
        a, b = self.shapes.values()
        rest = list(index)
        column = (rest.pop(),) if len(b) > 1 else ()
        row = (rest.pop(),) if len(a) > 1 else ()
        leads = []
        for batch in self._parts()[:2]:
            own = rest[len(rest) - len(batch) :]
            leads.append(tuple(0 if n == 1 else i for i, n in zip(own, batch, strict=True)))
        return ((*leads[0], *row), ()), (leads[1], column)

    def _pairs(self, index: Index) -> list[tuple[Index, Index]]:
        """The elements of a and b that are multiplied for an element of the result, in the order of the sum.

        Of a very long sum, the first and the last: no others are drawn.
        """
        (before_a, _), (before_b, after_b) = self._lines(index)
        n = self._inner
        ks = range(n) if n <= LONG else [*range(LONG // 2), *range(n - LONG // 2, n)]
        return [((*before_a, k), (*before_b, k, *after_b)) for k in ks]

    # What is shown ----------------------------------------------------------------------------------------------------

    question = "What shape does a @ b have? Type it, such as (2, 3), or no where they cannot be multiplied."

    @property
    def answer(self) -> str:
        return "no" if self.result_shape is None else tuple_text(self.result_shape)

    def hint(self, guess: str) -> str:
        return "not yet: the inner sizes must agree and go; what is left are the rows of a and the columns of b"

    def content(self) -> Content:
        refused, shape = self._problem(), self.result_shape
        layouts = {name: read(x) for name, x in self._given.items()}
        values = {name: ElementReader(layout) for name, layout in layouts.items()}
        content = Content(
            name="a @ b",
            kind=f"{layouts['a'].dtype} and {layouts['b'].dtype}",
            facts=self._facts(shape),
            heading="dims, by letter" if not refused else "",
            lines=[] if refused else self._letters(),
            line="y = a @ b",
            more={
                "shapes": {name: tuple_text(own) for name, own in self.shapes.items()},
                "turns": {name: len(own) > 1 for name, own in self.shapes.items()},
            },
        )
        for tone, (name, layout) in enumerate(layouts.items()):
            content.panels.append(Panel(
                id=name, title=name, shape=layout.shape, tone=tone, dtype=layout.dtype, sign="@" if tone else "",
                value=lambda index, own=values[name]: own[index], note=tuple_text(layout.shape),
                kind=lambda index, own=name: self._misfit(own, index) if refused and self.revealed else "",
                said={"bad": "of the sizes that do not agree"},
            ))  # fmt: skip
        if refused:
            content.refusal = {"title": "a @ b is refused", "said": self._said(refused[0]), "rule": refused[1]}
            content.remark = "does not run"
            return content
        self._values, self._sums = values, {}
        content.panels.append(Panel(
            id="out", title="y", shape=shape or (), value=self._sum, tone=2, sign="=", note=tuple_text(shape or ()),
            dtype=layouts["a"].dtype,
        ))  # fmt: skip
        content.links["out"] = lambda index: {
            "a": [at for at, _ in self._pairs(index)], "b": [at for _, at in self._pairs(index)],
        }  # fmt: skip
        content.words["out"] = self._words
        content.legend = [["lit", "0", "its row"], ["lit", "1", "its column"]]
        if shape is not None and (at := middle(shape, self.most)) is not None:
            content.rest = ("out", at)
        content.remark = f"torch.einsum({self.einsum!r}, a, b)"
        return content

    def _facts(self, shape: tuple[int, ...] | None) -> list[dict[str, Any]]:
        facts: list[dict[str, Any]] = [
            {"label": name, "value": tuple_text(own), "tone": f"d{tone}"}
            for tone, (name, own) in enumerate(self.shapes.items())
        ]
        if shape is None:
            return [*facts, {"value": "cannot be multiplied", "tone": "warn", "secret": True}]
        cost = counted(prod(shape) * self._inner, "product")
        return [
            *facts,
            {"label": "result", "value": tuple_text(shape), "tone": "d2", "secret": True},
            {"label": "einsum", "value": self.einsum, "title": "each letter is a dim", "secret": True},
            {"value": cost, "title": "so many multiplications", "secret": True},
        ]

    def _letters(self) -> list[list[list[Any]]]:
        """What each letter of the einsum line stands for, with its size."""
        a, b = self.shapes.values()
        batch_a, batch_b, left, right = self._parts()
        lines: list[list[list[Any]]] = []
        if batch_a or batch_b:
            lead = self.einsum.partition("->")[2].rstrip("ij")
            sizes = f"{tuple_text(batch_a)} and {tuple_text(batch_b)} → {tuple_text(joint(batch_a, batch_b))}"
            lines.append([[lead.ljust(5), "text", 700], ["batch dims, which broadcast: ", "dim"], [sizes, "text"]])
        if len(a) > 1:
            lines.append([["i    ", "i0", 700], [f"rows of a: {left[0]}, they stay", "dim"]])
        if len(b) > 1:
            lines.append([["j    ", "i1", 700], [f"columns of b: {right[1]}, they stay", "dim"]])
        lines.append([["k    ", "text", 700], [f"in a and in b: {left[-1]}, summed over, so it goes", "dim"]])
        return lines

    def _problem(self) -> tuple[str, str] | None:
        return self._why_not() or self._dtypes()

    def _dtypes(self) -> tuple[str, str] | None:
        """Does the library refuse these dtypes? Asked with one element of each."""
        try:
            a, b = (x.detach().new_ones((1, 1)) for x in self._given.values())
            a @ b
        except Exception as error:
            return str(error), "Both must have one dtype, one that can be multiplied: a.float() @ b.float() would do."
        return None

    def _misfit(self, name: str, index: Index) -> str:
        """Marks the first row of a and the first column of b, whose lengths differ."""
        own = self.shapes[name]
        if len(own) == 0 or self._parts()[2][-1] == self._parts()[3][0]:
            return ""
        along = len(own) - 1 if name == "a" or len(own) == 1 else len(own) - 2
        return "bad" if all(i == 0 for d, i in enumerate(index) if d != along) else ""

    def _said(self, short_words: str) -> str:
        """The library's own words, by trying it."""
        try:
            a, b = (x.detach() for x in self._given.values())
            a @ b
        except Exception as error:
            return f"{type(error).__name__}: {error}"
        return f"RuntimeError: {short_words}"

    def _sum(self, index: Index) -> Any:
        if index not in self._sums:
            a, b = self._values["a"], self._values["b"]
            if self._inner <= LONG:
                self._sums[index] = sum(a[at] * b[by] for at, by in self._pairs(index))
            else:
                (row, _), (lead, column) = self._lines(index)
                x, y = (x.detach() for x in self._given.values())
                self._sums[index] = (x[row] @ y[(*lead, slice(None), *column)]).item()
        return self._sums[index]

    def _words(self, index: Index) -> Words:
        pairs, a, b = self._pairs(index), self._values["a"], self._values["b"]
        factors = [(a[at], b[by]) for at, by in pairs[:MOST_TERMS]]
        formula = written_sum(factors, self._sum(index), prod(self.result_shape or ()) <= MOST, self._inner)
        note = f"k runs over {counted(self._inner, 'pair')}"
        if pairs:
            note += f": {cell_name('a', pairs[0][0])}·{cell_name('b', pairs[0][1])}"
            if len(pairs) > 1:
                note += f" to {cell_name('a', pairs[-1][0])}·{cell_name('b', pairs[-1][1])}"
        return {"head": f"{cell_name('y', index)} is row times column", "formula": formula, "note": note}

    def summary(self) -> str:
        a, b = map(tuple_text, self.shapes.values())
        if refused := self._problem():
            return f"a of shape {a} @ b of shape {b} is refused: {refused[0]}."
        return (
            f"a of shape {a} @ b of shape {b} has shape {tuple_text(self.result_shape or ())}: {self.einsum}, "
            f"each element a sum of {counted(self._inner, 'product')}."
        )
