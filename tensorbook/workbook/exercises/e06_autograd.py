"""The exercises of notebook 06: autograd."""

import warnings
from typing import Any

from tensorbook.workbook.exercise import exercise
from tensorbook.workbook.report import Off, Report, alike, is_tensor, kind


@exercise(
    "06-chain-rule",
    "By hand",
    "slope",
    hints=(
        "Two stations: u = −x², then y = e^u. What does each stretch a nudge by?",
        "The derivative of e^u is e^u itself, that of −x² is −2x. Multiply them.",
        "return -2 * x * ...",
    ),
)
def chain_rule(report: Report, slope: Any) -> None:
    torch = report.torch
    x = report.numbers(3, 2, low=-3, high=3) / 2 + 0.25
    bell = torch.exp(-x * x)
    report.same(
        report.by_hand(slope, x),
        -2 * x * bell,
        "slope(x)",
        mistakes=[
            (2 * x * bell, "only the sign is off: what is the derivative of −x²?"),
            (
                -x * x * bell,
                "the outer station is right; the inner one stretches by the derivative of −x², not by −x².",
            ),
            (bell, "this is e^(−x²) itself: the factor of the inner station, −x², is missing."),
            (-2 * x, "this is the derivative of −x² alone: the factor of the outer station, e^u, is missing."),
            (
                -2 * x * torch.exp(x * x),
                "the two factors are there, but e is raised to x² where it ought to be −x².",
            ),
            (
                torch.exp(-2 * x),
                "e^(−2x) takes the derivative inside the exponent; the chain rule multiplies by it instead.",
            ),
        ],
    )
    report.same(report.by_hand(slope, torch.tensor(0.0)), torch.tensor(0.0), "slope(0)", right="at 0, the top")


@exercise(
    "06-gradient",
    "A gradient without traces",
    "gradient",
    hints=(
        "Section 7 has a call that hands gradients over and touches no .grad. But x need not require grad.",
        "x.detach().clone().requires_grad_() is a leaf of your own, with the numbers of x.",
        "leaf = ...; (g,) = torch.autograd.grad(f(leaf), leaf); return g",
    ),
)
def gradient(report: Report, answer: Any) -> None:
    torch = report.torch
    centre = report.numbers(4)

    def f(v: Any) -> Any:
        return ((v - centre) ** 3).sum()

    x = centre + report.numbers(4, low=1, high=5)
    expected = 3 * (x - centre) ** 2
    got = report.call(answer, f, x, name="gradient")
    if isinstance(got, (tuple, list)):
        raise Off("this is a tuple: autograd.grad returns one entry for each input. Take the first one out.")
    report.same(_plain(got), expected, "gradient(f, x)", mistakes=[(f(x), "that is the value of f, not its gradient.")])
    report.expect(
        not x.requires_grad and x.grad is None,
        "x does not require grad, before and after",
        "the numbers are right, but x has changed: it requires grad now. requires_grad_() works in place, also on the "
        "tensor of whoever called you.",
    )
    y = x.clone().requires_grad_()
    y.grad = torch.ones(4)
    with warnings.catch_warnings(action="ignore"):  # PyTorch's own, where .grad is read of what is no leaf
        got = report.call(answer, f, y, name="gradient", may_be_none=True)
    if got is None:
        raise Off(
            "for an x that requires grad the answer is None. A clone of such an x is no leaf, so nothing stays in its "
            ".grad: detach() first."
        )
    report.same(
        _plain(got),
        expected,
        "gradient(f, x) where x has a .grad already",
        mistakes=[(expected + 1, "where x.grad held something before, the answer was added to it: backward adds up.")],
    )
    report.expect(
        y.requires_grad and y.grad is not None and alike(y.grad, torch.ones(4)),
        "x.grad is as it was",
        "the numbers are right, but x.grad has changed; whoever keeps a gradient there would lose it.",
    )


