"""torch.func: every transform against PyTorch's own, alone and inside one another, results and errors."""

import collections
import gc
import weakref

import pytest

import tensorbook
from tests.agreement import agree
from tests.oracle import torch

pytestmark = [
    pytest.mark.oracle,
    pytest.mark.skipif(torch is None, reason="PyTorch is not installed"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning:torch"),
    pytest.mark.filterwarnings("ignore::UserWarning:torch"),
]


def batch(m):
    return m.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.5]])


def vector(m, scale=1.0):
    return m.tensor([1.0, 2.0]) * scale


VMAP = {
    "dot": lambda m: m.vmap(m.dot)(batch(m), batch(m)),
    "in_dims": lambda m: m.vmap(m.sum, in_dims=1)(batch(m)),
    "negative in_dims": lambda m: m.vmap(lambda a: a * 2, in_dims=-1)(batch(m)),
    "out_dims": lambda m: m.vmap(lambda a: a * 2, out_dims=1)(batch(m)),
    "negative out_dims": lambda m: m.vmap(lambda a: a * 2, out_dims=-1)(batch(m)),
    "a shared input": lambda m: m.vmap(lambda a, b: a + b, in_dims=(0, None))(batch(m), vector(m)),
    "a number": lambda m: m.vmap(lambda a, b: a * b, in_dims=(0, None))(batch(m), 3.0),
    "two outputs": lambda m: m.vmap(lambda a: (a, a * 2))(batch(m)),
    "two out_dims": lambda m: m.vmap(lambda a: (a, a * 2), out_dims=(0, 1))(batch(m)),
    "an output that is the same for all": lambda m: m.vmap(lambda a: vector(m))(batch(m)),
    "and is not stacked": lambda m: m.vmap(lambda a: vector(m), out_dims=None)(batch(m)),
    "dicts": lambda m: m.vmap(lambda d: {"s": d["a"] + d["b"][0]}, in_dims=({"a": 0, "b": None},))(
        {"a": batch(m), "b": [vector(m)]}
    ),
    "one dimension for a whole dict": lambda m: m.vmap(lambda d: d["a"] * d["b"])({"a": batch(m), "b": batch(m)}),
    "keywords": lambda m: m.vmap(lambda a, k=1: a * k)(batch(m), k=3),
    "chunks": lambda m: m.vmap(lambda a: a * 2, chunk_size=2)(batch(m)),
    "no samples": lambda m: m.vmap(lambda a: a.sin() * 2)(batch(m)[:0]),
    "no samples, elsewhere": lambda m: m.vmap(lambda a: a @ m.ones(2, 4), out_dims=1)(batch(m)[:0]),
    "inside itself": lambda m: m.vmap(m.vmap(lambda a: a.exp()))(batch(m)),
    "in place": lambda m: [x := batch(m), m.vmap(lambda a: a.mul_(2))(x), x],
    "matrices": lambda m: m.vmap(lambda a, b: m.outer(a, b).softmax(-1))(batch(m), batch(m)),
    "gradients through it": lambda m: [
        x := batch(m).requires_grad_(),
        m.vmap(lambda a: (a**2).sum())(x).sum().backward(),
        x.grad,
    ],
    "random numbers": lambda m: m.vmap(lambda a: a + m.rand(2))(batch(m)),
    "a word that randomness is not": lambda m: m.vmap(lambda a: a, randomness="foo")(batch(m)),
    "sizes that differ": lambda m: m.vmap(lambda a, b: a + b)(batch(m), vector(m)),
    "no tensor": lambda m: m.vmap(lambda a: a)(3),
    "no input": lambda m: m.vmap(lambda: 3)(),
    "in_dims None": lambda m: m.vmap(lambda a: a, in_dims=None)(batch(m)),
    "nothing mapped": lambda m: m.vmap(lambda a: a, in_dims=(None,))(batch(m)),
    "in_dims a word": lambda m: m.vmap(lambda a: a, in_dims="a")(batch(m)),
    "in_dims too large": lambda m: m.vmap(lambda a: a, in_dims=5)(batch(m)),
    "an output that is no tensor": lambda m: m.vmap(lambda a: 3)(batch(m)),
    "out_dims None for what differs": lambda m: m.vmap(lambda a: a, out_dims=None)(batch(m)),
    "out_dims too large": lambda m: m.vmap(lambda a: a, out_dims=4)(batch(m)),
    "out_dims a word": lambda m: m.vmap(lambda a: a, out_dims="s")(batch(m)),
    "chunks of nothing": lambda m: m.vmap(lambda a: a * 2, chunk_size=0)(batch(m)),
}


