"""Your own operation with your own backward: `class MyFunction(Function)`.

https://pytorch.org/docs/stable/autograd.html#torch.autograd.Function
"""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable
from weakref import ref

from .. import devices
from ..dtypes import from_numpy_dtype
from ..graph import AccumulateGrad, Edge, Node, freed, grad_mode, modified, next_sequence
from ..ops.node import Packed
from ..ops.operands import as_array, sum_to
from ..ops.view import alias_
from ..ops.writing import rewrite_history
from ..tensor import Tensor, make, storage_of


class FunctionCtx:
    """What `forward` tells `backward`: the `ctx` that both receive.

    It is not the node itself, so that nothing that a program notes here (`ctx.shape`, `ctx.edges`) gets in the
    engine's way.
    """

    def __init__(self, node: BackwardCFunction):
        self._node = ref(node)
        self.needs_input_grad = tuple(e is not None for e in node.edges)
        self.to_save: tuple = ()
        self.dirty_tensors: tuple = ()
        self.non_differentiable: tuple = ()
        self.materialize_grads = True

    @property
    def saved_tensors(self) -> tuple:
        """What was saved, as tensors. Raises RuntimeError where it was freed or written to since."""
        node = self._node()
        if node is None:
            raise freed()
        return node.saved_tensors

    @property
    def saved_variables(self) -> tuple:
        warnings.warn("'saved_variables' is deprecated; use 'saved_tensors'", DeprecationWarning, stacklevel=2)
        return self.saved_tensors

    def save_for_backward(self, *tensors: Tensor | None) -> None:
        """Keep inputs or outputs for backward, watched for in-place changes."""
        for i, x in enumerate(tensors):
            if x is not None and not isinstance(x, Tensor):
                raise TypeError(
                    f"save_for_backward can only save variables, but argument {i} is of type {type(x).__name__}"
                )
        self.to_save = tensors

    def save_for_forward(self, *tensors: Tensor | None) -> None:
        """Kept for code that is also written for forward mode; nothing here asks for them."""
        self.saved_for_forward = tensors

    def mark_dirty(self, *tensors: Tensor) -> None:
        """Say which inputs forward wrote into. They must be returned as outputs."""
        for i, x in enumerate(tensors):
            if not isinstance(x, Tensor):
                raise TypeError(f"mark_dirty can only accept variables, but argument {i} is of type {type(x).__name__}")
        self.dirty_tensors = tensors

    def mark_non_differentiable(self, *tensors: Tensor) -> None:
        """Say which outputs have no gradient."""
        self.non_differentiable = tensors

    def set_materialize_grads(self, value: bool) -> None:
        """Whether backward gets zeros (True, the default) or None for an output that received no gradient."""
        self.materialize_grads = value


