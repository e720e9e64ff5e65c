"""A training run that can be stopped between any two steps, taken back to its start and asked how it goes.

Nothing here knows about pictures, Jupyter or time: the same steps give the same record on every machine.
"""

from __future__ import annotations

import contextlib
import inspect
import math
import numbers
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from statistics import median
from typing import Any

from . import training_notes as notes
from .training_heldout import HeldOut
from .training_history import RESERVED, History
from .training_loop import Loop
from .training_notes import Note
from .training_parameters import Gradients, Parameters, Saved
from .training_relus import Relus, Silent
from .training_streams import Streams, seed_all

CHECKPOINTS = 128  # states that are kept, evenly spread over the run
BUDGET = 16_000_000  # numbers that all of them together may hold: of larger models fewer states are kept
LEAST = 8  # states worth keeping at all
SMALL = 10_000  # parameters with at most so many numbers in all are compared with their first values
MAX_METRICS = 6
FIRST_STEPS = 16  # the first steps are all watched: most mistakes show at once


class Status(StrEnum):
    READY = "ready"
    RUNNING = "running"
    PAUSED = "paused"
    FAILED = "failed"
    FINISHED = "finished"


@dataclass
class State:
    """All that a step changes: enough to go on from there as if nothing had happened since."""

    parameters: Saved
    loop: dict[str, Any] | None
    streams: Streams

    @property
    def size(self) -> int:
        """How many numbers it holds."""
        return _count(self.parameters) + _count(self.loop)


@dataclass
class Checkpoint:
    """What is remembered of one step besides its metrics: enough to look back at it, and to return to it."""

    step: int
    gradients: dict[str, float]
    scalars: dict[str, float]
    state: State | None = None


@dataclass
class Watched:
    """What the latest watched step showed."""

    gradients: dict[str, float] = field(default_factory=dict)  # parameter -> norm of its gradient
    lately: deque[dict[str, float]] = field(default_factory=lambda: deque(maxlen=5))  # the same, of the last few
    largest: float = 0.0  # the largest finite norm so far
    ever: set[str] = field(default_factory=set)  # parameters that got a gradient at least once
    silent: deque[Silent] = field(default_factory=lambda: deque(maxlen=notes.LOOKS))  # units of ReLUs that were off
    first: list[tuple[float, float]] = field(default_factory=list)  # loss, and norm of all gradients, of first steps
    carried_over: int = 0  # first steps in a row in which an older gradient was still in .grad

    def typical(self) -> dict[str, float]:
        """The median norm per parameter: one odd step is no reason to warn."""
        return {name: median(norms.get(name, 0.0) for norms in self.lately) for name in self.gradients}


