"""The first quarter of an hour of a newcomer: the README's first command on a fresh copy of this source, then Binder's.

One environment is made and serves both, as `start.py` and Binder install the same thing.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from test_launcher import Lab, assert_is_private, free_port, jupyter_environment

ROOT = Path(__file__).resolve().parents[1]
NOT_IN_A_CLONE = (".git", ".venv", "artefacts", "__pycache__", ".*_cache", ".hypothesis", "tensorbook-progress.json*")

pytestmark = pytest.mark.network


@pytest.fixture(scope="module")
def first_start(tmp_path_factory):
    """A copy of the source after its first `python3 start.py --no-browser`, and what that printed."""
    home = tmp_path_factory.mktemp("newcomer")
    clone = shutil.copytree(ROOT, home / "tensorbook", ignore=shutil.ignore_patterns(*NOT_IN_A_CLONE))
    env = jupyter_environment(home)
    port = free_port()
    command = [sys.executable, "start.py", "--no-browser", "--port", str(port)]
    try:
        with Lab(*command, cwd=clone, env=env, patience=600) as lab:
            assert_is_private(lab, "00_start_here.ipynb")
    except AssertionError:
        said = (clone / "lab.log").read_text()
        if "is on the network" in said:
            pytest.skip("no network: the packages cannot be installed")
        raise
    return clone, env, lab.said


def scripts(clone: Path) -> Path:
    return clone / ".venv" / ("Scripts" if os.name == "nt" else "bin")


def test_the_first_command_installs_and_serves_the_course(first_start):
    _, _, said = first_start
    assert "Making" in said and "Installing" in said and "00_start_here.ipynb" in said


def test_the_second_start_is_there_within_seconds(first_start):
    clone, env, _ = first_start
    with Lab(sys.executable, "start.py", "--no-browser", "01", cwd=clone, env=env) as lab:
        assert "01_tensors.ipynb" in lab.url
        work = psutil.Process(lab.process.pid).cpu_times()
    assert "Installing" not in lab.said
    seconds = work.user + work.system + work.children_user + work.children_system
    assert seconds < 5, f"{seconds:.1f} s"  # at work, start.py and JupyterLab together; 2 on a machine at rest


def test_the_doctor_finds_nothing_missing(first_start):
    clone, env, _ = first_start
    done = subprocess.run([sys.executable, "start.py", "doctor"], cwd=clone, env=env, capture_output=True, text=True)
    assert done.returncode == 0 and "MISSING" not in done.stdout, done.stdout + done.stderr


@pytest.mark.skipif(os.name == "nt", reason="Binder's postBuild is a shell script, which Windows does not run")
def test_binder_would_build(first_start):
    clone, env, _ = first_start
    env = {**env, "PATH": f"{scripts(clone)}{os.pathsep}{env['PATH']}"}
    for command in (["pip", "install", "--quiet", "-r", "binder/requirements.txt"], ["binder/postBuild"]):
        done = subprocess.run(command, cwd=clone, env=env, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stdout + done.stderr
    listed = subprocess.run(["jupyter", "labextension", "list"], cwd=clone, env=env, capture_output=True, text=True)
    said = listed.stdout + listed.stderr
    for extension in ("@jupyter-widgets/jupyterlab-manager", "anywidget"):
        line = next((line for line in said.splitlines() if extension in line), "")
        assert "enabled" in line and "OK" in line, said
    settings = clone / ".venv" / "share" / "jupyter" / "lab" / "settings" / "overrides.json"
    assert json.loads(settings.read_text())
    shown = subprocess.run(["jupyter", "lab", "--show-config-json"], cwd=clone, env=env, capture_output=True, text=True)
    assert "tensorbook.workbook.websocket.PromptConnection" in shown.stdout, shown.stdout + shown.stderr
