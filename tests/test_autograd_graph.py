"""Hooks and their order, edges, what is saved, anomaly detection, Function, inference mode: as in PyTorch."""

import gc
import threading
import warnings
import weakref

import pytest

import tensorbook
from tests.agreement import agree
from tests.oracle import torch

pytestmark = [
    pytest.mark.oracle,
    pytest.mark.skipif(torch is None, reason="PyTorch is not installed"),
    pytest.mark.filterwarnings("ignore:Anomaly Detection", "ignore:Error detected", "ignore::DeprecationWarning:torch"),
]


def leaf(m, *values):
    return m.tensor(values or (1.0, 2.0), requires_grad=True)


# ---- backward and grad

CALLS = {
    "unused": lambda m: m.autograd.grad(leaf(m).sum(), [leaf(m)]),
    "unused, zeros": lambda m: [x := leaf(m), m.autograd.grad(x.sum(), [x, leaf(m)], materialize_grads=True)],
    "unused, contradictory": lambda m: m.autograd.grad(
        leaf(m).sum(), leaf(m), allow_unused=False, materialize_grads=True
    ),
    "no outputs": lambda m: m.autograd.grad((), leaf(m)),
    "no inputs": lambda m: m.autograd.grad(leaf(m).sum(), []),
    "an input that is no tensor": lambda m: m.autograd.grad(leaf(m).sum(), [1]),
    "a gradient of another shape": lambda m: [x := leaf(m), m.autograd.grad(x * 2, x, m.ones(3))],
    "a gradient that is no tensor": lambda m: [x := leaf(m), m.autograd.grad(x * 2, x, (1.0,))],
    "a gradient that is a number": lambda m: [x := leaf(m), m.autograd.grad(x * 2, x, 3)],
    "a gradient of another dtype": lambda m: [x := leaf(m), m.autograd.grad(x * 2, x, m.ones(2, dtype=m.float64))],
    "batched": lambda m: [x := leaf(m), m.autograd.grad(x * x, x, m.eye(2), is_grads_batched=True)],
    "batched, two outputs": lambda m: [
        x := leaf(m),
        m.autograd.grad((x * x, x.exp()), (x,), (m.eye(2), m.ones(2, 2)), is_grads_batched=True),
    ],
    "the graph is gone": lambda m: [
        x := leaf(m),
        y := x.exp(),
        m.autograd.grad(y.sum(), x),
        m.autograd.grad(y.sum(), x),
    ],
    "a leaf as its own output": lambda m: [x := leaf(m, 3.0), m.autograd.grad(x, x), x.backward(), x.grad],
    "to a tensor between": lambda m: [x := leaf(m), y := x * 2, (y * y).sum().backward(inputs=[y]), x.grad, y.grad],
    "to two of three": lambda m: [
        (x := leaf(m), y := leaf(m), z := leaf(m)),
        (x * y * z).sum().backward(inputs=(x, z)),
        (x.grad, y.grad, z.grad),
    ],
    "to none": lambda m: leaf(m).sum().backward(inputs=[]),
    "to what needs none": lambda m: leaf(m).sum().backward(inputs=m.ones(2)),
    "fewer gradients than tensors": lambda m: m.autograd.backward([leaf(m).sum()] * 2, [m.tensor(1.0)]),
    "both names for gradients": lambda m: m.autograd.backward(
        leaf(m) * 2, grad_tensors=m.ones(2), grad_variables=m.ones(2)
    ),
    "from an edge": lambda m: [
        x := leaf(m),
        e := m.autograd.graph.get_gradient_edge((x * x).sum()),
        m.autograd.grad(e, x),
    ],
    "to an edge": lambda m: [
        x := leaf(m),
        y := x * 3,
        m.autograd.grad((y * y).sum(), m.autograd.graph.get_gradient_edge(y)),
    ],
    "into a leaf's edge": lambda m: [
        x := leaf(m),
        (x * x).sum().backward(inputs=[m.autograd.graph.get_gradient_edge(x)]),
        x.grad,
    ],
    "an edge without a gradient": lambda m: m.autograd.grad(m.autograd.graph.get_gradient_edge(leaf(m) * 2), leaf(m)),
    "no edge": lambda m: m.autograd.graph.get_gradient_edge(m.ones(2)),
}


