"""The activations that write their result over the input: `F.elu_(x)` is `F.elu(x, inplace=True)`."""

from __future__ import annotations

from collections.abc import Callable

from ..tensor import Tensor
from . import activation, gating, random_activation


def _overwriting(function: Callable) -> Callable:
    def overwrite(input: Tensor, *args: float, **named: float) -> Tensor:
        return function(input, *args, inplace=True, **named)

    overwrite.__name__ = overwrite.__qualname__ = f"{function.__name__}_"
    overwrite.__doc__ = f"{function.__name__}, written over the input."
    return overwrite


relu_, leaky_relu_, hardtanh_, threshold_ = (
    _overwriting(f) for f in (activation.relu, activation.leaky_relu, activation.hardtanh, activation.threshold)
)
rrelu_ = _overwriting(random_activation.rrelu)
elu_, selu_, celu_ = (_overwriting(f) for f in (gating.elu, gating.selu, gating.celu))
