"""A tensor that a module learns."""

from __future__ import annotations

from ..ops.creation import empty
from ..tensor import Tensor, fill


class Parameter(Tensor):
    """A leaf tensor that a Module lists among its parameters when it is assigned to an attribute.

    >>> import tensorbook as torch
    >>> torch.nn.Parameter(torch.zeros(2))
    Parameter containing:
    tensor([0., 0.], requires_grad=True)
    """

    def __new__(cls, data: Tensor | None = None, requires_grad: bool = True) -> Parameter:
        data = empty(0) if data is None else data
        self = fill(object.__new__(cls), data._array, data._storage)
        return self.requires_grad_(requires_grad)

    def __deepcopy__(self, memo: dict) -> Parameter:
        if id(self) not in memo:
            memo[id(self)] = type(self)(self.detach().clone(), self.requires_grad)
        return memo[id(self)]


Parameter.__module__ = "tensorbook.nn.parameter"
