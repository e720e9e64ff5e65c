"""The static picture of a training run, drawn from the same JSON as the live one."""

from __future__ import annotations

from typing import Any

from .plot import DASHES, INKS, TONES, Box, frame, line_path, mark, scaler, tenth, wrap
from .svg import Sheet, shorten, text_width

WIDTH, MARGIN = 680, 20
TOP, HEIGHT = 88, 236  # the panels with the plots
ROW = 18


def draw(picture: dict[str, Any], scale: str, theme: str, alt: str) -> str:
    """The text of an SVG, the same for the same run on every machine."""
    rows, notes = picture["parameters"]["rows"], picture["notes"]
    note_lines = [wrap(note["advice"], 46 if rows else 92) for note in notes]
    below = max(ROW * (len(rows) + bool(picture["parameters"]["more"])), sum(34 + 15 * len(n) for n in note_lines))
    lower = TOP + HEIGHT + 12
    sheet = Sheet(WIDTH, lower + (below + 52 if below else 0) + 8, theme=theme, alt=alt)
    sheet.text(MARGIN, 30, shorten(picture["title"] + picture["means"], 70), size=14, mono=True, weight=700)
    _facts(sheet, picture)
    fit = picture["fit"]
    middle = 412 if fit else WIDTH - MARGIN
    _loss(sheet, picture, scale, middle)
    if fit:
        draw_fit(sheet, fit, (middle + 12, TOP, WIDTH - MARGIN, TOP + HEIGHT))
    if below:
        sheet.rect(MARGIN, lower, WIDTH - 2 * MARGIN, below + 40, "panel", "line", radius=6)
        if rows:
            _parameters(sheet, picture["parameters"], lower, 364 if notes else WIDTH - MARGIN - 14)
        _notes(sheet, notes, note_lines, 384 if rows else 34, lower)
    return sheet.finish()


def _facts(sheet: Sheet, picture: dict[str, Any]) -> None:
    of = f" of {picture['max']:,}" if picture["max"] else ""
    tone = {"failed": "alert", "finished": "i2"}.get(picture["status"], "text")
    x = sheet.chip(MARGIN, 44, "", picture["status"].replace("ready", "not run yet"), tone)
    x = sheet.chip(x, 44, "step", f"{picture['count']:,}{of}")
    if picture["batch"]:
        x = sheet.chip(x, 44, "epochs", f"{picture['batch']['epochs']:,}")
    x = sheet.chip(x, 44, "learning rate", f"{picture['lr']:.4g}")
    if picture["batch"] and picture["batch"]["size"]:
        x = sheet.chip(x, 44, "batch size", f"{picture['batch']['size']:,}")
    if picture["device"]:
        sheet.chip(x, 44, "on", picture["device"])


def _loss(sheet: Sheet, picture: dict[str, Any], scale: str, right: float) -> None:
    loss = picture["loss"]
    logarithmic = scale == "log" and loss["log"] is not None
    y_axis = loss["log"] if logarithmic else loss["linear"]
    sheet.rect(MARGIN, TOP, right - MARGIN, HEIGHT, "panel", "line", radius=6)
    label = shorten(loss["label"] + (", log scale" if logarithmic else ""), 40)
    sheet.text(34, TOP + 22, label, weight=600)
    if not loss["steps"]:
        sheet.text((MARGIN + right) / 2, TOP + HEIGHT / 2, "no steps taken yet", fill="dim", anchor="middle")
        return
    x = 34 + text_width(label, weight=600) + 16
    if len(loss["names"]) > 1:
        for index, name in enumerate(loss["names"]):
            sheet.path(f"M {x:.0f} {TOP + 18} h 22", TONES[index], width=2, dash=DASHES[index])
            sheet.text(x + 28, TOP + 22, name, size=11, fill=INKS[index], weight=600)
            x += 44 + text_width(name, 11, weight=600)
    gutter = max(text_width(text, 10, mono=True) for _, text in y_axis["ticks"])
    box = (44 + gutter, TOP + 42, right - 20, TOP + HEIGHT - 42)
    frame(sheet, loss["x"], y_axis, box, "y" if logarithmic else "")
    sheet.text((box[0] + box[2]) / 2, TOP + HEIGHT - 10, "step", size=11, fill="dim", anchor="middle")
    across, up = scaler(loss["x"], box[0], box[2]), scaler(y_axis, box[3], box[1], logarithmic)
    for index, curve in enumerate(loss["curves"]):
        points = [
            (across(step), up(value))
            for step, value in zip(loss["steps"], curve, strict=True)
            if value is not None and (value > 0 or not logarithmic)
        ]
        if points:
            sheet.path(line_path(points), TONES[index], width=2, dash=DASHES[index])
            sheet.circle(tenth(points[-1][0]), round(2 * points[-1][1]) / 2, 3, TONES[index])


