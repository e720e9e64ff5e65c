"""StorageMap in Python: who shares what, writes and their aliases, versions, bases, what keeps the tie and what not."""

import json

import numpy as np
import pytest

pytest.importorskip("anywidget")
pytest.importorskip("torch")

import torch

import tensorbook
from tensorbook.widgets.storage_groups import Member, group
from tensorbook.widgets.storage_map import StorageMap, number
from tests.widgets.boards import check_board, formula, linked, panel, texts

LIBRARIES = [torch, tensorbook]


def tree(board):
    return ["".join(piece[0] for piece in line) for line in board.picture["lines"]]


@pytest.fixture(params=LIBRARIES, ids=["torch", "tensorbook"])
def shared(request):
    base = request.param.arange(12)
    grid = base.view(3, 4)
    return StorageMap(base, grid, grid[:, 1], grid.clone(), names=["base", "grid", "column", "copy"])


def test_cells_slots_and_aliases_belong_together(shared):
    assert linked(shared, "t1", 1, 1) == {"s0": [(5,)], "t0": [(5,)], "t1": [], "t2": [(1,)]}
    assert linked(shared, "s0", 5) == {"t0": [(5,)], "t1": [(1, 1)], "t2": [(1,)]}
    assert linked(shared, "t3", 0, 0) == {"s1": [(0,)], "t3": []}
    assert panel(shared, "s0")["columns"][4:7] == ["4 ×2", "5 ×3", "6 ×2"]
    assert panel(shared, "s1")["columns"][4:7] == ["4", "5", "6"]
    assert formula(shared, "t2", 1) == "column[1] = 5"
    check_board(shared)


def test_a_write_reaches_the_real_tensor_and_all_its_aliases(shared):
    before = shared.picture
    shared.write("column", (2,), 90)
    tensors = shared.tensors
    assert tensors["base"][9].item() == tensors["grid"][2, 1].item() == 90 and tensors["copy"][2, 1].item() == 9
    changed = {p["id"]: [k for k, (a, b) in enumerate(zip(p["texts"], texts(shared, p["id"]), strict=True)) if a != b]
               for p in before["panels"]}  # fmt: skip
    assert changed == {"s0": [9], "t0": [9], "t1": [9], "t2": [2], "s1": [], "t3": []}
    assert shared.picture["line"] == "column[2] = 90"
    assert shared.picture["remark"] == "also changed base[9], grid[2, 1]; version 0 → 1"
    assert [line[-9:] for line in tree(shared) if "version" in line] == ["version 1"] * 3 + ["version 0"]
    shared.write("copy", (0, 0), 1)
    assert shared.picture["remark"] == "no other cell reads this slot; version 0 → 1"


@pytest.mark.parametrize(
    ("code", "tie", "strips"),
    [
        ("k = grid.clone()", "the tie to grid is broken", 3),
        ("k = grid.detach()", "without a _base", 2),
        ("k = grid.contiguous()", "grid itself", 2),
        ("k = column.contiguous()", "the tie to column is broken", 3),
        ("k = grid.t()[1:]", "a view: it shares the storage of grid", 2),
        ("k = grid[[0]]", "the tie to grid is broken", 3),
        ("k = grid.t().reshape(-1)", "the tie to grid is broken", 3),
    ],
)
def test_what_keeps_the_tie_and_what_breaks_it(shared, code, tie, strips):
    assert tie in shared.add(code)
    assert len(group(shared._members)) == strips
    shared.write("grid", (1, 1), 55)
    assert (55 in shared.tensors["k"].reshape(-1).tolist()) == (strips == 2)
    check_board(shared)
    shared.remove()
    assert "k" not in shared.tensors


def test_the_tree_tells_bases(shared):
    shared.add("d = column.detach()")
    lines = tree(shared)
    assert lines[0].startswith("storage A") and "no _base" in lines[1] and "├─ base" in lines[1]
    assert "│  ├─ grid  (3, 4)  a view: its _base is base" in lines[2] and "│  └─ column" in lines[3]
    assert "└─ d = column.detach()  (3,)  shares the storage, without a _base" in lines[4]
    assert lines[5].startswith("storage B") and "└─ copy" in lines[6]


