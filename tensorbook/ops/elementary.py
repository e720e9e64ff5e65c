"""Functions of one number, element by element: roots, exponentials, logarithms, angles, magnitude, rounding.

`doc` gives the value in one line; see https://pytorch.org/docs/stable/torch.html#pointwise-ops for more.
"""

from __future__ import annotations

import builtins

import numpy as np

from ..tensor import Tensor
from .array_twins import zero
from .choosing import gate, nothing  # noqa: F401 (a formula names it)
from .define import op
from .kernels import SHOWN, exact_exp, for_floats, refuse  # noqa: F401 (entries call them)

# ---- roots, exponentials, logarithms, angles


sqrt = op("sqrt(self)", "np.sqrt(self)", "SqrtBackward0", kind="floating", self="grad / (2 * result)",
          doc="The square root.")  # fmt: skip
rsqrt = op("rsqrt(self)", "1 / np.sqrt(self)", "RsqrtBackward0", kind="floating",
           self="-0.5 * grad * (result * result * result)", doc="1 / sqrt(self).")  # fmt: skip
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
