"""Dimensions by number, counted from the front; each remembers how it was given, for a node to show it so."""

from __future__ import annotations

import functools


class FromEnd(int):
    """A dimension that was given as a negative number."""

    given: int


class EveryDim(tuple):
    """All dimensions, where none was given: `given` is None or an empty tuple."""

    given: tuple[()] | None


def wrap_dim(dim: int, ndim: int) -> int:
    """A dimension counted from the end as one counted from the front. IndexError where there is none such."""
    limit = max(ndim, 1)
    if not -limit <= dim < limit:
        raise IndexError(f"Dimension out of range (expected to be in range of [{-limit}, {limit - 1}], but got {dim})")
    return _from_end(dim, limit) if dim < 0 else dim


@functools.cache
def _from_end(dim: int, limit: int) -> FromEnd:
    wrapped = FromEnd(dim + limit)
    wrapped.given = dim
    return wrapped


@functools.cache
def every_dim(ndim: int, given: tuple[()] | None) -> EveryDim:
    every = EveryDim(range(ndim))
    every.given = given
    return every
