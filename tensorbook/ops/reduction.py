"""Many elements into one: over everything, or along one or several dimensions."""

from __future__ import annotations

import builtins
import math
from collections.abc import Sequence

import numpy as np

from .. import dtypes
from ..dims import every_dim
from ..tensor import Tensor, make, wrap_dim
from .choosing import keep_where, maximum, minimum
from .define import op
from .joining import cat
from .layout import row_by_row
from .operands import as_array, cast, floating
from .results import named
from .view import expand_, sizes
from .words import scalar_type

Dims = int | Sequence[int] | None


def all_dims(dim: Dims, ndim: int) -> tuple[int, ...]:
    """The dimensions meant, counted from the front; none given means all."""
    if dim is None or (not isinstance(dim, (int, np.integer)) and len(dim) == 0):
        return every_dim(ndim, None if dim is None else ())
    dims = tuple(wrap_dim(d, ndim) for d in ((dim,) if isinstance(dim, (int, np.integer)) else dim))
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
        return cast(x, dtype.numpy)
    return x if x._array.dtype.kind == "f" else cast(x, np.dtype("i8"))


def _mean(array: np.ndarray) -> np.ndarray:
    return np.add.reduce(array, None) / array.dtype.type(array.size or math.nan)  # of nothing: nan, and no warning


sum_all = op(
    "sum(self)",
    "np.add.reduce(self, None) if self.dtype.kind == 'f' else self.sum(dtype=self.dtype)",
    "SumBackward0",
    self="expand_(grad, self.shape)",
)
sum_dim = op("sum(self; dim, keepdim)", "self.sum(dim, self.dtype, keepdims=keepdim)", "SumBackward1",
             self="spread(grad, self.shape, dim, keepdim)")  # fmt: skip
