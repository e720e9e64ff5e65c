"""What a learner has attempted and solved, kept in one small file beside the notebooks."""

import json
import os
import tempfile
from pathlib import Path

from tensorbook.workbook.exercise import load

FILE = "tensorbook-progress.json"


def path() -> Path:
    """Where progress is kept: the notebook's folder, or what TENSORBOOK_PROGRESS names."""
    return Path(os.environ.get("TENSORBOOK_PROGRESS") or Path.cwd() / FILE)


def progress() -> None:
    """Print how many exercises of each notebook were attempted and solved."""
    known = read()
    print("notebook   solved   attempted   exercises")
    total = [0, 0, 0]
    by_notebook: dict[str, list[str]] = {}
    for exercise in load():
        by_notebook.setdefault(exercise.notebook, []).append(exercise.id)
    for notebook, ids in sorted(by_notebook.items()):
        row = [sum(known.get(i) == "solved" for i in ids), sum(i in known for i in ids), len(ids)]
        total = [a + b for a, b in zip(total, row, strict=True)]
        print(f"{notebook:8}   {row[0]:6}   {row[1]:9}   {row[2]:9}")
    print(f"{'all':8}   {total[0]:6}   {total[1]:9}   {total[2]:9}")


def remember(exercise_id: str, *, solved: bool) -> None:
    """Note an attempt. Solved stays solved. A folder that cannot be written to is not an error."""
    known = read()
    verdict = "solved" if solved or known.get(exercise_id) == "solved" else "attempted"
    if known.get(exercise_id) == verdict:
        return
    known[exercise_id] = verdict
    try:
        _write(path(), known)
    except OSError:
        return  # a read-only folder: the verdict on the page matters more than the record of it


def read() -> dict[str, str]:
    """What is known: exercise id to "solved" or "attempted". A file that cannot be read is moved aside."""
    file = path()
    try:
        known = json.loads(file.read_text(encoding="utf-8"))
        if not isinstance(known, dict) or not all(v in ("solved", "attempted") for v in known.values()):
            raise ValueError("not a record of exercises")
    except FileNotFoundError:
        return {}
    except OSError:
        return {}
    except ValueError:  # not JSON, not text, or not ours
        _set_aside(file)
        return {}
    return known


def _write(file: Path, known: dict[str, str]) -> None:
    handle, temporary = tempfile.mkstemp(dir=file.parent, prefix=file.name, suffix=".tmp")
    try:
        with open(handle, "w", encoding="utf-8") as out:
            json.dump(dict(sorted(known.items())), out, indent=1)
        os.replace(temporary, file)
    except BaseException:
        os.unlink(temporary)
        raise


def _set_aside(file: Path) -> None:
    number = 1
    while (aside := file.with_name(f"{file.name}.unreadable-{number}")).exists():
        number += 1
    try:
        os.rename(file, aside)
    except OSError:
        return
    print(f"The record of your progress could not be read; it was kept as {aside.name}, and a new one begins.")
