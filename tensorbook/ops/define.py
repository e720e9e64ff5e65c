"""One operation, one short entry.

An entry gives an operation's signature, how to compute it, the name of its node in the graph, and one formula per
input for the gradient:

    mul = op("mul(self, other)", "self * other", "MulBackward0", self="grad * other", other="grad * self")

From that, `op` writes the source of two things and compiles them: the function, and the Node class with its backward.
(Writing source is what makes an operation cost less than half of PyTorch's: every name is a local, nothing is looked
up, no argument list is packed. `op.source` holds what was written; tracebacks show it.)

**The signature.** Before `;` the tensors, after it plain values: `"sum(self; dim, keepdim)"`.

**The forward expression** is over arrays: `self` is a NumPy or CuPy array here.

**A gradient formula** is over Tensors. It may name `grad` (the gradient of the output), any input, any plain value, and
`result`. What a formula names is what the node saves, no more: `self.shape` saves the shape, not the tensor, and
an input whose neighbour needs no gradient is not saved at all. A formula runs only where its input needs it.

A formula is compiled twice. Over Tensors it is recorded in turn, which makes second derivatives come for free
(`create_graph=True`). Over arrays, where each name in it means the same there (operators, and the functions in
array_twins.py), it runs without a Tensor being made: the ordinary backward pass. The engine sums a gradient that was
broadcast back to its input's shape, so no formula needs to.
"""

from __future__ import annotations

import ast
import builtins
import linecache
import sys
from collections.abc import Callable
from weakref import ref

import numpy as np

from ..graph import Node, freed, grad_mode, next_sequence
from ..storage import Storage
from ..tensor import Tensor, make, new_tensor, storage_of, wrap_dim
from . import operands
from .array_twins import ARRAY_ATTRIBUTES, ARRAY_TWINS

# What generated source refers to, besides the names of the file in which the entry stands.
RUNTIME: dict[str, object] = {
    "__name__": "tensorbook.ops.generated", "np": np, "ndarray": np.ndarray, "Tensor": Tensor, "new_storage": Storage,
    "new_tensor": new_tensor, "grad_mode": grad_mode, "next_sequence": next_sequence, "freed": freed,
    "wrap_dim": wrap_dim,
    "storage_of": storage_of, "scalar": operands.scalar, "operand": operands.operand, "promote": operands.promote,
    "floating": operands.floating, "same_device": operands.same_device, "explain": operands.explain,
    "as_array": operands.as_array, "must_be_tensor": operands.must_be_tensor, "float32": np.dtype("f4"), "ref": ref,
}  # fmt: skip


class OpNode(Node):
    """A node written by `op`. Saved tensors lie in slots `self_`, `other_`, … beside their versions."""

    __slots__ = ()
    saved_names: tuple[str, ...] = ()  # tensors
    plain_names: tuple[str, ...] = ()  # shapes and plain values

    def arrays(self, grad: object, keep: bool) -> tuple:
        grads = by_way_of_tensors(self, make(grad if grad.__class__ is np.ndarray else operands.as_array(grad)), keep)
        return tuple([None if g is None else g._array for g in grads])

    def __dir__(self) -> list[str]:
        names = (*self.saved_names, *(name.replace("_shape", "_sym_sizes") for name in self.plain_names))
        return [*super().__dir__(), *(f"_saved_{name}" for name in names)]

    def saved(self, name: str) -> object:
        name = name.replace("_sym_sizes", "_shape")  # what PyTorch calls it
        if name in self.plain_names:
            return getattr(self, name + "_")
        if name not in self.saved_names:
            return super().saved(name)
        if not hasattr(self, name + "_version"):
            return None  # never saved: the only input that would need it wants no gradient
        return self.unpack(name)

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
    maker = node.name() if name == "result" else value.grad_fn.name() if value.grad_fn is not None else None
    kind = {"f4": "Float", "f8": "Double", "f2": "Half"}.get(array.dtype.str[1:], "Long")
    of = f", which is output 0 of {maker.partition('Backward')[0]}" if maker else ""
    return RuntimeError(
        "one of the variables needed for gradient computation has been modified by an inplace operation: "
        f"[torch.{kind}Tensor {list(array.shape)}]{of}, is at version {storage.version}; expected version {version} "
        "instead. Hint: enable anomaly detection to find the operation that failed to compute its gradient, with "
        "torch.autograd.set_detect_anomaly(True, check_nan=False)."
    )