def test_what_autograd_knows_stays_writable_on_the_map():
    weight = torch.ones(2, 2, requires_grad=True)
    storages = StorageMap(weight, weight.t())
    storages.write("weight", (0, 1), 3.0)
    assert weight[0, 1].item() == 3.0 and weight.requires_grad and weight._version == 1


def test_names_come_from_the_callers_variables():
    here, there = torch.zeros(2), np.ones(3)
    assert list(StorageMap(here, there, torch.zeros(1)).tensors) == ["here", "there", "x2"]
    assert list(StorageMap(here, here).tensors) == ["here", "here_1"]


def test_libraries_share_one_strip():
    array = np.arange(6)
    tensor, book = torch.from_numpy(array), tensorbook.from_numpy(array)
    storages = StorageMap(array, array.reshape(2, 3)[:, ::-1], tensor, book)
    assert len(group(storages._members)) == 1
    storages.write("tensor", (4,), 44)
    assert array[4] == 44 and book[4].item() == 44
    assert linked(storages, "t1", 1, 1)["s0"] == [(4,)]
    check_board(storages)


def test_the_picture_is_the_same_for_every_library():
    pictures = []
    for make in (np.arange, torch.arange, tensorbook.arange):
        x = make(6)
        storages = StorageMap(x, x.reshape(2, 3)[:, 1:], names=["x", "y"])
        same = ("texts", "shape", "names", "kinds", "note", "columns")
        panels = [{k: p[k] for k in same} for p in storages.picture["panels"]]
        pictures.append(json.dumps([panels, storages.picture["links"]]))
    assert pictures[0] == pictures[1] == pictures[2]


def test_elements_of_another_size_cover_several_slots():
    x = torch.arange(4)
    storages = StorageMap(x, x.view(torch.int32), names=["x", "parts"])
    assert linked(storages, "t0", 1) == {"s0": [(2,), (3,)], "t1": [(2,), (3,)], "t0": []}
    storages.write("parts", (3,), 1)
    assert x[1].item() == 1 + (1 << 32)


def test_a_storage_that_joins_two():
    whole = np.arange(8)
    left, right = torch.from_numpy(whole[:3]), torch.from_numpy(whole[5:])
    assert len(group([Member("l", left), Member("r", right)])) == 2
    assert [len(s.members) for s in group([Member("l", left), Member("r", right), Member("w", whole)])] == [3]


SHOWN = {
    "scalar": torch.tensor(2.5), "empty": torch.empty(0, 3), "bools": np.array([True, False]),
    "nan": torch.tensor([float("nan"), float("inf")]), "large": torch.randn(10**6)[::7],
    "expanded": torch.zeros(1).expand(10**6, 10**6), "overlapping": torch.arange(6).as_strided((4, 3), (1, 1)),
    "complex": torch.randn(2, dtype=torch.complex64), "meta": torch.empty(2, 2, device="meta"),
    "book": tensorbook.ones(2),
}  # fmt: skip


def test_every_kind_of_tensor_is_drawn():
    for x in SHOWN.values():
        check_board(StorageMap(x))
    check_board(StorageMap(*SHOWN.values()))


def test_many_large_tensors_are_drawn_in_part():
    storages = StorageMap(*(torch.randn(100, 100) for _ in range(12)))
    assert sum(len(p["texts"]) for p in storages.picture["panels"]) <= 2000 and "too large" in storages.picture["cut"]
    check_board(storages)


