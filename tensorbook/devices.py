"""Where a tensor's numbers live: NumPy for the CPU, CuPy for a GPU.

CuPy is imported when the first GPU is asked for and never before, so a machine without one pays nothing.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np

TYPES = (
    "cpu, cuda, ipu, xpu, mkldnn, opengl, opencl, ideep, hip, ve, fpga, maia, xla, lazy, vulkan, mps, meta, hpu, mtia, "
    "privateuseone"
)
"""What PyTorch knows by name. Tensors live on the first two of them only."""


class device:
    """A place for tensors: `device("cpu")`, `device("cuda")`, `device("cuda:1")`, `device("cuda", 1)`.

    As a context manager it is where new tensors go. Others that PyTorch has can be named (`device("mps")`), and say
    what is missing when a tensor is to go there.

    >>> import tensorbook as torch
    >>> torch.device("cuda", 1), str(torch.device("cpu"))
    (device(type='cuda', index=1), 'cpu')
    """

    __slots__ = ("_outer", "index", "type")

    def __init__(self, type: str | int | device, index: int | None = None):
        if isinstance(type, device):
            type, index = type.type, type.index
        elif isinstance(type, int):
            if not gpu_count():
                raise RuntimeError("Cannot access accelerator device when none is available.")
            type, index = "cuda", type
        elif not isinstance(type, str):
            raise TypeError(f"device(): argument 'type' must be str, not {type.__class__.__name__}")
        if ":" in type:
            if index is not None:
                raise RuntimeError(
                    f"type (string) must not include an index because index was passed explicitly: {type}"
                )
            type, _, number = type.partition(":")
            if not number.isdigit() or number != str(int(number)):
                raise RuntimeError(f"Invalid device string: '{type}:{number}'")
            index = int(number)
        if not type:
            raise RuntimeError("Device string must not be empty")
        if type not in TYPES.split(", "):
            raise RuntimeError(f"Expected one of {TYPES} device type at start of device string: {type}")
        if index is not None and not isinstance(index, int):
            raise TypeError(f"device(): argument 'index' (position 2) must be int, not {index.__class__.__name__}")
        if index is not None and index < 0:
            raise RuntimeError("Device index must not be negative")
        self.type, self.index = type, index

    def __repr__(self) -> str:
        return f"device(type='{self.type}'" + (")" if self.index is None else f", index={self.index})")

    def __str__(self) -> str:
        return self.type if self.index is None else f"{self.type}:{self.index}"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, device) and (self.type, self.index) == (other.type, other.index)

    def __hash__(self) -> int:
        return hash((self.type, self.index))

    def __reduce__(self) -> tuple:
        return device, (str(self),)

    def __enter__(self) -> device:
        self._outer = getattr(_chosen, "device", None)
        _chosen.device = self
        return self

    def __exit__(self, *_: object) -> None:
        _chosen.device = self._outer


device.__module__ = "tensorbook"
CPU = device("cpu")
_chosen = threading.local()


def get_default_device() -> device:
    """Where new tensors go: the CPU, unless `with torch.device(...)` or `set_default_device` says otherwise."""
    return getattr(_chosen, "device", None) or CPU


def set_default_device(d: str | device | None) -> None:
    """Choose where new tensors go from now on; None for the CPU."""
    _chosen.device = None if d is None else device(d)


@functools.cache
def _find_cupy() -> tuple[ModuleType | None, str]:
    """CuPy where it can reach a GPU, else None and the reason."""
    try:
        import cupy
    except ImportError:
        return None, "CuPy is not installed (pip install 'tensorbook[gpu]')"
    except Exception as error:  # a broken CUDA installation raises many things
        return None, f"CuPy does not load: {error}"
    try:
        count = cupy.cuda.runtime.getDeviceCount()
    except Exception as error:
        return None, f"CuPy finds no usable GPU: {error}"
    return (cupy, "") if count else (None, "CuPy finds no GPU")


def why_no_gpu() -> str:
    """The reason why there is no GPU, in words; empty where there is one."""
    return _find_cupy()[1]


def gpu_count() -> int:
    cupy, _ = _find_cupy()
    return cupy.cuda.runtime.getDeviceCount() if cupy else 0


def gpu_module() -> ModuleType:
    """CuPy itself.

    Raises what PyTorch raises: AssertionError where this installation has no GPU support (no CuPy),
    RuntimeError where it has but no GPU answers.
    """
    cupy, why = _find_cupy()
    if cupy is None:
        advice = f"{why}. Use device='cpu', or ask torch.cuda.is_available() first."
        if "not installed" in why:
            raise AssertionError(f"tensorbook is not set up for CUDA: {advice}")
        raise RuntimeError(f"No CUDA GPUs are available: {advice}")
    return cupy


def resolve(d: device | str | int | None) -> device:
    """The device meant by an argument `device=`, with its index, checked to exist."""
    if d is None:
        d = get_default_device()
    elif d.__class__ is not device:
        d = device(d)
    if d.type == "cpu":
        return CPU
    if d.type != "cuda":
        raise NotImplementedError(f"tensorbook has no tensors on the device {d}; there are 'cpu' and 'cuda'")
    cupy = gpu_module()
    index = cupy.cuda.Device().id if d.index is None else d.index
    if index >= gpu_count():
        raise RuntimeError(f"CUDA error: invalid device ordinal: {d} was asked for, there are {gpu_count()} GPUs")
    return device("cuda", index)


def module_of(array: object) -> ModuleType:
    """numpy for a NumPy array, cupy for a CuPy one."""
    return np if isinstance(array, np.ndarray) else gpu_module()


def device_of(array: object) -> device:
    return CPU if isinstance(array, np.ndarray) else device("cuda", array.device.id)


def module_for(d: device) -> ModuleType:
    """The array module for a resolved device; for a GPU it becomes the current one."""
    if d.type == "cpu":
        return np
    cupy = gpu_module()
    cupy.cuda.Device(d.index).use()
    return cupy


def through_cpu(compute: Callable) -> Callable:
    """A function of NumPy arrays that takes a GPU's, too: they are fetched, and what it returns is sent back.

    For what CuPy lacks or does by rules of its own: its Cholesky, for one, never says that a matrix has none. The
    result is right everywhere; what it costs is the way there and back.
    """

    def fetched(value: Any) -> Any:
        if hasattr(value, "__cuda_array_interface__"):
            return move(value, CPU)
        return tuple(map(fetched, value)) if value.__class__ is tuple else value

    @functools.wraps(compute)
    def function(*args: Any, **kwargs: Any) -> Any:
        far = [a for a in (*args, *kwargs.values()) if hasattr(a, "__cuda_array_interface__")]
        if not far:
            return compute(*args, **kwargs)
        place = device_of(far[0])

        def sent(value: Any) -> Any:
            if isinstance(value, tuple):
                return tuple(map(sent, value))
            return move(np.asarray(value), place) if isinstance(value, (np.ndarray, np.generic)) else value

        return sent(compute(*map(fetched, args), **{name: fetched(value) for name, value in kwargs.items()}))

    return function


def move(array: object, d: device) -> object:
    """The array on a device: itself where it is there already, else a copy that lies in memory as the array did."""
    if device_of(array) == d:
        return array
    order = sorted(range(array.ndim), key=lambda dim: -array.strides[dim])  # CuPy carries only dense rows over
    rows = array.transpose(order)
    moved = gpu_module().asnumpy(rows) if d.type == "cpu" else module_for(d).asarray(rows, order="C")
    return moved.transpose([order.index(dim) for dim in range(array.ndim)])
