"""Small things that people type, each under both libraries: what it gives, or the error that it raises."""

import numpy as np
import pytest

from tests.agreement import agree

NUMPYS = {
    "a power of a number": lambda t: [
        np.float32(2) ** t.ones(2), t.pow(np.float64(2), t.ones(2)), np.int64(2) ** t.arange(3),
    ],
    "a dim": lambda t: (t.ones(2, 3).sum(np.int64(0)), t.ones(2, 3).mean(np.int32(1))),
    "an index without dims": lambda t: (t.arange(3)[np.array(1)], t.arange(4).view(2, 2)[:, np.array(1)]),
    "a fraction as index": lambda t: t.arange(3)[np.float64(1)],
    "the product with an array": lambda t: t.matmul(t.ones(2, 3), np.ones(3)),
    "the product with a list": lambda t: t.matmul(t.ones(2, 2), [1, 2]),
    "the product with a list by its sign": lambda t: t.ones(2, 2) @ [1, 2],
}  # fmt: skip

INDICES = {
    "a tuple within": lambda t: (t.arange(12).view(3, 4)[(1, 2),], t.arange(12).view(3, 4)[((0, 1), (1, 2))]),
    "deleting": lambda t: t.arange(3).__delitem__(0),
    "deleting by the statement": lambda t: exec("del x[0]", {"x": t.arange(3)}),
}


def other_data(t):
    """`x.data = y` keeps x's own count of writes."""
    x, y = t.ones(3, requires_grad=True), t.zeros(3)
    y.add_(1)
    x.data = y
    versions = [x._version, y._version]
    with t.no_grad():
        x.add_(1)
    return versions, x._version, y._version, x, y


GRAPHS = {
    "other data": other_data,
    "the type of a node": lambda t: [
        str(type(y.grad_fn))
        for x in [t.ones(2, 2, requires_grad=True)]
        for y in (x * 2, x.sum(), t.cat([x, x]), x.unbind()[0], t.linalg.eigh(x)[0], x.clone().t_(), t.block_diag(x, x))
    ],
    "the type of an end": lambda t: str(type((t.ones(1, requires_grad=True) * 1).grad_fn.next_functions[0][0])),
    "a mode as a cell shows it": lambda t: repr(t.set_grad_enabled(True)),
}

TABLES = {"numpy": NUMPYS, "index": INDICES, "graph": GRAPHS}


@pytest.mark.parametrize("name", [f"{kind}: {name}" for kind, table in TABLES.items() for name in table])
def test_what_people_type(name):
    kind, _, case = name.partition(": ")
    agree(TABLES[kind][case])
