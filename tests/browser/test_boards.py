"""The boards (broadcasting, indexing, storage, convolution, matrix products) in a real JupyterLab, touched.

What stands in them is tested in tests/widgets; here, that pointing, walking, typing and playing work, for each once.
"""

import re

import pytest

from .gallery import WIDGETS

pytestmark = pytest.mark.browser


def cell(widget, panel, name):
    return (
        widget.locator(f"[data-panel={panel}]").get_by_role("gridcell", name=re.compile(rf"^{re.escape(name)},")).first
    )


def lit(widget, panel, state="lit"):
    """The names of the lit cells of a panel."""
    cells = widget.locator(f"[data-panel={panel}] [data-state={state}]")
    return [label.partition(", ")[0] if "[" not in label else label.partition("]")[0] + "]"
            for label in cells.evaluate_all("all => all.map(e => e.getAttribute('aria-label'))")]  # fmt: skip


def formula(widget):
    return widget.locator(".tb-formula").inner_text()


def status(widget):
    return widget.get_by_role("status").inner_text()


def check_quiz(nb, widget, wrong, right, secret):
    """A quiz in the page: nothing shows before, a wrong guess is told so, the right one opens it."""
    asked = widget.get_by_role("textbox", name=re.compile("your prediction"))
    assert widget.locator(f"[data-panel={secret}]").count() == 0
    asked.fill(wrong)
    nb.press(asked, "Enter")
    widget.get_by_text("not yet").first.wait_for()
    asked.fill(right)
    widget.get_by_role("button", name="check").click()
    widget.locator(f"[data-panel={secret}]").first.wait_for()


def test_broadcasting(notebook):
    nb = notebook([
        f"{WIDGETS['broadcast_explorer'].replace('BroadcastExplorer(a', 'w = BroadcastExplorer(a')}\nw",
        "BroadcastExplorer((3, 2), (4,))", "BroadcastExplorer((2, 1), (3,), quiz=True)",
    ])  # fmt: skip
    widget, refused, quiz = (nb.widget(k) for k in range(3))
    cell(widget, "out", "y[2, 3]").hover()
    assert formula(widget) == "20 + 3 = 23" and status(widget).startswith("y[2, 3] = a[2, 0] + b[3] 20 + 3 = 23")
    assert lit(widget, "a") == ["a[2, 0]", "a[2, 0]"] and lit(widget, "b") == ["b[3]", "b[3]"]
    cell(widget, "a", "a[1, 0]").hover()  # back: which cells of the result read it
    assert lit(widget, "out") == ["y[1, 0]", "y[1, 1]", "y[1, 2]", "y[1, 3]"]

    cell(widget, "out", "y[0, 0]").focus()
    nb.press(widget, "ArrowRight ArrowDown b d d m y x z Enter")
    nb.wait_value("w.selected", (1, 1))
    nb.press(widget, "Escape")
    nb.wait_value("w.selected", None)
    widget.get_by_role("button", name="op *", exact=True).click()
    nb.wait_value("w.op", "*")
    widget.get_by_text("y = a * b   #").wait_for()
    shape = widget.get_by_role("textbox", name=re.compile("shape of b"))
    shape.fill("2")
    nb.press(shape, "Enter")
    nb.wait_value("w.result_shape", (3, 2))

    play = widget.get_by_role("button", name="play")
    cell(widget, "out", "y[0, 0]").hover()
    play.click()
    nb.page.wait_for_function("root => root.querySelector('[data-panel=out] [data-state=here]').dataset.k >= 2",
                              arg=widget.element_handle())  # fmt: skip
    widget.get_by_role("button", name="pause").click()
    widget.get_by_role("button", name="step ▶").click()

    rule = refused.get_by_role("note", name="does not work")
    assert "must match the size of tensor b (4)" in rule.inner_text() and "one of them is 1" in rule.inner_text()
    assert lit(refused, "align", "here") == ["a"]
    nb.screenshots("broadcast_explorer-refused", refused)
    check_quiz(nb, quiz, "2", "2, 3", "out")
    nb.check()


