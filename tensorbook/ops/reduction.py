"""Many elements into one: over everything, or along one or several dimensions."""

from __future__ import annotations

import builtins
import math
from collections import namedtuple
from collections.abc import Sequence

import numpy as np

from .. import dtypes
from ..tensor import Tensor, make, wrap_dim
from .define import op
from .joining import cat, stack
from .operands import as_array, cast, floating, in_order
from .pointwise import maximum, minimum
from .view import expand_

Dims = int | Sequence[int] | None


def all_dims(dim: Dims, ndim: int) -> tuple[int, ...]:
    """The dimensions meant, counted from the front; none given means all."""
    if dim is None or (not isinstance(dim, int) and len(dim) == 0):
        return tuple(range(ndim))
    dims = tuple(wrap_dim(d, ndim) for d in ((dim,) if isinstance(dim, int) else dim))
    if len(set(dims)) != len(dims):
        raise RuntimeError(f"dim {dims[0]} appears multiple times in the list of dims")
    return dims if ndim else ()


def spread(grad: Tensor, shape: tuple[int, ...], dims: tuple[int, ...], keepdim: bool) -> Tensor:
    """A reduced gradient stretched back over what was reduced; nothing is copied."""
    if not keepdim and dims and len(shape) > 0:
        kept = tuple([1 if i in dims else n for i, n in enumerate(shape)])
        grad = grad.reshape(kept)
    return expand_(grad, shape)


def _wide(x: Tensor, dtype: dtypes.dtype | None) -> Tensor:
    """Sums of integers are int64 unless asked otherwise."""
    if dtype is not None:
        return x.to(dtype)
    return x if x._array.dtype.kind == "f" else cast(x, np.dtype("i8"))


def _mean(array: np.ndarray) -> np.ndarray:
    return np.add.reduce(array, None) / array.dtype.type(array.size)


sum_all = op("sum(self)", "np.add.reduce(self, None)", "SumBackward0", self="expand_(grad, self.shape)")
sum_dim = op("sum(self; dim, keepdim)", "self.sum(dim, keepdims=keepdim)", "SumBackward1",
             self="spread(grad, self.shape, dim, keepdim)")  # fmt: skip
mean_all = op("mean(self)", "_mean(self)", "MeanBackward0", self="expand_(grad / count(self.shape), self.shape)")
mean_dim = op("mean(self; dim, keepdim)", "self.mean(dim, keepdims=keepdim)", "MeanBackward1",
              self="spread(grad, self.shape, dim, keepdim) / count([self.shape[d] for d in dim])")  # fmt: skip
count = math.prod


def sum(self: Tensor, dim: Dims = None, keepdim: bool = False, *, dtype: dtypes.dtype | None = None) -> Tensor:
    """The sum of all elements, or along dimensions.

    >>> import tensorbook as torch
    >>> torch.ones(2, 3).sum(), torch.ones(2, 3).sum(0), torch.tensor([True, True]).sum()
    (tensor(6.), tensor([2., 2., 2.]), tensor(2))
    """
    if dtype is not None or self._array.dtype.kind != "f":
        self = _wide(self, dtype)
    if dim is None and not keepdim:
        return sum_all(self)
    return sum_dim(self, all_dims(dim, self._array.ndim), keepdim)


def mean(self: Tensor, dim: Dims = None, keepdim: bool = False, *, dtype: dtypes.dtype | None = None) -> Tensor:
    """The mean of all elements, or along dimensions. RuntimeError for integers, as in PyTorch."""
    if dtype is not None:
        self = self.to(dtype)
    if self._array.dtype.kind != "f":
        kind = {"b": "Bool"}.get(self._array.dtype.kind, {8: "Long", 4: "Int", 2: "Short"}.get(self.itemsize, "Byte"))
        raise RuntimeError(
            "mean(): could not infer output dtype. Input dtype must be either a floating point or complex dtype. "
            f"Got: {kind}"
        )
    if dim is None and not keepdim:
        return mean_all(self)
    return mean_dim(self, all_dims(dim, self._array.ndim), keepdim)


