"""Which functions are methods of Tensor, and which operators they stand for."""

from __future__ import annotations

from ..tensor import Tensor
from . import (
    activation,
    along,
    arranging,
    average_pooling,
    contraction,
    conv,
    conversion,
    creation,
    diagonals,
    einsum,
    indexing,
    inplace,
    inplace_forms,
    inplace_views,
    joining,
    linalg,
    matrix,
    max_pooling,
    ordering,
    patches,
    pointwise,
    random,
    reduction,
    special,
    splitting,
    transcendental,
    view,
)
from .operands import operand

# name of the method -> function; the tensor is the first argument
METHODS = {
    **{name: getattr(pointwise, name) for name in (
        "add", "sub", "mul", "div", "rsub", "neg", "pow", "square", "sqrt", "rsqrt", "reciprocal", "exp", "exp2",
        "expm1",
        "log", "log2", "log10", "log1p", "sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh", "sigmoid",
        "relu", "abs", "sign", "floor", "ceil", "trunc", "frac", "round", "maximum", "minimum", "clamp", "clamp_min",
        "clamp_max", "masked_fill", "lerp", "eq", "ne", "lt", "le", "gt", "ge", "logical_and", "logical_or",
        "logical_xor",
        "logical_not", "bitwise_and", "bitwise_or", "bitwise_xor", "bitwise_not", "isnan", "isinf", "isfinite",
        "isclose",
        "allclose", "equal", "floor_divide", "remainder", "fmod",
    )},
    **{name: getattr(reduction, name) for name in (
        "sum", "mean", "var", "std", "prod", "norm", "max", "min", "amax", "amin", "argmax", "argmin", "argsort",
        "sort",
        "all", "any", "count_nonzero", "cumsum", "cumprod", "flip", "roll", "logsumexp",
    )},
    **{name: getattr(view, name) for name in (
        "view", "view_as", "reshape", "contiguous", "clone", "detach", "t", "transpose", "permute", "movedim", "expand",
        "expand_as", "broadcast_to", "select", "narrow", "unsqueeze", "squeeze", "flatten", "unflatten", "ravel",
        "diagonal", "unfold", "as_strided",
    )},
    **{name: getattr(splitting, name) for name in ("split", "chunk", "unbind")},
    **{name: getattr(indexing, name) for name in (
        "index_select", "gather", "masked_select", "nonzero", "scatter", "scatter_add",
        "take", "topk", "tril", "triu", "repeat", "tile",
        "repeat_interleave",
    )},
    **{name: getattr(matrix, name) for name in ("mm", "dot", "mv", "bmm", "addmm", "outer", "matmul")},
    **{name: getattr(activation, name) for name in ("softmax", "log_softmax")},
    **{name: getattr(creation, name) for name in ("new_zeros", "new_ones", "new_empty", "new_full", "new_tensor")},
    **{name: getattr(random, name) for name in (
        "uniform_", "normal_", "random_", "exponential_", "bernoulli_", "bernoulli", "multinomial",
    )},
    **{name: getattr(inplace, name) for name in (
        "add_", "sub_", "mul_", "div_", "pow_", "clamp_", "copy_", "fill_", "zero_", "index_put_", "masked_fill_",
        "scatter_", "scatter_add_",
    )},
    **{name: getattr(transcendental, name) for name in (
        "atan2", "asinh", "acosh", "atanh", "logaddexp", "logit", "nan_to_num",
    )},
    **{name: getattr(along, name) for name in ("diff", "index_add", "index_fill", "take_along_dim")},
    **{name: getattr(diagonals, name) for name in ("diag", "diag_embed", "diagflat", "trace")},
    **{name: getattr(ordering, name) for name in ("median", "nanmedian", "unique")},
    **{name: getattr(arranging, name) for name in ("fliplr", "flipud", "split_with_sizes")},
    **{name: getattr(inplace_forms, name) for name in (
        "clamp_min_", "clamp_max_", "square_", "frac_", "round_", "lerp_", "atan2_", "logit_", "nan_to_num_",
        "index_add_", "index_fill_",
    )},
    "dist": contraction.dist, "det": linalg.det, "inverse": linalg.inv,
    "erf": special.erf, "xlogy": special.xlogy,
    **inplace.UNARY, **inplace.BINARY, **inplace_views.INPLACE_VIEWS, **conversion.CASTS,
    "to": conversion.to, "type": conversion.type_, "type_as": conversion.type_as, "cpu": conversion.cpu,
    "cuda": conversion.cuda, "detach_": inplace.detach_,
    "where": lambda self, condition, other: pointwise.where(condition, self, other),
    "reshape_as": lambda self, other: view.reshape(self, other._array.shape),
}  # fmt: skip

