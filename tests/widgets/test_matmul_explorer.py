"""MatmulExplorer in Python: PyTorch's products and shapes, row and column, the einsum line, refusals."""

from itertools import product

import numpy as np
import pytest

pytest.importorskip("anywidget")
pytest.importorskip("torch")

import torch

import tensorbook
from tensorbook.widgets.cells import indices
from tensorbook.widgets.matmul_explorer import MOST_PRODUCTS, MatmulExplorer
from tests.widgets.boards import check_board, check_quiz, formula, linked, panel

FITS = [
    ((3,), (3,)), ((2, 3), (3,)), ((3,), (3, 4)), ((2, 3), (3, 4)), ((5, 2, 3), (3, 4)), ((2, 3), (5, 3, 4)),
    ((5, 2, 3), (5, 3, 4)), ((2, 1, 2, 3), (4, 3, 2)), ((2, 2, 3), (3,)), ((3,), (2, 3, 2)), ((0, 3), (3, 2)),
    ((2, 0), (0, 2)), ((1, 1), (1, 1)),
]  # fmt: skip
REFUSED = [((2, 3), (2, 4)), ((2, 3), (4, 3)), ((3,), (4,)), ((2, 3), (2,)), ((2, 2, 3), (5, 3, 2)), ((), (3,)),
           ((2, 2, 3), (2, 2, 3)), ((3,), (4, 5))]  # fmt: skip


@pytest.mark.parametrize("library", [torch, tensorbook])
@pytest.mark.parametrize("shapes", FITS, ids=str)
def test_every_element_is_what_the_library_computes(library, shapes):
    library.manual_seed(0)
    a, b = (library.randn(shape).double() for shape in shapes)
    explorer = MatmulExplorer(a, b)
    expected = a @ b
    assert explorer.result_shape == tuple(expected.shape)
    for index in product(*map(range, expected.shape)):
        assert explorer._sum(index) == pytest.approx(expected[index].item())
        pairs = explorer._pairs(index)
        assert linked(explorer, "out", *index) == {"a": [p for p, _ in pairs], "b": [q for _, q in pairs]}
    check_board(explorer)


@pytest.mark.parametrize("shapes", FITS, ids=str)
def test_the_einsum_line_means_the_same(shapes):
    a, b = map(torch.randn, shapes)
    explorer = MatmulExplorer(a, b)
    assert torch.allclose(torch.einsum(explorer.einsum, a, b), a @ b, atol=1e-5)
    assert explorer.picture["remark"] == f"torch.einsum({explorer.einsum!r}, a, b)"


@pytest.mark.parametrize("library", [torch, tensorbook])
@pytest.mark.parametrize("shapes", REFUSED, ids=str)
def test_a_refusal_has_the_librarys_words_and_the_rule(library, shapes):
    a, b = map(library.ones, shapes)
    with pytest.raises(RuntimeError) as refused:
        a @ b
    explorer = MatmulExplorer(a, b)
    refusal = explorer.picture["refusal"]
    assert refusal["said"] == f"{type(refused.value).__name__}: {refused.value}" and refusal["rule"]
    assert explorer.result_shape is None and explorer.answer == "no"
    check_board(explorer)


def test_the_sizes_that_disagree_are_marked_and_a_remedy_works():
    explorer = MatmulExplorer((2, 3), (4, 3))
    bad = {name: [indices(panel(explorer, name)["shown"])[k] for k, kind in panel(explorer, name)["kinds"].items()]
           for name in "ab"}  # fmt: skip
    assert bad == {"a": [(0, 0), (0, 1), (0, 2)], "b": [(0, 0), (1, 0), (2, 0), (3, 0)]}
    assert explorer.picture["refusal"]["rule"].endswith("a @ b.mT would fit.")
    explorer._arrive(explorer, {"kind": "transpose", "data": {"name": "b"}}, [])
    assert explorer.error == "" and explorer.result_shape == (2, 4)
    assert formula(explorer, "out", 1, 3) == "3·100 + 4·110 + 5·120 = 1340"
    assert MatmulExplorer((2, 3), (2, 4)).picture["refusal"]["rule"].endswith("a.mT @ b would fit.")


