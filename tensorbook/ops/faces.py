"""Functions as users call them: PyTorch's names for the arguments, NumPy's `axis` and `keepdims` beside its `dim` and
`keepdim`, and `out=`, a tensor to write the result into.

The functions of this package know of none of that: here each gets a face, a function that spells the arguments out and
hands them on. Its source is written, as those of the operations are (define.py), so that it costs next to nothing.
"""

from __future__ import annotations

import functools
from collections.abc import Callable

import numpy as np

from .. import dtypes, notices
from ..graph import grad_mode
from ..tensor import Tensor, make
from .compiled import compiled, defined, kept
from .inplace import copy_, resize_
from .operands import check_devices, must_be_tensor, operand
from .results import named
from .words import c_type, scalar_type

# Functions whose first operand may be a number as well as the second, and those that then want a tensor as the second.
NUMBER_FIRST = ("add", "sub", "mul", "div", "floor_divide")
NUMBER_THEN_TENSOR = ("bitwise_and", "bitwise_or", "bitwise_xor", "bitwise_left_shift", "bitwise_right_shift")
# How arguments are annotated that must be tensors; where the first is of the last kind, one of that kind must be.
TENSORS, EITHER = ("Tensor", "Tensor | None", "Sequence[Tensor]"), "Tensor | float"
DIMS, DIM = ("dim", "dim0", "dim1"), "int"
MISSING = object()  # the default of an argument that has none
VARARGS, VARKEYWORDS = 4, 8  # inspect.CO_VARARGS and CO_VARKEYWORDS; inspect itself takes long to import

# Functions that want `out` in the very dtype of their result; the others convert.
EXACT = """
    linalg_cholesky_ex linalg_inv_ex linalg_lu linalg_lu_factor linalg_lu_factor_ex linalg_lu_solve linalg_solve_ex
    lu_solve lu_unpack renorm
    triangular_solve
    abs addbmm addmm addmv all amax amin aminmax any argmax argmin argsort baddbmm bitwise_not bmm bucketize ceil
    chain_matmul clamp clamp_max clamp_min cross cummax cummin diag dot floor frac frexp gather hardshrink heaviside
    histc histogram index_add index_copy index_reduce index_select inner inverse isin isneginf isposinf kthvalue lerp
    linalg_cholesky linalg_cross linalg_det linalg_eigh linalg_eigvalsh linalg_inv linalg_matmul linalg_matrix_norm
    linalg_matrix_power linalg_multi_dot linalg_norm linalg_qr linalg_slogdet linalg_solve linalg_solve_triangular
    linalg_svd linalg_svdvals linalg_vecdot linalg_vector_norm log_softmax logcumsumexp masked_select matmul
    matrix_power max median min mm mode msort multinomial mv nan_to_num nanmedian nanquantile neg nonzero norm qr
    quantile round scatter scatter_add scatter_reduce searchsorted sgn sign signbit slogdet softmax sort svd take
    take_along_dim tensordot topk trace tril triu trunc vdot where"""
# Of those, the ones whose result over all elements is converted.
LOOSE_ALONE = ("max", "min")
# Functions that make tensors: they fill `out`, whatever its size was, and PyTorch says nothing.
FILLING = """
    bernoulli empty eye full linspace logspace multinomial normal ones rand randint randn randperm range zeros"""


def face(function: Callable, name: str, out: bool = False, method: bool = False) -> Callable:
    """`function` with the arguments that users may give.

    Args:
        name: the function's name in tracebacks and errors.
        out: whether it takes `out=`.
        method: whether it is to be a method, whose first argument has no name of its own.
    """
    parameters = arguments(function)
    spelled = tuple((argument, kind, default is not MISSING) for argument, kind, default in parameters)
    annotations = function.__annotations__
    either = not method and annotations.get(parameters[0][0] if parameters else "") == EITHER
    tensors = tuple((argument, DIM if argument in DIMS else annotations[argument]) for argument, _, _ in parameters
                    if argument in DIMS
                    or annotations.get(argument) in ((*TENSORS, EITHER) if either else TENSORS))  # fmt: skip
    own = hasattr(function, "source")
    source, code = kept(
        ("face", name, out, method, own, spelled, tensors), lambda: _written(name, spelled, tensors, out, method, own)
    )
    space = {"_inner": function, "_MISSING": MISSING, "_missing": _missing, "_written": written}
    space |= {
        "__name__": "tensorbook.ops.generated",
        "_dtype": dtypes.dtype,
        "_meant": dtypes.meant,
        "_told": told,
        "_first": first,
    }
    for argument, _, default in parameters:
        space[f"default_{_shown(argument, method)}"] = default
    made = functools.update_wrapper(defined(code, source, name, space), function)
    made.__name__ = made.__qualname__ = name
    made.__module__ = "tensorbook"
    del made.__wrapped__  # so that inspect.signature shows these arguments
    return made


