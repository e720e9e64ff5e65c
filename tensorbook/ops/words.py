"""The names that PyTorch's errors have for dtypes."""

from __future__ import annotations

import numpy as np

from ..dtypes import OLDER_NAMES
from ..tensor import Tensor

_IN_C = {
    "b1": "bool", "u1": "unsigned char", "i1": "signed char", "i2": "short int", "i4": "int", "i8": "long int",
    "f2": "c10::Half", "f4": "float", "f8": "double",
}  # fmt: skip


def type_of(value: object) -> str:
    """`int`, `list`, `numpy.ndarray`: what a value is, in the words of an error."""
    kind = type(value)
    return f"numpy.{kind.__name__}" if kind.__module__ == "numpy" else kind.__name__


def type_name(array: np.ndarray) -> str:
    """`Long` for an array of int64, and so on."""
    return OLDER_NAMES[array.dtype.str[1:]]


def scalar_type(x: Tensor) -> str:
    """`Long` for a tensor of int64, and so on."""
    return type_name(x._array)


def c_type(x: Tensor) -> str:
    """`long int` for a tensor of int64, and so on."""
    return _IN_C[x._array.dtype.str[1:]]
