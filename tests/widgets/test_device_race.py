"""DeviceRace: what is timed and how, what is left out, what is said, and nothing before it is asked."""

import json
import xml.etree.ElementTree as ET
from contextlib import nullcontext

import numpy as np
import pytest

pytest.importorskip("anywidget")

import tensorbook as torch
from tensorbook.widgets import DeviceRace, device_race, race_operations, race_timing
from tensorbook.widgets.race_operations import CPU, GPU, LISTS, NUMPY, OPERATIONS, prepare
from tensorbook.widgets.race_timing import LeftOut, Runner, Timing, crossings, measure
from tests import pretend_cupy


def clock(monkeypatch, cost):
    """A clock of its own: a run of a contender at a size costs `cost(contender, size)` seconds, wherever it runs."""
    now = [0.0]
    made = []

    def fake_prepare(operation, contender, size):
        made.append((contender, size))
        return lambda: now.__setitem__(0, now[0] + cost(contender, size))

    monkeypatch.setattr(race_timing, "prepare", fake_prepare)
    monkeypatch.setattr(race_timing.time, "perf_counter", lambda: now[0])
    return made


@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_contender_does_the_same_work(operation):
    lists, numpy, tensors = (prepare(operation, name, 9)() for name in (LISTS, NUMPY, CPU))
    assert np.shape(lists) == np.shape(numpy) == tuple(tensors.shape)
    if operation != "random":
        np.testing.assert_allclose(lists, numpy, rtol=1e-6)
        np.testing.assert_allclose(tensors.numpy(), numpy, rtol=1e-6)
        assert tensors.numpy().dtype == numpy.dtype == np.float32


def test_the_timings_are_the_clocks_medians_in_turns(monkeypatch):
    made = clock(monkeypatch, lambda who, size: size * {LISTS: 1e-6, NUMPY: 1e-8}[who])
    steps = list(measure("add", [100, 10_000], [LISTS, NUMPY], 0.05))
    timings = {(t.contender, t.size): t for t in steps if isinstance(t, Timing)}
    assert timings[LISTS, 10_000].median == pytest.approx(1e-2) and timings[NUMPY, 100].median == pytest.approx(1e-6)
    assert timings[LISTS, 10_000].repeats == 5 and timings[NUMPY, 100].repeats == 200
    words = [step for step in steps if isinstance(step, str) and step.startswith("timing")]
    assert words[:4] == [f"timing {who} at 100" for who in (LISTS, NUMPY, LISTS, NUMPY)]
    assert made.count((LISTS, 10_000)) == 1


def test_the_middle_half_is_told_and_an_outlier_moves_neither_it_nor_the_median(monkeypatch):
    costs = iter([1e-3] * 5 + [4e-3, 1e-3, 50e-3, 3e-3, 2e-3])  # two to guess by, three to warm up, five that count
    clock(monkeypatch, lambda who, size: next(costs))
    timing = list(measure("add", [10], [NUMPY], 1e-3))[-1]
    assert (timing.low, timing.median, timing.high) == pytest.approx((2e-3, 3e-3, 4e-3)) and timing.repeats == 5


def test_what_would_take_too_long_is_left_out_without_being_tried(monkeypatch):
    made = clock(monkeypatch, lambda who, size: size**1.5 * {LISTS: 1e-6, NUMPY: 1e-9}[who])
    steps = list(measure("matmul", [10_000, 1_000_000], [LISTS, NUMPY], 0.01))
    left = [step for step in steps if isinstance(step, LeftOut)]
    assert [(step.contender, step.size) for step in left] == [(LISTS, 10_000), (LISTS, 1_000_000), (NUMPY, 1_000_000)]
    assert left[0].guess == pytest.approx(1.0) and left[2].guess == pytest.approx(1.0)
    assert made == [(LISTS, 1000), (NUMPY, 1000), (NUMPY, 10_000)]


def test_a_repeat_lasts_long_enough_for_the_clock(monkeypatch):
    clock(monkeypatch, lambda who, size: 1e-6)
    runner = Runner(NUMPY, race_timing.prepare("add", NUMPY, 1))
    runner.warm_up()
    assert runner.calls in (200, 201) and runner.repeat() == pytest.approx(1e-6)


def test_a_gpu_has_finished_before_the_clock_starts_and_before_it_stops(monkeypatch):
    order = []
    monkeypatch.setattr(race_timing.time, "perf_counter", lambda: order.append("clock") or 0.0)
    monkeypatch.setattr(race_operations.torch.cuda, "synchronize", lambda: order.append("wait"))
    Runner(GPU, lambda: order.append("run")).repeat()
    assert order == ["wait", "clock", "run", "wait", "clock"]
    order.clear()
    Runner(CPU, lambda: order.append("run")).repeat()
    assert order == ["clock", "run", "clock"]


