"""New tensors, from data or by rule."""

from __future__ import annotations

import builtins
import math
from collections.abc import Sequence

import numpy as np

from .. import devices, dtypes, notices
from ..memory_format import checked, contiguous_format, laid_out, memory_format, preserve_format
from ..tensor import Tensor, make, storage_of
from .data import array_of, kind_of, of_kind, readable
from .fitting import fitting
from .joining import cat, stack
from .kernels import refuse
from .layout import like, marked
from .view import flatten, sizes
from .words import type_name, type_of


def finished(array: np.ndarray, requires_grad: bool = False) -> Tensor:
    tensor = make(array)
    if not requires_grad:
        return tensor
    if array.dtype.kind != "f":
        raise RuntimeError("Only Tensors of floating point and complex dtype can require gradients")
    return tensor.requires_grad_()


# ---- from data


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
    if isinstance(data, Tensor):
        notices.warn(COPY.format("torch.tensor"))
        device = data.device if device is None else device
    elif isinstance(data, (list, tuple)) and len(data) and isinstance(data[0], np.ndarray):
        notices.warn(SLOW, once=True)
    return finished(devices.move(array_of(data, dtype), devices.resolve(device)), requires_grad)


COPY = (
    "To copy construct from a tensor, it is recommended to use sourceTensor.detach().clone() or "
    "sourceTensor.detach().clone().requires_grad_(True), rather than {}(sourceTensor)."
)
SLOW = (
    "Creating a tensor from a list of numpy.ndarrays is extremely slow. Please consider converting the list to a "
    "single numpy.ndarray with numpy.array() before converting to a tensor."
)
READ_ONLY = (
    "The given {0} is not writable, and PyTorch does not support non-writable tensors. You may want to copy the {1} to "
    "protect its data or make it writable before converting it to a tensor."
)


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
    if copy and isinstance(obj, Tensor):
        result = obj.detach().to(device or obj.device, dtype or obj.dtype, copy=True)
    else:
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
        raise TypeError(f"expected np.ndarray (got {type_of(array)})")
    if not array.flags.writeable:
        notices.warn(READ_ONLY.format("NumPy array", "array"), once=True)
    return make(*marked(readable(array).view()))  # not the object itself: its shape can be set


def from_dlpack(other: object) -> Tensor:
    """A tensor over the memory of anything that speaks DLPack."""
    if isinstance(other, Tensor):
        return other.detach()
    if other.__dlpack_device__()[0] == 2:
        return make(devices.gpu_module().from_dlpack(other))
    return make(np.from_dlpack(other))


def frombuffer(
    buffer: object, *, dtype: dtypes.dtype, count: int = -1, offset: int = 0, requires_grad: bool = False
) -> Tensor:
    """A tensor over the memory of bytes, read as numbers of a dtype.

    >>> import tensorbook as torch
    >>> torch.frombuffer(bytearray([1, 0, 2, 0]), dtype=torch.int16)
    tensor([1, 2], dtype=torch.int16)
    """
    size = memoryview(buffer).nbytes
    if not size or count == 0:
        raise ValueError(f"both buffer length ({size}) and count ({count}) must not be 0")
    if not 0 <= offset < size:
        raise ValueError(
            f"offset ({offset} bytes) must be non-negative and no greater than buffer length ({size} bytes) minus 1"
        )
    if count < 0 and (size - offset) % dtype.itemsize:
        raise ValueError(
            f"buffer length ({size - offset} bytes) after offset ({offset} bytes) must be a multiple of element size "
            f"({dtype.itemsize})"
        )
    if count > 0 and offset + count * dtype.itemsize > size:
        raise ValueError(
            f"requested buffer length ({count} * {dtype.itemsize} bytes) after offset ({offset} bytes) must not be "
            f"greater than actual buffer length ({size} bytes)"
        )
    array = np.frombuffer(buffer, dtype.numpy, count, offset)
    if not array.flags.writeable:
        notices.warn(READ_ONLY.format("buffer", "buffer"), once=True)
    return finished(array, requires_grad)


