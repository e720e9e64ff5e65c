"""The exercises of notebook 09: neurons and networks."""

from typing import Any

from tensorbook.workbook.exercise import exercise
from tensorbook.workbook.report import Off, Report, alike, is_tensor, kind, names_in


@exercise(
    "09-layer",
    "A layer of neurons",
    "layer",
    hints=(
        "Section 1 has one neuron. With a column for each neuron, one product does all of them.",
        "x @ w has shape (n, k); b, of shape (k,), meets each of its rows.",
        "return torch.sigmoid(x @ w + ...)",
    ),
)
def layer(report: Report, answer: Any) -> None:
    torch = report.torch
    n, d, k = report.sizes(3)
    x, w, b = (report.numbers(*shape, low=-2, high=2) / 2 for shape in ((n, d), (d, k), (k,)))
    z = x @ w + b
    report.same(
        report.call(answer, x, w, b),
        torch.sigmoid(z),
        "layer(x, w, b)",
        mistakes=[
            (z, "this is the sum before the activation."),
            (torch.sigmoid(x @ w), "the bias is missing."),
            (torch.sigmoid(x @ w) + b, "the bias belongs into the sum, before the activation."),
            (torch.sigmoid(x @ w - b), "the minus is for the whole sum, b included: exp(-(x @ w + b))."),
            (torch.sigmoid(-z), "the curve falls where it should rise: exp(-z), with the minus."),
            (torch.tanh(z), "this is tanh; a sigmoid lies between 0 and 1."),
        ],
    )


@exercise(
    "09-collapse",
    "Two into one",
    "collapse",
    hints=(
        "Section 3 does it, in the line that begins with one =.",
        "Multiply out (x w1 + b1) w2 + b2: what stands behind x, and what stands alone?",
        "return w1 @ w2, b1 @ w2 + ...",
    ),
)
def collapse(report: Report, answer: Any) -> None:
    d, h, k = report.sizes(3)
    w1, b1, w2, b2 = (report.numbers(*s, low=-3, high=3) for s in ((d, h), (h,), (h, k), (k,)))
    got = report.call(answer, w1, b1, w2, b2)
    report.expect(
        isinstance(got, (tuple, list)) and len(got) == 2,
        "a pair comes back",
        f"collapse should return the pair w, b; it returns {kind(got)}.",
    )
    report.same(got[0], w1 @ w2, "w", mistakes=[((w1 @ w2).T, "rows and columns of w are the wrong way round.")])
    report.same(
        got[1],
        b1 @ w2 + b2,
        "b",
        mistakes=[
            (b2, "b1 is lost: it goes through the second layer as well."),
            (b1 @ w2, "b2 is missing."),
        ],
    )


@exercise(
    "09-mask",
    "Find the bug: a mask that masks nothing",
    "gradient",
    hints=(
        "Print (h < 0).sum(). How many places does the mask pick?",
        "After the relu nothing is below zero. The question is whether the sum before it was.",
        "h = x @ w1; ...; grad_h[h <= 0] = 0",
    ),
)
def mask(report: Report, answer: Any) -> None:
    torch = report.torch
    n, d, h, k = report.sizes(4)
    x = torch.tensor(report.rng.uniform(1, 9, (n, d)).astype("float32").tolist())  # no sum is exactly 0
    w1, w2 = report.numbers(d, h), report.numbers(h, k, low=1)
    w1[:, 0], w1[:, 1] = -2.0, 3.0  # one neuron that is off for all, one that is on
    on = ((x @ w1) > 0).float()
    through = torch.ones(n, k) @ w2.T
    expected = x.T @ (through * on)
    got = report.by_hand(answer, x, w1, w2)
    report.same(
        got,
        expected,
        "gradient(x, w1, w2)",
        mistakes=[
            (x.T @ through, "nothing is masked: after the relu, no number is below zero."),
            (x.T @ (through * (1 - on)), "the mask is the wrong way round: it lets through where the neuron is off."),
            (x.T @ on, "w2 is left out: the gradient of the hidden layer comes through it."),
        ],
    )


