"""The safetensors format, with the functions of `safetensors.torch` (https://github.com/huggingface/safetensors).

    from tensorbook.safetensors import load_file, save_file

A file is eight bytes with the length of a header; the header, as JSON: name, dtype, shape and place of each tensor;
then their numbers, one tensor after another. There is nothing in it that could be executed.
"""

from __future__ import annotations

import io
import json
import math
import os
from typing import IO

import numpy as np

from . import devices, dtypes
from .nn.modules.module import Module
from .serialization.atomic import replacing
from .storage import Storage, pointer
from .tensor import Tensor, make, storage_of

__all__ = ["SafetensorError", "load", "load_file", "load_model", "safe_open", "save", "save_file", "save_model"]

# In the order in which the tensors of a file are sorted: the widest first, so that all are aligned.
NAMES = {
    dtypes.int64: "I64", dtypes.float64: "F64", dtypes.float32: "F32", dtypes.int32: "I32", dtypes.float16: "F16",
    dtypes.int16: "I16", dtypes.int8: "I8", dtypes.uint8: "U8", dtypes.bool: "BOOL",
}  # fmt: skip
DTYPES = {name: dtype for dtype, name in NAMES.items()}
ORDER = list(NAMES)
LONGEST_HEADER = 100_000_000


class SafetensorError(Exception):
    """A file is not of this format, or damaged."""


# ---- writing


def save(tensors: dict[str, Tensor], metadata: dict[str, str] | None = None) -> bytes:
    """The bytes of a file with these tensors. Raises as save_file does.

    >>> import tensorbook as torch
    >>> load(save({"w": torch.ones(2)}))
    {'w': tensor([1., 1.])}
    """
    buffer = io.BytesIO()
    _write(buffer, tensors, metadata)
    return buffer.getvalue()


def save_file(tensors: dict[str, Tensor], filename: str | os.PathLike, metadata: dict[str, str] | None = None) -> None:
    """Write tensors, by name, to a file; a program that is killed leaves the old file or the new one.

    Raises ValueError for what is no contiguous tensor, RuntimeError where two share memory (save_model knows what to
    do about that).
    """
    _check(tensors, metadata)
    with replacing(filename) as file:
        _write(file, tensors, metadata)


def save_model(
    model: Module, filename: str | os.PathLike, metadata: dict[str, str] | None = None, force_contiguous: bool = True
) -> None:
    """Write a model's state_dict. Of tensors that are the same one is written, the names of the others are noted."""
    state, notes = model.state_dict(), dict(metadata or {})
    kept: dict[tuple, str] = {}
    for name in sorted(state):
        tensor = state[name]
        window = (pointer(tensor._array), tensor.shape, tensor.stride())
        first = kept.setdefault(window, name) if tensor.numel() else name
        if first != name:
            notes.setdefault(name, first)
            del state[name]
        elif force_contiguous:
            state[name] = tensor.contiguous()
    save_file(dict(state), filename, notes)


def _check(tensors: dict[str, Tensor], metadata: dict[str, str] | None) -> None:
    if not isinstance(tensors, dict):
        raise ValueError(f"Expected a dict of [str, torch.Tensor] but received {type(tensors)}")
    sharing: dict[int, set[str]] = {}
    for name, tensor in tensors.items():
        if not isinstance(tensor, Tensor):
            raise ValueError(f"Key `{name}` is invalid, expected torch.Tensor but received {type(tensor)}")
        if not tensor.is_contiguous():
            raise ValueError(
                f"You are trying to save a non contiguous tensor: `{name}`; call .contiguous() on it first"
            )
        if tensor.numel():
            sharing.setdefault(pointer(storage_of(tensor).elements()), set()).add(name)
    shared = [names for names in sharing.values() if len(names) > 1]
    if shared:
        raise RuntimeError(
            "Some tensors share memory, this will lead to duplicate memory on disk and potential differences when "
            f"loading them again: {shared}. Clone them, or save the model that they belong to with `save_model`."
        )
    for key, value in (metadata or {}).items():
        if not isinstance(key, str) or not isinstance(value, str):
            raise TypeError(f"argument 'metadata': a dict of texts is expected, got {key!r}: {value!r}")


