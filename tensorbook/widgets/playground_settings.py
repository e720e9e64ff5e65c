"""What can be chosen in a `Playground`, and which choices there are."""

from __future__ import annotations

import math
import numbers
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

CLASSIFY = ("circle", "xor", "gauss", "spiral", "own")
REGRESS = ("plane", "bumps")
FEATURES = ("x1", "x2", "x1**2", "x2**2", "x1*x2", "sin(x1)", "sin(x2)")
ACTIVATIONS = {
    "tanh": "nn.Tanh()", "relu": "nn.ReLU()", "sigmoid": "nn.Sigmoid()", "leaky relu": "nn.LeakyReLU()",
    "elu": "nn.ELU()", "gelu": "nn.GELU()", "silu": "nn.SiLU()", "softplus": "nn.Softplus()",
    "identity": "nn.Identity()",
}  # fmt: skip
OPTIMIZERS = {
    "SGD": "torch.optim.SGD(model.parameters(), lr={lr})",
    "momentum": "torch.optim.SGD(model.parameters(), lr={lr}, momentum=0.9)",
    "Adam": "torch.optim.Adam(model.parameters(), lr={lr})",
    "AdamW": "torch.optim.AdamW(model.parameters(), lr={lr})",
    "RMSprop": "torch.optim.RMSprop(model.parameters(), lr={lr})",
    "Adagrad": "torch.optim.Adagrad(model.parameters(), lr={lr})",
}
PENALTIES = ("none", "L1", "L2")
MOST_LAYERS, MOST_NEURONS, MOST_POINTS = 6, 8, 1000
SIDE = 3.0
"""The data lie in the square from -SIDE to SIDE."""

LIVE = ("lr", "batch_size", "regularisation", "rate")
"""These change while it trains; any other starts the training anew."""


