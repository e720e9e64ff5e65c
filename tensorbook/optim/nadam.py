"""NAdam: Adam with Nesterov's look ahead.

Dozat, Incorporating Nesterov Momentum into Adam, 2016.
https://pytorch.org/docs/stable/generated/torch.optim.NAdam.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ..tensor import Tensor
from .elementwise import Array, Elementwise, check, check_betas, check_lr, count, module_of, number, number_state


class NAdam(Elementwise):
    """Adam, with the part of m that the coming step will have put in already.

    Args:
        momentum_decay: how fast the momentum's share grows towards betas[0]. The others mean what they mean to Adam.

    >>> import tensorbook as torch
    >>> w = torch.tensor([1.0, 200.0], requires_grad=True)
    >>> optimizer = torch.optim.NAdam([w], lr=0.5)
    >>> (w * w).sum().backward()
    >>> optimizer.step()
    >>> w
    tensor([  0.4718, 199.4718], requires_grad=True)
    """

    buffers = ("exp_avg", "exp_avg_sq")
    counters = ("step", "mu_product")

    def __init__(
        self,
        params: Iterable,
        lr: float | Tensor = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum_decay: float = 4e-3,
        decoupled_weight_decay: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
    ):
        check_lr(lr)
        check(eps >= 0.0, "epsilon value", eps)
        check_betas(betas)
        check(weight_decay >= 0.0, "weight_decay value", weight_decay)
        check(momentum_decay >= 0.0, "momentum_decay value", momentum_decay)
        defaults = {
            "lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay, "momentum_decay": momentum_decay,
            "decoupled_weight_decay": decoupled_weight_decay, "maximize": maximize, "foreach": foreach,
            "capturable": capturable, "differentiable": differentiable,
        }  # fmt: skip
        super().__init__(params, defaults)

    def first_state(self, p: Tensor, group: dict) -> dict:
        state = super().first_state(p, group)
        return {"step": state.pop("step"), "mu_product": number_state(1.0), **state}

    def rule(self, group: dict, state: dict, p: Tensor) -> Callable[..., None]:
        t, lr, eps, decay = count(state), number(group["lr"]), group["eps"], group["momentum_decay"]
        beta1, beta2 = group["betas"]
        correction = 1 - beta2**t
        mu, next_mu = [beta1 * (1 - 0.5 * 0.96 ** (i * decay)) for i in (t, t + 1)]
        product = state["mu_product"]._array
        product *= mu
        of_g = lr * (1 - mu) / (1 - product.item())
        of_m = lr * next_mu / (1 - product.item() * next_mu)
        xp = module_of(p)

        def update(p: Array, g: Array, m: Array, v: Array) -> None:
            m += (1 - beta1) * (g - m)
            v *= beta2
            v += (1 - beta2) * g * g
            divisor = xp.sqrt(v / correction) + eps
            p -= of_g * g / divisor
            p -= of_m * m / divisor

        return update
