"""The parameters of a training run as a table: value or shape, what the weights are like, the norm of the gradient."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

from . import training_notes as notes
from .training_run import Checkpoint, TrainingRun
from .training_weights import summary

ROWS = 12  # parameters listed


def table(run: TrainingRun, then: Checkpoint | None, warned: Iterable[str]) -> dict[str, Any]:
    """The rows as JSON, of the present or of an earlier step."""
    if then is None:
        step, gradients, scalars = run.step_count, run.watched.gradients, run.parameters.scalars()
        weights: Mapping[str, Any] = run.parameters.tensors
    else:
        step, gradients, scalars = then.step, then.gradients, then.scalars
        weights = then.state.parameters if then.state else {}
    largest = run.watched.largest if then is None else run.largest_until(step)
    warned = set(warned)
    rows = []
    for name, shape in run.parameters.shapes().items():
        row = {"name": name, "value": notes.number(scalars[name]) if name in scalars else str(shape)}
        row |= _norm(gradients.get(name), largest)
        row["warn"] = name in warned
        if len(rows) < ROWS:
            row["weights"] = summary(weights[name]) if name in weights and name not in scalars else None
        rows.append(row)
    hidden = rows[ROWS:]
    norms = [row["norm"] for row in hidden if row["norm"] is not None]
    more = f"and {len(hidden)} more" if hidden else ""
    if norms:
        more += f", with gradient norms from {notes.number(min(norms))} to {notes.number(max(norms))}"
    return {
        "step": step,
        "rows": rows[:ROWS],
        "more": more,
        "largest": max((row["norm"] for row in rows if row["norm"] is not None), default=0.0),
    }


def _norm(norm: float | None, largest: float) -> dict[str, Any]:
    """A gradient's norm to be shown, without the digits that are float32's rounding.

    A gradient is a sum of terms that nearly cancel as training converges. Of the largest one seen until then,
    five digits are meant; what lies below them differs from one processor to the next.

    >>> _norm(0.0025681, 300.0), _norm(1e-7, 0.5)["text"]
    ({'norm': 0.003, 'text': '0.003', 'exact': '0.0025681'}, '< 1e-6')
    """
    if norm is None or not math.isfinite(norm):
        return {"norm": None, "text": "None" if norm is None else notes.number(norm), "exact": None}
    if norm == 0:
        return {"norm": 0.0, "text": "0", "exact": "0.0"}
    digits = 5 - math.floor(math.log10(largest))
    shown = round(norm, digits)
    text = notes.number(shown) if shown else f"< {notes.number(10.0**-digits)}"
    return {"norm": shown, "text": text, "exact": repr(norm)}
