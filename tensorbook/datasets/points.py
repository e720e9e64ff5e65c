"""Points in the plane to be told apart, made from a seed: the same seed, the same points.

Sample i is of class i modulo the number of classes, so every stretch of samples has some of each.
"""

from __future__ import annotations

import math

import numpy as np

from ..generator import Generator
from ..ops.creation import tensor
from .labelled import LabelledDataset


def two_moons(n: int = 200, noise: float = 0.1, seed: int = 0) -> LabelledDataset:
    """Two half circles that reach into each other.

    Args:
        n: how many points.
        noise: the standard deviation of what is added to both coordinates.
        seed: of the noise.

    >>> two_moons(100)
    two moons: 100 samples of 2 features, 2 classes (0, 1)
    """
    label, along = _places(n, 2)
    x, y = np.cos(math.pi * along), np.sin(math.pi * along)
    lower = label == 1
    return _dataset("two moons", np.where(lower, 1 - x, x), np.where(lower, 0.5 - y, y), label, noise, seed)


def circles(n: int = 200, noise: float = 0.05, seed: int = 0, factor: float = 0.5) -> LabelledDataset:
    """A circle of radius 1, and one of radius `factor` within it.

    >>> circles(4, noise=0).data.norm(dim=1)
    tensor([1.0000, 0.5000, 1.0000, 0.5000])
    """
    label, along = _places(n, 2)
    radius = np.where(label == 1, factor, 1.0)
    return _polar("circles", radius, 2 * math.pi * along * (1 - 1 / max(n // 2, 1)), label, noise, seed)


def spirals(
    n: int = 200, noise: float = 0.02, seed: int = 0, classes: int = 2, turns: float = 1.25
) -> LabelledDataset:  # fmt: skip
    """Spirals from the middle outwards to radius 1, one per class, each with so many turns.

    >>> spirals(300, classes=3)
    spirals: 300 samples of 2 features, 3 classes (0, 1, 2)
    """
    label, along = _places(n, classes)
    angle = 2 * math.pi * (turns * along + label / classes)
    return _polar("spirals", along, angle, label, noise, seed)


def xor(n: int = 200, noise: float = 0.05, seed: int = 0) -> LabelledDataset:
    """Points in a square from -1 to 1; class 1 where both coordinates have the same sign.

    >>> x, y = xor(50, noise=0).data.unbind(1)
    >>> ((x * y > 0).long() == xor(50, noise=0).targets).all()
    tensor(True)
    """
    label, _ = _places(n, 2)
    x, y = Generator().manual_seed(seed).uniform((2, n), np.float64, 0.05, 1.0)  # the axes stay free
    left = np.arange(n) // 2 % 2 == 1
    x = np.where(left, -x, x)
    y = np.where(left == (label == 1), -y, y)
    return _dataset("xor", x, y, label, noise, seed + 1)


def gauss(
    n: int = 200, noise: float = 0.25, seed: int = 0, classes: int = 2
) -> LabelledDataset:  # fmt: skip
    """Clouds around points of a circle of radius 1, one per class.

    >>> gauss(6, noise=0, classes=2).data[:2].round(decimals=3)
    tensor([[ 0.7070,  0.7070],
            [-0.7070, -0.7070]])
    """
    label, _ = _places(n, classes)
    angle = math.pi / 4 + 2 * math.pi * label / classes
    return _polar("gauss", np.ones(n), angle, label, noise, seed)


def _places(n: int, classes: int) -> tuple[np.ndarray, np.ndarray]:
    """For each point its class, and how far along its class it comes, from 0 to 1."""
    if classes < 2 or n < classes:
        raise ValueError(f"at least one point for each of two or more classes is needed: n={n}, classes={classes}")
    number = np.arange(n)
    return number % classes, number // classes / max((n - 1) // classes, 1)


def _polar(
    name: str, radius: np.ndarray, angle: np.ndarray, label: np.ndarray, noise: float, seed: int
) -> LabelledDataset:  # fmt: skip
    return _dataset(name, radius * np.cos(angle), radius * np.sin(angle), label, noise, seed)


def _dataset(
    name: str, x: np.ndarray, y: np.ndarray, label: np.ndarray, noise: float, seed: int
) -> LabelledDataset:  # fmt: skip
    if noise < 0:
        raise ValueError(f"noise is a standard deviation, so not negative: {noise}")
    points = np.stack([x, y], axis=1) + noise * Generator().manual_seed(seed).normal((len(x), 2), np.float64)
    names = [str(c) for c in range(label.max() + 1)]
    return LabelledDataset(tensor(points.astype(np.float32)), tensor(label), ("x", "y"), names, name=name)
