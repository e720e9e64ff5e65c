"""The largest numbers of as many spans as are wanted, which cover images of any size."""

from __future__ import annotations

import itertools
import math

import numpy as np

from .. import devices
from ..tensor import Tensor, make
from .array_twins import shape_of  # noqa: F401 (formulas call it)
from .creation import zeros
from .define import op
from .gathering import scatter_add
from .pooling import Numbers, adaptive_sizes, per_dim, spans
from .view import flatten, squeeze_dim, unflatten, unsqueeze
from .windows import Sizes


def _largest_in_spans(image: np.ndarray, wanted: Sizes) -> tuple[np.ndarray, np.ndarray]:
    """The largest number in each span, and which element of the image it was."""
    xp, dims = devices.module_of(image), len(wanted)
    size = image.shape[-dims:]
    values = found = None
    for taken in itertools.product(*[spans(n, m).index for n, m in zip(size, wanted, strict=True)]):
        part, place = image, np.zeros((1,) * dims, np.int64)
        for dim, index in enumerate(taken):
            part = xp.take(part, xp.asarray(index), axis=image.ndim - dims + dim)
            place = place * size[dim] + index.reshape(-1, *(1,) * (dims - dim - 1))
        place = xp.broadcast_to(xp.asarray(place), part.shape)
        if values is None:
            values, found = part, place
        else:
            better = (part > values) | (part != part)
            values, found = xp.where(better, part, values), xp.where(better, place, found)
    return values, found


def _to_places(grad: Tensor, shape: Sizes, index: Tensor, dims: int) -> Tensor:
    """Each number is added at its place, counted through the last dimensions."""
    image = zeros(*shape[:-dims], math.prod(shape[-dims:]), dtype=grad.dtype, device=grad.device)
    return unflatten(scatter_add(image, -1, flatten(index, -dims), flatten(grad, -dims)), -1, shape[-dims:])


adaptive_max_pool2d_ = op("adaptive_max_pool2d(self; values, index)", "values", "AdaptiveMaxPool2DBackward0",
                          self="_to_places(grad, shape_of(self), index, 2)", layout="as_image")  # fmt: skip
adaptive_max_pool3d_ = op("adaptive_max_pool3d(self; values, index)", "values", "AdaptiveMaxPool3DBackward0",
                          self="_to_places(grad, shape_of(self), index, 3)", layout="as_image")  # fmt: skip


def _adaptive_max_pool(dims: int, input: Tensor, output_size: object) -> tuple[Tensor, Tensor]:
    wanted = adaptive_sizes(f"adaptive_max_pool{dims}d", dims, input, output_size)
    values, found = _largest_in_spans(input._array, wanted)
    index = make(found.copy())
    return (adaptive_max_pool2d_ if dims == 2 else adaptive_max_pool3d_)(input, values, index), index


def adaptive_max_pool1d(input: Tensor, output_size: Numbers, return_indices: bool = False) -> Tensor | tuple:
    """The largest numbers of `output_size` spans that cover signals (batch, channels, length).

    >>> import tensorbook as torch
    >>> torch.nn.functional.adaptive_max_pool1d(torch.tensor([[1.0, 3.0, 2.0]]), 2)
    tensor([[3., 3.]])
    """
    if input._array.ndim not in (2, 3):
        raise RuntimeError(
            f"Expected 2 to 3 dimensions, but got {input._array.ndim}-dimensional tensor for argument #1 'self' "
            "(while checking arguments for adaptive_max_pool1d)"
        )
    result = _adaptive_max_pool(2, unsqueeze(input, -2), (1, *per_dim(output_size, 1, "output_size")))
    values, index = (squeeze_dim(part, -2) for part in result)
    return (values, index) if return_indices else values


def adaptive_max_pool2d(input: Tensor, output_size: object, return_indices: bool = False) -> Tensor | tuple:
    """The largest numbers of spans that cover an image, (height, width) of them; None keeps the image's own.

    >>> import tensorbook as torch
    >>> torch.nn.functional.adaptive_max_pool2d(torch.arange(24.0).view(1, 4, 6), (2, 1))
    tensor([[[11.],
             [23.]]])
    """
    values, index = _adaptive_max_pool(2, input, output_size)
    return (values, index) if return_indices else values


def adaptive_max_pool3d(input: Tensor, output_size: object, return_indices: bool = False) -> Tensor | tuple:
    """adaptive_max_pool2d in three dimensions.

    >>> import tensorbook as torch
    >>> torch.nn.functional.adaptive_max_pool3d(torch.arange(8.0).view(1, 2, 2, 2), 1)
    tensor([[[[7.]]]])
    """
    values, index = _adaptive_max_pool(3, input, output_size)
    return (values, index) if return_indices else values
