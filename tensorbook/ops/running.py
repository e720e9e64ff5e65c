"""Along a dimension, what all elements so far come to: their sum, product, largest, smallest."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .. import devices, dtypes
from ..tensor import Tensor, make, wrap_dim
from .define import op
from .joining import stack
from .kernels import refuse
from .reduction import _wide, scatter_back  # noqa: F401 (formulas call it)
from .results import named


def _sums_from_the_end(grad: Tensor, dim: int) -> Tensor:
    return cumsum_(grad.flip(dim), dim).flip(dim) if grad._array.ndim else grad


def _taken(array: np.ndarray, dim: int, indices: Tensor) -> np.ndarray:
    return np.take_along_axis(array, indices._array, dim) if array.ndim else array.copy()


def _added_back(grad: Tensor, x: Tensor, dim: int, indices: Tensor) -> Tensor:
    """An element that led for several places gets the sum of their gradients."""
    return (x.detach() * 0).scatter_add(dim, indices, grad)


@devices.through_cpu
def _log_sums(array: np.ndarray, dim: int) -> np.ndarray:
    refuse("logcumsumexp_out_cpu", array, "biu")
    if not array.ndim:
        return array.copy()
    return np.logaddexp.accumulate(array.astype(np.float64), dim).astype(array.dtype)


def _log_sums_grad(grad: Tensor, x: Tensor, dim: int, result: Tensor) -> Tensor:
    if not x._array.ndim or not x._array.size:
        return grad
    largest = x.detach().amax(dim, True)
    return _sums_from_the_end(grad * (largest - result).exp(), dim) * (x - largest).exp()


def _cumprod_grad(grad: Tensor, x: Tensor, dim: int, result: Tensor) -> Tensor:
    """For each element, the products it is part of, without it: divided by it, or multiplied anew where some is 0."""
    if not x._array.ndim or not x._array.size:
        return grad
    if x._array.all():
        return _sums_from_the_end(grad * result, dim) / x
    slices = x.unbind(dim)
    parts = []
    for i in range(len(slices)):
        others = stack([s * 0 + 1 if j == i else s for j, s in enumerate(slices)], dim)
        later = cumprod_(others, dim).narrow(dim, i, len(slices) - i)
        parts.append((grad.narrow(dim, i, len(slices) - i) * later).sum(dim))
    return stack(parts, dim)


cumsum_ = op("cumsum(self; dim)", "np.cumsum(self, dim, dtype=self.dtype).reshape(self.shape)", "CumsumBackward0",
             self="_sums_from_the_end(grad, dim)")  # fmt: skip
cumprod_ = op("cumprod(self; dim)", "np.cumprod(self, dim, dtype=self.dtype).reshape(self.shape)", "CumprodBackward0",
              self="_cumprod_grad(grad, self, dim, result)")  # fmt: skip
cummax_values = op("cummax(self; dim, indices)", "_taken(self, dim, indices)", "CummaxBackward0",
                   self="_added_back(grad, self, dim, indices)")  # fmt: skip
cummin_values = op("cummin(self; dim, indices)", "_taken(self, dim, indices)", "CumminBackward0",
                   self="_added_back(grad, self, dim, indices)")  # fmt: skip
logcumsumexp_ = op("logcumsumexp(self; dim)", "_log_sums(self, dim)", "LogcumsumexpBackward0",
                   self="_log_sums_grad(grad, self, dim, result)")  # fmt: skip


def cumsum(self: Tensor, dim: int, *, dtype: dtypes.dtype | None = None) -> Tensor:
    """Sums of all elements so far along a dimension.

    >>> import tensorbook as torch
    >>> torch.tensor([1, 2, 3]).cumsum(0)
    tensor([1, 3, 6])
    """
    self, dim = _wide(self, dtype), wrap_dim(dim, self._array.ndim)
    return cumsum_(self, dim)


def cumprod(self: Tensor, dim: int, *, dtype: dtypes.dtype | None = None) -> Tensor:
    """Products of all elements so far along a dimension."""
    self, dim = _wide(self, dtype), wrap_dim(dim, self._array.ndim)
    return cumprod_(self, dim)


def logcumsumexp(self: Tensor, dim: int) -> Tensor:
    """log(sum(exp(…))) of all elements so far along a dimension, without overflow."""
    return logcumsumexp_(self, wrap_dim(dim, self._array.ndim))


@devices.through_cpu
def _leaders(array: np.ndarray, dim: int, beats: Callable) -> np.ndarray:
    """Where the largest (or smallest) element so far stands; of equal ones, and of nans, the last."""
    places = np.arange(array.shape[dim]).reshape([-1 if d == dim else 1 for d in range(array.ndim)])
    best = (np.maximum if beats is np.greater_equal else np.minimum).accumulate(array, dim)
    leads = (array == best) | (array != array)
    return np.maximum.accumulate(np.where(leads, np.broadcast_to(places, array.shape), 0), dim)


def _running(values: Callable, beats: Callable, name: str) -> Callable:
    pair = named(name)

    def function(self: Tensor, dim: int) -> tuple:
        dim = wrap_dim(dim, self._array.ndim)
        array = self._array
        found = _leaders(array, dim, beats) if array.ndim else np.zeros_like(array, dtype=np.int64)
        indices = make(found.astype(np.int64, order="C"))
        return pair(values(self, dim, indices), indices)

    return function


cummax = _running(cummax_values, np.greater_equal, "cummax")
cummax.__doc__ = "The largest element so far along a dimension, and where it is."
cummin = _running(cummin_values, np.less_equal, "cummin")
cummin.__doc__ = "The smallest element so far along a dimension, and where it is."
