"""The playground in a real JupyterLab: it trains, is drawn into, changed and read, by mouse and by keyboard."""

import re

import pytest

pytestmark = pytest.mark.browser

CELL = """\
from tensorbook.widgets import Playground
playground = Playground()
playground"""

# Frames of the page in so many milliseconds, as times between them.
FRAMES = """ms => new Promise(resolve => {
    const start = performance.now(), gaps = []; let last = start;
    const frame = now => {
        gaps.push(now - last);
        last = now;
        now - start < ms ? requestAnimationFrame(frame) : resolve(gaps);
    };
    requestAnimationFrame(frame);
})"""

# Where the middle of a line stands on the page.
MIDDLE = """path => {
    const at = path.getPointAtLength(path.getTotalLength() / 2), to = path.getScreenCTM();
    return [at.x * to.a + to.e, at.y * to.d + to.f];
}"""

# Whether the words of a list that is folded have room beside its arrow.
ROOM = """list => {
    const style = getComputedStyle(list), pen = document.createElement('canvas').getContext('2d');
    pen.font = style.font;
    const taken = parseFloat(style.paddingLeft) + parseFloat(style.paddingRight);
    return pen.measureText(list.value).width + taken <= list.clientWidth;
}"""


def epoch(widget):
    return int(widget.locator(".tb-chip", has_text="epoch").first.locator(".tb-value").inner_text().replace(",", ""))


def test_it_trains_while_cells_run_and_the_page_moves(notebook):
    nb = notebook([CELL, "seen = playground.step_count"])
    widget = nb.widget()
    widget.get_by_role("button", name="▶ run").click()
    widget.get_by_role("button", name="pause").wait_for()
    widget.get_by_text("epochs/s").wait_for()
    first, gaps = epoch(widget), nb.page.evaluate(FRAMES, 2000)
    rate = (epoch(widget) - first) / (sum(gaps) / 1000)
    print(f"{rate:.1f} epochs/s, {1000 * len(gaps) / sum(gaps):.0f} frames/s, longest frame {max(gaps):.0f} ms")
    assert rate > 8 and 1000 * len(gaps) / sum(gaps) > 20  # 20 and 30 are wanted: this machine may have other work
    nb.cell(1).locator(".jp-InputArea-editor").click()
    nb.page.keyboard.press("Control+Enter")
    nb.wait_value("seen > 0 and playground.running", True)
    widget.get_by_role("button", name="pause").click()
    nb.wait_value("playground.status", "paused")
    widget.locator(".tb-chip", has_text="paused").wait_for()
    assert epoch(widget) == nb.value("playground.step_count")
    assert len(widget.locator(".tb-play-loss .tb-plot-curve").first.get_attribute("d")) > 100

    widget.get_by_role("button", name="torch program").click()
    program = widget.get_by_role("region", name="the program")
    program.wait_for()
    assert program.inner_text().strip() == nb.value("playground.code('torch')").strip()
    widget.get_by_role("button", name="reset").click()
    nb.wait_value("(playground.step_count, playground.status)", (0, "ready"))
    program.wait_for(state="hidden")
    nb.check()


def test_the_network_is_changed_by_mouse(notebook):
    nb = notebook([CELL])
    widget = nb.widget()
    tiles = widget.locator(".tb-play-tile")
    assert tiles.count() == 2 + 4 + 2 + 1
    widget.get_by_role("button", name="+ layer").click()
    nb.wait_value("playground.settings.layers", (4, 2, 2))
    widget.get_by_role("button", name="one neuron more in layer 3").click()
    nb.wait_value("playground.settings.layers", (4, 2, 3))
    widget.get_by_role("button", name="feature x1*x2").click()
    nb.wait_value("playground.settings.features", ("x1", "x2", "x1*x2"))
    widget.get_by_role("combobox", name="activation of layer 2").select_option("relu")
    nb.wait_value("playground.settings.activation", ("tanh", "relu", "tanh"))
    widget.get_by_role("combobox", name="optimiser").select_option("Adam")
    nb.wait_value("playground.settings.optimizer", "Adam")
    widget.get_by_role("button", name="spiral").click()
    nb.wait_value("playground.settings.data", "spiral")
    assert tiles.count() == 3 + 4 + 2 + 3 + 1

    title = widget.locator(".tb-play-output .tb-heading")
    tiles.nth(4).hover()
    assert title.inner_text() == "layer 1, neuron 2"
    tiles.nth(4).click()
    field = widget.get_by_role("spinbutton", name="weight from x₂ of layer 1, neuron 2")
    field.fill("1.5")
    field.press("Enter")
    nb.wait_value("playground.model[0].weight[1, 1].item()", 1.5)
    nb.page.mouse.move(0, 0)

    # A click on a line lists the weights of the neuron that it leads to, with this one ready to be written.
    nb.page.mouse.click(*widget.locator(".tb-play-hit").last.evaluate(MIDDLE))
    widget.get_by_text("into output").wait_for()
    assert "weight from" in nb.page.evaluate("document.activeElement.getAttribute('aria-label')")

    widget.get_by_role("button", name="step", exact=True).click()
    nb.wait_value("playground.step_count", 1)
    widths = "root => [...root.querySelectorAll('.tb-play-edge')].map(e => e.getAttribute('stroke-width'))"
    before = widget.evaluate(widths)
    widget.get_by_role("button", name="gradients").click()
    assert widget.evaluate(widths) != before
    assert re.match(r"[\d.e-]+$", widget.locator(".tb-play-norm").first.inner_text())

    nb.execute("playground.set(layers=[8] * 6, activation='leaky relu')")
    last = widget.get_by_role("combobox", name="activation of layer 6")
    last.wait_for()
    assert last.evaluate(ROOM)
    nb.check()


