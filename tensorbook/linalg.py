"""torch.linalg: matrices taken apart. See ops/: linalg.py, decompositions.py, norms.py, products.py."""

from .ops import decompositions, linalg, matrix, norms, products
from .ops.faces import face

_FUNCTIONS = {
    linalg: "cholesky det diagonal inv matrix_exp matrix_power slogdet solve solve_triangular tensorinv vander",
    decompositions: "eigh eigvalsh lstsq matrix_rank pinv qr svd svdvals",
    norms: "cond matrix_norm vector_norm",
    products: "multi_dot vecdot",
    matrix: "matmul",
}
globals().update(
    {
        name: face(getattr(m, name), f"linalg_{name}", out=True)
        for m, names in _FUNCTIONS.items()
        for name in names.split()
    }
)
cross = face(products.linalg_cross, "linalg_cross", out=True)
norm = face(norms.linalg_norm, "linalg_norm", out=True)
LinAlgError = linalg.LinAlgError
