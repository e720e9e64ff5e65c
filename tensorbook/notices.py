"""Warnings as PyTorch gives them: at the caller's own line, and some of them once only."""

from __future__ import annotations

import sys
import warnings

_TOLD: set[str] = set()


def warn(message: str, *, once: bool = False) -> None:
    """A UserWarning that points at the line outside this package that led here.

    Args:
        once: in a program PyTorch gives this one a single time, whatever the filters say.
    """
    if once:
        if message in _TOLD:
            return
        _TOLD.add(message)
    frame, level = sys._getframe(1), 1
    while frame.f_back is not None and frame.f_globals.get("__name__", "").startswith(f"{__package__}."):
        frame, level = frame.f_back, level + 1
    warnings.warn(message, UserWarning, stacklevel=level + 1)
