"""GraphExplorer: what it shows, in words, numbers and pictures, for both libraries."""

import json
import math
import re
import time  # process_time: other work on the machine does not count
import xml.etree.ElementTree as ET

import pytest

pytest.importorskip("anywidget")
import tensorbook
from tensorbook.widgets import GraphExplorer, StorageMap, StrideExplorer
from tensorbook.widgets.graph_story import LIMIT, SHOWN
from tensorbook.widgets.graph_view import MOST, START
from tensorbook.widgets.svg import text_width

try:
    import torch as pytorch
except ImportError:
    pytorch = None


@pytest.fixture(params=["tensorbook", "torch"])
def torch(request):
    """Each test runs on tensors of both libraries."""
    if request.param == "torch" and pytorch is None:
        pytest.skip("PyTorch is not installed")
    return pytorch if request.param == "torch" else tensorbook


def line(torch):
    """The loss of a line through four points, and its parameters."""
    x = torch.tensor([[1.0], [2.0], [3.0], [4.0]])
    y = torch.tensor([[2.0], [4.0], [5.0], [9.0]])
    w = torch.tensor([[0.5]], requires_grad=True)
    b = torch.tensor([0.25], requires_grad=True)
    return ((x @ w + b - y) ** 2).sum(), {"x": x, "y": y, "w": w, "b": b}


def two_layers(torch):
    x = torch.tensor([[0.5, -1.0, 2.0], [1.5, 0.25, -0.5]])
    v = torch.tensor([[0.1, -0.2], [0.3, 0.4], [-0.5, 0.6]], requires_grad=True)
    w = torch.tensor([[1.0], [-1.0]], requires_grad=True)
    b = torch.tensor([0.5], requires_grad=True)
    h = (x @ v).tanh()
    return (h @ w + b).sigmoid().log().mean(), {"x": x, "v": v, "w": w, "b": b, "h": h}


def shared(torch):
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    h = x * x
    return (h.sin() * h.exp() + h).sum(), {"x": x, "h": h}


def views(torch):
    m = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], requires_grad=True)
    return m.t()[1:].reshape(4).relu() + m.sum(0)[0] / 2, {"m": m}


GRAPHS = [line, two_layers, shared, views]


def node(explorer, key):
    return next(node for node in explorer.picture["nodes"] if node["key"] == key)


@pytest.mark.oracle
@pytest.mark.skipif(pytorch is None, reason="PyTorch is not installed")
@pytest.mark.parametrize("make", GRAPHS)
def test_both_libraries_give_the_same_picture(make):
    (ours, our_names), (theirs, their_names) = make(tensorbook), make(pytorch)
    our, their = GraphExplorer(ours, names=our_names), GraphExplorer(theirs, names=their_names)
    assert our.picture == their.picture
    for step in range(len(our.picture["steps"]) + 1):
        our.step = their.step = step
        assert our.to_svg() == their.to_svg()
    assert repr(our) == repr(their)


def test_nodes_are_called_as_autograd_calls_them(torch):
    loss, names = line(torch)
    explorer = GraphExplorer(loss, names=names)
    assert explorer.nodes == [
        "SumBackward0", "PowBackward0", "SubBackward0", "AddBackward0", "b", "MmBackward0", "w", "x",
    ]  # fmt: skip
    assert explorer.picture["expression"] == "sum((x @ w + b - const) ** 2)"
    assert repr(explorer) == (
        "<GraphExplorer: The graph of output = sum((x @ w + b - const) ** 2): 7 nodes, 2 leaves (b, w). "
        "Step 0 of 7 of the backward pass.>"
    )


