"""Layers that learn the size of their input from the first input.

https://pytorch.org/docs/stable/generated/torch.nn.modules.lazy.LazyModuleMixin.html
"""

from __future__ import annotations

from collections.abc import Mapping

from ...autograd.grad_mode import no_grad
from ...ops.creation import tensor
from ...tensor import Tensor
from ..parameter import UninitializedBuffer, UninitializedParameter, is_lazy
from .batchnorm import BatchNorm1d, BatchNorm2d, BatchNorm3d
from .conv import Conv1d, Conv2d, Conv3d, ConvTranspose1d, ConvTranspose2d, ConvTranspose3d, Numbers
from .instancenorm import InstanceNorm1d, InstanceNorm2d, InstanceNorm3d
from .linear import Linear


class LazyModuleMixin:
    """What makes a layer lazy, written before the layer among the bases: its first call fills its parameters.

    `initialize_parameters` says how, from the input; then the layer becomes one of `cls_to_become`. Move the model and
    make a first call before an optimizer gets its parameters.

    >>> import tensorbook as torch
    >>> model = torch.nn.Sequential(torch.nn.LazyLinear(4), torch.nn.LazyLinear(2))
    >>> model[0]
    LazyLinear(in_features=0, out_features=4, bias=True)
    >>> _ = model(torch.ones(1, 3))
    >>> model[0], model[1]
    (Linear(in_features=3, out_features=4, bias=True), Linear(in_features=4, out_features=2, bias=True))
    """

    cls_to_become: type | None = None

    def initialize_parameters(self, *args: object, **kwargs: object) -> None:
        """Fill the parameters, now that the input is known. For a subclass to define."""
        raise NotImplementedError(f"initialize_parameters is not implemented for {type(self).__name__}")

    def has_uninitialized_params(self) -> bool:
        """Whether a parameter or buffer waits for the first input."""
        return any(map(is_lazy, [*self._parameters.values(), *self._buffers.values()]))

    def __call__(self, *args: object, **kwargs: object) -> object:
        self.initialize_parameters(*args, **kwargs)
        if self.has_uninitialized_params():
            raise RuntimeError(f"module {type(self).__name__} has not been fully initialized")
        if self.cls_to_become is None:
            return super().__call__(*args, **kwargs)
        self.__class__ = self.cls_to_become
        return self(*args, **kwargs)

    def reset_parameters(self) -> None:
        """Draw first weights anew, where there are weights."""
        weight = self._parameters.get("weight")
        if not self.has_uninitialized_params() and (weight is None or weight.numel()):
            super().reset_parameters()

    def _load_from_state_dict(self, state_dict: Mapping, prefix: str, *rest: object) -> None:
        for name, waiting in self._own_state():
            given = state_dict.get(prefix + name)
            if is_lazy(waiting) and isinstance(given, Tensor) and not is_lazy(given):
                with no_grad():
                    waiting.materialize(given.shape)
        super()._load_from_state_dict(state_dict, prefix, *rest)


class LazyLinear(LazyModuleMixin, Linear):
    """Linear with as many inputs as the first input has in its last dimension."""

    cls_to_become = Linear

    def __init__(self, out_features: int, bias: bool = True, device: object = None, dtype: object = None):
        super().__init__(0, 0, bias, device, dtype)
        self.out_features = out_features
        self.weight = UninitializedParameter(device=device, dtype=dtype)
        if bias:
            self.bias = UninitializedParameter(device=device, dtype=dtype)

    def initialize_parameters(self, input: Tensor) -> None:
        self.in_features = input.shape[-1]
        if self.has_uninitialized_params():
            self.weight.materialize((self.out_features, self.in_features))
            if self.bias is not None:
                self.bias.materialize((self.out_features,))
            self.reset_parameters()


