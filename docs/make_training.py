"""Make docs/training.png: a convnet and a small transformer learn to read digits, in tensorbook and in PyTorch.

    python docs/make_training.py

Both libraries run the same lines from the same seed: first weights, order of the batches and dropout are the same
numbers. The script stops where a loss of the first 50 steps differs by 1e-3 or more. It needs the extra `notebooks`
and `torch==2.13.0`.
"""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPOSITORY))

PICTURE = REPOSITORY / "docs" / "training.png"
SEED, STEPS, BATCH, CLOSE = 0, 50, 64, 1e-3


def convnet(torch: ModuleType) -> object:
    """Two convolutions, each halved by pooling, for images of (1, 8, 8)."""
    nn = torch.nn
    return nn.Sequential(
        nn.Unflatten(1, (1, 8)), nn.Conv2d(1, 16, 3, padding=1), nn.BatchNorm2d(16), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(128, 10),
    )  # fmt: skip


def transformer(torch: ModuleType) -> object:
    """The eight rows of an image as eight words of eight numbers."""
    nn = torch.nn

    class Reader(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.enter = nn.Linear(8, 32)
            self.places = nn.Parameter(torch.randn(8, 32) * 0.1)
            layer = nn.TransformerEncoderLayer(32, nhead=4, dim_feedforward=64, dropout=0.1, batch_first=True)
            self.encoder = nn.TransformerEncoder(layer, num_layers=2)
            self.leave = nn.Linear(32, 10)

        def forward(self, rows):
            return self.leave(self.encoder(self.enter(rows) + self.places).mean(1))

    return Reader()


MODELS = {"Convnet": (convnet, 3e-3), "Transformer": (transformer, 3e-3)}


def losses(torch: ModuleType, name: str, steps: int = STEPS) -> list[float]:
    """The loss before each step of Adam on scikit-learn's digits, under one of the two libraries."""
    from sklearn.datasets import load_digits

    images, labels = load_digits(return_X_y=True)
    torch.manual_seed(SEED)
    make, rate = MODELS[name]
    model = make(torch)
    data = torch.utils.data.TensorDataset(
        torch.tensor(images / 16, dtype=torch.float32).reshape(-1, 8, 8), torch.tensor(labels)
    )
    optimizer = torch.optim.Adam(model.parameters(), lr=rate)
    criterion = torch.nn.CrossEntropyLoss()
    found: list[float] = []
    while True:
        for x, y in torch.utils.data.DataLoader(data, batch_size=BATCH, shuffle=True):
            if len(found) == steps:
                return found
            loss = criterion(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            found.append(loss.item())


def compare(name: str, steps: int = STEPS) -> tuple[list[float], list[float], float]:
    """Both libraries' losses and the largest difference. Raises AssertionError where that is 1e-3 or more."""
    import torch

    import tensorbook

    ours, theirs = losses(tensorbook, name, steps), losses(torch, name, steps)
    apart = [abs(a - b) for a, b in zip(ours, theirs, strict=True)]
    worst = max(apart)
    assert worst < CLOSE, f"{name}: at step {apart.index(worst)} the losses are {worst:.1e} apart"
    return ours, theirs, worst


def main() -> None:
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    plt.rcParams.update({"font.size": 11, "axes.spines.top": False, "axes.spines.right": False})
    figure, panels = plt.subplots(1, 2, figsize=(9, 3.6), sharey=True, layout="constrained")
    figure.get_layout_engine().set(wspace=0.06)
    for panel, name in zip(panels, MODELS, strict=True):
        ours, theirs, worst = compare(name)
        panel.plot(theirs, color="0.75", linewidth=7, solid_capstyle="round", label="PyTorch")
        panel.plot(ours, color="0.1", linewidth=1.4, marker="o", markersize=3, markevery=5, label="tensorbook")
        panel.set_title(f"{name}: at most {worst:.0e} apart", loc="left", fontsize=12)
        panel.set_xlabel("step")
        panel.grid(axis="y", color="0.9")
        print(f"{name}: loss {ours[0]:.4f} to {ours[-1]:.4f} in {STEPS} steps, at most {worst:.1e} apart")
    panels[0].set(ylabel="cross-entropy loss", ylim=(0, None))  # shared by both
    panels[0].legend(frameon=False)
    draft = PICTURE.with_suffix(".draft.png")
    figure.savefig(draft, dpi=140)
    draft.replace(PICTURE)


if __name__ == "__main__":
    main()
