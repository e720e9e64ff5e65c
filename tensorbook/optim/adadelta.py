"""Adadelta: steps measured in units of the steps before, so that the learning rate needs no tuning.

Zeiler, ADADELTA: An Adaptive Learning Rate Method, 2012.
https://pytorch.org/docs/stable/generated/torch.optim.Adadelta.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ..tensor import Tensor
from .elementwise import Array, Elementwise, check, check_lr, count, module_of, number


class Adadelta(Elementwise):
    """d = g · √(u + eps) / √(v + eps), with running means v of g² and u of d²; p ← p - lr · d.

    Args:
        params: tensors, (name, tensor) pairs, or dicts that describe groups.
        lr: what d is multiplied by; a number or a tensor of one element.
        rho: how much of u and v stays at each step.
        eps: lets the first step begin, and keeps the division from growing without bound.
        weight_decay: this share of the parameter is added to its gradient (an L2 penalty).
        foreach: accepted; there is one way to step here.
        capturable: for a GPU only, and without effect.
        maximize: climb instead.
        differentiable: not supported.

    >>> import tensorbook as torch
    >>> w = torch.tensor([1.0, 200.0], requires_grad=True)
    >>> optimizer = torch.optim.Adadelta([w])
    >>> (w * w).sum().backward()
    >>> optimizer.step()
    >>> w
    tensor([  0.9968, 199.9968], requires_grad=True)
    """

    buffers = ("square_avg", "acc_delta")

    def __init__(
        self,
        params: Iterable,
        lr: float | Tensor = 1.0,
        rho: float = 0.9,
        eps: float = 1e-6,
        weight_decay: float = 0,
        foreach: bool | None = None,
        *,
        capturable: bool = False,
        maximize: bool = False,
        differentiable: bool = False,
    ):
        check_lr(lr)
        check(0.0 <= rho <= 1.0, "rho value", rho)
        check(eps >= 0.0, "epsilon value", eps)
        check(weight_decay >= 0.0, "weight_decay value", weight_decay)
        defaults = {
            "lr": lr, "rho": rho, "eps": eps, "weight_decay": weight_decay, "maximize": maximize,
            "capturable": capturable, "foreach": foreach, "differentiable": differentiable,
        }  # fmt: skip
        super().__init__(params, defaults)

    def rule(self, group: dict, state: dict, p: Tensor) -> Callable[..., None]:
        count(state)
        lr, rho, eps = number(group["lr"]), group["rho"], group["eps"]
        xp = module_of(p)

        def update(p: Array, g: Array, v: Array, u: Array) -> None:
            v *= rho
            v += (1 - rho) * g * g
            delta = xp.sqrt(u + eps) / xp.sqrt(v + eps) * g
            u *= rho
            u += (1 - rho) * delta * delta
            p -= lr * delta

        return update