class _LazyConv(LazyModuleMixin):
    """A convolution with as many input channels as the first input."""

    def _wait(self, out_channels: int, bias: bool, device: object, dtype: object) -> None:
        self.out_channels = out_channels
        self.weight = UninitializedParameter(device=device, dtype=dtype)
        if bias:
            self.bias = UninitializedParameter(device=device, dtype=dtype)

    def initialize_parameters(self, input: Tensor, *_: object) -> None:
        if input.dim() not in (self.dims + 1, self.dims + 2):
            raise RuntimeError(
                f"Expected {self.dims + 1}D (unbatched) or {self.dims + 2}D (batched) input to "
                f"{type(self).__name__}, but got input of size: {input.shape}"
            )
        self.in_channels = input.shape[-self.dims - 1]
        if not self.has_uninitialized_params():
            return
        if self.in_channels % self.groups:
            raise ValueError("in_channels must be divisible by groups")
        first, second = self.out_channels, self.in_channels
        if self.transposed:
            first, second = second, first
        self.weight.materialize((first, second // self.groups, *self.kernel_size))
        if self.bias is not None:
            self.bias.materialize((self.out_channels,))
        self.reset_parameters()


class _LazyForward(_LazyConv):
    def __init__(
        self, out_channels: int, kernel_size: Numbers, stride: Numbers = 1, padding: Numbers | str = 0,
        dilation: Numbers = 1, groups: int = 1, bias: bool = True, padding_mode: str = "zeros",
        device: object = None, dtype: object = None,
    ):  # fmt: skip
        super().__init__(0, 0, kernel_size, stride, padding, dilation, groups, bias, padding_mode, device, dtype)
        self._wait(out_channels, bias, device, dtype)


class _LazyTransposed(_LazyConv):
    def __init__(
        self, out_channels: int, kernel_size: Numbers, stride: Numbers = 1, padding: Numbers = 0,
        output_padding: Numbers = 0, groups: int = 1, bias: bool = True, dilation: Numbers = 1,
        padding_mode: str = "zeros", device: object = None, dtype: object = None,
    ):  # fmt: skip
        super().__init__(
            0, 0, kernel_size, stride, padding, output_padding, groups, bias, dilation, padding_mode, device, dtype
        )  # fmt: skip
        self._wait(out_channels, bias, device, dtype)


class _LazyNorm(LazyModuleMixin):
    """A normalisation of as many channels as the first input has."""

    def __init__(
        self, eps: float = 1e-5, momentum: float | None = 0.1, affine: bool = True, track_running_stats: bool = True,
        device: object = None, dtype: object = None, *, bias: bool = True,
    ):  # fmt: skip
        super().__init__(0, eps, momentum, False, False, device, dtype)
        self.affine, self.track_running_stats = affine, track_running_stats
        place = {"device": device, "dtype": dtype}
        if self.affine:
            self.weight = UninitializedParameter(**place)
            if bias:
                self.bias = UninitializedParameter(**place)
        if self.track_running_stats:
            self.running_mean = UninitializedBuffer(**place)
            self.running_var = UninitializedBuffer(**place)
            self.num_batches_tracked = tensor(0, device=device)

    def initialize_parameters(self, input: Tensor) -> None:
        self.num_features = input.shape[1]
        if not self.has_uninitialized_params():
            return
        for waiting in (self.weight, self.bias, self.running_mean, self.running_var):
            if waiting is not None:
                waiting.materialize((self.num_features,))
        self.reset_parameters()

    def reset_running_stats(self) -> None:
        """Forget what was seen, where there is room for it."""
        if not self.has_uninitialized_params():
            super().reset_running_stats()


def _lazy(kind: type, base: type) -> type:
    """The lazy form of a layer."""
    doc = f"{kind.__name__} with as many input channels as the first input has."
    members = {"cls_to_become": kind, "__module__": __name__, "__doc__": doc}
    return type("Lazy" + kind.__name__, (base, kind), members)


LazyConv1d, LazyConv2d, LazyConv3d = (_lazy(kind, _LazyForward) for kind in (Conv1d, Conv2d, Conv3d))
LazyConvTranspose1d = _lazy(ConvTranspose1d, _LazyTransposed)
LazyConvTranspose2d = _lazy(ConvTranspose2d, _LazyTransposed)
LazyConvTranspose3d = _lazy(ConvTranspose3d, _LazyTransposed)
LazyBatchNorm1d, LazyBatchNorm2d, LazyBatchNorm3d = (
    _lazy(kind, _LazyNorm) for kind in (BatchNorm1d, BatchNorm2d, BatchNorm3d)
)
LazyInstanceNorm1d, LazyInstanceNorm2d, LazyInstanceNorm3d = (
    _lazy(kind, _LazyNorm) for kind in (InstanceNorm1d, InstanceNorm2d, InstanceNorm3d)
)
