"""Picking elements: `x[...]` in all its forms.

Numbers, slices, None and `...` give views. A tensor of integers or booleans among the indices picks elements one by one
and copies them (https://numpy.org/doc/stable/user/basics.indexing.html has the same rules).
"""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from operator import index as whole_number

import numpy as np

from .. import devices, notices
from ..tensor import Tensor, make
from . import splitting, view
from .array_twins import shape_of  # noqa: F401 (formulas call it)
from .define import op
from .layout import Lying, memory_order, row_by_row, with_order
from .operands import broadcast_mismatch, check_devices, in_order
from .words import scalar_type, type_of

Index = object
WHOLE = slice(None)
count = math.prod


def _normal(index: Index, ndim: int) -> list:
    """The index as a list with one entry per dimension and new axis; lists become tensors, `...` is spelled out."""
    if isinstance(index, list) and any(isinstance(p, (list, Tensor, slice)) or p in (None, ...) for p in index):
        notices.warn(
            "Using a non-tuple sequence for multidimensional indexing is deprecated; use x[tuple(seq)] instead "
            "of x[seq]"
        )
        index = tuple(index)
    parts = list(index) if isinstance(index, tuple) else [index]
    used, spread = 0, None
    for i, part in enumerate(parts):
        if part is Ellipsis:
            spread = i if spread is None else spread
        elif part.__class__ is int or part.__class__ is slice:
            used += 1
        elif part is not None:
            parts[i] = part = _converted(part)
            used += _consumes(part)
    if not ndim and parts and parts[0].__class__ is slice:
        raise IndexError("slice() cannot be applied to a 0-dim tensor.")
    if used > ndim:
        raise IndexError(f"too many indices for tensor of dimension {ndim}")
    if spread is None:
        return parts
    rest = [WHOLE] * (ndim - used)
    return parts[:spread] + rest + [p for p in parts[spread + 1 :] if p is not Ellipsis]


def _converted(part: object) -> object:
    if isinstance(part, (bool, np.bool_)):
        return make(np.asarray(part))
    if isinstance(part, (slice, Tensor)):
        return part
    if isinstance(part, np.ndarray):
        return make(part if part.size else part.astype(np.int64))
    if isinstance(part, (list, tuple, range)):
        array = np.asarray(part, dtype=None if len(part) else np.int64)
        return make(array if array.dtype.kind != "f" else array.astype(np.int64))  # [1.0] counts as [1]
    if isinstance(part, str):
        raise TypeError("new(): invalid data type 'str'")
    if hasattr(part, "__index__"):
        return part.__index__()
    raise IndexError(
        "only integers, slices (`:`), ellipsis (`...`), None and long or byte Variables are valid indices "
        f"(got {type_of(part)})"
    )


def _consumes(part: object) -> int:
    """How many dimensions of the tensor an index entry uses up."""
    return part._array.ndim if isinstance(part, Tensor) and is_mask(part._array) else 1


def is_mask(index: np.ndarray) -> bool:
    """Whether an index says of each place if it is picked: booleans do, and bytes, as they did before booleans."""
    return index.dtype.kind == "b" or index.dtype == np.uint8


def _where(mask: np.ndarray) -> list[Tensor]:
    """The places where a mask holds, one tensor of indices per dimension of the mask."""
    if mask.dtype == np.uint8:
        notices.warn("indexing with dtype torch.uint8 is now deprecated, please use a dtype torch.bool instead.")
    return [make(places) for places in devices.module_of(mask).nonzero(mask)]


def _bounds(part: slice, n: int) -> tuple[int, int, int]:
    step = 1 if part.step is None else part.step.__index__()
    if step == 0:
        raise ValueError("slice step cannot be zero")
    if step < 0:
        raise ValueError("step must be greater than zero")
    start, end, step = part.indices(n)
    return start, max(start, end), step


def _given(part: slice) -> tuple[int, int]:
    """Where a slice begins and ends, in its own words; one without an end goes on as far as C++ can count."""
    start, stop = part.start, part.stop
    return 0 if start is None else whole_number(start), sys.maxsize if stop is None else whole_number(stop)


