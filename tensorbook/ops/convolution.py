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
from .padding import constant_pad
from .reduction import sum_dim
from .view import squeeze_dim, unsqueeze_
from .windows import Sizes, Window, add_windows, inside, pad, windows
from .words import scalar_type

NO_BIAS = make(np.zeros(()))  # stands where there is none: PyTorch's node has an edge for a bias either way
AT_ONCE = 1 << 23  # how many numbers the columns of one product may have: 32 MB in float32


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


def _over_channels(grad: Tensor) -> Tensor:
    """A bias is added at every place of every image."""
    return sum_dim(grad, (0, *range(2, grad._array.ndim)), False)


convolution = op(
    "convolution(input, weight, bias; places, stride, padding, dilation, groups)",
    "_convolve(input, weight, bias, places, stride, padding, dilation, groups)", "ConvolutionBackward0",
    input="transposed(grad, weight, NO_BIAS, input.shape[2:], stride, padding, dilation, groups)",
    weight="weight_gradient(input, grad, weight.shape[2:], stride, padding, dilation, groups)",
    bias="_over_channels(grad)",
)  # fmt: skip
transposed = op(
    "transposed(input, weight, bias; size, stride, padding, dilation, groups)",
    "_transpose(input, weight, bias, size, stride, padding, dilation, groups)", "ConvolutionBackward0",
    input="convolution(grad, weight, NO_BIAS, input.shape[2:], stride, padding, dilation, groups)",
    weight="weight_gradient(grad, input, weight.shape[2:], stride, padding, dilation, groups)",
    bias="_over_channels(grad)",
)  # fmt: skip
weight_gradient = op(
    "weight_gradient(input, grad_; kernel, stride, padding, dilation, groups)",
    "_weight_gradient(input, grad_, kernel, stride, padding, dilation, groups)", "ConvolutionBackwardBackward0",
    input="transposed(grad_, grad, NO_BIAS, input.shape[2:], stride, padding, dilation, groups)",
    grad_="convolution(input, grad, NO_BIAS, grad_.shape[2:], stride, padding, dilation, groups)",
)  # fmt: skip

# ---- the functions


Numbers = int | tuple[int, ...]


def per_dim(value: Numbers, dims: int, name: str) -> Sizes:
    """One number for each dimension; a single one counts for all."""
    given = value if isinstance(value, (tuple, list)) else (value,)
    if not all(hasattr(number, "__index__") for number in given):
        raise TypeError(f"argument '{name}' must be tuple of ints, not {type(value).__name__}")
    if len(given) not in (1, dims):
        raise RuntimeError(
            f"expected {name} to be a single integer value or a list of {dims} values to match the convolution "
            f"dimensions, but got {name}={list(given)}"
        )
    given = tuple([number.__index__() for number in given])
    return given * dims if len(given) == 1 else given


def _check(name: str, x: Tensor, weight: Tensor, bias: Tensor | None, groups: int, dims: int, transposed: bool) -> None:
    """What can be said of a batch, the weights and the bias before any window slides."""
    shape, sizes = list(x._array.shape), list(weight._array.shape)
    if groups <= 0:
        raise RuntimeError("non-positive groups is not supported")
    if len(sizes) != dims + 2:
        raise RuntimeError(
            f"Expected {len(sizes)}-dimensional input for {len(sizes)}-dimensional weight {sizes}, but got "
            f"{len(shape)}-dimensional input of size {shape} instead"
        )
    what = f"Given transposed={transposed:d}" if transposed else f"Given groups={groups}"
    if sizes[0] < groups:
        raise RuntimeError(
            f"Given groups={groups}, expected weight to be at least {groups} at dimension 0, but got weight of size "
            f"{sizes} instead"
        )
    if sizes[0] % groups:
        raise RuntimeError(
            f"Given groups={groups}, expected weight to be divisible by {groups} at dimension 0, but got weight of "
            f"size [{sizes}] instead"
        )
    wanted, outputs = (sizes[0], sizes[1] * groups) if transposed else (sizes[1] * groups, sizes[0])
    if shape[1] != wanted:
        raise RuntimeError(
            f"{what}, weight of size {sizes}, expected input{shape} to have {wanted} channels, but got {shape[1]} "
            "channels instead"
        )
    if bias is not None and bias._array.shape != (outputs,):
        raise RuntimeError(
            f"{what if transposed else 'Given'} weight of size {sizes}, expected bias to be 1-dimensional with "
            f"{outputs} elements, but got bias of size {list(bias._array.shape)} instead"
        )
    if weight._array.dtype != x._array.dtype:
        raise RuntimeError(f"expected scalar type {scalar_type(x)} but found {scalar_type(weight)}")
    if bias is not None and bias._array.dtype != x._array.dtype:
        kinds = [t.dtype.name.replace("float32", "float").replace("float64", "double") for t in (x, bias)]
        raise RuntimeError(f"Input type ({kinds[0]}) and bias type ({kinds[1]}) should be the same")
    if x._array.dtype.kind == "b":
        raise NotImplementedError(f"\"{name}\" not implemented for 'Bool'")


