"""How tensors, parameters, storages and results print, against PyTorch or what it is recorded to print."""

import pytest

import tensorbook
from tests import oracle

PRINTED = {
    "scalar": lambda torch: torch.tensor(3.0),
    "integer": lambda torch: torch.tensor(3),
    "bools": lambda torch: torch.tensor([[True, False]]),
    "whole floats": lambda torch: torch.tensor([1.0, 2.0, -30.0]),
    "fractions": lambda torch: torch.tensor([[0.1, 1000.0], [-2.5, 3.0]]),
    "scientific": lambda torch: torch.tensor([1e-8, 1.0, 1e8]),
    "nan and infinity": lambda torch: torch.tensor([float("nan"), float("inf"), -1.5, -0.0]),
    "float64": lambda torch: torch.tensor([1 / 3], dtype=torch.float64),
    "float16": lambda torch: torch.tensor([1 / 3, 65504.0], dtype=torch.float16),
    "uint8": lambda torch: torch.tensor([1, 255], dtype=torch.uint8),
    "three dims": lambda torch: torch.arange(24).reshape(2, 3, 4),
    "summary": lambda torch: torch.arange(2000).reshape(40, 50),
    "long vector": lambda torch: torch.arange(60) / 7,
    "empty": lambda torch: torch.zeros(0),
    "empty matrix": lambda torch: torch.zeros(0, 3),
    "empty integers": lambda torch: torch.zeros(2, 0, dtype=torch.int64),
    "requires grad": lambda torch: torch.ones(2, requires_grad=True),
    "grad_fn": lambda torch: (torch.ones(2, 3, requires_grad=True) * 2).t(),
    "grad_fn on its own line": lambda torch: torch.arange(20.0, requires_grad=True) / 3,
    "parameter": lambda torch: torch.nn.Parameter(torch.ones(2, 2)),
    "size": lambda torch: torch.ones(2, 3).shape,
    "dtype": lambda torch: torch.float32,
    "device": lambda torch: torch.device("cuda", 1),
    "max": lambda torch: torch.tensor([[1.0, 2.0], [4.0, 3.0]]).max(1),
    "sort": lambda torch: torch.tensor([3, 1, 2]).sort(),
    "bytes": lambda torch: torch.tensor([1.0, 2.0]).untyped_storage(),
    "formatted": lambda torch: f"{torch.tensor(2.5):8.3f}|{torch.tensor([1.5])}|{torch.tensor(7)}",
    "list of tensors": lambda torch: [torch.tensor([1.0]), torch.tensor(2)],
    "finfo": lambda torch: torch.finfo(torch.float32),
    "iinfo": lambda torch: torch.iinfo(torch.int8),
}


@pytest.mark.parametrize("name", PRINTED)
def test_printed(name):
    want = repr(PRINTED[name](oracle.torch)) if oracle.torch else oracle.recorded("printed")[name]
    assert repr(PRINTED[name](tensorbook)) == want


def test_records_are_current():
    torch = oracle.require_torch()
    assert oracle.recorded("printed") == {name: repr(call(torch)) for name, call in PRINTED.items()}
