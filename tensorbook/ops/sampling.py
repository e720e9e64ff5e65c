"""Images read at places between their elements: grid_sample, and the grids that turn, shift and scale (affine_grid).

Jaderberg and others 2015, https://arxiv.org/abs/1506.02025
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from .. import devices, notices
from ..tensor import Tensor, make
from .define import op
from .indexing import _scatter_index, index_
from .joining import stack
from .matrix import bmm
from .operands import in_order
from .resizing import CUBIC
from .words import scalar_type

MODES = {"bilinear": 0, "nearest": 1, "bicubic": 2}
PADDINGS = {"zeros": 0, "border": 1, "reflection": 2}


class Reading(NamedTuple):
    """How an image is read: the numbers of the mode and of the padding, as PyTorch counts them, and what -1 and 1 name:
    the corner elements' centres, or their outer edges."""

    mode: int
    padding: int
    align_corners: bool


class Tap(NamedTuple):
    """One element that counts along one dimension: which, how much, and the slope of that in the grid's coordinate."""

    index: np.ndarray
    weight: Tensor
    slope: Tensor


def _reflected(place: Tensor, n: int, align_corners: bool) -> tuple[Tensor, np.ndarray]:
    """A place outside of the image mirrored into it, at the corner elements or at their edges; and the slope."""
    xp, low, span = devices.module_of(place._array), 0.0 if align_corners else -0.5, n - 1 if align_corners else n
    if not span:
        return place * 0, xp.zeros_like(place._array)
    off = place._array - low
    turns = xp.floor(xp.abs(off) / span)
    sign = xp.where(off < 0, -1, 1).astype(off.dtype)
    odd = turns % 2 == 1
    slope = xp.where(odd, -sign, sign)
    shift = xp.where(odd, (turns + 1) * span, -turns * span) + low  # |off| becomes the rest of a turn, there or back
    return place * make(slope) + make((shift - slope * low).astype(off.dtype)), slope


def _inside(place: Tensor, n: int, how: Reading) -> tuple[Tensor, np.ndarray]:
    """A place treated as the padding has it, and the slope."""
    xp = devices.module_of(place._array)
    slope = xp.ones_like(place._array)
    if how.padding == PADDINGS["reflection"]:
        place, slope = _reflected(place, n, how.align_corners)
    if how.padding != PADDINGS["zeros"]:
        free = ((place._array > 0) & (place._array < n - 1)).astype(slope.dtype)
        place = place * make(free) + make(place._array.clip(0, n - 1) * (1 - free))
        slope = slope * free
    return place, slope


def _cubic(t: Tensor) -> list[tuple[Tensor, Tensor]]:
    """Keys' weights of the four neighbours at t between the middle two, and their slopes."""

    def near(t: Tensor) -> tuple[Tensor, Tensor]:
        return ((CUBIC + 2) * t - (CUBIC + 3)) * t * t + 1, (3 * (CUBIC + 2) * t - 2 * (CUBIC + 3)) * t

    def far(t: Tensor) -> tuple[Tensor, Tensor]:
        weight = ((CUBIC * t - 5 * CUBIC) * t + 8 * CUBIC) * t - 4 * CUBIC
        return weight, (3 * CUBIC * t - 10 * CUBIC) * t + 8 * CUBIC

    (a, da), (b, db), (c, dc), (d, dd) = far(t + 1), near(t), near(1 - t), far(2 - t)
    return [(a, da), (b, db), (c, -dc), (d, -dd)]


def _taps(coordinate: Tensor, n: int, how: Reading) -> list[Tap]:
    """The elements that count along a dimension of length n, for coordinates from -1 to 1."""
    xp = devices.module_of(coordinate._array)
    scale = (n - 1) / 2 if how.align_corners else n / 2
    place = (coordinate + 1) * scale if how.align_corners else ((coordinate + 1) * n - 1) / 2
    slope = xp.ones_like(place._array)
    if how.mode != MODES["bicubic"]:
        place, slope = _inside(place, n, how)
    if how.mode == MODES["nearest"]:
        found = [(xp.rint(place._array), place * 0 + 1, place * 0)]
    else:
        low = xp.floor(place._array)
        t = place - make(low)
        if how.mode == MODES["bilinear"]:
            ones = make(slope * scale)
            found = [(low, 1 - t, -ones), (low + 1, t, ones)]
        else:
            found = [(low + i, weight, rise * scale) for i, (weight, rise) in enumerate(_cubic(t), -1)]
    taps = []
    for index, weight, rise in found:
        if how.mode == MODES["bicubic"] and how.padding:
            index = _inside(make(index), n, how)[0]._array
        inside = (index >= 0) & (index < n)
        counts = make(inside.astype(index.dtype))
        taps.append(Tap(xp.where(inside, index, 0).astype(np.int64), weight * counts, rise * counts))
    return taps


