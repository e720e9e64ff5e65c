"""Products added to what is there, and products of vectors and matrices under their other names."""

from __future__ import annotations

import numpy as np

from .. import dtypes, notices
from ..tensor import Tensor, wrap_dim
from . import matrix, view
from .arithmetic import mul
from .contraction import tensordot
from .define import op
from .kernels import refuse
from .linalg import check_floating
from .matrix import bmm, mm, mv, same_dtype  # noqa: F401 (formulas call them)
from .operands import as_array, broadcast_mismatch, cast, check_devices
from .reduction import all_dims, sum_dim
from .words import c_type, scalar_type

# ---- beta * input + alpha * product


def _sum_of(bias: np.ndarray, product: np.ndarray, beta: float, alpha: float) -> np.ndarray:
    product = as_array(product)
    if product.dtype.kind != "f":
        beta, alpha = int(beta), int(alpha)
    scaled = product if alpha == 1 else product * product.dtype.type(alpha)
    return scaled + np.zeros_like(bias) if beta == 0 else scaled + bias * product.dtype.type(beta)


addmv_ = op("addmv(self, mat, vec; beta, alpha)", "_sum_of(self, mat.dot(vec), beta, alpha)", "AddmvBackward0",
            self="grad * beta", mat="grad.unsqueeze(1) * vec * alpha", vec="mv(mat.T, grad) * alpha")  # fmt: skip
addr_ = op("addr(self, vec1, vec2; beta, alpha)", "_sum_of(self, np.multiply.outer(vec1, vec2), beta, alpha)",
           "AddrBackward0",
           self="grad * beta", vec1="mv(grad, vec2) * alpha", vec2="mv(grad.T, vec1) * alpha")  # fmt: skip
baddbmm_ = op("baddbmm(self, batch1, batch2; beta, alpha)", "_sum_of(self, batch1 @ batch2, beta, alpha)",
              "BaddbmmBackward0", self="grad * beta", batch1="bmm(grad, batch2.transpose(1, 2)) * alpha",
              batch2="bmm(batch1.transpose(1, 2), grad) * alpha")  # fmt: skip
addbmm_ = op("addbmm(self, batch1, batch2; beta, alpha)",
             "_sum_of(self, (batch1 @ batch2).sum(0, self.dtype), beta, alpha)", "AddbmmBackward0",
             self="grad * beta",
             batch1="bmm(_each(grad, batch2), batch2.transpose(1, 2)) * alpha",
             batch2="bmm(batch1.transpose(1, 2), _each(grad, batch1)) * alpha")  # fmt: skip
vdot_ = op("vdot(self, other)", "self.dot(other)", "VdotBackward0", self="grad * other", other="grad * self")
cross_ = op("cross(self, other; dim)", "np.cross(self, other, axis=dim)", "LinalgCrossBackward0",
            self="cross_(other, grad, dim)", other="cross_(grad, self, dim)")  # fmt: skip


def _each(grad: Tensor, batch: Tensor) -> Tensor:
    return view.expand_(grad, (batch._array.shape[0], *grad._array.shape))


def _check_sum(name: str, input: Tensor, shape: tuple[int, ...], *factors: Tensor) -> None:
    """Raise unless the input broadcasts to the product's shape, in its dtype."""
    same_dtype(*factors)
    refuse(f"{name}_impl_cpu", factors[0]._array, "b")
    if input.dtype is not factors[0].dtype:
        own, theirs = scalar_type(input), scalar_type(factors[0])
        raise RuntimeError(
            {
                "addmv": f"addmv input tensors must have the same dtype, but got {own}, {theirs}, and {theirs}",
                "addbmm": f"self and mat2 must have the same dtype, but got {own} and {theirs}",
                "baddbmm": f"Input dtypes must be the same, got: input {c_type(input)}, batch1: {c_type(factors[0])}, "
                f"batch2: {c_type(factors[1])}",
            }[name]
        )
    if name == "addmv" and input.numel() not in (1, shape[0]):
        a = factors[0]._array.shape
        raise RuntimeError(f"size mismatch, got input ({input.numel()}), mat ({a[0]}x{a[1]}), vec ({a[1]})")
    matrix.check_expand(input, shape)


def addmv(input: Tensor, mat: Tensor, vec: Tensor, *, beta: float = 1, alpha: float = 1) -> Tensor:
    """beta * input + alpha * (mat @ vec)."""
    matrix.check_mv(mat, vec)
    _check_sum("addmv", input, mat._array.shape[:1], mat, vec)
    return addmv_(input, mat, vec, beta, alpha)