def test_indexing(notebook):
    nb = notebook([
        f"{WIDGETS['indexing_explorer'].replace('IndexingExplorer(x', 'w = IndexingExplorer(x')}\nw",
        "IndexingExplorer(torch.arange(5), index='x[x > 2]', quiz=True)",
    ])  # fmt: skip
    widget, quiz = nb.widget(0), nb.widget(1)
    cell(widget, "out", "y[1, 2]").hover()
    assert formula(widget) == "x[2, 4] = 16" and lit(widget, "x") == ["x[2, 4]"]
    assert "writing to one changes the other" in widget.locator(".tb-told").inner_text()
    cell(widget, "x", "x[0, 0]").hover()
    assert lit(widget, "out") == [] and "goes with no other cell" in status(widget)

    code = widget.get_by_role("textbox", name=re.compile("an index"))
    code.fill("x[[0, 3], [1, 5]]")
    assert widget.get_by_text("not run").is_visible()
    nb.press(code, "Enter")
    nb.wait_value("w.result.tolist()", [1, 23])
    widget.get_by_text("element by element, not each with each").wait_for()
    assert code.input_value() == "x[[0, 3], [1, 5]]"
    widget.get_by_role("button", name="reversed").click()
    refused = widget.get_by_role("note", name="does not work")
    refused.wait_for()
    assert "step must be greater than zero" in refused.inner_text()
    code.fill("__import__('os').getpid()")
    nb.press(code, "Enter")
    refused.get_by_text("cannot read").wait_for()
    code.fill("x[x % 5 == 0] = -1")
    nb.press(code, "Enter")
    cell(widget, "out", "x[0, 5]").hover()
    assert formula(widget) == "5 → -1" and nb.value("x[0, 5].item()") == 5
    nb.screenshots("indexing_explorer-assigned", widget)
    check_quiz(nb, quiz, "(5,)", "2", "out")
    nb.check()


def test_storage(notebook):
    nb = notebook([
        f"{WIDGETS['storage_map'].replace('StorageMap(x', 'w = StorageMap(x')}\nw",
        "StorageMap(x, grid, copy, quiz=True)",
    ])  # fmt: skip
    widget, quiz = nb.widget(0), nb.widget(1)
    cell(widget, "t1", "grid[1, 1]").hover()
    assert lit(widget, "s0") == ["slot 5"] and lit(widget, "t0") == ["x[5]"] and lit(widget, "t2") == ["column[1]"]
    assert lit(widget, "s1") == lit(widget, "t3") == [] and "x[5], column[1] change too" in status(widget)

    cell(widget, "t1", "grid[1, 1]").click()
    nb.page.emulate_media(reduced_motion="no-preference")
    widget.evaluate("""root => {
        root.flashed = [];
        const real = Element.prototype.animate;
        Element.prototype.animate = function (...given) {
            root.flashed.push(this.getAttribute('aria-label'));
            return real.apply(this, given);
        };
    }""")
    value = widget.get_by_role("textbox", name=re.compile("value to write"))
    value.fill("-7")
    nb.press(value, "Enter")
    nb.wait_value("x[5].item()", -7)
    widget.get_by_text("also changed x[5], column[1]; version 0 → 1").first.wait_for()
    assert sorted(widget.evaluate("root => root.flashed")) == [
        "column[1], -7",
        "grid[1, 1], -7",
        "slot 5, -7",
        "x[5], -7",
    ]
    nb.page.emulate_media(reduced_motion="reduce")
    cell(widget, "t1", "grid[2, 3]").hover()
    assert lit(widget, "t1", "here") == ["grid[1, 1]"], "the pin stays while one writes"
    value.fill("half")
    nb.press(value, "Enter")
    widget.get_by_text("expected a whole number").first.wait_for()

    nb.press(cell(widget, "t1", "grid[1, 1]"), "- 4 2 Enter")  # on the cell itself, as in a table
    nb.wait_value("x[5].item()", -42)
    nb.press(cell(widget, "t2", "column[2]"), "8 Enter")  # another cell than the one that is pinned
    nb.wait_value("(x[5].item(), x[9].item())", (-42, 8))

    widget.get_by_role("button", name="column", exact=True).click()
    widget.get_by_role("button", name="detach()", exact=True).click()
    widget.get_by_text("shares the storage of column, without a _base").first.wait_for()
    code = widget.get_by_role("textbox", name=re.compile("make a tensor"))
    code.fill("k = column.contiguous()")
    nb.press(code, "Enter")
    widget.get_by_text("the tie to column is broken").first.wait_for()
    assert nb.value("sorted(w.tensors)") == ["column", "copy", "grid", "k", "x", "z"]
    nb.screenshots("storage_map-made", widget)
    widget.get_by_role("button", name="remove").click()
    nb.wait_value("'k' in w.tensors", False)
    check_quiz(nb, quiz, "grid and copy", "grid", "s0")
    nb.check()


