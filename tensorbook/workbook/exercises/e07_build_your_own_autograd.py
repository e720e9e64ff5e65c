"""The exercises of notebook 07: build your own autograd."""

import math
import sys
from collections.abc import Callable
from typing import Any

from tensorbook.workbook.exercise import exercise
from tensorbook.workbook.report import NotAttempted, Off, Report, alike, is_tensor, kind


@exercise(
    "07-tanh",
    "One more rule",
    "tanh Value",
    hints=(
        "exp in section 3 has the same shape: compute the number once, then make a Value with its parent and slope.",
        "Give the result of math.tanh a name, t, and write the derivative with it.",
        "return Value(t, (a,), (...,))",
    ),
)
def tanh(report: Report, answer: Any, value_class: Any) -> None:
    x = float(report.rng.integers(-15, 16)) / 10 + 0.05
    a = report.call(value_class, x, name="Value")
    got = report.call(answer, a, name="tanh")
    t = math.tanh(x)
    if is_tensor(got) or isinstance(got, float):
        raise Off(f"tanh(a) should be a Value that remembers a; it is {kind(got)}.")
    report.expect(
        all(hasattr(got, name) for name in ("data", "parents", "slopes")),
        "tanh(a) is a Value",
        f"tanh(a) should be a Value; it is {kind(got)}.",
    )
    report.same(
        float(got.data),
        t,
        "tanh(a).data",
        mistakes=[(math.tan(x), "this is the tangent; tanh is another function."), (x, "this is a itself.")],
        right="its number",
    )
    report.expect(
        isinstance(got.parents, tuple) and isinstance(got.slopes, tuple),
        "parents and slopes are tuples",
        "parents and slopes should be tuples, also with one entry: (a,) with a comma.",
    )
    report.expect(
        len(got.parents) == len(got.slopes) == 1 and got.parents[0] is a,
        "its parent is a",
        "the only parent should be a itself, with one slope: a rule of its own, not made of other rules.",
    )
    report.same(
        float(got.slopes[0]),
        1 - t * t,
        "the slope",
        mistakes=[
            (1 - x * x, "the slope is 1 − x² of the input here; the rule wants the square of the result, t."),
            (t, "this is t itself, not its slope."),
            (1 - t, "this is 1 − t: the square is missing."),
            (-t * t, "this is −t²: the 1 is missing."),
        ],
    )


@exercise(
    "07-scaled",
    "Find the bug: two slips",
    "Scaled",
    hints=(
        "How many inputs does forward have? And what became of the gradient that arrived?",
        "backward returns one value for x and None for factor; the gradient of x is grad_output times something.",
        "return grad_output * ctx.factor, ...",
    ),
)
def scaled(report: Report, answer: Any) -> None:
    torch = report.torch
    function = _function(report, answer, "Scaled")
    x, factor = report.numbers(3), float(report.rng.integers(2, 6))
    weights = report.numbers(3, low=2, high=6)
    _forward(report, function, (x, factor), x * factor, "Scaled")
    (got,) = _grads(report, function, (x, factor), weights, "Scaled")
    report.same(
        got,
        factor * weights,
        "the gradient of x",
        mistakes=[
            (
                torch.full((3,), factor),
                "grad_output is left out: the gradient is right only where a plain sum follows.",
            ),
            (weights, "grad_output is handed on as it is: what does the factor do to a nudge of x?"),
            (factor * x, "this is the forward once more; the slope of x * factor is the factor."),
        ],
    )


@exercise(
    "07-product",
    "A product of your own",
    "Product",
    hints=(
        "Section 2 has the slopes of a product. Each input's gradient needs the other input.",
        "save_for_backward takes several tensors at once; backward returns two, in the order of the inputs.",
        "a, b = ctx.saved_tensors; return grad_output * ..., grad_output * ...",
    ),
)
def product(report: Report, answer: Any) -> None:
    torch = report.torch
    function = _function(report, answer, "Product")
    a, b, weights = report.numbers(4, low=2, high=5), report.numbers(4, low=6, high=9), report.numbers(4, low=1, high=3)
    _forward(report, function, (a, b), a * b, "Product")
    grads = _grads(report, function, (a, b), weights, "Product")
    report.same(
        grads[0],
        b * weights,
        "the gradient of a",
        mistakes=[
            (a * weights, "each gradient was multiplied by its own input: it should be the other one."),
            (b, "grad_output is left out."),
            (weights, "grad_output is handed on as it is; the other input is the slope."),
        ],
    )
    report.same(grads[1], a * weights, "the gradient of b")
    y = report.call(function, *(t.clone().requires_grad_() for t in (a, b)), name="Product.apply")
    report.expect(
        len(y.grad_fn.saved_tensors) == 2,
        "both inputs are saved by save_for_backward",
        "the gradients are right, but the inputs were not saved with save_for_backward: a later write into them would "
        "go unnoticed.",
    )
    doubles = [t.double().requires_grad_() for t in (a, b)]
    report.expect(
        torch.autograd.gradgradcheck(function, doubles, raise_exception=False),
        "gradgradcheck passes",
        "the gradients are right, but gradgradcheck refuses: does the backward compute with detached numbers?",
    )


