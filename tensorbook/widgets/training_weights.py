"""What a parameter's values are like at a glance: their norm, and a small histogram."""

from __future__ import annotations

from typing import Any

import numpy as np

from .training_notes import number

BINS = 16
TALLEST = 12  # heights of bars are whole numbers up to this
FEWEST = 16  # values of which a histogram says more than the values would
SAMPLE = 20_000  # values counted; of more, every so many is


def summary(tensor: Any) -> dict[str, Any]:
    """The Euclidean norm as text, and the heights of a histogram from the least value to the largest.

    >>> import tensorbook as torch
    >>> summary(torch.tensor([3.0, 4.0]))
    {'size': '5', 'bars': [], 'span': ''}
    >>> summary(torch.linspace(-1, 1, 160))["bars"]
    [12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12]
    """
    values = tensor.detach().float().cpu().numpy().reshape(-1).astype(np.float64)
    size = number(float(np.sqrt((values * values).sum())))
    values = values[:: -(-len(values) // SAMPLE) or 1]
    if len(values) < FEWEST or not np.isfinite(values).all():
        return {"size": size, "bars": [], "span": ""}
    counts, edges = np.histogram(values, BINS)
    bars = np.ceil(counts * TALLEST / counts.max()).astype(int).tolist()
    return {"size": size, "bars": bars, "span": f"values from {number(edges[0])} to {number(edges[-1])}"}
