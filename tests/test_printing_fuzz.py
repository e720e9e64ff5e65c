"""Thousands of tensors of every kind, printed under random options: character by character as PyTorch prints them."""

import math
from random import Random

import numpy as np
import pytest

import tensorbook
from tests.oracle import require_torch

torch = require_torch()
pytestmark = pytest.mark.oracle

KINDS = ["float32", "float64", "float16", "int64", "int32", "uint8", "int8", "int16", "bool"]
OPTIONS = {
    "precision": range(9), "threshold": [0, 3, 10, 50, 1000], "edgeitems": range(1, 6), "linewidth": range(10, 160),
    "sci_mode": [True, False, None], "profile": ["default", "short", "full"],
}  # fmt: skip
RESULTS = [lambda x: x, lambda x: x * 1, lambda x: x[...], lambda x: x.mT if x.dim() > 1 else x, lambda x: x.detach()]


def values(random, numbers, kind):
    shape = [random.choice([0, 1, 1, 2, 2, 3, 3, 4, 5, 7, 12, 40]) for _ in range(random.randint(0, 4))]
    shape = shape[: 4 if math.prod(shape) < 3000 else 2]
    reach = random.choice([0, 1, 3, 8, 30])
    found = numbers.normal(size=shape) * 10.0 ** numbers.uniform(-reach, reach, size=shape)
    if random.random() < 0.3:
        odd = numbers.choice([np.nan, np.inf, -np.inf, -0.0, 0.0, 1.0], shape)
        found = np.where(numbers.random(shape) < 0.3, odd, found)
    if random.random() < 0.2:
        found = np.round(found)
    if kind[0] in "ui":
        found = np.clip(np.nan_to_num(found), 0 if kind[0] == "u" else -100, 100)
    with np.errstate(all="ignore"):
        return np.asarray(found).astype(kind)


@pytest.mark.parametrize("start", range(0, 3000, 500))
def test_fuzz(start):
    try:
        for seed in range(start, start + 500):
            random, kind = Random(seed), KINDS[seed % len(KINDS)]
            array = values(random, np.random.default_rng(seed), kind)
            options = {k: random.choice(list(v)) for k, v in OPTIONS.items() if random.random() < 0.25}
            graph, result = kind[0] == "f" and random.random() < 0.4, random.choice(RESULTS)
            printed = []
            for module in (tensorbook, torch):
                module.set_printoptions(profile="default")
                module.set_printoptions(**options)
                x = module.tensor(array, requires_grad=graph)
                printed.append(repr(result(x)))
            assert printed[0] == printed[1], (seed, options)
    finally:
        for module in (tensorbook, torch):
            module.set_printoptions(profile="default")