@exercise(
    "07-brake",
    "A brake for gradients",
    "Brake",
    hints=(
        "The straight-through Round in section 6 is near: the forward hands on, the backward does something.",
        "torch.clamp(g, low, high) keeps numbers between two bounds. The limit has no gradient.",
        "return torch.clamp(grad_output, -ctx.limit, ...), None",
    ),
)
def brake(report: Report, answer: Any) -> None:
    torch = report.torch
    function = _function(report, answer, "Brake")
    x = report.numbers(5, low=-9, high=9)
    weights = torch.tensor([-7.0, -1.0, 0.5, 2.0, 30.0])
    limit = float(report.rng.integers(3, 6)) / 2 + 0.25
    _forward(report, function, (x, limit), x, "Brake")
    (got,) = _grads(report, function, (x, limit), weights, "Brake")
    report.same(
        got,
        torch.clamp(weights, -limit, limit),
        "the gradient of x",
        mistakes=[
            (
                torch.clamp(weights, max=limit),
                "only the upper bound is kept; a gradient of −7 is as large as one of 7.",
            ),
            (torch.clamp(x, -limit, limit), "the numbers of x were clamped; it is the gradient that wants a brake."),
            (weights, "the gradient passes as it came."),
            (
                weights * (limit / weights.norm()),
                "the whole gradient was scaled down; an element that is within the limit should pass as it came.",
            ),
            (torch.full((5,), limit), "every element of the gradient is the limit, also the small ones."),
            (
                torch.where(torch.abs(weights) > limit, 0.0, weights),
                "what is too large was set to zero; it should be cut to the limit, and keep its sign.",
            ),
        ],
    )


@exercise(
    "07-numerical",
    "Measure a slope",
    "numerical",
    hints=(
        "One element at a time. For each you need two copies of x: one a little higher there, one a little lower.",
        "up = x.clone(); up[i] += nudge. A copy, or else x itself is moved.",
        "slopes[i] = (f(up) - f(down)) / ...",
    ),
)
def numerical(report: Report, answer: Any) -> None:
    torch = report.torch
    table = report.numbers(4, low=2, high=9, dtype=torch.float64)
    x = report.numbers(4, low=1, high=4, dtype=torch.float64)

    def f(v: Any) -> Any:
        return (table * v**3).sum()

    nudge = 0.5  # large, so that one-sided differences are told apart
    up = torch.stack([f(x + nudge * torch.eye(4, dtype=torch.float64)[i]) for i in range(4)])
    down = torch.stack([f(x - nudge * torch.eye(4, dtype=torch.float64)[i]) for i in range(4)])
    report.same(
        report.call(answer, f, x, nudge),
        (up - down) / (2 * nudge),
        "numerical(f, x, nudge)",
        mistakes=[
            ((up - down) / nudge, "twice as much as it should be: between up and down lie two nudges."),
            ((up - f(x)) / nudge, "this moves up only; move down as well, and the error becomes much smaller."),
            ((f(x) - down) / nudge, "this moves down only; move up as well, and the error becomes much smaller."),
            (3 * table * x**2, "this is the exact derivative; measure it instead, as a check on those who derive."),
            (up - down, "the difference is not divided by the way between up and down."),
            ((up - down) / 2 * nudge, "divided by 2, then multiplied by nudge: 2 * nudge wants parentheses."),
            (
                torch.full_like(x, (f(x + nudge) - f(x - nudge)).item() / (2 * nudge)),
                "all elements were moved at once; move one, and leave the others where they are.",
            ),
        ],
    )
    report.same(
        report.call(answer, lambda v: v[0] * v[1], torch.tensor([3.0, 5.0], dtype=torch.float64), 1e-3),
        torch.tensor([5.0, 3.0], dtype=torch.float64),
        "the slopes of v[0] * v[1]",
        right="the slopes of a product",
    )


