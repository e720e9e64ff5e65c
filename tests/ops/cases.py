"""Every operation, in its uses that differ: `case(name, lambda torch, *tensors: …, *inputs)`.

The inputs are small, drawn from a stream seeded by the case's name, and away from the points where an operation has no
derivative. `test_ops.py` runs each case under PyTorch and tensorbook, dense and strided, on each device, to the second
derivative.
"""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from tests.oracle import Case, Maker

CASES: dict[str, Case] = {}


def case(name: str, call: Callable[..., Any], *makers: Maker, **options: bool | float) -> None:
    assert name not in CASES, f"two cases are called {name}"
    CASES[name] = Case(name, call, makers, **options)


# Inputs


def normal(*shape: int, dtype: str = "float32") -> Maker:
    return lambda rng: rng.normal(size=shape).astype(dtype)


def positive(*shape: int) -> Maker:
    return lambda rng: rng.uniform(0.3, 2, shape).astype("float32")


def fraction(*shape: int) -> Maker:
    """Between -0.9 and 0.9."""
    return lambda rng: rng.uniform(-0.9, 0.9, shape).astype("float32")


def ints(*shape: int, low: int = -5, high: int = 6, dtype: str = "int64") -> Maker:
    return lambda rng: rng.integers(low, high, shape).astype(dtype)


def bools(*shape: int) -> Maker:
    return lambda rng: rng.random(shape) < 0.5


def given(value: Any, dtype: str = "float32") -> Maker:
    return lambda rng: np.array(value, dtype)


# Pointwise, one operand

for name, maker in {
    **dict.fromkeys(["neg", "abs", "exp", "exp2", "expm1", "sin", "cos", "atan", "sinh", "cosh", "tanh"], normal(2, 3)),
    **dict.fromkeys(["sigmoid", "relu", "sign", "square", "frac", "tan"], normal(2, 3)),
    **dict.fromkeys(["floor", "ceil", "trunc", "round"], normal(2, 3)),
    **dict.fromkeys(["log", "log2", "log10", "log1p", "sqrt", "rsqrt", "reciprocal"], positive(2, 3)),
    **dict.fromkeys(["asin", "acos"], fraction(2, 3)),
}.items():
    case(name, lambda torch, x, name=name: getattr(torch, name)(x), maker)
    case(
        f"{name} method of a scalar",
        lambda torch, x, name=name: getattr(x, name)(),
        positive() if name not in ("asin", "acos") else fraction(),
    )

for name in ["exp", "sqrt", "sin", "sigmoid", "log", "reciprocal", "tanh", "rsqrt"]:
    case(f"{name} of integers", lambda torch, x, name=name: getattr(torch, name)(x), ints(2, 3, low=1))
for name in ["neg", "abs", "sign", "floor", "ceil", "trunc", "round", "square", "relu"]:
    case(f"{name} of integers", lambda torch, x, name=name: getattr(torch, name)(x), ints(2, 3))
for name in ["isnan", "isinf", "isfinite"]:
    case(
        name,
        lambda torch, x, name=name: getattr(torch, name)(x),
        given([1.0, np.nan, np.inf, -np.inf]),
        differentiable=False,
    )
case(
    "special values through functions",
    lambda torch, x: [torch.exp(x), torch.log(x), torch.sqrt(x), x.sigmoid(), x.tanh()],
    given([0.0, -1.0, np.inf, -np.inf, np.nan, 200.0, -200.0]),
    differentiable=False,
)
case("round to decimals", lambda torch, x: torch.round(x * 10, decimals=1), normal(2, 3))
case("round halves to even", lambda torch, x: x.round(), given([0.5, 1.5, 2.5, -0.5, -1.5]), kink=True)
case("logical_not", lambda torch, x: torch.logical_not(x), ints(2, 3, low=-1, high=2))
case("bitwise_not", lambda torch, x: [~x, torch.bitwise_not(x)], ints(2, 3))
case("invert of bools", lambda torch, x: ~x, bools(2, 3))
case("positive sign", lambda torch, x: abs(-x), normal(2, 3))

# Pointwise, two operands

