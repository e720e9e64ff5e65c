"""A gradient of inf does not pass where nothing passes: 0 there, as in PyTorch, not 0 * inf."""

import math

import pytest

import tensorbook
from tests.oracle import require_torch

torch = require_torch()
pytestmark = pytest.mark.oracle

CUT = {
    "relu": lambda torch, x: x.relu(),
    "clamp": lambda torch, x: x.clamp(-1, 1),
    "clamp below": lambda torch, x: x.clamp(min=0),
    "clamp above": lambda torch, x: x.clamp(max=0),
    "clamp by tensors": lambda torch, x: x.clamp(torch.zeros_like(x) - 1, torch.ones_like(x)),
    "maximum": lambda torch, x: torch.maximum(x, torch.zeros_like(x)),
    "minimum": lambda torch, x: torch.minimum(x, torch.zeros_like(x)),
    "relu6": lambda torch, x: torch.nn.functional.relu6(x),
    "threshold": lambda torch, x: torch.nn.functional.threshold(x, 0.5, 0.0),
    "hardsigmoid": lambda torch, x: torch.nn.functional.hardsigmoid(x),
    "hardshrink": lambda torch, x: torch.nn.functional.hardshrink(x),
    "softshrink": lambda torch, x: torch.nn.functional.softshrink(x),
    "sign": lambda torch, x: x.sign(),
    "floor": lambda torch, x: x.floor(),
    "ceil": lambda torch, x: x.ceil(),
    "trunc": lambda torch, x: x.trunc(),
    "round": lambda torch, x: x.round(),
    "fmax": lambda torch, x: x.fmax(torch.zeros_like(x)),
    "fmin": lambda torch, x: x.fmin(torch.zeros_like(x)),
    "max": lambda torch, x: x.max(),
    "min": lambda torch, x: x.min(),
    "median": lambda torch, x: x.median(),
    "power 0": lambda torch, x: x**0,
}


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@pytest.mark.parametrize("times", [1, 1000])  # short and long arrays go different ways
@pytest.mark.parametrize("name", CUT)
def test_infinite_gradient(name, times, dtype):
    found = []
    for module in (tensorbook, torch):
        x = module.tensor([-4.0, 0.0, 0.5, 4.0] * times, dtype=getattr(module, dtype), requires_grad=True)
        y = CUT[name](module, x)
        y.backward(module.full(y.shape, -math.inf, dtype=y.dtype))
        found.append(x.grad.tolist())
    assert found[0] == found[1]
    assert 0.0 in found[0]


@pytest.mark.parametrize("name", ["max_pool1d", "max_pool2d", "max_pool3d"])
@pytest.mark.parametrize("step", [1, 2])  # windows that overlap, and that do not
def test_infinite_gradient_of_a_pool(name, step):
    found = []
    for module in (tensorbook, torch):
        x = module.arange(64.0).reshape(1, 1, *{"1": (64,), "2": (8, 8), "3": (4, 4, 4)}[name[-2]]).requires_grad_()
        y = getattr(module.nn.functional, name)(x, 2, step)
        y.backward(module.full(y.shape, -math.inf))
        found.append(x.grad.tolist())
    assert found[0] == found[1]
    assert 0.0 in torch.tensor(found[0])
