"""One step of the training loop that everyone writes, made of a model, a loss, an optimiser and a loader."""

from __future__ import annotations

import contextlib
import copy
import inspect
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from .graph_model import library_of
from .training_batches import Batches
from .training_streams import Streams

Metric = Callable[[Any, Any], Any]  # (prediction, target) -> a number

PER_BATCH = ("OneCycleLR", "CyclicLR")  # schedulers that move on after every batch; the others after every pass
RATES = ("lr", "initial_lr", "max_lr", "min_lr")  # what a scheduler computes learning rates from
TEST_EVERY = 10  # steps at least between two looks at the test data
MAX_METRICS = 6  # as many as there are colours
RESERVED = ("loss", "test loss", "step", "lr")


class Loop:
    """Takes the next batch through the model and back, each time it is called; returns what was measured.

    Args:
        model: An nn.Module, of tensorbook or of PyTorch.
        loss: A module or function of (prediction, target) that gives a 0-d tensor.
        optimizer: An optimiser of the model's parameters.
        loader: Batches (x, y): a DataLoader, or a list of them. They are moved to the model's device.
        scheduler: Sets the learning rate; moved on after every pass, OneCycleLR and CyclicLR after every batch.
        test: (x, y), or a loader: measured after the first step and after a pass, in eval mode and without a graph.
        metrics: Functions of (prediction, target) by name. Where targets are classes, accuracy is one without being
            asked for.
    """

    def __init__(
        self,
        model: Any,
        loss: Callable[[Any, Any], Any],
        optimizer: Any,
        loader: Any,
        *,
        scheduler: Any = None,
        test: Any = None,
        metrics: Mapping[str, Metric] | None = None,
    ):
        self.model, self.loss, self.optimizer, self.scheduler = model, loss, optimizer, scheduler
        self.metrics = dict(metrics or {})
        _check(model, loss, optimizer, scheduler, self.metrics)
        weight = next(model.parameters())
        self._library, self._device = library_of(weight), weight.device
        self.batches = Batches(loader)
        self._test = None if test is None else Batches([test] if _is_pair(test) else test)
        self._untested = TEST_EVERY - 1  # steps since the test data were looked at; the first step is one to look
        self._latest = math.nan
        self._earlier: dict[str, Any] | None = None  # values of another step, to answer with
        closure = inspect.signature(optimizer.step).parameters.get("closure")
        self._needs_closure = closure is not None and closure.default is closure.empty
        x, y = self._here(self.batches.first())
        if _are_classes(y, self.ask(x)):
            self.metrics.setdefault("accuracy", accuracy)
        if len(self.metrics) * (1 if test is None else 2) > MAX_METRICS:
            raise ValueError(
                f"metrics are drawn as at most {MAX_METRICS} curves, not {len(self.metrics)} metrics"
                + ("" if test is None else ", each for the batch and for the test data")
            )

    # -- a step ------------------------------------------------------------------------------------------------------
    def __call__(self, lr: float) -> dict[str, float]:
        measured: dict[str, float] = {}
        batch = self.batches.take()
        if batch is None:  # the end of a pass, where the loader did not know its length
            measured = self._end_pass()
            batch = self.batches.take()
        if not self.model.training:
            self.model.train()
        x, y = self._here(batch)
        prediction, loss = self._learn(x, y)
        self._latest = float(loss.item())
        measured = {"loss": self._latest, **self._measure(prediction, y), **measured}
        if type(self.scheduler).__name__ in PER_BATCH:
            self.scheduler.step()
        self._untested += 1
        if self.batches.at_end:
            measured |= self._end_pass()
        elif self.batches.taken == 1 and not self.batches.passes:
            measured |= self._look_at_test()
        return measured

    def _learn(self, x: Any, y: Any) -> tuple[Any, Any]:
        if self._needs_closure:
            return self._learn_by_closure(x, y)
        self.optimizer.zero_grad()
        prediction = self.model(x)
        loss = self.loss(prediction, y)
        loss.backward()
        self.optimizer.step()
        return prediction, loss

    def _learn_by_closure(self, x: Any, y: Any) -> tuple[Any, Any]:
        """The same for an optimiser that looks at the loss several times a step, as LBFGS does."""
        seen = []

        def closure() -> Any:
            self.optimizer.zero_grad()
            prediction = self.model(x)
            loss = self.loss(prediction, y)
            loss.backward()
            seen.append((prediction, loss))
            return loss

        self.optimizer.step(closure)
        return seen[0]

    def _end_pass(self) -> dict[str, float]:
        self.batches.next_pass()
        on_plateau = type(self.scheduler).__name__ == "ReduceLROnPlateau"
        measured = self._look_at_test() if self._untested >= TEST_EVERY or on_plateau else {}
        if on_plateau:
            self.scheduler.step(measured.get("test loss", self._latest))
        elif self.scheduler is not None and type(self.scheduler).__name__ not in PER_BATCH:
            self.scheduler.step()
        return measured

    def names(self) -> tuple[list[str], list[str]]:
        """What a step measures: losses, and metrics."""
        both = [["loss"], list(self.metrics)]
        return tuple(names + ([f"test {name}" for name in names] if self._test else []) for names in both)

    # -- measuring ---------------------------------------------------------------------------------------------------
    def ask(self, x: Any) -> Any:
        """What the model says, in eval mode; nothing is drawn from a random stream, and no graph is kept."""
        with self._evaluating():
            if self._earlier is not None:
                return self._library.func.functional_call(self.model, self._earlier, (x,))
            return self.model(x)

    def chances(self, x: Any) -> Any:
        """What the model says as a decision: probabilities where the loss takes logits of one class."""
        answer = self.ask(self._here((x,))[0])
        name = getattr(self.loss, "__name__", type(self.loss).__name__)
        return answer.sigmoid() if name in ("BCEWithLogitsLoss", "binary_cross_entropy_with_logits") else answer

    @contextlib.contextmanager
    def as_of(self, parameters: Mapping[str, Any], saved: Mapping[str, Any]) -> Iterator[None]:
        """Have `chances` answer with earlier values, without touching the present ones."""
        self._earlier = {**saved["buffers"], **parameters}
        try:
            yield
        finally:
            self._earlier = None

    @contextlib.contextmanager
    def _evaluating(self) -> Iterator[None]:
        streams = Streams()
        modes = [(module, module.training) for module in self.model.modules()]
        self.model.eval()
        try:
            with self._library.no_grad():
                yield
        finally:
            for module, mode in modes:  # one by one: some may have been put into eval mode for good
                module.training = mode
            streams.put_back()

    def _measure(self, prediction: Any, target: Any) -> dict[str, float]:
        with self._library.no_grad():
            return {name: _number(metric(prediction, target), name) for name, metric in self.metrics.items()}

    def _look_at_test(self) -> dict[str, float]:
        """The mean over the test data of the loss and of each metric."""
        if self._test is None:
            return {}
        self._untested = 0
        total: dict[str, float] = {}
        count = 0
        streams = Streams(self._test.generators())
        try:
            with self._evaluating():
                while (batch := self._test.take()) is not None:
                    x, y = self._here(batch)
                    prediction = self.model(x)
                    found = {"loss": float(self.loss(prediction, y).item()), **self._measure(prediction, y)}
                    for name, value in found.items():
                        total[name] = total.get(name, 0.0) + value * len(y)
                    count += len(y)
        finally:
            self._test.next_pass()
            streams.put_back()
        return {f"test {name}": value / count for name, value in total.items()}

    def _here(self, batch: tuple[Any, ...]) -> tuple[Any, ...]:
        """The batch on the model's device."""
        return tuple(part.to(self._device) if hasattr(part, "to") else part for part in batch)

    def without(self, names: Iterable[str]) -> list[str]:
        """Of these parameters, the names of those that the optimiser does not have."""
        moved = {id(parameter) for group in self.optimizer.param_groups for parameter in group["params"]}
        own = dict(self.model.named_parameters())
        return [name for name in names if id(own[name]) not in moved]

    # -- the learning rate -------------------------------------------------------------------------------------------
    @property
    def lr(self) -> float:
        """The learning rate of the optimiser's first group; setting it changes the others by the same factor."""
        return float(self.optimizer.param_groups[0]["lr"])

    @lr.setter
    def lr(self, value: float) -> None:
        before = self.lr
        for group in self.optimizer.param_groups:
            for name in RATES:
                if name in group:
                    group[name] = float(group[name]) * value / before if before else value
        self.optimizer.param_groups[0]["lr"] = value  # without the rounding of a product and a quotient
        if before and hasattr(self.scheduler, "base_lrs"):
            self.scheduler.base_lrs = [float(rate) * value / before for rate in self.scheduler.base_lrs]

    # -- going back --------------------------------------------------------------------------------------------------
    def save(self) -> dict[str, Any]:
        """All that a step changes, besides the parameters and the random streams."""
        return {
            "buffers": {name: buffer.detach().clone() for name, buffer in self.model.named_buffers()},
            "optimizer": _copied(self.optimizer.state_dict()),
            "scheduler": None if self.scheduler is None else _copied(self.scheduler.state_dict()),
            "place": self.batches.place(),
            "test": (self._untested, self._latest),
        }

    def load(self, saved: dict[str, Any]) -> None:
        """Go back to what `save` gave. What one has set by hand stays: batch size, and learning rate if no scheduler
        sets it."""
        rates = [group["lr"] for group in self.optimizer.param_groups]
        for name, buffer in self.model.named_buffers():
            buffer.copy_(saved["buffers"][name])
        self.optimizer.load_state_dict(_copied(saved["optimizer"]))
        if self.scheduler is not None:
            self.scheduler.load_state_dict(_copied(saved["scheduler"]))
        else:
            for group, rate in zip(self.optimizer.param_groups, rates, strict=True):
                group["lr"] = rate
        self._untested, self._latest = saved["test"]
        self.batches.go_to(saved["place"])

    # -- what the data are -------------------------------------------------------------------------------------------
    def data(self) -> tuple[Any, Any] | None:
        """All the data as one pair, where they are at hand and can be drawn as points; else None."""
        loader = self.batches.loader
        parts = getattr(getattr(loader, "dataset", None), "tensors", None)
        if parts is None and isinstance(loader, (list, tuple)) and len(loader) == 1:
            parts = loader[0]
        if parts is None or len(parts) != 2:
            return None
        x, y = parts
        if not hasattr(x, "detach") or not hasattr(y, "detach") or not x.is_floating_point() or y.numel() != len(x):
            return None
        features = 1 if x.ndim == 1 else x.shape[1] if x.ndim == 2 else 0
        values = np.unique(y.detach().cpu().numpy())
        classes = len(values) <= 5 and np.array_equal(values, np.arange(len(values)))
        return (x, y) if (features == 2 and classes) or (features == 1 and y.is_floating_point()) else None


