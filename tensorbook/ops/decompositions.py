"""Matrices as products of simpler ones: QR, singular values, eigenvalues. Leading dimensions are batches.

Each call makes one node with several outputs. The gradients follow from differentiating the product and the conditions
on its factors (https://people.maths.ox.ac.uk/gilesm/files/NA-08-01.pdf).
"""

from __future__ import annotations

from collections import namedtuple

import numpy as np

from .. import devices
from ..graph import Edge, Node, grad_mode, next_sequence
from ..tensor import Tensor, make
from .diagonals import diag_embed
from .joining import cat
from .linalg import check_matrix, inv_
from .node import by_way_of_tensors
from .operands import as_array


class Factors(Node):
    """A matrix taken apart. It keeps the factors; one that got no gradient counts as zeros."""

    __slots__ = ("factors", "output_count")
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
        return [*super().__dir__(), *(f"_saved_{name}" for name in self.names)]

    def saved(self, name: str) -> object:
        return self.outputs()[self.names.index(name)] if name in self.names else super().saved(name)

    def outputs(self) -> list[Tensor]:
        """The factors as tensors that are this node's outputs, so that a second derivative finds its way."""
        tensors = [make(array) for array in self.factors]
        for i, tensor in enumerate(tensors):
            tensor._node = Edge(self, i)
        return tensors


def _recorded(self: Tensor, kind: type, arrays: tuple) -> list[Tensor]:
    tensors = [make(as_array(a)) for a in arrays]
    if self._node is not None and grad_mode.enabled:
        node = kind()
        node.edges, node.sequence, node.hooks, node.shape = (self._node,), next_sequence(), None, None
        node.factors, node.output_count = [t._array for t in tensors], len(tensors)
        for i, tensor in enumerate(tensors):
            tensor._node = Edge(node, i)
        if grad_mode.unusual:
            grad_mode.recorded(node)
    return tensors


def _named(name: str, fields: list[str]) -> type:
    """What a decomposition returns; prints as PyTorch's does."""
    cls = namedtuple(name, fields)
    cls.__repr__ = lambda self: (
        f"torch.return_types.{name}(\n" + ",\n".join(f"{f}={getattr(self, f)!r}" for f in fields) + ")"
    )
    cls.__module__ = "tensorbook.return_types"
    return cls


qr_result = _named("linalg_qr", ["Q", "R"])
svd_result = _named("linalg_svd", ["U", "S", "Vh"])
eigh_result = _named("linalg_eigh", ["eigenvalues", "eigenvectors"])


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


for _c in (LinalgEighBackward0, LinalgSvdBackward0, LinalgQrBackward0):
    _c.__module__ = "tensorbook"


def eigh(A: Tensor, UPLO: str = "L") -> tuple:
    """The eigenvalues of a symmetric matrix in rising order, and its eigenvectors as columns.

    >>> import tensorbook as torch
    >>> torch.linalg.eigh(torch.tensor([[3.0, 0.0], [0.0, 1.0]])).eigenvalues
    tensor([1., 3.])
    """
    check_matrix("eigh", A, square=True)
    if UPLO not in ("L", "U"):
        raise RuntimeError(f"Expected UPLO argument to be 'L' or 'U', but got {UPLO}")
    return eigh_result(*_recorded(A, LinalgEighBackward0, np.linalg.eigh(A._array, UPLO)))


def eigvalsh(A: Tensor, UPLO: str = "L") -> Tensor:
    """The eigenvalues of a symmetric matrix in rising order."""
    return eigh(A, UPLO).eigenvalues


def qr(A: Tensor, mode: str = "reduced") -> tuple:
    """Q with orthonormal columns and an upper triangle R such that A = Q @ R. Only mode="reduced" for now."""
    check_matrix("qr", A)
    if mode in ("r", "complete"):
        raise NotImplementedError(f"linalg.qr: mode '{mode}' is not implemented; 'reduced' is")
    if mode != "reduced":
        raise RuntimeError(
            f"qr received unrecognized mode '{mode}' but expected one of 'reduced' (default), 'r', or 'complete'"
        )
    return qr_result(*_recorded(A, LinalgQrBackward0, np.linalg.qr(A._array)))


def svd(A: Tensor, full_matrices: bool = True) -> tuple:
    """Orthonormal columns U, singular values S in falling order and orthonormal rows Vh: A = U @ diag(S) @ Vh.

    Args:
        full_matrices: make U and Vh square; False leaves out the columns and rows that meet no singular value.

    >>> import tensorbook as torch
    >>> torch.linalg.svd(torch.tensor([[3.0, 0.0], [0.0, 4.0]])).S
    tensor([4., 3.])
    """
    check_matrix("svd", A)
    return svd_result(*_recorded(A, LinalgSvdBackward0, np.linalg.svd(A._array, full_matrices)))


def svdvals(A: Tensor) -> Tensor:
    """The singular values of a matrix, in falling order."""
    return svd(A, False).S
