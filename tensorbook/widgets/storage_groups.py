"""Which tensors share memory, slot by slot: tensors and NumPy arrays laid over the strips of bytes that they read."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from .cells import indices, shown
from .inputs import Layout, read

Index = tuple[int, ...]


@dataclass
class Member:
    """One of the tensors on the map."""

    name: str
    tensor: Any
    code: str = ""
    """How it was made on the map; empty where it was given."""
    wrapped: Any = None
    array: Any = None
    """Where it was made from an array: the tensor over the array's memory, a view of which is a view of the array."""

    @cached_property
    def layout(self) -> Layout:
        return read(self.tensor)

    @property
    def version(self) -> int | None:
        """How many writes its storage has seen; arrays and tensors of inference mode do not count them."""
        try:
            return getattr(self.tensor, "_version", None)
        except RuntimeError:  # PyTorch's answer for a tensor made in inference mode
            return None

    @property
    def is_array(self) -> bool:
        return isinstance(self.tensor, np.ndarray)

    @property
    def base_word(self) -> str:
        """What its library calls the tensor that a view is of."""
        return "base" if self.is_array else "_base"

    @property
    def version_words(self) -> str:
        """The version, or why there is none."""
        if self.version is not None:
            return f"version {self.version}"
        return "an array has no version" if self.is_array else "made in inference mode: no version"

    @property
    def base(self) -> Any:
        """The tensor that it is a view of, or None."""
        own = self.tensor
        base = own._base if hasattr(own, "_base") else own.base
        return self.array if base is not None and base is self.wrapped else base

    @property
    def span(self) -> tuple[int, int]:
        """The bytes of its whole storage, from and to."""
        return self.layout.memory, self.layout.memory + self.layout.slots * self.layout.itemsize


@dataclass
class Strip:
    """One stretch of memory, and the tensors that read it."""

    letter: str
    members: list[Member]
    start: int = 0
    stop: int = 0
    at: dict[tuple[int, Index], list[int]] = field(default_factory=dict)
    """Of a member's number here and a cell of it that is drawn: the slots that it reads."""

    @property
    def unit(self) -> int:
        """Bytes in a slot: those of the smallest elements on it."""
        return min(member.layout.itemsize for member in self.members)

    @property
    def slots(self) -> int:
        return (self.stop - self.start) // self.unit

    @cached_property
    def narrow(self) -> Member:
        """One whose elements are slots, to read the values by: of the longest storage."""
        fits = [m for m in self.members if m.layout.itemsize == self.unit]
        return max(fits, key=lambda m: m.layout.slots)

    def slots_of(self, member: Member, index: Index) -> list[int]:
        """The slots that an element lies in: several, where others on the strip have smaller elements."""
        size = member.layout.itemsize
        first = (member.layout.memory - self.start + member.layout.slot(index) * size) // self.unit
        return list(range(first, first + max(1, size // self.unit)))

    def value(self, slot: int) -> Any:
        """What stands in a slot; None where nothing on the map can tell."""
        own = self.narrow.layout
        k = slot - (own.memory - self.start) // self.unit
        return own.read(k, k + 1)[0] if 0 <= k < own.slots else None

    def counts(self, most: int) -> dict[int, int]:
        """By how many cells each slot is read, of those that are drawn."""
        found: dict[int, int] = {}
        for member in self.members:
            for index in indices(shown(member.layout.shape, most)):
                for slot in self.slots_of(member, index):
                    found[slot] = found.get(slot, 0) + 1
        return found


def group(members: Sequence[Member]) -> list[Strip]:
    """The strips, in the order of their first tensors: tensors belong together where the bytes of their storages do."""
    strips: list[Strip] = []
    for member in members:
        low, high = member.span
        near = [s for s in strips if low and low < s.stop and s.start < high]
        if not near:
            strips.append(Strip("", [member], low, high))
            continue
        first = near[0]
        for other in near[1:]:  # a storage that joins two
            first.members += other.members
            first.start, first.stop = min(first.start, other.start), max(first.stop, other.stop)
            strips.remove(other)
        first.members.append(member)
        first.start, first.stop = min(first.start, low), max(first.stop, high)
    for k, strip in enumerate(strips):
        strip.letter = chr(ord("A") + k) if k < 26 else str(k + 1)
    return strips
