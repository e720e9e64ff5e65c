"""Where the notebooks are, and the tags and metadata that their cells carry."""

from pathlib import Path

FOLDER = Path(__file__).resolve().parents[2] / "notebooks"

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
