"""Threads that help the one which calls, for work that NumPy does without holding Python's lock."""

from __future__ import annotations

import contextlib
import contextvars
import os
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from . import settings

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

_helpers: ThreadPoolExecutor | None = None  # beside the thread that calls
_ids: list[int] = []  # the helpers', as the system counts threads
_left_free: int | None = None  # the processor that they stay away from
_processor_now: Callable[[], int] | None = None  # where the calling thread runs


def _forget_helpers() -> None:
    global _helpers, _left_free
    _helpers = _left_free = None
    _ids.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_helpers)  # a fork has none of the threads


def _start(count: int) -> ThreadPoolExecutor:
    global _processor_now
    from concurrent.futures import ThreadPoolExecutor  # takes 10 ms

    if hasattr(os, "sched_setaffinity"):
        import ctypes

        _processor_now = getattr(ctypes.CDLL(None), "sched_getcpu", None)
    return ThreadPoolExecutor(count, "tensorbook", _note_helper)


def _note_helper() -> None:
    helper = threading.get_native_id()
    _ids.append(helper)
    _place([helper])


def _make_room() -> None:
    """Keep the helpers off the processor that the calling thread runs on.

    Linux may wake a thread where the waking one runs, though another processor is idle: in a virtual machine an idle
    processor looks like one that was taken away. Both then share one processor, for longer than the work takes.
    """
    global _left_free
    here = _processor_now() if _processor_now else None
    if here != _left_free:
        _left_free = here
        _place(_ids)


def _place(helpers: list[int]) -> None:
    others = os.sched_getaffinity(0) - {_left_free} if _processor_now else None
    for helper in helpers if others else ():
        with contextlib.suppress(OSError):  # a thread that has ended
            os.sched_setaffinity(helper, others)


def share(work: Callable[[], None]) -> None:
    """Have as many threads as `set_num_threads` allows run `work`, which ends when nothing is left to do."""
    global _helpers
    threads = settings.get_num_threads()
    if threads > 1 and _helpers is None:
        _helpers = _start(max(threads, settings.processors()))  # each begins when it is needed
    helpers, todo = _helpers, [work]

    def help_out() -> None:
        todo[0]()

    _make_room()
    begun = [helpers.submit(contextvars.copy_context().run, help_out) for _ in range(threads - 1)] if helpers else []
    try:
        work()
    finally:
        for one in begun:
            if not one.cancel():  # where a thread came too late there is nothing left for it
                one.result()
        todo.clear()  # what was cancelled still waits in a queue, and must not hold on to the memory it worked in
