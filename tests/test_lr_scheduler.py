"""Schedulers set the rates that PyTorch's set, save the same, warn and refuse alike."""

import copy
import inspect
import warnings
import weakref

import pytest

import tensorbook
from tests import oracle

torch = oracle.require_torch()
pytestmark = pytest.mark.oracle
MODULES = (tensorbook, torch)


class Halving:
    """A function of the epoch that has something to save."""

    def __init__(self, start):
        self.start = start

    def __call__(self, epoch):
        return self.start * 0.5**epoch


SCHEDULERS = {
    "StepLR": lambda s, o, **k: s.StepLR(o, 3, **k),
    "StepLR fast": lambda s, o, **k: s.StepLR(o, step_size=1, gamma=0.7, **k),
    "MultiStepLR": lambda s, o, **k: s.MultiStepLR(o, [2, 5, 5, 9], **k),
    "MultiStepLR gamma": lambda s, o, **k: s.MultiStepLR(o, [9, 1], gamma=0.5, **k),
    "ConstantLR": lambda s, o, **k: s.ConstantLR(o, **k),
    "ConstantLR long": lambda s, o, **k: s.ConstantLR(o, factor=0.25, total_iters=9, **k),
    "LinearLR": lambda s, o, **k: s.LinearLR(o, **k),
    "LinearLR down": lambda s, o, **k: s.LinearLR(o, start_factor=1.0, end_factor=0.1, total_iters=8, **k),
    "ExponentialLR": lambda s, o, **k: s.ExponentialLR(o, 0.9, **k),
    "PolynomialLR": lambda s, o, **k: s.PolynomialLR(o, **k),
    "PolynomialLR square": lambda s, o, **k: s.PolynomialLR(o, total_iters=9, power=2.0, **k),
    "CosineAnnealingLR": lambda s, o, **k: s.CosineAnnealingLR(o, 10, **k),
    "CosineAnnealingLR short": lambda s, o, **k: s.CosineAnnealingLR(o, T_max=3, eta_min=0.01, **k),
    "CosineAnnealingWarmRestarts": lambda s, o, **k: s.CosineAnnealingWarmRestarts(o, 4, **k),
    "CosineAnnealingWarmRestarts longer": lambda s, o, **k: s.CosineAnnealingWarmRestarts(o, 2, 2, 0.01, **k),
    "LambdaLR": lambda s, o, **k: s.LambdaLR(o, lambda epoch: 1 / (1 + epoch), **k),
    "LambdaLR each": lambda s, o, **k: s.LambdaLR(o, [Halving(1.0), lambda epoch: 0.9**epoch], **k),
    "MultiplicativeLR": lambda s, o, **k: s.MultiplicativeLR(o, lambda epoch: 0.9, **k),
    "MultiplicativeLR each": lambda s, o, **k: s.MultiplicativeLR(o, (lambda e: 0.9, lambda e: e / 10), **k),
    "CyclicLR": lambda s, o, **k: s.CyclicLR(o, 0.1, 0.5, step_size_up=4, **k),
    "CyclicLR each": lambda s, o, **k: s.CyclicLR(o, [0.1, 0.2], [0.5, 0.3], 3, 6, "triangular2", **k),
    "CyclicLR falling": lambda s, o, **k: s.CyclicLR(o, 0.1, 0.5, 2, mode="exp_range", gamma=0.9, **k),
    "CyclicLR own": lambda s, o, **k: s.CyclicLR(
        o, 0.1, 0.5, 2, scale_fn=Halving(2.0), scale_mode="iterations", cycle_momentum=False, **k
    ),
    "CyclicLR momentum": lambda s, o, **k: s.CyclicLR(o, 0.1, 0.5, 2, base_momentum=[0.3, 0.4], max_momentum=0.7, **k),
    "OneCycleLR": lambda s, o, **k: s.OneCycleLR(o, 0.5, 20, **k),
    "OneCycleLR epochs": lambda s, o, **k: s.OneCycleLR(o, [0.5, 1.0], epochs=4, steps_per_epoch=6, pct_start=0.4, **k),
    "OneCycleLR linear": lambda s, o, **k: s.OneCycleLR(
        o, 0.5, 22, anneal_strategy="linear", div_factor=5, final_div_factor=50.0, base_momentum=0.5, **k
    ),
    "OneCycleLR three": lambda s, o, **k: s.OneCycleLR(o, 0.5, 24, three_phase=True, cycle_momentum=False, **k),
}  # fmt: skip
COMPOSED = {
    "SequentialLR": lambda s, o: s.SequentialLR(
        o, [s.ConstantLR(o, 0.5, 4), s.ExponentialLR(o, 0.9), s.CosineAnnealingLR(o, 5)], [3, 9]
    ),
    "SequentialLR at once": lambda s, o: s.SequentialLR(o, [s.LinearLR(o), s.StepLR(o, 2)], milestones=[1]),
    "ChainedScheduler": lambda s, o: s.ChainedScheduler([s.ConstantLR(o, 0.5, 4), s.ExponentialLR(o, 0.9)]),
    "ChainedScheduler named": lambda s, o: s.ChainedScheduler([s.LinearLR(o), s.StepLR(o, 3)], optimizer=o),
    "nested": lambda s, o: s.SequentialLR(
        o, [s.ChainedScheduler([s.LinearLR(o), s.StepLR(o, 2)]), s.PolynomialLR(o, 9)], [4]
    ),
}
ALL = {**SCHEDULERS, **COMPOSED}
OPTIMIZERS = {
    "SGD": lambda m, groups: m.optim.SGD(groups, lr=0.4, momentum=0.9),
    "Adam": lambda m, groups: m.optim.Adam(groups, lr=0.4),
    "tensor": lambda m, groups: m.optim.SGD(groups, lr=m.tensor(0.4), momentum=0.9),
}


