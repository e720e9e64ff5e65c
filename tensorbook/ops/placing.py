"""A copy of a tensor with other elements put in: by their positions, by a mask, or by a place along a dimension."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..tensor import Tensor, make, wrap_dim
from . import indexing, view
from .array_twins import shape_of  # noqa: F401 (formulas call it)
from .choosing import keep_where  # noqa: F401 (formulas call it)
from .define import op
from .operands import broadcast_mismatch, cast, check_devices
from .view import select_, slice_  # noqa: F401 (formulas call them)
from .words import scalar_type


def _copied_at(array: np.ndarray, source: np.ndarray, dim: int, index: Tensor) -> np.ndarray:
    result = array.copy(order="K")
    result[view.place(dim, index._array) if array.ndim else ...] = source if array.ndim else source.reshape(())
    return result


def _masked(array: np.ndarray, source: np.ndarray, mask: np.ndarray) -> np.ndarray:
    result = np.broadcast_to(array, mask.shape).copy()
    result[mask] = source.reshape(-1)[: int(mask.sum())]
    return result


def _put_at(array: np.ndarray, source: np.ndarray, index: Tensor, accumulate: bool) -> np.ndarray:
    result = array.copy()
    flat = result.reshape(-1)
    places, values = index._array.reshape(-1), source.reshape(-1)
    if accumulate:
        indexing.add_at(flat, places, values)
    else:
        flat[places] = values
    return result


def _with_window(array: np.ndarray, source: np.ndarray, index: tuple) -> np.ndarray:
    result = array.copy()
    result[index] = source
    return result


def _with_diagonal(array: np.ndarray, src: np.ndarray, offset: int, dim1: int, dim2: int) -> np.ndarray:
    whole = make(array.copy())
    view.diagonal_(whole, offset, dim1, dim2)._array[...] = src
    return whole._array


index_copy_ = op("index_copy(self, source; dim, index; source_dim)", "_copied_at(self, source, dim, index)",
                 "IndexCopyBackward0", self="grad.index_fill(dim, index, 0)",
                 source="grad.index_select(dim, index).reshape(shape_of(source))")  # fmt: skip
masked_scatter_ = op("masked_scatter(self, source; mask)", "_masked(self, source, mask)", "MaskedScatterBackward0",
                     self="keep_where(grad, ~mask)", source="_taken_back(grad, source.shape, mask)")  # fmt: skip
put_ = op("put(self, source; index, accumulate)", "_put_at(self, source, index, accumulate)", "PutBackward0",
          self="grad if accumulate else put_(grad, grad.new_zeros(index.shape), index, False)",
          source="grad.take(index).reshape(shape_of(source))")  # fmt: skip
select_scatter_ = op("select_scatter(self, src; dim, at)",
                     "_with_window(self, src, view.place(dim, at))", "SelectScatterBackward0",
                     self="select_scatter_(grad, select_(grad, dim, at) * 0, dim, at)",
                     src="select_(grad, dim, at)", layout="as_operand")  # fmt: skip
slice_scatter_ = op("slice_scatter(self, src; dim, start, end, step)",
                    "_with_window(self, src, view.place(dim, slice(start, end, step)))", "SliceScatterBackward0",
                    self="slice_scatter_(grad, slice_(grad, dim, start, end, step) * 0, dim, start, end, step)",
                    src="slice_(grad, dim, start, end, step)", layout="as_operand")  # fmt: skip
diagonal_scatter_ = op("diagonal_scatter(self, src; offset, dim1, dim2)",
                       "_with_diagonal(self, src, offset, dim1, dim2)", "DiagonalScatterBackward0",
                       self="diagonal_scatter_(grad, grad.diagonal(offset, dim1, dim2) * 0, offset, dim1, dim2)",
                       src="grad.diagonal(offset, dim1, dim2)", layout="as_operand")  # fmt: skip


def _taken_back(grad: Tensor, shape: tuple[int, ...], mask: np.ndarray) -> Tensor:
    """The gradient of the source: what stands where the mask holds, then zeros for what was not used."""
    used = indexing.masked_select_(grad, mask)
    flat = grad.new_zeros(int(np.prod(shape)))
    return slice_scatter_(flat, used, 0, 0, used.numel(), 1).reshape(shape)


def index_copy(self: Tensor, dim: int, index: Tensor, source: Tensor) -> Tensor:
    """A copy in which the slices that `index` names are those of `source`.

    >>> import tensorbook as torch
    >>> torch.zeros(3).index_copy(0, torch.tensor([2, 0]), torch.tensor([1.0, 2.0]))
    tensor([2., 0., 1.])
    """
    check_devices(self, index, source)
    dim = wrap_dim(dim, self._array.ndim)
    if index._array.dtype != np.int64:
        raise RuntimeError(f"index_copy_(): Expected a long tensor for index, but got {scalar_type(index)}")
    if source.dtype is not self.dtype:
        raise RuntimeError(
            f"index_copy_(): self and source expected to have the same dtype, but got (self) {scalar_type(self)} and "
            f"(source) {scalar_type(source)}"
        )
    own, theirs = list(self._array.shape), list(source._array.shape)
    if own[:dim] + own[dim + 1 :] != theirs[:dim] + theirs[dim + 1 :]:
        raise RuntimeError(
            "index_copy_(): Source/destination tensor must have same slice shapes. Destination slice shape: "
            f"{own[:dim] + own[dim + 1 :]} at dimension {dim} and source slice shape: "
            f"{theirs[:dim] + theirs[dim + 1 :]} at dimension 0."
        )
    if index.numel() != (theirs[dim] if theirs else 1):
        raise IndexError(
            f"index_copy_(): Number of indices ({index.numel()}) should be equal to source.size(dim) "
            f"({theirs[dim] if theirs else 1})"
        )
    indexing.check_range(index, own[dim] if own else 1, dim, IndexError)
    return index_copy_(self, source, dim, index, source._array.ndim)


def index_put(self: Tensor, indices: Sequence[Tensor], values: Tensor, accumulate: bool = False) -> Tensor:
    """A copy with the elements that index tensors pick overwritten (or added to)."""
    check_devices(self, values)
    part, places = indexing.put_places(self, indices)
    if indexing.fills(indices, values, accumulate):
        values = cast(values, self._array.dtype)
    index = indexing.check_put(part, places, values)
    result = indexing.index_put_out(part, values, index, accumulate)
    return result if part is self else result.reshape(self._array.shape)


def masked_scatter(self: Tensor, mask: Tensor, source: Tensor) -> Tensor:
    """A copy in which the elements under the mask are the first ones of `source`, in order."""
    check_devices(self, mask, source)
    if mask._array.dtype.kind != "b":
        raise RuntimeError(f"masked_scatter_ only supports boolean masks, but got mask with dtype {scalar_type(mask)}")
    if source.dtype is not self.dtype:
        raise RuntimeError(
            f"masked_scatter: expected self and source to have same dtypes but got {scalar_type(self)} and "
            f"{scalar_type(source)}"
        )
    if (mismatch := broadcast_mismatch(self._array.shape, mask._array.shape)) is not None:
        raise mismatch
    shape = np.broadcast_shapes(self._array.shape, mask._array.shape)
    covered = mask._array if shape == mask._array.shape else view.expand_(mask, shape)._array
    if int(covered.sum()) > source.numel():
        raise RuntimeError("masked_scatter: expected the source to have at least as many elements as the mask holds")
    return masked_scatter_(self, source, covered)


def put(self: Tensor, index: Tensor, source: Tensor, accumulate: bool = False) -> Tensor:
    """A copy with the elements of the given numbers, counted in the flattened tensor, overwritten (or added to)."""
    check_devices(self, index, source)
    if index._array.dtype != np.int64:
        raise RuntimeError(f"put_(): Expected a long tensor for index, but got {scalar_type(index)}")
    if source.dtype is not self.dtype:
        raise RuntimeError(
            f"put_(): self and source expected to have the same dtype, but got self.dtype = {scalar_type(self)} and "
            f"source.dtype = {scalar_type(source)}"
        )
    if index.numel() != source.numel():
        raise IndexError(
            f"put_(): Expected source and index to have the same number of elements, but got source.numel() = "
            f"{source.numel()}, index.numel() = {index.numel()}"
        )
    indexing.check_elements(index, self.numel())
    return put_(self, source, index, accumulate)


def select_scatter(self: Tensor, src: Tensor, dim: int, index: int) -> Tensor:
    """A copy in which one slice along a dimension is `src`."""
    part = view.select(self.detach(), dim, index)
    _check_part(part, src)
    return select_scatter_(self, cast(src, self._array.dtype), wrap_dim(dim, self._array.ndim), index)


def slice_scatter(
    self: Tensor, src: Tensor, dim: int = 0, start: int | None = None, end: int | None = None, step: int = 1
) -> Tensor:
    """A copy in which the slices from start to end along a dimension are those of `src`."""
    dim = wrap_dim(dim, self._array.ndim)
    bounds = slice(start, end, step).indices(self._array.shape[dim])
    _check_part(slice_(self.detach(), dim, *bounds), src)
    return slice_scatter_(self, cast(src, self._array.dtype), dim, *bounds)


def diagonal_scatter(self: Tensor, src: Tensor, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Tensor:
    """A copy in which a diagonal is `src`."""
    _check_part(view.diagonal(self.detach(), offset, dim1, dim2), src)
    return diagonal_scatter_(self, cast(src, self._array.dtype), offset, dim1, dim2)


def _check_part(part: Tensor, src: Tensor) -> None:
    if part._array.shape != src._array.shape:
        raise RuntimeError(
            f"expected src to have a size equal to the slice of self. src size = {list(src.shape)}, "
            f"slice size = {list(part.shape)}"
        )
