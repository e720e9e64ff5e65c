"""One tensor as several views, side by side along one dimension. Each call makes one node with several outputs."""

from __future__ import annotations

from collections.abc import Sequence
from weakref import ref

import numpy as np

from .. import devices
from ..graph import Edge, Node, grad_mode, next_sequence
from ..tensor import PartOf, Tensor, make, new_tensor, storage_of, unseen, wrap_dim
from .joining import cat, stack
from .node import as_shown, by_way_of_tensors, without_sign
from .operands import as_array
from .view import place


class _Parts(Node):
    """The parts of a tensor along one dimension; a part that got no gradient counts as zeros."""

    __slots__ = ("dim_", "like_", "output_count", "shapes_")

    def arrays(self, grad: list, keep: bool) -> tuple:
        tensors = [None if g is None else make(as_array(g)) for g in (grad if self.output_count > 1 else [grad])]
        grad = tensors if self.output_count > 1 else tensors[0]
        return tuple(g._array for g in by_way_of_tensors(self, grad, keep))

    def output_shapes(self) -> list[tuple[int, ...]]:
        return self.shapes_

    def complete(self, grads: list | Tensor) -> list[Tensor]:
        if self.output_count == 1:
            return [grads]
        like = next(g for g in grads if g is not None)
        xp = devices.module_of(like._array)
        return [
            make(xp.zeros(shape, like._array.dtype)) if g is None else g
            for g, shape in zip(grads, self.shapes_, strict=True)
        ]

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *(f"_saved_{name}" for name in ("dim", *self.shown))]

    shown: tuple[str, ...] = ()

    def saved(self, name: str) -> object:
        if name == "dim":
            return without_sign(name, as_shown(self.dim_))
        if name not in self.shown:
            return super().saved(name)
        sizes = tuple(shape[self.dim_] for shape in self.shapes_)
        first = self.shapes_[0]
        whole = (*first[: self.dim_], sum(sizes), *first[self.dim_ + 1 :])
        return {"self_sym_sizes": whole, "split_sizes": sizes, "split_size": sizes[0]}[name]


class SplitBackward0(_Parts):
    __slots__ = ()
    shown = ("self_sym_sizes", "split_size")

    def tensors(self, grad: list, keep: bool) -> tuple:
        return (cat(self.complete(grad), self.dim_),)


class SplitWithSizesBackward0(SplitBackward0):
    __slots__ = ()
    shown = ("self_sym_sizes", "split_sizes")


class UnsafeSplitBackward0(SplitBackward0):
    """PyTorch's name where its own code splits what nobody else can see."""

    __slots__ = ()


class UnbindBackward0(_Parts):
    __slots__ = ()

    def tensors(self, grad: list, keep: bool) -> tuple:
        return (stack(self.complete(grad), self.dim_),)


def _parts(self: Tensor, node_class: type, dim: int, indices: list) -> tuple[Tensor, ...]:
    """Views of `self` at indices along a dimension, all outputs of one node."""
    storage, array = storage_of(self), self._array
    views = [array[place(dim, i)] for i in indices]
    node = None
    if self._node is not None and grad_mode.enabled:
        node = node_class()
        node.edges, node.sequence, node.hooks = (self._node,), next_sequence(), None
        node.shape = None if len(views) != 1 else views[0].shape
        node.dim_, node.shapes_, node.output_count = dim, [v.shape for v in views], len(views)
        if grad_mode.unusual:
            grad_mode.recorded(node)
    whole = self._view_of
    if whole.__class__ is not PartOf:
        mode = "" if grad_mode.enabled else "inference" if grad_mode.inference else "no_grad"
        whole = PartOf(self if whole is None else whole, mode)
    parts = []
    for i, shown in enumerate(views):
        part = new_tensor()
        part._array, part._storage = shown, storage
        part._view_of = whole
        part._node = None if node is None else Edge(node, i)
        storage.add_view(ref(part))
        if whole.mode and not grad_mode.enabled:
            unseen(part)
        parts.append(part)
    return tuple(parts)


def split_tensor(tensor: Tensor, split_size_or_sections: int | Sequence[int], dim: int = 0) -> tuple[Tensor, ...]:
    """split as a function, whose arguments have longer names."""
    return split(tensor, split_size_or_sections, dim)


def split(self: Tensor, split_size: int | Sequence[int], dim: int = 0) -> tuple[Tensor, ...]:
    """Views of a size each (the last may be smaller), or of the sizes given, along a dimension."""
    if not self._array.ndim:
        raise RuntimeError("split expects at least a 1-dimensional tensor")
    dim = wrap_dim(dim, self._array.ndim)
    n = self._array.shape[dim]
    size = split_size
    if isinstance(size, int):
        if size < 0:
            raise RuntimeError(f"split expects split_size be non-negative, but got split_size={size}")
        if size == 0 and n != 0:
            raise RuntimeError(f"split_size can only be 0 if dimension size is 0, but got dimension size of {n}")
        starts = list(range(0, n, size)) if n else [0]
        ends = [min(s + size, n) for s in starts]
        kind = SplitBackward0
    else:
        if sum(size) != n:
            raise RuntimeError(
                f"split_with_sizes expects split_sizes to sum exactly to {n} (input tensor's size at dimension {dim}), "
                f"but got split_sizes={list(size)}"
            )
        ends = np.cumsum(size).tolist()
        starts = [e - s for e, s in zip(ends, size, strict=True)]
        kind = SplitWithSizesBackward0
    return _parts(self, kind, dim, [slice(s, e) for s, e in zip(starts, ends, strict=True)])


def chunk(self: Tensor, chunks: int, dim: int = 0) -> tuple[Tensor, ...]:
    """At most so many views of equal size along a dimension."""
    if chunks <= 0:
        raise RuntimeError(f"chunk expects `chunks` to be greater than 0, got: {chunks}")
    if not self._array.ndim:
        raise RuntimeError("chunk expects at least a 1-dimensional tensor")
    n = self._array.shape[wrap_dim(dim, self._array.ndim)]
    if not n:
        return split(self, [0] * chunks, dim)
    return split(self, max(1, -(-n // chunks)), dim)


def unsafe_chunk(self: Tensor, chunks: int, dim: int) -> tuple[Tensor, ...]:
    """So many equal parts of a result that is used nowhere else."""
    size = self._array.shape[dim] // chunks
    return _parts(self, UnsafeSplitBackward0, dim, [slice(i * size, (i + 1) * size) for i in range(chunks)])


def unbind(self: Tensor, dim: int = 0) -> tuple[Tensor, ...]:
    """Every slice along a dimension."""
    if not self._array.ndim:
        raise IndexError("Dimension specified as 0 but tensor has no dimensions")
    dim = wrap_dim(dim, self._array.ndim)
    return _parts(self, UnbindBackward0, dim, list(range(self._array.shape[dim])))


for _c in (SplitBackward0, SplitWithSizesBackward0, UnbindBackward0):
    _c.__module__ = "builtins"
