"""DataLoader: batches of a dataset, in order or shuffled, read here or by worker processes."""

from __future__ import annotations

import math
import os
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from ... import devices
from ...generator import Generator
from .collate import default_collate, default_convert
from .dataset import Dataset, IterableDataset
from .fetch import Fetch
from .loading import LoadingHere
from .sampler import BatchSampler, RandomSampler, Sampler, SequentialSampler
from .worker import get_worker_info

if TYPE_CHECKING:
    from multiprocessing.context import BaseContext

    from .processes import LoadingInProcesses

__all__ = ["DataLoader", "default_collate", "default_convert", "get_worker_info"]

FIXED = ("batch_size", "batch_sampler", "sampler", "drop_last", "dataset", "persistent_workers")


class Endless(Sampler):
    """The order for a stream: "the next one", for ever."""

    def __iter__(self) -> Iterator[None]:
        while True:
            yield None


class DataLoader:
    """Batches of a dataset, to iterate over once per epoch.

    Args:
        dataset: a Dataset or IterableDataset, or anything that has `__getitem__` and `__len__`.
        batch_size: samples per batch; None for single samples, without a batch dimension.
        shuffle: whether each epoch comes in a new random order.
        sampler: the order, as an iterable of numbers, in place of shuffle.
        batch_sampler: the batches, as an iterable of lists of numbers, in place of batch_size, shuffle, sampler and
            drop_last.
        num_workers: how many processes read; 0 for none beside this one.
        collate_fn: makes a batch of a list of samples; by default default_collate.
        pin_memory: accepted for PyTorch's sake; CuPy copies from ordinary memory.
        drop_last: leave out a last batch that is not full.
        timeout: seconds to wait for a batch of a worker; 0 for as long as it takes.
        worker_init_fn: called in each worker with its number, after seeding and before reading.
        multiprocessing_context: how processes are started: "fork", "spawn", "forkserver" or a context.
        generator: the random stream for the order and the workers' seeds; by default the global one.
        prefetch_factor: how many batches each worker makes ahead; 2 by default.
        persistent_workers: keep the workers for the next epoch.
        in_order: with False batches come as they are ready.

    For the same seed the batches are PyTorch's (https://pytorch.org/docs/stable/data.html).

    >>> import tensorbook as torch
    >>> data = torch.utils.data.TensorDataset(torch.arange(5))
    >>> for (x,) in torch.utils.data.DataLoader(data, batch_size=2):
    ...     print(x)
    tensor([0, 1])
    tensor([2, 3])
    tensor([4])
    """

    def __init__(
        self, dataset: Dataset, batch_size: int | None = 1, shuffle: bool | None = None,
        sampler: Sampler | Iterable | None = None, batch_sampler: Sampler[list] | Iterable[list] | None = None,
        num_workers: int = 0, collate_fn: Callable | None = None, pin_memory: bool = False, drop_last: bool = False,
        timeout: float = 0, worker_init_fn: Callable[[int], None] | None = None,
        multiprocessing_context: str | BaseContext | None = None, generator: Generator | None = None, *,
        prefetch_factor: int | None = None, persistent_workers: bool = False, pin_memory_device: str = "",
        in_order: bool = True,
    ):  # fmt: skip
        if num_workers < 0:
            raise ValueError(
                "num_workers option should be non-negative; use num_workers=0 to disable multiprocessing."
            )  # fmt: skip
        if timeout < 0:
            raise ValueError("timeout option should be non-negative")
        if num_workers == 0 and prefetch_factor is not None:
            raise ValueError(
                "prefetch_factor option could only be specified in multiprocessing. "
                "Let num_workers > 0 to enable multiprocessing, otherwise set prefetch_factor to None."
            )
        if prefetch_factor is not None and prefetch_factor < 0:
            raise ValueError("prefetch_factor option should be non-negative")
        if persistent_workers and num_workers == 0:
            raise ValueError("persistent_workers option needs num_workers > 0")
        self.num_workers, self.timeout, self.worker_init_fn = num_workers, timeout, worker_init_fn
        self.prefetch_factor = 2 if num_workers and prefetch_factor is None else prefetch_factor
        self.pin_memory, self.pin_memory_device, self.in_order = pin_memory, pin_memory_device, in_order
        self.multiprocessing_context = _context(multiprocessing_context, num_workers)
        self.generator, self.persistent_workers = generator, persistent_workers
        self._is_stream = isinstance(dataset, IterableDataset)
        _check_order(self._is_stream, batch_size, shuffle, sampler, batch_sampler, drop_last)

        if batch_sampler is not None:
            batch_size, drop_last = None, False
        if sampler is None:
            if self._is_stream:
                sampler = Endless()
            else:
                sampler = RandomSampler(dataset, generator=generator) if shuffle else SequentialSampler(dataset)
        if batch_size is not None and batch_sampler is None:
            batch_sampler = BatchSampler(sampler, batch_size, drop_last)
        self.dataset, self.batch_size, self.drop_last = dataset, batch_size, drop_last
        self.sampler, self.batch_sampler = sampler, batch_sampler
        self.collate_fn = collate_fn or (default_convert if batch_sampler is None else default_collate)
        self._promised: int | None = None  # what len() said of a stream
        self._kept: LoadingInProcesses | None = None
        _warn_of_many(num_workers)
        self._ready = True

    def __setattr__(self, name: str, value: object) -> None:
        if name in FIXED and "_ready" in self.__dict__:
            raise ValueError(f"{name} attribute should not be set after {type(self).__name__} is initialized")
        super().__setattr__(name, value)

    @property
    def _order(self) -> Sampler | Iterable:
        """What each item to load is named by: lists of numbers, or single numbers."""
        return self.sampler if self.batch_sampler is None else self.batch_sampler

    def _fetch(self) -> Fetch:
        return Fetch(self.dataset, self.batch_sampler is not None, self.collate_fn, self.drop_last)

    def __iter__(self) -> Iterator:
        if self.pin_memory and not devices.gpu_count():
            warnings.warn(
                "'pin_memory' argument is set as true but no accelerator is found, then device pinned memory won't "
                "be used.", stacklevel=2,
            )  # fmt: skip
        if not self.num_workers:
            return LoadingHere(self)
        from .processes import LoadingInProcesses  # loads multiprocessing, which few programs need

        if not self.persistent_workers:
            return LoadingInProcesses(self)
        if self._kept is None or self._kept.closed:
            self._kept = LoadingInProcesses(self)
        else:
            self._kept.begin_epoch()
        return self._kept

    def __len__(self) -> int:
        """How many batches an epoch has. TypeError where the dataset or sampler has no length."""
        if not self._is_stream:
            return len(self._order)
        self._promised = length = len(self.dataset)
        if self.batch_size is None:
            return length
        return length // self.batch_size if self.drop_last else math.ceil(length / self.batch_size)