for name, operator in {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "div": lambda a, b: a / b,
    "floordiv": lambda a, b: a // b,
    "mod": lambda a, b: a % b,
}.items():
    smooth = name != "floordiv"  # PyTorch has no derivative for it
    case(
        f"{name} tensors", lambda torch, a, b, f=operator: f(a, b), normal(2, 3), positive(2, 3), differentiable=smooth
    )
    case(
        f"{name} broadcast",
        lambda torch, a, b, f=operator: f(a, b),
        normal(2, 1, 3),
        positive(4, 1),
        differentiable=smooth,
    )
    case(
        f"{name} a scalar tensor",
        lambda torch, a, b, f=operator: f(a, b),
        normal(2, 3),
        positive(),
        differentiable=smooth,
    )
    case(f"{name} number", lambda torch, a, f=operator: f(a, 1.7), normal(2, 3), differentiable=smooth)
    case(
        f"{name} from number",
        lambda torch, a, f=operator: f(1.7, a),
        positive(2, 3),
        differentiable=smooth and name != "mod",
    )
    case(f"{name} integers", lambda torch, a, b, f=operator: f(a, b), ints(3, 4), ints(3, 4, low=1))
    case(
        f"{name} integers by negatives", lambda torch, a, b, f=operator: f(a, b), ints(3, 4), ints(3, 4, low=-6, high=0)
    )
    case(f"{name} integers and number", lambda torch, a, f=operator: [f(a, 2), f(a, 2.5), f(7, a)], ints(3, 4, low=1))
    case(f"{name} itself", lambda torch, a, f=operator: f(a, a), positive(2, 3), differentiable=smooth)
    case(f"{name} empty", lambda torch, a, b, f=operator: f(a, b), normal(0, 3), positive(1, 3), differentiable=smooth)
    case(
        f"{name} mixed dtypes",
        lambda torch, a, b, c, f=operator: [f(a, b), f(b, a), f(a, c), f(c, b)],
        ints(2, 3, low=1, dtype="int32"),
        positive(2, 3),
        ints(2, 3, low=1, dtype="uint8"),
        differentiable=smooth,
    )
for name in ["maximum", "minimum", "remainder", "fmod", "floor_divide"]:
    smooth = name != "floor_divide"
    case(
        name,
        lambda torch, a, b, name=name: getattr(torch, name)(a, b),
        normal(2, 3),
        positive(2, 3),
        differentiable=smooth,
    )
    case(
        f"{name} broadcast",
        lambda torch, a, b, n=name: getattr(torch, n)(a, b),
        normal(2, 3),
        positive(3),
        differentiable=smooth,
    )
    case(f"{name} integers", lambda torch, a, b, name=name: getattr(torch, name)(a, b), ints(2, 3), ints(2, 3, low=1))
