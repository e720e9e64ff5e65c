"""A training step of a small convolutional network beside PyTorch's, and the operations that it consists of.

    python benchmarks/convnet.py            print the ratios
    python benchmarks/convnet.py --check    and exit 1 where the step is above its bar

Two threads each, interleaved in one process, in time on the wall: both libraries compute in threads of their own. Below
1 is faster. On a machine that does something else, too, the ratios say little.
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from collections.abc import Callable

THREADS = 2
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = str(THREADS)

import numpy as np  # noqa: E402 (after the thread counts)
import torch  # noqa: E402

import tensorbook  # noqa: E402

torch.set_num_threads(THREADS)
BAR = 1.8


def training_step(module: object) -> Callable[[], object]:
    """Convolutions 1 → 16 → 32 on 28 × 28 pixels, a batch of 32, SGD by hand."""
    nn = module.nn
    module.manual_seed(0)
    model = nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(32 * 7 * 7, 10),
    )  # fmt: skip
    x, y = module.randn(32, 1, 28, 28), module.randint(0, 10, (32,))
    parameters = list(model.parameters())

    def run() -> None:
        loss = nn.functional.cross_entropy(model(x), y)
        for p in parameters:
            p.grad = None
        loss.backward()
        with module.no_grad():
            for p in parameters:
                p -= 0.01 * p.grad

    return run


def convolution(module: object, image: tuple, weight: tuple, input_too: bool, **options: int) -> Callable[[], object]:
    """Forward and backward; the gradient of the image, too, or that of the weights alone."""
    rng = np.random.default_rng(0)
    x = module.tensor(rng.normal(size=image).astype("float32"), requires_grad=input_too)
    w = module.tensor(rng.normal(size=weight).astype("float32"), requires_grad=True)
    conv2d = module.nn.functional.conv2d
    grad = module.ones(*conv2d(x, w, **options).shape)

    def run() -> None:
        w.grad = x.grad = None
        conv2d(x, w, **options).backward(grad)

    return run


def pooling(module: object, backward: bool) -> Callable[[], object]:
    x = module.tensor(np.random.default_rng(0).normal(size=(32, 16, 28, 28)).astype("float32"), requires_grad=backward)
    max_pool2d, grad = module.nn.functional.max_pool2d, module.ones(32, 16, 14, 14)

    def run() -> None:
        y = max_pool2d(x, 2)
        if backward:
            x.grad = None
            y.backward(grad)

    return run


WORK = {
    "training step": training_step,
    "conv 1 → 16, 28²": lambda m: convolution(m, (32, 1, 28, 28), (16, 1, 3, 3), False, padding=1),
    "conv 16 → 32, 14²": lambda m: convolution(m, (32, 16, 14, 14), (32, 16, 3, 3), True, padding=1),
    "conv 64 → 64, 28²": lambda m: convolution(m, (8, 64, 28, 28), (64, 64, 3, 3), True, padding=1),
    "conv 3 → 64, 11 × 11 by 4": lambda m: convolution(m, (4, 3, 224, 224), (64, 3, 11, 11), False, stride=4),
    "max_pool2d forward": lambda m: pooling(m, False),
    "max_pool2d and backward": lambda m: pooling(m, True),
}


def measure(ours: Callable[[], object], theirs: Callable[[], object], rounds: int = 60) -> tuple[float, float, float]:
    """Medians: the ratio of two runs that followed each other, and both times in milliseconds."""
    times = []
    for i in range(rounds + 5):
        pair = [0.0, 0.0]
        for at in (0, 1) if i % 2 else (1, 0):
            time.sleep(0.002)  # the threads of the other library have stopped waiting for work
            start = time.perf_counter()
            (ours, theirs)[at]()
            pair[at] = time.perf_counter() - start
        times.append(pair)
    times = times[5:]
    return (
        statistics.median(a / b for a, b in times),
        *(statistics.median(t[at] for t in times) * 1e3 for at in (0, 1)),
    )


if __name__ == "__main__":
    found = {}
    for told, make in WORK.items():
        found[told], ours, theirs = measure(make(tensorbook), make(torch))
        print(f"{told:28s} {found[told]:5.2f}   {ours:7.2f} ms against {theirs:7.2f} ms")
    if found["training step"] > BAR and "--check" in sys.argv:
        sys.exit(f"the training step is above its bar of {BAR}")
