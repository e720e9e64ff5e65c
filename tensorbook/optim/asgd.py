"""ASGD: gradient descent that also keeps the average of the parameters on its way.

Polyak and Juditsky, Acceleration of stochastic approximation by averaging, 1992.
https://pytorch.org/docs/stable/generated/torch.optim.ASGD.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ..tensor import Tensor
from .elementwise import Array, Elementwise, check, check_lr, count, number, number_state


class ASGD(Elementwise):
    """p ← p · (1 - lambd · eta) - eta · g, where eta falls from lr; the average is in state[p]["ax"].

    Args:
        params: tensors, (name, tensor) pairs, or dicts that describe groups.
        lr: the first eta; a number or a tensor of one element.
        lambd: how fast eta falls, and how much p shrinks.
        alpha: the power in eta = lr / (1 + lambd · lr · t) ** alpha.
        t0: the step at which averaging begins.
        weight_decay: this share of the parameter is added to its gradient (an L2 penalty).
        foreach: accepted; there is one way to step here.
        maximize: climb instead.
        differentiable: not supported.
        capturable: for a GPU only, and without effect.

    >>> import tensorbook as torch
    >>> w = torch.tensor([1.0, 200.0], requires_grad=True)
    >>> optimizer = torch.optim.ASGD([w], lr=0.25)
    >>> (w * w).sum().backward()
    >>> optimizer.step()
    >>> w
    tensor([ 0.5000, 99.9950], requires_grad=True)
    """

    buffers = ("ax",)
    counters = ("step", "eta", "mu")

    def __init__(
        self,
        params: Iterable,
        lr: float | Tensor = 1e-2,
        lambd: float = 1e-4,
        alpha: float = 0.75,
        t0: float = 1e6,
        weight_decay: float = 0,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
        capturable: bool = False,
    ):
        check_lr(lr)
        check(weight_decay >= 0.0, "weight_decay value", weight_decay)
        defaults = {
            "lr": lr, "lambd": lambd, "alpha": alpha, "t0": t0, "weight_decay": weight_decay, "foreach": foreach,
            "maximize": maximize, "differentiable": differentiable, "capturable": capturable,
        }  # fmt: skip
        super().__init__(params, defaults)

    def first_state(self, p: Tensor, group: dict) -> dict:
        state = super().first_state(p, group)
        numbers = {"eta": number_state(number(group["lr"])), "mu": number_state(1.0)}
        return {"step": state.pop("step"), **numbers, **state}

    def rule(self, group: dict, state: dict, p: Tensor) -> Callable[..., None]:
        t, lr, lambd = count(state), number(group["lr"]), group["lambd"]
        eta, mu = state["eta"].item(), state["mu"].item()
        state["eta"].fill_(lr / (1 + lambd * lr * t) ** group["alpha"])
        state["mu"].fill_(1 / max(1, t - group["t0"]))

        def update(p: Array, g: Array, average: Array) -> None:
            p *= 1 - lambd * eta
            p -= eta * g
            if mu == 1:
                average[...] = p
            else:
                average += mu * (p - average)

        return update
