"""Fragments as courses and tutorials hold them: from one seed both libraries give the same, or the same error."""

import warnings

import pytest

import tensorbook
from tensorbook.autograd import gradgradcheck
from tests.agreement import agree

PROGRAMS = {}


def program(run):
    """Register a function of the library that gives what it found."""
    PROGRAMS[run.__name__] = run
    return run


def error_of(call):
    """The type and the first line of what a call raises."""
    try:
        call()
    except Exception as error:
        return type(error).__name__, str(error).splitlines()[0]
    return "no error"


@program
def gradient_penalty(torch):
    torch.manual_seed(0)
    critic = torch.nn.Sequential(torch.nn.Linear(2, 8), torch.nn.ReLU(), torch.nn.Linear(8, 1))
    x = torch.randn(5, 2, requires_grad=True)
    judged = critic(x)
    (slope,) = torch.autograd.grad(
        judged, x, torch.ones_like(judged), create_graph=True, retain_graph=True, only_inputs=True
    )
    ((slope.norm(2, dim=1) - 1) ** 2).mean().backward()
    return slope, critic[0].weight.grad


@program
def a_layer_of_another_dtype(torch):
    layer, images = torch.nn.Linear(3, 2), torch.ones(2, 4, 3)
    return [error_of(call) for call in (
        lambda: layer(torch.ones(4, 3).double()), lambda: layer(images.double()), lambda: layer(torch.ones(3).long()),
        lambda: layer([1, 2, 3]), lambda: torch.nn.functional.linear(images, 3),
        lambda: torch.addmm(torch.ones(2), torch.ones(4, 3).double(), torch.ones(3, 2).double()),
        lambda: torch.addmm(torch.ones(2).double(), torch.ones(4, 3).double(), torch.ones(3, 2)),
    )]  # fmt: skip


@program
def softmax_without_a_dimension(torch):
    x = torch.arange(6.0).view(2, 3)
    found = [error_of(lambda: torch.softmax(x)), error_of(lambda: x.softmax())]
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        found += [torch.nn.functional.softmax(x), torch.nn.functional.log_softmax(x[0], None, 3, torch.float64)]
    return found, [str(w.message) for w in heard]


@program
def first_values_under_their_former_names(torch):
    init = torch.nn.init
    torch.manual_seed(0)
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        made = [
            init.uniform(torch.empty(2, 3), 0, 2), init.normal(torch.empty(2)), init.constant(torch.empty(2), 0.3),
            init.xavier_uniform(torch.empty(2, 3), gain=2), init.xavier_normal(torch.empty(2, 3)),
            init.kaiming_uniform(torch.empty(2, 3), mode="fan_out"), init.kaiming_normal(torch.empty(2, 3)),
            init.orthogonal(torch.empty(3, 3)), init.sparse(torch.empty(4, 2), 0.5), init.dirac(torch.empty(2, 2, 3)),
        ]  # fmt: skip
    return made, [str(w.message) for w in heard], init._calculate_fan_in_and_fan_out(torch.empty(4, 3, 2))


@program
def writing_to_a_view_that_was_made_without_recording(torch):
    x = torch.ones(3, requires_grad=True)
    plain = torch.ones(3)
    with torch.no_grad():
        part, later, unrecorded = x[:2], (x * 2)[1:], plain[:2]
    found = [error_of(call)[0] for call in (lambda: part.add_(1), lambda: part.exp_(), lambda: later.zero_())]
    unrecorded.add_(1)
    with torch.no_grad():
        x[:2].add_(1)
        x[2] = 5
    x.data[:1].mul_(3)
    return found, plain, x


