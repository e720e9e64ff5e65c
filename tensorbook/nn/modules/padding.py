"""Layers that add elements around an image, see `nn.functional.pad`.

https://pytorch.org/docs/stable/nn.html#padding-layers
"""

from __future__ import annotations

from ...tensor import Tensor
from .. import functional as F
from .conv import per_dim
from .module import Module

Numbers = int | tuple[int, ...]


class _Pad(Module):
    """Subclasses say how many dimensions an image has, and what is added."""

    dims: int
    mode: str

    def __init__(self, padding: Numbers):
        super().__init__()
        self.padding = per_dim(padding, 2 * self.dims)

    def forward(self, input: Tensor) -> Tensor:
        return F.pad(input, self.padding, self.mode)

    def extra_repr(self) -> str:
        return f"{self.padding}"


class _ConstantPad(_Pad):
    mode = "constant"

    def __init__(self, padding: Numbers, value: float):
        super().__init__(padding)
        self.value = value

    def forward(self, input: Tensor) -> Tensor:
        return F.pad(input, self.padding, self.mode, self.value)

    def extra_repr(self) -> str:
        return f"padding={self.padding}, value={self.value}"


class _ZeroPad(_ConstantPad):
    def __init__(self, padding: Numbers):
        super().__init__(padding, 0.0)

    def extra_repr(self) -> str:
        return f"{self.padding}"


class ConstantPad1d(_ConstantPad):
    """One value before and after a signal: padding is a number or (left, right)."""

    dims = 1


class ConstantPad2d(_ConstantPad):
    """One value around an image: padding is a number or (left, right, top, bottom).

    >>> import tensorbook as torch
    >>> torch.nn.ConstantPad2d((1, 0, 0, 1), 7.0)(torch.zeros(1, 1))
    tensor([[7., 0.],
            [7., 7.]])
    """

    dims = 2


class ConstantPad3d(_ConstantPad):
    """One value around a volume: padding is a number or (left, right, top, bottom, front, back)."""

    dims = 3


class ZeroPad1d(_ZeroPad):
    """Zeros before and after a signal."""

    dims = 1


class ZeroPad2d(_ZeroPad):
    """Zeros around an image.

    >>> import tensorbook as torch
    >>> torch.nn.ZeroPad2d(1)
    ZeroPad2d((1, 1, 1, 1))
    """

    dims = 2


class ZeroPad3d(_ZeroPad):
    """Zeros around a volume."""

    dims = 3


class ReflectionPad1d(_Pad):
    """A signal mirrored at its first and last element.

    >>> import tensorbook as torch
    >>> torch.nn.ReflectionPad1d(2)(torch.tensor([[1.0, 2.0, 3.0]]))
    tensor([[3., 2., 1., 2., 3., 2., 1.]])
    """

    dims, mode = 1, "reflect"


class ReflectionPad2d(_Pad):
    """An image mirrored at its edge elements."""

    dims, mode = 2, "reflect"


class ReflectionPad3d(_Pad):
    """A volume mirrored at its edge elements."""

    dims, mode = 3, "reflect"


class ReplicationPad1d(_Pad):
    """The first and the last element of a signal, repeated.

    >>> import tensorbook as torch
    >>> torch.nn.ReplicationPad1d(2)(torch.tensor([[1.0, 2.0, 3.0]]))
    tensor([[1., 1., 1., 2., 3., 3., 3.]])
    """

    dims, mode = 1, "replicate"


class ReplicationPad2d(_Pad):
    """The edge elements of an image, repeated."""

    dims, mode = 2, "replicate"


class ReplicationPad3d(_Pad):
    """The edge elements of a volume, repeated."""

    dims, mode = 3, "replicate"


class CircularPad1d(_Pad):
    """A signal continued from its other end.

    >>> import tensorbook as torch
    >>> torch.nn.CircularPad1d(2)(torch.tensor([[1.0, 2.0, 3.0]]))
    tensor([[2., 3., 1., 2., 3., 1., 2.]])
    """

    dims, mode = 1, "circular"


class CircularPad2d(_Pad):
    """An image continued from its other side."""

    dims, mode = 2, "circular"


class CircularPad3d(_Pad):
    """A volume continued from its other side."""

    dims, mode = 3, "circular"
