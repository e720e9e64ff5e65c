"""One operation, one short entry.

An entry gives an operation's signature, how to compute it, the name of its node in the graph, and one formula per
input for the gradient:

    mul = op("mul(self, other)", "self * other", "MulBackward0", self="grad * other", other="grad * self")

From that, entry.py writes the source of two things, and `op` compiles them: the function, and the Node class with its
backward. (Writing source is what makes an operation cost less than half of PyTorch's: every name is a local, nothing is
looked up, no argument list is packed. `print(torch.mul.source)` shows what was written; tracebacks show it, too.)

**The signature.** Before `;` the tensors, after it plain values: `"sum(self; dim, keepdim)"`.

**The forward expression** is over arrays: `self` is a NumPy or CuPy array here. Helpers that it calls stand above it.

**A gradient formula** is over Tensors. It may name `grad` (the gradient of the output), any input, any plain value, and
`result`. What a formula names is what the node saves, no more: `self.shape` saves the shape, not the tensor, and
an input whose neighbour needs no gradient is not saved at all. A formula runs only where its input needs it.

A formula is compiled twice. Over Tensors it is recorded in turn, which makes second derivatives come for free
(`create_graph=True`). Over arrays, where each name in it means the same there (operators, and the functions in
array_twins.py), it runs without a Tensor being made: the ordinary backward pass. The engine sums a gradient that was
broadcast back to its input's shape, so no formula needs to.
"""

from __future__ import annotations

import builtins
import functools
import linecache
import sys
from collections.abc import Callable
from weakref import ref

import numpy as np

from ..graph import Node, freed, grad_mode, modified, next_sequence
from ..storage import Storage
from ..tensor import Tensor, make, new_tensor
from . import operands
from .array_twins import ARRAY_TWINS
from .entry import Entry, names


class OpNode(Node):
    """A node written from an entry. Saved tensors lie in slots `self_`, `other_`, … beside their versions."""

    __slots__ = ()
    saved_names: tuple[str, ...] = ()  # tensors
    plain_names: tuple[str, ...] = ()  # shapes and plain values

    def arrays(self, grad: object, keep: bool) -> tuple:
        grads = by_way_of_tensors(self, make(operands.as_array(grad)), keep)
        return tuple([None if g is None else g._array for g in grads])

    def __dir__(self) -> list[str]:
        names = (*self.saved_names, *(name.replace("_shape", "_sym_sizes") for name in self.plain_names))
        raw = [f"_raw_saved_{name}" for name in self.saved_names]
        return [*super().__dir__(), *(f"_saved_{name}" for name in names), *raw]

    def own_like(self) -> object:
        return self.result_storage.array if "result" in self.saved_names else None

    def saved(self, name: str) -> object:
        name = name.replace("_sym_sizes", "_shape")  # what PyTorch calls it
        if name in self.plain_names:
            return getattr(self, name + "_")
        if name not in self.saved_names:
            return super().saved(name)
        if not hasattr(self, name + "_version"):
            return None  # never saved: the only input that would need it wants no gradient
        return self.unpack(name)

    def raw_saved(self, name: str) -> SavedTensor:
        return SavedTensor(self, name) if name in self.saved_names else super().raw_saved(name)

    def pack_saved(self, pack: Callable, unpack: Callable) -> None:
        for name in self.saved_names:
            if hasattr(self, name + "_version"):
                self.pack_one(name, pack, unpack)

    def pack_one(self, name: str, pack: Callable, unpack: Callable) -> None:
        """Keep what `pack` makes of a saved tensor instead of the tensor."""
        edge = None if name == "result" else getattr(self, name + "_")._node
        setattr(self, name + "_", Packed(self.unpack(name), edge, pack, unpack))
        self.__class__ = with_packed(type(self))  # only a node that keeps such things must look for them

    def unpack(self, name: str) -> Tensor:
        """A saved tensor, checked: neither freed nor written to since."""
        value, version = getattr(self, name + "_"), getattr(self, name + "_version")
        if value is None:
            raise freed()
        storage = self.result_storage if name == "result" else value._storage
        if (0 if storage is None else storage.version) != version:
            raise stale(self, name, version)
        if name != "result":
            return value
        tensor = make(value, storage)
        tensor._node = self  # the output that was saved is the output of this very node
        return tensor


