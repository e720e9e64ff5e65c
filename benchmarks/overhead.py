"""What one operation costs beside PyTorch's eager mode, on tensors so small that only the library itself counts.

    python benchmarks/overhead.py            print the ratios
    python benchmarks/overhead.py --check    and exit 1 where one is above its bar

One thread each, interleaved in one process. Each number is time here divided by PyTorch's time: below 1 is faster.
"""

from __future__ import annotations

import os
import statistics
import sys

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

import torch  # noqa: E402 (after the thread counts)
from interleaved import Ratio, ratio  # noqa: E402

import tensorbook  # noqa: E402

torch.set_num_threads(1)

OPERATIONS = {
    "x + y": lambda x, y: x + y,
    "x - y": lambda x, y: x - y,
    "x * y": lambda x, y: x * y,
    "x / y": lambda x, y: x / y,
    "x * 2.0": lambda x, y: x * 2.0,
    "1 - x": lambda x, y: 1 - x,
    "-x": lambda x, y: -x,
    "x ** 2": lambda x, y: x**2,
    "x.exp()": lambda x, y: x.exp(),
    "x.tanh()": lambda x, y: x.tanh(),
    "x.relu()": lambda x, y: x.relu(),
    "x.sum()": lambda x, y: x.sum(),
    "x.mean()": lambda x, y: x.mean(),
    "x @ y": lambda x, y: x @ y,
    "x.t()": lambda x, y: x.t(),
    "x[0]": lambda x, y: x[0],
}

BARS = {"without gradient": 0.65, "with gradient": 0.55, "chain of 50": 0.40}


def _operands(module: object, gradient: bool) -> tuple:
    x = module.tensor([[0.5, 1.5], [2.5, 0.25]], requires_grad=gradient)
    return x, module.tensor([[1.5, 0.5], [0.25, 2.0]])


def _one(function: object, module: object, gradient: bool) -> object:
    x, y = _operands(module, gradient)
    return lambda: function(x, y)


def _chain(module: object) -> object:
    x, y = _operands(module, True)

    def run() -> None:
        v = x
        for _ in range(10):
            v = v * y
            v = v + x
            v = v.tanh()
            v = v * 0.5
            v = v - y
        v.sum().backward()
        x.grad = None

    return run


def measure() -> dict[str, float]:
    """The three ratios, and each operation's on the way."""
    results = {}
    for kind, gradient in (("without gradient", False), ("with gradient", True)):
        print(f"one operation on 4 elements, {kind}")
        found: list[Ratio] = []
        for name, function in OPERATIONS.items():
            found.append(ratio(_one(function, tensorbook, gradient), _one(function, torch, gradient)))
            print(f"  {name:10s} {found[-1]}")
        results[kind] = statistics.geometric_mean(r.median for r in found)
        print(f"  geometric mean {results[kind]:.2f}, bar {BARS[kind]}\n")
    chain = ratio(_chain(tensorbook), _chain(torch))
    results["chain of 50"] = chain.median
    print(f"50 operations forward and backward: {chain}, bar {BARS['chain of 50']}")
    return results


if __name__ == "__main__":
    above = [name for name, value in measure().items() if value > BARS[name]]
    if above and "--check" in sys.argv:
        sys.exit(f"above the bar: {', '.join(above)}")
