"""What an operation's entry says, and the Python source that follows from it.

define.py compiles what is written here. The source is worth a look: `print(torch.mul.source)`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from .array_twins import ARRAY_ATTRIBUTES, ARRAY_TWINS
from .into import elementwise, into, steps
from .pieces import LARGE

PICKING = {"index", "indices", "mask"}  # plain values that are tensors or arrays, and are freed as tensors are
ELEMENTWISE = {"pointwise", "tensors", "floating", "elementwise"}  # kinds whose result is large where its operands are

ADD_VIEW = [  # what Storage.add_view does, written out
    "try: views = storage._views",
    "except AttributeError: views = storage.views",
    "views.append(ref(t))",
    "if not len(views) & 63: storage.forget_views()",
]


def indented(lines: list[str]) -> list[str]:
    return ["    " + line for line in lines]


@dataclass
class Entry:
    """One operation, taken apart.

    Attributes:
        name: the function's.
        tensors, plain: the names of its arguments: tensors first, then plain values.
        told: those of the plain values that the node keeps for nothing but to show them.
        forward: an expression over arrays.
        node: the name of the node in the graph; None for an operation without a gradient.
        kind: "plain", "each", "elementwise", "pointwise", "tensors", "floating", "view" or "window", see `op`.
        formulas: for each tensor the expression for its gradient.
        layout: what lays the result out where an operand is out of order, see layout.py.
    """

    name: str
    tensors: list[str]
    plain: list[str]
    forward: str
    node: str | None
    kind: str
    formulas: dict[str, str]
    told: list[str]
    layout: str = "row_by_row"

    @classmethod
    def read(
        cls, signature: str, forward: str, node: str | None, kind: str, formulas: dict[str, str], layout: str
    ) -> Entry:
        """`"sum(self; dim, keepdim)"` and the rest, taken apart."""
        name, _, arguments = signature.rstrip(")").partition("(")
        tensors, plain, told = (
            [word.strip() for word in part.split(",") if word.strip()] for part in (*arguments.split(";"), "", "")[:3]
        )
        spelled = {
            of: ast.unparse(_Shapes(tensors).visit(ast.parse(formula, mode="eval"))) for of, formula in formulas.items()
        }
        layout = "as_operands" if kind in ELEMENTWISE or kind == "each" else layout
        return cls(name, tensors, [*plain, *told], forward, node, kind, spelled, told, layout)

    def __post_init__(self) -> None:
        self.edges = [f"edge{i}" for i in range(len(self.tensors))]
        self.named = {of: names(formula) for of, formula in self.formulas.items()}
        everything = set(self.told).union(*self.named.values())
        self.saved = [s for s in (*self.tensors, "result") if s in everything]
        self.values = [v for v in (*(t + "_shape" for t in self.tensors), *self.plain) if v in everything]
        self.picking = [v for v in self.values if v in PICKING and self.kind not in ("view", "window")]
        self.numbers: dict[str, float] = {}

    def runs_on_arrays(self) -> bool:
        """Whether every formula means over arrays what it means over Tensors."""
        known = {"grad", "result", *self.tensors, *self.values, *ARRAY_TWINS}
        return all(
            self.named[of] <= known and attributes(formula) <= ARRAY_ATTRIBUTES for of, formula in self.formulas.items()
        )

    def asks_if_large(self) -> bool:
        """Whether some gradient is computed in pieces where the operands are large."""
        formulas = self.formulas.values()
        return self.kind in ELEMENTWISE and self.runs_on_arrays() and any(map(elementwise, formulas))

    def needed_if(self, saved: str) -> str:
        """The condition under which a tensor must be saved: that some input whose formula names it wants a gradient.

        Empty where that is always so when there is a node at all.
        """
        users = [e for t, e in zip(self.tensors, self.edges, strict=True) if saved in self.named.get(t, ())]
        return "" if len(users) == len(self.edges) else " or ".join(f"{e} is not None" for e in users)

    # ---- the function

    def function(self, name: str, on_refusal: str) -> str:
        """The function's source. `on_refusal`: what a pointwise function does with an operand that it cannot take."""
        lines = [f"def {name}({', '.join([*self.tensors, *self.plain])}):"]
        compute = {"pointwise": self._meet, "tensors": self._meet, "view": self._look, "window": self._look}.get(
            self.kind, self._compute
        )
        lines += indented(compute(name, on_refusal))
        lines += indented(["t = new_tensor(); t._array = r"])
        if self.kind in ("view", "window"):
            lines += indented(
                ["t._storage = storage; base = self._view_of; t._view_of = self if base is None else base"]
            )
        else:
            lines += indented(["t._storage = odd; t._view_of = None"])
        lines += indented(self._record() if self.node else ["t._node = None"])
        if self.kind not in ("view", "window"):
            unusual = "unusual" if self.node else "grad_mode.unusual"
            lines += indented([f"if {unusual} and grad_mode.inferring: unwatched(t)"])
        if self.kind in ("view", "window"):
            lines += indented([*ADD_VIEW, "if unusual and not grad_mode.enabled: unseen(t)"])
        return "\n".join([*lines, "    return t"])

    def _compute(self, name: str, on_refusal: str) -> list[str]:
        lines = ["if self._array.dtype is not float32: self = floating(self)"] if self.kind == "floating" else []
        arrays = {t: f"a{i}" for i, t in enumerate(self.tensors)}
        lines += [f"{a} = {t}._array" for t, a in arrays.items()]
        compute = [f"r = {renamed(self.forward, arrays)}"]
        if self.kind in ELEMENTWISE:
            lines.append(f"large = a0.size >= {LARGE}")
            compute = [f"r = {self._in_pieces(arrays)} if large else {compute[0][4:]}"]
        if len(self.tensors) > 1:
            compute = [
                f"try: {compute[0]}",
                "except Exception:",
                f"    moved = same_device({', '.join(self.tensors)})",
                "    if moved is None: raise",
                f"    return {name}({', '.join(['*moved', *self.plain])})",
            ]
        return [*lines, *compute, "if r.__class__ is not ndarray: r = as_array(r)", *self._lay_out(arrays)]

    def _lay_out(self, arrays: dict[str, str]) -> list[str]:
        """The part that looks after the order of the elements in memory. A tensor without a storage is in order."""
        if self.layout == "of_its_own":
            return ["r, odd = of_its_own(r)"]
        first = self.tensors[0]
        return [
            f"odd = {first}._storage",
            "if odd is not None:",
            f"    if odd.array is {arrays[first]} or {arrays[first]}.flags.c_contiguous: odd = None",
            f"    else: r, odd = {self.layout}(r, {', '.join(arrays.values())})",
        ]

    def _meet(self, name: str, on_refusal: str) -> list[str]:
        first, second = self.tensors
        arrays = {first: "a", second: "b"}
        if self.kind == "tensors":
            look = [f"if not isinstance({second}, Tensor): raise must_be_tensor({self.name!r}, {second})"]
        else:
            look = [
                f"kind = {second}.__class__",
                "if kind is not Tensor:",
                f"    if kind is float or kind is int: {second} = scalar({second}, {first})",
                "    else:",
                f"        given, {second} = {second}, operand({second}, {first})",
                f"        if {second} is NotImplemented: {on_refusal}",
            ]
        return [
            *look,
            f"a = {first}._array; b = {second}._array",
            "if a.dtype is not b.dtype:",
            f"    {first}, {second} = promote({first}, {second}, {self.name!r})",
            f"    a = {first}._array; b = {second}._array",
            f"large = a.size >= {LARGE}",
            f"try: r = {self._in_pieces(arrays)} if large else {renamed(self.forward, arrays)}",
            "except Exception as error:",
            f"    moved = same_device({first}, {second})",
            "    if moved is None: raise explain(error, a, b) from None",
            f"    return {name}(*moved)",
            "if r.__class__ is not ndarray: r = as_array(r)",
            *self._lay_out(arrays),
        ]

    def _in_pieces(self, arrays: dict[str, str]) -> str:
        """The forward expression for large arrays."""
        return in_pieces(self.forward, self.tensors, list(arrays.values()), self.plain)

    def _look(self, name: str, on_refusal: str) -> list[str]:
        if self.kind == "view":
            shown = renamed(self.forward, {"self": "self._array"})
        else:
            shown = f"storage.window(self._array.dtype, *{self.forward})"
        return [
            "storage = self._storage",
            "if storage is None:",
            "    storage = self._storage = new_storage(); storage.array = self._array; storage.version = 0",
            f"r = {shown}",
        ]

    def _record(self) -> list[str]:
        """The part that makes the node."""
        wanted = " or ".join(f"{e} is not None" for e in self.edges)
        lines = [
            f"node = {self.node}(); node.edges = ({', '.join(self.edges)},); node.sequence = next_sequence()",
            "node.shape = r.shape; node.hooks = None",
        ]
        for s in self.saved:
            lines += self._save_result() if s == "result" else guarded(self.needed_if(s), self._save(s))
        lines += [f"node.{v}_ = {self._value(v)}" for v in self.values]
        lines += ["if large: node.__class__ = node.of_large"] if self.asks_if_large() else []
        return [
            "; ".join(f"{e} = {t}._node" for e, t in zip(self.edges, self.tensors, strict=True)),
            "unusual = grad_mode.unusual",
            f"if ({wanted}) and (not unusual or grad_mode.enabled):",
            *indented([*lines, "t._node = node", "if unusual: grad_mode.recorded(node)"]),
            "else: t._node = None",
        ]

    def _save(self, name: str) -> list[str]:
        return [
            f"node.{name}_ = {name}; storage = {name}._storage",
            f"node.{name}_version = 0 if storage is None else storage.version",
        ]

    def _save_result(self) -> list[str]:
        return [
            "storage = odd",
            "if storage is None:",
            "    storage = t._storage = new_storage(); storage.array = r; storage.version = 0",
            "node.result_ = r; node.result_storage = storage; node.result_version = 0",
        ]

    def _value(self, name: str) -> str:
        return name if name in self.plain else f"{name.removesuffix('_shape')}._array.shape"

    # ---- the node

    def node_class(self) -> str:
        """The node class's source, with its backward over arrays where there is one."""
        slots = [s + "_" for s in (*self.saved, *self.values)] + [s + "_version" for s in self.saved]
        slots += ["result_storage"] if "result" in self.saved else []
        lines = [f"__slots__ = {tuple(slots)!r}"]
        lines += [f"saved_names = {tuple(self.saved)!r}", f"plain_names = {tuple(self.values)!r}"]
        lines += [f"freed_names = {(*self.saved, *self.picking)!r}"]
        if self.runs_on_arrays():
            lines += self._backward_over_arrays()
            lines += self._backward_over_arrays(large=True) if self.asks_if_large() else []
        return "\n".join([f"class {self.node}(OpNode):", *indented(lines)])

    def _backward_over_arrays(self, large: bool = False) -> list[str]:
        reader = _Numbers(self)
        formulas = {of: ast.unparse(reader.visit(ast.parse(f, mode="eval"))) for of, f in self.formulas.items()}
        lines = []
        if self.numbers:  # those are NumPy's; on a GPU the formula goes by way of Tensors
            lines.append("if grad.__class__ is not ndarray and not isinstance(grad, np.generic):")
            lines.append("    return OpNode.arrays(node, grad, keep)")
        lines += self._spread_edges()
        for s in self.saved:
            lines += guarded(self.needed_if(s), self._unpack_array(s))
        lines += [*self._unpack_values(), *self._free()]
        if large:
            formulas = {of: self._large(of, formula) for of, formula in formulas.items()}
        name = "arrays_of_large" if large else "arrays"
        return [f"def {name}(node, grad, keep):", *indented([*lines, self._results(formulas)])]

    def _large(self, of: str, formula: str) -> str:
        """The formula of a gradient for large arrays."""
        if not elementwise(self.formulas[of]):
            return formula
        operands, values = ([n for n in some if n in self.named[of]] for some in (("grad", *self.saved), self.values))
        return in_pieces(formula, operands, operands, values)

    def backward_over_tensors(self) -> str:
        """The source of the node's backward over Tensors."""
        lines = self._spread_edges()
        for s in self.saved:
            condition = self.needed_if(s)
            lines.append(f"{s} = node.unpack({s!r})" + (f" if {condition} else None" if condition else ""))
        lines += [*self._unpack_values(), *self._free(), self._results(self.formulas)]
        return "\n".join(["def tensors(node, grad, keep):", *indented(lines)])

    def _spread_edges(self) -> list[str]:
        return [f"{', '.join(self.edges)} = node.edges"] if len(self.edges) > 1 else []

    def _unpack_array(self, name: str) -> list[str]:
        """What OpNode.unpack does, written out, for the array of a saved tensor."""
        lines = [f"{name} = node.{name}_", f"if {name} is None: raise freed()"]
        if name == "result":
            lines.append("if node.result_storage.version != node.result_version:")
        else:
            lines.append(f"storage = {name}._storage")
            lines.append(f"if storage is not None and storage.version != node.{name}_version:")
        lines.append(f"    raise stale(node, {name!r}, node.{name}_version)")
        return lines if name == "result" else [*lines, f"{name} = {name}._array"]

    def _unpack_values(self) -> list[str]:
        plain = [v for v in self.values if v not in (*self.told, *self.picking)]
        return [f"{v} = node.{v}_" for v in plain] + [f"{v} = node.there({v!r})" for v in self.picking]

    def _free(self) -> list[str]:
        kept = [*self.saved, *self.picking]
        return [f"if not keep: {' = '.join(f'node.{name}_' for name in kept)} = None"] if kept else []

    def _results(self, formulas: dict[str, str]) -> str:
        parts = []
        for tensor, edge in zip(self.tensors, self.edges, strict=True):
            formula = formulas.get(tensor)
            only_if = f" if {edge} is not None else None" if len(self.edges) > 1 else ""
            parts.append(f"({formula}){only_if}" if formula else "None")
        return f"return {', '.join(parts)},"


