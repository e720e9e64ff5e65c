"""Words are spelt right, and the prose in British English; PyTorch's names (an optimizer) keep PyTorch's spelling."""

import re
import subprocess
import sys

import pytest

from tests.prose import MODULES, NOTEBOOKS, PAGES, ROOT, docstrings, markdown, without_code

pytest.importorskip("codespell_lib", reason="codespell is not installed")

BRITISH = ROOT / "tests" / "british.txt"
KNOWN = "fro,overrideable"  # a norm, after Frobenius; a name of PyTorch's


def misspelt(*arguments: object) -> list[str]:
    """What codespell complains of, a line each."""
    command = [sys.executable, "-m", "codespell_lib", f"--ignore-words-list={KNOWN}", "-D", "-", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert not done.stderr, done.stderr
    return done.stdout.splitlines()


def write(folder, texts):
    for path, text in texts.items():
        name = str(path.relative_to(ROOT)).replace("/", "+")
        (folder / f"{name}.txt").write_text(text, encoding="utf-8")
    return folder


def test_prose(tmp_path):
    """Pages, text cells and docstrings, without their code."""
    texts = {path: without_code(markdown(path)) for path in PAGES + NOTEBOOKS}
    texts |= {path: without_code(docstrings(path)) for path in MODULES}
    assert misspelt("-D", BRITISH, write(tmp_path, texts)) == []


def test_code():
    """Code cells and comments too, in either English; answers that are wrong on purpose as well."""
    places = [ROOT / name for name in ("tensorbook", "tests", "docs", "benchmarks", "start.py")]
    assert (
        misspelt("--skip=*.json,*.npz,*.png,*.ipynb,*/artefacts,*/golden,british.txt,test_spelling.py", *places) == []
    )


def test_code_cells(tmp_path):
    import nbformat

    cells = {path: nbformat.read(path, as_version=4).cells for path in NOTEBOOKS}
    texts = {path: "\n".join(cell.source for cell in found) for path, found in cells.items()}
    assert misspelt(write(tmp_path, texts)) == []


def test_a_slip_is_found(tmp_path):
    (tmp_path / "page.md").write_text("We recieve a colour, a color; an optimizer optimises.")
    found = [re.sub(r".*: (\S+) ==>.*", r"\1", line) for line in misspelt("-D", BRITISH, tmp_path)]
    assert found == ["recieve", "color"]


def test_code_is_not_prose():
    text = "Say `color=` and:\n\n```python\ncolor = 1\n```\nnothing ``of `color` `` else."
    assert without_code(text).split() == ["Say", "and:", "nothing", "else."]
