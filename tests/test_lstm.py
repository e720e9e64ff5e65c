"""The LSTM layer that is one node in float32, beside PyTorch's: values, both derivatives, graph and errors."""

import pytest

from tests import oracle
from tests.agreement import agree

pytestmark = [pytest.mark.oracle, pytest.mark.skipif(oracle.torch is None, reason="PyTorch is not installed")]

OPTIONS = [{}, {"bidirectional": True}, {"batch_first": True}, {"bias": False},
           {"num_layers": 2, "bidirectional": True, "batch_first": True}]  # fmt: skip


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("states", [False, True], ids=["from zeros", "from states"])
@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_values_and_derivatives(options, states, dtype):
    def told(torch):
        torch.manual_seed(0)
        layer, kind = torch.nn.LSTM(3, 4, **options), getattr(torch, dtype)
        x, first = torch.randn(5, 2, 3), None
        if states:
            batch = 5 if options.get("batch_first") else 2
            layers = options.get("num_layers", 1) * (1 + options.get("bidirectional", False))
            first = [torch.randn(layers, batch, 4) for _ in range(2)]
            first = tuple(state.to(kind).requires_grad_() for state in first)
        layer, x = layer.to(kind), x.to(kind).requires_grad_()
        output, (h, c) = layer(x, first)
        inputs = [x, *layer.parameters(), *(first or ())]
        weights = [torch.linspace(-1, 1, y.numel(), dtype=kind).reshape(y.shape) for y in (output, h, c)]
        total = sum((w * y).sum() for w, y in zip(weights, (output, h, c), strict=True))
        grads = torch.autograd.grad(total, inputs, create_graph=True)
        second = torch.autograd.grad(sum((g * g).sum() for g in grads), inputs, allow_unused=True)
        once = torch.autograd.grad(layer(x, first)[1][1].sum(), inputs, allow_unused=True)
        graphs = [nodes_behind(y.grad_fn) for y in (output, h, c) if dtype == "float32"]
        return [graphs, *(None if y is None else y.double() for y in (output, h, c, *grads, *second, *once))]

    agree(told)


def nodes_behind(node):
    """The names of all nodes, each once: a tree would name those of a step once for every way that leads there."""
    names, seen, waiting = [], set(), [node]
    while waiting:
        node = waiting.pop()
        if node is not None and node not in seen:
            seen.add(node)
            names.append(node.name())
            waiting += [below for below, _ in reversed(node.next_functions)]
    return names


def node_of(torch):
    torch.manual_seed(1)
    layer, x = torch.nn.LSTM(3, 4), torch.randn(2, 1, 3)
    return layer, layer(x)[0].grad_fn


def test_what_the_node_saved():
    def told(torch):
        _, node = node_of(torch)
        names = [n for n in dir(node) if n.startswith("_saved_") and n != "_saved_result3"]  # oneDNN's own notes
        return {n: getattr(node, n) for n in sorted(names)}

    agree(told)


def test_errors():
    def twice(torch):
        output = torch.nn.LSTM(3, 4)(torch.ones(2, 1, 3))[0].sum()
        output.backward()
        output.backward()

    def changed(torch):
        torch.manual_seed(2)
        layer = torch.nn.LSTM(3, 4)
        output = layer(torch.ones(2, 1, 3))[0].sum()
        with torch.no_grad():
            layer.weight_hh_l0.add_(1)
        output.backward()

    agree(twice)
    agree(changed)


def test_no_node_where_nothing_is_recorded():
    def told(torch):
        layer = torch.nn.LSTM(3, 4)
        with torch.no_grad():
            inside = layer(torch.ones(2, 1, 3))[0].grad_fn
        layer.requires_grad_(False)
        frozen = nodes_behind(layer(torch.ones(2, 1, 3).requires_grad_())[0].grad_fn)
        return [inside, layer(torch.ones(2, 1, 3))[0].grad_fn, frozen, layer(torch.ones(2, 3))[0].shape]

    agree(told)
