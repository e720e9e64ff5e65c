"""The logarithm of the gamma function, which continues the factorials, and its derivatives.

Far from 0 their asymptotic series is exact. Smaller arguments are carried there by gamma(x + 1) = x * gamma(x),
negative ones by reflection. https://dlmf.nist.gov/5
"""

from __future__ import annotations

import math

import numpy as np

from .. import devices
from ..tensor import Tensor, make
from .define import op
from .kernels import for_floats  # noqa: F401 (entries call it)
from .operands import floating

BERNOULLI = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6)  # B2, B4, …
FAR = 12.0


def _lgamma(x: np.ndarray) -> np.ndarray:
    positive = np.where(x < 0.5, 1 - x, x)
    y, product = positive.astype(np.float64), np.ones_like(positive, dtype=np.float64)
    for _ in range(int(FAR)):
        near = y < FAR
        product, y = np.where(near, product * y, product), np.where(near, y + 1, y)
    series = sum(b / (2 * k * (2 * k - 1) * y ** (2 * k - 1)) for k, b in enumerate(BERNOULLI, 1))
    found = (y - 0.5) * np.log(y) - y + 0.5 * math.log(2 * math.pi) + series - np.log(product)
    found = np.where((x == 1) | (x == 2), 0.0, found)  # exactly
    reflected = np.log(np.pi / np.abs(np.sin(np.pi * (x % 1)))) - found
    return np.where(np.isinf(x), np.inf, np.where(x < 0.5, reflected, found)).astype(x.dtype)


def _digamma(x: np.ndarray) -> np.ndarray:
    positive = np.where(x < 0, 1 - x, x)
    y, less = positive.astype(np.float64), np.zeros_like(positive, dtype=np.float64)
    for _ in range(int(FAR)):
        near = y < FAR
        less, y = np.where(near, less + 1 / y, less), np.where(near, y + 1, y)
    found = np.log(y) - 0.5 / y - sum(b / (2 * k * y ** (2 * k)) for k, b in enumerate(BERNOULLI, 1)) - less
    reflected = np.where(x == np.trunc(x), np.nan, found - np.pi / np.tan(np.pi * (x % 1)))
    at_zero = np.where(x == 0, -np.copysign(np.inf, x), found)
    return np.where(x < 0, reflected, at_zero).astype(x.dtype)


def _polygamma(x: np.ndarray, n: int) -> np.ndarray:
    """The n-th derivative of digamma; from the first on for positive arguments."""
    if not n:
        return _digamma(x)
    y, more = x.astype(np.float64), np.zeros_like(x, dtype=np.float64)
    for _ in range(int(FAR) + n):
        near = y < FAR + n
        more, y = np.where(near, more + y ** -(n + 1.0), more), np.where(near, y + 1, y)
    series = sum(
        b * math.factorial(2 * k + n - 1) / math.factorial(2 * k) / y ** (2 * k + n) for k, b in enumerate(BERNOULLI, 1)
    )
    head = math.factorial(n - 1) / y**n + math.factorial(n) / (2 * y ** (n + 1))
    return ((-1) ** (n + 1) * (math.factorial(n) * more + head + series)).astype(x.dtype)


lgamma = op("lgamma(self)", "for_floats('lgamma_vml_cpu', _lgamma, self)", "LgammaBackward0", kind="floating",
            self="grad * digamma(self)", doc="log(|gamma(self)|); gamma(n + 1) is n!.")  # fmt: skip
digamma = op("digamma(self)", "for_floats('digamma', _digamma, self)", "DigammaBackward0", kind="floating",
             self="grad * polygamma_(self, 1)", doc="The derivative of lgamma.")  # fmt: skip
polygamma_ = op("polygamma(self; n)", "for_floats('polygamma', _polygamma, self, n)", "PolygammaBackward0",
                self="grad * polygamma_(self, n + 1)", kind="each")  # fmt: skip


def _steps(p: int, x: np.ndarray) -> np.ndarray:
    return devices.module_of(x).arange(p, dtype=x.dtype) * -0.5


def _mvlgamma(x: np.ndarray, p: int) -> np.ndarray:
    return _lgamma(x[..., None] + _steps(p, x)).sum(-1) + x.dtype.type(p * (p - 1) / 4 * math.log(math.pi))


def _mvlgamma_slope(x: Tensor, p: int) -> Tensor:
    return digamma(x.unsqueeze(-1) + make(_steps(p, x._array))).sum(-1)


mvlgamma_ = op("mvlgamma(self; p)", "_mvlgamma(self, p)", "MvlgammaBackward0", kind="each",
               self="grad * _mvlgamma_slope(self, p)")  # fmt: skip


def mvlgamma(self: Tensor, p: int) -> Tensor:
    """The logarithm of the gamma function of p variables."""
    if p < 1:
        raise RuntimeError("p has to be greater than or equal to 1")
    return mvlgamma_(floating(self), p)


def polygamma(n: int, input: Tensor) -> Tensor:
    """The n-th derivative of digamma."""
    if n < 0:
        raise RuntimeError("polygamma(n, x) does not support negative n.")
    return polygamma_(floating(input), n)
