#!/usr/bin/env python3
"""From a fresh clone to an open notebook, with Python alone.

    python3 start.py                 open the course in JupyterLab
    python3 start.py 02_storage      open one notebook
    python3 start.py test            run every test
    python3 start.py doctor          what this machine has, and what it lacks
    python3 start.py --help          the options

The first start makes the folder .venv beside this file and installs the course into it. Later starts find it there and
install again only when pyproject.toml has changed. The command itself lives in tensorbook/workbook/launcher.py.
"""

from __future__ import print_function

import sys

# Everything below this check may use what Python 3.11 has, but this file must still parse on the oldest Python that
# someone may call it with (so no f-strings, no annotations), or that person would read a SyntaxError instead.
if sys.version_info < (3, 11):
    sys.exit(
        "tensorbook needs Python 3.11 or newer and this is Python {}.{}: install a newer one from python.org "
        "(or your system's packages) and run this again with it.".format(*sys.version_info[:2])
    )

import hashlib
import importlib.util
import os
import pathlib
import re
import runpy
import subprocess
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
STAMP = VENV / "tensorbook-installed.txt"
LOG = VENV / "tensorbook-install.log"

# How pip's last words read when it reaches no package index, in its several versions, or loses it on the way.
NO_NETWORK = re.compile(r"from versions: none|NewConnectionError|connection error|Timeout|Connection broken", re.I)


def main(argv):
    # The options are read first, so that a mistake in them is told before anything is installed.
    launcher = runpy.run_path(str(ROOT / "tensorbook" / "workbook" / "launcher.py"))
    options = launcher["parse"](argv, ROOT / "notebooks")
    if options.command == "doctor":
        # The doctor must work where the install does not, so it runs as a plain file, if need be on this Python.
        run([PYTHON if python_version() else sys.executable, "-P", ROOT / "tensorbook" / "workbook" / "doctor.py"])
    install({"notebooks", "test"} if options.command == "test" else {"notebooks"}, options.no_update)
    run([PYTHON, "-m", "tensorbook.workbook"] + argv)


def install(extras, no_update):
    """Bring .venv up to date; the stamp is there only while the install it names is whole."""
    python = python_version()
    pyproject = hashlib.sha256((ROOT / "pyproject.toml").read_bytes()).hexdigest()
    stamp = STAMP.read_text().split() if STAMP.is_file() else []
    installed = set(stamp[2:])
    if python and stamp[:1] == [python] and extras <= installed and (no_update or stamp[1] == pyproject):
        return
    if no_update:
        sys.exit("What this command needs is not installed yet: run it once without --no-update.")
    make_venv(python)
    STAMP.unlink(missing_ok=True)  # from here until the end an interruption leaves no stamp, so the next start repairs
    extras = sorted(extras | installed)
    pip_install("-e", "{}[{}]".format(ROOT, ",".join(extras)))
    whole = STAMP.with_suffix(".new")
    whole.write_text(" ".join([python_version(), pyproject] + extras))
    os.replace(str(whole), str(STAMP))


def python_version():
    """The version of .venv's Python, or an empty string when it does not run."""
    try:
        code = "import sys; print('%d.%d' % sys.version_info[:2])"
        return subprocess.check_output([str(PYTHON), "-c", code], stderr=subprocess.DEVNULL).decode().strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


def make_venv(python):
    """Make .venv, or repair it, unless its Python and pip work."""
    if python and tuple(map(int, python.split("."))) < (3, 11):
        sys.exit("{} holds Python {}, which is too old: delete that folder and run this again.".format(VENV, python))
    if python and pip_works():
        return
    if not (importlib.util.find_spec("venv") and importlib.util.find_spec("ensurepip")):
        sys.exit(
            "This Python cannot make a virtual environment, as its venv module is missing: install it (on Debian and "
            "Ubuntu: sudo apt install python3-venv) and run this again."
        )
    print("Making", VENV, flush=True)
    for options in [[], ["--clear"]] if python else [["--clear"]]:  # what can be mended is not thrown away
        command = [sys.executable, "-m", "venv"] + options + [str(VENV)]
        made = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if made.returncode:
            why = reason(made.stdout.decode(errors="replace"))
            sys.exit("{} could not be made ({}): mend that and run this again.".format(VENV, why))
        if pip_works():
            return
    sys.exit("The pip in {} does not run: install Python anew and run this again with it.".format(VENV))


def pip_works():
    return subprocess.run([str(PYTHON), "-m", "pip", "--version"], capture_output=True).returncode == 0


def pip_install(*what):
    """Run pip in .venv, its words in LOG; say what it is at, and in one sentence what went wrong."""
    print("Installing the course into", VENV, "(a few minutes, this once)", flush=True)
    command = [str(PYTHON), "-m", "pip", "install", "--disable-pip-version-check", "--no-input"] + list(what)
    with LOG.open("w", encoding="utf-8") as log, Progress() as progress:
        pip = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        for line in pip.stdout:
            line = line.decode(errors="replace")
            log.write(line)
            progress.hear(line)
    if pip.wait() == 0:
        return
    said = LOG.read_text(encoding="utf-8")
    if NO_NETWORK.search("\n".join(said.splitlines()[-10:])):
        sys.exit("The packages could not be fetched: check that this machine is on the network and run this again.")
    sys.exit("pip could not install the course ({}): the whole story is in {}.".format(reason(said), LOG))


class Progress:
    """Says what pip is at: in a terminal every second on one line, elsewhere now and then on a line of its own."""

    def __init__(self, seconds=None):
        self.terminal = sys.stdout.isatty()
        self.seconds = seconds or (1 if self.terminal else 15)
        self.stage, self.began, self.over = "starting pip", time.time(), threading.Event()
        self.thread = threading.Thread(target=self.tell, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *error):
        self.over.set()
        self.thread.join()
        if self.terminal:
            print("\r" + " " * 78 + "\r", end="", flush=True)

    def hear(self, line):
        """Take the stage from a line of pip's."""
        if line.startswith("Collecting "):
            self.stage = "fetching " + line.split()[1]
        elif line.startswith("Installing collected packages"):
            self.stage = "unpacking {} packages".format(line.count(",") + 1)

    def tell(self):
        while not self.over.wait(self.seconds):
            said = "  {:.0f} s: {}".format(time.time() - self.began, self.stage)
            print("\r{:<78.78}".format(said) if self.terminal else said, end="" if self.terminal else "\n", flush=True)


def reason(output):
    """The one line of a failed command's output that says most."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    errors = [line for line in lines if line.lower().startswith("error:")]
    return (errors or lines or ["no reason given"])[-1]


def run(command):
    """Become that command; on Windows, where a process cannot, wait for it and end as it ended."""
    command = [str(word) for word in command]
    sys.stdout.flush()
    if os.name != "nt":
        os.execv(command[0], command)
    sys.exit(subprocess.call(command))


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except KeyboardInterrupt:
        sys.exit("\nStopped. The next start takes up whatever was not finished.")
    except OSError as error:
        sys.exit(
            "{}: {} (is the folder writable, and the disk not full?)".format(error.filename or ROOT, error.strerror)
        )
