"""The winners of max pooling put back where they were, zeros elsewhere."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from .. import devices
from ..tensor import Tensor
from .define import op
from .gathering import gather
from .pooling import Numbers, pool_window
from .view import flatten, squeeze_dim, unflatten, unsqueeze
from .windows import Sizes


def _from_places(image: Tensor, index: Tensor, dims: int) -> Tensor:
    return unflatten(gather(flatten(image, -dims), -1, flatten(index, -dims)), -1, index._array.shape[-dims:])


def _put(values: np.ndarray, index: np.ndarray, size: Sizes) -> np.ndarray:
    xp, dims = devices.module_of(values), len(size)
    rows = math.prod(values.shape[:-dims])
    image = xp.zeros((rows, math.prod(size)), values.dtype)
    image[xp.arange(rows)[:, None], index.reshape(rows, -1)] = values.reshape(rows, -1)
    return image.reshape(*values.shape[:-dims], *size)


max_unpool2d_ = op("max_unpool2d(self; index, size)", "_put(self, index._array, size)", "MaxUnpool2DBackward0",
                   self="_from_places(grad, index, 2)")  # fmt: skip
max_unpool3d_ = op("max_unpool3d(self; index, size)", "_put(self, index._array, size)", "MaxUnpool3DBackward0",
                   self="_from_places(grad, index, 3)")  # fmt: skip


def _max_unpool(
    dims: int, input: Tensor, indices: Tensor, kernel_size: Numbers, stride: Numbers | None, padding: Numbers,
    output_size: Sequence[int] | None,
) -> Tensor:  # fmt: skip
    kernel, step, margin, _ = pool_window(f"max_unpool{dims}d", dims, kernel_size, stride, padding, 1)
    places = input._array.shape[-dims:]
    usual = tuple([(n - 1) * s + k - 2 * p for n, s, k, p in zip(places, step, kernel, margin, strict=True)])
    size = usual if output_size is None else tuple(output_size)[-dims:]
    for dim, (n, u, s) in enumerate(zip(size, usual, step, strict=True)):
        if output_size is not None and not u - s < n < u + s:
            raise ValueError(f'invalid output_size "{size}" (dim {dim} must be between {u - s} and {u + s})')
    if indices._array.dtype != np.int64:
        raise RuntimeError(f"elements in indices should be type int64 but got: {indices.dtype}")
    if indices._array.shape != input._array.shape:
        raise RuntimeError(
            f"Expected shape of indices to be same as that of the input tensor ({list(input._array.shape)}) but got "
            f"indices tensor with shape: {list(indices._array.shape)}"
        )
    if input._array.size and not 0 <= int(indices.min()) <= int(indices.max()) < math.prod(size):
        wrong = int(indices.max()) if int(indices.min()) >= 0 else int(indices.min())
        raise RuntimeError(
            f"Found an invalid max index: {wrong} (output volumes are of size {'x'.join(map(str, size))})"
        )
    if dims == 1:
        return squeeze_dim(max_unpool2d_(unsqueeze(input, -1), unsqueeze(indices, -1), (*size, 1)), -1)
    return (max_unpool2d_ if dims == 2 else max_unpool3d_)(input, indices, size)


def max_unpool1d(
    input: Tensor, indices: Tensor, kernel_size: Numbers, stride: Numbers | None = None, padding: Numbers = 0,
    output_size: Sequence[int] | None = None,
) -> Tensor:  # fmt: skip
    """Puts what max_pool1d found back where it was, zeros elsewhere, see max_unpool2d.

    >>> import tensorbook as torch
    >>> torch.nn.functional.max_unpool1d(torch.tensor([[3.0, 2.0]]), torch.tensor([[1, 2]]), 2)
    tensor([[0., 3., 2., 0.]])
    """
    return _max_unpool(1, input, indices, kernel_size, stride, padding, output_size)


def max_unpool2d(
    input: Tensor, indices: Tensor, kernel_size: Numbers, stride: Numbers | None = None, padding: Numbers = 0,
    output_size: Sequence[int] | None = None,
) -> Tensor:  # fmt: skip
    """Puts what max_pool2d found back where it was, zeros elsewhere.

    Args:
        indices: where, as max_pool2d returned it.
        output_size: the size of the image, where several would have given the same.

    >>> import tensorbook as torch
    >>> values, indices = torch.nn.functional.max_pool2d(torch.arange(4.0).view(1, 2, 2), 2, return_indices=True)
    >>> torch.nn.functional.max_unpool2d(values, indices, 2)
    tensor([[[0., 0.],
             [0., 3.]]])
    """
    return _max_unpool(2, input, indices, kernel_size, stride, padding, output_size)


def max_unpool3d(
    input: Tensor, indices: Tensor, kernel_size: Numbers, stride: Numbers | None = None, padding: Numbers = 0,
    output_size: Sequence[int] | None = None,
) -> Tensor:  # fmt: skip
    """max_unpool2d in three dimensions.

    >>> import tensorbook as torch
    >>> values, indices = torch.ones(1, 1, 1, 1), torch.zeros(1, 1, 1, 1, dtype=torch.int64)
    >>> torch.nn.functional.max_unpool3d(values, indices, 2).sum()
    tensor(1.)
    """
    return _max_unpool(3, input, indices, kernel_size, stride, padding, output_size)