@program
def any_name_in_ctx(torch):
    """What a Function notes in ctx is its own, even under a name that the engine uses for nodes."""

    class Total(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, dim):
            ctx.shape, ctx.dim, ctx.edges, ctx.hooks, ctx.sequence = x.shape, dim, [1], "hooks", -5
            ctx.function, ctx.tensors, ctx.output_count, ctx.straight = "f", x, 7, None
            ctx.save_for_backward(x)
            return x.sum(dim)

        @staticmethod
        def backward(ctx, grad):
            (x,) = ctx.saved_tensors
            found.append(
                (tuple(ctx.shape), ctx.dim, ctx.edges, ctx.hooks, ctx.sequence, ctx.function, ctx.tensors is x)
            )
            return grad.unsqueeze(ctx.dim).expand(ctx.shape) * x, None

    found = []
    x = torch.arange(6.0).view(2, 3).requires_grad_()
    y = Total.apply(x, 1)
    y.pow(2).sum().backward()
    node = Total.apply(x, 0).grad_fn
    return found, x.grad, node.needs_input_grad, node.dim


@program
def checkpoints(torch):
    from importlib import import_module

    tool = import_module(torch.__name__ + ".utils.checkpoint")
    checkpoint, Sequential, Linear = tool.checkpoint, torch.nn.Sequential, torch.nn.Linear
    torch.manual_seed(0)
    model = Sequential(Linear(3, 4), torch.nn.Tanh(), torch.nn.Dropout(0.5), Linear(4, 2))
    runs = []

    def part(t):
        runs.append(1)
        return model(t)

    found = []
    for reentrant in (False, True):
        x = torch.ones(5, 3, requires_grad=True)
        model.zero_grad()
        y = checkpoint(part, x, use_reentrant=reentrant)
        after = torch.rand(1)
        y.pow(2).sum().backward()
        found += [y, after, x.grad, model[0].weight.grad, len(runs), torch.rand(1)]
    x = torch.ones(5, 3, requires_grad=True)
    tool.checkpoint_sequential(model, 2, x, use_reentrant=False).sum().backward()
    x2 = torch.tensor([0.3, 0.5], requires_grad=True)
    (slope,) = torch.autograd.grad(
        checkpoint(lambda t: (t.sin() * t).exp(), x2, use_reentrant=False).sum(), x2, create_graph=True
    )
    slope.sum().backward()
    again = checkpoint(lambda t: t.sin().exp() * t, x2, use_reentrant=False).sum()
    again.backward(retain_graph=True)
    again.backward()
    times = []

    def fickle(t):
        times.append(1)
        return t.sin() if len(times) % 2 else t[:1].sin()

    whole = checkpoint(torch.sin, x2, use_reentrant=True).sum()
    return found, x.grad, slope, x2.grad, [error_of(call) for call in (
        lambda: checkpoint(fickle, x2, use_reentrant=False).sum().backward(),
        lambda: torch.autograd.grad(whole, x2), lambda: again.backward(),
        lambda: checkpoint(torch.sin, x2, use_reentrant=True, extra=1),
    )]  # fmt: skip


@program
def mixed_precision_that_is_off(torch):
    from importlib import import_module

    amp = import_module(torch.__name__ + ".amp")
    torch.manual_seed(0)
    model = torch.nn.Linear(4, 2)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    losses = []
    for scaler in (amp.GradScaler("cpu", enabled=False), amp.GradScaler("cpu", init_scale=8.0, growth_interval=2)):
        for i in range(5):
            x = torch.randn(8, 4)
            with torch.autocast("cpu", enabled=False):
                loss = (model(x) - x[:, :2]).pow(2).mean()
            scaler.scale(loss).backward()
            if i % 2:
                if i == 3 and scaler.is_enabled():
                    model.weight.grad[0, 0] = float("inf")
                scaler.unscale_(optimizer)
                torch.nn.utils.clip_grad_value_(model.parameters(), 0.5)
            scaler.step(optimizer)
            scaler.update()
            optimizer.zero_grad()
            losses.append(loss.item())
        losses += [scaler.get_scale(), scaler.is_enabled(), scaler.state_dict()]

    @torch.autocast("cpu", enabled=False)
    def double(x):
        return x * 2

    model(torch.ones(1, 4)).sum().backward()
    scaler.unscale_(optimizer)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        gpu = torch.autocast("cuda", dtype=torch.float16), amp.GradScaler("cuda")
    with gpu[0]:
        single = (torch.ones(2, 2) @ torch.ones(2, 2)).dtype == torch.float32
    return losses, double(torch.ones(1)), single, gpu[1].is_enabled(), model.weight, [error_of(call) for call in (
        lambda: scaler.unscale_(optimizer), lambda: scaler.step(optimizer, closure=1),
    )]  # fmt: skip


