"""`Steered`: a picture of a training run with run, pause, step and reset, from Python and from the page."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar, Self

import numpy as np

from .base import Picture
from .training_background import Background, Interrupt
from .training_run import Status, TrainingRun

SHOW_EVERY = 0.07  # seconds between two pictures while it runs


class Steered(Picture):
    """What `TrainingDashboard` and `Playground` share: a `TrainingRun` that goes on in slices between the cells.

    A slice holds whole steps, so a cell never sees parameters in the middle of one.
    """

    after_failure: ClassVar[str]
    """What is said below the words of a step that raised."""

    def __init__(self, run: TrainingRun):
        self._run = run
        self._views = 0
        self._blocking = False
        self._goal: int | None = None  # where a run of so many steps ends
        self._clock: list[tuple[float, int]] = []  # (seconds, step) of the last second of pictures
        self._shown_at = 0.0
        super().__init__()
        self._background = Background(self._slice, self._ask_to_pause)

    def reset(self) -> None:
        """Back to the start."""
        raise NotImplementedError(f"{type(self).__name__}.reset")

    def _look_at_present(self) -> None:
        """Called when training goes on, for a picture that can show an earlier moment."""

    # -- from Python -------------------------------------------------------------------------------------------------
    def run(self, steps: int = 100) -> Self:
        """Take so many steps now, and return when they are done (or paused, or finished); the picture follows.

        What `step` raises is raised here too. An interrupt of the kernel waits for the end of the step.
        """
        if not isinstance(steps, int) or isinstance(steps, bool) or steps < 1:
            raise ValueError(f"steps must be a whole number, at least 1, not {steps!r}")
        if self.running:
            self.pause()
        if not self._begin():
            return self
        self._blocking = True  # the page cannot pause it: its messages wait for the end of the cell
        interrupt = Interrupt(self._ask_to_pause)
        try:
            self._show()
            with interrupt:
                for left in reversed(range(steps)):
                    if not self._run.advance(watch=left == 0 or self._due()):
                        break
                    if self._due():
                        self._show()
        finally:
            interrupt.forget()
            self._blocking = False
            self._end()
        if self._run.exception is not None:
            raise self._run.exception
        if interrupt.asked:
            raise KeyboardInterrupt(f"training paused at step {self.step_count:,}")
        return self

    def start(self, steps: int | None = None) -> None:
        """Train in the background, for so many steps or until paused, while other cells can be run."""
        if steps is not None and (not isinstance(steps, int) or steps < 1):
            raise ValueError(f"steps must be a whole number, at least 1, or None, not {steps!r}")
        self._goal = None if steps is None else self.step_count + steps
        if not self.running and self._begin():
            try:
                self._background.start()
            except RuntimeError:
                self._end()
                raise

    def pause(self) -> None:
        """Stop after the step that is being taken."""
        self._run.stop_wanted = ""
        if self.running:
            self._end()

    def close(self) -> None:
        """Stop training and remove the widget from the page."""
        if hasattr(self, "_background"):
            self._run.stop_wanted = "closed"
            self._run.end("closed")
            self._background.cancel()
        super().close()

    @property
    def running(self) -> bool:
        """Whether it is training now."""
        return self._run.status is Status.RUNNING

    @property
    def status(self) -> str:
        """One of "ready", "running", "paused", "failed", "finished"."""
        return str(self._run.status)

    @property
    def step_count(self) -> int:
        """How many steps have been taken since the start or the last reset."""
        return self._run.step_count

    @property
    def history(self) -> dict[str, np.ndarray]:
        """One array per column: "step", "lr" and every metric, nan where a step did not return it.

        Every step is there up to 32,768 of them; in a longer run, those with the lowest and highest values.
        """
        return self._run.history.columns()

    @property
    def warnings(self) -> list[str]:
        """What is warned of at this moment, in words."""
        return [f"{note.seen}. {note.advice}" for note in self._run.warnings()]

    @property
    def exception(self) -> BaseException | None:
        """What the last step raised, to look at its traceback; `error` is the same in words."""
        return self._run.exception

    # -- training ----------------------------------------------------------------------------------------------------
    def _begin(self) -> bool:
        self._clock = []
        self._look_at_present()
        began = self._run.begin()
        self._sync_error()
        self._show()
        return began

    def _end(self, reason: str = "") -> None:
        self._run.end(reason or self._run.stop_wanted or "")
        self._clock = []
        self._sync_error()
        self.refresh()

    def _slice(self, seconds: float) -> bool:
        """Whole steps for about so many seconds; whether there are more to take."""
        end = time.perf_counter() + seconds
        due = self._due()
        while self._run.stop_wanted is None and self.running:
            try:
                more = self._run.advance(watch=due)
            except KeyboardInterrupt:
                more = False
            if not more or self.step_count == self._goal:
                break
            if due:
                self._show()
                due = False
            if time.perf_counter() >= end:
                return True
        self._end()
        return False

    def _ask_to_pause(self) -> None:
        self._run.stop_wanted = "interrupted"

    def _due(self) -> bool:
        return time.perf_counter() - self._shown_at >= SHOW_EVERY

    def _show(self) -> None:
        self._clock = [(at, step) for at, step in self._clock if at > time.perf_counter() - 1]
        self._clock.append((time.perf_counter(), self.step_count))
        self.refresh()
        # A picture that takes long to make must not take the time of the training: at most a tenth of it.
        now = time.perf_counter()
        self._shown_at = now + max(0.0, 9 * (now - self._clock[-1][0]) - SHOW_EVERY)

    def _rate(self) -> float | None:
        if not self.running or len(self._clock) < 2:
            return None
        (start, first), (end, last) = self._clock[0], self._clock[-1]
        return (last - first) / (end - start) if end > start else None

    def _sync_error(self) -> None:
        failure = self._run.exception
        self.error = "" if failure is None else f"{self._run.reason}\n{self.after_failure}"

    # -- from the page -----------------------------------------------------------------------------------------------
    def _arrive(self, widget: Any, content: Any, buffers: Any) -> None:
        if isinstance(content, dict) and content.get("kind") == "pause":
            self._run.stop_wanted = ""  # at once, whichever thread this is; the rest follows between two slices
        self._background.hand_over(lambda: super(Steered, self)._arrive(widget, content, buffers))

    @contextmanager
    def guard(self) -> Iterator[None]:
        """Like `Picture.guard`, but the failure of a step stays in `error` until training goes on."""
        try:
            yield
        except Exception as failure:
            self.error = f"{type(failure).__name__}: {failure}"
        else:
            self._sync_error()

    def receive(self, kind: str, data: dict[str, Any]) -> Any:
        """What every page asks for: run, pause, step, reset, shown, hidden."""
        if kind == "run":
            return self.start()
        if kind == "pause":
            return self.pause()
        if kind == "step":
            return self._one_step()
        if kind == "reset":
            return self.reset()
        if kind in ("shown", "hidden"):
            self._views += 1 if kind == "shown" else -1
            if self._views <= 0 and self.running:
                self._end("its picture was closed")
            return None
        return super().receive(kind, data)

    def _one_step(self) -> None:
        self.pause()
        self._look_at_present()
        if not self._run.begin():  # the page is not told: a button that is off for a moment would miss a quick press
            return
        interrupt = Interrupt(self._ask_to_pause)
        try:
            with interrupt:
                self._run.advance(watch=True)
        except KeyboardInterrupt:
            pass  # the run says so itself
        finally:
            interrupt.forget()
            self._end()

    def _sentence(self) -> str:
        run = self._run
        if run.status is Status.READY:
            return "not run yet"
        if run.status is Status.RUNNING:
            return "running"
        if run.status is Status.FINISHED:
            return f"finished: {run.reason}"
        if run.status is Status.FAILED:
            return run.reason
        return f"paused at step {run.step_count:,}" + (f": {run.reason}" if run.reason else "")
