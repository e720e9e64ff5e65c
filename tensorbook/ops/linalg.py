"""Matrices taken apart: determinant, inverse, solving, Cholesky, norms. Leading dimensions are batches throughout.

https://pytorch.org/docs/stable/linalg.html
"""

from __future__ import annotations

import math

import numpy as np

from .. import devices
from ..tensor import Tensor, make
from . import matrix, view
from .choosing import where
from .define import op
from .elimination import eliminated
from .inplace import copy_
from .joining import cat, stack
from .joint import Joint, joint, node_kind
from .kernels import refuse
from .layout import columns
from .node import OpNode, showing
from .operands import as_array, broadcast_mismatch, cast, check_devices
from .results import named
from .running import cumprod
from .words import scalar_type


class LinAlgError(RuntimeError):
    """A matrix is singular, or not positive-definite, where it must not be."""


LinAlgError.__name__ = "_LinAlgError"  # PyTorch's, which tracebacks show


def check_floating(name: str, x: Tensor) -> None:
    if x._array.dtype.kind != "f":
        raise RuntimeError(f"linalg.{name}: Expected a floating point or complex tensor as input. Got {scalar_type(x)}")


def check_matrix(name: str, x: Tensor, square: bool = False, kernel: str = "") -> None:
    """Raise RuntimeError unless x is a floating matrix, or a batch of them; `kernel` takes no float16."""
    shape = x._array.shape
    if len(shape) < 2:
        raise RuntimeError(f"linalg.{name}: The input tensor A must have at least 2 dimensions.")
    if square and shape[-1] != shape[-2]:
        raise RuntimeError(
            f"linalg.{name}: A must be batches of square matrices, but they are {shape[-2]} by {shape[-1]} matrices"
        )
    check_floating(name, x)
    if kernel:
        refuse(kernel, x._array, "h")


def check_precise(name: str, x: Tensor) -> None:
    """RuntimeError for float16."""
    if x._array.dtype.itemsize == 2:
        raise RuntimeError(f"linalg.{name}: Low precision dtypes not supported. Got Half")


def _first_bad(matrices: np.ndarray, is_bad: object) -> tuple[str, np.ndarray]:
    """Which matrix of a batch is bad, in words, and the matrix."""
    flat = matrices.reshape(math.prod(matrices.shape[:-2]), *matrices.shape[-2:])
    at = next((i for i, matrix in enumerate(flat) if is_bad(matrix)), 0)
    return (f"(Batch element {at}): " if matrices.ndim > 2 else ""), flat[at]


def _is_singular(matrix: np.ndarray) -> bool:
    return np.linalg.matrix_rank(matrix) < len(matrix)


def _zero_pivot(matrix: np.ndarray) -> int:
    """The first diagonal element, counted from 1, that elimination with row exchanges leaves at zero."""
    _, _, info = eliminated(matrix.astype(np.float64))
    return int(info) or len(matrix)


def _triangles(node: OpNode, of_rows: bool = True) -> tuple[np.ndarray, np.ndarray]:
    """What elimination makes of the matrix that a node keeps: PyTorch's nodes keep that, too."""
    matrix = node.unpack("self")
    return eliminated(matrix._array if of_rows or not matrix.is_contiguous() else matrix._array.mT)[:2]


LU = {"LU": lambda node: _triangles(node)[0], "pivots": lambda node: _triangles(node)[1]}
LU_OF_COLUMNS = {  # a determinant is computed from the columns where those lie in rows
    "LU": lambda node: _triangles(node, False)[0], "pivots": lambda node: _triangles(node, False)[1],
}  # fmt: skip


@devices.through_cpu
def _inverse(a: np.ndarray) -> np.ndarray:
    try:
        return columns(np.linalg.inv(a))
    except np.linalg.LinAlgError:
        which, matrix = _first_bad(a, _is_singular)
        raise LinAlgError(
            f"linalg.inv: {which}The diagonal element {_zero_pivot(matrix)} is zero, the inversion could not be "
            "completed because the input matrix is singular."
        ) from None


