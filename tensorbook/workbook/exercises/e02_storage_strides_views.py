"""The exercises of notebook 02: storage, strides and views."""

import math
from typing import Any

from tensorbook.workbook.exercise import exercise
from tensorbook.workbook.report import Off, Report, alike, kind

HUGE = (10**15, 3, 7)
"""A size that no memory holds."""


@exercise(
    "02-strides",
    "Which slot?",
    "slot",
    hints=(
        "Section 1: the formula has one term for the offset and one for each dim.",
        "zip(stride, index) pairs each stride with its index; sum(...) adds the products up.",
        "return offset + sum(s * i for s, i in ...)",
    ),
)
def strides(report: Report, slot: Any) -> None:
    a, b = report.sizes(2)
    stride = tuple(int(s) for s in report.rng.permutation([1, a, a * b]))
    offset = int(report.rng.integers(150, 250))  # more than any walk below, so that no two mistakes give one slot
    index = tuple(int(i) for i in report.rng.permutation([1, 2, 4]))  # all different, so that their order matters
    walked = sum(s * i for s, i in zip(stride, index, strict=True))
    given = f"slot({offset}, {stride}, {index})"
    report.same(
        report.call(slot, offset, stride, index),
        offset + walked,
        given,
        mistakes=[
            (walked, f"{given} is {offset} too small: where does the tensor's first element lie?"),
            (
                offset + sum(s * i for s, i in zip(stride, reversed(index), strict=True)),
                f"{given}: the first stride belongs to the first index, here they are paired from the other end.",
            ),
            (
                offset + sum(index),
                f"{given}: one step along a dim moves by the stride of that dim, not by one slot.",
            ),
            (
                offset + stride[0] * index[0] + stride[1] * index[1],
                f"{given}: two of the three dims are counted; it should work for any number of them.",
            ),
            (
                stride[-1] * index[-1],
                f"{given}: only the last product is left. In a loop = replaces what was there, += adds to it.",
            ),
            (
                offset * walked,
                f"{given}: the offset is added once; it does not multiply anything.",
            ),
        ],
        right="three dims and an offset",
    )
    report.same(report.call(slot, offset, (0, 1), (7, 2)), offset + 2, "slot with a stride of 0", right="a stride of 0")
    report.same(report.call(slot, offset, (), ()), offset, "slot of a tensor without dims", right="no dims at all")


@exercise(
    "02-row-major",
    "Strides from a size",
    "row_major",
    hints=(
        "The last dim always has stride 1. What does one step along the dim before it jump over?",
        "Walk over reversed(size) with a running product that starts at 1; the list comes out back to front.",
        "for n in reversed(size): stride.insert(0, step); step = step * ...",
    ),
)
def row_major(report: Report, answer: Any) -> None:
    size = report.sizes(3)
    expected = tuple(math.prod(size[k + 1 :]) for k in range(3))
    given = f"row_major({size})"
    got = report.call(answer, size, name="row_major")
    report.expect(isinstance(got, tuple), f"{given} is a tuple", f"{given} should be a tuple; it is {kind(got)}.")
    report.same(
        got,
        expected,
        given,
        mistakes=[
            (
                tuple(math.prod(size[:k]) for k in range(3)),
                f"{given}: these strides let the first index move fastest (column-major); here the last one does.",
            ),
            (
                tuple(math.prod(size[k:]) for k in range(3)),
                f"{given}: each stride is too large by the size of its own dim: one step along a dim does not jump "
                "over that dim.",
            ),
            (expected[::-1], f"{given}: the numbers are right, in the wrong order: the last stride is 1."),
            (size, f"{given}: that is the size itself. A stride counts slots, not elements along the dim."),
        ],
        right="three dims",
    )
    report.same(report.call(answer, (7,), name="row_major"), (1,), "row_major((7,))", right="one dim")
    report.same(
        report.call(answer, (), name="row_major"),
        (),
        "row_major(())",
        mistakes=[((1,), "row_major(()) is (1,): a tensor without dims has no strides, so the tuple is empty.")],
        right="no dims",
    )
    try:
        got = report.call(answer, HUGE, name="row_major")
    except Off:
        raise Off(f"row_major({HUGE}): no memory holds such a tensor. Work the strides out, without one.") from None
    report.same(got, (21, 7, 1), f"row_major({HUGE})", right="worked out, without a tensor")


