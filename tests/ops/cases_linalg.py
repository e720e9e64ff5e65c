"""Cases of linear algebra: products under all their names, factors, norms, distances, einsum."""

from tests.ops.cases import case, given, ints, normal, positive
from tests.ops.cases_more import definite, shifted

INF = float("inf")

# ---- products

for name, shapes in {
    "addmv": ((2,), (2, 3), (3,)),
    "addr": ((2, 3), (2,), (3,)),
    "baddbmm": ((2, 2, 4), (2, 2, 3), (2, 3, 4)),
    "addbmm": ((2, 4), (2, 2, 3), (2, 3, 4)),
    "addmm": ((2, 4), (2, 3), (3, 4)),
}.items():
    both = lambda torch, x, a, b, n=name: [getattr(torch, n)(x, a, b), getattr(x, n)(a, b, beta=0.5, alpha=2)]  # noqa: E731
    case(f"{name} and its factors", both, *(normal(*shape) for shape in shapes))
    case(f"{name} stretched", lambda torch, x, a, b, n=name: getattr(torch, n)(x, a, b), normal(1),
         *(normal(*shape) for shape in shapes[1:]))  # fmt: skip
    case(f"{name} without what is there", lambda torch, x, a, b, n=name: getattr(torch, n)(x, a, b, beta=0),
         given([float("nan")]), *(normal(*shape) for shape in shapes[1:]), differentiable=False)  # fmt: skip
    case(f"{name} of integers", lambda torch, x, a, b, n=name: getattr(torch, n)(x, a, b),
         *(ints(*shape) for shape in shapes))  # fmt: skip
    case(f"{name}_ in place", lambda torch, x, a, b, n=name: getattr(x.clone(), f"{n}_")(a, b, beta=2),
         *(normal(*shape) for shape in shapes))  # fmt: skip
    if name != "addmv":  # which in PyTorch forgets to stretch what is there
        case(f"{name} of nothing", lambda torch, x, a, b, n=name: getattr(torch, n)(x, a, b), normal(1),
             *(normal(*(0 if n == 3 else n for n in shape)) for shape in shapes[1:]))  # fmt: skip
    case(f"{name} that do not fit", lambda torch, x, a, b, n=name: getattr(torch, n)(x, a, b), normal(7),
         *(normal(*shape) for shape in shapes[1:]))  # fmt: skip
    case(f"{name} of two dtypes", lambda torch, x, a, b, n=name: getattr(torch, n)(x, a, b), normal(*shapes[0]),
         *(ints(*shape) for shape in shapes[1:]), differentiable=False)  # fmt: skip
case("vdot", lambda torch, a, b: [torch.vdot(a, b), a.vdot(b)], normal(3), normal(3))
case("vecdot", lambda torch, a, b: [torch.linalg.vecdot(a, b), torch.linalg.vecdot(a, b, dim=0)], normal(2, 3),
     normal(3))  # fmt: skip
case("inner", lambda torch, a, b: [torch.inner(a, b), a.inner(b[0]), a[0].inner(b[0])], normal(2, 3), normal(4, 3))
case("inner with a scalar", lambda torch, a, b: torch.inner(a, b), normal(2, 3), normal())
case("inner that do not fit", lambda torch, a, b: torch.inner(a, b), normal(2, 3), normal(2))
case(
    "cross", lambda torch, a, b: [torch.linalg.cross(a, b), torch.linalg.cross(a, b, dim=0)], normal(3, 3), normal(3, 3)
)
case("cross stretched", lambda torch, a, b: torch.linalg.cross(a, b), normal(2, 1, 3), normal(1, 2, 3))
case("cross along the first of three", lambda torch, a, b: torch.cross(a, b), normal(2, 3), normal(2, 3))
case("cross along a dim", lambda torch, a, b: [torch.cross(a, b, dim=1), a.cross(b, 1)], normal(2, 3), normal(2, 3))
case("cross of two long", lambda torch, a, b: torch.linalg.cross(a, b), normal(2), normal(2))
case("cross of unlike ranks", lambda torch, a, b: torch.linalg.cross(a, b), normal(3), normal(2, 3))
case("cross of integers", lambda torch, a, b: torch.linalg.cross(a, b), ints(3), ints(3))
case("kron", lambda torch, a, b: [torch.kron(a, b), a.kron(b[0]), torch.kron(a[0], b)], normal(2, 3), normal(2, 2))
case("kron with a scalar", lambda torch, a, b: [torch.kron(a, b), torch.kron(b, a)], normal(2), normal())
case("chain_matmul", lambda torch, a, b, c: torch.chain_matmul(a, b, c), normal(2, 3), normal(3, 4), normal(4, 2))
case("multi_dot", lambda torch, a, b, c: torch.linalg.multi_dot([a, b, c]), normal(2, 3), normal(3, 4), normal(4, 2))
case("multi_dot of four", lambda torch, a, b, c, d: torch.linalg.multi_dot([a, b, c, d]), normal(2, 5), normal(5, 1),
     normal(1, 4), normal(4, 3))  # fmt: skip
