"""Writing into a tensor that exists: `x.add_(1)`, `x[0] = 5`, `x += y`.

The memory is overwritten and its version raised, so that autograd notices where a value that it saved is gone. Where
the write is recorded, history is rewritten: the tensor's node becomes the new operation. If the tensor is a view, its
base gets a CopySlices node, and every other view of the memory is made to follow the base.
https://pytorch.org/docs/stable/notes/autograd.html#in-place-operations-with-autograd
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .. import devices, dtypes
from ..graph import AccumulateGrad, Node, grad_mode, next_sequence
from ..tensor import Tensor, make, storage_of
from . import geometry, indexing, pointwise, view
from .define import op
from .node import by_way_of_tensors
from .operands import as_array, cast, check_devices, operand


def check_writable(x: Tensor) -> None:
    """Raise where an in-place write is not allowed."""
    if grad_mode.enabled:
        if x._node.__class__ is AccumulateGrad:
            raise RuntimeError("a leaf Variable that requires grad is being used in an in-place operation.")
        base = x._view_of
        if base is not None and base._node.__class__ is AccumulateGrad:
            raise RuntimeError("a view of a leaf Variable that requires grad is being used in an in-place operation.")
    array = x._array
    if 0 in array.strides and any(s == 0 and n > 1 for s, n in zip(array.strides, array.shape, strict=True)):
        raise RuntimeError(
            "unsupported operation: more than one element of the written-to tensor refers to a single memory location. "
            "Please clone() the tensor before performing the operation."
        )


def check_result(x: Tensor, shape: tuple[int, ...], kind: np.dtype) -> None:
    if shape != x._array.shape:
        raise RuntimeError(f"output with shape {list(x._array.shape)} doesn't match the broadcast shape {list(shape)}")
    if kind is not x._array.dtype and not dtypes.can_cast(dtypes.from_numpy_dtype(kind), x.dtype):
        names = {"float32": "Float", "float64": "Double", "int64": "Long", "int32": "Int", "bool": "Bool"}
        source, target = dtypes.from_numpy_dtype(kind).name, x.dtype.name
        raise RuntimeError(
            f"result type {names.get(source, source)} can't be cast to the desired output type "
            f"{names.get(target, target)}"
        )


def apply(x: Tensor, function: Callable, *args: object) -> Tensor:
    """x becomes function(x, *args), in place."""
    check_writable(x)
    before = make(x._array)
    before._node = x._node
    saves_self = function.node is not None and "self" in function.node.saved_names
    recording = grad_mode.enabled and (x._node is not None or any(getattr(a, "_node", None) is not None for a in args))
    if recording and saves_self:  # the node needs the old value, which is about to go
        before._array = x._array.copy(order="K")
    result = function(before, *args)
    check_result(x, result._array.shape, result._array.dtype)
    x._array[...] = result._array
    storage = storage_of(x)
    storage.version += 1
    node = result._node
    if node is not None:
        if "result" in getattr(node, "saved_names", ()) and node.result_ is result._array:  # and now lives here
            node.result_, node.result_storage, node.result_version = x._array, storage, storage.version
        rewrite_history(x, node)
    return x


def rewrite_history(x: Tensor, node: Node) -> None:
    """`node` made what x now holds."""
    base = x._view_of
    if base is None:
        x._node = node
    else:
        base._node = CopySlices.over(base, x, node)
    follow_base(x if base is None else base, x._storage)


def follow_base(base: Tensor, storage: object) -> None:
    """Every view of a base that has been written to gets its history from the base's new one."""
    place = None
    for reference in list(storage.views):
        other = reference()
        if other is not None and other is not base and other._view_of is base:
            place = place or geometry.of(base)
            shape, steps, offset = geometry.of(other)
            other._node = view.as_strided_(base, shape, steps, offset, place)._node


