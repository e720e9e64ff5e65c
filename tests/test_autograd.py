"""The engine: what accumulates, what is freed, what is refused; hooks, threads, long chains, and no leaks."""

import gc
import threading
import weakref

import numpy as np
import pytest

import tensorbook
from tests.oracle import graph_of, same_error, torch, under_both

BOTH = pytest.mark.skipif(torch is None, reason="PyTorch is not installed")


def agree(call):
    """The lambda gives the same under both libraries: an equal value, or the same error."""
    ours, theirs = under_both(call)
    if isinstance(theirs, tuple) and theirs[0] == "error":
        assert ours[0] == "error", f"PyTorch raises {theirs[1]}, tensorbook gives {ours}"
        same_error(ours[1], theirs[1])
    else:
        assert ours == theirs
    return theirs


def leaf(module, *values):
    return module.tensor(values or 3.0, requires_grad=True)


@pytest.mark.oracle
@BOTH
class TestLikePyTorch:
    def test_gradients_add_up(self):
        def call(module):
            x = leaf(module, 1.0, 2.0)
            seen = []
            for _ in range(3):
                (x * x).sum().backward()
                seen.append(x.grad.tolist())
            return seen

        assert agree(call)[-1] == [6, 12]

    def test_a_value_used_twice(self):
        agree(lambda m: [x := leaf(m), (x * x + x * (x + x)).backward(), x.grad.item()][-1])

    def test_two_grads_never_share_memory(self):
        def call(module):
            x, y = leaf(module, 1.0), leaf(module, 1.0)
            z = (x + y).sum()
            z.backward()
            x.grad.mul_(10)
            return y.grad.tolist(), x.grad.tolist()

        agree(call)

    def test_the_seed_is_not_the_gradient(self):
        def call(module):
            x, seed = leaf(module, 1.0, 2.0), module.ones(2)
            (x * 1).backward(seed)
            x.grad.mul_(5)
            return seed.tolist(), x.grad.tolist()

        agree(call)

    def test_backward_twice(self):
        agree(lambda m: [y := leaf(m).exp(), y.backward(), y.backward()])

    def test_retain_graph(self):
        agree(lambda m: [x := leaf(m), y := x * x, y.backward(retain_graph=True), y.backward(), x.grad.item()][-1])

    def test_backward_from_many(self):
        agree(lambda m: leaf(m, 1.0, 2.0).exp().backward())
        agree(lambda m: leaf(m, 1.0, 2.0).exp().backward(m.ones(3)))
        agree(lambda m: m.ones(2).backward())
        agree(lambda m: m.tensor([1], requires_grad=True))

    def test_backward_of_selected_inputs(self):
        def call(module):
            x, y = leaf(module), leaf(module)
            (x * y).backward(inputs=[x])
            return x.grad.item(), y.grad

        agree(call)

    def test_grad(self):
        def call(module):
            x, y, z = leaf(module), leaf(module), leaf(module)
            a, b = module.autograd.grad(x * y, [x, y])
            c, d = module.autograd.grad(x * 2, [x, z], allow_unused=True)
            return a.item(), b.item(), c.item(), d, x.grad

        agree(call)
        agree(lambda m: m.autograd.grad(leaf(m) * 2, leaf(m)))
        agree(lambda m: m.autograd.grad(leaf(m) * 2, m.ones(())))

    def test_grad_of_what_lies_between(self):
        def call(module):
            x = leaf(module)
            y = x * 2
            z = y * y
            return module.autograd.grad(z, [y, x])[0].item()

        agree(call)

    def test_third_derivative(self):
        def call(module):
            x = leaf(module, 1.0, 2.0)
            y, found = (x**4).sum(), []
            for _ in range(4):
                (y,) = module.autograd.grad(y.sum(), x, create_graph=True)
                found.append(y.tolist())
            return found

        agree(call)

    @pytest.mark.filterwarnings("ignore:Using backward.. with create_graph=True")
    def test_create_graph_keeps_a_graph_on_grad(self):
        def call(module):
            x = leaf(module)
            (x**3).backward(create_graph=True)
            return x.grad.requires_grad, x.grad.item()

        agree(call)

    def test_no_grad(self):
        def call(module):
            x = leaf(module)
            with module.no_grad():
                y = x * 2
                with module.enable_grad():
                    z = x * 2
            w = x * 2
            return y.requires_grad, z.requires_grad, w.requires_grad, y.is_leaf, module.is_grad_enabled()

        agree(call)

    def test_no_grad_as_a_decorator(self):
        def call(module):
            @module.no_grad()
            def double(x):
                return x * 2

            return double(leaf(module)).requires_grad, double.__name__

        agree(call)

    def test_set_grad_enabled(self):
        def call(module):
            x = leaf(module)
            with module.set_grad_enabled(False):
                y = x * 2
            return y.requires_grad, module.is_grad_enabled()

        agree(call)

    def test_inference_mode(self):
        def call(module):
            with module.inference_mode():
                y = leaf(module) * 2
            return y.requires_grad, y.is_leaf

        agree(call)

    def test_detach_cuts(self):
        def call(module):
            x = leaf(module)
            y = (x * 2).detach()
            return y.requires_grad, y.is_leaf, y.grad_fn, (x * y).backward(), x.grad.item()

        agree(call)

    def test_leaves_and_intermediates(self):
        def call(module):
            x = leaf(module, 1.0)
            y = x * 2
            y.retain_grad()
            y.sum().backward()
            return x.is_leaf, y.is_leaf, y.grad.tolist(), y.retains_grad, x.retains_grad

        agree(call)

    def test_hooks(self):
        def call(module):
            x, seen = leaf(module, 1.0, 2.0), []
            y = x * 3
            y.register_hook(lambda grad: seen.append(("y", grad.tolist())))
            handle = y.register_hook(lambda grad: grad * 2)
            x.register_hook(lambda grad: grad + 1)
            x.register_post_accumulate_grad_hook(lambda p: seen.append(("done", p.grad.tolist())))
            y.sum().backward(retain_graph=True)
            handle.remove()
            y.sum().backward()
            return seen, x.grad.tolist()

        agree(call)
        agree(lambda m: m.ones(2).register_hook(lambda grad: None))

    def test_in_place_changes_that_break_the_backward_pass(self):
        def saved_input(module):
            x = leaf(module, 1.0, 2.0) * 1
            y = x * x
            x.add_(1)
            y.sum().backward()

        def saved_result(module):
            y = leaf(module, 1.0, 2.0).exp()
            y.add_(1)
            y.sum().backward()

        def through_a_view(module):
            x = leaf(module, 1.0, 2.0) * 1
            y = x.sin()
            x[0] = 5
            y.sum().backward()

        def through_detach(module):
            x = leaf(module, 1.0, 2.0) * 1
            y = x.sin()
            x.detach().zero_()
            y.sum().backward()

        def harmless(module):
            x = leaf(module, 1.0, 2.0)
            y = x * 3
            y.add_(1)
            y.sum().backward()
            return x.grad.tolist()

        for call in (saved_input, saved_result, through_a_view, through_detach, harmless):
            agree(call)

    def test_in_place_changes_that_are_refused(self):
        agree(lambda m: leaf(m, 1.0).add_(1))
        agree(lambda m: leaf(m, 1.0, 2.0)[0].mul_(2))
        agree(lambda m: leaf(m, 1.0, 2.0).__setitem__(0, 5.0))
        agree(lambda m: m.ones(3).expand(2, 3).add_(1))
        agree(lambda m: m.ones(2).add_(m.ones(2, 2)))
        agree(lambda m: m.ones(2, dtype=m.int64).add_(1.5))
        agree(lambda m: leaf(m, 1.0).numpy())

    def test_a_step_of_gradient_descent_in_place(self):
        def call(module):
            w = leaf(module, 1.0, 2.0)
            for _ in range(2):
                ((w - 5) ** 2).sum().backward()
                with module.no_grad():
                    w -= 0.1 * w.grad
                    w.grad.zero_()
            return w.is_leaf, w.requires_grad, w._version, [round(v, 5) for v in w.tolist()]

        agree(call)

    def test_grad_can_be_set_and_checked(self):
        agree(lambda m: [x := leaf(m, 1.0), setattr(x, "grad", m.ones(1)), x.grad.tolist()][-1])
        agree(lambda m: setattr(leaf(m, 1.0), "grad", m.ones(2)))
        agree(lambda m: [y := leaf(m, 1.0) * 2, setattr(y, "requires_grad", False)])
        agree(lambda m: [x := leaf(m, 1.0), setattr(x, "requires_grad", False), x.requires_grad][-1])

    def test_a_function_of_ones_own(self):
        def call(module):
            class Cube(module.autograd.Function):
                @staticmethod
                def forward(ctx, x, factor):
                    ctx.save_for_backward(x)
                    ctx.factor = factor
                    return factor * x**3

                @staticmethod
                def backward(ctx, grad):
                    (x,) = ctx.saved_tensors
                    return grad * 3 * x**2 * ctx.factor, None

            x = leaf(module, 1.0, 2.0)
            y = Cube.apply(x, 2)
            (g,) = module.autograd.grad(y.sum(), x, create_graph=True)
            g.sum().backward()
            return type(y.grad_fn).__name__, graph_of(y.grad_fn), g.tolist(), x.grad.tolist()

        agree(call)

    def test_a_function_with_two_outputs(self):
        def call(module):
            class Both(module.autograd.Function):
                @staticmethod
                def forward(ctx, x):
                    ctx.mark_non_differentiable(sign := x.sign())
                    return x * 2, sign

                @staticmethod
                def backward(ctx, grad, of_sign):
                    assert ctx.needs_input_grad == (True,)
                    return grad * 2 + of_sign

            x = leaf(module, 1.0, -2.0)
            y, sign = Both.apply(x)
            y.backward(module.ones(2))
            return x.grad.tolist(), sign.requires_grad, sign.tolist()

        agree(call)

    def test_a_function_with_the_wrong_number_of_gradients(self):
        def call(module):
            class Wrong(module.autograd.Function):
                @staticmethod
                def forward(ctx, x, y):
                    return x + y

                @staticmethod
                def backward(ctx, grad):
                    return grad

            Wrong.apply(leaf(module), leaf(module)).backward()

        agree(call)

    def test_a_function_that_gives_a_number_a_gradient(self):
        def call(module):
            class Wrong(module.autograd.Function):
                @staticmethod
                def forward(ctx, x, factor):
                    return x * factor

                @staticmethod
                def backward(ctx, grad):
                    return grad, grad

            Wrong.apply(leaf(module), 2.0).backward()

        assert agree(call)[0] == "error"

    def test_jacobian_and_hessian(self):
        def call(module):
            x = module.tensor([1.0, 2.0, 3.0])
            functional = module.autograd.functional
            return functional.jacobian(lambda v: v**2, x).tolist(), functional.hessian(
                lambda v: (v**3).sum(), x
            ).tolist()

        agree(call)

    def test_nodes_can_be_walked(self):
        def call(module):
            x = leaf(module, 1.0, 2.0)
            y = ((x * 2).exp() + x).sum()
            names, node = [], y.grad_fn
            while node is not None and node.next_functions:
                names.append(node.name())
                node = node.next_functions[0][0]
            return names, node.name(), node.variable is x, y.grad_fn.next_functions[0][1]

        agree(call)

    def test_a_thread_has_its_own_mode(self):
        def call(module):
            seen = []
            with module.no_grad():
                thread = threading.Thread(target=lambda: seen.append(module.is_grad_enabled()))
                thread.start()
                thread.join()
                seen.append(module.is_grad_enabled())
            return seen

        agree(call)

    def test_copies_of_tensors(self):
        def call(module):
            import copy
            import pickle

            x = leaf(module, 1.0, 2.0)
            y = copy.deepcopy(x)
            with module.no_grad():
                y.add_(1)
            z = pickle.loads(pickle.dumps(x))
            return x.tolist(), y.tolist(), z.tolist(), y.requires_grad, z.requires_grad, y.is_leaf

        agree(call)
        agree(lambda m: __import__("copy").deepcopy(leaf(m) * 2))