def accuracy(prediction: Any, target: Any) -> Any:
    """The share of samples whose largest score is that of the right class."""
    return (prediction.argmax(dim=1) == target).float().mean()


def _check(model: Any, loss: Any, optimizer: Any, scheduler: Any, metrics: Mapping[str, Metric]) -> None:
    for name, given in (("model", model), ("loss", loss)):
        if isinstance(given, type):
            raise TypeError(f"{name} is the class {given.__name__}; expected one made of it: {given.__name__}(…)")
    if not hasattr(model, "named_parameters") or not hasattr(model, "eval"):
        raise TypeError(f"model must be an nn.Module, not {type(model).__name__}")
    if not callable(loss):
        raise TypeError(f"loss must be a module or function of (prediction, target), not {type(loss).__name__}")
    if not all(hasattr(optimizer, name) for name in ("param_groups", "zero_grad", "state_dict", "load_state_dict")):
        raise TypeError(
            f"optimizer must be one of torch.optim, not {getattr(optimizer, '__name__', type(optimizer).__name__)}"
        )
    if scheduler is not None and not all(hasattr(scheduler, name) for name in ("step", "state_dict")):
        raise TypeError(f"scheduler must be one of torch.optim.lr_scheduler, not {type(scheduler).__name__}")
    own = {id(parameter) for parameter in model.parameters()}
    if not own:
        raise ValueError(f"model, a {type(model).__name__}, has no parameters to train")
    if own.isdisjoint(id(p) for group in optimizer.param_groups for p in group["params"]):
        raise ValueError("optimizer moves none of the model's parameters; was it made for another model?")
    for name, metric in metrics.items():
        if not isinstance(name, str) or name in RESERVED or not callable(metric):
            raise ValueError(
                f"metrics must be functions of (prediction, target) by names other than {', '.join(RESERVED)}, "
                f"not {name!r}: {metric!r:.40}"
            )


def _is_pair(test: Any) -> bool:
    return isinstance(test, (tuple, list)) and len(test) == 2 and all(hasattr(part, "shape") for part in test)


def _are_classes(target: Any, prediction: Any) -> bool:
    """Whether targets are numbers of classes, and predictions a score for each class."""
    shapes = [tuple(getattr(tensor, "shape", ())) for tensor in (target, prediction)]
    integers = str(getattr(target, "dtype", "")).endswith("int64")
    return integers and len(shapes[1]) > 1 and shapes[0] == shapes[1][:1] + shapes[1][2:]


def _number(value: Any, name: str) -> float:
    try:
        return float(value)
    except (TypeError, ValueError, RuntimeError):
        raise TypeError(
            f"metrics[{name!r}] returned {type(value).__name__}; expected a number or a 0-d tensor"
        ) from None


def _copied(value: Any) -> Any:
    """A copy that shares no memory with what an optimiser or a scheduler goes on changing."""
    if hasattr(value, "detach"):
        return value.detach().clone()
    if isinstance(value, dict):
        return {key: _copied(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(_copied(item) for item in value)
    return copy.copy(value)
