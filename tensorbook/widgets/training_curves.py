"""The curves of a training run as JSON: the loss, the other metrics below it, and runs that were kept to compare."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .training_axes import linear_axis, log_axis, significant
from .training_history import RESERVED, History

POINTS = 400  # points of all curves together that the page gets, however long the run
KEPT_POINTS = 150  # of each curve of a run that was kept
MOST_KEPT = 3  # runs to compare with: as many as can be told apart beside the present one's curves


@dataclass(frozen=True)
class KeptRun:
    """A run that is over: what it is called, and a curve (steps, values) for each of its metrics."""

    name: str
    curves: dict[str, tuple[list[int], list[float | None]]]

    @classmethod
    def of(cls, history: History, name: str) -> KeptRun:
        rows = history.overview(KEPT_POINTS * max(len(history.metrics), 1))
        curves = {}
        for column, metric in enumerate(history.metrics, start=len(RESERVED)):
            there = rows[~np.isnan(rows[:, column])]
            curves[metric] = (there[:, 0].astype(int).tolist(), significant(there[:, column].tolist()))
        return cls(name, curves)

    @property
    def end(self) -> int:
        """Its last step."""
        return max((steps[-1] for steps, _ in self.curves.values() if steps), default=0)


def plot(
    history: History, names: Sequence[str], label: str, end: int, kept: Sequence[KeptRun], *, zero: bool = True
) -> dict[str, Any]:
    """One plot: the metrics `names` over the steps up to `end`, and the first of them of each kept run.

    `zero`: the linear axis begins at 0.
    """
    rows = history.overview(POINTS)
    columns = [_column(history, rows, name) for name in names]
    old = [{"name": run.name, "steps": run.curves[name][0], "curve": run.curves[name][1]}
           for run in kept for name in (names or list(run.curves))[:1] if name in run.curves]  # fmt: skip
    values = [value for column in columns for value in column[np.isfinite(column)].tolist()]
    values += [value for run in old for value in run["curve"] if value is not None]
    low, high = (min(values), max(values)) if values else (0.0, 1.0)
    return {
        "label": label,
        "names": list(names),
        "steps": rows[:, 0].astype(int).tolist(),
        "lr": significant(rows[:, 1].tolist(), 4),
        "curves": [significant(column.tolist()) for column in columns],
        "kept": old,
        "x": linear_axis(0, max(end, 10, *(run.end for run in kept)), ticks=5, whole=True),
        "linear": linear_axis(min(low, 0.0) if zero else low, max(high, 0.0) if zero else high),
        "log": log_axis(values),
        "thinned": history.stretch,
    }


def _column(history: History, rows: np.ndarray, name: str) -> np.ndarray:
    """What was measured under a name; nan where nothing was."""
    if name not in history.metrics:
        return np.full(len(rows), np.nan)
    return rows[:, len(RESERVED) + history.metrics.index(name)]