def _write(file: IO[bytes], tensors: dict[str, Tensor], metadata: dict[str, str] | None) -> None:
    _check(tensors, metadata)
    header: dict[str, dict] = {} if metadata is None else {"__metadata__": metadata}
    place = 0
    ordered = sorted(tensors.items(), key=lambda item: (ORDER.index(item[1].dtype), item[0]))
    for name, tensor in ordered:
        end = place + tensor.nbytes
        header[name] = {"dtype": NAMES[tensor.dtype], "shape": list(tensor.shape), "data_offsets": [place, end]}
        place = end
    text = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    file.write(len(text).to_bytes(8, "little") + text)
    for _, tensor in ordered:
        array = devices.move(tensor._array, devices.CPU)
        file.write(array.astype(array.dtype.newbyteorder("<"), copy=False).tobytes())


# ---- reading


def load(data: bytes) -> dict[str, Tensor]:
    """The tensors in the bytes of a file, by name. SafetensorError where they are none such."""
    with _Reading(io.BytesIO(data), len(data), "the data") as source:
        return {name: source.tensor(name, devices.CPU) for name in sorted(source.places)}


def load_file(filename: str | os.PathLike, device: str | int | devices.device = "cpu") -> dict[str, Tensor]:
    """The tensors in a file, by name. SafetensorError where it is damaged or of another kind."""
    with safe_open(filename, device=device) as source:
        return {name: source.get_tensor(name) for name in source.keys()}  # noqa: SIM118


def load_model(
    model: Module, filename: str | os.PathLike, strict: bool = True, device: str | int | devices.device = "cpu"
) -> tuple[set[str], list[str]]:
    """Load what save_model wrote into a model; returns the names that were missing, and those that were too many.

    RuntimeError where there are such and `strict` is set, or where shapes differ.
    """
    with safe_open(filename, device=device) as source:
        found = {name: source.get_tensor(name) for name in source.keys()}  # noqa: SIM118
        same = {name: first for name, first in (source.metadata() or {}).items() if first in found}
    missing, unexpected = model.load_state_dict(found, strict=False)
    missing = {name for name in missing if name not in same}
    if strict and (missing or unexpected):
        raise RuntimeError(
            f"Error(s) in loading state_dict for {type(model).__name__}: missing {sorted(missing)}, "
            f"unexpected {sorted(unexpected)}"
        )
    return missing, list(unexpected)


class safe_open:
    """A file of which one reads single tensors, or parts of them; the rest stays on the disk.

    Args:
        filename: the file.
        framework: "pt", as in PyTorch; accepted so that the same line runs.
        device: where the tensors go.

    >>> import os, tempfile, tensorbook as torch
    >>> path = os.path.join(tempfile.mkdtemp(), "x.safetensors")
    >>> save_file({"a": torch.zeros(1), "b": torch.arange(12).view(3, 4)}, path)
    >>> with safe_open(path, framework="pt") as f:
    ...     print(f.keys(), f.get_slice("b")[:, 1])
    ['a', 'b'] tensor([1, 5, 9])
    """

    def __init__(self, filename: str | os.PathLike, framework: str = "pt", device: str | int | devices.device = "cpu"):
        if framework not in ("pt", "torch", "pytorch"):
            raise SafetensorError(f"framework {framework} is invalid: these tensors are PyTorch's, 'pt'")
        self._device = devices.resolve(device)
        file = open(filename, "rb")  # noqa: SIM115 (closed by __exit__)
        self._source = _Reading(file, os.path.getsize(filename), os.fspath(filename))

    def __enter__(self) -> safe_open:
        return self

    def __exit__(self, *_: object) -> None:
        self._source.file.close()

    def keys(self) -> list[str]:
        """The tensors' names, sorted."""
        return sorted(self._source.places)

    def offset_keys(self) -> list[str]:
        """The tensors' names, in the order in which they lie in the file."""
        return sorted(self._source.places, key=lambda name: self._source.places[name].start)

    def metadata(self) -> dict[str, str] | None:
        """The texts that were stored beside the tensors."""
        return self._source.metadata

    def get_tensor(self, name: str) -> Tensor:
        return self._source.tensor(name, self._device)

    def get_slice(self, name: str) -> Slice:
        """A tensor of which only what is asked for is read: `f.get_slice("w")[:10]`."""
        return Slice(self._source, self._source.place(name), self._device)


