"""Activations that draw random numbers."""

from __future__ import annotations

import warnings

from .. import dtypes
from ..tensor import Tensor
from .activation import applied, softmax
from .arithmetic import add, mul, true_divide  # noqa: F401 (a formula calls mul)
from .array_twins import shape_of  # noqa: F401 (formulas call it)
from .creation import empty
from .define import op
from .gathering import scatter
from .random import exponential_, uniform_
from .words import type_name

rrelu_ = op("rrelu_with_noise(self; slopes; lower, upper, training)", "self * slopes._array",
            "RreluWithNoiseBackward0", self="mul(grad, slopes).reshape(shape_of(self))", kind="each")  # fmt: skip
rrelu_in_place = op("rrelu_with_noise(self; slopes; lower, upper, training)", "self * slopes._array",
                    "RreluWithNoiseBackward1", self="mul(grad, slopes).reshape(shape_of(result))",
                    kind="each")  # fmt: skip


def rrelu(
    input: Tensor, lower: float = 1.0 / 8, upper: float = 1.0 / 3, training: bool = False, inplace: bool = False
) -> Tensor:
    """input where it is positive, else a fraction of it: while training one drawn for each number, else the middle.

    >>> import tensorbook as torch
    >>> torch.nn.functional.rrelu(torch.tensor([-2.0, 3.0]), 0.25, 0.75)
    tensor([-1.,  3.])
    """
    if lower > upper:
        raise RuntimeError("Lower bound should be less than or equal to the upper bound")
    if input._array.dtype.kind != "f":
        kernel = "rrelu_with_noise_out_cpu" if training else "leaky_relu_cpu"
        raise NotImplementedError(f"\"{kernel}\" not implemented for '{type_name(input._array)}'")
    slopes = input.new_ones(input.shape)
    below = input._array <= 0
    if training:  # one draw, in double precision, for each number that is not positive
        drawn = uniform_(empty(int(below.sum()), dtype=dtypes.float64, device=input.device), lower, upper)
        slopes._array[below] = drawn._array
    else:
        slopes._array[below] = (lower + upper) / 2
    return applied(rrelu_in_place if inplace else rrelu_, input, inplace, slopes, lower, upper, training)


def gumbel_softmax(logits: Tensor, tau: float = 1, hard: bool = False, eps: float = 1e-10, dim: int = -1) -> Tensor:
    """A draw from the classes that the scores make likely, softened so that it has a gradient.

    With `hard` the result is exactly one class, and the gradient that of the softened draw. Jang and others 2017,
    https://arxiv.org/abs/1611.01144

    >>> import tensorbook as torch
    >>> torch.nn.functional.gumbel_softmax(torch.tensor([0.0, 50.0]), hard=True)
    tensor([0., 1.])
    """
    if eps != 1e-10:
        warnings.warn("`eps` parameter is deprecated and has no effect.", UserWarning, stacklevel=2)
    noise = -exponential_(empty(logits.shape, dtype=logits.dtype, device=logits.device)).log()
    soft = softmax(true_divide(add(logits, noise), tau), dim)
    if not hard:
        return soft
    index = soft.max(dim, keepdim=True)[1]
    return scatter(soft.new_zeros(soft.shape), dim, index, 1.0) - soft.detach() + soft