def _readings(grid: Tensor, shape: tuple[int, ...], how: Reading) -> Iterator[tuple[tuple, tuple[Tap, ...]]]:
    """For each combination of elements that count: where they are in (batch, *image), and the taps."""
    dims = len(shape) - 2
    along = [_taps(grid[..., dims - 1 - d], shape[2 + d], how) for d in range(dims)]  # the grid says x first
    batch = devices.module_of(grid._array).arange(shape[0]).reshape(-1, *(1,) * dims)
    for taps in itertools.product(*along):
        yield (batch, *(tap.index for tap in taps)), taps


def _weight(taps: Sequence[Tap]) -> Tensor:
    """The product of the weights, beside a dimension of channels."""
    total = taps[0].weight
    for tap in taps[1:]:
        total = total * tap.weight
    return total.unsqueeze(-1)


def _sampled(image: np.ndarray, grid: np.ndarray, how: Reading) -> np.ndarray:
    last, total = np.moveaxis(image, 1, -1), 0
    for places, taps in _readings(make(grid), image.shape, how):
        total = total + last[places] * _weight(taps)._array
    return in_order(np.moveaxis(total, -1, 1))


def _image_grad(grad: Tensor, image: Tensor, grid: Tensor, how: Reading) -> Tensor:
    """Each number back to the elements that it was read from."""
    grad, (batch, channels, *size), total = grad.movedim(1, -1), image._array.shape, None
    for places, taps in _readings(grid, image._array.shape, how):
        part = _scatter_index(grad * _weight(taps), (batch, *size, channels), places)
        total = part if total is None else total + part
    return total.movedim(-1, 1)


def _grid_grad(grad: Tensor, image: Tensor, grid: Tensor, how: Reading) -> Tensor:
    """How the numbers change when the places move."""
    grad, last, parts = grad.movedim(1, -1), image.movedim(1, -1), None
    for places, taps in _readings(grid, image._array.shape, how):
        pull = (grad * index_(last, places)).sum(-1)
        moved = []
        for d, tap in enumerate(taps):
            others = [t for i, t in enumerate(taps) if i != d]
            moved.append(pull * _weight(others).squeeze(-1) * tap.slope)
        parts = moved if parts is None else [a + b for a, b in zip(parts, moved, strict=True)]
    return stack(parts[::-1], -1)


_samplers = {
    dims: op(
        f"grid_sampler_{dims}d(input, grid; how)", "_sampled(input, grid, how)", f"GridSampler{dims}DBackward0",
        input="_image_grad(grad, input, grid, how)", grid="_grid_grad(grad, input, grid, how)",
    )
    for dims in (2, 3)
}  # fmt: skip


def _affine(theta: np.ndarray, size: tuple[int, ...], align_corners: bool) -> np.ndarray:
    points = _points(theta, size, align_corners)
    return (points @ theta.swapaxes(1, 2)).reshape(theta.shape[0], *size[2:], len(size) - 2)


def _points(like: np.ndarray, size: tuple[int, ...], align_corners: bool) -> np.ndarray:
    """(x, y, 1), or (x, y, z, 1), of every element of an image, for each of a batch."""
    xp, sides = devices.module_of(like), []
    for n in size[2:]:
        side = xp.linspace(-1, 1, n, dtype=like.dtype) if n > 1 else xp.zeros(1, like.dtype)
        sides.append(side if align_corners else side * like.dtype.type((n - 1) / n))
    grid = xp.meshgrid(*sides, indexing="ij")
    points = xp.stack([*grid[::-1], xp.ones_like(grid[0])], -1).reshape(-1, len(size) - 1)
    return xp.broadcast_to(points, (like.shape[0], *points.shape))


def _theta_grad(grad: Tensor, size: tuple[int, ...], align_corners: bool) -> Tensor:
    points = make(in_order(_points(grad._array, size, align_corners)))
    return bmm(grad.reshape(grad._array.shape[0], -1, len(size) - 2).mT, points)


affine_grid_ = op("affine_grid_generator(theta; size, align_corners)", "_affine(theta, size, align_corners)",
                  "AffineGridGeneratorBackward0", theta="_theta_grad(grad, size, align_corners)")  # fmt: skip

# ---- the functions


def _corners(align_corners: bool | None) -> bool:
    if align_corners is None:
        notices.warn(
            "Default grid_sample and affine_grid behavior has changed to align_corners=False since 1.3.0. Please "
            "specify align_corners=True if the old behavior is desired. See the documentation of grid_sample for "
            "details."
        )
    return bool(align_corners)


