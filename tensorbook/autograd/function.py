"""Your own operation with your own backward: `class MyFunction(Function)`.

https://pytorch.org/docs/stable/autograd.html#torch.autograd.Function
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .. import devices
from ..graph import Edge, Node, freed, grad_mode, modified, next_sequence
from ..ops.operands import as_array
from ..tensor import Tensor, make, storage_of


class FunctionCtx:
    """What `forward` tells `backward`: the `ctx` that both receive."""

    def save_for_backward(self, *tensors: Tensor | None) -> None:
        """Keep inputs or outputs for backward, watched for in-place changes."""
        self._to_save = tensors

    def mark_dirty(self, *tensors: Tensor) -> None:
        """Say which inputs forward wrote into."""
        self._dirty = tensors

    def mark_non_differentiable(self, *tensors: Tensor) -> None:
        """Say which outputs have no gradient."""
        self._non_differentiable = tensors

    def set_materialize_grads(self, value: bool) -> None:
        """Whether backward gets zeros (True, the default) or None for an output that received no gradient."""
        self._materialize = value


class FunctionNode(FunctionCtx, Node):
    """The node of one call of a Function; also its `ctx`."""

    function: type[Function]

    def __init__(self) -> None:
        self.hooks = None
        self.edges = ()
        self.needs_input_grad = ()
        self.output_count = 1
        self._to_save: tuple = ()
        self._saved: list | None = []
        self._dirty: tuple = ()
        self._non_differentiable: tuple = ()
        self._materialize = True
        self._outputs: list[tuple] = []
        self._tensors: tuple[bool, ...] = ()

    @property
    def next_functions(self) -> tuple:
        """Pairs for the tensor arguments alone, as PyTorch shows them."""
        return tuple(f for f, is_tensor in zip(super().next_functions, self._tensors, strict=True) if is_tensor)

    @property
    def saved_tensors(self) -> tuple:
        """What was saved, as tensors. Raises RuntimeError where it was freed or written to since."""
        if self._saved is None:
            raise freed()
        return tuple(self._unpack(entry) for entry in self._saved)

    def _unpack(self, entry: tuple | None) -> Tensor | None:
        if entry is None:
            return None
        kind, value, version, storage = entry
        now = storage.version if storage is not None else (0 if value._storage is None else value._storage.version)
        if now != version:
            tensor = kind == "tensor"
            raise modified(value._array if tensor else value[0], value.grad_fn if tensor else self, now, version)
        if kind == "tensor":
            return value
        array, index = value
        tensor = make(array, storage)
        tensor._node = self if self.output_count == 1 else Edge(self, index)
        return tensor

    def _save(self, outputs: list[Tensor]) -> None:
        """Outputs are kept without their node, which is this one: no cycle."""
        saved = []
        for t in self._to_save:
            if t is None:
                saved.append(None)
                continue
            storage = storage_of(t)
            index = next((i for i, o in enumerate(outputs) if o is t), None)
            if index is None:
                saved.append(("tensor", t, storage.version, storage))
            else:
                saved.append(("output", (t._array, index), storage.version, storage))
        self._saved, self._to_save = saved, ()

    def arrays(self, grad: object, keep: bool) -> tuple:
        given = [None if g is None else make(as_array(g)) for g in (grad if self.output_count > 1 else [grad])]
        before, grad_mode.enabled = grad_mode.enabled, False
        try:
            grads = self.tensors(given if self.output_count > 1 else given[0], keep)
        finally:
            grad_mode.enabled = before
        # a result may be the very tensor that was saved, or given: `.grad` must not become an alias of it
        return tuple(None if g is None else g._array for g in grads)

    def tensors(self, grad: object, keep: bool) -> tuple:
        grads = list(grad) if self.output_count > 1 else [grad]
        if self._materialize:
            grads = [
                make(devices.module_for(place).zeros(shape, kind)) if g is None else g
                for g, (shape, kind, place) in zip(grads, self._outputs, strict=True)
            ]
        results = self.function.backward(self, *grads)
        if not keep:
            self._saved = None
        results = results if isinstance(results, tuple) else (results,)
        extra = results[len(self.edges) :]
        name = type(self).__name__
        if len(results) < len(self.edges) or any(r is not None for r in extra):
            raise RuntimeError(
                f"function {name} returned an incorrect number of gradients (expected {len(self.edges)}, "
                f"got {len(results)})"
            )
        checked = []
        for i, (edge, g) in enumerate(zip(self.edges, results, strict=False)):
            if edge is None or g is None:
                checked.append(None)
                continue
            if not isinstance(g, Tensor):
                raise TypeError(f"{name}: expected a Tensor or None as gradient {i}, got {type(g).__name__}")
            checked.append(g)
        return tuple(checked)


class FunctionType(type):
    """Each Function subclass gets a node class of its own, named as PyTorch names it."""

    def __init__(cls, name: str, bases: tuple, namespace: dict):
        super().__init__(name, bases, namespace)
        cls._node_class = type(name + "Backward", (FunctionNode,), {"function": cls, "__module__": "tensorbook"})


class Function(metaclass=FunctionType):
    """An operation with a backward of your own; call it with `.apply`.

    >>> import tensorbook as torch
    >>> class Square(torch.autograd.Function):
    ...     @staticmethod
    ...     def forward(ctx, x):
    ...         ctx.save_for_backward(x)
    ...         return x * x
    ...
    ...     @staticmethod
    ...     def backward(ctx, grad):
    ...         (x,) = ctx.saved_tensors
    ...         return grad * 2 * x
    >>> x = torch.tensor(3.0, requires_grad=True)
    >>> Square.apply(x).backward()
    >>> x.grad
    tensor(6.)
    """

    @staticmethod
    def forward(*args: object, **kwargs: object) -> object:
        raise NotImplementedError("You must implement the forward function for custom autograd.Function.")

    @staticmethod
    def backward(ctx: FunctionNode, *grad_outputs: Tensor) -> object:
        raise NotImplementedError(
            "You must implement either the backward or vjp method for your custom autograd.Function to use it with "
            "backward mode AD."
        )

    @staticmethod
    def setup_context(ctx: FunctionNode, inputs: tuple, output: object) -> None:
        raise NotImplementedError("setup_context is not implemented.")

    @classmethod
    def apply(cls, *args: object) -> object:
        """Run forward without recording, and put one node for the whole of it into the graph."""
        node = cls._node_class()
        edges = tuple(a._node if isinstance(a, Tensor) else None for a in args)  # one for each argument of forward
        recording = grad_mode.enabled and any(e is not None for e in edges)
        node._tensors = tuple(isinstance(a, Tensor) for a in args)
        node.needs_input_grad = tuple(e is not None for e in edges)
        before, grad_mode.enabled = grad_mode.enabled, False
        try:
            if cls.setup_context is not Function.setup_context:
                result = cls.forward(*args)
                cls.setup_context(node, args, result)
            else:
                result = cls.forward(node, *args)
        finally:
            grad_mode.enabled = before
        outputs = list(result) if isinstance(result, tuple) else [result]
        # an input that comes back out is a new tensor over the same memory
        outputs = [
            o.detach() if any(o is a for a in args) and not any(o is d for d in node._dirty) else o for o in outputs
        ]
        if recording:
            _connect(node, edges, outputs)
        return tuple(outputs) if isinstance(result, tuple) else outputs[0]


def _connect(node: FunctionNode, edges: tuple, outputs: list) -> None:
    node.edges, node.sequence = edges, next_sequence()
    node.output_count = len(outputs)
    node._outputs = [
        (o._array.shape, o._array.dtype, o.device) if isinstance(o, Tensor) else ((), np.dtype("f4"), devices.CPU)
        for o in outputs
    ]
    node.shape = node._outputs[0][0] if len(outputs) == 1 else None
    for i, o in enumerate(outputs):
        plain = not isinstance(o, Tensor) or o._array.dtype.kind != "f" or any(o is n for n in node._non_differentiable)
        if not plain:
            o._node = node if len(outputs) == 1 else Edge(node, i)
    for d in node._dirty:
        storage_of(d).version += 1
    node._save(outputs)


def once_differentiable(backward: Callable) -> Callable:
    """Decorator for a backward that cannot itself be differentiated."""

    def wrapped(ctx: FunctionNode, *grads: Tensor) -> object:
        before, grad_mode.enabled = grad_mode.enabled, False
        try:
            return backward(ctx, *grads)
        finally:
            grad_mode.enabled = before

    return wrapped


Function.__module__ = "tensorbook.autograd.function"
