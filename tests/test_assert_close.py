"""torch.testing.assert_close: when it holds, and every word of what it says when it does not."""

import numpy as np
import pytest

import tensorbook
from tests.oracle import under_both

NAN = float("nan")
PAIRS = {
    "one of two": lambda t: (t.ones(2), t.tensor([1.0, 1.1])),
    "the worst of four": lambda t: (t.ones(2, 2), t.tensor([[1.0, 1.1], [2.0, 3.0]])),
    "without dims": lambda t: (t.tensor(1.0), t.tensor(1.1)),
    "shapes": lambda t: (t.ones(2), t.ones(3)),
    "dtypes": lambda t: (t.ones(2), t.ones(2).double()),
    "numbers": lambda t: (1.0, 1.1),
    "close numbers": lambda t: (1.0, 1.0 + 1e-9),
    "integers": lambda t: (1, 2),
    "kinds of numbers": lambda t: (1.0, 1),
    "bools": lambda t: (True, False),
    "lists": lambda t: ([1.0, 2.0], [1.0, 2.5]),
    "lengths": lambda t: ([1.0], [1.0, 2.0]),
    "mappings": lambda t: ({"a": [1.0]}, {"a": [2.0]}),
    "keys": lambda t: ({"a": 1.0}, {"b": 1.0}),
    "tensors in lists": lambda t: ([t.ones(2), t.ones(2)], [t.ones(2), t.zeros(2)]),
    "integer tensors": lambda t: (t.tensor([1, 2]), t.tensor([1, 3])),
    "bool tensors": lambda t: (t.tensor([True, False]), t.tensor([True, True])),
    "nan": lambda t: (t.tensor([NAN]), t.tensor([NAN])),
    "a number that is none": lambda t: (1.0, NAN),
    "inf": lambda t: (t.tensor([float("inf")]), t.tensor([1.0])),
    "halves": lambda t: (t.ones(2).half(), t.ones(2).half() + 0.1),
    "doubles": lambda t: (t.ones(2).double(), t.ones(2).double() + 1e-8),
    "arrays": lambda t: (np.ones(2), np.ones(2) + 1),
    "empty": lambda t: (t.tensor([]), t.tensor([])),
    "nothing": lambda t: (None, None),
    "a number and a tensor": lambda t: (1.0, t.tensor(1.0)),
    "a list and a tensor": lambda t: (t.ones(2), [1.0, 1.0]),
    "text": lambda t: ("a", "a"),
    "a parameter": lambda t: (t.nn.Parameter(t.ones(2)), t.ones(2)),
}
SETTINGS = {
    "other dtypes allowed": ("dtypes", {"check_dtype": False}),
    "nan allowed": ("nan", {"equal_nan": True}),
    "tolerances": ("one of two", {"rtol": 0, "atol": 0.2}),
    "exact": ("one of two", {"rtol": 0, "atol": 0}),
    "one tolerance": ("one of two", {"rtol": 0.1}),
    "a message": ("one of two", {"msg": "no"}),
    "a message made": ("one of two", {"msg": lambda said: f"look: {said}"}),
    "no subclasses": ("a parameter", {"allow_subclasses": False}),
}


def said(torch, pair, settings):
    try:
        torch.testing.assert_close(*PAIRS[pair](torch), **settings)
    except Exception as error:
        return f"{type(error).__name__}: {error}".replace("tensorbook.", "torch.")
    return "fine"


@pytest.mark.parametrize("name", [*PAIRS, *SETTINGS])
def test_it_says_what_pytorch_says(name):
    ours, theirs = under_both(lambda torch: said(torch, *SETTINGS.get(name, (name, {}))))
    assert ours == theirs


def test_strides():
    def program(torch):
        pair = torch.ones(2, 3), torch.ones(3, 2).t()
        torch.testing.assert_close(*pair)
        with pytest.raises(AssertionError, match="do not match"):
            torch.testing.assert_close(*pair, check_stride=True)
        return "fine"

    ours, theirs = under_both(program)
    assert ours == theirs == "fine"


@pytest.mark.parametrize("name", ["bfloat16", "complex64", "cfloat", "uint16"])
def test_numbers_that_are_not_there_are_named(name):
    assert not hasattr(tensorbook, name)
    with pytest.raises(AttributeError, match=f"no {name}: its dtypes are bool, uint8, int8"):
        getattr(tensorbook, name)
