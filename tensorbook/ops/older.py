"""Matrices taken apart under the functions' first names, `torch.svd` and `torch.qr`.

torch.linalg has what replaced them.
"""

from __future__ import annotations

from .. import notices
from ..tensor import Tensor
from . import decompositions, view
from .creation import zeros
from .results import named

svd_result, qr_result = named("svd", "U S V"), named("qr", "Q R")


def svd(self: Tensor, some: bool = True, compute_uv: bool = True) -> tuple:
    """U, S and V such that self = U @ diag(S) @ V.mT: torch.linalg.svd gives V transposed.

    Args:
        some: leave out the columns of U and V that meet no singular value.
        compute_uv: whether U and V are wanted; otherwise they are zeros.
    """
    if compute_uv:
        u, s, vh = decompositions.svd(self, not some)
        return svd_result(u, s, view.adjoint(vh))
    *batch, m, n = self._array.shape
    u, v = (zeros(*batch, k, k, dtype=self.dtype, device=self.device) for k in (m, n))
    return svd_result(u, decompositions.svdvals(self), v)


def qr(self: Tensor, some: bool = True) -> tuple:
    """Q and R such that self = Q @ R; with `some=False` Q is square. Deprecated: torch.linalg.qr."""
    notices.warn(
        "torch.qr is deprecated in favor of torch.linalg.qr and will be removed in a future PyTorch release.", once=True
    )
    return qr_result(*decompositions.qr(self, "reduced" if some else "complete"))
