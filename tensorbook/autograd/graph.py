"""`torch.autograd.graph`: the parts of the graph, and hooks on more than one of them.

https://pytorch.org/docs/stable/autograd.html#autograd-graph
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from weakref import WeakKeyDictionary

from ..graph import GradientEdge, Node, RemovableHandle, grad_mode
from ..tensor import Tensor, storage_of
from .engine import Captures, running

__all__ = [
    "GradientEdge", "Node", "RemovableHandle", "allow_mutation_on_saved_tensors", "disable_saved_tensors_hooks",
    "get_gradient_edge", "increment_version", "register_multi_grad_hook", "save_on_cpu", "saved_tensors_hooks",
]  # fmt: skip


def get_gradient_edge(tensor: Tensor) -> GradientEdge:
    """The place in the graph at which the gradient of a tensor arrives. `backward` and `grad` take it for the tensor.

    Raises RuntimeError for a tensor that needs no gradient.
    """
    if not tensor.requires_grad:
        raise RuntimeError("It is not possible to get the gradient edge for a Tensor that does not require gradients")
    return GradientEdge(*Captures.key(tensor))


def increment_version(tensor: Tensor | Sequence[Tensor]) -> None:
    """Count a write into a tensor that autograd could not see, so that it notices a saved value that has gone."""
    for x in (tensor,) if isinstance(tensor, Tensor) else tensor:
        storage_of(x).version += 1


# ---- what is saved for the backward pass


class saved_tensors_hooks:
    """In this block each tensor that is saved for the backward pass is given to `pack_hook`, what that returns is kept,
    and `unpack_hook` makes a tensor of it again when the backward pass needs one. The innermost block counts.

    >>> import tensorbook as torch
    >>> x = torch.tensor([3.0], requires_grad=True)
    >>> with torch.autograd.graph.saved_tensors_hooks(lambda t: t.tolist(), torch.tensor):
    ...     y = x * x
    >>> y.backward()
    >>> x.grad
    tensor([6.])
    """

    def __init__(self, pack_hook: Callable[[Tensor], object], unpack_hook: Callable[[object], Tensor]):
        self.pack_hook, self.unpack_hook = pack_hook, unpack_hook

    def __enter__(self) -> None:
        if _refused.message is not None:
            raise RuntimeError(_refused.message)
        grad_mode.saving = (*grad_mode.saving, (self.pack_hook, self.unpack_hook))

    def __exit__(self, *_: object) -> None:
        grad_mode.saving = grad_mode.saving[:-1]


class save_on_cpu(saved_tensors_hooks):
    """In this block what is saved for the backward pass waits in the memory of the CPU. `pin_memory` has no effect."""

    def __init__(self, pin_memory: bool = False, device_type: str = "cuda"):
        super().__init__(lambda x: (x.device, x.cpu()), lambda kept: kept[1].to(kept[0]))


class _Refused(threading.local):
    message: str | None = None


_refused = _Refused()


@contextmanager
def disable_saved_tensors_hooks(error_message: str) -> Iterator[None]:
    """In this block saved_tensors_hooks raises RuntimeError with this message."""
    if grad_mode.saving:
        raise RuntimeError(error_message)
    before, _refused.message = _refused.message, error_message
    try:
        yield
    finally:
        _refused.message = before


class allow_mutation_on_saved_tensors:
    """In this block a tensor that was saved for the backward pass may be written to: a copy of what it held is kept.

    >>> import tensorbook as torch
    >>> with torch.autograd.graph.allow_mutation_on_saved_tensors():
    ...     x = torch.ones(2, requires_grad=True)
    ...     y = x.clone()
    ...     z = (y**2).sum()
    ...     _ = y.sin_()
    ...     z.backward()
    >>> x.grad
    tensor([2., 2.])
    """

    def __enter__(self) -> allow_mutation_on_saved_tensors:
        self._hooks = saved_tensors_hooks(lambda x: x.clone(), lambda x: x)
        self._hooks.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self._hooks.__exit__(*error)


# ---- hooks on several tensors


def register_multi_grad_hook(
    tensors: Sequence[Tensor], fn: Callable[[object], None], *, mode: str = "all"
) -> RemovableHandle:
    """Call `fn` in a backward pass once the gradients of several tensors are there.

    Args:
        tensors: these; each must need a gradient.
        fn: with mode "all" it receives a list of gradients, None for those that the pass does not compute; with "any"
            the first gradient.
        mode: "all" or "any".
    """
    if mode not in ("all", "any"):
        raise ValueError(f"Expects mode to be one of ('all', 'any') but got {mode}")
    together = (_All if mode == "all" else _Any)([get_gradient_edge(x).node for x in tensors], fn)
    handles = [x.register_hook(together.hook(i)) for i, x in enumerate(tensors)]
    return _Handles(handles)


class _All:
    """Collects the gradients of several tensors, for each backward pass anew."""

    def __init__(self, nodes: list[Node], fn: Callable):
        self.nodes, self.fn = nodes, fn
        self.grads: WeakKeyDictionary = WeakKeyDictionary()  # backward pass -> what has come in it

    def hook(self, i: int) -> Callable[[Tensor], None]:
        def receive(grad: Tensor) -> None:
            here = running.now
            grads = self.grads.setdefault(here, {})
            grads[i] = grad
            if len(grads) == sum(node in here.nodes for node in self.nodes):
                del self.grads[here]
                self.fn([grads.get(j) for j in range(len(self.nodes))])

        return receive


class _Any(_All):
    """Hands on the first gradient of a backward pass."""

    def hook(self, i: int) -> Callable[[Tensor], None]:
        def receive(grad: Tensor) -> None:
            if running.now not in self.grads:
                self.grads[running.now] = True
                self.fn(grad)

        return receive


class _Handles(RemovableHandle):
    """One handle for several."""

    def __init__(self, handles: list[RemovableHandle]):
        self.handles = tuple(handles)

    def remove(self) -> None:
        for handle in self.handles:
            handle.remove()