def _basic(x: Tensor, parts: list, keep_full: bool = False) -> tuple[Tensor, list]:
    """Apply everything that gives a view; returns it and the tensor indices that remain, None where there is none.

    A slice over a whole dimension changes nothing and is left out, unless `keep_full`.
    """
    result, dim, rest = x, 0, []
    for at, part in enumerate(parts):
        if isinstance(part, int):
            result = _selected(result, dim, part, parts[:at])
        elif part is WHOLE and not keep_full:
            dim += 1
            rest.append(None)
        elif isinstance(part, slice):
            n = result._array.shape[dim]
            _, _, step = _bounds(part, n)
            whole = part.start in (None, 0) and (part.stop is None or part.stop >= n) and step == 1
            if keep_full or not whole:
                result = view.slice_(result, dim, *_given(part), step)
            dim += 1
            rest.append(None)
        elif part is None:
            result = view.unsqueeze(result, dim)
            dim += 1
            rest.append(None)
        else:
            array = part._array
            if array.ndim == 0 and array.dtype.kind in "iu" and not is_mask(array):
                result = _selected(result, dim, int(array), parts[:at])
            elif array.ndim == 0 and is_mask(array):  # x[True]
                result = view.unsqueeze(result, dim)
                rest.append(make(np.nonzero(np.atleast_1d(array))[0]))
                dim += 1
            elif is_mask(array):
                _check_mask(array, result, dim)
                rest += _where(array)
                dim += array.ndim
            else:
                _check_kind(array)
                rest.append(part)
                dim += 1
    return result, rest


def _check_kind(index: np.ndarray) -> None:
    if index.dtype.name not in ("int64", "int32", "uint8", "bool"):
        raise IndexError("tensors used as indices must be long, int, byte or bool tensors")


def _selected(x: Tensor, dim: int, index: int, before: Sequence = ()) -> Tensor:
    """One element along a dimension. Errors count the parts of the index `before` it; an ellipsis is one."""
    if not x._array.ndim:
        _no_dimension(x)
    n = x._array.shape[dim]
    if not -n <= index < n:
        written = [part for part in before if part is not WHOLE]
        place = len(written) + (len(written) < len(before))
        raise IndexError(f"index {index} is out of bounds for dimension {place} with size {n}")
    return view.select_(x, dim, index)


def _no_dimension(x: Tensor) -> None:
    raise IndexError("invalid index of a 0-dim tensor. Use `tensor.item()` in Python or `tensor.item<T>()` in C++ to "
                     "convert a 0-dim tensor to a number")  # fmt: skip


def _check_mask(mask: np.ndarray, x: Tensor, dim: int) -> None:
    shape = x._array.shape
    for i, n in enumerate(mask.shape):
        if dim + i >= len(shape) or shape[dim + i] != n:
            raise IndexError(
                f"The shape of the mask {list(mask.shape)} at index {i} does not match the shape of the indexed tensor "
                f"{list(shape)} at index {dim + i}"
            )


def _array_index(rest: list, x: Tensor) -> tuple:
    """The remaining indices for the array module, checked. Those on the CPU may pick from a GPU tensor."""
    rest = [_index_beside(x, p) for p in rest]
    parts = [(dim, part._array) for dim, part in enumerate(rest) if part is not None]
    for _, array in parts:
        _check_kind(array)
    try:
        picked = np.broadcast_shapes(*(array.shape for _, array in parts))
    except ValueError:
        shapes = ", ".join(str(list(array.shape)) for _, array in parts)
        raise IndexError(
            f"shape mismatch: indexing tensors could not be broadcast together with shapes {shapes}"
        ) from None
    for place, (dim, array) in enumerate(parts):  # PyTorch counts the index tensors, not the dimensions
        n = x._array.shape[dim]
        if 0 in picked:  # nothing is picked, so PyTorch does not look at the indices
            rest[dim] = make(np.zeros_like(array, shape=picked, dtype=np.int64))
        elif int(array.min()) < -n or int(array.max()) >= n:
            if n and 0 in x._array.shape:
                rest[dim] = make(np.zeros_like(array))
                continue
            bad = int(array.min()) if int(array.min()) < -n else int(array.max())
            raise IndexError(f"index {bad} is out of bounds for dimension {place} with size {n}")
    return tuple(slice(None) if p is None else p._array for p in rest)


