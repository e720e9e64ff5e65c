"""BroadcastExplorer in Python: alignment, stretching, the two terms of each cell, the rule that fails."""

import json

import numpy as np
import pytest
import traitlets

pytest.importorskip("anywidget")
pytest.importorskip("torch")

import torch

import tensorbook
from tensorbook.widgets.broadcast_explorer import OPS, BroadcastExplorer
from tensorbook.widgets.cells import indices
from tensorbook.widgets.shapes import fits, parse_shape
from tests.widgets.boards import check_board, check_quiz, formula, linked, panel, texts

PAIRS = {
    "row and column": ((3, 1), (4,)),
    "three dims": ((2, 3, 1), (3, 4)),
    "scalars": ((), ()),
    "a number": (2.5, (3,)),
    "empty": ((0, 1), (1, 4)),
    "tensors": (torch.randn(2, 1, 3), torch.randn(4, 1)),
    "bools": (torch.tensor([True, False]), np.ones((2, 1), dtype=bool)),
    "arrays": (np.arange(6)[::-1].reshape(2, 3), np.float32(2)),
    "nan": (torch.tensor([float("nan"), float("inf")]), torch.zeros(2, 1)),
    "gradients": (torch.randn(3, requires_grad=True), torch.randn(2, 1, requires_grad=True)),
    "large": ((300, 1), (1, 400)),
    "vast": ((10**6, 10**6), (1,)),
    "does not fit": ((3, 2), (4,)),
    "long": (torch.arange(100_000), 1),
}


@pytest.mark.parametrize("name", PAIRS)
def test_every_pair_is_drawn(name):
    a, b = PAIRS[name]
    check_board(BroadcastExplorer(a, b))


@pytest.mark.parametrize("op", OPS)
@pytest.mark.parametrize("library", [torch, tensorbook])
def test_the_result_is_the_librarys_own(library, op):
    library.manual_seed(0)
    a, b = library.rand(2, 1, 3).mul(4).round(), library.rand(4, 1).mul(4).round()
    explorer = BroadcastExplorer(a, b, op=op)
    expected = OPS[op](a, b)
    out = panel(explorer, "out")
    assert tuple(out["shape"]) == tuple(expected.shape) == explorer.result_shape
    shown = [explorer._table[index] for index in indices(out["shown"])]
    got = torch.tensor(shown).reshape(out["shape"])
    assert torch.equal(got, torch.tensor(expected.tolist())) or torch.allclose(
        got, torch.tensor(expected.tolist()), equal_nan=True
    )


def test_a_cell_shows_its_two_terms_and_where_they_are_stored():
    explorer = BroadcastExplorer((3, 1), (4,))
    assert texts(explorer, "a") == ["0"] * 4 + ["1"] * 4 + ["2"] * 4
    assert texts(explorer, "b") == ["10", "20", "30", "40"] * 3
    assert linked(explorer, "out", 1, 2) == {"a": [(1, 2), (1, 0)], "b": [(1, 2), (0, 2)]}
    assert formula(explorer, "out", 1, 2) == "1 + 30 = 31"
    assert panel(explorer, "a")["names"][6] == "a[1, 0]" and panel(explorer, "b")["names"][6] == "b[2]"
    assert "stride (1, 0)" in panel(explorer, "a")["note"] and "stride (0, 1)" in panel(explorer, "b")["note"]
    ghosts = [k for k, kind in panel(explorer, "a")["kinds"].items() if kind == "ghost"]
    assert ghosts == [k for k in range(12) if k % 4]


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (torch.randn(5, 4).t()[:, 1:2], torch.randn(2, 1, 6)[..., ::2]),
        (torch.randn(3, 1), torch.randn(1, 1)),
        (torch.randn(4, 2)[:, :1], torch.randn(4, 1)),
    ],
)
def test_the_strides_are_those_of_expand(a, b):
    explorer = BroadcastExplorer(a, b)
    shape = torch.broadcast_shapes(a.shape, b.shape)
    assert f"stride {a.expand(shape).stride()}" in panel(explorer, "a")["note"]
    assert f"stride {b.expand(shape).stride()}" in panel(explorer, "b")["note"]


@pytest.mark.parametrize("shapes", [((3, 2), (4,)), ((2, 3, 4), (2, 1, 5)), ((3,), (3, 4)), ((0,), (2,))])
def test_the_rule_that_fails_is_named_with_pytorchs_words(shapes):
    a, b = map(torch.zeros, shapes)
    with pytest.raises(RuntimeError) as refused:
        a + b
    explorer = BroadcastExplorer(a, b)
    refusal = explorer.picture["refusal"]
    assert refusal["said"] == f"RuntimeError: {refused.value}"
    dim = int(str(refused.value).rsplit(" ", 1)[1])
    assert refusal["rule"].startswith(f"Dim {dim}: ")
    bad = {k % len(panel(explorer, "align")["columns"]) for k, kind in panel(explorer, "align")["kinds"].items()
           if kind == "bad"}  # fmt: skip
    assert dim in bad and explorer.result_shape is None
    assert explorer.picture["rest"][0] == "align"


