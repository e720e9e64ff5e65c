"""Whole matrices of derivatives, and products with them.

https://pytorch.org/docs/stable/autograd.html#functional-higher-level-api
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..ops.creation import zeros_like
from ..ops.joining import stack
from ..tensor import Tensor
from .backward import grad
from .grad_mode import enable_grad


def _prepare(inputs: Tensor | Sequence[Tensor], create_graph: bool) -> tuple[tuple[Tensor, ...], bool]:
    single = isinstance(inputs, Tensor)
    inputs = (inputs,) if single else tuple(inputs)
    for x in inputs:
        if not isinstance(x, Tensor):
            raise TypeError(f"the inputs must be Tensors, one of them is {type(x).__name__}")
    if create_graph:
        return tuple(x.view_as(x) if x.requires_grad else x.detach().requires_grad_() for x in inputs), single
    return tuple(x.detach().requires_grad_() for x in inputs), single


def _call(func: Callable, inputs: tuple[Tensor, ...]) -> tuple[tuple[Tensor, ...], bool]:
    outputs = func(*inputs)
    single = isinstance(outputs, Tensor)
    outputs = (outputs,) if single else tuple(outputs)
    for o in outputs:
        if not isinstance(o, Tensor):
            raise TypeError(f"the function must return Tensors, it returned {type(o).__name__}")
    return outputs, single


def jacobian(func: Callable, inputs: Tensor | Sequence[Tensor], create_graph: bool = False) -> object:
    """All first derivatives: shape (*output.shape, *input.shape).

    >>> import tensorbook as torch
    >>> torch.autograd.functional.jacobian(lambda x: x**2, torch.tensor([1.0, 2.0]))
    tensor([[2., 0.],
            [0., 4.]])
    """
    with enable_grad():
        xs, single_in = _prepare(inputs, create_graph)
        ys, single_out = _call(func, xs)
        rows = []
        for y in ys:
            columns: list[list[Tensor]] = [[] for _ in xs]
            for i in range(y.numel()):
                one = zeros_like(y.detach()).reshape(-1)
                one[i] = 1
                one = one.reshape(y.shape)
                found = (
                    grad(y, xs, one, True, create_graph, allow_unused=True) if y.requires_grad else (None,) * len(xs)
                )
                for column, x, g in zip(columns, xs, found, strict=True):
                    column.append(zeros_like(x.detach()) if g is None else g)
            rows.append(tuple(stack(c).reshape((*y.shape, *x.shape)) for c, x in zip(columns, xs, strict=True)))
    result = tuple(row[0] if single_in else row for row in rows)
    return result[0] if single_out else result


def hessian(func: Callable, inputs: Tensor | Sequence[Tensor], create_graph: bool = False) -> object:
    """All second derivatives of a function with one output element."""
    single = isinstance(inputs, Tensor)

    def gradient(*xs: Tensor) -> object:
        ys, one_output = _call(func, xs)
        if not one_output or ys[0].numel() != 1:
            raise RuntimeError("The output of the function given to hessian must be a single Tensor with one element")
        found = grad(ys[0], xs, create_graph=True, allow_unused=True)
        found = tuple(zeros_like(x) if g is None else g for g, x in zip(found, xs, strict=True))
        return found[0] if single else found

    return jacobian(gradient, inputs, create_graph)


def vjp(
    func: Callable, inputs: Tensor | Sequence[Tensor], v: Tensor | Sequence[Tensor] | None = None,
    create_graph: bool = False,
) -> tuple:  # fmt: skip
    """The function's value, and a vector times its Jacobian."""
    with enable_grad():
        xs, single_in = _prepare(inputs, create_graph)
        ys, single_out = _call(func, xs)
        vs = None if v is None else ((v,) if isinstance(v, Tensor) else tuple(v))
        found = grad(ys, xs, vs, create_graph=create_graph, allow_unused=True)
    found = tuple(zeros_like(x.detach()) if g is None else g for g, x in zip(found, xs, strict=True))
    values = ys if create_graph else tuple(y.detach() for y in ys)
    return (values[0] if single_out else values), (found[0] if single_in else found)


def jvp(
    func: Callable, inputs: Tensor | Sequence[Tensor], v: Tensor | Sequence[Tensor] | None = None,
    create_graph: bool = False,
) -> tuple:  # fmt: skip
    """The function's value, and its Jacobian times a vector (by differentiating a vjp in its vector)."""
    with enable_grad():
        xs, _ = _prepare(inputs, create_graph)
        ys, single_out = _call(func, xs)
        vs = (
            (v,)
            if isinstance(v, Tensor)
            else tuple(v)
            if v is not None
            else tuple(zeros_like(x.detach()) + 1 for x in xs)
        )
        us = tuple(zeros_like(y.detach()).requires_grad_() for y in ys)
        pulled = grad(ys, xs, us, create_graph=True, allow_unused=True)
        pairs = [(p, w) for p, w in zip(pulled, vs, strict=True) if p is not None and p.requires_grad]
        pushed = grad([p for p, _ in pairs], us, [w for _, w in pairs], create_graph=create_graph, allow_unused=True)
    pushed = tuple(zeros_like(y.detach()) if g is None else g for g, y in zip(pushed, ys, strict=True))
    values = ys if create_graph else tuple(y.detach() for y in ys)
    return (values[0] if single_out else values), (pushed[0] if single_out else pushed)
