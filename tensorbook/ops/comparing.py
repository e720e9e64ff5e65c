"""Comparisons and logic, element by element: no gradients.

https://pytorch.org/docs/stable/torch.html#comparison-ops
"""

from __future__ import annotations

from ..tensor import Tensor
from .define import op
from .operands import broadcast_mismatch, check_devices

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
