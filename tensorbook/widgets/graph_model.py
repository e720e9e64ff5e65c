"""The graph behind a tensor, read through the attributes that PyTorch's nodes and tensorbook's share.

Those are `grad_fn`, and on a node `name()`, `next_functions`, `_sequence_nr()`, `_saved_*` and, at a leaf, `variable`.
Reading changes nothing: no buffer is freed and no `.grad` touched.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from types import FrameType, ModuleType
from typing import Any

LARGE_SEQUENCE = 1 << 63  # leaves first: PyTorch gives AccumulateGrad the largest number there is


@cache
def _names(full_name: str) -> tuple[str, str]:
    name = full_name.rpartition("::")[2]
    return name, re.sub(r"Backward\d*$", "", name) or name


class NoGraph(ValueError):
    """There is no graph behind this tensor; the message says why and what to do."""


@dataclass(slots=True, eq=False, repr=False)
class GraphNode:
    """One function of the graph: an operation, or the AccumulateGrad that ends a path at a leaf."""

    index: int
    fn: Any
    full_name: str  # as the node says it: "AddBackward0", "torch::autograd::AccumulateGrad"
    edges: list[Edge] = field(default_factory=list)  # to the inputs, in their order; where None, no gradient is needed
    waits_for: int = 0  # how many gradients reach it before it may run
    alias: str = ""  # the variable that holds its output, where one is known
    _metadata: Any = None  # read once: tensorbook works it out from what lies below, at each reading

    @property
    def name(self) -> str:
        return _names(self.full_name)[0]

    @property
    def is_leaf(self) -> bool:
        return self.name == "AccumulateGrad"

    @property
    def op(self) -> str:
        """The operation: "Add" for AddBackward0."""
        return _names(self.full_name)[1]

    @property
    def metadata(self) -> Sequence[Any]:
        """Shape and dtype of each gradient that it takes; empty where the node does not say."""
        if self._metadata is None:
            self._metadata = getattr(self.fn, "_input_metadata", None) or ()
        return self._metadata

    @property
    def outputs(self) -> int:
        """How many gradients it takes: one for each output of the operation."""
        metadata = self.metadata
        return len(metadata) if metadata else int(getattr(self.fn, "output_count", 1))

    def expects(self, output: int) -> tuple[Any, Any]:
        """Shape and dtype of the gradient of one output, None where the node does not say."""
        if self.is_leaf:
            return self.fn.variable.shape, self.fn.variable.dtype
        metadata = self.metadata
        if output < len(metadata):
            return metadata[output].shape, metadata[output].dtype
        return (getattr(self.fn, "shape", None) if not output else None), None

    @property
    def has_hook(self) -> bool:
        """Has somebody registered a hook on this leaf? PyTorch notes that at the tensor, tensorbook at the node."""
        at_node = getattr(getattr(self.fn, "hooks", None), "on_output", None) or {}
        return bool(getattr(self.fn.variable, "_backward_hooks", None)) or any(at_node.values())

    def saved(self) -> Iterator[tuple[str, Any]]:
        """What the operation kept for backward: pairs of name and value, or the error that reading it raised."""
        names = [name for name in dir(self.fn) if name.startswith("_saved_") and not name.endswith("_sym_strides")]
        for name in names:
            try:
                value = getattr(self.fn, name)
            except RuntimeError as failure:
                value = failure
            yield name.removeprefix("_saved_").replace("_sym_sizes", ".shape"), as_given(value)
        if not names and hasattr(self.fn, "saved_tensors"):  # an autograd.Function of the user's
            try:
                yield from ((f"saved_tensors[{i}]", value) for i, value in enumerate(self.fn.saved_tensors))
            except RuntimeError as failure:
                yield "saved_tensors", failure


def as_given(value: Any) -> Any:
    """A number as a program would give it: nodes take those below zero for ones without a sign, and "to the end" for
    the largest that there is."""
    if type(value) is tuple:
        return tuple(as_given(v) for v in value)
    if type(value) is not int or value < 2**63 - 1:
        return value
    return None if value == 2**63 - 1 else value - 2**64


@dataclass(slots=True, eq=False, repr=False)
class Edge:
    """Where the gradient of input `slot` of `source` goes: into output `port` of `target` (None: nobody needs it)."""

    source: GraphNode
    slot: int
    target: GraphNode | None
    port: int


@dataclass(slots=True)
class Graph:
    """The nodes behind `output`, the root first; `library` is the module that its tensors come from."""

    output: Any
    library: ModuleType
    nodes: list[GraphNode]
    names: dict[int, str]  # id of a tensor → the name it goes by

    @property
    def root(self) -> GraphNode:
        return self.nodes[0]

    def name_of(self, tensor: Any) -> str:
        return self.names.get(id(tensor), "")


def library_of(tensor: Any) -> ModuleType | None:
    """torch or tensorbook, whichever made the tensor; None where the object is no such tensor."""
    for cls in type(tensor).__mro__:
        module = sys.modules.get(cls.__module__.partition(".")[0])
        if module is not None and isinstance(getattr(module, "Tensor", None), type) and hasattr(module, "no_grad"):
            return module if isinstance(tensor, module.Tensor) else None
    return None


def read_graph(output: Any, names: Mapping[str, Any]) -> Graph:
    """Walk the graph behind `output`; `names` gives tensors their names.

    Raises TypeError where `output` is no tensor, NoGraph where it has no graph.
    """
    library = library_of(output)
    if library is None:
        raise TypeError(
            f"GraphExplorer draws the graph behind a tensor; it was given {_kind(output)}. "
            "Pass the result of a computation, for example the loss"
        )
    named = {id(tensor): name for name, tensor in names.items()}
    if output.grad_fn is None:
        raise NoGraph(_why_no_graph(output, named.get(id(output), "this tensor")))
    graph = Graph(output, library, _walk(output.grad_fn), named)
    by_function = {id(node.fn): node for node in graph.nodes}
    for name, tensor in names.items():
        if tensor.grad_fn is not None and (node := by_function.get(id(tensor.grad_fn))) and not node.alias:
            node.alias = name
    return graph


def _walk(root: Any) -> list[GraphNode]:
    """Every node once, breadth first; the list holds the functions, so that their ids stay theirs."""
    nodes = [GraphNode(0, root, root.name())]
    seen = {id(root): nodes[0]}
    for node in nodes:
        for slot, (fn, port) in enumerate(node.fn.next_functions):
            target = None
            if fn is not None:
                target = seen.get(id(fn))
                if target is None:
                    target = seen[id(fn)] = GraphNode(len(nodes), fn, fn.name())
                    nodes.append(target)
                target.waits_for += 1
            node.edges.append(Edge(node, slot, target, port))
    return nodes


def _kind(value: Any) -> str:
    return f"{type(value).__module__}.{type(value).__qualname__}" if value is not None else "None"


def _why_no_graph(output: Any, name: str) -> str:
    if output.requires_grad:
        return (
            f"{name} is a leaf: it was made directly, not computed from other tensors, "
            "so no operation stands behind it. "
            f"Compute something with it, for example y = ({name} * 2).sum(), and explore that."
        )
    return (
        f"{name} has no grad_fn: none of the tensors it was computed from requires a gradient, "
        "or it was computed under no_grad() or detached. Create an input with requires_grad=True and compute it again."
    )


def variables_of(frame: FrameType | None, library: ModuleType | None) -> dict[str, Any]:
    """The tensors that the variables of a frame hold, by name; also those in lists, in dicts and in modules."""
    found: dict[str, Any] = {}
    if frame is None or library is None:
        return found
    seen: set[int] = set()

    def add(name: str, value: Any) -> None:
        if isinstance(value, library.Tensor) and id(value) not in seen:
            seen.add(id(value))
            found[name] = value

    scopes = [frame.f_locals] if frame.f_locals is frame.f_globals else [frame.f_locals, frame.f_globals]
    variables = [(k, v) for scope in scopes for k, v in list(scope.items()) if not k.startswith("_")]
    variables = [(k, v) for k, v in variables if k not in ("In", "Out")]
    for name, value in variables:
        add(name, value)
    for name, value in variables:
        if isinstance(value, (list, tuple)) and len(value) <= 100:
            for index, item in enumerate(value):
                add(f"{name}[{index}]", item)
        elif isinstance(value, dict) and len(value) <= 100:
            for key, item in list(value.items()):
                add(f"{name}[{key!r}]", item)
        elif not isinstance(value, type) and callable(getattr(type(value), "named_parameters", None)):
            for key, item in value.named_parameters():
                add(f"{name}.{key}", item)
    return found
