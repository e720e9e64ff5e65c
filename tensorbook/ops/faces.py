"""Functions as users call them: PyTorch's names for the arguments, NumPy's `axis` and `keepdims` beside its `dim` and
`keepdim`, and `out=`, a tensor to write the result into.

The functions of this package know of none of that: here each gets a face, a function that spells the arguments out and
hands them on. Its source is written, as those of the operations are (define.py), so that it costs next to nothing.
"""

from __future__ import annotations

import functools
import inspect
import linecache
import warnings
from collections.abc import Callable

from .. import dtypes
from ..graph import grad_mode
from ..tensor import Tensor
from .inplace import copy_, resize_
from .operands import check_devices
from .results import named
from .words import c_type, scalar_type

MISSING = object()  # the default of an argument that has none

# Functions that want `out` in the very dtype of their result; the others convert.
EXACT = """
    addmm argmax argmin argsort bmm cummax cummin diag dot gather index_add index_select inverse kthvalue
    linalg_cholesky linalg_det linalg_eigh linalg_eigvalsh linalg_inv linalg_matrix_power linalg_pinv linalg_qr
    linalg_slogdet linalg_solve linalg_svd linalg_svdvals masked_select matmul max median min mm mode mv nanmedian
    nonzero scatter scatter_add sort take topk trace tril triu"""


def face(function: Callable, name: str, out: bool = False, method: bool = False) -> Callable:
    """`function` with the arguments that users may give.

    Args:
        name: the function's name in tracebacks and errors.
        out: whether it takes `out=`.
        method: whether it is to be a method, whose first argument has no name of its own.
    """
    parameters = list(inspect.signature(function).parameters.values())
    space = {"_inner": function, "_MISSING": MISSING, "_missing": _missing, "_written": written}
    kinds = {p.name: p.kind for p in parameters}
    required = [p.name for p in parameters if p.default is p.empty and p.kind is p.POSITIONAL_OR_KEYWORD]
    head, call, body, more, last = [], [], [], [], []
    for p in parameters:
        shown = "input" if p.name == "self" and not method else p.name
        if p.kind is p.VAR_POSITIONAL:  # reshape(2, 3) and reshape(shape=(2, 3))
            head.append(f"*{shown}_")
            more.append(f"{shown}=_MISSING")
            body.append(f"if {shown} is not _MISSING: {shown}_ = ({shown},)")
            call.append(f"*{shown}_")
            continue
        if p.kind is p.VAR_KEYWORD:
            last.append(f"**{shown}")
            call.append(f"**{shown}")
            continue
        if p.kind is p.KEYWORD_ONLY and "*" not in head and inspect.Parameter.VAR_POSITIONAL not in kinds.values():
            head.append("*")
        space[f"default_{shown}"] = p.default
        by_axis = p.name == "dim" and p.name == (required or [""])[-1]
        optional = p.default is not p.empty
        head.append(f"{shown}=default_{shown}" if optional else f"{shown}=_MISSING" if by_axis else shown)
        call.append(f"{shown}={shown}" if p.kind is p.KEYWORD_ONLY else shown)
        if p.name in ("dim", "keepdim") and (optional or by_axis):
            numpys = {"dim": "axis", "keepdim": "keepdims"}[p.name]
            more.append(f"{numpys}=_MISSING")
            body.append(f"if {numpys} is not _MISSING: {shown} = {numpys}")
        if by_axis:
            body.append(f"if {shown} is _MISSING: raise _missing({name!r}, {shown!r})")
    if out:
        more.append("out=None")
        body.append("if out is not None:")
        if "dtype" in kinds:  # the result is computed in the dtype that it is wanted in
            body.append("    if dtype is None and out.__class__ is not tuple: dtype = out.dtype")
        body.append(f"    return _written({name!r}, out, _inner({', '.join(call)}))")
    if more and "*" not in head and inspect.Parameter.VAR_POSITIONAL not in kinds.values():
        head.append("*")
    lines = [f"def {name}({', '.join([*head, *more, *last])}):", *(f"    {line}" for line in body)]
    source = "\n".join([*lines, f"    return _inner({', '.join(call)})"])
    filename = f"<tensorbook {name}>" if not hasattr(function, "source") else f"<tensorbook torch.{name}>"
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    exec(compile(source, filename, "exec"), space)
    made = functools.update_wrapper(space[name], function)
    made.__name__ = made.__qualname__ = name
    made.__module__ = "tensorbook"
    del made.__wrapped__  # so that inspect.signature shows these arguments
    return made


def _missing(name: str, argument: str) -> TypeError:
    return TypeError(f'{name}() missing 1 required positional arguments: "{argument}"')


def written(name: str, out: Tensor | tuple, result: Tensor | tuple) -> Tensor | tuple:
    """`out`, with the result in it. Another shape is made to fit; PyTorch warns where something was lost by that.

    Raises RuntimeError where a gradient would have to flow through `out`, and for a dtype that does not fit.
    """
    if isinstance(result, tuple):
        if not isinstance(out, (tuple, list)) or len(out) != len(result):
            raise TypeError(f"{name}(): argument 'out' must be tuple of {len(result)} Tensors")
        parts = [written(name, o, r) for o, r in zip(out, result, strict=True)]
        return named(f"{type(result).__name__}_out", result._fields)(*parts)
    if not isinstance(out, Tensor):
        raise TypeError(f"{name}(): argument 'out' must be Tensor, not {type(out).__name__}")
    if grad_mode.enabled and (result._node is not None or out._node is not None):
        raise RuntimeError(
            f"{name}(): functions with out=... arguments don't support automatic differentiation, but one of the "
            "arguments requires grad."
        )
    check_devices(result, out)
    if name in EXACT.split() and result.dtype is not out.dtype:
        raise RuntimeError(f"Expected out tensor to have dtype {c_type(result)}, but got {c_type(out)} instead")
    if not dtypes.can_cast(result.dtype, out.dtype):
        kind = TypeError if name in ("cat", "stack", "concat") else RuntimeError
        raise kind(f"result type {scalar_type(result)} can't be cast to the desired output type {scalar_type(out)}")
    wanted = result._array.shape
    if out._array.shape != wanted:
        if out._array.size:
            warnings.warn(
                f"An output with one or more elements was resized since it had shape {list(out.shape)}, which does "
                f"not match the required output shape {list(wanted)}. This behavior is deprecated, and in a future "
                "PyTorch release outputs will not be resized unless they have zero elements. You can explicitly reuse "
                "an out tensor t by resizing it, inplace, to zero elements with t.resize_(0).",
                UserWarning,
                stacklevel=3,
            )
        resize_(out, wanted)
    return copy_(out, result)
