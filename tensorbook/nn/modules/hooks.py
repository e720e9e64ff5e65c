"""Functions that a module calls before and after it computes, forward and backward.

https://pytorch.org/docs/stable/generated/torch.nn.Module.html#torch.nn.Module.register_forward_hook
"""

from __future__ import annotations

import functools
import warnings
from collections import OrderedDict
from collections.abc import Callable

from ...autograd.function import BackwardCFunction, Function, FunctionCtx
from ...graph import RemovableHandle
from ...tensor import Tensor

DOCUMENTATION = "https://docs.pytorch.org/docs/main/generated/torch.nn.Module.html"
DOCUMENTATION += "#torch.nn.Module.register_full_backward_hook"


class HookTable(OrderedDict):
    """Hooks by number, in the order in which they are called, with the options of those that have some."""

    def __init__(self) -> None:
        super().__init__()
        self.options: dict[int, frozenset[str]] = {}

    def add(self, hook: Callable, prepend: bool = False, **options: bool) -> RemovableHandle:
        """Register a hook, at the front with `prepend`; options are those of the names given as True."""
        handle = RemovableHandle(self, hook)
        self.options[handle.id] = frozenset(name for name, wanted in options.items() if wanted)
        if prepend:
            self.move_to_end(handle.id, last=False)
        return handle

    def has(self, number: int, option: str) -> bool:
        return option in self.options.get(number, ())


# Called for every module there is. PyTorch calls them before the module's own.
every_forward_pre, every_forward, every_backward_pre, every_backward = (HookTable() for _ in range(4))
every_buffer, every_module, every_parameter = (HookTable() for _ in range(3))


def register_module_forward_pre_hook(hook: Callable) -> RemovableHandle:
    """Call hook(module, args) before the forward of every module."""
    return every_forward_pre.add(hook)


def register_module_forward_hook(
    hook: Callable, *, with_kwargs: bool = False, always_call: bool = False
) -> RemovableHandle:
    """Call hook(module, args, output) after the forward of every module."""
    return every_forward.add(hook, with_kwargs=with_kwargs, always_call=always_call)


def register_module_full_backward_pre_hook(hook: Callable) -> RemovableHandle:
    """Call hook(module, grad_output) before the gradients of every module are computed."""
    return every_backward_pre.add(hook)


def register_module_full_backward_hook(hook: Callable) -> RemovableHandle:
    """Call hook(module, grad_input, grad_output) when the gradients of any module's inputs are known."""
    return every_backward.add(hook)


def register_module_buffer_registration_hook(hook: Callable) -> RemovableHandle:
    """Call hook(module, name, buffer) whenever register_buffer is; what it returns takes the buffer's place."""
    return every_buffer.add(hook)


def register_module_module_registration_hook(hook: Callable) -> RemovableHandle:
    """Call hook(module, name, submodule) whenever a module is registered."""
    return every_module.add(hook)


def register_module_parameter_registration_hook(hook: Callable) -> RemovableHandle:
    """Call hook(module, name, parameter) whenever a parameter is registered."""
    return every_parameter.add(hook)


def replaced(table: HookTable, module: object, name: str, value: object) -> object:
    """What the registration hooks make of a value."""
    for hook in table.values():
        found = hook(module, name, value)
        value = value if found is None else found
    return value


