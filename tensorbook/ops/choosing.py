"""Choosing between numbers, element by element: the larger, the nearest within bounds, by a mask, or some of both.

https://pytorch.org/docs/stable/torch.html#pointwise-ops
"""

from __future__ import annotations

import numpy as np

from .. import dtypes, notices
from ..tensor import Tensor, make
from .array_twins import inside, zero  # noqa: F401 (formulas name them)
from .define import op
from .fitting import fitting
from .kernels import refuse
from .layout import as_operands
from .operands import broadcast_mismatch, cast, check_devices, operand, same_device
from .picking import pick  # noqa: F401 (entries call it)
from .words import c_type


def no_slope(grad: Tensor, *of: Tensor) -> Tensor:
    """See array_twins.no_slope."""
    return nothing(grad)


def nothing(grad: Tensor) -> Tensor:
    """Zeros in a gradient's shape, whatever stands in it (0 * inf would be nan)."""
    return make(np.zeros_like(grad._array))


def gate(grad: Tensor, mask: Tensor) -> Tensor:
    """The gradient where a mask holds, 0 elsewhere; see array_twins.gate."""
    return keep_where(grad, mask._array)


maximum = op("maximum(self, other)", "np.maximum(self, other)", "MaximumBackward0", kind="tensors",
             self="gate(grad, self >= other) * ((self > other) + (self == other) * 0.5)",
             other="gate(grad, self <= other) * ((self < other) + (self == other) * 0.5)",
             doc="The larger of the two; where they are equal the gradient is shared.")  # fmt: skip
minimum = op("minimum(self, other)", "np.minimum(self, other)", "MinimumBackward0", kind="tensors",
             self="gate(grad, self <= other) * ((self < other) + (self == other) * 0.5)",
             other="gate(grad, self >= other) * ((self > other) + (self == other) * 0.5)",
             doc="The smaller of the two; where they are equal the gradient is shared.")  # fmt: skip


def _limit(array: np.ndarray, low: float | None, high: float | None) -> np.ndarray:
    if low is not None:
        array = np.maximum(array, _number(low, array) if low else zero(array))
    return array if high is None else np.minimum(array, _number(high, array))


def _number(value: float, array: np.ndarray) -> np.ndarray:
    """A bound in the array's dtype; whole numbers wrap around, as in C."""
    return array.dtype.type(value) if array.dtype.kind == "f" else np.array(value).astype(array.dtype)[()]


def _kept(x: Tensor, low: Tensor, high: Tensor, below: bool, above: bool) -> Tensor:
    """Where clamp left x as it was; where it gave `low`, where `high`: see the next two."""
    if below and above:
        return (x >= low) * (x <= high)
    return x >= low if below else x <= high


def _below(x: Tensor, low: Tensor, high: Tensor, below: bool, above: bool) -> Tensor:
    return (x < low) * (low < high) if above else x < low


def _above(x: Tensor, low: Tensor, high: Tensor, below: bool, above: bool) -> Tensor:
    return (x > high) + (low > high) if below else x > high


def _limit_by(a: np.ndarray, low: np.ndarray, high: np.ndarray, below: bool, above: bool) -> np.ndarray:
    """`below` and `above` say which of the two bounds were given."""
    a = np.maximum(a, low) if below else a
    return np.minimum(a, high) if above else a


clamp_scalars = op("clamp(self; min, max)", "_limit(self, min, max)", "ClampBackward1", kind="elementwise",
                   self="gate(grad, inside(self, min, max))")  # fmt: skip
clamp_tensors = op(
    "clamp(self, min, max; below, above)", "_limit_by(self, min, max, below, above)", "ClampBackward0",
    self="gate(grad, _kept(self, min, max, below, above))",
    min="gate(grad, _below(self, min, max, below, above))", max="gate(grad, _above(self, min, max, below, above))",
    kind="each",
)  # fmt: skip
clamp_min_scalar = op("clamp_min(self; min)", "_limit(self, min, None)", "ClampMinBackward0", kind="elementwise",
                      self="gate(grad, self >= min)")  # fmt: skip
clamp_max_scalar = op("clamp_max(self; max)", "_limit(self, None, max)", "ClampMaxBackward0", kind="elementwise",
                      self="gate(grad, self <= max)")  # fmt: skip