def scalar_tensor(value: float, *, dtype: dtypes.dtype | None = None, device: object = None) -> Tensor:
    """A number as a tensor without dimensions, in the default dtype."""
    return tensor(value, dtype=dtype or dtypes.get_default_dtype(), device=device)


# ---- filled


def _module(device: object) -> object:
    return devices.module_for(devices.resolve(device))


def _lengths(name: str, size: tuple) -> tuple[int, ...]:
    """The shape meant by the arguments of a creation function."""
    if not size:
        raise TypeError(f'{name}() missing 1 required positional arguments: "size"')
    shape = sizes(size, name)
    if any(n < 0 for n in shape):
        raise RuntimeError(f"{name}: Dimension size must be non-negative.")
    return shape


def empty(
    *size: object, dtype: dtypes.dtype | None = None, device: object = None, requires_grad: bool = False,
    memory_format: memory_format = contiguous_format,
) -> Tensor:  # fmt: skip
    """Memory of a shape, not filled: whatever lay there."""
    made = _module(device).empty(_lengths("empty", size), kind_of(dtype))
    return finished(made if memory_format is contiguous_format else _formed(made, memory_format), requires_grad)


def zeros(
    *size: object, dtype: dtypes.dtype | None = None, device: object = None, requires_grad: bool = False
) -> Tensor:  # fmt: skip
    """All 0.

    >>> import tensorbook as torch
    >>> torch.zeros(2, 3)
    tensor([[0., 0., 0.],
            [0., 0., 0.]])
    """
    return finished(_module(device).zeros(_lengths("zeros", size), kind_of(dtype)), requires_grad)


def ones(
    *size: object, dtype: dtypes.dtype | None = None, device: object = None, requires_grad: bool = False
) -> Tensor:  # fmt: skip
    """All 1."""
    return finished(_module(device).ones(_lengths("ones", size), kind_of(dtype)), requires_grad)