ALIASES = {
    "subtract": "sub", "multiply": "mul", "divide": "div", "true_divide": "div", "negative": "neg", "absolute": "abs",
    "swapaxes_": "transpose_", "swapdims_": "transpose_",
    "swapaxes": "transpose", "swapdims": "transpose", "moveaxis": "movedim", "clip": "clamp", "fix": "trunc",
    "arctan": "atan", "arcsin": "asin", "arccos": "acos", "arctan2": "atan2",
    "arcsinh": "asinh", "arccosh": "acosh", "arctanh": "atanh", "row_stack": "vstack", "arctan2_": "atan2_",
    "greater": "gt", "greater_equal": "ge", "less": "lt",
    "less_equal": "le", "not_equal": "ne", "concat": "cat", "concatenate": "cat", "subtract_": "sub_",
    "multiply_": "mul_",
    "divide_": "div_", "absolute_": "abs_", "clip_": "clamp_", "negative_": "neg_",
}  # fmt: skip

OPERATORS = {
    "__add__": pointwise.plus.operator, "__radd__": pointwise.plus.operator, "__sub__": pointwise.minus.operator,
    "__rsub__": pointwise.scalar_minus, "__mul__": pointwise.mul.operator, "__rmul__": pointwise.mul.operator,
    "__truediv__": pointwise.true_divide.operator, "__floordiv__": pointwise.floor_divide.operator,
    "__mod__": pointwise.remainder, "__neg__": pointwise.neg, "__abs__": pointwise.abs,
    "__eq__": pointwise.eq.operator, "__ne__": pointwise.ne.operator, "__lt__": pointwise.lt.operator,
    "__le__": pointwise.le.operator, "__gt__": pointwise.gt.operator, "__ge__": pointwise.ge.operator,
    "__and__": pointwise.bitwise_and.operator, "__or__": pointwise.bitwise_or.operator,
    "__xor__": pointwise.bitwise_xor.operator, "__invert__": pointwise.bitwise_not, "__pow__": pointwise.pow,
    "__matmul__": matrix.matmul, "__getitem__": indexing.getitem, "__setitem__": inplace.setitem,
    "__iadd__": inplace.add_, "__isub__": inplace.sub_, "__imul__": inplace.mul_, "__itruediv__": inplace.div_,
    "__ipow__": inplace.pow_, "__iand__": inplace.BINARY["bitwise_and_"], "__ior__": inplace.BINARY["bitwise_or_"],
    "__ixor__": inplace.BINARY["bitwise_xor_"], "__ifloordiv__": inplace.BINARY["floor_divide_"],
    "__imod__": inplace.BINARY["remainder_"],
    "__rtruediv__": lambda self, other: pointwise.mul(pointwise.reciprocal(self), other),
    "__rpow__": lambda self, other: pointwise.pow(other, self),
    "__rfloordiv__": lambda self, other: pointwise.floor_divide(operand(other, self), self),
    "__rmod__": lambda self, other: pointwise.remainder(operand(other, self), self),
    "__rmatmul__": lambda self, other: matrix.matmul(operand(other, self), self),
    "__rand__": pointwise.bitwise_and.operator, "__ror__": pointwise.bitwise_or.operator,
    "__rxor__": pointwise.bitwise_xor.operator,
}  # fmt: skip

