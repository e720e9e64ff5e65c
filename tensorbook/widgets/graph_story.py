"""What the graph explorer shows, as plain JSON: nodes and edges in their places, and the backward pass step by step."""

from __future__ import annotations

import itertools
from collections import Counter
from dataclasses import dataclass
from typing import Any

from .graph_formulas import Formula, expression
from .graph_layout import layout
from .graph_model import Edge, Graph, GraphNode
from .graph_rules import rule_for
from .graph_trace import Step, Trace
from .graph_values import glimpse, number, shape_text
from .graph_words import leaf_filled, made_at, operation_ran, plain, reason, why_stopped
from .svg import shorten, text_width

LIMIT = 400  # more nodes than this are summarised,
SHOWN = 80  # and so many steps of the backward pass are drawn
BOX, LEAF = 32, 48  # heights


@dataclass(slots=True, eq=False)
class Spot:
    """One thing that is drawn: an operation, a leaf, data that needs no gradient, or the part that is left out."""

    kind: str
    key: str
    label: str
    shape: str
    node: GraphNode | None = None
    value: Any = None  # the tensor, of data

    def size(self, gradients: int) -> tuple[int, int]:
        """Width and height of the box, the same on every machine."""
        sides, least, height = (56, 136, LEAF) if self.kind == "leaf" else (56, 80, BOX)
        text = text_width(self.label, 13, weight=600) + text_width(self.shape, 11, mono=True)
        text += 4 * sum(letter in "mMwW" for letter in self.label)  # wider than the average letter
        width = int(sides + text + (30 if gradients > 1 else 0))
        return -(-max(width, least) // 8) * 8, height


class Story:
    """Reads the graph once; `picture` is the result. It holds no tensor afterwards."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.cut = len(graph.nodes) > LIMIT
        trace = Trace(graph)
        self.glimpses: list[dict[str, Any]] = []
        self.spots: list[Spot] = []
        self.spot_of: dict[int, int] = {}  # index of a node → its spot
        self.known: dict[int, int] = {}  # id of a tensor without gradient → its spot
        self.edges: list[dict[str, Any]] = []
        self.steps: list[dict[str, Any]] = []
        self.saved: dict[int, list[dict[str, Any]]] = {}
        self.formulas: dict[int, Formula] = {}
        self.shapes: dict[int, str] = {}  # index of a node → shape of its output
        self.keys: Counter[str] = Counter()
        self.into: dict[int, dict[int, int]] = {}  # spot → {edge: its glimpse}, while the spot waits
        run = list(itertools.islice(trace, SHOWN)) if self.cut else None
        ran = run if run is not None else list(trace)
        self.failure = trace.failure
        self._choose(ran)
        for step in ran:
            self._tell(step)
        self.picture = self._picture(len(ran))

    # what is drawn ---------------------------------------------------------------------------------------------

    def _choose(self, ran: list[Step]) -> None:
        shown = [step.node for step in ran]
        if self.failure:
            shown.append(self.failure.node)
        if not self.cut:
            chosen = {node.index for node in shown}
            shown += [node for node in self.graph.nodes if node.index not in chosen]
        self.order = {node.index: at for at, node in enumerate(shown)}
        for step in ran:
            for output, gradient in enumerate(step.incoming):
                if gradient is not None and (not output or step.node.index not in self.shapes):
                    self.shapes[step.node.index] = shape_text(gradient.shape)
        for node in shown:
            shape = node.expects(0)[0]
            if shape is not None and node.index not in self.shapes:
                self.shapes[node.index] = shape_text(shape)
            self.spot_of[node.index] = len(self.spots)
            self.spots.append(self._spot(node))
        for node in shown:
            self._read(node)
        rest = len(self.graph.nodes) - len(shown)
        if rest:
            self.spots.append(Spot("more", "more", f"{rest:,} more", ""))

    def _spot(self, node: GraphNode) -> Spot:
        shape = self.shapes.get(node.index, "")
        if node.is_leaf:
            name = self.graph.name_of(node.fn.variable)
            return Spot("leaf", self._key(name or "leaf"), shorten(name or "leaf", 24), shape, node)
        label = f"{node.alias} = {node.op}" if node.alias else node.op
        return Spot("op", self._key(node.name), shorten(label, 28), shape, node)

    def _key(self, name: str) -> str:
        self.keys[name] += 1
        return name if self.keys[name] == 1 else f"{name} #{self.keys[name]}"

    def _read(self, node: GraphNode) -> None:
        """The saved values of a node, and the names of its inputs in formulas."""
        rule = rule_for(node.name, node.op)
        numbers: dict[str, str] = {}
        inputs: dict[int, Any] = {}
        listed = []
        for name, value in node.saved():
            if isinstance(value, RuntimeError):
                listed.append({"name": name, "text": reason(str(value)), "bad": True})
                continue
            inputs[rule.saved.get(name, -1) if rule else -1] = value
            if not hasattr(value, "detach"):
                numbers[name] = plain(value)
                if rule is None or name in rule.numbers:  # not a shape or a flag that the formulas do not speak of
                    listed.append({"name": name, "text": numbers[name]})
            elif self._is_number(value):
                numbers[name] = number(value.item())
                listed.append({"name": name, "text": numbers[name]})
            else:
                seen = {"glimpse": self._glimpse(value), "called": self.graph.name_of(value)}
                listed.append({"name": name, **seen, "version": int(getattr(value, "_version", 0))})
        self.saved[node.index] = listed
        self.formulas[node.index] = Formula(node, self._link(node, inputs), numbers)

    def _is_number(self, value: Any) -> bool:
        """A Python number that became a tensor, as the 2 in x / 2."""
        return not value.dim() and not value.requires_grad and not self.graph.name_of(value)

    def _link(self, node: GraphNode, inputs: dict[int, Any]) -> list[str]:
        """Draw the edges that leave a node; the result is what its inputs are called, "" where they have no name."""
        source, names, beyond = self.spot_of[node.index], [], 0
        for edge in node.edges:
            name = ""
            if edge.target is None:
                name = self._constant(source, edge, inputs.get(edge.slot))
            else:
                target = edge.target
                name = self.graph.name_of(target.fn.variable) if target.is_leaf else target.alias
                if target.index in self.spot_of:
                    self._edge(source, self.spot_of[target.index], edge)
                else:
                    beyond += 1
            names.append(name)
        if beyond:
            self.edges.append(
                {"from": source, "to": -1, "slot": len(node.edges), "kind": "more", "text": f"{beyond} more", "port": 0}
            )
        return names

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
            self.spots.append(
                Spot(
                    "data", self._key(name or "data"), shorten(name or "data", 24), shape_text(value.shape), None, value
                )
            )
        self._edge(source, at, edge, "data")
        return name or "data"

    def _edge(self, source: int, target: int, edge: Edge, kind: str = "grad") -> None:
        self.edges.append(
            {"from": source, "to": target, "slot": edge.slot, "port": edge.port, "kind": kind, "text": ""}
        )

    # the steps -------------------------------------------------------------------------------------------------

    def _tell(self, step: Step) -> None:
        node, at = step.node, self.spot_of[step.node.index]
        told: dict[str, Any] = {"node": at, "incoming": [self._arrived(at, g) for g in step.incoming]}
        if node.is_leaf:
            told["before"] = self._glimpse(step.before) if step.before is not None else None
            told["after"] = self._glimpse(step.after) if step.after is not None else None
            if step.before is None:
                told["after"] = told["incoming"][0]
        known = {(e["from"], e["slot"]): e for e in self.edges if e["from"] == at} if step.outgoing else {}
        for edge, gradient in step.outgoing:
            drawn = known.get((at, edge.slot))
            if drawn is None or drawn["kind"] != "grad":
                continue
            drawn["text"] = self._passes(step, edge, gradient)
            if gradient is not None:
                drawn["glimpse"] = self._glimpse(gradient)
                if edge.target.outputs == 1:
                    self.into.setdefault(drawn["to"], {})[id(edge)] = drawn["glimpse"]
        self.steps.append(told)

    def _arrived(self, at: int, gradient: Any) -> int | None:
        if gradient is None:
            return None
        single = self.into.pop(at, {})
        if len(single) == 1 and self.graph.nodes[self.spots[at].node.index].waits_for == 1:
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
        if each and came is not None and tuple(gradient.shape) != tuple(came.shape):
            text += f" summed to {shape_text(gradient.shape)}"
        return text or "a gradient"

    # the whole -------------------------------------------------------------------------------------------------

    def _picture(self, steps: int) -> dict[str, Any]:
        graph, last = self.graph, len(self.spots) - 1
        for edge in self.edges:
            edge["to"] = last if edge["to"] < 0 else edge["to"]
        arrivals = Counter(edge["to"] for edge in self.edges if edge["kind"] == "grad")
        sizes = [spot.size(arrivals[at]) for at, spot in enumerate(self.spots)]
        places = layout(sizes, [(edge["from"], edge["to"]) for edge in self.edges])
        at_step = {told["node"]: number for number, told in enumerate(self.steps, 1)}
        self.leaving: dict[int, list[dict[str, Any]]] = {}
        self.arrives: dict[int, list[int]] = {}  # spot → the steps that send it a gradient
        for edge in self.edges:
            if edge["kind"] == "grad":
                self.leaving.setdefault(edge["from"], []).append(edge)
                self.arrives.setdefault(edge["to"], []).append(at_step.get(edge["from"], 1 << 30))
        for edge, first in zip(self.edges, places.first, strict=True):
            edge["path"] = first
        root = graph.root
        return {
            "title": root.alias or "output",
            "expression": self._expression(),
            "shape": shape_text(graph.output.shape),
            "count": len(graph.nodes),
            "leaves": sum(node.is_leaf for node in graph.nodes),
            "width": places.width,
            "height": places.height,
            "nodes": [self._node(at, places.boxes[at], at_step.get(at)) for at in range(len(self.spots))],
            "edges": self.edges,
            "segments": [[s.x0, s.y0, s.bend, s.x1, s.y1, s.next] for s in places.segments],
            "glimpses": self.glimpses,
            "steps": [{**told, "words": self._words(n, told)} for n, told in enumerate(self.steps, 1)],
            "notes": self._notes(steps),
            "failed": self.spot_of.get(self.failure.node.index) if self.failure else None,
            "summary": Counter(node.op for node in graph.nodes).most_common(12) if self.cut else [],
            "empty": "",
        }

    def _node(self, at: int, box: tuple[int, int, int, int], step: int | None) -> dict[str, Any]:
        spot, node = self.spots[at], self.spots[at].node
        found: dict[str, Any] = {
            "key": spot.key,
            "kind": spot.kind,
            "label": spot.label,
            "shape": spot.shape,
            "box": list(box),
            "step": step,
            "name": spot.key,
        }
        if spot.kind == "data":
            found["name"], found["value"] = "data", self._glimpse(spot.value)
        if node is None:
            return found
        found["name"] = node.name
        found["saved"] = self.saved[node.index]
        found["next"] = [
            [edge.target.name, edge.port, self.spot_of.get(edge.target.index)] if edge.target else ["None", 0, None]
            for edge in node.edges
        ]
        if line := made_at(node.fn):
            found["line"] = line
        if not node.is_leaf:
            formula = self.formulas[node.index]
            found["forward"] = f"{node.alias or 'out'} = {formula.forward}" if formula.forward else ""
            found["rules"] = formula.local_rules()
            found["inputs"] = formula.names
        return found

    def _expression(self) -> str:
        if self.cut or len(self.graph.nodes) > 60:
            return ""
        operations = sorted((spot.node for spot in self.spots if spot.kind == "op"), key=lambda n: self.order[n.index])
        return expression(self.graph.root, [self.formulas[node.index] for node in operations])

    def _called(self, at: int) -> str:
        spot = self.spots[at]
        return spot.label if spot.kind == "leaf" and spot.label != "leaf" else spot.key

    def _words(self, at_step: int, told: dict[str, Any]) -> str:
        """The step in one or two sentences."""
        at, spot = told["node"], self.spots[told["node"]]
        start = f"step {at_step} of {len(self.steps)}: "
        if spot.kind == "leaf":
            before, after = (None if told[k] is None else self.glimpses[told[k]] for k in ("before", "after"))
            return start + leaf_filled(self._called(at), before, after)
        leaving = self.leaving.get(at, [])
        waiting = []
        for target in dict.fromkeys(edge["to"] for edge in leaving):
            if left := sum(step > at_step for step in self.arrives[target]):
                waiting.append((self._called(target), left))
        return start + operation_ran(spot.key, [(e["text"], self._called(e["to"])) for e in leaving], waiting)

    def _notes(self, steps: int) -> list[dict[str, str]]:
        """What one has to know about this pass; `tone` is "warn" where it stops short."""
        notes = []
        graph, failure = self.graph, self.failure
        if graph.output.numel() != 1:
            notes.append(
                f"The output has shape {shape_text(graph.output.shape)}, so backward() needs a gradient to start from. "
                "Here it starts from ones, as for the sum of all elements."
            )
        if self.cut:
            notes.append(
                f"This graph has {len(graph.nodes):,} nodes. The first {steps} steps of its backward pass, "
                "those nearest to the output, are shown."
            )
        hooked = [spot.key for spot in self.spots if spot.kind == "leaf" and spot.node.has_hook]
        if hooked:
            have = "have hooks" if len(hooked) > 1 else "has a hook"
            notes.append(f"{', '.join(hooked[:4])} {have}: backward() would call it, this picture does not.")
        found = [{"tone": "", "text": text} for text in notes]
        if failure:
            found.append({"tone": "warn", "text": why_stopped(self._called(self.spot_of[failure.node.index]), failure)})
        return found
