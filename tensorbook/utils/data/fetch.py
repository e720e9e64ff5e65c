"""From the numbers of a batch to the batch itself. Runs in the caller's process, or in a worker's."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass

from ...tensor import Tensor
from .collate import default_collate
from .dataset import Dataset, IterableDataset, Subset, TensorDataset, items_of


@dataclass(frozen=True)
class Fetch:
    """What makes batches, as plain data that a worker process can be sent.

    `batched` says whether an order names a list of samples, or (with batch_size=None) one sample.
    """

    dataset: Dataset
    batched: bool
    collate_fn: Callable
    drop_last: bool

    def start(self) -> Callable[[object], object]:
        """A function from an order to its batch; it raises StopIteration where a stream has ended."""
        if isinstance(self.dataset, IterableDataset):
            return self._start_stream()
        rows = rows_at_once(self.dataset) if self.batched and self.collate_fn is default_collate else None
        if rows is None:
            return self._by_number
        return lambda order: rows(order) or self._by_number(order)

    def _by_number(self, order: object) -> object:
        return self.collate_fn(items_of(self.dataset, order) if self.batched else self.dataset[order])

    def _start_stream(self) -> Callable[[object], object]:
        stream = iter(self.dataset)
        ended = False

        def fetch(order: object) -> object:
            nonlocal ended
            if not self.batched:
                return self.collate_fn(next(stream))
            samples = [] if ended else list(itertools.islice(stream, len(order)))
            ended = len(samples) < len(order)
            if not samples or (ended and self.drop_last):
                raise StopIteration
            return self.collate_fn(samples)

        return fetch


def rows_at_once(dataset: Dataset) -> Callable[[object], list[Tensor] | None] | None:
    """For tensors side by side, and parts of them: one indexing operation per batch instead of one per sample.

    None where samples must be asked for one by one, and where the difference could be seen: in the graph of tensors
    that want gradients, in the strides of those that are not contiguous. What it gives is None for an order that is
    not a list of plain numbers.
    """
    if type(dataset) is Subset:
        rows, indices = rows_at_once(dataset.dataset), dataset.indices
        return None if rows is None else lambda order: rows([indices[i] for i in order])
    if not isinstance(dataset, TensorDataset) or type(dataset).__getitem__ is not TensorDataset.__getitem__:
        return None
    if hasattr(dataset, "__getitems__") or any(t.requires_grad or not t.is_contiguous() for t in dataset.tensors):
        return None

    def rows(order: object) -> list[Tensor] | None:
        if type(order) is not list or not order or any(type(i) is not int for i in order):
            return None
        return [tensor[order] for tensor in dataset.tensors]

    return rows
