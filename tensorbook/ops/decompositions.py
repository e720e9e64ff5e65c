"""Matrices as products of simpler ones: QR, singular values, eigenvalues. Leading dimensions are batches.

Each call makes one node with several outputs. The gradients follow from differentiating the product and the conditions
on its factors (https://people.maths.ox.ac.uk/gilesm/files/NA-08-01.pdf).
"""

from __future__ import annotations

import numpy as np

from .. import devices
from ..graph import Edge, Node, grad_mode, next_sequence
from ..tensor import Tensor, make
from .array_twins import shape_of  # noqa: F401 (a formula calls it)
from .define import op
from .diagonals import diag_embed
from .joining import cat
from .kernels import refuse
from .layout import columns, marked, row_by_row
from .linalg import check_matrix, check_precise, inv_
from .node import SavedValue, by_way_of_tensors
from .operands import as_array
from .results import named
from .words import scalar_type


class Factors(Node):
    """A matrix taken apart. It keeps the factors, one that got no gradient counts as zeros; and `told`, to be shown."""

    __slots__ = ("factors", "output_count", "told")
    names: tuple[str, ...] = ()

    def arrays(self, grad: list, keep: bool) -> tuple:
        tensors = [None if g is None else make(as_array(g)) for g in grad]
        return tuple(g._array for g in by_way_of_tensors(self, tensors, keep))

    def output_shapes(self) -> list[tuple[int, ...]]:
        return [f.shape for f in self.factors]

    def complete(self, grads: list) -> list[Tensor]:
        return [
            make(devices.module_of(f).zeros(f.shape, f.dtype)) if g is None else g
            for g, f in zip(grads, self.factors, strict=True)
        ]

    def __dir__(self) -> list[str]:
        raw = [f"_raw_saved_{name}" for name in self.names]
        return [*super().__dir__(), *(f"_saved_{name}" for name in (*self.names, *self.told)), *raw]

    def saved(self, name: str) -> object:
        if name in self.told:
            return self.told[name]
        return self.outputs()[self.names.index(name)] if name in self.names else super().saved(name)

    def raw_saved(self, name: str) -> object:
        return SavedValue(self, name) if name in self.names else super().raw_saved(name)

    def outputs(self) -> list[Tensor]:
        """The factors as tensors that are this node's outputs, so that a second derivative finds its way."""
        tensors = [make(array) for array in self.factors]
        for i, tensor in enumerate(tensors):
            tensor._node = Edge(self, i)
        return tensors


def _recorded(self: Tensor, kind: type, arrays: tuple, **told: object) -> list[Tensor]:
    tensors = [make(*(marked(columns(a)) if a.ndim == self._array.ndim else row_by_row(a))) for a in arrays]
    if self._node is not None and grad_mode.enabled:
        node = kind()
        node.edges, node.sequence, node.hooks, node.shape = (self._node,), next_sequence(), None, None
        node.factors, node.output_count, node.told = [t._array for t in tensors], len(tensors), told
        for i, tensor in enumerate(tensors):
            tensor._node = Edge(node, i)
        if grad_mode.unusual:
            grad_mode.recorded(node)
    return tensors


_eigh, _qr, _svd = (devices.through_cpu(f) for f in (np.linalg.eigh, np.linalg.qr, np.linalg.svd))

qr_result = named("linalg_qr", "Q R")
svd_result = named("linalg_svd", "U S Vh")
eigh_result = named("linalg_eigh", "eigenvalues eigenvectors")


def _differences(values: Tensor) -> Tensor:
    """values[j] - values[i] for each pair; 1 where i is j, to divide by."""
    n = values._array.shape[-1]
    return (
        values.unsqueeze(-2)
        - values.unsqueeze(-1)
        + make(devices.module_of(values._array).eye(n, dtype=values._array.dtype))
    )


