"""What stands around the layers: sequences, masks, clipping, vectors of parameters, parametrizations, first values.

Every scenario runs under both libraries from the same seed and tells the same.
"""

import copy
import warnings

import numpy as np
import pytest

from tests import oracle
from tests.test_nn_module import error_of, plain

SCENARIOS = {}


def scenario(run):
    """Register a function of the library that gives plain Python values."""
    SCENARIOS[run.__name__] = run
    return run


def sequences(torch):
    torch.manual_seed(2)
    return [torch.randn(n, 3, requires_grad=True) for n in (4, 2, 5, 1)]


@scenario
def packing(torch):
    rnn, parts = torch.nn.utils.rnn, sequences(torch)
    log = []
    padded = rnn.pad_sequence(parts)
    for options in ({}, {"batch_first": True}, {"padding_value": 7.0}, {"padding_side": "left"}):
        log.append(rnn.pad_sequence(parts, **options))
    packed = rnn.pack_sequence(parts, enforce_sorted=False)
    log += [
        repr(packed),
        packed.data.grad_fn.name(),
        packed.batch_sizes,
        packed.sorted_indices,
        packed.unsorted_indices,
    ]
    for options in ({}, {"batch_first": True, "padding_value": -1.0}, {"total_length": 7}):
        log += list(rnn.pad_packed_sequence(packed, **options))
    log += rnn.unpack_sequence(packed)
    log += rnn.unpad_sequence(padded.clone(), torch.tensor([4, 2, 5, 1]))  # PyTorch transposes what it is given
    (rnn.pad_packed_sequence(packed)[0] ** 2).sum().backward()
    log += [p.grad for p in parts]
    again = rnn.pack_padded_sequence(padded.transpose(0, 1), torch.tensor([4, 2, 5, 1]), True, False)
    log += [again.data, packed.double().data.dtype == torch.float64, packed.to(torch.float32) is packed, packed.is_cuda]
    one = torch.ones(3, 2)
    return plain(log), [error_of(c) for c in (
        lambda: rnn.pack_padded_sequence(one, [1, 2]), lambda: rnn.pack_padded_sequence(one, [2, 0]),
        lambda: rnn.pack_padded_sequence(one, [2]), lambda: rnn.pad_packed_sequence(packed, total_length=2),
        lambda: rnn.pad_sequence(parts, padding_side="up"), lambda: rnn.pad_sequence([]),
    )]  # fmt: skip


@scenario
def packed_through_layers(torch):
    log = []
    for kind in ("RNN", "LSTM", "GRU"):
        for options in ({}, {"bidirectional": True, "num_layers": 2, "dropout": 0.4}):
            torch.manual_seed(4)
            module, parts = getattr(torch.nn, kind)(3, 4, **options), sequences(torch)
            for first in (False, True):
                packed = torch.nn.utils.rnn.pack_sequence(parts, enforce_sorted=False)
                layers = 4 if options else 1
                hx = torch.randn(layers, 4, 4) if first else None
                output, state = module(packed, (hx, hx) if first and kind == "LSTM" else hx)
                state = state if kind == "LSTM" else (state,)
                (output.data**2).sum().backward()
                log += [output.data, output.batch_sizes, *state, *(p.grad for p in (*parts, *module.parameters()))]
    return plain(log)


@scenario
def recurrent_refusals(torch):
    nn, x = torch.nn, torch.zeros(3, 2, 2)
    calls = (
        lambda: nn.RNN(2, 3, nonlinearity="x"), lambda: nn.RNN(2, 3, dropout=2), lambda: nn.RNN(2, 3, num_layers=0),
        lambda: nn.GRU(2, 0), lambda: nn.RNN(2, 3, proj_size=1), lambda: nn.LSTM(2, 3, proj_size=3),
        lambda: nn.LSTM(2, "a"), lambda: nn.LSTM(2, 3)(torch.zeros(3, 2, 5)), lambda: nn.GRU(2, 3, bias=1),
        lambda: nn.LSTM(2, 3)(x, (torch.zeros(1, 1, 3), torch.zeros(1, 2, 3))), lambda: nn.RNN(2, 3)(x[0, 0]),
        lambda: nn.RNN(2, 3)(x, torch.zeros(1, 2, 2)), lambda: nn.RNN(2, 3)(x[:, 0], torch.zeros(1, 1, 3)),
        lambda: nn.RNN(2, 3)(x, torch.zeros(1, 3)), lambda: nn.RNNCell(2, 3)(x), lambda: nn.LSTMCell(2, 3)(x),
        lambda: nn.RNNCell(2, 3)(x[0], torch.zeros(1, 3)), lambda: nn.GRUCell(2, 3)(torch.zeros(2, 5)),
        lambda: nn.RNN(2, 3)(x.double()), lambda: nn.RNNCell(2, 3, nonlinearity="q")(x[0]),
        lambda: nn.LSTM(2, 3, proj_size=-1),
    )  # fmt: skip
    return [error_of(call) for call in calls]


