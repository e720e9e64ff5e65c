"""`OptimizerRace`: optimisers of tensorbook.optim, let loose side by side on a surface of two parameters."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

import tensorbook as torch

from .base import Picture
from .contours import plane
from .optimizer_race_picture import draw
from .racers import RACERS, Path, program, race, verdict
from .surfaces import SURFACES, Point, own_surface
from .training_axes import linear_axis, log_axis, significant
from .training_notes import listing, number

MOST_RACERS = 6  # as many as there are colours, dashes and marks
MOST_STEPS = 1000
FIRST = ("SGD", "momentum", "RMSprop", "Adam")
DEPTH = 1e-6  # the loss plot reaches so far down, as a share of its height at the start


class OptimizerRace(Picture):
    """Optimisers of `tensorbook.optim` on a surface f(x, y), all from one start; drag it, and they run anew.

    Every path is made by `loss.backward()` and `optimizer.step()` in float64; `code()` gives the program of one.

    Args:
        surface: "valley", "Rosenbrock", "saddle", "Himmelblau", "ravine", or a function of two 0-d tensors that
            returns one (made of operations that also take larger tensors, where its contours are to come quickly).
        start: (x, y), where all of them begin.
        optimizers: At most six: names among "SGD", "momentum", "Nesterov", "Adagrad", "RMSprop", "Adam", "AdamW" and
            "NAdam"; or a dict name -> learning rate; or, for one of your own, name -> function from a list of
            parameters to an optimiser.
        steps: How many steps each takes, at most 1,000.
        x, y: The ends of the axes, for a function of your own.

    A racer has *arrived* once it stays within a thousandth of the start's height above the lowest point, has
    *diverged* when its loss is no longer finite or it is 100 widths of the picture away.

    >>> race = OptimizerRace("valley", optimizers={"SGD": 0.5, "Adam": 0.1})
    >>> race
    <OptimizerRace: SGD and Adam on the surface valley from (-4.5, 2.4), 200 steps. SGD arrived at step 49. Adam arrived at step 60.>
    >>> race.paths["SGD"].shape
    (201, 2)
    """  # noqa: E501

    module = "optimizer_race"

    def __init__(
        self,
        surface: str | Callable[[Any, Any], Any] = "valley",
        *,
        start: Point | None = None,
        optimizers: Iterable[str] | Mapping[str, float | Callable[[list[Any]], Any]] | None = None,
        steps: int = 200,
        x: Point = (-2.0, 2.0),
        y: Point = (-2.0, 2.0),
    ):
        if not isinstance(steps, int) or isinstance(steps, bool) or not 1 <= steps <= MOST_STEPS:
            raise ValueError(f"steps must be a whole number from 1 to {MOST_STEPS:,}, not {steps!r}")
        self._surfaces = dict(SURFACES)
        if callable(surface):
            own = own_surface(surface, _ends("x", x), _ends("y", y), start and _point(start))
            self._surfaces = {own.name: own, **self._surfaces}
            surface = own.name
        self._surface = self._known(surface)
        self._start = self._surface.start if start is None else _point(start)
        self._steps = steps
        self._racers: dict[str, float | Callable[[list[Any]], Any]] = {}
        self._set_racers(FIRST if optimizers is None else optimizers)
        self._cursor: int | None = None
        super().__init__()
        self._draw_surface()
        self._run()

    # -- from Python -------------------------------------------------------------------------------------------------
    @property
    def surface(self) -> str:
        """The name of the surface; set it to choose another one, with its own start and learning rates."""
        return self._surface.name

    @surface.setter
    def surface(self, name: str) -> None:
        self._surface = self._known(name)
        self._start = self._surface.start
        self._racers = {
            name: RACERS[name].lr(self._surface) if name in RACERS else what for name, what in self._racers.items()
        }
        self._draw_surface()
        self._run()

    @property
    def start(self) -> Point:
        """Where the racers begin; set it, and they run anew."""
        return self._start

    @start.setter
    def start(self, point: Point) -> None:
        self._start = _point(point)
        self._run()

    @property
    def optimizers(self) -> dict[str, float | Callable[[list[Any]], Any]]:
        """Who races: name -> learning rate, or the function that was given; set it to change them."""
        return dict(self._racers)

    @optimizers.setter
    def optimizers(self, racers: Iterable[str] | Mapping[str, float | Callable[[list[Any]], Any]]) -> None:
        self._set_racers(racers)
        self._run()

    @property
    def paths(self) -> dict[str, np.ndarray]:
        """name -> the points after each step, shape (steps + 1, 2), fewer for one that diverged."""
        return {name: path.points.copy() for name, path in self._paths.items()}

    @property
    def losses(self) -> dict[str, np.ndarray]:
        """name -> the surface's value after each step, shape (steps + 1,)."""
        return {name: path.losses.copy() for name, path in self._paths.items()}

    @property
    def verdicts(self) -> dict[str, str]:
        """name -> what became of it, in words."""
        return {name: self._verdict(path)[1] for name, path in self._paths.items()}

    def code(self, name: str | None = None) -> str:
        """The program that runs one racer, by its name (the first, unless told): it ends at the same point."""
        name = next(iter(self._racers)) if name is None else name
        if name not in self._racers:
            raise ValueError(f"{name!r} is not in the race; in it are {', '.join(map(repr, self._racers))}")
        what = self._racers[name]
        line = f"{name}([point])  # your own function" if callable(what) else RACERS[name].line(what)
        return program(self._surface, self._start, line, self._steps)

    # -- the race ----------------------------------------------------------------------------------------------------
    def _known(self, name: str) -> Any:
        if name not in self._surfaces:
            raise ValueError(f"surface is {name!r}; expected a function, or one of {', '.join(map(repr, SURFACES))}")
        return self._surfaces[name]

    def _set_racers(self, given: Iterable[str] | Mapping[str, float | Callable[[list[Any]], Any]]) -> None:
        chosen = dict(given) if isinstance(given, Mapping) else dict.fromkeys(given)
        if not 1 <= len(chosen) <= MOST_RACERS:
            raise ValueError(f"1 to {MOST_RACERS} optimizers can race, not {len(chosen)}")
        for name, what in chosen.items():
            if not callable(what) and name not in RACERS:
                raise ValueError(f"{name!r} is not known; known are {', '.join(map(repr, RACERS))}")
            if what is None:
                chosen[name] = RACERS[name].lr(self._surface)
            elif not callable(what) and not 0 < what < math.inf:
                raise ValueError(f"the learning rate of {name} must be above 0, not {what!r}")
        self._racers = chosen

    def _draw_surface(self) -> None:
        surface = self._surface
        self._plane = plane(surface.heights, surface.x, surface.y)

    def _run(self) -> None:
        paths = {}
        for name, what in self._racers.items():
            make = what if callable(what) else self._maker(name, what)
            paths[name] = race(self._surface, self._start, make, self._steps)
            if not len(paths[name].losses):
                raise ValueError(f"the surface has no finite value at the start {self._start}")
        self._paths: dict[str, Path] = paths
        minima = [self._surface.value(*point) for point in self._surface.minima]
        seen = [float(path.losses.min()) for path in paths.values()]
        self._lowest = min(minima or [self._plane["lowest"], *seen])
        self._cursor = None
        self.refresh()

    def _maker(self, name: str, lr: float) -> Callable[[list[Any]], Any]:
        line = RACERS[name].line(lr)
        return lambda points: eval(line, {"torch": torch, "point": points[0]})  # the very line that code() shows

    def _verdict(self, path: Path) -> tuple[str, str]:
        return verdict(path, self._lowest, self._surface.x[1] - self._surface.x[0])

    def receive(self, kind: str, data: dict[str, Any]) -> Any:
        """What the page asks for: start, surface, lr, add, remove."""
        if kind == "start":
            self.start = data["x"], data["y"]
        elif kind == "surface":
            self.surface = data["name"]
        elif kind == "lr":
            self.optimizers = {**self._racers, data["name"]: float(data["lr"])}
        elif kind == "add":
            self.optimizers = {**self._racers, data["name"]: None}
        elif kind == "remove":
            self.optimizers = {name: what for name, what in self._racers.items() if name != data["name"]}
        else:
            return super().receive(kind, data)
        return None

    # -- what to show ------------------------------------------------------------------------------------------------
    def compute(self) -> dict[str, Any]:
        surface = self._surface
        return {
            "surface": surface.name,
            "surfaces": list(self._surfaces),
            "formula": surface.source.rpartition("return ")[2] if "return " in surface.source else "",
            "says": surface.says,
            "plane": {key: self._plane[key] for key in ("x", "y", "bands", "low", "high")},
            "start": list(self._start),
            "minima": [list(point) for point in surface.minima],
            "steps": self._steps,
            "racers": [self._racer(name) for name in self._racers],
            "others": [name for name in RACERS if name not in self._racers] if len(self._racers) < MOST_RACERS else [],
            "loss": self._loss_axes(),
        }

    def _racer(self, name: str) -> dict[str, Any]:
        what, path = self._racers[name], self._paths[name]
        state, words = self._verdict(path)
        return {
            "name": name,
            "lr": None if callable(what) else what,
            "state": state,
            "verdict": words,
            "points": [significant(point, 4) for point in path.points.tolist()],
            "above": significant(np.maximum(path.losses - self._lowest, self._floor()).tolist(), 4),
            "code": self.code(name),
        }

    def _floor(self) -> float:
        """The lowest height that the loss plot shows."""
        return DEPTH * max(max(float(path.losses[0]) - self._lowest for path in self._paths.values()), 1e-6)

    def _loss_axes(self) -> dict[str, Any]:
        above = np.concatenate([path.losses for path in self._paths.values()]) - self._lowest
        return {
            "x": linear_axis(0, self._steps, ticks=4, whole=True),
            "y": log_axis(np.maximum(above[np.isfinite(above)], self._floor()).tolist()),
        }

    def describe(self) -> str:
        x, y = (number(value) for value in self._start)
        told = " ".join(f"{name} {self._verdict(path)[1]}." for name, path in self._paths.items())
        return f"{listing(self._racers)} on the surface {self.surface} from ({x}, {y}), {self._steps:,} steps. {told}"

    def draw(self, theme: str) -> str:
        return draw(self.picture, theme, self.alt)


def _point(given: Any) -> Point:
    try:
        x, y = (float(value) for value in given)
    except (TypeError, ValueError):
        raise ValueError(f"a start is two numbers (x, y), not {given!r}") from None
    if not (math.isfinite(x) and math.isfinite(y)):
        raise ValueError(f"a start is two finite numbers, not {given!r}")
    return x, y


def _ends(name: str, given: Any) -> Point:
    try:
        low, high = _point(given)
    except ValueError:
        raise ValueError(f"{name} must be the two ends of an axis, (low, high), not {given!r}") from None
    if not low < high:
        raise ValueError(f"{name} must go from low to high, not {given!r}")
    return low, high
