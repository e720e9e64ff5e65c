"""What a StrideExplorer shows of one layout: which cells, which slots, how large, and what is said about them."""

from math import prod
from typing import Any

from .cells import DENSE, GAP, MOST_CELLS, block, cell_size, indices, shown, values
from .inputs import Layout, breaks, exact, short
from .svg import text_width

LETTERS = "ijklmnpqrs"


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


def hidden(drawn: dict[str, Any]) -> dict[str, Any]:
    """The same cells without what tells where they lie: no strides, no offset, no values, no storage."""
    nowhere = list(range(len(drawn["slots"])))  # each its own
    return {
        **drawn, "stride": [], "offset": 0, "slots": nowhere, "strip": [], "texts": [], "read": [], "full": {},
        "wraps": [],
    }  # fmt: skip


def _cut(layout: Layout, dims: list[list[int]], slots: list[int]) -> str:
    """What is left out, said honestly; empty where all is shown."""
    if any(GAP in dim for dim in dims):
        return f"{layout.numel:,} elements are too many to draw: the first and the last of each long dim are shown"
    return "the slots between are left out" if GAP in slots else ""


def _geometry(layout: Layout, dims: list[list[int]], slots: list[int], texts: list[str]) -> dict[str, Any]:
    """Sizes in px: of a cell, of one block of cells, of a line of slots."""
    many = max(len(slots), prod(len(dim) for dim in dims))
    number = text_width(str(max(slots, default=0)), 11, mono=True)
    cell, dense = cell_size(many, texts, number + 4), many > DENSE
    return {
        "cell": list(cell),
        "pitch": cell[1] + (2 if dense else 20),
        # A line of slots is a whole number of the first of these that fills it well: what lies a stride apart stands
        # one below the other.
        "wraps": sorted({abs(s) for s in layout.stride if abs(s) > 3} if GAP not in slots else set(), reverse=True),
        "gutter": round(number) + 8 if dense else 0,  # the slots are numbered once a line
        **block(dims, cell),
    }


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
