"""Tensors brought into a common shape, turned over, or stood beside each other."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .. import dtypes
from ..size import Size
from ..tensor import Tensor, make, wrap_dim
from . import joining, splitting, view
from .define import op
from .layout import as_operand
from .operands import broadcast_mismatch


def _turned(array: np.ndarray, k: int, dims: tuple[int, int]) -> np.ndarray:
    """A half turn is flipped, a quarter flipped and then transposed."""
    if k % 4 == 0:
        return array.copy()
    flipped = np.flip(array, ((), dims[1:], dims, dims[:1])[k % 4])
    copied, _ = as_operand(flipped.copy(), array)
    return copied.swapaxes(*dims) if k % 2 else copied


flip_ = op("flip(self; dims)", "np.flip(self, dims).copy(order='K') if self.ndim else self.copy()", "FlipBackward0",
           self="flip_(grad, dims)", layout="as_operand")  # fmt: skip
roll_ = op("roll(self; shifts, dims)", "np.roll(self, shifts, dims)", "RollBackward0",
           self="roll_(grad, negated(shifts), dims)")  # fmt: skip
rot90_ = op("rot90(self; k, dims)", "_turned(self, k, dims)", "Rot90Backward0", self="rot90_(grad, -k, dims)",
            layout="of_its_own")  # fmt: skip


def negated(shifts: int | tuple[int, ...]) -> int | tuple[int, ...]:
    return -shifts if isinstance(shifts, int) else tuple(-s for s in shifts)


def flip(self: Tensor, *dims: int | Sequence[int]) -> Tensor:
    """The elements in reverse order along dimensions. A copy: strides are never negative."""
    dims = tuple(wrap_dim(d, self._array.ndim) for d in view.sizes(dims))
    for d in dims:
        if dims.count(d) > 1:
            raise RuntimeError(f"dim {d} appears multiple times in the list of dims")
    return flip_(self, dims if self._array.ndim else ())


def roll(self: Tensor, shifts: int | Sequence[int], dims: int | Sequence[int] | None = None) -> Tensor:
    """The elements moved along, those that fall out coming in at the other end."""
    shifts, dims = (v if v is None or isinstance(v, int) else tuple(v) for v in (shifts, dims))
    count = [1 if isinstance(v, int) else 0 if v is None else len(v) for v in (shifts, dims)]
    if dims not in (None, ()) and count[0] != count[1]:
        raise RuntimeError(f"shifts and dimensions must align. shifts: {count[0]}, dims:{count[1]}")
    if dims in (None, ()) and count[0] != 1:
        raise RuntimeError(f"shifts and dimensions must align. shifts: {count[0]}, dims:0")
    for d in () if dims is None else (dims,) if isinstance(dims, int) else dims:
        wrap_dim(d, self._array.ndim)
    return roll_(self, shifts, dims or (0 if dims == 0 else None)) if self._array.ndim else self.clone()


def rot90(self: Tensor, k: int = 1, dims: Sequence[int] = (0, 1)) -> Tensor:
    """A plane turned by k quarters, from the first dimension towards the second.

    >>> import tensorbook as torch
    >>> torch.rot90(torch.tensor([[1, 2], [3, 4]]))
    tensor([[2, 4],
            [1, 3]])
    """
    ndim = self._array.ndim
    if len(dims) != 2:
        raise RuntimeError(f"expected total rotation dims == 2, but got dims = {len(dims)}")
    if ndim < 2:
        raise RuntimeError(f"expected total dims >= 2, but got total dims = {ndim}")
    first, second = (wrap_dim(d, ndim) for d in dims)
    if first == second:
        raise RuntimeError(f"expected rotation dims to be different, but got dim0 = {dims[0]} and dim1 = {dims[1]}")
    return rot90_(self, k, (first, second))


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
        parts = tensors[0] if len(tensors) == 1 and isinstance(tensors[0], (list, tuple)) else tensors
        for i, part in enumerate(parts):
            if not isinstance(part, Tensor):
                raise TypeError(f"expected Tensor as element {i} in argument 0, but got {type(part).__name__}")
        return tuple(function(x) for x in parts)

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


def tensor_split(self: Tensor, indices_or_sections: int | Sequence[int] | Tensor, dim: int = 0) -> tuple[Tensor, ...]:
    """Views along a dimension: so many of nearly equal size, or divided before each of the indices.

    >>> import tensorbook as torch
    >>> torch.arange(5).tensor_split(2), torch.arange(3).tensor_split((1,))
    ((tensor([0, 1, 2]), tensor([3, 4])), (tensor([0]), tensor([1, 2])))
    """
    if not self._array.ndim:
        raise RuntimeError("tensor_split expected at least a 1-dimensional tensor, but got a tensor with 0 dims")
    dim = wrap_dim(dim, self._array.ndim)
    n, where = self._array.shape[dim], indices_or_sections
    if isinstance(where, Tensor):
        where = where.tolist()
    if isinstance(where, int):
        if where <= 0:
            raise RuntimeError(f"number of sections must be larger than 0, got {where}")
        each, more = divmod(n, where)
        where = [i * each + min(i, more) for i in range(1, where)]
    ends = [*where, n]
    bounds = [slice(start, end).indices(n)[:2] for start, end in zip([0, *where], ends, strict=True)]
    return tuple(view.slice_(self, dim, start, max(start, end), 1) for start, end in bounds)


def _splitter(name: str, dim: int, least: int) -> object:
    def function(self: Tensor, indices_or_sections: int | Sequence[int]) -> tuple[Tensor, ...]:
        along = 0 if name == "hsplit" and self._array.ndim == 1 else dim
        if self._array.ndim < least:
            raise RuntimeError(
                f"torch.{name} requires a tensor with at least {least} dimension, but got a tensor with "
                f"{self._array.ndim} dimensions!"
            )
        where, n = indices_or_sections, self._array.shape[along]
        if isinstance(where, int) and (where <= 0 or n % where):
            raise RuntimeError(
                f"torch.{name} attempted to split along dimension {along}, but the size of the dimension {n} is not "
                f"divisible by the split_size {where}!"
            )
        return tensor_split(self, where, along)

    function.__name__, function.__doc__ = name, f"tensor_split into equal parts along dimension {dim}."
    return function


hsplit, vsplit, dsplit = _splitter("hsplit", 1, 1), _splitter("vsplit", 0, 2), _splitter("dsplit", 2, 3)


def broadcast_shapes(*shapes: int | Sequence[int]) -> Size:
    """The shape that tensors of these shapes have together.

    >>> import tensorbook as torch
    >>> torch.broadcast_shapes((2, 1), (3,))
    torch.Size([2, 3])
    """
    result: tuple[int, ...] = ()
    for i, shape in enumerate(shapes):
        shape = (shape,) if isinstance(shape, int) else tuple(shape)
        if broadcast_mismatch(result, shape) is not None:
            at = next(d for d in range(-1, -len(shape) - 1, -1) if len({1, shape[d], result[d]}) == 3)
            raise RuntimeError(
                f"Attempting to broadcast a dimension of length {shape[at]} at {at}! Mismatching argument at index {i} "
                f"had {shape}; but expected shape should be broadcastable to {list(result)}"
            )
        result = np.broadcast_shapes(result, shape)
    return Size(result)


class BlockDiagBackward0(joining.Join):
    """Each block gets the gradient of its own corner."""

    __slots__ = ()

    def tensors(self, grad: Tensor, keep: bool) -> tuple:
        parts, row, column = [], 0, 0
        for edge, (shape, (m, n)) in zip(self.edges, self.sizes_, strict=True):
            block = view.narrow(view.narrow(grad, 0, row, m), 1, column, n)
            parts.append(None if edge is None else view.reshape(block, shape))
            row, column = row + m, column + n
        return tuple(parts)


BlockDiagBackward0.__module__ = "builtins"


def block_diag(*tensors: Tensor) -> Tensor:
    """The matrices one after the other along the diagonal of a larger one; vectors count as rows.

    >>> import tensorbook as torch
    >>> torch.block_diag(torch.tensor([[1, 2]]), torch.tensor(3))
    tensor([[1, 2, 0],
            [0, 0, 3]])
    """
    if not tensors:
        return make(np.zeros((1, 0), dtypes.get_default_dtype().numpy))
    tensors = joining._join("block_diag", tensors)
    for i, x in enumerate(tensors):
        if x._array.ndim > 2:
            raise RuntimeError(
                "torch.block_diag: Input tensors must have 2 or fewer dimensions. Input "
                f"{i} has {x._array.ndim} dimensions"
            )
    shapes = [
        (1, 1) if not x._array.ndim else (1, x.numel()) if x._array.ndim == 1 else x._array.shape for x in tensors
    ]
    first = tensors[0]._array
    whole = np.zeros_like(first, shape=tuple(sum(s[d] for s in shapes) for d in (0, 1)), order="C")
    row = column = 0
    for x, (m, n) in zip(tensors, shapes, strict=True):
        whole[row : row + m, column : column + n] = x._array.reshape(m, n)
        row, column = row + m, column + n
    places = [(x._array.shape, shape) for x, shape in zip(tensors, shapes, strict=True)]
    return joining._recorded(whole, tensors, BlockDiagBackward0, 0, places)
