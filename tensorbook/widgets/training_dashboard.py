"""`TrainingDashboard`: your own training step, run and watched and steered while it runs."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import traitlets

from . import training_notes as notes
from .training_curves import MOST_KEPT, KeptRun, plot
from .training_fit import Fit
from .training_loop import Loop, Metric
from .training_picture import draw
from .training_run import Checkpoint, TrainingRun
from .training_steering import Steered
from .training_table import table

DECADES = 3  # the learning rate's slider reaches so many powers of ten up and down


class TrainingDashboard(Steered):
    """Run, pause, step and reset a training run, change its learning rate meanwhile, and look back at what happened.

    Training goes on in short slices between which the notebook's other cells can be run; a slice holds whole steps, so
    a cell never sees parameters in the middle of one. Tensors of tensorbook and of PyTorch fit alike.

    There are two ways to say what a step is. `TrainingDashboard(step, …)` calls your own function.
    `TrainingDashboard(model, loss=…, optimizer=…, loader=…)` writes it for you: zero_grad, model, loss, backward and
    step for one batch; when the loader has given its last one, an epoch is counted and the next begins.

    Args:
        step: One step of training: takes the learning rate, changes the parameters, and returns the loss as a number
            or a 0-d tensor, or a dict of such with a name each (`{"train": …, "test": …}`; warnings look at the first).
            Or the nn.Module to train.
        loss: With a model: a module or function of (prediction, target), `nn.CrossEntropyLoss()`.
        optimizer: With a model: one of `torch.optim`. The slider of the learning rate writes its `param_groups`.
        loader: With a model: a DataLoader, or any iterable of batches (x, y), as `[(x, y)]`.
        test: With a model: (x, y) or a loader to measure, in eval mode, after the first step and after each epoch
            (with at least 10 steps between).
        metrics: With a model: functions of (prediction, target) by name, as `{"accuracy": f}`. Accuracy is there by
            itself where the targets are classes (int64).
        scheduler: With a model: one of `torch.optim.lr_scheduler`, moved on after each epoch (OneCycleLR and CyclicLR
            after each batch; ReduceLROnPlateau gets the test loss, else the latest loss).
        parameters: With a step function, what is trained: a dict name -> tensor, a list of tensors, or an object with
            `named_parameters()`. Their gradients are shown, and `reset` puts their values back.
        lr: With a step function, the learning rate to begin with, above 0 (0.01 if not given).
        data: `(x, y)`, to draw what the model makes of them: x of shape (N,) or (N, features), y of shape (N,) or
            (N, 1); whole numbers (classes) where there are two features. Needs `predict`. With a model it is found
            by itself where there are one or two features.
        predict: A function from inputs like x to predictions like y; for classes to the probability of class 1, or to
            one score per class.
        max_steps: The training is finished after so many steps; None: it goes on until it is paused.
        seed: Seeds Python's, NumPy's, PyTorch's and tensorbook's global random generators, now and at every first step.
        reset: Called without arguments at every reset, for state of your own (a place in the data).
        label: What the loss is, with its unit, for the plot's axis.

    `reset` puts back the values of `parameters` (in place), the random streams, and with a model its buffers, the
    optimizer's state and the place in the data; it clears `.grad` and the history. Learning rate and batch size stay
    where one has put them. Whatever else a `step` function changes is for your `reset` function.

    A loop of one's own needs no dashboard: with `from tqdm.auto import tqdm`, `for x, y in tqdm(loader): …` shows how
    far it is, as a bar in a notebook and as text in a terminal.

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

    >>> x = torch.linspace(-1, 1, 20).unsqueeze(1)
    >>> model = torch.nn.Linear(1, 1)
    >>> optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    >>> TrainingDashboard(model, loss=torch.nn.MSELoss(), optimizer=optimizer, loader=[(x, 3 * x)])
    <TrainingDashboard: Training Linear with SGD: not run yet, learning rate 0.1.>
    """

    module = "training_dashboard"
    after_failure = "The parameters may be half way through that step; reset puts them back to their start."

    scale = traitlets.Enum(["linear", "log"], "linear", help="the scale of the loss axis").tag(sync=True)

    def __init__(
        self,
        step: Any,
        *,
        loss: Callable[[Any, Any], Any] | None = None,
        optimizer: Any = None,
        loader: Any = None,
        test: Any = None,
        metrics: Mapping[str, Metric] | None = None,
        scheduler: Any = None,
        parameters: Any = None,
        lr: float | None = None,
        data: Any = None,
        predict: Callable[[Any], Any] | None = None,
        max_steps: int | None = None,
        seed: int | None = None,
        reset: Callable[[], Any] | None = None,
        label: str = "loss",
    ):
        if (data is None) != (predict is None):
            raise ValueError("data and predict belong together: give both, or neither")
        recipe = {"loss": loss, "optimizer": optimizer, "loader": loader}
        if _is_recipe(step, {**recipe, "test": test, "metrics": metrics, "scheduler": scheduler}):
            own = {"parameters": parameters, "lr": lr}
            _check_recipe(step, recipe, [name for name, value in own.items() if value is not None])
            step = Loop(step, loss, optimizer, loader, scheduler=scheduler, test=test, metrics=metrics)
            parameters = step.model
            if data is None and (data := step.data()) is not None:
                predict = step.chances
        rate = 0.01 if lr is None else lr
        run = TrainingRun(step, parameters, rate, max_steps=max_steps, seed=seed, reset=reset)
        self._fit = None if data is None else Fit(data, predict)
        if self._fit is not None:
            self._fit.compute()  # what is wrong with predict is said now, where it was given
        self._label = label
        self._kept: list[KeptRun] = []
        self._cursor: int | None = None  # the earlier step that is looked at; None: the present
        middle = math.floor(math.log10(run.lr or 1e-3) + 0.5)
        self._lr_range = (middle - DECADES, middle + DECADES)
        super().__init__(run)
        self.refresh()

    # -- from Python -------------------------------------------------------------------------------------------------
    def reset(self) -> None:
        """Back to the start: parameters, optimizer, place in the data, random streams, history, and no `.grad`."""
        self.pause()
        self._cursor = None
        try:
            self._run.reset()
        finally:
            self._end()

    def restore(self, step: int) -> int:
        """Go back to how all was after `step`, and forget what came after; returns the step.

        Parameters, random streams, and with a model its optimizer and the place in the data: training goes on as it
        did then. Copies are kept of at most 128 steps, evenly spread, and of fewer for a large model: the last one
        that is not after `step` is taken. ValueError where no copies are kept.
        """
        self.pause()
        restored = self._run.restore(step)
        self._cursor = None
        self._end()
        return restored

    def keep(self, name: str | None = None) -> None:
        """Keep the curves of this run to compare the next with, and reset; at most three runs stay.

        `name` says what was tried; by default learning rate and batch size. ValueError before the first step.
        """
        if not self.step_count:
            raise ValueError("there is no step to keep yet; run some first")
        if name is None:
            rates, sizes = self._run.history.rows[[0, -1], 1].tolist(), self._run.batch_sizes()
            name = f"lr {_span(rates)}" + (f", batch size {_span(sizes)}" if sizes else "")
        self._kept = [*self._kept, KeptRun.of(self._run.history, str(name))][-MOST_KEPT:]
        self.reset()

    def forget(self) -> None:
        """Draw this run alone again."""
        self._kept = []
        self.refresh()

    @property
    def lr(self) -> float:
        """The learning rate that the next step gets; may be set while it trains."""
        return self._run.lr

    @lr.setter
    def lr(self, value: float) -> None:
        self._run.lr = value
        if not self.running:
            self.refresh()

    @property
    def batch_size(self) -> int | None:
        """How many samples make a batch; None where `loader` does not say.

        It may be set while it trains where `loader` is a DataLoader over a dataset: a new pass over the data begins.
        """
        return None if self._run.loop is None else self._run.loop.batches.batch_size

    @batch_size.setter
    def batch_size(self, size: int) -> None:
        if self._run.loop is None:
            raise ValueError("there is no batch size to set: your step function makes the batches")
        self._run.loop.batches.batch_size = size
        if not self.running:
            self.refresh()

    @property
    def epoch(self) -> int | None:
        """How many passes over `loader` have been made; None where there is a step function."""
        return None if self._run.loop is None else self._run.loop.batches.passes

    # -- from the page -----------------------------------------------------------------------------------------------
    def receive(self, kind: str, data: dict[str, Any]) -> Any:
        """What the page asks for: lr, look and restore besides what `Steered` knows."""
        if kind == "lr":
            self.lr = float(data["lr"])
            return None
        if kind == "batch":
            self.batch_size = int(data["size"])
            return None
        if kind == "look":
            self._cursor = None if data["step"] is None else min(max(int(data["step"]), 0), self.step_count)
            return self.refresh()
        if kind == "restore":
            return self.restore(int(data["step"]))
        if kind == "keep":
            return self.keep()
        if kind == "forget":
            return self.forget()
        return super().receive(kind, data)

    # -- what to show ------------------------------------------------------------------------------------------------
    def compute(self) -> dict[str, Any]:
        run, rate = self._run, self._rate()
        warnings = run.warnings()
        name, means = self._title()
        return {
            "title": name,
            "means": means,
            "status": str(run.status),
            "blocking": self._blocking,
            "sentence": self._sentence(),
            "count": run.step_count,
            "max": run.max_steps,
            "device": run.parameters.device,
            "rate": None if rate is None else float(f"{rate:.3g}"),
            "lr": run.lr,
            "lr_range": self._reach(),
            "batch": self._batch(),
            "at": self._cursor,
            "looked": self._look_back(),
            "line": f"dashboard.restore({run.checkpoint(self._cursor).step})" if self._may_restore() else self._line(),
            "restores": run.checkpoint(self._cursor).step if self._may_restore() else None,
            **self._plots(),
            "kept": [kept.name for kept in self._kept],
            "parameters": table(run, self._then(), [name for note in warnings for name in note.about]),
            "fit": self._draw_fit(),
            "notes": [{"seen": note.seen, "advice": note.advice} for note in warnings],
        }

    def _look_at_present(self) -> None:
        self._cursor = None

    def _title(self) -> tuple[str, str]:
        """What trains, and what is to be read after it."""
        loop = self._run.loop
        if loop is None:
            return getattr(self._run.step, "__name__", "step"), "(lr)"
        return type(loop.model).__name__, f" with {type(loop.optimizer).__name__}"

    def _line(self) -> str:
        if self._run.loop is None:
            return f"{self._title()[0]}({notes.number(self._run.lr)})"
        return f"dashboard.run(steps={self._run.loop.batches.length or 100})"

    def _reach(self) -> list[int]:
        """From which power of ten to which the slider of the learning rate goes: at least to where it stands."""
        low, high = self._lr_range
        if self._run.lr > 0:
            place = math.log10(self._run.lr)
            low, high = min(low, math.floor(place)), max(high, math.ceil(place))
        self._lr_range = (low, high)
        return [low, high]

    def _batch(self) -> dict[str, Any] | None:
        """Where in the data it is, and which batch sizes there are to choose from."""
        if self._run.loop is None:
            return None
        batches = self._run.loop.batches
        return {
            "size": batches.batch_size,
            "sizes": batches.sizes(),
            "epochs": batches.passes,
            "taken": batches.taken,
            "of": batches.length,
        }

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

    def _plots(self) -> dict[str, Any]:
        """The loss; with a model, its metrics in a plot of their own, for they are of another kind."""
        history, end = self._run.history, self._run.step_count
        losses, others = (history.metrics, []) if self._run.loop is None else self._run.loop.names()
        return {
            "loss": plot(history, losses, self._label, end, self._kept),
            "metrics": plot(history, others, "metrics", end, self._kept, zero=False) if others else None,
        }

    def _draw_fit(self) -> dict[str, Any] | None:
        if self._fit is None:
            return None
        run, then = self._run, self._then()
        try:
            if then is not None and then.state is not None and len(run.parameters):
                with run.as_of(then.state):
                    return {**self._fit.compute(), "then": then.step}
            return self._fit.compute()
        except Exception as failure:  # it worked at the start; training goes on without it
            return {"kind": "failed", "message": f"predict raised {type(failure).__name__}: {failure}"}

    def _then(self) -> Checkpoint | None:
        """What is kept of the earlier step that is looked at; None for the present."""
        return None if self._cursor is None else self._run.checkpoint(self._cursor)

    def describe(self) -> str:
        run = self._run
        name, means = self._title()
        facts = [f"Training {'' if run.loop else 'with '}{name}{means}: {self._sentence()}"]
        if run.loss is not None:
            facts.append(f"{run.headline} {notes.number(run.loss)}")
        facts.append(f"learning rate {notes.number(run.lr)}")
        return ", ".join(facts) + "."

    def draw(self, theme: str) -> str:
        return draw(self.picture, self.scale, theme, self.alt)


def _span(values: list[float]) -> str:
    """From the first to the last, which may be the same: `0.1`, `0.1 to 0.01`."""
    return " to ".join(dict.fromkeys(notes.number(value) for value in (values[0], values[-1])))


def _is_recipe(step: Any, given: Mapping[str, Any]) -> bool:
    """Whether one gave a model and what trains it, and no step function."""
    return hasattr(step, "named_parameters") or any(value is not None for value in given.values())


def _check_recipe(model: Any, recipe: Mapping[str, Any], too_much: list[str]) -> None:
    missing = [name for name, value in recipe.items() if value is None]
    if missing:
        raise TypeError(
            f"a model is trained with loss=, optimizer= and loader=; {notes.listing(missing)} "
            f"{'is' if len(missing) == 1 else 'are'} missing. A step function goes without all three"
        )
    if too_much:
        raise TypeError(
            f"{notes.listing(too_much)} cannot be given beside a model: its parameters are trained, "
            "with the learning rate of the optimizer"
        )
