"""`Playground`: a small network that learns in front of one's eyes, with everything about it at hand."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

import traitlets

from . import training_notes as notes
from .playground_maps import Maps
from .playground_picture import draw
from .playground_program import Program, batch_size, penalty
from .playground_settings import ACTIVATIONS, FEATURES, LIVE, OPTIMIZERS, Settings
from .training_axes import linear_axis, significant
from .training_parameters import norm
from .training_run import TrainingRun
from .training_steering import Steered

POINTS = 300  # points of the loss curves that the page gets
CONTROLS = (*(name for name in Settings.__dataclass_fields__ if name != "drawn"), "weights", "code")
_drawn: list[tuple[float, float, int]] = []  # what was drawn last in this kernel: running the cell again keeps it


class Playground(Steered):
    """A small network on points in the plane: change anything, watch it learn, and take the program away.

    Args:
        data: "circle", "xor", "gauss", "spiral" (two classes), "plane", "bumps" (values), or "own" (points drawn by
            mouse, or given as `drawn`).
        points: How many points there are, 10 to 1,000.
        noise: How far they are scattered, 0 to 2; the square goes from -3 to 3.
        test: The share of the points that is kept apart, to test with: 0.1 to 0.9.
        seed: Of the data, the first weights and the order of the batches.
        drawn: Points of your own, (x1, x2, class) each, for `data="own"`.
        features: What the network is given, of "x1", "x2", "x1**2", "x2**2", "x1*x2", "sin(x1)", "sin(x2)".
        layers: How many neurons each hidden layer has: up to 6 layers of up to 8.
        activation: Of the hidden layers: a name for all, or one name each. "tanh", "relu", "sigmoid", "leaky relu",
            "elu", "gelu", "silu", "softplus" or "identity".
        optimizer: "SGD", "momentum", "Adam", "AdamW", "RMSprop" or "Adagrad".
        lr, batch_size: The learning rate, and how many points a step takes.
        regularisation: "none", "L1" or "L2", times `rate`.
        fixed: Names of controls that are shown but cannot be changed in the page, for teachers: the names above,
            "weights" and "code".
        hidden: Names of controls that are not shown.

    `settings` tells what is chosen, and `set` changes it; `lr`, `batch_size`, `regularisation` and `rate` while it
    trains, anything else starts anew. `run`, `start`, `pause` and `reset` train, and `code` gives the program that
    comes to the same state. One step is an epoch. `model` is the network, `history` the losses.

    >>> playground = Playground(data="xor", points=100, layers=[4], optimizer="Adam", lr=0.03)
    >>> playground.run(2).settings.layers, playground.step_count
    ((4,), 2)
    >>> playground.model
    Sequential(
      (0): Linear(in_features=2, out_features=4, bias=True)
      (1): Tanh()
      (2): Linear(in_features=4, out_features=1, bias=True)
    )
    """

    module = "playground"
    after_failure = "The parameters are those before that epoch."

    scene = traitlets.Dict().tag(sync=True)
    """What changes only with the settings: the settings, the points, the maps of the features."""

    def __init__(self, *, fixed: Iterable[str] = (), hidden: Iterable[str] = (), **settings: Any):
        for what, given in (("fixed", fixed), ("hidden", hidden)):
            if isinstance(given, str) or (unknown := set(given) - set(CONTROLS)):
                named = repr(given) if isinstance(given, str) else ", ".join(map(repr, sorted(unknown)))
                raise ValueError(f"{what} must be a list of names of controls, of {', '.join(CONTROLS)}; not {named}")
        self._fixed, self._hidden = sorted(set(fixed)), sorted(set(hidden))
        if settings.get("data") == "own":
            settings.setdefault("drawn", list(_drawn))
        self.settings = Settings().changed(**settings)
        """What is chosen now; to be read."""
        super().__init__(self._prepare())
        self._show_scene()

    # -- from Python -------------------------------------------------------------------------------------------------
    def set(self, **changes: Any) -> None:
        """Change settings by name. All but `lr`, `batch_size`, `regularisation` and `rate` start the training anew.

        A setting that cannot be is refused with ValueError, and everything stays as it is.
        """
        wanted = self.settings.changed(**changes)
        changed = {
            name for name in Settings.__dataclass_fields__ if getattr(wanted, name) != getattr(self.settings, name)
        }
        if "drawn" in changed:
            _drawn[:] = wanted.drawn
        self.settings = wanted
        if changed - set(LIVE):
            return self.reset()
        if "lr" in changed:
            self._program.do(f"optimizer.param_groups[0]['lr'] = {wanted.lr!r}")
            self._run.lr = wanted.lr
        if "batch_size" in changed:
            self._program.do(batch_size(wanted))
        if changed & {"regularisation", "rate"}:
            self._program.do(penalty(wanted))
        return self._show_scene()

    def set_weight(self, layer: int, neuron: int, source: int | None, value: float) -> None:
        """Write a weight of hidden layer `layer` (from 0; the last is the output) by hand; `source` None: the bias."""
        sizes = [len(self.settings.features), *self.settings.layers, 1]
        if not 0 <= layer < len(sizes) - 1:
            raise ValueError(f"layer must be from 0 to {len(sizes) - 2}, not {layer!r}")
        if not 0 <= neuron < sizes[layer + 1] or not (source is None or 0 <= source < sizes[layer]):
            raise ValueError(
                f"layer {layer} has {sizes[layer + 1]} neurons with {sizes[layer]} weights each; "
                f"there is no neuron {neuron!r} with a weight {source!r}"
            )
        if not math.isfinite(value):
            raise ValueError(f"a weight must be a finite number, not {value!r}")
        place = f"bias.data[{neuron:d}]" if source is None else f"weight.data[{neuron:d}, {source:d}]"
        self._program.do(f"model[{2 * layer}].{place} = {float(value)!r}")
        self.refresh()

    def reset(self) -> None:
        """Back to the first weights, with the settings as they are."""
        self.pause()
        self._run = self._prepare()
        self._sync_error()
        self._show_scene()

    def code(self, library: str = "tensorbook") -> str:
        """The program that comes to the state shown, and prints its losses; `library` is "tensorbook" or "torch"."""
        self._need_points()
        return self._program.code(library)

    @property
    def model(self) -> Any:
        """The network: a `Sequential` of tensorbook. Change its weights by `set_weight`, so that `code` knows."""
        return self._program.names["model"]

    @property
    def losses(self) -> tuple[float, float]:
        """The loss over the points to train on and over those to test with, without the penalty."""
        return tuple(self._program.names["losses"]()) if self.settings.enough else (math.nan, math.nan)

    # -- training ----------------------------------------------------------------------------------------------------
    def _prepare(self) -> TrainingRun:
        self._program = Program(self.settings)
        self._maps = Maps(self._program.names)

        def epoch(lr: float) -> dict[str, float]:
            self._program.train()
            return dict(zip(("train", "test"), self.losses, strict=True))

        return TrainingRun(epoch, self.model, self.settings.lr)

    def _begin(self) -> bool:
        self._need_points()
        return super()._begin()

    def _one_step(self) -> None:
        self._need_points()
        super()._one_step()

    def _need_points(self) -> None:
        if not self.settings.enough:
            raise ValueError("there are no points yet: draw at least two in the square")

    def _sentence(self) -> str:
        """In epochs, which are whole: one that is interrupted is undone."""
        return _in_epochs(super()._sentence().replace(": parameters may be half way through it", ""))

    def _show_scene(self) -> None:
        names, settings = self._program.names, asdict(self.settings)
        tested = [False] * self.settings.size
        for row in names["test_rows"].tolist():
            tested[row] = True
        points = zip(names["points"].tolist(), names["targets"].tolist(), tested, strict=True)
        with self.hold_sync():
            self.scene = {
                "settings": settings,
                "classifies": self.settings.classifies,
                "points": [[*significant([x1, x2, y], 3), int(test)] for (x1, x2), y, test in points],
                "features": dict(zip(self.settings.features, self._maps.features, strict=True)),
                "all": {"features": list(FEATURES), "activations": list(ACTIVATIONS), "optimizers": list(OPTIMIZERS)},
                "fixed": self._fixed,
                "hidden": self._hidden,
            }
            self.refresh()

    # -- from the page -----------------------------------------------------------------------------------------------
    def receive(self, kind: str, data: dict[str, Any]) -> Any:
        """What the page asks for: set, weight and code besides what `Steered` knows."""
        if kind == "set":
            self._allow(*data)
            return self.set(**data)
        if kind == "weight":
            self._allow("weights")
            return self.set_weight(data["layer"], data["neuron"], data["source"], float(data["value"]))
        if kind == "code":
            self._allow("code")
            return self.code(data["library"])
        return super().receive(kind, data)

    def _allow(self, *names: str) -> None:
        for name in ("data" if name == "drawn" else name for name in names):
            if name in self._fixed + self._hidden:
                raise ValueError(f"{name} is fixed in this playground")

    # -- what to show ------------------------------------------------------------------------------------------------
    def compute(self) -> dict[str, Any]:
        run, rate = self._run, self._rate()
        linear = list(self.model)[::2]
        return {
            "status": str(run.status),
            "blocking": self._blocking,
            "sentence": self._sentence(),
            "count": run.step_count,
            "rate": None if rate is None else float(f"{rate:.3g}"),
            "losses": significant(self.losses, 4),
            "loss": self._loss(),
            "weights": [[significant(row, 4) for row in module.weight.tolist()] for module in linear],
            "biases": [significant(module.bias.tolist(), 4) for module in linear],
            "gradients": [_rows(module.weight.grad) for module in linear],
            "norms": [_norm(module.weight.grad) for module in linear],
            "maps": self._maps.compute(self.settings.classifies),
            "notes": [{"seen": _in_epochs(n.seen), "advice": _in_epochs(n.advice)} for n in run.warnings()],
            "title": f"Playground({self.settings.arguments(short=True)})",
            "line": self._line(self.settings.arguments()),
            "shown": self._line(self.settings.arguments(short=True)),  # it must not grow as one draws
        }

    def _line(self, arguments: str) -> str:
        """The line that makes this playground again, with what the teacher has fixed or hidden."""
        kept = [f"{what}={names}" for what, names in (("fixed", self._fixed), ("hidden", self._hidden)) if names]
        return f"Playground({', '.join([*filter(None, [arguments]), *kept])})"

    def _loss(self) -> dict[str, Any]:
        rows = self._run.history.overview(POINTS)
        finite = [value for value in rows[:, 2:].ravel().tolist() if math.isfinite(value)]
        return {
            "steps": rows[:, 0].astype(int).tolist(),
            "curves": [significant(column.tolist(), 4) for column in rows[:, 2:].T],
            "x": linear_axis(0, max(self._run.step_count, 10), ticks=5, whole=True),
            "y": linear_axis(0, max(finite, default=1.0)),
        }

    def describe(self) -> str:
        sizes = " – ".join(map(str, [len(self.settings.features), *self.settings.layers, 1]))
        facts = f"A network {sizes} on {self.settings.data} data, epoch {self._run.step_count:,}"
        if not self.settings.enough:
            return f"{facts}: no points drawn yet."
        train, test = map(notes.number, self.losses)
        return f"{facts}: loss {train} on the points it trains on, {test} on the others."

    def draw(self, theme: str) -> str:
        return draw(self.scene, self.picture, theme, self.alt)


def _in_epochs(text: str) -> str:
    """The words for a training run; its steps are epochs here."""
    return re.sub(r"\bstep(?=s?( \d| in a row))|(?<=\d )step(?=s\b)", "epoch", text)


def _rows(gradient: Any) -> list[list[float | None]] | None:
    return None if gradient is None else [significant(row, 3) for row in gradient.tolist()]


def _norm(gradient: Any) -> float | None:
    return None if gradient is None else significant([norm(gradient)], 3)[0]
