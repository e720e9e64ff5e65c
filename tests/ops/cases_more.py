"""More cases of tensor operations, in the form that cases.py explains; it imports this file at its end."""

import numpy as np

from tests.ops.cases import bools, case, fraction, given, ints, normal, positive
from tests.oracle import Maker

# Single elements

case("atan2", lambda torch, a, b: [torch.atan2(a, b), a.arctan2(b)], normal(2, 3), normal(3))
case("atan2 of integers", lambda torch, a, b: torch.atan2(a, b), ints(2, 3), ints(2, 3, low=1))
case("asinh", lambda torch, x: [torch.asinh(x), x.arcsinh()], normal(2, 3))
case("acosh", lambda torch, x: [torch.acosh(x + 1), (x + 1).arccosh()], positive(2, 3))
case("atanh", lambda torch, x: [torch.atanh(x), x.arctanh()], fraction(2, 3))
case("logaddexp", lambda torch, a, b: [torch.logaddexp(a, b), a.logaddexp(b)], normal(2, 3), normal(3))
case("logaddexp of integers", lambda torch, a, b: torch.logaddexp(a, b), ints(3), ints(3))
case("logaddexp of large numbers", lambda torch, a: torch.logaddexp(a, a + 1), given([1000.0, -1000.0]))
case("logit", lambda torch, x: [torch.logit(x.sigmoid()), x.sigmoid().logit(0.3)], fraction(2, 3))
case("logit outside", lambda torch, x: torch.logit(x), given([2.0, -1.0, 0.5]), differentiable=False)
case("logit of integers", lambda torch, x: torch.logit(x), ints(3, low=0, high=2))
case(
    "nan_to_num",
    lambda torch, x: [torch.nan_to_num(x), x.nan_to_num(1.5, 2.0, -2.0)],
    given([1.0, float("nan"), float("inf"), float("-inf")]),
    differentiable=False,
)
case("nan_to_num keeps the rest", lambda torch, x: x.nan_to_num(), normal(2, 3))
case("nan_to_num of integers", lambda torch, x, b: [torch.nan_to_num(x), torch.nan_to_num(b)], ints(2, 3), bools(2))

# Diagonals

case("diag of a vector", lambda torch, x: [torch.diag(x), x.diag(1), x.diag(-2)], normal(3))
case("diag of a matrix", lambda torch, x: [torch.diag(x), x.diag(1), x.diag(-1), x.diag(5)], normal(3, 4))
case("diag of a batch", lambda torch, x: torch.diag(x), normal(2, 3, 4))
case("diag_embed", lambda torch, x: [torch.diag_embed(x), x.diag_embed(1), x.diag_embed(0, 0, 2)], normal(2, 3))
case("diagflat", lambda torch, x: torch.diagflat(x), normal(2, 2))
case("trace", lambda torch, x: [torch.trace(x), x.trace()], normal(3, 4))
case("trace of integers", lambda torch, x: torch.trace(x), ints(3, 3, dtype="int32"))
case("trace of a vector", lambda torch, x: torch.trace(x), normal(3))

# Order

for name in ["median", "nanmedian"]:
    case(name, lambda torch, x, n=name: [getattr(torch, n)(x), getattr(x, n)()], normal(3, 4))
    case(f"{name} dim", lambda torch, x, n=name: [getattr(x, n)(1), getattr(x, n)(0, keepdim=True)], normal(3, 4))
    case(f"{name} of a scalar", lambda torch, x, n=name: [getattr(x, n)(), getattr(x, n)(0)], normal())
    case(f"{name} of integers", lambda torch, x, n=name: getattr(x, n)(), ints(3, 3))
    case(
        f"{name} with nan",
        lambda torch, x, n=name: [getattr(x, n)(), getattr(x, n)(1).values],
        given([[1.0, float("nan"), 3.0], [2.0, 1.0, 3.0]]),
        differentiable=False,
    )
