"""The race of the optimisers in a real JupyterLab: dragged, played and steered by keyboard."""

import pytest

pytestmark = pytest.mark.browser

RACE = """
from tensorbook.widgets import OptimizerRace
race = OptimizerRace("saddle", optimizers=["SGD", "Adam"])
race
"""


def test_drag_choose_play_and_read_the_program(notebook, check_accessible):
    nb = notebook([RACE])
    widget = nb.widget()
    plane = widget.locator(".tb-plane")
    plane.drag_to(plane, source_position={"x": 80, "y": 160}, target_position={"x": 150, "y": 90})
    nb.wait_value("race.start != (-1.5, 0.001)", True)
    x, y = nb.value("race.start")
    widget.get_by_text(f"({x:g}, {y:g})").wait_for()

    nb.press(plane, "ArrowRight ArrowRight ArrowUp a b")
    nb.wait_value("[round(v, 3) for v in race.start]", [round(x + 0.2, 3), round(y + 0.1, 3)])
    widget.get_by_role("slider", name="learning rate of SGD").focus()
    nb.press(widget, "ArrowRight")
    nb.wait_value("race.optimizers['SGD']", 0.11)
    widget.get_by_role("button", name="let NAdam race").click()
    nb.wait_value("list(race.optimizers)", ["SGD", "Adam", "NAdam"])
    widget.get_by_role("button", name="take Adam out").click()
    nb.wait_value("list(race.optimizers)", ["SGD", "NAdam"])
    widget.get_by_role("button", name="program of NAdam").click()
    assert widget.locator("pre").inner_text().rstrip() == nb.value("race.code('NAdam').rstrip()")

    widget.get_by_role("slider", name="step", exact=True).focus()
    nb.press(widget, "Home ArrowRight")
    widget.get_by_text("1 of 200").wait_for()
    assert widget.locator(".tb-plane-over .tb-plot-curve").first.get_attribute("d").count("L") == 1
    widget.get_by_role("button", name="play").click()
    widget.get_by_role("button", name="pause").wait_for()
    widget.get_by_role("button", name="pause").click()
    check_accessible(nb, widget)

    widget.get_by_role("button", name="surface Himmelblau").click()
    nb.wait_value("race.surface", "Himmelblau")
    widget.get_by_text("Four minima").wait_for()
    nb.execute("race.optimizers = {'SGD': 1.0}")
    widget.locator(".tb-optim-words", has_text="diverged: gone after step").wait_for()
    nb.check()
