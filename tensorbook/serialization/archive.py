"""The zip archive around a description and the memory of its tensors.

NAME/data.pkl               the description
NAME/data/0, NAME/data/1    the memory of each storage, at a multiple of 64 bytes, so that it can be mapped
NAME/byteorder              "little" or "big"
NAME/version, NAME/.format_version, NAME/.storage_alignment, NAME/.data/serialization_id
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import struct
import sys
import zipfile
import zlib
from collections.abc import Iterator
from typing import IO

import numpy as np

from .. import devices
from ..dtypes import dtype
from ..storage import Storage, TypedStorage, UntypedStorage
from .place import Place
from .reader import Reader

ALIGNMENT = 64
LOCAL_HEADER = 30  # bytes before the name of a member
ZIP64_EXTRA = 20  # bytes more where a member is large
PADDING_TAG = b"FB"


def write_archive(file: IO[bytes], name: str, description: bytes, storages: list[Storage]) -> None:
    """Write the archive; nothing in it depends on the time or the machine but the byte order."""
    identity = hashlib.sha256(description)
    with zipfile.ZipFile(file, "w") as archive:

        def member(path: str, data: bytes | memoryview) -> None:
            info = zipfile.ZipInfo(f"{name}/{path}")
            info.file_size = len(data)
            if path.startswith("data/"):
                info.extra = _padding(archive.start_dir, info)
            with archive.open(info, "w") as target:
                target.write(data)
            identity.update(info.CRC.to_bytes(4, "little"))

        member("data.pkl", description)
        member(".format_version", b"1")
        member(".storage_alignment", str(ALIGNMENT).encode())
        member("byteorder", sys.byteorder.encode())
        for number, storage in enumerate(storages):
            elements = devices.move(storage.elements(), devices.CPU)
            member(f"data/{number}", memoryview(elements.view(np.uint8)))
        member("version", b"3\n")
        member(".data/serialization_id", f"{int.from_bytes(identity.digest()[:16], 'big'):040d}".encode())


def _padding(start: int, info: zipfile.ZipInfo) -> bytes:
    """An extra field that makes the member's data begin at a multiple of ALIGNMENT."""
    large = ZIP64_EXTRA if info.file_size * 1.05 > zipfile.ZIP64_LIMIT else 0
    begin = start + LOCAL_HEADER + len(info.filename) + large + 4
    missing = -begin % ALIGNMENT
    return PADDING_TAG + struct.pack("<H", missing) + bytes(missing)


def read_archive(file: IO[bytes], place: Place, mapped: bool) -> object:
    """The object in an archive.

    Raises BadZipFile or EOFError where it is damaged or none of ours, UnpicklingError for names that are not read.
    """
    with as_damage():
        archive = zipfile.ZipFile(file)
    with archive:
        members = {info.filename.partition("/")[2]: info for info in archive.infolist()}
        if "data.pkl" not in members:
            shown = ", ".join(sorted(info.filename for info in archive.infolist())[:4]) or "nothing"
            raise zipfile.BadZipFile(f"a zip archive without data.pkl, so not of torch.save: it holds {shown}")
        if "constants.pkl" in members:
            raise zipfile.BadZipFile(
                "a TorchScript archive, which holds a program: save the model's state_dict instead"
            )
        with as_damage():
            order = archive.read(members["byteorder"]).decode() if "byteorder" in members else "little"
            description = archive.read(members["data.pkl"])
        found: dict[str, TypedStorage] = {}

        def find_storage(kind: dtype, key: str, location: str, length: int) -> TypedStorage:
            if key not in found:
                info = members.get(f"data/{key}")
                if info is None:
                    raise zipfile.BadZipFile(f"there is no member data/{key}, the memory of a tensor")
                with as_damage():
                    memory = read_member(archive, info, kind, length, order, mapped)
                found[key] = placed(memory, place, location)
            return found[key]

        return Reader(io.BytesIO(description), find_storage).read()


@contextlib.contextmanager
def as_damage() -> Iterator[None]:
    """Whatever a damaged archive makes zipfile raise becomes BadZipFile."""
    try:
        yield
    except (EOFError, NotImplementedError, OSError, RuntimeError, ValueError, struct.error, zlib.error) as error:
        raise zipfile.BadZipFile(str(error)) from None


def read_member(
    archive: zipfile.ZipFile, info: zipfile.ZipInfo, kind: dtype, length: int, order: str, mapped: bool
) -> np.ndarray:
    """A member as a row of numbers: read and checked, or mapped into memory as it is."""
    if info.file_size != length * kind.itemsize:
        raise zipfile.BadZipFile(f"{info.filename} has {info.file_size} bytes, {length * kind.itemsize} are expected")
    if mapped and info.compress_type == zipfile.ZIP_STORED and length:
        with open(archive.fp.name, "rb") as raw:
            raw.seek(info.header_offset + 26)
            start = info.header_offset + LOCAL_HEADER + sum(struct.unpack("<HH", raw.read(4)))
        memory = np.memmap(archive.fp.name, np.uint8, "c", start, (info.file_size,)).view(np.ndarray)
    else:
        memory = np.empty(info.file_size, np.uint8)
        with archive.open(info) as source:
            read_into(source, memory)
            source.read(1)  # at its end a member checks its sum
    return in_native_order(memory.view(kind.numpy), order)


def read_into(source: IO[bytes], memory: np.ndarray) -> None:
    """Fill bytes from a file, a piece at a time. EOFError where there are too few."""
    done, view = 0, memoryview(memory)
    while done < len(view):
        count = source.readinto(view[done : done + (1 << 20)])
        if not count:
            raise EOFError(f"it ends after {done} of {len(view)} bytes of a tensor's memory")
        done += count


def in_native_order(numbers: np.ndarray, order: str) -> np.ndarray:
    return numbers if order == sys.byteorder else numbers.byteswap()


def placed(memory: np.ndarray, place: Place, location: str) -> TypedStorage:
    """The storage over the memory, on the device where it shall be."""
    storage = Storage.over(memory)
    target = place(UntypedStorage(storage), location)
    return TypedStorage(storage if target.type == "cpu" else Storage.over(devices.move(memory, target)), memory.dtype)
