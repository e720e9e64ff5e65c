"""Products of vectors, matrices and batches of matrices."""

from __future__ import annotations

import math

import numpy as np

from ..tensor import Tensor
from . import geometry, view
from .arithmetic import mul as times  # noqa: F401 (formulas name it)
from .define import op
from .kernels import refuse
from .operands import broadcast_mismatch, check_devices, must_be_tensor
from .words import c_type, scalar_type


def _addmm(bias: np.ndarray, a: np.ndarray, b: np.ndarray, beta: float, alpha: float) -> np.ndarray:
    product = a.dot(b)
    if product.dtype.kind != "f":
        beta, alpha = int(beta), int(alpha)
    if alpha != 1:
        product *= product.dtype.type(alpha)
    if beta:  # where it is 0 not even nan counts
        product += bias if beta == 1 else bias * product.dtype.type(beta)
    return product


BOOL = np.dtype(bool)

# Where a factor lies column by column, as a transposed weight does, its gradient is made to lie so: transposed back, it
# is in order, and nobody has to copy it.
mm_ = op("mm(self, mat2; upright1, upright2)", "self.dot(mat2)", "MmBackward0",
         self="product(grad, mat2.T, upright1)", mat2="product(self.T, grad, upright2)")  # fmt: skip
dot_ = op("dot(self, tensor)", "self.dot(tensor)", "DotBackward0", self="times(tensor, grad)",
          tensor="times(self, grad)")  # fmt: skip
mv_ = op("mv(self, vec)", "self.dot(vec)", "MvBackward0", self="outer(grad, vec)", vec="mv(self.T, grad)")
bmm_ = op("bmm(self, mat2)", "self @ mat2", "BmmBackward0",
          self="bmm(grad, mat2.transpose(1, 2))", mat2="bmm(self.transpose(1, 2), grad)")  # fmt: skip
addmm_ = op("addmm(self, mat1, mat2; beta, alpha, upright1, upright2)", "_addmm(self, mat1, mat2, beta, alpha)",
            "AddmmBackward0", self="grad if beta == 1 else grad * beta",
            mat1="product(grad, mat2.T, upright1) * alpha if alpha != 1 else product(grad, mat2.T, upright1)",
            mat2="product(mat1.T, grad, upright2) * alpha if alpha != 1 else product(mat1.T, grad, upright2)",
            )  # fmt: skip


def product(a: Tensor, b: Tensor, upright: bool) -> Tensor:
    """a times b, column by column if `upright`."""
    return mm(b.T, a.T).T if upright else mm(a, b)


def same_dtype(a: Tensor, b: Tensor) -> None:
    """Raise unless both are of one dtype, and on one device."""
    if a._array.dtype is not b._array.dtype:
        raise RuntimeError(f"expected m1 and m2 to have the same dtype, but got: {c_type(a)} != {c_type(b)}")
    check_devices(a, b)


def _x(shape: tuple[int, ...]) -> str:
    return "x".join(map(str, shape))


def mm(self: Tensor, mat2: Tensor) -> Tensor:
    """The product of two matrices, (n, k) and (k, m); nothing broadcasts.

    >>> import tensorbook as torch
    >>> torch.mm(torch.ones(2, 3), torch.ones(3, 1))
    tensor([[3.],
            [3.]])
    """
    a, b = self._array.shape, mat2._array.shape
    if len(a) != 2:
        raise RuntimeError("self must be a matrix")
    if len(b) != 2:
        raise RuntimeError("mat2 must be a matrix")
    if a[1] != b[0]:
        raise RuntimeError(f"mat1 and mat2 shapes cannot be multiplied ({_x(a)} and {_x(b)})")
    if self._array.dtype is not mat2._array.dtype:
        same_dtype(self, mat2)
    if self._array.dtype is BOOL:
        refuse("addmm_impl_cpu_", self._array)
    return mm_(self, mat2, self._array.flags.fnc, mat2._array.flags.fnc)


def dot(self: Tensor, tensor: Tensor) -> Tensor:
    """The sum of the products of two vectors' elements.

    >>> import tensorbook as torch
    >>> torch.dot(torch.tensor([1.0, 2.0]), torch.tensor([3.0, 4.0]))
    tensor(11.)
    """
    check_dot(self, tensor)
    return dot_(self, tensor)


