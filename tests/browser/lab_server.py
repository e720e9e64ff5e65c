"""A private JupyterLab server: its own port, token, settings and folders; nothing of the user's is read or written."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[2]
START_SECONDS = 120  # a cold disk on a busy machine has needed 40

SETTINGS: dict[str, dict[str, Any]] = {
    # No question about news, no pop-up that could lie over what a test clicks.
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False, "doNotDisturbMode": True},
    # Every cell is really in the page; otherwise cells below the fold are not there to be found.
    "notebook-extension/tracker": {"windowingMode": "none"},
    # A save half-way through a test would say nothing and cost time.
    "docmanager-extension/plugin": {"autosave": False},
}


class LabServer:
    """One JupyterLab process, serving the folder `root`; ended by `stop()`."""

    def __init__(self, scratch: Path) -> None:
        self.root = scratch / "work"
        self.root.mkdir(parents=True)
        self.runtime = scratch / "runtime"
        self._settings = scratch / "settings"
        self._log = scratch / "jupyterlab.log"
        self.token = secrets.token_hex(16)
        for name, value in SETTINGS.items():
            self._write_setting(name, value)
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                self._command(),
                env=self._environment(scratch),
                cwd=self.root,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # its kernels share its process group, so stop() can end them all
            )
        try:
            self.url = self._wait_until_it_answers()
        except BaseException:
            self.stop()
            raise

    def _command(self) -> list[str]:
        return [
            *(sys.executable, "-m", "jupyterlab", "--no-browser"),
            "--allow-root",
            "--expose-app-in-browser",  # window.jupyterapp: tests can read the notebook's model
            "--ServerApp.ip=127.0.0.1",
            "--ServerApp.port=0",
            "--ServerApp.port_retries=0",
            f"--ServerApp.root_dir={self.root}",
            f"--IdentityProvider.token={self.token}",
            "--LabApp.news_url=None",
            "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
            "--LabApp.extension_manager=readonly",
            "--ServerApp.kernel_websocket_connection_class=tensorbook.workbook.websocket.PromptConnection",
        ]

    def _environment(self, scratch: Path) -> dict[str, str]:
        environment = dict(os.environ)
        folders = {
            "HOME": "home",  # anything that a notebook keeps for its reader
            "JUPYTER_CONFIG_DIR": "config",
            "JUPYTER_DATA_DIR": "data",
            "JUPYTER_RUNTIME_DIR": "runtime",
            "JUPYTERLAB_SETTINGS_DIR": "settings",
            "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
            "IPYTHONDIR": "ipython",
            "MPLCONFIGDIR": "matplotlib",
        }
        for variable, name in folders.items():
            (scratch / name).mkdir(exist_ok=True)
            environment[variable] = str(scratch / name)
        # The tests are of this working tree, installed or not.
        python_path = [str(REPOSITORY), environment.get("PYTHONPATH", "")]
        environment["PYTHONPATH"] = os.pathsep.join(filter(None, python_path))
        environment["PYDEVD_DISABLE_FILE_VALIDATION"] = "1"
        return environment

    def _write_setting(self, name: str, value: dict[str, Any]) -> None:
        path = self._settings / "@jupyterlab" / f"{name}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(value), encoding="utf-8")

    def _wait_until_it_answers(self) -> str:
        """Return the server's address, which it writes to jpserver-<pid>.json once its socket listens."""
        deadline = time.monotonic() + START_SECONDS
        while self.process.poll() is None and time.monotonic() < deadline:
            with contextlib.suppress(OSError, ValueError, KeyError):
                written = (self.runtime / f"jpserver-{self.process.pid}.json").read_text(encoding="utf-8")
                self.url = json.loads(written)["url"].replace("localhost", "127.0.0.1")
                self.request("status")
                return self.url
            time.sleep(0.1)
        happened = "did not answer" if self.process.poll() is None else f"ended with code {self.process.returncode}"
        log = self._log.read_text(encoding="utf-8", errors="replace")
        raise RuntimeError(f"JupyterLab {happened}; the end of its log:\n{log[-3000:]}")

    def request(self, path: str, method: str = "GET") -> Any:
        """Return the server's JSON answer for `api/<path>`, or None where the answer is empty."""
        # The header, unlike the cookie of a browser, needs no cross-site token with DELETE.
        headers = {"Authorization": f"token {self.token}"}
        request = urllib.request.Request(f"{self.url}api/{path}", method=method, headers=headers)
        with urllib.request.urlopen(request, timeout=20) as reply:
            body = reply.read()
        return json.loads(body) if body else None

    @property
    def address(self) -> str:
        """The address of an empty JupyterLab: `reset` drops the saved workspace, so that no tab comes back."""
        return f"{self.url}lab?reset&token={self.token}"

    def stop(self) -> None:
        """End the server and its kernels; only the process started here, by its id."""
        if self.process.poll() is not None:
            return
        self.process.send_signal(signal.SIGTERM)  # asks it to shut its kernels down
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            if hasattr(os, "killpg"):
                os.killpg(self.process.pid, signal.SIGKILL)
            else:
                self.process.kill()
            self.process.wait()
