"""The tensor beside PyTorch's eager mode where the numbers count, not the library: products, chains, draws, views.

    python benchmarks/tensor.py              print every ratio and its bar
    python benchmarks/tensor.py --check      and exit 1 where one is above its bar
    python benchmarks/tensor.py views        only those whose names contain a word

Two threads each, interleaved in one process: a ratio is formed within a round and the median of the rounds is printed.
Below 1 is faster than PyTorch. Both cores must be idle: libraries that wait for each other's threads measure nothing.
What an operation costs on a few elements is in overhead.py, where the bars are 0.65, 0.55 and 0.40.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "2"

import torch  # noqa: E402 (after the thread counts)
from interleaved import ratio  # noqa: E402

import tensorbook  # noqa: E402

torch.set_num_threads(2)
ROUNDS = 9


def matmul(module: object) -> Callable:
    a, b = module.randn(1500, 1500), module.randn(1500, 1500)
    return lambda: a @ b


def draw_and_add(module: object) -> Callable:
    return lambda: module.randn(2000, 2000).add_(module.randn(2000, 2000))


def small_products(module: object) -> Callable:
    def run() -> None:
        for _ in range(100):
            module.matmul(module.randn(100, 100), module.randn(100, 100))

    return run


def chain(module: object) -> Callable:
    x = module.randn(4_000_000, requires_grad=True)

    def run() -> None:
        (x.relu() * 0.5).tanh().relu().sum().backward()
        x.grad = None

    return run


def views(module: object) -> Callable:
    x = module.randn(64, 32, 16)

    def run() -> None:
        for _ in range(200):
            x.transpose(0, 1)[1:].permute(2, 0, 1).unsqueeze(0)[..., ::2].expand(3, -1, -1, -1)[0].select(0, 3)

    return run


def views_with_gradient(module: object) -> Callable:
    x = module.randn(64, 32, requires_grad=True)

    def run() -> None:
        for _ in range(50):
            x.t()[1:].reshape(-1).view(31, 64)[:, 3].unsqueeze(1).squeeze().sum().backward()
        x.grad = None

    return run


def shuffled(module: object) -> Callable:
    return lambda: module.randperm(60_000)


def middling_draw(module: object) -> Callable:
    return lambda: module.randn(10_000)


# name -> what is timed, its bar (None: only told)
BENCHMARKS: dict[str, tuple[Callable, float | None]] = {
    "matmul of 1500 x 1500": (matmul, 1.1),
    "randn, randn, add_ of 2000 x 2000": (draw_and_add, 1.0),
    "100 times randn, randn, matmul of 100 x 100": (small_products, 1.8),
    "relu and tanh chain on 4 million, and back": (chain, 0.8),
    "views of views": (views, 1.0),
    "views of views, and back": (views_with_gradient, 1.0),
    "randperm(60_000)": (shuffled, None),
    "randn(10_000)": (middling_draw, None),
}


def import_time() -> float:
    """Milliseconds that `import tensorbook` takes beyond `import numpy`, the least of several fresh Pythons."""
    code = (
        "import time, numpy, numpy.random; s = time.perf_counter(); import tensorbook; print(time.perf_counter() - s)"
    )
    runs = [subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True) for _ in range(7)]
    return min(float(run.stdout) for run in runs) * 1e3


def main(words: list[str]) -> list[str]:
    """Print what was asked for; the names of those above their bars."""
    above = []
    for name, (make, bar) in BENCHMARKS.items():
        if words and not any(word in name for word in words):
            continue
        value = ratio(make(tensorbook), make(torch), ROUNDS, clock=time.perf_counter)
        told = "no bar" if bar is None else f"bar {bar}" + (" ABOVE" if value.median > bar else "")
        print(f"{name:45s} {value}   {told}", flush=True)
        above += [name] * (bar is not None and value.median > bar)
    if not words or "import" in words:
        value = import_time()
        print(f"{'import tensorbook, beyond import numpy':45s} {value:.0f} ms, bar 80 ms{' ABOVE' * (value > 80)}")
        above += ["import"] * (value > 80)
    return above


if __name__ == "__main__":
    found = main([word for word in sys.argv[1:] if not word.startswith("-")])
    if found and "--check" in sys.argv:
        sys.exit(f"above the bar: {', '.join(found)}")
