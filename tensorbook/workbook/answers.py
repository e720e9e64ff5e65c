"""Right and wrong answers to the exercises: one file ID.py for each, of parts that are the whole text of its cell.

# %% solution
# %% wrong: a regular expression for what check should say of it

They stand in tests/solutions of the source, never in a notebook, and are no part of an installed package.
"""

import re
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[2] / "tests" / "solutions"


@dataclass(frozen=True)
class Answer:
    """One answer; ``says`` is what ``check`` must say of it, empty for a solution."""

    exercise_id: str
    says: str
    code: str

    @property
    def right(self) -> bool:
        return not self.says


def answers(exercise_id: str, folder: Path = FOLDER) -> list[Answer]:
    """The answers of one exercise in the order of its file; FileNotFoundError where it has none."""
    text = (folder / f"{exercise_id}.py").read_text(encoding="utf-8")
    parts = re.split(r"^# %% (solution|wrong: *.+)\n", text, flags=re.MULTILINE)
    return [
        Answer(exercise_id, head.removeprefix("solution").removeprefix("wrong:").strip(), code.strip())
        for head, code in zip(parts[1::2], parts[2::2], strict=True)
    ]


def solution(exercise_id: str, folder: Path = FOLDER) -> str:
    """The first right answer to an exercise; LookupError where there is none."""
    try:
        return next(answer.code for answer in answers(exercise_id, folder) if answer.right)
    except (FileNotFoundError, StopIteration):
        raise LookupError(f"there is no solution of {exercise_id} in {folder}") from None
