"""Views made while autograd looked away, and used once it looks again."""

import pytest

from tests.agreement import agree


def viewed(torch, mode, recorded=True):
    base = torch.ones(3, requires_grad=recorded).clone()
    with mode:
        return base, base[1:]


def written(torch):
    _, view = viewed(torch, torch.no_grad())
    view.mul_(2)


def written_by_a_parameter(torch):
    _, view = viewed(torch, torch.no_grad(), recorded=False)
    view.add_(1)
    assert not view.requires_grad
    view.mul_(torch.ones(2, requires_grad=True))


def written_in_inference(torch):
    _, view = viewed(torch, torch.inference_mode())
    view.mul_(2)


def one_of_several(torch):
    base = torch.ones(4, requires_grad=True) * 1
    with torch.no_grad():
        first, second = base.split(2)
        first.mul_(2)
        kept = second * 3
    assert kept.tolist() == [3, 3]
    first.mul_(2)


def base_written(torch):
    base, view = viewed(torch, torch.no_grad())
    base.mul_(2)
    shown = str(view), view.requires_grad
    with torch.no_grad():
        values = view * 2
    return shown, values.tolist(), view.grad_fn


def used_after_a_write_to_the_base(torch):
    base, view = viewed(torch, torch.no_grad())
    base.mul_(2)
    return view + 1


def filled_unseen(torch):
    weight = torch.ones(3, requires_grad=True)
    with torch.no_grad():
        view = weight[1:]
        view.fill_(5.0)
        view.mul_(2)
        values = view.numpy().tolist()
    return values, weight.tolist(), str(view), view.requires_grad


def used(torch):
    weight = torch.ones(3, requires_grad=True)
    with torch.no_grad():
        view = weight[1:]
    first = view[0]
    told = (
        view.is_leaf,
        view.requires_grad,
        view.grad_fn,
        str(view),
        type(first.grad_fn).__name__,
        first._base is weight,
    )
    first.backward()
    return told, weight.grad


def trained_by_hand(torch):
    torch.manual_seed(0)
    layer = torch.nn.Linear(2, 2)
    with torch.no_grad():
        layer.weight[0].zero_()
        layer.bias[:] = 0
        layer.weight.view(-1)[3] -= 1
    layer(torch.ones(1, 2)).sum().backward()
    return layer.weight.tolist(), layer.weight.grad


@pytest.mark.oracle
@pytest.mark.parametrize(
    "program",
    [
        written, written_by_a_parameter, written_in_inference, one_of_several, base_written,
        used_after_a_write_to_the_base, filled_unseen, used, trained_by_hand,
    ],
)  # fmt: skip
def test_view(program):
    agree(program)