def check_dot(self: Tensor, tensor: Tensor) -> None:
    """Raise unless both are vectors of one length and dtype."""
    a, b = self._array, tensor._array
    if a.ndim != 1 or b.ndim != 1:
        raise RuntimeError(f"1D tensors expected, but got {a.ndim}D and {b.ndim}D tensors")
    if a.dtype is not b.dtype:
        kinds = scalar_type(self), scalar_type(tensor)
        raise RuntimeError("dot : expected both vectors to have same dtype, but found {} and {}".format(*kinds))
    if a.size != b.size:
        raise RuntimeError(
            f"inconsistent tensor size, expected tensor [{a.size}] and src [{b.size}] to have the same number of "
            f"elements, but got {a.size} and {b.size} elements respectively"
        )
    if a.dtype is BOOL:
        refuse("dot", a)


def mv(self: Tensor, vec: Tensor) -> Tensor:
    """The product of a matrix (n, m) and a vector (m)."""
    check_mv(self, vec)
    same_dtype(self, vec)
    refuse("addmv_impl_cpu", self._array)
    return mv_(self, vec)


def check_mv(self: Tensor, vec: Tensor) -> None:
    """Raise unless one is a matrix and the other a vector that fits."""
    a, b = self._array.shape, vec._array.shape
    if len(a) != 2 or len(b) != 1:
        raise RuntimeError(f"vector + matrix @ vector expected, got {len(b)}, {len(a)}, {len(b)}")
    if a[1] != b[0]:
        raise RuntimeError(f"size mismatch, got input ({a[0]}), mat ({_x(a)}), vec ({b[0]})")


def bmm(self: Tensor, mat2: Tensor) -> Tensor:
    """The products of two batches of matrices, (b, n, k) and (b, k, m)."""
    check_bmm(self, mat2)
    same_dtype(self, mat2)
    refuse("bmm", self._array)
    return bmm_(self, mat2)


def check_bmm(self: Tensor, mat2: Tensor) -> None:
    """Raise unless both are batches of matrices that fit."""
    a, b = self._array.shape, mat2._array.shape
    if len(a) != 3 or len(b) != 3:
        raise RuntimeError(f"batch{1 if len(a) != 3 else 2} must be a 3D tensor")
    if a[0] != b[0] or a[2] != b[1]:
        raise RuntimeError(
            "Expected size for first two dimensions of batch2 tensor to be: "
            f"[{a[0]}, {a[2]}] but got: [{b[0]}, {b[1]}]."
        )


def check_expand(input: Tensor, shape: tuple[int, ...]) -> None:
    """Raise unless a tensor can be stretched to a product's shape."""
    if input._array.shape != shape:
        geometry.expand(input, shape)


def addmm(input: Tensor, mat1: Tensor, mat2: Tensor, *, beta: float = 1, alpha: float = 1) -> Tensor:
    """beta * input + alpha * (mat1 @ mat2)."""
    a, b = mat1._array.shape, mat2._array.shape
    if len(a) != 2 or len(b) != 2 or a[1] != b[0]:
        raise RuntimeError(f"mat1 and mat2 shapes cannot be multiplied ({_x(a)} and {_x(b)})")
    kind = mat2._array.dtype
    for name, x in (("self", input), ("mat1", mat1)):
        if x._array.dtype is not kind:
            raise RuntimeError(f"{name} and mat2 must have the same dtype, but got "
                               f"{scalar_type(x)} and {scalar_type(mat2)}")  # fmt: skip
    check_devices(mat1, mat2)
    if kind is BOOL:
        refuse("addmm_impl_cpu_", mat1._array)
    check_expand(input, (a[0], b[1]))
    return addmm_(input, mat1, mat2, beta, alpha, mat1._array.flags.fnc, mat2._array.flags.fnc)


def outer(self: Tensor, vec2: Tensor) -> Tensor:
    """Every element of one vector times every element of the other."""
    for name, x in (("self", self), ("vec2", vec2)):
        if x._array.ndim != 1:
            raise RuntimeError(f"outer: Expected 1-D argument {name}, but got {x._array.ndim}-D")
    return view.view(self, -1, 1) * vec2


def matmul(self: Tensor, other: Tensor) -> Tensor:
    """`self @ other`: matrices in the last two dimensions, all others broadcast; a vector is a row or a column.

    >>> import tensorbook as torch
    >>> torch.matmul(torch.ones(4, 2, 3), torch.ones(3)).shape
    torch.Size([4, 2])
    """
    result = matmul_operator(self, other)
    if result is NotImplemented:
        raise must_be_tensor("matmul", other)
    return result