def grid_sample(
    input: Tensor, grid: Tensor, mode: str = "bilinear", padding_mode: str = "zeros", align_corners: bool | None = None
) -> Tensor:
    """Images read at the places that a grid names, between their elements if need be.

    https://pytorch.org/docs/stable/generated/torch.nn.functional.grid_sample.html

    Args:
        input: (batch, channels, height, width), or with a depth before the height.
        grid: (batch, height out, width out, 2), or (batch, depth out, height out, width out, 3): for each element of
            the result where it is read: x, y (and z), from -1 on the left, at the top, to 1 on the right, at the
            bottom.
        mode: "bilinear", "nearest" or, for images without depth, "bicubic".
        padding_mode: what lies outside of the image: "zeros", its "border" elements, or its "reflection".
        align_corners: whether -1 and 1 are the centres of the corner elements, or their outer edges.

    >>> import tensorbook as torch
    >>> image = torch.tensor([[[[0.0, 10.0], [20.0, 30.0]]]])
    >>> middle_and_corner = torch.tensor([[[[0.0, 0.0], [1.0, 1.0]]]])
    >>> torch.nn.functional.grid_sample(image, middle_and_corner, align_corners=True)
    tensor([[[[15., 30.]]]])
    """
    if mode not in MODES:
        raise ValueError(
            f"nn.functional.grid_sample(): expected mode to be 'bilinear', 'nearest' or 'bicubic', but got: '{mode}'"
        )
    if padding_mode not in PADDINGS:
        raise ValueError(
            "nn.functional.grid_sample(): expected padding_mode to be 'zeros', 'border', or 'reflection', but got: "
            f"'{padding_mode}'"
        )
    how = Reading(MODES[mode], PADDINGS[padding_mode], _corners(align_corners))
    shape, places = input._array.shape, grid._array.shape
    if len(shape) not in (4, 5):
        raise RuntimeError(
            f"grid_sampler(): expected 4D or 5D input and grid with same number of dimensions, but got input with "
            f"sizes {list(shape)} and grid with sizes {list(places)}"
        )
    if shape[0] != places[0]:
        raise RuntimeError(
            "grid_sampler(): expected grid and input to have same batch size, but got input with sizes "
            f"{list(shape)} and grid with sizes {list(places)}"
        )
    if places[-1] != len(shape) - 2:
        raise RuntimeError(
            f"grid_sampler(): expected grid to have size {len(shape) - 2} in last dimension, but got grid with sizes "
            f"{list(places)}"
        )
    for d, n in enumerate(shape[2:], 2):
        if not n:
            raise RuntimeError(
                f"grid_sampler(): expected input to have non-empty spatial dimensions, but input has sizes "
                f"{list(shape)} with dimension {d} being empty"
            )
    if len(shape) == 5 and mode == "bicubic":
        raise RuntimeError("grid_sampler(): bicubic interpolation only supports 4D input")
    if input.dtype is not grid.dtype:
        raise RuntimeError(f"expected scalar type {scalar_type(input)} but found {scalar_type(grid)}")
    return _samplers[len(shape) - 2](input, grid, how)


def affine_grid(theta: Tensor, size: Sequence[int], align_corners: bool | None = None) -> Tensor:
    """The grid for grid_sample that turns, shifts, scales and shears images by matrices.

    https://pytorch.org/docs/stable/generated/torch.nn.functional.affine_grid.html

    Args:
        theta: (batch, 2, 3), or (batch, 3, 4) for images with a depth: matrix @ (x, y, 1) is where (x, y) is read.
        size: that of the result, (batch, channels, height, width).
        align_corners: as in grid_sample.

    >>> import tensorbook as torch
    >>> as_it_is = torch.tensor([[[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]])
    >>> torch.nn.functional.affine_grid(as_it_is, [1, 1, 1, 3], align_corners=True)
    tensor([[[[-1.,  0.],
              [ 0.,  0.],
              [ 1.,  0.]]]])
    """
    if theta._array.dtype.kind != "f":
        raise ValueError(f"Expected theta to have floating point type, but got {theta.dtype}")
    size, dims = tuple(size), len(size) - 2
    if dims not in (2, 3):
        raise NotImplementedError(
            "affine_grid only supports 4D and 5D sizes, for 2D and 3D affine transforms, respectively. "
            f"Got size {list(size)}."
        )
    if theta._array.ndim != 3 or theta._array.shape[1:] != (dims, dims + 1):
        raise ValueError(
            f"Expected a batch of {dims}D affine matrices of shape Nx{dims}x{dims + 1} for size {list(size)}. "
            f"Got {theta.shape}."
        )
    corners = _corners(align_corners)
    if min(size) <= 0:
        raise ValueError(f"Expected non-zero, positive output size. Got {list(size)}")
    return affine_grid_(theta, size, corners)
