"""A tensor in a few numbers and words: enough for a strip of colours and a line of text, small enough to send."""

from __future__ import annotations

import math
from typing import Any

ROWS, COLUMNS = 5, 8  # of a table
STRIP = 20  # of a single row


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