@pytest.mark.parametrize("name", VMAP)
def test_vmap(name):
    agree(VMAP[name])


@pytest.mark.parametrize("dims", [{"in_dims": (0, 0)}, {"out_dims": (0, 0, 0)}])
def test_dims_of_another_structure(dims):
    agree(lambda m: m.vmap(lambda a: (a, a), **dims)(batch(m)), wording=False)


def cube(a):
    return (a**3).sum()


def of_dict(d):
    return (d["a"] * d["b"].sin()).sum()


GRAD = {
    "grad": lambda m: m.func.grad(cube)(vector(m)),
    "not a scalar": lambda m: m.func.grad(lambda a: a**3)(vector(m)),
    "not a tensor": lambda m: m.func.grad(lambda a: 3)(vector(m)),
    "of what is no tensor": lambda m: m.func.grad(lambda a: a)("s"),
    "by both": lambda m: m.func.grad(lambda a, b: (a * b).sum(), argnums=(0, 1))(vector(m), vector(m, 3.0)),
    "by the second": lambda m: m.func.grad(lambda a, b: (a * b * b).sum(), argnums=1)(vector(m), vector(m, 2.0)),
    "by the last": lambda m: m.func.grad(lambda a, b: (a * b * b).sum(), argnums=-1)(vector(m), vector(m, 2.0)),
    "argnums too large": lambda m: m.func.grad(cube, argnums=2)(vector(m)),
    "argnums a word": lambda m: m.func.grad(cube, argnums="a")(vector(m)),
    "of a dict": lambda m: m.func.grad(of_dict)({"a": vector(m), "b": vector(m, 2.0)}),
    "aux": lambda m: m.func.grad(lambda a: (a.sum(), a * 2), has_aux=True)(vector(m)),
    "aux missing": lambda m: m.func.grad(cube, has_aux=True)(vector(m)),
    "value": lambda m: m.func.grad_and_value(cube)(vector(m)),
    "value and aux": lambda m: m.func.grad_and_value(lambda a: (cube(a), {"x": a}), has_aux=True)(vector(m)),
    "second derivative": lambda m: m.func.grad(m.func.grad(lambda a: a**3))(m.tensor(2.0)),
    "third derivative": lambda m: m.func.grad(m.func.grad(m.func.grad(lambda a: a**4)))(m.tensor(2.0)),
    "two levels are not confused": lambda m: m.func.grad(lambda a: a * m.func.grad(lambda b: (a * b) ** 2)(a * 1.5))(
        m.tensor(2.0)
    ),
    "the classical trap": lambda m: m.func.grad(lambda a: a * m.func.grad(lambda b: a + b)(m.tensor(1.0)))(
        m.tensor(3.0)
    ),
    "of an input with a history": lambda m: [
        w := vector(m).requires_grad_(),
        g := m.func.grad(cube)(w),
        m.autograd.grad(g.sum(), w)[0],
    ],
    "of something else with a history": lambda m: [
        w := vector(m).requires_grad_(),
        g := m.func.grad(lambda a: (a**2 * w).sum())(vector(m)),
        m.autograd.grad(g.sum(), w)[0],
    ],
    "of a constant": lambda m: m.func.grad(lambda a: m.tensor(1.0))(vector(m)),
    "of what was detached": lambda m: m.func.grad(lambda a: a.sum().detach())(vector(m)),
    "of integers": lambda m: m.func.grad(lambda a: a.sum())(m.arange(3)),
    "keywords": lambda m: m.func.grad(lambda a, k=1: (a**k).sum())(vector(m), k=3),
}


