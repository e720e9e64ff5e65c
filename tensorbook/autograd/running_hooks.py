"""What runs around a node in the backward pass: hooks on tensors and on nodes, retained and captured gradients.

The order is PyTorch's: hooks of the tensors that the node made, `retain_grad`, what `autograd.grad` asked for, the
node's prehooks; then the node; then its hooks.
https://pytorch.org/docs/stable/notes/autograd.html#backward-hooks-execution
"""

from __future__ import annotations

from collections.abc import Callable

from ..graph import Edge, Hooks, Node
from ..ops.operands import as_array, sum_to
from ..tensor import Tensor, make


def fit(grad: object, shape: tuple[int, ...] | None) -> object:
    return grad if shape is None or grad.shape == shape else sum_to(grad, shape)


def shown(grads: list | tuple) -> tuple:
    """Gradients as a hook sees them: Tensors, or None."""
    return tuple(g if g is None or isinstance(g, Tensor) else make(as_array(g)) for g in grads)


def before_node(node: Node, grad: object, create_graph: bool, captures: object, runs: bool) -> object:
    """All that comes before a node, the prehooks only if it `runs`. Gives the gradient, which hooks may replace."""
    many = node.output_count > 1
    grads, hooks = list(grad) if many else [grad], node.hooks
    if hooks is not None:
        for index in hooks.on_output:
            if grads[index] is not None:
                grads[index] = call_hooks_of_output(hooks, index, grads[index], create_graph)
        for index, reference in hooks.retain.items():
            tensor = reference()
            if tensor is not None and grads[index] is not None:
                retain(tensor, grads[index], create_graph)
    if captures is not None and not captures.into_grad:
        for index, g in enumerate(grads):
            if (node, index) in captures.wanted:
                captures.wanted[node, index] = g
    if hooks is not None and hooks.before and runs:
        grads = call_prehooks(hooks, grads, create_graph)
    return grads if many else grads[0]


def retain(tensor: Tensor, grad: object, create_graph: bool) -> None:
    """Add to the `.grad` of a tensor that is no leaf: a copy, since what is kept must not change when later nodes add
    to the gradient in place."""
    before, (grad,) = tensor.__dict__.get("_plain_grad"), shown([grad])
    if before is None:
        tensor._plain_grad = grad if create_graph else grad.clone()
    else:
        tensor._plain_grad = before + grad


def call_hooks_of_output(hooks: Hooks, index: int, grad: object, create_graph: bool) -> object:
    """The hooks on one tensor, each with what the one before made of the gradient."""
    for hook in list(hooks.on_output.get(index, {}).values()):
        (given,) = shown([grad])
        result = hook(given)
        if result is not None:
            grad = one_checked(hook, result, given, create_graph)
    return grad


def call_prehooks(hooks: Hooks, grads: list, create_graph: bool) -> list:
    for hook in list(hooks.before.values()):
        given = shown(grads)
        result = hook(given)
        if result is not None:
            grads = checked(hook, result, given, create_graph)
    return grads


def after_node(node: Node, grads: tuple, grad: object, create_graph: bool) -> tuple:
    """The node's hooks: each sees (grad_inputs, grad_outputs) and may replace grad_inputs."""
    if node.hooks is None or not node.hooks.after:
        return grads
    grads = tuple([None if g is None else fit(g, _shape_at(e)) for g, e in zip(grads, node.edges, strict=False)])
    outputs = shown(grad if node.output_count > 1 else (grad,))
    for hook in list(node.hooks.after.values()):
        given = shown(grads)
        result = hook(given, outputs)
        if result is not None:
            grads = checked(hook, result, given, create_graph)
    return grads


def _shape_at(edge: object) -> tuple[int, ...] | None:
    """The shape of the input that an edge leads to; None where there is none."""
    if edge is None:
        return None
    return edge.node.output_shapes()[edge.index] if edge.__class__ is Edge else edge.output_shapes()[0]


def checked(hook: Callable, results: object, given: tuple, create_graph: bool) -> list:
    """The gradients that a hook on a node returned."""
    if not isinstance(results, tuple):
        if len(given) != 1 or not isinstance(results, Tensor):
            raise TypeError(f"expected tuple, but hook returned '{type(results).__name__}'")
        results = (results,)
    if len(results) != len(given):
        raise RuntimeError(
            f"hook '{name_of(hook)}' has returned an incorrect number of values (got {len(results)}, but expected "
            f"{len(given)})"
        )
    return [one_checked(hook, *pair, create_graph) for pair in zip(results, given, strict=True)]


def one_checked(hook: Callable, result: object, given: Tensor | None, create_graph: bool) -> object:
    """One gradient that a hook returned, as the walk wants it."""
    if result is None:
        return None
    if not isinstance(result, Tensor):
        raise TypeError(f"expected Variable, but hook returned '{type(result).__name__}'")
    if given is not None and result._array.shape != given._array.shape:
        raise RuntimeError(f"hook '{name_of(hook)}' has changed the size of value")
    return result if create_graph else result._array


def name_of(hook: Callable) -> str:
    return getattr(hook, "__name__", type(hook).__name__)
