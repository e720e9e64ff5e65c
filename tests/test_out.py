"""`out=` over every function that has it in PyTorch: what is written, what is resized, and what is refused."""

import inspect
import warnings

import pytest

import tensorbook
from tensorbook.ops import methods
from tests.agreement import plain, same
from tests.oracle import require_torch

torch = require_torch()
pytestmark = pytest.mark.oracle

# arguments -> the functions that are called with them
CALLS = {
    "x": """
        abs acos acosh asin asinh atan atanh ceil cos cosh deg2rad digamma erf erfc erfinv exp exp2 expm1 fix floor frac
        frexp isneginf isposinf lgamma log log10 log1p log2 logical_not logit nan_to_num neg rad2deg
        reciprocal round rsqrt sgn sigmoid sign signbit sin sinc sinh sqrt square tan tanh trunc absolute arccos
        arccosh arcsin arcsinh arctan arctanh negative
        all any amax amin aminmax argmax argmin max min mean  nanmean  nansum   std var
         nonzero histc diag inverse slogdet msort sort
         mode tril triu diff hardshrink norm
        qr svd linalg.cholesky linalg.det linalg.inv linalg.eigh linalg.eigvalsh linalg.qr linalg.svd linalg.svdvals
        angle i0 cholesky cholesky_inverse linalg.cholesky_ex linalg.inv_ex linalg.lu linalg.lu_factor
        linalg.lu_factor_ex linalg.slogdet linalg.pinv linalg.matrix_rank linalg.norm linalg.matrix_norm
        linalg.vector_norm linalg.cond
         """,
    "x, 0": """
        all any amax amin argmax argmin max min mean median nanmedian nanmean nansum sum prod std var cumsum cumprod
        cummax cummin logcumsumexp logsumexp sort mode softmax log_softmax topk """,
    "x, 1": "kthvalue clamp_min clamp_max tril triu diag linalg.norm",
    "x, y": """
        add sub mul div true_divide multiply divide subtract atan2 arctan2 copysign eq ne lt le gt ge greater less
        greater_equal less_equal not_equal maximum minimum fmax fmin fmod remainder floor_divide hypot ldexp logaddexp
        logaddexp2 logical_and logical_or logical_xor nextafter pow float_power xlogy heaviside mm matmul kron isin
        cholesky_solve triangular_solve linalg.solve_ex linalg.solve linalg.vecdot linalg.matmul inner""",
    "x, 2": "add sub mul div pow float_power fmod remainder floor_divide eq lt matrix_power linalg.matrix_power ",
    "n, m": "bitwise_and bitwise_or bitwise_xor bitwise_left_shift bitwise_right_shift gcd lcm add floor_divide eq",
    "n": "bitwise_not abs neg max argmax", "n, 0": "sum prod cumsum",
    "v, w": "dot vdot inner outer ger",
    "x, v": "mv linalg.tensorsolve", "x, 2, 0, 0.5": "renorm", "x + 2, 2": "mvlgamma", "x, k": "lu_unpack",
    "y, x, k": "lu_solve", "x, k, y": "linalg.lu_solve",
    "b, b": "bmm",
    "x, x, y": "addmm addcmul addcdiv lerp",
    "x, b, b": "addbmm", "b, b, b": "baddbmm", "v, x, w": "addmv", "x, v, w": "addr",
    "x, y, 0.5": "lerp",
    "x, 0.1, 0.6": "clamp clip",
    "x, 0.5": "quantile nanquantile",
    "c, d": "cross linalg.cross",
    "1, x": "polygamma",
    "[x, y]": "cat concat concatenate stack hstack vstack dstack column_stack row_stack linalg.multi_dot",
    "x, 0, i": "index_select", "x, 0, j": "gather", "x, x > 0.5": "masked_select", "x, i": "take",
    "x, j, 0": "take_along_dim", "x, 0, j, y": "scatter scatter_add", "x, 0, i, y": "index_add index_copy",
    "x, 0, j, y, 'sum'": "scatter_reduce", "x, 0, i, y, 'prod'": "index_reduce",
    "x > 0.5, x, y": "where",
    "s, x": "searchsorted", "x, s": "bucketize", "x, 3": "histogram", "x, x": "chain_matmul",
    "x.triu(), y, upper=True": "linalg.solve_triangular",
    "x, ind=1": "linalg.tensorinv", "x, y, 1": "tensordot",
    "2, 3": "empty ones zeros rand randn eye arange range", "(2, 3)": "empty ones zeros rand randn",
    "(2, 3), 7": "full", "0, 1, 5": "linspace logspace", "9, (2, 3)": "randint",
    "5": "randperm eye arange", "x, y.abs()": "normal", "0.0, 1.0, (3, 4)": "normal", "p": "bernoulli",
    "p, 2": "multinomial", "x, 0.5, 1.0": "threshold",
}  # fmt: skip
TABLE = [(name, given) for given, names in CALLS.items() for name in names.split()]


