"""Whatever is faster than the CPU, by one name: `torch.accelerator`. Here that is a CUDA GPU or nothing."""

from __future__ import annotations

from . import cuda, devices

is_available, device_count = cuda.is_available, cuda.device_count


def current_accelerator(check_available: bool = False) -> devices.device | None:
    """The kind of accelerator that there is, None without one.

    >>> import tensorbook as torch
    >>> device = torch.accelerator.current_accelerator() if torch.accelerator.is_available() else "cpu"
    """
    return devices.device("cuda") if is_available() else None


def current_device_index() -> int:
    """The number of the accelerator in use. Raises RuntimeError without one."""
    _must_be_there()
    return cuda.current_device()


def set_device_index(device: int | str | devices.device) -> None:
    """Choose the accelerator in use. Raises RuntimeError without one."""
    _must_be_there()
    cuda.set_device(device)


def synchronize(device: int | str | devices.device | None = None) -> None:
    """Wait until the accelerator has done all that it was asked to. Raises RuntimeError without one."""
    _must_be_there()
    cuda.synchronize(device)


def _must_be_there() -> None:
    if not is_available():
        raise RuntimeError("Cannot access accelerator device when none is available.")
