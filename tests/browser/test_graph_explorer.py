"""GraphExplorer in a real JupyterLab: mouse, keyboard, playing, what Python sees, and who cannot see."""

import json

import pytest

pytestmark = pytest.mark.browser

LINE = """\
import tensorbook as torch
from tensorbook.widgets import GraphExplorer
x = torch.tensor([[1.0], [2.0], [3.0], [4.0]])
y = torch.tensor([[2.0], [4.0], [5.0], [9.0]])
w = torch.tensor([[0.5]], requires_grad=True)
b = torch.tensor([0.25], requires_grad=True)
loss = ((x @ w + b - y) ** 2).sum()
explorer = GraphExplorer(loss)
explorer"""

DEEP = """\
import tensorbook as torch
from tensorbook.widgets import GraphExplorer
w = torch.tensor([0.5, 0.25], requires_grad=True)
h = w
for _ in range(499):
    h = (h * w).tanh()
loss = h.sum()
explorer = GraphExplorer(loss)
explorer"""


def node(widget, key):
    return widget.locator(f"[data-key='{key}']")


@pytest.fixture
def line(notebook):
    nb = notebook([LINE])
    nb.check()
    return nb, nb.widget()


def test_a_click_shows_the_node_and_python_knows(line):
    nb, widget = line
    node(widget, "MmBackward0").click()
    nb.wait_value("explorer.selected", "MmBackward0")
    panel = widget.locator(".tb-side")
    assert "MmBackward0" in panel.locator("h3").inner_text()
    text = panel.inner_text()
    assert "out = x @ w" in text and "to w: x.T @ g" in text and "next_functions" in text and "version 0" in text
    assert "an unknown line: noted after torch.autograd.set_detect_anomaly(True)" in text
    assert node(widget, "MmBackward0").get_attribute("aria-selected") == "true"
    panel.get_by_role("button", name="w", exact=True).first.click()  # follow the edge
    nb.wait_value("explorer.selected", "w")
    assert "○ MmBackward0: not yet" in panel.inner_text()
    assert "None, until all its gradients have come" in panel.inner_text()
    nb.execute("explorer.step = 6")
    panel.get_by_text("✓ MmBackward0: x.T @ g").wait_for()
    nb.execute("explorer.step = 0")
    node(widget, "w").click()  # once more puts it back
    nb.wait_value("explorer.selected", "")


def test_the_step_buttons_walk_the_backward_pass(line):
    nb, widget = line
    forward, back = (widget.get_by_role("button", name=name) for name in ("step forward", "step back"))
    assert back.is_disabled()
    for _ in range(4):
        forward.click()
    nb.wait_value("explorer.step", 4)
    words = "step 4 of 7: AddBackward0 passes g to MmBackward0 and g summed to (1,) to b"
    assert widget.locator(".tb-story").inner_text() == words == nb.value("explorer.words")
    assert widget.locator(".tb-live[role=status]").text_content() == words
    states = {
        key: node(widget, key).get_attribute("data-state")
        for key in ("PowBackward0", "AddBackward0", "MmBackward0", "b")
    }
    assert states == {"PowBackward0": "done", "AddBackward0": "current", "MmBackward0": "pending", "b": "pending"}
    assert "✓ AddBackward0: g" not in widget.locator(".tb-side").inner_text()  # the panel shows the node that runs
    assert widget.locator(".tb-edges-2 path").count() == 2
    assert widget.locator(".tb-passing").all_text_contents() == ["g", "g summed to (1,)"]
    forward.click()
    nb.wait_value("explorer.step", 5)
    assert "grad -28" in node(widget, "b").get_attribute("aria-label")
    back.click()
    nb.wait_value("explorer.step", 4)
    assert "grad is None" in node(widget, "b").get_attribute("aria-label")
    assert nb.value("b.grad is None and w.grad is None")
    widget.get_by_role("button", name="to the end").click()
    nb.wait_value("explorer.step", 7)
    assert forward.is_disabled()
    widget.get_by_role("button", name="to the start").click()
    nb.wait_value("explorer.step", 0)


def test_python_moves_the_picture(line):
    nb, widget = line
    nb.execute("explorer.step = 6; explorer.selected = 'w'")
    widget.locator("[data-key='MmBackward0'][data-state='current']").wait_for()
    widget.locator(".tb-side").get_by_role(
        "heading", name="w", exact=True
    ).wait_for()  # the second message may come later
    nb.execute("explorer.step, explorer.selected = 7, ''")
    widget.locator("[data-key='w'][data-state='current']").wait_for()
    assert "grad -87" in node(widget, "w").get_attribute("aria-label")


