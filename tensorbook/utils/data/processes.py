"""One pass over a DataLoader, read by worker processes.

Each worker has a queue of orders and a pipe for its answers, so that none can stop another. Orders go round, worker by
worker; answers are given out in the order of the orders.
"""

from __future__ import annotations

import itertools
import os
import pickle
import signal
import sys
import time
import warnings
import weakref
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import TYPE_CHECKING

from . import transfer
from .loading import Loading
from .worker import PATIENCE, Failure, StreamEnd, work

if TYPE_CHECKING:
    from .dataloader import DataLoader


class LoadingInProcesses(Loading):
    """A pass with worker processes, or with persistent_workers one pass after another."""

    def __init__(self, loader: DataLoader):
        super().__init__(loader)
        if loader.prefetch_factor < 1:
            raise AssertionError("prefetch_factor must be greater than 0 with num_workers > 0")
        self._epoch = 0
        self._folder = transfer.make_folder()
        self._orders, self._pipes, self._workers = [], [], []
        arguments = (self._workers, self._orders, self._pipes, self._folder, os.getpid())
        self._close = weakref.finalize(self, stop, *arguments)  # on `break`, when collected, at the end of Python
        self._start()
        self.begin_epoch()

    def _start(self) -> None:
        loader, context = self._loader, self._loader.multiprocessing_context
        method = context.get_start_method()
        if method != "fork":
            must_be_importable(loader, method)
        for number in range(loader.num_workers):
            orders = context.Queue()
            orders.cancel_join_thread()
            mine, theirs = context.Pipe(duplex=False)
            worker = context.Process(
                target=work,
                args=(loader._fetch(), orders, theirs, self._folder, self._base_seed, loader.worker_init_fn, number,
                      loader.num_workers),
                daemon=True,
            )  # fmt: skip
            with warnings.catch_warnings():  # a notebook has threads, at which Python 3.12 warns of forking
                warnings.filterwarnings("ignore", message=".*fork", category=DeprecationWarning)
                worker.start()
            theirs.close()  # the worker alone holds this end: where it dies, the pipe says so
            self._workers.append(worker)
            self._orders.append(orders)
            self._pipes.append(mine)

    def begin_epoch(self) -> None:
        """Take the order anew, and give every worker something to do."""
        loader = self._loader
        self._epoch += 1
        self._order = iter(loader._order)
        self._count = self._sent = self._given = 0
        self._whose: dict[int, int] = {}  # who works on which order
        self._arrived: dict[int, object] = {}  # answers whose turn has not come
        self._reading = [True] * loader.num_workers  # False where a worker's stream has ended
        self._turns = itertools.cycle(range(loader.num_workers))
        for _ in range(loader.prefetch_factor * loader.num_workers):
            self._send_order()

    @property
    def closed(self) -> bool:
        return not self._close.alive

    def _send_order(self) -> None:
        if not any(self._reading):
            return
        try:
            wanted = next(self._order)
        except StopIteration:
            return
        worker = next(turn for turn in self._turns if self._reading[turn])
        self._whose[self._sent] = worker
        self._orders[worker].put((self._epoch, self._sent, wanted))
        self._sent += 1

    def _next_batch(self) -> object:
        while self._whose and not self.closed:
            try:
                number, answer = self._next_answer()
            except BaseException:  # an interrupt, a worker's death: what is in the pipes can no longer be trusted
                self._close()
                raise
            worker = self._whose.pop(number)
            if isinstance(answer, StreamEnd):
                self._reading[worker] = False
            self._send_order()
            if isinstance(answer, Failure):
                answer.reraise()
            if not isinstance(answer, StreamEnd):
                return answer
        if not self._loader.persistent_workers:
            self._close()
        raise StopIteration

    def _next_answer(self) -> tuple[int, object]:
        """The answer whose turn it is, or with in_order=False the first that is there."""
        deadline = time.monotonic() + self._loader.timeout if self._loader.timeout else None
        while True:
            first = next(iter(self._whose))  # a dict keeps the order in which orders were sent
            if first in self._arrived:
                return first, self._arrived.pop(first)
            if self._arrived and not self._loader.in_order:
                return self._arrived.popitem()
            if deadline is not None and time.monotonic() > deadline:
                raise RuntimeError(f"DataLoader timed out after {self._loader.timeout} seconds")
            patience = PATIENCE if deadline is None else min(PATIENCE, max(deadline - time.monotonic(), 0))
            for pipe in wait(self._pipes, patience):
                self._receive(pipe)

    def _receive(self, pipe: Connection) -> None:
        try:
            message = pipe.recv_bytes()
        except (EOFError, OSError):  # OSError in the middle of a message
            raise RuntimeError(how_it_died(self._workers[self._pipes.index(pipe)])) from None
        epoch, number, answer = transfer.unpack(message)
        if epoch == self._epoch:  # else it was left over when the pass before was broken off
            self._arrived[number] = answer


def how_it_died(worker: BaseProcess) -> str:
    worker.join(PATIENCE)
    code = worker.exitcode
    if code is not None and code < 0:
        return f"DataLoader worker (pid(s) {worker.pid}) is killed by signal: {signal.strsignal(-code)}."
    return (
        f"DataLoader worker (pid(s) {worker.pid}) exited unexpectedly with exit code {code}. "
        "Details are lost due to multiprocessing. Rerunning with num_workers=0 may give better error trace."
    )


def must_be_importable(loader: DataLoader, method: str) -> None:
    """RuntimeError where a worker that starts from nothing could not find what a notebook defines."""
    if hasattr(sys.modules["__main__"], "__file__"):
        return
    for value in (type(loader.dataset), loader.collate_fn, loader.worker_init_fn):
        if getattr(value, "__module__", None) == "__main__":
            raise RuntimeError(
                f"worker processes that are started by {method!r} do not know {value.__qualname__}, which is defined "
                "in a notebook: put it into a file and import it, or use num_workers=0"
            )
    try:
        pickle.dumps(loader._fetch())
    except Exception as error:
        raise RuntimeError(f"the dataset cannot be sent to worker processes started by {method!r}: {error}") from error


def stop(workers: list, orders: list, pipes: list, folder: str | None, owner: int) -> None:
    """End the workers: those that wait at once, those that are busy after a moment. Never waits for long."""
    if os.getpid() != owner:
        return  # a copy of the iterator in a forked process
    for queue in orders:
        queue.put(None)
    for pipe in pipes:
        pipe.close()  # a worker that is sending meets a broken pipe
    deadline = time.monotonic() + 0.5
    for worker in workers:
        worker.join(max(deadline - time.monotonic(), 0))
    for worker in workers:
        if worker.is_alive():
            worker.terminate()
            worker.join(1)
        if worker.is_alive():
            worker.kill()
            worker.join()
    for queue in orders:
        queue.close()
    transfer.remove(folder)
