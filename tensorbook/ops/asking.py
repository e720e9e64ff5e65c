"""Questions about a tensor; among them those that matter only where numbers have an imaginary part, as none here do."""

from __future__ import annotations

from ..storage import TypedStorage, UntypedStorage
from ..tensor import Tensor
from .conversion import type as type_name
from .operands import must_be_tensor

NEVER = """
    is_ipu is_maia is_meta is_mkldnn is_mps is_mtia is_nested is_quantized is_sparse is_sparse_csr is_vulkan is_xla
    is_xpu"""
"""Kinds of tensors that PyTorch has and that do not exist here: attributes that are False."""


def is_nonzero(self: Tensor) -> bool:
    """Whether the only element is not 0. RuntimeError unless there is exactly one."""
    return self._array.size != 0 and bool(self)


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
    return self._array.dtype.kind == "c"


is_neg = is_conj


def conj(self: Tensor) -> Tensor:
    """The complex conjugate: the tensor itself."""
    if not isinstance(self, Tensor):
        raise must_be_tensor("conj", self, "input", 1)
    return self


resolve_conj = resolve_neg = real = conj


def imag(self: Tensor) -> Tensor:
    """The imaginary part: RuntimeError, as no number here has one."""
    raise RuntimeError("imag is not implemented for tensors with non-complex dtypes.")


def is_pinned(self: Tensor) -> bool:
    """Whether it lies in memory that is reserved for copies to a GPU: never."""
    return False


def is_shared(self: Tensor) -> bool:
    """Whether other processes see its memory: only that of a GPU, as in PyTorch."""
    return self.is_cuda


def is_storage(obj: object) -> bool:
    """Whether it is the memory of a tensor."""
    return isinstance(obj, (TypedStorage, UntypedStorage))


def get_device(input: Tensor) -> int:
    """The number of the GPU that it is on; -1 for the CPU."""
    return input.get_device()


def typename(obj: object) -> str:
    """What it is, in a word: 'torch.FloatTensor', 'torch.nn.modules.linear.Linear', 'int'.

    >>> import tensorbook as torch
    >>> torch.typename(torch.ones(2)), torch.typename(3)
    ('torch.FloatTensor', 'int')
    """
    if isinstance(obj, Tensor):
        return type_name(obj)
    kind = obj if hasattr(obj, "__qualname__") else type(obj)
    module = kind.__module__ or "builtins"
    place = "" if module == "builtins" else module.replace("tensorbook", "torch", 1) + "."
    return place + kind.__qualname__
