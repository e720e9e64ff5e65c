"""Order: sorting, and the elements that stand in the middle, k-th, or most often."""

from __future__ import annotations

import numpy as np

from .. import devices
from ..tensor import Tensor, make, wrap_dim
from .define import op
from .introsort import SHORT, introsorted
from .kernels import refuse
from .layout import as_operand
from .operands import as_array, in_order
from .reduction import _not_empty, _shared_by_all, scatter_back, take_along  # noqa: F401 (formulas name them)
from .results import named

sort_result, topk_result, median_result, nanmedian_result, mode_result, kthvalue_result = (
    named(name) for name in ("sort", "topk", "median", "nanmedian", "mode", "kthvalue")
)

# ---- sorting


def _picked(array: np.ndarray, dim: int, indices: Tensor) -> np.ndarray:
    return np.take_along_axis(array, indices._array, dim) if array.ndim else array.copy()


sort_values = op("sort(self; dim, indices)", "_picked(self, dim, indices)", "SortBackward0",
                 self="scatter_back(grad, self.shape, dim, indices, True)", layout="as_operand")  # fmt: skip
topk_values = op("topk(self; dim, indices)", "_picked(self, dim, indices)", "TopkBackward0",
                 self="scatter_back(grad, self.shape, dim, indices, True)")  # fmt: skip


def argsort(self: Tensor, dim: int = -1, descending: bool = False, stable: bool = False) -> Tensor:
    """The indices that sort the elements along a dimension."""
    if not self._array.ndim:
        return make(as_array(np.zeros_like(self._array, dtype=np.int64)))
    array = self._array
    dim = wrap_dim(dim, array.ndim)
    if not descending:
        return as_sorted(np.argsort(array, dim, kind="stable"), self)
    # stable from the other end: sort the reversed elements and count the indices from there
    reverse = np.flip(np.argsort(np.flip(array, dim), dim, kind="stable"), dim)
    return as_sorted(array.shape[dim] - 1 - reverse, self)


def as_sorted(indices: np.ndarray, x: Tensor) -> Tensor:
    """Indices laid out as the tensor that they are about."""
    if x._array.flags.c_contiguous:
        return make(in_order(indices))
    indices, storage = as_operand(indices, x._array)
    return make(indices, storage)


def sort(self: Tensor, dim: int = -1, descending: bool = False, *, stable: bool = False) -> tuple:
    """The elements in order along a dimension, and where they were.

    >>> import tensorbook as torch
    >>> torch.tensor([3, 1, 2]).sort(descending=True).values
    tensor([3, 2, 1])
    """
    dim = wrap_dim(dim, self._array.ndim)
    indices = argsort(self, dim, descending)
    return sort_result(sort_values(self, dim, indices), indices)


def msort(self: Tensor) -> Tensor:
    """The elements in order along the first dimension."""
    return sort(self, 0)[0]


def topk(self: Tensor, k: int, dim: int = -1, largest: bool = True, sorted: bool = True) -> tuple:
    """The k largest (or smallest) elements along a dimension, and where they are.

    >>> import tensorbook as torch
    >>> torch.tensor([3, 1, 2]).topk(2).indices
    tensor([0, 2])
    """
    dim = wrap_dim(dim, self._array.ndim)
    if self._array.dtype.kind == "b":
        raise RuntimeError("topk does not support bool dtypes on CPU")
    if not 0 <= k <= (self._array.shape[dim] if self._array.ndim else 1):
        raise RuntimeError("selected index k out of range")
    order = argsort(self, dim, descending=largest)
    first = order._array[(slice(None),) * dim + (slice(k),)] if self._array.ndim else order._array
    indices = make(in_order(first))
    return topk_result(topk_values(self, dim, indices), indices)


# ---- the element in the middle


@devices.through_cpu
def _middle(array: np.ndarray, dim: int, skip_nan: bool) -> np.ndarray:
    """Where the median lies along a dimension, the lower one of two; at a nan if there is one that counts."""
    order = np.argsort(array, dim, kind="stable")  # puts every nan last
    missing = np.isnan(array).sum(dim, keepdims=True) if array.dtype.kind == "f" else np.zeros((1,) * array.ndim, int)
    known = array.shape[dim] - missing
    place = np.maximum(known - 1, 0) // 2 if skip_nan else np.where(missing > 0, known, (known - 1) // 2)
    place = np.broadcast_to(place, [1 if d == dim else n for d, n in enumerate(array.shape)])
    return np.take_along_axis(order, place, dim)


NOTHING = {4: -(2**31), 8: -(2**63)}  # what nan becomes as an int32 and an int64


def _median(array: np.ndarray, skip_nan: bool) -> np.ndarray:
    if not array.size:
        return np.array(np.nan if array.dtype.kind in "fb" else NOTHING.get(array.dtype.itemsize, 0), array.dtype)
    refuse("median_cpu", array)
    flat = array.reshape(-1)
    return flat[_middle(flat, 0, skip_nan)[0]]


