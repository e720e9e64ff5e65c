"""Python's numbers in a dtype: one that does not fit is an error, not a surprise."""

from __future__ import annotations

import math

import numpy as np

from .. import dtypes

_IN_C = {
    "u1": "uint8_t",
    "i1": "int8_t",
    "i2": "int16_t",
    "i4": "int",
    "i8": "int64_t",
    "f2": "c10::Half",
    "f4": "float",
}


def fitting(value: complex, kind: np.dtype) -> np.ndarray:
    """One number as an array without dimensions. inf and nan fit every floating dtype, everything fits bool."""
    if isinstance(value, int) and value.bit_length() > 64:
        raise OverflowError("int too big to convert")
    if kind.kind == "b":
        return np.array(bool(value))
    number = value.real if isinstance(value, (complex, np.complexfloating)) and not value.imag else value
    try:
        if kind.kind in "iu":
            return _integers(number, kind)
        with np.errstate(over="ignore"):
            found = np.array(number, kind)
        if not np.isinf(found) or math.isinf(number):
            return found
    except (TypeError, ValueError, OverflowError):
        pass
    name = _IN_C.get(kind.str[1:], "double")
    raise RuntimeError(f"value cannot be converted to type {name} without overflow")


def all_fitting(data: object, kind: np.dtype) -> np.ndarray:
    """Nested lists of numbers as an array. Beyond the range of a floating dtype lies infinity."""
    try:
        if kind.kind in "iu":
            return _integers(data, kind)
        with np.errstate(over="ignore"):
            return np.array(data, kind)
    except OverflowError:
        if any(n.bit_length() > 64 for n in np.array(data, object).flat if isinstance(n, int)):
            raise ValueError("Overflow when unpacking long long") from None
    except (TypeError, ValueError):
        if kind.kind not in "iu" or np.isfinite(np.array(data, np.float64)).all():
            raise
    name = dtypes.from_numpy_dtype(kind).name
    raise RuntimeError(f"value cannot be converted to type {name} without overflow") from None


def _integers(data: object, kind: np.dtype) -> np.ndarray:
    """Numbers cut off at the point. Below 0 a byte counts backwards from 256, as in C, but not from a fraction."""
    if kind.itemsize < 8:
        given, limits = np.array(data), np.iinfo(kind)
        if given.dtype.kind == "f" and ((given < limits.min) | (given > limits.max)).any():
            raise OverflowError
        if kind == np.uint8 and given.dtype.kind == "i" and given.min(initial=0) > -256 and given.max(initial=0) < 256:
            return given.astype(kind)
    return np.array(data, kind)
