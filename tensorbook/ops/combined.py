"""Several steps for each element as one operation: products added, lengths from two sides, scaling by powers of two."""

from __future__ import annotations

import numpy as np

from .. import devices, dtypes
from ..tensor import Tensor, make
from .define import op
from .kernels import as_floats, refuse  # noqa: F401 (an entry calls it)
from .operands import as_array, broadcast_mismatch, cast, check_devices
from .powers import pow
from .results import named


def _hypot(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    refuse("hypot_cpu", a, "biu")
    return np.hypot(a, b)


def _ldexp(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return a * np.exp2(b)


hypot = op("hypot(self, other)", "_hypot(self, other)", "HypotBackward0", kind="tensors",
           self="grad * (self / result)", other="grad * (other / result)",
           doc="sqrt(self² + other²), without overflow.")  # fmt: skip
ldexp = op("ldexp(self, other)", "as_floats(_ldexp, self, other)", "LdexpBackward0", kind="tensors",
           self="grad * other.exp2()", other="grad * result * 0.6931471805599453",
           doc="self times 2 to the power of other.")  # fmt: skip
_frexp = devices.through_cpu(np.frexp)
mantissa = op("frexp(self; exponent)", "_frexp(self)[0]", "FrexpBackward0", self="grad / exponent.exp2()", kind="each")
frexp_result = named("frexp", "mantissa exponent")
addcmul_ = op("addcmul(self, tensor1, tensor2; value)", "self + value * (tensor1 * tensor2)", "AddcmulBackward0",
              self="grad", tensor1="grad * (tensor2 * value)", tensor2="grad * (tensor1 * value)",
              kind="each")  # fmt: skip
addcdiv_ = op("addcdiv(self, tensor1, tensor2; value)", "self + value * (tensor1 / tensor2)", "AddcdivBackward0",
              self="grad", tensor1="grad * (value / tensor2)",
              tensor2="grad * (tensor1 / (tensor2 * tensor2) * -value)", kind="each")  # fmt: skip


def _meet(*tensors: Tensor) -> list[Tensor]:
    """All in the dtype in which they meet; RuntimeError where their shapes or devices do not."""
    check_devices(*tensors)
    for x in tensors[1:]:
        if (mismatch := broadcast_mismatch(tensors[0]._array.shape, x._array.shape)) is not None:
            raise mismatch
    kind = dtypes.result_type(*tensors).numpy
    return [cast(x, kind) for x in tensors]


def addcmul(self: Tensor, tensor1: Tensor, tensor2: Tensor, *, value: float = 1) -> Tensor:
    """self + value * tensor1 * tensor2.

    >>> import tensorbook as torch
    >>> torch.addcmul(torch.tensor([1.0]), torch.tensor([2.0]), torch.tensor([3.0]), value=0.5)
    tensor([4.])
    """
    self, tensor1, tensor2 = _meet(self, tensor1, tensor2)
    refuse("addcmul_cpu_out", self._array, "b")
    return addcmul_(self, tensor1, tensor2, value)


def addcdiv(self: Tensor, tensor1: Tensor, tensor2: Tensor, *, value: float = 1) -> Tensor:
    """self + value * tensor1 / tensor2. RuntimeError for integers."""
    if tensor1._array.dtype.kind != "f" and tensor2._array.dtype.kind != "f":
        raise RuntimeError(
            "Integer division with addcdiv is no longer supported, and in a future  release addcdiv will perform a "
            "true division of tensor1 and tensor2. For integers that are to stay integers write "
            "(input + value * torch.trunc(tensor1 / tensor2)).to(input.dtype); for a true division make the inputs "
            "floats: (input + value * tensor1 / tensor2)."
        )
    self, tensor1, tensor2 = _meet(self, tensor1, tensor2)
    return addcdiv_(self, tensor1, tensor2, value)


def frexp(self: Tensor) -> tuple[Tensor, Tensor]:
    """Numbers as mantissa * 2 ** exponent, the mantissa from 0.5 to 1 in size.

    >>> import tensorbook as torch
    >>> torch.frexp(torch.tensor([6.0])).mantissa, torch.frexp(torch.tensor([6.0])).exponent
    (tensor([0.7500]), tensor([3], dtype=torch.int32))
    """
    if self._array.dtype.kind != "f":
        raise RuntimeError("torch.frexp() only supports floating-point dtypes")
    exponent = make(as_array(_frexp(self._array)[1]))
    return frexp_result(mantissa(self, exponent), exponent)


def float_power(self: Tensor | float, exponent: Tensor | float) -> Tensor:
    """self to the power of exponent, in double precision."""
    wide = [x.to(dtypes.float64) if isinstance(x, Tensor) else float(x) for x in (self, exponent)]
    return pow(*wide)
