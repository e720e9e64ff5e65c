"""Layers made without drawing their first weights."""

from __future__ import annotations

import inspect

from ...ops.random import get_rng_state, set_rng_state
from ..modules.module import Module


def skip_init(module_cls: type[Module], *args: object, **kwargs: object) -> Module:
    """A module whose first weights mean nothing, and count for no draw: they will be loaded, or set by hand.

    https://pytorch.org/tutorials/prototype/skip_param_init.html

    >>> import tensorbook as torch
    >>> torch.nn.utils.skip_init(torch.nn.Linear, 3, 2)
    Linear(in_features=3, out_features=2, bias=True)
    """
    if not issubclass(module_cls, Module):
        raise RuntimeError(f"Expected a Module; got {module_cls}")
    if "device" not in inspect.signature(module_cls).parameters:
        raise RuntimeError("Module must support a 'device' arg to skip initialization")
    before = get_rng_state()
    try:
        return module_cls(*args, **kwargs)
    finally:
        set_rng_state(before)
