"""Gradient descent: a step against the gradient, or against its running sum (momentum).

Sutskever et al., On the importance of initialization and momentum in deep learning, 2013.
https://pytorch.org/docs/stable/generated/torch.optim.SGD.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ..ops.creation import zeros_like
from ..tensor import Tensor
from .elementwise import Array, Elementwise, check, check_lr, number


class SGD(Elementwise):
    """p ← p - lr · g. With momentum, v ← momentum · v + (1 - dampening) · g takes the place of g.

    Args:
        params: tensors, (name, tensor) pairs, or dicts that describe groups.
        lr: the length of a step; a number or a tensor of one element.
        momentum: how much of the last step's direction stays.
        dampening: how much of the new gradient is left out of the momentum.
        weight_decay: this share of the parameter is added to its gradient (an L2 penalty).
        nesterov: look ahead along the momentum. Needs momentum, and no dampening.
        maximize: climb instead.
        foreach, fused: accepted; there is one way to step here.
        differentiable: not supported.

    >>> import tensorbook as torch
    >>> w = torch.tensor([1.0, 2.0], requires_grad=True)
    >>> optimizer = torch.optim.SGD([w], lr=0.5)
    >>> (w * w).sum().backward()
    >>> optimizer.step()
    >>> w
    tensor([0., 0.], requires_grad=True)
    """

    buffers = ("momentum_buffer",)

    def __init__(
        self,
        params: Iterable,
        lr: float | Tensor = 1e-3,
        momentum: float = 0,
        dampening: float = 0,
        weight_decay: float | Tensor = 0,
        nesterov: bool = False,
        *,
        maximize: bool = False,
        foreach: bool | None = None,
        differentiable: bool = False,
        fused: bool | None = None,
    ):
        check_lr(lr)
        check(momentum >= 0.0, "momentum value", momentum)
        check(weight_decay >= 0.0, "weight_decay value", weight_decay)
        if nesterov and (momentum <= 0 or dampening != 0):
            raise ValueError("Nesterov momentum requires a momentum and zero dampening")
        defaults = {
            "lr": lr, "momentum": momentum, "dampening": dampening, "weight_decay": weight_decay, "nesterov": nesterov,
            "maximize": maximize, "foreach": foreach, "differentiable": differentiable, "fused": fused,
        }  # fmt: skip
        super().__init__(params, defaults)

    def first_state(self, p: Tensor, group: dict) -> dict:
        return {"momentum_buffer": None} if group["momentum"] else {}

    def rule(self, group: dict, state: dict, p: Tensor) -> Callable[..., None]:
        lr, momentum, nesterov = number(group["lr"]), group["momentum"], group["nesterov"]
        fresh = 1 - group["dampening"]
        if momentum and state["momentum_buffer"] is None:
            state["momentum_buffer"] = zeros_like(p)
            fresh = 1  # the first gradient is taken whole

        def plain(p: Array, g: Array, *unused: Array) -> None:
            p -= lr * g

        def with_momentum(p: Array, g: Array, v: Array) -> None:
            v *= momentum
            v += g if fresh == 1 else fresh * g
            p -= lr * (g + momentum * v if nesterov else v)

        return with_momentum if momentum else plain