@dataclass(frozen=True)
class Settings:
    """Everything that a `Playground` is made from; `Playground` says what each means."""

    data: str = "circle"
    points: int = 500
    noise: float = 0.2
    test: float = 0.5
    seed: int = 0
    drawn: tuple[tuple[float, float, int], ...] = ()
    features: tuple[str, ...] = ("x1", "x2")
    layers: tuple[int, ...] = (4, 2)
    activation: tuple[str, ...] = ("tanh", "tanh")
    optimizer: str = "SGD"
    lr: float = 0.1
    batch_size: int = 10
    regularisation: str = "none"
    rate: float = 0.001

    def __post_init__(self):
        _one_of("data", self.data, CLASSIFY + REGRESS)
        _one_of("optimizer", self.optimizer, OPTIMIZERS)
        _one_of("regularisation", self.regularisation, PENALTIES)
        _whole("points", self.points, 10, MOST_POINTS)
        _whole("seed", self.seed, 0, 2**31 - 1)
        _whole("batch_size", self.batch_size, 1, MOST_POINTS)
        _number("noise", self.noise, 0, 2)
        _number("test", self.test, 0.1, 0.9)
        _number("lr", self.lr, 1e-6, 10)
        _number("rate", self.rate, 0, 10)
        if not self.features:
            raise ValueError(f"features must name at least one of {', '.join(FEATURES)}")
        for feature in self.features:
            _one_of("features", feature, FEATURES)
        if len(self.layers) > MOST_LAYERS:
            raise ValueError(f"layers has {len(self.layers)} hidden layers; at most {MOST_LAYERS} can be shown")
        for size in self.layers:
            _whole("the number of neurons in a layer", size, 1, MOST_NEURONS)
        if len(self.activation) != len(self.layers):
            raise ValueError(f"activation has {len(self.activation)} names for {len(self.layers)} hidden layers")
        for name in self.activation:
            _one_of("activation", name, ACTIVATIONS)
        if len(self.drawn) > MOST_POINTS:
            raise ValueError(f"drawn has {len(self.drawn):,} points; at most {MOST_POINTS:,} are taken")
        for x1, x2, label in self.drawn:
            _number("a drawn coordinate", x1, -SIDE, SIDE)
            _number("a drawn coordinate", x2, -SIDE, SIDE)
            _whole("the class of a drawn point", label, 0, 1)

    @property
    def classifies(self) -> bool:
        return self.data in CLASSIFY

    @property
    def size(self) -> int:
        """How many points there are."""
        return len(self.drawn) if self.data == "own" else self.points

    @property
    def held(self) -> int:
        """How many of them are kept apart, to test with."""
        return min(max(round(self.size * self.test), 1), self.size - 1) if self.enough else 0

    @property
    def enough(self) -> bool:
        """Whether there is a point to train on and one to test with."""
        return self.size >= 2

    def changed(self, **changes: Any) -> Settings:
        """These settings with some changed; sequences may be lists, and `activation` one name for all layers."""
        if unknown := set(changes) - set(self.__dataclass_fields__):
            raise TypeError(
                f"{', '.join(sorted(unknown))}: no such setting; there are {', '.join(self.__dataclass_fields__)}"
            )
        for name in {"drawn", "features", "layers", "activation"} & set(changes):
            given = changes[name]
            if isinstance(given, str) and name in ("features", "activation"):
                continue
            if isinstance(given, str) or not isinstance(given, Sequence):
                raise TypeError(f"{name} must be a list, not {given!r}")
            changes[name] = tuple(given)
        if "drawn" in changes:
            changes["drawn"] = tuple((round(float(a), 3), round(float(b), 3), c) for a, b, c in changes["drawn"])
        if "features" in changes:  # in one order, so that the same features are the same network
            named = [changes["features"]] if isinstance(changes["features"], str) else list(changes["features"])
            changes["features"] = tuple(sorted(dict.fromkeys(named), key=[*FEATURES, *named].index))
        layers = tuple(changes.get("layers", self.layers))
        names = changes.get("activation", self.activation)
        if isinstance(names, str):
            names = (names,) * len(layers)
        elif "activation" not in changes:  # a layer that comes takes after the one before it
            names = (*names, *[names[-1] if names else "tanh"] * len(layers))[: len(layers)]
        return replace(self, **{**changes, "layers": layers, "activation": tuple(names)})

    def arguments(self, short: bool = False) -> str:
        """What `Playground` was given, for the line that makes it again: only what is not as it comes.

        `short`: to be read, with drawn points counted.

        >>> Settings().changed(data="xor", layers=[3], lr=0.03).arguments()
        "data='xor', layers=(3,), lr=0.03"
        >>> Settings().changed(data="own", drawn=[(1, 2, 0)]).arguments(short=True)
        "data='own', drawn=(… 1 point …)"
        """
        plain = Settings()
        names = [n for n in self.__dataclass_fields__ if getattr(self, n) != getattr(plain, n)]
        shown = {name: getattr(self, name) for name in names}
        if len(set(self.activation)) == 1:
            shown.pop("activation", None)
            if self.activation[0] != "tanh":
                shown["activation"] = self.activation[0]
        said = {name: repr(value) for name, value in shown.items()}
        if short and self.drawn:
            said["drawn"] = f"(… {len(self.drawn):,} point{'s' * (len(self.drawn) > 1)} …)"
        return ", ".join(f"{name}={text}" for name, text in said.items())


def _one_of(what: str, given: Any, choices: Sequence[str] | dict[str, str]) -> None:
    if given not in choices:
        raise ValueError(f"{what} must be one of {', '.join(map(repr, choices))}, not {given!r}")


def _whole(what: str, given: Any, low: int, high: int) -> None:
    if not isinstance(given, numbers.Integral) or isinstance(given, bool) or not low <= given <= high:
        raise ValueError(f"{what} must be a whole number from {low} to {high}, not {given!r}")


def _number(what: str, given: Any, low: float, high: float) -> None:
    if (
        not isinstance(given, numbers.Real)
        or isinstance(given, bool)
        or not math.isfinite(given)
        or not low <= given <= high
    ):
        raise ValueError(f"{what} must be a number from {low:g} to {high:g}, not {given!r}")
