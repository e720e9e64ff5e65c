"""Arrays of the numbers that people write down: nested lists, tuples and ranges, arrays, tensors, single numbers."""

from __future__ import annotations

import functools

import numpy as np

from .. import devices, dtypes
from ..size import Size
from ..storage import TypedStorage, UntypedStorage
from ..tensor import Tensor, fill
from .fitting import all_fitting
from .view import alias_, sizes
from .words import type_of

ONE_ELEMENT = {
    "f": ValueError("only one element tensors can be converted to Python scalars"),
    "iu": TypeError("only integer tensors of a single element can be converted to an index"),
}


def kind_of(dtype: object) -> np.dtype:
    """NumPy's dtype for one of ours, the default one for None. TypeError for what is no dtype."""
    if dtype is None:
        return dtypes.get_default_dtype().numpy
    if not isinstance(dtype, dtypes.dtype):
        dtype = dtypes.meant(dtype)
    return dtype.numpy


def readable(array: np.ndarray) -> np.ndarray:
    """The array, if a tensor could look at its memory."""
    kind = dtypes.from_numpy_dtype(array.dtype).numpy
    if any(s < 0 for s in array.strides):
        raise ValueError(
            "At least one stride in the given numpy array is negative, and tensors with negative strides are not "
            "currently supported. (You can probably work around this by making a copy of your array  with "
            "array.copy().) "
        )
    return array if array.dtype is kind else array.view(kind)  # a pickled array brings a dtype object of its own


def array_of(data: object, dtype: object) -> np.ndarray:
    """A fresh array with the data's numbers."""
    if isinstance(data, Tensor):
        return data._array.astype(data._array.dtype if dtype is None else kind_of(dtype), copy=True)
    if isinstance(data, (TypedStorage, UntypedStorage)):
        data = devices.move(data._numbers(), devices.CPU)
    if isinstance(data, (np.ndarray, np.generic)):
        array = readable(np.asarray(data))
        return np.array(array, dtype=array.dtype if dtype is None else kind_of(dtype), order="C")
    if isinstance(data, (bool, int, float)):
        return all_fitting(data, dtypes.of_scalar(data).numpy if dtype is None else kind_of(dtype))
    if hasattr(data, "__cuda_array_interface__"):
        return devices.gpu_module().array(data, dtype=None if dtype is None else kind_of(dtype))
    if hasattr(data, "__array__"):
        return array_of(np.asarray(data), dtype)
    if not _is_sequence(data):
        raise _no_number(data)
    return _array_of_sequence(data, _kind_inside(data) if dtype is None else kind_of(dtype))


def _array_of_sequence(data: object, kind: np.dtype) -> np.ndarray:
    _shape_of(data, kind)
    return all_fitting(_plain(data, kind), kind)


def _is_sequence(data: object) -> bool:
    if isinstance(data, (list, tuple)):
        return True
    if isinstance(data, (str, bytes, dict, Tensor, np.ndarray)):
        return False
    return hasattr(data, "__len__") and hasattr(data, "__getitem__")


def _no_number(item: object) -> Exception:
    if isinstance(item, (str, bytes)):
        return TypeError(f"new(): invalid data type '{type(item).__name__}'")
    if isinstance(item, complex):
        return TypeError(f"tensorbook has no complex numbers; given {item}")
    return RuntimeError(f"Could not infer dtype of {type_of(item)}")


def _kind_inside(data: object) -> np.dtype:
    """The dtype in which all numbers of nested sequences meet; the default one where there are none."""
    found: set[dtypes.dtype] = set()
    _find_kinds(data, found)
    return functools.reduce(dtypes.promote_types, found or {dtypes.get_default_dtype()}).numpy


