"""Each notebook of the course, as a reader meets it: opened, Run All Cells, its widgets looked at and typed into."""

from pathlib import Path

import pytest

pytestmark = pytest.mark.browser

NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))
# Letters and arrows that JupyterLab, where they reach it, takes for: insert, delete, cut, move, change to text.
KEYS = "ArrowRight ArrowDown a b d d j k m x ArrowLeft Escape ArrowUp"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_the_notebook_runs_and_its_widgets_are_used(notebook, path):
    nb = notebook(path)
    nb.check()
    for widget in nb.widgets():
        assert widget.get_attribute("role")
        assert widget.get_attribute("aria-label")
        widget.hover()
        nb.press(widget, KEYS)
        nb.check()
    nb.screenshots(path.stem)
    nb.check()
