"""The walk from a result back to the leaves.

Every node is newer than the nodes that made its inputs, so "newest first" is a topological order, and no counting
pass is needed: when the newest pending node is taken, everything that uses its output has already run and its
gradient is complete. Pending nodes wait in a heap by sequence number; where only one is pending (a straight line)
the heap is not touched at all. Gradients live in a table beside the walk, never on the nodes. Nothing recurses, so
a chain of a million nodes is no deeper than a chain of two.

Leaves get their gradient at the end of the walk. Only where somebody could see it, because some hook is alive, are the
edges into each leaf counted first, so that a leaf is finished by the last node that adds to it, as in PyTorch.

The ordinary pass moves bare arrays from node to node. With `create_graph` it moves Tensors, and what the nodes compute
is recorded in turn.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Sequence
from heapq import heappop, heappush

import numpy as np

from .. import memory
from ..dtypes import from_numpy_dtype
from ..graph import AccumulateGrad, Edge, GradientEdge, Hooks, Node
from ..ops.operands import as_array, sum_to
from ..tensor import Tensor, make
from . import anomaly
from .running_hooks import after_node, before_node, call_hooks_of_output, call_prehooks, fit


class Captures:
    """The gradients that are asked for, where not all are: `autograd.grad` wants them returned, `backward(inputs=…)`
    left in `.grad`. Nothing that does not lead to them runs."""

    def __init__(self, inputs: Sequence[Tensor | GradientEdge], into_grad: bool = False):
        self.wanted: dict[tuple[Node, int], object] = {self.key(x): None for x in inputs}
        self.nodes = {node for node, _ in self.wanted}
        self.into_grad = into_grad

    @staticmethod
    def key(x: Tensor | GradientEdge) -> tuple[Node, int]:
        if x.__class__ is GradientEdge:
            return x.node, x.output_nr
        return (x._node.node, x._node.index) if x._node.__class__ is Edge else (x._node, 0)

    def of(self, x: Tensor | GradientEdge) -> object:
        """The gradient that arrived for one of the inputs, None if none did."""
        return self.wanted[self.key(x)]

    def on_the_way(self, order: list[Node]) -> set[Node]:
        """The nodes, of those in the graph, from which some wanted node can be reached: only these need to run."""
        reachable = set()
        for node in sorted(order, key=lambda n: n.sequence, reverse=True):  # oldest first; leaves count as oldest
            if node in self.nodes or any(below in reachable for below in inputs_of(node)):
                reachable.add(node)
        return reachable


def inputs_of(node: Node) -> list[Node]:
    return [e.node if e.__class__ is Edge else e for e in node.edges if e is not None]


def graph_below(roots: Sequence[Node]) -> list[Node]:
    """Every node that can be reached."""
    order, seen = list(dict.fromkeys(roots)), set(roots)
    for node in order:
        for below in inputs_of(node):
            if below not in seen:
                seen.add(below)
                order.append(below)
    return order


class Pass:
    """One backward pass on its way, as hooks see it: the nodes that it runs or ends at, and whether only some gradients
    were asked for."""

    def __init__(self, nodes: set[Node], partial: bool):
        self.nodes, self.partial = nodes, partial


class _Running(threading.local):
    now: Pass | None = None


running = _Running()


def receive(edge: object, grad: object, pending: dict, heap: list, leaves: dict, create_graph: bool) -> None:
    """Add a gradient to what waits at the far end of an edge (the general case; the loop in `walk` has a short cut)."""
    node, index = edge, 0
    if edge.__class__ is GradientEdge:
        node, index, _ = edge
    elif edge.__class__ is Edge:
        node, index = edge.node, edge.index
        if edge.dtype is not None and grad.dtype != edge.dtype:
            grad = grad.to(from_numpy_dtype(edge.dtype)) if create_graph else grad.astype(edge.dtype)
    if node.__class__ is AccumulateGrad:
        entry = leaves.get(node)
        if entry is None:
            leaves[node] = [grad, False]
        else:
            add_into(entry, 0, fit(grad, node.shape), create_graph)
        return
    entry = pending.get(node.sequence)
    if entry is None:
        entry = pending[node.sequence] = [node, None, False]
        if node.output_count > 1:
            entry[1] = [None] * node.output_count
        heappush(heap, node.sequence)
    if node.output_count > 1:
        grad, waiting = fit(grad, node.output_shapes()[index]), entry[1][index]
        entry[1][index] = grad if waiting is None else waiting + grad
    elif entry[1] is None:
        entry[1] = grad
    else:
        add_into(entry, 1, fit(grad, node.shape), create_graph)


def add_into(entry: list, at: int, grad: object, create_graph: bool) -> None:
    """Add to the gradient in an entry's cell; its last cell says whether that may be done in place."""
    waiting, owned = entry[at], entry[-1]
    if owned and waiting.shape == grad.shape:
        waiting += grad
    else:
        entry[at] = fit(waiting, grad.shape) + grad
        entry[-1] = not create_graph and getattr(entry[at], "ndim", 0) > 0


