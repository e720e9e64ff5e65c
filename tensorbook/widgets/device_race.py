"""`DeviceRace`: plain lists, NumPy and tensorbook, on the CPU and on a GPU, timed over sizes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from .base import Picture
from .device_race_picture import draw
from .race_operations import CPU, GPU, LISTS, NUMPY, OPERATIONS, contenders
from .race_timing import LeftOut, Timing, crossings, duration, measure, times
from .training_axes import Axis, log_axis
from .training_background import Background

MOST = 20_000_000  # numbers in an operand: three of them and a result are 320 MB
SIZES = 24  # at most so many
SHOW_EVERY = 0.15  # seconds between two pictures while it runs


class DeviceRace(Picture):
    """Time one operation on plain Python lists, NumPy and tensorbook, on the CPU and on a GPU, over sizes.

    Nothing is timed before `run`, `start`, or the button: until then the picture is the same on every machine. Each
    contender is warmed up, then they take turns; a repeat lasts at least 0.2 ms, and a GPU has done its work before
    the clock stops. Shown are the median and the middle half of the repeats. The operands lie ready on their device:
    moving them there is not timed. Lists hold Python's 64-bit floats, arrays and tensors float32.

    Args:
        sizes: How many numbers an operand has: whole numbers from 1 to 20,000,000, at most 24 of them.
        operation: "add", "multiply-add", "exp", "sum", "random" or "matmul" (of square matrices of about that size).
        seconds: The time for each contender at each size, in seconds; slow ones get at least five repeats.

    A contender that would need more than half a second for a single run is left out at that size, and the picture
    says so.

    >>> race = DeviceRace(sizes=[10, 1000])
    >>> race
    <DeviceRace: add on plain lists, NumPy and tensorbook, 10 to 1,000 numbers: not run yet.>
    >>> [(t.contender, t.size) for t in race.run().results]  # doctest: +ELLIPSIS
    [('plain lists', 10), ('NumPy', 10), ('tensorbook', 10), ...]
    """

    module = "device_race"

    def __init__(
        self,
        sizes: Sequence[int] = (10, 100, 1_000, 10_000, 100_000, 1_000_000),
        *,
        operation: str = "add",
        seconds: float = 0.1,
    ):
        self._sizes = _checked_sizes(sizes)
        _check_operation(operation)
        if not 0 < seconds <= 60:
            raise ValueError(f"seconds must be above 0 and at most 60, not {seconds!r}")
        self._operation, self._seconds = operation, float(seconds)
        self._results: list[Timing | LeftOut] = []
        self._status = dict.fromkeys(OPERATIONS, "ready")
        self._work: Iterator[Timing | LeftOut | str] | None = None
        self._progress = ""
        self._shown_at = 0.0
        super().__init__()
        self._background = Background(self._slice, self.stop)
        self.refresh()

    # -- from Python -------------------------------------------------------------------------------------------------
    def run(self) -> DeviceRace:
        """Measure the chosen operation now, and return when that is done; `seconds` per contender and size."""
        self._begin()
        try:
            while self._advance():
                self._show()
        finally:
            self._end("stopped")
        return self

    def start(self) -> None:
        """Measure in the background, in short slices between which other cells can be run."""
        self._begin()
        try:
            self._background.start()
        except RuntimeError:
            self._end("stopped")
            raise RuntimeError(
                "there is no event loop to measure on in the background (it needs a notebook); use run()"
            ) from None

    def stop(self) -> None:
        """Stop measuring; what is measured so far stays."""
        self._end("stopped")

    def close(self) -> None:
        """Stop measuring and remove the widget from the page."""
        if hasattr(self, "_background"):
            self._work = None
            self._background.cancel()
        super().close()

    @property
    def operation(self) -> str:
        """The operation that is shown, and measured by `run`; set it to choose another one."""
        return self._operation

    @operation.setter
    def operation(self, name: str) -> None:
        _check_operation(name)
        self.stop()
        self._operation = name
        self.refresh()

    @property
    def running(self) -> bool:
        """Whether it is measuring now."""
        return self._work is not None

    @property
    def results(self) -> list[Timing]:
        """What was measured, of every operation: `operation`, `contender`, `size`, `median`, `low`, `high` in seconds,
        and `repeats`. `pandas.DataFrame(race.results)` makes a table of it.
        """
        return [result for result in self._results if isinstance(result, Timing)]

    # -- measuring ---------------------------------------------------------------------------------------------------
    def _begin(self) -> None:
        self.stop()
        self._results = [result for result in self._results if result.operation != self._operation]
        self._status[self._operation] = "running"
        self._work = measure(self._operation, self._sizes, contenders(), self._seconds)
        self._progress = ""
        self.refresh()

    def _advance(self) -> bool:
        """One repeat, or one result; whether there is more to do."""
        if self._work is None:
            return False
        step = next(self._work, None)
        if step is None:
            self._end("done")
        elif isinstance(step, str):
            self._progress = step
        else:
            self._results.append(step)
        return self._work is not None

    def _slice(self, seconds: float) -> bool:
        end = time.perf_counter() + seconds
        with self.guard():
            while self._advance():
                self._show()
                if time.perf_counter() >= end:
                    return True
        self._end("stopped")
        return False

    def _end(self, status: str) -> None:
        if self._work is None:
            return
        self._work = None
        self._status[self._operation] = status
        self.refresh()

    def _show(self) -> None:
        if time.perf_counter() - self._shown_at >= SHOW_EVERY:
            self.refresh()
            self._shown_at = time.perf_counter()

    # -- from the page -----------------------------------------------------------------------------------------------
    def _arrive(self, widget: Any, content: Any, buffers: Any) -> None:
        take: Callable[[], None] = lambda: super(DeviceRace, self)._arrive(widget, content, buffers)  # noqa: E731
        self._background.hand_over(take)

    def receive(self, kind: str, data: dict[str, Any]) -> Any:
        """What the page asks for: run, stop, operation."""
        if kind == "run":
            return self.start()
        if kind == "stop":
            return self.stop()
        if kind == "operation":
            self.operation = data["name"]
            return None
        return super().receive(kind, data)

    # -- what to show ------------------------------------------------------------------------------------------------
    def compute(self) -> dict[str, Any]:
        here = [result for result in self._results if result.operation == self._operation]
        timings = [result for result in here if isinstance(result, Timing)]
        status = self._status[self._operation]
        names = [LISTS, NUMPY, CPU]  # before anything is measured, this machine's devices are nobody's business
        if any(result.contender == GPU for result in here) or (status == "running" and GPU in contenders()):
            names.append(GPU)
        about = OPERATIONS[self._operation]
        return {
            "operation": self._operation,
            "operations": list(OPERATIONS),
            "status": status,
            "progress": self._progress if status == "running" else "",
            "done": len(here),
            "of": len(self._sizes) * len(names),
            "sizes": self._sizes,
            "unit": about.says,
            "x": log_axis(self._sizes),
            "y": _time_axis(timings),
            "curves": [
                {
                    "name": name,
                    "code": about.code(name),
                    "points": [[t.size, *_digits(t)] for t in timings if t.contender == name],
                }
                for name in names
            ],
            "tables": [_table(size, names, here) for size in self._sizes],
            "crossings": crossings(timings) if status != "running" else [],
            "notes": self._notes(here, names),
        }

    def _notes(self, here: list[Timing | LeftOut], names: list[str]) -> list[str]:
        status = self._status[self._operation]
        if status == "ready":
            return ["Nothing is timed yet. Where there is a GPU, tensorbook runs on it, too."]
        notes = []
        if GPU not in names:
            notes.append("No GPU was found on this machine: only its CPU was timed.")
        for name in names:
            left = [result for result in here if isinstance(result, LeftOut) and result.contender == name]
            if left:
                which = " and ".join([f"{left[0].size:,}", *(["more"] if len(left) > 1 else [])])
                notes.append(f"Left out: {name} at {which} numbers; one run would take about {_about(left[0].guess)}.")
        return notes

    def describe(self) -> str:
        here = [timing for timing in self.results if timing.operation == self._operation]
        span = f"{self._sizes[0]:,} to {self._sizes[-1]:,} numbers" if len(self._sizes) > 1 else f"{self._sizes[0]:,}"
        names = list(dict.fromkeys(timing.contender for timing in here)) or [LISTS, NUMPY, CPU]
        who = ", ".join(names[:-1]) + f" and {names[-1]}"
        status = self._status[self._operation]
        what = f"{self._operation} on {who}, {span}"
        if not here:
            return f"{what}: {'not run yet' if status == 'ready' else status}."
        size = max(timing.size for timing in here)
        last = sorted((timing for timing in here if timing.size == size), key=lambda timing: timing.median)
        said = [f"{last[0].contender} {duration(last[0].median)}"]
        said += [f"{t.contender} {times(t.median / last[0].median)} times that" for t in last[1:]]
        return f"{what}: {status}; at {size:,} {', '.join(said)}."

    def draw(self, theme: str) -> str:
        return draw(self.picture, theme, self.alt)


def _checked_sizes(sizes: Sequence[int]) -> list[int]:
    try:
        found = sorted({_whole(size) for size in sizes})
    except TypeError:
        raise TypeError(f"sizes must be a list of whole numbers, not {sizes!r}") from None
    if not 1 <= len(found) <= SIZES:
        raise ValueError(f"sizes must be 1 to {SIZES} different numbers; there are {len(found)}")
    if found[0] < 1 or found[-1] > MOST:
        raise ValueError(f"each size must be from 1 to {MOST:,}; got {found[0] if found[0] < 1 else found[-1]:,}")
    return found


def _whole(size: Any) -> int:
    if isinstance(size, bool) or int(size) != size:
        raise TypeError
    return int(size)


def _check_operation(name: str) -> None:
    if name not in OPERATIONS:
        raise ValueError(f"operation is {name!r}; expected one of {', '.join(map(repr, OPERATIONS))}")


def _digits(timing: Timing) -> list[float]:
    return [float(f"{value:.4g}") for value in (timing.median, timing.low, timing.high)]


def _about(seconds: float) -> str:
    return duration(float(f"{seconds:.1g}"))


def _time_axis(timings: list[Timing]) -> Axis | None:
    axis = log_axis([value for timing in timings for value in (timing.low, timing.high)], ticks=8)
    return axis and {**axis, "ticks": [[value, duration(value)] for value, _ in axis["ticks"]]}


def _table(size: int, names: list[str], results: list[Timing | LeftOut]) -> list[dict[str, str]]:
    """What is known of one size, a row per contender: the median, the middle half, and the ratio to the fastest."""
    here = {result.contender: result for result in results if result.size == size}
    fastest = min((t.median for t in here.values() if isinstance(t, Timing)), default=None)
    rows = []
    for name in names:
        result = here.get(name)
        if isinstance(result, Timing):
            ratio = result.median / fastest
            rows.append(
                {
                    "name": name,
                    "median": duration(result.median),
                    "spread": f"{duration(result.low)} to {duration(result.high)}",
                    "ratio": "fastest" if ratio == 1 else f"{times(ratio)} ×",
                    "repeats": f"{result.repeats} repeats",
                }
            )
        else:
            word = "left out" if isinstance(result, LeftOut) else "–"
            rows.append({"name": name, "median": word, "spread": "", "ratio": "", "repeats": ""})
    return rows
