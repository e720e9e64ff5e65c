"""Losses that ask for a margin between the right classes and the others, and those of counts and of a normal variable.

https://pytorch.org/docs/stable/nn.functional.html#loss-functions
"""

from __future__ import annotations

import math

import numpy as np

from ..tensor import Tensor, make
from . import reduction as reducing
from .arithmetic import add, mul, neg, sub, true_divide
from .by_number import plus_number
from .choosing import clamp_min, where  # noqa: F401
from .define import op
from .elementary import exp, log, sigmoid  # noqa: F401
from .gating import logsigmoid
from .loss import REDUCTIONS, _by_reduction, agreed, chosen
from .operands import broadcast_mismatch
from .powers import pow
from .view import clone
from .words import type_name

# ---- one right class


def _classes_apart(x: np.ndarray, right: np.ndarray, p: int, margin: float, weight: object, mean: bool) -> np.ndarray:
    rows = x.reshape(-1, x.shape[-1])
    mask = right.reshape(rows.shape)
    lack = np.where(mask, 0, np.maximum(margin - (rows * mask).sum(1, keepdims=True) + rows, 0))
    each = (lack**p * _values(weight)).sum(1) / rows.shape[1]
    return (each.mean() if mean else each).astype(x.dtype)


def _values(weight: Tensor | float) -> np.ndarray | float:
    return getattr(weight, "_array", weight)


def _classes_apart_grad(
    grad: Tensor, x: Tensor, right: np.ndarray, p: int, margin: float, weight: object, mean: bool
) -> Tensor:
    shape = x.shape
    x, mask = x.reshape(-1, shape[-1]), make(right.reshape(-1, shape[-1]).astype(x._array.dtype))
    lack = clamp_min(margin - (x * mask).sum(1, True) + x, 0) * (1 - mask)
    slope = ((lack > 0) * 1.0 if p == 1 else lack * 2) * weight / shape[-1]
    slope = slope - mask * slope.sum(1, True)
    return (slope * (grad / len(slope) if mean else grad.reshape(-1, 1))).reshape(shape).to(grad.dtype)


multi_margin = op("multi_margin_loss(self; right, p, margin, weight, mean)",
                  "_classes_apart(self, right, p, margin, weight, mean)", "MultiMarginLossBackward0",
                  self="_classes_apart_grad(grad, self, right, p, margin, weight, mean)")  # fmt: skip


