"""The harness itself: what it touches takes effect, and each fault that it promises to notice is noticed."""

import re

import pytest

pytestmark = pytest.mark.browser

# A widget with all that the harness touches: hover, click, keys, a value in the page and in the kernel.
COUNTER = '''
import anywidget, traitlets

class Counter(anywidget.AnyWidget):
    _esm = """
    export default { render({ model, el }) {
        el.innerHTML = `<div role="group" aria-label="counter" tabindex="0" data-lm-suppress-shortcuts="true">
            <button tabindex="-1">add one</button> <output>0</output> <span class="hint">nothing</span></div>`;
        const root = el.firstChild, button = root.querySelector("button");
        const add = (n) => { model.set("count", model.get("count") + n); model.save_changes(); };
        button.addEventListener("click", () => add(1));
        button.addEventListener("pointerenter", () => root.querySelector(".hint").textContent = "hovered");
        root.addEventListener("keydown", (event) => { if (event.key === "ArrowUp") add(10); });
        model.on("change:count", () => root.querySelector("output").textContent = model.get("count"));
    } };
    """
    count = traitlets.Int(0).tag(sync=True)

counter = Counter()
counter
'''

THROWING = """
import anywidget
class Throwing(anywidget.AnyWidget):
    _esm = "export default { render() { throw new Error('as the test wants it'); } };"
Throwing()
"""


def test_hover_click_and_keys_show_in_the_page_and_in_the_kernel(notebook):
    nb = notebook([COUNTER, "1 + 1"])
    widget = nb.widget()
    assert nb.value("counter.count") == 0

    widget.get_by_role("button", name="add one").hover()
    widget.get_by_text("hovered").wait_for()
    widget.get_by_role("button", name="add one").click()
    nb.wait_value("counter.count", 1)
    nb.press(widget, "ArrowUp ArrowUp")
    nb.wait_value("counter.count", 21)
    widget.get_by_text("21").wait_for()

    nb.execute("counter.count = 5")  # and the other way, from the kernel to the page
    widget.get_by_text("5", exact=True).wait_for()
    nb.check()


def test_a_made_notebook_has_its_cells_and_no_stale_results(notebook):
    import nbformat

    stale = nbformat.v4.new_code_cell("1 + 1", execution_count=77)
    nb = notebook([stale, nbformat.v4.new_markdown_cell("text")])
    assert [cell["cell_type"] for cell in nb.cells()] == ["code", "markdown"]
    assert nb.cells()[0]["execution_count"] == 1
    nb.run_all()
    assert nb.cells()[0]["execution_count"] == 2


def test_a_traceback_is_noticed(notebook):
    nb = notebook(["1 / 0", "'never reached'"])  # and does not wait for the cell that is never reached
    assert nb.tracebacks() == ["ZeroDivisionError: division by zero"]
    with pytest.raises(AssertionError, match="ZeroDivisionError"):
        nb.check()


def test_a_tagged_traceback_is_allowed_and_the_cells_below_it_run(notebook):
    import nbformat

    tagged = nbformat.v4.new_code_cell("1 / 0", metadata={"tags": ["raises-exception"]})
    nb = notebook([tagged, "after = True"])
    nb.check()
    assert nb.value("after") is True


def test_a_widget_that_throws_is_noticed(notebook, faults):
    nb = notebook([THROWING])
    nb.wait_for_fault("as the test wants it")
    with pytest.raises(AssertionError, match="as the test wants it"):
        nb.check()
    faults.expect("as the test wants it")


def test_a_failure_that_a_widget_shows_is_noticed(notebook):
    nb = notebook([COUNTER.replace("</button>", "</button><p role='alert'>this went wrong</p>")])
    nb.widget()
    with pytest.raises(AssertionError, match="a widget shows a failure: this went wrong"):
        nb.check()


@pytest.mark.parametrize("address", ["https://cdn.example.org", "http://192.0.2.1"])
def test_a_request_to_another_machine_is_noticed_and_refused(page, faults, address):
    answer = page.evaluate("address => fetch(address).then(() => 'answered', () => 'refused')", f"{address}/module.js")
    assert answer == "refused"
    with pytest.raises(AssertionError, match="left the machine"):
        faults.check()
    assert faults.expect("left the machine") == [f"left the machine: {address}/module.js"]
    # By Chromium itself, before any look-up: it would be refused without these tests' looking on, too.
    faults.expect("ERR_NAME_NOT_RESOLVED")


def test_keys_that_reach_jupyterlab_are_noticed(notebook):
    leaky = COUNTER.replace('data-lm-suppress-shortcuts="true"', "")
    nb = notebook([leaky, "1 + 1"])
    group = nb.panel.get_by_role("group", name="counter")
    group.wait_for()
    with pytest.raises(AssertionError, match="the notebook's cells have changed"):
        nb.press(group, "b")


def test_a_fault_fails_the_test_and_the_next_test_gets_another_page(lab_page):
    page = lab_page.clean()
    lab_page.finish(failed=False)
    assert lab_page.clean() is page

    page.evaluate("console.error('as the test wants it')")
    with pytest.raises(AssertionError, match="console error: as the test wants it"):
        lab_page.finish(failed=False)
    assert lab_page.clean() is not page


def test_the_theme_changes_and_pictures_are_kept(notebook):
    nb = notebook([COUNTER])
    background = "getComputedStyle(document.querySelector('.jp-Notebook')).backgroundColor"
    assert nb.page.evaluate(background) == "rgb(255, 255, 255)"
    nb.theme("dark")
    red, green, blue = map(int, re.findall(r"\d+", nb.page.evaluate(background))[:3])
    assert max(red, green, blue) < 60

    for path in nb.screenshots("harness", nb.widget()):
        assert path.read_bytes().startswith(b"\x89PNG")


def test_an_output_can_be_made_narrow(notebook):
    nb = notebook([COUNTER])
    widget = nb.widget()
    wide = widget.bounding_box()["width"]
    with nb.width(widget, 400):
        assert widget.bounding_box()["width"] <= 400
    assert widget.bounding_box()["width"] == wide > 600
