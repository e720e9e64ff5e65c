"""The short way to write a number or a tensor into a tensor: where nothing is recorded, all is on the CPU and of one
dtype, and the place is a plain one, NumPy may write at once.

Each function says whether it did. Where it did not, nothing has changed, and the long way (inplace.py) does the work or
finds the words for what is wrong.
"""

from __future__ import annotations

import numpy as np

from ..graph import grad_mode
from ..storage import InferenceStorage
from ..tensor import Tensor
from .indexing import _view_index
from .shared_places import apart
from .writing import written

# dtype -> numbers as large as this, positive or negative, surely fit; beyond, `fitting` has something to say
SURE = {np.dtype("f4"): 3e38, np.dtype("f8"): 1e308, np.dtype("i4"): 2**31 - 1, np.dtype("i8"): 2**63 - 1}


def _plain(x: Tensor) -> bool:
    """Whether a write to x changes its memory and its version, and nothing else."""
    if x.__class__ is not Tensor or x._array.__class__ is not np.ndarray or x._storage.__class__ is InferenceStorage:
        return False
    base = x._base
    return x._node is None and (base is None or (base.__class__ is Tensor and base._node is None))


def _number(value: object, kind: np.dtype) -> bool:
    """Whether value is a Python number of the dtype's kind that fits without a doubt."""
    if not (value.__class__ is int or (value.__class__ is float and kind.kind == "f")):
        return False
    limit = SURE.get(kind, 0) if value.__class__ is float else min(SURE.get(kind, 0), 2**63 - 1)
    return -limit <= value <= limit


def _beside(value: object, array: np.ndarray) -> bool:
    """Whether value is a tensor of the array's dtype that lies elsewhere and brings no history."""
    return (
        value.__class__ is Tensor
        and value._array.__class__ is np.ndarray
        and value._array.dtype is array.dtype
        and (value._node is None or not grad_mode.enabled)
        and not np.may_share_memory(value._array, array)
    )


def set_part(x: Tensor, index: object, value: object) -> bool:
    """x[index] = value."""
    if not _plain(x) or (place := _view_index(index)) is None:
        return False
    array = x._array
    if 0 in array.strides:  # several elements in one place
        return False
    try:
        if _number(value, array.dtype):
            array[place] = value
        else:
            part = array[place]
            if not _beside(value, part) or not apart(part):
                return False
            part[...] = value._array
    except (IndexError, ValueError):
        return False
    written(x)
    return True


def fill(x: Tensor, value: object) -> bool:
    """Every element of x becomes the number."""
    if not _plain(x) or not _number(value, x._array.dtype):
        return False
    x._array.fill(value)
    written(x)
    return True


def copy(x: Tensor, source: object) -> bool:
    """x becomes what a tensor of its shape holds."""
    if not _plain(x) or not _beside(source, x._array) or source._array.shape != x._array.shape or not apart(x._array):
        return False
    x._array[...] = source._array
    written(x)
    return True