@scenario
def recurrent_graphs(torch):
    x, log = torch.zeros(2, 1, 2, dtype=torch.float64), []
    for module in (
        torch.nn.RNN(2, 3),
        torch.nn.GRU(2, 3),
        torch.nn.LSTM(2, 3),
        torch.nn.RNN(2, 3, 2, bidirectional=True),
    ):
        output, state = module.double()(x)
        log.append(oracle.graph_of(output.grad_fn))
        log += [oracle.graph_of(s.grad_fn) for s in (state if isinstance(state, tuple) else (state,))]
    cells = torch.nn.RNNCell(2, 3), torch.nn.GRUCell(2, 3)
    return [*log, *(oracle.graph_of(cell(x[0].float()).grad_fn) for cell in cells)]


def attended(torch, module, masks, **options):
    torch.manual_seed(9)
    q, k = torch.randn(4, 2, 6, requires_grad=True), torch.randn(4, 2, 6, requires_grad=True)
    output, weights = module(q, k, k, **masks(torch), **options)
    (output**2).sum().backward()
    return plain([output, weights, q.grad, k.grad, *(p.grad for p in module.parameters())])


MASKS = {
    "nothing": lambda torch: {},
    "padding": lambda torch: {"key_padding_mask": torch.tensor([[False, False, True, True], [False] * 4])},
    "numbers for padding": lambda torch: {"key_padding_mask": torch.tensor([[0.0, 1, -1, -np.inf], [0.0] * 4])},
    "causal": lambda torch: {"attn_mask": torch.nn.Transformer.generate_square_subsequent_mask(4)},
    "causal and said so": lambda torch: {
        "attn_mask": torch.nn.Transformer.generate_square_subsequent_mask(4), "is_causal": True},
    "true or false": lambda torch: {"attn_mask": torch.eye(4) > 0},
    "by head": lambda torch: {"attn_mask": torch.arange(64.0).reshape(4, 4, 4) / 10},
    "both": lambda torch: {
        "attn_mask": torch.eye(4) > 0, "key_padding_mask": torch.tensor([[False, False, True, False], [False] * 4])},
    "two kinds": lambda torch: {
        "attn_mask": torch.eye(4), "key_padding_mask": torch.tensor([[False, False, True, False], [False] * 4])},
}  # fmt: skip


@scenario
def attention_masks(torch):
    log = {}
    for name, masks in MASKS.items():
        for weights in (True, False):
            for extra in ({}, {"add_bias_kv": True}, {"dropout": 0.3, "add_zero_attn": True}):
                torch.manual_seed(6)
                module = torch.nn.MultiheadAttention(6, 2, **extra)
                if "said" in name and extra:
                    continue
                log[f"{name} {weights} {extra}"] = attended(torch, module, masks, need_weights=weights)
    module = torch.nn.MultiheadAttention(6, 2)
    log["each head"] = attended(torch, module, MASKS["causal"], average_attn_weights=False)
    return log


@scenario
def attention_refusals(torch):
    nn, x, alone = torch.nn, torch.zeros(3, 2, 4), torch.zeros(3, 4)
    module = nn.MultiheadAttention(4, 2)
    calls = (
        lambda: nn.MultiheadAttention(4, 3), lambda: nn.MultiheadAttention(0, 1), lambda: module(x, x, alone),
        lambda: module(x[None], x, x), lambda: module(alone, x, x), lambda: module(x, x, x[:2]),
        lambda: module(x, x, x, attn_mask=torch.zeros(2, 2)), lambda: module(x, x, x, attn_mask=torch.zeros(3)),
        lambda: module(x, x, x, key_padding_mask=torch.zeros(3)), lambda: module(x, x, x, is_causal=True),
        lambda: module(alone, alone, alone, attn_mask=torch.zeros(1, 3, 3)),
        lambda: module(x, x, x, attn_mask=torch.zeros(3, 3).long()),
        lambda: module(torch.zeros(3, 2, 6), x, x), lambda: nn.TransformerEncoderLayer(4, 2, activation="x"),
        lambda: nn.Transformer(4, 2, 1, 1, 6)(x, x[:, :1]), lambda: nn.Transformer(4, 2, 1, 1, 6)(x, x[..., :2]),
    )  # fmt: skip
    return [error_of(call) for call in calls]


