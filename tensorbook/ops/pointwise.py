"""Operations that treat every element on its own.

Two tensors broadcast against each other and meet in one dtype (operands.py); the engine sums gradients back over what
was broadcast, so the formulas here are those of scalars. `doc` gives the value in one line; see
https://pytorch.org/docs/stable/torch.html#pointwise-ops for more.
"""

from __future__ import annotations

import builtins

import numpy as np

from .. import devices, dtypes, notices
from ..tensor import Tensor, make
from .array_twins import inside, zero  # noqa: F401 (formulas name them)
from .define import op
from .fitting import fitting
from .kernels import SHOWN, exact_exp, for_floats, refuse  # noqa: F401 (entries call them)
from .layout import as_operands
from .node import showing
from .operands import (
    NO_BOOL_SUBTRACTION,
    broadcast_mismatch,
    cast,
    check_devices,
    floating,
    must_be_tensor,
    operand,
    same_device,
)
from .picking import pick  # noqa: F401 (entries call it)
from .words import c_type

# ---- arithmetic


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


# ---- powers


def _power(a: np.ndarray, exponent: float) -> np.ndarray:
    """The exponents that PyTorch treats specially are those that have a faster way."""
    if exponent == 2:
        return a * a
    if exponent == 3:
        return a * a * a
    if exponent == 0.5:
        return np.sqrt(a)
    if exponent == 1:
        return a.copy()
    if a.dtype.kind != "f" and exponent < 0:
        raise RuntimeError("Integers to negative integer powers are not allowed.")
    if exponent == -1:
        return 1 / a
    if exponent == -2:
        return 1 / (a * a)
    return np.power(a, a.dtype.type(exponent))


def _scalar_power_grad(grad: Tensor, x: Tensor, exponent: float) -> Tensor:
    return make(np.zeros_like(grad._array)) if exponent == 0 else grad * (power_scalar(x, exponent - 1) * exponent)


def _xlogy(x: Tensor, y: Tensor) -> Tensor:
    """x * log(y), and 0 where x is 0."""
    return where(x == 0, x * 0, x * log(y))


square_ = op("square_pow(self; exponent)", "self * self", "PowBackward0", kind="elementwise", self="grad * (self * 2)")
square_of_float = op("square_pow(self; exponent)", "self * self", "PowBackward0", kind="elementwise",
                     self="grad * (self * 2)")  # fmt: skip
showing(square_, exponent=2)
showing(square_of_float, exponent=2.0)
power_scalar = op("pow_scalar(self; exponent)", "_power(self, exponent)", "PowBackward0", kind="elementwise",
                  self="_scalar_power_grad(grad, self, exponent)")  # fmt: skip


