"""Which dtypes an operation takes. PyTorch refuses the others by the name of its kernel, and so do these."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .. import dtypes
from .words import type_name


def refuse(name: str, array: np.ndarray, kinds: str = "b") -> None:
    """NotImplementedError for arrays of these kinds: b for bool, i and u for integers, f for floats, h for float16."""
    kind = array.dtype.kind
    if kind in kinds or ("h" in kinds and array.dtype.itemsize == 2 and kind == "f"):
        raise NotImplementedError(f"\"{name}\" not implemented for '{type_name(array)}'")


def for_floats(name: str, function: Callable, array: np.ndarray, *args: object) -> np.ndarray:
    """function(array, *args) for dtypes that have a fraction; float16 computes in float32."""
    refuse(name, array, "biu")
    if array.dtype.itemsize == 2:
        wide = [a.astype("f4") if getattr(a, "dtype", None) == array.dtype else a for a in args]
        return function(array.astype("f4"), *wide).astype("f2")
    return function(array, *args)


SHOWN = 1000  # elements: a tensor of so many prints in full
_SINGLE, _DOUBLE = np.dtype("f4"), np.dtype("f8")


def exact_exp(array: np.ndarray) -> np.ndarray:
    """np.exp, float32 worked out in float64 and rounded once.

    NumPy's own for float32 is off by one in the last digit in two cases out of five, PyTorch's hardly ever; that digit
    prints where the result is large: torch.exp(torch.tensor(12.0)) is 162754.7969.
    """
    return np.exp(array.astype(_DOUBLE)).astype(_SINGLE) if array.dtype is _SINGLE else np.exp(array)


def as_floats(function: Callable, *arrays: np.ndarray) -> np.ndarray:
    """function(*arrays), integers taken as numbers of the default floating type."""
    if arrays[0].dtype.kind != "f":
        kind = dtypes.get_default_dtype().numpy
        arrays = tuple(a.astype(kind) for a in arrays)
    return function(*arrays)
