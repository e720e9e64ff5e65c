"""Every notebook, solved: the instructor's copy runs from top to bottom, and every check accepts."""

import nbformat
import pytest
from nbclient import NotebookClient

from tensorbook.workbook.notebooks import FOLDER, RAISES, kernel_environment, tags
from tensorbook.workbook.release import exercise_of, solved, with_hidden_tests


@pytest.mark.parametrize("path", sorted(FOLDER.glob("[0-9]*.ipynb")), ids=lambda path: path.stem)
def test_a_solved_copy_runs_to_the_end(path, tmp_path):
    book = with_hidden_tests(solved(nbformat.read(path, as_version=4)))
    with kernel_environment():
        NotebookClient(
            book, timeout=120, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}},
            coalesce_streams=True,
        ).execute()  # fmt: skip
    checks = 0
    for cell in book.cells:
        exercise_id, part = exercise_of(cell)
        if part == "check":
            (said,) = cell.outputs
            assert said.text.startswith(f"{exercise_id}: solved\n"), said.text
            checks += 1
        elif cell.cell_type == "code":
            failed = any(output.output_type == "error" for output in cell.outputs)
            assert failed == (RAISES in tags(cell)), cell.source
    assert checks
