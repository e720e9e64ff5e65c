"""Tensors from what people write: nested lists, Tensor(...), sizes, Python's number types as dtypes."""

import copy
import pickle

import numpy as np
import pytest

import tensorbook
from tests.agreement import agree

LISTS = {
    "tensors of one number": lambda t: t.tensor([t.tensor([1.0]), t.tensor([[3]])]),
    "tensors of several": lambda t: t.tensor([t.tensor([1.0, 2.0]), t.tensor([3.0, 4.0])]),
    "integer tensors of several": lambda t: t.tensor([t.tensor([1, 2])]),
    "an empty tensor": lambda t: t.tensor([t.tensor([])]),
    "a number and a tensor of several": lambda t: t.tensor([1.0, t.tensor([3.0, 4.0])]),
    "tensors of two dtypes": lambda t: t.tensor([t.tensor(True), t.tensor(2)]),
    "doubles and floats": lambda t: t.tensor([t.tensor(1.0, dtype=t.float64), 2.0]),
    "numpy numbers": lambda t: (t.tensor([np.float32(1), np.float64(2)]), t.tensor([np.int32(1), 2])),
    "numpy floats and integers": lambda t: t.tensor([np.float32(1), 5]),
    "ranges": lambda t: (t.tensor([range(3), range(3)]), t.tensor(range(2)), t.tensor([range(2), [5, 6]])),
    "nothing among numbers": lambda t: t.tensor([1, None]),
    "a dict among numbers": lambda t: t.tensor([1, {}]),
    "bytes": lambda t: t.tensor([b"1"]),
    "text first": lambda t: t.tensor(["1", 2]),
    "text later": lambda t: t.tensor([2, "1"]),
    "a row too short": lambda t: t.tensor([[1, 2], [3]]),
    "a row that is a number": lambda t: t.tensor([[1, 2], 3]),
    "a number that is a row": lambda t: t.tensor([1, [2, 3]]),
    "a real number that is a row": lambda t: t.tensor([1.0, [2.0, 3.0]]),
    "a generator": lambda t: t.tensor(x for x in range(3)),
}

OLD = {
    "nothing": lambda t: t.Tensor(),
    "an empty row": lambda t: t.Tensor([[]]),
    "a size": lambda t: t.Tensor(2, 3).shape,
    "a numpy size": lambda t: t.Tensor(np.int64(2)).shape,
    "a size of two kinds": lambda t: t.Tensor(2, "a"),
    "a negative size": lambda t: t.Tensor(-1),
    "a real number": lambda t: t.Tensor(3.0),
    "a numpy number": lambda t: t.Tensor(np.float32(2)),
    "yes": lambda t: t.Tensor(True),
    "None": lambda t: t.Tensor(None),
    "a set": lambda t: t.Tensor({1, 2}),
    "text": lambda t: t.Tensor("a"),
    "a list of text": lambda t: t.Tensor(["a"]),
    "uneven rows": lambda t: t.Tensor([[1], [2, 3]]),
    "a dtype": lambda t: t.Tensor([1, 2], dtype=t.int32),
    "a device": lambda t: t.Tensor([1], device="cpu"),
    "numbers of another dtype": lambda t: t.Tensor(t.tensor([1, 2])),
    "tensors": lambda t: t.Tensor([t.tensor(1), t.tensor(2.5)]),
    "integers from fractions": lambda t: t.LongTensor([1.5]),
    "a fraction as a size": lambda t: t.LongTensor(3.5),
    "another dtype's tensor": lambda t: t.LongTensor(t.ones(2)),
    "a history": lambda t: t.Tensor(t.ones(2, requires_grad=True)).grad_fn.name(),
}

