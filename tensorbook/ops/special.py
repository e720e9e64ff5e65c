"""The error function and its kin, x log y, sin(x) / x."""

from __future__ import annotations

import numpy as np

from .. import dtypes
from ..tensor import Tensor
from .array_twins import shape_of  # noqa: F401 (a formula calls it)
from .by_number import plus_number, times
from .choosing import where
from .define import op
from .elementary import exp, log, log1p  # noqa: F401 (formulas call them)
from .kernels import for_floats  # noqa: F401 (entries call it)
from .operands import broadcast_mismatch, cast, floating, operand
from .powers import square  # noqa: F401 (formulas call them)

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

FARTHEST = (
    (1.63153871373020978e-2, 3.05326634961232344e-1, 3.60344899949804439e-1, 1.25781726111229246e-1,
     1.60837851487422766e-2, 6.58749161529837803e-4, 0.0),
    (0.0, 1.0, 2.56852019228982242, 1.87295284992346047, 5.27905102951428412e-1, 6.05183413124413191e-2,
     2.33520497626869185e-3),
)  # fmt: skip
ROOT, TWO_OVER_ROOT_PI = 5.6418958354775628695e-1, 1.1283791670955126  # the first: 1 / sqrt(pi)


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


def _erfc(x: np.ndarray) -> np.ndarray:
    size = np.maximum(np.abs(x), 0.5)
    squared = size * size
    tail = np.where(size < 4, _ratio(np.minimum(size, 4.0), *FAR), (ROOT - _ratio(1 / squared, *FARTHEST)) / size)
    tail = np.exp(-squared) * tail
    return np.where(np.abs(x) <= 0.5, 1 - _erf(x), np.where(x > 0, tail, 2 - tail))


def _erfinv(y: np.ndarray) -> np.ndarray:
    """A first guess (Winitzki 2008), made exact by Newton's method."""
    with np.errstate(invalid="ignore"):
        tail = np.log((1 - y) * (1 + y))
        middle = 2 / (np.pi * 0.147) + tail / 2
        x = np.sign(y) * np.sqrt(np.sqrt(middle * middle - tail / 0.147) - middle)
        x = np.where(np.abs(y) < 1, x, 0).astype(y.dtype)
        for _ in range(3):
            off = np.where(np.abs(y) < 0.5, _erf(x) - y, np.sign(x) * (1 - np.abs(y) - _erfc(np.abs(x))))
            x = x - off * (np.exp(x * x) / TWO_OVER_ROOT_PI)
        edge = np.where(np.abs(y) == 1, np.sign(y) * np.inf, np.nan)
        return np.where(np.abs(y) < 1, x, edge).astype(y.dtype)


def _sinc(x: np.ndarray) -> np.ndarray:
    angle = x * np.pi
    return np.where(x == 0, 1, np.sin(angle) / np.where(x == 0, 1, angle))


def _sinc_slope(x: Tensor) -> Tensor:
    angle = where(x == 0, 1.0, x * np.pi)
    return where(x == 0, 0.0, (angle * angle.cos() - angle.sin()) / (angle * where(x == 0, 1.0, x)))


erf = op("erf(self)", "for_floats('erf_vml_cpu', _erf, self)", "ErfBackward0", kind="floating",
         self="grad * exp(-(self * self)) * 1.1283791670955126",
         doc="The error function: 2 / sqrt(pi) times the integral of exp(-t²) from 0 to self.")  # fmt: skip
erfc = op("erfc(self)", "for_floats('erfc_vml_cpu', _erfc, self)", "ErfcBackward0", kind="floating",
          self="grad * exp(-(self * self)) * -1.1283791670955126", doc="1 - erf(self), exact when tiny.")  # fmt: skip
erfinv = op("erfinv(self)", "for_floats('erfinv_vml_cpu', _erfinv, self)", "ErfinvBackward0", kind="floating",
            self="grad * exp(square(erfinv(self))) * 0.886226925452758",
            doc="The number whose erf is self.")  # fmt: skip
sinc = op("sinc(self)", "for_floats('sinc_cpu', _sinc, self)", "SincBackward0", kind="floating",
          self="grad * _sinc_slope(self)", doc="sin(pi * self) / (pi * self), and 1 where self is 0.")  # fmt: skip
deg2rad = op("deg2rad(self)", "self * self.dtype.type(np.pi / 180)", "Deg2RadBackward0", kind="floating",
             self="deg2rad(grad)", doc="Degrees as radians.")  # fmt: skip
rad2deg = op("rad2deg(self)", "self * self.dtype.type(180 / np.pi)", "Rad2DegBackward0", kind="floating",
             self="rad2deg(grad)", doc="Radians as degrees.")  # fmt: skip


