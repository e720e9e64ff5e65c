"""What an operation does with its operands before it computes: numbers become tensors, types and devices meet.

Nothing here runs for two tensors of one dtype on one device; those go straight to the array module.
"""

from __future__ import annotations

import functools

import numpy as np

from .. import devices, dtypes
from ..graph import Edge
from ..tensor import Tensor, make
from .layout import marked
from .words import type_of

_FLOAT32 = np.dtype("f4")
_SINGLES: dict[float, Tensor] = {}  # numbers as float32 tensors, made once


def scalar(value: float, like: Tensor) -> Tensor:
    """A Python number as a tensor without dimensions, in the dtype of `like` unless its category is higher."""
    array = like._array
    single = array.dtype is _FLOAT32 and array.__class__ is np.ndarray
    if single:
        found = _SINGLES.get(value)
        if found is not None:
            return found
    own, kind = dtypes.of_scalar(value), like.dtype
    kind = own if own.category > kind.category else kind
    if kind.category == dtypes.INTEGER:  # a number that does not fit wraps around, as it does in C
        number = np.array(value).astype(kind.numpy)
    else:
        number = np.array(value, dtype=kind.numpy)
    tensor = make(devices.move(number, devices.device_of(array)))
    if single and value:  # 0.0 == -0.0, so zeros are made anew
        if len(_SINGLES) > 4096:
            _SINGLES.clear()
        _SINGLES[value] = tensor
    return tensor


def operand(value: object, like: Tensor) -> Tensor:
    """An operand that is not exactly a Tensor or a plain number; NotImplemented where it cannot be one."""
    if isinstance(value, Tensor):
        return value
    if isinstance(value, (bool, np.bool_)):  # of the lowest category, so it takes on the tensor's dtype when they meet
        return make(devices.move(np.array(value, np.bool_), devices.device_of(like._array)))
    if isinstance(value, (int, float, np.integer, np.floating)):
        return scalar(value.item() if isinstance(value, np.generic) else value, like)
    return NotImplemented  # a NumPy array, too: `x * array` is NumPy's to work out, and `array * x` nobody's


NO_BOOL_SUBTRACTION = (
    "Subtraction, the `-` operator, with a bool tensor is not supported. If you are trying to invert a mask, "
    "use the `~` "
    "or `logical_not()` operator instead."
)


def must_be_tensor(name: str, value: object, argument: str = "other", position: int = 2) -> TypeError:
    return TypeError(f"{name}(): argument '{argument}' (position {position}) must be Tensor, not {type_of(value)}")


def cast(tensor: Tensor, kind: np.dtype) -> Tensor:
    """The tensor in another dtype, for use inside one operation: its gradient comes back in the old dtype."""
    array = tensor._array
    if array.dtype == kind:
        return tensor
    twin = make(array.astype(kind))
    if not array.flags.c_contiguous:
        twin._array, twin._storage = marked(twin._array)
    node = tensor._node
    if node is not None and kind.kind == "f":
        twin._node = Edge(node.node, node.index, array.dtype) if node.__class__ is Edge else Edge(node, 0, array.dtype)
    return twin


def promote(a: Tensor, b: Tensor, name: str) -> tuple[Tensor, Tensor]:
    """Both operands of the operation `name` in the dtype in which they meet."""
    if name in ("sub", "rsub") and np.dtype(bool) in (a._array.dtype, b._array.dtype):
        raise RuntimeError(NO_BOOL_SUBTRACTION)
    kind = dtypes.result_type(a, b).numpy
    return cast(a, kind), cast(b, kind)


def floating(tensor: Tensor) -> Tensor:
    """Integers as the default floating type, for functions such as exp."""
    return tensor if tensor._array.dtype.kind == "f" else cast(tensor, dtypes.get_default_dtype().numpy)


def same_device(*tensors: Tensor) -> tuple[Tensor, ...] | None:
    """All on one device where the rules allow it: a CPU number without dimensions may meet GPU tensors.

    None where they are on one already, RuntimeError where the rules do not allow it.
    """
    gpus = {x.device for x in tensors if x.is_cuda}
    if len(gpus) == 1 and all(x.is_cuda or not x._array.ndim for x in tensors):
        return None if all(x.is_cuda for x in tensors) else tuple(x.to(*gpus) for x in tensors)
    check_devices(*tensors)
    return None


def check_devices(*tensors: Tensor) -> None:
    """Raise RuntimeError unless all are on one device."""
    first = tensors[0].device
    for x in tensors[1:]:
        if x.device != first:
            raise RuntimeError(
                "Expected all tensors to be on the same device, but found at least two devices, "
                f"{first} and {x.device}!"
            )


def explain(error: Exception, a: object, b: object) -> Exception:
    """PyTorch's words for what the array module refused."""
    if isinstance(error, (ValueError, TypeError)) and hasattr(a, "shape") and hasattr(b, "shape"):
        size = broadcast_mismatch(a.shape, b.shape)
        if size is not None:
            return size
    if isinstance(error, TypeError):
        return RuntimeError(f"not implemented for '{dtypes.from_numpy_dtype(a.dtype)}': {error}")
    return error


def broadcast_mismatch(a: tuple[int, ...], b: tuple[int, ...]) -> RuntimeError | None:
    """The error for two shapes that do not broadcast, None where they do."""
    for back in range(1, min(len(a), len(b)) + 1):
        m, n = a[-back], b[-back]
        if m != n and 1 not in (m, n):
            return RuntimeError(
                f"The size of tensor a ({m}) must match the size of tensor b ({n}) "
                f"at non-singleton dimension {max(len(a), len(b)) - back}"
            )
    return None


def as_array(value: object) -> np.ndarray:
    """NumPy makes scalars of results without dimensions; a tensor wants an array."""
    return value if hasattr(value, "__cuda_array_interface__") else np.asarray(value)


def in_order(array: np.ndarray) -> np.ndarray:
    """Itself where its elements lie in order, else a copy (np.ascontiguousarray would not take a GPU's array)."""
    return array if array.flags.c_contiguous else array.copy()


def sum_to(grad: object, shape: tuple[int, ...]) -> object:
    """Undo broadcasting: add up the gradient over every dimension that was stretched. Arrays or Tensors."""
    added, stretched = _broadcast_dims(tuple(grad.shape), tuple(shape))
    if isinstance(grad, np.ndarray):  # the ufunc itself: array.sum takes half as long again to get there
        if added:
            grad = np.add.reduce(grad, added)
        return np.add.reduce(grad, stretched, None, None, True) if stretched else grad
    if added:
        grad = grad.sum(added)
    if not stretched:
        return grad
    return grad.sum(stretched, True) if isinstance(grad, Tensor) else grad.sum(stretched, keepdims=True)


@functools.lru_cache(maxsize=1024)
def _broadcast_dims(wide: tuple[int, ...], shape: tuple[int, ...]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """What broadcasting did to come from `shape` to `wide`: the dims that it put before, and those it stretched."""
    extra = len(wide) - len(shape)
    return tuple(range(extra)), tuple(i for i, n in enumerate(shape) if n == 1 and wide[extra + i] != 1)
