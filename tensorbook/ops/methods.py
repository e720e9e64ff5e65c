"""Which functions torch has and Tensor has, and which operators they stand for.

Each family lists the names that are functions and methods at once; what is only one of the two follows below. faces.py
gives each the arguments that users may use.
"""

from __future__ import annotations

import functools
from collections.abc import Callable

import numpy as np

from .. import absent
from ..tensor import Tensor, TensorType, storage_of
from . import (
    activation,
    along,
    arithmetic,
    arranging,
    asking,
    average_pooling,
    choosing,
    combined,
    comparing,
    contraction,
    conv,
    conversion,
    creation,
    decompositions,
    diagonals,
    distance,
    distinct,
    dropout,
    einsum,
    elementary,
    gamma,
    gathering,
    gating,
    histogram,
    indexing,
    inplace,
    inplace_views,
    integers,
    joining,
    linalg,
    lu,
    many_into_one,
    matrix,
    max_pooling,
    normalisation,
    norms,
    older,
    ordering,
    orthogonal,
    overwriting,
    patches,
    placing,
    poisson,
    powers,
    products,
    random,
    reduction,
    renorm,
    repeating,
    running,
    signs,
    similarity,
    slopes,
    special,
    splitting,
    statistics,
    tapers,
    transcendental,
    view,
)
from .data import constructed
from .faces import face
from .inplace import in_place
from .operands import must_be_tensor, operand


def _of(module: object, names: str) -> dict[str, Callable]:
    return {name: getattr(module, name) for name in names.split()}


BOTH = {
    **_of(arithmetic, "add sub mul div rsub neg reciprocal floor_divide remainder fmod"),
    **_of(powers, "pow square"),
    **_of(elementary, """
        sqrt rsqrt exp exp2 expm1 log log2 log10 log1p sin cos tan asin acos atan sinh cosh tanh sigmoid relu
        abs sign floor ceil trunc frac round"""),
    **_of(choosing, "maximum minimum clamp clamp_min clamp_max masked_fill lerp"),
    **_of(comparing, """
        eq ne lt le gt ge logical_and logical_or logical_xor logical_not isnan isinf isfinite isclose allclose
        equal"""),
    **_of(transcendental, "atan2 asinh acosh atanh logaddexp logaddexp2 logit nan_to_num"),
    **_of(gamma, "lgamma digamma"),
    **_of(special, "erf erfc erfinv xlogy sinc deg2rad rad2deg"),
    **_of(signs, "sgn signbit isposinf isneginf isreal heaviside nextafter fmax fmin copysign positive"),
    **_of(integers, """
        bitwise_and bitwise_or bitwise_xor bitwise_not bitwise_left_shift bitwise_right_shift gcd lcm"""),
    **_of(combined, "frexp hypot ldexp addcmul addcdiv float_power"),
    **_of(reduction, "sum mean prod max min amax amin argmax argmin all any count_nonzero logsumexp"),
    **_of(statistics, "var std nansum nanmean aminmax quantile nanquantile cov corrcoef"),
    **_of(running, "cumsum cumprod cummax cummin logcumsumexp"),
    **_of(ordering, "argsort sort msort topk median nanmedian kthvalue mode"),
    **_of(distinct, "unique unique_consecutive bincount"),
    **_of(histogram, "histc histogram"),
    **_of(view, """
        reshape clone detach t transpose permute movedim broadcast_to select narrow unsqueeze squeeze flatten unflatten
        ravel diagonal as_strided"""),
    **_of(splitting, "split chunk unbind"),
    **_of(arranging, "flip roll rot90 fliplr flipud split_with_sizes tensor_split hsplit vsplit dsplit"),
    **_of(older, "svd qr"),
    **_of(indexing, "masked_select nonzero argwhere take"),
    **_of(gathering, "index_select gather scatter scatter_add"),
    **_of(repeating, "tile repeat_interleave"),
    **_of(placing, """
        index_copy index_put masked_scatter put select_scatter slice_scatter diagonal_scatter"""),
    **_of(many_into_one, "scatter_reduce index_reduce"),
    **_of(along, "diff index_add index_fill take_along_dim"),
    **_of(diagonals, "diag diag_embed diagflat trace tril triu"),
    **_of(matrix, "mm dot mv bmm addmm outer matmul"),
    **_of(products, "addmv addr baddbmm addbmm vdot inner cross kron"),
    **_of(activation, "softmax log_softmax prelu hardshrink"),
    **_of(random, "bernoulli multinomial"),
    **_of(linalg, "det logdet slogdet matrix_power matrix_exp"), "norm": norms.norm,
    "lu": lu.lu_pair, "lu_solve": lu.old_lu_solve, "cholesky": lu.old_cholesky,
    **_of(lu, "cholesky_solve cholesky_inverse triangular_solve"), "renorm": renorm.renorm, "i0": orthogonal.i0,
    "angle": signs.angle, "mvlgamma": gamma.mvlgamma,
    "dist": contraction.dist, "inverse": linalg.inv, "pinverse": decompositions.pinv, "where": choosing.where,
}  # fmt: skip

