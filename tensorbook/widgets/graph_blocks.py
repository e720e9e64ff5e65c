"""How a long list of operations folds: by the module whose parameters they use, and by what repeats.

A block is a stretch of the order in which the backward pass runs. Edges only lead forward in that order, so drawing a
stretch as one box never makes the graph go round in a circle.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np

FEW, MANY = 10, 24  # a list longer than MANY is cut into about FEW pieces
LONGEST = 256  # operations in what may repeat
LEAST = 3  # times

Path = tuple[str, ...]
Items = list["int | Block"]


@dataclass(slots=True, eq=False)
class Block:
    """Operations `first` to `last` of the order (both in it), as `items`: numbers of operations, and further blocks."""

    kind: str  # "module"; "repeat", and each "copy" of it; or a "part" of a long list
    label: str
    items: Items
    parent: Block | None = None
    key: str = ""
    structure: int = -1
    first: int = -1
    last: int = -1

    def inner(self) -> Iterator[Block]:
        """This block and all that are in it, from the outside in."""
        yield self
        for item in self.items:
            if isinstance(item, Block):
                yield from item.inner()

    def around(self) -> Iterator[Block]:
        """This block and those that it lies in, from the inside out."""
        block: Block | None = self
        while block is not None:
            yield block
            block = block.parent


def module_of(name: str) -> Path:
    """The path of the module that a parameter's name tells.

    >>> module_of("model.layers.0.weight"), module_of("w"), module_of("parts[0]")
    (('model', 'layers', '0'), (), ())
    """
    return tuple(name.split(".")[:-1]) if re.fullmatch(r"\w+(\.\w+)+", name) else ()


def between(paths: Sequence[Path]) -> list[Path]:
    """Paths for all: an operation without a path of its own lies in the module that those before and after it share.

    >>> between([(), ("net", "2"), (), ("net", "0"), ()])
    [(), ('net', '2'), ('net',), ('net', '0'), ()]
    """
    following, later = [()] * len(paths), ()
    for at in range(len(paths) - 1, -1, -1):
        following[at] = later = paths[at] or later
    found, earlier = [], ()
    for path, later in zip(paths, following, strict=True):
        earlier = path or earlier
        shared = sum(1 for _ in _same(earlier, later))
        found.append(path or earlier[:shared])
    return found


def _same(one: Path, other: Path) -> Iterator[str]:
    for a, b in zip(one, other, strict=False):
        if a != b:
            return
        yield a


def fold(operations: Sequence[str], paths: Sequence[Path]) -> Items:
    """Operations in the order of the backward pass, by name and module path, as a short list of blocks in blocks.

    >>> items = fold(["Sum"] + ["Tanh", "Mul"] * 50, [()] * 101)
    >>> items[0], items[1].label, len(items[1].items), items[1].items[0].items[0].items
    (0, '50 × (Tanh, Mul)', 5, [1, 2])
    """
    folding = _Folding(operations)
    items = folding.repeats(_modules(0, len(operations), between(paths), 0))
    items = _parts(items, operations)
    for item in items:
        if isinstance(item, Block):
            _adopt(item)
    return items


def _modules(start: int, end: int, paths: Sequence[Path], depth: int) -> Items:
    items: Items = []
    for name, run in groupby(range(start, end), key=lambda at: paths[at][depth : depth + 1]):
        numbers = list(run)
        if not name:
            items += numbers
            continue
        inner = _modules(numbers[0], numbers[-1] + 1, paths, depth + 1)
        if len(inner) == 1 and isinstance(inner[0], Block):  # a module that holds nothing but another
            items += inner
        else:
            items.append(Block("module", ".".join(paths[numbers[0]][: depth + 1]), inner))
    return items


class _Folding:
    def __init__(self, operations: Sequence[str]) -> None:
        self.operations = operations
        self.numbers: dict[object, int] = {}  # a structure → its number

    def _number(self, structure: object) -> int:
        return self.numbers.setdefault(structure, len(self.numbers))

    def _structure(self, item: int | Block) -> int:
        return self._number(self.operations[item]) if isinstance(item, int) else item.structure

    def repeats(self, items: Items) -> Items:
        """The same items, where a stretch occurs several times in a row as one block; inside blocks first."""
        for item in items:
            if isinstance(item, Block):
                item.items = self.repeats(item.items)
                item.structure = self._number((item.kind, *map(self._structure, item.items)))
                item.items = _parts(item.items, self.operations)
        tokens = np.array([self._structure(item) for item in items], dtype=np.int64)
        found: Items = []
        at = 0
        for start, period, times in _tandems(tokens):
            found += items[at:start]
            copies: Items = []
            for n in range(times):
                inner = items[start + n * period : start + (n + 1) * period]
                copies.append(inner[0] if period == 1 else Block("copy", f"{n + 1} of {times}", inner))
            block = Block("repeat", f"{times:,} × {self._what(items[start : start + period])}", copies)
            block.structure = self._number((times, *tokens[start : start + period].tolist()))
            block.items = _chunks(copies, f"of {times:,}")
            found.append(block)
            at = start + period * times
        return found + items[at:]

    def _what(self, items: Items) -> str:
        labels = [self.operations[item] if isinstance(item, int) else _any(item) for item in items]
        words = ", ".join(labels[:3]) + ", …" * (len(labels) > 3)
        return words if len(labels) == 1 else f"({words})"


def _any(block: Block) -> str:
    """What a block and its likes are called: "net.*" for net.0, net.2, …"""
    return re.sub(r"[^.]+$", "*", block.label) if block.kind == "module" else block.label


def _tandems(tokens: np.ndarray) -> list[tuple[int, int, int]]:
    """Stretches that follow themselves at least LEAST times, as (start, period, times), apart and in order.

    The one that covers most is taken first, of two alike that with the shorter period.
    """
    found: list[tuple[int, int, int]] = []
    pieces = [(0, len(tokens))]
    while pieces and len(found) < 32:
        low, high = pieces.pop()
        best = (2 * LEAST - 1, 0, 0, 0)  # covered, -period, start, times
        for period in range(1, min(LONGEST, (high - low) // LEAST) + 1):
            same = tokens[low : high - period] == tokens[low + period : high]
            edges = np.flatnonzero(np.diff(np.concatenate(([False], same, [False])).astype(np.int8)))
            if not len(edges):
                continue
            starts, lengths = edges[::2], edges[1::2] - edges[::2]
            longest = int(lengths.argmax())
            times = int(lengths[longest]) // period + 1
            if times >= LEAST:
                best = max(best, (times * period, -period, low + int(starts[longest]), times))
        covered, period, start, times = best
        if times:
            found.append((start, -period, times))
            pieces += [(low, start), (start + covered, high)]
    return sorted(found)


def _chunks(items: Items, of: str, first: int = 1) -> Items:
    """A long list of alike items as a short list of blocks, each again short: "copies 1–100 of 1,000"."""
    if len(items) <= MANY:
        return items
    size = FEW
    while size * FEW < len(items):
        size *= FEW
    found: Items = []
    for at in range(0, len(items), size):
        piece = items[at : at + size]
        if len(piece) == 1:
            found += piece
            continue
        label = f"{first + at:,}–{first + at + len(piece) - 1:,} {of}"
        found.append(Block("part", label, _chunks(piece, of, first + at)))
    return found


def _parts(items: Items, operations: Sequence[str]) -> Items:
    return items if len(items) <= MANY else _chunks(items, f"of {len(items):,} in a row")


def _adopt(block: Block) -> None:
    for item in block.items:
        if isinstance(item, Block):
            item.parent = block
            _adopt(item)
    head, tail = block.items[0], block.items[-1]
    block.first = head.first if isinstance(head, Block) else head
    block.last = tail.last if isinstance(tail, Block) else tail