# Where PyTorch's functions, many of them several steps, part from the rule that the others follow: a step that takes
# `out` for its own result, or converts, or looks at gradients only later.
APART = {
    "of another size": "addbmm arange normal slogdet", "of doubles": "lerp",
    "of truths": "cumsum cumprod nanmean nansum normal randperm",
    "of whole numbers": "nanmean nansum normal", "that wants a gradient": "histc",
    "for an input that wants a gradient": """
        bernoulli diag floor_divide heaviside histogram inner linalg.cond linalg.matrix_norm linalg.norm
        linalg.tensorinv linalg.tensorsolve log_softmax nanquantile
        normal quantile softmax tensordot""",
}  # fmt: skip


def operands(module):
    """The tensors that the arguments name."""
    x = module.tensor([[0.9, 0.2, 0.1], [0.2, 0.8, 0.3], [0.1, 0.3, 0.7]])
    return {
        "torch": module, "x": x, "y": x.flip(0) + 0.5, "n": module.tensor([3, 5, 6]), "m": module.tensor([1, 2, 3]),
        "v": module.tensor([1.0, 2.0, 3.0]), "w": module.tensor([0.5, 1.0, 2.0]), "b": module.stack([x, x, x]),
        "c": module.tensor([[1.0, 2.0, 3.0]]), "d": module.tensor([[0.0, 1.0, 1.0]]), "i": module.tensor([2, 0, 1]),
        "j": module.tensor([[0, 1, 2], [1, 1, 0], [0, 0, 0]]), "s": module.tensor([0.15, 0.5, 0.75]),
        "p": module.tensor([0.1, 0.5, 0.9]), "k": module.tensor([1, 2, 3], dtype=module.int32),
    }  # fmt: skip


def tried(module, name, given, make_outs, needing_grad=False):
    """What comes of a call with out=: ("error", its type), or what out holds then, whether it is what was returned,
    and what was warned of."""
    module.manual_seed(4)
    space = operands(module)
    function = eval(f"torch.{name}", space)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of functions that will go
        results = eval(f"function({given})", {**space, "function": function})
    module.manual_seed(4)
    several = isinstance(results, tuple)
    outs = [make_outs(module, r) for r in (results if several else [results])]
    if needing_grad:
        space = {k: v.requires_grad_() if k in "xvbwcp" and k != "torch" else v for k, v in space.items()}
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        try:
            result = eval(f"function({given}, out=out)",
                          {**space, "function": function, "out": tuple(outs) if several else outs[0]})  # fmt: skip
        except Exception as error:
            return "error", type(error).__name__, str(error)[:150]
    parts = list(result) if several else [result]
    words = sorted({str(w.message)[:45] for w in heard if "resized" in str(w.message)})
    empty = name.startswith("empty")  # holds whatever lay there
    return "fine", plain([tuple(p.shape) for p in parts] if empty else parts), [p is o for p, o in zip(
        parts, outs, strict=True)], words, type(result).__name__  # fmt: skip


WAYS = {
    "empty": lambda module, r: module.empty(0, dtype=r.dtype),
    "of its size": lambda module, r: module.ones(tuple(r.shape), dtype=r.dtype),
    "of another size": lambda module, r: module.ones(7, dtype=r.dtype),
    "strided": lambda module, r: module.ones((*r.shape, 2), dtype=r.dtype)[..., 0],
    "of doubles": lambda module, r: module.empty(0, dtype=module.float64),
    "of whole numbers": lambda module, r: module.empty(0, dtype=module.int32),
    "of truths": lambda module, r: module.empty(0, dtype=module.bool),
    "that wants a gradient": lambda module, r: module.empty(0, dtype=r.dtype).requires_grad_(r.is_floating_point()),
}


@pytest.mark.parametrize("way", [*WAYS, "for an input that wants a gradient"])
def test_out(way):
    needing_grad, make = way not in WAYS, WAYS.get(way, WAYS["empty"])
    wrong = []
    held = [(name, given) for name, given in TABLE if name not in APART.get(way, "").split()]
    for name, given in held:
        ours, theirs = (tried(module, name, given, make, needing_grad) for module in (tensorbook, torch))
        try:
            same(ours[:2] if theirs[0] == "error" else ours, theirs[:2] if theirs[0] == "error" else theirs)
        except AssertionError:
            wrong.append(f"{name}({given}, out=): {ours}\n    PyTorch: {theirs}")
    assert not wrong, f"{len(wrong)} of {len(held)}\n" + "\n".join(wrong)


def test_the_table_is_whole():
    taking = {name for name in methods.functions() if "out" in inspect.signature(getattr(tensorbook, name)).parameters}
    taking |= {f"linalg.{n}" for n in vars(tensorbook.linalg) if inspect.isfunction(f := getattr(tensorbook.linalg, n))
               and not n.startswith("_") and n != "face" and "out" in inspect.signature(f).parameters}  # fmt: skip
    print(f"out= is held to PyTorch for {len({name for name, _ in TABLE})} functions, in {len(WAYS) + 1} ways")
    assert not sorted(taking - {name for name, _ in TABLE})


@pytest.mark.parametrize("name", ["eig", "ldl_factor", "householder_product"])
def test_what_linalg_lacks_says_so(name):
    with pytest.raises(NotImplementedError, match=f"torch.linalg.{name} is not part of tensorbook: "):
        getattr(tensorbook.linalg, name)(tensorbook.eye(2))
