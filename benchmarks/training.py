"""What whole training loops cost beside PyTorch's eager mode.

    python benchmarks/training.py            print the ratios
    python benchmarks/training.py adam mlp   only the loops whose names contain these words
    python benchmarks/training.py --check    and exit 1 where one is above its bar

Two threads each, interleaved in one process, by the clock on the wall: both cores should be idle. Each number is time
here divided by PyTorch's time: below 1 is faster.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from types import ModuleType

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "2"

import torch  # noqa: E402 (after the thread counts)
from interleaved import ratio  # noqa: E402

import tensorbook  # noqa: E402

torch.set_num_threads(2)

N, D_IN, H, D_OUT = 64, 1000, 100, 10  # the two-layer network of the course


def two_layers(module: ModuleType) -> tuple:
    """Inputs, targets and two weights, the same in both libraries."""
    module.manual_seed(0)
    return [module.randn(*shape) for shape in ((N, D_IN), (N, D_OUT), (D_IN, H), (H, D_OUT))]


def by_hand(module: ModuleType) -> Callable[[], None]:
    x, y, w1, w2 = two_layers(module)

    def step() -> None:
        nonlocal w1, w2
        h = x.mm(w1)
        h_relu = h.clamp(min=0)
        y_pred = h_relu.mm(w2)
        grad_y = 2.0 * (y_pred - y)
        (y_pred - y).pow(2).sum().item()
        grad_w2 = h_relu.t().mm(grad_y)
        grad_h = grad_y.mm(w2.t())
        grad_h[h < 0] = 0
        grad_w1 = x.t().mm(grad_h)
        w1 -= 1e-6 * grad_w1
        w2 -= 1e-6 * grad_w2

    return step


def by_autograd(module: ModuleType) -> Callable[[], None]:
    x, y, w1, w2 = two_layers(module)
    w1.requires_grad_()
    w2.requires_grad_()

    def step() -> None:
        nonlocal w1, w2
        loss = (x.mm(w1).clamp(min=0).mm(w2) - y).pow(2).sum()
        loss.backward()
        with module.no_grad():
            w1 -= 1e-6 * w1.grad
            w2 -= 1e-6 * w2.grad
            w1.grad.zero_()
            w2.grad.zero_()

    return step


def with_adam(module: ModuleType) -> Callable[[], None]:
    x, y, *_ = two_layers(module)
    nn = module.nn
    model = nn.Sequential(nn.Linear(D_IN, H), nn.ReLU(), nn.Linear(H, D_OUT))
    return trainer(model, nn.MSELoss(reduction="sum"), module.optim.Adam(model.parameters(), lr=1e-4), x, y)


def trainer(model: Callable, loss_of: Callable, optimizer: object, x: object, y: object) -> Callable[[], None]:
    def step() -> None:
        loss = loss_of(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    return step


def line(module: ModuleType) -> Callable[[], None]:
    x = module.linspace(-1, 1, 20)
    y = 3 * x + 1
    w, b = module.zeros(1, requires_grad=True), module.zeros(1, requires_grad=True)

    def step() -> None:
        nonlocal w, b
        loss = ((x * w + b - y) ** 2).mean()
        loss.backward()
        with module.no_grad():
            w -= 0.1 * w.grad
            b -= 0.1 * b.grad
        w.grad = b.grad = None

    return step


def digits(module: ModuleType) -> Callable[[], None]:
    module.manual_seed(0)
    nn = module.nn
    x, y = module.rand(64, 784), module.randint(0, 10, (64,))
    model = nn.Sequential(nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 10))
    return trainer(model, nn.CrossEntropyLoss(), module.optim.SGD(model.parameters(), lr=0.1), x, y)


def digits_with_adam(module: ModuleType) -> Callable[[], None]:
    module.manual_seed(0)
    nn = module.nn
    x, y = module.rand(64, 784), module.randint(0, 10, (64,))
    model = nn.Sequential(nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 10))
    return trainer(model, nn.CrossEntropyLoss(), module.optim.Adam(model.parameters()), x, y)


def million(module: ModuleType) -> Callable[[], None]:
    module.manual_seed(0)
    x = module.randn(1_000_000)
    w = module.zeros(1_000_000, requires_grad=True)

    def step() -> None:
        nonlocal w
        loss = (x.dot(w) - 1.0) ** 2
        loss.backward()
        with module.no_grad():
            w -= 1e-7 * w.grad
        w.grad = None

    return step


LOOPS = {
    "two layers by hand": (by_hand, 0.9),
    "two layers by autograd": (by_autograd, 0.9),
    "two layers with Adam": (with_adam, 0.8),
    "a line through 20 points": (line, 0.35),
    "MLP for 28 x 28 digits with SGD": (digits, 1.0),
    "MLP for 28 x 28 digits with Adam": (digits_with_adam, 1.0),
    "regression on a dot product of a million": (million, 0.9),
}


def measure(words: list[str]) -> list[str]:
    """Print the ratios; returns the names of the loops above their bar."""
    above = []
    for name, (make, bar) in LOOPS.items():
        if not words or any(word in name for word in words):
            found = ratio(make(tensorbook), make(torch), seconds=0.1, clock=time.perf_counter)
            print(f"{name:42s} {found}, bar {bar}", flush=True)
            if found.median > bar:
                above.append(name)
    return above


if __name__ == "__main__":
    above = measure([word for word in sys.argv[1:] if not word.startswith("-")])
    if above and "--check" in sys.argv:
        sys.exit(f"above the bar: {', '.join(above)}")
