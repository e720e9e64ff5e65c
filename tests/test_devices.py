"""Asking for a GPU where there is none, and not touching one while working on the CPU."""

import subprocess
import sys

import numpy as np
import pytest

import tensorbook as torch
from tensorbook import devices

WITHOUT_CUPY = (None, "CuPy is not installed (pip install 'tensorbook[gpu]')")
WITHOUT_GPU = (None, "CuPy finds no usable GPU: cudaErrorNoDevice")


@pytest.fixture(params=[WITHOUT_CUPY, WITHOUT_GPU], ids=["no CuPy", "no GPU"])
def no_gpu(request, monkeypatch):
    """A machine without a GPU, whatever this one has; the error that PyTorch raises there."""
    monkeypatch.setattr(devices, "_find_cupy", lambda: request.param)
    return AssertionError if request.param is WITHOUT_CUPY else RuntimeError


@pytest.mark.parametrize(
    "call",
    [
        lambda: torch.zeros(2, device="cuda"), lambda: torch.ones(2).cuda(), lambda: torch.ones(2).to("cuda:0"),
        lambda: torch.nn.Linear(2, 1).to("cuda"), lambda: torch.Generator("cuda"), torch.cuda.current_device,
        torch.cuda.get_device_name, lambda: torch.cuda.set_device(0), torch.cuda.synchronize,
    ],
)  # fmt: skip
def test_an_absent_gpu_is_refused_with_advice(call, no_gpu):
    with pytest.raises(no_gpu, match=r"Use device='cpu', or ask torch\.cuda\.is_available\(\) first"):
        call()


def test_the_error_says_what_is_missing(monkeypatch):
    monkeypatch.setattr(devices, "_find_cupy", lambda: WITHOUT_CUPY)
    with pytest.raises(AssertionError, match=r"not set up for CUDA: CuPy is not installed \(pip install"):
        torch.zeros(1, device="cuda")
    monkeypatch.setattr(devices, "_find_cupy", lambda: WITHOUT_GPU)
    with pytest.raises(RuntimeError, match="No CUDA GPUs are available: CuPy finds no usable GPU: cudaErrorNoDevice"):
        torch.zeros(1, device="cuda")


def test_questions_without_a_gpu(no_gpu):
    assert torch.cuda.is_available() is False
    assert torch.cuda.device_count() == 0
    assert torch.cuda.memory_allocated() == 0
    torch.cuda.empty_cache()
    torch.cuda.manual_seed(1)  # may stand in any script
    torch.cuda.manual_seed_all(1)
    assert devices.why_no_gpu()
    assert torch.device("cuda").type == "cuda"  # a name is no GPU yet


def test_a_file_from_a_gpu_can_be_read_without_one(no_gpu, tmp_path):
    torch.save(torch.ones(2), tmp_path / "x.pt")
    assert torch.load(tmp_path / "x.pt", map_location="cpu").tolist() == [1.0, 1.0]
    with pytest.raises(RuntimeError, match="with map_location"):
        torch.load(tmp_path / "x.pt", map_location="cuda")


def test_work_on_the_cpu_does_not_load_cupy():
    code = """
import copy, io, pickle, sys
import tensorbook as torch
model = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.Tanh(), torch.nn.Linear(3, 1)).to("cpu")
x = torch.randn(5, 2, device="cpu")
loss = torch.nn.functional.mse_loss(model(x), torch.zeros(5, 1))
loss.backward()
with torch.no_grad():
    for p in model.parameters():
        p -= 0.1 * p.grad
x[0], x[x > 1], x[torch.tensor([1])] = 1, 0.0, 2
repr(x), str(x.t().storage()), x.untyped_storage().tolist(), x.cpu(), x.numpy(), x.is_cuda, x.device
x.as_strided((2,), (1,)), x.unfold(0, 2, 1), x.scatter_add(0, torch.zeros(1, 2).long(), x), torch.where(x > 0, x, 0.0)
file = io.BytesIO(); torch.save(model.state_dict(), file); file.seek(0); torch.load(file, map_location="cpu")
copy.deepcopy(model), pickle.loads(pickle.dumps(x)), torch.manual_seed(0)
torch.autograd.gradcheck(torch.sin, x.double().requires_grad_())
print([name for name in sys.modules if name.startswith("cupy")])
"""
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("text", "error", "words"),
    [
        ("gpu", RuntimeError, f"Expected one of {devices.TYPES} device type at start of device string: gpu"),
        ("cuda:x", RuntimeError, "Invalid device string: 'cuda:x'"),
        (2.5, TypeError, "argument 'type' must be str, not float"),
    ],
)
def test_names_that_are_no_device(text, error, words):
    with pytest.raises(error, match=words):
        torch.device(text)


def test_device_objects():
    assert torch.device("cuda:1") == torch.device("cuda", 1) != torch.device("cuda")
    assert str(torch.device("cuda", 1)) == "cuda:1" and repr(torch.device("cpu")) == "device(type='cpu')"
    assert len({torch.device("cpu"), torch.device("cpu"), torch.device("cuda:0")}) == 2
    assert torch.ones(1).to("cpu").device == torch.device("cpu")
    with torch.device("cpu") as place:
        assert torch.get_default_device() is place


def test_moving_to_where_it_is_changes_nothing():
    array = np.ones((2, 3)).T
    assert devices.move(array, devices.CPU) is array
    x = torch.ones(2)
    assert x.cpu() is x and x.to("cpu") is x
