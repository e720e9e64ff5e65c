"""Errors in a notebook end at the learner's own line, as PyTorch's do, whose inner frames are not Python."""

import re
import sys
from collections import Counter
from types import TracebackType
from typing import Any

NUMBERED = re.compile(r"\x1b\[38;5;\d+(?:;0?(\d))?m")  # a colour by number, and how it is set: 1 is bold, 3 italic


def install() -> None:
    """Leave tensorbook's own frames out of the tracebacks that this IPython shell shows; elsewhere do nothing.

    `%debug` and `sys.last_traceback` still have every frame.
    """
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    if shell is not None:
        shell.set_custom_exc((Exception,), _show)
        written = shell.InteractiveTB.structured_traceback
        shell.InteractiveTB.structured_traceback = lambda *args, **options: in_both_themes(written(*args, **options))


def in_both_themes(lines: list[str]) -> list[str]:
    """The lines of a traceback with Python's keywords bold, and no colour by number.

    JupyterLab gives the named colours a tint for each of its themes, a colour by number stays what it is: the green
    of IPython's keywords cannot be read on the dark red that lies behind errors in the dark theme.
    """
    return [NUMBERED.sub(lambda found: f"\x1b[{found[1] or 39}m", line) for line in lines]


def without_library(traceback: TracebackType | None) -> TracebackType | None:
    """A copy of a traceback without the frames of tensorbook; those of the caller's code stay, wherever they stand."""
    return _chained([each for each in _each(traceback) if not _of_library(each)])


def without_repeats(traceback: TracebackType | None) -> TracebackType | None:
    """A copy of a traceback in which each line stands three times at most: its first two calls, and its last.

    A recursion that is too deep is a thousand calls of one line. IPython leaves most of them out where the source is
    a file; a notebook's cells are none.
    """
    calls = [(each, (each.tb_frame.f_code, each.tb_lineno)) for each in _each(traceback)]
    all_in_all, so_far, kept = Counter(place for _, place in calls), Counter(), []
    for each, place in calls:
        so_far[place] += 1
        if so_far[place] <= 2 or so_far[place] == all_in_all[place]:
            kept.append(each)
    return _chained(kept)


def without_inner_errors(error: BaseException | None) -> None:
    """Let an error, and those behind it, not tell of errors that the library has met and answered by itself."""
    while error is not None:
        behind = error.__cause__ or error.__context__
        if behind is not None and without_library(behind.__traceback__) is None:
            error.__cause__, error.__suppress_context__ = None, True
        error = behind


def _each(traceback: TracebackType | None) -> list[TracebackType]:
    found = []
    while traceback is not None:  # a loop: the error may be that of too deep a recursion
        found.append(traceback)
        traceback = traceback.tb_next
    return found


def _chained(tracebacks: list[TracebackType]) -> TracebackType | None:
    following = None
    for each in reversed(tracebacks):
        following = TracebackType(following, each.tb_frame, each.tb_lasti, each.tb_lineno)
    return following


def _of_library(traceback: TracebackType) -> bool:
    name = str(traceback.tb_frame.f_globals.get("__name__", ""))
    return name.partition(".")[0] == "tensorbook" or traceback.tb_frame.f_code.co_filename.startswith("<tensorbook")


def _show(shell: Any, kind: type, error: Exception, traceback: TracebackType, tb_offset: int | None = None) -> None:
    without_inner_errors(error)
    ours = without_library(traceback)
    shown = without_repeats(ours)
    if left_out := len(_each(ours)) - len(_each(shown)):
        # Said below the message, where it is read; an error that is raised again has the note already.
        note = f"({left_out} calls like those above are not shown.)"
        if note not in getattr(error, "__notes__", ()):
            error.add_note(note)
    shell.showtraceback((kind, error, shown), tb_offset=tb_offset)
    sys.last_traceback = traceback
