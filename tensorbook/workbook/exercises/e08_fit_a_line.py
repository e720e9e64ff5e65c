"""The exercises of notebook 08: fit a line."""

import math
from typing import Any

from tensorbook.workbook.exercise import exercise
from tensorbook.workbook.report import Off, Report, is_tensor, kind


@exercise(
    "08-loss",
    "One number for how wrong",
    "half_squares",
    hints=(
        "Section 1 has this loss as a formula. Three things happen to the errors, in an order that matters.",
        "Square each error, halve, and only then torch.sum.",
        "return torch.sum((y_hat - y) ** 2 / ...)",
    ),
)
def loss(report: Report, half_squares: Any) -> None:
    y, y_hat = report.numbers(5), report.numbers(5) + 0.37  # not whole, so that no two mistakes give one number
    y_hat[0], y_hat[1] = y[0] + 2.37, y[1] - 4.63  # errors of both signs
    r = y_hat - y
    report.same(
        report.call(half_squares, y_hat, y),
        (r**2 / 2).sum(),
        "half_squares(y_hat, y)",
        mistakes=[
            ((r**2 / 2).mean(), "this is the mean; the exercise asks for the sum."),
            ((r**2).mean(), "this is the mean of the squares; the exercise asks for half their sum."),
            ((r**2).sum(), "twice as much as it ought to be: each square is to be halved."),
            (r.sum() ** 2 / 2, "the errors were added up before they were squared, so that they cancel one another."),
            (r.sum() / 2, "the errors are not squared, so that they cancel one another."),
            ((r / 4).sum(), "2 ** 2 is worked out first; square the error in parentheses: (y_hat - y) ** 2 / 2."),
            (r.abs().sum() / 2, "these are the sizes of the errors; square them instead."),
            (r**2 / 2, "these are the five single terms; add them up."),
        ],
    )


@exercise(
    "08-gradients",
    "The gradient of the mean",
    "gradients",
    hints=(
        "Section 2 did it for half the sum. What is different when there is no half, and a mean in place of the sum?",
        "With r = w * x + b - y: the square's 2 stays, and the mean stays a mean. Only the one for w has a factor x.",
        "r = ...; return 2 * (r * x).mean(), ...",
    ),
)
def gradients(report: Report, answer: Any) -> None:
    torch = report.torch
    x, y = report.numbers(6) + 0.25, report.numbers(6) + 0.37  # not whole, so that no two mistakes give one number
    w, b = torch.tensor(2.5), torch.tensor(-1.5)
    r = w * x + b - y
    dw, db = 2 * (r * x).mean(), 2 * r.mean()
    got = report.by_hand(answer, x, y, w, b, name="gradients")
    if not isinstance(got, (tuple, list)) or len(got) != 2:
        raise Off(f"gradients(x, y, w, b) should be a pair; it is {kind(got)}.")
    report.same(
        [_plain(g) for g in got],
        [dw, db],
        "gradients(x, y, w, b)",
        mistakes=[
            ([dw / 2, db / 2], "both are half of what they ought to be: the loss has no ½, so the square's 2 stays."),
            ([6 * dw, 6 * db], "both are n times too large: the loss is a mean over the n examples."),
            ([3 * dw, 3 * db], "this is the gradient of half the sum; the loss here is a mean, and it has no ½."),
            ([-dw, -db], "the signs are those of downhill; the gradient points uphill. Is r = ŷ − y?"),
            ([db, db], "the derivative with respect to w is missing its factor x."),
            ([db, dw], "the two have changed places: first the one for w, then the one for b."),
            ([2 * r.mean() * x.mean(), db], "a mean of products is not the product of the means: multiply by x first."),
            ([dw, 2 * (r * b).mean()], "ŷ answers to b with the factor 1, whatever b is."),
            ([2 * (r * w).mean(), db], "ŷ answers to w with the factor x, not w."),
        ],
        right="both derivatives",
    )