@exercise(
    "06-weighted",
    "Not all outputs matter alike",
    "weighted_gradient",
    hints=(
        "Section 3: backward(g) takes the weights of the outputs.",
        "Make a leaf with the numbers of x, compute f of it, and give the weights to backward.",
        "leaf = x.detach().clone().requires_grad_(); f(leaf).backward(...); return leaf.grad",
    ),
)
def weighted(report: Report, weighted_gradient: Any) -> None:
    torch = report.torch
    table = report.numbers(3, 4, low=1, high=5)
    x, weights = report.numbers(4, low=1, high=4), torch.tensor([1.0, -2.0, 4.0])

    def f(v: Any) -> Any:
        return (table @ v) ** 2

    rows = (2 * (table @ x)).reshape(3, 1) * table  # the Jacobian
    expected = (weights.reshape(3, 1) * rows).sum(0)
    got = report.call(weighted_gradient, f, x, weights)
    if isinstance(got, (tuple, list)):
        raise Off("this is a tuple: autograd.grad returns one entry for each input. Take the first one out.")
    report.same(
        _plain(got),
        expected,
        "weighted_gradient(f, x, weights)",
        mistakes=[
            (rows.sum(0), "all outputs were counted alike: f(x).sum() gives each of them the weight 1."),
            (
                rows.sum(0) * weights.sum(),
                "the weights were added up before they met the outputs; each belongs to an output of its own.",
            ),
            (expected / 3, "this is the mean over the outputs; they ought to be added up."),
            (rows, "this is the whole table of derivatives, one row for each output; weight its rows and add them up."),
        ],
    )
    report.same(
        _plain(report.call(weighted_gradient, f, x, torch.zeros(3))),
        torch.zeros(4),
        "with all weights 0: weighted_gradient(f, x, weights)",
        right="weights of zero give zeros",
    )


@exercise(
    "06-bookkeeping",
    "Find the bug: two slips in four lines",
    "slopes",
    hints=(
        "All three entries are equal. Are they three tensors, or one? And where does 12 come from?",
        "2 + 4 + 6 is 12: nothing was cleared. And the list holds the tensor x.grad itself, again and again.",
        "found.append(x.grad.clone()), and then a fresh start for x.grad before the next place",
    ),
)
def bookkeeping(report: Report, slopes: Any) -> None:
    torch = report.torch
    slant = int(report.rng.integers(2, 9))
    places = [float(p) for p in report.rng.permutation([1, 2, 4])]
    true = [3 * p * p + slant for p in places]

    def listed(values: Any) -> list:
        return [torch.tensor(float(v)) for v in values]

    def f(x: Any) -> Any:
        return x**3 + slant * x

    got = report.call(slopes, f, places)
    if isinstance(got, list) and got and not any(map(is_tensor, got)):
        raise Off(f"the list should hold tensors with one number each; it holds {kind(got[0])}.")
    report.expect(
        isinstance(got, list) and len(got) == 3,
        "one entry for each place",
        f"slopes(f, places) should be a list with one entry for each of the 3 places; it is {kind(got)}"
        f"{f' of {len(got)}' if isinstance(got, list) else ''}.",
    )
    so_far = [sum(true[: k + 1]) for k in range(3)]
    report.same(
        [_plain(g) for g in got],
        listed(true),
        "slopes(f, places)",
        mistakes=[
            (listed(so_far[2:] * 3), "each entry is the sum of all slopes: nothing is cleared, and all entries are one "
             "and the same tensor."),
            (listed(so_far), "each entry holds the slopes before it as well: backward adds to what is in .grad."),
            (listed(true[2:] * 3), "all entries show the slope at the last place: the list holds one tensor three "
             "times. detach() would not help either, it shares the storage."),
            (listed([0, 0, 0]), "all entries are zero: they are one and the same tensor, cleared in place after it had "
             "been put into the list."),
        ],
        right="the three slopes",
    )  # fmt: skip
    report.expect(
        len({g.data_ptr() for g in got}) == 3,
        "each in a tensor of its own",
        "the numbers are right for now, but the entries share memory.",
    )


@exercise(
    "06-order",
    "The order of the walk",
    "backward_order",
    hints=(
        "Turn it round: which node may be put down last of all? One that hands nothing to anybody.",
        "Go deep first. Put a node down only after everything it hands to has been put down, mark it so that it is "
        "never entered again, and reverse the list at the end.",
        "def visit(node): if node in seen: return; seen.add(node); visit each next node; done.append(node)",
    ),
)
def order(report: Report, backward_order: Any) -> None:
    torch = report.torch
    x = report.numbers(2, low=1, high=3).requires_grad_()
    a = x * 2
    b = (a + 1).exp()
    plain = torch.ones(2)
    graphs = [
        ("three operations in a row", ((x * 2).exp() + plain).grad_fn),
        ("a diamond", ((a + 1) * (a * 2)).grad_fn),
        ("a value used at once and once more later", ((b * a) * x).grad_fn),
        ("the same with the short way first", (x * (a * b)).grad_fn),
    ]
    for what, root in graphs:
        got = report.call(backward_order, root)
        _in_order(report, what, root, got)
    _quick(report, backward_order)


