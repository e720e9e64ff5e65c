"""Write the course as nbgrader wants it: the instructor's notebooks, and what students get.

python -m tensorbook.workbook.release DIR            all notebooks that have exercises
python -m tensorbook.workbook.release DIR 02 03      those whose names begin so

DIR/source/NAME/NAME.ipynb holds the solutions and the hidden tests, DIR/release/NAME/NAME.ipynb is made of it by
nbgrader, as is DIR/gradebook.db. From there on it is nbgrader's: put what students hand in under
DIR/submitted/STUDENT/NAME/, and in DIR run `nbgrader autograde NAME` and `nbgrader generate_feedback NAME`.
"""

import argparse
import importlib.util
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import nbformat

from tensorbook.workbook.answers import FOLDER as SOLUTIONS
from tensorbook.workbook.answers import solution
from tensorbook.workbook.notebooks import grading, kernel_environment, select

CONFIGURATION = '''\
"""nbgrader's settings for this folder, written by python -m tensorbook.workbook.release."""

c = get_config()
c.CourseDirectory.course_id = "tensorbook"
c.ClearSolutions.code_stub = {"python": ""}  # what stands above the solution is what students begin with
c.ExecutePreprocessor.timeout = 120  # seconds for one cell
'''

HIDDEN = """\
### BEGIN HIDDEN TESTS
from tensorbook.workbook.checking import evaluate as _evaluate
_verdict = _evaluate("{id}", globals())
assert _verdict.solved, _verdict
### END HIDDEN TESTS"""


class Refused(Exception):
    """Why nothing was written, as a sentence."""


def solved(notebook: nbformat.NotebookNode, solutions: Path = SOLUTIONS) -> nbformat.NotebookNode:
    """Put the first solution of each exercise below the ... of its answer cell, between nbgrader's marks.

    Changes the notebook. Its outputs are dropped: they belong to a notebook in which nothing is answered.
    """
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        cell.outputs, cell.execution_count = [], None
        exercise_id, part = exercise_of(cell)
        if part == "answer":
            answer = solution(exercise_id, solutions)
            cell.source += f"\n### BEGIN SOLUTION\n{answer}\n### END SOLUTION"
    return notebook


def with_hidden_tests(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Make the check cells tests that fail unless ``check`` accepts, on inputs that it did not show. Changes it."""
    for cell in notebook.cells:
        exercise_id, part = exercise_of(cell)
        if part == "check":
            cell.source += "\n" + HIDDEN.format(id=exercise_id)
        elif cell.cell_type == "markdown":  # each notebook lies in a folder of its own
            cell.source = re.sub(r"\]\((\d\d_\w+)\.ipynb\)", r"](../\1/\1.ipynb)", cell.source)
    return notebook


def exercise_of(cell: nbformat.NotebookNode) -> tuple[str, str]:
    """The exercise that a cell belongs to, and whether it is its "answer" or its "check"; two empty strings if none."""
    exercise_id, _, part = grading(cell).get("grade_id", "").rpartition("-")
    return exercise_id, part


def release(folder: Path, names: list[str] | None = None, solutions: Path = SOLUTIONS) -> list[str]:
    """Write the instructor's and the students' notebooks into a new folder; the names of the assignments.

    Everything is made beside the folder and renamed at the end, so that the folder is whole or not there at all.

    Raises:
        Refused: the folder is there with something in it, a solution is missing, or nbgrader is or fails.
    """
    if os.path.lexists(folder) and not (folder.is_dir() and not any(folder.iterdir())):
        raise Refused(f"{folder} is there already, with something in it: name a new folder")
    if importlib.util.find_spec("nbgrader") is None:
        raise Refused('nbgrader is not installed: run pip install "tensorbook[classroom]"')
    if not solutions.is_dir():
        raise Refused(
            f"there are no solutions in {solutions}: an installed package does not carry them. "
            "Take the folder tests/solutions of the source, and name it by --solutions"
        )
    books = {path.stem: nbformat.read(path, as_version=4) for path in select(names)}
    books = {name: book for name, book in books.items() if any(exercise_of(cell)[1] == "check" for cell in book.cells)}
    if not books:
        raise Refused(f"no exercise stands in {', '.join(names or [])}")
    try:
        books = {name: with_hidden_tests(solved(book, solutions)) for name, book in books.items()}
    except LookupError as missing:
        raise Refused(str(missing)) from None
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as scratch:
        course = Path(scratch) / folder.name
        for name, book in books.items():
            place = course / "source" / name / f"{name}.ipynb"
            place.parent.mkdir(parents=True)
            nbformat.write(book, place)
        (course / "nbgrader_config.py").write_text(CONFIGURATION, encoding="utf-8")
        for name in books:
            nbgrader(course, "generate_assignment", name)
        if folder.is_dir():
            folder.rmdir()  # it is empty; elsewhere than on POSIX a rename onto it would fail
        os.rename(course, folder)
    return list(books)


def nbgrader(course: Path, command: str, *arguments: str) -> None:
    """Run one of nbgrader's commands in a course's folder; Refused says what it said where it fails."""
    with kernel_environment():
        # It calls alembic by name, which is installed beside the Python that runs this.
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "-m", "nbgrader", command, *arguments],
            cwd=course, env={**os.environ, "PATH": path}, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
    if done.returncode:
        raise Refused(f"nbgrader {command} {' '.join(arguments)} failed:\n{done.stdout}")


def main(arguments: list[str] | None = None) -> int:
    """Write what the command line asks for; 1 where it was refused, and then nothing was written."""
    parser = argparse.ArgumentParser(prog="python -m tensorbook.workbook.release", description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path, metavar="DIR", help="a new folder")
    parser.add_argument("names", nargs="*", help="how the names of the notebooks begin; all of them for none")
    parser.add_argument("--solutions", type=Path, default=SOLUTIONS, metavar="DIR", help="the folder tests/solutions")
    options = parser.parse_args(arguments)
    try:
        names = release(options.folder, options.names, options.solutions)
    except (Refused, FileNotFoundError) as error:
        print(f"release: {error}. Nothing was written.", file=sys.stderr)
        return 1
    print(f"{options.folder}: {len(names)} assignments ({', '.join(names)}).")
    print(f"For you: {options.folder / 'source'}. For students: {options.folder / 'release'}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