def test_refusals_are_shown_inside_and_change_nothing(shared):
    for message, said in [
        ({"kind": "write", "data": {"panel": "t1", "index": [0, 0], "value": "x"}}, "expected a whole number"),
        ({"kind": "write", "data": {"panel": "t1", "index": [9, 9], "value": "1"}}, "no index into the shape (3, 4)"),
        ({"kind": "add", "data": {"code": "k = grid.zero_()"}}, "zero_ is no view op"),
        ({"kind": "add", "data": {"code": "base = grid.t()"}}, "base is on the map already"),
        ({"kind": "add", "data": {"code": "k = other.t()"}}, "no tensor 'other' on the map"),
        ({"kind": "add", "data": {"code": "k = grid.t().view(12)"}}, "view size is not compatible"),
    ]:
        shared._arrive(shared, message, [])
        assert shared.error == "" and said in shared.picture["refusal"]["said"], shared.picture["refusal"]
    assert shared.tensors["base"].tolist() == list(range(12)) and len(shared.tensors) == 4
    shared._arrive(shared, {"kind": "write", "data": {"panel": "s0", "index": [5], "value": "50"}}, [])
    assert shared.tensors["grid"][1, 1].item() == 50 and shared.picture["refusal"] is None


def test_a_read_only_array_says_so():
    array = np.arange(3)
    array.flags.writeable = False
    storages = StorageMap(array)
    storages._arrive(storages, {"kind": "write", "data": {"panel": "t0", "index": [0], "value": "5"}}, [])
    assert "read-only" in storages.picture["refusal"]["said"] and array[0] == 0


def test_the_quiz_hides_what_is_shared():
    x = torch.arange(4)
    quiz = StorageMap(x, x.view(2, 2), x.clone(), x.detach(), names=["a", "b", "c", "d"], quiz=True)
    assert quiz.picture["links"] == {} and quiz.picture["lines"] == [] and quiz.picture["facts"] == []
    assert not any(p["id"].startswith("s") for p in quiz.picture["panels"]) and quiz.answer == "b, d"
    assert not quiz.predict("b") and quiz.predict("d and b") and panel(quiz, "s1")


@pytest.mark.parametrize(
    ("views", "options", "error", "said"),
    [
        ((), {}, ValueError, "expected 1 to 12"),
        ((3,), {}, TypeError, "was given int"),
        ((torch.zeros(1),), {"names": ["<b>"]}, ValueError, "expected Python names"),
        ((torch.zeros(1),), {"names": ["a", "b"]}, ValueError, "expected 1 different ones"),
    ],
)
def test_bad_input(views, options, error, said):
    with pytest.raises(error, match=said):
        StorageMap(*views, **options)
    with pytest.raises(ValueError, match="expected True or False"):
        number("2", "bool")


def test_a_view_of_an_array_hangs_below_the_array():
    """The tree is the one that tensors give, though a tensor of its own stands between the array and the view."""
    trees = []
    for make in (np.arange, torch.arange, tensorbook.arange):
        storages = StorageMap(make(6), names=["x"])
        storages.add("y = x[2:]")
        storages.add("z = y[1:]")
        trees.append(tree(storages))
    assert trees[0][1] == "└─ x  (6,)  no base  an array has no version"  # what a view on the map makes is a tensor
    trees[0][1] = trees[1][1]
    assert trees[0] == trees[1] == trees[2]
    assert trees[0][-1] == "   └─ z = y[1:]  (3,)  a view: its _base is x  version 0"


def test_a_tensor_of_inference_mode_has_no_version():
    with torch.inference_mode():
        x = torch.arange(3)
    storages = StorageMap(x, names=["x"])
    assert tree(storages)[-1] == "└─ x  (3,)  no _base  made in inference mode: no version"


def test_a_write_through_an_array_moves_no_version():
    array = np.zeros(3)
    tensor = torch.from_numpy(array)
    storages = StorageMap(array, tensor, names=["array", "tensor"])
    storages.write("array", (0,), 1.0)
    assert (
        tensor._version == 0 and tree(storages)[2] == "└─ tensor  (3,)  shares the storage, without a _base  version 0"
    )
    assert storages.picture["remark"].startswith("also changed tensor[0]; no version counts")
    storages.write("tensor", (0,), 2.0)
    assert storages.picture["remark"] == "also changed array[0]; version 0 → 1"
