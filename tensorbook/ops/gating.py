"""Activations made of exponentials: curves that level off on one side, and inputs weighed by a gate between 0 and 1.

https://pytorch.org/docs/stable/nn.functional.html#non-linear-activation-functions
"""

from __future__ import annotations

import math

import numpy as np

from ..tensor import Tensor, wrap_dim
from .activation import applied
from .arithmetic import sub, true_divide
from .choosing import where  # noqa: F401 (formulas call them)
from .define import op
from .elementary import abs as absolute
from .elementary import exp, sigmoid, tanh
from .joining import cat
from .kernels import for_floats  # noqa: F401 (entries call it)
from .special import _erf, erf
from .splitting import chunk

# ---- curves that level off


def _elu(x: np.ndarray, alpha: float, scale: float, input_scale: float) -> np.ndarray:
    return np.where(x > 0, x * scale, np.expm1(np.minimum(x, 0) * input_scale) * (alpha * scale))


def _softplus(x: np.ndarray, beta: float, threshold: float) -> np.ndarray:
    return np.where(x * beta > threshold, x, np.log1p(np.exp(x * beta)) / beta)


def _log_sigmoid(x: np.ndarray) -> np.ndarray:
    return np.minimum(x, 0) - np.log1p(np.exp(-np.abs(x)))


# The slope of elu left of 0 is that of an exponential. Right of 0 its argument is 0, lest it overflows.
elu_ = op("elu(self; alpha, scale, input_scale)", "for_floats('elu_cpu', _elu, self, alpha, scale, input_scale)",
          "EluBackward0",
          self="grad * where(self > 0, scale, exp(where(self > 0, 0.0, self) * input_scale)"
               " * (alpha * scale * input_scale))", kind="each")  # fmt: skip
elu_in_place = op(
    "elu(self; alpha, scale, input_scale)", "for_floats('elu_cpu', _elu, self, alpha, scale, input_scale)",
    "EluBackward1", self="grad * where(result > 0, scale, (result + alpha * scale) * input_scale)", kind="each",
)  # fmt: skip
celu_ = op("celu(self; alpha)", "for_floats('elu_cpu', _elu, self, alpha, 1.0, 1 / alpha)", "CeluBackward0",
           self="grad * where(self > 0, 1.0, exp(where(self > 0, 0.0, self) * (1 / alpha)))", kind="each")  # fmt: skip
celu_in_place = op("celu(self; alpha)", "for_floats('elu_cpu', _elu, self, alpha, 1.0, 1 / alpha)", "CeluBackward1",
                   self="grad * where(result > 0, 1.0, (result + alpha) * (1 / alpha))", kind="each")  # fmt: skip
softplus_ = op("softplus(self; beta, threshold)", "for_floats('softplus_cpu', _softplus, self, beta, threshold)",
               "SoftplusBackward0",
               self="grad * where(self * beta > threshold, 1.0, sigmoid(self * beta))", kind="each")  # fmt: skip
logsigmoid_ = op("log_sigmoid(self)", "for_floats('log_sigmoid_cpu', _log_sigmoid, self)", "LogSigmoidBackward0",
                 self="grad * sigmoid(-self)")  # fmt: skip

# ---- gates


def _silu(x: np.ndarray) -> np.ndarray:
    return x / (1 + np.exp(-x))


def _mish(x: np.ndarray) -> np.ndarray:
    return x * np.tanh(_softplus(x, 1.0, 20.0))


def _hardswish(x: np.ndarray) -> np.ndarray:
    return x * np.minimum(np.maximum(x + 3, 0), 6) / 6


def _glu(x: np.ndarray, dim: int) -> np.ndarray:
    before, half = (slice(None),) * dim, x.shape[dim] // 2
    value, gate = x[(*before, slice(half))], x[(*before, slice(half, None))]
    return value / (1 + np.exp(-gate))


