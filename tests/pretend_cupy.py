"""A stand-in for CuPy on machines without a GPU: its rules over NumPy's memory.

CuPy's arrays are no NumPy arrays. Nothing converts them silently, they do not mix with NumPy arrays, a sum is an array
without dimensions and never a number, and `np.f(x)` reaches CuPy only where CuPy has an `f` with those arguments. Code
that was only ever run on NumPy breaks on each of these. Here they are kept, so that a test can find it; `install` puts
the stand-in where `import cupy` finds it. The signatures below are those of CuPy 14.2.0.

What it cannot show: speed, several GPUs, work that is still running when the call returns, CuPy's own rounding and its
own random numbers.
"""

import ctypes
import inspect
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np

from tensorbook import devices
from tensorbook.ops import random

UFUNCS = [
    "absolute", "add", "arccos", "arccosh", "arcsin", "arcsinh", "arctan", "arctan2", "arctanh", "bitwise_and",
    "bitwise_or", "bitwise_xor", "ceil", "cos", "cosh", "divide", "equal", "exp", "exp2", "expm1", "floor",
    "floor_divide", "fmod", "greater", "greater_equal", "hypot", "invert", "isfinite", "isinf", "isnan",
    "left_shift", "less", "less_equal", "log", "log10", "log1p", "log2", "logaddexp", "logical_and",
    "logical_not", "logical_or", "logical_xor", "maximum", "minimum", "multiply", "negative", "not_equal",
    "positive", "power", "reciprocal", "remainder", "right_shift", "rint", "sign", "signbit", "sin", "sinh",
    "sqrt", "square", "subtract", "tan", "tanh", "true_divide", "trunc",
    "copysign", "fmax", "fmin", "gcd", "lcm", "logaddexp2", "nextafter",
]  # fmt: skip

FUNCTIONS = """
    allclose(a, b, rtol=1e-05, atol=1e-08, equal_nan=False)
    all(a, axis=None, out=None, keepdims=False)
    any(a, axis=None, out=None, keepdims=False)
    arange(start, stop=None, step=1, dtype=None)
    argmax(a, axis=None, dtype=None, out=None, keepdims=False)
    argmin(a, axis=None, dtype=None, out=None, keepdims=False)
    argsort(a, axis=-1, kind=None)
    array_equal(a1, a2, equal_nan=False)
    atleast_1d(*arys)
    bincount(x, weights=None, minlength=None)
    broadcast_to(array, shape)
    clip(a, a_min, a_max, out=None)
    concatenate(tup, axis=0, out=None, *, dtype=None, casting="same_kind")
    copyto(dst, src, casting="same_kind", where=None)
    cross(a, b, axisa=-1, axisb=-1, axisc=-1, axis=None)
    cumprod(a, axis=None, dtype=None, out=None)
    cumsum(a, axis=None, dtype=None, out=None)
    diagonal(a, offset=0, axis1=0, axis2=1)
    dot(a, b, out=None)
    einsum(*operands)
    empty(shape, dtype=float, order="C")
    empty_like(prototype, dtype=None, order="K", subok=None, shape=None)
    expand_dims(a, axis)
    eye(N, M=None, k=0, dtype=float, order="C")
    flip(a, axis=None)
    full(shape, fill_value, dtype=None, order="C")
    full_like(a, fill_value, dtype=None, order="K", subok=None, shape=None)
    histogram(x, bins=10, range=None, weights=None, density=False)
    isclose(a, b, rtol=1e-05, atol=1e-08, equal_nan=False)
    linspace(start, stop, num=50, endpoint=True, retstep=False, dtype=None, axis=0)
    matmul(x1, x2, out=None)
    max(a, axis=None, out=None, keepdims=False)
    mean(a, axis=None, dtype=None, out=None, keepdims=False)
    meshgrid(*xi, indexing="xy", copy=True, sparse=False)
    min(a, axis=None, out=None, keepdims=False)
    moveaxis(a, source, destination)
    nan_to_num(x, copy=True, nan=0.0, posinf=None, neginf=None)
    nanmean(a, axis=None, dtype=None, out=None, keepdims=False)
    nansum(a, axis=None, dtype=None, out=None, keepdims=False)
    nonzero(a)
    ones(shape, dtype=float, order="C")
    ones_like(a, dtype=None, order="K", subok=None, shape=None)
    pad(array, pad_width, mode="constant", **kwargs)
    prod(a, axis=None, dtype=None, out=None, keepdims=False)
    put_along_axis(arr, indices, values, axis)
    ravel(a, order="C")
    repeat(a, repeats, axis=None)
    reshape(a, newshape, order="C")
    roll(a, shift, axis=None)
    rot90(a, k=1, axes=(0, 1))
    round(a, decimals=0, out=None)
    searchsorted(a, v, side="left", sorter=None)
    sort(a, axis=-1, kind=None)
    squeeze(a, axis=None)
    stack(tup, axis=0, out=None, *, dtype=None, casting="same_kind")
    sum(a, axis=None, dtype=None, out=None, keepdims=False)
    swapaxes(a, axis1, axis2)
    take(a, indices, axis=None, out=None)
    take_along_axis(a, indices, axis)
    tensordot(a, b, axes=2)
    tile(A, reps)
    trace(a, offset=0, axis1=0, axis2=1, dtype=None, out=None)
    transpose(a, axes=None)
    tril(m, k=0)
    triu(m, k=0)
    unique(ar, return_index=False, return_inverse=False, return_counts=False, axis=None, *, equal_nan=True)
    where(condition, x=None, y=None)
    zeros(shape, dtype=float, order="C")
    zeros_like(a, dtype=None, order="K", subok=None, shape=None)
"""

