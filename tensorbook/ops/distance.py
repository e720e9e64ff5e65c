"""How far vectors are from each other, and the losses that move them together or apart.

https://pytorch.org/docs/stable/nn.functional.html#distance-functions
"""

from __future__ import annotations

from collections.abc import Callable

from ..tensor import Tensor
from .arithmetic import add, mul, neg, sub, true_divide
from .by_number import minus_number, plus_number
from .choosing import clamp_min, minimum, where
from .creation import scalar_tensor
from .define import op
from .elementary import sqrt
from .loss import REDUCTIONS, agreed, chosen
from .operands import floating
from .reduction import _norm, _norm_grad, sum  # noqa: F401 (the entry calls the first two)

norm_of_difference = op("norm(self; ord, dim, keepdim)", "_norm(self, ord, dim, keepdim)", "NormBackward1",
                        self="_norm_grad(grad, self, ord, dim, keepdim, result)")  # fmt: skip


def pairwise_distance(x1: Tensor, x2: Tensor, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False) -> Tensor:
    """The p-norm of x1 - x2 + eps along the last dimension.

    >>> import tensorbook as torch
    >>> torch.nn.functional.pairwise_distance(torch.tensor([[3.0, 4.0]]), torch.zeros(1, 2))
    tensor([5.0000])
    """
    difference = plus_number(floating(sub(x1, x2)), eps)
    return norm_of_difference(difference, float(p), (max(difference._array.ndim - 1, 0),), keepdim)


def _same_dims(anchor: Tensor, positive: Tensor, negative: Tensor, margin: float) -> None:
    if margin <= 0:
        raise ValueError(f"margin must be greater than 0, got {margin}")
    a, p, n = anchor.dim(), positive.dim(), negative.dim()
    if not a == p == n:
        raise RuntimeError(
            "The anchor, positive, and negative tensors are expected to have the same number of dimensions, "
            f"but got: anchor {a}D, positive {p}D, and negative {n}D inputs"
        )


def triplet_margin_loss(
    anchor: Tensor,
    positive: Tensor,
    negative: Tensor,
    margin: float = 1.0,
    p: float = 2,
    eps: float = 1e-6,
    swap: bool = False,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """By how much the positive is not nearer to the anchor than the negative by a margin; the mean of all.

    With `swap` the negative's distance from the positive counts where it is the smaller one. Balntas and others 2016.

    >>> import tensorbook as torch
    >>> a, p, n = torch.tensor([[0.0]]), torch.tensor([[1.0]]), torch.tensor([[1.5]])
    >>> torch.nn.functional.triplet_margin_loss(a, p, n)
    tensor(0.5000)
    """
    reduction = agreed(size_average, reduce, reduction)
    _same_dims(anchor, positive, negative, margin)
    near, far = pairwise_distance(anchor, positive, p, eps), pairwise_distance(anchor, negative, p, eps)
    if swap:
        far = minimum(far, pairwise_distance(positive, negative, p, eps))
    return chosen(REDUCTIONS, reduction)(clamp_min(sub(plus_number(near, margin), far), 0))


def triplet_margin_with_distance_loss(
    anchor: Tensor,
    positive: Tensor,
    negative: Tensor,
    *,
    distance_function: Callable[[Tensor, Tensor], Tensor] | None = None,
    margin: float = 1.0,
    swap: bool = False,
    reduction: str = "mean",
) -> Tensor:
    """triplet_margin_loss with a distance of your own.

    >>> import tensorbook as torch
    >>> a, p, n = torch.tensor([[0.0]]), torch.tensor([[1.0]]), torch.tensor([[1.5]])
    >>> torch.nn.functional.triplet_margin_with_distance_loss(a, p, n, distance_function=lambda x, y: (x - y) ** 2)
    tensor(0.)
    """
    chosen(REDUCTIONS, reduction)
    _same_dims(anchor, positive, negative, margin)
    distance = pairwise_distance if distance_function is None else distance_function
    near, far = distance(anchor, positive), distance(anchor, negative)
    if swap:
        far = minimum(far, distance(positive, negative))
    return REDUCTIONS[reduction](clamp_min(sub(add(near, margin), far), 0))


def cosine_embedding_loss(
    input1: Tensor,
    input2: Tensor,
    target: Tensor,
    margin: float = 0,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """1 - cosine where the target is 1; where it is -1, the part of the cosine above a margin; the mean of all.

    >>> import tensorbook as torch
    >>> a, b = torch.tensor([[1.0, 0.0]]), torch.tensor([[0.0, 1.0]])
    >>> torch.nn.functional.cosine_embedding_loss(a, b, torch.tensor([1]))
    tensor(1.)
    """
    reduction = chosen(REDUCTIONS, agreed(size_average, reduce, reduction))
    dims = target.dim()
    if dims > 1:
        raise RuntimeError("0D or 1D target tensor expected, multi-target not supported")
    if (input1.dim(), input2.dim()) != (dims + 1, dims + 1):
        raise RuntimeError(
            f"{dims}D target tensor expects {dims + 1}D input tensors, but found inputs with sizes "
            f"{list(input1.shape)} and {list(input2.shape)}."
        )
    product = sum(mul(input1, input2), dims)
    lengths = [plus_number(sum(mul(x, x), dims), 1e-12) for x in (input1, input2)]
    cosine = true_divide(product, sqrt(mul(*lengths)))
    zeros = cosine.new_zeros(cosine.shape)
    together = where(target == 1, sub(zeros + 1, cosine), zeros)
    apart = where(target == -1, clamp_min(minus_number(cosine, margin), 0), zeros)
    return reduction(add(together, apart))


def hinge_embedding_loss(
    input: Tensor,
    target: Tensor,
    margin: float = 1.0,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """A distance where the target is 1; where it is -1, what it lacks to a margin; the mean of all.

    >>> import tensorbook as torch
    >>> torch.nn.functional.hinge_embedding_loss(torch.tensor([0.5, 0.25]), torch.tensor([1, -1]), reduction="none")
    tensor([0.5000, 0.7500])
    """
    reduction = chosen(REDUCTIONS, agreed(size_average, reduce, reduction))
    zeros = input.new_zeros(input.shape)
    lacking = clamp_min(sub(scalar_tensor(margin, dtype=input.dtype, device=input.device), input), 0)
    return reduction(add(where(target != 1, lacking, zeros), where(target != -1, input, zeros)))


def margin_ranking_loss(
    input1: Tensor,
    input2: Tensor,
    target: Tensor,
    margin: float = 0,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """By how much the first does not rank above the second (below, where the target is -1) by a margin; the mean.

    >>> import tensorbook as torch
    >>> torch.nn.functional.margin_ranking_loss(torch.tensor([1.0]), torch.tensor([3.0]), torch.tensor([1]))
    tensor(2.)
    """
    reduction = chosen(REDUCTIONS, agreed(size_average, reduce, reduction))
    if not input1.dim() == input2.dim() == target.dim():
        raise RuntimeError(
            "margin_ranking_loss : All input tensors should have same dimension but got sizes: "
            f"input1: {input1.shape}, input2: {input2.shape}, target: {target.shape} "
        )
    return reduction(clamp_min(plus_number(mul(neg(target), sub(input1, input2)), margin), 0))
