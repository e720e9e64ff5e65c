"""Polynomials that are orthogonal to each other, by their recurrences, and the Bessel functions I0 and I1.

M. Abramowitz and I. A. Stegun, "Handbook of mathematical functions" (1964), chapters 9 and 22.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .. import devices
from ..tensor import Tensor, make
from .define import op
from .elementary import sign  # noqa: F401 (formulas call it)
from .kernels import for_floats  # noqa: F401 (an entry calls it)
from .operands import floating


@devices.through_cpu
def _i0(x: np.ndarray) -> np.ndarray:
    return np.i0(x).astype(x.dtype).reshape(x.shape)


@devices.through_cpu
def _i1(x: np.ndarray) -> np.ndarray:
    """The mean of exp(x cos t) cos t over half a turn, which a sum over equal steps gives to the last digit."""
    angles = (np.arange(200) + 0.5) * (np.pi / 200)
    wide = x.astype(np.float64)[..., None] * np.cos(angles)
    return (np.exp(wide) * np.cos(angles)).mean(-1).astype(x.dtype)


i0 = op("i0(self)", "for_floats('i0_cpu', _i0, self)", "I0Backward0", kind="floating", self="grad * i1(self)",
        doc="The modified Bessel function of the first kind, of order 0.")  # fmt: skip
i1 = op("i1(self)", "for_floats('i1_cpu', _i1, self)", "SpecialI1Backward0", kind="floating",
        self="grad * (i0(self) - result / self)",
        doc="The modified Bessel function of the first kind, of order 1.")  # fmt: skip


i0e = op("i0e(self)", "for_floats('i0e_cpu', _i0, self) * np.exp(-np.abs(self))", "SpecialI0EBackward0",
         kind="floating", self="grad * (i1e(self) - sign(self) * result)",
         doc="i0 times exp(-|self|), which does not overflow.")  # fmt: skip
i1e = op("i1e(self)", "for_floats('i1e_cpu', _i1, self) * np.exp(-np.abs(self))", "SpecialI1EBackward0",
         kind="floating", self="grad * (i0e(self) - result * (sign(self) + 1 / self))",
         doc="i1 times exp(-|self|).")  # fmt: skip


def _polynomial(name: str, first: Callable, next: Callable, doc: str) -> Callable:
    """p(0) = 1, p(1) = first(x), p(k + 1) = next(k, x, p(k), p(k - 1))."""

    def function(input: Tensor | float, n: Tensor | int) -> Tensor:
        like = input if isinstance(input, Tensor) else n
        kind = floating(like)._array.dtype
        x, degrees = (
            devices.move(v._array, devices.CPU) if isinstance(v, Tensor) else np.asarray(v) for v in (input, n)
        )
        x = x.astype(np.float64)
        before, now = np.ones_like(x), first(x)
        shape = np.broadcast_shapes(np.shape(x), degrees.shape)
        result = np.where(degrees == 0, before, np.where(degrees < 0, 0.0, now))
        for k in range(1, int(degrees.max(initial=0))):
            before, now = now, next(k, x, now, before)
            result = np.where(degrees == k + 1, now, result)
        return make(devices.move(np.broadcast_to(result, shape).astype(kind), like.device))

    function.__name__, function.__doc__ = name, doc
    return function


chebyshev_polynomial_t = _polynomial(
    "chebyshev_polynomial_t", lambda x: x, lambda k, x, p, q: 2 * x * p - q,
    "Chebyshev's polynomial of the first kind, of degree n: cos(n * arccos(input)).",
)  # fmt: skip
chebyshev_polynomial_u = _polynomial(
    "chebyshev_polynomial_u", lambda x: 2 * x, lambda k, x, p, q: 2 * x * p - q,
    "Chebyshev's polynomial of the second kind, of degree n.",
)  # fmt: skip
hermite_polynomial_h = _polynomial(
    "hermite_polynomial_h", lambda x: 2 * x, lambda k, x, p, q: 2 * x * p - 2 * k * q,
    "Hermite's polynomial of degree n, as physicists write it.",
)  # fmt: skip
hermite_polynomial_he = _polynomial(
    "hermite_polynomial_he", lambda x: x, lambda k, x, p, q: x * p - k * q,
    "Hermite's polynomial of degree n, as probabilists write it.",
)  # fmt: skip
laguerre_polynomial_l = _polynomial(
    "laguerre_polynomial_l", lambda x: 1 - x, lambda k, x, p, q: ((2 * k + 1 - x) * p - k * q) / (k + 1),
    "Laguerre's polynomial of degree n.",
)  # fmt: skip
legendre_polynomial_p = _polynomial(
    "legendre_polynomial_p", lambda x: x, lambda k, x, p, q: ((2 * k + 1) * x * p - k * q) / (k + 1),
    "Legendre's polynomial of degree n.",
)  # fmt: skip