def in_pieces(formula: str, operands: list[str], given: list[str], plain: Iterable[str]) -> str:
    """The call that computes an elementwise formula in pieces: its operands, what is given for them, plain values."""
    parameters = ", ".join([*operands, "out=None", *(f"{name}={name}" for name in plain)])
    one = ", steps=1" if steps(formula) == 1 else ""
    return f"in_pieces(lambda {parameters}: {into(formula)}, {', '.join(given)}{one})"


def guarded(condition: str, lines: list[str]) -> list[str]:
    """Lines that run under a condition; an empty one always holds."""
    return [f"if {condition}:", *indented(lines)] if condition else lines


# ---- reading and rewriting expressions


def names(expression: str) -> set[str]:
    """The names that an expression uses."""
    return {n.id for n in ast.walk(ast.parse(expression, mode="eval")) if isinstance(n, ast.Name)}


def attributes(expression: str) -> set[str]:
    """The attributes and methods that an expression uses."""
    return {n.attr for n in ast.walk(ast.parse(expression, mode="eval")) if isinstance(n, ast.Attribute)}


def renamed(expression: str, new: dict[str, str]) -> str:
    """The expression with other names."""
    tree = ast.parse(expression, mode="eval")
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            node.id = new.get(node.id, node.id)
    return ast.unparse(tree)


