"""Where loaded tensors go: what `map_location` means."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from .. import devices
from ..storage import UntypedStorage

MapLocation = str | devices.device | Mapping[str, str] | Callable | None
Place = Callable[[UntypedStorage, str], devices.device]


def placing(map_location: MapLocation) -> Place:
    """A function from a storage (still on the CPU) and the device that it was saved from to where it shall go."""
    if map_location is None:
        return lambda storage, location: _original(location)
    if isinstance(map_location, (str, devices.device)):
        target = _original(map_location)
        return lambda storage, location: target
    if isinstance(map_location, Mapping):
        return lambda storage, location: _original(map_location.get(location, location))
    if callable(map_location):
        return lambda storage, location: _chosen(map_location(storage, location), location)
    raise TypeError(f"map_location must be a device, its name, a dict or a function, got {type(map_location).__name__}")


def _chosen(result: UntypedStorage | None, location: str) -> devices.device:
    return _original(location) if result is None else result.device


def _original(location: str | devices.device) -> devices.device:
    wanted = devices.device(location)
    if wanted.type == "cuda" and not devices.gpu_count():
        raise RuntimeError(
            "Attempting to deserialize object on a CUDA device but torch.cuda.is_available() is False. If you are "
            "running on a CPU-only machine, please use torch.load with map_location=torch.device('cpu') to map your "
            "storages to the CPU."
        )
    return devices.resolve(wanted)