METHODS = """
    all(self, axis=None, out=None, keepdims=False)
    any(self, axis=None, out=None, keepdims=False)
    argmax(self, axis=None, out=None, dtype=None, keepdims=False)
    argmin(self, axis=None, out=None, dtype=None, keepdims=False)
    argsort(self, axis=-1, kind=None)
    astype(self, dtype, order="K", casting=None, subok=None, copy=True)
    clip(self, min=None, max=None, out=None)
    copy(self, order="C")
    cumprod(self, axis=None, dtype=None, out=None)
    cumsum(self, axis=None, dtype=None, out=None)
    diagonal(self, offset=0, axis1=0, axis2=1)
    dot(self, b, out=None)
    fill(self, value)
    flatten(self, order="C")
    max(self, axis=None, out=None, keepdims=False)
    mean(self, axis=None, dtype=None, out=None, keepdims=False)
    min(self, axis=None, out=None, keepdims=False)
    nonzero(self)
    prod(self, axis=None, dtype=None, out=None, keepdims=None)
    ravel(self, order="C")
    repeat(self, repeats, axis=None)
    reshape(self, *shape, order="C", copy=None)
    round(self, decimals=0, out=None)
    squeeze(self, axis=None)
    std(self, axis=None, dtype=None, out=None, ddof=0, keepdims=False)
    sum(self, axis=None, dtype=None, out=None, keepdims=False)
    swapaxes(self, axis1, axis2)
    take(self, indices, axis=None, out=None)
    trace(self, offset=0, axis1=0, axis2=1, dtype=None, out=None)
    transpose(self, *axes)
    var(self, axis=None, dtype=None, out=None, ddof=0, keepdims=False)
    view(self, dtype=None, type=None)
"""

OPERATORS = {
    "add": "add", "sub": "subtract", "mul": "multiply", "truediv": "divide", "floordiv": "floor_divide",
    "mod": "remainder", "pow": "power", "matmul": "matmul", "and": "bitwise_and", "or": "bitwise_or",
    "xor": "bitwise_xor", "lshift": "left_shift", "rshift": "right_shift",
}  # fmt: skip
COMPARISONS = {
    "eq": "equal", "ne": "not_equal", "lt": "less", "le": "less_equal", "gt": "greater", "ge": "greater_equal",
}  # fmt: skip
SCATTERED = {np.dtype(kind) for kind in ("i4", "u4", "u8", "f2", "f4", "f8")}  # what atomic additions can do

silent = np.errstate(all="ignore")  # a GPU does not warn of overflow
NO_CONVERSION = (
    "Implicit conversion to a NumPy array is not allowed. Please use `.get()` to construct a NumPy array explicitly."
)


