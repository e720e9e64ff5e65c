"""A batch out of samples: tensors are stacked, numbers become tensors, containers are gone through."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Mapping, MutableMapping, MutableSequence, Sequence

import numpy as np

from ... import dtypes
from ...ops.creation import as_tensor, tensor
from ...ops.joining import stack
from ...tensor import Tensor

CollateMap = dict[type | tuple[type, ...], Callable]


def default_collate(batch: Sequence) -> object:
    """One batch out of a list of samples, what DataLoader does where no collate_fn is given.

    Tensors of one shape are stacked along a new first dimension, arrays and numbers become a tensor (Python floats
    float64), strings stay a list; dicts, lists, tuples and named tuples are gone through.
    TypeError for anything else, RuntimeError where shapes or lengths differ.

    >>> default_collate([{"x": 1.0, "name": "a"}, {"x": 2.0, "name": "b"}])
    {'x': tensor([1., 2.], dtype=torch.float64), 'name': ['a', 'b']}
    """
    return collate(batch, collate_fn_map=default_collate_fn_map)


def collate(batch: Sequence, *, collate_fn_map: CollateMap | None = None) -> object:
    """default_collate with a table of one's own: for each type of sample, what makes a batch of it."""
    first = batch[0]
    kind, table = type(first), collate_fn_map or {}
    make = table.get(kind) or next((f for key, f in table.items() if isinstance(first, key)), None)
    if make is not None:
        return make(batch, collate_fn_map=collate_fn_map)

    def together(samples: Sequence) -> object:
        return collate(samples, collate_fn_map=collate_fn_map)

    if isinstance(first, Mapping):
        return _like_mapping(first, {key: together([sample[key] for sample in batch]) for key in first})
    if isinstance(first, Sequence):
        if isinstance(first, tuple) and hasattr(first, "_fields"):
            return kind(*map(together, zip(*batch, strict=False)))
        if any(len(sample) != len(first) for sample in batch):
            raise RuntimeError("each element in list of batch should be of equal size")
        return _like_sequence(first, map(together, zip(*batch, strict=True)))
    raise _not_collatable(kind)


def default_convert(data: object) -> object:
    """Arrays in a sample become tensors, containers are gone through; what DataLoader does with batch_size=None.

    >>> default_convert([np.arange(2), "a", 1])
    [tensor([0, 1]), 'a', 1]
    """
    if isinstance(data, Tensor):
        return data
    if type(data).__module__ == "numpy":
        return data if _is_text(getattr(data, "dtype", None)) else as_tensor(data)
    if isinstance(data, Mapping):
        return _like_mapping(data, {key: default_convert(data[key]) for key in data})
    if isinstance(data, tuple) and hasattr(data, "_fields"):
        return type(data)(*map(default_convert, data))
    if isinstance(data, Sequence) and not isinstance(data, (str, bytes)):
        return _like_sequence(data, map(default_convert, data))
    return data


def _like_mapping(pattern: Mapping, items: dict) -> Mapping:
    """The items in a mapping of the pattern's own type, where that can be made; else in a dict."""
    try:
        if isinstance(pattern, MutableMapping):
            twin = copy.copy(pattern)  # keeps whatever else the mapping knows
            twin.update(items)
            return twin
        return type(pattern)(items)
    except TypeError:
        return items


def _like_sequence(pattern: Sequence, items: Iterable) -> Sequence:
    """The items in a sequence of the pattern's own type, where that can be made; else, and for a tuple, in a list."""
    items = list(items)
    if isinstance(pattern, tuple):
        return items
    try:
        if isinstance(pattern, MutableSequence):
            twin = copy.copy(pattern)
            for i, item in enumerate(items):
                twin[i] = item
            return twin
        return type(pattern)(items)
    except TypeError:
        return items


def _is_text(dtype: np.dtype | None) -> bool:
    return dtype is not None and dtype.kind in "SUO"


def _not_collatable(what: object) -> TypeError:
    return TypeError(
        f"default_collate: batch must contain tensors, numpy arrays, numbers, dicts or lists; found {what}"
    )


def _tensors(batch: Sequence[Tensor], *, collate_fn_map: CollateMap | None = None) -> Tensor:
    return stack(batch, 0)


def _arrays(batch: Sequence[np.ndarray], *, collate_fn_map: CollateMap | None = None) -> object:
    if _is_text(batch[0].dtype):
        raise _not_collatable(batch[0].dtype)
    return collate([as_tensor(array) for array in batch], collate_fn_map=collate_fn_map)


def _array_scalars(batch: Sequence[np.generic], *, collate_fn_map: CollateMap | None = None) -> Tensor:
    return as_tensor(np.asarray(batch))


def _floats(batch: Sequence[float], *, collate_fn_map: CollateMap | None = None) -> Tensor:
    return tensor(batch, dtype=dtypes.float64)


def _integers(batch: Sequence[int], *, collate_fn_map: CollateMap | None = None) -> Tensor:
    return tensor(batch)


def _unchanged(batch: Sequence, *, collate_fn_map: CollateMap | None = None) -> Sequence:
    return batch


# In this order: a NumPy float64 is a Python float too, and a bool an int.
default_collate_fn_map: CollateMap = {
    Tensor: _tensors,
    np.ndarray: _arrays,
    (np.bool_, np.number, np.object_): _array_scalars,
    float: _floats,
    int: _integers,
    str: _unchanged,
    bytes: _unchanged,
}
