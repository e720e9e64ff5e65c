"""How far a prediction is from the truth, element by element, as one number. Losses over classes are in classes.py.

https://pytorch.org/docs/stable/nn.functional.html#loss-functions
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable

import numpy as np

from .. import dtypes
from ..tensor import Tensor
from . import operands, reduction, view
from .arithmetic import mul, sub, true_divide
from .choosing import where
from .define import op
from .elementary import abs as absolute
from .elementary import exp, log, sigmoid, sign  # noqa: F401
from .gating import logsigmoid_  # noqa: F401 (a formula calls it)
from .kernels import for_floats  # noqa: F401 (entries call it)
from .node import showing
from .powers import pow
from .special import xlogy
from .words import type_name

# ---- a loss for each element, their sum, and their mean: one node's name for the three


def _by_reduction(signature: str, each: str, node: str, **slopes: str) -> dict[str, Callable]:
    """The three operations that a loss has, from the loss of one element and its slope in each input."""
    slopes = {of: f"grad * ({slope})" for of, slope in slopes.items()}
    means = {of: f"{formula} * (1.0 / count(self.shape))" for of, formula in slopes.items()}
    return _numbered({
        "none": op(signature, each, node, kind="each", **slopes),
        "mean": op(signature, f"({each}).sum() / count(self.shape)", node, **means),
        "sum": op(signature, f"({each}).sum()", node, **slopes),
    })  # fmt: skip


def _numbered(by_reduction: dict[str, Callable]) -> dict[str, Callable]:
    """The same operations, whose nodes show which of them they are, by number."""
    for number, function in enumerate(by_reduction.values()):
        showing(function, reduction=number)
    return by_reduction


def agreed(size_average: bool | None, reduce: bool | None, reduction: str) -> str:
    """The reduction; the two older arguments, where one is given, decide what it is."""
    if size_average is None and reduce is None:
        return reduction
    reduction = "none" if reduce is False else "sum" if size_average is False else "mean"
    warnings.warn(
        f"size_average and reduce args will be deprecated, please use reduction='{reduction}' instead.",
        UserWarning,
        stacklevel=3,
    )
    return reduction


def chosen(choices: dict[str, Callable], reduction: str) -> Callable:
    if reduction not in choices:
        raise ValueError(f"{reduction} is not a valid value for reduction")
    return choices[reduction]


def _mean_square(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    difference = (a - b).ravel()
    return difference.dot(difference) / difference.dtype.type(difference.size)


def _sum_square(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    difference = (a - b).ravel()
    return difference.dot(difference)


count = math.prod
mse_mean = op("mse_loss(self, target)", "_mean_square(self, target)", "MseLossBackward0",
              self="(self - target) * (grad * (2.0 / count(self.shape)))",
              target="(target - self) * (grad * (2.0 / count(self.shape)))")  # fmt: skip
mse_sum = op("mse_loss(self, target)", "_sum_square(self, target)", "MseLossBackward0",
             self="(self - target) * (grad * 2.0)", target="(target - self) * (grad * 2.0)")  # fmt: skip
mse_each = op("mse_loss(self, target)", "(self - target) * (self - target)", "MseLossBackward0",
              self="(self - target) * (grad * 2.0)", target="(target - self) * (grad * 2.0)",
              kind="each")  # fmt: skip
MSE = _numbered({"none": mse_each, "mean": mse_mean, "sum": mse_sum})


def difference(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return a ^ b if a.dtype.kind == "b" else a - b


def _smooth_l1(difference: np.ndarray, beta: float) -> np.ndarray:
    size = np.abs(difference)
    return np.where(size < beta, 0.5 * size * size / beta, size - 0.5 * beta)


def _smooth_l1_slope(difference: Tensor, beta: float) -> Tensor:
    return where(absolute(difference) < beta, difference / beta, sign(difference))


SMOOTH_L1 = _by_reduction("smooth_l1_loss(self, target; beta)",
                          "for_floats('smooth_l1_cpu', _smooth_l1, difference(self, target), beta)",
                          "SmoothL1LossBackward0",
                          self="_smooth_l1_slope(self - target, beta)",
                          target="-_smooth_l1_slope(self - target, beta)")  # fmt: skip


def _huber(difference: np.ndarray, delta: float) -> np.ndarray:
    size = np.abs(difference)
    return np.where(size < delta, 0.5 * size * size, delta * (size - 0.5 * delta))


def _huber_slope(difference: Tensor, delta: float) -> Tensor:
    return where(absolute(difference) < delta, difference, sign(difference) * delta)


HUBER = _by_reduction("huber_loss(self, target; delta)",
                      "for_floats('huber_cpu', _huber, difference(self, target), delta)",
                      "HuberLossBackward0", self="_huber_slope(self - target, delta)",
                      target="-_huber_slope(self - target, delta)")  # fmt: skip


def _cross_entropy_of_two(p: np.ndarray, target: np.ndarray, weight: Tensor | float) -> np.ndarray:
    """Logarithms count as -100 or more, so that the loss stays finite."""
    log_yes, log_no = np.maximum(np.log(p), -100), np.maximum(np.log1p(-p), -100)
    return -(target * log_yes + (1 - target) * log_no) * _array(weight)


def _cross_entropy_of_logits(x: np.ndarray, target: np.ndarray, weight: object, pos_weight: object) -> np.ndarray:
    log_yes = np.minimum(x, 0) - np.log1p(np.exp(-np.abs(x)))
    return ((1 - target) * x - ((_array(pos_weight) - 1) * target + 1) * log_yes) * _array(weight)


def _array(weight: Tensor | float) -> np.ndarray | float:
    return getattr(weight, "_array", weight)


# The divisors are kept from 0 as PyTorch keeps them.
bce_slope = op("binary_cross_entropy_backward(self, target)",
               "(self - target) / np.maximum((1 - self) * self, 1e-12)", "BinaryCrossEntropyBackwardBackward0",
               self="grad * (self * self - 2 * self * target + target) / ((self + 1e-12) * (1 - self + 1e-12)) ** 2",
               target="-grad / ((self + 1e-12) * (1 - self + 1e-12))")  # fmt: skip
BCE = _by_reduction("binary_cross_entropy(self, target; weight)", "_cross_entropy_of_two(self, target, weight)",
                    "BinaryCrossEntropyBackward0",
                    self="bce_slope(self, target) * weight",
                    target="(log(1 - self) - log(self)) * weight")  # fmt: skip
BCE_LOGITS = _by_reduction(
    "binary_cross_entropy_with_logits(self, target; weight, pos_weight)",
    "_cross_entropy_of_logits(self, target, weight, pos_weight)", "BinaryCrossEntropyWithLogitsBackward0",
    self="((1 - target) - ((pos_weight - 1) * target + 1) * sigmoid(-self)) * weight",
    target="-(self + (pos_weight - 1) * logsigmoid_(self)) * weight",
)  # fmt: skip

# ---- sizes and dtypes


def _meet(input: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """Both in one shape, with a warning where they were not, and in one dtype."""
    shapes = input._array.shape, target._array.shape
    if shapes[0] != shapes[1]:
        warn_about_sizes(input, target)
        if (mismatch := operands.broadcast_mismatch(*shapes)) is not None:
            raise mismatch
        shape = np.broadcast_shapes(*shapes)
        input, target = (x if x._array.shape == shape else view.expand(x, shape) for x in (input, target))
    if input._array.dtype is not target._array.dtype:
        kind = dtypes.result_type(input, target).numpy
        input, target = operands.cast(input, kind), operands.cast(target, kind)
    return input, target


def warn_about_sizes(input: Tensor, target: Tensor) -> None:
    warnings.warn(
        f"Using a target size ({target.shape}) that is different to the input size ({input.shape}). This will "
        "likely lead to incorrect results due to broadcasting. Please ensure they have the same size.",
        UserWarning,
        stacklevel=4,
    )


def _weighed(each: Tensor, weight: Tensor, how: str, divisor: Tensor | None) -> Tensor:
    each = mul(each, weight)
    if how == "none":
        return each
    if how not in ("sum", "mean"):
        raise ValueError(f"Invalid reduction mode: {how}. Expected one of 'none', 'mean', 'sum'.")
    if divisor is None and how == "mean":
        return reduction.mean(each)
    total = reduction.sum(each)
    return total if how == "sum" else true_divide(total, divisor)


def _check_weight(input: Tensor, weight: Tensor) -> None:
    if weight._array.shape != input._array.shape:
        raise ValueError("Weights and input must have the same size.")


REDUCTIONS = {"none": lambda x: x, "sum": reduction.sum, "mean": reduction.mean}


# ---- the functions


def mse_loss(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    weight: Tensor | None = None,
) -> Tensor:
    """The mean squared error; their sum or each of them with reduction="sum" or "none".

    >>> import tensorbook as torch
    >>> torch.nn.functional.mse_loss(torch.tensor([1.0, 2.0]), torch.tensor([1.0, 4.0]))
    tensor(2.)
    """
    reduction = agreed(size_average, reduce, reduction)
    size = input
    input, target = _meet(input, target)
    if weight is not None:
        _check_weight(size, weight)
        return _weighed(pow(sub(input, target), 2), weight, reduction, weight.sum())
    if input._array.dtype.kind != "f":
        raise NotImplementedError(f"\"mse_cpu\" not implemented for '{type_name(input._array)}'")
    return chosen(MSE, reduction)(input, target)


def l1_loss(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    weight: Tensor | None = None,
) -> Tensor:
    """The mean of |input - target|; their sum or each of them with reduction="sum" or "none".

    >>> import tensorbook as torch
    >>> torch.nn.functional.l1_loss(torch.tensor([1.0, 2.0]), torch.tensor([1.0, 4.0]))
    tensor(1.)
    """
    reduction = agreed(size_average, reduce, reduction)
    size = input
    input, target = _meet(input, target)
    if weight is not None:
        _check_weight(size, weight)
        return _weighed(absolute(sub(input, target)), weight, reduction, weight.sum())
    return chosen(REDUCTIONS, reduction)(absolute(sub(input, target)))


def smooth_l1_loss(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    beta: float = 1.0,
) -> Tensor:
    """|input - target| - beta / 2, rounded off to a parabola where the distance is below beta; the mean of all.

    >>> import tensorbook as torch
    >>> torch.nn.functional.smooth_l1_loss(torch.tensor([0.0, 0.0]), torch.tensor([1.0, 3.0]))
    tensor(1.5000)
    """
    reduction = agreed(size_average, reduce, reduction)
    input, target = _meet(input, target)
    if beta == 0:
        return chosen(REDUCTIONS, reduction)(absolute(sub(input, target)))
    loss = chosen(SMOOTH_L1, reduction)
    if beta < 0:
        raise RuntimeError("smooth_l1_loss does not support negative values for beta.")
    return loss(input, target, beta)


def huber_loss(
    input: Tensor, target: Tensor, reduction: str = "mean", delta: float = 1.0, weight: Tensor | None = None
) -> Tensor:
    """Half the squared error up to a distance delta, and a straight line beyond it; the mean of all.

    >>> import tensorbook as torch
    >>> torch.nn.functional.huber_loss(torch.tensor([0.0, 0.0]), torch.tensor([1.0, 3.0]), delta=2.0)
    tensor(2.2500)
    """
    size = input
    input, target = _meet(input, target)
    loss = chosen(HUBER, reduction if weight is None else "none")
    if delta <= 0:
        raise RuntimeError("huber_loss does not support non-positive values for delta.")
    if weight is None:
        return loss(input, target, delta)
    _check_weight(size, weight)
    return _weighed(loss(input, target, delta), weight, reduction, None)


def _fits(weight: Tensor | None, shape: tuple[int, ...]) -> Tensor | float:
    """The weight, or 1 where there is none; RuntimeError where it does not broadcast to the shape."""
    if weight is None:
        return 1.0
    if (mismatch := operands.broadcast_mismatch(shape, weight._array.shape)) is not None:
        raise mismatch
    return weight


def binary_cross_entropy(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """-log of the probability that the prediction gave to the truth; the mean of all.

    Args:
        input: the predicted probabilities of "yes", between 0 and 1.
        target: the truth, 0 or 1 or between, of the same shape and dtype.
        weight: by how much each loss counts; broadcasts.
        reduction: "mean", "sum" or "none".

    >>> import tensorbook as torch
    >>> torch.nn.functional.binary_cross_entropy(torch.tensor([0.5, 0.5]), torch.tensor([0.0, 1.0]))
    tensor(0.6931)
    """
    reduction = agreed(size_average, reduce, reduction)
    loss = chosen(BCE, reduction)
    if input._array.shape != target._array.shape:
        raise ValueError(
            f"Using a target size ({target.shape}) that is different to the input size ({input.shape}) is deprecated. "
            "Please ensure they have the same size."
        )
    for other in (target, weight):
        if other is not None and other.dtype is not input.dtype:
            raise RuntimeError(f"Found dtype {type_name(other._array)} but expected {type_name(input._array)}")
    if weight is not None and operands.broadcast_mismatch(input._array.shape, weight._array.shape) is not None:
        raise RuntimeError(
            f"Attempting to broadcast a dimension of length {weight._array.shape[-1]} at -1! Mismatching argument at "
            f"index 1 had {weight.shape}; but expected shape should be broadcastable to {list(input._array.shape)}"
        )
    if input._array.dtype.kind != "f":
        raise NotImplementedError(f"\"binary_cross_entropy\" not implemented for '{type_name(input._array)}'")
    for name, tensor in (("input", input), ("target", target)):
        if not bool(((tensor._array >= 0) & (tensor._array <= 1)).all()):
            raise RuntimeError(f"all elements of {name} should be between 0 and 1")
    return loss(input, target, 1.0 if weight is None else view.expand(weight, input._array.shape))


def binary_cross_entropy_with_logits(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    pos_weight: Tensor | None = None,
) -> Tensor:
    """binary_cross_entropy(sigmoid(input), target), without overflow.

    Args:
        input: scores, of any size and sign.
        target: the truth, 0 or 1 or between, of the same shape.
        weight: by how much each loss counts; broadcasts.
        reduction: "mean", "sum" or "none".
        pos_weight: by how much more "yes" counts than "no", for each class; broadcasts.

    >>> import tensorbook as torch
    >>> torch.nn.functional.binary_cross_entropy_with_logits(torch.zeros(2), torch.tensor([0.0, 1.0]))
    tensor(0.6931)
    """
    reduction = agreed(size_average, reduce, reduction)
    loss = chosen(BCE_LOGITS, reduction)
    if input._array.shape != target._array.shape:
        raise ValueError(f"Target size ({target.shape}) must be the same as input size ({input.shape})")
    if input._array.dtype.kind != "f":
        raise NotImplementedError(f"\"log_sigmoid_cpu\" not implemented for '{type_name(input._array)}'")
    if target._array.dtype.kind != "f":
        raise RuntimeError(
            f"result type {type_name(input._array)} can't be cast to the desired output type {type_name(target._array)}"
        )
    kind, shape = dtypes.result_type(input, target).numpy, input._array.shape
    input, target = operands.cast(input, kind), operands.cast(target, kind)
    return loss(input, target, _fits(weight, shape), _fits(pos_weight, shape))


def kl_div(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    log_target: bool = False,
) -> Tensor:
    """The Kullback-Leibler divergence target * (log(target) - input), of log-probabilities from probabilities.

    Args:
        input: log-probabilities.
        target: probabilities; log-probabilities with log_target.
        reduction: "batchmean" gives the divergence of its definition; "mean" divides by the number of elements.
        log_target: whether the target is given as logarithms.

    >>> import tensorbook as torch
    >>> p, q = torch.tensor([[0.5, 0.5]]), torch.tensor([[0.5, 0.5]])
    >>> torch.nn.functional.kl_div(p.log(), q, reduction="batchmean")
    tensor(0.)
    """
    reduction = agreed(size_average, reduce, reduction)
    if reduction == "mean":
        warnings.warn(
            "reduction: 'mean' divides the total loss by both the batch size and the support size.'batchmean' divides "
            "only by the batch size, and aligns with the KL div math definition.'mean' will be changed to behave the "
            "same as 'batchmean' in the next major release.",
            UserWarning,
            stacklevel=2,
        )
    reduced = chosen(REDUCTIONS, "sum" if reduction == "batchmean" else reduction)
    if input._array.dtype.kind != "f" or target._array.dtype.kind != "f":
        raise RuntimeError("kl_div: Integral inputs not supported.")
    if log_target:
        each = mul(exp(target), sub(target, input))
    else:
        each = sub(xlogy(target, target), mul(target, input))
    loss = reduced(each)
    return true_divide(loss, input._array.shape[0]) if reduction == "batchmean" and input._array.ndim else loss
