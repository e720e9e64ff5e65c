"""IndexingExplorer in Python: what is read and what never is, the shape item by item, the cells, views, previews."""

import numpy as np
import pytest

pytest.importorskip("anywidget")
pytest.importorskip("torch")

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import tensorbook
from tensorbook.widgets.cells import indices
from tensorbook.widgets.index_code import MAX_MADE, derive, parse
from tensorbook.widgets.indexing_explorer import IndexingExplorer
from tests.widgets.boards import check_board, check_quiz, formula, linked, panel, texts

LINES = [
    "1", "-1", "1:", "::2", ":, 1", ":, None, 1", "..., 0", "...", "None", "[0, 1]", "[[0], [1]], [0, 2]",
    ":, [0, 1], [1, 2]", "[0, 1], :, [1, 2]", "0, :, [1, 2]", "[0, 1], 0, [1, 2]", "[0, 1], None, [1, 2]", "x > 3",
    ":, x[0] > 3", "x[:, 0, 0] > 3", "True", "False", "i", "i, :, i", "torch.tensor([0, 1])", "x.argmax(0) % 2",
    "i, None", "[]", "None, ..., None", "[0, 1], ..., [0, 1]", "torch.tensor(1)", "i, 0, i", "True, i", "(0, 1)",
    "..., ...", "0, ..., ...", "..., 0, ...",
    "(x > 3) & (x < 9)", "~(x > 3)", "x % 2 == 0", "x.sum(2) > 20", "1:2, 1:, 1:3", "5:", "x.isnan()",
]  # fmt: skip


@pytest.mark.parametrize("library", [torch, tensorbook])
@pytest.mark.parametrize("code", LINES)
def test_what_is_picked_is_what_the_library_picks(library, code):
    x, i = library.arange(24).reshape(2, 3, 4), library.tensor([0, 1])
    explorer = IndexingExplorer(x, index=f"x[{code}]", i=i)
    expected = eval(f"x[{code}]", {"x": x, "i": i, "torch": library})
    assert explorer.shape == tuple(expected.shape) and explorer.result.tolist() == expected.tolist()
    assert derive(explorer._line, (2, 3, 4))[2] == tuple(expected.shape)
    shared = expected.untyped_storage().data_ptr() == x.untyped_storage().data_ptr() and expected.numel() > 0
    if expected.numel():
        assert explorer._is_view == shared
    for cell, at in explorer._picked.items():
        assert x[at].item() == expected[cell].item()
    assert len(explorer._picked) == expected.numel()
    check_board(explorer)


pieces = st.one_of(
    st.integers(-3, 3).map(str), st.just("None"), st.just("..."), st.sampled_from(["True", "[True, False, True]"]),
    st.tuples(st.sampled_from(["", "1", "-1"]), st.sampled_from(["", "2", "-1"]), st.sampled_from(["", "2"]))
    .map(":".join),
    st.lists(st.integers(-2, 1), min_size=1, max_size=3).map(str), st.just("[[0], [1]]"),
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.lists(pieces, min_size=1, max_size=4))
def test_the_derived_shape_is_pytorchs_for_any_index(items):
    x = torch.arange(36).reshape(3, 2, 3, 2)
    if items == ["[[0], [1]]"]:
        return  # PyTorch reads nested lists alone as it did before version 1
    line = parse(f"x[{', '.join(items)}]", "x", {"x": x})
    try:
        expected = x[line.index]
    except (IndexError, TypeError):
        return
    assert derive(line, tuple(x.shape))[2] == tuple(expected.shape), line.code


NEVER = [
    "__import__('os').system('true')", "x.__class__", "x.data", "x.numpy()", "x.zero_()", "x.add_(1)", "exec('1')",
    "(lambda: 0)()", "[i for i in x]", "(y := 1)", "f'{x}'", "open('a')", "x.backward()", "torch.save(x, 'a')",
    "torch.load('a')", "'a'", "x.mean(__class__)", "i ** 2", "10 ** 10", "1 << 99", "[0] * 10 ** 9", "x if x else x",
    "*x", "x; x", "x = 1", "del x", "y[0]", "x[0].y", "arange(1e9)", "zeros(10, dtype=x.dtype)",
]  # fmt: skip


@pytest.mark.parametrize("code", NEVER)
def test_what_is_no_index_is_never_run(code):
    x = torch.arange(6).reshape(2, 3)
    explorer = IndexingExplorer(x, index=f"x[{code}]", i=torch.tensor([0]))
    assert explorer.picture["refusal"]["title"] == "this line was not run", explorer.picture["refusal"]
    assert torch.equal(x, torch.arange(6).reshape(2, 3))
    check_board(explorer)


@pytest.mark.parametrize(
    "code",
    ["[0] * 1000000000", "torch.arange(10000000)", "torch.zeros(9999, 9999)", "big + big.unsqueeze(1)", "x[i][i]"],
)
def test_no_line_makes_a_giant(code):
    variables = {"big": torch.zeros(MAX_MADE), "i": torch.zeros(5000).long()}
    explorer = IndexingExplorer(torch.zeros(6), index=f"x[{code}]", **variables)
    assert explorer.picture["refusal"]


def test_a_copy_of_a_giant_is_refused():
    explorer = IndexingExplorer(torch.zeros(1, 5000), index="i", i=torch.zeros(5000).long())
    assert "25,000,000 elements" in explorer.picture["refusal"]["said"]
    wide = IndexingExplorer(torch.zeros(1).expand(10**6, 10**6), index="5:, 7")
    assert wide.shape == (10**6 - 5,) and linked(wide, "out", 0) == {}
    assert wide.picture["words"]["out"][0]["note"] == "its place was not followed"
    long = IndexingExplorer(torch.zeros(2500, 2000), index="5:, 7")
    assert linked(long, "out", 2494) == {"x": []} and long._picked[(0,)] == (5, 7)
    check_board(wide)


