"""Cases of what looks along dimensions: running results, statistics, order, counting."""

import numpy as np

from tests.ops.cases import bools, case, given, ints, normal, positive

NAN = float("nan")
HOLES = given([[1.0, NAN, 3.0], [NAN, NAN, NAN], [4.0, -1.0, 0.5]])

# ---- running results

for name in ["cumsum", "cumprod", "logcumsumexp", "cummax", "cummin"]:
    both = lambda torch, x, n=name: [*getattr(torch, n)(x, -1), *getattr(x, n)(dim=0)]  # noqa: E731
    if name in ("cumsum", "cumprod", "logcumsumexp"):
        both = lambda torch, x, n=name: [getattr(torch, n)(x, -1), getattr(x, n)(dim=0)]  # noqa: E731
    case(f"{name} along each dim", both, normal(2, 3))
    case(f"{name} without dims", lambda torch, x, n=name: getattr(torch, n)(x, 0), normal())
    case(f"{name} of nothing", lambda torch, x, n=name: [getattr(x, n)(0), getattr(x, n)(1)], normal(0, 3))
    case(f"{name} of three dims", lambda torch, x, n=name: getattr(torch, n)(x, 1), normal(2, 3, 2))
    case(f"{name} of whole numbers", lambda torch, x, n=name: getattr(torch, n)(x, 0), ints(2, 3))
    case(f"{name} past the dims", lambda torch, x, n=name: getattr(torch, n)(x, 2), normal(2, 3))
    case(f"{name} with nan", lambda torch, x, n=name: getattr(torch, n)(x, 1), HOLES, differentiable=False)
for name in ["cumsum", "cumprod"]:
    case(f"{name} to a dtype", lambda torch, x, n=name: getattr(x, n)(1, dtype=torch.float64), normal(2, 3))
    case(f"{name}_ in place of a copy", lambda torch, x, n=name: getattr(x.clone(), f"{n}_")(1), normal(2, 3))
case("cumprod through zeros", lambda torch, x: x.cumprod(0), given([1.0, 0.0, 2.0, 0.0, 3.0]), kink=True)
case("cumprod through one zero", lambda torch, x: x.cumprod(0), given([1.5, 0.0, 2.0]), kink=True)
case("cummax with ties", lambda torch, x: [*x.cummax(0), *x.cummin(0)], given([1.0, 3.0, 3.0, 1.0]), kink=True)
case("logcumsumexp of large numbers", lambda torch, x: x.logcumsumexp(0), given([900.0, 901.0, -900.0]), rough=1e-3)
case("logcumsumexp of -inf", lambda torch, x: x.logcumsumexp(0), given([-np.inf, 1.0, -np.inf]), kink=True)
for name in ["trapezoid", "cumulative_trapezoid"]:
    case(f"{name} of steps", lambda torch, y, n=name: [getattr(torch, n)(y), getattr(torch, n)(y, dx=0.5, dim=0)],
         normal(3, 4))  # fmt: skip
    case(f"{name} at places", lambda torch, y, x, n=name: getattr(torch, n)(y, x), normal(2, 4), normal(4))
    case(f"{name} at places of their own", lambda torch, y, x, n=name: getattr(torch, n)(y, x, dim=0),
         normal(3, 2), normal(3, 2))  # fmt: skip
    case(f"{name} of one", lambda torch, y, n=name: getattr(torch, n)(y), normal(2, 1))
    case(f"{name} of integers", lambda torch, y, n=name: getattr(torch, n)(y), ints(4))
case("diff twice along a dim", lambda torch, x: torch.diff(x, 2, 0), normal(4, 2))

# ---- statistics

for name in ["var", "std"]:
    case(f"{name} of all", lambda torch, x, n=name: [getattr(torch, n)(x), getattr(x, n)(unbiased=False)], normal(2, 3))
    case(f"{name} along dims",
         lambda torch, x, n=name: [getattr(x, n)((0, 2)), getattr(x, n)(1, keepdim=True, correction=0),
                                   getattr(x, n)(0, False), getattr(x, n)(dim=-1, correction=2)],
         normal(3, 2, 4))  # fmt: skip
    case(f"{name} of nothing", lambda torch, x, n=name: getattr(torch, n)(x, 1, correction=0), normal(2, 0),
         differentiable=False)  # fmt: skip
    case(f"{name} of integers", lambda torch, x, n=name: getattr(torch, n)(x), ints(3))
    case(f"{name}_mean", lambda torch, x, n=f"{name}_mean": [*getattr(torch, n)(x), *getattr(torch, n)(x, False)],
         normal(2, 3))  # fmt: skip
    case(f"{name}_mean along dims",
         lambda torch, x, n=f"{name}_mean": [*getattr(torch, n)(x, 1), *getattr(torch, n)(x, (0, 1), correction=0,
                                                                                      keepdim=True)],
         normal(3, 2, 2))  # fmt: skip
    case(f"{name}_mean of integers", lambda torch, x, n=f"{name}_mean": getattr(torch, n)(x), ints(3))