def test_each_step_says_what_it_did(torch):
    loss, names = line(torch)
    explorer = GraphExplorer(loss, names=names)
    said = []
    for step in range(8):
        explorer.step = step
        said.append(explorer.words)
    assert said == [
        "before the backward pass: 7 steps",
        "step 1 of 7: SumBackward0 passes g to every element to PowBackward0",
        "step 2 of 7: PowBackward0 passes g * (2 * a) to SubBackward0",
        "step 3 of 7: SubBackward0 passes g to AddBackward0",
        "step 4 of 7: AddBackward0 passes g to MmBackward0 and g summed to (1,) to b",
        "step 5 of 7: b.grad becomes (1,), -28 (was None)",
        "step 6 of 7: MmBackward0 passes x.T @ g to w",
        "step 7 of 7: w.grad becomes (1, 1), -87 (was None)",
    ]


def test_the_gradients_shown_are_those_of_backward(torch):
    loss, names = line(torch)
    explorer = GraphExplorer(loss, names=names)
    shown = {}
    for told in explorer.picture["steps"]:
        one = explorer.picture["nodes"][told["node"]]
        if one["kind"] == "leaf":
            shown[one["key"]] = explorer.picture["glimpses"][told["after"]]["rows"]
    assert names["w"].grad is None and names["b"].grad is None  # looking changed nothing
    loss.backward()
    assert shown == {"w": names["w"].grad.tolist(), "b": [names["b"].grad.tolist()]}


def test_a_gradient_that_was_there_is_added_to(torch):
    loss, names = line(torch)
    names["b"].grad = torch.tensor([100.0])
    explorer = GraphExplorer(loss, names=names)
    told = next(t for t in explorer.picture["steps"] if explorer.picture["nodes"][t["node"]]["key"] == "b")
    seen = [explorer.picture["glimpses"][told[key]]["rows"] for key in ("before", "after")]
    assert seen == [[[100.0]], [[72.0]]]
    assert names["b"].grad.tolist() == [100.0]
    assert "added to the .grad that was there" in told["words"]


def test_names_come_from_the_variables_around(torch):
    speed = torch.tensor([2.0], requires_grad=True)
    parts = [torch.tensor([1.0], requires_grad=True)]
    time = torch.tensor([3.0])
    way = speed * time + parts[0]
    explorer = GraphExplorer(way)
    assert explorer.picture["title"] == "way"
    assert {"speed", "time", "parts[0]"} <= set(explorer.nodes)
    assert explorer.picture["expression"] == "speed * time + parts[0]"


def test_an_intermediate_variable_names_its_node(torch):
    loss, names = shared(torch)
    explorer = GraphExplorer(loss, names=names)
    assert node(explorer, "MulBackward0 #2")["label"] == "h = Mul"
    assert node(explorer, "MulBackward0 #2")["called"] == "MulBackward0 (h)"
    assert "called" not in node(explorer, "MulBackward0")
    assert any(" to MulBackward0 (h)" in told["words"] for told in explorer.picture["steps"])  # as its box says
    assert not any("#" in told["words"] for told in explorer.picture["steps"])
    assert explorer.picture["expression"] == "sum(sin(h) * exp(h) + h)"


def test_where_paths_meet_it_waits_and_says_so(torch):
    loss, names = shared(torch)
    explorer = GraphExplorer(loss, names=names)
    said = [told["words"] for told in explorer.picture["steps"]]
    assert any(words.endswith("h = Mul") is False and "still waits for 2 more gradients" in words for words in said)
    meeting = explorer.nodes.index("MulBackward0 #2")
    own = explorer.picture["nodes"][meeting]["step"]
    into = [edge for edge in explorer.picture["edges"] if edge["to"] == meeting]
    assert len(into) == 3
    assert all(explorer.picture["nodes"][edge["from"]]["step"] < own for edge in into)


def test_saved_tensors_show_shape_values_and_version(torch):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    e = (w * 1).exp()
    explorer = GraphExplorer(e.sum(), names={"w": w, "e": e})
    saved = node(explorer, "ExpBackward0")["saved"]
    assert [(entry["name"], entry["version"]) for entry in saved] == [("result", 0)]
    seen = explorer.picture["glimpses"][saved[0]["glimpse"]]
    assert seen["shape"] == "(2,)" and seen["dtype"] == "float32" and seen["range"] == "2.718 … 7.389"


