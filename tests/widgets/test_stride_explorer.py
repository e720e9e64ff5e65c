"""StrideExplorer in Python: what is shown of every kind of input, steps and refusals, the pin, the static picture."""

import json
import xml.etree.ElementTree as ET

import numpy as np
import pytest
import traitlets

pytest.importorskip("anywidget")
pytest.importorskip("torch")

import torch

import tensorbook
from tensorbook.widgets import StrideExplorer
from tensorbook.widgets.cells import GAP, MOST_CELLS, indices
from tensorbook.widgets.inputs import read
from tensorbook.widgets.stride_path import sentence, walk
from tensorbook.widgets.stride_picture import strip


@pytest.fixture
def matrix():
    return StrideExplorer(torch.arange(12.0).view(3, 4))


def fact(explorer, *words):
    return [f for f in explorer.picture["facts"] if any(w in (f.get("label"), f["value"]) for w in words)]


SHOWN = {
    "matrix": torch.arange(12.0).view(3, 4),
    "vector": torch.arange(5),
    "scalar": torch.tensor(True),
    "empty": torch.empty(0, 3),
    "five dims": torch.randn(2, 1, 2, 3, 2).half(),
    "overlapping": torch.arange(6).as_strided((4, 3), (1, 1)),
    "nan": torch.tensor([float("nan"), float("inf"), -0.0, 1e-30]),
    "meta": torch.empty(2, 2, device="meta"),
    "array": np.arange(6, dtype="uint8").reshape(2, 3)[:, ::2],
    "reversed array": np.arange(6)[::-1],
    "large": torch.randn(1000, 1000).t(),
    "long": torch.arange(100_000),
    "stretched": torch.zeros(1).expand(10**9, 10**9),
    "many dims": np.zeros((2,) * 14),
    "a little of much": torch.arange(10**6)[::200_000],
}


@pytest.mark.parametrize("name", SHOWN)
def test_each_cell_shown_is_the_slot_that_the_formula_gives(name):
    explorer = StrideExplorer(SHOWN[name])
    p = explorer.picture
    cells = indices(p["shown"])
    assert len(cells) == len(p["slots"]) <= MOST_CELLS
    assert len(p["strip"]) == len(p["texts"]) == len(p["read"]) <= 2.5 * MOST_CELLS
    for cell, slot in zip(cells, p["slots"], strict=True):
        assert slot == p["offset"] + sum(i * s for i, s in zip(cell, p["stride"], strict=True))
        assert p["read"][p["strip"].index(slot)]
    real = [slot for slot in p["strip"] if slot != GAP]
    assert real == sorted(set(real))
    json.dumps(p, allow_nan=False)


@pytest.mark.parametrize("name", SHOWN)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_static_picture_is_a_picture_and_always_the_same(name, theme):
    explorer = StrideExplorer(SHOWN[name])
    svg = explorer.to_svg(theme)
    assert svg == StrideExplorer(SHOWN[name]).to_svg(theme)
    root = ET.fromstring(svg)
    assert root.get("aria-label") == explorer.alt
    width, height = float(root.get("width")), float(root.get("height"))
    for rect in root.iter("{http://www.w3.org/2000/svg}rect"):
        x, y, w, h = (float(rect.get(k)) for k in ("x", "y", "width", "height"))
        assert x >= 0 and y >= 0 and x + w <= width and y + h <= height


def test_values_and_unused_slots_are_told(matrix):
    matrix.run("x[1:, ::2]")
    p = matrix.picture
    assert p["texts"][6] == "6" and p["full"]["6"] == "6.0"
    assert [k for k, used in enumerate(p["read"]) if used] == [4, 6, 8, 10]


def test_steps_run_on_the_real_tensor_and_undo(matrix):
    base = matrix.tensor
    y = matrix.run("x[:, ::2].t()")
    assert y is matrix.tensor and y.data_ptr() == base.data_ptr() and torch.equal(y, base[:, ::2].t())
    assert matrix.code == "y = x[:, ::2].t()"
    assert matrix.picture["remark"] == "a view: nothing was copied"
    matrix.undo()
    assert matrix.code == "y = x[:, ::2]"
    matrix.undo()
    matrix.undo()
    assert matrix.tensor is base and matrix.code == "y = x"


