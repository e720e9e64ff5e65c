"""Writing a file so that its name always stands for something whole."""

from __future__ import annotations

import contextlib
import os
import pathlib
import shutil
from collections.abc import Iterator
from typing import IO


@contextlib.contextmanager
def replacing(path: str | os.PathLike) -> Iterator[IO[bytes]]:
    """A file to write to, which takes the place of `path` when the block has ended well.

    It is written beside it, brought to the disk, and renamed: whoever looks sees the old file or the new one. Where
    the block fails, the old file stays and nothing is left over.
    """
    path = pathlib.Path(os.path.realpath(path))  # behind a link, the file itself
    if not path.parent.is_dir():
        raise RuntimeError(f"Parent directory {path.parent} does not exist.")
    if path.exists() and not path.is_file():
        with open(path, "wb") as file:  # a device or a pipe is not to be replaced; a folder is refused here
            yield file
        return
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with open(temporary, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        if path.exists():
            shutil.copymode(path, temporary)
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _bring_to_disk(path.parent)


def _bring_to_disk(folder: pathlib.Path) -> None:
    """The new name too, where the system lets one say so."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:  # Windows
        return
    try:
        os.fsync(handle)
    except OSError:
        pass  # some file systems have no such thing
    finally:
        os.close(handle)
