"""Pooling layers: one number for what a window sees.

https://pytorch.org/docs/stable/nn.html#pooling-layers
"""

from __future__ import annotations

from collections.abc import Sequence

from ...tensor import Tensor
from .. import functional as F
from .conv import per_dim
from .module import Module

Numbers = int | tuple[int, ...]


class _MaxPool(Module):
    dims: int

    def __init__(
        self, kernel_size: Numbers, stride: Numbers | None = None, padding: Numbers = 0, dilation: Numbers = 1,
        return_indices: bool = False, ceil_mode: bool = False,
    ):  # fmt: skip
        super().__init__()
        self.kernel_size, self.stride = kernel_size, kernel_size if stride is None else stride
        self.padding, self.dilation = padding, dilation
        self.return_indices, self.ceil_mode = return_indices, ceil_mode

    def forward(self, input: Tensor) -> Tensor | tuple[Tensor, Tensor]:
        run = getattr(F, f"max_pool{self.dims}d")
        return run(
            input, self.kernel_size, self.stride, self.padding, self.dilation, ceil_mode=self.ceil_mode,
            return_indices=self.return_indices,
        )  # fmt: skip

    def extra_repr(self) -> str:
        return (
            f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}, dilation={self.dilation}, "
            f"ceil_mode={self.ceil_mode}"
        )


class MaxPool1d(_MaxPool):
    """The largest number under a window that slides over signals (batch, channels, length).

    >>> import tensorbook as torch
    >>> torch.nn.MaxPool1d(2)(torch.tensor([[1.0, 3.0, 2.0, 0.0]]))
    tensor([[3., 2.]])
    """

    dims = 1


class MaxPool2d(_MaxPool):
    """The largest number under a window that slides over images (batch, channels, height, width).

    >>> import tensorbook as torch
    >>> torch.nn.MaxPool2d(2)
    MaxPool2d(kernel_size=2, stride=2, padding=0, dilation=1, ceil_mode=False)
    """

    dims = 2


class MaxPool3d(_MaxPool):
    """The largest number under a window that slides over volumes (batch, channels, depth, height, width).

    >>> import tensorbook as torch
    >>> torch.nn.MaxPool3d(2)(torch.ones(1, 1, 4, 4, 4)).shape
    torch.Size([1, 1, 2, 2, 2])
    """

    dims = 3


class _MaxUnpool(Module):
    dims: int

    def __init__(self, kernel_size: Numbers, stride: Numbers | None = None, padding: Numbers = 0):
        super().__init__()
        self.kernel_size, self.padding = per_dim(kernel_size, self.dims), per_dim(padding, self.dims)
        self.stride = per_dim(kernel_size if stride is None else stride, self.dims)

    def forward(self, input: Tensor, indices: Tensor, output_size: Sequence[int] | None = None) -> Tensor:
        run = getattr(F, f"max_unpool{self.dims}d")
        return run(input, indices, self.kernel_size, self.stride, self.padding, output_size)

    def extra_repr(self) -> str:
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class MaxUnpool1d(_MaxUnpool):
    """Puts what MaxPool1d(return_indices=True) found back where it was, zeros elsewhere."""

    dims = 1


class MaxUnpool2d(_MaxUnpool):
    """Puts what MaxPool2d(return_indices=True) found back where it was, zeros elsewhere.

    >>> import tensorbook as torch
    >>> values, indices = torch.nn.MaxPool2d(2, return_indices=True)(torch.arange(4.0).view(1, 2, 2))
    >>> torch.nn.MaxUnpool2d(2)(values, indices)
    tensor([[[0., 0.],
             [0., 3.]]])
    """

    dims = 2


class MaxUnpool3d(_MaxUnpool):
    """Puts what MaxPool3d(return_indices=True) found back where it was, zeros elsewhere."""

    dims = 3


