"""A softmax over very many classes, in parts: most words are rare.

Grave and others 2017, Efficient softmax approximation for GPUs, https://arxiv.org/abs/1609.04309
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import NamedTuple

from ...devices import device as device_type
from ...dtypes import dtype as dtype_type
from ...ops.joining import cat
from ...tensor import Tensor
from .. import functional as F
from .container import ModuleList, Sequential
from .linear import Linear
from .module import Module


class ASMoutput(NamedTuple):
    """The log-probability of each target, and minus their mean."""

    output: Tensor
    loss: Tensor


ASMoutput.__name__ = ASMoutput.__qualname__ = "_ASMoutput"


class AdaptiveLogSoftmaxWithLoss(Module):
    """Log-probabilities of classes that are numbered from the most frequent on.

    The head chooses among the classes before the first cutoff and the clusters; a cluster, with fewer numbers the
    farther out it is, among its own classes.

    Args:
        in_features: how many numbers describe a sample.
        n_classes: how many classes there are.
        cutoffs: the first class of each cluster.
        div_value: by how much smaller the next cluster's numbers are.
        head_bias: whether the head has a bias.

    >>> import tensorbook as torch
    >>> loss = torch.nn.AdaptiveLogSoftmaxWithLoss(16, 100, cutoffs=[10, 50])
    >>> torch.allclose(loss.log_prob(torch.ones(1, 16)).exp().sum(), torch.tensor(1.0))
    True
    """

    def __init__(
        self,
        in_features: int,
        n_classes: int,
        cutoffs: Sequence[int],
        div_value: float = 4.0,
        head_bias: bool = False,
        device: device_type | str | None = None,
        dtype: dtype_type | None = None,
    ):
        super().__init__()
        cutoffs, made = list(cutoffs), {"device": device, "dtype": dtype}
        if not cutoffs:
            raise ValueError("cutoffs should be a sequence of length larger than 0")
        if (
            cutoffs != sorted(set(cutoffs))
            or not cutoffs[0] > 0
            or cutoffs[-1] >= n_classes
            or (any(int(c) != c for c in cutoffs))
        ):
            raise ValueError(
                "cutoffs should be a sequence of unique, positive integers sorted in an increasing order, where each "
                "value is between 1 and n_classes-1"
            )
        self.in_features, self.n_classes, self.cutoffs = in_features, n_classes, [*cutoffs, n_classes]
        self.div_value, self.head_bias = div_value, head_bias
        self.shortlist_size, self.n_clusters = cutoffs[0], len(cutoffs)
        self.head_size = self.shortlist_size + self.n_clusters
        self.head = Linear(in_features, self.head_size, bias=head_bias, **made)
        self.tail = ModuleList()
        for i, (low, high) in enumerate(itertools.pairwise(self.cutoffs), 1):
            fewer = int(in_features // div_value**i)
            self.tail.append(
                Sequential(
                    Linear(in_features, fewer, bias=False, **made), Linear(fewer, high - low, bias=False, **made)
                )
            )

    def reset_parameters(self) -> None:
        """Draw all weights anew."""
        self.head.reset_parameters()
        for narrow, wide in self.tail:
            narrow.reset_parameters()
            wide.reset_parameters()

    def forward(self, input_: Tensor, target_: Tensor) -> ASMoutput:
        self._check(input_, target_)
        alone = not target_.dim()
        input, target = (input_.unsqueeze(0), target_.unsqueeze(0)) if alone else (input_, target_)
        if bool(((target < 0) | (target >= self.n_classes)).any()):
            raise RuntimeError(
                f"Target values should be in [0, {self.n_classes - 1}], but values in range "
                f"[{target.min().item()}, {target.max().item()}] were found. "
            )
        column, output = target.clone(), input.new_zeros(target.size(0))
        for i, (low, high) in enumerate(itertools.pairwise(self.cutoffs)):
            rows = ((target >= low) & (target < high)).nonzero().squeeze(1)
            if rows.numel():
                column.index_fill_(0, rows, self.shortlist_size + i)
                scores = F.log_softmax(self.tail[i](input.index_select(0, rows)), dim=1)
                within = target.index_select(0, rows) - low
                output = output.index_copy(0, rows, scores.gather(1, within.unsqueeze(1)).squeeze(1))
        output = output + F.log_softmax(self.head(input), dim=1).gather(1, column.unsqueeze(1)).squeeze(1)
        loss = (-output).mean()
        return ASMoutput(output.squeeze(0) if alone else output, loss)

    def _check(self, input: Tensor, target: Tensor) -> None:
        if target.dim() > 1:
            raise RuntimeError("0D or 1D target tensor expected, multi-target not supported")
        if target.dim() and input.size(0) != target.size(0):
            raise RuntimeError("Input and target should have the same size in the batch dimension.")
        if input.dim() != target.dim() + 1:
            raise RuntimeError(
                f"{target.dim()}D target tensor expects {target.dim() + 1}D input tensors, but found inputs with size "
                f"{input.size()}"
            )

    def log_prob(self, input: Tensor) -> Tensor:
        """The log-probabilities of all classes, (batch, n_classes)."""
        return self._of_all(input, self.head(input))

    def _of_all(self, input: Tensor, chosen: Tensor) -> Tensor:
        head = F.log_softmax(chosen, dim=1)
        parts = [head[:, : self.shortlist_size]]
        for i, cluster in enumerate(self.tail, self.shortlist_size):
            parts.append(F.log_softmax(cluster(input), dim=1) + head[:, i].unsqueeze(1))
        return cat(parts, 1)

    def predict(self, input: Tensor) -> Tensor:
        """The most likely class of each sample: `log_prob(input).argmax(dim=1)`, with less work where that will do."""
        chosen = self.head(input)
        output = chosen.argmax(dim=1)
        farther = output >= self.shortlist_size
        if bool(farther.any()):
            output[farther] = self._of_all(input[farther], chosen[farther]).argmax(dim=1)
        return output