def full(
    size: Sequence[int], fill_value: float, *, dtype: dtypes.dtype | None = None, device: object = None,
    requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """All the same value, in its dtype unless another is given."""
    if isinstance(size, int):
        raise TypeError("full(): argument 'size' (position 1) must be tuple of ints, not int")
    fill_value = fill_value.item() if isinstance(fill_value, Tensor) else fill_value
    kind = dtypes.of_scalar(fill_value).numpy if dtype is None else kind_of(dtype)
    return finished(_module(device).full(_lengths("full", (size,)), fitting(fill_value, kind)[()], kind), requires_grad)


def empty_strided(
    size: Sequence[int], stride: Sequence[int], *, dtype: dtypes.dtype | None = None, device: object = None,
    requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """Unfilled memory under a shape and strides."""
    reach = 1 + sum((n - 1) * s for n, s in zip(size, stride, strict=True)) if math.prod(size) else 0
    base = make(_module(device).empty(reach, kind_of(dtype)))
    return finished(storage_of(base).window(base._array.dtype, tuple(size), tuple(stride), 0), requires_grad)


def _like(x: Tensor, dtype: dtypes.dtype | None, device: object) -> tuple[object, np.dtype]:
    return _module(x.device if device is None else device), x._array.dtype if dtype is None else kind_of(dtype)


def _formed(array: np.ndarray, form: memory_format | None) -> np.ndarray:
    return array if form is preserve_format or form is None else laid_out(array, checked(form, "like"))


def _unfilled(xp: object, kind: np.dtype, x: Tensor, device: object) -> np.ndarray:
    """Memory for x's shape: laid out as x lies, unless that is on another device."""
    return like(x._array, kind) if device is None else xp.empty(x._array.shape, kind)


def empty_like(
    input: Tensor, *, dtype: dtypes.dtype | None = None, device: object = None, requires_grad: bool = False,
    memory_format: memory_format = preserve_format,
) -> Tensor:  # fmt: skip
    """Unfilled, of another tensor's shape, dtype and device."""
    xp, kind = _like(input, dtype, device)
    return finished(_formed(_unfilled(xp, kind, input, device), memory_format), requires_grad)


def zeros_like(
    input: Tensor, *, dtype: dtypes.dtype | None = None, device: object = None, requires_grad: bool = False,
    memory_format: memory_format = preserve_format,
) -> Tensor:  # fmt: skip
    """All 0, of another tensor's shape, dtype and device."""
    xp, kind = _like(input, dtype, device)
    if input._array.flags.c_contiguous:
        made = xp.zeros(input._array.shape, kind)
    else:
        made = _unfilled(xp, kind, input, device)
        made.fill(0)
    return finished(_formed(made, memory_format), requires_grad)


def ones_like(
    input: Tensor, *, dtype: dtypes.dtype | None = None, device: object = None, requires_grad: bool = False,
    memory_format: memory_format = preserve_format,
) -> Tensor:  # fmt: skip
    """All 1, of another tensor's shape, dtype and device."""
    xp, kind = _like(input, dtype, device)
    made = _unfilled(xp, kind, input, device)
    made.fill(1)
    return finished(_formed(made, memory_format), requires_grad)


def full_like(
    input: Tensor,
    fill_value: float,
    *,
    dtype: dtypes.dtype | None = None,
    device: object = None,
    requires_grad: bool = False,
    memory_format: memory_format = preserve_format,
) -> Tensor:
    """All the same value, of another tensor's shape, dtype and device."""
    xp, kind = _like(input, dtype, device)
    made = _unfilled(xp, kind, input, device)
    made.fill(fitting(fill_value, kind)[()])
    return finished(_formed(made, memory_format), requires_grad)


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


new_zeros, new_ones, new_empty = _new(zeros), _new(ones), _new(empty)


def new_full(
    self: Tensor, size: Sequence[int], fill_value: float, *, dtype: dtypes.dtype | None = None, device: object = None,
    requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """torch.full in this tensor's dtype and device."""
    return full(size, fill_value, dtype=dtype or self.dtype, device=device or self.device, requires_grad=requires_grad)


def new_empty_strided(
    self: Tensor, size: Sequence[int], stride: Sequence[int], *, dtype: dtypes.dtype | None = None,
    device: object = None, requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """torch.empty_strided in this tensor's dtype and device."""
    kind, place = dtype or self.dtype, device or self.device
    return empty_strided(size, stride, dtype=kind, device=place, requires_grad=requires_grad)


def new(self: Tensor, *args: object) -> Tensor:
    """Numbers, or uninitialised with a shape, in this tensor's dtype: what new_tensor and new_empty replaced."""
    return of_kind(Tensor, args, self._array.dtype, self.device)


def new_tensor(
    self: Tensor, data: object, *, dtype: dtypes.dtype | None = None, device: object = None, requires_grad: bool = False
) -> Tensor:
    """torch.tensor in this tensor's dtype and device."""
    if isinstance(data, Tensor):
        notices.warn(COPY.format("tensor.new_tensor"))
        data = data._array
    return tensor(data, dtype=dtype or self.dtype, device=device or self.device, requires_grad=requires_grad)


# ---- by rule


def arange(
    *bounds: float, start: float = 0, end: float | None = None, step: float = 1, dtype: dtypes.dtype | None = None,
    device: object = None, requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """arange(end), arange(start, end), arange(start, end, step): evenly spaced numbers, without the end.

    >>> import tensorbook as torch
    >>> torch.arange(3), torch.arange(1, 2, 0.5)
    (tensor([0, 1, 2]), tensor([1.0000, 1.5000]))
    """
    start, end, step = _bounds("arange", bounds, start, end, step)
    if dtype is None:
        whole = all(isinstance(b, int) for b in (start, end, step))
        dtype = dtypes.int64 if whole else dtypes.get_default_dtype()
    return _evenly("arange_cpu", start, step, math.ceil((end - start) / step), dtype, device, requires_grad)


def range(
    *bounds: float, start: float = 0, end: float | None = None, step: float = 1, dtype: dtypes.dtype | None = None,
    device: object = None, requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """arange with the end included, in the default dtype: deprecated in PyTorch."""
    notices.warn(
        "torch.range is deprecated and will be removed in a future release because its behavior is inconsistent with "
        "Python's range builtin. Instead, use torch.arange, which produces values in [start, end)."
    )
    start, end, step = _bounds("range", bounds, start, end, step)
    count = math.floor((end - start) / step) + 1
    return _evenly("range_cpu", start, step, count, dtype or dtypes.get_default_dtype(), device, requires_grad)


def _bounds(name: str, bounds: tuple, start: float, end: float | None, step: float) -> list[float]:
    """Start, end and step, given by position or by name."""
    if len(bounds) == 1 and end is None:
        end = bounds[0]
    elif bounds:
        start, end, step = [*bounds, end, step][:3] if len(bounds) == 1 else [*bounds, step][:3]
    if end is None or len(bounds) > 3:
        raise TypeError(f"{name}() takes an end, a start and an end, or a start, an end and a step")
    start, end, step = (b.item() if isinstance(b, (Tensor, np.generic)) else b for b in (start, end, step))
    for what, b in (("start", start), ("end", end), ("step", step)):
        if not isinstance(b, (int, float)):
            raise TypeError(f"{name}(): argument '{what}' must be Number, not {type_of(b)}")
    if step == 0:
        raise RuntimeError("step must be nonzero")
    if not (math.isfinite(start) and math.isfinite(end)):
        raise RuntimeError(f"unsupported range: {start} -> {end}")
    if (end - start) / step < 0:
        raise RuntimeError("upper bound and lower bound inconsistent with step sign")
    return [start, end, step]


def _evenly(
    kernel: str, start: float, step: float, count: int, dtype: dtypes.dtype, device: object, requires_grad: bool
) -> Tensor:
    xp, kind = _module(device), kind_of(dtype)
    refuse(kernel, np.empty(0, kind))
    if kind.kind == "f":
        return finished((start + xp.arange(count, dtype=np.float64) * step).astype(kind), requires_grad)
    return finished((xp.arange(count, dtype=np.int64) * int(step) + int(start)).astype(kind), requires_grad)


def linspace(
    start: float, end: float, steps: int, *, dtype: dtypes.dtype | None = None, device: object = None,
    requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """`steps` evenly spaced numbers from start to end, both included.

    >>> import tensorbook as torch
    >>> torch.linspace(0, 1, steps=5)
    tensor([0.0000, 0.2500, 0.5000, 0.7500, 1.0000])
    """
    if not hasattr(steps, "__index__"):
        raise TypeError(f"linspace(): argument 'steps' must be int, not {type_of(steps)}")
    if steps < 0:
        raise RuntimeError("number of steps must be non-negative")
    start, end = (b.item() if isinstance(b, Tensor) else b for b in (start, end))
    kind = kind_of(dtype)
    refuse("linspace_cpu", np.empty(0, kind))
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
    refuse("logspace_cpu", np.empty(0, kind_of(dtype)))
    exponents = linspace(start, end, steps, dtype=dtypes.float64, device=device)._array
    return finished((base**exponents).astype(kind_of(dtype)), requires_grad)


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
    return finished(_module(device).eye(n, m, dtype=kind_of(dtype)), requires_grad)


def tril_indices(
    row: int, col: int, offset: int = 0, *, dtype: dtypes.dtype = dtypes.int64, device: object = None,
    layout: object = None, pin_memory: bool = False,
) -> Tensor:  # fmt: skip
    """Row and column numbers of the elements on and below a diagonal."""
    if dtype not in (dtypes.int32, dtypes.int64):
        raise NotImplementedError(f"\"tril_indices\" not implemented for '{type_name(np.empty(0, dtype.numpy))}'")
    return make(np.stack(np.tril_indices(row, offset, col)).astype(dtype.numpy)).to(devices.resolve(device))


def triu_indices(
    row: int, col: int, offset: int = 0, *, dtype: dtypes.dtype = dtypes.int64, device: object = None,
    layout: object = None, pin_memory: bool = False,
) -> Tensor:  # fmt: skip
    """Row and column numbers of the elements on and above a diagonal."""
    if dtype not in (dtypes.int32, dtypes.int64):
        raise NotImplementedError(f"\"triu_indices\" not implemented for '{type_name(np.empty(0, dtype.numpy))}'")
    return make(np.stack(np.triu_indices(row, offset, col)).astype(dtype.numpy)).to(devices.resolve(device))


def meshgrid(*tensors: Tensor, indexing: str | None = None) -> tuple[Tensor, ...]:
    """Every combination of coordinates, one tensor per axis.

    Args:
        indexing: "ij", where the first tensor runs along the first dimension, or "xy", where it runs along the second;
            "ij" and a warning where none is given.
    """
    tensors = tuple(tensors[0]) if len(tensors) == 1 and not isinstance(tensors[0], Tensor) else tensors
    if not tensors:
        raise RuntimeError("meshgrid expects a non-empty TensorList")
    for x in tensors:
        if x._array.ndim > 1:
            raise RuntimeError(f"torch.meshgrid: Expected 0D or 1D tensor in the tensor list but got: {x}")
        if x._array.dtype != tensors[0]._array.dtype:
            raise RuntimeError("meshgrid expects all tensors to have the same dtype")
    if indexing is None:
        notices.warn(
            "torch.meshgrid: in an upcoming release, it will be required to pass the indexing argument.", once=True
        )
    elif indexing not in ("xy", "ij"):
        raise RuntimeError(f'torch.meshgrid: indexing must be one of "xy" or "ij", but received: {indexing}')
    return _grid(*tensors, swap=indexing == "xy" and len(tensors) > 1)


def _grid(*tensors: Tensor, swap: bool = False) -> tuple[Tensor, ...]:
    if swap:
        first, second, *rest = _grid(tensors[1], tensors[0], *tensors[2:])
        return (second, first, *rest)
    shape = tuple(x.numel() for x in tensors)
    return tuple(
        x.reshape([-1 if i == d else 1 for i in builtins.range(len(shape))]).expand(shape)
        for d, x in enumerate(tensors)
    )


def cartesian_prod(*tensors: Tensor) -> Tensor:
    """Every combination of one element of each vector, one row each.

    >>> import tensorbook as torch
    >>> torch.cartesian_prod(torch.tensor([1, 2]), torch.tensor([3, 4])).tolist()
    [[1, 3], [1, 4], [2, 3], [2, 4]]
    """
    for x in tensors:
        if x._array.ndim != 1:
            raise RuntimeError(f"Expect a 1D vector, but got shape {list(x.shape)}")
    if len(tensors) == 1:
        return tensors[0]
    return stack([flatten(x) for x in _grid(*tensors)], 1)


def combinations(input: Tensor, r: int = 2, with_replacement: bool = False) -> Tensor:
    """Every choice of r elements of a vector, in their order, one row each.

    >>> import tensorbook as torch
    >>> torch.combinations(torch.tensor([1, 2, 3])).tolist()
    [[1, 2], [1, 3], [2, 3]]
    """
    if input._array.ndim != 1:
        raise RuntimeError(f"Expect a 1D vector, but got shape {list(input.shape)}")
    if r < 0:
        raise RuntimeError(f"Expect a non-negative number, but got {r}")
    if r == 0:
        return empty(0, dtype=input.dtype, device=input.device)
    places = np.indices((input.numel(),) * r)
    later = places[1:] >= places[:-1] if with_replacement else places[1:] > places[:-1]
    mask = make(devices.move(later.all(0), input.device))
    return stack([x.masked_select(mask) for x in _grid(*[input] * r)], 1)


def vander(x: Tensor, N: int | None = None, increasing: bool = False) -> Tensor:
    """The powers of each element of a vector, one row each, the highest first unless `increasing`."""
    if x._array.ndim != 1:
        raise RuntimeError("x must be a one-dimensional tensor.")
    n = x.numel() if N is None else N
    kind = np.int64 if x._array.dtype.kind != "f" else x._array.dtype
    ones = make(np.ones_like(x._array, dtype=kind, shape=(x.numel(), 1)))
    powers = ones[:, :0] if n == 0 else ones
    if n > 1:
        repeated = x.unsqueeze(1).expand(x.numel(), n - 1).to(ones.dtype)
        powers = cat([ones, repeated.cumprod(1)], 1)
    return powers if increasing else powers.flip(1)