case("median of nothing", lambda torch, x: torch.median(x, 0), normal(0, 3), differentiable=False)
case("unique", lambda torch, x: torch.unique(x, return_inverse=True, return_counts=True), ints(3, 4))
case("unique alone", lambda torch, x: [torch.unique(x), x.unique(return_counts=True)], ints(9, low=0, high=3))
case(
    "unique slices",
    lambda torch, x: [
        x.unique(dim=0),
        *x.unique(dim=1, return_inverse=True),
        *x.unique(dim=0, return_counts=True),
    ],
    ints(6, 2, low=0, high=2),
)

# Along a dimension

SOME = given([0, 2, 2], "int64")
for alpha in (1, 0.5):
    case(
        f"index_add alpha {alpha}",
        lambda torch, x, i, y, a=alpha: [torch.index_add(x, 1, i, y, alpha=a), x.clone().index_add_(-1, i, y, alpha=a)],
        normal(2, 4),
        SOME,
        normal(2, 3),
    )
case("index_add of too few", lambda torch, x, i, y: x.index_add(0, i, y), normal(3), SOME, normal(2))
case("index_add of other slices", lambda torch, x, i, y: x.index_add(0, i, y), normal(3, 2), SOME, normal(3, 3))
case("index_add of another dtype", lambda torch, x, i, y: x.index_add(0, i, y), normal(3), SOME, ints(3))
case("index_add past the end", lambda torch, x, i, y: x.index_add(0, i, y), normal(2), SOME, normal(3))
case("index_fill", lambda torch, x, i: [torch.index_fill(x, 1, i, 2.0), x.index_fill(1, i, -1)], normal(2, 4), SOME)
case("index_fill_", lambda torch, x, i: x.clone().index_fill_(0, i, 2.0), normal(4, 2), SOME)
case("index_fill past the end", lambda torch, x, i: x.index_fill(0, i, 2.0), normal(2), SOME)
case(
    "take_along_dim",
    lambda torch, x, i: [torch.take_along_dim(x, i, 1), x.take_along_dim(i, dim=0), x.take_along_dim(i)],
    normal(3, 3),
    given([[0, 2, 1]], "int64"),
)
case("take_along_dim of a rank", lambda torch, x, i: x.take_along_dim(i, 0), normal(3, 3), given([0], "int64"))
case("diff", lambda torch, x: [torch.diff(x), x.diff(dim=0), x.diff(n=2), x.diff(n=9), x.diff(n=0)], normal(3, 4))
case("diff with ends", lambda torch, x, a: x.diff(prepend=a, append=a), normal(2, 3), normal(2, 1))
case("diff of bools", lambda torch, x: x.diff(), bools(6))
case("diff of a scalar", lambda torch, x: torch.diff(x), normal())

# Contraction, distance

case(
    "tensordot",
    lambda torch, a, b: [torch.tensordot(a, b, 1), torch.tensordot(a, b, ([1, 2], [1, 0]))],
    normal(2, 3, 4),
    normal(4, 3, 5),
)
case("tensordot of everything", lambda torch, a, b: torch.tensordot(a, b), normal(2, 3), normal(2, 3))
case("tensordot of nothing", lambda torch, a, b: torch.tensordot(a, b, 0), normal(2, 3), normal(2))
case("tensordot broadcast", lambda torch, a, b: torch.tensordot(a, b, ([1], [0])), normal(2, 3), normal(1, 4))
case("tensordot of unlike lengths", lambda torch, a, b: torch.tensordot(a, b, 1), normal(2, 3), normal(2, 3))
case("tensordot of too many", lambda torch, a, b: torch.tensordot(a, b, 3), normal(2, 3), normal(2, 3))
for p in (1, 2, 3):
    case(f"dist {p}", lambda torch, a, b, p=p: [torch.dist(a, b, p), a.dist(b, p)], normal(2, 3), normal(3))
case("dist of integers", lambda torch, a, b: torch.dist(a, b), ints(2), ints(2))

# Arranging

case("broadcast_tensors", lambda torch, a, b: torch.broadcast_tensors(a, b), normal(2, 1), normal(3))
case("broadcast_tensors that do not fit", lambda torch, a, b: torch.broadcast_tensors(a, b), normal(2), normal(3))
for name in ["atleast_1d", "atleast_2d", "atleast_3d"]:
    case(
        name,
        lambda torch, x, y, z, n=name: [
            getattr(torch, n)(x * 1),
            getattr(torch, n)(y * 1, z * 1),
            getattr(torch, n)([z * 1]),
        ],
        normal(),
        normal(3),
        normal(2, 3),
    )
