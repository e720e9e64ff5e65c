"""The exercises of notebook 10: modules and optimizers."""

import itertools
import math
from typing import Any

from tensorbook.workbook.exercise import exercise
from tensorbook.workbook.report import Off, Report, alike, is_tensor, kind, names_in


@exercise(
    "10-count",
    "How many?",
    "count",
    hints=(
        "Section 2 counts all parameters in one line. Which of them should be left out?",
        "numel() says how many numbers a parameter holds, requires_grad whether training may change them.",
        "sum(p.numel() for p in model.parameters() if ...)",
    ),
)
def count(report: Report, answer: Any) -> None:
    nn = report.torch.nn
    a, b, c = report.sizes(3)
    model = nn.Sequential(nn.Linear(a, b), nn.Sequential(nn.Linear(b, c), nn.ReLU()), nn.Linear(c, 1, bias=False))
    everything = sum(p.numel() for p in model.parameters())
    report.same(
        report.call(answer, model),
        everything,
        "count(model)",
        mistakes=[
            (len(list(model.parameters())), "this is how many parameters there are; count the numbers in them."),
            (everything - b - c, "the biases are missing."),
        ],
        right="all of them",
    )
    for p in model[0].parameters():
        p.requires_grad_(False)
    report.same(
        report.call(answer, model),
        everything - a * b - b,
        "count(model) with a frozen layer",
        mistakes=[(everything, "the first layer is frozen, requires_grad is False: its numbers do not count.")],
        right="frozen layers left out",
    )


@exercise(
    "10-mlp",
    "From a list of sizes",
    "mlp",
    hints=(
        "Pair each size with the next one: zip(sizes, sizes[1:]).",
        "Collect layers in a list: a Linear, then a ReLU. Drop the last ReLU, and unpack with a star.",
        "return nn.Sequential(*layers[...])",
    ),
)
def mlp(report: Report, answer: Any) -> None:
    nn = report.torch.nn
    for sizes in (list(report.sizes(4)), list(report.sizes(2)), list(report.sizes(3))):
        got = report.call(answer, sizes)
        if not isinstance(got, nn.Sequential):
            raise Off(f"mlp(sizes) should be an nn.Sequential; it is {kind(got)}.")
        kinds = [type(layer).__name__ for layer in got]
        wanted = (["Linear", "ReLU"] * (len(sizes) - 1))[:-1]
        if kinds == [*wanted, "ReLU"]:
            raise Off(f"for {sizes}: there is a ReLU after the last layer; it would never answer below zero.")
        if kinds == ["Linear"] * (len(sizes) - 1) and len(sizes) > 2:
            raise Off(f"for {sizes}: nothing bends between the layers, so all of them together are one.")
        report.expect(
            kinds == wanted,
            "Linear and ReLU in turn",
            f"for {sizes}: the layers should be {', '.join(wanted)}; yours are {', '.join(kinds) or 'none'}.",
        )
        shapes = [(layer.in_features, layer.out_features) for layer in got if isinstance(layer, nn.Linear)]
        report.expect(
            shapes == list(itertools.pairwise(sizes)),
            "each from a size to the next",
            f"for {sizes}: the layers go {', '.join(f'{i} → {o}' for i, o in shapes)}.",
        )


@exercise(
    "10-residual",
    "Around and through",
    "Residual",
    hints=(
        "Two methods, as in TwoLayerNet: __init__ makes the layer, forward uses it.",
        "__init__ begins with the call that section 3 says one forgets; the layer has as many outputs as inputs.",
        "return x + torch.relu(...)",
    ),
)
def residual(report: Report, answer: Any) -> None:
    torch = report.torch
    model = _module(report, answer, "Residual", 4)
    report.expect(
        {n: tuple(p.shape) for n, p in model.named_parameters()} == {"inner.weight": (4, 4), "inner.bias": (4,)},
        "one Linear(4, 4) called inner",
        f"Residual(4) should have the parameters inner.weight and inner.bias; it has "
        f"{', '.join(n for n, _ in model.named_parameters()) or 'none'}.",
    )
    x = report.numbers(3, 4)
    through = model.inner(x).detach()
    report.same(
        _plain(report.call(model, x, name="the model")),
        x + torch.relu(through),
        "its output",
        mistakes=[
            (torch.relu(through), "the input itself is lost: add it."),
            (torch.relu(x + through), "the relu belongs around the inner layer alone; here it cuts off x as well."),
            (x + through, "the relu is missing."),
            (x * torch.relu(through), "added, not multiplied."),
        ],
    )


