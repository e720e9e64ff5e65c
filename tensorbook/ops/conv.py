"""The functions conv1d … conv_transpose3d: what they are given, made into what convolution.py computes.

https://pytorch.org/docs/stable/nn.functional.html#convolution-functions
"""

from __future__ import annotations

from .. import notices
from ..tensor import Tensor
from .convolution import NO_BIAS, convolution, transposed
from .padding import constant_pad
from .view import squeeze_dim, unsqueeze
from .windows import Sizes, Window
from .words import c_type, scalar_type

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
    if bias is not None and bias._array.dtype != x._array.dtype:
        raise RuntimeError(f"Input type ({c_type(x)}) and bias type ({c_type(bias)}) should be the same")
    if weight._array.dtype != x._array.dtype:
        raise RuntimeError(f"expected scalar type {scalar_type(x)} but found {scalar_type(weight)}")
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
    return squeeze_dim(run(unsqueeze(input, 0)), 0)


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
        notices.warn(
            "Using padding='same' with even kernel lengths and odd dilation may require a zero-padded copy of the "
            "input be created",
            once=True,
        )
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
