"""``check``, ``hint`` and ``reset``, as the notebooks call them."""

import importlib
import re
import sys
import types
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tensorbook.workbook import record
from tensorbook.workbook.exercise import UnknownExercise, find, load
from tensorbook.workbook.report import NotAttempted, Off, Report

NOT_ATTEMPTED = "not attempted yet: replace the ... in the cell above, run it, then run this cell again."

_attempts: Counter[str] = Counter()
_hints_given: Counter[str] = Counter()


@dataclass(frozen=True, slots=True)
class Result:
    """The verdict on one answer: what is right, and the first thing that is off (None: nothing is)."""

    exercise_id: str
    right: tuple[str, ...] = ()
    off: str | None = None
    attempted: bool = True

    @property
    def solved(self) -> bool:
        return self.attempted and self.off is None

    def __str__(self) -> str:
        if not self.attempted:
            return f"{self.exercise_id}: {self.off or NOT_ATTEMPTED}"
        lines = [f"  ✓ {line}" for line in self.right]
        if self.off is not None:
            lines.append(f"  ✗ {self.off}")
        return "\n".join([f"{self.exercise_id}: {'solved' if self.solved else 'not there yet'}", *lines])


def check(exercise_id: str, *answer: Any) -> None:
    """Say whether the answer to an exercise is right, and if not, the first thing that is off.

    The answer is taken from the variables of the calling cell, under the names that the exercise
    asks for, or from the arguments. Nothing an answer does makes this raise.

    >>> check("00-first-steps", ...)
    00-first-steps: not attempted yet: replace the ... in the cell above, run it, then run this cell again.
    """
    frame = sys._getframe(1)
    try:
        result = evaluate(exercise_id, {**frame.f_globals, **frame.f_locals}, answer)
    except UnknownExercise as error:
        print(f"check: {error}")
        return
    except Exception as error:  # a checker that an odd answer has thrown off its rails
        print(f"{exercise_id}: not there yet\n  ✗ this answer cannot be read ({type(error).__name__}: {error})")
        return
    if result.attempted:
        record.remember(exercise_id, solved=result.solved)
    print(result)


def evaluate(exercise_id: str, namespace: Mapping[str, Any], answer: Sequence[Any] = ()) -> Result:
    """The verdict on an answer, without printing or remembering it."""
    exercise = find(exercise_id)
    if answer:
        if len(answer) != len(exercise.names):
            off = (
                f"this exercise takes {len(exercise.names)} answer(s) ({', '.join(exercise.names)}), not {len(answer)}."
            )
            return Result(exercise_id, off=off)
        answers = list(answer)
    else:
        missing = [name for name in exercise.names if name not in namespace]
        if missing:
            off = f"there is no {missing[0]} yet: run the cell that defines it, then this cell again."
            return Result(exercise_id, off=off, attempted=False)
        answers = [namespace[name] for name in exercise.names]
    if all(value is ... for value in answers):
        return Result(exercise_id, attempted=False)
    blank = [name for name, value in zip(exercise.names, answers, strict=True) if value is ...]
    if blank:
        return Result(exercise_id, off=f"{' and '.join(blank)} {'is' if len(blank) == 1 else 'are'} still ...")
    torch = _library(namespace)
    report = Report(exercise_id, torch, _attempts[exercise_id])
    _attempts[exercise_id] += 1
    random_state = torch.get_rng_state()  # a check must not change the numbers that the next cell draws
    try:
        exercise.checker(report, *answers)
    except Off as off:
        return Result(exercise_id, tuple(report.right), str(off))
    except NotAttempted:
        return Result(exercise_id, attempted=False)
    finally:
        torch.set_rng_state(random_state)
    return Result(exercise_id, tuple(report.right))


def hint(exercise_id: str, level: int | None = None) -> None:
    """Print the next hint for an exercise: where to look, what to use, almost the line.

    Each call goes one level further; ``level`` asks for that one.
    """
    try:
        hints = find(exercise_id).hints
    except UnknownExercise as error:
        print(f"hint: {error}")
        return
    if level is None:
        level = _hints_given[exercise_id] = min(_hints_given[exercise_id] + 1, len(hints))
    if level not in range(1, len(hints) + 1):
        print(f"hint: the levels are 1, 2 and 3, not {level!r}")
        return
    print(f"{exercise_id}, hint {level} of {len(hints)}: {hints[level - 1]}")


def reset(what: str) -> None:
    """Forget the progress of one exercise, or of a whole notebook by its number, and begin its hints anew.

    Only the record that ``progress`` shows changes, and only for what is named; the answer in the notebook stays.

    >>> reset("06-chain-rule")
    06-chain-rule: there was no progress to forget.
    >>> reset("06")
    06: there was no progress to forget.
    """
    try:
        a_notebook = isinstance(what, str) and re.fullmatch(r"\d\d", what)
        ids = [each.id for each in load(what)] if a_notebook else [find(what).id]
        forgotten = record.forget(ids)
    except UnknownExercise as error:
        print(f"reset: {error}")
        return
    except OSError as error:
        print(f"reset: the record of your progress cannot be changed ({error.strerror}); nothing was forgotten.")
        return
    for exercise_id in ids:
        _hints_given.pop(exercise_id, None)
    if not ids:
        print(f"reset: there is no notebook {what} with exercises.")
    elif not forgotten:
        print(f"{what}: there was no progress to forget.")
    else:
        counts = Counter(forgotten)
        was = ", ".join(f"{counts[verdict]} {verdict}" for verdict in ("solved", "attempted") if counts[verdict])
        print(f"{what}: progress forgotten ({was}). What stands in the notebook stays there.")


def _library(namespace: Mapping[str, Any]) -> types.ModuleType:
    """The library that the learner's ``torch`` is: tensorbook, or PyTorch itself."""
    named = namespace.get("torch")
    return named if isinstance(named, types.ModuleType) else importlib.import_module("tensorbook")
