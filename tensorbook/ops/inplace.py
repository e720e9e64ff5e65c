"""Writing into a tensor that exists: `x.add_(1)`, `x[0] = 5`, `x += y`.

The memory is overwritten and its version raised, so that autograd notices where a value that it saved is gone. What
may be written to, and what a write does to the history of all views, stands in writing.py.
https://pytorch.org/docs/stable/notes/autograd.html#in-place-operations-with-autograd
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from .. import devices, dtypes
from ..graph import Node, grad_mode
from ..storage import InferenceStorage, TypedStorage, UntypedStorage, pointer
from ..tensor import Tensor, contiguous_strides, make, storage_of, wrap_dim
from . import arithmetic, choosing, conversion, indexing, picking, short_writes, view
from .choosing import nothing  # noqa: F401 (formulas name it)
from .define import op
from .fitting import fitting
from .operands import broadcast_mismatch, cast, check_devices, must_be_tensor, operand
from .shared_places import apart, put, put_by_turns
from .words import c_type, type_name, type_of
from .writing import check_elements_apart, check_history, check_writable, overlap, recorded, refuse_shared, written


def check_result(x: Tensor, shape: tuple[int, ...], kind: np.dtype) -> None:
    if shape != x._array.shape:
        raise RuntimeError(f"output with shape {list(x._array.shape)} doesn't match the broadcast shape {list(shape)}")
    if kind is not x._array.dtype and not dtypes.can_cast(dtypes.from_numpy_dtype(kind), x.dtype):
        source, target = type_name(np.empty(0, kind)), type_name(x._array)
        raise RuntimeError(f"result type {source} can't be cast to the desired output type {target}")


def apply(x: Tensor, function: Callable, *args: object, repeats: bool = False, **named: object) -> Tensor:
    """x becomes function(x, *args), in place. `repeats`: see check_writable."""
    operands = (*args, *named.values())
    try:
        check_writable(x, *operands, repeats=repeats)
    except RuntimeError:
        check_history(x, *operands)
        _check_dim(x, function, args, named)
        raise
    before = make(x._array)
    before._node = x._node if grad_mode.enabled else None
    node = getattr(function, "node", Node)  # what chooses between entries may save x, for all that is known
    if node is not None and "self" in getattr(node, "saved_names", ("self",)) and recorded(x, *operands):
        before._array = x._array.copy(order="K")  # the node needs the old value, which is about to go
    result = function(before, *args, **named)
    check_result(x, result._array.shape, result._array.dtype)
    read = [a._array for a in operands if isinstance(a, Tensor) and _fits(a._array.shape, x._array.shape)]
    put_by_turns(x._array, result._array, lambda: function(make(x._array), *args, **named)._array, *read)
    node = result._node
    if "result" in getattr(node, "saved_names", ()) and node.result_ is result._array:  # which now lives here
        storage = storage_of(x)
        node.result_, node.result_storage, node.result_version = x._array, storage, storage.version + 1
    written(x, node)
    return x


def check_stretch(self: Tensor, other: Tensor) -> None:
    """Raise where self would have to be stretched to meet other."""
    shape, own = other._array.shape, self._array.shape
    if shape != own and broadcast_mismatch(shape, own) is None:
        check_result(self, np.broadcast_shapes(shape, own), self._array.dtype)


def _check_dim(x: Tensor, function: Callable, args: tuple, named: dict) -> None:
    """A dimension that does not exist is told before what is wrong with the memory."""
    code = function.__code__
    dim = {**dict(zip(code.co_varnames[1 : code.co_argcount], args, strict=False)), **named}.get("dim")
    if isinstance(dim, int):
        wrap_dim(dim, x._array.ndim)


def in_place(function: Callable, name: str) -> Callable:
    """The method that overwrites a tensor with what `function` makes of it."""

    def method(self: Tensor, *args: object, **named: object) -> Tensor:
        if len(args) == 1 and isinstance(args[0], Tensor):
            check_stretch(self, args[0])
        return apply(self, function, *args, **named)

    method.__name__ = method.__qualname__ = name
    method.__module__, method.__doc__ = "tensorbook", f"{name.rstrip('_')}, in place."
    return method


# ---- writes that forget what was there


overwrite = op("copy(self, src; place, source)", "np.broadcast_to(src, self.shape).astype(self.dtype)", "CopyBackwards",
               self="nothing(grad)", src="grad.to(place, source)")  # fmt: skip
overwrite.node.name = lambda node: "torch::autograd::CopyBackwards"
fill_value = op("fill(self; value)", "np.full_like(self, value)", "FillBackward2", self="nothing(grad)")
fill_tensor = op(
    "fill(self, value)", "np.full_like(self, value)", "FillBackward3", self="nothing(grad)", value="grad.sum()"
)
zero_value = op("zero(self)", "np.zeros_like(self)", "ZeroBackward0", self="nothing(grad)")


def _fits(shape: tuple[int, ...], into: tuple[int, ...]) -> bool:
    """Whether a shape can be stretched to another."""
    return len(shape) <= len(into) and all(n in (1, m) for n, m in zip(reversed(shape), reversed(into), strict=False))


def _same_window(a: Tensor, b: Tensor) -> bool:
    x, y = a._array, b._array
    return (x.shape, x.strides, x.dtype) == (y.shape, y.strides, y.dtype) and pointer(x) == pointer(y)


def copy_(self: Tensor, src: Tensor, non_blocking: bool = False) -> Tensor:
    """Overwrite with another tensor's numbers, or a number, broadcast and converted as needed."""
    if short_writes.copy(self, src):
        return self
    if not isinstance(src, Tensor):
        src = make(devices.move(np.asarray(src), self.device))
    check_writable(self, src, repeats=_same_window(self, src))
    if src._array.shape != self._array.shape and not _fits(src._array.shape, self._array.shape):
        source = src._array.shape
        target = self._array.shape
        at = next(
            (i for i in range(1, len(target) + 1) if i > len(source) or source[-i] not in (1, target[-i])), len(target)
        )
        if len(source) > len(target):
            raise RuntimeError(f"output with shape {list(target)} doesn't match the broadcast shape {list(source)}")
        raise RuntimeError(
            f"The size of tensor a ({target[-at]}) must match the size of tensor b ({source[-at]}) at non-singleton "
            f"dimension {len(target) - at}"
        )
    array = devices.move(src._array, self.device)
    if not recorded(self, src) or self._array.dtype.kind != "f":
        put(self._array, array)
        written(self)
        return self
    before = make(self._array)
    before._node = self._node
    source = src
    if array is not src._array:
        source = src.to(self.device)
    node = overwrite(before, source, source.device, source.dtype)._node
    put(self._array, array)
    written(self, node)
    return self


