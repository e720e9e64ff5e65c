"""Adagrad: the gradient divided by the root of the sum of all its squares so far.

Duchi, Hazan and Singer, Adaptive Subgradient Methods for Online Learning and Stochastic Optimization, 2011.
https://pytorch.org/docs/stable/generated/torch.optim.Adagrad.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ..tensor import Tensor
from .elementwise import Array, Elementwise, check, check_lr, count, module_of, number


class Adagrad(Elementwise):
    """s ← s + g²; p ← p - lr · g / (√s + eps).

    Args:
        params: tensors, (name, tensor) pairs, or dicts that describe groups.
        lr: the length of a step; a number or a tensor of one element.
        lr_decay: the t-th step is divided by 1 + (t - 1) · lr_decay.
        weight_decay: this share of the parameter is added to its gradient (an L2 penalty).
        initial_accumulator_value: what s begins with.
        eps: keeps the division from growing without bound.
        foreach, fused: accepted; there is one way to step here.
        maximize: climb instead.
        differentiable: not supported.

    >>> import tensorbook as torch
    >>> w = torch.tensor([1.0, 200.0], requires_grad=True)
    >>> optimizer = torch.optim.Adagrad([w], lr=0.5)
    >>> (w * w).sum().backward()
    >>> optimizer.step()
    >>> w
    tensor([  0.5000, 199.5000], requires_grad=True)
    """

    buffers = ("sum",)

    def __init__(
        self,
        params: Iterable,
        lr: float | Tensor = 1e-2,
        lr_decay: float = 0,
        weight_decay: float = 0,
        initial_accumulator_value: float = 0,
        eps: float = 1e-10,
        foreach: bool | None = None,
        *,
        maximize: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
    ):
        check_lr(lr)
        check(lr_decay >= 0.0, "lr_decay value", lr_decay)
        check(weight_decay >= 0.0, "weight_decay value", weight_decay)
        check(initial_accumulator_value >= 0.0, "initial_accumulator_value value", initial_accumulator_value)
        check(eps >= 0.0, "epsilon value", eps)
        defaults = {
            "lr": lr, "lr_decay": lr_decay, "eps": eps, "weight_decay": weight_decay,
            "initial_accumulator_value": initial_accumulator_value, "foreach": foreach, "maximize": maximize,
            "differentiable": differentiable, "fused": fused,
        }  # fmt: skip
        super().__init__(params, defaults)
        for group in self.param_groups:  # unlike the others it remembers from the start
            for p in group["params"]:
                self.state[p] = self.first_state(p, group)

    def first_state(self, p: Tensor, group: dict) -> dict:
        state = super().first_state(p, group)
        state["sum"].fill_(self.defaults["initial_accumulator_value"])
        return state

    def rule(self, group: dict, state: dict, p: Tensor) -> Callable[..., None]:
        step_size, eps = number(group["lr"]) / (1 + (count(state) - 1) * group["lr_decay"]), group["eps"]
        xp = module_of(p)

        def update(p: Array, g: Array, s: Array) -> None:
            s += g * g
            p -= step_size * g / (xp.sqrt(s) + eps)

        return update
