"""The look of the widgets in Python: the colours, and a writer of SVG that escapes whatever it is given.

`THEMES` is the one place where the colours stand. The page gets them as CSS variables (`css_tokens`), the static
pictures as plain values. A static picture brings its own panel, so that it reads on a white and on a dark page alike.
"""

import re
from collections.abc import Sequence
from html import escape

SANS = "system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif"
MONO = "ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace"

# d0 … d4 colour the dimensions as fills and marks; i0 … i4 are the same hues, as dark as text and thin strokes need
# (4.5 to 1 on the panel); s0 … s4 are their soft fills. Gradients take d1 / i1, leaves and shared storage d2 / i2.
THEMES: dict[str, dict[str, str]] = {
    "light": {
        "bg": "#ffffff", "panel": "#f7f8fa", "cell": "#ffffff", "line": "#d5d9df", "text": "#1f2328", "dim": "#59636e",
        "brand": "#1976d2", "ink": "#ffffff", "warn": "#8a5d00", "alert": "#b3261e",
        "d0": "#0072b2", "d1": "#d55e00", "d2": "#009e73", "d3": "#cc79a7", "d4": "#e69f00",
        "i0": "#0072b2", "i1": "#b84f00", "i2": "#007a59", "i3": "#a84d80", "i4": "#8f6200",
        "s0": "#e3f0f8", "s1": "#fbe9df", "s2": "#dff3ec", "s3": "#f8e9f1", "s4": "#fdf1d7",
        "swarn": "#fdf1d7", "salert": "#fdecea",
    },
    "dark": {
        "bg": "#111418", "panel": "#1a1f26", "cell": "#151a20", "line": "#39424e", "text": "#e6edf3", "dim": "#9aa5b1",
        "brand": "#64b5f6", "ink": "#0b0e12", "warn": "#e3b341", "alert": "#ff8a80",
        "d0": "#56b4e9", "d1": "#f0a35e", "d2": "#4cc9a0", "d3": "#e0a3c8", "d4": "#f0c55e",
        "i0": "#56b4e9", "i1": "#f0a35e", "i2": "#4cc9a0", "i3": "#e0a3c8", "i4": "#f0c55e",
        "s0": "#17303f", "s1": "#3d2a1b", "s2": "#16352b", "s3": "#38243a", "s4": "#3a3117",
        "swarn": "#3a3117", "salert": "#3f1d1b",
    },
}  # fmt: skip

# Tokens that follow the host's own theme where it offers one.
_HOST = {
    "bg": "--jp-layout-color0",
    "cell": "--jp-layout-color0",
    "text": "--jp-ui-font-color0",
    "brand": "--jp-brand-color1",
}

Run = tuple[str, str] | tuple[str, str, int]
"""A piece of a line of text: what it says, its colour, and its weight (400 unless told)."""


def css_tokens() -> str:
    """The colours as CSS variables on `.tb-root`: `--tb-bg`, `--tb-d0`, …; dark where the host says that it is dark."""

    def block(selector: str, theme: dict[str, str]) -> str:
        values = (f"--tb-{k}: {f'var({_HOST[k]}, {v})' if k in _HOST else v};" for k, v in theme.items())
        return f"{selector} {{ {' '.join(values)} }}"

    dark = 'body[data-jp-theme-light="false"] .tb-root, body.vscode-dark .tb-root'
    return block(".tb-root", THEMES["light"]) + "\n" + block(dark, THEMES["dark"]) + "\n"


def text_width(text: str, size: float = 13, mono: bool = False, weight: int = 400) -> float:
    """How wide a text is taken to be, in pixels: the same on every machine, whatever fonts it has.

    >>> text_width("0.5", 10, mono=True)
    18.1
    """
    return round(len(text) * size * (0.602 if mono else 0.545 if weight < 600 else 0.6), 1)


def shorten(text: str, limit: int) -> str:
    """At most `limit` characters, the rest as `…`.

    >>> shorten("activation", 6)
    'activ…'
    """
    return text if len(text) <= limit else text[: limit - 1] + "…"


def chip_lines(facts: Sequence[dict[str, str]], room: float) -> list[list[dict[str, str]]]:
    """Facts such as `{"label": "shape", "value": "(3, 4)", "note": "", "tone": "d2"}` in lines that fit into `room`."""
    lines, x = [[]], 0.0
    for fact in facts:
        words = text_width(fact.get("label", "") + fact.get("note", ""), 11)
        w = 34 + words + text_width(fact["value"], 12, mono=True)
        if lines[-1] and x + w > room:
            lines.append([])
            x = 0.0
        lines[-1].append(fact)
        x += w
    return lines


