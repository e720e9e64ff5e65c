"""Views: any chain of them, and writes through them, against PyTorch (Hypothesis draws the chains)."""

import math
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tensorbook
from tests.oracle import graph_of, require_torch, same_error, under_both

torch = require_torch()
pytestmark = pytest.mark.oracle

SHAPES = st.lists(st.integers(1, 4), max_size=4).map(tuple).filter(lambda shape: math.prod(shape) <= 96)
WITH_DIMS = SHAPES.filter(bool)
MAYBE_EMPTY = st.lists(st.integers(0, 3), max_size=4).map(tuple)


@st.composite
def steps(draw, ndim, names=None):
    """One view operation for a tensor of `ndim` dims, as (name, arguments); may be one that is refused."""
    dim = st.integers(-ndim - 1, ndim)
    name = draw(st.sampled_from(names or sorted(OPERATIONS)))
    arguments = {
        "transpose": [dim, dim],
        "permute": [st.permutations(range(ndim))],
        "unsqueeze": [dim],
        "squeeze": [dim],
        "squeeze all": [],
        "select": [dim, st.integers(-4, 4)],
        "narrow": [dim, st.integers(-3, 3), st.integers(0, 3)],
        "slice": [dim, st.integers(-5, 5) | st.none(), st.integers(-5, 5) | st.none(), st.integers(1, 3)],
        "flatten": [dim, dim],
        "view": [st.lists(st.sampled_from([-1, 1, 2, 3, 4, 6]), max_size=3)],
        "reshape": [st.lists(st.sampled_from([-1, 1, 2, 3, 4, 6]), max_size=3)],
        "expand": [
            st.tuples(
                st.lists(st.integers(1, 3), max_size=1),
                st.lists(st.sampled_from([-1, 1, 2, 3]), min_size=ndim, max_size=ndim),
            ).map(lambda parts: parts[0] + parts[1])
        ],
        "diagonal": [st.integers(-2, 2), dim, dim],
        "unfold": [dim, st.integers(1, 3), st.integers(1, 2)],
        "movedim": [dim, dim],
        "t": [],
        "unbind": [dim],
        "split": [st.integers(1, 3), dim],
        "chunk": [st.integers(1, 3), dim],
        "detach": [],
    }[name]
    return name, [draw(argument) for argument in arguments]


def _slice(x, dim, start, stop, step):
    index = [slice(None)] * x.dim()
    index[dim] = slice(start, stop, step)
    return x[tuple(index)]


OPERATIONS = {
    "transpose": lambda x, a, b: x.transpose(a, b),
    "permute": lambda x, dims: x.permute(dims),
    "unsqueeze": lambda x, dim: x.unsqueeze(dim),
    "squeeze": lambda x, dim: x.squeeze(dim),
    "squeeze all": lambda x: x.squeeze(),
    "select": lambda x, dim, index: x.select(dim, index),
    "narrow": lambda x, dim, start, length: x.narrow(dim, start, length),
    "slice": _slice,
    "flatten": lambda x, a, b: x.flatten(a, b),
    "view": lambda x, shape: x.view(shape),
    "reshape": lambda x, shape: x.reshape(shape),
    "expand": lambda x, shape: x.expand(shape),
    "diagonal": lambda x, offset, a, b: x.diagonal(offset, a, b),
    "unfold": lambda x, dim, size, step: x.unfold(dim, size, step),
    "movedim": lambda x, a, b: x.movedim(a, b),
    "t": lambda x: x.t(),
    "unbind": lambda x, dim: x.unbind(dim)[-1],
    "split": lambda x, size, dim: x.split(size, dim)[0],
    "chunk": lambda x, chunks, dim: x.chunk(chunks, dim)[-1],
    "detach": lambda x: x.detach(),
}


def layout(x, base):
    return {
        "shape": tuple(x.shape),
        "stride": x.stride() if x.numel() else None,  # where nothing lies is of no consequence
        "offset": x.storage_offset() if x.numel() else None,
        "contiguous": x.is_contiguous(),
        "shares": x.untyped_storage().data_ptr() == base.untyped_storage().data_ptr() and x.numel() > 0,
        "is based on it": x._base is base,
        "values": x.tolist(),
        "version": x._version,
    }


@settings(max_examples=400, deadline=None)
@given(data=st.data(), shape=SHAPES)
def test_any_chain_of_views(data, shape):
    bases = [module.arange(1.0, math.prod(shape) + 1).reshape(shape).clone() for module in (tensorbook, torch)]
    ours, theirs = bases
    for _ in range(data.draw(st.integers(1, 4))):
        name, arguments = data.draw(steps(theirs.dim()))
        try:
            next_theirs = OPERATIONS[name](theirs, *arguments)
        except (RuntimeError, IndexError, ValueError) as error:
            with pytest.raises(type(error)) as got:
                OPERATIONS[name](ours, *arguments)
            same_error([type(error).__name__, str(got.value)], [type(error).__name__, str(error)])
            continue
        ours, theirs = OPERATIONS[name](ours, *arguments), next_theirs
        assert layout(ours, bases[0]) == layout(theirs, bases[1]), (name, arguments)
    if theirs.numel():  # a write to any view shows in all
        for view in (ours, theirs):
            view[(0,) * view.dim()] = 100.0
        assert bases[0].tolist() == bases[1].tolist()
        assert layout(ours, bases[0]) == layout(theirs, bases[1])


