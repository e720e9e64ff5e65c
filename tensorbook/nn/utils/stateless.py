"""A module called with other tensors: `torch.func.functional_call`, by its older name."""

from __future__ import annotations

import warnings

from ... import func
from ...tensor import Tensor
from ..modules.module import Module


def functional_call(
    module: Module, parameters_and_buffers: dict[str, Tensor], args: object = None, kwargs: dict | None = None, *,
    tie_weights: bool = True, strict: bool = False,
) -> object:  # fmt: skip
    """See torch.func.functional_call."""
    warnings.warn(
        "`torch.nn.utils.stateless.functional_call` is deprecated as of PyTorch 2.0 and will be removed in a future "
        "version of PyTorch. Please use `torch.func.functional_call` instead which is a drop-in replacement.",
        FutureWarning,
        stacklevel=2,
    )
    return func.functional_call(module, parameters_and_buffers, args, kwargs, tie_weights=tie_weights, strict=strict)
