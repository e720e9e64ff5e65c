"""Tensors, and dicts and lists of them, into a file and back. The file is a plain zip of .npy arrays and one JSON text:
nothing in it is ever executed."""

from __future__ import annotations

import io
import json
import os
import pathlib
import zipfile
from collections import OrderedDict
from typing import IO

import numpy as np

from . import devices
from .tensor import Tensor, make

Target = str | os.PathLike | IO[bytes]


def save(obj: object, f: Target) -> None:
    """Write a tensor, a number, a string, or dicts, lists and tuples of them to a file.

    A path is written to a temporary file first and then renamed: an interrupted save never harms what was there.
    Raises TypeError for what cannot be saved.

    >>> import io, tensorbook as torch
    >>> buffer = io.BytesIO()
    >>> torch.save({"w": torch.ones(2)}, buffer)
    >>> _ = buffer.seek(0)
    >>> torch.load(buffer)
    {'w': tensor([1., 1.])}
    """
    arrays: list[Tensor] = []
    described = _describe(obj, arrays)
    if hasattr(f, "write"):
        _write(f, described, arrays)
        return
    path = pathlib.Path(f)
    if not path.parent.is_dir():
        raise RuntimeError(f"Parent directory {path.parent} does not exist.")
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with open(temporary, "wb") as file:
            _write(file, described, arrays)
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def load(f: Target, map_location: object = None, *, weights_only: bool = True) -> object:
    """Read what `save` wrote. Tensors go to the device they came from, or to `map_location`.

    Raises FileNotFoundError where there is no such file, RuntimeError for a file of another kind.
    """
    try:
        with zipfile.ZipFile(f) as archive:
            described = json.loads(archive.read("tensorbook.json"))
            cache: dict[int, Tensor] = {}

            def tensor(number: int) -> np.ndarray:
                return np.load(io.BytesIO(archive.read(f"{number}.npy")), allow_pickle=False)

            return _restore(described, tensor, map_location, cache)
    except (zipfile.BadZipFile, KeyError) as error:
        raise RuntimeError(f"{f} was not written by torch.save of tensorbook: {error}") from None


def _describe(obj: object, arrays: list[Tensor]) -> object:
    if isinstance(obj, Tensor):
        number = next((i for i, a in enumerate(arrays) if a is obj), None)
        if number is None:
            number = len(arrays)
            arrays.append(obj)
        return {
            "tensor": number, "requires_grad": obj.requires_grad and obj.is_leaf, "device": str(obj.device),
            "kind": type(obj).__name__,
        }  # fmt: skip
    if obj is None or isinstance(obj, (bool, int, float, str)):
        return {"value": obj}
    if isinstance(obj, dict):
        return {
            "dict": [[_describe(k, arrays), _describe(v, arrays)] for k, v in obj.items()],
            "ordered": isinstance(obj, OrderedDict),
        }
    if isinstance(obj, (list, tuple)):
        return {"list" if isinstance(obj, list) else "tuple": [_describe(v, arrays) for v in obj]}
    raise TypeError(
        f"cannot save an object of type {type(obj).__name__}; expected tensors, numbers, strings, or dicts, lists and "
        "tuples of them (for a module, save its state_dict())"
    )


def _write(file: IO[bytes], described: object, arrays: list[Tensor]) -> None:
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("tensorbook.json", json.dumps(described))
        for i, tensor in enumerate(arrays):
            data = io.BytesIO()
            np.save(data, devices.move(tensor._array, devices.CPU), allow_pickle=False)
            archive.writestr(f"{i}.npy", data.getvalue())


def _restore(described: dict, array: object, place: object, cache: dict[int, Tensor]) -> object:
    if "tensor" in described:
        number = described["tensor"]
        if number not in cache:
            target = devices.resolve(described["device"] if place is None else place)
            tensor = make(devices.move(array(number), target))
            kind = next((c for c in Tensor.__subclasses__() if c.__name__ == described["kind"]), None)
            if kind is None:
                tensor.requires_grad_(described["requires_grad"])
            else:  # a Parameter
                tensor = kind(tensor, described["requires_grad"])
            cache[number] = tensor
        return cache[number]
    if "value" in described:
        return described["value"]
    if "dict" in described:
        pairs = [(_restore(k, array, place, cache), _restore(v, array, place, cache)) for k, v in described["dict"]]
        return OrderedDict(pairs) if described["ordered"] else dict(pairs)
    kind = list if "list" in described else tuple
    return kind(_restore(v, array, place, cache) for v in described[kind.__name__])
