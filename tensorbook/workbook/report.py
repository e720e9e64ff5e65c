"""What a checker talks to: it notes what is right, and stops at the first thing that is off."""

import contextlib
import dis
import io
import math
import re
import types
import zlib
from collections.abc import Sequence
from typing import Any, NoReturn

import numpy as np

from tensorbook.workbook.guard import TookTooLong, time_limit

SECONDS = 10.0
"""How long one call of a learner's function may take."""


class Off(Exception):
    """The first thing that is off, as a sentence for the learner."""


class NotAttempted(Exception):
    """The learner has not replaced the ``...`` yet."""


class Report:
    """Collects the verdict on one answer.

    ``torch`` is the library that the learner's notebook works with (tensorbook, or PyTorch where
    the import line was changed). ``attempt`` seeds the fresh inputs: another call of ``check``
    draws others, so that a copied number is refused, and a notebook run from top to bottom always
    draws the same.
    """

    def __init__(self, exercise_id: str, torch: types.ModuleType, attempt: int = 0) -> None:
        self.torch = torch
        self.rng = np.random.default_rng([zlib.crc32(exercise_id.encode()), attempt])
        self.right: list[str] = []
        self._last: tuple[Any, str] = (None, "")  # what the last call gave, and how the call reads

    def numbers(self, *shape: int, low: int = -9, high: int = 9, dtype: Any = None) -> Any:
        """A fresh tensor of whole numbers from ``low`` to ``high``; float32 unless told otherwise."""
        drawn = self.rng.integers(low, high, size=shape, endpoint=True).tolist()
        return self.torch.tensor(drawn, dtype=dtype or self.torch.float32).reshape(shape)

    def sizes(self, count: int, low: int = 2, high: int = 6) -> tuple[int, ...]:
        """Fresh, pairwise different sizes for the dims of a tensor."""
        return tuple(int(n) for n in self.rng.permutation(np.arange(low, high + 1))[:count])

    def expect(self, condition: Any, right: str, off: str) -> None:
        """Note ``right`` when the condition holds, otherwise stop with ``off``."""
        if not condition:
            raise Off(off)
        if right not in self.right:
            self.right.append(right)

    def tensor(self, value: Any, name: str, *, shape: Sequence[int] | None = None, dtype: Any = None) -> Any:
        """Expect a tensor, of this shape and dtype where they are given; hand it back."""
        self._fits(value, name, shape, dtype)
        self._note_what_fits(value, name, shape, dtype)
        return value

    def same(
        self,
        value: Any,
        expected: Any,
        name: str,
        *,
        mistakes: Sequence[tuple[Any, str]] = (),
        reveal: bool = False,
        right: str | None = None,
    ) -> None:
        """Expect the value to equal ``expected``: kind, shape, dtype, then numbers.

        ``mistakes`` pairs the wrong values that people arrive at with a sentence for each. With
        ``reveal`` the first differing element is shown beside the expected one: for fresh inputs
        only, where it gives nothing away.
        """
        if alike(value, expected):
            self.expect(True, right or f"{name} has the right {_noun(expected)}", "")
            return
        try:
            self._refuse(value, expected, name, mistakes, reveal)
        except Off as off:
            raise Off(f"{off}{self._seen_with(value, str(off))}") from None

    def _refuse(
        self, value: Any, expected: Any, name: str, mistakes: Sequence[tuple[Any, str]], reveal: bool
    ) -> NoReturn:
        """Stop with the first thing that is off."""
        if is_tensor(expected):
            self._note_what_fits(value, name, expected.shape, expected.dtype)
        for wrong, sentence in mistakes:
            if alike(value, wrong):
                raise Off(sentence)
        if is_tensor(expected):
            self._fits(value, name, expected.shape, expected.dtype)
        elif is_tensor(value):
            raise Off(f"{name} should be {kind(expected)}; it is still a tensor.")
        elif not _same_kind(value, expected):
            raise Off(f"{name} should be {kind(expected)}; it is {kind(value)}.")
        raise Off(_difference(value, expected, name, reveal))

    def _seen_with(self, value: Any, said: str) -> str:
        """How the call reads that gave this value, so that the learner can make it too; empty where that is said."""
        result, call = self._last
        return f"\n    seen with {call}" if call and value is result and call not in said else ""

    def call(
        self, function: Any, *inputs: Any, name: str | None = None, in_place: bool = False, may_be_none: bool = False
    ) -> Any:
        """Call the learner's function; whatever it does wrong becomes a sentence.

        What it prints is not shown. Unless ``in_place``, it must leave its inputs as they were. None is read as a
        missing return, unless it ``may_be_none``.
        """
        if isinstance(function, types.ModuleType) or not callable(function):
            raise Off(f"{name or 'the answer'} should be a function; it is {kind(function)}.")
        if is_blank(function):
            raise NotAttempted
        name = name or getattr(function, "__name__", "your function")
        given = f"{name}({', '.join(describe(x) for x in inputs)})"
        before = [x.detach().clone() if is_tensor(x) else None for x in inputs]
        try:
            with time_limit(SECONDS), contextlib.redirect_stdout(io.StringIO()):
                result = function(*inputs)
        except TookTooLong:
            raise Off(f"{given} was stopped after {SECONDS:g} seconds: does a loop in it never end?") from None
        except Exception as error:
            raise Off(f"{given} raised {type(error).__name__}: {_first_line(error)}") from None
        if result is ...:
            raise NotAttempted
        if result is None and not (in_place or may_be_none):
            raise Off(f"{given} gave None: is a return missing?")
        self._last = (result, given if inputs else "")
        for x, old in zip(inputs, before, strict=True):
            if old is not None and not in_place and not alike(x, old):
                raise Off(f"{name} changed the tensor that it was given; it should leave it as it was.")
        return result

    def by_hand(self, function: Any, *inputs: Any, name: str | None = None) -> Any:
        """``call`` where autograd is no answer: nothing is recorded meanwhile."""
        with self.torch.no_grad():
            try:
                return self.call(function, *inputs, name=name)
            except Off as off:
                if "does not require grad" not in str(off):
                    raise
        raise Off("this one is to be worked out by hand: autograd records nothing while the answer is checked.")

    def _fits(self, value: Any, name: str, shape: Sequence[int] | None, dtype: Any) -> None:
        """Stop at the first of these that is off: a tensor at all, its shape, its dtype."""
        if not is_tensor(value):
            raise Off(f"{name} should be a tensor; it is {kind(value)}.")
        if shape is not None and tuple(value.shape) != tuple(shape):
            yours, wanted = tuple(value.shape), tuple(shape)
            where, what = _parted(name)
            raise Off(
                f"{where}the shape of {what} should be {wanted}, yours is {yours}{_shape_advice(yours, wanted) or '.'}"
            )
        if dtype is not None and str(value.dtype) != str(dtype):
            where, what = _parted(name)
            raise Off(f"{where}the dtype of {what} should be {dtype}, yours is {value.dtype}.")

    def _note_what_fits(self, value: Any, name: str, shape: Sequence[int] | None, dtype: Any) -> None:
        if not is_tensor(value):
            return
        known = []
        if shape is not None and tuple(value.shape) == tuple(shape):
            known.append(f"shape {tuple(shape)}")
        if dtype is not None and str(value.dtype) == str(dtype):
            known.append(f"dtype {dtype}")
        self.expect(True, f"{name} is a tensor" + (f" with {' and '.join(known)}" if known else ""), "")


