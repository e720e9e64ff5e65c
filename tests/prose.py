"""What people read: the pages, the text cells of the notebooks and the docstrings, each with its name."""

import ast
import re
from pathlib import Path

import nbformat

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("benchmarks/**/*.md")])
NOTEBOOKS = sorted(ROOT.glob("notebooks/*.ipynb"))
MODULES = sorted(ROOT.glob("tensorbook/**/*.py"))


def text_cells(path: Path) -> str:
    """The Markdown of a notebook, its cells one below the other."""
    return "\n\n".join(cell.source for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "markdown")


def markdown(path: Path) -> str:
    """The Markdown of a page or of a notebook."""
    return text_cells(path) if path.suffix == ".ipynb" else path.read_text(encoding="utf-8")


def docstrings(path: Path) -> str:
    """All docstrings of a module, without their examples."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    found = [ast.get_docstring(node) or "" for node in ast.walk(tree) if isinstance(node, kinds)]
    return re.sub(r"^ *>>> .*\n(?:.*\S.*\n)*", "", "\n\n".join(found) + "\n", flags=re.MULTILINE)


def without_code(text: str) -> str:
    """Markdown without its blocks and spans of code."""
    text = re.sub(r"^( *)```.*?^\1```", "", text, flags=re.MULTILINE | re.DOTALL)
    return re.sub(r"(`+)(?!`).+?(?<!`)\1(?!`)", "", text, flags=re.DOTALL)
