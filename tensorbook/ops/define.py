"""One operation, one short entry.

An entry gives an operation's signature, how to compute it, the name of its node in the graph, and one formula per
input for the gradient:

    mul = op("mul(self, other)", "self * other", "MulBackward0", self="grad * other", other="grad * self")

From that, entry.py writes the source of two things, and `op` compiles them: the function, and the Node class with its
backward. (Writing source is what makes an operation cost less than half of PyTorch's: every name is a local, nothing is
looked up, no argument list is packed. `print(torch.mul.source)` shows what was written; tracebacks show it, too.)

**The signature.** Before `;` the tensors, after it plain values: `"sum(self; dim, keepdim)"`. Behind a second `;` stand
values that nothing is computed from: the node keeps them, too, to show them as PyTorch's does (`node._saved_NAME`).

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
import sys
from collections.abc import Callable
from weakref import ref

import numpy as np

from ..graph import freed, grad_mode, next_sequence
from ..storage import Storage
from ..tensor import Tensor, make, new_tensor, unseen, unwatched
from . import layout as layouts
from . import operands
from .array_twins import ARRAY_TWINS
from .compiled import compiled, defined, kept
from .entry import Constant, Entry, names
from .node import OpNode, stale
from .pieces import in_pieces, put
from .shown import HIDDEN, SHOWN

# What the written source refers to, besides the names of the file in which the entry stands.
RUNTIME: dict[str, object] = {
    "__name__": "tensorbook.ops.generated", "np": np, "ndarray": np.ndarray, "float32": np.dtype("f4"), "ref": ref,
    "Tensor": Tensor, "make": make, "new_tensor": new_tensor, "new_storage": Storage, "unwatched": unwatched,
    "unseen": unseen,
    "as_operands": layouts.as_operands, "as_operand": layouts.as_operand, "row_by_row": layouts.row_by_row,
    "of_its_own": layouts.of_its_own, "as_image": layouts.as_image,
    "grad_mode": grad_mode, "next_sequence": next_sequence, "freed": freed, "stale": stale, "OpNode": OpNode,
    "scalar": operands.scalar, "operand": operands.operand, "promote": operands.promote, "floating": operands.floating,
    "same_device": operands.same_device, "explain": operands.explain, "as_array": operands.as_array,
    "must_be_tensor": operands.must_be_tensor, "in_pieces": in_pieces, "put": put,
}  # fmt: skip


def op(
    signature: str, forward: str, node: str | None = None, *, kind: str = "plain", layout: str = "row_by_row",
    doc: str = "", **gradients: str,
) -> Callable:  # fmt: skip
    """Write and compile one operation (see the top of this file).

    Args:
        signature: the function's name and arguments, tensors before `;`.
        forward: an expression for the result, over arrays.
        node: the node's name in the graph; None where there is no gradient.
        kind: "pointwise" for two operands that broadcast and meet in one dtype, numbers allowed as the second;
            "tensors" for the same without numbers; "floating" for one operand that becomes floating if it is not;
            "elementwise" for operands of one shape whose elements are treated one by one, as in the three before: these
            four compute large results in pieces (pieces.py);
            "each" for operands treated so that are computed at once;
            "view" where the forward expression is an array over the same memory, "window" where it is a (shape,
            strides, offset) over it; "plain" otherwise.
        layout: how a plain operation's result lies where its first operand is out of order: "row_by_row", "as_operand",
            "as_image" where channels may be last, or "of_its_own" for the order in which the forward expression gives
            it.
        doc: the function's docstring.
        gradients: for each tensor the formula for its gradient.

    Returns:
        The function. It carries its `source`, its `node` class and, where pointwise, `operator`: the same function for
        `x + y`, which gives NotImplemented where it cannot take an operand.
    """
    file_names = sys._getframe(1).f_globals
    key = (signature, forward, node, kind, layout, tuple(gradients.items()))
    needed, numbers, node_texts, function_texts = kept(key, lambda: _written(*key[:5], gradients))
    space = {**file_names, **ARRAY_TWINS, **RUNTIME}
    for word in needed:
        if word not in space:
            raise NameError(f"{signature}: the forward expression calls {word!r}, which must stand above the entry")

    if node:
        (source, code), tensors = node_texts
        constants = {name: Constant(value) for name, value in numbers}
        single = {f"{name}_single": constant[np.dtype("f4")] for name, constant in constants.items()}
        node_class = defined(code, source, node, {**space, **constants, **single})
        node_class.__module__ = "builtins"  # PyTorch writes its own in C, where none is named
        if hasattr(node_class, "arrays_of_large"):  # a class of its own, so that no node has to look how large it is
            members = {"__slots__": (), "__module__": "tensorbook", "arrays": node_class.arrays_of_large}
            node_class.of_large = type(node, (node_class,), members)
        node_class.shown, node_class.hidden = SHOWN.get(node, {}), frozenset(HIDDEN.get(node, ()))
        # the formulas over Tensors see the file as it will be: operations further down, too
        node_class.tensors = defined(tensors[1], tensors[0], "tensors", file_names)
        space[node] = node_class

    functions = []
    for name, source, code in function_texts:
        own = dict(space)  # not shared: the function's name may be one that a formula calls (mm, sin)
        own[name] = made = defined(code, source, name, own)
        made.__annotations__ = dict.fromkeys(_sure_tensors(signature, kind), "Tensor")
        made.__module__, made.__doc__ = "tensorbook", doc or f"{name}: see https://pytorch.org/docs/stable/torch.html"
        functions.append(made)
    function, operator = functions[0], functions[-1] if kind == "pointwise" else None
    sources = [node_texts[0][0]] if node else []
    function.source = "\n\n\n".join([*sources, *(text[1] for text in function_texts)])
    function.node, function.operator = space.get(node), operator
    return function


def _sure_tensors(signature: str, kind: str) -> list[str]:
    """The arguments that are tensors whatever is given for the others: a number may be the second of two operands."""
    names = [name.strip() for name in signature.partition("(")[2].rstrip(")").partition(";")[0].split(",")]
    return names[:1] if kind == "pointwise" else names


def _written(
    signature: str, forward: str, node: str | None, kind: str, layout: str, gradients: dict[str, str]
) -> tuple:
    """What an entry comes to: the names that it needs, its numbers, and its sources with their code.

    All of it is of plain kinds, so that it can be kept (compiled.py).
    """
    entry = Entry.read(signature, forward, node, kind, gradients, layout)
    needed = names(forward) - {*entry.tensors, *entry.plain} - set(dir(builtins))
    node_texts = ()
    if node:
        texts = (entry.node_class(), node), (entry.backward_over_tensors(), f"{node} over tensors")
        node_texts = tuple((source, compiled(source, f"<tensorbook {what}>")) for source, what in texts)
    functions = {entry.name: f"raise must_be_tensor({entry.name!r}, given)"}
    if kind == "pointwise":
        functions[entry.name + "_operator"] = "return NotImplemented"
    if entry.name == "eq":  # x == array is a tensor, whoever stands first; x != array is not (and is never False)
        again = f"{entry.name}_operator({entry.tensors[0]}, make(given))"
        functions[entry.name + "_operator"] = f"return {again} if given.__class__ is ndarray else NotImplemented"
    sources = [(name, entry.function(name, on_refusal)) for name, on_refusal in functions.items()]
    function_texts = tuple((name, source, compiled(source, f"<tensorbook {name}>")) for name, source in sources)
    return tuple(needed), tuple(entry.numbers.items()), node_texts, function_texts