class Packed:
    """A saved tensor as the `pack` of saved_tensors_hooks left it, and how to get it back."""

    __slots__ = ("edge", "packed", "unpack_hook")

    def __init__(self, tensor: Tensor, edge: object, pack: Callable, unpack: Callable):
        if not tensor._array.ndim and tensor._node is None:
            tensor = make(tensor._array.copy())  # a number in an expression is one tensor for all who use it
        version, before, grad_mode.enabled = tensor._version, grad_mode.enabled, False
        try:
            self.packed = pack(tensor)
        finally:
            grad_mode.enabled = before
        if tensor._version != version:
            raise RuntimeError(
                "A saved tensor pack hook is modifying its input in place. Tensors provided as input to pack hook can "
                "not be modified by in-place operations as this can lead to unexpected side-effects."
            )
        self.edge, self.unpack_hook = edge, unpack

    def unpack(self, edge: object = None) -> Tensor:
        """The tensor, with its place in the graph."""
        value = self.unpack_hook(self.packed)
        if not isinstance(value, Tensor):
            kind = type(value).__name__
            raise TypeError(f"Output of saved tensor unpack_hook expected to be a Tensor but got result of type {kind}")
        edge = edge or self.edge
        if edge is None and value._node is None:
            return value
        tensor = make(value._array, value._storage)
        tensor._node = edge
        return tensor


@functools.cache
def with_packed(cls: type[OpNode]) -> type[OpNode]:
    """The same kind of node for one that keeps something Packed: it unpacks that, and runs over Tensors only."""

    def unpack(self: OpNode, name: str) -> Tensor:
        value = getattr(self, name + "_")
        if value.__class__ is not Packed:
            return cls.unpack(self, name)
        return value.unpack(self if name == "result" else None)

    members = {"__slots__": (), "__module__": "tensorbook", "unpack": unpack, "arrays": OpNode.arrays}
    return cls if cls.arrays is OpNode.arrays and "unpack" in vars(cls) else type(cls.__name__, (cls,), members)


class SavedTensor:
    """The place in which a node keeps a tensor: `node._raw_saved_self`."""

    def __init__(self, node: OpNode, name: str):
        self._node, self._name = node, name

    def register_hooks(self, pack: Callable, unpack: Callable) -> None:
        """From now on keep `pack(tensor)` there, and use `unpack` of it in the backward pass."""
        value = getattr(self._node, self._name + "_")
        if value is None:
            raise RuntimeError("Calling register_hooks on a saved tensor after it has been freed. " + str(freed()))
        if value.__class__ is Packed:
            raise RuntimeError("Calling register_hooks on a saved tensor whose hooks have already been set.")
        self._node.pack_one(self._name, pack, unpack)

    def unpack(self) -> Tensor:
        return self._node.unpack(self._name)

    @property
    def data(self) -> object:
        """What is kept."""
        value = getattr(self._node, self._name + "_")
        return value.packed if value.__class__ is Packed else self.unpack()

    @property
    def unpack_hook(self) -> Callable | None:
        value = getattr(self._node, self._name + "_")
        return value.unpack_hook if value.__class__ is Packed else None


def by_way_of_tensors(node: Node, grad: object, keep: bool) -> tuple:
    """Run a node's formulas over Tensors with recording off."""
    before, grad_mode.enabled = grad_mode.enabled, False
    try:
        return node.tensors(grad, keep)
    finally:
        grad_mode.enabled = before