class BackwardCFunction(Node):
    """The node of one call of a Function. What its `ctx` holds can be read here, too. (The name is PyTorch's.)"""

    function: type[Function]

    def __init__(self, args: tuple):
        self.hooks = None
        self.edges = tuple(a._node if isinstance(a, Tensor) else None for a in args)  # one for each argument of forward
        self.output_count = 1
        self.ctx = FunctionCtx(self)
        self._saved: list | None = []
        self._outputs: list[tuple | None] = []  # shape, dtype and device of each; None for what is no tensor
        self._tensors = tuple(isinstance(a, Tensor) for a in args)

    @property
    def next_functions(self) -> tuple:
        """Pairs for the tensor arguments alone, as PyTorch shows them."""
        return tuple(f for f, is_tensor in zip(super().next_functions, self._tensors, strict=True) if is_tensor)

    def __getattr__(self, name: str) -> object:
        if name != "ctx" and hasattr(self.ctx, name):
            return getattr(self.ctx, name)
        return super().__getattr__(name)

    def __repr__(self) -> str:
        return f"<torch.autograd.function.{type(self).__name__} object at {id(self):#x}>"

    def output_shapes(self) -> list[tuple[int, ...]]:
        return [() if known is None else known[0] for known in self._outputs]

    # ---- what is saved

    @property
    def saved_tensors(self) -> tuple:
        """What was saved, as tensors. Raises RuntimeError where it was freed or written to since."""
        if self._saved is None:
            raise freed()
        return tuple(None if entry is None else entry.unpack(self) for entry in self._saved)

    def save(self, outputs: list) -> None:
        hooks = grad_mode.saving[-1] if grad_mode.saving else None
        self._saved = [None if x is None else _Saved(x, outputs, hooks) for x in self.ctx.to_save]
        self.ctx.to_save = ()

    # ---- the backward pass

    def arrays(self, grad: object, keep: bool) -> tuple:
        given = [None if g is None else make(as_array(g)) for g in (grad if self.output_count > 1 else [grad])]
        before, grad_mode.enabled = grad_mode.enabled, False
        try:
            grads = self.tensors(given if self.output_count > 1 else given[0], keep)
        finally:
            grad_mode.enabled = before
        return tuple(None if g is None else g._array for g in grads)

    def tensors(self, grad: object, keep: bool) -> tuple:
        grads = self.apply(*(grad if self.output_count > 1 else [grad]))
        if not keep:
            self._saved = None
        grads = grads if isinstance(grads, tuple) else (grads,)
        expected, name = len(self.edges), type(self).__name__
        if len(grads) < expected or any(g is not None for g in grads[expected:]):
            raise RuntimeError(
                f"function {name} returned an incorrect number of gradients (expected {expected}, got {len(grads)})"
            )
        return tuple([self._checked(i, e, g) for i, (e, g) in enumerate(zip(self.edges, grads, strict=False))])

    def _checked(self, i: int, edge: object, grad: object) -> Tensor | None:
        """One gradient that backward returned, in the shape and dtype of the input."""
        if grad is not None and not self._tensors[i]:
            raise RuntimeError(
                f"function {type(self).__name__} returned a gradient different than None at position {i + 1}, but the "
                "corresponding forward input was not a Variable"
            )
        if grad is not None and not isinstance(grad, Tensor):
            raise RuntimeError(f"expected Variable or None (got {type(grad).__name__})")
        if edge is None or grad is None:
            return None
        node, index = (edge.node, edge.index) if edge.__class__ is Edge else (edge, 0)
        shape, given = node.output_shapes()[index], grad._array.shape
        if given != shape:
            extra = len(given) - len(shape)
            if extra < 0 or any(n not in (m, 1) for n, m in zip(shape, given[extra:], strict=True)):
                raise RuntimeError(
                    f"Function {type(self).__name__} returned an invalid gradient at index {i} - got {list(given)} but "
                    f"expected shape compatible with {list(shape)}"
                )
            grad = sum_to(grad, shape)
        kind = node.like().dtype
        return grad if grad._array.dtype == kind or grad._array.dtype.kind != "f" else grad.to(from_numpy_dtype(kind))

    def apply(self, *grads: Tensor | None) -> object:
        """Run the Function's own backward."""
        if self.ctx.materialize_grads:
            grads = tuple([_zeros(known) if g is None else g for g, known in zip(grads, self._outputs, strict=True)])
        own = vars(Function)
        has_backward = self.function.backward is not own["backward"].__func__
        has_vjp = self.function.vjp is not own["vjp"].__func__
        if has_backward and has_vjp:
            raise RuntimeError(
                "Implementing both 'backward' and 'vjp' for a custom Function is not allowed. You should only "
                "implement one of them."
            )
        return (self.function.vjp if has_vjp else self.function.backward)(self.ctx, *grads)


def _zeros(known: tuple | None) -> Tensor | None:
    if known is None:
        return None
    shape, kind, place = known
    return make(devices.module_for(place).zeros(shape, kind))