def fill_(self: Tensor, value: Tensor | float) -> Tensor:
    """All the same value: a number, or a tensor without dimensions, through which the gradient flows."""
    if short_writes.fill(self, value):
        return self
    if not isinstance(value, Tensor):
        return apply(self, fill_value, fitting(value, self._array.dtype)[()], repeats=True)
    if value._array.ndim:
        raise RuntimeError(
            f"fill_ only supports 0-dimension value tensor but got tensor with {value._array.ndim} dimensions."
        )
    check_elements_apart(self)
    return apply(self, fill_tensor, cast(value.to(self.device), self._array.dtype), repeats=True)


def fill(self: Tensor, value: Tensor | float) -> Tensor:
    """A copy in which everything is one value."""
    return fill_(view.clone(self), value)


def zero_(self: Tensor) -> Tensor:
    """All 0."""
    return self if short_writes.fill(self, 0) else apply(self, zero_value, repeats=True)


def index_put_(self: Tensor, indices: tuple, values: Tensor, accumulate: bool = False) -> Tensor:
    """Overwrite (or add to) the elements that index tensors pick."""
    check_history(self, values)
    part, places = indexing.put_places(self, indices)
    _index_put(part, places, values, accumulate, indices)
    return self


def _index_put(self: Tensor, places: list, values: Tensor, accumulate: bool, masks: Sequence[Tensor]) -> Tensor:
    """`masks`: the index tensors as they were given, while `places` are where they hold."""
    check_history(self, values)
    if not values._array.ndim:
        values = values.to(self.device)
    check_devices(self, values)
    if indexing.fills(masks, values, accumulate):
        values = cast(values, self._array.dtype)
    else:
        refuse_shared(self, values, *(part for part in places if part is not None))
    index, node = indexing.check_put(self, places, values), None
    if recorded(self, values):
        before = make(self._array)
        before._node = self._node
        node = indexing.index_put_out(before, values, index, accumulate)._node
    indexing.put_into(self._array, values._array, index, accumulate)
    written(self, node)
    return self


def delitem(self: Tensor, index: object) -> None:
    """`del x[index]`: a tensor keeps its shape."""
    raise TypeError("Tensor does not support deleting items")