def test_a_remedy_is_one():
    rule = BroadcastExplorer((3,), (3, 4)).picture["refusal"]["rule"]
    assert rule.endswith("a.unsqueeze(1) of shape (3, 1) would fit.")
    assert fits((3, 1), (3, 4)) and "No dim" in BroadcastExplorer((2, 3), (4, 5)).picture["refusal"]["rule"]


def test_what_the_library_refuses_for_another_reason_is_said():
    explorer = BroadcastExplorer(torch.tensor([True]), torch.tensor([False, True]), op="-")
    assert "bool" in explorer.picture["refusal"]["said"] and explorer.picture["refusal"]["rule"] == ""
    explorer.set_op("==")
    assert explorer.picture["refusal"] is None and texts(explorer, "out") == ["False", "True"]


def test_shapes_and_ops_are_chosen_in_the_page():
    explorer = BroadcastExplorer((3, 1), (4,))
    explorer.selected = (2, 3)
    explorer._arrive(explorer, {"kind": "op", "data": {"op": "*"}}, [])
    assert explorer.selected == (2, 3) and formula(explorer, "out", 2, 3) == "2 * 40 = 80"
    explorer._arrive(explorer, {"kind": "shape", "data": {"name": "b", "shape": "(2, 1, 1)"}}, [])
    assert explorer.result_shape == (2, 3, 1) and explorer.selected is None
    explorer._arrive(explorer, {"kind": "shape", "data": {"name": "b", "shape": "__import__('os')"}}, [])
    assert "is no shape; expected sizes such as (3, 1)" in explorer.error and explorer.result_shape == (2, 3, 1)
    with pytest.raises(traitlets.TraitError, match="expected an index into the shape"):
        explorer.selected = (5, 5, 5)


def test_the_pinned_cell_is_the_one_explained_in_the_still_picture():
    explorer = BroadcastExplorer((3, 1), (4,))
    at_rest = explorer.to_svg()
    explorer.selected = (2, -1)
    assert explorer.selected == (2, 3) and "y[2, 3] = a[2, 0] + b[3]" in explorer.to_svg() != at_rest
    large = BroadcastExplorer((300, 1), (1, 400))
    large.selected = (150, 200)  # among those that are not drawn
    assert "y[150, 200]" not in large.to_svg()


def test_the_quiz_hides_the_result():
    check_quiz(BroadcastExplorer((3, 1), (4,), quiz=True), "(4, 3)", "out")
    refused = BroadcastExplorer((3, 2), (4,), quiz=True)
    assert refused.picture["refusal"] is None and "bad" not in panel(refused, "align")["kinds"].values()
    refused.reveal()
    assert refused.picture["refusal"] and refused.picture["quiz"]["verdict"] == "the answer is no"


@pytest.mark.parametrize("bad", ["x", None, [1.5], {"a": 1}])
def test_what_is_neither_tensor_nor_shape_is_named(bad):
    with pytest.raises(TypeError, match=f"was given {type(bad).__name__}"):
        BroadcastExplorer(bad, (3,))


def test_other_bad_input():
    with pytest.raises(ValueError, match="expected no negative size"):
        BroadcastExplorer((-1,), (3,))
    with pytest.raises(ValueError, match="expected one of"):
        BroadcastExplorer((1,), (3,), op="@")
    assert parse_shape("3, 4") == (3, 4) and parse_shape("()") == () and parse_shape("torch.Size([2])") == (2,)


@pytest.mark.parametrize("other", [(4,), 2.5, np.ones(4), np.ones(8)[::-2], np.float64(3)], ids=repr)
@pytest.mark.parametrize("library", [torch, tensorbook])
def test_a_shape_or_an_array_joins_the_library_beside_it(library, other):
    for explorer in (BroadcastExplorer(library.ones(3, 1), other), BroadcastExplorer(other, library.ones(3, 1))):
        assert explorer.picture["refusal"] is None and all(
            isinstance(x, library.Tensor) for x in explorer._given.values()
        )
    explorer.set_shape("a", "3, 1")
    assert explorer.picture["refusal"] is None


def test_all_libraries_give_the_same_picture():
    pictures = []
    for make in (np.array, torch.tensor, tensorbook.tensor):
        explorer = BroadcastExplorer(make([[1], [2]]), make([3, 4, 5]))
        pictures.append(json.dumps(explorer.picture))
    assert pictures[0] == pictures[1] == pictures[2]
