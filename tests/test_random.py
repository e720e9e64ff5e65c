"""Random tensors: for one seed the same numbers, and the same text, as PyTorch; recorded where it is not installed.

`test_generator.py` compares the stream itself, draw by draw; here are the functions that a program calls.
"""

import hashlib

import numpy as np
import pytest

import tensorbook
from tests import oracle
from tests.agreement import agree
from tests.oracle import require_torch, under_both

RANDOM = {
    "rand": lambda torch: torch.rand(3, 4),
    "rand float64": lambda torch: torch.rand(5, dtype=torch.float64),
    "randn": lambda torch: torch.randn(3, 4),
    "randn many": lambda torch: torch.randn(50, 21),
    "randn float16": lambda torch: torch.randn(40, dtype=torch.float16),
    "randint": lambda torch: torch.randint(0, 10, (3, 4)),
    "randint of one bound": lambda torch: torch.randint(7, (5,), dtype=torch.uint8),
    "randperm": lambda torch: torch.randperm(20),
    "normal of tensors": lambda torch: torch.normal(torch.arange(4.0), torch.ones(4)),
    "normal of numbers": lambda torch: torch.normal(2.0, 3.0, (2, 3)),
    "bernoulli": lambda torch: torch.bernoulli(torch.full((20,), 0.3)),
    "multinomial": lambda torch: torch.multinomial(torch.tensor([0.1, 0.7, 0.2]), 9, replacement=True),
    "like": lambda torch: torch.cat([torch.rand_like(torch.ones(3)), torch.randn_like(torch.ones(20))]),
    "randint_like": lambda torch: torch.randint_like(torch.ones(4), 0, 9),
    "uniform_": lambda torch: torch.empty(30).uniform_(-1, 2),
    "normal_": lambda torch: torch.empty(30).normal_(1, 2),
    "random_": lambda torch: torch.empty(9, dtype=torch.int64).random_(),
    "random_ of bounds": lambda torch: torch.empty(9, dtype=torch.int64).random_(5, 50),
    "exponential_": lambda torch: torch.empty(9).exponential_(),
    "uniform_ into every other": lambda torch: torch.zeros(40)[::2].uniform_(),
    "normal_ into every other": lambda torch: torch.zeros(40)[::2].normal_(),
    "normal_ into a transposed tensor": lambda torch: torch.zeros(8, 5).t().normal_(),
    "uniform_ into a transposed tensor": lambda torch: torch.zeros(8, 5).t().uniform_(),
    "one after the other": lambda torch: [torch.randn(3), torch.rand(2), torch.randn(20), torch.randn(1)][-1],
    "a generator of one's own": lambda torch: torch.rand(3, generator=torch.Generator().manual_seed(5)),
    "seeded anew": lambda torch: [torch.randn(3), torch.manual_seed(3), torch.randn(3)][-1],
    "a state set": lambda torch: [s := torch.get_rng_state(), torch.rand(9), torch.set_rng_state(s), torch.rand(3)][3],
    "the weights of a layer": lambda torch: torch.nn.Linear(10, 5).weight.detach(),
    "the bias of a layer": lambda torch: torch.nn.Linear(10, 5).bias.detach(),
    "fork_rng": lambda torch: [forked(torch), torch.rand(3)][1],
    "clone_state": lambda torch: torch.rand(3, generator=torch.Generator().manual_seed(2).clone_state()),
    "bernoulli of a number": lambda torch: torch.bernoulli(torch.ones(9), 0.3),
    "normal_ of a computed tensor": lambda torch: (torch.ones(20, requires_grad=True) * 2).normal_().detach(),
    "the seed": lambda torch: torch.tensor([torch.initial_seed()]),
}  # fmt: skip


def forked(torch):
    with torch.random.fork_rng(devices=[]):
        return torch.randn(700)


def drawn(torch, name):
    """The text of what is drawn, and a fingerprint of its bits."""
    torch.manual_seed(12)
    tensor = RANDOM[name](torch)
    return [repr(tensor), hashlib.sha256(np.ascontiguousarray(tensor.numpy()).tobytes()).hexdigest()]


@pytest.mark.parametrize("name", RANDOM)
def test_random(name):
    want = drawn(oracle.torch, name) if oracle.torch else oracle.recorded("random")[name]
    got = drawn(tensorbook, name)
    assert got[0] == want[0]
    if "float64" not in name:  # there the last bit may differ
        assert got[1] == want[1]


def test_records_are_current():
    torch = require_torch()
    recorded = oracle.recorded("random")
    assert recorded.keys() == RANDOM.keys(), "run python -m tests.golden.record"
    for name in RANDOM:
        assert drawn(torch, name)[0] == recorded[name][0]


@pytest.mark.parametrize("call", ["empty(30).geometric_(0.3)", "empty(9, dtype=torch.int32).geometric_(p=0.5)",
                                  "empty(30).log_normal_(0.5, 1.5)", "empty(30).cauchy_(1, 2)",
                                  "zeros(8, 5).t().cauchy_(sigma=0.5)"])  # fmt: skip
def test_other_distributions(call):
    def text(module):
        module.manual_seed(12)
        return [repr(eval(f"torch.{call}", {"torch": module})), module.rand(1).item()]

    agree(text)


def test_a_forked_stream_moves_on_only_where_it_is_not_wanted():
    first = tensorbook.get_rng_state()
    with tensorbook.random.fork_rng(enabled=False):
        tensorbook.rand(3)
    assert tensorbook.get_rng_state().tolist() != first.tolist()


@pytest.mark.parametrize("name", ["uniform_", "normal_", "exponential_", "random_", "bernoulli_", "geometric_",
                                  "log_normal_", "cauchy_"])  # fmt: skip
def test_nodes_and_refusals(name):
    require_torch()
    given = (0.5,) if name == "geometric_" else ()

    def refusal(module):
        getattr(module.empty(3, dtype=module.int64), name)(*given)

    ours, theirs = under_both(refusal)
    assert (ours is None) == (theirs is None)
    assert ours is None or ours[1][0] == theirs[1][0]

    def node(module):
        filled = getattr(module.ones(3, requires_grad=True) * 2, name)(*given)
        filled.sum().backward()
        return type(filled.grad_fn).__name__[:8]

    ours, theirs = under_both(node)
    assert ours == theirs


@pytest.mark.parametrize("call", ["geometric_(0)", "geometric_(1.5)", "log_normal_(0, 0)", "cauchy_(0, -1)",
                                  "expand(2, 3).uniform_()", "expand(2, 3).cauchy_()",
                                  "bool().geometric_(0.5)"])  # fmt: skip
def test_what_cannot_be_drawn(call):
    agree(lambda module: eval(f"x.{call}", {"x": module.zeros(3)}))


def test_a_state_travels_between_the_libraries():
    torch = require_torch()
    torch.manual_seed(3)
    torch.randn(5)
    tensorbook.set_rng_state(tensorbook.tensor(torch.get_rng_state().numpy()))
    assert repr(tensorbook.randn(700)) == repr(torch.randn(700))
    torch.set_rng_state(torch.tensor(tensorbook.get_rng_state().numpy()))
    assert repr(tensorbook.randn(7)) == repr(torch.randn(7))


def test_a_generators_state_is_a_tensor_of_bytes():
    def call(module):
        g = module.Generator().manual_seed(1)
        state = g.get_state()
        first = module.rand(3, generator=g).tolist()
        g.set_state(state)
        return repr(state.dtype), tuple(state.shape), first == module.rand(3, generator=g).tolist()

    require_torch()
    ours, theirs = under_both(call)
    assert ours == theirs == ("torch.uint8", (5056,), True)
