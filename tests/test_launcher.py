"""The `tensorbook` command: its options, the folder it copies the notebooks to, and the JupyterLab it starts."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import sysconfig
import time
import urllib.error
import urllib.request
from pathlib import Path
from unittest.mock import Mock

import pytest

from tensorbook.workbook import launcher

ROOT = Path(__file__).resolve().parents[1]
NOTIFICATIONS = "@jupyterlab/apputils-extension:notification"


@pytest.fixture
def course(tmp_path):
    folder = tmp_path / "course"
    folder.mkdir()
    for name in ("00_start_here", "01_tensors", "02_storage", "02_strides"):
        (folder / f"{name}.ipynb").write_text(f"{name} as shipped")
    return folder


# -- options ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "notebook"),
    [
        ([], "00_start_here.ipynb"),
        (["01"], "01_tensors.ipynb"),
        (["02_strides"], "02_strides.ipynb"),
        (["02_strides.ipynb"], "02_strides.ipynb"),
        (["notebooks/02_sto"], "02_storage.ipynb"),
        (["--no-browser", "01", "--port", "9000"], "01_tensors.ipynb"),
    ],
)
def test_a_notebook_is_known_by_its_name_or_by_its_start(course, said, notebook):
    options = launcher.parse(said, course)
    assert (options.command, options.notebook, options.folder) == ("open", notebook, course)


def test_options_stand_before_and_after_the_word(course):
    options = launcher.parse(["--port", "9000", "01", "--no-browser", "--no-update"], course)
    assert (options.port, options.browser, options.no_update) == (9000, False, True)
    assert launcher.parse(["01"], course).browser


def test_a_notebook_of_the_students_own_can_be_named(course, tmp_path):
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "my_notes.ipynb").touch()
    assert launcher.parse(["my", "--folder", str(mine)], course).notebook == "my_notes.ipynb"


def test_parts_of_the_tests_are_read_in_order(course):
    assert launcher.parse(["test", "nbval", "lint"], course).parts == ["nbval", "lint"]
    assert launcher.parse(["test"], course).parts == []


# -- the folder of copies --------------------------------------------------------------------------------------------


def test_what_is_missing_is_copied_and_what_is_there_is_kept(course, tmp_path, capsys):
    (course / "images").mkdir()
    (course / "images" / "cat.png").write_bytes(b"cat")
    folder = tmp_path / "mine"
    launcher.copy_notebooks(course, folder)
    assert {path.name for path in folder.rglob("*.*")} == {path.name for path in course.rglob("*.*")}
    assert "Copied 5 files" in capsys.readouterr().out

    (folder / "01_tensors.ipynb").write_text("my answers")
    (folder / "02_strides.ipynb").unlink()
    (course / "06_autograd.ipynb").write_text("new in this version")
    launcher.copy_notebooks(course, folder)
    said = capsys.readouterr().out
    assert (folder / "01_tensors.ipynb").read_text() == "my answers"
    assert (folder / "02_strides.ipynb").read_text() == "02_strides as shipped"
    assert (folder / "06_autograd.ipynb").read_text() == "new in this version"
    assert "Copied 2 files" in said and "Kept as they are" in said and "01_tensors.ipynb" in said
    assert "00_start_here" not in said  # the same as shipped: nothing to say about it

    launcher.copy_notebooks(course, folder)
    assert "Copied" not in capsys.readouterr().out


@pytest.mark.skipif(os.name == "nt", reason="on Windows only an administrator makes links")
def test_a_link_that_leads_nowhere_is_kept_too(course, tmp_path, capsys):
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "01_tensors.ipynb").symlink_to(tmp_path / "elsewhere")
    launcher.copy_notebooks(course, folder)
    assert (folder / "01_tensors.ipynb").is_symlink() and not (tmp_path / "elsewhere").exists()
    assert "01_tensors.ipynb" in capsys.readouterr().out


def test_an_interrupted_copy_leaves_no_half_notebook(course, tmp_path, monkeypatch):
    def interrupted(source, target):
        Path(target).write_text("half")
        raise KeyboardInterrupt

    monkeypatch.setattr(shutil, "copyfile", interrupted)
    folder = tmp_path / "mine"
    with pytest.raises(KeyboardInterrupt):
        launcher.copy_notebooks(course, folder)
    assert list(folder.glob("*.ipynb")) == []
    monkeypatch.undo()
    launcher.copy_notebooks(course, folder)
    assert (folder / "00_start_here.ipynb").read_text() == "00_start_here as shipped"


# -- the port --------------------------------------------------------------------------------------------------------


def test_a_port_in_use_is_refused_with_another_to_choose():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(SystemExit) as refused:
            launcher.choose_port(port)
        assert str(port) in str(refused.value) and re.search(r"such as --port \d+\.", str(refused.value))
    assert launcher.choose_port(port) == port


def test_without_a_wish_the_next_free_port_is_taken(monkeypatch):
    monkeypatch.setattr(launcher, "is_free", lambda port: port > 8890)
    assert launcher.choose_port(None) == 8891
    monkeypatch.setattr(launcher, "is_free", lambda port: False)
    with pytest.raises(SystemExit, match="in use"):
        launcher.choose_port(None)


# -- the real thing --------------------------------------------------------------------------------------------------


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def jupyter_environment(folder: Path) -> dict[str, str]:
    """An environment in which JupyterLab meets nobody's settings, but a configuration that would open it to all."""
    (folder / "config").mkdir(exist_ok=True)
    config = "c.IdentityProvider.token = ''\nc.ServerApp.ip = '0.0.0.0'\n"
    (folder / "config" / "jupyter_server_config.py").write_text(config)
    places = {"JUPYTER_CONFIG_DIR": "config", "JUPYTER_DATA_DIR": "data", "JUPYTER_RUNTIME_DIR": "runtime"}
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("JUPYTER", "PYTHONPATH"))}
    return {**plain, **{name: str(folder / place) for name, place in places.items()}}


