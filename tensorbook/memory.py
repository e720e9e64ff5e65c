"""Memory for large results, used again.

The system hands out memory in pages that it clears first, which takes longer than to add two arrays of that size. So
the large pieces of memory that were handed out last are listed here, and one at which nobody looks any more is handed
out again instead. Whoever looks at memory (a tensor, a view of it, a NumPy array, another library over DLPack) holds
the array that owns it: an owner that is held by the list alone is free.

The list is short. What falls out of it goes back to the system when its last user goes, as all other memory does.
"""

from __future__ import annotations

import math
import sys
import threading

import numpy as np

LARGE = 1 << 20  # bytes from which on memory is listed
COUNT, BYTES = 8, 1 << 28  # the list holds no more than these
LINE = 64  # bytes that the processor's cache moves at once: an array starts where a line starts

_listed: list[np.ndarray] = []  # owners; the one that was handed out last stands last
_lock = threading.Lock()


def references(cells: list, at: int) -> int:
    """How many places hold the array in a list's cell, as this Python counts them."""
    return sys.getrefcount(cells[at])


ALONE = references([np.empty(1)], 0)  # held by the cell and nobody else


def empty(shape: tuple[int, ...], kind: np.dtype) -> np.ndarray:
    """An array on the CPU whose elements are not set yet, over memory that was used before if some is free."""
    size = math.prod(shape) * kind.itemsize
    if not LARGE <= size < BYTES or not _lock.acquire(blocking=False):  # never wait for another thread
        return np.empty(shape, kind)
    try:
        owner = _free(size + LINE)
        _listed.append(owner)
        while len(_listed) > COUNT or sum(one.nbytes for one in _listed) > BYTES:
            del _listed[0]
        return np.ndarray(shape, kind, owner, -owner.__array_interface__["data"][0] % LINE)
    finally:
        _lock.release()


def _free(size: int) -> np.ndarray:
    for at in reversed(range(len(_listed))):  # what was used last may still be in the cache
        if _listed[at].nbytes == size and references(_listed, at) == ALONE:
            return _listed.pop(at)
    return np.empty(size, np.uint8)


def seen_by_none_else(cells: list) -> bool:
    """Whether the array in a list's only cell, and the memory under it, are held by nobody else."""
    if references(cells, 0) > ALONE:
        return False
    owner = [cells[0].base]
    if owner[0] is None:
        return True
    if owner[0].__class__ is not np.ndarray or owner[0].base is not None:
        return False
    listed = any(one is owner[0] for one in _listed)
    return references(owner, 0) == ALONE + 1 + listed and owner[0].nbytes <= cells[0].nbytes + LINE
