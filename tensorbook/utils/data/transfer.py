"""Batches from one process to another: pickled through a pipe, large arrays through memory that both can see.

A batch is pickled with its arrays left out (pickle protocol 5). Small ones follow in the same message. Large ones are
written to a file in the machine's memory (/dev/shm); the receiver maps it, which copies nothing, and removes its name.
The memory goes when the last tensor over it goes.
"""

from __future__ import annotations

import mmap
import os
import pickle
import shutil
import tempfile

LARGE = 1 << 16  # bytes: what fits into a pipe at once goes through the pipe
ALIGNED = 64  # bytes: where an array may begin
SHARED_MEMORY = "/dev/shm"


def make_folder() -> str | None:
    """A folder in memory for one loader's batches; None where the machine has no such place."""
    if not os.access(SHARED_MEMORY, os.W_OK):
        return None
    return tempfile.mkdtemp(prefix="tensorbook-", dir=SHARED_MEMORY)


def remove(folder: str | None) -> None:
    """Remove a folder and what nobody has fetched from it."""
    if folder is not None:
        shutil.rmtree(folder, ignore_errors=True)


def pack(message: object, folder: str | None) -> bytes:
    """The bytes to send for a message; large arrays in it go into a file in the folder."""
    if folder is None:
        return pickle.dumps((None, [], pickle.dumps(message, protocol=5)))
    buffers: list[pickle.PickleBuffer] = []
    body = pickle.dumps(message, protocol=5, buffer_callback=buffers.append)
    arrays = [buffer.raw() for buffer in buffers]
    sizes = [array.nbytes for array in arrays]
    if sum(sizes) + len(body) >= LARGE:
        path = _write(arrays, folder)
        if path is not None:
            return pickle.dumps((path, sizes, body))
    return pickle.dumps((None, [bytearray(array) for array in arrays], body))


def _write(arrays: list[memoryview], folder: str) -> str | None:
    """A new file with the arrays one after another; None where the memory set aside for such files is full."""
    handle, path = tempfile.mkstemp(dir=folder)
    with open(handle, "wb") as file:
        try:
            for array in arrays:
                file.write(array)
                file.write(bytes(-array.nbytes % ALIGNED))
        except OSError:
            file.truncate(0)
            os.unlink(path)
            return None
    return path


def unpack(data: bytes) -> object:
    """The message that was packed. Its large arrays lie in the shared memory itself."""
    path, parts, body = pickle.loads(data)
    if path is None:
        return pickle.loads(body, buffers=parts)
    with open(path, "r+b") as file:
        os.unlink(path)
        shared = memoryview(mmap.mmap(file.fileno(), 0)) if any(parts) else memoryview(b"")
    buffers, start = [], 0
    for size in parts:
        buffers.append(shared[start : start + size])
        start += size + -size % ALIGNED
    return pickle.loads(body, buffers=buffers)
