"""The race between devices in a real JupyterLab: run, stop, read off, by mouse and by keyboard."""

import pytest

pytestmark = pytest.mark.browser

RACE = """
from tensorbook.widgets import DeviceRace
race = DeviceRace(sizes=[10, 100, 1_000, 10_000], seconds=0.02)
race
"""


def test_run_stop_and_read_off(notebook, check_accessible):
    nb = notebook([RACE])
    widget = nb.widget()
    widget.get_by_text("Nothing is timed yet. Press run.").wait_for()
    nb.screenshots("device_race-ready", widget)
    widget.get_by_role("button", name="run").click()
    nb.wait_value("race.picture['status']", "done", 60)
    assert nb.value("len(race.results) == 4 * len(race.picture['curves'])")
    widget.get_by_text("at 10,000 numbers").wait_for()
    for note in nb.value("race.picture['notes']"):
        widget.get_by_text(note).wait_for()
    nb.press(widget.locator(".tb-device-svg"), "ArrowLeft ArrowLeft")
    widget.get_by_text("at 100 numbers").wait_for()
    assert nb.value("race.picture['tables'][1][0]['median']") in widget.locator("tbody tr").first.inner_text()
    widget.locator(".tb-device-svg").hover(position={"x": 60, "y": 80})
    widget.get_by_text("at 10 numbers").wait_for()
    check_accessible(nb, widget)

    nb.press(widget.get_by_role("toolbar", name="race"), "ArrowRight ArrowRight Enter")  # the keyboard chooses
    nb.wait_value("race.operation", "multiply-add")
    nb.execute("race._seconds = 5.0")
    widget.get_by_role("button", name="run").click()
    widget.get_by_role("button", name="stop").wait_for()
    assert nb.value("race.running")  # the kernel answers meanwhile
    widget.get_by_role("button", name="stop").click()
    nb.wait_value("race.picture['status']", "stopped")
    nb.check()
