"""The static picture of a StrideExplorer: what the page shows at rest, without the buttons."""

from itertools import pairwise
from typing import Any

from .cells import GAP, indices, per_line, place
from .stride_picture import LETTERS
from .svg import Run, Sheet, chip_lines, shorten, text_width

NARROW, WIDE, MARGIN = 680, 1100, 20
SUBSCRIPT = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def draw(p: dict[str, Any], alt: str, index: tuple[int, ...] | None, theme: str, path: bool = False) -> str:
    """Draw the picture `p` (see stride_picture.picture) with the cell at `index` explained, and the walk on demand."""
    return _Drawing(p, alt, index, theme, path).svg


def in_line(index: tuple[int, ...], cell: tuple[int, ...]) -> int | None:
    """The last dim whose place a cell shares with `index` in the same block: its column, its row, or its block."""
    n = len(index)
    if n == 0 or cell[: n - 2] != index[: n - 2]:
        return None
    return next((d for d in (n - 1, n - 2) if d >= 0 and cell[d] == index[d]), n - 3 if n > 2 else None)


class _Drawing:
    """One picture: laid out from top to bottom by `__init__`, each part drawn by a method of its own."""

    def __init__(self, p: dict[str, Any], alt: str, index: tuple[int, ...] | None, theme: str, path: bool):
        self.p, self.index, self.n = p, index, len(p["shape"])
        self.asks, self.path = bool(p["quiz"] and p["quiz"]["open"]), path
        self.width = min(max(NARROW, p["block"][0] + 2 * MARGIN if self.n > 1 else 0), WIDE)
        self.room = self.width - 2 * MARGIN
        self.cells = indices(p["shown"])
        known = index is not None and not self.asks
        self.slot = p["offset"] + sum(i * s for i, s in zip(index, p["stride"], strict=True)) if known else None
        self.explain()

        places, grid_w, grid_h = place(p, p["cell"], self.room)
        grid_w = min(grid_w, self.room)
        beside = grid_w + 24 + self.words_width <= self.room
        chips = chip_lines(p["facts"], self.room)
        top = 40 + 32 * len(chips) + 28
        words_top = top if beside else top + grid_h + 12
        per = self.slots_per_line()
        self.one_line = per >= len(p["strip"])
        words_h = 0 if index is None else 48 if self.asks else 112
        strip_top = max(top + grid_h, words_top + words_h) + (52 if path else 36)
        left_out = [p["cut"]] if p["cut"] else []
        if path and p["walk"]:
            left_out.append(p["walk"])
        if any(x + p["cell"][0] > self.room for x, _ in places):
            left_out.append("the columns beyond the right margin are not drawn")
        strip_h = 0 if self.asks else max(-(-len(p["strip"]) // per) * p["pitch"], 24)
        height = strip_top + strip_h + 36 + 16 * len(left_out)

        self.sheet = Sheet(self.width, height, theme=theme, alt=alt)
        expression = f" = {shorten(p['expression'], 70)}" if p["steps"] else f"  {p['dtype']} · {p['kind']}"
        self.text(MARGIN, 32, [(p["name"], "text", 700), (expression, "dim")], size=14, mono=True)
        self.sheet.chips(MARGIN, 44, chips)
        self.draw_legend(top - 8)
        self.draw_cells(top, places)
        self.draw_words(MARGIN + grid_w + 24 if beside else MARGIN, words_top)
        if not self.asks:
            self.draw_strip(strip_top, per)
        if path:
            self.draw_walk(strip_top, per)
        for line, words in enumerate(left_out):
            self.text(MARGIN, height - 36 - 16 * line, words, size=11, fill="dim")
        self.text(MARGIN, height - 16, f"{shorten(p['line'], 60)}   # {p['remark']}", size=12, fill="dim", mono=True)
        self.svg = self.sheet.finish()

    def text(self, *given: Any, **options: Any) -> None:
        self.sheet.text(*given, **options)

    # Layout -----------------------------------------------------------------------------------------------------------

    def slots_per_line(self) -> int:
        return per_line(self.room - self.p["gutter"], self.p["cell"][0], len(self.p["strip"]), self.p["wraps"])

    def explain(self) -> None:
        """The words about the cell, and how much room they need."""
        self.formula: list[Run] = []
        self.rule, self.at, self.words_width = "", self.p["name"], 0.0
        if self.index is None:
            return
        if self.asks:
            self.words_width = text_width(self.p["quiz"]["question"], 12)
            return
        self.at += f"[{', '.join(map(str, self.index))}]" if self.index else ""
        self.formula = [(str(self.p["offset"]), "dim", 400)]
        self.rule = "offset"
        for dim, (i, stride) in enumerate(zip(self.index, self.p["stride"], strict=True)):
            step = f"({stride})" if stride < 0 else stride
            self.formula += [(" + ", "dim", 400), (f"{i}·{step}", f"i{dim % 5}", 700)]
            self.rule += f" + {LETTERS[dim % len(LETTERS)]}·stride{str(dim).translate(SUBSCRIPT)}"
        self.formula += [(" = ", "dim", 400), (str(self.slot), "text", 700)]
        length = text_width("".join(run[0] for run in self.formula), 17, mono=True)
        self.words_width = max(250, length, text_width(self.rule, 11))

    # Drawing ----------------------------------------------------------------------------------------------------------

    def draw_legend(self, y: float) -> None:
        x = MARGIN
        for dim, stride in enumerate(self.p["stride"]):
            label = f"dim {dim} {({1: '→', 2: '↓'}).get(self.n - dim, '▦')} stride {stride}"
            self.text(x, y, label, size=11, fill=f"i{dim % 5}", weight=600)
            x += text_width(label, 11, weight=600) + 20

    def draw_cells(self, top: int, places: list[tuple[int, int]]) -> None:
        p, n, (w, h, _) = self.p, self.n, self.p["cell"]
        if not places:
            self.text(MARGIN, top + 20, "no cells: a dim of size 0 leaves no elements", fill="dim")
        texts = dict(zip(p["strip"], p["texts"], strict=True))
        tick = {"size": 11, "mono": True}
        for cell, slot, (x, y) in zip(self.cells, p["slots"], places, strict=bool(places)):
            if x + w > self.room:
                continue
            x, y = x + MARGIN, y + top
            first_row = n < 2 or cell[-2] == p["shown"][-2][0]
            first_column = n > 1 and cell[-1] == p["shown"][-1][0]
            if n and first_row:
                self.text(x + w / 2 - 1, y - 6, str(cell[-1]), fill=f"i{(n - 1) % 5}", anchor="middle", **tick)
            if first_column:
                self.text(x - 8, y + h / 2 + 2, str(cell[-2]), fill=f"i{(n - 2) % 5}", anchor="end", **tick)
            if n > 2 and first_row and first_column:
                self.draw_caption(x - p["x"][0], y - p["y"][0] + 12, cell[:-2])
            here = cell == self.index
            dim = None if self.index is None else in_line(self.index, cell)
            self.draw_box(x, y, texts.get(slot, ""), dim, here=here, twin=not here and slot == self.slot)

    def draw_caption(self, x: float, y: float, lead: tuple[int, ...]) -> None:
        weight = 700 if self.index is not None and self.index[:-2] == lead else 400
        runs: list[Run] = [(f"{self.p['name']}[", "dim")]
        for dim, i in enumerate(lead):
            runs += [(str(i), f"i{dim % 5}", weight), (", " if dim < len(lead) - 1 else "]", "dim")]
        self.text(x, y, runs, size=12, mono=True)

    def draw_box(self, x, y, text, dim, *, here=False, twin=False, unused=False) -> None:
        w, h, size = self.p["cell"]
        fill = "panel" if unused else "cell" if dim is None else f"s{dim % 5}"
        edge = "brand" if here or twin else "line" if dim is None else f"d{dim % 5}"
        dash = "4 3" if twin else "2 3" if unused and not here else None
        self.sheet.rect(x + 1, y + 1, w - 4, h - 4, fill, edge, width=2 if here or twin else 1, dash=dash)
        if size:
            options = {"size": size, "anchor": "middle", "mono": True, "weight": 700 if here else 400}
            self.text(x + w / 2 - 1, y + h / 2 - 1 + size * 0.36, text, fill="dim" if unused else "text", **options)

    def draw_words(self, x: float, y: float) -> None:
        if self.index is None:
            return
        if self.asks:
            self.text(x, y + 14, self.p["quiz"]["question"], size=12, weight=600)
            self.text(x, y + 36, self.p["quiz"]["verdict"], size=12, fill="dim")
            return
        size = 17 if self.words_width <= self.room else 12
        self.text(x, y + 14, f"{self.at} lies at", size=12, fill="dim")
        self.text(x, y + 42, self.formula, size=size, mono=True)
        self.text(x, y + 62, self.rule, size=11, fill="dim")
        self.text(x, y + 92, f"{self.at} is storage slot {self.slot}, byte {self.slot * self.p['itemsize']}", size=12)

    def draw_strip(self, top: float, per: int) -> None:
        p, (w, h, _) = self.p, self.p["cell"]
        above = 32 if self.path else 12
        self.text(MARGIN, top - above, [("storage", "text", 600), (f"   {p['storage']}", "dim", 400)], size=12)
        if not p["strip"]:
            self.text(MARGIN, top + 16, "no slots: nothing is stored", fill="dim")
        marks: dict[int, int] = {}  # the dim in whose colour a slot is drawn: the last one that any of its cells shares
        for cell, slot in zip(self.cells, p["slots"], strict=True):
            if self.index is not None and (dim := in_line(self.index, cell)) is not None:
                marks[slot] = max(dim, marks.get(slot, dim))
        for k, (slot, text, is_read) in enumerate(zip(p["strip"], p["texts"], p["read"], strict=True)):
            x, y = MARGIN + p["gutter"] + k % per * w, top + k // per * p["pitch"]
            if slot == GAP:
                self.text(x + w / 2, y + h / 2 + 4, "⋯", fill="dim", anchor="middle")
                continue
            here = slot == self.slot
            self.draw_box(x, y, text, marks.get(slot), here=here, unused=not is_read)
            if not p["gutter"]:
                ink = "brand" if here else "dim"
                self.text(x + w / 2 - 1, y + h + 10, str(slot), size=11, fill=ink, anchor="middle", mono=True)
            elif k % per == 0:
                self.text(x - 8, y + h / 2 + 2, str(slot), size=11, fill="dim", anchor="end", mono=True)

    def draw_walk(self, top: float, per: int) -> None:
        """From slot to slot in the order of the indices, each step in the colour of the dim that moves on."""
        p, w = self.p, self.p["cell"][0]
        if any(GAP in dim for dim in p["shown"]) or self.asks:
            return
        place = {slot: k for k, slot in enumerate(p["strip"])}
        spots = [(place[slot] % per, place[slot] // per) for slot in p["slots"]]
        for (one, other), (a, b) in zip(pairwise(spots), pairwise(self.cells), strict=True):
            dim = next(d for d in range(self.n) if a[d] != b[d])
            x0, x1 = (MARGIN + p["gutter"] + column * w + w / 2 - 1 for column in (one[0], other[0]))
            y0, y1 = (top + row * p["pitch"] + 1 for row in (one[1], other[1]))
            rise = min(12 + abs(x1 - x0) / w * 4, 48 if self.one_line else 16)  # twice as high as the bow
            bend = f"Q{(x0 + x1) / 2} {y0 - rise} {x1} {y1}" if y0 == y1 and abs(x1 - x0) > w else f"L{x1} {y1}"
            self.sheet.path(f"M{x0} {y0}{bend}", stroke=f"d{dim % 5}", width=1 if len(spots) > 24 else 2)
