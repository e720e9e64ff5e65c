"""RMSprop: the gradient divided by the root of its running mean square.

Hinton, Neural Networks for Machine Learning, lecture 6, 2012; Graves, Generating Sequences With Recurrent Neural
Networks, 2013 (centered).
https://pytorch.org/docs/stable/generated/torch.optim.RMSprop.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ..tensor import Tensor
from .elementwise import Array, Elementwise, check, check_lr, count, module_of, number


class RMSprop(Elementwise):
    """v is a running mean of g²; p ← p - lr · g / (√v + eps).

    Args:
        params: tensors, (name, tensor) pairs, or dicts that describe groups.
        lr: the length of a step; a number or a tensor of one element.
        alpha: how much of v stays at each step.
        eps: keeps the division from growing without bound.
        weight_decay: this share of the parameter is added to its gradient (an L2 penalty).
        momentum: how much of the last step's direction stays.
        centered: divide by the gradient's standard deviation: subtract the square of its running mean from v.
        capturable: for a GPU only, and without effect.
        foreach: accepted; there is one way to step here.
        maximize: climb instead.
        differentiable: not supported.

    >>> import tensorbook as torch
    >>> w = torch.tensor([1.0, 200.0], requires_grad=True)
    >>> optimizer = torch.optim.RMSprop([w], lr=0.01)
    >>> (w * w).sum().backward()
    >>> optimizer.step()
    >>> w
    tensor([  0.9000, 199.9000], requires_grad=True)
    """

    buffers = ("square_avg", "momentum_buffer", "grad_avg")

    def __init__(
        self,
        params: Iterable,
        lr: float | Tensor = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum: float = 0,
        centered: bool = False,
        capturable: bool = False,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
    ):
        check_lr(lr)
        check(eps >= 0.0, "epsilon value", eps)
        check(momentum >= 0.0, "momentum value", momentum)
        check(weight_decay >= 0.0, "weight_decay value", weight_decay)
        check(alpha >= 0.0, "alpha value", alpha)
        defaults = {
            "lr": lr, "momentum": momentum, "alpha": alpha, "eps": eps, "centered": centered,
            "weight_decay": weight_decay, "capturable": capturable, "foreach": foreach, "maximize": maximize,
            "differentiable": differentiable,
        }  # fmt: skip
        super().__init__(params, defaults)

    def first_state(self, p: Tensor, group: dict) -> dict:
        state = super().first_state(p, group)
        if not group["momentum"]:
            del state["momentum_buffer"]
        if not group["centered"]:
            del state["grad_avg"]
        return state

    def rule(self, group: dict, state: dict, p: Tensor) -> Callable[..., None]:
        count(state)
        lr, alpha, eps, momentum = number(group["lr"]), group["alpha"], group["eps"], group["momentum"]
        centered = group["centered"]
        xp = module_of(p)

        def update(p: Array, g: Array, v: Array, *more: Array) -> None:
            v *= alpha
            v += (1 - alpha) * g * g
            variance = v
            if centered:
                mean = more[-1]
                mean += (1 - alpha) * (g - mean)
                variance = v - mean * mean
            divisor = xp.sqrt(variance) + eps
            if momentum:
                direction = more[0]
                direction *= momentum
                direction += g / divisor
                p -= lr * direction
            else:
                p -= lr * g / divisor

        return update
