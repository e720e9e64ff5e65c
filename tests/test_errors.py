"""What goes wrong, and in which words: the exception's type is PyTorch's, and so is the gist of its message."""

import pytest

import tensorbook
from tests import oracle

ERRORS = {
    "add shapes": lambda torch: torch.ones(2, 3) + torch.ones(2, 2),
    "add a string": lambda torch: torch.ones(2) + "a",
    "matmul shapes": lambda torch: torch.ones(2, 3) @ torch.ones(2, 3),
    "matmul scalar": lambda torch: torch.ones(2) @ torch.tensor(1.0),
    "matmul dtypes": lambda torch: torch.ones(2, 2) @ torch.ones(2, 2, dtype=torch.int64),
    "mm of vectors": lambda torch: torch.mm(torch.ones(2), torch.ones(2)),
    "bmm batches": lambda torch: torch.bmm(torch.ones(2, 3, 4), torch.ones(3, 4, 5)),
    "dot lengths": lambda torch: torch.dot(torch.ones(2), torch.ones(3)),
    "dot of matrices": lambda torch: torch.dot(torch.ones(2, 2), torch.ones(2, 2)),
    "mv": lambda torch: torch.mv(torch.ones(2, 3), torch.ones(2)),
    "view size": lambda torch: torch.ones(6).view(4),
    "view strides": lambda torch: torch.ones(2, 3).t().view(6),
    "view two unknowns": lambda torch: torch.ones(6).view(-1, -1),
    "view unknown of nothing": lambda torch: torch.ones(0).view(-1, 0),
    "view negative": lambda torch: torch.ones(6).view(-2, 3),
    "reshape size": lambda torch: torch.ones(2, 3).reshape(5, -1),
    "expand": lambda torch: torch.ones(2, 3).expand(4, 3),
    "expand fewer": lambda torch: torch.ones(2, 3).expand(3),
    "permute twice": lambda torch: torch.ones(2, 3).permute(0, 0),
    "permute too few": lambda torch: torch.ones(2, 3).permute(0),
    "transpose dim": lambda torch: torch.ones(2, 3).transpose(0, 2),
    "t of three": lambda torch: torch.ones(2, 3, 4).t(),
    "squeeze dim": lambda torch: torch.ones(2, 3).squeeze(2),
    "sum dim": lambda torch: torch.ones(2, 3).sum(2),
    "sum dim twice": lambda torch: torch.ones(2, 3).sum((0, 0)),
    "mean of integers": lambda torch: torch.arange(3).mean(),
    "std of integers": lambda torch: torch.arange(3).std(),
    "max of nothing": lambda torch: torch.ones(0).max(),
    "argmax of nothing": lambda torch: torch.ones(0).argmax(),
    "softmax dim": lambda torch: torch.ones(2).softmax(1),
    "cat nothing": lambda torch: torch.cat([]),
    "cat shapes": lambda torch: torch.cat([torch.ones(2, 3), torch.ones(2, 4)]),
    "cat ranks": lambda torch: torch.cat([torch.ones(2, 3), torch.ones(2)]),
    "cat scalars": lambda torch: torch.cat([torch.tensor(1.0), torch.tensor(2.0)]),
    "stack shapes": lambda torch: torch.stack([torch.ones(2), torch.ones(3)]),
    "stack nothing": lambda torch: torch.stack([]),
    "split sizes": lambda torch: torch.ones(5).split([2, 2]),
    "chunk none": lambda torch: torch.ones(5).chunk(0),
    "narrow beyond": lambda torch: torch.ones(5).narrow(0, 3, 4),
    "select beyond": lambda torch: torch.ones(5).select(0, 5),
    "index beyond": lambda torch: torch.ones(3)[3],
    "index too many": lambda torch: torch.ones(3)[0, 0],
    "index a scalar": lambda torch: torch.tensor(1.0)[0],
    "index list beyond": lambda torch: torch.ones(3)[[0, 5]],
    "index negative step": lambda torch: torch.arange(5)[::-1],
    "index_select beyond": lambda torch: torch.ones(3).index_select(0, torch.tensor([3])),
    "gather floats": lambda torch: torch.ones(3).gather(0, torch.ones(3)),
    "gather beyond": lambda torch: torch.ones(3).gather(0, torch.tensor([5])),
    "assign shapes": lambda torch: torch.ones(3).__setitem__(slice(0, 2), torch.ones(3)),
    "item of many": lambda torch: torch.ones(3).item(),
    "float of many": lambda torch: float(torch.ones(3)),
    "truth of many": lambda torch: bool(torch.ones(3)),
    "truth of none": lambda torch: bool(torch.ones(0)),
    "len of a scalar": lambda torch: len(torch.tensor(1.0)),
    "iterate a scalar": lambda torch: list(torch.tensor(1.0)),
    "integer division by zero": lambda torch: torch.tensor([1]) // torch.tensor([0]),
    "integer remainder by zero": lambda torch: torch.tensor([1]) % torch.tensor([0]),
    "integer to a negative power": lambda torch: torch.tensor([2]) ** -1,
    "subtract bools": lambda torch: torch.tensor([True]) - torch.tensor([True]),
    "negate bools": lambda torch: -torch.tensor([True]),
    "clamp by nothing": lambda torch: torch.ones(2).clamp(),
    "result into integers": lambda torch: torch.ones(2, dtype=torch.int64).add_(1.5),
    "result into another shape": lambda torch: torch.ones(2).add_(torch.ones(3, 2)),
    "gradient of integers": lambda torch: torch.ones(2, dtype=torch.int64, requires_grad=True),
    "requires_grad_ of integers": lambda torch: torch.arange(3).requires_grad_(),
    "ragged lists": lambda torch: torch.tensor([[1, 2], [3]]),
    "a list of strings": lambda torch: torch.tensor(["a"]),
    "a string": lambda torch: torch.tensor("a"),
    "none": lambda torch: torch.tensor(None),
    "zeros of negative size": lambda torch: torch.zeros(-1),
    "arange backwards": lambda torch: torch.arange(5, 0),
    "arange in no steps": lambda torch: torch.arange(0, 5, 0),
    "linspace": lambda torch: torch.linspace(0, 1, -1),
    "eye": lambda torch: torch.eye(-1),
    "as_strided beyond": lambda torch: torch.ones(3).as_strided((2, 2), (2, 1)),
    "unfold beyond": lambda torch: torch.ones(3).unfold(0, 4, 1),
    "repeat too few": lambda torch: torch.ones(2, 3).repeat(2),
    "numpy of a gradient": lambda torch: torch.ones(2, requires_grad=True).numpy(),
    "backward of many": lambda torch: torch.ones(2, requires_grad=True).exp().backward(),
    "backward of none": lambda torch: torch.ones(()).backward(),
    "write into a leaf": lambda torch: torch.ones(2, requires_grad=True).mul_(2),
    "write into an expanded tensor": lambda torch: torch.ones(1).expand(3).add_(2),
    "unknown device": lambda torch: torch.ones(2, device="gpu"),
    "unknown attribute": lambda torch: torch.ones(2).missing,
    "seed": lambda torch: torch.manual_seed(2**64),
    "randint": lambda torch: torch.randint(5, 2, (3,)),
    "randperm": lambda torch: torch.randperm(-1),
    "rand of integers": lambda torch: torch.rand(2, dtype=torch.int64),
    "multinomial": lambda torch: torch.multinomial(torch.tensor([0.5, 0.5]), 3),
    "bernoulli": lambda torch: torch.bernoulli(torch.tensor([2.0])),
    "mse_loss reduction": lambda torch: torch.nn.functional.mse_loss(torch.ones(2), torch.ones(2), reduction="no"),
    "linear": lambda torch: torch.nn.functional.linear(torch.ones(2, 3), torch.ones(4, 2)),
    "to nowhere": lambda torch: torch.ones(2).to("nowhere"),
    "default dtype": lambda torch: torch.set_default_dtype(torch.int64),
    "where shapes": lambda torch: torch.where(torch.tensor([True, False]), torch.ones(3), torch.ones(3)),
    "masked_fill mask": lambda torch: torch.ones(3).masked_fill(torch.ones(3), 0),
    "topk": lambda torch: torch.ones(3).topk(4),
    "transpose of too many": lambda torch: torch.ones(2).transpose(0, 1),
    "flatten": lambda torch: torch.ones(2, 3, 4).flatten(2, 1),
    "unflatten": lambda torch: torch.ones(6).unflatten(0, (4, 2)),
    "from_numpy of a list": lambda torch: torch.from_numpy([1.0]),
}


def error_of(torch, call):
    try:
        value = call(torch)
    except Exception as error:
        return [type(error).__name__, str(error)]
    return ["no error", repr(value)]


@pytest.mark.parametrize("name", ERRORS)
def test_error(name):
    live = oracle.torch is not None
    theirs = error_of(oracle.torch, ERRORS[name]) if live else oracle.recorded("errors")[name]
    assert theirs[0] != "no error", "PyTorch does not mind"
    oracle.same_error(error_of(tensorbook, ERRORS[name]), theirs)


def test_records_are_current():
    torch = oracle.require_torch()
    recorded = oracle.recorded("errors")
    assert recorded.keys() == ERRORS.keys(), "run python -m tests.golden.record"
    for name, call in ERRORS.items():
        oracle.same_error(recorded[name], error_of(torch, call))


def test_a_gpu_that_is_not_there():
    if tensorbook.cuda.is_available():
        pytest.skip("there is one")
    with pytest.raises((RuntimeError, AssertionError), match="device='cpu'"):
        tensorbook.ones(2, device="cuda")
