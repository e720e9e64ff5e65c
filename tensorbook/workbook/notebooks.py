"""Where the notebooks are, what their cells carry, and what their kernels inherit."""

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]
FOLDER = PACKAGE / "notebooks"
if not FOLDER.is_dir():  # an installed package carries the notebooks inside itself, a clone has them beside it
    FOLDER = PACKAGE.parent / "notebooks"

RAISES = "raises-exception"
"""A cell that fails on purpose, to be read."""

UNCOMPARED = "nbval-ignore-output"
"""A cell whose output is another on each machine, so that nothing compares it."""


def tags(cell: dict) -> list[str]:
    """The tags of a cell."""
    return cell["metadata"].get("tags", [])


def grading(cell: dict) -> dict:
    """A cell's nbgrader metadata, empty where it has none."""
    return cell["metadata"].get("nbgrader", {})


def answer_metadata(exercise_id: str) -> dict:
    """nbgrader's metadata (schema 3) for the cell that a learner fills in."""
    return _metadata(f"{exercise_id}-answer", solution=True, grade=False)


def check_metadata(exercise_id: str, points: int = 1) -> dict:
    """nbgrader's metadata (schema 3) for the cell that checks it."""
    return {**_metadata(f"{exercise_id}-check", solution=False, grade=True), "points": points}


def _metadata(grade_id: str, *, solution: bool, grade: bool) -> dict:
    flags = {"grade": grade, "grade_id": grade_id, "locked": not solution, "schema_version": 3}
    return {**flags, "solution": solution, "task": False}


def select(names: list[str] | None = None, folder: Path = FOLDER) -> list[Path]:
    """The notebooks whose file name begins with one of the names; all of them for no name."""
    found = sorted(folder.glob("*.ipynb"))
    if not names:
        return found
    chosen = []
    for name in names:
        stem = Path(name).stem
        matching = [path for path in found if path.stem.startswith(stem)]
        if not matching:
            raise FileNotFoundError(f"no notebook begins with {name!r} in {folder}: {[p.stem for p in found]}")
        chosen += [path for path in matching if path not in chosen]
    return chosen


@contextlib.contextmanager
def kernel_environment() -> Iterator[None]:
    """For kernels started inside: this very tensorbook, installed or not, and nobody's progress.

    A kernel inherits the environment of whoever starts it.
    """
    before = {name: os.environ.get(name) for name in ("PYTHONPATH", "TENSORBOOK_PROGRESS")}
    with tempfile.TemporaryDirectory() as scratch:
        os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(PACKAGE.parent), before["PYTHONPATH"]]))
        os.environ["TENSORBOOK_PROGRESS"] = str(Path(scratch) / "progress.json")
        try:
            yield
        finally:
            for name, value in before.items():
                if value is None:
                    del os.environ[name]
                else:
                    os.environ[name] = value