for name in ["nansum", "nanmean"]:
    call = lambda torch, x, n=name: [getattr(torch, n)(x), getattr(x, n)(1), getattr(x, n)((0, 1), keepdim=True)]  # noqa: E731
    case(name, call, normal(2, 3))
    case(f"{name} with holes", call, HOLES, kink=True)
    case(f"{name} to a dtype", lambda torch, x, n=name: getattr(torch, n)(x, 0, dtype=torch.float64), normal(2, 3))
    case(f"{name} without dims", lambda torch, x, n=name: getattr(torch, n)(x), normal())
    case(f"{name} of nothing", lambda torch, x, n=name: getattr(torch, n)(x, 0), normal(0, 2), differentiable=False)
    case(f"{name} of integers", lambda torch, x, n=name: getattr(torch, n)(x), ints(3))
case("aminmax", lambda torch, x: [*torch.aminmax(x), *x.aminmax(dim=1), *x.aminmax(dim=0, keepdim=True)], normal(2, 3))
case("aminmax without dims", lambda torch, x: torch.aminmax(x), normal())
case("aminmax of ties", lambda torch, x: torch.aminmax(x), given([1.0, 2.0, 2.0, 1.0]), kink=True)
case("aminmax of nothing", lambda torch, x: torch.aminmax(x), normal(0))
case("aminmax of integers and bools", lambda torch, x, b: [*torch.aminmax(x), *torch.aminmax(b)], ints(4), bools(4))
for name in ["quantile", "nanquantile"]:
    case(name, lambda torch, x, n=name: [getattr(torch, n)(x, 0.3), getattr(x, n)(0.5, 1), getattr(x, n)(1.0, 0, True)],
         normal(3, 4))  # fmt: skip
    case(
        f"{name} several",
        lambda torch, x, q, n=name: [getattr(torch, n)(x, q), getattr(x, n)(q, dim=1, keepdim=True)],
        normal(3, 5),
        given([0.2, 0.5, 0.9]),
        kink=True,
    )
    for way in ["lower", "higher", "midpoint", "nearest"]:
        case(f"{name} {way}", lambda torch, x, n=name, w=way: getattr(x, n)(0.4, dim=0, interpolation=w), normal(4, 2))
    case(f"{name} with holes", lambda torch, x, n=name: [getattr(x, n)(0.4), getattr(x, n)(0.4, 1)], HOLES,
         differentiable=False)  # fmt: skip
    case(f"{name} above 1", lambda torch, x, n=name: getattr(x, n)(1.5), normal(3))
    case(f"{name} of integers", lambda torch, x, n=name: getattr(x, n)(0.5), ints(3))
    case(f"{name} of nothing", lambda torch, x, n=name: getattr(x, n)(0.5), normal(0))
case("cov", lambda torch, x: [torch.cov(x), x.cov(correction=0), torch.cov(x[0])], normal(3, 5))
case("cov with weights", lambda torch, x, f, a: torch.cov(x, fweights=f, aweights=a), normal(2, 4),
     given([1, 2, 1, 3], "int64"), positive(4), differentiable=False)  # fmt: skip
case("cov of three dims", lambda torch, x: torch.cov(x), normal(2, 2, 2))
case("cov of integers", lambda torch, x: torch.cov(x), ints(2, 4))
case("corrcoef", lambda torch, x: [torch.corrcoef(x), x.corrcoef()], normal(2, 5))
case("corrcoef of a vector", lambda torch, x: torch.corrcoef(x), normal(4), kink=True)

# ---- order

case("mode", lambda torch, x: [*torch.mode(x), *x.mode(0), *x.mode(1, keepdim=True)], ints(4, 5, low=0, high=3))
case("mode of floats", lambda torch, x: torch.mode(x), normal(3, 1))
case("mode without dims", lambda torch, x: torch.mode(x), normal())
case("mode of nothing", lambda torch, x: torch.mode(x), normal(2, 0))
case("kthvalue", lambda torch, x: [*torch.kthvalue(x, 2), *x.kthvalue(1, 0), *x.kthvalue(3, 1, True)], normal(3, 4))
case("kthvalue without dims", lambda torch, x: torch.kthvalue(x, 1), normal())
case("kthvalue past the end", lambda torch, x: torch.kthvalue(x, 5), normal(3))
case("kthvalue of integers", lambda torch, x: torch.kthvalue(x, 2), ints(3, 4, low=-50, high=50))
case("msort", lambda torch, x: [torch.msort(x), x.msort()], normal(3, 2))
case(
    "sort stable",
    lambda torch, x: [*x.sort(stable=True), *x.sort(0, True), *torch.sort(x, stable=True, descending=True)],
    ints(3, 6, low=0, high=3),
)
case(
    "argsort stable",
    lambda torch, x: [torch.argsort(x, stable=True, dim=-1), x.argsort(dim=1, descending=True, stable=True)],
    ints(2, 6, low=0, high=3),
)
case("sort with nan", lambda torch, x: [*x.sort(), *x.sort(descending=True)], HOLES, differentiable=False)

