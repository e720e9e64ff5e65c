"""Sums of products over several dimensions at once, and the distance of two tensors."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from .. import devices, dtypes
from ..tensor import Tensor, make, wrap_dim
from . import matrix, view
from .define import op
from .kernels import refuse
from .operands import broadcast_mismatch, cast, check_devices
from .reduction import _norm, _norm_grad, sum_dim
from .words import scalar_type

dist_ = op("dist(self, other; p)", "_norm(self - other, p, None, False)", "DistBackward0",
           self="_dist_grad(grad, self - other, p, result)",
           other="-_dist_grad(grad, self - other, p, result)")  # fmt: skip


def _dist_grad(grad: Tensor, difference: Tensor, p: float, result: Tensor) -> Tensor:
    return _norm_grad(grad, difference, p, tuple(range(difference._array.ndim)), False, result)


def dist(self: Tensor, other: Tensor, p: float = 2) -> Tensor:
    """The p-norm of self - other."""
    kind = dtypes.result_type(self, other)
    if not kind.is_floating_point:
        raise RuntimeError(
            f"norm(): input dtype should be either floating point or complex. Got {scalar_type(self)} instead."
        )
    self, other = cast(self, kind.numpy), cast(other, kind.numpy)
    if (mismatch := broadcast_mismatch(self._array.shape, other._array.shape)) is not None:
        raise mismatch
    return dist_(self, other, p)


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
        rows = (x if x._array.ndim == 1 else view.reshape(x, -1) for x in (a, b))
        return view.reshape(matrix.dot(*rows), ())
    rows = math.prod(a._array.shape[: len(rest_a)])
    return view.reshape(matrix.mm(view.reshape(a, rows, common), view.reshape(b, common, -1)), shape)


# ---- every vector against every other


def _distances(a: np.ndarray, b: np.ndarray, p: float) -> np.ndarray:
    refuse("cdist", a, "h")
    return _norm(a[..., :, None, :] - b[..., None, :, :], p, (-1,), False)


def _distances_grad(grad: Tensor, a: Tensor, b: Tensor, p: float, result: Tensor) -> Tensor:
    """For each pair its gradient with respect to the difference."""
    difference = a.unsqueeze(-2) - b.unsqueeze(-3)
    return _norm_grad(grad, difference, p, (difference.dim() - 1,), False, result)


cdist_ = op("cdist(x1, x2; p)", "_distances(x1, x2, p)", "CdistBackward0",
            x1="_distances_grad(grad, x1, x2, p, result).sum(-2)",
            x2="-_distances_grad(grad, x1, x2, p, result).sum(-3)")  # fmt: skip


def _pairs(rows: np.ndarray) -> list[np.ndarray]:
    """The numbers of the first row and of the second, for every two rows."""
    return [devices.module_of(rows).asarray(index) for index in np.triu_indices(rows.shape[0], 1)]


def _pair_distances(x: np.ndarray, p: float) -> np.ndarray:
    first, second = _pairs(x)
    return _norm(x[first] - x[second], p, (-1,), False)


def _pair_distances_grad(grad: Tensor, x: Tensor, p: float, result: Tensor) -> Tensor:
    """Each pair pulls at its first row, and the other way at its second."""
    first, second = map(make, _pairs(x._array))
    pull = _norm_grad(grad, x.index_select(0, first) - x.index_select(0, second), p, (1,), False, result)
    return (x.detach() * 0).index_add(0, first, pull).index_add(0, second, -pull)


pdist_ = op("pdist(self; p)", "_pair_distances(self, p)", "PdistBackward0",
            self="_pair_distances_grad(grad, self, p, result)")  # fmt: skip


def pdist(input: Tensor, p: float = 2.0) -> Tensor:
    """The p-norm of the difference of every two rows, each pair once.

    >>> import tensorbook as torch
    >>> torch.pdist(torch.tensor([[0.0, 0.0], [3.0, 4.0], [0.0, 1.0]]))
    tensor([5.0000, 1.0000, 4.2426])
    """
    if input._array.ndim != 2:
        raise RuntimeError(f"pdist only supports 2D tensors, got: {input.dim()}D")
    if input._array.dtype.kind != "f":
        raise RuntimeError("pdist only supports floating-point dtypes")
    if p < 0:
        raise RuntimeError("pdist only supports non-negative p values")
    return pdist_(input, float(p))


def cdist(x1: Tensor, x2: Tensor, p: float = 2.0, compute_mode: str = "use_mm_for_euclid_dist_if_necessary") -> Tensor:
    """The p-norm of the difference of every row of x1 from every row of x2; leading dimensions are batches.

    >>> import tensorbook as torch
    >>> torch.cdist(torch.tensor([[0.0, 0.0]]), torch.tensor([[3.0, 4.0], [0.0, 1.0]]))
    tensor([[5., 1.]])
    """
    for name, x in (("X1", x1), ("X2", x2)):
        if x._array.dtype.kind != "f":
            raise RuntimeError(f"cdist only supports floating-point dtypes, {name} got: {scalar_type(x)}")
        if x._array.ndim < 2:
            raise RuntimeError(f"cdist only supports at least 2D tensors, {name} got: {x.dim()}D")
    check_devices(x1, x2)
    if x1._array.shape[-1] != x2._array.shape[-1]:
        raise RuntimeError(f"X1 and X2 must have the same number of columns. X1: {x1.shape[-1]} X2: {x2.shape[-1]}")
    if p < 0:
        raise RuntimeError("cdist only supports non-negative p values")
    return cdist_(x1, x2, float(p))