class Sheet:
    """An SVG picture being drawn; colours are names of tokens (`"text"`, `"d0"`) or `"none"`.

    >>> sheet = Sheet(80, 24, alt="one cell")
    >>> sheet.rect(4, 4, 16, 16, "cell", "line")
    >>> sheet.text(24, 16, "a < b")
    >>> "a &lt; b" in sheet.finish()
    True
    """

    def __init__(self, width: float, height: float, *, theme: str = "light", alt: str = ""):
        if theme not in THEMES:
            raise ValueError(f"theme is {theme!r}; expected one of {', '.join(map(repr, THEMES))}")
        self.width, self.height, self.alt, self.colours = width, height, alt, THEMES[theme]
        self.parts: list[str] = []

    def _colour(self, name: str) -> str:
        return "none" if name == "none" else self.colours[name]

    def _tag(self, name: str, content: str | None = None, **attributes) -> None:
        pairs = ((k.replace("_", "-"), v) for k, v in attributes.items() if v is not None)
        written = " ".join(f'{k}="{escape(_number(v), quote=True)}"' for k, v in pairs)
        self.parts.append(f"<{name} {written}/>" if content is None else f"<{name} {written}>{content}</{name}>")

    def rect(
        self, x: float, y: float, w: float, h: float, fill: str = "none", stroke: str | None = None, *,
        radius: float = 4, width: float = 1, dash: str | None = None, opacity: float | None = None,
    ) -> None:  # fmt: skip
        edge = {"stroke": self._colour(stroke), "stroke_width": width, "stroke_dasharray": dash} if stroke else {}
        self._tag(
            "rect", x=x, y=y, width=w, height=h, rx=radius, fill=self._colour(fill), opacity=_share(opacity), **edge
        )

    def circle(self, x: float, y: float, r: float, fill: str, stroke: str | None = None, *, width: float = 1) -> None:
        edge = {"stroke": self._colour(stroke), "stroke_width": width} if stroke else {}
        self._tag("circle", cx=x, cy=y, r=r, fill=self._colour(fill), **edge)

    def path(
        self, d: str, stroke: str, *, width: float = 1.5, fill: str = "none", dash: str | None = None,
        opacity: float | None = None,
    ) -> None:  # fmt: skip
        self._tag(
            "path", d=d, fill=self._colour(fill), stroke=self._colour(stroke), stroke_width=width,
            stroke_linecap="round", stroke_linejoin="round", stroke_dasharray=dash, opacity=_share(opacity),
        )  # fmt: skip

    def image(self, x: float, y: float, w: float, h: float, address: str) -> None:
        """A picture of points, stretched; `address` is a data: URL."""
        self._tag("image", x=x, y=y, width=w, height=h, href=address, preserveAspectRatio="none")

    def text(
        self, x: float, y: float, text: str | Sequence[Run], *, size: float = 13, fill: str = "text",
        anchor: str = "start", mono: bool = False, weight: int = 400,
    ) -> None:  # fmt: skip
        """One line; `text` may be a list of runs `(words, colour)` or `(words, colour, weight)`."""
        if isinstance(text, str):
            content = escape(text)
        else:
            content = "".join(
                f'<tspan fill="{self._colour(run[1])}" font-weight="{run[2] if len(run) > 2 else weight}">'
                f"{escape(run[0])}</tspan>"
                for run in text
            )
        self._tag(
            "text", content, x=x, y=y, font_size=size, fill=self._colour(fill), text_anchor=anchor,
            font_family=MONO if mono else SANS, font_weight=weight, **{"xml:space": "preserve"},
        )  # fmt: skip

    def chip(self, x: float, y: float, label: str, value: str, colour: str = "text", note: str = "") -> float:
        """A fact, 24 px high, with small words before and after it; returns the x at which the next one may start."""
        words = [(label, 11, "dim", False), (value, 12, colour, True), (note, 11, "dim", False)]
        words = [word for word in words if word[0]]
        w = round(14 + sum(text_width(text, size, mono) + 6 for text, size, _, mono in words))
        self.rect(x, y, w, 24, "panel", "line", radius=12)
        at = x + 10
        for text, size, fill, mono in words:
            self.text(at, y + 16, text, size=size, fill=fill, mono=mono, weight=600 if mono else 400)
            at += text_width(text, size, mono) + 6
        return x + w + 8

    def chips(self, x: float, y: float, lines: list[list[dict[str, str]]]) -> None:
        """Lines of facts (`chip_lines`), 32 px each."""
        for line, facts in enumerate(lines):
            at = x
            for fact in facts:
                tone = re.sub(r"^d(?=\d)", "i", fact.get("tone", "text"))
                at = self.chip(at, y + 32 * line, fact.get("label", ""), fact["value"], tone, fact.get("note", ""))

    def button(self, x: float, y: float, label: str, *, on: bool = False, w: float | None = None) -> float:
        """A button as it looks in the page, 28 px high; returns the x at which the next one may start."""
        w = w or round(text_width(label, 12, mono=True) + 20)
        self.rect(x, y, w, 28, "brand" if on else "cell", "brand" if on else "line")
        self.text(x + w / 2, y + 18, label, size=12, fill="ink" if on else "text", anchor="middle", mono=True)
        return x + w + 6

    def finish(self) -> str:
        """The whole picture, on a panel of its own colour."""
        panel = Sheet.__new__(Sheet)
        panel.parts, panel.colours = [], self.colours
        panel.rect(0.5, 0.5, self.width - 1, self.height - 1, "bg", "line", radius=8)
        size = f'width="{_number(self.width)}" height="{_number(self.height)}"'
        box = f'viewBox="0 0 {_number(self.width)} {_number(self.height)}"'
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} {box} role="img" '
            f'aria-label="{escape(self.alt, quote=True)}">{"".join(panel.parts + self.parts)}</svg>'
        )


def _share(value: float | None) -> str | None:
    """An opacity to a hundredth: a tenth, as of a coordinate, would be too coarse."""
    return None if value is None else f"{round(value, 2):g}"


def _number(value: object) -> str:
    """Coordinates to a tenth of a pixel, so that the same picture is the same text everywhere."""
    return f"{round(value, 1):g}" if isinstance(value, float) else str(value)