def host(value: Any) -> Any:
    """The memory behind device arrays, also in lists. Refuses NumPy arrays, as CuPy does."""
    if isinstance(value, ndarray):
        return value._host
    if isinstance(value, np.ndarray):
        raise TypeError(f"Unsupported type {type(value)}")
    if isinstance(value, (list, tuple)):
        return type(value)(host(v) for v in value)
    return value


def on_device(result: Any) -> Any:
    """What NumPy returned as CuPy returns it: arrays, never numbers."""
    if isinstance(result, (np.ndarray, np.generic, bool)):
        return ndarray._over(np.asarray(result))
    if isinstance(result, (list, tuple)):
        return tuple(on_device(r) for r in result)
    return result


def _signatures(table: str) -> dict[str, inspect.Signature]:
    """Each line of a table as a signature under its name."""
    found = {}
    for line in table.strip().splitlines():
        name, _, parameters = line.strip().partition("(")
        found[name] = inspect.signature(eval(f"lambda {parameters.removesuffix(')')}: None"))
    return found


def _refuse(name: str, given: dict[str, Any]) -> None:
    """The arguments that CuPy has by name and not by nature."""
    if name in ("argsort", "sort") and given.get("kind") not in (None, "stable"):
        raise ValueError("kind can only be None or 'stable'")
    for word in ("casting", "subok"):
        if name == "astype" and given.get(word) is not None:
            raise TypeError(f"{word} is not supported yet")


def _calling(name: str, signature: inspect.Signature, run: Callable) -> Callable:
    """A function with CuPy's signature and NumPy's result."""

    @silent
    def function(*args: Any, **kwargs: Any) -> Any:
        given = signature.bind(*args, **kwargs).arguments
        _refuse(name, given)
        result = run(*host(args), **{key: host(value) for key, value in kwargs.items()})
        return given["out"] if given.get("out") is not None else on_device(result)

    function.__name__ = name
    return function


class ufunc:
    """One of CuPy's elementwise functions."""

    def __init__(self, name: str):
        self.__name__, self._numpy = f"cupy_{name}", getattr(np, name)

    @silent
    def __call__(self, *args: Any, out: Any = None, dtype: Any = None) -> Any:
        if out is None:
            return on_device(self._numpy(*host(args), dtype=dtype, order="C"))  # CuPy's results lie in order
        self._numpy(*host(args), out=host(out), dtype=dtype)
        return out

    def outer(self, a: Any, b: Any) -> Any:
        return on_device(self._numpy.outer(host(a), host(b)))

    def reduce(self, array: Any, axis: Any = 0, dtype: Any = None, out: Any = None, keepdims: bool = False) -> Any:
        if self._numpy not in (np.add, np.multiply):
            raise NotImplementedError(f"`{self.__name__}.reduce` is not supported yet")
        return (array.sum if self._numpy is np.add else array.prod)(axis, dtype, out, keepdims)

    def at(self, a: Any, indices: Any, b: Any = None) -> None:
        if self._numpy is not np.add:
            raise NotImplementedError(f"`{self.__name__}.at` is not supported yet")
        if a.dtype not in SCATTERED:
            raise TypeError("scatter_add only supports int32, float16, float32, float64, uint32, uint64 as data type")
        np.add.at(a._host, a._index(indices), host(b))


class Memory:
    """Where an array's numbers lie: an address that one can add bytes to."""

    def __init__(self, ptr: int, owner: np.ndarray):
        self.ptr, self.owner = ptr, owner

    def __add__(self, count: int) -> "Memory":
        return Memory(self.ptr + count, self.owner)

    def window(self, shape: tuple[int, ...], dtype: np.dtype, strides: tuple[int, ...]) -> np.ndarray:
        """NumPy's array at this address; a GPU would not notice one that reaches out of the memory."""
        size = np.dtype(dtype).itemsize
        if 0 in shape:
            return np.ndarray(shape, dtype, strides=None)
        extent = size + sum((n - 1) * s for n, s in zip(shape, strides, strict=True))
        start = self.owner.__array_interface__["data"][0]
        if not start <= self.ptr <= self.ptr + extent <= start + self.owner.nbytes:
            raise MemoryError(f"{extent} bytes from {self.ptr - start} on reach out of {self.owner.nbytes} bytes")
        buffer = (ctypes.c_char * extent).from_address(self.ptr)
        buffer.owner = self.owner  # what the array keeps alive
        return np.ndarray(shape, dtype, buffer, 0, strides)