def test_by_keyboard_run_walk_and_write_a_weight(notebook):
    nb = notebook([CELL])
    widget = nb.widget()
    nb.press(widget, "ArrowRight Enter Enter")  # run is the first stop, step beside it
    nb.wait_value("playground.step_count", 2)
    tile = widget.get_by_role("button", name="layer 1, neuron 1")
    tile.focus()
    nb.press(widget, "ArrowDown ArrowRight a d d Enter")
    label = "bias of layer 2, neuron 1"
    assert nb.page.evaluate("document.activeElement.getAttribute('aria-label')") == label
    nb.page.keyboard.type("0.75")
    nb.press(widget, "Enter")
    nb.wait_value("playground.model[2].bias[0].item()", 0.75)
    nb.press(widget, "Escape")
    assert nb.page.evaluate("document.activeElement.getAttribute('aria-label')") == "layer 2, neuron 1"
    rate = widget.get_by_role("slider", name="learning rate")
    rate.focus()
    nb.press(rate, "ArrowRight")
    nb.wait_value("playground.settings.lr", 0.11)
    assert nb.value("playground.step_count") == 2  # it goes on
    nb.check()


def test_points_are_drawn_by_mouse_and_by_keyboard(notebook):
    nb = notebook([CELL, "again = Playground(data='own')\nagain"])
    widget = nb.widget()
    widget.get_by_role("button", name="own").click()
    nb.wait_value("playground.settings.data", "own")
    widget.get_by_role("button", name="▶ run").click()
    widget.get_by_role("alert").filter(has_text="no points yet: draw at least two").wait_for()
    square = widget.locator(".tb-play-dots")
    square.scroll_into_view_if_needed()
    box = square.bounding_box()
    at = lambda x1, x2: (box["x"] + (x1 + 3.5) / 7 * box["width"], box["y"] + (3.5 - x2) / 7 * box["height"])  # noqa: E731
    nb.page.mouse.move(*at(-2, 1))
    nb.page.mouse.down()
    nb.page.mouse.move(*at(-1, 1), steps=8)
    nb.page.mouse.up()
    nb.wait_value("len(playground.settings.drawn) >= 4 and {c for _, _, c in playground.settings.drawn} == {0}", True)
    assert nb.value("all(-2.1 < a < -0.9 and 0.9 < b < 1.1 for a, b, _ in playground.settings.drawn)")
    count = nb.value("len(playground.settings.drawn)")
    box = square.bounding_box()
    nb.page.mouse.move(*at(0, 2))
    nb.page.mouse.down()
    nb.page.mouse.move(*at(2, 2), steps=20)
    nb.page.mouse.up()
    nb.wait_value(f"len(playground.settings.drawn) > {count + 5}", True)
    count = nb.value("len(playground.settings.drawn)")
    widget.get_by_text(f"drawn=(… {count} points …)").first.wait_for()
    assert square.bounding_box() == box  # what is drawn on stays where it is
    widget.get_by_role("button", name="■ class 1").click()
    square.focus()
    nb.press(square, "ArrowRight ArrowDown ArrowDown Enter")
    nb.wait_value(f"playground.settings.drawn[{count}:]", ((0.25, -0.5, 1),))
    widget.get_by_role("button", name="step", exact=True).click()
    nb.wait_value("playground.step_count", 1)
    nb.run_all()  # what was drawn is not lost
    nb.wait_value("len(again.settings.drawn)", count + 1)
    widget = nb.widget(1)
    widget.get_by_role("button", name="clear").click()
    nb.wait_value("again.settings.drawn", ())
    nb.check()


def test_fixed_controls_are_off_and_hidden_ones_away(notebook, check_accessible):
    fixed, hidden = ["data", "layers", "weights", "lr"], ["features", "regularisation", "rate", "code"]
    nb = notebook([f"from tensorbook.widgets import Playground\nPlayground(fixed={fixed}, hidden={hidden})"])
    widget = nb.widget()
    assert widget.get_by_role("button", name="circle").is_disabled()
    assert widget.get_by_role("button", name="+ layer").is_disabled()
    assert widget.get_by_role("button", name="one neuron more in layer 1").is_disabled()
    rate = widget.get_by_role("slider", name="learning rate")
    assert rate.is_disabled() and float(rate.evaluate("slider => getComputedStyle(slider).opacity")) < 1
    assert widget.get_by_role("button", name="feature x1*x2").count() == 0
    assert widget.locator(".tb-play-controls").get_by_text("regularisation").count() == 0
    assert f"fixed={sorted(fixed)}, hidden={sorted(hidden)}" in widget.locator(".tb-foot code").inner_text()
    assert widget.get_by_role("button", name="torch program").count() == 0
    widget.get_by_role("button", name="layer 1, neuron 1").click()
    assert widget.get_by_role("spinbutton").first.is_disabled()
    check_accessible(nb, widget)
    nb.check()