def test_the_local_rule_is_a_formula_in_the_names_at_hand(torch):
    a = torch.tensor([1.0, 2.0], requires_grad=True)
    b = torch.tensor([3.0, 4.0], requires_grad=True)
    explorer = GraphExplorer((a * b).sum(), names={"a": a, "b": b})
    found = node(explorer, "MulBackward0")
    assert found["forward"] == "out = a * b"
    assert found["rules"] == ["∂(a * b)/∂a = b", "∂(a * b)/∂b = a"]


def numbers(result, **names):
    edges = GraphExplorer(result, names=names).picture["edges"]
    return {edge["text"]: edge["numbers"] for edge in edges if "numbers" in edge}


def test_the_formula_is_shown_with_numbers(torch):
    a, b = torch.tensor(2.0, requires_grad=True), torch.tensor(-3.0, requires_grad=True)
    shown = numbers((a * b + a).sin() / a - b.exp(), a=a, b=b)
    assert shown["g * b"] == "-0.3268 * (-3) = 0.9805"
    assert shown["g * cos(a)"] == "0.5 * cos(-4) = -0.3268"
    assert list(shown) == ["g", "-g", "g * out", "g * (1 / a)", "g * (-b / a**2)", "g * cos(a)", "g * b", "g * a"]
    for key in list(shown)[2:]:
        filled, result = shown[key].split(" = ")
        assert eval(filled, {"cos": math.cos}) == pytest.approx(float(result), rel=1e-3)

    x, w = torch.full((3, 4), 0.5, requires_grad=True), torch.tensor([[4.0]], requires_grad=True)
    assert numbers((x * w).tanh().mean(), x=x, w=w) == {
        "g / n to every element": "[0, 0]: 1 / 12 = 0.08333",
        "g * (1 - out**2)": "[0, 0]: 0.08333 * (1 - 0.964**2) = 0.005888",
        "g * w": "[0, 0]: 0.005888 * 4 = 0.02355",
        "g * x summed to (1, 1)": "0.005888 * 0.5 + 0.005888 * 0.5 + … = 0.03533 (12 terms, summed over dims 0 and 1)",
    }


def test_complex_numbers_are_not_written_out():
    torch = pytest.importorskip("torch")  # tensorbook has none
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    z = torch.tensor([[1 + 2j, 2j], [1.0, 1 - 1j]])
    product = x * z + (x + 0j) @ z
    explorer = GraphExplorer((product.real**2 + product.imag**2).sum(), names={"x": x, "z": z})
    assert not explorer.error and len(explorer.picture["steps"]) == len(explorer.nodes) - 1  # all but the data