def _owner(array: np.ndarray) -> np.ndarray:
    while isinstance(array.base, np.ndarray):
        array = array.base
    return getattr(array.base, "owner", array)


class ndarray:
    """CuPy's array: NumPy's attributes and methods, without NumPy's generosity."""

    __array_priority__ = 100
    __hash__ = None

    def __init__(self, shape: Any, dtype: Any = float, memptr: Memory | None = None, strides: Any = None):
        if memptr is None:
            self._host = np.empty(shape, dtype)
        else:
            dense = np.empty(shape, dtype).strides if strides is None else strides
            self._host = memptr.window(tuple(shape), np.dtype(dtype), dense)

    @classmethod
    def _over(cls, array: np.ndarray) -> "ndarray":
        self = object.__new__(cls)
        self._host = array
        return self

    shape = property(lambda self: self._host.shape)
    dtype = property(lambda self: self._host.dtype)
    strides = property(lambda self: self._host.strides)
    ndim = property(lambda self: self._host.ndim)
    size = property(lambda self: self._host.size)
    itemsize = property(lambda self: self._host.itemsize)
    nbytes = property(lambda self: self._host.nbytes)
    base = property(lambda self: None if self._host.base is None else ndarray._over(_owner(self._host)))
    data = property(lambda self: Memory(self._host.__array_interface__["data"][0], _owner(self._host)))
    device = property(lambda self: Device(0))
    T = property(lambda self: self if self.ndim < 2 else on_device(self._host.T))

    @property
    def flags(self) -> SimpleNamespace:
        flags = self._host.flags
        return SimpleNamespace(
            c_contiguous=flags.c_contiguous,
            f_contiguous=flags.f_contiguous,
            owndata=self._host.base is None,
            fnc=flags.fnc,
            forc=flags.forc,
        )

    @property
    def __cuda_array_interface__(self) -> dict:
        kind = self.dtype
        where = {"data": (self.data.ptr, False), "strides": None if self.flags.c_contiguous else self.strides}
        return {"shape": self.shape, "typestr": kind.str, "descr": kind.descr, "stream": 1, "version": 3, **where}

    def __dlpack__(self, *, stream: Any = None, max_version: Any = None, dl_device: Any = None, copy: Any = None):
        return self._host.__dlpack__()

    def __dlpack_device__(self) -> tuple[int, int]:
        return (2, 0)

    # To the CPU, when asked

    def get(self, stream: Any = None, order: str = "C", out: Any = None, blocking: bool = True) -> np.ndarray:
        return np.array(self._host, order=order)

    def item(self) -> Any:
        return self._host.item()

    def tolist(self) -> Any:
        return self._host.tolist()

    def __array__(self, *args: Any, **kwargs: Any) -> np.ndarray:
        raise TypeError(NO_CONVERSION)

    def __bool__(self) -> bool:
        return bool(self._host)

    def __int__(self) -> int:
        return int(self._host)

    def __float__(self) -> float:
        return float(self._host)

    def __len__(self) -> int:
        return len(self._host)

    def __iter__(self) -> Any:
        if not self.ndim:
            raise TypeError("iteration over a 0-d array")
        return (self[i] for i in range(len(self)))

    def __repr__(self) -> str:
        return repr(self._host)

    # NumPy's functions, handed on

    def __array_ufunc__(self, function: np.ufunc, method: str, *inputs: Any, out: Any = (), **kwargs: Any) -> Any:
        ours = getattr(sys.modules["cupy"], function.__name__, None)
        if ours is None or (function.signature is not None and method != "__call__"):
            return NotImplemented
        if function.__name__ in COMPARISONS.values():
            inputs = [x.item() if isinstance(x, np.ndarray) and not x.ndim else x for x in inputs]
        return getattr(ours, method)(*inputs, **({"out": out[0]} if out else {}), **kwargs)

    def __array_function__(self, function: Callable, types: Any, args: tuple, kwargs: dict) -> Any:
        place: Any = sys.modules["cupy"]
        for name in (*function.__module__.split(".")[1:], function.__name__):
            place = getattr(place, name, None)
        if place is None or not all(t in (ndarray, np.ndarray) for t in types):
            return NotImplemented
        return place(*args, **kwargs)

    # Elements

    def _index(self, index: Any) -> Any:
        def part(p: Any) -> Any:
            return p._host if isinstance(p, ndarray) else p

        parts = tuple(part(p) for p in index) if isinstance(index, tuple) else (part(index),)
        picks = any(isinstance(p, (np.ndarray, list, bool, np.bool_)) for p in parts)
        return parts if picks or any(p is Ellipsis for p in parts) else (*parts, ...)  # numbers give views, too

    def __getitem__(self, index: Any) -> "ndarray":
        return on_device(self._host[self._index(index)])

    def __setitem__(self, index: Any, value: Any) -> None:
        place = self._index(index)
        if isinstance(value, np.ndarray) and value.ndim and not any(isinstance(p, np.ndarray) for p in place):
            raise ValueError("non-scalar numpy.ndarray cannot be used for fill")
        self._host[place] = value._host if isinstance(value, ndarray) else value


