"""RAdam: Adam that waits with dividing until it has seen enough gradients to know their size.

Liu et al., On the Variance of the Adaptive Learning Rate and Beyond, 2019.
https://pytorch.org/docs/stable/generated/torch.optim.RAdam.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ..tensor import Tensor
from .elementwise import Array, Elementwise, check, check_betas, check_lr, count, module_of, number


class RAdam(Elementwise):
    """Momentum alone while the variance of 1 / √v is unknown, Adam times a rectifying factor from then on.

    The arguments mean what they mean to Adam.

    >>> import tensorbook as torch
    >>> w = torch.tensor([1.0, 200.0], requires_grad=True)
    >>> optimizer = torch.optim.RAdam([w], lr=0.25)
    >>> (w * w).sum().backward()
    >>> optimizer.step()
    >>> w
    tensor([  0.5000, 100.0000], requires_grad=True)
    """

    buffers = ("exp_avg", "exp_avg_sq")

    def __init__(
        self,
        params: Iterable,
        lr: float | Tensor = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
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
        defaults = {
            "lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay, "maximize": maximize,
            "foreach": foreach, "capturable": capturable, "decoupled_weight_decay": decoupled_weight_decay,
            "differentiable": differentiable,
        }  # fmt: skip
        super().__init__(params, defaults)

    def rule(self, group: dict, state: dict, p: Tensor) -> Callable[..., None]:
        t, eps = count(state), group["eps"]
        beta1, beta2 = group["betas"]
        step_size = number(group["lr"]) / (1 - beta1**t)
        correction = 1 - beta2**t
        limit = 2 / (1 - beta2) - 1
        seen = limit - 2 * t * beta2**t / correction  # how many gradients v speaks for
        trusted = seen > 5.0
        if trusted:
            rectifier = ((seen - 4) * (seen - 2) * limit / ((limit - 4) * (limit - 2) * seen)) ** 0.5
            step_size *= correction**0.5 * rectifier
        xp = module_of(p)

        def update(p: Array, g: Array, m: Array, v: Array) -> None:
            m += (1 - beta1) * (g - m)
            v *= beta2
            v += (1 - beta2) * g * g
            p -= step_size * m / (xp.sqrt(v) + eps) if trusted else step_size * m

        return update
