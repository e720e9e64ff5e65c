"""Rows of a table, looked up by number.

https://pytorch.org/docs/stable/generated/torch.nn.functional.embedding.html
"""

from __future__ import annotations

import numpy as np

from ..tensor import Tensor, storage_of
from .define import op
from .indexing import add_at
from .operands import check_devices


def _looked_up(weight: np.ndarray, index: np.ndarray) -> np.ndarray:
    return weight[index]


def _summed_by_row(grad: np.ndarray, index: np.ndarray, shape: tuple, padding: int, by_frequency: bool) -> np.ndarray:
    """Each row's gradient: the sum of those of its uses, or their mean; none for the padding row."""
    flat, rows = index.reshape(-1), grad.reshape(-1, shape[1])
    if padding >= 0:
        used = flat != padding
        flat, rows = flat[used], rows[used]
    if by_frequency and flat.size:
        rows = rows / np.bincount(flat, minlength=shape[0])[flat][:, None].astype(rows.dtype)
    whole = np.zeros_like(grad, shape=shape)
    add_at(whole, (flat,), rows)
    return whole


embedding_ = op("embedding(self; index, padding, by_frequency)", "_looked_up(self, index)", "EmbeddingBackward0",
                self="summed_by_row(grad, index, self.shape, padding, by_frequency)")  # fmt: skip
summed_by_row = op("embedding_dense_backward(self; index, shape, padding, by_frequency)",
                   "_summed_by_row(self, index, shape, padding, by_frequency)", "EmbeddingDenseBackwardBackward0",
                   self="used_rows(grad, index, padding)")  # fmt: skip


def _used_rows(weight: np.ndarray, index: np.ndarray, padding: int) -> np.ndarray:
    """The other way round: for each use what reached its row. (PyTorch forgets the frequency here, too.)"""
    rows = weight[index]
    rows[index == padding] = 0
    return rows


used_rows = op("embedding(self; index, padding)", "_used_rows(self, index, padding)",
               "EmbeddingBackward0", self="summed_by_row(grad, index, self.shape, padding, False)")  # fmt: skip


def _limit_rows(weight: Tensor, index: np.ndarray, max_norm: float, norm_type: float) -> None:
    """Scale down, in place and outside the graph, the rows that are about to be used and are too long."""
    rows = np.unique(index)
    table = weight._array
    used = table[rows]
    lengths = (abs(used) ** norm_type).sum(1) ** (1 / norm_type) if norm_type != np.inf else abs(used).max(1)
    long = lengths > max_norm
    table[rows[long]] = used[long] * (max_norm / (lengths[long] + 1e-7))[:, None].astype(table.dtype)
    storage_of(weight).version += 1


def embedding(
    input: Tensor,
    weight: Tensor,
    padding_idx: int | None = None,
    max_norm: float | None = None,
    norm_type: float = 2.0,
    scale_grad_by_freq: bool = False,
    sparse: bool = False,
) -> Tensor:
    """The rows of `weight` with the numbers in `input`.

    Args:
        input: row numbers, int64 or int32, of any shape.
        weight: the table, of shape (rows, width).
        padding_idx: a row that gets no gradient.
        max_norm: rows that are longer than this are scaled down to it, in place, when they are used.
        norm_type: the p of the norm that max_norm is about.
        scale_grad_by_freq: divide each row's gradient by how often it was used.
        sparse: not supported here beyond being accepted: the gradient is dense.

    >>> import tensorbook as torch
    >>> torch.nn.functional.embedding(torch.tensor([1, 0]), torch.tensor([[1.0, 2.0], [3.0, 4.0]]))
    tensor([[3., 4.],
            [1., 2.]])
    """
    if weight._array.ndim != 2:
        raise RuntimeError("'weight' must be 2-D")
    rows = weight._array.shape[0]
    if padding_idx is not None and not -rows <= padding_idx < rows:
        raise AssertionError("Padding_idx must be within num_embeddings")
    padding = -1 if padding_idx is None else padding_idx % rows
    index = input._array
    if index.dtype not in (np.int64, np.int32):
        raise RuntimeError(
            "Expected tensor for argument #1 'indices' to have one of the following scalar types: Long, Int; "
            f"but got {input.type()} instead (while checking arguments for embedding)"
        )
    check_devices(weight, input)
    if index.size and not 0 <= int(index.min()) <= int(index.max()) < rows:
        raise IndexError("index out of range in self")
    if max_norm is not None:
        _limit_rows(weight, index, max_norm, norm_type)
    return embedding_(weight, index, padding, scale_grad_by_freq)