@program
def memory_formats(torch):
    x = torch.arange(24.0).view(1, 2, 3, 4).requires_grad_()
    last, other = torch.channels_last, x.transpose(2, 3)
    made = [
        x.contiguous(memory_format=last), x.to(memory_format=last), x.clone(memory_format=last),
        x.contiguous(memory_format=last).clone(memory_format=torch.contiguous_format), x.to(torch.float64, copy=True),
        torch.zeros_like(x, memory_format=last), torch.ones_like(other, memory_format=torch.preserve_format),
        torch.full_like(other, 2.0, memory_format=torch.contiguous_format), torch.randn_like(x, memory_format=last),
    ]  # fmt: skip
    (made[0] * torch.arange(24.0).view(1, 2, 3, 4)).sum().backward()
    conv = torch.nn.Conv2d(2, 3, 2).to(memory_format=last)
    return made[:8], [y.stride() for y in made], [y.grad_fn.name() for y in made[:4]], x.grad, conv.weight.stride(), [
        x.is_contiguous(memory_format=last), made[0].is_contiguous(memory_format=last), repr(torch.preserve_format),
        torch.empty(1, 2, 3, 4, memory_format=last).stride(), error_of(lambda: x[0].contiguous(memory_format=last)),
        error_of(lambda: x.clone(memory_format=3)),
    ]  # fmt: skip


@program
def small_things(torch):
    torch.manual_seed(0)
    w = torch.normal(0, 0.01, size=(2, 1), requires_grad=True)
    same = torch.ones(3, requires_grad=True)
    (same.std() + same.std(0, correction=0)).backward()
    return w, torch.normal(torch.zeros(2), 1.0, generator=torch.Generator().manual_seed(1)), same.grad


@program
def bags(torch):
    F, told = torch.nn.functional, []
    index, starts = torch.tensor([1, 2, 3, 0, 1, 1, 2]), torch.tensor([0, 3, 3, 5])
    given = torch.arange(7.0).requires_grad_()
    for options in (
        {}, {"mode": "sum"}, {"mode": "max"}, {"padding_idx": 1}, {"mode": "max", "padding_idx": -3},
        {"include_last_offset": True}, {"mode": "sum", "per_sample_weights": given},
        {"mode": "sum", "per_sample_weights": given, "padding_idx": 2},
    ):  # fmt: skip
        table = (torch.arange(12.0).view(4, 3) ** 1.3 % 5).requires_grad_()
        where = torch.tensor([0, 3, 7]) if "include_last_offset" in options else starts
        out = F.embedding_bag(index, table, where, **options)
        wanted = [table, given] if "per_sample_weights" in options else [table]
        told += [out, out.grad_fn.name(), torch.autograd.grad((0.1 * out).sin().sum(), wanted)]
    torch.manual_seed(0)
    layer = torch.nn.EmbeddingBag(10, 3, mode="sum", padding_idx=2)
    told += [
        repr(layer),
        layer(index.view(1, 7)),
        repr(torch.nn.EmbeddingBag.from_pretrained(table.detach())),
        layer.weight,
    ]
    told += [F.embedding_bag(index.int(), table.detach().clone(), starts, max_norm=1.5)]
    return told, [error_of(call) for call in (
        lambda: F.embedding_bag(index, table), lambda: F.embedding_bag(index.view(1, 7, 1), table),
        lambda: F.embedding_bag(index, table, starts + 1), lambda: F.embedding_bag(index, table, starts * 3),
        lambda: F.embedding_bag(index, table, starts, mode="no"), lambda: F.embedding_bag(index + 2, table, starts),
        lambda: F.embedding_bag(index, table, starts, per_sample_weights=given),
        lambda: F.embedding_bag(index.float(), table, starts),
    )]  # fmt: skip


