"""A matrix as a permutation times a lower times an upper triangle, and what is solved with triangles.

Leading dimensions are batches. https://pytorch.org/docs/stable/generated/torch.linalg.lu_factor.html
"""

from __future__ import annotations

import numpy as np

from .. import devices, notices
from ..graph import Edge
from ..tensor import Tensor, make
from . import view
from .define import op
from .elimination import eliminated
from .gathering import gather
from .joint import Joint, joint, node_kind
from .kernels import refuse
from .layout import columns
from .linalg import LinAlgError, check_matrix, cholesky, inv_, old_cholesky_, solve, solve_triangular
from .node import showing
from .results import named

lu_result, factor_result, factor_ex_result = (
    named("linalg_lu", "P L U"),
    named("linalg_lu_factor", "LU pivots"),
    named("linalg_lu_factor_ex", "LU pivots info"),
)
unpack_result, triangular_result = named("lu_unpack", "P L U"), named("triangular_solve", "solution cloned_coefficient")


def _order(pivots: np.ndarray, rows: int) -> np.ndarray:
    """Where each row of P.T @ A comes from, after all exchanges."""
    pivots = devices.move(pivots, devices.CPU)
    order = np.broadcast_to(np.arange(rows), (*pivots.shape[:-1], rows)).copy()
    for place in np.ndindex(*pivots.shape[:-1]):
        for k, other in enumerate(pivots[place].tolist()):
            order[place][[k, other - 1]] = order[place][[other - 1, k]]
    return order


def _exchanged(order: np.ndarray, dtype: np.dtype) -> np.ndarray:
    """The permutation as a matrix: P[order[i], i] = 1."""
    return np.swapaxes(np.eye(order.shape[-1], dtype=dtype)[order], -1, -2).copy()


def _identity(x: Tensor) -> Tensor:
    return _beside(x, np.eye(x._array.shape[-1], dtype=x._array.dtype))


def _beside(x: Tensor, array: np.ndarray) -> Tensor:
    """What was worked out on the CPU, on x's device."""
    return make(devices.move(np.asarray(array), x.device))


def _square_only(x: Tensor) -> None:
    if x._array.shape[-1] != x._array.shape[-2]:
        raise NotImplementedError("tensorbook takes gradients through lu of square matrices alone")


def _factor_grad(lower: Tensor, upper: Tensor, of_lower: Tensor | None, of_upper: Tensor | None, P: Tensor) -> Tensor:
    """Walter and Lehmann, "Algorithmic differentiation of linear algebra functions", 2010."""
    _square_only(lower)
    inside = None
    if of_lower is not None:
        inside = (lower.mT @ of_lower).tril(-1)
    if of_upper is not None:
        part = (of_upper @ upper.mT).triu()
        inside = part if inside is None else inside + part
    left = solve_triangular(lower.mT, inside, upper=True, unitriangular=True)
    return P @ solve_triangular(upper.mT, left, upper=False, left=False)


def _output(node: Joint, number: int) -> Tensor:
    """One of the node's results, from which a second derivative finds its way."""
    result = make(node.results[number])
    result._node = Edge(node, number)
    return result


def _lower_part(grad: Tensor, x: Tensor, result: Tensor, node: Joint) -> Tensor:
    return _factor_grad(result, _output(node, 1), grad, None, make(node.P_))


def _upper_part(grad: Tensor, x: Tensor, result: Tensor, node: Joint) -> Tensor:
    return _factor_grad(_output(node, 0), result, None, grad, make(node.P_))


LinalgLu = node_kind("LinalgLuBackward0", "P", {"L": 0, "U": 1}, _lower_part, _upper_part)
LinalgLu.shown, LinalgLu.hidden = {**LinalgLu.shown, "pivot": lambda node: True}, frozenset({"self"})


def _packed_grad(grad: Tensor, packed: Tensor, P: np.ndarray) -> Tensor:
    _square_only(packed)
    lower, upper = packed.tril(-1) + _identity(packed), packed.triu()
    return _factor_grad(lower, upper, grad.tril(-1), grad.triu(), make(P))


lu_factor_ = op("lu_factor(self; packed, P; pivots)", "packed", "LinalgLuFactorExBackward0",
                self="_packed_grad(grad, result, P)", layout="of_its_own")  # fmt: skip
showing(lu_factor_, pivot=True)


