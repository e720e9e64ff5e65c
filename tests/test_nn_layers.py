"""Every layer in its settings, from the same seed: first weights, text, state, outputs and gradients, training and not.

`LAYERS` is a table of how a layer is made, as Python, and the shapes of its inputs. What is compared: the weights that
the seed gives, what is printed, the names in the state, what comes out in training mode (with what is dropped) and in
evaluation mode, the gradients of inputs and weights under random cotangents, and what the buffers hold afterwards.
"""

import copy
import warnings
import zlib

import numpy as np
import pytest

import tensorbook
from tests import oracle

X = (4, 3)  # a batch of vectors, of signals, of images, of volumes
S, IMAGES, V = (2, 3, 5), (2, 4, 5, 5), (2, 3, 3, 4, 2)

LAYERS: dict[str, tuple] = {
    # linear
    "Linear(3, 2)": X, "Linear(3, 2, bias=False)": S[:1] + X, "Linear(3, 4, dtype=torch.float64)": X,
    "Bilinear(3, 2, 4)": (X, (4, 2)), "Bilinear(3, 2, 4, bias=False)": (X, (4, 2)), "Identity(1, a=2)": X,
    "Flatten()": IMAGES, "Flatten(0, 1)": IMAGES, "Unflatten(1, (2, 2))": IMAGES, "Unflatten(-1, (5, 1))": IMAGES,
    # normalisation
    "BatchNorm1d(3)": X, "BatchNorm1d(3, momentum=None)": S, "BatchNorm1d(3, affine=False)": S,
    "BatchNorm1d(3, track_running_stats=False)": X, "BatchNorm1d(3, eps=0.1, momentum=0.5, bias=False)": X,
    "BatchNorm2d(4)": IMAGES, "BatchNorm2d(4, 1e-3, 0.01, False, False)": IMAGES, "BatchNorm3d(3)": V,
    "LayerNorm(5)": S, "LayerNorm((3, 5))": S, "LayerNorm(5, elementwise_affine=False)": S,
    "LayerNorm([5], eps=0.1, bias=False)": S, "GroupNorm(2, 4)": IMAGES, "GroupNorm(4, 4, affine=False)": IMAGES,
    "GroupNorm(1, 4, eps=0.1, bias=False)": IMAGES, "InstanceNorm1d(3)": S, "InstanceNorm1d(3, affine=True)": S,
    "InstanceNorm1d(3, track_running_stats=True)": S, "InstanceNorm1d(3, affine=True, bias=False)": (3, 5),
    "InstanceNorm2d(4, affine=True, track_running_stats=True, momentum=0.3)": IMAGES, "InstanceNorm2d(4)": IMAGES[1:],
    "InstanceNorm3d(3)": V, "RMSNorm(5)": S, "RMSNorm((3, 5), eps=0.1)": S, "RMSNorm(5, elementwise_affine=False)": S,
    # left out at random
    "Dropout(0.3)": S, "Dropout(0.0)": S, "Dropout(1.0)": S, "Dropout(0.5, True)": S, "Dropout1d(0.4)": S,
    "Dropout1d()": (8, 5), "Dropout2d(0.4)": IMAGES, "Dropout3d(0.4)": V, "Dropout3d()": V[1:], "AlphaDropout(0.3)": S,
    "AlphaDropout(1.0)": S, "FeatureAlphaDropout(0.3)": S,
    # activations
    "RReLU()": S, "RReLU(0.1, 0.9)": S, "RReLU(inplace=True)": S, "Softmax2d()": IMAGES, "ReLU()": S, "PReLU(3)": S,
    "GELU()": S, "SiLU()": S, "Softmax(1)": S, "LogSoftmax(-1)": S, "GLU(2)": IMAGES[:2] + (4, 6), "Tanh()": S,
    # containers
    "Sequential(nn.Linear(3, 5), nn.BatchNorm1d(5), nn.ReLU(), nn.Dropout(0.2), nn.Linear(5, 2))": X,
    "Sequential(nn.LayerNorm(3), nn.Sequential(nn.Linear(3, 3), nn.Tanh()), nn.RMSNorm(3))": X,
}  # fmt: skip

