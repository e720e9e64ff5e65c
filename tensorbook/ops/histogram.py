"""How many elements fall into which range."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from .. import devices, dtypes
from ..tensor import Tensor, make
from .creation import linspace
from .joint import joint, node_kind
from .kernels import refuse
from .operands import check_devices
from .results import named
from .words import c_type


def histc(self: Tensor, bins: int = 100, min: float = 0, max: float = 0) -> Tensor:
    """How many elements fall into each of `bins` equal parts of the range from min to max.

    >>> import tensorbook as torch
    >>> torch.histc(torch.tensor([1.0, 2.0, 1.0]), bins=4, min=0, max=3)
    tensor([0., 2., 1., 0.])
    """
    array = self._array
    refuse("histogram_cpu", array, "biu")
    if bins <= 0:
        raise RuntimeError("bins must be > 0")
    if min == max and array.size:
        min, max = float(array.min()), float(array.max())
    if min == max:
        min, max = min - 1, max + 1
    if not (np.isfinite(min) and np.isfinite(max)):
        raise RuntimeError(f"range of [{min:g}, {max:g}] is not finite")
    if min > max:
        raise RuntimeError("max must be larger than min")
    counts, _ = np.histogram(array, bins, (min, max))
    return make(counts.astype(array.dtype))


histogram_result = named("histogram", "hist bin_edges")
histogramdd_result = named("histogramdd", "hist bin_edges")
Bins = int | Sequence[int] | Sequence[Tensor]


def histogram(
    self: Tensor, bins: int | Tensor, *, range: tuple[float, float] | None = None, weight: Tensor | None = None,
    density: bool = False,
) -> tuple[Tensor, Tensor]:  # fmt: skip
    """How many elements fall between the edges of bins, and those edges. The last bin includes its upper edge.

    Args:
        bins: how many equally wide bins, or a vector with their edges.
        range: the lower and the upper end of them all; the smallest and the largest element, unless given.
        weight: what each element counts; 1, unless given.
        density: whether to give densities, whose integral is 1.

    >>> import tensorbook as torch
    >>> torch.histogram(torch.tensor([1.0, 2.0, 1.0]), bins=4, range=(0.0, 3.0)).hist
    tensor([0., 2., 1., 0.])
    """
    points = self.detach().reshape(-1, 1)
    if weight is not None and weight._array.shape == self._array.shape:
        weight = weight.reshape(-1)
    name = "torch.histogram" if not isinstance(bins, Tensor) or bins._array.ndim == 1 else "torch.histogramdd"
    return histogram_result(*_result(self, *_counted(name, points, [bins], range, weight, density)))


def histogramdd(
    input: Tensor, bins: Bins, *, range: Sequence[float] | None = None, weight: Tensor | None = None,
    density: bool = False,
) -> tuple[Tensor, tuple[Tensor, ...]]:  # fmt: skip
    """histogram of points with several coordinates, which stand in the last dimension.

    Args:
        bins: for each coordinate how many bins or their edges; or one number for all coordinates.
        range: the lower and the upper end for the first coordinate, then for the second, and so on.

    >>> import tensorbook as torch
    >>> torch.histogramdd(torch.tensor([[0.0, 1.0], [1.0, 0.0], [1.0, 2.0]]), bins=[2, 2]).hist
    tensor([[0., 1.],
            [1., 1.]])
    """
    if input._array.ndim < 2:
        raise RuntimeError("torch.histogramdd: input tensor should have at least 2 dimensions")
    n = input._array.shape[-1]
    bins = [bins] * n if isinstance(bins, int) else list(bins)
    if len(bins) != n:
        raise RuntimeError("histogramdd: The size of bins must be equal to the innermost dimension of the input.")
    if weight is not None and weight._array.shape == input._array.shape[:-1]:
        weight = weight.reshape(-1)
    points = input.detach().reshape(-1, n)
    counts, *edges = _result(input, *_counted("torch.histogramdd", points, bins, range, weight, density))
    return histogramdd_result(counts, tuple(edges))


def _counted(
    name: str, points: Tensor, bins: list, range: Sequence[float] | None, weight: Tensor | None, density: bool
) -> tuple[np.ndarray, list[np.ndarray]]:
    """Points, one in each row, sorted into the boxes that the bins of all coordinates make; counted on the CPU."""
    array = devices.move(points._array, devices.CPU)
    _check_weight(points, weight)
    if range is not None and len(range) != 2 * len(bins):
        raise RuntimeError(
            f"torch.histogramdd: for a {len(bins)}-dimensional histogram range should have {2 * len(bins)} elements, "
            f"but got {len(range)}"
        )
    edges = []
    for d, given in enumerate(bins):
        ends = None if range is None else range[2 * d : 2 * d + 2]
        edges.append(_given_edges(name, points, given, d) if isinstance(given, Tensor) else _even_edges(
            name, array[:, d], given, ends, d))  # fmt: skip
    refuse("histogramdd", array, "biu")
    if array.dtype.itemsize < 4:
        refuse("histogramdd", array, "f")
    inside, places = np.ones(len(array), bool), []
    for d, edge in enumerate(edges):
        column = array[:, d]
        inside &= (column >= edge[0]) & (column <= edge[-1])
        at = np.searchsorted(edge, column, "right") - 1
        places.append(np.where(column == edge[-1], len(edge) - 2, at))
    shape = tuple(len(edge) - 1 for edge in edges)
    at = np.ravel_multi_index([p[inside] for p in places], shape) if inside.any() else np.zeros(0, np.int64)
    worth = None if weight is None else devices.move(weight._array, devices.CPU)[inside]
    counts = np.bincount(at, worth, math.prod(shape)).reshape(shape).astype(array.dtype)
    if density:
        volume = np.ones((), array.dtype)
        for edge in edges:
            volume = np.multiply.outer(volume, np.diff(edge))
        counts = counts / counts.sum() / volume
    return counts, edges


def _no_slope(*_: object) -> Tensor:
    raise NotImplementedError("the derivative for 'histogram' is not implemented: counts do not change smoothly.")


def _result(self: Tensor, counts: np.ndarray, edges: list[np.ndarray]) -> list[Tensor]:
    """The counts and the edges, as outputs of one node without a gradient."""
    kind = node_kind("NotImplemented", "", {}, *[_no_slope] * (1 + len(edges)))
    kind.hidden = frozenset({"self"})
    return joint(kind, self, tuple(devices.move(array, self.device) for array in (counts, *edges)))


def _check_weight(points: Tensor, weight: Tensor | None) -> None:
    if weight is None:
        return
    check_devices(points, weight)
    if weight._array.shape != points._array.shape[:1]:
        raise RuntimeError(
            "torch.histogramdd: if weight tensor is provided it should have the same shape as the input tensor "
            f"excluding its innermost dimension, but got input with shape {list(points.shape)} and weight with shape "
            f"{list(weight.shape)}"
        )
    if weight.dtype is not points.dtype:
        raise RuntimeError(
            "torch.histogramdd: if weight tensor is provided, input tensor and weight tensor should have the same "
            f"dtype, but got input({c_type(points)}), and weight({c_type(weight)})"
        )


def _given_edges(name: str, points: Tensor, edges: Tensor, d: int) -> np.ndarray:
    if edges._array.ndim != 1:
        raise RuntimeError(
            f"torch.histogramdd: bins tensor should have one dimension, but got {edges._array.ndim} dimensions in the "
            f"bins tensor for dimension {d}"
        )
    if edges.dtype is not points.dtype:
        raise RuntimeError(
            "torch.histogramdd: input tensor and bins tensors should have the same dtype, but got input with dtype "
            f"{c_type(points)} and bins for dimension {d} with dtype {c_type(edges)}"
        )
    _check_count(name, edges.numel() - 1, d)
    return np.array(devices.move(edges._array, devices.CPU))


def _even_edges(name: str, column: np.ndarray, bins: int, ends: Sequence[float] | None, d: int) -> np.ndarray:
    _check_count(name, bins, d)
    low, high = ends if ends is not None else (column.min(), column.max()) if column.size else (0.0, 1.0)
    if not (np.isfinite(low) and np.isfinite(high)):
        raise RuntimeError(f"torch.histogramdd: dimension {d}'s range [{low:g}, {high:g}] is not finite")
    if low > high:
        raise RuntimeError(
            f"torch.histogramdd: min should not exceed max, but got min {low:g} max {high:g} for dimension {d}"
        )
    if low == high:
        low, high = low - 0.5, high + 0.5
    return linspace(float(low), float(high), bins + 1, dtype=dtypes.from_numpy_dtype(column.dtype), device="cpu")._array


def _check_count(name: str, bins: int, d: int) -> None:
    if bins <= 0:
        raise RuntimeError(f"{name}(): bins must be > 0, but got {bins} for dimension {d}")