def draw_fit(sheet: Sheet, fit: dict[str, Any], panel: Box) -> None:
    """What the model makes of its data (`Fit.compute`), in a panel of its own."""
    left, top, right, bottom = panel
    sheet.rect(left, top, right - left, bottom - top, "panel", "line", radius=6)
    if fit["kind"] == "failed":
        for index, line in enumerate(wrap(fit["message"], 34)[:8]):
            sheet.text(left + 14, top + 28 + 16 * index, line, size=11, fill="alert")
        return
    title = {"line": "data and prediction", "map": "decision boundary", "pairs": "predicted against true"}[fit["kind"]]
    sheet.text(left + 14, top + 22, title, weight=600)
    gutter = max(text_width(text, 10, mono=True) for _, text in fit["y"]["ticks"])
    box = (left + 22 + gutter, top + 42, right - 16, bottom - 42)
    across, up = scaler(fit["x"], box[0], box[2]), scaler(fit["y"], box[3], box[1])
    if fit["kind"] == "map":
        columns = fit["columns"]
        rows = len(fit["winner"]) // columns
        xs = [round(box[0] + (box[2] - box[0]) * column / columns) for column in range(columns + 1)]
        ys = [round(box[3] - (box[3] - box[1]) * row / rows) for row in range(rows + 1)]
        for cell, (winner, sure) in enumerate(zip(fit["winner"], fit["certainty"], strict=True)):
            row, column = divmod(cell, columns)
            x, y, w, h = xs[column], ys[row + 1], xs[column + 1] - xs[column], ys[row] - ys[row + 1]
            sheet.rect(x, y, w, h, TONES[winner], radius=0, opacity=0.08 + 0.05 * sure)
    frame(sheet, fit["x"], fit["y"], box, grid=fit["kind"] != "map", few=True)
    for index, (x, y) in enumerate(fit["points"]):
        if x is not None and y is not None and fit["y"]["min"] <= y <= fit["y"]["max"]:
            mark(sheet, tenth(across(x)), tenth(up(y)), fit["classes"][index] if fit["kind"] == "map" else 0)
    line = fit.get("line") or []
    if fit["kind"] == "pairs":
        line = [[fit["y"]["min"]] * 2, [fit["y"]["max"]] * 2]
    low, high = fit["y"]["min"], fit["y"]["max"]
    points = [(across(x), up(min(max(y, low), high))) for x, y in line if y is not None]
    if points:
        dash = "4 3" if fit["kind"] == "pairs" else None
        sheet.path(line_path(points), "dim" if dash else "d1", width=1.5 if dash else 2.5, dash=dash)
    names = {"map": ("feature 0", "feature 1"), "pairs": ("true value", "predicted"), "line": ("input", "target")}
    x_name, y_name = names[fit["kind"]]
    sheet.text(right - 16, bottom - 10, x_name, size=11, fill="dim", anchor="end")
    sheet.text(right - 16, top + 22, y_name, size=11, fill="dim", anchor="end")


def _parameters(sheet: Sheet, parameters: dict[str, Any], top: float, right: float) -> None:
    rows, largest = parameters["rows"], parameters["largest"]
    sheet.text(34, top + 22, "gradient norm by parameter", weight=600)
    for index, row in enumerate(rows):
        y = top + 32 + ROW * index
        sheet.text(34, y + 11, shorten(row["name"], 12), size=11, mono=True)
        sheet.text(194, y + 11, shorten(row["value"], 11), size=11, mono=True, fill="dim", anchor="end")
        if row["norm"] is not None and largest > 0:
            sheet.rect(
                204,
                y + 3,
                max((right - 284) * row["norm"] / largest, 2.0),
                9,
                "warn" if row["warn"] else "d2",
                radius=2,
            )
        sheet.text(right, y + 11, row["text"], size=11, mono=True, fill="warn" if row["warn"] else "dim", anchor="end")
    if parameters["more"]:
        sheet.text(34, top + 43 + ROW * len(rows), parameters["more"], size=11, fill="dim")


def _notes(sheet: Sheet, notes: list[dict[str, str]], lines: list[list[str]], left: float, top: float) -> None:
    y = top + 22
    for note, advice in zip(notes, lines, strict=True):
        for words in wrap(note["seen"], 42 if left > MARGIN + 100 else 90):
            sheet.text(left, y, words, size=11, fill="warn", weight=600)
            y += 15
        for words in advice:
            sheet.text(left, y, words, size=11, fill="dim")
            y += 15
        y += 10
