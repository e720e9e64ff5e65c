"""Modules print, keep their state and compute as PyTorch's; and what a function warns of."""

import copy
import math
import warnings

import numpy as np
import pytest

import tensorbook
from tests import oracle

SCORES = np.array([[0.5, -1.25, 2.0, 0.0], [-3.5, 0.75, 4.0, -0.5]], "float32")
CHANCES = np.array([[0.5, 0.25, 0.75, 0.1], [0.9, 0.2, 0.6, 0.4]], "float32")
CLASSES = np.array([2, 0])
WEIGHT = [1.0, 2.0, 0.5, 0.25]

ACTIVATIONS = {
    "ReLU": lambda nn: nn.ReLU(),
    "ReLU in place": lambda nn: nn.ReLU(inplace=True),
    "LeakyReLU": lambda nn: nn.LeakyReLU(),
    "LeakyReLU in place": lambda nn: nn.LeakyReLU(0.2, True),
    "PReLU": lambda nn: nn.PReLU(),
    "PReLU per channel": lambda nn: nn.PReLU(4, 0.5),
    "Threshold": lambda nn: nn.Threshold(0.1, 20),
    "Threshold in place": lambda nn: nn.Threshold(1, 2, True),
    "Hardtanh": lambda nn: nn.Hardtanh(),
    "Hardtanh in place": lambda nn: nn.Hardtanh(-2, 2.0, inplace=True),
    "Hardtanh exchanged": lambda nn: nn.Hardtanh(2, 1),
    "ReLU6": lambda nn: nn.ReLU6(),
    "ReLU6 in place": lambda nn: nn.ReLU6(True),
    "Softshrink": lambda nn: nn.Softshrink(0.3),
    "Hardshrink": lambda nn: nn.Hardshrink(),
    "ELU": lambda nn: nn.ELU(),
    "ELU in place": lambda nn: nn.ELU(0.5, True),
    "CELU": lambda nn: nn.CELU(2.0),
    "SELU": lambda nn: nn.SELU(),
    "SELU in place": lambda nn: nn.SELU(True),
    "SiLU": lambda nn: nn.SiLU(),
    "SiLU in place": lambda nn: nn.SiLU(True),
    "Mish": lambda nn: nn.Mish(),
    "Hardsigmoid": lambda nn: nn.Hardsigmoid(True),
    "Hardswish": lambda nn: nn.Hardswish(),
    "GELU": lambda nn: nn.GELU(),
    "GELU by tanh": lambda nn: nn.GELU("tanh"),
    "GLU": lambda nn: nn.GLU(),
    "Softplus": lambda nn: nn.Softplus(),
    "Softplus steep": lambda nn: nn.Softplus(2, 10),
    "Sigmoid": lambda nn: nn.Sigmoid(),
    "LogSigmoid": lambda nn: nn.LogSigmoid(),
    "Tanh": lambda nn: nn.Tanh(),
    "Tanhshrink": lambda nn: nn.Tanhshrink(),
    "Softsign": lambda nn: nn.Softsign(),
    "Softmax": lambda nn: nn.Softmax(dim=1),
    "LogSoftmax": lambda nn: nn.LogSoftmax(dim=1),
    "Softmin": lambda nn: nn.Softmin(dim=0),
    "Dropout": lambda nn: nn.Dropout(),
    "Dropout in place": lambda nn: nn.Dropout(0.2, True),
    "Dropout at work": lambda nn: nn.Dropout(0.2).eval(),
    "Dropout beyond 1": lambda nn: nn.Dropout(1.5),
}
LOSSES = {
    "MSELoss": (lambda nn, w: nn.MSELoss(reduction="sum"), SCORES, CHANCES),
    "L1Loss": (lambda nn, w: nn.L1Loss(), SCORES, CHANCES),
    "SmoothL1Loss": (lambda nn, w: nn.SmoothL1Loss(beta=0.5), SCORES, CHANCES),
    "HuberLoss": (lambda nn, w: nn.HuberLoss("none", 0.5), SCORES, CHANCES),
    "NLLLoss": (lambda nn, w: nn.NLLLoss(), SCORES, CLASSES),
    "NLLLoss weighted": (lambda nn, w: nn.NLLLoss(w, ignore_index=0, reduction="none"), SCORES, CLASSES),
    "CrossEntropyLoss": (lambda nn, w: nn.CrossEntropyLoss(), SCORES, CLASSES),
    "CrossEntropyLoss weighted": (
        lambda nn, w: nn.CrossEntropyLoss(w, ignore_index=0, reduction="sum", label_smoothing=0.1), SCORES, CLASSES),
    "CrossEntropyLoss of probabilities": (lambda nn, w: nn.CrossEntropyLoss(), SCORES, CHANCES),
    "BCELoss": (lambda nn, w: nn.BCELoss(), CHANCES, CHANCES),
    "BCELoss weighted": (lambda nn, w: nn.BCELoss(w, reduction="none"), CHANCES, CHANCES),
    "BCEWithLogitsLoss": (lambda nn, w: nn.BCEWithLogitsLoss(), SCORES, CHANCES),
    "BCEWithLogitsLoss weighted": (
        lambda nn, w: nn.BCEWithLogitsLoss(w, reduction="sum", pos_weight=w + 1), SCORES, CHANCES),
    "KLDivLoss": (lambda nn, w: nn.KLDivLoss(reduction="batchmean"), SCORES, CHANCES),
    "KLDivLoss of logarithms": (lambda nn, w: nn.KLDivLoss(reduction="sum", log_target=True), SCORES, SCORES),
    "CosineSimilarity": (lambda nn, w: nn.CosineSimilarity(dim=0), SCORES, CHANCES),
}  # fmt: skip