def test_scrubbing_shows_at_once_and_commits_at_the_end(line):
    nb, widget = line
    slider = widget.get_by_role("slider")
    box = slider.bounding_box()
    nb.page.mouse.move(box["x"] + 4, box["y"] + box["height"] / 2)
    nb.page.mouse.down()
    nb.page.mouse.move(box["x"] + box["width"] - 4, box["y"] + box["height"] / 2, steps=4)
    widget.locator("[data-key='w'][data-state='current']").wait_for()
    nb.page.mouse.up()
    nb.wait_value("explorer.step", 7)
    assert slider.get_attribute("aria-valuetext") == "7 of 7"
    nb.press(slider, "ArrowLeft ArrowLeft")
    nb.wait_value("explorer.step", 5)


def test_playing_runs_to_the_end_and_pauses(line):
    nb, widget = line
    widget.get_by_role("button", name="▶ play").click()
    nb.wait_value("explorer.step", 2)
    widget.get_by_role("button", name="pause").click()
    stopped = nb.value("explorer.step")
    nb.page.wait_for_timeout(1200)
    assert nb.value("explorer.step") == stopped < 7
    widget.get_by_role("button", name="▶ play").click()
    nb.wait_value("explorer.step", 7)
    widget.get_by_role("button", name="▶ play").wait_for()


def test_by_keyboard_alone(line):
    nb, widget = line
    node(widget, "SumBackward0").focus()
    nb.press(widget, "ArrowDown ArrowDown ArrowDown")
    focused = "document.activeElement.dataset.key"
    assert nb.page.evaluate(focused) == "AddBackward0"
    nb.press(widget, "ArrowDown ArrowRight")
    assert nb.page.evaluate(focused) == "b"
    nb.press(widget, "ArrowUp Enter")
    nb.wait_value("explorer.selected", "AddBackward0")
    nb.press(widget, "] ] . [")
    nb.wait_value("explorer.step", 2)
    nb.press(widget, "End")
    assert nb.page.evaluate(focused) == nb.value("explorer.nodes[-1]")
    nb.press(widget, "Home Escape")
    nb.wait_value("explorer.selected", "")
    nb.press(widget, "a b d d x")  # JupyterLab would insert and cut cells
    nb.press(widget, "Space")
    nb.wait_value("explorer.step", 7)
    nb.press(widget, "Escape")
    assert not widget.evaluate("root => root.contains(document.activeElement)")


def test_one_tab_stop_for_each_part(line):
    nb, widget = line
    widget.get_by_role("button", name="▶ play").focus()
    stops = []
    for _ in range(7):
        stops.append(nb.page.evaluate("document.activeElement.getAttribute('role') ?? document.activeElement.type"))
        nb.page.keyboard.press("Tab")
    assert stops == ["button", "search", "range", "option", "button", "button", "button"]  # no blocks: no fold buttons


def test_finding_by_operation_and_by_variable(line):
    nb, widget = line
    search = widget.get_by_role("searchbox")
    search.fill("mm")
    assert widget.locator(".tb-found").count() == 1
    assert widget.locator(".tb-find").inner_text() == "1 found"
    nb.press(search, "Enter")
    nb.wait_value("explorer.selected", "MmBackward0")
    search.fill("w")
    nb.press(search, "Enter")
    nb.wait_value("explorer.selected", "w")
    search.fill("nowhere")
    assert "0 found" in widget.locator(".tb-find").inner_text()
    nb.press(search, "Escape")
    assert widget.locator(".tb-found").count() == 0


def test_hovering_lights_a_node_with_its_edges(line):
    _, widget = line
    node(widget, "AddBackward0").hover()
    hot = widget.locator(".tb-node.tb-hot").evaluate_all("all => all.map(one => one.dataset.key)")
    assert sorted(hot) == ["AddBackward0", "MmBackward0", "SubBackward0", "b"]
    assert widget.locator(".tb-edge.tb-hot").count() == 3
    widget.locator(".tb-title").hover()
    assert widget.locator(".tb-hot").count() == 0


def test_nothing_overlaps_and_no_label_leaves_its_box(line):
    nb, widget = line
    for step in range(8):
        nb.execute(f"explorer.step = {step}")
        nb.page.wait_for_timeout(60)
        outside = widget.locator(".tb-node").evaluate_all(
            """all => all.flatMap(one => {
                const box = one.querySelector('.tb-box').getBoundingClientRect();
                return [...one.querySelectorAll('text')].filter(text => text.textContent).map(text => {
                    const r = text.getBoundingClientRect();
                    return [one.dataset.key, text.textContent, r.left - box.left, box.right - r.right];
                }).filter(([, , left, right]) => left < 0 || right < 0);
            })"""
        )
        assert outside == []
        overlapping = widget.locator(".tb-node").evaluate_all(
            """all => all.flatMap(one => {
                const texts = [...one.querySelectorAll('text')].filter(t => t.textContent.trim())
                    .map(t => [t.textContent, t.getBoundingClientRect()]);
                return texts.flatMap(([a, p], i) => texts.slice(i + 1).filter(([, q]) =>
                    p.left < q.right && q.left < p.right && p.top + 3 < q.bottom && q.top + 3 < p.bottom)
                    .map(([b]) => [one.dataset.key, a, b]));
            })"""
        )
        assert overlapping == []


