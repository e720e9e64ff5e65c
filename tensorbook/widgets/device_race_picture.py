"""The static picture of a race between devices, drawn from the same JSON as the live one."""

from __future__ import annotations

from typing import Any

from .plot import DASHES, INKS, TONES, frame, line_path, scaler, tenth, wrap
from .svg import Sheet, text_width

WIDTH, MARGIN = 680, 20
TOP, HEIGHT = 88, 280
ROW = 36


def draw(picture: dict[str, Any], theme: str, alt: str) -> str:
    """The text of an SVG: the curves with their bands, and what is known at the largest size."""
    words = [line for note in picture["crossings"] + picture["notes"] for line in wrap(note, 96)]
    rows = picture["tables"][_shown(picture)]
    lower = TOP + HEIGHT + 12
    sheet = Sheet(WIDTH, lower + 34 + ROW * len(rows) + 16 * len(words) + 24, theme=theme, alt=alt)
    sheet.text(MARGIN, 30, picture["operation"], size=14, mono=True, weight=700)
    x = MARGIN + text_width(picture["operation"], 14, mono=True, weight=700) + 12
    sheet.text(x, 30, "on lists, arrays and tensors", size=13, fill="dim")
    x = sheet.chip(MARGIN, 44, "", STATUS[picture["status"]])
    sizes = picture["sizes"]
    sheet.chip(x, 44, "sizes", f"{sizes[0]:,} to {sizes[-1]:,}" if len(sizes) > 1 else f"{sizes[0]:,}")
    _curves(sheet, picture)
    _table(sheet, picture, rows, lower)
    for index, line in enumerate(words):
        y = lower + 34 + ROW * len(rows) + 12 + 16 * index
        sheet.text(MARGIN, y, line, size=12, fill="text" if index < len(picture["crossings"]) else "dim")
    return sheet.finish()


STATUS = {"ready": "not run yet", "running": "running", "done": "done", "stopped": "stopped"}


def _shown(picture: dict[str, Any]) -> int:
    """The largest size at which something is known; the largest of all before that."""
    known = [i for i, rows in enumerate(picture["tables"]) if any(row["spread"] for row in rows)]
    return known[-1] if known else len(picture["sizes"]) - 1


def _curves(sheet: Sheet, picture: dict[str, Any]) -> None:
    sheet.rect(MARGIN, TOP, WIDTH - 2 * MARGIN, HEIGHT, "panel", "line", radius=6)
    sheet.text(34, TOP + 22, "time for one run", weight=600)
    sheet.text(WIDTH - 34, TOP + 22, "line: median, band: the middle half", size=11, fill="dim", anchor="end")
    y_axis = picture["y"] or {"min": 0.1, "max": 1, "ticks": []}
    gutter = max((text_width(text, 10, mono=True) for _, text in y_axis["ticks"]), default=0)
    box = (44 + gutter, TOP + 40, WIDTH - MARGIN - 24, TOP + HEIGHT - 42)
    frame(sheet, picture["x"], y_axis, box, "xy")
    sheet.text((box[0] + box[2]) / 2, TOP + HEIGHT - 8, picture["unit"], size=11, fill="dim", anchor="middle")
    if picture["y"] is None:
        sheet.text(WIDTH / 2, TOP + HEIGHT / 2, "not run yet", fill="dim", anchor="middle")
        return
    across, up = scaler(picture["x"], box[0], box[2], True), scaler(y_axis, box[3], box[1], True)
    for index, curve in enumerate(picture["curves"]):
        if not curve["points"]:
            continue
        at = [across(size) for size, *_ in curve["points"]]
        middle, low, high = ([up(point[k]) for point in curve["points"]] for k in (1, 2, 3))
        band = list(zip(at, high, strict=True)) + list(zip(at, low, strict=True))[::-1]
        sheet.path(line_path(band) + " Z", "none", fill=TONES[index], opacity=0.18)
        sheet.path(line_path(list(zip(at, middle, strict=True))), TONES[index], width=2, dash=DASHES[index])
        for x, y in zip(at, middle, strict=True):
            sheet.circle(tenth(x), tenth(y), 3, TONES[index])


def _table(sheet: Sheet, picture: dict[str, Any], rows: list[dict[str, str]], top: float) -> None:
    sheet.text(MARGIN, top + 18, f"at {picture['sizes'][_shown(picture)]:,} numbers", weight=600)
    for column, x in (("median", 420), ("middle half", 560), ("to the fastest", 660)):
        sheet.text(x, top + 18, column, size=11, fill="dim", anchor="end")
    for index, (row, curve) in enumerate(zip(rows, picture["curves"], strict=True)):
        y = top + 34 + ROW * index
        sheet.path(f"M {MARGIN} {y + 6} h 22", TONES[index], width=2, dash=DASHES[index])
        sheet.text(MARGIN + 30, y + 10, row["name"], fill=INKS[index], weight=600)
        sheet.text(MARGIN + 30, y + 25, curve["code"], size=10, fill="dim", mono=True)
        for value, x, ink in ((row["median"], 420, "text"), (row["spread"], 560, "dim"), (row["ratio"], 660, "text")):
            sheet.text(x, y + 10, value, size=12, fill=ink, anchor="end", mono=True)