case(
    "multi_dot between vectors",
    lambda torch, a, b, c: torch.linalg.multi_dot((a, b, c)),
    normal(3),
    normal(3, 4),
    normal(4),
)
case("multi_dot of two", lambda torch, a, b: [torch.linalg.multi_dot([a, b]), torch.linalg.multi_dot([a[0], b])],
     normal(2, 3), normal(3, 4))  # fmt: skip
case("multi_dot of one", lambda torch, a: torch.linalg.multi_dot([a]), normal(2, 2))
case("multi_dot that do not fit", lambda torch, a, b: torch.linalg.multi_dot([a, b, b]), normal(2, 3), normal(2, 3))
case("matrix_power", lambda torch, a: [torch.linalg.matrix_power(a, n) for n in (0, 1, 2, 3, 5, -1, -2)], shifted(3, 3))
case("matrix_power of a batch", lambda torch, a: [torch.matrix_power(a, 3), a.matrix_power(2)], normal(2, 2, 2))
case("matrix_power of no square", lambda torch, a: torch.linalg.matrix_power(a, 2), normal(2, 3))
for equation, shapes in {
    "ij,jk->ik": [(2, 3), (3, 4)], "bij,bjk": [(2, 2, 3), (2, 3, 2)], "ii->i": [(3, 3)],
    "...i,i->...": [(2, 1, 3), (3,)],
    "i,j,k->kji": [(2,), (3,), (2,)], "ij->": [(2, 3)],
}.items():  # fmt: skip
    call = lambda torch, *xs, e=equation: torch.einsum(e, *xs)  # noqa: E731
    case(f"einsum {equation} in double", call, *(normal(*s, dtype="float64") for s in shapes))
case("einsum by numbers", lambda torch, a, b: [torch.einsum(a, [0, 1], b, [1, 2], [0, 2]), torch.einsum(a, [0, 0])],
     normal(3, 3), normal(3, 2))  # fmt: skip
case("einsum by numbers with the rest", lambda torch, a, b: torch.einsum(a, [..., 0], b, [0], [...]), normal(2, 2, 3),
     normal(3))  # fmt: skip
case("einsum of a list", lambda torch, a, b: torch.einsum("i,i", [a, b]), normal(3), normal(3))

# ---- equations and inverses

case(
    "slogdet",
    lambda torch, a: [torch.linalg.slogdet(a)[1], *torch.slogdet(a), *a.slogdet(), a.logdet()],
    definite(3, 3),
)
case("slogdet of a batch", lambda torch, a: torch.linalg.slogdet(a), normal(2, 3, 3))
case("slogdet of a singular matrix", lambda torch, a: torch.linalg.slogdet(a), given([[1.0, 2.0], [2.0, 4.0]]),
     differentiable=False)  # fmt: skip
