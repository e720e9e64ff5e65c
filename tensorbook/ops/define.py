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
import linecache
import sys
from collections.abc import Callable
from weakref import ref

import numpy as np

from ..graph import freed, grad_mode, next_sequence
from ..storage import Storage
from ..tensor import Tensor, new_tensor, unwatched
from . import operands
from .array_twins import ARRAY_TWINS
from .entry import Entry, names
from .node import OpNode, stale
from .shown import HIDDEN, SHOWN

# What the written source refers to, besides the names of the file in which the entry stands.
RUNTIME: dict[str, object] = {
    "__name__": "tensorbook.ops.generated", "np": np, "ndarray": np.ndarray, "float32": np.dtype("f4"), "ref": ref,
    "Tensor": Tensor, "new_tensor": new_tensor, "unwatched": unwatched, "new_storage": Storage, "grad_mode": grad_mode,
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
            "tensors" for the same without numbers; "floating" for one operand that becomes floating if it is not;
            "view" where the forward expression is an array over the same memory, "window" where it is a (shape,
            strides, offset) over it; "plain" otherwise.
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
        node_class.shown, node_class.hidden = SHOWN.get(node, {}), frozenset(HIDDEN.get(node, ()))
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