def _check_order(
    is_stream: bool, batch_size: int | None, shuffle: bool | None, sampler: object, batch_sampler: object,
    drop_last: bool,
) -> None:  # fmt: skip
    """ValueError where two arguments say different things about the order or the batches."""
    if is_stream:
        for name, value in {"shuffle": shuffle or None, "sampler": sampler, "batch_sampler": batch_sampler}.items():
            if value is not None:
                raise ValueError(
                    f"DataLoader with IterableDataset: expected unspecified {name} option, but got {name}={value}"
                )
    if sampler is not None and shuffle:
        raise ValueError("sampler option is mutually exclusive with shuffle")
    if batch_sampler is not None:
        if batch_size != 1 or shuffle or sampler is not None or drop_last:
            raise ValueError(
                "batch_sampler option is mutually exclusive with batch_size, shuffle, sampler, and drop_last"
            )
    elif batch_size is None and drop_last:
        raise ValueError("batch_size=None option disables auto-batching and is mutually exclusive with drop_last")


def _context(wanted: str | BaseContext | None, num_workers: int) -> BaseContext | None:
    """How to start processes: as asked for; else by forking on Linux, where a notebook's own classes are then known
    in the workers too, and elsewhere as Python does by default."""
    if not num_workers:
        if wanted is None:
            return None
        raise ValueError(
            "multiprocessing_context can only be used with multi-process loading (num_workers > 0), "
            f"but got num_workers={num_workers}"
        )
    import multiprocessing
    from multiprocessing.context import BaseContext

    if wanted is None:
        return multiprocessing.get_context("fork" if sys.platform == "linux" else None)
    if isinstance(wanted, str):
        known = multiprocessing.get_all_start_methods()
        if wanted not in known:
            raise ValueError(
                f"multiprocessing_context option should specify a valid start method in {known!r}, "
                f"but got multiprocessing_context={wanted!r}"
            )
        return multiprocessing.get_context(wanted)
    if not isinstance(wanted, BaseContext):
        raise TypeError(
            "multiprocessing_context option should be a valid context object or a string specifying the start method, "
            f"but got multiprocessing_context={wanted}"
        )
    return wanted


def _warn_of_many(num_workers: int) -> None:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if num_workers > cores:
        warnings.warn(
            f"This DataLoader will create {num_workers} worker processes in total. Our suggested max number of worker "
            f"in current system is {cores}, which is smaller than what this DataLoader is going to create. Please be "
            "aware that excessive worker creation might get DataLoader running slow or even freeze, lower the worker "
            "number to avoid potential slowness/freeze if necessary.",
            stacklevel=3,
        )
