"""start.py in a small project of its own: it installs in a second or two and needs no network.

test_fresh_clone.py runs it on the real one.
"""

import ast
import hashlib
import os
import runpy
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
BIN = "Scripts" if os.name == "nt" else "bin"
PYTHON = Path(".venv") / BIN / ("python.exe" if os.name == "nt" else "python")

PYPROJECT = """\
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]

[project]
name = "tensorbook"
version = "0"
dependencies = []

[project.optional-dependencies]
notebooks = []
test = []
"""

# The least that pip accepts as a build backend; with a file named `wait` it takes its time, with `fail` it fails.
BACKEND = """\
import os, pathlib, time, zipfile

def build_editable(folder, settings=None, metadata=None):
    here = pathlib.Path(__file__).parent
    if (here / "wait").exists():
        (here / "waiting").touch()
        time.sleep(60)
    if (here / "fail").exists():
        raise SystemExit("ERROR: the backend has no wish to go on")
    name = "tensorbook-0-py3-none-any.whl"
    info = "tensorbook-0.dist-info/"
    extras = "Provides-Extra: notebooks\\nProvides-Extra: test\\n"
    with zipfile.ZipFile(os.path.join(folder, name), "w") as wheel:
        wheel.writestr("tensorbook.pth", str(here))
        wheel.writestr(info + "METADATA", "Metadata-Version: 2.1\\nName: tensorbook\\nVersion: 0\\n" + extras)
        wheel.writestr(info + "WHEEL", "Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: true\\n")
        wheel.writestr(info + "RECORD", "")
    return name
"""


def write_project(folder: Path) -> Path:
    workbook = folder / "tensorbook" / "workbook"
    workbook.mkdir(parents=True)
    (folder / "tensorbook" / "__init__.py").touch()
    (workbook / "__init__.py").touch()
    (workbook / "__main__.py").write_text("import sys\nprint('handed over:', sys.argv[1:])\n")
    for name in ("start.py", "tensorbook/workbook/launcher.py", "tensorbook/workbook/doctor.py"):
        shutil.copy(ROOT / name, folder / name)
    (folder / "pyproject.toml").write_text(PYPROJECT)
    (folder / "backend.py").write_text(BACKEND)
    (folder / "notebooks").mkdir()
    for name in ("00_start_here", "01_tensors", "02_storage", "02_strides"):
        (folder / "notebooks" / f"{name}.ipynb").touch()
    return folder


def environment(**more: str) -> dict[str, str]:
    plain = {
        name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "VIRTUAL_ENV", "PYTHON"))
    }
    return {**plain, **(more or {"PIP_NO_INDEX": "1"})}


def start(folder: Path, *arguments: str, python: tuple[str, ...] = (sys.executable,), **more: str):
    command = [*python, str(folder / "start.py"), *arguments]
    done = subprocess.run(
        command, env=environment(**more), cwd=folder.parent, capture_output=True, text=True, timeout=120
    )
    assert "Traceback" not in done.stderr + done.stdout, done.stderr + done.stdout
    return done


def refused(done) -> str:
    """The sentence of a start that could not go on: on stderr, one line, exit code 1."""
    assert done.returncode == 1, done
    sentence = done.stderr.strip()
    assert sentence and "\n" not in sentence, done.stderr
    return sentence


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """The project after its first start; only to be copied."""
    folder = write_project(tmp_path_factory.mktemp("start") / "project")
    done = start(folder)
    assert done.returncode == 0, done.stderr
    assert "Making" in done.stdout and "Installing" in done.stdout
    assert "handed over: []" in done.stdout
    return folder


@pytest.fixture
def project(installed, tmp_path):
    return shutil.copytree(installed, tmp_path / "project", symlinks=True)


def stamp(folder: Path) -> list[str]:
    return (folder / ".venv" / "tensorbook-installed.txt").read_text().split()


# -- before anything is installed ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["03_nothing"], ["no notebook", "'03_nothing'", "01_tensors", "02_strides"]),
        (["02"], ["several notebooks", "02_storage, 02_strides"]),
        (["test", "units"], ["'units'", "unit", "nbval"]),
        (["doctor", "now"], ["'now'"]),
        (["01", "02"], ["'02'"]),
        (["--port", "eighty"], ["'eighty'"]),
        (["--port", "70000"], ["70000", "1 to 65535"]),
        (["--prot", "8889"], ["--prot"]),
    ],
)
def test_a_mistake_in_the_options_is_told_before_anything_is_installed(tmp_path, arguments, words):
    folder = write_project(tmp_path / "project")
    sentence = refused(start(folder, *arguments))
    assert all(word in sentence for word in words), sentence
    assert not (folder / ".venv").exists()


