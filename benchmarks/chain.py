"""A chain of a million operations: is it walked without recursion, how fast, and how much memory does a node take?

    python benchmarks/chain.py               print the figures for three kinds of chain
    python benchmarks/chain.py --check       and exit 1 where one is above its bar
    python benchmarks/chain.py --length N    another length

Each chain is built, walked back and freed in turn by tensorbook and by PyTorch, with one thread each, and each time in
a fork of its own: memory that a chain before it had freed would be used again, and not be counted.
The bars are for the chain of additions: the backward pass takes at most half of PyTorch's time, and a node at most
200 bytes. The tensors between are gone by then; a node that saves its operand keeps that alive as well.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import statistics
import sys
import time
from collections.abc import Callable

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

import torch  # noqa: E402 (after the thread counts)

import tensorbook  # noqa: E402

torch.set_num_threads(1)

CHAINS: dict[str, Callable] = {
    "v = v + x": lambda v, x: v + x,
    "v = v * 1.0": lambda v, x: v * 1.0,
    "v = v.tanh()": lambda v, x: v.tanh(),
}
TIME_BAR, BYTES_BAR = 0.5, 200


def resident() -> int:
    """Bytes of memory that this process holds."""
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def alone(module: object, name: str, length: int) -> tuple[float, float, float, float]:
    """What `run` finds in a fork that ends with it."""
    with multiprocessing.get_context("fork").Pool(1) as pool:
        return pool.apply(run, (module.__name__, name, length))


def run(module_name: str, name: str, length: int) -> tuple[float, float, float, float]:
    """Seconds to build the chain, to walk it and to free it; bytes for a node."""
    module, step = sys.modules[module_name], CHAINS[name]
    x = module.tensor(1.0, requires_grad=True)
    before, start = resident(), time.thread_time()
    v = x
    for _ in range(length):
        v = step(v, x)
    built = time.thread_time()
    size = (resident() - before) / length
    v.backward()
    walked = time.thread_time()
    del v
    return built - start, walked - built, time.thread_time() - walked, size


def measure(length: int, rounds: int = 3) -> dict[str, tuple[float, float]]:
    """For each chain the backward pass's ratio to PyTorch's and the bytes for a node."""
    results = {}
    for name in CHAINS:
        ours, theirs = [], []
        for _ in range(rounds):
            ours.append(alone(tensorbook, name, length))
            theirs.append(alone(torch, name, length))
        ratios = [statistics.median(a[part] / b[part] for a, b in zip(ours, theirs, strict=True)) for part in range(3)]
        results[name] = ratios[1], ours[0][3]
        print(
            f"{name:14s} forward {ratios[0]:.2f}  backward {ratios[1]:.2f}  freeing {ratios[2]:.2f} of PyTorch's "
            f"({ours[0][1] / length * 1e9:.0f} ns a node back); {ours[0][3]:.0f} bytes a node, PyTorch "
            f"{theirs[0][3]:.0f}"
        )
    return results


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--length", type=int, default=1_000_000)
    given = parser.parse_args()
    ratio, size = measure(given.length)["v = v + x"]
    if given.check and (ratio > TIME_BAR or size > BYTES_BAR):
        sys.exit(f"above the bar: {ratio:.2f} of {TIME_BAR}, {size:.0f} bytes of {BYTES_BAR}")
