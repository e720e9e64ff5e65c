"""Worker processes of a DataLoader: errors, deaths, interrupts, and that nothing is left behind."""

import gc
import os
import pathlib
import signal
import subprocess
import sys
import textwrap
import time

import numpy as np
import pytest

import tensorbook as torch
from tensorbook.utils.data import DataLoader, IterableDataset, transfer

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="processes are forked here")
SHARED = pathlib.Path(transfer.SHARED_MEMORY)


class Task:
    """Sample i is what `function(i)` gives."""

    def __init__(self, function, n=20):
        self.function, self.n = function, n

    def __len__(self):
        return self.n

    def __getitem__(self, i):
        return self.function(i)


def left_behind():
    return list(SHARED.glob("tensorbook-*")) if SHARED.is_dir() else []


def workers_of(iterator):
    return [worker.pid for worker in iterator._workers]


def gone(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def until(condition, seconds=10.0):
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.01)
    return condition()


@pytest.fixture(autouse=True)
def nothing_is_left():
    before = left_behind()
    yield
    gc.collect()
    assert until(lambda: left_behind() == before)


# ---- errors


class TwoArguments(Exception):
    def __init__(self, a, b):
        super().__init__(a, b)


def fail(kind, *args):
    def function(i):
        if i == 3:
            raise kind(*args)
        return i

    return function


@pytest.mark.parametrize(
    ("kind", "args", "arrives_as"),
    [(ValueError, ("bad",), ValueError), (KeyError, ("k",), KeyError), (TwoArguments, (1, 2), RuntimeError)],
)
def test_an_error_reaches_the_caller_with_its_traceback(kind, args, arrives_as):
    loader = iter(DataLoader(Task(fail(kind, *args)), 2, num_workers=2))
    assert next(loader).tolist() == [0, 1]
    with pytest.raises(arrives_as) as caught:
        next(loader)
    words = str(caught.value)
    assert words.startswith(f"Caught {kind.__name__} in DataLoader worker process 1.\nOriginal Traceback")
    assert "in function\n    raise kind(*args)" in words
    assert next(loader).tolist() == [4, 5]  # the workers go on


def test_an_error_of_a_type_that_cannot_be_sent():
    class Local(Exception):
        pass

    with pytest.raises(RuntimeError, match=r"Caught Local in DataLoader worker process 0"):
        list(DataLoader(Task(fail(Local)), num_workers=1))


def test_an_error_in_worker_init_fn():
    def init(worker):
        raise LookupError("no licence")

    with pytest.raises(LookupError, match=r"in DataLoader worker process 0.\n(?s:.*)no licence"):
        list(DataLoader(Task(int), num_workers=1, worker_init_fn=init))


def test_a_batch_that_cannot_be_sent():
    with pytest.raises(Exception, match=r"in DataLoader worker process 0(?s:.*)pickle"):
        list(DataLoader(Task(lambda i: lambda: i), None, num_workers=1))


# ---- deaths


def test_a_killed_worker_is_noticed():
    loader = iter(DataLoader(Task(lambda i: os.kill(os.getpid(), signal.SIGKILL) if i == 5 else i), num_workers=2))
    assert [next(loader).item() for _ in range(5)] == [0, 1, 2, 3, 4]
    with pytest.raises(RuntimeError, match=r"DataLoader worker \(pid\(s\) \d+\) is killed by signal: Killed"):
        next(loader)
    assert list(loader) == []  # over, and no hang


def test_a_worker_that_leaves_is_noticed():
    with pytest.raises(RuntimeError, match=r"DataLoader worker \(pid\(s\) \d+\) exited unexpectedly with exit code 7"):
        list(DataLoader(Task(lambda i: os._exit(7)), num_workers=1))


def test_a_worker_killed_while_it_sends(monkeypatch):
    """Half a message is in the pipe when the worker dies."""
    monkeypatch.setattr(transfer, "make_folder", lambda: None)
    loader = iter(DataLoader(Task(lambda i: torch.zeros(1 << 20)), None, num_workers=1))
    time.sleep(0.3)  # the pipe is full, the worker waits
    for pid in workers_of(loader):
        os.kill(pid, signal.SIGKILL)
    with pytest.raises(RuntimeError, match="killed by signal"):
        next(loader)


def test_timeout():
    start = time.monotonic()
    with pytest.raises(RuntimeError, match=r"DataLoader timed out after 0.2 seconds"):
        list(DataLoader(Task(lambda i: time.sleep(30)), num_workers=1, timeout=0.2))
    assert time.monotonic() - start < 5


# ---- ends


@pytest.mark.parametrize("keep", [False, True])
def test_break_ends_the_workers(keep):
    loader = DataLoader(Task(int), num_workers=2, persistent_workers=keep)
    for _ in loader:
        iterator = loader._kept or next(o for o in gc.get_objects() if type(o).__name__ == "LoadingInProcesses")
        pids = workers_of(iterator)
        break
    del iterator
    if keep:
        assert not any(gone(pid) for pid in pids)
        assert [x.item() for x in loader] == list(range(20))  # and what was left over is not given out
        assert workers_of(loader._kept) == pids
    del loader
    gc.collect()
    assert until(lambda: all(gone(pid) for pid in pids))


def test_busy_workers_do_not_hold_up_the_end():
    loader = iter(DataLoader(Task(lambda i: time.sleep(60 if i else 0)), None, num_workers=1))
    next(loader)
    pids, start = workers_of(loader), time.monotonic()
    del loader
    assert all(gone(pid) for pid in pids) and time.monotonic() - start < 5


