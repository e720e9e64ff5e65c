"""Several tensors into one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .. import dtypes
from ..graph import Node, grad_mode, next_sequence
from ..tensor import Tensor, make, wrap_dim
from . import view
from .layout import as_image, row_by_row
from .node import as_shown, by_way_of_tensors, without_sign
from .operands import as_array, cast, check_devices


class Join(Node):
    """Several tensors joined; backward takes the gradient apart again."""

    __slots__ = ("dim_", "sizes_")

    def arrays(self, grad: object, keep: bool) -> tuple:
        return tuple(None if g is None else g._array for g in by_way_of_tensors(self, make(as_array(grad)), keep))


class _JoinAlong(Join):
    """Joined along `dim_`."""

    __slots__ = ()

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), "_saved_dim"]

    def saved(self, name: str) -> object:
        return without_sign(name, as_shown(self.dim_)) if name == "dim" else super().saved(name)


class CatBackward0(_JoinAlong):
    __slots__ = ()

    def tensors(self, grad: Tensor, keep: bool) -> tuple:
        starts = np.cumsum([0, *self.sizes_]).tolist()
        return tuple(
            None if edge is None else view.narrow(grad, self.dim_, start, size)
            for edge, start, size in zip(self.edges, starts, self.sizes_, strict=False)
        )


class StackBackward0(_JoinAlong):
    __slots__ = ()

    def tensors(self, grad: Tensor, keep: bool) -> tuple:
        return tuple(None if e is None else view.select(grad, self.dim_, i) for i, e in enumerate(self.edges))


for _c in (CatBackward0, StackBackward0):
    _c.__module__ = "builtins"


def _join(name: str, tensors: Sequence[Tensor]) -> list[Tensor]:
    """The tensors, checked, in one dtype."""
    if isinstance(tensors, Tensor):
        raise TypeError(f"{name}(): argument 'tensors' (position 1) must be tuple of Tensors, not Tensor")
    tensors = list(tensors)
    if not tensors:
        raise ValueError(f"torch.{name}(): expected a non-empty list of Tensors")
    for i, x in enumerate(tensors):
        if not isinstance(x, Tensor):
            raise TypeError(f"expected Tensor as element {i} in argument 0, but got {type(x).__name__}")
    check_devices(*tensors)
    kind = dtypes.result_type(*tensors).numpy
    return [cast(x, kind) for x in tensors]


def _recorded(array: np.ndarray, tensors: list[Tensor], kind: type, dim: int, sizes: list[int]) -> Tensor:
    result = make(array)
    if grad_mode.enabled and any(x._node is not None for x in tensors):
        node = kind()
        node.edges, node.sequence = tuple(x._node for x in tensors), next_sequence()
        node.shape, node.hooks, node.dim_, node.sizes_ = array.shape, None, dim, sizes
        result._node = node
        if grad_mode.unusual:
            grad_mode.recorded(node)
    return result


def cat(tensors: Sequence[Tensor], dim: int = 0) -> Tensor:
    """The tensors one after the other along a dimension that they have (NumPy's concatenate).

    >>> import tensorbook as torch
    >>> torch.cat([torch.ones(2), torch.zeros(1)])
    tensor([1., 1., 0.])
    """
    tensors = _join("cat", tensors)
    full = [x for x in tensors if x._array.shape != (0,)] or tensors[:1]  # an empty vector fits anywhere, as in PyTorch
    ndim = full[0]._array.ndim
    if ndim == 0:
        raise RuntimeError("zero-dimensional tensor (at position 0) cannot be concatenated")
    dim = wrap_dim(dim, ndim)
    first = full[0]._array.shape
    for i, x in enumerate(full):
        shape = x._array.shape
        if len(shape) != ndim:
            raise RuntimeError(f"Tensors must have same number of dimensions: got {ndim} and {len(shape)}")
        for d in range(ndim):
            if d != dim and shape[d] != first[d]:
                raise RuntimeError(
                    f"Sizes of tensors must match except in dimension {dim}. Expected size {first[d]} but got size "
                    f"{shape[d]} for tensor number {i} in the list."
                )
    array = np.concatenate([x._array for x in full], axis=dim)
    array, _ = as_image(array, full[0]._array) if any(x._storage is not None for x in full) else (array, None)
    return _recorded(array, full, CatBackward0, dim, [x._array.shape[dim] for x in full])


def stack(tensors: Sequence[Tensor], dim: int = 0) -> Tensor:
    """The tensors side by side along a new dimension.

    >>> import tensorbook as torch
    >>> torch.stack([torch.ones(2), torch.zeros(2)], dim=1)
    tensor([[1., 0.],
            [1., 0.]])
    """
    if not isinstance(tensors, Tensor) and not len(tensors):
        raise RuntimeError("stack expects a non-empty TensorList")
    tensors = _join("stack", tensors)
    first = list(tensors[0]._array.shape)
    for i, x in enumerate(tensors):
        if list(x._array.shape) != first:
            raise RuntimeError(
                f"stack expects each tensor to be equal size, but got {first} at entry 0 and {list(x._array.shape)} "
                f"at entry {i}"
            )
    dim = wrap_dim(dim, len(first) + 1)
    array = np.stack([x._array for x in tensors], axis=dim)
    return _recorded(row_by_row(array)[0], tensors, StackBackward0, dim, [])


def _row_wise(x: Tensor) -> Tensor:
    return view.unsqueeze(x, 0) if x.dim() == 1 else x.reshape(1, 1) if x.dim() == 0 else x


def hstack(tensors: Sequence[Tensor]) -> Tensor:
    """Side by side: along dimension 1, vectors along dimension 0."""
    tensors = [x.reshape(1) if x.dim() == 0 else x for x in tensors]
    return cat(tensors, 0 if tensors[0].dim() == 1 else 1)


def vstack(tensors: Sequence[Tensor]) -> Tensor:
    """One below the other: along dimension 0, vectors as rows."""
    return cat([_row_wise(x) for x in tensors], 0)