RUNTIME["stale"] = stale


class _Names(ast.NodeVisitor):
    """Names used in a formula; `x.shape` becomes the name `x_shape`."""

    @classmethod
    def of(cls, expression: str) -> list[str]:
        names = cls([])
        names.visit(ast.parse(expression, mode="eval"))
        return names.used

    def __init__(self, inputs: list[str]):
        self.inputs, self.used, self.attributes = inputs, [], []

    def visit_Attribute(self, node: ast.Attribute) -> None:
        if isinstance(node.value, ast.Name) and node.value.id in self.inputs and node.attr == "shape":
            self.used.append(f"{node.value.id}_shape")
        else:
            self.attributes.append(node.attr)
            self.visit(node.value)

    def visit_Name(self, node: ast.Name) -> None:
        self.used.append(node.id)


def op(
    signature: str, forward: str, node: str | None = None, *, kind: str = "plain", doc: str = "", **gradients: str
) -> Callable:
    """Write and compile one operation (see the top of this file).

    kind: "pointwise" for two operands that broadcast and meet in one dtype, numbers allowed as the second;
    "floating" for one operand that becomes floating if it is not; "view" where the forward expression is an array over
    the same memory, "window" where it is a (shape, strides, offset) over it; "plain" otherwise.
    """
    name, _, rest = signature.rstrip(")").partition("(")
    tensor_part, _, plain_part = rest.partition(";")
    tensors = [t.strip() for t in tensor_part.split(",")]
    plain = [p.split("=")[0].strip() for p in plain_part.split(",") if p.strip()]

    names_of = {}
    over_arrays = True
    for of, formula in gradients.items():
        names = _Names(tensors)
        names.visit(ast.parse(formula, mode="eval"))
        names_of[of] = names.used
        known = {"grad", "result", *tensors, *plain, *(t + "_shape" for t in tensors), *ARRAY_TWINS}
        over_arrays &= set(names.used) <= known and set(names.attributes) <= ARRAY_ATTRIBUTES
    formulas = dict(gradients)
    for of in formulas:
        for t in tensors:
            formulas[of] = formulas[of].replace(f"{t}.shape", f"{t}_shape")
    used = [u for names in names_of.values() for u in names]
    saved = [s for s in (*tensors, "result") if s in used]
    values = [v for v in (*(t + "_shape" for t in tensors), *plain) if v in used]

    def wanted_by(saved_name: str) -> str:
        """Under which condition on the edges a tensor is saved."""
        users = [i for i, t in enumerate(tensors) if saved_name in names_of.get(t, ())]
        if len(tensors) == 1 or len(users) == len(tensors):
            return ""
        return " or ".join(f"edge{i} is not None" for i in users)

    source: list[str] = []
    numbers = _Numbers()
    if over_arrays:
        quick = {of: ast.unparse(numbers.visit(ast.parse(f, mode="eval"))) for of, f in formulas.items()}
    else:
        quick = {}
    class_source = _node_class(node, tensors, saved, values, quick, wanted_by, numbers.names) if node else []
    bodies = {name: f"raise must_be_tensor({name!r}, other)", name + "_operator": "return NotImplemented"}
    for function, refuse in bodies.items():
        if kind != "pointwise" and function != name:
            continue
        source += _function(
            function, signature, tensors, plain_part, forward, node, kind, saved, values, wanted_by, refuse
        )

    text = "\n".join([*class_source, *source])
    filename = f"<tensorbook op {node or name}>"
    linecache.cache[filename] = (len(text), None, text.splitlines(keepends=True), filename)
    file_names = sys._getframe(1).f_globals
    space = {**file_names, **ARRAY_TWINS, **RUNTIME}
    for word in _Names.of(forward):
        if word not in space and word not in {*tensors, *plain} and not hasattr(builtins, word):
            raise NameError(f"{name}: the forward expression calls {word!r}, which must stand above the entry")
    if node:
        # in a namespace of its own: the function's name may be one that a formula over arrays calls (mm, sin)
        class_space = {**space, **numbers.names}
        exec(compile("\n".join(class_source), filename, "exec"), class_space)
        node_class = space[node] = class_space[node]
        node_class.__module__ = "tensorbook"
        over_tensors: dict[
            str, Callable
        ] = {}  # its globals are the file's own: it sees operations defined further down
        exec(
            compile(_over_tensors(tensors, saved, values, formulas, wanted_by), filename, "exec"),
            file_names,
            over_tensors,
        )
        node_class.tensors = over_tensors["tensors"]
    exec(compile("\n" * len(class_source) + "\n".join(source), filename, "exec"), space)
    function = space[name]
    function.__doc__ = doc or f"{name}: see https://pytorch.org/docs/stable/torch.html"
    function.source, function.node = text, space.get(node)
    if kind == "pointwise":
        function.operator = space[name + "_operator"]
        function.operator.__doc__ = function.__doc__
    function.__module__ = "tensorbook"
    return function


