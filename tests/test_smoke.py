"""The first tests to run: does it import, compute and differentiate? Seconds, and no PyTorch needed."""

import math
import subprocess
import sys

import numpy as np
import pytest

import tensorbook as torch


def run(code: str) -> str:
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_importing_imports_numpy_and_nothing_else():
    loaded = run(
        "import sys, numpy.random; base = set(sys.modules); import tensorbook\n"
        "new = {name.split('.')[0] for name in set(sys.modules) - base} - {'tensorbook'}\n"
        "print(*sorted(name for name in new if name not in sys.stdlib_module_names))"
    )
    assert loaded == ""


def test_the_widgets_and_the_workbook_wait_until_they_are_asked_for():
    assert (
        run("import sys, tensorbook; print('tensorbook.widgets' in sys.modules, 'cupy' in sys.modules)")
        == "False False"
    )


def test_a_line_is_fitted():
    torch.manual_seed(0)
    x = torch.randn(50, 1)
    y = 3 * x - 2
    w, b = torch.zeros(1, requires_grad=True), torch.zeros(1, requires_grad=True)
    losses = []
    for _ in range(100):
        loss = ((x * w + b - y) ** 2).mean()
        loss.backward()
        with torch.no_grad():
            w -= 0.1 * w.grad
            b -= 0.1 * b.grad
            w.grad.zero_()
            b.grad.zero_()
        losses.append(loss.item())
    assert losses == sorted(losses, reverse=True)
    assert (w.item(), b.item()) == pytest.approx((3, -2), abs=1e-3)


def test_a_view_shares_memory():
    x = torch.arange(6).view(2, 3)
    x.t()[0, 1] = 10
    assert x.tolist() == [[0, 1, 2], [10, 4, 5]]
    assert x.t().stride() == (1, 3)


def test_printing():
    x = torch.tensor([[1.0, 2.0], [3.0, 4.5]], requires_grad=True)
    assert repr(x * 2) == "tensor([[2., 4.],\n        [6., 9.]], grad_fn=<MulBackward0>)"
    assert f"{x.sum():.2f}" == "10.50"


def test_random_numbers_are_pytorchs():
    torch.manual_seed(42)
    assert repr(torch.randn(3)) == "tensor([0.3367, 0.1288, 0.2345])"
    torch.manual_seed(0)
    assert repr(torch.rand(3)) == "tensor([0.4963, 0.7682, 0.0885])"


def test_numpy_shares_memory():
    array = np.zeros(3)
    tensor = torch.from_numpy(array)
    array[0] = math.pi
    assert tensor[0].item() == math.pi
    tensor.mul_(2)
    assert array[0] == 2 * math.pi


def test_errors_are_pytorchs():
    with pytest.raises(RuntimeError, match=r"size of tensor a \(3\) must match the size of tensor b \(2\)"):
        torch.ones(2, 3) + torch.ones(2, 2)
    with pytest.raises(RuntimeError, match="grad can be implicitly created only for scalar outputs"):
        torch.ones(2, requires_grad=True).backward()
