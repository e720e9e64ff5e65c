"""Functions with several results that one node stands for: a spread and a mean, both extremes, a sign and a size."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..graph import Edge, grad_mode, next_sequence
from ..tensor import Tensor, make
from .layout import row_by_row
from .node import OpNode, by_way_of_tensors
from .operands import as_array


class Joint(OpNode):
    """A node with several outputs. It keeps its input, its results, and what stands in `plain_names`.

    For each output one of `parts(grad, x, result, node)` takes its gradient to the input.
    """

    __slots__ = ("output_count", "results", "self_", "self_version")
    saved_names = ("self",)
    parts: tuple[Callable, ...] = ()

    def arrays(self, grad: list, keep: bool) -> tuple:
        tensors = [None if g is None else make(as_array(g)) for g in grad]
        return tuple(g._array for g in by_way_of_tensors(self, tensors, keep))

    def output_shapes(self) -> list[tuple[int, ...]]:
        return [array.shape for array in self.results]

    def tensors(self, grad: list, keep: bool) -> tuple:
        x, total = self.unpack("self"), None
        for i, (g, part) in enumerate(zip(grad, self.parts, strict=True)):
            if g is not None:
                result = make(self.results[i])
                result._node = Edge(self, i)  # so that a second derivative finds its way
                term = part(g, x, result, self)
                total = term if total is None else total + term
        if not keep:
            self.self_ = None
        return (total,)


def joint(kind: type[Joint], self: Tensor, results: tuple[np.ndarray, ...], **plain: object) -> list[Tensor]:
    """The results as tensors, outputs of one node of this kind."""
    tensors = [make(row_by_row(as_array(array))[0]) for array in results]
    if self._node is not None and grad_mode.enabled:
        node = kind()
        node.edges, node.sequence, node.hooks, node.shape = (self._node,), next_sequence(), None, None
        node.self_, node.self_version = self, 0 if self._storage is None else self._storage.version
        node.results, node.output_count = [t._array for t in tensors], len(tensors)
        for name, value in plain.items():
            setattr(node, name + "_", value)
        for i, tensor in enumerate(tensors):
            tensor._node = Edge(node, i)
        if grad_mode.unusual:
            grad_mode.recorded(node)
    return tensors


def node_kind(name: str, plain: str, shown: dict[str, int | str], *parts: Callable) -> type[Joint]:
    """A kind of Joint: its plain values, the names under which it shows what it keeps, a gradient for each result."""
    results = {key: i if isinstance(i, str) else lambda node, i=i: node.results[i] for key, i in shown.items()}
    slots = tuple(f"{value}_" for value in plain.split())
    members = {"__slots__": slots, "__module__": "tensorbook", "plain_names": tuple(plain.split()), "parts": parts,
               "shown": results}  # fmt: skip
    return type(name, (Joint,), members)
