"""Cases for what once differed: ties, infinite gradients, keywords under another name."""

import numpy as np

from tests.ops.cases import case, given, ints, normal

MANY = np.array(
    [3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8, 9, 7, 9, 3, 2, 3, 8, 4, 6, 2, 6, 4, 3, 3, 8, 3, 2, 7, 9, 5, 0, 2, 8]
)
NANS = [np.nan, 2.0, np.nan, 3.0, 3.0, 3.0, 0.0, 3.0, 1.0, np.nan, 3.0, np.nan, 3.0, 3.0]

case(
    "mode of many ties",
    lambda torch, x: [*x.mode(), *x.view(7, 5).mode(0), *x.view(5, 7).mode(1)],
    given(MANY),
    kink=True,
)
case("mode of hundreds", lambda torch, x: [*x.repeat(9).mode(), *x.repeat(30, 1).t().mode(1)], given(MANY), kink=True)
case("mode around nan", lambda torch, x: [*x.mode(), *x.repeat(3).mode()], given(NANS), kink=True)
case("normalize into a tensor",
     lambda torch, x: [torch.nn.functional.normalize(x, dim=0, out=torch.empty_like(x)),
                       torch.nn.functional.normalize(x, 1.0, 1, 1e-12, torch.empty_like(x))],
     normal(2, 3), differentiable=False)  # fmt: skip
case("pow with a number called self", lambda torch, x: [torch.pow(self=2, exponent=x), torch.pow(input=x, exponent=2)],
     ints(4))  # fmt: skip
case("where by bytes", lambda torch, x: torch.where((x > 0).to(torch.uint8), x, 0.0), normal(3))
