"""Tensors that a module keeps: those that it learns, and those that only belong to it."""

from __future__ import annotations

from ..ops.creation import empty
from ..tensor import Tensor, TensorType, fill, storage_of
from .lazy_tensors import Uninitialized
from .lazy_tensors import is_lazy as is_lazy


class Parameter(Tensor):
    """A leaf tensor that a Module lists among its parameters when it is assigned to an attribute.

    >>> import tensorbook as torch
    >>> torch.nn.Parameter(torch.zeros(2))
    Parameter containing:
    tensor([0., 0.], requires_grad=True)
    """

    def __new__(cls, data: Tensor | None = None, requires_grad: bool = True) -> Parameter:
        data = empty(0) if data is None else data
        if requires_grad and not data.is_floating_point():
            raise RuntimeError("Only Tensors of floating point and complex dtype can require gradients")
        self = fill(object.__new__(cls), data._array, storage_of(data))
        return self.requires_grad_(requires_grad)

    def __deepcopy__(self, memo: dict) -> Parameter:
        if id(self) not in memo:
            memo[id(self)] = type(self)(self.detach().clone(), self.requires_grad)
        return memo[id(self)]


class BufferType(TensorType):
    """A buffer is an ordinary tensor with a mark: `isinstance` looks for that."""

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, Tensor) and "persistent" in instance.__dict__


class Buffer(Tensor, metaclass=BufferType):
    """A tensor that a Module lists among its buffers when it is assigned to an attribute.

    Args:
        data: the tensor.
        persistent: whether it is in the module's state_dict.

    >>> import tensorbook as torch
    >>> torch.nn.Buffer(torch.zeros(2))
    tensor([0., 0.])
    """

    def __new__(cls, data: Tensor | None = None, *, persistent: bool = True) -> Tensor:
        buffer = empty(0) if data is None else data.detach().requires_grad_(data.requires_grad)
        buffer.persistent = persistent
        return buffer


class UninitializedParameter(Uninitialized, Parameter):
    """A Parameter that waits for its shape; see `nn.LazyLinear`."""

    becomes = Parameter

    def __new__(cls, requires_grad: bool = True, device: object = None, dtype: object = None) -> UninitializedParameter:
        return Uninitialized.__new__(cls, requires_grad, device, dtype)


class UninitializedBuffer(Uninitialized):
    """A buffer that waits for its shape."""


Parameter.__module__ = Buffer.__module__ = "tensorbook.nn.parameter"
