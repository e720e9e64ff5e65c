"""`torch.save` and `torch.load`, in PyTorch's own file format, both ways.

A file is a zip archive: `data.pkl` says what there is, `data/0`, `data/1`, … hold the memory of the tensors
(https://pytorch.org/docs/stable/notes/serialization.html). `data.pkl` is a pickle, a program for a small stack machine
that in Python's own hands may call anything. Here a machine of our own runs it (reader.py), which knows tensors,
numbers, strings and containers, and no way to call anything else: loading a file never executes what is in it.
"""

from __future__ import annotations

import os
import pickle
import zipfile
from typing import IO

from . import legacy
from .archive import read_archive, write_archive
from .atomic import replacing
from .place import MapLocation, placing
from .safe_globals import add_safe_globals, clear_safe_globals, get_safe_globals, safe_globals
from .writer import describe

__all__ = ["add_safe_globals", "clear_safe_globals", "get_safe_globals", "load", "safe_globals", "save"]

File = str | os.PathLike | IO[bytes]


def save(
    obj: object,
    f: File,
    pickle_module: None = None,
    pickle_protocol: int = 2,
    _use_new_zipfile_serialization: bool = True,
) -> None:
    """Write an object to a file that PyTorch and this library read.

    Tensors (views of one memory stay views of one memory), Parameters, dicts, lists, tuples, sets, numbers, strings,
    bytes, None, shapes, dtypes, devices, and what is made of them, as state_dict() is. A path is written to a file
    beside it, which takes its place when it is whole: a program that is killed leaves the old file or the new one.

    Raises TypeError for anything else (for a model, save its state_dict), RuntimeError where there is no such folder.

    >>> import io, tensorbook as torch
    >>> buffer = io.BytesIO()
    >>> torch.save({"w": torch.ones(2), "step": 3}, buffer)
    >>> _ = buffer.seek(0)
    >>> torch.load(buffer)
    {'w': tensor([1., 1.]), 'step': 3}
    """
    if not _use_new_zipfile_serialization:
        raise ValueError(
            "torch.save of tensorbook writes the zip format of PyTorch 1.6 and later, not the one before it"
        )
    if pickle_module is not None or pickle_protocol != 2:
        raise ValueError("torch.save of tensorbook writes pickle protocol 2, which PyTorch reads, with no other module")
    description, storages = describe(obj)
    if hasattr(f, "write"):
        write_archive(f, "archive", description, storages)
    elif isinstance(f, (str, os.PathLike)):
        name = os.path.splitext(os.path.basename(f))[0]
        with replacing(f) as file:
            write_archive(file, name if name.isascii() else "archive", description, storages)
    else:
        raise AttributeError(f"expected 'f' to be a path or a file object with a write method, got {type(f).__name__}")


def load(
    f: File, map_location: MapLocation = None, pickle_module: None = None, *, weights_only: bool = True,
    mmap: bool | None = None,
) -> object:  # fmt: skip
    """Read what `save` wrote, here or in PyTorch (its older format too).

    Args:
        f: a path, or a file object that can seek.
        map_location: where tensors go instead of where they were: "cpu" or another device, a dict from one to
            another, or a function of (storage, location).
        weights_only: makes no difference: code in a file is never executed, whatever stands here.
        mmap: read the tensors' memory from the file when it is looked at, not before. Needs a path.

    Raises FileNotFoundError, EOFError for an empty file, RuntimeError for one that is cut off or damaged, and
    pickle.UnpicklingError for one that holds something else than tensors and containers, which it names.
    """
    if pickle_module is not None:
        raise ValueError("torch.load of tensorbook reads files with its own reader, which never executes code")
    if not hasattr(f, "read") and not isinstance(f, (str, os.PathLike)):
        raise AttributeError(f"expected 'f' to be a path or a file object with read and seek, got {type(f).__name__}")
    if mmap and not isinstance(f, (str, os.PathLike)):
        raise ValueError("f must be a file name in order to use the mmap argument")
    if hasattr(f, "read"):
        return _load(f, getattr(f, "name", "the file object"), map_location, False)
    with open(f, "rb") as file:
        return _load(file, os.fspath(f), map_location, bool(mmap))


def _load(file: IO[bytes], name: str, map_location: MapLocation, mapped: bool) -> object:
    """What is in an open file; every failure names the file."""
    place = placing(map_location)
    start = file.tell()
    head = file.read(4)
    file.seek(start)
    if not head:
        raise EOFError(f"Ran out of input: {name} is empty, or has been read to its end (seek(0) goes back)")
    try:
        if head == b"PK\x03\x04":
            return read_archive(file, place, mapped)
        return legacy.read(file, place)
    except pickle.UnpicklingError as error:
        raise pickle.UnpicklingError(f"{name}: {error}") from None
    except (zipfile.BadZipFile, EOFError) as error:
        raise RuntimeError(f"{name} cannot be read (cut off, damaged, or of another kind): {error}") from None
