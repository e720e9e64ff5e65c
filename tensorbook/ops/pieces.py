"""Large arrays in pieces that stay in the processor's cache, and that several threads share.

`grad * (1 - result * result)` makes an array for each of its steps. Where those are larger than the cache, each goes
out to the memory and comes back, and that takes longer than the arithmetic. Computed piece by piece, nothing leaves the
cache but the result. Each element meets the same operations as ever, so every bit of the result is the same.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .. import memory, settings
from ..threads import share

PIECE = 131072  # elements: half as many would have the threads wait for Python's lock twice as often
LARGE = 2 * PIECE  # elements from which on it pays


def in_pieces(formula: Callable, *operands: object, steps: int = 2) -> np.ndarray:
    """formula(*operands), which looks at each element on its own and can write into `out=`.

    In pieces where all large operands are arrays on the CPU that have one shape and lie in order; else at once. A
    formula of one step has nothing to keep in the cache: it gets long pieces, or one thread the whole.
    """
    shape = next((x.shape for x in operands if x.size >= LARGE and any(x.strides)), None)
    rows = [_row(x, shape) for x in operands]
    threads = settings.get_num_threads()
    if shape is None or any(row is None for row in rows) or steps == threads == 1:
        return formula(*operands)

    def part(of: slice) -> list:
        return [row[of] if row.ndim else row for row in rows]

    result = memory.empty(shape, formula(*part(slice(1))).dtype)
    out = result.reshape(-1)
    length = PIECE if steps > 1 else max(PIECE, out.size // (4 * threads))
    last = max(1, round(out.size / length)) - 1  # takes what is left over, so that no piece is a small one
    pieces = iter(range(last + 1))

    def work() -> None:
        for i in pieces:  # each thread takes the next one until there is none
            piece = slice(i * length, None if i == last else (i + 1) * length)
            formula(*part(piece), out=out[piece])

    share(work)
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
