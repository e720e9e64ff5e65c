"""Tensors handed to other libraries and taken from them without a copy. https://github.com/dmlc/dlpack"""

from __future__ import annotations

from ..ops import creation
from ..tensor import Tensor


class _Capsule:
    """A capsule with the two methods by which a library is asked for one."""

    def __init__(self, capsule: object):
        self.capsule = capsule

    def __dlpack__(self, **_: object) -> object:
        return self.capsule

    def __dlpack_device__(self) -> tuple[int, int]:
        return 1, 0  # main memory: a GPU's libraries hand over objects that say where they are


def to_dlpack(tensor: Tensor) -> object:
    """The tensor's memory as a capsule, which can be read once."""
    return tensor.__dlpack__()


def from_dlpack(ext_tensor: object) -> Tensor:
    """A tensor over the memory of a capsule, or of anything that makes one.

    >>> import tensorbook as torch
    >>> torch.utils.dlpack.from_dlpack(torch.utils.dlpack.to_dlpack(torch.arange(2)))
    tensor([0, 1])
    """
    return creation.from_dlpack(ext_tensor if hasattr(ext_tensor, "__dlpack__") else _Capsule(ext_tensor))
