"""Which values there are, how often, and where a value belongs among sorted ones."""

from __future__ import annotations

import math

import numpy as np

from .. import devices, dtypes, notices
from ..tensor import Tensor, make, wrap_dim
from .define import op
from .kernels import refuse
from .operands import as_array, check_devices, in_order, operand


def _no_derivative(name: str) -> None:
    raise NotImplementedError(f"the derivative for '{name}' is not implemented.")


unique_ = op("unique(self; found)", "found", "Unique2Backward0", self="_no_derivative('_unique2')")
unique_slices = op("unique(self; found)", "found", "UniqueDimBackward0", self="_no_derivative('unique_dim')",
                   layout="of_its_own")  # fmt: skip
consecutive = op("unique_consecutive(self; found)", "found", "UniqueConsecutiveBackward0",
                 self="_no_derivative('unique_consecutive')", layout="of_its_own")  # fmt: skip


def _rows(array: np.ndarray, dim: int | None) -> np.ndarray:
    """What is to be compared, one row each: the elements, or the slices along a dimension."""
    if dim is None:
        return array.reshape(-1, 1)
    if not array.ndim:
        raise IndexError(f"Dimension specified as {dim} but tensor has no dimensions")
    slices = np.moveaxis(array, dim, 0)
    if 0 in slices.shape[1:]:
        raise RuntimeError("There are 0 sized dimensions, and they aren't selected, so unique cannot be applied")
    return slices.reshape(len(slices), math.prod(slices.shape[1:]))


def _differences(rows: np.ndarray) -> np.ndarray:
    """Whether each row differs from the one before it; the first one does. (nan differs from nan.)"""
    return np.concatenate([np.ones_like(rows[:1, 0], dtype=bool), (rows[1:] != rows[:-1]).any(1)])


def _parts(self: Tensor, entry: object, dim: int | None, order: np.ndarray | None, wanted: tuple[bool, bool]) -> object:
    """The first of each run of equal rows, taken in an order; then the run that each row is in, and their lengths."""
    array = self._array
    rows = _rows(array, dim)
    rows = rows if order is None else rows[order]
    new = _differences(rows) if len(rows) else np.zeros_like(rows, shape=0, dtype=bool)
    starts = new.nonzero()[0]
    found = (
        rows[starts].reshape(-1)
        if dim is None
        else np.moveaxis(in_order(np.moveaxis(array, dim, 0)[starts if order is None else order[starts]]), 0, dim)
    )
    parts = [entry(self, in_order(found) if dim is None else found)]
    if wanted[0]:
        run = np.cumsum(new) - 1
        inverse = np.empty_like(run)
        inverse[slice(None) if order is None else order] = run
        parts.append(make(in_order(inverse.reshape(array.shape if dim is None else -1).astype(np.int64))))
    if wanted[1]:
        ends = np.concatenate([starts[1:], np.full_like(starts, len(rows), shape=(1,))]) if len(rows) else starts
        parts.append(make((ends - starts).astype(np.int64)))
    return parts[0] if len(parts) == 1 else tuple(parts)


def unique(
    self: Tensor, sorted: bool = True, return_inverse: bool = False, return_counts: bool = False, dim: int | None = None
) -> Tensor | tuple:
    """The different elements in order (or slices, along a dimension), each once.

    Args:
        sorted: they come in order either way.
        return_inverse: say, too, at which place of the result each element stands.
        return_counts: say, too, how often each one occurs.

    >>> import tensorbook as torch
    >>> torch.unique(torch.tensor([2, 1, 2]), return_counts=True)
    (tensor([1, 2]), tensor([1, 2]))
    """
    dim = None if dim is None else wrap_dim(dim, self._array.ndim)
    rows = _rows(self._array, dim)
    order = np.arange(len(rows), like=rows)
    for column in reversed(range(rows.shape[1])):  # the first column decides last
        order = order[np.argsort(rows[order, column], kind="stable")]
    return _parts(self, unique_ if dim is None else unique_slices, dim, order, (return_inverse, return_counts))


def unique_consecutive(
    self: Tensor, return_inverse: bool = False, return_counts: bool = False, dim: int | None = None
) -> Tensor | tuple:
    """The elements (or slices) without those that equal the one before them.

    >>> import tensorbook as torch
    >>> torch.unique_consecutive(torch.tensor([1, 1, 2, 1]))
    tensor([1, 2, 1])
    """
    dim = None if dim is None else wrap_dim(dim, self._array.ndim)
    return _parts(self, consecutive, dim, None, (return_inverse, return_counts))


def isin(elements: Tensor | float, test_elements: Tensor | float, *, assume_unique: bool = False, invert: bool = False):
    """Whether each element is one of the test elements; with `invert`, whether it is none."""
    like = elements if isinstance(elements, Tensor) else test_elements
    elements, test_elements = operand(elements, like), operand(test_elements, like)
    check_devices(elements, test_elements)
    kind = dtypes.result_type(elements, test_elements).numpy
    for x in (elements, test_elements):
        if x._array.dtype.kind == "b":
            raise RuntimeError("Unsupported input type encountered for isin(): Bool")
    known = np.sort(test_elements._array.astype(kind), None)
    values = elements._array.astype(kind)
    place = np.minimum(np.searchsorted(known, values), max(known.size - 1, 0))
    found = known[place] == values if known.size else np.zeros_like(values, dtype=bool)
    return make(as_array(found != invert))