@exercise(
    "02-corners",
    "Four corners, no copy",
    "corners",
    hints=(
        "Section 2: which kinds of index give a view? A slice with a step is one.",
        "From row 0, a step of (rows − 1) lands on the last row. The same along the columns.",
        "return x[:: x.shape[0] - 1, :: ...]",
    ),
)
def corners(report: Report, answer: Any) -> None:
    rows, columns = report.sizes(2, low=3)
    base = report.torch.arange(rows * columns, dtype=report.torch.float32) + 1
    x = base.reshape(rows, columns)
    got = report.call(answer, x, name="corners")
    expected = report.torch.tensor([[x[0, 0], x[0, -1]], [x[-1, 0], x[-1, -1]]])
    report.same(
        got,
        expected,
        "corners(x)",
        mistakes=[
            (x[:2, :2], "these are four neighbours in the top left; the corners of a larger matrix lie further apart."),
            (
                x[:1, :1],
                "only the top left is left: a step of all rows leads past the last one. Which step lands on it?",
            ),
            (expected.t(), "the top right and the bottom left have changed places."),
            (expected.reshape(4), "the four numbers are right; keep them in their places, as a (2, 2) matrix."),
        ],
    )
    if not _shares(got, x):
        raise Off(
            "the numbers are right, but they were copied. An index that is a list or a tensor copies; a slice does not."
        )
    report.expect(True, "it is a view: nothing was copied", "")
    small = x[1:, 1:].t()
    got = report.call(answer, small, name="corners")
    report.expect(
        tuple(got.shape) == (2, 2) and _shares(got, small) and got[1, 1] == small[-1, -1] and got[0, 1] == small[0, -1],
        "a transposed slice has its corners too",
        "for a matrix that is itself a view, here x[1:, 1:].t(), the corners are wrong: does the answer count slots "
        "of the storage?",
    )


@exercise(
    "02-side-effect",
    "Find the bug: a view mistaken for a copy",
    "relative",
    hints=(
        "What is first after the loop's first turn? And whose numbers does row -= ... change?",
        "first is a view of row 0. An operation without an underscore or -= makes a new tensor.",
        "return x - ...   (a row is stretched over all rows)",
    ),
)
def side_effect(report: Report, relative: Any) -> None:
    x = report.numbers(4, 3)
    x[:, 0] = report.torch.tensor([5.0, 7.0, 2.0, 9.0])  # no row equals the first one, and none is zero
    original, expected = x.clone(), x - x[0]
    got = report.call(relative, x, name="relative", in_place=True)
    if got is None:
        raise Off("relative(x) gave None: is a return missing?")
    all_but_the_first = original - original[0]
    all_but_the_first[0] = original[0]
    half_done = original.clone()
    half_done[0] = 0.0
    report.same(
        got,
        expected,
        "relative(x)",
        mistakes=[
            (
                half_done,
                "only the first row changed. By the time the second row's turn comes, first holds zeros: it is a view "
                "of row 0, which has been written into.",
            ),
            (
                original,
                "no number changed. Inside a loop, row = row - first only gives the name row to a new tensor.",
            ),
            (all_but_the_first, "the first row is as it was; measured from itself it is zero."),
            (original - original.mean(0), "each column lost its mean; it ought to lose the first row."),
        ],
    )
    report.expect(
        alike(x, original),
        "x itself is as it was",
        "the result is right, but x was changed on the way: its rows are views, and writing into them writes into x.",
    )
    report.expect(not _shares(got, x), "the result has a storage of its own", "the result still shares x's storage.")


