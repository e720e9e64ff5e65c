"""Written source, compiled once and kept beside Python's own `.pyc` files.

Writing and compiling the source of more than a thousand functions (define.py, faces.py) takes half a second. What comes
of it depends on nothing but the entries and the files that write, so it is kept in one file in `__pycache__`, and the
next import reads it back in a few milliseconds. Where that folder cannot be written, everything is compiled each time.
"""

from __future__ import annotations

import linecache
import marshal
import os
import sys
from collections.abc import Callable
from importlib._bootstrap_external import cache_from_source
from types import CodeType

WRITERS = ("array_twins.py", "compiled.py", "define.py", "entry.py", "faces.py", "into.py", "pieces.py")
"""The files that what is kept depends on, besides the entries."""


def _fingerprint() -> tuple:
    """What must be as it was for kept code to be right."""
    folder = os.path.dirname(__file__)
    stamps = [os.stat(os.path.join(folder, name)) for name in WRITERS]
    return (sys.version, *((s.st_mtime_ns, s.st_size) for s in stamps))


class Kept:
    """What was written for each key, now or by an earlier import."""

    def __init__(self) -> None:
        self.known: dict[tuple, tuple] = {}
        self.new = False
        self.path = ""
        try:
            self.path = cache_from_source(__file__).removesuffix("pyc") + "written"
            self.stamp = _fingerprint()
            with open(self.path, "rb") as file:
                stamp, known = marshal.loads(file.read())  # in one piece: marshal.load takes four times as long
            if stamp == self.stamp:
                self.known = known
        except (OSError, EOFError, ValueError, TypeError, NotImplementedError):
            pass  # nothing is kept yet, or it is not to be read: then it is written anew
        self.first = len(self.known)  # how many an earlier import has written

    def __call__(self, key: tuple, write: Callable[[], tuple]) -> tuple:
        """What `write` returns for this key; called only where it is not known."""
        found = self.known.get(key)
        if found is None:
            found = self.known[key] = write()
            self.new = True
        return found

    def save(self) -> None:
        """Keep what was written since the last time, whole or not at all."""
        if not self.new or not self.path or sys.dont_write_bytecode:
            return
        self.new = False
        part = f"{self.path}.{os.getpid()}"
        try:
            with open(part, "wb") as file:
                file.write(marshal.dumps((self.stamp, self.known)))
            os.replace(part, self.path)
        except OSError:
            pass


kept = Kept()


def compiled(source: str, filename: str) -> CodeType:
    return compile(source, filename, "exec")


def defined(code: CodeType, source: str, name: str, space: dict) -> object:
    """What `name` is after the code has run with `space` as its globals; tracebacks will show its lines."""
    linecache.cache[code.co_filename] = (len(source), None, source.splitlines(keepends=True), code.co_filename)
    found: dict[str, object] = {}
    exec(code, space, found)
    return found[name]
