"""Elements named along one dimension: gather, index_select, and scatter, which puts them back.

https://pytorch.org/docs/stable/generated/torch.gather.html
"""

from __future__ import annotations

import numpy as np

from .. import devices
from ..tensor import Tensor, wrap_dim
from . import view
from .array_twins import shape_of  # noqa: F401 (a formula calls it)
from .define import op
from .indexing import add_at, check_range
from .node import showing
from .operands import check_devices


def _index_added(grad: np.ndarray, shape: tuple[int, ...], dim: int, index: Tensor) -> np.ndarray:
    whole = devices.module_of(grad).zeros(shape, grad.dtype)
    add_at(np.moveaxis(whole, dim, 0), index._array.reshape(-1), np.moveaxis(grad, dim, 0))
    return whole


def _gathered(array: np.ndarray, dim: int, index: Tensor) -> np.ndarray:
    index = index._array
    n = array.shape[dim] if array.ndim else 1
    if index.size and not (int(index.min()) >= 0 and int(index.max()) < n):
        bad = int(index.max()) if int(index.max()) >= n else int(index.min())
        raise RuntimeError(f"index {bad} is out of bounds for dimension {dim} with size {n}")
    return array[_places(index, dim)] if array.ndim else array.copy()


def _scatter_added(grad: np.ndarray, shape: tuple[int, ...], dim: int, index: Tensor) -> np.ndarray:
    whole = devices.module_of(grad).zeros(shape, grad.dtype)
    if not shape:
        return grad.copy()
    add_at(whole, _places(index._array, dim), grad)
    return whole


def _slices(array: np.ndarray, index: Tensor, dim: int) -> np.ndarray:
    return np.take(array, index._array.reshape(-1), dim) if array.ndim else array.copy()


index_select_ = op("index_select(self; dim, index)", "_slices(self, index, dim)", "IndexSelectBackward0",
                   self="index_add_zeros(grad, self.shape, dim, index)")  # fmt: skip
index_add_zeros = op("index_add(grad_; shape, dim, index)", "_index_added(grad_, shape, dim, index)",
                     "IndexAddBackward0", grad_="index_select_(grad, dim, index)")  # fmt: skip
gather_ = op("gather(self; dim, index)", "_gathered(self, dim, index)", "GatherBackward0",
             self="scatter_add_zeros(grad, shape_of(self), dim, index)")  # fmt: skip
showing(gather_, sparse_grad=False)
scatter_add_zeros = op("scatter_add(grad_; shape, dim, index)", "_scatter_added(grad_, shape, dim, index)",
                       "ScatterAddBackward0", grad_="gather_(grad, dim, index)")  # fmt: skip


def _places(index: np.ndarray, dim: int) -> tuple:
    """Index arrays that put every element of `index` at its own position, but along `dim` where it says."""
    xp = devices.module_of(index)
    grid = list(xp.meshgrid(*[xp.arange(n) for n in index.shape], indexing="ij", sparse=True))
    grid[dim] = index
    return tuple(grid)


def _check_long(name: str, index: Tensor) -> None:
    if index._array.dtype not in (np.int64, np.int32):
        raise RuntimeError(f"{name}(): Expected dtype int32/int64 for index, got {index.dtype}")


def _scattered(array: np.ndarray, src: np.ndarray, dim: int, index: Tensor, accumulate: bool) -> np.ndarray:
    result = array.copy(order="K")
    if not index._array.size:
        return result
    if not array.ndim:
        result[...] = src + array if accumulate else src
        return result
    places = _places(index._array, dim)
    part = src[tuple(slice(n) for n in index._array.shape)] if src.ndim else src
    if accumulate:
        add_at(result, places, part)
    else:
        result[places] = part
    return result


@devices.through_cpu
def _combined(array: np.ndarray, src: np.ndarray, dim: int, index: np.ndarray, reduce: str) -> np.ndarray:
    result = np.atleast_1d(array.copy())
    at = np.atleast_1d(index)
    part = np.atleast_1d(src)[tuple(slice(n) for n in at.shape)] if src.ndim else src
    (np.add if reduce == "add" else np.multiply).at(result, _places(at, dim), part)
    return result.reshape(array.shape)


def _number(value: float, kind: np.dtype) -> np.ndarray:
    """A number in a dtype; whole numbers wrap around, as in C."""
    return np.asarray(value).astype(kind)


def _not_implemented() -> None:
    raise NotImplementedError("the derivative for 'scatter' with reduce is not implemented.")


def _put_back_part(grad: Tensor, shape: tuple[int, ...]) -> Tensor:
    """A gradient for the leading corner of a larger tensor."""
    if grad._array.shape == shape:
        return grad
    return view.put_back(grad, shape, tuple(slice(n) for n in grad._array.shape))


scatter_src = op("scatter(self, src; dim, index)", "_scattered(self, src, dim, index, False)", "ScatterBackward0",
                 self="scatter_value(grad, dim, index, 0)",
                 src="_put_back_part(gather_(grad, dim, index), src.shape)")  # fmt: skip
scatter_value = op("scatter(self; dim, index, value)",
                   "_scattered(self, _number(value, self.dtype), dim, index, False)",
                   "ScatterBackward1", self="scatter_value(grad, dim, index, 0)")  # fmt: skip
scatter_src_reduced = op("scatter(self, src; dim, index, reduce)", "_combined(self, src, dim, index._array, reduce)",
                         "NotImplementedBackward2", self="_not_implemented()", src="_not_implemented()")  # fmt: skip