def test_a_function_of_the_user_runs_once_and_shows_what_it_made_of_g(torch):
    calls = []

    class Cube(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x**3

        @staticmethod
        def backward(ctx, g):
            calls.append(g)
            return 3 * ctx.saved_tensors[0] ** 2 * g

    x = torch.tensor([2.0, 1.0], requires_grad=True)
    assert numbers((Cube.apply(x) * 5).sum(), x=x)["a gradient"] == "[0]: g = 5 becomes 60"
    assert len(calls) == 1


def test_what_is_added_up_is_shown_with_numbers(torch):
    w = torch.tensor([2.0, 5.0], requires_grad=True)
    w.grad = torch.tensor([10.0, 20.0])
    h = w * 3
    explorer = GraphExplorer((h * h + h).sum(), names={"w": w, "h": h})
    steps = {explorer.picture["nodes"][step["node"]]["key"]: step for step in explorer.picture["steps"]}
    assert [key for key, step in steps.items() if "added" in step] == ["MulBackward0 #2"]
    assert steps["MulBackward0 #2"]["added"] == "[0]: 1 + 6 + 6 = 13"  # 2 * h + 1, h being 6
    assert steps["w"]["grew"] == "[0]: 10 + 39 = 49"
    (h * h + h).sum().backward()
    assert w.grad[0] == 49
    explorer = GraphExplorer((w + w).sum(), names={"w": w})
    explorer.phase = "again"
    assert explorer.picture["steps"][-1]["grew"] == "[0]: 51 + 2 = 53"  # after a first pass that added 2


def test_an_operation_without_a_listed_rule_says_so():
    if pytorch is None:
        pytest.skip("PyTorch is not installed")
    x = pytorch.tensor([[2.0, 1.0], [1.0, 3.0]], requires_grad=True)
    explorer = GraphExplorer(pytorch.cumprod(x, 0), names={"x": x})
    assert node(explorer, explorer.nodes[0])["rules"] == []
    assert explorer.picture["steps"][0]["words"].endswith("passes a gradient to x")


def test_more_than_one_number_starts_from_ones_and_says_so(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    explorer = GraphExplorer(x * 3, names={"x": x})
    assert explorer.picture["glimpses"][explorer.picture["steps"][0]["incoming"][0]]["rows"] == [[1.0, 1.0]]
    assert "starts from ones" in explorer.picture["notes"][0]["text"]
    assert GraphExplorer((x * 3).sum(), names={}).picture["notes"] == []


def test_freed_buffers_are_named(torch):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    loss = (w.exp() * w).sum()
    loss.backward()
    explorer = GraphExplorer(loss, names={"w": w})
    note = explorer.picture["notes"][0]
    assert note["tone"] == "warn" and "freed by an earlier backward()" in note["text"]
    stopped = explorer.picture["nodes"][explorer.picture["failed"]]
    assert stopped["key"] == "MulBackward0" and stopped["step"] is None
    assert all(entry["bad"] for entry in stopped["saved"])
    assert len(explorer.picture["steps"]) == 1 and len(explorer.nodes) == 4


def test_hooks_are_announced_and_not_run(torch):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    called = []
    w.register_hook(called.append)
    explorer = GraphExplorer((w * 2).sum(), names={"w": w})
    assert not called
    assert "w has a hook: backward() would call it" in explorer.picture["notes"][0]["text"]


@pytest.mark.parametrize(("requires_grad", "words"), [(True, "w is a leaf"), (False, "w has no grad_fn")])
def test_no_graph_is_explained(torch, requires_grad, words):
    w = torch.tensor([1.0], requires_grad=requires_grad)
    explorer = GraphExplorer(w, names={"w": w})
    assert words in explorer.picture["empty"] and explorer.nodes == []
    assert repr(explorer).startswith(f"<GraphExplorer: No graph: {words}")
    assert words in ET.fromstring(explorer.to_svg()).attrib["aria-label"]


@pytest.mark.parametrize("wrong", [3.0, None, [1, 2], "loss"])
def test_what_is_no_tensor_is_refused(wrong):
    with pytest.raises(TypeError, match=r"draws the graph behind a tensor; it was given .*(float|None|list|str)"):
        GraphExplorer(wrong)


@pytest.mark.parametrize("wrong", [["w"], {"w": 3}, {3: "w"}])
def test_wrong_names_are_refused(torch, wrong):
    w = torch.tensor([1.0], requires_grad=True)
    with pytest.raises(TypeError, match="names maps names to tensors"):
        GraphExplorer(w * 2, names=wrong)


def test_step_and_selected_are_checked(torch):
    loss, names = line(torch)
    explorer = GraphExplorer(loss, names=names)
    explorer.step, explorer.selected = 7, "w"
    with pytest.raises(ValueError, match="step is 8; this backward pass has 7 steps"):
        explorer.step = 8
    with pytest.raises(ValueError, match="there is no node 'q'; expected one of SumBackward0"):
        explorer.selected = "q"
    assert (explorer.step, explorer.selected) == (7, "w")


def test_labels_are_escaped(torch):
    w = torch.tensor([1.0], requires_grad=True)
    explorer = GraphExplorer(w * 2, names={"</text><script>alert(1)</script>": w})
    explorer.step = 2
    svg = explorer.to_svg()
    assert "<script" not in svg
    ET.fromstring(svg)
    assert "&lt;script&gt;" in explorer._repr_mimebundle_()[0]["text/html"] or "script" not in explorer.alt


def test_the_static_picture_follows_the_step(torch):
    loss, names = line(torch)
    explorer = GraphExplorer(loss, names=names)
    pictures = []
    for step in (0, 4, 7):
        explorer.step = step
        svg = explorer.to_svg("dark" if step == 7 else "light")
        pictures.append(svg)
        text = "".join(ET.fromstring(svg).itertext())
        assert all(word in text for word in ("Mm", "(4, 1)", "w", f"{step} of 7"))
        assert explorer.alt.endswith(f"Step {step} of 7 of the backward pass.")
    assert len(set(pictures)) == 3
    assert pictures[2].count("✓") == 6 and "None" in pictures[0] and ">None" not in pictures[2]


def deep(torch, pairs):
    w = torch.tensor([0.5, 0.25], requires_grad=True)
    h = w
    for _ in range(pairs):
        h = (h * w).tanh()
    return h.sum(), {"w": w, "h": h}


@pytest.mark.parametrize("step", [123, 1999])
def test_the_number_of_a_step_stays_in_its_box(step):
    loss, names = line(tensorbook)
    explorer = GraphExplorer(loss, names=names)
    operation = next(one for one in explorer._shown["nodes"] if one["key"] == "MmBackward0")
    operation["step"] = step
    texts = {text.text: text for text in ET.fromstring(explorer.to_svg()).iter("{http://www.w3.org/2000/svg}text")}
    number, name = texts[str(step)], texts["Mm"]
    left = float(name.get("x")) - 24  # of the box: that is where the name begins in it
    assert float(number.get("x")) - text_width(str(step), float(number.get("font-size")), mono=True) >= left


def test_a_large_graph_is_folded_and_its_start_is_exact(torch):
    loss, names = deep(torch, 5 * LIMIT)
    start = time.process_time()
    explorer = GraphExplorer(loss, names=names)
    assert time.process_time() - start < 2
    picture = explorer.picture
    assert picture["count"] == 10 * LIMIT + 2 and len(picture["steps"]) == SHOWN
    assert dict(picture["summary"])["Tanh"] == 5 * LIMIT
    assert "20,002 nodes" in picture["notes"][0]["text"]
    assert len(picture["nodes"]) <= START and len(json.dumps(picture)) < 100_000
    held = sum(one["runs"] if one["kind"] == "block" else one["kind"] != "data" for one in picture["nodes"])
    assert held == picture["count"]  # every node is drawn or counted in a block
    explorer.reveal("MulBackward0")
    assert explorer.selected == "MulBackward0" and node(explorer, "MulBackward0")["forward"] == "out = a * w"
    explorer.reveal("MulBackward0 #9000")
    late = node(explorer, "MulBackward0 #9000")
    assert late["step"] is None and "saved" not in late


def test_a_hundred_thousand_nodes_are_a_folded_summary():
    loss, names = deep(tensorbook, 50_000)
    start = time.process_time()
    explorer = GraphExplorer(loss, names=names)
    assert time.process_time() - start < 12
    assert explorer.picture["count"] == 100_002 and 1 < len(explorer.nodes) <= START
    start = time.process_time()
    explorer.unfold(next(one["key"] for one in explorer.picture["nodes"] if one["kind"] == "block"))
    explorer.fold_all()
    assert time.process_time() - start < 3
    assert explorer.nodes[0] == "SumBackward0" and explorer.picture["nodes"][1]["label"] == "50,000 × (Tanh, Mul)"
    explorer.unfold_all()
    assert START < len(explorer.nodes) <= MOST


def test_a_thousand_nodes_are_ready_in_two_seconds_and_can_all_be_drawn(torch):
    loss, names = deep(torch, 499)
    start = time.process_time()
    explorer = GraphExplorer(loss, names=names)
    explorer.unfold_all()
    assert time.process_time() - start < 2
    picture = explorer.picture
    assert len(picture["nodes"]) == 1_000 == len(picture["steps"]) and picture["folded"] == 0
    assert picture["summary"] == []
    assert next(one for one in picture["nodes"] if one["key"] == "w")["step"] == 1_000


def test_folding_changes_what_is_drawn_not_what_is_told(torch):
    h, names = deep(torch, 20)
    explorer = GraphExplorer(h * names["w"].sum(), names=names)
    explorer.unfold_all()
    whole = explorer.picture
    explorer.fold_all()
    small = explorer.picture
    assert [one["kind"] for one in small["nodes"]] == ["op", "op", "op", "block", "leaf"]
    block, w = small["nodes"][3:]
    assert block["label"] == "20 × (Tanh, Mul)" and block["shape"] == "40 nodes" and block["runs"] == 40
    assert block["inside"] == [["TanhBackward0", 20], ["MulBackward0", 20]]
    into = next(edge for edge in small["edges"] if small["nodes"][edge["to"]] is w and edge["from"] == 3)
    assert into["count"] == 21 and into["steps"] == sorted(into["steps"]) and len(into["steps"]) == 21
    assert len(small["steps"]) == len(whole["steps"]) == 44
    for key in ("words", "frees"):
        assert small["steps"][-1][key] == whole["steps"][-1][key]
    after = [picture["glimpses"][picture["steps"][-1]["after"]] for picture in (small, whole)]
    assert after[0] == after[1] and after[0]["rows"]
    explorer.unfold(block["key"])
    assert "1 of 20" in explorer.nodes and "TanhBackward0" not in explorer.nodes
    explorer.unfold("1 of 20")
    explorer.selected = "TanhBackward0"
    explorer.fold(block["key"])
    assert explorer.picture == small and explorer.selected == ""
    with pytest.raises(ValueError, match="there is no block 'layer'; expected one of"):
        explorer.unfold("layer")


def modules(torch):
    torch.manual_seed(0)
    nn = torch.nn
    net = nn.Sequential(*[one for _ in range(4) for one in (nn.Linear(3, 3), nn.ReLU())], nn.Linear(3, 1))
    return net(torch.ones(2, 3)).sum(), {f"net.{name}": p for name, p in net.named_parameters()}


def test_modules_fold_by_the_names_of_their_parameters(torch):
    loss, names = modules(torch)
    explorer = GraphExplorer(loss, names=names)
    assert explorer.picture["folded"] == 0  # few nodes: all are drawn at first
    assert [key for key in explorer.blocks if " of " not in key] == [
        "net", "4 × (net.*, Relu)", "net.8", "net.6", "net.4", "net.2", "net.0"
    ]  # fmt: skip
    explorer.fold("net")
    assert explorer.nodes == ["SumBackward0", "net"]
    block = explorer.picture["nodes"][1]
    assert block["leaves"] == 10 and block["holds"][0].startswith("net.8.")
    explorer.unfold("net.8")
    assert {"net.8.weight", "net.8.bias", "AddmmBackward0"} <= set(explorer.nodes)
    assert "net.6.weight" not in explorer.nodes
    assert node(explorer, "AddmmBackward0")["in"] == ["net.8", "1 of 4", "4 × (net.*, Relu)", "net"]
    assert node(explorer, "2 of 4")["inside"] == [["AddmmBackward0", 1], ["TBackward0", 1], ["ReluBackward0", 1]]
    assert node(explorer, "2 of 4")["holds"] == ["net.6.bias", "net.6.weight"]
    ET.fromstring(explorer.to_svg())


def test_a_weight_that_two_blocks_share_stays_outside_them(torch):
    w = torch.tensor([2.0], requires_grad=True)
    a, b = (torch.tensor([float(n)], requires_grad=True) for n in (3, 4))
    y = ((w * a) * 2 + 1) * b * w
    explorer = GraphExplorer(y, names={"w": w, "one.a": a, "two.b": b})
    explorer.fold_all()
    assert "w" in explorer.nodes and "one.a" not in explorer.nodes
    assert [one["key"] for one in explorer.picture["nodes"] if one["kind"] == "block"] == ["two", "one"]


def test_find_and_reveal_reach_what_is_folded(torch):
    loss, names = modules(torch)
    explorer = GraphExplorer(loss, names=names)
    explorer.fold_all()
    assert explorer.find("net.4.bias") == ["net.4.bias"] and explorer.find("") == []
    assert len(explorer.find("addmm")) == 5
    explorer.reveal("net.4.bias")
    assert explorer.selected == "net.4.bias" and "net.2.bias" not in explorer.nodes
    with pytest.raises(ValueError, match=r"there is no node 'net\.9\.bias'"):
        explorer.reveal("net.9.bias")


@pytest.mark.oracle
@pytest.mark.skipif(pytorch is None, reason="PyTorch is not installed")
@pytest.mark.parametrize("phase", ["forward", "backward", "again", "again, retained"])
def test_both_libraries_give_the_same_picture_of_modules(phase):
    (ours, our_names), (theirs, their_names) = modules(tensorbook), modules(pytorch)
    our, their = GraphExplorer(ours, names=our_names), GraphExplorer(theirs, names=their_names)
    for fold in (False, True):
        if fold:
            our.fold_all(), their.fold_all()
        our.phase = their.phase = phase
        assert len(our.picture["steps"]) > (0 if phase == "again" else 14)
        assert our.picture == their.picture
        our.step = their.step = len(our.picture["steps"])
        assert our.to_svg() == their.to_svg()


def test_the_forward_view_runs_from_the_inputs_to_the_output(torch):
    loss, names = line(torch)
    explorer = GraphExplorer(loss, names=names)
    explorer.step = 3
    explorer.phase = "forward"
    assert explorer.step == 0 and explorer.words == "before the forward pass: 5 steps"
    said = [told["words"] for told in explorer.picture["steps"]]
    assert said[0] == "step 1 of 5: out = x @ w, shape (4, 1), and saves self for backward"
    assert said[-1].startswith("step 5 of 5: out = sum(a), shape ()")
    tops = {one["key"]: one["box"][1] for one in explorer.picture["nodes"]}
    assert tops["w"] < tops["MmBackward0"] < tops["AddBackward0"] < tops["SumBackward0"]
    assert all(one["step"] == 0 for one in explorer.picture["nodes"] if one["kind"] == "leaf")
    assert "forward pass" in repr(explorer)


@pytest.mark.parametrize("make", GRAPHS)
def test_a_second_backward_stops_where_it_really_stops(torch, make):
    loss, names = make(torch)
    explorer = GraphExplorer(loss, names=names)
    explorer.phase = "again"
    predicted = explorer.picture
    loss.backward(torch.ones_like(loss))
    real = GraphExplorer(loss, names=names).picture
    assert predicted["nodes"][predicted["failed"]]["key"] == real["nodes"][real["failed"]]["key"]
    assert len(predicted["steps"]) == len(real["steps"])
    assert "retain_graph=True" in predicted["notes"][-1]["text"]
    with pytest.raises(RuntimeError, match="second time"):
        loss.backward(torch.ones_like(loss))


def test_a_second_backward_after_retain_graph_adds_the_gradients_again(torch):
    loss, names = line(torch)
    explorer = GraphExplorer(loss, names=names)
    explorer.phase = "again, retained"
    picture = explorer.picture
    shown = {
        picture["nodes"][told["node"]]["key"]: [picture["glimpses"][told[k]]["rows"] for k in ("before", "after")]
        for told in picture["steps"]
        if "after" in told
    }
    loss.backward(retain_graph=True)
    once = {key: names[key].grad.tolist() for key in "wb"}
    loss.backward()
    assert shown["w"] == [once["w"], names["w"].grad.tolist()]
    assert shown["b"] == [[once["b"]], [names["b"].grad.tolist()]]


def test_where_nothing_is_saved_a_second_backward_works(torch):
    x = torch.tensor([1.0], requires_grad=True)
    y = x + 1
    explorer = GraphExplorer(y, names={"x": x})
    explorer.phase = "again"
    assert explorer.picture["failed"] is None and "saved no tensors" in explorer.picture["notes"][0]["text"]
    y.backward()
    y.backward()
    told = explorer.picture["steps"][-1]
    assert explorer.picture["glimpses"][told["after"]]["rows"] == [names_grad := x.grad.tolist()] and names_grad == [
        2.0
    ]


def test_a_stale_saved_tensor_is_marked(torch):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    e = w.exp()
    y = (e * 2).sum()
    with torch.no_grad():
        e.add_(1)
    explorer = GraphExplorer(y, names={"w": w})
    stale = node(explorer, "ExpBackward0")
    assert (
        stale["stale"] and stale["saved"][0]["stale"] and "version 1, version 0 was saved" in stale["saved"][0]["text"]
    )
    assert explorer.picture["phases"] == ["forward", "backward"]


def test_the_line_that_made_a_node_is_shown_where_anomaly_mode_noted_it(torch):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    with pytest.warns(UserWarning, match="Anomaly"), torch.autograd.detect_anomaly():
        y = (w * 3).sum()
    explorer = GraphExplorer(y, names={"w": w})
    assert node(explorer, "MulBackward0")["line"].endswith("y = (w * 3).sum()")


def test_a_node_that_is_picked_is_shown_in_a_linked_widget(torch):
    x = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], requires_grad=True)
    h = x.t()
    y = (h * 2).sum()
    strides = StrideExplorer(x)
    explorer = GraphExplorer(y, link=strides)
    explorer.selected = node(explorer, "TBackward0")["key"] if "TBackward0" in explorer.nodes else explorer.nodes[2]
    assert strides.tensor is h and strides.name == "h" and strides.layout.stride == (1, 3)
    explorer.selected = "MulBackward0"  # no variable holds it
    assert strides.tensor is h
    explorer.selected = "x"
    assert strides.tensor is x
    storages = StorageMap(x)
    explorer = GraphExplorer(y, names={"x": x, "h": h}, link=storages)
    explorer.selected = explorer.nodes[2]
    assert list(storages.tensors) == ["x", "h"] and storages.tensors["h"] is h
    with pytest.raises(TypeError, match="link takes a StrideExplorer or a StorageMap; it was given a int"):
        GraphExplorer(y, link=3)


def test_numbers_that_are_not_finite_reach_the_page_as_words(torch):
    x = torch.tensor([0.0, 1.0], requires_grad=True)
    explorer = GraphExplorer((x.log() * 0).sum(), names={"x": x})
    text = json.dumps(explorer.picture, allow_nan=False)
    assert '"nan"' in text


def test_graphviz(torch):
    graphviz = pytest.importorskip("graphviz")
    loss, names = line(torch)
    names["<b>&"] = names.pop("b")
    found = GraphExplorer(loss, names=names).to_graphviz()
    assert isinstance(found, graphviz.Digraph)
    assert len(re.findall(r"\tn\d+ -> n\d+", found.source)) == 7
    assert "Mm\\n(4, 1)" in found.source
    assert "label=<" not in found.source


def test_the_graph_is_free_to_go(torch):
    import weakref

    w = torch.tensor([1.0], requires_grad=True)
    loss = (w * 2).sum()
    gone = weakref.ref(loss)
    explorer = GraphExplorer(loss, names={"w": w, "loss": loss})
    del loss
    assert gone() is None
    assert explorer.picture["title"] == "loss"
