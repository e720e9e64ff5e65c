"""Less memory for more time: of a part of the model nothing is kept for the backward pass, which computes it again.

https://pytorch.org/docs/stable/checkpoint.html
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from contextlib import nullcontext

from ..autograd.backward import backward
from ..autograd.engine import running
from ..autograd.function import Function
from ..autograd.grad_mode import enable_grad, no_grad
from ..autograd.graph import saved_tensors_hooks
from ..random import fork_rng, get_rng_state, set_rng_state
from ..tensor import Tensor

__all__ = ["CheckpointError", "checkpoint", "checkpoint_sequential", "noop_context_fn"]


class CheckpointError(RuntimeError):
    """The part computed something else the second time."""


def noop_context_fn() -> tuple:
    """Two contexts that do nothing: for the first run, and for the second."""
    return nullcontext(), nullcontext()


def checkpoint(
    function: Callable,
    *args: object,
    use_reentrant: bool | None = None,
    context_fn: Callable[[], tuple] = noop_context_fn,
    determinism_check: str = "default",
    preserve_rng_state: bool = True,
    **kwargs: object,
) -> object:
    """`function(*args, **kwargs)`, which is run again in the backward pass instead of keeping what that needs.

    Args:
        function: a part of the model. It must do the same when it runs again.
        use_reentrant: False records the graph as ever and recomputes when the first saved tensor is asked for; True
            makes one node of the whole part. PyTorch recommends False, and warns where neither is said.
        context_fn: gives two contexts, one for the first run and one for the second.
        determinism_check: "default" compares the shapes and dtypes of what the two runs save; "none" does not.
        preserve_rng_state: draw the same random numbers again, as dropout needs.

    Raises CheckpointError, in the backward pass, where the second run saves something else than the first.

    >>> import tensorbook as torch
    >>> from tensorbook.utils.checkpoint import checkpoint
    >>> x = torch.tensor([2.0], requires_grad=True)
    >>> checkpoint(lambda t: (t * t).exp(), x, use_reentrant=False).backward()
    >>> x.grad
    tensor([218.3926])
    """
    if use_reentrant is None:
        warnings.warn(
            "torch.utils.checkpoint: the use_reentrant parameter should be passed explicitly. Starting in PyTorch 2.9, "
            "calling checkpoint without use_reentrant will raise an exception. use_reentrant=False is recommended, but "
            "if you need to preserve the current default behavior, you can pass use_reentrant=True.",
            UserWarning,
            stacklevel=2,
        )
    if determinism_check not in ("default", "none"):
        raise ValueError(f"determinism_check should be one of ('default', 'none'), but got {determinism_check}")
    if use_reentrant is False:
        part = _Part(lambda: function(*args, **kwargs), context_fn, preserve_rng_state, determinism_check == "default")
        return part.first_run()
    if context_fn is not noop_context_fn:
        raise ValueError("Passing `context_fn` is only supported when use_reentrant=False.")
    if kwargs:
        raise ValueError("Unexpected keyword arguments: " + ",".join(kwargs))
    if not any(isinstance(x, Tensor) and x.requires_grad for x in args):
        warnings.warn("None of the inputs have requires_grad=True. Gradients will be None", UserWarning, stacklevel=2)
    return CheckpointFunction.apply(function, preserve_rng_state, *args)


def checkpoint_sequential(
    functions: object, segments: int, input: Tensor, use_reentrant: bool | None = None, **kwargs: object
) -> Tensor:
    """Run a Sequential, or a list of functions, in so many parts; all but the last are checkpointed."""
    preserve = kwargs.pop("preserve_rng_state", True)
    if kwargs:
        raise ValueError("Unexpected keyword arguments: " + ",".join(kwargs))
    functions = list(functions)

    def part(start: int, end: int) -> Callable[[Tensor], Tensor]:
        def run(x: Tensor) -> Tensor:
            for function in functions[start:end]:
                x = function(x)
            return x

        return run

    size, start = len(functions) // segments, 0
    for start in range(0, size * (segments - 1), size):
        run = part(start, start + size)
        input = checkpoint(run, input, use_reentrant=use_reentrant, preserve_rng_state=preserve)
    return part(size * (segments - 1), len(functions))(input)


class _Part:
    """One part of the model: what it takes to run it again, and, after that, what that saved."""

    def __init__(self, run: Callable[[], object], context_fn: Callable[[], tuple], preserve: bool, check: bool):
        self.run, self.check = run, check
        self.first_context, self.second_context = context_fn()
        self.state = get_rng_state() if preserve else None
        self.kinds: list[tuple] = []  # of each tensor that the first run saved
        self.again: dict[int, Tensor] = {}

    def first_run(self) -> object:
        with saved_tensors_hooks(self._note, self._fetch), self.first_context:
            return self.run()

    def _note(self, x: Tensor) -> int:
        self.kinds.append(_kind(x))
        return len(self.kinds) - 1

    def _fetch(self, i: int) -> Tensor:
        if i not in self.again:
            self._second_run()
        return self.again.pop(i)

    def _second_run(self) -> None:
        saved: list[Tensor] = []

        def keep(x: Tensor) -> None:
            saved.append(x.detach())

        with fork_rng(enabled=self.state is not None):
            if self.state is not None:
                set_rng_state(self.state)
            with enable_grad(), saved_tensors_hooks(keep, _never), self.second_context:
                self.run()
        if len(saved) != len(self.kinds):
            raise CheckpointError(
                "torch.utils.checkpoint: A different number of tensors was saved during the original forward and "
                f"recomputation.\nNumber of tensors saved during forward: {len(self.kinds)}\nNumber of tensors saved "
                f"during recomputation: {len(saved)}."
            )
        if self.check:
            for i, (kind, x) in enumerate(zip(self.kinds, saved, strict=True)):
                if kind != _kind(x):
                    raise CheckpointError(
                        "torch.utils.checkpoint: Recomputed values for the following tensors have different metadata "
                        f"than during the forward pass.\ntensor at position {i}:\nsaved metadata: {kind}\nrecomputed "
                        f"metadata: {_kind(x)}"
                    )
        self.again = dict(enumerate(saved))


def _kind(x: Tensor) -> tuple:
    return x.shape, x.dtype, x.device


def _never(_: object) -> None:
    raise CheckpointError("torch.utils.checkpoint: the second run asked for its own gradient")


class CheckpointFunction(Function):
    """A part of the model as one node, whose backward runs the part and its backward pass."""

    @staticmethod
    def forward(ctx: object, function: Callable, preserve: bool, *args: object) -> object:
        ctx.function, ctx.state = function, get_rng_state() if preserve else None
        ctx.places = [i for i, x in enumerate(args) if isinstance(x, Tensor)]
        ctx.args = [None if i in ctx.places else x for i, x in enumerate(args)]
        ctx.save_for_backward(*(args[i] for i in ctx.places))
        with no_grad():
            return function(*args)

    @staticmethod
    def backward(ctx: object, *grads: Tensor) -> tuple:
        if running.now is not None and running.now.partial:
            raise RuntimeError(
                "When use_reentrant=True, torch.utils.checkpoint is incompatible with .grad() or passing an `inputs` "
                "parameter to .backward(). To resolve this error, you can either set use_reentrant=False, or call "
                ".backward() without passing the `inputs` argument."
            )
        args = list(ctx.args)
        for i, x in zip(ctx.places, ctx.saved_tensors, strict=True):
            args[i] = x.detach().requires_grad_(x.requires_grad)
        with fork_rng(enabled=ctx.state is not None):
            if ctx.state is not None:
                set_rng_state(ctx.state)
            with enable_grad():
                outputs = ctx.function(*args)
        outputs = outputs if isinstance(outputs, tuple) else (outputs,)
        wanted = [(x, g) for x, g in zip(outputs, grads, strict=True) if isinstance(x, Tensor) and x.requires_grad]
        if not wanted:
            raise RuntimeError("none of output has requires_grad=True, this checkpoint() is not necessary")
        backward([x for x, _ in wanted], [g for _, g in wanted])
        return None, None, *(x.grad if isinstance(x, Tensor) else None for x in args)
