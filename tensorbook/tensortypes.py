"""PyTorch's oldest names for dtypes: `torch.FloatTensor([1, 2])` and its kin."""

from __future__ import annotations

from . import dtypes, notices
from .ops.conversion import to
from .ops.data import of_kind
from .tensor import Tensor

NAMES = {
    "Float": dtypes.float32, "Double": dtypes.float64, "Half": dtypes.float16, "Long": dtypes.int64,
    "Int": dtypes.int32,
    "Short": dtypes.int16, "Char": dtypes.int8, "Byte": dtypes.uint8, "Bool": dtypes.bool,
}  # fmt: skip


class tensortype(type):
    """A dtype that can be called, and asked with isinstance.

    >>> import tensorbook as torch
    >>> torch.FloatTensor([[1, 2], [3, 4]])
    tensor([[1., 2.],
            [3., 4.]])
    >>> isinstance(torch.ones(2), torch.FloatTensor), isinstance(torch.ones(2), torch.LongTensor)
    (True, False)
    """

    dtype: dtypes.dtype

    def __call__(cls, *args: object, device: object = None) -> Tensor:
        """A list's numbers, or uninitialised with a shape, in this dtype."""
        if len(args) == 1 and isinstance(args[0], Tensor) and args[0].dtype is not cls.dtype:
            raise TypeError(f"expected a tensor of {cls.dtype}, got one of {args[0].dtype}; convert it with .to()")
        return of_kind(Tensor, args, cls.dtype.numpy, device)

    def __instancecheck__(cls, value: object) -> bool:
        return isinstance(value, Tensor) and value.dtype is cls.dtype and value.is_cpu

    def convert(cls, x: Tensor) -> Tensor:
        return to(x, cls.dtype)


def types() -> dict[str, tensortype]:
    """Each name with its type."""
    made = {}
    for name, d in NAMES.items():
        cls = tensortype(f"{name}Tensor", (), {"__doc__": f"Tensors of {d} on the CPU.", "__module__": "tensorbook"})
        cls.dtype = d
        made[cls.__name__] = cls
    return made


def set_default_tensor_type(t: tensortype | str) -> None:
    """Choose the dtype of new tensors by its oldest name, such as "torch.DoubleTensor". Deprecated: set_default_dtype.

    Raises AttributeError for a name that is none, TypeError for what is no tensor type, and for integers.
    """
    if isinstance(t, str):
        name = t.removeprefix("torch.")
        if name.removesuffix("Tensor") not in NAMES:
            raise AttributeError(f"module 'torch' has no attribute {name!r}")
        kind = NAMES[name.removesuffix("Tensor")]
    elif isinstance(t, tensortype):
        kind = t.dtype
    else:
        raise TypeError(f"invalid type object: {t!r}")
    dtypes.set_default_dtype(kind)
    notices.warn(
        "torch.set_default_tensor_type() is deprecated as of PyTorch 2.1, please use torch.set_default_dtype() and "
        "torch.set_default_device() as alternatives.",
        once=True,
    )
