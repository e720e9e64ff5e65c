"""A notebook that is open in JupyterLab: run it, look at it, touch it, and ask its kernel."""

from __future__ import annotations

import ast
import contextlib
import difflib
import itertools
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .lab_page import ARTEFACTS, WAIT, change_theme, settle
from .lab_server import LabServer

if TYPE_CHECKING:
    from jupyter_client import BlockingKernelClient
    from playwright.sync_api import Locator, Page

RUN_MILLISECONDS = 300_000  # a notebook runs in under a minute on a machine that does nothing else

# Every widget of tensorbook bears this on its root, or JupyterLab's own keys would act in it.
WIDGET = '[data-lm-suppress-shortcuts="true"]'

# An object of functions, each taking this notebook's path and perhaps an argument.
FUNCTIONS = (Path(__file__).parent / "lab_notebook.js").read_text(encoding="utf-8").split("\n", 1)[1].strip()
ASK = f"([name, path, argument]) => {FUNCTIONS}[name](path, argument)"


def write_notebook(source: str | Path | list[Any], folder: Path, keep_outputs: bool) -> str:
    """Write `source` (a notebook's path, or a list of cells) as a file in `folder`; return its name there.

    Unless `keep_outputs`, stored outputs are dropped: a number or a traceback on the page is then of this run.
    """
    import nbformat

    if isinstance(source, list):
        new = nbformat.v4.new_notebook(metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}})
        new.cells = [nbformat.v4.new_code_cell(cell) if isinstance(cell, str) else cell for cell in source]
        stem = "made-for-test"
    else:
        new = nbformat.read(source, as_version=4)
        stem = Path(source).stem
    if not keep_outputs:
        for cell in new.cells:
            if cell.cell_type == "code":
                cell.outputs, cell.execution_count = [], None
    # A folder of its own for each notebook: what it writes beside itself meets no other test's files.
    place = next(folder / f"{n:03}" for n in itertools.count() if not (folder / f"{n:03}").exists())
    place.mkdir()
    nbformat.write(new, place / f"{stem}.ipynb")
    return f"{place.name}/{stem}.ipynb"


