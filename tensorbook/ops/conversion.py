"""From one dtype or device to another."""

from __future__ import annotations

import builtins

import numpy as np

from .. import devices, dtypes
from ..memory_format import checked, laid_out, lies_so, memory_format, preserve_format  # noqa: F401 (an entry calls one)
from ..tensor import Tensor
from .define import op
from .view import copy_as_it_lies
from .words import scalar_type


def _converted(array: np.ndarray, kind: np.dtype, place: devices.device) -> np.ndarray:
    if kind != array.dtype and array.dtype.kind == "f" and kind.kind in "iu":
        with np.errstate(invalid="ignore"):
            wide = array.astype(np.int64) if kind.itemsize < 8 else array
            return devices.move(wide.astype(kind), place)
    return devices.move(array.astype(kind, order="K", copy=False), place)


to_copy = op(
    "to_copy(self; kind, place)",
    "_converted(self, kind, place)",
    "ToCopyBackward0",
    self="_back(grad, node)",
    layout="as_operand",
)


to_laid_out = op("to_copy(self; form)", "laid_out(self, form)", "ToCopyBackward0", self="grad", layout="of_its_own")


def _back(grad: Tensor, node: object) -> Tensor:
    kind, place = node.metadata["source"]
    return to(grad, place, kind)


_DTYPE_NAMES = {"torch." + d.name: d for d in dtypes.ALL} | {
    f"torch.{name}Tensor": getattr(dtypes, name.lower())
    for name in ("Float", "Double", "Half", "Long", "Int", "Short", "Bool")
}


def to(
    self: Tensor, *args: object, dtype: object = None, device: object = None,
    copy: bool = False, non_blocking: bool = False, memory_format: memory_format = preserve_format,
) -> Tensor:  # fmt: skip
    """The tensor in another dtype, on another device, or as another tensor is; itself where nothing changes.

    Takes `to(dtype)`, `to(device)`, `to(device, dtype)`, `to(other)`.

    >>> import tensorbook as torch
    >>> torch.tensor([1.9, -1.9]).to(torch.int64)
    tensor([ 1, -1])
    """
    for a in args:
        if isinstance(a, Tensor):
            dtype, device = a.dtype, a.device
        elif isinstance(a, (dtypes.dtype, builtins.type)):
            dtype = dtypes.meant(a)
        elif isinstance(a, (str, devices.device)) or (isinstance(a, int) and not isinstance(a, bool)):
            device = a
        elif a is not None and not isinstance(a, bool):
            raise TypeError(f"to() received an invalid argument: {a!r}; expected a dtype, a device or a tensor")
    if memory_format is not preserve_format and memory_format is not None:
        self = to(self, dtype=dtype, device=device)
        return (
            self
            if lies_so(self._array, checked(memory_format, "to")) and not copy
            else to_laid_out(self, memory_format)
        )
    kind = self._array.dtype if dtype is None else dtype.numpy
    place = self.device if device is None else devices.resolve(device)
    if kind == self._array.dtype and place == self.device:
        return copy_as_it_lies(self) if copy else self
    result = to_copy(self, kind, place)
    if result._node is not None:
        if kind.kind == "f":
            result._node.metadata["source"] = (self.dtype, self.device)
        else:
            result._node = None
    return result


def type(self: Tensor, dtype: object = None, non_blocking: bool = False) -> Tensor | str:
    """The tensor in another dtype; without one, the name of its type, such as 'torch.FloatTensor'."""
    if dtype is None:
        return f"torch.{'cuda.' if self.is_cuda else ''}{scalar_type(self)}Tensor"
    if hasattr(dtype, "convert"):  # torch.FloatTensor and its kin
        return dtype.convert(self)
    if not isinstance(dtype, dtypes.dtype):
        if dtype not in _DTYPE_NAMES:
            raise ValueError(f"invalid type: '{getattr(dtype, '__name__', dtype)}'")
        dtype = _DTYPE_NAMES[dtype]
    return to(self, dtype)


def type_as(self: Tensor, other: Tensor) -> Tensor:
    return to(self, other.dtype)


def _caster(name: str, kind: dtypes.dtype) -> object:
    def method(self: Tensor) -> Tensor:
        return to(self, kind)

    method.__name__, method.__doc__ = name, f"The tensor as {kind}; itself where it is that already."
    return method


CASTS = {
    name: _caster(name, getattr(dtypes, name)) for name in ("bool", "short", "int", "long", "half", "float", "double")
} | {"byte": _caster("byte", dtypes.uint8), "char": _caster("char", dtypes.int8)}


def cpu(self: Tensor) -> Tensor:
    """The tensor in the computer's main memory; itself where it is there already."""
    return to(self, devices.CPU)


def cuda(self: Tensor, device: object = None) -> Tensor:
    """The tensor on a GPU; itself where it is there already."""
    return to(self, "cuda" if device is None else device)
