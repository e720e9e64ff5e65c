"""Adam: each element has a step length of its own, from running means of its gradient and of its square.

Kingma and Ba, Adam: A Method for Stochastic Optimization, 2014; Reddi et al., On the Convergence of Adam and Beyond,
2018 (amsgrad); Loshchilov and Hutter, Decoupled Weight Decay Regularization, 2017 (AdamW).
https://pytorch.org/docs/stable/generated/torch.optim.Adam.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ..tensor import Tensor
from .elementwise import Array, Elementwise, check, check_betas, check_lr, count, module_of, number


class Adam(Elementwise):
    """m and v are running means of g and g²; p ← p - lr · m / (√v + eps), m and v corrected for having begun at 0.

    Args:
        params: tensors, (name, tensor) pairs, or dicts that describe groups.
        lr: the length of a step; a number or a tensor of one element.
        betas: how much of m and of v stays at each step; two numbers or two tensors of one element.
        eps: keeps the division from growing without bound.
        weight_decay: this share of the parameter is added to its gradient (an L2 penalty).
        amsgrad: divide by the largest v so far.
        maximize: climb instead.
        decoupled_weight_decay: shrink the parameter itself, as AdamW does.
        foreach, fused: accepted; there is one way to step here.
        capturable: for a GPU only, and without effect.
        differentiable: not supported.

    >>> import tensorbook as torch
    >>> w = torch.tensor([1.0, 200.0], requires_grad=True)
    >>> optimizer = torch.optim.Adam([w], lr=0.5)
    >>> (w * w).sum().backward()
    >>> optimizer.step()
    >>> w  # the first step is lr for each, whatever the gradient
    tensor([  0.5000, 199.5000], requires_grad=True)
    """

    buffers = ("exp_avg", "exp_avg_sq", "max_exp_avg_sq")

    def __init__(
        self,
        params: Iterable,
        lr: float | Tensor = 1e-3,
        betas: tuple[float | Tensor, float | Tensor] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        amsgrad: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
        decoupled_weight_decay: bool = False,
    ):
        check_tensor("lr", lr, foreach and not capturable)
        check_lr(lr)
        check(eps >= 0.0, "epsilon value", eps)
        check_betas(betas)
        check(weight_decay >= 0.0, "weight_decay value", weight_decay)
        if not (all(isinstance(b, float) for b in betas) or all(isinstance(b, Tensor) for b in betas)):
            raise ValueError("betas must be either both floats or both Tensors")
        for i, beta in enumerate(betas):
            check_tensor(f"betas[{i}]", beta, foreach and not capturable)
        defaults = {
            "lr": lr, "betas": tuple(betas), "eps": eps, "weight_decay": weight_decay, "amsgrad": amsgrad,
            "maximize": maximize, "foreach": foreach, "capturable": capturable, "differentiable": differentiable,
            "fused": fused, "decoupled_weight_decay": decoupled_weight_decay,
        }  # fmt: skip
        super().__init__(params, defaults)

    def first_state(self, p: Tensor, group: dict) -> dict:
        state = super().first_state(p, group)
        if not group["amsgrad"]:
            del state["max_exp_avg_sq"]
        return state

    def rule(self, group: dict, state: dict, p: Tensor) -> Callable[..., None]:
        t, amsgrad = count(state), group["amsgrad"]
        beta1, beta2 = map(number, group["betas"])
        correction = (1 - beta2**t) ** 0.5  # of √v; taken out of the division, so that it costs no pass over the array
        step_size, eps = number(group["lr"]) / (1 - beta1**t) * correction, group["eps"] * correction
        xp = module_of(p)

        def update(p: Array, g: Array, m: Array, v: Array, largest: Array | None = None) -> None:
            step = xp.empty_like(g)  # one array for all that comes between
            xp.subtract(g, m, out=step)
            step *= 1 - beta1
            m += step
            xp.multiply(g, g, out=step)
            step *= 1 - beta2
            v *= beta2
            v += step
            if amsgrad:
                v = xp.maximum(largest, v, out=largest)
            xp.sqrt(v, out=step)
            step += eps
            xp.divide(m, step, out=step)
            step *= step_size
            p -= step

        return update


def check_tensor(name: str, option: float | Tensor, refused: bool) -> None:
    if isinstance(option, Tensor):
        if refused:
            raise ValueError(f"{name} as a Tensor is not supported for capturable=False and foreach=True")
        if option.numel() != 1:
            raise ValueError(f"Tensor {name} must be 1-element")
