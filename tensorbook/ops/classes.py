"""Classes by number or by probability: one-hot vectors, and the losses that training a classifier makes small."""

from __future__ import annotations

import math

import numpy as np

from .. import devices
from ..tensor import Tensor, make
from . import view
from .activation import log_softmax_
from .arithmetic import add, mul, neg, true_divide
from .array_twins import shape_of  # noqa: F401 (formulas call it)
from .by_number import over, plus_number, times
from .choosing import masked_fill
from .define import op
from .loss import agreed, chosen
from .operands import as_array
from .words import type_name


def one_hot(tensor: Tensor, num_classes: int = -1) -> Tensor:
    """For each class number a row of zeros with a 1 in its place; as many classes as the largest number needs.

    >>> import tensorbook as torch
    >>> torch.nn.functional.one_hot(torch.tensor([0, 2]))
    tensor([[1, 0, 0],
            [0, 0, 1]])
    """
    index = tensor._array
    if index.dtype != np.int64:
        raise RuntimeError("one_hot is only applicable to index tensor of type LongTensor.")
    if not index.size and num_classes <= 0:
        raise RuntimeError("Can not infer total number of classes from empty tensor.")
    if index.size and int(index.min()) < 0:
        raise RuntimeError("Class values must be non-negative.")
    if num_classes == -1:
        num_classes = int(index.max()) + 1
    elif index.size and num_classes <= int(index.max()):
        raise RuntimeError("Class values must be smaller than num_classes.")
    rows = index.reshape(-1, 1) == np.arange(num_classes, like=index)
    return make(rows.reshape(*index.shape, num_classes).astype(np.int64))


# ---- the entries
#
# `index` is the class to look at in each place, `share` minus its weight (0 where the place is ignored), `total` what
# the sum is divided by; all three are arrays. `picked` and `placed` are each other's gradient.


def _places(index: np.ndarray, ndim: int) -> tuple:
    """Where the classes to look at stand among scores of so many dimensions: for each dimension an array of numbers."""
    if ndim == 1:
        return (index,)
    arange, last = devices.module_of(index).arange, index.ndim - 1
    others = [arange(n).reshape(-1, *[1] * (last - i)) if i < last else arange(n) for i, n in enumerate(index.shape)]
    return (others[0], index, *others[1:])


def _picked(scores: np.ndarray, index: np.ndarray, share: np.ndarray, total: np.ndarray, each: bool) -> np.ndarray:
    found = scores[_places(index, scores.ndim)] * share
    found = np.where(share == 0, 0, found)  # also where the score is infinite
    return found if each else (found.sum() / total).astype(scores.dtype)


def _placed(
    grad: np.ndarray, index: np.ndarray, share: np.ndarray, total: np.ndarray, each: bool, shape: tuple
) -> object:
    """The gradient in the place of the class that was looked at, zeros elsewhere."""
    whole = np.zeros_like(share, shape=shape)
    whole[_places(index, len(shape))] = np.where(share == 0, 0, share * (grad if each else grad / total))
    return whole


picked = op("nll_loss(self; index, share, total, each; target, weight, reduction, ignore_index)",
            "_picked(self, index, share, total, each)", "NllLossBackward0",
            self="placed(grad, index, share, total, each, shape_of(self))")  # fmt: skip
picked_2d = op("nll_loss2d(self; index, share, total, each; target, weight, reduction, ignore_index)",
               "_picked(self, index, share, total, each)", "NllLoss2DBackward0",
               self="placed(grad, index, share, total, each, shape_of(self))")  # fmt: skip
picked_again = op("nll_loss_again(self; index, share, total, each)", "_picked(self, index, share, total, each)",
                  "NllLossBackward1", self="placed(grad, index, share, total, each, self.shape)")  # fmt: skip
placed = op("nll_loss_backward(self; index, share, total, each, shape)",
            "_placed(self, index, share, total, each, shape)", "NllLossBackwardBackward0",
            self="picked_again(grad, index, share, total, each)")  # fmt: skip

REDUCTIONS = ("none", "mean", "sum")  # by number

# ---- the functions


