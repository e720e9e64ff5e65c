"""Activations, losses, dropout: the functions of `nn.functional`, in their uses that differ (see cases.py)."""

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from tests.ops.cases import bools, case, fraction, given, ints, normal, positive

SPECIAL = given([0.0, -0.0, np.inf, -np.inf, np.nan, 100.0, -100.0, 25.0, -25.0])
FINITE = given([0.0, -0.0, np.nan, 100.0, -100.0, 25.0, -25.0])


def probabilities(*shape: int) -> Callable[[np.random.Generator], np.ndarray]:
    return lambda rng: rng.uniform(0.05, 0.95, shape).astype("float32")


def middling(*shape: int) -> Callable[[np.random.Generator], np.ndarray]:
    """Probabilities for which PyTorch's second derivative is exact: it adds 1e-12 to a divisor."""
    return lambda rng: rng.uniform(0.3, 0.7, shape).astype("float32")


def use(name: str, *args: Any, **kwargs: Any) -> Callable[..., Any]:
    """`nn.functional.NAME(*tensors, *args, **kwargs)`."""

    def call(torch: Any, *tensors: Any) -> Any:
        with warnings.catch_warnings():  # what PyTorch warns of is tested in test_nn.py
            warnings.simplefilter("ignore")
            return getattr(torch.nn.functional, name)(*tensors, *args, **kwargs)

    return call


def on_a_copy(name: str, *args: Any) -> Callable[..., Any]:
    return lambda torch, x: getattr(torch.nn.functional, name)(x * 1, *args, inplace=True)


# Activations

ACTIVATIONS: dict[str, list[tuple]] = {
    "elu": [(), (0.5,)],
    "selu": [()],
    "celu": [(), (0.5,)],
    "gelu": [()],
    "silu": [()],
    "mish": [()],
    "softplus": [(), (2.0,), (3.0, 1.0)],
    "softsign": [()],
    "hardtanh": [(), (-0.3, 1.2)],
    "relu6": [()],
    "relu": [()],
    "leaky_relu": [(), (0.2,)],
    "logsigmoid": [()],
    "tanhshrink": [()],
    "softshrink": [(), (0.3,)],
    "hardshrink": [(), (0.3,)],
    "hardswish": [()],
    "threshold": [(0.1, 20.0), (-0.2, 0.0)],
}
IN_PLACE = ["elu", "selu", "celu", "silu", "mish", "hardtanh", "relu6", "relu", "leaky_relu", "hardswish"]

for name, choices in ACTIVATIONS.items():
    for args in choices:
        case(f"{name}{args or ''} in a layer", use(name, *args), normal(2, 3))
        case(f"{name}{args or ''} of a batch", use(name, *args), normal(2, 3, 4))
    args = choices[0]
    case(f"{name} of a number", use(name, *args), normal())
    case(f"{name} of nothing", use(name, *args), normal(0, 3))
    special = FINITE if name == "gelu" else SPECIAL  # PyTorch's gelu of infinity depends on where it stands
    case(f"{name} of special values", use(name, *args), special, differentiable=False)
    case(f"{name} of float16", use(name, *args), normal(5, dtype="float16"), differentiable=False)
    case(f"{name} of whole numbers", use(name, *args), ints(2, 3))
    case(f"{name} of booleans", use(name, *args), bools(3))
for name in IN_PLACE:
    case(f"{name} on a copy", on_a_copy(name), normal(2, 3))
case("threshold on a copy", on_a_copy("threshold", 0.1, 20.0), normal(2, 3))
case("hardsigmoid", use("hardsigmoid"), SPECIAL, differentiable=False)
case("hardsigmoid on a copy", on_a_copy("hardsigmoid"), SPECIAL, differentiable=False)
case("hardsigmoid of whole numbers", use("hardsigmoid"), ints(2, 3))
case(
    "slope of hardsigmoid",  # PyTorch has no second derivative for it
    lambda torch, x: torch.autograd.grad(torch.nn.functional.hardsigmoid(x * 3).sum(), x),
    normal(3, 4),
)
case("gelu by tanh", use("gelu", approximate="tanh"), normal(2, 3))
case("gelu by another name", use("gelu", approximate="sigmoid"), normal(2, 3))
case("celu without alpha", use("celu", 0.0), normal(2, 3))
case("hardtanh with bounds exchanged", use("hardtanh", 2, 1), normal(2, 3))
case("softshrink outwards", use("softshrink", -1.0), normal(2, 3))
case("erf", lambda torch, x: torch.erf(x), normal(2, 3))
case("erf of many sizes", lambda torch, x: [torch.erf(x), torch.erf(-x)], given([0, 1e-9, 0.5, 0.51, 3, 4, 5.9, 9]))
case("erf of whole numbers", lambda torch, x: x.erf(), ints(2, 3))
case("xlogy", lambda torch, a, b: torch.xlogy(a, b), normal(2, 3), positive(3))
case("xlogy of nothing times", lambda torch, b: torch.xlogy(b * 0, b), given([0.0, 1.0, np.nan]), differentiable=False)
for dim in (0, 1, -1):
    case(f"glu {dim}", use("glu", dim), normal(4, 2, 6) if dim != 1 else normal(3, 4))
