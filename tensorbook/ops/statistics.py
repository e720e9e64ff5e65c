"""Spread and place: variance, quantiles, covariance, and sums that pass over nan."""

from __future__ import annotations

import math

import numpy as np

from .. import dtypes, notices
from ..tensor import Tensor, make, wrap_dim
from . import gathering, matrix, ordering, view
from .arithmetic import minus, mul, true_divide
from .by_number import times
from .choosing import clamp_scalars, lerp, masked_fill
from .define import op
from .elementary import sqrt
from .inplace_views import transpose_, unsqueeze_
from .joint import Joint, joint, node_kind
from .operands import as_array
from .reduction import Dims, _not_empty, _shared, _wide, all_dims, count, mean_dim, spread, sum
from .results import named

# ---- variance


def _freedom(shape: tuple[int, ...], dim: tuple[int, ...], correction: float | None) -> float:
    """How many squares there are, less the correction, which is 1 where none is given."""
    return max(math.prod(shape[d] for d in dim) - (1 if correction is None else correction), 0)


def _var(array: np.ndarray, dim: tuple[int, ...], correction: float | None, keepdim: bool) -> np.ndarray:
    n, divisor = math.prod(array.shape[d] for d in dim), _freedom(array.shape, dim, correction)
    with np.errstate(divide="ignore", invalid="ignore"):
        deviation = array - array.sum(dim, keepdims=True) / array.dtype.type(n)
        return (deviation * deviation).sum(dim, keepdims=keepdim) / array.dtype.type(divisor)


var_ = op("var(self; dim, correction, keepdim)", "_var(self, dim, correction, keepdim)", "VarBackward0",
          self="_var_grad(grad, self, dim, correction, keepdim)")  # fmt: skip
std_ = op("std(self; dim, correction, keepdim)", "np.sqrt(_var(self, dim, correction, keepdim))", "StdBackward0",
          self="_var_grad(_per_std(grad, result), self, dim, correction, keepdim)")  # fmt: skip


def _per_std(grad: Tensor, std: Tensor) -> Tensor:
    """The gradient of the variance; none where all numbers are the same."""
    return (grad / (std * 2)).masked_fill(std == 0, 0)


def _var_grad(grad: Tensor, x: Tensor, dim: tuple[int, ...], correction: float | None, keepdim: bool) -> Tensor:
    divisor = _freedom(x._array.shape, dim, correction)
    deviation = x - mean_dim(x, dim, True)
    return spread(grad, x._array.shape, dim, keepdim) * deviation * (2.0 / divisor if divisor else math.inf)


def _moments(
    name: str, what: object, self: Tensor, dim: Dims, unbiased: bool, correction: float | None, keepdim: bool
) -> Tensor:
    if isinstance(dim, bool):  # std(False): only `unbiased` was given
        dim, unbiased = None, dim
    if correction is None and not (unbiased and dim is None):  # PyTorch's node has none for std() alone
        correction = int(unbiased)
    if self._array.dtype.kind != "f":
        raise RuntimeError(f"std and var only support floating point and complex dtypes, got {self.dtype}")
    dims = all_dims(dim, self._array.ndim)
    if not (_freedom(self._array.shape, dims, correction) if self._array.size else 0):
        notices.warn(
            f"{name}(): degrees of freedom is <= 0. Correction should be strictly less than the reduction factor "
            "(input numel divided by output numel)."
        )
    return what(self, dims, correction, keepdim)


def var(
    self: Tensor, dim: Dims = None, unbiased: bool = True, keepdim: bool = False, *, correction: float | None = None
) -> Tensor:
    """The mean squared distance from the mean; divides by n - 1 unless correction says otherwise."""
    return _moments("var", var_, self, dim, unbiased, correction, keepdim)


def std(
    self: Tensor, dim: Dims = None, unbiased: bool = True, keepdim: bool = False, *, correction: float | None = None
) -> Tensor:
    """The square root of the variance."""
    return _moments("std", std_, self, dim, unbiased, correction, keepdim)


def _mean_part(grad: Tensor, x: Tensor, result: Tensor, node: Joint) -> Tensor:
    shape = x._array.shape
    return spread(grad, shape, node.dim_, node.keepdim_) / count([shape[d] for d in node.dim_])


def _var_part(grad: Tensor, x: Tensor, result: Tensor, node: Joint) -> Tensor:
    return _var_grad(grad, x, node.dim_, node.correction_, node.keepdim_)


def _std_part(grad: Tensor, x: Tensor, result: Tensor, node: Joint) -> Tensor:
    return _var_part(_per_std(grad, result), x, result, node)


StdMean = node_kind("StdMeanBackward0", "correction dim keepdim", {"result0": 0}, _std_part, _mean_part)
VarMean = node_kind("VarMeanBackward0", "correction dim keepdim", {}, _var_part, _mean_part)


