"""The arithmetic of views: from one (shape, strides, offset) to another, over the same memory.

Everything here works on tuples of Python numbers, in elements; nothing is copied, whatever the size. (Where NumPy's own
views have PyTorch's strides, view.py uses those.) https://pytorch.org/docs/stable/tensor_view.html
"""

from __future__ import annotations

import math

import numpy as np

from .. import dtypes
from ..tensor import Tensor, contiguous_strides, storage_of, strides, wrap_dim
from .words import type_name

Geometry = tuple[tuple[int, ...], tuple[int, ...], int]


def of(x: Tensor) -> Geometry:
    """What a tensor is, besides its storage."""
    storage_of(x)
    return x._array.shape, strides(x._array), x.storage_offset()


def in_rows(array: object) -> bool:
    """Whether all strides are those of rows after rows, so that NumPy's `reshape` gives PyTorch's strides.

    A contiguous array may have other ones where a length is 1, since nobody ever steps there.
    """
    return array.flags.c_contiguous and (1 not in array.shape or strides(array) == contiguous_strides(array.shape))


def infer(shape: tuple[int, ...], count: int) -> tuple[int, ...]:
    """A shape with its one -1 filled in. RuntimeError where the elements do not fit.

    >>> infer((2, -1), 12)
    (2, 6)
    """
    product = math.prod(shape)
    if product == count and (not shape or min(shape) >= 0):
        return shape
    if product < 0 and shape.count(-1) == 1 and min(shape) == -1 and count % product == 0:
        return tuple([n if n != -1 else -count // product for n in shape])
    shape = tuple([int(n) for n in shape])
    unknown = [i for i, n in enumerate(shape) if n == -1]
    if len(unknown) > 1:
        raise RuntimeError("only one dimension can be inferred")
    if any(n < -1 for n in shape):
        at = next(i for i, n in enumerate(shape) if n < -1)
        raise RuntimeError(f"invalid shape dimension {shape[at]} at index {at} of shape {list(shape)}")
    known = math.prod(n for n in shape if n != -1)
    if unknown:
        if known == 0:
            raise RuntimeError(
                f"cannot reshape tensor of 0 elements into shape {list(shape)} because the unspecified "
                "dimension size -1 "
                "can be any value and is ambiguous"
            )
        if count % known == 0:
            return tuple(count // known if n == -1 else n for n in shape)
    elif known == count:
        return shape
    raise RuntimeError(f"shape '{list(shape)}' is invalid for input of size {count}")


def view_strides(old: tuple[int, ...], steps: tuple[int, ...], new: tuple[int, ...]) -> tuple[int, ...] | None:
    """Strides that show the same memory in another shape; None where there are none, and only a copy will do.

    Old dimensions are grouped into runs that lie seamlessly one within the other (each stride is the next one's
    length times stride). A new dimension may split or join dimensions within a run, never across two.

    >>> view_strides((2, 3, 4), (12, 4, 1), (6, 4)), view_strides((4, 3), (1, 4), (12,))
    ((4, 1), None)
    """
    if 0 in old:
        return steps if old == new else contiguous_strides(new)
    if not old:
        return (1,) * len(new)
    result = [0] * len(new)
    at = len(new) - 1  # the new dimension to be placed next, from the last
    inner = steps[-1]  # stride of the run's innermost element
    run = placed = 1  # elements in the current run of old dimensions; of these, covered by new ones
    for i in range(len(old) - 1, -1, -1):
        run *= old[i]
        run_ends = i == 0 or (old[i - 1] != 1 and steps[i - 1] != run * inner)
        if not run_ends:
            continue
        while at >= 0 and (placed < run or new[at] == 1):
            result[at] = placed * inner
            placed *= new[at]
            at -= 1
        if placed != run:
            return None
        if i > 0:
            inner, run, placed = steps[i - 1], 1, 1
    return tuple(result) if at == -1 else None


def view(x: Tensor, shape: tuple[int, ...]) -> Geometry:
    old, steps, offset = of(x)
    new = view_strides(old, steps, shape)
    if new is None:
        raise RuntimeError(
            "view size is not compatible with input tensor's size and stride (at least one dimension spans across two "
            "contiguous subspaces). Use .reshape(...) instead."
        )
    return shape, new, offset


def unsqueeze(x: Tensor, dim: int) -> Geometry:
    shape, steps, offset = of(x)
    dim = wrap_dim(dim, len(shape) + 1)
    step = shape[dim] * steps[dim] if dim < len(shape) else 1
    return (*shape[:dim], 1, *shape[dim:]), (*steps[:dim], step, *steps[dim:]), offset


def expand(x: Tensor, sizes: tuple[int, ...]) -> Geometry:
    shape, steps, offset = of(x)
    extra = len(sizes) - len(shape)
    if extra < 0:
        raise RuntimeError(
            f"expand({x.dtype}{list(shape)}, size={list(sizes)}): the number of sizes provided ({len(sizes)}) must be "
            f"greater or equal to the number of dimensions in the tensor ({len(shape)})"
        )
    if not shape and min(sizes, default=0) >= 0:
        return tuple(sizes), (0,) * extra, offset  # one number, repeated
    new_shape, new_steps = [], []
    for i, n in reversed(list(enumerate(sizes))):  # from the last, as PyTorch names the first that does not fit
        old = 1 if i < extra else shape[i - extra]
        if i < extra and n < 0:
            raise RuntimeError(
                f"The expanded size of the tensor ({n}) isn't allowed in a leading, non-existing dimension {i}"
            )
        n = old if n == -1 else n
        if n < 0 or (n != old and old != 1):
            raise RuntimeError(
                f"The expanded size of the tensor ({n}) must match the existing size ({old}) at non-singleton "
                "dimension "
                f"{i}.  Target sizes: {list(sizes)}.  Tensor sizes: {list(shape)}"
            )
        if n == old and i >= extra:
            step = steps[i - extra]
        elif i < extra and n == 1:  # as if the dimension had been there
            step = new_shape[-1] * new_steps[-1] if new_shape else 1
        else:
            step = 0
        new_shape.append(n)
        new_steps.append(step)
    return tuple(new_shape[::-1]), tuple(new_steps[::-1]), offset


def diagonal(x: Tensor, offset: int, dim1: int, dim2: int) -> Geometry:
    shape, steps, start = of(x)
    a, b = wrap_dim(dim1, len(shape)), wrap_dim(dim2, len(shape))
    if a == b:
        raise RuntimeError(f"diagonal dimensions cannot be identical {dim1}, {dim2}")
    length = max(min(shape[a], shape[b] - offset) if offset >= 0 else min(shape[a] + offset, shape[b]), 0)
    if length:
        start += offset * steps[b] if offset >= 0 else -offset * steps[a]
    keep = [i for i in range(len(shape)) if i not in (a, b)]
    return (*[shape[i] for i in keep], length), (*[steps[i] for i in keep], steps[a] + steps[b]), start


def unfold(x: Tensor, dimension: int, size: int, step: int) -> Geometry:
    """Every window of a length along one dimension, in a new last dimension."""
    shape, steps, offset = of(x)
    dim = wrap_dim(dimension, len(shape))
    length, stride = (shape[dim], steps[dim]) if shape else (1, 1)
    if size > length:
        raise RuntimeError(f"maximum size for tensor at dimension {dim} is {length} but size is {size}")
    if step <= 0:
        raise RuntimeError(f"step is {step} but must be > 0")
    windows = (length - size) // step + 1
    head_shape, head_steps = (list(shape), list(steps)) if shape else ([], [])
    if shape:
        head_shape[dim], head_steps[dim] = windows, stride * step
    return (*head_shape, size), (*head_steps, stride), offset


def as_strided(x: Tensor, size: tuple[int, ...], stride: tuple[int, ...], offset: int | None) -> Geometry:
    if len(size) != len(stride):
        raise RuntimeError(f"mismatch in length of strides and shape: {len(stride)} strides, {len(size)} dimensions")
    if any(s < 0 for s in stride):
        raise RuntimeError(f"as_strided: Negative strides are not supported at the moment, got strides: {list(stride)}")
    storage_of(x)
    return tuple(size), tuple(stride), x.storage_offset() if offset is None else offset


def as_dtype(x: Tensor, dtype: dtypes.dtype) -> Geometry:
    """The same bytes as elements of another dtype."""
    shape, steps, offset = of(x)
    old, size = x._array.itemsize, dtype.itemsize
    if size == old:
        return shape, steps, offset
    if not shape:
        kinds = (type_name(np.empty(0, kind.numpy)) for kind in (x.dtype, dtype))
        raise RuntimeError("self.dim() cannot be 0 to view {} as {} (different element sizes)".format(*kinds))
    if size < old:
        times = old // size
        if steps[-1] != 1:
            raise RuntimeError(
                f"self.stride(-1) must be 1 to view a tensor of elements of {old} bytes as elements of {size} bytes, "
                f"but got {steps[-1]}"
            )
        return (*shape[:-1], shape[-1] * times), (*[s * times for s in steps[:-1]], 1), offset * times
    times = size // old
    uneven = [n for n in (shape[-1], offset, *steps[:-1]) if n % times]
    if uneven or steps[-1] != 1:
        raise RuntimeError(
            f"self.size(-1), self.storage_offset() and all strides but the last must be divisible by {times}, and "
            f"self.stride(-1) must be 1, to view elements of {old} bytes as elements of {size} bytes, but got "
            f"size {list(shape)}, strides {list(steps)} and storage offset {offset}"
        )
    return (*shape[:-1], shape[-1] // times), (*[s // times for s in steps[:-1]], 1), offset // times