def _x_log_y(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return np.where((x == 0) & (y == y), x * 0, x * np.log(y))


xlogy_ = op("xlogy(self, other)", "_x_log_y(self, other)", "XlogyBackward0",
            self="grad * where((self == 0) * (other <= 0), other * 0, log(other))",
            other="grad * self / other", kind="each")  # fmt: skip
number_xlogy = op(
    "xlogy(other; self)", "_x_log_y(self, other)", "XlogyBackward1", other="grad * self / other", kind="each"
)
xlogy_number = op("xlogy(self; other)", "_x_log_y(self, self.dtype.type(other))", "XlogyBackward2",
                  self="where(self == 0, grad * 0, grad * float(np.log(other)))", kind="each")  # fmt: skip


def xlogy(self: Tensor | float, other: Tensor | float) -> Tensor:
    """self * log(other), and 0 where self is 0.

    >>> import tensorbook as torch
    >>> torch.xlogy(torch.tensor([0.0, 2.0]), torch.tensor([0.0, 1.0]))
    tensor([0., 0.])
    """
    like = self if isinstance(self, Tensor) else other
    first, second = operand(self, like), operand(other, like)
    if (mismatch := broadcast_mismatch(first._array.shape, second._array.shape)) is not None:
        raise mismatch
    kind = dtypes.result_type(first, second)
    kind = (kind if kind.is_floating_point else dtypes.get_default_dtype()).numpy
    if not isinstance(self, Tensor):
        return number_xlogy(cast(other, kind), kind.type(self))
    if not isinstance(other, Tensor):
        return xlogy_number(cast(self, kind), other)
    return xlogy_(cast(first, kind), cast(second, kind))


def _entropy(p: np.ndarray) -> np.ndarray:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(p > 0, -p * np.log(p), np.where(p == 0, p * 0, p * 0 - np.inf)).astype(p.dtype)


entr = op("entr(self)", "_entropy(self)", "SpecialEntrBackward0", kind="floating", self="grad * (-(1 + log(self)))",
          doc="-self * log(self), what a probability adds to the entropy; 0 at 0, -inf below.")  # fmt: skip


def ndtr(self: Tensor) -> Tensor:
    """The share of the standard normal distribution below self."""
    return times(plus_number(erf(times(floating(self), 0.5**0.5)), 1), 0.5)


def _scaled_erfc(x: np.ndarray) -> np.ndarray:
    """exp(x²) * erfc(x)."""
    size = np.maximum(np.abs(x), 0.5).astype(np.float64)
    tail = np.where(size < 4, _ratio(np.minimum(size, 4.0), *FAR), (ROOT - _ratio(1 / (size * size), *FARTHEST)) / size)
    middle = np.exp(np.minimum(x * x, 1.0)) * (1 - _erf(x))
    found = np.where(np.abs(x) <= 0.5, middle, np.where(x > 0, tail, 2 * np.exp(x.astype(np.float64) ** 2) - tail))
    return found.astype(x.dtype)


def _log_ndtr(x: np.ndarray) -> np.ndarray:
    scaled = x.astype(np.float64) * 0.5**0.5
    low = np.log(_scaled_erfc(np.maximum(-scaled, -1.0)) / 2) - scaled * scaled
    return np.where(scaled < -1, low, np.log1p(-_erfc(np.maximum(scaled, -1.0)) / 2)).astype(x.dtype)


erfcx = op("erfcx(self)", "for_floats('erfcx_cpu', _scaled_erfc, self)", "SpecialErfcxBackward0", kind="floating",
           self="grad * (result * self * 2 - 1.1283791670955126)",
           doc="exp(self²) * erfc(self), which does not become 0 so soon.")  # fmt: skip
log_ndtr = op("log_ndtr(self)", "for_floats('log_ndtr_cpu', _log_ndtr, self)", "SpecialLogNdtrBackward0",
              kind="floating",
              self="(grad / erfcx(self * -0.7071067811865476) * 0.7978845608028654).reshape(shape_of(result))",
              doc="The logarithm of ndtr, exact where that is tiny.")  # fmt: skip


def _ndtri(p: np.ndarray) -> np.ndarray:
    return (_erfinv(2 * p.astype(np.float64) - 1) * 2**0.5).astype(p.dtype)


ndtri = op("ndtri(self)", "for_floats('ndtri_cpu', _ndtri, self)", "SpecialNdtriBackward0", kind="floating",
           self="grad * exp(result * result / 2) * 2.5066282746310002",
           doc="The number whose ndtr is self.")  # fmt: skip


def _x_log1p_y(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return np.where((x == 0) & (y == y), x * 0, x * np.log1p(y))


xlog1py_ = op("xlog1py(self, other)", "_x_log1p_y(self, other)", "SpecialXlog1PyBackward0",
             kind="pointwise", self="grad * where((self == 0) * (other <= -1), other * 0, log1p(other))",
             other="grad * self / (other + 1)")  # fmt: skip


def xlog1py(self: Tensor | float, other: Tensor | float) -> Tensor:
    """self * log(1 + other), and 0 where self is 0."""
    like = self if isinstance(self, Tensor) else other
    return xlog1py_(floating(operand(self, like)), floating(operand(other, like)))
