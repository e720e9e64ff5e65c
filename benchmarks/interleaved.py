"""Timing two libraries against each other in one process.

Absolute times mean little on a shared machine; a ratio taken within one short round means much. What is counted is the
processor time of this thread, so other programs that want the processor too do less harm; work that several threads
share is timed by the clock on the wall. Every round runs each candidate once, in rotating order; the ratio is formed
per round and its median over all rounds is the result.
"""

from __future__ import annotations

import os
import statistics
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass


@dataclass
class Ratio:
    """How long ours takes for each unit of time that theirs takes; below 1 is faster."""

    median: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.median:.2f}  (middle half of the rounds: {self.low:.2f} to {self.high:.2f})"


SETTLED = 0.05  # seconds
DISTURBED = 0.03  # seconds of the processors that other programs may take from a round timed by the clock on the wall
PATIENCE = 10  # how many rounds are thrown away, at most, for each one that is wanted
Clock = Callable[[], float]


def _others() -> float:
    """Seconds that other programs have had the processors since the system started; on Linux only, else 0."""
    try:
        with open("/proc/stat") as file:
            user, nice, system, _idle, _waiting, *rest = map(int, file.readline().split()[1:9])
    except OSError:
        return 0.0
    own = os.times()
    return (user + nice + system + sum(rest)) / os.sysconf("SC_CLK_TCK") - own.user - own.system


def _repeats(function: Callable[[], object], seconds: float, clock: Clock) -> int:
    """How often to call a function to fill about so many seconds."""
    function()
    count = 1
    while True:
        start = clock()
        for _ in range(count):
            function()
        spent = clock() - start
        if spent > seconds / 4:
            return max(1, round(count * seconds / spent))
        count *= 4


def ratio(
    ours: Callable[[], object],
    theirs: Callable[[], object],
    rounds: int = 25,
    seconds: float = 0.02,
    clock: Clock = time.thread_time,
) -> Ratio:
    """The time of `ours` divided by that of `theirs`, round by round.

    By the clock on the wall, each begins when the other's threads have gone to sleep and its own are awake: threads
    that wait for work keep a processor busy for up to 30 ms, and would take it from the other library. Rounds that
    other programs disturbed are run again; a warning tells where the machine never came to rest.
    """
    candidates = [(ours, _repeats(ours, seconds, clock)), (theirs, _repeats(theirs, seconds, clock))]
    ratios: list[float] = []
    thrown_away = 0
    while len(ratios) < rounds:
        i, times, before = len(ratios), [0.0, 0.0], _others()
        for at in (0, 1) if i % 2 else (1, 0):
            function, count = candidates[at]
            if clock is time.perf_counter:
                time.sleep(SETTLED)
                function()
            start = clock()
            for _ in range(count):
                function()
            times[at] = (clock() - start) / count
        if clock is time.perf_counter and _others() - before > DISTURBED and thrown_away < PATIENCE * rounds:
            thrown_away += 1
            if thrown_away == PATIENCE * rounds:
                warnings.warn("other programs keep the processors busy: the ratio means little", stacklevel=2)
            continue
        ratios.append(times[0] / times[1])
    quarters = statistics.quantiles(ratios, n=4)
    return Ratio(statistics.median(ratios), quarters[0], quarters[2])