@settings(max_examples=150, deadline=None)
@given(data=st.data(), shape=WITH_DIMS)
def test_gradients_through_views(data, shape):
    values = np.random.default_rng(0).normal(size=shape)
    leaves = [module.tensor(values, requires_grad=True) for module in (tensorbook, torch)]
    ours, theirs = leaves
    for _ in range(data.draw(st.integers(1, 3))):
        name, arguments = data.draw(steps(theirs.dim()).filter(lambda step: step[0] != "detach"))
        try:
            next_theirs = OPERATIONS[name](theirs, *arguments)
        except (RuntimeError, IndexError, ValueError):
            continue
        ours, theirs = OPERATIONS[name](ours, *arguments), next_theirs
    weights = np.random.default_rng(1).normal(size=tuple(theirs.shape))
    if theirs.requires_grad:
        assert graph_of(ours.grad_fn) == graph_of(theirs.grad_fn)
        ours.backward(tensorbook.tensor(weights))
        theirs.backward(torch.tensor(weights))
        np.testing.assert_allclose(leaves[0].grad.numpy(), leaves[1].grad.numpy(), rtol=1e-12, atol=1e-12)


WRITABLE = ["select", "slice", "transpose", "narrow"]


@settings(max_examples=100, deadline=None)
@given(data=st.data(), shape=WITH_DIMS)
def test_gradients_through_writes_to_views(data, shape):
    """CopySlices: a write to a view rewrites the history of its base."""
    rng = np.random.default_rng(0)
    values = rng.normal(size=shape)
    name, arguments = data.draw(steps(len(shape), WRITABLE))
    second, more = data.draw(steps(len(shape), WRITABLE))

    def run(module):
        leaf, factor = (
            module.tensor(values, requires_grad=True),
            module.tensor(1.5, dtype=module.float64, requires_grad=True),
        )
        x = leaf * 1
        view = OPERATIONS[name](x, *arguments)
        view.mul_(factor)
        OPERATIONS[second](x, *more).add_(factor * 2)
        out = (x * x).sum() + (view * view).sum()
        out.backward()
        return leaf.grad.tolist(), factor.grad.tolist(), x.tolist(), view.tolist(), graph_of(view.grad_fn), x._version

    ours, theirs = under_both(run)
    if theirs[0] == "error":
        assert ours[0] == "error" and ours[1][0] == theirs[1][0], ours
        return
    assert ours[4:] == theirs[4:]
    for a, b in zip(ours[:4], theirs[:4], strict=True):
        np.testing.assert_allclose(np.array(a), np.array(b), rtol=1e-10)


@settings(max_examples=150, deadline=None)
@given(a=MAYBE_EMPTY, b=MAYBE_EMPTY)
def test_broadcasting(a, b):
    def run(module):
        x = module.arange(math.prod(a)).reshape(a) + module.arange(math.prod(b)).reshape(b)
        return tuple(x.shape), x.tolist()

    ours, theirs = under_both(run)
    if theirs[0] == "error":
        same_error(ours[1], theirs[1])
    else:
        assert ours == theirs


@settings(max_examples=100, deadline=None)
@given(data=st.data(), shape=MAYBE_EMPTY.filter(lambda shape: 0 in shape))
def test_views_of_nothing(data, shape):
    """Shapes and errors; strides and offsets of nothing are nobody's business."""
    name, arguments = data.draw(steps(len(shape)))

    def run(module):
        x = module.zeros(shape, requires_grad=True)
        y = OPERATIONS[name](x, *arguments)
        if y.requires_grad:
            y.backward(module.ones_like(y))
            assert x.grad.shape == x.shape
        return tuple(y.shape), y.tolist()

    ours, theirs = under_both(run)
    if theirs[0] == "error":
        assert ours[0] == "error" and ours[1][0] == theirs[1][0], (ours, theirs)
    else:
        assert ours == theirs


def test_as_strided_overlaps():
    def run(module):
        base = module.arange(6.0, requires_grad=True)
        windows = (base * 1).as_strided((4, 3), (1, 1))
        windows.backward(module.arange(12.0).reshape(4, 3))
        return windows.tolist(), base.grad.tolist()

    ours, theirs = under_both(run)
    assert ours == theirs


def test_storage_is_shared_by_all_views():
    def run(module):
        x = module.arange(6.0)
        y = x[2:].view(2, 2).t()
        storages = [t.untyped_storage() for t in (x, y)]
        assert storages[0].data_ptr() == storages[1].data_ptr()
        y.add_(1)
        return (
            x.tolist(),
            x._version,
            y._version,
            x.detach()._version,
            storages[1].nbytes(),
            y.data_ptr() - x.data_ptr(),
        )

    ours, theirs = under_both(run)
    assert ours == theirs


@pytest.mark.parametrize("make", [tensorbook.from_numpy, tensorbook.tensor, tensorbook.as_tensor])
def test_arrays_that_were_pickled_meet_others(make):
    """Unpickling makes a dtype object of its own, equal to NumPy's but not the same."""
    array = pickle.loads(pickle.dumps(np.ones(3)))
    assert array.dtype is not np.dtype("f8")
    x = make(array)
    assert x.dot(tensorbook.ones(3, dtype=tensorbook.float64)).item() == 3
    x[0] = 5
    assert array[0] == (1 if make is tensorbook.tensor else 5)


def test_views_that_are_gone_are_forgotten():
    x, kept = tensorbook.arange(6.0), []
    for i in range(3_000):
        for make in (lambda: x[1:], lambda: x.view(2, 3), lambda: x.split(3), lambda: x.detach()[:2]):
            make()
        if i % 100 == 0:
            kept.append(x[2:])
    known = x._storage.views
    assert len(known) < 256
    assert {id(view) for view in kept} <= {id(view()) for view in known}  # an in-place write must find these
