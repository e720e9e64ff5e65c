"""In-place forms of operations that have no faster one than computing anew and writing over."""

from __future__ import annotations

from ..tensor import Tensor
from . import along, pointwise, transcendental
from .inplace import apply
from .operands import operand
from .writing import check_history


def clamp_min_(self: Tensor, min: float) -> Tensor:
    """clamp_min, in place."""
    return apply(self, pointwise.clamp_min_scalar, min)


def clamp_max_(self: Tensor, max: float) -> Tensor:
    """clamp_max, in place."""
    return apply(self, pointwise.clamp_max_scalar, max)


def square_(self: Tensor) -> Tensor:
    """square, in place."""
    return apply(self, pointwise.square_, 2)


def frac_(self: Tensor) -> Tensor:
    """frac, in place."""
    return apply(self, pointwise.frac)


def round_(self: Tensor, *, decimals: int = 0) -> Tensor:
    """round, in place."""
    return apply(self, pointwise.round_to, decimals) if decimals else apply(self, pointwise.round_)


def lerp_(self: Tensor, end: Tensor, weight: float) -> Tensor:
    """lerp with a number as weight, in place."""
    return apply(self, pointwise.lerp_, end, weight)


def atan2_(self: Tensor, other: Tensor) -> Tensor:
    """atan2, in place."""
    return apply(self, transcendental.atan2, operand(other, self))


def logit_(self: Tensor, eps: float | None = None) -> Tensor:
    """logit, in place."""
    return apply(self, transcendental.logit_, eps)


def nan_to_num_(
    self: Tensor, nan: float | None = None, posinf: float | None = None, neginf: float | None = None
) -> Tensor:
    """nan_to_num, in place."""
    return apply(self, transcendental.nan_to_num_, nan, posinf, neginf)


def index_add_(self: Tensor, dim: int, index: Tensor, source: Tensor, *, alpha: float = 1) -> Tensor:
    """index_add, in place."""
    check_history(self, source)
    return apply(self, along.index_add_out, source, along.check_slices(self, dim, index, source), index, alpha)


def index_fill_(self: Tensor, dim: int, index: Tensor, value: float | Tensor) -> Tensor:
    """index_fill, in place."""
    check_history(self)
    return apply(self, along.index_fill_out, *along.checked_fill(self, dim, index, value), repeats=True)