def _triangles(packed: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    m, n = packed.shape[-2:]
    k = min(m, n)
    lower = np.tril(packed[..., :, :k], -1) + np.eye(m, k, dtype=packed.dtype)
    return columns(lower), columns(np.triu(packed[..., :k, :]))


def _check(name: str, A: Tensor, pivot: bool) -> None:
    if not pivot:
        raise RuntimeError("linalg.lu_factor: LU without pivoting is not implemented on the CPU")
    refuse("lu_cpu", A._array, "biuh")
    check_matrix(name, A)


def lu(A: Tensor, *, pivot: bool = True) -> tuple:
    """P, L and U such that A = P @ L @ U: a permutation, a lower triangle with ones on its diagonal, an upper one.

    >>> import tensorbook as torch
    >>> torch.linalg.lu(torch.tensor([[1.0, 2.0], [4.0, 4.0]])).U
    tensor([[4., 4.],
            [0., 1.]])
    """
    _check("lu", A, pivot)
    packed, pivots, _ = eliminated(A._array)
    P = _exchanged(_order(pivots, A._array.shape[-2]), A._array.dtype)
    P = _beside(A, P)
    L, U = joint(LinalgLu, A, tuple(devices.move(part, A.device) for part in _triangles(packed)), P=P._array)
    return lu_result(P, L, U)


def lu_factor_ex(A: Tensor, *, pivot: bool = True, check_errors: bool = False) -> tuple:
    """lu_factor, with the number of the first pivot that is 0 (0 where none is) in place of an error."""
    _check("lu_factor", A, pivot)
    packed, pivots, info = eliminated(A._array)
    if check_errors:
        _check_pivots("lu_factor", info)
    P = _beside(A, _exchanged(_order(pivots, A._array.shape[-2]), A._array.dtype))
    packed = devices.move(packed, A.device)
    return factor_ex_result(lu_factor_(A, packed, P._array, pivots), _beside(A, pivots), _beside(A, info))


def _check_pivots(name: str, info: np.ndarray) -> None:
    if info.any():
        at = int(np.flatnonzero(info)[0])
        which = f"(Batch element {at}): " if info.ndim else ""
        raise RuntimeError(
            f"torch.linalg.{name}: {which}U[{info.flat[at]},{info.flat[at]}] is zero and using it on lu_solve would "
            "result in a division by zero. If you still want to perform the factorization, consider calling "
            f"linalg.lu(A, pivot) or linalg.{name}_ex(A, pivot)"
        )


def lu_factor(A: Tensor, *, pivot: bool = True) -> tuple:
    """L and U in one matrix (the ones on L's diagonal left out), and which rows were exchanged, counted from 1.

    Raises RuntimeError where a pivot is 0.

    >>> import tensorbook as torch
    >>> torch.linalg.lu_factor(torch.tensor([[1.0, 2.0], [4.0, 4.0]]))
    torch.return_types.linalg_lu_factor(
    LU=tensor([[4.0000, 4.0000],
            [0.2500, 1.0000]]),
    pivots=tensor([2, 2], dtype=torch.int32))
    """
    packed, pivots, _ = lu_factor_ex(A, pivot=pivot, check_errors=True)
    return factor_result(packed, pivots)


def lu_solve(LU: Tensor, pivots: Tensor, B: Tensor, *, left: bool = True, adjoint: bool = False) -> Tensor:
    """The X with A @ X = B (X @ A = B with left=False), for a matrix A that lu_factor has taken apart."""
    check_matrix("lu_solve", LU, square=True)
    if not left:
        return lu_solve(LU, pivots, B.mT, adjoint=not adjoint).mT
    order = _order(pivots._array, LU._array.shape[-2])
    if not adjoint:
        moved = gather(*_along_rows(B, order))
        lower = solve_triangular(LU, moved, upper=False, unitriangular=True)
        return solve_triangular(LU, lower, upper=True)
    upper = solve_triangular(LU.mT, B, upper=False)
    lower = solve_triangular(LU.mT, upper, upper=True, unitriangular=True)
    return gather(*_along_rows(lower, np.argsort(order, -1)))


def _along_rows(B: Tensor, order: np.ndarray) -> tuple[Tensor, int, Tensor]:
    """B, its dimension of rows and, for each of its elements, the row that comes there."""
    batch = np.broadcast_shapes(B._array.shape[:-2], order.shape[:-1])
    shape = (*batch, *B._array.shape[-2:])
    return view.expand(B, shape), -2, _beside(B, np.broadcast_to(order[..., None], shape).copy())


# ---- without an error for what cannot be solved


def inv_ex(A: Tensor, *, check_errors: bool = False) -> tuple:
    """The inverse, and the number of the first zero pivot where there is none (else 0), which then makes it nan."""
    check_matrix("inv_ex", A, square=True, kernel="linalg_inv_ex_cpu")
    info = eliminated(A._array)[2]
    if not info.any() or check_errors:
        inverse = inv_(A)
    else:
        inverse = _beside(A, _inverses(devices.move(A._array, devices.CPU), info))
    return named("linalg_inv_ex", "inverse info")(inverse, _beside(A, info))


def _inverses(a: np.ndarray, info: np.ndarray) -> np.ndarray:
    """nan for the matrices that have none."""
    singular = info[..., None, None] > 0
    inverses = np.linalg.inv(np.where(singular, np.eye(a.shape[-1], dtype=a.dtype), a))
    return np.where(singular, a.dtype.type(np.nan), inverses)


def cholesky_ex(A: Tensor, *, upper: bool = False, check_errors: bool = False) -> tuple:
    """The Cholesky factor and 0; or what is no factor, and the order of the first minor that is not positive."""
    result = named("linalg_cholesky_ex", "L info")
    try:
        factor = cholesky(A, upper=upper)
    except LinAlgError as error:
        if check_errors or A._array.ndim > 2:
            raise
        order = int(str(error).split("order ")[1].split()[0])
        return result(A.triu() if upper else A.tril(), _beside(A, np.array(order, np.int32)))
    return result(factor, _beside(A, np.zeros(A._array.shape[:-2], np.int32)))


def solve_ex(A: Tensor, B: Tensor, *, left: bool = True, check_errors: bool = False) -> tuple:
    """The solution of A @ X = B, and the number of the first zero pivot where there is none (else 0)."""
    info = eliminated(A._array)[2]
    if info.any() and not check_errors:
        solution = B * np.nan
    else:
        solution = solve(A, B, left=left)
    return named("linalg_solve_ex", "result info")(solution, _beside(A, info))


def tensorsolve(A: Tensor, B: Tensor, dims: tuple[int, ...] | None = None) -> Tensor:
    """The X with tensordot(A, X, X.ndim) = B."""
    if dims is not None:
        A = view.movedim(A, tuple(dims), tuple(range(A._array.ndim - len(dims), A._array.ndim)))
    shape = A._array.shape[B._array.ndim :]
    size = int(np.prod(shape, dtype=np.int64))
    if size != B._array.size:
        raise RuntimeError(
            "Expected self to satisfy the requirement prod(self.shape[other.ndim:]) == prod(self.shape[:other.ndim]), "
            f"but got {size} != {B._array.size}"
        )
    solution = solve(view.reshape(A, size, size), view.reshape(B, -1))
    return view.reshape(solution, *shape)


# ---- older names


def lu_pair(A: Tensor, pivot: bool = True, get_infos: bool = False) -> tuple:
    """L and U in one matrix, and the rows exchanged. Deprecated: torch.linalg.lu_factor."""
    notices.warn(
        "torch.lu is deprecated in favor of torch.linalg.lu_factor / torch.linalg.lu_factor_ex and will be removed in "
        "a future PyTorch release.",
        once=True,
    )
    packed, pivots, info = lu_factor_ex(A, pivot=pivot, check_errors=not get_infos)
    return (packed, pivots, info) if get_infos else (packed, pivots)


def lu_unpack(LU_data: Tensor, LU_pivots: Tensor, unpack_data: bool = True, unpack_pivots: bool = True) -> tuple:
    """P, L and U of what lu_factor gave; empty where they are not wanted."""
    none = LU_data.new_empty(0)
    P = _beside(LU_data, _exchanged(_order(LU_pivots._array, LU_data._array.shape[-2]), LU_data._array.dtype))
    if not unpack_data:
        return unpack_result(P if unpack_pivots else none, none, none)
    m, n = LU_data._array.shape[-2:]
    k = min(m, n)
    lower = view.narrow(LU_data, -1, 0, k).tril(-1) + _beside(LU_data, np.eye(m, k, dtype=LU_data._array.dtype))
    return unpack_result(P if unpack_pivots else none, lower, view.narrow(LU_data, -2, 0, k).triu())


def old_lu_solve(self: Tensor, LU_data: Tensor, LU_pivots: Tensor) -> Tensor:
    """The X with A @ X = self, for what lu_factor gave for A. Deprecated: torch.linalg.lu_solve."""
    notices.warn(
        "torch.lu_solve is deprecated in favor of torch.linalg.lu_solve and will be removed in a future PyTorch "
        "release. Note that torch.linalg.lu_solve has its arguments reversed.",
        once=True,
    )
    return lu_solve(LU_data, LU_pivots, self)


def old_cholesky(self: Tensor, upper: bool = False) -> Tensor:
    """linalg.cholesky, by its older name."""
    notices.warn(
        "torch.cholesky is deprecated in favor of torch.linalg.cholesky and will be removed in a future PyTorch "
        "release.",
        once=True,
    )
    check_matrix("cholesky", self, square=True, kernel="cholesky_cpu")
    return old_cholesky_(self, upper)


def cholesky_solve(self: Tensor, L: Tensor, upper: bool = False) -> Tensor:
    """The X with A @ X = self, for the Cholesky factor of A."""
    first = solve_triangular(L.mT if upper else L, self, upper=False)
    return solve_triangular(L if upper else L.mT, first, upper=True)


def cholesky_inverse(L: Tensor, upper: bool = False) -> Tensor:
    """The inverse of A, for its Cholesky factor."""
    return cholesky_solve(_identity(L), L, upper)


def triangular_solve(
    self: Tensor, A: Tensor, upper: bool = True, transpose: bool = False, unitriangular: bool = False
) -> tuple:
    """The X with A @ X = self, and a copy of A. Deprecated: torch.linalg.solve_triangular."""
    notices.warn(
        "torch.triangular_solve is deprecated in favor of torch.linalg.solve_triangularand will be removed in a future "
        "PyTorch release.",
        once=True,
    )
    turned, of = (A.mT, not upper) if transpose else (A, upper)
    return triangular_result(solve_triangular(turned, self, upper=of, unitriangular=unitriangular), A.clone())