@exercise(
    "10-remembering",
    "Find the bug: the model that never learns",
    "Remembering",
    hints=(
        "Where do modules look for their layers? A Python list is not such a place.",
        "nn.ModuleList takes a list of layers and registers each. Then loop over all but the last with a relu.",
        "for layer in self.layers[:-1]: x = torch.relu(layer(x)); return ...",
    ),
)
def remembering(report: Report, answer: Any) -> None:
    torch = report.torch
    model = _module(report, answer, "Remembering")
    shapes = sorted(tuple(p.shape) for _, p in model.named_parameters())
    report.expect(
        shapes == sorted([(4, 4), (4,), (1, 4), (1,)]),
        "all four parameters are found",
        f"parameters() should find two weights and two biases, (4, 4), (4,), (1, 4) and (1,); it finds "
        f"{', '.join(map(str, shapes)) or 'none'}.",
    )
    with torch.no_grad():
        for p in model.parameters():
            p.copy_(report.numbers(*p.shape))
    first = next(p for p in model.parameters() if tuple(p.shape) == (4, 4))
    last = next(p for p in model.parameters() if tuple(p.shape) == (1, 4))
    bias, end = (next(p for p in model.parameters() if tuple(p.shape) == s) for s in ((4,), (1,)))
    with torch.no_grad():
        last[:] = -1.0  # so that what comes out is below zero for some
    x = report.numbers(6, 4)
    hidden = torch.relu(x @ first.T + bias)
    out = (hidden @ last.T + end).detach()
    report.same(
        _plain(report.call(model, x, name="the model")),
        out,
        "its output",
        mistakes=[
            (torch.relu(out), "a relu follows the last layer still: it should not."),
            (((x @ first.T + bias) @ last.T + end).detach(), "the relu between the layers is missing."),
        ],
    )


@exercise(
    "10-cross-entropy",
    "Cross-entropy by hand",
    "cross_entropy",
    hints=(
        "Section 4 has it for small logits. What becomes of exp(1000)?",
        "Taking the row's largest logit away from all of them changes no share. log(share) is logit - log(sum(exp)).",
        "z = logits - logits.max(dim=1, keepdim=True).values; log_share = z - torch.log(...)",
    ),
)
def cross_entropy(report: Report, answer: Any) -> None:
    torch = report.torch
    logits = report.numbers(5, 4, low=-3, high=3) / 2
    labels = torch.tensor(report.rng.integers(0, 4, 5).tolist())
    each = torch.nn.functional.cross_entropy(logits, labels, reduction="none")
    report.same(
        _plain(report.call(answer, logits, labels)),
        each.mean(),
        "cross_entropy(logits, labels)",
        mistakes=[
            (each.sum(), "this is the sum over the examples; their mean is asked for."),
            (each, "one number for each example; their mean is asked for."),
            (
                -torch.log(torch.softmax(logits.reshape(-1), 0).reshape(5, 4)[torch.arange(5), labels]).mean(),
                "the shares of the whole table add up to 1; those of each row should.",
            ),
            (-each.mean(), "the sign is the wrong way round: a loss is large where the share is small."),
            (-logits[torch.arange(5), labels].mean(), "these are the logits of the labels; make shares of them first."),
            (
                -torch.softmax(logits, 1)[torch.arange(5), labels].mean(),
                "these are the shares; their logarithm is missing.",
            ),
        ],
    )
    large = torch.tensor([[1000.0, 999.0], [-1000.0, 1000.0]])
    right = torch.nn.functional.cross_entropy(large, torch.tensor([0, 0]))
    got = _plain(report.call(answer, large, torch.tensor([0, 0])))
    report.expect(
        is_tensor(got) and alike(got, right),
        "large logits",
        f"for logits such as 1000 it gives {got.item() if is_tensor(got) else got}: in float32 exp(1000) is infinite, "
        "and exp(-1000) is 0, which has no logarithm.",
    )
    x = logits.clone().requires_grad_()
    report.call(answer, x, labels).backward()
    true = (torch.softmax(logits, 1) - torch.nn.functional.one_hot(labels, 4)) / 5
    report.expect(
        x.grad is not None and alike(x.grad, true),
        "gradients reach the logits",
        "the value is right, but the gradient of the logits is not: is something detached?",
    )
    report.expect(
        not names_in(answer) & {"cross_entropy", "CrossEntropyLoss", "nll_loss", "NLLLoss"},
        "by hand",
        "the numbers are right, and they are the library's own cross-entropy's: write it yourself.",
    )