case("glu of a number", use("glu"), normal())
case("glu of an odd size", use("glu", 1), normal(2, 3))
case("glu dim", use("glu", 5), normal(2, 4))
case("prelu", use("prelu"), normal(2, 3), positive(1))
case("prelu per channel", use("prelu"), normal(2, 3), positive(3))
case("prelu per channel of images", use("prelu"), normal(2, 3, 4, 2), positive(3))
case("prelu of a vector", use("prelu"), normal(3), positive(1))
case("prelu of a number", use("prelu"), normal(), positive(1))
case("prelu by a number", use("prelu"), normal(2, 3), positive())
case("prelu with other channels", use("prelu"), normal(2, 3), positive(2))
case("prelu with a matrix", use("prelu"), normal(2, 3), positive(1, 3))
case("prelu of a number by channels", use("prelu"), normal(), positive(3))
case("prelu of two dtypes", lambda torch, x, w: torch.nn.functional.prelu(x, w.long()), normal(2, 3), positive(3))
for name in ["softmax", "log_softmax", "softmin"]:
    case(f"{name} in a layer", use(name, dim=1), normal(2, 3, 4))
    case(f"{name} of an unnamed dim", use(name), normal(2, 3))
    case(f"{name} of an unnamed dim of three", use(name), normal(2, 3, 2))
    case(f"{name} in another dtype", lambda torch, x, n=name: getattr(torch.nn.functional, n)(x, 0, dtype=torch.double),
         normal(2, 3), differentiable=False)  # fmt: skip

# Vectors

for p in (2.0, 1.0, 3.0, float("inf")):
    case(f"normalize {p}", use("normalize", p=p), normal(2, 3))
case("normalize columns", use("normalize", dim=0), normal(2, 3))
case("normalize a short vector", use("normalize", dim=0, eps=9.0), normal(3))
case("cosine_similarity", use("cosine_similarity"), normal(2, 3), normal(2, 3))
case("cosine_similarity broadcast", use("cosine_similarity", dim=-1), normal(2, 3), normal(3))
case("cosine_similarity along batches", use("cosine_similarity", dim=0, eps=1e-3), normal(2, 3, 2), normal(2, 3, 2))
case("cosine_similarity of integers", use("cosine_similarity", dim=0), ints(3), ints(3))
case("cosine_similarity shapes", use("cosine_similarity"), normal(2, 3), normal(2, 4))
case("one_hot", use("one_hot"), ints(2, 3, low=0, high=4))
case("one_hot of six", use("one_hot", 6), ints(3, low=0, high=4))
case("one_hot of a number", use("one_hot", 4), ints(low=0, high=4))
case("one_hot too few", use("one_hot", 1), given([0, 2], "int64"))
case("one_hot negative", use("one_hot"), given([0, -2], "int64"))
case("one_hot of floats", use("one_hot"), normal(3))
case("one_hot of nothing", use("one_hot"), ints(0))
case("one_hot of nothing in three", use("one_hot", 3), ints(0))

# Dropout where nothing is left to chance; test_nn.py holds what is drawn on the CPU to PyTorch


def seeded(*args: Any, **kwargs: Any) -> Callable[..., Any]:
    def call(torch: Any, x: Any) -> Any:
        torch.manual_seed(7)
        return torch.nn.functional.dropout(x * 1, *args, **kwargs)

    return call


for p in (0.0, 1.0):
    case(f"dropout {p}", seeded(p), normal(5, 7))
case("dropout of all on a copy", seeded(1.0, inplace=True), normal(5, 7))
case("dropout at work", seeded(0.3, False), normal(5, 7))
case("dropout of nothing", seeded(0.3), normal(0, 7))
case("dropout of integers", seeded(0.3), ints(4))
case("dropout beyond 1", seeded(1.5), normal(4))

# Losses, element by element

