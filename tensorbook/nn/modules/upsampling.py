"""Layers that resize images.

https://pytorch.org/docs/stable/nn.html#vision-layers
"""

from __future__ import annotations

from ...tensor import Tensor
from .. import functional as F
from .module import Module

Numbers = int | tuple[int, ...]


class Upsample(Module):
    """Images in another size, see `nn.functional.interpolate`.

    >>> import tensorbook as torch
    >>> torch.nn.Upsample(scale_factor=2)(torch.tensor([[[1.0, 3.0]]]))
    tensor([[[1., 1., 3., 3.]]])
    """

    def __init__(
        self, size: Numbers | None = None, scale_factor: float | tuple[float, ...] | None = None,
        mode: str = "nearest", align_corners: bool | None = None, recompute_scale_factor: bool | None = None,
    ):  # fmt: skip
        super().__init__()
        self.name = type(self).__name__
        self.size, self.mode, self.align_corners = size, mode, align_corners
        if isinstance(scale_factor, tuple):
            self.scale_factor = tuple(float(factor) for factor in scale_factor)
        else:
            self.scale_factor = float(scale_factor) if scale_factor else None
        self.recompute_scale_factor = recompute_scale_factor

    def forward(self, input: Tensor) -> Tensor:
        return F.interpolate(
            input, self.size, self.scale_factor, self.mode, self.align_corners, self.recompute_scale_factor
        )

    def extra_repr(self) -> str:
        given = f"size={self.size!r}" if self.scale_factor is None else f"scale_factor={self.scale_factor!r}"
        return f"{given}, mode={self.mode!r}"


class UpsamplingNearest2d(Upsample):
    """Larger images, each element taken from the nearest one."""

    def __init__(self, size: Numbers | None = None, scale_factor: float | None = None):
        super().__init__(size, scale_factor, mode="nearest")


class UpsamplingBilinear2d(Upsample):
    """Larger images, each element between its four neighbours; corners lie on corners."""

    def __init__(self, size: Numbers | None = None, scale_factor: float | None = None):
        super().__init__(size, scale_factor, mode="bilinear", align_corners=True)
