"""The same numbers several times: whole tensors side by side, or each element in a row."""

from __future__ import annotations

import numpy as np

from .. import devices
from ..tensor import Tensor, make, wrap_dim
from . import view
from .define import op
from .gathering import index_select


def repeat(self: Tensor, *repeats: object) -> Tensor:
    """The whole tensor over and over along each dimension (NumPy's tile)."""
    repeats = view.sizes(repeats)
    if len(repeats) < self._array.ndim:
        raise RuntimeError("Number of dimensions of repeat dims can not be smaller than number of dimensions of tensor")
    return repeat_(self, repeats)


repeat_ = op("repeat(self; repeats)", "np.tile(self, repeats)", "RepeatBackward0",
             self="_unrepeat(grad, self.shape, repeats)")  # fmt: skip


def _unrepeat(grad: Tensor, shape: tuple[int, ...], repeats: tuple[int, ...]) -> Tensor:
    shape = (1,) * (len(repeats) - len(shape)) + shape
    pairs = [n for r, s in zip(repeats, shape, strict=True) for n in (r, s)]
    summed = grad.reshape(pairs).sum(tuple(range(0, len(pairs), 2)))
    return summed


def tile(self: Tensor, *dims: object) -> Tensor:
    """repeat, where missing leading counts are 1."""
    dims = view.sizes(dims)
    return repeat(self, (1,) * (self._array.ndim - len(dims)) + dims)


def repeat_interleave(
    self: Tensor, repeats: int | Tensor | None = None, dim: int | None = None, *, output_size: int | None = None
) -> Tensor:
    """Every element (or slice along a dimension) so many times in a row.

    With one argument, whole numbers, each place of them so many times.

    >>> import tensorbook as torch
    >>> torch.tensor([7, 8]).repeat_interleave(2), torch.repeat_interleave(torch.tensor([1, 2]))
    (tensor([7, 7, 8, 8]), tensor([0, 1, 1]))
    """
    if repeats is None:
        if self._array.ndim != 1:
            raise RuntimeError("repeat_interleave only accept 1D vector as repeat")
        if self._array.dtype.kind != "i" or self._array.dtype.itemsize < 4:
            raise RuntimeError("repeats has to be Long or Int tensor")
        if (self._array < 0).any():
            raise RuntimeError("repeats can not be negative")
        return make(_repeated(np.arange(self.numel()), self, self.device))
    x = view.reshape(self, -1) if dim is None else self
    dim = 0 if dim is None else wrap_dim(dim, self._array.ndim)
    if isinstance(repeats, Tensor):
        if repeats._array.dtype.kind != "i" or repeats._array.dtype.itemsize < 4:
            raise RuntimeError("repeats has to be Long or Int tensor")
        if repeats.numel() not in (1, x._array.shape[dim]) or repeats._array.ndim > 1:
            raise RuntimeError("repeats must have the same size as input along dim, but got repeats.size(0) = "
                               f"{repeats.numel()} and input.size({dim}) = {x._array.shape[dim]}")  # fmt: skip
        return index_select(x, dim, make(_repeated(np.arange(x._array.shape[dim]), repeats, self.device)))
    if repeats < 0:
        raise RuntimeError("Repeats must be non-negative")
    shape = x._array.shape
    stretched = view.expand_(view.unsqueeze(x, dim + 1), (*shape[: dim + 1], repeats, *shape[dim + 1 :]))
    return view.view_(view.copy_in_order(stretched), (*shape[:dim], shape[dim] * repeats, *shape[dim + 1 :]))


def _repeated(places: np.ndarray, repeats: Tensor, device: object) -> np.ndarray:
    """Counted on the CPU, since how many there will be must be known."""
    return devices.move(np.repeat(places, devices.move(repeats._array, devices.CPU)), device)
