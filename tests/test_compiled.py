"""What is written for the operations is kept beside the .pyc files, and read back by the next import."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

COUNT = """
import tensorbook as torch, tensorbook.nn
from tensorbook.ops.compiled import kept
torch.sigmoid(torch.ones(2, requires_grad=True)).sum().backward()
print(kept.first, len(kept.known))
"""


@pytest.fixture
def run(tmp_path):
    """Runs a program whose .pyc files, and what is kept beside them, go to a folder of its own."""

    def once(**extra: str) -> str:
        environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
        environment |= {"PYTHONPYCACHEPREFIX": str(tmp_path / "kept"), **extra}
        done = subprocess.run([sys.executable, "-c", COUNT], env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout.split()

    once.files = lambda: sorted((tmp_path / "kept").rglob("*.written*"))
    return once


def test_the_second_import_reads_what_the_first_has_written(run):
    read, known = run()
    assert read == "0" and int(known) > 900
    assert len(run.files()) == 1
    assert run() == [known, known]


def test_what_cannot_be_read_is_written_anew(run):
    _, known = run()
    (path,) = run.files()
    whole = path.read_bytes()
    for spoilt in (b"", b"rubbish", whole[: len(whole) // 2]):
        path.write_bytes(spoilt)
        assert run() == ["0", known]
        assert Path(path).read_bytes() != spoilt


def test_nothing_is_kept_where_python_keeps_nothing(run):
    assert run(PYTHONDONTWRITEBYTECODE="1")[0] == "0"
    assert run.files() == []