@scenario
def transformer_masks(torch):
    torch.manual_seed(1)
    module = torch.nn.Transformer(4, 2, 2, 2, 6, dropout=0.2)
    src, tgt = torch.randn(5, 2, 4, requires_grad=True), torch.randn(3, 2, 4, requires_grad=True)
    causal = module.generate_square_subsequent_mask(3)
    padding = torch.tensor([[False] * 5, [False, False, False, True, True]])
    log = []
    for options in ({}, {"tgt_mask": causal}, {"tgt_mask": causal, "tgt_is_causal": True},
                    {"src_key_padding_mask": padding, "memory_key_padding_mask": padding},
                    {"src_mask": module.generate_square_subsequent_mask(5), "tgt_mask": causal > -1}):  # fmt: skip
        src.grad = tgt.grad = None
        output = module(src, tgt, **options)
        (output**3).sum().backward()
        log += [output, src.grad, tgt.grad]
    encoder = torch.nn.TransformerEncoder(torch.nn.TransformerEncoderLayer(4, 2, 6, batch_first=True), 2)
    x = src.detach().transpose(0, 1)
    for mode in (True, False):
        encoder.train(mode)
        log.append(encoder(x, src_key_padding_mask=padding))
        with torch.no_grad():
            log.append(encoder(x, src_key_padding_mask=padding))
            log.append(encoder(x, mask=module.generate_square_subsequent_mask(5)))
    return plain(log), repr(module), [n for n, _ in module.named_parameters()]


def with_gradients(torch):
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Tanh(), torch.nn.Linear(4, 2))
    model(torch.randn(5, 3)).pow(2).sum().backward()
    model[2].bias.grad = None
    return model


@scenario
def clipping(torch):
    utils, log = torch.nn.utils, []
    for norm in (2.0, 1, 3.0, float("inf"), "inf"):
        for limit in (0.5, 100.0):
            model = with_gradients(torch)
            log.append(utils.clip_grad_norm_(model.parameters(), limit, norm))
            log += [p.grad for p in model.parameters()]
    model = with_gradients(torch)
    utils.clip_grad_value_(model.parameters(), 0.1, foreach=False)
    log += [p.grad for p in model.parameters()]
    log += [utils.clip_grad_norm_(model[0].weight, 0.01), model[0].weight.grad, utils.clip_grad_norm_([], 1.0)]
    log.append(utils.clip_grad_norm_((p for p in ()), 1.0))
    log += [utils.get_total_norm([torch.ones(2), torch.ones(3)], 1), utils.get_total_norm([])]
    model[0].weight.grad.fill_(float("nan"))
    return plain(log), error_of(lambda: utils.clip_grad_norm_(model.parameters(), 1.0, error_if_nonfinite=True))


@scenario
def vectors(torch):
    model, utils = with_gradients(torch), torch.nn.utils
    vector = utils.parameters_to_vector(model.parameters())
    name = vector.grad_fn.name()
    utils.vector_to_parameters(vector.detach() * 2, model.parameters())
    return plain([vector, dict(model.named_parameters())]), name, error_of(lambda: utils.vector_to_parameters(3, []))


@scenario
def parametrized(torch):
    parametrize, log = torch.nn.utils.parametrize, []

    class Symmetric(torch.nn.Module):
        def forward(self, x):
            return x.triu() + x.triu(1).mT

        def right_inverse(self, x):
            return x.triu()

    class Double(torch.nn.Module):
        def forward(self, x):
            return x * 2

    torch.manual_seed(0)
    layer = torch.nn.Linear(3, 3)
    parametrize.register_parametrization(layer, "weight", Symmetric())
    log += [repr(layer), type(layer).__name__, plain(layer.weight), list(layer.state_dict())]
    parametrize.register_parametrization(layer, "weight", Double())
    layer(torch.ones(1, 3)).sum().backward()
    log += [repr(layer), plain(layer.weight), plain(layer.parametrizations.weight.original.grad)]
    with parametrize.cached():
        log.append(layer.weight is layer.weight)
    log += [
        layer.weight is layer.weight,
        parametrize.is_parametrized(layer),
        parametrize.is_parametrized(layer, "bias"),
    ]
    log += [parametrize.type_before_parametrizations(layer).__name__, plain(copy.deepcopy(layer).weight)]
    log.append(error_of(lambda: setattr(layer, "weight", torch.ones(3, 3)))[0])
    parametrize.remove_parametrizations(layer, "weight")
    log += [repr(layer), plain(layer.weight), list(layer.state_dict())]
    parametrize.register_parametrization(layer, "weight", Symmetric())
    layer.weight = torch.arange(9.0).reshape(3, 3)
    log.append(plain(layer.weight))
    parametrize.remove_parametrizations(layer, "weight", leave_parametrized=False)
    log += [plain(layer.weight), error_of(lambda: parametrize.remove_parametrizations(layer, "weight"))]
    return [*log, error_of(lambda: parametrize.register_parametrization(layer, "zap", Double()))]


