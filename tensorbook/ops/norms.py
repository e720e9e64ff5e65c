"""How large a vector or a matrix is.

https://pytorch.org/docs/stable/generated/torch.linalg.norm.html has the table of norms.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from .. import dtypes
from ..tensor import Tensor, wrap_dim
from . import view
from .arithmetic import reciprocal, true_divide
from .choosing import masked_fill
from .decompositions import svdvals
from .linalg import check_floating, check_matrix, check_precise, inverse_where_there_is_one
from .operands import cast
from .reduction import Dims, all_dims, amax, amin, norm_, sum
from .transcendental import nan_to_num


def _converted(name: str, x: Tensor, dtype: dtypes.dtype | None) -> Tensor:
    check_floating(name, x)
    if dtype is None:
        return x
    if not dtype.is_floating_point:
        raise RuntimeError(f"linalg.{name}: dtype should be floating point or complex. Got {dtype}")
    if dtype.itemsize < x.dtype.itemsize:
        raise RuntimeError(
            f"linalg.{name}: the dtype of the input ({x.dtype}) should be convertible without narrowing to the "
            f"specified dtype ({dtype})"
        )
    return cast(x, dtype.numpy)


def vector_norm(
    x: Tensor, ord: float = 2, dim: Dims = None, keepdim: bool = False, *, dtype: dtypes.dtype | None = None
) -> Tensor:
    """The p-norm of all elements, or along dimensions: the p-th root of the sum of p-th powers of the sizes.

    Args:
        ord: p; inf and -inf are the largest and the smallest size, 0 counts what is not 0.

    >>> import tensorbook as torch
    >>> torch.linalg.vector_norm(torch.tensor([3.0, 4.0]))
    tensor(5.)
    """
    x = _converted("vector_norm", x, dtype)
    dims = all_dims(dim, x._array.ndim)
    if (ord < 0 or ord == math.inf) and any(x._array.shape[d] == 0 for d in dims):
        raise RuntimeError(
            f"linalg.vector_norm cannot compute the {ord:g} norm on an empty tensor because the operation does not "
            "have an identity"
        )
    return norm_(x, ord, dims, keepdim)


def matrix_norm(
    A: Tensor, ord: float | str = "fro", dim: Sequence[int] = (-2, -1), keepdim: bool = False, *,
    dtype: dtypes.dtype | None = None,
) -> Tensor:  # fmt: skip
    """A norm of the matrices in two dimensions.

    Args:
        ord: "fro" is that of all elements as one vector, "nuc" the sum of the singular values; 2 and -2 are the largest
            and the smallest of those, 1 and inf the largest sum of sizes in a column and in a row, -1 and -inf the
            smallest. RuntimeError for another.

    >>> import tensorbook as torch
    >>> torch.linalg.matrix_norm(torch.tensor([[3.0, 0.0], [0.0, 4.0]]), 2)
    tensor(4.)
    """
    check_matrix("matrix_norm", A)
    A = _converted("matrix_norm", A, dtype)
    if isinstance(dim, int) or len(dim) != 2:
        raise RuntimeError(
            f"linalg.matrix_norm: dim must be a 2-tuple. Got {dim if isinstance(dim, int) else ' '.join(map(str, dim))}"
        )
    rows, columns = (int(wrap_dim(d, A._array.ndim)) for d in dim)
    if rows == columns:
        raise RuntimeError(f"linalg.matrix_norm: dims must be different. Got ({dim[0]}, {dim[1]})")
    if ord == "fro":
        return vector_norm(A, 2, (rows, columns), keepdim)
    if ord not in ("nuc", 1, -1, 2, -2, math.inf, -math.inf):
        raise RuntimeError(f"linalg.matrix_norm: Order {ord} not supported.")
    if ord in ("nuc", 2, -2):
        check_precise("matrix_norm", A)
        last = view.permute(A, [d for d in range(A._array.ndim) if d not in (rows, columns)] + [rows, columns])
        values = svdvals(last)
        size = (sum if ord == "nuc" else amax if ord > 0 else amin)(values, -1, keepdim)
        if keepdim:  # the two dimensions at the end, then where they were
            rest = [d for d in range(A._array.ndim) if d not in (rows, columns)]
            order = [*rest, rows, columns]
            size = view.permute(view.unsqueeze(size, -1), [order.index(d) for d in range(len(order))])
        return size
    summed, chosen = (rows, columns) if abs(ord) == 1 else (columns, rows)
    if not keepdim and chosen > summed:
        chosen -= 1
    return (amax if ord > 0 else amin)(vector_norm(A, 1.0, summed, keepdim), chosen, keepdim)


def linalg_norm(
    A: Tensor, ord: float | str | None = None, dim: Dims = None, keepdim: bool = False, *,
    dtype: dtypes.dtype | None = None,
) -> Tensor:  # fmt: skip
    """vector_norm or matrix_norm, as `ord` and the number of dimensions have it.

    >>> import tensorbook as torch
    >>> torch.linalg.norm(torch.tensor([[3.0, 0.0], [0.0, 4.0]])), torch.linalg.norm(torch.tensor([3.0, -4.0]), 1)
    (tensor(5.), tensor(7.))
    """
    if ord is None:
        return vector_norm(A, 2.0, dim, keepdim, dtype=dtype)
    count = A._array.ndim if dim is None else 1 if isinstance(dim, int) else len(dim)
    if dim is None and count not in (1, 2):
        raise RuntimeError(
            f"linalg.norm: If dim is not specified but ord is, the input must be 1D or 2D. Got {count}D."
        )
    if isinstance(ord, str) or count == 2:
        return matrix_norm(A, ord, (0, 1) if dim is None else dim, keepdim, dtype=dtype)
    return vector_norm(A, ord, dim, keepdim, dtype=dtype)


def norm(
    self: Tensor, p: float | str | None = "fro", dim: Dims = None, keepdim: bool = False,
    dtype: dtypes.dtype | None = None,
) -> Tensor:  # fmt: skip
    """The length of a vector: torch.linalg.vector_norm, and matrix_norm for p="nuc".

    >>> import tensorbook as torch
    >>> torch.tensor([3.0, 4.0]).norm()
    tensor(5.)
    """
    if p == "nuc":
        return matrix_norm(self, "nuc", (-2, -1) if dim is None else dim, keepdim, dtype=dtype)
    return vector_norm(self, 2 if p in ("fro", None) else p, dim, keepdim, dtype=dtype)


def cond(A: Tensor, p: float | str | None = None) -> Tensor:
    """How much a relative error of b may grow in the solution of A @ x = b: the norm of A times that of its inverse.

    >>> import tensorbook as torch
    >>> torch.linalg.cond(torch.tensor([[1.0, 0.0], [0.0, 10.0]]))
    tensor(10.)
    """
    check_matrix("cond", A)
    if p in (None, 2, -2):
        values = svdvals(A)
        ends = view.narrow(values, -1, 0, 1), view.narrow(values, -1, values._array.shape[-1] - 1, 1)
        return view.squeeze(true_divide(*(ends if p != -2 else ends[::-1])), -1)
    if p == "nuc":
        values = svdvals(A)
        return sum(values, -1) * sum(reciprocal(values), -1)
    if p not in ("fro", 1, -1, math.inf, -math.inf):
        raise RuntimeError(f"linalg.cond got an invalid norm type: {p}")
    check_matrix("cond", A, square=True)
    inverse, singular = inverse_where_there_is_one(A)
    inverse = masked_fill(inverse, singular, math.inf)
    return nan_to_num(matrix_norm(A, p) * matrix_norm(inverse, p), math.inf, math.inf, -math.inf)
