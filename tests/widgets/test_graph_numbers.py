"""The local rules with their numbers: what stands left of an equals sign is what autograd computes, entry by entry."""

import math
import re

import pytest

pytest.importorskip("anywidget")
import tensorbook
from tensorbook.widgets import GraphExplorer
from tensorbook.widgets.graph_model import read_graph
from tensorbook.widgets.graph_story import Story
from tests import oracle
from tests.ops.cases import CASES

pytorch = pytest.importorskip("torch", reason="PyTorch is the oracle")
pytestmark = pytest.mark.oracle

CALLS = {name: getattr(math, name) for name in ("exp", "log", "sin", "cos", "sinh", "cosh", "sqrt", "pi", "inf", "nan")}
CALLS |= {
    "abs": abs,
    "sign": lambda a: (a > 0) - (a < 0),
    "sigmoid": lambda a: 1 / (1 + math.exp(-a)),
    "clamp": lambda a, low, high: min(max(a, low), high),
    "digamma": lambda a: pytorch.digamma(pytorch.tensor(float(a))).item(),
}


def values(torch):
    """Fresh leaves, the same for both libraries; p is between 0 and 1."""
    numbers = [0.5, -1.25, 2.0, 0.75, 1.5, -0.5, 0.25, -2.0, 1.0, 3.0, -0.75, 1.75]
    made = {"x": numbers[:6], "y": numbers[6:], "z": numbers[3:9], "v": numbers[2:5], "w": numbers[7:10], "m": numbers}
    made["p"] = [0.5, 0.25, 0.75, 0.125, 0.625, 0.875]
    shapes = {"x": (2, 3), "y": (3, 2), "z": (2, 3), "v": (3,), "w": (3,), "m": (2, 3, 2), "p": (2, 3)}
    return {name: torch.tensor(made[name]).view(shapes[name]).requires_grad_() for name in shapes}