def arguments(function: Callable) -> list[tuple[str, str, object]]:
    """The name, kind ("plain", "only", "*" or "**") and default of each argument; MISSING where it has none.

    What inspect.signature tells as well, in a tenth of the time.
    """
    code = function.__code__
    names, count, only = code.co_varnames, code.co_argcount, code.co_kwonlyargcount
    defaults, of_only = function.__defaults__ or (), function.__kwdefaults__ or {}
    first = count - len(defaults)
    found = [(names[i], "plain", MISSING if i < first else defaults[i - first]) for i in range(count)]
    rest = count + only
    if code.co_flags & VARARGS:
        found.append((names[rest], "*", MISSING))
        rest += 1
    found += [(n, "only", of_only.get(n, MISSING)) for n in names[count : count + only]]
    if code.co_flags & VARKEYWORDS:
        found.append((names[rest], "**", MISSING))
    return found


def _shown(argument: str, method: bool) -> str:
    return "input" if argument == "self" and not method else argument


def _written(name: str, parameters: tuple, tensors: tuple, out: bool, method: bool, own: bool) -> tuple:
    """A face's source and its code."""
    kinds = {argument: kind for argument, kind, _ in parameters}
    required = [argument for argument, kind, optional in parameters if kind == "plain" and not optional]
    head, call, body, more, last = [], [], [], [], []
    for argument, kind, optional in parameters:
        shown = _shown(argument, method)
        if kind == "*":  # reshape(2, 3) and reshape(shape=(2, 3))
            head.append(f"*{shown}_")
            more.append(f"{shown}=_MISSING")
            body.append(f"if {shown} is not _MISSING: {shown}_ = ({shown},)")
            call.append(f"*{shown}_")
            continue
        if kind == "**":
            last.append(f"**{shown}")
            call.append(f"**{shown}")
            continue
        if kind == "only" and "*" not in head and "*" not in kinds.values():
            head.append("*")
        by_axis = argument == "dim" and argument == (required or [""])[-1]
        head.append(f"{shown}=default_{shown}" if optional else f"{shown}=_MISSING" if by_axis else shown)
        call.append(f"{shown}={shown}" if kind == "only" else shown)
        if argument in ("dim", "keepdim") and (optional or by_axis):
            numpys = {"dim": "axis", "keepdim": "keepdims"}[argument]
            more.append(f"{numpys}=_MISSING")
            body.append(f"if {numpys} is not _MISSING: {shown} = {numpys}")
        if by_axis:
            body.append(f"if {shown} is _MISSING: raise _missing({name!r}, {shown!r})")
    if "dtype" in kinds and name != "type":  # that one takes names, too
        told = f"{name}(): argument 'dtype'"
        body.append(f"if dtype.__class__ is not _dtype and dtype is not None: dtype = _meant(dtype, {told!r})")
    if {"dtype", "device", "requires_grad"} <= kinds.keys():  # makes a tensor
        more += [f"{argument}=None" for argument in ("layout", "pin_memory") if argument not in kinds]
    if out:
        more.append("out=None")
        body.append("if out is not None:")
        if "dtype" in kinds and name not in EXACT.split():  # the result is computed in the dtype that it is wanted in
            body.append("    if dtype is None and out.__class__ is not tuple: dtype = out.dtype")
        body.append(f"    return _written({name!r}, out, _inner({', '.join(call)}))")
    if more and "*" not in head and "*" not in kinds.values():
        head.append("*")
    body.append(f"return _inner({', '.join(call)})")
    order = [argument for argument, _, _ in parameters][method:]
    given = [f"({_shown(t, method)!r}, {order.index(t) + 1}, {_shown(t, method)}, {kind!r})"
             for t, kind in tensors if t in order and kinds[t] != "*"]  # fmt: skip
    if given:  # a `try` costs nothing
        body = ["try:", *(f"    {line}" for line in body), "except Exception:"]
        if name in NUMBER_FIRST + NUMBER_THEN_TENSOR and not method:
            body.append(f"    if (first := _first({name!r}, input, other)) is not None: ")
            body[-1] += f"return _inner({', '.join(['first', *call[1:]])})"
        body += [
            f"    if (error := _told({name!r}, {', '.join(given)})) is not None: raise error from None",
            "    raise",
        ]
    source = "\n".join([f"def {name}({', '.join([*head, *more, *last])}):", *(f"    {line}" for line in body)])
    return source, compiled(source, f"<tensorbook torch.{name}>" if own else f"<tensorbook {name}>")