clamp_min_tensor = op("clamp_min(self, min)", "np.maximum(self, min)", "ClampMinBackward1",
                      self="gate(grad, self >= min)", min="gate(grad, self < min)", kind="each")  # fmt: skip
clamp_max_tensor = op("clamp_max(self, max)", "np.minimum(self, max)", "ClampMaxBackward1",
                      self="gate(grad, self <= max)", max="gate(grad, self > max)", kind="each")  # fmt: skip


def _bounded(self: Tensor, *bounds: Tensor | float | None) -> list:
    """self and its bounds in the dtype in which they meet: the bounds as tensors if any is one, else as numbers."""
    if any(isinstance(b, Tensor) and b.is_cuda != self.is_cuda for b in bounds):
        tensors = [b for b in bounds if isinstance(b, Tensor)]
        self, *tensors = same_device(self, *tensors)
        bounds = [tensors.pop(0) if isinstance(b, Tensor) else b for b in bounds]
    given = [b for b in bounds if b is not None]
    for b in given:
        if isinstance(b, Tensor) and (mismatch := broadcast_mismatch(self._array.shape, b._array.shape)) is not None:
            raise mismatch
    kind = dtypes.result_type(self, *given).numpy
    if not isinstance(given[0], Tensor):
        refuse("clamp_scalar_kernel_impl", np.empty(0, kind))
    return [cast(self, kind), *(cast(b, kind) if isinstance(b, Tensor) else b for b in bounds)]


def clamp(self: Tensor, min: Tensor | float | None = None, max: Tensor | float | None = None) -> Tensor:
    """self, but no less than min and no more than max; the gradient is 0 where it was cut off.

    >>> import tensorbook as torch
    >>> torch.tensor([-1.0, 0.5, 3.0]).clamp(0, 1)
    tensor([0.0000, 0.5000, 1.0000])
    """
    given = [b for b in (min, max) if b is not None]
    if not given:
        raise RuntimeError("torch.clamp: At least one of 'min' or 'max' must not be None")
    tensors = [isinstance(b, Tensor) for b in given]
    if True in tensors:
        if False in tensors:
            raise TypeError(
                "clamp() received an invalid combination of arguments: one bound is a tensor, the other not"
            )
        self, min, max = _bounded(self, min, max)
        if len(given) == 2:
            refuse("clamp_cpu", self._array)
        low, high = (self if b is None else b for b in (min, max))
        return clamp_tensors(self, low, high, min is not None, max is not None)
    if self._array.dtype.kind != "f":
        self, min, max = _bounded(self, min, max)
    return clamp_scalars(self, min, max)


def clamp_min(self: Tensor, min: Tensor | float) -> Tensor:
    """self, but no less than min."""
    self, min = _bounded(self, min)
    return clamp_min_tensor(self, min) if isinstance(min, Tensor) else clamp_min_scalar(self, min)


def clamp_max(self: Tensor, max: Tensor | float) -> Tensor:
    """self, but no more than max."""
    self, max = _bounded(self, max)
    return clamp_max_tensor(self, max) if isinstance(max, Tensor) else clamp_max_scalar(self, max)


choose = op("choose(self, other; mask)", "pick(mask, self, other)", "WhereBackward0",
            self="keep_where(grad, mask)", other="keep_where(grad, ~mask)", kind="each")  # fmt: skip
keep_where_ = op("keep_where(self; mask)", "np.where(mask, self, zero(self))", "MaskedFillBackward0",
                 self="keep_where(grad, mask)", kind="each")  # fmt: skip
keep_where = keep_where_  # `mask` is an array


