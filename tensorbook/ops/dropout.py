"""Numbers left out at random while training, so that no unit can rely on a single other one."""

from __future__ import annotations

from ..tensor import Tensor
from .creation import empty_like
from .inplace import div_, mul_
from .pointwise import mul
from .random import bernoulli_


def dropout(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """Each number is 0 with probability p; the others are divided by 1 - p, so that the expected sum stays.

    Without `training` the input is handed on as it is. The same seed drops what PyTorch drops.

    >>> import tensorbook as torch
    >>> _ = torch.manual_seed(0)
    >>> torch.nn.functional.dropout(torch.ones(5), 0.5)
    tensor([0., 0., 2., 0., 0.])
    """
    if not 0 <= p <= 1:
        raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")
    if p == 0 or not training or not input.numel():
        return input
    multiply = mul_ if inplace else mul
    if p == 1:
        return multiply(input, input.new_zeros(()))
    if not input.is_floating_point():
        raise RuntimeError("result type Float can't be cast to the desired output type Long")
    noise = div_(bernoulli_(empty_like(input), 1 - p), 1 - p)
    return multiply(input, noise)
