"""Cases of what puts values somewhere: by index, by mask, by slice, many into one place."""

from tests.ops.cases import bools, case, given, ints, normal

PICK = given([2, 0], "int64")
TWICE = given([1, 1, 0], "int64")
PLACES = given([[0, 2, 0], [1, 1, 2]], "int64")
MASK = given([[True, False, True], [False, True, True]], "bool")

# ---- by index

case(
    "index_copy",
    lambda torch, x, i, y: [torch.index_copy(x, 1, i, y), x.index_copy(-1, i, y), x.clone().index_copy_(1, i, y)],
    normal(2, 3),
    PICK,
    normal(2, 2),
)
case("index_copy of rows", lambda torch, x, i, y: x.index_copy(0, i, y), normal(3, 2, 2), PICK, normal(2, 2, 2))
case(
    "index_copy of scalars", lambda torch, x, i, y: torch.index_copy(x, 0, i, y), normal(3), given(1, "int64"), normal()
)
case("index_copy of too few", lambda torch, x, i, y: x.index_copy(0, i, y), normal(3), PICK, normal(3))
case("index_copy of other slices", lambda torch, x, i, y: x.index_copy(0, i, y), normal(3, 2), PICK, normal(2, 3))
case("index_copy past the end", lambda torch, x, i, y: x.index_copy(0, i, y), normal(2), PICK, normal(2))
case("index_copy of two dtypes", lambda torch, x, i, y: x.index_copy(0, i, y), normal(3), PICK, ints(2))
case(
    "index_put",
    lambda torch, x, i, y: [
        torch.index_put(x, (i,), y),
        x.index_put((i,), y, accumulate=True),
        x.clone().index_put_((i,), y),
    ],
    normal(3, 2),
    PICK,
    normal(2, 2),
)
case("index_put twice", lambda torch, x, i, y: x.index_put((i,), y, True), normal(3), TWICE, normal(3))
case("index_put by two", lambda torch, x, i, j, y: x.index_put((i, j), y), normal(3, 3), PICK, PICK, normal())
case("index_put by a mask", lambda torch, x, m, y: x.index_put((m,), y), normal(2, 3), MASK, normal())
case("index_put of two dtypes", lambda torch, x, i, y: x.index_put((i,), y), normal(3), PICK, ints(2))
case("put", lambda torch, x, i, y: [torch.put(x, i, y), x.put(i, y), x.clone().put_(i, y)], normal(2, 3),
     given([4, 0, -1], "int64"), normal(3))  # fmt: skip
case("put adding", lambda torch, x, i, y: x.put(i, y, accumulate=True), normal(2, 3), TWICE, normal(3))
case("put of too few", lambda torch, x, i, y: x.put(i, y), normal(2, 3), PICK, normal(3))
case("put past the end", lambda torch, x, i, y: x.put(i, y), normal(2), PICK, normal(2))
case("take past the end", lambda torch, x, i: x.take(i), normal(2), PICK)
case(
    "take by negatives",
    lambda torch, x, i: [torch.take(x, i), x.take(i)],
    normal(2, 3),
    given([[0, -1], [5, 5]], "int64"),
)
case(
    "gather and its shapes",
    lambda torch, x, i: [torch.gather(x, 1, i), x.gather(0, i[:, :2] % 2)],
    normal(2, 3),
    PLACES,
)
case("scatter of a number", lambda torch, x, i: [torch.scatter(x, 1, i, 2.5), x.clone().scatter_(1, i, -1)],
     normal(2, 3), PLACES)  # fmt: skip
for how in ["add", "multiply"]:
    case(f"scatter reduce={how}", lambda torch, x, i, y, h=how: torch.scatter(x, 1, i, y, reduce=h), normal(2, 3),
         PLACES, normal(2, 3), differentiable=False)  # fmt: skip
case("unravel_index", lambda torch, i: torch.unravel_index(i, (2, 3)), given([0, 5, 3], "int64"))
case("repeat_interleave by a tensor", lambda torch, x, n: [torch.repeat_interleave(x, n, 0),
                                                           x.repeat_interleave(2), torch.repeat_interleave(n)],
     normal(2, 3), given([2, 1], "int64"))  # fmt: skip
case("argwhere", lambda torch, x: [torch.argwhere(x), *torch.nonzero(x, as_tuple=True)], ints(2, 3, low=0, high=2))
case("argwhere without dims", lambda torch, x: torch.argwhere(x), ints(low=1))

# ---- by mask

case(
    "masked_scatter",
    lambda torch, x, m, y: [torch.masked_scatter(x, m, y), x.masked_scatter(m, y), x.clone().masked_scatter_(m, y)],
    normal(2, 3),
    MASK,
    normal(5),
)
case("masked_scatter stretched", lambda torch, x, m, y: x.masked_scatter(m, y), normal(3), MASK, normal(2, 3))
case("masked_scatter of a row mask", lambda torch, x, m, y: x.masked_scatter(m, y), normal(2, 3),
     given([True, False, True], "bool"), normal(4))  # fmt: skip
case("masked_scatter of too few", lambda torch, x, m, y: x.masked_scatter(m, y), normal(2, 3), MASK, normal(2))
case("masked_scatter by integers", lambda torch, x, m, y: x.masked_scatter(m, y), normal(2), ints(2), normal(2))
case("masked_scatter of two dtypes", lambda torch, x, m, y: x.masked_scatter(m, y), normal(3), bools(3), ints(3))
case("masked_select of nothing", lambda torch, x, m: x.masked_select(m), normal(0), bools(0))

# ---- by slice

case("select_scatter", lambda torch, x, y: [torch.select_scatter(x, y, 0, 1), x.select_scatter(y, 0, -1)], normal(3, 2),
     normal(2))  # fmt: skip
