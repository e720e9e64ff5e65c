"""The graph that autograd walks: nodes, the edges between them, and the switch that turns recording off.

A node is one operation that was run. Its edges lead to the nodes that made its inputs, so a graph points from the
result back to the leaves. Nodes never point to the tensors that they made: there is no reference cycle, and a graph
is freed the moment its last tensor goes.
"""

from __future__ import annotations

import itertools
import threading
import weakref
from collections import OrderedDict
from collections.abc import Callable
from typing import NamedTuple

from . import devices, dtypes
from .size import size

next_sequence = itertools.count(-1, -1).__next__  # negative, so that a heap pops the newest node first


class _ThreadMode(threading.local):
    enabled = True
    inference = False
    saving: tuple = ()  # (pack, unpack) pairs of saved_tensors_hooks, innermost last

    def __init__(self) -> None:  # once for each thread
        self.off, self.inferring, self.hooked = object(), object(), object()  # its entries in `unusual`


class GradMode:
    """Whether and how operations are recorded, for each thread on its own.

    Asking a thread-local variable takes as long as all else that an operation checks. So operations look first at
    `unusual`, the set of all that is not as it mostly is: an entry for each thread that has recording off, that is in
    inference mode or has hooks on what is saved, and one for anomaly detection. Only where it is not empty do they
    ask whether recording is `enabled`, and tell `recorded` of their node.
    """

    def __init__(self) -> None:
        self.unusual: set = set()
        self.inferring: set = set()  # those of them that stand for inference mode
        self.note: Callable | None = None  # what anomaly detection does with each new node
        self._mine = _ThreadMode()

    def mark(self, entry: object, there: bool) -> None:
        """Put an entry among what is unusual, or take it away."""
        (self.unusual.add if there else self.unusual.discard)(entry)

    def recorded(self, node: Node) -> None:
        """A node has been made; called while anything is unusual."""
        if self.note is not None:
            self.note(node)
        if self._mine.saving:
            node.pack_saved(*self._mine.saving[-1])

    @property
    def saving(self) -> tuple:
        return self._mine.saving

    @saving.setter
    def saving(self, hooks: tuple) -> None:
        self.mark(self._mine.hooked, bool(hooks))
        self._mine.saving = hooks

    @property
    def enabled(self) -> bool:
        return self._mine.enabled

    @enabled.setter
    def enabled(self, wanted: bool) -> None:
        self.switch(wanted)

    def switch(self, wanted: bool) -> bool:
        """Set `enabled`; what it was before."""
        mine = self._mine
        before = mine.enabled
        if wanted is not before:
            mine.enabled = wanted
            if wanted:
                self.unusual.discard(mine.off)
            else:
                self.unusual.add(mine.off)
        return before

    @property
    def inference(self) -> bool:
        return self._mine.inference

    @inference.setter
    def inference(self, wanted: bool) -> None:
        self.mark(self._mine.inferring, wanted)
        (self.inferring.add if wanted else self.inferring.discard)(self._mine.inferring)
        self._mine.inference = wanted


grad_mode = GradMode()


class Edge:
    """The way of a gradient where a bare node does not say enough: into output `index` of a node with several
    outputs, or through a change of dtype (`dtype` is the NumPy dtype that the node expects)."""

    __slots__ = ("dtype", "index", "node")
    straight = False  # see Node

    def __init__(self, node: Node, index: int = 0, dtype: object = None):
        self.node, self.index, self.dtype = node, index, dtype


class Hooks:
    """What a user notes at a node, or wants to be called when the backward pass reaches it."""

    __slots__ = ("__weakref__", "accumulated", "after", "before", "metadata", "on_output", "retain")
    living: set = set()  # weak references: a WeakSet would take long to say whether it is empty

    def __init__(self) -> None:
        self.on_output: dict[int, OrderedDict] = {}  # Tensor.register_hook: may replace the gradient of one output
        self.retain: dict[int, weakref.ref] = {}  # Tensor.retain_grad: the tensor whose .grad to set
        self.before: OrderedDict = OrderedDict()  # Node.register_prehook
        self.after: OrderedDict = OrderedDict()  # Node.register_hook
        self.accumulated: OrderedDict = OrderedDict()  # register_post_accumulate_grad_hook
        self.metadata: dict = {}
        Hooks.living.add(weakref.ref(self, Hooks.living.discard))