def test_help_installs_nothing(tmp_path):
    folder = write_project(tmp_path / "project")
    done = start(folder, "--help")
    assert done.returncode == 0
    assert all(word in done.stdout for word in ("--no-browser", "--port", "--no-update", "test", "doctor"))
    assert not (folder / ".venv").exists()


def test_no_update_has_nothing_to_run_before_the_first_install(tmp_path):
    folder = write_project(tmp_path / "project")
    assert "without --no-update" in refused(start(folder, "--no-update"))
    assert not (folder / ".venv").exists()


def test_an_old_python_is_told_so():
    source = (ROOT / "start.py").read_text(encoding="utf-8")
    for node in ast.walk(ast.parse(source)):  # what an old Python could not parse
        assert not isinstance(node, ast.JoinedStr | ast.AnnAssign | ast.NamedExpr | ast.Match), ast.dump(node)
        if isinstance(node, ast.FunctionDef):
            arguments = [*node.args.args, *node.args.kwonlyargs]
            assert not node.returns and not any(argument.annotation for argument in arguments), node.name
            assert not node.args.kwonlyargs and not node.args.posonlyargs, node.name
    pretend = f"import sys; sys.version_info = (3, 10, 2); exec(compile({source!r}, 'start.py', 'exec'))"
    said = refused(subprocess.run([sys.executable, "-c", pretend], capture_output=True, text=True))
    assert "3.11 or newer" in said and "Python 3.10" in said
    for name in ("python2.7", "python3.6", "python3.8", "python3.10"):  # and whichever are really here
        path = shutil.which(name)
        if path and subprocess.run([path, "--version"], capture_output=True).returncode == 0:
            done = subprocess.run([path, str(ROOT / "start.py")], capture_output=True, text=True)
            assert f"Python {name.removeprefix('python')}" in refused(done)


def test_a_missing_venv_module_is_named(tmp_path):
    folder = write_project(tmp_path / "project")
    without = (
        "import importlib.util as u, runpy, sys; find = u.find_spec;"
        "u.find_spec = lambda name: None if name == 'ensurepip' else find(name);"
        "sys.argv = sys.argv[1:]; runpy.run_path(sys.argv[0], run_name='__main__')"
    )
    sentence = refused(start(folder, python=(sys.executable, "-c", without)))
    assert "venv module" in sentence and "python3-venv" in sentence
    assert not (folder / ".venv").exists()


# -- installing ------------------------------------------------------------------------------------------------------


def test_the_second_start_installs_nothing_and_is_quick(project):
    before = os.times()
    done = start(project, "01", "--no-browser", "--port", "8899")
    after = os.times()  # the time it was at work, as other tests may run beside this one
    assert after.children_user + after.children_system - before.children_user - before.children_system < 2
    assert done.stdout == "handed over: ['01', '--no-browser', '--port', '8899']\n"


def test_a_changed_pyproject_is_installed_again_unless_told_not_to(project):
    with (project / "pyproject.toml").open("a") as file:
        file.write("# changed\n")
    assert "Installing" not in start(project, "--no-update").stdout
    assert "Installing" in start(project).stdout
    assert stamp(project)[1] == hashlib.sha256((project / "pyproject.toml").read_bytes()).hexdigest()
    assert "Installing" not in start(project).stdout


def test_what_the_tests_need_is_installed_when_first_asked_for_and_kept(project):
    assert stamp(project)[2:] == ["notebooks"]
    assert "without --no-update" in refused(start(project, "test", "--no-update"))
    done = start(project, "test", "unit")
    assert "Installing" in done.stdout and "handed over: ['test', 'unit']" in done.stdout
    assert stamp(project)[2:] == ["notebooks", "test"]
    with (project / "pyproject.toml").open("a") as file:
        file.write("# changed\n")
    assert "Installing" in start(project).stdout
    assert stamp(project)[2:] == ["notebooks", "test"]