def setitem(self: Tensor, index: object, value: object) -> None:
    """`x[index] = value`."""
    if index is False or short_writes.set_part(self, index, value):
        return
    if not isinstance(value, Tensor):
        value = make(devices.move(_assignable(value, self), self.device))
    if isinstance(index, Tensor) and fill_where(self, index._array, value):
        return
    parts = indexing._normal(None if index is True else index, self._array.ndim)
    part, rest = indexing._basic(self, parts)
    shape, lengths = part._array.shape, value._array.shape
    by_tensors = any(p is not None for p in rest)
    if not lengths and shape and not by_tensors and value.device == part.device:
        fill_(part, value)
    elif by_tensors:
        if lengths[:1] == (1,):
            value = view.view_(value, _without_leading_ones(lengths))
        _index_put(part, rest, value, False, _index_tensors(parts))
    else:
        if lengths != shape:
            value = view.view_(value, _without_leading_ones(lengths))
            if value._array.shape != shape:
                value = view.expand_(value, shape)
        copy_(part, value)


def _index_tensors(parts: list) -> list[Tensor]:
    """The tensors in an index by which elements are picked one by one; x[True] is as good as a tensor of numbers."""
    tensors = [p for p in parts if isinstance(p, Tensor) and (p._array.ndim or indexing.is_mask(p._array))]
    return [p if p._array.ndim else p.long() for p in tensors]


def _assignable(value: object, x: Tensor) -> np.ndarray:
    """A number to write into x; nothing else but a tensor may be written."""
    if not isinstance(value, (int, float, complex, np.integer)):
        raise TypeError(f"can't assign a {type_of(value)} to a {conversion.type(x)}")
    if isinstance(value, int) and value.bit_length() > 64:
        raise ValueError("Overflow when unpacking long long")
    kind = x._array.dtype
    return fitting(value, kind) if kind != np.float16 else fitting(value, np.dtype(np.float64)).astype(kind)


def _without_leading_ones(shape: tuple[int, ...]) -> tuple[int, ...]:
    ones = next((i for i, n in enumerate(shape) if n != 1), len(shape))
    return shape[ones:]


def fill_where(x: Tensor, mask: np.ndarray, value: Tensor) -> bool:
    """The short way to one number wherever a mask holds, where nothing is recorded and all is on the CPU.

    False where it does not lead there; then nothing was done.
    """
    array, number = x._array, value._array
    if mask.dtype.kind != "b" or mask.shape != array.shape or not mask.ndim or number.ndim:
        return False
    if array.dtype is not number.dtype or 0 in array.strides or recorded(x, value):
        return False
    if not array.__class__ is mask.__class__ is number.__class__ is np.ndarray:
        return False
    picking.fill(array, mask, number)
    written(x, None)
    return True


def masked_fill_(self: Tensor, mask: Tensor, value: Tensor | float) -> Tensor:
    """A value wherever the mask holds."""
    return apply(self, choosing.masked_fill, mask, value, repeats=True)


# ---- arithmetic in place: straight into the memory where nothing is recorded


def _arithmetic(name: str, function: Callable, ufunc: np.ufunc, scaled: Callable | None = None) -> Callable:
    """The method; its `operator`, for `x += y`, gives NotImplemented where it cannot take an operand."""
    method = _into_memory(name, function, ufunc, scaled, named=True)
    method.operator = _into_memory(name, function, ufunc, None, named=False)
    return method


def _into_memory(name: str, function: Callable, ufunc: np.ufunc, scaled: Callable | None, named: bool) -> Callable:
    def method(self: Tensor, other: Tensor | float, *, alpha: float = 1) -> Tensor:
        given = other
        if other.__class__ is not Tensor:
            other = operand(other, self)
            if other is NotImplemented:
                if named:
                    raise must_be_tensor(name, given, position=1)
                return other
        if alpha != 1:
            return apply(self, scaled, other, alpha=alpha)
        if (self._node is not None or other._node is not None) and grad_mode.enabled:
            return apply(self, function, other)
        if self._view_of is not None:
            check_history(self)
        array, right, storage = self._array, other._array, self._storage
        if (
            array.dtype is not right.dtype
            or array.__class__ is not right.__class__
            or not (array.flags.c_contiguous or apart(array))
            or storage.__class__ is InferenceStorage
            or (right is not array and other._storage is not None and overlap(array, right) == "in part")
        ):
            return apply(self, function, other)
        try:
            ufunc(array, right, array)
        except (ValueError, TypeError):
            return apply(self, function, other)  # finds the words for it
        written(self)
        return self

    method.__name__, method.__doc__ = name, f"{name.rstrip('_')}, in place."
    return method


add_ = _arithmetic("add_", arithmetic.plus, np.add, arithmetic.add)
sub_ = _arithmetic("sub_", arithmetic.minus, np.subtract, arithmetic.sub)
mul_ = _arithmetic("mul_", arithmetic.mul, np.multiply)
divide_ = _arithmetic("div_", arithmetic.true_divide, np.true_divide)


