"""Sums of products over several dimensions at once, and the distance of two tensors."""

from __future__ import annotations

import math
from collections.abc import Sequence

from ..tensor import Tensor, wrap_dim
from . import matrix, view
from .define import op
from .operands import broadcast_mismatch, check_devices
from .reduction import _norm, _norm_grad, sum_dim  # noqa: F401 (formulas name them)
from .words import scalar_type

dist_ = op("dist(self, other; p)", "_norm(self - other, p, None, False)", "DistBackward0",
           self="_dist_grad(grad, self - other, p, result)",
           other="-_dist_grad(grad, self - other, p, result)")  # fmt: skip


def _dist_grad(grad: Tensor, difference: Tensor, p: float, result: Tensor) -> Tensor:
    return _norm_grad(grad, difference, p, tuple(range(difference._array.ndim)), False, result)


def dist(self: Tensor, other: Tensor, p: float = 2) -> Tensor:
    """The p-norm of self - other."""
    if self._array.dtype.kind != "f":
        raise RuntimeError(
            f"norm(): input dtype should be either floating point or complex. Got {scalar_type(self)} instead."
        )
    if (mismatch := broadcast_mismatch(self._array.shape, other._array.shape)) is not None:
        raise mismatch
    return dist_(self, other, float(p))


def tensordot(a: Tensor, b: Tensor, dims: int | Sequence[Sequence[int]] = 2) -> Tensor:
    """Multiply and sum over pairs of dimensions: the last `dims` of a and the first of b, or those that two lists name.

    >>> import tensorbook as torch
    >>> torch.tensordot(torch.ones(2, 3, 4), torch.ones(4, 3), dims=([1, 2], [1, 0]))
    tensor([12., 12.])
    """
    if isinstance(dims, int):
        if dims < 0:
            raise RuntimeError(f"tensordot expects dims >= 0, but got dims={dims}")
        if dims > min(a._array.ndim, b._array.ndim):
            raise RuntimeError(f"tensordot expects dims < ndim_a or ndim_b, but got dims={dims}")
        dims = (range(-dims, 0), range(dims))
    of_a, of_b = ([wrap_dim(d, x._array.ndim) for d in given] for x, given in zip((a, b), dims, strict=True))
    if len(of_a) != len(of_b):
        raise RuntimeError("both dimension lists should have same length")
    check_devices(a, b)
    for i, j in zip(of_a, of_b, strict=True):
        m, n = a._array.shape[i], b._array.shape[j]
        if n == 1:
            a = sum_dim(a, (i,), True)
        elif m == 1:
            b = sum_dim(b, (j,), True)
        elif m != n:
            raise RuntimeError(
                f"contracted dimensions need to match, but first has size {m} in dim {i} and second has size {n} "
                f"in dim {j}"
            )
    rest_a, rest_b = ([d for d in range(x._array.ndim) if d not in used] for x, used in ((a, of_a), (b, of_b)))
    common = math.prod(a._array.shape[d] for d in of_a)
    shape = [*(a._array.shape[d] for d in rest_a), *(b._array.shape[d] for d in rest_b)]
    a, b = view.permute(a, (*rest_a, *of_a)), view.permute(b, (*of_b, *rest_b))
    if not shape:
        return view.reshape(matrix.dot(view.reshape(a, -1), view.reshape(b, -1)), ())
    rows = math.prod(a._array.shape[: len(rest_a)])
    return view.reshape(matrix.mm(view.reshape(a, rows, common), view.reshape(b, common, -1)), shape)