METHODS = {
    **_of(view, "view view_as contiguous expand expand_as unfold"),
    **_of(creation, "new_zeros new_ones new_empty new_full new_tensor new_empty_strided new"),
    **_of(conversion, "to type type_as cpu cuda"), **conversion.CASTS,
    **_of(repeating, "repeat"),
    **_of(inplace, """
        add_ sub_ mul_ div_ copy_ fill_ zero_ detach_ index_put_ masked_fill_ resize_ resize_as_ set_ fill_diagonal_
        map_ apply_"""),
    **_of(random, "uniform_ normal_ random_ exponential_ bernoulli_ geometric_ log_normal_ cauchy_"),
    "where": lambda self, condition, other: choosing.where(condition, self, other),
    "split": lambda self, split_size, dim=0: splitting.split(self, split_size, dim),
    "reshape_as": lambda self, other: view.reshape(self, other._array.shape),
    "sum_to_size": reduction.sum_to_size,
    **_of(asking, "is_nonzero is_same_size is_conj is_neg conj resolve_conj resolve_neg is_pinned is_shared"),
}  # fmt: skip

FUNCTIONS = {
    **_of(creation, """
        tensor as_tensor asarray from_numpy from_dlpack frombuffer scalar_tensor empty zeros ones full empty_strided
        empty_like zeros_like ones_like full_like arange range linspace logspace eye tril_indices triu_indices meshgrid
        cartesian_prod combinations vander"""),
    **_of(random, """
        rand randn randint randperm normal rand_like randn_like randint_like manual_seed seed initial_seed get_rng_state
        set_rng_state"""),
    **_of(joining, "cat stack hstack vstack"),
    **_of(arranging, """
        broadcast_tensors broadcast_shapes atleast_1d atleast_2d atleast_3d dstack column_stack block_diag"""),
    **_of(statistics, "std_mean var_mean"),
    **_of(distinct, "isin searchsorted bucketize"),
    **_of(along, "trapezoid cumulative_trapezoid"), "gradient": slopes.gradient, "histogramdd": histogram.histogramdd,
    **_of(contraction, "tensordot cdist pdist"), **_of(gamma, "polygamma"),
    **_of(products, "chain_matmul"), **_of(einsum, "einsum"),
    **_of(activation, "threshold"), **_of(gating, "selu celu"), **_of(dropout, "dropout"),
    **_of(overwriting, "celu_ selu_ threshold_"),
    **_of(similarity, "cosine_similarity"), **_of(distance, "pairwise_distance"),
    **_of(asking, "is_nonzero is_same_size is_complex is_signed is_conj is_neg conj resolve_conj resolve_neg real"),
    **_of(conv, "conv1d conv2d conv3d conv_transpose1d conv_transpose2d conv_transpose3d"),
    **_of(max_pooling, "max_pool1d max_pool2d max_pool3d"), **_of(average_pooling, "avg_pool1d adaptive_avg_pool1d"),
    **_of(patches, "channel_shuffle pixel_shuffle pixel_unshuffle"),
    **_of(normalisation, "layer_norm group_norm rms_norm"),
    **_of(asking, "imag is_storage get_device typename"),
    **_of(tapers, "hann_window hamming_window bartlett_window blackman_window kaiser_window"),
    "lu_unpack": lu.lu_unpack, "poisson": poisson.poisson,
    "split": splitting.split_tensor, "adjoint": view.adjoint, "unravel_index": indexing.unravel_index,
    "fill": inplace.fill,
}  # fmt: skip

