"""Every case of tests/ops/cases.py, under tensorbook and PyTorch."""

import pytest

import tensorbook
from tests import oracle
from tests.ops.cases import CASES

DIFFERENTIABLE = [name for name, case in CASES.items() if case.differentiable and case.makers]


@pytest.mark.parametrize("layout", oracle.LAYOUTS)
@pytest.mark.parametrize("name", CASES)
def test_like_pytorch(name, layout, device):
    case = CASES[name]
    got = oracle.observe(case, tensorbook, layout, device)
    want = oracle.expected(case, layout)
    dense = layout == "contiguous"  # from strided inputs PyTorch may take another way to the same result
    oracle.compare(got, want, exact=case.exact, strides=dense or oracle.torch is not None, graph=dense)


def compare_in_float64(name, device):
    """What is seen of a case on a device, held to PyTorch's where it is installed."""
    got = oracle.observe(CASES[name], tensorbook, device=device, dtype="float64")
    if oracle.torch is not None:
        oracle.compare(got, oracle.expected(CASES[name], dtype="float64"))
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

        assert tensorbook.autograd.gradcheck(outputs, inputs)
        assert tensorbook.autograd.gradgradcheck(outputs, inputs)


def test_golden_records_are_current():
    """What is recorded for machines without PyTorch is what PyTorch shows today."""
    oracle.require_torch()
    recorded = oracle.recorded("ops")
    cases = {key: key.removesuffix(" (strided)") for key in recorded}
    assert set(cases.values()) == CASES.keys(), "run python -m tests.golden.record"
    for key, name in cases.items():
        layout = "contiguous" if key == name else "strided"
        oracle.compare(recorded[key], oracle.observe(CASES[name], oracle.torch, layout))
