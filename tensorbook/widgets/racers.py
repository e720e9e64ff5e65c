"""The optimisers of a race, really run: their paths over a surface, and what became of each."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

import tensorbook as torch

from .surfaces import Point, Surface
from .training_notes import number

FAR = 100.0  # times the width of the picture: who is that far off has diverged
NEAR = 1e-3  # of the height of the start above the lowest point: who is that low has arrived


@dataclass(frozen=True)
class Racer:
    """An optimiser as one line: `torch.optim.CLASS([point], lr=…, …)`."""

    optimizer: str
    options: str = ""
    rate: float | None = None
    """Its usual learning rate; None: a share of the surface's own."""
    share: float = 1.0

    def lr(self, surface: Surface) -> float:
        return self.rate if self.rate is not None else float(f"{self.share * surface.rate:.2g}")

    def line(self, lr: float) -> str:
        return f"torch.optim.{self.optimizer}([point], lr={lr:g}{self.options})"


RACERS = {
    "SGD": Racer("SGD"),
    "momentum": Racer("SGD", ", momentum=0.9", share=0.5),
    "Nesterov": Racer("SGD", ", momentum=0.9, nesterov=True", share=0.5),
    "Adagrad": Racer("Adagrad", rate=0.5),
    "RMSprop": Racer("RMSprop", rate=0.05),
    "Adam": Racer("Adam", rate=0.1),
    "AdamW": Racer("AdamW", ", weight_decay=0.1", rate=0.1),
    "NAdam": Racer("NAdam", rate=0.1),
}


@dataclass(frozen=True)
class Path:
    """Where a racer was after each step, from the start on, and how high."""

    points: np.ndarray
    losses: np.ndarray
    diverged: bool = False


def race(surface: Surface, start: Point, make: Callable[[list[Any]], Any], steps: int) -> Path:
    """Run an optimiser from `start` for so many steps; it stops where it diverges."""
    width = max(surface.x[1] - surface.x[0], surface.y[1] - surface.y[0])
    point = torch.tensor(start, dtype=torch.float64, requires_grad=True)
    optimizer = make([point])
    points, losses = [], []
    for step in range(steps + 1):
        optimizer.zero_grad()
        loss = surface.function(point[0], point[1])
        here = point.detach().tolist()
        if not math.isfinite(loss.item()) or max(map(abs, here)) > FAR * width:
            return Path(np.array(points), np.array(losses), diverged=True)
        points.append(here)
        losses.append(loss.item())
        if step < steps:
            loss.backward()
            optimizer.step()
    return Path(np.array(points), np.array(losses))


def verdict(path: Path, lowest: float, width: float) -> tuple[str, str]:
    """What became of a racer: a word ("arrived", "diverged", "stuck", "on its way") and the sentence."""
    above = path.losses - lowest
    last = len(above) - 1
    if path.diverged:
        return "diverged", f"diverged: gone after step {last:,}"
    limit = max(NEAR * above[0], 1e-12)
    if above[-1] <= limit:
        there = int(np.flatnonzero(above > limit)[-1]) + 1 if (above > limit).any() else 0
        return "arrived", f"arrived at step {there:,}"
    moved = np.abs(np.diff(path.points[-1 - max(last // 5, 1) :], axis=0)).sum()
    height = f"{number(float(f'{above[-1]:.3g}'))} above the lowest point"
    if moved < 1e-3 * width:
        return "stuck", f"hardly moves any more, {height}"
    return "on its way", f"on its way, {height}"


def program(surface: Surface, start: Point, line: str, steps: int) -> str:
    """The race of one optimiser as a program."""
    return f"""\
import tensorbook as torch

{surface.source}

point = torch.tensor([{start[0]!r}, {start[1]!r}], dtype=torch.float64, requires_grad=True)
optimizer = {line}
for step in range({steps}):
    optimizer.zero_grad()
    loss = surface(point[0], point[1])
    loss.backward()
    optimizer.step()
print(point, surface(point[0], point[1]).item())
"""