class AvgPool1d(Module):
    """The average under a window that slides over signals (batch, channels, length).

    >>> import tensorbook as torch
    >>> torch.nn.AvgPool1d(2)(torch.tensor([[1.0, 3.0, 2.0, 0.0]]))
    tensor([[2., 1.]])
    """

    def __init__(
        self, kernel_size: Numbers, stride: Numbers | None = None, padding: Numbers = 0, ceil_mode: bool = False,
        count_include_pad: bool = True,
    ):  # fmt: skip
        super().__init__()
        self.kernel_size, self.padding = per_dim(kernel_size, 1), per_dim(padding, 1)
        self.stride = per_dim(kernel_size if stride is None else stride, 1)
        self.ceil_mode, self.count_include_pad = ceil_mode, count_include_pad

    def forward(self, input: Tensor) -> Tensor:
        return F.avg_pool1d(input, self.kernel_size, self.stride, self.padding, self.ceil_mode, self.count_include_pad)

    def extra_repr(self) -> str:
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class AvgPool2d(Module):
    """The average under a window that slides over images (batch, channels, height, width).

    >>> import tensorbook as torch
    >>> torch.nn.AvgPool2d(2)(torch.arange(4.0).view(1, 2, 2))
    tensor([[[1.5000]]])
    """

    dims = 2

    def __init__(
        self, kernel_size: Numbers, stride: Numbers | None = None, padding: Numbers = 0, ceil_mode: bool = False,
        count_include_pad: bool = True, divisor_override: int | None = None,
    ):  # fmt: skip
        super().__init__()
        self.kernel_size, self.stride = kernel_size, kernel_size if stride is None else stride
        self.padding, self.ceil_mode = padding, ceil_mode
        self.count_include_pad, self.divisor_override = count_include_pad, divisor_override

    def forward(self, input: Tensor) -> Tensor:
        run = getattr(F, f"avg_pool{self.dims}d")
        return run(
            input, self.kernel_size, self.stride, self.padding, self.ceil_mode, self.count_include_pad,
            self.divisor_override,
        )  # fmt: skip

    def extra_repr(self) -> str:
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class AvgPool3d(AvgPool2d):
    """The average under a window that slides over volumes (batch, channels, depth, height, width)."""

    dims = 3


class _LPPool(Module):
    dims: int

    def __init__(self, norm_type: float, kernel_size: Numbers, stride: Numbers | None = None, ceil_mode: bool = False):
        super().__init__()
        self.norm_type, self.kernel_size, self.stride, self.ceil_mode = norm_type, kernel_size, stride, ceil_mode

    def forward(self, input: Tensor) -> Tensor:
        run = getattr(F, f"lp_pool{self.dims}d")
        return run(input, float(self.norm_type), self.kernel_size, self.stride, self.ceil_mode)

    def extra_repr(self) -> str:
        return (
            f"norm_type={self.norm_type}, kernel_size={self.kernel_size}, stride={self.stride}, "
            f"ceil_mode={self.ceil_mode}"
        )


class LPPool1d(_LPPool):
    """The p-norm of the numbers under a window that slides over signals."""

    dims = 1


class LPPool2d(_LPPool):
    """The p-norm of the numbers under a window that slides over images.

    >>> import tensorbook as torch
    >>> torch.nn.LPPool2d(2, 2)(torch.ones(1, 2, 2))
    tensor([[[2.]]])
    """

    dims = 2


class LPPool3d(_LPPool):
    """The p-norm of the numbers under a window that slides over volumes."""

    dims = 3


class _AdaptivePool(Module):
    dims: int
    kind: str

    def __init__(self, output_size: object):
        super().__init__()
        self.output_size = output_size

    def forward(self, input: Tensor) -> Tensor:
        return getattr(F, f"adaptive_{self.kind}_pool{self.dims}d")(input, self.output_size)

    def extra_repr(self) -> str:
        return f"output_size={self.output_size}"


class AdaptiveAvgPool1d(_AdaptivePool):
    """The averages of as many spans as wanted over signals of any length."""

    dims, kind = 1, "avg"


class AdaptiveAvgPool2d(_AdaptivePool):
    """The averages of as many spans as wanted over images of any size.

    >>> import tensorbook as torch
    >>> torch.nn.AdaptiveAvgPool2d((2, None))(torch.ones(1, 5, 7)).shape
    torch.Size([1, 2, 7])
    """

    dims, kind = 2, "avg"


class AdaptiveAvgPool3d(_AdaptivePool):
    """The averages of as many spans as wanted over volumes of any size."""

    dims, kind = 3, "avg"


class _AdaptiveMaxPool(_AdaptivePool):
    kind = "max"

    def __init__(self, output_size: object, return_indices: bool = False):
        super().__init__(output_size)
        self.return_indices = return_indices

    def forward(self, input: Tensor) -> Tensor | tuple[Tensor, Tensor]:
        return getattr(F, f"adaptive_max_pool{self.dims}d")(input, self.output_size, self.return_indices)


class AdaptiveMaxPool1d(_AdaptiveMaxPool):
    """The largest numbers of as many spans as wanted over signals of any length."""

    dims = 1


class AdaptiveMaxPool2d(_AdaptiveMaxPool):
    """The largest numbers of as many spans as wanted over images of any size.

    >>> import tensorbook as torch
    >>> torch.nn.AdaptiveMaxPool2d(1)(torch.arange(6.0).view(1, 2, 3))
    tensor([[[5.]]])
    """

    dims = 2


class AdaptiveMaxPool3d(_AdaptiveMaxPool):
    """The largest numbers of as many spans as wanted over volumes of any size."""

    dims = 3
