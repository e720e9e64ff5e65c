"""The tensors that a training run changes: their names, values, gradients and saved copies.

Only public attributes that PyTorch's tensors have too are used here, so tensors of either library fit.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

Saved = dict[str, Any]  # name -> a detached copy


@dataclass
class Gradients:
    """What one watched step left in `.grad`, seen while backward was at work: a step may zero it before it ends."""

    norms: dict[str, float] = field(default_factory=dict)
    carried_over: bool | None = None  # was the step before still in .grad? None: not looked at


class Parameters:
    """Named tensors, read and written through their public attributes.

    Args:
        given: None, a dict name -> tensor, tensors in any iterable, one tensor, or an object with `named_parameters()`.
        step: The training function; a tensor that came without a name gets the name that `step` knows it by.
    """

    def __init__(self, given: Any, step: Callable[..., Any] | None = None):
        self.tensors: dict[str, Any] = {}
        for name, tensor in _named(given, step):
            _check(name, tensor)
            self.tensors[name] = tensor

    def __len__(self) -> int:
        return len(self.tensors)

    @property
    def device(self) -> str | None:
        """Where the first parameter lives, as text; None where there is no parameter."""
        return next((str(tensor.device) for tensor in self.tensors.values()), None)

    @property
    def size(self) -> int:
        """How many numbers there are in all."""
        return sum(tensor.numel() for tensor in self.tensors.values())

    def shapes(self) -> dict[str, tuple[int, ...]]:
        return {name: tuple(tensor.shape) for name, tensor in self.tensors.items()}

    def scalars(self) -> dict[str, float]:
        """The values of the parameters that are one number."""
        return {name: float(t.detach().item()) for name, t in self.tensors.items() if t.numel() == 1}

    # -- copies ------------------------------------------------------------------------------------------------------
    def save(self) -> Saved:
        return {name: tensor.detach().clone() for name, tensor in self.tensors.items()}

    def load(self, saved: Saved) -> None:
        """Write saved values back in place, outside any graph, and clear every `.grad`."""
        for name, tensor in self.tensors.items():
            tensor.detach().copy_(saved[name])
            tensor.grad = None

    @contextlib.contextmanager
    def as_of(self, saved: Saved) -> Iterator[None]:
        """Inside, the tensors hold saved values in other memory; their own is not written to, so no version moves."""
        own = {name: tensor.data for name, tensor in self.tensors.items()}
        try:
            for name, tensor in self.tensors.items():
                tensor.data = saved[name]
            yield
        finally:
            for name, tensor in self.tensors.items():
                tensor.data = own[name]

    def unchanged_since(self, saved: Saved) -> list[str]:
        """Names of the parameters whose values are exactly the saved ones."""
        return [name for name, t in self.tensors.items() if bool((t.detach() == saved[name]).all())]

    # -- gradients ---------------------------------------------------------------------------------------------------
    @contextlib.contextmanager
    def watching(self) -> Iterator[Gradients]:
        """Hold hooks on the parameters during one step, and say what backward put into their `.grad`.

        A step may clear `.grad` before it returns (`optimizer.zero_grad()` as its last line), so looking at `.grad`
        afterwards is not enough. Where a tensor offers no such hook, what `.grad` holds afterwards is taken.
        """
        seen = Gradients()
        hooked = {
            name: tensor
            for name, tensor in self.tensors.items()
            if tensor.requires_grad and hasattr(tensor, "register_post_accumulate_grad_hook")
        }
        handles = [t.register_post_accumulate_grad_hook(_note_norm(name, seen)) for name, t in hooked.items()]
        if hooked:
            handles += _watch_carry_over(min(hooked.values(), key=lambda tensor: tensor.numel()), seen)
        try:
            yield seen
        finally:
            for handle in handles:
                handle.remove()
        for name, tensor in self.tensors.items():
            if name not in hooked and tensor.grad is not None:
                seen.norms[name] = norm(tensor.grad)
        seen.norms = {name: seen.norms[name] for name in self.tensors if name in seen.norms}


def norm(tensor: Any) -> float:
    """The Euclidean norm of a tensor's values: the square root of the sum of their squares."""
    return float(tensor.detach().norm().item())


def _note_norm(name: str, seen: Gradients) -> Callable[[Any], None]:
    def note(tensor: Any) -> None:
        seen.norms[name] = norm(tensor.grad)

    return note


def _watch_carry_over(tensor: Any, seen: Gradients) -> list[Any]:
    """Hooks that compare what first came in during this step with what `.grad` then holds: is an older one in it?

    A step may run backward several times: to add up gradients on purpose, or over several batches.
    """
    incoming: list[Any] = []

    def arrives(gradient: Any) -> None:
        if seen.carried_over is None:
            incoming.append(gradient.detach().clone())

    def accumulated(tensor: Any) -> None:
        if seen.carried_over is None:
            rest = tensor.grad.detach().clone()
            for gradient in incoming:
                rest = rest - gradient
            seen.carried_over = norm(rest) > 1e-3 * norm(tensor.grad)

    return [tensor.register_hook(arrives), tensor.register_post_accumulate_grad_hook(accumulated)]


def _named(given: Any, step: Callable[..., Any] | None) -> Iterable[tuple[str, Any]]:
    if given is None:
        return []
    if hasattr(given, "named_parameters"):
        return given.named_parameters()
    if isinstance(given, Mapping):
        return given.items()
    if hasattr(given, "requires_grad"):
        given = [given]
    elif isinstance(given, str) or not isinstance(given, Iterable):
        raise TypeError(
            "parameters must be a dict of name -> tensor, a list of tensors or an object with named_parameters(), "
            f"not {type(given).__name__}"
        )
    known = _names_in(step)
    return [(known.get(id(tensor), str(index)), tensor) for index, tensor in enumerate(given)]


def _names_in(step: Callable[..., Any] | None) -> dict[int, str]:
    """id -> name for the objects that a function refers to by a global or enclosing name."""
    code = getattr(step, "__code__", None)
    if code is None:
        return {}
    names = {id(step.__globals__[name]): name for name in code.co_names if name in step.__globals__}
    for name, cell in zip(code.co_freevars, step.__closure__ or (), strict=True):
        with contextlib.suppress(ValueError):  # a cell that is still empty
            names[id(cell.cell_contents)] = name
    return names


def _check(name: str, tensor: Any) -> None:
    if not all(hasattr(tensor, attribute) for attribute in ("detach", "requires_grad", "shape", "numel")):
        raise TypeError(f"parameters[{name!r}] must be a tensor, not {type(tensor).__name__}")
    if not getattr(tensor, "is_leaf", True):
        raise ValueError(
            f"parameters[{name!r}] is the result of a computation ({type(tensor.grad_fn).__name__}), so backward fills "
            "no .grad for it; make the values first and call .requires_grad_() last"
        )