def _index_beside(x: Tensor, index: Tensor | None) -> Tensor | None:
    """An index tensor on the device of the tensor that it picks from."""
    if index is None or index.is_cuda == x.is_cuda:
        return index
    if index.is_cuda:
        raise RuntimeError(
            f"indices should be either on {x.device} or on the same device as the indexed tensor ({x.device})"
        )
    return make(devices.move(index._array, x.device))


def _added_at(grad: np.ndarray, shape: tuple[int, ...], indices: tuple) -> np.ndarray:
    whole = devices.module_of(grad).zeros(shape, grad.dtype)
    add_at(whole, indices, grad)
    return whole


def _put(array: np.ndarray, values: np.ndarray, indices: tuple, accumulate: bool) -> np.ndarray:
    result = array.copy(order="K")
    put_into(result, values, indices, accumulate)
    return result


def put_into(array: np.ndarray, values: np.ndarray, indices: tuple, accumulate: bool) -> None:
    """array[indices] = values, or += where `accumulate`."""
    try:
        if accumulate:
            add_at(array, indices, values)
        else:
            array[indices] = values
    except ValueError:
        raise _not_fitting(values.shape, array[indices].shape) from None


def _not_fitting(values: tuple[int, ...], places: tuple[int, ...]) -> RuntimeError:
    return RuntimeError(
        f"shape mismatch: value tensor of shape {list(values)} cannot be broadcast to indexing result of shape "
        f"{list(places)}"
    )


def _is_mask(index: object) -> bool:
    return index.__class__ is not slice and index.dtype.kind == "b"


def _laid_out(array: np.ndarray, indices: tuple) -> np.ndarray:
    """array[indices], laid out as the dimensions that are not picked from lie, then as the indices do."""
    result = array[indices]
    if not array.flags.c_contiguous:
        indices = [i for index in indices for i in (index.nonzero() if _is_mask(index) else (index,))]
    picks = [index for index in indices if index.__class__ is not slice]
    if array.flags.c_contiguous and all(index.flags.c_contiguous for index in picks):
        return row_by_row(result)[0] if 1 in result.shape else in_order(result)
    at = [dim for dim, index in enumerate(indices) if index.__class__ is not slice]
    places = max(index.ndim for index in picks)
    start = at[0] if at[-1] - at[0] == len(at) - 1 else 0
    steps = [step if n > 1 else 0 for step, n in zip(array.strides, array.shape, strict=True)]
    kept = [step for dim, step in enumerate(steps) if dim not in at]
    source = Lying(result.shape, (*kept[:start], *[0] * places, *kept[start:]))
    behind = result.ndim - start - places
    spread = [Lying((*x.shape, *[1] * behind), (*x.strides, *[0] * behind)) for x in picks]
    return with_order(result, memory_order(result.shape, (source, *spread)))


index_ = op(
    "index(self; indices)",
    "_laid_out(self, indices)",
    "IndexBackward0",
    self="_scatter_index(grad, self.shape, indices)",
    layout="of_its_own",
)
_scatter_index = op("index_backward(grad_; shape, indices)", "_added_at(grad_, shape, indices)",
                    "IndexBackwardBackward0", grad_="index_(grad, indices)")  # fmt: skip
masked_select_ = op("masked_select(self; mask)", "self[mask]", "MaskedSelectBackward0",
                    self="_scatter_index(grad, shape_of(self), (mask,))")  # fmt: skip
take_ = op("take(self; index)", "self.reshape(-1)[index._array]", "TakeBackward0",
           self="_scatter_index(grad, (count(shape_of(self)),), (index._array,)).reshape(shape_of(self))")  # fmt: skip
index_put_out = op("index_put(self, values; indices, accumulate)", "_put(self, values, indices, accumulate)",
                   "IndexPutBackward0",
                   self="grad if accumulate else index_put_out(grad, grad.new_zeros(()), indices, False)",
                   values="index_(grad, indices)")  # fmt: skip


