"""Averaged weights, their batch normalisation and their learning rate: PyTorch's numbers."""

import pytest

from tests import oracle
from tests.agreement import agree

oracle.require_torch()

AVERAGES = {
    "plain": lambda s: {},
    "moving": lambda s: {"avg_fn": s.get_ema_avg_fn(0.9)},
    "moving, many": lambda s: {"multi_avg_fn": s.get_ema_multi_avg_fn(0.9)},
    "plain, many": lambda s: {"multi_avg_fn": s.get_swa_multi_avg_fn()},
    "plain, one": lambda s: {"avg_fn": s.get_swa_avg_fn()},
    "moving by default": lambda s: {"multi_avg_fn": s.get_ema_multi_avg_fn()},
    "own": lambda s: {"avg_fn": lambda average, now, count: average * count + now},
    "two": lambda s: {"avg_fn": s.get_swa_avg_fn(), "multi_avg_fn": s.get_swa_multi_avg_fn()},
}


# With PyTorch the plain average of lists cannot take in the integer among the buffers.
SETTINGS = [
    (name, buffers) for name in AVERAGES for buffers in (False, True) if (name, buffers) != ("plain, many", True)
]


@pytest.mark.parametrize(("name", "use_buffers"), SETTINGS)
def test_averages_while_training(name, use_buffers):
    def run(torch):
        torch.manual_seed(0)
        nn, swa = torch.nn, torch.optim.swa_utils
        model = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Linear(4, 1))
        averaged = swa.AveragedModel(model, use_buffers=use_buffers, **AVERAGES[name](swa))
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        scheduler = swa.SWALR(optimizer, 0.05, 3)
        batches = [(torch.randn(8, 3), 0) for _ in range(5)]
        for x, _ in batches:
            optimizer.zero_grad()
            model(x).square().mean().backward()
            optimizer.step()
            scheduler.step()
            averaged.update_parameters(model)
        state = {k: v.clone() for k, v in averaged.state_dict().items()}
        averaged.eval()
        swa.update_bn(batches, averaged)
        return state, dict(averaged.state_dict()), averaged.training, averaged(batches[0][0]), repr(averaged)

    agree(run)


SCHEDULES = {
    "cos": lambda s, o: s.SWALR(o, 0.1, 4),
    "linear": lambda s, o: s.SWALR(o, 0.1, anneal_epochs=4, anneal_strategy="linear"),
    "at once": lambda s, o: s.SWALR(o, 0.1, 0),
    "ten": lambda s, o: s.SWALR(o, 0.1),
    "two rates": lambda s, o: s.SWALR(o, [0.1, 0.2], 3),
    "three rates": lambda s, o: s.SWALR(o, [0.1, 0.2, 0.3]),
    "no such strategy": lambda s, o: s.SWALR(o, 0.1, anneal_strategy="exp"),
    "negative": lambda s, o: s.SWALR(o, 0.1, -1),
    "no such decay": lambda s, o: s.get_ema_multi_avg_fn(1.1),
    "no such decay of one": lambda s, o: s.get_ema_avg_fn(-0.1),
}


@pytest.mark.parametrize("name", SCHEDULES)
def test_learning_rates(name):
    def run(torch):
        x = torch.zeros(1, requires_grad=True)
        optimizer = torch.optim.SGD([{"params": [x]}, {"params": [x.detach().clone()], "lr": 0.5}], lr=1.0)
        scheduler = SCHEDULES[name](torch.optim.swa_utils, optimizer)
        rates = []
        for _ in range(6):
            rates.append(scheduler.get_last_lr())
            optimizer.step()
            scheduler.step()
        return rates, scheduler.state_dict()

    agree(run)


def test_a_model_without_batch_norm_is_left_alone():
    def run(torch):
        model = torch.nn.Linear(2, 1)
        torch.optim.swa_utils.update_bn(iter(lambda: 1 / 0, None), model)
        return model.training

    agree(run)
