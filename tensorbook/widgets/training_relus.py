"""Which units of a model's ReLUs are off for every sample of a batch: what is off passes no gradient on."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

Silent = dict[str, tuple[int, int]]  # name of a ReLU -> how many of its units are off for every sample, and of how many

ENOUGH = 8  # samples from which "every sample" means something


class Relus:
    """The ReLU modules of a model; of anything else that is trained, there are none."""

    def __init__(self, model: Any):
        modules = model.named_modules() if hasattr(model, "named_modules") else ()
        self._modules = {name: module for name, module in modules if type(module).__name__ in ("ReLU", "ReLU6")}

    @contextlib.contextmanager
    def watching(self) -> Iterator[Silent]:
        """Hold hooks on them during one step. A unit is a column of the result, or a channel of a picture."""
        seen: dict[str, Any] = {}
        handles = [module.register_forward_hook(_note(name, seen)) for name, module in self._modules.items()]
        silent: Silent = {}
        try:
            yield silent
        finally:
            for handle in handles:
                handle.remove()
            silent.update({name: (int(off.sum().item()), off.numel()) for name, off in seen.items()})


def _note(name: str, seen: dict[str, Any]) -> Callable[[Any, Any, Any], None]:
    def note(module: Any, _given: Any, result: Any) -> None:
        if module.training and result.ndim > 1 and len(result) >= ENOUGH:  # in eval mode it is not the step's own
            off = result.detach().amax(dim=(0, *range(2, result.ndim))) <= 0
            same = name in seen and seen[name].shape == off.shape
            seen[name] = seen[name] & off if same else off

    return note
