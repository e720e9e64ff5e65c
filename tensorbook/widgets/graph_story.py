"""What the graph explorer knows of a graph: its nodes, its edges, and the backward pass step by step; no tensor.

`graph_view` makes the picture of it, with some blocks folded.
"""

from __future__ import annotations

import itertools
from collections import Counter
from dataclasses import dataclass
from typing import Any

from .graph_blocks import Block, fold, module_of
from .graph_formulas import Formula, expression
from .graph_model import Edge, Graph, GraphNode
from .graph_numbers import Numbers
from .graph_rules import rule_for
from .graph_trace import Failure, Step, Trace, backward_order
from .graph_values import first, glimpse, number, shape_text
from .graph_words import added, made_at, plain, reason, why_stopped
from .svg import shorten

LIMIT = 2_000  # of a larger graph only the first steps of the backward pass are computed,
SHOWN = 80  # so many
SHAPES = {"T", "Transpose", "Permute", "View", "Expand", "ToCopy", "Unsqueeze"}  # what a parameter goes through


@dataclass(slots=True, eq=False)
class Spot:
    """One thing that can be drawn: an operation, a leaf, or data that needs no gradient."""

    kind: str
    key: str
    label: str
    shape: str
    name: str
    index: int = -1  # of the node
    value: int | None = None  # the glimpse, of data
    line: str = ""
    hooked: bool = False
    variable: str = ""  # that holds the tensor
    alias: str = ""  # the variable in the label of an operation, "y" of "y = Add"


@dataclass(slots=True, eq=False)
class Link:
    """An edge from one spot to another; `text`, `numbers` and `glimpse` are what goes along it."""

    source: int
    target: int
    slot: int
    port: int
    kind: str = "grad"
    text: str = ""
    numbers: str = ""
    glimpse: int | None = None


