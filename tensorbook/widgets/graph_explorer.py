"""`GraphExplorer`: the graph behind a tensor, and its backward pass one step at a time."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import traitlets

from .base import Picture
from .graph_link import Linked
from .graph_model import NoGraph, library_of, read_graph, variables_of
from .graph_picture import draw
from .graph_story import Story
from .graph_view import MOST, PHASES, START, View, first_open
from .graph_words import before

if TYPE_CHECKING:
    import graphviz


PASSES = {
    "forward": "the forward pass",
    "backward": "the backward pass",
    "again": "a second backward pass",
    "again, retained": "a second backward pass, after retain_graph=True",
}


class GraphExplorer(Picture):
    """The autograd graph of `output`, to step through its backward pass.

    `output` is a tensor of tensorbook or of PyTorch. `names` maps names to tensors; without it, the variables where the
    explorer is made give their names, with parameters of modules as "net.0.weight". `link` is a StrideExplorer or a
    StorageMap: the tensor behind a node that is picked is shown there.

    Operations fold into blocks: by module, as the names of the parameters tell, and by what repeats. A graph of more
    than 60 nodes starts folded; `unfold`, `fold`, `unfold_all` and `fold_all` do in Python what a click does.

    The panel of a node says which line of the forward pass made it, where that ran in anomaly mode: after
    `torch.autograd.set_detect_anomaly(True)`, or inside `with torch.autograd.detect_anomaly():`.

    The gradients are computed once, when the explorer is made, by calling each node of the graph: nothing is freed and
    no `.grad` changes, so `output.backward()` may still follow. Hooks are not run. Of a graph of more than 2,000 nodes
    the first 80 steps are computed. Each local rule is shown with the numbers
    of one entry of the gradient; where those take a second derivative, the node is called once more. A `Function` of
    yours is called once.

    Raises TypeError where `output` is no tensor, `names` no dict of tensors, or `link` no such widget. A
    tensor without a graph gets a picture that says why.

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

    phase = traitlets.Enum(PHASES, "backward").tag(sync=True)
    """What is played: "forward", "backward", "again" (a second backward), or "again, retained" (one after
    `backward(retain_graph=True)`)."""

    def __init__(self, output: Any, *, names: Mapping[str, Any] | None = None, link: Any = None) -> None:
        super().__init__()
        library = library_of(output)
        if names is None:
            names = variables_of(sys._getframe(1), library)
        _check_names(names)
        self._link = Linked(link, output, names) if link is not None else None
        self._story, self._nothing = None, {}
        try:
            self._story = Story(read_graph(output, names))  # holds no tensor: the graph is free to go
        except NoGraph as nothing:
            name = next((name for name, tensor in names.items() if tensor is output), "this tensor")
            self._nothing = {"empty": str(nothing), "title": name, "nodes": [], "edges": [], "steps": [], "notes": []}
        self._opened = first_open(self._story) if self._story else set()
        self.refresh()

    def compute(self) -> dict[str, Any]:
        self._shown = View(self._story, self._opened, self.phase).picture if self._story else self._nothing
        return self._shown

    @property
    def nodes(self) -> list[str]:
        """The keys of all nodes shown, in the order of the backward pass; `selected` takes one of them."""
        return [node["key"] for node in self._shown["nodes"]]

    @property
    def words(self) -> str:
        """What the current step did."""
        steps = self._shown["steps"]
        return steps[self.step - 1]["words"] if self.step else before(self._shown)

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

    @traitlets.observe("selected")
    def _point(self, _: Any) -> None:
        if self._link and self.selected:
            with self.guard():
                node = next(node for node in self._shown["nodes"] if node["key"] == self.selected)
                self._link.point(node.get("variable", ""))

    @traitlets.validate("phase")
    def _check_phase(self, proposal: Any) -> str:
        if proposal["value"] not in self._shown.get("phases", PHASES):
            raise ValueError(f"phase is {proposal['value']!r}; this graph has {', '.join(self._shown['phases'])}")
        return proposal["value"]

    @traitlets.observe("phase")
    def _change_phase(self, _: Any) -> None:
        with self.hold_sync():
            self.step = 0
            self.refresh()

    # Folding ----------------------------------------------------------------------------------------------------------

    @property
    def blocks(self) -> list[str]:
        """The keys of all blocks that the graph folds into, from the outside in."""
        return list(self._story.blocks) if self._story else []

    def unfold(self, key: str) -> None:
        """Open a folded block, and those around it."""
        self._fold(self._opened | {block.key for block in self._block(key).around()})

    def fold(self, key: str) -> None:
        """Fold a block, and those in it."""
        self._fold(self._opened - {block.key for block in self._block(key).inner()})

    def unfold_all(self) -> None:
        """Open block after block, from the outside in, as long as no more than 1,200 boxes are to be drawn."""
        if self._story:
            self._fold(first_open(self._story, MOST))

    def fold_all(self) -> None:
        """Fold all blocks."""
        self._fold(set())

    def find(self, text: str) -> list[str]:
        """The keys of the nodes whose operation or variable is or holds the text, folded ones too; at most 500."""
        wanted = text.strip().lower()
        same, part = [], []
        for spot in self._story.spots if self._story and wanted else ():
            label = spot.label.lower()
            if wanted in label.split(" = "):
                same.append(spot.key)
            elif wanted in label or spot.key.lower().startswith(wanted):
                part.append(spot.key)
        return [*same, *part][:500]

    def reveal(self, key: str) -> None:
        """Select a node, and open the blocks that it is folded in."""
        at = next((at for at, spot in enumerate(self._story.spots if self._story else ()) if spot.key == key), None)
        if at is None:
            raise ValueError(f"there is no node {key!r}; expected one of {', '.join(self.nodes[:20])}")
        if (home := self._story.home[at]) is not None:
            self.unfold(home.key)
        self.selected = key

    def _block(self, key: str) -> Any:
        if key not in self.blocks:
            raise ValueError(f"there is no block {key!r}; expected one of {', '.join(self.blocks[:20]) or 'none'}")
        return self._story.blocks[key]

    def _fold(self, opened: set[str]) -> None:
        before, selected = self._opened, self.selected
        self._opened = opened
        picture = self.compute()
        if len(picture["nodes"]) > max(MOST, START):
            self._opened = before
            raise ValueError(
                f"that would draw {len(picture['nodes']):,} boxes; at most {MOST:,} can be. Fold others first"
            )
        with self.hold_sync():
            if selected not in self.nodes:
                self.selected = ""
            self.refresh()

    def receive(self, kind: str, data: dict[str, Any]) -> Any:
        match kind:
            case "unfold":
                return self.unfold(str(data["key"]))
            case "fold":
                return self.fold(str(data["key"]))
            case "unfold all":
                return self.unfold_all()
            case "fold all":
                return self.fold_all()
            case "find":
                return self.find(str(data["text"]))
            case "reveal":
                return self.reveal(str(data["key"]))
        return super().receive(kind, data)

    # What is shown ----------------------------------------------------------------------------------------------------

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
            f"{named}. Step {self.step} of {len(picture['steps'])} of {PASSES[self.phase]}."
        )

    def draw(self, theme: str) -> str:
        return draw(self._shown, self.step, self.selected, self.alt, theme)

    def to_graphviz(self) -> graphviz.Digraph:
        """The graph for Graphviz, edges from each operation to its inputs; `dot` renders it where it is installed."""
        import graphviz

        found = graphviz.Digraph(self._shown["title"], node_attr={"fontname": "sans-serif", "fontsize": "11"})
        for at, node in enumerate(self._shown["nodes"]):
            label = "\\n".join(graphviz.escape(part) for part in (node["label"], node["shape"]) if part)
            shape = {"op": "box", "block": "box3d"}.get(node["kind"], "ellipse")
            style = {"leaf": "filled", "op": "rounded", "block": "solid"}.get(node["kind"], "dashed")
            found.node(
                f"n{at}", graphviz.nohtml(label), shape=shape, style=style, fillcolor="#dff3ec", tooltip=node["key"]
            )
        for edge in self._shown["edges"]:
            found.edge(f"n{edge['from']}", f"n{edge['to']}", style="solid" if edge["kind"] == "grad" else "dashed")
        return found


def _check_names(names: Any) -> None:
    if not isinstance(names, Mapping):
        raise TypeError(f'names maps names to tensors, as in names={{"w": w}}; it was given a {type(names).__name__}')
    for name, tensor in names.items():
        if not isinstance(name, str) or library_of(tensor) is None:
            raise TypeError(
                f'names maps names to tensors, as in names={{"w": w}}; it was given {name!r}: {type(tensor).__name__}'
            )
