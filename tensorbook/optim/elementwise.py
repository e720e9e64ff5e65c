"""How an optimiser steps whose rule looks at one element at a time: every one but LBFGS.

Such an optimiser says three things: what it remembers for a parameter (`first_state`), which of that has the
parameter's shape (`buffers`), and how a parameter moves (`rule`). The rule is a function over plain arrays that writes
into them. A large parameter is handed to it in pieces that stay in the processor's cache, so that a rule may be written
as its formula, with an array for each intermediate result, and still read the memory only once.
"""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

import numpy as np

from .. import devices, dtypes
from ..autograd.grad_mode import enable_grad
from ..ops.creation import tensor, zeros_like
from ..tensor import Tensor, storage_of
from .optimizer import Optimizer

PIECE = 65536  # elements that a rule gets at once: with its intermediate results they fit the second-level cache

Array = np.ndarray  # or CuPy's


class Elementwise(Optimizer):
    """The base of the optimisers whose rule is elementwise."""

    buffers: tuple[str, ...] = ()  # the names of the state that has the parameter's shape, as the rule's arguments
    counters: tuple[str, ...] = ("step",)  # the names of the state that is one number

    def __init__(self, params: object, defaults: dict):
        if defaults.get("differentiable"):
            if defaults.get("fused"):
                raise RuntimeError("`fused` does not support `differentiable`")
            raise NotImplementedError(
                f"{type(self).__name__}(differentiable=True): gradients through a step are not supported; "
                "write the step as tensor operations to differentiate it"
            )
        if defaults.get("fused") and defaults.get("foreach"):
            raise RuntimeError("`fused` and `foreach` cannot be `True` together.")
        super().__init__(params, defaults)

    def first_state(self, p: Tensor, group: dict) -> dict:
        """What is remembered for a parameter before its first step."""
        return {"step": number_state(0.0), **{name: zeros_like(p) for name in self.buffers}}

    def rule(self, group: dict, state: dict, p: Tensor) -> Callable[..., None]:
        """The function `(p, g, *buffers)` over arrays that moves p against its gradient g, for this one step.

        What is the same for all elements is computed here, once.
        """
        raise NotImplementedError

    def step(self, closure: Callable | None = None) -> object:
        """Move every parameter that has a gradient. Returns the closure's loss, if there is a closure."""
        loss = None
        if closure is not None:
            with enable_grad():
                loss = closure()
        for group in self.param_groups:
            for p in group["params"]:
                grad = p.grad
                if grad is not None:
                    self._move(p, grad._array, group)
        return loss

    def _move(self, p: Tensor, g: Array, group: dict) -> None:
        state = self.state.get(p)
        if not state:
            state = self.first_state(p, group)
            if state:
                self.state[p] = state
        array = p._array
        if group.get("capturable") and array.__class__ is np.ndarray:
            raise AssertionError("If capturable=True, params and state_steps must be on supported devices: ['cuda'].")
        rule = with_options(self.rule(group, state, p), group)
        in_pieces(rule, array, g, *[state[name]._array for name in self.buffers if name in state])
        storage_of(p).version += 1

    def __setstate__(self, state: dict) -> None:
        super().__setstate__(state)
        for group in self.param_groups:  # files from older versions lack the newer options
            for name, default in OPTIONS.items():
                if name in self.defaults:
                    group.setdefault(name, default)
        for own in self.state.values():
            for name in self.counters:
                if name in own and not isinstance(own[name], Tensor):
                    own[name] = number_state(float(own[name]))


OPTIONS = {
    "amsgrad": False,
    "nesterov": False,
    "momentum": 0,
    "centered": False,
    "maximize": False,
    "foreach": None,
    "capturable": False,
    "differentiable": False,
    "fused": None,
    "decoupled_weight_decay": False,
}


def in_pieces(rule: Callable[..., None], p: Array, *others: Array) -> None:
    """Run a rule on arrays of one shape, piece by piece where they are large and on the CPU."""
    if p.size <= PIECE or p.__class__ is not np.ndarray:
        rule(p, *others)
        return
    arrays = (p, *others)
    if all(a.flags.c_contiguous for a in arrays):
        arrays = [a.reshape(-1) for a in arrays]
    rows = max(1, PIECE * len(arrays[0]) // p.size)
    for start in range(0, len(arrays[0]), rows):
        rule(*[a[start : start + rows] for a in arrays])


def with_options(rule: Callable[..., None], group: dict) -> Callable[..., None]:
    """The rule after what `maximize` and `weight_decay` do to the gradient, or to the parameter."""
    maximize, decay = group["maximize"], number(group.get("weight_decay", 0))
    if not maximize and not decay:
        return rule
    shrink = 1 - number(group["lr"]) * decay if group.get("decoupled_weight_decay") else None

    def prepared(p: Array, g: Array, *buffers: Array) -> None:
        if maximize:
            g = -g
        if shrink is not None:
            p *= shrink
        elif decay:
            g = g + decay * p
        rule(p, g, *buffers)

    return prepared


def number(x: float | Tensor) -> float:
    """An option as a Python number."""
    return x.item() if isinstance(x, Tensor) else float(x)


def number_state(value: float) -> Tensor:
    """A number that is remembered: a tensor without dimensions on the CPU, as PyTorch keeps it."""
    double = dtypes.get_default_dtype() is dtypes.float64
    return tensor(value, dtype=dtypes.float64 if double else dtypes.float32, device="cpu")


def module_of(p: Tensor) -> ModuleType:
    """numpy, or cupy for a parameter on a GPU."""
    array = p._array
    return np if array.__class__ is np.ndarray else devices.module_of(array)


def count(state: dict) -> float:
    """One step more; how many there have been."""
    steps = state["step"]._array
    steps += 1
    return steps.item()


# ---- checks that several constructors make


def check_lr(lr: float | Tensor) -> None:
    if isinstance(lr, Tensor) and lr.numel() != 1:
        raise ValueError("Tensor lr must be 1-element")
    check(lr >= 0.0, "learning rate", lr)


def check_betas(betas: tuple[float, float]) -> None:
    for i, beta in enumerate(betas):
        check(0.0 <= beta < 1.0, f"beta parameter at index {i}", beta)


def check(fine: bool, what: str, value: object) -> None:
    """Raise ValueError unless an option is fine."""
    if not fine:
        raise ValueError(f"Invalid {what}: {value}")
