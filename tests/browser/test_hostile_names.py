"""Names and lines that would be markup stay text in the page, wherever a widget shows them."""

import pytest

pytestmark = pytest.mark.browser

NAME = "<img src=x onerror=\"document.body.dataset.hostile='1'\">"

SETUP = f"""\
import tensorbook as torch
from tensorbook.widgets import GraphExplorer, IndexingExplorer, StrideExplorer, TrainingDashboard
NAME = {NAME!r}
w = torch.ones(2, requires_grad=True)

def step(lr):
    w.grad = None
    loss = (w * w).sum()
    loss.backward()
    return {{NAME: loss, NAME + "2": loss}}"""

WIDGETS = [
    "GraphExplorer((w * 2).sum(), names={NAME: w})",
    "TrainingDashboard(step, parameters={NAME: w}, label=NAME).run(steps=5)",
    "i = IndexingExplorer(w.detach())\ni._arrive(i, {'kind': 'run', 'data': {'code': NAME}}, [])\ni",
    "s = StrideExplorer(w.detach())\ns._arrive(s, {'kind': 'run', 'data': {'code': NAME}}, [])\ns",
]


def test_markup_in_names_is_text(notebook):
    nb = notebook([SETUP, *WIDGETS])
    for number in range(len(WIDGETS)):
        widget = nb.widget(number)
        said = widget.inner_text() + " ".join(widget.locator("input").evaluate_all("all => all.map(e => e.value)"))
        assert "<img" in said, WIDGETS[number]
        assert widget.locator("img").count() == 0, WIDGETS[number]
    graph, dashboard = nb.widget(0), nb.widget(1)
    graph.locator(".tb-leaf").click()
    graph.locator(".tb-side").get_by_role("heading", name="<img").first.wait_for()
    dashboard.locator(".tb-train-plot").hover(position={"x": 150, "y": 80})
    assert "<img" in dashboard.locator(".tb-train-readout").inner_text()
    assert nb.panel.locator(".tb-root img").count() == 0
    assert nb.page.locator("body").get_attribute("data-hostile") is None
    nb.check()