def _with_mean(
    name: str, kind: type, self: Tensor, dim: Dims, unbiased: bool, correction: float | None, keepdim: bool
) -> tuple:
    def both(self: Tensor, dim: tuple[int, ...], correction: float, keepdim: bool) -> list[Tensor]:
        value = _var(self._array, dim, correction, keepdim)
        results = (np.sqrt(value) if kind is StdMean else value), self._array.mean(dim, keepdims=keepdim)
        return joint(kind, self, results, correction=correction, dim=dim, keepdim=keepdim)

    return tuple(_moments(name, both, self, dim, unbiased, correction, keepdim))


def std_mean(
    self: Tensor, dim: Dims = None, unbiased: bool = True, keepdim: bool = False, *, correction: float | None = None
) -> tuple[Tensor, Tensor]:
    """The standard deviation and the mean."""
    return _with_mean("std_mean", StdMean, self, dim, unbiased, correction, keepdim)


def var_mean(
    self: Tensor, dim: Dims = None, unbiased: bool = True, keepdim: bool = False, *, correction: float | None = None
) -> tuple[Tensor, Tensor]:
    """The variance and the mean."""
    return _with_mean("var_mean", VarMean, self, dim, unbiased, correction, keepdim)


# ---- without nan

nansum_ = op("nansum(self; dim, keepdim)", "np.nansum(self, dim, keepdims=keepdim)", "NansumBackward0",
             self="spread(grad, self.shape, dim, keepdim) * (self == self)")  # fmt: skip


def nansum(self: Tensor, dim: Dims = None, keepdim: bool = False, *, dtype: dtypes.dtype | None = None) -> Tensor:
    """sum, where nan counts as 0.

    >>> import tensorbook as torch
    >>> torch.tensor([1.0, torch.nan, 2.0]).nansum()
    tensor(3.)
    """
    self = _wide(self, dtype)
    if self._array.dtype.kind != "f":
        return sum(self, dim, keepdim)
    return nansum_(self, all_dims(dim, self._array.ndim), keepdim)


def nanmean(self: Tensor, dim: Dims = None, keepdim: bool = False, *, dtype: dtypes.dtype | None = None) -> Tensor:
    """mean, where nan does not count."""
    if self._array.dtype.kind != "f":
        raise RuntimeError(f"nanmean(): expected input to have floating point or complex dtype but got {self.dtype}")
    known = make(as_array(self._array == self._array))
    return true_divide(nansum(self, dim, keepdim, dtype=dtype), sum(known, dim, keepdim))


# ---- both extremes at once


aminmax_result = named("aminmax", "min max")


def _extreme_part(grad: Tensor, x: Tensor, result: Tensor, node: Joint) -> Tensor:
    return _shared(grad, x, all_dims(node.dim_, x._array.ndim), node.keepdim_, result)


Aminmax = node_kind("AminmaxBackward0", "dim keepdim", {"min": 0, "max": 1}, _extreme_part, _extreme_part)


def aminmax(self: Tensor, *, dim: int | None = None, keepdim: bool = False) -> tuple:
    """The smallest and the largest element, of all or along a dimension.

    >>> import tensorbook as torch
    >>> torch.aminmax(torch.tensor([3, 1, 2])).max
    tensor(3)
    """
    dims = all_dims(dim, self._array.ndim)
    if dim is None and not self._array.size:
        raise RuntimeError(
            "aminmax(): cannot compute aminmax over an empty dimension as the operation has no identity."
        )
    _not_empty("aminmax", self, None if dim is None else dims)
    array = self._array
    results = array.min(dims, keepdims=keepdim), array.max(dims, keepdims=keepdim)
    return aminmax_result(*joint(Aminmax, self, results, dim=dim, keepdim=keepdim))


# ---- quantiles


