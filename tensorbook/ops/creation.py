"""New tensors, from data or by rule."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from .. import devices, dtypes
from ..tensor import Tensor, make, storage_of
from .view import sizes


def finished(array: np.ndarray, requires_grad: bool = False) -> Tensor:
    tensor = make(array)
    if not requires_grad:
        return tensor
    if array.dtype.kind != "f":
        raise RuntimeError("Only Tensors of floating point and complex dtype can require gradients")
    return tensor.requires_grad_()


def _kind(dtype: dtypes.dtype | None) -> np.dtype:
    if dtype is None:
        return dtypes.get_default_dtype().numpy
    if not isinstance(dtype, dtypes.dtype):
        raise TypeError(f"dtype must be a torch.dtype such as torch.float32, not {type(dtype).__name__}: {dtype!r}")
    return dtype.numpy


# ---- from data


def _infer(data: object) -> np.dtype:
    """The dtype of nested lists of numbers: floating if any is, else int64 if any is, else bool."""
    found = None
    stack = [data]
    while stack:
        item = stack.pop()
        if isinstance(item, (list, tuple)):
            stack.extend(item)
            continue
        if isinstance(item, str):
            raise (
                ValueError("too many dimensions 'str'")
                if data and isinstance(data[0], str)
                else TypeError("new(): invalid data type 'str'")
            )
        kind = item.dtype if isinstance(item, Tensor) else (
            dtypes.from_numpy_dtype(item.dtype) if isinstance(item, (np.ndarray, np.generic))
            else dtypes.of_scalar(item)
        )  # fmt: skip
        if found is None or kind.category > found.category:
            found = kind
        if found.category == dtypes.FLOATING and isinstance(item, float):
            break
    return (found or dtypes.get_default_dtype()).numpy


def _shape_of(data: object, depth: int = 0) -> list[int]:
    """The shape of nested sequences, with PyTorch's complaint where they are ragged."""
    if isinstance(data, (Tensor, np.ndarray)):
        return list(data.shape)
    if not isinstance(data, (list, tuple)):
        return []
    if not data:
        return [0]
    first = _shape_of(data[0], depth + 1)
    for item in data[1:]:
        other = _shape_of(item, depth + 1)
        if other != first:
            if len(other) != len(first):
                raise ValueError(
                    f"expected sequence of equal nesting at dim {depth + 1}, got shapes {first} and {other}"
                )
            at = next(i for i, (m, n) in enumerate(zip(first, other, strict=True)) if m != n)
            raise ValueError(f"expected sequence of length {first[at]} at dim {depth + 1 + at} (got {other[at]})")
    return [len(data), *first]


def _from_data(data: object, dtype: dtypes.dtype | None) -> np.ndarray:
    """A fresh array with the data's numbers."""
    if isinstance(data, Tensor):
        return data._array.astype(data._array.dtype if dtype is None else _kind(dtype), copy=True)
    if isinstance(data, (np.ndarray, np.generic)):
        array = _readable(np.asarray(data))
        return np.array(array, dtype=array.dtype if dtype is None else _kind(dtype), order="C")
    if isinstance(data, (bool, int, float)):
        kind = dtypes.of_scalar(data).numpy if dtype is None else _kind(dtype)
        return _checked(data, kind)
    if hasattr(data, "__cuda_array_interface__"):
        return devices.gpu_module().array(data, dtype=None if dtype is None else _kind(dtype))
    if hasattr(data, "__array__"):
        return _from_data(np.asarray(data), dtype)
    if not isinstance(data, (list, tuple)):
        if not hasattr(data, "__len__") or not hasattr(data, "__getitem__") or isinstance(data, (str, bytes, dict)):
            if isinstance(data, str):
                raise TypeError("new(): invalid data type 'str'")
            raise RuntimeError(f"Could not infer dtype of {type(data).__name__}")
        data = list(data)
    _shape_of(data)
    kind = _infer(data) if dtype is None else _kind(dtype)
    return _checked(_plain(data), kind)


def _plain(data: object) -> object:
    """Tensors among the data as lists of their numbers."""
    if isinstance(data, (list, tuple)):
        return [_plain(d) for d in data]
    return data._array.tolist() if isinstance(data, Tensor) else data


def _checked(data: object, kind: np.dtype) -> np.ndarray:
    """An array of Python numbers; a number that does not fit is an error, not a surprise."""
    try:
        return np.array(data, dtype=kind)
    except OverflowError:
        if kind.kind in "iu":
            raise RuntimeError(
                f"value cannot be converted to type {dtypes.from_numpy_dtype(kind)} without overflow"
            ) from None
        raise
    except (TypeError, ValueError):
        if kind.kind in "iu":  # floats become integers by cutting off
            return np.array(data, dtype=np.float64).astype(kind)
        raise