def _operator(name: str, swapped: bool) -> Callable:
    def operator(self: ndarray, other: Any) -> Any:
        if getattr(other, "__array_priority__", 0) > self.__array_priority__ or isinstance(other, (str, type(None))):
            return NotImplemented
        function = getattr(sys.modules["cupy"], name)
        return function(other, self) if swapped else function(self, other)

    return operator


def _in_place(name: str) -> Callable:
    def operator(self: ndarray, other: Any) -> ndarray:
        return getattr(sys.modules["cupy"], name)(self, other, out=self)

    return operator


for _short, _long in OPERATORS.items():
    setattr(ndarray, f"__{_short}__", _operator(_long, False))
    setattr(ndarray, f"__r{_short}__", _operator(_long, True))
    if _short != "matmul":
        setattr(ndarray, f"__i{_short}__", _in_place(_long))
for _short, _long in COMPARISONS.items():
    setattr(ndarray, f"__{_short}__", _operator(_long, False))
for _short, _long in {"neg": "negative", "abs": "absolute", "invert": "invert", "pos": "positive"}.items():
    setattr(ndarray, f"__{_short}__", lambda self, _name=_long: getattr(sys.modules["cupy"], _name)(self))


def _method(name: str) -> Callable:
    return lambda array, *args, **kwargs: getattr(array, name)(
        *args, **{k: v for k, v in kwargs.items() if k not in ("casting", "subok")}
    )


for _name, _signature in _signatures(METHODS).items():
    setattr(ndarray, _name, _calling(_name, _signature, _method(_name)))


# What is not a plain function of arrays


def array(obj: Any, dtype: Any = None, copy: bool = True, order: str = "K", subok: bool = False, ndmin: int = 0) -> Any:
    """A copy on the GPU; of a NumPy array's layout only "rows in order" and "columns in order" survive."""
    if isinstance(obj, ndarray):
        return obj.astype(obj.dtype if dtype is None else dtype, order=order, copy=copy)
    if hasattr(obj, "__cuda_array_interface__"):
        wanted = obj.__cuda_array_interface__
        start, kind = wanted["data"][0], np.dtype(wanted["typestr"])
        strides = wanted["strides"] or np.empty(wanted["shape"], kind).strides
        extent = kind.itemsize + sum((n - 1) * s for n, s in zip(wanted["shape"], strides, strict=True))
        buffer = (ctypes.c_char * extent).from_address(start)
        buffer.keeps = obj
        shared = ndarray._over(np.ndarray(wanted["shape"], kind, buffer, 0, strides))
        return array(shared, dtype, copy, order)
    found = np.array([host(o) for o in obj] if isinstance(obj, (list, tuple)) else obj, dtype=dtype, ndmin=ndmin)
    columns = found.flags.f_contiguous and not found.flags.c_contiguous
    return ndarray._over(np.array(found, order="F" if columns and order != "C" else "C"))


def asarray(a: Any, dtype: Any = None, order: str | None = None, *, copy: bool | None = None) -> Any:
    return array(a, dtype, bool(copy), order or "K")


def asnumpy(a: Any, stream: Any = None, order: str = "C", out: Any = None) -> np.ndarray:
    return a.get(order=order) if isinstance(a, ndarray) else np.asarray(a, order=order)


def ascontiguousarray(a: Any, dtype: Any = None) -> ndarray:
    return on_device(np.ascontiguousarray(host(a), dtype))


