"""The IDX format, in which MNIST is published (http://yann.lecun.com/exdb/mnist, "the IDX file format")."""

from __future__ import annotations

import gzip
import math
import os
import struct
import zlib

import numpy as np

KINDS = {8: ">u1", 9: ">i1", 11: ">i2", 12: ">i4", 13: ">f4", 14: ">f8"}


def read_idx(path: str | os.PathLike) -> np.ndarray:
    """The array in an IDX file, packed with gzip or not. RuntimeError, naming the file, where it is none such."""
    with open(path, "rb") as file:
        packed = file.read(2) == b"\x1f\x8b"
    try:
        with gzip.open(path) if packed else open(path, "rb") as file:
            data = file.read()
    except (OSError, EOFError, zlib.error) as error:
        raise RuntimeError(f"{path} is cut off or damaged: {error}") from None
    if len(data) < 4 or data[:2] != b"\0\0" or data[2] not in KINDS or len(data) < 4 + 4 * data[3]:
        raise RuntimeError(f"{path} is not an IDX file: it begins with {data[:4]!r}")
    kind, ndim = np.dtype(KINDS[data[2]]), data[3]
    shape = struct.unpack(f">{ndim}I", data[4 : 4 + 4 * ndim])
    start, expected = 4 + 4 * ndim, math.prod(shape) * kind.itemsize
    if len(data) - start != expected:
        raise RuntimeError(
            f"{path} is cut off or damaged: an array of shape {shape} has {expected} bytes, there are "
            f"{len(data) - start}"
        )
    return np.frombuffer(data, kind, offset=start).reshape(shape).astype(kind.newbyteorder("="))