@exercise(
    "07-long-chain",
    "A long chain",
    "order",
    hints=(
        "The open challenge of notebook 06: count for each value how many have it as a parent.",
        "Two loops. One finds all values and counts. The other begins with root, and lets a value into the list when "
        "the last of those that hand it something is there.",
        "for parent in value.parents: waiting[parent] -= 1; and where that reaches 0, found.append(...)",
    ),
)
def long_chain(report: Report, order: Any) -> None:
    allowed = sys.getrecursionlimit()
    try:
        _orders(report, order)
        report.expect(
            sys.getrecursionlimit() <= allowed,
            "done by loops",
            "the recursion limit was raised; a longer chain would be too long again, or end the kernel.",
        )
    finally:
        sys.setrecursionlimit(allowed)


def _orders(report: Report, order: Any) -> None:
    a, b = _Number(), _Number()
    c = _Number(a, b)
    diamond = _Number(_Number(c), _Number(_Number(c), a))
    for what, root in (
        ("a product of two", c),
        ("a square, both parents the same", _Number(a, a)),
        ("a diamond", diamond),
        ("a long way and a short one", _Number(a, _Number(_Number(a)))),
        ("the same with the sides changed", _Number(_Number(_Number(a)), a)),
    ):
        _in_order(report, what, root, report.call(order, root))
    chain = _Number()
    for _ in range(20_000):
        chain = _Number(chain)
    got = report.call(order, chain)
    report.expect(
        isinstance(got, (list, tuple)) and len(got) == 20_001 and got[0] is chain,
        "a chain of 20,000",
        "the chain of 20,000 did not come back whole, root first.",
    )
    bottom = _Number()
    for _ in range(40):
        bottom = _Number(bottom, bottom)
    report.expect(
        len(report.call(order, bottom)) == 41, "forty squares of squares", "of forty squares there are 41 values."
    )


def _function(report: Report, answer: Any, name: str) -> Callable:
    """The `apply` of a learner's Function class."""
    if not isinstance(answer, type):
        given = kind(answer).partition(" (")[0]
        raise Off(f"{name} should be a class, a subclass of torch.autograd.Function; it is {given}.")
    report.expect(
        issubclass(answer, report.torch.autograd.Function),
        f"{name} is a Function",
        f"{name} should be a subclass of torch.autograd.Function: class {name}(torch.autograd.Function).",
    )

    def call(*inputs: Any) -> Any:
        result = answer.apply(*inputs)
        if result is ...:
            raise NotAttempted
        return result

    call.__name__ = f"{name}.apply"
    return call


def _forward(report: Report, function: Callable, inputs: tuple, expected: Any, name: str) -> None:
    got = report.call(function, *inputs, name=f"{name}.apply")
    report.same(got, expected, f"{name}.apply(…)", right="the forward is right")


def _grads(report: Report, function: Callable, inputs: tuple, weights: Any, name: str) -> list:
    """The gradient of each tensor input when `weights` arrive; what backward does wrong becomes a sentence."""
    leaves = [t.detach().clone().requires_grad_() if is_tensor(t) else t for t in inputs]
    y = report.call(function, *leaves, name=f"{name}.apply")
    report.expect(y.requires_grad, "it stands in the graph", f"{name}.apply(…) left no node: requires_grad is False.")

    def backward(gradient: Any) -> bool:
        y.backward(gradient)
        return True

    report.call(backward, weights.clone(), name="backward")
    grads = [leaf.grad for leaf in leaves if is_tensor(leaf)]
    if any(g is None for g in grads):
        raise Off("backward returned None for a tensor: its gradient is missing.")
    return [g.detach() for g in grads]


class _Number:
    """A stand-in for a Value, with parents only."""

    def __init__(self, *parents: "_Number") -> None:
        self.parents, self.slopes, self.data, self.grad = parents, (1.0,) * len(parents), 1.0, 0.0

    def __repr__(self) -> str:
        return "Value"


def _in_order(report: Report, what: str, root: _Number, got: Any) -> None:
    if not isinstance(got, (list, tuple)):
        raise Off(f"for {what}: it should be a list of values; it is {kind(got)}.")
    place = {id(value): k for k, value in enumerate(got)}
    if len(place) != len(got):
        raise Off(f"for {what}: a value stands in the list more than once.")
    reached, todo = {id(root)}, [root]
    while todo:
        for parent in todo.pop().parents:
            if id(parent) not in place:
                raise Off(f"for {what}: a value that can be reached is missing.")
            if id(parent) not in reached:
                reached.add(id(parent))
                todo.append(parent)
    if got[0] is not root and got[-1] is root:
        raise Off(f"for {what}: root comes last; the walk begins there. Is the list the wrong way round?")
    for value in got:
        if any(place[id(parent)] < place[id(value)] for parent in value.parents):
            raise Off(f"for {what}: a value stands before one that still has something to hand it.")
    report.expect(alike(len(got), len(reached)), what, f"for {what}: there are values that root does not reach.")
