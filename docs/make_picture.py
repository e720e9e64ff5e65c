"""Make docs/workbook.png, the picture in the README: two notebooks of the course, run in a real JupyterLab.

    python docs/make_picture.py

It needs what the browser tests need (the extras `notebooks` and `test`, and Chromium), and uses their harness.
"""

from __future__ import annotations

import contextlib
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from PIL import Image
from playwright.sync_api import Locator, Page, sync_playwright

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPOSITORY / "tests"))

from browser.chromium import find_chromium, launch  # noqa: E402
from browser.lab_notebook import LabNotebook, write_notebook  # noqa: E402
from browser.lab_page import LabPage, settle  # noqa: E402
from browser.lab_server import LabServer  # noqa: E402

PICTURE = REPOSITORY / "docs" / "workbook.png"
WINDOW = {"width": 1920, "height": 1200}
WIDTH = 1600
MOST_BYTES = 400_000


def open_and_run(lab: LabServer, page: Page, name: str, mode: str | None = None) -> LabNotebook:
    path = write_notebook(REPOSITORY / "notebooks" / f"{name}.ipynb", lab.root, keep_outputs=False)
    notebook = LabNotebook(lab, page, path).open(mode).run_all()
    notebook.widgets()
    notebook.check()
    return notebook


def show(widget: Locator) -> None:
    """Bring the cell that holds the widget to the upper edge of its notebook."""
    widget.evaluate("widget => widget.closest('.jp-Cell').scrollIntoView({ block: 'start' })")


def arrange(lab: LabServer, page: Page) -> None:
    """Views beside autograd, each with its widget in use."""
    strides = open_and_run(lab, page, "02_storage_strides_views")
    graph = open_and_run(lab, page, "06_autograd", mode="split-right")
    page.evaluate("[...jupyterapp.shell.widgets('main')].find(w => w.node.querySelector('.jp-Launcher')).dispose()")

    explorer = strides.widget(1)
    line = explorer.get_by_role("textbox").first
    line.fill("x.transpose(1, 2)")
    line.press("Enter")
    explorer.get_by_text("not contiguous").first.wait_for()
    show(explorer)

    explorer = graph.widget(3)
    for _ in range(4):
        explorer.get_by_role("button", name="step forward").click()
    show(explorer)
    page.mouse.move(0, 0)


def shrink(source: Path, target: Path, width: int) -> Image.Image:
    """Write a screenshot anew, scaled down to so many pixels of width, and lighter to load."""
    full = Image.open(source).convert("RGB")
    size = (width, round(full.height * width / full.width))
    # Every channel in steps of 5, which the eye cannot tell apart: a third less to load, and white stays white.
    small = full.resize(size, Image.Resampling.LANCZOS).point(lambda value: round(value / 5) * 5)
    small.save(target, optimize=True)
    return small


def save(page: Page) -> None:
    """Write the window as docs/workbook.png, scaled to WIDTH."""
    settle(page)
    with tempfile.TemporaryDirectory() as folder:
        page.screenshot(path=f"{folder}/full.png")
        small = shrink(Path(folder) / "full.png", PICTURE, WIDTH)
    weight = PICTURE.stat().st_size
    print(f"{PICTURE.relative_to(REPOSITORY)}: {small.width} x {small.height}, {weight:,} bytes")
    if weight > MOST_BYTES:
        sys.exit(f"that is more than the {MOST_BYTES:,} bytes that a README should load")


@contextlib.contextmanager
def jupyterlab() -> Iterator[tuple[LabServer, Page]]:
    """A JupyterLab of its own, open in a page of Chromium."""
    if not (chromium := find_chromium()):
        sys.exit("no Chromium found; install it (apt-get install chromium) or name it in CHROMIUM")
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as playwright:
        lab = LabServer(Path(scratch))
        try:
            yield lab, LabPage(launch(playwright, chromium), lab).clean()
        finally:
            lab.stop()


def main() -> None:
    with jupyterlab() as (lab, page):
        page.set_viewport_size(WINDOW)
        arrange(lab, page)
        save(page)


if __name__ == "__main__":
    main()