@pytest.mark.filterwarnings("ignore:.grad_variables. is deprecated")
@pytest.mark.parametrize("name", CALLS)
def test_backward_and_grad(name):
    agree(lambda m: tuple(p for p in CALLS[name](m)[1:] if not hasattr(p, "node") and not hasattr(p, "grad_fn")))


# ---- hooks


def noting(seen, what):
    """A hook that writes down that it was called, with what."""

    def hook(*args):
        seen.append(
            (
                what,
                [[None if g is None else g.tolist() for g in a] if isinstance(a, tuple) else a.tolist() for a in args],
            )
        )

    return hook


def test_hooks_run_in_order():
    def call(m):
        seen = []
        x = leaf(m)
        y = x * 2
        z = y.exp()
        y.grad_fn.register_hook(noting(seen, "node"))
        y.grad_fn.register_prehook(noting(seen, "before node"))
        y.register_hook(noting(seen, "tensor"))
        y.retain_grad()
        x.register_hook(noting(seen, "leaf"))
        end = y.grad_fn.next_functions[0][0]
        end.register_hook(noting(seen, "after leaf"))
        end.register_prehook(noting(seen, "before leaf"))
        x.register_post_accumulate_grad_hook(lambda p: seen.append(("accumulated", p.grad.tolist())))
        z.sum().backward()
        return seen, y.grad

    agree(call)


def test_a_leaf_is_finished_by_the_last_node_that_adds_to_it():
    def call(m):
        w, v, x = leaf(m), leaf(m), leaf(m)
        seen = []
        for name, p in (("w", w), ("v", v), ("x", x)):
            p.register_post_accumulate_grad_hook(lambda p, name=name: seen.append((name, p.grad.tolist())))
        a = (x * w).sin()
        b = (a * v).exp()
        a.register_hook(lambda g: seen.append("a"))
        (b * w).sum().backward()
        return seen

    agree(call)


def test_hooks_can_replace_gradients():
    def call(m):
        x = leaf(m)
        y = x * 2
        y.register_hook(lambda g: g * 10)
        y.grad_fn.register_prehook(lambda g: (g[0] + 1,))
        y.grad_fn.register_hook(lambda i, o: (i[0] * 3, i[1]))
        x.register_hook(lambda g: -g)
        y.sum().backward()
        return x.grad

    agree(call)


BAD_HOOKS = {
    "a number": lambda y: y.register_hook(lambda g: 3),
    "another shape": lambda y: y.register_hook(lambda g: g.new_ones(5)),
    "too many": lambda y: y.grad_fn.register_hook(lambda i, o: (*i, *i)),
    "another shape at a node": lambda y: y.grad_fn.register_hook(lambda i, o: (i[0].new_ones(5), None)),
    "no tuple before": lambda y: y.grad_fn.register_prehook(lambda o: 3),
    "no tuple after": lambda y: y.grad_fn.register_hook(lambda i, o: 3),
}


@pytest.mark.parametrize("name", BAD_HOOKS)
def test_hooks_that_return_something_else(name):
    agree(lambda m: [y := leaf(m) * 2, BAD_HOOKS[name](y), y.sum().backward()])


def test_where_hooks_are_refused():
    agree(lambda m: m.ones(2).register_post_accumulate_grad_hook(print))
    agree(lambda m: (leaf(m) * 2).register_post_accumulate_grad_hook(print))
    agree(lambda m: m.ones(2).retain_grad())


def test_removed_hooks_are_silent():
    def call(m):
        x, seen = leaf(m), []
        first, second = x.register_hook(noting(seen, 1)), x.register_hook(noting(seen, 2))
        first.remove()
        first.remove()
        with x.register_hook(noting(seen, 3)):
            x.sum().backward()
        x.sum().backward()
        return seen, len(x._backward_hooks), second.id in x._backward_hooks

    agree(call)


@pytest.mark.parametrize("mode", ["all", "any"])
def test_hooks_on_several_tensors(mode):
    def call(m):
        a, b = leaf(m), leaf(m)
        c, d = a * b, a * b
        seen = []
        handle = m.autograd.graph.register_multi_grad_hook((a, b, c, d), lambda g: seen.append(shown(g)), mode=mode)
        c.sum().backward(retain_graph=True)
        c.sum().backward(inputs=(a,), retain_graph=True)
        handle.remove()
        c.sum().backward()
        return seen

    def shown(g):
        return [x is not None for x in g] if isinstance(g, (list, tuple)) else g.tolist()

    agree(call)
    agree(lambda m: m.autograd.graph.register_multi_grad_hook([leaf(m)], print, mode="foo"))


