"""More elements around an image, or fewer: constant, reflected at the edge, repeated from it, or from the far side."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .. import devices
from ..tensor import Tensor
from .creation import empty
from .define import op
from .resampling import Line, picked, resample
from .view import narrow, slice_


def _sides(pad: Sequence[int], ndim: int) -> list[tuple[int, int]]:
    """(before, after) for each dimension, the first one first. PyTorch counts pairs from the last one."""
    pairs = list(zip(pad[::2], pad[1::2], strict=True))
    return [(0, 0)] * (ndim - len(pairs)) + pairs[::-1]


def _constant(array: np.ndarray, pad: tuple[int, ...], value: float) -> np.ndarray:
    sides = _sides(pad, array.ndim)
    size = [n + before + after for n, (before, after) in zip(array.shape, sides, strict=True)]
    whole = devices.module_of(array).full(size, array.dtype.type(value), array.dtype)
    kept = [(max(b, 0), n - max(-a, 0) + b) for n, (b, a) in zip(array.shape, sides, strict=True)]
    taken = [slice(max(-b, 0), n - max(-a, 0)) for n, (b, a) in zip(array.shape, sides, strict=True)]
    whole[tuple(slice(start, max(end, start)) for start, end in kept)] = array[tuple(taken)]
    return whole


constant_pad_ = op("constant_pad_nd(self; pad, value)", "_constant(self, pad, value)", "ConstantPadNdBackward0",
                   self="constant_pad_(grad, tuple([-p for p in pad]), 0)", layout="as_image")  # fmt: skip


def constant_pad(input: Tensor, pad: Sequence[int], value: float) -> Tensor:
    """`value` around the last dimensions, see pad."""
    shape, pad = input._array.shape, tuple(pad)
    if len(pad) > 2 * len(shape):
        raise RuntimeError(
            "Padding length should be less than or equal to two times the input dimension but got padding length "
            f"{len(pad)} and input of dimension {len(shape)}"
        )
    if any(n + before + after < 0 for n, (before, after) in zip(shape, _sides(pad, len(shape)), strict=True)):
        raise RuntimeError("narrow(): length must be non-negative.")
    return constant_pad_(input, pad, value)


def _reflected(i: int, n: int) -> int:
    return -i if i < 0 else 2 * (n - 1) - i if i >= n else i


def _repeated(i: int, n: int) -> int:
    return min(max(i, 0), n - 1)


def _line(place: object, n: int, before: int, after: int) -> Line | None:
    """Which element stands where, along one dimension."""
    return picked([place(i, n) for i in range(-before, n + after)], n) if before or after else None


def _check_edges(input: Tensor, pad: tuple[int, ...], reflect: bool) -> None:
    shape, dims = input._array.shape, len(pad) // 2
    if 0 in shape[-dims - 1 :] or 0 in shape[len(shape) - dims - 1 :]:
        raise RuntimeError(
            f"Expected {dims + 1}D or {dims + 2}D (batch mode) tensor with possibly 0 batch size and other non-zero "
            f"dimensions for input, but got: {list(shape)}"
        )
    for at, (before, after) in enumerate(_sides(pad, len(shape))):
        if reflect and max(before, after) >= shape[at] and (before or after):
            raise RuntimeError(
                f"Argument #{4 + 2 * (len(shape) - 1 - at)}: Padding size should be less than the corresponding input "
                f"dimension, but got: padding ({before}, {after}) at dimension {at} of input {list(shape)}"
            )
        if shape[at] + before + after < 1 and at >= len(shape) - dims:
            axis = "WHD"[len(shape) - 1 - at]
            raise RuntimeError(
                f"input ({axis}: {shape[at]}) is too small. Calculated output {axis}: {shape[at] + before + after}"
            )


def _circular(input: Tensor, pad: tuple[int, ...]) -> Tensor:
    """Written piece by piece into a new tensor, as PyTorch's graph shows it."""
    shape, ndim = input._array.shape, input._array.ndim
    sides = _sides(pad, ndim)[ndim - len(pad) // 2 :]
    dims = range(ndim - len(sides), ndim)
    for dim, (before, after) in zip(dims, sides, strict=True):
        if max(before, after) > shape[dim]:
            raise RuntimeError("Padding value causes wrapping around more than once.")
        if shape[dim] + before + after < 0:
            raise RuntimeError("Negative padding value is resulting in an empty dimension")
    size = list(shape)
    for dim, (before, after) in zip(dims, sides, strict=True):
        size[dim] += before + after
    output = empty(size, dtype=input.dtype, device=input.device)
    inner, source = output, input
    for dim, (before, after) in zip(reversed(dims), reversed(sides), strict=True):
        inner = slice_(inner, dim, max(before, 0), size[dim] - max(after, 0), 1)
        source = slice_(source, dim, max(-before, 0), shape[dim] - max(-after, 0), 1)
    inner.copy_(source)
    for dim, (before, after) in zip(reversed(dims), reversed(sides), strict=True):
        if before > 0:
            end = size[dim] - max(after, 0)
            narrow(output, dim, 0, before).copy_(narrow(output, dim, end - before, before))
        if after > 0:
            narrow(output, dim, size[dim] - after, after).copy_(narrow(output, dim, max(before, 0), after))
    return output


def pad(input: Tensor, pad: Sequence[int], mode: str = "constant", value: float | None = None) -> Tensor:
    """Elements added around the last dimensions, or taken away where a number is negative.

    https://pytorch.org/docs/stable/generated/torch.nn.functional.pad.html

    Args:
        pad: (left, right, top, bottom, front, back, …): how many before and after, from the last dimension on.
        mode: "constant" for `value`; "reflect" for the image mirrored at its edge elements; "replicate" for the edge
            elements repeated; "circular" for the image from its other side.

    >>> import tensorbook as torch
    >>> x = torch.tensor([[1.0, 2.0, 3.0]])
    >>> torch.nn.functional.pad(x, (1, 2)), torch.nn.functional.pad(x, (1, 2), mode="reflect")
    (tensor([[0., 1., 2., 3., 0., 0.]]), tensor([[2., 1., 2., 3., 2., 1.]]))
    """
    pad, ndim = tuple(pad), input._array.ndim
    if len(pad) % 2:
        raise RuntimeError("Padding length must be divisible by 2")
    if mode == "constant":
        return constant_pad(input, pad, 0 if value is None else value)
    if value:
        raise RuntimeError(f'Padding mode "{mode}" doesn\'t take in value argument')
    if mode not in ("reflect", "replicate", "circular"):
        raise NotImplementedError(f"Unrecognised padding mode {mode}")
    dims = len(pad) // 2
    if dims not in (1, 2, 3) or ndim not in (dims + 1, dims + 2):
        raise NotImplementedError(f"Padding size {len(pad)} is not supported for {ndim}D input tensor.")
    if mode == "circular":
        return _circular(input, pad)
    _check_edges(input, pad, mode == "reflect")
    place = _reflected if mode == "reflect" else _repeated
    sides = _sides(pad, ndim)[-dims:]
    lines = tuple(_line(place, n, *side) for n, side in zip(input._array.shape[-dims:], sides, strict=True))
    return resample[f"{'Reflection' if mode == 'reflect' else 'Replication'}Pad{dims}D"](input, lines, pad)