def test_redo_takes_the_steps_again_until_another_is_taken(matrix):
    matrix.run("x.t()[1:].clone()")
    made = matrix.tensor
    matrix.undo()
    matrix.undo()
    assert (matrix.code, matrix.picture["undone"]) == ("y = x.t()", 2)
    matrix.redo()
    matrix.redo()
    assert matrix.code == "y = x.t()[1:].clone()" and matrix.tensor is made
    matrix.redo()  # there is nothing more
    matrix.undo()
    matrix.run("x.t()[0]")
    assert matrix.picture["undone"] == 0
    matrix.redo()
    assert matrix.code == "y = x.t()[0]"


def test_a_quiz_hides_where_things_lie_and_asks_anew_after_each_step():
    x = torch.arange(30, 54).view(4, 6)[:, 1:]
    explorer = StrideExplorer(x, quiz=True)
    for code, index in (("x", (2, 2)), ("x.t()", (2, 2)), ("x.t()[1:, ::2]", (2, 1))):
        if code != "x":
            explorer.run(code)
        slot = explorer.tensor.storage_offset() + sum(
            i * s for i, s in zip(index, explorer.tensor.stride(), strict=True)
        )
        assert str(list(index)) in explorer.question and explorer.answer == str(slot) and not explorer.revealed
        told = json.dumps({**explorer.picture, "ops": [], "x": [], "y": [], "cell": []})
        assert f">{explorer.tensor[index]}<" not in explorer.to_svg() and "stride" not in explorer.alt
        assert explorer.picture["stride"] == explorer.picture["strip"] == explorer.picture["texts"] == []
        assert '"label": "offset"' not in told and '"label": "stride"' not in told and explorer.picture["walk"] == ""
        assert not explorer.predict(str(slot + 1)) and explorer.picture["quiz"]["verdict"].startswith("not yet")
        assert explorer.predict(f" {slot} ") and explorer.picture["stride"] == list(explorer.tensor.stride())
        assert f"slot {slot}" in explorer.to_svg()
    explorer.undo()
    assert not explorer.revealed
    explorer.reveal()
    assert explorer.picture["quiz"]["verdict"] == f"the answer is {explorer.answer}"
    empty = StrideExplorer(torch.empty(0, 3), quiz=True)
    assert empty.revealed and empty.question == ""
    with pytest.raises(ValueError, match="no view op"):
        explorer.run("x.data")  # a refusal keeps what was revealed
    assert explorer.revealed


WALKS = {
    "rows": (torch.zeros(32, 32), 64, 64, 1.0),
    "columns": (torch.zeros(32, 32).t(), 1024, 64, 1 / 16),
    "every other": (torch.zeros(32, 32)[:, ::2], 64, 64, 1 / 2),
    "one column": (torch.zeros(32, 32)[:, 3], 32, 32, 1 / 16),
    "the end of a short storage": (torch.zeros(3, 4), 1, 1, 1.0),
    "stretched": (torch.zeros(1).expand(100, 100), 1, 1, 1.0),
    "bytes": (torch.zeros(4, 32, dtype=torch.uint8).t(), 64, 2, 2 / 64),
    "scalar": (torch.zeros(16)[5], 1, 1, 1 / 16),
    "empty": (torch.zeros(0, 3), 0, 0, 0.0),
}


@pytest.mark.parametrize("name", WALKS)
def test_the_walk_counts_cache_lines_and_how_much_of_each_is_used(name):
    x, visits, lines, share = WALKS[name]
    found = walk(read(x))
    assert (found.visits, found.lines) == (visits, lines) and found.share == pytest.approx(share)
    assert (sentence(read(x)) == "") == (x.numel() == 0)


def test_the_walk_over_billions_is_told_from_its_beginning():
    words = sentence(read(torch.zeros(1).expand(10**9, 10**9)))
    assert "the first 65,536 elements" in words


def test_the_path_is_drawn_on_demand(matrix):
    still = matrix.to_svg()
    matrix.run("x.t()")
    matrix.path = True
    drawn = matrix.to_svg()
    assert "cache line" in drawn and (still.count("Q"), drawn.count("Q")) == (0, 11)  # no step leads to the next slot
    matrix.path = False
    matrix.undo()
    assert matrix.to_svg() == still
    assert "cache line" in StrideExplorer(torch.arange(3), path=True).to_svg()