def test_convolution(notebook):
    nb = notebook([
        f"{WIDGETS['convolution_explorer'].replace('ConvolutionExplorer(i', 'w = ConvolutionExplorer(i')}\nw",
        "ConvolutionExplorer(torch.randn(28, 28), edges)", "ConvolutionExplorer(image, edges, 2, quiz=True)",
    ])  # fmt: skip
    widget, large, quiz = (nb.widget(k) for k in range(3))
    cell(widget, "out", "y[0, 0]").hover()
    assert len(lit(widget, "x")) == len(lit(widget, "w")) == 9 and "x[-1, -1]" in lit(widget, "x")
    assert "5 with padding, which are 0" in widget.locator(".tb-told").inner_text()
    assert formula(widget).endswith(f"= {nb.value('w._sum((0, 0))')}")
    cell(widget, "w", "w[0, 0]").hover()  # back: every cell of the output uses it
    assert len(lit(widget, "out")) == 36

    stride = widget.get_by_role("slider", name="stride")
    nb.press(stride, "ArrowRight")
    nb.wait_value("w.output_shape", (3, 3))
    dilation = widget.get_by_role("slider", name="dilation")
    nb.press(dilation, "End")
    nb.wait_value("w.output_shape", None)
    refused = widget.get_by_role("note", name="does not work")
    refused.wait_for()
    assert "Kernel size: (9 x 9)" in refused.inner_text()
    nb.press(dilation, "Home")
    nb.wait_value("w.output_shape", (3, 3))
    widget.get_by_role("button", name="transposed").click()
    nb.wait_value("(w.transposed, w.output_shape)", (True, (11, 11)))
    nb.screenshots("convolution_explorer-transposed", widget)

    milliseconds = large.evaluate("""root => {
        const cells = [...root.querySelectorAll('[data-panel=out] [data-k]')];
        const times = cells.slice(0, 200).map(cell => {
            const start = performance.now();
            cell.dispatchEvent(new PointerEvent('pointerover', {bubbles: true}));
            root.getBoundingClientRect();
            return performance.now() - start;
        });
        return times.sort((a, b) => a - b)[20];
    }""")
    assert milliseconds < 16, milliseconds
    check_quiz(nb, quiz, "6, 6", "2, 2", "out")
    nb.check()


def test_matrix_products(notebook):
    nb = notebook([
        f"{WIDGETS['matmul_explorer'].replace('MatmulExplorer(a', 'w = MatmulExplorer(a')}\nw",
        "MatmulExplorer((2, 3), (4, 3))", "MatmulExplorer((2, 3), (3, 4), quiz=True)",
    ])  # fmt: skip
    widget, refused, quiz = (nb.widget(k) for k in range(3))
    cell(widget, "out", "y[2, 4]").hover()
    assert lit(widget, "a") == [f"a[2, {k}]" for k in range(4)] and lit(widget, "b") == [f"b[{k}, 4]" for k in range(4)]
    assert formula(widget).endswith(f"= {nb.value('(a @ b)[2, 4].item()')}")
    cell(widget, "a", "a[0, 0]").hover()
    assert lit(widget, "out") == [f"y[0, {k}]" for k in range(5)]
    assert widget.get_by_text("torch.einsum('ik,kj->ij', a, b)").is_visible()

    assert "mat1 and mat2 shapes cannot be multiplied (2x3 and 4x3)" in refused.inner_text()
    nb.screenshots("matmul_explorer-refused", refused)
    refused.get_by_role("button", name="b.mT").click()
    cell(refused, "out", "y[1, 3]").hover()
    assert formula(refused) == "3·100 + 4·110 + 5·120 = 1340"
    shape = refused.get_by_role("textbox", name=re.compile("shape of b"))
    shape.fill("(2, 3, 1)")
    nb.press(shape, "Enter")
    cell(refused, "out", "y[1, 0, 0]").hover()
    assert lit(refused, "b") == ["b[1, 0, 0]", "b[1, 1, 0]", "b[1, 2, 0]"]
    check_quiz(nb, quiz, "3, 3", "2, 4", "out")
    nb.check()
