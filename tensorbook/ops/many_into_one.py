"""Many elements into one place: their sum, product, mean or extreme, with what was there or without."""

from __future__ import annotations

import numpy as np

from .. import devices
from ..tensor import Tensor
from . import gathering, view
from .along import check_slices
from .choosing import where
from .define import op
from .gathering import gather_, scatter_value
from .kernels import refuse

REDUCED = {
    "sum": (np.add, lambda d: 0), "prod": (np.multiply, lambda d: 1), "mean": (np.add, lambda d: 0),
    "amax": (np.maximum, lambda d: -np.inf if d.kind == "f" else False if d.kind == "b" else np.iinfo(d).min),
    "amin": (np.minimum, lambda d: np.inf if d.kind == "f" else True if d.kind == "b" else np.iinfo(d).max),
}  # fmt: skip


@devices.through_cpu
def _reduced(
    array: np.ndarray, src: np.ndarray, dim: int, index: np.ndarray, reduce: str, include_self: bool
) -> np.ndarray:
    function, start = REDUCED[reduce]
    shape = array.shape
    array, src, at = np.atleast_1d(array), np.atleast_1d(src), np.atleast_1d(index)
    result = array.copy()
    places = gathering._places(at, dim)
    if not include_self:
        result[places] = start(array.dtype)
    function.at(result, places, src[tuple(slice(n) for n in at.shape)])
    if reduce == "mean":
        count = np.ones(array.shape, array.dtype) if include_self else np.zeros(array.shape, array.dtype)
        np.add.at(count, places, array.dtype.type(1))
        count[count == 0] = 1
        result = result / count if array.dtype.kind == "f" else result // count
    return result.reshape(shape)


def _along(index: Tensor, source: Tensor | np.ndarray, dim: int) -> Tensor:
    """The index of each slice, for each element of the source."""
    shape = source.shape
    lying = [1] * len(shape)
    lying[dim : dim + 1] = [-1] * bool(shape)
    return view.expand_(view.reshape(index, lying), tuple(shape))


scatter_reduce_ = op(
    "scatter_reduce(self, src; dim, index, reduce, include_self)",
    "_reduced(self, src, dim, index._array, reduce, include_self)", "ScatterReduceBackward0",
    self="_of_self(grad, self, src, result, dim, index, reduce, include_self)",
    src="_of_source(grad, self, src, result, dim, index, reduce, include_self)",
)  # fmt: skip
index_reduce_ = op(
    "index_reduce(self, source; dim, index, reduce, include_self)",
    "_reduced(self, source, dim, _along(index, source, dim)._array, reduce, include_self)", "IndexReduceBackward0",
    self="_of_self(grad, self, source, result, dim, _along(index, source, dim), reduce, include_self)",
    source="_of_source(grad, self, source, result, dim, _along(index, source, dim), reduce, include_self)",
)  # fmt: skip


def _of_self(
    grad: Tensor, x: Tensor, src: Tensor, result: Tensor, dim: int, index: Tensor, reduce: str, include_self: bool
) -> Tensor:
    if reduce == "prod":
        slope = grad * scatter_reduce_(x.detach() * 0 + 1, src, dim, index, "prod", True)
    elif reduce in ("amax", "amin"):
        slope = grad * (x == result) / _sharers(x, src, result, dim, index)
    elif reduce == "mean":
        slope = grad / _counts(grad, dim, index, include_self)
    else:
        slope = grad
    return slope if include_self else scatter_value(slope, dim, index, 0)


def _of_source(
    grad: Tensor, x: Tensor, src: Tensor, result: Tensor, dim: int, index: Tensor, reduce: str, include_self: bool
) -> Tensor:
    part = src[tuple(slice(n) for n in index._array.shape)]
    if reduce == "prod":
        slope = _product_slope(grad, x, part, result, dim, index, include_self)
    elif reduce in ("amax", "amin"):
        shared = grad / _sharers(x, src, result, dim, index)
        slope = gather_(shared, dim, index) * (part == gather_(result, dim, index))
    elif reduce == "mean":
        slope = gather_(grad / _counts(grad, dim, index, include_self), dim, index)
    else:
        slope = gather_(grad, dim, index)
    return gathering._put_back_part(slope, src._array.shape)


def _product_slope(
    grad: Tensor, x: Tensor, part: Tensor, result: Tensor, dim: int, index: Tensor, include_self: bool
) -> Tensor:
    """The product of all others: the result without the element, where that is not 0."""
    zero = part == 0
    count = (x.detach() * 0).scatter_add(dim, index, zero.to(part.dtype))
    alone = zero & (gather_(count, dim, index) == 1)
    without = scatter_reduce_(x, part.masked_fill(alone, 1), dim, index, "prod", include_self)
    usual = gather_(grad * result, dim, index) / part.masked_fill(zero, 1)
    return where(alone, gather_(grad * without, dim, index), usual)


def _counts(grad: Tensor, dim: int, index: Tensor, include_self: bool) -> Tensor:
    """How many numbers went into each mean."""
    start = grad.detach() * 0 + (1 if include_self else 0)
    ones = grad.new_ones(index.shape)
    return start.scatter_add(dim, index, ones).clamp(min=1)


def _sharers(x: Tensor, src: Tensor, result: Tensor, dim: int, index: Tensor) -> Tensor:
    """How many numbers equal each extreme: they share its gradient (what was there too, though it did not count)."""
    part = src[tuple(slice(n) for n in index._array.shape)]
    chosen = (part == gather_(result, dim, index)).to(x.dtype)
    return (x == result).to(x.dtype).scatter_add(dim, index, chosen)


def scatter_reduce(
    self: Tensor, dim: int, index: Tensor, src: Tensor, reduce: str, *, include_self: bool = True
) -> Tensor:
    """A copy in which all elements of `src` that `index` sends to one place are reduced to one, with what was there.

    Args:
        reduce: "sum", "prod", "mean", "amax" or "amin".
        include_self: whether what was there counts.

    >>> import tensorbook as torch
    >>> torch.zeros(2).scatter_reduce(0, torch.tensor([0, 1, 1]), torch.tensor([3.0, 5.0, 4.0]), "amax")
    tensor([3., 5.])
    """
    if reduce not in REDUCED:
        raise RuntimeError(f"reduce argument must be either sum, prod, mean, amax or amin, got {reduce}")
    dim = gathering.check_scatter("scatter", self, dim, index, src)
    if reduce == "mean":
        refuse("scatter_gather_tensor_cpu_reduce_mean", self._array)
    return scatter_reduce_(self, src, dim, index, reduce, include_self)


def index_reduce(
    self: Tensor, dim: int, index: Tensor, source: Tensor, reduce: str, *, include_self: bool = True
) -> Tensor:
    """A copy in which all slices of `source` that `index` sends to one slice are reduced to one, with what was there.

    Args:
        reduce: "prod", "mean", "amax" or "amin".
        include_self: whether what was there counts.

    >>> import tensorbook as torch
    >>> torch.ones(2).index_reduce(0, torch.tensor([1, 1]), torch.tensor([3.0, 5.0]), "prod")
    tensor([ 1., 15.])
    """
    if reduce not in ("prod", "mean", "amax", "amin"):
        raise RuntimeError(f"index_reduce(): Expected reduce to be one of prod, mean, amax or amin but got {reduce}.")
    dim = check_slices(self, dim, index, source, "index_reduce_")
    return index_reduce_(self, source, dim, index, reduce, include_self)
