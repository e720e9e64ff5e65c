"""Images taken apart into patches and put together again; channels turned into pixels and back."""

from __future__ import annotations

import math

import numpy as np

from ..tensor import Tensor
from .define import op
from .windows import Sizes, Window, add_windows, inside, windows
from .windows import pad as padded
from .words import scalar_type

Numbers = int | tuple[int, int]


def _unfold(image: np.ndarray, window: Window) -> np.ndarray:
    places = window.places(image.shape[-2:])
    seen = windows(padded(image, window.padding), window, places)
    return seen.reshape(*image.shape[:-3], image.shape[-3] * math.prod(window.kernel), math.prod(places))


def _fold(columns: np.ndarray, size: Sizes, window: Window) -> np.ndarray:
    channels = columns.shape[-2] // math.prod(window.kernel)
    parts = columns.reshape(*columns.shape[:-2], channels, *window.kernel, *window.places(size))
    around = tuple([n + 2 * p for n, p in zip(size, window.padding, strict=True)])
    whole = add_windows(parts, window, around)
    return whole[(..., *inside(window.padding, size))].copy() if any(window.padding) else whole


im2col = op("im2col(self; window)", "_unfold(self, window)", "Im2ColBackward0",
            self="col2im(grad, self.shape[-2:], window)")  # fmt: skip
col2im = op("col2im(self; size, window)", "_fold(self, size, window)", "Col2ImBackward0",
            self="im2col(grad, window)")  # fmt: skip


def _two(value: Numbers, name: str) -> Sizes:
    given = (value,) * 2 if hasattr(value, "__index__") else tuple(value)
    if len(given) == 1:
        given *= 2
    if len(given) != 2:
        raise RuntimeError(f"It is expected {name} equals to 2, but got size {len(given)}")
    return given


def _window(kernel_size: Numbers, dilation: Numbers, padding: Numbers, stride: Numbers) -> Window:
    window = Window(
        _two(kernel_size, "kernel_size"), _two(stride, "stride"), _two(padding, "padding"), _two(dilation, "dilation")
    )
    for name, what, numbers in (
        ("kernel size", "kernel", window.kernel), ("dilation", "dilation", window.dilation),
        ("padding", "pad", window.padding), ("stride", "stride", window.stride),
    ):  # fmt: skip
        least = name != "padding"
        if min(numbers) < least:
            need = "greater than zero" if least else "non-negative"
            told = " ".join(f"{what}_{axis}: {n}" for axis, n in zip(("height", "width"), numbers, strict=True))
            raise RuntimeError(f"{name} should be {need}, but got {told}")
    return window


def unfold(
    input: Tensor, kernel_size: Numbers, dilation: Numbers = 1, padding: Numbers = 0, stride: Numbers = 1
) -> Tensor:
    """What a window sees of images (batch, channels, height, width), one column per place.

    https://pytorch.org/docs/stable/generated/torch.nn.Unfold.html

    Returns:
        (batch, channels * kernel height * kernel width, places). A convolution is a matrix product with this.

    >>> import tensorbook as torch
    >>> torch.nn.functional.unfold(torch.arange(9.0).view(1, 1, 3, 3), kernel_size=2)
    tensor([[[0., 1., 3., 4.],
             [1., 2., 4., 5.],
             [3., 4., 6., 7.],
             [4., 5., 7., 8.]]])
    """
    window, shape = _window(kernel_size, dilation, padding, stride), input._array.shape
    if len(shape) < 3:
        raise IndexError(f"Dimension out of range (expected to be in range of [{-len(shape)}, {len(shape) - 1}], "
                         f"but got {len(shape)})")  # fmt: skip
    if len(shape) > 4 or 0 in shape[-3:]:
        raise RuntimeError(
            "Expected 3D or 4D (batch mode) tensor with possibly 0 batch size and other non-zero dimensions for input, "
            f"but got: {list(shape)}"
        )
    places = window.places(shape[-2:])
    if min(places) < 1:
        raise RuntimeError(
            f"Given input with spatial size {tuple(shape[-2:])}, kernel_size={window.kernel}, "
            f"dilation={window.dilation}, padding={window.padding}, calculated shape of the array of sliding blocks as "
            f"{tuple(max(p, 0) for p in places)}, but its components must be at least one."
        )
    if input._array.dtype.kind in "iu":
        raise NotImplementedError(f"\"im2col_out_cpu\" not implemented for '{scalar_type(input)}'")
    return im2col(input, window)


def fold(
    input: Tensor, output_size: Numbers, kernel_size: Numbers, dilation: Numbers = 1, padding: Numbers = 0,
    stride: Numbers = 1,
) -> Tensor:  # fmt: skip
    """Columns (batch, channels * kernel, places) put back where unfold saw them; where patches overlap they add up.

    https://pytorch.org/docs/stable/generated/torch.nn.Fold.html

    >>> import tensorbook as torch
    >>> torch.nn.functional.fold(torch.ones(1, 4, 4), output_size=3, kernel_size=2)
    tensor([[[[1., 2., 1.],
              [2., 4., 2.],
              [1., 2., 1.]]]])
    """
    size, window = _two(output_size, "output_size"), _window(kernel_size, dilation, padding, stride)
    shape = input._array.shape
    if len(shape) not in (2, 3) or 0 in shape[-2:]:
        raise RuntimeError(
            "Expected 2D or 3D (batch mode) tensor for input with possibly 0 batch size and non-zero dimensions for "
            f"input, but got: {list(shape)}"
        )
    one = len(shape) - 2
    if shape[-2] % math.prod(window.kernel):
        raise RuntimeError(
            f"Expected size of input's dimension {one} to be divisible by the product of kernel_size, but got "
            f"input.size({one})={shape[-2]} and kernel_size={window.kernel}."
        )
    places = window.places(size)
    if shape[-1] != math.prod(places):
        raise RuntimeError(
            f"Given output_size={size}, kernel_size={window.kernel}, dilation={window.dilation}, "
            f"padding={window.padding}, stride={window.stride}, expected size of input's dimension {one + 1} to match "
            f"the calculated number of sliding blocks {places[0]} * {places[1]} = {math.prod(places)}, but got "
            f"input.size({one + 1})={shape[-1]}."
        )
    return col2im(input, size, window)


