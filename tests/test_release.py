"""The course as an nbgrader assignment: written, handed in right and wrong, marked, and given back."""

import csv
import os
import sys
from pathlib import Path

import nbformat
import pytest

from tensorbook.workbook import release
from tensorbook.workbook.answers import answers, solution
from tensorbook.workbook.exercise import load
from tensorbook.workbook.notebooks import FOLDER, answer_metadata, check_metadata

ASSIGNMENT = "03_broadcasting_and_indexing"
IDS = [exercise.id for exercise in load("03")]


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    pytest.importorskip("nbgrader", reason="nbgrader is not installed")
    folder = tmp_path_factory.mktemp("teacher") / "course"
    assert release.main([str(folder), "03"]) == 0
    return folder


def read(course: Path, kind: str) -> nbformat.NotebookNode:
    return nbformat.read(course / kind / ASSIGNMENT / f"{ASSIGNMENT}.ipynb", as_version=4)


def cells(book: nbformat.NotebookNode, part: str) -> dict[str, nbformat.NotebookNode]:
    """The cells of one part, "answer" or "check", by their exercise."""
    found = {release.exercise_of(cell): cell for cell in book.cells}
    return {exercise_id: cell for (exercise_id, kind), cell in found.items() if kind == part}


def test_the_source_holds_solutions_and_hidden_tests(course):
    source = read(course, "source")
    assert list(cells(source, "answer")) == list(cells(source, "check")) == IDS
    for exercise_id in IDS:
        assert solution(exercise_id) in cells(source, "answer")[exercise_id].source
        assert f'_evaluate("{exercise_id}", globals())' in cells(source, "check")[exercise_id].source


def test_students_get_the_notebook_that_is_committed(course):
    """Down to the cell, but for the outputs, which nbgrader takes out, and the links between folders."""
    theirs, ours = read(course, "release"), nbformat.read(FOLDER / f"{ASSIGNMENT}.ipynb", as_version=4)
    assert [cell.source.strip() for cell in theirs.cells if cell.cell_type == "code"] == [
        cell.source.strip() for cell in ours.cells if cell.cell_type == "code"
    ]
    assert any("(../04_numpy_bridge/04_numpy_bridge.ipynb)" in cell.source for cell in theirs.cells)
    assert all(cell.metadata.nbgrader.locked for cell in cells(theirs, "check").values())


def hand_in(course: Path, student: str, answered: dict[str, str], check: str | None = None) -> None:
    """What a student hands in: the release with some answers in it, and perhaps check cells of their own."""
    book = read(course, "release")
    for exercise_id, text in answered.items():
        cells(book, "answer")[exercise_id].source = text
    if check:
        for cell in cells(book, "check").values():
            cell.source = check
    place = course / "submitted" / student / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    place.parent.mkdir(parents=True)
    nbformat.write(book, place)


def test_nbgrader_marks_a_right_and_a_wrong_submission(course):
    solutions = {exercise_id: solution(exercise_id) for exercise_id in IDS}
    wrong = next(answer.code for answer in answers("03-shares") if not answer.right)
    partly = {**solutions, "03-shares": wrong, "03-rule": "1 / 0", "03-lift": "def lift(x, floor):\n    ..."}
    hand_in(course, "ada", solutions)
    hand_in(course, "bob", partly, check="print('solved')")
    for command in ("autograde", "generate_feedback"):
        release.nbgrader(course, command, ASSIGNMENT)
    release.nbgrader(course, "export", "--to=grades.csv")

    with open(course / "grades.csv", newline="", encoding="utf-8") as table:
        marks = {row["student_id"]: (float(row["score"]), float(row["max_score"])) for row in csv.DictReader(table)}
    assert marks == {"ada": (6.0, 6.0), "bob": (3.0, 6.0)}

    pages = {
        student: (course / "feedback" / student / ASSIGNMENT / f"{ASSIGNMENT}.html").read_text(encoding="utf-8")
        for student in marks
    }
    assert pages["ada"].count("(Score: 1.0 / 1.0)") == 6 and pages["ada"].count("(Score: 0.0 / 1.0)") == 0
    assert pages["bob"].count("(Score: 1.0 / 1.0)") == 3 and pages["bob"].count("(Score: 0.0 / 1.0)") == 3
    assert "03-shares: not there yet" in pages["bob"], "it says what is off"


