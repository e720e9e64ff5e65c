"""What `DeviceRace` races: each operation as the line of code that each contender runs, and what that line works on."""

from __future__ import annotations

import math
import operator
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

import tensorbook as torch

LISTS, NUMPY, CPU, GPU = "plain lists", "NumPy", "tensorbook", "tensorbook on the GPU"


@dataclass(frozen=True)
class Operation:
    """One piece of work, as three lines that do the same."""

    lists: str
    numpy: str
    tensors: str
    power: float = 1.0
    """The work grows with the size to this power: from it the first guess of how long a larger size takes."""
    says: str = "numbers in each operand"

    def code(self, contender: str) -> str:
        return {LISTS: self.lists, NUMPY: self.numpy}.get(contender, self.tensors)


OPERATIONS = {
    "add": Operation("[x + y for x, y in zip(a, b)]", "a + b", "a + b"),
    "multiply-add": Operation("[x * y + z for x, y, z in zip(a, b, c)]", "a * b + c", "a * b + c"),
    "exp": Operation("[exp(x) for x in a]", "np.exp(a)", "a.exp()"),
    "sum": Operation("sum(a)", "a.sum()", "a.sum()"),
    "random": Operation(
        "[random() for _ in range(n)]",
        "rng.random(n, dtype=np.float32)",
        "torch.rand(n, device=a.device)",
        says="numbers drawn",
    ),
    "matmul": Operation(
        "[[sum(map(mul, row, column)) for column in columns] for row in a]",
        "a @ b",
        "a @ b",
        power=1.5,
        says="numbers in each operand, the square matrix nearest to it",
    ),
}


def contenders() -> list[str]:
    """Who can race on this machine."""
    return [LISTS, NUMPY, CPU, *([GPU] if torch.cuda.is_available() else [])]


def prepare(operation: str, contender: str, size: int) -> Callable[[], Any]:
    """The operation's line as a function without arguments, its operands made beforehand.

    >>> len(prepare("add", "plain lists", 10)())
    10
    """
    side = max(1, round(math.sqrt(size)))
    shape = (side, side) if operation == "matmul" else (size,)
    rng = np.random.default_rng(0)
    names: dict[str, Any] = {name: rng.random(shape, dtype=np.float32) for name in "abc"}
    if contender == LISTS:
        names = {name: array.tolist() for name, array in names.items()}
        names |= {"exp": math.exp, "mul": operator.mul, "random": random.Random(0).random}
        if operation == "matmul":
            names["columns"] = list(zip(*names["b"], strict=True))
    elif contender == NUMPY:
        names |= {"np": np, "rng": rng}
    else:
        device = "cuda" if contender == GPU else "cpu"
        names = {name: torch.from_numpy(array).to(device) for name, array in names.items()} | {"torch": torch}
    return eval(f"lambda: {OPERATIONS[operation].code(contender)}", names | {"n": size})  # our own lines, from above


def wait(contender: str) -> None:
    """Wait until the contender has done its work: a GPU answers before it has finished."""
    if contender == GPU:
        torch.cuda.synchronize()
