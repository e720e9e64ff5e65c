"""The global random streams that a training run draws from: seeded, kept, put back."""

from __future__ import annotations

import random
import sys
from collections.abc import Sequence
from typing import Any

import numpy as np


def libraries() -> list[Any]:
    """PyTorch and tensorbook, where they have been imported."""
    return [sys.modules[name] for name in ("torch", "tensorbook") if hasattr(sys.modules.get(name), "manual_seed")]


def seed_all(seed: int) -> None:
    """Seed every global random generator in use: Python's, NumPy's, PyTorch's and tensorbook's."""
    random.seed(seed)
    np.random.seed(seed % 2**32)
    for library in libraries():
        library.manual_seed(seed)


class Streams:
    """Where every global random stream stands, and the streams of some generators, to go back to.

    >>> import tensorbook as torch
    >>> here = Streams()
    >>> drawn = torch.rand(3)
    >>> here.put_back()
    >>> bool((torch.rand(3) == drawn).all())
    True
    """

    def __init__(self, generators: Sequence[Any] = ()):
        self._python, self._numpy = random.getstate(), np.random.get_state()
        self._global = [(library, library.get_rng_state()) for library in libraries()]
        self._gpus = [
            (library.cuda, library.cuda.get_rng_state_all())
            for library in libraries()
            if hasattr(library.cuda, "get_rng_state_all") and library.cuda.is_initialized()  # CuPy's has no such state
        ]
        self._own = [(generator, generator.get_state()) for generator in generators]

    def put_back(self) -> None:
        """Have each stream go on from where it stood."""
        random.setstate(self._python)
        np.random.set_state(self._numpy)
        for library, state in self._global:
            library.set_rng_state(state)
        for cuda, states in self._gpus:
            cuda.set_rng_state_all(states)
        for generator, state in self._own:
            generator.set_state(state)
