"""Numbers from and to NumPy, DLPack, PyTorch and Python; copies; and memory that stays flat without a collector."""

import copy
import gc
import pickle
import tracemalloc

import numpy as np
import pytest

import tensorbook
from tests.oracle import require_torch, same_error, under_both

DTYPES = ["uint8", "int8", "int16", "int32", "int64", "float16", "float32", "float64"]


@pytest.mark.parametrize("dtype", DTYPES)
def test_memory_is_shared_with_pytorch_both_ways(dtype):
    torch = require_torch()
    ours = tensorbook.arange(6).reshape(2, 3).to(getattr(tensorbook, dtype)).t()
    theirs = torch.from_dlpack(ours)
    assert theirs.stride() == ours.stride() and str(theirs.dtype) == f"torch.{dtype}"
    theirs[0, 1] = 50
    assert ours.tolist() == theirs.tolist() and ours[0, 1].item() == 50
    back = tensorbook.from_dlpack(torch.arange(6).reshape(2, 3).to(getattr(torch, dtype)).t())
    assert back.tolist() == [[0, 3], [1, 4], [2, 5]] and back.stride() == (1, 3)
    source = torch.zeros(3, dtype=getattr(torch, dtype))
    tensorbook.from_dlpack(source).add_(1)
    assert source.tolist() == [1, 1, 1]


def test_memory_is_shared_with_numpy_both_ways():
    array = np.zeros((2, 3))
    x = tensorbook.from_numpy(array)
    x[0] = 1
    array[1] = 2
    assert x.tolist() == array.tolist() == x.numpy().tolist() == np.asarray(x).tolist()
    assert np.shares_memory(np.asarray(x), array) and np.shares_memory(np.from_dlpack(x), array)
    assert tensorbook.ones(2).__dlpack_device__() == (1, 0)
    assert not hasattr(x, "__cuda_array_interface__")


PYTHON = {
    "range": lambda t: list(range(t.tensor(3))),
    "index a list": lambda t: "abc"[t.tensor(1)],
    "in": lambda t: (2 in t.tensor([1, 2]), 5 in t.tensor([1, 2])),
    "len": lambda t: len(t.zeros(4, 2)),
    "iterate": lambda t: [row.tolist() for row in t.arange(4).reshape(2, 2)],
    "unpack": lambda t: [x.item() for x in [*t.arange(3)]],
    "reversed": lambda t: [x.tolist() for x in reversed(t.arange(3))],
    "numbers": lambda t: (int(t.tensor(2.7)), float(t.tensor(2)), bool(t.tensor([0.5])), complex(t.tensor(2.0))),
    "hash": lambda t: len(dict.fromkeys(t.arange(3), 1)),
    "dir": lambda t: "view" in dir(t.ones(1)),
    "format": lambda t: f"{t.tensor(3)} {t.tensor(2.5):.2f} {t.ones(2)} {t.tensor(7):>4}",
    "numpy of a scalar": lambda t: (t.tensor(1.5).numpy().shape, np.sqrt(t.tensor([4.0]).numpy()).tolist()),
    "numpy arithmetic": lambda t: (np.ones(2) + t.ones(2).numpy()).tolist(),
    "as_tensor shares": lambda t: [a := np.zeros(2), t.as_tensor(a).add_(1), a.tolist()][2],
    "tensor copies": lambda t: [a := np.zeros(2), t.tensor(a).add_(1), a.tolist()][2],
    "tolist": lambda t: [t.tensor(1).tolist(), t.ones(2, 0).tolist(), t.tensor([[True]]).tolist()],
    "sum of a list": lambda t: sum(t.arange(4)).item(),
    "max of a tensor": lambda t: max(t.tensor([1, 3, 2])).item(),
    "round": lambda t: round(t.tensor(2.5)).item() if hasattr(t.tensor(1), "__round__") else 2.0,
    "float of many": lambda t: float(t.ones(2)),
    "index of floats": lambda t: [1, 2][t.tensor(1.0)],
    "range of floats": lambda t: range(t.tensor(2.0)),
    "truth of none": lambda t: bool(t.ones(0)),
    "item of many": lambda t: t.ones(2).item(),
    "dlpack of a gradient": lambda t: t.ones(2, requires_grad=True).__dlpack__(),
    "iterate a scalar": lambda t: iter(t.tensor(1)),
    "array of a gradient": lambda t: np.asarray(t.ones(2, requires_grad=True)),
}


@pytest.mark.oracle
@pytest.mark.parametrize("name", PYTHON)
def test_python(name):
    require_torch()
    ours, theirs = under_both(PYTHON[name])
    if isinstance(theirs, tuple) and theirs[:1] == ("error",):
        same_error(ours[1], theirs[1])
    else:
        assert ours == theirs


@pytest.mark.oracle
def test_copies():
    require_torch()

    def call(t):
        base = t.arange(6.0)
        pair = copy.deepcopy([base, base[2:4], base])
        pair[0][2] = 50
        leaf = t.ones(2, requires_grad=True)
        (leaf * 3).sum().backward()
        twin, shallow = copy.deepcopy(leaf), copy.copy(base)
        shallow[0] = 9
        loaded = pickle.loads(pickle.dumps(base[2:4]))
        return (
            pair[1].tolist(), pair[0] is pair[2], twin.requires_grad, twin.grad.tolist(), base[0].item(),
            loaded.tolist(), copy.deepcopy(base.reshape(2, 3).t()).stride(), pair[1].storage_offset(),
        )  # fmt: skip

    ours, theirs = under_both(call)
    assert ours == theirs


def test_memory_stays_flat_without_a_collector():
    """Ten thousand steps of a small training loop: no cycle keeps a graph or a gradient."""
    w, b = tensorbook.randn(4, 3, requires_grad=True), tensorbook.zeros(3, requires_grad=True)
    x, y = tensorbook.randn(8, 4), tensorbook.randn(8, 3)

    def steps(count):
        for _ in range(count):
            loss = (((x @ w + b).tanh() - y)[1:] ** 2).mean()
            loss.backward()
            with tensorbook.no_grad():
                for p in (w, b):
                    p -= 0.01 * p.grad
                    p.grad = None

    gc.collect()
    gc.disable()
    tracemalloc.start()
    try:
        steps(500)
        before = tracemalloc.get_traced_memory()[0]
        steps(10_000)
        grown = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
        gc.enable()
    assert grown < 20_000, f"{grown} bytes more after ten thousand steps"
