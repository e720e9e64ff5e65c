"""Windows that fade a stretch of a signal in and out.

F. J. Harris, "On the use of windows for harmonic analysis with the discrete Fourier transform", Proceedings of the
IEEE 66 (1978), 51-83.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from .. import dtypes
from ..tensor import Tensor
from .creation import arange
from .orthogonal import i0


def _window(name: str, doc: str, shape: Callable[..., Tensor]) -> Callable:
    def window(
        window_length: int, periodic: bool = True, *, dtype: dtypes.dtype | None = None, device: object = None,
        requires_grad: bool = False,
    ) -> Tensor:  # fmt: skip
        return _made(name, shape, window_length, periodic, dtype, device, requires_grad)

    window.__name__, window.__doc__ = name, doc
    return window


def _made(
    name: str, shape: Callable[..., Tensor], length: int, periodic: bool, dtype: dtypes.dtype | None, device: object,
    requires_grad: bool,
) -> Tensor:  # fmt: skip
    """`shape` of the steps 0, 1, …; a periodic window is one longer and loses its last value, the first of the next."""
    kind = dtype or dtypes.get_default_dtype()
    if not kind.is_floating_point:
        raise RuntimeError(f"{name} expects floating point dtypes, got: {kind}")
    if length < 0:
        raise RuntimeError(f"{name} requires non-negative window_length, got window_length={length}")
    steps = arange(length + (periodic and length > 1), dtype=kind, device=device)
    window = (shape(steps, max(len(steps) - 1, 1)) if length > 1 else steps + 1)[:length].clone()
    return window.requires_grad_() if requires_grad else window


def _raised_cosine(steps: Tensor, last: int, alpha: float, beta: float) -> Tensor:
    return (steps * (2 * math.pi / last)).cos() * -beta + alpha


def _triangle(steps: Tensor, last: int) -> Tensor:
    rising = steps * (2 / last)
    half = last // 2 + 1
    rising[half:] = 2 - rising[half:]
    return rising


def _blackman(steps: Tensor, last: int) -> Tensor:
    angle = steps * (math.pi / last)
    return (angle * 4).cos() * 0.08 - (angle * 2).cos() * 0.5 + 0.42


def kaiser_window(
    window_length: int, periodic: bool = True, beta: float = 12.0, *, dtype: dtypes.dtype | None = None,
    device: object = None, requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """Kaiser's window, the wider in frequency the larger `beta` is."""

    def shape(steps: Tensor, last: int) -> Tensor:
        across = steps * (2 * beta / last) - beta
        return i0((beta * beta - across * across).clamp(min=0).sqrt()) / float(np.i0(beta))

    return _made("kaiser_window", shape, window_length, periodic, dtype, device, requires_grad)


hann_window = _window(
    "hann_window", "Hann's window, half a cosine lifted above 0.", lambda n, last: _raised_cosine(n, last, 0.5, 0.5)
)
bartlett_window = _window("bartlett_window", "A triangle.", _triangle)
blackman_window = _window("blackman_window", "Blackman's window, of two cosines.", _blackman)


def hamming_window(
    window_length: int, periodic: bool = True, alpha: float = 0.54, beta: float = 0.46, *,
    dtype: dtypes.dtype | None = None, device: object = None, requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """Hamming's window: alpha - beta * cos, which does not begin at 0.

    >>> import tensorbook as torch
    >>> torch.hamming_window(4)
    tensor([0.0800, 0.5400, 1.0000, 0.5400])
    """

    def shape(steps: Tensor, last: int) -> Tensor:
        return _raised_cosine(steps, last, alpha, beta)

    return _made("hamming_window", shape, window_length, periodic, dtype, device, requires_grad)