mean_all = op("mean(self)", "_mean(self)", "MeanBackward0", self="expand_(grad / count(self.shape), self.shape)")
mean_dim = op("mean(self; dim, keepdim)",
              "self.mean(dim, keepdims=keepdim) if self.size else self.sum(dim, keepdims=keepdim) * math.nan",
              "MeanBackward1",
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
        self = cast(self, dtype.numpy)
    if self._array.dtype.kind != "f":
        raise RuntimeError(
            "mean(): could not infer output dtype. Input dtype must be either a floating point or complex dtype. "
            f"Got: {scalar_type(self)}"
        )
    if dim is None and not keepdim:
        return mean_all(self)
    return mean_dim(self, all_dims(dim, self._array.ndim), keepdim)


def sum_to_size(self: Tensor, *size: int) -> Tensor:
    """Summed over every dimension in which the size is smaller: what undoes broadcasting."""
    shape = sizes(size)
    extra = self._array.ndim - len(shape)
    if extra < 0 or builtins.any(n not in (1, m) for n, m in zip(shape, self._array.shape[extra:], strict=True)):
        raise RuntimeError(f"size {{{list(shape)}}} is not expandable to size {{{list(self.shape)}}}.")
    dims = [*range(extra), *(extra + d for d, n in enumerate(shape) if n == 1 and self._array.shape[extra + d] != 1)]
    total = sum(self, dims, True) if dims else self
    return total.view(shape) if extra else total


# ---- products, powers

prod_all = op("prod(self)", "self.prod(dtype=self.dtype)", "ProdBackward0", self="_prod_grad(grad, self, None, result)")
prod_dim = op("prod(self; dim, keepdim)", "self.prod(dim, self.dtype, keepdims=keepdim)", "ProdBackward1",
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
    if array.dtype.itemsize == 2:  # sums in single precision
        return _norm(array.astype("f4"), ord, dim, keepdim).astype("f2")
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
max_all = op("max(self)", "self.max()", "MaxBackward1", self="_shared_by_all(grad, self, result)")
min_all = op("min(self)", "self.min()", "MinBackward1", self="_shared_by_all(grad, self, result)")
max_values = op("max(self; dim, keepdim, indices)", "take_along(self, indices, dim, keepdim)", "MaxBackward0",
                self="scatter_back(grad, self.shape, dim, indices, keepdim)")  # fmt: skip
min_values = op("min(self; dim, keepdim, indices)", "take_along(self, indices, dim, keepdim)", "MinBackward0",
                self="scatter_back(grad, self.shape, dim, indices, keepdim)")  # fmt: skip


def _shared(grad: Tensor, x: Tensor, dim: tuple[int, ...] | None, keepdim: bool, result: Tensor) -> Tensor:
    """Equal extremes share the gradient evenly."""
    shape = x._array.shape
    dim = all_dims(dim, len(shape))
    chosen = (x == spread(result, shape, dim, keepdim)).to(x.dtype)
    return spread(grad, shape, dim, keepdim) * chosen / spread(sum_dim(chosen, dim, True), shape, dim, True)


def _shared_by_all(grad: Tensor, x: Tensor, result: Tensor) -> Tensor:
    """The gradient of one number, shared by all elements that equal it; 0 for all others, even where it is inf."""
    mask = x._array == result._array
    return keep_where(expand_(grad / int(mask.sum()), x._array.shape), mask)


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


max_result, min_result = named("max"), named("min")


def _extreme(
    self: Tensor, dim: object, keepdim: bool, whole: object, values: object, arg: str, named: type, pair: object
):
    if isinstance(dim, Tensor):
        return pair(self, dim)
    dim = None if dim is None else wrap_dim(dim, self._array.ndim)
    _not_empty(named.__name__, self, None if dim is None else (dim,))
    if dim is None:
        return whole(self)
    indices = _arg(self, dim, keepdim, arg)
    return named(values(self, dim, keepdim, indices), indices)


def _arg(self: Tensor, dim: int | None, keepdim: bool, name: str) -> Tensor:
    array = self._array
    _not_empty(name, self, None if dim is None else (dim,))
    if array.ndim == 0:
        return make(as_array(np.zeros_like(array, dtype=np.int64)))
    return make(row_by_row(as_array(getattr(array, name)(dim, keepdims=keepdim)))[0])


def max(
    self: Tensor, dim: int | Tensor | None = None, keepdim: bool = False, *, other: Tensor | None = None
) -> Tensor | tuple:
    """The largest element; along a dimension, the largest elements and where they are; with a tensor, elementwise.

    >>> import tensorbook as torch
    >>> torch.tensor([[1, 5], [4, 2]]).max(dim=1)
    torch.return_types.max(
    values=tensor([5, 4]),
    indices=tensor([1, 0]))
    """
    return _extreme(self, dim if other is None else other, keepdim, max_all, max_values, "argmax", max_result, maximum)


def min(
    self: Tensor, dim: int | Tensor | None = None, keepdim: bool = False, *, other: Tensor | None = None
) -> Tensor | tuple:
    """The smallest element; along a dimension, the smallest elements and where they are; with a tensor, elementwise."""
    return _extreme(self, dim if other is None else other, keepdim, min_all, min_values, "argmin", min_result, minimum)


def _not_empty(name: str, self: Tensor, dims: tuple[int, ...] | None) -> None:
    """Raise where a reduction that has no answer for nothing would have to give one."""
    shape = self._array.shape
    if 0 not in shape:
        return
    if dims is None:
        kind = IndexError if name in ("argmax", "argmin") else RuntimeError
        raise kind(
            f"{name}(): Expected reduction dim to be specified for input.numel() == 0. Specify the reduction dim with "
            "the 'dim' argument."
        )
    for d in dims:
        if not shape[d]:
            raise IndexError(f"{name}(): Expected reduction dim {d} to have non-zero size.")


def amax(self: Tensor, dim: Dims = (), keepdim: bool = False) -> Tensor:
    """The largest elements along dimensions; equal ones share the gradient."""
    return amax_(self, _extreme_dims("amax", self, dim), keepdim)


def _extreme_dims(name: str, self: Tensor, dim: Dims) -> tuple[int, ...]:
    dims = all_dims(dim, self._array.ndim)
    _not_empty(name, self, None if dim == () else dims)
    return dims


def amin(self: Tensor, dim: Dims = (), keepdim: bool = False) -> Tensor:
    """The smallest elements along dimensions; equal ones share the gradient."""
    return amin_(self, _extreme_dims("amin", self, dim), keepdim)


def _no_bools(name: str, x: Tensor) -> None:
    if x._array.dtype.kind == "b":
        raise RuntimeError(f"{name}(): does not support bool input")


def argmax(self: Tensor, dim: int | None = None, keepdim: bool = False) -> Tensor:
    """Where the largest element is: in the flattened tensor, or along a dimension."""
    _no_bools("argmax", self)
    return _arg(self, None if dim is None else wrap_dim(dim, self._array.ndim), keepdim, "argmax")


def argmin(self: Tensor, dim: int | None = None, keepdim: bool = False) -> Tensor:
    """Where the smallest element is: in the flattened tensor, or along a dimension."""
    _no_bools("argmin", self)
    return _arg(self, None if dim is None else wrap_dim(dim, self._array.ndim), keepdim, "argmin")


# ---- truth


def _truth(self: Tensor, name: str, dim: Dims, keepdim: bool) -> Tensor:
    array = self._array
    result, _ = row_by_row(
        as_array(getattr(array.astype(bool), name)(all_dims(dim, array.ndim) or None, keepdims=keepdim))
    )
    return make(result.astype(np.uint8) if array.dtype == np.uint8 else result)  # bytes were PyTorch's first bools


def all(self: Tensor, dim: Dims = None, keepdim: bool = False) -> Tensor:
    """Whether every element is true (not 0)."""
    return _truth(self, "all", dim, keepdim)


def any(self: Tensor, dim: Dims = None, keepdim: bool = False) -> Tensor:
    """Whether some element is true (not 0)."""
    return _truth(self, "any", dim, keepdim)


def count_nonzero(self: Tensor, dim: Dims = None) -> Tensor:
    """How many elements are not 0."""
    return make(
        row_by_row(as_array((self._array != 0).sum(all_dims(dim, self._array.ndim) or None, dtype=np.int64)))[0]
    )


# ---- logarithms of sums


def _logsumexp(array: np.ndarray, dim: tuple[int, ...], keepdim: bool) -> np.ndarray:
    if builtins.any(not array.shape[d] for d in dim):  # the logarithm of nothing
        return np.log(array.sum(dim, keepdims=keepdim))
    largest = array.max(dim, keepdims=True)
    largest = np.where(np.isfinite(largest), largest, array.dtype.type(0))
    total = np.log(np.exp(array - largest).sum(dim, keepdims=True)) + largest
    return total if keepdim else total.squeeze(dim)


logsumexp_ = op("logsumexp(self; dim, keepdim)", "_logsumexp(self, dim, keepdim)", "LogsumexpBackward0",
                self="_logsumexp_grad(grad, self, dim, keepdim, result)")  # fmt: skip


def _logsumexp_grad(grad: Tensor, x: Tensor, dim: tuple[int, ...], keepdim: bool, result: Tensor) -> Tensor:
    shape = x._array.shape
    return spread(grad, shape, dim, keepdim) * (x - spread(result, shape, dim, keepdim)).exp()


def logsumexp(self: Tensor, dim: Dims, keepdim: bool = False) -> Tensor:
    """log(sum(exp(self))) along dimensions, without overflow."""
    self = floating(self)
    return logsumexp_(self, all_dims(dim, self._array.ndim), keepdim)
