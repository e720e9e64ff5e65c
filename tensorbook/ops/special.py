"""The error function and x log y; and what an operation for floating point numbers alone does with other dtypes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .. import dtypes
from ..tensor import Tensor
from .define import op
from .operands import cast, operand
from .pointwise import exp, log, where  # noqa: F401 (formulas call them)

# W. J. Cody, "Rational Chebyshev approximations for the error function", Mathematics of Computation 23 (1969), 631-637.
# Numerator and denominator, highest power first: erf(x) / x in x² up to 0.5, and erfc(x) * exp(x²) in x beyond.
NEAR = (
    (1.85777706184603153e-1, 3.16112374387056560, 1.13864154151050156e2, 3.77485237685302021e2, 3.20937758913846947e3),
    (1.0, 2.36012909523441209e1, 2.44024637934444173e2, 1.28261652607737228e3, 2.84423683343917062e3),
)
FAR = (
    (2.15311535474403846e-8, 5.64188496988670089e-1, 8.88314979438837594, 6.61191906371416295e1, 2.98635138197400131e2,
     8.81952221241769090e2, 1.71204761263407058e3, 2.05107837782607147e3, 1.23033935479799725e3),
    (1.0, 1.57449261107098347e1, 1.17693950891312499e2, 5.37181101862009858e2, 1.62138957456669019e3,
     3.29079923573345963e3, 4.36261909014324716e3, 3.43936767414372164e3, 1.23033935480374942e3),
)  # fmt: skip


def _ratio(x: np.ndarray, numerator: tuple[float, ...], denominator: tuple[float, ...]) -> np.ndarray:
    """One polynomial over another, by Horner's rule."""
    above, below = numerator[0], denominator[0]
    for a, b in zip(numerator[1:], denominator[1:], strict=True):
        above, below = above * x + a, below * x + b
    return above / below


def _erf(x: np.ndarray) -> np.ndarray:
    size = np.minimum(np.abs(x), 6.0)  # from 6 on it is 1, to the last digit of a float64
    near = np.minimum(np.maximum(x, -0.5), 0.5)
    beyond = 1.0 - np.exp(-size * size) * _ratio(size, *FAR)
    return np.where(size <= 0.5, near * _ratio(near * near, *NEAR), np.sign(x) * beyond)


def for_floats(name: str, function: Callable, array: np.ndarray, *args: object) -> np.ndarray:
    """function(array, *args). Dtypes without a fraction are refused in PyTorch's words, which know the operation by
    the name of its kernel; float16 computes in float32, as it does there."""
    if array.dtype.kind != "f":
        raise NotImplementedError(f"\"{name}\" not implemented for '{type_name(array)}'")
    if array.dtype.itemsize == 2:
        return function(array.astype("f4"), *args).astype("f2")
    return function(array, *args)


def type_name(array: np.ndarray) -> str:
    """What PyTorch's kernels call the dtype."""
    names = {"b1": "Bool", "u1": "Byte", "i1": "Char", "i2": "Short", "i4": "Int", "i8": "Long"}
    return (names | {"f2": "Half", "f4": "Float", "f8": "Double"})[array.dtype.str[1:]]


erf = op("erf(self)", "for_floats('erf_vml_cpu', _erf, self)", "ErfBackward0", kind="floating",
         self="grad * exp(-(self * self)) * 1.1283791670955126",
         doc="The error function: 2 / sqrt(pi) times the integral of exp(-t²) from 0 to self.")  # fmt: skip


def _x_log_y(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return np.where((x == 0) & (y == y), x * 0, x * np.log(y))


xlogy_ = op("xlogy(self, other)", "_x_log_y(self, other)", "XlogyBackward0",
            self="grad * where((self == 0) * (other <= 0), other * 0, log(other))",
            other="grad * self / other")  # fmt: skip


def xlogy(self: Tensor, other: Tensor | float) -> Tensor:
    """self * log(other), and 0 where self is 0.

    >>> import tensorbook as torch
    >>> torch.xlogy(torch.tensor([0.0, 2.0]), torch.tensor([0.0, 1.0]))
    tensor([0., 0.])
    """
    other = operand(other, self)
    kind = dtypes.result_type(self, other)
    kind = kind if kind.is_floating_point else dtypes.get_default_dtype()
    return xlogy_(cast(self, kind.numpy), cast(other, kind.numpy))