def _table(t, f):
    """Operation by operation, of the library `t` and its functional `f`."""
    data, rows, classes = t.tensor([[0.5, 1.0, 0.25], [1.0, 0.0, 0.5]]), t.tensor([2, 0, 2]), t.tensor([2, 1])
    kept = t.tensor([[True, False, True], [True, True, False]])
    weight = t.tensor([0.5, 2.0, 0.25])
    return {
        # products
        "mm": lambda x, y: x @ y,
        "mv": lambda x, v: x.mv(v),
        "dot": lambda v, w: v.dot(w),
        "bmm": lambda m, z: t.bmm(m, z.view(2, 1, 3).expand(2, 2, 3) * 1),
        "matmul 3": lambda m, x: m @ x,
        "addmm": lambda x, y: t.addmm(t.ones(2), x, y),
        "addmm scaled": lambda z, x, y: t.addmm((z @ y.detach()), x, y, beta=2, alpha=3),
        "addmv": lambda x, v: t.addmv(t.ones(2), x, v),
        "baddbmm": lambda m, x: t.baddbmm(t.ones(2, 3, 3), m, x.view(2, 1, 3).expand(2, 2, 3) * 1),
        "addr": lambda v, w: t.addr(t.ones(3, 3), v, w),
        "linear": lambda x, z, y: f.linear(x, z, y[0]),
        "outer": lambda v, w: t.outer(v, w),
        "einsum": lambda x, y: t.einsum("ij,jk->ik", x, y),
        "conv1d": lambda x, z: f.conv1d(x.view(1, 2, 3), z.view(1, 2, 3)[:, :, :2]),
        "conv2d": lambda x, z: f.conv2d(x.view(1, 1, 2, 3), z.view(1, 1, 2, 3)[..., :2]),
        "det": lambda m: t.linalg.det(m.view(3, 4)[:, :3] + t.eye(3)),
        # broadcasting
        "row": lambda x, v: x + v,
        "row subtracted": lambda x, v: x - v,
        "column": lambda x, z: x * z[:, :1],
        "scalar": lambda x, v: x * v.sum(),
        "divided": lambda x, v: x / v,
        "power": lambda p, v: p**v,
        "scaled": lambda x, z: t.add(x, z, alpha=3),
        # losses
        "mse": lambda x: f.mse_loss(x, data),
        "mse sum": lambda x: f.mse_loss(x, data, reduction="sum"),
        "mse none": lambda x: f.mse_loss(x, data, reduction="none"),
        "mse both": lambda x, z: f.mse_loss(x, z),
        "l1": lambda x: f.l1_loss(x, data),
        "smooth l1": lambda x: f.smooth_l1_loss(x, data),
        "smooth l1 beta": lambda x: f.smooth_l1_loss(x, data, beta=0.5),
        "huber": lambda x: f.huber_loss(x, data, delta=0.5),
        "nll": lambda x: f.nll_loss(x, classes),
        "nll sum": lambda x: f.nll_loss(x, classes, reduction="sum"),
        "nll weight": lambda x: f.nll_loss(x, classes, weight),
        "nll ignored": lambda x: f.nll_loss(x, classes, ignore_index=2),
        "cross entropy": lambda x: f.cross_entropy(x, classes),
        "cross entropy probabilities": lambda x: f.cross_entropy(x, data),
        "bce": lambda p: f.binary_cross_entropy(p, data),
        "bce weight": lambda p: f.binary_cross_entropy(p, data, weight),
        "bce logits": lambda x: f.binary_cross_entropy_with_logits(x, data),
        "bce logits sum": lambda x: f.binary_cross_entropy_with_logits(x, data, reduction="sum"),
        "bce logits pos": lambda x: f.binary_cross_entropy_with_logits(x, data, pos_weight=weight),
        "kl": lambda p: f.kl_div(p.log(), data, reduction="batchmean"),
        "soft margin": lambda x: f.soft_margin_loss(x, data * 2 - 1),
        # reductions
        "sum": lambda x: x.sum(),
        "sum dim": lambda x: x.sum(1),
        "sum keepdim": lambda x: x.sum(0, keepdim=True),
        "mean": lambda x: x.mean(),
        "mean dim": lambda x: x.mean(1),
        "mean last": lambda m: m.mean((0, -1)),
        "prod": lambda v: v.prod(),
        "prod dim": lambda x: x.prod(1),
        "prod with 0": lambda v: (v - 2).prod(),
        "max": lambda x: x.max(),
        "min": lambda x: x.min(),
        "max dim": lambda x: x.max(1).values,
        "amax": lambda x: x.relu().amax(0),
        "amin": lambda x: t.minimum(x, x.detach() * 0).amin(1),
        "median": lambda x: x.median(),
        "var": lambda v: v.var(),
        "var dim": lambda x: x.var(1),
        "std": lambda v: v.std(),
        "std biased": lambda x: x.std(1, correction=0),
        "norm": lambda x: x.norm(),
        "norm dim": lambda x: x.norm(dim=1),
        "norm 1": lambda x: t.linalg.vector_norm(x, 1),
        "norm 3": lambda x: x.norm(p=3),
        "softmax": lambda x: x.softmax(1),
        "softmax columns": lambda x: x.softmax(0),
        "log softmax": lambda x: x.log_softmax(-1),
        "logsumexp": lambda x: x.logsumexp(1),
        "cumsum": lambda x: x.cumsum(1),
        "cumprod": lambda x: x.cumprod(1),
        "trace": lambda m: m.view(3, 4)[:, :3].trace(),
        # the same numbers elsewhere
        "view": lambda x: x.view(6),
        "reshape": lambda x: x.t().reshape(6),
        "t": lambda x: x.t(),
        "transpose": lambda m: m.transpose(0, 2),
        "permute": lambda m: m.permute(2, 0, 1),
        "expand": lambda v: v.expand(2, 3),
        "repeat": lambda v: v.repeat(2),
        "squeeze": lambda x: x.view(2, 1, 3).squeeze(),
        "unsqueeze": lambda v: v.unsqueeze(0),
        "select": lambda x: x[1],
        "element": lambda x: x[1, 2],
        "slice": lambda x: x[:, 1:],
        "index": lambda x: x[:, rows],
        "mask": lambda x: x[kept],
        "index_select": lambda x: x.index_select(1, rows),
        "gather": lambda x: x.gather(1, classes[:, None]),
        "take": lambda x: x.take(rows),
        "embedding": lambda y: f.embedding(rows, y),
        "where": lambda x, z: t.where(kept, x, z),
        "masked_fill": lambda x: x.masked_fill(kept, 0.0),
        "flip": lambda v: v.flip(0),
        "roll": lambda v: v.roll(1),
        "tril": lambda x: x.tril(),
        "diagonal": lambda x: x.diagonal(),
        "cat": lambda x, z: t.cat([x, z]),
        "stack": lambda v, w: t.stack([v, w]),
        "split": lambda x: x.split(1)[1],
        "unbind": lambda x: x.unbind()[1],
        "sort": lambda x: x.sort(1).values,
        "topk": lambda x: x.topk(2).values,
        "pad": lambda x: f.pad(x, (1, 0)),
        "clone": lambda x: x.clone(),
        "unfold": lambda v: f.unfold(v.view(1, 1, 1, 3), (1, 2)),
        "double": lambda x: x.double().float(),
        # elementwise
        "relu": lambda x: x.relu(),
        "leaky relu": lambda x: f.leaky_relu(x, 0.1),
        "elu": lambda x: f.elu(x),
        "gelu": lambda x: f.gelu(x),
        "silu": lambda x: f.silu(x),
        "softplus": lambda x: f.softplus(x),
        "prelu": lambda x, v: f.prelu(x, v),
        "hardswish": lambda x: f.hardswish(x),
        "sigmoid": lambda x: x.sigmoid(),
        "tanh": lambda x: x.tanh(),
        "exp": lambda x: x.exp(),
        "log": lambda p: p.log(),
        "sqrt": lambda p: p.sqrt(),
        "rsqrt": lambda p: p.rsqrt(),
        "pow": lambda x: x**3,
        "base": lambda x: 2**x,
        "reciprocal": lambda x: 1 / x,
        "abs": lambda x: x.abs(),
        "clamp": lambda x: x.clamp(-1, 1),
        "clamp min": lambda x: x.clamp(min=0),
        "maximum": lambda x, z: t.maximum(x, z),
        "lerp": lambda x, z: t.lerp(x, z, 0.25),
        "addcmul": lambda x, z: t.addcmul(t.ones(3), x, z, value=2),
        "addcdiv": lambda x, z: t.addcdiv(t.ones(3), x, z),
        "hypot": lambda x, z: t.hypot(x, z),
        "atan2": lambda x, z: t.atan2(x, z),
        "xlogy": lambda x, p: t.xlogy(x, p),
        "remainder": lambda x, p: x % p,
        # layers
        "layer norm": lambda x, v, w: f.layer_norm(x, (3,), v, w),
        "batch norm": lambda x, v, w: f.batch_norm(x, None, None, v, w, training=True),
        "max pool": lambda x: f.max_pool1d(x, 3),
        "max pool 2": lambda m: f.max_pool2d(m.view(1, 3, 4), 2),
        "avg pool": lambda m: f.avg_pool2d(m.view(1, 3, 4), 2),
        "upsample": lambda x: f.interpolate(x.view(1, 2, 3), scale_factor=2),
        "cosine": lambda x, z: f.cosine_similarity(x, z),
        "attention": lambda x, z: f.scaled_dot_product_attention(x[None], z[None], z.detach()[None]),
    }


