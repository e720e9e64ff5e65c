"""The description of an object as torch.save writes it: a pickle of protocol 2, with PyTorch's names in it.

Written by hand rather than by Python's pickler, which only writes names that can be imported, and would also write
what no reader of weights accepts.
"""

from __future__ import annotations

import pickle
import struct
from collections import Counter, OrderedDict
from collections.abc import Iterable

import numpy as np

from .. import devices, dtypes
from ..layouts import layout
from ..nn.parameter import Parameter
from ..size import Size
from ..storage import Storage, TypedStorage, pointer
from ..tensor import Tensor, storage_of, strides
from .names import NUMPY, STORAGE_OF, WHOLE_MODEL

ORDERED_DICT = "collections OrderedDict"


def describe(obj: object) -> tuple[bytes, list[Storage]]:
    """The pickle of an object, and the storages that it calls "0", "1", … in this order."""
    writer = Writer()
    writer.write(obj)
    return b"\x80\x02" + bytes(writer.out) + b".", writer.storages


class Writer:
    """Writes pickle instructions; an object that comes twice is written once."""

    def __init__(self):
        self.out = bytearray()
        self.storages: list[Storage] = []
        self._storage_numbers: dict[int, int] = {}
        self._dtype_at: dict[int, np.dtype] = {}  # by address
        self._memo: dict[int, int] = {}  # where the reader will have put what was written
        self._alive: list[object] = []  # an id means something only while its object lives

    def write(self, obj: object) -> None:
        """One object, by its type."""
        if id(obj) in self._memo:
            self._recall(self._memo[id(obj)])
            return
        kind = type(obj)
        method = WRITERS.get(kind) or next((m for base, m in SUBCLASSES.items() if isinstance(obj, base)), None)
        if method is None:
            raise TypeError(f"torch.save cannot write an object of type {_full_name(kind)}. {_advice(kind)}")
        method(self, obj)

    # Instructions

    def _number(self, short: bytes, long: bytes, number: int) -> None:
        self.out += short + bytes([number]) if number < 256 else long + struct.pack("<I", number)

    def _remember(self, obj: object) -> None:
        """Let what the reader has just made be recalled for this object."""
        place = self._memo[id(obj)] = len(self._memo)
        self._alive.append(obj)
        self._number(b"q", b"r", place)

    def _recall(self, place: int) -> None:
        self._number(b"h", b"j", place)

    def _name(self, module_and_name: str) -> None:
        self.out += b"c" + module_and_name.replace(" ", "\n").encode() + b"\n"

    def _tuple_of(self, items: Iterable) -> None:
        self.out += b"("
        for item in items:
            self.write(item)
        self.out += b"t"

    def _call(self, module_and_name: str, *arguments: object) -> None:
        self._name(module_and_name)
        self._tuple_of(arguments)
        self.out += b"R"

    # Types

    def _none(self, obj: None) -> None:
        self.out += b"N"

    def _bool(self, obj: bool) -> None:
        self.out += b"\x88" if obj else b"\x89"

    def _int(self, obj: int) -> None:
        if -(2**31) <= obj < 2**31:
            self.out += b"J" + struct.pack("<i", obj)
            return
        data = pickle.encode_long(obj)
        if len(data) > 255:
            raise ValueError(f"torch.save cannot write a number of {len(data)} bytes; 255 are the most")
        self.out += b"\x8a" + bytes([len(data)]) + data

    def _float(self, obj: float) -> None:
        self.out += b"G" + struct.pack(">d", obj)

    def _str(self, obj: str) -> None:
        data = obj.encode("utf-8", "surrogatepass")
        self.out += b"X" + struct.pack("<I", len(data)) + data
        self._remember(obj)

    def _bytes(self, obj: bytes) -> None:
        self._call("_codecs encode", obj.decode("latin1"), "latin1")

    def _bytearray(self, obj: bytearray) -> None:
        self._call("__builtin__ bytearray", obj.decode("latin1"), "latin-1")
        self._remember(obj)

    def _complex(self, obj: complex) -> None:
        self._call("__builtin__ complex", obj.real, obj.imag)

    def _tuple(self, obj: tuple) -> None:
        self._tuple_of(obj)
        self._remember(obj)

    def _list(self, obj: list) -> None:
        self.out += b"]"
        self._remember(obj)  # before its items, which may hold it
        self.out += b"("
        for item in obj:
            self.write(item)
        self.out += b"e"

    def _set(self, obj: set) -> None:
        self._call("__builtin__ set", list(obj))
        self._remember(obj)

    def _items(self, obj: dict) -> None:
        self.out += b"("
        for key, value in obj.items():
            self.write(key)
            self.write(value)
        self.out += b"u"

    def _dict(self, obj: dict) -> None:
        self.out += b"}"
        self._remember(obj)
        self._items(obj)

    def _ordered_dict(self, obj: OrderedDict) -> None:
        self._call(ORDERED_DICT)
        self._remember(obj)
        self._items(obj)
        if vars(obj):
            self.write(dict(vars(obj)))  # a state_dict's _metadata
            self.out += b"b"

    def _counter(self, obj: Counter) -> None:
        self._call("collections Counter", dict(obj))
        self._remember(obj)

    def _size(self, obj: Size) -> None:
        self._call("torch Size", tuple(obj))

    def _dtype(self, obj: dtypes.dtype) -> None:
        self._name(f"torch {obj.name}")

    def _layout(self, obj: layout) -> None:
        self._call("torch.serialization _get_layout", str(obj))

    def _device(self, obj: devices.device) -> None:
        self._call("torch device", obj.type, *(() if obj.index is None else (obj.index,)))

    def _storage(self, storage: Storage, kind: np.dtype) -> None:
        number = self._storage_numbers.setdefault(id(storage), len(self.storages))
        if number == len(self.storages):
            self.storages.append(storage)
        elements = storage.elements()
        if elements.size and self._dtype_at.setdefault(pointer(elements), kind) != kind:
            raise RuntimeError("Cannot save multiple tensors or storages that view the same data as different types")
        self.out += b"("
        self.write("storage")
        self._name(STORAGE_OF[dtypes.from_numpy_dtype(kind)].replace(".", " "))
        self.write(str(number))
        self.write(str(devices.device_of(elements)))
        self.write(elements.nbytes // kind.itemsize)
        self.out += b"tQ"

    def _typed_storage(self, obj: TypedStorage) -> None:
        self._storage(obj._storage, obj.dtype.numpy)

    def _window(self, obj: Tensor, requires_grad: bool) -> None:
        """The arguments of _rebuild_tensor_v2."""
        self.out += b"("
        self._storage(storage_of(obj), obj._array.dtype)
        for part in (obj.storage_offset(), tuple(obj._array.shape), strides(obj._array), requires_grad, OrderedDict()):
            self.write(part)
        self.out += b"t"

    def _tensor(self, obj: Tensor) -> None:
        attributes = _attributes(obj)
        if attributes:
            self._name("torch._tensor _rebuild_from_type_v2")
            self.out += b"("
            self._name("torch._utils _rebuild_tensor_v2")
            self._name("torch Tensor")
            self._window(obj, obj.requires_grad)
            self.write(attributes)
            self.out += b"t"
        else:
            self._name("torch._utils _rebuild_tensor_v2")
            self._window(obj, obj.requires_grad)
        self.out += b"R"
        self._remember(obj)

    def _parameter(self, obj: Parameter) -> None:
        attributes = _attributes(obj)
        self._name("torch._utils _rebuild_parameter" + ("_with_state" if attributes else ""))
        self.out += b"("
        self._name("torch._utils _rebuild_tensor_v2")
        self._window(obj, False)
        self.out += b"R"
        for part in (obj.requires_grad, OrderedDict(), *([attributes] if attributes else [])):
            self.write(part)
        self.out += b"tR"
        self._remember(obj)


def _attributes(tensor: Tensor) -> dict[str, object]:
    """What someone has set on a tensor."""
    return {name: value for name, value in vars(tensor).items() if not name.startswith("_")}


def _full_name(kind: type) -> str:
    return kind.__name__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


def _advice(kind: type) -> str:
    if hasattr(kind, "state_dict"):
        return WHOLE_MODEL
    if kind.__module__ == "numpy":
        return NUMPY
    return "It takes tensors, numbers, strings, bytes, None, and dicts, lists, tuples and sets of them."


WRITERS = {
    type(None): Writer._none, bool: Writer._bool, int: Writer._int, float: Writer._float, complex: Writer._complex,
    str: Writer._str, bytes: Writer._bytes, bytearray: Writer._bytearray, tuple: Writer._tuple, list: Writer._list,
    set: Writer._set, dict: Writer._dict, OrderedDict: Writer._ordered_dict, Counter: Writer._counter,
    Size: Writer._size, dtypes.dtype: Writer._dtype, layout: Writer._layout, devices.device: Writer._device,
    TypedStorage: Writer._typed_storage,
}  # fmt: skip
SUBCLASSES = {Parameter: Writer._parameter, Tensor: Writer._tensor}
