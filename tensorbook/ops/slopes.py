"""The slope of a function that is known at some points: central differences inside, one-sided ones at both ends."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..tensor import Tensor, wrap_dim
from . import view
from .along import diff
from .arithmetic import minus, plus
from .by_number import over, times
from .joining import cat
from .operands import floating

Spacing = float | Sequence[float] | Sequence[Tensor] | None


def gradient(
    input: Tensor, *, spacing: Spacing = None, dim: int | Sequence[int] | None = None, edge_order: int = 1
) -> tuple[Tensor, ...]:
    """The partial derivatives along dimensions, one tensor each, of a function known at the points of a grid.

    Args:
        spacing: how far the points are apart: one number, one for each dimension, or for each dimension a vector with
            the coordinates of its points.
        dim: along which dimensions; all, unless given.
        edge_order: whether two points decide on the slope at an end (1), or three (2).

    >>> import tensorbook as torch
    >>> torch.gradient(torch.tensor([1.0, 2.0, 4.0, 7.0]))
    (tensor([1.0000, 1.5000, 2.5000, 3.0000]),)
    """
    dims = list(range(input._array.ndim)) if dim is None else [dim] if isinstance(dim, int) else list(dim)
    if spacing is None or isinstance(spacing, (int, float)):
        spacing = [1.0 if spacing is None else spacing] * len(dims)
    _check(input, spacing, dim is not None, dims, edge_order)
    results = []
    for step, d in zip(spacing, dims, strict=True):
        slope = _unevenly if isinstance(step, Tensor) else _evenly
        results.append(slope(_Points(input, int(wrap_dim(d, input._array.ndim))), step, edge_order))
    return tuple(results)


def _check(x: Tensor, spacing: Sequence, chosen: bool, dims: list[int], edge_order: int) -> None:
    if isinstance(spacing, Tensor):
        raise TypeError("gradient(): argument 'spacing' must be a number, or a list of numbers or tensors, not Tensor")
    if x._array.dtype == np.uint8:
        raise RuntimeError("torch.gradient does not support uint8 input.")
    if len(spacing) != len(dims):
        wanted = (
            "a scalar or it's spacing and dim arguments to have the same length, but got a spacing argument of length "
            f"{len(spacing)} and a dim argument of length {len(dims)}."
            if chosen
            else f"a scalar, or a list of length equal to 'self.dim() = {x._array.ndim}', since dim argument was not "
            f"given, but got a list of length {len(spacing)}"
        )
        raise RuntimeError(f"torch.gradient expected spacing to be unspecified, {wanted}")
    if edge_order not in (1, 2):
        raise RuntimeError("torch.gradient only supports edge_order=1 and edge_order=2.")
    wrapped = [int(wrap_dim(d, x._array.ndim)) for d in dims]
    for d in wrapped:
        if wrapped.count(d) > 1:
            raise RuntimeError(f"dim {d} appears multiple times in the list of dims")
        if x._array.shape[d] < edge_order + 1:
            raise RuntimeError("torch.gradient expected each dimension size to be at least edge_order+1")


class _Points:
    """The values along one dimension: `points[1, -1]` are those from the second to the last but one."""

    def __init__(self, x: Tensor, dim: int):
        self.x, self.dim, self.count = x, dim, x._array.shape[dim]

    def __getitem__(self, bounds: tuple[int, int | None]) -> Tensor:
        start, end = bounds
        return view.slice_(self.x, self.dim, start, end, 1)

    def with_ends(self, first: Tensor, inside: Tensor, last: Tensor) -> Tensor:
        return cat([first, inside, last], self.dim)


def _evenly(points: _Points, step: float, edge_order: int) -> Tensor:
    """Points that are all `step` apart."""
    inside = over(over(floating(minus(points[2, None], points[0, -2])), step), 2)
    if edge_order == 1:
        first, last = minus(points[1, 2], points[0, 1]), minus(points[-1, None], points[-2, -1])
    else:
        a, b, c = (times(floating(points[i, i + 1]), k) for i, k in enumerate((-1.5, 2, 0.5)))
        first = minus(plus(a, b), c)
        a, b, c = (times(floating(points[i, i + 1 or None]), k) for i, k in ((-3, 0.5), (-2, 2), (-1, 1.5)))
        last = plus(minus(a, b), c)
    return points.with_ends(over(floating(first), step), inside, over(floating(last), step))


def _unevenly(points: _Points, places: Tensor, edge_order: int) -> Tensor:
    """Points at given places: the parabola through three neighbours has the slope that is wanted."""
    if places._array.ndim != 1:
        raise RuntimeError(
            "torch.gradient expected each element of spacing to have one dimension, but got an element with "
            f"{places._array.ndim} dimensions!"
        )
    gaps = diff(places)
    lying = [1] * points.x._array.ndim
    lying[points.dim] = -1
    left, right = gaps[:-1], gaps[1:]
    a = (-right / (left * (left + right))).reshape(lying)
    b = ((right - left) / (left * right)).reshape(lying)
    c = (left / (right * (left + right))).reshape(lying)
    inside = a * points[0, -2] + b * points[1, -1] + c * points[2, None]
    if edge_order == 1:
        first = (points[1, 2] - points[0, 1]) / gaps[0]
        last = (points[-1, None] - points[-2, -1]) / gaps[-1]
    else:
        first = _at_end(gaps[0], gaps[1], points[0, 1], points[1, 2], points[2, 3])
        last = _at_end(-gaps[-1], -gaps[-2], points[-1, None], points[-2, -1], points[-3, -2])
    return points.with_ends(first, inside, last)


def _at_end(gap: Tensor, next_gap: Tensor, end: Tensor, second: Tensor, third: Tensor) -> Tensor:
    """The slope at an end, seen from there, from the gaps to the next two points and the values at all three."""
    both = gap + next_gap
    return (
        -(2.0 * gap + next_gap) / (gap * both) * end
        + both / (gap * next_gap) * second
        + -gap / (next_gap * both) * third
    )