def is_tensor(value: Any) -> bool:
    """Whether this is a tensor, of tensorbook or of PyTorch."""
    return hasattr(value, "storage_offset") and hasattr(value, "requires_grad") and not isinstance(value, type)


def alike(value: Any, expected: Any) -> bool:
    """Whether two answers are the same: kind, shape, dtype and numbers (floats within 1e-5)."""
    if is_tensor(value) != is_tensor(expected):
        return False
    if is_tensor(value):
        if tuple(value.shape) != tuple(expected.shape) or str(value.dtype) != str(expected.dtype):
            return False
        return _close(_numbers(value), _numbers(expected))
    if not _same_kind(value, expected):
        return False
    if isinstance(expected, (list, tuple)):
        return len(value) == len(expected) and all(map(alike, value, expected))
    if isinstance(expected, float):
        return math.isclose(value, expected, rel_tol=1e-5, abs_tol=1e-6) or (value != value and expected != expected)
    return bool(value == expected)


def names_in(function: Any) -> set[str]:
    """The attributes and global names that a function's code reads, with those of functions inside it."""
    code = getattr(function, "__code__", function)
    names = set(getattr(code, "co_names", ()))
    for inner in getattr(code, "co_consts", ()):
        if isinstance(inner, types.CodeType):
            names |= names_in(inner)
    return names


def has_loop(function: Any) -> bool:
    """Whether a function's code goes through something with ``for``, itself or in a comprehension."""
    code = getattr(function, "__code__", function)
    if not isinstance(code, types.CodeType):
        return False
    return any(i.opname == "FOR_ITER" for i in dis.get_instructions(code)) or any(map(has_loop, code.co_consts))