def _var(array: np.ndarray, dim: tuple[int, ...], correction: float, keepdim: bool) -> np.ndarray:
    n = math.prod(array.shape[d] for d in dim)
    deviation = array - array.mean(dim, keepdims=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        return (deviation * deviation).sum(dim, keepdims=keepdim) / array.dtype.type(builtins.max(n - correction, 0))


# ---- variance

var_ = op("var(self; dim, correction, keepdim)", "_var(self, dim, correction, keepdim)", "VarBackward0",
          self="_var_grad(grad, self, dim, correction, keepdim)")  # fmt: skip
std_ = op("std(self; dim, correction, keepdim)", "np.sqrt(_var(self, dim, correction, keepdim))", "StdBackward0",
          self="_var_grad(grad / (result * 2), self, dim, correction, keepdim)")  # fmt: skip


def _var_grad(grad: Tensor, x: Tensor, dim: tuple[int, ...], correction: float, keepdim: bool) -> Tensor:
    n = math.prod(x._array.shape[d] for d in dim)
    deviation = x - mean_dim(x, dim, True)
    return (
        spread(grad, x._array.shape, dim, keepdim)
        * deviation
        * (2.0 / builtins.max(n - correction, 0) if n > correction else math.inf)
    )


def _moments(what: object, self: Tensor, dim: Dims, unbiased: bool, correction: float | None, keepdim: bool) -> Tensor:
    if isinstance(dim, bool):  # std(False): only `unbiased` was given
        dim, unbiased = None, dim
    if self._array.dtype.kind != "f":
        raise RuntimeError(f"std and var only support floating point and complex dtypes, got {self.dtype}")
    return what(self, all_dims(dim, self._array.ndim), float(unbiased) if correction is None else correction, keepdim)


def var(
    self: Tensor, dim: Dims = None, unbiased: bool = True, keepdim: bool = False, *, correction: float | None = None
) -> Tensor:
    """The mean squared distance from the mean; divides by n - 1 unless correction says otherwise."""
    return _moments(var_, self, dim, unbiased, correction, keepdim)


def std(
    self: Tensor, dim: Dims = None, unbiased: bool = True, keepdim: bool = False, *, correction: float | None = None
) -> Tensor:
    """The square root of the variance."""
    return _moments(std_, self, dim, unbiased, correction, keepdim)


# ---- products, powers

prod_all = op(
    "prod(self)", "np.multiply.reduce(self, None)", "ProdBackward0", self="_prod_grad(grad, self, None, result)"
)
prod_dim = op("prod(self; dim, keepdim)", "self.prod(dim, keepdims=keepdim)", "ProdBackward1",
              self="_prod_grad(grad if keepdim else grad.unsqueeze(dim), self, dim, result)")  # fmt: skip


def _prod_grad(grad: Tensor, x: Tensor, dim: int | None, result: Tensor) -> Tensor:
    """The product of all the others, without dividing: products from the left times products from the right."""
    flat = x.reshape(-1) if dim is None else x
    axis = 0 if dim is None else dim
    ones = flat.narrow(axis, 0, 1) * 0 + 1
    left = cat([ones, flat.narrow(axis, 0, flat.size(axis) - 1)], axis).cumprod(axis)
    right = cat([flat.narrow(axis, 1, flat.size(axis) - 1), ones], axis).flip(axis).cumprod(axis).flip(axis)
    return (grad * (left * right)).reshape(x._array.shape)


def prod(self: Tensor, dim: int | None = None, keepdim: bool = False, *, dtype: dtypes.dtype | None = None) -> Tensor:
    """The product of all elements, or along a dimension."""
    self = _wide(self, dtype)
    return prod_all(self) if dim is None else prod_dim(self, wrap_dim(dim, self._array.ndim), keepdim)


def _norm(array: np.ndarray, ord: float, dim: tuple[int, ...], keepdim: bool) -> np.ndarray:
    size = np.abs(array)
    if ord == 2:
        return np.sqrt((array * array).sum(dim, keepdims=keepdim))
    if ord == math.inf:
        return size.max(dim, keepdims=keepdim)
    if ord == -math.inf:
        return size.min(dim, keepdims=keepdim)
    if ord == 0:
        return (array != 0).sum(dim, keepdims=keepdim).astype(array.dtype)
    return ((size**ord).sum(dim, keepdims=keepdim) ** (1 / ord)).astype(array.dtype)


norm_ = op("linalg_vector_norm(self; ord, dim, keepdim)", "_norm(self, ord, dim, keepdim)", "LinalgVectorNormBackward0",
           self="_norm_grad(grad, self, ord, dim, keepdim, result)")  # fmt: skip


def _norm_grad(grad: Tensor, x: Tensor, ord: float, dim: tuple, keepdim: bool, result: Tensor) -> Tensor:
    shape = x._array.shape
    grad, result = spread(grad, shape, dim, keepdim), spread(result, shape, dim, keepdim)
    if ord == 2:
        return grad * (x / result).masked_fill(result == 0, 0)
    if ord in (math.inf, -math.inf):
        largest = x.abs() == result
        return grad * x.sign() * largest / spread(largest.sum(dim, True), shape, dim, True)
    if ord == 0:
        return grad * 0
    return grad * (x.sign() * (x.abs() / result) ** (ord - 1)).masked_fill(result == 0, 0)


def norm(self: Tensor, p: float | str = 2, dim: Dims = None, keepdim: bool = False) -> Tensor:
    """The length of a vector: the p-th root of the sum of p-th powers of the sizes."""
    p = 2 if p == "fro" else p
    return norm_(self, float(p), all_dims(dim, self._array.ndim), keepdim)


def take_along(array: np.ndarray, indices: Tensor, dim: int, keepdim: bool) -> np.ndarray:
    if array.ndim == 0:
        return array.copy()
    index = indices._array if keepdim else np.expand_dims(indices._array, dim)
    values = np.take_along_axis(array, index, dim)
    return values if keepdim else values.squeeze(dim)


# ---- the largest and the smallest

amax_ = op("amax(self; dim, keepdim)", "self.max(dim, keepdims=keepdim)", "AmaxBackward0",
           self="_shared(grad, self, dim, keepdim, result)")  # fmt: skip
amin_ = op("amin(self; dim, keepdim)", "self.min(dim, keepdims=keepdim)", "AminBackward0",
           self="_shared(grad, self, dim, keepdim, result)")  # fmt: skip
max_all = op("max(self)", "self.max()", "MaxBackward1", self="_shared(grad, self, None, False, result)")
min_all = op("min(self)", "self.min()", "MinBackward1", self="_shared(grad, self, None, False, result)")
max_values = op("max(self; dim, keepdim, indices)", "take_along(self, indices, dim, keepdim)", "MaxBackward0",
                self="scatter_back(grad, self.shape, dim, indices, keepdim)")  # fmt: skip
min_values = op("min(self; dim, keepdim, indices)", "take_along(self, indices, dim, keepdim)", "MinBackward0",
                self="scatter_back(grad, self.shape, dim, indices, keepdim)")  # fmt: skip
sort_values = op("sort(self; dim, indices)", "np.take_along_axis(self, indices._array, dim)", "SortBackward0",
                 self="scatter_back(grad, self.shape, dim, indices, True)")  # fmt: skip


def _shared(grad: Tensor, x: Tensor, dim: tuple[int, ...] | None, keepdim: bool, result: Tensor) -> Tensor:
    """Equal extremes share the gradient evenly."""
    shape = x._array.shape
    dim = all_dims(dim, len(shape))
    chosen = (x == spread(result, shape, dim, keepdim)).to(x.dtype)
    return spread(grad, shape, dim, keepdim) * chosen / spread(sum_dim(chosen, dim, True), shape, dim, True)


topk_values = op("topk(self; dim, indices)", "np.take_along_axis(self, indices._array, dim)", "TopkBackward0",
                 self="scatter_back(grad, self.shape, dim, indices, True)")  # fmt: skip


def scatter_back(grad: Tensor, shape: tuple[int, ...], dim: int, indices: Tensor, keepdim: bool) -> Tensor:
    if not shape:
        return grad
    if not keepdim:
        grad, indices = grad.unsqueeze(dim), indices.unsqueeze(dim)
    return put_along(grad, shape, dim, indices)


def _put_along(grad: np.ndarray, shape: tuple[int, ...], dim: int, indices: Tensor) -> np.ndarray:
    whole = np.zeros_like(grad, shape=shape)
    np.put_along_axis(whole, indices._array, grad, dim)
    return whole


put_along = op("put_along(grad_; shape, dim, indices)", "_put_along(grad_, shape, dim, indices)", "PutAlongBackward0",
               grad_="grad.gather(dim, indices)")  # fmt: skip


def _named(name: str) -> type:
    """What a reduction with two results returns; prints as PyTorch's does."""
    cls = namedtuple(name, ["values", "indices"])
    cls.__repr__ = lambda self: f"torch.return_types.{name}(\nvalues={self.values!r},\nindices={self.indices!r})"
    cls.__module__ = "tensorbook.return_types"
    return cls


max_result, min_result, sort_result, topk_result = (_named(name) for name in ("max", "min", "sort", "topk"))


def _extreme(
    self: Tensor, dim: object, keepdim: bool, whole: object, values: object, arg: str, named: type, pair: object
):
    if isinstance(dim, Tensor):
        return pair(self, dim)
    if self._array.size == 0 and dim is None:
        name = named.__name__
        raise RuntimeError(
            f"{name}(): Expected reduction dim to be specified for input.numel() == 0. Specify the reduction dim with "
            "the 'dim' argument."
        )
    if dim is None:
        return whole(self)
    dim = wrap_dim(dim, self._array.ndim)
    indices = _arg(self, dim, keepdim, arg)
    return named(values(self, dim, keepdim, indices), indices)


def _arg(self: Tensor, dim: int | None, keepdim: bool, name: str) -> Tensor:
    array = self._array
    if array.size == 0 and dim is None:
        raise IndexError(f"{name}(): Expected reduction dim to be specified for input.numel() == 0.")
    if array.ndim == 0:
        return make(as_array(np.zeros_like(array, dtype=np.int64)))
    return make(as_array(getattr(array, name)(dim, keepdims=keepdim)))


def max(self: Tensor, dim: int | Tensor | None = None, keepdim: bool = False) -> Tensor | tuple:
    """The largest element; along a dimension, the largest elements and where they are; with a tensor, elementwise.

    >>> import tensorbook as torch
    >>> torch.tensor([[1, 5], [4, 2]]).max(dim=1)
    torch.return_types.max(
    values=tensor([5, 4]),
    indices=tensor([1, 0]))
    """
    return _extreme(self, dim, keepdim, max_all, max_values, "argmax", max_result, maximum)


def min(self: Tensor, dim: int | Tensor | None = None, keepdim: bool = False) -> Tensor | tuple:
    """The smallest element; along a dimension, the smallest elements and where they are; with a tensor, elementwise."""
    return _extreme(self, dim, keepdim, min_all, min_values, "argmin", min_result, minimum)


def amax(self: Tensor, dim: Dims = (), keepdim: bool = False) -> Tensor:
    """The largest elements along dimensions; equal ones share the gradient."""
    return amax_(self, all_dims(dim, self._array.ndim), keepdim)


def amin(self: Tensor, dim: Dims = (), keepdim: bool = False) -> Tensor:
    """The smallest elements along dimensions; equal ones share the gradient."""
    return amin_(self, all_dims(dim, self._array.ndim), keepdim)


def _no_bool(name: str, x: Tensor) -> None:
    if x._array.dtype.kind == "b":
        raise RuntimeError(f"{name}(): does not support bool input")


def argmax(self: Tensor, dim: int | None = None, keepdim: bool = False) -> Tensor:
    """Where the largest element is: in the flattened tensor, or along a dimension."""
    _no_bool("argmax", self)
    return _arg(self, None if dim is None else wrap_dim(dim, self._array.ndim), keepdim, "argmax")


def argmin(self: Tensor, dim: int | None = None, keepdim: bool = False) -> Tensor:
    """Where the smallest element is: in the flattened tensor, or along a dimension."""
    _no_bool("argmin", self)
    return _arg(self, None if dim is None else wrap_dim(dim, self._array.ndim), keepdim, "argmin")


def argsort(self: Tensor, dim: int = -1, descending: bool = False, stable: bool = False) -> Tensor:
    """The indices that sort the elements along a dimension."""
    if not self._array.ndim:
        return make(as_array(np.zeros_like(self._array, dtype=np.int64)))
    array = self._array
    dim = wrap_dim(dim, array.ndim)
    if not descending:
        return make(np.argsort(array, dim, kind="stable"))
    # stable from the other end: sort the reversed elements and count the indices from there
    reverse = np.flip(np.argsort(np.flip(array, dim), dim, kind="stable"), dim)
    return make(in_order(array.shape[dim] - 1 - reverse))


def sort(self: Tensor, dim: int = -1, descending: bool = False, stable: bool = False) -> tuple:
    """The elements in order along a dimension, and where they were."""
    dim = wrap_dim(dim, self._array.ndim)
    indices = argsort(self, dim, descending)
    values = sort_values(self, dim, indices) if self._array.ndim else self.clone()
    return sort_result(values, indices)


# ---- truth


def _truth(self: Tensor, name: str, dim: Dims, keepdim: bool) -> Tensor:
    array = self._array
    result = as_array(getattr(array.astype(bool), name)(all_dims(dim, array.ndim) or None, keepdims=keepdim))
    return make(result.astype(np.uint8) if array.dtype == np.uint8 else result)  # bytes were PyTorch's first bools


def all(self: Tensor, dim: Dims = None, keepdim: bool = False) -> Tensor:
    """Whether every element is true (not 0)."""
    return _truth(self, "all", dim, keepdim)


def any(self: Tensor, dim: Dims = None, keepdim: bool = False) -> Tensor:
    """Whether some element is true (not 0)."""
    return _truth(self, "any", dim, keepdim)


def count_nonzero(self: Tensor, dim: Dims = None) -> Tensor:
    """How many elements are not 0."""
    return make(as_array((self._array != 0).sum(all_dims(dim, self._array.ndim) or None, dtype=np.int64)))


def _logsumexp(array: np.ndarray, dim: tuple[int, ...], keepdim: bool) -> np.ndarray:
    largest = array.max(dim, keepdims=True)
    largest = np.where(np.isfinite(largest), largest, array.dtype.type(0))
    total = np.log(np.exp(array - largest).sum(dim, keepdims=True)) + largest
    return total if keepdim else total.squeeze(dim)


# ---- running sums, order

cumsum_ = op("cumsum(self; dim)", "np.cumsum(self, dim, dtype=self.dtype)", "CumsumBackward0",
             self="cumsum_(grad.flip(dim), dim).flip(dim)")  # fmt: skip
cumprod_ = op("cumprod(self; dim)", "np.cumprod(self, dim, dtype=self.dtype)", "CumprodBackward0",
              self="_cumprod_grad(grad, self, dim)")  # fmt: skip
flip_ = op(
    "flip(self; dims)",
    "np.flip(self, dims).copy(order='K') if self.ndim else self.copy()",
    "FlipBackward0",
    self="flip_(grad, dims)",
)
roll_ = op("roll(self; shifts, dims)", "np.roll(self, shifts, dims)", "RollBackward0",
           self="roll_(grad, negated(shifts), dims)")  # fmt: skip
logsumexp_ = op("logsumexp(self; dim, keepdim)", "_logsumexp(self, dim, keepdim)", "LogsumexpBackward0",
                self="_logsumexp_grad(grad, self, dim, keepdim, result)")  # fmt: skip


def _cumprod_grad(grad: Tensor, x: Tensor, dim: int) -> Tensor:
    """For each element, the products it is part of, without it: right where some element is 0, too."""
    slices = x.unbind(dim)
    parts = []
    for i in range(len(slices)):
        others = stack([s * 0 + 1 if j == i else s for j, s in enumerate(slices)], dim)
        later = cumprod_(others, dim).narrow(dim, i, len(slices) - i)
        parts.append((grad.narrow(dim, i, len(slices) - i) * later).sum(dim))
    return stack(parts, dim)


def negated(shifts: int | tuple[int, ...]) -> int | tuple[int, ...]:
    return -shifts if isinstance(shifts, int) else tuple(-s for s in shifts)


def cumsum(self: Tensor, dim: int, *, dtype: dtypes.dtype | None = None) -> Tensor:
    """Sums of all elements so far along a dimension."""
    self = _wide(self, dtype)
    return cumsum_(self, wrap_dim(dim, self._array.ndim)) if self._array.ndim else self.clone()


def cumprod(self: Tensor, dim: int, *, dtype: dtypes.dtype | None = None) -> Tensor:
    """Products of all elements so far along a dimension."""
    self = _wide(self, dtype)
    return cumprod_(self, wrap_dim(dim, self._array.ndim)) if self._array.ndim else self.clone()


def flip(self: Tensor, *dims: int | Sequence[int]) -> Tensor:
    """The elements in reverse order along dimensions. A copy: strides are never negative."""
    dims = dims[0] if len(dims) == 1 and not isinstance(dims[0], int) else dims
    return flip_(self, tuple(wrap_dim(d, self._array.ndim) for d in dims))


def roll(self: Tensor, shifts: int | Sequence[int], dims: int | Sequence[int] | None = None) -> Tensor:
    """The elements moved along, those that fall out coming in at the other end."""
    return roll_(self, *(v if v is None or isinstance(v, int) else tuple(v) for v in (shifts, dims)))


def _logsumexp_grad(grad: Tensor, x: Tensor, dim: tuple[int, ...], keepdim: bool, result: Tensor) -> Tensor:
    shape = x._array.shape
    return spread(grad, shape, dim, keepdim) * (x - spread(result, shape, dim, keepdim)).exp()


def logsumexp(self: Tensor, dim: Dims, keepdim: bool = False) -> Tensor:
    """log(sum(exp(self))) along dimensions, without overflow."""
    self = floating(self)
    return logsumexp_(self, all_dims(dim, self._array.ndim), keepdim)