def _find_kinds(data: object, found: set[dtypes.dtype]) -> None:
    if len(data) and isinstance(data[0], str):
        raise ValueError("too many dimensions 'str'")
    for kind in set(map(type, data)):
        if kind in (bool, int, float):
            found.add(dtypes.of_scalar(kind()))
            continue
        for item in data:
            if type(item) is not kind:
                continue
            if _is_sequence(item):
                _find_kinds(item, found)
            elif isinstance(item, Tensor):
                found.add(item.dtype)
            elif isinstance(item, (np.ndarray, np.generic)):
                found.add(dtypes.from_numpy_dtype(item.dtype))
            else:
                raise _no_number(item)


def _shape_of(data: object, kind: np.dtype, depth: int = 0) -> list[int]:
    """The shape of nested sequences, with PyTorch's complaint where they are ragged."""
    if isinstance(data, np.ndarray):
        return list(data.shape)
    if not isinstance(data, (list, tuple)) and not _is_sequence(data):
        return []
    if not len(data):
        return [0]
    first = _shape_of(data[0], kind, depth + 1)
    for item in data[1:]:
        other = _shape_of(item, kind, depth + 1)
        if other == first:
            continue
        if len(other) < len(first):
            raise TypeError("not a sequence")
        if len(other) > len(first):
            given = type(item).__name__
            integers = f"'{given}' object cannot be interpreted as an integer"
            raise TypeError(f"must be real number, not {given}" if kind.kind == "f" else integers)
        at = next(i for i, (m, n) in enumerate(zip(first, other, strict=True)) if m != n)
        raise ValueError(f"expected sequence of length {first[at]} at dim {depth + 1 + at} (got {other[at]})")
    return [len(data), *first]


def _plain(data: object, kind: np.dtype) -> object:
    """The same nest of lists, each tensor in it replaced by its only number."""
    if isinstance(data, Tensor):
        if data._array.size != 1:
            raise ONE_ELEMENT["iu" if kind.kind in "iu" else "f"]
        return data._array.item()
    if isinstance(data, (list, tuple)) or _is_sequence(data):
        return [_plain(d, kind) for d in data]
    return data


# ---- Tensor(...) and FloatTensor(...)


def constructed(cls: type, *args: object, device: object = None, **others: object) -> Tensor:
    """`Tensor(2, 3)` is uninitialised with that shape, `Tensor([2, 3])` holds those numbers, in the default dtype.

    Raises TypeError for a single number that is not an integer, for text, and for any keyword but `device`.
    """
    if others:
        raise TypeError(
            f"new() received an invalid combination of arguments: it does not know {', '.join(others)}; "
            "torch.tensor takes dtype and requires_grad"
        )
    return of_kind(cls, args, kind_of(None), device)


def of_kind(cls: type, args: tuple, kind: np.dtype, device: object) -> Tensor:
    """What `constructed` makes, in any dtype."""
    place = devices.resolve(device)
    data = args[0] if len(args) == 1 else None
    if isinstance(data, Tensor):
        return fill(object.__new__(cls), devices.move(data._array, place)) if data._node is None else alias_(data)
    if isinstance(data, (TypedStorage, UntypedStorage)):
        flat = data._storage.elements().view(kind)
        return fill(object.__new__(cls), flat, data._storage)
    if len(args) != 1 or (isinstance(data, (int, np.integer, Size)) and not isinstance(data, bool)):
        shape = sizes(args or (0,), "new")
        if any(n < 0 for n in shape):
            negative = next(n for n in shape if n < 0)
            raise RuntimeError(f"Trying to create tensor with negative dimension {negative}: {list(shape)}")
        return fill(object.__new__(cls), devices.module_for(place).zeros(shape, dtype=kind))
    if isinstance(data, np.ndarray):
        array = np.array(data, dtype=kind)
    elif _is_sequence(data):
        if len(data) and isinstance(data[0], str):
            raise ValueError("too many dimensions 'str'")
        array = _array_of_sequence(data, kind)
    elif isinstance(data, (str, bytes)):
        raise _no_number(data)
    else:
        raise TypeError(f"new(): data must be a sequence (got {type_of(data)})")
    return fill(object.__new__(cls), devices.move(array, place))
