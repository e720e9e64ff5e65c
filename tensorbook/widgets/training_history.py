"""The record of a training run: every step while there are few, the spikes of every stretch once there are many."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

LIMIT = 2**15  # rows kept; a row is one step
RESERVED = ("step", "lr")  # columns that every history has


class History:
    """Rows of (step, lr, metric, metric, …), at most `limit` of them however long the training runs.

    When the table is full it is thinned: of each stretch of steps only those rows stay in which some metric was at
    its lowest or its highest. Every row that is left is a step that really happened, and no spike is lost.

    >>> history = History()
    >>> history.append(1, 0.1, {"loss": 4.0})
    >>> history.append(2, 0.1, {"loss": 2.5})
    >>> history.columns()["loss"].tolist()
    [4.0, 2.5]
    """

    def __init__(self, limit: int = LIMIT):
        self.limit = limit
        self.clear()

    def clear(self) -> None:
        self.metrics: list[str] = []
        self.stretch = 1  # how many steps share their extremes after thinning; 1: every step is kept
        self._rows = np.empty((64, len(RESERVED)))
        self._used = 0

    def __len__(self) -> int:
        return self._used

    @property
    def rows(self) -> np.ndarray:
        """The kept rows, oldest first: step, lr, then one column per metric (nan where it was not measured)."""
        return self._rows[: self._used]

    def append(self, step: int, lr: float, values: Mapping[str, float]) -> None:
        """Add one step. A metric that is new here gets a column of its own, empty for the steps before."""
        for name in values:
            if name not in self.metrics:
                self.metrics.append(name)
                self._rows = np.column_stack([self._rows, np.full(len(self._rows), np.nan)])
        if self._used == self.limit:
            self._thin()
        if self._used == len(self._rows):
            self._rows = np.concatenate([self._rows, np.empty_like(self._rows)])[: self.limit]
        self._rows[self._used] = (step, lr, *(values.get(name, np.nan) for name in self.metrics))
        self._used += 1

    def columns(self) -> dict[str, np.ndarray]:
        """The kept rows as one array per column: "step" (int64), "lr" and each metric (float64)."""
        columns = dict(zip((*RESERVED, *self.metrics), self.rows.T.copy(), strict=True))
        columns["step"] = columns["step"].astype(np.int64)
        return columns

    def nearest(self, step: int) -> dict[str, Any] | None:
        """The row of that step, or of the kept step closest to it; None while there is no row."""
        if not self._used:
            return None
        row = self.rows[np.abs(self.rows[:, 0] - step).argmin()]
        return {"step": int(row[0]), "lr": row[1], **dict(zip(self.metrics, row[2:].tolist(), strict=True))}

    def truncate(self, step: int) -> None:
        """Forget what came after `step`."""
        self._used = int(np.searchsorted(self.rows[:, 0], step, side="right"))

    def overview(self, points: int) -> np.ndarray:
        """At most about `points` rows that look like all of them: the extremes of equal stretches of steps."""
        if self._used <= points:
            return self.rows
        stretches = max(points // (2 * max(len(self.metrics), 1)), 50)
        span = self.rows[-1, 0] - self.rows[0, 0] + 1
        return self.rows[extremes(self.rows, max(int(np.ceil(span / stretches)), 1))]

    def _thin(self) -> None:
        kept = extremes(self.rows, self.stretch)
        while len(kept) > self.limit // 2:
            self.stretch *= 2
            kept = extremes(self.rows, self.stretch)
        self._rows[: len(kept)] = self.rows[kept]
        self._used = len(kept)


def extremes(rows: np.ndarray, stretch: int) -> np.ndarray:
    """Indices of the rows in which a metric is lowest or highest among `stretch` steps; the first and last row too.

    >>> rows = np.array([[s, 0.1, loss] for s, loss in enumerate([3, 9, 4, 5, 4, 1, 4, 4])], dtype=float)
    >>> extremes(rows, 4).tolist()
    [0, 1, 4, 5, 7]
    """
    group = (rows[:, 0] // stretch).astype(np.int64)
    starts = np.flatnonzero(np.diff(group, prepend=group[0] - 1))
    lengths = np.diff(starts, append=len(rows))
    stretch_of_row = np.repeat(np.arange(len(starts)), lengths)
    kept = [np.array([0, len(rows) - 1])]
    for values in rows[:, len(RESERVED) :].T:
        for extreme in (np.fmin, np.fmax):  # fmin and fmax pass over the steps at which this metric was not measured
            hits = np.flatnonzero(values == extreme.reduceat(values, starts)[stretch_of_row])
            kept.append(hits[np.unique(stretch_of_row[hits], return_index=True)[1]])  # the first of equal ones
    return np.unique(np.concatenate(kept))
