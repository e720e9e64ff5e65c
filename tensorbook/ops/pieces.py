"""Large arrays in pieces that stay in the processor's cache, and that several threads share.

`grad * (1 - result * result)` makes an array for each of its steps. Where those are larger than the cache, each goes
out to the memory and comes back, and that takes longer than the arithmetic. Computed piece by piece, nothing leaves the
cache but the result. Each element meets the same operations as ever, so every bit of the result is the same.
"""

from __future__ import annotations

import contextvars
import os
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from .. import memory, settings

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

PIECE = 65536  # elements
LARGE = 2 * PIECE  # elements from which on it pays

_helpers: ThreadPoolExecutor | None = None  # beside the thread that calls


def _forget_helpers() -> None:
    global _helpers
    _helpers = None


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_helpers)  # a fork has none of the threads


def in_pieces(formula: Callable, *operands: object) -> np.ndarray:
    """formula(*operands), which looks at each element on its own and can write into `out=`.

    In pieces where all large operands are arrays on the CPU that have one shape and lie in order; else at once.
    """
    shape = next((x.shape for x in operands if x.size >= LARGE and any(x.strides)), None)
    rows = [_row(x, shape) for x in operands]
    if shape is None or any(row is None for row in rows):
        return formula(*operands)
    size = max(row.size for row in rows)
    first = formula(*[row[:PIECE] if row.ndim else row for row in rows])
    result = memory.empty(shape, first.dtype)
    out = result.reshape(-1)
    out[:PIECE] = first
    starts = iter(range(PIECE, size, PIECE))

    def work() -> None:
        for start in starts:  # each thread takes the next one until there is none
            piece = slice(start, start + PIECE)
            formula(*[row[piece] if row.ndim else row for row in rows], out=out[piece])

    _share(work)
    return result


def _row(x: object, shape: tuple[int, ...] | None) -> object:
    """An operand's elements in one row; without dimensions where they are all one number; None for any other."""
    if x.__class__ is not np.ndarray:
        return x if isinstance(x, np.generic) else None
    if x.shape == shape:
        if x.flags.c_contiguous:
            return x.reshape(-1)
        return None if any(x.strides) else x[(0,) * x.ndim + (...,)]
    return None if x.ndim else x


def put(result: np.ndarray, out: np.ndarray | None) -> np.ndarray:
    """What a formula calls whose last step cannot write into `out` by itself."""
    if out is None:
        return result
    out[...] = result
    return out


def _share(work: Callable[[], None]) -> None:
    """Have every thread run `work`, which ends when nothing is left to do."""
    global _helpers
    threads = settings.get_num_threads()
    if threads > 1 and _helpers is None:
        from concurrent.futures import ThreadPoolExecutor  # takes 10 ms

        _helpers = ThreadPoolExecutor(max(threads, settings.processors()), "tensorbook")  # begun as they are needed
    helpers = _helpers
    begun = [helpers.submit(contextvars.copy_context().run, work) for _ in range(threads - 1)] if helpers else []
    try:
        work()
    finally:
        for one in begun:
            if not one.cancel():  # where a thread came too late there is nothing left for it
                one.result()
