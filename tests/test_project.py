"""What the project says of itself: in the README, in its metadata, and in the versions that must agree."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import tensorbook
from tensorbook.workbook.launcher import TEST_PARTS

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def test_every_file_names_the_same_version():
    citation = re.search(r"^version: (.+)$", (ROOT / "CITATION.cff").read_text(encoding="utf-8"), re.MULTILINE)
    changes = re.search(r"^## (\d[\d.]*)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert PROJECT["version"] == tensorbook.__version__ == citation[1] == changes[1]


def test_numpy_is_all_that_is_needed_and_all_that_is_imported():
    assert [re.split("[<>=]", line)[0] for line in PROJECT["dependencies"]] == ["numpy"]
    # Without -S, what the .pth files of other packages import would count too.
    code = (
        f"import sys; sys.path[:] = {[str(ROOT), *sys.path]!r}\n"
        "import numpy.random; before = set(sys.modules); import tensorbook\n"
        "new = {name.partition('.')[0] for name in set(sys.modules) - before}\n"
        "print(*new - set(sys.stdlib_module_names) - {'numpy'})"
    )
    done = subprocess.run([sys.executable, "-S", "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert done.stdout.split() == ["tensorbook"], done.stdout + done.stderr


@pytest.mark.parametrize(("name", "text"), [("README.md", README), ("CONTRIBUTING.md", CONTRIBUTING)])
def test_every_link_into_the_project_leads_somewhere(name, text):
    for target in re.findall(r"\]\((?!https?:|#)([^)#\s]+)", text):
        assert (ROOT / target).exists(), f"{name} links to {target}"
    for path in re.findall(r"`((?:tests|tensorbook|notebooks|binder|benchmarks|\.ci)/[\w./-]+\.?\w*)`", text):
        if "NAME" not in path and "NN" not in path:
            assert (ROOT / path).exists(), f"{name} speaks of {path}"


def test_the_widgets_of_the_readme_can_be_made_as_it_says():
    import tensorbook as torch

    w = torch.tensor([1.0, 2.0], requires_grad=True)

    def step(lr: float):
        loss = ((w - 3) ** 2).sum()
        w.grad = None
        loss.backward()
        with torch.no_grad():
            w.sub_(lr * w.grad)
        return loss

    (code,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    names = {"x": torch.arange(12).reshape(3, 4), "loss": (w * w).sum(), "w": w, "step": step}
    exec(code, names)


def test_the_parts_of_the_tests_are_named_where_they_are_explained():
    for part in TEST_PARTS:
        assert re.search(rf"\b{part}\b", README) and re.search(rf"\b{part}\b", CONTRIBUTING), part
