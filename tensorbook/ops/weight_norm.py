"""A weight as a direction and a length.

Salimans and Kingma 2016, https://arxiv.org/abs/1602.07868
"""

from __future__ import annotations

import numpy as np

from ..tensor import Tensor
from .define import op
from .elementary import sqrt
from .reduction import _norm, _norm_grad, sum  # noqa: F401 (the entry calls the first two)


def _others(ndim: int, dim: int) -> tuple[int, ...]:
    return tuple(i for i in range(ndim) if dim == -1 or i != dim % max(ndim, 1))


total_norm = op("norm(self; p, dims)", "_norm(self, p, dims, False)", "NormBackward0",
                self="_norm_grad(grad, self, p, dims, False, result)")  # fmt: skip


def norm_except_dim(v: Tensor, pow: int = 2, dim: int = 0) -> Tensor:
    """The norm of each slice along a dimension; of everything where dim is -1.

    >>> import tensorbook as torch
    >>> norm_except_dim(torch.tensor([[3.0, 4.0], [0.0, 1.0]]))
    tensor([[5.],
            [1.]])
    """
    return total_norm(v, pow, tuple(range(v.dim()))) if dim == -1 else v.norm(pow, _others(v.dim(), dim), True)


def _scaled(v: np.ndarray, g: np.ndarray, others: tuple[int, ...]) -> np.ndarray:
    return v * (g / np.sqrt((v * v).sum(others, keepdims=True)))


def _direction_grad(grad: Tensor, v: Tensor, g: Tensor, others: tuple[int, ...]) -> Tensor:
    square = sum(v * v, others, True)
    return (grad - v * (sum(grad * v, others, True) / square)) * (g / sqrt(square))


weight_norm_ = op("_weight_norm_interface(v, g; others)", "_scaled(v, g, others)", "WeightNormInterfaceBackward0",
                  v="_direction_grad(grad, v, g, others)",
                  g="sum(grad * v, others, True) / sqrt(sum(v * v, others, True))")  # fmt: skip


def weight_norm(v: Tensor, g: Tensor, dim: int = 0) -> Tensor:
    """v with the length g along a dimension, or with one length for all where dim is -1."""
    if dim in (0, v.dim() - 1):
        return weight_norm_(v, g, _others(v.dim(), dim))
    return v * (g / norm_except_dim(v, 2, dim))