def matmul_operator(self: Tensor, other: object) -> Tensor:
    """What `@` calls: NotImplemented where the other is no tensor, so that Python asks that one."""
    if other.__class__ is not Tensor and not isinstance(other, Tensor):
        return NotImplemented
    m, n = self._array.ndim, other._array.ndim
    if m == 2 and n == 2:
        return mm(self, other)
    if m == 0 or n == 0:
        raise RuntimeError(f"both arguments to matmul need to be at least 1D, but they are {m}D and {n}D")
    if m == 1 and n == 1:
        return dot(self, other)
    if m == 2 and n == 1:
        return mv(self, other)
    if m == 1 and n == 2:
        return squeezed(mm(view.unsqueeze(self, 0), other), 0)
    if m >= 3 and n <= 2:  # one matrix for the whole batch: a single large product
        shape = self._array.shape
        rows = view.reshape(self, -1, shape[-1])
        if n == 1:
            return unsafe(mv(rows, other), shape[:-1])
        return unsafe(mm(rows, other), (*shape[:-1], other._array.shape[1]))
    if n >= 3 and m <= 2:  # the transposed problem: one matrix for the whole batch again
        flipped = view.transpose(other, -2, -1)
        if m == 1:
            return matmul(flipped, self)
        return view.copy_in_order(view.transpose(matmul(flipped, view.t(self)), -1, -2))
    return _batched(self, other)


squeezed = op("squeeze_(self;; dim)", "self.squeeze(dim)", "SqueezeBackward4", self="grad.reshape(self.shape)",
              layout="of_its_own")  # fmt: skip


def unsafe(x: Tensor, shape: tuple[int, ...]) -> Tensor:
    """A fresh result in another shape (PyTorch names the node UnsafeView: nobody else can see the memory)."""
    return view.unsafe_view(x, shape)


def _batched(self: Tensor, other: Tensor) -> Tensor:
    m, n = self._array.ndim, other._array.ndim
    a = view.unsqueeze(self, 0) if m == 1 else self
    b = view.unsqueeze(other, 1) if n == 1 else other
    sa, sb = a._array.shape, b._array.shape
    if sa[-1] != sb[-2]:
        raise RuntimeError(
            f"Expected size for first two dimensions of batch2 tensor to be: [{sa[0]}, {sa[-1]}] "
            f"but got: [{sb[0]}, {sb[-2]}]."
        )
    try:
        batch = np.broadcast_shapes(sa[:-2], sb[:-2])
    except ValueError:
        raise broadcast_mismatch(sa[:-2], sb[:-2]) from None
    flat_a = view.reshape(view.expand(a, (*batch, *sa[-2:])), math.prod(batch), *sa[-2:])
    flat_b = view.reshape(view.expand(b, (*batch, *sb[-2:])), math.prod(batch), *sb[-2:])
    shape = (*batch, *(() if m == 1 else (sa[-2],)), *(() if n == 1 else (sb[-1],)))
    return unsafe(bmm(flat_a, flat_b), shape)


def linear(input: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """input @ weight.T + bias: every row of `weight` (out, in) gives one output.

    >>> import tensorbook as torch
    >>> torch.nn.functional.linear(torch.ones(2), torch.eye(2), torch.tensor([1.0, 2.0]))
    tensor([2., 3.])
    """
    if not (isinstance(input, Tensor) and isinstance(weight, Tensor) and (bias is None or isinstance(bias, Tensor))):
        raise _no_tensor(input, weight, bias)
    if bias is None:
        return matmul(input, view.t(weight))
    if input._array.ndim == 2:
        return addmm(bias, input, view.t(weight))
    if input._array.ndim == 1:
        return view.view_(addmm(bias, view.view_(input, (1, -1)), view.t(weight)), (weight._array.shape[0],))
    flat = view.view_(view.contiguous(input), (-1, input._array.shape[-1]))
    return view.view_(addmm(bias, flat, view.t(weight)), (*input._array.shape[:-1], weight._array.shape[0]))


def _no_tensor(*given: object) -> TypeError:
    place, name, value = next(
        (i, name, x) for i, (name, x) in enumerate(zip(("input", "weight", "bias"), given, strict=True), 1)
        if not isinstance(x, Tensor)
    )  # fmt: skip
    return TypeError(f"linear(): argument {name!r} (position {place}) must be Tensor, not {type(value).__name__}")
