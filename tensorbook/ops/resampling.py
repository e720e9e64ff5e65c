"""Linear maps along single dimensions: each element of the result is a weighted sum of a few elements of the input.

Reflecting at an edge, growing an image and averaging over an adaptive window differ in which elements and which
weights; the work, and the gradient, are the same for all of them.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .. import devices
from .array_twins import shape_of  # noqa: F401 (formulas call it)
from .define import op
from .operands import in_order


class Line(NamedTuple):
    """What becomes of one dimension. `index[t][i]` is the t-th element that element i of the result takes,
    `weight[t][i]` its weight; no weights where everything is taken as it is."""

    index: np.ndarray
    weight: np.ndarray | None
    length: int  # of the input

    def matrix(self) -> np.ndarray:
        """The same map as a matrix (result, input)."""
        matrix = np.zeros((self.index.shape[1], self.length))
        for t, index in enumerate(self.index):
            np.add.at(matrix, (np.arange(len(index)), index), 1.0 if self.weight is None else self.weight[t])
        return matrix


def picked(index: list[int] | np.ndarray, length: int) -> Line:
    """One element for each, as it is."""
    return Line(np.asarray(index, dtype=np.int64).reshape(1, -1), None, length)


Lines = tuple[Line | None, ...]  # for the last dimensions; None where nothing changes


def _along(array: np.ndarray, lines: Lines) -> np.ndarray:
    xp = devices.module_of(array)
    first = array.ndim - len(lines)
    if not any(lines):
        return array.copy()
    for dim, line in enumerate(lines, first):
        if line is None:
            continue
        total = None
        for t, index in enumerate(line.index):
            part = xp.take(array, xp.asarray(index), axis=dim)
            if line.weight is not None:
                weight = xp.asarray(line.weight[t].astype(array.dtype))
                part = part * weight.reshape(-1, *(1,) * (array.ndim - dim - 1))
            total = part if total is None else total + part
        array = total
    return in_order(array)


def _back(grad: np.ndarray, lines: Lines) -> np.ndarray:
    xp = devices.module_of(grad)
    first = grad.ndim - len(lines)
    for dim, line in enumerate(lines, first):
        if line is not None:
            matrix = xp.asarray(line.matrix().astype(grad.dtype))
            grad = xp.moveaxis(xp.matmul(xp.moveaxis(grad, dim, -1), matrix), -1, dim)
    return in_order(grad)


# PyTorch has a node of its own for each.
_NAMES = [f"ReflectionPad{d}D" for d in (1, 2, 3)] + [f"ReplicationPad{d}D" for d in (1, 2, 3)]
_NAMES += [f"UpsampleNearest{d}D" for d in (1, 2, 3)] + [f"UpsampleNearestExact{d}D" for d in (1, 2, 3)]
_NAMES += ["UpsampleLinear1D", "UpsampleBilinear2D", "UpsampleTrilinear3D", "UpsampleBicubic2D"]
_NAMES += ["AdaptiveAvgPool2D", "AdaptiveAvgPool3D"]
# For padding and for adaptive pooling it keeps the image, for changes of size the image's size. `given` are the
# arguments that `lines` stand for.
resample = {
    name: op("resample(self; lines; given)", "_along(self, lines)", f"{name}Backward0",
             self=f"resample_back(grad, lines).reshape({'self.shape' if 'Upsample' in name else 'shape_of(self)'})",
             layout="as_image")
    for name in _NAMES
}  # fmt: skip
resample_again = op("resample_again(self; lines)", "_along(self, lines)", "ResampleBackward0",
                    self="resample_back(grad, lines)")  # fmt: skip
resample_back = op("resample_back(self; lines)", "_back(self, lines)", "ResampleBackBackward0",
                   self="resample_again(grad, lines)")  # fmt: skip
