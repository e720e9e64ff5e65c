"""Threads that help the one which calls, for work that NumPy does without holding Python's lock."""

from __future__ import annotations

import contextvars
import os
from collections.abc import Callable
from typing import TYPE_CHECKING

from . import settings

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

_helpers: ThreadPoolExecutor | None = None  # beside the thread that calls


def _forget_helpers() -> None:
    global _helpers
    _helpers = None


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_helpers)  # a fork has none of the threads


def share(work: Callable[[], None]) -> None:
    """Have as many threads as `set_num_threads` allows run `work`, which ends when nothing is left to do."""
    global _helpers
    threads = settings.get_num_threads()
    if threads > 1 and _helpers is None:
        from concurrent.futures import ThreadPoolExecutor  # takes 10 ms

        _helpers = ThreadPoolExecutor(max(threads, settings.processors()), "tensorbook")  # begun as they are needed
    helpers, todo = _helpers, [work]

    def help_out() -> None:
        todo[0]()

    begun = [helpers.submit(contextvars.copy_context().run, help_out) for _ in range(threads - 1)] if helpers else []
    try:
        work()
    finally:
        for one in begun:
            if not one.cancel():  # where a thread came too late there is nothing left for it
                one.result()
        todo.clear()  # what was cancelled still waits in a queue, and must not hold on to the memory it worked in
