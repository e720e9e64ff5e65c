"""Matrices taken apart: determinant, inverse, solving, Cholesky, norms. Leading dimensions are batches throughout.

https://pytorch.org/docs/stable/linalg.html
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from ..tensor import Tensor, wrap_dim
from .define import op
from .joining import stack
from .operands import check_devices
from .reduction import all_dims, amax, amin, norm_
from .words import scalar_type


class LinAlgError(RuntimeError):
    """A matrix is singular, or not positive-definite, where it must not be."""


LinAlgError.__name__ = "_LinAlgError"  # PyTorch's, which tracebacks show


def _check_floating(name: str, x: Tensor) -> None:
    if x._array.dtype.kind != "f":
        raise RuntimeError(f"linalg.{name}: Expected a floating point or complex tensor as input. Got {scalar_type(x)}")


def check_matrix(name: str, x: Tensor, square: bool = False) -> None:
    """Raise RuntimeError unless x is a floating matrix, or a batch of them."""
    shape = x._array.shape
    if len(shape) < 2:
        raise RuntimeError(f"linalg.{name}: The input tensor A must have at least 2 dimensions.")
    if square and shape[-1] != shape[-2]:
        raise RuntimeError(
            f"linalg.{name}: A must be batches of square matrices, but they are {shape[-2]} by {shape[-1]} matrices"
        )
    _check_floating(name, x)


def _first_bad(matrices: np.ndarray, is_bad: object) -> tuple[str, np.ndarray]:
    """Which matrix of a batch is bad, in words, and the matrix."""
    flat = matrices.reshape(-1, *matrices.shape[-2:])
    at = next((i for i, matrix in enumerate(flat) if is_bad(matrix)), 0)
    return (f"(Batch element {at}): " if matrices.ndim > 2 else ""), flat[at]


def _is_singular(matrix: np.ndarray) -> bool:
    return np.linalg.matrix_rank(matrix) < len(matrix)


def _zero_pivot(matrix: np.ndarray) -> int:
    """The first diagonal element, counted from 1, that elimination with row exchanges leaves at zero."""
    rows, n = matrix.astype(np.float64), len(matrix)
    for k in range(n):
        best = k + int(np.abs(rows[k:, k]).argmax())
        if rows[best, k] == 0:
            return k + 1
        rows[[k, best]] = rows[[best, k]]
        rows[k + 1 :] -= np.outer(rows[k + 1 :, k] / rows[k, k], rows[k])
    return n


def _inverse(a: np.ndarray) -> np.ndarray:
    try:
        return np.linalg.inv(a)
    except np.linalg.LinAlgError:
        which, matrix = _first_bad(a, _is_singular)
        raise LinAlgError(
            f"linalg.inv: {which}The diagonal element {_zero_pivot(matrix)} is zero, the inversion could not be "
            "completed because the input matrix is singular."
        ) from None


def _solution(a: np.ndarray, b: np.ndarray, vector: bool) -> np.ndarray:
    try:
        return np.linalg.solve(a, b[..., None])[..., 0] if vector else np.linalg.solve(a, b)
    except np.linalg.LinAlgError:
        which, _ = _first_bad(a, _is_singular)
        raise LinAlgError(
            f"torch.linalg.solve: {which}The solver failed because the input matrix is singular."
        ) from None


def _not_positive(matrix: np.ndarray) -> bool:
    try:
        np.linalg.cholesky(matrix)
    except np.linalg.LinAlgError:
        return True
    return False


def _factor(a: np.ndarray) -> np.ndarray:
    try:
        return np.linalg.cholesky(a)
    except np.linalg.LinAlgError:
        which, matrix = _first_bad(a, _not_positive)
        order = next(k for k in range(1, len(matrix) + 1) if _not_positive(matrix[:k, :k]))
        raise LinAlgError(
            f"linalg.cholesky: {which}The factorization could not be completed because the input is not "
            f"positive-definite (the leading minor of order {order} is not positive-definite)."
        ) from None


det_ = op("linalg_det(self)", "np.linalg.det(self)", "LinalgDetBackward0", self="_det_grad(grad, self, result)")
inv_ = op("linalg_inv(self)", "_inverse(self)", "LinalgInvExBackward0", self="-(result.mT @ grad @ result.mT)")
solve_ = op("linalg_solve(self, other; vector)", "_solution(self, other, vector)", "LinalgSolveExBackward0",
            self="-_outer(solve_(self.mT, grad, vector), result, vector)",
            other="solve_(self.mT, grad, vector)")  # fmt: skip
cholesky_ = op("linalg_cholesky(self)", "_factor(self)", "LinalgCholeskyExBackward0",
               self="_cholesky_grad(grad, result)")  # fmt: skip


def _det_grad(grad: Tensor, a: Tensor, result: Tensor) -> Tensor:
    """The cofactors: det(A) times the transposed inverse, where there is one; else each by itself."""
    grad = grad.unsqueeze(-1).unsqueeze(-1)
    if not (result._array == 0).any():
        return grad * (result.unsqueeze(-1).unsqueeze(-1) * inv_(a).mT)
    n = range(a._array.shape[-1])
    cofactors = [stack([_minor(a, i, j) * (-1) ** (i + j) for j in n], -1) for i in n]
    return grad * stack(cofactors, -2)


def _minor(a: Tensor, row: int, column: int) -> Tensor:
    """The determinant of what is left without a row and a column."""
    n = a._array.shape[-1]
    rows, columns = ([i for i in range(n) if i != gone] for gone in (row, column))
    return det_(a[..., rows, :][..., columns])


def _outer(a: Tensor, b: Tensor, vector: bool) -> Tensor:
    return a.unsqueeze(-1) * b.unsqueeze(-2) if vector else a @ b.mT


def _cholesky_grad(grad: Tensor, factor: Tensor) -> Tensor:
    """Half of L^-T (P + P^T) L^-1, where P is the lower triangle of L^T grad with its diagonal halved."""
    inverse = inv_(factor)
    lower = (factor.mT @ grad).tril()
    half = (lower + lower.tril(-1)) / 2
    return inverse.mT @ (half + half.mT) @ inverse / 2


def det(A: Tensor) -> Tensor:
    """The determinant of a square matrix: by how much it stretches volumes.

    >>> import tensorbook as torch
    >>> torch.linalg.det(torch.tensor([[2.0, 0.0], [0.0, 3.0]]))
    tensor(6.)
    """
    check_matrix("det", A, square=True)
    return det_(A)


def inv(A: Tensor) -> Tensor:
    """The inverse of a square matrix. LinAlgError where it has none.

    >>> import tensorbook as torch
    >>> torch.linalg.inv(torch.tensor([[2.0, 0.0], [0.0, 4.0]]))
    tensor([[0.5000, 0.0000],
            [0.0000, 0.2500]])
    """
    check_matrix("inv", A, square=True)
    return inv_(A)


def solve(A: Tensor, B: Tensor) -> Tensor:
    """The X with A @ X = B, for a vector B or a matrix of columns. LinAlgError where A is singular.

    >>> import tensorbook as torch
    >>> torch.linalg.solve(torch.tensor([[2.0, 0.0], [0.0, 4.0]]), torch.tensor([2.0, 2.0]))
    tensor([1.0000, 0.5000])
    """
    check_matrix("solve", A, square=True)
    check_devices(A, B)
    a, b = A._array.shape, B._array.shape
    if A._array.dtype != B._array.dtype:
        raise RuntimeError(f"linalg.solve: Expected A and B to have the same dtype, but found {A.dtype} and {B.dtype}")
    vector = len(b) == 1 or (len(a) - 1 == len(b) and b == a[:-1])
    if b[-1 if vector else -2] != a[-1]:
        columns = 1 if vector else b[-1]
        raise RuntimeError(
            f"linalg.solve: Incompatible shapes of A and B for the equation AX = B "
            f"({a[-2]}x{a[-1]} and {b[-1 if vector else -2]}x{columns})"
        )
    return solve_(A, B, vector)


def cholesky(A: Tensor, *, upper: bool = False) -> Tensor:
    """The lower triangle L with A = L @ L.T, of a symmetric positive-definite matrix; or the upper one."""
    check_matrix("cholesky", A, square=True)
    factor = cholesky_(A)
    return factor.mT if upper else factor


# ---- norms


def vector_norm(
    x: Tensor, ord: float = 2, dim: int | Sequence[int] | None = None, keepdim: bool = False, *, dtype: object = None
) -> Tensor:
    """The p-norm of all elements, or along dimensions.

    >>> import tensorbook as torch
    >>> torch.linalg.vector_norm(torch.tensor([3.0, 4.0]))
    tensor(5.)
    """
    x = x if dtype is None else x.to(dtype)
    _check_floating("vector_norm", x)
    return norm_(x, float(ord), all_dims(dim, x._array.ndim), keepdim)


def matrix_norm(
    A: Tensor,
    ord: float | str = "fro",
    dim: Sequence[int] = (-2, -1),
    keepdim: bool = False,
    *,
    dtype: object = None,
) -> Tensor:
    """A norm of the matrices in two dimensions.

    Args:
        ord: "fro" is that of all elements as one vector; 1 and inf are the largest sum of sizes in a column and in a
            row, -1 and -inf the smallest. RuntimeError for another.
    """
    A = A if dtype is None else A.to(dtype)
    check_matrix("matrix_norm", A)
    if isinstance(dim, int) or len(dim) != 2:
        raise RuntimeError(
            f"linalg.matrix_norm: dim must be a 2-tuple. Got {dim if isinstance(dim, int) else ' '.join(map(str, dim))}"
        )
    rows, columns = (wrap_dim(d, A._array.ndim) for d in dim)
    if rows == columns:
        raise RuntimeError(f"linalg.matrix_norm: dims must be different. Got ({dim[0]}, {dim[1]})")
    if ord == "fro":
        return vector_norm(A, 2, (rows, columns), keepdim)
    if ord not in (1, -1, math.inf, -math.inf):
        raise RuntimeError(f"linalg.matrix_norm: Order {ord} not supported.")
    summed, chosen = (rows, columns) if abs(ord) == 1 else (columns, rows)
    if not keepdim and chosen > summed:
        chosen -= 1
    sums = vector_norm(A, 1, summed, keepdim)
    return (amax if ord > 0 else amin)(sums, chosen, keepdim)


def norm(
    A: Tensor,
    ord: float | str | None = None,
    dim: int | Sequence[int] | None = None,
    keepdim: bool = False,
    *,
    dtype: object = None,
) -> Tensor:
    """vector_norm or matrix_norm, as `ord` and the number of dimensions have it.

    >>> import tensorbook as torch
    >>> torch.linalg.norm(torch.tensor([[3.0, 0.0], [0.0, 4.0]])), torch.linalg.norm(torch.tensor([3.0, -4.0]), 1)
    (tensor(5.), tensor(7.))
    """
    if ord is None:
        return vector_norm(A, 2, dim, keepdim, dtype=dtype)
    count = A._array.ndim if dim is None else 1 if isinstance(dim, int) else len(dim)
    if dim is None and count not in (1, 2):
        raise RuntimeError(
            f"linalg.norm: If dim is not specified but ord is, the input must be 1D or 2D. Got {count}D."
        )
    if isinstance(ord, str) or count == 2:
        return matrix_norm(A, ord, (0, 1) if dim is None else dim, keepdim, dtype=dtype)
    return vector_norm(A, ord, dim, keepdim, dtype=dtype)
