"""Counts of what happens at a given rate, drawn as PyTorch draws them.

W. Hörmann, "The transformed rejection method for generating Poisson random variables", Insurance: Mathematics and
Economics 12 (1993), 39-45; for rates below 10 D. E. Knuth's product of uniform numbers.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from ..generator import Generator
from ..tensor import Tensor, make
from .kernels import refuse
from .random import _source


def poisson(input: Tensor, generator: Generator | None = None) -> Tensor:
    """A count for each rate.

    >>> import tensorbook as torch
    >>> torch.poisson(torch.tensor([0.0, 0.0]))
    tensor([0., 0.])
    """
    array = input._array
    refuse("poisson_cpu", array, "biu")
    if (array < 0).any():
        raise RuntimeError("invalid Poisson rate, expected rate to be non-negative")
    source = _source(generator, input.device)

    def uniform() -> float:
        return float(source.uniform((1,), np.float64)[0])

    counts = [_count(rate, uniform) for rate in array.reshape(-1).tolist()]
    return make(np.array(counts, array.dtype).reshape(array.shape)).to(input.device)


def _count(rate: float, uniform: Callable[[], float]) -> int:
    if rate == 0:
        return 0
    if rate < 10:
        count, product, least = 0, uniform(), math.exp(-rate)
        while product > least:
            count, product = count + 1, product * uniform()
        return count
    b = 0.931 + 2.53 * math.sqrt(rate)
    a = -0.059 + 0.02483 * b
    inverse_alpha, least = 1.1239 + 1.1328 / (b - 3.4), 0.9277 - 3.6224 / (b - 2)
    while True:
        u, v = uniform() - 0.5, uniform()
        us = 0.5 - abs(u)
        count = math.floor((2 * a / us + b) * u + rate + 0.43)
        if us >= 0.07 and v <= least:
            return count
        if count < 0 or (us < 0.013 and v > us):
            continue
        taken = math.log(v) + math.log(inverse_alpha) - math.log(a / (us * us) + b)
        if taken <= -rate + count * math.log(rate) - math.lgamma(count + 1):
            return count
