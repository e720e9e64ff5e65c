"""Every case of tests/ops/cases.py, under tensorbook and PyTorch."""

import types
import warnings

import pytest

import tensorbook
from tests import oracle
from tests.ops.cases import CASES

pytestmark = [
    pytest.mark.table,
    pytest.mark.filterwarnings("ignore::UserWarning"),  # PyTorch's notices; tests/test_notices.py compares them
]

HOMES = (tensorbook, tensorbook.Tensor, tensorbook.nn.functional, tensorbook.linalg)
DIFFERENTIABLE = [name for name, case in CASES.items() if case.differentiable and case.makers]


def functions_in(call):
    """The names of PyTorch's functions and methods that a case calls, by their code or as a default argument."""
    if not isinstance(call, types.FunctionType):
        return set()
    inner = [constant for constant in call.__code__.co_consts if isinstance(constant, types.CodeType)]
    names = {name for code in [call.__code__, *inner] for name in code.co_names}
    for default in call.__defaults__ or ():
        names |= {default} if isinstance(default, str) else functions_in(default)
    return {name for name in names if any(callable(getattr(home, name, None)) for home in HOMES)}


@pytest.mark.parametrize("layout", oracle.LAYOUTS)
@pytest.mark.parametrize("name", CASES)
def test_like_pytorch(name, layout, device, table_count):
    case = CASES[name]
    table_count.setdefault("cases", set()).add(name)
    table_count.setdefault("runs", set()).add((name, layout, device))
    table_count.setdefault("calls", set()).update(functions_in(case.call))
    got = oracle.observe(case, tensorbook, layout, device)
    want = oracle.expected(case, layout)
    dense = layout == "contiguous"  # from strided inputs PyTorch may take another way to the same result
    oracle.compare(got, want, exact=case.exact, strides=dense or oracle.torch is not None, graph=dense,
                   rough=case.rough)  # fmt: skip


def compare_in_float64(name, device):
    """What is seen of a case on a device, held to PyTorch's where it is installed."""
    got = oracle.observe(CASES[name], tensorbook, device=device, dtype="float64")
    if oracle.torch is not None:
        oracle.compare(got, oracle.expected(CASES[name], dtype="float64"), rough=CASES[name].rough)
    return got


@pytest.mark.parametrize("name", DIFFERENTIABLE)
def test_gradients_in_float64(name, device):
    """First and second derivatives: PyTorch's to the last digits, and the slopes that small steps measure."""
    case, got = CASES[name], compare_in_float64(name, device)
    inputs = [tensorbook.tensor(a).to(device) for a in case.arrays()]
    inputs = [x.double().requires_grad_() if x.is_floating_point() else x for x in inputs]
    if "grads" in got and not case.kink:
        first = oracle.leaves(case.call(tensorbook, *inputs))
        recorded = [i for i, y in enumerate(first) if oracle.is_tensor(y) and y.requires_grad]

        def outputs(*tensors):
            found = oracle.leaves(case.call(tensorbook, *tensors))
            return tuple(found[i] for i in recorded)

        assert tensorbook.autograd.gradcheck(outputs, inputs, fast_mode=True)
        assert tensorbook.autograd.gradgradcheck(outputs, inputs, fast_mode=True)


def test_golden_records_are_current():
    """What is recorded for machines without PyTorch is what PyTorch shows today."""
    oracle.require_torch()
    recorded = oracle.recorded("ops")
    cases = {key: key.removesuffix(" (strided)") for key in recorded}
    assert set(cases.values()) == CASES.keys(), "run python -m tests.golden.record"
    for key, name in cases.items():
        layout = "contiguous" if key == name else "strided"
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # PyTorch's own, as in oracle.expected
            shown = oracle.observe(CASES[name], oracle.torch, layout)
        oracle.compare(recorded[key], shown)