median_all = op("median(self)", "_median(self, False)", "MedianBackward0",
                self="_shared_by_all(grad, self, result)")  # fmt: skip
nanmedian_all = op("nanmedian(self)", "_median(self, True)", "NanmedianBackward0",
                   self="_shared_by_all(grad, self, result)")  # fmt: skip
median_values = op("median(self; dim, keepdim, indices)", "take_along(self, indices, dim, keepdim)", "MedianBackward1",
                   self="scatter_back(grad, self.shape, dim, indices, keepdim)")  # fmt: skip
nanmedian_values = op("nanmedian(self; dim, keepdim, indices)", "take_along(self, indices, dim, keepdim)",
                      "NanmedianBackward1",
                      self="scatter_back(grad, self.shape, dim, indices, keepdim)")  # fmt: skip


def _medians(values: object, result: type, self: Tensor, dim: int, keepdim: bool, skip_nan: bool) -> tuple:
    array = self._array
    dim = wrap_dim(dim, array.ndim)
    refuse("median_out", array)
    if not array.ndim:
        indices = make(np.zeros((), np.int64))
    else:
        _not_empty("median", self, (dim,))
        found = _middle(array, dim, skip_nan)
        indices = make(in_order(found if keepdim else found.squeeze(dim)))
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


# ---- the k-th, and the one that occurs most often

kthvalue_values = op("kthvalue(self; dim, keepdim, indices)", "take_along(self, indices, dim, keepdim)",
                     "KthvalueBackward0",
                     self="scatter_back(grad, self.shape, dim, indices, keepdim)")  # fmt: skip
mode_values = op("mode(self; dim, keepdim, indices)", "take_along(self, indices, dim, keepdim)", "ModeBackward0",
                 self="scatter_back(grad, self.shape, dim, indices, keepdim)")  # fmt: skip


def kthvalue(self: Tensor, k: int, dim: int = -1, keepdim: bool = False) -> tuple:
    """The k-th smallest element along a dimension (k counts from 1), and where it is.

    >>> import tensorbook as torch
    >>> torch.tensor([5, 3, 9]).kthvalue(2).values
    tensor(5)
    """
    dim = wrap_dim(dim, self._array.ndim)
    _not_empty("kthvalue", self, (dim,))
    if not 1 <= k <= (self._array.shape[dim] if self._array.ndim else 1):
        raise RuntimeError("kthvalue(): selected number k out of range for dimension " + str(dim))
    refuse("kthvalue_cpu", self._array)
    order = argsort(self, dim)._array
    found = order[(slice(None),) * dim + (slice(k - 1, k),)] if self._array.ndim else order
    indices = make(in_order(found if keepdim or not self._array.ndim else found.squeeze(dim)))
    return kthvalue_result(kthvalue_values(self, dim, keepdim, indices), indices)


@devices.through_cpu
def _most_frequent(array: np.ndarray, dim: int) -> np.ndarray:
    """Where the element stands last that occurs most often along a dimension; the smallest of several such."""
    n = array.shape[dim]
    if n <= 10_000 and (n > SHORT or array.dtype.kind == "f"):  # beyond, which of the equal ones is not PyTorch's
        lists = np.moveaxis(array, dim, -1).reshape(-1, n).tolist()
        order = np.array([introsorted(values) for values in lists], np.int64)
        order = np.moveaxis(order.reshape(np.moveaxis(array, dim, -1).shape), -1, dim)
    else:
        order = np.argsort(array, dim, kind="stable")
    ranked = np.moveaxis(np.take_along_axis(array, order, dim), dim, -1)
    n = ranked.shape[-1]
    new = np.concatenate([np.ones_like(ranked[..., :1], dtype=bool), ranked[..., 1:] != ranked[..., :-1]], -1)
    start = np.maximum.accumulate(np.where(new, np.arange(n), 0), -1)
    last = (np.arange(n) - start).argmax(-1, keepdims=True)  # where the first of the longest runs ends
    return np.take_along_axis(order, np.moveaxis(last, -1, dim), dim)


def mode(self: Tensor, dim: int = -1, keepdim: bool = False) -> tuple:
    """The element that occurs most often along a dimension, the smallest of several, and where it is.

    >>> import tensorbook as torch
    >>> torch.tensor([2, 1, 2, 3]).mode().values
    tensor(2)
    """
    dim = wrap_dim(dim, self._array.ndim)
    _not_empty("mode", self, (dim,))
    found = _most_frequent(self._array, dim) if self._array.ndim else np.zeros_like(self._array, dtype=np.int64)
    indices = make(found if keepdim or not self._array.ndim else found.squeeze(dim))
    return mode_result(mode_values(self, dim, keepdim, indices), indices)
