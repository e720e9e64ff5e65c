"""The local rule of each operation, as formulas to read: what it computes, and what it hands to each input in backward.

In a formula `g` is the gradient that comes in, `{0}`, `{1}`, … stand for the inputs and `{out}` for the result. Another
name in braces is a number that the node saved (`{exponent}`, and `{less}` for one less). A name such as "SumBackward1"
stands for that one form of the operation. Nothing here is computed with.
"""

from __future__ import annotations

import re
from typing import NamedTuple


class Rule(NamedTuple):
    """`forward` as code; `passes` to each input; `partials` where the rule is a derivative for each element.

    `saved` tells which input a saved tensor is (`{"other": 1}`), so that an input without gradient gets its name.
    """

    forward: str
    passes: tuple[str, ...]
    partials: tuple[str, ...] = ()
    saved: dict[str, int] = {}

    @property
    def numbers(self) -> set[str]:
        """The saved numbers that its formulas show."""
        words = {word for text in (self.forward, *self.passes) for word in re.findall(r"\{([a-z]\w*)\}", text)}
        return words - {"out", "i", "alpha", "less"}


def _each(forward: str, *partials: str, **saved: int) -> Rule:
    """An elementwise rule: g times the partial derivative goes out."""
    short = {"1": "g", "-1": "-g"}
    return Rule(forward, tuple(short.get(p, f"g * {p}") for p in partials), partials, saved)


def _rule(forward: str, *passes: str, **saved: int) -> Rule:
    return Rule(forward, passes, (), saved)


