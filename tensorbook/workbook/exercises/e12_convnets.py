"""The exercises of notebook 12: convnets."""

import itertools
from typing import Any

from tensorbook.workbook.exercise import exercise
from tensorbook.workbook.report import Off, Report, has_loop, is_tensor, kind, names_in


@exercise(
    "12-size",
    "How large?",
    "out_size",
    hints=(
        "The formula of section 3; the corners mean that the division is rounded down.",
        "Python's // rounds down. The window reaches over dilation * (kernel - 1) + 1 places.",
        "return (n + 2 * padding - ... - 1) // stride + 1",
    ),
)
def size(report: Report, answer: Any) -> None:
    torch = report.torch
    cases = [(8, 3, 1, 0, 1), (8, 3, 1, 1, 1), (9, 4, 2, 1, 1), (11, 3, 1, 0, 3), (28, 5, 3, 2, 2)]
    for n, k, s, p, d in cases:
        window = torch.zeros(1, 1, k)
        right = torch.nn.functional.conv1d(torch.zeros(1, 1, n), window, stride=s, padding=p, dilation=d).shape[2]
        reach = d * (k - 1)
        report.same(
            report.call(answer, n, k, s, p, d),
            right,
            f"out_size({n}, {k}, {s}, {p}, {d})",
            mistakes=[
                ((n + p - reach - 1) // s + 1, "padding stands on both sides."),
                ((n + 2 * p - reach - 1) // s, "the first place counts as well: + 1."),
                ((n + 2 * p - k) // s + 1, "the dilation is left out: how far does the window reach?"),
                ((n + 2 * p - d * k) // s + 1, "the window has one gap less than it has weights: kernel - 1."),
                (
                    -(-(n + 2 * p - reach - 1) // s) + 1,
                    "this rounds up; where the window does not fit, it does not go.",
                ),
                ((n + 2 * p - reach - 1) / s + 1, "it should be rounded down."),
            ],
            right=f"out_size({n}, {k}, {s}, {p}, {d})",
        )


@exercise(
    "12-count",
    "Count before you build",
    "conv_weights",
    hints=(
        "Section 3 counts one layer. Pair each number of channels with the next.",
        "A layer from a to b has b windows with a * kernel * kernel weights each, and b biases.",
        "sum(b * (a * kernel**2 + 1) for a, b in ...)",
    ),
)
def count(report: Report, answer: Any) -> None:
    channels, kernel = [1, *report.sizes(3)], 3 + 2 * int(report.rng.integers(0, 2))
    pairs = list(itertools.pairwise(channels))
    weights = sum(a * b * kernel**2 for a, b in pairs)
    report.same(
        report.call(answer, channels, kernel),
        weights + sum(channels[1:]),
        f"conv_weights({channels}, {kernel})",
        mistakes=[
            (weights + sum(channels[:-1]), "one bias for each output channel, not for each input channel."),
            (weights, "the biases are missing: one for each output channel."),
            (weights + len(pairs), "each layer has one bias for each of its output channels, not one."),
            (sum(b * kernel**2 + b for _, b in pairs), "each window has a layer for every input channel."),
            (sum(a * b * kernel + b for a, b in pairs), "a window has kernel times kernel places."),
        ],
    )
    report.same(report.call(answer, [3], kernel), 0, "conv_weights([3], …)", right="no layers, no weights")
    report.expect(
        "Conv2d" not in names_in(answer),
        "counted, not built",
        "the numbers are right, and it builds the layers; count without them.",
    )


@exercise(
    "12-corner",
    "A window for corners",
    "corner",
    hints=(
        "Write the 3 by 3 piece of the picture around the corner, around an upper edge, a left edge, and inside.",
        "At the corner the lower right 2 by 2 is dark. An edge has two more dark pixels: they have to cost.",
        "[[-3, -3, -3], [-3, 2, 2], [-3, 2, ...]]: how large may the last be?",
    ),
)
def corner(report: Report, answer: Any) -> None:
    torch = report.torch
    report.tensor(answer, "corner", shape=(3, 3), dtype=torch.float32)
    square = torch.zeros(12, 12)
    square[3:9, 3:9] = 1.0
    out = torch.nn.functional.conv2d(square[None, None], answer.detach()[None, None], padding=1)[0, 0]
    report.expect(
        out[3, 3].item() > 0,
        "positive at the upper left corner",
        f"at the upper left corner it answers {out[3, 3].item():.4g}; it should be positive.",
    )
    places = {
        "inside": (6, 6),
        "along the upper edge": (3, 6),
        "along the left edge": (6, 3),
        "along the lower edge": (8, 6),
        "along the right edge": (6, 8),
        "outside, above": (2, 6),
        "outside, at the left": (6, 2),
        "outside, below": (9, 6),
        "outside, at the right": (6, 9),
    }
    for what, (i, j) in places.items():
        if out[i, j].item() > 1e-6:
            raise Off(f"{what} it answers {out[i, j].item():.4g}; it should be zero or below.")
    report.expect(True, "zero or below along edges, inside and outside", "")


@exercise(
    "12-pool",
    "Pool by strides",
    "max_pool",
    hints=(
        "Four dims: which block down, which row in it, which block across, which column in it.",
        "reshape(rows // k, k, cols // k, k) makes them; the row and the column in the block are to go.",
        "return x.reshape(...).amax(dim=(1, ...))",
    ),
)
def pool(report: Report, answer: Any) -> None:
    torch = report.torch
    for k, rows, cols in ((2, 4, 6), (3, 6, 3)):
        x = report.numbers(rows, cols)
        right = torch.nn.functional.max_pool2d(x[None], k)[0]
        mean = torch.nn.functional.avg_pool2d(x[None], k)[0]
        wrong = x.reshape(rows // k, cols // k, k, k).amax(dim=(2, 3))
        report.same(
            report.call(answer, x, k),
            right,
            f"max_pool of a table ({rows}, {cols}) by {k}",
            mistakes=[
                (mean, "these are the means; the largest is asked for."),
                (wrong, "the numbers of a block do not lie side by side: reshape to (rows // k, k, cols // k, k)."),
                (x[::k, ::k], "these are the first of each block; the largest is asked for."),
            ],
            right=f"blocks of {k}",
        )
    word = next((n for n in sorted(names_in(answer)) if "pool" in n.lower()), None)
    report.expect(word is None, "without the library's pooling", f"the result is right, and it uses {word}.")
    report.expect(not has_loop(answer), "without a loop", "the result is right; now without a loop, by one reshape.")


@exercise(
    "12-flat",
    "Find the bug: it fits by accident",
    "RightNet",
    hints=(
        "Print the shape after each line, and say for each dim what it counts.",
        "transpose(0, 1) puts the channels first; the rows of the reshape then hold pieces of several examples.",
        "x.flatten(1) keeps dim 0 and lays out the ...",
    ),
)
def flat(report: Report, answer: Any) -> None:
    torch = report.torch
    if not isinstance(answer, type):
        raise Off(f"RightNet should be a class, a subclass of nn.Module; it is {kind(answer).partition(' (')[0]}.")
    model = report.call(answer, name="RightNet")
    names = sorted(name for name, _ in model.named_parameters())
    report.expect(
        names == ["conv.bias", "conv.weight", "head.bias", "head.weight"],
        "layers called conv and head",
        f"its parameters should be those of conv and head; they are {', '.join(names) or 'none'}.",
    )
    x = torch.tensor(report.rng.normal(size=(5, 1, 8, 8)).astype("float32").tolist())
    out = report.call(model, x, name="the model")
    report.tensor(out, "its answer", shape=(5, 10))
    alone = torch.cat([model(x[i : i + 1]) for i in range(5)])
    report.expect(
        torch.allclose(out, alone, atol=1e-5),
        "each picture on its own",
        "the answer for a picture changes with the others in the batch: the examples are mixed.",
    )
    right = model.head(torch.relu(model.conv(x)).flatten(1))
    report.expect(
        torch.allclose(out, right, atol=1e-5),
        "relu, flatten, head",
        "each picture is on its own now, and something else has changed: conv, relu, flatten, head is the order.",
    )


@exercise(
    "12-norm",
    "Batch norm by hand",
    "batch_norm",
    hints=(
        "Which dims have to go, so that one number for each channel is left? Keep them as size 1.",
        "mean and var over dims (0, 2, 3) with keepdim=True; var with correction=0; weight as (channels, 1, 1).",
        "return (x - mean) / torch.sqrt(var + 1e-5) * weight[:, None, None] + ...",
    ),
)
def norm(report: Report, answer: Any) -> None:
    torch = report.torch
    x = report.numbers(3, 2, 2, 2) / 64  # small, so that it shows where the 1e-5 is added
    weight, bias = report.numbers(2, low=2, high=5), report.numbers(2, low=1, high=4)
    w, b = weight[:, None, None], bias[:, None, None]

    def by(dims: tuple, correction: int = 0) -> Any:
        mean = x.mean(dim=dims, keepdim=True)
        return (x - mean) / torch.sqrt(x.var(dim=dims, correction=correction, keepdim=True) + 1e-5)

    by_channel = [f(dim=(0, 2, 3), keepdim=True) for f in (x.mean, lambda **dims: x.std(correction=0, **dims))]
    got = report.call(answer, x, weight, bias)
    report.same(
        got.detach() if is_tensor(got) else got,
        by((0, 2, 3)) * w + b,
        "batch_norm(x, weight, bias)",
        mistakes=[
            (by((0, 2, 3), 1) * w + b, "the variance divides by the count less one here: correction=0."),
            (by((0,)) * w + b, "mean and variance are taken over the examples alone; rows and columns belong to it."),
            (by((2, 3)) * w + b, "each picture was put in order on its own; the batch belongs to it."),
            (by((0, 1, 2, 3)) * w + b, "all channels share one mean here; each has its own."),
            (by((0, 2, 3)), "weight and bias are left out."),
            ((x - by_channel[0]) / (by_channel[1] + 1e-5) * w + b, "1e-5 is added to the variance, before the root."),
            *(
                (
                    (x - x.mean((0, 2, 3))) / torch.sqrt(x.var((0, 2, 3), correction=c) + 1e-5) * weight + bias,
                    "a mean of shape (channels,) meets the columns; with keepdim=True it meets the channels.",
                )
                for c in (0, 1)
            ),
            (by((0, 2, 3)) * weight + bias, "weight and bias meet the columns here: they belong to the channels."),
        ],
    )
    report.expect(
        not names_in(answer) & {"batch_norm", "BatchNorm1d", "BatchNorm2d"},
        "by hand",
        "the numbers are right, and they are the library's own batch norm's: write it yourself.",
    )
