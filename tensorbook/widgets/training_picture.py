"""The static picture of a training run, drawn from the same JSON as the live one."""

from __future__ import annotations

from typing import Any

from .plot import DASHES, INKS, TONES, Box, frame, line_path, mark, scaler, tenth, wrap
from .svg import Sheet, shorten, text_width

WIDTH, MARGIN = 680, 20
TOP, HEIGHT, LOWER, GAP = 88, 236, 168, 12  # the panels with the plots: the loss and the fit, and the metrics
ROW = 18


def draw(picture: dict[str, Any], scale: str, theme: str, alt: str) -> str:
    """The text of an SVG, the same for the same run on every machine."""
    parameters, fit = picture["parameters"], picture["fit"]
    notes = [(wrap(note["seen"], 96), wrap(note["advice"], 108)) for note in picture["notes"]]
    middle = 412 if fit else WIDTH - MARGIN  # where the panel of the loss ends
    plots = [(picture["loss"], HEIGHT)] + ([(picture["metrics"], LOWER)] if picture["metrics"] else [])
    ends = [TOP]
    for _, height in plots:
        ends.append(ends[-1] + height + GAP)
    rows = ROW * (len(parameters["rows"]) + bool(parameters["more"]))
    table = rows + 46 if rows else 0
    words = sum(15 * (len(seen) + len(advice)) + 10 for seen, advice in notes)
    bottom = ends[-1] + (table + GAP if table else 0) + (words + 18 + GAP if words else 0)
    sheet = Sheet(WIDTH, bottom + 8, theme=theme, alt=alt)
    sheet.text(MARGIN, 30, shorten(picture["title"] + picture["means"], 70), size=14, mono=True, weight=700)
    _facts(sheet, picture)
    for (plot, height), top in zip(plots, ends, strict=False):
        first = plot is picture["loss"]
        panel = (MARGIN, top, middle if first else WIDTH - MARGIN, top + height)
        _plot(sheet, plot, scale if first else "linear", panel)
    if fit:
        draw_fit(sheet, fit, (middle + GAP, TOP, WIDTH - MARGIN, TOP + HEIGHT))
    top = ends[-1]
    if table:
        sheet.rect(MARGIN, top, WIDTH - 2 * MARGIN, table, "panel", "line", radius=6)
        _parameters(sheet, parameters, top)
        top += table + GAP
    if words:
        sheet.rect(MARGIN, top, WIDTH - 2 * MARGIN, words + 18, "panel", "line", radius=6)
        _notes(sheet, notes, top)
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


def _plot(sheet: Sheet, plot: dict[str, Any], scale: str, panel: Box) -> None:
    left, top, right, bottom = panel
    logarithmic = scale == "log" and plot["log"] is not None
    y_axis = plot["log"] if logarithmic else plot["linear"]
    sheet.rect(left, top, right - left, bottom - top, "panel", "line", radius=6)
    label = shorten(plot["label"] + (", log scale" if logarithmic else ""), 40)
    sheet.text(left + 14, top + 22, label, weight=600)
    named = plot["names"] if len(plot["names"]) > 1 else []
    lines = _legend(sheet, plot, named, left + 14 + text_width(label, weight=600) + 16, (left, top, right))
    if not plot["steps"] and not plot["kept"]:
        sheet.text((left + right) / 2, (top + bottom) / 2 + 4, "no steps taken yet", fill="dim", anchor="middle")
        return
    gutter = max(text_width(text, 10, mono=True) for _, text in y_axis["ticks"])
    box = (left + 24 + gutter, top + 42 + 16 * lines, right - 20, bottom - 42)
    frame(sheet, plot["x"], y_axis, box, log="y" if logarithmic else "")
    sheet.text((box[0] + box[2]) / 2, bottom - 10, "step", size=11, fill="dim", anchor="middle")
    across, up = scaler(plot["x"], box[0], box[2]), scaler(y_axis, box[3], box[1], logarithmic)
    curves = [(plot["steps"], curve) for curve in plot["curves"]]
    old = [(run["steps"], run["curve"]) for run in plot["kept"]]
    for index, (steps, curve) in reversed(list(enumerate(curves + old))):
        points = [
            (across(step), up(value))
            for step, value in zip(steps, curve, strict=True)
            if value is not None and (value > 0 or not logarithmic)
        ]
        if points:
            sheet.path(
                line_path(points), _style(index)[0], width=2 if index < len(curves) else 1.5, dash=_style(index)[1]
            )
            sheet.circle(tenth(points[-1][0]), round(2 * points[-1][1]) / 2, 3, _style(index)[0])


