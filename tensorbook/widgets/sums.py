"""Sums of products, read element by element and written out with their numbers."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from .inputs import Layout, short

MOST_TERMS, FEW_TERMS = 9, 5
"""The most products that are written out, and where many cells have such words; the rest is summed up."""


def written_sum(pairs: Sequence[tuple[Any, Any]], total: Any, few: bool, count: int | None = None) -> list[list[Any]]:
    """The products and their sum, as pieces of a formula: the first factors in one colour, the second in another.

    `pairs` may hold only the first of them; there are `count`.

    >>> "".join(piece[0] for piece in written_sum([(1, 2), (3, -4)], -10, True))
    '1·2 + 3·(-4) = -10'
    """
    most = MOST_TERMS if few else FEW_TERMS
    formula: list[list[Any]] = []
    for k, (left, right) in enumerate(pairs[:most]):
        formula += [[" + " if k else "", "dim"], [signed(left), "i0", 700], ["·", "dim"], [signed(right), "i1", 700]]
    if (more := (count or len(pairs)) - most) > 0:
        formula.append([f" + … {more:,} more", "dim"])
    return [*formula, [" = " if pairs else "an empty sum: ", "dim"], [short(total), "text", 700]]


def signed(value: Any) -> str:
    """A number for a formula: a negative one in brackets."""
    text = short(value)
    return f"({text})" if text.startswith("-") else text


class ElementReader:
    """The elements of a tensor, read when they are asked for, once each."""

    def __init__(self, layout: Layout):
        self.layout, self.shape = layout, layout.shape
        self._found: dict[tuple[int, ...], Any] = {}

    def __getitem__(self, index: tuple[int, ...]) -> Any:
        if index not in self._found:
            slot = self.layout.slot(index)
            self._found[index] = self._row(slot)
        return self._found[index]

    @cached_property
    def _whole(self) -> list[Any] | None:
        """All that is stored, where that is little."""
        return self.layout.read(0, self.layout.slots) if self.layout.slots <= 1 << 16 else None

    def _row(self, slot: int) -> Any:
        return self._whole[slot] if self._whole is not None else self.layout.read(slot, slot + 1)[0]
