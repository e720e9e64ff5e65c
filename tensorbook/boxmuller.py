"""Normally distributed float32 numbers from uniform ones, equal to PyTorch's in every bit.

Box and Muller (1958): from two uniform numbers u1, u2 in [0, 1) the two numbers

    r cos θ  and  r sin θ,    with  r = sqrt(-2 ln(1 - u1))  and  θ = 2π u2,

are independent and normally distributed. PyTorch takes sixteen uniform numbers at a time, the first eight as u1, the
next eight as u2, and puts the eight cosines first, the eight sines after them.

To agree in the last bit, logarithm, sine and cosine must round where PyTorch's do. It uses the polynomials of the
Cephes Mathematical Library (S. Moshier; single precision: logf, sinf, cosf), evaluated with fused multiply-adds: one
rounding for a * b + c. NumPy has no such instruction, but float64 does as well: the product of two float32 numbers is
exact in it, so that rounding the float64 sum to float32 once gives the fused result. The arrays below are therefore
float64 and hold float32 values: compute, then `_round`.
"""

import math

import numpy as np


def _single(*values: float) -> tuple[float, ...]:
    """The float32 nearest to each number."""
    return tuple(float(np.float32(value)) for value in values)


# ln(1 + x) = x - x²/2 + x³ P(x) for 1 + x between sqrt(1/2) and sqrt(2); highest power first.
_LOG = _single(
    *(7.0376836292e-2, -1.1514610310e-1, 1.1676998740e-1, -1.2420140846e-1, 1.4249322787e-1),
    *(-1.6668057665e-1, 2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1),
)
# sin x = x + x³ S(x²) and cos x = 1 - x²/2 + x⁴ C(x²) for x between -π/4 and π/4.
_SIN = _single(-1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1)
_COS = _single(2.443315711809948e-5, -1.388731625493765e-3, 4.166664568298827e-2)
# ln 2 and π/4 in parts: a short first one, exact when multiplied by a whole number, then the rest.
_LN2_HIGH, _LN2_LOW = _single(0.693359375, -2.12194440e-4)
_QUARTER_PI = _single(0.78515625, 2.4187564849853515625e-4, 3.77489497744594108e-8)

_TWO_PI = np.float32(2 * math.pi)
_QUARTER_PIS_PER_RADIAN = np.float32(4 / math.pi)
_SQRT_HALF_BITS = np.float32(math.sqrt(0.5)).view(np.int32)
# Sine and cosine of 0, 1, 2 and 3 quarter turns.
_SIN_QUARTER = np.array([0.0, 1.0, 0.0, -1.0])
_COS_QUARTER = np.array([1.0, 0.0, -1.0, 0.0])


def _round(x: np.ndarray) -> None:
    """The nearest float32 values, in place, still stored as float64."""
    x[...] = x.astype(np.float32)


def _polynomial(x: np.ndarray, coefficients: tuple[float, ...]) -> np.ndarray:
    """Horner's scheme, with one rounding per step."""
    y = x * coefficients[0]
    y += coefficients[1]
    _round(y)
    for coefficient in coefficients[2:]:
        y *= x
        y += coefficient
        _round(y)
    return y


def _log(x: np.ndarray) -> np.ndarray:
    """Natural logarithm of positive float32 numbers."""
    # A float32 is its bits: exponent above bit 23, fraction below. Counting from the bits of sqrt(1/2) gives
    # x = 2**exponent * (1 + fraction) with 1 + fraction between sqrt(1/2) and sqrt(2).
    bits = x.view(np.int32) - _SQRT_HALF_BITS
    exponent = (bits >> 23).astype(np.float64)
    bits &= 0x7FFFFF
    bits += _SQRT_HALF_BITS
    fraction = bits.view(np.float32).astype(np.float64)
    fraction -= 1.0

    square = fraction * fraction
    _round(square)
    y = _polynomial(fraction, _LOG)
    y *= fraction
    _round(y)
    y *= square
    small = exponent * _LN2_LOW
    _round(small)
    y += small
    _round(y)
    square *= 0.5
    y -= square
    _round(y)
    y += fraction
    _round(y)
    exponent *= _LN2_HIGH
    y += exponent
    _round(y)
    return y


def _cos_sin(angle: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Cosine and sine of float32 angles from 0 to 2π."""
    # Turn back by the nearest quarter turn; what is left lies between -π/4 and π/4.
    quarters = (angle * _QUARTER_PIS_PER_RADIAN).astype(np.int32)
    quarters += 1
    quarters >>= 1
    x = angle.astype(np.float64)
    turned = np.empty_like(x)
    for part in _QUARTER_PI:
        np.multiply(quarters, 2 * part, out=turned)
        x -= turned
        _round(x)

    square = x * x
    _round(square)
    cos = _polynomial(square, _COS)
    cos *= square
    _round(cos)
    cos *= square
    cos -= np.multiply(square, 0.5, out=turned)
    _round(cos)
    cos += 1.0
    _round(cos)
    sin = _polynomial(square, _SIN)
    sin *= square
    _round(sin)
    sin *= x
    sin += x
    _round(sin)

    # And forward again, by the addition theorems; one of the two terms is always zero.
    quarters &= 3
    cos_quarter, sin_quarter = _COS_QUARTER.take(quarters), _SIN_QUARTER.take(quarters)
    np.multiply(sin, sin_quarter, out=turned)
    sin *= cos_quarter
    cos_quarter *= cos
    cos_quarter -= turned
    sin_quarter *= cos
    sin += sin_quarter
    return cos_quarter, sin


def pairs(radius_uniform: np.ndarray, angle_uniform: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Standard normal numbers `r cos θ` and `r sin θ`, float64 arrays that hold float32 values.

    Args:
        radius_uniform, angle_uniform: u1 and u2, float32 in [0, 1), one-dimensional, equally long.

    Example:
        >>> cos, sin = pairs(np.float32([0.125]), np.float32([0.125]))  # an angle of 45 degrees
        >>> cos.round(6), sin.round(6)
        (array([0.365419]), array([0.365419]))
    """
    radius = _log(np.float32(1) - radius_uniform)
    radius *= -2.0
    np.sqrt(radius, out=radius)
    _round(radius)
    cos, sin = _cos_sin(angle_uniform * _TWO_PI)
    for wave in (cos, sin):
        wave *= radius
        _round(wave)
        wave += 0.0  # turns -0. into 0.
    return cos, sin


def pairs_by_numpy(radius_uniform: np.ndarray, angle_uniform: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The same by NumPy's own logarithm, sine and cosine, in the precision of the uniform numbers.

    Several times faster, and within an ulp or two.
    """
    radius = 1 - radius_uniform
    np.log(radius, out=radius)
    radius *= -2
    np.sqrt(radius, out=radius)
    angle = angle_uniform * angle_uniform.dtype.type(2 * math.pi)
    cos, sin = np.cos(angle), np.sin(angle)
    cos *= radius
    sin *= radius
    return cos, sin
