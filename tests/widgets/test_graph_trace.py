"""The backward pass walked by hand gives the gradients that autograd gives, at every node, and changes nothing."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tensorbook.widgets.graph_model import read_graph
from tensorbook.widgets.graph_trace import Trace

torch = pytest.importorskip("torch", reason="PyTorch is the oracle")
pytestmark = pytest.mark.oracle


def walk(output):
    """All steps, the trace, and the gradient that reached each output of each node."""
    trace = Trace(read_graph(output, {}))
    steps = list(trace)
    return steps, trace, {(id(s.node.fn), port): g for s in steps for port, g in enumerate(s.incoming)}


def check(output, tensors):
    """The walked gradient of every tensor against torch.autograd.grad."""
    steps, trace, gradients = walk(output)
    assert trace.failure is None
    functions = [step.node.fn for step in steps]
    assert len({id(fn) for fn in functions}) == len(functions)
    expected = torch.autograd.grad(output, tensors, torch.ones_like(output), retain_graph=True, allow_unused=True)
    for tensor, wanted in zip(tensors, expected, strict=True):
        if tensor.grad_fn is not None:
            found = gradients.get((id(tensor.grad_fn), tensor.output_nr))
        else:
            found = next((s.incoming[0] for s in steps if s.node.is_leaf and s.node.fn.variable is tensor), None)
        if wanted is None:
            assert found is None
        else:
            assert found.shape == wanted.shape and found.dtype == wanted.dtype
            torch.testing.assert_close(found, wanted, equal_nan=True)


OPERATIONS = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - 2 * b,
    "mul": lambda a, b: a * b,
    "div": lambda a, b: a / (b * b + 1),
    "row": lambda a, b: a + b[0],
    "column": lambda a, b: a * b[:, :1],
    "total": lambda a, b: a * b.sum(),
    "matmul": lambda a, b: a @ b,
    "transpose": lambda a, b: a.t() + b,
    "sin": lambda a, b: a.sin(),
    "tanh": lambda a, b: a.tanh(),
    "relu": lambda a, b: a.relu(),
    "square": lambda a, b: a**2 / 4,
    "reshape": lambda a, b: a.reshape(9).reshape(3, 3),
    "largest": lambda a, b: a.max(1)[0] + b,
    "parts": lambda a, b: torch.stack([a.unbind(0)[i] for i in (2, 0, 0)]),
    "joined": lambda a, b: torch.cat([a, b])[1:4],
    "picked": lambda a, b: a[[0, 0, 2]],
    "overwritten": lambda a, b: overwrite(a, b),
    "wider": lambda a, b: (a.double() * b).float(),
}


def overwrite(a, b):
    """An in-place change of a view: CopySlices in the graph."""
    result = a.clone()
    result[1] = b[0] * 2
    return result


@settings(max_examples=80, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(sorted(OPERATIONS)), st.integers(0, 99), st.integers(0, 99)), max_size=12),
    st.booleans(),
    st.integers(0, 2**31),
)
def test_every_gradient_of_a_random_graph(program, scalar, seed):
    generator = torch.Generator().manual_seed(seed)
    made = [torch.randn(3, 3, generator=generator, requires_grad=True) for _ in range(2)]
    made.append(torch.randn(3, 3, generator=generator))  # data, without gradient
    for name, first, second in program:
        made.append(OPERATIONS[name](made[first % len(made)], made[second % len(made)]))
    output = made[-1] + made[0] * made[-1]
    output = output.sum() if scalar else output
    check(output, [tensor for tensor in made if tensor.requires_grad])


def test_nothing_changes_and_backward_may_still_follow():
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    w.grad = torch.tensor([10.0, 20.0])
    called = []
    w.register_hook(lambda g: called.append(g))
    loss = (w.exp() * w).sum()
    steps, _, _ = walk(loss)
    assert w.grad.tolist() == [10.0, 20.0] and not called and w._version == 0
    last = steps[-1]
    assert last.node.is_leaf and last.before is w.grad
    loss.backward()
    assert called
    torch.testing.assert_close(last.after, w.grad)


def test_a_node_waits_for_all_of_its_gradients():
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    h = x * 3
    late = h.exp()  # made before the others, so it runs after them
    early = h.sin()
    steps, _, _ = walk((late + early).sum())
    names = [step.node.op for step in steps]
    assert names == ["Sum", "Add", "Sin", "Exp", "Mul", "AccumulateGrad"]
    check((late + early).sum(), [x, h, late, early])


def test_one_tensor_used_twice_gets_the_sum_in_one_step():
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    steps, _, _ = walk((x * x).sum())
    leaves = [step for step in steps if step.node.is_leaf]
    assert len(leaves) == 1 and leaves[0].node.waits_for == 2
    assert leaves[0].after.tolist() == [2.0, 4.0]


def test_outputs_that_nobody_used_stay_undefined():
    m = torch.randn(3, 4, requires_grad=True)
    first, _, _ = m.unbind(0)
    check(first.sum(), [m, first])
    _, r = torch.linalg.qr(torch.randn(3, 3, requires_grad=True))
    steps, trace, _ = walk(r.sum())
    assert trace.failure is None
    assert [g is None for g in next(s for s in steps if s.node.op == "LinalgQr").incoming] == [True, False]


def test_freed_buffers_stop_the_pass_and_say_so():
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    loss = w.exp().sum()
    loss.backward()
    steps, trace, _ = walk(loss)
    assert [step.node.op for step in steps] == ["Sum"]
    assert trace.failure.node.op == "Exp" and trace.failure.freed and trace.failure.kind == "RuntimeError"


def test_a_saved_tensor_that_was_changed_stops_the_pass():
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    e = w.exp()
    loss = (e * 1).sum()
    e.detach().add_(1)
    _, trace, _ = walk(loss)
    assert trace.failure.node.op == "Exp" and not trace.failure.freed
    assert "modified by an inplace operation" in trace.failure.message


def test_functions_of_the_user_are_walked_and_their_errors_caught():
    class Double(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x * 2

        @staticmethod
        def backward(ctx, g):
            return g * 2

    class Broken(Double):
        @staticmethod
        def backward(ctx, g):
            raise ZeroDivisionError("on purpose")

    x = torch.tensor([1.0, 2.0], requires_grad=True)
    check(Double.apply(x).sum(), [x])
    _, trace, _ = walk(Broken.apply(x).sum())
    assert (trace.failure.kind, trace.failure.message) == ("ZeroDivisionError", "on purpose")


def test_a_gradient_that_is_none_goes_on_as_none():
    class Stop(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 1

        @staticmethod
        def backward(ctx, g):
            return None

    x = torch.tensor([1.0, 2.0], requires_grad=True)
    steps, trace, _ = walk(Stop.apply(x.exp()).sum())
    assert trace.failure is None
    assert steps[-1].node.is_leaf and steps[-1].after is None


def test_a_long_chain_needs_no_stack():
    x = torch.ones(1, requires_grad=True)
    y = x
    for _ in range(20_000):
        y = y + 1
    steps, _, _ = walk(y)
    assert len(steps) == 20_001 and steps[-1].after.tolist() == [1.0]