case("slogdet of nothing", lambda torch, a: torch.linalg.slogdet(a), normal(0, 0))
case(
    "logdet of a negative one", lambda torch, a: torch.logdet(a), given([[1.0, 0.0], [0.0, -1.0]]), differentiable=False
)
case("det of nothing", lambda torch, a: torch.linalg.det(a), normal(0, 0))
case("inv of nothing", lambda torch, a: torch.linalg.inv(a), normal(2, 0, 0))
case("solve from the right", lambda torch, a, b: torch.linalg.solve(a, b, left=False), shifted(3, 3), normal(2, 3))
for upper, more in [(True, {}), (False, {}), (True, {"left": False}), (False, {"unitriangular": True})]:
    options = {"upper": upper, **more}
    shape = (2, 3) if not options.get("left", True) else (3, 2)
    words = " ".join(f"{k}={v}" for k, v in options.items())
    case(f"solve_triangular {words}", lambda torch, a, b, o=options: torch.linalg.solve_triangular(a, b, **o),
         shifted(3, 3), normal(*shape), kink=True)  # fmt: skip
case("solve_triangular for a batch", lambda torch, a, b: torch.linalg.solve_triangular(a.triu(), b, upper=True),
     shifted(2, 3, 3), normal(3, 2))  # fmt: skip
case("solve_triangular that do not fit", lambda torch, a, b: torch.linalg.solve_triangular(a, b, upper=True),
     shifted(3, 3), normal(2, 2))  # fmt: skip
case("pinv", lambda torch, a: [torch.linalg.pinv(a), torch.pinverse(a), a.pinverse()], normal(3, 2))
case("pinv of a wide batch", lambda torch, a: torch.linalg.pinv(a), normal(2, 2, 3))
case("pinv hermitian", lambda torch, a: torch.linalg.pinv(a, hermitian=True), definite(3, 3), differentiable=False)
case("pinv with tolerances", lambda torch, a: [torch.linalg.pinv(a, atol=0.1, rtol=0.5)], normal(3, 3),
     differentiable=False)  # fmt: skip
case(
    "matrix_rank",
    lambda torch, a: [
        torch.linalg.matrix_rank(a),
        torch.linalg.matrix_rank(a @ a.mT),
        torch.linalg.matrix_rank(a, rtol=0.9),
    ],
    normal(2, 3, 2),
    differentiable=False,
)
case("matrix_rank hermitian", lambda torch, a: torch.linalg.matrix_rank(a, hermitian=True), definite(3, 3),
     differentiable=False)  # fmt: skip
case("lstsq", lambda torch, a, b: torch.linalg.lstsq(a, b)[0], normal(4, 2), normal(4, 3))
case(
    "lstsq whole", lambda torch, a, b: torch.linalg.lstsq(a, b), normal(2, 4, 2), normal(2, 4, 1), differentiable=False
)
case("lstsq of wide ones", lambda torch, a, b: torch.linalg.lstsq(a, b).solution, normal(2, 4), normal(2, 2),
     differentiable=False)  # fmt: skip
case("matrix_exp", lambda torch, a: [torch.linalg.matrix_exp(a), a.matrix_exp()], normal(3, 3))
case("matrix_exp of a batch", lambda torch, a: torch.matrix_exp(a), normal(2, 2, 2))
case("matrix_exp of no square", lambda torch, a: torch.linalg.matrix_exp(a), normal(2, 3))
case("matrix_exp of integers", lambda torch, a: torch.linalg.matrix_exp(a), ints(2, 2))
case("tensorinv", lambda torch, a: torch.linalg.tensorinv(a.reshape(2, 2, 4), 2), shifted(4, 4))
case("tensorinv of no square", lambda torch, a: torch.linalg.tensorinv(a), normal(2, 3, 4))
case(
    "linalg.diagonal", lambda torch, a: [torch.linalg.diagonal(a), torch.linalg.diagonal(a, offset=1)], normal(2, 3, 3)
)
case("linalg.vander", lambda torch, x: [torch.linalg.vander(x), torch.linalg.vander(x, N=2)], normal(2, 3))
case("linalg.matmul", lambda torch, a, b: torch.linalg.matmul(a, b), normal(2, 3), normal(3))
case("cholesky upper", lambda torch, a: torch.linalg.cholesky(a @ a.mT + torch.eye(3).to(a), upper=True),
     normal(3, 3))  # fmt: skip

# ---- factors

for mode in ["reduced", "complete", "r"]:
    case(
        f"qr mode={mode}",
        lambda torch, a, m=mode: torch.linalg.qr(a, m),
        normal(3, 2),
        differentiable=mode == "reduced",
    )