@exercise(
    "08-standardise",
    "The same scale for all",
    "standardise",
    hints=(
        "Section 5 does it for the diabetes table. Which rows gave the mean and the standard deviation there?",
        "train.mean(0) and train.std(0) have one number for each column. Use the same two on both tables.",
        "mean, std = train.mean(0), train.std(0); return (train - mean) / std, ...",
    ),
)
def standardise(report: Report, answer: Any) -> None:
    torch = report.torch
    scale, shift = torch.tensor([1.0, 20.0, 0.5]), torch.tensor([3.0, 200.0, -1.0])
    train, test = (report.numbers(n, 3) * scale + shift for n in (7, 4))
    train[0], train[1] = shift + 4 * scale, shift - 3 * scale  # no column is constant
    mean, std = train.mean(0), train.std(0)
    got = report.call(answer, train, test, name="standardise")
    if not isinstance(got, (tuple, list)) or len(got) != 2:
        raise Off(f"standardise(train, test) should be a pair of tables; it is {kind(got)}.")
    report.same(
        got[0],
        (train - mean) / std,
        "the first table",
        mistakes=[
            ((train - train.mean()) / train.std(), "one mean and one deviation served the whole table; each column has "
             "its own."),
            (train - mean, "the mean is gone, and the scale is still there: divide by the standard deviation."),
            ((train - mean) / std**2, "divided by the variance, the square of the standard deviation."),
            (
                (train - torch.cat([train, test]).mean(0)) / torch.cat([train, test]).std(0),
                "mean and deviation were taken over both tables; the test people are not known yet.",
            ),
            (train / std, "divided by the standard deviation, and the mean is still there: subtract it first."),
            ((train - mean) / train.std(0, unbiased=False), "this deviation divides by n; std() divides by n − 1."),
        ],
        right="train is standardised, column by column",
    )  # fmt: skip
    report.same(
        got[1],
        (test - mean) / std,
        "the second table",
        mistakes=[
            ((test - test.mean(0)) / test.std(0), "test was standardised by its own mean and deviation. A model in use "
             "meets one person at a time: use those of train."),
            (test, "test was left as it was; the model would not know its numbers again."),
            (got[0], "the second table is train once more."),
        ],
        right="test, by the numbers of train",
    )  # fmt: skip


@exercise(
    "08-broadcast",
    "Find the bug: a shape that silently grows",
    "mean_square",
    hints=(
        "(4, 1) against (4,): aligned from the right, which dims are stretched?",
        "Bring both to one shape before you subtract. reshape(-1) makes a vector of either.",
        "return ((y_hat.reshape(-1) - ...) ** 2).mean()",
    ),
)
def broadcast(report: Report, mean_square: Any) -> None:
    n = int(report.rng.integers(4, 8))
    y, y_hat = report.numbers(n), report.numbers(n)
    y_hat[0], y[0], y[1] = y[0] + 2, y[0], y[0] + 11
    expected = ((y_hat - y) ** 2).mean()
    stretched = ((y_hat.reshape(n, 1) - y) ** 2).mean()
    for left, right in [("(n,)", "(n,)"), ("(n, 1)", "(n,)"), ("(n,)", "(n, 1)"), ("(n, 1)", "(n, 1)")]:
        a = y_hat.reshape(n, 1) if "1" in left else y_hat
        b = y.reshape(n, 1) if "1" in right else y
        report.same(
            report.call(mean_square, a, b),
            expected,
            f"mean_square of shapes {left} and {right}",
            mistakes=[
                (stretched, f"with shapes {left} and {right} the difference has shape ({n}, {n}): every prediction was "
                 "compared with every target."),
                (expected * n, "the squares are added up; the exercise asks for their mean."),
                ((y_hat - y).mean() ** 2, "the mean was taken before the square, so that errors cancel one another."),
                (((y_hat.sort()[0] - y.sort()[0]) ** 2).mean(), "sorting changes who belongs to whom."),
            ],
            right=f"{left} and {right}",
        )  # fmt: skip


