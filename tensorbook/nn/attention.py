"""Which way scaled_dot_product_attention may take.

https://pytorch.org/docs/stable/generated/torch.nn.attention.sdpa_kernel.html
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from ..ops import attention
from ..ops.attention import SDPBackend

__all__ = ["SDPBackend", "sdpa_kernel"]


@contextmanager
def sdpa_kernel(backends: SDPBackend | Sequence[SDPBackend], set_priority: bool = False) -> Iterator[None]:
    """Within, attention is computed by one of these: MATH goes step by step, FLASH_ATTENTION is a single node.

    Args:
        backends: one or several; the others are for GPUs, and RuntimeError follows where nothing else is allowed.
        set_priority: does nothing here, where at most one of them fits.

    >>> import tensorbook as torch
    >>> x = torch.ones(1, 1, 2, 2, requires_grad=True)
    >>> with torch.nn.attention.sdpa_kernel(torch.nn.attention.SDPBackend.MATH):
    ...     torch.nn.functional.scaled_dot_product_attention(x, x, x).grad_fn.name()
    'UnsafeViewBackward0'
    """
    wanted = [backends] if isinstance(backends, SDPBackend) else backends
    if not isinstance(wanted, list | tuple):
        kind = type(backends).__name__
        raise AssertionError(f"Backend must be an instance of SDPBackend or a list of SDPBackend instances, got {kind}")
    before, attention.allowed = attention.allowed, frozenset(wanted)
    try:
        yield
    finally:
        attention.allowed = before