class RemovableHandle:
    """What registering a hook returns; `remove()` takes the hook away again. Also a context manager."""

    _ids = itertools.count().__next__

    def __init__(self, hooks: OrderedDict, hook: Callable):
        self.id = RemovableHandle._ids()
        self._hooks = weakref.ref(hooks)
        hooks[self.id] = hook

    def remove(self) -> None:
        hooks = self._hooks()
        if hooks is not None:
            hooks.pop(self.id, None)

    def __enter__(self) -> RemovableHandle:
        return self

    def __exit__(self, *_: object) -> None:
        self.remove()


class Node:
    """One operation in the graph. `x.grad_fn` is the node that made `x`.

    `edges` holds where each input came from: a Node, an Edge, or None for an input that needs no gradient.
    Subclasses say how to run backward, twice over: `arrays` on NumPy or CuPy arrays for the ordinary pass, and
    `tensors` on Tensors, which records itself and so can be differentiated again.
    """

    __slots__ = ("edges", "hooks", "sequence", "shape")
    output_count = 1
    straight = True  # an edge that is this bare node leads to its only output: the engine may follow it at once

    def arrays(self, grad: object, keep: bool) -> tuple:
        """Gradients of the inputs (arrays or None, one per edge) from the gradient of the output.

        Frees the saved values unless `keep`. The default goes by way of `tensors`.
        """
        raise NotImplementedError

    def tensors(self, grad: object, keep: bool) -> tuple:
        """The same on Tensors."""
        raise NotImplementedError

    def name(self) -> str:
        return type(self).__name__

    @property
    def next_functions(self) -> tuple:
        """Pairs of the node behind each input and which of its outputs the input was."""
        return tuple(
            (None, 0) if e is None else (e.node, e.index) if e.__class__ is Edge else (e, 0) for e in self.edges
        )

    @property
    def metadata(self) -> dict:
        """A dict for whatever one wants to note at a node."""
        return self._get_hooks().metadata

    @property
    def requires_grad(self) -> bool:
        return True

    @property
    def _input_metadata(self) -> tuple:
        """What the gradient of each output looks like: its shape, dtype and device."""
        array = self.like()
        shapes = self.output_shapes()
        return tuple([InputMetadata(shape, array) for shape in shapes])

    def output_shapes(self) -> list[tuple[int, ...]]:
        return [self.shape]

    def like(self) -> object:
        """An array of the dtype and on the device of the outputs: that of the first input that leads here."""
        node = self
        while True:
            array = node.own_like()
            if array is not None:
                return array
            edges = [e for e in node.edges if e is not None]  # beside a change of dtype, one without knows better
            node = next((e for e in edges if e.__class__ is not Edge or e.dtype is None), edges[0])
            node = node.node if node.__class__ is Edge else node

    def own_like(self) -> object:
        """The same, where this node knows of itself; else None."""
        return None

    def pack_saved(self, pack: Callable, unpack: Callable) -> None:
        """Put what the hooks of saved_tensors_hooks make of the saved tensors in their place."""

    def _sequence_nr(self) -> int:
        return -1 - self.sequence

    def _get_hooks(self) -> Hooks:
        if self.hooks is None:
            self.hooks = Hooks()
        return self.hooks

    def register_hook(self, hook: Callable) -> RemovableHandle:
        """Call `hook(grad_inputs, grad_outputs)` after this node ran; what it returns replaces grad_inputs."""
        return RemovableHandle(self._get_hooks().after, hook)

    def register_prehook(self, hook: Callable) -> RemovableHandle:
        """Call `hook(grad_outputs)` before this node runs; what it returns replaces grad_outputs."""
        return RemovableHandle(self._get_hooks().before, hook)

    def __getattr__(self, name: str) -> object:
        # PyTorch shows a saved input `x` as node._saved_x; only reached where there is no such attribute
        if name.startswith("_saved_"):
            return self.saved(name.removeprefix("_saved_"))
        if name.startswith("_raw_saved_"):
            return self.raw_saved(name.removeprefix("_raw_saved_"))
        raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")

    def saved(self, name: str) -> object:
        """The saved value behind `node._saved_NAME`."""
        raise AttributeError(f"'{type(self).__name__}' object has no attribute '_saved_{name}'")

    def raw_saved(self, name: str) -> object:
        """The place in which a tensor is saved: `node._raw_saved_NAME`."""
        raise AttributeError(f"'{type(self).__name__}' object has no attribute '_raw_saved_{name}'")

    def __call__(self, *grads: object) -> object:
        """Run this one node: gradients of its outputs in, gradients of its inputs out. Nothing is freed."""
        if len(grads) != self.output_count:
            raise TypeError(f"expected {self.output_count} arguments, got {len(grads)} instead")
        given = list(grads) if self.output_count > 1 else grads[0]
        result = self.tensors(given, True)
        return result[0] if len(result) == 1 else result

    def __repr__(self) -> str:
        return f"<{type(self).__name__} object at {id(self):#x}>"