def test_everybody_can_use_it(line, check_accessible):
    nb, widget = line
    check_accessible(nb, widget)
    nb.execute("explorer.step = 4; explorer.selected = 'MmBackward0'")
    widget.locator("[data-key='AddBackward0'][data-state='current']").wait_for()
    check_accessible(nb, widget)
    nb.screenshots("graph_explorer", widget)
    with nb.width(widget, 400):
        nb.screenshots("graph_explorer-400", widget)


def test_exports_hold_the_picture_and_its_data(line):
    nb, widget = line
    widget.get_by_role("button", name="step forward").click()
    with nb.page.expect_download() as download:
        widget.get_by_role("button", name="save the picture as SVG").click()
    text = download.value.path().read_text(encoding="utf-8")
    assert text.startswith("<svg") and "MmBackward0" not in text and ">Mm<" in text and "step 1 of 7" in text
    with nb.page.expect_download() as download:
        widget.get_by_role("button", name="save the data it shows as JSON").click()
    assert json.loads(download.value.path().read_text(encoding="utf-8"))["count"] == 7
    with nb.page.expect_download() as download:
        widget.get_by_role("button", name="save the picture as PNG").click()
    assert download.value.path().read_bytes().startswith(b"\x89PNG")


FRAMES = """async (root) => {
    // what moving costs: the time between frames while the graph is panned, then while its pass is stepped through
    const scroller = root.querySelector('.tb-graph'), slider = root.querySelector('input[type=range]');
    const sample = async (count, move) => {
        const gaps = [];
        let last = await new Promise(requestAnimationFrame);
        for (let at = 0; at < count; at++) {
            move(at);
            const now = await new Promise(requestAnimationFrame);
            gaps.push(now - last);
            last = now;
        }
        return gaps.sort((a, b) => a - b)[Math.floor(count / 2)];
    };
    const pan = await sample(60, (at) => { scroller.scrollTop = 40 * at; });
    const script = [], layout = [], middle = (all) => all.sort((a, b) => a - b)[all.length >> 1];
    const steps = await sample(40, (at) => {
        const start = performance.now();
        slider.value = at + 1;
        slider.dispatchEvent(new Event('input'));
        script.push(performance.now() - start);
        root.getBoundingClientRect();
        layout.push(performance.now() - start - script.at(-1));
    });
    return [pan, middle(script), middle(layout), steps];
}"""


