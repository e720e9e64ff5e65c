"""The names that PyTorch's errors have for dtypes."""

from __future__ import annotations

from ..tensor import Tensor

_OLDER = {
    "float64": "Double", "float32": "Float", "float16": "Half", "int64": "Long", "int32": "Int", "int16": "Short",
    "int8": "Char", "uint8": "Byte", "bool": "Bool",
}  # fmt: skip


def scalar_type(x: Tensor) -> str:
    """`Long` for a tensor of int64, and so on."""
    return _OLDER[x.dtype.name]
