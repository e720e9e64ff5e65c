"""Large arrays are computed in pieces, by several threads, into memory that was used before: nobody may notice."""

import itertools
import os
import threading

import numpy as np
import pytest

import tensorbook
from tensorbook import memory, settings
from tensorbook import threads as helpers
from tensorbook.ops import pieces

SIZE = 3 * pieces.PIECE + 3
ONE = 8192  # elements: so few are computed at once
CASES = {
    "add, divide": lambda x, y: x / (y * y + 1.0) + y,
    "relu, tanh": lambda x, y: x.relu() * 0.5 + y.tanh().relu(),
    "powers": lambda x, y: x**3 - y**2 - x**1.5,
    "clamp": lambda x, y: x.clamp(-0.5, 1.0) + y.clamp(min=0) + y.clamp_max(0.5),
    "several": lambda x, y: (1 - x.exp()).abs().sqrt() * tensorbook.maximum(x, y) - tensorbook.sub(x, y, alpha=3),
    "compare": lambda x, y: -x.sigmoid() * (y > 0) + (x != y) * y.sin(),
}


@pytest.fixture(params=[1, 3], ids=["one thread", "three threads"])
def threads(request, monkeypatch):
    monkeypatch.setitem(settings._state, "threads", request.param)
    monkeypatch.setattr(helpers, "_helpers", None)
    monkeypatch.setattr(helpers, "_ids", [])
    yield request.param
    if helpers._helpers is not None:
        helpers._helpers.shutdown()


def drawn(*shape, dtype=tensorbook.float32):
    """Two operands and a gradient, with some numbers that are none."""
    tensorbook.manual_seed(0)
    x, y, grad = (tensorbook.randn(*shape, dtype=dtype) for _ in range(3))
    x.view(-1)[7], x.view(-1)[8], grad.view(-1)[9] = tensorbook.nan, -0.0, tensorbook.inf
    return x, y, grad


def values(function, x, y, grad):
    x, y = x.detach().requires_grad_(), y.detach().requires_grad_()
    result = function(x, y)
    result.backward(grad)
    return [v.detach().numpy() for v in (result, x.grad, y.grad)]


@pytest.mark.parametrize("dtype", [tensorbook.float32, tensorbook.float64], ids=str)
@pytest.mark.parametrize("name", CASES)
def test_every_bit_is_that_of_small_arrays(name, dtype, threads):
    given = drawn(SIZE, dtype=dtype)
    large = values(CASES[name], *given)
    assert (threads > 1) == (helpers._helpers is not None), "it went another way"
    cuts = [*range(0, SIZE - ONE, ONE), SIZE]  # none so small that it would be worked out more exactly
    small = [values(CASES[name], *(v[a:b] for v in given)) for a, b in itertools.pairwise(cuts)]
    for ours, parts in zip(large, zip(*small, strict=True), strict=True):
        assert ours.tobytes() == np.concatenate(parts).tobytes()


@pytest.mark.parametrize(
    "look", [
        lambda x: (x, x.clone()), lambda x: (x.t(), x.t()), lambda x: (x[:, ::2], x[:, ::2]), lambda x: (x, x[:1]),
        lambda x: (x, x[0, 0]), lambda x: (x, x[0, 0].expand(500, 600)), lambda x: (x[:1, :1], x),
        lambda x: (x, x.t().contiguous().t()), lambda x: (x, x[None]),
    ], ids=["in order", "transposed", "in steps", "a row", "a number", "stretched", "a small first", "mixed", "longer"],
)  # fmt: skip
def test_layouts(look, threads):
    a, b = look(drawn(500, 600)[0])
    result, expected = (a * b).numpy(), a.numpy() * b.numpy()
    assert result.tobytes() == expected.tobytes() and result.strides == expected.strides


def test_errors_come_through(threads):
    x = tensorbook.arange(SIZE)
    y = tensorbook.ones(SIZE, dtype=tensorbook.int64)
    y[-1] = 0
    with pytest.raises(RuntimeError, match="ZeroDivisionError"):
        x % y
    with pytest.raises(RuntimeError, match="must match the size"):
        x + y[1:]
    assert (x + y)[-1] == SIZE - 1


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="no say in where threads run on this system")
def test_helpers_leave_the_callers_processor_free(monkeypatch, threads):
    x = drawn(SIZE)[0]
    x.exp()
    for here in sorted(os.sched_getaffinity(0))[:2]:
        monkeypatch.setattr(helpers, "_processor_now", lambda here=here: here)
        x.exp()
        for helper in helpers._ids:
            assert here not in os.sched_getaffinity(helper) or settings.processors() == 1
    assert bool(helpers._ids) == (threads > 1)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
@pytest.mark.filterwarnings(
    "ignore:.*fork:DeprecationWarning"
)  # Python 3.12 warns of threads, which are the point here
def test_a_forked_process_has_threads_of_its_own(threads):
    x = drawn(SIZE)[0]
    expected = x.exp().numpy().tobytes()
    child = os.fork()
    if not child:
        os._exit(0 if x.exp().numpy().tobytes() == expected else 1)
    assert os.waitpid(child, 0)[1] == 0