case("dstack", lambda torch, a, b: [torch.dstack([a, b]), torch.dstack([a[0], b[0]])], normal(2, 3), normal(2, 3))
case("column_stack", lambda torch, a, b: [torch.column_stack([a, b]), torch.row_stack([a, a])], normal(3), normal(3, 2))
case("fliplr and flipud", lambda torch, x: [torch.fliplr(x), x.fliplr(), torch.flipud(x), x.flipud()], normal(2, 3))
case("fliplr of a vector", lambda torch, x: torch.fliplr(x), normal(3))
case("split_with_sizes", lambda torch, x: [*torch.split_with_sizes(x, [1, 2]), *x.split_with_sizes([2, 2], 1)],
     normal(3, 4))  # fmt: skip

# In place, on a copy

for name, args in {
    "clamp_min_": (0.1,),
    "clamp_max_": (0.1,),
    "square_": (),
    "frac_": (),
    "round_": (),
    "nan_to_num_": (),
}.items():
    case(f"{name} in place", lambda torch, x, n=name, a=args: getattr(x.clone(), n)(*a), normal(2, 3))
case("logit_ in place", lambda torch, x: x.sigmoid().clone().logit_(), normal(2, 3))
case("atan2_ in place", lambda torch, x, y: x.clone().atan2_(y), normal(2, 3), positive(3))
case("lerp_ in place", lambda torch, x, y: x.clone().lerp_(y, 0.3), normal(2, 3), normal(2, 3))
case("functions in place", lambda torch, x: torch.relu_(torch.neg_(x.clone())), normal(2, 3))

# Matrices

SQUARE = normal(3, 3)


def definite(*shape: int) -> Maker:
    """Symmetric and positive-definite."""

    def make(rng: np.random.Generator) -> np.ndarray:
        root = rng.normal(size=shape)
        return (root @ root.swapaxes(-1, -2) + np.eye(shape[-1])).astype("float32")

    return make


def shifted(*shape: int) -> Maker:
    """Far from singular."""
    return lambda rng: (rng.uniform(-0.9, 0.9, shape) + 3 * np.eye(shape[-1])).astype("float32")


case("det", lambda torch, a: [torch.linalg.det(a), torch.det(a), a.det()], shifted(3, 3))
case("det of a batch", lambda torch, a: torch.linalg.det(a), shifted(2, 2, 2))
case("det of a singular matrix", lambda torch, a: torch.linalg.det(a), given([[1.0, 2.0], [2.0, 4.0]]), kink=True)
case("inv", lambda torch, a: [torch.linalg.inv(a), torch.inverse(a), a.inverse()], shifted(3, 3))
case("inv of a batch", lambda torch, a: torch.linalg.inv(a), shifted(2, 2, 2))
case("inv of a singular matrix", lambda torch, a: torch.linalg.inv(a), given(np.ones((3, 3))))
case("inv of a singular batch", lambda torch, a: torch.linalg.inv(a), given(np.ones((2, 2, 2))))
case("solve", lambda torch, a, b: torch.linalg.solve(a, b), shifted(3, 3), normal(3, 2))
case("solve for a vector", lambda torch, a, b: torch.linalg.solve(a, b), shifted(3, 3), normal(3))
case("solve for a batch of vectors", lambda torch, a, b: torch.linalg.solve(a, b), shifted(2, 3, 3), normal(2, 3))
case("solve for one of a batch", lambda torch, a, b: torch.linalg.solve(a, b), shifted(2, 3, 3), normal(3, 2))
case("solve a singular system", lambda torch, a, b: torch.linalg.solve(a, b), given(np.ones((2, 2))), normal(2))
case("solve with unlike shapes", lambda torch, a, b: torch.linalg.solve(a, b), shifted(2, 2), normal(3))
case("cholesky", lambda torch, a: torch.linalg.cholesky(a @ a.mT + torch.eye(3).to(a)), normal(3, 3))
case("cholesky of a batch", lambda torch, a: torch.linalg.cholesky(a), definite(2, 3, 3), differentiable=False)
case("cholesky of no such matrix", lambda torch, a: torch.linalg.cholesky(a), given([[1.0, 2.0], [2.0, 1.0]]))
for name in ["det", "inv", "cholesky"]:
    case(f"{name} of no square", lambda torch, a, n=name: getattr(torch.linalg, n)(a), normal(2, 3))
    case(f"{name} of a vector", lambda torch, a, n=name: getattr(torch.linalg, n)(a), normal(3))
    case(f"{name} of integers", lambda torch, a, n=name: getattr(torch.linalg, n)(a), ints(2, 2))