scatter_value_reduced = op("scatter(self; dim, index, reduce, value)",
                           "_combined(self, _number(value, self.dtype), dim, index._array, reduce)",
                           "NotImplementedBackward3", self="_not_implemented()")  # fmt: skip
scatter_src_reduced.node.__name__ = scatter_value_reduced.node.__name__ = "NotImplemented"
scatter_add_src = op("scatter_add(self, src; dim, index)", "_scattered(self, src, dim, index, True)",
                     "ScatterAddBackward0", self="grad",
                     src="_put_back_part(gather_(grad, dim, index), src.shape)")  # fmt: skip


def check_scatter(name: str, self: Tensor, dim: int, index: Tensor, src: object) -> int:
    """Raise unless `index` and `src` fit for a scatter into self; gives the dimension from the front."""
    check_devices(self, index, *([src] if isinstance(src, Tensor) else []))
    _check_long(name, index)
    dim = wrap_dim(dim, self._array.ndim)
    own, at = self._array.shape, index._array.shape
    if index._array.size:
        if max(len(at), 1) != max(len(own), 1):
            raise RuntimeError("Index tensor must have the same number of dimensions as self tensor")
        shapes = [own] + ([src._array.shape] if isinstance(src, Tensor) else [])
        if isinstance(src, Tensor) and max(len(shapes[1]), 1) != max(len(at), 1):
            raise RuntimeError("Index tensor must have the same number of dimensions as src tensor")
        for k, shape in enumerate(shapes):
            if any(n > m for d, (n, m) in enumerate(zip(at, shape, strict=False)) if k or d != dim):
                raise RuntimeError(
                    f"Expected index {list(at)} to be no larger than self {list(own)} apart from dimension {dim}"
                    + (f" and to be no larger size than src {list(shapes[1])}" if len(shapes) > 1 else "")
                )
    check_range(index, own[dim] if own else 1, dim)
    if isinstance(src, Tensor) and src._array.dtype != self._array.dtype:
        raise RuntimeError(f"{name}(): Expected self.dtype to be equal to src.dtype")
    return dim


def scatter(
    self: Tensor, dim: int, index: Tensor, src: Tensor | float | None = None, *, value: float | None = None,
    reduce: str | None = None,
) -> Tensor:  # fmt: skip
    """A copy in which each element of src (or one value) stands where `index` says along a dimension.

    Args:
        reduce: "add" or "multiply" combines it with what was there; without a gradient, as in PyTorch.
    """
    src = value if src is None else src
    if src is None:
        raise TypeError("scatter() missing 1 required argument: 'src' or 'value'")
    dim = check_scatter("scatter", self, dim, index, src)
    if reduce is not None:
        if reduce not in ("add", "multiply"):
            raise RuntimeError("reduce argument must be either add or multiply.")
        function = scatter_src_reduced if isinstance(src, Tensor) else scatter_value_reduced
        given = (src,) if isinstance(src, Tensor) else ()
        rest = () if isinstance(src, Tensor) else (src,)
        return function(self, *given, dim, index, reduce, *rest)
    return scatter_src(self, src, dim, index) if isinstance(src, Tensor) else scatter_value(self, dim, index, src)


def scatter_add(self: Tensor, dim: int, index: Tensor, src: Tensor) -> Tensor:
    """A copy to which each element of src is added where `index` says along a dimension."""
    return scatter_add_src(self, src, check_scatter("scatter_add", self, dim, index, src), index)


def index_select(self: Tensor, dim: int, index: Tensor) -> Tensor:
    """The slices of the given numbers along a dimension."""
    check_devices(self, index)
    dim = wrap_dim(dim, self._array.ndim)
    if index._array.dtype.kind != "i" or index._array.dtype.itemsize < 4:
        raise RuntimeError("index_select(): Expected dtype int32 or int64 for index")
    if index._array.ndim > 1:
        raise IndexError("index_select(): Index is supposed to be a vector")
    if not self._array.ndim:
        if index._array.size != 1:
            raise RuntimeError(
                f"index_select(): Index to scalar can have only 1 value, got {index._array.size} value(s)"
            )
        return view.reshape(index_select(view.view_(self, (1,)), 0, index), ())
    n = self._array.shape[dim]
    if index._array.size and not n and self._array.ndim > 1:
        raise RuntimeError("index_select(): self indexing axis dim should be positive")
    if index._array.size and not (int(index._array.min()) >= 0 and int(index._array.max()) < n):
        raise (RuntimeError if dim == 1 else IndexError)("index out of range in self")  # PyTorch has two ways
    return index_select_(self, dim, index)


def gather(self: Tensor, dim: int, index: Tensor, *, sparse_grad: bool = False) -> Tensor:
    """For each place in `index`, the element that it names along a dimension.

    >>> import tensorbook as torch
    >>> torch.tensor([[1, 2], [3, 4]]).gather(1, torch.tensor([[1], [0]]))
    tensor([[2],
            [3]])
    """
    check_devices(self, index)
    _check_long("gather", index)
    dim = wrap_dim(dim, self._array.ndim)
    own, at = self._array.shape, index._array.shape
    if index._array.size and max(len(at), 1) != max(len(own), 1):
        raise RuntimeError("Index tensor must have the same number of dimensions as input tensor")
    if index._array.size and any(n > m for d, (n, m) in enumerate(zip(at, own, strict=False)) if d != dim):
        raise RuntimeError(
            f"Size does not match at dimension {next(d for d in range(len(at)) if d != dim and at[d] > own[d])} "
            f"expected index {list(at)} to be no larger than self {list(own)} apart from dimension {dim}"
        )
    return gather_(self, dim, index)
