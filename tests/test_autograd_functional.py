"""autograd.functional, gradcheck and gradgradcheck: values, structures and refusals as in PyTorch."""

import functools
from types import SimpleNamespace

import numpy as np
import pytest

import tensorbook
from tests.agreement import agree
from tests.oracle import torch

pytestmark = [
    pytest.mark.oracle,
    pytest.mark.skipif(torch is None, reason="PyTorch is not installed"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning:torch"),
]


def x(m):
    return m.tensor([1.0, 2.0], dtype=m.float64)


def y(m):
    return m.tensor([3.0, 4.0], dtype=m.float64)


def v(m):
    return m.tensor([1.0, 10.0], dtype=m.float64)


def two(a, b):
    return a * b, (a**2).sum()


def square(a):
    return a**2


def cube(a):
    return (a**3).sum()


def mixed(a, b):
    return (a * b * b).sum()


JACOBIANS = {
    "square": lambda f, m: f.jacobian(square, x(m)),
    "two of two": lambda f, m: f.jacobian(two, (x(m), y(m))),
    "vectorized": lambda f, m: f.jacobian(two, (x(m), y(m)), vectorize=True),
    "differentiable": lambda f, m: f.jacobian(two, (x(m), y(m)), create_graph=True),
    "differentiable, of a leaf": lambda f, m: f.jacobian(square, x(m).requires_grad_(), create_graph=True),
    "strict": lambda f, m: f.jacobian(square, x(m), strict=True),
    "constant": lambda f, m: f.jacobian(lambda a: m.ones(2), x(m)),
    "constant, strict": lambda f, m: f.jacobian(lambda a: m.ones(2), x(m), strict=True),
    "unused, strict": lambda f, m: f.jacobian(two, (x(m), y(m)), strict=True),
    "forward": lambda f, m: f.jacobian(square, x(m), strategy="forward-mode", vectorize=True),
    "no such strategy": lambda f, m: f.jacobian(square, x(m), strategy="foo"),
    "strict and vectorized": lambda f, m: f.jacobian(square, x(m), strict=True, vectorize=True),
    "of a number": lambda f, m: f.jacobian(lambda a: 3, x(m)),
    "at a number": lambda f, m: f.jacobian(square, 3),
    "at a tuple of numbers": lambda f, m: f.jacobian(square, (3,)),
    "a scalar": lambda f, m: f.jacobian(cube, x(m)),
    "linear, strict, differentiable": lambda f, m: f.jacobian(lambda a: a * 2, x(m), create_graph=True, strict=True),
    "hessian": lambda f, m: f.hessian(cube, x(m)),
    "hessian of two": lambda f, m: f.hessian(mixed, (x(m), y(m))),
    "hessian of a vector": lambda f, m: f.hessian(square, x(m)),
    "hessian of a pair": lambda f, m: f.hessian(lambda a: (cube(a), cube(a)), x(m)),
    "hessian of a line": lambda f, m: f.hessian(lambda a: a.sum(), x(m)),
    "hessian of a line, strict": lambda f, m: f.hessian(lambda a: a.sum(), x(m), strict=True),
    "hessian of a constant": lambda f, m: f.hessian(lambda a: m.ones(()), x(m)),
    "hessian of a constant, strict": lambda f, m: f.hessian(lambda a: m.ones(()), x(m), strict=True),
    "hessian, differentiable": lambda f, m: f.hessian(cube, x(m), create_graph=True),
    "hessian, vectorized": lambda f, m: f.hessian(cube, x(m), vectorize=True),
    "hessian, no such strategy": lambda f, m: f.hessian(cube, x(m), outer_jacobian_strategy="foo"),
    "hessian of one element": lambda f, m: f.hessian(lambda a: cube(a).reshape(1), x(m)),
}


@pytest.mark.parametrize("name", JACOBIANS)
def test_jacobian_and_hessian(name):
    agree(lambda m: JACOBIANS[name](m.autograd.functional, m))


PRODUCTS = {
    "of a vector": lambda f, m: f(square, x(m), v(m)),
    "without v": lambda f, m: f(square, x(m)),
    "of a scalar without v": lambda f, m: f(cube, x(m)),
    "of one element without v": lambda f, m: f(square, x(m).sum()),
    "of a scalar": lambda f, m: f(cube, x(m), m.tensor(2.0, dtype=m.float64)),
    "of two": lambda f, m: f(two, (x(m), y(m)), (v(m), v(m))),
    "of two with a scalar": lambda f, m: f(two, (x(m), y(m)), (v(m), m.tensor(2.0, dtype=m.float64))),
    "differentiable": lambda f, m: f(square, x(m), v(m), create_graph=True),
    "constant": lambda f, m: f(lambda a: m.ones(2, dtype=m.float64), x(m), v(m)),
    "constant, strict": lambda f, m: f(lambda a: m.ones(2, dtype=m.float64), x(m), v(m), strict=True),
    "linear, strict": lambda f, m: f(lambda a: a * 2, x(m), v(m), create_graph=True, strict=True),
    "another shape": lambda f, m: f(square, x(m), m.ones(3, dtype=m.float64)),
    "too many": lambda f, m: f(square, x(m), (v(m), v(m))),
    "a number": lambda f, m: f(square, x(m), 3),
    "of what is no tensor": lambda f, m: f(lambda a: 3, x(m), v(m)),
}


@pytest.mark.parametrize("way", ["vjp", "jvp"])
@pytest.mark.parametrize("name", PRODUCTS)
def test_products(name, way):
    agree(lambda m: PRODUCTS[name](getattr(m.autograd.functional, way), m))


SECOND = {
    "cube": lambda f, m: f(cube, x(m), v(m)),
    "without v": lambda f, m: f(cube, x(m)),
    "of one element": lambda f, m: f(lambda a: a**3, x(m).sum()),
    "of two": lambda f, m: f(mixed, (x(m), y(m)), (v(m), y(m))),
    "differentiable": lambda f, m: f(cube, x(m), v(m), create_graph=True),
    "of a vector": lambda f, m: f(square, x(m), v(m)),
    "of a line": lambda f, m: f(lambda a: a.sum(), x(m), v(m)),
    "of a line, strict": lambda f, m: f(lambda a: a.sum(), x(m), v(m), strict=True),
    "of a constant": lambda f, m: f(lambda a: m.ones((), dtype=m.float64), x(m), v(m)),
    "of a constant, strict": lambda f, m: f(lambda a: m.ones((), dtype=m.float64), x(m), v(m), strict=True),
    "another shape": lambda f, m: f(cube, x(m), m.ones(3, dtype=m.float64)),
    "one unused": lambda f, m: f(lambda a, b: cube(a), (x(m), y(m)), (v(m), v(m))),
    "one unused, strict": lambda f, m: f(lambda a, b: cube(a), (x(m), y(m)), (v(m), v(m)), strict=True),
}


@pytest.mark.parametrize("way", ["vhp", "hvp"])
@pytest.mark.parametrize("name", SECOND)
def test_products_with_the_hessian(name, way):
    agree(lambda m: SECOND[name](getattr(m.autograd.functional, way), m))


# ---- gradcheck


def leaf(m, dtype="float64"):
    return m.tensor([0.5, 2.0], dtype=getattr(m, dtype), requires_grad=True)


def wrong(m):
    class Wrong(m.autograd.Function):
        @staticmethod
        def forward(ctx, a):
            return a * 2

        @staticmethod
        def backward(ctx, grad):
            return grad * 3

    return Wrong.apply


def wrong_second(m):
    class Cut(m.autograd.Function):
        @staticmethod
        def forward(ctx, a):
            ctx.save_for_backward(a)
            return a**2

        @staticmethod
        def backward(ctx, grad):
            return grad * 2 * ctx.saved_tensors[0].detach()

    return Cut.apply


def unsteady(m):
    count = iter(range(1000))

    class Unsteady(m.autograd.Function):
        @staticmethod
        def forward(ctx, a):
            return a * 2

        @staticmethod
        def backward(ctx, grad):
            return grad * (2 + next(count) * 1e-8)

    return Unsteady.apply


def offset(m):
    class Offset(m.autograd.Function):
        @staticmethod
        def forward(ctx, a):
            return a * 2

        @staticmethod
        def backward(ctx, grad):
            return grad * 2 + 0.5

    return Offset.apply


CHECKS = {
    "right": lambda a, m: a.gradcheck(m.sin, leaf(m)),
    "right, in a tuple": lambda a, m: a.gradcheck(m.mul, (leaf(m), leaf(m))),
    "two outputs": lambda a, m: a.gradcheck(lambda t: (t.sin(), t.sum()), leaf(m)),
    "nothing to check": lambda a, m: a.gradcheck(m.sin, x(m)),
    "wrong": lambda a, m: a.gradcheck(wrong(m), leaf(m)),
    "wrong, asked": lambda a, m: a.gradcheck(wrong(m), leaf(m), raise_exception=False),
    "wrong, but near enough": lambda a, m: a.gradcheck(wrong(m), leaf(m), atol=5.0),
    "cut off": lambda a, m: a.gradcheck(lambda t: t.detach() * 2, leaf(m)),
    "integers out": lambda a, m: a.gradcheck(lambda t: t.argmax(), leaf(m)),
    "no outputs": lambda a, m: a.gradcheck(lambda t: (), leaf(m)),
    "no elements": lambda a, m: a.gradcheck(lambda t: (t * 2, t.sum()), m.zeros(0, 3).double().requires_grad_()),
    "no elements beside some": lambda a, m: a.gradcheck(
        lambda e, t: (e.sum() + t.sin(), e * 2), (m.zeros(0, dtype=m.float64).requires_grad_(), leaf(m))
    ),
    "second, no elements": lambda a, m: a.gradgradcheck(m.sin, m.zeros(0, dtype=m.float64).requires_grad_()),
    "never the same": lambda a, m: a.gradcheck(unsteady(m), leaf(m)),
    "never the same, allowed": lambda a, m: a.gradcheck(unsteady(m), leaf(m), nondet_tol=1.0),
    "stretched": lambda a, m: a.gradcheck(m.sin, m.ones(1, dtype=m.float64).expand(2).requires_grad_()),
    "not linear": lambda a, m: a.gradcheck(offset(m), leaf(m), atol=1.0),
    "no direction": lambda a, m: a.gradcheck(m.sin, leaf(m), check_backward_ad=False),
    "every keyword": lambda a, m: a.gradcheck(
        m.sin, leaf(m), eps=1e-5, rtol=1e-2, nondet_tol=0.0, check_undefined_grad=False, check_grad_dtypes=True,
        check_batched_grad=True, fast_mode=True, masked=False,
    ),
    "second": lambda a, m: a.gradgradcheck(m.sin, leaf(m)),
    "second with a gradient": lambda a, m: a.gradgradcheck(lambda t: t**3, leaf(m), leaf(m)),
    "second of a line": lambda a, m: a.gradgradcheck(lambda t: t * 2, leaf(m)),
    "second, asked": lambda a, m: a.gradgradcheck(wrong_second(m), leaf(m), raise_exception=False),
    "second with gaps": lambda a, m: a.gradgradcheck(m.sin, leaf(m), gen_non_contig_grad_outputs=True, fast_mode=True),
}  # fmt: skip


@pytest.mark.parametrize("name", CHECKS)
def test_gradcheck(name):
    agree(lambda m: CHECKS[name](m.autograd, m))


def faster(autograd):
    """The checks as they stand, but in fast mode."""
    modes = {n: functools.partial(getattr(autograd, n), fast_mode=True) for n in ("gradcheck", "gradgradcheck")}
    return SimpleNamespace(**modes)


@pytest.mark.parametrize("name", CHECKS)
def test_gradcheck_along_a_direction(name):
    agree(lambda m: CHECKS[name](faster(m.autograd), m))


def test_fast_mode_calls_the_function_far_less_often():
    calls = []

    def function(t):
        calls.append(None)
        return t.sin()

    values = tensorbook.linspace(0, 1, 50, dtype=tensorbook.float64).requires_grad_()
    assert tensorbook.autograd.gradcheck(function, values, fast_mode=True) and len(calls) <= 6
    calls.clear()
    assert tensorbook.autograd.gradcheck(function, values) and len(calls) >= 100


def test_the_error_shows_both_matrices():
    with pytest.raises(tensorbook.autograd.gradcheck.__globals__["GradcheckError"]) as caught:
        tensorbook.autograd.gradcheck(wrong(tensorbook), leaf(tensorbook))
    with pytest.raises(RuntimeError) as theirs:
        torch.autograd.gradcheck(wrong(torch), leaf(torch))
    assert str(caught.value) == str(theirs.value)
    assert type(theirs.value).__name__ == type(caught.value).__name__
    with pytest.raises(RuntimeError, match="Jacobian mismatch"):
        tensorbook.autograd.gradgradcheck(wrong_second(tensorbook), leaf(tensorbook))


def test_single_precision_is_warned_of():
    for m in (tensorbook, torch):
        with pytest.warns(UserWarning, match="Input #0 requires gradient and is not a double precision"):
            m.autograd.gradcheck(m.sin, leaf(m, "float32"), eps=1e-2, atol=1e-2)


def test_a_backward_that_needs_all_gradients_is_found():
    class Both(tensorbook.autograd.Function):
        @staticmethod
        def forward(ctx, a):
            ctx.set_materialize_grads(False)
            ctx.save_for_backward(a)
            return a * 2, a * 3

        @staticmethod
        def backward(ctx, first, second):
            if first is None or second is None:
                raise ValueError("one is missing")
            return first * 2 + second * 3

    def joined(a):
        first, second = Both.apply(a)
        return first, second

    with pytest.raises((RuntimeError, ValueError)):
        tensorbook.autograd.gradcheck(joined, leaf(tensorbook))


@pytest.mark.parametrize("counts", [(1, 2), (2, 1)], ids=str)
def test_a_function_that_changes_how_many_outputs_it_has_is_refused(counts):
    first, later = counts
    remaining = [first]

    def changing(a):
        return (a * 2,) * (remaining.pop() if remaining else later)

    with pytest.raises(RuntimeError, match=rf"gave {first} floating point output\(s\) at its inputs and {later} when"):
        tensorbook.autograd.gradcheck(changing, leaf(tensorbook))


def test_inputs_are_left_as_they_were():
    a = leaf(tensorbook)
    tensorbook.autograd.gradcheck(tensorbook.exp, a)
    tensorbook.autograd.functional.hessian(cube, a)
    assert a.grad is None
    np.testing.assert_array_equal(a.detach().numpy(), [0.5, 2.0])
