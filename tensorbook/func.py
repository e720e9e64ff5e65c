"""`torch.func`: transforms of functions, and modules as functions of their parameters.

https://pytorch.org/docs/stable/func.html
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from .autograd.batching import vmap
from .autograd.transforms import grad, grad_and_value, hessian, jacfwd, jacrev, jvp, linearize, vjp
from .ops.joining import stack
from .tensor import Tensor

__all__ = [
    "functional_call", "grad", "grad_and_value", "hessian", "jacfwd", "jacrev", "jvp", "linearize",
    "replace_all_batch_norm_modules_", "stack_module_state", "vjp", "vmap",
]  # fmt: skip


def functional_call(
    module: object,
    parameter_and_buffer_dicts: dict[str, Tensor] | Sequence[dict[str, Tensor]],
    args: object = None,
    kwargs: dict | None = None,
    *,
    tie_weights: bool = True,
    strict: bool = False,
) -> object:
    """Call a module with other tensors in the place of its parameters and buffers. The module stays as it is.

    Args:
        module: an nn.Module.
        parameter_and_buffer_dicts: from names as in `module.named_parameters()` to tensors, or several such.
        args, kwargs: what the module is called with; a single argument need not be in a tuple.
        tie_weights: replace every parameter that is the same as a named one.
        strict: RuntimeError unless exactly the module's own names are given.

    >>> import tensorbook as torch
    >>> model = torch.nn.Linear(2, 1)
    >>> weights = {"weight": torch.ones(1, 2), "bias": torch.zeros(1)}
    >>> torch.func.functional_call(model, weights, torch.tensor([1.0, 2.0]))
    tensor([3.])
    """
    if isinstance(parameter_and_buffer_dicts, dict):
        tensors = parameter_and_buffer_dicts
    elif isinstance(parameter_and_buffer_dicts, Sequence):
        names = [name for part in parameter_and_buffer_dicts for name in part]
        repeated = [name for name in dict.fromkeys(names) if names.count(name) > 1]
        if repeated:
            raise ValueError(f"{repeated} appeared in multiple dictionaries; behavior of functional call is ambiguous")
        tensors = {name: x for part in parameter_and_buffer_dicts for name, x in part.items()}
    else:
        raise ValueError(
            "Expected parameter_and_buffer_dicts to be a dict, or a list/tuple of dicts, but got "
            f"{type(parameter_and_buffer_dicts)}"
        )
    args = () if args is None else args if isinstance(args, tuple) else (args,)
    with _replaced(module, tensors, tie_weights, strict):
        return module(*args, **(kwargs or {}))


@contextmanager
def _replaced(module: object, tensors: dict[str, Tensor], tie_weights: bool, strict: bool) -> Iterator[None]:
    """In this block the module has these tensors."""
    every = dict(module.named_parameters(remove_duplicate=False))
    every.update(module.named_buffers(remove_duplicate=False))
    if tie_weights:
        tensors = _tied(every, tensors)
    if strict:
        unexpected, missing = sorted(tensors.keys() - every), sorted(every.keys() - tensors)
        lines = [
            f"\n\t{kind} key(s): {', '.join(map(repr, names))}."
            for kind, names in (("Unexpected", unexpected), ("Missing", missing))
            if names
        ]
        if lines:
            raise RuntimeError(f"Error(s) in reparametrizing for {type(module).__name__}:{''.join(lines)}")
    changed = []
    try:
        for name, x in tensors.items():
            if name not in every:
                continue
            if not isinstance(x, Tensor):
                raise TypeError(f"{x} is not an instance of torch.Tensor")
            path, _, last = name.rpartition(".")
            owner = module.get_submodule(path)
            table = owner._parameters if last in owner._parameters else owner._buffers
            changed.append((table, last, table[last]))
            table[last] = x
        yield
    finally:
        for table, last, before in reversed(changed):
            table[last] = before


def _tied(every: dict[str, Tensor], tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """The replacements, also for the other names of a tensor that has several."""
    by_tensor = {id(every[name]): x for name, x in tensors.items() if name in every}
    others = {name: by_tensor[id(x)] for name, x in every.items() if id(x) in by_tensor and name not in tensors}
    return {**tensors, **others}


def stack_module_state(models: Sequence) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """The parameters and the buffers of several models of one kind, stacked: for `vmap` over an ensemble.

    >>> import tensorbook as torch
    >>> params, buffers = torch.func.stack_module_state([torch.nn.Linear(2, 1) for _ in range(3)])
    >>> params["weight"].shape, buffers
    (torch.Size([3, 1, 2]), {})
    """
    if not models:
        raise RuntimeError("stack_module_state: Expected at least one model, got 0.")
    if not (all(m.training for m in models) or not any(m.training for m in models)):
        raise RuntimeError("stack_module_state: Expected all models to have the same training/eval mode.")
    if any(type(m) is not type(models[0]) for m in models):
        raise RuntimeError("stack_module_state: Expected all models to be of the same class.")
    params = {
        name: _stacked([dict(m.named_parameters())[name] for m in models])
        for name in dict(models[0].named_parameters())
    }
    buffers = {
        name: _stacked([dict(m.named_buffers())[name] for m in models]) for name in dict(models[0].named_buffers())
    }
    return params, buffers


def _stacked(tensors: list[Tensor]) -> Tensor:
    wanted = {x.requires_grad for x in tensors}
    if len(wanted) > 1:
        raise RuntimeError(
            "Expected that the requires_grad of a tensor in the model is the same across all models. Please make sure "
            "that parameters have the same requires_grad in all."
        )
    return stack([x.detach() for x in tensors]).requires_grad_(wanted.pop())


def replace_all_batch_norm_modules_(root: object) -> object:
    """Let no batch normalisation in a module keep running averages: under vmap nothing can be written to.

    >>> import tensorbook as torch
    >>> torch.func.replace_all_batch_norm_modules_(torch.nn.BatchNorm1d(3)).running_mean is None
    True
    """
    for module in root.modules():
        if hasattr(module, "running_mean") and hasattr(module, "num_batches_tracked"):
            module.running_mean = module.running_var = module.num_batches_tracked = None
            module.track_running_stats = False
    return root