IN_PLACE = """
    abs acos acosh addbmm addcdiv addcmul addmm addmv addr asin asinh atan atan2 atanh baddbmm bitwise_and digamma
    bitwise_left_shift bitwise_not bitwise_or bitwise_right_shift bitwise_xor ceil clamp clamp_max clamp_min copysign
    cos cosh cumprod cumsum deg2rad eq erf erfc erfinv exp exp2 expm1 float_power floor floor_divide fmod frac gcd ge gt
    heaviside hypot index_add index_copy index_fill index_reduce lcm ldexp le lerp lgamma log log10 log1p log2
    logical_and logical_not logical_or logical_xor logit lt masked_scatter nan_to_num ne neg nextafter pow put rad2deg
    reciprocal relu remainder round rsqrt scatter scatter_add scatter_reduce sgn sigmoid sign sin sinc sinh sqrt square
    tan tanh tril triu trunc xlogy renorm i0"""

# in-place forms that are functions, too
IN_PLACE_FUNCTIONS = """
    abs acos acosh addmv asin asinh atan atanh ceil clamp clamp_max clamp_min cos cosh deg2rad erf erfc exp2 exp expm1
    fill floor frac gcd index_put lcm ldexp log10 log1p log2 log logit nan_to_num neg rad2deg reciprocal relu round
    rsqrt sigmoid sin sinc sinh sqrt square tan tanh trunc xlogy zero detach resize_as as_strided i0"""

ALIASES = {
    "subtract": "sub", "multiply": "mul", "divide": "div", "true_divide": "div", "negative": "neg", "absolute": "abs",
    "swapaxes": "transpose", "swapdims": "transpose", "moveaxis": "movedim", "clip": "clamp", "fix": "trunc",
    "arctan": "atan", "arcsin": "asin", "arccos": "acos", "arctan2": "atan2", "arcsinh": "asinh", "arccosh": "acosh",
    "arctanh": "atanh", "row_stack": "vstack", "greater": "gt", "greater_equal": "ge", "less": "lt", "less_equal": "le",
    "not_equal": "ne", "concat": "cat", "concatenate": "cat", "ger": "outer", "trapz": "trapezoid",
}  # fmt: skip

# functions that PyTorch gives no `out=`
WITHOUT_OUT = """
    adaptive_avg_pool1d adjoint allclose argsort argwhere as_strided as_tensor asarray atleast_1d atleast_2d
    atleast_3d avg_pool1d bartlett_window bincount blackman_window block_diag broadcast_shapes broadcast_tensors
    broadcast_to cartesian_prod cdist celu celu_ channel_shuffle chunk clone combinations conj conv1d conv2d conv3d
    conv_transpose1d conv_transpose2d conv_transpose3d corrcoef cosine_similarity count_nonzero cov cumulative_trapezoid
    det detach diag_embed diagflat diagonal diagonal_scatter dist dropout dsplit einsum empty_like empty_strided equal
    fill flatten flip fliplr flipud from_dlpack from_numpy frombuffer full_like get_device get_rng_state gradient
    group_norm hamming_window hann_window histogramdd hsplit imag index_fill index_put initial_seed is_complex
    kaiser_window lu poisson
    is_conj is_neg is_nonzero is_same_size is_signed is_storage isclose isfinite isinf isnan isreal layer_norm
    logdet manual_seed masked_fill masked_scatter matrix_exp max_pool1d max_pool2d max_pool3d meshgrid movedim
    narrow ones_like pairwise_distance pdist permute pinverse pixel_shuffle pixel_unshuffle positive prelu put rand_like
    randint_like randn_like ravel real relu repeat_interleave reshape resolve_conj resolve_neg rms_norm roll rot90
    rsub scalar_tensor seed select select_scatter selu selu_ set_rng_state slice_scatter split split_with_sizes
    squeeze std_mean t tensor tensor_split threshold_ tile trace transpose trapezoid tril_indices triu_indices
    typename unbind unflatten unique unique_consecutive unravel_index unsqueeze vander var_mean vsplit zeros_like"""