def _positive(stride: Sizes, padding: Sizes, dilation: Sizes, kernel: Sizes) -> Window:
    if min(stride) <= 0:
        raise RuntimeError("non-positive stride is not supported")
    if min(padding) < 0:
        raise RuntimeError("negative padding is not supported")
    if min(dilation) <= 0:
        raise RuntimeError(f"dilation should be greater than zero, but got {list(dilation)}")
    return Window(kernel, stride, padding, dilation)


def _batched(run: object, input: Tensor, dims: int, name: str) -> Tensor:
    """Run on a batch; one image without its batch dimension becomes a batch of one on the way."""
    ndim = input._array.ndim
    if ndim == dims + 2:
        return run(input)
    if ndim != dims + 1:
        raise RuntimeError(
            f"Expected {dims + 1}D (unbatched) or {dims + 2}D (batched) input to {name}, but got input of size: "
            f"{list(input._array.shape)}"
        )
    return squeeze_dim(run(unsqueeze_(input, 0)), 0)


def _conv(
    dims: int, input: Tensor, weight: Tensor, bias: Tensor | None, stride: Numbers, padding: Numbers | str,
    dilation: Numbers, groups: int,
) -> Tensor:  # fmt: skip
    def run(x: Tensor) -> Tensor:
        _check("slow_conv2d_cpu", x, weight, bias, groups, dims, False)
        kernel = weight._array.shape[2:]
        apart = per_dim(dilation, dims, "dilation")
        step, around = per_dim(stride, dims, "stride"), padding
        if isinstance(padding, str):
            x, around = _named_padding(x, padding, kernel, step, apart)
        window = _positive(step, per_dim(around, dims, "padding"), apart, kernel)
        size = [n + 2 * p for n, p in zip(x._array.shape[2:], window.padding, strict=True)]
        if any(n < e for n, e in zip(size, window.extent(), strict=True)):
            raise RuntimeError(
                f"Calculated padded input size per channel: ({_by(size)}). Kernel size: ({_by(window.extent())}). "
                "Kernel size can't be greater than actual input size"
            )
        places = window.places(x._array.shape[2:])
        return convolution(x, weight, NO_BIAS if bias is None else bias, places, *window[1:], groups)

    return _batched(run, input, dims, f"conv{dims}d")


def _by(size: list[int] | Sizes) -> str:
    return " x ".join(map(str, size))


