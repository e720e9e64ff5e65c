"""Layers for images: first weights from the same seed, printing, state, outputs, graph and gradients like PyTorch's.

`tests/ops/cases_conv*.py` holds the functions themselves to PyTorch in all their uses.
"""

import copy
import warnings

import numpy as np
import pytest

import tensorbook
from tests import oracle

SIGNAL, IMAGE, VOLUME = (2, 4, 9), (2, 4, 6, 8), (2, 4, 4, 5, 4)
CONVOLUTIONS = {
    "Conv1d": (SIGNAL, lambda nn: nn.Conv1d(4, 6, 3)),
    "Conv1d whole": (SIGNAL, lambda nn: nn.Conv1d(4, 6, (3,), 2, 1, 1, 2, False)),
    "Conv2d": (IMAGE, lambda nn: nn.Conv2d(4, 6, 3)),
    "Conv2d tuples": (IMAGE, lambda nn: nn.Conv2d(4, 6, (3, 2), stride=(2, 1), padding=(1, 0), dilation=(1, 2))),
    "Conv2d groups": (IMAGE, lambda nn: nn.Conv2d(4, 8, 3, groups=2)),
    "Conv2d depthwise": (IMAGE, lambda nn: nn.Conv2d(4, 4, 3, padding=1, groups=4)),
    "Conv2d no bias": (IMAGE, lambda nn: nn.Conv2d(4, 6, 1, bias=False)),
    "Conv2d same": (IMAGE, lambda nn: nn.Conv2d(4, 2, (2, 3), padding="same")),
    "Conv2d valid": (IMAGE, lambda nn: nn.Conv2d(4, 2, 3, padding="valid")),
    "Conv3d": (VOLUME, lambda nn: nn.Conv3d(4, 3, (2, 3, 1), padding=(0, 1, 0))),
    "Conv2d double": (IMAGE, lambda nn: nn.Conv2d(4, 2, 3).float()),
    "Conv2d of one": (IMAGE[1:], lambda nn: nn.Conv2d(4, 2, 3)),
    "ConvTranspose1d": (SIGNAL, lambda nn: nn.ConvTranspose1d(4, 3, 3, 2)),
    "ConvTranspose2d": (IMAGE, lambda nn: nn.ConvTranspose2d(4, 3, 3)),
    "ConvTranspose2d whole": (IMAGE, lambda nn: nn.ConvTranspose2d(4, 6, 3, 2, 1, 1, 2, False, 1)),
    "ConvTranspose3d": (VOLUME, lambda nn: nn.ConvTranspose3d(4, 2, 2, stride=2, output_padding=1)),
    "in a row": (IMAGE, lambda nn: nn.Sequential(nn.Conv2d(4, 8, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
                                                 nn.Conv2d(8, 3, 3), nn.Flatten(), nn.Linear(6, 5))),
}  # fmt: skip
for mode in ("reflect", "replicate", "circular"):
    CONVOLUTIONS[f"Conv1d {mode}"] = SIGNAL, lambda nn, m=mode: nn.Conv1d(4, 2, 3, padding=2, padding_mode=m)
    CONVOLUTIONS[f"Conv2d {mode}"] = IMAGE, lambda nn, m=mode: nn.Conv2d(4, 2, 3, padding=(1, 2), padding_mode=m)
    CONVOLUTIONS[f"Conv2d {mode} same"] = (
        IMAGE, lambda nn, m=mode: nn.Conv2d(4, 2, (2, 3), padding="same", padding_mode=m))  # fmt: skip
    CONVOLUTIONS[f"Conv2d {mode} valid"] = (
        IMAGE, lambda nn, m=mode: nn.Conv2d(4, 2, 3, padding="valid", padding_mode=m))  # fmt: skip
    CONVOLUTIONS[f"Conv3d {mode}"] = VOLUME, lambda nn, m=mode: nn.Conv3d(4, 2, 3, padding=1, padding_mode=m)

OTHERS = {
    "MaxPool1d": (SIGNAL, lambda nn: nn.MaxPool1d(3, 2, 1)),
    "MaxPool2d": (IMAGE, lambda nn: nn.MaxPool2d(2)),
    "MaxPool2d whole": (IMAGE, lambda nn: nn.MaxPool2d((3, 2), stride=(2, 1), padding=1, dilation=1, ceil_mode=True)),
    "MaxPool3d": (VOLUME, lambda nn: nn.MaxPool3d(2, 1)),
    "AvgPool1d": (SIGNAL, lambda nn: nn.AvgPool1d(2)),
    "AvgPool1d whole": (SIGNAL, lambda nn: nn.AvgPool1d(3, 2, 1, True, False)),
    "AvgPool2d": (IMAGE, lambda nn: nn.AvgPool2d(2)),
    "AvgPool2d whole": (IMAGE, lambda nn: nn.AvgPool2d((3, 2), 2, 1, True, False, 5)),
    "AvgPool3d": (VOLUME, lambda nn: nn.AvgPool3d(2, padding=1)),
    "LPPool1d": (SIGNAL, lambda nn: nn.LPPool1d(2, 3)),
    "LPPool2d": (IMAGE, lambda nn: nn.LPPool2d(2, 3, stride=1, ceil_mode=True)),
    "LPPool3d": (VOLUME, lambda nn: nn.LPPool3d(4, 2)),
    "AdaptiveAvgPool1d": (SIGNAL, lambda nn: nn.AdaptiveAvgPool1d(4)),
    "AdaptiveAvgPool2d": (IMAGE, lambda nn: nn.AdaptiveAvgPool2d((3, None))),
    "AdaptiveAvgPool2d to 1": (IMAGE, lambda nn: nn.AdaptiveAvgPool2d(1)),
    "AdaptiveAvgPool3d": (VOLUME, lambda nn: nn.AdaptiveAvgPool3d(2)),
    "AdaptiveMaxPool1d": (SIGNAL, lambda nn: nn.AdaptiveMaxPool1d(4)),
    "AdaptiveMaxPool2d": (IMAGE, lambda nn: nn.AdaptiveMaxPool2d((3, 5))),
    "AdaptiveMaxPool3d": (VOLUME, lambda nn: nn.AdaptiveMaxPool3d((1, 2, 3))),
    "LocalResponseNorm": (IMAGE, lambda nn: nn.LocalResponseNorm(3, 0.5, 0.6, 2.0)),
    "Upsample": (IMAGE, lambda nn: nn.Upsample(scale_factor=2)),
    "Upsample to a size": (IMAGE, lambda nn: nn.Upsample((5, 3), mode="bilinear")),
    "Upsample by two factors": (IMAGE, lambda nn: nn.Upsample(scale_factor=(1.5, 2), mode="bicubic")),
    "Upsample aligned": (SIGNAL, lambda nn: nn.Upsample(20, mode="linear", align_corners=True)),
    "UpsamplingNearest2d": (IMAGE, lambda nn: nn.UpsamplingNearest2d(scale_factor=2)),
    "UpsamplingBilinear2d": (IMAGE, lambda nn: nn.UpsamplingBilinear2d(size=(9, 9))),
    "PixelShuffle": (IMAGE, lambda nn: nn.PixelShuffle(2)),
    "PixelUnshuffle": (IMAGE, lambda nn: nn.PixelUnshuffle(2)),
    "Unfold": (IMAGE, lambda nn: nn.Unfold((2, 3), padding=1)),
    "Fold": ((2, 8, 12), lambda nn: nn.Fold((4, 5), (2, 2))),
}
PADDING = {1: (SIGNAL, (1, 2)), 2: (IMAGE, (1, 0, 2, 1)), 3: (VOLUME, (1, 1, 0, 2, 1, 0))}
for dims, (shape, sides) in PADDING.items():
    for kind in ("ZeroPad", "ReflectionPad", "ReplicationPad", "CircularPad"):
        name = f"{kind}{dims}d"
        OTHERS[name] = shape, lambda nn, n=name: getattr(nn, n)(1)
        OTHERS[f"{name} sides"] = shape, lambda nn, n=name, s=sides: getattr(nn, n)(s)
    OTHERS[f"ConstantPad{dims}d"] = shape, lambda nn, n=f"ConstantPad{dims}d": getattr(nn, n)(1, 2.5)
DROPOUTS = {
    "Dropout1d": (SIGNAL, lambda nn: nn.Dropout1d(0.4)),
    "Dropout1d of one": (SIGNAL[1:], lambda nn: nn.Dropout1d()),
    "Dropout2d": (IMAGE, lambda nn: nn.Dropout2d()),
    "Dropout2d of three dims": (SIGNAL, lambda nn: nn.Dropout2d()),
    "Dropout2d of two dims": ((3, 4), lambda nn: nn.Dropout2d()),
    "Dropout2d in place": (IMAGE, lambda nn: nn.Dropout2d(0.3, True)),
    "Dropout3d": (VOLUME, lambda nn: nn.Dropout3d(0.3)),
    "Dropout3d of one": (VOLUME[1:], lambda nn: nn.Dropout3d(0.3)),
    "AlphaDropout": (IMAGE, lambda nn: nn.AlphaDropout(0.3)),
    "FeatureAlphaDropout": (IMAGE, lambda nn: nn.FeatureAlphaDropout(0.3)),
    "Dropout2d of all": (IMAGE, lambda nn: nn.Dropout2d(1.0)),
}
REFUSED = {
    "no groups": lambda nn: nn.Conv2d(4, 4, 3, groups=0),
    "groups beside inputs": lambda nn: nn.Conv2d(3, 4, 3, groups=2),
    "groups beside outputs": lambda nn: nn.Conv2d(4, 3, 3, groups=2),
    "another padding": lambda nn: nn.Conv2d(4, 4, 3, padding="wide"),
    "same and stride": lambda nn: nn.Conv2d(4, 4, 3, padding="same", stride=2),
    "another mode": lambda nn: nn.Conv2d(4, 4, 3, padding_mode="mirror"),
    "mode of a transpose": lambda nn: nn.ConvTranspose2d(4, 4, 3, padding_mode="reflect"),
    "dropout beyond 1": lambda nn: nn.Dropout2d(1.5),
}


def numbers(shape):
    """All different and away from 0, so that nothing stands where a slope jumps."""
    rng = np.random.default_rng(5)
    return ((rng.permutation(int(np.prod(shape))).reshape(shape) + 0.5) / np.prod(shape) * 4 - 2).astype("float32")


def seen(torch, make, shape, training=True):
    """A module's text and state, and what it makes of its input: values, graph and gradients under fixed cotangents."""
    torch.manual_seed(3)
    module = make(torch.nn).train(training)
    x = torch.tensor(numbers(shape), requires_grad=True)
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        output = module(x * 1)
    cotangent = torch.tensor(np.random.default_rng(1).normal(size=tuple(output.shape)).astype("float32"))
    (output * cotangent).sum().backward()
    state = {name: list(value.shape) for name, value in module.state_dict().items()}
    told = [(w.category, str(w.message)) for w in warned if "zero-padded copy" not in str(w.message)]
    shown = repr(module), repr(copy.deepcopy(module)), state, oracle.graph_of(output.grad_fn), told
    arrays = [*module.parameters(), output, x.grad, *(p.grad for p in module.parameters())]
    return shown, [a.detach().numpy() for a in arrays]


def hold(make, shape, training=True):
    torch = oracle.require_torch()
    (shown, ours), (want, theirs) = (seen(module, make, shape, training) for module in (tensorbook, torch))
    assert shown == want
    assert len(ours) == len(theirs)
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(a, b, rtol=2e-5, atol=2e-5)
    return ours, theirs


@pytest.mark.parametrize("name", CONVOLUTIONS)
def test_convolution_like_pytorchs(name):
    shape, make = CONVOLUTIONS[name]
    ours, _ = hold(make, shape)
    torch = oracle.torch
    torch.manual_seed(3)
    for a, b in zip(ours, make(torch.nn).parameters(), strict=False):
        np.testing.assert_array_equal(a, b.detach().numpy())  # first weights: to the last bit


@pytest.mark.parametrize("name", OTHERS)
def test_layer_like_pytorchs(name):
    shape, make = OTHERS[name]
    hold(make, shape)


@pytest.mark.parametrize("training", [True, False], ids=["training", "at work"])
@pytest.mark.parametrize("name", DROPOUTS)
def test_the_same_channels_are_dropped(name, training):
    shape, make = DROPOUTS[name]
    hold(make, shape, training)


@pytest.mark.parametrize("name", REFUSED)
def test_refused_as_pytorch_does(name):
    (_, got), (_, want) = oracle.under_both(lambda torch: REFUSED[name](torch.nn))
    oracle.same_error(got, want)


@pytest.mark.parametrize("size", [(11,), [12], (2, 3, 12)])
def test_transpose_to_a_size(size):
    def shape(torch):
        layer = torch.nn.ConvTranspose1d(4, 3, 3, stride=2)
        return tuple(layer(torch.ones(2, 4, 5), output_size=size).shape)

    ours, theirs = oracle.under_both(shape)
    assert ours == theirs


@pytest.mark.parametrize("size", [(99,), (2, 3)])
def test_transpose_to_a_size_that_is_none(size):
    (_, got), (_, want) = oracle.under_both(
        lambda torch: torch.nn.ConvTranspose1d(4, 3, 3, stride=2)(torch.ones(2, 4, 5), size)
    )
    oracle.same_error(got, want)


def test_unpooling_layers():
    def run(torch):
        x, found = torch.tensor(numbers(IMAGE)), []
        for dims, shape in ((1, SIGNAL[:2] + (8,)), (2, IMAGE), (3, (2, 4, 4, 4, 4))):
            x = torch.tensor(numbers(shape))
            pool = getattr(torch.nn, f"MaxPool{dims}d")(2, return_indices=True)
            back = getattr(torch.nn, f"MaxUnpool{dims}d")(2)
            found += [repr(back), back(*pool(x)).tolist()]
        return found

    ours, theirs = oracle.under_both(run)
    assert ours == theirs


def test_saved_values_of_a_convolution():
    def saved(torch):
        x, w = torch.ones(1, 2, 5, 5, requires_grad=True), torch.ones(3, 2, 3, 3, requires_grad=True)
        node = torch.nn.functional.conv2d(x, w, stride=2, padding=1).grad_fn
        return [node._saved_stride, node._saved_padding, node._saved_dilation, node._saved_groups,
                list(node._saved_input.shape), list(node._saved_weight.shape)]  # fmt: skip

    ours, theirs = oracle.under_both(saved)
    assert ours == theirs


def test_a_large_convolution_in_pieces(monkeypatch):
    from tensorbook.ops import convolution

    functions, rng = tensorbook.nn.functional, np.random.default_rng(0)

    def run():
        x, w = (tensorbook.tensor(a, requires_grad=True) for a in inputs)
        y = functions.conv2d(x, w, stride=2, padding=1)
        y.backward(tensorbook.tensor(np.cos(np.arange(y.numel())).reshape(y.shape)))
        z = functions.conv_transpose2d(y.detach(), w.detach(), stride=2, padding=1)
        return [t.detach().numpy() for t in (y, x.grad, w.grad, z)]

    inputs = rng.normal(size=(5, 2, 7, 7)), rng.normal(size=(3, 2, 3, 3))
    whole = run()
    monkeypatch.setattr(convolution, "AT_ONCE", 600)  # the columns of two images
    for a, b in zip(run(), whole, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-12)


def test_a_gradient_goes_to_the_first_of_equals():
    def slopes(torch):
        x = torch.ones(1, 1, 4, 4, requires_grad=True)
        torch.nn.functional.max_pool2d(x, 3, 1).sum().backward()
        return x.grad.tolist()

    ours, theirs = oracle.under_both(slopes)
    assert ours == theirs


def test_resizing_refuses_to_smooth():
    with pytest.raises(NotImplementedError, match="antialias"):
        tensorbook.nn.functional.interpolate(tensorbook.ones(1, 1, 4, 4), 2, mode="bilinear", antialias=True)


def test_a_small_network_learns_as_in_pytorch():
    def losses(torch):
        torch.manual_seed(1)
        nn = torch.nn
        model = nn.Sequential(nn.Conv2d(1, 4, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(64, 3))
        x = torch.tensor(numbers((6, 1, 8, 8)))
        y = torch.tensor([0, 1, 2, 0, 1, 2])
        found = []
        for _ in range(30):
            loss = nn.functional.cross_entropy(model(x), y)
            model.zero_grad()
            loss.backward()
            with torch.no_grad():
                for p in model.parameters():
                    p -= 0.1 * p.grad
            found.append(loss.item())
        return found

    ours, theirs = oracle.under_both(losses)
    np.testing.assert_allclose(ours, theirs, rtol=1e-4)
    assert ours[-1] < ours[0] / 2
