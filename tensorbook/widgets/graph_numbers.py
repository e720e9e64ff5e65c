"""A local rule with its numbers: one entry of the gradient that a node passes on, term by term.

`Numbers(formula, step, library).line(edge, gradient)` writes "[0, 1]: 0.5 * 2 - 1 * 3 = -2". How, the rule says for
each input (`Rule.way`): by the formula of one entry, as a product of matrices, or as entries of g, each times its
weight (graph_weights). What stands left of the last equals sign is read from what the node saved and from the gradient
that came in; right of it stands the entry that the node passed on.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterator, Sequence
from typing import Any

from .graph_formulas import Formula
from .graph_model import Edge
from .graph_rule import ENTRY, MOVES
from .graph_trace import Step
from .graph_values import MOST_TERMS, Place, first, item, number, place_text, signed, sum_text, unravel
from .graph_weights import Weights

WORDS = re.compile(r"mean\(⟨0⟩\)|sum\(g \* ⟨out⟩\)|sum\(g\)|\(sum of weights\)|⟨\w+⟩|\b(?:g|n|alpha|target|weight)\b")
NOTHING = re.compile(r"[/*] \(?0\)?(?=[ )]|$)")  # a division by 0, perhaps


class Numbers:
    """The lines of one step."""

    def __init__(self, formula: Formula, step: Step, library: Any) -> None:
        self.formula = formula
        came = [gradient for gradient in step.incoming if gradient is not None]
        self.came = came[0] if len(came) == 1 and not came[0].is_complex() else None
        self.weights = Weights(step, library)

    def line(self, edge: Edge, gradient: Any) -> str:
        """The rule of an edge with the numbers of one entry; "" where they cannot be told."""
        if first(gradient) is None:
            return ""
        rule, shape = self.formula.rule, tuple(gradient.shape)
        way, text = rule.way(edge.slot) if rule else "", ""
        place = _place(gradient, ":" in way)
        if way == ENTRY and self.came is not None:
            text = self._entry(edge.slot, place, shape)
            if "/" in text and NOTHING.search(text) and math.isfinite(item(gradient, place)):
                text = ""  # the formula has an exception here
        elif ":" in way and self.came is not None:
            text = self._product(edge.slot, way, place, len(shape))
        if not text:
            before = rule is None or self.formula.passes(edge.slot).startswith("g")
            place, text = self.weights.line(edge, gradient, place, way == MOVES, before)
        text, _, note = text.partition("  ")
        where, value = f"{place_text(place)}: " if gradient.numel() > 1 else "", number(item(gradient, place))
        if text:
            return f"{where}{text} = {value}{f' ({note})' if note else ''}"
        if not self.weights.may_ask and self.came is not None and self.came.shape == gradient.shape:
            return f"{where}g = {number(item(self.came, place))} becomes {value}"
        return ""

    # by the formula of one entry -----------------------------------------------------------------------------------

    def _entry(self, slot: int, place: Place, shape: Place) -> str:
        came = tuple(self.came.shape)
        count = math.prod(came) // math.prod(shape)
        if count <= 1:
            return self._filled(slot, place, shape)
        places = list(itertools.islice(_stretched(place, shape, came), MOST_TERMS + 1))
        terms = [self._filled(slot, at, came, alone=False) for at in places]
        return sum_text(terms, count, f"summed over {_stretched_dims(shape, came)}") if all(terms) else ""

    def _filled(self, slot: int, place: Place, shape: Place, alone: bool = True) -> str:
        """The formula of one entry with its numbers; where it is g `alone`, g by its place: its number follows."""
        formula = self.formula
        text = formula.fill(formula.rule.formula(slot), slot, ["⟨0⟩", "⟨1⟩", "⟨2⟩"], "⟨out⟩")
        if text in ("g", "-g") and alone:
            at = self._align(self.came, place, shape)
            return "" if at is None else text + place_text(at) * (at not in (place, ()))
        found = {word: self._read(word, place, shape) for word in set(WORDS.findall(text))}
        tie = re.search(r"⟨(0|1)⟩ > ⟨(0|1)⟩", text) and found["⟨0⟩"] == found["⟨1⟩"]  # where both get a half
        if "…" in text or tie or None in found.values():
            return ""
        text = WORDS.sub(lambda match: signed(found[match[0]]), text)
        text = re.sub(r"\((\(-[^()]*\))\)", r"\1", text)  # a call's parentheses are enough
        return re.sub(r"^\((-[^()]*)\)(?=[^*]*\* |$)", r"\1", text)  # and none are needed where a product begins

    def _read(self, word: str, place: Place, shape: Place) -> float | None:
        """The number that a word of a formula stands for, at one entry; None where it cannot be told."""
        kept, came = self.formula.kept, self.came
        total = kept.get("total_weight")  # of a loss over classes
        match word:
            case "g":
                return self._element(came, place, shape)
            case "n" | "(sum of weights)":
                return math.prod(shape) / came.numel() if total is None else float(total) or None
            case "weight" if total is not None:  # one for each class
                return item(kept["weight"], (place[min(1, len(place) - 1)],))
            case "mean(⟨0⟩)":
                return self._whole(kept.get("0"), "mean", place, shape)
            case "sum(g)":
                return self._whole(came, "sum", place, shape)
            case "sum(g * ⟨out⟩)":
                return self._whole(came * kept["out"].detach(), "sum", place, shape) if "out" in kept else None
        return self._element(kept.get(word.strip("⟨⟩")), place, shape)

    def _whole(self, tensor: Any, what: str, place: Place, shape: Place) -> float | None:
        """The sum or mean of a tensor along the dims that the operation reduced."""
        if tensor is None or tuple(tensor.shape) != shape or "dim" not in self.formula.kept:
            return None
        dims = self._dims(len(shape))
        whole = getattr(tensor.detach(), what)
        return self._element(whole(dims, keepdim=True) if dims else whole(), place, shape)

    def _element(self, value: Any, place: Place, shape: Place) -> float | None:
        if not hasattr(value, "detach"):
            return value if isinstance(value, (int, float)) else None
        at = None if value.is_complex() else self._align(value, place, shape)
        return None if at is None else item(value, at)

    def _align(self, tensor: Any, place: Place, shape: Place) -> Place | None:
        """Where a tensor holds what belongs to an entry: it may lack the reduced dims, or be stretched to the shape."""
        own, dims = tuple(tensor.shape), self._dims(len(shape))
        rest = [dim for dim in range(len(shape)) if dim not in dims]
        if own != shape and own == tuple(shape[dim] for dim in rest):
            return tuple(place[dim] for dim in rest)
        if math.prod(own) == 1:
            return (0,) * len(own)
        skipped = len(shape) - len(own)
        if skipped < 0 or any(a not in (1, b) for a, b in zip(own, shape[skipped:], strict=True)):
            return None
        return tuple(0 if a == 1 else i for a, i in zip(own, place[skipped:], strict=True))

    def _dims(self, count: int) -> tuple[int, ...]:
        """The dims that the operation reduced; () where it was all of them, or none."""
        saved = self.formula.kept.get("dim")
        saved = () if saved is None else saved if isinstance(saved, (tuple, list)) else (saved,)
        return tuple((dim - 2**64 if dim >= 2**63 else dim) % count for dim in saved) if count else ()

    # products of matrices ------------------------------------------------------------------------------------------

    def _product(self, slot: int, way: str, place: Place, dims: int) -> str:
        """By letters for the dims, as einsum has them: "g:ik 1:jk" makes the entry ij (or bij), summed over k."""
        sides = [factor.split(":") for factor in way.split()]
        tensors = [self.came if name == "g" else self.formula.kept.get(name) for name, _ in sides]
        for tensor, (_, letters) in zip(tensors, sides, strict=True):
            if tensor is None or tensor.dim() != len(letters) or tensor.is_complex():
                return ""
        at = dict(zip("bij" if dims == 3 else "ij", place, strict=False))
        sizes: dict[str, int] = {}
        for tensor, (_, letters) in zip(tensors, sides, strict=True):
            sizes |= dict(zip(letters, tensor.shape, strict=True))
        count = sizes.get("k", 1)

        def term(k: int) -> str:
            at["k"] = k
            one, other = (
                item(t, tuple(at[x] for x in letters)) for t, (_, letters) in zip(tensors, sides, strict=True)
            )
            return f"{number(one)} * {signed(other)}"

        text = sum_text([term(k) for k in range(min(count, MOST_TERMS + 1))], count)
        factor = self.formula.numbers.get("alpha", "1")
        if factor == "1" or not self.formula.rule.passes[slot].startswith("{alpha}"):
            return text
        inner, space, note = text.partition("  ")
        return f"{factor} * ({inner}){space}{note}"


def _place(gradient: Any, second: bool) -> Place:
    """The first entry that is not zero, or the very first; where asked for the `second`, column 1 of a matrix."""
    shape = tuple(gradient.shape)
    at = unravel(int(second and gradient.numel() > 1), shape)
    if item(gradient, at):
        return at
    (found,) = (gradient.detach().reshape(-1) != 0).nonzero(as_tuple=True)
    return unravel(int(found[0]) if len(found) else 0, shape)


def _stretched(place: Place, shape: Place, stretched: Place) -> Iterator[Place]:
    """All places of the stretched shape that one entry was copied to."""
    extra = len(stretched) - len(shape)
    ranges = [
        range(size) if dim < extra or shape[dim - extra] != size else (place[dim - extra],)
        for dim, size in enumerate(stretched)
    ]
    return itertools.product(*ranges)


def _stretched_dims(shape: Place, stretched: Sequence[int]) -> str:
    """Which dims the gradient is summed over: "dim 0", "dims 0 and 2"."""
    extra = len(stretched) - len(shape)
    dims = [str(dim) for dim, size in enumerate(stretched) if dim < extra or shape[dim - extra] != size]
    return f"dim{'s' * (len(dims) > 1)} {' and '.join(dims)}"
