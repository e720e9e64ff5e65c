"""Convolution: one small set of weights, laid over every place of an image.

A convolution is a matrix product. The numbers under the window at one place form a column; all columns side by side
form a matrix; the weights, one row per output channel, times that matrix give every output at once ("im2col":
Chellapilla, Puri and Simard 2006, High Performance Convolutional Neural Networks for Document Processing).

    weights  (out channels, in channels * kernel)
    columns  (in channels * kernel, images * places)
    product  (out channels, images * places)

It is linear in the image and in the weights, so the three functions here are each other's gradients: `convolution`,
`transposed` (its gradient for the image, and PyTorch's conv_transpose) and `weight_gradient`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from .. import devices
from ..tensor import Tensor, make
from .define import op
from .node import showing
from .reduction import sum_dim
from .windows import Sizes, Window, add_windows, inside, pad, windows

NO_BIAS = make(np.zeros(()))  # stands where there is none: PyTorch's node has an edge for a bias either way
AT_ONCE = 1 << 20  # how many numbers the columns of one product may have: 4 MB in float32


def _images(count: int, column: int, places: Sizes) -> Iterator[slice]:
    """So many images at a time that their columns fit."""
    step = max(1, AT_ONCE // max(1, column * math.prod(places)))
    return (slice(i, min(i + step, count)) for i in range(0, count, step))


def _columns(image: np.ndarray, window: Window, places: Sizes, groups: int) -> np.ndarray:
    """What the window sees, copied: (groups, channels of a group * kernel, images * places)."""
    dims = len(places)
    seen = windows(image, window, places)
    seen = seen.transpose(*range(1, dims + 2), 0, *range(dims + 2, 2 * dims + 2))
    rows = image.shape[1] // groups * math.prod(window.kernel)
    return seen.reshape(groups, rows, image.shape[0] * math.prod(places))


def _channels_first(image: np.ndarray, groups: int) -> np.ndarray:
    """(images, channels, *size) as (groups, channels of a group, images * size)."""
    count, channels, *size = image.shape
    return image.swapaxes(0, 1).reshape(groups, channels // groups, count * math.prod(size))


def _wide(*arrays: np.ndarray) -> list[np.ndarray]:
    """Half precision is multiplied and added up in single precision."""
    return [a.astype(np.float32) if a.dtype == np.float16 else a for a in arrays]


def _with_bias(output: np.ndarray, bias: np.ndarray, kind: np.dtype) -> np.ndarray:
    if bias.ndim:
        output += bias.reshape(-1, *(1,) * (output.ndim - 2))
    return output if output.dtype == kind else output.astype(kind)


def _convolve(
    image: np.ndarray, weight: np.ndarray, bias: np.ndarray, places: Sizes, stride: Sizes, padding: Sizes,
    dilation: Sizes, groups: int,
) -> np.ndarray:  # fmt: skip
    kind, xp, window = image.dtype, devices.module_of(image), Window(weight.shape[2:], stride, padding, dilation)
    image, weight = _wide(pad(image, padding), weight)
    channels = weight.shape[0]
    rows = weight.reshape(groups, channels // groups, -1)
    output = xp.empty((image.shape[0], channels, *places), image.dtype)
    for some in _images(image.shape[0], weight[0].size * groups, places):
        product = xp.matmul(rows, _columns(image[some], window, places, groups))
        output[some] = product.reshape(channels, image[some].shape[0], *places).swapaxes(0, 1)
    return _with_bias(output, bias, kind)


def _transpose(
    image: np.ndarray, weight: np.ndarray, bias: np.ndarray, size: Sizes, stride: Sizes, padding: Sizes,
    dilation: Sizes, groups: int,
) -> np.ndarray:  # fmt: skip
    kind, xp, window = image.dtype, devices.module_of(image), Window(weight.shape[2:], stride, padding, dilation)
    image, weight = _wide(image, weight)
    count, places = image.shape[0], image.shape[2:]
    rows = weight.reshape(groups, weight.shape[0] // groups, -1).swapaxes(1, 2)
    channels = weight.shape[1] * groups
    around = tuple([n + 2 * p for n, p in zip(size, padding, strict=True)])
    output = xp.empty((count, channels, *size), image.dtype)
    for some in _images(count, weight[0].size * groups, places):
        columns = xp.matmul(rows, _channels_first(image[some], groups))
        columns = columns.reshape(channels, *window.kernel, image[some].shape[0], *places)
        whole = add_windows(xp.moveaxis(columns, 1 + len(size), 0), window, around)
        output[some] = whole[(..., *inside(padding, output.shape))]
    return _with_bias(output, bias, kind)


def _weight_gradient(
    image: np.ndarray, grad: np.ndarray, kernel: Sizes, stride: Sizes, padding: Sizes, dilation: Sizes, groups: int
) -> np.ndarray:
    kind, xp, window = image.dtype, devices.module_of(image), Window(kernel, stride, padding, dilation)
    image, grad = _wide(pad(image, padding), grad)
    channels, places = grad.shape[1], grad.shape[2:]
    column = image.shape[1] // groups * math.prod(kernel)
    total = xp.zeros((groups, channels // groups, column), image.dtype)
    for some in _images(image.shape[0], column * groups, places):
        columns = _columns(image[some], window, places, groups)
        total += xp.matmul(_channels_first(grad[some], groups), columns.swapaxes(1, 2))
    return total.reshape(channels, image.shape[1] // groups, *kernel).astype(kind, copy=False)


def _over_channels(grad: Tensor, shape: Sizes) -> Tensor:
    """A bias, of that shape, is added at every place of every image."""
    return sum_dim(grad, (0, *range(2, grad._array.ndim)), False)


convolution = op(
    "convolution(input, weight, bias; places, stride, padding, dilation, groups)",
    "_convolve(input, weight, bias, places, stride, padding, dilation, groups)", "ConvolutionBackward0",
    input="transposed(grad, weight, NO_BIAS, input.shape[2:], stride, padding, dilation, groups)",
    weight="weight_gradient(input, grad, weight.shape[2:], stride, padding, dilation, groups)",
    bias="_over_channels(grad, bias.shape)", layout="as_image",
)  # fmt: skip
transposed = op(
    "transposed(input, weight, bias; size, stride, padding, dilation, groups)",
    "_transpose(input, weight, bias, size, stride, padding, dilation, groups)", "ConvolutionBackward0",
    input="convolution(grad, weight, NO_BIAS, input.shape[2:], stride, padding, dilation, groups)",
    weight="weight_gradient(grad, input, weight.shape[2:], stride, padding, dilation, groups)",
    bias="_over_channels(grad, bias.shape)", layout="as_image",
)  # fmt: skip
showing(convolution, transposed=False)
showing(transposed, transposed=True)
weight_gradient = op(
    "weight_gradient(input, grad_; kernel, stride, padding, dilation, groups)",
    "_weight_gradient(input, grad_, kernel, stride, padding, dilation, groups)", "ConvolutionBackwardBackward0",
    input="transposed(grad_, grad, NO_BIAS, input.shape[2:], stride, padding, dilation, groups)",
    grad_="convolution(input, grad, NO_BIAS, grad_.shape[2:], stride, padding, dilation, groups)",
)  # fmt: skip
