"""One pass over a DataLoader, read in this very process."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING

from .sampler import fresh_seed

if TYPE_CHECKING:
    from .dataloader import DataLoader


class Loading:
    """What every pass does, whoever reads: draw a seed, take the order, count what comes."""

    def __init__(self, loader: DataLoader):
        self._loader = loader
        self._order = iter(loader._order)
        # For the workers; PyTorch draws it in any case, so the numbers that are drawn later agree only if we do too.
        self._base_seed = fresh_seed(loader.generator)
        self._count = 0

    def __iter__(self) -> Iterator:
        return self

    def __len__(self) -> int:
        return len(self._loader._order)

    def __next__(self) -> object:
        batch = self._next_batch()
        self._count += 1
        promised = self._loader._promised
        if promised is not None and self._count > promised:
            warnings.warn(
                f"Length of IterableDataset {self._loader.dataset} was reported to be {promised} (when accessing "
                f"len(dataloader)), but {self._count} samples have been fetched.", stacklevel=2,
            )  # fmt: skip
        return batch

    def _next_batch(self) -> object:
        raise NotImplementedError

    def __getstate__(self) -> None:
        raise NotImplementedError(f"{type(self).__name__} cannot be pickled")


class LoadingHere(Loading):
    """A pass without worker processes."""

    def __init__(self, loader: DataLoader):
        super().__init__(loader)
        if loader.timeout:
            raise AssertionError("DataLoader with num_workers=0 requires timeout == 0: nothing is waited for")
        self._make_batch = loader._fetch().start()

    def _next_batch(self) -> object:
        return self._make_batch(next(self._order))