def _named_padding(x: Tensor, padding: str, kernel: Sizes, stride: Sizes, dilation: Sizes) -> tuple[Tensor, Sizes]:
    """'valid' adds nothing, 'same' so much that the output has the input's size; an odd rest goes to the far side."""
    if padding == "valid":
        return x, (0,) * len(kernel)
    if padding != "same":
        raise RuntimeError(f"Invalid padding string: '{padding}'")
    if max(stride) != 1:
        raise RuntimeError("padding='same' is not supported for strided convolutions")
    total = [d * (k - 1) for k, d in zip(kernel, dilation, strict=True)]
    if any(t % 2 for t in total):
        x = constant_pad(x, [side for t in reversed(total) for side in (0, t % 2)], 0)
    return x, tuple([t // 2 for t in total])


def _conv_transpose(
    dims: int, input: Tensor, weight: Tensor, bias: Tensor | None, stride: Numbers, padding: Numbers,
    output_padding: Numbers, groups: int, dilation: Numbers,
) -> Tensor:  # fmt: skip
    name = f"conv_transpose{dims}d"
    if isinstance(padding, str):
        raise TypeError(f"{name}(): argument 'padding' must be tuple of ints, not str")

    def run(x: Tensor) -> Tensor:
        _check("slow_conv_transpose2d_out_cpu", x, weight, bias, groups, dims, True)
        around, apart = per_dim(padding, dims, "padding"), per_dim(dilation, dims, "dilation")
        window = _positive(per_dim(stride, dims, "stride"), around, apart, weight._array.shape[2:])
        more = per_dim(output_padding, dims, "output_padding")
        if min(more) < 0:
            raise RuntimeError("negative output_padding is not supported")
        if any(m >= s and m >= d for m, s, d in zip(more, window.stride, apart, strict=True)):
            axes = ("depth", "height", "width")[3 - dims :]
            told = [
                f"{what}_{axis}: {n}"
                for what, numbers in (("output_padding", more), ("stride", window.stride), ("dilation", apart))
                for axis, n in zip(axes, numbers, strict=True)
            ]
            raise RuntimeError(
                f"output padding must be smaller than either stride or dilation, but got {' '.join(told)}"
            )
        given = x._array.shape[2:]
        size = tuple([r - 2 * p + m for r, p, m in zip(window.reach(given), around, more, strict=True)])
        if min(size) <= 0:
            raise RuntimeError(
                f"Given input size per channel: ({_by(given)}). Calculated output size per channel: ({_by(size)}). "
                "Output size is too small"
            )
        return transposed(x, weight, NO_BIAS if bias is None else bias, size, *window[1:], groups)

    return _batched(run, input, dims, name)


def conv1d(
    input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: Numbers = 1, padding: Numbers | str = 0,
    dilation: Numbers = 1, groups: int = 1,
) -> Tensor:  # fmt: skip
    """Weights (out, in / groups, length) laid over every place of signals (batch, in, length), see conv2d.

    >>> import tensorbook as torch
    >>> torch.nn.functional.conv1d(torch.arange(5.0).view(1, 1, 5), torch.tensor([[[-1.0, 0.0, 1.0]]]))
    tensor([[[2., 2., 2.]]])
    """
    return _conv(1, input, weight, bias, stride, padding, dilation, groups)


def conv2d(
    input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: Numbers = 1, padding: Numbers | str = 0,
    dilation: Numbers = 1, groups: int = 1,
) -> Tensor:  # fmt: skip
    """Weights laid over every place of images: at each place the sum of the products, and the bias.

    https://pytorch.org/docs/stable/generated/torch.nn.functional.conv2d.html

    Args:
        input: (batch, in channels, height, width), or one image without the batch.
        weight: (out channels, in channels / groups, height, width).
        bias: (out channels,).
        stride: how far the weights move, a number or one per dimension.
        padding: how many zeros are added on every side; or 'valid' for none, 'same' for an output of the input's size.
        dilation: how far apart the elements lie that neighbouring weights meet.
        groups: into how many groups the channels fall; an output channel sees the input channels of its own group.

    >>> import tensorbook as torch
    >>> edges = torch.tensor([[[[-1.0, 1.0]]]])
    >>> torch.nn.functional.conv2d(torch.tensor([[[[0.0, 0.0, 9.0, 9.0]]]]), edges)
    tensor([[[[0., 9., 0.]]]])
    """
    return _conv(2, input, weight, bias, stride, padding, dilation, groups)


def conv3d(
    input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: Numbers = 1, padding: Numbers | str = 0,
    dilation: Numbers = 1, groups: int = 1,
) -> Tensor:  # fmt: skip
    """conv2d in three dimensions: volumes, or images over time.

    >>> import tensorbook as torch
    >>> torch.nn.functional.conv3d(torch.ones(1, 1, 4, 4, 4), torch.ones(2, 1, 3, 3, 3)).shape
    torch.Size([1, 2, 2, 2, 2])
    """
    return _conv(3, input, weight, bias, stride, padding, dilation, groups)


def conv_transpose1d(
    input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: Numbers = 1, padding: Numbers = 0,
    output_padding: Numbers = 0, groups: int = 1, dilation: Numbers = 1,
) -> Tensor:  # fmt: skip
    """Every number lays a copy of the weights (in, out / groups, length), scaled by it, over a longer signal.

    >>> import tensorbook as torch
    >>> torch.nn.functional.conv_transpose1d(torch.tensor([[[1.0, 10.0]]]), torch.tensor([[[1.0, 2.0]]]), stride=2)
    tensor([[[ 1.,  2., 10., 20.]]])
    """
    return _conv_transpose(1, input, weight, bias, stride, padding, output_padding, groups, dilation)


def conv_transpose2d(
    input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: Numbers = 1, padding: Numbers = 0,
    output_padding: Numbers = 0, groups: int = 1, dilation: Numbers = 1,
) -> Tensor:  # fmt: skip
    """What conv2d does to a gradient, as a layer of its own: small images become larger ones.

    https://pytorch.org/docs/stable/generated/torch.nn.functional.conv_transpose2d.html

    Args:
        input: (batch, in channels, height, width), or one image without the batch.
        weight: (in channels, out channels / groups, height, width).
        padding: how many elements are cut off on every side.
        output_padding: how many are added on the far side, smaller than stride or dilation.

    >>> import tensorbook as torch
    >>> torch.nn.functional.conv_transpose2d(torch.ones(1, 3, 5, 5), torch.ones(3, 2, 4, 4), stride=2).shape
    torch.Size([1, 2, 12, 12])
    """
    return _conv_transpose(2, input, weight, bias, stride, padding, output_padding, groups, dilation)


def conv_transpose3d(
    input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: Numbers = 1, padding: Numbers = 0,
    output_padding: Numbers = 0, groups: int = 1, dilation: Numbers = 1,
) -> Tensor:  # fmt: skip
    """conv_transpose2d in three dimensions.

    >>> import tensorbook as torch
    >>> torch.nn.functional.conv_transpose3d(torch.ones(1, 1, 2, 2, 2), torch.ones(1, 1, 3, 3, 3)).shape
    torch.Size([1, 1, 4, 4, 4])
    """
    return _conv_transpose(3, input, weight, bias, stride, padding, output_padding, groups, dilation)