def addr(input: Tensor, vec1: Tensor, vec2: Tensor, *, beta: float = 1, alpha: float = 1) -> Tensor:
    """beta * input + alpha * outer(vec1, vec2)."""
    if vec1._array.ndim != 1 or vec2._array.ndim != 1:
        raise RuntimeError(f"addr: Expected 1-D argument vec1 and vec2, but got {vec1.dim()}-D and {vec2.dim()}-D")
    matrix.check_expand(input, (vec1.numel(), vec2.numel()))
    kind = dtypes.result_type(input, vec1, vec2).numpy
    return addr_(cast(input, kind), cast(vec1, kind), cast(vec2, kind), beta, alpha)


def baddbmm(input: Tensor, batch1: Tensor, batch2: Tensor, *, beta: float = 1, alpha: float = 1) -> Tensor:
    """beta * input + alpha * bmm(batch1, batch2)."""
    matrix.check_bmm(batch1, batch2)
    shape = (*batch1._array.shape[:2], batch2._array.shape[2])
    _check_sum("baddbmm", input, shape, batch1, batch2)
    return baddbmm_(input, batch1, batch2, beta, alpha)


def addbmm(input: Tensor, batch1: Tensor, batch2: Tensor, *, beta: float = 1, alpha: float = 1) -> Tensor:
    """beta * input + alpha * the sum of the products of all pairs of matrices."""
    matrix.check_bmm(batch1, batch2)
    shape = (batch1._array.shape[1], batch2._array.shape[2])
    _check_sum("addbmm", input, shape, batch1, batch2)
    return addbmm_(input, batch1, batch2, beta, alpha)


# ---- vectors


def vdot(self: Tensor, other: Tensor) -> Tensor:
    """dot, by its name for complex numbers."""
    matrix.check_dot(self, other)
    return vdot_(self, other)


def vecdot(x: Tensor, y: Tensor, *, dim: int = -1) -> Tensor:
    """The dot products of vectors along a dimension; the others broadcast.

    >>> import tensorbook as torch
    >>> torch.linalg.vecdot(torch.ones(2, 3), torch.tensor([1.0, 2.0, 3.0]))
    tensor([6., 6.])
    """
    check_floating("vecdot", x)
    product = mul(x, y)
    return sum_dim(product, all_dims(dim, product._array.ndim), False)


def inner(self: Tensor, other: Tensor) -> Tensor:
    """The dot products of all pairs of rows of the two; with a number, the product."""
    if not self._array.ndim or not other._array.ndim:
        return mul(self, other)
    if self._array.shape[-1] != other._array.shape[-1]:
        raise RuntimeError(
            "inner() the last dimension must match on both input tensors but got shapes "
            f"{list(self.shape)} and {list(other.shape)}"
        )
    return tensordot(self, other, ([-1], [-1]))


def cross(self: Tensor, other: Tensor, dim: int | None = None) -> Tensor:
    """The vectors at right angles to pairs of vectors of length 3; by default along the first dimension of length 3."""
    if dim is None:
        notices.warn(
            "Using torch.cross without specifying the dim arg is deprecated.\nPlease either pass the dim explicitly or "
            "simply use torch.linalg.cross.\nThe default value of dim will change to agree with that of linalg.cross "
            "in a future release.",
            once=True,
        )
        dim = next((d for d, n in enumerate(self._array.shape) if n == 3), None)
        if dim is None:
            raise RuntimeError("no dimension of size 3 in input")
    return linalg_cross(self, other, dim=dim)


def linalg_cross(input: Tensor, other: Tensor, *, dim: int = -1) -> Tensor:
    """The vectors at right angles to pairs of vectors of length 3 along a dimension.

    >>> import tensorbook as torch
    >>> torch.linalg.cross(torch.tensor([1, 0, 0]), torch.tensor([0, 1, 0]))
    tensor([0, 0, 1])
    """
    check_devices(input, other)
    if input._array.ndim != other._array.ndim:
        raise RuntimeError("linalg.cross: inputs must have the same number of dimensions.")
    given, dim = dim, wrap_dim(dim, input._array.ndim)
    shapes = input._array.shape, other._array.shape
    if shapes[0][dim] != 3 or shapes[1][dim] != 3:
        raise RuntimeError(
            f"linalg.cross: inputs dimension {given} must have length 3. Got {shapes[0][dim]} and {shapes[1][dim]}"
        )
    if (mismatch := broadcast_mismatch(*shapes)) is not None:
        raise mismatch
    kind = dtypes.result_type(input, other).numpy
    refuse("cross", np.empty(0, kind), "b")
    return cross_(cast(input, kind), cast(other, kind), dim)