@scenario
def weight_norms(torch):
    utils, log = torch.nn.utils, []
    for new in (True, False):
        for dim in (0, 1, None, -1):
            torch.manual_seed(0)
            layer = torch.nn.Linear(3, 4)
            if not new:
                if dim == -1:
                    continue
                layer = utils.weight_norm(layer, dim=dim)
            else:
                layer = utils.parametrizations.weight_norm(layer, dim=dim)
            out = layer(torch.arange(6.0).reshape(2, 3))
            out.pow(2).sum().backward()
            log += [repr(layer), plain(layer.state_dict()), plain(out), plain([p.grad for p in layer.parameters()])]
            log.append(oracle.graph_of(out.grad_fn))
            if not new:
                utils.remove_weight_norm(layer)
                log += [list(layer.state_dict()), plain(layer.weight)]
    return [*log, error_of(lambda: utils.remove_weight_norm(torch.nn.Linear(1, 1)))]


@scenario
def spectral_norms(torch):
    log = []
    for options in ({}, {"n_power_iterations": 3, "dim": 1}):
        torch.manual_seed(0)
        layer = torch.nn.utils.parametrizations.spectral_norm(torch.nn.Linear(3, 4), **options)
        for mode in (True, True, False):
            layer.train(mode)
            out = layer(torch.arange(6.0).reshape(2, 3))
            out.pow(2).sum().backward()
            log += [plain(out), plain(layer.state_dict()), plain([p.grad for p in layer.parameters()])]
        log.append(repr(layer))
    spectral_norm = torch.nn.utils.parametrizations.spectral_norm
    return [*log, *(error_of(c) for c in (lambda: spectral_norm(torch.nn.Linear(1, 1), "zap"),
            lambda: spectral_norm(torch.nn.Linear(1, 1), n_power_iterations=0),
            lambda: spectral_norm(torch.nn.Linear(1, 1), dim=5)))]  # fmt: skip


@scenario
def fused(torch):
    torch.manual_seed(0)
    linear, bn = torch.nn.Linear(3, 4), torch.nn.BatchNorm1d(4)
    bn(torch.randn(8, 4))
    both = torch.nn.utils.fusion.fuse_linear_bn_eval(linear.eval(), bn.eval())
    return plain(both.state_dict()), plain(both(torch.ones(1, 3)))


INITIALISERS = [
    ("uniform_", ()), ("uniform_", (-2.0, 3.0)), ("normal_", ()), ("normal_", (1.0, 0.5)), ("constant_", (0.3,)),
    ("ones_", ()), ("zeros_", ()), ("xavier_uniform_", ()), ("xavier_uniform_", (2.0,)), ("xavier_normal_", (0.5,)),
    ("kaiming_uniform_", ()), ("kaiming_uniform_", (0.2, "fan_out")), ("kaiming_normal_", (0, "fan_in", "relu")),
    ("kaiming_normal_", (0, "fan_out", "tanh")), ("trunc_normal_", ()), ("trunc_normal_", (0.0, 1.0, -0.5, 0.7)),
    ("trunc_normal_", (0.0, 1.0, 2.0, 3.0)), ("trunc_normal_", (5.0, 1.0, -1.0, 1.0)), ("eye_", ()), ("dirac_", ()),
    ("dirac_", (2,)), ("orthogonal_", ()), ("orthogonal_", (2.0,)), ("sparse_", (0.4,)), ("sparse_", (0.9, 2.0)),
]  # fmt: skip