REDUCTIONS = ["mean", "sum", "none"]
BOTH = (normal(3, 4), normal(3, 4))
for reduction in [*REDUCTIONS, "median"]:
    for name in ["l1_loss", "smooth_l1_loss", "huber_loss"]:
        case(f"{name} {reduction}", use(name, reduction=reduction), *BOTH)
    for name in ["mse_loss", "l1_loss", "huber_loss"]:
        case(f"{name} weighted {reduction}",
             lambda torch, x, y, w, n=name, r=reduction: use(n, weight=w, reduction=r)(torch, x, y),
             *BOTH, positive(3, 4))  # fmt: skip
    case(f"binary_cross_entropy {reduction}", use("binary_cross_entropy", reduction=reduction),
         middling(3, 4), probabilities(3, 4))  # fmt: skip
    case(f"binary_cross_entropy weighted {reduction}",
         lambda torch, x, y, r=reduction: torch.nn.functional.binary_cross_entropy(
             x, y, torch.tensor([1.0, 2.0, 0.5, 0.0]).to(x.dtype).to(x.device), reduction=r),
         middling(3, 4), probabilities(3, 4))  # fmt: skip
    case(f"binary_cross_entropy_with_logits {reduction}", use("binary_cross_entropy_with_logits", reduction=reduction),
         normal(3, 4), probabilities(3, 4))  # fmt: skip
    case(f"binary_cross_entropy_with_logits weighted {reduction}",
         lambda torch, x, y, r=reduction: torch.nn.functional.binary_cross_entropy_with_logits(
             x, y, torch.tensor([1.0, 2.0, 0.5, 0.0]).to(x.device),
             pos_weight=torch.tensor([3.0, 1.0, 0.5, 2.0]).to(x.device), reduction=r),
         normal(3, 4), probabilities(3, 4))  # fmt: skip
for name in ["mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss"]:
    case(f"{name} of one number", use(name), normal(), normal())
    case(f"{name} broadcast", use(name), normal(3, 4), normal(4))
    case(f"{name} shapes", use(name), normal(3, 4), normal(3))
    case(f"{name} of integers", use(name), ints(3), ints(3))
    case(f"{name} of nothing", use(name, reduction="sum"), normal(0, 3), normal(0, 3))
for beta in (0.3, 0, -1.0):
    case(f"smooth_l1_loss beta {beta}", use("smooth_l1_loss", beta=beta), *BOTH)
for delta in (0.3, 0.0):
    case(f"huber_loss delta {delta}", use("huber_loss", delta=delta), *BOTH)
case("l1_loss weight of another size", use("l1_loss", weight=None), normal(2, 3), normal(3))
case("binary_cross_entropy shapes", use("binary_cross_entropy"), probabilities(3, 4), probabilities(4))
case("binary_cross_entropy dtypes", use("binary_cross_entropy"), probabilities(3), ints(3, low=0, high=2))
case("binary_cross_entropy of scores", use("binary_cross_entropy"), given([2.0, 0.5]), probabilities(2))
case("binary_cross_entropy of certainty", use("binary_cross_entropy", reduction="none"),
     given([0.0, 1.0, 0.0, 1.0]), given([0.0, 1.0, 1.0, 0.0]), differentiable=False)  # fmt: skip
case("binary_cross_entropy_with_logits shapes", use("binary_cross_entropy_with_logits"), normal(3, 4), fraction(4))
case("binary_cross_entropy_with_logits far out", use("binary_cross_entropy_with_logits", reduction="none"),
     given([200.0, -200.0, 200.0, -200.0]), given([1.0, 0.0, 0.0, 1.0]), differentiable=False)  # fmt: skip
case("binary_cross_entropy_with_logits integers", use("binary_cross_entropy_with_logits"), normal(3), ints(3))
for reduction in [*REDUCTIONS, "batchmean", "median"]:
    case(f"kl_div {reduction}", use("kl_div", reduction=reduction), normal(3, 4), probabilities(3, 4))
    case(f"kl_div of logarithms {reduction}", use("kl_div", reduction=reduction, log_target=True), *BOTH)
case("kl_div of a number", use("kl_div", reduction="batchmean"), normal(), probabilities())
case("kl_div of integers", use("kl_div"), ints(3), ints(3))

# Losses over classes


def classes(*shape: int, high: int = 4) -> Callable[[np.random.Generator], np.ndarray]:
    return ints(*shape, low=0, high=high)


def weighted(name: str, **kwargs: Any) -> Callable[..., Any]:
    return lambda torch, x, y: use(name, torch.tensor([1.0, 2.0, 0.5, 0.25]).to(x.dtype).to(x.device), **kwargs)(
        torch, x, y
    )


