"""Picking elements: `x[...]` in all its forms, gather and scatter.

Numbers, slices, None and `...` give views. A tensor of integers or booleans among the indices picks elements one by one
and copies them (https://numpy.org/doc/stable/user/basics.indexing.html has the same rules).
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence

import numpy as np

from .. import devices
from ..tensor import Tensor, make, wrap_dim
from . import view
from .define import op
from .operands import broadcast_mismatch, check_devices, in_order  # noqa: F401 (an entry calls it)
from .words import scalar_type, type_of

Index = object
WHOLE = slice(None)
count = math.prod


def _normal(index: Index, ndim: int) -> list:
    """The index as a list with one entry per dimension and new axis; lists become tensors, `...` is spelled out."""
    if isinstance(index, list) and any(isinstance(p, (list, Tensor, slice)) or p in (None, ...) for p in index):
        warnings.warn(
            "Using a non-tuple sequence for multidimensional indexing is deprecated; use x[tuple(seq)] instead "
            "of x[seq]",
            UserWarning,
            stacklevel=3,
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
        return make(np.asarray(part, dtype=None if len(part) else np.int64))
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
        warnings.warn(
            "indexing with dtype torch.uint8 is now deprecated, please use a dtype torch.bool instead.",
            UserWarning,
            stacklevel=3,
        )
    return [make(places) for places in devices.module_of(mask).nonzero(mask)]


def _bounds(part: slice, n: int) -> tuple[int, int, int]:
    step = 1 if part.step is None else part.step.__index__()
    if step == 0:
        raise ValueError("slice step cannot be zero")
    if step < 0:
        raise ValueError("step must be greater than zero")
    start, end, step = part.indices(n)
    return start, max(start, end), step


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
            start, end, step = _bounds(part, n)
            whole = part.start in (None, 0) and (part.stop is None or part.stop >= n) and step == 1
            if keep_full or not whole:
                result = view.slice_(result, dim, start, end, step)
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
    _add_at(whole, indices, grad)
    return whole


def _put(array: np.ndarray, values: np.ndarray, indices: tuple, accumulate: bool) -> np.ndarray:
    result = array.copy(order="K")
    put_into(result, values, indices, accumulate)
    return result


def put_into(array: np.ndarray, values: np.ndarray, indices: tuple, accumulate: bool) -> None:
    """array[indices] = values, or += where `accumulate`."""
    try:
        if accumulate:
            _add_at(array, indices, values)
        else:
            array[indices] = values
    except ValueError:
        raise _not_fitting(values.shape, array[indices].shape) from None


def _not_fitting(values: tuple[int, ...], places: tuple[int, ...]) -> RuntimeError:
    return RuntimeError(
        f"shape mismatch: value tensor of shape {list(values)} cannot be broadcast to indexing result of shape "
        f"{list(places)}"
    )


index_ = op(
    "index(self; indices)",
    "in_order(self[indices])",
    "IndexBackward0",
    self="_scatter_index(grad, self.shape, indices)",
)
_scatter_index = op("index_backward(grad_; shape, indices)", "_added_at(grad_, shape, indices)",
                    "IndexBackwardBackward0", grad_="index_(grad, indices)")  # fmt: skip
masked_select_ = op("masked_select(self; mask)", "self[mask]", "MaskedSelectBackward0",
                    self="_scatter_index(grad, self.shape, (mask,))")  # fmt: skip
take_ = op("take(self; index)", "self.reshape(-1)[index._array]", "TakeBackward0",
           self="_scatter_index(grad, (count(self.shape),), (index._array,)).reshape(self.shape)")  # fmt: skip
index_put_out = op("index_put(self, values; indices, accumulate)", "_put(self, values, indices, accumulate)",
                   "IndexPutBackward0",
                   self="grad if accumulate else index_put_out(grad, grad.new_zeros(()), indices, False)",
                   values="index_(grad, indices)")  # fmt: skip


def _add_at(whole: np.ndarray, indices: object, values: np.ndarray) -> None:
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


def _index_added(grad: np.ndarray, shape: tuple[int, ...], dim: int, index: Tensor) -> np.ndarray:
    whole = devices.module_of(grad).zeros(shape, grad.dtype)
    _add_at(np.moveaxis(whole, dim, 0), index._array.reshape(-1), np.moveaxis(grad, dim, 0))
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
    _add_at(whole, _places(index._array, dim), grad)
    return whole


# ---- along one dimension


def _slices(array: np.ndarray, index: Tensor, dim: int) -> np.ndarray:
    return np.take(array, index._array.reshape(-1), dim) if array.ndim else array.copy()


index_select_ = op("index_select(self; dim, index)", "_slices(self, index, dim)", "IndexSelectBackward0",
                   self="index_add_zeros(grad, self.shape, dim, index)")  # fmt: skip
index_add_zeros = op("index_add(grad_; shape, dim, index)", "_index_added(grad_, shape, dim, index)",
                     "IndexAddBackward0", grad_="index_select_(grad, dim, index)")  # fmt: skip
gather_ = op("gather(self; dim, index)", "_gathered(self, dim, index)", "GatherBackward0",
             self="scatter_add_zeros(grad, self.shape, dim, index)")  # fmt: skip
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
        _add_at(result, places, part)
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
        return tuple(make(i) for i in found)
    if not self._array.ndim:
        return make(xp.zeros((len(found[0]), 0), np.int64))
    return make(xp.stack(found, 1))


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


def tril(self: Tensor, diagonal: int = 0) -> Tensor:
    """The elements on and below a diagonal, 0 elsewhere."""
    _check_plane("tril", self)
    return tril_(self, diagonal)


def triu(self: Tensor, diagonal: int = 0) -> Tensor:
    """The elements on and above a diagonal, 0 elsewhere."""
    _check_plane("triu", self)
    return triu_(self, diagonal)


def _check_plane(name: str, x: Tensor) -> None:
    if x._array.ndim < 2:
        raise RuntimeError(f"{name}: input tensor must have at least 2 dimensions")


tril_ = op("tril(self; diagonal)", "np.tril(self, diagonal)", "TrilBackward0", self="tril_(grad, diagonal)")
triu_ = op("triu(self; diagonal)", "np.triu(self, diagonal)", "TriuBackward0", self="triu_(grad, diagonal)")


def repeat(self: Tensor, *repeats: object) -> Tensor:
    """The whole tensor over and over along each dimension (NumPy's tile)."""
    repeats = view.sizes(repeats)
    if len(repeats) < self._array.ndim:
        raise RuntimeError("Number of dimensions of repeat dims can not be smaller than number of dimensions of tensor")
    return repeat_(self, repeats)


repeat_ = op("repeat(self; repeats)", "np.tile(self, repeats)", "RepeatBackward0",
             self="_unrepeat(grad, self.shape, repeats)")  # fmt: skip


def _unrepeat(grad: Tensor, shape: tuple[int, ...], repeats: tuple[int, ...]) -> Tensor:
    shape = (1,) * (len(repeats) - len(shape)) + shape
    pairs = [n for r, s in zip(repeats, shape, strict=True) for n in (r, s)]
    summed = grad.reshape(pairs).sum(tuple(range(0, len(pairs), 2)))
    return summed


def tile(self: Tensor, *dims: object) -> Tensor:
    """repeat, where missing leading counts are 1."""
    dims = view.sizes(dims)
    return repeat(self, (1,) * (self._array.ndim - len(dims)) + dims)


def repeat_interleave(
    self: Tensor, repeats: int | Tensor | None = None, dim: int | None = None, *, output_size: int | None = None
) -> Tensor:
    """Every element (or slice along a dimension) so many times in a row.

    With one argument, whole numbers, each place of them so many times.

    >>> import tensorbook as torch
    >>> torch.tensor([7, 8]).repeat_interleave(2), torch.repeat_interleave(torch.tensor([1, 2]))
    (tensor([7, 7, 8, 8]), tensor([0, 1, 1]))
    """
    if repeats is None:
        if self._array.ndim != 1:
            raise RuntimeError("repeat_interleave only accept 1D vector as repeat")
        if self._array.dtype.kind != "i" or self._array.dtype.itemsize < 4:
            raise RuntimeError("repeats has to be Long or Int tensor")
        if (self._array < 0).any():
            raise RuntimeError("repeats can not be negative")
        return make(_repeated(np.arange(self.numel()), self, self.device))
    x = view.reshape(self, -1) if dim is None else self
    dim = 0 if dim is None else wrap_dim(dim, self._array.ndim)
    if isinstance(repeats, Tensor):
        if repeats._array.dtype.kind != "i" or repeats._array.dtype.itemsize < 4:
            raise RuntimeError("repeats has to be Long or Int tensor")
        if repeats.numel() not in (1, x._array.shape[dim]) or repeats._array.ndim > 1:
            raise RuntimeError("repeats must have the same size as input along dim, but got repeats.size(0) = "
                               f"{repeats.numel()} and input.size({dim}) = {x._array.shape[dim]}")  # fmt: skip
        return index_select(x, dim, make(_repeated(np.arange(x._array.shape[dim]), repeats, self.device)))
    if repeats < 0:
        raise RuntimeError("Repeats must be non-negative")
    shape = x._array.shape
    stretched = view.expand_(view.unsqueeze(x, dim + 1), (*shape[: dim + 1], repeats, *shape[dim + 1 :]))
    return view.view_(view.copy_in_order(stretched), (*shape[:dim], shape[dim] * repeats, *shape[dim + 1 :]))


def _repeated(places: np.ndarray, repeats: Tensor, device: object) -> np.ndarray:
    """Counted on the CPU, since how many there will be must be known."""
    return devices.move(np.repeat(places, devices.move(repeats._array, devices.CPU)), device)


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
