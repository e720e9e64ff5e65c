"""The surfaces that optimisers race on: functions of x and y, each with its pitfalls."""

from __future__ import annotations

import inspect
import math
import textwrap
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

import tensorbook as torch

Point = tuple[float, float]


@dataclass(frozen=True)
class Surface:
    """A function of x and y with the part of it that is shown.

    `rate` is the learning rate at which plain gradient descent does well on it.
    """

    name: str
    function: Callable[[Any, Any], Any]
    source: str
    """The lines of Python that define `surface(x, y)`."""
    x: Point
    y: Point
    start: Point
    rate: float
    says: str = ""
    minima: tuple[Point, ...] = field(default=())

    def value(self, x: float, y: float) -> float:
        with torch.no_grad():
            return float(self.function(*torch.tensor([x, y], dtype=torch.float64)))

    def heights(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """The values at many points: at once where the function takes arrays, else one by one."""
        with torch.no_grad():
            try:
                answer = self.function(torch.from_numpy(x), torch.from_numpy(y)).numpy()
                if answer.shape == x.shape:
                    return answer
            except (TypeError, ValueError, RuntimeError, AttributeError):
                pass
            return np.array([self.value(*point) for point in zip(x.ravel().tolist(), y.ravel().tolist(), strict=True)]
                            ).reshape(x.shape)  # fmt: skip


def _named(name: str, formula: str, **facts: Any) -> Surface:
    scope: dict[str, Any] = {"torch": torch}
    source = f"def surface(x, y):\n    return {formula}"
    exec(source, scope)  # our own line, which `code()` shows
    return Surface(name, scope["surface"], source, **facts)


SURFACES = {
    surface.name: surface
    for surface in (
        _named(
            "valley", "x**2 / 20 + y**2", x=(-5, 5), y=(-3, 3), start=(-4.5, 2.4), rate=0.8, minima=((0.0, 0.0),),
            says="Steep across, flat along: a rate that suits one direction is wrong for the other.",
        ),
        _named(
            "Rosenbrock", "(1 - x)**2 + 100 * (y - x**2)**2", x=(-2, 2), y=(-1, 3), start=(-1.2, 1.0), rate=0.001,
            minima=((1.0, 1.0),), says="A bent valley: its floor is found at once, its lowest point hardly at all.",
        ),
        _named(
            "saddle", "x**2 / 2 - y**2 + y**4 / 4", x=(-2, 2), y=(-2, 2), start=(-1.5, 0.001), rate=0.1,
            minima=((0.0, -math.sqrt(2)), (0.0, math.sqrt(2))),
            says="On the ridge the slope leads to the saddle, where it is zero though there is further down to go.",
        ),
        _named(
            "Himmelblau", "(x**2 + y - 11)**2 + (x + y**2 - 7)**2", x=(-5, 5), y=(-5, 5), start=(-0.5, -1.0),
            rate=0.01, minima=((3.0, 2.0), (-2.805118, 3.131312), (-3.779310, -3.283186), (3.584428, -1.848127)),
            says="Four minima, equally low: which one is reached depends on the start and on the optimiser.",
        ),
        _named(
            "ravine", "5 * (y - torch.sin(x))**2 + (x - 3)**2 / 20", x=(-5, 5), y=(-2, 2), start=(-4.5, -1.5),
            rate=0.05, minima=((3.0, math.sin(3.0)),),
            says="A winding ravine: the way down bends, and speed carries one up its walls.",
        ),
    )
}  # fmt: skip


def own_surface(function: Callable[[Any, Any], Any], x: Point, y: Point, start: Point | None) -> Surface:
    """A surface of one's own: a function of two 0-d tensors that returns one."""
    try:
        source = textwrap.dedent(inspect.getsource(function)).rstrip()
    except (OSError, TypeError):
        source = ""
    name = getattr(function, "__name__", "surface")
    if not source.startswith(f"def {name}("):  # a lambda, or a function without a file
        name, source = "surface", "# define surface(x, y) here: the function that you gave to OptimizerRace"
    elif name != "surface":
        source += f"\n\nsurface = {name}"
    start = start or (x[0] + 0.15 * (x[1] - x[0]), y[0] + 0.85 * (y[1] - y[0]))
    return Surface(name, function, source, tuple(x), tuple(y), start, rate=0.01)