# ---- nodes


def test_nodes_tell_of_themselves():
    def call(m):
        x = leaf(m)
        y = (x * 2).exp()
        node, end = y.grad_fn.next_functions[0][0], y.grad_fn.next_functions[0][0].next_functions[0][0]
        node.metadata["note"] = 1
        told = [
            (list(i.shape), str(i.dtype).split(".")[1], str(i.device)) for n in (node, end) for i in n._input_metadata
        ]
        later = y.grad_fn._sequence_nr() - node._sequence_nr()
        return (
            told,
            later,
            end._sequence_nr(),
            node.metadata,
            node.name(),
            end.name(),
            node.requires_grad,
            node(m.ones(2)),
        )

    agree(call)
    agree(lambda m: (leaf(m) * 2).grad_fn())


# ---- what is saved


def test_saved_tensors_hooks():
    def call(m):
        seen, x = [], leaf(m)

        def pack(t):
            seen.append(("pack", t.tolist(), t.requires_grad, t.grad_fn is None))
            return t.tolist()

        def unpack(kept):
            seen.append(("unpack", kept))
            return m.tensor(kept)

        with m.autograd.graph.saved_tensors_hooks(pack, unpack):
            y = x * x
            z = y.exp()
        w = z * x
        again = z.grad_fn._saved_result.grad_fn is not None
        (g,) = m.autograd.grad(w.sum(), x, create_graph=True)
        (h,) = m.autograd.grad(g.sum(), x)
        return [s for s in seen if s[0] == "pack"], again, g, h

    agree(call)


SAVING = {
    "not a tensor": lambda m, g: [use(m, g.saved_tensors_hooks(lambda t: t, lambda t: 3)).sum().backward()],
    "written into": lambda m, g: use(m, g.saved_tensors_hooks(lambda t: t.detach().mul_(2), lambda t: t)),
    "the innermost counts": lambda m, g: nested(m, g),
    "refused": lambda m, g: refused(m, g),
    "on the CPU": lambda m, g: gradient(m, g.save_on_cpu()),
    "raw": lambda m, g: raw(m),
    "mutation": lambda m, g: mutation(m, g),
}


def use(m, context):
    x = leaf(m)
    with context:
        return x * x


def gradient(m, context):
    x = leaf(m)
    with context:
        y = x * x
    return m.autograd.grad(y.sum(), x)


def nested(m, g):
    x = leaf(m)
    with g.saved_tensors_hooks(lambda t: t * 10, lambda t: t), g.saved_tensors_hooks(lambda t: t * 100, lambda t: t):
        y = x * x
    return m.autograd.grad(y.sum(), x)


def refused(m, g):
    with g.disable_saved_tensors_hooks("not here"):
        return use(m, g.saved_tensors_hooks(lambda t: t, lambda t: t))


def raw(m):
    x = leaf(m)
    y = x * x
    place = y.grad_fn._raw_saved_self
    place.register_hooks(lambda t: t + 1, lambda t: t)
    (g,) = m.autograd.grad(y.sum(), x)
    return g


def mutation(m, g):
    with g.allow_mutation_on_saved_tensors():
        a = leaf(m)
        b = a.clone()
        out = (b**2).sum()
        b.sin_()
        out.backward()
    return a.grad


@pytest.mark.parametrize("name", SAVING)
def test_saving(name):
    agree(lambda m: SAVING[name](m, m.autograd.graph))


def test_raw_saved_after_it_is_gone():
    def call(m):
        y = leaf(m).exp()
        place = y.grad_fn._raw_saved_result
        y.sum().backward()
        place.register_hooks(lambda t: t, lambda t: t)

    agree(call)


def test_a_pack_hook_cannot_spoil_a_number():
    """`x * 3` saves the 3; the tensor that holds it serves every expression with a 3 in it."""

    def spoil(t):
        with tensorbook.no_grad():
            t.mul_(2)
        return t

    x = leaf(tensorbook)
    with pytest.raises(RuntimeError, match="in place"), tensorbook.autograd.graph.saved_tensors_hooks(spoil, spoil):
        x * 3
    assert (x * 3).tolist() == [3, 6]


# ---- anomaly detection