case("qr complete of a wide matrix", lambda torch, a: torch.linalg.qr(a, "complete"), normal(2, 3))
case(
    "eigvalsh",
    lambda torch, a: [torch.linalg.eigvalsh(a + a.mT), torch.linalg.eigvalsh(a + a.mT, "U")],
    normal(2, 3, 3),
)
case("svdvals of nothing", lambda torch, a: torch.linalg.svdvals(a), normal(2, 0))

# ---- sizes

for p in ("nuc", 2, -2):
    case(f"matrix_norm {p}", lambda torch, x, p=p: [torch.linalg.matrix_norm(x, p),
         torch.linalg.matrix_norm(x, p, (2, 0), True)], normal(2, 3, 2))  # fmt: skip
for p in (0, 0.5, -1, 2.5):
    case(f"vector_norm {p}", lambda torch, x, p=p: [torch.linalg.vector_norm(x, p),
         torch.linalg.vector_norm(x, p, 1, True)], positive(2, 3), differentiable=p != 0)  # fmt: skip
case("vector_norm to a dtype", lambda torch, x: torch.linalg.vector_norm(x, dtype=torch.float64), normal(2, 3))
case(
    "vector_norm of nothing",
    lambda torch, x: [torch.linalg.vector_norm(x), torch.linalg.vector_norm(x, 1, 0)],
    normal(0, 2),
)
case("vector_norm inf of nothing", lambda torch, x: torch.linalg.vector_norm(x, INF), normal(0))
case("vector_norm without dims", lambda torch, x: torch.linalg.vector_norm(x, 3), normal())
for p in (None, "fro", "nuc", 1, INF, -1, -INF, 2, -2):
    case(
        f"cond {p}",
        lambda torch, a, p=p: torch.linalg.cond(a, p),
        shifted(3, 3),
        differentiable=p in (None, "nuc", 2, -2),
    )  # of the others PyTorch overwrites the inverse
case("cond of a tall matrix", lambda torch, a: torch.linalg.cond(a), normal(3, 2))
case("cond of a singular matrix", lambda torch, a: torch.linalg.cond(a, 1), given([[1.0, 2.0], [2.0, 4.0]]),
     differentiable=False)  # fmt: skip
case("cond in no order", lambda torch, a: torch.linalg.cond(a, 3), shifted(2, 2))
case("norm in its ways", lambda torch, x: [torch.norm(x), x.norm(1), x.norm(3, 0), torch.norm(x, dim=1, keepdim=True),
                               torch.norm(x, INF, 0)], normal(2, 3))  # fmt: skip
case("norm fro", lambda torch, x: [torch.norm(x, "fro"), x.norm("fro", (0, 1))], normal(2, 3))
case("norm nuc", lambda torch, x: torch.norm(x, "nuc"), normal(2, 3))
case("norm to a dtype", lambda torch, x: torch.norm(x, 2, 1, dtype=torch.float64), normal(2, 3))
case("norm of integers", lambda torch, x: torch.norm(x), ints(3))
for p in (0, 1, 2, 3, INF):
    case(f"cdist {p}", lambda torch, a, b, p=p: torch.cdist(a, b, p), normal(2, 3), normal(4, 3), once=True,
         kink=p == 0)  # fmt: skip
case("cdist of batches", lambda torch, a, b: torch.cdist(a, b), normal(2, 1, 3, 2), normal(2, 4, 2), once=True)
case("cdist by itself", lambda torch, a: torch.cdist(a, a), normal(3, 2), kink=True, once=True)
case("cdist of nothing", lambda torch, a, b: torch.cdist(a, b), normal(0, 3), normal(2, 3), once=True)
case("cdist of unlike columns", lambda torch, a, b: torch.cdist(a, b), normal(2, 3), normal(2, 2))
case("cdist of vectors", lambda torch, a, b: torch.cdist(a, b), normal(3), normal(2, 3))
case("cdist of integers", lambda torch, a, b: torch.cdist(a, b), ints(2, 3), ints(2, 3))
for p in (INF, 0.5):
    case(f"dist {p}", lambda torch, a, b, p=p: torch.dist(a, b, p), normal(2, 3), normal(2, 3))