def test_a_folder_with_something_in_it_is_left_as_it_is(tmp_path, capsys):
    folder = tmp_path / "course"
    folder.mkdir()
    (folder / "gradebook.db").write_text("marks")
    assert release.main([str(folder), "00"]) == 1
    assert "with something in it" in capsys.readouterr().err
    assert [path.name for path in tmp_path.rglob("*")] == ["course", "gradebook.db"]
    assert (folder / "gradebook.db").read_text() == "marks"


def test_a_file_or_a_broken_link_of_that_name_is_left_as_it_is(tmp_path):
    (tmp_path / "file").write_text("mine")
    os.symlink(tmp_path / "nowhere", tmp_path / "link")
    for name in ("file", "link"):
        assert release.main([str(tmp_path / name), "00"]) == 1
    assert (tmp_path / "file").read_text() == "mine" and os.readlink(tmp_path / "link") == str(tmp_path / "nowhere")


@pytest.fixture
def quick(monkeypatch):
    """Without nbgrader's own part, which takes seconds."""
    ran = []
    monkeypatch.setattr(release.importlib.util, "find_spec", lambda name: True)
    monkeypatch.setattr(release, "nbgrader", lambda course, *command: ran.append(command))
    return ran


def test_an_empty_folder_is_filled(tmp_path, quick, capsys):
    assert release.main([str(tmp_path / "new" / "course"), "00", "03"]) == 0
    (tmp_path / "empty").mkdir()
    assert release.main([str(tmp_path / "empty"), "00"]) == 0
    assert (tmp_path / "empty" / "source" / "00_start_here" / "00_start_here.ipynb").is_file()
    assert quick[:2] == [("generate_assignment", "00_start_here"), ("generate_assignment", ASSIGNMENT)]
    assert "2 assignments (00_start_here, 03_broadcasting_and_indexing)" in capsys.readouterr().out


def test_every_notebook_with_exercises_is_an_assignment(tmp_path, quick):
    assert {name[:2] for name in release.release(tmp_path / "course")} == {e.notebook for e in load()}


@pytest.mark.parametrize("found", ["an empty folder", "no folder"])
def test_missing_solutions_are_named(found, tmp_path, quick, capsys):
    """An installed package has no tests/ beside it."""
    solutions = tmp_path / "solutions"
    if found == "an empty folder":
        solutions.mkdir()
    assert release.main([str(tmp_path / "course"), "00", "--solutions", str(solutions)]) == 1
    said = capsys.readouterr().err
    assert "Nothing was written" in said and str(solutions) in said
    assert ("00-first-steps" if found == "an empty folder" else "name it by --solutions") in said
    assert not (tmp_path / "course").exists() and not quick


def test_without_nbgrader_it_says_how_to_get_it(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(release.importlib.util, "find_spec", lambda name: None)
    assert release.main([str(tmp_path / "course"), "00"]) == 1
    assert "tensorbook[classroom]" in capsys.readouterr().err


def test_where_nbgrader_fails_nothing_is_left(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(release, "CONFIGURATION", "raise SystemExit(3)")
    pytest.importorskip("nbgrader", reason="nbgrader is not installed")
    assert release.main([str(tmp_path / "course"), "00"]) == 1
    assert "nbgrader generate_assignment 00_start_here failed" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_notebook_is_named(tmp_path, quick, capsys):
    assert release.main([str(tmp_path / "course"), "77"]) == 1
    assert "no notebook begins with '77'" in capsys.readouterr().err


def test_the_answer_that_students_begin_with_runs_before_the_solution(tmp_path):
    book = nbformat.v4.new_notebook(cells=[
        nbformat.v4.new_code_cell("x = ...", metadata={"nbgrader": answer_metadata("99-x")}, execution_count=3),
        nbformat.v4.new_code_cell('check("99-x")', metadata={"nbgrader": check_metadata("99-x", points=2)}),
    ])  # fmt: skip
    (tmp_path / "99-x.py").write_text("# %% wrong: no\nx = 2\n\n# %% solution\nx = 3\n\n# %% solution\nx = 1 + 2\n")
    release.with_hidden_tests(release.solved(book, tmp_path))
    assert book.cells[0].source == "x = ...\n### BEGIN SOLUTION\nx = 3\n### END SOLUTION"
    assert book.cells[0].execution_count is None
    assert book.cells[1].source.startswith('check("99-x")\n### BEGIN HIDDEN TESTS\n')
    assert book.cells[1].metadata.nbgrader.points == 2


def test_it_is_a_command():
    import subprocess

    said = subprocess.run(
        [sys.executable, "-m", "tensorbook.workbook.release", "--help"], capture_output=True, text=True, check=True
    ).stdout
    assert "--solutions DIR" in said
