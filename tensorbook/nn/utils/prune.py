"""Weights that are taken out of a layer: `weight` becomes `weight_orig`, a parameter, times `weight_mask`, a buffer.

https://pytorch.org/tutorials/intermediate/pruning_tutorial.html
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from numbers import Integral, Real

from ...ops.creation import ones_like, zeros_like
from ...ops.norms import norm
from ...ops.random import rand, rand_like
from ...tensor import Tensor
from ..modules.module import Module
from .convert_parameters import parameters_to_vector


class BasePruningMethod(ABC):
    """One way to choose what is taken out; a hook that multiplies by the mask before each forward pass.

    A subclass says of what its mask is chosen (`PRUNING_TYPE`): of the elements that are left ("unstructured"), of the
    channels along `dim` that are left ("structured"), or of everything ("global"); and has a `compute_mask`.

    >>> import tensorbook as torch
    >>> from tensorbook.nn.utils import prune
    >>> class EveryOther(prune.BasePruningMethod):
    ...     PRUNING_TYPE = "unstructured"
    ...     def compute_mask(self, t, default_mask):
    ...         mask = default_mask.clone()
    ...         mask.view(-1)[::2] = 0
    ...         return mask
    >>> layer = torch.nn.Linear(2, 2)
    >>> _ = EveryOther.apply(layer, "weight")
    >>> layer.weight_mask
    tensor([[0., 1.],
            [0., 1.]])
    """

    _tensor_name: str

    def __call__(self, module: Module, inputs: tuple) -> None:
        """Compute the weight anew from what it was and the mask."""
        setattr(module, self._tensor_name, self.apply_mask(module))

    @abstractmethod
    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        """The mask for the scores `t`, 1 for what stays; what `default_mask` takes out stays out."""

    def apply_mask(self, module: Module) -> Tensor:
        """The pruned tensor."""
        original = getattr(module, self._tensor_name + "_orig")
        return getattr(module, self._tensor_name + "_mask").to(dtype=original.dtype) * original

    @classmethod
    def apply(
        cls, module: Module, name: str, *args: object, importance_scores: Tensor | None = None, **kwargs: object
    ) -> BasePruningMethod:
        """Prune a parameter of a module, further if it has been before; gives the hook that does it from now on.

        Args:
            args, kwargs: what the method is made with.
            importance_scores: by what to choose, in the parameter's shape; by the parameter itself if not given.
        """
        method, before = cls(*args, **kwargs), _take_hook(module, name)
        method._tensor_name = name
        if before is not None:
            container = before if isinstance(before, PruningContainer) else PruningContainer(before)
            container.add_pruning_method(method)
            method = container
        tensor = getattr(module, name)
        scores = _scores(importance_scores, tensor, f"parameter {name} of {module}")
        again = isinstance(method, PruningContainer)
        if again:
            default_mask = getattr(module, name + "_mask").detach().clone()
        else:
            module.register_parameter(name + "_orig", tensor)
            del module._parameters[name]
            default_mask = ones_like(tensor)
        try:
            module.register_buffer(name + "_mask", method.compute_mask(scores, default_mask=default_mask))
            setattr(module, name, method.apply_mask(module))
            module.register_forward_pre_hook(method)
        except Exception:
            if not again:  # as if nothing had happened
                module.register_parameter(name, module._parameters.pop(name + "_orig"))
            raise
        return method

    def prune(self, t: Tensor, default_mask: Tensor | None = None, importance_scores: Tensor | None = None) -> Tensor:
        """A tensor with what this method chooses set to 0."""
        scores = _scores(importance_scores, t, "tensor t")
        return t * self.compute_mask(scores, default_mask=ones_like(t) if default_mask is None else default_mask)

    def remove(self, module: Module) -> None:
        """Make the pruned tensor an ordinary parameter; what was taken out stays 0."""
        name = self._tensor_name
        weight = self.apply_mask(module)
        if hasattr(module, name):
            delattr(module, name)
        original = module._parameters.pop(name + "_orig")
        original.data = weight.data
        del module._buffers[name + "_mask"]
        setattr(module, name, original)


def _take_hook(module: Module, name: str) -> BasePruningMethod | None:
    """The hook that prunes a tensor, taken from its module."""
    hooks = module._forward_pre_hooks
    mine = [k for k, hook in hooks.items() if isinstance(hook, BasePruningMethod) and hook._tensor_name == name]
    if len(mine) > 1:
        raise AssertionError(
            f"Avoid adding multiple pruning hooks to the same tensor {name} of module {module}. Use a PruningContainer."
        )
    return hooks.pop(mine[0]) if mine else None


def _scores(given: Tensor | None, tensor: Tensor, what: str) -> Tensor:
    if given is not None and given.shape != tensor.shape:
        raise AssertionError(
            f"importance_scores should have the same shape as {what}, got {given.shape} vs {tensor.shape}"
        )
    return tensor if given is None else given


class PruningContainer(BasePruningMethod):
    """Several methods, each choosing from what those before it have left."""

    def __init__(self, *args: BasePruningMethod):
        self._pruning_methods: tuple[BasePruningMethod, ...] = ()
        if len(args) == 1:
            self._tensor_name = args[0]._tensor_name
        for method in args:
            self.add_pruning_method(method)

    def add_pruning_method(self, method: BasePruningMethod | None) -> None:
        """One more method, for the same tensor."""
        if method is not None and not isinstance(method, BasePruningMethod):
            raise TypeError(f"{type(method)} is not a BasePruningMethod subclass")
        if method is not None and self._tensor_name != method._tensor_name:
            raise ValueError(
                f"Can only add pruning methods acting on the parameter named '{self._tensor_name}' to PruningContainer "
                f"{self}. Found '{method._tensor_name}'"
            )
        self._pruning_methods += (method,)

    def __len__(self) -> int:
        return len(self._pruning_methods)

    def __iter__(self) -> Iterator[BasePruningMethod]:
        return iter(self._pruning_methods)

    def __getitem__(self, idx: int) -> BasePruningMethod:
        return self._pruning_methods[idx]

    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        """The mask so far with what the latest method chooses of what it leaves."""
        method, mask = self._pruning_methods[-1], default_mask.to(dtype=t.dtype)
        left = _left(method, t, default_mask)
        mask[left] = method.compute_mask(t[left], default_mask=default_mask[left]).to(dtype=mask.dtype)
        return mask


def _left(method: BasePruningMethod, t: Tensor, mask: Tensor) -> object:
    """What a method may choose of, as an index."""
    if method.PRUNING_TYPE == "unstructured":
        return mask == 1
    if method.PRUNING_TYPE == "global":
        return (slice(None),) * t.dim()
    if method.PRUNING_TYPE != "structured":
        raise ValueError(f"Unrecognized PRUNING_TYPE {method.PRUNING_TYPE}")
    if not hasattr(method, "dim"):
        raise AttributeError('Pruning methods of PRUNING_TYPE "structured" need to have the attribute `dim` defined.')
    if method.dim < -t.dim():
        raise IndexError(f"Index is out of bounds for tensor with dimensions {t.dim()}")
    dim = method.dim % t.dim()
    channels = mask.sum(dim=[d for d in range(t.dim()) if d != dim]) != 0
    return tuple([channels if d == dim else slice(None) for d in range(t.dim())])


# ---- how many, and of what


class _Amount(BasePruningMethod):
    """A method that takes out a number of elements or channels (an int) or a share of them (a float)."""

    def __init__(self, amount: float):
        if not isinstance(amount, Real):
            raise TypeError(f"Invalid type for amount: {amount}. Must be int or float.")
        if amount < 0 or (not isinstance(amount, Integral) and amount > 1):
            raise ValueError(f"amount={amount} should either be a float in the range [0, 1] or a non-negative integer")
        self.amount = amount

    def _count(self, size: int) -> int:
        count = self.amount if isinstance(self.amount, Integral) else round(self.amount * size)
        if count > size:
            raise ValueError(f"amount={count} should be smaller than the number of parameters to prune={size}")
        return count


class Identity(BasePruningMethod):
    """Takes out nothing."""

    PRUNING_TYPE = "unstructured"

    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        return default_mask


class RandomUnstructured(_Amount):
    """Takes out elements at random."""

    PRUNING_TYPE = "unstructured"

    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        count, mask = self._count(t.numel()), default_mask.clone()
        if count:
            mask.view(-1)[rand_like(t).view(-1).topk(count).indices] = 0
        return mask


class L1Unstructured(_Amount):
    """Takes out the elements closest to 0."""

    PRUNING_TYPE = "unstructured"

    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        count, mask = self._count(t.numel()), default_mask.clone()
        if count:
            mask.view(-1)[t.abs().view(-1).topk(count, largest=False).indices] = 0
        return mask


class _Structured(_Amount):
    """A method that takes out whole channels along `dim`."""

    PRUNING_TYPE = "structured"

    def __init__(self, amount: float, dim: int = -1):
        super().__init__(amount)
        self.dim = dim

    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        if t.dim() <= 1:
            raise ValueError(
                "Structured pruning can only be applied to multidimensional tensors. Found tensor of shape "
                f"{t.shape} with {t.dim()} dims"
            )
        if self.dim >= t.dim():
            raise IndexError(f"Invalid index {self.dim} for tensor of size {t.shape}")
        size = t.shape[self.dim]
        count = self._count(size)
        kept = self.keep(t, size, count)
        if not count:
            return default_mask
        mask = zeros_like(t)
        mask.transpose(self.dim, 0)[kept] = 1
        mask *= default_mask.to(dtype=mask.dtype)
        return mask

    @abstractmethod
    def keep(self, t: Tensor, size: int, count: int) -> Tensor:
        """Which channels stay when `count` of `size` go."""


class RandomStructured(_Structured):
    """Takes out channels at random."""

    def keep(self, t: Tensor, size: int, count: int) -> Tensor | None:
        if not count:
            return None
        scores = rand(size)
        return scores > scores.kthvalue(count).values


class LnStructured(_Structured):
    """Takes out the channels with the smallest n-norm."""

    def __init__(self, amount: float, n: float | str, dim: int = -1):
        super().__init__(amount, dim)
        self.n = n

    @classmethod
    def apply(
        cls, module: Module, name: str, amount: float, n: float | str, dim: int, importance_scores: Tensor | None = None
    ) -> BasePruningMethod:
        return super().apply(module, name, amount=amount, n=n, dim=dim, importance_scores=importance_scores)

    def keep(self, t: Tensor, size: int, count: int) -> Tensor:
        dim = self.dim % t.dim()
        return norm(t, self.n, [d for d in range(t.dim()) if d != dim]).topk(size - count).indices


class CustomFromMask(BasePruningMethod):
    """Takes out what a mask says."""

    PRUNING_TYPE = "global"

    def __init__(self, mask: Tensor):
        self.mask = mask

    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        if default_mask.shape != self.mask.shape:
            raise AssertionError(
                f"default_mask shape {default_mask.shape} does not match self.mask shape {self.mask.shape}"
            )
        return default_mask * self.mask.to(dtype=default_mask.dtype)


# ---- the functions: they change a module in place, and give it back


def identity(module: Module, name: str) -> Module:
    """Prune nothing: the parameter only gets its mask, of ones."""
    Identity.apply(module, name)
    return module


def random_unstructured(module: Module, name: str, amount: float) -> Module:
    """Take out elements of a parameter at random.

    Args:
        module: the module; it is changed in place, and returned.
        name: the parameter's name.
        amount: how many (an int), or which part of those that are left (a float between 0 and 1).

    >>> import tensorbook as torch
    >>> layer = torch.nn.utils.prune.random_unstructured(torch.nn.Linear(5, 2), "weight", amount=0.3)
    >>> int((layer.weight == 0).sum()), [name for name, _ in layer.named_parameters()]
    (3, ['bias', 'weight_orig'])
    """
    RandomUnstructured.apply(module, name, amount)
    return module


def l1_unstructured(module: Module, name: str, amount: float, importance_scores: Tensor | None = None) -> Module:
    """Take out the elements of a parameter closest to 0, or with the lowest scores.

    >>> import tensorbook as torch
    >>> layer = torch.nn.utils.prune.l1_unstructured(torch.nn.Linear(5, 2), "bias", amount=1)
    >>> int(layer.bias_mask.sum())
    1
    """
    L1Unstructured.apply(module, name, amount, importance_scores=importance_scores)
    return module


def random_structured(module: Module, name: str, amount: float, dim: int) -> Module:
    """Take out channels (indices along `dim`) of a parameter at random."""
    RandomStructured.apply(module, name, amount, dim)
    return module


def ln_structured(
    module: Module, name: str, amount: float, n: float | str, dim: int, importance_scores: Tensor | None = None
) -> Module:
    """Take out the channels (indices along `dim`) of a parameter with the smallest n-norm.

    >>> import tensorbook as torch
    >>> layer = torch.nn.utils.prune.ln_structured(torch.nn.Linear(3, 4), "weight", amount=0.5, n=2, dim=0)
    >>> int((layer.weight == 0).all(1).sum())
    2
    """
    LnStructured.apply(module, name, amount, n, dim, importance_scores=importance_scores)
    return module


def global_unstructured(
    parameters: Iterable[tuple[Module, str]],
    pruning_method: type[BasePruningMethod],
    importance_scores: dict[tuple[Module, str], Tensor] | None = None,
    **kwargs: object,
) -> None:
    """Prune several parameters as if they were one.

    Args:
        parameters: (module, name) of each.
        pruning_method: a class whose PRUNING_TYPE is "unstructured".
        importance_scores: by what to choose for some of them.
        kwargs: what the method is made with, as `amount`.

    >>> import tensorbook as torch
    >>> from tensorbook.nn.utils import prune
    >>> net = torch.nn.Sequential(torch.nn.Linear(10, 4), torch.nn.Linear(4, 1))
    >>> parameters = [(net[0], "weight"), (net[1], "weight")]
    >>> prune.global_unstructured(parameters, pruning_method=prune.L1Unstructured, amount=10)
    >>> int(sum((layer.weight == 0).sum() for layer in net))
    10
    """
    if not isinstance(parameters, Iterable):
        raise TypeError("global_unstructured(): parameters is not an Iterable")
    if not isinstance(importance_scores, dict | None):
        raise TypeError("global_unstructured(): importance_scores must be of type dict")
    scores, tensors = importance_scores or {}, [getattr(module, name) for module, name in parameters]
    masks = [getattr(m, f"{n}_mask", ones_like(t)) for (m, n), t in zip(parameters, tensors, strict=True)]
    method, container = pruning_method(**kwargs), PruningContainer()
    method._tensor_name = container._tensor_name = "temp"
    if method.PRUNING_TYPE != "unstructured":
        raise TypeError(
            f'Only "unstructured" PRUNING_TYPE supported for the `pruning_method`. Found method {pruning_method} of '
            f"type {method.PRUNING_TYPE}"
        )
    container.add_pruning_method(method)
    flat = [scores.get(key, tensor) for key, tensor in zip(parameters, tensors, strict=True)]
    rest = container.compute_mask(parameters_to_vector(flat), parameters_to_vector(masks))
    for (module, name), tensor in zip(parameters, tensors, strict=True):
        custom_from_mask(module, name, rest[: tensor.numel()].view_as(tensor))
        rest = rest[tensor.numel() :]


def custom_from_mask(module: Module, name: str, mask: Tensor) -> Module:
    """Take out what a mask of zeros and ones says.

    >>> import tensorbook as torch
    >>> layer = torch.nn.Linear(5, 3)
    >>> torch.nn.utils.prune.custom_from_mask(layer, "bias", torch.tensor([0, 1, 0])).bias_mask
    tensor([0., 1., 0.])
    """
    CustomFromMask.apply(module, name, mask)
    return module


def remove(module: Module, name: str) -> Module:
    """Make a pruned parameter an ordinary one again; what was taken out stays 0.

    >>> import tensorbook as torch
    >>> layer = torch.nn.utils.prune.l1_unstructured(torch.nn.Linear(5, 2), "weight", amount=3)
    >>> [name for name, _ in torch.nn.utils.prune.remove(layer, "weight").named_parameters()]
    ['bias', 'weight']
    """
    hook = _take_hook(module, name)
    if hook is None:
        raise ValueError(f"Parameter '{name}' of module {module} has to be pruned before pruning can be removed")
    hook.remove(module)
    return module


def is_pruned(module: Module) -> bool:
    """Whether something in a module, or in a module inside it, is pruned."""
    return any(isinstance(h, BasePruningMethod) for m in module.modules() for h in m._forward_pre_hooks.values())
