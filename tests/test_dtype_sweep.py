"""Every operation with every dtype: the values and dtype that PyTorch gives, or an exception of the same type.

An operation is written as it is called, over tensors of one dtype: `a` and `b` are (2, 3), `m` is a square matrix, `v`
a vector, `z` has no dimension, `e` no element, `p` is positive and `f` between 0 and 1; `i` holds whole numbers to
index with, `k` is a mask.
"""

import warnings
from pathlib import Path

import numpy as np
import pytest

import tensorbook
from tests.oracle import TOLERANCE, leaves, require_torch

torch = require_torch()
pytestmark = pytest.mark.oracle

DTYPES = ["bool", "uint8", "int8", "int16", "int32", "int64", "float16", "float32", "float64"]
CALLS = [
    line
    for line in (Path(__file__).parent / "ops" / "calls.txt").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
]


def tensors(module, dtype):
    """The tensors that the calls name."""
    module.manual_seed(0)
    rng = np.random.default_rng(5)
    draw = lambda *shape, low=-4, high=5: rng.integers(low, high, shape).astype(float) + rng.integers(0, 4, shape) / 4  # noqa: E731
    values = {
        "a": draw(2, 3), "b": draw(2, 3), "c": draw(2, 3), "m": draw(3, 3), "v": draw(3), "w": draw(3),
        "z": np.array(2.75), "e": np.zeros((0, 3)), "p": draw(2, 3, low=1), "q": draw(2, 3, low=1),
        "f": rng.uniform(0.05, 0.95, (2, 3)), "s": np.sort(draw(4)), "t": draw(2, 3, 2), "u": draw(2, 2, 3),
        "h": np.array([1.0, 2.0, 2.0, 1.0, 3.0]),
    }  # fmt: skip
    names = {name: module.tensor(value).to(getattr(module, dtype)) for name, value in values.items()}
    names["i"] = module.tensor([[0, 1, 1], [1, 0, 1]])
    names["j"] = module.tensor([0, 1])
    names["k"] = module.tensor([[True, False, True], [False, True, True]])
    names["dtype"] = getattr(module, dtype)
    return names | {"torch": module, "F": module.nn.functional, "linalg": module.linalg}


def outcome(module, call, dtype):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return leaves(eval(call, tensors(module, dtype)))
        except Exception as error:
            return error


def difference(got, want):
    """How what tensorbook gives differs from what PyTorch gives; empty where it does not."""
    if isinstance(want, Exception) or isinstance(got, Exception):
        if type(got).__name__ == type(want).__name__:
            return ""
        return f"gives {got!r:.200}, PyTorch {want!r:.200}"
    if len(got) != len(want):
        return f"gives {len(got)} results, PyTorch {len(want)}"
    for ours, theirs in zip(got, want, strict=True):
        if not isinstance(theirs, torch.Tensor):
            if repr(ours) != repr(theirs):
                return f"gives {ours!r}, PyTorch {theirs!r}"
            continue
        if (str(ours.dtype), tuple(ours.shape)) != (str(theirs.dtype), tuple(theirs.shape)):
            return f"gives {ours.dtype} {tuple(ours.shape)}, PyTorch {theirs.dtype} {tuple(theirs.shape)}"
        x, y = ours.detach().numpy(), theirs.detach().clone().numpy()
        tolerance = TOLERANCE.get(x.dtype.name, 0)
        scale = max(1.0, np.abs(y[np.isfinite(y)]).max(initial=0)) if x.dtype.kind == "f" else 1
        if not np.allclose(x, y, rtol=tolerance, atol=tolerance * scale, equal_nan=True):
            return f"gives {x.tolist()}, PyTorch {y.tolist()}"
    return ""


@pytest.mark.parametrize("call", CALLS)
def test_every_dtype(call, sweep_count):
    wrong, errors = [], 0
    for dtype in DTYPES:
        got, want = outcome(tensorbook, call, dtype), outcome(torch, call, dtype)
        errors += isinstance(want, Exception)
        if found := difference(got, want):
            wrong.append(f"{dtype}: {found}")
    sweep_count.append((len(DTYPES) - errors, errors))
    assert not wrong, "\n".join(wrong)


def test_the_sweep_sees_differences():
    """That each kind of difference is one."""
    x = tensorbook.tensor([1.0, 2.0])
    for want in (torch.tensor([1.0, 2.1]), torch.tensor([1, 2]), torch.tensor([[1.0, 2.0]]), 3):
        assert difference([x], [want])
    assert difference([x], ValueError()) and difference(TypeError(), ValueError()) and difference([x, x], [x])
    assert not difference([x], [torch.tensor([1.0, 2.0])]) and not difference(ValueError("a"), ValueError("b"))
