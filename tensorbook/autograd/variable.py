"""`Variable`, which a tensor had to be wrapped in before PyTorch 0.4. Every tensor is one now."""

from __future__ import annotations

import warnings

from ..ops.creation import empty
from ..tensor import Tensor, TensorType, make, storage_of


class VariableType(TensorType):
    """Every tensor is an instance."""

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, Tensor)


class Variable(Tensor, metaclass=VariableType):
    """A tensor over the same memory as another, without its history.

    >>> import tensorbook as torch
    >>> torch.autograd.Variable(torch.ones(2), requires_grad=True)
    tensor([1., 1.], requires_grad=True)
    """

    def __new__(cls, data: Tensor | None = None, requires_grad: bool = False, volatile: bool = False) -> Tensor:
        if volatile:
            warnings.warn(
                "volatile was removed and now has no effect. Use `with torch.no_grad():` instead.", stacklevel=3
            )
        data = empty(0) if data is None else data
        if not isinstance(data, Tensor):
            kind = f"{type(data).__module__}.{type(data).__qualname__}".removeprefix("builtins.")
            raise TypeError(f"Variable data has to be a tensor, but got {kind}")
        if requires_grad and not data.is_floating_point():
            raise RuntimeError("Only Tensors of floating point and complex dtype can require gradients")
        return make(data._array, storage_of(data)).requires_grad_(requires_grad)