class Slice:
    """A tensor in a file, to be indexed."""

    def __init__(self, source: _Reading, place: _Place, device: devices.device):
        self._source, self._place, self._device = source, place, device

    def get_shape(self) -> list[int]:
        return list(self._place.shape)

    def get_dtype(self) -> str:
        return NAMES[self._place.dtype]

    def __getitem__(self, index: object) -> Tensor:
        place, name = self._place, self._source.name
        if not place.shape or 0 in place.shape:
            return make(devices.move(self._source.array(place)[index], self._device))
        kind = place.dtype.numpy.newbyteorder("<")
        mapped = np.memmap(name, kind, "r", self._source.start + place.start, place.shape)
        return make(devices.move(np.array(mapped[index], place.dtype.numpy, order="C"), self._device))


class _Place:
    """What the header says of a tensor, checked."""

    def __init__(self, entry: dict):
        name, self.shape, (self.start, self.end) = entry["dtype"], tuple(entry["shape"]), entry["data_offsets"]
        if name not in DTYPES:
            raise ValueError(f"it has the dtype {name}; this library has {', '.join(map(str, ORDER))}")
        self.dtype = DTYPES[name]
        numbers = (*self.shape, self.start, self.end)
        if any(type(n) is not int or n < 0 for n in numbers):
            raise ValueError(f"a shape or place is not a number from 0 on: {entry}")
        if self.end - self.start != math.prod(self.shape) * self.dtype.itemsize:
            raise ValueError(f"shape, dtype and place do not fit together: {entry}")


class _Reading:
    """An open file whose header has been read and checked."""

    def __init__(self, file: IO[bytes], size: int, name: str):
        self.file, self.name = file, name
        try:
            self._read_header(size)
        except SafetensorError:
            file.close()
            raise

    def __enter__(self) -> _Reading:
        return self

    def __exit__(self, *_: object) -> None:
        self.file.close()

    def _read_header(self, size: int) -> None:
        length = int.from_bytes(self.file.read(8), "little")
        self.start = 8 + length
        if size < 8:
            raise self._damaged(f"header too small: the file has {size} bytes")
        if length > LONGEST_HEADER:
            raise self._damaged("header too large: this is no safetensors file")
        if self.start > size:
            raise self._damaged(f"invalid header length: it says {length} bytes, the file has {size}")
        try:
            header = json.loads(self.file.read(length).decode(), object_pairs_hook=_without_repetition)
            self.metadata = header.pop("__metadata__", None)
            self.places = {name: _Place(entry) for name, entry in header.items()}
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise self._damaged(f"invalid header: {error}") from None
        end = 0
        for place in sorted(self.places.values(), key=lambda place: (place.start, place.end)):
            if place.start != end:
                raise self._damaged(f"the tensors do not lie one after another: one ends at {end}, the next begins at "
                                    f"{place.start}")  # fmt: skip
            end = place.end
        if self.start + end != size:
            raise self._damaged(f"it is cut off or has more than it should: {self.start + end} bytes are expected, "
                                f"there are {size}")  # fmt: skip

    def _damaged(self, what: str) -> SafetensorError:
        return SafetensorError(f"Error while deserializing {self.name}: {what}")

    def place(self, name: str) -> _Place:
        if name not in self.places:
            raise SafetensorError(f"File does not contain tensor {name}; it has {', '.join(sorted(self.places))}")
        return self.places[name]

    def array(self, place: _Place) -> np.ndarray:
        self.file.seek(self.start + place.start)
        data = np.empty(place.end - place.start, np.uint8)
        if self.file.readinto(memoryview(data)) != data.size:
            raise self._damaged("it was cut off while it was read")
        little = data.view(place.dtype.numpy.newbyteorder("<")).reshape(place.shape)
        return little.astype(place.dtype.numpy, copy=False)

    def tensor(self, name: str, device: devices.device) -> Tensor:
        array = devices.move(self.array(self.place(name)), device)
        return make(array, Storage.over(array))


def _without_repetition(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name comes twice")
    return found
