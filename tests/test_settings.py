"""What programs ask and set before they begin: versions, devices, threads, backends, exactness."""

import warnings

import numpy as np
import pytest

import tensorbook
from tensorbook import devices
from tests.agreement import agree

QUESTIONS = {
    "mps": lambda torch: (torch.backends.mps.is_available(), torch.backends.mps.is_built()),
    "cudnn": lambda torch: (
        torch.backends.cudnn.is_available(), torch.backends.cudnn.version(), torch.backends.cudnn.enabled,
        torch.backends.cudnn.benchmark, torch.backends.cudnn.deterministic, torch.backends.cudnn.allow_tf32,
    ),
    "cuda": lambda torch: (torch.backends.cuda.is_built(), torch.backends.cuda.matmul.allow_tf32, torch.version.cuda),
    "version": lambda torch: torch.version.__version__ == str(torch.__version__),
    "accelerator": lambda torch: (
        torch.accelerator.is_available(), torch.accelerator.device_count(), torch.accelerator.current_accelerator(),
    ),
    "no index": lambda torch: torch.accelerator.current_device_index(),
    "no waiting": lambda torch: torch.accelerator.synchronize(),
    "names": lambda torch: [str(torch.device(d)) for d in ("cpu", "cuda:1", "mps", "meta", "cpu:0")],
    "no name": lambda torch: torch.device(""),
    "capitals": lambda torch: torch.device("CPU"),
    "no number": lambda torch: torch.device("cuda:"),
    "two zeros": lambda torch: torch.device("cpu:01"),
    "a negative number": lambda torch: torch.device("cuda", -1),
    "a number alone": lambda torch: torch.device(0),
    "newaxis": lambda torch: torch.arange(3)[:, torch.newaxis],
    "no thread": lambda torch: torch.set_num_threads(0),
    "threads by name": lambda torch: torch.set_num_threads("a"),
}  # fmt: skip


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_answer_is_pytorchs(question, monkeypatch):
    monkeypatch.setattr(devices, "_find_cupy", lambda: (None, "CuPy is not installed"))
    agree(QUESTIONS[question])


def test_switches_are_remembered():
    def program(torch):
        before = torch.get_float32_matmul_precision(), torch.are_deterministic_algorithms_enabled()
        try:
            torch.set_float32_matmul_precision("high")
            torch.use_deterministic_algorithms(True, warn_only=True)
            with warnings.catch_warnings(record=True) as heard:
                warnings.simplefilter("always")
                torch.set_float32_matmul_precision("low")
            during = (
                torch.get_float32_matmul_precision(), torch.are_deterministic_algorithms_enabled(),
                torch.is_deterministic_algorithms_warn_only_enabled(), len(heard),
            )  # fmt: skip
        finally:
            torch.set_float32_matmul_precision(before[0])
            torch.use_deterministic_algorithms(before[1])
        return before, during

    agree(program)


def test_a_device_that_only_pytorch_has_is_refused_when_a_tensor_goes_there():
    for call in (lambda: tensorbook.zeros(2, device="mps"), lambda: tensorbook.zeros(2).to("meta")):
        with pytest.raises(NotImplementedError, match=r"no tensors on the device (mps|meta)"):
            call()


def test_threads_reach_numpys_blas():
    control = pytest.importorskip("threadpoolctl", reason="needs the extra notebooks")

    def blas():
        return {pool["num_threads"] for pool in control.threadpool_info() if pool["user_api"] == "blas"}

    np.dot(np.ones(2), np.ones(2))
    before = tensorbook.get_num_threads()
    try:
        tensorbook.set_num_threads(before + 1)
        assert tensorbook.get_num_threads() == before + 1
        assert blas() == {before + 1}
    finally:
        tensorbook.set_num_threads(before)
    assert blas() == {before}


def test_threads_without_the_package_that_sets_them(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "threadpoolctl", None)
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    monkeypatch.setitem(tensorbook.settings._state, "threads", None)
    assert tensorbook.get_num_threads() == 3
    with pytest.warns(UserWarning, match="OMP_NUM_THREADS, set before Python starts"):
        tensorbook.set_num_threads(2)
    assert tensorbook.get_num_threads() == 2
