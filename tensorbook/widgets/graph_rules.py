"""The local rule of each operation, as formulas to read: what it computes, and what it hands to each input in backward.

In a formula `g` is the gradient that comes in, `{0}`, `{1}`, … stand for the inputs and `{out}` for the result. Another
name in braces is a number that the node saved (`{exponent}`, and `{less}` for one less); `{per}` is " / n" where a loss
takes the mean. A name such as "SumBackward1"
stands for that one form of the operation. Nothing here is computed with.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

FACTORS = ("alpha", "beta", "value")
"""Saved numbers that stand before something as a factor, and vanish where they are 1."""


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
        return words - {"out", "i", "less", "per", "weighted", *FACTORS}


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
    "Addcmul": _rule("{0} + {value}{1} * {2}", "g", "{value}g * {2}", "{value}g * {1}", tensor1=1, tensor2=2),
    "Addcdiv": _rule("{0} + {value}{1} / {2}", "g", "{value}g / {2}", "-{value}g * {1} / {2}**2", tensor1=1, tensor2=2),
    "DivBackward2": _rule("div({0}, {1}, rounding_mode)", "0: rounding is flat", "0: rounding is flat"),
    "DivBackward3": _rule("div({0}, {1}, rounding_mode)", "0: rounding is flat"),
    "Remainder": _rule("remainder({0}, {1})", "g", "g times minus the whole quotient"),
    "Fmod": _rule("fmod({0}, {1})", "g", "g times minus the whole quotient"),
    "Floor": _rule("floor({0})", "0: rounding is flat"),
    "Ceil": _rule("ceil({0})", "0: rounding is flat"),
    "Round": _rule("round({0})", "0: rounding is flat"),
    "Trunc": _rule("trunc({0})", "0: rounding is flat"),
    "Sign": _rule("sign({0})", "0: a sign is flat"),
    "Lerp": _rule("lerp({0}, {1}, weight)", "g * (1 - weight)", "g * weight"),
    # functions of one number
    "Exp": _each("exp({0})", "{out}"),
    "Expm1": _each("expm1({0})", "({out} + 1)"),
    "Log": _each("log({0})", "(1 / {0})"),
    "Log1p": _each("log1p({0})", "(1 / (1 + {0}))"),
    "Log10": _each("log10({0})", "(1 / ({0} * ln 10))"),
    "Exp2": _each("exp2({0})", "({out} * ln 2)"),
    "Logit": _each("logit({0})", "(1 / ({0} * (1 - {0})))"),
    "Asin": _each("asin({0})", "(1 / sqrt(1 - {0}**2))"),
    "Acos": _each("acos({0})", "(-1 / sqrt(1 - {0}**2))"),
    "Asinh": _each("asinh({0})", "(1 / sqrt({0}**2 + 1))"),
    "Acosh": _each("acosh({0})", "(1 / sqrt({0}**2 - 1))"),
    "Atanh": _each("atanh({0})", "(1 / (1 - {0}**2))"),
    "Erfc": _each("erfc({0})", "(-2 / sqrt(pi) * exp(-{0}**2))"),
    "Lgamma": _each("lgamma({0})", "digamma({0})"),
    "Atan2": _each("atan2({0}, {1})", "({1} / ({0}**2 + {1}**2))", "(-{0} / ({0}**2 + {1}**2))", self=0, other=1),
    "Hypot": _each("hypot({0}, {1})", "({0} / {out})", "({1} / {out})", self=0, other=1),
    "Logaddexp": _each("logaddexp({0}, {1})", "exp({0} - {out})", "exp({1} - {out})", self=0, other=1),
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
    "Softplus": _each("softplus({0})", "sigmoid({beta}{0})"),
    "Relu": _each("relu({0})", "({0} > 0)"),
    "LeakyRelu": _each("leaky_relu({0})", "({0} > 0 ? 1 : {negative_slope})"),
    "Elu": _rule("elu({0})", "g times its slope: {scale} above 0, {scale} * {alpha}exp below"),
    "Celu": _each("celu({0})", "({0} > 0 ? 1 : exp({0} / alpha))"),
    "Hardtanh": _each("hardtanh({0})", "({min_val} < {0} < {max_val})"),
    "Hardsigmoid": _each("hardsigmoid({0})", "(-3 < {0} < 3) / 6"),
    "Hardswish": _rule("hardswish({0})", "g times its slope: 0 below -3, {0} / 3 + 1/2, 1 above 3"),
    "Hardshrink": _each("hardshrink({0})", "(abs({0}) > {lambd})"),
    "Softshrink": _each("softshrink({0})", "(abs({0}) > {lambd})"),
    "Threshold": _each("threshold({0})", "({0} > {threshold})"),
    "PreluKernel": _rule("prelu({0}, {1})", "g * ({0} > 0 ? 1 : {1})", "g * {0} where {0} <= 0", self=0, weight=1),
    "RreluWithNoise": _rule("rrelu({0})", "g times the slope that was drawn for each element below 0"),
    "Mish": _each("mish({0})", "d mish({0})"),
    "Glu": _rule("glu({0})", "one half gets g * sigmoid(gate), the gate g * value * sigmoid'(gate)"),
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
    "Var": _rule("var({0})", "g * 2 * ({0} - mean({0})) / (n - {correction})"),
    "Std": _rule("std({0})", "g * ({0} - mean({0})) / ((n - {correction}) * {out})"),
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
    "Addmm": _rule("{beta}{0} + {alpha}{1} @ {2}", "{beta}g", "{alpha}g @ {2}.T", "{alpha}{1}.T @ g", mat1=1, mat2=2),
    "Addmv": _rule("{beta}{0} + {alpha}{1} @ {2}", "{beta}g", "{alpha}g outer {2}", "{alpha}{1}.T @ g", mat=1, vec=2),
    "Baddbmm": _rule(
        "{beta}{0} + {alpha}{1} @ {2}", "{beta}g", "{alpha}g @ {2}.mT", "{alpha}{1}.mT @ g", batch1=1, batch2=2
    ),
    "Linear": _rule("{0} @ {1}.T + {2}", "g @ {1}", "g.T @ {0}", "g", input=0, weight=1),
    "Convolution": _rule(
        "conv({0}, {1}) + {2}",
        "g convolved with {1} flipped",
        "{0} correlated with g",
        "g summed over batch and space",
        input=0,
        weight=1,
    ),
    "Addr": _rule("{beta}{0} + {alpha}{1} outer {2}", "{beta}g", "{alpha}g @ {2}", "{alpha}g.T @ {1}", vec1=1, vec2=2),
    "Trace": _rule("trace({0})", "g on the diagonal, 0 elsewhere"),
    "LinalgDet": _rule("det({0})", "g * {out} * inverse({0}).mT"),
    "LinalgInvEx": _rule("inverse({0})", "-{out}.mT @ g @ {out}.mT"),
    "LinalgSolveEx": _rule("solve({0}, {1})", "-(what {1} gets) outer {out}", "solve({0}.mT, g)", A=0, B=1),
    "ScaledDotProductFlashAttentionForCpu": _rule(
        "attention({0}, {1}, {2})",
        "through the softmax to the queries",
        "through the softmax to the keys",
        "the weights, transposed, @ g",
        query=0,
        key=1,
        value=2,
    ),
    # pooling and normalising
    "MaxPool2DWithIndices": _rule("max_pool({0})", "g to the largest of each window, 0 elsewhere"),
    "MaxPool3DWithIndices": _rule("max_pool({0})", "g to the largest of each window, 0 elsewhere"),
    "AdaptiveMaxPool2D": _rule("max_pool({0})", "g to the largest of each window, 0 elsewhere"),
    "AdaptiveMaxPool3D": _rule("max_pool({0})", "g to the largest of each window, 0 elsewhere"),
    "AvgPool2D": _rule("avg_pool({0})", "g shared evenly over each window"),
    "AvgPool3D": _rule("avg_pool({0})", "g shared evenly over each window"),
    "AdaptiveAvgPool2D": _rule("avg_pool({0})", "g shared evenly over each window"),
    "AdaptiveAvgPool3D": _rule("avg_pool({0})", "g shared evenly over each window"),
    "NativeBatchNorm": _rule(
        "batch_norm({0})",
        "g scaled as the values were; in training less its mean and its part along them",
        "g * normalised {0}, summed for each channel",
        "g summed for each channel",
        input=0,
        weight=1,
    ),
    "NativeLayerNorm": _rule(
        "layer_norm({0})",
        "g * weight, less its mean and its part along the values, over the std",
        "g * normalised {0}, summed over the rows",
        "g summed over the rows",
        input=0,
        weight=1,
        bias=2,
    ),
    "NativeGroupNorm": _rule(
        "group_norm({0})",
        "g * weight, less its mean and its part along the values, over the std",
        "g * normalised {0}, summed for each channel",
        "g summed for each channel",
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
    "EmbeddingBag": _rule("embedding_bag({0})", "g of each bag added into zeros, at the rows it looked up"),
    "Take": _rule("{0}.take(index)", "g added into zeros, at the indices"),
    "Sort": _rule("sort({0}, dim={dim})", "g put back to where each value came from"),
    "Topk": _rule("topk({0}, dim={dim})", "g to the largest, 0 elsewhere"),
    "Kthvalue": _rule("kthvalue({0}, dim={dim})", "g to the value that was picked, 0 elsewhere"),
    "Median": _rule("median({0})", "g to the median, 0 elsewhere"),
    "Cummax": _rule("cummax({0}, dim={dim})", "g added where each running maximum came from"),
    "Cummin": _rule("cummin({0}, dim={dim})", "g added where each running minimum came from"),
    "Tril": _rule("tril({0})", "tril(g)"),
    "Triu": _rule("triu({0})", "triu(g)"),
    "Roll": _rule("{0}.roll(…)", "g rolled back"),
    "Rot90": _rule("{0}.rot90(…)", "g turned back"),
    "DiagEmbed": _rule("diag_embed({0})", "the diagonal of g"),
    "ConstantPadNd": _rule("pad({0})", "g without the padding"),
    "PixelShuffle": _rule("pixel_shuffle({0})", "pixel_unshuffle(g)"),
    "Im2Col": _rule("unfold({0})", "g of all windows added up in place"),
    "Col2Im": _rule("fold({0})", "the windows of g"),
    "UpsampleNearest1D": _rule("interpolate({0})", "g summed over the copies of each element"),
    "UpsampleNearest2D": _rule("interpolate({0})", "g summed over the copies of each element"),
    "UpsampleBilinear2D": _rule("interpolate({0})", "g shared by the same weights as the values"),
    "ScatterAdd": _rule("{0}.scatter_add(…, {1})", "g", "g gathered at the indices"),
    "IndexAdd": _rule("{0}.index_add(…, {1})", "g", "{alpha}g at the rows that were added"),
    "MaskedScatter": _rule("{0}.masked_scatter(mask, {1})", "g, 0 where masked", "g where masked"),
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
    "MseLoss": _each("mse_loss({0}, {1})", "2 * ({0} - {1}){per}", "2 * ({1} - {0}){per}", self=0, target=1),
    "NllLoss": _rule("nll_loss({0}, target)", "-g{weighted}{per} at each target, 0 elsewhere"),
    "NllLoss2D": _rule("nll_loss({0}, target)", "-g{weighted}{per} at each target, 0 elsewhere"),
    "BinaryCrossEntropy": _rule(
        "bce({0}, {1})",
        "g{weighted} * ({0} - {1}) / ({0} * (1 - {0})){per}",
        "g{weighted} * (log(1 - {0}) - log({0})){per}",
        self=0,
        target=1,
    ),
    "BinaryCrossEntropyWithLogits": _rule("bce({0}, target)", "g{weighted} * (sigmoid({0}) - target){per}"),
    "SmoothL1Loss": _rule("smooth_l1_loss({0}, {1})", "g * clamp({0} - {1}, -1, 1){per}", self=0, target=1),
    "HuberLoss": _rule("huber_loss({0}, {1})", "g * clamp({0} - {1}, -{delta}, {delta}){per}", self=0, target=1),
    "CtcLoss": _rule("ctc_loss({0}, targets)", "g times how much each path owes to each symbol"),
    "NativeDropout": _rule("dropout({0})", "g * mask / (1 - p)"),
}

MANY = {
    "Cat": Rule("cat(inputs)", ("the part of g that came from {i}",)),
    "Stack": Rule("stack(inputs)", ("the slice of g that came from {i}",)),
}
"""Operations with any number of inputs: one rule for all of them, `{i}` being the input."""


_OTHER_NORM = _rule("norm({0})", "g times the slope of the norm")
VARIANTS = {
    "Convolution": (
        "transposed",
        "False",
        _rule(
            "conv_transpose({0}, {1}) + {2}",
            "g correlated with {1}",
            "g correlated with {0}",
            "g summed over batch and space",
            input=0,
            weight=1,
        ),
    ),
    "BinaryCrossEntropyWithLogits": (
        "pos_weight",
        "None",
        _rule("bce({0}, target)", "g times the slope, the positives weighted"),
    ),
    "Norm": ("p", "2", _OTHER_NORM),
    "LinalgVectorNorm": ("ord", "2", _OTHER_NORM),
    "Elu": ("input_scale", "1", _rule("elu({0})", "g times the slope of elu")),
    "SmoothL1Loss": ("beta", "1", _rule("smooth_l1_loss({0}, {1})", "g * clamp(({0} - {1}) / beta, -1, 1){per}")),
}
"""Where a saved number is not as usual, another rule holds: (the number, what is usual, the other rule)."""


def rule_for(name: str, op: str, numbers: Mapping[str, str] | None = None) -> Rule | None:
    """The rule of a node such as "AddBackward0", whose operation is "Add"; None where it is not listed."""
    number, usual, other = VARIANTS.get(op, ("", "", None))
    if numbers and numbers.get(number, "a tensor" if usual == "None" else usual) != usual:
        return other
    return RULES.get(name) or RULES.get(op) or MANY.get(op)