# ---- counting

SORTED = given([-1.0, 0.0, 0.5, 2.0])
case("bincount", lambda torch, x: [torch.bincount(x), x.bincount(minlength=7)], ints(9, low=0, high=5))
case("bincount with weights", lambda torch, x, w: [torch.bincount(x, w), torch.bincount(x, w.double(), 7)],
     ints(5, low=0, high=5), normal(5), differentiable=False)  # fmt: skip
case("bincount of nothing", lambda torch, x: torch.bincount(x, minlength=3), ints(0))
case("bincount of negatives", lambda torch, x: torch.bincount(x), given([1, -1], "int64"))
case("bincount of floats", lambda torch, x: torch.bincount(x), normal(3))
case("bincount of a matrix", lambda torch, x: torch.bincount(x), ints(2, 2, low=0))
case("histc", lambda torch, x: [torch.histc(x, 4), torch.histc(x, 3, -1, 1), x.histc(bins=5)], normal(2, 9),
     differentiable=False)  # fmt: skip
case("histc of one value", lambda torch, x: torch.histc(x, 3), given([2.0, 2.0]), differentiable=False)
case("histc of integers", lambda torch, x: torch.histc(x, 3), ints(4))
case("histc of no bins", lambda torch, x: torch.histc(x, 0), normal(3), differentiable=False)
case("histc upside down", lambda torch, x: torch.histc(x, 3, 2, 1), normal(3), differentiable=False)
for right in (False, True):
    case(f"searchsorted right={right}",
         lambda torch, s, v, r=right: [torch.searchsorted(s, v, right=r), torch.searchsorted(s, 0.5, right=r)],
         SORTED, normal(2, 3))  # fmt: skip
    case(f"bucketize right={right}",
         lambda torch, s, v, r=right: [torch.bucketize(v, s, right=r), torch.bucketize(0.5, s, right=r)],
         SORTED, given([[-1.0, 0.1], [0.5, 9.0]]))  # fmt: skip
case("searchsorted in rows", lambda torch, s, v: torch.searchsorted(s.sort(1).values, v), normal(2, 4), normal(2, 3))
case("searchsorted by side", lambda torch, s, v: torch.searchsorted(s, v, side="right", out_int32=True), SORTED,
     normal(3))  # fmt: skip
case("searchsorted with a sorter", lambda torch, s, v: torch.searchsorted(s, v, sorter=torch.argsort(s)), normal(4),
     normal(3))  # fmt: skip
case("searchsorted of two dtypes", lambda torch, s, v: torch.searchsorted(s, v), SORTED, ints(3))
case("searchsorted of unlike rows", lambda torch, s, v: torch.searchsorted(s, v), normal(2, 3), normal(3, 3))
case("bucketize with a matrix", lambda torch, s, v: torch.bucketize(v, s), normal(2, 3), normal(3))
case("bucketize into int32", lambda torch, s, v: torch.bucketize(v, s, out_int32=True), SORTED, normal(2, 2))
case("isin",
     lambda torch, x, y: [torch.isin(x, y), torch.isin(x, y, invert=True), torch.isin(x, 2), torch.isin(1, y)],
     ints(2, 3, low=0), ints(4, low=0))  # fmt: skip
case("isin of nothing", lambda torch, x, y: torch.isin(x, y), ints(3), ints(0))
case("isin assuming unique", lambda torch, x, y: torch.isin(x, y, assume_unique=True), given([1, 2, 3], "int64"),
     given([3, 4], "int64"))  # fmt: skip
case("unique of floats", lambda torch, x: torch.unique(x.round(), return_inverse=True, return_counts=True), normal(6),
     differentiable=False)  # fmt: skip
case("unique of nothing", lambda torch, x: torch.unique(x, return_inverse=True), ints(0))
case("unique without dims", lambda torch, x: torch.unique(x, return_counts=True), ints())
case("unique of bools", lambda torch, x: torch.unique(x, return_counts=True), bools(5))
case("unique_consecutive", lambda torch, x: torch.unique_consecutive(x, return_inverse=True, return_counts=True),
     given([1, 1, 2, 2, 2, 1], "int64"))  # fmt: skip
case("unique_consecutive slices", lambda torch, x: x.unique_consecutive(dim=0, return_counts=True),
     given([[1, 2], [1, 2], [2, 1], [1, 2]], "int64"))  # fmt: skip
case("unique_consecutive of nothing", lambda torch, x: torch.unique_consecutive(x), ints(0))
case("count_nonzero along dims", lambda torch, x: [torch.count_nonzero(x), x.count_nonzero(0), x.count_nonzero((0, 1))],
     ints(3, 4, low=-1, high=2))  # fmt: skip
