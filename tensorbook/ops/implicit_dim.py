"""softmax and its kin as `nn.functional` has them: without a dimension they choose one, and warn.

The choice is what an older PyTorch made for images and for rows. `torch.softmax` and `Tensor.softmax` want a dimension.
"""

from __future__ import annotations

import warnings

from .. import dtypes
from ..tensor import Tensor
from . import activation


def _chosen(name: str, ndim: int, stacklevel: int) -> int:
    warnings.warn(
        f"Implicit dimension choice for {name} has been deprecated. Change the call to include dim=X as an argument.",
        UserWarning,
        stacklevel=stacklevel + 1,
    )
    return 0 if ndim in (0, 1, 3) else 1


def softmax(input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype: dtypes.dtype | None = None) -> Tensor:
    """exp(input) / sum(exp(input)) along a dimension: positive numbers that sum to 1.

    >>> import tensorbook as torch
    >>> torch.nn.functional.softmax(torch.tensor([0.0, 0.0]), dim=0)
    tensor([0.5000, 0.5000])
    """
    dim = _chosen("softmax", input._array.ndim, _stacklevel) if dim is None else dim
    return activation.softmax(input, dim, dtype)


def log_softmax(
    input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype: dtypes.dtype | None = None
) -> Tensor:
    """log(softmax(input)), without overflow."""
    dim = _chosen("log_softmax", input._array.ndim, _stacklevel) if dim is None else dim
    return activation.log_softmax(input, dim, dtype)


def softmin(input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype: dtypes.dtype | None = None) -> Tensor:
    """softmax(-input): the smallest number gets the largest share.

    >>> import tensorbook as torch
    >>> torch.nn.functional.softmin(torch.tensor([3.0, 3.0]), dim=0)
    tensor([0.5000, 0.5000])
    """
    dim = _chosen("softmin", input._array.ndim, _stacklevel) if dim is None else dim
    return activation.softmax(-input, dim, dtype)
