"""The older form of parametrizations.weight_norm, which computes the weight before each call."""

from __future__ import annotations

import warnings

from ...ops.weight_norm import norm_except_dim
from ...ops.weight_norm import weight_norm as scaled
from ...tensor import Tensor
from ..modules.module import Module
from ..parameter import Parameter


class WeightNorm:
    """The hook that computes the weight."""

    def __init__(self, name: str, dim: int | None):
        self.name, self.dim = name, -1 if dim is None else dim

    def compute_weight(self, module: Module) -> Tensor:
        """The weight from its direction and its lengths."""
        return scaled(getattr(module, self.name + "_v"), getattr(module, self.name + "_g"), self.dim)

    def __call__(self, module: Module, inputs: tuple) -> None:
        setattr(module, self.name, self.compute_weight(module))

    def remove(self, module: Module) -> None:
        """Make the weight a parameter again."""
        weight = self.compute_weight(module)
        for name in (self.name, self.name + "_g", self.name + "_v"):
            delattr(module, name)
        setattr(module, self.name, Parameter(weight.data))


def weight_norm(module: Module, name: str = "weight", dim: int | None = 0) -> Module:
    """Learn a weight's direction `NAME_v` and its lengths `NAME_g` apart from each other. Deprecated in PyTorch."""
    warnings.warn(
        "`torch.nn.utils.weight_norm` is deprecated in favor of `torch.nn.utils.parametrizations.weight_norm`.",
        FutureWarning,
        stacklevel=2,
    )
    if found(module, WeightNorm, name) is not None:
        raise RuntimeError(f"Cannot register two weight_norm hooks on the same parameter {name}")
    hook = WeightNorm(name, dim)
    weight = getattr(module, name)
    delattr(module, name)
    module.register_parameter(name + "_g", Parameter(norm_except_dim(weight, 2, hook.dim).data))
    module.register_parameter(name + "_v", Parameter(weight.data))
    setattr(module, name, hook.compute_weight(module))
    module.register_forward_pre_hook(hook)
    return module


def found(module: Module, kind: type, name: str) -> int | None:
    """The number of the hook of a kind that computes the weight of that name; None where there is none."""
    hooks = module._forward_pre_hooks.items()
    return next((k for k, hook in hooks if isinstance(hook, kind) and hook.name == name), None)


def take_away(module: Module, kind: type, called: str, name: str) -> Module:
    """Remove such a hook; the weight is a parameter again."""
    number = found(module, kind, name)
    if number is None:
        raise ValueError(f"{called} of '{name}' not found in {module}")
    module._forward_pre_hooks.pop(number).remove(module)
    return module


def remove_weight_norm(module: Module, name: str = "weight") -> Module:
    """Take weight_norm away again."""
    return take_away(module, WeightNorm, "weight_norm", name)
