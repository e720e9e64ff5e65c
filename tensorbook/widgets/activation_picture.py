"""The static picture of one neuron and its curve: what the page shows, without its controls."""

from __future__ import annotations

from typing import Any

from .inputs import short
from .plot import DASHES
from .svg import Sheet

WIDTH, MARGIN = 680, 20
TONES, INKS = ("d0", "d3", "d4", "dim"), ("i0", "i3", "i4", "dim")
BOUNDED = {"sigmoid", "tanh", "step"}


def draw(p: dict[str, Any], theme: str, alt: str) -> str:
    """The text of an SVG, the same on every machine."""
    sheet = Sheet(WIDTH, 536, theme=theme, alt=alt)
    name = p["names"][0]
    sheet.text(MARGIN, 32, [("a", "text", 700), (" = f(w · x + b)", "text")], size=14, mono=True)
    about = p["functions"][name]
    right = sheet.chip(MARGIN, 44, "range", about["range"])
    sheet.chip(right, 44, "largest slope f′", about["slope"])
    sheet.rect(MARGIN, 80, WIDTH - 2 * MARGIN, 368, "panel", "line", radius=6)
    _neuron(sheet, p, 96)
    _graph(sheet, p, (74, 222, WIDTH - 36, 408))
    x = MARGIN
    legend = [*zip(p["names"], TONES, INKS, DASHES, strict=False)]
    if p["derivative"]:
        legend.append(("da/dx", "d1", "i1", "5 4"))
    for words, tone, ink, dash in legend:
        sheet.path(f"M {x} 462 h 24", tone, width=2, dash=dash)
        sheet.text(x + 30, 466, words, size=11, fill=ink, weight=600)
        x += 52 + 7 * len(words)
    weight, given, z, a = (short(p[key]) for key in ("weight", "input", "sum", "output"))
    sign, bias = ("−" if p["bias"] < 0 else "+"), short(abs(p["bias"]))
    sheet.text(MARGIN, 494, [
        (f"a = {name}(", "text"), (weight, "i2", 600), (f" · {given} {sign} ", "text"), (bias, "i2", 600),
        (f") = {name}({z}) = ", "text"), (a, "text", 700),
    ], size=15, mono=True)  # fmt: skip
    sheet.text(MARGIN, 518, f"{name}: {p['words']}.", size=12, fill="dim")
    return sheet.finish()


def _neuron(sheet: Sheet, p: dict[str, Any], top: int) -> None:
    left, width, y, r = MARGIN + 16, WIDTH - 2 * MARGIN - 32, top + 56, 28
    x, z, f, a = left + 38, left + 0.44 * width, left + 0.69 * width, left + width - 38
    weight, bias = p["weight"], p["bias"]
    sheet.path(f"M {x + r} {y} H {z - r:.1f}", "d2", width=1 + abs(weight), dash="7 5" if weight < 0 else None)
    sheet.path(f"M {z:.1f} {y - 40} V {y - r}", "d2", width=1 + abs(bias), dash="4 3" if bias < 0 else None)
    sheet.path(f"M {z + r:.1f} {y} H {f - r:.1f} M {f + r:.1f} {y} H {a - r:.1f}", "dim", width=1.5)
    sheet.text(z, y - 47, f"b = {short(bias)}", size=12, fill="i2", anchor="middle", mono=True, weight=600)
    middle = (x + z) / 2
    sheet.text(middle, y - 12, f"w = {short(weight)}", size=12, fill="i2", anchor="middle", mono=True, weight=600)
    product = short(float(f"{weight * p['input']:.12g}"))
    sheet.text(middle, y + 20, f"w · x = {product}", size=12, fill="dim", anchor="middle", mono=True)
    for at, tone, value, words in (
        (x, "text", p["input"], "input x"), (z, "text", p["sum"], "sum z"), (f, "d0", None, p["names"][0]),
        (a, "d0", p["output"], "output a"),
    ):  # fmt: skip
        sheet.circle(at, y, r, "cell", tone, width=2)
        sheet.text(at, y + r + 18, words, size=12, fill="dim", anchor="middle")
        if value is not None:
            sheet.text(at, y + 5, short(value), anchor="middle", mono=True, weight=700)
    sheet.text(f, y + 6, "f", size=17, anchor="middle", mono=True)


def _graph(sheet: Sheet, p: dict[str, Any], box: tuple[int, int, int, int]) -> None:
    left, top, right, bottom = box
    low, high, ticks = (
        (-1.25, 1.25, (-1, -0.5, 0, 0.5, 1)) if BOUNDED.issuperset(p["names"]) else (-2, 5, (-2, 0, 2, 4))
    )

    def across(value: float) -> float:
        return round(left + (right - left) * (value + 5) / 10, 1)

    def up(value: float) -> float:
        return round(bottom - (bottom - top) * (min(max(value, low), high) - low) / (high - low), 1)

    for tick in ticks:
        sheet.path(f"M {left} {up(tick):g} H {right}", "line" if tick else "dim", width=1)
        sheet.text(left - 8, up(tick) + 4, f"{tick:g}", size=11, fill="dim", anchor="end", mono=True)
    for tick in (-4, -2, 0, 2, 4):
        sheet.path(f"M {across(tick):g} {top} V {bottom}", "line" if tick else "dim", width=1)
        sheet.text(across(tick), bottom + 16, str(tick), size=11, fill="dim", anchor="middle", mono=True)
    sheet.text((left + right) / 2, bottom + 32, "input x", size=12, fill="dim", anchor="middle")

    def line(values: list[float]) -> str:
        words, drawing = [], False
        for x, y in zip(p["x"], values, strict=True):
            inside = low <= y <= high
            if inside:
                words.append(f"{'L' if drawing else 'M'} {across(x):g} {up(y):g}")
            drawing = inside
        return " ".join(words) or f"M {left} {bottom}"

    for curve, tone, dash in reversed([*zip(p["curves"], TONES, DASHES, strict=False)]):
        sheet.path(line(curve), tone, width=2 if dash else 3, dash=dash)
    a, slope = p["output"], p["slope"]
    if p["derivative"]:
        sheet.path(line(p["slopes"]), "d1", width=2, dash="5 4")
        tangent = [a + slope * (x - p["input"]) if abs(x - p["input"]) < 1.3 else high + 1 for x in p["x"]]
        sheet.path(line(tangent), "d1", width=2)
    sheet.path(f"M {across(p['input']):g} {bottom} V {up(a):g} H {left}", "brand", dash="4 3")
    sheet.circle(across(p["input"]), up(a), 6, "brand" if low <= a <= high else "panel", "brand", width=2)
