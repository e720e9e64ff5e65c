"""The exercises of notebook 05: devices."""

import contextlib
import math
from typing import Any
from unittest import mock

from tensorbook.workbook.exercise import exercise
from tensorbook.workbook.report import Off, Report, kind


@exercise(
    "05-bandwidth",
    "How many bytes a second?",
    "bandwidth",
    hints=(
        "For each place of the result: how many numbers are read, how many written? And how long is a float32?",
        "Three numbers of 4 bytes for each place; a gigabyte is 1e9 bytes.",
        "return n * ... / seconds / 1e9",
    ),
)
def bandwidth(report: Report, answer: Any) -> None:
    n, seconds = int(report.rng.integers(2, 90)) * 1_000_000, float(report.rng.integers(1, 9)) / 100
    expected = 12 * n / seconds / 1e9
    report.same(
        report.call(answer, n, seconds),
        expected,
        f"bandwidth({n}, {seconds})",
        mistakes=[
            (expected / 3, "only one of the three tensors was counted: two are read, one is written."),
            (expected * 2 / 3, "two of the three tensors were counted: two are read, and one is written as well."),
            (expected / 4, "these are numbers a second; a float32 has 4 bytes."),
            (expected * 2, "a float32 has 4 bytes, not 8."),
            (expected * 8, "these are bits; bytes are asked for."),
            (expected * 1e9, "these are bytes a second; a gigabyte is 1e9 of them."),
            (expected * 1e18, "these are far too many: 1e9 bytes are one gigabyte, so divide by 1e9."),
            (expected / 1.073741824, "a gigabyte here is 1e9 bytes, not 2**30."),
        ],
        right="its value",
    )


@exercise(
    "05-jitter",
    "Find the bug: it works on my machine",
    "jitter",
    hints=(
        "randn makes float32 on the CPU unless it is told otherwise. Who knows what it should be?",
        "Either tell it dtype and device of x, or use the kin that looks at x by itself.",
        "return x + 0.1 * torch.randn_...(x)",
    ),
)
def jitter(report: Report, answer: Any) -> None:
    torch = report.torch
    places = ["cpu"] + (["cuda"] if torch.cuda.is_available() else [])
    for place in places:
        for dtype in (torch.float32, torch.float64, torch.float16):
            x = report.numbers(3, 4).to(place, dtype)
            state = torch.get_rng_state()
            got = report.call(answer, x, name="jitter")
            torch.set_rng_state(state)
            report.tensor(got, "jitter(x)", shape=(3, 4), dtype=dtype)
            report.expect(
                got.device == x.device,
                "its device is that of x",
                f"x is on {x.device}, the result on {got.device}.",
            )
            if place == "cpu":
                noise = torch.randn_like(x)
                expected = x + 0.1 * noise
                # 0.1 · noise, noise / 10, or both summed before the cast: each rounds a little differently.
                close = (got.double() - expected.double()).abs().max() < 20 * torch.finfo(dtype).eps
                report.same(
                    expected if close else got,
                    expected,
                    f"for {dtype}: jitter(x)",
                    mistakes=[(x, "no noise was added."), (x + noise, "the noise is ten times too large.")],
                    right=f"{dtype} stays",
                )
    report.expect(
        not _stays_on_the_cpu(torch, answer),
        "the noise is made where x is, or moved there",
        "the noise is made on the CPU, wherever x is: on a machine with a GPU x + noise would be refused. Which device "
        "has x?",
    )


class _Noise:
    """What randn gives, for an answer that is watched: it can be scaled, and notes where it is moved to."""

    def __init__(self) -> None:
        self.moved_to: list[Any] = []

    def __mul__(self, factor: float) -> "_Noise":
        return self

    __rmul__ = __truediv__ = __mul__

    def to(self, *where: Any, **named: Any) -> None:
        self.moved_to = [*where, *named.values()]


def _stays_on_the_cpu(torch: Any, answer: Any) -> bool:
    """Whether an answer draws with ``torch.randn``, tells it no device, and does not move what it gets."""
    noise, devices = _Noise(), []

    def randn(*size: Any, device: Any = None, **named: Any) -> _Noise:
        devices.append(device)
        return noise

    with mock.patch.object(torch, "randn", randn), contextlib.suppress(Exception):
        answer(torch.zeros(3))  # ends at the latest where noise meets a tensor
    return devices == [None] and all(isinstance(each, torch.dtype) for each in noise.moved_to)


@exercise(
    "05-clock",
    "Stop the clock",
    "time_on",
    hints=(
        "Three moments: before the first order, after the last, and when all is done. Which two belong to the time?",
        "synchronize() before you look at the clock the first time empties the queue of older orders.",
        "gpu.synchronize(); start = gpu.clock; ...; gpu.synchronize(); return gpu.clock - ...",
    ),
)
def clock(report: Report, answer: Any) -> None:
    works = [float(w) for w in report.rng.integers(1, 9, 4)]
    gpu = _GPU()
    gpu.synchronize()
    expected = _run(gpu, works)
    fresh = _GPU()
    got = report.call(answer, fresh, list(works), name="time_on")
    if not isinstance(got, (int, float)):
        raise Off(f"time_on should return a number of milliseconds; it is {kind(got)}.")
    orders = 0.01 * len(works)
    if 0 < got < orders / 2:
        raise Off(
            f"time_on gave {got:.2g}: that is a clock of this machine. The make-believe GPU has its own, gpu.clock."
        )
    report.same(
        float(got),
        expected,
        "time_on(gpu, works)",
        mistakes=[
            (orders, "this is the time to write the orders: the clock was stopped before the work was done."),
            (0.0, "no time has passed between the two looks at the clock."),
            (sum(works) + orders, "the GPU was waited for after each order, and stood idle while the next was written: "
             "wait once, after the last."),
            (sum(works), "the works were added up; read the clock, which also knows what an order costs."),
        ],
        right="the time until all is done",
    )  # fmt: skip
    report.expect(fresh.orders == works, "one order for each", "each work should be launched once, in the order given.")
    busy = _GPU()
    busy.launch(50.0)
    got = report.call(answer, busy, list(works), name="time_on")
    report.expect(
        math.isclose(got, expected, rel_tol=1e-9),
        "older orders are not counted",
        f"with an order of 50 ms still in the queue, yours says {got:.2f} ms where {expected:.2f} ms is right: wait "
        "for the older ones before the first look at the clock.",
    )
    report.expect(
        math.isclose(report.call(answer, _GPU(), [], name="time_on"), 0.0, abs_tol=1e-12),
        "no work takes no time",
        "for an empty list no time should pass.",
    )