def status(address: str) -> int:
    try:
        with urllib.request.urlopen(address, timeout=10) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


class Lab:
    """A JupyterLab started by that command; `url` is the address it printed, `said` all that it printed by then."""

    def __init__(self, *command: str, cwd: Path, env: dict[str, str], patience: float = 60):
        self.log = cwd / "lab.log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(command, cwd=cwd, env=env, stdout=log, stderr=log)
        deadline = time.monotonic() + patience
        self.url = None
        while self.url is None or not self.answers():
            self.said = self.log.read_text(errors="replace")
            assert self.process.poll() is None and time.monotonic() < deadline, self.said
            found = re.search(r"http://\S+", self.said)
            self.url = found and found[0]
            time.sleep(0.1)

    def answers(self) -> bool:
        try:
            return bool(status(self.url))
        except urllib.error.URLError:
            return False

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.process.terminate()
        self.process.wait(30)


def assert_is_private(lab: Lab, notebook: str) -> None:
    """JupyterLab opens that notebook, for who has the token and is on this machine."""
    assert re.fullmatch(rf"http://127\.0\.0\.1:\d+/lab/tree/{notebook}\?token=\w{{40,}}", lab.url), lab.url
    base, token = lab.url.split("/lab/")[0], lab.url.split("token=")[1]
    assert status(lab.url) == 200
    assert status(f"{base}/api/contents/{notebook}?token={token}") == 200
    assert status(f"{base}/api/contents/{notebook}") == 403
    assert status(f"{base}/api/contents/{notebook}?token={'0' * len(token)}") == 403
    if sys.platform == "linux":
        with socket.socket() as other:  # another loopback address stands for any other network interface
            assert other.connect_ex(("127.0.0.2", int(base.rsplit(":", 1)[1]))) != 0


