"""What the static plots are made of: colours and dashes of curves, axes with their lines, paths of curves."""

from __future__ import annotations

import math

from .svg import Sheet
from .training_axes import Axis

DASHES = (None, "7 3", "2 3", "9 3 2 3", "5 2", "1 4")  # curves differ by dash as well as by colour
TONES = ("d0", "d1", "d2", "d3", "d4", "dim")
INKS = ("i0", "i1", "i2", "i3", "i4", "dim")
Box = tuple[float, float, float, float]  # left, top, right, bottom of a plot's inside


def frame(
    sheet: Sheet,
    x_axis: Axis,
    y_axis: Axis,
    box: Box,
    log: str = "",
    *,
    grid: bool = True,
    few: bool = False,
) -> None:
    """The axes of a plot; `log` names those that are logarithmic (`"y"`, `"xy"`), `few` leaves only the ends of x."""
    left, top, right, bottom = box
    up, across = scaler(y_axis, bottom, top, "y" in log), scaler(x_axis, left, right, "x" in log)
    for value, text in y_axis["ticks"]:
        y = tenth(up(value))
        if grid:
            sheet.path(f"M {left:g} {y:g} H {right:g}", "line", width=1)
        sheet.text(left - 8, y + 3.5, text, size=10, fill="dim", anchor="end", mono=True)
    ticks = x_axis["ticks"]
    for value, text in [ticks[0], ticks[-1]] if few else ticks:
        x = tenth(across(value))
        if not few:
            sheet.path(f"M {x:g} {bottom:g} v 4", "line", width=1)
        sheet.text(x, bottom + 16, text, size=10, fill="dim", anchor="middle", mono=True)


MARKS = (
    "",  # a circle
    "m-3.5 -3.5h7v7h-7z",
    "m0 -4.5l4.5 8h-9z",
    "m0 -5l5 5l-5 5l-5 -5z",
    "m0 4.5l4.5 -8h-9z",
    "m-1.5 -4.5h3v3h3v3h-3v3h-3v-3h-3v-3h3z",
)
"""What is told apart by colour differs by shape too: round, square, triangle, lozenge, triangle on its tip, cross."""


def mark(sheet: Sheet, x: float, y: float, kind: int) -> None:
    """A mark in the shape and colour of its kind."""
    if kind == 0:
        sheet.circle(x, y, 3.4, TONES[0], "bg")
    else:
        sheet.path(f"M{x:.1f} {y:.1f}{MARKS[kind]}", "bg", width=1, fill=TONES[kind])


def scaler(axis: Axis, start: float, end: float, logarithmic: bool = False):
    low, high = (math.log10(axis[key]) if logarithmic else axis[key] for key in ("min", "max"))

    def place(value: float) -> float:
        return start + (end - start) * ((math.log10(value) if logarithmic else value) - low) / (high - low)

    return place


def line_path(points: list[tuple[float, float]]) -> str:
    """A path; heights to half a pixel, for the last bits of a float32 sum differ from one processor to the next."""
    return "M " + " L ".join(f"{x:.1f} {round(2 * y) / 2:g}" for x, y in points)


def tenth(value: float) -> float:
    return round(value, 1)


def wrap(text: str, width: int) -> list[str]:
    lines = [""]
    for word in text.split():
        if lines[-1] and len(lines[-1]) + 1 + len(word) > width:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines
