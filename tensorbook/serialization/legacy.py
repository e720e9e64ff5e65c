"""PyTorch's format before version 1.6: five pickles one after another, then the memory of the storages."""

from __future__ import annotations

import struct
from pickle import UnpicklingError
from typing import IO

import numpy as np

from ..dtypes import dtype
from ..storage import TypedStorage
from .archive import in_native_order, placed, read_into
from .place import Place
from .reader import Reader

MAGIC = 0x1950A86A20F9469CFC6C
VERSION = 1001


def read(file: IO[bytes], place: Place) -> object:
    """The object in an old file. UnpicklingError where it is none such, EOFError where it is cut off."""
    head = file.read(4)
    file.seek(-len(head), 1)
    if not head.startswith(b"\x80\x02"):
        raise UnpicklingError(f"not a file of torch.save: it begins with {head!r}")
    if Reader(file).read() != MAGIC:
        raise UnpicklingError("not a file of torch.save: a pickle, but without torch.save's mark at its beginning")
    version = Reader(file).read()
    if version != VERSION:
        raise UnpicklingError(f"it is written in version {version} of torch.save's old format; {VERSION} is expected")
    system = Reader(file).read()
    order = "little" if not isinstance(system, dict) or system.get("little_endian", True) else "big"
    found: dict[str, TypedStorage] = {}
    memories: dict[str, np.ndarray] = {}

    def find_storage(kind: dtype, key: str, location: str, length: int) -> TypedStorage:
        if key not in found:
            memories[key] = _room(length, kind)  # filled below: the numbers come last
            found[key] = placed(memories[key], place, location)
        return found[key]

    result = Reader(file, find_storage).read()
    keys = Reader(file).read()
    if type(keys) is not list or set(keys) != set(memories):
        raise UnpicklingError("it does not hold the memory of its tensors")
    for key in keys:
        memory = memories[key]
        if file.read(8) != struct.pack("<q", memory.size):
            raise EOFError("the memory of a tensor is missing, or has another length than expected")
        read_into(file, memory.view(np.uint8))
        memory[:] = in_native_order(memory, order)
        storage = found[key]._storage
        if storage.array is not memory:  # it was sent to a GPU while it was empty
            storage.array.set(memory)
    return result


def _room(length: int, kind: dtype) -> np.ndarray:
    try:
        return np.zeros(length, kind.numpy)
    except (ValueError, MemoryError) as error:
        raise UnpicklingError(f"it has a tensor's memory of {length} numbers: {error}") from None
