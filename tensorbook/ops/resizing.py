"""Images made larger or smaller.

https://pytorch.org/docs/stable/generated/torch.nn.functional.interpolate.html
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from .. import notices
from ..tensor import Tensor
from .average_pooling import adaptive_avg_pool1d, adaptive_avg_pool2d, adaptive_avg_pool3d
from .resampling import Line, picked, resample
from .words import scalar_type

MODES = {
    "nearest": {1: "UpsampleNearest1D", 2: "UpsampleNearest2D", 3: "UpsampleNearest3D"},
    "nearest-exact": {1: "UpsampleNearestExact1D", 2: "UpsampleNearestExact2D", 3: "UpsampleNearestExact3D"},
    "linear": {1: "UpsampleLinear1D"},
    "bilinear": {2: "UpsampleBilinear2D"},
    "trilinear": {3: "UpsampleTrilinear3D"},
    "bicubic": {2: "UpsampleBicubic2D"},
    "area": {1: adaptive_avg_pool1d, 2: adaptive_avg_pool2d, 3: adaptive_avg_pool3d},
}
CUBIC = -0.75  # Keys 1981, Cubic convolution interpolation for digital image processing: the free parameter


def _step(length: int, wanted: int, factor: float | None, align_corners: bool, kind: np.dtype) -> np.floating:
    """How far two neighbours of the result lie apart in the input."""
    if align_corners:
        return kind.type(length - 1) / kind.type(wanted - 1) if wanted > 1 else kind.type(0)
    return kind.type(1 / factor) if factor else kind.type(length) / kind.type(wanted)


def _nearest(length: int, wanted: int, factor: float | None, exact: bool) -> Line:
    step = _step(length, wanted, factor, False, np.dtype("f4"))
    at = np.arange(wanted, dtype=np.float32) + np.float32(0.5 * exact)
    return picked(np.minimum((at * step).astype(np.int64), length - 1), length)


def _centres(length: int, wanted: int, factor: float | None, align_corners: bool, kind: np.dtype) -> np.ndarray:
    """Where in the input each element of the result lies: corner on corner, or outer edge on outer edge."""
    step, at = _step(length, wanted, factor, align_corners, kind), np.arange(wanted, dtype=kind)
    return at * step if align_corners else (at + kind.type(0.5)) * step - kind.type(0.5)


def _linear(length: int, wanted: int, factor: float | None, align_corners: bool, kind: np.dtype) -> Line:
    if length == wanted:
        return picked(np.arange(length), length)
    centre = np.maximum(_centres(length, wanted, factor, align_corners, kind), 0)
    before = np.minimum(centre.astype(np.int64), length - 1)
    share = np.clip(centre - before.astype(kind), 0, 1)
    after = np.minimum(before + 1, length - 1)
    return Line(np.stack([before, after]), np.stack([1 - share, share]), length)


def _cubic(length: int, wanted: int, factor: float | None, align_corners: bool, kind: np.dtype) -> Line:
    """Four neighbours each, weighed by Keys' cubic."""
    centre = _centres(length, wanted, factor, align_corners, kind)
    before = np.floor(centre)
    share = centre - before

    def near(t: np.ndarray) -> np.ndarray:  # at a distance of less than 1
        return ((CUBIC + 2) * t - (CUBIC + 3)) * t * t + 1

    def far(t: np.ndarray) -> np.ndarray:  # between 1 and 2
        return ((CUBIC * t - 5 * CUBIC) * t + 8 * CUBIC) * t - 4 * CUBIC

    index = np.clip(before.astype(np.int64) + np.arange(-1, 3)[:, None], 0, length - 1)
    return Line(index, np.stack([far(share + 1), near(share), near(1 - share), far(2 - share)]), length)


def interpolate(
    input: Tensor, size: int | Sequence[int] | None = None, scale_factor: float | Sequence[float] | None = None,
    mode: str = "nearest", align_corners: bool | None = None, recompute_scale_factor: bool | None = None,
    antialias: bool = False,
) -> Tensor:  # fmt: skip
    """Images (batch, channels, …) in another size: give `size`, or by how much to grow.

    Args:
        mode: "nearest", "nearest-exact", "area" for one, two or three dimensions of an image; "linear" for one,
            "bilinear" and "bicubic" for two, "trilinear" for three.
        align_corners: whether the corner elements of both images lie on each other, or their outer edges.
        recompute_scale_factor: work with the ratio of the sizes, not with `scale_factor` itself.
        antialias: not built here; NotImplementedError.

    >>> import tensorbook as torch
    >>> x = torch.tensor([[[1.0, 3.0]]])
    >>> torch.nn.functional.interpolate(x, 4), torch.nn.functional.interpolate(x, 4, mode="linear")
    (tensor([[[1., 1., 3., 3.]]]), tensor([[[1.0000, 1.5000, 2.5000, 3.0000]]]))
    """
    shape = input._array.shape
    dims = len(shape) - 2
    if align_corners is not None and mode in ("nearest", "area", "nearest-exact"):
        raise ValueError(
            "align_corners option can only be set with the interpolating modes: linear | bilinear | bicubic | trilinear"
        )
    wanted, factors = _sizes(shape[2:], size, scale_factor, recompute_scale_factor)
    if antialias:
        _refuse_antialias(mode, dims)
    if mode in ("linear", "bilinear", "trilinear") and dims in (1, 2, 3) and dims not in MODES[mode]:
        raise NotImplementedError(f"Got {dims + 2}D input, but {mode} mode needs {next(iter(MODES[mode])) + 2}D input")
    if mode not in MODES or dims not in MODES[mode]:
        raise NotImplementedError(
            f"Input Error: Only 3D, 4D and 5D input Tensors supported (got {dims + 2}D) for the modes: nearest | "
            f"linear | bilinear | bicubic | trilinear | lanczos | area | nearest-exact (got {mode})"
        )
    if mode == "area":
        return MODES[mode][dims](input, wanted)
    _check(input, mode, wanted)
    kind = np.dtype("f8" if input._array.dtype == np.float64 else "f4")
    lines = []
    for n, m, factor in zip(shape[2:], wanted, factors, strict=True):
        if mode == "nearest" and dims == 2 and n == m:  # PyTorch's, whatever the factor; not so in one or three
            lines.append(picked(np.arange(n), n))
        elif mode.startswith("nearest"):
            lines.append(_nearest(n, m, factor, mode == "nearest-exact"))
        else:
            lines.append((_cubic if mode == "bicubic" else _linear)(n, m, factor, bool(align_corners), kind))
    scales = [None if factor is None else float(factor) for factor in factors]
    return resample[MODES[mode][dims]](input, tuple(lines), (bool(align_corners), *scales))


