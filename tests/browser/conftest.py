"""Fixtures for tests in a real JupyterLab under a real Chromium.

    lab        session: a private JupyterLab server (lab_server.py)
    browser    session: Chromium, by Playwright, unable to reach any other machine
    page       JupyterLab, nothing open; afterwards the test fails where the page logged an error or asked another
               machine. The page is shared, and made anew after a test that fails.
    faults     what `page` has noted so far; `faults.expect("pattern")` takes out what a test brings about on purpose
    notebook   opens a notebook and returns a handle on it (lab_notebook.py); frees the kernel afterwards
    check_accessible   the accessibility pass over a widget (accessibility.py)

Chromium is the one that the environment variable CHROMIUM names, else /usr/bin/chromium, else one on PATH. Where
there is none, or no Playwright or JupyterLab, the tests are skipped and say why; with TENSORBOOK_REQUIRE_ALL=1 they
fail. Screenshots go to tests/artefacts/, also one of the page of each test that fails.

Example, tests/browser/test_stride_explorer.py:

    import pytest

    pytestmark = pytest.mark.browser

    def test_arrow_keys_move_the_cursor(notebook, check_accessible):
        nb = notebook(["import tensorbook as torch", "from tensorbook.widgets import StrideExplorer",
                       "w = StrideExplorer(torch.arange(6).view(2, 3)); w"])     # or a path; runs all its cells
        widget = nb.widget()                            # a Playwright locator: the root of the first widget
        nb.press(widget, "Tab ArrowRight j d d")        # checks that the notebook's cells stay as they were
        nb.wait_value("w.cursor", (0, 1))               # Python, in the notebook's kernel
        widget.get_by_role("button", name="undo").click()
        check_accessible(nb, widget)
        nb.screenshots("stride_explorer", widget)       # tests/artefacts/stride_explorer-{light,dark}.png
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from . import accessibility
from .chromium import find_chromium, launch
from .faults import Faults
from .lab_notebook import LabNotebook, write_notebook
from .lab_page import ARTEFACTS, LabPage
from .lab_server import LabServer

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page


def cannot_run(reason: str) -> None:
    """Skip the test for this reason, or fail it where everything must run."""
    if os.environ.get("TENSORBOOK_REQUIRE_ALL") == "1":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabServer]:
    """A private JupyterLab, for the whole session."""
    try:
        import anywidget  # noqa: F401
        import jupyterlab  # noqa: F401
    except ImportError as error:
        cannot_run(f"{error.name} is not installed; it comes with the extra `notebooks`")
    server = LabServer(tmp_path_factory.mktemp("jupyter"))
    yield server
    server.stop()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium, for the whole session."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        cannot_run("playwright is not installed; it comes with the extra `test`")
    if not (chromium := find_chromium()):
        cannot_run("no Chromium found; install it (apt-get install chromium) or name it in CHROMIUM")
    with sync_playwright() as playwright:
        running = launch(playwright, chromium)
        yield running
        running.close()


@pytest.fixture(scope="session")
def lab_page(browser: Browser, lab: LabServer) -> Iterator[LabPage]:
    """The session's one page with JupyterLab in it: to load JupyterLab anew for each test would take 3 s each."""
    lab_page = LabPage(browser, lab)
    yield lab_page
    lab_page.discard()


@pytest.fixture
def page(lab_page: LabPage, request: pytest.FixtureRequest) -> Iterator[Page]:
    """JupyterLab with nothing open, 1280 by 1000, light, reduced motion; faults in it fail the test."""
    page = lab_page.clean()
    yield page
    lab_page.finish(failed=request.node.stash.get(FAILED, True))


FAILED = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[Any]:
    """Tell the fixture `page` whether its test failed, and keep a picture of that, before the notebook is closed."""
    report = yield
    if report.when == "call":
        item.stash[FAILED] = report.failed
        if report.failed and "page" in item.funcargs:
            ARTEFACTS.mkdir(exist_ok=True)
            name = re.sub(r"[^-.a-zA-Z0-9]+", "-", item.name)
            item.funcargs["page"].screenshot(path=ARTEFACTS / f"failed-{name}.png")
    return report


@pytest.fixture
def faults(page: Page) -> Faults:
    """The faults of `page`."""
    return page.faults


@pytest.fixture
def notebook(lab: LabServer, page: Page) -> Iterator[Callable[..., LabNotebook]]:
    """Callable: `notebook(source, run=True)` opens a notebook in `page` and runs all its cells by the menu.

    `source` is the path of a notebook, which is copied, or a list of cells: strings of code, or nbformat cells.
    With `run=False` the notebook stays as it was stored.
    """
    opened: list[LabNotebook] = []

    def open_notebook(source: str | Path | list[Any], run: bool = True) -> LabNotebook:
        name = write_notebook(source, lab.root, keep_outputs=not run)
        handle = LabNotebook(lab, page, name)
        opened.append(handle)
        handle.open()
        return handle.run_all() if run else handle

    yield open_notebook
    for handle in opened:
        handle.close()


@pytest.fixture
def check_accessible() -> Callable[..., None]:
    """Callable: `check_accessible(nb, widget)`; see accessibility.py."""
    try:
        accessibility.axe_script()
    except ImportError:
        cannot_run("axe-core is not installed; it comes with the extra `test`, in axe-playwright-python")
    return accessibility.check_accessible
