"""Cases of functions with several results, of histograms and slopes, and of many slices reduced to one."""

from tests.ops.cases import case, given, ints, normal

# ---- one node for several results

for name in ("std_mean", "var_mean"):
    call = lambda torch, x, n=name: [  # noqa: E731
        *getattr(torch, n)(x), *getattr(torch, n)(x, 1), *getattr(torch, n)(x, (0, 1), correction=0, keepdim=True),
        *getattr(torch, n)(x, unbiased=False), *getattr(torch, n)(x, -1, True, True),
    ]  # fmt: skip
    case(f"{name} as one", call, normal(3, 4))
    case(f"{name} of which one is used", lambda torch, x, n=name: getattr(torch, n)(x)[0] * 2, normal(5))
    case(f"{name} of which the other is used", lambda torch, x, n=name: getattr(torch, n)(x)[1] * 2, normal(5))
    case(f"{name} of equal numbers", lambda torch, x, n=name: getattr(torch, n)(x)[0], given([2.0, 2.0]), kink=True)
case("std of equal numbers", lambda torch, x: x.std(), given([2.0, 2.0]), kink=True)
case("aminmax of which one is used", lambda torch, x: torch.aminmax(x, dim=1).max, normal(3, 4))
case("slogdet of which one is used", lambda torch, a: torch.linalg.slogdet(a).logabsdet, normal(3, 3))
case("frexp", lambda torch, x: [*torch.frexp(x), *x.frexp()], normal(3, 4))
case("frexp of the edges", lambda torch, x: torch.frexp(x), given([0.0, -0.0, float("inf"), float("nan"), 1e-45]),
     kink=True)  # fmt: skip
case("frexp of integers", lambda torch, x: torch.frexp(x), ints(3))

# ---- histograms

NUMBERS = given([1.0, 2.0, 2.5, 4.0, 1.0, 9.0])
EDGES = given([0.0, 2.0, 4.0, 4.5])
case(
    "histogram",
    lambda torch, x: [*torch.histogram(x, 3), *x.histogram(5, range=(0.0, 4.0))],
    NUMBERS,
    differentiable=False,
)
case("histogram between edges", lambda torch, x, e: torch.histogram(x, e), NUMBERS, EDGES, differentiable=False)
case(
    "histogram of weights",
    lambda torch, x, w: torch.histogram(x, 3, weight=w.detach()),
    NUMBERS,
    normal(6),
    differentiable=False,
)
case(
    "histogram as a density",
    lambda torch, x, e: torch.histogram(x, e, density=True),
    NUMBERS,
    EDGES,
    differentiable=False,
)
case("histogram of one value", lambda torch, x: torch.histogram(x, 2), given([3.0, 3.0]), differentiable=False)
case("histogram of nothing", lambda torch, x: torch.histogram(x, 2), normal(0), differentiable=False)
case("histogram of integers", lambda torch, x: torch.histogram(x, 2), ints(3), differentiable=False)
case("histogram of no bins", lambda torch, x: torch.histogram(x, 0), NUMBERS, differentiable=False)
case("histogram turned over", lambda torch, x: torch.histogram(x, 2, range=(3.0, 1.0)), NUMBERS, differentiable=False)
case(
    "histogram of a plane of edges",
    lambda torch, x, e: torch.histogram(x, e),
    NUMBERS,
    normal(2, 2),
    differentiable=False,
)
case(
    "histogram of too few weights",
    lambda torch, x, w: torch.histogram(x, 2, weight=w),
    NUMBERS,
    normal(3),
    differentiable=False,
)
case("histogram of nan", lambda torch, x: torch.histogram(x, 2), given([1.0, float("nan")]))
POINTS = given([[0.0, 1.0], [1.0, 0.5], [1.0, 2.0], [0.25, 2.0]])
case("histogramdd", lambda torch, x: [torch.histogramdd(x.detach(), [2, 3]).hist,
                                      *torch.histogramdd(x.detach(), 2, density=True).bin_edges],
     POINTS, differentiable=False)  # fmt: skip
case("histogramdd of a vector", lambda torch, x: torch.histogramdd(x, [2]), NUMBERS, differentiable=False)

# ---- slopes

case("gradient", lambda torch, x: [*torch.gradient(x), *torch.gradient(x, spacing=(2.0, 0.5))], normal(3, 4))
case("gradient along one", lambda torch, x: [*torch.gradient(x, dim=-1), *torch.gradient(x, dim=(0,))], normal(3, 4))
case("gradient with three points at the ends", lambda torch, x: torch.gradient(x, spacing=2, edge_order=2), normal(5))
case("gradient at places", lambda torch, x, p=(0.0, 1.0, 3.0, 3.5, 9.0): [
    *torch.gradient(x, spacing=(x.new_tensor(p),)), *torch.gradient(x, spacing=[x.new_tensor(p)], edge_order=2)
], normal(5))  # fmt: skip
case("gradient of two points", lambda torch, x: torch.gradient(x, dim=0), normal(2, 3))
case("gradient of integers", lambda torch, x: [*torch.gradient(x), *torch.gradient(x, edge_order=2)], ints(5))
case("gradient of one point", lambda torch, x: torch.gradient(x), normal(1))
case("gradient of a dim twice", lambda torch, x: torch.gradient(x, dim=(0, 0)), normal(3, 4))
case("gradient with too few spacings", lambda torch, x: torch.gradient(x, spacing=[1.0]), normal(3, 4))
case("gradient with four points", lambda torch, x: torch.gradient(x, edge_order=3), normal(5))

# ---- slices reduced to one

ROWS = given([0, 2, 0], "int64")
for how in ("prod", "mean", "amax", "amin"):
    for own in (True, False):
        call = lambda torch, x, i, y, h=how, o=own: [  # noqa: E731
            torch.index_reduce(x, 0, i, y, h, include_self=o),
            x.clone().index_reduce_(0, i, y, h, include_self=o),
        ]
        case(f"index_reduce {how} include_self={own}", call, normal(3, 2), ROWS, normal(3, 2))
        for what in ("scatter", "index"):
            reduce = lambda torch, x, i, y, w=what, h=how, o=own: (  # noqa: E731
                getattr(x, f"{w}_reduce")(0, i, y, h, include_self=o)
            )
            case(f"{what}_reduce {how} of noughts and ties, include_self={own}", reduce, given([2.0, 0.0, 3.0]),
                 given([0, 0, 1, 1, 2], "int64"), given([0.0, 4.0, 0.0, 0.0, 3.0]), kink=True,
                 once=how == "prod")  # fmt: skip
    case(f"index_reduce {how} of integers", lambda torch, x, i, y, h=how: x.index_reduce(0, i, y, h), ints(3, 2), ROWS,
         ints(3, 2))  # fmt: skip
case("index_reduce in no way", lambda torch, x, i, y: x.index_reduce(0, i, y, "sum"), normal(3), ROWS, normal(3))
case("index_reduce of too few", lambda torch, x, i, y: x.index_reduce(0, i, y, "prod"), normal(3), ROWS, normal(2))
case("index_reduce past the end", lambda torch, x, i, y: x.index_reduce(0, i, y, "prod"), normal(2), ROWS, normal(3))
case("index_add of a matrix of indices", lambda torch, x, i, y: x.index_add(0, i[None], y), normal(3), ROWS, normal(3))
case("index_add of a number", lambda torch, x, i, y: x.index_add(0, i, y), normal(3), given(1, "int64"), normal())