EMBEDDINGS: dict[str, np.ndarray] = {
    f"Embedding({text})": np.array([[1, 2, 0], [2, 2, 3]])
    for text in (
        "4, 3",
        "4, 3, padding_idx=2", "4, 3, padding_idx=-4", "4, 3, max_norm=1.0",
        "4, 3, max_norm=0.5, norm_type=1.0",
        "4, 3, scale_grad_by_freq=True", "4, 3, 1, dtype=torch.float64", "4, 3, _freeze=True",
    )
}  # fmt: skip
EMBEDDINGS["Embedding.from_pretrained(torch.arange(12.0).reshape(4, 3))"] = np.array([3, 0])
EMBEDDINGS["Embedding.from_pretrained(torch.arange(12.0).reshape(4, 3), freeze=False, padding_idx=0)"] = np.array(
    [3, 0]
)

SCORES, CLASSES = (5, 4), np.array([0, 3, 1, 1, 2])
SIGNS, ONES = np.array([1.0, -1, 1, 1, -1], "float32"), np.ones((5, 4), "float32")
YES_NO = (np.arange(20).reshape(5, 4) % 3 == 1).astype("float32")
SEVERAL = np.array([[3, 0, -1, 1], [1, -1, 0, 0], [0, 1, 2, 3], [-1, 0, 0, 0], [2, 2, -1, -1]])
LOSSES: dict[str, tuple] = {
    "CosineEmbeddingLoss({})": (SCORES, SCORES, SIGNS), "CosineEmbeddingLoss(margin=0.2, {})": (SCORES, SCORES, SIGNS),
    "HingeEmbeddingLoss({})": (SCORES, YES_NO * 2 - 1), "HingeEmbeddingLoss(2.5, {})": (SCORES, YES_NO * 2 - 1),
    "MarginRankingLoss({})": ((5,), (5,), SIGNS), "MarginRankingLoss(0.7, {})": ((5,), (5,), SIGNS),
    "MultiMarginLoss({})": (SCORES, CLASSES), "MultiMarginLoss(2, 0.5, {})": (SCORES, CLASSES),
    "MultiMarginLoss(weight=torch.tensor([1.0, 2.0, 0.5, 0.25]), {})": (SCORES, CLASSES),
    "MultiMarginLoss(margin=2.0, {})": ((4,), np.array(1)),
    "MultiMarginLoss(p=2, margin=2.0, {})": ((4,), np.array([1])),
    "MultiLabelMarginLoss({})": (SCORES, SEVERAL), "MultiLabelMarginLoss(None, {})": ((4,), SEVERAL[0]),
    "MultiLabelSoftMarginLoss({})": (SCORES, YES_NO),
    "MultiLabelSoftMarginLoss(torch.tensor([1.0, 2.0, 0.5, 0.25]), {})": (SCORES, YES_NO),
    "SoftMarginLoss({})": (SCORES, YES_NO * 2 - 1), "TripletMarginLoss({})": (SCORES, SCORES, SCORES),
    "TripletMarginLoss(2.0, p=1, swap=True, {})": (SCORES, SCORES, SCORES),
    "TripletMarginLoss(p=3, eps=0.1, {})": (SCORES, SCORES, SCORES),
    "TripletMarginWithDistanceLoss({})": (SCORES, SCORES, SCORES),
    "TripletMarginWithDistanceLoss(distance_function=nn.PairwiseDistance(1), swap=True, {})": (SCORES, SCORES, SCORES),
    "PoissonNLLLoss({})": (SCORES, ONES * 3), "PoissonNLLLoss(full=True, {})": (SCORES, ONES * 3 * YES_NO),
    "PoissonNLLLoss(log_input=False, eps=0.5, {})": (YES_NO + 1, ONES), "GaussianNLLLoss({})": (SCORES, ONES, ONES * 2),
    "GaussianNLLLoss(full=True, eps=0.5, {})": (SCORES, ONES, YES_NO), "GaussianNLLLoss(eps=0.1, {})": (
        SCORES, ONES, ONES[:, 0] * 3), "MSELoss({})": (SCORES, ONES), "L1Loss({})": (SCORES, ONES),
    "SmoothL1Loss({}, beta=0.5)": (SCORES, ONES), "HuberLoss({}, delta=0.5)": (SCORES, ONES),
    "CrossEntropyLoss({}, label_smoothing=0.1)": (SCORES, CLASSES), "NLLLoss({})": (SCORES, CLASSES),
    "BCEWithLogitsLoss({})": (SCORES, YES_NO), "KLDivLoss({}, log_target=True)": (SCORES, SCORES),
}  # fmt: skip
for loss, inputs in LOSSES.items():
    LAYERS |= {loss.format(f"reduction={how!r}"): inputs for how in ("mean", "sum", "none")}
