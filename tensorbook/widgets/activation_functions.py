"""The activation functions that `ActivationExplorer` shows: what each is, and its values and slopes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from ..nn import functional as F
from ..ops.creation import tensor


class Activation(NamedTuple):
    line: str  # of code, with z for the sum
    call: Callable[[Any], Any]
    range: str
    slope: str  # the largest
    words: str


FUNCTIONS = {
    "sigmoid": Activation("torch.sigmoid(z)", F.sigmoid, "(0, 1)", "0.25", "flat at both ends: gradients vanish there"),
    "tanh": Activation("torch.tanh(z)", F.tanh, "(−1, 1)", "1", "a sigmoid around 0; flat at both ends"),
    "relu": Activation("torch.relu(z)", F.relu, "[0, ∞)", "1", "slope 0 below 0: a neuron that stays there is dead"),
    "leaky relu": Activation(
        "F.leaky_relu(z)", F.leaky_relu, "(−∞, ∞)", "1", "a slope of 0.01 below 0 keeps the gradient alive"
    ),
    "elu": Activation("F.elu(z)", F.elu, "(−1, ∞)", "1", "bends smoothly to −1 below 0"),
    "gelu": Activation("F.gelu(z)", F.gelu, "[−0.17, ∞)", "1.13", "a smooth relu that dips below 0"),
    "silu": Activation(
        "F.silu(z)", F.silu, "[−0.278, ∞)", "1.1", "z times its sigmoid: a smooth relu that dips below 0"
    ),
    "softplus": Activation("F.softplus(z)", F.softplus, "(0, ∞)", "1", "a smooth relu whose slope is the sigmoid"),
    "step": Activation("(z >= 0).float()", lambda z: (z >= 0).float(), "{0, 1}", "0", "slope 0: nothing to learn by"),
    "identity": Activation("z", lambda z: 1 * z, "(−∞, ∞)", "1", "no bend: layers of it are worth one layer"),
}


def values_and_slopes(name: str, z: Sequence[float]) -> tuple[list[float], list[float]]:
    """The values of an activation function and, by autograd, its slopes.

    >>> values_and_slopes("leaky relu", [-2.0, 3.0])[1]
    [0.009999999776482582, 1.0]
    """
    sums = tensor(list(z), requires_grad=True)
    output = FUNCTIONS[name].call(sums)
    if output.requires_grad:
        output.sum().backward()
    return output.tolist(), [0.0] * len(z) if sums.grad is None else sums.grad.tolist()
