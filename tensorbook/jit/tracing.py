"""`torch.jit.trace`."""

from __future__ import annotations

import contextlib
import copy
from collections.abc import Callable, Iterator

from ..nn.modules.module import Module
from ..tensor import Tensor
from .markers import state
from .scripting import Scripted, ScriptFunction, ScriptModule

ASKS = ("__bool__", "__int__", "__float__", "__index__", "item", "tolist", "numpy", "__array__")


def trace(func: Callable | Module, example_inputs: object = None, **options: object) -> ScriptFunction | Module:
    """Run a function on examples, and check that what it does depends on no number in them.

    PyTorch records the operations and repeats them; a decision or a number that came from the examples would be frozen.
    Here the function itself runs again, so such a function would give other results than in PyTorch, and is refused:
    RuntimeError. Of a module it makes one that shares all with it.

    Args:
        func: a function or module of tensors.
        example_inputs: a tensor, or a tuple of arguments.
        options: check_trace, strict and the like; they make no difference here.

    >>> import tensorbook as torch
    >>> twice = torch.jit.trace(lambda x: x * 2, torch.ones(2))
    >>> twice(torch.ones(3))
    tensor([2., 2., 2.])
    """
    if isinstance(func, Scripted):
        return func
    examples = example_inputs if isinstance(example_inputs, (tuple, list)) else (example_inputs,)
    with values_kept_secret():
        result = func(*examples)
    _check_result(result)
    return _traced(func) if isinstance(func, Module) else ScriptFunction(func)


def _traced(module: Module) -> ScriptModule:
    kind, made = type(module), copy.copy(module)
    members = {"original_name": kind.__name__, "_get_name": lambda self: kind.__name__}
    made.__class__ = type("TopLevelTracedModule", (ScriptModule, kind), members)
    return made


@contextlib.contextmanager
def values_kept_secret() -> Iterator[None]:
    """While this lasts, asking a tensor in this thread for its numbers is an error."""
    kept = {name: Tensor.__dict__[name] for name in ASKS if name in Tensor.__dict__}

    def refusing(name: str, original: Callable) -> Callable:
        def asked(self: Tensor, *args: object, **kwargs: object) -> object:
            if getattr(state, "tracing", False):
                raise RuntimeError(
                    f"torch.jit.trace: the function asks a tensor for its values ({name}), so what it does may depend "
                    "on them, and a trace would keep what it did for the examples. Use torch.jit.script."
                )
            return original(self, *args, **kwargs)

        return asked

    state.tracing = True
    for name, original in kept.items():
        setattr(Tensor, name, refusing(name, original))
    try:
        yield
    finally:
        for name, original in kept.items():
            setattr(Tensor, name, original)
        state.tracing = False


def _check_result(result: object) -> None:
    if isinstance(result, Tensor):
        return
    if isinstance(result, (tuple, list)) and result:
        for part in result:
            _check_result(part)
        return
    raise RuntimeError(
        "Only tensors, lists, tuples of tensors, or dictionary of tensors can be output from traced functions, "
        f"not {type(result).__name__}"
    )