def optimizer_of(module, kind="SGD"):
    a, b = module.ones(2, requires_grad=True), module.ones(1, requires_grad=True)
    return OPTIMIZERS[kind](
        module, [{"params": [a]}, {"params": [b], "lr": 0.8 if kind != "tensor" else module.tensor(0.8)}]
    )


def plain(value):
    """Numbers out of tensors, so that two libraries' states can be compared."""
    if isinstance(value, dict):
        return {key: plain(v) for key, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    return pytest.approx(float(value), rel=1e-6) if hasattr(value, "dtype") else value


def seen(optimizer, scheduler):
    """All that a step of a scheduler may have changed."""
    options = [
        {key: value for key, value in group.items() if key != "params"}
        for group in optimizer.state_dict()["param_groups"]
    ]
    return plain({"groups": options, "last": scheduler.get_last_lr(), "epoch": getattr(scheduler, "last_epoch", None)})


def run(module, name, kind, steps=20):
    optimizer = optimizer_of(module, kind)
    scheduler = ALL[name](module.optim.lr_scheduler, optimizer)
    history = [seen(optimizer, scheduler)]
    for _ in range(steps):
        optimizer.step()
        scheduler.step()
        history.append(seen(optimizer, scheduler))
    return history, optimizer, scheduler


nested_steps_come_early = pytest.mark.filterwarnings("ignore:Detected call")  # PyTorch says so of nested ones, too


@nested_steps_come_early
@pytest.mark.parametrize(
    ("name", "kind"),  # PyTorch's own OneCycleLR takes no tensor
    [(n, k) for n in ALL for k in OPTIMIZERS if not (n.startswith("OneCycle") and k == "tensor")],
)
def test_rates_over_20_steps(name, kind):
    (ours, _, mine), (theirs, _, their) = (run(m, name, kind) for m in MODULES)
    assert ours == theirs
    if kind != "tensor":
        state = {
            m: {k: v for k, v in s.state_dict().items() if k != "_scale_fn_ref"} for m, s in ((0, mine), (1, their))
        }
        assert set(state[0]) == set(state[1])
        assert plain(state[0]) == plain(state[1])


@nested_steps_come_early
@pytest.mark.parametrize("name", ALL)
def test_training_goes_on_from_a_saved_state(name):
    straight, _, _ = run(tensorbook, name, "SGD", 12)
    _, optimizer, scheduler = run(tensorbook, name, "SGD", 5)
    saved = copy.deepcopy((scheduler.state_dict(), optimizer.state_dict()))
    other = optimizer_of(tensorbook)
    resumed = ALL[name](tensorbook.optim.lr_scheduler, other)
    resumed.load_state_dict(saved[0])
    other.load_state_dict(saved[1])
    assert "_schedulers" not in saved[0] or saved[0]["_schedulers"]  # the state that was given is left as it was
    history = []
    for _ in range(7):
        other.step()
        resumed.step()
        history.append(seen(other, resumed))
    assert history == straight[6:]


@pytest.mark.parametrize("name", SCHEDULERS)
def test_resuming_by_last_epoch(name):
    found = []
    for module in MODULES:
        _, optimizer, _ = run(module, name, "SGD", 5)
        try:
            scheduler = SCHEDULERS[name](module.optim.lr_scheduler, optimizer, last_epoch=4)
        except Exception as error:  # where PyTorch fails, so shall we
            found.append(type(error))
            continue
        history = [seen(optimizer, scheduler)]
        for _ in range(4):
            optimizer.step()
            scheduler.step()
            history.append(seen(optimizer, scheduler))
        found.append(history)
    assert found[0] == found[1]


@pytest.mark.parametrize("name", SCHEDULERS)
def test_the_deprecated_epoch(name):
    found = []
    for module in MODULES:
        optimizer = optimizer_of(module)
        scheduler = SCHEDULERS[name](module.optim.lr_scheduler, optimizer)
        optimizer.step()
        history = []
        for epoch in (3, 1, 7, 8):
            with warnings.catch_warnings(record=True) as said:
                warnings.simplefilter("always")
                scheduler.step(epoch)
            history.append((seen(optimizer, scheduler), [str(w.message) for w in said]))
        found.append(history)
    assert found[0] == found[1]


def test_fractions_of_an_epoch():
    found = []
    for module in MODULES:
        optimizer = optimizer_of(module)
        scheduler = module.optim.lr_scheduler.CosineAnnealingWarmRestarts(optimizer, 2, 3, 0.01)
        optimizer.step()
        history = []
        for i in range(30):
            scheduler.step(i / 3)
            history.append((seen(optimizer, scheduler), scheduler.T_cur, scheduler.T_i))
        found.append(history)
    assert found[0] == found[1]


PLATEAUS = {
    "plain": {"patience": 1},
    "max": {"patience": 1, "mode": "max"},
    "absolute": {"patience": 0, "threshold_mode": "abs", "threshold": 0.3},
    "absolute max": {"patience": 0, "threshold_mode": "abs", "threshold": 0.3, "mode": "max"},
    "relative max": {"patience": 0, "threshold": 0.2, "mode": "max"},
    "cooldown": {"patience": 0, "cooldown": 2, "factor": 0.5},
    "least": {"patience": 0, "min_lr": 0.1},
    "least of each": {"patience": 0, "min_lr": [0.05, 0.3]},
    "eps": {"patience": 0, "eps": 0.2},
}
LOSSES = [3.0, 2.5, 2.6, 2.7, 2.4, 2.45, 2.5, 2.5, 2.5, 1.0, 1.1, 1.0, 1.0, float("nan"), 1.2, 1.3]


@pytest.mark.parametrize("kind", OPTIMIZERS)
@pytest.mark.parametrize("name", PLATEAUS)
def test_plateaus(name, kind):
    found = []
    for module in MODULES:
        optimizer = optimizer_of(module, kind)
        scheduler = module.optim.lr_scheduler.ReduceLROnPlateau(optimizer, **PLATEAUS[name])
        history = []
        for i, loss in enumerate(LOSSES):
            scheduler.step(module.tensor(loss) if i % 2 else loss)
            history.append((seen(optimizer, scheduler), scheduler.in_cooldown))
        twin = module.optim.lr_scheduler.ReduceLROnPlateau(optimizer_of(module, kind))
        twin.load_state_dict(scheduler.state_dict())
        assert plain(twin.state_dict()) == plain(scheduler.state_dict())
        found.append((history, plain(scheduler.state_dict())))
    assert found[0] == found[1]


def test_a_group_that_comes_later():
    for module in MODULES:
        optimizer = optimizer_of(module)
        scheduler = module.optim.lr_scheduler.ReduceLROnPlateau(optimizer, patience=0)
        optimizer.add_param_group({"params": [module.ones(1, requires_grad=True)]})
        scheduler.step(1.0)
        scheduler.step(1.0)
        assert [round(lr, 6) for lr in scheduler.get_last_lr()] == [0.04, 0.08, 0.04]


# ---- warnings and refusals

WRONG = {
    "order": lambda m, o: m.optim.lr_scheduler.StepLR(o, 2).step(),
    "get_lr": lambda m, o: m.optim.lr_scheduler.StepLR(o, 2).get_lr(),
    "plateau's epoch": lambda m, o: m.optim.lr_scheduler.ReduceLROnPlateau(o).step(1.0, 3),
}


@pytest.mark.parametrize("what", WRONG)
def test_warnings(what):
    said = []
    for module in MODULES:
        optimizer = optimizer_of(module)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            WRONG[what](module, optimizer)
        said.append([(str(w.message), w.category) for w in caught])
        assert module is torch or all(w.filename == __file__ for w in caught)
    assert said[0] == said[1] and said[0]


def test_a_step_that_was_overridden_is_warned_of():
    for module in MODULES:
        optimizer = optimizer_of(module)
        scheduler = module.optim.lr_scheduler.StepLR(optimizer, 2)
        optimizer.step = lambda: None
        optimizer.step()
        with pytest.warns(UserWarning, match="has been overridden after learning rate scheduler initialization"):
            scheduler.step()


def test_the_right_order_says_nothing():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for name in ALL.keys() - {"nested"}:
            run(tensorbook, name, "SGD", 3)


def test_the_optimizer_is_not_kept_alive_by_being_watched():
    optimizer = optimizer_of(tensorbook)
    scheduler = tensorbook.optim.lr_scheduler.StepLR(optimizer, 2)
    gone = weakref.ref(optimizer)
    del scheduler, optimizer
    assert gone() is None


def steps(count, optimizer, scheduler):
    for _ in range(count):
        optimizer.step()
        scheduler.step()


def on_adagrad(module):
    return module.optim.Adagrad([module.ones(1, requires_grad=True)])


BAD = {
    "no optimizer": lambda s, o, m: s.StepLR(3, 2),
    "plateau without optimizer": lambda s, o, m: s.ReduceLROnPlateau("SGD"),
    "cyclic without optimizer": lambda s, o, m: s.CyclicLR(None, 0.1, 0.2),
    "one cycle without optimizer": lambda s, o, m: s.OneCycleLR(None, 0.1, 3),
    "fresh last_epoch": lambda s, o, m: s.StepLR(o, 2, last_epoch=3),
    "base class": lambda s, o, m: s.LRScheduler(o),
    "constant": lambda s, o, m: s.ConstantLR(o, factor=1.5),
    "linear start": lambda s, o, m: s.LinearLR(o, start_factor=0),
    "linear end": lambda s, o, m: s.LinearLR(o, end_factor=1.5),
    "lambdas": lambda s, o, m: s.LambdaLR(o, [lambda e: 1]),
    "multiplicative lambdas": lambda s, o, m: s.MultiplicativeLR(o, [lambda e: 1]),
    "no function": lambda s, o, m: s.MultiplicativeLR(o, 0.5),
    "T_0": lambda s, o, m: s.CosineAnnealingWarmRestarts(o, 0),
    "T_0 float": lambda s, o, m: s.CosineAnnealingWarmRestarts(o, 2.5),
    "T_mult": lambda s, o, m: s.CosineAnnealingWarmRestarts(o, 2, 0),
    "eta_min": lambda s, o, m: s.CosineAnnealingWarmRestarts(o, 2, 2, "low"),
    "negative epoch": lambda s, o, m: s.CosineAnnealingWarmRestarts(o, 2).step(-1),
    "factor": lambda s, o, m: s.ReduceLROnPlateau(o, factor=1.0),
    "mode": lambda s, o, m: s.ReduceLROnPlateau(o, mode="middle"),
    "threshold mode": lambda s, o, m: s.ReduceLROnPlateau(o, threshold_mode="some"),
    "min_lrs": lambda s, o, m: s.ReduceLROnPlateau(o, min_lr=[0.1]),
    "cyclic mode": lambda s, o, m: s.CyclicLR(o, 0.1, 0.2, mode="round"),
    "cyclic rates": lambda s, o, m: s.CyclicLR(o, [0.1], 0.2),
    "cyclic highest": lambda s, o, m: s.CyclicLR(o, 0.1, [0.2, 0.3, 0.4]),
    "cyclic momentum": lambda s, o, m: s.CyclicLR(on_adagrad(m), 0.1, 0.2),
    "one cycle momentum": lambda s, o, m: s.OneCycleLR(on_adagrad(m), 0.1, 5),
    "one cycle momenta": lambda s, o, m: s.OneCycleLR(o, 0.1, 5, base_momentum=[0.1]),
    "one cycle length": lambda s, o, m: s.OneCycleLR(o, 0.1),
    "one cycle steps": lambda s, o, m: s.OneCycleLR(o, 0.1, 0),
    "one cycle epochs": lambda s, o, m: s.OneCycleLR(o, 0.1, epochs=-1, steps_per_epoch=3),
    "one cycle steps per epoch": lambda s, o, m: s.OneCycleLR(o, 0.1, epochs=2, steps_per_epoch=2.5),
    "one cycle start": lambda s, o, m: s.OneCycleLR(o, 0.1, 5, pct_start=1.5),
    "one cycle strategy": lambda s, o, m: s.OneCycleLR(o, 0.1, 5, anneal_strategy="steep"),
    "one cycle over": lambda s, o, m: steps(5, o, s.OneCycleLR(o, 0.1, 3)),
    "sequence of none": lambda s, o, m: s.SequentialLR(o, [], []),
    "sequence milestones": lambda s, o, m: s.SequentialLR(o, [s.StepLR(o, 2)], [3]),
    "sequence of plateaus": lambda s, o, m: s.SequentialLR(o, [s.ReduceLROnPlateau(o)], []),
    "sequence of numbers": lambda s, o, m: s.SequentialLR(o, [3], []),
    "sequence of strangers": lambda s, o, m: s.SequentialLR(o, [s.StepLR(on_adagrad(m), 2)], []),
    "chain of none": lambda s, o, m: s.ChainedScheduler([]),
    "chain of plateaus": lambda s, o, m: s.ChainedScheduler([s.ReduceLROnPlateau(o)]),
    "chain of strangers": lambda s, o, m: s.ChainedScheduler([s.StepLR(o, 2), s.StepLR(on_adagrad(m), 2)]),
}  # fmt: skip


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("what", BAD)
def test_refused_as_pytorch_refuses(what):
    def refusal(module):
        with pytest.raises(Exception) as caught:
            BAD[what](module.optim.lr_scheduler, optimizer_of(module), module)
        return type(caught.value), str(caught.value)

    assert refusal(tensorbook) == refusal(torch)


def test_signatures():
    for name in torch.optim.lr_scheduler.__all__:
        ours, theirs = (
            [
                (p.name, p.default)
                for p in inspect.signature(getattr(m.optim.lr_scheduler, name).__init__).parameters.values()
            ]
            for m in MODULES
        )
        assert ours == theirs, name


def test_an_older_scheduler_of_ones_own():
    """Derived from the old name, and with a closed form."""
    for module in MODULES:

        class Root(module.optim.lr_scheduler._LRScheduler):
            def get_lr(self):
                return [lr / (1 + self.last_epoch) ** 0.5 for lr in self.base_lrs]

        optimizer = optimizer_of(module)
        scheduler = Root(optimizer)
        for _ in range(3):
            optimizer.step()
            scheduler.step()
        assert scheduler.get_last_lr() == [0.2, 0.4]