for p in (1, 2, 3, float("inf"), float("-inf")):
    case(f"vector_norm {p}", lambda torch, x, p=p: [torch.linalg.vector_norm(x, p, d) for d in (None, 1)], SQUARE)
case("vector_norm of integers", lambda torch, x: torch.linalg.vector_norm(x), ints(3))
for p in ("fro", 1, -1, float("inf"), float("-inf")):
    case(
        f"matrix_norm {p}",
        lambda torch, x, p=p: [
            torch.linalg.matrix_norm(x, p),
            torch.linalg.matrix_norm(x, p, (2, 0)),
            torch.linalg.matrix_norm(x, p, keepdim=True),
        ],
        normal(2, 3, 4),
    )
case("matrix_norm of an order", lambda torch, x: torch.linalg.matrix_norm(x, 3), SQUARE)
case("matrix_norm of a vector", lambda torch, x: torch.linalg.matrix_norm(x), normal(3))
case("matrix_norm in one dimension twice", lambda torch, x: torch.linalg.matrix_norm(x, "fro", (0, 0)), SQUARE)
case(
    "linalg.norm",
    lambda torch, x: [torch.linalg.norm(x), *(torch.linalg.norm(x, p) for p in ("fro", 1, float("inf")))],
    SQUARE,
)
case("linalg.norm dim", lambda torch, x: [torch.linalg.norm(x, dim=1), torch.linalg.norm(x, 3, 0)], SQUARE)
case("linalg.norm of a vector", lambda torch, x: [torch.linalg.norm(x), torch.linalg.norm(x, 1)], normal(4))
case("linalg.norm of three dimensions", lambda torch, x: torch.linalg.norm(x, 1), normal(2, 2, 2))

# Decompositions, as far as they do not depend on signs that are free

for kind, maker in {"square": SQUARE, "tall": normal(4, 2), "wide": normal(2, 4), "batch": normal(2, 3, 2)}.items():
    case(f"qr {kind}", lambda torch, a: torch.linalg.qr(a), maker)
    case(f"svdvals {kind}", lambda torch, a: torch.linalg.svdvals(a), maker)
    case(
        f"svd {kind}",
        lambda torch, a: [(f := torch.linalg.svd(a, full_matrices=False)).S, f.U.abs(), f.Vh.abs()],
        maker,
    )
case("svd with square factors", lambda torch, a: [p.abs() for p in torch.linalg.svd(a)], normal(3, 3))
case("eigh", lambda torch, a: [(f := torch.linalg.eigh(a + a.mT)).eigenvalues, f.eigenvectors.abs()], SQUARE)
# of a matrix that is not symmetric only one half is read, and the gradient is shared between both
case(
    "eigh of the lower half",
    lambda torch, a: [torch.linalg.eigvalsh(a), torch.linalg.eigh(a)[1].abs()],
    SQUARE,
    kink=True,
)
case("eigh of the upper half", lambda torch, a: torch.linalg.eigh(a, "U").eigenvalues, normal(2, 3, 3), kink=True)
case("eigh of no half", lambda torch, a: torch.linalg.eigh(a, "X"), SQUARE)
case("eigh of no square", lambda torch, a: torch.linalg.eigh(a), normal(2, 3))
case("qr of a vector", lambda torch, a: torch.linalg.qr(a), normal(3))
case("qr in no mode", lambda torch, a: torch.linalg.qr(a, "x"), SQUARE)
case("svd of integers", lambda torch, a: torch.linalg.svd(a), ints(2, 2))