@pytest.mark.parametrize("name", GRAD)
def test_grad(name):
    agree(GRAD[name])


def test_grad_respects_no_grad_inside_and_not_around():
    def call(m):
        def inside(a):
            with m.no_grad():
                b = a * 2
            return (a * b).sum()

        w = vector(m).requires_grad_()
        with m.no_grad():
            around = m.func.grad(cube)(w)
        return m.func.grad(inside)(vector(m)), around, m.is_grad_enabled(), w.grad

    agree(call)


def pulled(m, *cotangents, fn=lambda a: a * a, **options):
    y, pull, *aux = m.func.vjp(fn, vector(m), **options)
    return y, pull(*cotangents), aux


PRODUCTS = {
    "vjp": lambda m: pulled(m, vector(m, 3.0)),
    "vjp of two": lambda m: pulled(m, (vector(m), vector(m)), fn=lambda a: (a * a, a.sin())),
    "vjp of a dict": lambda m: pulled(m, {"k": vector(m)}, fn=lambda a: {"k": a.exp()}),
    "vjp with aux": lambda m: pulled(m, vector(m), fn=lambda a: (a * a, a), has_aux=True),
    "vjp twice": lambda m: [f(vector(m, s)) for f in m.func.vjp(m.sin, vector(m))[1:] for s in (1.0, 2.0)],
    "vjp of the wrong shape": lambda m: pulled(m, m.ones(3)),
    "vjp of a number": lambda m: m.func.vjp(lambda a: 3, vector(m)),
    "vjp at a number": lambda m: m.func.vjp(lambda a: a, 3),
    "grad of a vjp": lambda m: m.func.grad(lambda a: m.func.vjp(m.sin, a)[1](vector(m))[0].sum())(vector(m)),
    "jvp": lambda m: m.func.jvp(m.sin, (vector(m),), (vector(m, 3.0),)),
    "jvp of two inputs": lambda m: m.func.jvp(lambda a, b: a * b, (vector(m), vector(m)), (vector(m), vector(m, 5.0))),
    "jvp of two outputs": lambda m: m.func.jvp(lambda a: (a.exp(), a.sum()), (vector(m),), (vector(m, 3.0),)),
    "jvp of a dict": lambda m: m.func.jvp(lambda a: {"k": a.sin()}, (vector(m),), (vector(m),)),
    "jvp with aux": lambda m: m.func.jvp(lambda a: (a * a, a * 2), (vector(m),), (vector(m),), has_aux=True),
    "jvp of a constant": lambda m: m.func.jvp(lambda a: m.ones(2), (vector(m),), (vector(m),)),
    "jvp not a tuple": lambda m: m.func.jvp(lambda a: a, vector(m), vector(m)),
    "jvp of another shape": lambda m: m.func.jvp(lambda a: a, (vector(m),), (m.ones(3),)),
    "jvp of a jvp": lambda m: m.func.jvp(
        lambda a: m.func.jvp(lambda b: b**3, (a,), (vector(m),))[1], (vector(m),), (vector(m),)
    ),
    "linearize": lambda m: m.func.linearize(lambda a: a**2, vector(m))[1](vector(m, 3.0)),
}


@pytest.mark.parametrize("name", PRODUCTS)
def test_products(name):
    agree(PRODUCTS[name])


@pytest.mark.parametrize("tangents", [lambda m: (vector(m), vector(m)), lambda m: ([vector(m)],)])
def test_products_of_another_structure(tangents):
    agree(lambda m: m.func.jvp(lambda a: a, (vector(m),), tangents(m)), wording=False)
    agree(lambda m: m.func.vjp(lambda a: {"k": a}, vector(m))[1](vector(m)), wording=False)


def mixed(a, b):
    return {"p": a * b.exp(), "s": (a.sin() * b).sum()}