def on_a_dense(call: Callable[..., Any]) -> Callable[..., Any]:
    """With dense scores: from others PyTorch's backward of nll_loss2d fails."""
    return lambda torch, x, y: call(torch, x.contiguous(), y)


for name in ["nll_loss", "cross_entropy"]:
    for reduction in REDUCTIONS:
        for shapes in [((4,), ()), ((3, 4), (3,)), ((2, 4, 3), (2, 3)), ((2, 4, 3, 2), (2, 3, 2)),
                       ((2, 4, 3, 2, 1), (2, 3, 2, 1))]:  # fmt: skip
            told, inputs = f"{name} {{}}{reduction} {len(shapes[0])} dims", (normal(*shapes[0]), classes(*shapes[1]))
            case(told.format(""), on_a_dense(use(name, reduction=reduction)), *inputs)
            case(told.format("weighted "), on_a_dense(weighted(name, reduction=reduction)), *inputs)
        case(f"{name} ignoring {reduction}", weighted(name, reduction=reduction, ignore_index=2),
             normal(5, 4), given([0, 2, 1, 2, 3], "int64"))  # fmt: skip
        case(f"{name} ignoring -100 {reduction}", use(name, reduction=reduction),
             normal(3, 4), given([0, -100, 3], "int64"))  # fmt: skip
    case(f"{name} of bytes", use(name), normal(3, 4), ints(3, low=0, high=4, dtype="uint8"))
    case(f"{name} of nothing", use(name, reduction="sum"), normal(0, 4), ints(0))
    case(f"{name} all ignored", use(name), normal(2, 4), given([-100, -100], "int64"), kink=True)
    case(f"{name} beyond the last", use(name), normal(2, 4), given([1, 5], "int64"))
    case(f"{name} below the first", use(name), normal(2, 4), given([1, -1], "int64"))
    case(f"{name} of int32", use(name), normal(2, 4), ints(2, low=0, high=4, dtype="int32"))
    case(f"{name} of floats", use(name), normal(2, 4), given([1.0, 2.0]))
    case(f"{name} batch sizes", use(name), normal(2, 4), classes(3))
    case(f"{name} sizes of a signal", use(name), normal(2, 4, 3), classes(2, 2))
    case(f"{name} sizes of an image", use(name), normal(2, 4, 3, 2), classes(2, 2, 2))
    case(f"{name} many for one", use(name), normal(4), classes(2))
    case(f"{name} weights for others", weighted(name), normal(2, 3), classes(2, high=3))
    case(f"{name} of whole scores", use(name), ints(2, 4), classes(2))
    case(f"{name} by median", use(name, reduction="median"), normal(2, 4), classes(2))
case("nll_loss of a number", use("nll_loss"), normal(), classes())
for reduction in REDUCTIONS:
    for smoothing in (0.0, 0.1):
        options = {"reduction": reduction, "label_smoothing": smoothing}
        for shape in [(4,), (3, 4), (2, 4, 3), (2, 4, 3, 2)]:
            told = f"{reduction} smoothed {smoothing} {len(shape)} dims"
            case(f"cross_entropy of probabilities {told}", use("cross_entropy", **options),
                 normal(*shape), probabilities(*shape))  # fmt: skip
            case(f"cross_entropy of probabilities weighted {told}", weighted("cross_entropy", **options),
                 normal(*shape), probabilities(*shape))  # fmt: skip
            if smoothing:
                target = classes(*shape[:1], *shape[2:]) if len(shape) > 1 else classes()
                case(f"cross_entropy {told}", use("cross_entropy", **options), normal(*shape), target)
                case(f"cross_entropy weighted {told}", weighted("cross_entropy", **options), normal(*shape), target)
    case(f"cross_entropy smoothed ignoring {reduction}",
         weighted("cross_entropy", reduction=reduction, ignore_index=2, label_smoothing=0.2),
         normal(5, 4), given([0, 2, 1, 2, 3], "int64"))  # fmt: skip
case("cross_entropy of probabilities ignoring", use("cross_entropy", ignore_index=1), normal(2, 4), probabilities(2, 4))
case("cross_entropy of whole probabilities", use("cross_entropy"), normal(2, 4), classes(2, 4))
case("cross_entropy smoothed too much", use("cross_entropy", label_smoothing=1.5), normal(2, 4), classes(2))
case("cross_entropy of probabilities weights", weighted("cross_entropy"), normal(2, 3), probabilities(2, 3))
