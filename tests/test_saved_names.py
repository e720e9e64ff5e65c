"""What a node shows of what it saved: PyTorch's names and values, over every case of every operation."""

import numpy as np
import pytest

import tensorbook
from tests import oracle
from tests.ops.cases import CASES

pytestmark = [pytest.mark.oracle, pytest.mark.skipif(oracle.torch is None, reason="PyTorch is not installed")]

# The nodes that a reader meets first: these agree to the last name and value.
COMMON = {
    "Abs", "Acos", "Add", "Amax", "Amin", "AsStrided", "Asin", "Atan", "Bmm", "Cat", "Clamp", "Clone", "Cos",
    "BinaryCrossEntropy", "BinaryCrossEntropyWithLogits", "Cumsum", "Div", "Dot", "Elu", "Exp", "Expand", "Expm1",
    "Flip", "Gelu", "Hardtanh", "HuberLoss", "Index", "IndexPut", "MseLoss", "SmoothL1Loss", "SoftMarginLoss",
    "IndexSelect", "LeakyRelu", "LinalgCholeskyEx", "LinalgEigh", "LinalgInvEx", "Log", "Log10", "Log1P", "Log2",
    "LogSoftmax", "Logsumexp", "MaskedFill", "Max", "Maximum", "Mean", "Min", "Minimum", "Mul", "Mv", "Neg",
    "Permute", "Pow", "Prod", "Reciprocal", "Relu", "Repeat", "Roll", "Rsqrt", "Rsub", "Select", "Sigmoid", "Sign",
    "Silu", "Sin", "Sinh", "Slice", "Softmax", "Softplus", "Sort", "Split", "SplitWithSizes", "Sqrt", "Squeeze",
    "Stack", "Std", "Sub", "Sum", "T", "Tan", "Tanh", "Topk", "Transpose", "Tril", "Triu", "Unbind", "Unfold",
    "UnsafeView", "Unsqueeze", "Var", "View", "Where",
}  # fmt: skip
# Some others keep other things than PyTorch's do, because the gradient is computed from other things.

# Values that are spelled otherwise: dimensions counted from the front, operands already in the common dtype, None
# spelled out, masks as indices, vectors up to their sign.
OTHER_VALUES = {"dim", "dim0", "dim1", "dim2", "dims", "shifts", "end", "correction", "weight", "pos_weight", "indices"}
OTHER_VALUES |= {"U", "Vh", "eigenvectors"}


def value(saved):
    if oracle.is_tensor(saved):
        return np.array(saved.detach().tolist(), float).round(3).tolist()
    if isinstance(saved, (tuple, list)):
        return [value(v) for v in saved]
    if isinstance(saved, int) and saved > 2**63:
        return saved - 2**64  # a number counted from the end, which C++ takes as one without a sign
    return round(saved, 4) if isinstance(saved, float) else saved


def saved_by_nodes(case, module):
    """(node name, {name: value}) for each node behind a case's first output."""
    inputs = [oracle.build(module, array) for array in case.arrays()]
    for tensor in inputs:
        if case.differentiable and tensor.is_floating_point():
            tensor.requires_grad_()
    try:
        outputs = oracle.leaves(case.call(module, *inputs))
    except Exception:
        return []
    found, seen = [], set()
    waiting = [y.grad_fn for y in outputs if oracle.is_tensor(y) and y.grad_fn is not None][:1]
    while waiting:
        node = waiting.pop()
        if node in seen:
            continue
        seen.add(node)
        waiting += [below for below, _ in reversed(node.next_functions) if below is not None]
        names = [n for n in dir(node) if n.startswith("_saved_")]
        found.append((node.name(), {n.removeprefix("_saved_"): value(getattr(node, n)) for n in names}))
    return found


def test_names_and_values():
    differing, kinds, values, compared = {}, set(), [], 0
    for case in CASES.values():
        ours, theirs = saved_by_nodes(case, tensorbook), saved_by_nodes(case, oracle.torch)
        if [name for name, _ in ours] != [name for name, _ in theirs]:
            continue  # test_ops.py compares the graphs
        for (node, mine), (_, wanted) in zip(ours, theirs, strict=True):
            kind = node.partition("Backward")[0]
            kinds.add(kind)
            if mine.keys() != wanted.keys() and node not in ("SqueezeBackward1", "SqueezeBackward4", "DivBackward2"):
                differing[kind] = mine.keys() ^ wanted.keys()
            if kind in COMMON:
                for name in (mine.keys() & wanted.keys()) - OTHER_VALUES:
                    compared += 1
                    if mine[name] != wanted[name]:
                        values.append((case.name, node, name, mine[name], wanted[name]))
    assert not values
    assert not differing.keys() & COMMON, {kind: differing[kind] for kind in differing if kind in COMMON}
    assert compared > 500
    assert len(differing) <= 0.25 * len(kinds), differing


def test_raw_saved_is_the_place_behind_the_name():
    x = tensorbook.ones(2, requires_grad=True)
    node = x.exp().grad_fn
    assert node._raw_saved_result.unpack().tolist() == node._saved_result.tolist()
    with pytest.raises(AttributeError, match="_raw_saved_other"):
        node._raw_saved_other  # noqa: B018
