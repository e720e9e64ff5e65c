"""The loss surface in a real JupyterLab: dragged and stepped, with the fit following."""

import pytest

pytestmark = pytest.mark.browser


def test_the_point_is_dragged_and_the_fit_follows(notebook, check_accessible):
    nb = notebook(["from tensorbook.widgets import LossSurface\nsurface = LossSurface()\nsurface"])
    widget = nb.widget()
    line = widget.locator(".tb-fit-line")
    before = line.get_attribute("d")
    plane = widget.locator(".tb-plane")
    plane.drag_to(plane, source_position={"x": 100, "y": 100}, target_position={"x": 250, "y": 150})
    nb.wait_value("surface.at[0] > 0", True)
    nb.page.wait_for_function("([e, was]) => e.getAttribute('d') !== was", arg=[line.element_handle(), before])
    x, y = nb.value("surface.at")
    nb.press(plane, "ArrowLeft ArrowDown d d")
    nb.wait_value("[round(v, 3) for v in surface.at]", [round(x - 0.2, 3), round(y - 0.2, 3)])
    widget.locator(".tb-chip", has_text=nb.value("surface.picture['loss']")).first.wait_for()
    widget.get_by_role("slider", name="learning rate of the descent").focus()
    nb.press(widget, "ArrowRight")
    nb.wait_value("surface.lr", 0.11)
    check_accessible(nb, widget)
    nb.check()
