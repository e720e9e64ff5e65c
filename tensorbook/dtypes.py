"""Number types: what they can hold, and which type comes out when two of them meet.

The rules are PyTorch's (https://pytorch.org/docs/stable/tensor_attributes.html#torch.dtype): a type of a higher
category wins (bool < integer < floating point); Python numbers and tensors without dimensions only decide the
category, never the width.
"""

from __future__ import annotations

import numpy as np

BOOL, INTEGER, FLOATING = 0, 1, 2
_bool, _int, _float = bool, int, float  # Python's own, before this module's dtypes take the names


class dtype:
    """The type of a tensor's elements. There is one object per type, so `is` compares them.

    >>> import tensorbook as torch
    >>> torch.float32, torch.float32.itemsize, torch.int8.is_floating_point
    (torch.float32, 4, False)
    """

    __slots__ = ("category", "itemsize", "name", "numpy")

    def __init__(self, name: str):
        self.name = name
        self.numpy = np.dtype(name)
        self.itemsize = self.numpy.itemsize
        self.category = BOOL if name == "bool" else FLOATING if name.startswith("float") else INTEGER

    @property
    def is_floating_point(self) -> _bool:
        return self.category == FLOATING

    @property
    def is_complex(self) -> _bool:
        return False

    @property
    def is_signed(self) -> _bool:
        return self.numpy.kind in "if"

    def to_real(self) -> dtype:
        return self

    def __repr__(self) -> str:
        return f"torch.{self.name}"

    def __reduce__(self) -> str:
        return self.name


dtype.__module__ = "tensorbook"

bool = dtype("bool")
uint8 = dtype("uint8")
int8 = dtype("int8")
int16 = short = dtype("int16")
int32 = int = dtype("int32")
int64 = long = dtype("int64")
float16 = half = dtype("float16")
float32 = float = dtype("float32")
float64 = double = dtype("float64")


def _no_more(*_: object) -> None:
    raise TypeError("cannot create 'torch.dtype' instances")


dtype.__new__ = _no_more

ALL = (bool, uint8, int8, int16, int32, int64, float16, float32, float64)
FROM_NUMPY = {d.numpy: d for d in ALL}
OLDER_NAMES = {
    "b1": "Bool", "u1": "Byte", "i1": "Char", "i2": "Short", "i4": "Int", "i8": "Long", "f2": "Half", "f4": "Float",
    "f8": "Double",
}  # fmt: skip
"""What PyTorch called them first, by NumPy's short names: FloatTensor, LongStorage."""

_default = float32


def get_default_dtype() -> dtype:
    """The floating type that new tensors get from Python floats; float32 unless changed."""
    return _default


def set_default_dtype(d: dtype) -> None:
    """Choose the floating type that new tensors get from Python floats.

    Raises TypeError unless `d` is a floating point dtype.
    """
    global _default
    if not isinstance(d, dtype) or not d.is_floating_point:
        raise TypeError(f"only floating-point types are supported as the default type, got {d!r}")
    _default = d


def from_numpy_dtype(d: np.dtype) -> dtype:
    """PyTorch's dtype for a NumPy one; TypeError where there is none.

    >>> import numpy as np
    >>> from_numpy_dtype(np.dtype("f8"))
    torch.float64
    """
    found = FROM_NUMPY.get(d)
    if found is None:
        native = FROM_NUMPY.get(d.newbyteorder("="))
        if native is not None:
            raise ValueError(f"given numpy array has byte order different from the native byte order: {d}")
        raise TypeError(
            f"can't convert np.ndarray of type numpy.{d.type.__name__}. The only supported types are: "
            "float64, float32, float16, int64, int32, int16, int8, uint8, and bool."
        )
    return found


def meant(kind: object, where: str = "argument 'dtype'") -> dtype:
    """The dtype that an argument means: a dtype, or one of Python's own number types. TypeError for anything else.

    >>> meant(_float), meant(_int)
    (torch.float64, torch.int64)
    """
    if isinstance(kind, dtype):
        return kind
    if kind in (_float, _int, _bool):
        return {_float: float64, _int: int64, _bool: bool}[kind]
    if kind is complex:
        raise TypeError("tensorbook has no complex numbers")
    raise TypeError(f"{where} must be torch.dtype, not {type(kind).__name__}")


def of_scalar(value: object) -> dtype:
    """The dtype that a Python number stands for: bool, int64, or the default floating type."""
    if value is True or value is False or isinstance(value, np.bool_):
        return bool
    if isinstance(value, (_int, np.integer)):
        return int64
    if isinstance(value, (_float, np.floating)):
        return _default
    raise TypeError(f"expected a number, got {type(value).__name__}")