class Hooked:
    """The part of a Module that calls: `module(x)` runs its hooks around `module.forward(x)`."""

    def _make_hook_tables(self) -> None:
        for name in ("_forward_pre_hooks", "_forward_hooks", "_backward_pre_hooks", "_backward_hooks"):
            object.__setattr__(self, name, HookTable())

    def register_forward_pre_hook(
        self, hook: Callable, *, prepend: bool = False, with_kwargs: bool = False
    ) -> RemovableHandle:
        """Call hook(module, args) before forward; what it returns are the new arguments.

        With `with_kwargs` it is hook(module, args, kwargs), and returns both.
        """
        return self._forward_pre_hooks.add(hook, prepend, with_kwargs=with_kwargs)

    def register_forward_hook(
        self, hook: Callable, *, prepend: bool = False, with_kwargs: bool = False, always_call: bool = False
    ) -> RemovableHandle:
        """Call hook(module, args, output) after forward; what it returns is the new output.

        With `with_kwargs` it is hook(module, args, kwargs, output). With `always_call` it is called when forward
        raises, too.

        >>> import tensorbook as torch
        >>> seen = []
        >>> handle = torch.nn.ReLU().register_forward_hook(lambda module, args, output: seen.append(output))
        >>> handle.remove()
        """
        return self._forward_hooks.add(hook, prepend, with_kwargs=with_kwargs, always_call=always_call)

    def register_full_backward_pre_hook(self, hook: Callable, prepend: bool = False) -> RemovableHandle:
        """Call hook(module, grad_output) before this module's gradients; what it returns is the new grad_output."""
        return self._backward_pre_hooks.add(hook, prepend)

    def register_full_backward_hook(self, hook: Callable, prepend: bool = False) -> RemovableHandle:
        """Call hook(module, grad_input, grad_output) after this module's gradients; it may return new grad_input."""
        self._refuse_mixture("of_node", True)
        return self._backward_hooks.add(hook, prepend)

    def register_backward_hook(self, hook: Callable) -> RemovableHandle:
        """The older form: hook(module, grad_input, grad_output) around the last operation of the module alone.

        Deprecated in PyTorch; register_full_backward_hook gives the gradients of the module's own inputs.
        """
        self._refuse_mixture("of_node", False)
        return self._backward_hooks.add(hook, of_node=True)

    def _refuse_mixture(self, option: str, present: bool) -> None:
        if any(self._backward_hooks.has(number, option) is present for number in self._backward_hooks):
            raise RuntimeError(
                "Cannot use both regular backward hooks and full backward hooks on a single Module. Please use only "
                "one of them."
            )

    def __call__(self, *args: object, **kwargs: object) -> object:
        mine = self.__dict__
        if not (
            mine["_forward_hooks"] or mine["_forward_pre_hooks"] or mine["_backward_hooks"]
            or mine["_backward_pre_hooks"] or every_forward or every_forward_pre or every_backward
            or every_backward_pre
        ):  # fmt: skip
            return self.forward(*args, **kwargs)
        called: set[int] = set()
        try:
            return self._call_with_hooks(args, kwargs, called)
        except Exception:
            for number, hook, with_kwargs in _hooks(every_forward, self._forward_hooks, "always_call"):
                if number not in called:
                    try:
                        hook(self, args, kwargs, None) if with_kwargs else hook(self, args, None)
                    except Exception:  # the first error is the one to report
                        continue
            raise

    def _call_with_hooks(self, args: tuple, kwargs: dict, called: set[int]) -> object:
        for _, hook, with_kwargs in _hooks(every_forward_pre, self._forward_pre_hooks):
            if with_kwargs:
                found = hook(self, args, kwargs)
                if found is not None:
                    if not (isinstance(found, tuple) and len(found) == 2):
                        raise RuntimeError(
                            f"forward pre-hook must return None or a tuple of (new_args, new_kwargs), but got {found}."
                        )
                    args, kwargs = found
            else:
                found = hook(self, args)
                if found is not None:
                    args = found if isinstance(found, tuple) else (found,)

        watch = None
        of_node = [hook for _, hook, _ in _hooks(HookTable(), self._backward_hooks, "of_node")]
        after = [hook for _, hook, _ in _hooks(every_backward, self._backward_hooks) if hook not in of_node]
        before = [hook for _, hook, _ in _hooks(every_backward_pre, self._backward_pre_hooks)]
        if after or before:
            watch = BackwardWatch(self, before, after)
            args = watch.inputs(args)

        output = self.forward(*args, **kwargs)
        for number, hook, with_kwargs in _hooks(every_forward, self._forward_hooks):
            called.add(number)
            found = hook(self, args, kwargs, output) if with_kwargs else hook(self, args, output)
            output = output if found is None else found
        output = output if watch is None else watch.output(output)
        node = _first_tensor(output).grad_fn if of_node else None
        for hook in of_node if node is not None else ():
            node.register_hook(functools.partial(hook, self))
        return output


def _first_tensor(output: object) -> Tensor:
    while not isinstance(output, Tensor):
        output = next(iter(output.values())) if isinstance(output, dict) else output[0]
    return output


