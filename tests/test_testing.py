"""`start.py test` on a project of a few tests: what it counts, what it says, and when it fails."""

import os
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tensorbook.workbook import launcher, testing

ROOT = Path(__file__).resolve().parents[1]

PYPROJECT = """\
[tool.pytest.ini_options]
testpaths = ["tests"]
addopts = ["--doctest-modules"]
markers = ["browser", "oracle", "table"]
[tool.ruff]
line-length = 120
[tool.ruff.lint]
select = ["F"]
"""

UNIT_TESTS = """\
import os
import pathlib

import pytest


def test_passes():
    pass


@pytest.mark.skip(reason="no GPU answers")
def test_needs_a_gpu():
    pass


@pytest.mark.oracle
def test_asks_pytorch():
    pass


def test_leaves_the_progress_of_whoever_runs_it_alone():
    assert pathlib.Path(os.environ["TENSORBOOK_PROGRESS"]).parent != pathlib.Path.cwd()
"""


@pytest.fixture
def project(tmp_path):
    """A project with nothing but what `tensorbook.workbook.testing` looks for."""
    folder = tmp_path / "project"
    workbook = folder / "tensorbook" / "workbook"
    workbook.mkdir(parents=True)
    for name in ("__main__.py", "launcher.py", "doctor.py", "testing.py"):
        shutil.copy(ROOT / "tensorbook" / "workbook" / name, workbook / name)
    for place in (folder / "tensorbook", workbook):
        (place / "__init__.py").touch()
    (folder / "notebooks").mkdir()
    (folder / "pyproject.toml").write_text(PYPROJECT)
    (folder / "tests" / "js").mkdir(parents=True)
    (folder / "tests" / "test_units.py").write_text(UNIT_TESTS)
    (folder / "tests" / "js" / "sum.test.mjs").write_text(
        "import test from 'node:test';\ntest('adds', () => {});\ntest('later', { skip: true }, () => {});\n"
    )
    return folder


def run(project: Path, *parts: str, **environment: str):
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("TENSORBOOK", "PYTEST"))}
    if "nbval" not in parts:  # pytest starts in half the time without its plugins
        environment["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    command = [sys.executable, "-m", "tensorbook.workbook", "test", *parts]
    done = subprocess.run(
        command, cwd=project, env={**plain, **environment}, capture_output=True, text=True, timeout=120
    )
    assert 'Traceback (most recent call last):\n  File "<frozen runpy>' not in done.stderr, done.stderr
    return done


def row(output: str, part: str) -> list[int]:
    """A part's line of the table: passed, failed, skipped."""
    line = next(line for line in output.splitlines() if line.startswith(f"{part} ") and line.split()[1].isdigit())
    return [int(word) for word in line.split()[1:4]]


def test_tests_are_counted_part_by_part_and_in_the_last_line(project):
    done = run(project, "unit", "lint")
    assert done.returncode == 0, done.stdout + done.stderr
    assert row(done.stdout, "unit") == [2, 0, 1]
    assert row(done.stdout, "lint") == [2, 0, 0]
    assert "unit: 1 skipped: no GPU answers" in done.stdout
    assert done.stdout.splitlines()[-1] == "4 passed, 0 failed, 1 skipped"


@pytest.mark.parametrize(
    ("part", "file", "text"),
    [
        ("unit", "tests/test_more.py", "def test_fails():\n    assert 1 == 2\n"),
        ("unit", "tests/test_more.py", "import no_such_module\n"),
        ("unit", "tests/conftest.py", "raise OSError('pytest itself cannot start')\n"),
        ("lint", "tests/messy.py", "import os\n"),
        ("lint", "tests/messy.py", "x = [1,2]\n"),
        ("node", "tests/js/more.test.mjs", "import test from 'node:test';\ntest('no', () => { throw 1; });\n"),
        ("oracle", "tests/test_more.py", "import pytest\n@pytest.mark.oracle\ndef test_no():\n    assert False\n"),
        ("nbval", "notebooks/broken.ipynb", "{not a notebook"),
    ],
)
def test_a_failure_in_any_part_fails_the_whole(project, part, file, text):
    if reason := testing.lacking(part):
        pytest.skip(reason)
    if part == "nbval":
        (project / "tests" / "nbval_sanitize.cfg").touch()
    (project / file).write_text(text)
    done = run(project, part)
    assert done.returncode == 1, done.stdout + done.stderr
    assert row(done.stdout, part)[1] >= 1


def test_a_part_without_a_single_test_fails(project):
    (project / "tests" / "test_units.py").unlink()
    done = run(project, "oracle")
    assert done.returncode == 1 and done.stdout.splitlines()[-1].endswith(", 0 skipped")
    assert row(done.stdout, "oracle" if testing.lacking("oracle") is None else "unit")[1] == 1


def test_a_part_that_cannot_run_is_skipped_and_says_why(project):
    done = run(project, "unit", "browser", CHROMIUM="/nowhere/chromium")
    assert done.returncode == 0, done.stdout + done.stderr
    assert row(done.stdout, "browser") == [0, 0, 1]
    assert "browser: 1 skipped: Chromium not found" in done.stdout
    assert done.stdout.splitlines()[-1] == "2 passed, 0 failed, 2 skipped"


def test_where_everything_must_run_such_a_part_fails(project):
    done = run(project, "unit", "browser", CHROMIUM="/nowhere/chromium", TENSORBOOK_REQUIRE_ALL="1")
    assert done.returncode == 1
    assert row(done.stdout, "browser") == [0, 1, 0]
    assert row(done.stdout, "unit") == [2, 0, 1]  # a GPU is nothing that one can install
    assert done.stdout.splitlines()[-1] == "2 passed, 1 failed, 1 skipped"


def test_where_everything_must_run_a_skipped_test_fails_unless_it_cannot_be_helped():
    result = testing.Result(passed=3, skipped=Counter({"no GPU answers": 5, "no PyTorch": 2, "only on Windows": 1}))
    result.require_all()
    assert (result.passed, result.failed) == (3, 2)
    assert result.skipped == Counter({"no GPU answers": 5, "only on Windows": 1})
    assert "unit: 2 failed, for nothing may be skipped: no PyTorch" in testing.summary({"unit": result})


def test_node_counts_its_tests(project):
    if reason := testing.lacking("node"):
        pytest.skip(reason)
    done = run(project, "node")
    assert done.returncode == 0, done.stdout + done.stderr
    assert row(done.stdout, "node") == [1, 0, 1]


def test_another_pytorch_is_no_oracle(monkeypatch):
    monkeypatch.setattr(testing.importlib.util, "find_spec", lambda name: object())
    monkeypatch.setattr(testing.importlib.metadata, "version", lambda name: "2.13.0+cpu")
    assert testing.lacking("oracle") is None
    monkeypatch.setattr(testing.importlib.metadata, "version", lambda name: "2.12.1")
    assert "2.12.1 is installed" in testing.lacking("oracle")
    monkeypatch.setattr(testing.importlib.util, "find_spec", lambda name: None if name == "torch" else object())
    assert "torch==2.13.0" in testing.lacking("oracle")


def test_every_part_that_can_be_named_can_be_run():
    assert set(testing.PARTS) == set(launcher.TEST_PARTS)
