"""Fragments as courses and tutorials hold them: from one seed both libraries give the same, or the same error."""

import warnings

import pytest

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


@pytest.mark.parametrize("name", PROGRAMS)
def test_program(name):
    agree(PROGRAMS[name])
