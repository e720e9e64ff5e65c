"""The training dashboard in a real JupyterLab: steered by mouse and by keyboard while it trains, and the kernel free."""

import time

import pytest

pytestmark = pytest.mark.browser

LINE = """
import torch
from tensorbook.widgets import TrainingDashboard
torch.manual_seed(0)
x = torch.linspace(-1, 1, 40)
y = 3 * x + 0.5 + 0.2 * torch.randn(40)
w = torch.zeros((), requires_grad=True)
b = torch.zeros((), requires_grad=True)

def train_step(lr):
    loss = ((w * x + b - y) ** 2).mean()
    loss.backward()
    with torch.no_grad():
        for p in (w, b):
            p -= lr * p.grad
            p.grad = None
    return loss

dashboard = TrainingDashboard(train_step, parameters={"w": w, "b": b}, lr=0.001, data=(x, y), predict=lambda x: w * x + b)
dashboard
"""


def test_run_grows_the_curve_and_leaves_the_kernel_free(notebook, check_accessible):
    nb = notebook([LINE, "kept = dashboard.step_count"])
    widget = nb.widget()
    widget.get_by_text("No steps taken yet").wait_for()
    widget.get_by_role("button", name="run").click()
    widget.get_by_role("button", name="pause").wait_for()
    nb.page.wait_for_timeout(1500)
    widget.screenshot(path="/tmp/live.png")
    t = time.perf_counter()
    print("cell took", nb.value("dashboard.step_count"), time.perf_counter() - t)
    widget.get_by_role("button", name="pause").click()
    nb.wait_value("dashboard.running", False)
    nb.screenshots("training_dashboard", widget)
    with nb.width(widget, 400):
        nb.screenshots("training_dashboard-400", widget)
    nb.check()
