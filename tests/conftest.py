"""What every test may use: the devices to run on, and how Hypothesis draws.

Hypothesis draws the same examples on every run, so that a red test stays red until it is mended. To look for new ones:
`pytest --hypothesis-profile=explore`.

With TENSORBOOK_PRETEND_GPU=1 a machine without a GPU runs the tests for one on a stand-in for CuPy (pretend_cupy.py).
"""

import os

import pytest
from hypothesis import settings

import tensorbook
from tests import pretend_cupy

if os.environ.get("TENSORBOOK_PRETEND_GPU") == "1" and not tensorbook.cuda.is_available():
    pretend_cupy.install()

settings.register_profile("steady", derandomize=True, deadline=None, database=None)
settings.register_profile("explore", deadline=None)
settings.load_profile("steady")

RAN: dict[str, set[str]] = {}  # of the table of operations: the functions that ran, and the names of their cases
SWEPT: list[tuple[int, int]] = []  # of each operation in the sweep: how many dtypes gave a result, how many an error

SETTLED: dict[str, int] = {}  # of each optimiser: how many of its settings agree with PyTorch's after 20 steps


@pytest.fixture
def settings_count() -> dict[str, int]:
    """Where a test of an optimiser counts its settings (test_optim.py)."""
    return SETTLED


@pytest.fixture
def sweep_count() -> list[tuple[int, int]]:
    """Where a test of the sweep over dtypes counts itself (test_dtype_sweep.py)."""
    return SWEPT


@pytest.fixture
def table_count() -> dict[str, set[str]]:
    """Where the table of operations counts what ran (test_ops.py): kinds of node and names of cases."""
    return RAN


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if RAN:
        terminalreporter.write_line(
            f"table of operations: {len(RAN['calls'])} functions of torch, tensors and their modules, "
            f"{len(RAN['cases'])} cases in {len(RAN['runs'])} runs"
        )
    if SWEPT:
        results, errors = (sum(counts) for counts in zip(*SWEPT, strict=True))
        terminalreporter.write_line(
            f"dtype sweep: {len(SWEPT)} calls in {results + errors} cases: {results} with PyTorch's values, "
            f"{errors} with its kind of error"
        )
    if SETTLED:
        terminalreporter.write_line(
            f"optimisers: {sum(SETTLED.values())} settings of {len(SETTLED)} agree with PyTorch after 20 steps"
        )


DEVICES = ["cpu", *([pytest.param("cuda", marks=pytest.mark.cuda)] if tensorbook.cuda.is_available() else [])]


@pytest.fixture(params=DEVICES)
def device(request: pytest.FixtureRequest) -> str:
    """The device to run a test on: the CPU, and a GPU where one answers."""
    return request.param