# ---- matrices


def kron(self: Tensor, other: Tensor) -> Tensor:
    """Every element of self times the whole of other, as blocks.

    >>> import tensorbook as torch
    >>> torch.kron(torch.tensor([1, 2]), torch.tensor([1, 10]))
    tensor([ 1, 10,  2, 20])
    """
    ndim = max(self._array.ndim, other._array.ndim)
    a, b = ((1,) * (ndim - x._array.ndim) + x._array.shape for x in (self, other))
    spread_a = _in_shape(self, [n for pair in zip(a, (1,) * ndim, strict=True) for n in pair])
    spread_b = _in_shape(other, [n for pair in zip((1,) * ndim, b, strict=True) for n in pair])
    return _in_shape(mul(spread_a, spread_b), [m * n for m, n in zip(a, b, strict=True)])


def _in_shape(x: Tensor, shape: list[int]) -> Tensor:
    """Another shape over the same memory; RuntimeError where the strides do not allow it, as for x.view(shape)."""
    view.view(x.detach(), shape)
    return view.unsafe_view(x, shape)


def multi_dot(tensors: list[Tensor]) -> Tensor:
    """The product of several matrices, in the order that takes the fewest multiplications.

    >>> import tensorbook as torch
    >>> torch.linalg.multi_dot([torch.ones(2, 3), torch.ones(3, 4), torch.ones(4)])
    tensor([12., 12.])
    """
    if len(tensors) < 2:
        raise RuntimeError("multi_dot(): expected at least 2 tensors but got " + str(len(tensors)))
    parts, shape = list(tensors), []
    for k, rows in ((0, 0), (-1, 1)):  # a vector first is a row, a vector last a column
        if parts[k]._array.ndim == 1:
            parts[k] = view.unsqueeze(parts[k], -1 if rows else 0)
        elif parts[k]._array.ndim == 2:
            shape.append(parts[k]._array.shape[-rows if rows else 0])
        else:
            raise RuntimeError(f"multi_dot(): tensor {k % len(parts)} must be 1D or 2D but got {parts[k].dim()}D")
    for k, x in enumerate(parts):
        if x._array.ndim != 2:
            raise RuntimeError(f"multi_dot(): tensor {k} must be 2D but got {x.dim()}D")
        if k and x._array.shape[0] != parts[k - 1]._array.shape[1]:
            raise RuntimeError(
                f"multi_dot(): tensors {k - 1} and {k} with shapes {list(parts[k - 1].shape)} and {list(x.shape)} "
                "cannot be multiplied"
            )
    return view.view(_multiplied(parts, *_best_splits(parts)), shape)


def _best_splits(parts: list[Tensor]) -> tuple:
    """For every stretch of factors, where to divide it: dynamic programming (Cormen and others, chapter 15.2)."""
    sizes = [parts[0]._array.shape[0], *(x._array.shape[1] for x in parts)]
    n = len(parts)
    cost, split = {(i, i): 0 for i in range(n)}, {}
    for length in range(2, n + 1):
        for i in range(n - length + 1):
            j = i + length - 1
            price = lambda k, i=i, j=j: cost[i, k] + cost[k + 1, j] + sizes[i] * sizes[k + 1] * sizes[j + 1]  # noqa: E731
            split[i, j] = min(range(i, j), key=price)
            cost[i, j] = price(split[i, j])
    return split, 0, n - 1


def _multiplied(parts: list[Tensor], split: dict, i: int, j: int) -> Tensor:
    if i == j:
        return parts[i]
    k = split[i, j]
    return mm(_multiplied(parts, split, i, k), _multiplied(parts, split, k + 1, j))


def chain_matmul(*matrices: Tensor) -> Tensor:
    """multi_dot, by its older name."""
    notices.warn(
        "torch.chain_matmul is deprecated and will be removed in a future PyTorch release. Use torch.linalg.multi_dot "
        "instead, which accepts a list of two or more tensors rather than multiple parameters.",
        once=True,
    )
    return multi_dot(list(matrices))