@exercise(
    "08-loop",
    "The whole loop",
    "fit",
    hints=(
        "The loop of section 6 is nearly it: there w is a vector, here it is one number.",
        "Before the loop two leaves of value 0 that require grad. In it: loss, backward, step inside no_grad, clear.",
        "loss = torch.mean((w * x + b - y) ** 2); loss.backward(); with torch.no_grad(): w -= lr * ...; w.grad.zero_()",
    ),
)
def loop(report: Report, fit: Any) -> None:
    x = report.numbers(8, low=-4, high=4) / 4
    x[0], x[1] = 1.0, -0.5
    y = float(report.rng.integers(2, 6)) * x - float(report.rng.integers(1, 4)) + report.numbers(8, low=-2, high=2) / 8
    steps, lr = 6, 0.1
    try:
        got = report.call(fit, x, y, steps, lr)
    except Off as off:
        if "NoneType" not in str(off):
            raise
        raise Off(
            f"{off} A .grad is None there: did w = w - … make a new tensor, that backward leaves nothing in?"
        ) from None
    if not isinstance(got, (tuple, list)) or len(got) != 2:
        raise Off(f"fit(x, y, steps, lr) should be a pair; it is {kind(got)}.")
    if any(is_tensor(g) for g in got):
        raise Off("w and b are still tensors; item() makes a Python float of each.")
    if not all(isinstance(g, (int, float)) for g in got):
        raise Off(f"w and b should be Python floats; they are {kind(got[0])} and {kind(got[1])}.")
    xs, ys = x.tolist(), y.tolist()
    paths = [
        ((0.0, 0.0), "w and b have not left 0. Are the gradients cleared before the step is taken?"),
        (
            _descend(xs, ys, steps, lr, keep=1.0),
            "the gradients were never cleared: each step used all those before it.",
        ),
        (_descend(xs, ys, steps, -lr), "the loss went up: the step is against the gradient, with a minus."),
        (
            _descend(xs, ys, steps, lr * len(xs)),
            "each step was n times too long: is the loss a sum, where a mean was meant?",
        ),
        (
            _descend(xs, ys, steps, lr * len(xs) / 2),
            "each step was n/2 times too long: is the loss half the sum, where the mean was meant?",
        ),
        (_descend(xs, ys, steps, lr / 2), "each step was half as long as it ought to be: is there a ½ in the loss?"),
        (_descend(xs, ys, 1, lr), "only one step was taken: is the return inside the loop, or the update after it?"),
        (_descend(xs, ys, steps - 1, lr), "one step is missing: does the loop run steps times?"),
        (_descend(xs, ys, steps, lr, start=1.0), "the numbers are those of a start at 1; the exercise starts at 0."),
        (_descend(xs, ys, steps, lr, bias=False), "b has not moved: it needs a step of its own."),
    ]
    true = _descend(xs, ys, steps, lr)
    if not _near(got, true):
        for wrong, sentence in paths:
            if _near(got, wrong):
                raise Off(sentence)
        shown = tuple(round(float(g), 4) for g in got)
        raise Off(f"w and b are {shown} after {steps} steps of {lr} on fresh examples, and ought to be elsewhere.")
    report.expect(True, f"{steps} steps end in the right place", "")
    far = report.call(fit, x, y, 600, 0.3)
    report.expect(
        _near(far, _least_squares(xs, ys)),
        "600 steps arrive at the exact solution",
        "600 steps do not arrive at the exact solution.",
    )


def _descend(
    xs: list[float], ys: list[float], steps: int, lr: float, *, keep: float = 0.0, start: float = 0.0, bias: bool = True
) -> tuple[float, float]:
    """Gradient descent on the mean squared error; ``keep`` is how much of the old gradient stays."""
    w = b = start
    dw = db = 0.0
    for _ in range(steps):
        r = [w * x + b - y for x, y in zip(xs, ys, strict=True)]
        dw = keep * dw + 2 * sum(e * x for e, x in zip(r, xs, strict=True)) / len(xs)
        db = keep * db + 2 * sum(r) / len(xs)
        w, b = w - lr * dw, b - lr * db * bias
    return w, b


def _least_squares(xs: list[float], ys: list[float]) -> tuple[float, float]:
    mx, my = sum(xs) / len(xs), sum(ys) / len(ys)
    w = sum((x - mx) * (y - my) for x, y in zip(xs, ys, strict=True)) / sum((x - mx) ** 2 for x in xs)
    return w, my - w * mx


def _near(got: Any, wanted: tuple[float, float]) -> bool:
    return all(math.isclose(g, v, rel_tol=1e-4, abs_tol=1e-4) for g, v in zip(got, wanted, strict=True))


def _plain(value: Any) -> Any:
    """A result without its history, so that only its numbers are compared."""
    return value.detach() if is_tensor(value) else value