def _reflected(function: Callable) -> Callable:
    """`2 ** x` of `x ** 2`: the number comes first."""

    def operator(self: Tensor, other: object) -> Tensor:
        first = operand(other, self)
        return first if first is NotImplemented else function(first, self)

    return operator


def _power_of(self: Tensor, base: object) -> Tensor:
    """`base ** x`: only with a number as the base; a tensor has a say before x."""
    base = base.item() if isinstance(base, np.generic) else base
    return powers.pow_operator(base, self) if isinstance(base, (int, float)) else NotImplemented


OPERATORS = {
    "__add__": arithmetic.plus.operator, "__radd__": arithmetic.plus.operator, "__sub__": arithmetic.minus.operator,
    "__rsub__": arithmetic.scalar_minus, "__mul__": arithmetic.mul.operator, "__rmul__": arithmetic.mul.operator,
    "__truediv__": arithmetic.true_divide.operator, "__floordiv__": arithmetic.floor_divide.operator,
    "__mod__": arithmetic.remainder.operator, "__neg__": arithmetic.neg,
    "__pos__": signs.positive, "__abs__": elementary.abs,
    "__eq__": comparing.eq.operator, "__ne__": comparing.ne.operator, "__lt__": comparing.lt.operator,
    "__le__": comparing.le.operator, "__gt__": comparing.gt.operator, "__ge__": comparing.ge.operator,
    "__and__": integers.bitwise_and.operator, "__or__": integers.bitwise_or.operator,
    "__xor__": integers.bitwise_xor.operator, "__invert__": integers.inverted,
    "__lshift__": integers.bitwise_left_shift.operator, "__rshift__": integers.bitwise_right_shift.operator,
    "__pow__": powers.pow_operator, "__matmul__": matrix.matmul_operator,
    "__getitem__": indexing.getitem, "__setitem__": inplace.setitem, "__delitem__": inplace.delitem,
    "__iadd__": inplace.add_.operator, "__isub__": inplace.sub_.operator, "__imul__": inplace.mul_.operator,
    "__itruediv__": inplace.divide_.operator,
    "__rtruediv__": lambda self, other: arithmetic.reciprocal(self) * other,
    "__rpow__": _power_of, "__rfloordiv__": _reflected(arithmetic.floor_divide.operator),
    "__rmod__": _reflected(arithmetic.remainder.operator),
    "__rmatmul__": lambda self, other: NotImplemented,
    "__rand__": integers.bitwise_and.operator, "__ror__": integers.bitwise_or.operator,
    "__rxor__": integers.bitwise_xor.operator,
    "__rlshift__": _reflected(integers.bitwise_left_shift.operator),
    "__rrshift__": _reflected(integers.bitwise_right_shift.operator),
    **{
        f"__i{name}__": in_place(function, name)
        for name, function in {
            "pow": powers.pow, "and": integers.bitwise_and, "or": integers.bitwise_or, "xor": integers.bitwise_xor,
            "floordiv": arithmetic.floor_divide, "mod": arithmetic.remainder, "lshift": integers.bitwise_left_shift,
            "rshift": integers.bitwise_right_shift,
        }.items()
    },
}  # fmt: skip


