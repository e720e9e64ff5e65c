"""What makes probabilities of scores, and the activations that stand between two layers: straight pieces, and curves
that level off. Those that weigh a number by a gate are in gating.py.

https://pytorch.org/docs/stable/nn.functional.html#non-linear-activation-functions
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .. import dtypes
from ..tensor import Tensor, wrap_dim
from . import elementary, view
from . import inplace as writing
from .choosing import gate, where  # noqa: F401 (formulas call them)
from .define import op
from .kernels import for_floats, refuse  # noqa: F401 (entries call it)
from .words import type_name

# ---- scores to probabilities


def _softmax(array: np.ndarray, dim: int) -> np.ndarray:
    if array.dtype.itemsize == 2:  # in float32, and rounded once
        return _softmax(array.astype(np.float32), dim).astype(array.dtype)
    if not array.size:  # nothing has no largest element
        return array.copy()
    powers = np.exp(array - array.max(dim, keepdims=True))
    powers /= powers.sum(dim, keepdims=True)
    return powers


def _log_softmax(array: np.ndarray, dim: int) -> np.ndarray:
    if not array.size:
        return array.copy()
    shifted = array - array.max(dim, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(dim, keepdims=True))


softmax_ = op("softmax(self; dim)", "_softmax(self, dim)", "SoftmaxBackward0",
              self="(grad - (grad * result).sum(dim, True)) * result")  # fmt: skip
log_softmax_ = op("log_softmax(self; dim)", "_log_softmax(self, dim)", "LogSoftmaxBackward0",
                  self="grad - result.exp() * grad.sum(dim, True)")  # fmt: skip


def softmax(input: Tensor, dim: int, dtype: dtypes.dtype | None = None) -> Tensor:
    """exp(input) / sum(exp(input)) along a dimension: positive numbers that sum to 1.

    >>> import tensorbook as torch
    >>> torch.softmax(torch.tensor([0.0, 0.0]), dim=0)
    tensor([0.5000, 0.5000])
    """
    input = input if dtype is None else input.to(dtype)
    refuse("softmax_lastdim_kernel_impl", input._array, "biu")
    return softmax_(input, wrap_dim(dim, input._array.ndim)) if input._array.ndim else (input - input).exp()


def log_softmax(input: Tensor, dim: int, dtype: dtypes.dtype | None = None) -> Tensor:
    """log(softmax(input)), without overflow."""
    input = input if dtype is None else input.to(dtype)
    refuse("log_softmax_lastdim_kernel_impl", input._array, "biu")
    return log_softmax_(input, wrap_dim(dim, input._array.ndim)) if input._array.ndim else input - input


# ---- straight pieces


def applied(function: Callable, input: Tensor, inplace: bool, *args: object) -> Tensor:
    """function(input, *args); the result replaces the input where it is to be in place."""
    return writing.apply(input, function, *args) if inplace else function(input, *args)


def _leaky_relu(x: np.ndarray, slope: float) -> np.ndarray:
    return np.where(x > 0, x, x * slope)


def _softshrink(x: np.ndarray, lambd: float) -> np.ndarray:
    return np.where(x > lambd, x - lambd, np.where(x < -lambd, x + lambd, x * 0))


def _hardshrink(x: np.ndarray, lambd: float) -> np.ndarray:
    return np.where((x >= -lambd) & (x <= lambd), 0 * np.abs(x), x)


def _hardsigmoid(x: np.ndarray) -> np.ndarray:
    return np.minimum(np.maximum(x + 3, 0), 6) / 6


leaky_relu_ = op("leaky_relu(self; negative_slope)", "for_floats('leaky_relu_cpu', _leaky_relu, self, negative_slope)",
                 "LeakyReluBackward0", self="where(self > 0, grad, grad * negative_slope)", kind="each")  # fmt: skip
leaky_relu_in_place = op(
    "leaky_relu(self; negative_slope)", "for_floats('leaky_relu_cpu', _leaky_relu, self, negative_slope)",
    "LeakyReluBackward1", self="where(result > 0, grad, grad * negative_slope)", kind="each",
)  # fmt: skip
threshold_ = op("threshold(self; threshold, value)", "np.where(self <= threshold, self.dtype.type(value), self)",
                "ThresholdBackward0", self="gate(grad, self > threshold)", kind="each")  # fmt: skip
threshold_in_place = op(
    "threshold(self; threshold, value)", "np.where(self <= threshold, self.dtype.type(value), self)",
    "ThresholdBackward1", self="gate(grad, self > threshold)", kind="each",
)  # fmt: skip
hardtanh_ = op("hardtanh(self; low, high)", "np.minimum(np.maximum(self, self.dtype.type(low)), self.dtype.type(high))",
               "HardtanhBackward0", self="gate(grad, (self > low) * (self < high))", kind="each")  # fmt: skip
prelu_ = op("prelu(self, weight)", "np.where(self > 0, self, weight * self)", "PreluKernelBackward0",
            self="where(self > 0, grad, weight * grad)", weight="where(self > 0, grad * 0, self * grad)",
            kind="each")  # fmt: skip
softshrink_ = op("softshrink(self; lambd)", "for_floats('softshrink_cpu', _softshrink, self, lambd)",
                 "SoftshrinkBackward0", self="gate(grad, (self > lambd) + (self < -lambd))", kind="each")  # fmt: skip
hardshrink_ = op("hardshrink(self; lambd)", "for_floats('hardshrink_cpu', _hardshrink, self, lambd)",
                 "HardshrinkBackward0", self="gate(grad, (self > lambd) + (self < -lambd))", kind="each")  # fmt: skip
# PyTorch, too, takes 1 / 6 in single precision for every dtype.
hardsigmoid_ = op("hardsigmoid(self)", "for_floats('hardsigmoid_cpu', _hardsigmoid, self)", "HardsigmoidBackward0",
                  self="gate(grad, (self > -3.0) * (self < 3.0)) * 0.1666666716337204", kind="each")  # fmt: skip


def relu(input: Tensor, inplace: bool = False) -> Tensor:
    """input where it is positive, else 0.

    >>> import tensorbook as torch
    >>> torch.nn.functional.relu(torch.tensor([-2.0, 3.0]))
    tensor([0., 3.])
    """
    if input._array.dtype.kind == "b":
        raise RuntimeError("Boolean inputs not supported for relu")
    return applied(elementary.relu, input, inplace)


def leaky_relu(input: Tensor, negative_slope: float = 0.01, inplace: bool = False) -> Tensor:
    """input where it is positive, else a small fraction of it.

    >>> import tensorbook as torch
    >>> torch.nn.functional.leaky_relu(torch.tensor([-2.0, 3.0]), 0.5)
    tensor([-1.,  3.])
    """
    return applied(leaky_relu_in_place if inplace else leaky_relu_, input, inplace, negative_slope)


def threshold(input: Tensor, threshold: float, value: float, inplace: bool = False) -> Tensor:
    """input where it is above the threshold, else `value`.

    >>> import tensorbook as torch
    >>> torch.nn.functional.threshold(torch.tensor([1.0, 3.0]), 2, 20)
    tensor([20.,  3.])
    """
    if input._array.dtype.kind == "b":
        raise NotImplementedError("\"threshold_cpu\" not implemented for 'Bool'")
    return applied(threshold_in_place if inplace else threshold_, input, inplace, threshold, value)


def hardtanh(input: Tensor, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False) -> Tensor:
    """input cut off at two bounds.

    >>> import tensorbook as torch
    >>> torch.nn.functional.hardtanh(torch.tensor([-3.0, 0.5, 3.0]))
    tensor([-1.0000,  0.5000,  1.0000])
    """
    if min_val > max_val:
        raise ValueError("min_val cannot be greater than max_val")
    if input._array.dtype.kind == "b":
        raise RuntimeError("Bool inputs not supported for hardtanh")
    if input._array.dtype.kind == "u" and (min_val < 0 or max_val < 0):
        raise RuntimeError("cannot do hardtanh on an unsigned type with negative limits")
    return applied(hardtanh_, input, inplace, min_val, max_val)


def relu6(input: Tensor, inplace: bool = False) -> Tensor:
    """input cut off at 0 and 6.

    >>> import tensorbook as torch
    >>> torch.nn.functional.relu6(torch.tensor([-3.0, 4.0, 9.0]))
    tensor([0., 4., 6.])
    """
    return hardtanh(input, 0, 6, inplace)


def prelu(input: Tensor, weight: Tensor) -> Tensor:
    """input where it is positive, else a fraction of it that is learned: one for all, or one per channel (dim 1).

    >>> import tensorbook as torch
    >>> torch.nn.functional.prelu(torch.tensor([[-2.0, -2.0]]), torch.tensor([0.5, 0.25]))
    tensor([[-1.0000, -0.5000]])
    """
    shape = input._array.shape
    if input.dtype is not weight.dtype:
        names = type_name(input._array), type_name(weight._array)
        raise RuntimeError(f"prelu: Type promoting not supported. Got {names[0]} and {names[1]}")
    if weight._array.ndim > 1:
        raise RuntimeError(f"prelu: Expected `weight` to be a scalar or 1D tensor, but got: ndim = {weight.dim()}")
    if weight.numel() != 1:
        if not shape:
            raise RuntimeError("Not allow zero-dim input tensor.")
        channels = shape[1] if len(shape) > 1 else 1
        if weight.numel() != channels:
            raise RuntimeError(
                "Mismatch of parameter numbers and input channel size. "
                f"Found parameter numbers = {weight.numel()} and channel size = {channels}."
            )
    if weight._array.ndim != len(shape):
        weight = view.view(weight, [-1 if dim == min(1, len(shape) - 1) else 1 for dim in range(len(shape))])
    refuse("prelu_cpu", input._array, "biu")
    return prelu_(input, weight)


def softshrink(input: Tensor, lambd: float = 0.5) -> Tensor:
    """input moved towards 0 by lambd, and 0 where it is nearer than that.

    >>> import tensorbook as torch
    >>> torch.nn.functional.softshrink(torch.tensor([-2.0, 0.2, 2.0]))
    tensor([-1.5000,  0.0000,  1.5000])
    """
    if input._array.dtype.kind != "f":
        raise NotImplementedError(f"\"softshrink_check\" not implemented for '{type_name(input._array)}'")
    if not lambd >= 0:
        limit = f"{dtypes.finfo(input.dtype).max:g}"
        raise RuntimeError(
            f"lambda must be in range [0, {limit}] for input dtype {type_name(input._array)}, but found {lambd:g}"
        )
    return softshrink_(input, lambd)


def hardshrink(input: Tensor, lambd: float = 0.5) -> Tensor:
    """input, but 0 where it is no farther from 0 than lambd.

    >>> import tensorbook as torch
    >>> torch.nn.functional.hardshrink(torch.tensor([-2.0, 0.2, 2.0]))
    tensor([-2.,  0.,  2.])
    """
    return hardshrink_(input, lambd)


def hardsigmoid(input: Tensor, inplace: bool = False) -> Tensor:
    """A sigmoid of three straight pieces: 0 up to -3, 1 from 3 on.

    >>> import tensorbook as torch
    >>> torch.nn.functional.hardsigmoid(torch.tensor([-5.0, 0.0, 5.0]))
    tensor([0.0000, 0.5000, 1.0000])
    """
    return applied(hardsigmoid_, input, inplace)
