"""Questions about a tensor; among them those that matter only where numbers have an imaginary part, as none here do."""

from __future__ import annotations

from ..tensor import Tensor


def is_nonzero(self: Tensor) -> bool:
    """Whether the only element is not 0. RuntimeError unless there is exactly one."""
    return bool(self)


def is_same_size(self: Tensor, other: Tensor) -> bool:
    """Whether both have the same shape."""
    return self._array.shape == other._array.shape


def is_complex(self: Tensor) -> bool:
    """Whether its numbers have an imaginary part: never."""
    return self.is_complex()


def is_signed(self: Tensor) -> bool:
    """Whether its dtype has negative numbers."""
    return self.is_signed()


def is_conj(self: Tensor) -> bool:
    """Whether it stands for the conjugates of what lies in memory: never."""
    return False


is_neg = is_conj


def conj(self: Tensor) -> Tensor:
    """The complex conjugate: the tensor itself."""
    return self


resolve_conj = resolve_neg = real = conj