case("select_scatter past the end", lambda torch, x, y: torch.select_scatter(x, y, 0, 3), normal(3, 2), normal(2))
case("select_scatter of another shape", lambda torch, x, y: torch.select_scatter(x, y, 0, 1), normal(3, 2), normal(3))
case("slice_scatter", lambda torch, x, y: [torch.slice_scatter(x, y, 1, 1, 3), x.slice_scatter(y, 1, 0, 4, 2),
                                           x.slice_scatter(y, 1, start=-2)], normal(2, 4), normal(2, 2))  # fmt: skip
case("slice_scatter of another shape", lambda torch, x, y: x.slice_scatter(y, 1, 1, 3), normal(2, 4), normal(2, 3))
case("diagonal_scatter", lambda torch, x, y: [torch.diagonal_scatter(x, y), x.diagonal_scatter(y, 1)], normal(3, 4),
     normal(3))  # fmt: skip
case("diagonal_scatter in a batch", lambda torch, x, y: x.diagonal_scatter(y, 0, 1, 2), normal(2, 3, 3), normal(2, 3))
case("diagonal_scatter of another shape", lambda torch, x, y: x.diagonal_scatter(y), normal(3, 3), normal(2))

# ---- many into one place

for how in ["sum", "prod", "mean", "amax", "amin"]:
    for own in (True, False):
        call = lambda torch, x, i, y, h=how, o=own: [  # noqa: E731
            torch.scatter_reduce(x, 1, i, y, h, include_self=o),
            x.clone().scatter_reduce_(1, i, y, reduce=h, include_self=o),
        ]
        case(f"scatter_reduce {how} include_self={own}", call, normal(2, 3), PLACES, normal(2, 3))
    case(f"scatter_reduce {how} of integers", lambda torch, x, i, y, h=how: x.scatter_reduce(1, i, y, h), ints(2, 3),
         PLACES, ints(2, 3))  # fmt: skip
    case(f"scatter_reduce {how} of ties", lambda torch, x, i, y, h=how: x.scatter_reduce(0, i, y, h),
         given([1.0, 2.0]), TWICE, given([2.0, 2.0, 1.0]), kink=True)  # fmt: skip
    case(
        f"scatter_reduce {how} of a part",
        lambda torch, x, i, y, h=how: x.scatter_reduce(0, i, y, h),
        normal(3, 2),
        given([[0, 1]], "int64"),
        normal(2, 2),
        differentiable=how in ("amax", "amin"),
    )  # PyTorch fails at the others
case(
    "scatter_reduce without dims",
    lambda torch, x, i, y: x.scatter_reduce(0, i, y, "sum"),
    normal(),
    given(0, "int64"),
    normal(),
)
case("scatter_reduce in no way", lambda torch, x, i, y: x.scatter_reduce(0, i, y, "median"), normal(3), PICK, normal(2))
case("scatter_reduce past the end", lambda torch, x, i, y: x.scatter_reduce(0, i, y, "sum"), normal(2), PICK, normal(2))

# ---- arranging

case("tensor_split", lambda torch, x: [*torch.tensor_split(x, 3), *x.tensor_split([1, 3]), *x.tensor_split(2, dim=1)],
     normal(4, 3))  # fmt: skip
case("tensor_split by a tensor", lambda torch, x, i: torch.tensor_split(x, i), normal(4), given([1, 2], "int64"))
case("tensor_split into none", lambda torch, x: torch.tensor_split(x, 0), normal(4))
for name, shape in {"hsplit": (2, 4), "vsplit": (4, 2), "dsplit": (1, 2, 4)}.items():
    case(name, lambda torch, x, n=name: [*getattr(torch, n)(x, 2), *getattr(x, n)([1, 3])], normal(*shape))
    case(f"{name} unevenly", lambda torch, x, n=name: getattr(torch, n)(x, 3), normal(*shape))
    case(f"{name} of too few dims", lambda torch, x, n=name: getattr(torch, n)(x, 2), normal())
case("rot90", lambda torch, x: [torch.rot90(x), x.rot90(2), x.rot90(-1, (1, 2)), x.rot90(4)], normal(2, 3, 2))
case("rot90 in one dim", lambda torch, x: torch.rot90(x, 1, (0, 0)), normal(2, 3))
case("block_diag", lambda torch, a, b, c: torch.block_diag(a, b, c), normal(2, 3), normal(2), normal())
case("block_diag of three dims", lambda torch, a: torch.block_diag(a), normal(2, 2, 2))
case("cartesian_prod", lambda torch, a, b: [torch.cartesian_prod(a, b), torch.cartesian_prod(a)], normal(2), normal(3))
case("combinations", lambda torch, a: [torch.combinations(a), torch.combinations(a, 3),
                                       torch.combinations(a, 2, True)], normal(4))  # fmt: skip
case(
    "meshgrid in either order",
    lambda torch, a, b: [*torch.meshgrid(a, b, indexing="ij"), *torch.meshgrid([a, b], indexing="xy")],
    normal(2),
    normal(3),
)
case("broadcast_shapes", lambda torch: [torch.broadcast_shapes((2, 1), (3,), 1)])
case("broadcast_shapes that do not fit", lambda torch: torch.broadcast_shapes((2,), (3,)))
case("sum_to_size", lambda torch, x: [x.sum_to_size(2, 1), x.sum_to_size((3,))], normal(2, 3))
case(
    "vander",
    lambda torch, x: [torch.vander(x), torch.vander(x, 2), torch.vander(x, increasing=True)],
    normal(3),
    differentiable=False,
)  # PyTorch overwrote the powers