def test_a_long_chain_needs_no_recursion():
    x = tensorbook.tensor(1.0, requires_grad=True)
    y = x
    for _ in range(100_000):
        y = y + 1
    y.backward()
    assert x.grad.item() == 1
    del y  # taking the chain down must not recurse either


def test_a_long_chain_of_its_own_squares():
    """Both inputs are the same tensor: without counting, two paths per step would be 2**200."""
    x = tensorbook.tensor(1.0, dtype=tensorbook.float64, requires_grad=True)
    y = x
    for _ in range(200):
        y = (y + y) * 0.5
    y.backward()
    assert x.grad.item() == 1


class Counted:
    """Runs a piece of code with the garbage collector off and says which tensors and nodes outlived it."""

    def __enter__(self):
        gc.collect()
        gc.disable()
        self.watched = []
        return self

    def watch(self, *things):
        self.watched += [weakref.ref(thing) for thing in things]

    def left(self):
        return [ref() for ref in self.watched if ref() is not None]

    def __exit__(self, *error):
        gc.enable()


def test_a_graph_goes_with_its_last_name():
    with Counted() as memory:
        x = tensorbook.ones(1000, requires_grad=True)
        y = (x * 2).exp()
        z = (y.view(10, 100).t() + 1).sum()
        memory.watch(y, z)
        del x, y, z
        assert memory.left() == []


