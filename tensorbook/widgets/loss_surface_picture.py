"""The static picture of a loss surface, drawn from the same JSON as the live one."""

from __future__ import annotations

from typing import Any

from .contours import draw_plane
from .plot import Box, line_path
from .svg import Sheet, shorten
from .training_notes import number
from .training_picture import draw_fit

WIDTH, MARGIN = 680, 20
TOP, HEIGHT = 88, 330


def draw(picture: dict[str, Any], theme: str, alt: str) -> str:
    """The text of an SVG: the surface with the point, its arrow and the path, and the model's fit at the point."""
    notes = picture["notes"]
    lower = TOP + HEIGHT + 12
    sheet = Sheet(WIDTH, lower + 74 + 16 * len(notes), theme=theme, alt=alt)
    a, b = (shorten(name, 30) for name in picture["names"])
    sheet.text(MARGIN, 30, [(picture["what"], "text", 700), (f" over {a} and {b}", "dim")], size=14, mono=True)
    x = sheet.chip(MARGIN, 44, picture["what"], picture["loss"])
    x = sheet.chip(x, 44, "at", f"({', '.join(map(number, picture['at']))})")
    x = sheet.chip(x, 44, "gradient", f"({', '.join(picture['gradient'])})", "i1")
    sheet.chip(x, 44, "from", picture["plane"]["low"], note=f"to {picture['plane']['high']}: the greyer the higher")
    middle = 420 if picture["fit"] else WIDTH - MARGIN
    sheet.rect(MARGIN, TOP, middle - MARGIN, HEIGHT, "panel", "line", radius=6)
    _surface(sheet, picture, (64, TOP + 28, middle - 16, TOP + HEIGHT - 42))
    sheet.text(34, TOP + 18, b, size=11, fill="dim")
    sheet.text(middle - 16, TOP + HEIGHT - 8, a, size=11, fill="dim", anchor="end")
    if picture["fit"]:
        draw_fit(sheet, picture["fit"], (middle + 12, TOP, WIDTH - MARGIN, TOP + HEIGHT))
    sheet.text(MARGIN, lower + 20, picture["formula"], size=14, mono=True)
    sheet.text(MARGIN, lower + 44, picture["way"], size=13)
    for index, note in enumerate(notes):
        sheet.text(MARGIN, lower + 64 + 16 * index, note, size=11, fill="dim")
    return sheet.finish()


def _surface(sheet: Sheet, picture: dict[str, Any], box: Box) -> None:
    across, up = draw_plane(sheet, picture["plane"], box)
    left, top, right, bottom = box

    def held(x: float, y: float) -> tuple[float, float]:
        return min(max(across(x), left), right), min(max(up(y), top), bottom)

    places = [held(*place) for place in picture["path"]]
    if len(places) > 1:
        sheet.path(line_path(places), "d0", width=2)
    for x, y in places[1:]:
        sheet.circle(round(x, 1), round(y, 1), 2.2, "d0")
    x, y = held(*picture["at"])
    if picture["arrow"]:
        end_x, end_y = held(*picture["arrow"])
        sheet.path(arrow(x, y, end_x, end_y), "d1", width=2.5)
    sheet.circle(x, y, 7, "none", "brand", width=3)


def arrow(x: float, y: float, end_x: float, end_y: float) -> str:
    """An arrow with a head of 8 px: the path of its lines."""
    dx, dy = end_x - x, end_y - y
    length = (dx * dx + dy * dy) ** 0.5 or 1.0
    ux, uy = 8 * dx / length, 8 * dy / length
    ends = (f"L{end_x - ux + k * uy * 0.6:.1f} {end_y - uy - k * ux * 0.6:.1f}" for k in (1, -1))
    return f"M{x:.1f} {y:.1f}L{end_x:.1f} {end_y:.1f}" + "".join(f"M{end_x:.1f} {end_y:.1f}{end}" for end in ends)