def _results(tensors, formulas) -> str:
    parts = []
    for i, t in enumerate(tensors):
        formula = formulas.get(t, "None")
        guarded = len(tensors) > 1 and formula != "None"
        parts.append(f"({formula}) if edge{i} is not None else None" if guarded else f"({formula})")
    return f"    return {', '.join(parts)},"


def _edges(tensors) -> list[str]:
    names = ", ".join(f"edge{i}" for i in range(len(tensors)))
    return [f"    {names} = node.edges"] if len(tensors) > 1 else []


def _over_tensors(tensors, saved, values, formulas, wanted_by) -> str:
    lines = ["def tensors(node, grad, keep):", *_edges(tensors)]
    for s in saved:
        condition = wanted_by(s)
        lines.append(f"    {s} = node.unpack({s!r})" + (f" if {condition} else None" if condition else ""))
    lines += [f"    {v} = node.{v}_" for v in values]
    if saved:
        lines.append(f"    if not keep: {' = '.join(f'node.{s}_' for s in saved)} = None")
    return "\n".join([*lines, _results(tensors, formulas)])


def _node_class(node, tensors, saved, values, formulas, wanted_by, numbers) -> list[str]:
    slots = [s + "_" for s in (*saved, *values)] + [s + "_version" for s in saved]
    slots += ["result_storage"] if "result" in saved else []
    source = [
        f"class {node}(OpNode):",
        f"    __slots__ = {tuple(slots)!r}",
        f"    saved_names = {tuple(saved)!r}",
        f"    plain_names = {tuple(values)!r}",
    ]
    if not formulas:
        return source
    lines = ["def arrays(node, grad, keep):"]
    if numbers:  # those are NumPy's; on a GPU the formula goes by way of Tensors
        lines.append("    if grad.__class__ is not ndarray and not isinstance(grad, np.generic):")
        lines.append("        return OpNode.arrays(node, grad, keep)")
    lines += _edges(tensors)
    for s in saved:
        condition, indent = wanted_by(s), "    "
        if condition:
            lines.append(f"    if {condition}:")
            indent = "        "
        lines += [f"{indent}{s} = node.{s}_", f"{indent}if {s} is None: raise freed()"]
        if s == "result":
            lines.append(f"{indent}if node.result_storage.version != node.result_version:")
        else:
            lines.append(f"{indent}storage = {s}._storage")
            lines.append(f"{indent}if storage is not None and storage.version != node.{s}_version:")
        lines.append(f"{indent}    raise stale(node, {s!r}, node.{s}_version)")
        if s != "result":
            lines.append(f"{indent}{s} = {s}._array")
    lines += [f"    {v} = node.{v}_" for v in values]
    if saved:
        lines.append(f"    if not keep: {' = '.join(f'node.{s}_' for s in saved)} = None")
    return source + ["    " + line for line in (*lines, _results(tensors, formulas))]


