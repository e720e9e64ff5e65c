"""Convolution layers.

https://pytorch.org/docs/stable/nn.html#convolution-layers
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from ...ops.creation import empty
from ...tensor import Tensor
from .. import functional as F
from .. import init
from ..parameter import Parameter
from .module import Module

Numbers = int | tuple[int, ...]


def per_dim(value: Numbers, dims: int) -> tuple[int, ...]:
    """One number for each dimension; a single one counts for all."""
    return tuple(value) if isinstance(value, Iterable) else (value,) * dims


class _ConvNd(Module):
    """What all convolutions share. Subclasses say how many dimensions an image has, and which function runs."""

    dims: int
    transposed = False

    def __init__(
        self, in_channels: int, out_channels: int, kernel_size: Numbers, stride: Numbers, padding: Numbers | str,
        dilation: Numbers, output_padding: Numbers, groups: int, bias: bool, padding_mode: str, device: object,
        dtype: object,
    ):  # fmt: skip
        super().__init__()
        if groups <= 0:
            raise ValueError("groups must be a positive integer")
        if in_channels % groups:
            raise ValueError("in_channels must be divisible by groups")
        if out_channels % groups:
            raise ValueError("out_channels must be divisible by groups")
        self.in_channels, self.out_channels, self.groups = in_channels, out_channels, groups
        self.kernel_size, self.stride = per_dim(kernel_size, self.dims), per_dim(stride, self.dims)
        self.dilation, self.output_padding = per_dim(dilation, self.dims), per_dim(output_padding, self.dims)
        self.padding = padding if isinstance(padding, str) else per_dim(padding, self.dims)
        self.padding_mode = padding_mode
        if isinstance(padding, str):
            if padding not in ("same", "valid"):
                raise ValueError(f"Invalid padding string {padding!r}, should be one of {{'same', 'valid'}}")
            if padding == "same" and any(s != 1 for s in self.stride):
                raise ValueError("padding='same' is not supported for strided convolutions")
        if padding_mode not in ("zeros", "reflect", "replicate", "circular"):
            raise ValueError(
                "padding_mode must be one of {'zeros', 'reflect', 'replicate', 'circular'}, "
                f"but got padding_mode='{padding_mode}'"
            )
        first, second = (in_channels, out_channels) if self.transposed else (out_channels, in_channels)
        self.weight = Parameter(empty(first, second // groups, *self.kernel_size, device=device, dtype=dtype))
        if bias:
            self.bias = Parameter(empty(out_channels, device=device, dtype=dtype))
        else:
            self.register_parameter("bias", None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw first weights anew."""
        init.kaiming_uniform_(self.weight, a=math.sqrt(5))
        fan_in = math.prod(self.weight.shape[1:])
        if self.bias is not None and fan_in:
            init.uniform_(self.bias, -1 / math.sqrt(fan_in), 1 / math.sqrt(fan_in))

    @property
    def _reversed_padding_repeated_twice(self) -> tuple[int, ...]:
        """The padding as F.pad wants it: before and after each dimension, the last one first. (PyTorch's name.)"""
        if isinstance(self.padding, tuple):
            return tuple(p for p in reversed(self.padding) for _ in range(2))
        total = [d * (k - 1) * (self.padding == "same") for d, k in zip(self.dilation, self.kernel_size, strict=True)]
        return tuple(side for t in reversed(total) for side in (t // 2, t - t // 2))

    def _conv_forward(self, input: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        """The layer with another weight, for subclasses that change it first."""
        padding = self.padding
        if self.padding_mode != "zeros":
            input, padding = F.pad(input, self._reversed_padding_repeated_twice, self.padding_mode), 0
        run = getattr(F, f"conv{self.dims}d")
        return run(input, weight, bias, self.stride, padding, self.dilation, self.groups)

    def forward(self, input: Tensor) -> Tensor:
        return self._conv_forward(input, self.weight, self.bias)

    def extra_repr(self) -> str:
        told = f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}, stride={self.stride}"
        for name, usual in (("padding", 0), ("dilation", 1), ("output_padding", 0)):
            if getattr(self, name) != (usual,) * self.dims:
                told += f", {name}={getattr(self, name)}"
        told += f", groups={self.groups}" if self.groups != 1 else ""
        told += ", bias=False" if self.bias is None else ""
        return told + (f", padding_mode={self.padding_mode}" if self.padding_mode != "zeros" else "")


class _Conv(_ConvNd):
    def __init__(
        self, in_channels: int, out_channels: int, kernel_size: Numbers, stride: Numbers = 1,
        padding: Numbers | str = 0, dilation: Numbers = 1, groups: int = 1, bias: bool = True,
        padding_mode: str = "zeros", device: object = None, dtype: object = None,
    ):  # fmt: skip
        super().__init__(
            in_channels, out_channels, kernel_size, stride, padding, dilation, 0, groups, bias, padding_mode, device,
            dtype,
        )  # fmt: skip


class Conv1d(_Conv):
    """A convolution over signals (batch, channels, length), see Conv2d.

    >>> import tensorbook as torch
    >>> torch.nn.Conv1d(2, 4, 3)(torch.ones(1, 2, 10)).shape
    torch.Size([1, 4, 8])
    """

    dims = 1


class Conv2d(_Conv):
    """A convolution over images (batch, channels, height, width): F.conv2d with weights that are learned.

    https://pytorch.org/docs/stable/generated/torch.nn.Conv2d.html

    Args:
        in_channels, out_channels: channels of the input and of the output.
        kernel_size, stride, padding, dilation, groups: as in `nn.functional.conv2d`.
        bias: whether each output channel has a number of its own to add.
        padding_mode: what is added around an image: "zeros", "reflect", "replicate" or "circular".

    >>> import tensorbook as torch
    >>> layer = torch.nn.Conv2d(1, 16, 3, padding=1)
    >>> layer, layer(torch.ones(32, 1, 28, 28)).shape
    (Conv2d(1, 16, kernel_size=(3, 3), stride=(1, 1), padding=(1, 1)), torch.Size([32, 16, 28, 28]))
    """

    dims = 2


class Conv3d(_Conv):
    """A convolution over volumes (batch, channels, depth, height, width), see Conv2d.

    >>> import tensorbook as torch
    >>> torch.nn.Conv3d(1, 2, 3)(torch.ones(1, 1, 4, 4, 4)).shape
    torch.Size([1, 2, 2, 2, 2])
    """

    dims = 3


class _ConvTranspose(_ConvNd):
    transposed = True

    def __init__(
        self, in_channels: int, out_channels: int, kernel_size: Numbers, stride: Numbers = 1, padding: Numbers = 0,
        output_padding: Numbers = 0, groups: int = 1, bias: bool = True, dilation: Numbers = 1,
        padding_mode: str = "zeros", device: object = None, dtype: object = None,
    ):  # fmt: skip
        if padding_mode != "zeros":
            raise ValueError(f'Only "zeros" padding mode is supported for {type(self).__name__}')
        super().__init__(
            in_channels, out_channels, kernel_size, stride, padding, dilation, output_padding, groups, bias,
            padding_mode, device, dtype,
        )  # fmt: skip

    def forward(self, input: Tensor, output_size: Sequence[int] | None = None) -> Tensor:
        more = self.output_padding if output_size is None else self._padding_for(input, list(output_size))
        run = getattr(F, f"conv_transpose{self.dims}d")
        return run(input, self.weight, self.bias, self.stride, self.padding, more, self.groups, self.dilation)

    def _padding_for(self, input: Tensor, size: list[int]) -> tuple[int, ...]:
        """The output padding that makes an output of this size."""
        outer = input.dim() - self.dims
        if len(size) == outer + self.dims:
            size = size[outer:]
        if len(size) != self.dims:
            raise ValueError(
                f"ConvTranspose{self.dims}D: for {input.dim()}D input, output_size must have {self.dims} or "
                f"{outer + self.dims} elements (got {len(size)})"
            )
        least = [
            (n - 1) * s - 2 * p + d * (k - 1) + 1
            for n, s, p, d, k in zip(
                input.shape[outer:], self.stride, self.padding, self.dilation, self.kernel_size, strict=True
            )
        ]
        most = [n + s - 1 for n, s in zip(least, self.stride, strict=True)]
        if any(not low <= n <= high for n, low, high in zip(size, least, most, strict=True)):
            raise ValueError(
                f"requested an output size of {size}, but valid sizes range from {least} to {most} (for an input of "
                f"{input.size()[2:]})"
            )
        return tuple(n - low for n, low in zip(size, least, strict=True))


class ConvTranspose1d(_ConvTranspose):
    """The way back of Conv1d: short signals become longer ones, see ConvTranspose2d.

    >>> import tensorbook as torch
    >>> torch.nn.ConvTranspose1d(2, 3, 4, stride=2)(torch.ones(1, 2, 5)).shape
    torch.Size([1, 3, 12])
    """

    dims = 1


class ConvTranspose2d(_ConvTranspose):
    """The way back of Conv2d: small images become larger ones, with weights that are learned.

    https://pytorch.org/docs/stable/generated/torch.nn.ConvTranspose2d.html

    The layer is called with an image, and if need be with the `output_size` that it is to make.

    >>> import tensorbook as torch
    >>> torch.nn.ConvTranspose2d(8, 4, 3, stride=2)(torch.ones(1, 8, 5, 5), output_size=(12, 12)).shape
    torch.Size([1, 4, 12, 12])
    """

    dims = 2


class ConvTranspose3d(_ConvTranspose):
    """The way back of Conv3d, see ConvTranspose2d.

    >>> import tensorbook as torch
    >>> torch.nn.ConvTranspose3d(1, 1, 2)(torch.ones(1, 1, 2, 2, 2)).shape
    torch.Size([1, 1, 3, 3, 3])
    """

    dims = 3
