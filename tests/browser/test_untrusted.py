"""A notebook that somebody else has run: JupyterLab runs nothing of it, and each widget shows its static picture."""

from pathlib import Path

import nbformat
import pytest

from .gallery import WIDGETS
from .lab_notebook import WIDGET, LabNotebook
from .test_notebooks import NOTEBOOKS

pytestmark = pytest.mark.browser

IS_TRUSTED = "() => [...jupyterapp.shell.currentWidget.content.model.cells].some(cell => cell.trusted && cell.outputs)"


def pictures(nb: LabNotebook) -> list[dict]:
    """The pictures in the outputs: what they say to those who cannot see them, and their size once drawn."""
    shown = nb.panel.locator(".jp-OutputArea-output img")
    return shown.evaluate_all(
        """images => Promise.all(images.map(async image => {
            await image.decode();
            const source = image.src.slice(0, 26);
            return { alt: image.alt, source, width: image.naturalWidth, shown: image.clientWidth };
        }))"""
    )


def check_static(nb: LabNotebook, count: int) -> None:
    assert not nb.page.evaluate(IS_TRUSTED), "JupyterLab trusts this notebook: the test would show nothing"
    assert nb.panel.locator(WIDGET).count() == 0, "a widget runs in an untrusted notebook"
    found = [picture for picture in pictures(nb) if picture["source"] == "data:image/svg+xml;base64,"]
    assert len(found) == count
    for picture in found:
        assert len(picture["alt"]) > 15, f"an alt text that says little: {picture}"
        assert picture["width"] > 100 and picture["shown"] > 100, f"not to be seen: {picture}"
    nb.check()


def test_each_widget_leaves_a_picture_of_itself(notebook):
    ran = notebook(list(WIDGETS.values()))
    ran.check()
    stored = nbformat.from_dict(ran.cells())
    ran.close()
    for cell in stored:
        cell.metadata.pop("trusted", None)

    nb = notebook(stored, run=False)
    check_static(nb, count=len(WIDGETS))
    nb.screenshots("untrusted")


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_of_a_fresh_clone_shows_its_pictures(notebook, path: Path):
    nb = notebook(path, run=False)
    stored = [output.get("data", {}) for cell in nb.cells() for output in cell.get("outputs", [])]
    widgets = [data for data in stored if "application/vnd.jupyter.widget-view+json" in data]
    check_static(nb, count=sum("text/html" in data for data in widgets))
