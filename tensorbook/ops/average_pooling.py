"""The average under a window that slides over an image, and what PyTorch builds on it."""

from __future__ import annotations

import math

import numpy as np

from .. import devices
from ..tensor import Tensor
from .arithmetic import add, div, mul
from .array_twins import shape_of  # noqa: F401 (formulas call it)
from .define import op
from .elementary import abs as absolute
from .elementary import relu, sign
from .padding import pad as padded
from .pooling import Numbers, adaptive_sizes, around, check_pool, left_out, per_dim, pool_window, spans
from .powers import pow
from .reduction import mean
from .resampling import resample
from .view import squeeze_dim, unsqueeze, view
from .windows import Sizes, Window, inside, pad
from .words import scalar_type


class Divisor:
    """By what the sum at each place is divided: a number, or one per place."""

    def __init__(self, size: Sizes, window: Window, places: Sizes, count_padding: bool, fixed: int | None):
        self.number: object = fixed
        self.count_padding, self.fixed = count_padding, fixed
        if fixed is None:
            counts = [_counts(*one, count_padding) for one in zip(size, *window[:3], places, strict=True)]
            self.number = math.prod(np.meshgrid(*counts, indexing="ij", sparse=True))
            if self.number.min() == self.number.max():
                self.number = int(self.number.flat[0])

    def of(self, total: np.ndarray) -> np.ndarray:
        if isinstance(self.number, int):
            divisor = total.dtype.type(self.number)
        else:
            divisor = devices.module_of(total).asarray(self.number.astype(total.dtype))
        return total / divisor if total.dtype.kind == "f" else (total / divisor).astype(total.dtype)


def _counts(n: int, kernel: int, stride: int, padding: int, places: int, count_padding: bool) -> np.ndarray:
    """How many elements the window sees at each place along one dimension."""
    start = np.arange(places) * stride - padding
    end = np.minimum(start + kernel, n + padding)
    return end - start if count_padding else np.minimum(end, n) - np.maximum(start, 0)


def _average(image: np.ndarray, window: Window, places: Sizes, divisor: Divisor) -> np.ndarray:
    size = image.shape[-len(places) :]
    image = pad(image, window.padding, 0, around(size, window, places))
    total = None
    for _, seen in window.elements(places):
        part = image[(..., *seen)]
        total = part.copy() if total is None else np.add(total, part, out=total)
    return divisor.of(total)


def _spread(grad: np.ndarray, size: Sizes, window: Window, divisor: Divisor) -> np.ndarray:
    places = grad.shape[-len(size) :]
    whole = devices.module_of(grad).zeros((*grad.shape[: -len(size)], *around(size, window, places)), grad.dtype)
    share = divisor.of(grad)
    for _, seen in window.elements(places):
        whole[(..., *seen)] += share
    return whole[(..., *inside(window.padding, size))].copy() if whole.shape[-len(size) :] != size else whole


_average_pools = {
    dims: op(
        f"avg_pool{dims}d(self; window, places, divisor; stride, ceil_mode)",
        "_average(self, window, places, divisor)", f"AvgPool{dims}DBackward0",
        self=f"average_spread(grad, shape_of(self)[-{dims}:], window, divisor)", layout="as_image",
    )
    for dims in (2, 3)
}  # fmt: skip
average_spread = op(
    "average_spread(self; size, window, divisor)", "_spread(self, size, window, divisor)", "AvgPoolBackwardBackward0",
    self="_average_pools[len(size)](grad, window, self.shape[-len(size):], divisor, window.stride, False)",
)  # fmt: skip


def _avg_pool(
    dims: int, input: Tensor, kernel_size: Numbers, stride: Numbers | None, padding: Numbers, ceil_mode: bool,
    count_include_pad: bool, divisor_override: int | None,
) -> Tensor:  # fmt: skip
    window = pool_window(f"avg_pool{dims}d", dims, kernel_size, stride, padding, 1)
    if divisor_override == 0:
        raise RuntimeError("divisor must be not zero")
    if input._array.ndim < dims + 1 and dims == 2:
        n = input._array.ndim
        raise IndexError(f"Dimension out of range (expected to be in range of [{-n}, {n - 1}], but got {-dims - 1})")
    places = check_pool(input, window, ceil_mode)
    kind = input._array.dtype
    if kind.kind != "f" and kind != np.int64:
        raise NotImplementedError(f"\"avg_pool{dims}d\" not implemented for '{scalar_type(input)}'")
    divisor = Divisor(input._array.shape[-dims:], window, places, count_include_pad, divisor_override)
    return _average_pools[dims](input, window, places, divisor, () if left_out(stride) else window.stride, ceil_mode)


