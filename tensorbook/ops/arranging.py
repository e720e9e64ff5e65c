"""Tensors brought into a common shape, turned over, or stood beside each other."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..tensor import Tensor
from . import joining, splitting, view
from .operands import broadcast_mismatch
from .reduction import flip_


def broadcast_tensors(*tensors: Tensor) -> tuple[Tensor, ...]:
    """Each tensor stretched to the shape that all of them have together.

    >>> import tensorbook as torch
    >>> [x.shape for x in torch.broadcast_tensors(torch.ones(2, 1), torch.ones(3))]
    [torch.Size([2, 3]), torch.Size([2, 3])]
    """
    shape: tuple[int, ...] = ()
    for x in tensors:
        if (mismatch := broadcast_mismatch(shape, x._array.shape)) is not None:
            raise mismatch
        shape = np.broadcast_shapes(shape, x._array.shape)
    return tuple(x if x._array.shape == shape else view.expand_(x, shape) for x in tensors)


def _each(function: object) -> object:
    """Functions that take one tensor, several, or a sequence of them."""

    def several(*tensors: Tensor | Sequence[Tensor]) -> Tensor | tuple[Tensor, ...]:
        if len(tensors) == 1 and isinstance(tensors[0], Tensor):
            return function(tensors[0])
        return tuple(function(x) for x in (tensors if isinstance(tensors[0], Tensor) else tensors[0]))

    several.__name__, several.__doc__ = function.__name__, function.__doc__
    return several


@_each
def atleast_1d(x: Tensor) -> Tensor:
    """The tensor; a number becomes a vector."""
    return x if x._array.ndim else view.reshape(x, 1)


@_each
def atleast_2d(x: Tensor) -> Tensor:
    """The tensor; a number or a vector becomes a matrix with one row."""
    ndim = x._array.ndim
    return view.reshape(x, 1, 1) if not ndim else view.unsqueeze(x, 0) if ndim == 1 else x


@_each
def atleast_3d(x: Tensor) -> Tensor:
    """The tensor; a number, vector or matrix gets dimensions of length 1 around it."""
    ndim = x._array.ndim
    if not ndim:
        return view.reshape(x, 1, 1, 1)
    x = view.unsqueeze(x, 0) if ndim == 1 else x
    return view.unsqueeze(x, -1) if ndim < 3 else x


def dstack(tensors: Sequence[Tensor]) -> Tensor:
    """Joined along the third dimension."""
    return joining.cat(list(atleast_3d(tensors)), 2)


def column_stack(tensors: Sequence[Tensor]) -> Tensor:
    """Joined along the second dimension; vectors become columns."""
    return joining.hstack([x if x._array.ndim > 1 else view.reshape(x, x._array.size, 1) for x in tensors])


def fliplr(self: Tensor) -> Tensor:
    """The columns in reverse order."""
    if self._array.ndim < 2:
        raise RuntimeError("Input must be >= 2-d.")
    return flip_(self, (1,))


def flipud(self: Tensor) -> Tensor:
    """The rows in reverse order."""
    if not self._array.ndim:
        raise RuntimeError("Input must be >= 1-d.")
    return flip_(self, (0,))


def split_with_sizes(self: Tensor, split_sizes: Sequence[int], dim: int = 0) -> tuple[Tensor, ...]:
    """Views of the sizes given, along a dimension."""
    return splitting.split(self, list(split_sizes), dim)
