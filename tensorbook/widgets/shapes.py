"""Shapes as one types and broadcasts them, and operands that may be given as shapes."""

import sys
from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np

from .graph_model import library_of
from .inputs import read

MADE = 1 << 20
"""The most elements that are made for a shape; beyond it they are zeros that take no memory."""


def joint_size(sizes: Sequence[int | None]) -> int:
    """The size that two sizes that fit make: the one that is not 1.

    >>> joint_size((3, 1)), joint_size((None, 4)), joint_size((0, 1))
    (3, 4, 0)
    """
    known = [size for size in sizes if size is not None]
    return next((size for size in known if size != 1), 1)


def fits(a: Sequence[int], b: Sequence[int]) -> bool:
    """Do two shapes broadcast?

    >>> fits((3, 1), (4,)), fits((3,), (4,))
    (True, False)
    """
    return all(p == q or 1 in (p, q) for p, q in zip(reversed(a), reversed(b), strict=False))


def joint(a: Sequence[int], b: Sequence[int]) -> tuple[int, ...]:
    """The shape that two shapes that fit broadcast to.

    >>> joint((3, 1), (4,)), joint((), (2,))
    ((3, 4), (2,))
    """
    n = max(len(a), len(b))
    wide = [(1,) * (n - len(shape)) + tuple(shape) for shape in (a, b)]
    return tuple(joint_size(pair) for pair in zip(*wide, strict=True))


def parse_shape(text: str) -> tuple[int, ...]:
    """A shape that was typed: `3, 4`, `(3,)`, `()`.

    Raises `ValueError` for anything else.
    """
    words = text.strip().removeprefix("torch.Size").strip("()[] ").rstrip(", ")
    try:
        return tuple(int(word) for word in words.split(",")) if words else ()
    except ValueError:
        raise ValueError(f"{text!r} is no shape; expected sizes such as (3, 1)") from None


def as_operand(x: Any, name: str, beside: Any = None) -> Any:
    """What one gave, as a tensor: for a shape, one with its elements numbered; for a number or an array, one of it.

    It is of the library of the operand beside it, where that is a tensor. Raises `TypeError` for anything else, and
    `ValueError` for a shape with a negative size.
    """
    library = library_of(beside) or sys.modules[__name__.partition(".")[0]]
    if isinstance(x, tuple | list) and all(isinstance(size, int) and not isinstance(size, bool) for size in x):
        if any(size < 0 for size in x):
            raise ValueError(f"the shape of {name} is {tuple(x)}; expected no negative size")
        if len(x) > 32:
            raise ValueError(f"the shape of {name} has {len(x)} dims; expected at most 32")
        if (count := prod(x)) > MADE:
            return library.zeros(1).expand(*x)
        numbers = library.arange(count)
        return (numbers if name == "a" else (numbers + 1) * 10).reshape(tuple(x))
    if isinstance(x, bool | int | float | complex | np.generic):
        return library.tensor(x.item() if isinstance(x, np.generic) else x)
    read(x)  # raises TypeError, naming what was given
    if not isinstance(x, np.ndarray):
        return x
    return library.from_numpy(x if x.flags.writeable and all(step >= 0 for step in x.strides) else x.copy())