case("maximum of equals", lambda torch, a: [torch.maximum(a, a + 0), torch.minimum(a, a + 0)], normal(2, 3), kink=True)
case(
    "maximum and nan",
    lambda torch, a, b: [torch.maximum(a, b), torch.minimum(a, b)],
    given([1.0, np.nan, 2.0]),
    given([np.nan, 1.0, 3.0]),
    differentiable=False,
)
case(
    "division by zero",
    lambda torch, a: [a / 0, a // 0.0, a % 0.0, 1 / (a * 0)],
    given([1.0, -1.0, 0.0]),
    differentiable=False,
)
for alpha in (2, -0.5):
    case(f"add alpha {alpha}", lambda torch, a, b, alpha=alpha: torch.add(a, b, alpha=alpha), normal(2, 3), normal(3))
    case(f"sub alpha {alpha}", lambda torch, a, b, alpha=alpha: torch.sub(a, b, alpha=alpha), normal(2, 3), normal(3))
for mode in ("floor", "trunc"):
    case(
        f"div rounding {mode}",
        lambda torch, a, b, mode=mode: torch.div(a, b, rounding_mode=mode),
        normal(2, 3),
        positive(3),
    )
    case(
        f"div rounding {mode} of integers",
        lambda torch, a, b, mode=mode: torch.div(a, b, rounding_mode=mode),
        ints(3, 4),
        ints(3, 4, low=-6, high=0),
    )
case("rsub", lambda torch, a, b: torch.rsub(a, b), normal(2, 3), normal(2, 3))
case("mse by hand", lambda torch, a, b: ((a - b) ** 2).mean(), normal(4), normal(4))

for exponent in (2, 3, 0.5, 1, 0, -1, -2, 2.5):
    case(f"pow {exponent}", lambda torch, x, e=exponent: x**e, positive(2, 3))
for exponent in (0, 1, 2, 3, 2.5, 0.5):
    case(f"pow {exponent} of integers", lambda torch, x, e=exponent: x**e, ints(2, 3, low=0))
case("pow tensors", lambda torch, a, b: a**b, positive(2, 3), normal(3))
case("pow number to tensor", lambda torch, x: [2**x, torch.pow(3.0, x)], normal(2, 3))
case("pow number to integers", lambda torch, x: [2**x, 2.5**x], ints(2, 3, low=0))
case("pow integers", lambda torch, a, b: a**b, ints(2, 3), ints(2, 3, low=0, high=4))
case("square of a sum", lambda torch, a, b: (a + b).pow(2), normal(2, 3), normal(3))

for name in ["eq", "ne", "lt", "le", "gt", "ge"]:
    case(
        name,
        lambda torch, a, b, n=name: [getattr(torch, n)(a, b), getattr(a, n)(1)],
        ints(3, 4, low=0, high=3),
        ints(4, low=0, high=3),
    )
case(
    "comparison operators",
    lambda torch, a, b: [a == b, a != b, a < b, a <= b, a > b, a >= b, a > 0],
    normal(2, 3),
    normal(3),
)
for name in ["logical_and", "logical_or", "logical_xor"]:
    case(name, lambda torch, a, b, n=name: getattr(torch, n)(a, b), ints(3, 4, low=0, high=2), bools(3, 4))
for name, operator in {"and": lambda a, b: a & b, "or": lambda a, b: a | b, "xor": lambda a, b: a ^ b}.items():
    case(f"bitwise {name}", lambda torch, a, b, f=operator: f(a, b), ints(3, 4), ints(3, 4))
    case(f"{name} of bools", lambda torch, a, b, f=operator: f(a, b), bools(3, 4), bools(4))
case("isclose", lambda torch, a: [torch.isclose(a, a + 1e-6), torch.isclose(a, a + 1)], normal(3), differentiable=False)
case(
    "allclose and equal",
    lambda torch, a: [torch.allclose(a, a + 1e-6), torch.equal(a, a + 1), torch.equal(a, a)],
    normal(3),
    differentiable=False,
)

case("clamp both", lambda torch, x: x.clamp(-0.5, 0.5), normal(3, 4))
case("clamp min", lambda torch, x: x.clamp(min=-0.5), normal(3, 4))
case("clamp max", lambda torch, x: torch.clamp(x, max=0.5), normal(3, 4))
case("clamp to tensors", lambda torch, x, a, b: x.clamp(a - 1, b), normal(3, 4), fraction(4), positive(4))
case("clamp of integers", lambda torch, x: [x.clamp(-2, 2), x.clamp(min=0)], ints(3, 4))
case("clamp_min and clamp_max", lambda torch, x: [x.clamp_min(0.1), x.clamp_max(0.1)], normal(3, 4))
case("where", lambda torch, c, a, b: torch.where(c, a, b), bools(2, 3), normal(2, 3), normal(3))
case(
    "where with numbers",
    lambda torch, c, a: [torch.where(c, a, 0.0), torch.where(c, 1.0, a)],
    bools(2, 3),
    normal(2, 3),
)
case("where as a question", lambda torch, c: torch.where(c), bools(3, 4))
case("masked_fill", lambda torch, x, m: x.masked_fill(m, -1.0), normal(2, 3), bools(3))
case("lerp", lambda torch, a, b: torch.lerp(a, b, 0.3), normal(2, 3), normal(2, 3))

# Reductions

for name in ["sum", "mean", "prod", "amax", "amin", "var", "std", "max", "min", "logsumexp"]:
    if name != "logsumexp":
        case(name, lambda torch, x, n=name: getattr(torch, n)(x), normal(2, 3))
        if name not in ("var", "std"):
            case(f"{name} of a scalar", lambda torch, x, n=name: getattr(x, n)(), normal())
    case(f"{name} dim", lambda torch, x, n=name: getattr(x, n)(1), normal(2, 3, 4))
    case(f"{name} last dim kept", lambda torch, x, n=name: getattr(x, n)(-1, keepdim=True), normal(2, 3, 4))
    if name not in ("prod", "max", "min"):
        case(f"{name} two dims", lambda torch, x, n=name: getattr(x, n)((0, 2)), normal(2, 3, 4))
        case(f"{name} two dims kept", lambda torch, x, n=name: getattr(x, n)((0, -1), keepdim=True), normal(2, 3, 4))
for name in ["sum", "prod", "amax", "amin", "max", "min", "cumsum", "cumprod"]:
    for dtype in ["int32", "uint8", "bool", "float16"]:
        case(
            f"{name} of {dtype}",
            lambda torch, x, n=name: getattr(x, n)(0),
            ints(3, 2, low=0, high=3, dtype=dtype),
            differentiable=False,
        )
case("sum of nothing", lambda torch, x: [x.sum(), x.sum(0), x.prod(), x.mean()], normal(0, 3), differentiable=False)
case("sum with dtype", lambda torch, x: [x.sum(dtype=torch.float64), x.sum(0, dtype=torch.float64)], ints(2, 3))
case("mean of nothing", lambda torch, x: [x.mean(), x.mean(0), x.mean(0, keepdim=True), x.mean(1)], ints(0, 3))
case("mean with dtype", lambda torch, x: x.mean(dtype=torch.float64), ints(2, 3))
case("prod with zeros", lambda torch, x: [x.prod(), x.prod(1)], given([[0.0, 2.0, 3.0], [0.0, 0.0, 4.0]]))
case(
    "var uncorrected",
    lambda torch, x: [x.var(unbiased=False), x.var(1, correction=0), x.std(0, correction=0)],
    normal(3, 4),
)
case("norm", lambda torch, x: [x.norm(), torch.norm(x)], normal(3, 4))
for p in (1, 2, 3, float("inf"), float("-inf")):
    case(f"norm {p}", lambda torch, x, p=p: x.norm(p), normal(3, 4))
    case(f"norm {p} dim", lambda torch, x, p=p: x.norm(p, dim=1, keepdim=True), normal(3, 4))
case(
    "amax of equals shares",
    lambda torch, x: [x.amax(1), x.amin(1)],
    given([[1.0, 3.0, 3.0], [2.0, 2.0, 2.0]]),
    kink=True,
)
case(
    "max of equals",
    lambda torch, x: [x.max(), x.max(1), x.min(1)],
    given([[1.0, 3.0, 3.0], [2.0, 2.0, 2.0]]),
    kink=True,
)
case(
    "max with nan",
    lambda torch, x: [x.max(), x.max(1), x.min(0), x.argmax()],
    given([[1.0, np.nan], [2.0, 3.0]]),
    differentiable=False,
)
for name in ["argmax", "argmin"]:
    case(
        name,
        lambda torch, x, n=name: [getattr(x, n)(), getattr(x, n)(1), getattr(torch, n)(x, 0, keepdim=True)],
        normal(3, 4),
    )
for name in ["all", "any"]:
    case(
        name, lambda torch, x, n=name: [getattr(x, n)(), getattr(x, n)(1), getattr(x, n)(0, keepdim=True)], bools(3, 4)
    )
    case(f"{name} of uint8", lambda torch, x, n=name: getattr(x, n)(), ints(3, low=0, dtype="uint8"))
case("count_nonzero", lambda torch, x: [x.count_nonzero(), x.count_nonzero(1)], ints(3, 4, low=0, high=2))
case("cumsum", lambda torch, x: [x.cumsum(0), torch.cumsum(x, -1)], normal(3, 4))
case("cumprod", lambda torch, x: [x.cumprod(0), torch.cumprod(x, -1)], positive(3, 4))
case("sort", lambda torch, x: [torch.sort(x), x.sort(0, descending=True)], normal(3, 4))
case(
    "sort is stable",
    lambda torch, x: [torch.sort(x, stable=True), x.sort(descending=True, stable=True)],
    ints(20, low=0, high=3),
)
case("argsort", lambda torch, x: [x.argsort(), x.argsort(0, descending=True)], normal(3, 4))
case("topk", lambda torch, x: [x.topk(2), x.topk(2, dim=0, largest=False)], normal(3, 4))
case("flip", lambda torch, x: [x.flip(0), torch.flip(x, (0, 2))], normal(2, 3, 4))
case("roll", lambda torch, x: [x.roll(1), torch.roll(x, (1, -1), (0, 1))], normal(3, 4))
case("softmax", lambda torch, x: [torch.softmax(x, 1), x.softmax(0)], normal(3, 4))
case("log_softmax", lambda torch, x: [torch.log_softmax(x, 1), x.log_softmax(0)], normal(3, 4))
case("softmax of large numbers", lambda torch, x: [x.softmax(0), x.log_softmax(0)], given([1000.0, 1001.0, -1000.0]))

# Views

X = normal(2, 3, 4)
case("view", lambda torch, x: [x.view(6, 4), x.view(-1), x.view(2, 1, 12), x.view((3, 8))], normal(24))
case("reshape", lambda torch, x: [x.reshape(6, 4), torch.reshape(x, (-1,)), x.reshape(2, 3, 4)], X)
case("reshape that copies", lambda torch, x: x.t().reshape(-1), normal(3, 4))
case("flatten", lambda torch, x: [x.flatten(), x.flatten(1), torch.flatten(x, 0, 1)], X)
case("unflatten", lambda torch, x: x.unflatten(0, (2, -1)), normal(6, 4))
case("ravel", lambda torch, x: x.ravel(), X)
case("t", lambda torch, x: [x.t(), x.T, x.mT, torch.t(x)], normal(3, 4))
case("t of a vector", lambda torch, x: x.t(), normal(3))
case("transpose", lambda torch, x: [x.transpose(0, 2), torch.transpose(x, -1, 1), x.swapaxes(0, 1)], X)
case("permute", lambda torch, x: [x.permute(2, 0, 1), torch.permute(x, (1, 0, -1))], X)
case("movedim", lambda torch, x: [x.movedim(0, -1), torch.movedim(x, (0, 1), (1, 2))], X)
case("unsqueeze", lambda torch, x: [x.unsqueeze(0), x.unsqueeze(-1), x[None], x[:, None]], normal(3, 4))
case(
    "squeeze", lambda torch, x: [x.squeeze(), x.squeeze(1), x.squeeze(0), torch.squeeze(x, (1, 3))], normal(2, 1, 3, 1)
)
case("expand", lambda torch, x: [x.expand(2, 3, 4), x.expand(-1, 4), torch.broadcast_to(x, (5, 3, 4))], normal(3, 1))
case("expand by ones", lambda torch, x: [x.expand(1, 3, 4), x.expand(1, 1, -1, -1)], normal(3, 4))
case("expand_as", lambda torch, x, y: x.expand_as(y), normal(3), normal(2, 3))
case("select", lambda torch, x: [x.select(1, 2), x[1], x[:, -1], torch.select(x, 2, 0)], X)
case("narrow", lambda torch, x: [x.narrow(2, 1, 3), torch.narrow(x, 0, 1, 1)], X)
case("diagonal", lambda torch, x: [x.diagonal(), x.diagonal(1), x.diagonal(-1, 1, 2)], X)
case("unfold", lambda torch, x: [x.unfold(0, 2, 1), x.unfold(1, 3, 2)], normal(3, 5))
case("as_strided", lambda torch, x: [x.as_strided((2, 2), (1, 2)), torch.as_strided(x, (3, 3), (1, 1), 2)], normal(12))
case("split", lambda torch, x: [x.split(2, dim=1), torch.split(x, [1, 3], 2)], X)
case("chunk", lambda torch, x: [x.chunk(2, 2), torch.chunk(x, 2, 1)], X)
case("unbind", lambda torch, x: [x.unbind(), torch.unbind(x, 1)], normal(2, 3))
case("iteration", lambda torch, x: list(x), normal(2, 3))
case("slices", lambda torch, x: [x[0:1], x[..., ::2], x[:, 1:, 1:3], x[-1, ..., 0], x[:]], X)
case("contiguous", lambda torch, x: [x.contiguous(), x.t().contiguous()], normal(3, 4))
case("clone", lambda torch, x: [x.clone(), x.t().clone()], normal(3, 4))
case("detach", lambda torch, x: x.detach(), normal(3, 4))
case("view then compute", lambda torch, x: (x.view(6, 4).t() * 2)[1], normal(24))
case("view_as and reshape_as", lambda torch, x, y: [x.view_as(y), x.reshape_as(y)], normal(12), normal(3, 4))

# Indexing with tensors

case("index with integers", lambda torch, x, i: [x[i], x[:, i], x[i, i]], normal(3, 3), ints(4, low=-3, high=3))
case("index with lists", lambda torch, x: [x[[0, 2]], x[[0, 1], [1, 2]], x[:, [1]]], normal(3, 4))
case("index with a mask", lambda torch, x, m: [x[m], x[:, m[0]]], normal(3, 4), bools(3, 4))
case(
    "index with both",
    lambda torch, x, i: [x[i, :, 1:], x[:, i], x[0, i], x[i, ..., 0], x[i, :, i]],
    X,
    ints(2, low=0, high=2),
)
case("index repeats add up", lambda torch, x: x[torch.tensor([0, 0, 2])], normal(3, 2))
case("index broadcast", lambda torch, x: x[torch.tensor([[0], [1]]), torch.tensor([0, 2])], normal(3, 4))
case(
    "index_select",
    lambda torch, x, i: [x.index_select(1, i), torch.index_select(x, 0, i)],
    normal(3, 3),
    ints(4, low=0, high=3),
)
case("gather", lambda torch, x, i: [x.gather(1, i), torch.gather(x, 0, i)], normal(3, 3), ints(2, 3, low=0, high=3))
case("masked_select", lambda torch, x, m: x.masked_select(m), normal(3, 4), bools(3, 4))
case("nonzero", lambda torch, x: [x.nonzero(), torch.nonzero(x, as_tuple=True)], ints(3, 4, low=0, high=2))
case("take", lambda torch, x, i: torch.take(x, i), normal(3, 4), ints(2, 2, low=0, high=12))
case("tril and triu", lambda torch, x: [x.tril(), x.triu(1), torch.tril(x, -1)], normal(3, 4))
case("repeat", lambda torch, x: [x.repeat(2, 1), x.repeat(2, 1, 3), torch.tile(x, (2,))], normal(2, 3))
case("repeat_interleave", lambda torch, x: [x.repeat_interleave(2), x.repeat_interleave(2, dim=1)], normal(2, 3))

# Joining

case("cat", lambda torch, a, b: [torch.cat([a, b]), torch.cat((a, a, b), -1)], normal(2, 3), normal(2, 3))
case("cat of different lengths", lambda torch, a, b: torch.cat([a, b], 1), normal(2, 3), normal(2, 1))
case("cat of different dtypes", lambda torch, a, b: torch.cat([a, b]), normal(2, 3), ints(2, 3))
case("stack", lambda torch, a, b: [torch.stack([a, b]), torch.stack((a, b), -1)], normal(2, 3), normal(2, 3))
case("stack of scalars", lambda torch, a, b: torch.stack([a, b]), normal(), normal())
case("hstack and vstack", lambda torch, a, b: [torch.hstack([a, b]), torch.vstack([a, b])], normal(2, 3), normal(2, 3))
case("hstack of vectors", lambda torch, a, b: [torch.hstack([a, b]), torch.vstack([a, b])], normal(3), normal(3))
case("meshgrid", lambda torch, a, b: torch.meshgrid(a, b, indexing="ij"), normal(2), normal(3))

# Matrices

for name, a, b in [
    ("vectors", normal(3), normal(3)),
    ("matrices", normal(2, 3), normal(3, 4)),
    ("matrix and vector", normal(2, 3), normal(3)),
    ("vector and matrix", normal(3), normal(3, 4)),
    ("batch and matrix", normal(2, 3, 4), normal(4, 5)),
    ("batch and vector", normal(2, 3, 4), normal(4)),
    ("vector and batch", normal(3), normal(2, 3, 4)),
    ("batches", normal(2, 3, 4), normal(2, 4, 5)),
    ("batches broadcast", normal(2, 1, 3, 4), normal(5, 4, 2)),
    ("matrix and batch", normal(3, 4), normal(2, 4, 5)),
    ("nothing", normal(2, 0), normal(0, 3)),
]:
    case(f"matmul {name}", lambda torch, a, b: [a @ b, torch.matmul(a, b)], a, b)
case("matmul of integers", lambda torch, a, b: a @ b, ints(2, 3), ints(3, 4))
case("mm", lambda torch, a, b: [torch.mm(a, b), a.mm(b)], normal(2, 3), normal(3, 4))
case("mm of transposed", lambda torch, a, b: a.t() @ b.t(), normal(3, 2), normal(4, 3))
case("mv", lambda torch, a, b: torch.mv(a, b), normal(2, 3), normal(3))
case("dot", lambda torch, a, b: torch.dot(a, b), normal(3), normal(3))
case("bmm", lambda torch, a, b: torch.bmm(a, b), normal(2, 3, 4), normal(2, 4, 5))
case(
    "addmm",
    lambda torch, c, a, b: [torch.addmm(c, a, b), torch.addmm(c, a, b, beta=0.5, alpha=2)],
    normal(4),
    normal(2, 3),
    normal(3, 4),
)
case("outer", lambda torch, a, b: torch.outer(a, b), normal(2), normal(3))

# Conversion

case("to float64 and back", lambda torch, x: (x.to(torch.float64) * 2).to(torch.float32), normal(2, 3), kink=True)
case(
    "double, half, long", lambda torch, x: [x.double(), x.half(), x.long(), x.int(), x.bool()], normal(2, 3), kink=True
)
case(
    "to integers cuts",
    lambda torch, x: [x.to(torch.int8), x.to(torch.uint8)],
    given([1.9, -1.9, 100.5, 0.0]),
    differentiable=False,
)
case("type_as", lambda torch, x, y: y.type_as(x), normal(2), ints(2))
case(
    "item and tolist",
    lambda torch, x: [x.item(), x.tolist(), float(x), int(x), bool(x)],
    given(2.5),
    differentiable=False,
)
case(
    "attributes",
    lambda torch, x: [x.shape, x.ndim, x.numel(), x.dtype, x.stride(), len(x), x.is_contiguous(), x.nbytes],
    X,
)

# In place, on a copy

for name, args in {
    "add_": (1.5,),
    "sub_": (1.5,),
    "mul_": (1.5,),
    "div_": (1.5,),
    "pow_": (2,),
    "clamp_": (-0.5, 0.5),
    "zero_": (),
    "fill_": (2.0,),
    "exp_": (),
    "neg_": (),
    "sigmoid_": (),
    "tanh_": (),
    "relu_": (),
    "abs_": (),
    "sin_": (),
}.items():
    case(f"{name} in place", lambda torch, x, n=name, a=args: getattr(x.clone(), n)(*a), normal(2, 3))
for name in ["add_", "sub_", "mul_", "div_", "copy_"]:
    case(f"{name} a tensor", lambda torch, x, y, n=name: getattr(x.clone(), n)(y), normal(2, 3), positive(3))
    case(
        f"{name} through a view",
        lambda torch, x, y, n=name: [z := x.clone(), getattr(z[1], n)(y), z * 1][2],
        normal(2, 3),
        positive(3),
    )


def _assign(index: Any, value: Any = None) -> Callable[..., Any]:
    def call(torch: Any, x: Any, y: Any) -> Any:
        z = x.clone()
        z[index(torch) if callable(index) else index] = y if value is None else value
        return z

    return call


case("assign a row", _assign(1), normal(2, 3), normal(3))
case("assign a number", _assign((slice(None), 1), 5.0), normal(2, 3), normal(3))
case("assign a slice", _assign((slice(None), slice(1, None))), normal(2, 3), normal(2, 2))
case("assign by integers", _assign(lambda torch: torch.tensor([1, 0])), normal(2, 3), normal(3))
case("assign by a mask", _assign(lambda torch: torch.tensor([True, False])), normal(2, 3), normal(3))
case("masked_fill_", lambda torch, x, m: x.clone().masked_fill_(m, 0.5), normal(2, 3), bools(2, 3))
case(
    "index_put_ adds",
    lambda torch, x, y: x.clone().index_put_((torch.tensor([0, 0]),), y, accumulate=True),
    normal(2, 3),
    normal(2, 3),
)
case(
    "scatter_",
    lambda torch, x, i, y: x.clone().scatter_(1, i, y),
    normal(2, 3),
    given([[2, 0], [1, 0]], "int64"),
    normal(2, 2),
)
case(
    "scatter_ a number",
    lambda torch, i: torch.zeros(2, 3, device=i.device).scatter_(1, i, 1.0),
    given([[2], [0]], "int64"),
    differentiable=False,
)
case(
    "scatter_add_",
    lambda torch, x, i, y: x.clone().scatter_add_(1, i, y),
    normal(2, 3),
    given([[2, 0], [0, 0]], "int64"),
    normal(2, 2),
)
case(
    "operators in place",
    lambda torch, x: [z := x.clone(), z.__iadd__(1), z.__imul__(x), z.__isub__(2), z.__itruediv__(3)][-1],
    normal(2, 3),
)

# Creation

for dtype in ["float32", "int64"]:
    case(
        f"creation {dtype}",
        lambda torch, d=dtype: [f(2, 3, dtype=getattr(torch, d)) for f in (torch.zeros, torch.ones)],
    )
case(
    "arange",
    lambda torch: [torch.arange(5), torch.arange(1, 2, 0.25), torch.arange(5, 0, -2), torch.arange(3.0)],
    exact=True,
)
case("linspace", lambda torch: [torch.linspace(0, 1, 5), torch.linspace(-1, 1, 7), torch.linspace(3, 3, 1)], exact=True)
case("logspace", lambda torch: torch.logspace(0, 3, 4))
case(
    "full",
    lambda torch: [torch.full((2,), 3), torch.full((2,), 3.5), torch.full((2,), True), torch.eye(2, 3)],
    exact=True,
)
case(
    "like",
    lambda torch, x: [torch.zeros_like(x), torch.ones_like(x), torch.full_like(x, 7), x.new_ones(2)],
    normal(2, 3),
)
case(
    "tensor",
    lambda torch: [torch.tensor(v) for v in (1, 1.5, True, [1, 2], [[1.0], [2]], [], [True, False])],
    exact=True,
)
case("tril_indices", lambda torch: [torch.tril_indices(3, 3), torch.triu_indices(2, 4, 1)])

# Layers' functions

case(
    "mse_loss",
    lambda torch, a, b: [torch.nn.functional.mse_loss(a, b, reduction=r) for r in ("mean", "sum", "none")],
    normal(3, 2),
    normal(3, 2),
)
case(
    "linear",
    lambda torch, x, w, b: [torch.nn.functional.linear(x, w, b), torch.nn.functional.linear(x, w)],
    normal(2, 3),
    normal(4, 3),
    normal(4),
)
case(
    "linear on a batch",
    lambda torch, x, w, b: torch.nn.functional.linear(x, w, b),
    normal(2, 5, 3),
    normal(4, 3),
    normal(4),
)
case(
    "linear on a vector", lambda torch, x, w, b: torch.nn.functional.linear(x, w, b), normal(3), normal(4, 3), normal(4)
)

for module in sorted(Path(__file__).parent.glob("cases_*.py")):  # the rest of the table, a file per family
    import_module(f"tests.ops.{module.stem}")
