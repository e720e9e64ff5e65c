"""`torch.jit.script`."""

from __future__ import annotations

import copy
import functools
import inspect
from collections.abc import Callable

from ..nn.modules.module import Module
from .arguments import Arguments
from .language import check

NO_PROGRAM = (
    "torch.jit of tensorbook checks functions and runs them as they are; it makes no program that could be shown or "
    "written to a file. To keep a model, save its state_dict."
)


class Scripted:
    """What a scripted function and a scripted module have in common: no program behind them."""

    @property
    def graph(self) -> None:
        raise NotImplementedError(NO_PROGRAM)

    code = inlined_graph = schema = graph

    def save(self, f: object) -> None:
        raise NotImplementedError(NO_PROGRAM)


class ScriptFunction(Scripted):
    """A function that TorchScript can express. Calls are checked against the types that it declares."""

    def __init__(self, fn: Callable, arguments: Arguments | None = None):
        functools.update_wrapper(self, fn)
        self.name = fn.__name__
        self._fn, self._arguments = fn, arguments

    def __call__(self, *args: object, **kwargs: object) -> object:
        if self._arguments is not None:
            self._arguments.check(args, kwargs)
        return self._fn(*args, **kwargs)


class ScriptModule(Scripted, Module):
    """A module whose forward TorchScript can express; parameters and buffers are shared with the original."""

    original_name: str

    def _get_name(self) -> str:
        return "RecursiveScriptModule"

    def extra_repr(self) -> str:
        return f"original_name={self.original_name}"


def script(obj: Callable | Module, optimize: None = None, example_inputs: None = None) -> ScriptFunction | ScriptModule:
    """Check that a function, or a module's forward, is one that TorchScript can compile, and what it calls too.

    Raises FrontendError or RuntimeError, with the line, where it is not; TypeError for anything but functions and
    modules. Calls raise RuntimeError where an argument has not the declared type (Tensor where none is declared).

    >>> import tensorbook as torch
    >>> @torch.jit.script
    ... def double_if(x, wanted: bool):
    ...     return x * 2 if wanted else x
    >>> double_if(torch.ones(2), True)
    tensor([2., 2.])
    """
    if isinstance(obj, Scripted):
        return obj
    if isinstance(obj, Module):
        return script_module(obj)
    if not inspect.isfunction(obj):
        raise TypeError(
            f"torch.jit.script takes functions and modules, not {obj!r} (scripted classes are not supported)"
        )
    check(obj)
    return ScriptFunction(obj, Arguments(obj))


def script_module(module: Module) -> ScriptModule:
    """A module that shares all with the original, checked, with children that are too."""
    kind = type(module)
    arguments = None
    if not kind.__module__.startswith("tensorbook."):
        methods = [kind.forward, *(m for m in vars(kind).values() if getattr(m, "_jit_mark", None) == "export")]
        for method in methods:
            check(method)
        arguments = Arguments(kind.forward)

    def forward(self: Module, *args: object, **kwargs: object) -> object:
        if arguments is not None:
            arguments.check(args, kwargs)
        return kind.forward(self, *args, **kwargs)

    made = copy.copy(module)
    children = {name: child if child is None else script(child) for name, child in module._modules.items()}
    made.__dict__["_modules"] = type(module._modules)(children)
    made.__class__ = type(
        "RecursiveScriptModule", (ScriptModule, kind), {"forward": forward, "original_name": kind.__name__}
    )
    return made


def save(m: object, f: object) -> None:
    """Not supported: NotImplementedError."""
    raise NotImplementedError(NO_PROGRAM)


def load(f: object, map_location: object = None) -> None:
    """Not supported: NotImplementedError."""
    raise NotImplementedError(NO_PROGRAM)