def test_row_column_and_letters():
    explorer = MatmulExplorer(torch.tensor([[1, -2], [3, 4]]), torch.tensor([[5, 6], [-7, 8]]))
    assert formula(explorer, "out", 0, 0) == "1·5 + (-2)·(-7) = 19"
    lines = ["".join(piece[0] for piece in line) for line in explorer.picture["lines"]]
    assert lines[-1] == "k    in a and in b: 2, summed over, so it goes" and len(lines) == 3
    assert explorer.picture["words"]["out"][3]["note"] == "k runs over 2 pairs: a[1, 0]·b[0, 1] to a[1, 1]·b[1, 1]"


def test_dtypes_that_cannot_be_multiplied_are_told():
    for a, b in [(torch.ones(2, 2), torch.ones(2, 2).long()), (torch.ones(2, 2).bool(), torch.ones(2, 2).bool())]:
        with pytest.raises((RuntimeError, NotImplementedError)) as refused:
            a @ b
        explorer = MatmulExplorer(a, b)
        assert str(refused.value) in explorer.picture["refusal"]["said"] and "refused" in explorer.alt


def test_shapes_are_typed_in_the_page():
    explorer = MatmulExplorer((2, 3), (3, 4))
    explorer.selected = (1, 2)
    explorer._arrive(explorer, {"kind": "shape", "data": {"name": "b", "shape": "3"}}, [])
    assert explorer.result_shape == (2,) and explorer.selected is None and explorer.einsum == "ik,k->i"
    explorer._arrive(explorer, {"kind": "transpose", "data": {"name": "b"}}, [])
    assert "expected two dims to swap" in explorer.error


def test_the_quiz_asks_for_the_shape():
    check_quiz(MatmulExplorer((2, 3), (3, 4), quiz=True), "(3, 3)", "out")
    refused = MatmulExplorer((2, 3), (4, 3), quiz=True)
    assert refused.picture["refusal"] is None and panel(refused, "a")["kinds"] == {} and refused.predict("no")


LARGE = {
    "long sums": (torch.randn(50, 600), torch.randn(600, 70)), "vast": ((5000, 3), (3, 5000)),
    "giant inner": ((2, 10**6), (10**6, 2)), "batches": (torch.randn(64, 8, 8), torch.randn(8, 8)),
    "array": (np.arange(6.0).reshape(2, 3), np.arange(6.0).reshape(2, 3).T),
    "nan": (torch.tensor([float("nan")]), torch.ones(1)),
    "gradients": (torch.randn(2, 2, requires_grad=True), torch.randn(2, 2)),
}  # fmt: skip


@pytest.mark.parametrize("name", LARGE)
def test_large_and_odd_ones_are_summarised(name):
    explorer = MatmulExplorer(*LARGE[name])
    assert explorer.picture["refusal"] is None
    check_board(explorer)
    assert len(explorer.to_json()) < 1_500_000 and MOST_PRODUCTS


def test_a_very_long_sum_is_the_librarys():
    a, b = torch.randn(2, 5000), torch.randn(3, 5000, 2)
    explorer = MatmulExplorer(a, b)
    assert explorer._sum((2, 1, 0)) == pytest.approx((a @ b)[2, 1, 0].item(), abs=1e-3)
    assert "4,991 more" in formula(explorer, "out", 2, 1, 0)
    assert linked(explorer, "out", 2, 1, 0)["a"][0] == (1, 0) and linked(explorer, "out", 2, 1, 0)["a"][-1] == (1, 4999)


def test_bad_input():
    with pytest.raises(TypeError, match="was given str"):
        MatmulExplorer("a", (2, 2))
    with pytest.raises(ValueError, match="expected no negative size"):
        MatmulExplorer((2, -2), (2, 2))
