"""The largest number under a window that slides over an image, and where it was."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

import numpy as np

from .. import devices
from ..tensor import Tensor, make
from .creation import zeros
from .define import op
from .indexing import gather, scatter_add
from .pooling import Numbers, adaptive_sizes, around, check_pool, per_dim, pool_window, spans
from .view import flatten, squeeze_dim, unflatten, unsqueeze
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
    for k, (_, seen) in enumerate(window.elements(places)):
        image[(..., *seen)] += grad * (winner == winner.dtype.type(k))
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


max_pool2d_ = op("max_pool2d(self; values, winner, window)", "values", "MaxPool2DWithIndicesBackward0",
                 self="to_winners(grad, self.shape, winner, window)")  # fmt: skip
max_pool3d_ = op("max_pool3d(self; values, winner, window)", "values", "MaxPool3DWithIndicesBackward0",
                 self="to_winners(grad, self.shape, winner, window)")  # fmt: skip
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
    result = (max_pool2d_ if dims == 2 else max_pool3d_)(input, values, winner, window)
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


# ---- adaptive: as many places as are wanted


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


def _from_places(image: Tensor, index: Tensor, dims: int) -> Tensor:
    return unflatten(gather(flatten(image, -dims), -1, flatten(index, -dims)), -1, index._array.shape[-dims:])


adaptive_max_pool2d_ = op("adaptive_max_pool2d(self; values, index)", "values", "AdaptiveMaxPool2DBackward0",
                          self="_to_places(grad, self.shape, index, 2)")  # fmt: skip
adaptive_max_pool3d_ = op("adaptive_max_pool3d(self; values, index)", "values", "AdaptiveMaxPool3DBackward0",
                          self="_to_places(grad, self.shape, index, 3)")  # fmt: skip


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


# ---- unpooling: the winners back to where they were


def _put(values: np.ndarray, index: np.ndarray, size: Sizes) -> np.ndarray:
    xp, dims = devices.module_of(values), len(size)
    rows = math.prod(values.shape[:-dims])
    image = xp.zeros((rows, math.prod(size)), values.dtype)
    image[xp.arange(rows)[:, None], index.reshape(rows, -1)] = values.reshape(rows, -1)
    return image.reshape(*values.shape[:-dims], *size)


max_unpool2d_ = op("max_unpool2d(self; index, size)", "_put(self, index._array, size)", "MaxUnpool2DBackward0",
                   self="_from_places(grad, index, 2)")  # fmt: skip
max_unpool3d_ = op("max_unpool3d(self; index, size)", "_put(self, index._array, size)", "MaxUnpool3DBackward0",
                   self="_from_places(grad, index, 3)")  # fmt: skip


def _max_unpool(
    dims: int, input: Tensor, indices: Tensor, kernel_size: Numbers, stride: Numbers | None, padding: Numbers,
    output_size: Sequence[int] | None,
) -> Tensor:  # fmt: skip
    kernel, step, margin, _ = pool_window(f"max_unpool{dims}d", dims, kernel_size, stride, padding, 1)
    places = input._array.shape[-dims:]
    usual = tuple([(n - 1) * s + k - 2 * p for n, s, k, p in zip(places, step, kernel, margin, strict=True)])
    size = usual if output_size is None else tuple(output_size)[-dims:]
    for dim, (n, u, s) in enumerate(zip(size, usual, step, strict=True)):
        if output_size is not None and not u - s < n < u + s:
            raise ValueError(f'invalid output_size "{size}" (dim {dim} must be between {u - s} and {u + s})')
    if indices._array.dtype != np.int64:
        raise RuntimeError(f"elements in indices should be type int64 but got: {indices.dtype}")
    if indices._array.shape != input._array.shape:
        raise RuntimeError(
            f"Expected shape of indices to be same as that of the input tensor ({list(input._array.shape)}) but got "
            f"indices tensor with shape: {list(indices._array.shape)}"
        )
    if input._array.size and not 0 <= int(indices.min()) <= int(indices.max()) < math.prod(size):
        wrong = int(indices.max()) if int(indices.min()) >= 0 else int(indices.min())
        raise RuntimeError(
            f"Found an invalid max index: {wrong} (output volumes are of size {'x'.join(map(str, size))})"
        )
    if dims == 1:
        return squeeze_dim(max_unpool2d_(unsqueeze(input, -1), unsqueeze(indices, -1), (*size, 1)), -1)
    return (max_unpool2d_ if dims == 2 else max_unpool3d_)(input, indices, size)


def max_unpool1d(
    input: Tensor, indices: Tensor, kernel_size: Numbers, stride: Numbers | None = None, padding: Numbers = 0,
    output_size: Sequence[int] | None = None,
) -> Tensor:  # fmt: skip
    """Puts what max_pool1d found back where it was, zeros elsewhere, see max_unpool2d.

    >>> import tensorbook as torch
    >>> torch.nn.functional.max_unpool1d(torch.tensor([[3.0, 2.0]]), torch.tensor([[1, 2]]), 2)
    tensor([[0., 3., 2., 0.]])
    """
    return _max_unpool(1, input, indices, kernel_size, stride, padding, output_size)


def max_unpool2d(
    input: Tensor, indices: Tensor, kernel_size: Numbers, stride: Numbers | None = None, padding: Numbers = 0,
    output_size: Sequence[int] | None = None,
) -> Tensor:  # fmt: skip
    """Puts what max_pool2d found back where it was, zeros elsewhere.

    Args:
        indices: where, as max_pool2d returned it.
        output_size: the size of the image, where several would have given the same.

    >>> import tensorbook as torch
    >>> values, indices = torch.nn.functional.max_pool2d(torch.arange(4.0).view(1, 2, 2), 2, return_indices=True)
    >>> torch.nn.functional.max_unpool2d(values, indices, 2)
    tensor([[[0., 0.],
             [0., 3.]]])
    """
    return _max_unpool(2, input, indices, kernel_size, stride, padding, output_size)


def max_unpool3d(
    input: Tensor, indices: Tensor, kernel_size: Numbers, stride: Numbers | None = None, padding: Numbers = 0,
    output_size: Sequence[int] | None = None,
) -> Tensor:  # fmt: skip
    """max_unpool2d in three dimensions.

    >>> import tensorbook as torch
    >>> values, indices = torch.ones(1, 1, 1, 1), torch.zeros(1, 1, 1, 1, dtype=torch.int64)
    >>> torch.nn.functional.max_unpool3d(values, indices, 2).sum()
    tensor(1.)
    """
    return _max_unpool(3, input, indices, kernel_size, stride, padding, output_size)
