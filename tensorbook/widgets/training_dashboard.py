"""`TrainingDashboard`: your own training step, run and watched and steered while it runs."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import traitlets

from . import training_notes as notes
from .training_axes import linear_axis, log_axis, significant
from .training_fit import Fit
from .training_picture import draw
from .training_run import TrainingRun
from .training_steering import Steered

POINTS = 400  # points of all curves together that the page gets, however long the run
ROWS = 12  # parameters listed
DECADES = 3  # the learning rate's slider reaches so many powers of ten up and down


class TrainingDashboard(Steered):
    """Run, pause, step and reset a training run, change its learning rate meanwhile, and look back at what happened.

    Training goes on in short slices between which the notebook's other cells can be run; a slice holds whole steps, so
    a cell never sees parameters in the middle of one. Tensors of tensorbook and of PyTorch fit alike.

    Args:
        step: One step of training: takes the learning rate, changes the parameters, and returns the loss as a number
            or a 0-d tensor, or a dict of such with a name each (`{"train": …, "test": …}`; warnings look at the first).
        parameters: What is trained: a dict name -> tensor, a list of tensors, or an object with `named_parameters()`.
            Their gradients are shown, and `reset` puts their values back.
        lr: The learning rate to begin with, above 0.
        data: `(x, y)`, to draw what the model makes of them: x of shape (N,) or (N, features), y of shape (N,) or
            (N, 1); whole numbers (classes) where there are two features. Needs `predict`.
        predict: A function from inputs like x to predictions like y; for classes to the probability of class 1, or to
            one score per class.
        max_steps: The training is finished after so many steps; None: it goes on until it is paused.
        seed: Seeds Python's, NumPy's, PyTorch's and tensorbook's global random generators, now and at every reset.
        reset: Called without arguments at every reset, for state of your own (an optimiser, a place in the data).
        label: What the loss is, with its unit, for the plot's axis.

    `reset` puts back the values of `parameters` (in place), clears their `.grad`, seeds anew where `seed` was given,
    and empties the history. Whatever else `step` changes is for your `reset` function.

    >>> import tensorbook as torch
    >>> w = torch.tensor(0.0, requires_grad=True)
    >>> def step(lr):
    ...     w.grad = None
    ...     loss = (w - 3) ** 2
    ...     loss.backward()
    ...     with torch.no_grad():
    ...         w.sub_(lr * w.grad)
    ...     return loss
    >>> TrainingDashboard(step, parameters=[w], lr=0.25).run(steps=10)
    <TrainingDashboard: Training with step(lr): paused at step 10, loss 3.433e-5, learning rate 0.25.>
    """

    module = "training_dashboard"
    after_failure = "The parameters may be half way through that step; reset puts them back to their start."

    scale = traitlets.Enum(["linear", "log"], "linear", help="the scale of the loss axis").tag(sync=True)

    def __init__(
        self,
        step: Callable[[float], Any],
        *,
        parameters: Any = None,
        lr: float = 0.01,
        data: Any = None,
        predict: Callable[[Any], Any] | None = None,
        max_steps: int | None = None,
        seed: int | None = None,
        reset: Callable[[], Any] | None = None,
        label: str = "loss",
    ):
        if (data is None) != (predict is None):
            raise ValueError("data and predict belong together: give both, or neither")
        run = TrainingRun(step, parameters, lr, max_steps=max_steps, seed=seed, reset=reset)
        self._fit = None if data is None else Fit(data, predict)
        if self._fit is not None:
            self._fit.compute()  # what is wrong with predict is said now, where it was given
        self._label = label
        self._cursor: int | None = None  # the earlier step that is looked at; None: the present
        middle = math.floor(math.log10(run.lr) + 0.5)
        self._lr_range = (middle - DECADES, middle + DECADES)
        super().__init__(run)
        self.refresh()

    # -- from Python -------------------------------------------------------------------------------------------------
    def reset(self) -> None:
        """Back to the start: parameter values, `.grad`, the history, and the random generators if `seed` was given."""
        self.pause()
        self._cursor = None
        try:
            self._run.reset()
        finally:
            self._end()

    def restore(self, step: int) -> int:
        """Put the parameters back to what they were after `step`, and forget what came after; returns the step.

        Copies are kept of at most 128 steps, evenly spread: the last one that is not after `step` is taken. An
        optimiser's state and random generators are not put back. ValueError where no copies are kept.
        """
        self.pause()
        restored = self._run.restore(step)
        self._cursor = None
        self._end()
        return restored

    @property
    def lr(self) -> float:
        """The learning rate that the next step gets; may be set while it trains."""
        return self._run.lr

    @lr.setter
    def lr(self, value: float) -> None:
        self._run.lr = value
        place = math.log10(self._run.lr)
        self._lr_range = (min(self._lr_range[0], math.floor(place)), max(self._lr_range[1], math.ceil(place)))
        if not self.running:
            self.refresh()

    # -- from the page -----------------------------------------------------------------------------------------------
    def receive(self, kind: str, data: dict[str, Any]) -> Any:
        """What the page asks for: lr, look and restore besides what `Steered` knows."""
        if kind == "lr":
            self.lr = float(data["lr"])
            return None
        if kind == "look":
            self._cursor = None if data["step"] is None else min(max(int(data["step"]), 0), self.step_count)
            return self.refresh()
        if kind == "restore":
            return self.restore(int(data["step"]))
        return super().receive(kind, data)

    # -- what to show ------------------------------------------------------------------------------------------------
    def compute(self) -> dict[str, Any]:
        run, rate = self._run, self._rate()
        warnings = run.warnings()
        return {
            "step": getattr(run.step, "__name__", "step"),
            "status": str(run.status),
            "blocking": self._blocking,
            "sentence": self._sentence(),
            "count": run.step_count,
            "max": run.max_steps,
            "device": run.parameters.device,
            "rate": None if rate is None else float(f"{rate:.3g}"),
            "lr": run.lr,
            "lr_range": list(self._lr_range),
            "at": self._cursor,
            "looked": self._look_back(),
            "line": f"dashboard.restore({run.checkpoint(self._cursor).step})" if self._may_restore() else self._line(),
            "restores": run.checkpoint(self._cursor).step if self._may_restore() else None,
            "loss": self._loss(),
            "parameters": self._parameters({name for note in warnings for name in note.about}),
            "fit": self._draw_fit(),
            "notes": [{"seen": note.seen, "advice": note.advice} for note in warnings],
        }

    def _look_at_present(self) -> None:
        self._cursor = None

    def _line(self) -> str:
        return f"{getattr(self._run.step, '__name__', 'step')}({notes.number(self._run.lr)})"

    def _look_back(self) -> str:
        """What was measured at the step that is looked at: the page has only some of the steps."""
        if self._cursor is None:
            return ""
        row = self._run.history.nearest(self._cursor) if self._cursor else None
        if row is None:
            return "step 0, before the first step"
        measured = [f"{name} {notes.number(row[name])}" for name in self._run.history.metrics if row[name] == row[name]]
        return " · ".join([f"step {row['step']:,}", *measured, f"lr {notes.number(row['lr'])}"])

    def _may_restore(self) -> bool:
        return self._cursor is not None and self._run.restorable

    def _loss(self) -> dict[str, Any]:
        history = self._run.history
        rows = history.overview(POINTS)
        curves = rows[:, 2:]
        finite = curves[np.isfinite(curves)]
        low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
        end = max(self._run.step_count, 10)
        return {
            "label": self._label,
            "names": list(history.metrics),
            "steps": rows[:, 0].astype(int).tolist(),
            "lr": significant(rows[:, 1].tolist(), 4),
            "curves": [significant(column.tolist()) for column in curves.T],
            "x": linear_axis(0, end, ticks=5, whole=True),
            "linear": linear_axis(min(low, 0.0), max(high, 0.0)),
            "log": log_axis(finite.tolist()),
            "thinned": history.stretch,
        }

    def _draw_fit(self) -> dict[str, Any] | None:
        if self._fit is None:
            return None
        try:
            return self._fit.compute()
        except Exception as failure:  # it worked at the start; training goes on without it
            return {"kind": "failed", "message": f"predict raised {type(failure).__name__}: {failure}"}

    def _parameters(self, warned: set[str]) -> dict[str, Any]:
        run = self._run
        if self._cursor is None:
            step, gradients, scalars = run.step_count, run.watched.gradients, run.parameters.scalars()
        else:
            kept = run.checkpoint(self._cursor)
            step, gradients, scalars = kept.step, kept.gradients, kept.scalars
        rows = [
            {
                "name": name,
                "value": notes.number(scalars[name]) if name in scalars else str(shape),
                **_norm(gradients.get(name), run.watched.largest),
                "warn": name in warned,
            }
            for name, shape in run.parameters.shapes().items()
        ]
        hidden = rows[ROWS:]
        norms = [row["norm"] for row in hidden if row["norm"] is not None]
        more = f"and {len(hidden)} more" if hidden else ""
        if norms:
            more += f", with norms from {notes.number(min(norms))} to {notes.number(max(norms))}"
        return {
            "step": step,
            "rows": rows[:ROWS],
            "more": more,
            "largest": max((row["norm"] for row in rows if row["norm"] is not None), default=0.0),
        }

    def describe(self) -> str:
        run = self._run
        facts = [f"Training with {getattr(run.step, '__name__', 'step')}(lr): {self._sentence()}"]
        if run.loss is not None:
            facts.append(f"{run.headline} {notes.number(run.loss)}")
        facts.append(f"learning rate {notes.number(run.lr)}")
        return ", ".join(facts) + "."

    def draw(self, theme: str) -> str:
        return draw(self.picture, self.scale, theme, self.alt)


def _norm(norm: float | None, largest: float) -> dict[str, Any]:
    """A gradient's norm to be shown, without the digits that are float32's rounding.

    A gradient is a sum of terms that nearly cancel as training converges. Of the largest one seen, five digits are
    meant; what lies below them differs from one processor to the next.

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