def test_anomaly_detection_names_the_output_and_the_line():
    def call(m):
        x = m.zeros(2, requires_grad=True)
        with m.autograd.detect_anomaly():
            (x.sqrt() * 0).sum().backward()

    agree(call)
    with warnings.catch_warnings(record=True) as caught, pytest.raises(RuntimeError):
        warnings.simplefilter("always")
        call(tensorbook)
    told = [str(w.message) for w in caught if "Error detected" in str(w.message)]
    assert len(told) == 1 and "SqrtBackward0" in told[0] and "(x.sqrt() * 0).sum().backward()" in told[0]
    assert "tensorbook/ops" not in told[0], "only the user's lines"


def test_anomaly_detection_elsewhere():
    def unchecked(m):
        x = m.zeros(2, requires_grad=True)
        with m.autograd.set_detect_anomaly(True, check_nan=False):
            seen = m.is_anomaly_enabled(), m.is_anomaly_check_nan_enabled()
            (x.sqrt() * 0).sum().backward()
        return seen, m.is_anomaly_enabled(), bool(x.grad.isnan().all())

    def second(m):
        x = m.zeros(2, requires_grad=True)
        with m.autograd.detect_anomaly():
            return m.autograd.grad((x.sqrt() * 0).sum(), x, create_graph=True)

    def only_backward(m):
        y = (m.zeros(2, requires_grad=True).sqrt() * 0).sum()
        with m.autograd.detect_anomaly():
            y.backward()

    for call in (unchecked, second, only_backward):
        agree(call)
    m = tensorbook
    m.autograd.set_detect_anomaly(True)
    assert m.is_anomaly_enabled()
    m.autograd.set_detect_anomaly(False)
    assert not m.is_anomaly_enabled() and not tensorbook.graph.grad_mode.unusual


# ---- Function


def function(m, forward, backward=None, setup=None, **more):
    members = {"forward": staticmethod(forward), **more}
    if backward:
        members["backward"] = staticmethod(backward)
    if setup:
        members["setup_context"] = staticmethod(setup)
    return type("Own", (m.autograd.Function,), members).apply


def grad_of(m, apply, *args):
    x = leaf(m)
    return m.autograd.grad(apply(x, *args).sum(), x, allow_unused=True)


RETURNED = [
    lambda g: (g, g), lambda g: (g, None), lambda g: (), lambda g: None, lambda g: g, lambda g: 3, lambda g: (g, "a"),
    lambda g: [g, g], lambda g: (g, None, None), lambda g: (g, None, g),
]  # fmt: skip


@pytest.mark.parametrize("i", range(len(RETURNED)))
def test_what_backward_returns(i):
    agree(lambda m: grad_of(m, function(m, lambda ctx, x, y: x * y, lambda ctx, g: RETURNED[i](g)), leaf(m)))


@pytest.mark.parametrize("shape", [(3,), (1,), (3, 2), (2,), (1, 2)])
def test_the_shape_that_backward_returns(shape):
    agree(lambda m: grad_of(m, function(m, lambda ctx, x: x * 2, lambda ctx, g: m.ones(*shape))))


def double(ctx, x):
    return x * 2


def same(ctx, g):
    return g


def saving(m):
    return function(m, lambda ctx, x: [ctx.save_for_backward(x), x * 2][1], lambda ctx, g: g * ctx.saved_tensors[0])