def _quantile(self: Tensor, q: float | Tensor, dim: int | None, keepdim: bool, how: str, skip_nan: bool) -> Tensor:
    name = "nanquantile" if skip_nan else "quantile"
    if self._array.dtype.kind != "f" or self._array.dtype.itemsize < 4:
        raise RuntimeError(f"{name}() input tensor must be either float or double dtype")
    if how not in ("linear", "lower", "higher", "midpoint", "nearest"):
        raise RuntimeError(
            f"{name}() interpolation must be one of linear, lower, higher, midpoint or nearest, but got {how}"
        )
    if not isinstance(q, Tensor):
        if not 0 <= q <= 1:
            raise RuntimeError(f"{name}() q must be in the range [0, 1] but got {q:g}")
        q = make(np.array(q, self._array.dtype)).to(self.device)
    if q.dtype is not self.dtype:
        raise RuntimeError(f"{name}() q tensor must be same dtype as the input tensor")
    if q._array.ndim > 1:
        raise RuntimeError(f"{name}() q must be a scalar or 1D tensor")
    if not self._array.size:
        raise RuntimeError(f"{name}() input tensor must be non-empty")
    ndim = self._array.ndim
    place = 0 if dim is None else wrap_dim(dim, ndim)
    x = view.view(self, -1) if self.is_contiguous() else view.reshape(self, -1)
    if dim is not None and ndim:
        x = self if place >= ndim - 1 else view.transpose(view.unsqueeze(self, -1), place, -1)
    x = ordering.sort(x, -1)[0]
    shape = list(self._array.shape)
    if dim is None:
        shape = [1] * ndim if keepdim else []
    elif keepdim and ndim:
        shape[place] = 1
    else:
        del shape[place : place + 1]
    flat = view.view(x, *shape, x._array.shape[-1])
    missing = np.isnan(flat._array)
    if skip_nan:
        last = make((~missing).sum(-1, keepdims=True).astype(self._array.dtype) - 1)
        rank = mul(q, last)
        rank = masked_fill(rank, make(as_array(rank._array < 0)), 0)
    else:
        last = flat._array.shape[-1] - 1
        without = make(missing.any(-1, keepdims=True))
        ranks = times(q, last)
        shape = np.broadcast_shapes(q._array.shape, without._array.shape)
        ranks, without = (x if x._array.shape == shape else view.expand_(x, shape) for x in (ranks, without))
        rank = masked_fill(ranks, without, last)
    steps = {"lower": np.floor, "higher": np.ceil, "nearest": np.round}
    places = steps.get(how, np.floor)(rank._array)
    below = gathering.gather(flat, -1, make(places.astype(np.int64)))
    if how in ("linear", "midpoint"):
        above = gathering.gather(flat, -1, make(np.ceil(rank._array).astype(np.int64)))
        between = minus(rank, make(places)) if how == "linear" else make(np.full_like(places, 0.5))
        below = lerp(below, above, between)
    if q._array.ndim:  # the quantiles come first
        below = transpose_(unsqueeze_(below, 0), 0, -1)
    return matrix.squeezed(below, -1)


def quantile(
    self: Tensor, q: float | Tensor, dim: int | None = None, keepdim: bool = False, *, interpolation: str = "linear"
) -> Tensor:
    """The number below which a part q of the elements lies: 0.5 gives the middle, between two elements if need be.

    >>> import tensorbook as torch
    >>> torch.quantile(torch.tensor([1.0, 2.0, 4.0, 9.0]), torch.tensor([0.25, 0.5]))
    tensor([1.7500, 3.0000])
    """
    return _quantile(self, q, dim, keepdim, interpolation, False)


def nanquantile(
    self: Tensor, q: float | Tensor, dim: int | None = None, keepdim: bool = False, *, interpolation: str = "linear"
) -> Tensor:
    """quantile, where nan does not count."""
    return _quantile(self, q, dim, keepdim, interpolation, True)


# ---- covariance


def cov(self: Tensor, *, correction: int = 1, fweights: Tensor | None = None, aweights: Tensor | None = None) -> Tensor:
    """How rows vary together: each row is a variable, each column an observation.

    Args:
        correction: is taken from the number of observations before dividing.
        fweights: how often each observation counts, in whole numbers.
        aweights: how much each observation counts.

    >>> import tensorbook as torch
    >>> torch.cov(torch.tensor([[0.0, 1.0, 2.0], [2.0, 1.0, 0.0]]))
    tensor([[ 1., -1.],
            [-1.,  1.]])
    """
    if self._array.ndim > 2:
        raise RuntimeError(
            f"cov(): expected input to have two or fewer dimensions but got an input with {self.dim()} dimensions"
        )
    if self._array.dtype.kind == "b":
        raise RuntimeError("cov(): bool dtype is not supported for input")
    x = view.view(self, 1, -1) if self._array.ndim < 2 else self
    weights = [w for w in (fweights, aweights) if w is not None]
    weight = None
    for w in weights:
        weight = w if weight is None else weight * w
    total = x._array.shape[1] if weight is None else weight.sum()
    mean = true_divide(
        sum(x if weight is None else x * weight, 1), make(np.asarray(total)) if weight is None else total
    )
    norm = total - correction if aweights is None else total - correction * (weight * aweights).sum() / total
    if norm <= 0:
        notices.warn(
            "cov(): degrees of freedom is <= 0. Correction should be strictly less than the number of observations."
        )
    x = x - view.unsqueeze(mean, 1)
    kind = dtypes.result_type(x, 1.0).numpy
    norm = make(np.asarray(max(float(norm), 0.0), kind)) if weight is None else norm
    product = matrix.mm(x, view.t(x if weight is None else x * weight))
    return view.squeeze(true_divide(product, norm))


def corrcoef(self: Tensor) -> Tensor:
    """How rows vary together, between -1 and 1: the covariance over both standard deviations."""
    if self._array.ndim > 2:
        raise RuntimeError(
            f"corrcoef(): expected input to have two or fewer dimensions but got an input with {self.dim()} dimensions"
        )
    together = cov(self)
    if not together._array.ndim:
        return true_divide(together, together)
    deviation = sqrt(view.diagonal(together))
    scaled = true_divide(together, view.view(deviation, -1, 1))
    return clamp_scalars(true_divide(scaled, view.view(deviation, 1, -1)), -1, 1)
