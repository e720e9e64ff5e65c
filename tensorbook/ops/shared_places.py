"""Writes to a tensor in which several elements are one place in memory, as in the overlapping windows of `unfold`.

What stays in such a place is what was written last. So the order counts in which the elements are visited, and it is
PyTorch's: along the dimension with the smallest step first, and along the shorter one of two with the same step.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np


def apart(array: np.ndarray) -> bool:
    """Whether it is sure that no two elements share a place: each step leads beyond all that smaller steps reach."""
    if array.flags.c_contiguous:
        return True
    reach = array.itemsize - 1
    for step, n in sorted((s, n) for s, n in zip(array.strides, array.shape, strict=True) if n > 1):
        if step <= reach:
            return False
        reach += step * (n - 1)
    return True


def put(array: np.ndarray, values: np.ndarray, *read: np.ndarray) -> None:
    """array[...] = values, element after element. `read`: other arrays that are read on the way."""
    if apart(array) or array.__class__ is not np.ndarray:
        array[...] = values
    else:
        values = np.broadcast_to(values, array.shape)
        dims = _visits(array, values, *read)
        memory, places = _places(array, dims)
        memory[places] = values.transpose(dims).ravel()


def put_by_turns(array: np.ndarray, values: np.ndarray, again: Callable[[], np.ndarray], *read: np.ndarray) -> None:
    """As `put`, where a value depends on what was in its place: `again` computes all of them once more.

    First come the elements that are the first to visit their places, then those that are the second, and so on.
    """
    if apart(array) or array.__class__ is not np.ndarray:
        array[...] = values
        return
    dims = _visits(array, *read)
    memory, places = _places(array, dims)
    turns = np.array([np.count_nonzero(places[:i] == place) for i, place in enumerate(places)])
    for turn in range(turns.max() + 1):
        now = turns == turn
        values = again() if turn else values
        memory[places[now]] = values.transpose(dims).ravel()[now]


def _places(array: np.ndarray, dims: list[int]) -> tuple[np.ndarray, np.ndarray]:
    """The memory under an array, and for each element its place there, in the order in which they are visited."""
    steps = [s // array.itemsize for s in array.strides]
    reach = 1 + sum((n - 1) * s for n, s in zip(array.shape, steps, strict=True))
    window = np.lib.stride_tricks.as_strided
    places = window(np.arange(reach), array.shape, [s * 8 for s in steps])
    return window(array, (reach,), (array.itemsize,)), places.transpose(dims).ravel()


def _visits(written: np.ndarray, *read: np.ndarray) -> list[int]:
    """The dimensions, the one whose index changes fastest last (TensorIterator::reorder_dimensions in PyTorch)."""
    arrays = [written, *(np.broadcast_to(a, written.shape) for a in read)]
    dims = list(range(written.ndim))[::-1]
    for i in range(1, len(dims)):
        at = i
        for other in range(i - 1, -1, -1):
            order = _compared(dims[other], dims[at], arrays)
            if order < 0:
                break
            if order > 0:
                dims[other], dims[at] = dims[at], dims[other]
                at = other
    return dims[::-1]


def _compared(a: int, b: int, arrays: list[np.ndarray]) -> int:
    """Whether dimension a is to be visited faster than b (-1), slower (1), or either way (0)."""
    for array in arrays:
        step, other = array.strides[a], array.strides[b]
        if not step or not other:
            continue
        if step != other:
            return -1 if step < other else 1
        if array.shape[a] > array.shape[b]:
            return 1
    return 0
