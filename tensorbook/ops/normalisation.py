"""Numbers moved and scaled to mean 0 and variance 1: over the batch, over a layer, over a group of channels.

Batch: Ioffe and Szegedy 2015, https://arxiv.org/abs/1502.03167. Layer: Ba and others 2016,
https://arxiv.org/abs/1607.06450. Group: Wu and He 2018, https://arxiv.org/abs/1803.08494. Instance: Ulyanov and others
2016, https://arxiv.org/abs/1607.08022. Root mean square: Zhang and Sennrich 2019, https://arxiv.org/abs/1910.07467.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from ..graph import grad_mode
from ..tensor import Tensor, make, storage_of
from . import view
from .arithmetic import mul
from .array_twins import shape_of  # noqa: F401 (a formula calls it)
from .by_number import plus_number
from .define import op
from .elementary import rsqrt
from .node import OpNode, showing
from .operands import as_array
from .repeating import repeat
from .standardising import by_batch, by_batch_back, by_known_back, by_sample, by_sample_back, inverse_root
from .words import type_name

# ---- what all have in common
#
# The input is looked at in a `shape` in which the numbers that share a mean lie along `dims`; weight and bias in the
# shape `place`, in which they broadcast to the input. `known` is the pair of mean and 1 / deviation. The work on bare
# arrays is in standardising.py, which looks at the input as `rows`, and at weight and bias as `wide`.


def _line(x: np.ndarray, weight: np.ndarray, bias: np.ndarray, place: tuple, known: tuple) -> np.ndarray:
    """Moved and scaled by the mean and the deviation of other data: x times one number plus another."""
    mean, scale = known
    factor = scale * weight.reshape(place) if weight.ndim else scale
    out = x.astype(mean.dtype, copy=False) * factor
    out += bias.reshape(place) - mean * factor if bias.ndim else -mean * factor
    return out.astype(x.dtype, copy=False)


def _parameter(tensor: Tensor, wide: tuple) -> np.ndarray | None:
    """The weight or the bias as the arrays want it; None where there is none."""
    return tensor._array.reshape(wide) if tensor._array.ndim else None


def _standard(x: Tensor, shape: tuple, dims: tuple, known: tuple, eps: float) -> tuple[Tensor, Tensor]:
    """x with mean 0 and variance 1, and what it was multiplied by; recorded where a second derivative is wanted."""
    x = x.reshape(shape)
    if not grad_mode.enabled:
        mean, scale = (make(as_array(a.astype(x._array.dtype, copy=False))) for a in known)
        return (x - mean) * scale, scale
    centred = x - x.mean(dims, True)
    scale = rsqrt((centred * centred).mean(dims, True) + eps)
    return centred * scale, scale


def _weighted(grad: Tensor, weight: Tensor, place: tuple) -> Tensor:
    return grad * weight.reshape(place) if weight.dim() else grad


def _input_grad(
    grad: Tensor, x: Tensor, weight: Tensor, shape: tuple, dims: tuple, place: tuple, known: tuple, eps: float
) -> Tensor:
    """The gradient, less what only moves the mean or only changes the variance: those are taken out again."""
    standard, scale = _standard(x, shape, dims, known, eps)
    grad = _weighted(grad, weight, place).reshape(shape)
    inner = grad - grad.mean(dims, True) - standard * (grad * standard).mean(dims, True)
    return (inner * scale).reshape(x.shape)


def _over(place: tuple, ndim: int) -> tuple[int, ...]:
    """The dimensions along which weights are shared."""
    start = ndim - len(place)
    return tuple(i for i in range(ndim) if i < start or place[i - start] == 1)


def _weight_grad(
    grad: Tensor, x: Tensor, weight_shape: tuple, shape: tuple, dims: tuple, place: tuple, known: tuple, eps: float
) -> Tensor:
    standard, _ = _standard(x, shape, dims, known, eps)
    return _bias_grad(grad * standard.reshape(x.shape), weight_shape, place)


def _bias_grad(grad: Tensor, bias_shape: tuple, place: tuple) -> Tensor:
    over = _over(place, grad.dim())
    return (grad.sum(over) if over else grad).reshape(bias_shape)


def _over_arrays(back: Callable) -> Callable:
    """The same gradients over bare arrays, in an ordinary backward pass: what they have in common is computed once."""

    def arrays(node: OpNode, grad: np.ndarray, keep: bool) -> tuple:
        if grad.dtype.itemsize == 2:
            return OpNode.arrays(node, grad, keep)
        wanted = tuple([edge is not None for edge in node.edges])
        x, weight = node.unpack("input")._array, node.unpack("weight") if wanted[0] else NONE
        if not keep:
            node.input_ = None
        rows, wide = node.rows_, node.wide_
        grads = back(grad.reshape(rows), x.reshape(rows), _parameter(weight, wide), *node.known_, wide, wanted)
        shapes = x.shape, node.weight_shape_, getattr(node, "bias_shape_", node.place_)
        return tuple([g.reshape(shape) if to else None for g, shape, to in zip(grads, shapes, wanted, strict=True)])

    return arrays


def _normalisation(name: str, node: str, back: Callable, told: str = "", bias_shape: str = "bias.shape") -> Callable:
    function = op(f"{name}(input, weight, bias; out, shape, dims, place, known, eps; rows, wide{told})", "out", node,
                  input="_input_grad(grad, input, weight, shape, dims, place, known, eps)",
                  weight="_weight_grad(grad, input, weight.shape, shape, dims, place, known, eps)",
                  bias=f"_bias_grad(grad, {bias_shape}, place)",
                  layout="row_by_row" if "layer" in name else "as_image")  # fmt: skip
    function.node.arrays = _over_arrays(back)
    return function


native_batch_norm = _normalisation("native_batch_norm", "NativeBatchNormBackward0", by_batch_back,
                                   ", running_mean, running_var")  # fmt: skip
native_layer_norm = _normalisation("native_layer_norm", "NativeLayerNormBackward0", by_sample_back,
                                   bias_shape="shape_of(bias)")  # fmt: skip
native_group_norm = _normalisation("native_group_norm", "NativeGroupNormBackward0", by_sample_back)
# With the mean and the variance of other data, which do not depend on the input: a line.
batch_norm_by_known = op(
    "native_batch_norm(input, weight, bias; place, known; rows, wide, running_mean, running_var, eps)",
    "_line(input, weight, bias, place, known)", "NativeBatchNormBackward0",
    input="(_weighted(grad, weight, place) * make(known[1])).reshape(shape_of(input))",
    weight="_bias_grad(grad * (input - make(known[0])) * make(known[1]), weight.shape, place)",
    bias="_bias_grad(grad, bias.shape, place)", layout="as_image",
)  # fmt: skip
batch_norm_by_known.node.arrays = _over_arrays(by_known_back)
showing(native_batch_norm, training=True)
showing(batch_norm_by_known, training=False)


NONE = make(np.ones(()))  # stands where there is no weight or no bias: the node has an edge for them either way


def _affine(weight: Tensor | None, bias: Tensor | None) -> tuple[Tensor, Tensor]:
    return NONE if weight is None else weight, NONE if bias is None else bias


def _check_floating(input: Tensor, kernel: str) -> None:
    if input._array.dtype.kind != "f":
        raise NotImplementedError(f"\"{kernel}\" not implemented for '{type_name(input._array)}'")


def _check_dtypes(input: Tensor, *others: Tensor | None) -> None:
    """Parameters are in the input's dtype, or in float32 beside a float16 input."""
    kind = input._array.dtype
    for other in others:
        if other is not None and other._array.dtype != kind:
            if kind.itemsize != 4 and kind.itemsize != 2:
                raise RuntimeError("mixed dtype (CPU): all inputs must share same datatype.")
            if kind.itemsize == 4 or other._array.dtype != np.float32:
                raise RuntimeError("mixed dtype (CPU): expect parameter to have scalar type of Float")