def test_jupyterlab_asks_for_a_token_and_listens_to_this_machine_alone(tmp_path, course):
    port = free_port()
    arguments = ["-m", "tensorbook.workbook", "--no-browser", "--port", str(port), "--folder", "mine"]
    env = {**jupyter_environment(tmp_path), "PYTHONPATH": str(ROOT)}
    with Lab(sys.executable, *arguments, cwd=tmp_path, env=env) as lab:
        assert f":{port}/" in lab.url
        assert_is_private(lab, "00_start_here.ipynb")
        settings = lab.url.replace("/lab/tree/00_start_here.ipynb", f"/lab/api/settings/{NOTIFICATIONS}")
        with urllib.request.urlopen(settings, timeout=10) as answer:
            defaults = {name: value.get("default") for name, value in json.load(answer)["schema"]["properties"].items()}
        assert defaults["fetchNews"] == "false" and defaults["checkForUpdates"] is False
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            assert "--allow-root" in lab.said
        command = [sys.executable, *arguments]
        second = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=60)
        assert second.returncode == 1 and f"Port {port} is in use" in second.stderr
        assert second.stderr.count("\n") == 1
    assert (tmp_path / "mine" / "00_start_here.ipynb").is_file()


def test_messages_of_a_kernel_are_not_held_back(monkeypatch):
    channels = pytest.importorskip("jupyter_server.services.kernels.connection.channels")
    from jupyter_server.services.kernels.websocket import KernelWebsocketHandler

    from tensorbook.workbook.websocket import PromptConnection

    monkeypatch.setattr(channels.ZMQChannelsWebsocketConnection, "connect", lambda connection: "connected")
    handler = Mock(spec=KernelWebsocketHandler)
    assert PromptConnection(websocket_handler=handler).connect() == "connected"
    handler.set_nodelay.assert_called_once_with(True)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel of this very source."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    built = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert built.returncode == 0, built.stdout + built.stderr
    return next(folder.glob("*.whl"))


def test_an_installed_wheel_copies_the_notebooks_and_opens_them(wheel, tmp_path):
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(tmp_path / "venv")], check=True)
    scheme = {"base": str(tmp_path / "venv"), "platbase": str(tmp_path / "venv")}
    site = Path(sysconfig.get_path("purelib", "venv", scheme))
    # Its dependencies are those that run this test: the path lies behind the wheel's own files.
    (site / "borrowed.pth").write_text(sysconfig.get_path("purelib"))
    python = Path(sysconfig.get_path("scripts", "venv", scheme)) / ("python.exe" if os.name == "nt" else "python")
    install = [sys.executable, "-m", "pip", "--python", str(python), "install", "--no-deps", "--no-index", str(wheel)]
    subprocess.run(install, check=True, capture_output=True, timeout=120)
    command = str(python.with_name("tensorbook.exe" if os.name == "nt" else "tensorbook"))

    shipped = {path.name for path in (ROOT / "notebooks").glob("*.ipynb")}
    student = tmp_path / "student"
    student.mkdir()
    (student / "tensorbook-notebooks").mkdir()
    (student / "tensorbook-notebooks" / "01_tensors.ipynb").write_text("my answers")
    with Lab(command, "--no-browser", "00", cwd=student, env=jupyter_environment(tmp_path)) as lab:
        assert_is_private(lab, "00_start_here.ipynb")
    assert {path.name for path in (student / "tensorbook-notebooks").glob("*.ipynb")} == shipped | {"01_tensors.ipynb"}
    assert (student / "tensorbook-notebooks" / "01_tensors.ipynb").read_text() == "my answers"
    assert "Copied" in lab.said and ("01_tensors.ipynb" in lab.said) == ("01_tensors.ipynb" in shipped)

    (tmp_path / "a_file").touch()
    env = jupyter_environment(tmp_path)
    for arguments, words in (
        (["99"], ["no notebook", "00_start_here"]),
        (["--folder", str(tmp_path / "a_file")], ["cannot be copied", "--folder"]),
        (["test", "nothing"], ["'nothing'"]),
    ):
        done = subprocess.run([command, *arguments], cwd=student, env=env, capture_output=True, text=True, timeout=60)
        assert done.returncode == 1 and all(word in done.stderr for word in words), done.stderr
        assert done.stderr.count("\n") == 1
    done = subprocess.run([command, "doctor"], cwd=student, env=env, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0 and "The course can run." in done.stdout, done.stdout + done.stderr