class LinalgEighBackward0(Factors):
    __slots__ = ()
    names = ("eigenvalues", "eigenvectors")

    def tensors(self, grad: list, keep: bool) -> tuple:
        of_values, of_vectors = self.complete(grad)
        values, vectors = self.outputs()
        inner = vectors.mT @ of_vectors
        inner = (inner - inner.mT) / (_differences(values) * 2)  # eigenvectors can only turn
        return (vectors @ (inner + diag_embed(of_values)) @ vectors.mT,)


class LinalgSvdBackward0(Factors):
    __slots__ = ()
    names = ("U", "S", "Vh")

    def tensors(self, grad: list, keep: bool) -> tuple:
        of_u, of_s, of_vh = self.complete(grad)
        u, s, vh = self.outputs()
        k = s._array.shape[-1]  # what a square U and Vh have beyond that has no gradient of its own
        u, of_u, vh, of_vh = u[..., :k], of_u[..., :k], vh[..., :k, :], of_vh[..., :k, :]
        inside_u, inside_v = u.mT @ of_u, vh @ of_vh.mT
        squares = _differences(s * s)
        turned_u, turned_v = (inside_u - inside_u.mT) / squares, (inside_v - inside_v.mT) / squares
        across, down = s.unsqueeze(-2), s.unsqueeze(-1)
        result = u @ (turned_u * across + down * turned_v + diag_embed(of_s)) @ vh
        result = result + ((of_u - u @ inside_u) / across) @ vh  # what leaves the space that u spans
        return (result + u @ ((of_vh - inside_v.mT @ vh) / down),)


class LinalgQrBackward0(Factors):
    __slots__ = ()
    names = ("Q", "R")

    def tensors(self, grad: list, keep: bool) -> tuple:
        of_q, of_r = self.complete(grad)
        q, r = self.outputs()
        k, n = r._array.shape[-2:]
        if k == n:
            return (self._square(q, r, of_q, of_r),)
        # a wide matrix [A B] = Q [R S]: B = Q S, and A has the square case
        s, of_s = r[..., k:], of_r[..., k:]
        first = self._square(q, r[..., :k], of_q + q @ s @ of_s.mT, of_r[..., :k])
        return (cat([first, q @ of_s], -1),)

    @staticmethod
    def _square(q: Tensor, r: Tensor, of_q: Tensor, of_r: Tensor) -> Tensor:
        lower = (r @ of_r.mT - of_q.mT @ q).tril()
        symmetric = lower + lower.tril(-1).mT
        return (of_q + q @ symmetric) @ inv_(r).mT


class LinalgQrOfR(Factors):
    __slots__ = ()
    names = ("Q", "R")

    def tensors(self, grad: list, keep: bool) -> tuple:
        raise RuntimeError(
            "The derivative of linalg.qr depends on Q, which is not computed when mode='r'. Please use "
            "linalg.qr(A, mode='reduced') if you are going to require gradients through linalg.qr."
        )


class LinalgQrComplete(Factors):
    __slots__ = ()
    names = ("Q", "R")

    def tensors(self, grad: list, keep: bool) -> tuple:
        raise RuntimeError("The QR decomposition is not differentiable when mode='complete' and nrows > ncols.")


LinalgQrOfR.__name__ = LinalgQrComplete.__name__ = "LinalgQrBackward0"

for _c in (LinalgQrOfR, LinalgQrComplete, LinalgEighBackward0, LinalgSvdBackward0, LinalgQrBackward0):
    _c.__module__ = "builtins"


def eigh(A: Tensor, UPLO: str = "L") -> tuple:
    """The eigenvalues of a symmetric matrix in rising order, and its eigenvectors as columns.

    >>> import tensorbook as torch
    >>> torch.linalg.eigh(torch.tensor([[3.0, 0.0], [0.0, 1.0]])).eigenvalues
    tensor([1., 3.])
    """
    check_matrix("eigh", A, square=True, kernel="linalg_eigh_cpu")
    if UPLO not in ("L", "U"):
        raise RuntimeError(f"Expected UPLO argument to be 'L' or 'U', but got {UPLO}")
    return eigh_result(*_recorded(A, LinalgEighBackward0, _eigh(A._array, UPLO)))


