"""Errors in a notebook end at the learner's own line, as PyTorch's do, whose inner frames are not Python."""

import sys
from types import TracebackType
from typing import Any


def install() -> None:
    """Leave tensorbook's own frames out of the tracebacks that this IPython shell shows; elsewhere do nothing.

    `%debug` and `sys.last_traceback` still have every frame.
    """
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    if shell is not None:
        shell.set_custom_exc((Exception,), _show)


def without_library(traceback: TracebackType | None) -> TracebackType | None:
    """A copy of a traceback without the frames of tensorbook; those of the caller's code stay, wherever they stand."""
    kept = []
    while traceback is not None:  # a loop: the error may be that of too deep a recursion
        if not _of_library(traceback):
            kept.append(traceback)
        traceback = traceback.tb_next
    following = None
    for each in reversed(kept):
        following = TracebackType(following, each.tb_frame, each.tb_lasti, each.tb_lineno)
    return following


def _of_library(traceback: TracebackType) -> bool:
    name = str(traceback.tb_frame.f_globals.get("__name__", ""))
    return name.partition(".")[0] == "tensorbook" or traceback.tb_frame.f_code.co_filename.startswith("<tensorbook")


def _show(shell: Any, kind: type, error: Exception, traceback: TracebackType, tb_offset: int | None = None) -> None:
    shell.showtraceback((kind, error, without_library(traceback)), tb_offset=tb_offset)
    sys.last_traceback = traceback
