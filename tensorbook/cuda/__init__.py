"""The GPUs: how many, which, and waiting for them. Every question has an answer on a machine without one, too."""

from __future__ import annotations

from importlib import import_module
from types import SimpleNamespace

from .. import devices
from ..ops import random


def is_available() -> bool:
    """Whether a GPU can be used."""
    return devices.gpu_count() > 0


def device_count() -> int:
    """How many GPUs there are."""
    return devices.gpu_count()


def current_device() -> int:
    """The number of the GPU that `device="cuda"` means."""
    return devices.gpu_module().cuda.Device().id


def set_device(device: int | str | devices.device) -> None:
    """Choose the GPU that `device="cuda"` means."""
    devices.module_for(devices.resolve(devices.device("cuda", device) if isinstance(device, int) else device))


def get_device_name(device: int | str | devices.device | None = None) -> str:
    """The GPU's name."""
    cupy = devices.gpu_module()
    name = cupy.cuda.runtime.getDeviceProperties(_index(device))["name"]
    return name.decode() if isinstance(name, bytes) else name


def get_device_capability(device: int | str | devices.device | None = None) -> tuple[int, int]:
    """The GPU's compute capability, (major, minor)."""
    found = devices.gpu_module().cuda.runtime.getDeviceProperties(_index(device))
    return found["major"], found["minor"]


def mem_get_info(device: int | str | devices.device | None = None) -> tuple[int, int]:
    """Free and total memory of the GPU, in bytes."""
    cupy = devices.gpu_module()
    with cupy.cuda.Device(_index(device)):
        return cupy.cuda.runtime.memGetInfo()


def memory_allocated(device: int | str | devices.device | None = None) -> int:
    """Bytes that tensors occupy on the GPU; 0 without one."""
    return devices.gpu_module().get_default_memory_pool().used_bytes() if is_available() else 0


def memory_reserved(device: int | str | devices.device | None = None) -> int:
    """Bytes that are kept for tensors on the GPU, in use or not; 0 without one."""
    return devices.gpu_module().get_default_memory_pool().total_bytes() if is_available() else 0


def is_initialized() -> bool:
    """Whether the GPU is ready for use: CuPy makes it so with the first question that finds one."""
    return is_available()


def is_bf16_supported(including_emulation: bool = True) -> bool:
    """Whether there are tensors of bfloat16: never."""
    return False


def get_device_properties(device: int | str | devices.device | None = None) -> SimpleNamespace:
    """The GPU's `name`, `major`, `minor`, `total_memory` in bytes and `multi_processor_count`."""
    found = devices.gpu_module().cuda.runtime.getDeviceProperties(_index(device))
    return SimpleNamespace(
        name=get_device_name(device),
        major=found["major"],
        minor=found["minor"],
        total_memory=found["totalGlobalMem"],
        multi_processor_count=found["multiProcessorCount"],
    )


def empty_cache() -> None:
    """Give memory that is kept for reuse back to the GPU."""
    if is_available():
        devices.gpu_module().get_default_memory_pool().free_all_blocks()


def synchronize(device: int | str | devices.device | None = None) -> None:
    """Wait until the GPU has done all that it was asked to; do this before reading a clock."""
    cupy = devices.gpu_module()
    cupy.cuda.Device(_index(device)).synchronize()


def __getattr__(name: str) -> object:
    if name != "amp":  # imported when it is first asked for
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return import_module(f"{__name__}.amp")


def _index(device: int | str | devices.device | None) -> int:
    if isinstance(device, int):
        return device
    return devices.resolve("cuda" if device is None else device).index


class device:
    """Context manager that makes one GPU the current one.

    >>> import tensorbook as torch
    >>> torch.cuda.device(0)  # doctest: +ELLIPSIS
    <tensorbook.cuda.device object at 0x...>
    """

    def __init__(self, device: int | str | devices.device):
        self.idx = device if isinstance(device, int) else devices.device(device).index

    def __enter__(self) -> None:
        self._before = current_device()
        set_device(self.idx)

    def __exit__(self, *_: object) -> None:
        set_device(self._before)


def manual_seed_all(seed: int) -> None:
    """Start the streams of all GPUs anew from a seed. Without a GPU nothing happens."""
    for index in range(device_count()):
        random._source(None, devices.device("cuda", index)).manual_seed(seed)


def manual_seed(seed: int) -> None:
    """Start the current GPU's stream anew from a seed. Without a GPU nothing happens."""
    if is_available():
        random._source(None, devices.resolve("cuda")).manual_seed(seed)
