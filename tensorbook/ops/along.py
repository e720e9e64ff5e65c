"""Along one dimension: differences of neighbours, elements picked by index tensors, slices added to or filled."""

from __future__ import annotations

import numpy as np

from ..tensor import Tensor, wrap_dim
from . import gathering, view
from .arithmetic import minus, mul, plus
from .array_twins import shape_of  # noqa: F401 (a formula calls it)
from .by_number import over, times
from .comparing import logical_xor
from .define import op
from .gathering import index_select_  # noqa: F401 (formulas name it)
from .indexing import add_at
from .inplace import copy_
from .joining import cat
from .operands import check_devices, floating
from .reduction import sum
from .running import cumsum
from .words import scalar_type


def _slices_added(array: np.ndarray, source: np.ndarray, dim: int, index: Tensor, alpha: float) -> np.ndarray:
    result = array.copy(order="K")
    if not array.ndim:
        return result + alpha * source.sum()
    source = source if alpha == 1 else source * source.dtype.type(alpha)
    add_at(np.moveaxis(result, dim, 0), index._array, np.moveaxis(source, dim, 0))
    return result


def _slices_filled(array: np.ndarray, dim: int, index: Tensor, value: float) -> np.ndarray:
    result = array.copy(order="K")
    if not array.ndim:
        return np.full_like(array, value)
    result[view.place(dim, index._array)] = value
    return result


index_add_out = op("index_add(self, source; dim, index, alpha; source_dim)",
                   "_slices_added(self, source, dim, index, alpha)", "IndexAddBackward0", self="grad",
                   source="(index_select_(grad, dim, index) * alpha).reshape(shape_of(source))")  # fmt: skip
index_fill_out = op("index_fill(self; dim, index, value)", "_slices_filled(self, dim, index, value)",
                    "IndexFillBackward0", self="index_fill_out(grad, dim, index, 0)", layout="as_operand")  # fmt: skip


def check_slices(self: Tensor, dim: int, index: Tensor, source: Tensor, name: str = "index_add_") -> int:
    """Raise unless the source has one slice per index, in the shape of self's; gives the dimension from the front."""
    check_devices(self, index, source)
    dim = wrap_dim(dim, self._array.ndim)
    if index._array.dtype.kind != "i" or index._array.dtype.itemsize < 4:
        raise RuntimeError(f"{name}(): Expected dtype int32/int64 for index but got: {scalar_type(index)}")
    if self._array.dtype != source._array.dtype:
        raise RuntimeError(
            f"{name}(): self ({scalar_type(self)}) and source ({scalar_type(source)}) must have the same scalar type"
        )
    if index._array.ndim > 1:
        raise IndexError(
            f"{name}(): Index is supposed to be a vector, but got dim: {index._array.ndim} with type: "
            f"{scalar_type(index)} and size: {list(index._array.shape)}"
        )
    own, theirs = list(self._array.shape), list(source._array.shape)
    if index._array.size != (theirs[dim] if dim < len(theirs) else 1):
        raise RuntimeError(
            f"{name}(): Number of indices ({index._array.size}) should be equal to source.size(dim): "
            f"({theirs[dim]}), for dim: {dim}"
        )
    if len(own) != len(theirs) or own[:dim] + own[dim + 1 :] != theirs[:dim] + theirs[dim + 1 :]:
        raise RuntimeError(
            "source tensor shape must match self tensor shape, excluding the specified dimension. "
            f"Got self.shape = {own} source.shape = {theirs}"
        )
    n = own[dim] if own else 1
    if index._array.size and not (int(index._array.min()) >= 0 and int(index._array.max()) < n):
        raise IndexError("index out of range in self")
    return dim


def index_add(self: Tensor, dim: int, index: Tensor, source: Tensor, *, alpha: float = 1) -> Tensor:
    """A copy, with alpha times each slice of `source` added to the slice that `index` names; repeats add up.

    >>> import tensorbook as torch
    >>> torch.zeros(3).index_add(0, torch.tensor([0, 2, 2]), torch.tensor([1.0, 2.0, 3.0]))
    tensor([1., 0., 5.])
    """
    dim = check_slices(self, dim, index, source)
    return index_add_out(self, source, dim, index, alpha, source._array.ndim)


def index_fill(self: Tensor, dim: int, index: Tensor, value: float | Tensor) -> Tensor:
    """A copy with `value` in every slice that `index` names."""
    return index_fill_out(self, *checked_fill(self, dim, index, value))


def checked_fill(self: Tensor, dim: int, index: Tensor, value: float | Tensor) -> tuple[int, Tensor, float]:
    """The arguments of index_fill, checked: the dimension from the front, the index, the value as a number."""
    check_devices(self, index)
    if index._array.dtype != np.int64:
        raise IndexError("index_fill_(): Expected dtype int64 for index.")
    dim = wrap_dim(dim, self._array.ndim)
    n = self._array.shape[dim] if self._array.ndim else 1
    outside = [i for i in index._array.reshape(-1).tolist() if not -n <= i < n]
    if outside:
        raise IndexError(f"index {outside[0]} is out of bounds for dimension {dim} with size {n}")
    return dim, index, value.item() if isinstance(value, Tensor) else value


