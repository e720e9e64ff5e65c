"""Elimination with row exchanges: a matrix as a permutation of a lower times an upper triangle."""

from __future__ import annotations

import numpy as np

from .. import devices
from .layout import columns


def eliminated(a: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Both triangles in one matrix, which rows were exchanged (counted from 1), and the first zero pivot, 0 for none.

    Doolittle's elimination, where the largest element below comes up first.
    """
    packed, (*batch, m, n) = devices.move(a, devices.CPU).copy(), a.shape
    pivots, info = np.zeros((*batch, min(m, n)), np.int32), np.zeros(batch, np.int32)
    for place in np.ndindex(*batch):
        rows = packed[place]
        for k in range(min(m, n)):
            best = k + int(np.abs(rows[k:, k]).argmax())
            pivots[(*place, k)] = best + 1
            if rows[best, k] == 0:
                info[place] = info[place] or k + 1
                continue
            if best != k:
                rows[[k, best]] = rows[[best, k]]
            rows[k + 1 :, k] /= rows[k, k]
            rows[k + 1 :, k + 1 :] -= np.outer(rows[k + 1 :, k], rows[k, k + 1 :])
    return columns(packed), pivots, info
