"""Instance normalisation: each channel of each sample with mean 0 and variance 1.

Ulyanov and others 2016, https://arxiv.org/abs/1607.08022
"""

from __future__ import annotations

import warnings

from ...tensor import Tensor
from .. import functional as F
from .batchnorm import _NormBase


class _InstanceNorm(_NormBase):
    """Instance normalisation over `places` dimensions."""

    places = 0

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float = 0.1,
        affine: bool = False,
        track_running_stats: bool = False,
        device: object = None,
        dtype: object = None,
        *,
        bias: bool = True,
    ):
        super().__init__(num_features, eps, momentum, affine, track_running_stats, device, dtype, bias=bias)

    def _check_input_dim(self, input: Tensor) -> None:
        if input.dim() not in (self.places + 1, self.places + 2):
            raise ValueError(f"expected {self.places + 1}D or {self.places + 2}D input (got {input.dim()}D input)")

    def forward(self, input: Tensor) -> Tensor:
        self._check_input_dim(input)
        dim = input.dim() - self.places - 1
        if input.size(dim) != self.num_features:
            if self.affine:
                raise ValueError(
                    f"expected input's size at dim={dim} to match num_features ({self.num_features}), "
                    f"but got: {input.size(dim)}."
                )
            warnings.warn(
                f"input's size at dim={dim} does not match num_features. You can silence this warning by not passing "
                "in num_features, which is not used because affine=False",
                stacklevel=3,
            )
        return self._over_batch(input.unsqueeze(0)).squeeze(0) if dim == 0 else self._over_batch(input)

    def _over_batch(self, input: Tensor) -> Tensor:
        by_input = self.training or not self.track_running_stats
        share = 0.0 if self.momentum is None else self.momentum
        return F.instance_norm(
            input, self.running_mean, self.running_var, self.weight, self.bias, by_input, share, self.eps
        )


class InstanceNorm1d(_InstanceNorm):
    """Instance normalisation of (batch, channels, length) or (channels, length).

    >>> import tensorbook as torch
    >>> torch.nn.InstanceNorm1d(1)(torch.tensor([[[1.0, 3.0]]]))
    tensor([[[-1.0000,  1.0000]]])
    """

    places = 1


class InstanceNorm2d(_InstanceNorm):
    """Instance normalisation of (batch, channels, height, width) or (channels, height, width).

    >>> import tensorbook as torch
    >>> torch.nn.InstanceNorm2d(3)(torch.ones(2, 3, 4, 4)).shape
    torch.Size([2, 3, 4, 4])
    """

    places = 2


class InstanceNorm3d(_InstanceNorm):
    """Instance normalisation of (batch, channels, depth, height, width), or without the batch.

    >>> import tensorbook as torch
    >>> torch.nn.InstanceNorm3d(3)(torch.ones(2, 3, 4, 4, 4)).shape
    torch.Size([2, 3, 4, 4, 4])
    """

    places = 3
