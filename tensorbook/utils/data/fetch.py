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
        return rows or self._by_number

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


def rows_at_once(dataset: Dataset) -> Callable[[list[int]], list[Tensor]] | None:
    """For tensors side by side, and parts of them: one indexing operation per batch instead of one per sample.

    None where samples must be asked for one by one, and where gradients would flow back into the dataset (the graph
    would show the difference).
    """
    if type(dataset) is Subset:
        rows, indices = rows_at_once(dataset.dataset), dataset.indices
        return None if rows is None else lambda order: rows([indices[i] for i in order])
    if not isinstance(dataset, TensorDataset) or type(dataset).__getitem__ is not TensorDataset.__getitem__:
        return None
    if hasattr(dataset, "__getitems__") or any(tensor.requires_grad for tensor in dataset.tensors):
        return None
    return lambda order: [tensor[order] for tensor in dataset.tensors]
