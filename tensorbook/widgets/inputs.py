"""Reading where a tensor's elements lie, from public attributes alone: tensorbook's, PyTorch's, and NumPy's arrays.

Nothing here imports PyTorch: a tensor is whatever answers `stride()`, `storage_offset()` and `untyped_storage()`.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import pairwise
from math import isfinite, prod
from typing import Any
from warnings import catch_warnings, simplefilter

import numpy as np


@dataclass(frozen=True)
class Layout:
    """A tensor as memory: which slot of which storage each element is read from. Slots, not bytes, are counted."""

    kind: str
    """What it is, as people call it: `torch.Tensor`, `numpy.ndarray`."""
    dtype: str
    itemsize: int
    shape: tuple[int, ...]
    stride: tuple[int, ...]
    offset: int
    slots: int
    """How many elements the whole storage has room for."""
    is_view: bool
    memory: int
    """The address at which the storage begins: two tensors share memory where it is the same."""
    read: Callable[[int, int], list[Any]]
    """The values of the slots from `start` up to `stop`, or Nones where a tensor has no values (on `meta`)."""

    @property
    def numel(self) -> int:
        return prod(self.shape)

    def slot(self, index: Iterable[int]) -> int:
        """The slot of the element at `index`: `offset + Σ index[d] · stride[d]`."""
        return self.offset + sum(i * s for i, s in zip(index, self.stride, strict=True))

    def why_not_contiguous(self) -> str:
        """Which dim breaks the row-major order, in words; empty for a contiguous tensor."""
        expected = 1
        if self.numel == 0:
            return ""
        for dim in reversed(range(len(self.shape))):
            if self.shape[dim] != 1:
                if self.stride[dim] != expected:
                    return f"dim {dim} steps {self.stride[dim]}, not {expected}"
                expected *= self.shape[dim]
        return ""

    def find(self, slot: int) -> tuple[int, ...] | None:
        """An index that leads to this slot, or None; exact, also for overlapping strides and billions of elements."""
        if self.numel == 0:
            return None
        target, steps, index = slot - self.offset, [], [0] * len(self.shape)
        for dim, (size, stride) in enumerate(zip(self.shape, self.stride, strict=True)):
            if stride < 0:  # count from the other end
                target -= (size - 1) * stride
            if stride and size > 1:
                steps.append((abs(stride), size, dim))
        steps.sort(reverse=True)
        counts = _count_out(target, [(stride, size) for stride, size, _ in steps])
        if counts is None:
            return None
        for count, (_, size, dim) in zip(counts, steps, strict=True):
            index[dim] = count if self.stride[dim] > 0 else size - 1 - count
        return tuple(index)


def _count_out(target: int, steps: list[tuple[int, int]]) -> list[int] | None:
    """How many of each step add up to `target`, the largest step first; None where they cannot."""
    if not steps:
        return [] if target == 0 else None
    (stride, size), rest = steps[0], steps[1:]
    reach = sum((n - 1) * s for s, n in rest)
    lowest, highest = max(0, -(-(target - reach) // stride)), min(size - 1, target // stride)
    for count in range(highest, lowest - 1, -1):
        if (others := _count_out(target - count * stride, rest)) is not None:
            return [count, *others]
    return None


def read(x: Any) -> Layout:
    """The layout of a tensor or a NumPy array; `TypeError` for anything else.

    >>> layout = read(np.arange(12).reshape(3, 4)[:, ::2])
    >>> layout.shape, layout.stride, layout.offset, layout.slots
    ((3, 2), (4, 2), 0, 12)
    >>> layout.slot((1, 1))
    6
    """
    if isinstance(x, np.ndarray):
        return _read_array(x)
    if all(callable(getattr(x, name, None)) for name in ("stride", "storage_offset", "untyped_storage")):
        return _read_tensor(x)
    given = type(x).__name__
    raise TypeError(f"expected a tensor or a NumPy array, was given {given}; tensorbook.tensor(...) makes a tensor")


def _read_tensor(x: Any) -> Layout:
    kind = f"{type(x).__module__.partition('.')[0]}.{type(x).__name__}"
    if not str(getattr(x, "layout", "strided")).endswith("strided"):
        raise TypeError(f"a {x.layout} tensor has no strides; expected a dense one, such as x.to_dense()")
    storage, plain = x.untyped_storage(), x.detach()
    has_values = str(x.device) != "meta"

    def values(start: int, stop: int) -> list[Any]:
        return plain.as_strided((stop - start,), (1,), start).tolist() if has_values else [None] * (stop - start)

    return Layout(
        kind=kind,
        dtype=str(x.dtype).rpartition(".")[2],
        itemsize=x.element_size(),
        shape=tuple(x.shape),
        stride=tuple(x.stride()),
        offset=x.storage_offset(),
        slots=storage.nbytes() // x.element_size(),
        is_view=x._base is not None,
        memory=storage.data_ptr(),
        read=values,
    )


class _Memory:
    """All the memory that an array is a part of, for NumPy to read; it keeps the array alive."""

    def __init__(self, array: np.ndarray, start: int, slots: int):
        self.array = array
        self.__array_interface__ = {
            "data": (start, not array.flags.writeable), "shape": (slots,), "typestr": array.dtype.str, "version": 3,
        }  # fmt: skip


def _whole(x: np.ndarray) -> tuple[int, int]:
    """The address at which the memory behind an array begins, and how many of its elements fit into it."""
    if x.dtype.kind not in "biufc":
        raise TypeError(f"expected an array of numbers or bools, was given one of {x.dtype}")
    if x.dtype.byteorder not in "=|" and not x.dtype.isnative:
        raise TypeError(f"the array's bytes are in the other order ({x.dtype.str}); convert it by .astype first")
    owner: Any = x
    while isinstance(base := getattr(owner, "base", None), np.ndarray) or hasattr(base, "__array_interface__"):
        owner = base
    ends = [np.lib.array_utils.byte_bounds(a) for a in (owner, x) if isinstance(a, np.ndarray) and a.size]
    if not ends:
        return _address(x), 0
    start = min(low for low, _ in ends)
    if any(step % x.itemsize for step in (*x.strides, _address(x) - start)):
        raise TypeError(f"the array steps {x.strides} bytes, which is not whole elements of {x.itemsize} bytes")
    return start, (max(high for _, high in ends) - start) // x.itemsize


def _address(x: np.ndarray) -> int:
    return x.__array_interface__["data"][0]


def _flat(x: np.ndarray) -> np.ndarray:
    """The whole memory behind an array, as one row of its elements: shared, not copied."""
    start, slots = _whole(x)
    return np.asarray(_Memory(x, start, slots)) if slots else x.reshape(-1)


def _read_array(x: np.ndarray) -> Layout:
    (start, slots), flat = _whole(x), _flat(x)
    return Layout(
        kind="numpy.ndarray",
        dtype=x.dtype.name,
        itemsize=x.itemsize,
        shape=x.shape,
        stride=tuple(step // x.itemsize for step in x.strides),
        offset=(_address(x) - start) // x.itemsize if slots else 0,
        slots=slots,
        is_view=x.base is not None,
        memory=start,
        read=lambda first, last: flat[first:last].tolist(),
    )


def as_tensor(x: Any) -> Any:
    """What the view ops are called on: a tensor as it is, an array as a tensorbook tensor over the same memory.

    Raises `ValueError` for an array with a negative stride, which tensors cannot have.
    """
    if not isinstance(x, np.ndarray):
        return x
    layout = _read_array(x)
    if any(step < 0 for step in layout.stride):
        raise ValueError(f"the array has a negative stride, {layout.stride}, which a tensor cannot have; copy it first")
    from ..ops.creation import from_numpy  # imported here: reading a picture needs no tensor

    with catch_warnings():
        simplefilter("ignore", UserWarning)  # a read-only array: the explorer never writes
        return from_numpy(_flat(x)).as_strided(layout.shape, layout.stride, layout.offset)


def short(value: Any) -> str:
    """A value in at most four significant digits.

    >>> short(3.14159), short(-0.000012345), short(123456), short(True), short(2 + 0.5j), short(float("nan"))
    ('3.142', '-1.234e-5', '1.235e5', 'True', '2+0.5j', 'nan')
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, complex):
        return f"{short(value.real)}{'' if value.imag < 0 else '+'}{short(value.imag)}j"
    if isinstance(value, int) and abs(value) < 10_000:
        return str(value)
    if isinstance(value, float) and not isfinite(value):
        return str(value)
    digits, e, power = f"{float(value):.4g}".partition("e")
    return f"{digits}e{int(power)}" if e else digits


def exact(value: Any, dtype: str) -> str:
    """A value in as many digits as its dtype tells apart.

    >>> exact(0.10000000149011612, "float32"), exact(0.1, "float64"), exact(7, "int64")
    ('0.1', '0.1', '7')
    """
    narrow = {"float16": np.float16, "float32": np.float32}.get(dtype)
    return str(narrow(value)) if narrow and isinstance(value, float) else str(value)


def breaks(layout: Layout) -> list[int]:
    """The dims d that do not continue into dim d + 1, where `stride[d] != stride[d + 1] · shape[d + 1]`.

    `view` can merge neighbouring dims only where there is no break between them; dims of size 1 never break.
    """
    dims = [d for d, size in enumerate(layout.shape) if size != 1]
    return [a for a, b in pairwise(dims) if layout.stride[a] != layout.stride[b] * layout.shape[b]]