# functions of the module that are no methods
FUNCTIONS = {
    **{name: getattr(creation, name) for name in (
        "tensor", "as_tensor", "asarray", "from_numpy", "from_dlpack", "scalar_tensor", "empty", "zeros", "ones",
        "full",
        "empty_strided", "empty_like", "zeros_like", "ones_like", "full_like", "arange", "linspace", "logspace", "eye",
        "tril_indices", "triu_indices", "meshgrid",
    )},
    **{name: getattr(random, name) for name in (
        "rand", "randn", "randint", "randperm", "normal", "rand_like", "randn_like", "randint_like", "manual_seed",
        "seed",
        "initial_seed", "get_rng_state", "set_rng_state", "bernoulli", "multinomial",
    )},
    **{name: getattr(joining, name) for name in ("cat", "stack", "hstack", "vstack")},
    **{name: getattr(arranging, name) for name in (
        "broadcast_tensors", "atleast_1d", "atleast_2d", "atleast_3d", "dstack", "column_stack",
    )},
    **{name: METHODS[name] for name in ("zero_", "fill_", "relu_", "clamp_", "clamp_min_", "clamp_max_", "exp_", "neg_",
        "abs_", "sqrt_", "square_", "sin_", "cos_", "tanh_", "sigmoid_", "log_", "round_", "floor_", "ceil_", "trunc_",
        "nan_to_num_", "index_put_")},
    **{name: getattr(conv, name) for name in (
        "conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d",
    )},
    **{name: getattr(max_pooling, name) for name in ("max_pool1d", "max_pool2d", "max_pool3d")},
    "avg_pool1d": average_pooling.avg_pool1d, "adaptive_avg_pool1d": average_pooling.adaptive_avg_pool1d,
    "pixel_shuffle": patches.pixel_shuffle, "pixel_unshuffle": patches.pixel_unshuffle,
    "tensordot": contraction.tensordot, "adjoint": lambda self: view.transpose(self, -2, -1),
    "where": pointwise.where, "einsum": einsum.einsum,
}  # fmt: skip


def attach() -> None:
    """Give Tensor its methods, properties and operators."""
    for name, function in METHODS.items():
        setattr(Tensor, name, function)
    for alias, name in ALIASES.items():
        if name in METHODS:
            setattr(Tensor, alias, METHODS[name])
    for name, function in OPERATORS.items():
        setattr(Tensor, name, function)
    Tensor.T = property(transposed, doc="All dimensions in reverse order.")
    Tensor.mT = property(matrices_transposed, doc="The last two dimensions exchanged.")
    Tensor.H = Tensor.mH = Tensor.mT
    Tensor.adjoint = FUNCTIONS["adjoint"]
    Tensor.data = property(view.data, set_data, doc="The same memory without the history.")


def matrices_transposed(self: Tensor) -> Tensor:
    if not self._array.ndim:
        return self
    if self._array.ndim < 2:
        raise RuntimeError(
            f"tensor.mT is only supported on matrices or batches of matrices. Got {self._array.ndim}-D tensor."
        )
    return view.transpose_(self, -2, -1)


def transposed(self: Tensor) -> Tensor:
    return view.permute_(self, tuple(range(self._array.ndim - 1, -1, -1)))


def set_data(self: Tensor, other: Tensor) -> None:
    """`x.data = y`: from now on x looks at y's memory."""
    if not isinstance(other, Tensor):
        raise TypeError(f"Variable data has to be a tensor, but got {type(other).__name__}")
    self._array, self._storage, self._view_of = other._array, other._storage, None
    if self.is_leaf and self._node is not None:
        self._node.array, self._node.shape = other._array, other._array.shape


def functions() -> dict[str, object]:
    """Every function that stands in the package's top level."""
    tensor_only = {
        "new_zeros",
        "new_ones",
        "new_empty",
        "new_full",
        "new_tensor",
        "to",
        "type",
        "type_as",
        "cpu",
        "cuda",
    }
    found = {n: f for n, f in METHODS.items() if n not in tensor_only | set(conversion.CASTS) and not n.endswith("_")}
    found.update(FUNCTIONS)
    found["softmax"], found["log_softmax"] = activation.softmax, activation.log_softmax
    for alias, name in ALIASES.items():
        if name in found:
            found[alias] = found[name]
    return found
