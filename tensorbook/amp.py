"""`torch.amp`: mixed precision, as far as it goes here.

A program that turns it off, or asks for a GPU where there is none, runs as in PyTorch. `autocast` itself would compute
in float16 or bfloat16; NumPy has no fast float16 and no bfloat16, so it says that it cannot. `GradScaler` works.

https://pytorch.org/docs/stable/amp.html
"""

from __future__ import annotations

import functools
import math
import warnings
from collections.abc import Callable, Iterable, Mapping

from . import devices
from .dtypes import dtype as data_type
from .ops.creation import full
from .tensor import Tensor

__all__ = ["GradScaler", "autocast"]


class autocast:
    """A block, or with `@` a function, in which matrix products would run in a shorter dtype.

    Args:
        device_type: "cpu" or "cuda".
        dtype: the shorter dtype.
        enabled: False makes the block an ordinary one.
        cache_enabled: whether converted weights would be kept.

    With "cuda" on a machine without a GPU it warns and does nothing, as in PyTorch. Otherwise an enabled block raises
    NotImplementedError.

    >>> import tensorbook as torch
    >>> with torch.autocast("cpu", enabled=False):
    ...     (torch.ones(2, 2) @ torch.ones(2, 2)).dtype
    torch.float32
    """

    def __init__(
        self,
        device_type: str,
        dtype: data_type | None = None,
        enabled: bool = True,
        cache_enabled: bool | None = None,
    ):
        self.device = devices.device(device_type).type
        if enabled and self.device == "cuda" and not devices.gpu_count():
            warnings.warn("CUDA is not available or torch_xla is imported. Disabling autocast.", stacklevel=2)
            enabled = False
        self.dtype, self.cache_enabled, self.enabled = dtype, cache_enabled, enabled

    def __enter__(self) -> autocast:
        if self.enabled:
            raise NotImplementedError(
                f"torch.autocast({self.device!r}): tensorbook has no mixed precision. Pass enabled=False, and "
                "everything runs in float32."
            )
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def __call__(self, function: Callable) -> Callable:
        @functools.wraps(function)
        def decorated(*args: object, **kwargs: object) -> object:
            with self:
                return function(*args, **kwargs)

        return decorated


class GradScaler:
    """Multiplies the loss, so that small gradients do not vanish in float16, and divides the gradients before the step.

    Args:
        device: "cuda" or "cpu". With "cuda" on a machine without a GPU it warns and does nothing, as in PyTorch.
        init_scale: the first factor.
        growth_factor, backoff_factor: what it is multiplied by after `growth_interval` good steps, and after a step
            with an infinite gradient, which is left out.
        growth_interval: see there.
        enabled: False makes every method hand its argument on.
    """

    def __init__(
        self,
        device: str = "cuda",
        init_scale: float = 2.0**16,
        growth_factor: float = 2.0,
        backoff_factor: float = 0.5,
        growth_interval: int = 2000,
        enabled: bool = True,
    ):
        self._device = device
        if enabled and device == "cuda" and not devices.gpu_count():
            warnings.warn("torch.cuda.amp.GradScaler is enabled, but CUDA is not available.  Disabling.", stacklevel=2)
            enabled = False
        if enabled and growth_factor <= 1.0:
            raise AssertionError("The growth factor must be > 1.0.")
        if enabled and backoff_factor >= 1.0:
            raise AssertionError("The backoff factor must be < 1.0.")
        self._enabled, self._scale, self._growth_tracker = enabled, float(init_scale), 0
        self._growth_factor, self._backoff_factor = growth_factor, backoff_factor
        self._growth_interval = growth_interval
        self._found: dict[int, bool] = {}  # id of an optimizer whose gradients were divided -> were they all finite?
        self._stepped: set[int] = set()

    def scale(self, outputs: Tensor | Iterable) -> object:
        """A tensor, or each in a nest of lists and tuples, times the factor."""
        if not self._enabled:
            return outputs
        if isinstance(outputs, Tensor):
            return outputs * full((), self._scale, device=outputs.device)
        if isinstance(outputs, Iterable):
            scaled = map(self.scale, outputs)
            return type(outputs)(scaled) if isinstance(outputs, (list, tuple)) else scaled
        raise ValueError("outputs must be a Tensor or an iterable of Tensors")

    def unscale_(self, optimizer: object) -> None:
        """Divide the gradients of an optimizer's parameters by the factor, once between two updates."""
        if not self._enabled:
            return
        if id(optimizer) in self._stepped:
            raise RuntimeError("unscale_() is being called after step().")
        if id(optimizer) in self._found:
            raise RuntimeError("unscale_() has already been called on this optimizer since the last update().")
        gradients = [p.grad for group in optimizer.param_groups for p in group["params"] if p.grad is not None]
        self._found[id(optimizer)] = all(bool(g.isfinite().all()) for g in gradients)
        for g in gradients:
            g.mul_(1.0 / self._scale)

    def step(self, optimizer: object, *args: object, **kwargs: object) -> object:
        """`optimizer.step()`, unless a gradient is infinite or not a number."""
        if not self._enabled:
            return optimizer.step(*args, **kwargs)
        if "closure" in kwargs:
            raise RuntimeError("Closure use is not currently supported if GradScaler is enabled.")
        if id(optimizer) in self._stepped:
            raise RuntimeError("step() has already been called since the last update().")
        if id(optimizer) not in self._found:
            self.unscale_(optimizer)
        self._stepped.add(id(optimizer))
        return optimizer.step(*args, **kwargs) if self._found[id(optimizer)] else None

    def update(self, new_scale: float | Tensor | None = None) -> None:
        """Change the factor after the steps of one iteration; at its end."""
        if not self._enabled:
            return
        if new_scale is not None:
            self._scale = float(new_scale)
        elif not self._found:
            raise AssertionError("No inf checks were recorded prior to update.")
        elif not all(self._found.values()):
            self._scale, self._growth_tracker = self._scale * self._backoff_factor, 0
        else:
            self._growth_tracker += 1
            if self._growth_tracker == self._growth_interval:
                grown = self._scale * self._growth_factor
                self._scale, self._growth_tracker = grown if math.isfinite(grown) else self._scale, 0
        self._found.clear()
        self._stepped.clear()

    def get_scale(self) -> float:
        """The factor; 1 where scaling is off."""
        return self._scale if self._enabled else 1.0

    def is_enabled(self) -> bool:
        """Whether it does anything."""
        return self._enabled

    def get_growth_factor(self) -> float:
        """What the factor grows by."""
        return self._growth_factor

    def get_backoff_factor(self) -> float:
        """What it shrinks by."""
        return self._backoff_factor

    def get_growth_interval(self) -> int:
        """After how many good steps it grows."""
        return self._growth_interval

    def state_dict(self) -> dict[str, object]:
        """Everything, to be saved; empty where scaling is off."""
        if not self._enabled:
            return {}
        return {
            "scale": self._scale,
            "growth_factor": self._growth_factor,
            "backoff_factor": self._backoff_factor,
            "growth_interval": self._growth_interval,
            "_growth_tracker": self._growth_tracker,
        }

    def load_state_dict(self, state_dict: Mapping[str, object]) -> None:
        """Go on from what state_dict gave."""
        if not self._enabled:
            return
        if not state_dict:
            raise RuntimeError(
                "The source state dict is empty, possibly because it was saved from a disabled instance of GradScaler."
            )
        self._scale, self._growth_tracker = state_dict["scale"], state_dict["_growth_tracker"]
        self._growth_factor, self._backoff_factor = state_dict["growth_factor"], state_dict["backoff_factor"]
        self._growth_interval = state_dict["growth_interval"]
