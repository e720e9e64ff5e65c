"""Weights whose columns (or rows, where there are more columns) stay orthonormal while they are trained.

https://pytorch.org/docs/stable/generated/torch.nn.utils.parametrizations.orthogonal.html
"""

from __future__ import annotations

import numpy as np

from ... import devices
from ...autograd.grad_mode import no_grad
from ...ops.arithmetic import add
from ...ops.creation import eye, zeros_like
from ...ops.joining import cat
from ...ops.linalg import matrix_exp, solve
from ...ops.random import randn
from ...tensor import Tensor, make
from ..modules.module import Module
from .parametrize import register_parametrization

MAPS = ("matrix_exp", "cayley", "householder")


def reflected(vectors: Tensor, factors: Tensor) -> Tensor:
    """The first columns of a product of reflections I - factor * v @ v.T, one for each column v.

    Of the columns only what stands below the diagonal counts; on it they are 1, above it 0.
    """
    n, k = vectors.shape[-2:]
    vectors = vectors.tril(-1) + eye(n, k, dtype=vectors.dtype, device=vectors.device)
    result = eye(n, k, dtype=vectors.dtype, device=vectors.device)
    for i in reversed(range(k)):
        v = vectors[..., i : i + 1]
        result = result - factors[..., i : i + 1, None] * (v @ (v.mT @ result))
    return result


@devices.through_cpu
def _triangular(array: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """LAPACK's geqrf: R on and above the diagonal, the reflections below it, and their factors."""
    h, factors = np.linalg.qr(array, mode="raw")
    return np.ascontiguousarray(np.swapaxes(h, -1, -2)), factors


def _orthonormal(tall: Tensor) -> Tensor:
    """The Q of a tall matrix's Q @ R, where R has nothing negative on its diagonal."""
    h, factors = map(make, _triangular(tall._array))
    return reflected(h, factors) * h.diagonal(0, -2, -1).sgn().unsqueeze(-2)


def _is_orthonormal(tall: Tensor) -> bool:
    n, k = tall.shape[-2:]
    off = (tall.mT @ tall - eye(k, dtype=tall.dtype, device=tall.device)).abs()
    precision = float(np.finfo(tall._array.dtype).eps)
    return bool((off <= 10.0 * n * precision + 1e-5 * eye(k, dtype=tall.dtype, device=tall.device)).all())


class _Orthogonal(Module):
    """From any matrix to an orthogonal one; with a `base`, from that one on: then a step is a turn of it."""

    base: Tensor | None

    def __init__(self, weight: Tensor, orthogonal_map: str, *, use_trivialization: bool = True):
        super().__init__()
        self.shape, self.orthogonal_map = weight.shape, orthogonal_map
        if use_trivialization:
            self.register_buffer("base", None)

    def forward(self, X: Tensor) -> Tensor:
        wide = X.size(-2) < X.size(-1)
        X = X.mT if wide else X
        Q = self._reflection(X) if self.orthogonal_map == "householder" else self._turn(X)
        if hasattr(self, "base"):
            Q = self.base @ Q
        return Q.mT if wide else Q

    def _turn(self, X: Tensor) -> Tensor:
        """The exponential, or Cayley's map, of a matrix A with A.T = -A."""
        n, k = X.shape[-2:]
        X = X.tril()
        if n != k:
            X = cat([X, X.new_zeros(n, n - k).expand(*X.shape[:-2], -1, -1)], -1)
        A = X - X.mT
        if self.orthogonal_map == "matrix_exp":
            Q = matrix_exp(A)
        else:
            identity = eye(n, dtype=A.dtype, device=A.device)
            Q = solve(add(identity, A, alpha=-0.5), add(identity, A, alpha=0.5))
        return Q[..., :k]

    def _reflection(self, X: Tensor) -> Tensor:
        A = X.tril(-1)
        Q = reflected(A, 2.0 / (1.0 + (A * A).sum(-2)))
        return Q * X.diagonal(0, -2, -1).int().unsqueeze(-2)  # its diagonal holds signs, which are not learned

    def right_inverse(self, Q: Tensor) -> Tensor:
        """The matrix of which Q is made; one that is not orthogonal is made so first."""
        if Q.shape != self.shape:
            raise ValueError(
                f"Expected a matrix or batch of matrices of shape {self.shape}. Got a tensor of shape {Q.shape}."
            )
        with no_grad():
            wide = Q.size(-2) < Q.size(-1)
            tall = Q.mT if wide else Q
            if not hasattr(self, "base"):
                return self._of_reflections(tall).mT if wide else self._of_reflections(tall)
            n, k = tall.shape[-2:]
            if n != k:
                more = randn(*tall.shape[:-2], n, n - k, dtype=tall.dtype, device=tall.device)
                self.base = _orthonormal(cat([tall, more], -1))
            else:
                self.base = tall.clone() if _is_orthonormal(tall) else _orthonormal(tall)
            start = zeros_like(Q)  # no turn, as yet
            start.diagonal(0, -2, -1).fill_(-1.0)
            return start

    def _of_reflections(self, tall: Tensor) -> Tensor:
        if self.orthogonal_map != "householder":
            raise NotImplementedError(
                "It is not possible to assign to the matrix exponential or the Cayley parametrizations when "
                "use_trivialization=False."
            )
        h, factors = map(make, _triangular(tall._array))
        signs = h.diagonal(0, -2, -1)
        signs.copy_(signs.sign())
        signs[factors == 0] *= -1
        return h


def orthogonal(
    module: Module, name: str = "weight", orthogonal_map: str | None = None, *, use_trivialization: bool = True
) -> Module:
    """Keep a weight orthogonal: a matrix, or a batch of matrices in the last two dimensions.

    Args:
        module: the module; it is changed in place, and returned.
        name: the weight's name.
        orthogonal_map: how an orthogonal matrix is made of any: "matrix_exp" (for square ones, if nothing is given),
            "cayley", or "householder" (for others).
        use_trivialization: keep a second orthogonal matrix, by which the first is multiplied (Lezcano-Casado 2019,
            https://arxiv.org/abs/1909.09501): it makes the weight start as it is.

    >>> import tensorbook as torch
    >>> layer = torch.nn.utils.parametrizations.orthogonal(torch.nn.Linear(2, 4))
    >>> torch.allclose(layer.weight.T @ layer.weight, torch.eye(2), atol=1e-5)
    True
    """
    weight = getattr(module, name, None)
    if not isinstance(weight, Tensor):
        raise ValueError(f"Module '{module}' has no parameter or buffer with name '{name}'")
    if weight.dim() < 2:
        raise ValueError(f"Expected a matrix or batch of matrices. Got a tensor of {weight.dim()} dimensions.")
    if orthogonal_map is None:
        orthogonal_map = "matrix_exp" if weight.size(-2) == weight.size(-1) else "householder"
    if orthogonal_map not in MAPS:
        raise ValueError(
            f'orthogonal_map has to be one of "matrix_exp", "cayley", "householder". Got: {orthogonal_map}'
        )
    orth = _Orthogonal(weight, orthogonal_map, use_trivialization=use_trivialization)
    return register_parametrization(module, name, orth, unsafe=True)
