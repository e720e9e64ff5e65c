"""What the graph explorer says in words: saved values, steps, errors."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from .graph_trace import Failure
from .graph_values import first, number, place_text, shape_text, sum_text
from .svg import shorten


def plain(value: Any) -> str:
    """A saved value that is no tensor: a number, a shape, a tuple of indices."""
    if isinstance(value, (tuple, list)):
        inner = ", ".join(f"tensor {shape_text(v.shape)}" if hasattr(v, "detach") else number(v) for v in value)
        return f"({inner}{',' * (len(value) == 1)})"
    return number(value)


def reason(message: str) -> str:
    """The first sentence of an error, shorter where it is one of autograd's two well-known ones."""
    if "second time" in message:
        return "freed by an earlier backward()"
    if "modified by an inplace operation" in message:
        found = re.search(r"is at version (\d+); expected version (\d+)", message)
        now = f": it is at version {found[1]}, version {found[2]} was saved" if found else ""
        return f"changed in place after it was saved{now}"
    return shorten(message.partition(". ")[0].strip(), 160)


def why_stopped(where: str, failure: Failure) -> str:
    """Why the pass stops at a node, and what to do."""
    if failure.freed:
        return (
            f"The pass stops at {where}: what it saved was freed by an earlier backward(). Explore the graph before "
            f"calling backward(), or call backward(retain_graph=True). ({failure.kind})"
        )
    if "modified by an inplace operation" in failure.message:
        what = f"a tensor that it saved was {reason(failure.message)}"
        return f"The pass stops at {where}: {what}. Change a copy instead of the tensor itself. ({failure.kind})"
    return f"The pass stops at {where}: {reason(failure.message)}. ({failure.kind})"


def made_at(fn: Any) -> str:
    """The line of code that made a node, where anomaly mode noted it."""
    try:
        lines = fn.metadata.get("traceback_")
    except AttributeError:
        return ""
    found = re.search(r"line (\d+), in .*\n\s*(.+)", lines[-1]) if lines else None
    return f"line {found[1]}: {found[2].strip()}" if found else ""


def operation_ran(key: str, ways: list[tuple[str, str]], waiting: list[tuple[str, int]]) -> str:
    """An operation's step: `ways` are (what, to whom), `waiting` (who, for how many more gradients)."""
    passed = " and ".join(f"{what} to {whom}" for what, whom in ways[:3])
    if len(ways) > 3:
        passed += f", and more to {len(ways) - 3} others"
    words = f"{key} passes {passed or 'nothing on'}"
    for whom, left in waiting if len(ways) <= 3 else []:
        words += f". {whom} still waits for {left} more gradient{'s' * (left > 1)}"
    return words


def added(parts: Sequence[float | None], total: Any) -> str:
    """The first entry of a sum of gradients: "[0]: 0.5 - 1 = -0.5"; "" where it cannot be read or all parts are 0."""
    result = first(total)
    if result is None or None in parts or not any(parts):
        return ""
    text, _, note = sum_text([number(part) for part in parts], len(parts)).partition("  ")
    place = f"{place_text((0,) * total.dim())}: " if total.numel() > 1 else ""
    return f"{place}{text} = {number(result)}{f' ({note})' if note else ''}"


def leaf_filled(name: str, before: dict[str, Any] | None, after: dict[str, Any] | None) -> str:
    """A leaf's step, from what its .grad was and becomes."""
    if after is None:
        return f"no gradient reaches {name}: {name}.grad stays None"
    change = "was None" if before is None else "what arrived is added to the .grad that was there"
    return f"{name}.grad becomes {after['shape']}, {after['range']} ({change})"


def computed(key: str, formula: str, shape: str, saved: list[str]) -> str:
    """A step of the forward pass: what an operation made, and what it keeps for backward."""
    keeps = f", and saves {' and '.join(saved)} for backward" if saved else ""
    return f"{formula or key}{f', shape {shape}' if shape else ''}{keeps}"


def before(picture: dict[str, Any]) -> str:
    """What stands where no step has run yet."""
    name = {"forward": "the forward pass", "backward": "the backward pass"}.get(picture["phase"], "a second backward")
    return f"before {name}: {len(picture['steps'])} steps"