@program
def the_older_backward_hook(torch):
    nn, seen = torch.nn, []
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(2, 3), nn.Tanh())

    def copied(grads):
        return [None if g is None else g.clone() for g in grads]

    model[0].register_backward_hook(lambda module, before, after: seen.append((copied(before), copied(after))))
    handle = model[1].register_backward_hook(lambda module, before, after: (2 * before[0],))
    x = torch.ones(1, 2, requires_grad=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # PyTorch warns of what the hook misses
        model(x).sum().backward()
        handle.remove()
        model(x).sum().backward()
    full = nn.Linear(1, 1)
    full.register_full_backward_hook(lambda *_: None)
    return (
        seen,
        x.grad,
        error_of(lambda: model[0].register_full_backward_hook(print)),
        error_of(lambda: full.register_backward_hook(print)),
    )


@program
def what_is_no_tensor(torch):
    F, nn, x = torch.nn.functional, torch.nn, torch.ones(1, 2)
    explains = [error_of(call)[0] for call in (
        lambda: F.cross_entropy(torch.ones(1, 2), 3), lambda: nn.Conv2d(1, 1, 1)(None), lambda: nn.Embedding(3, 2)(1),
    )]  # fmt: skip
    return explains, [error_of(call) for call in (
        lambda: nn.ReLU()(3), lambda: F.relu([1]), lambda: F.dropout(input=3), lambda: F.gelu("a"),
        lambda: F.max_pool2d([1], 2), lambda: F.layer_norm([1], (1,)), lambda: F.avg_pool2d({}, 2),
        lambda: F.cosine_similarity(3, x), lambda: nn.Linear(2, 1)([1, 2]), lambda: F.pad([1], (1, 1)),
    )]  # fmt: skip


@program
def a_convolution_of_ones_own(torch):
    class Standardised(torch.nn.Conv2d):
        def forward(self, x):
            w = self.weight
            return self._conv_forward(x, (w - w.mean((1, 2, 3), keepdim=True)) / w.std((1, 2, 3), keepdim=True), None)

    torch.manual_seed(0)
    layer = Standardised(2, 3, (3, 5), padding=(1, 2), padding_mode="reflect")
    single, kernel = torch.ones(1, 2, 5, 5).double(), torch.ones(3, 2, 3, 3)
    return layer(torch.randn(1, 2, 6, 6)), layer._reversed_padding_repeated_twice, [error_of(call) for call in (
        lambda: layer(single), lambda: torch.nn.Conv2d(2, 3, 3)(single), lambda: torch.conv2d(single, kernel),
        lambda: torch.nn.Conv2d(2, 3, 3)(single.long()),
    )]  # fmt: skip


@program
def variables(torch):
    from importlib import import_module

    Variable = import_module(torch.__name__ + ".autograd").Variable
    plain = torch.ones(2)
    x, made = Variable(plain, requires_grad=True), Variable(plain)
    (x * 3).sum().backward()
    plain.add_(1)
    return x, x.grad, made, type(made) is torch.Tensor, isinstance(plain, Variable), isinstance(3, Variable), [
        Variable(x * 2).grad_fn, Variable(), made._version, Variable(torch.nn.Parameter(plain)).requires_grad,
        error_of(lambda: Variable([1])), error_of(lambda: Variable(torch.arange(2), True)),
    ]  # fmt: skip


def test_a_traced_module_says_that_it_cannot_be_saved():
    layer = tensorbook.nn.Linear(2, 2)
    traced = tensorbook.jit.trace(layer, tensorbook.ones(1, 2))
    assert isinstance(traced, tensorbook.jit.ScriptModule) and traced.weight is layer.weight
    assert repr(traced) == "Linear(original_name=Linear)"
    for save in (traced.save, lambda path: tensorbook.jit.save(traced, path)):
        with pytest.raises(NotImplementedError, match="save its state_dict"):
            save("model.pt")


@program
def the_older_spectral_norm(torch):
    nn, told = torch.nn, []
    torch.manual_seed(0)
    for layer in (nn.Linear(4, 3), nn.Conv2d(2, 3, 3), nn.ConvTranspose2d(2, 3, 3)):
        x = torch.randn(2, 4) if isinstance(layer, nn.Linear) else torch.randn(1, 2, 5, 5)
        nn.utils.spectral_norm(layer, n_power_iterations=2)
        optimizer = torch.optim.SGD(layer.parameters(), 0.1)
        for _ in range(3):
            optimizer.zero_grad()
            layer(x).pow(2).mean().backward()
            optimizer.step()
        told += [
            repr(layer),
            list(layer.state_dict()),
            layer.weight_orig,
            layer.weight_u,
            layer.weight_v,
            layer.eval()(x),
        ]
        told.append(error_of(lambda layer=layer: nn.utils.spectral_norm(layer)))
        told += [nn.utils.remove_spectral_norm(layer).weight, list(layer.state_dict())]
    return told, error_of(lambda: nn.utils.spectral_norm(nn.Linear(1, 1), n_power_iterations=0))


@program
def data_parallel_without_gpus(torch):
    torch.manual_seed(0)
    model = torch.nn.DataParallel(torch.nn.Linear(3, 2))
    model(torch.ones(2, 3)).sum().backward()
    return (
        repr(model),
        dict(model.state_dict()),
        model.module.weight.grad,
        list(torch.nn.Module.state_dict(model.module)),
    )


@program
def loading_for_a_gpu_that_is_not_there(torch):
    import io

    file = io.BytesIO()
    torch.save({"a": torch.ones(2)}, file)
    told = []
    for place in ("cuda", "cuda:0", torch.device("cuda"), {"cpu": "cuda"}, "cpu"):
        file.seek(0)
        told.append(error_of(lambda place=place: torch.load(file, map_location=place)))
    return told if not torch.cuda.is_available() else None


@program
def padding_masks_that_do_not_fit(torch):
    attend, x = torch.nn.MultiheadAttention(8, 2, batch_first=True, add_bias_kv=True), torch.ones(2, 4, 8)

    def masked(x, shape):
        return error_of(lambda: attend(x, x, x, key_padding_mask=torch.ones(shape).bool()))

    return masked(x, (3, 3)), masked(x, (2, 3)), masked(x, (2,)), masked(x[0], (3,)), masked(x[0], (2, 4))


@program
def sequences_of_any_timing(torch):
    F, told = torch.nn.functional, []
    torch.manual_seed(0)
    x = torch.randn(12, 3, 6).log_softmax(2).detach().requires_grad_()
    labels, steps, sizes = torch.randint(1, 6, (3, 5)), torch.tensor([12, 9, 4]), torch.tensor([5, 3, 2])
    labels[1, 1] = labels[1, 0]  # twice the same wants a blank between
    for options in (
        {}, {"reduction": "sum"}, {"reduction": "none"}, {"blank": 5, "reduction": "sum"}, {"zero_infinity": True},
    ):  # fmt: skip
        given = labels - 1 if "blank" in options else labels
        cost = F.ctc_loss(x, given, steps, sizes, **options)
        (weights,) = [torch.arange(1.0, 4) if cost.dim() else torch.tensor(2.0)]
        told += [cost, cost.grad_fn.name(), torch.autograd.grad((cost * weights).sum(), x)]
    row = torch.cat([own[:size] for own, size in zip(labels, sizes, strict=True)])
    told += [F.ctc_loss(x, row, (12, 9, 4), (5, 3, 2)), F.ctc_loss(x[:, 0], labels[0], [12], [5], reduction="none")]
    short = torch.tensor([12, 2, 4])
    told += [
        F.ctc_loss(x, labels, short, sizes, reduction="none"),
        torch.nn.CTCLoss(zero_infinity=True)(x, labels, short, sizes),
    ]
    told += [torch.autograd.grad(F.ctc_loss(x, labels, short, sizes, reduction="sum", zero_infinity=True), x)]
    told += [repr(torch.nn.CTCLoss()), F.ctc_loss(x.double(), labels, steps, torch.tensor([0, 3, 2]), reduction="none")]
    return told, [error_of(call)[0] for call in (
        lambda: F.ctc_loss(x, labels, steps + 1, sizes), lambda: F.ctc_loss(x, labels, steps[:2], sizes),
        lambda: F.ctc_loss(x, labels, steps, sizes, blank=9),
    )]  # fmt: skip


def waiting(nn):
    return nn.Sequential(
        nn.LazyConv1d(4, 3, padding=1), nn.LazyBatchNorm1d(), nn.Flatten(), nn.LazyLinear(8, bias=False), nn.ReLU(),
        nn.LazyLinear(2),
    )  # fmt: skip


@program
def lazy_layers(torch):
    nn, told = torch.nn, []
    torch.manual_seed(0)
    model = waiting(nn)
    told += [repr(model), repr(list(model.parameters())), list(model.state_dict()), model[3].weight.requires_grad]
    told += [error_of(lambda: model[3].weight.shape), error_of(lambda: model[3].weight.sum())[0]]
    optimizer = torch.optim.SGD(model.double().parameters(), 0.1, momentum=0.9)
    x = torch.randn(2, 3, 5, dtype=torch.float64)
    for _ in range(3):
        optimizer.zero_grad()
        y = model(x)
        y.pow(2).sum().backward()
        optimizer.step()
    told += [repr(model), y, dict(model.state_dict()), type(model[3].weight).__name__]
    other = waiting(nn).double()
    told += [
        repr(other.load_state_dict(model.state_dict())),
        other.eval()(x),
        torch.nn.parameter.is_lazy(other[0].bias),
    ]
    image = torch.randn(1, 3, 4, 4)
    for layer in (
        nn.LazyConvTranspose2d(3, 2, stride=2), nn.LazyInstanceNorm2d(), nn.LazyBatchNorm2d(momentum=None, bias=False),
        nn.LazyConv2d(6, 2, groups=3, bias=False),
    ):  # fmt: skip
        told += [repr(layer), layer(image), repr(layer)]
    return told, error_of(lambda: nn.LazyConv2d(3, 2)(torch.ones(2, 3)))


def test_second_derivatives_of_bags():
    """PyTorch has none."""
    index, starts = tensorbook.tensor([1, 2, 3, 0, 1, 1, 2]), tensorbook.tensor([0, 3, 3, 5])
    table = tensorbook.rand(4, 3, dtype=tensorbook.float64, requires_grad=True)
    given = tensorbook.rand(7, dtype=tensorbook.float64, requires_grad=True)
    bag = tensorbook.nn.functional.embedding_bag
    for mode in ("sum", "mean", "max"):
        gradgradcheck(lambda t, mode=mode: bag(index, t, starts, mode=mode).sin(), table)
    gradgradcheck(lambda t, g: bag(index, t, starts, mode="sum", per_sample_weights=g), (table, given))
    rows = tensorbook.nn.functional.embedding(index.view(1, 7), table, scale_grad_by_freq=True)
    by_hand = tensorbook.autograd.grad(rows.sum(1).sin().sum(), table)
    found = bag(index.view(1, 7), table, mode="sum", scale_grad_by_freq=True)  # PyTorch divides by other counts
    assert tensorbook.allclose(tensorbook.autograd.grad(found.sin().sum(), table)[0], by_hand[0])


@pytest.mark.parametrize("name", PROGRAMS)
def test_program(name):
    agree(PROGRAMS[name])
