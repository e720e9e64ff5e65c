"""The walk from a result back to the leaves.

Every node is newer than the nodes that made its inputs, so "newest first" is a topological order, and no counting
pass is needed: when the newest pending node is taken, everything that uses its output has already run and its
gradient is complete. Pending nodes wait in a heap by sequence number; where only one is pending (a straight line)
the heap is not touched at all. Gradients live in a table beside the walk, never on the nodes. Nothing recurses, so
a chain of a million nodes is no deeper than a chain of two.

The ordinary pass moves bare arrays from node to node. With `create_graph` it moves Tensors, and what the nodes compute
is recorded in turn.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from heapq import heappop, heappush

import numpy as np

from ..dtypes import from_numpy_dtype
from ..graph import AccumulateGrad, Edge, Node
from ..ops.operands import as_array, sum_to
from ..tensor import Tensor, make


class Captures:
    """Gradients that `autograd.grad` asks for, instead of leaving them in `.grad`."""

    def __init__(self, inputs: Sequence[Tensor]):
        self.wanted: dict[tuple[Node, int], object] = {self.key(x): None for x in inputs}
        self.nodes = {node for node, _ in self.wanted}

    @staticmethod
    def key(x: Tensor) -> tuple[Node, int]:
        return (x._node.node, x._node.index) if x._node.__class__ is Edge else (x._node, 0)

    def of(self, x: Tensor) -> object:
        """The gradient that arrived for one of the inputs, None if none did."""
        return self.wanted[self.key(x)]

    def on_the_way(self, roots: Sequence[Node]) -> set[Node]:
        """The nodes from which some wanted node can be reached: only these need to run."""
        reachable, order, stack = set(), [], list(roots)
        seen = set(roots)
        while stack:
            node = stack.pop()
            order.append(node)
            for below, _ in node.next_functions:
                if below is not None and below not in seen:
                    seen.add(below)
                    stack.append(below)
        for node in sorted(order, key=lambda n: n.sequence, reverse=True):  # oldest first; leaves count as oldest
            if node in self.nodes or any(b in reachable for b, _ in node.next_functions):
                reachable.add(node)
        return reachable


def walk(
    roots: Sequence[tuple[object, object]], keep_graph: bool, create_graph: bool, captures: Captures | None = None
) -> None:
    """Run the backward pass from (edge, gradient) pairs. Gradients are Tensors when `create_graph`, else arrays.

    Leaves get their gradient in `.grad`, or in `captures` where some were asked for.
    """
    pending: dict[int, list] = {}  # sequence number -> [node, gradient, may be added to in place]
    heap: list[int] = []
    leaves: dict[AccumulateGrad, list] = {}  # -> [gradient, may be added to in place]
    needed = None

    def receive(edge: object, grad: object) -> None:
        """Add a gradient to what waits at the far end of an edge (the general case; the loop below has a short cut)."""
        node, index = edge, 0
        if edge.__class__ is Edge:
            node, index = edge.node, edge.index
            if edge.dtype is not None and grad.dtype != edge.dtype:
                grad = grad.to(from_numpy_dtype(edge.dtype)) if create_graph else grad.astype(edge.dtype)
        if node.__class__ is AccumulateGrad:
            entry = leaves.get(node)
            if entry is None:
                leaves[node] = [grad, False]
            else:
                add_into(entry, 0, fit(grad, node.shape))
            return
        entry = pending.get(node.sequence)
        if entry is None:
            entry = pending[node.sequence] = [node, None, False]
            if node.output_count > 1:
                entry[1] = [None] * node.output_count
            heappush(heap, node.sequence)
        if node.output_count > 1:
            waiting = entry[1][index]
            entry[1][index] = grad if waiting is None else waiting + grad
        elif entry[1] is None:
            entry[1] = grad
        else:
            add_into(entry, 1, fit(grad, node.shape))

    def fit(grad: object, shape: tuple[int, ...]) -> object:
        return grad if grad.shape == shape else sum_to(grad, shape)

    def add_into(entry: list, at: int, grad: object) -> None:
        waiting, owned = entry[at], entry[-1]
        if owned and waiting.shape == grad.shape:
            waiting += grad
        else:
            entry[at] = fit(waiting, grad.shape) + grad
            entry[-1] = not create_graph and getattr(entry[at], "ndim", 0) > 0

    for edge, grad in roots:
        receive(edge, grad)
    if captures is not None:
        needed = captures.on_the_way([e.node if e.__class__ is Edge else e for e, _ in roots])

    node = grad = grads = edge = g = following = None
    while heap:
        node, grad, _ = pending.pop(heappop(heap))
        while True:
            shape, hooks = node.shape, node.hooks
            if shape is not None and grad.shape != shape:  # None: several outputs, several gradients
                grad = sum_to(grad, shape)
            if hooks is not None or captures is not None:
                grad = before_node(node, grad, create_graph, captures)
                if needed is not None and (node not in needed or not leads_on(node, needed)):
                    break
            grads = node.tensors(grad, keep_graph) if create_graph else node.arrays(grad, keep_graph)
            if hooks is not None and hooks.after:
                grads = after_node(node, grads, grad, create_graph)
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
                        add_into(entry, 0, g if g.shape == edge.shape else sum_to(g, edge.shape))
                else:
                    receive(edge, g)
            if follow is None:
                break
            if heap and heap[0] <= follow.sequence:  # something came in beside it that must go first, or join it
                receive(follow, following)
                break
            node, grad = follow, following
    node = grad = grads = edge = g = following = None
    for leaf in list(leaves):
        cell = [leaves.pop(leaf)[0]]
        finish(leaf, cell, create_graph, captures)


def leads_on(node: Node, needed: set[Node]) -> bool:
    return any(below in needed for below, _ in node.next_functions)


def as_tensor(grad: object) -> Tensor:
    return grad if grad.__class__ is Tensor or isinstance(grad, Tensor) else make(as_array(grad))


def before_node(node: Node, grad: object, create_graph: bool, captures: Captures | None) -> object:
    """Tensor hooks, captures and retained gradients, then the node's own prehooks."""
    many = node.output_count > 1
    grads = list(grad) if many else [grad]
    hooks = node.hooks
    if hooks is not None:
        for index, on_output in hooks.on_output.items():
            if grads[index] is not None:
                grads[index] = call_tensor_hooks(on_output, grads[index], create_graph)
    if captures is not None:
        for index, g in enumerate(grads):
            if (node, index) in captures.wanted:
                captures.wanted[node, index] = g
    if hooks is not None:
        for index, reference in hooks.retain.items():
            tensor = reference()
            if tensor is not None and grads[index] is not None:
                # a copy: what is kept must not change when later nodes add in place
                before = tensor.__dict__.get("_plain_grad")
                g = as_tensor(grads[index])
                tensor._plain_grad = (g.clone() if not create_graph else g) if before is None else before + g
        for hook in list(hooks.before.values()):
            replaced = hook(tuple(None if g is None else as_tensor(g) for g in grads))
            if replaced is not None:
                replaced = replaced if isinstance(replaced, tuple) else (replaced,)
                grads = [r if create_graph or r is None else r._array for r in replaced]
    return grads if many else grads[0]