class _Saved:
    """One tensor that a Function saved. An output is kept without its node, which is the Function's: no cycle."""

    def __init__(self, x: Tensor, outputs: list, hooks: tuple | None):
        self.storage = storage_of(x)
        self.version = self.storage.version
        self.index = next((i for i, o in enumerate(outputs) if o is x), None)
        if hooks:
            self.tensor = Packed(x, x._node if self.index is None else None, *hooks)
        else:
            self.tensor = x if self.index is None else make(x._array, self.storage)

    def unpack(self, node: BackwardCFunction) -> Tensor:
        edge = None if self.index is None else node if node.output_count == 1 else Edge(node, self.index)
        if self.tensor.__class__ is Packed:
            return self.tensor.unpack(edge)
        if self.storage.version != self.version:
            maker = node if edge is not None else self.tensor.grad_fn
            raise modified(self.tensor._array, maker, self.storage.version, self.version)
        if edge is None:
            return self.tensor
        tensor = make(self.tensor._array, self.storage)
        tensor._node = edge if node._outputs[self.index][1].kind == "f" else None
        return tensor


class FunctionType(type):
    """Each Function subclass gets a node class of its own, named as PyTorch names it."""

    def __init__(cls, name: str, bases: tuple, namespace: dict):
        super().__init__(name, bases, namespace)
        members = {"function": cls, "__module__": "tensorbook.autograd.function"}
        cls._node_class = type(name + "Backward", (BackwardCFunction,), members)