def _in_order(report: Report, what: str, root: Any, got: Any) -> None:
    """Stop with the first fault of an order of the nodes below ``root``."""
    nodes = _depth_first(root)
    if not isinstance(got, (list, tuple)):
        raise Off(f"for {what}: it should be a list of nodes; it is {kind(got)}.")
    if any(node is None for node in got):
        raise Off(f"for {what}: the list holds None. An input without gradient has None for a node; leave it out.")
    for node in got:
        if not hasattr(node, "next_functions"):
            raise Off(f"for {what}: the list should hold nodes; it holds {kind(node)}.")
    names = " → ".join(map(_name, got))
    if len(got) != len({id(node) for node in got}):
        raise Off(f"for {what}: a node stands in the list more than once ({names}); it ought to speak once.")
    if missing := [node for node in nodes if not any(node is g for g in got)]:
        raise Off(f"for {what}: {_name(missing[0])} is missing ({names}).")
    if got[0] is not root and got[-1] is root:
        raise Off(f"for {what}: root comes last ({names}); the walk begins there. Is the list the wrong way round?")
    place = {id(node): k for k, node in enumerate(got)}
    edges = [(giver, taker) for giver in got for taker in _nexts(giver)]
    for giver, taker in edges:
        if place[id(giver)] < place[id(taker)]:
            continue
        early = f"{_name(taker)} stands before {_name(giver)}, which still has something to hand it"
        wider, deeper = _breadth_first(root), _depth_first(root)
        if all(p is q for p, q in zip(got, wider, strict=True)):
            raise Off(
                f"for {what}: {early}. Nearest first is not enough: a node can be near by one way, far by another."
            )
        if all(p is q for p, q in zip(got, deeper, strict=True)):
            raise Off(f"for {what}: {early}. Writing a node down on arrival is too early; when is it safe?")
        raise Off(f"for {what}: {early} ({names}).")
    report.expect(len(got) == len(nodes), what, f"for {what}: there are nodes in the list that root does not reach.")


class _Visited:
    """A stand-in for a node, which counts how often it is asked for its next_functions."""

    def __init__(self, *nexts: "_Visited") -> None:
        self._edges, self.asked = tuple((n, 0) for n in nexts), 0

    def __repr__(self) -> str:
        return "node"

    def name(self) -> str:
        return "node"

    @property
    def next_functions(self) -> tuple:
        self.asked += 1
        if self.asked > 200:
            raise RuntimeError("a node below thirty diamonds was asked for its next_functions over 200 times")
        return self._edges


def _quick(report: Report, backward_order: Any) -> None:
    bottom = _Visited()
    for _ in range(30):
        left, right = _Visited(bottom), _Visited(bottom)
        bottom = _Visited(left, right)
    got = report.call(backward_order, bottom)
    nodes = _depth_first(bottom)
    place = {id(node): k for k, node in enumerate(got)}
    report.expect(
        len(got) == len(place) == len(nodes) and all(place[id(n)] > place[id(g)] for g in got for n in _nexts(g)),
        "thirty diamonds in a row, in a moment",
        "for thirty diamonds in a row the order is not right.",
    )


def _name(node: Any) -> str:
    return node.name().rpartition("::")[2]


def _nexts(node: Any) -> list:
    edges = node._edges if isinstance(node, _Visited) else node.next_functions
    return [n for n, _ in edges if n is not None]


def _depth_first(root: Any) -> list:
    """Each node when it is first reached, going deep first."""
    found, todo = [], [root]
    while todo:
        node = todo.pop()
        if not any(node is f for f in found):
            found.append(node)
            todo += reversed(_nexts(node))
    return found


def _breadth_first(root: Any) -> list:
    """Each node when it is first reached, the nearest first."""
    found = [root]
    for node in found:
        found += [n for n in dict.fromkeys(_nexts(node)) if not any(n is f for f in found)]
    return found


def _plain(value: Any) -> Any:
    """A gradient without its history, so that only its numbers are compared."""
    return value.detach() if is_tensor(value) else value