def _promote(a: dtype, b: dtype) -> dtype:
    if a.category != b.category:
        return a if a.category > b.category else b
    if a is b or a.category == BOOL:
        return a
    if a.category == INTEGER and uint8 in (a, b):
        other = b if a is uint8 else a
        return int16 if other is int8 else other  # neither int8 nor uint8 holds both
    return a if a.itemsize > b.itemsize else b


_PROMOTED = {(a, b): _promote(a, b) for a in ALL for b in ALL}


def promote_types(a: dtype, b: dtype) -> dtype:
    """The smallest type that can stand for both.

    >>> import tensorbook as torch
    >>> torch.promote_types(torch.uint8, torch.int8), torch.promote_types(torch.int64, torch.float16)
    (torch.int16, torch.float16)
    """
    first = meant(a, "promote_types(): argument 'type1' (position 1)")
    return _PROMOTED[first, meant(b, "promote_types(): argument 'type2' (position 2)")]


def _combine(stronger: dtype | None, weaker: dtype | None) -> dtype | None:
    """A stronger participant keeps its type unless the weaker one is of a higher category."""
    if stronger is None or weaker is None:
        return stronger or weaker
    if weaker.category > stronger.category:
        return promote_types(stronger, weaker)
    return stronger


def result_type(*operands: object, **named: object) -> dtype:
    """The dtype of arithmetic between tensors and numbers.

    Tensors with dimensions decide first, then tensors without, then Python numbers; a later group
    counts only where its category is higher.

    >>> import tensorbook as torch
    >>> torch.result_type(torch.tensor([1, 2]), 1.0), torch.result_type(torch.ones(2), torch.tensor(1.0).double())
    (torch.float32, torch.float32)
    """
    if named.keys() - {"tensor", "other", "scalar", "scalar1", "scalar2"}:
        raise TypeError(f"result_type() received an invalid combination of arguments - got ({', '.join(named)})")
    groups: list[dtype | None] = [None, None, None]
    for x in (*operands, *named.values()):
        if hasattr(x, "dtype") and hasattr(x, "dim"):
            rank, d = (0 if x.dim() else 1), x.dtype
        else:
            rank, d = 2, of_scalar(x)
        groups[rank] = d if groups[rank] is None else promote_types(groups[rank], d)
    result = _combine(groups[0], _combine(groups[1], groups[2]))
    if result is None:
        raise TypeError("result_type() needs at least one operand")
    return result


def can_cast(from_: dtype, to: dtype) -> _bool:
    """Whether a value of `from_` may go into `to` without changing to a lower category.

    >>> import tensorbook as torch
    >>> torch.can_cast(torch.double, torch.float), torch.can_cast(torch.float, torch.int)
    (True, False)
    """
    if from_.category > to.category:
        return False
    return from_.category == BOOL or to is not bool


class finfo:
    """Limits of a floating type: `eps`, `max`, `min`, `tiny`, `smallest_normal`, `resolution`, `bits`.

    >>> import tensorbook as torch
    >>> torch.finfo(torch.float32).eps
    1.1920928955078125e-07
    """

    def __init__(self, type: dtype | None = None):
        d = _default if type is None else meant(type, "finfo(): argument 'type' (position 1)")
        if not d.is_floating_point:
            raise TypeError(f"torch.finfo() requires a floating point input type. Use torch.iinfo to handle '{d}'")
        info = np.finfo(d.numpy)
        self.bits = info.bits
        self.eps, self.max, self.min = _float(info.eps), _float(info.max), _float(info.min)
        self.tiny = self.smallest_normal = _float(info.smallest_normal)
        self.resolution = 10.0**-info.precision
        self.dtype = d.name

    def __repr__(self) -> str:
        numbers = (f"{k}={getattr(self, k):g}" for k in ("resolution", "min", "max", "eps", "smallest_normal", "tiny"))
        return f"finfo({', '.join(numbers)}, dtype={self.dtype})"


class iinfo:
    """Limits of an integer type: `min`, `max`, `bits`.

    >>> import tensorbook as torch
    >>> torch.iinfo(torch.int8)
    iinfo(min=-128, max=127, dtype=int8)
    """

    def __init__(self, type: dtype):
        type = meant(type, "iinfo(): argument 'type' (position 1)")
        if type.category != INTEGER:
            raise TypeError(f"torch.iinfo() requires an integer input type. Use torch.finfo to handle '{type}'")
        info = np.iinfo(type.numpy)
        self.bits, self.min, self.max = info.bits, _int(info.min), _int(info.max)
        self.dtype = type.name

    def __repr__(self) -> str:
        return f"iinfo(min={self.min:g}, max={self.max:g}, dtype={self.dtype})"


for _c in (finfo, iinfo):
    _c.__module__ = "tensorbook"