def _hooks(every: HookTable, own: HookTable, only: str = "") -> list[tuple[int, Callable, bool]]:
    """Number, hook and whether it wants the keyword arguments: everybody's first, then the module's own."""
    return [
        (number, hook, table.has(number, "with_kwargs"))
        for table in (every, own)
        for number, hook in table.items()
        if not only or table.has(number, only)
    ]


class BackwardHookFunction(Function):
    """Hands tensors on unchanged: a node in the graph at which a module begins or ends."""

    @staticmethod
    def forward(ctx: FunctionCtx, *tensors: Tensor) -> tuple[Tensor, ...]:
        ctx.mark_non_differentiable(*(t for t in tensors if not t.requires_grad))
        return tensors

    @staticmethod
    def backward(ctx: FunctionCtx, *grads: Tensor) -> tuple[Tensor, ...]:
        return grads


class BackwardWatch:
    """One call of a module: a node behind its output and one before its inputs, and what happens at the two."""

    def __init__(self, module: Hooked, before: list[Callable], after: list[Callable]):
        self.module, self.before, self.after = module, before, after
        self.grad_output: tuple | None = None
        self.has_input_node = False

    def inputs(self, args: tuple) -> tuple:
        new, node, places = self._pass_through(args)
        self.input_count = len(args)
        if node is not None:
            self.has_input_node = True
            node.register_hook(functools.partial(self._gradients_known, places))
        return new

    def output(self, output: object) -> object:
        single = not isinstance(output, tuple)
        new, node, places = self._pass_through((output,) if single else output)
        if node is not None:
            self.output_count = len(new)
            node.register_prehook(functools.partial(self._gradients_arrive, places))
        return new[0] if single else new

    def _pass_through(self, values: tuple) -> tuple[tuple, BackwardCFunction | None, list[int]]:
        places = [i for i, v in enumerate(values) if isinstance(v, Tensor)]
        if not any(values[i].requires_grad for i in places):
            return values, None, places
        tensors = BackwardHookFunction.apply(*(values[i] for i in places))
        nodes = [t.grad_fn for t in tensors if t.grad_fn is not None]
        if not nodes:  # nothing is being recorded
            return values, None, places
        new = list(values)
        for i, tensor in zip(places, tensors, strict=True):
            new[i] = tensor
        return tuple(new), nodes[0], places

    def _gradients_arrive(self, places: list[int], grads: tuple) -> tuple | None:
        self.grad_output = _spread_out(grads, places, self.output_count)
        changed = False
        for hook in self.before:
            found = hook(self.module, self.grad_output)
            if found is not None:
                changed = True
                self.grad_output = found if isinstance(found, tuple) else (found,)
        if not self.has_input_node and self.after:  # no input has a gradient: there is no beginning to wait for
            warnings.warn(
                "Full backward hook is firing when gradients are computed with respect to module outputs since no "
                f"inputs require gradients. See {DOCUMENTATION} for more details.",
                UserWarning,
                stacklevel=5,
            )
            for hook in self.after:
                if hook(self.module, _spread_out((), [], self.input_count), self.grad_output) is not None:
                    raise RuntimeError("backward hook for modules where no input requires gradient should return None")
        return tuple(self.grad_output[i] for i in places) if changed else None

    def _gradients_known(self, places: list[int], grad_input: tuple, _: tuple) -> tuple | None:
        if self.grad_output is None:
            raise RuntimeError(
                f"Module backward hook for grad_input is called before the grad_output one. This happens because the "
                f"gradient in your nn.Module flows to the Module's input without passing through the Module's output. "
                f"Make sure that the output depends on the input. This one is a {type(self.module).__name__}."
            )
        grads, changed = _spread_out(grad_input, places, self.input_count), False
        for hook in self.after:
            found = hook(self.module, grads, self.grad_output)
            if found is not None:
                found = found if isinstance(found, tuple) else (found,)
                if len(found) != len(grads):
                    raise RuntimeError(
                        "Backward hook returned an invalid number of grad_input, "
                        f"got {len(found)}, but expected {len(grads)}"
                    )
                grads, changed = found, True
        self.grad_output = None
        return tuple(grads[i] for i in places) if changed else None


def _spread_out(grads: tuple, places: list[int], count: int) -> tuple:
    """Gradients in the places of the tensors that they belong to, None in the others."""
    whole = [None] * count
    for i, grad in zip(places, grads, strict=True):
        whole[i] = grad
    return tuple(whole)
