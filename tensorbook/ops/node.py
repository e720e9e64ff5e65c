"""The node of an operation that was written from an entry: what it saves, checks, shows and lets others keep for it."""

from __future__ import annotations

import functools
from collections.abc import Callable

import numpy as np

from ..dims import EveryDim, FromEnd
from ..graph import Node, freed, grad_mode, modified
from ..tensor import Tensor, make
from . import operands
from .shown import COMPUTED, COUNTED, RUNNING


class OpNode(Node):
    """A node written from an entry. Saved tensors lie in slots `self_`, `other_`, … beside their versions."""

    __slots__ = ()
    saved_names: tuple[str, ...] = ()  # tensors
    plain_names: tuple[str, ...] = ()  # shapes and plain values
    freed_names: tuple[str, ...] = ()  # what goes with the backward pass
    shown: dict = {}  # what PyTorch calls some of them, see shown.py
    hidden: frozenset[str] = frozenset()

    def arrays(self, grad: object, keep: bool) -> tuple:
        grads = by_way_of_tensors(self, make(operands.as_array(grad)), keep)
        return tuple([None if g is None else g._array for g in grads])

    def _visible(self, names: tuple[str, ...]) -> list[str]:
        """Of the names of what is kept, those under which it is shown: of a tensor not its shape as well."""
        renamed = self.hidden.union(v for v in self.shown.values() if isinstance(v, str))
        renamed = renamed.union(name + "_shape" for name in self.saved_names)
        return [name for name in names if name not in renamed]

    def __dir__(self) -> list[str]:
        values = [name.replace("_shape", "_sym_sizes") for name in self._visible(self.plain_names)]
        every = dict.fromkeys([*self._visible(self.saved_names), *values, *self.shown])
        raw = filter(self._shows_tensor, every)
        return [*super().__dir__(), *(f"_saved_{n}" for n in every), *(f"_raw_saved_{n}" for n in raw)]

    def _shows_tensor(self, name: str) -> bool:
        """Whether what is shown by that name is a tensor, or may be one."""
        known = self.shown.get(name, name)
        if not isinstance(known, str):
            return name in COMPUTED
        value = getattr(self, known + "_", None)
        if value is None:
            return known in (*self.saved_names, *self.freed_names) or name in RUNNING
        value = value[0] if value.__class__ is tuple and value else value
        return isinstance(value, Tensor) or hasattr(value, "strides") or known in self.saved_names

    def _is_freed(self) -> bool:
        return any(getattr(self, name + "_", self) is None for name in (*self.saved_names, *self.freed_names))

    def own_like(self) -> object:
        return self.result_storage.array if "result" in self.saved_names else None

    def saved(self, name: str) -> object:
        known = self.shown.get(name, name)
        if known not in self.saved_names and self._shows_tensor(name) and self._is_freed():
            value = getattr(self, known + "_") if isinstance(known, str) else known(self)
            if value is None and known not in self.freed_names:
                return None
            raise freed()
        if not isinstance(known, str):
            return without_sign(name, as_shown(known(self)))
        known = known.replace("_sym_sizes", "_shape")  # what PyTorch calls it
        if known in self.plain_names:
            return without_sign(name, as_shown(getattr(self, known + "_")))
        if known not in self.saved_names:
            return super().saved(name)
        if not hasattr(self, known + "_version"):
            return None  # never saved: the only input that would need it wants no gradient
        return self.unpack(known)

    def raw_saved(self, name: str) -> SavedTensor:
        known = self.shown.get(name, name)
        if known in self.saved_names:
            return SavedTensor(self, known)
        return SavedValue(self, name) if self._shows_tensor(name) else super().raw_saved(name)

    def pack_saved(self, pack: Callable, unpack: Callable) -> None:
        for name in self.saved_names:
            if hasattr(self, name + "_version"):
                self.pack_one(name, pack, unpack)

    def pack_one(self, name: str, pack: Callable, unpack: Callable) -> None:
        """Keep what `pack` makes of a saved tensor instead of the tensor."""
        edge = None if name == "result" else getattr(self, name + "_")._node
        setattr(self, name + "_", Packed(self.unpack(name), edge, pack, unpack))
        self.__class__ = with_packed(type(self))  # only a node that keeps such things must look for them

    def there(self, name: str) -> object:
        """A plain value that goes with the backward pass, if it has not gone yet."""
        value = getattr(self, name + "_")
        if value is None:
            raise freed()
        return value

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


def showing(function: Callable, **values: object) -> Callable:
    """The operation, whose nodes from now on show these values, too: the same for all of them."""
    for name, value in values.items():
        setattr(function.node, name + "_", value)
    function.node.plain_names = (*function.node.plain_names, *values)
    return function


def as_shown(value: object) -> object:
    """A plain value as PyTorch shows it: arrays as tensors, numbers as Python's, dimensions as they were given."""
    if isinstance(value, FromEnd):
        return value.given
    if isinstance(value, EveryDim):
        return value.given
    if isinstance(value, tuple):
        return tuple(as_shown(v) for v in value)
    if isinstance(value, np.generic):
        return value.item()
    return make(value) if hasattr(value, "dtype") and hasattr(value, "strides") else value


def without_sign(name: str, value: object) -> object:
    """Dimensions and places below zero as the numbers without a sign that C++ takes them for."""
    if name not in COUNTED or isinstance(value, Tensor):
        return value
    if isinstance(value, tuple):
        return tuple(without_sign(name, v) for v in value)
    return value % 2**64 if isinstance(value, int) else value


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

    members = {"__slots__": (), "__module__": "builtins", "unpack": unpack, "arrays": OpNode.arrays}
    return cls if cls.arrays is OpNode.arrays and "unpack" in vars(cls) else type(cls.__name__, (cls,), members)


class SavedTensor:
    """The place in which a node keeps a tensor: `node._raw_saved_self`."""

    def __init__(self, node: OpNode, name: str):
        self._node, self._name = node, name

    def register_hooks(self, pack: Callable, unpack: Callable) -> None:
        """From now on keep `pack(tensor)` there, and use `unpack` of it in the backward pass."""
        value = getattr(self._node, self._name + "_")
        if value is None:
            raise RuntimeError(
                "Calling register_hooks on a saved tensor after it has been freed. " + str(freed()).split(". ", 1)[1]
            )
        if value.__class__ is Packed:
            raise RuntimeError("Calling register_hooks on a saved tensor whose hooks have already been set.")
        self._node.pack_one(self._name, pack, unpack)

    def unpack(self) -> Tensor:
        return self._node.unpack(self._name)

    @property
    def data(self) -> object:
        """What is kept; None where that has been freed."""
        value = getattr(self._node, self._name + "_", None)
        return value.packed if value.__class__ is Packed else None if value is None else self.unpack()

    @property
    def unpack_hook(self) -> Callable | None:
        value = getattr(self._node, self._name + "_")
        return value.unpack_hook if value.__class__ is Packed else None


class SavedValue(SavedTensor):
    """A tensor that a node keeps as a plain value, or that follows from what it keeps."""

    def register_hooks(self, pack: Callable, unpack: Callable) -> None:
        """NotImplementedError: nothing else can stand in for it."""
        raise NotImplementedError(f"hooks on _raw_saved_{self._name} are not built here")

    def unpack(self) -> object:
        return getattr(self._node, f"_saved_{self._name}")

    data, unpack_hook = property(unpack), None


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
