"""The exercises of notebook 01: tensors."""

from typing import Any

from tensorbook.workbook.exercise import exercise
from tensorbook.workbook.report import Report

TRIALS = 3
"""How many fresh inputs a function is tried on."""


@exercise(
    "01-ruler",
    "Equal steps",
    "ruler",
    hints=(
        "Two functions make evenly spaced numbers. Which one is told how many, and which one how far apart?",
        "torch.linspace includes both ends; its third argument counts the numbers.",
        "torch.linspace(low, ...)",
    ),
)
def ruler(report: Report, function: Any) -> None:
    torch = report.torch
    for _ in range(TRIALS):
        low, count = int(report.rng.integers(-5, 5)), int(report.rng.integers(4, 9))
        high = low + int(report.rng.integers(2, 9))
        mistakes = [
            (
                torch.arange(low, high, (high - low) / count),
                "the end is missing: the last of the numbers should be high itself.",
            ),
            (
                torch.linspace(low, high, count + 1),
                "there is one number too many: count is how many numbers, not gaps.",
            ),
            (torch.arange(low, high + 1), "the numbers are 1 apart, whatever count says."),
            (torch.linspace(low, high, count).tolist(), "these are the right numbers, but in a Python list."),
        ]
        answer = report.call(function, low, high, count, name="ruler")
        expected = torch.linspace(low, high, count)
        report.same(
            answer, expected, "ruler(low, high, count)", mistakes=mistakes, reveal=True, right="both ends are in"
        )


@exercise(
    "01-mean-image",
    "The average picture",
    "mean_image",
    hints=(
        "The dim you name is the dim that disappears. Which of the three should?",
        "mean takes a dim, like sum; dim 0 counts the images.",
        "images.mean(dim=...)",
    ),
)
def mean_image(report: Report, function: Any) -> None:
    for _ in range(TRIALS):
        images = report.numbers(*report.sizes(3), low=0, high=16)
        n = images.shape[0]
        mistakes = [
            (images.mean(), "that is one number: every dim was averaged away. Which dim counts the images?"),
            (images.sum(dim=0), "that is the sum of the images, not yet their mean."),
            (
                images.mean(dim=0, keepdim=True),
                f"dim 0 is still there, with size 1: (1, ...) instead of {tuple(images.shape[1:])}.",
            ),
            (images.mean(dim=1), "the rows of each image were averaged: dim 1 counts rows, dim 0 counts images."),
            (images.mean(dim=2), "the columns of each image were averaged: dim 2 counts columns, dim 0 counts images."),
            (images.mean(dim=(1, 2)), "each image became one number: dims 1 and 2 are its rows and columns."),
            (images[0], f"that is the first of the {n} images, not their mean."),
        ]
        answer = report.call(function, images, name="mean_image")
        report.same(answer, images.mean(dim=0), "mean_image(images)", mistakes=mistakes, reveal=True,
                    right="every pixel is the mean over the images")  # fmt: skip


@exercise(
    "01-frame",
    "A row above, a row below",
    "frame",
    hints=(
        "More rows: that is dim 0. What would you put in the list for cat?",
        "A row of zeros has shape (1, number of columns) and must have x's dtype.",
        "row = torch.zeros(1, x.shape[1], dtype=...), then cat three things along dim 0.",
    ),
)
def frame(report: Report, function: Any) -> None:
    torch = report.torch
    for dtype in (torch.float32, torch.int64, torch.uint8):
        rows, columns = report.sizes(2)
        x = report.numbers(rows, columns, low=1, dtype=dtype)
        row, column = torch.zeros(1, columns, dtype=dtype), torch.zeros(rows, 1, dtype=dtype)
        expected = torch.cat([row, x, row], dim=0)
        mistakes = [
            (torch.cat([row, x], dim=0), "there is a row of zeros above, and none below."),
            (torch.cat([x, row], dim=0), "there is a row of zeros below, and none above."),
            (
                torch.cat([column, x, column], dim=1),
                "the zeros stand left and right: dim 1 counts columns, dim 0 rows.",
            ),
        ]
        if dtype is not torch.float32:
            floats = "whole numbers came in and float32 went out: cat takes the wider dtype, so give the zeros x's."
            mistakes.append((expected.to(torch.float32), floats))
        answer = report.call(function, x, name="frame")
        report.same(answer, expected, "frame(x)", mistakes=mistakes, reveal=True, right="zeros above and below")
    report.expect(True, "the dtype stays what it was", "")


