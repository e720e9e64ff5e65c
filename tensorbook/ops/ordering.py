"""The element in the middle, and the different elements that there are."""

from __future__ import annotations

import numpy as np

from ..tensor import Tensor, make, wrap_dim
from .define import op
from .operands import as_array
from .reduction import _named, _shared, scatter_back, take_along  # noqa: F401 (formulas name them)

median_result, nanmedian_result = _named("median"), _named("nanmedian")


def _middle(array: np.ndarray, dim: int, skip_nan: bool) -> np.ndarray:
    """Where the median lies along a dimension, the lower one of two; at a nan if there is one that counts."""
    order = np.argsort(array, dim, kind="stable")  # puts every nan last
    missing = np.isnan(array).sum(dim, keepdims=True) if array.dtype.kind == "f" else np.zeros((1,) * array.ndim, int)
    known = array.shape[dim] - missing
    place = np.maximum(known - 1, 0) // 2 if skip_nan else np.where(missing > 0, known, (known - 1) // 2)
    place = np.broadcast_to(place, [1 if d == dim else n for d, n in enumerate(array.shape)])
    return np.take_along_axis(order, place, dim)


def _median(array: np.ndarray, skip_nan: bool) -> np.ndarray:
    if not array.size:
        return np.array(np.nan, array.dtype)
    flat = array.reshape(-1)
    return flat[_middle(flat, 0, skip_nan)[0]]


median_all = op("median(self)", "_median(self, False)", "MedianBackward0",
                self="_shared(grad, self, None, False, result)")  # fmt: skip
nanmedian_all = op("nanmedian(self)", "_median(self, True)", "NanmedianBackward0",
                   self="_shared(grad, self, None, False, result)")  # fmt: skip
median_values = op("median(self; dim, keepdim, indices)", "take_along(self, indices, dim, keepdim)", "MedianBackward1",
                   self="scatter_back(grad, self.shape, dim, indices, keepdim)")  # fmt: skip
nanmedian_values = op("nanmedian(self; dim, keepdim, indices)", "take_along(self, indices, dim, keepdim)",
                      "NanmedianBackward1",
                      self="scatter_back(grad, self.shape, dim, indices, keepdim)")  # fmt: skip


def _medians(values: object, result: type, self: Tensor, dim: int, keepdim: bool, skip_nan: bool) -> tuple:
    array = self._array
    dim = wrap_dim(dim, array.ndim)
    if not array.ndim:
        indices = make(np.zeros((), np.int64))
    else:
        if not array.shape[dim]:
            raise IndexError(f"median(): Expected reduction dim {dim} to have non-zero size.")
        found = _middle(array, dim, skip_nan)
        indices = make(found if keepdim else found.squeeze(dim))
    return result(values(self, dim, keepdim, indices), indices)


def median(self: Tensor, dim: int | None = None, keepdim: bool = False) -> Tensor | tuple:
    """The element in the middle of the order, the lower one of two; along a dimension also where it is.

    >>> import tensorbook as torch
    >>> torch.tensor([3, 1, 4, 1]).median()
    tensor(1)
    """
    if dim is None:
        return median_all(self)
    return _medians(median_values, median_result, self, dim, keepdim, False)


def nanmedian(self: Tensor, dim: int | None = None, keepdim: bool = False) -> Tensor | tuple:
    """median, where nan does not count."""
    if dim is None:
        return nanmedian_all(self)
    return _medians(nanmedian_values, nanmedian_result, self, dim, keepdim, True)


def _no_derivative(name: str) -> None:
    raise NotImplementedError(f"the derivative for '{name}' is not implemented.")


unique_ = op("unique(self; found)", "found", "Unique2Backward0", self="_no_derivative('_unique2')")
unique_slices = op("unique(self; found)", "found", "UniqueDimBackward0", self="_no_derivative('unique_dim')")


def unique(
    self: Tensor, sorted: bool = True, return_inverse: bool = False, return_counts: bool = False, dim: int | None = None
) -> Tensor | tuple:
    """The different elements in order (or slices, along a dimension), each once.

    Args:
        return_inverse: say, too, at which place of the result each element stands.
        return_counts: say, too, how often each one occurs.

    >>> import tensorbook as torch
    >>> torch.unique(torch.tensor([2, 1, 2]), return_counts=True)
    (tensor([1, 2]), tensor([1, 2]))
    """
    array = self._array
    dim = None if dim is None else wrap_dim(dim, array.ndim)
    found, inverse, counts = np.unique(array, return_inverse=True, return_counts=True, axis=dim, equal_nan=False)
    inverse = inverse.reshape(array.shape if dim is None else -1).astype(np.int64)
    parts = [(unique_ if dim is None else unique_slices)(self, np.ascontiguousarray(found))]
    parts += [make(as_array(inverse))] if return_inverse else []
    parts += [make(as_array(counts.astype(np.int64)))] if return_counts else []
    return parts[0] if len(parts) == 1 else tuple(parts)
