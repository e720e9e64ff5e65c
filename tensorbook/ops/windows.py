"""A window that slides over an image: where it stops, what it sees, and how to add up what each place gives back.

Convolution, pooling, unfold and fold all slide a window over the last dimensions. The numbers under it form a view,
made of strides alone: nothing is copied until they are multiplied.

    image    (…, height, width)
    windows  (…, kernel height, kernel width, places down, places across)
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from .. import devices

Sizes = tuple[int, ...]


class Window(NamedTuple):
    """A window's size and its way over the last dimensions, with one number for each of them.

    Attributes:
        kernel: how many elements it sees.
        stride: how far it moves.
        padding: how many elements are added on either side first.
        dilation: how far apart the elements that it sees lie; 1 where they are neighbours.
    """

    kernel: Sizes
    stride: Sizes
    padding: Sizes
    dilation: Sizes

    def places(self, size: Sequence[int], ceil_mode: bool = False) -> Sizes:
        """At how many places it stops on an image; with `ceil_mode` also where it reaches over the far edge."""
        return tuple([_places(*one, ceil_mode) for one in zip(size, *self, strict=True)])

    def extent(self) -> Sizes:
        """From the first element that it sees to the last."""
        return tuple([d * (k - 1) + 1 for k, d in zip(self.kernel, self.dilation, strict=True)])

    def reach(self, places: Sizes) -> Sizes:
        """The size of the image that it sees from so many places."""
        steps = zip(places, self.stride, self.extent(), strict=True)
        return tuple([(p - 1) * s + e if p else 0 for p, s, e in steps])

    def elements(self, places: Sizes) -> list[tuple[Sizes, tuple[slice, ...]]]:
        """For each element of the window its index there, and what it sees of a padded image: a slice per dimension."""
        return [
            (
                element,
                tuple(
                    slice(d * i, d * i + s * (p - 1) + 1, s)
                    for i, d, s, p in zip(element, self.dilation, self.stride, places, strict=True)
                ),
            )
            for element in itertools.product(*map(range, self.kernel))
        ]


def _places(size: int, kernel: int, stride: int, padding: int, dilation: int, ceil_mode: bool) -> int:
    room = size + 2 * padding - dilation * (kernel - 1) - 1
    if not ceil_mode:
        return room // stride + 1
    places = -(-room // stride) + 1
    return places - ((places - 1) * stride >= size + padding)  # the last one must begin on the image


def pad(array: np.ndarray, padding: Sizes, value: object = 0, size: Sizes | None = None) -> np.ndarray:
    """The image with `padding` elements before and after it along the last dimensions, or within an image of `size`."""
    if size is None:
        if not any(padding):
            return array
        size = tuple([n + 2 * p for n, p in zip(array.shape[-len(padding) :], padding, strict=True)])
    outer = array.shape[: -len(padding)]
    whole = devices.module_of(array).full((*outer, *size), value, array.dtype)
    whole[(..., *inside(padding, array.shape))] = array
    return whole


def inside(padding: Sizes, shape: Sizes) -> tuple[slice, ...]:
    """Where an image of that shape lies in the padded one."""
    return tuple([slice(p, p + n) for p, n in zip(padding, shape[-len(padding) :], strict=True)])


def windows(image: np.ndarray, window: Window, places: Sizes) -> np.ndarray:
    """What the window sees of a padded image, (…, *kernel, *places): a view."""
    dims = len(places)
    steps = image.strides[-dims:]
    return devices.module_of(image).lib.stride_tricks.as_strided(
        image,
        (*image.shape[:-dims], *window.kernel, *places),
        (
            *image.strides[:-dims],
            *[step * d for step, d in zip(steps, window.dilation, strict=True)],
            *[step * s for step, s in zip(steps, window.stride, strict=True)],
        ),
    )


def add_windows(parts: np.ndarray, window: Window, size: Sizes) -> np.ndarray:
    """The way back: windows (…, *kernel, *places) into a padded image of that size. Where they overlap they add up.

    What one element of the window sees from all places never overlaps, so element by element is safe.
    """
    dims = len(size)
    places = parts.shape[-dims:]
    image = devices.module_of(parts).zeros((*parts.shape[: -2 * dims], *size), parts.dtype)
    if 0 not in places:
        for element, seen in window.elements(places):
            image[(..., *seen)] += parts[(..., *element, *(slice(None),) * dims)]
    return image
