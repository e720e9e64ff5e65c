"""The shape of a tensor."""

from __future__ import annotations

import functools
import math
import operator
from collections.abc import Iterable


class Size(tuple):
    """A tuple of lengths, one per dimension.

    >>> import tensorbook as torch
    >>> torch.ones(2, 3).shape, torch.ones(2, 3).shape.numel(), torch.ones(2, 3).shape[1:]
    (torch.Size([2, 3]), 6, torch.Size([3]))
    """

    __slots__ = ()

    def __new__(cls, lengths: Iterable[int] = ()) -> Size:
        """TypeError unless every length is an integer."""
        return tuple.__new__(cls, [_length(n, i) for i, n in enumerate(lengths)])

    def numel(self) -> int:
        """How many elements a tensor of this shape has."""
        return math.prod(self)

    def __repr__(self) -> str:
        return f"torch.Size({list(self)})"

    def __getitem__(self, i: int | slice) -> int | Size:
        part = tuple.__getitem__(self, i)
        return size(part) if isinstance(i, slice) else part

    def __add__(self, other: tuple) -> Size:
        if not isinstance(other, tuple):
            raise TypeError(f"can only concatenate tuple (not {type(other).__name__}) to torch.Size")
        return Size(tuple.__add__(self, other))

    def __radd__(self, other: tuple) -> Size:
        return Size(tuple.__add__(other, self)) if isinstance(other, tuple) else NotImplemented

    def __mul__(self, times: int) -> Size:
        return size(tuple.__mul__(self, times))

    __rmul__ = __mul__

    def __reduce__(self) -> tuple:
        return Size, (tuple(self),)


def _length(n: object, place: int) -> int:
    if n.__class__ is int:
        return n
    if not hasattr(n, "__index__"):
        raise TypeError(f"torch.Size() takes an iterable of 'int' (item {place} is '{type(n).__name__}')")
    return operator.index(n)


size = functools.partial(tuple.__new__, Size)
"""The Size of a tuple that is known to be one: no length is looked at."""

Size.__module__ = "tensorbook"
