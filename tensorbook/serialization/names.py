"""The names that may stand in a file, and what each means. Nothing else is understood.

In a pickle a name is an order to import something and, later, to call it. Here a name is looked up in these tables.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Callable

from .. import devices, dtypes
from ..layouts import strided
from ..nn.parameter import Parameter
from ..size import Size
from ..storage import TypedStorage
from ..tensor import Tensor, make

# The memory of a tensor: PyTorch has a class for each dtype.
STORAGES = {
    "torch.FloatStorage": dtypes.float32, "torch.DoubleStorage": dtypes.float64, "torch.HalfStorage": dtypes.float16,
    "torch.LongStorage": dtypes.int64, "torch.IntStorage": dtypes.int32, "torch.ShortStorage": dtypes.int16,
    "torch.CharStorage": dtypes.int8, "torch.ByteStorage": dtypes.uint8, "torch.BoolStorage": dtypes.bool,
}  # fmt: skip
STORAGE_OF = {dtype: name for name, dtype in STORAGES.items()}

# Names that stand for a value.
VALUES: dict[str, object] = {f"torch.{dtype.name}": dtype for dtype in dtypes.ALL}

# Names of types that only go along with others.
TENSOR_TYPES = {"torch.Tensor": Tensor, "torch._tensor.Tensor": Tensor, "torch.nn.parameter.Parameter": Parameter}


def tensor(
    storage: TypedStorage, offset: int, size: tuple, stride: tuple, requires_grad: bool = False, *_hooks: object
) -> Tensor:
    """A window on a storage."""
    if offset < 0 or min((*size, *stride), default=0) < 0 or len(size) != len(stride):
        raise ValueError(f"no tensor has size {size}, stride {stride} and storage offset {offset}")
    try:
        array = storage._storage.window(storage.dtype.numpy, size, stride, offset)
        return make(array, storage._storage).requires_grad_(requires_grad)
    except RuntimeError as error:  # beyond the storage, or integers with a gradient
        raise ValueError(error) from None


def parameter(data: Tensor, requires_grad: bool = True, _hooks: object = None, state: object = None) -> Parameter:
    return with_attributes(Parameter(data, requires_grad), state)


def with_attributes(made: Tensor, state: object) -> Tensor:
    """Give a tensor the attributes that someone had set on it: plain ones, that no tensor has of its own."""
    attributes = state[0] if isinstance(state, tuple) else state
    for name, value in (attributes or {}).items():
        if not name.startswith("_") and not hasattr(made, name):
            setattr(made, name, value)
    return made


def tensor_with_attributes(make_it: Maker, kind: str, arguments: tuple, state: object) -> Tensor:
    if kind not in TENSOR_TYPES:
        raise TypeError(f"{kind} is no type of tensor")
    return with_attributes(make_it.make(*arguments), state)


def old_bytes(text: str, encoding: str) -> bytes:
    """How protocol 2, which has no bytes, writes them."""
    if encoding not in ("latin1", "latin-1"):
        raise ValueError(f"bytes are written as latin1, not {encoding}")
    return text.encode("latin1")


def old_bytearray(text: str | bytes = b"", encoding: str = "latin1") -> bytearray:
    return bytearray(text if isinstance(text, bytes) else old_bytes(text, encoding))


def layout(name: str) -> object:
    if name != "torch.strided":
        raise ValueError(f"there is no layout {name} here")
    return strided


class Maker:
    """A name that may be called in a file. It shows nothing of what it will call."""

    __slots__ = ("make", "name")

    def __init__(self, name: str, make: Callable):
        self.name, self.make = name, make

    def __repr__(self) -> str:
        return f"<the name {self.name} in a file>"


MAKERS = {
    name: Maker(name, make)
    for name, make in {
        "torch._utils._rebuild_tensor": tensor,
        "torch._utils._rebuild_tensor_v2": tensor,
        "torch._utils._rebuild_parameter": parameter,
        "torch._utils._rebuild_parameter_with_state": parameter,
        "torch._tensor._rebuild_from_type_v2": tensor_with_attributes,
        "torch.serialization._get_layout": layout,
        "torch.Size": lambda lengths=(): Size(lengths),
        "torch.device": lambda kind, index=None: devices.device(kind, index),
        "collections.OrderedDict": lambda items=(): OrderedDict(items),
        "collections.Counter": lambda items=(): Counter(items),
        "builtins.set": lambda items=(): set(items),
        "builtins.complex": lambda real=0.0, imag=0.0: complex(real, imag),
        "builtins.bytes": lambda: b"",  # how protocol 2 writes empty bytes
        "builtins.bytearray": old_bytearray,
        "_codecs.encode": old_bytes,
    }.items()
}

WHOLE_MODEL = (
    "This looks like a whole model. Where it was saved, save its numbers instead, "
    "torch.save(model.state_dict(), path), and load them into a model made here: "
    "model.load_state_dict(torch.load(path))."
)
OTHER_DTYPE = f"This library has the dtypes {', '.join(dtype.name for dtype in dtypes.ALL)}; convert before saving."
NUMPY = "Save NumPy arrays as tensors (torch.from_numpy), and NumPy numbers as Python's (.item())."


def advice(name: str) -> str:
    """What to do about a name that is not understood, where we know."""
    if name.endswith("Storage") or name.startswith("torch.storage") or name == "torch._utils._rebuild_tensor_v3":
        return OTHER_DTYPE
    if name.startswith("numpy."):
        return NUMPY
    if name.startswith(("torch.nn.", "__main__.", "torchvision.", "__torch__.")) or "module" in name.lower():
        return WHOLE_MODEL
    return "Save it as tensors, numbers, strings, lists and dicts instead (of a model, its state_dict())."