def tensor(
    data: object, *, dtype: dtypes.dtype | None = None, device: object = None, requires_grad: bool = False,
    pin_memory: bool = False,
) -> Tensor:  # fmt: skip
    """A new tensor with a copy of the data: a number, nested lists, an array or a tensor.

    Raises ValueError for lists of unequal length, TypeError or RuntimeError for what is not a number.

    >>> import tensorbook as torch
    >>> torch.tensor([[1, 2], [3, 4]]), torch.tensor(2.5).dtype
    (tensor([[1, 2],
            [3, 4]]), torch.float32)
    """
    place = devices.resolve(data.device if device is None and isinstance(data, Tensor) else device)
    return finished(devices.move(_from_data(data, dtype), place), requires_grad)


def as_tensor(data: object, dtype: dtypes.dtype | None = None, device: object = None) -> Tensor:
    """The data as a tensor, sharing memory with an array or tensor where dtype and device allow it."""
    if isinstance(data, Tensor):
        return data.to(device or data.device, dtype or data.dtype)
    if isinstance(data, np.ndarray):
        return from_numpy(data).to(devices.resolve(device), dtype or dtypes.from_numpy_dtype(data.dtype))
    if hasattr(data, "__cuda_array_interface__"):
        shared = make(devices.gpu_module().asarray(data))
        return shared.to(devices.resolve(device), dtype or shared.dtype)
    return tensor(data, dtype=dtype, device=device)


