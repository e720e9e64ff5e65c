"""Rates that rise and fall in a zigzag.

Smith, Cyclical Learning Rates for Training Neural Networks, 2015.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from ..optimizer import Optimizer
from .scheduler import LRScheduler, assign, begin_momentum, checked, one_for_each, packed_function, set_momentum


class CyclicLR(LRScheduler):
    """Up from `base_lr` to `max_lr` and down again, while the momentum goes the other way. Step after each batch.

    Args:
        optimizer: whose rates to set.
        base_lr, max_lr: the lowest and the highest rate; a number, or one for each group.
        step_size_up, step_size_down: batches on the way up, and down (as many, if None).
        mode: "triangular"; "triangular2", half as high each cycle; "exp_range", gamma ** batch as high.
        gamma: for "exp_range".
        scale_fn: a height of one's own, as a function of what `scale_mode` says.
        scale_mode: "cycle" or "iterations", what scale_fn is given.
        cycle_momentum: whether the momentum moves, too.
        base_momentum, max_momentum: the lowest and the highest momentum; a number, or one for each group.
        last_epoch: how many batches lie behind a training that is resumed.

    >>> import tensorbook as torch
    >>> optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], momentum=0.9)
    >>> scheduler = torch.optim.lr_scheduler.CyclicLR(optimizer, base_lr=1.0, max_lr=2.0, step_size_up=2)
    >>> rates = []
    >>> for _ in range(5):
    ...     rates += scheduler.get_last_lr()
    ...     optimizer.step()
    ...     scheduler.step()
    >>> rates
    [1.0, 1.5, 2.0, 1.5, 1.0]
    """

    def __init__(
        self,
        optimizer: Optimizer,
        base_lr: float | list[float],
        max_lr: float | list[float],
        step_size_up: int = 2000,
        step_size_down: int | None = None,
        mode: str = "triangular",
        gamma: float = 1.0,
        scale_fn: Callable[[float], float] | None = None,
        scale_mode: str = "cycle",
        cycle_momentum: bool = True,
        base_momentum: float | list[float] = 0.8,
        max_momentum: float | list[float] = 0.9,
        last_epoch: int = -1,
    ):
        self.optimizer = checked(optimizer)
        base_lrs = one_for_each("base_lr", optimizer, base_lr)
        if last_epoch == -1:
            for group, lr in zip(optimizer.param_groups, base_lrs, strict=True):
                assign(group, lr)
        self.max_lrs = one_for_each("max_lr", optimizer, max_lr)
        up = float(step_size_up)
        down = up if step_size_down is None else float(step_size_down)
        self.total_size, self.step_ratio = up + down, up / (up + down)
        if mode not in ("triangular", "triangular2", "exp_range") and scale_fn is None:
            raise ValueError("mode is invalid and scale_fn is None")
        self.mode, self.gamma, self._scale_fn_custom = mode, gamma, scale_fn
        if scale_fn is None:
            scale_mode = "iterations" if mode == "exp_range" else "cycle"
        self.scale_mode = scale_mode
        self.cycle_momentum = cycle_momentum
        if cycle_momentum:
            momenta = begin_momentum(self, base_momentum, max_momentum, last_epoch)
            self.base_momentums, self.max_momentums = momenta
        super().__init__(optimizer, last_epoch)
        self.base_lrs = base_lrs

    def scale_fn(self, x: float) -> float:
        """How high a cycle is, from its number or from the batch's, as `scale_mode` says."""
        if self._scale_fn_custom is not None:
            return self._scale_fn_custom(x)
        if self.mode == "exp_range":
            return self.gamma**x
        return 1 / 2.0 ** (x - 1) if self.mode == "triangular2" else 1.0

    def get_lr(self) -> list:
        self._warn_unless_asking()
        cycle = math.floor(1 + self.last_epoch / self.total_size)
        x = 1.0 + self.last_epoch / self.total_size - cycle
        height = x / self.step_ratio if x <= self.step_ratio else (x - 1) / (self.step_ratio - 1)
        scale = self.scale_fn(cycle if self.scale_mode == "cycle" else self.last_epoch)
        if self.cycle_momentum:
            momenta = zip(self.optimizer.param_groups, self.base_momentums, self.max_momentums, strict=True)
            for group, low, high in momenta:
                set_momentum(group, high - (high - low) * height * scale, self.use_beta1)
        return [low + (high - low) * height * scale for low, high in zip(self.base_lrs, self.max_lrs, strict=True)]

    def state_dict(self) -> dict:
        own = self._scale_fn_custom
        return {**super().state_dict(), "_scale_fn_custom": None if own is None else packed_function(own)}

    def load_state_dict(self, state_dict: dict) -> None:
        saved = state_dict["_scale_fn_custom"]
        super().load_state_dict({key: value for key, value in state_dict.items() if key != "_scale_fn_custom"})
        if saved is not None:
            self._scale_fn_custom.__dict__.update(saved)
