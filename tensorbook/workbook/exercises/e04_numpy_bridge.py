"""The exercises of notebook 04: the NumPy bridge."""

from typing import Any

import numpy as np

from tensorbook.workbook.exercise import exercise
from tensorbook.workbook.report import Off, Report, alike, is_tensor, kind


@exercise(
    "04-shared",
    "Is it shared?",
    "shared",
    hints=(
        "Section 1 asks NumPy about two arrays. How does the tensor become an array?",
        "np.shares_memory wants two arrays; a tensor with a tape needs detach() on the way.",
        "return np.shares_memory(array, tensor.detach()...)",
    ),
)
def shared(report: Report, answer: Any) -> None:
    torch = report.torch
    a = report.rng.integers(1, 9, (3, 4)).astype("float32")
    cases = [
        ("a tensor from from_numpy", a, torch.from_numpy(a), True),
        ("a tensor from torch.tensor", a, torch.tensor(a), False),
        ("a row of it", a, torch.from_numpy(a)[1], True),
        ("a row of the array that comes after the tensor's first number", a[2], torch.from_numpy(a), True),
        ("two different rows", a[0], torch.from_numpy(a)[2], False),
        ("equal numbers elsewhere", a.copy(), torch.from_numpy(a), False),
        ("a tensor that requires grad", a, torch.from_numpy(a).requires_grad_(), True),
    ]
    for what, array, tensor, expected in cases:
        before = array.copy()
        got = report.call(answer, array, tensor)
        if not isinstance(got, (bool, np.bool_)):
            raise Off(f"for {what}: the answer should be True or False; it is {kind(got)}.")
        if not np.array_equal(array, before):
            raise Off(f"for {what}: the numbers were changed; look without touching.")
        report.expect(
            bool(got) == expected,
            what,
            f"for {what}: it is {expected}, yours says {bool(got)}"
            + (". Equal numbers are not yet the same memory." if not expected and "rows" not in what else ".")
            + (" Do you compare only where the two begin?" if expected and ("row" in what) else ""),
        )


@exercise(
    "04-in",
    "In, whatever it is",
    "to_tensor",
    hints=(
        "Two tasks: a memory of its own, and float32. Which call of section 2 copies? And backward strides?",
        "NumPy's copy() puts the numbers into their plain order first; then cross and cast.",
        "return torch.from_numpy(array.copy())...",
    ),
)
def to_tensor(report: Report, answer: Any) -> None:
    torch = report.torch
    numbers = report.rng.integers(-9, 9, (3, 4))
    for what, array in (
        ("whole numbers", numbers),
        ("float64", numbers * 0.5),
        ("float32, which needs no cast", numbers.astype("float32")),
        ("an array turned round", numbers.astype("float32")[::-1]),
        ("a transposed array", numbers.astype("float64").T),
        ("truth values", numbers > 0),
        ("a single number of shape ()", np.array(3.5)),
        ("an array without numbers", np.zeros((0, 2))),
    ):
        expected = torch.tensor(array.tolist(), dtype=torch.float32).reshape(array.shape)
        got = report.call(answer, array)
        report.same(got, expected, f"for {what}: the tensor", right=what)
        if array.size and array.dtype == np.float32:
            report.expect(
                not np.shares_memory(array, got.detach().numpy()),
                "never shared",
                f"for {what}: the tensor shares the array's memory. float() copies only where the dtype changes.",
            )


@exercise(
    "04-centred",
    "Find the bug: whose numbers are these?",
    "centred",
    hints=(
        "Print weights before and after. Which line writes, and into whose memory?",
        "-= writes into the memory that is there; t - t.mean() makes a new tensor.",
        "return t - ...",
    ),
)
def centred(report: Report, answer: Any) -> None:
    torch = report.torch
    a = (report.rng.permutation(12)[:5] * 2).astype("float32")
    before = a.copy()
    expected = torch.tensor((a - a.mean()).tolist())
    got = report.call(answer, a)
    if not np.array_equal(a, before):
        raise Off("the caller's array has changed: something was written into memory that is shared.")
    report.same(
        got,
        expected,
        "centred(a)",
        mistakes=[
            (torch.from_numpy(before), "these are the numbers as they came."),
            (torch.from_numpy(before - np.median(before)), "this takes the median away, not the mean."),
        ],
    )
    report.expect(
        not np.shares_memory(a, got.detach().numpy()),
        "a is as it was, and nothing is shared",
        "the numbers are right, but the result lies in the caller's memory.",
    )