class CopySlices(Node):
    """A write through a view: the rest of the base keeps its history, the part that was written gets the node's."""

    __slots__ = ("base_place", "function", "part_place")

    @classmethod
    def over(cls, base: Tensor, part: Tensor, function: Node) -> CopySlices:
        node = cls()
        node.function, node.base_place, node.part_place = function, geometry.of(base), geometry.of(part)
        node.edges = (base._node, *function.edges[1:])
        node.sequence, node.shape, node.hooks = next_sequence(), base._array.shape, None
        return node

    def arrays(self, grad: object, keep: bool) -> tuple:
        grads = by_way_of_tensors(self, make(as_array(grad)), keep)
        return tuple(None if g is None else g._array for g in grads)

    def tensors(self, grad: Tensor, keep: bool) -> tuple:
        whole = view.copy_in_order(grad)
        part_shape, part_steps, part_start = self._in_dense_base()
        own = geometry.of(whole)
        window = view.as_strided_(whole, part_shape, part_steps, part_start, own)
        first, *rest = self.function.tensors(view.copy_in_order(window), keep)
        if self.edges[0] is None:
            return (None, *rest)
        if first is None:
            first = make(devices.module_of(grad._array).zeros(part_shape, grad._array.dtype))
        copy_(view.as_strided_(whole, part_shape, part_steps, part_start, own), first)
        return (whole, *rest)

    def _in_dense_base(self) -> tuple:
        """Where the part lies in a base whose elements lie in order."""
        shape, steps, start = self.base_place
        part_shape, part_steps, part_start = self.part_place
        dense = make(np.empty(shape, np.bool_))
        dense_steps = dense.stride()
        if dense_steps == steps:
            return part_shape, part_steps, part_start - start
        # the base itself is not in order: translate each stride of the part into steps along the base's dimensions
        order = sorted(range(len(steps)), key=lambda d: -steps[d])

        def translate(distance: int) -> int:
            total = 0
            for d in order:
                if steps[d] and shape[d] > 1:
                    count, distance = divmod(distance, steps[d])
                    total += count * dense_steps[d]
            return total

        return part_shape, tuple(translate(s) for s in part_steps), translate(part_start - start)


CopySlices.__module__ = "tensorbook"

# ---- writes that forget what was there

overwrite = op("copy(self, src; place, source)", "np.broadcast_to(src, self.shape).astype(self.dtype)", "CopyBackwards",
               self="grad * 0", src="grad.to(place, source)")  # fmt: skip
fill_value = op("fill(self; value)", "np.full_like(self, value)", "FillBackward2", self="grad * 0")
fill_tensor = op("fill(self, value)", "np.full_like(self, value)", "FillBackward3", self="grad * 0", value="grad.sum()")
zero_value = op("zero(self)", "np.zeros_like(self)", "ZeroBackward0", self="grad * 0")


def copy_(self: Tensor, src: Tensor, non_blocking: bool = False) -> Tensor:
    """Overwrite with another tensor's numbers, broadcast and converted as needed."""
    check_writable(self)
    try:
        stretched = np.broadcast_shapes(src._array.shape, self._array.shape)
    except ValueError:
        stretched = None
    if stretched != self._array.shape:
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
    recording = grad_mode.enabled and (self._node is not None or src._node is not None)
    if not recording:
        self._array[...] = array
        storage_of(self).version += 1
        return self
    before = make(self._array)
    before._node = self._node
    source = src
    if array is not src._array:
        source = src.to(self.device)
    node = overwrite(before, source, source.device, source.dtype)._node
    self._array[...] = array
    storage_of(self).version += 1
    rewrite_history(self, node)
    return self


def fill_in(self: Tensor, array: np.ndarray) -> Tensor:
    """Overwrite with fresh numbers; what was there has no gradient any more."""
    return copy_(self, make(array))


def fill_(self: Tensor, value: Tensor | float) -> Tensor:
    """All the same value: a number, or a tensor without dimensions, through which the gradient flows."""
    if not isinstance(value, Tensor):
        return apply(self, fill_value, value)
    if value._array.ndim:
        raise RuntimeError(
            f"fill_ only supports 0-dimension value tensor but got tensor with {value._array.ndim} dimensions."
        )
    return apply(self, fill_tensor, cast(value.to(self.device), self._array.dtype))


def zero_(self: Tensor) -> Tensor:
    """All 0."""
    return apply(self, zero_value)


def index_put_(self: Tensor, indices: tuple, values: Tensor, accumulate: bool = False) -> Tensor:
    """Overwrite (or add to) the elements that index tensors pick."""
    if not values._array.ndim:
        values = values.to(self.device)
    check_devices(self, values)
    rest = []
    for part in indices:
        if part is not None and part._array.dtype.kind == "b":
            rest += [make(i) for i in devices.module_of(part._array).nonzero(part._array)]
        else:
            rest.append(part)
    places = indexing._array_index(rest, self)
    return apply(self, indexing.index_put_out, cast(values, self._array.dtype), places, accumulate)


def setitem(self: Tensor, index: object, value: object) -> None:
    """`x[index] = value`."""
    if not isinstance(value, Tensor):
        value = make(devices.move(np.asarray(value, dtype=self._array.dtype), self.device))
    if (
        not isinstance(index, tuple)
        and isinstance(index, Tensor)
        and index._array.dtype.kind == "b"
        and not value.dim()
    ):
        indexing._check_mask(index._array, self, 0)
        index_put_(self, (index,), value)
        return
    part, rest = indexing._basic(self, indexing._normal(index, self._array.ndim))
    if any(p is not None for p in rest):
        index_put_(part, tuple(rest), value)
        return
    shape = part._array.shape
    if not value._array.ndim and value.device == part.device:
        fill_(part, value)
        return
    if value._array.shape != shape:
        lengths = value._array.shape
        while lengths and lengths[0] == 1:  # leading ones do not count
            lengths = lengths[1:]
        value = view.view_(value, lengths)
        if lengths != shape:
            value = view.expand_(value, shape)
    copy_(part, value)