def test_a_thousand_nodes_fold_and_move(notebook):
    nb = notebook([DEEP])
    nb.check()
    widget = nb.widget()
    assert widget.locator(".tb-node").count() <= 60
    # what is opened keeps its place
    key = widget.locator(".tb-block").nth(4).get_attribute("data-key")
    block = node(widget, key)
    block.scroll_into_view_if_needed()
    before = block.bounding_box()
    block.click()
    block.wait_for(state="detached")
    first = nb.value(f"next(n['key'] for n in explorer.picture['nodes'] if {key!r} in n.get('in', []))")
    after = node(widget, first).bounding_box()
    assert abs(after["y"] - before["y"]) < 2 or widget.locator(".tb-graph").evaluate("one => one.scrollTop") == 0
    # by keyboard: Enter opens, f folds what it lies in, and the focus stays there
    nb.press(node(widget, first), "f")
    block.wait_for()
    nb.page.wait_for_function("key => document.activeElement.dataset.key === key", arg=key)
    nb.page.keyboard.press("Enter")
    node(widget, first).wait_for()
    # what is folded away is found, and opened by Enter, one after the other
    search = widget.get_by_role("searchbox")
    search.fill("tanhbackward0 #40")
    widget.locator(".tb-find").filter(has_text="11 found").wait_for()  # 40 and 400 to 409
    search.press("Enter")
    nb.wait_value("explorer.selected", "TanhBackward0 #40")
    node(widget, "TanhBackward0 #40").wait_for()
    search.press("Enter")
    nb.wait_value("explorer.selected", "TanhBackward0 #400")
    # all of it at once
    widget.get_by_role("button", name="unfold all").click()
    nb.wait_value("len(explorer.nodes)", 1000)
    widget.locator("[data-key='TanhBackward0 #499']").wait_for(state="attached")
    assert widget.locator(".tb-map").is_visible()
    graph, chart, panel = (widget.locator(one).bounding_box() for one in (".tb-graph", ".tb-map", ".tb-side"))
    assert graph["x"] + graph["width"] <= chart["x"]  # the map covers no node, and no panel covers the map
    assert chart["x"] + chart["width"] <= panel["x"]
    # JupyterLab hides the page while it changes its theme; what was scrolled says then that it stands at 0.
    widget.locator(".tb-graph").evaluate(
        "one => { const page = one.closest('.jp-NotebookPanel'); page.style.display = 'none';"
        " one.dispatchEvent(new Event('scroll')); page.style.display = ''; }"
    )
    assert widget.locator(".tb-map").is_visible()
    pan, *steps = widget.evaluate(FRAMES)
    print(f"median frame while panning {pan:.1f} ms; a step: script, layout, frame {steps}")
    assert pan < 20  # 16.7 is 60 a second
    scroller = widget.locator(".tb-graph")
    nb.press(node(widget, "SumBackward0"), "Home")
    top = scroller.evaluate("one => one.scrollTop")
    nb.press(node(widget, "SumBackward0"), "Shift+ArrowDown Shift+ArrowDown")
    assert scroller.evaluate("one => one.scrollTop") == top + 120
    wide = widget.locator(".tb-graph-svg").evaluate("one => one.clientWidth")
    nb.press(node(widget, "SumBackward0"), "- -")
    assert widget.locator(".tb-graph-svg").evaluate("one => one.clientWidth") < 0.7 * wide
    nb.press(node(widget, "SumBackward0"), "0")
    assert widget.locator(".tb-graph-svg").evaluate("one => one.clientWidth") == wide
    # the map leads anywhere
    map_ = widget.locator(".tb-map")
    tall = map_.evaluate("one => one.clientHeight")
    map_.click(position={"x": 20, "y": tall - 3}, force=True)
    assert scroller.evaluate("one => one.scrollTop > 0.9 * one.scrollHeight")
    widget.get_by_role("button", name="fold all", exact=True).click()
    nb.wait_value("explorer.nodes", ["SumBackward0", "499 × (Tanh, Mul)"])


def test_forward_and_the_second_backward(line, check_accessible):
    nb, widget = line
    widget.get_by_role("button", name="forward", exact=True).click()
    story = widget.locator(".tb-story")
    story.filter(has_text="before the forward pass: 5 steps").wait_for()
    widget.get_by_role("button", name="step forward").click()
    story.filter(has_text="step 1 of 5: out = x @ w, shape (4, 1), and saves self for backward").wait_for()
    assert node(widget, "MmBackward0").get_attribute("data-state") == "current"
    assert node(widget, "w").bounding_box()["y"] < node(widget, "SumBackward0").bounding_box()["y"]
    check_accessible(nb, widget)
    widget.get_by_role("button", name="backward again").click()
    widget.get_by_text("The second backward() stops at PowBackward0").wait_for()
    assert nb.value("explorer.phase, explorer.step") == ("again", 0)
    widget.get_by_role("button", name="to the end").click()
    widget.locator("[data-key='PowBackward0'][data-state='stopped']").wait_for()
    widget.get_by_role("button", name="again, retained").click()
    widget.get_by_text("nothing was freed").wait_for()
    widget.get_by_role("button", name="to the end").click()
    nb.wait_value("explorer.step", 7)
    story.filter(has_text="w.grad becomes (1, 1), -174").wait_for()
    widget.get_by_role("button", name="backward", exact=True).click()
    widget.get_by_text("saved tensors freed: 0 of 2").wait_for()


def test_no_graph_and_freed_buffers_are_explained(notebook):
    nb = notebook(
        [
            "import tensorbook as torch\nfrom tensorbook.widgets import GraphExplorer",
            "w = torch.tensor([1.0], requires_grad=True)\nGraphExplorer(w)",
            "loss = w.exp().sum()\nloss.backward()\nexplorer = GraphExplorer(loss)\nexplorer",
        ]
    )
    nb.check()
    assert "w is a leaf: it was made directly" in nb.widget(0).inner_text()
    stopped = nb.widget(1)
    assert "The pass stops at ExpBackward0: what it saved was freed by an earlier backward()" in stopped.inner_text()
    nb.press(node(stopped, "SumBackward0"), "]")
    stopped.locator("[data-key='ExpBackward0'][data-state='stopped']").wait_for()
    node(stopped, "ExpBackward0").click()
    nb.wait_value("explorer.selected", "ExpBackward0")
    assert "result = freed by an earlier backward()" in stopped.locator(".tb-side").inner_text()
