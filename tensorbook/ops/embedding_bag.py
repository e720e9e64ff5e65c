"""Sums, means or maxima of several rows of a table: embeddings of whole texts.

https://pytorch.org/docs/stable/generated/torch.nn.functional.embedding_bag.html
"""

from __future__ import annotations

import numpy as np

from ..tensor import Tensor, make
from .creation import zeros
from .define import op
from .embedding import _limit_rows, embedding_, summed_by_row  # noqa: F401 (a formula calls them)
from .indexing import add_at
from .operands import check_devices


def _bagged(table: np.ndarray, factors: np.ndarray, index: np.ndarray, bags: np.ndarray, count: int) -> np.ndarray:
    """In each bag the sum of its rows, each times its factor. `bags` says for each index which bag it is in."""
    whole = np.zeros_like(table, shape=(count, table.shape[1]))
    add_at(whole, (bags,), table[index] * factors[:, None])
    return whole


bag_ = op("embedding_bag(self, factors; index, bags, count, by_frequency)",
          "_bagged(self, factors, index, bags, count)", "EmbeddingBagBackward0",
          self="summed_by_row(embedding_(grad, bags, -1, False) * factors.unsqueeze(1), index, self.shape, -1, "
               "by_frequency)",
          factors="(embedding_(self, index, -1, False) * embedding_(grad, bags, -1, False)).sum(1)")  # fmt: skip


def _picked(table: np.ndarray, winners: np.ndarray) -> np.ndarray:
    columns = np.arange(table.shape[1])
    return np.where(winners < 0, 0, table[winners, columns]).astype(table.dtype)


bag_max_ = op("embedding_bag(self; winners)", "_picked(self, winners)", "EmbeddingBagBackward0",
              self="_to_winners(grad, winners, self.shape)")  # fmt: skip


def _to_winners(grad: Tensor, winners: np.ndarray, shape: tuple[int, ...]) -> Tensor:
    empty = make(winners < 0)
    start = zeros(shape, dtype=grad.dtype, device=grad.device)
    return start.scatter_add(0, make(winners).clamp(min=0), grad.masked_fill(empty, 0))


def _winners(table: np.ndarray, index: np.ndarray, bags: np.ndarray, count: int) -> np.ndarray:
    """For each bag and column the row with the largest number; -1 in an empty bag."""
    winners = np.full((count, table.shape[1]), -1)
    for bag in np.unique(bags):
        rows = index[bags == bag]
        winners[bag] = rows[table[rows].argmax(0)]
    return winners


def embedding_bag(
    input: Tensor,
    weight: Tensor,
    offsets: Tensor | None = None,
    max_norm: float | None = None,
    norm_type: float = 2,
    scale_grad_by_freq: bool = False,
    mode: str = "mean",
    sparse: bool = False,
    per_sample_weights: Tensor | None = None,
    include_last_offset: bool = False,
    padding_idx: int | None = None,
) -> Tensor:
    """For each bag of row numbers the sum, mean or maximum of those rows of `weight`; an empty bag gives 0.

    Args:
        input: row numbers, (bags, n), or one row of all of them with `offsets`.
        weight: the table, (rows, width).
        offsets: where in `input` each bag begins.
        max_norm: rows that are longer than this are scaled down to it, in place, when they are used.
        norm_type: the p of the norm that max_norm is about.
        scale_grad_by_freq: divide each row's gradient by how often it was used.
        mode: "sum", "mean" or "max".
        sparse: accepted; the gradient is dense here.
        per_sample_weights: a factor for each row number, with mode="sum".
        include_last_offset: the last of `offsets` is not a beginning but the end.
        padding_idx: a row number that counts for nothing.

    >>> import tensorbook as torch
    >>> table = torch.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    >>> torch.nn.functional.embedding_bag(torch.tensor([0, 1, 2]), table, torch.tensor([0, 2]))
    tensor([[2., 3.],
            [5., 6.]])
    """
    if mode not in ("sum", "mean", "max"):
        raise ValueError("mode has to be one of sum, mean or max")
    if mode == "max" and scale_grad_by_freq:
        raise ValueError("max mode does not support scaling the gradient by the frequency")
    _check_factors(input, per_sample_weights, mode)
    index, bags, count = _read(input, offsets, include_last_offset)
    rows = weight._array.shape[0]
    if index.dtype not in (np.int64, np.int32):
        raise RuntimeError(
            "Expected tensor for argument #1 'indices' to have one of the following scalar types: Long, Int; "
            f"but got {input.type()} instead (while checking arguments for embedding_bag)"
        )
    check_devices(weight, input)
    wrong = (index < 0) | (index >= rows)
    if wrong.any():
        at = int(wrong.argmax())
        raise RuntimeError(
            f"Index {at} of input takes value {int(index[at])} which is not in the valid range [0, {rows})"
        )
    kept = slice(None) if padding_idx is None else index != padding_idx % rows
    index, bags = index[kept], bags[kept]
    if max_norm is not None:
        _limit_rows(weight, index, max_norm, norm_type)
    if mode == "max":
        return bag_max_(weight, _winners(weight._array, index, bags, count))
    if per_sample_weights is not None:
        factors = per_sample_weights.reshape(-1)[kept if padding_idx is None else make(kept)]
    else:
        sizes = np.bincount(bags, minlength=count)[bags] if mode == "mean" else np.ones(len(bags))
        factors = make((1 / sizes).astype(weight._array.dtype))
    return bag_(weight, factors, index, bags, count, scale_grad_by_freq)


def _check_factors(input: Tensor, factors: Tensor | None, mode: str) -> None:
    if factors is None:
        return
    if factors.shape != input.shape:
        raise ValueError(
            f"embedding_bag: If per_sample_weights ({factors.shape}) is not None, then it must have the same shape as "
            f"the input ({input.shape})"
        )
    if mode != "sum":
        raise NotImplementedError(
            "embedding_bag: per_sample_weights was not None. per_sample_weights is only supported for mode='sum' (got "
            f"mode='{mode}'). Please open a feature request on GitHub."
        )


def _read(input: Tensor, offsets: Tensor | None, has_end: bool) -> tuple[np.ndarray, np.ndarray, int]:
    """All row numbers in a row, for each the bag that it is in, and how many bags there are."""
    index = input._array
    if index.ndim == 2:
        if offsets is not None:
            raise ValueError(
                "if input is 2D, then offsets has to be None, as input is treated is a mini-batch of fixed length "
                f"sequences. However, found offsets of type {type(offsets)}"
            )
        count, length = index.shape
        return index.reshape(-1), np.repeat(np.arange(count), length), count
    if index.ndim != 1:
        raise ValueError(f"input has to be 1D or 2D Tensor, but got Tensor of dimension {index.ndim}")
    if not isinstance(offsets, Tensor):
        raise ValueError("offsets has to be a 1D Tensor but got None")
    starts = offsets._array
    if starts.ndim != 1:
        raise ValueError("offsets has to be a 1D Tensor")
    if starts.size and starts[0] != 0:
        raise RuntimeError(
            "offsets[0] has to be 0, i.e., the first sequence in the mini-batch has to start from position 0. However, "
            f"got {int(starts[0])}"
        )
    if starts.size and starts[-1] > index.size:
        raise RuntimeError(
            f"offsets[-1] can not be greater than input's length {index.size} but got offsets[-1] of {int(starts[-1])}"
        )
    sizes = np.diff(starts if has_end else np.append(starts, index.size))
    return index[: sizes.sum()], np.repeat(np.arange(len(sizes)), sizes), len(sizes)
