"""Numbers left out at random while training, so that no unit can rely on a single other one."""

from __future__ import annotations

import math
import warnings

from ..tensor import Tensor
from .arithmetic import add, mul
from .creation import empty_like
from .inplace import add_, div_, mul_
from .random import bernoulli_

ALPHA = 1.7580993408473766  # how far below 0 SELU levels off


def dropout(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """Each number is 0 with probability p; the others are divided by 1 - p, so that the expected sum stays.

    Without `training` the input is handed on as it is. The same seed drops what PyTorch drops.

    >>> import tensorbook as torch
    >>> _ = torch.manual_seed(0)
    >>> torch.nn.functional.dropout(torch.ones(5), 0.5)
    tensor([0., 0., 2., 0., 0.])
    """
    return _dropped(input, p, training, inplace)


def _dropped(
    input: Tensor, p: float, training: bool, inplace: bool, by_channel: bool = False, alpha: bool = False
) -> Tensor:
    if not 0 <= p <= 1:
        raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")
    if p == 0 or not training or not input.numel():
        return input
    multiply = mul_ if inplace else mul
    if p == 1:
        return multiply(input, input.new_zeros(()))
    if not input.is_floating_point():
        raise RuntimeError("result type Float can't be cast to the desired output type Long")
    if by_channel and input.dim() < 2:
        raise RuntimeError("Feature dropout requires at least 2 dimensions in the input")
    shape = (*input.shape[:2], *[1] * (input.dim() - 2)) if by_channel else None
    noise = bernoulli_(empty_like(input) if shape is None else input.new_empty(shape), 1 - p)
    if not alpha:
        return multiply(input, div_(noise, 1 - p))
    scale = 1 / math.sqrt((ALPHA**2 * p + 1) * (1 - p))
    shift = (noise - 1).mul_(ALPHA * scale).add_(ALPHA * scale * p)
    return (add_ if inplace else add)(multiply(input, noise.mul_(scale)), shift)


def dropout1d(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """Each channel of (batch, channels, length) or (channels, length) is 0 with probability p."""
    if input.dim() not in (2, 3):
        raise RuntimeError(
            f"dropout1d: Expected 2D or 3D input, but received a {input.dim()}D input. Note that dropout1d exists to "
            "provide channel-wise dropout on inputs with 1 spatial dimension, a channel dimension, and an optional "
            "batch dimension (i.e. 2D or 3D inputs)."
        )
    if input.dim() == 3:
        return _dropped(input, p, training, inplace, by_channel=True)
    return _dropped(input.unsqueeze(0), p, training, inplace, by_channel=True).squeeze(0)


def dropout2d(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """Each channel of (batch, channels, height, width) is 0 with probability p."""
    if input.dim() not in (3, 4):
        _warn_of_dims("dropout2d", input.dim(), 2, "3D or 4D")
    elif input.dim() == 3:
        warnings.warn(
            "dropout2d: Received a 3D input to dropout2d and assuming that channel-wise 1D dropout behavior is desired "
            "- input is interpreted as shape (N, C, L), where C is the channel dim. This behavior will change in a "
            "future release to interpret the input as one without a batch dimension, i.e. shape (C, H, W). To maintain "
            "the 1D channel-wise dropout behavior, please switch to using dropout1d instead.",
            UserWarning,
            stacklevel=2,
        )
    return _dropped(input, p, training, inplace, by_channel=True)


def dropout3d(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """Each channel of (batch, channels, depth, height, width), or without the batch, is 0 with probability p."""
    if input.dim() not in (4, 5):
        _warn_of_dims("dropout3d", input.dim(), 3, "4D or 5D")
    if input.dim() == 5:
        return _dropped(input, p, training, inplace, by_channel=True)
    return _dropped(input.unsqueeze(0), p, training, inplace, by_channel=True).squeeze(0)


def _warn_of_dims(name: str, dims: int, spatial: int, wanted: str) -> None:
    warnings.warn(
        f"{name}: Received a {dims}-D input to {name}, which is deprecated and will result in an error in a future "
        "release. To retain the behavior and silence this warning, please use dropout instead. Note that "
        f"{name} exists to provide channel-wise dropout on inputs with {spatial} spatial dimensions, a channel "
        f"dimension, and an optional batch dimension (i.e. {wanted} inputs).",
        UserWarning,
        stacklevel=3,
    )


def alpha_dropout(input: Tensor, p: float = 0.5, training: bool = False, inplace: bool = False) -> Tensor:
    """Dropout that keeps mean 0 and variance 1: dropped numbers get the value at which SELU levels off.

    >>> import tensorbook as torch
    >>> _ = torch.manual_seed(0)
    >>> torch.nn.functional.alpha_dropout(torch.ones(3), 0.5, training=True)
    tensor([-0.7792, -0.7792,  1.6656])
    """
    return _dropped(input, p, training, inplace, alpha=True)


def feature_alpha_dropout(input: Tensor, p: float = 0.5, training: bool = False, inplace: bool = False) -> Tensor:
    """alpha_dropout of whole channels (dim 1)."""
    return _dropped(input, p, training, inplace, by_channel=True, alpha=True)
