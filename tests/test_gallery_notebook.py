"""The gallery shows every widget, each in a cell of its own with a picture in both themes."""

import re

import nbformat
import pytest

from tensorbook import widgets
from tensorbook.workbook.notebooks import FOLDER

CELLS = {cell.id: cell for cell in nbformat.read(FOLDER / "gallery.ipynb", as_version=4).cells}
PICTURES = FOLDER.parent / "docs" / "gallery"


def cell_of(name: str) -> str:
    """The id of a widget's cell: stride-explorer for StrideExplorer."""
    return re.sub(r"(?<!^)([A-Z])", r"-\1", name).lower()


@pytest.mark.parametrize("name", widgets.__all__)
def test_every_widget_is_shown(name):
    cell, about = CELLS[cell_of(name)], CELLS[f"about-{cell_of(name)}"]
    assert re.search(rf"^from tensorbook.widgets import {name}$", cell.source, re.MULTILINE), "it stands alone"
    assert cell.outputs[-1].data["text/plain"].startswith(f"<{name}:")
    heading, words = about.source.split("\n\n")
    assert heading == f"### {name}" and len(words.split()) <= 25, "one sentence: what to try"
    for theme in ("light", "dark"):
        assert (PICTURES / f"{cell_of(name)}-{theme}.png").is_file(), "run: python docs/make_gallery.py"


def test_nothing_is_pictured_that_is_not_there():
    names = {cell_of(name) for name in widgets.__all__}
    assert {path.stem.rpartition("-")[0] for path in PICTURES.glob("*.png")} == names
    shown = {key for key, cell in CELLS.items() if cell.cell_type == "code" and "tensorbook.widgets" in cell.source}
    assert shown == names
