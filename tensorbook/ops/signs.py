"""Signs, neighbours among the numbers that a dtype has, and which of two numbers is the larger where nan may occur."""

from __future__ import annotations

import numpy as np

from ..tensor import Tensor
from .choosing import gate, no_slope, where  # noqa: F401 (formulas call them)
from .define import op
from .elementary import sign  # noqa: F401 (formulas call them)
from .kernels import as_floats, refuse  # noqa: F401 (an entry calls it)
from .operands import broadcast_mismatch, floating


def _sign(a: np.ndarray) -> np.ndarray:
    """That of nan is 0."""
    if a.dtype.kind == "b":
        return a.copy()
    return np.sign(a) if a.dtype.kind != "f" else np.sign(np.where(a == a, a, a.dtype.type(0)))


def _signbit(a: np.ndarray) -> np.ndarray:
    return np.signbit(a) if a.dtype.kind == "f" else a < a.dtype.type(0)


def _floats_alone(function: np.ufunc, name: str, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    refuse(name, a, "biu")
    return function(a, b)


def _heaviside(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.where(a == 0, b, (a > 0).astype(a.dtype))


def _no_slope(name: str) -> None:
    raise NotImplementedError(f"the derivative for '{name}' is not implemented.")


def _angle(x: np.ndarray) -> np.ndarray:
    return np.where(x < 0, np.pi, np.where(x == x, 0.0, x)).astype(x.dtype)


sgn = op("sgn(self)", "_sign(self)", "SgnBackward0", self="no_slope(grad, self, result)",
         doc="-1, 0 or 1.", kind="each")  # fmt: skip
signbit = op("signbit(self)", "_signbit(self)", doc="Whether the sign is a minus: that of -0.0, too.", kind="each")
isposinf = op("isposinf(self)", "self == np.inf", doc="Whether it is +inf.", kind="each")
isneginf = op("isneginf(self)", "self == -np.inf", doc="Whether it is -inf.", kind="each")
angle = op("angle(self)", "_angle(self)", "AngleBackward0", kind="floating", self="no_slope(grad, self)",
           doc="0 for what is positive, pi for what is negative: the angle in the complex plane.")  # fmt: skip
isreal = op(
    "isreal(self)", "np.ones_like(self, dtype=np.bool_)", doc="Whether it has no imaginary part: always.", kind="each"
)
heaviside_ = op("heaviside(self, values)", "_heaviside(self, values)", "NotImplementedBackward1",
               self="_no_slope('heaviside')", values="_no_slope('heaviside')", kind="each")  # fmt: skip
heaviside_.node.__name__ = "NotImplemented"
nextafter = op("nextafter(self, other)", "_floats_alone(np.nextafter, 'nextafter_cpu', self, other)",
               "NextafterBackward0", kind="tensors", self="_no_slope('nextafter')", other="_no_slope('nextafter')",
               doc="The next number that the dtype has on the way from self to other.")  # fmt: skip
fmax = op("fmax(self, other)", "np.fmax(self, other)", "FmaxBackward0", kind="tensors",
          self="gate(grad, (self >= other).logical_or(other.isnan()))",
          other="gate(grad, (self < other).logical_or(self.isnan()))",
          doc="The larger of the two; the other one where one is nan.")  # fmt: skip
fmin = op("fmin(self, other)", "np.fmin(self, other)", "FminBackward0", kind="tensors",
          self="gate(grad, (self <= other).logical_or(other.isnan()))",
          other="gate(grad, (self > other).logical_or(self.isnan()))",
          doc="The smaller of the two; the other one where one is nan.")  # fmt: skip
copysign_tensor = op("copysign(self, other)", "as_floats(np.copysign, self, other)", "CopysignBackward0",
                     kind="pointwise",
                     self="grad * where(self == 0, 0.0, sign(result) * sign(self))", other="grad * 0")  # fmt: skip
copysign_number = op("copysign(self; other)", "as_floats(np.copysign, self, other)", "CopysignBackward1",
                     self="grad * where(self == 0, 0.0, sign(result) * sign(self))", kind="each")  # fmt: skip


def copysign(self: Tensor, other: Tensor | float) -> Tensor:
    """The size of self with the sign of other.

    >>> import tensorbook as torch
    >>> torch.copysign(torch.tensor([1.0, -2.0]), -1)
    tensor([-1., -2.])
    """
    if isinstance(other, Tensor):
        return copysign_tensor(self, other)
    self = floating(self)
    return copysign_number(self, self._array.dtype.type(other))


def heaviside(self: Tensor, values: Tensor) -> Tensor:
    """0 where self is negative, 1 where it is positive, and `values` where it is 0.

    >>> import tensorbook as torch
    >>> torch.heaviside(torch.tensor([-1.0, 0.0, 2.0]), torch.tensor(0.5))
    tensor([0.0000, 0.5000, 1.0000])
    """
    if self.dtype is not values.dtype:
        raise RuntimeError("heaviside is not yet implemented for tensors with different dtypes.")
    if (mismatch := broadcast_mismatch(self._array.shape, values._array.shape)) is not None:
        raise mismatch
    return heaviside_(self, values)


def positive(self: Tensor) -> Tensor:
    """+self: the tensor itself."""
    if self._array.dtype.kind == "b":
        raise RuntimeError("The `+` operator, on a bool tensor is not supported.")
    return self
