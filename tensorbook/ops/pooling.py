"""What the pooling operations share: reading their arguments, and the spans of adaptive pooling."""

from __future__ import annotations

import numpy as np

from ..tensor import Tensor
from .resampling import Line
from .windows import Sizes, Window
from .words import scalar_type

Numbers = int | tuple[int, ...]
COUNT = {1: "one int", 2: "two ints", 3: "three ints"}


def per_dim(value: Numbers, dims: int, name: str, words: str = "must") -> Sizes:
    """One number for each dimension; a single one counts for all."""
    given = (value,) if hasattr(value, "__index__") else tuple(value)
    if len(given) not in (1, dims):
        raise RuntimeError(f"{name} {words} either be a single int, or a tuple of {COUNT[dims]}")
    given = tuple([number.__index__() for number in given])
    return given * dims if len(given) == 1 else given


def pool_window(
    name: str, dims: int, kernel_size: Numbers, stride: Numbers | None, padding: Numbers, dilation: Numbers
) -> Window:
    """The arguments of a pooling function as a Window; without a stride it moves as far as it is large."""
    if dims == 1:
        for what, value in (("kernel_size", kernel_size), ("stride", stride), ("padding", padding)):
            if isinstance(value, (tuple, list)) and len(value) > 1:
                raise RuntimeError(
                    f"{name} {what} must be an int, list of ints or tuple of ints of size 1 but got size {len(value)}"
                )
    kernel = per_dim(kernel_size, dims, f"{name}: kernel_size")
    step = kernel if left_out(stride) else per_dim(stride, dims, f"{name}: stride", "must either be omitted,")
    return Window(
        kernel, step, per_dim(padding, dims, f"{name}: padding"), per_dim(dilation, dims, f"{name}: dilation")
    )


def left_out(stride: Numbers | None) -> bool:
    """Whether no stride was given; PyTorch's functions pass on an empty one for that."""
    return stride is None or (isinstance(stride, (tuple, list)) and not stride)


def check_pool(input: Tensor, window: Window, ceil_mode: bool) -> Sizes:
    """The places of a window on an image, where there are any."""
    shape, dims = input._array.shape, len(window.kernel)
    if min(window.stride) == 0:
        raise RuntimeError("stride should not be zero")
    if min(window.kernel) <= 0:
        raise RuntimeError(f"kernel size should be greater than zero, but got {list(window.kernel)}")
    if min(window.dilation) <= 0:
        told = " ".join(f"dilation{a}: {d}" for a, d in zip("TH W"[-dims:], window.dilation, strict=False))
        raise RuntimeError(f"dilation should be greater than zero, but got {told}")
    if len(shape) not in (dims + 1, dims + 2):
        raise RuntimeError(f"non-empty {dims + 1}D or {dims + 2}D (batch mode) tensor expected for input")
    if 0 in shape[len(shape) - dims - 1 :]:
        raise RuntimeError(
            f"Expected {dims + 1}D or {dims + 2}D (batch mode) tensor with optional 0 dim batch size for input, but "
            f"got:{list(shape)}"
        )
    for p, e, k, d in zip(window.padding, window.extent(), window.kernel, window.dilation, strict=True):
        if p < 0:
            raise RuntimeError(f"pad must be non-negative, but got pad: {p}")
        if p > e // 2:
            raise RuntimeError(
                f"pad should be at most half of effective kernel size, but got pad={p}, kernel_size={k} and "
                f"dilation={d}"
            )
    places = window.places(shape[-dims:], ceil_mode)
    if min(places) < 1:
        given, found = ("x".join(map(str, s)) for s in (shape[-dims - 1 :], (shape[-dims - 1], *places)))
        raise RuntimeError(f"Given input size: ({given}). Calculated output size: ({found}). Output size is too small")
    return places


def around(size: Sizes, window: Window, places: Sizes) -> Sizes:
    """The size of the padded image, with what the last window reaches beyond it."""
    return tuple([max(n + 2 * p, r) for n, p, r in zip(size, window.padding, window.reach(places), strict=True)])


def adaptive_sizes(name: str, dims: int, input: Tensor, output_size: object) -> Sizes:
    """The size that adaptive pooling is to make, None standing for the image's own."""
    shape = input._array.shape
    given = (output_size,) * dims if output_size is None or hasattr(output_size, "__index__") else tuple(output_size)
    if isinstance(output_size, (tuple, list)) and len(given) >= len(shape):
        raise ValueError(f"Input dimension should be at least {len(given) + 1}")
    if len(shape) not in (dims + 1, dims + 2):
        raise RuntimeError(f"{name}(): Expected {dims + 1}D or {dims + 2}D tensor, but got {list(shape)}")
    if len(given) == 1:
        given *= dims
    if len(given) != dims:
        raise RuntimeError(f"{name}: output_size must be {dims}")
    wanted = tuple([n if m is None else m.__index__() for n, m in zip(shape[-dims:], given, strict=True)])
    if min(wanted) < 0:
        raise RuntimeError(
            f"{name}: elements of output_size must be greater than or equal to 0 but received "
            f"{{{', '.join(map(str, wanted))}}}"
        )
    for dim in range(len(shape) - dims, len(shape)):
        if not shape[dim]:
            raise RuntimeError(
                f"{name}(): Expected input to have non-zero size for non-batch dimensions, but input has sizes "
                f"{list(shape)} with dimension {dim} being empty"
            )
    if input._array.dtype.kind != "f":
        raise NotImplementedError(f"\"{name}\" not implemented for '{scalar_type(input)}'")
    return wanted


def spans(length: int, wanted: int) -> Line:
    """`wanted` spans of nearly the same length that cover a dimension; neighbours may share elements.

    The weights make an average. A span that is shorter than another names its last element again and splits its weight.
    """
    at = np.arange(wanted)
    start, end = at * length // wanted, -((at + 1) * -length // wanted)
    longest = int((end - start).max(initial=1))
    index = np.minimum(start + np.arange(longest)[:, None], end - 1)
    repeats = np.where(index == end - 1, longest - (end - 1 - start), 1)
    return Line(index, 1 / (repeats * (end - start)), length)