def seen(torch, make, *arrays):
    """A module's text and state, and what it makes of its input: values, graph and the gradients of its parameters."""
    torch.manual_seed(3)
    try:
        module = make(torch.nn)
    except Exception as error:
        return type(error).__name__, str(error)
    scores, *target = map(torch.tensor, arrays)
    scores.requires_grad_()
    output = module(scores * 1, *target)
    output.sum().backward()
    state = {name: value.tolist() for name, value in module.state_dict().items()}
    shown = repr(module), repr(copy.deepcopy(module)), state, oracle.graph_of(output.grad_fn)
    slopes = [scores.grad, *(p.grad for p in module.parameters())]
    return shown, [a.detach().numpy() for a in (output, *slopes)]


def hold(make, *arrays):
    torch = oracle.require_torch()
    got, want = seen(tensorbook, make, *arrays), seen(torch, make, *arrays)
    assert got[0] == want[0]
    assert len(got[1]) == len(want[1])
    for ours, theirs in zip(got[1], want[1], strict=True):
        if isinstance(theirs, str):
            assert ours == theirs
        else:
            np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activation_like_pytorchs(name):
    hold(ACTIVATIONS[name], SCORES)


@pytest.mark.parametrize("name", LOSSES)
def test_loss_like_pytorchs(name):
    make, *arrays = LOSSES[name]

    def with_weight(nn):
        torch = tensorbook if nn is tensorbook.nn else oracle.torch
        return make(nn, torch.tensor(WEIGHT))

    hold(with_weight, *arrays)


WARNINGS = {
    "softmax without dim": lambda torch, x: torch.nn.functional.softmax(x),
    "log_softmax without dim": lambda torch, x: torch.nn.LogSoftmax()(x),
    "softmin without dim": lambda torch, x: torch.nn.functional.softmin(x),
    "mse_loss of two sizes": lambda torch, x: torch.nn.functional.mse_loss(x, x[0]),
    "l1_loss of two sizes": lambda torch, x: torch.nn.functional.l1_loss(x, x[0]),
    "huber_loss of two sizes": lambda torch, x: torch.nn.functional.huber_loss(x, x[0]),
    "kl_div by mean": lambda torch, x: torch.nn.functional.kl_div(x, x.exp()),
}


@pytest.mark.parametrize("name", WARNINGS)
def test_warns_as_pytorch_does(name):
    def warned(torch):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            WARNINGS[name](torch, torch.tensor(SCORES))
        return [(w.category, str(w.message)) for w in caught]

    assert warned(tensorbook) == warned(oracle.require_torch())


def test_the_same_numbers_are_dropped():
    torch = oracle.require_torch()
    drawn = []
    for module in (tensorbook, torch):
        module.manual_seed(11)
        x = module.ones(50, 21).t()
        drawn.append([module.nn.functional.dropout(x, p).numpy() for p in (0.1, 0.5, 0.9)])
    for ours, theirs in zip(*drawn, strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_erf_is_right_to_the_last_digits():
    x = np.concatenate([np.linspace(-7, 7, 20001), 10.0 ** np.linspace(-300, 0, 100)])
    exact = np.array([math.erf(value) for value in x])
    np.testing.assert_allclose(tensorbook.tensor(x).erf().numpy(), exact, rtol=1e-15, atol=0)