def upsample(
    input: Tensor, size: int | Sequence[int] | None = None, scale_factor: float | Sequence[float] | None = None,
    mode: str = "nearest", align_corners: bool | None = None,
) -> Tensor:  # fmt: skip
    """interpolate, by its older name."""
    _renamed("upsample")
    return interpolate(input, size, scale_factor, mode, align_corners)


def upsample_nearest(
    input: Tensor, size: int | Sequence[int] | None = None, scale_factor: float | Sequence[float] | None = None
) -> Tensor:
    """interpolate with mode="nearest"."""
    _renamed("upsample_nearest")
    return interpolate(input, size, scale_factor, "nearest")


def upsample_bilinear(
    input: Tensor, size: int | Sequence[int] | None = None, scale_factor: float | Sequence[float] | None = None
) -> Tensor:
    """interpolate with mode="bilinear" and align_corners."""
    _renamed("upsample_bilinear")
    return interpolate(input, size, scale_factor, "bilinear", align_corners=True)


def _renamed(name: str) -> None:
    notices.warn(f"`nn.functional.{name}` is deprecated. Use `nn.functional.interpolate` instead.")


def _sizes(
    image: tuple[int, ...], size: object, scale_factor: object, recompute: bool | None
) -> tuple[tuple[int, ...], list[float | None]]:
    """The size wanted, and the factors where those count."""
    if size is not None and scale_factor is not None:
        raise ValueError("only one of size or scale_factor should be defined")
    if size is None and scale_factor is None:
        raise ValueError("either size or scale_factor should be defined")
    given = size if scale_factor is None else scale_factor
    if isinstance(given, (tuple, list)):
        if len(given) != len(image):
            what, letter = ("output size", "o") if scale_factor is None else ("scale_factor", "s")
            shape_of = "" if scale_factor is None else "shape "
            same = "Input and output" if scale_factor is None else "Input and scale_factor"
            raise ValueError(
                f"{same} must have the same number of spatial dimensions, but got input with spatial dimensions of "
                f"{list(image)} and {what} of {shape_of}{given}. Please provide input tensor in (N, C, d1, d2, ...,dK) "
                f"format and {what} in ({letter}1, {letter}2, ...,{letter}K) format."
            )
        given = tuple(given)
    else:
        given = (given,) * len(image)
    if scale_factor is None:
        if recompute:
            raise ValueError("recompute_scale_factor is not meaningful with an explicit size.")
        if not all(hasattr(n, "__index__") for n in given):
            raise TypeError(f"expected size to be one of int or Tuple[int] but got size {given}")
        return tuple([n.__index__() for n in given]), [None] * len(image)
    wanted = tuple([math.floor(n * f) for n, f in zip(image, given, strict=True)])
    return wanted, [None] * len(image) if recompute else list(given)


def _check(input: Tensor, mode: str, wanted: tuple[int, ...]) -> None:
    shape, dims, kind = input._array.shape, len(wanted), input._array.dtype
    if min(wanted, default=1) <= 0 or 0 in shape[2:]:
        axes = "DHW"[3 - dims :]
        told = [", ".join(f"{a}: {n}" for a, n in zip(axes, s, strict=True)) for s in (shape[2:], wanted)]
        raise RuntimeError(
            f"Input and output sizes should be greater than 0, but got input ({told[0]}) output ({told[1]})"
        )
    if not shape[1]:
        raise RuntimeError(f"Non-empty {dims + 2}D data tensor expected but got a tensor with sizes {list(shape)}")
    if kind.kind != "f" and not (kind == np.uint8 and mode.startswith("nearest")):
        raise NotImplementedError(
            f"\"upsample_{mode}{dims}d_channels_last\" not implemented for '{scalar_type(input)}'"
        )


def _refuse_antialias(mode: str, dims: int) -> None:
    if mode not in ("bilinear", "bicubic") or dims != 2:
        raise ValueError(
            "Anti-alias option is restricted to bilinear, bicubic, and lanczos modes and requires a 4-D tensor as input"
        )
    raise NotImplementedError("interpolate(antialias=True) is not built here; resize without it")