@exercise(
    "09-xor",
    "Exclusive or, once more",
    "xor_network",
    hints=(
        "Exclusive or is also: the first without the second, plus the second without the first.",
        "relu(x1 - x2) is on only at (1, 0). What is on only at (0, 1)?",
        "w1 = torch.tensor([[1.0, -1.0], [-1.0, ...]]), no bias is needed",
    ),
)
def xor(report: Report, answer: Any) -> None:
    torch = report.torch
    got = report.call(answer, name="xor_network")
    report.expect(
        isinstance(got, (tuple, list)) and len(got) == 4,
        "four tensors come back",
        f"xor_network should return w1, b1, w2, b2; it returns {kind(got)}.",
    )
    for value, name, shape in zip(got, ("w1", "b1", "w2", "b2"), ((2, 2), (2,), (2,), ()), strict=True):
        report.tensor(value, name, shape=shape, dtype=torch.float32)
    w1, b1, w2, b2 = got
    corners = torch.tensor([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    out = torch.relu(corners @ w1 + b1) @ w2 + b2
    for corner, one, wanted in zip(corners.tolist(), out.tolist(), (0.0, 1.0, 1.0, 0.0), strict=True):
        if abs(one - wanted) > 1e-4:
            raise Off(f"at {tuple(map(int, corner))} it should give {wanted:g}; yours gives {one:.4g}.")
    report.expect(True, "all four corners", "")
    report.expect(
        _bends(w1, b1) != {(1.0, 1.0, 0.0), (1.0, 1.0, -1.0)},
        "another solution than that of section 3",
        "all four corners are right, by the two hidden neurons of section 3: find another way.",
    )


def _bends(w1: Any, b1: Any) -> set[tuple[float, ...]]:
    """Where the hidden neurons bend and in which direction, whatever their order and their scale."""
    neurons = [(*weights, bias) for weights, bias in zip(w1.T.tolist(), b1.tolist(), strict=True)]
    return {tuple(round(v / (max(map(abs, neuron[:2])) or 1.0), 4) for v in neuron) for neuron in neurons}


@exercise(
    "09-tent",
    "A tent out of three bends",
    "tent",
    hints=(
        "Each relu changes the slope at one place and keeps it changed. Where does the slope change, and by how much?",
        "The slope is 0, then 1/width, then -1/width, then 0: changes of 1, -2 and 1 times 1/width.",
        "r = lambda at: torch.relu(x - at); return (r(centre - width) - 2 * ... + ...) / width",
    ),
)
def tent(report: Report, answer: Any) -> None:
    torch = report.torch
    for _ in range(2):
        centre, width = float(report.rng.integers(-3, 4)), float(report.rng.integers(2, 5))
        x = torch.linspace(-10, 10, 41)
        expected = torch.clamp(1 - torch.abs(x - centre) / width, min=0)
        r = [torch.relu(x - centre - shift * width) for shift in (-1, 0, 1)]
        report.same(
            report.call(answer, x, centre, width),
            expected,
            f"tent(x, {centre:g}, {width:g})",
            mistakes=[
                (expected * width, "the shape is right; its height should be 1."),
                (torch.clamp(1 - torch.abs(x - centre) / (width / 2), min=0), "it is half as wide as it should be."),
                ((r[0] - r[1]) / width, "it rises to 1 and stays there: it has to come down again."),
                ((r[0] - r[1] - r[2]) / width, "the slopes after the three bends should be 1, -1 and 0 over width."),
                ((r[0] - 2 * r[1]) / width, "after the tent it goes on falling: a third bend has to stop it."),
            ],
            right=f"tent(x, {centre:g}, {width:g})",
        )
    others = [word for word in ("where", "clamp", "abs", "maximum", "minimum", "clip") if word in names_in(answer)]
    report.expect(
        not others,
        "out of relus only",
        f"the curve is right, and it uses {' and '.join(others)}; build it from relus.",
    )


@exercise(
    "09-by-hand",
    "By hand, with tanh",
    "by_hand",
    hints=(
        "The table of section 4, with three changes: the mean, the tanh, and a bias that every example shares.",
        "The gradient of y_hat is 2 (y_hat - y) / n, of shape (n,); tanh has 1 - t²; b1 collects over the examples.",
        "grad_z = (grad_y[:, None] * w2) * (1 - t * t); grad_w1 = x.T @ ...",
    ),
)
def by_hand(report: Report, answer: Any) -> None:
    torch = report.torch
    n, d, h = 5, 3, 4
    x, y = report.numbers(n, d) / 4, report.numbers(n) / 2
    w1, b1, w2 = report.numbers(d, h) / 8, report.numbers(h) / 8, report.numbers(h) / 4
    t = torch.tanh(x @ w1 + b1)
    grad_y = 2 * (t @ w2 - y) / n
    grad_z = grad_y[:, None] * w2 * (1 - t * t)
    expected = (x.T @ grad_z, grad_z.sum(dim=0), t.T @ grad_y)
    got = report.by_hand(answer, x, y, w1, b1, w2)
    report.expect(
        isinstance(got, (tuple, list)) and len(got) == 3,
        "three gradients come back",
        f"by_hand should return the gradients of w1, b1 and w2; it returns {kind(got)}.",
    )
    if all(is_tensor(g) for g in got) and all(alike(g, n * e) for g, e in zip(got, expected, strict=True)):
        raise Off(f"all three are {n} times too large: the loss is the mean over the {n} examples, not the sum.")
    if all(is_tensor(g) for g in got) and all(alike(g, e / 2) for g, e in zip(got, expected, strict=True)):
        raise Off("all three are half of what they should be: the square has the slope 2 (y_hat - y).")
    report.same(got[2], expected[2], "the gradient of w2")
    no_slope = grad_y[:, None] * w2
    report.same(
        got[0],
        expected[0],
        "the gradient of w1",
        mistakes=[
            (x.T @ no_slope, "the slope of tanh is missing."),
            (x.T @ (no_slope * (1 - t)), "the slope of tanh is 1 - t², not 1 - t."),
            (x.T @ (no_slope * t * (1 - t)), "t (1 - t) is the slope of the sigmoid; tanh has 1 - t²."),
        ],
    )
    report.same(
        got[1],
        expected[1],
        "the gradient of b1",
        mistakes=[
            (grad_z, "one row for each example: they all share b1, so their gradients add up."),
            (grad_z.mean(dim=0), "the examples' gradients add up; the mean is in grad_y already."),
        ],
    )
