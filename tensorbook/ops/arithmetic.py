"""Sums, differences, products and quotients, element by element, and what a division leaves.

Two tensors broadcast against each other and meet in one dtype (operands.py); the engine sums gradients back over what
was broadcast, so the formulas here are those of scalars. `doc` gives the value in one line; see
https://pytorch.org/docs/stable/torch.html#pointwise-ops for more.
"""

from __future__ import annotations

import numpy as np

from .. import devices, dtypes
from ..tensor import Tensor
from .choosing import no_slope  # noqa: F401 (a formula names it)
from .define import op
from .kernels import refuse
from .node import showing
from .operands import NO_BOOL_SUBTRACTION, broadcast_mismatch, cast, must_be_tensor, operand


def _divide(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Integers divide to the default floating type."""
    if a.dtype.kind != "f":
        kind = dtypes.get_default_dtype().numpy
        a, b = a.astype(kind), b.astype(kind)
    if a.dtype.itemsize == 2 and not b.ndim:  # PyTorch multiplies by the reciprocal, in single precision
        return (a.astype("f4") * (np.float32(1) / b.astype("f4"))).astype("f2")
    return a / b


def _subtract(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    if a.dtype.kind == "b":
        raise RuntimeError(
            "Subtraction, the `-` operator, with two bool tensors is not supported. "
            "Use the `^` or `logical_xor()` operator instead."
        )
    return a - b


def _negate(a: np.ndarray) -> np.ndarray:
    if a.dtype.kind == "b":
        raise RuntimeError(
            "Negation, the `-` operator, on a bool tensor is not supported. If you are trying to invert a mask, "
            "use the "
            "`~` or `logical_not()` operator instead."
        )
    return -a


plus = op("add(self, other)", "self + other", "AddBackward0", kind="pointwise",
          self="grad", other="grad", doc="self + other.")  # fmt: skip
minus = op("sub(self, other)", "self - other if self.dtype.kind != 'b' else _subtract(self, other)", "SubBackward0",
           kind="pointwise", self="grad", other="-grad", doc="self - other.")  # fmt: skip
mul = op("mul(self, other)", "self * other", "MulBackward0", kind="pointwise",
         self="grad * other", other="grad * self", doc="self * other.")  # fmt: skip
true_divide = op("div(self, other)", "self / other if self.dtype is float32 else _divide(self, other)",
                 "DivBackward0", kind="pointwise",
                 self="grad / other", other="-grad * ((self / other) / other)", doc="self / other.")  # fmt: skip
neg = op("neg(self)", "-self if self.dtype.kind != 'b' else _negate(self)", "NegBackward0", kind="elementwise",
         self="-grad", doc="-self.")  # fmt: skip
reverse_minus = op("rsub(self, other)", "other - self", "RsubBackward1", kind="pointwise",
                   self="-grad", other="grad", doc="other - self.")  # fmt: skip
tensor_minus = op("rsub_tensor(self, other)", "other - self", "RsubBackward0", kind="pointwise",
                  self="-grad", other="grad")  # fmt: skip
minus_from = op("rsub(self; other)", "other - self", "RsubBackward1", kind="elementwise", self="-grad")
scaled_plus = op("scaled_add(self, other; alpha)", "self + alpha * other", "AddBackward0", kind="elementwise",
                 self="grad", other="grad * alpha")  # fmt: skip
scaled_minus = op("scaled_sub(self, other; alpha)", "self - alpha * other", "SubBackward0", kind="elementwise",
                  self="grad", other="-grad * alpha")  # fmt: skip
scaled_from = op("scaled_rsub(self, other; alpha)", "other - alpha * self", "RsubBackward0", kind="elementwise",
                 self="-grad * alpha", other="grad")  # fmt: skip
reciprocal = op("reciprocal(self)", "1 / self", "ReciprocalBackward0", kind="floating",
                self="-grad * (result * result)", doc="1 / self.")  # fmt: skip


def add(self: Tensor, other: Tensor | float, *, alpha: float = 1) -> Tensor:
    """self + alpha * other.

    >>> import tensorbook as torch
    >>> torch.add(torch.tensor([1.0, 2.0]), 10, alpha=2)
    tensor([21., 22.])
    """
    return plus(self, other) if alpha == 1 else _scaled(scaled_plus, self, other, alpha)


def sub(self: Tensor, other: Tensor | float, *, alpha: float = 1) -> Tensor:
    """self - alpha * other."""
    return minus(self, other) if alpha == 1 else _scaled(scaled_minus, self, other, alpha)


def rsub(self: Tensor, other: Tensor | float, *, alpha: float = 1) -> Tensor:
    """other - alpha * self."""
    if alpha != 1:
        return _scaled(scaled_from, self, other, alpha)
    return tensor_minus(self, other) if isinstance(other, Tensor) else scalar_minus(self, other)


def scalar_minus(self: Tensor, other: object) -> Tensor:
    """`other - self`, where other is no Tensor."""
    kind = other.__class__
    if (kind is float or kind is int) and self._array.dtype.kind == "f":
        return minus_from(self, other)
    other = operand(other, self)
    return other if other is NotImplemented else reverse_minus(self, other)


def _scaled(what: object, self: Tensor, other: object, alpha: float) -> Tensor:
    other = operand(other, self)
    if (mismatch := broadcast_mismatch(self._array.shape, other._array.shape)) is not None:
        raise mismatch
    kind = dtypes.result_type(self, other)
    if what is not scaled_plus and dtypes.bool in (self.dtype, other.dtype):
        raise RuntimeError(NO_BOOL_SUBTRACTION)
    if isinstance(alpha, float) and not kind.is_floating_point:
        raise RuntimeError("For integral input tensors, argument alpha must not be a floating point number.")
    return what(cast(self, kind.numpy), cast(other, kind.numpy), bool(alpha) if kind is dtypes.bool else alpha)


def div(self: Tensor, other: Tensor | float, *, rounding_mode: str | None = None) -> Tensor:
    """self / other; rounded towards zero with rounding_mode="trunc", down with "floor"."""
    if rounding_mode is None:
        return true_divide(self, other)
    if rounding_mode == "floor":
        return rounded_down_divide(self, other)
    if rounding_mode == "trunc":
        return truncating_divide(self, other)
    raise RuntimeError(f"div expected rounding_mode to be one of None, 'trunc', or 'floor' but found '{rounding_mode}'")


def _floor_divide(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    refuse("div_floor_cpu", a)
    if a.dtype.kind != "f" and not b.all():
        raise RuntimeError("ZeroDivisionError")
    if a.dtype.kind != "f":
        return a // b
    return np.where(b == 0, a / b, a // b)  # IEEE's infinities, where Python's floor division has nan


def _truncating_divide(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    refuse("div_trunc_cpu", a)
    if a.dtype.kind == "f":
        return np.trunc(a / b)
    if not b.all():
        raise RuntimeError("ZeroDivisionError")
    return (np.sign(a) * np.sign(b) * (np.abs(a) // np.abs(b))).astype(a.dtype)


def _remainder(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    refuse("remainder_cpu", a)
    if a.dtype.kind != "f" and not b.all():
        raise RuntimeError("ZeroDivisionError")
    return np.remainder(a, b)


def _fmod(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    refuse("fmod_cpu", a)
    if a.dtype.kind != "f" and not b.all():
        raise RuntimeError("ZeroDivisionError")
    return np.fmod(a, b)


def _no_derivative(name: str) -> None:
    raise RuntimeError(f"derivative for aten::{name} is not implemented")


floor_divide = op("floor_divide(self, other)", "_floor_divide(self, other)", "NotImplementedBackward", kind="pointwise",
                  self="_no_derivative('floor_divide')", other="_no_derivative('floor_divide')",
                  doc="self / other rounded down.")  # fmt: skip
floor_divide.node.__name__ = "NotImplemented"  # PyTorch's name for a node that cannot be passed
floored = op("floored(self, other)", "_floor_divide(self, other)", kind="pointwise")
truncating_divide = op("trunc_divide(self, other)", "_truncating_divide(self, other)", "DivBackward2", kind="pointwise",
                       self="no_slope(grad, other)", other="no_slope(grad, self, other)")  # fmt: skip
rounded_down_divide = op("floor_divide(self, other)", "_floor_divide(self, other)", "DivBackward2", kind="pointwise",
                         self="no_slope(grad, other)", other="no_slope(grad, self, other)")  # fmt: skip
showing(truncating_divide, rounding_mode="trunc")
showing(rounded_down_divide, rounding_mode="floor")
remainder_tensor = op("remainder(self, other)", "_remainder(self, other)", "RemainderBackward1", kind="pointwise",
                      self="grad", other="-grad * floored(self, other)")  # fmt: skip
fmod_tensor = op("fmod(self, other)", "_fmod(self, other)", "FmodBackward1", kind="pointwise",
                 self="grad", other="-grad * truncating_divide(self, other)")  # fmt: skip
remainder_scalar = op(
    "remainder(self; other)", "_remainder(self, other)", "RemainderBackward0", self="grad", kind="each"
)
fmod_scalar = op("fmod(self; other)", "_fmod(self, other)", "FmodBackward0", self="grad", kind="each")


def _with_number(name: str, number: object, tensor: object) -> object:
    """An operation that has one entry for a number as the second operand and one for a tensor."""

    def function(self: Tensor | float, other: Tensor | float) -> Tensor:
        result = in_expression(self, other)
        if result is NotImplemented:
            raise must_be_tensor(name, other)
        return result

    def in_expression(self: Tensor | float, other: object) -> Tensor:
        if not isinstance(self, Tensor):  # remainder(5, x)
            return tensor(operand(self, other), other)
        given, other = other, operand(other, self)
        if other is NotImplemented:
            return other
        plain = not other._array.ndim and other._node is None and (other.is_cpu or given is not other)
        if plain and dtypes.result_type(self, other) is self.dtype:
            return number(self, devices.move(other._array.astype(self._array.dtype), self.device))
        return tensor(self, other)

    function.operator = in_expression
    return function


remainder = _with_number("remainder", remainder_scalar, remainder_tensor)
remainder.__name__, remainder.__doc__ = (
    "remainder",
    "What is left of self after division by other; has the sign of other.",
)
fmod = _with_number("fmod", fmod_scalar, fmod_tensor)
fmod.__name__, fmod.__doc__ = "fmod", "What is left of self after division by other; has the sign of self."
