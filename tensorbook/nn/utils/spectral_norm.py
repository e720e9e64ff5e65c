"""The older form of parametrizations.spectral_norm, which computes the weight before each call."""

from __future__ import annotations

from ...autograd.grad_mode import no_grad
from ...ops.matrix import dot, mv
from ...tensor import Tensor
from .. import functional as F
from ..modules.module import Module
from ..parameter import Parameter
from .weight_norm import found, take_away


class SpectralNorm:
    """The hook that computes the weight."""

    def __init__(self, name: str, n_power_iterations: int, dim: int, eps: float):
        if n_power_iterations <= 0:
            raise ValueError(
                f"Expected n_power_iterations to be positive, but got n_power_iterations={n_power_iterations}"
            )
        self.name, self.n_power_iterations, self.dim, self.eps = name, n_power_iterations, dim, eps

    def matrix(self, weight: Tensor) -> Tensor:
        """The weight as a matrix with `dim` as its rows."""
        order = (self.dim, *(d for d in range(weight.dim()) if d != self.dim))
        return (weight.permute(*order) if self.dim else weight).reshape(weight.size(self.dim), -1)

    def direction(self, x: Tensor) -> Tensor:
        """A vector of length 1."""
        return F.normalize(x, dim=0, eps=self.eps)

    def compute_weight(self, module: Module, iterate: bool) -> Tensor:
        """The weight divided by its largest singular value, as far as the power method has found it."""
        weight = getattr(module, self.name + "_orig")
        u, v, matrix = getattr(module, self.name + "_u"), getattr(module, self.name + "_v"), self.matrix(weight)
        if iterate:
            with no_grad():
                for _ in range(self.n_power_iterations):
                    v.copy_(self.direction(mv(matrix.t(), u)))
                    u.copy_(self.direction(mv(matrix, v)))
                u, v = u.clone(), v.clone()  # the buffers change before a second backward pass
        return weight / dot(u, mv(matrix, v))

    def __call__(self, module: Module, inputs: tuple) -> None:
        setattr(module, self.name, self.compute_weight(module, iterate=module.training))

    def remove(self, module: Module) -> None:
        """Make the weight a parameter again."""
        with no_grad():
            weight = self.compute_weight(module, iterate=False)
        for name in (self.name, self.name + "_u", self.name + "_v", self.name + "_orig"):
            delattr(module, name)
        setattr(module, self.name, Parameter(weight.detach()))


def spectral_norm(
    module: Module, name: str = "weight", n_power_iterations: int = 1, eps: float = 1e-12, dim: int | None = None
) -> Module:
    """Divide a weight by its largest singular value, which the power method follows while training.

    Miyato and others 2018, https://arxiv.org/abs/1802.05957

    >>> import tensorbook as torch
    >>> layer = torch.nn.utils.spectral_norm(torch.nn.Linear(20, 40))
    >>> [name for name, _ in layer.named_parameters()]
    ['bias', 'weight_orig']
    """
    if found(module, SpectralNorm, name) is not None:
        raise RuntimeError(f"Cannot register two spectral_norm hooks on the same parameter {name}")
    if dim is None:
        dim = 1 if "ConvTranspose" in type(module).__name__ else 0
    hook = SpectralNorm(name, n_power_iterations, dim, eps)
    weight = module._parameters[name]
    if weight is None:
        raise ValueError(f"`SpectralNorm` cannot be applied as parameter `{name}` is None")
    with no_grad():
        rows, columns = hook.matrix(weight).shape
        u = hook.direction(weight.new_empty(rows).normal_(0, 1))
        v = hook.direction(weight.new_empty(columns).normal_(0, 1))
    delattr(module, name)
    module.register_parameter(name + "_orig", weight)
    setattr(module, name, weight.data)  # until the first call
    module.register_buffer(name + "_u", u)
    module.register_buffer(name + "_v", v)
    module.register_forward_pre_hook(hook)
    return module


def remove_spectral_norm(module: Module, name: str = "weight") -> Module:
    """Take spectral_norm away again."""
    return take_away(module, SpectralNorm, "spectral_norm", name)
