"""The static picture of a board: what the page shows at rest, without its controls."""

from collections.abc import Sequence
from typing import Any

from .cells import BETWEEN, indices, place
from .svg import Sheet, chip_lines, shorten, text_width

WIDTH, WIDEST, MARGIN, APART = 680, 1100, 20, 28


def draw(p: dict[str, Any], alt: str, rest: tuple[str, int] | None, theme: str) -> str:
    """Draw the picture `p` (see board.Board.compute) with one cell, `(panel, number)`, explained."""
    return _Drawing(p, alt, rest, theme).svg


def lit(p: dict[str, Any], panel: str, k: int) -> dict[str, set[int]]:
    """The cells that belong to cell `k` of a panel, by panel: as `together` in js/board_cells.js."""
    found: dict[str, set[int]] = {name: set(cells) for name, cells in _own(p, panel, k).items()}
    for other, links in p["links"].items():
        if other != panel:
            for number, link in enumerate(links):
                if k in link.get(panel, ()):
                    found.setdefault(other, set()).add(number)
    return found


def _own(p: dict[str, Any], panel: str, k: int) -> dict[str, list[int]]:
    return p["links"].get(panel, {k: {}})[k]


def look(panel: dict[str, Any], k: int, state: str) -> dict[str, Any]:
    """Fill, edge and ink of a cell in a state (`here`, `lit` or nothing): as `look` in js/board_cells.js."""
    kind, tone = panel["kinds"].get(k, ""), panel["tone"]
    soft = {"pick": f"s{tone}", "ghost": "panel", "bad": "salert", "new": "swarn"}.get(kind, "cell")
    edge = {"pick": f"d{tone}", "ghost": "dim", "bad": "alert", "new": "warn"}.get(kind, "line")
    quiet = kind in ("ghost", "dim") and not state
    marked = kind in ("pick", "new")
    shade = panel["shades"][k] if panel["shades"] else None
    return {
        "fill": f"s{tone}" if state == "lit" else "cell" if state == "here" and kind == "ghost" else soft,
        "edge": "brand" if state == "here" else f"d{tone}" if state == "lit" else edge,
        "width": 2 if state == "here" or kind == "bad" or (state and (shade is not None or marked)) else 1,
        "dash": "2 3" if kind == "ghost" else None,
        "ink": "dim" if quiet else "text",
        "weight": 700 if state == "here" or kind == "bad" or (state and marked) else 400,
        "shade": shade if kind != "ghost" else None,
    }


def shade_of(percent: int, written: bool) -> tuple[str, int]:
    """The hue of a signed percent and how much of it: soft where a number must be read on it.

    >>> shade_of(-100, True), shade_of(60, False), shade_of(0, True)
    (('d0', 40), ('d1', 66), ('d1', 0))
    """
    size = abs(percent)
    return ("d0" if percent < 0 else "d1"), 0 if not size else round(5 + 0.35 * size) if written else round(
        15 + 0.85 * size
    )