# ---- channels and pixels


def _shuffle(image: np.ndarray, factor: int) -> np.ndarray:
    *outer, channels, height, width = image.shape
    blocks = image.reshape(math.prod(outer), channels // factor**2, factor, factor, height, width)
    return blocks.transpose(0, 1, 4, 2, 5, 3).reshape(*outer, channels // factor**2, height * factor, width * factor)


def _unshuffle(image: np.ndarray, factor: int) -> np.ndarray:
    *outer, channels, height, width = image.shape
    blocks = image.reshape(math.prod(outer), channels, height // factor, factor, width // factor, factor)
    return blocks.transpose(0, 1, 3, 5, 2, 4).reshape(*outer, channels * factor**2, height // factor, width // factor)


shuffle_ = op("pixel_shuffle(self; factor)", "_shuffle(self, factor)", "PixelShuffleBackward0",
              self="unshuffle_(grad, factor)", layout="as_image")  # fmt: skip
unshuffle_ = op("pixel_unshuffle(self; factor)", "_unshuffle(self, factor)", "PixelUnshuffleBackward0",
                self="shuffle_(grad, factor)", layout="as_image")  # fmt: skip


def _mixed(image: np.ndarray, groups: int) -> np.ndarray:
    shape = image.shape
    parts = image.reshape(shape[0], groups, shape[1] // groups, *shape[2:])
    return parts.swapaxes(1, 2).reshape(shape)


mix_ = op("channel_shuffle(self; groups)", "_mixed(self, groups)", "ChannelShuffleBackward0",
          self="mix_(grad, self.shape[1] // groups)")  # fmt: skip


def channel_shuffle(input: Tensor, groups: int) -> Tensor:
    """The channels (dim 1) of several groups, one from each group in turn (Zhang and others 2018).

    >>> import tensorbook as torch
    >>> torch.nn.functional.channel_shuffle(torch.arange(4.0).view(1, 4, 1), 2).flatten()
    tensor([0., 2., 1., 3.])
    """
    shape = input._array.shape
    if len(shape) <= 2:
        raise RuntimeError(f"channel_shuffle expects input with > 2 dims, but got input with sizes {list(shape)}")
    if groups <= 0:
        raise RuntimeError(f"Number of groups to divide channels in must be positive. Value of groups:{groups}")
    if shape[1] % groups:
        raise RuntimeError(
            f"Number of channels must be divisible by groups. Got {shape[1]} channels and {groups} groups."
        )
    return mix_(input, groups)


def _check_pixels(input: Tensor, name: str, which: str, factor: int) -> Sizes:
    shape = input._array.shape
    if len(shape) < 3:
        raise RuntimeError(
            f"{name} expects input to have at least 3 dimensions, but got input with {len(shape)} dimension(s)"
        )
    if factor <= 0:
        raise RuntimeError(f"{name} expects a positive {which}, but got {factor}")
    return shape


def pixel_shuffle(input: Tensor, upscale_factor: int) -> Tensor:
    """(…, channels * factor², height, width) to (…, channels, height * factor, width * factor).

    Each pixel becomes a block of factor × factor, filled from its channels (Shi and others 2016).

    >>> import tensorbook as torch
    >>> torch.nn.functional.pixel_shuffle(torch.arange(4.0).view(4, 1, 1), 2)
    tensor([[[0., 1.],
             [2., 3.]]])
    """
    shape = _check_pixels(input, "pixel_shuffle", "upscale_factor", upscale_factor)
    if shape[-3] % upscale_factor**2:
        raise RuntimeError(
            "pixel_shuffle expects its input's 'channel' dimension to be divisible by the square of upscale_factor, "
            f"but input.size(-3)={shape[-3]} is not divisible by {upscale_factor**2}"
        )
    return shuffle_(input, upscale_factor)


def pixel_unshuffle(input: Tensor, downscale_factor: int) -> Tensor:
    """The way back from pixel_shuffle: blocks of pixels become channels.

    >>> import tensorbook as torch
    >>> torch.nn.functional.pixel_unshuffle(torch.arange(4.0).view(1, 2, 2), 2).flatten()
    tensor([0., 1., 2., 3.])
    """
    shape = _check_pixels(input, "pixel_unshuffle", "downscale_factor", downscale_factor)
    for dim, name in ((-2, "height"), (-1, "width")):
        if shape[dim] % downscale_factor:
            raise RuntimeError(
                f"pixel_unshuffle expects {name} to be divisible by downscale_factor, but input.size({dim})="
                f"{shape[dim]} is not divisible by {downscale_factor}"
            )
    return unshuffle_(input, downscale_factor)
