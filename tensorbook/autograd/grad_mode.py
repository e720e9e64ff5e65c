"""Recording on or off, for the current thread: as a context manager, a decorator, or a call.

https://pytorch.org/docs/stable/autograd.html#locally-disabling-gradient-computation
"""

from __future__ import annotations

import functools
import inspect
import warnings
from collections.abc import Callable, Iterator

from ..graph import grad_mode


class _Mode:
    """A context manager that is also a decorator; generators run with the mode set whenever they run."""

    wanted = True

    def __enter__(self) -> None:
        self._before = grad_mode.switch(self.wanted)

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        grad_mode.switch(self._before)

    def _again(self) -> _Mode:
        return type(self)()

    def __call__(self, function: Callable) -> Callable:
        if inspect.isclass(function):
            warnings.warn(
                "Decorating classes is deprecated and will be disabled in future versions. You should only decorate "
                "functions or methods. To preserve the current behavior of class decoration, you can directly decorate "
                "the `__init__` method and nothing else.",
                FutureWarning,
                stacklevel=2,
            )
            function.__init__ = self(function.__init__)
            return function
        if inspect.isgeneratorfunction(function):
            return self._around_generator(function)

        @functools.wraps(function)
        def wrapped(*args: object, **kwargs: object) -> object:
            with self._again():
                return function(*args, **kwargs)

        return wrapped

    def _around_generator(self, function: Callable) -> Callable:
        """The mode is set whenever the generator runs, and not while it waits."""

        @functools.wraps(function)
        def generator(*args: object, **kwargs: object) -> Iterator:
            running = function(*args, **kwargs)
            resume: Callable = functools.partial(next, running)
            while True:
                try:
                    with self._again():
                        value = resume()
                except StopIteration as stop:
                    return stop.value
                try:
                    sent = yield value
                    resume = functools.partial(running.send, sent)
                except GeneratorExit:
                    with self._again():
                        running.close()
                    raise
                except BaseException as error:
                    resume = functools.partial(running.throw, error)

        return generator

    def __new__(cls, function: Callable | None = None) -> object:
        mode = object.__new__(cls)
        return mode if function is None else mode(function)  # @no_grad without parentheses


class no_grad(_Mode):
    """Nothing that is computed inside is recorded.

    >>> import tensorbook as torch
    >>> x = torch.ones(2, requires_grad=True)
    >>> with torch.no_grad():
    ...     y = x * 2
    >>> y.requires_grad
    False
    """

    wanted = False


class enable_grad(_Mode):
    """Recording on, inside a place where it is off."""


class set_grad_enabled(_Mode):
    """Recording on or off: at once when called, for a block when used in `with`."""

    def __new__(cls, mode: bool) -> set_grad_enabled:
        return object.__new__(cls)

    def __init__(self, mode: bool):
        self.wanted = bool(mode)
        self._before = grad_mode.switch(self.wanted)

    def __repr__(self) -> str:  # what a cell shows that ends with torch.set_grad_enabled(False)
        return f"torch.autograd.grad_mode.set_grad_enabled(mode={self.wanted})"

    def __enter__(self) -> None:
        grad_mode.enabled = self.wanted

    def __call__(self, function: Callable) -> Callable:
        grad_mode.enabled = self._before  # used as a decorator: only the function is meant
        return super().__call__(function)

    def _again(self) -> set_grad_enabled:
        return set_grad_enabled(self.wanted)


class set_multithreading_enabled(_Mode):
    """Whether the backward pass may use several threads: it uses the one that asked, here either way.

    >>> import tensorbook as torch
    >>> with torch.autograd.set_multithreading_enabled(False):
    ...     pass
    """

    def __new__(cls, mode: bool) -> set_multithreading_enabled:
        return object.__new__(cls)

    def __init__(self, mode: bool):
        self.mode = mode

    def __enter__(self) -> None:
        pass

    def __exit__(self, *_: object) -> None:
        pass

    def _again(self) -> set_multithreading_enabled:
        return self


class inference_mode(_Mode):
    """As no_grad, for results that will never meet a gradient: autograd does not watch over the tensors that are made
    inside. Outside they cannot be written to, nor saved for a backward pass; a `clone()` can.

    >>> import tensorbook as torch
    >>> with torch.inference_mode():
    ...     x = torch.ones(2)
    >>> x.is_inference(), x.clone().is_inference()
    (True, False)
    """

    def __new__(cls, mode: bool | Callable = True) -> object:
        if callable(mode):
            return cls()(mode)
        return object.__new__(cls)

    def __init__(self, mode: bool | Callable = True):
        self.mode = mode if isinstance(mode, bool) else True

    def __enter__(self) -> None:
        self._before = grad_mode.enabled, grad_mode.inference
        if self.mode:
            grad_mode.enabled, grad_mode.inference = False, True
        else:
            grad_mode.enabled, grad_mode.inference = True, False

    def __exit__(self, *_: object) -> None:
        grad_mode.enabled, grad_mode.inference = self._before

    def _again(self) -> inference_mode:
        return inference_mode(self.mode)


def is_grad_enabled() -> bool:
    """Whether operations are being recorded in this thread."""
    return grad_mode.enabled


def is_inference_mode_enabled() -> bool:
    """Whether this thread is inside inference_mode."""
    return grad_mode.inference


for _c in (no_grad, enable_grad, set_grad_enabled, set_multithreading_enabled, inference_mode):
    _c.__module__ = "tensorbook.autograd.grad_mode"
