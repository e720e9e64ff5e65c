"""The local rules as formulas: evaluated, they give what PyTorch's backward gives; and where an option changes an
operation, its rule changes too."""

import math
import re

import pytest

pytest.importorskip("anywidget")
from tensorbook.widgets import GraphExplorer
from tensorbook.widgets.graph_rules import RULES

torch = pytest.importorskip("torch", reason="PyTorch is the oracle")
functional = torch.nn.functional
pytestmark = pytest.mark.oracle

WORDS = """sqrt rsqrt exp expm1 log log1p log2 log10 exp2 sin cos tan sinh cosh tanh atan asin acos asinh acosh atanh
sigmoid relu abs erf erfc logit lgamma digamma sign clamp maximum minimum atan2 hypot logaddexp xlogy"""
NAMES = {name: getattr(torch, name) for name in re.findall(r"\w+", WORDS)}
NAMES |= {"pi": torch.tensor(math.pi), "logsigmoid": functional.logsigmoid, "softplus": functional.softplus}
NAMES |= {
    "hardsigmoid": functional.hardsigmoid,
    "hardtanh": functional.hardtanh,
    "celu": functional.celu,
    "prelu": None,
}
NAMES |= {"leaky_relu": functional.leaky_relu, "softshrink": functional.softshrink, "hardshrink": functional.hardshrink}
NUMBERS = {"exponent": "3", "less": "2", "self": "2", "min": "0.4", "max": "0.6", "min_val": "-1", "max_val": "1"}
NUMBERS |= {"negative_slope": "0.01", "lambd": "0.5", "alpha": "", "beta": "", "out": "out"}
ELSEWHERE = {"PowBackward2", "Gelu", "Silu", "Mish", "Threshold", "Clamp", "MseLoss"}  # not code, or tested below


def evaluate(text, values):
    """A formula as Python: `(a > 0 ? b : c)` becomes `where`, `ln 2` a number."""
    text = re.sub(r"\{(\w+)\}", lambda m: f"x{m[1]}" if m[1].isdigit() else NUMBERS[m[1]], text)
    text = re.sub(r"\((\S+ > 0) \? (.+) : (.+)\)$", r"torch.where(\1, 1.0 * (\2) + 0 * x0, 1.0 * (\3) + 0 * x0)", text)
    text = re.sub(r"\((-?\S+) < (x0) < (\S+)\)", r"((\1 < \2) & (\2 < \3))", text)
    text = text.replace("ln 10", str(math.log(10))).replace("ln 2", str(math.log(2)))
    return eval(text.replace("alpha", "1"), {"torch": torch, **NAMES}, values)


@pytest.mark.parametrize("name", [name for name, rule in RULES.items() if rule.partials and name not in ELSEWHERE])
def test_a_partial_derivative_is_what_autograd_computes(name):
    rule = RULES[name]
    torch.manual_seed(1)
    low, high = (1.1, 1.9) if name == "Acosh" else (0.1, 0.9)
    values = {f"x{i}": (torch.rand(50, dtype=torch.float64) * (high - low) + low).requires_grad_() for i in (0, 1)}
    if name in {"Relu", "LeakyRelu", "Celu", "Abs", "Hardtanh", "Softshrink", "Hardshrink", "Hardsigmoid"}:
        values["x0"] = (torch.randn(50, dtype=torch.float64) * 2).requires_grad_()
    out = evaluate(rule.forward, values)
    for slot, partial in enumerate(rule.partials):
        wanted = torch.autograd.grad(out.sum(), values[f"x{slot}"], retain_graph=True)[0]
        found = evaluate(partial, {**values, "out": out})
        torch.testing.assert_close(torch.as_tensor(found, dtype=torch.float64).expand(50), wanted)


def rules(result, **names):
    """What the first operation passes on, as its formulas say."""
    explorer = GraphExplorer(result, names=names)
    return explorer.picture["nodes"][0]["rules"]


def test_reduction_and_weights_of_a_loss_are_in_its_rule():
    x = torch.rand(4, 3, requires_grad=True)
    y, w, k = torch.rand(4, 3), torch.rand(3), torch.tensor([0, 1, 2, 0])
    f = functional
    assert rules(f.mse_loss(x, y), x=x, y=y) == ["∂mse_loss(x, y)/∂x = 2 * (x - y) / n"]
    assert rules(f.mse_loss(x, y, reduction="sum"), x=x, y=y) == ["∂mse_loss(x, y)/∂x = 2 * (x - y)"]
    assert rules(f.nll_loss(x, k), x=x) == ["to x: -g / n at each target, 0 elsewhere"]
    assert rules(f.nll_loss(x, k, reduction="sum"), x=x) == ["to x: -g at each target, 0 elsewhere"]
    assert rules(f.nll_loss(x, k, w), x=x) == ["to x: -g * weight / (sum of weights) at each target, 0 elsewhere"]
    logits = f.binary_cross_entropy_with_logits
    assert rules(logits(x, y), x=x) == ["to x: g * (sigmoid(x) - target) / n"]
    assert rules(logits(x, y, weight=w, reduction="sum"), x=x) == ["to x: g * weight * (sigmoid(x) - target)"]
    assert rules(logits(x, y, pos_weight=w), x=x) == ["to x: g times the slope, the positives weighted"]


def test_options_that_change_the_derivative_change_the_rule():
    x = torch.rand(4, 4, requires_grad=True)
    assert rules(x.norm(), x=x) == ["to x: g * x / out"]
    assert rules(x.norm(p=3), x=x) == ["to x: g times the slope of the norm"]
    assert rules(x.var(), x=x) == ["to x: g * 2 * (x - mean(x)) / (n - 1)"]
    assert rules(x.var(correction=0), x=x) == ["to x: g * 2 * (x - mean(x)) / (n - 0)"]
    assert rules(torch.addmm(x, x, x, beta=2, alpha=3), x=x)[:2] == ["to x: 2 * g", "to x: 3 * g @ x.T"]
    assert rules(torch.addcmul(x, x, x, value=2), x=x)[1] == "to x: 2 * g * x"
    assert rules(functional.softplus(x, beta=2), x=x) == ["∂softplus(x)/∂x = sigmoid(2 * x)"]
    assert rules(torch.div(x, x, rounding_mode="floor"), x=x)[0] == "to x: 0: rounding is flat"
    image, kernel = torch.rand(1, 2, 5, 5), torch.rand(2, 3, 3, 3, requires_grad=True)
    flat = torch.rand(3, 2, 3, 3, requires_grad=True)
    assert rules(functional.conv2d(image, flat), k=flat) == ["to k: data correlated with g"]
    assert rules(functional.conv_transpose2d(image, kernel), k=kernel) == ["to k: g correlated with data"]
