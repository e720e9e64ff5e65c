"""`x.backward()`, `autograd.backward` and `autograd.grad`: who starts the walk, with which gradients."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Iterable, Sequence

import numpy as np

from .. import devices
from ..graph import GradientEdge, grad_mode
from ..ops.joining import stack
from ..tensor import Tensor, make
from .engine import Captures, as_tensor, walk


def _list(value: object) -> list:
    return [value] if value is None or isinstance(value, (Tensor, GradientEdge)) else list(value)


def _gradients(given: object, count: int) -> list:
    if given is None:
        return [None] * count
    if not isinstance(given, Tensor) and not isinstance(given, Iterable):
        raise TypeError(f"'{type(given).__name__}' object is not iterable")
    given = _list(given)
    if len(given) != count:
        raise RuntimeError(f"got {count} tensors and {len(given)} gradients")
    for g in given:
        if g is not None and not isinstance(g, Tensor):
            raise TypeError(f"gradients can be either Tensors or None, but got {type(g).__name__}")
    return given


def _root(i: int, x: Tensor | GradientEdge, g: Tensor | None, create_graph: bool) -> tuple:
    """The (edge, gradient) pair to start from, with the gradient checked, or filled in where it is missing."""
    if x.__class__ is GradientEdge:
        edge, shape, like = x, x.node.output_shapes()[x.output_nr], x.node.like()
    else:
        if not isinstance(x, Tensor):
            raise TypeError(f"element {i} of tensors must be a Tensor or a GradientEdge, got {type(x).__name__}")
        if x._node is None:
            raise needs_no_gradient(i)
        edge, shape, like = x._node, x._array.shape, x._array
    if g is not None:
        if g._array.shape != shape:
            raise RuntimeError(
                f"Mismatch in shape: grad_output[{i}] has a shape of {g.shape} and output[{i}] has a shape of "
                f"torch.Size({list(shape)})."
            )
        array = g._array if g._array.dtype == like.dtype else g._array.astype(like.dtype)
        return edge, (
            g.to(make(like).dtype) if create_graph and array is not g._array else g if create_graph else array
        )
    if not shape and not create_graph and like.__class__ is np.ndarray:
        return edge, like.dtype.type(1)  # a bare 1 is all that the walk needs
    if any(n != 1 for n in shape):
        raise RuntimeError("grad can be implicitly created only for scalar outputs")
    ones = devices.module_of(like).ones(shape, like.dtype)
    return edge, make(ones) if create_graph else ones


def needs_no_gradient(i: int) -> RuntimeError:
    return RuntimeError(f"element {i} of tensors does not require grad and does not have a grad_fn")


def _roots(tensors: list, gradients: list, create_graph: bool) -> list[tuple]:
    return [_root(i, x, g, create_graph) for i, (x, g) in enumerate(zip(tensors, gradients, strict=True))]


def _walk(
    roots: list[tuple], retain_graph: bool | None, create_graph: bool = False, captures: Captures | None = None
) -> None:
    keep = create_graph if retain_graph is None else retain_graph
    before = grad_mode.switch(create_graph)
    try:
        walk(roots, keep, create_graph, captures)
    finally:
        grad_mode.switch(before)


def _check_inputs(inputs: list, caller: str) -> None:
    if not inputs:
        raise RuntimeError(f"`inputs` argument to `{caller}()` cannot be empty.")
    for x in inputs:
        if not isinstance(x, (Tensor, GradientEdge)):
            raise RuntimeError(f"all inputs have to be Tensors or GradientEdges, but got {type(x).__name__}")


def backward(
    tensors: Tensor | GradientEdge | Sequence[Tensor | GradientEdge],
    grad_tensors: Tensor | Sequence[Tensor | None] | None = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    grad_variables: Tensor | Sequence[Tensor | None] | None = None,
    inputs: Tensor | GradientEdge | Sequence[Tensor | GradientEdge] | None = None,
) -> None:
    """Add the gradient of the tensors to `.grad` of every leaf that they were made from.

    Args:
        tensors: where to start; one element each, unless `grad_tensors` gives a gradient of the same shape.
        grad_tensors: for each tensor the gradient to start with, or None.
        retain_graph: keep what the graph saved, so that it can be walked again.
        create_graph: record the walk itself, for second derivatives.
        grad_variables: the former name of `grad_tensors`.
        inputs: only these.

    Raises RuntimeError where a tensor has no history or a shape does not fit.
    https://pytorch.org/docs/stable/generated/torch.autograd.backward.html
    """
    if grad_variables is not None:
        warnings.warn("`grad_variables` is deprecated. Use `grad_tensors` instead.", FutureWarning, stacklevel=2)
        if grad_tensors is not None:
            raise RuntimeError(
                "`grad_tensors` and `grad_variables` (deprecated) arguments both passed to `backward()`. Please only "
                "use `grad_tensors`."
            )
        grad_tensors = grad_variables
    if create_graph:
        _warn_of_cycle()
    tensors = _list(tensors)
    captures = None
    if inputs is not None:
        inputs = _list(inputs)
        _check_inputs(inputs, "backward")
        for x in inputs:
            if isinstance(x, Tensor):
                x.retain_grad()  # where it is no leaf
        captures = Captures(inputs, into_grad=True)
    roots = _roots(tensors, _gradients(grad_tensors, len(tensors)), create_graph)
    _walk(roots, retain_graph, create_graph, captures)


@functools.cache  # once is enough
def _warn_of_cycle() -> None:
    warnings.warn(
        "Using backward() with create_graph=True will create a reference cycle between the parameter and its gradient "
        "which can cause a memory leak. We recommend using autograd.grad when creating the graph to avoid this. If you "
        "have to use this function, make sure to reset the .grad fields of your parameters to None after use to break "
        "the cycle and avoid the leak.",
        UserWarning,
        stacklevel=4,
    )


def grad(
    outputs: Tensor | GradientEdge | Sequence[Tensor | GradientEdge],
    inputs: Tensor | GradientEdge | Sequence[Tensor | GradientEdge],
    grad_outputs: Tensor | Sequence[Tensor | None] | None = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    only_inputs: bool = True,
    allow_unused: bool | None = None,
    is_grads_batched: bool = False,
    materialize_grads: bool = False,
) -> tuple[Tensor | None, ...]:
    """The gradients of the outputs with respect to the inputs, returned; no `.grad` changes.

    Args:
        outputs, inputs: tensors, or edges of the graph (`autograd.graph.get_gradient_edge`).
        grad_outputs: for each output the gradient to start with; None for 1 where the output has one element.
        retain_graph: keep what the graph saved. By default the same as `create_graph`.
        create_graph: record the walk itself, for second derivatives.
        only_inputs: deprecated; always True.
        allow_unused: give None for an input that was not used, where otherwise RuntimeError is raised.
        is_grads_batched: each of `grad_outputs` holds several gradients along a first dimension; the walk is run for
            each, and the results have such a first dimension too.
        materialize_grads: give zeros for an input that was not used.

    >>> import tensorbook as torch
    >>> x = torch.tensor(3.0, requires_grad=True)
    >>> torch.autograd.grad(x**2, x)
    (tensor(6.),)

    https://pytorch.org/docs/stable/generated/torch.autograd.grad.html
    """
    if materialize_grads and allow_unused is False:
        raise ValueError(
            "Expected allow_unused to be True or not passed when materialize_grads=True, but got: allow_unused=False."
        )
    outputs, inputs = _list(outputs), _list(inputs)
    _check_inputs(inputs, "grad")
    gradients = _gradients(grad_outputs, len(outputs))
    for i, x in enumerate(outputs):
        if isinstance(x, Tensor) and x._node is None:
            raise needs_no_gradient(i)
    for x in inputs:
        if isinstance(x, Tensor) and x._node is None:
            raise RuntimeError("One of the differentiated Tensors does not require grad")
    keep = create_graph if retain_graph is None else retain_graph
    if is_grads_batched:
        found = _batched(outputs, inputs, gradients, keep, create_graph)
    else:
        found = _captured(outputs, inputs, gradients, keep, create_graph)
    unused = next((i for i, g in enumerate(found) if g is None), None)
    if unused is not None and not allow_unused and not materialize_grads:
        raise RuntimeError(
            f"The differentiated Tensor at index {unused} appears to not have been used in the graph. Set "
            "allow_unused=True if this is the desired behavior."
        )
    if materialize_grads:
        found = [_zeros(x) if g is None else g for x, g in zip(inputs, found, strict=True)]
    return tuple(found)


def _captured(outputs: list, inputs: list, gradients: list, keep: bool, create_graph: bool) -> list[Tensor | None]:
    captures = Captures(inputs)
    _walk(_roots(outputs, gradients, create_graph), keep, create_graph, captures)
    found = [captures.of(x) for x in inputs]
    return [None if g is None else as_tensor(g) for g in found]


def _batched(outputs: list, inputs: list, gradients: list, keep: bool, create_graph: bool) -> list[Tensor | None]:
    """One walk for each gradient of a batch; the results stacked."""
    for i, (x, g) in enumerate(zip(outputs, gradients, strict=True)):
        if g is not None and g.shape[1:] != x.shape:
            raise RuntimeError(
                "If `is_grads_batched=True`, we interpret the first dimension of each grad_output as the batch "
                "dimension. The sizes of the remaining dimensions are expected to match the shape of corresponding "
                f"output, but a mismatch was detected: grad_output[{i}] has a shape of {g.shape} and output[{i}] has a "
                f"shape of {x.shape}. If you only want some tensors in `grad_output` to be considered batched, "
                "consider using vmap."
            )
    count = len(next(g for g in gradients if g is not None))
    rows = []
    for i in range(count):
        one = [None if g is None else g[i] for g in gradients]
        rows.append(_captured(outputs, inputs, one, keep or i < count - 1, create_graph))
    return [None if column[0] is None else stack(column) for column in zip(*rows, strict=True)]


def _zeros(x: Tensor | GradientEdge) -> Tensor:
    if x.__class__ is GradientEdge:
        array, shape = x.node.like(), x.node.output_shapes()[x.output_nr]
    else:
        array, shape = x._array, x._array.shape
    return make(devices.module_of(array).zeros(shape, array.dtype))


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
    if inputs is None and not create_graph and (gradient is None or isinstance(gradient, Tensor)):
        _walk([_root(0, self, gradient, False)], retain_graph)  # what `backward` comes to
    else:
        backward(self, gradient, retain_graph, create_graph, inputs=inputs)


Tensor.backward = tensor_backward