def as_strided(x: ndarray, shape: Any = None, strides: Any = None) -> ndarray:
    return ndarray(shape, x.dtype, x.data, strides)


class FromGpu:
    """What speaks DLPack for a GPU, to NumPy, which takes it only from a CPU."""

    def __init__(self, array: Any):
        self.array = array

    def __dlpack__(self, **_: Any) -> Any:
        return self.array.__dlpack__()

    def __dlpack_device__(self) -> tuple[int, int]:
        return (1, 0)


def from_dlpack(array: Any, *, device: Any = None, copy: Any = None) -> ndarray:
    return ndarray._over(np.from_dlpack(FromGpu(array)))


class Device:
    """A GPU. There is one."""

    def __init__(self, device: int | None = None):
        self.id = device or 0

    def use(self) -> None:
        if self.id:
            raise RuntimeError("cudaErrorInvalidDevice: invalid device ordinal")

    def synchronize(self) -> None: ...

    def __enter__(self) -> "Device":
        self.use()
        return self

    def __exit__(self, *_: Any) -> None: ...

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Device) and self.id == other.id

    def __hash__(self) -> int:
        return hash(self.id)


class RandomState:
    """A stream: CuPy's methods, NumPy's numbers."""

    def __init__(self, seed: int | None = None):
        if seed is not None and not 0 <= seed < 2**64:
            raise ValueError("Seed must be an integer between 0 and 2**64 - 1")
        self._stream = np.random.Generator(np.random.PCG64(seed))

    def random_sample(self, size: Any = None, dtype: Any = float) -> ndarray:
        return on_device(np.asarray(self._stream.random(size, np.dtype(dtype).type)))

    def normal(self, loc: float = 0.0, scale: float = 1.0, size: Any = None, dtype: Any = float) -> ndarray:
        return on_device(np.asarray(loc + scale * self._stream.standard_normal(size, np.dtype(dtype).type), dtype))

    def randint(self, low: int, high: int | None = None, size: Any = None, dtype: Any = int) -> ndarray:
        low, high = (0, low) if high is None else (low, high)
        return on_device(np.asarray(self._stream.integers(low, high, size, dtype)))

    def permutation(self, a: int) -> ndarray:
        return on_device(self._stream.permutation(a))


def module() -> ModuleType:
    """What `import cupy` finds when the stand-in is installed."""
    cupy = ModuleType("cupy")
    for name in UFUNCS:
        setattr(cupy, name, ufunc(name))
    cupy.abs = cupy.absolute
    for name, signature in _signatures(FUNCTIONS).items():
        setattr(cupy, name, _calling(name, signature, getattr(np, name)))
    for thing in (ndarray, ufunc, array, asarray, asnumpy, ascontiguousarray, from_dlpack):
        setattr(cupy, thing.__name__, thing)
    for kind in ("bool_", "int8", "int16", "int32", "int64", "uint8", "uint64", "float16", "float32", "float64"):
        setattr(cupy, kind, getattr(np, kind))
    cupy.lib = SimpleNamespace(stride_tricks=SimpleNamespace(as_strided=as_strided))
    cupy.random = SimpleNamespace(RandomState=RandomState)
    total = 8 * 2**30
    cupy.cuda = SimpleNamespace(
        Device=Device,
        runtime=SimpleNamespace(
            getDeviceCount=lambda: 1, getDevice=lambda: 0, memGetInfo=lambda: (total // 2, total),
            getDeviceProperties=lambda index: {"name": b"a GPU that is none", "major": 9, "minor": 0},
        ),
    )  # fmt: skip
    pool = SimpleNamespace(used_bytes=lambda: 0, free_all_blocks=lambda: None)
    cupy.get_default_memory_pool = lambda: pool
    return cupy


def install() -> None:
    """Put the stand-in where `import cupy` finds it."""
    sys.modules["cupy"] = module()
    devices._find_cupy.cache_clear()  # look again


@contextmanager
def installed() -> Iterator[None]:
    """The stand-in inside a `with` block; afterwards all is as before."""
    before = sys.modules.get("cupy")
    install()
    try:
        yield
    finally:
        del sys.modules["cupy"]
        if before is not None:
            sys.modules["cupy"] = before
        devices._find_cupy.cache_clear()
        random._gpu_generators.clear()