@exercise(
    "02-windows",
    "Sliding windows",
    "windows",
    hints=(
        "One step down the rows moves one element on. So does one step along a row. What does that say of the strides?",
        "x.as_strided(size, stride) keeps x's own offset. x.stride(0) is how far apart its elements lie.",
        "return x.as_strided((len(x) - width + 1, width), (x.stride(0), ...))",
    ),
)
def windows(report: Report, answer: Any) -> None:
    x = report.numbers(9)
    width = int(report.rng.integers(3, 5))
    torch = report.torch
    expected = torch.stack([x[i : i + width] for i in range(len(x) - width + 1)])
    got = report.call(answer, x, width, name="windows")
    cut = torch.stack([x[i : i + width] for i in range(0, len(x) - width + 1, width)])
    name = f"windows(x, {width})"
    report.same(
        got,
        expected,
        name,
        mistakes=[
            (cut, f"{name}: these windows do not overlap; each ought to begin one element after the one before."),
            (expected[:-1], f"{name}: the last window is missing; there are n − width + 1 of them."),
            (expected.t(), f"{name}: the windows stand in the columns; they ought to be the rows."),
        ],
    )
    report.expect(
        _shares(got, x),
        "it is a view: nothing was copied",
        f"{name}: the numbers are right, but they were copied. torch.stack copies, and so does a list of windows; "
        "as_strided does not.",
    )
    strip = report.numbers(20)
    every_other = strip[3::2]
    expected = torch.stack([every_other[i : i + width] for i in range(len(every_other) - width + 1)])
    got = report.call(answer, every_other, width, name="windows")
    dense = strip.as_strided(tuple(expected.shape), (1, 1), 3)
    from_the_start = strip.as_strided(tuple(expected.shape), (2, 2), 0)
    report.same(
        got,
        expected,
        "windows(strip[3::2])",
        mistakes=[
            (dense, "for strip[3::2], whose stride is 2, the windows show its neighbours in the storage instead: use "
             "the stride that x has."),
            (from_the_start, "for strip[3::2] the windows begin at slot 0 of the storage: x has an offset of its own."),
        ],
        right="a vector with a stride and an offset of its own",
    )  # fmt: skip


@exercise(
    "02-flatten",
    "Will view(-1) work?",
    "can_flatten",
    hints=(
        "The rule at the end of section 5 speaks of two neighbouring dims. It must hold for every pair.",
        "Throw the dims of size 1 away first. Then compare each stride with size · stride of the dim after it.",
        "all(a_stride == b_size * b_stride for (_, a_stride), (b_size, b_stride) in zip(dims, dims[1:]))",
    ),
)
def flatten(report: Report, can_flatten: Any) -> None:
    rows, columns = report.sizes(2, low=3)
    cases = [
        ((rows, columns), (columns, 1), "a contiguous matrix", "dims that follow on from each other can be joined."),
        ((rows, columns), (1, rows), "a transposed matrix", "a transposed matrix refuses: that was section 5's error."),
        ((rows, columns), (2 * columns, 1), "half of the columns", "each row ends with a jump: view(-1) refuses."),
        ((rows, columns), (2 * columns, 2), "every second column of an even number of them",
         "it is not contiguous, and yet all its jumps are equal (each is 2): view(-1) works. is_contiguous asks for "
         "more than is needed."),
        ((rows, 1, columns), (columns, 77, 1), "a dim of size 1 with an odd stride",
         "nobody takes a step along a dim of size 1, so its stride does not count."),
        ((1, columns), (1, rows), "one row of a transposed matrix", "one dim is left to walk: any stride will do."),
        ((2, rows, columns), (2 * rows * columns, 2 * columns, 1), "only the first pair follows on",
         "every pair of neighbours must be joined, also the last one."),
        ((rows, columns), (0, 0), "one number, expanded", "all jumps are 0, so they are equal: view(-1) works."),
        ((), (), "no dims at all", "a tensor without dims has one element: view(-1) works."),
    ]  # fmt: skip
    for size, stride, what, why in cases:
        truth = _flattens(report.torch, size, stride)
        given = f"can_flatten({size}, {stride})"
        got = report.call(can_flatten, size, stride)
        if not isinstance(got, bool):
            raise Off(f"{given} should be True or False; it is {kind(got)}.")
        report.expect(got is truth, what, f"{given} is {got}: {why}")


def _flattens(torch: Any, size: tuple[int, ...], stride: tuple[int, ...]) -> bool:
    """The library's own answer, from a tensor that really has this layout."""
    slots = 1 + sum((n - 1) * s for n, s in zip(size, stride, strict=True))
    try:
        torch.zeros(slots).as_strided(size, stride).view(-1)
    except RuntimeError:
        return False
    return True


def _shares(a: Any, b: Any) -> bool:
    return a.untyped_storage().data_ptr() == b.untyped_storage().data_ptr()