RULES: dict[str, Rule] = {
    # arithmetic
    "Add": Rule("{0} + {alpha}{1}", ("g", "{alpha}g"), ("1", "{alpha}1")),
    "Sub": Rule("{0} - {alpha}{1}", ("g", "-{alpha}g"), ("1", "-{alpha}1")),
    "Rsub": Rule("{1} - {alpha}{0}", ("-{alpha}g", "g"), ("-{alpha}1", "1")),
    "Mul": _each("{0} * {1}", "{1}", "{0}", self=0, other=1),
    "Div": _each("{0} / {1}", "(1 / {1})", "(-{0} / {1}**2)", self=0, other=1),
    "Neg": _each("-{0}", "-1"),
    "Reciprocal": _each("1 / {0}", "(-{out}**2)"),
    "Pow": _each("{0} ** {exponent}", "({exponent} * {0}**{less})"),
    "PowBackward1": _each("{0} ** {1}", "({1} * {0}**({1} - 1))", "({out} * log({0}))", self=0, exponent=1),
    "PowBackward2": _each("{self} ** {0}", "({out} * log({self}))"),
    "Square": _each("{0} ** 2", "2 * {0}"),
    "Sqrt": _each("sqrt({0})", "1 / (2 * {out})"),
    "Rsqrt": _each("rsqrt({0})", "(-{out}**3 / 2)"),
    "Addcmul": _rule("{0} + {1} * {2}", "g", "g * {2}", "g * {1}", tensor1=1, tensor2=2),
    "Lerp": _rule("lerp({0}, {1}, weight)", "g * (1 - weight)", "g * weight"),
    # functions of one number
    "Exp": _each("exp({0})", "{out}"),
    "Expm1": _each("expm1({0})", "({out} + 1)"),
    "Log": _each("log({0})", "(1 / {0})"),
    "Log1p": _each("log1p({0})", "(1 / (1 + {0}))"),
    "Log2": _each("log2({0})", "(1 / ({0} * ln 2))"),
    "Sin": _each("sin({0})", "cos({0})"),
    "Cos": _each("cos({0})", "(-sin({0}))"),
    "Tan": _each("tan({0})", "(1 + {out}**2)"),
    "Sinh": _each("sinh({0})", "cosh({0})"),
    "Cosh": _each("cosh({0})", "sinh({0})"),
    "Tanh": _each("tanh({0})", "(1 - {out}**2)"),
    "Atan": _each("atan({0})", "(1 / (1 + {0}**2))"),
    "Sigmoid": _each("sigmoid({0})", "{out} * (1 - {out})"),
    "LogSigmoid": _each("logsigmoid({0})", "sigmoid(-{0})"),
    "Softplus": _each("softplus({0})", "sigmoid({0})"),
    "Relu": _each("relu({0})", "({0} > 0)"),
    "LeakyRelu": _each("leaky_relu({0})", "({0} > 0 ? 1 : {negative_slope})"),
    "Elu": _each("elu({0})", "({0} > 0 ? 1 : {out} + 1)"),
    "Silu": _each("silu({0})", "d silu({0})"),
    "Gelu": _each("gelu({0})", "d gelu({0})"),
    "Abs": _each("abs({0})", "sign({0})"),
    "Erf": _each("erf({0})", "(2 / sqrt(pi) * exp(-{0}**2))"),
    "Clamp": _each("clamp({0})", "(min <= {0} <= max)"),
    "ClampMin": _each("clamp({0}, min={min})", "({0} >= {min})"),
    "ClampMax": _each("clamp({0}, max={max})", "({0} <= {max})"),
    "Maximum": _each("maximum({0}, {1})", "({0} > {1})", "({1} > {0})", self=0, other=1),
    "Minimum": _each("minimum({0}, {1})", "({0} < {1})", "({1} < {0})", self=0, other=1),
    "Where": _rule("where(condition, {0}, {1})", "g where the condition holds", "g where it does not"),
    "MaskedFill": _rule("{0}.masked_fill(mask, value)", "g, 0 where masked", "g summed where masked"),
    # reductions
    "Sum": _rule("sum({0})", "g to every element"),
    "SumBackward1": _rule("sum({0}, dim={dim})", "g to every element of dim {dim}"),
    "Mean": _rule("mean({0})", "g / n to every element"),
    "MeanBackward1": _rule("mean({0}, dim={dim})", "g / n to every element of dim {dim}"),
    "Prod": _rule("prod({0})", "g * {out} / {0}"),
    "Cumsum": _rule("cumsum({0})", "g summed from the end"),
    "Max": _rule("max({0})", "g to the largest element, 0 elsewhere"),
    "MaxBackward0": _rule("max({0}, dim={dim})", "g to the largest along dim {dim}, 0 elsewhere"),
    "MinBackward0": _rule("min({0}, dim={dim})", "g to the smallest along dim {dim}, 0 elsewhere"),
    "Min": _rule("min({0})", "g to the smallest element, 0 elsewhere"),
    "Amax": _rule("amax({0})", "g shared by the largest elements"),
    "Amin": _rule("amin({0})", "g shared by the smallest elements"),
    "Var": _rule("var({0})", "g * 2 * ({0} - mean({0})) / (n - 1)"),
    "Std": _rule("std({0})", "g * ({0} - mean({0})) / ((n - 1) * {out})"),
    "Norm": _rule("norm({0})", "g * {0} / {out}"),
    "LinalgVectorNorm": _rule("norm({0})", "g * {0} / {out}"),
    "Softmax": _rule("softmax({0})", "{out} * (g - sum(g * {out}))"),
    "LogSoftmax": _rule("log_softmax({0})", "g - exp({out}) * sum(g)"),
    "Logsumexp": _rule("logsumexp({0})", "g * exp({0} - {out})"),
    # products
    "Mm": _rule("{0} @ {1}", "g @ {1}.T", "{0}.T @ g", self=0, mat2=1),
    "Bmm": _rule("{0} @ {1}", "g @ {1}.mT", "{0}.mT @ g", self=0, mat2=1),
    "Mv": _rule("{0} @ {1}", "g outer {1}", "{0}.T @ g", self=0, vec=1),
    "Dot": _rule("dot({0}, {1})", "g * {1}", "g * {0}", self=0, tensor=1),
    "Addmm": _rule("{0} + {1} @ {2}", "g", "g @ {2}.T", "{1}.T @ g", mat1=1, mat2=2),
    "Addmv": _rule("{0} + {1} @ {2}", "g", "g outer {2}", "{1}.T @ g", mat=1, vec=2),
    "Baddbmm": _rule("{0} + {1} @ {2}", "g", "g @ {2}.mT", "{1}.mT @ g", batch1=1, batch2=2),
    "Linear": _rule("{0} @ {1}.T + {2}", "g @ {1}", "g.T @ {0}", "g", input=0, weight=1),
    "Convolution": _rule(
        "conv({0}, {1}) + {2}",
        "g convolved with {1} flipped",
        "{0} correlated with g",
        "g summed over batch and space",
        input=0,
        weight=1,
    ),
    # the same numbers in another shape
    "View": _rule("{0}.view(…)", "g.view(shape of {0})"),
    "UnsafeView": _rule("{0}.view(…)", "g.view(shape of {0})"),
    "ReshapeAlias": _rule("{0}.reshape(…)", "g.reshape(shape of {0})"),
    "T": _rule("{0}.t()", "g.t()"),
    "Transpose": _rule("{0}.transpose({dim0}, {dim1})", "g.transpose({dim0}, {dim1})"),
    "Permute": _rule("{0}.permute{dims}", "g, dims permuted back"),
    "Expand": _rule("{0}.expand(…)", "g summed over the expanded dims"),
    "Repeat": _rule("{0}.repeat(…)", "g summed over the copies"),
    "Squeeze": _rule("{0}.squeeze()", "g.view(shape of {0})"),
    "Unsqueeze": _rule("{0}.unsqueeze({dim})", "g.squeeze({dim})"),
    "Select": _rule("{0}.select({dim}, {index})", "g into zeros, at index {index} of dim {dim}"),
    "Slice": _rule("{0}[slice]", "g into zeros, at the slice"),
    "Index": _rule("{0}[indices]", "g added into zeros, at the indices"),
    "IndexSelect": _rule("{0}.index_select({dim}, index)", "g added into zeros, at the indices"),
    "Gather": _rule("{0}.gather({dim}, index)", "g added into zeros, at the indices"),
    "MaskedSelect": _rule("{0}[mask]", "g into zeros, where the mask holds"),
    "Embedding": _rule("{0}[indices]", "g added into zeros, at the rows looked up"),
    "AsStrided": _rule("{0}.as_strided(…)", "g added into zeros, at the same slots"),
    "Diagonal": _rule("{0}.diagonal()", "g into zeros, on the diagonal"),
    "Flip": _rule("{0}.flip{dims}", "g.flip{dims}"),
    "Clone": _rule("{0}.clone()", "g"),
    "Alias": _rule("{0}.alias()", "g"),
    "ToCopy": _rule("{0}.to(…)", "g in the dtype and device of {0}"),
    "Unbind": _rule("{0}.unbind()", "the gradients of all parts, stacked"),
    "Split": _rule("{0}.split(…)", "the gradients of all parts, joined"),
    "CopySlices": _rule("{0}, a part of it overwritten", "g, 0 where it was overwritten", "g of the part"),
    # losses and noise
    "MseLoss": _each("mse_loss({0}, {1})", "2 * ({0} - {1}) / n", "2 * ({1} - {0}) / n", self=0, target=1),
    "NllLoss": _rule("nll_loss({0}, target)", "-g / n at each target, 0 elsewhere"),
    "BinaryCrossEntropyWithLogits": _rule("bce({0}, target)", "g * (sigmoid({0}) - target) / n"),
    "NativeDropout": _rule("dropout({0})", "g * mask / (1 - p)"),
}

MANY = {
    "Cat": Rule("cat(inputs)", ("the part of g that came from {i}",)),
    "Stack": Rule("stack(inputs)", ("the slice of g that came from {i}",)),
}
"""Operations with any number of inputs: one rule for all of them, `{i}` being the input."""


def rule_for(name: str, op: str) -> Rule | None:
    """The rule of a node such as "AddBackward0", whose operation is "Add"; None where it is not listed."""
    return RULES.get(name) or RULES.get(op) or MANY.get(op)