def masked_fill_(self: Tensor, mask: Tensor, value: Tensor | float) -> Tensor:
    """A value wherever the mask holds."""
    check_devices(self, mask)
    value = value.item() if isinstance(value, Tensor) else value
    return apply(self, pointwise.masked_fill_scalar, mask._array, value)


# ---- arithmetic in place: straight into the memory where nothing is recorded


def _arithmetic(name: str, function: Callable, ufunc: np.ufunc) -> Callable:
    def method(self: Tensor, other: Tensor | float, *, alpha: float = 1) -> Tensor:
        given = other
        if other.__class__ is not Tensor:
            other = operand(other, self)
            if other is NotImplemented:
                raise TypeError(f"{name}(): argument 'other' must be Tensor or a number, not {type(given).__name__}")
        if alpha != 1:
            other = pointwise.mul(other, alpha)
        if grad_mode.enabled and (self._node is not None or other._node is not None):
            return apply(self, function, other)
        array, right = self._array, other._array
        if array.dtype is not right.dtype or array.__class__ is not right.__class__ or 0 in array.strides:
            return apply(self, function, other)
        try:
            ufunc(array, right, out=array)
        except (ValueError, TypeError):
            return apply(self, function, other)  # finds the words for it
        storage = self._storage
        if storage is None:
            storage = storage_of(self)
        storage.version += 1
        return self

    method.__name__, method.__doc__ = name, f"{name.rstrip('_')}, in place."
    return method


add_ = _arithmetic("add_", pointwise.plus, np.add)
sub_ = _arithmetic("sub_", pointwise.minus, np.subtract)
mul_ = _arithmetic("mul_", pointwise.mul, np.multiply)
div_ = _arithmetic("div_", pointwise.true_divide, np.true_divide)


def pow_(self: Tensor, exponent: Tensor | float) -> Tensor:
    """pow, in place."""
    return apply(self, _Pow(), exponent)


class _Pow:
    node = pointwise.power_scalar.node

    def __call__(self, *args: object) -> Tensor:
        return pointwise.pow(*args)


def clamp_(self: Tensor, min: float | None = None, max: float | None = None) -> Tensor:
    """clamp, in place."""
    return apply(self, pointwise.clamp_scalars, min, max)


def _unary(function: Callable) -> Callable:
    def method(self: Tensor) -> Tensor:
        return apply(self, function)

    method.__name__ = function.__name__ + "_"
    method.__doc__ = f"{function.__name__}, in place."
    return method


UNARY = {
    f.__name__ + "_": _unary(f)
    for f in (
        pointwise.neg, pointwise.reciprocal, pointwise.sqrt, pointwise.rsqrt, pointwise.exp, pointwise.log,
        pointwise.sin,
        pointwise.cos, pointwise.tan, pointwise.tanh, pointwise.sigmoid, pointwise.relu, pointwise.abs, pointwise.sign,
        pointwise.floor, pointwise.ceil, pointwise.trunc, pointwise.log2, pointwise.log10, pointwise.log1p,
        pointwise.expm1,
    )
}  # fmt: skip
BINARY = {
    name: (lambda f: lambda self, other: apply(self, f, operand(other, self)))(function)
    for name, function in {
        "remainder_": pointwise.remainder, "floor_divide_": pointwise.floor_divide, "fmod_": pointwise.fmod,
        "eq_": pointwise.eq, "ne_": pointwise.ne, "lt_": pointwise.lt, "le_": pointwise.le, "gt_": pointwise.gt,
        "ge_": pointwise.ge, "logical_and_": pointwise.logical_and, "logical_or_": pointwise.logical_or,
        "bitwise_and_": pointwise.bitwise_and, "bitwise_or_": pointwise.bitwise_or,
        "bitwise_xor_": pointwise.bitwise_xor,
    }.items()
}  # fmt: skip


def scatter_(self: Tensor, dim: int, index: Tensor, src: Tensor | float) -> Tensor:
    """Write each element of src where `index` says along a dimension."""
    return indexing._scatter_by(lambda function, *args: apply(self, function, *args), self, dim, index, src)


def scatter_add_(self: Tensor, dim: int, index: Tensor, src: Tensor) -> Tensor:
    """Add each element of src where `index` says along a dimension."""
    run = lambda function, *args: apply(self, function, *args)  # noqa: E731
    return indexing._scatter_by(run, self, dim, index, src, indexing.scatter_add_src)


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
