"""Functions that a gradient formula may call and that mean over arrays what their namesakes mean over Tensors.

A formula that keeps to these runs on bare arrays in an ordinary backward pass (see define.py).
"""

from __future__ import annotations

import functools
import math

import numpy as np

from .. import dtypes
from .operands import sum_to
from .picking import pick
from .pieces import LARGE, PIECE, in_pieces

ARRAY_ATTRIBUTES = {"T", "reshape"}  # attributes that arrays and Tensors share

_ZEROS = {d.numpy: np.zeros((), d.numpy) for d in dtypes.ALL}


@functools.cache
def _many_zeros(kind: np.dtype) -> np.ndarray:
    return np.zeros(PIECE, kind)


def zero(array: np.ndarray) -> np.ndarray:
    """A zero of the array's dtype, or as many as it has elements: np.maximum against an array of zeros is three times
    faster than against one zero, and that three times faster than against a Python number."""
    if array.__class__ is not np.ndarray:
        return array.dtype.type(0)
    if 4096 <= array.size <= PIECE and array.flags.c_contiguous:
        return _many_zeros(array.dtype)[: array.size].reshape(array.shape)
    return _ZEROS[array.dtype]


def inside(x: object, low: float | None, high: float | None) -> object:
    """Where x was not cut off by clamp; arrays or Tensors."""
    if low is None:
        return x <= high
    return x >= low if high is None else (x >= low) * (x <= high)


def expand(grad: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Small results are filled, which costs less than a broadcast view; large ones take no memory."""
    if math.prod(shape) > 4096 or not isinstance(grad, (np.ndarray, np.generic)):
        return np.broadcast_to(grad, shape)
    whole = np.empty(shape, grad.dtype)
    whole[...] = grad
    return whole


def spread(grad: np.ndarray, shape: tuple[int, ...], dims: tuple[int, ...], keepdim: bool) -> np.ndarray:
    """See reduction.spread."""
    if not keepdim and dims and shape:
        grad = grad.reshape([1 if i in dims else n for i, n in enumerate(shape)])
    return expand(grad, shape)


def shape_of(x: object) -> tuple[int, ...]:
    """x.shape for a formula whose node keeps the tensor, not only its shape: PyTorch's does, to see writes to it."""
    return getattr(x, "_array", x).shape


def no_slope(grad: np.ndarray, *of: np.ndarray) -> np.ndarray:
    """The gradient of steps, 0 everywhere. The node keeps what it is of, since PyTorch's does."""
    return np.zeros_like(grad)


def keep_where(grad: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """The gradient where the mask holds, 0 elsewhere."""
    return pick(mask, grad, _ZEROS[grad.dtype]) if grad.__class__ is np.ndarray else np.where(mask, grad, zero(grad))


def gate(grad: np.ndarray, mask: np.ndarray, out: np.ndarray | None = None) -> np.ndarray:
    """keep_where for a mask in no order: 0 even where the gradient is inf. Large ones go by the bits of the numbers."""
    if mask.size < 1024 and out is None:
        return keep_where(grad, mask)
    bits = f"i{grad.itemsize}"
    kept = -mask.astype(bits)  # all ones or all zeros
    kept = np.bitwise_and(kept, grad.view(bits), out=kept if out is None else out.view(bits))
    return kept.view(grad.dtype)


def times(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """a * b where a is larger than b: in pieces, if it is very large."""
    return in_pieces(np.multiply, a, b, steps=1) if a.size >= LARGE else a * b


def product(a: np.ndarray, b: np.ndarray, upright: bool) -> np.ndarray:
    return b.T.dot(a.T).T if upright else a.dot(b)


def transpose(grad: np.ndarray, dim0: int, dim1: int) -> np.ndarray:
    return grad.swapaxes(dim0, dim1) if grad.ndim else grad


ARRAY_TWINS = {
    "nothing": np.zeros_like, "no_slope": no_slope, "shape_of": shape_of,
    "exp": np.exp, "log": np.log, "sin": np.sin, "cos": np.cos, "tanh": np.tanh, "sqrt": np.sqrt, "sign": np.sign,
    "sinh": np.sinh, "cosh": np.cosh, "where": np.where, "mm": np.dot, "mv": np.dot, "outer": np.multiply.outer,
    "count": math.prod, "zero": zero, "gate": gate, "keep_where": keep_where, "inside": inside, "sum_to": sum_to,
    "spread": spread, "times": times, "expand_": expand,
    "product": product,
    "permute_": np.transpose, "transpose_": transpose, "squeeze_dim": np.squeeze,
}  # fmt: skip
