"""Numbers written into tensors: what fits a dtype, what is cut off, what is refused, and in which words."""

import decimal

import numpy as np
import pytest

import tensorbook
from tests import oracle

torch = oracle.require_torch()

DTYPES = ("bool", "uint8", "int8", "int16", "int32", "int64", "float16", "float32", "float64")
NUMBERS = (
    0, 1, -1, True, 2.7, -2.7, -0.5, 127.5, -128.5, 255.9, -200.5, 127, 128, 255, 256, -128, -129, -255,
     -256, 70000, 7e4, 2**31, 2**40, -(2**63), 2**70, 1e20,
    1e39, -1e39, float("inf"), float("nan"), 3 + 0j, 2j, np.int64(5), np.int8(-5), np.float64(2.5),
)  # fmt: skip
REFUSED = (
    [1, 2], (1, 2), [], "a", None, {}, object(), range(2),
    np.array([1, 2]), np.array(2), np.float32(2), np.bool_(True),
)  # fmt: skip
WAYS = {
    "fill_": lambda torch, d, v: torch.zeros(2, dtype=d).fill_(v),
    "full": lambda torch, d, v: torch.full((2,), v, dtype=d),
    "full_like": lambda torch, d, v: torch.full_like(torch.zeros(2, dtype=d), v),
    "masked_fill": lambda torch, d, v: torch.zeros(2, dtype=d).masked_fill(torch.tensor([True, False]), v),
    "x[i] = v": lambda torch, d, v: written(torch.zeros(2, dtype=d), 0, v),
    "x[mask] = v": lambda torch, d, v: written(torch.zeros(2, dtype=d), torch.tensor([True, False]), v),
    "tensor": lambda torch, d, v: torch.tensor(v, dtype=d),
    "tensor of a list": lambda torch, d, v: torch.tensor([[v], [1]], dtype=d),
}


def written(x, index, value):
    x[index] = value
    return x


def seen(call, module, *arguments):
    try:
        return repr(call(module, *arguments))
    except Exception as error:
        return type(error).__name__, str(error)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("way", WAYS)
def test_numbers_fit_where_pytorch_lets_them(way, dtype):
    for number in NUMBERS:
        if isinstance(number, complex) and way.startswith("tensor"):
            continue  # complex tensors are not supported
        got, want = (seen(WAYS[way], m, getattr(m, dtype), number) for m in (tensorbook, torch))
        assert got == want, number


@pytest.mark.parametrize("index", [0, ..., None, True, [0, 1], 7, "a"], ids=repr)
@pytest.mark.parametrize("dtype", ["int64", "float32", "bool"])
def test_only_numbers_and_tensors_are_written(dtype, index):
    for value in REFUSED:
        got, want = (
            seen(lambda m, v=value: written(m.zeros(2, dtype=getattr(m, dtype)), index, v), m)
            for m in (tensorbook, torch)
        )
        assert got == want, value
    with pytest.raises(TypeError, match=r"can't assign a Decimal to a torch\.FloatTensor"):
        written(tensorbook.zeros(2), 0, decimal.Decimal(2))
