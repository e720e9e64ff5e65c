"""The index of concepts names a place for each of them, and the place is there."""

import sys

import nbformat
import pytest

from tests.prose import ROOT

sys.path.insert(0, str(ROOT / "docs"))
import make_concepts

EVERY = [place for places in make_concepts.CONCEPTS.values() for place in places]


def test_every_concept_has_its_place_and_the_page_is_current():
    text, complaints = make_concepts.page()
    assert complaints == []
    assert text == make_concepts.PAGE.read_text(encoding="utf-8"), "run: python docs/make_concepts.py"
    assert text.count("](../notebooks/") == len(EVERY)


def test_every_notebook_teaches_something_of_the_notes():
    assert {number for _, number, _ in EVERY} == set(make_concepts.notebooks())


def test_no_concept_stands_twice():
    names = [concept for concept, _, _ in EVERY]
    assert len(names) == len(set(names))


@pytest.fixture
def book():
    cells = [
        nbformat.v4.new_markdown_cell("# Title\n\nwords here"),
        nbformat.v4.new_markdown_cell("the end of\nit, and\n\n### Part *(recall)*\n\nmore"),
        nbformat.v4.new_code_cell("# no heading\nx = 1", id="code"),
    ]
    return nbformat.v4.new_notebook(cells=cells)


def test_a_place_is_named_by_its_section(book):
    assert make_concepts.find(book, "words here")[0] == "Title"
    assert make_concepts.find(book, "end of it") == ("Title", book.cells[1].id), "the heading comes after the words"
    assert make_concepts.find(book, "x = 1") == ("Title › Part", "code")


@pytest.mark.parametrize(("words", "says"), [("cow", "no cell holds"), ("e", "4 places hold")])
def test_words_that_name_no_place(words, says, book):
    with pytest.raises(LookupError, match=says):
        make_concepts.find(book, words)


def test_a_concept_without_a_place_is_said_and_nothing_written(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(make_concepts, "PAGE", tmp_path / "concepts.md")
    monkeypatch.setitem(make_concepts.CONCEPTS, "Cows", [("milk", "01", "a cow"), ("butter", "77", "a churn")])
    assert make_concepts.main() == 1
    said = capsys.readouterr().err
    assert "milk: in notebook 01 no cell holds the words 'a cow'" in said and "there is no notebook 77" in said
    assert not (tmp_path / "concepts.md").exists()
