"""Whole training runs: PyTorch's losses step by step, and memory that stays flat."""

import gc
import importlib.util
import sys

import pytest

import tensorbook as torch
from tests import oracle

SCRIPT = oracle.GOLDEN.parents[1] / "docs" / "make_training.py"


def load_script():
    pytest.importorskip("sklearn")
    spec = importlib.util.spec_from_file_location("make_training", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", ["Convnet", "Transformer"])
def test_losses_on_digits_are_pytorchs(name):
    """The first steps of what docs/training.png shows whole, held closer than the script holds them."""
    oracle.require_torch()
    ours, _, worst = load_script().compare(name, steps=10)
    assert len(ours) == 10 and worst < 1e-5
    assert ours[-1] < ours[0]


def test_the_script_refuses_losses_that_part(monkeypatch):
    script = load_script()
    monkeypatch.setattr(script, "losses", lambda torch, name, steps: [1.0, 1.0 if torch.__name__ == "torch" else 1.002])
    oracle.require_torch()
    with pytest.raises(AssertionError, match=r"Convnet: at step 1 the losses are 2\.0e-03 apart"):
        script.compare("Convnet", steps=2)


def test_memory_stays_flat_over_ten_thousand_steps_without_a_collector():
    """Model, optimizer, scheduler, clipping and DataLoader: nothing that a step makes outlives it."""
    torch.manual_seed(0)
    nn = torch.nn
    model = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Dropout(0.1), nn.Linear(4, 2))
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 100)
    data = torch.utils.data.TensorDataset(torch.randn(20, 3), torch.randint(2, (20,)))
    loader = torch.utils.data.DataLoader(data, batch_size=1, shuffle=True)
    criterion = nn.CrossEntropyLoss()

    def epochs(count):
        for _ in range(count):
            for x, y in loader:
                optimizer.zero_grad()
                criterion(model(x), y).backward()
                nn.utils.clip_grad_norm_(model.parameters(), 1.0)
                optimizer.step()
            scheduler.step()

    gc.collect()
    gc.disable()
    try:
        epochs(120)  # a whole round of the schedule: what is kept for good is there then
        before = sys.getallocatedblocks()
        epochs(500)
        grown = sys.getallocatedblocks() - before
    finally:
        gc.enable()
    assert grown < 1000, f"{grown} blocks of memory more after 10,000 steps"
