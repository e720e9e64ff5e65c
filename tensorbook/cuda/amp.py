"""`torch.cuda.amp`: the former place of torch.amp, for a GPU."""

from __future__ import annotations

import warnings

from .. import amp
from ..dtypes import dtype as data_type
from ..dtypes import float16

__all__ = ["GradScaler", "autocast"]


def _say(name: str) -> None:
    warnings.warn(
        f"`torch.cuda.amp.{name}(args...)` is deprecated. Please use `torch.amp.{name}('cuda', args...)` instead.",
        FutureWarning,
        stacklevel=3,
    )


class autocast(amp.autocast):
    """torch.amp.autocast on "cuda"."""

    def __init__(self, enabled: bool = True, dtype: data_type = float16, cache_enabled: bool = True):
        _say("autocast")
        super().__init__("cuda", dtype, enabled, cache_enabled)


class GradScaler(amp.GradScaler):
    """torch.amp.GradScaler on "cuda"."""

    def __init__(
        self,
        init_scale: float = 2.0**16,
        growth_factor: float = 2.0,
        backoff_factor: float = 0.5,
        growth_interval: int = 2000,
        enabled: bool = True,
    ):
        _say("GradScaler")
        super().__init__("cuda", init_scale, growth_factor, backoff_factor, growth_interval, enabled)