LAYERS |= {
    f"{loss}({older})": inputs
    for older in ("size_average=False", "reduce=False", "size_average=True", "None, None, 'sum'")
    for loss, inputs in {"MSELoss": (SCORES, ONES), "SoftMarginLoss": (SCORES, YES_NO * 2 - 1)}.items()
}
LAYERS |= {name: (index,) for name, index in EMBEDDINGS.items()}
LAYERS |= {
    "PairwiseDistance()": (SCORES, SCORES), "PairwiseDistance(1, keepdim=True)": (SCORES, SCORES),
    "PairwiseDistance(float('inf'), 0.1)": (SCORES, SCORES[1:]), "CosineSimilarity()": (SCORES, SCORES),
}  # fmt: skip

STEPS = (5, 2, 3)  # steps, batch, size
for kind in ("RNN", "LSTM", "GRU"):
    LAYERS |= {
        f"{kind}({settings})": shape
        for settings, shape in {
            "3, 4": STEPS, "3, 4, 2": STEPS, "3, 4, bias=False": STEPS, "3, 4, batch_first=True": STEPS,
            "3, 4, bidirectional=True": STEPS, "3, 4, 2, bidirectional=True, batch_first=True, dropout=0.3": STEPS,
            "3, 4, num_layers=3, dropout=0.5": STEPS, "3, 4, dtype=torch.float64": STEPS, "3, 4, 1": (5, 3),
            "3, 4, 2, batch_first=True, bidirectional=True": (5, 3), "3, 4, dropout=0.1": (1, 1, 3),
        }.items()
    }  # fmt: skip
    LAYERS |= {f"{kind}Cell(3, 4)": X, f"{kind}Cell(3, 4, bias=False)": X, f"{kind}Cell(3, 4, True)": (3,)}
LAYERS |= {
    "RNN(3, 4, nonlinearity='relu')": STEPS, "RNNCell(3, 4, nonlinearity='relu')": X,
    "LSTM(3, 4, proj_size=2)": STEPS, "LSTM(3, 5, 2, proj_size=2, bidirectional=True, dropout=0.2)": STEPS,
}  # fmt: skip

PLACES, OTHERS = (5, 2, 4), (3, 2, 4)  # places, batch, size
LAYERS |= {
    "MultiheadAttention(4, 2)": (PLACES, OTHERS, OTHERS), "MultiheadAttention(4, 1, bias=False)": (PLACES,) * 3,
    "MultiheadAttention(4, 4, dropout=0.5)": (PLACES, OTHERS, OTHERS),
    "MultiheadAttention(4, 2, add_bias_kv=True, add_zero_attn=True)": (PLACES, OTHERS, OTHERS),
    "MultiheadAttention(4, 2, kdim=3, vdim=5)": (PLACES, (3, 2, 3), (3, 2, 5)),
    "MultiheadAttention(4, 2, batch_first=True)": ((2, 5, 4), (2, 3, 4), (2, 3, 4)),
    "MultiheadAttention(4, 2, dtype=torch.float64)": (PLACES, OTHERS, OTHERS),
    "MultiheadAttention(4, 2, False)": ((5, 4), (3, 4), (3, 4)),
}  # fmt: skip
for settings in ("", "dropout=0.0", "batch_first=True", "norm_first=True", "activation='gelu', bias=False",
                 "activation=torch.tanh, layer_norm_eps=0.1", "dtype=torch.float64, dropout=0.5"):  # fmt: skip
    LAYERS[f"TransformerEncoderLayer(4, 2, 6, {settings})"] = PLACES
    LAYERS[f"TransformerDecoderLayer(4, 2, 6, {settings})"] = PLACES, (PLACES if "batch" in settings else OTHERS)
LAYERS |= {
    "TransformerEncoder(nn.TransformerEncoderLayer(4, 2, 6), 2)": PLACES,
    "TransformerEncoder(nn.TransformerEncoderLayer(4, 2, 6, batch_first=True), 3, nn.LayerNorm(4))": PLACES,
    "TransformerEncoder(nn.TransformerEncoderLayer(4, 1, 6, batch_first=True), 1)": PLACES,
    "TransformerEncoder(nn.TransformerEncoderLayer(4, 2, 6, norm_first=True), 2, None, False)": (5, 4),
    "TransformerDecoder(nn.TransformerDecoderLayer(4, 2, 6), 2, nn.LayerNorm(4))": (PLACES, OTHERS),
    "Transformer(4, 2, 2, 1, 6)": (OTHERS, PLACES), "Transformer(4, 2, 1, 2, 6, 0.0, batch_first=True)": (
        (2, 3, 4), (2, 5, 4)), "Transformer(4, 2, 1, 1, 6, norm_first=True, bias=False)": (OTHERS, PLACES),
}  # fmt: skip