JACOBIANS = {
    "square": lambda jac, m: jac(lambda a: a**2)(vector(m)),
    "matrix in, vector out": lambda jac, m: jac(lambda a: (a @ vector(m)) ** 2)(batch(m)),
    "by both": lambda jac, m: jac(lambda a, b: (a * b, a.sum()), argnums=(0, 1))(vector(m), vector(m, 3.0)),
    "dict out": lambda jac, m: jac(mixed, argnums=1)(vector(m), vector(m, 0.5)),
    "dict in": lambda jac, m: jac(lambda d: d["x"] * 2)({"x": vector(m)}),
    "aux": lambda jac, m: jac(lambda a: (a * 2, a), has_aux=True)(vector(m)),
    "twice": lambda jac, m: jac(jac(lambda a: a**3))(vector(m)),
    "of grad": lambda jac, m: jac(m.func.grad(cube))(vector(m)),
    "under vmap": lambda jac, m: m.vmap(jac(lambda a: a**2))(batch(m)),
    "of vmap": lambda jac, m: jac(m.vmap(lambda a: a.sin().sum()))(batch(m)),
    "of a constant": lambda jac, m: jac(lambda a: m.ones(2))(vector(m)),
    "argnums too large": lambda jac, m: jac(lambda a: a, argnums=3)(vector(m)),
}


@pytest.mark.parametrize("way", ["jacrev", "jacfwd"])
@pytest.mark.parametrize("name", JACOBIANS)
def test_jacobians(name, way):
    agree(lambda m: JACOBIANS[name](getattr(m.func, way), m))


HESSIANS = {
    "cube": lambda m: m.func.hessian(cube)(vector(m)),
    "by both": lambda m: m.func.hessian(lambda a, b: (a * b * b).sum(), argnums=(0, 1))(vector(m), vector(m)),
    "under vmap": lambda m: m.vmap(m.func.hessian(cube))(batch(m)),
    "forward over forward": lambda m: m.func.jacfwd(m.func.jacfwd(cube))(vector(m)),
    "reverse over forward": lambda m: m.func.jacrev(m.func.jacfwd(cube))(vector(m)),
    "sum of gradients": lambda m: m.func.grad(lambda x: m.vmap(m.func.grad(cube))(x).sum())(batch(m)),
}


@pytest.mark.parametrize("name", HESSIANS)
def test_hessians_and_nests(name):
    agree(HESSIANS[name])


def model(m):
    m.manual_seed(0)
    return m.nn.Sequential(m.nn.Linear(2, 3), m.nn.Tanh(), m.nn.Linear(3, 1))


def state(net):
    return {name: p.detach() for name, p in net.named_parameters()}


def linear(m):
    m.manual_seed(0)
    return m.nn.Linear(2, 1)


CALLS = {
    "all": lambda m: m.func.functional_call(linear(m), {"weight": m.ones(1, 2), "bias": m.zeros(1)}, (batch(m),)),
    "some": lambda m: m.func.functional_call(linear(m), {"weight": m.ones(1, 2)}, batch(m)),
    "unknown": lambda m: m.func.functional_call(linear(m), {"foo": m.ones(1, 2)}, batch(m)),
    "missing": lambda m: m.func.functional_call(linear(m), {"weight": m.ones(1, 2)}, batch(m), strict=True),
    "unknown, strict": lambda m: m.func.functional_call(linear(m), {"foo": m.ones(1)}, batch(m), strict=True),
    "two dicts": lambda m: m.func.functional_call(linear(m), [{"weight": m.ones(1, 2)}, {"bias": m.ones(1)}], batch(m)),
    "twice": lambda m: m.func.functional_call(linear(m), [{"bias": m.ones(1)}, {"bias": m.ones(1)}], batch(m)),
    "keywords": lambda m: m.func.functional_call(linear(m), {"bias": m.ones(1)}, kwargs={"input": batch(m)}),
    "no dict": lambda m: m.func.functional_call(linear(m), 3, batch(m)),
    "no tensor": lambda m: m.func.functional_call(linear(m), {"weight": 3}, batch(m)),
    "nested": lambda m: m.func.functional_call(model(m), {"2.bias": m.ones(1)}, batch(m)),
}


@pytest.mark.parametrize("name", CALLS)
def test_functional_call(name):
    agree(CALLS[name])


