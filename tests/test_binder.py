"""Binder, without Docker: what repo2docker makes of the repository. test_fresh_clone.py rehearses the build itself."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
import urllib.parse
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def dockerfile(tmp_path_factory):
    """What repo2docker would build, printed and not built, for a copy that holds little more than the binder folder."""
    folder = tmp_path_factory.mktemp("binder") / "repository"
    shutil.copytree(ROOT / "binder", folder / "binder")
    for name in ("pyproject.toml", "start.py"):
        shutil.copy(ROOT / name, folder / name)
    command = [sys.executable, "-m", "repo2docker", "--no-build", "--debug", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_repo2docker_uses_every_file_of_the_folder(dockerfile):
    assert "conda environment for python=3.12" in dockerfile
    assert re.search(r"apt-get install .* graphviz", dockerfile)
    assert re.search(r'pip install .*-r "binder/requirements.txt"', dockerfile)
    assert "RUN ./binder/postBuild" in dockerfile
    assert {path.name for path in (ROOT / "binder").iterdir()} == {
        "requirements.txt",
        "runtime.txt",
        "apt.txt",
        "postBuild",
    }


def test_the_whole_repository_is_there_before_it_is_installed(dockerfile):
    """`-e .` needs the source: repo2docker must not install the requirements before it has copied it."""
    copied = re.search(r"^COPY .*src/ \$\{REPO_DIR\}", dockerfile, re.MULTILINE)
    assert copied and copied.start() < dockerfile.index('-r "binder/requirements.txt"')


def test_the_requirement_names_an_extra_that_exists():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extra = re.fullmatch(r"-e \.\[(\w+)\]", (ROOT / "binder" / "requirements.txt").read_text().strip())
    assert extra and {"jupyterlab", "anywidget"} <= {
        re.split("[<>=]", line)[0] for line in project["optional-dependencies"][extra[1]]
    }


@pytest.mark.skipif(os.name == "nt", reason="Windows knows no executable files")
def test_post_build_can_be_executed_and_trusts_nothing():
    script = ROOT / "binder" / "postBuild"
    assert os.access(script, os.X_OK)
    assert "jupyter trust" not in script.read_text()


def test_the_badge_opens_a_notebook_that_exists():
    badge = re.search(
        r"https://mybinder\.org/v2/gh/[\w-]+/[\w-]+/main\?urlpath=([^)\s]+)", (ROOT / "README.md").read_text()
    )
    assert badge, "README.md has no Binder badge"
    page = urllib.parse.unquote(badge[1])
    assert page.startswith("lab/tree/") and (ROOT / page.removeprefix("lab/tree/")).is_file(), page
