"""Operations on whole numbers and their bits."""

from __future__ import annotations

import numpy as np

from .. import devices
from ..tensor import Tensor
from .define import op
from .kernels import refuse


def _bits(function: np.ufunc, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    refuse(f"{function.__name__}_cpu", a, "f")
    return function(a, b)


def _not(a: np.ndarray) -> np.ndarray:
    refuse("bitwise_not_cpu", a, "f")
    return ~a


def inverted(self: Tensor) -> Tensor:
    """`~self`."""
    if self._array.dtype.kind == "f":
        raise TypeError("~ (operator.invert) is only implemented on integer and Boolean-type tensors")
    return bitwise_not(self)


def _shifted(name: str, function: np.ufunc, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Shifts by fewer bits than there are, as in C; by more, nothing is left."""
    refuse(f"{name}_cpu", a, "bf")
    bits = a.dtype.itemsize * 8
    far = (b < 0) | (b >= bits)
    near = function(a, np.where(far, b.dtype.type(0), b))
    beyond = np.where(a < 0, -1, 0) if name == "rshift" else np.zeros_like(a)
    return np.where(far, beyond.astype(a.dtype), near)


def _divisor(function: np.ufunc, name: str, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    refuse(name, a, "bf")
    if not isinstance(a, np.ndarray):  # CuPy has these two as well
        function = getattr(devices.gpu_module(), function.__name__)
    return np.abs(function(a, b))


bitwise_and = op("bitwise_and(self, other)", "_bits(np.bitwise_and, self, other)", kind="pointwise",
                 doc="Bits set in both.")  # fmt: skip
bitwise_or = op("bitwise_or(self, other)", "_bits(np.bitwise_or, self, other)", kind="pointwise",
                doc="Bits set in either.")  # fmt: skip
bitwise_xor = op("bitwise_xor(self, other)", "_bits(np.bitwise_xor, self, other)", kind="pointwise",
                 doc="Bits set in exactly one.")  # fmt: skip
bitwise_not = op("bitwise_not(self)", "_not(self)", doc="Every bit flipped.", kind="each")
bitwise_left_shift = op("bitwise_left_shift(self, other)", "_shifted('lshift', np.left_shift, self, other)",
                        kind="pointwise", doc="The bits moved up by `other` places.")  # fmt: skip
bitwise_right_shift = op("bitwise_right_shift(self, other)", "_shifted('rshift', np.right_shift, self, other)",
                         kind="pointwise", doc="The bits moved down by `other` places.")  # fmt: skip


gcd = op("gcd(self, other)", "_divisor(np.gcd, 'gcd_cpu', self, other)", kind="tensors",
         doc="The greatest common divisor.")  # fmt: skip
lcm = op("lcm(self, other)", "_divisor(np.lcm, 'lcm_cpu', self, other)", kind="tensors",
         doc="The least common multiple.")  # fmt: skip
