"""Adamax: Adam with the largest recent gradient in place of the mean square.

Kingma and Ba, Adam: A Method for Stochastic Optimization, 2014, section 7.
https://pytorch.org/docs/stable/generated/torch.optim.Adamax.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ..tensor import Tensor
from .elementwise import Array, Elementwise, check, check_betas, check_lr, count, module_of, number


class Adamax(Elementwise):
    """u ← max(beta2 · u, |g| + eps); p ← p - lr · m / u, with Adam's m.

    The arguments mean what they mean to Adam.

    >>> import tensorbook as torch
    >>> w = torch.tensor([1.0, 200.0], requires_grad=True)
    >>> optimizer = torch.optim.Adamax([w], lr=0.5)
    >>> (w * w).sum().backward()
    >>> optimizer.step()
    >>> w
    tensor([  0.5000, 199.5000], requires_grad=True)
    """

    buffers = ("exp_avg", "exp_inf")

    def __init__(
        self,
        params: Iterable,
        lr: float | Tensor = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        foreach: bool | None = None,
        *,
        maximize: bool = False,
        differentiable: bool = False,
        capturable: bool = False,
    ):
        check_lr(lr)
        check(eps >= 0.0, "epsilon value", eps)
        check_betas(betas)
        check(weight_decay >= 0.0, "weight_decay value", weight_decay)
        defaults = {
            "lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay, "foreach": foreach,
            "maximize": maximize, "differentiable": differentiable, "capturable": capturable,
        }  # fmt: skip
        super().__init__(params, defaults)

    def rule(self, group: dict, state: dict, p: Tensor) -> Callable[..., None]:
        (beta1, beta2), eps = group["betas"], group["eps"]
        step_size = number(group["lr"]) / (1 - beta1 ** count(state))
        xp = module_of(p)

        def update(p: Array, g: Array, m: Array, u: Array) -> None:
            m += (1 - beta1) * (g - m)
            u *= beta2
            xp.maximum(u, xp.abs(g) + eps, out=u)
            p -= step_size * m / u

        return update
