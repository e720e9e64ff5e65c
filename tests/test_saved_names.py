"""What a node shows of what it saved: PyTorch's names and values, over every case of every operation."""

import pytest

import tensorbook
from tests import oracle
from tests.ops.cases import CASES

pytestmark = [pytest.mark.oracle, pytest.mark.skipif(oracle.torch is None, reason="PyTorch is not installed")]

# The values that differ, and in which cases, by the beginning of their names. All other values of all nodes agree.
OTHERWISE = {
    # masks are kept as the places where they hold, or in the shape of what they choose from
    ("IndexBackward0", "indices"): ("index with",),
    ("IndexPutBackward0", "indices"): ("assign by a mask", "index_put by a mask"),
    ("MaskedScatterBackward0", "mask"): ("masked_scatter of a row mask",),
    # one number that counts for every dimension is kept once for each
    ("ConvolutionBackward0", "stride"): ("conv2d one stride",),
    ("ConvolutionBackward0", "padding"): ("conv2d valid", "conv3d valid"),
    ("ConvolutionBackward0", "output_padding"): ("conv2d valid", "conv3d valid"),
    # orthonormal vectors are right up to their sign
    ("LinalgEighBackward0", "eigenvectors"): ("eigh", "eigvalsh"),
    ("LinalgSvdBackward0", "U"): ("svd", "norm nuc"),
    ("LinalgSvdBackward0", "Vh"): ("svd", "norm nuc"),
    # the strides of a matrix without elements
    ("AddmmBackward0", "mat1_sym_strides"): ("addmm of nothing",),
    ("AddmmBackward0", "mat2_sym_strides"): ("addmm of nothing",),
    ("MmBackward0", "self_sym_strides"): ("matmul nothing",),
    ("MmBackward0", "mat2_sym_strides"): ("matmul nothing",),
    ("RreluWithNoiseBackward1", "noise"): ("rrelu_",),  # not set by PyTorch where nothing is drawn
    # operations made of others, which number a dimension from the front or from the end
    ("CumsumBackward0", "dim"): ("cumulative_trapezoid",),
    ("PermuteBackward0", "dims"): ("tensordot", "inner", "einsum"),
    ("SelectBackward0", "dim"): ("trapezoid",),
    ("SliceBackward0", "dim"): ("trapezoid", "cumulative_trapezoid"),
    ("SliceBackward0", "end"): ("trapezoid", "cumulative_trapezoid"),
    ("SumBackward1", "dim"): ("trapezoid",),
    ("TransposeBackward0", "dim0"): ("matmul",),
    ("TransposeBackward0", "dim1"): ("matmul",),
    ("UnsqueezeBackward0", "dim"): ("einsum",),
}


def value(saved):
    if oracle.is_tensor(saved):
        return saved.detach().double().tolist()
    if isinstance(saved, (tuple, list)):
        return [value(v) for v in saved]
    return saved


def same(mine, wanted):
    if isinstance(wanted, list):
        return isinstance(mine, list) and len(mine) == len(wanted) and all(map(same, mine, wanted))
    if isinstance(wanted, float) and type(mine) is float:
        return mine == pytest.approx(wanted, rel=2e-3, abs=2e-3, nan_ok=True)
    return type(mine) is type(wanted) and mine == wanted  # 2 is not 2.0


def shown_by_nodes(case, module):
    """(node name, {name: value}) for each node behind a case's first output, with what is shown raw as None."""
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
        shown = {n: value(getattr(node, n)) for n in dir(node) if n.startswith("_saved_")}
        found.append((node.name(), shown | {n: None for n in dir(node) if n.startswith("_raw_saved_")}))
    return found


def test_names_and_values():
    kinds, compared, names, values = set(), 0, [], []
    for case in CASES.values():
        ours, theirs = shown_by_nodes(case, tensorbook), shown_by_nodes(case, oracle.torch)
        if [name for name, _ in ours] != [name for name, _ in theirs]:
            continue  # test_ops.py compares the graphs
        for (node, mine), (_, wanted) in zip(ours, theirs, strict=True):
            kinds.add(node)
            if mine.keys() != wanted.keys():
                names.append((case.name, node, mine.keys() ^ wanted.keys()))
            for name in mine.keys() & wanted.keys():
                compared += 1
                allowed = case.name.startswith(OTHERWISE.get((node, name.removeprefix("_saved_")), ()))
                if not allowed and not same(mine[name], wanted[name]):
                    values.append((case.name, node, name, mine[name], wanted[name]))
    assert not names
    assert not values
    assert len(kinds) > 260
    assert compared > 8000


def read(node, name):
    try:
        return value(getattr(node, name))
    except RuntimeError as error:
        return str(error)


# In each: what is freed with the backward pass, and what is only a number and stays.
@pytest.mark.parametrize("program", [
    lambda torch, x: x.exp(),
    lambda torch, x: x * x,
    lambda torch, x: x @ x.T,
    lambda torch, x: x.gather(-1, torch.tensor([[1, 0]])),
    lambda torch, x: torch.nn.functional.layer_norm(x, (4,)),
    lambda torch, x: torch.nn.functional.max_pool1d(x, 2),
    lambda torch, x: torch.nn.functional.cross_entropy(x, torch.tensor([0, 1, 3])),
    lambda torch, x: torch.nn.functional.linear(torch.ones(2, 4), x, torch.zeros(3)),
    lambda torch, x: torch.nn.functional.scaled_dot_product_attention(*[x.reshape(1, 2, 3, 2)] * 3, is_causal=True),
    lambda torch, x: torch.linalg.det(x[:, 1:]),
    lambda torch, x: x.max(-1).values,
])  # fmt: skip
def test_after_the_backward_pass(program):
    def told(torch):
        x = torch.arange(12.0).reshape(3, 4).sin().requires_grad_()
        y = program(torch, x)
        waiting, nodes = [y.grad_fn], []
        while waiting:
            nodes.append(waiting.pop())
            waiting += [below for below, _ in nodes[-1].next_functions if below is not None]
        y.sum().backward()
        return [{n: read(node, n) for n in dir(node) if n.startswith("_saved_")} for node in nodes]

    def rounded(nodes):  # the values that are left after it were compared above
        return [{n: v if isinstance(v, (str, int, type(None))) else "there" for n, v in node.items()} for node in nodes]

    assert rounded(told(tensorbook)) == rounded(told(oracle.torch))


def test_a_write_to_an_input_that_is_only_kept_is_seen():
    def told(torch):
        x = torch.ones(1, 4).exp().requires_grad_() * 1
        y = torch.nn.functional.max_pool1d(x, 2)
        x.add_(1)
        try:
            y.sum().backward()
        except RuntimeError as error:
            return str(error).partition(":")[0]

    assert told(tensorbook) == told(oracle.torch) is not None


def test_raw_saved_is_the_place_behind_the_name():
    x = tensorbook.ones(2, requires_grad=True)
    node = x.exp().grad_fn
    assert node._raw_saved_result.unpack().tolist() == node._saved_result.tolist()
    with pytest.raises(AttributeError, match="_raw_saved_other"):
        node._raw_saved_other  # noqa: B018
    index = x.gather(0, tensorbook.tensor([1])).grad_fn._raw_saved_index
    assert index.unpack().tolist() == index.data.tolist() == [1]
    with pytest.raises(NotImplementedError, match="_raw_saved_index"):
        index.register_hooks(lambda kept: kept, lambda kept: kept)
