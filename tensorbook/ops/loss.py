"""How far a prediction is from the truth, as one number."""

from __future__ import annotations

import math
import warnings

import numpy as np

from .. import dtypes
from ..tensor import Tensor
from . import operands, view
from .define import op


def _mean_square(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    difference = (a - b).ravel()
    return difference.dot(difference) / difference.dtype.type(difference.size)


def _sum_square(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    difference = (a - b).ravel()
    return difference.dot(difference)


mse_mean = op("mse_loss(self, target)", "_mean_square(self, target)", "MseLossBackward0",
              self="(self - target) * (grad * (2.0 / count(self.shape)))",
              target="(target - self) * (grad * (2.0 / count(self.shape)))")  # fmt: skip
mse_sum = op("mse_loss(self, target)", "_sum_square(self, target)", "MseLossBackward0",
             self="(self - target) * (grad * 2.0)", target="(target - self) * (grad * 2.0)")  # fmt: skip
mse_each = op("mse_loss(self, target)", "(self - target) * (self - target)", "MseLossBackward0",
              self="(self - target) * (grad * 2.0)", target="(target - self) * (grad * 2.0)")  # fmt: skip
count = math.prod


def mse_loss(input: Tensor, target: Tensor, reduction: str = "mean") -> Tensor:
    """The mean squared error; their sum or each of them with reduction="sum" or "none".

    >>> import tensorbook as torch
    >>> torch.nn.functional.mse_loss(torch.tensor([1.0, 2.0]), torch.tensor([1.0, 4.0]))
    tensor(2.)
    """
    if input._array.shape != target._array.shape:
        warn_about_sizes(input, target)
        mismatch = operands.broadcast_mismatch(input._array.shape, target._array.shape)
        if mismatch is not None:
            raise mismatch
        shape = np.broadcast_shapes(input._array.shape, target._array.shape)
        input, target = view.expand(input, shape), view.expand(target, shape)
    if input._array.dtype is not target._array.dtype:
        kind = dtypes.result_type(input, target).numpy
        input, target = operands.cast(input, kind), operands.cast(target, kind)
    choices = {"mean": mse_mean, "sum": mse_sum, "none": mse_each}
    if reduction not in choices:
        raise ValueError(f"{reduction} is not a valid value for reduction")
    return choices[reduction](input, target)


def warn_about_sizes(input: Tensor, target: Tensor) -> None:
    warnings.warn(
        f"Using a target size ({target.shape}) that is different to the input size ({input.shape}). This will "
        "likely lead "
        "to incorrect results due to broadcasting. Please ensure they have the same size.",
        UserWarning,
        stacklevel=3,
    )
