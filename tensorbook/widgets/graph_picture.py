"""The static picture of a graph at one step of its backward pass: what GitHub, nbconvert and an export show."""

from __future__ import annotations

from bisect import bisect
from textwrap import wrap
from typing import Any

from .graph_words import before
from .svg import Sheet, shorten, text_width

MARGIN = 20


def draw(picture: dict[str, Any], step: int, selected: str, alt: str, theme: str) -> str:
    """The SVG; `picture` as graph_story makes it."""
    if picture["empty"]:
        return _empty(picture, alt, theme)
    words = picture["steps"][step - 1]["words"] if step else before(picture)
    width = max(picture["width"] + 2 * MARGIN - 16, 560)
    letters = int((width - 2 * MARGIN) / 6.6)
    foot = [(line, "dim") for line in wrap(words, letters)]
    for note in picture["notes"]:
        foot += [(line, "warn" if note["tone"] else "dim") for line in wrap(note["text"], letters)]
    top = 92
    height = top + picture["height"] + 20 * len(foot) + 12
    sheet = Sheet(width, height, theme=theme, alt=alt)
    title = [(picture["title"], "text", 700)]
    if picture["expression"]:
        title.append((f" = {shorten(picture['expression'], max(letters - len(picture['title']) - 12, 8))}", "dim"))
    sheet.text(MARGIN, 32, title, size=14, mono=True)
    x = MARGIN
    for label, value, colour in _facts(picture, step):
        x = sheet.chip(x, 48, label, value, colour)
    _Graph(sheet, picture, step, selected, (width - picture["width"]) // 2, top).paint()
    for index, (line, colour) in enumerate(foot):
        sheet.text(MARGIN, top + picture["height"] + 16 + 20 * index, line, size=12, fill=colour)
    return sheet.finish()


def _facts(picture: dict[str, Any], step: int) -> list[tuple[str, str, str]]:
    return [
        ("shape", picture["shape"], "text"),
        ("nodes", f"{picture['count']:,}", "text"),
        ("leaves", str(picture["leaves"]), "i2"),
        ("step", f"{step} of {len(picture['steps'])}", "i1"),
    ]


def _empty(picture: dict[str, Any], alt: str, theme: str) -> str:
    lines = wrap(picture["empty"], 72)
    sheet = Sheet(560, 72 + 20 * len(lines), theme=theme, alt=alt)
    sheet.text(MARGIN, 32, [(picture["title"], "text", 700), ("  has no graph", "dim")], size=14, mono=True)
    for index, line in enumerate(lines):
        sheet.text(MARGIN, 64 + 20 * index, line)
    return sheet.finish()


class _Graph:
    def __init__(self, sheet: Sheet, picture: dict[str, Any], step: int, selected: str, left: int, top: int) -> None:
        self.sheet, self.picture, self.step, self.selected = sheet, picture, step, selected
        self.left, self.top = left, top
        self.nodes = picture["nodes"]
        self.current = picture["steps"][step - 1]["node"] if step else -1
        self.last_out = [e for e in picture["edges"] if e["from"] == self.current and e["text"] and step in e["steps"]]

    def paint(self) -> None:
        self._paint_edges()
        for at, node in enumerate(self.nodes):
            self._paint_node(at, node)
        self._paint_labels()

    def _done(self, at: int) -> bool:
        step = self.nodes[at]["step"]
        return step is not None and step <= self.step

    def _paint_edges(self) -> None:
        segments, forward = self.picture["segments"], self.picture["phase"] == "forward"
        level = [0] * len(segments)  # 0 pending, 1 passed, 2 passing now
        dashed = [True] * len(segments)
        for edge in self.picture["edges"]:
            state = 2 if self.step in edge["steps"] else 1 if edge["steps"] and edge["steps"][0] <= self.step else 0
            at = edge["path"]
            while at >= 0:
                level[at], dashed[at] = max(level[at], state), dashed[at] and edge["kind"] != "grad"
                at = segments[at][5]
        heads = {edge["path"] for edge in self.picture["edges"]} if forward else ()
        for wanted in range(3):  # what passes now lies on top
            for number, (x0, y0, bend, x1, y1, following) in enumerate(segments):
                state, dash = level[number], dashed[number]
                if state != wanted:
                    continue
                colour, width = ("line", 1) if dash and not state else (("dim", 1), ("d1", 1.5), ("d1", 2.5))[state]
                if forward and state:
                    colour = "d0"
                x0, y0, bend, x1, y1 = x0 + self.left, y0 + self.top, bend + self.top, x1 + self.left, y1 + self.top
                self.sheet.path(path(x0, y0, bend, x1, y1), colour, width=width, dash="4 3" if dash else None)
                if forward and number in heads:
                    self.sheet.path(f"M{x0 - 4} {y0 - 6}L{x0} {y0 - 1}L{x0 + 4} {y0 - 6}", colour, width=width)
                elif not forward and following < 0 and not dash:
                    self.sheet.path(f"M{x1 - 4} {y1 - 6}L{x1} {y1 - 1}L{x1 + 4} {y1 - 6}", colour, width=width)

    def _paint_node(self, at: int, node: dict[str, Any]) -> None:
        x, y, w, h = node["box"]
        x, y, sheet, kind = x + self.left, y + self.top, self.sheet, node["kind"]
        forward = self.picture["phase"] == "forward"
        done, current = self._done(at), at == self.current
        fill, line, dash, width = "cell", "line", None, 1.0
        if kind == "leaf":
            fill, line = ("s2", "d2") if done else ("cell", "d2")
        elif kind == "data":
            fill, line, dash = "none", "dim", "4 3"
        elif done or (kind == "block" and any(ran <= self.step for ran in node["ran"])):
            fill, line = ("s0", "d0") if forward else ("s1", "d1")
        if node.get("stale"):
            line, width = "warn", 2.0
        if at == self.picture["failed"]:
            line, dash, width = "warn", "2 3", 2.0
        if current:
            line, width = "brand", 2.0
        if kind == "leaf" and not done:
            dash = "6 3"
        radius = h / 2 if kind in ("leaf", "data") else 4
        for behind in (6, 3) if kind == "block" else ():  # a stack
            sheet.rect(x + behind, y - behind, w, h, "cell", line, radius=radius)
        sheet.rect(x, y, w, h, fill, line, radius=radius, width=width, dash=dash)
        if node["key"] == self.selected:
            sheet.rect(x - 4, y - 4, w + 8, h + 8, "none", "brand", radius=radius + 4, width=1)
        inset = 18 if kind == "leaf" else 12
        mark = "✓ " if done and not current else "▸ " if current else "✕ " if at == self.picture["failed"] else ""
        base = y + 20
        if node["step"] and not mark and kind == "op":
            size = 9 if node["step"] < 1000 else 8  # four digits have room then
            sheet.text(x + inset + 8, base, f"{node['step']}", size=size, fill="dim", anchor="end", mono=True)
        elif mark:
            sheet.text(x + inset - 2, base, mark, size=11, fill="text" if done or current else "warn")
        sheet.text(x + inset + 12, base, node["label"], weight=700 if current else 600)
        sheet.text(x + w - inset, base, node["shape"], size=11, fill="dim", anchor="end", mono=True)
        came, due = self._arrived(at, node)
        if due > 1:
            right = x + w - inset - text_width(node["shape"], 11, mono=True) - 8
            sheet.text(right, base, f"{came}/{due}", size=10, fill="i1", anchor="end", mono=True)
        if kind == "leaf" and not forward:
            self._paint_leaf(node, x + inset + 12, y + 39, done)

    def _arrived(self, at: int, node: dict[str, Any]) -> tuple[int, int]:
        """How many of the gradients that a box waits for have come; of a block, how many of its nodes have run."""
        if node["kind"] == "block":
            return bisect(node["ran"], self.step), node["runs"]
        if self.picture["phase"] == "forward":
            return 0, 0
        into = [edge for edge in self.picture["edges"] if edge["to"] == at and edge["kind"] == "grad"]
        return sum(bisect(edge["steps"], self.step) for edge in into), sum(edge["count"] for edge in into)

    def _paint_leaf(self, node: dict[str, Any], x: float, y: float, done: bool) -> None:
        story = self.picture["steps"][node["step"] - 1] if node["step"] else {}
        shown = story.get("after") if done else story.get("before")
        self.sheet.text(x, y, ".grad", size=11, fill="dim", mono=True)
        if shown is None:
            self.sheet.text(x + 40, y, "None", size=11, fill="dim", mono=True)
            return
        values = [value for row in self.picture["glimpses"][shown]["rows"] for value in row][:8]
        most = max((abs(v) for v in values if isinstance(v, float)), default=0) or 1
        for index, value in enumerate(values):
            left = x + 40 + 6 * index
            self.sheet.rect(left, y - 8, 6, 9, "cell", "line", radius=0, width=0.5)
            if isinstance(value, float):
                strength = round(0.15 + 0.85 * abs(value) / most, 2) if value else 0
                self.sheet.rect(left, y - 8, 6, 9, "d1" if value > 0 else "d0", radius=0, opacity=strength)

    def _paint_labels(self) -> None:
        """What passes now, at the end of its edge; one label for each box."""
        for target in dict.fromkeys(edge["to"] for edge in self.last_out):
            text = ", ".join(edge["text"] for edge in self.last_out if edge["to"] == target)
            x, y, w, _ = self.nodes[target]["box"]
            middle = x + w / 2 + self.left
            text = shorten(text, max(int((w + 20) / 6.7), 6))
            half = text_width(text, 11, mono=True) / 2
            self.sheet.rect(middle - half - 4, y + self.top - 23, 2 * half + 8, 15, "bg", radius=3)
            self.sheet.text(middle, y + self.top - 12, text, size=11, fill="i1", anchor="middle", mono=True, weight=600)


def path(x0: float, y0: float, bend: float, x1: float, y1: float) -> str:
    """Down to `bend`, then over to the end in a curve that leaves and arrives vertically."""
    down = f"M{x0} {y0}" + (f"V{bend}" if bend != y0 else "")
    if x0 == x1:
        return f"{down}V{y1}"
    middle = (bend + y1) // 2
    return f"{down}C{x0} {middle} {x1} {middle} {x1} {y1}"