@pytest.mark.skipif(os.name == "nt", reason="only elsewhere than on Windows can a test press Ctrl-C")
def test_an_interrupted_install_is_repaired_by_the_next_start(project):
    (project / "wait").touch()
    with (project / "pyproject.toml").open("a") as file:
        file.write("# changed\n")
    process = subprocess.Popen(
        [sys.executable, str(project / "start.py")],
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    deadline = time.monotonic() + 60
    while not (project / "waiting").exists():
        assert time.monotonic() < deadline and process.poll() is None
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to start.py, to pip and to what pip runs
    out, err = process.communicate(timeout=60)
    assert process.returncode == 1 and "Stopped" in err and "Traceback" not in out + err
    assert not (project / ".venv" / "tensorbook-installed.txt").exists()
    (project / "wait").unlink()
    done = start(project)
    assert "Installing" in done.stdout and "handed over" in done.stdout
    assert len(stamp(project)) == 3


def test_an_install_says_what_it_is_at_also_where_there_is_no_terminal(capsys):
    progress = runpy.run_path(str(ROOT / "start.py"), run_name="start")["Progress"](seconds=0.02)
    seen = ""

    def wait_for(words):
        nonlocal seen
        deadline = time.monotonic() + 20
        while words not in seen:
            assert time.monotonic() < deadline, seen
            time.sleep(0.01)
            seen += capsys.readouterr().out

    with progress:
        wait_for(" s: starting pip\n")
        progress.hear("Collecting numpy>=2 (from tensorbook)\n")
        wait_for(" s: fetching numpy>=2\n")
        progress.hear("  Downloading numpy.whl (16 MB)\n")
        progress.hear("Installing collected packages: numpy, pandas, tensorbook\n")
        wait_for(" s: unpacking 3 packages\n")
    capsys.readouterr()
    time.sleep(0.1)
    assert capsys.readouterr().out == "", "it is silent once pip is done"


def test_a_venv_without_pip_is_repaired(project):
    for path in (project / ".venv").rglob("pip"):
        if path.is_dir() and path.parent.name == "site-packages":
            shutil.rmtree(path)
    (project / ".venv" / "tensorbook-installed.txt").unlink()
    done = start(project)
    assert "Making" in done.stdout and "handed over" in done.stdout


def test_a_venv_whose_python_is_gone_is_made_anew(project):
    for path in (project / PYTHON).parent.glob("python*"):
        path.unlink()
    done = start(project)
    assert "Making" in done.stdout and "handed over" in done.stdout
    assert "Making" not in start(project).stdout


@pytest.mark.skipif(os.name == "nt", reason="the stand-in for Python is a shell script, which Windows does not run")
def test_a_venv_of_an_old_python_is_left_alone(tmp_path):
    folder = write_project(tmp_path / "project")
    (folder / PYTHON).parent.mkdir(parents=True)
    (folder / PYTHON).write_text("#!/bin/sh\necho 3.9\n")
    (folder / PYTHON).chmod(0o755)
    sentence = refused(start(folder))
    assert "Python 3.9" in sentence and ".venv" in sentence
    assert (folder / PYTHON).read_text().endswith("echo 3.9\n")


@pytest.mark.parametrize("retries", ["0", "1"])  # pip words the two differently
def test_a_network_that_does_not_answer_is_named(project, retries):
    text = PYPROJECT.replace("dependencies = []", 'dependencies = ["tensorbook-needs-the-network"]', 1)
    (project / "pyproject.toml").write_text(text)
    backend = BACKEND.replace("Version: 0\\n", "Version: 0\\nRequires-Dist: tensorbook-needs-the-network\\n", 1)
    (project / "backend.py").write_text(backend)
    nowhere = "http://127.0.0.1:9"  # a port that nothing listens on
    offline = {"PIP_INDEX_URL": nowhere, "PIP_RETRIES": retries, "PIP_CONFIG_FILE": os.devnull}
    sentence = refused(start(project, **offline))
    assert "network" in sentence and "run this again" in sentence


def test_any_other_failure_of_pip_is_told_with_its_reason_and_its_log(project):
    (project / "fail").touch()
    with (project / "pyproject.toml").open("a") as file:
        file.write("# changed\n")
    sentence = refused(start(project))
    assert "tensorbook-install.log" in sentence
    assert "no wish to go on" in (project / ".venv" / "tensorbook-install.log").read_text(encoding="utf-8")
    (project / "fail").unlink()
    assert "handed over" in start(project).stdout


def test_the_doctor_runs_without_a_venv_and_makes_none(tmp_path):
    folder = write_project(tmp_path / "project")
    done = start(folder, "doctor")
    assert "Python" in done.stdout and "GPU" in done.stdout
    assert not (folder / ".venv").exists()
