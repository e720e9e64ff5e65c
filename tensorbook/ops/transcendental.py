"""More functions of single elements: angles from two sides, inverse hyperbolic functions, sums of logarithms."""

from __future__ import annotations

import numpy as np

from ..tensor import Tensor
from .choosing import where
from .define import op
from .elementary import sqrt  # noqa: F401 (formulas name it)
from .kernels import as_floats, refuse  # noqa: F401 (entries call it)
from .operands import floating

atan2 = op("atan2(self, other)", "as_floats(np.arctan2, self, other)", "Atan2Backward0", kind="tensors",
           self="grad * other / (self * self + other * other)", other="grad * -self / (self * self + other * other)",
           doc="The angle of the point (other, self), between -pi and pi: right in all four quadrants.")  # fmt: skip
asinh = op("asinh(self)", "np.arcsinh(self)", "AsinhBackward0", kind="floating",
           self="grad / sqrt(self * self + 1)", doc="The inverse of sinh.")  # fmt: skip
acosh = op("acosh(self)", "np.arccosh(self)", "AcoshBackward0", kind="floating",
           self="grad / sqrt(self * self - 1)", doc="The inverse of cosh.")  # fmt: skip
atanh = op("atanh(self)", "np.arctanh(self)", "AtanhBackward0", kind="floating",
           self="grad / (1 - self * self)", doc="The inverse of tanh.")  # fmt: skip


def _log_sum(function: np.ufunc, name: str, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    refuse(name, a, "biu")
    return function(a, b)


logaddexp = op("logaddexp(self, other)", "_log_sum(np.logaddexp, 'logaddexp_cpu', self, other)", "LogaddexpBackward0",
               kind="tensors", self="grad / (1 + (other - self).exp())", other="grad / (1 + (self - other).exp())",
               doc="log(exp(self) + exp(other)), without overflow.")  # fmt: skip
logaddexp2 = op("logaddexp2(self, other)", "_log_sum(np.logaddexp2, 'logaddexp2_cpu', self, other)",
                "Logaddexp2Backward0", kind="tensors",
                self="grad / (1 + (other - self).exp2())", other="grad / (1 + (self - other).exp2())",
                doc="The logarithm to base 2 of 2**self + 2**other, without overflow.")  # fmt: skip


def _logit(array: np.ndarray, eps: float | None) -> np.ndarray:
    if eps is not None:
        array = np.clip(array, array.dtype.type(eps), array.dtype.type(1 - eps))
    return np.log(array / (1 - array))


def _logit_grad(grad: Tensor, x: Tensor, eps: float | None) -> Tensor:
    low, high, outside = (0, 1, float("nan")) if eps is None else (eps, 1 - eps, 0.0)
    return where((x >= low).logical_and(x <= high), grad / (x * (1 - x)), outside)


logit_ = op("logit(self; eps)", "_logit(self, eps)", "LogitBackward0", self="_logit_grad(grad, self, eps)", kind="each")


def logit(self: Tensor, eps: float | None = None) -> Tensor:
    """log(self / (1 - self)), the inverse of sigmoid; `eps` keeps self between eps and 1 - eps."""
    return logit_(floating(self), eps)


def _nan_to_num(array: np.ndarray, nan: float | None, posinf: float | None, neginf: float | None) -> np.ndarray:
    if array.dtype.kind != "f":
        return array.copy()
    return np.nan_to_num(array, nan=nan or 0.0, posinf=posinf, neginf=neginf)


nan_to_num_ = op("nan_to_num(self; nan, posinf, neginf)", "_nan_to_num(self, nan, posinf, neginf)",
                 "NanToNumBackward0", self="grad * self.isfinite()", kind="each")  # fmt: skip


def nan_to_num(
    self: Tensor, nan: float | None = None, posinf: float | None = None, neginf: float | None = None
) -> Tensor:
    """nan as 0, infinities as the largest numbers that the dtype has, unless told otherwise.

    >>> import tensorbook as torch
    >>> torch.tensor([1.0, torch.nan, torch.inf]).nan_to_num(posinf=9)
    tensor([1., 0., 9.])
    """
    return nan_to_num_(self, nan, posinf, neginf)
