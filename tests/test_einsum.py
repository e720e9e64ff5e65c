"""Einstein's summation: values and gradients as PyTorch's. (The graph behind it is our own: fewer nodes.)"""

import numpy as np
import pytest

import tensorbook
from tests.oracle import require_torch

EQUATIONS = {
    "ij,kj->ik": [(2, 3), (4, 3)],
    "ij->ji": [(2, 3)],
    "ij->": [(2, 3)],
    "ij->j": [(2, 3)],
    "ba": [(2, 3)],
    "ij,j->i": [(2, 3), (3,)],
    "i,i->": [(3,), (3,)],
    "i,j->ij": [(2,), (3,)],
    "ij,ij->ij": [(2, 3), (2, 3)],
    "ij,ij,ij->i": [(2, 3), (2, 3), (2, 3)],
    "ij,jk,kl->il": [(2, 3), (3, 4), (4, 2)],
    "i,ij,j": [(2,), (2, 3), (3,)],
    "ij,jk": [(2, 3), (3, 4)],
    "ii->i": [(3, 3)],
    "ii": [(3, 3)],
    "iji->j": [(3, 2, 3)],
    "bij,bjk->bik": [(4, 2, 3), (4, 3, 5)],
    "...ij,...jk->...ik": [(2, 1, 2, 3), (4, 3, 2)],
    "b...,b...->b": [(2, 3, 4), (2, 3, 4)],
    "ij , jk -> ki": [(2, 3), (3, 4)],
    "ij,ij->ij ": [(2, 1), (2, 3)],
}


@pytest.mark.oracle
@pytest.mark.parametrize("equation", EQUATIONS)
def test_like_pytorch(equation):
    torch = require_torch()
    rng = np.random.default_rng(0)
    arrays = [rng.normal(size=shape) for shape in EQUATIONS[equation]]
    found = []
    for module in (tensorbook, torch):
        inputs = [module.tensor(a, requires_grad=True) for a in arrays]
        result = module.einsum(equation, *inputs)
        weights = module.tensor(np.random.default_rng(1).normal(size=tuple(result.shape)))
        gradients = module.autograd.grad(result, inputs, weights)
        found.append([result.detach().numpy(), *(g.numpy() for g in gradients)])
    for ours, theirs in zip(*found, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-10, atol=1e-12)


@pytest.mark.oracle
@pytest.mark.parametrize(
    "equation, shapes",
    [
        ("ij,jk->ik", [(2, 3), (2, 3)]),
        ("ijk->ik", [(2, 3)]),
        ("ij->ik", [(2, 3)]),
        ("ij->ii", [(2, 2)]),
        ("ij,j", [(2, 3)]),
    ],
)
def test_what_does_not_fit_is_named(equation, shapes):
    torch = require_torch()
    with pytest.raises(RuntimeError) as theirs:
        torch.einsum(equation, *(torch.ones(s) for s in shapes))
    with pytest.raises(RuntimeError) as ours:
        tensorbook.einsum(equation, *(tensorbook.ones(s) for s in shapes))
    assert str(ours.value)[:40] == str(theirs.value)[:40]
