"""Memory formats: in which order the elements of a new tensor lie.

https://pytorch.org/docs/stable/tensor_attributes.html#torch-memory-format
"""

from __future__ import annotations

import numpy as np


class memory_format:
    """One of torch.contiguous_format, torch.preserve_format, torch.channels_last and torch.channels_last_3d."""

    def __init__(self, name: str, dims: int | None = None):
        self.name, self.dims = name, dims  # dims: of the only tensors that can lie so

    def __repr__(self) -> str:
        return f"torch.{self.name}"

    def __reduce__(self) -> str:
        return self.name

    def order(self, array: np.ndarray) -> tuple[int, ...]:
        """The dimensions from the slowest to the fastest in memory.

        RuntimeError where channels cannot be last for want of dimensions.
        """
        if self.dims is None:
            return tuple(range(array.ndim))
        if array.ndim != self.dims:
            raise RuntimeError(f"required rank {self.dims} tensor to use {self.name} format")
        return (0, *range(2, self.dims), 1)


contiguous_format = memory_format("contiguous_format")
preserve_format = memory_format("preserve_format")
channels_last = memory_format("channels_last", 4)
channels_last_3d = memory_format("channels_last_3d", 5)


def lies_so(array: np.ndarray, form: memory_format) -> bool:
    """Whether the elements lie in this order already."""
    return form is preserve_format or bool(array.transpose(form.order(array)).flags.c_contiguous)


def laid_out(array: np.ndarray, form: memory_format) -> np.ndarray:
    """A copy in this order."""
    if form is preserve_format:
        return array.copy(order="K")
    order = form.order(array)
    return array.transpose(order).copy(order="C").transpose([order.index(d) for d in range(array.ndim)])


def checked(form: object, name: str) -> memory_format:
    """The memory format that an operation was given. TypeError for anything else."""
    if not isinstance(form, memory_format):
        raise TypeError(f"{name}(): argument 'memory_format' must be torch.memory_format, not {type(form).__name__}")
    return form