class TrainingRun:
    """Calls `step(lr)` and keeps the books; the arguments are those of `TrainingDashboard`, or `step` is a `Loop`."""

    def __init__(
        self,
        step: Callable[[float], Any],
        parameters: Any = None,
        lr: float = 0.01,
        *,
        max_steps: int | None = None,
        seed: int | None = None,
        reset: Callable[[], Any] | None = None,
    ):
        _check_step(step)
        if max_steps is not None and (not isinstance(max_steps, numbers.Integral) or max_steps < 1):
            raise ValueError(f"max_steps must be a whole number of steps, at least 1, or None, not {max_steps!r}")
        if reset is not None:
            _check_reset(reset)
        if seed is not None and not isinstance(seed, numbers.Integral):
            raise TypeError(f"seed must be a whole number or None, not {type(seed).__name__}")
        self.step, self.seed, self.max_steps, self.own_reset = step, seed, max_steps, reset
        self.loop = step if isinstance(step, Loop) else None
        if self.loop is None:
            self.lr = lr
        self.parameters = Parameters(parameters, step)
        self.relus = Relus(parameters)
        if seed is not None:
            seed_all(seed)
        self.initial = self._save()
        self._largest = self.initial.size  # numbers in the largest state so far
        self.history = History()
        self.stop_wanted: str | None = None  # why the next slice shall not go on; may be set from any thread
        self._forget()

    def _forget(self) -> None:
        self.status = Status.READY
        self.reason = ""  # why it paused
        self.exception: BaseException | None = None
        self.step_count = 0
        self.headline = ""  # the first metric, which the warnings look at
        self.history.clear()
        self.checkpoints: list[Checkpoint] = []
        self.spacing = 1  # steps between two checkpoints
        self.watched = Watched()
        self.trouble: Note | None = None  # the loss that was nan or infinite
        self.recent: deque[float] = deque(maxlen=2 * notes.WINDOW)
        self.held_out = HeldOut()
        self._keep_checkpoint()

    @property
    def lr(self) -> float:
        """The learning rate that the next step gets."""
        return self._lr if self.loop is None else self.loop.lr

    @lr.setter
    def lr(self, value: float) -> None:
        if not isinstance(value, numbers.Real) or isinstance(value, bool):
            raise TypeError(f"lr must be a number above 0, not {type(value).__name__}")
        if not (0 < value < math.inf):
            raise ValueError(f"lr must be a number above 0, not {value!r}")
        if self.loop is None:
            self._lr = float(value)
        else:
            self.loop.lr = float(value)

    # -- moving ------------------------------------------------------------------------------------------------------
    def advance(self, watch: bool = False) -> bool:
        """Take one step of training. Returns whether the next may follow; if not, `status` and `reason` say why.

        With `watch`, or when a checkpoint is due, the gradients are looked at while backward is at work.
        """
        count = self.step_count + 1
        if count == 1:
            self._begin_streams()
        due = count % self.spacing == 0
        lr = self.lr
        try:
            if watch or due or count <= FIRST_STEPS:
                with self.parameters.watching() as gradients, self.relus.watching() as silent:
                    result = self.step(lr)
                self._learn_from(gradients, silent, count)
            else:
                result = self.step(lr)
            metrics = result if self.loop else read_metrics(result, getattr(self.step, "__name__", "step"))
            if not self.loop and len({*self.history.metrics, *metrics}) > MAX_METRICS:
                raise ValueError(f"step(lr) returned more than {MAX_METRICS} different metrics: {', '.join(metrics)}")
        except KeyboardInterrupt:
            self._stop(Status.PAUSED, f"interrupted inside step {count:,}: parameters may be half way through it")
            raise
        except BaseException as exception:  # the student's code, which may also call exit(): shown, never swallowed
            self.exception = exception
            self._stop(Status.FAILED, f"step {count:,} raised {type(exception).__name__}: {exception}")
            return False
        self.step_count = count
        self.headline = self.headline or next(iter(metrics))
        self.history.append(count, lr, metrics)
        if due:
            self._keep_checkpoint()
        self._look_at(metrics, lr)
        if self.max_steps is not None and count >= self.max_steps and self.status is not Status.PAUSED:
            self._stop(Status.FINISHED, f"{count:,} of {self.max_steps:,} steps")
        return self.status is Status.RUNNING and self.stop_wanted is None

    def begin(self) -> bool:
        """Make ready to advance. Returns False where the run is at its end."""
        if self.status is Status.FINISHED:
            return False
        self.status, self.reason, self.exception, self.stop_wanted = Status.RUNNING, "", None, None
        return True

    def end(self, reason: str = "") -> None:
        """Stop advancing, unless it has stopped by itself already."""
        if self.status is Status.RUNNING:
            self._stop(Status.PAUSED, reason)

    def reset(self) -> None:
        """Put everything that a step changes, and the record, back to the start."""
        self._load(self.initial)
        self._forget()
        if self.own_reset is not None:
            self.own_reset()

    def restore(self, step: int) -> int:
        """Go back to the last checkpoint not after `step`, and forget what came after it. Returns its step."""
        if not isinstance(step, numbers.Integral):
            raise TypeError(f"step must be a whole number, not {type(step).__name__}")
        if not 0 <= step <= self.step_count:
            raise ValueError(f"step must be between 0 and {self.step_count:,}, the steps taken so far, not {step:,}")
        if not self.restorable:
            raise ValueError(
                f"there is nothing to go back to: copies are kept of up to {BUDGET // LEAST:,} numbers, "
                f"and the parameters given (with what an optimizer keeps of them) have {self._largest:,}"
            )
        target = self.checkpoint(step)
        self._load(target.state)
        self.history.truncate(target.step)
        self.checkpoints = [kept for kept in self.checkpoints if kept.step <= target.step]
        self.step_count, self.exception, self.trouble = target.step, None, None
        self.watched = Watched(
            dict(target.gradients), largest=self.largest_until(step), ever=self.watched.ever if target.step else set()
        )
        self.recent.clear()
        self.held_out = HeldOut()
        if target.step:
            self._stop(Status.PAUSED, "went back")
        else:
            self._stop(Status.READY, "")
        return target.step

    def as_of(self, state: State) -> contextlib.AbstractContextManager[None]:
        """Inside, what `data` is predicted with is as it was; what is trained stays as it is."""
        if self.loop is None:
            return self.parameters.as_of(state.parameters)
        return self.loop.as_of(state.parameters, state.loop)

    # -- asking ------------------------------------------------------------------------------------------------------
    @property
    def restorable(self) -> bool:
        return self.parameters.size > 0 and self._room >= LEAST

    def largest_until(self, step: int) -> float:
        """The largest finite norm of a gradient in the checkpoints up to this step."""
        norms = [norm for kept in self.checkpoints if kept.step <= step for norm in kept.gradients.values()]
        return max(filter(math.isfinite, norms), default=0.0)

    @property
    def _room(self) -> int:
        """How many states may be kept."""
        return min(CHECKPOINTS, BUDGET // max(self._largest, 1))

    def checkpoint(self, step: int) -> Checkpoint:
        """The last checkpoint that is not after `step`; there is always one of step 0."""
        return next(kept for kept in reversed(self.checkpoints) if kept.step <= step)

    def batch_sizes(self) -> list[int]:
        """The batch sizes of this run in their order, as far as they are known."""
        if self.loop is None:
            return []
        states = [kept.state.loop["place"] for kept in self.checkpoints[1:] if kept.state]
        return [place.batch_size for place in states or [self.loop.batches.place()] if place.batch_size]

    @property
    def loss(self) -> float | None:
        """The latest value of the first metric; None before the first step."""
        return self.recent[-1] if self.recent else None

    def warnings(self) -> list[Note]:
        """What is worth a word now, the worst first, at most three."""
        if not self.recent:
            return [self.trouble] if self.trouble else []
        norms, shapes = self.watched.gradients, self.parameters.shapes()
        small = self.parameters.size <= SMALL and self.step_count >= 3
        same = self.parameters.unchanged_since(self.initial.parameters) if small else []
        same = [name for name in same if name in self.watched.ever]
        found = [
            self.trouble,
            notes.unchanged(same, self.step_count) if self.loop is None else notes.left_out(self.loop.without(same)),
            notes.carried_over(self.watched.carried_over),
            notes.rising(self.headline, list(self.recent), self.lr),
            notes.all_zero(norms, self.recent[-1]),
            self._exploding(),
            notes.vanishing(self.watched.typical(), shapes),
            notes.dead(self.watched.silent),
            self.held_out.note(self.headline),
        ]
        return [note for note in found if note is not None][:3]

    def _exploding(self) -> Note | None:
        first, lately = self.watched.first, self.watched.lately
        if len(first) < notes.LOOKS or len(lately) < notes.LOOKS:
            return None
        lengths = [_length(norms.values()) for norms in list(lately)[-notes.LOOKS :]]
        before, loss_before = median(length for _, length in first), median(loss for loss, _ in first)
        return notes.exploding(before, median(lengths), loss_before, self.recent[-1], self.lr)

    # -- bookkeeping -------------------------------------------------------------------------------------------------
    def _stop(self, status: Status, reason: str) -> None:
        self.status, self.reason = status, reason

    def _learn_from(self, gradients: Gradients, silent: Silent, step: int) -> None:
        watched = self.watched
        watched.silent.append(silent)
        watched.gradients = gradients.norms
        watched.lately.append(gradients.norms)
        watched.largest = max([watched.largest, *filter(math.isfinite, gradients.norms.values())])
        watched.ever.update(name for name, value in gradients.norms.items() if value > 0)
        if step <= FIRST_STEPS:  # later, a step between two watched ones may have cleared .grad
            watched.carried_over = watched.carried_over + 1 if gradients.carried_over else 0

    def _look_at(self, metrics: Mapping[str, float], lr: float) -> None:
        if self.headline not in metrics:
            return
        loss = metrics[self.headline]
        self.recent.append(loss)
        if len(self.watched.first) < notes.LOOKS and self.watched.gradients:
            self.watched.first.append((loss, _length(self.watched.gradients.values())))
        self.held_out.look(metrics, self.step_count, self.recent)
        note = notes.not_finite(self.headline, loss, self.step_count, lr)
        if note and not self.trouble:  # once: a learner who presses run again means it
            self.trouble = note
            self._stop(Status.PAUSED, note.seen)
        elif note is None:
            self.trouble = None

    def _keep_checkpoint(self) -> None:
        state = None
        if self.restorable:
            state = self._save() if self.step_count else self.initial
            self._largest = max(self._largest, state.size)
        gradients = dict(self.watched.gradients)
        self.checkpoints.append(Checkpoint(self.step_count, gradients, self.parameters.scalars(), state))
        if not self.restorable:  # it has grown too large meanwhile
            for kept in self.checkpoints:
                kept.state = None
        while len(self.checkpoints) > (self._room if self.restorable else CHECKPOINTS):
            self.spacing *= 2
            self.checkpoints = [kept for kept in self.checkpoints if kept.step % self.spacing == 0]

    def _begin_streams(self) -> None:
        """Note where the random streams stand as the run begins: they may have been drawn from since it was made."""
        if self.seed is not None:
            seed_all(self.seed)
        self.initial = replace(self.initial, streams=self._streams())
        if self.restorable:
            self.checkpoints[0].state = self.initial

    def _streams(self) -> Streams:
        return Streams(self.loop.batches.generators() if self.loop else ())

    def _save(self) -> State:
        return State(self.parameters.save(), self.loop.save() if self.loop else None, self._streams())

    def _load(self, state: State) -> None:
        self.parameters.load(state.parameters)
        if self.loop is not None:
            self.loop.load(state.loop)
        state.streams.put_back()  # last: what the others did may have drawn from them


def _length(norms: Iterable[float]) -> float:
    """The norm of several vectors as one."""
    return math.hypot(*norms)


def _count(value: Any) -> int:
    """How many numbers there are in the tensors of something that was saved."""
    if hasattr(value, "numel"):
        return value.numel()
    if isinstance(value, Mapping):
        return sum(map(_count, value.values()))
    return sum(map(_count, value)) if isinstance(value, (list, tuple)) else 0


def read_metrics(result: Any, step: str = "step") -> dict[str, float]:
    """What a step returned, as a dict of named numbers.

    >>> read_metrics(0.5)
    {'loss': 0.5}
    >>> read_metrics({"train": 1, "test": 2.0})
    {'train': 1.0, 'test': 2.0}
    """
    expected = "expected the loss as a number or a 0-d tensor, or a dict of such with a name each"
    if not isinstance(result, Mapping):
        if result is None:
            raise TypeError(f"{step}(lr) returned None; {expected}. Does it end with return loss?")
        return {"loss": _as_number(result, f"{step}(lr) returned", expected)}
    if not result:
        raise ValueError(f"{step}(lr) returned an empty dict; {expected}")
    metrics = {}
    for name, value in result.items():
        if not isinstance(name, str) or not name or name in RESERVED:
            raise ValueError(
                f"{step}(lr) returned a metric called {name!r}; expected a text other than 'step' and 'lr'"
            )
        metrics[name] = _as_number(value, f"{step}(lr) returned {name!r}:", expected)
    return metrics


def _as_number(value: Any, what: str, expected: str) -> float:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return float(value)
    shape = tuple(getattr(value, "shape", ())) if hasattr(value, "item") else None
    if shape is None or isinstance(value, str):
        raise TypeError(f"{what} {type(value).__name__} {value!r:.40}; {expected}")
    if math.prod(shape) != 1:
        raise ValueError(f"{what} a tensor of shape {shape}; {expected}. Does it need .mean()?")
    number = value.item()
    if not isinstance(number, numbers.Real):
        raise TypeError(f"{what} {type(number).__name__} {number!r}; {expected}")
    return float(number)


def _check_step(step: Any) -> None:
    if not callable(step):
        raise TypeError(f"step must be a function that takes the learning rate and returns the loss, not {step!r:.60}")
    if given := _does_not_take(step, 0.01):
        raise TypeError(f"step must take one argument, the learning rate: step(lr); yours is {given}")


def _check_reset(reset: Any) -> None:
    if not callable(reset):
        raise TypeError(f"reset must be a function without arguments, not {type(reset).__name__}")
    if given := _does_not_take(reset):
        raise TypeError(f"reset must be a function without arguments; yours is {given}")


def _does_not_take(function: Any, *arguments: Any) -> str:
    """The function with its arguments, as "step(a, b)", where it cannot be called with these; else ""."""
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        return ""  # some built-in functions have none: the first call will tell
    try:
        signature.bind(*arguments)
    except TypeError:
        return f"{getattr(function, '__name__', 'it')}{signature}"
    return ""