def test_functional_call_leaves_the_module_as_it_was_also_after_an_error():
    def call(m):
        net = linear(m)
        before = net.weight
        for x in (batch(m), m.ones(3, 5)):
            try:
                m.func.functional_call(net, {"weight": m.ones(1, 2)}, x)
            except RuntimeError:
                pass
        return net.weight is before

    assert agree(call)


def test_functional_call_of_tied_weights():
    def call(m):
        net = m.nn.Sequential(m.nn.Linear(2, 2, bias=False), m.nn.Linear(2, 2, bias=False))
        net[1].weight = net[0].weight
        new = {"0.weight": m.eye(2) * 3}
        tied = m.func.functional_call(net, new, batch(m))
        with m.no_grad():
            net[0].weight.fill_(1.0)
        return tied, m.func.functional_call(net, new, batch(m), tie_weights=False)

    agree(call)


def test_buffers_are_written_where_they_were_given():
    def call(m):
        class Counting(m.nn.Module):
            def __init__(self):
                super().__init__()
                self.register_buffer("seen", m.zeros(2))

            def forward(self, x):
                self.seen += x.sum(0)
                return x

        net = Counting()
        buffers = {name: b.clone() for name, b in net.named_buffers()}
        m.func.functional_call(net, buffers, batch(m))
        return buffers, dict(net.named_buffers())

    agree(call)


def test_gradients_of_each_sample():
    def call(m):
        net = model(m)

        def loss(params, x, y):
            return ((m.func.functional_call(net, params, (x,)) - y) ** 2).sum()

        y = m.tensor([[1.0], [0.0], [2.0]])
        return m.vmap(m.func.grad(loss), in_dims=(None, 0, 0))(state(net), batch(m), y)

    agree(call)


def test_an_ensemble():
    def call(m):
        nets = [model(m) for _ in range(3)]
        params, buffers = m.func.stack_module_state(nets)

        def one(p, b, x):
            return m.func.functional_call(nets[0], (p, b), (x,))

        shared = m.vmap(one, in_dims=(0, 0, None))(params, buffers, batch(m))
        return params, buffers, shared, m.vmap(one)(params, buffers, batch(m).unsqueeze(1))

    agree(call)


def test_stack_module_state_refuses():
    agree(lambda m: m.func.stack_module_state([]))
    agree(lambda m: m.func.stack_module_state([linear(m), m.nn.ReLU()]))
    agree(lambda m: m.func.stack_module_state([linear(m), linear(m).eval()]))


def test_a_named_tuple_stays_one():
    pair = collections.namedtuple("pair", ["low", "high"])
    found = tensorbook.vmap(lambda a: pair(a.min(), a.max()))(batch(tensorbook))
    assert type(found) is pair
    assert found.high.tolist() == [2, 4, 6.5]


def test_random_numbers_in_vmap():
    x = batch(tensorbook)
    tensorbook.manual_seed(0)
    before = tensorbook.get_rng_state()
    with pytest.raises(RuntimeError, match="randomness"):
        tensorbook.vmap(lambda a: a + tensorbook.rand(2))(x)
    assert tensorbook.equal(tensorbook.get_rng_state(), before)
    same = tensorbook.vmap(lambda a: tensorbook.rand(2), randomness="same")(x)
    different = tensorbook.vmap(lambda a: tensorbook.rand(2), randomness="different")(x)
    assert same[0].tolist() == same[1].tolist() == same[2].tolist()
    assert different[0].tolist() != different[1].tolist()


def test_transforms_leave_nothing_behind():
    x = vector(tensorbook)
    gc.collect()
    gc.disable()
    try:
        watched = []

        def f(a):
            watched.append(weakref.ref(a))
            y = (a**3).sum()
            watched.append(weakref.ref(y))
            return y

        tensorbook.func.grad(f)(x)
        tensorbook.func.grad(tensorbook.func.grad(lambda a: f(a)))(tensorbook.tensor(2.0))
        tensorbook.func.hessian(f)(x)
        assert [r() for r in watched if r() is not None] == []
    finally:
        gc.enable()
