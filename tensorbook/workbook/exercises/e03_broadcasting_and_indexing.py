"""The exercises of notebook 03: broadcasting and indexing."""

from typing import Any

import numpy as np

from tensorbook.workbook.exercise import exercise
from tensorbook.workbook.report import Off, Report, alike, kind


@exercise(
    "03-shares",
    "Shares",
    "shares",
    hints=(
        "Which dim disappears when the columns are added up? Section 4 divides rows; turn it round.",
        "Sum along dim 0, and keep the dim so that it reads as what it is: one row of sums.",
        "return x / x.sum(dim=..., keepdim=True)",
    ),
)
def shares(report: Report, answer: Any) -> None:
    x = report.numbers(3, 3, low=1, high=9)
    by_row = x / x.sum(dim=1, keepdim=True)
    report.same(
        report.call(answer, x),
        x / x.sum(dim=0, keepdim=True),
        "shares(x)",
        mistakes=[
            (by_row, "now every row adds up to 1; it should be every column."),
            (x / x.sum(), "everything together adds up to 1; each column should on its own."),
            (x / x.sum(dim=1), "each column was divided by the sum of a row: the misconception of section 4."),
            (x.sum(dim=0), "these are the sums; x is still to be divided by them."),
        ],
    )
    wide = report.numbers(2, 5, low=1, high=9)
    report.same(
        report.call(answer, wide), wide / wide.sum(dim=0), "for a table of shape (2, 5): shares(x)", right="wide tables"
    )


@exercise(
    "03-rule",
    "The rule in your words",
    "broadcast_shape",
    hints=(
        "Begin at the right end of both tuples. What if one of them is already used up?",
        "Fill the shorter with 1 on the left, then compare place by place: equal, or one of the two is 1.",
        "size = m if n == 1 else n if m == 1 or m == n else ... (no fit)",
    ),
)
def rule(report: Report, answer: Any) -> None:
    a, b, c = report.sizes(3, low=2, high=7)
    cases = [
        ("equal shapes", (a, b), (a, b), (a, b)),
        ("a row for a table", (a, b), (b,), (a, b)),
        ("a column against a row", (a, 1), (b,), (a, b)),
        ("a missing dim in the first", (c,), (a, b, c), (a, b, c)),
        ("ones in the middle", (a, 1, c), (b, 1), (a, b, c)),
        ("a single number", (), (a, b), (a, b)),
        ("two single numbers", (), (), ()),
        ("sizes that differ", (a, b), (c,), None),
        ("equal sizes that do not stand below each other", (a, b), (a,), None),
        ("no numbers at all", (0,), (1,), (0,)),
        ("no numbers against several", (0,), (a,), None),
        ("sizes that no memory holds, so that no tensor can help", (10**15, 1), (10**15,), (10**15, 10**15)),
    ]
    for what, left, right, expected in cases:
        try:
            got = report.call(answer, left, right, name="broadcast_shape", may_be_none=True)
        except Off as off:
            raise Off(f"for {what}: {off}") from None
        if got is not None and not isinstance(got, tuple):
            raise Off(f"for {what}: it should be a tuple or None; it is {kind(got)}.")
        report.expect(
            got == expected,
            what,
            f"for {what}, {left} with {right}: the rule gives {expected}, yours gives {got}."
            + (" The 1 is repeated as often as the other size says, here 0 times." if expected == (0,) else ""),
        )


@exercise(
    "03-lift",
    "Find the bug: where did it go?",
    "lift",
    hints=(
        "Print low before and after. It changes. What is low: a view of x, or a copy?",
        "A mask gives a copy when it is read; on the left of = it says where to write.",
        "x[x < floor] = ...; return x",
    ),
)
def lift(report: Report, answer: Any) -> None:
    torch = report.torch
    for what, x, floor in (
        ("a line", report.numbers(6), 2.0),
        ("a table", report.numbers(3, 4), -1.0),
        ("nothing to lift", report.numbers(3, low=5, high=9), 1.0),
    ):
        expected = torch.maximum(x, torch.tensor(floor))
        before = x.clone()
        got = report.call(answer, x, floor, in_place=True, name="lift")
        if got is None:
            raise Off("lift(x, floor) gave None: is a return missing?")
        if what != "nothing to lift" and alike(x, before):
            new = " The result is right, and it is a new tensor." if alike(got, expected) else ""
            raise Off(f"for {what}: x is as it was before; it should be changed in place.{new}")
        report.same(
            x,
            expected,
            f"for {what}: x",
            mistakes=[
                (
                    torch.minimum(before, torch.tensor(floor)),
                    "the numbers above were lowered; those below should rise.",
                ),
                (
                    torch.where(before < floor, before + floor, before),
                    "floor was added to them; they should become it.",
                ),
            ],
            right=what,
        )
        report.same(got, expected, "what lift returns", right="it returns x")


