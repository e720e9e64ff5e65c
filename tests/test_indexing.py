"""x[…] and x[…] = y for any index that Hypothesis finds."""

import warnings

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import tensorbook
from tests.agreement import agree
from tests.oracle import graph_of, require_torch, same_error, under_both

torch = require_torch()
pytestmark = pytest.mark.oracle

BOUND = st.integers(-4, 4) | st.none()


@st.composite
def indices(draw, shape):
    """An index as plain data: integers, slices, None, ..., lists, and ("tensor", values) or ("mask", seed)."""
    parts = []
    for _ in range(draw(st.integers(0, len(shape)))):
        parts.append(
            draw(
                st.one_of(
                    st.integers(-3, 3),
                    st.builds(slice, BOUND, BOUND, st.sampled_from([None, 1, 2])),
                    st.none(),
                    st.lists(st.integers(-2, 2), min_size=1, max_size=3),
                    st.tuples(st.just("tensor"), st.lists(st.integers(-2, 2), min_size=2, max_size=2)),
                    st.tuples(st.just("mask"), st.integers(0, 3)),
                )
            )
        )
    if draw(st.booleans()):
        parts.insert(draw(st.integers(0, len(parts))), Ellipsis)
    return tuple(parts)


def made(module, parts, shape):
    """The index itself, for one library."""
    index, dim = [], 0
    for part in parts:
        if isinstance(part, tuple) and part[0] == "tensor":
            part = module.tensor(part[1])
        elif isinstance(part, tuple):
            length = shape[min(dim, len(shape) - 1)]
            part = module.tensor(np.random.default_rng(part[1]).random(length) < 0.5)
        index.append(part)
        dim += part is not None and part is not Ellipsis
    return tuple(index) if len(index) != 1 else index[0]


SHAPES = st.lists(st.integers(1, 4), min_size=1, max_size=4).map(tuple)


def check(run):
    ours, theirs = under_both(run)
    if isinstance(theirs, tuple) and theirs[0] == "error":
        assert ours[0] == "error", f"PyTorch raises {theirs[1]}, tensorbook gives {ours}"
        assert ours[1][0] == theirs[1][0], (ours, theirs)
    elif ours[0] == "error" and "out of bounds" in ours[1][1]:
        assume(False)  # PyTorch does not look at the indices where nothing can be chosen
    else:
        assert ours == theirs


@settings(max_examples=400, deadline=None)
@given(data=st.data(), shape=SHAPES)
def test_reading(data, shape):
    parts = data.draw(indices(shape))
    values = np.arange(np.prod(shape), dtype=np.float64).reshape(shape)

    def run(module):
        x = module.tensor(values, requires_grad=True)
        y = x[made(module, parts, shape)]
        shares = y.untyped_storage().data_ptr() == x.untyped_storage().data_ptr() and y.numel() > 0
        weights = np.random.default_rng(0).normal(size=tuple(y.shape)).round(3)
        y.backward(module.tensor(weights))
        seen = [tuple(y.shape), y.tolist(), shares, np.round(x.grad.numpy(), 9).tolist()]
        return seen + ([y.stride(), y.storage_offset(), graph_of(y.grad_fn)] if shares else [])

    check(run)


@settings(max_examples=300, deadline=None)
@given(data=st.data(), shape=SHAPES)
def test_writing(data, shape):
    parts = data.draw(indices(shape))
    scalar = data.draw(st.booleans())

    def run(module):
        x = module.zeros(shape, dtype=module.float64)
        index = made(module, parts, shape)
        chosen = tuple(x[index].shape)
        # Which of several writes to one place wins is nobody's promise: equal numbers cannot tell.
        value = 5.0 if scalar else module.ones(chosen[-1:], dtype=module.float64) * 3
        x[index] = value
        return x.tolist(), x._version

    check(run)


@settings(max_examples=100, deadline=None)
@given(data=st.data(), shape=SHAPES)
def test_gradient_of_writing(data, shape):
    parts = data.draw(indices(shape).filter(lambda p: p and not any(isinstance(part, (list, tuple)) for part in p)))

    def run(module):
        x = module.ones(shape, dtype=module.float64, requires_grad=True)
        w = module.tensor(2.0, dtype=module.float64, requires_grad=True)
        y = x * 3
        y[made(module, parts, shape)] = w
        (y * y).sum().backward()
        return x.grad.tolist(), w.grad.item(), y.tolist(), type(y.grad_fn).__name__

    check(run)


@pytest.mark.parametrize(
    "index",
    [
        5,
        -4,
        (0, 0, 0),
        slice(None, None, -1),
        1.5,
        "a",
        [0, 5],
        (None, 0),
        (..., ...),
        True,
        np.int64(1),
    ],
    ids=repr,
)
def test_unusual_indices(index):
    def run(module):
        return module.arange(6).reshape(3, 2)[index].tolist()

    ours, theirs = under_both(run)
    if isinstance(theirs, tuple):
        same_error(ours[1], theirs[1])
    else:
        assert ours == theirs


