"""How an exercise is declared, and how it is found by its id.

The exercises of one notebook stand in one file, ``exercises/eNN_*.py``, loaded when an id that
begins with ``NN-`` is first asked for.
"""

import difflib
import importlib
import pkgutil
import re
from collections.abc import Callable
from dataclasses import dataclass

from tensorbook.workbook import exercises

REGISTRY: dict[str, "Exercise"] = {}


@dataclass(frozen=True, slots=True)
class Exercise:
    """One exercise: ``names`` are the variables or functions that the learner fills in."""

    id: str
    title: str
    names: tuple[str, ...]
    hints: tuple[str, str, str]
    checker: Callable[..., None]

    @property
    def notebook(self) -> str:
        """The number of the notebook it belongs to, such as ``"02"``."""
        return self.id[:2]


class UnknownExercise(LookupError):
    """There is no exercise of that id."""


def exercise(exercise_id: str, title: str, names: str, *, hints: tuple[str, str, str]) -> Callable:
    """Declare an exercise; the decorated checker gets a Report and one argument per name.

    ``names`` is a space-separated string. The three hints say where to look, what to use, and
    almost the line.

    >>> from tensorbook.workbook.exercise import exercise
    >>> @exercise("99-double", "Double it", "double", hints=("Look at *.", "Use 2 * x.", "return 2 * ..."))
    ... def double(report, answer):
    ...     x = report.numbers(3)
    ...     report.same(report.call(answer, x), 2 * x, "double(x)")
    """
    if not re.fullmatch(r"\d\d-[a-z0-9-]+", exercise_id):
        raise ValueError(f"an exercise's id looks like '02-strides', not {exercise_id!r}")
    if len(hints) != 3:
        raise ValueError(f"{exercise_id} needs three hints, it has {len(hints)}")

    def declare(checker: Callable[..., None]) -> Callable[..., None]:
        known = REGISTRY.get(exercise_id)
        # A reloaded module declares its exercises again; two modules must not share an id.
        if known and known.checker.__module__ != checker.__module__:
            raise ValueError(f"{exercise_id} is declared in {known.checker.__module__} already")
        REGISTRY[exercise_id] = Exercise(exercise_id, title, tuple(names.split()), tuple(hints), checker)
        return checker

    return declare


def load(notebook: str = "") -> list[Exercise]:
    """All exercises of one notebook (``"02"``), or of the whole course, in the order declared."""
    for module in pkgutil.iter_modules(exercises.__path__):
        if module.name.startswith(f"e{notebook}"):
            importlib.import_module(f"{exercises.__name__}.{module.name}")
    return [e for e in REGISTRY.values() if e.id.startswith(notebook)]


def find(exercise_id: str) -> Exercise:
    """The exercise of that id; UnknownExercise names the nearest ids where there is none."""
    if not isinstance(exercise_id, str):
        raise UnknownExercise(f"an exercise is asked for by its id, such as '02-strides'; this is {_kind(exercise_id)}")
    if exercise_id not in REGISTRY and re.match(r"\d\d-", exercise_id):
        load(exercise_id[:2])
    if exercise_id in REGISTRY:
        return REGISTRY[exercise_id]
    near = difflib.get_close_matches(exercise_id, [e.id for e in load()], n=3)
    advice = f"did you mean {' or '.join(near)}?" if near else "the id stands in the cell below the answer"
    raise UnknownExercise(f"there is no exercise {exercise_id!r}: {advice}")


def _kind(value: object) -> str:
    return f"of type {type(value).__name__}"
