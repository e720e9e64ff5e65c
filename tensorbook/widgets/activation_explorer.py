"""`ActivationExplorer`: one neuron, its weight and its bias, and what an activation function makes of the sum."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import traitlets

from .activation_functions import FUNCTIONS, values_and_slopes
from .activation_picture import draw
from .base import Picture
from .inputs import short
from .training_axes import significant

REACH = 5.0  # input, weight and bias go from -REACH to REACH
POINTS = 201  # of a curve
MOST_COMPARED = 3


class ActivationExplorer(Picture):
    """One neuron as a picture: a = f(w · x + b), with sliders for x, w and b.

    Args:
        activation: The function f: "sigmoid", "tanh", "relu", "leaky relu", "elu", "gelu", "silu", "softplus", "step"
            or "identity".
        weight, bias, x: Where the sliders stand, from -5 to 5.
        compare: Up to three more functions whose curves are drawn.
        derivative: Whether the slope da/dx is drawn, and the tangent at the point.

    All of them can be read and set later; a slider that is let go sets them too.

    >>> neuron = ActivationExplorer("relu", weight=2.0, bias=-1.0, x=1.5)
    >>> neuron
    <ActivationExplorer: A neuron: relu(2 · 1.5 − 1) = relu(2) = 2; the slope there is 2.>
    >>> neuron.x = 0.0
    >>> neuron.output, neuron.slope
    (0.0, 0.0)
    """

    module = "activation_explorer"

    activation = traitlets.Enum(list(FUNCTIONS), "tanh").tag(sync=True)
    weight = traitlets.Float(1.0).tag(sync=True)
    bias = traitlets.Float(0.0).tag(sync=True)
    x = traitlets.Float(1.0).tag(sync=True)
    compare = traitlets.List(traitlets.Enum(list(FUNCTIONS)), maxlen=MOST_COMPARED).tag(sync=True)
    derivative = traitlets.Bool(False).tag(sync=True)

    def __init__(
        self, activation: str = "tanh", *, weight: float = 1.0, bias: float = 0.0, x: float = 1.0,
        compare: Sequence[str] = (), derivative: bool = False,
    ):  # fmt: skip
        for name in (activation, *compare):
            if name not in FUNCTIONS:
                raise ValueError(f"{name!r} is no activation function shown here; there are {', '.join(FUNCTIONS)}")
        if len(compare) > MOST_COMPARED:
            raise ValueError(
                f"compare names {len(compare)} functions; at most {MOST_COMPARED} are drawn beside the first"
            )
        super().__init__(
            activation=activation, weight=weight, bias=bias, x=x, compare=list(compare), derivative=derivative
        )
        self.observe(lambda _: self.refresh(), ["activation", "weight", "bias", "x", "compare", "derivative"])
        self.refresh()

    @traitlets.validate("weight", "bias", "x")
    def _within_reach(self, proposal: Any) -> float:
        if not -REACH <= proposal["value"] <= REACH:
            name = proposal["trait"].name
            raise traitlets.TraitError(f"{name} must be from {-REACH:g} to {REACH:g}, not {proposal['value']!r}")
        return proposal["value"]

    @property
    def sum(self) -> float:
        """w · x + b"""
        return self.weight * self.x + self.bias

    @property
    def output(self) -> float:
        """a = f(w · x + b)"""
        return values_and_slopes(self.activation, [self.sum])[0][0]

    @property
    def slope(self) -> float:
        """da/dx = w · f'(w · x + b)"""
        return self.weight * values_and_slopes(self.activation, [self.sum])[1][0]

    def compute(self) -> dict[str, Any]:
        xs = [REACH * (2 * i / (POINTS - 1) - 1) for i in range(POINTS)]
        sums = [self.weight * x + self.bias for x in xs]
        names = list(dict.fromkeys([self.activation, *self.compare]))
        curves = {name: values_and_slopes(name, sums) for name in names}
        function = FUNCTIONS[self.activation]
        return {
            "functions": {
                name: {"range": f.range, "slope": f.slope, "words": f.words, "line": f.line}
                for name, f in FUNCTIONS.items()
            },
            "names": names,
            "input": self.x, "weight": self.weight, "bias": self.bias, "derivative": self.derivative,
            "sum": significant([self.sum])[0],
            "output": significant([self.output])[0],
            "slope": significant([self.slope])[0],
            "words": function.words,
            "x": significant(xs),
            "curves": [significant(curves[name][0]) for name in names],
            "slopes": significant([self.weight * slope for slope in curves[self.activation][1]]),
        }  # fmt: skip

    def describe(self) -> str:
        z, a, slope = (short(float(f"{value:.4g}")) for value in (self.sum, self.output, self.slope))
        sign = "−" if math.copysign(1, self.bias) < 0 else "+"
        inside = f"{short(self.weight)} · {short(self.x)} {sign} {short(abs(self.bias))}"
        return f"A neuron: {self.activation}({inside}) = {self.activation}({z}) = {a}; the slope there is {slope}."

    def draw(self, theme: str) -> str:
        return draw(self.picture, theme, self.alt)