# ---- memory


def addresses(make):
    """Where ten results lie that nobody keeps."""
    return {make().data_ptr() for _ in range(10)}


def test_memory_is_used_again_once_nobody_looks():
    x = drawn(2 * SIZE)[0]  # large enough to be listed
    assert x.nbytes >= memory.LARGE
    assert len(addresses(lambda: x + 1)) == 1
    looks = [
        lambda r: r, lambda r: r[5:], lambda r: r.numpy(), lambda r: r.detach().view(-1)[3:].numpy()[::2],
        lambda r: memoryview(r.numpy()), lambda r: np.from_dlpack(r), lambda r: r.untyped_storage(),
        lambda r: (r.requires_grad_() * r).grad_fn,
    ]  # fmt: skip
    for look in looks:
        result = x + 1
        place, held = result.data_ptr(), look(result)
        del result
        others = [x + 2 for _ in range(10)]
        assert place not in [r.data_ptr() for r in others]
        del others, held
    assert len(addresses(lambda: x + 1)) == 1


def test_the_list_is_short():
    y = drawn(SIZE)[1]
    kept = [y + i for i in range(2 * memory.COUNT)]
    assert len(memory._listed) <= memory.COUNT
    assert all((r == y + i).all() for i, r in enumerate(kept))
    memory.empty((memory.BYTES // 4 + 1,), np.dtype("f4"))  # too large to keep
    for size in range(50, 60):
        memory.empty((size << 18,), np.dtype("f4"))
    assert sum(one.nbytes for one in memory._listed) <= memory.BYTES


def test_gradients_do_not_share_memory():
    x, y, _ = drawn(SIZE)
    for v in (x, y):
        v.nan_to_num_().requires_grad_()
    for _ in range(2):
        a, b = x * 2, y * 3
        (a + b).backward(tensorbook.ones(SIZE))
    assert (x.grad == 4).all() and (y.grad == 6).all()
    held = x.grad.numpy()
    x.grad = None
    (x * 5).sum().backward()
    assert (held == 4).all() and (x.grad == 5).all()
    cell = [np.ones((2, 300_000), "f4").reshape(-1)]
    assert memory.seen_by_none_else(cell)
    view = cell[0][1:]
    assert not memory.seen_by_none_else(cell) and not memory.seen_by_none_else([view[:5]])


def test_two_threads_never_get_the_same_memory():
    found, stop = [], threading.Event()

    def work(mark):
        while not stop.is_set():
            array = memory.empty((1 << 19,), np.dtype("f4"))
            array[::4096] = mark
            found.append((array[::4096] == mark).all())

    workers = [threading.Thread(target=work, args=(mark,)) for mark in range(4)]
    for worker in workers:
        worker.start()
    stop.wait(0.5)
    stop.set()
    for worker in workers:
        worker.join()
    assert all(found) and len(found) > 50


# ---- one of two by a mask


@pytest.mark.parametrize("dtype", [tensorbook.float32, tensorbook.float64, tensorbook.int64, tensorbook.bool], ids=str)
@pytest.mark.parametrize("size", [(70, 300), (4095,), (4096,), (32769,)], ids=str)
def test_picked_by_bits_as_one_by_one(dtype, size):
    x, y, grad = drawn(*size)
    mask = y > 0.3
    x, y, grad = (v.nan_to_num().to(dtype) if dtype is tensorbook.int64 else v.to(dtype) for v in (x, y, grad))
    m, a, b = mask.numpy(), x.numpy(), y.numpy()
    results = [
        (tensorbook.where(mask, x, y), np.where(m, a, b)),
        (x.masked_fill(mask, 1), np.where(m, a.dtype.type(1), a)),
        (x.masked_fill(mask, y.view(-1)[3]), np.where(m, b.reshape(-1)[3], a)),
        (tensorbook.where(mask.t(), x.t(), y.t()), np.where(m, a, b).T if m.ndim == 2 else np.where(m, a, b)),
        (tensorbook.where(mask[..., ::2], x[..., ::2], y[..., ::2]), np.where(m, a, b)[..., ::2]),
    ]
    written, expected = x.clone(), a.copy()
    written[mask] = 2
    expected[m] = 2
    for result, right in [*results, (written, expected)]:
        assert result.numpy().tobytes() == np.ascontiguousarray(right).tobytes()
    if dtype.is_floating_point:
        x.requires_grad_()
        tensorbook.where(mask, x, y).backward(grad)
        assert x.grad.numpy().tobytes() == np.where(m, grad.numpy(), a.dtype.type(0)).tobytes()


def test_no_piece_is_small(threads):
    """Small tensors print in full, so they may be worked out more exactly (np.exp); a large one has no such part."""
    x = drawn(2 * pieces.PIECE + 900)[1]
    assert x.exp().numpy().tobytes() == np.exp(x.numpy()).tobytes()
