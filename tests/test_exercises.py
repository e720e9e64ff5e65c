"""Every right answer is accepted and every wrong one refused, in the exercise's own cell of its notebook."""

import re

import nbformat
import pytest

from tensorbook.workbook.exercise import load
from tensorbook.workbook.notebooks import FOLDER, grading
from tests.answers import Answer, answers, ids, verdicts

EVERY_ANSWER = [
    pytest.param(answer, id=f"{exercise_id}-{'solution' if answer.right else 'wrong'}-{number}")
    for exercise_id in ids()
    for number, answer in enumerate(answers(exercise_id))
]


@pytest.mark.parametrize("answer", EVERY_ANSWER)
def test_answer(answer: Answer):
    said = verdicts(answer.exercise_id[:2])[answer.exercise_id, answer.code]
    assert len(said) == 3
    for verdict in said:
        assert verdict["attempted"], verdict["said"]
        if answer.right:
            assert verdict["solved"], verdict["said"]
        else:
            assert verdict["off"] and re.search(answer.says, verdict["off"]), (
                f"{answer.code}\nwas told: {verdict['said']}\nand should have been told: {answer.says}"
            )


def test_every_exercise_has_answers_and_answers_their_exercise():
    assert {exercise.id for exercise in load()} == set(ids())


@pytest.mark.parametrize("exercise_id", ids())
def test_every_exercise_has_a_solution_and_three_wrong_answers(exercise_id):
    given = answers(exercise_id)
    assert sum(answer.right for answer in given) >= 1
    assert len({answer.says for answer in given if not answer.right}) >= 3, "each wrong answer needs its own message"


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.ipynb")), ids=lambda path: path.stem)
def test_no_solution_stands_in_a_notebook(path):
    text = [_squeezed(cell.source) for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
    for exercise_id in ids():
        for answer in answers(exercise_id):
            assert not (answer.right and any(_squeezed(answer.code) in cell for cell in text)), exercise_id


@pytest.mark.parametrize("exercise", load(), ids=lambda exercise: exercise.id)
def test_every_exercise_stands_in_its_notebook(exercise):
    (path,) = FOLDER.glob(f"{exercise.notebook}_*.ipynb")
    marked = [grading(cell).get("grade_id") for cell in nbformat.read(path, as_version=4).cells]
    assert marked.count(f"{exercise.id}-answer") == 1
    assert marked.count(f"{exercise.id}-check") == 1


@pytest.mark.parametrize("exercise", load(), ids=lambda exercise: exercise.id)
def test_no_hint_gives_the_whole_answer_away(exercise):
    for answer in answers(exercise.id):
        lines = [_squeezed(line) for line in answer.code.splitlines() if len(_squeezed(line)) > 12]
        for text in exercise.hints[:2]:
            assert not (answer.right and any(line in _squeezed(text) for line in lines)), text


def _squeezed(code: str) -> str:
    return re.sub(r"#.*|\s", "", code)