def test_mask_of_the_wrong_shape():
    ours, theirs = under_both(lambda module: module.ones(3, 2)[module.tensor([True, False])])
    same_error(ours[1], theirs[1])


def test_index_with_a_tensor_of_floats():
    ours, theirs = under_both(lambda module: module.ones(3, 2)[module.tensor([1.0])])
    same_error(ours[1], theirs[1])


def test_numpy_arrays_index():
    x = tensorbook.arange(6).reshape(3, 2)
    assert x[np.array([2, 0])].tolist() == [[4, 5], [0, 1]]
    assert x[np.array([True, False, True])].tolist() == [[0, 1], [4, 5]]


PUTS = ("m", "m, on", "on", "m, True", "True, m", "[True, False]", "m, 0", "m, [0]", "None, m", "bytes_", "byte",
        "bytes_, on", "m, :1", "torch.tensor(0)", "[0]", "m, None", "m, m")  # fmt: skip
PUT_TENSORS = ("(m,)", "(on,)", "(bytes_,)", "(byte,)", "(m, torch.tensor([0]))", "(torch.tensor(0),)", "(m, on)",
               "(on, m)", "(m, byte)", "(None, m)", "(m, m, m)")  # fmt: skip
VALUES = ("7.5", "torch.tensor(7.5)", "torch.tensor([7.5])", "torch.tensor([[7.5]])", "torch.tensor([7.5, 8])",
          "torch.tensor([], dtype=torch.float64)")  # fmt: skip


def both(code, dtype):
    """A line that reads and writes x under both libraries: the same values, or the same error."""

    def run(module):
        bytes_, on = module.tensor([1, 0], dtype=module.uint8), module.tensor(True)
        x = module.arange(6, dtype=getattr(module, dtype)).reshape(2, 3)
        space = {"torch": module, "x": x, "m": bytes_.bool(), "on": on, "bytes_": bytes_, "byte": on.byte()}
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "indexing with dtype torch.uint8")
            exec(code, space)
        return space["x"]

    agree(run, wording=False)


@pytest.mark.parametrize("dtype", ["int64", "float32"])
@pytest.mark.parametrize("value", VALUES)
def test_which_dtype_may_be_written(value, dtype):
    for index in PUTS:
        both(f"x[{index}] = {value}", dtype)
    for places in PUT_TENSORS if "tensor" in value else ():
        both(f"x.index_put_({places}, {value})", dtype)
        both(f"x.index_put_({places}, {value}.double(), accumulate=True)", dtype)
        both(f"x = x.index_put({places}, {value})", dtype)


def test_bytes_as_a_mask_are_warned_of():
    for module in (torch, tensorbook):
        x, index = module.arange(3), module.tensor([1, 0, 1], dtype=module.uint8)
        with pytest.warns(UserWarning, match="torch.uint8 is now deprecated, please use a dtype torch.bool"):
            assert x[index].tolist() == [0, 2]


WINDOWS = (
    "x.unfold(0, 3, 1)",
    "x.unfold(0, 2, 1)",
    "x.as_strided([2, 3], [1, 2])",
    "x.as_strided([2, 1, 3], [2, 0, 2])",
)
OVERLAPPING_WRITES = ("w.mul_(3)", "w.add_(w.clone())", "w += torch.arange(w.shape[-1]).double()", "w.square_()",
                      "w.copy_(torch.arange(w.numel()).reshape(w.shape))", "w[...] = w.sqrt()",
                      "w.addcmul_(torch.arange(w.numel()).reshape(w.shape).double(), w.clone())")  # fmt: skip


@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("write", OVERLAPPING_WRITES)
def test_elements_that_share_a_place_are_written_in_pytorchs_order(window, write):
    def run(module):
        space = {"torch": module, "x": module.arange(1.0, 8, dtype=module.float64)}
        exec(f"w = {window}; {write}", space)
        return space["x"]

    agree(run)


@pytest.mark.parametrize("window", WINDOWS[:3])
def test_the_gradient_of_a_write_to_overlapping_windows(window):
    def run(module):
        space = {"torch": module, "v": module.arange(1.0, 8, dtype=module.float64).requires_grad_()}
        exec(f"x = v * 2; w = {window}; w[torch.tensor([-1])] = 5; (x * v).sum().backward()", space)
        return space["v"].grad

    agree(run)


@pytest.mark.parametrize("call", ["scatter_(-3, i, 3)", "index_add_(3, i, x)", "cumsum_(-3)", "index_fill_(2, i, 1)"])
def test_a_dimension_that_is_not_there_is_told_before_shared_memory(call):
    def run(module):
        space = {"x": module.zeros(1, 2).expand(3, 2), "i": module.tensor([0])}
        return eval(f"x.{call}", space)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # PyTorch warns of index_fill_ on stretched tensors, too
        agree(run)
