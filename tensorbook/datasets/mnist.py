"""MNIST and Fashion-MNIST: 70,000 pictures of 28 × 28 pixels, fetched when asked for and then kept."""

from __future__ import annotations

import os
import pathlib
from collections.abc import Callable

from ..ops.creation import tensor
from ..tensor import Tensor
from ..utils.data import Dataset
from .fetching import cache, fetch
from .idx import read_idx


class MNIST(Dataset):
    """Handwritten digits (LeCun, Cortes and Burges, 1998). Sample i is a picture and the number of its class.

    Args:
        root: the folder that holds them, as torchvision lays it out (`root/MNIST/raw/…`); by default the folder named
            by the environment variable TENSORBOOK_DATA, or the user's cache.
        train: the 60,000 to train on; else the 10,000 to test on.
        transform: called with each picture, float32 of shape (1, 28, 28) from 0 to 1.
        target_transform: called with each class's number.
        download: fetch what is not there (12 MB for MNIST, 30 MB for Fashion-MNIST).

    Attributes:
        data: all pictures, uint8 of shape (n, 28, 28) from 0 to 255.
        targets: all classes, int64 of shape (n,).
        classes: the classes' names.

    Raises RuntimeError where the files are not there and `download` is not set, or where they are damaged;
    ConnectionError where they cannot be fetched.

    >>> MNIST("/nowhere")
    Traceback (most recent call last):
    RuntimeError: MNIST not found in /nowhere/MNIST/raw. You can use download=True to download it.
    """

    mirrors = ("https://ossci-datasets.s3.amazonaws.com/mnist/", "https://storage.googleapis.com/cvdf-datasets/mnist/")
    sums = {
        "train-images-idx3-ubyte.gz": "f68b3c2dcbeaaa9fbdd348bbdeb94873",
        "train-labels-idx1-ubyte.gz": "d53e105ee54ea40749a09fcbcd1e9432",
        "t10k-images-idx3-ubyte.gz": "9fb629c4189551a2d022fa330f9573f3",
        "t10k-labels-idx1-ubyte.gz": "ec29112dd5afa0611ce80d1b7f02629c",
    }
    classes = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")

    def __init__(
        self, root: str | os.PathLike | None = None, train: bool = True, transform: Callable | None = None,
        target_transform: Callable | None = None, download: bool = False,
    ):  # fmt: skip
        self.root = pathlib.Path(root) if root is not None else cache()
        self.train, self.transform, self.target_transform = train, transform, target_transform
        pictures, labels = [self._path(name, download) for name in self.sums if name.startswith(self._part)]
        self.data, self.targets = tensor(read_idx(pictures)), tensor(read_idx(labels)).long()
        if self.data.dim() != 3 or self.targets.shape != self.data.shape[:1]:
            raise RuntimeError(
                f"{pictures} and {labels} do not belong together: pictures {tuple(self.data.shape)}, "
                f"labels {tuple(self.targets.shape)}"
            )

    @property
    def _part(self) -> str:
        return "train" if self.train else "t10k"

    @property
    def folder(self) -> pathlib.Path:
        """Where the files lie."""
        return self.root / type(self).__name__ / "raw"

    def _path(self, name: str, download: bool) -> pathlib.Path:
        for present in (self.folder / name, self.folder / name.removesuffix(".gz")):
            if present.is_file() and not (download and present.suffix == ".gz"):  # pooch checks the sum of those
                return present
        if not download:
            raise RuntimeError(
                f"{type(self).__name__} not found in {self.folder}. You can use download=True to download it."
            )
        return fetch(name, self.sums[name], self.mirrors, self.folder)

    def __len__(self) -> int:
        return len(self.targets)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        return self._sample(self.data[index].unsqueeze(0) / 255, self.targets[index].item())

    def __getitems__(self, indices: list[int]) -> list[tuple[Tensor, int]]:
        pictures = (self.data[indices].unsqueeze(1) / 255).unbind(0)
        return [self._sample(x, y) for x, y in zip(pictures, self.targets[indices].tolist(), strict=True)]

    def _sample(self, picture: Tensor, label: int) -> tuple:
        if self.transform is not None:
            picture = self.transform(picture)
        if self.target_transform is not None:
            label = self.target_transform(label)
        return picture, label

    def __repr__(self) -> str:
        kind = "train" if self.train else "test"
        return (
            f"{type(self).__name__}: {len(self)} pictures to {kind} on, {len(self.classes)} classes, in {self.folder}"
        )


class FashionMNIST(MNIST):
    """Pictures of clothes in MNIST's format (Xiao, Rasul and Vollgraf, 2017); everything else as for MNIST."""

    mirrors = (
        "https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion/",
        "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
    )
    sums = {
        "train-images-idx3-ubyte.gz": "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
        "train-labels-idx1-ubyte.gz": "25c81989df183df01b3e8a0aad5dffbe",
        "t10k-images-idx3-ubyte.gz": "bef4ecab320f06d8554ea6380940ec79",
        "t10k-labels-idx1-ubyte.gz": "bb300cfdad3c16e7a12a480ee83cd310",
    }
    classes = (
        "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"
    )  # fmt: skip