@exercise(
    "05-crossing",
    "Where they cross",
    "crossing",
    hints=(
        "Write the two times as equal and solve for n. Then think of whole numbers, and of 'less'.",
        "n has to be more than (gpu overhead - cpu overhead) / (cpu per number - gpu per number).",
        "math.floor(...) + 1, and 0 where the GPU is ahead from the start",
    ),
)
def crossing(report: Report, answer: Any) -> None:
    def true(cpu: tuple, gpu: tuple) -> int | None:
        if gpu[0] < cpu[0]:
            return 0
        return None if gpu[1] >= cpu[1] else math.floor((gpu[0] - cpu[0]) / (cpu[1] - gpu[1])) + 1

    step = int(report.rng.integers(2, 6))
    cases = [
        ("a usual pair", (1.0, 0.5), (11.25, 0.25)),
        ("equal at a whole number", (1.0, 2.0), (1.0 + 1.5 * 4 * step, 0.5)),
        ("a GPU that is ahead from the start", (5.0, 1.0), (2.0, 0.5)),
        ("equal overheads", (2.0, 1.0), (2.0, 0.5)),
    ]
    for what, cpu, gpu in cases:
        got = report.call(answer, cpu, gpu, may_be_none=True)
        expected = true(cpu, gpu)
        if got is None:
            raise Off(f"for {what}, CPU {cpu} and GPU {gpu}: yours is None. Is a return missing?")
        if isinstance(got, float) and got.is_integer():
            got = int(got)
        if not isinstance(got, int):
            raise Off(f"for {what}: the count should be a whole number; it is {got!r}.")
        off = f"for {what}, CPU {cpu} and GPU {gpu}: yours is {got}."
        if got == expected - 1:
            off += " There the GPU is not yet faster: 'less' leaves equal out, and a whole number is asked for."
        elif got == expected + 1:
            off += " The GPU is faster one earlier than that."
        report.expect(got == expected, what, off)
    never = report.call(answer, (1.0, 0.5), (2.0, 0.5), may_be_none=True)
    report.expect(
        never is None,
        "None where it never is",
        f"with equal times for one number it never crosses; yours says {never!r}.",
    )


@exercise(
    "05-median",
    "A fair median",
    "median_time",
    hints=(
        "One call of job without a clock, then for each repeat: clock, job, clock.",
        "Sort the times. For an odd count the middle is at repeats // 2; for an even one it lies between two.",
        "times.sort(); half = repeats // 2; return times[half] if repeats % 2 else (times[half - 1] + ...) / 2",
    ),
)
def median(report: Report, answer: Any) -> None:
    for repeats in (5, 4, 1):
        takes = [float(t) for t in report.rng.permutation([1, 2, 4, 8, 50])[:repeats]]
        world = _World(takes)
        got = report.call(answer, world.job, world.clock, repeats)
        report.expect(
            world.jobs == repeats + 1,
            "one warm-up, and then as many as asked for",
            f"with repeats={repeats}, job was called {world.jobs} times; one warm-up and {repeats} timed calls make "
            f"{repeats + 1}.",
        )
        ordered = sorted(takes)
        half = repeats // 2
        expected = ordered[half] if repeats % 2 else (ordered[half - 1] + ordered[half]) / 2
        with_warm_up = sorted([*takes, 1000.0])
        report.same(
            got,
            expected,
            f"with repeats={repeats}: the median",
            mistakes=[
                (sum(takes) / repeats, "this is the mean: one disturbed run would spoil it."),
                (takes[half], "the times have to be sorted before one takes the middle."),
                (ordered[0], "this is the fastest."),
                (ordered[half], "for an even count it is the mean of the two in the middle."),
                (with_warm_up[len(with_warm_up) // 2], "the warm-up is among the times; it does not count."),
            ],
            right=f"the median of {repeats}",
        )


class _GPU:
    """The notebook's MakeBelieveGPU, which also remembers its orders."""

    def __init__(self) -> None:
        self.clock, self.done_at, self.orders = 0.0, 0.0, []

    def __repr__(self) -> str:
        return "gpu"

    def launch(self, work: float) -> None:
        self.orders.append(work)
        self.clock += 0.01
        self.done_at = max(self.done_at, self.clock) + work

    def synchronize(self) -> None:
        self.clock = max(self.clock, self.done_at)


def _run(gpu: _GPU, works: list[float]) -> float:
    start = gpu.clock
    for work in works:
        gpu.launch(work)
    gpu.synchronize()
    return gpu.clock - start


class _World:
    """A clock that only a job moves; the first call, the warm-up, takes a thousand."""

    def __init__(self, takes: list[float]) -> None:
        self.takes, self.now, self.jobs = takes, 0.0, 0

    def job(self) -> None:
        self.now += 1000.0 if self.jobs == 0 else self.takes[(self.jobs - 1) % len(self.takes)]
        self.jobs += 1

    def clock(self) -> float:
        return self.now