def test_a_backward_pass_leaves_nothing_behind():
    with Counted() as memory:
        x = tensorbook.ones(3, requires_grad=True)
        y = x.exp()
        z = (y * y).sum()
        z.backward(retain_graph=True)
        memory.watch(x, y, z, x.grad)
        del x, y, z
        assert memory.left() == []


def test_results_saved_by_their_own_node_are_no_cycle():
    with Counted() as memory:
        for name in ("exp", "sqrt", "tanh", "sigmoid", "softmax"):
            x = tensorbook.ones(3, requires_grad=True)
            y = x.softmax(0) if name == "softmax" else getattr(x, name)()
            memory.watch(y)
            del x, y
        assert memory.left() == []


def test_in_place_and_views_leave_no_cycle():
    with Counted() as memory:
        x = tensorbook.ones(3, requires_grad=True)
        y = x * 2
        part = y[1:]
        part.mul_(3)
        memory.watch(y, part)
        total = y.sum() + part.sum()
        total.backward()
        memory.watch(total)
        del x, y, part, total
        assert memory.left() == []


def test_hooks_functions_and_higher_derivatives_leave_no_cycle():
    class Double(tensorbook.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x * 2

        @staticmethod
        def backward(ctx, grad):
            return grad * 2

    with Counted() as memory:
        x = tensorbook.ones(3, requires_grad=True)
        y = Double.apply(x)
        y.register_hook(lambda grad: grad * 1)
        y.retain_grad()
        (g,) = tensorbook.autograd.grad((y**3).sum(), x, create_graph=True)
        g.sum().backward()
        memory.watch(x, y, g)
        del x, y, g
        assert memory.left() == []


def test_intermediates_are_freed_while_walking():
    """The saved tensors of a node go once it has been walked, not at the end."""
    alive = []
    x = tensorbook.ones(100_000, requires_grad=True)
    y = x
    kept = []
    for _ in range(5):
        y = y * y
        kept.append(weakref.ref(y))
    first = x * 1
    first.register_hook(lambda grad: alive.append(sum(ref() is not None for ref in kept)))
    y = y + first
    del first
    y.sum().backward()
    assert x.grad is not None
    assert sum(ref() is not None for ref in kept) == 0


def test_threads_do_not_disturb_each_other():
    errors = []

    def work(seed):
        try:
            rng = np.random.default_rng(seed)
            for _ in range(50):
                values = rng.normal(size=20)
                x = tensorbook.tensor(values, requires_grad=True)
                with tensorbook.no_grad():
                    assert not (x * 2).requires_grad
                (x.exp() * x).sum().backward()
                np.testing.assert_allclose(x.grad.numpy(), np.exp(values) * (values + 1), rtol=1e-12)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []


def test_an_exception_in_a_hook_leaves_the_library_usable():
    x = tensorbook.ones(2, requires_grad=True)
    y = x * 2

    def fail(grad):
        raise KeyError("mine")

    y.register_hook(fail)
    with pytest.raises(KeyError, match="mine"):
        y.sum().backward()
    assert tensorbook.is_grad_enabled()
    (x * 3).sum().backward()
    assert x.grad.tolist() == [3, 3]


def test_gradcheck_finds_a_wrong_gradient():
    class Wrong(tensorbook.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, grad):
            return grad * 2.1

    x = tensorbook.ones(3, dtype=tensorbook.float64, requires_grad=True)
    with pytest.raises(RuntimeError, match="Jacobian mismatch"):
        tensorbook.autograd.gradcheck(Wrong.apply, (x,))
    assert not tensorbook.autograd.gradcheck(Wrong.apply, (x,), raise_exception=False)
    assert tensorbook.autograd.gradcheck(lambda x: x * 2, (x,))


def test_gradients_of_parts_that_were_stretched():
    """Each of several outputs gets a gradient of its own shape, however much it was broadcast in use."""

    def run(torch):
        x = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
        first, second = x.split(1)
        one, two = x.unbind()
        (first * torch.ones(3, 1) + one * torch.ones(4, 1, 2)).sum().backward()
        (second.expand(5, 2) * two).sum().backward()
        return x.grad.tolist()

    ours, theirs = under_both(run)
    assert ours == theirs


def test_a_view_made_without_recording_still_names_its_base_as_one_that_requires_grad():
    def run(torch):
        weight = torch.ones(3, 2, requires_grad=True)
        with torch.no_grad():
            row, product = weight[0], (weight * 2).t()
            said = [repr(row), row.requires_grad, row.is_leaf, product.requires_grad, (row * 2).requires_grad]
        return said, weight.detach()[0].requires_grad, (weight * 2)[0].detach().requires_grad

    ours, theirs = under_both(run)
    assert ours == theirs