FUNCTIONS = {
    "another dtype": lambda m: grad_of(m, function(m, double, lambda ctx, g: g.double())),
    "other arguments": lambda m: grad_of(
        m, function(m, lambda ctx, x, s, k=2: [setattr(ctx, "k", k), x * k][1], lambda ctx, g: (g * ctx.k, None, None)),
        "s", 4,
    ),
    "setup_context": lambda m: grad_of(
        m, function(m, lambda x, k: x * k, lambda ctx, g: (g * ctx.k, None), lambda ctx, i, o: setattr(ctx, "k", i[1])),
        3,
    ),
    "no backward": lambda m: grad_of(m, function(m, double)),
    "no forward": lambda m: type("Own", (m.autograd.Function,), {}).apply(leaf(m)),
    "vjp": lambda m: grad_of(m, function(m, double, vjp=staticmethod(lambda ctx, g: g * 7))),
    "vjp and backward": lambda m: grad_of(m, function(m, double, same, vjp=staticmethod(same))),
    "saves a number": lambda m: grad_of(m, function(m, lambda ctx, x: ctx.save_for_backward(x, 3), same)),
    "freed": lambda m: [
        y := saving(m)(leaf(m)),
        y.sum().backward(), y.sum().backward(),
    ],
    "overwritten": lambda m: [
        z := leaf(m) * 1,
        y := saving(m)(z),
        z.add_(1), y.sum().backward(),
    ],
    "dirty": lambda m: [
        x := leaf(m), z := x * 1,
        y := function(m, lambda ctx, x: [ctx.mark_dirty(x), x.mul_(2)][1], lambda ctx, g: g * 2)(z),
        z.sum().backward(), (y is z, y._version, x.grad),
    ][-1],
    "dirty leaf": lambda m: function(m, lambda ctx, x: [ctx.mark_dirty(x), x.mul_(2)][1], same)(leaf(m)),
    "dirty, not returned": lambda m: function(m, lambda ctx, x: [ctx.mark_dirty(x), x * 2][1], same)(leaf(m) * 1),
    "dirty view": lambda m: [
        x := leaf(m), z := x * 1, part := z[:1],
        function(m, lambda ctx, x: [ctx.mark_dirty(x), x.mul_(2)][1], lambda ctx, g: g * 2)(part),
        (z * z).sum().backward(), (x.grad, z.detach()),
    ][-1],
    "an output without a gradient": lambda m: [
        apply := function(m, lambda ctx, x: [s := x.sign(), ctx.mark_non_differentiable(s), (x * 2, s, x.argmax())][2],
                          lambda ctx, *g: g[0] * 2 + g[1]),
        r := apply(leaf(m)), [o.requires_grad for o in r], r[0].sum().backward(),
    ][2],
    "an input that comes back": lambda m: [
        x := leaf(m), y := function(m, lambda ctx, x: x, lambda ctx, g: g * 3)(x), y.sum().backward(),
        (y is x, y._base is x, x.grad),
    ][-1],
    "outputs that are no tensors": lambda m: [
        x := leaf(m), r := function(m, lambda ctx, x: (x * 2, 3, "s", None), lambda ctx, *g: g[0])(x),
        r[0].sum().backward(), (r[1:], x.grad),
    ][-1],
    "without zeros": lambda m: [
        seen := [],
        a := function(m, lambda ctx, x: [ctx.set_materialize_grads(False), (x * 2, x * 3)][1],
                      lambda ctx, *g: [seen.append([t is None for t in g]), g[0]][1])(leaf(m)),
        a[0].sum().backward(), seen,
    ][-1],
    "called": lambda m: [f := m.autograd.Function, f.forward(1)],
    "hooks on what it saves": lambda m: hooked(m),
}  # fmt: skip


def hooked(m):
    x = leaf(m)
    apply = saving(m)
    with m.autograd.graph.saved_tensors_hooks(lambda t: t * 10, lambda t: t):
        y = apply(x)
    return m.autograd.grad(y.sum(), x)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions(name):
    agree(lambda m: FUNCTIONS[name](m))


def test_once_differentiable():
    def call(m, seed_needs_grad=False, walk=lambda m, y, x: m.autograd.grad(y, x)):
        def twice(ctx, g):
            return 2 * g * ctx.saved_tensors[0]

        once = m.autograd.function.once_differentiable(twice)
        apply = function(m, lambda ctx, x: [ctx.save_for_backward(x), x * x][1], once)
        x, seed = leaf(m), m.ones(2, requires_grad=seed_needs_grad)
        (g,) = m.autograd.grad(apply(x), x, seed, create_graph=True)
        return g.requires_grad, g.detach(), walk(m, g.sum(), seed)

    agree(call)
    agree(lambda m: call(m, True))
    agree(lambda m: call(m, True, lambda m, y, x: y.backward()))


# ---- modes


def test_inference_mode():
    def made(m):
        with m.inference_mode():
            x = m.ones(2)
            y = x * 2
            x.add_(1)
            inside = x.is_inference(), y.is_inference(), m.is_inference(y[:1]), m.is_inference_mode_enabled()
        return inside, (x + 1).is_inference(), x.clone().is_inference(), x.view(1, 2).is_inference(), x

    def tensor(m):
        with m.inference_mode():
            return m.ones(2)

    agree(made)
    for use in (
        lambda m, x: x * leaf(m), lambda m, x: x + leaf(m), lambda m, x: x.add_(1), lambda m, x: x.mul_(leaf(m)),
        lambda m, x: x.requires_grad_(), lambda m, x: x._version, lambda m, x: x.__setitem__(0, 5.0),
        lambda m, x: x.clone().requires_grad_() * 2, lambda m, x: x.copy_(m.zeros(2)), lambda m, x: x.exp_(),
    ):  # fmt: skip
        agree(lambda m, use=use: use(m, tensor(m)))


