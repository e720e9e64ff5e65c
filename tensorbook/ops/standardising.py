"""Numbers with mean 0 and variance 1, and the way back of a gradient, over bare arrays.

What lies in the processor's cache is read many times faster than what lies in memory, and each step here reads all
numbers. So all steps are taken for a block of numbers before the next block is looked at.
"""

from __future__ import annotations

import numpy as np

from .. import devices, memory

BLOCK = 1 << 18  # numbers at a time


def _blocks(array: np.ndarray, together: int = 1) -> list[slice]:
    """The array's first dimension in blocks, so many rows always together; in one block on a GPU, where each step is
    started by itself."""
    rows = len(array)
    step = max(1, BLOCK * rows // max(1, array.size * together)) * together
    step = step if array.__class__ is np.ndarray else max(1, rows)
    return [slice(i, i + step) for i in range(0, rows, step)]


def _empty(like: np.ndarray) -> np.ndarray:
    if like.__class__ is not np.ndarray:
        return devices.module_of(like).empty(like.shape, like.dtype)
    return memory.empty(like.shape, like.dtype)


def sums(a: np.ndarray, b: np.ndarray | None = None) -> np.ndarray:
    """The sums of a, or of a * b, along the last dimension: by BLAS, quick and good to the last digit."""
    if a.__class__ is not np.ndarray:
        return (a if b is None else a * b).sum(-1)
    return a @ np.ones(a.shape[-1], a.dtype) if b is None else np.vecdot(a, b)


def inverse_root(variance: np.ndarray, eps: float) -> np.ndarray:
    return 1 / np.sqrt(variance + variance.dtype.type(eps))


# ---- within a sample: x is (samples * groups, numbers of a group)
#
# Weight and bias broadcast to (groups, channels of a group, places); None where there is none.


def by_sample(
    x: np.ndarray, weight: np.ndarray | None, bias: np.ndarray | None, eps: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Each group of each sample standardised, times weight plus bias; and what has been done: mean, 1 / deviation."""
    out, share, parts = _empty(x), x.dtype.type(1 / x.shape[1] if x.shape[1] else np.nan), []
    together = 1 if weight is None and bias is None else len(bias if weight is None else weight)
    for some in _blocks(x, together):
        mean = sums(x[some])[..., None] * share
        done = np.subtract(x[some], mean, out=out[some])
        scale = inverse_root(sums(done, done)[..., None] * share, eps)
        done *= scale
        _with(np.add, _with(np.multiply, done, weight, done), bias, done)
        parts.append((mean, scale))
    if not parts:
        parts.append((sums(x)[..., None] * share, inverse_root(sums(x)[..., None], eps)))
    mean, scale = (part[0] if len(part) == 1 else np.concatenate(part) for part in zip(*parts, strict=True))
    return out, mean, scale


def _with(step: np.ufunc, rows: np.ndarray, parameter: np.ndarray | None, out: np.ndarray) -> np.ndarray:
    """rows times the weight, or plus the bias; as they are where there is none."""
    if parameter is None:
        if out is not rows:
            out[...] = rows
        return out
    groups, channels, _ = parameter.shape
    wide = len(rows) // groups, groups, channels, rows.shape[1] // channels
    step(rows.reshape(wide), parameter, out=out.reshape(wide))
    return out


def by_sample_back(
    grad: np.ndarray, x: np.ndarray, weight: np.ndarray | None, mean: np.ndarray, scale: np.ndarray,
    place: tuple[int, int, int], wanted: tuple[bool, bool, bool],
) -> tuple:  # fmt: skip
    """The gradients of x, weight and bias, those that are wanted; `place` is the shape of weight and bias."""
    mean, scale = (known.reshape(len(x), 1) for known in (mean, scale))
    to_x, to_weight, to_bias = wanted
    out, share = _empty(x) if to_x else None, x.dtype.type(1 / x.shape[1] if x.shape[1] else np.nan)
    of_weight, of_bias = (np.zeros_like(x, shape=place) if to else None for to in (to_weight, to_bias))
    for some in _blocks(x, place[0]):
        g, s = grad[some], scale[some]
        if to_bias:
            of_bias += _over_samples(g, place)
        if not (to_x or to_weight):
            continue
        centred = x[some] - mean[some]
        if to_weight:
            of_weight += _over_samples(g * centred, place, s)
        if to_x:
            inner = _with(np.multiply, g, weight, out[some])
            centred *= sums(inner, centred)[..., None] * share * s * s
            inner -= sums(inner)[..., None] * share
            inner -= centred
            inner *= s
    return out, of_weight, of_bias


def _over_samples(rows: np.ndarray, place: tuple[int, int, int], scale: np.ndarray | None = None) -> np.ndarray:
    """The sums over all samples of what one weight counts for; each row times its scale."""
    groups, channels, _ = place
    if groups == channels == 1:
        factor = np.ones_like(rows, shape=len(rows)) if scale is None else scale[:, 0]
        return (factor @ rows).reshape(place)
    each = sums(rows.reshape(len(rows) * channels, -1)).reshape(len(rows), channels)
    each = each if scale is None else each * scale
    return each.reshape(-1, groups * channels).sum(0).reshape(place)


# ---- over the batch: x is (samples, channels, places); what belongs to a channel is (channels, 1)


def _over_batch(a: np.ndarray, b: np.ndarray | None = None) -> np.ndarray:
    if a.shape[-1] > 1:
        return sums(a, b).sum(0)[:, None]
    return (a if b is None else a * b).sum(0)


def by_batch(
    x: np.ndarray, weight: np.ndarray | None, bias: np.ndarray | None, eps: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Each channel standardised, times weight plus bias; and its mean, its variance and 1 / deviation."""
    out, mean = _empty(x), np.zeros_like(x, shape=(x.shape[1], 1))
    share, blocks, variance = x.dtype.type(mean.size / x.size), _blocks(x), np.zeros_like(mean)
    for some in blocks:
        mean += _over_batch(x[some])
    mean *= share
    for some in blocks:
        centred = np.subtract(x[some], mean, out=out[some])
        variance += _over_batch(centred, centred)
    variance *= share
    scale = inverse_root(variance, eps)
    for some in blocks:
        done = out[some]
        done *= scale
        if weight is not None:
            done *= weight
        if bias is not None:
            done += bias
    return out, mean, variance, scale


def by_known_back(
    grad: np.ndarray, x: np.ndarray, weight: np.ndarray | None, mean: np.ndarray, scale: np.ndarray,
    wide: tuple[int, int], wanted: tuple[bool, bool, bool],
) -> tuple:  # fmt: skip
    """The gradients where mean and deviation are those of other data, and do not depend on x."""
    mean, scale = mean.reshape(wide), scale.reshape(wide)
    to_x, to_weight, to_bias = wanted
    of_x = grad * (scale if weight is None else scale * weight) if to_x else None
    of_weight = _over_batch(grad, x - mean) * scale if to_weight else None
    return of_x, of_weight, _over_batch(grad) if to_bias else None


def by_batch_back(
    grad: np.ndarray, x: np.ndarray, weight: np.ndarray | None, mean: np.ndarray, scale: np.ndarray,
    wide: tuple[int, int], wanted: tuple[bool, bool, bool],
) -> tuple:  # fmt: skip
    """The gradients of x (if that is wanted), weight and bias."""
    mean, scale = mean.reshape(wide), scale.reshape(wide)
    of_bias, pull = np.zeros_like(mean), np.zeros_like(mean)
    for some in _blocks(x):
        of_bias += _over_batch(grad[some])
        pull += _over_batch(grad[some], x[some] - mean)
    of_weight = pull * scale
    if not wanted[0]:
        return None, of_weight, of_bias
    out, share = _empty(x), x.dtype.type(mean.size / x.size)
    factor = scale if weight is None else scale * weight
    turn, shift = factor * (of_weight * share) * scale, factor * (of_bias * share)
    for some in _blocks(x):
        inner = np.multiply(grad[some], factor, out=out[some])
        inner -= shift
        centred = x[some] - mean
        centred *= turn
        inner -= centred
    return out, of_weight, of_bias