def add_at(whole: np.ndarray, indices: object, values: np.ndarray) -> None:
    """whole[indices] += values, where an element that is picked twice is added to twice."""
    if isinstance(whole, np.ndarray):
        np.add.at(whole, indices, values)
    elif whole.dtype.kind == "f":
        devices.gpu_module().add.at(whole, indices, values)
    else:  # a GPU adds to no integers but these; whatever their width, sums wrap around alike
        wide = whole.astype(np.uint64)
        devices.gpu_module().add.at(wide, indices, values.astype(np.uint64))
        whole[...] = wide != 0 if whole.dtype.kind == "b" else wide.astype(whole.dtype)


def put_places(x: Tensor, indices: Sequence[Tensor]) -> tuple[Tensor, list[Tensor]]:
    """What `x.index_put_(indices, …)` writes to: a view of x, and the index tensors for its dimensions."""
    for i, part in enumerate(indices):
        if not isinstance(part, Tensor):
            raise TypeError(f"expected Tensor as element {i} in argument 0, but got {type(part).__name__}")
    used = sum(map(_consumes, indices))
    if used > x._array.ndim:
        raise IndexError(f"too many indices for tensor of dimension {x._array.ndim} (got {used})")
    places, dim = [], 0
    for part in indices:
        array = part._array
        if not is_mask(array):
            places.append(part)
        elif array.ndim:
            _check_mask(array, x, dim)
            places += _where(array)
        else:
            x = view.unsqueeze(x, dim)
            places += _where(array.reshape(1))
        dim = len(places)
    return x, places


def check_put(x: Tensor, places: list[Tensor | None], values: Tensor) -> tuple:
    """The places as the array module takes them, once it is sure that `values` can be put there."""
    index = _array_index(places, x)
    same, shape = values.dtype is x.dtype, values._array.shape
    if not same or not values._array.size or shape[:1] == (1,):  # NumPy overlooks where such shapes do not fit
        into = x._array[index].shape
        if broadcast_mismatch(shape, into) is not None or np.broadcast_shapes(shape, into) != into:
            raise _not_fitting(shape, into)
    if not same:
        raise RuntimeError(
            f"Index put requires the source and destination dtypes match, got {scalar_type(x)} for the destination "
            f"and {scalar_type(values)} for the source."
        )
    return index


def fills(masks: Sequence[Tensor], values: Tensor, accumulate: bool) -> bool:
    """Whether a single value is put wherever one mask holds: that is masked_fill, which converts the value."""
    alone = len(masks) == 1 and is_mask(masks[0]._array) and values._array.size == 1 and not accumulate
    if alone and masks[0]._array.dtype.kind != "b":
        raise RuntimeError("masked_fill_ only supports boolean masks, but got mask with dtype unsigned char")
    return alone


def getitem(self: Tensor, index: Index) -> Tensor:
    """`x[index]`."""
    kind = index.__class__
    try:  # the common cases, without the ceremony: NumPy does the checking, and the long way below finds the words
        if kind is int:
            return view.select_(self, 0, index)
        if kind is Tensor:
            if _for_numpy(self, index):
                return index_(self, (index._array,))
        elif index is None:
            return view.unsqueeze(self, 0)
        elif self._node is None and (known := _view_index(index)) is not None:
            return view.index_view(self, known)  # one view for all parts; only a graph would show one for each
    except IndexError:
        if kind is int:
            _selected(self, 0, index)
    return part_by_part(self, index)


def part_by_part(self: Tensor, index: Index) -> Tensor:
    """`x[index]`, one view after the other."""
    result, rest = _basic(self, _normal(index, self._array.ndim), keep_full=isinstance(index, slice))
    if [p for p in rest if p is not None]:
        return _picked(result, rest)
    return view.alias_(self) if result is self else result


def _view_index(index: Index) -> tuple | None:
    """The index as NumPy takes it, where numbers, slices forward and `...` are all there is; None for all others."""
    parts = index if index.__class__ is tuple else (index,)
    for part in parts:
        if part.__class__ is slice:
            step = part.step
            if step is not None and (step.__class__ is not int or step <= 0):
                return None
        elif part.__class__ is not int and part is not Ellipsis:
            return None
    return parts if Ellipsis in parts else (*parts, ...)


