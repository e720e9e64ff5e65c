"""ConvolutionExplorer in Python: PyTorch's numbers and sizes, the window behind each cell, what does not fit."""

from itertools import product

import numpy as np
import pytest

pytest.importorskip("anywidget")
pytest.importorskip("torch")

import torch
from torch.nn import functional as F

import tensorbook
from tensorbook.widgets.cells import indices
from tensorbook.widgets.convolution_explorer import MOST_PRODUCTS, ConvolutionExplorer
from tests.widgets.boards import check_board, check_quiz, formula, linked, panel, texts

SHAPES = [((7,), (3,)), ((6, 5), (3, 2)), ((2, 7), (3, 2, 3)), ((2, 2, 6), (1, 2, 3)), ((3, 5, 6), (2, 3, 3, 2)),
          ((2, 2, 5, 5), (3, 2, 2, 2))]  # fmt: skip
SETTINGS = [(1, 0, 1), (2, 0, 1), (1, 1, 1), (3, 2, 1), (1, 1, 2), (2, 3, 2)]


def pytorchs(x, w, transposed, **settings):
    spatial = w.ndim if w.ndim < 3 else w.ndim - 2
    conv = getattr(F, f"conv{'_transpose' * transposed}{spatial}d")
    if w.ndim > 2:
        return conv(x, w, **settings)
    return conv(x[None, None], w[None, None], **settings)[0, 0]


@pytest.mark.parametrize("transposed", [False, True])
@pytest.mark.parametrize("setting", SETTINGS)
@pytest.mark.parametrize("shapes", SHAPES, ids=str)
def test_every_cell_is_what_pytorch_computes(shapes, setting, transposed):
    torch.manual_seed(0)
    x, w = torch.randn(shapes[0]).double(), torch.randn(shapes[1]).double()
    if transposed and w.ndim > 2:
        w = w.transpose(0, 1).contiguous()
    settings = dict(zip(("stride", "padding", "dilation"), setting, strict=True))
    explorer = ConvolutionExplorer(x, w, **settings, transposed=transposed)
    try:
        expected = pytorchs(x, w, transposed, **settings)
    except RuntimeError:
        assert explorer.output_shape is None and explorer.picture["refusal"]
        return
    assert explorer.output_shape == tuple(expected.shape)
    got = [explorer._sum(index) for index in product(*map(range, expected.shape))]
    assert torch.allclose(torch.tensor(got, dtype=torch.double).reshape(expected.shape), expected)
    check_board(explorer)


def test_settings_for_each_dim_and_same_padding():
    x, w = torch.randn(7, 9), torch.randn(3, 4)
    explorer = ConvolutionExplorer(x, w, stride=(2, 1), padding=(1, 2), dilation=(1, 2))
    assert explorer.output_shape == tuple(pytorchs(x, w, False, stride=(2, 1), padding=(1, 2), dilation=(1, 2)).shape)
    same = ConvolutionExplorer(x, w, padding="same")
    expected = F.conv2d(F.pad(x, (1, 2, 1, 1))[None, None], w[None, None])[0, 0]
    assert same.output_shape == (7, 9) and abs(same._sum((3, 8)) - expected[3, 8].item()) < 1e-5
    assert ConvolutionExplorer(x, w, padding="valid").output_shape == (5, 6)
    with pytest.raises(ValueError, match="not supported for strided"):
        ConvolutionExplorer(x, w, 2, "same")


def test_the_window_the_weights_and_the_sum():
    x, w = torch.arange(25).reshape(5, 5), torch.tensor([[1, 2], [3, 4]])
    explorer = ConvolutionExplorer(x, w, stride=2, padding=1)
    assert linked(explorer, "out", 1, 1) == {
        "x": [(2, 2), (2, 3), (3, 2), (3, 3)],
        "w": [(0, 0), (0, 1), (1, 0), (1, 1)],
    }
    assert formula(explorer, "out", 1, 1) == "6·1 + 7·2 + 11·3 + 12·4 = 101"
    assert panel(explorer, "x")["first"] == [-1, -1] and panel(explorer, "x")["names"][8] == "x[0, 0]"
    assert formula(explorer, "out", 0, 0) == "0·4 = 0"
    assert explorer.picture["words"]["out"][0]["note"] == "4 products, 3 with padding, which are 0"
    ghosts = {indices(panel(explorer, "x")["shown"])[k] for k, kind in panel(explorer, "x")["kinds"].items()}
    assert ghosts == {(i, j) for i in range(7) for j in range(7) if {i, j} & {0, 6}}
    lines = ["".join(piece[0] for piece in line) for line in explorer.picture["lines"]]
    assert lines[0] == "height  ⌊(5 + 2·1 - 1·(2 - 1) - 1) / 2⌋ + 1 = 3"