def _with_aliases(found: dict[str, Callable]) -> dict[str, Callable]:
    """Every name that another name stands for, in-place forms included."""
    for alias, name in ALIASES.items():
        for end in ("", "_"):
            if name + end in found:
                found[alias + end] = found[name + end]
    return found


def _methods() -> dict[str, Callable]:
    plain = BOTH | METHODS
    changing = {f"{n}_": in_place(BOTH[n], f"{n}_") for n in IN_PLACE.split()}
    return _with_aliases({**{n: _method(f, n) for n, f in plain.items()}, **changing, **inplace_views.INPLACE_VIEWS})


def _method(function: Callable, name: str) -> Callable:
    """Operations written from entries take no other arguments: they need no face, which saves their callers a step."""
    return function if hasattr(function, "source") else face(function, name, method=True)


def _function(method: Callable, name: str) -> Callable:
    """A method as a function."""

    def function(input: Tensor, *args: object, **named: object) -> Tensor:
        if not isinstance(input, Tensor):
            raise must_be_tensor(name, input, "input", 1)
        return method(input, *args, **named)

    function.__name__ = function.__qualname__ = name
    function.__module__, function.__doc__ = "tensorbook", method.__doc__
    return function


def attach() -> None:
    """Give Tensor its constructor, methods, properties and operators."""
    TensorType.construct = staticmethod(constructed)
    for name, function in _methods().items():
        setattr(Tensor, name, function)
    for name, function in OPERATORS.items():
        setattr(Tensor, name, function)
    Tensor.T = property(view.reversed_dims, doc="All dimensions in reverse order.")
    Tensor.mT, Tensor.mH, Tensor.H = property(view.mT), property(view.mH), property(view.H)
    Tensor.adjoint = view.adjoint
    Tensor.real = property(asking.real, doc="The tensor itself: no number here has an imaginary part.")
    Tensor.imag = property(asking.imag, doc="RuntimeError: no number here has an imaginary part.")
    for name in absent.OF_TENSORS.split():
        setattr(Tensor, name, absent.refusal(name))
    for name in asking.NEVER.split():
        setattr(Tensor, name, False)
    Tensor.data = property(view.data, set_data, doc="The same memory without the history.")


def set_data(self: Tensor, other: Tensor) -> None:
    """`x.data = y`: from now on x looks at y's memory."""
    if not isinstance(other, Tensor):
        raise TypeError(f"Variable data has to be a tensor, but got {type(other).__name__}")
    if self.is_leaf and self._node is not None and other._array.dtype.kind != "f":
        raise RuntimeError("data set to a tensor that requires gradients must be floating point or complex dtype")
    storage = storage_of(other).apart()  # the memory is shared, the counter of writes is not
    if not self.is_inference():
        storage.version = self._version
    self._array, self._storage, self._view_of = other._array, storage, None
    if self.is_leaf and self._node is not None:
        self._node.array, self._node.shape = other._array, other._array.shape


def functions() -> dict[str, Callable]:
    """Every function that stands in the package's top level."""
    without = WITHOUT_OUT.split()
    found = {n: face(f, n, out=n not in without) for n, f in (BOTH | FUNCTIONS).items()}
    found |= {f"{n}_": _function(getattr(Tensor, f"{n}_"), f"{n}_") for n in IN_PLACE_FUNCTIONS.split()}
    found["pow"] = _number_called_self(found["pow"])
    return _with_aliases(found)


def _number_called_self(function: Callable) -> Callable:
    """pow(self=2, exponent=x): a number in the first place has another name than a tensor."""

    @functools.wraps(function)
    def pow(*args: object, **named: object) -> Tensor:
        if isinstance(named.get("self"), (int, float)):
            args = (named.pop("self"), *args)
        return function(*args, **named)

    return pow