class _Drawing:
    def __init__(self, p: dict[str, Any], alt: str, rest: tuple[str, int] | None, theme: str):
        self.p, self.rest = p, rest
        self.lit = lit(p, *rest) if rest else {}
        widest = max((self.size_of(panel)[0] for panel in p["panels"]), default=0)
        self.width = min(max(WIDTH, widest + 2 * MARGIN), WIDEST)
        self.room = self.width - 2 * MARGIN
        self.sheet = Sheet(self.width, 0, theme=theme, alt=alt)
        self.y = 32.0
        self.title()
        self.refusal()
        self.lines()
        self.panels()
        self.legend()
        self.words()
        self.last()
        self.sheet.height = round(self.y)
        self.svg = self.sheet.finish()

    def text(self, x: float, y: float, text: Any, **options: Any) -> None:
        self.sheet.text(x, y, text, **options)

    def title(self) -> None:
        p = self.p
        given = [(shorten(p["name"], 60), "text", 700)]
        given += [(f" {shorten(p['expression'], 70 - len(p['name']))}", "dim")] if p["expression"] else []
        self.text(MARGIN, self.y, given, size=14, mono=True)
        self.y += 12
        chips = chip_lines(p["facts"], self.room) if p["facts"] else []
        self.sheet.chips(MARGIN, self.y, chips)
        self.y += 32 * len(chips) + 8
        if (quiz := p["quiz"]) and (quiz["open"] or quiz["verdict"]):
            for words in (quiz["question"], quiz["verdict"]):
                self.paragraph(words, MARGIN, self.room, weight=600)

    def paragraph(self, words: str, x: float, room: float, **options: Any) -> None:
        for line in wrapped(words, room, options.get("size", 13), options.get("mono", False)):
            self.text(x, self.y + 14, line, **options)
            self.y += 20

    def refusal(self) -> None:
        if not (refusal := self.p["refusal"]):
            return
        top, at = self.y, len(self.sheet.parts)
        self.y += 8
        self.paragraph(refusal["title"], MARGIN + 16, self.room - 32, weight=600)
        self.paragraph(refusal["said"], MARGIN + 16, self.room - 32, mono=True, size=12)
        if refusal["rule"]:
            self.paragraph(refusal["rule"], MARGIN + 16, self.room - 32)
        self.y += 8
        words, self.sheet.parts = self.sheet.parts[at:], self.sheet.parts[:at]
        self.sheet.rect(MARGIN, top, self.room, self.y - top, "swarn", "warn")
        self.sheet.rect(MARGIN, top, 4, self.y - top, "warn", radius=2)
        self.sheet.parts += words
        self.y += 12

    def lines(self) -> None:
        if not self.p["lines"]:
            return
        if self.p["heading"]:
            self.text(MARGIN, self.y + 14, self.p["heading"], weight=600)
            self.y += 20
        for line in self.p["lines"]:
            for runs in broken([run_of(piece) for piece in line], self.room, 12):
                self.text(MARGIN, self.y + 14, runs, size=12, mono=True)
                self.y += 20
        self.y += 12

    # Panels -----------------------------------------------------------------------------------------------------------

    def size_of(self, panel: dict[str, Any]) -> tuple[int, int]:
        """The room a panel takes, with its title."""
        _, w, h = place(panel, panel["cell"], WIDEST - 2 * MARGIN)
        return max(w, round(self.title_width(panel))), h + 28

    def title_width(self, panel: dict[str, Any]) -> float:
        return text_width(panel["title"], 13, mono=True, weight=600) + 8 + text_width(panel["note"], 11)

    def panels(self) -> None:
        for line in self.flow():
            tall = max(self.size(panel)[1] for panel in line)
            x = float(MARGIN)
            for panel in line:
                if panel["sign"]:
                    head = 28 + panel["y"][0] if panel["y"] else 28
                    self.text(x + 8, self.y + head + panel["cell"][1] / 2 + 4, panel["sign"], size=17, anchor="middle")
                    x += APART
                self.panel(panel, x, self.y)
                x += self.size(panel)[0] + APART
            self.y += tall + 20

    def size(self, panel: dict[str, Any]) -> tuple[float, float]:
        _, w, h = place(panel, panel["cell"], self.room)
        return max(w, self.title_width(panel)), h + 28

    def flow(self) -> list[list[dict[str, Any]]]:
        """The panels in lines that fit."""
        lines: list[list[dict[str, Any]]] = []
        x = 0.0
        for panel in self.p["panels"]:
            w = self.size(panel)[0] + (APART if panel["sign"] else 0)
            if not lines or panel["newLine"] or x + w > self.room:
                lines.append([])
                x = 0.0
            lines[-1].append(panel)
            x += w + APART
        return lines

    def panel(self, panel: dict[str, Any], left: float, top: float) -> None:
        places, _, _ = place(panel, panel["cell"], self.room)
        w, h, _ = panel["cell"]
        title = [(panel["title"], "text" if panel["rows"] else f"i{panel['tone']}", 600)]
        self.text(left, top + 16, title, size=13, mono=True)
        at = left + text_width(panel["title"], 13, mono=True) + 10
        self.text(at, top + 16, panel["note"], size=11, fill="dim")
        if not places:
            self.text(left, top + 44, "no cells: a dim has size 0", fill="dim")
        n, dims, cells = len(panel["shape"]), panel["dims"], indices(panel["shown"])
        first = panel["first"] or [0] * n
        top += 28
        for k, (index, (x, y)) in enumerate(zip(cells, places, strict=bool(places))):
            x, y = x + left, y + top
            if x + w > self.width - MARGIN + BETWEEN:
                continue
            in_row = n < 2 or index[-2] == panel["shown"][-2][0]
            in_column = n > 1 and index[-1] == panel["shown"][-1][0]
            w_before, h_before = apart(panel, k)
            if n > 1 and w_before and in_row:
                self.text(x - BETWEEN / 2, y + h / 2 + 3, "⋯", size=11, anchor="middle", fill="dim")
            if h_before and in_column:
                self.text(x + w / 2, y - BETWEEN / 2 + 3, "⋮", size=11, anchor="middle", fill="dim")
            if n and in_row:
                tick = panel["columns"][index[-1]] if panel["columns"] else str(index[-1] + first[-1])
                self.tick(x + w / 2 - 1, y - 6, tick, dims[-1], "middle")
            if in_column:
                tick = panel["rows"][index[-2]] if panel["rows"] else str(index[-2] + first[-2])
                self.tick(x - 8, y + h / 2 + 3, tick, dims[-2], "end")
            if n > 2 and in_row and in_column:
                runs: list[Any] = [("[", "dim")]
                for dim, i in enumerate(index[:-2]):
                    runs += [(str(i + first[dim]), dims[dim]), (", " if dim < n - 3 else "]", "dim")]
                self.text(x - panel["x"][0], y - panel["y"][0] + 12, runs, size=12, mono=True)
            self.cell(panel, k, x, y)

    def tick(self, x: float, y: float, words: str, fill: str, anchor: str) -> None:
        self.text(x, y, words, size=11, mono=True, anchor=anchor, fill=fill)

    def cell(self, panel: dict[str, Any], k: int, x: float, y: float) -> None:
        w, h, size = panel["cell"]
        here = self.rest == (panel["id"], k)
        seen = look(panel, k, "here" if here else "lit" if k in self.lit.get(panel["id"], ()) else "")
        box = (x + 1, y + 1, w - 4, h - 4)
        self.sheet.rect(*box, seen["fill"] if seen["shade"] is None else "cell")
        if seen["shade"]:
            hue, amount = shade_of(seen["shade"], size > 0)
            self.sheet.rect(*box, hue, opacity=amount / 100)
        self.sheet.rect(*box, "none", seen["edge"], width=seen["width"], dash=seen["dash"])
        if size:
            options = {"size": size, "anchor": "middle", "mono": True, "weight": seen["weight"], "fill": seen["ink"]}
            self.text(x + w / 2 - 1, y + h / 2 - 1 + size * 0.36, panel["texts"][k], **options)

    # Below them -------------------------------------------------------------------------------------------------------

    def legend(self) -> None:
        entries = [*self.p["legend"]]
        x = float(MARGIN)
        if self.p["warm"]:
            for hue, words in (("d0", "below zero"), ("cell", "zero"), ("d1", "above")):
                self.sheet.rect(x, self.y, 14, 12, hue, "line", radius=3)
                self.text(x + 20, self.y + 10, words, size=11, fill="dim")
                x += 36 + text_width(words, 11)
        for kind, tone, words in entries:
            look_ = look({"kinds": {0: kind}, "tone": int(tone), "shades": None}, 0, "lit" if kind == "lit" else "")
            if x + 36 + text_width(words, 11) > self.width - MARGIN:
                x, self.y = float(MARGIN), self.y + 20
            self.sheet.rect(x, self.y, 14, 12, look_["fill"], look_["edge"], radius=3, dash=look_["dash"])
            self.text(x + 20, self.y + 10, words, size=11, fill="dim")
            x += 36 + text_width(words, 11)
        if x > MARGIN:
            self.y += 28

    def words(self) -> None:
        if not self.rest or not (said := self.p["words"].get(self.rest[0])):
            return
        words = said[self.rest[1]]
        self.text(MARGIN, self.y + 12, words["head"], size=12, fill="dim")
        self.y += 20
        runs = [run_of(piece) for piece in words["formula"]]
        size = 17 if text_width("".join(r[0] for r in runs), 17, mono=True) <= self.room else 13
        for line in broken(runs, self.room, size):
            self.text(MARGIN, self.y + 18, line, size=size, mono=True)
            self.y += 28
        if words["note"]:
            self.paragraph(words["note"], MARGIN, self.room, size=12)
        self.y += 8

    def last(self) -> None:
        if self.p["cut"]:
            self.paragraph(self.p["cut"], MARGIN, self.room, size=11, fill="dim")
        if self.p["line"]:
            line = self.p["line"] + (f"   # {self.p['remark']}" if self.p["remark"] else "")
            for words in wrapped(line, self.room, 12, True):
                self.text(MARGIN, self.y + 14, words, size=12, fill="dim", mono=True)
                self.y += 20
        self.y += 12