def describe(value: Any) -> str:
    """A value in few words, for a sentence about a call."""
    if is_tensor(value):
        if value.numel() <= 12:
            return f"tensor({_rounded(value.tolist())})"
        return f"a tensor of shape {tuple(value.shape)}"
    if isinstance(value, np.ndarray) and value.size <= 12:
        return f"array({_rounded(value.tolist())})"
    if isinstance(value, types.FunctionType):
        return value.__name__
    text = re.sub(r" at 0x[0-9a-fA-F]+", "", repr(value))
    return text if len(text) <= 60 else kind(value)


def kind(value: Any) -> str:
    """What sort of thing a value is, in the learner's terms."""
    if value is None:
        return "None"
    if is_tensor(value):
        return f"a tensor of shape {tuple(value.shape)}"
    if isinstance(value, type):
        return f"the class {value.__name__}"
    if isinstance(value, tuple) and hasattr(value, "indices") and hasattr(value, "values"):  # what max(dim=1) gives
        return "a pair of .values and .indices, so take the one that is asked for"
    if callable(value):
        return "a function (are the parentheses missing?)"
    words = {
        bool: "True or False",
        int: "a whole number",
        float: "a Python float",
        str: "a string",
        list: "a list",
        tuple: "a tuple",
        dict: "a dict",
        np.ndarray: "a NumPy array",
    }
    for known, word in words.items():
        if isinstance(value, known):
            return word
    return f"an object of type {type(value).__name__}"


def _numbers(tensor: Any) -> np.ndarray:
    return np.asarray(tensor.detach().tolist())


def _close(a: np.ndarray, b: np.ndarray) -> bool:
    if a.dtype.kind in "fc":
        return bool(np.allclose(a, b, rtol=1e-5, atol=1e-6, equal_nan=True))
    return bool(np.array_equal(a, b))


def _same_kind(value: Any, expected: Any) -> bool:
    if isinstance(expected, bool) or isinstance(value, bool):
        return isinstance(expected, bool) and isinstance(value, bool)
    if isinstance(expected, float):
        return isinstance(value, (int, float))
    if isinstance(expected, (list, tuple)):
        return isinstance(value, (list, tuple))
    return isinstance(value, type(expected))


def _difference(value: Any, expected: Any, name: str, reveal: bool) -> str:
    if not is_tensor(expected):
        shown = repr(value) if len(repr(value)) <= 60 else kind(value)
        return f"{name} is {shown}" + (f", expected {expected!r}." if reveal else ", and that is not it.")
    mine, wanted = _numbers(value), _numbers(expected)
    if wanted.ndim == 0:
        return f"{name} is {_rounded(mine.item())}" + (
            f", expected {_rounded(wanted.item())}." if reveal else ", and that is not it."
        )
    wrong = np.argwhere(~np.isclose(mine, wanted, rtol=1e-5, atol=1e-6, equal_nan=True))
    place = list(map(int, wrong[0]))
    where, name = _parted(name)
    first = f"the first is {name}{place}: yours is {_rounded(mine[tuple(place)].item())}"
    first += f", expected {_rounded(wanted[tuple(place)].item())}" if reveal else ""
    are = "is" if len(wrong) == 1 else "are"
    return f"{where}{len(wrong)} of the {wanted.size} numbers in {name} {are} off; {first}."


def _parted(name: str) -> tuple[str, str]:
    """A name such as "for a line: x" in two, so that a sentence on x can stand between them."""
    where, colon, what = name.rpartition(": ")
    return where + colon, what


def _shape_advice(yours: tuple[int, ...], wanted: tuple[int, ...]) -> str:
    if yours == wanted[::-1]:
        return ": are rows and columns the wrong way round?"
    if len(yours) > len(wanted) and [n for n in yours if n != 1] == [n for n in wanted if n != 1]:
        return ": was a dimension of size 1 kept?"
    if len(yours) < len(wanted) and [n for n in yours if n != 1] == [n for n in wanted if n != 1]:
        return ": is a dimension of size 1 missing?"
    return ""


def _noun(expected: Any) -> str:
    return "values" if is_tensor(expected) and expected.numel() != 1 else "value"


def _rounded(value: Any) -> Any:
    if isinstance(value, list):
        return [_rounded(v) for v in value]
    return float(f"{value:.4g}") if isinstance(value, float) else value


def _first_line(error: Exception) -> str:
    text = re.sub(r"0x[0-9a-fA-F]{6,}", "0x…", str(error).strip()).partition("\n")[0]
    return text if len(text) <= 200 else text[:199] + "…"


def is_blank(function: Any) -> bool:
    """Whether a function's body is nothing but ``...``: it does nothing, and returns None, like ``pass``."""
    code = getattr(function, "__code__", None)
    if code is None or set(code.co_consts) - {None, function.__doc__}:
        return False
    return all(
        i.opname in ("RESUME", "NOP", "LOAD_CONST", "RETURN_CONST", "RETURN_VALUE") for i in dis.get_instructions(code)
    )