@pytest.mark.parametrize("shape", [(3,), (4, 6), (40, 30), (6, 4, 3), (4, 2, 3, 3), (2, 2, 3, 2, 3), (0, 3)])
@pytest.mark.parametrize(("name", "args"), INITIALISERS)
def test_first_values(name, args, shape):
    """The same numbers from the same seed, bit for bit but for what a decomposition rounds."""

    def run(torch):
        torch.manual_seed(8)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            x = torch.full(shape, 5.0, requires_grad=True)
            found = getattr(torch.nn.init, name)(x, *args)
        return (found is x, x.requires_grad, x.detach().numpy().copy(), torch.rand(1).item())

    ours, theirs = oracle.under_both(run)
    if theirs[0] == "error":
        oracle.same_error(ours[1], theirs[1])
        return
    assert (ours[0], ours[1], ours[3]) == (theirs[0], theirs[1], theirs[3])
    tolerance = 1e-5 if name == "orthogonal_" else 0
    np.testing.assert_allclose(ours[2], theirs[2], rtol=tolerance, atol=tolerance)


@scenario
def gains(torch):
    names = ("linear", "conv1d", "conv_transpose3d", "sigmoid", "tanh", "relu", "leaky_relu", "selu", "nope")
    found = [error_of(lambda n=n: 1 / 0) if False else _gain(torch, n) for n in names]
    return found, _gain(torch, "leaky_relu", 0.3), _gain(torch, "leaky_relu", "x"), _gain(torch, "leaky_relu", True)


def _gain(torch, *args):
    try:
        return torch.nn.init.calculate_gain(*args)
    except ValueError as error:
        return str(error)


@scenario
def drawn_activations(torch):
    torch.manual_seed(3)
    x, F = torch.randn(4, 5, requires_grad=True), torch.nn.functional
    log = []
    for options in ({}, {"tau": 0.3}, {"hard": True}, {"dim": 0, "hard": True}, {"eps": 0.1}):
        y = F.gumbel_softmax(x, **options)
        log += [y, oracle.graph_of(y.grad_fn), *torch.autograd.grad((y * torch.arange(5.0)).sum(), x)]
    for options in ({"training": True}, {"lower": 0.1, "upper": 0.9, "training": True}, {}):
        y = F.rrelu(x, **options)
        log += [y, oracle.graph_of(y.grad_fn), *torch.autograd.grad(y.sum(), x)]
    y = F.rrelu(x * 1, training=True, inplace=True)
    log += [y, *torch.autograd.grad(y.sum(), x)]
    return plain(log), error_of(lambda: F.rrelu(x, 0.5, 0.1)), error_of(lambda: F.rrelu(x.long()))


@scenario
def dropped_channels(torch):
    torch.manual_seed(3)
    F, log = torch.nn.functional, []
    log += [F.dropout1d(torch.ones(3, 4, 2)), F.dropout2d(torch.ones(2, 3, 2)), F.dropout2d(torch.ones(2, 3))]
    log += [
        F.dropout3d(torch.ones(2, 3, 2)),
        F.alpha_dropout(torch.ones(4), training=True),
        F.alpha_dropout(torch.ones(2)),
    ]
    return plain(log), [error_of(c) for c in (
        lambda: F.dropout1d(torch.ones(1)), lambda: F.dropout1d(torch.ones(1, 1), 1.5),
        lambda: F.alpha_dropout(torch.ones(1), -1.0), lambda: F.feature_alpha_dropout(torch.ones(2), 0.5, True),
    )]  # fmt: skip


@pytest.mark.parametrize("name", SCENARIOS)
def test_like_pytorch(name):
    def run(torch):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", UserWarning)
            warnings.simplefilter("always", FutureWarning)
            warnings.filterwarnings("ignore", "The PyTorch API of nested tensors|.*inputs should be left aligned")
            return SCENARIOS[name](torch), [(w.category, str(w.message)) for w in caught]

    ours, theirs = oracle.under_both(run)
    assert theirs[0] != "error", theirs
    agree(ours, theirs, name)


def agree(got, want, where):
    """Nested values: numbers to five digits, text with the libraries' names and line breaks aside."""
    assert type(got).__name__ == type(want).__name__, (where, got, want)
    if isinstance(want, dict):
        assert list(got) == list(want), where
        for key in want:
            agree(got[key], want[key], f"{where} {key}")
    elif isinstance(want, (list, tuple)):
        assert len(got) == len(want), (where, got, want)
        for i, (a, b) in enumerate(zip(got, want, strict=True)):
            agree(a, b, f"{where} {i}")
    elif isinstance(want, float):
        assert got == pytest.approx(want, rel=1e-3, abs=5e-5, nan_ok=True), where
    elif isinstance(want, str):
        assert got.replace("tensorbook", "torch").strip() == want.strip(), where
    else:
        assert got == want, where