def eigvalsh(A: Tensor, UPLO: str = "L") -> Tensor:
    """The eigenvalues of a symmetric matrix in rising order."""
    if A._array.ndim >= 2:
        refuse("linalg_eigh_cpu", A._array, "biu")
    return eigh(A, UPLO).eigenvalues


def qr(A: Tensor, mode: str = "reduced") -> tuple:
    """Q with orthonormal columns and an upper triangle R such that A = Q @ R.

    Args:
        mode: "reduced"; "complete" makes Q square; "r" leaves Q empty.

    >>> import tensorbook as torch
    >>> torch.linalg.qr(torch.tensor([[3.0, 1.0], [4.0, 2.0]])).R.abs()
    tensor([[5.0000, 2.2000],
            [0.0000, 0.4000]])
    """
    check_matrix("qr", A, kernel="geqrf_cpu")
    if mode not in ("reduced", "complete", "r"):
        raise RuntimeError(
            f"qr received unrecognized mode '{mode}' but expected one of 'reduced' (default), 'r', or 'complete'"
        )
    if mode == "r":
        r = _qr(A._array, "r")
        factors = (np.zeros_like(r, shape=(0,)), r)
        return qr_result(*_recorded(A, LinalgQrOfR, factors, mode=mode))
    kind = LinalgQrBackward0 if mode == "reduced" or A._array.shape[-2] <= A._array.shape[-1] else LinalgQrComplete
    return qr_result(*_recorded(A, kind, _qr(A._array, mode), mode=mode))


def svd(A: Tensor, full_matrices: bool = True, *, driver: str | None = None) -> tuple:
    """Orthonormal columns U, singular values S in falling order and orthonormal rows Vh: A = U @ diag(S) @ Vh.

    Args:
        full_matrices: make U and Vh square; False leaves out the columns and rows that meet no singular value.

    >>> import tensorbook as torch
    >>> torch.linalg.svd(torch.tensor([[3.0, 0.0], [0.0, 4.0]])).S
    tensor([4., 3.])
    """
    check_matrix("svd", A, kernel="linalg_svd_cpu")
    if driver is not None:
        raise RuntimeError("torch.linalg.svd: keyword argument `driver=` is only supported on CUDA inputs.")
    told = {"full_matrices": full_matrices, "S_sym_argsize_minus_1": min(A._array.shape[-2:])}
    return svd_result(*_recorded(A, LinalgSvdBackward0, _svd(A._array, full_matrices), **told))


def svdvals(A: Tensor, *, driver: str | None = None) -> Tensor:
    """The singular values of a matrix, in falling order."""
    return svd(A, False, driver=driver).S


# ---- what follows from the singular values


def pinv(A: Tensor, *, atol: float | None = None, rtol: float | None = None, hermitian: bool = False) -> Tensor:
    """The pseudo-inverse: of all X for which A @ X is closest to the identity, the smallest.

    Singular values up to max(atol, rtol * the largest) count as 0.
    """
    check_matrix("pinv", A)
    check_precise("pinv", A)
    return pinv_(A, _tolerance(A, atol, rtol), hermitian)


def _tolerance(A: Tensor, atol: float | None, rtol: float | None) -> tuple[float, float]:
    eps = float(np.finfo(A._array.dtype).eps) * max(A._array.shape[-2:])
    return (0.0 if atol is None else float(atol)), (eps if rtol is None and not atol else float(rtol or 0))


@devices.through_cpu
def _pseudo_inverse(a: np.ndarray, tolerance: tuple[float, float], hermitian: bool) -> np.ndarray:
    u, s, vh = np.linalg.svd(a, full_matrices=False)
    limit = np.maximum(tolerance[0], tolerance[1] * s.max(-1, keepdims=True, initial=0))
    turned = np.where(s > limit, 1 / np.where(s > limit, s, 1), 0).astype(a.dtype)
    return np.swapaxes(vh, -1, -2) @ (turned[..., None] * np.swapaxes(u, -1, -2))