def apart(panel: dict[str, Any], k: int) -> tuple[bool, bool]:
    """Is something left out before the column, and before the row, of cell `k`? As `apart` in js/board_cells.js."""
    across, down, (w, h, _) = panel["x"], panel["y"], panel["cell"]
    c, r = k % len(across), k // len(across) % len(down)
    return c > 0 and across[c] - across[c - 1] > w, r > 0 and down[r] - down[r - 1] > h


def run_of(piece: Sequence[Any]) -> tuple[str, str, int]:
    """A piece of JSON as a run of text."""
    text, colour, weight = (*piece, 400)[:3]
    return text, colour, weight


def wrapped(words: str, room: float, size: float = 13, mono: bool = False) -> list[str]:
    """A text in lines that fit.

    >>> wrapped("one two three", 60)
    ['one two', 'three']
    """
    lines = [""]
    for word in words.split(" "):
        longer = f"{lines[-1]} {word}" if lines[-1] else word
        if lines[-1] and text_width(longer, size, mono) > room:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


def broken(runs: list[tuple[str, str, int]], room: float, size: float) -> list[list[tuple[str, str, int]]]:
    """Runs of monospaced text in lines that fit, broken between runs."""
    lines: list[list[tuple[str, str, int]]] = [[]]
    x = 0.0
    for run in runs:
        w = text_width(run[0], size, mono=True)
        if lines[-1] and x + w > room:
            lines.append([])
            x = 0.0
        lines[-1].append(run)
        x += w
    return lines