def avg_pool1d(
    input: Tensor, kernel_size: Numbers, stride: Numbers | None = None, padding: Numbers = 0, ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Tensor:  # fmt: skip
    """The average under a window that slides over signals (batch, channels, length), see avg_pool2d.

    >>> import tensorbook as torch
    >>> torch.nn.functional.avg_pool1d(torch.tensor([[1.0, 3.0, 2.0, 0.0]]), 2)
    tensor([[2., 1.]])
    """
    if input._array.ndim not in (2, 3):
        raise RuntimeError(
            f"Expected 2 to 3 dimensions, but got {input._array.ndim}-dimensional tensor for argument #1 'self' "
            "(while checking arguments for avg_pool1d)"
        )
    kernel, step, margin, _ = pool_window("avg_pool1d()", 1, kernel_size, stride, padding, 1)
    result = _avg_pool(
        2, unsqueeze(input, -2), (1, *kernel), (1, *step), (0, *margin), ceil_mode, count_include_pad, None
    )
    return squeeze_dim(result, -2)


def avg_pool2d(
    input: Tensor, kernel_size: Numbers, stride: Numbers | None = None, padding: Numbers = 0, ceil_mode: bool = False,
    count_include_pad: bool = True, divisor_override: int | None = None,
) -> Tensor:  # fmt: skip
    """The average under a window that slides over images (batch, channels, height, width).

    https://pytorch.org/docs/stable/generated/torch.nn.AvgPool2d.html

    Args:
        kernel_size, stride, padding, ceil_mode: as in max_pool2d; zeros are added on every side.
        count_include_pad: whether added zeros count as elements.
        divisor_override: by what to divide the sums in place of the number of elements.

    >>> import tensorbook as torch
    >>> torch.nn.functional.avg_pool2d(torch.arange(16.0).view(1, 4, 4), 2)
    tensor([[[ 2.5000,  4.5000],
             [10.5000, 12.5000]]])
    """
    return _avg_pool(2, input, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override)


def avg_pool3d(
    input: Tensor, kernel_size: Numbers, stride: Numbers | None = None, padding: Numbers = 0, ceil_mode: bool = False,
    count_include_pad: bool = True, divisor_override: int | None = None,
) -> Tensor:  # fmt: skip
    """avg_pool2d in three dimensions.

    >>> import tensorbook as torch
    >>> torch.nn.functional.avg_pool3d(torch.arange(8.0).view(1, 2, 2, 2), 2)
    tensor([[[[3.5000]]]])
    """
    return _avg_pool(3, input, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override)


# ---- adaptive: as many places as are wanted


def _adaptive_avg_pool(dims: int, input: Tensor, output_size: object) -> Tensor:
    wanted = adaptive_sizes(f"adaptive_avg_pool{dims}d", dims, input, output_size)
    if set(wanted) == {1}:
        return mean(input, tuple(range(-1, -dims - 1, -1)), True)
    lines = tuple([spans(n, m) for n, m in zip(input._array.shape[-dims:], wanted, strict=True)])
    return resample[f"AdaptiveAvgPool{dims}D"](input, lines, wanted)


def adaptive_avg_pool1d(input: Tensor, output_size: Numbers) -> Tensor:
    """The averages of `output_size` spans that cover signals (batch, channels, length).

    >>> import tensorbook as torch
    >>> torch.nn.functional.adaptive_avg_pool1d(torch.tensor([[1.0, 3.0, 2.0, 0.0]]), 2)
    tensor([[2., 1.]])
    """
    if input._array.ndim not in (2, 3):
        raise RuntimeError(
            f"Expected 2 to 3 dimensions, but got {input._array.ndim}-dimensional tensor for argument #1 'self' "
            "(while checking arguments for adaptive_avg_pool1d)"
        )
    wanted = (1, *per_dim(output_size, 1, "output_size"))
    return squeeze_dim(_adaptive_avg_pool(2, unsqueeze(input, -2), wanted), -2)


def adaptive_avg_pool2d(input: Tensor, output_size: object) -> Tensor:
    """The averages of spans that cover an image, (height, width) of them; None keeps the image's own.

    The input may have any size, so a network that ends in this takes images of any size.

    >>> import tensorbook as torch
    >>> torch.nn.functional.adaptive_avg_pool2d(torch.arange(24.0).view(1, 4, 6), 1)
    tensor([[[11.5000]]])
    """
    return _adaptive_avg_pool(2, input, output_size)


def adaptive_avg_pool3d(input: Tensor, output_size: object) -> Tensor:
    """adaptive_avg_pool2d in three dimensions.

    >>> import tensorbook as torch
    >>> torch.nn.functional.adaptive_avg_pool3d(torch.arange(8.0).view(1, 2, 2, 2), (2, 1, 1)).flatten()
    tensor([1.5000, 5.5000])
    """
    return _adaptive_avg_pool(3, input, output_size)


# ---- built on averages


def _from_average(average: Tensor, norm_type: float, count: int) -> Tensor:
    return pow(mul(mul(sign(average), relu(absolute(average))), count), 1.0 / norm_type)


def lp_pool1d(
    input: Tensor, norm_type: float, kernel_size: int, stride: Numbers | None = None, ceil_mode: bool = False
) -> Tensor:
    """The p-norm of the numbers under a window, with p = norm_type.

    >>> import tensorbook as torch
    >>> torch.nn.functional.lp_pool1d(torch.tensor([[3.0, 4.0]]), 2, 2)
    tensor([[5.]])
    """
    average = avg_pool1d(pow(input, norm_type), kernel_size, stride, 0, ceil_mode)
    return _from_average(average, norm_type, kernel_size)


def lp_pool2d(
    input: Tensor, norm_type: float, kernel_size: Numbers, stride: Numbers | None = None, ceil_mode: bool = False
) -> Tensor:
    """The p-norm of the numbers under a window, with p = norm_type.

    >>> import tensorbook as torch
    >>> torch.nn.functional.lp_pool2d(torch.ones(1, 2, 2), 2, 2)
    tensor([[[2.]]])
    """
    average = avg_pool2d(pow(input, norm_type), kernel_size, stride, 0, ceil_mode)
    return _from_average(average, norm_type, math.prod(per_dim(kernel_size, 2, "kernel_size")))


def lp_pool3d(
    input: Tensor, norm_type: float, kernel_size: Numbers, stride: Numbers | None = None, ceil_mode: bool = False
) -> Tensor:
    """The p-norm of the numbers under a window, with p = norm_type.

    >>> import tensorbook as torch
    >>> torch.nn.functional.lp_pool3d(torch.ones(1, 2, 2, 2), 3, 2)
    tensor([[[[2.]]]])
    """
    average = avg_pool3d(pow(input, norm_type), kernel_size, stride, 0, ceil_mode)
    return _from_average(average, norm_type, math.prod(per_dim(kernel_size, 3, "kernel_size")))


def local_response_norm(input: Tensor, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0) -> Tensor:
    """Divided by (k + alpha * average of the squares in `size` neighbouring channels) ** beta.

    Krizhevsky, Sutskever and Hinton 2012, ImageNet classification with deep convolutional neural networks.

    >>> import tensorbook as torch
    >>> torch.nn.functional.local_response_norm(torch.ones(1, 3, 1), 1, alpha=3.0, beta=0.5).flatten()
    tensor([0.5000, 0.5000, 0.5000])
    """
    shape = input._array.shape
    if len(shape) < 3:
        raise ValueError(f"Expected 3D or higher dimensionality input (got {len(shape)} dimensions)")
    if not input._array.size:
        return input
    squares, sides = mul(input, input), (size // 2, (size - 1) // 2)
    if len(shape) == 3:
        squares = padded(unsqueeze(squares, 1), (0, 0, *sides))
        average = squeeze_dim(avg_pool2d(squares, (size, 1), 1), 1)
    else:
        squares = padded(view(squares, shape[0], 1, shape[1], shape[2], -1), (0, 0, 0, 0, *sides))
        average = view(squeeze_dim(avg_pool3d(squares, (size, 1, 1), 1), 1), shape)
    return div(input, pow(add(mul(average, alpha), k), beta))
