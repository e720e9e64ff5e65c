"""Diagonals of matrices: taken out, put in, added up; and the triangles on both sides of them."""

from __future__ import annotations

import numpy as np

from .. import devices
from ..tensor import Tensor, make, wrap_dim
from . import view
from .define import op
from .kernels import refuse
from .node import showing
from .reduction import _wide
from .view import diagonal_, diagonal_put_back, expand_


def _embedded(array: np.ndarray, offset: int, dim1: int, dim2: int) -> np.ndarray:
    """Zeros with the last dimension of the array as diagonals."""
    n = array.shape[-1] + abs(offset)
    rest = list(array.shape[:-1])
    for d in sorted((dim1, dim2)):
        rest.insert(d, n)
    whole = make(devices.module_of(array).zeros(tuple(rest), array.dtype))
    diagonal_(whole, offset, dim1, dim2)._array[...] = array
    return whole._array


diag_embed_ = op("diag_embed(self; offset, dim1, dim2)", "_embedded(self, offset, dim1, dim2)", "DiagEmbedBackward0",
                 self="diagonal_(grad, offset, dim1, dim2)")  # fmt: skip
diagonal_copy = op("diagonal_copy(self; offset)", "self.diagonal(offset).copy()", "DiagonalBackward0_copy",
                   self="diagonal_put_back(grad, self.shape, offset, 0, 1)")  # fmt: skip
showing(diagonal_copy, dim1=0, dim2=1)
trace_ = op("trace(self)", "self.trace(dtype=self.dtype)", "TraceBackward0", self="_trace_grad(grad, self.shape)")


def _trace_grad(grad: Tensor, shape: tuple[int, int]) -> Tensor:
    return diagonal_put_back(expand_(grad, (min(shape),)), shape, 0, 0, 1)


def diag(self: Tensor, diagonal: int = 0) -> Tensor:
    """A matrix with this vector as its diagonal; of a matrix, a copy of its diagonal.

    >>> import tensorbook as torch
    >>> torch.diag(torch.tensor([1, 2]))
    tensor([[1, 0],
            [0, 2]])
    """
    ndim = self._array.ndim
    if ndim not in (1, 2):
        raise RuntimeError(f"diag(): Supports 1D or 2D tensors. Got {ndim}D")
    return diag_embed(self, diagonal) if ndim == 1 else diagonal_copy(self, diagonal)


def diag_embed(self: Tensor, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Tensor:
    """Matrices in the dimensions dim1 and dim2 whose diagonals are the last dimension of self."""
    ndim = self._array.ndim + 1
    dim1, dim2 = wrap_dim(dim1, ndim), wrap_dim(dim2, ndim)
    if dim1 == dim2:
        raise RuntimeError(f"diagonal dimensions cannot be identical {dim1}, {dim2}")
    return diag_embed_(self, offset, dim1, dim2)


def diagflat(self: Tensor, offset: int = 0) -> Tensor:
    """A matrix with all elements of self on a diagonal."""
    return diag(view.reshape(self, -1), offset)


def trace(self: Tensor) -> Tensor:
    """The sum of a matrix's diagonal."""
    if self._array.ndim != 2:
        raise RuntimeError("trace: expected a matrix, but got tensor with dim " + str(self._array.ndim))
    refuse("trace", self._array)
    return trace_(_wide(self, None))


# ---- triangles


def tril(self: Tensor, diagonal: int = 0) -> Tensor:
    """The elements on and below a diagonal, 0 elsewhere."""
    _check_plane("tril", self)
    return tril_(self, diagonal)


def triu(self: Tensor, diagonal: int = 0) -> Tensor:
    """The elements on and above a diagonal, 0 elsewhere."""
    _check_plane("triu", self)
    return triu_(self, diagonal)


def _check_plane(name: str, x: Tensor) -> None:
    if x._array.ndim < 2:
        raise RuntimeError(f"{name}: input tensor must have at least 2 dimensions")


tril_ = op("tril(self; diagonal)", "np.tril(self, diagonal)", "TrilBackward0", self="tril_(grad, diagonal)")
triu_ = op("triu(self; diagonal)", "np.triu(self, diagonal)", "TriuBackward0", self="triu_(grad, diagonal)")