def call_tensor_hooks(hooks: dict, grad: object, create_graph: bool) -> object:
    for hook in list(hooks.values()):
        replaced = hook(as_tensor(grad))
        if replaced is not None:
            if not isinstance(replaced, Tensor):
                raise TypeError(f"a tensor hook must return a Tensor or None, got {type(replaced).__name__}")
            grad = replaced if create_graph else replaced._array
    return grad


def after_node(node: Node, grads: tuple, grad: object, create_graph: bool) -> tuple:
    """The node's hooks: each sees (grad_inputs, grad_outputs) and may replace grad_inputs."""
    outputs = tuple(None if g is None else as_tensor(g) for g in (grad if node.output_count > 1 else (grad,)))
    inputs = tuple(None if g is None else as_tensor(g) for g in grads)
    for hook in list(node.hooks.after.values()):
        replaced = hook(inputs, outputs)
        if replaced is not None:
            inputs = replaced if isinstance(replaced, tuple) else (replaced,)
    return inputs if create_graph else tuple(None if g is None else g._array for g in inputs)


def finish(leaf: AccumulateGrad, cell: list, create_graph: bool, captures: Captures | None) -> None:
    """Add what has arrived to a leaf's `.grad`."""
    if cell[0].shape != leaf.shape:
        cell[0] = sum_to(cell[0], leaf.shape)
    if leaf.hooks is not None:
        for on_output in leaf.hooks.on_output.values():
            cell[0] = call_tensor_hooks(on_output, cell[0], create_graph)
    if captures is not None:
        if (leaf, 0) in captures.wanted:
            captures.wanted[leaf, 0] = cell.pop()
        return
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
    if leaf.hooks is not None:
        for hook in list(leaf.hooks.after.values()):
            hook(leaf.variable)


def references(cell: list) -> int:
    """How many places hold the array in a list's only cell, as this Python counts them."""
    return sys.getrefcount(cell[0])


ALONE = references([np.empty(1)])  # held by the cell and nobody else


def own(cell: list, kind: np.dtype) -> np.ndarray:
    """The gradient as an array that nobody else holds: itself where that is so, else a copy.

    Two leaves of one sum receive the same array, a user may hold the one passed to backward(), a view shares its
    memory: in all these cases `.grad` must be a copy, since the next backward adds to it in place.
    """
    if cell[0].__class__ is np.ndarray and references(cell) <= ALONE:
        array = cell[0]
        if array.base is None and array.dtype is kind and array.flags.c_contiguous:
            return array
    array = as_array(cell[0])
    return array.astype(kind, order="C", copy=True)
