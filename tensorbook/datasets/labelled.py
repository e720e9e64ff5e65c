"""Samples with what is to be said of each."""

from __future__ import annotations

from collections.abc import Sequence

from ..generator import Generator
from ..tensor import Tensor
from ..utils.data import TensorDataset, random_split


class LabelledDataset(TensorDataset):
    """Features and targets side by side; sample i is `(data[i], targets[i])`.

    Attributes:
        data: float32, one row per sample.
        targets: int64 numbers of classes, or float32 values.
        feature_names: what each column of the data is.
        class_names: what each number among the targets stands for; empty where they are values.
        description: where the data come from.

    >>> import tensorbook as torch
    >>> points = LabelledDataset(torch.zeros(4, 2), torch.tensor([0, 1, 1, 0]), ("x", "y"), ("low", "high"), name="p")
    >>> points
    p: 4 samples of 2 features, 2 classes (low, high)
    """

    def __init__(
        self, data: Tensor, targets: Tensor, feature_names: Sequence[str] = (), class_names: Sequence[str] = (), *,
        name: str = "data", description: str = "",
    ):  # fmt: skip
        super().__init__(data, targets)
        self.feature_names, self.class_names = tuple(feature_names), tuple(class_names)
        self.name, self.description = name, description

    @property
    def data(self) -> Tensor:
        return self.tensors[0]

    @property
    def targets(self) -> Tensor:
        return self.tensors[1]

    def split(self, test: float = 0.25, seed: int = 0) -> tuple[LabelledDataset, LabelledDataset]:
        """Two datasets of the same kind: one to train on, and a random part of this size to test on.

        ValueError unless `test` is between 0 and 1 and leaves samples on both sides.
        """
        count = round(len(self) * test)
        if not 0 < count < len(self):
            raise ValueError(f"test is the part to test on, such as 0.25; {test} of {len(self)} samples is {count}")
        parts = random_split(self, [len(self) - count, count], Generator().manual_seed(seed))
        return tuple(self._part(part.indices) for part in parts)

    def _part(self, indices: list[int]) -> LabelledDataset:
        return LabelledDataset(
            self.data[indices], self.targets[indices], self.feature_names, self.class_names, name=self.name,
            description=self.description,
        )  # fmt: skip

    def __repr__(self) -> str:
        shape = " × ".join(map(str, self.data.shape[1:]))
        head = f"{self.name}: {len(self)} samples of {shape} features"
        if not self.class_names:
            return f"{head}, targets from {self.targets.min().item():g} to {self.targets.max().item():g}"
        return f"{head}, {len(self.class_names)} classes ({', '.join(self.class_names)})"