def div_(self: Tensor, other: Tensor | float, *, rounding_mode: str | None = None) -> Tensor:
    """div, in place."""
    if rounding_mode is None:
        return divide_(self, other)
    return apply(self, arithmetic.div, other, rounding_mode=rounding_mode)


def detach_(self: Tensor) -> Tensor:
    """Cut this tensor off from its history, in place."""
    if self._view_of is not None:
        raise RuntimeError(
            "Can't detach views in-place. Use detach() instead. If you are using DistributedDataParallel (DDP) for "
            "training, and gradient_as_bucket_view is set as True, gradients are views of DDP buckets, and hence "
            "detach_() cannot be called on these gradients."
        )
    self._node = None
    return self


# ---- another size, other memory, and element by element


def resize_(self: Tensor, *size: int) -> Tensor:
    """Another size for this very tensor. Elements that there were not before hold whatever lay there."""
    if self._node is not None:
        raise RuntimeError("cannot resize variables that require grad")
    shape = view.sizes(size)
    storage = storage_of(self)
    start, count = self.storage_offset(), math.prod(shape)
    if start + count > storage.elements().size:
        memory = devices.module_of(self._array).zeros(start + count, self._array.dtype)
        memory[: storage.elements().size] = storage.elements()
        storage.array = storage._flat = memory
    self._array = storage.window(self._array.dtype, shape, contiguous_strides(shape), start)
    return self


def resize_as_(self: Tensor, the_template: Tensor) -> Tensor:
    """resize_ to the size of another tensor."""
    return resize_(self, the_template._array.shape)


def set_(
    self: Tensor,
    source: Tensor | TypedStorage | UntypedStorage,
    storage_offset: int = 0,
    size: Sequence[int] | None = None,
    stride: Sequence[int] | None = None,
) -> Tensor:
    """From now on this tensor looks at the memory of another, or at a storage: all of it, or a window on it."""
    if isinstance(source, Tensor) and size is None:
        self._array, self._storage = source._array, storage_of(source)
        return self
    kind = self._array.dtype
    if isinstance(source, TypedStorage) and source._kind != kind:
        raise RuntimeError(
            f"Expected a Storage of type {c_type(self)} or an UntypedStorage, but got type "
            f"{dtypes.OLDER_NAMES[source._kind.str[1:]]} for argument 1 'storage'"
        )
    storage = storage_of(source) if isinstance(source, Tensor) else source._storage
    shape = (storage.elements().nbytes // kind.itemsize,) if size is None else tuple(size)
    steps = contiguous_strides(shape) if stride is None else tuple(stride)
    self._array, self._storage = storage.window(kind, shape, steps, storage_offset), storage
    return self


def fill_diagonal_(self: Tensor, fill_value: float, wrap: bool = False) -> Tensor:
    """The main diagonal all one value; with `wrap` it begins again below a tall matrix."""
    shape = self._array.shape
    if len(shape) < 2:
        raise RuntimeError("dimensions must larger than 1")
    if len(shape) > 2 and len(set(shape)) > 1:
        raise RuntimeError("all dimensions of input must be of equal length")
    length = min(shape)
    if wrap and len(shape) == 2 and shape[0] > shape[1] + 1:
        length = -(-shape[0] * shape[1] // (shape[1] + 1))
    fill_(view.as_strided(self, (length,), (sum(self.stride()),)), fill_value)
    return self


def map_(self: Tensor, tensor: Tensor, function: Callable) -> Tensor:
    """Overwrite each element with function(element, element of another tensor)."""
    if self._node is not None or tensor._node is not None:
        raise RuntimeError("map_(): doesn't support tensors that require grad")
    pairs = zip(self._array.reshape(-1).tolist(), view.expand_as(tensor, self)._array.reshape(-1).tolist(), strict=True)
    values = np.array([function(a, b) for a, b in pairs]).astype(self._array.dtype)
    return copy_(self, make(values.reshape(self._array.shape)))


def apply_(self: Tensor, function: Callable) -> Tensor:
    """Overwrite each element with function(element): slow, on the CPU only."""
    if self._node is not None:
        raise RuntimeError("apply_(): doesn't support tensors that require grad")
    if self.is_cuda:
        raise TypeError("apply_ is only implemented on CPU tensors")
    values = np.array([function(v) for v in self._array.reshape(-1).tolist()])
    return copy_(self, make(values.astype(self._array.dtype).reshape(self._array.shape)))
