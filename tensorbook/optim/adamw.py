"""Adam with weight decay that shrinks the parameter itself and leaves the gradient alone.

Loshchilov and Hutter, Decoupled Weight Decay Regularization, 2017.
https://pytorch.org/docs/stable/generated/torch.optim.AdamW.html
"""

from __future__ import annotations

from collections.abc import Iterable

from ..tensor import Tensor
from .adam import Adam


class AdamW(Adam):
    """Adam, after p ← p · (1 - lr · weight_decay). The arguments are Adam's.

    >>> import tensorbook as torch
    >>> w = torch.tensor([1.0], requires_grad=True)
    >>> torch.optim.AdamW([w]).param_groups[0]["weight_decay"]
    0.01
    """

    def __init__(
        self,
        params: Iterable,
        lr: float | Tensor = 1e-3,
        betas: tuple[float | Tensor, float | Tensor] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
        foreach: bool | None = None,
        capturable: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
    ):
        super().__init__(
            params, lr, betas, eps, weight_decay, amsgrad, foreach=foreach, maximize=maximize, capturable=capturable,
            differentiable=differentiable, fused=fused, decoupled_weight_decay=True,
        )  # fmt: skip

    def __setstate__(self, state: dict) -> None:
        super().__setstate__(state)
        for group in self.param_groups:
            group["decoupled_weight_decay"] = True
