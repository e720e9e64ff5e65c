"""The static picture of a playground: the network with its maps, the output over the points, the losses."""

from __future__ import annotations

from typing import Any

from .inputs import short
from .playground_maps import VIEW, png
from .plot import DASHES, INKS, TONES, frame, line_path, scaler
from .svg import Sheet

WIDTH, MARGIN, TOP = 760, 20, 96
TILE, PITCH = 30, 40
SIGNS = {"x1**2": "x1²", "x2**2": "x2²", "x1*x2": "x1·x2", "sin(x1)": "sin x1", "sin(x2)": "sin x2"}
SIDE = 232  # of the output's map
ROUND = "a2.5 2.5 0 1 0 5 0a2.5 2.5 0 1 0-5 0"


def draw(scene: dict[str, Any], p: dict[str, Any], theme: str, alt: str) -> str:
    """The text of an SVG, the same for the same state on every machine."""
    settings = scene["settings"]
    sizes = [len(settings["features"]), *settings["layers"], 1]
    tall = max(PITCH * max(sizes) + 92, SIDE + 150 if p["loss"]["steps"] else SIDE + 48)
    sheet = Sheet(WIDTH, TOP + tall + 20, theme=theme, alt=alt)
    sheet.text(MARGIN, 32, p["title"] if len(p["title"]) < 84 else "Playground(…)", size=14, mono=True)
    train, test = ("–" if value is None else short(value) for value in p["losses"])
    sheet.chips(MARGIN, 48, [[
        {"value": p["status"].replace("ready", "not run yet")}, {"label": "epoch", "value": f"{p['count']:,}"},
        {"label": "train loss", "value": train}, {"label": "test loss", "value": test},
    ]])  # fmt: skip
    split = WIDTH - MARGIN - SIDE - 28
    sheet.rect(MARGIN, TOP - 8, split - MARGIN - 12, tall, "panel", "line", radius=6)
    sheet.rect(split, TOP - 8, WIDTH - MARGIN - split, tall, "panel", "line", radius=6)
    _network(sheet, scene, p, sizes, theme, MARGIN + 20, split - 32)
    _output(sheet, scene, p, theme, split + 14)
    return sheet.finish()


def _network(
    sheet: Sheet, scene: dict[str, Any], p: dict[str, Any], sizes: list[int], theme: str, left: float, right: float
) -> None:
    settings, maps = scene["settings"], p["maps"]
    step = (right - left - TILE - 36) / (len(sizes) - 1)
    columns = [round(left + 36 + step * at) for at in range(len(sizes))]
    top = TOP + 40

    def middle(column: int, row: int) -> float:
        return top + PITCH * (row + (max(sizes) - sizes[column]) / 2) + TILE / 2

    for layer, rows in enumerate(p["weights"]):
        for row, weights in enumerate(rows):
            for source, weight in enumerate(weights):
                x1, y1 = columns[layer] + TILE, middle(layer, source)
                x2, y2 = columns[layer + 1], middle(layer + 1, row)
                bend, value = (x2 - x1) / 2, weight or 0.0
                d = f"M {x1} {y1:g} C {x1 + bend:g} {y1:g} {x2 - bend:g} {y2:g} {x2} {y2:g}"
                width = round(0.5 + 1.2 * min(abs(value), 3.0), 1)
                sheet.path(d, "d1" if value > 0 else "d0", width=width, dash=None if value > 0 else "5 3")
    encoded = [[scene["features"][name] for name in settings["features"]], *maps["hidden"], [maps["output"]]]
    heads = ["features", *settings["activation"], "output"]
    for column, tiles in enumerate(encoded):
        sheet.text(columns[column] + TILE / 2, TOP + 16, heads[column], size=11, fill="dim", anchor="middle")
        for row, tile in enumerate(tiles):
            y = middle(column, row) - TILE / 2
            sheet.image(columns[column], y, TILE, TILE, png(tile, theme))
            sheet.rect(columns[column], y, TILE, TILE, "none", "dim")
    for row, name in enumerate(settings["features"]):
        sheet.text(columns[0] - 6, middle(0, row) + 4, SIGNS.get(name, name), size=11, mono=True, anchor="end")
    below = top + PITCH * max(sizes) + 22
    if p["norms"] and p["norms"][0] is not None:
        for at, value in enumerate(p["norms"]):
            sheet.text(columns[at + 1] + TILE / 2, below, short(value), size=10, fill="i1", anchor="middle", mono=True)
        sheet.text(left - 8, below, "gradient norm", size=10, fill="i1")


def _output(sheet: Sheet, scene: dict[str, Any], p: dict[str, Any], theme: str, left: float) -> None:
    sheet.text(left, TOP + 16, "output and data", weight=600)
    top = TOP + 28
    sheet.image(left, top, SIDE, SIDE, png(p["maps"]["output"], theme))
    place = scaler({"min": -VIEW, "max": VIEW}, 0, SIDE)
    marks: dict[tuple[bool, bool], list[str]] = {}
    for x1, x2, target, test in scene["points"]:
        if max(abs(x1), abs(x2)) < VIEW - 0.05:
            x, y = left + place(x1), top + SIDE - place(x2)
            square = target > (0.5 if scene["classifies"] else 0)
            mark = f"M{x - 2.2:.1f} {y - 2.2:.1f}h4.4v4.4h-4.4z" if square else f"M{x - 2.5:.1f} {y:.1f}{ROUND}"
            marks.setdefault((square, bool(test)), []).append(mark)
    for (square, test), paths in sorted(marks.items()):
        fill, edge = ("cell", TONES[square]) if test else (TONES[square], "bg")
        sheet.path("".join(paths), edge, width=1, fill=fill)
    sheet.rect(left, top, SIDE, SIDE, "none", "line", radius=0)
    loss = p["loss"]
    if not loss["steps"]:
        return
    box = (left + 34, top + SIDE + 34, left + SIDE - 6, top + SIDE + 92)
    for index, name in enumerate(("train", "test")):
        sheet.path(f"M {left + 70 * index:g} {top + SIDE + 18} h 20", TONES[index], width=2, dash=DASHES[index])
        sheet.text(left + 26 + 70 * index, top + SIDE + 22, name, size=11, fill=INKS[index], weight=600)
    axis = {**loss["y"], "ticks": [loss["y"]["ticks"][0], loss["y"]["ticks"][-1]]}
    frame(sheet, loss["x"], axis, box, few=True)
    across, up = scaler(loss["x"], box[0], box[2]), scaler(loss["y"], box[3], box[1])
    for index, curve in enumerate(loss["curves"]):
        points = [(across(s), up(v)) for s, v in zip(loss["steps"], curve, strict=True) if v is not None]
        if points:
            sheet.path(line_path(points), TONES[index], width=2, dash=DASHES[index])
