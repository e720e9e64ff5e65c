"""Vectors scaled to length 1, and the cosine of the angle between two."""

from __future__ import annotations

import numpy as np

from .. import dtypes
from ..tensor import Tensor, wrap_dim
from . import operands, view
from .arithmetic import mul, true_divide
from .choosing import clamp_min
from .faces import written
from .norms import norm
from .reduction import norm_, sum


def normalize(input: Tensor, p: float = 2.0, dim: int = 1, eps: float = 1e-12, out: Tensor | None = None) -> Tensor:
    """input divided by its p-norm along a dimension; by eps where the norm is smaller than that.

    >>> import tensorbook as torch
    >>> torch.nn.functional.normalize(torch.tensor([[3.0, 4.0]]))
    tensor([[0.6000, 0.8000]])
    """
    result = true_divide(input, view.expand_as(clamp_min(norm(input, p, dim, True), eps), input))
    return result if out is None else written("div", out, result)


def cosine_similarity(x1: Tensor, x2: Tensor, dim: int = 1, eps: float = 1e-8) -> Tensor:
    """The cosine of the angle between vectors along a dimension, between -1 and 1; lengths count as eps or more.

    >>> import tensorbook as torch
    >>> torch.nn.functional.cosine_similarity(torch.tensor([1.0, 0.0]), torch.tensor([1.0, 1.0]), dim=0)
    tensor(0.7071)
    """
    kind = dtypes.result_type(x1, x2)
    if not kind.is_floating_point:
        names = {"int64": "Long", "int32": "Int", "int16": "Short", "int8": "Char", "uint8": "Byte", "bool": "Bool"}
        raise RuntimeError(
            f"expected common dtype to be floating point, yet common dtype is {names.get(kind.name, kind.name)}"
        )
    shapes = x1._array.shape, x2._array.shape
    if shapes[0] != shapes[1]:
        if (mismatch := operands.broadcast_mismatch(*shapes)) is not None:
            raise mismatch
        x1, x2 = (view.expand(x, np.broadcast_shapes(*shapes)) for x in (x1, x2))
    x1, x2 = operands.cast(x1, kind.numpy), operands.cast(x2, kind.numpy)
    dim = wrap_dim(dim, x1._array.ndim)
    return sum(mul(_divided_by_length(x1, dim, eps), _divided_by_length(x2, dim, eps)), dim)


def _divided_by_length(x: Tensor, dim: int, eps: float) -> Tensor:
    length = view.clone(norm_(x, 2, (dim,), True))
    np.maximum(length._array, eps, out=length._array)  # outside the graph: the slope is that of the length itself
    return true_divide(x, length)
