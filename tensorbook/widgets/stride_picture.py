"""What a StrideExplorer shows of one layout: which cells, which slots, how large, and what is said about them."""

from collections.abc import Sequence
from itertools import groupby, product
from math import prod
from typing import Any

from .inputs import Layout, breaks, exact, short
from .svg import text_width

MOST_CELLS = 1024
"""Up to so many cells, and so many slots, are all shown; beyond that only the ends of each dim."""
GAP = -1
"""Stands in a list of indices or slots for those that are left out."""
BETWEEN = 20
"""Pixels between blocks of cells, and for a gap within one."""
LETTERS = "ijklmnpqrs"


def shown(shape: tuple[int, ...]) -> list[list[int]]:
    """The indices of each dim that are drawn, with a GAP where some are left out.

    >>> shown((2, 3))
    [[0, 1], [0, 1, 2]]
    >>> shown((2, 5000))
    [[0, 1], [0, 1, 2, 3, -1, 4996, 4997, 4998, 4999]]
    """
    if prod(shape) <= MOST_CELLS:
        return [list(range(size)) for size in shape]

    def ends(edge: int) -> list[list[int]]:
        return [
            list(range(n)) if n <= 2 * edge + 1 else [*range(edge), GAP, *range(n - edge, n)] for n in shape
        ]  # fmt: skip

    for edge in (4, 3, 2, 1):
        if prod(len(dim) for dim in ends(edge)) <= MOST_CELLS:
            return ends(edge)
    dims = ends(1)  # so many dims that even their ends are too many: the leading ones show their first index
    for dim, size in enumerate(shape):
        if prod(map(len, dims)) <= MOST_CELLS:
            break
        dims[dim] = [0, GAP] if size > 1 else [0]
    return dims


def indices(dims: list[list[int]]) -> list[tuple[int, ...]]:
    """The indices of the cells that are drawn, in row-major order."""
    return list(product(*([i for i in dim if i != GAP] for dim in dims)))


def strip(layout: Layout, wanted: set[int]) -> list[int]:
    """The slots of the storage that are drawn, in order: all of them, or those that are wanted and both ends."""
    if layout.slots <= MOST_CELLS:
        return list(range(layout.slots))
    ends = {*range(4), *range(layout.slots - 4, layout.slots)}
    slots: list[int] = []
    for slot in sorted(wanted | ends):
        if slots and slot != slots[-1] + 1:
            slots += [slot - 1] if slot == slots[-1] + 2 else [GAP]  # a lone slot takes no more room than a gap
        slots.append(slot)
    return slots


def values(layout: Layout, slots: list[int]) -> list[Any]:
    """What stands in these slots, read run by run."""
    found: list[Any] = []
    for gap, run in groupby(enumerate(slots), lambda pair: GAP if pair[1] == GAP else pair[1] - pair[0] + layout.slots):
        numbers = [slot for _, slot in run]
        found += [None] * len(numbers) if gap == GAP else layout.read(numbers[0], numbers[-1] + 1)
    return found


def picture(layout: Layout) -> dict[str, Any]:
    """The layout as JSON: `shown` indices per dim and the slot of each cell; the strip's slots, texts and geometry."""
    dims = shown(layout.shape)
    cells = [layout.slot(index) for index in indices(dims)]
    slots = strip(layout, set(cells))
    found = values(layout, slots)
    texts = [short(value) for value in found]
    full = {
        str(slot): precise
        for slot, value, text in zip(slots, found, texts, strict=True)
        if value is not None and (precise := exact(value, layout.dtype)) != text
    }
    return {
        "kind": layout.kind,
        "dtype": layout.dtype,
        "itemsize": layout.itemsize,
        "shape": list(layout.shape),
        "stride": list(layout.stride),
        "offset": layout.offset,
        "shown": dims,
        "slots": cells,
        "strip": slots,
        "texts": texts,
        "full": full,
        "read": [slot != GAP and layout.find(slot) is not None for slot in slots],
        "cut": _cut(layout, dims, slots),
        **_geometry(layout, dims, slots, texts),
    }


def _cut(layout: Layout, dims: list[list[int]], slots: list[int]) -> str:
    """What is left out, said honestly; empty where all is shown."""
    if any(GAP in dim for dim in dims):
        return f"{layout.numel:,} elements are too many to draw: the first and the last of each long dim are shown"
    return "the slots between are left out" if GAP in slots else ""


def _geometry(layout: Layout, dims: list[list[int]], slots: list[int], texts: list[str]) -> dict[str, Any]:
    """Sizes in px: of a cell; of one block of cells (the last two dims) and where its columns and rows begin."""
    many = max(len(slots), prod(len(dim) for dim in dims))
    least, height, size, pad = (44, 32, 13, 14) if many <= 144 else (32, 26, 12, 8) if many <= 320 else (20, 18, 11, 4)
    number = text_width(str(max(slots, default=0)), 11, mono=True)
    longest = max(map(len, texts), default=1) * size * 0.602 + pad
    dense = many > 320  # no room for words: values are told for the cell pointed at, slots are numbered once a line
    width = least if dense else max(least, longest, number + 4)
    rows = dims[-2] if len(dims) > 1 else [0]
    columns = dims[-1] if dims else [0]
    left = round(text_width(str(max(rows, default=0)), 11, mono=True)) + 8 if len(dims) > 1 else 0
    top = (18 if dims else 0) + (20 if len(dims) > 2 else 0)

    def starts(line: list[int], start: int, each: int) -> list[int]:
        found = [start]
        for index in line:
            found.append(found[-1] + (BETWEEN if index == GAP else each))
        return found  # one more than there are indices: where the block ends

    across, down = starts(columns, left, round(width)), starts(rows, top, height)
    return {
        "cell": [round(width), height, size if not dense or longest <= width else 0],  # 0: the value is not written
        "pitch": height + (2 if dense else 20),
        # A line of slots is a whole number of the first of these that fills it well: what lies a stride apart stands
        # one below the other.
        "wraps": sorted({abs(s) for s in layout.stride if abs(s) > 3} if GAP not in slots else set(), reverse=True),
        "gutter": round(number) + 8 if dense else 0,
        "x": [x for x, index in zip(across, columns, strict=False) if index != GAP],
        "y": [y for y, index in zip(down, rows, strict=False) if index != GAP],
        "block": [across[-1], down[-1]],
    }


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


def why_refused(name: str, layout: Layout, said: str) -> str:
    """The rule behind a refusal, with this tensor's numbers; empty where the framework's own words say it all."""
    shape, stride = layout.shape, layout.stride
    if name == "view" and "invalid" in said:
        return f"view keeps every element: there are {layout.numel}, and the new sizes must multiply to that."
    if name == "view" and (broken := breaks(layout)):
        dim = broken[0]
        after = next(d for d in range(dim + 1, len(shape)) if shape[d] != 1)
        return (
            "view copies nothing, so it can merge two dims only where the first carries on where the second ends: "
            f"stride[{dim}] would have to be shape[{after}] · stride[{after}] = {shape[after]} · {stride[after]} = "
            f"{shape[after] * stride[after]}, but it is {stride[dim]}. reshape(...) or flatten() would copy."
        )
    if name == "expand":
        return "expand repeats without copying, by stride 0: only a dim of size 1 can grow, and new dims come first."
    if name == "t" and len(shape) > 2:
        return f"t() swaps the two dims of a matrix; here there are {len(shape)}: transpose(a, b) says which two."
    return ""