def _style(index: int) -> tuple[str, str | None]:
    """Colour and dash of a curve; those of kept runs come after those of the present one."""
    return TONES[min(index, len(TONES) - 1)], DASHES[index % len(DASHES)]


def _legend(sheet: Sheet, plot: dict[str, Any], named: list[str], x: float, panel: tuple[float, float, float]) -> int:
    """What curves there are; returns how many lines it took below the first."""
    left, top, right = panel
    lines = 0
    entries = [(name, index) for index, name in enumerate(named)]
    entries += [(run["name"], len(plot["names"]) + index) for index, run in enumerate(plot["kept"])]
    for name, index in entries:
        name = shorten(name, 30)
        wide = 44 + text_width(name, 11, weight=600)
        if x + wide > right - 8:
            x, lines = left + 14, lines + 1
        tone, dash = _style(index)
        sheet.path(f"M {x:.0f} {top + 18 + 16 * lines} h 22", tone, width=2, dash=dash)
        sheet.text(x + 28, top + 22 + 16 * lines, name, size=11, fill=INKS[min(index, len(INKS) - 1)], weight=600)
        x += wide
    return lines


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


COLUMNS = {"value or shape": 232, "weights": 252, "norm": 384, "gradient": 404}  # where each begins, or numbers end


def _parameters(sheet: Sheet, parameters: dict[str, Any], top: float) -> None:
    rows, largest = parameters["rows"], parameters["largest"]
    right = WIDTH - MARGIN - 14
    for name, x in COLUMNS.items():
        anchor = "end" if name in ("value or shape", "norm") else "start"
        sheet.text(x, top + 22, name, size=11, fill="dim", anchor=anchor)
    sheet.text(right, top + 22, "norm", size=11, fill="dim", anchor="end")
    sheet.text(34, top + 22, "parameters", weight=600)
    for index, row in enumerate(rows):
        y = top + 32 + ROW * index
        sheet.text(34, y + 11, shorten(row["name"], 16), size=11, mono=True)
        sheet.text(
            COLUMNS["value or shape"], y + 11, shorten(row["value"], 13), size=11, mono=True, fill="dim", anchor="end"
        )
        if row["weights"]:
            for column, bar in enumerate(row["weights"]["bars"]):
                if bar:
                    x = COLUMNS["weights"] + 4 * column
                    sheet.rect(x, y + 13 - bar, 3, bar, "d0", radius=0)
            sheet.text(COLUMNS["norm"], y + 11, row["weights"]["size"], size=11, mono=True, fill="dim", anchor="end")
        tone = "warn" if row["warn"] else "d2"
        if row["norm"] is not None and largest > 0:
            room = right - 64 - COLUMNS["gradient"]
            sheet.rect(COLUMNS["gradient"], y + 3, max(room * row["norm"] / largest, 2.0), 9, tone, radius=2)
        sheet.text(right, y + 11, row["text"], size=11, mono=True, fill="warn" if row["warn"] else "dim", anchor="end")
    if parameters["more"]:
        sheet.text(34, top + 43 + ROW * len(rows), parameters["more"], size=11, fill="dim")


def _notes(sheet: Sheet, notes: list[tuple[list[str], list[str]]], top: float) -> None:
    y = top + 22
    for seen, advice in notes:
        for words in seen:
            sheet.text(34, y, words, size=11, fill="warn", weight=600)
            y += 15
        for words in advice:
            sheet.text(34, y, words, size=11, fill="dim")
            y += 15
        y += 10