def tensors_in(value):
    """The tensors in nested tuples and lists, and in packed sequences."""
    if oracle.is_tensor(value):
        return [value]
    return [t for part in value for t in tensors_in(part)] if isinstance(value, (list, tuple)) else []


def seen(torch, made, inputs, call=None):
    """All that can be seen of a layer: texts that must be equal, and arrays that must agree."""
    torch.manual_seed(3)
    module = eval(f"nn.{made}", {"nn": torch.nn, "torch": torch})
    texts = [repr(module), repr(copy.deepcopy(module)), module.training]
    arrays = {f"first {name}": value for name, value in module.state_dict().items()}
    arrays = {name: value.clone() for name, value in arrays.items()}
    double = any(p.dtype == torch.float64 for p in module.parameters())
    rng = np.random.default_rng(zlib.crc32(made.encode()))
    inputs = [inputs] if isinstance(inputs, tuple) and inputs and isinstance(inputs[0], int) else inputs
    values = [v if isinstance(v, np.ndarray) else rng.normal(size=v).astype("float32") for v in inputs]
    run = call or (lambda module, *tensors: module(*tensors))
    for mode in ("train", "eval"):
        getattr(module, mode)()
        torch.manual_seed(7)
        tensors = [torch.tensor(v) for v in values]
        tensors = [t.double() if double and t.is_floating_point() else t for t in tensors]
        wanted = [t.requires_grad_() for t, how in zip(tensors, inputs, strict=True) if isinstance(how, tuple)]
        given = [t * 1 if t.requires_grad else t for t in tensors]  # for layers that write in place
        found = tensors_in(run(module, *given))
        texts += [(mode, tuple(t.shape), str(t.dtype).split(".")[1], t.requires_grad) for t in found]
        recorded = [t for t in found if t.requires_grad]
        weights = [torch.tensor(rng.normal(size=tuple(t.shape))).to(t.dtype) for t in recorded]
        module.zero_grad()
        if recorded:
            torch.autograd.backward(recorded, weights)
        arrays |= {f"{mode} output {i}": t.detach() for i, t in enumerate(found)}
        arrays |= {f"{mode} grad of input {i}": t.grad for i, t in enumerate(wanted) if t.grad is not None}
        arrays |= {f"{mode} grad of {n}": p.grad for n, p in module.named_parameters() if p.grad is not None}
        arrays |= {f"{mode} state {n}": t.clone() for n, t in module.state_dict().items()}
    return texts, {name: value.detach().numpy() for name, value in arrays.items()}


def hold(made, inputs, call=None, tolerance=2e-5):
    def run(torch):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", UserWarning)
            warnings.filterwarnings("ignore", "LSTM with projections is not supported with oneDNN")
            texts, arrays = seen(torch, made, inputs, call)
        return [*texts, *((w.category, str(w.message)) for w in caught)], arrays

    theirs = run(oracle.require_torch())
    ours = run(tensorbook)
    assert [str(text).replace("tensorbook", "torch") for text in ours[0]] == [str(text) for text in theirs[0]]
    assert list(ours[1]) == list(theirs[1])
    for name, want in theirs[1].items():
        got = ours[1][name]
        assert got.dtype == want.dtype, name
        exact = name.startswith("first") and want.dtype != np.float64  # those may differ in the last bit
        scale = max(1.0, float(np.abs(want).max(initial=0))) if want.dtype.kind == "f" else 1
        limit = 0 if exact else tolerance
        np.testing.assert_allclose(got, want, rtol=limit, atol=limit * scale, err_msg=name)


@pytest.mark.parametrize("made", LAYERS)
def test_layer(made):
    hold(made, LAYERS[made])


def test_how_many_settings_agree(capsys):
    with capsys.disabled():
        print(f"\n{len(LAYERS)} settings of layers held to PyTorch's, in training and in evaluation mode")
    assert len(LAYERS) > 250
