"""A function that is given something else than a tensor says which argument that was."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable

from ..tensor import Tensor


def explained(function: Callable) -> Callable:
    """`function`, with an error that names the argument where one is not the tensor that it should be, as in PyTorch.

    Nothing is checked before the call, so a call that is right costs next to nothing more.
    """

    @functools.wraps(function)
    def run(*args: object, **kwargs: object) -> object:
        try:
            return function(*args, **kwargs)
        except AttributeError as error:
            problem = _no_tensor(function, error, args, kwargs)
            if problem is None:
                raise
        raise problem

    run.__module__ = "tensorbook.nn.functional"
    return run


def with_indices(pool: Callable) -> Callable:
    """A pooling function that gives the indices, too."""

    def run(*args: object, **kwargs: object) -> tuple[Tensor, Tensor]:
        return pool(*args, **{**kwargs, "return_indices": True})

    run.__name__ = run.__qualname__ = f"{pool.__name__}_with_indices"
    run.__doc__ = f"{pool.__name__} with return_indices=True."
    return run


def _no_tensor(function: Callable, error: AttributeError, args: tuple, kwargs: dict) -> TypeError | None:
    """The TypeError that names the argument, if it was one in the place of a tensor that caused this error."""
    signature = inspect.signature(function)
    for position, (name, value) in enumerate(signature.bind(*args, **kwargs).arguments.items(), 1):
        wanted = str(signature.parameters[name].annotation)
        if value is error.obj and "Tensor" in wanted and not isinstance(value, Tensor):
            kind = f"{type(value).__module__}.{type(value).__qualname__}".removeprefix("builtins.")
            return TypeError(
                f"{function.__name__}(): argument {name!r} (position {position}) must be Tensor, not {kind}"
            )
    return None
