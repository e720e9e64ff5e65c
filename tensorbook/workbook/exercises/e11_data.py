"""The exercises of notebook 11: data."""

import os
import tempfile
import types
from typing import Any

from tensorbook.workbook.exercise import exercise
from tensorbook.workbook.report import Off, Report, alike, is_tensor, kind


@exercise(
    "11-squares",
    "A dataset of your own",
    "Squares",
    hints=(
        "Section 1 has a dataset with three methods. What does this one have to remember?",
        "Only n. Each example is computed when it is asked for; shape (1,) takes a pair of brackets.",
        "x = torch.tensor([i / self.n]); return ...",
    ),
)
def squares(report: Report, answer: Any) -> None:
    torch = report.torch
    n = int(report.rng.integers(5, 12))
    if not isinstance(answer, type):
        raise Off(f"Squares should be a class, a subclass of Dataset; it is {kind(answer).partition(' (')[0]}.")
    report.expect(
        issubclass(answer, torch.utils.data.Dataset), "Squares is a Dataset", "Squares should be a subclass of Dataset."
    )
    made = report.call(answer, n, name="Squares")
    report.same(report.call(lambda: len(made), name=f"len(Squares({n}))"), n, f"len(Squares({n}))", right="its length")
    i = int(report.rng.integers(1, n - 1))
    got = report.call(lambda: made[i], name=f"Squares({n})[{i}]")
    report.expect(
        isinstance(got, (tuple, list)) and len(got) == 2,
        "an example is a pair",
        f"an example should be the pair (x, y); it is {kind(got)}.",
    )
    x = torch.tensor([i / n])
    report.same(got[0], x, "x", mistakes=[(torch.tensor([float(i)]), "this is i itself; x is i / n.")])
    report.same(
        got[1],
        x * x,
        "y",
        mistakes=[(torch.tensor([float(i * i)]), "this is the square of i; y is the square of x."), (x, "this is x.")],
    )
    loader = torch.utils.data.DataLoader(made, batch_size=n)
    xs, _ = report.call(lambda: next(iter(loader)), name="a DataLoader over it")
    report.expect(tuple(xs.shape) == (n, 1), "a loader stacks it", f"a batch of {n} has the shape {tuple(xs.shape)}.")


@exercise(
    "11-share",
    "Find the bug: the last batch counts too much",
    "right_share",
    hints=(
        "What should be added up over the batches: shares, or counts?",
        "Count what is right and count all; divide once at the end. model.training tells the mode.",
        "was = model.training; model.eval(); ...; model.train(was); return right / ...",
    ),
)
def share(report: Report, answer: Any) -> None:
    torch = report.torch
    x = torch.eye(3)[torch.tensor(report.rng.integers(0, 3, 9).tolist())]
    y = x.argmax(dim=1)
    y[:2] = (y[:2] + 1) % 3
    loader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(x, y), batch_size=4)

    class Model(torch.nn.Module):
        modes: list = []

        def forward(self, x: Any) -> Any:
            self.modes.append((self.training, torch.is_grad_enabled()))
            return x

    for mode in (True, False):
        model = Model().train(mode)
        Model.modes = []
        got = report.call(answer, model, loader)
        report.same(
            got,
            7 / 9,
            "right_share(model, loader)",
            mistakes=[
                (
                    (2 / 4 + 1 + 1) / 3,
                    "this is the mean over the batches: the last one, of a single example, counts as four.",
                ),
                (7.0, "this is how many are right, not their share."),
                (7 / 12, "it is divided by the number of batches times the batch size; the last batch is smaller."),
                (2 / 9, "this is the share of the wrong ones."),
            ],
            right="the share over all examples",
        )
        report.expect(
            not any(training for training, _ in Model.modes),
            "tested in eval mode",
            "the model was called in train mode: dropout would be on.",
        )
        report.expect(
            model.training == mode,
            "the mode is as it was",
            f"the model was in {'train' if mode else 'eval'} mode before, and is not any more.",
        )


