"""torch.special: functions that statistics and physics have names for, most of them known by another name, too.

https://pytorch.org/docs/stable/special.html
"""

from __future__ import annotations

from .ops import activation, elementary, gamma, orthogonal, reduction, special, transcendental
from .ops.faces import face

_FUNCTIONS = {
    elementary: {"expit": "sigmoid", "exp2": "exp2", "expm1": "expm1", "log1p": "log1p", "round": "round"},
    transcendental: {"logit": "logit"},
    gamma: {"gammaln": "lgamma", "digamma": "digamma", "psi": "digamma", "polygamma": "polygamma",
            "multigammaln": "mvlgamma"},
    special: {
        "erf": "erf", "erfc": "erfc", "erfinv": "erfinv", "sinc": "sinc", "xlogy": "xlogy", "entr": "entr",
        "ndtr": "ndtr", "erfcx": "erfcx", "log_ndtr": "log_ndtr", "ndtri": "ndtri", "xlog1py": "xlog1py",
    },
    orthogonal: {
        name: name for name in (
            "i0", "i0e", "i1", "i1e", "chebyshev_polynomial_t", "chebyshev_polynomial_u", "hermite_polynomial_h",
            "hermite_polynomial_he", "laguerre_polynomial_l", "legendre_polynomial_p",
        )
    },
    activation: {"softmax": "softmax", "log_softmax": "log_softmax"},
    reduction: {"logsumexp": "logsumexp"},
}  # fmt: skip
globals().update(
    {
        name: face(getattr(module, own), f"special_{name}", out=not name.endswith("softmax"))
        for module, names in _FUNCTIONS.items()
        for name, own in names.items()
    }
)
