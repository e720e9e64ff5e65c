"""The browser page that holds JupyterLab, kept from test to test and cleaned in between."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from .faults import Faults
from .lab_server import LabServer

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

ARTEFACTS = Path(__file__).resolve().parents[1] / "artefacts"
WAIT = 60_000  # milliseconds that a locator waits at most; a busy two-core machine needs many of them
LOAD = 180_000
VIEWPORT = {"width": 1280, "height": 1000}


class LabPage:
    """One page, loaded when first asked for, and again after `discard()`."""

    def __init__(self, browser: Browser, lab: LabServer) -> None:
        self._browser, self._lab = browser, lab
        self._page: Page | None = None

    def clean(self) -> Page:
        """The page with no notebook open, as every test finds it: its `faults` empty, light, reduced motion."""
        if self._page is None:
            self._page = self._load()
        page = self._page
        page.set_viewport_size(VIEWPORT)
        page.emulate_media(color_scheme="light", reduced_motion="reduce")
        change_theme(page, "light")
        page.mouse.move(0, 0)  # nothing is hovered by chance
        page.faults.lines.clear()
        return page

    def _load(self) -> Page:
        # Service workers would make requests that the page does not see.
        page = self._browser.new_context(viewport=VIEWPORT, service_workers="block").new_page()
        page.set_default_timeout(WAIT)
        page.faults = Faults(page)
        page.goto(self._lab.address, wait_until="domcontentloaded", timeout=LOAD)
        page.wait_for_function("() => window.jupyterapp", timeout=LOAD)
        # A notebook that runs before the widgets' extension is there gets no widgets.
        page.evaluate("Promise.all([jupyterapp.restored, jupyterapp.allPluginsActivated])")
        page.evaluate("jupyterapp.shell.collapseLeft()")  # room for the notebook
        page.faults.check()
        return page

    def finish(self, failed: bool) -> None:
        """After a test: an AssertionError where the page has faults. Then, or if the test failed, discard the page."""
        page = self._page
        if failed or page.faults.lines:
            self.discard()  # whatever went wrong must not go on in the next test
        page.faults.check()

    def discard(self) -> None:
        """Close the page; the next test gets a new one."""
        if self._page is not None:
            self._page.context.close()
            self._page = None


def change_theme(page: Page, theme: str) -> None:
    """Switch JupyterLab's theme to "light" or "dark", by the command behind its Settings menu."""
    name = f"JupyterLab {theme.title()}"
    # JupyterLab lays a screen over itself while it starts and while it changes; two at once are an error of its own.
    splash = page.locator("#jupyterlab-splash")
    splash.wait_for(state="detached")
    if page.get_attribute("body", "data-jp-theme-name") == name:
        return
    page.evaluate(
        "async (theme) => { void await jupyterapp.commands.execute('apputils:change-theme', {theme}); }", name
    )
    page.locator(f'body[data-jp-theme-name="{name}"]').wait_for(state="attached")
    splash.wait_for(state="detached")


def settle(page: Page) -> None:
    """Wait until the page has drawn what it knows: fonts loaded and two frames shown."""
    page.evaluate(
        "async () => { await document.fonts.ready;"
        " for (let i = 0; i < 2; i++) await new Promise(requestAnimationFrame); }"
    )
