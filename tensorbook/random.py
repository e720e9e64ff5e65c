"""`torch.random`: seeds and states of the default stream."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from .generator import default_generator
from .ops.random import get_rng_state, initial_seed, manual_seed, restart, seed, set_rng_state

__all__ = ["default_generator", "fork_rng", "get_rng_state", "initial_seed", "manual_seed", "seed", "set_rng_state"]


@contextmanager
def fork_rng(devices: Iterable[int] | None = None, enabled: bool = True, device_type: str = "cuda") -> Iterator[None]:
    """Draw inside a `with` block without moving the default stream on for what follows it.

    Args:
        devices: numbers of GPUs whose streams come back too. CuPy does not tell the state of its stream: such a stream
            starts anew from its seed.
        enabled: False leaves everything as it is.
        device_type: only "cuda" is known.

    >>> import tensorbook as torch
    >>> _ = torch.manual_seed(0)
    >>> with torch.random.fork_rng():
    ...     first = torch.rand(1)
    >>> bool(torch.rand(1) == first)
    True
    """
    if device_type != "cuda":
        raise RuntimeError(f"torch has no module of `{device_type}`, you should register a module by `cuda`")
    if not enabled:
        yield
        return
    state, gpus = get_rng_state(), list(devices or ())
    try:
        yield
    finally:
        set_rng_state(state)
        for gpu in gpus:
            restart(gpu)
