"""torch.linalg: matrices taken apart. The functions are in ops/linalg.py."""

from .ops.linalg import LinAlgError, cholesky, det, inv, matrix_norm, norm, solve, vector_norm

__all__ = ["LinAlgError", "cholesky", "det", "inv", "matrix_norm", "norm", "solve", "vector_norm"]
