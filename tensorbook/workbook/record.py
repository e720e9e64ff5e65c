"""What a learner has attempted and solved, kept in one small file beside the notebooks."""

import json
import os
import tempfile
from collections.abc import Collection
from pathlib import Path

from tensorbook.workbook.exercise import load

FILE = "tensorbook-progress.json"


def path() -> Path:
    """Where progress is kept: the notebook's folder, or what TENSORBOOK_PROGRESS names."""
    return Path(os.environ.get("TENSORBOOK_PROGRESS") or Path.cwd() / FILE)


def progress() -> None:
    """Print a line for each notebook: a box per exercise, full where it is solved, half where it was attempted."""
    try:
        known = read()
    except OSError as error:
        print(f"The record of your progress cannot be opened ({error.strerror}); it is left as it is.")
        known = {}
    boxes: dict[str, str] = {}
    for exercise in load():
        notebook = exercise.checker.__module__.rpartition(".e")[2].replace("_", " ")
        boxes[notebook] = boxes.get(notebook, "") + {"solved": "■", "attempted": "◧"}.get(known.get(exercise.id), "□")
    widths = max(map(len, boxes)), max(map(len, boxes.values()))
    for notebook, row in sorted(boxes.items()):
        print(f"{notebook:{widths[0]}}   {row:{widths[1]}}   {row.count('■')} of {len(row)} solved")
    everything = "".join(boxes.values())
    print(f"{'all':{widths[0]}}   {'':{widths[1]}}   {everything.count('■')} of {len(everything)} solved")


def remember(exercise_id: str, *, solved: bool) -> None:
    """Note an attempt. Solved stays solved. A record that cannot be read or written is not an error."""
    try:
        known = read()
        verdict = "solved" if solved or known.get(exercise_id) == "solved" else "attempted"
        if known.get(exercise_id) != verdict:
            _write(path(), {**known, exercise_id: verdict})
    except OSError:
        return  # a read-only folder: the verdict on the page matters more than the record of it


def forget(exercise_ids: Collection[str]) -> list[str]:
    """Take exercises out of the record; the verdicts that stood there. OSError: nothing was changed."""
    known = read()
    gone = known.keys() & set(exercise_ids)
    if gone:
        _write(path(), {exercise_id: known[exercise_id] for exercise_id in known.keys() - gone})
    return [known[exercise_id] for exercise_id in gone]


def read() -> dict[str, str]:
    """What is known: exercise id to "solved" or "attempted". A file that is no such record is moved aside."""
    file = path()
    try:
        known = json.loads(file.read_text(encoding="utf-8"))
        if not isinstance(known, dict) or not all(v in ("solved", "attempted") for v in known.values()):
            raise ValueError("not a record of exercises")
    except FileNotFoundError:
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
