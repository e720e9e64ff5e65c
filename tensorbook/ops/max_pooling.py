"""The largest number under a window that slides over an image, and where it was."""

from __future__ import annotations

import itertools
import math

import numpy as np

from .. import devices
from ..tensor import Tensor, make
from .array_twins import shape_of  # noqa: F401 (formulas call it)
from .define import op
from .pooling import Numbers, around, check_pool, left_out, pool_window
from .view import squeeze_dim, unsqueeze
from .windows import Sizes, Window, inside, pad
from .words import scalar_type


def _lowest(kind: np.dtype) -> float:
    return -np.inf if kind.kind == "f" else np.iinfo(kind).min


def _first(window: Window, places: Sizes) -> np.ndarray:
    """The number of the first element of the window that lies on the image, at each place."""
    number = np.zeros((1,) * len(places), np.int64)
    for dim, (k, s, p, d) in enumerate(zip(*window, strict=True)):
        element = -(np.minimum(np.arange(places[dim]) * s - p, 0) // d)
        number = number * k + element.reshape(-1, *(1,) * (len(places) - dim - 1))
    return number


def _largest(image: np.ndarray, window: Window, places: Sizes) -> tuple[np.ndarray, np.ndarray]:
    """The largest number at each place, and which element of the window it was; nan counts as larger than all."""
    xp, dims = devices.module_of(image), len(places)
    count = math.prod(window.kernel)
    number = np.dtype("u1" if count <= 256 else "i4")
    winner = xp.zeros((*image.shape[:-dims], *places), number)
    if any(window.padding):
        winner[...] = xp.asarray(_first(window, places).astype(number))
    image = pad(image, window.padding, _lowest(image.dtype), around(image.shape[-dims:], window, places))
    values = None
    for k, (_, seen) in enumerate(window.elements(places)):
        part = image[(..., *seen)]
        if values is None:
            values = part.copy()
            continue
        better = part > values
        if part.dtype.kind == "f":
            better |= part != part
        winner = xp.maximum(winner, better.view("u1") * number.type(k))
        values = xp.maximum(values, part)
    return values, winner


def _places_of(winner: np.ndarray, size: Sizes, window: Window) -> np.ndarray:
    """Which element of the window as which element of the image, counted through row by row."""
    xp, dims = devices.module_of(winner), len(size)
    steps = [math.prod(size[d + 1 :]) for d in range(dims)]
    within = [
        sum(i * d * step for i, d, step in zip(element, window.dilation, steps, strict=True))
        for element in itertools.product(*map(range, window.kernel))
    ]
    start = np.zeros((1,) * dims, np.int64)
    for dim, (s, p, step) in enumerate(zip(window.stride, window.padding, steps, strict=True)):
        corner = np.arange(winner.shape[dim - dims]) * s - p
        start = start + (corner * step).reshape(-1, *(1,) * (dims - dim - 1))
    return xp.take(xp.asarray(np.array(within)), winner) + xp.asarray(start)


def _to_winners(grad: np.ndarray, shape: Sizes, winner: np.ndarray, window: Window) -> np.ndarray:
    """Each number of the gradient goes to the element that won."""
    xp, dims = devices.module_of(grad), len(window.kernel)
    places = winner.shape[-dims:]
    image = xp.zeros((*shape[:-dims], *around(shape[-dims:], window, places)), grad.dtype)
    finite = bool(xp.isfinite(grad).all())  # else 0 * inf would be nan where nothing is to pass
    for k, (_, seen) in enumerate(window.elements(places)):
        won = winner == winner.dtype.type(k)
        image[(..., *seen)] += grad * won if finite else xp.where(won, grad, grad.dtype.type(0))
    if not any(window.padding) and image.shape == shape:
        return image
    return image[(..., *inside(window.padding, shape))].copy()


def _from_winners(image: np.ndarray, winner: np.ndarray, window: Window) -> np.ndarray:
    xp, dims = devices.module_of(image), len(window.kernel)
    places = winner.shape[-dims:]
    image = pad(image, window.padding, 0, around(image.shape[-dims:], window, places))
    total = xp.zeros(winner.shape, image.dtype)
    for k, (_, seen) in enumerate(window.elements(places)):
        total = xp.where(winner == winner.dtype.type(k), image[(..., *seen)], total)
    return total


max_pool2d_ = op("max_pool2d(self; values, winner, window; stride, ceil_mode)", "values",
                 "MaxPool2DWithIndicesBackward0", self="to_winners(grad, shape_of(self), winner, window)",
                 layout="as_image")  # fmt: skip
max_pool3d_ = op("max_pool3d(self; values, winner, window; stride, ceil_mode)", "values",
                 "MaxPool3DWithIndicesBackward0", self="to_winners(grad, shape_of(self), winner, window)",
                 layout="as_image")  # fmt: skip
for _pool in (max_pool2d_, max_pool3d_):
    _pool.node.shown = {**_pool.node.shown, "result1": lambda node: _places_of(
        node.winner_, node.unpack("self").shape[-len(node.window_.kernel):], node.window_)}  # fmt: skip
to_winners = op("to_winners(self; shape, winner, window)", "_to_winners(self, shape, winner, window)",
                "MaxPoolBackwardBackward0", self="from_winners(grad, winner, window)")  # fmt: skip
from_winners = op("from_winners(self; winner, window)", "_from_winners(self, winner, window)", "MaxPoolBackward0",
                  self="to_winners(grad, self.shape, winner, window)")  # fmt: skip


def _max_pool(
    dims: int, input: Tensor, kernel_size: Numbers, stride: Numbers | None, padding: Numbers, dilation: Numbers,
    ceil_mode: bool, return_indices: bool,
) -> Tensor | tuple[Tensor, Tensor]:  # fmt: skip
    window = pool_window(f"max_pool{dims}d", dims, kernel_size, stride, padding, dilation)
    places = check_pool(input, window, ceil_mode)
    if input._array.dtype.kind == "b":
        raise NotImplementedError(f"\"max_pool{dims}d\" not implemented for 'Bool'")
    values, winner = _largest(input._array, window, places)
    pool = max_pool2d_ if dims == 2 else max_pool3d_
    result = pool(input, values, winner, window, () if left_out(stride) else window.stride, ceil_mode)
    return (result, make(_places_of(winner, input._array.shape[-dims:], window))) if return_indices else result


def max_pool1d(
    input: Tensor, kernel_size: Numbers, stride: Numbers | None = None, padding: Numbers = 0, dilation: Numbers = 1,
    ceil_mode: bool = False, return_indices: bool = False,
) -> Tensor | tuple[Tensor, Tensor]:  # fmt: skip
    """The largest number under a window that slides over signals (batch, channels, length), see max_pool2d.

    >>> import tensorbook as torch
    >>> torch.nn.functional.max_pool1d(torch.tensor([[1.0, 3.0, 2.0, 0.0]]), 2)
    tensor([[3., 2.]])
    """
    ndim = input._array.ndim
    if ndim not in (2, 3):
        raise RuntimeError(
            "max_pool1d: Expected 2D or 3D (batch mode) tensor with optional 0 dim batch size for input, but got:"
            f"{list(input._array.shape)}"
        )
    kernel, step, margin, apart = pool_window("max_pool1d()", 1, kernel_size, stride, padding, dilation)
    if step[0] <= 0:
        raise RuntimeError(f"max_pool1d() stride must be greater than zero, but got {step[0]}")
    if margin[0] > kernel[0] // 2:
        raise RuntimeError(
            f"max_pool1d() padding should be at most half of kernel size, but got padding={margin[0]} and "
            f"kernel_size={kernel[0]}"
        )
    out = Window(kernel, step, margin, apart).places(input._array.shape[-1:], ceil_mode)[0]
    if out <= 0:
        raise RuntimeError(f"max_pool1d() Invalid computed output size: {out}")
    if input._array.dtype.kind != "f" and not return_indices:
        raise NotImplementedError(f"\"max_pool1d_impl\" not implemented for '{scalar_type(input)}'")
    result = _max_pool(
        2, unsqueeze(input, -2), (1, *kernel), (1, *step), (0, *margin), (1, *apart), ceil_mode, return_indices
    )
    if return_indices:
        return tuple(squeeze_dim(part, -2) for part in result)
    return squeeze_dim(result, -2)


def max_pool2d(
    input: Tensor, kernel_size: Numbers, stride: Numbers | None = None, padding: Numbers = 0, dilation: Numbers = 1,
    ceil_mode: bool = False, return_indices: bool = False,
) -> Tensor | tuple[Tensor, Tensor]:  # fmt: skip
    """The largest number under a window that slides over images (batch, channels, height, width).

    https://pytorch.org/docs/stable/generated/torch.nn.MaxPool2d.html

    Args:
        kernel_size: the window, a number or (height, width).
        stride: how far it moves; as far as it is large where nothing is given.
        padding: how many elements that never win are added on every side, at most half the window.
        dilation: how far apart the elements lie that it sees.
        ceil_mode: let the last window reach over the edge.
        return_indices: say, too, which element of the image won, counted through row by row.

    >>> import tensorbook as torch
    >>> torch.nn.functional.max_pool2d(torch.arange(16.0).view(1, 4, 4), 2, return_indices=True)
    (tensor([[[ 5.,  7.],
             [13., 15.]]]), tensor([[[ 5,  7],
             [13, 15]]]))
    """
    return _max_pool(2, input, kernel_size, stride, padding, dilation, ceil_mode, return_indices)


def max_pool3d(
    input: Tensor, kernel_size: Numbers, stride: Numbers | None = None, padding: Numbers = 0, dilation: Numbers = 1,
    ceil_mode: bool = False, return_indices: bool = False,
) -> Tensor | tuple[Tensor, Tensor]:  # fmt: skip
    """max_pool2d in three dimensions.

    >>> import tensorbook as torch
    >>> torch.nn.functional.max_pool3d(torch.arange(8.0).view(1, 2, 2, 2), 2)
    tensor([[[[7.]]]])
    """
    return _max_pool(3, input, kernel_size, stride, padding, dilation, ceil_mode, return_indices)