@devices.through_cpu
def _solution(a: np.ndarray, b: np.ndarray, vector: bool) -> np.ndarray:
    try:
        return np.linalg.solve(a, b[..., None])[..., 0] if vector else columns(np.linalg.solve(a, b))
    except np.linalg.LinAlgError:
        which, _ = _first_bad(a, _is_singular)
        raise LinAlgError(
            f"torch.linalg.solve: {which}The solver failed because the input matrix is singular."
        ) from None


@devices.through_cpu
def _solved_right(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return _solution(a.mT, b.mT, False).mT


def _not_positive(matrix: np.ndarray) -> bool:
    try:
        np.linalg.cholesky(matrix)
    except np.linalg.LinAlgError:
        return True
    return False


@devices.through_cpu
def _factor(a: np.ndarray, upper: bool) -> np.ndarray:
    try:
        lower = np.linalg.cholesky(a)
        return columns(lower.mT if upper else lower)
    except np.linalg.LinAlgError:
        which, matrix = _first_bad(a, _not_positive)
        order = next(k for k in range(1, len(matrix) + 1) if _not_positive(matrix[:k, :k]))
        raise LinAlgError(
            f"linalg.cholesky: {which}The factorization could not be completed because the input is not "
            f"positive-definite (the leading minor of order {order} is not positive-definite)."
        ) from None


_det, _slogdet = (devices.through_cpu(f) for f in (np.linalg.det, np.linalg.slogdet))

det_ = op("linalg_det(self)", "_det(self)", "LinalgDetBackward0", self="_det_grad(grad, self, result)")
det_.node.shown = {**det_.node.shown, **LU_OF_COLUMNS}
inv_ = op("linalg_inv(self)", "_inverse(self)", "LinalgInvExBackward0", self="-(result.mT @ grad @ result.mT)",
          layout="of_its_own")  # fmt: skip
solve_ = op("linalg_solve(self, other; vector)", "_solution(self, other, vector)", "LinalgSolveExBackward0",
            self="-_outer(solve_(self.mT, grad, vector), result, vector)",
            other="solve_(self.mT, grad, vector)", layout="of_its_own")  # fmt: skip
solve_right = op("linalg_solve(self, other)", "_solved_right(self, other)", "LinalgSolveExBackward0",
                 self="-(result.mT @ solve_right(self.mT, grad))", other="solve_right(self.mT, grad)",
                 layout="of_its_own")  # fmt: skip
for _solve, _left in ((solve_, True), (solve_right, False)):
    showing(_solve, left=_left).node.shown = {**_solve.node.shown, **LU}
cholesky_ = op("linalg_cholesky(self; upper)", "_factor(self, upper)",
               "LinalgCholeskyExBackward0",
               self="_cholesky_grad(grad.mT, result.mT) if upper else _cholesky_grad(grad, result)",
               layout="of_its_own")  # fmt: skip


old_cholesky_ = op("cholesky(self; upper)", "_factor(self, upper)", "CholeskyBackward0",
                   self="_cholesky_grad(grad.mT, result.mT) if upper else _cholesky_grad(grad, result)",
                   layout="of_its_own")  # fmt: skip


def _sign_part(grad: Tensor, a: Tensor, result: Tensor, node: Joint) -> Tensor:
    """The sign of a determinant does not change with small steps."""
    return grad.unsqueeze(-1).unsqueeze(-1) * (a * 0)


def _size_part(grad: Tensor, a: Tensor, result: Tensor, node: Joint) -> Tensor:
    return grad.unsqueeze(-1).unsqueeze(-1) * inv_(a).mT


Slogdet = node_kind("LinalgSlogdetBackward0", "", {"A": "self", "sign": 0}, _sign_part, _size_part)
Slogdet.shown = {**Slogdet.shown, **LU_OF_COLUMNS}


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
    check_matrix("det", A, square=True, kernel="lu_cpu")
    return det_(A)


def inv(A: Tensor) -> Tensor:
    """The inverse of a square matrix. LinAlgError where it has none.

    >>> import tensorbook as torch
    >>> torch.linalg.inv(torch.tensor([[2.0, 0.0], [0.0, 4.0]]))
    tensor([[0.5000, 0.0000],
            [0.0000, 0.2500]])
    """
    check_matrix("inv", A, square=True)
    check_precise("inv", A)
    return inv_(A)


@devices.through_cpu
def _singular(matrices: np.ndarray) -> np.ndarray:
    """Which matrices of a batch are singular, with two dimensions of 1 in the place of the matrix."""
    flat = matrices.reshape(math.prod(matrices.shape[:-2]), *matrices.shape[-2:])
    return np.array([_is_singular(matrix) for matrix in flat], bool).reshape(*matrices.shape[:-2], 1, 1)


def inverse_where_there_is_one(A: Tensor) -> tuple[Tensor, Tensor]:
    """The inverses of matrices, and a mask of those that are singular (whose place holds the identity's)."""
    check_matrix("inv", A, square=True)
    singular = _singular(A._array)
    mask = make(as_array(singular))
    if not singular.any():
        return inv(A), mask
    eye = make(devices.module_of(A._array).eye(A._array.shape[-1], dtype=A._array.dtype))
    return inv_(where(mask, eye, A)), mask


def solve(A: Tensor, B: Tensor, *, left: bool = True) -> Tensor:
    """The X with A @ X = B, for a vector B or a matrix of columns; with left=False the X with X @ A = B.

    Leading dimensions broadcast. LinAlgError where A is singular.

    >>> import tensorbook as torch
    >>> torch.linalg.solve(torch.tensor([[2.0, 0.0], [0.0, 4.0]]), torch.tensor([2.0, 2.0]))
    tensor([1.0000, 0.5000])
    """
    check_matrix("solve", A, square=True, kernel="lu_cpu")
    check_devices(A, B)
    a, b = A._array.shape, B._array.shape
    if A._array.dtype != B._array.dtype:
        raise RuntimeError(
            f"linalg.solve: Expected A and B to have the same dtype, but found A of type {scalar_type(A)} and B of "
            f"type {scalar_type(B)} instead"
        )
    vector = len(b) == 1 or (len(a) - 1 == len(b) and b == a[:-1])
    rows = -1 if vector or not left else -2
    if b[rows] != a[-1] or (vector and not left and len(b) == 1 and b[0] != a[-1]):
        columns = 1 if vector else b[-1]
        equation = "AX = B" if left else "XA = B"
        raise RuntimeError(
            f"linalg.solve: Incompatible shapes of A and B for the equation {equation} "
            f"({a[-2]}x{a[-1]} and {b[-1 if vector else -2]}x{columns})"
        )
    if vector and not left:
        raise RuntimeError("linalg.solve: Vector broadcasting of the left hand side is not supported for left=False.")
    if len(b) == 1 and len(a) > 2:  # one vector for all matrices
        B = view.expand_(B, (*a[:-2], b[0]))
    if not left:
        return solve_right(A, B)
    return solve_(A, B, vector)


def cholesky(A: Tensor, *, upper: bool = False) -> Tensor:
    """The lower triangle L with A = L @ L.T, of a symmetric positive-definite matrix; or the upper one."""
    check_matrix("cholesky", A, square=True, kernel="cholesky_cpu")
    return cholesky_(A, upper)


slogdet_result = named("linalg_slogdet", "sign logabsdet")


def slogdet(A: Tensor) -> tuple:
    """The sign of the determinant, and the logarithm of its size: right where the determinant itself would overflow."""
    check_matrix("slogdet", A, square=True)
    check_precise("slogdet", A)
    return slogdet_result(*joint(Slogdet, A, tuple(_slogdet(A._array))))


def logdet(A: Tensor) -> Tensor:
    """The logarithm of the determinant; nan where that is negative."""
    sign, size = slogdet(A)
    return where(make(as_array(sign._array == -1)), float("nan"), size)


def matrix_power(A: Tensor, n: int) -> Tensor:
    """A multiplied n times with itself; its inverse for a negative n.

    >>> import tensorbook as torch
    >>> torch.linalg.matrix_power(torch.tensor([[1, 1], [0, 1]]), 5)
    tensor([[1, 5],
            [0, 1]])
    """
    shape = A._array.shape
    if len(shape) < 2:
        raise RuntimeError("linalg.matrix_power: The input tensor A must have at least 2 dimensions.")
    if shape[-1] != shape[-2]:
        raise RuntimeError(
            "linalg.matrix_power: A must be batches of square matrices, "
            f"but they are {shape[-2]} by {shape[-1]} matrices"
        )
    if n == 0:
        return copy_(view.clone(A), make(devices.module_of(A._array).eye(shape[-1], dtype=A._array.dtype)))
    if n < 0:
        return inv(A) if n == -1 else matrix_power(inv(A), -n)
    if n <= 3:
        return view.clone(A) if n == 1 else matrix.matmul(A, A) if n == 2 else matrix.matmul(matrix.matmul(A, A), A)
    product, power = None, A
    while n:  # binary digits of n, from the last
        if n % 2:
            product = power if product is None else matrix.matmul(product, power)
        n //= 2
        power = matrix.matmul(power, power) if n else power
    return product


# ---- triangular systems, exponentials


@devices.through_cpu
def _substituted(a: np.ndarray, b: np.ndarray, upper: bool, unitriangular: bool) -> np.ndarray:
    triangle = np.triu(a) if upper else np.tril(a)
    if unitriangular:
        n = np.arange(a.shape[-1])
        triangle[..., n, n] = 1
    return columns(np.linalg.solve(triangle, b))


@devices.through_cpu
def _substituted_right(a: np.ndarray, b: np.ndarray, upper: bool, unitriangular: bool) -> np.ndarray:
    return columns(_substituted(a.mT, b.mT, not upper, unitriangular).mT)


def _triangle(x: Tensor, upper: bool, unitriangular: bool) -> Tensor:
    offset = 1 if unitriangular else 0
    return x.triu(offset) if upper else x.tril(-offset)


triangular_ = op("solve_triangular(self, B; upper, unitriangular)", "_substituted(self, B, upper, unitriangular)",
                 "LinalgSolveTriangularBackward0",
                 self="-_triangle(triangular_(self.mT, grad, not upper, unitriangular) @ result.mT, upper, "
                      "unitriangular)",
                 B="triangular_(self.mT, grad, not upper, unitriangular)",
                 layout="of_its_own")  # fmt: skip
triangular_right = op("solve_triangular(self, B; upper, unitriangular)",
                      "_substituted_right(self, B, upper, unitriangular)", "LinalgSolveTriangularBackward0",
                      self="-_triangle(result.mT @ triangular_right(self.mT, grad, not upper, unitriangular), upper, "
                           "unitriangular)",
                      B="triangular_right(self.mT, grad, not upper, unitriangular)",
                      layout="of_its_own")  # fmt: skip
showing(triangular_, left=True)
showing(triangular_right, left=False)


def solve_triangular(A: Tensor, B: Tensor, *, upper: bool, left: bool = True, unitriangular: bool = False) -> Tensor:
    """The X with A @ X = B (X @ A = B with left=False), reading only one triangle of A.

    Args:
        unitriangular: take the diagonal of A to be ones.
    """
    refuse("triangular_solve_cpu", A._array, "biuh")
    check_matrix("solve_triangular", A, square=True)
    check_devices(A, B)
    a, b = A._array.shape, B._array.shape
    if len(b) < 2:
        raise RuntimeError("linalg.solve_triangular: The input tensor B must have at least 2 dimensions.")
    if b[-2 if left else -1] != a[-1]:
        raise RuntimeError(
            f"linalg.solve_triangular: Incompatible shapes of A and B for the equation {'AX' if left else 'XA'} = B "
            f"({a[-2]}x{a[-1]} and {b[-2]}x{b[-1]})"
        )
    if (mismatch := broadcast_mismatch(a[:-2], b[:-2])) is not None:
        raise mismatch
    if not left:
        return triangular_right(A, B, upper, unitriangular)
    return triangular_(A, B, upper, unitriangular)


@devices.through_cpu
def _exponential(a: np.ndarray) -> np.ndarray:
    """Scaled down until its power series ends quickly, then squared up again."""
    size = float(np.abs(a).sum(-1).max(initial=0))
    times = max(0, math.ceil(math.log2(size)) + 1) if size and math.isfinite(size) else 0
    scaled = a.astype(np.float64) / 2**times
    term = total = np.zeros_like(scaled) + np.eye(a.shape[-1])
    for k in range(1, 19):
        term = term @ scaled / k
        total = total + term
    for _ in range(times):
        total = total @ total
    return total.astype(a.dtype)


matrix_exp_ = op("matrix_exp(self)", "_exponential(self)", "LinalgMatrixExpBackward0", self="_exp_grad(grad, self)")


def _exp_grad(grad: Tensor, a: Tensor) -> Tensor:
    """The corner of exp([[A^T, grad], [0, A^T]]) (Mathias 1996)."""
    n = a._array.shape[-1]
    upper = cat([a.mT, grad], -1)
    lower = cat([a * 0, a.mT], -1)
    return matrix_exp_(cat([upper, lower], -2))[..., :n, n:]


def matrix_exp(A: Tensor) -> Tensor:
    """The power series 1 + A + A² / 2 + A³ / 6 + … of a square matrix."""
    check_matrix("matrix_exp", A, square=True)
    return matrix_exp_(A)


def tensorinv(A: Tensor, ind: int = 2) -> Tensor:
    """The inverse for tensordot(…, ind): the first `ind` dimensions count as rows, the rest as columns."""
    if ind <= 0:
        raise RuntimeError("Expected a strictly positive integer for 'ind'")
    shape = A._array.shape
    rows, columns = math.prod(shape[:ind]), math.prod(shape[ind:])
    if rows != columns:
        raise RuntimeError(
            "Expected self to satisfy the requirement prod(self.shape[ind:]) == prod(self.shape[:ind]), but got "
            f"{columns} != {rows}"
        )
    return view.reshape_alias(inv(view.reshape(A, rows, columns)), (*shape[ind:], *shape[:ind]))


def diagonal(A: Tensor, *, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Tensor:
    """The diagonals of matrices, as views."""
    return view.diagonal(A, offset, dim1, dim2)


def vander(x: Tensor, *, N: int | None = None) -> Tensor:
    """The powers 0, 1, 2, … of each element of a vector, one row each.

    >>> import tensorbook as torch
    >>> torch.linalg.vander(torch.tensor([2, 3]), N=3)
    tensor([[1, 2, 4],
            [1, 3, 9]])
    """
    if x._array.dtype.kind == "b" or (x._array.dtype.kind == "f" and x._array.dtype.itemsize == 2):
        raise RuntimeError(
            f"linalg.vander supports floating point, complex, and integer tensors, but got {scalar_type(x)}"
        )
    N = x._array.shape[-1] if N is None and x._array.ndim else N
    if N is None or N <= 1:
        raise RuntimeError("N must be greater than 1.")
    if x._array.dtype.kind != "f":
        x = cast(x, np.dtype("i8"))
    factors = view.expand_(view.unsqueeze(x, -1), (*x._array.shape, N - 1))
    ones = make(np.ones_like(x._array, shape=(*x._array.shape, 1)))
    return cat([ones, cumprod(factors, -1)], -1)
