"""Slices that are too long, scaled down."""

from __future__ import annotations

import numpy as np

from ..tensor import Tensor, wrap_dim
from .choosing import where
from .define import op
from .reduction import _norm, _norm_grad, norm_

SMALL = 1e-7  # what PyTorch adds to a norm by which it divides


def _scale(array: np.ndarray, p: float, dims: tuple[int, ...], limit: float) -> np.ndarray:
    size = _norm(array, p, dims, True)
    return np.where(size > limit, limit / (size + array.dtype.type(SMALL)), 1).astype(array.dtype)


def _renorm_grad(grad: Tensor, x: Tensor, p: float, dims: tuple[int, ...], limit: float) -> Tensor:
    size = norm_(x, p, dims, True)
    divisor = size + SMALL
    of_size = where(size > limit, (grad * x).sum(dims, True) * (-limit) / (divisor * divisor), 0.0)
    return grad * where(size > limit, limit / divisor, 1.0) + _norm_grad(of_size, x, p, dims, True, size)


renorm_ = op("renorm(self; p, dims, maxnorm; dim)", "self * _scale(self, p, dims, maxnorm)", "RenormBackward0",
             self="_renorm_grad(grad, self, p, dims, maxnorm)")  # fmt: skip


def renorm(self: Tensor, p: float, dim: int, maxnorm: float) -> Tensor:
    """Every slice along a dimension whose p-norm is larger than maxnorm, scaled down to it.

    >>> import tensorbook as torch
    >>> torch.renorm(torch.tensor([[3.0, 4.0], [0.0, 1.0]]), 2, 0, 2.5)
    tensor([[1.5000, 2.0000],
            [0.0000, 1.0000]])
    """
    ndim = self._array.ndim
    if p <= 0:
        raise RuntimeError("renorm: non-positive-norm not supported")
    if maxnorm < 0:
        raise RuntimeError(f"renorm: expected maxnorm to be >= 0 but got {maxnorm:g}")
    if ndim < 2:
        raise RuntimeError(f"renorm: input needs at least 2 dimensions, got {ndim} dimensions")
    dim = wrap_dim(dim, ndim)
    return renorm_(self, p, tuple(d for d in range(ndim) if d != dim), float(maxnorm), dim)
