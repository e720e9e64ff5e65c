"""The answers of tests/solutions, put into their notebooks in a real kernel, and what check says of them."""

import functools
import json

import nbformat
from nbclient import NotebookClient

from tensorbook.workbook import answers as files
from tensorbook.workbook.answers import Answer
from tensorbook.workbook.notebooks import FOLDER, RAISES, grading, kernel_environment

ROUNDS = 3
"""How often each answer is checked: every time on other inputs."""


def ids() -> list[str]:
    """The exercises that have answers."""
    return sorted(path.stem for path in files.FOLDER.glob("[0-9]*.py"))


def answers(exercise_id: str) -> list[Answer]:
    """The answers of one exercise: the wrong ones first, so that a notebook goes on with a right one."""
    return sorted(files.answers(exercise_id), key=lambda answer: answer.right)


@functools.cache
def verdicts(notebook: str) -> dict[tuple[str, str], list[dict]]:
    """Run a notebook with every answer put into its exercise's own cell: (id, code) to what check said.

    The notebook runs once, from top to bottom, in a real kernel. At each exercise all answers take
    their turn, and it goes on with a right one.
    """
    (path,) = FOLDER.glob(f"{notebook}_*.ipynb")
    book = nbformat.read(path, as_version=4)
    cells, asked = [], []
    for cell in book.cells:
        if cell.cell_type != "code":
            continue
        exercise_id = grading(cell).get("grade_id", "").removesuffix("-answer")
        if grading(cell).get("solution") and exercise_id in ids():
            for answer in answers(exercise_id):
                cells += [_code(answer.code), _code(_ask(exercise_id))]
                asked.append((answer, cells[-1]))
        else:
            cells.append(cell)
    book.cells = cells
    client = NotebookClient(
        book, timeout=120, kernel_name="python3", resources={"metadata": {"path": str(FOLDER)}},
        coalesce_streams=True,
    )  # fmt: skip
    with kernel_environment():
        client.execute()
    return {(answer.exercise_id, answer.code): _said(cell) for answer, cell in asked}


def _code(source: str) -> nbformat.NotebookNode:
    return nbformat.v4.new_code_cell(source, metadata={"tags": [RAISES]})


def _ask(exercise_id: str) -> str:
    return (
        "import json as _json; from tensorbook.workbook.checking import evaluate as _evaluate\n"
        f"for _ in range({ROUNDS}):\n"
        f"    _r = _evaluate({exercise_id!r}, globals())\n"
        "    print(_json.dumps({'solved': _r.solved, 'off': _r.off, 'attempted': _r.attempted, 'said': str(_r)}))"
    )


def _said(cell: nbformat.NotebookNode) -> list[dict]:
    errors = [output for output in cell.outputs if output.output_type == "error"]
    assert not errors, f"the checker itself failed: {errors[0].ename}: {errors[0].evalue}"
    return [json.loads(line) for output in cell.outputs for line in output.text.splitlines()]