class LabNotebook:
    """A notebook in JupyterLab: `nb.page` is its page, `nb.panel` its panel; locators are Playwright's."""

    def __init__(self, lab: LabServer, page: Page, path: str) -> None:
        self.lab, self.page, self.path = lab, page, path
        self.panel = page.locator(".jp-NotebookPanel")  # its own, once it is open
        self._client: BlockingKernelClient | None = None

    # Opening and running.

    def open(self, mode: str | None = None) -> LabNotebook:
        """Open it in JupyterLab, in a tab or "split-right" of what is open, and wait until its kernel is ready."""
        self.panel = self.page.locator(f"[id='{self._ask('open', mode)}']")
        self._wait("ready")
        return self

    def run_all(self) -> LabNotebook:
        """Run All Cells by the menu; return when every cell has run, or one that must not fail has failed."""
        before = self._ask("highestCount")
        self.page.get_by_role("menubar").get_by_role("menuitem", name="Run", exact=True).click()
        self.page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
        self.page.mouse.move(0, 0)  # where the menu was a widget may appear, and feel pointed at
        self._wait("finished", before, RUN_MILLISECONDS)
        return self

    def _ask(self, name: str, argument: Any = None) -> Any:
        return self.page.evaluate(ASK, [name, self.path, argument])

    def _wait(self, name: str, argument: Any = None, milliseconds: int = WAIT) -> None:
        self.page.wait_for_function(ASK, arg=[name, self.path, argument], timeout=milliseconds)

    def close(self) -> None:
        """Close it unsaved, and free the kernel and what it holds."""
        if self._client:
            self._client.stop_channels()
            self._client = None
        self._ask("close")

    # Looking.

    def cells(self) -> list[dict[str, Any]]:
        """The notebook's cells as they stand now, in nbformat's JSON."""
        return self._ask("cells")

    def cell(self, index: int) -> Locator:
        """The cell `index`, counted from 0; negative from the end."""
        return self.panel.locator(".jp-Cell").nth(index)

    def widget(self, index: int = 0) -> Locator:
        """The root of the widget `index`, in the order of the page, visible and scrolled to."""
        root = self.panel.locator(f".jp-OutputArea-output {WIDGET}").nth(index)
        root.wait_for()
        root.scroll_into_view_if_needed()
        return root

    def widgets(self) -> list[Locator]:
        """Wait until each output that is a widget has drawn itself; the roots of those of this library, in order."""
        self._wait("drawn")
        # Not every one is ours: a progress bar (tqdm) is made of ipywidgets' own.
        return [self.widget(index) for index in range(self.panel.locator(f".jp-OutputArea-output {WIDGET}").count())]

    def tracebacks(self) -> list[str]:
        """The errors on the page, one "Name: message" each, but for cells that say `raises-exception`."""
        return [
            f"{output['ename']}: {output['evalue']}"
            for cell in self.cells()
            if "raises-exception" not in cell["metadata"].get("tags", [])
            for output in cell.get("outputs", [])
            if output["output_type"] == "error"
        ]

    def check(self) -> None:
        """Raise an AssertionError where a cell failed, a widget shows a failure or nothing, or the page has faults."""
        problems = [f"traceback: {line}" for line in self.tracebacks()]
        if count := self.panel.locator(".jupyter-widgets-error-widget").count():
            problems.append(f"{count} widget(s) without a front end")
        alerts = self.panel.locator(f"{WIDGET} [role=alert]").filter(visible=True).all_inner_texts()
        problems += [f"a widget shows a failure: {text}" for text in alerts if text.strip()]
        assert not problems, "\n".join(problems)
        self.page.faults.check()

    def wait_for_fault(self, pattern: str, seconds: float = 20) -> None:
        """Wait until the page has a fault that matches the regular expression: some come a moment after the run."""
        deadline = time.monotonic() + seconds
        while not any(re.search(pattern, line) for line in self.page.faults.lines):
            assert time.monotonic() < deadline, f"no fault matches {pattern!r}: {self.page.faults.lines}"
            self.page.wait_for_timeout(50)

    # Touching.

    @contextlib.contextmanager
    def same_cells(self) -> Iterator[None]:
        """Check that what happens inside leaves the number, kinds and sources of the cells as they were."""

        before = self._ask("sources")
        yield
        changes = [line[:80] for line in difflib.ndiff(before, self._ask("sources")) if line[0] in "+-"]
        assert not changes, f"the keys reached JupyterLab: the notebook's cells have changed: {changes}"

    def press(self, where: Locator, keys: str) -> None:
        """Press keys, separated by spaces ("Tab ArrowRight Shift+Tab d d"), in the element `where`.

        The focus stays where it is if it is already inside; else `where`, or the first thing in it that takes the
        focus by Tab, gets it. The notebook's cells must stay as they are.
        """
        inside = where.evaluate("element => element.contains(document.activeElement)")
        if not inside:
            where.evaluate(
                """element => {
                    element.focus();
                    if (document.activeElement === element) return;
                    const stops = [...element.querySelectorAll('*')]
                        .filter(e => e.tabIndex >= 0 && !e.matches(':disabled') && e.checkVisibility());
                    stops[0]?.focus();
                    if (!element.contains(document.activeElement)) throw new Error('nothing here takes the focus');
                }"""
            )
        with self.same_cells():
            for key in keys.split():
                self.page.keyboard.press(key)

    def theme(self, theme: str) -> None:
        """Switch JupyterLab's theme, "light" or "dark", as its Settings menu does."""
        change_theme(self.page, theme)

    @contextlib.contextmanager
    def width(self, widget: Locator, pixels: int) -> Iterator[None]:
        """Inside, the output that holds the widget is so many pixels wide, as in a narrow window."""
        output = widget.locator("xpath=ancestor::*[contains(@class, 'jp-OutputArea-output')][1]")
        was = output.get_attribute("style") or ""
        output.evaluate(f"e => e.style.cssText += ';box-sizing: border-box; flex: none; width: {pixels}px'")
        settle(self.page)
        try:
            yield
        finally:
            output.evaluate("(e, was) => e.style.cssText = was", was)
            settle(self.page)

    # Keeping pictures.

    def screenshot(self, name: str, what: Locator | None = None) -> Path:
        """Save tests/artefacts/NAME.png: the element `what`, or the whole notebook from its first cell to its last."""
        ARTEFACTS.mkdir(exist_ok=True)
        path = ARTEFACTS / f"{name}.png"
        with self._tall_page():
            settle(self.page)
            (what or self.panel).screenshot(path=path, animations="disabled")
        return path

    @contextlib.contextmanager
    def _tall_page(self) -> Iterator[None]:
        """Make the page as tall as the notebook: JupyterLab scrolls inside, and a screenshot ends at the edge."""
        size = dict(self.page.viewport_size)
        # scrollPastEnd adds most of a screen below the last cell, so measure the cells, not the scroll height.
        height = self.panel.locator(".jp-Cell").evaluate_all(
            "cells => cells.reduce((sum, cell) => sum + cell.getBoundingClientRect().height, 0)"
        )
        self.page.set_viewport_size({"width": size["width"], "height": min(int(height) + 220, 16_000)})
        self.panel.locator(".jp-WindowedPanel-outer").evaluate("outer => { outer.scrollTop = 0; }")
        try:
            yield
        finally:
            self.page.set_viewport_size(size)

    def screenshots(self, name: str, what: Locator | None = None) -> list[Path]:
        """Save NAME-light.png and NAME-dark.png as `screenshot` does; the theme is light afterwards."""
        paths = []
        for theme in ("dark", "light"):
            self.theme(theme)
            paths.append(self.screenshot(f"{name}-{theme}", what))
        return paths

    # Asking the kernel, which adds nothing to the page.

    def _execute(self, code: str, expressions: dict[str, str]) -> dict[str, Any]:
        if self._client is None:
            from jupyter_client import BlockingKernelClient

            sessions = self.lab.request("sessions")
            kernel = next(session["kernel"]["id"] for session in sessions if session["path"] == self.path)
            self._client = BlockingKernelClient(connection_file=str(self.lab.runtime / f"kernel-{kernel}.json"))
            self._client.load_connection_file()
            self._client.start_channels()
        reply = self._client.execute(
            code, silent=True, store_history=False, user_expressions=expressions, reply=True, timeout=60
        )
        content = reply["content"]
        assert content["status"] == "ok", f"{content.get('ename')}: {content.get('evalue')}, of: {code}"
        return content["user_expressions"]

    def execute(self, code: str) -> None:
        """Run statements in the notebook's kernel; an AssertionError where they raise."""
        self._execute(code, {})

    def value(self, expression: str) -> Any:
        """The value of a Python expression in the notebook's kernel: numbers, strings, tuples, lists, dicts."""
        answer = self._execute("", {"value": expression})["value"]
        assert answer["status"] == "ok", f"{answer.get('ename')}: {answer.get('evalue')}, of: {expression}"
        return ast.literal_eval(answer["data"]["text/plain"])

    def wait_value(self, expression: str, expected: Any, seconds: float = 20) -> None:
        """Wait until the expression has this value in the kernel: a message from the page takes a moment."""
        deadline = time.monotonic() + seconds
        while (got := self.value(expression)) != expected:
            assert time.monotonic() < deadline, f"{expression} is {got!r}, not {expected!r}, after {seconds} s"
            self.page.wait_for_timeout(50)  # lets the page work, where time.sleep would hold up its messages
