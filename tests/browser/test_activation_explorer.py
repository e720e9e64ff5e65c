"""The neuron in a real JupyterLab: sliders, the dragged point, the choice of functions, by mouse and by keyboard."""

import pytest

pytestmark = pytest.mark.browser

CELL = """\
from tensorbook.widgets import ActivationExplorer
neuron = ActivationExplorer("tanh", weight=1.5, bias=-0.5, x=0.8)
neuron"""


def test_the_neuron_follows_the_sliders_and_the_point_the_mouse(notebook):
    nb = notebook([CELL])
    widget = nb.widget()
    formula = widget.locator(".tb-formula")
    assert formula.inner_text() == "a = tanh(1.5 · 0.8 − 0.5) = tanh(0.7) = 0.6044"
    weight = widget.get_by_role("slider", name="weight w")
    weight.focus()
    nb.press(weight, "ArrowRight ArrowRight d d a")  # the letters are nobody's
    assert "tanh(1.7 · 0.8 − 0.5)" in formula.inner_text()
    nb.wait_value("neuron.weight", 1.7)

    plot = widget.locator(".tb-act-plot")
    plot.scroll_into_view_if_needed()
    box = plot.bounding_box()
    nb.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 80)
    nb.page.mouse.down()
    nb.page.mouse.move(box["x"] + box["width"], box["y"] + 80, steps=4)
    assert "tanh(1.7 · 5 − 0.5) = tanh(8) = 1" in formula.inner_text()  # while it is dragged
    nb.page.mouse.up()
    nb.wait_value("neuron.x", 5.0)

    nb.execute("neuron.x = -2.0; neuron.activation = 'relu'")
    formula.filter(has_text="relu(1.7 · -2 − 0.5) = relu(-3.9) = 0").wait_for()
    assert widget.locator("code").inner_text() == "z = torch.tensor(1.7 * -2.0 - 0.5); a = torch.relu(z)"
    assert widget.get_by_role("button", name="relu", exact=True).get_attribute("aria-pressed") == "true"
    nb.check()


def test_functions_are_chosen_and_compared_by_keyboard(notebook):
    nb = notebook([CELL])
    widget = nb.widget()
    nb.press(widget, "ArrowRight ArrowRight Enter")  # sigmoid is the first stop: relu
    nb.wait_value("neuron.activation", "relu")
    nb.press(widget, "Tab Enter Shift+Tab ArrowRight Enter")  # compare on; leaky relu beside it
    nb.wait_value("(neuron.activation, neuron.compare)", ("relu", ["leaky relu"]))
    assert widget.locator(".tb-act-key").all_inner_texts() == ["relu", "leaky relu"]
    curves = widget.locator(".tb-act-plot .tb-act-curve")
    assert curves.count() == 2
    nb.press(widget, "Tab ArrowRight Enter")
    nb.wait_value("neuron.derivative", True)
    assert curves.count() == 4  # the slope, and the tangent
    nb.press(widget, "ArrowLeft Enter")  # compare off: alone again
    nb.wait_value("neuron.compare", [])
    nb.check()