def test_crossings_are_named_only_where_the_bands_are_apart():
    def line(name, medians, spread):
        return [Timing("add", name, 10**k, m, m * (1 - spread), m * (1 + spread), 9) for k, m in enumerate(medians, 1)]

    slow, fast = line(LISTS, (1e-6, 1e-5, 1e-4), 0.1), line(NUMPY, (3e-6, 3e-6, 3e-6), 0.1)
    assert crossings(slow + fast) == ["NumPy overtakes plain lists near 30 numbers."]
    assert crossings(line(LISTS, (1e-6, 1e-6), 0.2) + line(NUMPY, (1.1e-6, 0.9e-6), 0.2)) == []
    assert crossings(line(LISTS, (1e-6, 1e-6), 0.2) + line(NUMPY, (1.1e-6, 1.1e-6), 0.2)) == []
    assert crossings(line(LISTS, (2e-6, 2e-5), 0.1) + line(NUMPY, (1e-6, 1e-6), 0.1)) == [
        "NumPy is ahead of plain lists at every size."
    ]
    assert crossings(line(LISTS, (2e-6, 1e-6), 0.1) + line(NUMPY, (1e-6, 1e-6), 0.1)) == []


def test_nothing_is_timed_and_no_device_is_looked_for_before_it_runs(monkeypatch):
    monkeypatch.setattr(device_race, "contenders", lambda: pytest.fail("looked for devices"))
    monkeypatch.setattr(device_race, "measure", lambda *_: pytest.fail("timed"))
    first, second = DeviceRace(sizes=[10, 1000]), DeviceRace(sizes=[1000, 10])
    assert repr(first) == "<DeviceRace: add on plain lists, NumPy and tensorbook, 10 to 1,000 numbers: not run yet.>"
    assert first.to_svg() == second.to_svg() and "not run yet" in first.to_svg()
    assert first.results == []


def test_it_runs_and_its_results_read_as_a_table(monkeypatch):
    monkeypatch.setattr(device_race, "contenders", lambda: [LISTS, NUMPY, CPU])
    race = DeviceRace(sizes=[10, 1000], seconds=0.001)
    assert race.run() is race
    assert [(t.contender, t.size) for t in race.results] == [(n, s) for s in (10, 1000) for n in (LISTS, NUMPY, CPU)]
    assert all(0 < t.low <= t.median <= t.high and t.repeats >= 5 for t in race.results)
    assert race.picture["status"] == "done" and "No GPU was found" in race.picture["notes"][0]
    rows = race.picture["tables"][1]
    assert sorted(row["ratio"] == "fastest" for row in rows) == [False, False, True]
    json.dumps(race.picture, allow_nan=False)
    for theme in ("light", "dark"):
        root = ET.fromstring(race.to_svg(theme))
        assert len(root.findall(".//{*}path[@opacity]")) == 3  # a band each
    race.operation = "sum"
    assert race.picture["status"] == "ready" and all(not c["points"] for c in race.picture["curves"])
    race.run()
    assert {t.operation for t in race.results} == {"add", "sum"}


def test_where_there_is_a_gpu_it_races_too(monkeypatch):
    monkeypatch.setattr(device_race, "contenders", lambda: [LISTS, NUMPY, CPU, GPU])
    clock(monkeypatch, lambda who, size: {GPU: 2e-5}.get(who, 1e-6 * size))
    monkeypatch.setattr(race_operations.torch.cuda, "synchronize", lambda: None)
    race = DeviceRace(sizes=[10, 1000], seconds=0.001)
    race.run()
    assert race.picture["curves"][3]["name"] == GPU and len(race.picture["curves"][3]["points"]) == 2
    assert "tensorbook on the GPU overtakes NumPy near 20 numbers." in race.picture["crossings"]
    assert not any("No GPU" in note for note in race.picture["notes"])


def test_every_operation_runs_where_tensors_live_on_a_gpu():
    with nullcontext() if torch.cuda.is_available() else pretend_cupy.installed():
        for operation in OPERATIONS:
            race = DeviceRace(sizes=[4, 9], operation=operation, seconds=1e-4).run()
            assert [t.size for t in race.results if t.contender == GPU] == [4, 9], operation
            answer = prepare(operation, GPU, 9)()
            assert answer.is_cuda
            if operation != "random":
                np.testing.assert_allclose(answer.cpu().numpy(), prepare(operation, NUMPY, 9)(), rtol=1e-5)


def test_stopping_keeps_what_was_measured_and_a_failure_is_shown(monkeypatch):
    clock(monkeypatch, lambda who, size: 1e-6 * size)
    race = DeviceRace(sizes=[10, 1000], seconds=0.001)
    race._begin()
    while len(race.results) < 3:
        race._advance()
    race._arrive(race, {"kind": "stop", "data": {}}, [])
    assert not race.running and len(race.results) == 3 and race.picture["status"] == "stopped"
    monkeypatch.setattr(race_timing, "prepare", lambda *_: 1 / 0)
    race._begin()
    assert not race._slice(0.01)
    assert "division by zero" in race.error and race.picture["status"] == "stopped"


@pytest.mark.parametrize(
    ("given", "kind", "words"),
    [
        ({"sizes": []}, ValueError, "there are 0"),
        ({"sizes": [0]}, ValueError, "from 1 to 20,000,000; got 0"),
        ({"sizes": [10**8]}, ValueError, "got 100,000,000"),
        ({"sizes": [1.5]}, TypeError, "whole numbers"),
        ({"sizes": 10}, TypeError, "whole numbers"),
        ({"operation": "divide"}, ValueError, "'divide'; expected one of 'add'"),
        ({"seconds": 0}, ValueError, "above 0"),
    ],
)
def test_bad_input_is_named(given, kind, words):
    with pytest.raises(kind, match=words):
        DeviceRace(**given)