@pytest.mark.parametrize(
    ("x", "w", "settings"),
    [((3, 5, 5), (2, 4, 3, 3), {}), ((4, 4), (3, 3), {"dilation": 3}), ((5,), (7,), {"padding": 0})],
)
def test_what_does_not_fit_has_pytorchs_words(x, w, settings):
    x, w = torch.randn(x), torch.randn(w)
    explorer = ConvolutionExplorer(x, w, **settings)
    with pytest.raises(RuntimeError) as refused:
        pytorchs(x, w, False, **settings)
    said = explorer.picture["refusal"]["said"].removeprefix("RuntimeError: ")
    shown = str(refused.value)
    if w.ndim < 3:  # PyTorch says so of the dims that were added for it; a length alone as a height of 1
        assert (
            said.partition("Kernel size: ")[2].partition(")")[0][1:] in shown and "greater than actual input" in shown
        )
    else:
        assert said == shown
    assert explorer.output_shape is None and "out" not in {p["id"] for p in explorer.picture["panels"]}
    check_board(explorer)


def test_the_line_that_is_shown_runs_and_gives_the_same():
    for x, w, options in [(torch.randn(6, 6), torch.randn(2, 3), {"stride": 2, "padding": 1}),
                          (torch.randn(2, 6), torch.randn(2, 1, 3), {"transposed": True, "dilation": 2})]:  # fmt: skip
        explorer = ConvolutionExplorer(x, w, **options)
        found = {}
        exec(explorer.code, {"F": F, "x": x, "w": w}, found)
        assert tuple(found["y"].shape) == explorer.output_shape


def test_sliders_change_the_settings_and_keep_the_pin():
    explorer = ConvolutionExplorer(np.arange(36).reshape(6, 6), np.ones((3, 3)))
    explorer.selected = (1, 1)
    explorer._arrive(explorer, {"kind": "set", "data": {"padding": 1}}, [])
    assert explorer.output_shape == (6, 6) and explorer.selected == (1, 1)
    explorer._arrive(explorer, {"kind": "set", "data": {"stride": 4}}, [])
    assert explorer.output_shape == (2, 2) and explorer.picture["settings"] == {
        "stride": 4,
        "padding": 1,
        "dilation": 1,
    }
    explorer._arrive(explorer, {"kind": "set", "data": {"stride": 0}}, [])
    assert "expected 1 to 64" in explorer.error and explorer.stride == (4, 4)


def test_the_quiz_asks_for_the_shape():
    x, w = tensorbook.rand(7, 7), tensorbook.rand(3, 3)
    quiz = ConvolutionExplorer(x, w, 2, quiz=True)
    assert quiz.picture["lines"] == []
    check_quiz(ConvolutionExplorer(x, tensorbook.rand(4, 4), 2, 1, quiz=True), "(7, 7)", "out")
    assert ConvolutionExplorer(x, tensorbook.rand(9, 9), quiz=True).predict("no")


LARGE = {
    "image": (torch.randn(28, 28), torch.randn(3, 3)),
    "channels": (torch.randn(4, 64, 56, 56), torch.randn(64, 64, 3, 3)),
    "long": (torch.randn(10**6), torch.randn(5)), "empty channel": (torch.randn(2, 5), torch.randn(0, 2, 3)),
    "nan": (torch.tensor([float("nan"), 1, 2]), torch.ones(2)), "half": (torch.ones(4).half(), torch.ones(2).half()),
    "bool": (torch.tensor([True, False]), torch.tensor([True])),
}  # fmt: skip


@pytest.mark.parametrize("name", LARGE)
def test_large_and_odd_ones_are_summarised(name):
    explorer = ConvolutionExplorer(*LARGE[name], padding=1)
    check_board(explorer)
    assert len(explorer.to_json()) < 2_500_000
    products = sum(len(cells["w"]) for cells in explorer.picture["links"].get("out", ()))
    assert products <= MOST_PRODUCTS


def test_a_kernel_beside_a_large_image_keeps_its_numbers():
    explorer = ConvolutionExplorer(torch.randn(28, 28), torch.eye(3))
    assert panel(explorer, "x")["cell"][2] == 0 and panel(explorer, "w")["cell"][2] > 0
    assert texts(explorer, "w") == ["1", "0", "0", "0", "1", "0", "0", "0", "1"]


@pytest.mark.parametrize(
    ("x", "w", "error", "said"),
    [
        (torch.ones(3, 3), torch.ones(3), ValueError, "expected an input of 1 dims"),
        (torch.ones(3), torch.ones(1, 1, 1, 1, 1), ValueError, "expected 1 to 4 dims"),
        ([1], torch.ones(1), TypeError, "was given list"),
    ],
)
def test_bad_input(x, w, error, said):
    with pytest.raises(error, match=said):
        ConvolutionExplorer(x, w)
    with pytest.raises(ValueError, match="expected 0 to 64"):
        ConvolutionExplorer(torch.ones(3), torch.ones(1), padding=-1)
