"""A tensor in a few numbers and words: enough for a strip of colours and a line of text, small enough to send."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

Place = tuple[int, ...]  # of one entry: its index in each dim

ROWS, COLUMNS = 5, 8  # of a table
STRIP = 20  # of a single row
MOST_TERMS = 3  # of a sum that is written out; of a longer one, the first two


def number(value: Any) -> str:
    """A number with at most four significant digits.

    >>> number(0.123456), number(-2.0), number(1234567.0), number(True)
    ('0.1235', '-2', '1.235e+06', 'True')
    """
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return str(value)
    if isinstance(value, int):
        return str(value - 2**64 if value >= 2**63 else value)  # PyTorch shows some signed numbers as unsigned
    return f"{value + 0.0:.4g}"  # -0.0 as 0


def signed(value: float) -> str:
    """A number as part of a formula: in parentheses where it is below zero."""
    text = number(value)
    return f"({text})" if text.startswith("-") else text


def sum_text(terms: Sequence[str], count: int, note: str = "") -> str:
    """The first terms of a sum of `count`; after two spaces a note, and how many there are where not all are shown.

    >>> sum_text(["1 * 2", "-3 * 4"], 2), sum_text(["1", "2", "3", "4"], 8, "over dim 0")
    ('1 * 2 - 3 * 4', '1 + 2 + …  8 terms, over dim 0')
    """
    shown = terms if count <= MOST_TERMS else terms[:2]
    text = "".join(f" - {term[1:]}" if term.startswith("-") else f" + {term}" for term in shown)
    text = text[3:] if text.startswith(" + ") else text.replace(" - ", "-", 1)
    if count > len(shown):
        text += " + …"
        note = f"{count:,} terms" + (f", {note}" if note else "")
    return f"{text}  {note}" if note else text


def place_text(place: Place) -> str:
    """The index of an entry: "[0, 1]", and "" where there is one entry alone."""
    return f"[{', '.join(map(str, place))}]" if place else ""


def unravel(flat: int, shape: Sequence[int]) -> Place:
    """The index in each dim of the entry number `flat`."""
    place = []
    for size in reversed(shape):
        flat, at = divmod(flat, int(size))
        place.append(at)
    return tuple(reversed(place))


def item(tensor: Any, place: Place) -> float:
    return float(tensor.detach()[place].item())


def shape_text(shape: Any) -> str:
    """A shape as Python writes it: "()", "(3,)", "(3, 4)"."""
    return str(tuple(int(size) for size in shape))


def glimpse(tensor: Any) -> dict[str, Any]:
    """Shape, dtype, least and greatest value, and the corner of the values as rows for a heat map.

    `rows` holds floats rounded to four digits, or the words "nan", "inf", "-inf"; `more` counts what it leaves out.
    """
    found: dict[str, Any] = {
        "shape": shape_text(tensor.shape),
        "dtype": str(tensor.dtype).rpartition(".")[2],
        "rows": [],
        "more": 0,
        "range": "no elements",
    }
    count = tensor.numel()
    if not count:
        return found
    try:
        plain = tensor.detach()
        if plain.is_complex():
            plain = plain.abs()
        flat = plain.reshape(-1)
        columns = int(plain.shape[-1]) if plain.dim() else 1
        if columns == 1:  # a column of numbers reads as well as a strip
            columns = count
        table = flat.reshape(-1, columns)[:ROWS, : COLUMNS if columns < count else STRIP]
        found["rows"] = [[_short(value) for value in row] for row in table.tolist()]
        found["more"] = count - sum(len(row) for row in found["rows"])
        low, high = flat.min().item(), flat.max().item()
    except (RuntimeError, NotImplementedError, TypeError):  # no values to read: a meta tensor, an exotic dtype
        found["range"] = "values cannot be read"
        return found
    found["range"] = number(low) if _same(low, high) else f"{number(low)} … {number(high)}"
    if count > 1 and _same(low, high):
        found["range"] = f"{number(low)} everywhere"
    return found


def first(tensor: Any) -> float | None:
    """The first element of a tensor of real numbers; None where there is none to read."""
    if not tensor.numel() or tensor.is_complex():
        return None
    try:
        return float(tensor.detach()[(0,) * tensor.dim()].item())
    except (RuntimeError, NotImplementedError, TypeError):
        return None


def _same(low: Any, high: Any) -> bool:
    return low == high or (low != low and high != high)


def _short(value: Any) -> float | str:
    value = float(value)
    if not math.isfinite(value):
        return str(value)
    return float(f"{value:.4g}") + 0.0  # -0.0 as 0.0
