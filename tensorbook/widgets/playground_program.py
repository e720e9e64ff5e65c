"""The program behind a `Playground`: the playground runs the very text that `Playground.code` gives.

So what is shown, and what the text computes, cannot differ. After the setup every act (so many epochs, another
learning rate, a weight written by hand) is one more line.
"""

from __future__ import annotations

import copy
import inspect
from typing import Any

from ..random import fork_rng
from . import playground_data
from .playground_settings import ACTIVATIONS, OPTIMIZERS, Settings

IMPORTS = {
    "tensorbook": "import math\n\nimport tensorbook as torch\nfrom tensorbook import nn\n",
    "torch": "import math\n\nimport torch\nfrom torch import nn\n",
}

SPLIT = """\
order = torch.randperm({size}, generator=generator)
test_rows, train_rows = order[:{held}], order[{held}:]
"""

FEATURES = """

def features(points):
    x1, x2 = points.unbind(1)
    return torch.stack([{features}], dim=1)


inputs = features(points)
"""

MODEL = """
torch.manual_seed({seed})  # the first weights
model = nn.Sequential(
{modules})
weights = [module.weight for module in model if isinstance(module, nn.Linear)]
optimizer = {optimizer}
criterion = {criterion}
"""

TRAIN = """

def train(epochs):
    for _ in range(epochs):
        order = train_rows[torch.randperm(len(train_rows), generator=generator)]
        for x, y in zip(inputs[order].split(batch_size), targets[order].split(batch_size)):
            optimizer.zero_grad()
            loss = criterion(model(x).squeeze(1), y)
            if l1 or l2:
                loss = loss + sum(l1 * w.abs().sum() + l2 / 2 * w.square().sum() for w in weights)
            loss.backward()
            optimizer.step()


def losses():
    with torch.no_grad():
        outputs = model(inputs).squeeze(1)
        return [criterion(outputs[rows], targets[rows]).item() for rows in (train_rows, test_rows)]


"""

PRINT = 'print("train {:.6f}, test {:.6f}".format(*losses()))\n'


def setup(settings: Settings, library: str = "tensorbook") -> str:
    """The text of the program up to the first epoch, for `library` "tensorbook" or "torch"."""
    if library not in IMPORTS:
        raise ValueError(f"library must be one of {', '.join(map(repr, IMPORTS))}, not {library!r}")
    head = (
        f"generator = torch.Generator().manual_seed({settings.seed})  # the data, the split, the order of the batches\n"
    )
    if settings.data == "own":
        rows = "".join(f"    [{x1}, {x2}, {label}],\n" for x1, x2, label in settings.drawn)
        table = f"drawn = torch.tensor([  # x1, x2, class\n{rows}]).reshape(-1, 3)\n"
        data = f"\n{head}{table}points, targets = drawn[:, :2], drawn[:, 2]\n"
    else:
        source = inspect.getsource(getattr(playground_data, settings.data))
        call = f"{settings.data}({settings.points}, {settings.noise!r}, generator)"
        data = f"\n\n{source}\n\n{head}points, targets = {call}\n"
    sizes = [len(settings.features), *settings.layers]
    modules = "".join(
        f"    nn.Linear({before}, {after}), {ACTIVATIONS[name]},\n"
        for before, after, name in zip(sizes, settings.layers, settings.activation, strict=False)
    )
    named = ", ".join(
        name.replace("sin", "torch.sin").replace("**", " ** ").replace("*x", " * x") for name in settings.features
    )
    parts = [
        IMPORTS[library], data, SPLIT.format(size=settings.size, held=settings.held), FEATURES.format(features=named),
        MODEL.format(
            seed=settings.seed, modules=f"{modules}    nn.Linear({sizes[-1]}, 1),\n",
            optimizer=OPTIMIZERS[settings.optimizer].format(lr=settings.lr),
            criterion="nn.BCEWithLogitsLoss()" if settings.classifies else "nn.MSELoss()",
        ),
        f"{batch_size(settings)}\n{penalty(settings)}\n", TRAIN,
    ]  # fmt: skip
    return "".join(parts)


def batch_size(settings: Settings) -> str:
    return f"batch_size = {settings.batch_size}"


def penalty(settings: Settings) -> str:
    rates = [settings.rate if settings.regularisation == kind else 0.0 for kind in ("L1", "L2")]
    return "l1, l2 = {!r}, {!r}".format(*rates)


class Program:
    """The program while it runs, and what has been done with it.

    >>> program = Program(Settings(points=20))
    >>> program.train()
    >>> program.do("batch_size = 5")
    >>> program.train(), program.train()
    (None, None)
    >>> program.acts
    ['train(1)', 'batch_size = 5', 'train(2)']
    """

    def __init__(self, settings: Settings):
        self.settings = settings
        self.acts: list[str] = []
        self.names: dict[str, Any] = {}
        with fork_rng():  # the random numbers of the notebook's other cells stay as they are
            exec(compile(setup(settings), "<playground>", "exec"), self.names)

    def do(self, line: str) -> None:
        """Run a line, and remember it; a setting that is set again without an epoch in between is set once."""
        exec(compile(line, "<playground>", "exec"), self.names)
        if self.acts and "=" in line and self.acts[-1].partition(" = ")[0] == line.partition(" = ")[0]:
            self.acts.pop()
        self.acts.append(line)

    def train(self) -> None:
        """One epoch; an interrupt in the middle of it leaves everything as it was before."""
        before = self._save()
        try:
            self.names["train"](1)
        except BaseException:
            self._load(before)
            raise
        done = int(self.acts.pop()[6:-1]) if self.acts and self.acts[-1].startswith("train(") else 0
        self.acts.append(f"train({done + 1})")

    def code(self, library: str = "tensorbook") -> str:
        """The whole text: run anew, it comes to the same state and prints its losses."""
        acts = "".join(f"{line}\n" for line in self.acts)
        return setup(self.settings, library) + acts + PRINT

    def _save(self) -> tuple[Any, ...]:
        values = [p.detach().clone() for p in self.names["model"].parameters()]
        return values, copy.deepcopy(self.names["optimizer"].state_dict()), self.names["generator"].get_state()

    def _load(self, saved: tuple[Any, ...]) -> None:
        values, optimizer, generator = saved
        for p, value in zip(self.names["model"].parameters(), values, strict=True):
            p.detach().copy_(value)
        self.names["optimizer"].load_state_dict(optimizer)
        self.names["generator"].set_state(generator)
