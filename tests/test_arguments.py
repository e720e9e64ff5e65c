"""What is no tensor where one is wanted, a number where the first operand stands, and NumPy's arrays beside tensors."""

import warnings

import numpy as np
import pytest

import tensorbook
from tensorbook.ops import methods
from tests.agreement import agree
from tests.oracle import require_torch

torch = require_torch()
pytestmark = pytest.mark.oracle

NOT_TENSORS = ((1.0,), ([1],), (None,), ("a",), (1.0, 2.0), ([1], 0), (np.ones(2),), (np.float32(1.0),))
# Functions written in Python, which trip over what they are given in ways of their own in PyTorch, or take anything.
OTHERWISE = """
    broadcast_shapes broadcast_tensors cartesian_prod chain_matmul dropout einsum eye from_dlpack meshgrid norm randint
    randperm range scalar_tensor split tensordot tril_indices triu_indices unravel_index"""
NAMES = sorted({n for n in methods.functions() if hasattr(torch, n) and "window" not in n} - set(OTHERWISE.split()))


def kind_of_error(module, name, given):
    try:
        getattr(module, name)(*given)
    except Exception as error:
        return type(error).__name__
    return "nothing wrong"


@pytest.mark.parametrize("given", NOT_TENSORS, ids=repr)
def test_what_is_no_tensor_is_refused_alike(given):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = {name: (kind_of_error(tensorbook, name, given), kind_of_error(torch, name, given)) for name in NAMES}
    different = {name: f"{ours}, PyTorch: {theirs}" for name, (ours, theirs) in found.items() if ours != theirs}
    assert not different
    assert sum(theirs == "TypeError" for _, theirs in found.values()) > 250


@pytest.mark.parametrize("call", ["exp(1.0)", "sum([1])", "cumsum('a', 0)", "mm(torch.ones(1, 1), 3)", "exp_(2)",
                                  "stack(3)",
                                  "cat([torch.ones(1), 2])", "prelu(torch.ones(1), 0.1)", "gather(None, 0, None)",
                                  "abs(np.ones(1))", "matmul(torch.ones(1), 2.0)", "linalg.inv([[1.0]])"])  # fmt: skip
def test_the_words_name_the_argument(call):
    agree(lambda module: eval(f"torch.{call}", {"torch": module, "np": np}))


@pytest.mark.parametrize("name", ["add", "sub", "mul", "div", "floor_divide", "remainder", "pow", "float_power",
                                  "xlogy",
                                  "bitwise_and", "bitwise_left_shift", "multiply", "true_divide"])  # fmt: skip
def test_a_number_first(name):
    for dtype in ("int64", "float32"):
        for first in (2, 2.5, True):
            agree(lambda m, f=first, d=dtype: getattr(m, name)(f, m.tensor([1, 2], dtype=getattr(m, d))), wording=False)
    agree(lambda m: getattr(m, name)(7, 2), wording=False)
    agree(lambda m: getattr(m, name)(7.0, 2), wording=False)
    agree(lambda m: m.add(1, 2, alpha=3).add(m.div(7, 2, rounding_mode="floor")))


OPERATORS = ("*", "+", "-", "/", "//", "%", "**", "@", "<", ">=", "==", "!=", "&", "|", "<<")
ARRAYS = {"doubles": np.ones(2), "floats": np.ones(2, np.float32), "integers": np.array([3, 4]),
          "matrix": np.ones((2, 2)),
          "double": np.float64(2), "float": np.float32(2), "truths": np.array([True, False])}  # fmt: skip
TENSORS = {"t": "torch.tensor([1.0, 2.0])", "i": "torch.tensor([1, 2])", "g": "torch.ones(2, requires_grad=True)",
           "s": "torch.tensor(3.0)"}  # fmt: skip


@pytest.mark.parametrize("array", ARRAYS)
def test_numpy_beside_tensors(array):
    """`array * tensor` is refused; `tensor * array` is worked out by NumPy, and comes back as a tensor."""
    accepted = 0
    for tensor in TENSORS.values():
        for symbol in OPERATORS:
            for line in (f"array {symbol} x", f"x {symbol} array"):
                if (symbol, tensor, line[0]) == ("%", TENSORS["g"], "a") and ARRAYS[array].ndim == 0:
                    continue  # has a gradient here, and none in PyTorch

                def run(module, line=line, tensor=tensor):
                    with warnings.catch_warnings(), np.errstate(all="ignore"):
                        warnings.simplefilter("ignore")  # NumPy of PyTorch's ways to meet it
                        return eval(line, {"x": eval(tensor, {"torch": module}), "array": ARRAYS[array]})

                accepted += isinstance(agree(run, wording=False), tuple)
    assert accepted > 20


def test_in_place_with_an_array():
    def run(module):
        x = y = module.tensor([1.0, 2.0])
        y += np.ones(2)  # a new tensor: NumPy has added
        return x, y

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        agree(run)
        agree(lambda m: m.ones(2).add_(np.ones(2)))


@pytest.mark.parametrize("call", [
    "torch.max(x, other=y)", "torch.min(input=x, other=y)", "x.max(other=y)", "torch.linalg.svd(x, driver=None).S",
    "torch.linalg.svdvals(x, driver=None)", "torch.rand_like(x, generator=g)", "torch.randn_like(x, generator=g)",
    "torch.randint_like(x, 5, generator=g)", "torch.randint_like(x, low=2, high=9, generator=g)",
    "torch.randint_like(x, high=9)", "torch.tril_indices(2, 2, layout=torch.strided)",
    "torch.triu_indices(2, 2, layout=torch.strided, pin_memory=False)",
    "torch.result_type(tensor=x, other=1) == x.dtype",
    "torch.can_cast(from_=torch.float32, to=torch.int32)", "x.type(torch.float64, non_blocking=True)",
    "torch.split(tensor=x, split_size_or_sections=1)", "x.split(split_size=1)", "x.random_(2, to=5, generator=g)",
    "x.random_(from_=2)", "x.random_(to=9)", "torch.result_type(tensor1=x, tensor2=1)",
])  # fmt: skip
def test_names_of_arguments(call):
    def run(module):
        module.manual_seed(3)
        x = module.tensor([[1.0, 2.0], [3.0, 5.0]])
        return eval(call, {"torch": module, "x": x, "y": x.flip(0), "g": module.Generator().manual_seed(1)})

    agree(run, wording=False)