DTYPES = {
    "filled": lambda t: (t.zeros(2, dtype=int), t.ones(1, dtype=float), t.full((1,), 1, dtype=bool)),
    "data": lambda t: (t.tensor([1, 0], dtype=bool), t.tensor([1], dtype=float)),
    "like": lambda t: (t.ones_like(t.ones(2), dtype=int), t.ones(1).new_zeros(2, dtype=int)),
    "random": lambda t: (t.rand(2, dtype=float).dtype == t.float64, t.randint(3, (2,), dtype=float).dtype == t.float64),
    "sums": lambda t: (t.ones(2).sum(dtype=float), t.ones(2).cumsum(0, dtype=int)),
    "to": lambda t: (t.ones(2).to(int), t.ones(2).to(dtype=float), t.tensor([1.0, 2.0]).view(int)),
    "type": lambda t: t.ones(2).type(int),
    "limits": lambda t: (t.finfo(float).bits, t.iinfo(int).bits, str(t.promote_types(int, float))),
    "text": lambda t: t.zeros(2, dtype="float32"),
    "no dtype": lambda t: t.ones(2).sum(dtype=3),
    "a new dtype": lambda t: t.dtype("float32"),
    "a layout": lambda t: (t.zeros(2, layout=t.strided), t.rand(2, pin_memory=False).shape),
}

SIZES = {
    "none": lambda t: t.zeros(),
    "a fraction": lambda t: t.zeros(2.0),
    "text": lambda t: t.zeros("2"),
    "text later": lambda t: t.zeros(2, "3"),
    "a tensor": lambda t: t.ones(t.tensor([2, 3])),
    "numbers of other kinds": lambda t: t.zeros(t.tensor(2), np.int64(1)),
    "view": lambda t: t.ones(4).view("a"),
    "reshape": lambda t: t.ones(4).reshape(2.0),
    "permute": lambda t: t.ones(2, 2).permute(0, "1"),
    "full": lambda t: t.full(2, 3),
    "steps": lambda t: t.linspace(0, 1, steps=2.5),
    "Size of fractions": lambda t: t.Size([1.5]),
    "Size of text": lambda t: t.Size("ab"),
    "Size of numpy": lambda t: repr(t.Size(np.array([2, 3]))),
    "a tuple before": lambda t: repr((1,) + t.Size([2])),
    "a list after": lambda t: t.Size([2]) + [3],
    "a tuple of fractions after": lambda t: t.Size([2]) + (3.0,),
}


TABLES = {"list": LISTS, "old": OLD, "dtype": DTYPES, "size": SIZES}
OVERLOADS = {  # PyTorch's words are a list of all that the function takes
    "old: a dtype", "old: another dtype's tensor", "dtype: no dtype", "size: view", "size: steps",
}  # fmt: skip


@pytest.mark.parametrize("name", [f"{kind}: {name}" for kind, table in TABLES.items() for name in table])
def test_what_people_write(name):
    kind, _, case = name.partition(": ")
    agree(TABLES[kind][case], wording=name not in OVERLOADS)


MEMBERS = {
    "text": lambda t: "a" in t.tensor([1]),
    "a list": lambda t: [1] in t.tensor([1]),
    "numbers": lambda t: (3 in t.tensor([1, 3]), 2.0 in t.tensor([1]), t.tensor(1) in t.tensor([1]), True in t.ones(1)),
    "numpy without a record": lambda t: recorded_to_numpy(t),
    "numpy with a record": lambda t: t.ones(2, requires_grad=True).numpy(),
}


def recorded_to_numpy(t):
    x = t.ones(2, requires_grad=True)
    with t.no_grad():
        return x.numpy().tolist(), x.cpu().numpy().dtype.name


@pytest.mark.parametrize("name", MEMBERS)
def test_asking_and_leaving(name):
    agree(MEMBERS[name])


def test_a_computed_tensor_is_copied_and_pickled_without_its_history():
    for again in (copy.copy, lambda y: pickle.loads(pickle.dumps(y))):
        agree(lambda t, again=again: again(t.ones(2, requires_grad=True) * 2))


def test_numpys_array_may_change_its_shape_without_changing_the_tensor():
    array = np.arange(4.0)
    x = tensorbook.from_numpy(array)
    array.shape = (2, 2)
    assert x.shape == (4,)
    out = x.numpy()
    out.shape = (2, 2)
    assert x.shape == (4,) and np.shares_memory(out, array)
