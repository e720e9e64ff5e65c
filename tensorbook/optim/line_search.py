"""How far to walk along a direction: the strong Wolfe conditions.

Nocedal and Wright, Numerical Optimization, 2nd edition, 2006, algorithms 3.5 and 3.6.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from ..tensor import Tensor

ENOUGH_DOWN = 1e-4  # the loss must fall by this share of what the slope at the start promises
FLAT_ENOUGH = 0.9  # the slope must shrink to this share of the slope at the start


@dataclass
class Point:
    """A place along the direction: how far, the loss, its gradient, and the slope along the direction."""

    t: float
    loss: float
    grad: Tensor
    slope: float


def strong_wolfe(
    evaluate: Callable[[float], tuple[float, Tensor]],
    direction: Tensor,
    t: float,
    loss: float,
    grad: Tensor,
    slope: float,
    tolerance_change: float = 1e-9,
    max_evaluations: int = 25,
) -> tuple[float, Tensor, float, int]:
    """Find a step after which the loss is lower enough and the slope small enough.

    Args:
        evaluate: the loss and its gradient after walking so far.
        direction: where to walk, as long as the gradient.
        t: the length to try first.
        loss, grad, slope: at the start; the slope is the gradient along the direction, below 0.
        tolerance_change: stop where no parameter would move more.
        max_evaluations: how many lengths to try after the first.

    Returns:
        The loss and the gradient at the place found, its length, and how often `evaluate` was called.
    """
    start = Point(0.0, loss, grad.clone(), slope)
    largest = direction.abs().max().item()

    def look(t: float) -> Point:
        loss, grad = evaluate(t)
        return Point(t, loss, grad, grad.dot(direction).item())

    def too_high(point: Point) -> bool:
        return point.loss > start.loss + ENOUGH_DOWN * point.t * start.slope

    def level(point: Point) -> bool:
        return abs(point.slope) <= -FLAT_ENOUGH * start.slope

    # walk on until the lowest place must lie between the last two
    before, here = start, look(t)
    tried, found = 0, False
    while tried < max_evaluations:
        if too_high(here) or (tried > 1 and here.loss >= before.loss) or (here.slope >= 0 and not level(here)):
            break
        if level(here):
            found = True
            break
        farther = cubic_minimum(before, here, here.t + 0.01 * (here.t - before.t), here.t * 10)
        before, here = here, look(farther)
        tried += 1
    else:
        before = start
    if found:
        return here.loss, here.grad, here.t, tried + 1
    low, high = (before, here) if before.loss <= here.loss else (here, before)

    # narrow it down
    stuck = False
    while not found and tried < max_evaluations and abs(high.t - low.t) * largest >= tolerance_change:
        left, right = min(low.t, high.t), max(low.t, high.t)
        t = cubic_minimum(low, high, left, right)
        margin = 0.1 * (right - left)
        near_an_end = min(right - t, t - left) < margin
        if near_an_end and (stuck or t >= right or t <= left):
            t = right - margin if abs(t - right) < abs(t - left) else left + margin
            stuck = False
        else:
            stuck = near_an_end
        here = look(t)
        tried += 1
        if too_high(here) or here.loss >= low.loss:
            high = here
            if high.loss < low.loss:
                low, high = high, low
        else:
            found = level(here)
            if not found and here.slope * (high.t - low.t) >= 0:
                high = low
            low = here
    return low.loss, low.grad, low.t, tried + 1


def cubic_minimum(a: Point, b: Point, least: float, most: float) -> float:
    """Where the cubic through two points with their slopes is lowest, within bounds; their middle if it has no low."""
    if a.t > b.t:
        a, b = b, a
    d1 = a.slope + b.slope - 3 * (a.loss - b.loss) / (a.t - b.t)
    square = d1 * d1 - a.slope * b.slope
    if square < 0:
        return (least + most) / 2
    d2 = math.sqrt(square)
    t = b.t - (b.t - a.t) * ((b.slope + d2 - d1) / (b.slope - a.slope + 2 * d2))
    return min(max(t, least), most)
