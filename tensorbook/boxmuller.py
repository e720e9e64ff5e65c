"""Normally distributed float32 numbers from uniform ones, equal to PyTorch's in every bit.

Box and Muller (1958): from two uniform numbers u1, u2 in [0, 1) the two numbers

    r cos θ  and  r sin θ,    with  r = sqrt(-2 ln(1 - u1))  and  θ = 2π u2,

are independent and normally distributed. PyTorch takes a block of sixteen uniform numbers at a time, the first eight as
u1, the next eight as u2, and puts the eight cosines first, the eight sines after them.

To agree in the last bit, logarithm, sine and cosine must round where PyTorch's do. It uses the polynomials of the
Cephes Mathematical Library (S. Moshier; single precision: logf, sinf, cosf), evaluated with fused multiply-adds: one
rounding for a * b + c. NumPy has no such instruction, but float64 does as well: the product of two float32 numbers is
exact in it, so that rounding the float64 sum to float32 once gives the fused result (`_fused`). Everything else is
float32. A uniform number is one of 2**24, so all of them can be tried: `python -m tests.boxmuller_all`.

A hundred passes over the numbers cost more in memory than in arithmetic. Therefore at most `PAIRS` are worked on at a
time, which stay in the cache, and each pass writes where memory lies ready (a desk) instead of asking for more. Fewer
would take less time, were it not for the threads: between two passes each has to ask for Python's lock.
"""

import math

import numpy as np

PAIRS = 105 * 624  # a multiple of what the Mersenne Twister makes at a time
ROW = PAIRS + 80  # rows a power of two apart would fight for the same places in the cache
BLOCK = 16
EIGHT = {4: np.dtype("V32"), 8: np.dtype("V64")}  # half a block as one element, by the bytes of a number
MASK_24 = np.array((1 << 24) - 1, np.uint32)


def _constants(*values: float, dtype: type = np.float32) -> list[np.ndarray]:
    """The float32 nearest to each number; as arrays without dimensions, which NumPy takes up faster than numbers."""
    return [np.array(np.float32(value), dtype) for value in values]


# ln(1 + x) = x - x²/2 + x³ P(x) for 1 + x between sqrt(1/2) and sqrt(2); highest power first.
_LOG = _constants(
    *(7.0376836292e-2, -1.1514610310e-1, 1.1676998740e-1, -1.2420140846e-1, 1.4249322787e-1),
    *(-1.6668057665e-1, 2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1),
    dtype=np.float64,
)
# sin x = x + x³ S(x²) and cos x = 1 - x²/2 + x⁴ C(x²) for x between -π/4 and π/4.
_SIN = _constants(-1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1, dtype=np.float64)
_COS = _constants(2.443315711809948e-5, -1.388731625493765e-3, 4.166664568298827e-2, dtype=np.float64)
# ln 2 in two parts: a short one, exact when multiplied by a whole number, and the rest. For 2**23 times that number.
_LN2_HIGH, _LN2_LOW = _constants(0.693359375 * 2**-23, -2.12194440e-4 * 2**-23)
# -π/2, from the three parts of π/4 that Cephes subtracts one after the other.
_MINUS_HALF_PI = np.array(
    -2 * sum(_constants(0.78515625, 2.4187564849853515625e-4, 3.77489497744594108e-8, dtype=float))
)

_ZERO, _HALF, _ONE, _MINUS_TWO, _STEP = _constants(0, 0.5, 1, -2, 2**-24)
_TWO_PI_STEPS = np.array(np.float32(2 * math.pi) * _STEP)
_HALF_WIDE = np.array(0.5)
_SQRT_HALF_BITS = np.array(np.float32(math.sqrt(0.5))).view(np.int32)
_EXPONENT, _SIGN = np.array(-(1 << 23), np.int32), np.array(-(1 << 31), np.int32)  # which bits of a float32 it is
_EIGHTH, _QUARTER_SHIFTED = np.array(1 << 21, np.int32), np.array(1 << 30, np.int32)  # a turn has 2**24 steps
_8, _9, _22, _31 = (np.array(bits, np.int32) for bits in (8, 9, 22, 31))

_desks: list[tuple[np.ndarray, np.ndarray]] = []  # where nobody works


def _desk() -> tuple[np.ndarray, np.ndarray]:
    """Rows to work in, two of float64 and six of float32. Whoever takes a desk puts it back to `_desks`."""
    return _desks.pop() if _desks else (np.empty((2, ROW)), np.empty((6, ROW), np.float32))


def _fused(y: np.ndarray, x: np.ndarray | float, plus: np.ndarray | float, wide: np.ndarray) -> None:
    """y = y * x + plus, rounded once; x is float64, as is `wide`, to work in."""
    wide[...] = y
    wide *= x
    wide += plus
    y[...] = wide


def _polynomial(y: np.ndarray, x: np.ndarray, coefficients: list[np.ndarray], wide: np.ndarray) -> None:
    """y = the polynomial of x, by Horner's scheme, with one rounding per step."""
    np.multiply(x, coefficients[0], out=wide)
    wide += coefficients[1]
    y[...] = wide
    for coefficient in coefficients[2:]:
        _fused(y, x, coefficient, wide)