def test_inference_mode_is_a_thread_s_own():
    made = []

    def work():
        made.append(tensorbook.ones(2).is_inference())
        made.append((leaf(tensorbook) * 2).requires_grad)

    with tensorbook.inference_mode():
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    assert made == [False, True]


def test_modes_as_decorators():
    def call(m):
        seen = []

        @m.no_grad()
        def numbers():
            try:
                got = yield m.is_grad_enabled()
                seen.append((got, m.is_grad_enabled()))
                yield m.is_grad_enabled()
            except ValueError:
                seen.append(("caught", m.is_grad_enabled()))
                yield 7
            finally:
                seen.append(("closed", m.is_grad_enabled()))
            return

        first, second = numbers(), numbers()
        found = [next(first), m.is_grad_enabled(), first.send("sent"), next(second), second.throw(ValueError())]
        first.close()
        list(second)

        @m.set_grad_enabled(False)
        def off():
            return m.is_grad_enabled()

        @m.no_grad
        def bare():
            return m.is_grad_enabled()

        @m.inference_mode(False)
        def normal():
            return m.is_inference_mode_enabled(), m.is_grad_enabled()

        @m.inference_mode
        def inferring():
            return m.is_inference_mode_enabled(), m.is_grad_enabled()

        return found, seen, off(), bare(), normal(), inferring(), m.is_grad_enabled(), off.__name__

    agree(call)


def test_a_class_as_decorated_before():
    for m in (tensorbook, torch):
        with pytest.warns(FutureWarning, match="Decorating classes is deprecated"):

            @m.no_grad()
            class Model:
                def __init__(self, m=m):
                    self.made_with = m.is_grad_enabled()

        assert Model().made_with is False


# ---- threads and memory


def test_threads_walk_their_own_graphs():
    m, found = tensorbook, {}

    def work(k):
        x = m.tensor([float(k)], requires_grad=True)
        x.register_hook(lambda g: found.setdefault(k, []).append(g.item()))
        for _ in range(20):
            with m.autograd.graph.saved_tensors_hooks(lambda t: t, lambda t: t):
                (x * x).sum().backward()

    threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {k: [2.0 * k] * 20 for k in range(4)}
    assert not m.graph.grad_mode.unusual


def test_hooks_and_saved_things_leave_no_cycle():
    m, watched = tensorbook, []
    gc.collect()
    gc.disable()
    try:
        for context in (
            m.autograd.graph.saved_tensors_hooks(lambda t: t, lambda t: t),
            m.autograd.graph.allow_mutation_on_saved_tensors(),
            m.autograd.set_detect_anomaly(True),
        ):
            with context:
                x = leaf(m)
                y = x.exp()
                z = y * y
                y.register_hook(lambda g: None)
                handle = m.autograd.graph.register_multi_grad_hook([x, y], lambda grads: None)
                z.sum().backward()
                watched += [weakref.ref(t) for t in (x, y, z)]
                del x, y, z, handle
        assert [r() for r in watched if r() is not None] == []
    finally:
        gc.enable()


LONG = {
    "additions": lambda y, x: y + x,
    "views": lambda y, x: y.view(1).view(()),
    "writes": lambda y, x: y.mul_(1.0),
    "two paths": lambda y, x: (y + y) * 0.5,
}


@pytest.mark.parametrize("name", LONG)
def test_long_chains_are_walked_and_freed_without_recursion(name):
    x = tensorbook.tensor(1.0, requires_grad=True)
    y = x * 1
    for _ in range(20_000):
        y = LONG[name](y, x)
    found = []
    y.register_hook(lambda g: found.append(g.item()))
    y.backward()
    assert found == [1.0]
    assert x.grad.item() == (20_001 if name == "additions" else 1)
    del y


def test_a_long_chain_of_writes_through_views():
    x = tensorbook.ones(3, requires_grad=True)
    y = x * 1
    for _ in range(1_000):
        y[0].mul_(1.0)
    y.sum().backward()
    assert x.grad.tolist() == [1, 1, 1]
