"""`GraphExplorer`: the graph behind a tensor, and its backward pass one step at a time."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import traitlets

from .base import Picture
from .graph_model import NoGraph, library_of, read_graph, variables_of
from .graph_picture import draw
from .graph_story import Story

if TYPE_CHECKING:
    import graphviz


class GraphExplorer(Picture):
    """The autograd graph of `output`, to step through its backward pass.

    `output` is a tensor of tensorbook or of PyTorch. `names` maps names to tensors; without it, the variables where the
    explorer is made give their names, with parameters of modules as "net.0.weight".

    The gradients are computed once, when the explorer is made, by calling each node of the graph: nothing is freed and
    no `.grad` changes, so `output.backward()` may still follow. Hooks are not run. A graph of more than 400 nodes is
    summarised, and the part near the output shown.

    Raises TypeError where `output` is no tensor, or `names` not a dict of tensors. A tensor without a graph gets a
    picture that says why.

    >>> import tensorbook as torch
    >>> w = torch.tensor([1.0, 2.0], requires_grad=True)
    >>> explorer = GraphExplorer((w * w).sum(), names={"w": w})
    >>> explorer
    <GraphExplorer: The graph of output = sum(w * w): 3 nodes, 1 leaf (w). Step 0 of 3 of the backward pass.>
    >>> explorer.step = 2
    >>> explorer.words
    'step 2 of 3: MulBackward0 passes g * w to w and g * w to w'
    """

    module = "graph_explorer"

    step = traitlets.Int(0).tag(sync=True)
    """How many steps of the backward pass have run: 0 at the start."""
    selected = traitlets.Unicode("").tag(sync=True)
    """The key of the node that was picked ("AddBackward0", "w"), or ""."""

    def __init__(self, output: Any, *, names: Mapping[str, Any] | None = None) -> None:
        super().__init__()
        library = library_of(output)
        if names is None:
            names = variables_of(sys._getframe(1), library)
        _check_names(names)
        self._shown = _story(output, names)  # holds no tensor: the graph is free to go
        self.refresh()

    def compute(self) -> dict[str, Any]:
        return self._shown

    @property
    def nodes(self) -> list[str]:
        """The keys of all nodes shown, in the order of the backward pass; `selected` takes one of them."""
        return [node["key"] for node in self._shown["nodes"]]

    @property
    def words(self) -> str:
        """What the current step did."""
        steps = self._shown["steps"]
        return steps[self.step - 1]["words"] if self.step else f"before the backward pass: {len(steps)} steps"

    @traitlets.validate("step")
    def _check_step(self, proposal: Any) -> int:
        last = len(self._shown["steps"])
        if not 0 <= proposal["value"] <= last:
            raise ValueError(
                f"step is {proposal['value']}; this backward pass has {last} steps, so expected 0 to {last}"
            )
        return proposal["value"]

    @traitlets.validate("selected")
    def _check_selected(self, proposal: Any) -> str:
        if proposal["value"] and proposal["value"] not in self.nodes:
            raise ValueError(f"there is no node {proposal['value']!r}; expected one of {', '.join(self.nodes[:20])}")
        return proposal["value"]

    @traitlets.observe("step")
    def _describe_step(self, _: Any) -> None:
        self.alt = self.describe()

    def describe(self) -> str:
        picture = self._shown
        if picture["empty"]:
            return f"No graph: {picture['empty']}"
        leaves = [node["label"] for node in picture["nodes"] if node["kind"] == "leaf"]
        named = f" ({', '.join(leaves[:6])}{', …' * (picture['leaves'] > 6)})" if leaves else ""
        plural = "leaf" if picture["leaves"] == 1 else "leaves"
        what = picture["title"] + (f" = {picture['expression']}" if picture["expression"] else "")
        return (
            f"The graph of {what}: {picture['count']:,} nodes, {picture['leaves']} {plural}"
            f"{named}. Step {self.step} of {len(picture['steps'])} of the backward pass."
        )

    def draw(self, theme: str) -> str:
        return draw(self._shown, self.step, self.selected, self.alt, theme)

    def to_graphviz(self) -> graphviz.Digraph:
        """The graph for Graphviz, edges from each operation to its inputs; `dot` renders it where it is installed."""
        import graphviz

        found = graphviz.Digraph(self._shown["title"], node_attr={"fontname": "sans-serif", "fontsize": "11"})
        for at, node in enumerate(self._shown["nodes"]):
            label = "\\n".join(graphviz.escape(part) for part in (node["label"], node["shape"]) if part)
            shape = "box" if node["kind"] == "op" else "ellipse"
            style = {"leaf": "filled", "op": "rounded"}.get(node["kind"], "dashed")
            found.node(
                f"n{at}", graphviz.nohtml(label), shape=shape, style=style, fillcolor="#dff3ec", tooltip=node["key"]
            )
        for edge in self._shown["edges"]:
            found.edge(f"n{edge['from']}", f"n{edge['to']}", style="solid" if edge["kind"] == "grad" else "dashed")
        return found


def _story(output: Any, names: Mapping[str, Any]) -> dict[str, Any]:
    try:
        return Story(read_graph(output, names)).picture
    except NoGraph as nothing:
        name = next((name for name, tensor in names.items() if tensor is output), "this tensor")
        return {"empty": str(nothing), "title": name, "nodes": [], "edges": [], "steps": [], "notes": []}


def _check_names(names: Any) -> None:
    if not isinstance(names, Mapping):
        raise TypeError(f'names maps names to tensors, as in names={{"w": w}}; it was given a {type(names).__name__}')
    for name, tensor in names.items():
        if not isinstance(name, str) or library_of(tensor) is None:
            raise TypeError(
                f'names maps names to tensors, as in names={{"w": w}}; it was given {name!r}: {type(tensor).__name__}'
            )