TABLES = {torch: _table(torch, torch.nn.functional) for torch in (tensorbook, pytorch)}
LINE = re.compile(r"(?:\[([\d, ]+)\]: )?(.+) = ([^ ]+)(?: \(.+\))?")


def explored(torch, name):
    """The edges with numbers of an operation under random cotangents, the leaves' gradients, and what came in."""
    leaves, function = values(torch), TABLES[torch][name]
    used = {one: leaves[one] for one in function.__code__.co_varnames[: function.__code__.co_argcount]}
    out = function(**used)
    generator = pytorch.Generator().manual_seed(3)
    came = torch.tensor(pytorch.randn(tuple(out.shape), generator=generator).tolist())
    loss = (out * came).sum()
    picture = GraphExplorer(loss, names=used).picture
    nodes = picture["nodes"]
    edges = [edge | {"op": nodes[edge["from"]]["key"], "leaf": nodes[edge["to"]]["label"]} for edge in picture["edges"]]
    loss.backward(inputs=list(used.values()))
    return edges, {one: leaf.grad for one, leaf in used.items()}, came


def computed(text, came, place):
    """The value of a formula with numbers; None where it is not written in full. Plain g is its entry in that place."""
    if text in ("g", "-g") and place and came.dim():
        came = came[tuple(int(i) for i in place.split(","))]
    if "…" in text or re.search(r"\bg\d", text):
        return None
    text = re.sub(r"\((\S+ > 0) \? (\S+) : (exp\(\S+ / \S+\)|\S+?)\)(?= |$)", r"((\2) if \1 else (\3))", text)
    text = text.replace("ln 2", str(math.log(2))).replace("ln 10", str(math.log(10)))
    return float(eval(text, {**CALLS, "g": came}))


