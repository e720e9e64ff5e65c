"""The doctor: what it finds on this machine, and on machines that lack things."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tensorbook.workbook import doctor

ROOT = Path(__file__).resolve().parents[1]
DOCTOR = ROOT / "tensorbook" / "workbook" / "doctor.py"


def write_command(folder: Path, name: str, *lines: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text("\n".join(["#!/bin/sh", *lines]) + "\n")
    (folder / name).chmod(0o755)


def rows(output: str) -> dict[str, tuple[str, str]]:
    """The table, name to state and what was found."""
    lines = [line.split(None, 2) for line in output.split("\n\n")[0].splitlines()]
    return {name: (state, found) for name, state, found in lines}


def test_this_machine_can_run_the_course():
    done = subprocess.run([sys.executable, "-P", DOCTOR], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    table = rows(done.stdout)
    assert all(table[name][0] == "ok" for name in ("Python", "numpy", "jupyterlab", "anywidget", "kernel", "notebooks"))
    assert {"GPU", "dot", "Chromium", "node"} <= set(table)
    assert done.stdout.endswith("The course can run.\n")
    starts = {line.index(table[line.split()[0]][1]) for line in done.stdout.split("\n\n")[0].splitlines()}
    assert len(starts) == 1, "the columns of the table are not aligned"


def test_without_packages_it_still_runs_and_says_what_to_do():
    done = subprocess.run([sys.executable, "-I", "-S", DOCTOR], capture_output=True, text=True)
    assert done.returncode == 1, done.stdout + done.stderr
    table = rows(done.stdout)
    assert table["numpy"] == table["jupyterlab"] == ("MISSING", "not installed")
    assert "numpy, jupyterlab" in done.stdout and "run python3 start.py" in done.stdout
    assert done.stdout.endswith("The course cannot run yet.\n")


def test_what_the_course_can_do_without_is_no_failure(tmp_path):
    env = {**os.environ, "PATH": str(tmp_path), "CHROMIUM": str(tmp_path / "none")}
    done = subprocess.run([sys.executable, "-P", DOCTOR], env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    table = rows(done.stdout)
    assert [table[name][0] for name in ("GPU", "dot", "Chromium", "node")] == ["without"] * 4
    advice = done.stdout.split("\n\n")[1]
    assert all(f"{name}: " in advice for name in ("GPU", "dot", "Chromium", "node"))


def test_a_package_that_is_too_old_is_named_with_what_is_needed(monkeypatch):
    monkeypatch.setattr(doctor.importlib.metadata, "version", lambda name: "0.9.2")
    finding = doctor.package("anywidget>=0.11")
    assert (finding.state, finding.found) == ("MISSING", "0.9.2") and "0.11 or newer" in finding.advice
    monkeypatch.setattr(doctor.importlib.metadata, "version", lambda name: "0.11.0rc1")
    assert doctor.package("anywidget>=0.11").state == "ok"


def test_requirements_are_read_alike_from_the_source_and_from_a_package(monkeypatch, tmp_path):
    from_source = doctor.requirements()
    assert "numpy>=2" in from_source and any(line.startswith("jupyterlab") for line in from_source)
    monkeypatch.setattr(doctor, "ROOT", tmp_path)
    listed = ["numpy>=2", "jupyterlab>=4.2; extra == 'notebooks'", 'pytest>=8; extra == "test"']
    monkeypatch.setattr(doctor.importlib.metadata, "requires", lambda name: listed)
    assert [line.split(";")[0] for line in doctor.requirements()] == ["numpy>=2", "jupyterlab>=4.2"]


@pytest.mark.skipif(os.name == "nt", reason="the stand-in commands are shell scripts, which Windows does not run")
class TestGPU:
    """A GPU that is made up: `nvidia-smi` and CuPy are stand-ins, as no test can ask for a card."""

    @pytest.fixture
    def tools(self, tmp_path, monkeypatch):
        monkeypatch.setenv("PATH", str(tmp_path / "bin"))
        (tmp_path / "bin").mkdir()
        return tmp_path / "bin"

    def card(self, tools, cuda="13.0"):
        query = '[ "$1" ] && echo "NVIDIA H200, 143771" && exit'
        write_command(tools, "nvidia-smi", query, f'echo "| Driver Version: 580.1   CUDA Version: {cuda} |"')

    def cupy(self, tools, monkeypatch, body):
        (tools / "cupy.py").write_text(body)
        monkeypatch.setenv("PYTHONPATH", str(tools))

    def test_no_driver(self, tools):
        finding = doctor.gpu()
        assert finding.state == "without" and "no NVIDIA driver" in finding.found and "CPU" in finding.advice

    def test_a_driver_that_fails(self, tools):
        write_command(tools, "nvidia-smi", "exit 9")
        assert doctor.gpu().found == "nvidia-smi fails"

    @pytest.mark.parametrize(("cuda", "extra"), [("13.0", "[gpu]"), ("12.8", "[gpu12]")])
    def test_a_card_without_cupy(self, tools, monkeypatch, cuda, extra):
        self.card(tools, cuda)
        self.cupy(tools, monkeypatch, "raise ImportError")
        finding = doctor.gpu()
        assert finding.state == "without" and "NVIDIA H200, 140 GiB" in finding.found
        assert extra in finding.advice and "pip install" in finding.advice

    def test_a_card_that_works(self, tools, monkeypatch):
        self.card(tools)
        answer = "class arange:\n def __init__(self, n): pass\n def sum(self): return self\n def item(self): return 3\n"
        self.cupy(tools, monkeypatch, f"__version__ = '13.6.0'\n{answer}")
        assert (doctor.gpu().state, doctor.gpu().found) == ("ok", "NVIDIA H200, 140 GiB, CuPy 13.6.0")
        assert "cupy" not in sys.modules or sys.modules["cupy"].__file__ != str(tools / "cupy.py")

    def test_a_card_that_does_not_answer(self, tools, monkeypatch):
        self.card(tools)
        self.cupy(tools, monkeypatch, "def arange(n): raise RuntimeError('out of memory')")
        assert "does not answer" in doctor.gpu().found


@pytest.mark.skipif(os.name == "nt", reason="the stand-in commands are shell scripts, which Windows does not run")
def test_a_browser_is_found_by_its_name_or_by_the_variable(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setattr(doctor, "CHROMIUM_PLACES", ())
    assert doctor.chromium_path() is None
    write_command(tmp_path, "google-chrome", 'echo "Google Chrome 131"', "echo noise >&2")
    assert doctor.chromium().found == f"Google Chrome 131 at {tmp_path / 'google-chrome'}"
    write_command(tmp_path, "mine", "echo Mine 1")
    monkeypatch.setenv("CHROMIUM", str(tmp_path / "mine"))
    assert doctor.chromium().found == f"Mine 1 at {tmp_path / 'mine'}"