def asarray(
    obj: object, *, dtype: dtypes.dtype | None = None, device: object = None, copy: bool | None = None,
    requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """The object as a tensor; `copy` forces or forbids memory of its own."""
    result = tensor(obj, dtype=dtype, device=device) if copy else as_tensor(obj, dtype, device).detach()
    return result.requires_grad_() if requires_grad else result


def from_numpy(array: np.ndarray) -> Tensor:
    """A tensor over the memory of a NumPy array: a change of either is seen in both.

    Raises TypeError for what is not an array or of no known dtype, ValueError for negative strides.

    >>> import numpy as np, tensorbook as torch
    >>> a = np.zeros(2)
    >>> x = torch.from_numpy(a)
    >>> a[0] = 7
    >>> x
    tensor([7., 0.], dtype=torch.float64)
    """
    if not isinstance(array, np.ndarray):
        raise TypeError(f"expected np.ndarray (got {type(array).__name__})")
    return make(_readable(array))


def _readable(array: np.ndarray) -> np.ndarray:
    """The array, if a tensor could look at its memory."""
    kind = dtypes.from_numpy_dtype(array.dtype).numpy
    if any(s < 0 for s in array.strides):
        raise ValueError(
            "At least one stride in the given numpy array is negative, and tensors with negative strides are not "
            "currently supported. (You can probably work around this by making a copy of your array  with "
            "array.copy().) "
        )
    return array if array.dtype is kind else array.view(kind)  # a pickled array brings a dtype object of its own


def from_dlpack(other: object) -> Tensor:
    """A tensor over the memory of anything that speaks DLPack."""
    if isinstance(other, Tensor):
        return other.detach()
    if other.__dlpack_device__()[0] == 2:
        return make(devices.gpu_module().from_dlpack(other))
    return make(np.from_dlpack(other))


def scalar_tensor(value: float, *, dtype: dtypes.dtype | None = None, device: object = None) -> Tensor:
    """A number as a tensor without dimensions, in the default dtype."""
    return tensor(value, dtype=dtype or dtypes.get_default_dtype(), device=device)


# ---- filled


def _module(device: object) -> object:
    return devices.module_for(devices.resolve(device))


def _lengths(name: str, size: tuple) -> tuple[int, ...]:
    """The shape meant by the arguments of a creation function."""
    shape = sizes(size)
    if any(n < 0 for n in shape):
        raise RuntimeError(f"{name}: Dimension size must be non-negative.")
    return shape


def empty(
    *size: object, dtype: dtypes.dtype | None = None, device: object = None, requires_grad: bool = False
) -> Tensor:  # fmt: skip
    """Memory of a shape, not filled: whatever lay there."""
    return finished(_module(device).empty(_lengths("empty", size), _kind(dtype)), requires_grad)


def zeros(
    *size: object, dtype: dtypes.dtype | None = None, device: object = None, requires_grad: bool = False
) -> Tensor:  # fmt: skip
    """All 0.

    >>> import tensorbook as torch
    >>> torch.zeros(2, 3)
    tensor([[0., 0., 0.],
            [0., 0., 0.]])
    """
    return finished(_module(device).zeros(_lengths("zeros", size), _kind(dtype)), requires_grad)


def ones(
    *size: object, dtype: dtypes.dtype | None = None, device: object = None, requires_grad: bool = False
) -> Tensor:  # fmt: skip
    """All 1."""
    return finished(_module(device).ones(_lengths("ones", size), _kind(dtype)), requires_grad)


def full(
    size: Sequence[int], fill_value: float, *, dtype: dtypes.dtype | None = None, device: object = None,
    requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """All the same value, in its dtype unless another is given."""
    fill_value = fill_value.item() if isinstance(fill_value, Tensor) else fill_value
    kind = dtypes.of_scalar(fill_value).numpy if dtype is None else _kind(dtype)
    return finished(_module(device).full(_lengths("full", (size,)), fill_value, kind), requires_grad)


def empty_strided(
    size: Sequence[int], stride: Sequence[int], *, dtype: dtypes.dtype | None = None, device: object = None,
    requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """Unfilled memory under a shape and strides."""
    reach = 1 + sum((n - 1) * s for n, s in zip(size, stride, strict=True)) if math.prod(size) else 0
    base = make(_module(device).empty(reach, _kind(dtype)))
    return finished(storage_of(base).window(base._array.dtype, tuple(size), tuple(stride), 0), requires_grad)


def _like(x: Tensor, dtype: dtypes.dtype | None, device: object) -> tuple[object, np.dtype]:
    return _module(x.device if device is None else device), x._array.dtype if dtype is None else _kind(dtype)


def empty_like(
    x: Tensor, *, dtype: dtypes.dtype | None = None, device: object = None, requires_grad: bool = False
) -> Tensor:
    """Unfilled, of another tensor's shape, dtype and device."""
    xp, kind = _like(x, dtype, device)
    return finished(
        xp.empty_like(x._array, dtype=kind) if device is None else xp.empty(x._array.shape, kind), requires_grad
    )


def zeros_like(
    x: Tensor, *, dtype: dtypes.dtype | None = None, device: object = None, requires_grad: bool = False
) -> Tensor:
    """All 0, of another tensor's shape, dtype and device."""
    xp, kind = _like(x, dtype, device)
    return finished(
        xp.zeros_like(x._array, dtype=kind) if device is None else xp.zeros(x._array.shape, kind), requires_grad
    )


def ones_like(
    x: Tensor, *, dtype: dtypes.dtype | None = None, device: object = None, requires_grad: bool = False
) -> Tensor:
    """All 1, of another tensor's shape, dtype and device."""
    xp, kind = _like(x, dtype, device)
    return finished(
        xp.ones_like(x._array, dtype=kind) if device is None else xp.ones(x._array.shape, kind), requires_grad
    )


def full_like(
    x: Tensor,
    fill_value: float,
    *,
    dtype: dtypes.dtype | None = None,
    device: object = None,
    requires_grad: bool = False,
) -> Tensor:
    """All the same value, of another tensor's shape, dtype and device."""
    xp, kind = _like(x, dtype, device)
    return finished(xp.full(x._array.shape, fill_value, kind), requires_grad)


def _new(function: object) -> object:
    def method(
        self: Tensor,
        *size: object,
        dtype: dtypes.dtype | None = None,
        device: object = None,
        requires_grad: bool = False,
    ) -> Tensor:
        return function(*size, dtype=dtype or self.dtype, device=device or self.device, requires_grad=requires_grad)

    method.__name__, method.__doc__ = (
        f"new_{function.__name__}",
        f"torch.{function.__name__} in this tensor's dtype and device.",
    )
    return method


new_zeros, new_ones, new_empty, new_full = _new(zeros), _new(ones), _new(empty), _new(full)


def new_tensor(
    self: Tensor, data: object, *, dtype: dtypes.dtype | None = None, device: object = None, requires_grad: bool = False
) -> Tensor:
    """torch.tensor in this tensor's dtype and device."""
    return tensor(data, dtype=dtype or self.dtype, device=device or self.device, requires_grad=requires_grad)


# ---- by rule


def arange(
    *bounds: float, dtype: dtypes.dtype | None = None, device: object = None, requires_grad: bool = False
) -> Tensor:  # fmt: skip
    """arange(end), arange(start, end), arange(start, end, step): evenly spaced numbers, without the end.

    >>> import tensorbook as torch
    >>> torch.arange(3), torch.arange(1, 2, 0.5)
    (tensor([0, 1, 2]), tensor([1.0000, 1.5000]))
    """
    bounds = [b.item() if isinstance(b, (Tensor, np.generic)) else b for b in bounds]
    start, end, step = (0, bounds[0], 1) if len(bounds) == 1 else (*bounds, 1)[:3]
    if step == 0:
        raise RuntimeError("step must be nonzero")
    if (end - start) / step < 0:
        raise RuntimeError("upper bound and lower bound inconsistent with step sign")
    if dtype is None:
        whole = all(isinstance(b, int) for b in (start, end, step))
        dtype = dtypes.int64 if whole else dtypes.get_default_dtype()
    count = math.ceil((end - start) / step)
    xp = _module(device)
    if dtype.is_floating_point:
        array = (start + xp.arange(count, dtype=np.float64) * step).astype(dtype.numpy)
    else:
        array = xp.arange(count, dtype=np.int64) * int(step) + int(start)
        array = array.astype(dtype.numpy)
    return finished(array, requires_grad)


def linspace(
    start: float, end: float, steps: int, *, dtype: dtypes.dtype | None = None, device: object = None,
    requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """`steps` evenly spaced numbers from start to end, both included.

    >>> import tensorbook as torch
    >>> torch.linspace(0, 1, steps=5)
    tensor([0.0000, 0.2500, 0.5000, 0.7500, 1.0000])
    """
    if steps < 0:
        raise RuntimeError("number of steps must be non-negative")
    kind = _kind(dtype)
    xp = _module(device)
    if steps == 1:
        return finished(xp.full((1,), start, kind), requires_grad)
    wide = kind if kind.kind == "f" and kind.itemsize >= 4 else np.dtype("f8")
    step = wide.type((wide.type(end) - wide.type(start)) / max(steps - 1, 1))
    i = xp.arange(steps)
    half = steps // 2  # counted from both ends, so that the last number is the end exactly
    array = xp.where(
        i < half,
        _fma(i.astype(wide), step, wide.type(start)),
        _fma((steps - 1 - i).astype(wide), -step, wide.type(end)),
    )
    return finished(array.astype(kind), requires_grad)


def _fma(a: np.ndarray, b: float, c: float) -> np.ndarray:
    """a * b + c, rounded once where double precision can show how (the processor's fused multiply-add)."""
    if a.dtype.itemsize > 4:
        return a * b + c
    return (a.astype(np.float64) * np.float64(b) + np.float64(c)).astype(a.dtype)


def logspace(
    start: float, end: float, steps: int, base: float = 10.0, *, dtype: dtypes.dtype | None = None,
    device: object = None, requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """Powers of a base, the exponents evenly spaced."""
    exponents = linspace(start, end, steps, dtype=dtypes.float64, device=device)._array
    return finished((base**exponents).astype(_kind(dtype)), requires_grad)


def eye(
    n: int,
    m: int | None = None,
    *,
    dtype: dtypes.dtype | None = None,
    device: object = None,
    requires_grad: bool = False,
) -> Tensor:
    """1 on the diagonal, 0 elsewhere."""
    if n < 0:
        raise RuntimeError(f"n must be greater or equal to 0, got {n}")
    return finished(_module(device).eye(n, m, dtype=_kind(dtype)), requires_grad)


def tril_indices(
    row: int, col: int, offset: int = 0, *, dtype: dtypes.dtype = dtypes.int64, device: object = None
) -> Tensor:
    """Row and column numbers of the elements on and below a diagonal."""
    return make(np.stack(np.tril_indices(row, offset, col)).astype(dtype.numpy)).to(devices.resolve(device))


def triu_indices(
    row: int, col: int, offset: int = 0, *, dtype: dtypes.dtype = dtypes.int64, device: object = None
) -> Tensor:
    """Row and column numbers of the elements on and above a diagonal."""
    return make(np.stack(np.triu_indices(row, offset, col)).astype(dtype.numpy)).to(devices.resolve(device))


def meshgrid(*tensors: Tensor, indexing: str = "ij") -> tuple[Tensor, ...]:
    """Every combination of coordinates, one tensor per axis."""
    tensors = tuple(tensors[0]) if len(tensors) == 1 and not isinstance(tensors[0], Tensor) else tensors
    if indexing == "xy" and len(tensors) > 1:
        first, second, *rest = meshgrid(tensors[1], tensors[0], *tensors[2:])
        return (second.transpose(0, 1).transpose(0, 1), first, *rest)
    shape = tuple(x.numel() for x in tensors)
    return tuple(
        x.reshape([-1 if i == d else 1 for i in range(len(shape))]).expand(shape) for d, x in enumerate(tensors)
    )