def test_workers_end_with_the_pass():
    loader = iter(DataLoader(Task(int), num_workers=2))
    assert len(list(loader)) == 20
    assert all(gone(pid) for pid in workers_of(loader))


def test_interrupting_ends_the_workers_and_nothing_hangs():
    script = """
        import os, signal, sys, threading, time
        signal.signal(signal.SIGINT, signal.default_int_handler)  # whoever started the tests may have it ignored
        import tensorbook as torch
        class Slow:
            def __len__(self): return 100
            def __getitem__(self, i):
                if i: time.sleep(60)
                return i
        loader = iter(torch.utils.data.DataLoader(Slow(), num_workers=2))
        next(loader)
        print(*[w.pid for w in loader._workers], flush=True)
        threading.Timer(0.3, lambda: os.killpg(os.getpgid(0), signal.SIGINT)).start()
        try:
            next(loader)
        except KeyboardInterrupt:
            print("interrupted", loader.closed, list(loader))
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)], capture_output=True, text=True, timeout=60,
        start_new_session=True,
    )  # fmt: skip
    pids, last = done.stdout.splitlines()
    assert last == "interrupted True []" and done.stderr == ""
    assert until(lambda: all(gone(int(pid)) for pid in pids.split()))


def test_workers_notice_that_the_main_process_was_killed(monkeypatch):
    script = """
        import os, signal
        import tensorbook as torch, tensorbook.utils.data.worker as worker
        worker.PATIENCE = 0.1
        loader = iter(torch.utils.data.DataLoader(range(9), num_workers=2))
        next(loader)
        print(*[w.pid for w in loader._workers], flush=True)
        os.kill(os.getpid(), signal.SIGKILL)
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(script)], capture_output=True, text=True, timeout=60)
    assert done.returncode == -signal.SIGKILL
    assert until(lambda: all(gone(int(pid)) for pid in done.stdout.split()))


def test_an_iterator_left_open_does_not_hold_up_the_end_of_python():
    script = """
        import tensorbook as torch
        loader = iter(torch.utils.data.DataLoader(range(99), num_workers=2))
        print(next(loader))
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(script)], capture_output=True, text=True, timeout=30)
    assert (done.stdout, done.stderr) == ("tensor([0])\n", "")


def test_a_class_of_a_notebook_with_processes_that_start_from_nothing():
    script = """
        import tensorbook as torch
        class Mine:
            def __len__(self): return 3
            def __getitem__(self, i): return i
        print(list(torch.utils.data.DataLoader(Mine(), 3, num_workers=1)))
        try:
            list(torch.utils.data.DataLoader(Mine(), num_workers=1, multiprocessing_context="spawn"))
        except RuntimeError as error:
            print(error)
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(script)], capture_output=True, text=True, timeout=60)
    first, second = done.stdout.splitlines()
    assert first == "[tensor([0, 1, 2])]"
    assert "Mine, which is defined in a notebook" in second


def test_spawned_workers():
    loader = DataLoader(range(6), 2, num_workers=2, multiprocessing_context="spawn")
    assert [batch.tolist() for batch in loader] == [[0, 1], [2, 3], [4, 5]]


# ---- what is sent


@pytest.mark.parametrize("shared", [True, False])
@pytest.mark.parametrize("size", [0, 3, 100_000])
def test_batches_arrive_whole(size, shared, monkeypatch):
    if not shared:
        monkeypatch.setattr(transfer, "make_folder", lambda: None)

    def sample(i):
        x = torch.full((size,), float(i))
        return {"x": x, "same": x, "turned": torch.arange(12).view(3, 4).t() + i, "text": "é" * size}

    for i, batch in enumerate(DataLoader(Task(sample, 4), None, num_workers=2)):
        assert batch["x"].eq(i).all() and batch["x"].shape == (size,)
        assert batch["same"] is batch["x"]
        assert batch["turned"].tolist() == (np.arange(12).reshape(3, 4).T + i).tolist()
        assert len(batch["text"]) == size
        batch["x"] += 1  # can be written to


def test_where_shared_memory_is_full_batches_come_through_the_pipe(monkeypatch):
    monkeypatch.setattr(transfer, "_write", lambda arrays, folder: None)
    (batch,) = DataLoader(Task(lambda i: torch.ones(100_000), 1), None, num_workers=1)
    assert batch.sum() == 100_000


def test_batches_outlive_their_loader():
    batches = list(DataLoader(Task(lambda i: torch.full((50_000,), float(i)), 3), None, num_workers=1))
    assert not left_behind()
    assert [batch.mean().item() for batch in batches] == [0, 1, 2]


def test_as_they_are_ready():
    loader = DataLoader(Task(lambda i: time.sleep(0.0 if i % 2 else 0.5) or i, 4), None, num_workers=2, in_order=False)
    assert sorted(got := list(loader)) == [0, 1, 2, 3] and got[0] == 1


def test_an_endless_stream_is_read_only_as_far_as_needed():
    class Endless(IterableDataset):
        def __iter__(self):
            i = 0
            while True:
                yield i
                i += 1

    loader = iter(DataLoader(Endless(), 2, num_workers=1))
    assert next(loader).tolist() == [0, 1] and next(loader).tolist() == [2, 3]
