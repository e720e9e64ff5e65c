"""The backward pass, one node at a time, without leaving a trace in the graph.

`loss.backward()` frees what the graph saved and adds to `.grad`. Here each node is called by hand instead, as
`node(gradient)`: that computes the same gradients and changes nothing. A node runs once all gradients that flow into it
have arrived; of those that are ready the newest runs first, as in the engine.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from .graph_model import LARGE_SEQUENCE, Edge, Graph, GraphNode


@dataclass(slots=True)
class Step:
    """One node runs: what came in (one gradient for each of its outputs) and what goes along each edge."""

    node: GraphNode
    incoming: list[Any]
    outgoing: list[tuple[Edge, Any]] = field(default_factory=list)
    before: Any = None  # at a leaf: its .grad before this pass
    after: Any = None  # at a leaf: what .grad becomes


@dataclass(slots=True)
class Failure:
    """Why the pass stops at a node, in the words of the error."""

    node: GraphNode
    kind: str
    message: str

    @property
    def freed(self) -> bool:
        return "second time" in self.message


class Trace:
    """Iterate over it for the steps; afterwards `failure` says where the pass stopped, or is None.

    Gradients are held only while somebody waits for them, as in the engine.
    """

    def __init__(self, graph: Graph) -> None:
        self.graph, self.failure = graph, None

    def __iter__(self) -> Iterator[Step]:
        graph, torch = self.graph, self.graph.library
        with torch.no_grad():
            start = torch.ones_like(graph.output)
        arrived: dict[int, list[Any]] = {}
        _add(arrived, graph.root, graph.output.output_nr, start)
        for node in backward_order(graph):
            step = Step(node, arrived.pop(node.index, [None] * node.outputs))
            try:
                with torch.no_grad():  # torch's nodes would record a graph of the gradients
                    _run(step)
            except Exception as failure:  # whatever it is, backward() would raise it here
                self.failure = Failure(node, type(failure).__name__, str(failure))
                return
            for edge, gradient in step.outgoing:
                with torch.no_grad():
                    _add(arrived, edge.target, edge.port, gradient)
            yield step


def backward_order(graph: Graph) -> Iterator[GraphNode]:
    """The nodes as the engine runs them: each after all that send it a gradient, and of those ready the newest."""
    waiting = [node.waits_for for node in graph.nodes]
    ready = [(_age(graph.root), 0)]
    while ready:
        node = graph.nodes[heapq.heappop(ready)[1]]
        yield node
        for edge in node.edges:
            if edge.target is not None:
                waiting[edge.target.index] -= 1
                if not waiting[edge.target.index]:
                    heapq.heappush(ready, (_age(edge.target), edge.target.index))


def _age(node: GraphNode) -> int:
    """What the heap sorts by: the newest first, leaves before all."""
    number = getattr(node.fn, "_sequence_nr", None)
    return -LARGE_SEQUENCE if node.is_leaf or number is None else -int(number())


def _run(step: Step) -> None:
    node, gradients = step.node, step.incoming
    if node.is_leaf:
        step.before, (gradient,) = node.fn.variable.grad, gradients
        step.after = gradient if step.before is None else step.before if gradient is None else step.before + gradient
        return
    if all(gradient is None for gradient in gradients):  # nothing reached it: nothing goes on
        results: Any = (None,) * len(node.edges)
    elif callable(node.fn):
        results = node.fn(*gradients)
    else:  # PyTorch's node of a custom Function is not callable, but has this
        results = node.fn.apply(*gradients)
    if not isinstance(results, tuple):
        results = (results,)
    for edge, gradient in zip(node.edges, results, strict=False):
        if edge.target is not None:
            step.outgoing.append((edge, fit(gradient, *edge.target.expects(edge.port))))


def fit(gradient: Any, shape: Any, dtype: Any) -> Any:
    """The gradient in the shape and dtype of the value it belongs to: what broadcasting stretched is summed again."""
    if gradient is None:
        return None
    if gradient.is_sparse if hasattr(gradient, "is_sparse") else False:
        gradient = gradient.to_dense()
    if shape is not None and tuple(gradient.shape) != tuple(shape):
        extra = gradient.dim() - len(shape)
        stretched = [
            dim for dim in range(gradient.dim()) if dim < extra or (shape[dim - extra] == 1 != gradient.shape[dim])
        ]
        gradient = gradient.sum(stretched, keepdim=True) if stretched else gradient
        gradient = gradient.reshape(tuple(shape))
    return gradient if dtype is None or gradient.dtype == dtype else gradient.to(dtype)


def _add(arrived: dict[int, list[Any]], node: GraphNode, port: int, gradient: Any) -> None:
    slots = arrived.setdefault(node.index, [None] * node.outputs)
    slots.extend([None] * (port + 1 - len(slots)))
    if gradient is not None:
        slots[port] = gradient if slots[port] is None else slots[port] + gradient
