"""Reading layouts from tensors and arrays: every element must be found in the slot that is claimed for it."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tensorbook.widgets.inputs import Layout, as_tensor, breaks, read, short

torch = pytest.importorskip("torch")


def made(shape=(), stride=(), offset=0, slots=100):
    return Layout("test", "int64", 8, tuple(shape), tuple(stride), offset, slots, False, 1, lambda a, b: [0] * (b - a))


def check_every_element(x, layout):
    storage = layout.read(0, layout.slots)
    for index in product(*map(range, layout.shape)):
        assert storage[layout.slot(index)] == x[index].item()


BASE = torch.arange(24.0)
TENSORS = {
    "whole": BASE.view(2, 3, 4),
    "transposed": BASE.view(4, 6).t(),
    "sliced": BASE.view(4, 6)[1:, ::2],
    "expanded": BASE[3:6].expand(4, 3),
    "overlapping": BASE.as_strided((5, 3), (1, 1), 2),
    "scalar": torch.tensor(3.5),
    "a cell": BASE[7],
    "bools": BASE.view(4, 6) > 5,
    "half": BASE.half().view(4, 6).t(),
    "bfloat16": BASE.bfloat16()[::3],
    "complex": torch.view_as_complex(BASE.view(4, 3, 2)).t(),
    "five dims": torch.arange(48).view(2, 2, 2, 3, 2).permute(4, 2, 0, 1, 3),
    "with gradient": BASE.clone().requires_grad_().view(4, 6)[:, 1],
}


@pytest.mark.parametrize("name", TENSORS)
def test_a_tensor_is_read_where_it_lies(name):
    x = TENSORS[name]
    layout = read(x)
    assert (layout.shape, layout.stride, layout.offset) == (tuple(x.shape), x.stride(), x.storage_offset())
    assert (layout.why_not_contiguous() == "") == x.is_contiguous()
    check_every_element(x, layout)


ARRAY = np.arange(24.0)
ARRAYS = {
    "whole": ARRAY.reshape(2, 3, 4),
    "transposed": ARRAY.reshape(4, 6).T,
    "reversed": ARRAY.reshape(4, 6)[::-1, ::-2],
    "broadcast": np.broadcast_to(ARRAY[3:6], (4, 3)),
    "windows": np.lib.stride_tricks.sliding_window_view(ARRAY, 5),
    "column order": np.asfortranarray(ARRAY.reshape(4, 6)),
    "half": ARRAY.astype("float16")[::5],
    "real part": (ARRAY + 1j).reshape(4, 6).real,
    "scalar": np.array(2.5),
    "bytes": np.frombuffer(bytes(range(20)), dtype=np.uint8)[3::4],
}


@pytest.mark.parametrize("name", ARRAYS)
def test_an_array_is_read_where_it_lies(name):
    x = ARRAYS[name]
    layout = read(x)
    assert tuple(s * x.itemsize for s in layout.stride) == x.strides
    assert (layout.why_not_contiguous() == "") == x.flags.c_contiguous
    check_every_element(x, layout)


def test_an_array_that_is_a_part_shows_all_of_its_memory():
    layout = read(ARRAY.reshape(4, 6)[1:, 2:4])
    assert (layout.offset, layout.slots, layout.is_view) == (8, 24, True)
    assert not read(np.zeros(3)).is_view


def test_what_is_empty_has_no_slot_to_find():
    for x in (torch.empty(0, 3), np.empty((0, 3)), torch.empty(3, 0, 2)[1:]):
        layout = read(x)
        assert layout.numel == 0 and layout.find(0) is None and layout.why_not_contiguous() == ""


def test_a_tensor_without_values_still_shows_its_layout():
    layout = read(torch.empty(3, 4, device="meta").t())
    assert (layout.stride, layout.slots, layout.read(0, 2)) == ((1, 4), 12, [None, None])


@pytest.mark.parametrize(
    ("x", "words"),
    [
        ([1, 2], "was given list"),
        (np.array(["a"]), "numbers or bools"),
        (np.arange(4, dtype=np.dtype(np.int32).newbyteorder()), "other order"),
        (np.zeros(3, dtype=[("a", "i1"), ("b", "f4")])["b"], "not whole elements of 4 bytes"),
        (torch.eye(2).to_sparse(), "has no strides"),
    ],
)
def test_what_has_no_layout_is_refused_in_words(x, words):
    with pytest.raises(TypeError, match=words):
        read(x)


@given(st.data())
def test_find_answers_as_a_search_through_all_indices_does(data):
    dims = data.draw(st.integers(0, 4))
    shape = data.draw(st.lists(st.integers(0, 4), min_size=dims, max_size=dims))
    stride = data.draw(st.lists(st.integers(-5, 9), min_size=dims, max_size=dims))
    layout = made(shape, stride, offset=30)
    reached = {layout.slot(index) for index in product(*map(range, shape))}
    for slot in range(-40, 130):
        found = layout.find(slot)
        assert (found is not None) == (slot in reached)
        if found is not None:
            assert layout.slot(found) == slot and all(0 <= i < n for i, n in zip(found, shape, strict=True))


@given(st.permutations(range(4)), st.lists(st.integers(1, 3), min_size=4, max_size=4), st.booleans())
def test_breaks_are_where_view_cannot_merge(order, shape, skip):
    x = torch.zeros(*shape).permute(order)
    x = x[..., ::2] if skip else x
    try:
        x.view(-1)
    except RuntimeError:
        assert breaks(read(x))
    else:
        assert not breaks(read(x))


def test_short_keeps_four_digits():
    cases = {
        0: "0",
        -1234: "-1234",
        12345: "1.234e4",
        0.1 + 0.2: "0.3",
        1e-10: "1e-10",
        float("inf"): "inf",
    }
    assert {value: short(value) for value in cases} == cases
    assert short(1 - 2.5j) == "1-2.5j" and short(None) == ""


def test_a_negative_stride_cannot_become_a_tensor():
    with pytest.raises(ValueError, match="negative stride"):
        as_tensor(np.arange(4)[::-1])
