"""What an in-place write is allowed to do, and what it does to the history of the tensors that look at the memory.

A recorded write makes its operation the tensor's node. If the tensor is a view, it is the base that gets a new node, a
CopySlices. After any write, recorded or not, each other view of the memory takes its history from the base.
https://pytorch.org/docs/stable/notes/autograd.html#in-place-operations-with-autograd
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .. import devices
from ..graph import AccumulateGrad, Edge, Node, grad_mode, next_sequence
from ..storage import pointer
from ..tensor import PartOf, Tensor, make, storage_of
from . import geometry, indexing, view
from .node import by_way_of_tensors
from .operands import as_array

# ---- what may be written to


def recorded(*operands: object) -> bool:
    """Whether a write is recorded to which these operands contribute."""
    return grad_mode.enabled and any(getattr(x, "_node", None) is not None for x in operands)


def check_writable(x: Tensor, *operands: object, repeats: bool = False) -> None:
    """Raise where a write to x, computed from operands, is not allowed.

    `repeats`: it may be that elements share their memory, as where the same value is written everywhere.
    """
    check_history(x, *operands)
    if repeats:
        return
    check_elements_apart(x)
    for other in operands:
        if isinstance(other, Tensor) and overlap(x._array, other._array) == "in part":
            raise shares_memory()


def shares_memory() -> RuntimeError:
    return RuntimeError(
        "unsupported operation: some elements of the input tensor and the written-to tensor refer to a single memory "
        "location. Please clone() the tensor before performing the operation."
    )


def check_history(x: Tensor, *operands: object) -> None:
    """Raise where a recorded write would lose what autograd has to know."""
    if x.is_inference() and not grad_mode.inference:
        raise RuntimeError(
            "Inplace update to inference tensor outside InferenceMode is not allowed. You can make a clone to get a "
            "normal tensor before doing inplace update. See https://github.com/pytorch/rfcs/pull/17 for more details."
        )
    if not grad_mode.enabled:  # a view whose history is lost may be written to, but not asked for its node
        return
    node, base = x._node, x._base
    if not recorded(x, base, *operands):
        return
    if base is not None:
        if x._view_of.__class__ is PartOf:
            raise _not_writable(x, "is being modified inplace")
        if node is not None and base.is_leaf:
            raise RuntimeError("a view of a leaf Variable that requires grad is being used in an in-place operation.")
    if node.__class__ is AccumulateGrad:
        raise RuntimeError("a leaf Variable that requires grad is being used in an in-place operation.")


def _not_writable(x: Tensor, what: str) -> RuntimeError:
    """The error for a write to one of several views, or to a view that autograd did not see made."""
    if mode := x._view_of.mode:
        where, block = {
            "no_grad": ("with grad mode enabled", "no_grad"), "inference": ("in normal mode", "inference_mode"),
        }[mode]  # fmt: skip
        return RuntimeError(
            f"A view was created in {mode} mode and {what} {where}. Given that this use case is ambiguous and "
            "error-prone, it is forbidden. You can clarify your code by moving both the view and the inplace either "
            f"both inside the {block} block (if you don't want the inplace to be tracked) or both outside (if you want "
            "the inplace to be tracked)."
        )
    edge = x._node
    called = f"Output {edge.index} of {edge.node.name()}" if edge.__class__ is Edge else "This tensor"
    return RuntimeError(
        f"{called} is a view and {what}. This view is the output of a function that returns multiple views. Such "
        "functions do not allow the output views to be modified inplace. You should replace the inplace operation by "
        "an out-of-place one."
    )


BASE_CHANGED = "its base or another view of its base has been modified inplace"


def check_elements_apart(x: Tensor) -> None:
    """Raise where several elements of x are one place in memory."""
    array = x._array
    if (
        0 in array.strides
        and array.size
        and any(s == 0 and n > 1 for s, n in zip(array.strides, array.shape, strict=True))
    ):
        raise RuntimeError(
            "unsupported operation: more than one element of the written-to tensor refers to a single memory location. "
            "Please clone() the tensor before performing the operation."
        )


def refuse_shared(x: Tensor, *others: Tensor) -> None:
    """Raise where x shares memory with a tensor that is read while x is written to in no fixed order."""
    for other in others:
        if overlap(x._array, other._array) in ("in part", "whole"):
            raise shares_memory()


def overlap(a: np.ndarray, b: np.ndarray) -> str:
    """How two arrays share memory: "not", "in part", "whole", or "unknown" where either has gaps."""
    if a is b:
        return "whole"
    if not a.size or not b.size or not (_dense(a) and _dense(b)):
        return "unknown"
    start, other = pointer(a), pointer(b)
    if (start, a.nbytes) == (other, b.nbytes):
        steps, others = ([s // x.itemsize for s in x.strides] for x in (a, b))
        return "whole" if steps == others else "in part"
    return "in part" if start < other + b.nbytes and other < start + a.nbytes else "not"


def _dense(array: np.ndarray) -> bool:
    """Whether the elements fill a piece of memory without gaps, in whatever order."""
    if array.flags.c_contiguous:
        return True
    step = array.itemsize
    for stride, n in sorted((s, n) for s, n in zip(array.strides, array.shape, strict=True) if n != 1):
        if stride != step:
            return False
        step *= n
    return True


# ---- what a write does to the history


def written(x: Tensor, node: Node | None = None) -> None:
    """Note that x's memory has been written to; by `node`, where that was recorded."""
    storage = x._storage if x._storage is not None else storage_of(x)
    storage.version += 1
    if node is not None or getattr(storage, "_views", None):
        rewrite_history(x, node)


