"""Cases of names that courses use now and then: LU, poisson, renorm, functions of statistics and physics."""

import numpy as np

from tests.ops.cases import bools, case, fraction, given, ints, normal, positive
from tests.ops.cases_more import definite, shifted

# ---- LU

for name, shape in {"square": (3, 3), "wide": (2, 3, 5), "tall": (5, 3), "batched": (2, 4, 4)}.items():
    square = shape[-1] == shape[-2]
    case(f"lu {name}", lambda torch, x: torch.linalg.lu(x), normal(*shape), differentiable=square, rough=1e-3)
    case(f"lu_factor {name}", lambda torch, x: [*torch.linalg.lu_factor(x), *torch.linalg.lu_factor_ex(x)],
         normal(*shape), differentiable=square, rough=1e-3)  # fmt: skip
    case(f"lu_unpack {name}", lambda torch, x: [y.contiguous() for y in torch.lu_unpack(*torch.lu(x))],
         normal(*shape), differentiable=False)  # fmt: skip
case("lu_solve", lambda torch, x, b: [
    torch.linalg.lu_solve(*torch.linalg.lu_factor(x.detach()), b.mT if left else b, left=not left, adjoint=adjoint)
    .contiguous().detach() for left in (True, False) for adjoint in (True, False)
], shifted(3, 3), normal(3, 2), differentiable=False, rough=1e-3)  # fmt: skip
case("lu_factor of zeros", lambda torch, x: torch.linalg.lu_factor(x), given([[0.0, 0.0], [0.0, 0.0]]))
case("lu_factor_ex of zeros", lambda torch, x: torch.linalg.lu_factor_ex(x), given([[0.0, 0.0], [0.0, 0.0]]),
     differentiable=False)  # fmt: skip
case("lu of integers", lambda torch, x: torch.linalg.lu(x), ints(2, 2))
case("lu without pivots", lambda torch, x: torch.linalg.lu(x, pivot=False), normal(2, 2))
case("inv_ex", lambda torch, x: torch.linalg.inv_ex(x), shifted(3, 3), rough=1e-3)
case("solve_ex", lambda torch, x, b: torch.linalg.solve_ex(x, b), shifted(3, 3), normal(3, 2), rough=1e-3)
case("cholesky_ex", lambda torch, x: torch.linalg.cholesky_ex(x @ x.mT), shifted(3, 3), rough=1e-3)
case("cholesky_ex of what has no factor", lambda torch, x: torch.linalg.cholesky_ex(x)[1],
     given([[1.0, 2.0], [2.0, 1.0]]), differentiable=False)  # fmt: skip
case("cholesky by its older name", lambda torch, x: [torch.cholesky(x @ x.mT), (x @ x.mT).cholesky(upper=True)],
     shifted(3, 3), rough=1e-3)  # fmt: skip
case("cholesky_solve", lambda torch, b, x: torch.cholesky_solve(b, torch.linalg.cholesky(x)).detach().contiguous(),
     normal(3, 2), definite(3, 3), differentiable=False, rough=1e-3)  # fmt: skip
case("cholesky_inverse", lambda torch, x: torch.cholesky_inverse(torch.linalg.cholesky(x)).detach().contiguous(),
     definite(3, 3), differentiable=False, rough=1e-3)  # fmt: skip
case("triangular_solve", lambda torch, b, x: [
    y.detach().contiguous()
    for y in (*torch.triangular_solve(b, x), *torch.triangular_solve(b, x, upper=False, transpose=True))
], normal(3, 2), definite(3, 3), differentiable=False, rough=1e-3)  # fmt: skip
case("tensorsolve", lambda torch, x, b: torch.linalg.tensorsolve(x.reshape(2, 3, 6), b.reshape(2, 3)),
     shifted(6, 6), normal(6), rough=1e-3)  # fmt: skip

# ---- elementwise

case("angle", lambda torch, x: [torch.angle(x), x.angle()], normal(5))
case("angle of zeros", lambda torch, x: torch.angle(x), given([0.0, -0.0, np.nan]), kink=True)
case("angle of integers and bools", lambda torch, x, b: [torch.angle(x), torch.angle(b)], ints(4), bools(3))
for p in (1, 2, 3.5, np.inf):
    case(f"renorm {p}", lambda torch, x, p=p: [torch.renorm(x, p, 0, 1.0), x.renorm(p, 1, 0.5)], normal(3, 4))
case("renorm of a vector", lambda torch, x: torch.renorm(x, 2, 0, 1.0), normal(3))
case("renorm_ of a copy", lambda torch, x: x.clone().renorm_(2, 0, 1.0), normal(3, 4))
for name in ("i0", "i0e", "i1", "i1e", "erfcx", "log_ndtr"):
    call = lambda torch, x, n=name: getattr(torch.special, n)(x)  # noqa: E731
    case(f"special.{name}", call, normal(6), rough=1e-4)
    case(f"special.{name} of integers", call, ints(4, low=1, high=4), rough=1e-4)
case("log_ndtr far out", lambda torch, x: torch.special.log_ndtr(x), given([-30.0, -5.0, 5.0, 40.0]),
     differentiable=False)  # fmt: skip
case("i0 as function and method", lambda torch, x: [torch.i0(x), x.i0()], normal(4), rough=1e-4)
case("special.ndtri", lambda torch, x: torch.special.ndtri(x.abs()), fraction(6), rough=1e-3)
case("special.xlog1py", lambda torch, x, y: [torch.special.xlog1py(x, y), torch.special.xlog1py(x.detach(), 2.0)],
     normal(4), positive(4))  # fmt: skip
case("mvlgamma", lambda torch, x: [torch.mvlgamma(x + 2, 2), torch.special.multigammaln(x + 2, 3)], positive(4),
     rough=1e-3)  # fmt: skip
for name in ["chebyshev_polynomial_t", "chebyshev_polynomial_u", "hermite_polynomial_h", "hermite_polynomial_he"]:
    case(name, lambda torch, x, n=name: [getattr(torch.special, n)(x, k) for k in range(5)], fraction(4),
         differentiable=False, rough=1e-4)  # fmt: skip
for name in ["laguerre_polynomial_l", "legendre_polynomial_p"]:
    case(name, lambda torch, x, n=name: [getattr(torch.special, n)(x, k) for k in range(5)], fraction(4),
         differentiable=False, rough=1e-4)  # fmt: skip
case("kaiser_window", lambda torch: [torch.kaiser_window(5), torch.kaiser_window(6, False, 3.0)], rough=1e-4)