def nll_loss(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    ignore_index: int = -100,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """Minus the log-probability of the right class; the mean of all.

    Args:
        input: log-probabilities, of shape (classes), (batch, classes) or (batch, classes, …).
        target: the numbers of the right classes, int64 or uint8, shaped as input without its classes.
        weight: by how much each class counts; the mean divides by the sum of the weights.
        ignore_index: a target that does not count.
        reduction: "mean", "sum" or "none".

    >>> import tensorbook as torch
    >>> scores = torch.log(torch.tensor([[0.5, 0.5], [0.25, 0.75]]))
    >>> torch.nn.functional.nll_loss(scores, torch.tensor([0, 1]))
    tensor(0.4904)
    """
    reduction = agreed(size_average, reduce, reduction)
    chosen(dict.fromkeys(REDUCTIONS), reduction)
    ndim, shape = input._array.ndim, input._array.shape
    _check_target(input, target)
    classes = shape[min(1, ndim - 1)]
    kind = input._array.dtype
    if kind.kind != "f":
        raise NotImplementedError(f"\"nll_loss_out_frame\" not implemented for '{type_name(input._array)}'")
    _check_weight(weight, classes, "")
    if weight is not None and weight.dtype is not input.dtype:
        raise RuntimeError(f"expected scalar type {type_name(input._array)} but found {type_name(weight._array)}")
    index, share = _shares(target._array, weight, ignore_index, classes, kind)
    total = -share.sum() if reduction == "mean" else kind.type(1)
    each = reduction == "none"
    told = target, weight, REDUCTIONS.index(reduction), ignore_index
    if ndim <= 2:
        return picked(input, index.reshape(target._array.shape), share, total, each, *told)
    if ndim == 4:
        return picked_2d(input, index, share, total, each, *told)
    places = math.prod(shape[2:])
    flat = view.view(view.contiguous(input), [shape[0], shape[1], 1, places])
    index, share = (a.reshape(shape[0], 1, places) for a in (index, share))
    told = view.reshape(target.detach(), [shape[0], 1, places]), *told[1:]
    loss = picked_2d(flat, index, share, total, each, *told)
    return view.view(loss, list(target._array.shape)) if each else loss


def _check_target(input: Tensor, target: Tensor) -> None:
    shape, wanted = input._array.shape, target._array.shape
    if not shape:
        raise ValueError("Expected 1 or more dimensions (got 0)")
    if len(shape) == 1:
        if target.numel() != 1:
            raise ValueError(f"For 1D input, 1D target must have size 1, but got target size: {target.numel()}")
    elif not wanted or shape[0] != wanted[0]:
        raise ValueError(
            f"Expected input batch_size ({shape[0]}) to match target batch_size ({wanted[0] if wanted else 0})."
        )
    elif len(shape) == 2 and len(wanted) > 1:
        raise RuntimeError("0D or 1D target tensor expected, multi-target not supported")
    elif len(shape) > 2 and shape[2:] != wanted[1:]:
        if len(shape) == 4:
            raise RuntimeError(f"size mismatch (got input: {list(shape)} , target: {list(wanted)}")
        raise RuntimeError(f"Expected target size {[shape[0], *shape[2:]]}, got {list(wanted)}")
    if target._array.dtype not in (np.int64, np.uint8):
        raise RuntimeError(f"expected target dtype to be Long or Byte, but got {type_name(target._array)}")


def _check_weight(weight: Tensor | None, classes: int, who: str) -> None:
    if weight is not None and weight._array.shape != (classes,):
        raise RuntimeError(
            f"{who}weight tensor should be defined either for all {classes} classes or no classes but got weight "
            f"tensor of shape: {list(weight._array.shape)}"
        )


def _shares(target: np.ndarray, weight: Tensor | None, ignored: int, classes: int, kind: np.dtype) -> tuple:
    """For each target the class to look at, and minus its weight: 0 where it is ignored."""
    counts = target != ignored
    index = np.where(counts, target, 0).astype(np.int64)
    wrong = index[(index < 0) | (index >= classes)]
    if wrong.size:
        raise IndexError(f"Target {int(wrong[0])} is out of bounds.")
    share = -counts.astype(kind) if weight is None else np.where(counts, -weight._array[index], kind.type(0))
    return index, share


def cross_entropy(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    ignore_index: int = -100,
    reduce: bool | None = None,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> Tensor:
    """Minus the log-probability that softmax(input) gives to the right class; the mean of all.

    Args:
        input: scores, of shape (classes), (batch, classes) or (batch, classes, …).
        target: the numbers of the right classes, shaped as input without its classes; or their probabilities, shaped
            as input.
        weight: by how much each class counts.
        ignore_index: a class number that does not count.
        reduction: "mean", "sum" or "none".
        label_smoothing: which part of the truth is spread evenly over all classes, between 0 and 1.

    >>> import tensorbook as torch
    >>> torch.nn.functional.cross_entropy(torch.zeros(1, 4), torch.tensor([2]))
    tensor(1.3863)
    """
    reduction = agreed(size_average, reduce, reduction)
    chosen(dict.fromkeys(REDUCTIONS), reduction)
    by_probability = input._array.shape == target._array.shape
    if by_probability and target._array.dtype.kind != "f":
        name = type_name(target._array)
        raise RuntimeError(f"Expected floating point type for target with class probabilities, got {name}")
    if by_probability and ignore_index >= 0:
        raise RuntimeError("ignore_index is not supported for floating point target")
    if not 0.0 <= label_smoothing <= 1.0:
        raise RuntimeError(f"label_smoothing must be between 0.0 and 1.0. Got: {label_smoothing:g}")
    if input._array.dtype.kind != "f":
        name = type_name(input._array)
        raise NotImplementedError(f"\"log_softmax_lastdim_kernel_impl\" not implemented for '{name}'")
    dim = min(1, input._array.ndim - 1)
    classes = input._array.shape[dim] if input._array.ndim else 1
    if by_probability or label_smoothing:
        _check_weight(weight, classes, "cross_entropy: " if by_probability else "")
    scores = log_softmax_(input, dim)
    if weight is not None:
        by_class = view.view(weight, [-1 if i == dim else 1 for i in range(input._array.ndim)])
    if by_probability:
        if label_smoothing:
            target = plus_number(times(target, 1 - label_smoothing), label_smoothing / classes)
        each = mul(scores, target)
        each = each if weight is None else mul(each, by_class)
        if reduction == "none":
            return neg(each.sum(dim))
        loss = neg(each.sum())
        return loss if reduction == "sum" else over(loss, input.numel() // classes)

    loss = nll_loss(scores, target, weight, ignore_index=ignore_index, reduction=reduction)
    if not label_smoothing:
        return loss
    smooth = neg((scores if weight is None else mul(scores, by_class)).sum(dim))
    ignored = target == ignore_index
    smooth = masked_fill(smooth, ignored, 0.0)
    if reduction != "none":
        smooth = smooth.sum()
    if reduction == "mean":
        _, share = _shares(target._array, weight, ignore_index, classes, input._array.dtype)
        smooth = true_divide(smooth, make(as_array(-share.sum())))
    return add(times(loss, 1 - label_smoothing), times(smooth, label_smoothing / classes))