class Story:
    """Reads the graph once. It holds no tensor afterwards."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.cut = len(graph.nodes) > LIMIT
        self.glimpses: list[dict[str, Any]] = []
        self.spots: list[Spot] = []
        self.spot_of: dict[int, int] = {}  # index of a node → its spot
        self.known: dict[int, int] = {}  # id of a tensor without gradient → its spot
        self.links: list[Link] = []
        self.steps: list[dict[str, Any]] = []
        self.saved: dict[int, list[dict[str, Any]]] = {}  # by spot
        self.next: dict[int, list[list[Any]]] = {}  # by spot: next_functions
        self.formulas: dict[int, Formula] = {}  # by index of a node
        self.keys: Counter[str] = Counter()
        self.into: dict[int, dict[int, int]] = {}  # spot → {edge: its glimpse}, while the spot waits
        self.parts: dict[int, list[float]] = {}  # spot → the first entries of the gradients that meet in it
        trace = Trace(graph)
        ran = list(itertools.islice(trace, SHOWN if self.cut else None))
        self._choose(ran, trace.failure)
        for step in ran:
            self._tell(step)
        self._finish(trace.failure)
        self._fold()
        self._let_go()

    # what there is ---------------------------------------------------------------------------------------------

    def _choose(self, ran: list[Step], failure: Failure | None) -> None:
        order = list(backward_order(self.graph))
        shapes: dict[int, str] = {}
        for step in ran:
            for output, gradient in enumerate(step.incoming):
                if gradient is not None and (not output or step.node.index not in shapes):
                    shapes[step.node.index] = shape_text(gradient.shape)
        told = {step.node.index for step in ran} | ({failure.node.index} if failure else set())
        for node in order:
            shape = node.expects(0)[0] if node.is_leaf or not self.cut or node.index in told else None
            if shape is not None and node.index not in shapes:
                shapes[node.index] = shape_text(shape)
            self.spot_of[node.index] = len(self.spots)
            self.spots.append(self._spot(node, shapes.get(node.index, "")))
        self.drawn: dict[tuple[int, int], Link] = {}  # (spot, slot) → the edge of the graph
        for node in order:
            if self.cut and node.index not in told:
                for edge in node.edges:
                    if edge.target is not None:
                        self._join(self.spot_of[node.index], edge)
            else:
                self._read(node)

    def _spot(self, node: GraphNode, shape: str) -> Spot:
        if node.is_leaf:
            variable = self.graph.name_of(node.fn.variable)
            spot = Spot("leaf", self._key(variable or "leaf"), shorten(variable or "leaf", 24), shape, node.name)
            spot.index, spot.hooked, spot.variable = node.index, node.has_hook, variable
            return spot
        label = f"{node.alias} = {node.op}" if node.alias else node.op
        line = made_at(node.fn)
        variable = node.alias or ("" if node.index else "output")
        spot = Spot("op", self._key(node.name), shorten(label, 28), shape, node.name, node.index, None, line)
        spot.variable, spot.alias = variable, shorten(node.alias, 24)
        return spot

    def _key(self, name: str) -> str:
        self.keys[name] += 1
        return name if self.keys[name] == 1 else f"{name} #{self.keys[name]}"

    def _read(self, node: GraphNode) -> None:
        """The saved values of a node, and the names of its inputs in formulas."""
        rule = rule_for(node.name, node.op)
        numbers: dict[str, str] = {}
        inputs: dict[int, Any] = {}
        kept: dict[str, Any] = {}
        listed = []
        for name, value in node.saved():
            if isinstance(value, RuntimeError):
                stale = {"stale": True} if "inplace operation" in str(value) else {}
                listed.append({"name": name, "text": reason(str(value)), "bad": True, **stale})
                continue
            inputs[rule.saved.get(name, -1) if rule else -1] = value
            place = "out" if name == "result" else ({"self": 0} | (rule.saved if rule else {})).get(name, name)
            kept[name] = kept[str(place)] = value
            if not hasattr(value, "detach"):
                numbers[name] = plain(value)
                if rule is None or name in rule.numbers:  # not a shape or a flag that the formulas do not speak of
                    listed.append({"name": name, "text": numbers[name]})
                continue
            if self._is_number(value):
                numbers[name] = number(value.item())
                listed.append({"name": name, "text": numbers[name], "version": int(value._version)})
            else:
                seen = {"glimpse": self._glimpse(value), "called": self.graph.name_of(value)}
                listed.append({"name": name, **seen, "version": int(value._version)})
        spot = self.spot_of[node.index]
        self.saved[spot] = listed
        self.next[spot] = [
            [edge.target.name, edge.port, self.spot_of[edge.target.index]] if edge.target else ["None", 0, None]
            for edge in node.edges
        ]
        self.formulas[node.index] = Formula(node, self._link(node, inputs), numbers, kept)

    def _is_number(self, value: Any) -> bool:
        """A Python number that became a tensor, as the 2 in x / 2."""
        return not value.dim() and not value.requires_grad and not self.graph.name_of(value)

    def _link(self, node: GraphNode, inputs: dict[int, Any]) -> list[str]:
        """Draw the edges that leave a node; the result is what its inputs are called, "" where they have no name."""
        source, names = self.spot_of[node.index], []
        for edge in node.edges:
            if edge.target is None:
                names.append(self._constant(source, edge, inputs.get(edge.slot)))
            else:
                target = edge.target
                names.append(self.graph.name_of(target.fn.variable) if target.is_leaf else target.alias)
                self._join(source, edge)
        return names

    def _join(self, source: int, edge: Edge) -> None:
        link = Link(source, self.spot_of[edge.target.index], edge.slot, edge.port)
        self.links.append(link)
        self.drawn[source, edge.slot] = link

    def _constant(self, source: int, edge: Edge, value: Any) -> str:
        """An input that needs no gradient: drawn where the node saved it, and named as well as can be."""
        if value is None:
            return "const"
        if not hasattr(value, "detach"):
            return plain(value)
        name = self.graph.name_of(value)
        if self._is_number(value):
            return number(value.item())
        at = self.known.get(id(value))
        if at is None:
            at = self.known[id(value)] = len(self.spots)
            label, shape = shorten(name or "data", 24), shape_text(value.shape)
            spot = Spot("data", self._key(name or "data"), label, shape, "data", value=self._glimpse(value))
            spot.variable = name
            self.spots.append(spot)
        self.links.append(Link(source, at, edge.slot, edge.port, "data"))
        return name or "data"

    # the steps -------------------------------------------------------------------------------------------------

    def _tell(self, step: Step) -> None:
        node, at = step.node, self.spot_of[step.node.index]
        told: dict[str, Any] = {"node": at, "incoming": [self._arrived(at, g) for g in step.incoming]}
        if (parts := self.parts.pop(at, ())) and len(parts) == node.waits_for:
            told["added"] = added(parts, step.incoming[0])
        if node.is_leaf:
            told["before"] = self._glimpse(step.before) if step.before is not None else None
            told["after"] = self._glimpse(step.after) if step.after is not None else None
            if step.before is None:
                told["after"] = told["incoming"][0]
            if step.after is not None and step.incoming[0] is not None:
                arrived = first(step.incoming[0])
                if step.before is not None:
                    told["grew"] = added([first(step.before), arrived], step.after)
                with self.graph.library.no_grad():  # what a second pass would make of it
                    twice = step.after + step.incoming[0]
                told |= {"twice": self._glimpse(twice), "grew twice": added([first(step.after), arrived], twice)}
        numbers = None if node.is_leaf else Numbers(self.formulas[node.index], step, self.graph.library)
        for edge, gradient in step.outgoing:
            drawn = self.drawn[at, edge.slot]
            drawn.text = self._passes(step, edge, gradient)
            if gradient is not None:
                drawn.glimpse = self._glimpse(gradient)
                drawn.numbers = numbers.line(edge, gradient)
                if edge.target.outputs == 1:
                    if edge.target.waits_for > 1 and (entry := first(gradient)) is not None:
                        self.parts.setdefault(drawn.target, []).append(entry)
                    self.into.setdefault(drawn.target, {})[id(edge)] = drawn.glimpse
        self.steps.append(told)

    def _arrived(self, at: int, gradient: Any) -> int | None:
        if gradient is None:
            return None
        single = self.into.pop(at, {})
        if len(single) == 1 and self.graph.nodes[self.spots[at].index].waits_for == 1:
            return next(iter(single.values()))
        return self._glimpse(gradient)

    def _glimpse(self, tensor: Any) -> int:
        self.glimpses.append(glimpse(tensor))
        return len(self.glimpses) - 1

    def _passes(self, step: Step, edge: Edge, gradient: Any) -> str:
        """What goes along an edge, as a formula."""
        if gradient is None:
            return "nothing"
        formula = self.formulas[step.node.index]
        text = formula.passes(edge.slot)
        each = text == "g" or (formula.rule is not None and formula.rule.partials)
        came = next((g for g in step.incoming if g is not None), None)
        if each and came is not None and gradient.numel() < came.numel():
            text += f" summed to {shape_text(gradient.shape)}"
        return text or "a gradient"

    # what stays ------------------------------------------------------------------------------------------------

    def _finish(self, failure: Failure | None) -> None:
        graph = self.graph
        self.title = graph.root.alias or "output"
        self.shape, self.scalar = shape_text(graph.output.shape), graph.output.numel() == 1
        self.count, self.leaves = len(graph.nodes), sum(spot.kind == "leaf" for spot in self.spots)
        self.failed = self.spot_of[failure.node.index] if failure else None
        self.stopped = why_stopped(self.called(self.failed), failure) if failure else ""
        self.expression = ""
        operations = [graph.nodes[spot.index] for spot in self.spots if spot.kind == "op"]
        if self.count <= 60:
            self.expression = expression(graph.root, [self.formulas[node.index] for node in operations])
        self.summary = Counter(node.op for node in operations).most_common(12) if self.cut else []
        self.told: dict[int, dict[str, Any]] = {}  # spot → what its formulas say
        for index, formula in self.formulas.items():
            if not formula.node.is_leaf:
                self.told[self.spot_of[index]] = {
                    "forward": f"{formula.node.alias or 'out'} = {formula.forward}" if formula.forward else "",
                    "rules": formula.local_rules(),
                    "inputs": formula.names,
                }

    def called(self, at: int) -> str:
        """What sentences call a spot: a leaf by its variable, an operation by its class and, if any, its variable."""
        spot = self.spots[at]
        if spot.kind == "leaf" and spot.label != "leaf":
            return spot.label
        return f"{spot.name} ({spot.alias})" if spot.alias else spot.key

    def _fold(self) -> None:
        """Find the blocks; `order` lists the spots of the operations as the backward pass runs them."""
        self.order = [at for at, spot in enumerate(self.spots) if spot.kind == "op"]
        nodes = [self.graph.nodes[self.spots[at].index] for at in self.order]

        def own(node: GraphNode) -> tuple[str, ...]:
            leaves = (edge.target for edge in node.edges if edge.target is not None and edge.target.is_leaf)
            return next(filter(None, (module_of(self.graph.name_of(leaf.fn.variable)) for leaf in leaves)), ())

        paths = []
        for node in nodes:
            path = own(node)
            for edge in node.edges if not path else ():
                if edge.target is not None and edge.target.op in SHAPES and edge.target.waits_for == 1:
                    path = path or own(edge.target)
            paths.append(path)
        self.items = fold([node.op for node in nodes], paths)
        self.blocks: dict[str, Block] = {}
        self.home: list[Block | None] = [None] * len(self.spots)  # the innermost block of each spot
        for item in self.items:
            for block in item.inner() if isinstance(item, Block) else ():
                block.key = self._key(block.label)
                self.blocks[block.key] = block
                for inner in block.items:
                    if isinstance(inner, int):
                        self.home[self.order[inner]] = block
        place = {at: number for number, at in enumerate(self.order)}
        used: set[int] = set()
        for link in self.links:  # what is no operation lies in the innermost block that holds all its users
            if link.target in place:
                continue
            block = self.home[link.target] if link.target in used else self.home[link.source]
            used.add(link.target)
            while block is not None and not block.first <= place[link.source] <= block.last:
                block = block.parent
            self.home[link.target] = block

    def _let_go(self) -> None:
        """Forget all tensors and nodes: the graph is free to go."""
        del self.graph, self.formulas, self.known, self.drawn, self.into
