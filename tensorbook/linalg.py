"""torch.linalg: matrices taken apart. See ops/: linalg.py, decompositions.py, norms.py, products.py."""

from __future__ import annotations

from collections.abc import Callable

from .ops import decompositions, linalg, lu, matrix, norms, products
from .ops.faces import face

_FUNCTIONS = {
    linalg: "cholesky det diagonal inv matrix_exp matrix_power slogdet solve solve_triangular tensorinv vander",
    decompositions: "eigh eigvalsh lstsq matrix_rank pinv qr svd svdvals",
    norms: "cond matrix_norm vector_norm",
    products: "multi_dot vecdot",
    matrix: "matmul",
}
_FUNCTIONS[lu] = "cholesky_ex inv_ex lu_factor lu_factor_ex lu_solve solve_ex tensorsolve"
_WITHOUT_OUT = ("diagonal", "lstsq", "matrix_exp", "vander")
globals().update(
    {
        name: face(getattr(m, name), f"linalg_{name}", out=name not in _WITHOUT_OUT)
        for m, names in _FUNCTIONS.items()
        for name in names.split()
    }
)
cross = face(products.linalg_cross, "linalg_cross", out=True)
norm = face(norms.linalg_norm, "linalg_norm", out=True)
lu = face(lu.lu, "linalg_lu", out=True)
LinAlgError = linalg.LinAlgError

# What PyTorch has besides, and what does instead of it where something does.
_NOT_HERE = {
    "eig": "its results are complex numbers; eigh takes symmetric matrices",
    "eigvals": "its results are complex numbers; eigvalsh takes symmetric matrices",
    "ldl_factor": "cholesky takes positive matrices, lu_factor any",
    "ldl_factor_ex": "cholesky takes positive matrices, lu_factor any",
    "ldl_solve": "solve takes the matrix itself", "householder_product": "qr gives Q itself",
}  # fmt: skip


def __getattr__(name: str) -> Callable:
    if name not in _NOT_HERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

    def refuse(*_: object, **__: object) -> None:
        raise NotImplementedError(f"torch.linalg.{name} is not part of tensorbook: {_NOT_HERE[name]}")

    return refuse
