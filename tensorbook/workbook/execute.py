"""Run the notebooks from top to bottom and store them clean, ready to be committed.

python -m tensorbook.workbook.execute            all of them
python -m tensorbook.workbook.execute 01 03      those whose names begin so
"""

import argparse
import hashlib
import os
import re
import sys
import tempfile
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

from tensorbook.workbook.notebooks import FOLDER, kernel_environment, select

KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
# Without Python's version: it would change with whoever ran the notebook last.
LANGUAGE = {"file_extension": ".py", "mimetype": "text/x-python", "name": "python", "pygments_lexer": "ipython3"}
WIDGET = "application/vnd.jupyter.widget-view+json"


def execute(path: Path, timeout: int = 120) -> None:
    """Run one notebook and write it back. A cell that fails unasked raises, and the file stays as it was."""
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(
        notebook, timeout=timeout, kernel_name=KERNEL["name"], resources={"metadata": {"path": str(path.parent)}},
        record_timing=False, coalesce_streams=True,
    )  # fmt: skip
    with kernel_environment():
        client.execute()
    write(clean(notebook, path.stem), path)


def clean(notebook: nbformat.NotebookNode, name: str) -> nbformat.NotebookNode:
    """Take out what another machine or another day would store differently. Changes the notebook."""
    notebook.metadata = nbformat.from_dict({"kernelspec": KERNEL, "language_info": LANGUAGE})
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    taken: set[str] = set()
    for position, cell in enumerate(notebook.cells):
        kept = {key: cell.metadata[key] for key in ("tags", "nbgrader", "jupyter") if cell.metadata.get(key)}
        cell.metadata = nbformat.from_dict(kept)
        digest = hashlib.sha256(f"{name} {position}".encode()).hexdigest()
        if not cell.get("id") or cell.id in taken:
            cell.id = digest[:8]
        taken.add(cell.id)
        for output in cell.get("outputs", []):
            if view := output.get("data", {}).get(WIDGET):
                view.model_id = digest[:32]  # no model is stored, and a random id would change with each run
            if "traceback" in output:
                output.traceback = [_without_paths(line) for line in output.traceback]
    return notebook


def write(notebook: nbformat.NotebookNode, path: Path) -> None:
    """Validate and write a notebook: a temporary file beside it first, then renamed over it."""
    nbformat.validate(notebook)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.stem}-", suffix=".ipynb")
    try:
        with open(handle, "w", encoding="utf-8") as out:
            nbformat.write(notebook, out)
        os.chmod(temporary, 0o644)  # mkstemp's files are for their owner alone
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


def main(arguments: list[str] | None = None) -> int:
    """Execute the notebooks named on the command line; 1 if one failed, and it was left as it was."""
    parser = argparse.ArgumentParser(prog="python -m tensorbook.workbook.execute", description=__doc__.split("\n")[0])
    parser.add_argument("names", nargs="*", help="how the names of the notebooks begin; all of them for none")
    parser.add_argument("--timeout", type=int, default=120, metavar="S", help="seconds that one cell may take (120)")
    options = parser.parse_args(arguments)
    failed = 0
    try:
        chosen = select(options.names)
    except FileNotFoundError as error:
        parser.error(str(error))
    for path in chosen:
        began = time.perf_counter()
        try:
            execute(path, options.timeout)
        except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
            failed += 1
            print(f"{path.name}: failed, and left as it was\n{error}", file=sys.stderr)
        else:
            print(f"{path.name}: {time.perf_counter() - began:.1f} s", flush=True)
    return 1 if failed else 0


def _without_paths(traceback: str) -> str:
    """A traceback names the files of this machine; keep the part below the project or the installed packages."""
    home = re.escape(str(Path.home())) + "|~"
    root = re.escape(str(FOLDER.parent))
    traceback = re.sub(rf"{root}[/\\]", "", traceback)
    traceback = re.sub(rf"~[/\\]\S*?{re.escape(FOLDER.parent.name)}[/\\](?=tensorbook)", "", traceback)
    return re.sub(rf"(?:(?:{home})|/|[A-Z]:\\)[^\s:\x1b]*?(?:site-packages|python3\.\d+)[/\\]", "", traceback)


if __name__ == "__main__":
    sys.exit(main())
