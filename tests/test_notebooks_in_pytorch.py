"""The promise, kept by every notebook: change the import to PyTorch's, and every cell prints what it printed."""

import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from tensorbook.workbook.notebooks import FOLDER, UNCOMPARED, kernel_environment, tags

pytestmark = pytest.mark.oracle
pytest.importorskip("torch", reason="PyTorch, the oracle, is not installed")

SANITIZE = (Path(__file__).parent / "nbval_sanitize.cfg").read_text(encoding="utf-8")
RULES = re.findall(r"^regex: (.*)$\n^replace: (.*)$", SANITIZE, re.MULTILINE)
IMPORT = re.compile(r"^import tensorbook as torch$", re.MULTILINE)


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.ipynb")), ids=lambda path: path.stem)
def test_notebook_prints_the_same_under_pytorch(path, tmp_path):
    stored = nbformat.read(path, as_version=4)
    changed = nbformat.read(path, as_version=4)
    imports = 0
    for cell in changed.cells:
        if cell.cell_type == "code":
            cell.source, count = IMPORT.subn("import torch", cell.source)
            imports += count
    assert imports == 1, "one line to change"
    with kernel_environment():
        NotebookClient(
            changed, timeout=120, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}},
            coalesce_streams=True,
        ).execute()  # fmt: skip
    for ours, theirs in zip(stored.cells, changed.cells, strict=True):
        if ours.cell_type == "code" and UNCOMPARED not in tags(ours):
            assert printed(ours) == printed(theirs), ours.source


def printed(cell):
    """What a cell shows as text, and how it fails; not its pictures, widgets and warnings."""
    texts = []
    for output in cell.outputs:
        if "application/vnd.jupyter.widget-view+json" in output.get("data", {}) or output.get("name") == "stderr":
            continue
        if output.output_type == "error":
            texts.append(f"{output.ename}: {output.evalue}")
        else:
            texts.append(output.get("text") or output.data.get("text/plain", ""))
    shown = "\n".join(texts)
    for pattern, replacement in RULES:
        shown = re.sub(pattern, replacement, shown)
    return shown.replace("tensorbook.", "torch.")
