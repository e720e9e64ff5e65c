"""How the elements of results lie in memory: the strides of every operation on inputs out of order, as in PyTorch."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

import tensorbook
from tests.oracle import require_torch

torch = require_torch()
pytestmark = [pytest.mark.oracle, pytest.mark.filterwarnings("ignore::UserWarning")]


def inputs(module: Any) -> Iterator[tuple[str, Any]]:
    """Positive numbers in every order that a student may meet."""

    def numbers(*shape: int) -> Any:
        return (module.arange(float(module.Size(shape).numel())) % 7 + 1).reshape(shape)

    yield "in order", numbers(4, 4)
    yield "transposed", numbers(5, 3).t()
    yield "square, transposed", numbers(4, 4).t()
    yield "permuted", numbers(2, 3, 4).permute(2, 0, 1)
    yield "permuted otherwise", numbers(2, 3, 4).permute(1, 0, 2)
    yield "a batch of transposed", numbers(2, 3, 4).transpose(1, 2)
    yield "stepped", numbers(4, 8)[:, ::2]
    yield "stepped, then transposed", numbers(4, 8)[:, ::2].t()
    yield "expanded", numbers(4, 1).expand(4, 4)
    yield "expanded rows", numbers(4).expand(4, 4)
    yield "expanded within", numbers(2, 1, 3).expand(2, 4, 3)
    yield "images, transposed", numbers(2, 3, 4, 4).transpose(2, 3)
    yield "images, channels last", numbers(2, 4, 4, 3).permute(0, 3, 1, 2)


ONE = """
    abs atan ceil clone contiguous cos cosh erf exp expm1 floor isfinite isinf isnan log log10 log1p log2
    logical_not logit nan_to_num neg reciprocal round rsqrt sigmoid sign sin sinh sqrt square tan tanh trunc frac relu
    exp2 asin acos asinh acosh atanh lgamma digamma erfc erfinv sinc sgn signbit deg2rad positive flatten ravel bool
    double float int long half tril triu nonzero squeeze"""
TWO = """
    add sub mul div atan2 eq ne lt le gt ge floor_divide fmod remainder logaddexp maximum minimum pow logical_and
    logical_or logical_xor isclose hypot fmax fmin copysign xlogy"""
ALONG = """
    sum mean prod max min amax amin argmax argmin all any std var logsumexp median mode count_nonzero nansum cummax
    cummin cumsum cumprod logcumsumexp softmax log_softmax sort argsort diff unbind nanmedian std_mean var_mean norm"""
ACTIVATIONS = """
    elu gelu hardtanh leaky_relu logsigmoid relu6 selu silu softplus softsign tanhshrink hardswish hardsigmoid mish celu
    hardshrink softshrink"""

CALLS: dict[str, Callable] = {name: lambda t, x, n=name: getattr(x, n)() for name in ONE.split()}
CALLS |= {name: lambda t, x, n=name: getattr(t.nn.functional, n)(x) for name in ACTIVATIONS.split()}
for _name in TWO.split():
    CALLS |= {
        f"{_name} with itself": lambda t, x, n=_name: getattr(t, n)(x, x),
        f"{_name} with one in order": lambda t, x, n=_name: getattr(t, n)(x, t.ones(x.shape)),
        f"{_name} of one in order": lambda t, x, n=_name: getattr(t, n)(t.ones(x.shape), x),
        f"{_name} with a row": lambda t, x, n=_name: getattr(t, n)(x, t.ones(x.shape[-1])),
        f"{_name} with a column": lambda t, x, n=_name: getattr(t, n)(x, t.ones(*x.shape[:-1], 1)),
        f"{_name} with a number": lambda t, x, n=_name: getattr(t, n)(x, t.tensor(2.0)),
    }
for _name in ALONG.split():
    CALLS |= {f"{_name} along {d}": lambda t, x, n=_name, d=d: getattr(t, n)(x, dim=d) for d in (0, 1, -1)}
for _name in ["sum", "mean", "max", "amin", "argmax", "any", "std", "median"]:
    CALLS |= {f"{_name} kept {d}": lambda t, x, n=_name, d=d: getattr(t, n)(x, dim=d, keepdim=True) for d in (0, -1)}
for _d in (0, 1, -1):
    CALLS |= {
        f"flip {_d}": lambda t, x, d=_d: x.flip(d),
        f"topk {_d}": lambda t, x, d=_d: x.topk(2, d),
        f"sort down {_d}": lambda t, x, d=_d: x.sort(d, descending=True),
        f"cat {_d}": lambda t, x, d=_d: t.cat([x, x], d),
        f"index_select {_d}": lambda t, x, d=_d: x.index_select(d, t.tensor([0, 0])),
        f"gather {_d}": lambda t, x, d=_d: x.gather(d, t.zeros_like(x, dtype=t.int64)),
        f"scatter {_d}": lambda t, x, d=_d: x.scatter(d, t.zeros(x.shape, dtype=t.int64), 1.0),
        f"scatter_add {_d}": lambda t, x, d=_d: x.scatter_add(d, t.zeros(x.shape, dtype=t.int64), x),
        f"index_add {_d}": lambda t, x, d=_d: x.index_add(d, t.tensor([0]), x.narrow(d, 0, 1)),
        f"index_fill {_d}": lambda t, x, d=_d: x.index_fill(d, t.tensor([0]), 2),
        f"index_copy {_d}": lambda t, x, d=_d: x.index_copy(d, t.tensor([0]), x.narrow(d, 0, 1)),
        f"take_along_dim {_d}": lambda t, x, d=_d: t.take_along_dim(x, x.argsort(d), d),
        f"repeat_interleave {_d}": lambda t, x, d=_d: x.repeat_interleave(2, d),
        f"unique {_d}": lambda t, x, d=_d: x.unique(dim=d),
        f"normalize {_d}": lambda t, x, d=_d: t.nn.functional.normalize(x, dim=d),
        f"quantile {_d}": lambda t, x, d=_d: [x.quantile(0.5, d), x.quantile(0.5, d, keepdim=True)],
    }
CALLS |= {
    "masked_fill": lambda t, x: [x.masked_fill(x > 2, 0), x.masked_fill(t.ones(x.shape[-1]).bool(), 0.0)],
    "renorm": lambda t, x: [x.renorm(2, 0, 1.0), x.renorm(1, 1, 2.0)],
    "masked_scatter": lambda t, x: x.masked_scatter(x > 2, x),
    "masked_select": lambda t, x: x.masked_select(x > 2),
    "where": lambda t, x: [
        t.where(x > 2, x, 0),
        t.where(t.ones(x.shape).bool(), x, x),
        t.where(x > 2, t.ones(x.shape), x),
        t.where(x > 2, 1.0, 0.0),
    ],
    "clamp": lambda t, x: [x.clamp(0, 1), x.clamp(min=t.zeros(x.shape)), x.clamp_max(2), x.clamp(x, x)],
    "lerp": lambda t, x: [x.lerp(x, 0.5), x.lerp(t.ones(x.shape), x)],
    "addcmul": lambda t, x: [t.addcmul(x, x, x), t.addcdiv(x, x, t.ones(x.shape))],
    "rot90": lambda t, x: [x.rot90(), x.rot90(2), x.rot90(3), x.rot90(0), x.rot90(1, (0, -1))],
    "turned": lambda t, x: [x.fliplr(), x.flipud(), x.tile(2), x.repeat(*[1] * x.dim())],
    "products": lambda t, x: [x @ x.mT, x.mT @ x, x @ t.ones(x.shape[-1])],
    "einsum": lambda t, x: [t.einsum("...ij->...ji", x), t.einsum("...ij,...kj->...ik", x, x)],
    "alike": lambda t, x: [
        t.zeros_like(x),
        t.ones_like(x),
        t.full_like(x, 2),
        t.empty_like(x),
        t.rand_like(x),
        t.randn_like(x),
        t.randint_like(x, 3),
        t.zeros_like(x, dtype=t.int64),
        x.new_zeros(x.shape),
    ],
    "converted": lambda t, x: [x.to(t.float64), x.to(t.int32), x.to(t.float64, memory_format=t.contiguous_format)],
    "index": lambda t, x: [
        x[t.tensor([0, 1])],
        x[:, t.tensor([0, 0])],
        x[..., t.tensor([0, 0])],
        x[[0, 1]],
        x[t.tensor([[0], [1]]), t.tensor([0, 0])],
        x[None, t.tensor([0, 1])],
        x[0, t.tensor([0, 1])],
        x[t.arange(4).reshape(2, 2).t() % 2],
        x[1:, t.tensor([0, 0])],
    ],
    "index by masks": lambda t, x: [x[x > 2], x[t.ones(x.shape[0]).bool()], x[:, t.ones(x.shape[1]).bool()]],
    "nonzero": lambda t, x: [x.nonzero(), *x.nonzero(as_tuple=True), t.argwhere(x), *t.where(x > 2)],
    "linalg": lambda t, x: [*t.linalg.qr(x), *t.linalg.svd(x), t.linalg.svdvals(x)],
    "linalg of squares": lambda t, x: [
        y
        for a in [x @ x.mT + 50 * t.eye(x.shape[-2])]
        for y in (t.linalg.inv(a), *t.linalg.eigh(a), t.linalg.cholesky(a), t.linalg.solve(a, x))
    ],
    "losses": lambda t, x: [
        t.nn.functional.mse_loss(x, t.ones(x.shape), reduction="none"),
        t.nn.functional.l1_loss(x, t.ones(x.shape), reduction="none"),
        t.nn.functional.smooth_l1_loss(x, t.ones(x.shape), reduction="none"),
    ],
    "layer_norm": lambda t, x: t.nn.functional.layer_norm(x, x.shape[-1:]),
    "images": lambda t, x: [f(x) for f in on_images(t.nn.functional, t.ones(2, 3, 3, 3))] if x.dim() == 4 else [],
    "again": lambda t, x: [(x * 2) + t.ones(x.shape), x.exp() + t.ones(x.shape), x.long() + t.ones(x.shape)],
}


def on_images(functional: Any, weight: Any) -> list[Callable]:
    return [
        lambda x: functional.conv2d(x, weight),
        lambda x: functional.max_pool2d(x, 2),
        lambda x: functional.avg_pool2d(x, 2),
        lambda x: functional.adaptive_avg_pool2d(x, 2),
        lambda x: functional.pad(x, (1, 1)),
        lambda x: functional.interpolate(x, scale_factor=2),
        lambda x: functional.group_norm(x, 1),
        lambda x: functional.batch_norm(x, None, None, training=True),
    ]


def lying(module: Any, call: Callable, x: Any) -> Any:
    """Shape, strides and offset of every result; or the kind of error."""
    try:
        found = call(module, x)
    except (RuntimeError, IndexError, ValueError, TypeError) as error:
        return type(error)
    flat = found if isinstance(found, (list, tuple)) else [found]
    return [(tuple(y.shape), y.stride(), y.storage_offset()) for y in flat]


@pytest.mark.parametrize("name", CALLS)
def test_strides(name):
    for gradients in (False, True):
        for (order, x), (_, y) in zip(inputs(tensorbook), inputs(torch), strict=True):
            torch.manual_seed(0)
            assert lying(tensorbook, CALLS[name], x.requires_grad_(gradients)) == lying(
                torch, CALLS[name], y.requires_grad_(gradients)
            ), order


@pytest.mark.parametrize("name", ["rand_like", "randn_like"])
def test_draws_fill_the_memory_in_its_order(name):
    for (order, x), (_, y) in zip(inputs(tensorbook), inputs(torch), strict=True):
        tensorbook.manual_seed(0)
        torch.manual_seed(0)
        drawn = [getattr(tensorbook, name)(x), getattr(torch, name)(y)]
        assert torch.allclose(torch.tensor(drawn[0].tolist()), drawn[1], atol=1e-6), order


def test_gradients_of_products_lie_as_the_factors_do():
    """So that a transposed weight's gradient, transposed back, is in order."""

    def strides(module: Any) -> list[tuple]:
        found = []
        for first in (module.ones(3, 4), module.ones(4, 3).t()):
            for second in (module.ones(4, 2), module.ones(2, 4).t()):
                a, b = (x.requires_grad_() for x in (first.detach(), second.detach()))
                for result in (
                    a.mm(b),
                    module.addmm(module.ones(2), a, b),
                    module.addmm(module.ones(2), a, b, alpha=2),
                ):
                    found += [g.stride() for g in module.autograd.grad(result.sum(), (a, b))]
        return found

    assert strides(tensorbook) == strides(torch)