def _gelu(x: np.ndarray, approximate: str) -> np.ndarray:
    if approximate == "tanh":
        return 0.5 * x * (1 + np.tanh(ROOT_2_OVER_PI * (x + CUBIC * (x * x * x))))
    return 0.5 * x * (1 + _erf(x * ROOT_HALF))


ROOT_HALF, ROOT_2_OVER_PI, CUBIC = math.sqrt(0.5), math.sqrt(2 / math.pi), 0.044715  # the last: Hendrycks and Gimpel


def _silu_slope(x: Tensor) -> Tensor:
    gate = sigmoid(x)
    return gate * (1 + x * (1 - gate))


def _mish_slope(x: Tensor) -> Tensor:
    gate = tanh(softplus_(x, 1.0, 20.0))
    return gate + x * sigmoid(x) * (1 - gate * gate)


def _gelu_slope(x: Tensor, approximate: str) -> Tensor:
    if approximate == "tanh":
        level = tanh(ROOT_2_OVER_PI * (x + CUBIC * (x * x * x)))
        return 0.5 * (1 + level) + 0.5 * x * (1 - level * level) * (ROOT_2_OVER_PI * (1 + 3 * CUBIC * (x * x)))
    return 0.5 * (1 + erf(x * ROOT_HALF)) + x * exp(-0.5 * (x * x)) * (0.5 * ROOT_2_OVER_PI)


def _glu_grad(grad: Tensor, x: Tensor, dim: int) -> Tensor:
    value, gate = chunk(x, 2, dim)
    gate = sigmoid(gate)
    return cat([grad * gate, grad * value * (gate * (1 - gate))], dim)


silu_ = op(
    "silu(self)", "for_floats('silu_cpu', _silu, self)", "SiluBackward0", self="grad * _silu_slope(self)", kind="each"
)
mish_ = op(
    "mish(self)", "for_floats('mish_cpu', _mish, self)", "MishBackward0", self="grad * _mish_slope(self)", kind="each"
)
gelu_ = op("gelu(self; approximate)", "for_floats('GeluKernelImpl', _gelu, self, approximate)", "GeluBackward0",
           self="grad * _gelu_slope(self, approximate)", kind="each")  # fmt: skip
hardswish_ = op("hardswish(self)", "for_floats('hardswish_cpu', _hardswish, self)", "HardswishBackward0",
                self="grad * where(self < -3.0, 0.0, where(self <= 3.0, self * (1 / 3) + 0.5, 1.0))",
                kind="each")  # fmt: skip
glu_ = op("glu(self; dim)", "for_floats('glu_cpu', _glu, self, dim)", "GluBackward0",
          self="_glu_grad(grad, self, dim)", layout="as_operand")  # fmt: skip

# ---- the functions


def elu(input: Tensor, alpha: float = 1.0, inplace: bool = False) -> Tensor:
    """input where it is positive, else alpha * (exp(input) - 1): levels off at -alpha.

    >>> import tensorbook as torch
    >>> torch.nn.functional.elu(torch.tensor([-1.0, 2.0]))
    tensor([-0.6321,  2.0000])
    """
    return applied(elu_in_place if inplace else elu_, input, inplace, alpha, 1, 1)


SELU_ALPHA, SELU_SCALE = 1.6732632423543772848170429916717, 1.0507009873554804934193349852946


def selu(input: Tensor, inplace: bool = False) -> Tensor:
    """elu, scaled so that mean 0 and variance 1 are kept from layer to layer (Klambauer and others 2017).

    >>> import tensorbook as torch
    >>> torch.nn.functional.selu(torch.tensor([-1.0, 2.0]))
    tensor([-1.1113,  2.1014])
    """
    return applied(elu_in_place if inplace else elu_, input, inplace, SELU_ALPHA, SELU_SCALE, 1)