@exercise(
    "11-deal",
    "Deal it yourself",
    "deal",
    hints=(
        "Draw one order for all examples; then cut it into pieces.",
        "torch.randperm draws an order of positions; range with a step gives the place where each piece begins.",
        "chosen = order[start : start + batch_size]; yield x[chosen], ...",
    ),
)
def deal(report: Report, answer: Any) -> None:
    torch = report.torch
    n, size = 10, int(report.rng.integers(3, 5))
    x = report.numbers(n, 2)
    x[:, 0] = torch.arange(float(n))
    y = torch.arange(n)
    got = report.call(answer, x, y, size)
    if isinstance(got, list):
        raise Off("deal should yield one pair after the other; it returns a list, with everything in memory at once.")
    report.expect(
        isinstance(got, types.GeneratorType),
        "a generator",
        f"deal should be a generator, with yield; it returns {kind(got)}.",
    )
    batches = report.call(lambda: list(got), name="going through deal(x, y, batch_size)")
    for batch in batches:
        if not (isinstance(batch, tuple) and len(batch) == 2 and all(map(is_tensor, batch))):
            raise Off(f"it should yield pairs (xs, ys) of tensors; it yields {kind(batch)}.")
    sizes = [len(ys) for _, ys in batches]
    wanted = [size] * (n // size) + ([n % size] if n % size else [])
    report.expect(
        sizes == wanted,
        "the sizes of the batches",
        f"with {n} examples and batch_size={size} the sizes should be {wanted}; they are {sizes}.",
    )
    xs, ys = torch.cat([a for a, _ in batches]), torch.cat([b for _, b in batches])
    report.expect(
        sorted(ys.tolist()) == list(range(n)),
        "each example once",
        "some examples come twice and others never: one order for the whole epoch, cut into pieces.",
    )
    report.expect(
        alike(xs[:, 0], ys.float()),
        "each x with its own y",
        "x and y are shuffled differently: they need the same order.",
    )
    report.expect(ys.tolist() != list(range(n)), "in a random order", "the examples come in their old order.")
    torch.manual_seed(1)
    one = [b.tolist() for _, b in answer(x, y, size)]
    torch.manual_seed(1)
    report.expect(
        one == [b.tolist() for _, b in answer(x, y, size)],
        "the seed fixes the order",
        "the same seed gives another order: draw it by torch.randperm.",
    )


@exercise(
    "11-pad",
    "Lines of different lengths",
    "pad",
    hints=(
        "Two things to find first: how many rows, and how long is the longest?",
        "Begin with a table of zeros, int64, and write each line into the left of its row.",
        "for row, line in zip(table, examples): row[:len(line)] = ...",
    ),
)
def pad(report: Report, answer: Any) -> None:
    torch = report.torch
    lengths = [int(n) for n in report.rng.permutation([2, 5, 3])]
    lines = [report.numbers(n, low=1, dtype=torch.int64) for n in lengths]
    table = torch.zeros(3, 5, dtype=torch.int64)
    right = table.clone()
    for row, other, line in zip(table, right, lines, strict=True):
        row[: len(line)] = line
        other[5 - len(line) :] = line
    got = report.call(answer, lines)
    report.expect(
        isinstance(got, (tuple, list)) and len(got) == 2,
        "two tensors come back",
        f"pad should return the table and the lengths; it returns {kind(got)}.",
    )
    report.same(
        got[0],
        table,
        "the table",
        mistakes=[
            (right, "the zeros stand on the left; they belong on the right."),
            (table.T, "each line is a column; it should be a row."),
            (table.float(), "the numbers have become float32; give the table of zeros the dtype of the lines."),
        ],
    )
    report.same(got[1], torch.tensor(lengths), "the lengths", right="the lengths")
    loader = torch.utils.data.DataLoader(lines, batch_size=3, collate_fn=answer)
    report.call(lambda: next(iter(loader)), name="a DataLoader with collate_fn=pad")
    report.expect(True, "a loader takes it", "")


@exercise(
    "11-split",
    "Fair shares",
    "split",
    hints=(
        "One class at a time: where are its members?",
        "nonzero() gives a table of the positions where a comparison is true: flatten it. randperm of their count "
        "mixes them.",
        "test += members[:count].tolist(); train += members[...].tolist()",
    ),
)
def split(report: Report, answer: Any) -> None:
    torch = report.torch
    labels = torch.tensor([0] * 20 + [1] * 10 + [7] * 5)[torch.tensor(report.rng.permutation(35).tolist())]
    got = report.call(answer, labels, 0.2)
    report.expect(
        isinstance(got, tuple) and len(got) == 2 and all(isinstance(part, list) for part in got),
        "two lists come back",
        f"split should return two lists, train and test; it returns {kind(got)}"
        f"{' of ' + ' and '.join(kind(p) for p in got) if isinstance(got, tuple) else ''}.",
    )
    for part in got:
        if odd := [i for i in part if not (isinstance(i, int) or (is_tensor(i) and i.dim() == 0))]:
            raise Off(f"the lists should hold positions, whole numbers; one of yours holds {kind(odd[0])}: {odd[0]}.")
    train, test = ([int(i) for i in part] for part in got)
    report.expect(
        not set(train) & set(test),
        "none in both",
        f"{len(set(train) & set(test))} positions are in both lists: the test would hold what training has seen.",
    )
    report.expect(
        sorted(train + test) == list(range(35)),
        "each position once",
        "together the two lists should hold each position once.",
    )
    counts = {c: sum(labels[i].item() == c for i in test) for c in (0, 1, 7)}
    if sum(counts.values()) == 28:
        raise Off("the lists are the wrong way round: train comes first, and share is that of the test.")
    report.expect(
        counts == {0: 4, 1: 2, 7: 1},
        "a fair share of each class",
        f"with share=0.2 the test should hold 4 of the 20, 2 of the 10 and 1 of the 5; it holds "
        f"{', '.join(map(str, counts.values()))}.",
    )
    again = answer(labels, 0.2)
    report.expect(
        sorted(again[1]) != sorted(test),
        "another draw, another split",
        "two calls in a row give the same test set: nothing is drawn at random.",
    )
    torch.manual_seed(2)
    one = answer(labels, 0.2)
    torch.manual_seed(2)
    report.expect(
        one == answer(labels, 0.2), "the seed fixes it", "the same seed gives another split: use torch.randperm."
    )


@exercise(
    "11-resume",
    "Which lines matter?",
    "resume",
    hints=(
        "Four things were saved. Which of them does wrong_resume leave out?",
        "The optimizer has load_state_dict, the random stream torch.set_rng_state. The saved epoch is done.",
        "return state['epoch'] + ...",
    ),
)
def resume(report: Report, answer: Any) -> None:
    torch = report.torch
    model = torch.nn.Linear(3, 2)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    model(torch.ones(1, 3)).sum().backward()
    optimizer.step()
    epoch = int(report.rng.integers(3, 9))
    torch.manual_seed(11)
    torch.rand(5)
    state = torch.get_rng_state()
    handle, path = tempfile.mkstemp(suffix=".pt")
    os.close(handle)
    try:
        torch.save(
            {"model": model.state_dict(), "optimizer": optimizer.state_dict(), "epoch": epoch, "random": state}, path
        )
        torch.rand(3)
        other = torch.nn.Linear(3, 2)
        fresh = torch.optim.SGD(other.parameters(), lr=0.7, momentum=0.9)
        got = report.call(answer, path, other, fresh)
    finally:
        os.remove(path)
    report.expect(
        all(alike(p.detach(), q.detach()) for p, q in zip(model.parameters(), other.parameters(), strict=True)),
        "the weights are back",
        "the model has other weights than those in the file.",
    )
    velocity = [fresh.state.get(p, {}).get("momentum_buffer") for p in other.parameters()]
    report.expect(
        all(v is not None for v in velocity) and fresh.param_groups[0]["lr"] == 0.1,
        "so is the optimizer",
        "the optimizer begins anew: its velocities and its rate are in the file as well.",
    )
    report.expect(
        bool((torch.get_rng_state() == state).all()),
        "and the random stream",
        "the random stream goes on where it was before loading: the loader will deal another order.",
    )
    if got == epoch:
        raise Off(f"epoch {epoch} is done already: the number to begin with is the one after it.")
    report.same(got, epoch + 1, "the epoch to begin with")
