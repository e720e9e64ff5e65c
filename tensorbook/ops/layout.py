"""In what order the elements of a result lie, where an operand's do not lie in theirs.

PyTorch lays results of elementwise operations out as their first operand lies; NumPy does so only where all operands
agree. What is here runs for operands out of order alone: entry.py asks for it.
https://github.com/pytorch/pytorch/wiki/How-to-use-TensorIterator
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .. import devices
from ..memory_format import channels_last, channels_last_3d, lies_so
from ..storage import Storage


def as_operands(result: np.ndarray, *operands: np.ndarray) -> tuple[np.ndarray, Storage | None]:
    """An elementwise result laid out as PyTorch does it; and its storage, if it is out of order (see `marked`)."""
    return marked(with_order(result, memory_order(result.shape, operands)))


def as_operand(result: np.ndarray, *operands: np.ndarray) -> tuple[np.ndarray, Storage | None]:
    """A result laid out as the first operand lies."""
    return as_operands(result, operands[0])


def row_by_row(result: np.ndarray, *_: np.ndarray) -> tuple[np.ndarray, None]:
    """A result whose elements lie in order, whatever its operands' do."""
    return with_order(result, range(result.ndim - 1, -1, -1)), None


def as_image(result: np.ndarray, x: np.ndarray, *_: np.ndarray) -> tuple[np.ndarray, Storage | None]:
    """A result with its channels last where the operand is an image that has them there."""
    if x.ndim == result.ndim > 3 and lies_so(x, channels_last if x.ndim == 4 else channels_last_3d):
        dims = range(x.ndim)
        return marked(with_order(result, [1, *dims[:1:-1], 0]))
    return row_by_row(result)


def of_its_own(result: np.ndarray, *_: np.ndarray) -> tuple[np.ndarray, Storage | None]:
    """A result that lies as it does."""
    return marked(result)


def columns(matrices: np.ndarray) -> np.ndarray:
    """Matrices with one column after the other in memory, as LAPACK leaves its results."""
    ndim = matrices.ndim
    return with_order(matrices, [ndim - 2, ndim - 1, *range(ndim - 3, -1, -1)])


def like(array: np.ndarray, kind: np.dtype | None = None) -> np.ndarray:
    """Unfilled memory for an array's shape, laid out as it lies."""
    xp, kind = devices.module_of(array), array.dtype if kind is None else kind
    if array.flags.c_contiguous:
        return xp.empty(array.shape, kind)
    return _memory(array, memory_order(array.shape, (array,)), kind)


def _memory(array: np.ndarray, order: list[int], kind: np.dtype) -> np.ndarray:
    """Unfilled memory for an array's shape whose dimensions come in this order, the fastest first."""
    slowest_first = order[::-1]
    memory = devices.module_of(array).empty([array.shape[d] for d in slowest_first], kind)
    return memory.transpose([slowest_first.index(d) for d in range(array.ndim)])


def marked(result: np.ndarray) -> tuple[np.ndarray, Storage | None]:
    """With the result a storage, if it is out of order. (An array that is its storage's own counts as in order.)"""
    return result, None if result.flags.c_contiguous else Storage.over(result[...])


class Lying(NamedTuple):
    """The shape and strides of an array that need not be."""

    shape: tuple[int, ...]
    strides: tuple[int, ...]

    @property
    def ndim(self) -> int:
        return len(self.shape)


def memory_order(shape: tuple[int, ...], operands: tuple[np.ndarray, ...]) -> list[int]:
    """The dimensions of an elementwise result from the fastest in memory to the slowest: TensorIterator's order."""
    ndim = len(shape)
    strides = [(0,) * (ndim - x.ndim) + _steps(x, shape) for x in operands]
    order = list(range(ndim - 1, -1, -1))
    for last in range(1, ndim):
        here = last
        for before in range(last - 1, -1, -1):
            faster = _faster(order[before], order[here], strides, shape)
            if faster > 0:
                order[before], order[here] = order[here], order[before]
                here = before
            elif faster < 0:
                break
    return order


def _steps(x: np.ndarray, shape: tuple[int, ...]) -> tuple[int, ...]:
    """The strides, 0 where x is stretched to the shape."""
    wanted = shape[len(shape) - x.ndim :]
    return tuple([0 if n == 1 != m else s for n, m, s in zip(x.shape, wanted, x.strides, strict=True)])


def _faster(a: int, b: int, strides: list[tuple[int, ...]], shape: tuple[int, ...]) -> int:
    """1 where dimension b comes before a in memory, -1 where it comes after, 0 where no operand tells."""
    for steps in strides:
        if steps[a] and steps[b]:
            if steps[a] != steps[b]:
                return 1 if steps[a] > steps[b] else -1
            if shape[a] > shape[b]:
                return 1
    return 0


def with_order(array: np.ndarray, order: list[int] | range) -> np.ndarray:
    """The array, copied if its dimensions do not come in this order in memory without gaps."""
    strides, step = [0] * array.ndim, array.itemsize
    for dim in order:
        strides[dim] = step
        step *= array.shape[dim]
    if tuple(strides) == array.strides or not array.size:
        return array
    result = _memory(array, list(order), array.dtype)
    result[...] = array
    return result
