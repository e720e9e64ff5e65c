"""Cells of a tensor in the page and in the static picture: which are drawn, how large they are, where they stand."""

from collections.abc import Sequence
from itertools import groupby, product
from math import prod
from typing import Any

from .inputs import Layout
from .svg import text_width

MOST_CELLS = 1024
"""Up to so many cells, and so many slots, are all shown; beyond that only the ends of each dim."""
GAP = -1
"""Stands in a list of indices or slots for those that are left out."""
BETWEEN = 20
"""Pixels between blocks of cells, and for a gap within one."""
DENSE = 320
"""From so many on, a cell has no room for words: its value is told when it is pointed at."""


def shown(shape: Sequence[int], most: int = MOST_CELLS) -> list[list[int]]:
    """The indices of each dim that are drawn, with a GAP where some are left out: of `most` cells at most.

    >>> shown((2, 3))
    [[0, 1], [0, 1, 2]]
    >>> shown((2, 5000))
    [[0, 1], [0, 1, 2, 3, -1, 4996, 4997, 4998, 4999]]
    """
    if prod(shape) <= most:
        return [list(range(size)) for size in shape]

    def ends(edge: int) -> list[list[int]]:
        return [
            list(range(n)) if n <= 2 * edge + 1 else [*range(edge), GAP, *range(n - edge, n)] for n in shape
        ]  # fmt: skip

    for edge in (4, 3, 2, 1):
        if prod(len(dim) for dim in ends(edge)) <= most:
            return ends(edge)
    dims = ends(1)  # so many dims that even their ends are too many: the leading ones show their first index
    for dim, size in enumerate(shape):
        if prod(map(len, dims)) <= most:
            break
        dims[dim] = [0, GAP] if size > 1 else [0]
    return dims


def indices(dims: list[list[int]]) -> list[tuple[int, ...]]:
    """The indices of the cells that are drawn, in row-major order."""
    return list(product(*([i for i in dim if i != GAP] for dim in dims)))


def values(layout: Layout, slots: list[int]) -> list[Any]:
    """What stands in these slots, read run by run."""
    found: list[Any] = []
    for gap, run in groupby(enumerate(slots), lambda pair: GAP if pair[1] == GAP else pair[1] - pair[0] + layout.slots):
        numbers = [slot for _, slot in run]
        found += [None] * len(numbers) if gap == GAP else layout.read(numbers[0], numbers[-1] + 1)
    return found


def cell_size(many: int, texts: Sequence[str], number: float = 0) -> tuple[int, int, int]:
    """Width and height of a cell in px, and the size of its text: 0 where so many stand there that none is written.

    >>> cell_size(12, ["3.142"]), cell_size(12, ["-1.234e-5"]), cell_size(1000, ["3.142"])
    ((53, 32, 13), (84, 32, 13), (20, 18, 0))
    """
    least, height, size, pad = (44, 32, 13, 14) if many <= 144 else (32, 26, 12, 8) if many <= 320 else (20, 18, 11, 4)
    longest = max(map(len, texts), default=1) * size * 0.602 + pad
    if many > DENSE:
        return least, height, size if longest <= least else 0
    return round(max(least, longest, number)), height, size


def block(dims: list[list[int]], cell: Sequence[int], left: float | None = None) -> dict[str, list[int]]:
    """One block of cells (the last two dims): where its columns and rows begin, and its size.

    `left` is the room for the numbers of the rows, taken from those numbers unless told.
    """
    rows = dims[-2] if len(dims) > 1 else [0]
    columns = dims[-1] if dims else [0]
    if left is None:
        left = round(text_width(str(max(rows, default=0)), 11, mono=True)) + 8 if len(dims) > 1 else 0
    top = (18 if dims else 0) + (20 if len(dims) > 2 else 0)

    def starts(line: list[int], start: int, each: int) -> list[int]:
        found = [start]
        for index in line:
            found.append(found[-1] + (BETWEEN if index == GAP else each))
        return found  # one more than there are indices: where the block ends

    across, down = starts(columns, round(left), cell[0]), starts(rows, top, cell[1])
    return {
        "x": [x for x, index in zip(across, columns, strict=False) if index != GAP],
        "y": [y for y, index in zip(down, rows, strict=False) if index != GAP],
        "block": [across[-1], down[-1]],
    }


def place(shape: dict[str, Any], cell: Sequence[int], room: float) -> tuple[list[tuple[int, int]], int, int]:
    """Where each cell stands, and the width and height of them all: as placeCells in js/cells.js.

    `shape` holds `shown` and what `block` says of it.
    """
    dims, (w, h, _) = shape["shown"], cell
    if not all(dims):
        return [], 0, 32
    if len(dims) == 1:
        line = dims[0]
        per = per_line(room, w, len(line))
        spots = [(k % per * w, k // per * (h + 20) + 18) for k in range(len(line))]
        return [s for s, i in zip(spots, line, strict=True) if i != GAP], min(per, len(line)) * w, spots[-1][1] + h
    bw, bh = shape["block"]
    lead = len([i for i in dims[-3] if i != GAP]) if len(dims) > 2 else 1
    across = int(max(1, min(lead, (room + BETWEEN) // (bw + BETWEEN))))
    blocks = len(indices(dims[:-2]))
    places = [
        (b % across * (bw + BETWEEN) + x, b // across * (bh + 16) + y)
        for b, y, x in product(range(blocks), shape["y"], shape["x"])
    ]
    return places, min(across, blocks) * (bw + BETWEEN) - BETWEEN, -(-blocks // across) * (bh + 16) - 16


def per_line(room: float, each: int, count: int, wraps: Sequence[int] = ()) -> int:
    """How many boxes of `each` px stand in a line (as perLine in js/stride_layout.js): all, or as `wraps` has it.

    >>> per_line(640, 44, 12), per_line(640, 44, 24), per_line(640, 44, 60, [20, 5]), per_line(300, 44, 60)
    (12, 12, 10, 6)
    """
    fit = max(1, int(room // each))
    if count <= fit:
        return max(1, count)
    for wrap in (*wraps, 4):
        if wrap <= fit and fit - fit % wrap >= 0.6 * fit and fit >= 8:
            return fit - fit % wrap
    return fit
