"""PyTorch's list of further classes and functions that a file may call. Here files call nothing, so it stays empty."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager


def add_safe_globals(safe_globals: Sequence[object]) -> None:
    """Refused: `load` never calls what a file names. Save a model's `state_dict()` and load that into a new model.

    >>> import tensorbook as torch
    >>> torch.serialization.add_safe_globals([])
    """
    if names := [getattr(given, "__name__", repr(given)) for given in safe_globals]:
        raise NotImplementedError(
            f"add_safe_globals: cannot let files call {', '.join(names)}. tensorbook.load understands tensors, "
            "numbers, strings and containers, and calls nothing that a file names. Save model.state_dict() instead of "
            "the model, and give what you load to load_state_dict() of a model that your own code made."
        )


def clear_safe_globals() -> None:
    """The list is empty already."""


def get_safe_globals() -> list[object]:
    """What was added: nothing."""
    return []


@contextmanager
def safe_globals(safe_globals: Sequence[object]) -> Iterator[None]:
    """add_safe_globals for the length of a block."""
    add_safe_globals(safe_globals)
    yield
