"""Connectionist temporal classification: the probability of a sequence of labels, whatever its timing.

Graves and others 2006, https://www.cs.toronto.edu/~graves/icml_2006.pdf
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from .. import devices
from ..tensor import Tensor, make
from .define import op

Lengths = Sequence[int] | Tensor


def _paths(
    log_probs: np.ndarray, labels: list[np.ndarray], steps: list[int], blank: int
) -> Iterator[tuple[int, np.ndarray, np.ndarray]]:
    """For each sample its number, its labels with blanks between them, and their log-probabilities (step, label)."""
    for n, (own, count) in enumerate(zip(labels, steps, strict=True)):
        spread = np.full(2 * len(own) + 1, blank)
        spread[1::2] = own
        yield n, spread, log_probs[:count, n][:, spread]


def _reached(spread: np.ndarray, scores: np.ndarray, blank: int) -> np.ndarray:
    """log of the probability to be at each label after each step, over all ways from the start."""
    skips = np.zeros(len(spread), bool)  # a blank between two different labels may be left out
    skips[2:] = (spread[2:] != blank) & (spread[2:] != spread[:-2])
    at = np.full(scores.shape, -np.inf, scores.dtype)
    if len(at):
        at[0, :2] = scores[0, :2]
    for t in range(1, len(at)):
        before = at[t - 1]
        ways = before.copy()
        ways[1:] = np.logaddexp(ways[1:], before[:-1])
        ways[2:] = np.where(skips[2:], np.logaddexp(ways[2:], before[:-2]), ways[2:])
        at[t] = ways + scores[t]
    return at


def _costs(log_probs: np.ndarray, labels: list, steps: list[int], blank: int, zero_infinity: bool) -> np.ndarray:
    array = devices.move(log_probs, devices.CPU)
    costs = np.zeros(array.shape[1], array.dtype)
    for n, spread, scores in _paths(array, labels, steps, blank):
        at = _reached(spread, scores, blank)
        costs[n] = -np.logaddexp.reduce(at[-1, -2:]) if len(at) else (0 if len(spread) == 1 else np.inf)
    if zero_infinity:
        costs[np.isinf(costs)] = 0
    return devices.move(costs, devices.device_of(log_probs))


def _slopes(grad: Tensor, log_probs: Tensor, labels: list, steps: list[int], blank: int, zero_infinity: bool) -> Tensor:
    """What PyTorch gives: the gradient for log-probabilities that are a log_softmax."""
    array = devices.move(log_probs._array, devices.CPU)
    slopes = np.zeros_like(array)
    for n, spread, scores in _paths(array, labels, steps, blank):
        if not len(scores):
            continue
        before = _reached(spread, scores, blank)
        after = _reached(spread[::-1], scores[::-1, ::-1], blank)[::-1, ::-1]
        total = np.logaddexp.reduce(before[-1, -2:])
        if np.isinf(total):
            slopes[: len(scores), n] = 0 if zero_infinity else np.nan
            continue
        share = np.exp(before + after - scores - total)  # of all ways, those that are at this label now
        slopes[: len(scores), n] = np.exp(array[: len(scores), n])
        for place, label in enumerate(spread):
            slopes[: len(scores), n, label] -= share[:, place]
    return make(devices.move(slopes, log_probs.device)) * grad.unsqueeze(1)


ctc_ = op("ctc_loss(self; labels, steps, blank, zero_infinity)", "_costs(self, labels, steps, blank, zero_infinity)",
          "CtcLossBackward0", self="_slopes(grad, self, labels, steps, blank, zero_infinity)")  # fmt: skip


def ctc_loss(
    log_probs: Tensor,
    targets: Tensor,
    input_lengths: Lengths,
    target_lengths: Lengths,
    blank: int = 0,
    reduction: str = "mean",
    zero_infinity: bool = False,
) -> Tensor:
    """Minus the log-probability of each sequence of labels, over all ways to spread it over the steps.

    Args:
        log_probs: log_softmax of the scores, (steps, batch, classes), or (steps, classes) for a single sequence.
        targets: the labels, (batch, longest), or all of them in one row.
        input_lengths: how many steps each sample has.
        target_lengths: how many labels each sample has.
        blank: the class that stands for no label.
        reduction: "mean" (each cost divided by its number of labels first), "sum" or "none".
        zero_infinity: whether a sequence that cannot fit costs nothing instead of infinity.

    >>> import tensorbook as torch
    >>> even = torch.full((4, 1, 3), 1 / 3).log()
    >>> torch.nn.functional.ctc_loss(even, torch.tensor([[1, 2]]), [4], [2], reduction="sum")  # 15 of 81 ways
    tensor(1.6864)
    """
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(f"{reduction} is not a valid value for reduction")
    alone = log_probs.dim() == 2
    scores = log_probs.unsqueeze(1) if alone else log_probs
    steps, sizes = (
        np.asarray(x.tolist() if isinstance(x, Tensor) else x).reshape(-1) for x in (input_lengths, target_lengths)
    )
    rows = devices.move(targets._array, devices.CPU)
    longest, batch = scores.size(0), scores.size(1)
    for name, found in (("input_lengths", steps), ("target_lengths", sizes)):
        if len(found) != batch:
            raise RuntimeError(f"{name} must be of size batch_size")
    if len(steps) and steps.max() > longest:
        raise RuntimeError(
            f"Expected input_lengths to have value at most {longest}, but got value {steps.max()} (while checking "
            "arguments for ctc_loss_cpu)"
        )
    if not 0 <= blank < scores.size(2):
        raise RuntimeError("blank must be in label range")
    if rows.ndim == 2:
        labels = [row[:size] for row, size in zip(rows, sizes, strict=True)]
    else:
        ends = np.cumsum(sizes)
        labels = [rows[end - size : end] for end, size in zip(ends, sizes, strict=True)]
    costs = ctc_(scores, labels, steps.tolist(), blank, zero_infinity)
    if reduction == "sum":
        return costs.sum()
    if reduction == "mean":
        return (costs / make(np.maximum(sizes, 1)).to(costs.device)).mean()
    return costs.squeeze(0) if alone else costs
