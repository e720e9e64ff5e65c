"""Each notebook of the course, as a reader meets it: opened, Run All Cells, its widgets looked at and typed into."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from .lab_notebook import LabNotebook

if TYPE_CHECKING:
    from playwright.sync_api import Locator

pytestmark = pytest.mark.browser

NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))
# Letters and arrows that JupyterLab, where they reach it, takes for: insert, delete, cut, move, change to text.
KEYS = "ArrowRight ArrowDown a b d d j k m x ArrowLeft ArrowUp"


def type_at_every_stop(nb: LabNotebook, widget: Locator) -> None:
    """Type at each of the widget's tab stops, from the first one on, until Tab leads out of it."""
    for _ in range(50):
        nb.press(widget, f"{KEYS} Tab")
        if not widget.evaluate("element => element.contains(document.activeElement)"):
            return
    raise AssertionError("Tab never leads out of the widget")


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_the_notebook_runs_and_its_widgets_are_used(notebook, path):
    nb = notebook(path)
    nb.check()
    widgets = nb.widgets()
    nb.screenshots(path.stem)
    for widget in widgets:
        assert widget.get_attribute("role")
        assert widget.get_attribute("aria-label")
        widget.hover()
        type_at_every_stop(nb, widget)
    nb.check()
