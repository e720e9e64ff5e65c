"""Timing honestly: warmed up, in turns, within a budget, and the spread told with the median."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import combinations, pairwise

import numpy as np

from .race_operations import OPERATIONS, prepare, wait

LEAST = 200e-6  # seconds a repeat lasts at least: shorter work is done several times in it
PATIENCE = 0.5  # seconds that a single run may take; what would take longer is left out
REPEATS = (5, 200)  # at least and at most


@dataclass(frozen=True)
class Timing:
    """What one contender needed for one size, in seconds for one run of its line."""

    operation: str
    contender: str
    size: int
    median: float
    low: float
    """A quarter of the repeats were faster than this."""
    high: float
    """A quarter of the repeats were slower than this."""
    repeats: int


@dataclass(frozen=True)
class LeftOut:
    """What was not measured, because a single run would take about so many seconds."""

    operation: str
    contender: str
    size: int
    guess: float


@dataclass
class Runner:
    """One contender at one size, being timed."""

    contender: str
    run: Callable[[], object]
    calls: int = 1  # runs in a repeat
    taken: list[float] = field(default_factory=list)

    def warm_up(self) -> None:
        self.repeat()
        self.calls = max(1, math.ceil(LEAST / max(self.repeat(), 1e-9)))
        self.repeat()

    def repeat(self) -> float:
        """Seconds for one run, the GPU's work done before the clock starts and before it stops."""
        run, wait_for = self.run, self.contender
        wait(wait_for)
        start = time.perf_counter()
        for _ in range(self.calls):
            run()
        wait(wait_for)
        return (time.perf_counter() - start) / self.calls

    def finished(self, budget: float) -> bool:
        least, most = REPEATS
        done = len(self.taken)
        return done >= most or (done >= least and sum(self.taken) * self.calls >= budget)


def measure(
    operation: str, sizes: Iterable[int], names: Iterable[str], budget: float
) -> Iterator[Timing | LeftOut | str]:
    """Time an operation for each size and contender; a word about what goes on is yielded after each repeat.

    At each size the contenders take turns, so that a machine that slows down meanwhile does so for all of them.
    """
    names, known = list(names), {}
    for size in sizes:
        runners = []
        for name in names:
            yield f"preparing {name} at {size:,}"
            if name not in known:  # nothing is known yet: try a small size first
                small = min(size, 1000)
                probe = Runner(name, prepare(operation, name, small))
                probe.repeat()
                known[name] = small, probe.repeat()
            before, seconds = known[name]
            guess = seconds * (size / before) ** OPERATIONS[operation].power
            if guess > PATIENCE:
                yield LeftOut(operation, name, size, guess)
                continue
            runner = Runner(name, prepare(operation, name, size))
            runner.warm_up()
            runners.append(runner)
        waiting = runners
        while waiting:
            for runner in waiting:
                runner.taken.append(runner.repeat())
                yield f"timing {runner.contender} at {size:,}"
            waiting = [runner for runner in waiting if not runner.finished(budget)]
        for runner in runners:
            low, median, high = (float(value) for value in np.percentile(runner.taken, (25, 50, 75)))
            known[runner.contender] = size, median
            yield Timing(operation, runner.contender, size, median, low, high, len(runner.taken))


def crossings(timings: Iterable[Timing]) -> list[str]:
    """Who is ahead of whom, and where one overtakes another for good, in words: only where their bands are apart.

    >>> def line(name, *medians):
    ...     return [Timing("add", name, 10**i, m, 0.9 * m, 1.1 * m, 9) for i, m in enumerate(medians, 1)]
    >>> crossings(line("plain lists", 1e-6, 1e-5, 1e-4) + line("NumPy", 4e-6, 4e-6, 4e-6))
    ['NumPy overtakes plain lists near 40 numbers.']
    """
    curves: dict[str, dict[int, Timing]] = {}
    for timing in timings:
        curves.setdefault(timing.contender, {})[timing.size] = timing
    found = []
    for (one, first), (two, second) in combinations(curves.items(), 2):
        sizes = sorted(first.keys() & second.keys())
        leads = [(s, _lead(first[s], second[s])) for s in sizes]
        clear = [(s, lead) for s, lead in leads if lead]
        turns = [(a, b, lead) for (a, was), (b, lead) in pairwise(clear) if was != lead]
        if not turns:
            if len(clear) == len(sizes) > 1:
                ahead, behind = (one, two) if clear[0][1] > 0 else (two, one)
                found.append(f"{ahead} is ahead of {behind} at every size.")
            continue
        before, after, lead = turns[-1]
        at = _meeting(first, second, before, after)
        winner, loser = (one, two) if lead > 0 else (two, one)
        found.append(f"{winner} overtakes {loser} near {at:,} numbers.")
    return found


def _lead(one: Timing, two: Timing) -> int:
    """1 where `one` is clearly faster, -1 where `two` is, 0 where the middle halves of their repeats overlap."""
    return int(one.high < two.low) - int(two.high < one.low)


def _meeting(first: dict[int, Timing], second: dict[int, Timing], before: int, after: int) -> int:
    """The size at which two curves meet, on straight lines between two sizes of a log-log plot; two digits."""
    gaps = [math.log(first[size].median / second[size].median) for size in (before, after)]
    part = gaps[0] / (gaps[0] - gaps[1])
    at = math.exp(math.log(before) + part * math.log(after / before))
    return int(float(f"{at:.2g}"))


def times(ratio: float) -> str:
    """How many times as long, in as many digits as mean something.

    >>> times(1.34), times(191.6)
    ('1.3', '192')
    """
    return f"{ratio:.1f}" if ratio < 9.95 else f"{ratio:,.0f}"


def duration(seconds: float) -> str:
    """A time as one says it: at most three digits.

    >>> duration(3.14159e-6), duration(0.25), duration(12e-9), duration(0.0009996)
    ('3.14 µs', '250 ms', '12 ns', '1 ms')
    """
    seconds = float(f"{seconds:.3g}")
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6), ("ns", 1e-9)):
        if seconds >= size or unit == "ns":
            return f"{seconds / size:.3g} {unit}"
    raise AssertionError