@exercise(
    "01-blend",
    "Find the bug: two pictures in one",
    "blend",
    hints=(
        "Try it with two pixels of 200. What is 200 + 200 as a uint8?",
        "Give the sum room before it is taken: cast the inputs, and cast the result back.",
        "((a.int() + b.int()) // 2).to(...)",
    ),
)
def blend(report: Report, function: Any) -> None:
    torch = report.torch
    for _ in range(TRIALS):
        a = report.numbers(3, 4, low=120, high=255, dtype=torch.uint8)
        b = report.numbers(3, 4, low=120, high=255, dtype=torch.uint8)
        # An odd pair for certain, so that halving each before adding shows.
        a[0, 0], b[0, 0] = 121, 201
        expected = ((a.int() + b.int()) // 2).to(torch.uint8)
        wrapped = "sums above 255 start again at 0: it is the sum that needs a wider dtype, before it is taken."
        mistakes = [
            ((a + b) // 2, wrapped),
            ((a + b).int() // 2, wrapped),
            ((a + b).float() / 2, wrapped),
            (
                a // 2 + b // 2,
                "each half was rounded down before the halves were added: 121 and 201 give 160, not 161.",
            ),
            ((a.int() + b.int()) // 2, "the numbers are right; the picture should be uint8 again, yours is int32."),
        ]
        answer = report.call(function, a, b, name="blend")
        report.same(
            answer, expected, "blend(a, b)", mistakes=mistakes, reveal=True, right="every pixel is the mean of two"
        )


@exercise(
    "01-alias",
    "Find the bug: who changed my tensor?",
    "doubled",
    hints=(
        "y = x makes no new tensor. Which line then writes into it?",
        "An operation without the trailing _ makes a new tensor.",
        "return x * ...",
    ),
)
def alias(report: Report, function: Any) -> None:
    for _ in range(TRIALS):
        x = report.numbers(5, low=3)
        mistakes = [
            (x, "nothing was doubled: x came back as it was."),
            (x + 2, "2 was added; doubling is times 2."),
            (x**2, "that is x times x; doubling is times 2."),
        ]
        answer = report.call(function, x, name="doubled")
        report.same(answer, x * 2, "doubled(x)", mistakes=mistakes, reveal=True, right="every number is doubled")
    report.expect(True, "x is left as it was", "")


@exercise(
    "01-one-hot",
    "Build it: one-hot rows",
    "one_hot",
    hints=(
        "Begin with zeros of the right shape. How many rows, how many columns?",
        "Loop over the rows; in row i write a 1 at the column that labels[i] names.",
        "out[i, labels[i]] = ...",
    ),
)
def one_hot(report: Report, function: Any) -> None:
    torch = report.torch
    for _ in range(TRIALS):
        count, classes = report.sizes(2, low=4, high=8)
        labels = report.numbers(count, low=1, high=classes - 1, dtype=torch.int64)
        expected = torch.zeros(count, classes)
        shifted = torch.zeros(count, classes)
        for row, label in enumerate(labels.tolist()):
            expected[row, label] = 1
            shifted[row, label - 1] = 1
        mistakes = [
            (expected.t(), "rows and columns are the wrong way round: one row for each label."),
            (shifted, "each 1 stands one column too far left: label 0 belongs to column 0."),
            (torch.ones(count, classes) * labels.reshape(count, 1), "every column of a row holds the label itself."),
            (expected * labels.reshape(count, 1), "the label itself stands where a 1 should."),
        ]
        answer = report.call(function, labels, classes, name="one_hot")
        report.same(answer, expected, "one_hot(labels, classes)", mistakes=mistakes, reveal=True,
                    right="one 1 in each row, in the label's column")  # fmt: skip
