"""The shape of a tensor."""

from __future__ import annotations

import math


class Size(tuple):
    """A tuple of lengths, one per dimension.

    >>> import tensorbook as torch
    >>> torch.ones(2, 3).shape, torch.ones(2, 3).shape.numel(), torch.ones(2, 3).shape[1:]
    (torch.Size([2, 3]), 6, torch.Size([3]))
    """

    __slots__ = ()

    def numel(self) -> int:
        """How many elements a tensor of this shape has."""
        return math.prod(self)

    def __repr__(self) -> str:
        return f"torch.Size({list(self)})"

    def __getitem__(self, i: int | slice) -> int | Size:
        part = tuple.__getitem__(self, i)
        return Size(part) if isinstance(i, slice) else part

    def __add__(self, other: tuple) -> Size:
        return Size(tuple.__add__(self, tuple(other)))

    def __mul__(self, times: int) -> Size:
        return Size(tuple.__mul__(self, times))

    __rmul__ = __mul__

    def __reduce__(self) -> tuple:
        return Size, (tuple(self),)


Size.__module__ = "tensorbook"
