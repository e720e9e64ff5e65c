"""What the model makes of the data at this moment: its line through the points, or its decision boundary.

one input feature      the points, and the line of predictions through them
two input features     the points by class, over a map of what the model would say everywhere
more                   predicted value against true value, point by point
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from .training_axes import linear_axis, significant

POINTS = 400  # points drawn; of more, every so many is
LINE = 49  # predictions along a line
GRID = (28, 22)  # predictions across a map, columns and rows
MAX_CLASSES = 5  # as many as there are colours


class Fit:
    """Draws `predict` over `data`.

    Args:
        data: `(x, y)`: inputs of shape (N,) or (N, features), and targets of shape (N,) or (N, 1). With two features
            the targets are classes, whole numbers from 0.
        predict: Takes inputs shaped like x. Returns values like y; for classes the probability of class 1 (shape (N,)
            or (N, 1)), or one score per class (shape (N, classes)), of which the largest wins.
    """

    def __init__(self, data: Any, predict: Callable[[Any], Any]):
        if not isinstance(data, (tuple, list)) or len(data) != 2:
            raise TypeError(f"data must be a pair (inputs, targets), not {type(data).__name__}")
        if not callable(predict):
            raise TypeError(f"predict must be a function from inputs to predictions, not {type(predict).__name__}")
        self.predict, self._like = predict, data[0]
        x, y = (to_numpy(part) for part in data)
        if x.ndim not in (1, 2) or y.size != len(x) or not len(x):
            raise ValueError(
                f"data must be inputs of shape (N,) or (N, features) and N targets, not {x.shape} and {y.shape}"
            )
        self.features = 1 if x.ndim == 1 else x.shape[1]
        kept = slice(None, None, -(-len(x) // POINTS))
        self.total, self.x, self.y = len(x), x.reshape(len(x), -1)[kept], y.reshape(-1)[kept]
        self.kind = {1: "line", 2: "map"}.get(self.features, "pairs")
        if self.kind == "map":
            classes = np.unique(self.y)
            if not np.array_equal(classes, classes.astype(int)) or classes[0] < 0 or classes[-1] >= MAX_CLASSES:
                raise ValueError(f"with two input features the targets must be classes 0 to {MAX_CLASSES - 1}")
        self._x_axis = linear_axis(self.x[:, 0].min(), self.x[:, 0].max())
        rows = self.x[:, 1] if self.kind == "map" else self.y
        self._y_axis = linear_axis(rows.min(), rows.max())
        self._shape = x.shape[1:]

    def compute(self) -> dict[str, Any]:
        """What to draw, as JSON."""
        common = {"kind": self.kind, "shown": len(self.x), "total": self.total, "y": self._y_axis, "x": self._x_axis}
        if self.kind == "line":
            along = np.linspace(self._x_axis["min"], self._x_axis["max"], LINE)
            line = self._ask(along[:, None])
            return {**common, "points": _pairs(self.x[:, 0], self.y), "line": _pairs(along, line.reshape(-1))}
        if self.kind == "pairs":
            predicted = self._ask(self.x).reshape(-1)
            points = _pairs(self.y, predicted)
            return {**common, "x": self._y_axis, "points": points}
        columns, rows = (
            np.linspace(axis["min"], axis["max"], 2 * count + 1)[1::2]  # the middles of the cells
            for axis, count in ((self._x_axis, GRID[0]), (self._y_axis, GRID[1]))
        )
        across = np.stack(np.meshgrid(columns, rows), axis=-1).reshape(-1, 2)
        winner, certainty = _classify(self._ask(across))
        return {
            **common,
            "points": _pairs(self.x[:, 0], self.x[:, 1]),
            "classes": self.y.astype(int).tolist(),
            "columns": GRID[0],
            "winner": winner.tolist(),
            "certainty": certainty.tolist(),
        }

    def _ask(self, x: np.ndarray) -> np.ndarray:
        x = x.reshape(len(x), *self._shape)
        if isinstance(self._like, np.ndarray):
            given = x.astype(self._like.dtype)
        else:  # a tensor of the library that the data came from
            library = sys.modules[type(self._like).__module__.partition(".")[0]]
            given = library.tensor(x.tolist(), dtype=self._like.dtype, device=self._like.device)
        answer = to_numpy(self.predict(given)).astype(float)
        if answer.ndim > 2 or len(answer) != len(x) or (self.kind != "map" and answer.size != len(x)):
            raise ValueError(f"predict returned shape {answer.shape} for inputs of shape {x.shape}")
        return answer


def to_numpy(values: Any) -> np.ndarray:
    """The values of a tensor, an array or a list, wherever the tensor lives."""
    if hasattr(values, "detach"):
        values = values.detach().cpu().numpy()
    return np.asarray(values)


def _classify(answer: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The winning class per row, and how sure the model is: 0 at the boundary to 9 far from it."""
    if answer.ndim == 2 and answer.shape[1] > 1:
        scores = np.exp(answer - answer.max(axis=1, keepdims=True))
        chances = np.sort(scores / scores.sum(axis=1, keepdims=True), axis=1)
        winner, certainty = answer.argmax(axis=1), chances[:, -1] - chances[:, -2]
    else:
        chance = answer.reshape(-1).clip(0, 1)
        winner, certainty = (chance > 0.5).astype(int), abs(2 * chance - 1)
    return winner, np.nan_to_num(certainty * 9).round().astype(int)


def _pairs(x: np.ndarray, y: np.ndarray) -> list[list[float | None]]:
    return [list(pair) for pair in zip(significant(x.tolist(), 4), significant(y.tolist(), 4), strict=True)]
