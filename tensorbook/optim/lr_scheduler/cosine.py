"""Rates that fall along half a cosine.

Loshchilov and Hutter, SGDR: Stochastic Gradient Descent with Warm Restarts, 2016.
"""

from __future__ import annotations

import math

from ..optimizer import Optimizer
from .scheduler import LRScheduler


def height(epoch: float, whole: float) -> float:
    """Half a cosine: 1 at epoch 0, 0 at epoch `whole`."""
    return (1 + math.cos(math.pi * epoch / whole)) / 2


class CosineAnnealingLR(LRScheduler):
    """Down from the first rate to `eta_min` over `T_max` epochs, then up again, and so on.

    >>> import tensorbook as torch
    >>> optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    >>> scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=4)
    >>> rates = []
    >>> for _ in range(5):
    ...     rates += scheduler.get_last_lr()
    ...     optimizer.step()
    ...     scheduler.step()
    >>> [round(lr, 3) for lr in rates]
    [1.0, 0.854, 0.5, 0.146, 0.0]
    """

    def __init__(self, optimizer: Optimizer, T_max: int, eta_min: float = 0.0, last_epoch: int = -1):
        self.T_max, self.eta_min = T_max, eta_min
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list:
        self._warn_unless_asking()
        low, epoch, whole = self.eta_min, self.last_epoch, self.T_max
        if self._is_initial:
            return self._present()
        if self._step_count == 1 and epoch > 0:
            return self._get_closed_form_lr()
        groups = self.optimizer.param_groups
        if (epoch - 1 - whole) % (2 * whole) == 0:  # the last rate was the lowest: there is no ratio to go by
            rise = (1 - math.cos(math.pi / whole)) / 2
            return [group["lr"] + (lr - low) * rise for lr, group in zip(self.base_lrs, groups, strict=True)]
        ratio = height(epoch, whole) / height(epoch - 1, whole)
        return [ratio * (group["lr"] - low) + low for group in groups]

    def _get_closed_form_lr(self) -> list:
        low = self.eta_min
        return [low + (lr - low) * height(self.last_epoch, self.T_max) for lr in self.base_lrs]


class CosineAnnealingWarmRestarts(LRScheduler):
    """Down to `eta_min` over `T_0` epochs, then from the top again, each time `T_mult` times as long.

    `step(epoch)` takes fractions of an epoch, for a step after each batch.
    """

    def __init__(self, optimizer: Optimizer, T_0: int, T_mult: int = 1, eta_min: float = 0.0, last_epoch: int = -1):
        if T_0 <= 0 or not isinstance(T_0, int):
            raise ValueError(f"Expected positive integer T_0, but got {T_0}")
        if T_mult < 1 or not isinstance(T_mult, int):
            raise ValueError(f"Expected integer T_mult >= 1, but got {T_mult}")
        if not isinstance(eta_min, (float, int)):
            raise ValueError(f"Expected float or int eta_min, but got {eta_min} of type {type(eta_min)}")
        self.T_0, self.T_i, self.T_mult, self.eta_min = T_0, T_0, T_mult, eta_min
        self.T_cur = last_epoch
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list:
        self._warn_unless_asking()
        low = self.eta_min
        return [low + (lr - low) * height(self.T_cur, self.T_i) for lr in self.base_lrs]

    def step(self, epoch: float | None = None) -> None:
        """Set the rates of the next epoch, or of the one given."""
        if epoch is None and self.last_epoch < 0:
            epoch = 0
        if epoch is None:
            epoch = self.last_epoch + 1
            self.T_cur += 1
            if self.T_cur >= self.T_i:
                self.T_cur %= self.T_i
                self.T_i *= self.T_mult
        elif epoch < 0:
            raise ValueError(f"Expected non-negative epoch, but got {epoch}")
        else:
            self._find_round(epoch)
        self.last_epoch = math.floor(epoch)
        with self._asking():
            self._set_lr(self.get_lr())

    def _find_round(self, epoch: float) -> None:
        """How long the round is in which an epoch lies, and how far into it that is."""
        first, growth = self.T_0, self.T_mult
        if epoch < first:
            self.T_i, self.T_cur = first, epoch
        elif growth == 1:
            self.T_cur = epoch % first
        else:
            n = int(math.log(epoch / first * (growth - 1) + 1, growth))
            self.T_i, self.T_cur = first * growth**n, epoch - first * (growth**n - 1) / (growth - 1)