class AccumulateGrad(Node):
    """The end of every path: adds the gradient that arrives to `.grad` of a leaf tensor.

    The leaf owns this node, not the other way round; where the leaf is gone, so is anybody who could read its .grad.
    """

    __slots__ = ("array", "grad", "leaf", "storage")
    edges = ()
    straight = False

    def __init__(self, leaf: object):
        self.leaf = weakref.ref(leaf)
        self.array, self.storage = leaf._array, leaf._storage
        self.shape = leaf._array.shape
        self.sequence = 0
        self.hooks = None
        self.grad = None

    @property
    def variable(self) -> object:
        """The leaf tensor."""
        leaf = self.leaf()
        return leaf if leaf is not None else self.rebuild()

    def rebuild(self) -> object:
        """The leaf again, where its last reference has gone while its graph lives on (tensor.py says how)."""
        raise NotImplementedError

    def name(self) -> str:
        return "torch::autograd::AccumulateGrad"

    def own_like(self) -> object:
        return self.array

    def _sequence_nr(self) -> int:
        return 2**64 - 1  # before all others: PyTorch runs it as soon as it can

    def __call__(self, *grads: object) -> tuple:
        """Add a gradient to the leaf's `.grad`."""
        if len(grads) != 1:
            raise TypeError(f"expected 1 arguments, got {len(grads)} instead")
        self.grad = grads[0].detach().clone() if self.grad is None else self.grad + grads[0]
        return ()


class InputMetadata:
    """Shape, dtype and device of the gradient that a node waits for."""

    __slots__ = ("device", "dtype", "shape")
    is_nested_tensor = is_cpp_nested_tensor = False

    def __init__(self, shape: tuple[int, ...], array: object):
        self.shape, self.dtype = size(shape), dtypes.from_numpy_dtype(array.dtype)
        self.device = devices.device_of(array)


class GradientEdge(NamedTuple):
    """The place in the graph at which the gradient of one tensor arrives; stands for the tensor in backward and grad.

    It holds the node alone, so that the tensor and its memory may go.
    """

    node: Node
    output_nr: int
    ownership_token: object = None


def freed() -> RuntimeError:
    return RuntimeError(
        "Trying to backward through the graph a second time (or directly access saved tensors after they have already "
        "been freed). Saved intermediate values of the graph are freed when you call .backward() or autograd.grad(). "
        "Specify retain_graph=True if you need to backward through the graph a second time or if you need to access "
        "saved tensors after calling backward."
    )


def modified(array: object, maker: Node | None, version: int, expected: int) -> RuntimeError:
    """The error for a saved tensor, made by `maker`, that an in-place operation has changed since."""
    kinds = {"f4": "Float", "f8": "Double", "f2": "Half", "b1": "Bool", "u1": "Byte", "i1": "Char", "i2": "Short"}
    kind = {**kinds, "i4": "Int", "i8": "Long"}[array.dtype.str[1:]]
    of = f", which is output 0 of {maker.name().partition('Backward')[0]}," if maker is not None else ""
    return RuntimeError(
        "one of the variables needed for gradient computation has been modified by an inplace operation: "
        f"[torch.{kind}Tensor {list(array.shape)}]{of} is at version {version}; expected version {expected} "
        "instead. Hint: enable anomaly detection to find the operation that failed to compute its gradient, with "
        "torch.autograd.set_detect_anomaly(True, check_nan=False)."
    )


AccumulateGrad.__module__ = "builtins"
GradientEdge.__module__ = "tensorbook.autograd.graph"
