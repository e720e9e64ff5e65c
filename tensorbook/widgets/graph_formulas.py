"""Formulas for the nodes of one graph: the templates of graph_rules filled with names and saved numbers."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from .graph_model import GraphNode
from .graph_rule import FACTORS
from .graph_rules import MANY, rule_for
from .graph_values import number

WEIGHTED = (
    "NllLoss",
    "NllLoss2D",
    "BinaryCrossEntropy",
    "BinaryCrossEntropyWithLogits",
)  # that save their weight, None where there is none
LETTERS = "abcdeuvwpqrs"
LENGTH = 140  # characters of the longest expression that is shown


@dataclass(slots=True)
class Formula:
    """How one node is written down: `names` of its inputs ("" where unknown), `numbers` that it saved."""

    node: GraphNode
    names: list[str]
    numbers: dict[str, str] = field(default_factory=dict)
    kept: dict[str, Any] = field(default_factory=dict)
    """What it saved, by its name and by what templates call it: "0", "1", …, "out"."""

    def __post_init__(self) -> None:
        free = iter([letter for letter in LETTERS if letter not in self.names])
        self.names = [name or next(free, "z") for name in self.names]

    @property
    def rule(self):
        return rule_for(self.node.name, self.node.op, self.numbers)

    def fill(self, template: str, slot: int = 0, names: list[str] | None = None, out: str = "") -> str:
        """A template with its names and numbers put in; `slot` is the input that `{i}` means."""
        names = self.names if names is None else names
        weighted = self.node.op in WEIGHTED and "weight" not in self.numbers  # a tensor, not None
        mean = " / (sum of weights)" if weighted and self.node.op.startswith("Nll") else " / n"
        factors = {name: self.numbers.get(name, "1") for name in FACTORS}
        words = self.numbers | {
            **{name: "" if factor == "1" else f"{factor} * " for name, factor in factors.items()},
            "per": mean if self.numbers.get("reduction", "1") == "1" else "",
            "weighted": " * weight" if weighted else "",
            "out": out or self.node.alias or "out",
            "i": names[slot] if slot < len(names) else "the input",
        }
        if words.get("correction") == "None":
            words["correction"] = "1"
        if exponent := self.numbers.get("exponent"):
            words["less"] = number(float(exponent) - 1)

        def put(match: re.Match[str]) -> str:
            word = match[1]
            if word.isdigit():
                return names[int(word)] if int(word) < len(names) else number(self.kept.get(word, "const"))
            return words.get(word, "…")

        filled = re.sub(r"\{(\w+)\}", put, template.replace("|", ""))
        return filled.replace("**1)", ")").replace("None <= ", "").replace(" <= None", "")

    @property
    def forward(self) -> str:
        """What the operation computes; "" where its rule is not listed."""
        if self.node.op in MANY:
            return f"{self.node.op.lower()}({', '.join(self.names[:4])}{', …' * (len(self.names) > 4)})"
        return self.fill(self.rule.forward) if self.rule else ""

    def passes(self, slot: int) -> str:
        """What goes to the input `slot`, in terms of g; "" where the rule does not say."""
        rule = self.rule
        if rule is None or not rule.passes or (slot >= len(rule.passes) and self.node.op not in MANY):
            return ""
        return self.fill(rule.passes[min(slot, len(rule.passes) - 1)], slot)

    def local_rules(self) -> list[str]:
        """One line for each input that needs a gradient: its partial derivative, or what goes to it."""
        rule, lines = self.rule, []
        whole = self.forward if _binds(self.forward) == 4 else f"({self.forward})"
        for slot, edge in enumerate(self.node.edges):
            if edge.target is None:
                continue
            if rule is not None and slot < len(rule.partials):
                lines.append(f"∂{whole}/∂{self.names[slot]} = {self.fill(rule.partials[slot], slot)}")
            elif text := self.passes(slot):
                lines.append(f"to {self.names[slot]}: {text}")
        return lines[:6]


def expression(root: GraphNode, formulas: Iterable[Formula]) -> str:
    """The whole computation as one line; "" where that is long. A variable that holds a part stands for it.

    `formulas` come in the order of the backward pass, each node before its inputs.
    """
    written: dict[int, str] = {}
    for formula in reversed(list(formulas)):
        names, rule = [], formula.rule
        for slot, (name, edge) in enumerate(zip(formula.names, formula.node.edges, strict=True)):
            inner = edge.target
            if inner is not None and not inner.is_leaf and not inner.alias:
                if inner.index not in written:
                    return ""
                name = written[inner.index]
                name = _within(rule.forward, slot, name) if rule and formula.node.op not in MANY else name
            names.append(name)
        if rule is None or formula.node.op in MANY:
            text = f"{formula.node.op.lower()}({', '.join(names)})"
        else:
            text = formula.fill(rule.forward, 0, names)
        if len(text) <= LENGTH:
            written[formula.node.index] = text
    return written.get(root.index, "")


def _binds(formula: str) -> int:
    """How tightly a formula holds together: 1 a sum, 2 a product, 3 a power, 4 a name or a call.

    >>> _binds("a * b + c"), _binds("a @ (b + c)"), _binds("exp(a + b)")
    (1, 2, 4)
    """
    depth, found = 0, 4
    for word in re.findall(r"[()]|\*\*|[^\s()]+", formula):
        if word in "()":
            depth += 1 if word == "(" else -1
        elif not depth:
            found = min(found, {"+": 1, "-": 1, "*": 2, "/": 2, "@": 2, "**": 3}.get(word, 1 if word[0] == "-" else 4))
    return found


def _within(template: str, slot: int, inner: str) -> str:
    """A formula as the input `slot` of another, in parentheses where it needs them.

    >>> _within("{0} ** 2", 0, "a + b"), _within("sum({0})", 0, "a + b"), _within("{0} - {1}", 0, "a + b")
    ('(a + b)', 'a + b', 'a + b')
    """
    place = f"{{{slot}}}"
    if re.search(rf"\w\(([^()]*, )?{re.escape(place)}[,)]", template):
        return inner  # the parentheses of a call
    outer, own = _binds(template), _binds(inner)
    right = not template.startswith(place) and " + " not in template
    return f"({inner})" if own < outer or (own == outer < 4 and (right or outer == 3)) else inner
