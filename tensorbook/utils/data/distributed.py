"""One process's share of a dataset, where several train together."""

from __future__ import annotations

import math
from collections.abc import Iterator

from ...generator import Generator
from ...ops.random import randperm
from .dataset import Dataset
from .sampler import Sampler


class DistributedSampler(Sampler[int]):
    """Every `num_replicas`-th number, from `rank` on, of an order that all processes agree on.

    Args:
        dataset: what is read from; only its length counts.
        num_replicas: how many processes share it.
        rank: which of them this is, from 0.
        shuffle: whether the order is random: by `seed` plus the epoch that `set_epoch` was told.
        drop_last: leave out what does not divide evenly, instead of repeating the first samples.

    >>> import tensorbook as torch
    >>> [list(torch.utils.data.DistributedSampler(range(5), 2, rank, shuffle=False)) for rank in (0, 1)]
    [[0, 2, 4], [1, 3, 0]]
    """

    def __init__(
        self, dataset: Dataset, num_replicas: int | None = None, rank: int | None = None, shuffle: bool = True,
        seed: int = 0, drop_last: bool = False,
    ):  # fmt: skip
        if num_replicas is None or rank is None:
            raise ValueError("DistributedSampler needs num_replicas and rank: there is no process group to ask")
        if not 0 <= rank < num_replicas:
            raise ValueError(f"Invalid rank {rank}, rank should be in the interval [0, {num_replicas - 1}]")
        self.dataset, self.num_replicas, self.rank = dataset, num_replicas, rank
        self.shuffle, self.seed, self.drop_last, self.epoch = shuffle, seed, drop_last, 0
        share = len(dataset) / num_replicas
        self.num_samples = math.floor(share) if drop_last else math.ceil(share)
        self.total_size = self.num_samples * num_replicas

    def __iter__(self) -> Iterator[int]:
        n = len(self.dataset)
        if self.shuffle:
            order = randperm(n, generator=Generator().manual_seed(self.seed + self.epoch)).tolist()
        else:
            order = list(range(n))
        order = (order * math.ceil(self.total_size / max(n, 1)))[: self.total_size]  # the first again, to come out even
        return iter(order[self.rank :: self.num_replicas])

    def __len__(self) -> int:
        return self.num_samples

    def set_epoch(self, epoch: int) -> None:
        """Say which epoch begins, so that it gets an order of its own. Call it before each."""
        self.epoch = epoch
