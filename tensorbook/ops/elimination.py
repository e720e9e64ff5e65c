"""Elimination with row exchanges: a matrix as a lower and an upper triangle, P A = L U."""

from __future__ import annotations

import math

import numpy as np

from .. import devices


@devices.through_cpu
def lu(matrices: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Both triangles in one matrix (the ones on L's diagonal are left out), and for each row the one that it was
    exchanged with, counted from 1. Leading dimensions are batches; a column of zeros is left as it is."""
    n = matrices.shape[-1]
    flat = np.array(matrices, order="C").reshape(math.prod(matrices.shape[:-2]), n, n)
    pivots, batch = np.zeros(flat.shape[:2], np.int32), np.arange(len(flat))
    for k in range(n):
        best = k + np.abs(flat[:, k:, k]).argmax(-1)
        pivots[:, k] = best + 1
        flat[batch, k], flat[batch, best] = flat[batch, best], flat[batch, k]
        pivot = flat[:, k, k, None]
        flat[:, k + 1 :, k] /= np.where(pivot == 0, 1, pivot)
        flat[:, k + 1 :, k + 1 :] -= flat[:, k + 1 :, k, None] * flat[:, k, None, k + 1 :]
    return flat.reshape(matrices.shape), pivots.reshape(matrices.shape[:-1])
