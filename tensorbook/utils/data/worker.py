"""What a worker process of a DataLoader does: take orders, make batches, send them back."""

from __future__ import annotations

import os
import pickle
import queue
import random
import signal
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ...ops.random import manual_seed
from . import transfer
from .dataset import Dataset
from .fetch import Fetch

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

PATIENCE = 5.0  # seconds between two looks at whether the other side still lives


@dataclass(frozen=True)
class WorkerInfo:
    """Which worker this is: its number, how many there are, its seed, and its copy of the dataset."""

    id: int
    num_workers: int
    seed: int
    dataset: Dataset


_info: WorkerInfo | None = None


def get_worker_info() -> WorkerInfo | None:
    """In a worker process of a DataLoader, what it is to know of itself; None in the main process.

    >>> import tensorbook as torch
    >>> print(torch.utils.data.get_worker_info())
    None
    """
    return _info


class StreamEnd:
    """What a worker sends in place of a batch when its copy of an IterableDataset has no more."""


class Failure:
    """An exception on its way from a worker to the caller, with the worker's traceback as text."""

    def __init__(self, worker: int, error: Exception):
        self.kind = type(error)
        self.text = (
            f"Caught {self.kind.__name__} in DataLoader worker process {worker}.\n"
            f"Original {''.join(traceback.format_exception(error))}"
        )

    def reraise(self) -> None:
        """Raise an exception of the same type; RuntimeError where the type takes no single message."""
        try:
            error = self.kind(ReadableKey(self.text) if self.kind is KeyError else self.text)
        except Exception:
            error = RuntimeError(self.text)
        raise error from None

    def __reduce__(self) -> tuple:
        return rebuild_failure, (kind_to_send(self.kind), self.text)


class ReadableKey(str):
    """A text that KeyError, which shows the repr of its argument, shows as it is."""

    __repr__ = str.__str__


def kind_to_send(kind: type) -> type:
    """The exception's type, or RuntimeError where the other process could not find it by its name."""
    try:
        pickle.dumps(kind)
    except Exception:
        return RuntimeError
    return kind


def rebuild_failure(kind: type, text: str) -> Failure:
    failure = object.__new__(Failure)
    failure.kind, failure.text = kind, text
    return failure


def seed_worker(base_seed: int, worker: int) -> None:
    """Start Python's, this library's and NumPy's random streams in a worker as PyTorch does."""
    random.seed(base_seed + worker)
    manual_seed(base_seed + worker)
    words = [worker, base_seed & 0xFFFFFFFF, base_seed >> 32, 0]
    np.random.seed(np.random.SeedSequence(words).generate_state(4))


def work(
    fetch: Fetch, orders: object, results: Connection, folder: str | None, base_seed: int,
    init_fn: Callable[[int], None] | None, worker: int, num_workers: int,
) -> None:  # fmt: skip
    """The life of a worker: until None comes, or nobody is left to work for.

    An order is (epoch, number, what to fetch); the answer is (epoch, number) with a batch, a Failure or a StreamEnd.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # an interrupt is for the main process, which then ends its workers
    boss = os.getppid()
    seed_worker(base_seed, worker)
    global _info
    _info = WorkerInfo(worker, num_workers, base_seed + worker, fetch.dataset)
    failure, make_batch, epoch = None, None, None
    try:
        if init_fn is not None:
            init_fn(worker)
    except Exception as error:
        failure = Failure(worker, error)
    while True:
        try:
            order = orders.get(timeout=PATIENCE)
        except queue.Empty:
            if os.getppid() == boss:
                continue
            transfer.remove(folder)  # the main process was killed: nobody else will
            break
        if order is None:
            break
        order_epoch, number, wanted = order
        try:
            if failure is None and order_epoch != epoch:
                make_batch, epoch = fetch.start(), order_epoch
            answer = failure or make_batch(wanted)
        except StopIteration:
            answer = StreamEnd()
        except Exception as error:
            answer = Failure(worker, error)
        try:
            results.send_bytes(packed(order_epoch, number, answer, folder, worker))
        except BrokenPipeError:
            break


def packed(epoch: int, number: int, answer: object, folder: str | None, worker: int) -> bytes:
    try:
        return transfer.pack((epoch, number, answer), folder)
    except Exception as error:  # a batch that cannot be pickled
        return transfer.pack((epoch, number, Failure(worker, error)), folder)