def stale(node: OpNode, name: str, version: int) -> RuntimeError:
    """The error for a saved tensor that an in-place operation has changed."""
    value = getattr(node, name + "_")
    array = value if name == "result" else value._array
    storage = node.result_storage if name == "result" else value._storage
    maker = node if name == "result" else value.grad_fn
    return modified(array, maker, storage.version, version)


# What the written source refers to, besides the names of the file in which the entry stands.
RUNTIME: dict[str, object] = {
    "__name__": "tensorbook.ops.generated", "np": np, "ndarray": np.ndarray, "float32": np.dtype("f4"), "ref": ref,
    "Tensor": Tensor, "new_tensor": new_tensor, "new_storage": Storage, "grad_mode": grad_mode,
    "next_sequence": next_sequence, "freed": freed, "stale": stale, "OpNode": OpNode, "scalar": operands.scalar,
    "operand": operands.operand, "promote": operands.promote, "floating": operands.floating,
    "same_device": operands.same_device, "explain": operands.explain, "as_array": operands.as_array,
    "must_be_tensor": operands.must_be_tensor,
}  # fmt: skip


def op(
    signature: str, forward: str, node: str | None = None, *, kind: str = "plain", doc: str = "", **gradients: str
) -> Callable:
    """Write and compile one operation (see the top of this file).

    Args:
        signature: the function's name and arguments, tensors before `;`.
        forward: an expression for the result, over arrays.
        node: the node's name in the graph; None where there is no gradient.
        kind: "pointwise" for two operands that broadcast and meet in one dtype, numbers allowed as the second;
            "floating" for one operand that becomes floating if it is not; "view" where the forward expression is an
            array over the same memory, "window" where it is a (shape, strides, offset) over it; "plain" otherwise.
        doc: the function's docstring.
        gradients: for each tensor the formula for its gradient.

    Returns:
        The function. It carries its `source`, its `node` class and, where pointwise, `operator`: the same function for
        `x + y`, which gives NotImplemented where it cannot take an operand.
    """
    entry = Entry.read(signature, forward, node, kind, gradients)
    file_names = sys._getframe(1).f_globals
    space = {**file_names, **ARRAY_TWINS, **RUNTIME}
    for word in names(forward) - {*entry.tensors, *entry.plain}:
        if word not in space and not hasattr(builtins, word):
            raise NameError(f"{entry.name}: the forward expression calls {word!r}, which must stand above the entry")

    sources = []
    if node:
        sources.append(entry.node_class())
        node_class = _compiled(sources[0], node, {**space, **entry.numbers})
        node_class.__module__ = "tensorbook"
        # the formulas over Tensors see the file as it will be: operations further down, too
        node_class.tensors = _compiled(entry.backward_over_tensors(), "tensors", file_names, node)
        space[node] = node_class

    functions = {entry.name: f"raise must_be_tensor({entry.name!r}, given)"}
    if kind == "pointwise":
        functions[entry.name + "_operator"] = "return NotImplemented"
    for name, on_refusal in functions.items():
        sources.append(entry.function(name, on_refusal))
        own = dict(space)  # not shared: the function's name may be one that a formula calls (mm, sin)
        functions[name] = own[name] = _compiled(sources[-1], name, own)
    function = functions[entry.name]
    function.source, function.node = "\n\n\n".join(sources), space.get(node)
    function.operator = functions.get(entry.name + "_operator")
    for f in functions.values():
        f.__module__, f.__doc__ = "tensorbook", doc or f"{entry.name}: see https://pytorch.org/docs/stable/torch.html"
    return function


def _compiled(source: str, name: str, space: dict, owner: str = "") -> object:
    """What `name` is after the source has run with `space` as its globals; tracebacks will show its lines."""
    filename = f"<tensorbook {owner + ' over ' if owner else ''}{name}>"
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    defined: dict[str, object] = {}
    exec(compile(source, filename, "exec"), space, defined)
    return defined[name]
