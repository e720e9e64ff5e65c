"""Pass after pass over a loader, one batch at a time; a place in it can be kept and returned to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from .training_streams import Streams

SAME = (
    "sampler", "drop_last", "collate_fn", "num_workers", "pin_memory", "timeout", "worker_init_fn",
    "multiprocessing_context", "generator", "prefetch_factor", "persistent_workers",
)  # fmt: skip
"""What a loader with another batch size has in common with the one it replaces."""


@dataclass(frozen=True)
class Place:
    """A place in the data: so many passes done, so many batches taken of a pass that began with these streams."""

    passes: int
    taken: int
    start: Streams | None
    batch_size: int | None


class Batches:
    """The batches of `loader`, of which a DataLoader's size can be changed on the way.

    Args:
        loader: A DataLoader, or anything else that can be iterated over again and again and gives pairs (x, y).

    >>> batches = Batches([("x0", "y0"), ("x1", "y1")])
    >>> batches.take(), batches.take(), batches.at_end
    (('x0', 'y0'), ('x1', 'y1'), True)
    """

    def __init__(self, loader: Any):
        if (not hasattr(loader, "__iter__") and not hasattr(loader, "__getitem__")) or isinstance(loader, str):
            raise TypeError(f"loader must be a DataLoader or a list of batches (x, y), not {type(loader).__name__}")
        if hasattr(loader, "__next__"):
            raise TypeError(
                f"loader is a {type(loader).__name__}, which can be read only once; give a DataLoader or a list"
            )
        if hasattr(loader, "shape"):
            raise TypeError("loader is a tensor; expected batches (x, y), as in loader=[(x, y)]")
        self.loader = loader
        self.passes = 0  # over all the data, done
        self._begin()

    def _begin(self) -> None:
        self.taken = 0  # batches of the pass that is going on
        self._iterator: Iterator[Any] | None = None
        self._start: Streams | None = None

    @property
    def length(self) -> int | None:
        """How many batches a pass has; None where the loader does not know."""
        try:
            return len(self.loader)
        except TypeError:
            return None

    @property
    def at_end(self) -> bool:
        """Whether the last batch of a pass has been taken."""
        return self.taken > 0 and self.taken == self.length

    def take(self) -> tuple[Any, Any] | None:
        """The next batch; None at the end of a pass. Raises TypeError for a batch that is no pair."""
        if self._iterator is None:
            self._start = Streams(self.generators())
            self._iterator = iter(self.loader)
        try:
            batch = next(self._iterator)
        except StopIteration:
            if not self.taken:
                raise ValueError("loader has no batches") from None
            return None
        self.taken += 1
        if not isinstance(batch, (tuple, list)) or len(batch) != 2:
            size = f" of {len(batch)}" if isinstance(batch, (tuple, list)) else ""
            raise TypeError(f"loader must give pairs (x, y), not {type(batch).__name__}{size}")
        return batch[0], batch[1]

    def next_pass(self) -> None:
        """Count a pass that is over; the next batch is the first of another."""
        self.passes += 1
        self._begin()

    def first(self) -> tuple[Any, Any]:
        """The first batch of some pass, without anything having been drawn or taken."""
        before = Streams(self.generators())
        try:
            return next(iter([Batches(self.loader).take()]))  # type: ignore[return-value]
        finally:
            before.put_back()

    # -- another size ------------------------------------------------------------------------------------------------
    @property
    def resizable(self) -> bool:
        """Whether the batch size can be changed: for a plain DataLoader over a dataset with a length."""
        kind = type(self.loader)
        plain = kind.__name__ == "DataLoader" and kind.__module__.partition(".")[0] in ("tensorbook", "torch")
        return plain and self.batch_size is not None and hasattr(self.loader.dataset, "__len__")

    @property
    def batch_size(self) -> int | None:
        """How many samples make a batch; None where the loader does not say."""
        return getattr(self.loader, "batch_size", None)

    @batch_size.setter
    def batch_size(self, size: int) -> None:
        if not self.resizable:
            raise ValueError("the batch size can be changed where loader is a DataLoader over a dataset with a length")
        most = len(self.loader.dataset)
        if not isinstance(size, int) or isinstance(size, bool) or not 1 <= size <= most:
            raise ValueError(
                f"batch_size must be a whole number from 1 to {most:,}, the size of the data, not {size!r}"
            )
        if size != self.batch_size:
            same = {name: getattr(self.loader, name) for name in SAME}
            self.loader = type(self.loader)(self.loader.dataset, size, **same)
            self._begin()

    def sizes(self) -> list[int]:
        """Batch sizes to choose from: powers of two, all the data, and the one in use."""
        if not self.resizable:
            return []
        most = len(self.loader.dataset)
        return sorted({2**power for power in range(most.bit_length())} | {most, self.batch_size})

    # -- places ------------------------------------------------------------------------------------------------------
    def generators(self) -> list[Any]:
        """The random generators of the loader's own."""
        found = [getattr(part, "generator", None) for part in (self.loader, getattr(self.loader, "sampler", None))]
        return list({id(generator): generator for generator in found if generator is not None}.values())

    def place(self) -> Place:
        return Place(self.passes, self.taken, self._start, self.batch_size)

    def go_to(self, place: Place) -> None:
        """Go back to a place: the pass begins anew with its random streams, and batches are passed over.

        With another batch size than then, there is no such place, and a new pass begins. The random streams are left
        wherever that leads to.
        """
        self._begin()
        self.passes = place.passes
        if place.taken and place.start is not None and place.batch_size == self.batch_size:
            place.start.put_back()
            for _ in range(place.taken):
                self.take()