def where(condition: Tensor, self: Tensor | float | None = None, other: Tensor | float | None = None) -> Tensor:
    """self where the condition holds, other where it does not; with the condition alone, the indices where it holds.

    >>> import tensorbook as torch
    >>> x = torch.tensor([-1.0, 2.0])
    >>> torch.where(x > 0, x, 0.0)
    tensor([0., 2.])
    """
    if self is None and other is None:
        return tuple(i for i in condition.nonzero().unbind(1))
    like = self if isinstance(self, Tensor) else other if isinstance(other, Tensor) else condition
    kind = dtypes.result_type(self, other).numpy
    a, b = cast(operand(self, like), kind), cast(operand(other, like), kind)
    if condition.is_cuda or a.is_cuda or b.is_cuda:
        condition, a, b = same_device(condition, a, b) or (condition, a, b)
    for one, two in ((a, b), (condition, a), (condition, b)):
        if (mismatch := broadcast_mismatch(one._array.shape, two._array.shape)) is not None:
            raise mismatch
    mask = condition._array
    if mask.dtype == np.uint8:
        notices.warn(
            "where received a uint8 condition tensor. This behavior is deprecated and will be removed in a future "
            "version of PyTorch. Use a boolean condition instead.",
            once=True,
        )
        mask = mask != 0
    elif mask.dtype.kind != "b":
        raise RuntimeError(
            f"where expected condition to be a boolean tensor, but got a tensor with dtype {condition.dtype}"
        )
    result = choose(a, b, mask)
    if mask.flags.c_contiguous and a._array.flags.c_contiguous:
        return result
    result._array, result._storage = as_operands(result._array, mask, a._array, b._array)
    return result


masked_fill_scalar = op("masked_fill(self; mask, value)", "pick(mask, value, self)",
                        "MaskedFillBackward0", self="keep_where(grad, ~mask)")  # fmt: skip
masked_fill_tensor = op("masked_fill(self, value; mask)", "pick(mask, value, self)", "MaskedFillBackward1",
                        self="keep_where(grad, ~mask)", value="keep_where(grad, mask).sum()")  # fmt: skip


def masked_fill(self: Tensor, mask: Tensor, value: Tensor | float) -> Tensor:
    """self with value wherever the mask holds."""
    check_devices(self, mask)
    if mask._array.dtype.kind != "b":
        raise RuntimeError(f"masked_fill_ only supports boolean masks, but got mask with dtype {mask.dtype}")
    if (mismatch := broadcast_mismatch(self._array.shape, mask._array.shape)) is not None:
        raise mismatch
    if isinstance(value, Tensor):
        if value._array.ndim:
            raise RuntimeError(
                "masked_fill_ only supports a 0-dimensional value tensor, but got tensor with "
                f"{value._array.ndim} dimension(s)."
            )
        fitting(value._array.item(), self._array.dtype)
        return masked_fill_tensor(self, cast(value.to(self.device), self._array.dtype), mask._array)
    return masked_fill_scalar(self, mask._array, fitting(value, self._array.dtype)[()])


def _mixed(name: str, a: np.ndarray, b: np.ndarray, weight: float | np.ndarray) -> np.ndarray:
    """a + weight * (b - a); from the other end where that is nearer, so that weight 1 gives b exactly."""
    refuse(name, a, "biu")
    weight = a.dtype.type(weight) if isinstance(weight, (int, float)) else weight
    return np.where(np.abs(weight) < 0.5, a + weight * (b - a), b - (b - a) * (1 - weight)).astype(a.dtype)


lerp_ = op("lerp(self, end; weight)", "_mixed('lerp_kernel_scalar', self, end, weight)", "LerpBackward0",
           self="grad * (1 - weight)", end="grad * weight", kind="each")  # fmt: skip
lerp_tensor = op("lerp(self, end, weight)", "_mixed('lerp_kernel_tensor', self, end, weight)", "LerpBackward1",
                 self="grad * (1 - weight)", end="grad * weight", weight="grad * (end - self)",
                 kind="each")  # fmt: skip


def lerp(self: Tensor, end: Tensor, weight: Tensor | float) -> Tensor:
    """From self (weight 0) to end (weight 1) in a straight line."""
    operands = (self, end, weight) if isinstance(weight, Tensor) else (self, end)
    check_devices(*operands)
    for x in operands[1:]:
        if x.dtype is not self.dtype:
            raise RuntimeError(f"expected dtype {c_type(self)} for `end` and `weight` but got dtype {c_type(x)}")
        if (mismatch := broadcast_mismatch(self._array.shape, x._array.shape)) is not None:
            raise mismatch
    return (lerp_tensor if len(operands) == 3 else lerp_)(self, end, weight)
