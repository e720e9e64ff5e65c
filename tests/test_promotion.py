"""Which dtype comes out, for every pair of dtypes, ranks and numbers."""

import itertools
import warnings

import numpy as np
import pytest

import tensorbook
from tests.oracle import require_torch, under_both

torch = require_torch()
pytestmark = pytest.mark.oracle

DTYPES = ["bool", "uint8", "int8", "int16", "int32", "int64", "float16", "float32", "float64"]
NUMBERS = [True, 2, 2.5]
ARITHMETIC = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "div": lambda a, b: a / b,
    "floordiv": lambda a, b: a // b,
    "mod": lambda a, b: a % b,
    "pow": lambda a, b: a**b,
    "eq": lambda a, b: a == b,
    "lt": lambda a, b: a < b,
    "and": lambda a, b: a & b,
}


def both(call):
    def dtype_of(torch):
        result = call(torch)
        if not hasattr(result, "dtype"):
            return str(result)
        return str(result.dtype), result.tolist()

    ours, theirs = under_both(dtype_of)
    if isinstance(theirs, tuple) and theirs[0] == "error":
        assert ours[0] == "error", f"PyTorch raises {theirs[1]}, tensorbook gives {ours}"
        assert ours[1][0] == theirs[1][0], (ours, theirs)
    elif isinstance(theirs, str):
        assert ours == theirs
    else:
        assert ours[0] == theirs[0]
        np.testing.assert_allclose(ours[1], theirs[1], rtol=1e-3 if "16" in theirs[0] else 1e-6)


PAIRS = list(itertools.product(DTYPES, DTYPES))


def ones(torch, dtype, shape=(2,)):
    return torch.ones(shape, dtype=getattr(torch, dtype))


@pytest.mark.parametrize("a, b", PAIRS)
def test_promote_types(a, b):
    both(lambda torch: torch.promote_types(getattr(torch, a), getattr(torch, b)))
    both(lambda torch: torch.can_cast(getattr(torch, a), getattr(torch, b)))


@pytest.mark.parametrize("name", ["result_type", *ARITHMETIC])
@pytest.mark.parametrize("a", DTYPES)
def test_tensors(name, a):
    for b, left, right in itertools.product(DTYPES, ((2,), ()), ((2,), ())):

        def call(torch, b=b, left=left, right=right):
            operator = torch.result_type if name == "result_type" else ARITHMETIC[name]
            return operator(ones(torch, a, left), ones(torch, b, right))

        both(call)


@pytest.mark.parametrize("name", ARITHMETIC)
@pytest.mark.parametrize("a", DTYPES)
def test_numbers(name, a):
    operator = ARITHMETIC[name]
    for number, shape in itertools.product(NUMBERS[name in ("sub", "pow") :], ((2,), ())):  # True is no number to them
        both(lambda torch, number=number, shape=shape: operator(ones(torch, a, shape), number))
        both(lambda torch, number=number, shape=shape: operator(number, ones(torch, a, shape)))


SIGNS = "+ - * / // % ** == != < <= > >= & | ^".split()  # noqa: SIM905 (a list would fill a screen)
EVERY = {
    **{sign: eval(f"lambda torch, a, b: a {sign} b") for sign in SIGNS},
    "result_type": lambda torch, a, b: torch.result_type(a, b),
    "where": lambda torch, a, b: torch.where(torch.tensor([True, False]), a, b),
    "cat": lambda torch, a, b: torch.cat([a.reshape(-1), b.reshape(-1)]),
    "stack": lambda torch, a, b: torch.stack([a.reshape(-1)[0], b.reshape(-1)[0]]),
    "copy_": lambda torch, a, b: a.clone().copy_(b),
    "fill_": lambda torch, a, b: a.clone().fill_(b),
    "setitem": lambda torch, a, b: [x := a.clone(), x.__setitem__(..., b), x][2],
    **{f"{sign}=": eval(f"lambda torch, a, b: [x := a.clone(), x.__i{name}__(b)][1]") for sign, name in {
        "+": "add", "-": "sub", "*": "mul", "/": "truediv", "//": "floordiv", "%": "mod", "**": "pow",
    }.items()},
}  # fmt: skip
PARTNERS = [*((dtype, shape) for dtype in DTYPES for shape in ((2,), ())), True, 2, 2.5]


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("a", DTYPES)
def test_every_pair(name, a):
    """Each operator for a dtype against every dtype and number, tensors with and without a dimension."""

    def made(torch, what, values):
        if not isinstance(what, tuple):
            return what
        return torch.tensor(values if what[1] else values[0]).to(getattr(torch, what[0]))

    for shape, other in itertools.product(((2,), ()), PARTNERS):

        def call(torch, shape=shape, other=other):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return EVERY[name](torch, made(torch, (a, shape), [3, 1]), made(torch, other, [2, 3]))

        try:
            both(call)
        except AssertionError as error:
            raise AssertionError(f"{a}{list(shape)} {name} {other}: {error}") from None


FUNCTIONS = [
    "sum",
    "prod",
    "cumsum",
    "mean",
    "amax",
    "max",
    "std",
    "argmax",
    "all",
    "abs",
    "neg",
    "exp",
    "round",
    "sign",
]


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("a", DTYPES)
def test_functions(name, a):
    both(lambda torch: getattr(ones(torch, a), name)(*((0,) if name == "cumsum" else ())))


@pytest.mark.parametrize("a, b", PAIRS)
def test_in_place(a, b):
    for name in ("add_", "mul_", "div_"):
        both(lambda torch, name=name: getattr(ones(torch, a), name)(ones(torch, b)))


@pytest.mark.parametrize("value", [1, 1.0, True, [1, 2.5], [True, 2], [[1], [2]], []])
def test_tensor_infers(value):
    both(lambda torch: torch.tensor(value))


def test_wrap_around():
    both(lambda torch: torch.tensor([250], dtype=torch.uint8) + 10)
    both(lambda torch: torch.tensor([127], dtype=torch.int8) + torch.tensor(1))
    both(lambda torch: -torch.tensor([1], dtype=torch.uint8))


def test_another_default():
    def call(torch):
        torch.set_default_dtype(torch.float64)
        try:
            return torch.tensor(1.5) + torch.ones(2) * 2 + torch.arange(2)
        finally:
            torch.set_default_dtype(torch.float32)

    both(call)
    assert tensorbook.get_default_dtype() is tensorbook.float32
