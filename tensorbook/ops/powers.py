"""Powers: of tensors and numbers, to tensors and numbers.

https://pytorch.org/docs/stable/generated/torch.pow.html
"""

from __future__ import annotations

import numpy as np

from .. import dtypes
from ..tensor import Tensor, make
from .choosing import where
from .comparing import logical_or
from .define import op
from .elementary import log
from .kernels import refuse
from .node import showing
from .operands import cast, floating, must_be_tensor, operand


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