@pytest.mark.parametrize("library", [torch, tensorbook])
@pytest.mark.parametrize("code", ["5", "0, 3", "0, 0, 0", "[0, 9]", "[0, 1], [0, 1, 2]", "::-1", "x[:1] > 1", "1.5"])
def test_a_refusal_has_the_librarys_words(library, code):
    x = library.arange(6).reshape(2, 3)
    explorer = IndexingExplorer(x)
    with pytest.raises((IndexError, ValueError, TypeError)) as expected:
        eval(f"x[{code}]", {"x": x})
    with pytest.raises(type(expected.value)) as got:
        explorer.run(f"x[{code}]")
    assert str(got.value) == str(expected.value)
    assert explorer.picture["refusal"]["said"] == f"{type(expected.value).__name__}: {expected.value}"
    check_board(explorer)


@pytest.mark.parametrize("library", [torch, tensorbook])
@pytest.mark.parametrize("code", ["x[1:] = 0", "x[x > 2] += 10", "x[[0, 1], [1, 2]] = torch.tensor([7, 8])", "x[0] = i",
                                  "x[:, 1] *= -1", "x[...] = 5"])  # fmt: skip
def test_an_assignment_is_previewed_on_a_copy(library, code):
    x, i = library.arange(6).reshape(2, 3), library.tensor([3, 4, 5])
    explorer = IndexingExplorer(x, index=code, i=i)
    expected = x.clone()
    exec(code, {"x": expected, "i": i, "torch": library})
    assert x.tolist() == [[0, 1, 2], [3, 4, 5]]
    assert texts(explorer, "out") == [str(v) for v in expected.reshape(-1).tolist()]
    new = {k for k, kind in panel(explorer, "out")["kinds"].items() if kind == "new"}
    changed = {
        k for k, (a, b) in enumerate(zip(x.reshape(-1).tolist(), expected.reshape(-1).tolist(), strict=True)) if a != b
    }
    assert changed <= new
    check_board(explorer)


def test_an_assignment_that_does_not_fit_is_refused_and_nothing_is_written():
    x = torch.arange(6).reshape(2, 3)
    explorer = IndexingExplorer(x, index="x[0] = torch.tensor([1, 2])")
    assert "expanded size" in explorer.picture["refusal"]["said"] and x[0].tolist() == [0, 1, 2]


def test_a_cell_says_where_it_comes_from_and_whether_it_is_shared():
    explorer = IndexingExplorer(torch.arange(24).reshape(4, 6), index="1:, ::2")
    assert linked(explorer, "out", 1, 2) == {"x": [(2, 4)]} and formula(explorer, "out", 1, 2) == "x[2, 4] = 16"
    word = explorer.picture["words"]["out"][5]
    assert word["note"].startswith("storage slot 16, for both")
    kinds = panel(explorer, "x")["kinds"]
    assert {indices(panel(explorer, "x")["shown"])[k] for k, kind in kinds.items() if kind == "pick"} == {
        (i, j) for i in (1, 2, 3) for j in (0, 2, 4)
    }
    explorer.run("x[[1, 1]]")
    assert linked(explorer, "out", 1, 3) == {"x": [(1, 3)]}
    assert explorer.picture["words"]["out"][0]["note"] == "copied: y has its own"


def test_cells_picked_by_a_large_result_are_all_marked():
    x = torch.arange(400).reshape(20, 20)
    explorer = IndexingExplorer(x, index="i", i=torch.arange(20).repeat(30))
    kinds = panel(explorer, "x")["kinds"]
    assert sum(kind == "pick" for kind in kinds.values()) == 400
    check_board(explorer)


SHOWN = {
    "scalar": torch.tensor(3.5), "empty": torch.empty(0, 3), "bools": torch.tensor([True, False]),
    "nan": torch.tensor([float("nan"), 1.0]), "gradient": torch.randn(3, 2, requires_grad=True),
    "large": torch.randn(1000, 1000), "five dims": torch.randn(2, 1, 2, 3, 2), "transposed": torch.randn(3, 5).t(),
    "array": np.arange(12.0).reshape(3, 4)[:, ::2], "half": torch.randn(4).half(), "book": tensorbook.rand(3, 3),
}  # fmt: skip


@pytest.mark.parametrize("name", SHOWN)
def test_every_kind_of_tensor_and_every_form_on_offer(name):
    explorer = IndexingExplorer(SHOWN[name])
    for label, line in [(None, explorer.code), *explorer._offers]:
        explorer._arrive(explorer, {"kind": "run", "data": {"code": line}}, [])
        assert explorer.error == ""
        if explorer.picture["refusal"] and name not in ("empty", "bools"):
            assert label == "reversed", (line, explorer.picture["refusal"])
        check_board(explorer)


def test_the_quiz_asks_for_the_shape():
    check_quiz(IndexingExplorer(torch.arange(24).reshape(2, 3, 4), index="0, :, [1, 2]", quiz=True), "(2, 3)", "out")
    explorer = IndexingExplorer(torch.arange(3), index="7", quiz=True)
    assert explorer.picture["refusal"] is None and explorer.predict("error") and explorer.picture["refusal"]


def test_hostile_names_stay_text():
    explorer = IndexingExplorer(torch.arange(3), index="<img src=x onerror=alert(1)>")
    assert "<img" not in explorer.to_svg() and "&lt;img" in explorer.to_svg()
    with pytest.raises(ValueError, match="expected a Python name"):
        IndexingExplorer(torch.arange(3), name="<img>")
    with pytest.raises(TypeError, match="was given list"):
        IndexingExplorer([1, 2])
