"""Every relative link of the pages and the notebooks leads to a file that is there, and to a heading that is there."""

import re
from pathlib import Path
from urllib.parse import unquote

import pytest

from tests.prose import NOTEBOOKS, PAGES, ROOT, markdown, without_code

ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)  # https:, mailto:, data:, attachment:


def links(text: str) -> list[str]:
    """The targets of links and pictures, in Markdown and in HTML."""
    text = without_code(text)
    found = re.findall(r"\]\(\s*<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\s*\)", text)
    found += re.findall(r"^\[[^\]]+\]:\s*(\S+)", text, re.MULTILINE)
    return found + re.findall(r"""<(?:a|img)\b[^>]*?\b(?:href|src)\s*=\s*["']([^"']+)""", text)


def anchors(path: Path) -> set[str]:
    """What may stand behind the # of a link: as GitHub makes it of a heading, or for a notebook as JupyterLab does."""
    text = re.sub(r"^( *)```.*?^\1```", "", markdown(path), flags=re.MULTILINE | re.DOTALL)
    headings = [title.strip() for title in re.findall(r"^#+ +(.+?)#*$", text, re.MULTILINE)]
    if path.suffix == ".ipynb":
        return {re.sub(r"\s", "-", re.sub(r"[*`]", "", title)) for title in headings}
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in headings}


def broken(path: Path, text: str) -> list[str]:
    """The links of this text that lead nowhere, as seen from the file it stands in."""
    complaints = []
    for target in links(text):
        if ELSEWHERE.match(target):
            continue
        name, _, heading = unquote(target).partition("#")
        place = (path.parent / name).resolve() if name else path
        if not place.exists() or not place.is_relative_to(ROOT):
            complaints.append(f"{target}: there is no such file")
        elif heading and heading not in anchors(place):
            complaints.append(f"{target}: there is no such heading")
    return complaints


@pytest.mark.parametrize("path", PAGES + NOTEBOOKS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(path):
    assert broken(path, markdown(path)) == []


def test_there_are_links():
    assert sum(len(links(markdown(path))) for path in PAGES + NOTEBOOKS) > 30


@pytest.mark.parametrize("path", [ROOT / "README.md", ROOT / "CONTRIBUTING.md"], ids=lambda path: path.name)
def test_files_that_are_named_are_there(path):
    """In spans of code: whatever looks like the path of a file, from the root, the package or where the text says."""
    spans = re.findall(r"`([\w./-]+/[\w.-]+\.(?:py|js|css|md|cfg|toml|txt|ipynb|png))`", markdown(path))
    named = [span for span in spans if not re.search(r"[A-Z]{2}", span)]  # NAME and NN stand for any name
    places = (ROOT, ROOT / "tensorbook", ROOT / "tensorbook" / "widgets")
    assert [span for span in named if not any((place / span).exists() for place in places)] == []


def test_what_is_broken_is_found():
    page = ROOT / "README.md"
    good = """[a](CONTRIBUTING.md#add-an-exercise) [a](docs) [a](#for-teachers) ![a](docs/workbook.png)
        [a](notebooks/01_tensors.ipynb#6-·-Along-a-dim) `[a](nowhere)` [a](https://x.y/z)"""
    assert broken(page, good) == []
    bad = """[a](nowhere.md) [a](CONTRIBUTING.md#add-a-cow) [a](#no) <img alt="b" src="x.png"> [a](../outside.md)
        [a](notebooks/01_tensors.ipynb#9-·-Cows)\n[a]: nowhere.md"""
    assert len(broken(page, bad)) == 7