def _power_of(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    refuse("pow", a)
    return np.power(a, b) if b.dtype.kind != "i" else integer_power(a, b)


def integer_power(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """a ** b for integers. Of the negative powers only those of 1 and -1 are integers; the others become 0."""
    below = b < 0
    if not below.any():
        return np.power(a, b)
    whole = np.power(a, np.abs(b))
    return np.where(below & (np.abs(a) != 1), 0, whole).astype(whole.dtype)


def _power_with(base: float, exponent: np.ndarray) -> np.ndarray:
    base = exponent.dtype.type(base)
    return np.power(base, exponent) if exponent.dtype.kind != "i" else integer_power(base, exponent)


power = op("pow(self, exponent)", "_power_of(self, exponent)", "PowBackward1", kind="pointwise",
           self="grad * where(exponent == 0, exponent * 0, exponent * self ** (exponent - 1))",
           exponent="grad * where(exponent == 0, result * 0 + _xlogy(result, self), _xlogy(result, self))")  # fmt: skip
scalar_base_power = op("rpow(exponent; base)", "_power_with(base, exponent)", "PowBackward2",
                       exponent="grad * (result * log(full_like(exponent, base)))", kind="each")  # fmt: skip


def pow(self: Tensor | float, exponent: Tensor | float) -> Tensor:
    """self to the power of exponent; one of the two may be a number.

    >>> import tensorbook as torch
    >>> torch.pow(torch.tensor([1.0, 2.0, 3.0]), 2), torch.pow(2, torch.tensor([1, 2, 3]))
    (tensor([1., 4., 9.]), tensor([2, 4, 8]))
    """
    result = pow_operator(self, exponent)
    if result is NotImplemented:
        raise must_be_tensor("pow", exponent)
    return result


def pow_operator(self: Tensor | float, exponent: object) -> Tensor:
    """pow as `**`: NotImplemented for what is neither a tensor nor a number."""
    kind = exponent.__class__
    if kind is bool:  # x ** True is x, x ** False is 1, also for bools, of which no other power is taken
        if self._array.dtype.kind == "b":
            return logical_or(self, operand(not exponent, self))
        return pow_operator(self, int(exponent))
    if kind is int or kind is float:
        if self._array.dtype.kind != "f":
            if isinstance(exponent, float):
                self = floating(self)
            elif self._array.dtype.kind == "b":
                self = cast(self, np.dtype("i8"))
        if exponent == 2:
            return square_(self, 2) if kind is int else square_of_float(self, 2)
        return power_scalar(self, exponent)
    if not isinstance(self, Tensor):
        self = self.item() if isinstance(self, np.generic) else self
        category = dtypes.of_scalar(self)
        if category.category > exponent.dtype.category:
            exponent = cast(exponent, category.numpy)
        return scalar_base_power(exponent, self)
    if isinstance(exponent, np.generic):
        return pow_operator(self, exponent.item())
    return power.operator(self, exponent)


def full_like(x: Tensor, value: float) -> Tensor:
    return x.detach() * 0 + float(value)


def square(self: Tensor) -> Tensor:
    """self * self."""
    return pow(self, 2)


sqrt = op("sqrt(self)", "np.sqrt(self)", "SqrtBackward0", kind="floating", self="grad / (2 * result)",
          doc="The square root.")  # fmt: skip
rsqrt = op("rsqrt(self)", "1 / np.sqrt(self)", "RsqrtBackward0", kind="floating",
           self="-0.5 * grad * (result * result * result)", doc="1 / sqrt(self).")  # fmt: skip

# ---- exponentials, logarithms, angles

exp = op("exp(self)", "exact_exp(self) if self.size <= SHOWN else np.exp(self)", "ExpBackward0", kind="floating",
         self="grad * result", doc="e to the power of self.")  # fmt: skip
exp2 = op("exp2(self)", "np.exp2(self)", "Exp2Backward0", kind="floating",
          self="grad * result * 0.6931471805599453", doc="2 to the power of self.")  # fmt: skip
expm1 = op("expm1(self)", "np.expm1(self)", "Expm1Backward0", kind="floating", self="grad * (result + 1)",
           doc="exp(self) - 1, exact near 0.")  # fmt: skip
log = op("log(self)", "np.log(self)", "LogBackward0", kind="floating", self="grad / self", doc="The natural logarithm.")
log2 = op("log2(self)", "np.log2(self)", "Log2Backward0", kind="floating",
          self="grad / (self * 0.6931471805599453)", doc="The logarithm to base 2.")  # fmt: skip
log10 = op("log10(self)", "np.log10(self)", "Log10Backward0", kind="floating",
           self="grad / (self * 2.302585092994046)", doc="The logarithm to base 10.")  # fmt: skip
log1p = op("log1p(self)", "np.log1p(self)", "Log1PBackward0", kind="floating", self="grad / (self + 1)",
           doc="log(1 + self), exact near 0.")  # fmt: skip
sin = op(
    "sin(self)", "np.sin(self)", "SinBackward0", kind="floating", self="grad * cos(self)", doc="The sine; radians."
)
cos = op(
    "cos(self)", "np.cos(self)", "CosBackward0", kind="floating", self="grad * -sin(self)", doc="The cosine; radians."
)
tan = op("tan(self)", "np.tan(self)", "TanBackward0", kind="floating", self="grad * (1 + result * result)",
         doc="The tangent; radians.")  # fmt: skip
asin = op("asin(self)", "np.arcsin(self)", "AsinBackward0", kind="floating",
          self="grad / sqrt(1 - self * self)", doc="The angle whose sine is self.")  # fmt: skip
acos = op("acos(self)", "np.arccos(self)", "AcosBackward0", kind="floating",
          self="-grad / sqrt(1 - self * self)", doc="The angle whose cosine is self.")  # fmt: skip
atan = op("atan(self)", "np.arctan(self)", "AtanBackward0", kind="floating",
          self="grad / (self * self + 1)", doc="The angle whose tangent is self.")  # fmt: skip
sinh = op("sinh(self)", "np.sinh(self)", "SinhBackward0", kind="floating", self="grad * cosh(self)",
          doc="The hyperbolic sine.")  # fmt: skip
cosh = op("cosh(self)", "np.cosh(self)", "CoshBackward0", kind="floating", self="grad * sinh(self)",
          doc="The hyperbolic cosine.")  # fmt: skip
tanh = op("tanh(self)", "np.tanh(self)", "TanhBackward0", kind="floating", self="grad * (1 - result * result)",
          doc="The hyperbolic tangent.")  # fmt: skip


def _sigmoid(a: np.ndarray) -> np.ndarray:
    if a.dtype.itemsize == 2:  # in float32, and rounded once
        return _sigmoid(a.astype(np.float32)).astype(a.dtype)
    return 1 / (1 + np.exp(-a))


sigmoid = op("sigmoid(self)", "_sigmoid(self)", "SigmoidBackward0", kind="floating",
             self="grad * ((1 - result) * result)", doc="1 / (1 + exp(-self)), between 0 and 1.")  # fmt: skip


def no_slope(grad: Tensor, *of: Tensor) -> Tensor:
    """See array_twins.no_slope."""
    return nothing(grad)


def nothing(grad: Tensor) -> Tensor:
    """Zeros in a gradient's shape, whatever stands in it (0 * inf would be nan)."""
    return make(np.zeros_like(grad._array))


def gate(grad: Tensor, mask: Tensor) -> Tensor:
    """The gradient where a mask holds, 0 elsewhere; see array_twins.gate."""
    return keep_where(grad, mask._array)


def _positive_part(array: np.ndarray) -> np.ndarray:
    if array.dtype.kind == "b":
        raise RuntimeError("Boolean inputs not supported for relu")
    return np.maximum(array, zero(array))


relu = op("relu(self)", "np.maximum(self, zero(self)) if self.dtype is float32 else _positive_part(self)",
          "ReluBackward0", kind="elementwise", self="gate(grad, result > 0)",
          doc="self where it is positive, else 0.")  # fmt: skip

# ---- magnitude, rounding


def rounded(function: np.ufunc, array: np.ndarray) -> np.ndarray:
    refuse(f"{function.__name__}_vml_cpu", array)
    return function(array) if array.dtype.kind == "f" else array.copy()


def _rounded_to(array: np.ndarray, decimals: int) -> np.ndarray:
    """As PyTorch computes it: scaled up, rounded, and scaled down again."""
    scale = array.dtype.type(10.0 ** builtins.abs(decimals))
    return np.round(array * scale) / scale if decimals > 0 else np.round(array / scale) * scale


def _frac(array: np.ndarray) -> np.ndarray:
    return array - np.trunc(array)


def _abs(array: np.ndarray) -> np.ndarray:
    refuse("abs_cpu", array)
    return np.abs(array)


abs = op(
    "abs(self)",
    "np.abs(self) if self.dtype.kind != 'b' else _abs(self)",
    "AbsBackward0",
    kind="elementwise",
    self="grad * sign(self)",
    doc="The distance from 0.",
)
sign = op(
    "sign(self)",
    "np.sign(self) if self.dtype.kind != 'b' else self.copy()",
    "SignBackward0",
    self="nothing(grad)",
    doc="-1, 0 or 1.",
    kind="each",
)
floor = op(
    "floor(self)", "rounded(np.floor, self)", "FloorBackward0", self="nothing(grad)", doc="Rounded down.", kind="each"
)
ceil = op("ceil(self)", "rounded(np.ceil, self)", "CeilBackward0", self="nothing(grad)", doc="Rounded up.", kind="each")
trunc = op(
    "trunc(self)",
    "rounded(np.trunc, self)",
    "TruncBackward0",
    self="nothing(grad)",
    doc="Rounded towards 0.",
    kind="each",
)
frac = op(
    "frac(self)",
    "for_floats('frac_cpu', _frac, self)",
    "FracBackward0",
    self="grad",
    doc="What stands behind the point.",
    kind="each",
)
round_ = op("round(self)", "rounded(np.round, self)", "RoundBackward0", self="nothing(grad)", kind="each")
round_to = op(
    "round(self; decimals)",
    "for_floats('round_cpu', _rounded_to, self, decimals)",
    "RoundBackward1",
    self="nothing(grad)",
    kind="each",
)


def round(self: Tensor, *, decimals: int = 0) -> Tensor:
    """Rounded to the nearest number with so many decimals; halves go to the even neighbour."""
    return round_to(self, decimals) if decimals else round_(self)


# ---- choosing

maximum = op("maximum(self, other)", "np.maximum(self, other)", "MaximumBackward0", kind="tensors",
             self="gate(grad, self >= other) * ((self > other) + (self == other) * 0.5)",
             other="gate(grad, self <= other) * ((self < other) + (self == other) * 0.5)",
             doc="The larger of the two; where they are equal the gradient is shared.")  # fmt: skip
minimum = op("minimum(self, other)", "np.minimum(self, other)", "MinimumBackward0", kind="tensors",
             self="gate(grad, self <= other) * ((self < other) + (self == other) * 0.5)",
             other="gate(grad, self >= other) * ((self > other) + (self == other) * 0.5)",
             doc="The smaller of the two; where they are equal the gradient is shared.")  # fmt: skip


def _limit(array: np.ndarray, low: float | None, high: float | None) -> np.ndarray:
    if low is not None:
        array = np.maximum(array, _number(low, array) if low else zero(array))
    return array if high is None else np.minimum(array, _number(high, array))


def _number(value: float, array: np.ndarray) -> np.ndarray:
    """A bound in the array's dtype; whole numbers wrap around, as in C."""
    return array.dtype.type(value) if array.dtype.kind == "f" else np.array(value).astype(array.dtype)[()]


def _kept(x: Tensor, low: Tensor, high: Tensor, below: bool, above: bool) -> Tensor:
    """Where clamp left x as it was; where it gave `low`, where `high`: see the next two."""
    if below and above:
        return (x >= low) * (x <= high)
    return x >= low if below else x <= high


def _below(x: Tensor, low: Tensor, high: Tensor, below: bool, above: bool) -> Tensor:
    return (x < low) * (low < high) if above else x < low


def _above(x: Tensor, low: Tensor, high: Tensor, below: bool, above: bool) -> Tensor:
    return (x > high) + (low > high) if below else x > high


def _limit_by(a: np.ndarray, low: np.ndarray, high: np.ndarray, below: bool, above: bool) -> np.ndarray:
    """`below` and `above` say which of the two bounds were given."""
    a = np.maximum(a, low) if below else a
    return np.minimum(a, high) if above else a


clamp_scalars = op("clamp(self; min, max)", "_limit(self, min, max)", "ClampBackward1", kind="elementwise",
                   self="gate(grad, inside(self, min, max))")  # fmt: skip
clamp_tensors = op(
    "clamp(self, min, max; below, above)", "_limit_by(self, min, max, below, above)", "ClampBackward0",
    self="gate(grad, _kept(self, min, max, below, above))",
    min="gate(grad, _below(self, min, max, below, above))", max="gate(grad, _above(self, min, max, below, above))",
    kind="each",
)  # fmt: skip
clamp_min_scalar = op("clamp_min(self; min)", "_limit(self, min, None)", "ClampMinBackward0", kind="elementwise",
                      self="gate(grad, self >= min)")  # fmt: skip
clamp_max_scalar = op("clamp_max(self; max)", "_limit(self, None, max)", "ClampMaxBackward0", kind="elementwise",
                      self="gate(grad, self <= max)")  # fmt: skip


clamp_min_tensor = op("clamp_min(self, min)", "np.maximum(self, min)", "ClampMinBackward1",
                      self="gate(grad, self >= min)", min="gate(grad, self < min)", kind="each")  # fmt: skip
clamp_max_tensor = op("clamp_max(self, max)", "np.minimum(self, max)", "ClampMaxBackward1",
                      self="gate(grad, self <= max)", max="gate(grad, self > max)", kind="each")  # fmt: skip


def _bounded(self: Tensor, *bounds: Tensor | float | None) -> list:
    """self and its bounds in the dtype in which they meet: the bounds as tensors if any is one, else as numbers."""
    if any(isinstance(b, Tensor) and b.is_cuda != self.is_cuda for b in bounds):
        tensors = [b for b in bounds if isinstance(b, Tensor)]
        self, *tensors = same_device(self, *tensors)
        bounds = [tensors.pop(0) if isinstance(b, Tensor) else b for b in bounds]
    given = [b for b in bounds if b is not None]
    for b in given:
        if isinstance(b, Tensor) and (mismatch := broadcast_mismatch(self._array.shape, b._array.shape)) is not None:
            raise mismatch
    kind = dtypes.result_type(self, *given).numpy
    if not isinstance(given[0], Tensor):
        refuse("clamp_scalar_kernel_impl", np.empty(0, kind))
    return [cast(self, kind), *(cast(b, kind) if isinstance(b, Tensor) else b for b in bounds)]


def clamp(self: Tensor, min: Tensor | float | None = None, max: Tensor | float | None = None) -> Tensor:
    """self, but no less than min and no more than max; the gradient is 0 where it was cut off.

    >>> import tensorbook as torch
    >>> torch.tensor([-1.0, 0.5, 3.0]).clamp(0, 1)
    tensor([0.0000, 0.5000, 1.0000])
    """
    given = [b for b in (min, max) if b is not None]
    if not given:
        raise RuntimeError("torch.clamp: At least one of 'min' or 'max' must not be None")
    tensors = [isinstance(b, Tensor) for b in given]
    if True in tensors:
        if False in tensors:
            raise TypeError(
                "clamp() received an invalid combination of arguments: one bound is a tensor, the other not"
            )
        self, min, max = _bounded(self, min, max)
        if len(given) == 2:
            refuse("clamp_cpu", self._array)
        low, high = (self if b is None else b for b in (min, max))
        return clamp_tensors(self, low, high, min is not None, max is not None)
    if self._array.dtype.kind != "f":
        self, min, max = _bounded(self, min, max)
    return clamp_scalars(self, min, max)


def clamp_min(self: Tensor, min: Tensor | float) -> Tensor:
    """self, but no less than min."""
    self, min = _bounded(self, min)
    return clamp_min_tensor(self, min) if isinstance(min, Tensor) else clamp_min_scalar(self, min)


def clamp_max(self: Tensor, max: Tensor | float) -> Tensor:
    """self, but no more than max."""
    self, max = _bounded(self, max)
    return clamp_max_tensor(self, max) if isinstance(max, Tensor) else clamp_max_scalar(self, max)


choose = op("choose(self, other; mask)", "pick(mask, self, other)", "WhereBackward0",
            self="keep_where(grad, mask)", other="keep_where(grad, ~mask)", kind="each")  # fmt: skip
keep_where_ = op("keep_where(self; mask)", "np.where(mask, self, zero(self))", "MaskedFillBackward0",
                 self="keep_where(grad, mask)", kind="each")  # fmt: skip
keep_where = keep_where_  # `mask` is an array


def where(condition: Tensor, self: Tensor | float | None = None, other: Tensor | float | None = None) -> Tensor:
    """self where the condition holds, other where it does not; with the condition alone, the indices where it holds.

    >>> import tensorbook as torch
    >>> x = torch.tensor([-1.0, 2.0])
    >>> torch.where(x > 0, x, 0.0)
    tensor([0., 2.])
    """
    if self is None and other is None:
        return tuple(i for i in condition.nonzero().unbind(1))
    like = self if isinstance(self, Tensor) else other if isinstance(other, Tensor) else condition
    kind = dtypes.result_type(self, other).numpy
    a, b = cast(operand(self, like), kind), cast(operand(other, like), kind)
    if condition.is_cuda or a.is_cuda or b.is_cuda:
        condition, a, b = same_device(condition, a, b) or (condition, a, b)
    for one, two in ((a, b), (condition, a), (condition, b)):
        if (mismatch := broadcast_mismatch(one._array.shape, two._array.shape)) is not None:
            raise mismatch
    mask = condition._array
    if mask.dtype == np.uint8:
        notices.warn(
            "where received a uint8 condition tensor. This behavior is deprecated and will be removed in a future "
            "version of PyTorch. Use a boolean condition instead.",
            once=True,
        )
        mask = mask != 0
    elif mask.dtype.kind != "b":
        raise RuntimeError(
            f"where expected condition to be a boolean tensor, but got a tensor with dtype {condition.dtype}"
        )
    result = choose(a, b, mask)
    if mask.flags.c_contiguous and a._array.flags.c_contiguous:
        return result
    result._array, result._storage = as_operands(result._array, mask, a._array, b._array)
    return result


masked_fill_scalar = op("masked_fill(self; mask, value)", "pick(mask, value, self)",
                        "MaskedFillBackward0", self="keep_where(grad, ~mask)")  # fmt: skip

masked_fill_tensor = op("masked_fill(self, value; mask)", "pick(mask, value, self)", "MaskedFillBackward1",
                        self="keep_where(grad, ~mask)", value="keep_where(grad, mask).sum()")  # fmt: skip


def masked_fill(self: Tensor, mask: Tensor, value: Tensor | float) -> Tensor:
    """self with value wherever the mask holds."""
    check_devices(self, mask)
    if mask._array.dtype.kind != "b":
        raise RuntimeError(f"masked_fill_ only supports boolean masks, but got mask with dtype {mask.dtype}")
    if (mismatch := broadcast_mismatch(self._array.shape, mask._array.shape)) is not None:
        raise mismatch
    if isinstance(value, Tensor):
        if value._array.ndim:
            raise RuntimeError(
                "masked_fill_ only supports a 0-dimensional value tensor, but got tensor with "
                f"{value._array.ndim} dimension(s)."
            )
        fitting(value._array.item(), self._array.dtype)
        return masked_fill_tensor(self, cast(value.to(self.device), self._array.dtype), mask._array)
    return masked_fill_scalar(self, mask._array, fitting(value, self._array.dtype)[()])


def _mixed(name: str, a: np.ndarray, b: np.ndarray, weight: float | np.ndarray) -> np.ndarray:
    """a + weight * (b - a); from the other end where that is nearer, so that weight 1 gives b exactly."""
    refuse(name, a, "biu")
    weight = a.dtype.type(weight) if isinstance(weight, (int, float)) else weight
    return np.where(np.abs(weight) < 0.5, a + weight * (b - a), b - (b - a) * (1 - weight)).astype(a.dtype)


lerp_ = op("lerp(self, end; weight)", "_mixed('lerp_kernel_scalar', self, end, weight)", "LerpBackward0",
           self="grad * (1 - weight)", end="grad * weight", kind="each")  # fmt: skip
lerp_tensor = op("lerp(self, end, weight)", "_mixed('lerp_kernel_tensor', self, end, weight)", "LerpBackward1",
                 self="grad * (1 - weight)", end="grad * weight", weight="grad * (end - self)",
                 kind="each")  # fmt: skip


def lerp(self: Tensor, end: Tensor, weight: Tensor | float) -> Tensor:
    """From self (weight 0) to end (weight 1) in a straight line."""
    operands = (self, end, weight) if isinstance(weight, Tensor) else (self, end)
    check_devices(*operands)
    for x in operands[1:]:
        if x.dtype is not self.dtype:
            raise RuntimeError(f"expected dtype {c_type(self)} for `end` and `weight` but got dtype {c_type(x)}")
        if (mismatch := broadcast_mismatch(self._array.shape, x._array.shape)) is not None:
            raise mismatch
    return (lerp_tensor if len(operands) == 3 else lerp_)(self, end, weight)


# ---- comparing, logic: no gradients

eq = op("eq(self, other)", "np.equal(self, other)", kind="pointwise", doc="Whether equal, elementwise.")
ne = op("ne(self, other)", "np.not_equal(self, other)", kind="pointwise", doc="Whether different, elementwise.")
lt = op("lt(self, other)", "np.less(self, other)", kind="pointwise", doc="self < other.")
le = op("le(self, other)", "np.less_equal(self, other)", kind="pointwise", doc="self <= other.")
gt = op("gt(self, other)", "np.greater(self, other)", kind="pointwise", doc="self > other.")
ge = op("ge(self, other)", "np.greater_equal(self, other)", kind="pointwise", doc="self >= other.")
logical_and = op("logical_and(self, other)", "np.logical_and(self, other)", kind="tensors", doc="Both hold.")
logical_or = op("logical_or(self, other)", "np.logical_or(self, other)", kind="tensors", doc="One or both hold.")
logical_xor = op("logical_xor(self, other)", "np.logical_xor(self, other)", kind="tensors", doc="Exactly one holds.")
logical_not = op("logical_not(self)", "np.logical_not(self)", doc="Does not hold.", kind="each")
isnan = op("isnan(self)", "np.isnan(self)", doc="Whether it is not a number.", kind="each")
isinf = op("isinf(self)", "np.isinf(self)", doc="Whether it is infinite.", kind="each")
isfinite = op("isfinite(self)", "np.isfinite(self)", doc="Whether it is neither infinite nor nan.", kind="each")


def isclose(self: Tensor, other: Tensor, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False) -> Tensor:
    """Whether |self - other| <= atol + rtol * |other|, elementwise."""
    if rtol < 0 or atol < 0:
        name, value = ("rtol", rtol) if rtol < 0 else ("atol", atol)
        raise RuntimeError(f"{name} must be greater than or equal to zero, but got {value:g}")
    if self.dtype is not other.dtype:
        raise RuntimeError(f"{self.dtype} did not match {other.dtype}")
    if (mismatch := broadcast_mismatch(self._array.shape, other._array.shape)) is not None:
        raise mismatch
    return _isclose(self, other, rtol, atol, equal_nan)


_isclose = op(
    "isclose(self, other; rtol, atol, equal_nan)", "np.isclose(self, other, rtol, atol, equal_nan)", kind="each"
)


def allclose(self: Tensor, other: Tensor, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False) -> bool:
    """Whether all elements are close."""
    return bool(isclose(self, other, rtol, atol, equal_nan).all())


def equal(self: Tensor, other: Tensor) -> bool:
    """Whether shape and all elements are equal."""
    check_devices(self, other)
    return self._array.shape == other._array.shape and bool((self._array == other._array).all())
