"""Running a learner's code so that nothing it does can stop the notebook."""

import _thread
import contextlib
import threading
from collections.abc import Iterator


class TookTooLong(Exception):
    """The guarded code ran past its limit."""


@contextlib.contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Interrupt the body after ``seconds`` by TookTooLong.

    An interrupt from a timer, and not a signal, since signal.alarm is absent on Windows. Python
    hands interrupts to the main thread only: elsewhere the body runs without a limit.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    lock, expired, finished = threading.Lock(), False, False

    def interrupt() -> None:
        nonlocal expired
        with lock:
            if not finished:
                expired = True
                _thread.interrupt_main()

    timer = threading.Timer(seconds, interrupt)
    timer.daemon = True
    timer.start()
    try:
        yield
        with lock:  # an interrupt that was on its way arrives while this block still catches it
            finished = True
    except KeyboardInterrupt:
        if not expired:  # the learner pressed the stop button
            raise
        raise TookTooLong(f"{seconds:g} seconds") from None
    finally:
        finished = True
        timer.cancel()
