"""The way that a walk in the order of the indices takes through memory, and what it makes of each cache line."""

from dataclasses import dataclass
from math import prod

import numpy as np

from .inputs import Layout

LINE = 64
"""Bytes that a processor fetches at once: the cache line of x86-64 and of most ARM processors."""
MOST = 1 << 16
"""Elements walked at most; the rest of a larger tensor goes on in the same way."""


@dataclass(frozen=True)
class Walk:
    """A walk over the elements in index order, cache lines counted from the start of the storage.

    `visits` counts how often it comes to a line, `lines` how many there are, and `share` is how much of what a line
    holds is used in one visit, from 0 to 1.

    >>> import numpy as np
    >>> from tensorbook.widgets.inputs import read
    >>> grid = np.zeros((32, 32), dtype="float32")
    >>> walk(read(grid)), walk(read(grid.T))
    (Walk(elements=1024, visits=64, lines=64, share=1.0), Walk(elements=1024, visits=1024, lines=64, share=0.0625))
    """

    elements: int
    visits: int
    lines: int
    share: float


def walk(layout: Layout) -> Walk:
    """Walk over the elements of a layout, the first `MOST` of them."""
    count = min(layout.numel, MOST)
    if count == 0:
        return Walk(0, 0, 0, 0.0)
    number, slots = np.arange(count), np.full(count, layout.offset)
    for dim, (size, stride) in enumerate(zip(layout.shape, layout.stride, strict=True)):
        slots += number // prod(layout.shape[dim + 1 :]) % size * stride
    line = slots * layout.itemsize // LINE
    visit = np.concatenate([[0], np.cumsum(line[1:] != line[:-1])])
    held = np.minimum(LINE // layout.itemsize, layout.slots - line * LINE // layout.itemsize)  # less at the very end
    room = held[np.unique(visit, return_index=True)[1]].sum()
    used = len(np.unique(visit * layout.slots + slots))
    return Walk(count, int(visit[-1]) + 1, len(np.unique(line)), float(used / room))


def sentence(layout: Layout) -> str:
    """What the walk costs, in words; empty where there are no elements."""
    found = walk(layout)
    if not found.elements:
        return ""
    first = f"the first {MOST:,} elements: " if layout.numel > MOST else ""
    lines = f"{found.lines:,} cache line{'' if found.lines == 1 else 's'} of {LINE} bytes"
    share = f"{100 * found.share:.3g}% of what a line holds"
    if found.visits == found.lines:
        return f"in index order, {first}{lines}, each fetched once; {share} is used"
    return f"in index order, {first}{found.visits:,} visits to {lines}; a visit uses {share}"