@exercise(
    "03-nearest",
    "The nearest neighbour",
    "nearest",
    hints=(
        "Section 3 makes the table of all distances. Which dim of it belongs to 'for each point'?",
        "Each point is nearest to itself, at distance 0: make the diagonal very large first. argmin is argmax's twin.",
        "d[range(n), range(n)] = float('inf'); return d.argmin(dim=...)",
    ),
)
def nearest(report: Report, answer: Any) -> None:
    torch = report.torch
    # From the first town to the second the straight way is the shorter, to the third the way along streets.
    towns = np.array([[0, 0], [3, -3], [5, 0], [20, 1], [21, -2]]) * report.rng.integers(1, 9)
    for table in (towns[report.rng.permutation(5)], report.rng.permutation(np.arange(21) ** 2).reshape(7, 3)):
        n, d = table.shape
        points = torch.tensor(table.tolist(), dtype=torch.float32)
        gaps = ((points[:, None] - points[None]) ** 2).sum(2)
        large = gaps + 1e9 * torch.eye(n)
        streets = (points[:, None] - points[None]).abs().sum(2) + 1e9 * torch.eye(n)
        absolute = (points[:, None] - points[None]).sum(2).abs() + 1e9 * torch.eye(n)
        report.same(
            report.call(answer, points),
            large.argmin(dim=1),
            "nearest(points)",
            mistakes=[
                (torch.arange(n), "every point is its own nearest here: leave it out."),
                (gaps.argmax(dim=1), "these are the farthest."),
                (large.min(dim=1).values, "these are the squared distances; the positions are asked for."),
                (large.min(dim=1).values.sqrt(), "these are the distances; the positions are asked for."),
                (streets.argmin(dim=1), "the differences were added without their signs: the way along streets. "
                 "The straight distance takes their squares."),
                (absolute.argmin(dim=1), "differences of opposite sign cancel: square them before you add."),
            ],
            reveal=True,
            right=f"{n} points in {d} dims",
        )  # fmt: skip


@exercise(
    "03-margin",
    "From each row its own",
    "margin",
    hints=(
        "Two numbers for each row: the one at its label, and the largest of the rest. Section 6 has the first.",
        "For the second, take a copy of scores and make the labels' places very small, then max along the classes.",
        "others = scores.clone(); others[torch.arange(n), labels] = ...",
    ),
)
def margin(report: Report, answer: Any) -> None:
    torch = report.torch
    n, classes = 4, 5
    scores = torch.tensor(np.stack([report.rng.permutation(20)[:classes] for _ in range(n)]).astype("float32").tolist())
    labels = torch.tensor(report.rng.integers(0, classes, n).tolist())
    labels[0] = scores[0].argmax()
    labels[1] = scores[1].argmin()
    scores[2:] -= 25  # scores may be negative, all of them too
    rows = torch.arange(n)
    own = scores[rows, labels]
    others = scores.clone()
    others[rows, labels] = -1e9
    rest = others.max(dim=1).values
    others[rows, labels] = 0
    with_zero = own - others.max(dim=1).values
    report.same(
        report.call(answer, scores, labels),
        own - rest,
        "margin(scores, labels)",
        mistakes=[
            (rest - own, "the sign is the wrong way round: it is positive where the label wins."),
            (own - scores.max(dim=1).values, "where the label has the best score, it was compared with itself."),
            (own, "these are the scores of the labels; the best of the others is still to be taken away."),
            (with_zero, "scores may all be negative: then the 0 in the label's place is the best of the others."),
            ((own - rest)[:, None], "a dim of size 1 was kept."),
        ],
    )


@exercise(
    "03-group-means",
    "Means by group",
    "group_means",
    hints=(
        "A mean is a sum divided by a count. Section 7 adds up by position; the rows may be whole.",
        "index_add_ on zeros of shape (count, d) gives the sums; on zeros of shape (count,), with ones, the counts.",
        "counts[counts == 0] = 1, so that nothing is divided by 0; then return sums / counts as a column",
    ),
)
def group_means(report: Report, answer: Any) -> None:
    torch = report.torch
    count = 4
    groups = torch.tensor([3, 0, 3, 1, 3, 0])  # nobody is in 2
    groups = groups[torch.tensor(report.rng.permutation(6).tolist())]
    values = report.numbers(6, 2)
    sums = torch.zeros(count, 2).index_add_(0, groups, values)
    members = torch.zeros(count).index_add_(0, groups, torch.ones(6))
    expected = sums / members.clamp(min=1)[:, None]
    with_nan = sums / members[:, None]
    last = torch.zeros(count, 2)
    for row, group in zip(values, groups.tolist(), strict=True):
        last[group] = row
    report.same(
        report.call(answer, values, groups, count),
        expected,
        "group_means(values, groups, count)",
        mistakes=[
            (sums, "these are the sums; divide each by the number of its members."),
            (with_nan, "right but for the group without members: 0 / 0 is nan, and zeros are asked for."),
            (last, "each group has its last row only: later writes to a place replace earlier ones."),
            (last / members.clamp(min=1)[:, None], "each group has only one of its rows: += counts a place once."),
            (expected[torch.tensor([0, 1, 3])], "the group without members is missing; there should be count rows."),
        ],
    )
    report.same(
        report.call(answer, values, torch.zeros(6, dtype=torch.int64), 1),
        values.mean(dim=0, keepdim=True),
        "with one group for all: group_means(values, groups, 1)",
        right="one group for all",
    )