def rewrite_history(x: Tensor, node: Node | None) -> None:
    """`node` made what x now holds: the base of x gets to know, and all views take their history from their bases."""
    base = x._base
    if node is None:
        pass
    elif base is None:
        x._node = node
    else:
        base._node = CopySlices.over(base, x, node)
    views = getattr(x._storage, "_views", None)
    if views:
        _bring_up_to_date(views)


def _bring_up_to_date(views: list) -> None:
    before, grad_mode.enabled = grad_mode.enabled, True
    for x in [reference() for reference in views]:
        base = None if x is None else x._base
        if base is None or x.__class__ is LostView or (base._node is None and x.grad_fn is None):
            continue
        if x._view_of.__class__ is PartOf:
            x._lost = _not_writable(x, BASE_CHANGED)
            x.__class__ = LostView
        else:
            x._node = _window_node(base, x)
    grad_mode.enabled = before


def _window_node(base: Tensor, x: Tensor) -> Node:
    """The node of x as a window on its base."""
    twin = make(base._array, storage_of(base))
    twin._node = x._node if base._node is None else base._node
    node = view.as_strided_(twin, *geometry.of(x), geometry.of(base))._node
    if base._node is None:
        node.edges = (None,)
    return node


class LostView(Tensor):
    """A view to which recorded writes are refused, after a write to its base: it has values, but no history."""

    @property
    def _node(self) -> None:
        if grad_mode.enabled:
            raise self._lost.with_traceback(None)

    requires_grad = True


LostView.__name__, LostView.__module__ = "Tensor", "tensorbook"


def know_what_is_told_first() -> None:
    """Of a lost view, PyTorch tells a wrong index first; but that it is lost before a wrong dimension or number."""

    def history_first(method: Callable) -> Callable:
        def asked(self: Tensor, *args: object, **named: object) -> Tensor:
            if grad_mode.enabled:
                self._node  # noqa: B018 (raises)
            return method(self, *args, **named)

        return asked

    LostView.__getitem__ = indexing.part_by_part
    for name in ("select", "transpose", "permute", "unsqueeze", "squeeze", "diagonal", "unfold", "t"):
        setattr(LostView, name, history_first(getattr(view, name)))


know_what_is_told_first()


class CopySlices(Node):
    """A write through a view: the rest of the base keeps its history, the part that was written gets the node's."""

    __slots__ = ("base_place", "function", "part_place")

    def name(self) -> str:
        return "torch::autograd::CopySlices"

    @classmethod
    def over(cls, base: Tensor, part: Tensor, function: Node) -> CopySlices:
        node = cls()
        node.function, node.base_place, node.part_place = function, geometry.of(base), geometry.of(part)
        node.edges = (base._node, *function.edges[1:])
        node.sequence, node.shape, node.hooks = next_sequence(), base._array.shape, None
        return node

    def arrays(self, grad: object, keep: bool) -> tuple:
        grads = by_way_of_tensors(self, make(as_array(grad)), keep)
        return tuple(None if g is None else g._array for g in grads)

    def tensors(self, grad: Tensor, keep: bool) -> tuple:
        whole = self._as_base_lies(grad)
        shape, steps, start = self.part_place
        window = (shape, steps, start - self.base_place[2], geometry.of(whole))
        first, *rest = self.function.tensors(view.copy_in_order(view.as_strided_(whole, *window)), keep)
        if self.edges[0] is None:
            return (None, *rest)
        if first is None:
            first = make(devices.module_of(grad._array).zeros(shape, grad._array.dtype))
        view.as_strided_(whole, *window).copy_(first)
        return (whole, *rest)

    def _as_base_lies(self, grad: Tensor) -> Tensor:
        """A copy of the gradient whose elements lie as those of the base do, so that the part can be found in it."""
        shape, steps, _ = self.base_place
        reach = 1 + sum((n - 1) * step for n, step in zip(shape, steps, strict=True)) if 0 not in shape else 0
        memory = make(devices.module_of(grad._array).zeros(reach, grad._array.dtype))
        array = storage_of(memory).window(grad._array.dtype, shape, steps, 0)
        return make(array, memory._storage).copy_(grad)


CopySlices.__module__ = "builtins"