@exercise(
    "04-encode",
    "A table with words",
    "encode",
    hints=(
        "Part the frame first: frame.iloc[:, :-1] are all columns but the last, frame.iloc[:, -1] is the last.",
        "sorted(set(...)) gives the different words in order; a word's label is its index in that list.",
        "labels = torch.tensor([words.index(w) for w in ...])",
    ),
)
def encode(report: Report, answer: Any) -> None:
    import pandas as pd

    torch = report.torch
    words = ["pear", "apple", "fig", "apple", "pear"]
    numbers = report.rng.integers(1, 99, (5, 2))
    frame = pd.DataFrame({"weight": numbers[:, 0], "price": numbers[:, 1] / 4, "fruit": words})
    before = frame.copy()
    got = report.call(answer, frame)
    if not frame.equals(before):
        raise Off("the caller's table has changed.")
    report.expect(
        isinstance(got, (tuple, list)) and len(got) == 3,
        "three things come back",
        f"encode(frame) should return three things: features, labels, words; it returns {kind(got)}"
        f"{f' of {len(got)}' if isinstance(got, (tuple, list)) else ''}.",
    )
    features, labels, known = got
    report.same(
        features, torch.tensor(frame.iloc[:, :-1].to_numpy().tolist(), dtype=torch.float32), "the tensor of features"
    )
    by_first_sight = torch.tensor([list(dict.fromkeys(words)).index(w) for w in words])
    report.same(
        labels,
        torch.tensor([sorted(set(words)).index(w) for w in words]),
        "the tensor of labels",
        mistakes=[(by_first_sight, "the words were numbered as they came; number them in sorted order.")],
    )
    if isinstance(known, np.ndarray):
        raise Off("the words should be a Python list; they are a NumPy array. tolist() helps.")
    report.same(known, sorted(set(words)), "the list of words", right="the words, sorted, each once")


@exercise(
    "04-middle-half",
    "NumPy in the middle",
    "middle_half",
    hints=(
        "NumPy is needed only to find the two bounds. Who should pick the numbers?",
        "np.percentile takes t.detach().numpy(); with the bounds as Python floats, a mask on t keeps the tape.",
        "return t[(t >= low) & ...]",
    ),
)
def middle_half(report: Report, answer: Any) -> None:
    torch = report.torch
    a = report.rng.permutation(np.arange(1, 22)).astype("float32")
    low, high = np.percentile(a, 25), np.percentile(a, 75)
    inside = (a >= low) & (a <= high)
    t = torch.tensor(a.tolist())
    expected = torch.tensor(a[inside].tolist())
    strict = torch.tensor(a[(a > low) & (a < high)].tolist())
    report.same(
        _plain(report.call(answer, t)),
        expected,
        "middle_half(t)",
        mistakes=[
            (
                torch.tensor(np.sort(a[inside]).tolist()),
                "the numbers are right, and they were sorted; keep their order.",
            ),
            (torch.tensor(a[~inside].tolist()), "these are the numbers outside."),
            (strict, "the bounds themselves belong to it: <= and >=."),
            (torch.tensor(inside.tolist()), "this is the mask; use it to pick from t."),
        ],
    )
    x = torch.tensor(a.tolist(), requires_grad=True)
    got = report.call(answer, x)
    report.expect(
        is_tensor(got) and got.requires_grad,
        "the tape is kept",
        "for a tensor that requires grad the numbers come back without their tape: they went through NumPy.",
    )
    got.sum().backward()
    report.expect(
        alike(x.grad, torch.tensor(inside.tolist()).float()),
        "gradients reach the numbers inside, and no others",
        "the gradient does not reach the numbers inside, each once.",
    )
    wide = torch.tensor(a.tolist(), dtype=torch.float64)
    report.same(_plain(report.call(answer, wide)), expected.double(), "for float64: the result", right="float64 stays")


def _plain(value: Any) -> Any:
    return value.detach() if is_tensor(value) else value
