"""Axes with round numbers on them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

Axis = dict[str, Any]  # {"min": …, "max": …, "ticks": [[value, text], …]}


def linear_axis(low: float, high: float, *, ticks: int = 4, whole: bool = False) -> Axis:
    """An axis from at most `low` to at least `high` whose ends and ticks are round; `whole`: whole numbers only.

    >>> linear_axis(0, 0.87)
    {'min': 0.0, 'max': 1.0, 'ticks': [[0.0, '0'], [0.25, '0.25'], [0.5, '0.5'], [0.75, '0.75'], [1.0, '1']]}
    """
    if not high > low:
        spread = abs(low) / 2 or 0.5
        low, high = low - spread, high + spread
    span = high / ticks - low / ticks  # divided first: 1e308 - -1e308 would overflow
    size = 10.0 ** math.floor(math.log10(span))
    by = next(size * round_step for round_step in (1, 2, 2.5, 5, 10) if size * round_step >= span * 0.999)
    if whole:
        by = max(1.0, math.ceil(by))
    first, last = math.floor(low / by + 1e-9), math.ceil(high / by - 1e-9)
    values = [float(f"{count * by:.12g}") for count in range(first, last + 1)]
    return {"min": values[0], "max": values[-1], "ticks": [[value, tick_text(value)] for value in values]}


def log_axis(values: Iterable[float], *, ticks: int = 5) -> Axis | None:
    """A logarithmic axis around the positive values, with about so many ticks; None where there is none.

    >>> [text for _, text in log_axis([0.02, 3.0])["ticks"]]
    ['0.01', '0.1', '1', '10']
    """
    positive = [value for value in values if 0 < value < math.inf]
    if not positive:
        return None
    low, high = math.log10(min(positive)), math.log10(max(positive))
    first, last = math.floor(low + 1e-9), math.ceil(high - 1e-9)
    if last - first <= 2:  # few decades: 1, 2, 5 in each, cut where the values end
        marks = [m * 10.0**e for e in range(first, last + 1) for m in (1, 2, 5)]
        start = max((mark for mark in marks if mark <= 10**low * (1 + 1e-9)), default=marks[0])
        end = min((mark for mark in marks if mark >= 10**high * (1 - 1e-9)), default=marks[-1])
        if start == end:
            start, end = start / 2, end * 2
            marks = sorted({start, *marks, end})
        chosen = [mark for mark in marks if start <= mark <= end]
    else:
        every = math.ceil((last - first) / ticks)
        last = first + every * math.ceil((last - first) / every)
        chosen = [10.0**e for e in range(first, last + 1, every)]
    chosen = [float(f"{value:.12g}") for value in chosen]
    return {"min": chosen[0], "max": chosen[-1], "ticks": [[value, tick_text(value)] for value in chosen]}


def tick_text(value: float) -> str:
    """A tick's label: short, without an exponent where that stays short.

    >>> tick_text(20000.0), tick_text(0.25), tick_text(1e-6), tick_text(2.5e12)
    ('20,000', '0.25', '1e-6', '2.5e12')
    """
    if value != 0 and not 1e-4 <= abs(value) < 1e6:
        mantissa, _, exponent = f"{value:e}".partition("e")
        return f"{float(mantissa):g}e{int(exponent)}"
    return f"{value:,.6f}".rstrip("0").rstrip(".")


def significant(values: Sequence[float], digits: int = 5) -> list[float | None]:
    """Numbers for the page: short, and None for what is not finite, which JSON cannot say."""
    return [float(f"{value:.{digits}g}") if math.isfinite(value) else None for value in values]