def _for_numpy(x: Tensor, index: Tensor) -> bool:
    """Whether NumPy may pick by this index alone. A graph shows the places that a mask chose, not the mask."""
    array = index._array
    if not array.ndim or not array.__class__ is x._array.__class__ is np.ndarray:
        return False
    return array.dtype == np.int64 or (array.dtype.kind == "b" and x._node is None)


def _picked(x: Tensor, rest: list) -> Tensor:
    """The elements that index tensors pick, one for each dimension or None."""
    if x.is_cpu and all(p is None or p.is_cpu for p in rest):
        try:
            return index_(x, tuple([WHOLE if p is None else p._array for p in rest]))
        except IndexError:
            pass  # the check finds the words
    return index_(x, _array_index(rest, x))


def check_range(index: Tensor, n: int, dim: int, kind: type = RuntimeError, wraps: bool = False) -> None:
    """Raise where an index lies outside of 0 … n - 1 (or, where negative ones count from the end, of -n … n - 1)."""
    array = index._array
    if not array.size:
        return
    low, high = int(array.min()), int(array.max())
    if low < (-n if wraps else 0) or high >= n:
        raise kind(f"index {high if high >= n else low} is out of bounds for dimension {dim} with size {n}")


def check_elements(index: Tensor, n: int) -> None:
    """Raise where the number of an element, counted through the whole tensor, lies outside of -n … n - 1."""
    try:
        check_range(index, n, 0, IndexError, wraps=True)
    except IndexError as error:
        wrong = str(error).split()[1]
        raise IndexError(f"out of range: tried to access index {wrong} on a tensor of {n} elements.") from None


def masked_select(self: Tensor, mask: Tensor) -> Tensor:
    """The elements where the mask holds, in one dimension."""
    check_devices(self, mask)
    if mask._array.dtype.kind != "b":
        raise RuntimeError("masked_select: expected BoolTensor for mask")
    if (mismatch := broadcast_mismatch(self._array.shape, mask._array.shape)) is not None:
        raise mismatch
    shape = np.broadcast_shapes(self._array.shape, mask._array.shape)
    if shape != self._array.shape:
        self = view.expand_(self, shape)
    return masked_select_(self, devices.module_of(mask._array).broadcast_to(mask._array, shape))


def nonzero(self: Tensor, *, as_tuple: bool = False) -> Tensor | tuple[Tensor, ...]:
    """The indices of all elements that are not 0, one row each."""
    xp = devices.module_of(self._array)
    found = xp.nonzero(xp.atleast_1d(self._array))
    if as_tuple:
        return splitting.unbind(nonzero(self), 1)
    if not self._array.ndim:
        return make(xp.zeros((len(found[0]), 0), np.int64))
    return make(xp.stack(found).T)  # PyTorch lays each column out in one piece


def argwhere(self: Tensor) -> Tensor:
    """The indices of all elements that are not 0, one row each."""
    return nonzero(self)


def take(self: Tensor, index: Tensor) -> Tensor:
    """The elements of the given numbers, counted in the flattened tensor."""
    check_devices(self, index)
    if index._array.dtype != np.int64:
        raise RuntimeError(f"take(): Expected a long tensor for index, but got {scalar_type(index)}")
    check_elements(index, self.numel())
    return take_(self, index)


def unravel_index(indices: Tensor, shape: int | Sequence[int]) -> tuple[Tensor, ...]:
    """For numbers of elements in a flattened tensor, their indices along each dimension.

    >>> import tensorbook as torch
    >>> torch.unravel_index(torch.tensor([4, 5]), (2, 3))
    (tensor([1, 1]), tensor([1, 2]))
    """
    shape = view.sizes((shape,))
    if indices._array.dtype.kind not in "iu":
        raise ValueError(f"expected 'indices' to be integer dtype, but got {indices.dtype}")
    rest, found = indices, []
    for n in reversed(shape):
        found.insert(0, rest % n)
        rest = rest // n
    return tuple(found)