def _pinv_grad(grad: Tensor, a: Tensor, result: Tensor) -> Tensor:
    """Golub and Pereyra 1973."""
    xp = devices.module_of(a._array)
    inside = result.mT @ grad @ result.mT
    eye_m = make(xp.eye(a._array.shape[-2], dtype=a._array.dtype))
    eye_n = make(xp.eye(a._array.shape[-1], dtype=a._array.dtype))
    one = (eye_m - a @ result) @ grad.mT @ result @ result.mT
    two = result.mT @ result @ grad.mT @ (eye_n - result @ a)
    return one + two - inside


pinv_ = op("linalg_pinv(self; tolerance, hermitian)", "_pseudo_inverse(self, tolerance, hermitian)",
           "LinalgPinvBackward0", self="_pinv_grad(grad, self, result)")  # fmt: skip


def matrix_rank(A: Tensor, *, atol: float | None = None, rtol: float | None = None, hermitian: bool = False) -> Tensor:
    """How many singular values are larger than max(atol, rtol * the largest)."""
    check_matrix("matrix_rank", A)
    check_precise("matrix_rank", A)
    return make(as_array(_count_above(svdvals(A.detach())._array, _tolerance(A, atol, rtol))))


@devices.through_cpu
def _count_above(s: np.ndarray, tolerance: tuple[float, float]) -> np.ndarray:
    limit = np.maximum(tolerance[0], tolerance[1] * s.max(-1, keepdims=True, initial=0))
    return np.asarray((s > limit).sum(-1), np.int64)


lstsq_ = op("linalg_lstsq(self, B; tolerance)", "_pseudo_inverse(self, tolerance, False) @ B", "LinalgLstsqBackward0",
            self="_pinv_grad(grad @ B.mT, self, pinv_(self, tolerance, False))",
            B="(pinv_(self, tolerance, False).mT @ grad).reshape(shape_of(B))")  # fmt: skip
lstsq_.node.shown = {**lstsq_.node.shown, "solution": lambda node: _pseudo_inverse(
    node.unpack("self")._array, node.tolerance_, False) @ node.unpack("B")._array}  # fmt: skip
lstsq_result = named("linalg_lstsq", "solution residuals rank singular_values")


def lstsq(A: Tensor, B: Tensor, rcond: float | None = None, *, driver: str | None = None) -> tuple:
    """The X for which A @ X is closest to B, in the sum of squares; for a matrix A of full rank.

    >>> import tensorbook as torch
    >>> torch.linalg.lstsq(torch.tensor([[1.0], [1.0]]), torch.tensor([[1.0], [3.0]])).solution
    tensor([[2.0000]])
    """
    check_matrix("lstsq", A)
    check_precise("lstsq", A)
    if driver not in (None, "gels", "gelsy", "gelsd", "gelss"):
        raise RuntimeError(
            f"torch.linalg.lstsq: parameter `driver` should be one of (gels, gelsy, gelsd, gelss), but got {driver}"
        )
    if A.dtype is not B.dtype:
        raise RuntimeError(
            f"torch.linalg.lstsq: Expected input and other to have the same dtype, but got input's dtype "
            f"{scalar_type(A)} and other's dtype {scalar_type(B)}"
        )
    vector = B._array.ndim == A._array.ndim - 1
    if B._array.shape[-1 if vector else -2] != A._array.shape[-2]:
        raise RuntimeError("torch.linalg.lstsq: input.size(-2) should match other.size(-2)")
    right = B.unsqueeze(-1) if vector else B
    solution = lstsq_(A, right, _tolerance(A, None, rcond))
    m, n = A._array.shape[-2:]
    none = A.new_zeros((0,))
    rank = A.new_zeros((0,)).long() if driver == "gels" else matrix_rank(A)
    residuals = ((A @ solution - right) ** 2).sum(-2) if m > n and driver not in (None, "gelsy") else none
    singular = svdvals(A.detach()) if driver in ("gelsd", "gelss") else none
    return lstsq_result(solution.squeeze(-1) if vector else solution, residuals, rank, singular)
