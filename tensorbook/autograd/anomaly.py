"""Where did that nan come from? Anomaly detection names the line of the forward pass behind a failing backward.

https://pytorch.org/docs/stable/autograd.html#anomaly-detection
"""

from __future__ import annotations

import traceback
import warnings
from pathlib import Path

from ..graph import Node, grad_mode
from ..tensor import Tensor

_HERE = str(Path(__file__).resolve().parents[1])


def note(node: Node) -> None:
    """Write down at a new node which lines of the user's program made it."""
    stack = traceback.extract_stack()[:-1]
    while stack and (stack[-1].filename.startswith(_HERE) or stack[-1].filename.startswith("<tensorbook ")):
        stack.pop()  # this library's own lines tell a user nothing
    node.metadata["traceback_"] = traceback.format_list(stack)


class State:
    """Whether anomaly detection is on, in all threads, and what it does in a backward pass."""

    def __init__(self) -> None:
        self.enabled, self.check_nan = False, True

    def set(self, enabled: bool, check_nan: bool) -> None:
        grad_mode.mark(self, enabled)
        self.enabled, self.check_nan = enabled, check_nan
        grad_mode.note = note if enabled else None

    def after(self, node: Node, grads: tuple) -> None:
        """Raise RuntimeError where a node gave nan."""
        if not self.check_nan:
            return
        for i, g in enumerate(grads):
            array = g._array if isinstance(g, Tensor) else g
            if array is not None and array.dtype.kind == "f" and bool((array != array).any()):
                raise RuntimeError(f"Function '{node.name()}' returned nan values in its {i}th output.")

    def explain(self, node: Node) -> None:
        """Warn with the lines behind a node that failed."""
        lines = node.metadata.get("traceback_")
        told = "No forward pass information available. Enable detect anomaly during forward pass for more information."
        if lines:
            told = f"Traceback of forward call that caused the error:\n{''.join(lines)}"
        warnings.warn(f"Error detected in {node.name()}. {told}", UserWarning, stacklevel=5)


state = State()


class set_detect_anomaly:
    """Anomaly detection on or off: at once when called, for a block when used in `with`."""

    def __init__(self, mode: bool, check_nan: bool = True):
        self._before = state.enabled, state.check_nan
        state.set(bool(mode), check_nan)

    def __enter__(self) -> None:
        pass

    def __exit__(self, *_: object) -> None:
        state.set(*self._before)


class detect_anomaly:
    """In this block a failing backward also shows the line of the forward pass that made the failing node, and a nan
    in a gradient is an error (unless `check_nan=False`). Everything takes longer.

    >>> import tensorbook as torch
    >>> import warnings
    >>> x = torch.zeros(1, requires_grad=True)
    >>> with warnings.catch_warnings():
    ...     warnings.simplefilter("ignore")
    ...     with torch.autograd.detect_anomaly():
    ...         (x.sqrt() * 0).backward()
    Traceback (most recent call last):
        ...
    RuntimeError: Function 'SqrtBackward0' returned nan values in its 0th output.
    """

    def __init__(self, check_nan: bool = True):
        self.check_nan = check_nan
        warnings.warn(
            "Anomaly Detection has been enabled. This mode will increase the runtime and should only be enabled for "
            "debugging.",
            stacklevel=2,
        )

    def __enter__(self) -> None:
        self._before = state.enabled, state.check_nan
        state.set(True, self.check_nan)

    def __exit__(self, *_: object) -> None:
        state.set(*self._before)


def is_anomaly_enabled() -> bool:
    """Whether anomaly detection is on."""
    return state.enabled


def is_anomaly_check_nan_enabled() -> bool:
    """Whether anomaly detection looks for nan in gradients."""
    return state.check_nan


for _c in (detect_anomaly, set_detect_anomaly):
    _c.__module__ = "tensorbook.autograd.anomaly_mode"