def multi_margin_loss(
    input: Tensor,
    target: Tensor,
    p: int = 1,
    margin: float = 1.0,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """By how much other classes come nearer to the right one than a margin: their sum over the number of classes.

    Args:
        input: scores, of shape (classes) or (batch, classes).
        target: the numbers of the right classes.
        p: 1, or 2 for squares.
        weight: how much each class counts.

    >>> import tensorbook as torch
    >>> torch.nn.functional.multi_margin_loss(torch.tensor([[0.5, 0.0]]), torch.tensor([0]))
    tensor(0.2500)
    """
    reduction = agreed(size_average, reduce, reduction)
    chosen(REDUCTIONS, reduction)
    if p not in (1, 2):
        raise ValueError("only p == 1 and p == 2 supported")
    if weight is not None and weight.dim() != 1:
        raise ValueError("weight must be one-dimensional")
    shape, index = input._array.shape, target._array
    _check_scores(input)
    rows, classes = (1, shape[0]) if len(shape) == 1 else shape
    if index.ndim > 1 or index.size != rows:
        raise RuntimeError(
            "multi_margin_loss: target tensor should be 1-D with size equal to the number of input samples (batch "
            f"size). Expected target size [{rows}], but got {list(target.shape)}. Input has shape {list(shape)}."
        )
    if index.dtype != np.int64:
        raise RuntimeError(f"expected scalar type Long but found {type_name(index)}")
    if index.size and not 0 <= int(index.min()) <= int(index.max()) < classes:
        raise RuntimeError("target out of range")
    if weight is not None and weight.numel() != classes:
        raise RuntimeError(f"inconsistent weight size, expected {classes} but got {list(weight.shape)}")
    right = index.reshape(-1, 1) == np.arange(classes, like=index)
    by_class = 1.0 if weight is None else make(weight._array[index.reshape(-1, 1)])
    loss = multi_margin(input, right, p, margin, by_class, reduction == "mean")
    if reduction == "sum":
        loss = multi_margin_sum(input, right, p, margin, by_class, False)
    return loss.reshape(target.shape) if reduction == "none" and len(shape) == 1 and not index.ndim else loss


multi_margin_sum = op(
    "multi_margin_loss(self; right, p, margin, weight, mean)",
    "_classes_apart(self, right, p, margin, weight, mean).sum()", "MultiMarginLossBackward0",
    self="_classes_apart_grad(_for_rows(grad, right), self, right, p, margin, weight, mean)",
)  # fmt: skip


def _for_rows(grad: Tensor, right: np.ndarray) -> Tensor:
    """One number for each row."""
    return grad.expand(len(right))


def _check_scores(input: Tensor) -> None:
    if input.dim() not in (1, 2) or 0 in input.shape[1:]:
        raise RuntimeError(
            f"Expected non-empty vector or matrix with optional 0-dim batch size, but got: {list(input.shape)}"
        )


# ---- several right classes


def _pairs_apart(x: np.ndarray, times: np.ndarray, how: str) -> np.ndarray:
    rows = x.reshape(times.shape)
    lack = np.maximum(1 - rows[:, :, None] + rows[:, None, :], 0) * times[:, :, None] * (times == 0)[:, None, :]
    each = lack.sum((1, 2)) / rows.shape[1]
    return (each.reshape(x.shape[:-1]) if how == "none" else each.sum() if how == "sum" else each.mean()).astype(
        x.dtype
    )


def _pairs_apart_grad(grad: Tensor, x: Tensor, times: np.ndarray, how: str) -> Tensor:
    rows, shape = x.reshape(times.shape), x.shape
    counted = make((times[:, :, None] * (times == 0)[:, None, :]).astype(x._array.dtype))
    lacks = (1 - rows.unsqueeze(2) + rows.unsqueeze(1) > 0) * counted
    slope = (lacks.sum(1) - lacks.sum(2)) / rows.shape[1]
    grad = grad.reshape(-1, 1) if how == "none" else grad / len(slope) if how == "mean" else grad
    return (slope * grad).reshape(shape)


multilabel_margin = op("multilabel_margin_loss(self; times, how)", "_pairs_apart(self, times, how)",
                       "MultilabelMarginLossBackward0", self="_pairs_apart_grad(grad, self, times, how)")  # fmt: skip


def multilabel_margin_loss(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """By how much each right class is not above each wrong one by 1: their sum over the number of classes.

    Args:
        input: scores, of shape (classes) or (batch, classes).
        target: for each sample the numbers of the right classes, then -1; of the same shape.

    >>> import tensorbook as torch
    >>> torch.nn.functional.multilabel_margin_loss(torch.tensor([[0.1, 0.2, 0.4]]), torch.tensor([[2, -1, 0]]))
    tensor(0.5000)
    """
    reduction = agreed(size_average, reduce, reduction)
    chosen(REDUCTIONS, reduction)
    _check_scores(input)
    if target.shape != input.shape:
        raise RuntimeError(f"inconsistent target size: {list(target.shape)} for input of size: {list(input.shape)}")
    index = target._array.reshape(-1, input.shape[-1])
    if index.size and not -1 <= int(index.min()) <= int(index.max()) < index.shape[1]:
        raise RuntimeError("argument #2 'target' is out of range")
    before_end = (index < 0).cumsum(1) == 0
    picked = index[:, :, None] == np.arange(index.shape[1], like=index)
    times = (picked * before_end[:, :, None]).sum(1)
    return multilabel_margin(input, times, reduction)


def multilabel_soft_margin_loss(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """The mean over the classes of binary_cross_entropy_with_logits; the mean of all samples.

    >>> import tensorbook as torch
    >>> torch.nn.functional.multilabel_soft_margin_loss(torch.zeros(1, 2), torch.tensor([[0.0, 1.0]]))
    tensor(0.6931)
    """
    reduction = agreed(size_average, reduce, reduction)
    loss = neg(add(mul(target, logsigmoid(input)), mul(1 - target, logsigmoid(neg(input)))))
    loss = loss if weight is None else mul(loss, weight)
    if reduction not in REDUCTIONS:
        raise ValueError(f"{reduction} is not valid")
    return REDUCTIONS[reduction](reducing.sum(loss, input.dim() - 1) / input.size(-1))


# ---- yes or no


SOFT_MARGIN = _by_reduction("soft_margin_loss(self; target)", "np.log1p(np.exp(-target._array * self))",
                            "SoftMarginLossBackward0", self="-target * sigmoid(-(target * self))")  # fmt: skip


def soft_margin_loss(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """log(1 + exp(-target * input)), for targets 1 and -1; the mean of all.

    >>> import tensorbook as torch
    >>> torch.nn.functional.soft_margin_loss(torch.zeros(2), torch.tensor([1.0, -1.0]))
    tensor(0.6931)
    """
    loss = chosen(SOFT_MARGIN, agreed(size_average, reduce, reduction))
    if (mismatch := broadcast_mismatch(input._array.shape, target._array.shape)) is not None:
        raise mismatch
    return loss(input, target)


# ---- counts, and normal variables


def poisson_nll_loss(
    input: Tensor,
    target: Tensor,
    log_input: bool = True,
    full: bool = False,
    size_average: bool | None = None,
    eps: float = 1e-8,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """Minus the log-probability of a count under a Poisson distribution; the mean of all.

    Args:
        input: the expected count, as its logarithm unless `log_input` is False.
        target: the count.
        full: whether to add Stirling's approximation of what does not depend on the input.
        eps: added to an input that is not a logarithm.

    >>> import tensorbook as torch
    >>> torch.nn.functional.poisson_nll_loss(torch.tensor([0.0]), torch.tensor([2.0]))
    tensor(1.)
    """
    reduction = agreed(size_average, reduce, reduction)
    chosen(REDUCTIONS, reduction)
    if log_input:
        loss = sub(exp(input), mul(target, input))
    else:
        loss = sub(input, mul(target, log(plus_number(input, eps))))
    if full:
        rest = target * target.log() - target + 0.5 * (2 * math.pi * target).log()
        loss = add(loss, rest.masked_fill(target <= 1, 0))
    return REDUCTIONS[reduction](loss)


def gaussian_nll_loss(
    input: Tensor,
    target: Tensor,
    var: Tensor | float,
    full: bool = False,
    eps: float = 1e-6,
    reduction: str = "mean",
) -> Tensor:
    """Minus the log-probability of a value under a normal distribution; the mean of all.

    Args:
        input: the expected value.
        target: the value.
        var: the variance: one number, of the input's shape, or with one number for each row.
        full: whether to add the part that does not depend on the input.
        eps: the smallest variance.

    >>> import tensorbook as torch
    >>> torch.nn.functional.gaussian_nll_loss(torch.tensor([0.0]), torch.tensor([2.0]), torch.tensor([1.0]))
    tensor(2.)
    """
    if isinstance(var, float):
        if var < 0:
            raise ValueError("var has negative entry/entries")
        var = input.new_ones(input.shape) * var
    elif bool((var < 0).any()):
        raise ValueError("var has negative entry/entries")
    if var.shape != input.shape:
        if input.shape[:-1] == var.shape:
            var = var.unsqueeze(-1)
        elif not (
            var.dim() == input.dim()
            and all(n in (1, m) for m, n in zip(input.shape, var.shape, strict=True))
            and sum(n == 1 != m for m, n in zip(input.shape, var.shape, strict=True)) == 1
        ):
            raise ValueError("var is of incorrect size")
    if reduction not in REDUCTIONS:
        raise ValueError(f"{reduction} is not valid")
    var = clone(var)
    np.maximum(var._array, var._array.dtype.type(eps), out=var._array)  # outside the graph
    loss = 0.5 * add(log(var), true_divide(pow(sub(input, target), 2), var))
    loss = add(loss, 0.5 * math.log(2 * math.pi)) if full else loss
    return REDUCTIONS[reduction](loss)