@pytest.mark.parametrize("name", TABLES[pytorch])
def test_numbers_are_what_autograd_computes_and_the_same_for_both_libraries(name):
    shown = {}
    for torch in (pytorch, tensorbook):
        edges, gradients, came = explored(torch, name)
        shown[torch] = [
            (edge["op"].partition(" #")[0], edge.get("numbers", "")) for edge in edges if edge["kind"] == "grad"
        ]
        for edge in edges:
            if edge["kind"] == "data":
                continue
            assert edge.get("numbers"), (edge["op"], edge["text"])
            place, formula, result = LINE.fullmatch(edge["numbers"]).groups()
            into = [other for other in edges if other["to"] == edge["to"]]
            if edge["leaf"] in gradients and len(into) == 1:
                gradient = gradients[edge["leaf"]]
                entry = gradient[tuple(int(i) for i in place.split(","))] if place else gradient
                assert float(result) == pytest.approx(entry.item(), rel=1e-3, abs=1e-6)
            for part in formula.split(" = "):
                if not re.search(r"\bg\b", part) or edge["from"] == edges[1]["to"]:
                    found = computed(part, came, place)
                    assert found is None or found == pytest.approx(float(result), rel=5e-3, abs=2e-3), edge["numbers"]
    assert sorted(shown[tensorbook]) == sorted(shown[pytorch])


def stories():
    """What is told of each case that all operations are tested with, where its first output has a gradient."""
    for case in CASES.values():
        inputs = [oracle.build(tensorbook, array) for array in case.arrays()]
        if not case.differentiable:
            continue
        for tensor in inputs:
            if tensor.is_floating_point():
                tensor.requires_grad_()
        try:
            outputs = oracle.leaves(case.call(tensorbook, *inputs))
        except Exception:  # a case for an error
            continue
        out = next((y for y in outputs if oracle.is_tensor(y) and y.grad_fn is not None), None)
        if out is not None and out.is_floating_point() and out.numel():
            yield Story(read_graph((out * tensorbook.rand(tuple(out.shape), dtype=out.dtype)).sum(), {}))


def test_what_is_written_holds_in_every_case_of_every_operation():
    tensorbook.manual_seed(0)
    lines = {link.numbers for story in stories() for link in story.links if link.kind == "grad" and link.numbers}
    assert len(lines) > 2000
    wrong, checked = [], 0
    for line in lines:
        _, formula, result = LINE.fullmatch(line).groups()
        for part in formula.split(" = "):
            if re.search(r"\bg", part) or (found := computed(part, None, None)) is None:
                continue
            checked += 1
            most = max(abs(float(number)) for number in re.findall(r"\d+\.?\d*(?:e[-+]\d+)?", part))
            if not (found == float(result) or abs(found - float(result)) <= 5e-3 * max(most, 1) or math.isnan(found)):
                wrong.append(line)
    assert not wrong
    assert checked > 1500