def celu(input: Tensor, alpha: float = 1.0, inplace: bool = False) -> Tensor:
    """elu with a slope that does not jump: alpha * (exp(input / alpha) - 1) left of 0.

    >>> import tensorbook as torch
    >>> torch.nn.functional.celu(torch.tensor([-1.0, 2.0]), alpha=2.0)
    tensor([-0.7869,  2.0000])
    """
    if alpha == 0:
        raise RuntimeError("ZeroDivisionError: alpha cannot be 0 for CELU")
    return applied(celu_in_place if inplace else celu_, input, inplace, alpha)


def softplus(input: Tensor, beta: float = 1, threshold: float = 20) -> Tensor:
    """log(1 + exp(beta * input)) / beta, a smooth relu; input itself where beta * input is above the threshold.

    >>> import tensorbook as torch
    >>> torch.nn.functional.softplus(torch.tensor([0.0, 30.0]))
    tensor([ 0.6931, 30.0000])
    """
    return softplus_(input, beta, threshold)


def logsigmoid(input: Tensor) -> Tensor:
    """log(sigmoid(input)), without overflow.

    >>> import tensorbook as torch
    >>> torch.nn.functional.logsigmoid(torch.tensor([0.0, -200.0]))
    tensor([  -0.6931, -200.0000])
    """
    return logsigmoid_(input)


def softsign(input: Tensor) -> Tensor:
    """input / (1 + |input|), between -1 and 1.

    >>> import tensorbook as torch
    >>> torch.nn.functional.softsign(torch.tensor([-3.0, 1.0]))
    tensor([-0.7500,  0.5000])
    """
    return true_divide(input, absolute(input) + 1)


def tanhshrink(input: Tensor) -> Tensor:
    """input - tanh(input).

    >>> import tensorbook as torch
    >>> torch.nn.functional.tanhshrink(torch.tensor([0.0, 2.0]))
    tensor([0.0000, 1.0360])
    """
    return sub(input, tanh(input))


def silu(input: Tensor, inplace: bool = False) -> Tensor:
    """input * sigmoid(input); also called swish.

    >>> import tensorbook as torch
    >>> torch.nn.functional.silu(torch.tensor([-1.0, 2.0]))
    tensor([-0.2689,  1.7616])
    """
    return applied(silu_, input, inplace)


def mish(input: Tensor, inplace: bool = False) -> Tensor:
    """input * tanh(softplus(input)).

    >>> import tensorbook as torch
    >>> torch.nn.functional.mish(torch.tensor([-1.0, 2.0]))
    tensor([-0.3034,  1.9440])
    """
    return applied(mish_, input, inplace)


def gelu(input: Tensor, approximate: str = "none") -> Tensor:
    """input times the probability that a standard normal number is smaller; approximate="tanh" is close to it.

    >>> import tensorbook as torch
    >>> torch.nn.functional.gelu(torch.tensor([-1.0, 2.0]))
    tensor([-0.1587,  1.9545])
    """
    if approximate not in ("none", "tanh"):
        raise RuntimeError("approximate argument must be either none or tanh.")
    return gelu_(input, approximate)


def hardswish(input: Tensor, inplace: bool = False) -> Tensor:
    """input * hardsigmoid(input).

    >>> import tensorbook as torch
    >>> torch.nn.functional.hardswish(torch.tensor([-4.0, 3.0, 6.0]))
    tensor([-0., 3., 6.])
    """
    return applied(hardswish_, input, inplace)


def glu(input: Tensor, dim: int = -1) -> Tensor:
    """The first half along a dimension times the sigmoid of the second half.

    >>> import tensorbook as torch
    >>> torch.nn.functional.glu(torch.tensor([4.0, 0.0]))
    tensor([2.])
    """
    if not input._array.ndim:
        raise RuntimeError("glu does not support scalars because halving size must be even")
    dim = wrap_dim(dim, input._array.ndim)
    if input._array.shape[dim] % 2:
        raise RuntimeError(f"Halving dimension must be even, but dimension {dim} is size {input._array.shape[dim]}")
    return glu_(input, dim)
