"""The static picture of a race between optimisers, drawn from the same JSON as the live one."""

from __future__ import annotations

import math
from typing import Any

from .contours import draw_plane
from .plot import DASHES, INKS, TONES, Box, frame, line_path, mark, scaler
from .svg import Sheet, shorten, text_width
from .training_notes import number

WIDTH, MARGIN = 680, 20
TOP, HEIGHT, MIDDLE = 88, 330, 430
ROW = 24


def draw(picture: dict[str, Any], theme: str, alt: str) -> str:
    """The text of an SVG: the surface with the paths, the loss over the steps, and what became of each racer."""
    racers = picture["racers"]
    lower = TOP + HEIGHT + 12
    sheet = Sheet(WIDTH, lower + ROW * len(racers) + 44, theme=theme, alt=alt)
    name = shorten(picture["surface"], 30)
    sheet.text(MARGIN, 30, name, size=14, mono=True, weight=700)
    at = MARGIN + text_width(name, 14, mono=True, weight=700) + 12
    sheet.text(at, 30, shorten(f"f(x, y) = {picture['formula']}", 62), size=13, fill="dim", mono=True)
    x, y = (number(value) for value in picture["start"])
    at = sheet.chip(MARGIN, 44, "start", f"({x}, {y})")
    at = sheet.chip(at, 44, "steps", f"{picture['steps']:,}")
    sheet.chip(at, 44, "from", picture["plane"]["low"], note=f"to {picture['plane']['high']}: the greyer the higher")
    sheet.rect(MARGIN, TOP, MIDDLE - MARGIN, HEIGHT, "panel", "line", radius=6)
    _surface(sheet, picture, (60, TOP + 16, MIDDLE - 16, TOP + HEIGHT - 30))
    sheet.rect(MIDDLE + 12, TOP, WIDTH - MARGIN - MIDDLE - 12, HEIGHT, "panel", "line", radius=6)
    _losses(sheet, picture)
    for index, racer in enumerate(racers):
        y = lower + ROW * index + 8
        sheet.path(f"M {MARGIN} {y} h 30", TONES[index], width=2, dash=DASHES[index])
        mark(sheet, MARGIN + 38, y, index)
        sheet.text(MARGIN + 50, y + 4, shorten(racer["name"], 16), fill=INKS[index], weight=600)
        if racer["lr"] is not None:
            sheet.text(MARGIN + 170, y + 4, f"lr {number(racer['lr'])}", size=12, fill="dim", mono=True)
        sheet.text(MARGIN + 260, y + 4, racer["verdict"])
    sheet.text(MARGIN, lower + ROW * len(racers) + 20, picture["says"], size=12, fill="dim")
    return sheet.finish()


def _surface(sheet: Sheet, picture: dict[str, Any], box: Box) -> None:
    across, up = draw_plane(sheet, picture["plane"], box)
    left, top, right, bottom = box
    for x, y in picture["minima"]:
        x, y = across(x), up(y)
        sheet.path(f"M{x - 5:.1f} {y:.1f}h10M{x:.1f} {y - 5:.1f}v10", "text", width=2)
    for index, racer in enumerate(picture["racers"]):
        places = [(across(x), up(y)) for x, y in racer["points"]]
        inside = [left <= x <= right and top <= y <= bottom for x, y in places]
        for piece in _pieces(places, inside):
            sheet.path(line_path(piece), TONES[index], width=2, dash=DASHES[index])
        if inside[-1]:
            mark(sheet, *places[-1], index)
    x, y = (place(value) for place, value in zip((across, up), picture["start"], strict=True))
    if left <= x <= right and top <= y <= bottom:
        sheet.circle(x, y, 7, "none", "brand", width=3)


def _pieces(places: list[tuple[float, float]], inside: list[bool]) -> list[list[tuple[float, float]]]:
    """The stretches of a path that lie in the picture, without points that fall on the one before."""
    pieces: list[list[tuple[float, float]]] = [[]]
    for place, within in zip(places, inside, strict=True):
        if within:
            if not pieces[-1] or math.dist(pieces[-1][-1], place) >= 0.7:
                pieces[-1].append(place)
        elif pieces[-1]:
            pieces.append([])
    return [piece for piece in pieces if len(piece) > 1]


def _losses(sheet: Sheet, picture: dict[str, Any]) -> None:
    loss = picture["loss"]
    left = MIDDLE + 26
    sheet.text(left, TOP + 22, "height above the lowest", weight=600)
    gutter = max(text_width(text, 10, mono=True) for _, text in loss["y"]["ticks"])
    box = (left + 10 + gutter, TOP + 40, WIDTH - MARGIN - 16, TOP + HEIGHT - 42)
    frame(sheet, loss["x"], loss["y"], box, "y", few=True)
    sheet.text((box[0] + box[2]) / 2, TOP + HEIGHT - 10, "step", size=11, fill="dim", anchor="middle")
    across, up = scaler(loss["x"], box[0], box[2]), scaler(loss["y"], box[3], box[1], True)
    for index, racer in enumerate(picture["racers"]):
        points = [(across(step), up(value)) for step, value in enumerate(racer["above"])]
        sheet.path(line_path(points), TONES[index], width=2, dash=DASHES[index])
        mark(sheet, *points[-1], index)
