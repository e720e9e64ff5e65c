"""How much of each entry of the incoming gradient is in one entry that a node passes on.

Every node is linear in its incoming gradient g, so the derivative of one outgoing entry with respect to g has the
weights: autograd is asked for it, at the node alone. So any operation's rule can be written with its numbers.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from .graph_model import Edge
from .graph_trace import Step, fit
from .graph_values import MOST_TERMS, Place, item, number, place_text, signed, sum_text, unravel

LARGE = 500_000  # elements: of more no weights are asked for, which would take as long as the step itself


class Weights:
    """Of one step; the node runs once more, recorded, when the first edge asks."""

    def __init__(self, step: Step, library: Any) -> None:
        self.step, self.library = step, library
        self.recorded: tuple[list[Any], tuple] | None = None

    @property
    def may_ask(self) -> bool:
        """Not for a function of the user's, which might print or count its calls: it has run once."""
        fn = self.step.node.fn
        return callable(fn) and not hasattr(fn, "saved_tensors")

    def line(self, edge: Edge, gradient: Any, place: Place, moves: bool, before: bool) -> tuple[Place, str]:
        """The place of an entry, and its sum: of entries of g where the operation `moves` them, else of products.

        `before`: g is the first factor. Where numbers move, an entry that came from another place is preferred.
        """
        sizes = [g.numel() for g in (gradient, *self.step.incoming) if g is not None]
        if not self.may_ask or sum(sizes) > LARGE:
            return place, ""
        try:
            for at in [*_candidates(gradient), place] if moves else [place]:
                sources, count = self._sources(edge, at)
                if any(source != at for _, source, _, _ in sources):
                    break
        except (RuntimeError, NotImplementedError, TypeError, ValueError):  # it has no second derivative
            return place, ""
        if moves and all(weight == 1 for *_, weight in sources):
            names = sum_text([name + place_text(source) for name, source, _, _ in sources], count)
            if count <= 1:  # g alone is its entry in the same place
                return at, "".join(name for name, source, _, _ in sources if source == at) or names
            return at, f"{names.partition('  ')[0]} = {sum_text([number(value) for _, _, value, _ in sources], count)}"
        total = sum(value * weight for *_, value, weight in sources)
        if count == len(sources) and not math.isclose(total, item(gradient, at), rel_tol=1e-2, abs_tol=1e-6):
            return place, ""  # the second derivative has an exception here
        pairs = [(value, weight) if before else (weight, value) for *_, value, weight in sources]
        return at, sum_text([f"{number(one)} * {signed(other)}" for one, other in pairs], count)

    def _sources(self, edge: Edge, place: Place) -> tuple[list[tuple[str, Place, float, float]], int]:
        """Of the first entries of g that are in an entry: name, place, value, weight; and how many there are in all."""
        library = self.library
        with library.enable_grad():
            if self.recorded is None:
                given = [None if g is None else g.detach().requires_grad_() for g in self.step.incoming]
                results = self.step.node.fn(*given)
                self.recorded = given, results if isinstance(results, tuple) else (results,)
            given, results = self.recorded
            entry = fit(results[edge.slot], *edge.target.expects(edge.port))[place]
        outputs = [output for output, g in enumerate(given) if g is not None]
        rows = library.autograd.grad(entry, [given[i] for i in outputs], retain_graph=True, allow_unused=True)
        found, count = [], 0
        for output, row in zip(outputs, rows, strict=True):
            if row is None:
                continue
            (where,) = (row.reshape(-1) != 0).nonzero(as_tuple=True)
            count += len(where)
            for flat in where[: MOST_TERMS + 1].tolist():
                source = unravel(flat, tuple(row.shape))
                name = "g" if len(outputs) == 1 else f"g{output}"
                found.append((name, source, item(given[output], source), item(row, source)))
        return found, count


def _candidates(gradient: Any) -> Iterator[Place]:
    count, shape = gradient.numel(), tuple(gradient.shape)
    for flat in dict.fromkeys((1 % count, 0, count - 1)):
        if item(gradient, place := unravel(flat, shape)):
            yield place