@exercise(
    "10-momentum",
    "An optimizer",
    "Momentum",
    hints=(
        "Three methods. What has to be remembered from step to step, and for how many tensors?",
        "A list of velocities, one for each parameter, zeros to begin with. In step: v = momentum * v + gradient.",
        "with torch.no_grad(): for p, v in zip(self.parameters, self.velocities): if p.grad is not None: "
        "v.mul_(...).add_(p.grad); p -= ...",
    ),
)
def momentum(report: Report, answer: Any) -> None:
    torch = report.torch
    if not isinstance(answer, type):
        raise Off(f"Momentum should be a class; it is {kind(answer).partition(' (')[0]}.")
    start = [report.numbers(3), report.numbers(2, 2)]
    weights = [report.numbers(3, low=1, high=4), report.numbers(2, 2, low=1, high=4)]

    def run(make: Any, steps: int) -> list:
        parameters = [p.clone().requires_grad_() for p in start]
        idle = torch.ones(2, requires_grad=True)  # takes no part, so it never gets a gradient
        optimizer = make([*parameters, idle])
        for _ in range(steps):
            optimizer.zero_grad()
            sum((w * p * p).sum() for w, p in zip(weights, parameters, strict=True)).backward()
            optimizer.step()
        return [p.detach() for p in parameters]

    def mine(parameters: list) -> Any:
        # as model.parameters() does it: an iterator, to be gone through once
        return report.call(answer, iter(parameters), 0.05, 0.9, name="Momentum")

    for steps, what in ((1, "the first step"), (5, "five steps")):
        expected = run(lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.9), steps)
        plain = run(lambda p: torch.optim.SGD(p, lr=0.05), steps)
        damped = run(lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.9, dampening=0.9), steps)
        try:
            got = report.call(lambda steps=steps: run(mine, steps), name="a training loop with Momentum")
        except Off as off:
            if "NoneType" in str(off):
                raise Off(
                    "the .grad of a parameter that took no part in the loss is None; step() and zero_grad() should "
                    "pass it by."
                ) from None
            raise Off(
                str(off).replace("a training loop with Momentum() raised", "in a training loop it raised")
            ) from None
        report.same(
            got,
            expected,
            f"after {what}: the parameters",
            mistakes=[
                (start, "nothing has moved. An iterator can be gone through only once: keep list(parameters)."),
                (plain, "this is plain SGD: the velocity is not kept from step to step."),
                (damped, "the gradient was multiplied by 1 - momentum; here it is added whole."),
            ],
            right=what,
        )


@exercise(
    "10-schedule",
    "Warm up, then fade",
    "factor",
    hints=(
        "Two cases. Up to step 9 a straight line through 0.1 and 1.0; after that the cosine.",
        "The line is (step + 1) / 10. For the cosine, t runs from 0 at step 9 to 1 at step 100.",
        "t = (step - 9) / ...; return 0.5 * (1 + math.cos(math.pi * t))",
    ),
)
def schedule(report: Report, answer: Any) -> None:
    def true(step: int) -> float:
        return (step + 1) / 10 if step < 9 else 0.5 * (1 + math.cos(math.pi * (step - 9) / 91))

    middle = int(report.rng.integers(20, 90))
    for step in (0, 4, 9, middle, 100):
        got = report.call(answer, step)
        if is_tensor(got):
            raise Off(f"factor({step}) should be a Python number; it is a tensor. math.cos gives one.")
        report.same(
            float(got) if isinstance(got, (int, float)) else got,
            true(step),
            f"factor({step})",
            mistakes=[
                (step / 9, "at step 0 the factor should be 0.1, not 0: the first step would do nothing."),
                (step / 10, "at step 0 the factor should be 0.1, not 0: the first step would do nothing."),
                (
                    0.5 * (1 + math.cos(math.pi * step / 100)),
                    "the cosine's t should run from 0 at step 9 to 1 at step 100.",
                ),
                (0.5 * (1 + math.cos((step - 9) / 91)), "half a turn of the cosine is π: cos(π t)."),
                (1 - true(step), "it rises where it should fall."),
            ],
            right=f"factor({step})",
        )
    torch = report.torch
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=2.0)
    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, answer)
    report.expect(
        math.isclose(scheduler.get_last_lr()[0], 0.2, rel_tol=1e-6), "LambdaLR takes it", "LambdaLR does not take it."
    )


def _module(report: Report, answer: Any, name: str, *sizes: int) -> Any:
    """An instance of a learner's module."""
    if not isinstance(answer, type):
        raise Off(f"{name} should be a class, a subclass of nn.Module; it is {kind(answer).partition(' (')[0]}.")
    report.expect(
        issubclass(answer, report.torch.nn.Module),
        f"{name} is a Module",
        f"{name} should be a subclass of nn.Module: class {name}(nn.Module).",
    )
    model = report.call(answer, *sizes, name=name)
    if model.__class__.forward is report.torch.nn.Module.forward:
        raise Off(f"{name} has no forward yet.")
    return model


def _plain(value: Any) -> Any:
    return value.detach() if is_tensor(value) else value
