"""Early warnings: what was seen in a training run, what it may mean, and what to try.

Each function looks at one thing and returns a Note, or None when there is nothing to say.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

VANISHING = 30  # a weight that gets this many times less gradient than another one is worth a word
RUN_OF_RISES = 6  # rises in a row that are no accident any more
EXPLODING = 100  # gradients this many times longer than at first are worth a word
LOOKS = 3  # looks in a row that must agree
WINDOW = 20  # steps over which noisy losses are averaged


@dataclass(frozen=True)
class Note:
    """A warning in words: what was seen, what to try, and the parameters that it is about."""

    seen: str
    advice: str
    about: tuple[str, ...] = ()


def not_finite(name: str, value: float, step: int, lr: float) -> Note | None:
    """The loss is nan or infinite.

    >>> not_finite("loss", float("nan"), 12, 0.5).seen
    'loss is nan at step 12'
    """
    if math.isfinite(value):
        return None
    return Note(
        f"{name} is {number(value)} at step {step:,}",
        f"A number grew too large for its dtype, or a log or a division met 0. "
        f"Try reset, then a learning rate of {number(lr / 10)}.",
    )


def rising(name: str, losses: Sequence[float], lr: float) -> Note | None:
    """The loss goes up: many times in a row, or clearly from one window of steps to the next.

    >>> rising("loss", [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0], 0.1).seen
    'loss rose 6 steps in a row, from 1 to 64'
    >>> rising("loss", [3.0, 2.0, 2.5, 1.9, 1.7, 1.8, 1.6], 0.1) is None
    True
    """
    if not all(map(math.isfinite, losses)):
        return None
    seen = None
    last = losses[-RUN_OF_RISES - 1 :]
    if len(last) > RUN_OF_RISES and all(a < b for a, b in pairwise(last)):
        if last[-1] - last[0] > 0.1 * abs(last[0]):
            seen = f"{name} rose {RUN_OF_RISES} steps in a row, from {number(last[0])} to {number(last[-1])}"
    elif len(losses) >= 2 * WINDOW:
        (before, spread_before), (after, spread_after) = map(
            _mean_and_error, (losses[-2 * WINDOW : -WINDOW], losses[-WINDOW:])
        )
        if after - before > max(3 * math.hypot(spread_before, spread_after), 0.1 * abs(before)):
            seen = (
                f"{name} rises: {number(after)} over the last {WINDOW} steps, {number(before)} over the {WINDOW} before"
            )
    if seen is None:
        return None
    return Note(seen, f"The steps may overshoot. Try a learning rate of {number(lr / 10)}.")


def vanishing(norms: Mapping[str, float], shapes: Mapping[str, tuple[int, ...]]) -> Note | None:
    """One weight matrix gets far less gradient than another.

    Only tensors of two or more dims are compared: the gradient of a bias or a single number has another scale.

    >>> shapes = {"0.weight": (8, 2), "2.weight": (8, 8)}
    >>> vanishing({"0.weight": 0.01, "2.weight": 0.5}, shapes).seen
    '0.weight gets 50 × less gradient than 2.weight'
    """
    weights = {name: value for name, value in norms.items() if len(shapes[name]) > 1 and 0 < value < math.inf}
    if len(weights) < 2:
        return None
    least, most = min(weights, key=weights.get), max(weights, key=weights.get)  # type: ignore[arg-type]
    ratio = weights[most] / weights[least]
    if ratio < VANISHING:
        return None
    return Note(
        f"{least} gets {number(float(f'{ratio:.2g}'))} × less gradient than {most}",
        "It may be vanishing. Try ReLU instead of tanh or sigmoid, or larger initial weights.",
        (least,),
    )


def all_zero(norms: Mapping[str, float], loss: float) -> Note | None:
    """A gradient is exactly zero although the loss is not."""
    zero = tuple(name for name, value in norms.items() if value == 0)
    if not zero or loss == 0:
        return None
    if len(zero) == len(norms):
        return Note(
            "every gradient is exactly 0",
            "Nothing can be learned from here: the loss may not depend on the parameters, or every ReLU may be off. "
            "Try reset with a smaller learning rate or other initial values.",
            zero,
        )
    return Note(
        f"{listing(zero)}: the gradient is exactly 0",
        "A ReLU that is off for every input passes none on. Try a smaller learning rate or other initial values.",
        zero,
    )


def carried_over(steps: int) -> Note | None:
    """`.grad` still held the gradient of the step before, in each of the first so many steps."""
    if steps < 4:
        return None
    return Note(
        f".grad was added to in each of the first {steps + 1} steps, never set back to zero",
        "Each update then uses the sum of all gradients so far. "
        "Try setting .grad to None (or calling zero_grad()) before backward.",
    )


def exploding(before: float, now: float, loss_before: float, loss: float, lr: float) -> Note | None:
    """The gradients of all parameters together are far longer than at first, and the loss is no better for it.

    >>> exploding(0.5, 800.0, 2.3, 9.1, 0.1).seen
    'gradients are 1600 × as long as at first, and the loss has not fallen'
    >>> exploding(0.5, 1.6e15, 2.3, 9.1, 0.1).seen
    'gradients are 3.2e15 × as long as at first, and the loss has not fallen'
    """
    if not math.isfinite(now):
        seen = f"a gradient is {number(now)}"
    elif before > 0 and now >= EXPLODING * before and loss >= loss_before:
        times = number(now / before, 2) if now >= 1e6 * before else f"{float(f'{now / before:.2g}'):.0f}"
        seen = f"gradients are {times} × as long as at first, and the loss has not fallen"
    else:
        return None
    return Note(
        seen,
        f"They may be exploding. Try reset with a learning rate of {number(lr / 10)}, or, before each update, "
        "nn.utils.clip_grad_norm_(parameters, 1): it shortens all gradients together to a length of at most 1.",
    )


def dead(lately: Sequence[Mapping[str, tuple[int, int]]]) -> Note | None:
    """Half of a ReLU's units or more are 0 for every sample, in each of the last steps that were looked at.

    >>> dead([{"1": (12, 16)}, {"1": (9, 16)}, {"1": (10, 16)}]).seen
    'ReLU 1: 9 of 16 units are 0 for every sample'
    """
    if len(lately) < LOOKS:
        return None
    for name, (_, units) in lately[-1].items():
        off = min(silent.get(name, (0, units))[0] for silent in lately)
        if off >= max(2, units / 2):
            return Note(
                f"ReLU {name}: {off} of {units} units are 0 for every sample",
                "They pass no gradient on, so they may stay dead. Try reset with a smaller learning rate, LeakyReLU, "
                "or other initial values.",
            )
    return None


def overfitting(name: str, best: float, step: int, now: float, loss: str) -> Note:
    """The loss on the test data rises while that of the training falls."""
    return Note(
        f"{name} rises, {number(now)} after {number(best)} at step {step:,}, while {loss} falls",
        f"The model may be learning these very samples. Try stopping near step {step:,}, weight decay, dropout, a "
        "smaller model or more data.",
    )


def unchanged(names: Sequence[str], steps: int) -> Note | None:
    """Parameters that got a gradient and still have their first values."""
    if not names or steps < 3:
        return None
    name = names[0]
    return Note(
        f"{listing(names)} still {'has its' if len(names) == 1 else 'have their'} first values after {steps:,} steps",
        f"{name} = {name} - … makes a new tensor and leaves this one alone. "
        f"Try changing it in place, under no_grad: {name} -= lr * {name}.grad.",
        tuple(names),
    )


def left_out(names: Sequence[str]) -> Note | None:
    """Parameters that get a gradient, and that the optimiser does not have.

    >>> left_out(["2.weight"]).seen
    'the optimizer does not have 2.weight, which gets a gradient'
    """
    if not names:
        return None
    return Note(
        f"the optimizer does not have {listing(names)}, which {'gets' if len(names) == 1 else 'get'} a gradient",
        "No step changes these. Try making it from model.parameters(), or, where they are to stay as they are, "
        "requires_grad_(False), which saves the work of their gradients.",
        tuple(names),
    )


def number(value: float, digits: int = 4) -> str:
    """A number for people: at most four significant digits, without an exponent where that stays short.

    >>> number(0.0312345), number(1234567.0), number(1e-7), number(float("nan"))
    ('0.03123', '1.235e6', '1e-7', 'nan')
    """
    text = f"{value:.{digits}g}"
    mantissa, e, exponent = text.partition("e")
    return f"{mantissa}e{int(exponent)}" if e else text


def listing(names: Iterable[str]) -> str:
    """Names for a sentence, at most three of them.

    >>> listing(["w"]), listing(["w", "b"]), listing(["a", "b", "c", "d"])
    ('w', 'w and b', 'a, b and 2 more')
    """
    names = list(names)
    if len(names) > 3:
        names = [*names[:2], f"{len(names) - 2} more"]
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def _mean_and_error(values: Sequence[float]) -> tuple[float, float]:
    mean = sum(values) / len(values)
    variance = sum((value - mean) ** 2 for value in values) / (len(values) - 1)
    return mean, math.sqrt(variance / len(values))