def _function(name, signature, tensors, plain_part, forward, node, kind, saved, values, wanted_by, refuse) -> list[str]:
    inner = signature[signature.index("(") + 1 : -1].replace(";", ",").rstrip(", ")
    source = [f"def {name}({inner}):"]
    add = source.append
    if kind == "pointwise":
        second = tensors[1]
        add(f"    kind = {second}.__class__")
        add("    if kind is not Tensor:")
        add(f"        if kind is float or kind is int: {second} = scalar({second}, self)")
        add("        else:")
        add(f"            given, {second} = {second}, operand({second}, self)")
        add(f"            if {second} is NotImplemented: {refuse.replace('other)', 'given)')}")
        add(f"    a = self._array; b = {second}._array")
        add("    if a.dtype is not b.dtype:")
        own_name = signature[: signature.index("(")]
        add(f"        self, {second} = promote(self, {second}, {own_name!r}); a = self._array; b = {second}._array")
        expression = _rename(forward, {tensors[0]: "a", second: "b"})
        add(f"    try: r = {expression}")
        add("    except Exception as error:")
        add(f"        moved = same_device(self, {second})")
        add("        if moved is None: raise explain(error, a, b) from None")
        add(f"        return {name}(*moved)")
    elif kind in ("view", "window"):
        add("    storage = self._storage")
        add("    if storage is None:")
        add("        storage = self._storage = new_storage(); storage.array = self._array; storage.version = 0")
        given = _rename(forward, {"self": "self._array"}) if kind == "view" else f"storage.window(*{forward})"
        add(f"    r = {given}")
    else:
        if kind == "floating":
            add("    if self._array.dtype is not float32: self = floating(self)")
        for i, t in enumerate(tensors):
            add(f"    a{i} = {t}._array")
        expression = _rename(forward, {t: f"a{i}" for i, t in enumerate(tensors)})
        add(f"    r = {expression}")
    if kind not in ("view", "window"):
        add("    if r.__class__ is not ndarray: r = as_array(r)")
    add("    t = new_tensor(); t._array = r")
    if kind in ("view", "window"):
        add("    t._storage = storage; base = self._view_of; t._view_of = self if base is None else base")
    else:
        add("    t._storage = None; t._view_of = None")
    if not node:
        add("    t._node = None")
    else:
        edges = [f"edge{i}" for i in range(len(tensors))]
        add("    " + "; ".join(f"{e} = {t}._node" for e, t in zip(edges, tensors, strict=True)))
        condition = " or ".join(f"{e} is not None" for e in edges)
        add(
            f"    if ({condition}) and (not grad_mode.off_somewhere or grad_mode.enabled):"
            if len(edges) > 1
            else f"    if {condition} and (not grad_mode.off_somewhere or grad_mode.enabled):"
        )
        add(f"        node = {node}(); node.edges = ({', '.join(edges)},); node.sequence = next_sequence()")
        add("        node.shape = r.shape; node.hooks = None")
        for s in saved:
            if s == "result":
                add("        storage = new_storage(); storage.array = r; storage.version = 0; t._storage = storage")
                add("        node.result_ = r; node.result_storage = storage; node.result_version = 0")
                continue
            condition = wanted_by(s)
            indent = "        "
            if condition:
                add(f"        if {condition}:")
                indent = "            "
            add(f"{indent}node.{s}_ = {s}; storage = {s}._storage")
            add(f"{indent}node.{s}_version = 0 if storage is None else storage.version")
        for v in values:
            add(
                f"        node.{v}_ = {v.removesuffix('_shape')}._array.shape"
                if v.endswith("_shape")
                else f"        node.{v}_ = {v}"
            )
        add("        t._node = node")
        add("    else: t._node = None")
    if kind in ("view", "window"):
        add("    storage.add_view(ref(t))")
    add("    return t")
    return source


class _Numbers(ast.NodeTransformer):
    """Each number in a formula over arrays becomes an array of the gradient's dtype, made once: NumPy takes twice as
    long for `1 - x` where the 1 is a Python number."""

    def __init__(self) -> None:
        self.names: dict[str, Constant] = {}

    def visit_BinOp(self, node: ast.BinOp) -> ast.BinOp:
        self.generic_visit(node)
        for side in ("left", "right"):
            value = getattr(getattr(node, side), "value", None)
            if isinstance(value, (int, float)) and not isinstance(node.op, ast.Pow):
                name = f"number{len(self.names) // 2}"
                self.names[name] = Constant(value)
                single = f"{name}_single"
                self.names[single] = self.names[name][np.dtype("f4")]
                quick = f"({single} if grad.dtype is float32 else {name}[grad.dtype])"
                setattr(node, side, ast.parse(quick, mode="eval").body)
        return node


class Constant(dict):
    """dtype -> a number as an array without dimensions."""

    def __init__(self, value: float):
        self.value = value

    def __missing__(self, kind: np.dtype) -> np.ndarray:
        self[kind] = np.array(self.value, kind)
        return self[kind]


class _Rename(ast.NodeTransformer):
    def __init__(self, names: dict[str, str]):
        self.names = names

    def visit_Name(self, node: ast.Name) -> ast.Name:
        node.id = self.names.get(node.id, node.id)
        return node


def _rename(expression: str, names: dict[str, str]) -> str:
    return ast.unparse(_Rename(names).visit(ast.parse(expression, mode="eval")))


RUNTIME["OpNode"] = OpNode