# ---- over the batch


def batch_norm(
    input: Tensor,
    running_mean: Tensor | None,
    running_var: Tensor | None,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Tensor:
    """Each channel (dim 1) with mean 0 and variance 1, times weight plus bias.

    Args:
        input: of shape (batch, channels, …).
        running_mean, running_var: of shape (channels). With `training` the batch's own mean and variance are used, and
            these move towards them by the share `momentum`; without it these are used.
        weight, bias: of shape (channels).
        eps: added to the variance, lest a channel of equal numbers divides by 0.

    >>> import tensorbook as torch
    >>> torch.nn.functional.batch_norm(torch.tensor([[1.0], [3.0]]), None, None, training=True)
    tensor([[-1.0000],
            [ 1.0000]])
    """
    shape = input._array.shape
    if training and math.prod(shape) == (shape[1] if len(shape) > 1 else 1):
        raise ValueError(f"Expected more than 1 value per channel when training, got input size {input.shape}")
    return _batch_norm(input, running_mean, running_var, weight, bias, training, momentum, eps)


def _batch_norm(
    input: Tensor,
    running_mean: Tensor | None,
    running_var: Tensor | None,
    weight: Tensor | None,
    bias: Tensor | None,
    training: bool,
    momentum: float,
    eps: float,
) -> Tensor:
    shape, kind = input._array.shape, input._array.dtype
    channels = shape[1] if len(shape) > 1 else 0
    if (running_mean is None) != (running_var is None):
        raise ValueError("running_mean and running_var must either both be None or neither be None")
    named = {"running_mean": running_mean, "running_var": running_var, "weight": weight, "bias": bias}
    for name, tensor in named.items():
        if tensor is None and "running" in name and not training:
            raise RuntimeError(f"{name} must be defined in evaluation mode")
        if tensor is not None and tensor.numel() != channels:
            raise RuntimeError(f"{name} should contain {channels} elements not {tensor.numel()}")
        if tensor is not None and "running" in name and tensor.requires_grad and grad_mode.enabled:
            raise RuntimeError(
                f"The function 'native_batch_norm' is not differentiable with respect to argument '{name}'. "
                "This input cannot have requires_grad True."
            )
    _check_floating(input, "batch_norm")
    _check_dtypes(input, *named.values())
    place, rows, wide = (1, channels, *[1] * (len(shape) - 2)), (shape[0] if shape else 0, channels, -1), (channels, 1)
    weight, bias = _affine(weight, bias)
    if not training:
        seen = [_wide(x._array.astype(kind, copy=False)).reshape(place) for x in (running_mean, running_var)]
        known = seen[0].copy(), inverse_root(seen[1], eps)
        return batch_norm_by_known(input, weight, bias, place, known, rows, wide, running_mean, running_var, eps)
    if not input.numel():
        return mul(input, 1)
    dims = (0, *range(2, len(shape)))
    x = _wide(input._array)
    out, mean, variance, scale = by_batch(x.reshape(rows), _parameter(weight, wide), _parameter(bias, wide), eps)
    if running_mean is not None:
        count = input.numel() // channels
        _move(running_mean, mean, momentum)
        _move(running_var, variance * (count / (count - 1) if count > 1 else math.nan), momentum)
    known, out = (mean.reshape(place), scale.reshape(place)), out.reshape(shape).astype(kind, copy=False)
    return native_batch_norm(
        input, weight, bias, out, shape, dims, place, known, eps, rows, wide, running_mean, running_var
    )


def _wide(array: np.ndarray) -> np.ndarray:
    """float16 is summed in float32."""
    return array.astype("f4") if array.dtype.itemsize == 2 else array


def _move(running: Tensor, latest: np.ndarray, momentum: float) -> None:
    """A running mean follows what was seen last."""
    old = running._array
    old[...] = latest.reshape(old.shape) * momentum + old * (1 - momentum)  # PyTorch, too, counts no new version


def instance_norm(
    input: Tensor,
    running_mean: Tensor | None = None,
    running_var: Tensor | None = None,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    use_input_stats: bool = True,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Tensor:
    """Each channel of each sample with mean 0 and variance 1: batch_norm of a batch of one with more channels.

    >>> import tensorbook as torch
    >>> torch.nn.functional.instance_norm(torch.tensor([[[1.0, 3.0], [5.0, 9.0]]]))
    tensor([[[-1.0000,  1.0000],
             [-1.0000,  1.0000]]])
    """
    shape = input._array.shape
    if use_input_stats and math.prod(shape[2:]) == 1:
        raise ValueError(f"Expected more than 1 spatial element when training, got input size {input.shape}")
    if not use_input_stats and (running_mean is None or running_var is None):
        raise RuntimeError("Expected running_mean and running_var to be defined when use_input_stats is false")
    batch, channels = shape[:2]
    weight, bias, mean, var = (
        None if x is None else repeat(x, batch) for x in (weight, bias, running_mean, running_var)
    )
    flat = view.view(view.contiguous(input), 1, batch * channels, *shape[2:])
    out = _batch_norm(flat, mean, var, weight, bias, use_input_stats, momentum, eps)
    for running, seen in ((running_mean, mean), (running_var, var)):
        if running is not None and use_input_stats:
            running._array[...] = seen._array.reshape(batch, channels).mean(0)
            storage_of(running).version += 1
    return view.view(out, *shape)


# ---- within a sample


def layer_norm(
    input: Tensor,
    normalized_shape: Sequence[int],
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    eps: float = 1e-5,
) -> Tensor:
    """The last dimensions together with mean 0 and variance 1, times weight plus bias.

    Args:
        input: of shape (…, *normalized_shape).
        normalized_shape: the lengths of those dimensions.
        weight, bias: of shape normalized_shape.
        eps: added to the variance.

    >>> import tensorbook as torch
    >>> torch.nn.functional.layer_norm(torch.tensor([[1.0, 3.0], [5.0, 5.0]]), (2,))
    tensor([[-1.0000,  1.0000],
            [ 0.0000,  0.0000]])
    """
    last = _check_last("layer_norm", input, normalized_shape, weight=weight, bias=bias)
    _check_floating(input, "LayerNormKernelImpl")
    _check_dtypes(input, weight, bias)
    shape = input._array.shape
    dims = tuple(range(len(shape) - len(last), len(shape)))
    weight, bias = _affine(weight, bias)
    size = math.prod(last)
    rows, wide = (math.prod(shape[: -len(last)]), size), (1, 1, size)
    x = _wide(input._array).reshape(rows)
    out, *known = by_sample(x, _parameter(weight, wide), _parameter(bias, wide), eps)
    known = tuple([part.reshape(*shape[: -len(last)], *[1] * len(last)) for part in known])
    out = out.reshape(shape).astype(input._array.dtype, copy=False)
    return native_layer_norm(input, weight, bias, out, shape, dims, last, known, eps, rows, wide)


def _check_last(name: str, input: Tensor, normalized_shape: Sequence[int], **parameters: Tensor | None) -> tuple:
    """normalized_shape as a tuple, if the input ends with it and the parameters have it."""
    if isinstance(normalized_shape, int):
        raise TypeError(f"{name}(): argument 'normalized_shape' (position 2) must be tuple of ints, not int")
    last, shape = tuple(normalized_shape), input._array.shape
    if not last:
        raise RuntimeError(
            "Expected normalized_shape to be at least 1-dimensional, i.e., containing at least one element, "
            "but got normalized_shape = []"
        )
    for which, tensor in parameters.items():
        if tensor is not None and tensor._array.shape != last:
            raise RuntimeError(
                f"Expected {which} to be of same shape as normalized_shape, but got {which} of shape "
                f"{list(tensor.shape)} and normalized_shape = {list(last)}"
            )
    if shape[-len(last) :] != last:
        raise RuntimeError(
            f"Given normalized_shape={list(last)}, expected input with shape [*, {', '.join(map(str, last))}], "
            f"but got input of size{list(shape)}"
        )
    return last


def group_norm(
    input: Tensor, num_groups: int, weight: Tensor | None = None, bias: Tensor | None = None, eps: float = 1e-5
) -> Tensor:
    """The channels (dim 1) in groups, and each group of each sample with mean 0 and variance 1.

    Args:
        input: of shape (batch, channels, …).
        num_groups: how many groups; divides the channels.
        weight, bias: of shape (channels).
        eps: added to the variance.

    >>> import tensorbook as torch
    >>> torch.nn.functional.group_norm(torch.tensor([[1.0, 3.0, 5.0, 9.0]]), 2)
    tensor([[-1.0000,  1.0000, -1.0000,  1.0000]])
    """
    shape = input._array.shape
    if len(shape) < 2:
        raise RuntimeError(f"Expected at least 2 dimensions for input tensor but received {len(shape)}")
    if shape[0] * (shape[1] // num_groups) * math.prod(shape[2:]) == 1:
        size = [shape[0] * shape[1] // num_groups, num_groups, *shape[2:]]
        raise ValueError(f"Expected more than 1 value per channel when training, got input size {size}")
    if shape[1] % num_groups:
        raise RuntimeError(
            "Expected number of channels in input to be divisible by num_groups, "
            f"but got input of shape {list(shape)} and num_groups={num_groups}"
        )
    for name, tensor in (("weight", weight), ("bias", bias)):
        if tensor is not None and tensor._array.shape != shape[1:2]:
            raise RuntimeError(
                f"Expected {name} to be a vector of size equal to the number of channels in input, but got {name} of "
                f"shape {list(tensor.shape)} and input of shape {list(shape)}"
            )
    _check_floating(input, "GroupNormKernelImpl")
    _check_dtypes(input, weight, bias)
    weight, bias = _affine(weight, bias)
    size = shape[1] // num_groups * math.prod(shape[2:])
    grouped, wide = (shape[0], num_groups, size), (num_groups, shape[1] // num_groups, 1)
    rows = (shape[0] * num_groups, size)
    x = _wide(input._array).reshape(rows)
    out, *known = by_sample(x, _parameter(weight, wide), _parameter(bias, wide), eps)
    known = tuple([part.reshape(*grouped[:2], 1) for part in known])
    place, out = (1, shape[1], *[1] * (len(shape) - 2)), out.reshape(shape).astype(input._array.dtype, copy=False)
    return native_group_norm(input, weight, bias, out, grouped, (2,), place, known, eps, rows, wide)


def rms_norm(
    input: Tensor, normalized_shape: Sequence[int], weight: Tensor | None = None, eps: float | None = None
) -> Tensor:
    """The last dimensions together divided by the root of their mean square, times weight.

    Args:
        input: of shape (…, *normalized_shape).
        normalized_shape: the lengths of those dimensions.
        weight: of shape normalized_shape.
        eps: added to the mean square; by default the dtype's own precision.

    >>> import tensorbook as torch
    >>> torch.nn.functional.rms_norm(torch.tensor([[3.0, 4.0]]), (2,))
    tensor([[0.8485, 1.1314]])
    """
    last = _check_last("rms_norm", input, normalized_shape, weight=weight)
    _check_floating(input, "rms_norm")
    wide = input.float() if input._array.dtype.itemsize == 2 else input
    if eps is None:
        eps = float(np.finfo(wide._array.dtype).eps)
    ndim = input._array.ndim
    dims = tuple(range(ndim - 1, ndim - len(last) - 1, -1))
    out = mul(wide, rsqrt(plus_number(wide.pow(2).mean(dims, True), eps)))
    out = out if weight is None else mul(out, weight)
    return out.to(input.dtype)
