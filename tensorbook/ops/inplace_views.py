"""Views in place: `x.t_()` makes x itself look at its memory in another way. No number moves."""

from __future__ import annotations

from collections.abc import Callable

from ..graph import AccumulateGrad, Node
from ..tensor import Tensor, make, storage_of
from . import view
from .writing import check_history, recorded, written


def _in_place(function: Callable, kind: str) -> Callable:
    """`kind`: the name of the node, another one than that of the function which makes a view."""
    node_classes: dict[type, type] = {}

    def renamed(node: Node) -> Node:
        made_by = type(node)
        if made_by not in node_classes:
            node_classes[made_by] = type(kind, (made_by,), {"__slots__": (), "__module__": "builtins"})
        node.__class__ = node_classes[made_by]
        return node

    def method(self: Tensor, *args: object, **kwargs: object) -> Tensor:
        before = make(self._array, storage_of(self))
        before._node = self._node
        after = function(before, *args, **kwargs)
        check_history(self)
        self._array = after._array
        if self._node.__class__ is AccumulateGrad:
            self._node.array, self._node.shape = after._array, after._array.shape
        node = renamed(after._node) if after is not before and after.grad_fn is not None else self._node
        if recorded(self):
            self._node = node  # no CopySlices for the base: nothing in it has changed
        written(self)
        if recorded(self):
            self._node = node
        return self

    method.__name__, method.__doc__ = function.__name__ + "_", f"{function.__name__}, in place."
    return method


transpose_ = _in_place(view.transpose, "TransposeBackward1")
unsqueeze_ = _in_place(view.unsqueeze, "UnsqueezeBackward1")
INPLACE_VIEWS = {
    "t_": _in_place(view.t, "TBackward1"),
    "transpose_": transpose_,
    "unsqueeze_": unsqueeze_,
    "squeeze_": _in_place(view.squeeze, "SqueezeBackward3"),
    "as_strided_": _in_place(view.as_strided, "AsStridedBackward1"),
}
