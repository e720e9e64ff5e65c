"""The warnings that PyTorch gives: the same category and words, as often, and at the caller's own line."""

import json
import subprocess
import sys

import pytest

from tests.oracle import require_torch

require_torch()
pytestmark = pytest.mark.oracle

# Each line runs twice: some warnings are given once in a program, others each time.
LINES = """
torch.tensor(x)
x.new_tensor(x)
torch.asarray(x, copy=True)
torch.tensor([x[0], x[1]])
torch.tensor([np.ones(2), np.ones(2)])
torch.meshgrid(x, x)
torch.meshgrid(x, x, indexing="xy")
torch.cartesian_prod(x, x)
torch.ones(1).std()
torch.ones(1).var()
torch.ones(1, 3).std(0)
torch.ones(1, 3).std(0, correction=0)
torch.ones(3, 0).var(0)
x.var(correction=5)
torch.std_mean(torch.ones(1))
torch.var_mean(torch.ones(1))
torch.cov(torch.ones(1))
torch.corrcoef(torch.ones(1))
torch.from_numpy(frozen)
torch.as_tensor(frozen)
torch.tensor(frozen)
torch.frombuffer(b"12345678", dtype=torch.uint8)
torch.ones(2, 3, 4).T
torch.tensor(1.0).T
torch.tensor(1.0).mT
torch.tensor(1.0).H
torch.tensor(1.0).mH
torch.tensor(1.0).adjoint()
torch.ones(2, 2).T
(leaf * 2).grad
x[torch.tensor([1, 0], dtype=torch.uint8)]
torch.where(torch.tensor([1, 0], dtype=torch.uint8), x, x)
torch.range(0, 3)
torch.qr(torch.eye(2))
torch.chain_matmul(torch.eye(2), torch.eye(2))
torch.cross(torch.ones(3), torch.ones(3))
torch.add(x, x, out=torch.ones(5))
torch.no_grad()(lambda: float(leaf[0]))()
float(leaf[0])
int(leaf[0])
torch.searchsorted(torch.arange(6.0)[::2], x)
torch.bucketize(torch.ones(4, 4).t(), x)
torch.nn.functional.conv1d(torch.ones(1, 1, 5), torch.ones(1, 1, 2), padding="same")
torch.set_default_tensor_type(torch.FloatTensor)
"""

PROGRAM = """
import json, sys, warnings
import numpy as np
import {module} as torch

x, leaf, frozen = torch.tensor([1.0, 2.0]), torch.ones(2, requires_grad=True), np.arange(3.0)
frozen.flags.writeable = False
found = []
for line in json.loads(sys.argv[1]) * 2:
    with warnings.catch_warnings(record=True) as given:
        warnings.simplefilter("always")
        warnings.simplefilter("ignore", RuntimeWarning)  # NumPy's, of 0 / 0
        exec(compile(line, "<line>", "exec"))
    found.append([line, *[[w.category.__name__, str(w.message).split(" (Trigg")[0].split(" See ")[0]] for w in given]])
    if {module!r} == "tensorbook":
        assert all(w.filename == "<line>" for w in given), (line, [w.filename for w in given])
print(json.dumps(found))
"""


def _warnings(module):
    lines = json.dumps(LINES.strip().splitlines())
    command = [sys.executable, "-c", PROGRAM.format(module=module), lines]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


def test_warnings():
    ours, theirs = _warnings("tensorbook"), _warnings("torch")
    for our, their in zip(ours, theirs, strict=True):
        assert [w[0] for w in our[1:]] == [w[0] for w in their[1:]], (our, their)
        for (_, words), (_, wanted) in zip(our[1:], their[1:], strict=True):
            assert words[:60] == wanted[:60], our[0]
    assert sum(len(line) > 1 for line in theirs) > 40
