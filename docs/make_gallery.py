"""Make docs/gallery/: each widget of notebooks/gallery.ipynb as a picture, in JupyterLab's light and dark theme.

    python docs/make_gallery.py
    python docs/make_gallery.py graph-explorer playground      only these, by the ids of their cells

It needs what the browser tests need (the extras `notebooks` and `test`, and Chromium), and uses their harness.
"""

from __future__ import annotations

import sys

from make_picture import REPOSITORY, jupyterlab, open_and_run, shrink

FOLDER = REPOSITORY / "docs" / "gallery"
WIDTH = 1000
STEPS = {"graph-explorer": 3}  # "step forward" is pressed so often: a picture with something to read in it
COLUMN = 900  # pixels of a notebook's output on a laptop


def take(names: list[str]) -> None:
    """Write NAME-light.png and NAME-dark.png for each widget, or for the named ones."""
    FOLDER.mkdir(exist_ok=True)
    with jupyterlab() as (lab, page):
        page.set_viewport_size({"width": COLUMN + 360, "height": 1000})
        notebook = open_and_run(lab, page, "gallery")
        places = [cell["id"] for cell in notebook.cells() if shows_widget(cell)]
        for name in names or places:
            if name not in places:
                sys.exit(f"there is no widget {name!r} in the gallery, there are {', '.join(places)}")
            widget = notebook.widget(places.index(name))
            for _ in range(STEPS.get(name, 0)):
                widget.get_by_role("button", name="step forward").click()
            for screenshot in notebook.screenshots(f"gallery-page-{name}", widget):
                picture = FOLDER / f"{name}-{screenshot.stem.rpartition('-')[2]}.png"
                small = shrink(screenshot, picture, WIDTH)
                screenshot.unlink()
                print(f"{picture.relative_to(REPOSITORY)}: {small.width} x {small.height}")
        notebook.check()


def shows_widget(cell: dict) -> bool:
    return any(
        "application/vnd.jupyter.widget-view+json" in output.get("data", {}) for output in cell.get("outputs", [])
    )


if __name__ == "__main__":
    take(sys.argv[1:])
