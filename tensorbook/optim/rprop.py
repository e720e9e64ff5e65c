"""Rprop: only the sign of the gradient counts; each element lengthens its step while the sign stays.

Riedmiller and Braun, A direct adaptive method for faster backpropagation learning: the RPROP algorithm, 1993.
https://pytorch.org/docs/stable/generated/torch.optim.Rprop.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ..tensor import Tensor
from .elementwise import Array, Elementwise, check_lr, count, module_of, number


class Rprop(Elementwise):
    """p ← p - sign(g) · step, where a step grows while g keeps its sign, and shrinks and rests where g changed it.

    Args:
        params: tensors, (name, tensor) pairs, or dicts that describe groups.
        lr: the first step; a number or a tensor of one element.
        etas: what a step is multiplied by, where the sign changed and where it stayed.
        step_sizes: the shortest and the longest step.
        capturable: for a GPU only, and without effect.
        foreach: accepted; there is one way to step here.
        maximize: climb instead.
        differentiable: not supported.

    >>> import tensorbook as torch
    >>> w = torch.tensor([1.0, 200.0], requires_grad=True)
    >>> optimizer = torch.optim.Rprop([w], lr=0.5)
    >>> (w * w).sum().backward()
    >>> optimizer.step()
    >>> w
    tensor([  0.5000, 199.5000], requires_grad=True)
    """

    buffers = ("prev", "step_size")

    def __init__(
        self,
        params: Iterable,
        lr: float | Tensor = 1e-2,
        etas: tuple[float, float] = (0.5, 1.2),
        step_sizes: tuple[float, float] = (1e-6, 50),
        *,
        capturable: bool = False,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
    ):
        check_lr(lr)
        if not 0.0 < etas[0] < 1.0 < etas[1]:
            raise ValueError(f"Invalid eta values: {etas[0]}, {etas[1]}")
        defaults = {
            "lr": lr, "etas": etas, "step_sizes": step_sizes, "foreach": foreach, "maximize": maximize,
            "differentiable": differentiable, "capturable": capturable,
        }  # fmt: skip
        super().__init__(params, defaults)

    def first_state(self, p: Tensor, group: dict) -> dict:
        state = super().first_state(p, group)
        state["step_size"].fill_(number(group["lr"]))
        return state

    def rule(self, group: dict, state: dict, p: Tensor) -> Callable[..., None]:
        count(state)
        (shorter, longer), (shortest, longest) = group["etas"], group["step_sizes"]
        xp = module_of(p)

        def update(p: Array, g: Array, before: Array, step: Array) -> None:
            agreement = g * before
            step *= xp.where(agreement > 0, longer, xp.where(agreement < 0, shorter, 1)).astype(p.dtype)
            xp.clip(step, shortest, longest, out=step)
            before[...] = xp.where(agreement < 0, 0, g)  # where the sign changed, this step rests
            p -= xp.sign(before) * step

        return update