def test_what_the_sliders_of_as_strided_begin_with(matrix):
    assert matrix.picture["strided"] == {"line": "x", "size": [3, 4], "stride": [4, 1], "offset": 0, "slots": 12}
    matrix.run("x[1:].as_strided((2, 2), (3, 1), 1)")
    assert matrix.picture["strided"] == {"line": "x[1:]", "size": [2, 2], "stride": [3, 1], "offset": 1, "slots": 12}
    assert StrideExplorer(torch.empty(0, 3)).picture["strided"] is None
    assert StrideExplorer(np.arange(6)[::-1]).picture["strided"] is None


def test_steps_that_stay_are_not_run_again(matrix):
    copy = matrix.run("x.clone()")
    assert matrix.run("x.clone().t()")._base is copy


@pytest.mark.parametrize(
    ("code", "remark", "chip"),
    [
        ("x", "the tensor as it was given", "view of 12 elements"),
        ("x.contiguous()", "x itself: nothing was copied", "view of 12 elements"),
        ("x.t().contiguous()", "a copy: contiguous() copied 12 elements", "owns its storage"),
        ("x.clone()[0]", "a view of a copy: clone() copied 12 elements", "view of 12 elements"),
        ("x[[0]]", "a copy: [[0]] copied 4 elements", "owns its storage"),
        ("x[0, :0]", "a view: nothing was copied", "view of 12 elements"),
    ],
)
def test_view_or_copy_is_said(matrix, code, remark, chip):
    matrix.run(code)
    assert matrix.picture["remark"] == remark
    assert fact(matrix, chip)
    assert matrix.picture["storage"].endswith("not shared with x") == ("copied" in remark and "nothing" not in remark)


def test_contiguous_or_why_not(matrix):
    assert fact(matrix, "contiguous")
    matrix.run("x.t()")
    assert fact(matrix, "not contiguous")[0]["note"] == "dim 1 steps 4, not 1"


def test_a_refusal_leaves_the_picture_and_gives_the_rule(matrix):
    matrix.run("x.t()")
    with pytest.raises(RuntimeError, match="view size is not compatible"):
        matrix.run("x.t().view(-1)")
    refusal = matrix.picture["refusal"]
    assert matrix.code == "y = x.t()" and refusal["title"] == ".view(-1) is refused"
    assert refusal["said"].startswith("RuntimeError: view size is not compatible")
    assert "shape[1] · stride[1] = 3 · 4 = 12, but it is 1" in refusal["rule"]
    matrix.undo()
    assert matrix.picture["refusal"] is None and matrix.code == "y = x.t()"


@pytest.mark.parametrize(
    ("code", "rule"),
    [("x.view(5)", "there are 12"), ("x.expand(3, 8)", "only a dim of size 1"), ("x[None].t()", "here there are 3")],
)
def test_other_rules(matrix, code, rule):
    with pytest.raises(RuntimeError):
        matrix.run(code)
    assert rule in matrix.picture["refusal"]["rule"]


def test_the_page_gets_a_refusal_not_an_error(matrix):
    matrix._arrive(matrix, {"kind": "run", "data": {"code": "x.view(5)"}}, [])
    assert matrix.picture["refusal"] and matrix.error == ""
    matrix._arrive(matrix, {"kind": "run", "data": {"code": "import os"}}, [])
    assert matrix.picture["refusal"]["title"] == "this line was not run"
    matrix._arrive(matrix, {"kind": "run", "data": {"code": "x[0]"}}, [])
    assert matrix.picture["refusal"] is None and matrix.code == "y = x[0]"
    matrix._arrive(matrix, {"kind": "select", "data": {"index": [9]}}, [])
    assert "expected an index into the shape (4,)" in matrix.error


