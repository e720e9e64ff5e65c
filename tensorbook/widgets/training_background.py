"""Work in short slices on the kernel's event loop, so that other cells and the page are served in between.

Training must not run in a thread of its own: a cell would then see parameters in the middle of a step. Slices on the
loop that also runs the cells cannot overlap with one. Messages from the page may arrive in another thread (JupyterLab
sends them to a kernel subshell where there is one), so whatever changes something is handed over to that loop.
"""

from __future__ import annotations

import asyncio
import signal
import threading
import weakref
from collections.abc import Callable
from types import FrameType
from typing import Any

SLICE = 0.010  # seconds of work between two looks at the messages that wait
REST = 0.001  # seconds in which the loop takes them in: a message needs several turns of the loop to be handled


class Background:
    """Calls `work(seconds)` again and again while it returns True; holds no strong reference to its owner.

    Args:
        work: A method that works for about so many seconds and says whether there is more to do.
        ask_to_stop: Called when the kernel is interrupted while the work goes on; `work` should then come to its end.
    """

    def __init__(self, work: Callable[[float], bool], ask_to_stop: Callable[[], None]):
        self._work = weakref.WeakMethod(work)
        self._interrupt = Interrupt(ask_to_stop)
        self._task: asyncio.Task[None] | None = None
        try:
            self._loop: asyncio.AbstractEventLoop | None = asyncio.get_running_loop()
        except RuntimeError:
            self._loop = None
        self._thread = threading.get_ident()

    @property
    def active(self) -> bool:
        return self._task is not None and not self._task.done()

    def start(self) -> None:
        """Start working; without an event loop that runs there is no background, and RuntimeError is raised."""
        if self.active:
            return
        if self._loop is None or not self._loop.is_running():
            try:
                self._loop, self._thread = asyncio.get_running_loop(), threading.get_ident()
            except RuntimeError:
                raise RuntimeError(
                    "there is no event loop to train on in the background (it needs a notebook); use run(steps=…)"
                ) from None
        self._task = self._loop.create_task(_keep_working(self._work, self._interrupt))

    def hand_over(self, function: Callable[[], Any]) -> None:
        """Have `function` called on the loop that runs the cells, in the order of asking, from any thread."""
        if self._loop is not None and self._loop.is_running():
            self._loop.call_soon_threadsafe(function)
        else:
            function()

    def cancel(self) -> None:
        """Stop for good, between two slices."""
        if self.active and self._loop is not None and not self._loop.is_closed():
            self.hand_over(self._task.cancel)


async def _keep_working(work: weakref.WeakMethod[Callable[[float], bool]], interrupt: Interrupt) -> None:
    try:
        more = True
        while more:
            method = work()
            if method is None:  # the owner is gone
                return
            with interrupt:
                more = method(SLICE)
            del method
            await asyncio.sleep(REST)
    finally:
        interrupt.forget()


class Interrupt:
    """An interrupt of the kernel asks the work to stop between two steps; a second one breaks into the step.

    Between two cells a kernel ignores interrupts, so there the handler stays from slice to slice. While a cell runs,
    the cell's own handler is in place between the slices.
    """

    def __init__(self, ask_to_stop: Callable[[], None]):
        self._ask = weakref.WeakMethod(ask_to_stop)
        self._outer: Any = None
        self.working = False
        self.asked = False

    def __enter__(self) -> Interrupt:
        self.asked = False
        _listening.add(self)
        self._outer = None
        if threading.current_thread() is threading.main_thread():
            current = signal.getsignal(signal.SIGINT)
            if current is not _interrupted:
                self._outer = current
                signal.signal(signal.SIGINT, _interrupted)
        self.working = True
        return self

    def __exit__(self, *_: Any) -> None:
        self.working = False
        if self._outer is not None and self._outer is not signal.SIG_IGN:
            signal.signal(signal.SIGINT, self._outer)

    def ask(self) -> None:
        self.asked = True
        if (ask := self._ask()) is not None:
            ask()

    def forget(self) -> None:
        """Listen no more."""
        _listening.discard(self)
        main = threading.current_thread() is threading.main_thread()
        if main and not _listening and signal.getsignal(signal.SIGINT) is _interrupted:
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # only where that was found is the handler ever left in place


_listening: weakref.WeakSet[Interrupt] = weakref.WeakSet()


def _interrupted(number: int, frame: FrameType | None) -> None:
    if any(interrupt.working and interrupt.asked for interrupt in _listening):
        raise KeyboardInterrupt
    for interrupt in list(_listening):
        interrupt.ask()
