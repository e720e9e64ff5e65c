"""Whether the loss on the test data rises while that of the training falls."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from statistics import median

from . import training_notes as notes

NAMES = tuple(
    name + end for name in ("test", "val", "valid", "validation") for end in ("", " loss", "_loss")
)  # what people call it
BY = 1.1  # times the lowest value so far is more than chance


class HeldOut:
    """Remembers the lowest test loss so far and the latest three.

    >>> held = HeldOut()
    >>> for step, (train, test) in enumerate([(0.9, 1.0), (0.5, 0.8), (0.3, 0.9), (0.2, 1.0), (0.1, 1.1)]):
    ...     held.look({"train": train, "test": test}, step, [train])
    >>> held.note("train").seen
    'test rises, 1 after 0.8 at step 1, while train falls'
    """

    def __init__(self) -> None:
        self._name = ""
        self._best = (float("inf"), 0, 0.0)  # test loss, step, training loss around it
        self._train = 0.0  # training loss around the latest look
        self._lately: deque[float] = deque(maxlen=notes.LOOKS)  # test losses since the lowest

    def look(self, metrics: Mapping[str, float], step: int, losses: Sequence[float]) -> None:
        """Take in what a step measured; `losses` are those of the training lately."""
        self._name = self._name or next((name for name in metrics if name.lower() in NAMES), "")
        if self._name not in metrics:
            return
        window = list(losses)[-notes.WINDOW :]
        self._train = sum(window) / len(window)
        if metrics[self._name] < self._best[0]:
            self._best = (metrics[self._name], step, self._train)
            self._lately.clear()
        else:
            self._lately.append(metrics[self._name])

    def note(self, loss: str) -> notes.Note | None:
        best, step, train = self._best
        if len(self._lately) < notes.LOOKS or not self._train < train or self._name == loss:
            return None
        now = median(self._lately)
        return notes.overfitting(self._name, best, step, now, loss) if now > best + (BY - 1) * abs(best) else None