class Function(metaclass=FunctionType):
    """An operation with a backward of your own; call it with `.apply`.

    `forward(ctx, *args)` computes the result from tensors and anything else; `ctx.save_for_backward` keeps what
    `backward(ctx, *grad_outputs)` needs. That returns one gradient for each argument of forward, None for what is no
    tensor. Instead of the ctx in forward there may be a `setup_context(ctx, inputs, output)`, which `torch.func` wants.
    `generate_vmap_rule` and a `vmap` staticmethod are accepted and not needed: `torch.vmap` runs sample by sample.

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

    generate_vmap_rule = False

    def __init__(self, *args: object, **kwargs: object):
        warnings.warn(
            f"{self.__class__} should not be instantiated. Methods on autograd functions are all static, so you should "
            "invoke them on the class itself. Instantiating an autograd function will raise an error in a future "
            "version of PyTorch.",
            DeprecationWarning,
            stacklevel=2,
        )

    def __call__(self, *args: object, **kwargs: object) -> None:
        raise RuntimeError(
            "Legacy autograd function with non-static forward method is deprecated. Please use new-style autograd "
            "function with static forward method."
        )

    @staticmethod
    def forward(*args: object, **kwargs: object) -> object:
        raise NotImplementedError("You must implement the forward function for custom autograd.Function.")

    @staticmethod
    def backward(ctx: FunctionCtx, *grad_outputs: Tensor) -> object:
        raise NotImplementedError(
            "You must implement either the backward or vjp method for your custom autograd.Function to use it with "
            "backward mode AD."
        )

    @staticmethod
    def vjp(ctx: FunctionCtx, *grad_outputs: Tensor) -> object:
        """Another name for backward."""
        return Function.backward(ctx, *grad_outputs)

    @staticmethod
    def setup_context(ctx: FunctionCtx, inputs: tuple, output: object) -> None:
        raise NotImplementedError("setup_context is not implemented.")

    @staticmethod
    def vmap(info: object, in_dims: tuple, *args: object) -> object:
        raise NotImplementedError("torch.vmap here runs a Function sample by sample and does not ask for this rule.")

    @classmethod
    def apply(cls, *args: object) -> object:
        """Run forward without recording, and put one node for the whole of it into the graph."""
        node = cls._node_class(args)
        ctx = node.ctx
        recording = grad_mode.enabled and any(ctx.needs_input_grad)
        before, grad_mode.enabled = grad_mode.enabled, False
        try:
            if cls.setup_context is not Function.setup_context:
                result = cls.forward(*args)
                cls.setup_context(ctx, args, result)
            else:
                result = cls.forward(ctx, *args)
            outputs = list(result) if isinstance(result, tuple) else [result]
            given = {id(a) for a in args if isinstance(a, Tensor)} - {id(d) for d in ctx.dirty_tensors}
            constant = {i for i, o in enumerate(outputs) if any(o is n for n in ctx.non_differentiable)}
            outputs = [alias_(o) if id(o) in given else o for o in outputs]  # an input that comes back is a view of it
        finally:
            grad_mode.enabled = before
        if any(all(o is not d for o in outputs) for d in ctx.dirty_tensors):
            raise RuntimeError(
                "Some elements marked as dirty during the forward method were not returned as output. The inputs that "
                "are modified inplace must all be outputs of the Function."
            )
        for d in ctx.dirty_tensors:
            storage_of(d).version += 1
        if recording:
            _connect(node, outputs, constant, args[0])
        return tuple(outputs) if isinstance(result, tuple) else outputs[0]


def _connect(node: BackwardCFunction, outputs: list, constant: set[int], first: object) -> None:
    """The node becomes the history of the outputs, but for those that have no gradient."""
    node.sequence, node.output_count = next_sequence(), len(outputs)
    node._outputs = [(o._array.shape, o._array.dtype, o.device) if isinstance(o, Tensor) else None for o in outputs]
    node.shape = node.output_shapes()[0] if len(outputs) == 1 else None
    for i, o in enumerate(outputs):
        if not isinstance(o, Tensor) or o._array.dtype.kind != "f" or i in constant:
            continue
        if any(o is d for d in node.ctx.dirty_tensors):
            _connect_dirty(node, o, i, first)
        else:
            o._node = node if len(outputs) == 1 else Edge(node, i)
    node.save(outputs)
    if grad_mode.unusual:
        grad_mode.recorded(node)


def _connect_dirty(node: BackwardCFunction, x: Tensor, i: int, first: object) -> None:
    """The same for an input that was written into."""
    if x._node.__class__ is AccumulateGrad:
        raise RuntimeError("a leaf Variable that requires grad has been used in an in-place operation.")
    if x._view_of is None:
        x._node = node if node.output_count == 1 else Edge(node, i)
    elif node.output_count > 1 or first is not x:
        raise RuntimeError(
            "If your Function modifies inplace an input that is a view of another Tensor, your Function cannot return "
            "more than one Tensor, and the view must be its first argument."
        )
    else:
        rewrite_history(x, node)


def once_differentiable(fn: Callable) -> Callable:
    """Decorator for a backward that cannot itself be differentiated: trying to raises RuntimeError."""

    @functools.wraps(fn)
    def wrapped(ctx: FunctionCtx, *grads: Tensor | None) -> object:
        recording = grad_mode.enabled and any(isinstance(g, Tensor) and g.requires_grad for g in grads)
        before, grad_mode.enabled = grad_mode.enabled, False
        try:
            results = fn(ctx, *grads)
        finally:
            grad_mode.enabled = before
        if not recording:
            return results
        several = isinstance(results, tuple)
        marked = [_refusing(r) if isinstance(r, Tensor) else r for r in (results if several else (results,))]
        return tuple(marked) if several else marked[0]

    return wrapped


def _refusing(result: Tensor) -> Tensor:
    """The tensor with a history that cannot be walked."""
    return DelayedError.apply(result.detach().requires_grad_())


class DelayedError(Function):
    """The identity, whose backward raises."""

    @staticmethod
    def forward(ctx: FunctionCtx, x: Tensor) -> Tensor:
        return x.clone()

    @staticmethod
    def backward(ctx: FunctionCtx, *grads: Tensor) -> object:
        raise RuntimeError("trying to differentiate twice a function that was marked with @once_differentiable")


for _c in (Function, FunctionCtx, BackwardCFunction):
    _c.__module__ = "tensorbook.autograd.function"
