"""The `tensorbook` command: open the course, test it, or look at what this machine has.

In a clone `start.py` hands over to this file, and the notebooks are opened where they are. An installed package carries
them inside itself, so there they are copied to a folder of the student's first, and a file that is there already stays.

Only the standard library is imported at the top: start.py reads the options with `parse` before anything is installed.
"""

import argparse
import os
import secrets
import shutil
import socket
import sys
from pathlib import Path

FIRST_NOTEBOOK = "00_start_here"
TEST_PARTS = ("lint", "unit", "table", "oracle", "node", "nbval", "browser")

HELP = f"""\
  (nothing)        open the course at its first notebook
  NOTEBOOK         open that notebook: its name, or the start of it, such as 02
  test [PART ...]  run every test, or only these parts: {", ".join(TEST_PARTS)}
  doctor           say what this machine has, what it lacks, and what to do about it"""


class Parser(argparse.ArgumentParser):
    """Tell a mistake in one sentence and end with 1, as every other failure of the command does."""

    def error(self, message):
        sys.exit(f"{self.prog}: {message} (--help lists what can be said).")


def parse(argv: list[str], notebooks: Path, folder: Path | None = None) -> argparse.Namespace:
    """Read the command line; `notebooks` is where the course is, `folder` where a student works on it, if elsewhere.

    The result has `command` ("open", "test" or "doctor"), `notebook` (a file's name), `parts`, `folder`, `port`,
    `browser` and `no_update`. A mistake ends the process with one sentence and exit code 1.
    """
    parser = Parser(
        prog="start.py" if Path(sys.argv[0]).name == "start.py" else "tensorbook",
        usage="%(prog)s [NOTEBOOK | test [PART ...] | doctor] [options]",
        description="An interactive workbook on tensors, autograd and training.",
        epilog=HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("words", nargs="*", help=argparse.SUPPRESS)
    parser.add_argument("--no-browser", dest="browser", action="store_false", help="print the address, open no browser")
    parser.add_argument(
        "--port", type=int, metavar="N", help="the port on this machine (default: a free one from 8888 on)"
    )
    parser.add_argument("--folder", type=Path, metavar="F", help="work on copies of the notebooks in this folder")
    parser.add_argument("--no-update", action="store_true", help="install and copy nothing new")
    options = parser.parse_intermixed_args(argv)
    options.folder = options.folder or folder or notebooks

    command, *words = options.words or ["open"]
    options.command, options.parts, options.notebook = command, [], None
    if command == "test":
        unknown = [word for word in words if word not in TEST_PARTS]
        if unknown:
            parser.error(f"there is no part {unknown[0]!r} of the tests, the parts are {', '.join(TEST_PARTS)}")
        options.parts = words
    elif words:
        parser.error(f"after {command!r} nothing more is expected, but {words[0]!r} was given")
    elif command != "doctor":
        options.command = "open"
        name = FIRST_NOTEBOOK if command == "open" else command
        options.notebook = find_notebook(name, [notebooks, options.folder], parser)
    if options.port is not None and not 1 <= options.port <= 65535:
        parser.error(f"a port is a number from 1 to 65535, but --port {options.port} was given")
    return options


def find_notebook(name: str, folders: list[Path], parser: Parser) -> str:
    """The file name of the one notebook that is called `name`, or that begins with it."""
    wanted = Path(name).name.removesuffix(".ipynb")
    known = sorted({path.stem for folder in folders for path in folder.glob("*.ipynb")})
    found = [stem for stem in known if stem == wanted] or [stem for stem in known if stem.startswith(wanted)]
    if len(found) != 1:
        many = "several notebooks begin with" if found else "there is no notebook"
        parser.error(f"{many} {name!r}, the notebooks are {', '.join(found or known) or 'missing here'}")
    return found[0] + ".ipynb"


def copy_notebooks(source: Path, folder: Path) -> None:
    """Add to `folder` the files of `source` that it lacks. A file that is there already is never written to."""
    new, kept = [], []
    for path in sorted(source.rglob("*")):
        place = folder / path.relative_to(source)
        if path.is_dir() or ".ipynb_checkpoints" in path.parts:
            continue
        if os.path.lexists(place):
            if not place.is_file() or place.read_bytes() != path.read_bytes():
                kept.append(place.name)
            continue
        place.parent.mkdir(parents=True, exist_ok=True)
        # Copied beside its place and renamed, so that an interruption leaves no half notebook under the right name.
        partial = place.with_name(f".{place.name}.{os.getpid()}")
        shutil.copyfile(path, partial)
        os.rename(partial, place)
        new.append(place.name)
    if new:
        print(f"Copied {len(new)} files to {folder.resolve()}.")
    if kept:
        print(f"Kept as they are, for they differ from this version's: {', '.join(kept)}.")
        print("To get the new version of one, rename yours and start again.")


def is_free(port: int) -> bool:
    """Whether a server could listen on that port of this machine."""
    with socket.socket() as probe:
        if os.name != "nt":  # there this option would let two servers share a port
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def choose_port(wanted: int | None) -> int:
    """The port that was asked for, else the first free one from 8888 on."""
    for port in [wanted] if wanted else range(8888, 8988):
        if is_free(port):
            return port
    if wanted:
        sys.exit(
            f"Port {wanted} is in use or not open to this user: choose another, such as --port {choose_port(None)}."
        )
    sys.exit("The ports from 8888 to 8987 are all in use: name a free one with --port.")


def open_lab(folder: Path, notebook: str, port: int, browser: bool) -> None:
    """Run JupyterLab on that notebook, for this machine alone, until it is stopped."""
    try:
        from jupyterlab.labapp import LabApp
    except ImportError:
        sys.exit('JupyterLab is not installed beside tensorbook: run pip install "tensorbook[notebooks]".')
    page = f"/lab/tree/{notebook}"
    token = os.environ.get("JUPYTER_TOKEN") or secrets.token_hex(24)
    argv = [
        f"--ServerApp.root_dir={folder.resolve()}",
        f"--LabApp.default_url={page}",
        "--ServerApp.ip=127.0.0.1",
        f"--ServerApp.port={port}",
        "--ServerApp.port_retries=0",
        # Said here so that no configuration file turns it off; kept in memory, where no other user reads it.
        f"--IdentityProvider.token={token}",
        # Nothing leaves the machine: no news (nor the question about it), no look for updates, no shop for extensions.
        f"--LabApp.app_settings_dir={Path(__file__).with_name('jupyterlab')}",
        "--LabApp.news_url=None",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        "--LabApp.extension_manager=readonly",
        "--ServerApp.kernel_websocket_connection_class=tensorbook.workbook.websocket.PromptConnection",
        "--KernelManager.transport_encryption=auto",  # else each kernel warns of having none
        "--Application.log_level=ERROR",
    ]
    if not browser:
        argv.append("--ServerApp.open_browser=False")
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        print("Running as root, as in a container: JupyterLab is started with --allow-root.")
        argv.append("--allow-root")
    print(f"{'Opening' if browser else 'Serving'} {notebook} in {folder.resolve()}")
    print(f"    http://127.0.0.1:{port}{page}?token={token}")
    print("Keep this window open while you work; press Ctrl-C twice to stop.", flush=True)
    LabApp.launch_instance(argv)


def main(argv: list[str] | None = None) -> None:
    """Run the command that `argv` (by default the process's own arguments) asks for."""
    package = Path(__file__).resolve().parents[1]
    notebooks, folder = package / "notebooks", Path("tensorbook-notebooks")
    if not notebooks.is_dir():  # a clone
        notebooks, folder = package.parent / "notebooks", None
    options = parse(sys.argv[1:] if argv is None else argv, notebooks, folder)
    if options.command == "doctor":
        from tensorbook.workbook import doctor

        sys.exit(doctor.main())
    if options.command == "test":
        from tensorbook.workbook import testing

        sys.exit(testing.main(options.parts))
    there = (options.folder / options.notebook).is_file()
    if options.folder != notebooks and not (options.no_update and there):
        try:
            copy_notebooks(notebooks, options.folder)
        except OSError as error:
            sys.exit(f"The notebooks cannot be copied to {options.folder} ({error.strerror}): name another --folder.")
    open_lab(options.folder, options.notebook, choose_port(options.port), options.browser)
