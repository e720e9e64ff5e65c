"""Marks on functions, and questions that a function may ask."""

from __future__ import annotations

import threading
from collections.abc import Callable

state = threading.local()


def export(fn: Callable) -> Callable:
    """Mark a method of a module to be checked along with forward."""
    fn._jit_mark = "export"
    return fn


def ignore(drop: bool | Callable = False) -> Callable:
    """Mark a function to be left to Python: it is not checked."""
    if callable(drop):
        drop._jit_mark = "ignore"
        return drop
    return ignore


def unused(fn: Callable) -> Callable:
    """Mark a function that is never called once scripted: it is not checked, and raises when called then."""
    fn._jit_mark = "unused"
    return fn


def left_to_python(fn: object) -> bool:
    return getattr(fn, "_jit_mark", None) in ("ignore", "unused")


def is_scripting() -> bool:
    """False: scripted functions run as Python here, so what stands under `if not is_scripting()` runs."""
    return False


def is_tracing() -> bool:
    """Whether torch.jit.trace is just running a function."""
    return getattr(state, "tracing", False)


def annotate(the_type: object, the_value: object) -> object:
    """The value, said to be of that type."""
    return the_value
