"""`LossSurface`: the loss of a model over two of its numbers, or over two random directions, and the way down."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .base import Picture
from .contours import plane
from .inputs import short
from .landscapes import FunctionLandscape, Landscape, ModelLandscape, descend, example, path_of
from .loss_surface_picture import draw
from .training_axes import significant
from .training_fit import Fit

MOST_STEPS = 500
ARROW = 0.16  # the arrow's length, as a share of the picture


class LossSurface(Picture):
    """The loss over two parameters of a small model, or over two random directions, with a point that one drags.

    At the point it shows the loss, the arrow along which it falls fastest (the gradient reversed, its part in this
    plane), what the model makes of its data there, and the path of gradient descent from there, over all parameters.
    The model is copied: yours stays as it is.

    Args:
        model, loss, data: A model with its parameters on the CPU, a function of (prediction, target), and the pair
            (inputs, targets), all of it used at once; or the three as one tuple. Or a function of two 0-d tensors
            instead of a model. Nothing at all: a line through 20 points, over its slope and its intercept.
        along: Two numbers of the model, such as `("0.weight[0, 1]", "0.bias[2]")`; or "random", filter-normalised
            directions (Li et al. 2018, https://arxiv.org/abs/1712.09913), which a model with more than two numbers
            gets unless told otherwise; or "path", the two directions in which the states of `path` differ most, which
            it gets where there is a path.
        at: Where the point begins: two numbers on the axes. Unless told, where the model is.
        x, y: The ends of the axes.
        path: A training run of your own to be drawn: states of the model (`model.state_dict()` kept as copies, or
            lists of tensors), or pairs of numbers on the axes. Without it the path is gradient descent from the point.
        lr, steps: The learning rate and the number of steps (at most 500) of that descent.
        seed: Of the random directions.

    >>> surface = LossSurface(at=(-1.5, 2.0))
    >>> surface
    <LossSurface: The loss over w and b: 7.307 at (-1.5, 2); 40 steps of gradient descent lead to 0.07825.>
    >>> surface.at = 2.0, 0.5
    >>> round(surface.loss, 3)
    0.108
    """

    module = "loss_surface"

    def __init__(
        self,
        model: Any = None,
        loss: Callable[[Any, Any], Any] | None = None,
        data: Any = None,
        *,
        along: str | Sequence[str] | None = None,
        at: Sequence[float] | None = None,
        x: Sequence[float] | None = None,
        y: Sequence[float] | None = None,
        path: Sequence[Any] | None = None,
        lr: float = 0.1,
        steps: int = 40,
        seed: int = 0,
    ):
        if not isinstance(steps, int) or not 0 <= steps <= MOST_STEPS:
            raise ValueError(f"steps must be a whole number from 0 to {MOST_STEPS}, not {steps!r}")
        self._fit: Fit | None = None
        if model is None:
            model, loss, data = example()
            x, y, at = x or (-2, 5), y or (-3, 4), at or (-1.0, 3.0)
        elif isinstance(model, tuple):
            model, loss, data = model
        if loss is None and data is None and callable(model) and not hasattr(model, "named_parameters"):
            self._landscape: Landscape = FunctionLandscape(model)
        else:
            if along is None and path is not None and sum(p.numel() for p in model.parameters()) > 2:
                along = "path"
            self._landscape = ModelLandscape(model, loss, data, along, seed, path)
            self._fit = _fit(self._landscape)
        self._lr, self._steps = _rate(lr), steps
        here = self._landscape.project(self._landscape.here)
        self._room = {"direction 1": 1.0, "component 1": 0.0}.get(self.names[0], 2.0)
        self._path = None if path is None else path_of(self._landscape, path)
        wide = [here, *(self._path[0] if self._path else [])]
        ends = [given or self._reach([place[k] for place in wide]) for k, given in enumerate((x, y))]
        self._plane = plane(self._landscape.heights, *ends)
        self._at = _pair("at", here if at is None else at)
        super().__init__()
        self.refresh()

    def _reach(self, values: list[float]) -> tuple[float, float]:
        """Ends of an axis around some values, for which nothing was said."""
        low, high = min(values), max(values)
        room = max(self._room, 0.3 * (high - low), 1e-3)
        return low - room, high + room

    # -- from Python -------------------------------------------------------------------------------------------------
    @property
    def at(self) -> tuple[float, float]:
        """Where the point is, on the axes; set it to move it."""
        return self._at

    @at.setter
    def at(self, place: Sequence[float]) -> None:
        self._at = _pair("at", place)
        self.refresh()

    @property
    def lr(self) -> float:
        """The learning rate of the descent from the point."""
        return self._lr

    @lr.setter
    def lr(self, value: float) -> None:
        self._lr = _rate(value)
        self.refresh()

    @property
    def names(self) -> tuple[str, str]:
        """What the two axes are called."""
        return self._landscape.names

    @property
    def loss(self) -> float:
        """The loss at the point."""
        return self._landscape.loss(self._landscape.point(*self._at))

    @property
    def gradient(self) -> tuple[float, float]:
        """The slopes of the loss along the two axes, at the point."""
        _, gradient = self._landscape.gradient(self._landscape.point(*self._at))
        return tuple(float(slope) for slope in self._landscape.directions @ gradient)

    @property
    def path(self) -> np.ndarray:
        """The path that is drawn, shape (points, 2)."""
        return np.array(self._way()[0])

    def receive(self, kind: str, data: dict[str, Any]) -> Any:
        """What the page asks for: point, lr."""
        if kind == "point":
            self.at = data["x"], data["y"]
        elif kind == "lr":
            self.lr = float(data["lr"])
        else:
            return super().receive(kind, data)
        return None

    # -- what to show ------------------------------------------------------------------------------------------------
    def _way(self) -> tuple[list[tuple[float, float]], list[float]]:
        if self._path is not None:
            return self._path
        return descend(self._landscape, self._landscape.point(*self._at), self._lr, self._steps)

    def compute(self) -> dict[str, Any]:
        landscape = self._landscape
        (path, losses), slopes, loss = self._way(), self.gradient, short(self.loss)
        self._said = loss, self._told(losses)
        if isinstance(landscape, ModelLandscape):
            landscape.move(landscape.point(*self._at))  # the descent has left it at its end
        what = "f" if isinstance(landscape, FunctionLandscape) else "loss"
        return {
            "what": what,
            "names": list(self.names),
            "plane": {key: self._plane[key] for key in ("x", "y", "bands", "low", "high")},
            "at": list(self._at),
            "loss": loss,
            "gradient": [short(slope) for slope in slopes],
            "formula": ", ".join(
                f"∂{what}/∂{name} = {short(slope)}" for name, slope in zip(self.names, slopes, strict=True)
            ),
            "arrow": self._arrow(slopes),
            "path": [significant(place) for place in path],
            "way": self._said[1],
            "own": self._path is not None,
            "lr": self._lr,
            "steps": self._steps,
            "fit": None if self._fit is None else self._fit.compute(),
            "notes": self._notes(),
        }

    def _arrow(self, slopes: tuple[float, float]) -> list[float] | None:
        """Where the arrow ends that shows the way down; None where there is no slope."""
        spans = [self._plane[axis]["max"] - self._plane[axis]["min"] for axis in ("x", "y")]
        size = math.hypot(*(slope / span for slope, span in zip(slopes, spans, strict=True)))
        if not 1e-12 < size < math.inf:
            return None
        return significant([here - slope / size * ARROW for here, slope in zip(self._at, slopes, strict=True)])

    def _told(self, losses: list[float]) -> str:
        if self._path is not None:
            return f"your path, {len(losses):,} points: loss {short(losses[0])} to {short(losses[-1])}"
        if len(losses) <= self._steps:
            return f"gradient descent diverges: no finite loss after step {len(losses) - 1}"
        return f"{self._steps} steps of gradient descent lead to {short(losses[-1])}"

    def _notes(self) -> list[str]:
        landscape = self._landscape
        if landscape.here.size == 2:
            return []
        notes = ["The path goes through all parameters; drawn is the nearest place of this plane to each step."]
        if "direction 1" in self.names:
            notes.insert(0, "Two random directions around the model, each filter as long as the model's own.")
        if "component 1" in self.names:
            notes.insert(0, "The two directions in which the states of the path differ most, around the model.")
        return notes

    def describe(self) -> str:
        a, b = (short(value) for value in self._at)
        what = "The function" if isinstance(self._landscape, FunctionLandscape) else "The loss"
        loss, way = self._said
        return f"{what} over {self.names[0]} and {self.names[1]}: {loss} at ({a}, {b}); {way}."

    def draw(self, theme: str) -> str:
        return draw(self.picture, theme, self.alt)


def _fit(landscape: ModelLandscape) -> Fit | None:
    """A picture of what the model makes of its data, where there is one for data of that shape."""

    def predict(inputs: Any) -> Any:
        answer = landscape.model(inputs)
        return answer.sigmoid() if "WithLogits" in type(landscape.criterion).__name__ else answer

    try:
        fit = Fit((landscape.inputs, landscape.targets), predict)
        fit.compute()
    except (TypeError, ValueError):
        return None
    return fit


def _pair(name: str, given: Any) -> tuple[float, float]:
    try:
        a, b = (float(value) for value in given)
    except (TypeError, ValueError):
        raise ValueError(f"{name} must be two numbers, not {given!r}") from None
    if not (math.isfinite(a) and math.isfinite(b)):
        raise ValueError(f"{name} must be two finite numbers, not {given!r}")
    return a, b


def _rate(lr: Any) -> float:
    if not 0 < lr < math.inf:
        raise ValueError(f"lr must be above 0, not {lr!r}")
    return float(lr)