class _Shapes(ast.NodeTransformer):
    """`x.shape` becomes the name `x_shape`: the shape is saved, not the tensor."""

    def __init__(self, tensors: list[str]):
        self.tensors = tensors

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        if isinstance(node.value, ast.Name) and node.value.id in self.tensors and node.attr == "shape":
            return ast.Name(f"{node.value.id}_shape", ast.Load())
        return self.generic_visit(node)


class _Numbers(ast.NodeTransformer):
    """Each number beside an array becomes an array of the gradient's dtype, made once: NumPy takes twice as long for
    `1 - x` where the 1 is a Python number."""

    def __init__(self, entry: Entry):
        self.entry = entry

    def visit_Compare(self, node: ast.Compare) -> ast.Compare:
        self.generic_visit(node)
        number = node.comparators[0]
        if isinstance(number, ast.Constant) and names(ast.unparse(node.left)) - set(self.entry.values):
            node.comparators[0] = self._array(number.value)
        return node

    def visit_BinOp(self, node: ast.BinOp) -> ast.BinOp:
        self.generic_visit(node)
        for side, other in (("left", node.right), ("right", node.left)):
            number = getattr(node, side)
            beside_array = names(ast.unparse(other)) - set(self.entry.values)
            if isinstance(number, ast.Constant) and beside_array and not isinstance(node.op, ast.Pow):
                setattr(node, side, self._array(number.value))
        return node

    def _array(self, value: float) -> ast.expr:
        numbers = self.entry.numbers
        name = f"number{len(numbers)}"
        numbers[name] = value
        quick = f"{name}_single if grad.dtype is float32 else {name}[grad.dtype]"
        return ast.parse(f"({quick})", mode="eval").body


class Constant(dict):
    """dtype -> a number as an array without dimensions."""

    def __init__(self, value: float):
        self.value = value

    def __missing__(self, kind: np.dtype) -> np.ndarray:
        self[kind] = np.array(self.value, kind)
        return self[kind]
