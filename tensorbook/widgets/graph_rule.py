"""How the local rule of an operation is written: what it computes, and what it hands to each input in backward.

In a formula `g` is the gradient that comes in, `{0}`, `{1}`, … stand for the inputs and `{out}` for the result. Another
name in braces is something that the node saved (`{exponent}`, and `{less}` for one less); `{per}` is " / n" where a
loss takes the mean. What follows a `|` is words: not part of the formula of one entry.

Each input has a way in which its rule is written with numbers (graph_numbers):

- ENTRY: the formula holds for one entry, with the entries of all tensors in its place. `n` is how many entries share
  one g; `sum(g)`, `sum(g * {out})` and `mean({0})` go along the dims that the operation reduced.
- MOVES: what goes out is entries of g in other places, or sums of such.
- "g:ik 1:jk": a product of matrices, by letters for their dims; `1` is the saved input 1, and `k` is summed over.
- "": entries of g, each times a weight.
"""

from __future__ import annotations

import re
from typing import NamedTuple

ENTRY, MOVES = "entry", "moves"
FACTORS = ("alpha", "beta", "value")
"""Saved numbers that stand before something as a factor, and vanish where they are 1."""


class Rule(NamedTuple):
    """`forward` as code; `passes` to each input; `partials` where the rule is a derivative for each element.

    `saved` tells which input a saved tensor is (`{"other": 1}`), so that an input without gradient gets its name.
    """

    forward: str
    passes: tuple[str, ...]
    ways: tuple[str, ...]
    partials: tuple[str, ...] = ()
    saved: dict[str, int] = {}

    @property
    def numbers(self) -> set[str]:
        """The saved numbers that its formulas show."""
        words = {word for text in (self.forward, *self.passes) for word in re.findall(r"\{([a-z]\w*)\}", text)}
        return words - {"out", "i", "less", "per", "weighted", *FACTORS}

    def way(self, slot: int) -> str:
        return self.ways[min(slot, len(self.ways) - 1)] if self.ways else ""

    def formula(self, slot: int) -> str:
        """Of one entry: what goes to an input, without the words."""
        return self.passes[slot].partition("|")[0] if slot < len(self.passes) else "…"


def each(forward: str, *partials: str, **saved: int) -> Rule:
    """An elementwise rule: g times the partial derivative goes out. One named "d …" is not written out."""
    passes = tuple(re.sub(r"\bg \* (-?)(\{alpha\})?1$", r"\1\2g", f"g * {partial}") for partial in partials)
    ways = tuple("" if partial.startswith("d ") else ENTRY for partial in partials)
    return Rule(forward, passes, ways, partials, saved)


def entry(forward: str, *passes: str, **saved: int) -> Rule:
    return Rule(forward, passes, (ENTRY,) * len(passes), (), saved)


def moves(forward: str, *passes: str, **saved: int) -> Rule:
    return Rule(forward, passes, (MOVES,) * len(passes), (), saved)


def product(forward: str, *passes: tuple[str, str], **saved: int) -> Rule:
    """Each input's rule with its way."""
    texts, ways = zip(*passes, strict=True)
    return Rule(forward, texts, ways, (), saved)


def rule(forward: str, *passes: str, **saved: int) -> Rule:
    return Rule(forward, passes, ("",) * len(passes), (), saved)