# ---- counting


def bincount(self: Tensor, weights: Tensor | None = None, minlength: int = 0) -> Tensor:
    """How often 0, 1, 2, … occur in a vector of whole numbers; or the sums of their weights.

    >>> import tensorbook as torch
    >>> torch.bincount(torch.tensor([0, 2, 2]), minlength=4)
    tensor([1, 0, 2, 0])
    """
    array = self._array
    refuse("bincount_cpu", array, "bf")
    if array.ndim != 1 or (array.size and int(array.min()) < 0):
        raise RuntimeError("bincount only supports 1-d non-negative integral inputs.")
    if minlength < 0:
        raise RuntimeError("minlength should be >= 0")
    if weights is not None and weights._array.shape != array.shape:
        raise RuntimeError("weights should be 1-d and have the same length as input")
    if weights is None:
        return make(np.bincount(array, minlength=minlength).astype(np.int64))
    counts = np.bincount(array, weights._array, minlength)
    return make(counts.astype("f4" if weights._array.dtype == np.float32 else "f8"))


# ---- places among sorted values


NOT_IN_ORDER = (
    "torch.searchsorted(): {0} tensor is non-contiguous, this will lower the performance due to extra data copy when "
    "converting non-contiguous tensor to contiguous, please use contiguous {0} tensor if possible. This message will "
    "only appear once per program."
)


def searchsorted(
    sorted_sequence: Tensor, input: Tensor | float, *, out_int32: bool = False, right: bool = False,
    side: str | None = None, sorter: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """Where each value would have to be put in to keep the last dimension sorted.

    Args:
        right: after the elements that equal it, not before them; side="right" says the same.
        sorter: the order that sorts the sequence, where it is not sorted.

    >>> import tensorbook as torch
    >>> torch.searchsorted(torch.tensor([1, 3, 5]), torch.tensor([3, 6])), torch.searchsorted(torch.tensor([1, 3]), 3)
    (tensor([1, 3]), tensor(1))
    """
    if side not in (None, "left", "right"):
        raise RuntimeError(f"torch.searchsorted(): side can only be 'left' or 'right' but got {side}")
    if side == "left" and right:
        raise RuntimeError(
            "torch.searchsorted(): side and right can't be set to opposites, got side of left while right was True"
        )
    if not isinstance(input, Tensor):
        if sorted_sequence._array.ndim != 1:
            raise RuntimeError(
                "torch.searchsorted(): input value can be a scalar only when boundaries tensor dimension is 1"
            )
        input = operand(input, sorted_sequence)
    check_devices(sorted_sequence, input)
    rows, values = sorted_sequence._array, input._array
    if not rows.ndim:
        raise RuntimeError("torch.searchsorted(): boundaries tensor should have positive dimension")
    if rows.ndim > 1 and rows.shape[:-1] != values.shape[:-1]:
        raise RuntimeError(
            "torch.searchsorted(): boundaries tensor should be 1 dimension or the first N-1 dimensions of boundaries "
            f"tensor and input value tensor must match, but we got boundaries tensor {list(rows.shape)} and input "
            f"value tensor {list(values.shape)}"
        )
    kind = dtypes.result_type(sorted_sequence, input).numpy
    rows, values = (x if x.dtype == kind else x.astype(kind) for x in (rows, values))
    refuse("searchsorted_out_cpu", values, "b")
    given = {"boundary": sorted_sequence, "input value": input, "sorter": sorter}
    for what, x in given.items():
        if x is not None and not x.is_contiguous():
            notices.warn(NOT_IN_ORDER.format(what), once=True)
    if sorter is not None:
        rows = np.take_along_axis(rows, sorter._array, -1)
    where = "right" if right or side == "right" else "left"
    found = np.searchsorted(rows, values, where) if rows.ndim == 1 else _places_in_rows(rows, values, where)
    return make(as_array(found).astype(np.int32 if out_int32 else np.int64))


@devices.through_cpu
def _places_in_rows(rows: np.ndarray, values: np.ndarray, where: str) -> np.ndarray:
    flat = zip(rows.reshape(-1, rows.shape[-1]), values.reshape(-1, values.shape[-1]), strict=True)
    return np.stack([row.searchsorted(some, where) for row, some in flat]).reshape(values.shape)


def bucketize(input: Tensor | float, boundaries: Tensor, *, out_int32: bool = False, right: bool = False) -> Tensor:
    """In which of the buckets between sorted boundaries each value falls.

    >>> import tensorbook as torch
    >>> torch.bucketize(torch.tensor([0.5, 2.0, 9.0]), torch.tensor([1.0, 2.0, 3.0]))
    tensor([0, 1, 3])
    """
    if boundaries._array.ndim != 1:
        raise RuntimeError(f"boundaries tensor must be 1 dimension, but got dim({boundaries.dim()})")
    return searchsorted(boundaries, input, out_int32=out_int32, right=right)