def walk(
    roots: Sequence[tuple[object, object]], keep_graph: bool, create_graph: bool, captures: Captures | None = None
) -> None:
    """Run the backward pass from (edge, gradient) pairs. Gradients are Tensors when `create_graph`, else arrays.

    Leaves get their gradient in `.grad`, or in `captures` where some were asked for.
    """
    pending: dict[int, list] = {}  # sequence number -> [node, gradient, may be added to in place]
    heap: list[int] = []
    leaves: dict[AccumulateGrad, list] = {}  # -> [gradient, may be added to in place]
    needed = uses = None
    checks = anomaly.state if anomaly.state.enabled else None
    plain = captures is None and checks is None and not create_graph

    for edge, grad in roots:
        receive(edge, grad, pending, heap, leaves, create_graph)
    if captures is not None or Hooks.living:
        order = graph_below([e if isinstance(e, Node) else e.node for e, _ in roots])
        if captures is not None:
            needed = captures.on_the_way(order)
        nodes = set(order) if needed is None else needed
        uses = Counter(
            below for n in order if n in nodes for below in inputs_of(n) if below.__class__ is AccumulateGrad
        )
        before, running.now = running.now, Pass(nodes, captures is not None)
        del order, nodes

    node = grad = grads = edge = g = following = None
    try:
        while heap:
            node, grad, _ = pending.pop(heappop(heap))
            while True:
                shape, hooks = node.shape, node.hooks
                if shape is not None and grad.shape != shape:  # None: several outputs, several gradients
                    grad = sum_to(grad, shape)
                if hooks is None and plain:
                    grads = node.arrays(grad, keep_graph)
                else:
                    runs = needed is None or (node in needed and any(below in needed for below in inputs_of(node)))
                    grad = before_node(node, grad, create_graph, captures, runs)
                    if not runs:
                        break
                    grads = node.tensors(grad, keep_graph) if create_graph else node.arrays(grad, keep_graph)
                    grads = after_node(node, grads, grad, create_graph)
                    if checks is not None:
                        checks.after(node, grads)
                follow = None
                for edge, g in zip(node.edges, grads):  # noqa: B905 (both from one node, and this is the hot loop)
                    if g is None or edge is None:
                        continue
                    if edge.straight and follow is None and (not heap or edge.sequence < heap[0]):
                        follow, following = edge, g  # newer than all that is pending: no need to wait
                    elif edge.__class__ is AccumulateGrad:
                        entry = leaves.get(edge)
                        if entry is None:
                            leaves[edge] = [g, False]
                        elif entry[1] and g.shape == edge.shape:
                            entry[0] += g
                        else:
                            add_into(entry, 0, g if g.shape == edge.shape else sum_to(g, edge.shape), create_graph)
                    else:
                        receive(edge, g, pending, heap, leaves, create_graph)
                if uses is not None:
                    grads = g = None  # the gradient of a leaf must be held by nobody else
                    for below in inputs_of(node):
                        if below in uses:
                            uses[below] -= 1
                            if not uses[below] and below in leaves:
                                finish(below, [leaves.pop(below)[0]], create_graph, captures)
                if follow is None:
                    break
                if heap and heap[0] <= follow.sequence:  # something came in beside it that must go first, or join it
                    receive(follow, following, pending, heap, leaves, create_graph)
                    break
                node, grad = follow, following
        node = grad = grads = edge = g = following = None
        while leaves:
            node = next(iter(leaves))
            finish(node, [leaves.pop(node)[0]], create_graph, captures)
    except Exception:
        if checks is not None and node is not None:
            checks.explain(node)
        raise
    finally:
        if uses is not None:
            running.now = before


def as_tensor(grad: object) -> Tensor:
    return grad if isinstance(grad, Tensor) else make(as_array(grad))


def finish(leaf: AccumulateGrad, cell: list, create_graph: bool, captures: Captures | None) -> None:
    """Add what has arrived to a leaf's `.grad`."""
    if cell[0].shape != leaf.shape:
        cell[0] = sum_to(cell[0], leaf.shape)
    hooks = leaf.hooks
    if hooks is not None and hooks.on_output:
        cell[0] = call_hooks_of_output(hooks, 0, cell[0], create_graph)
    if captures is not None:
        if (leaf, 0) not in captures.wanted:
            return
        if not captures.into_grad:
            captures.wanted[leaf, 0] = cell.pop()
            return
    if hooks is not None and hooks.before:
        cell[0] = call_prehooks(hooks, [cell[0]], create_graph)[0]
    accumulate(leaf, cell, create_graph)
    if hooks is not None:
        for hook in list(hooks.accumulated.values()):
            if hook(leaf.variable) is not None:
                raise RuntimeError("Tensor post accumulate grad hooks should return None.")
        for hook in list(hooks.after.values()):
            hook((), (as_tensor(cell[0]) if cell[0] is not None else leaf.grad,))


def accumulate(leaf: AccumulateGrad, cell: list, create_graph: bool) -> None:
    kind = leaf.array.dtype
    if create_graph:
        grad = cell[0] if cell[0]._array.dtype == kind else cell[0].to(from_numpy_dtype(kind))
        leaf.grad = grad.clone() if leaf.grad is None else leaf.grad + grad
    elif leaf.grad is None:
        leaf.grad = make(own(cell, kind))
    elif leaf.grad._node is not None:
        leaf.grad = leaf.grad + make(as_array(cell[0]))
    else:
        leaf.grad._array += cell[0]
        if leaf.grad._storage is not None:
            leaf.grad._storage.version += 1


def own(cell: list, kind: np.dtype) -> np.ndarray:
    """The gradient as an array that nobody else holds: itself where that is so, else a copy.

    Two leaves of one sum receive the same array, a user may hold the one passed to backward(), a view shares its
    memory: in all these cases `.grad` must be a copy, since the next backward adds to it in place.
    """
    if cell[0].__class__ is np.ndarray and memory.seen_by_none_else(cell):
        array = cell[0]
        if array.dtype is kind and array.flags.c_contiguous:
            return array
    array = as_array(cell[0])
    return array.astype(kind, order="C", copy=True)