def _missing(name: str, argument: str) -> TypeError:
    return TypeError(f'{name}() missing 1 required positional arguments: "{argument}"')


def told(name: str, *tensors: tuple[str, int, object, str]) -> Exception | None:
    """After an error: which argument is no tensor, if one of these (name, position, value, annotation) should be."""
    either = [value for *_, value, kind in tensors if kind == EITHER]
    for argument, position, value, kind in tensors:
        if kind == DIM:
            if isinstance(value, (str, bytes, float, dict, set)):
                return TypeError(
                    f"{name}(): argument '{argument}' (position {position}) must be int, not {type(value).__name__}"
                )
        elif kind == "Sequence[Tensor]":
            if not isinstance(value, (list, tuple)):
                return TypeError(f"{name}(): argument '{argument}' (position {position}) must be tuple of Tensors, not "
                                 f"{type(value).__name__}")  # fmt: skip
            for i, part in enumerate(value):
                if not isinstance(part, Tensor):
                    kind = type(part).__name__
                    return TypeError(f"expected Tensor as element {i} in argument {position - 1}, but got {kind}")
        elif isinstance(value, Tensor) or (kind == "Tensor | None" and value is None):
            continue
        elif kind != EITHER or not any(isinstance(v, Tensor) for v in either):
            return must_be_tensor(name, value, argument, position)
    return None


def first(name: str, input: object, other: object) -> Tensor | None:
    """After an error: the first operand as a tensor, if it was a number and may be one."""
    if not isinstance(input, (int, float)):
        return None
    if not isinstance(other, Tensor):
        if name in NUMBER_THEN_TENSOR or not isinstance(other, (int, float)):
            return None
        other = make(np.zeros((), np.bool_))  # numbers among themselves: neither decides on the dtype
    return operand(input, other)


def written(name: str, out: Tensor | tuple, result: Tensor | tuple, alone: bool = True) -> Tensor | tuple:
    """`out`, with the result in it. Another shape is made to fit; PyTorch warns where something was lost by that.

    Raises RuntimeError where a gradient would have to flow through `out`, and for a dtype that does not fit.
    """
    if isinstance(result, tuple):
        if not isinstance(out, (tuple, list)) or len(out) != len(result):
            raise TypeError(f"{name}(): argument 'out' must be tuple of {len(result)} Tensors")
        parts = [written(name, o, r, alone=False) for o, r in zip(out, result, strict=True)]
        return named(f"{name}_out", result._fields)(*parts)
    if not isinstance(out, Tensor):
        raise TypeError(f"{name}(): argument 'out' must be Tensor, not {type(out).__name__}")
    if grad_mode.enabled and (result._node is not None or out._node is not None):
        raise RuntimeError(
            f"{name}(): functions with out=... arguments don't support automatic differentiation, but one of the "
            "arguments requires grad."
        )
    check_devices(result, out)
    if result.dtype is not out.dtype and name in EXACT.split() and not (alone and name in LOOSE_ALONE):
        raise RuntimeError(f"Expected out tensor to have dtype {c_type(result)}, but got {c_type(out)} instead")
    if not dtypes.can_cast(result.dtype, out.dtype) and name != "bernoulli":
        kind = TypeError if name == "cat" or name.endswith("stack") else RuntimeError
        raise kind(f"result type {scalar_type(result)} can't be cast to the desired output type {scalar_type(out)}")
    wanted = result._array.shape
    if out._array.shape != wanted:
        if out._array.size and name not in FILLING.split():
            notices.warn(
                f"An output with one or more elements was resized since it had shape {list(out.shape)}, which does "
                f"not match the required output shape {list(wanted)}. This behavior is deprecated, and in a future "
                "PyTorch release outputs will not be resized unless they have zero elements. You can explicitly reuse "
                "an out tensor t by resizing it, inplace, to zero elements with t.resize_(0)."
            )
        resize_(out, wanted)
    return copy_(out, result)
