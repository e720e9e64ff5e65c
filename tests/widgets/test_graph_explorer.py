"""GraphExplorer: what it shows, in words, numbers and pictures, for both libraries."""

import json
import re
import time  # process_time: other work on the machine does not count
import xml.etree.ElementTree as ET

import pytest

pytest.importorskip("anywidget")
import tensorbook
from tensorbook.widgets import GraphExplorer
from tensorbook.widgets.graph_story import LIMIT

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


def test_an_operation_without_a_listed_rule_says_so():
    if pytorch is None:
        pytest.skip("PyTorch is not installed")
    x = pytorch.tensor([[2.0, 1.0], [1.0, 3.0]], requires_grad=True)
    explorer = GraphExplorer(pytorch.linalg.det(x), names={"x": x})
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


def test_a_large_graph_is_summarised_and_its_start_is_exact(torch):
    w = torch.tensor([0.5, 0.25], requires_grad=True)
    h = w
    for _ in range(1_000):
        h = (h * w).tanh()
    loss = h.sum()
    start = time.process_time()
    explorer = GraphExplorer(loss, names={"w": w, "h": h})
    assert time.process_time() - start < 2
    picture = explorer.picture
    assert picture["count"] == 2_002 > LIMIT and len(picture["steps"]) == 80
    assert dict(picture["summary"])["Tanh"] == 1_000
    assert "2,002 nodes" in picture["notes"][0]["text"]
    assert node(explorer, "MulBackward0")["forward"] == "out = a * w"  # by name, though w itself is not drawn
    rest = picture["nodes"][-1]
    assert rest["kind"] == "more" and rest["label"] == "1,922 more"
    assert len(json.dumps(picture)) < 200_000
    # every consumer of what is drawn is drawn too, so its gradients are those of the whole graph
    for edge in picture["edges"]:
        before, after = picture["nodes"][edge["from"]], picture["nodes"][edge["to"]]
        assert after["kind"] == "more" or before["step"] < after["step"]


def test_a_graph_at_the_limit_is_drawn_whole(torch):
    y = torch.tensor([1.0], requires_grad=True)
    for _ in range(LIMIT - 1):
        y = y + 1
    start = time.process_time()
    picture = GraphExplorer(y, names={}).picture
    assert time.process_time() - start < 2
    assert len(picture["nodes"]) == LIMIT == len(picture["steps"]) and picture["summary"] == []


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
