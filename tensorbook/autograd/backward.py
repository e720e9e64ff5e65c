"""`x.backward()`, `autograd.backward` and `autograd.grad`: who starts the walk, with which gradients."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .. import devices
from ..graph import grad_mode
from ..tensor import Tensor, make
from .engine import Captures, as_tensor, walk


def _list(value: object) -> list:
    return [value] if isinstance(value, Tensor) or value is None else list(value)


def _roots(tensors: list[Tensor], gradients: list[Tensor | None], create_graph: bool) -> list[tuple]:
    """(edge, gradient) pairs to start from, with the gradients checked and the missing ones filled in."""
    if len(gradients) != len(tensors):
        raise RuntimeError(f"got {len(tensors)} tensors and {len(gradients)} gradients")
    roots = []
    for i, (x, g) in enumerate(zip(tensors, gradients, strict=True)):
        if x._node is None:
            raise RuntimeError(f"element {i} of tensors does not require grad and does not have a grad_fn")
        if g is None:
            if x._array.size != 1:
                raise RuntimeError("grad can be implicitly created only for scalar outputs")
            if not create_graph and not x._array.ndim and x._array.__class__ is np.ndarray:
                roots.append((x._node, x._array.dtype.type(1)))  # a bare 1 is all that the walk needs
                continue
            g = make(devices.module_of(x._array).ones(x._array.shape, x._array.dtype))
        elif not isinstance(g, Tensor):
            raise TypeError(f"gradients can be either Tensors or None, but got {type(g).__name__}")
        elif g._array.shape != x._array.shape:
            raise RuntimeError(
                f"Mismatch in shape: grad_output[{i}] has a shape of {g.shape} and output[{i}] has a shape of "
                f"{x.shape}."
            )
        roots.append((x._node, g if create_graph else g._array))
    return roots


def _walk(roots: list, retain_graph: bool | None, create_graph: bool, captures: Captures | None) -> None:
    keep = create_graph if retain_graph is None else retain_graph
    before, grad_mode.enabled = grad_mode.enabled, create_graph
    try:
        walk(roots, keep, create_graph, captures)
    finally:
        grad_mode.enabled = before


def backward(
    tensors: Tensor | Sequence[Tensor],
    grad_tensors: Tensor | Sequence[Tensor | None] | None = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    inputs: Tensor | Sequence[Tensor] | None = None,
) -> None:
    """Add the gradient of the tensors to `.grad` of every leaf that they were made from.

    Args:
        tensors: where to start; one element each, unless `grad_tensors` gives a gradient of the same shape.
        retain_graph: keep what the graph saved, so that it can be walked again.
        create_graph: record the walk itself, for second derivatives.
        inputs: only these leaves.
    """
    tensors = _list(tensors)
    gradients = [None] * len(tensors) if grad_tensors is None else _list(grad_tensors)
    roots = _roots(tensors, gradients, create_graph)
    if inputs is None:
        return _walk(roots, retain_graph, create_graph, None)
    inputs = _list(inputs)
    if not inputs:
        raise RuntimeError("`inputs` argument to `backward()` cannot be empty.")
    captures = Captures(inputs)
    _walk(roots, retain_graph, create_graph, captures)
    for x in inputs:
        found = captures.of(x)
        if found is not None:
            found = as_tensor(found)
            x.grad = found.clone() if x.grad is None else x.grad + found
    return None


def grad(
    outputs: Tensor | Sequence[Tensor],
    inputs: Tensor | Sequence[Tensor],
    grad_outputs: Tensor | Sequence[Tensor | None] | None = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    allow_unused: bool | None = None,
    is_grads_batched: bool = False,
    materialize_grads: bool = False,
) -> tuple[Tensor | None, ...]:
    """The gradients of the outputs with respect to the inputs, returned; no `.grad` changes.

    Raises RuntimeError where an input was not used, unless `allow_unused` (then its gradient is None).

    >>> import tensorbook as torch
    >>> x = torch.tensor(3.0, requires_grad=True)
    >>> torch.autograd.grad(x**2, x)
    (tensor(6.),)
    """
    outputs, inputs = _list(outputs), _list(inputs)
    if is_grads_batched:
        raise NotImplementedError("is_grads_batched=True is not supported; call grad once for each vector")
    gradients = [None] * len(outputs) if grad_outputs is None else _list(grad_outputs)
    roots = _roots(outputs, gradients, create_graph)
    for x in inputs:
        if x._node is None:
            raise RuntimeError("One of the differentiated Tensors does not require grad")
    captures = Captures(inputs)
    _walk(roots, retain_graph, create_graph, captures)
    results = []
    for i, x in enumerate(inputs):
        found = captures.of(x)
        if found is None:
            if materialize_grads:
                found = np.zeros_like(x._array)
            elif not allow_unused:
                raise RuntimeError(
                    f"The differentiated Tensor at index {i} appears to not have been used in the graph. Set "
                    "allow_unused=True if this is the desired behavior."
                )
        results.append(None if found is None else as_tensor(found))
    return tuple(results)


def tensor_backward(
    self: Tensor,
    gradient: Tensor | None = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    inputs: Tensor | Sequence[Tensor] | None = None,
) -> None:
    """Add the gradient of this tensor to `.grad` of every leaf that it was made from.

    >>> import tensorbook as torch
    >>> x = torch.tensor([1.0, 2.0], requires_grad=True)
    >>> (x**2).sum().backward()
    >>> x.grad
    tensor([2., 4.])
    """
    backward(self, gradient, retain_graph, create_graph, inputs)


Tensor.backward = tensor_backward
