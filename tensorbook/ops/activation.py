"""What stands between two layers, and what makes probabilities of scores."""

from __future__ import annotations

import numpy as np

from .. import dtypes
from ..tensor import Tensor, wrap_dim
from .define import op
from .operands import floating
from .pointwise import where  # noqa: F401 (formulas call it)


def _softmax(array: np.ndarray, dim: int) -> np.ndarray:
    powers = np.exp(array - array.max(dim, keepdims=True))
    powers /= powers.sum(dim, keepdims=True)
    return powers


def _log_softmax(array: np.ndarray, dim: int) -> np.ndarray:
    shifted = array - array.max(dim, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(dim, keepdims=True))


softmax_ = op("softmax(self; dim)", "_softmax(self, dim)", "SoftmaxBackward0",
              self="(grad - (grad * result).sum(dim, True)) * result")  # fmt: skip
log_softmax_ = op("log_softmax(self; dim)", "_log_softmax(self, dim)", "LogSoftmaxBackward0",
                  self="grad - result.exp() * grad.sum(dim, True)")  # fmt: skip
leaky_relu_ = op("leaky_relu(self; negative_slope)", "np.where(self > 0, self, self * self.dtype.type(negative_slope))",
                 "LeakyReluBackward0", self="where(self > 0, grad, grad * negative_slope)")  # fmt: skip


def softmax(input: Tensor, dim: int, dtype: dtypes.dtype | None = None) -> Tensor:
    """exp(input) / sum(exp(input)) along a dimension: positive numbers that sum to 1.

    >>> import tensorbook as torch
    >>> torch.softmax(torch.tensor([0.0, 0.0]), dim=0)
    tensor([0.5000, 0.5000])
    """
    input = floating(input) if dtype is None else input.to(dtype)
    return softmax_(input, wrap_dim(dim, input._array.ndim)) if input._array.ndim else (input - input).exp()


def log_softmax(input: Tensor, dim: int, dtype: dtypes.dtype | None = None) -> Tensor:
    """log(softmax(input)), without overflow."""
    input = floating(input) if dtype is None else input.to(dtype)
    return log_softmax_(input, wrap_dim(dim, input._array.ndim)) if input._array.ndim else input - input


def leaky_relu(input: Tensor, negative_slope: float = 0.01) -> Tensor:
    """input where it is positive, else a small fraction of it."""
    return leaky_relu_(input, negative_slope)