def test_the_pin_follows_its_slot(matrix):
    matrix.selected = (1, -2)
    assert matrix.selected == (1, 2) and "x[1, 2] is storage slot 6." in matrix.alt
    matrix.run("x.t()")
    assert matrix.selected == (2, 1)
    matrix.run("x.t().contiguous()")
    assert matrix.selected == (2, 1) and "y[2, 1] is storage slot 7." in matrix.alt
    matrix.run("x[:, :2]")
    assert matrix.selected is None
    with pytest.raises(traitlets.TraitError, match=r"expected an index into the shape \(3, 2\)"):
        matrix.selected = (3, 0)


def test_the_pin_goes_where_its_slot_is_not_seen(matrix):
    matrix.selected = (1, 2)
    matrix.run("x[0]")
    assert matrix.selected is None


def test_refresh_shows_what_was_written_in_place(matrix):
    matrix.tensor[1, 2] = 99
    matrix.refresh()
    assert matrix.picture["texts"][6] == "99"


def test_names(matrix):
    assert StrideExplorer(torch.zeros(2), name="y").code == "z = y"
    for name in ("not a name", "", "1x", 3, "<b>"):
        with pytest.raises(ValueError, match="expected a Python name"):
            StrideExplorer(torch.zeros(2), name=name)
    assert repr(matrix).startswith("<StrideExplorer: x: shape (3, 4), stride (4, 1)")


def test_a_million_elements_are_summarised_honestly_and_briefly():
    explorer = StrideExplorer(SHOWN["large"])
    assert explorer.picture["cut"].startswith("1,000,000 elements are too many to draw")
    assert len(json.dumps(explorer.picture)) < 20_000
    assert GAP in explorer.picture["shown"][0]


LINES = [
    "x", "x.t()", "x[:, ::2].t()", "x.t().contiguous()[0]", "x[[0, 2]]", "x.as_strided((4, 3), (1, 1), 0)",
    "x.unsqueeze(0).expand(2, -1, -1)", "x.t().flatten()", "x.diagonal()", "x.contiguous()", "x.unfold(1, 2, 1)",
    "x.T.mT", "x[1, 2]", "x[0, :0]", "x.clone().t().clone()", "x.t().view(-1)", "x.view(5)", "x[5]", "x.expand(3, 8)",
]  # fmt: skip


@pytest.mark.parametrize("line", LINES)
def test_tensorbook_pytorch_and_numpy_give_the_same_picture(line):
    pictures, errors = [], []
    for x in (
        torch.arange(12.0).view(3, 4),
        tensorbook.arange(12.0).view(3, 4),
        np.arange(12, dtype=np.float32).reshape(3, 4),
    ):
        explorer = StrideExplorer(x)
        try:
            explorer.run(line)
            errors.append(None)
        except (RuntimeError, IndexError) as error:
            errors.append(type(error))
        pictures.append({**explorer.picture, "kind": ""})
    assert errors[0] == errors[1] == errors[2]
    assert pictures[0] == pictures[1] == pictures[2]


def test_steps_on_an_array_share_its_memory():
    x = np.arange(12.0).reshape(3, 4)
    explorer = StrideExplorer(x[:, 1:])
    assert explorer.tensor.base is not None and explorer.picture["offset"] == 1
    y = explorer.run("x.t()")
    x[0, 1] = 99
    assert y.tolist()[0][0] == 99 and explorer.picture["storage"].endswith("shared with x")
    explorer.refresh()
    assert explorer.picture["texts"][1] == "99"


def test_a_read_only_array_and_one_with_a_negative_stride():
    explorer = StrideExplorer(np.broadcast_to(np.arange(3.0), (2, 3)))
    assert explorer.run("x.t()").tolist() == [[0, 0], [1, 1], [2, 2]]
    explorer = StrideExplorer(np.arange(3)[::-1])
    with pytest.raises(ValueError, match="copy it first"):
        explorer.run("x[1:]")
    assert explorer.picture["refusal"]["title"] == "[1:] is refused"


def test_a_long_storage_shows_what_is_read_both_ends_and_gaps_that_are_worth_one():
    layout = read(torch.zeros(5000))
    assert strip(layout, {10, 12, 20}) == [0, 1, 2, 3, GAP, 10, 11, 12, GAP, 20, GAP, 4996, 4997, 4998, 4999]
    assert strip(read(torch.zeros(3)), {1}) == [0, 1, 2]
