"""torch.linalg: matrices taken apart. The functions are in ops/linalg.py and ops/decompositions.py."""

from .ops.decompositions import eigh, eigvalsh, qr, svd, svdvals
from .ops.linalg import LinAlgError, cholesky, det, inv, matrix_norm, norm, solve, vector_norm

__all__ = [
    "LinAlgError", "cholesky", "det", "eigh", "eigvalsh", "inv", "matrix_norm", "norm", "qr", "solve", "svd", "svdvals",
    "vector_norm",
]  # fmt: skip