def take_along_dim(self: Tensor, indices: Tensor, dim: int | None = None) -> Tensor:
    """gather, with everything but the dimension broadcast; without one, from the flattened tensor.

    >>> import tensorbook as torch
    >>> x = torch.tensor([[30, 10, 20]])
    >>> torch.take_along_dim(x, x.argsort(), dim=1)
    tensor([[10, 20, 30]])
    """
    if indices._array.dtype != np.int64:
        raise RuntimeError(f"torch.take_along_dim(): dtype of indices should be Long but got {scalar_type(indices)}")
    if dim is None:
        return gathering.gather(view.view(self, -1), 0, view.view(indices, -1))
    ndim = self._array.ndim
    if ndim != indices._array.ndim:
        raise RuntimeError(
            "torch.take_along_dim(): input and indices should have the same number of dimensions, "
            f"but got {ndim} dimensions for input, and {indices._array.ndim} dimensions for indices"
        )
    dim = wrap_dim(dim, ndim)
    own, theirs = list(self._array.shape), list(indices._array.shape)
    n, m, own[dim], theirs[dim] = own[dim], theirs[dim], 1, 1
    common = list(np.broadcast_shapes(tuple(own), tuple(theirs)))
    stretched = [(*common[:dim], k, *common[dim + 1 :]) for k in (n, m)]
    return gathering.gather(view.expand_(self, stretched[0]), dim, view.expand_(indices, stretched[1]))


def diff(
    self: Tensor, n: int = 1, dim: int = -1, prepend: Tensor | None = None, append: Tensor | None = None
) -> Tensor:
    """Each element minus the one before it along a dimension; n times over.

    >>> import tensorbook as torch
    >>> torch.diff(torch.tensor([1, 4, 9, 16])), torch.diff(torch.tensor([1, 4, 9, 16]), n=2)
    (tensor([3, 5, 7]), tensor([2, 2]))
    """
    if not self._array.ndim:
        raise RuntimeError("diff expects input to be at least one-dimensional")
    if n < 0:
        raise RuntimeError(f"order must be non-negative but got {n}")
    dim = wrap_dim(dim, self._array.ndim)
    parts = [part for part in (prepend, self, append) if part is not None]
    x = parts[0] if len(parts) == 1 else cat(parts, dim)
    if not n:
        return copy_(view.clone(view.detach(x)), x)  # PyTorch writes into fresh memory, and its graph says so
    less = logical_xor if x._array.dtype.kind == "b" else minus
    for _ in range(min(n, x._array.shape[dim])):
        length = x._array.shape[dim] - 1
        x = less(view.narrow(x, dim, 1, length), view.narrow(x, dim, 0, length))
    return x


# ---- areas under a line through points (the trapezoidal rule)


def _steps(name: str, y: Tensor, x: Tensor | None, dim: int) -> Tensor | None:
    """How far the points lie apart."""
    if x is None:
        return None
    if x._array.ndim == 1 and x._array.shape[0] != y._array.shape[dim]:
        raise RuntimeError(f"{name}: There must be one `x` value for each sample point")
    if x._array.ndim == 1:
        x = view.view(x, *(-1 if d == dim else 1 for d in range(y._array.ndim)))
    return diff(x, dim=dim - y._array.ndim)


def trapezoid(y: Tensor, x: Tensor | None = None, *, dx: float = 1, dim: int = -1) -> Tensor:
    """The area under a line through points: at distance dx, or where `x` says.

    >>> import tensorbook as torch
    >>> torch.trapezoid(torch.tensor([0.0, 1.0, 2.0]))
    tensor(2.)
    """
    y, dim = _no_bools("trapezoid", y), int(wrap_dim(dim, y._array.ndim))
    n = y._array.shape[dim]
    if not n:
        return sum(y, dim) * 0.0
    steps = _steps("trapezoid", y, x, dim)
    if steps is not None:
        pairs = plus(view.narrow(y, dim, 0, n - 1), view.narrow(y, dim, 1, n - 1))
        return over(floating(sum(mul(pairs, steps), dim)), 2.0)
    y = floating(y)
    ends = times(plus(view.select(y, dim, 0), view.select(y, dim, -1)), 0.5)
    return times(minus(sum(y, dim), ends), float(dx))


def cumulative_trapezoid(y: Tensor, x: Tensor | None = None, *, dx: float = 1, dim: int = -1) -> Tensor:
    """The areas so far under a line through points."""
    y, dim = _no_bools("cumulative_trapezoid", y), int(wrap_dim(dim, y._array.ndim))
    n = y._array.shape[dim]
    pairs = plus(view.narrow(y, dim, 0, n - 1), view.narrow(y, dim, 1, n - 1))
    steps = _steps("cumulative_trapezoid", y, x, dim)
    if steps is not None:
        return over(floating(cumsum(mul(pairs, steps), dim)), 2.0)
    return cumsum(times(floating(pairs), dx / 2), dim)


def _no_bools(name: str, y: Tensor) -> Tensor:
    if y._array.dtype.kind == "b":
        raise RuntimeError(f"{name}: received a bool input for `y`, but bool is not supported")
    return y
