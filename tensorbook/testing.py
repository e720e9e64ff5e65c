"""Assertions about numbers: `torch.testing.assert_close`. https://pytorch.org/docs/stable/testing.html"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from . import dtypes
from .ops.comparing import isclose
from .ops.creation import as_tensor
from .ops.indexing import unravel_index
from .tensor import Tensor

TOLERANCES = {dtypes.float16: (1e-3, 1e-5), dtypes.float32: (1.3e-6, 1e-5), dtypes.float64: (1e-7, 1e-7)}
"""For each dtype the relative and the absolute tolerance; integers and bools must be equal."""


def assert_close(
    actual: object,
    expected: object,
    *,
    allow_subclasses: bool = True,
    rtol: float | None = None,
    atol: float | None = None,
    equal_nan: bool = False,
    check_device: bool = True,
    check_dtype: bool = True,
    check_layout: bool = True,
    check_stride: bool = False,
    msg: str | Callable[[str], str] | None = None,
) -> None:
    """Nothing where the two agree up to rounding: |actual - expected| <= atol + rtol * |expected|.

    Args:
        actual, expected: tensors, NumPy arrays, numbers, or sequences and mappings of these.
        rtol, atol: the tolerances; from the dtype where neither is given.
        check_device, check_dtype, check_stride: whether these must be the same, too. The layout always is.
        msg: what the error says, or a function of what it would say.

    Raises:
        AssertionError: where they differ; it says how many elements do, and where most.
        TypeError: for what cannot be compared.

    >>> import tensorbook as torch
    >>> torch.testing.assert_close(torch.ones(2) / 3 * 3, torch.ones(2))
    """
    if (rtol is None) != (atol is None):
        raise ValueError(
            "Both 'rtol' and 'atol' must be either specified or omitted, but got no "
            f"{'rtol' if rtol is None else 'atol'}."
        )
    given = None if rtol is None else (rtol, atol)
    attributes = {"device": check_device, "dtype": check_dtype, "stride()": check_stride}

    def compare(a: object, b: object, place: str) -> None:
        if isinstance(a, Mapping) and isinstance(b, Mapping):
            for key in _same_keys(a, b):
                compare(a[key], b[key], f"{place}[{key!r}]")
        elif _is_sequence(a) and _is_sequence(b):
            if len(a) != len(b):
                raise AssertionError(f"The length of the sequences mismatch: {len(a)} != {len(b)}")
            for i, pair in enumerate(zip(a, b, strict=True)):
                compare(*pair, f"{place}[{i}]")
        else:
            trouble = _difference(a, b, given, equal_nan, attributes, allow_subclasses)
            if trouble:
                where = f"\n\nThe failure occurred for item {place}" if place else ""
                raise AssertionError(trouble + where if msg is None else msg if isinstance(msg, str) else msg(trouble))

    compare(actual, expected, "")


def _is_sequence(x: object) -> bool:
    return isinstance(x, Sequence) and not isinstance(x, str)


def _same_keys(a: Mapping, b: Mapping) -> list:
    missing, additional = [k for k in b if k not in a], [k for k in a if k not in b]
    if missing or additional:
        raise AssertionError(
            "The keys of the mappings do not match:\n"
            f"Missing keys in the actual mapping: {sorted(missing)}\n"
            f"Additional keys in the actual mapping: {sorted(additional)}"
        )
    return list(a)


def _difference(
    a: object, b: object, given: tuple | None, equal_nan: bool, attributes: dict[str, bool], allow_subclasses: bool
) -> str:
    """In what two things that are no containers differ, in words; empty where they agree."""
    numbers = (bool, int, float)
    if a is None and b is None:
        return ""
    if isinstance(a, bool) and isinstance(b, bool):
        return "" if a is b else f"Booleans mismatch: {a} is not {b}"
    if isinstance(a, numbers) and isinstance(b, numbers):
        if attributes["dtype"] and type(a) is not type(b):
            return f"The (d)types do not match: {type(a)} != {type(b)}."
        exact = not isinstance(a, float) and not isinstance(b, float)
        tolerances = given or ((0, 0) if exact else TOLERANCES[dtypes.float64])
        same = math.isclose(a, b, rel_tol=0, abs_tol=tolerances[1] + tolerances[0] * abs(b)) or a == b
        return "" if same or (equal_nan and a != a and b != b) else _scalars(a, b, tolerances)
    for kind in (Tensor, np.ndarray):
        if isinstance(a, kind) and isinstance(b, kind) and (allow_subclasses or type(a) is type(b)):
            return _tensors(as_tensor(a).detach(), as_tensor(b).detach(), given, equal_nan, attributes)
    raise TypeError(f"No comparison pair was able to handle inputs of type {type(a)} and {type(b)}.")


def _tensors(a: Tensor, b: Tensor, given: tuple | None, equal_nan: bool, attributes: dict[str, bool]) -> str:
    checks = {"shape": True, **attributes}
    for name in (name for name, wanted in checks.items() if wanted):
        mine, its = (x.stride() if name == "stride()" else getattr(x, name) for x in (a, b))
        if mine != its:
            return f"The values for attribute '{name}' do not match: {mine} != {its}."
    pairs = [TOLERANCES.get(x.dtype, (0.0, 0.0)) for x in (a, b)]
    rtol, atol = tolerances = given or tuple(map(max, zip(*pairs, strict=True)))
    kind = dtypes.promote_types(a.dtype, b.dtype)
    kind = kind if kind.is_floating_point else dtypes.int64
    a, b = a.to(b.device, kind), b.to(kind)
    matches = isclose(a, b, rtol=rtol, atol=atol, equal_nan=equal_nan)
    if matches.all():
        return ""
    if not a.dim():
        return _scalars(a.item(), b.item(), tolerances)
    off = (a - b).abs()
    relative = off / b.abs()
    off, relative = (x.masked_fill(matches, 0) for x in (off, relative))
    count, total = int((~matches).sum()), matches.numel()
    close = bool(rtol or atol)
    lines = [
        f"Tensor-likes are not {'close' if close else 'equal'}!", "",
        f"Mismatched elements: {count} / {total} ({count / total:.1%})",
    ]  # fmt: skip
    for word, x, allowed in (("absolute", off, atol), ("relative", relative, rtol)):
        at = x.argmax()
        place = tuple(int(i) for i in unravel_index(at, x.shape))
        limit = f" (up to {allowed} allowed)" if close else ""
        lines.append(f"Greatest {word} difference: {x.flatten()[at].item()} at index {place}{limit}")
    return "\n".join(lines)


def _scalars(a: float, b: float, tolerances: tuple[float, float]) -> str:
    rtol, atol = tolerances
    off = abs(a - b)
    relative = off / abs(b) if b else math.inf
    close = bool(rtol or atol)
    up_to = [f" (up to {allowed} allowed)" if close else "" for allowed in (atol, rtol)]
    return (
        f"Scalars are not {'close' if close else 'equal'}!\n\nExpected {b} but got {a}.\n"
        f"Absolute difference: {off}{up_to[0]}\nRelative difference: {relative}{up_to[1]}"
    )