def _radius(
    uniform: np.ndarray, y: np.ndarray, x: np.ndarray, square: np.ndarray, exponent: np.ndarray, small: np.ndarray,
    double: np.ndarray, wide: np.ndarray,
) -> None:  # fmt: skip
    """y = sqrt(-2 ln(1 - u1)), for u1 in steps of 2**-24."""
    x[...] = uniform
    x *= _STEP
    np.subtract(_ONE, x, out=x)
    # A float32 is its bits: exponent above bit 23, fraction below. Counting from the bits of sqrt(1/2) gives
    # 1 - u1 = 2**exponent * (1 + x) with 1 + x between sqrt(1/2) and sqrt(2).
    bits, above = x.view(np.int32), exponent.view(np.int32)
    np.subtract(bits, _SQRT_HALF_BITS, out=above)
    above &= _EXPONENT
    bits -= above
    x -= _ONE
    exponent[...] = above  # as a number, 2**23 times too large

    np.multiply(x, x, out=square)
    double[...] = x
    _polynomial(y, double, _LOG, wide)
    y *= x
    double[...] = square
    _fused(y, double, np.multiply(exponent, _LN2_LOW, out=small), wide)
    square *= _HALF
    y -= square
    y += x
    exponent *= _LN2_HIGH
    y += exponent
    y *= _MINUS_TWO
    np.sqrt(y, out=y)


def _cos_sin(
    turn: np.ndarray, cos: np.ndarray, sin: np.ndarray, x: np.ndarray, square: np.ndarray,
    double: np.ndarray, wide: np.ndarray,
) -> None:  # fmt: skip
    """cos = cos 2π u2 and sin = sin 2π u2, for u2 in steps of 2**-24, which are lost on the way."""
    # Turn back by the nearest quarter turn; what is left lies between -π/4 and π/4.
    x[...] = turn
    x *= _TWO_PI_STEPS
    turn += _EIGHTH
    quarters = square.view(np.int32)
    np.right_shift(turn, _22, out=quarters)
    wide[...] = quarters
    wide *= _MINUS_HALF_PI
    wide += x
    x[...] = wide

    np.multiply(x, x, out=square)
    double[...] = square
    _polynomial(cos, double, _COS, wide)
    cos *= square
    wide[...] = cos
    wide -= _HALF_WIDE
    wide *= double
    cos[...] = wide
    cos += _ONE
    _polynomial(sin, double, _SIN, wide)
    sin *= square
    double[...] = x
    _fused(sin, double, double, wide)

    # And forward again: after an odd number of quarters sine and cosine change places, then each has its sign. The
    # lowest bit of that number is bit 22 of `turn`, the next is bit 23.
    change, cos_bits, sin_bits = quarters, cos.view(np.int32), sin.view(np.int32)
    np.left_shift(turn, _9, out=change)
    change >>= _31  # all bits set where the number is odd
    change &= np.bitwise_xor(cos_bits, sin_bits, out=x.view(np.int32))
    cos_bits ^= change
    sin_bits ^= change
    turn <<= _8
    sin_bits ^= np.bitwise_and(turn, _SIGN, out=change)
    turn += _QUARTER_SHIFTED
    turn &= _SIGN
    cos_bits ^= turn


def _pairs(
    first: np.ndarray, second: np.ndarray, desk: tuple[np.ndarray, np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    """Cosines and sines, which lie on the desk. `first` and `second` are u1 and u2 in steps of 2**-24, 32 bits each."""
    count = first.size * first.itemsize // 4
    double, wide = desk[0][:, :count]
    radius, cos, sin, x, square, steps = desk[1][:, :count]
    steps.view(first.dtype)[...] = first
    _radius(steps.view(np.int32), radius, x, square, cos, sin, double, wide)
    steps.view(second.dtype)[...] = second
    _cos_sin(steps.view(np.int32), cos, sin, x, square, double, wide)
    for wave in (cos, sin):
        wave *= radius
        wave += _ZERO  # turns -0. into 0.
    return cos, sin


def eights(numbers: np.ndarray) -> np.ndarray:
    """Two eights of numbers for each block, each as one element that is copied whole."""
    return numbers.view(EIGHT[numbers.itemsize]).reshape(-1, 2)


def fill(out: np.ndarray, words: np.ndarray) -> None:
    """Fill whole blocks with normal numbers.

    Args:
        out: float32, a multiple of 16 and at most 2 * PAIRS of them.
        words: as many uint32, whose lower 24 bits are the uniform numbers; they are lost on the way.

    Example:
        >>> out = np.empty(16, np.float32)
        >>> fill(out, np.full(16, 2**21, np.uint32))  # an angle of 45 degrees
        >>> out[[0, 8]]
        array([0.36541945, 0.36541948], dtype=float32)
    """
    words &= MASK_24
    desk, halves = _desk(), eights(words)
    for half, wave in enumerate(_pairs(halves[:, 0], halves[:, 1], desk)):
        eights(out)[:, half] = wave.view(halves.dtype)
    _desks.append(desk)


def waves(words: np.ndarray) -> np.ndarray:
    """The normal numbers of each word and its partner eight places on, wherever a block may begin.

    Args:
        words: uint32, at most PAIRS.

    Returns:
        float32 of shape (2, number of words): cosines and sines. The last eight words have no partner, but zeros.
    """
    steps, desk = words & MASK_24, _desk()
    made = np.zeros((2, words.size), np.float32)
    made[:, : -BLOCK // 2] = _pairs(steps[: -BLOCK // 2], steps[BLOCK // 2 :], desk)
    _desks.append(desk)
    return made


def fill_by_numpy(out: np.ndarray, uniform: np.ndarray) -> None:
    """The same from floating point numbers in [0, 1), by NumPy's own logarithm, sine and cosine in their precision.

    Several times faster, and within an ulp or two.
    """
    halves = eights(uniform)
    radius, angle = (half.copy().view(uniform.dtype) for half in halves.T)
    np.subtract(1, radius, out=radius)
    np.log(radius, out=radius)
    radius *= -2
    np.sqrt(radius, out=radius)
    angle *= uniform.dtype.type(2 * math.pi)
    for half, wave in enumerate((np.cos(angle), np.sin(angle))):
        wave *= radius
        eights(out)[:, half] = wave.view(halves.dtype)
