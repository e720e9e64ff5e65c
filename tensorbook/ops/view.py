"""Views: another shape, stride and offset over the same memory. Nothing is copied; a write to one is seen in all.

The arithmetic is in geometry.py. https://pytorch.org/docs/stable/tensor_view.html
"""

from __future__ import annotations

import math
import operator
from collections.abc import Iterable, Sequence

import numpy as np

from .. import devices, dtypes, notices
from ..memory_format import (  # noqa: F401 (an entry calls laid_out)
    checked,
    contiguous_format,
    laid_out,
    lies_so,
    memory_format,
    preserve_format,
)
from ..tensor import Tensor, make, storage_of, wrap_dim
from . import geometry
from .define import op
from .operands import as_array, sum_to  # noqa: F401 (formulas name it)
from .words import type_of


def sizes(args: tuple, name: str = "", argument: str = "size") -> tuple[int, ...]:
    """`f(2, 3)`, `f((2, 3))` and `f(torch.Size([2, 3]))` all mean (2, 3). Errors say the function's name."""
    if len(args) == 1 and args[0].__class__ is not int:
        args = _one_argument(args[0], name, argument)
    for n in args:
        if n.__class__ is not int:
            return tuple([_length(n, i, name, argument) for i, n in enumerate(args, 1)])
    return args


def _one_argument(size: object, name: str, argument: str) -> tuple:
    number = getattr(size, "ndim", 1) == 0 and hasattr(size, "__index__")  # one length as a tensor or a NumPy number
    if number or isinstance(size, int):
        return (size,)
    if not isinstance(size, Iterable) or isinstance(size, (str, bytes, Tensor)):
        raise TypeError(f"{name}(): argument '{argument}' (position 1) must be tuple of ints, not {type_of(size)}")
    return tuple(size)


def _length(n: object, place: int, name: str, argument: str) -> int:
    try:
        return operator.index(n)
    except TypeError:
        raise TypeError(
            f"{name}(): argument '{argument}' failed to unpack the object at pos {place} with error "
            f'"type must be tuple of ints,but got {type_of(n)}"'
        ) from None


def place(dim: int, index: int | slice) -> tuple:
    """An index along one dimension, everything along the others; `...` keeps the result a view when none is left."""
    return (index, ...) if dim == 0 else (*(slice(None),) * dim, index, ...)


_BY_INDEX = ["multi_index"]  # for nditer: keep the dimensions as they are


def _stretched(array: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """np.broadcast_to, without what that checks, and writable; -1 keeps a length. ValueError where that will not do.

    NumPy steps by 0 along every dimension of length 1; PyTorch only along those that it stretches.
    """
    part = np.nditer(array, _BY_INDEX, None, None, "C", "safe", None, shape).itviews[0]  # names take half as long again
    if 1 in part.shape:
        raise ValueError("a dimension of length 1")
    return _writable(part, array)


def _writable(part: np.ndarray, array: np.ndarray) -> np.ndarray:
    """A view may be written to if what it shows may be; NumPy is more careful with some."""
    if array.flags.writeable:
        part.setflags(True)
    return part


view_contiguous = op("view(self; shape)", "self.reshape(shape)", "ViewBackward0", kind="view",
                     self="grad.reshape(self.shape)")  # fmt: skip
view_strided = op("view(self; shape)", "geometry.view(self, shape)", "ViewBackward0", kind="window",
                  self="grad.reshape(self.shape)")  # fmt: skip
permute_ = op("permute(self; dims)", "self.transpose(dims)", "PermuteBackward0", kind="view",
              self="permute_(grad, inverse(dims))")  # fmt: skip
transpose_ = op("transpose(self; dim0, dim1)", "self.swapaxes(dim0, dim1) if self.ndim else self", "TransposeBackward0",
                kind="view", self="transpose_(grad, dim0, dim1)")  # fmt: skip
t_ = op("t(self)", "self.T", "TBackward0", kind="view", self="grad.T")
select_ = op("select(self; dim, index)", "self[place(dim, index)]", "SelectBackward0", kind="view",
             self="put_back(grad, self.shape, place(dim, index))")  # fmt: skip
slice_ = op("slice_(self; dim, start, end, step)", "self[place(dim, slice(start, end, step))]", "SliceBackward0",
            kind="view", self="put_back(grad, self.shape, place(dim, slice(start, end, step)))")  # fmt: skip
unsqueeze_reshaped = op("unsqueeze(self; dim, shape)", "self.reshape(shape)", "UnsqueezeBackward0", kind="view",
                        self="squeeze_dim(grad, dim)")  # fmt: skip
unsqueeze_strided = op("unsqueeze(self; dim)", "geometry.unsqueeze(self, dim)", "UnsqueezeBackward0", kind="window",
                       self="squeeze_dim(grad, dim)")  # fmt: skip
squeeze_all = op("squeeze(self)", "self.squeeze()", "SqueezeBackward0", kind="view",
                 self="grad.reshape(self.shape)")  # fmt: skip
squeeze_dim_ = op("squeeze(self; dims; dim)", "self.squeeze(dims)", "SqueezeBackward1", kind="view",
                  self="grad.reshape(self.shape)")  # fmt: skip
squeeze_dims_ = op("squeeze(self; dims; dim)", "self.squeeze(dims)", "SqueezeBackward2", kind="view",
                   self="grad.reshape(self.shape)")  # fmt: skip
expand_stretched = op("expand(self; size)", "_stretched(self, size)", "ExpandBackward0", kind="view",
                      self="sum_to(grad, self.shape)")  # fmt: skip
expand_strided = op("expand(self; size)", "geometry.expand(self, size)", "ExpandBackward0", kind="window",
                    self="sum_to(grad, self.shape)")  # fmt: skip
main_diagonal = op("diagonal(self; offset, dim1, dim2)", "_writable(self.diagonal(offset, dim1, dim2), self)",
                   "DiagonalBackward0", kind="view",
                   self="diagonal_put_back(grad, self.shape, offset, dim1, dim2)")  # fmt: skip
diagonal_ = op("diagonal(self; offset, dim1, dim2)", "geometry.diagonal(self, offset, dim1, dim2)", "DiagonalBackward0",
               kind="window", self="diagonal_put_back(grad, self.shape, offset, dim1, dim2)")  # fmt: skip
unfold_ = op("unfold(self; dimension, size, step)", "geometry.unfold(self, dimension, size, step)", "UnfoldBackward0",
             kind="window", self="unfold_add_back(grad, self.shape, dimension, size, step)")  # fmt: skip
as_strided_ = op("as_strided(self; size, stride, storage_offset, own)",
                 "geometry.as_strided(self, size, stride, storage_offset)", "AsStridedBackward0", kind="window",
                 self="scatter_strided(grad, own, (size, stride, storage_offset))")  # fmt: skip
alias_ = op("alias(self)", "self[...]", "AliasBackward0", kind="view", self="grad")


def view_(self: Tensor, shape: tuple[int, ...]) -> Tensor:
    array = self._array
    known = not shape or min(shape) >= -1  # NumPy takes -2 for -1
    if known and array.flags.c_contiguous and (1 not in array.shape or geometry.in_rows(array)):
        try:
            return view_contiguous(self, shape)
        except ValueError:
            pass  # `infer` finds the words
    return view_strided(self, geometry.infer(shape, array.size))


def expand_(self: Tensor, size: tuple[int, ...]) -> Tensor:
    if self._array.__class__ is np.ndarray and size and 1 not in size and min(size) >= -1:
        try:
            return expand_stretched(self, size)
        except ValueError:
            pass  # `geometry.expand` knows a way, or the words
    return expand_strided(self, size)


# ---- backward of the views that show a part: the gradient goes back to where the part was


def _zeros_with(part: np.ndarray, shape: tuple[int, ...], index: tuple) -> np.ndarray:
    whole = devices.module_of(part).zeros(shape, part.dtype)
    whole[index] = part
    return whole


def _zeros_with_diagonal(part: np.ndarray, shape: tuple[int, ...], offset: int, dim1: int, dim2: int) -> np.ndarray:
    whole = make(devices.module_of(part).zeros(shape, part.dtype))
    diagonal_(whole, offset, dim1, dim2)._array[...] = part
    return whole._array


def _zeros_plus_windows(parts: np.ndarray, shape: tuple[int, ...], dimension: int, size: int, step: int) -> np.ndarray:
    """Overlapping windows add up. The k-th elements of all windows never overlap, so k by k is safe."""
    whole = make(devices.module_of(parts).zeros(shape, parts.dtype))
    windows = unfold_(whole, dimension, size, step)._array
    for k in range(parts.shape[-1]):
        windows[..., k] += parts[..., k]
    return whole._array


def _scatter(grad: np.ndarray, own: geometry.Geometry, strided: geometry.Geometry) -> np.ndarray:
    """Add each element of a strided window back to its place in memory, then read the memory as the input lay in it.

    Where several elements of the input are one place in memory, they share what arrived there.
    """
    xp = devices.module_of(grad)
    shape, steps, offset = own
    size, stride, start = strided
    start = offset if start is None else start
    reach = max(
        off + sum((n - 1) * s for n, s in zip(dims, jumps, strict=True)) + 1
        for dims, jumps, off in ((shape, steps, offset), (size, stride, start))
    )
    memory = xp.zeros(max(reach, 0), grad.dtype)
    slots = np.arange(max(reach, 0))
    places = np.lib.stride_tricks.as_strided(slots[start:], size, [s * slots.itemsize for s in stride])
    xp.add.at(memory, xp.asarray(places), grad)
    own_places = np.lib.stride_tricks.as_strided(slots[offset:], shape, [s * slots.itemsize for s in steps])
    memory /= xp.asarray(np.maximum(np.bincount(own_places.ravel(), minlength=len(slots)), 1)).astype(memory.dtype)
    item = memory.itemsize
    return xp.lib.stride_tricks.as_strided(memory[offset:], shape, [s * item for s in steps]).copy()


put_back = op("put_back(part; shape, at)", "_zeros_with(part, shape, at)", "PutBackBackward0",
              part="index_view(grad, at)")  # fmt: skip
diagonal_put_back = op("diagonal_put_back(part; shape, offset, dim1, dim2)",
                       "_zeros_with_diagonal(part, shape, offset, dim1, dim2)", "DiagonalPutBackBackward0",
                       part="diagonal_(grad, offset, dim1, dim2)")  # fmt: skip
unfold_add_back = op("unfold_add_back(parts; shape, dimension, size, step)",
                     "_zeros_plus_windows(parts, shape, dimension, size, step)", "UnfoldAddBackBackward0",
                     parts="unfold_(grad, dimension, size, step)")  # fmt: skip
index_view = op("index_view(self; index)", "self[index]", "SliceBackward0", kind="view",
                self="put_back(grad, self.shape, index)")  # fmt: skip
scatter_strided = op("scatter_strided(grad_; own, strided)", "_scatter(grad_, own, strided)", "ScatterStridedBackward0",
                     grad_="as_strided_(grad.contiguous(), *strided, geometry.of(grad))")  # fmt: skip


def inverse(dims: tuple[int, ...]) -> tuple[int, ...]:
    """The permutation that undoes one."""
    result = [0] * len(dims)
    for i, d in enumerate(dims):
        result[d % len(dims)] = i
    return tuple(result)


def squeeze_dim(x: Tensor, dim: int) -> Tensor:
    shape = x._array.shape
    dim = wrap_dim(dim, len(shape))
    return squeeze_dim_(x, (dim,) if shape and shape[dim] == 1 else (), dim)


# ---- what users call


def view(self: Tensor, *size: int | Sequence[int], dtype: dtypes.dtype | None = None) -> Tensor:
    """The same memory in another shape; one length may be -1. RuntimeError where only a copy would do.

    With a dtype instead of a shape: the same bytes read as numbers of that dtype.

    >>> import tensorbook as torch
    >>> torch.arange(6).view(2, -1)
    tensor([[0, 1, 2],
            [3, 4, 5]])
    """
    if not size:
        if dtype is None:
            raise TypeError(
                "view() received an invalid combination of arguments - got (), but expected a size or a dtype"
            )
        return view_as_dtype(self, dtype)
    if len(size) == 1 and isinstance(size[0], (dtypes.dtype, type)):
        return view_as_dtype(self, dtypes.meant(size[0]))
    return view_(self, sizes(size, "view"))


def view_as_dtype(self: Tensor, dtype: object) -> Tensor:
    """The same bytes read as numbers of another type; the last dimension grows or shrinks with the type's size."""
    shape, steps, offset = geometry.as_dtype(self, dtype)
    storage = storage_of(self)
    return make(storage.window(dtype.numpy, shape, steps, offset), storage)


def view_as(self: Tensor, other: Tensor) -> Tensor:
    """self.view(other.size())."""
    return view_(self, other._array.shape)


def reshape(self: Tensor, *shape: int | Sequence[int]) -> Tensor:
    """Another shape: a view where memory allows it, else a copy.

    >>> import tensorbook as torch
    >>> x = torch.arange(6).view(2, 3)
    >>> x.reshape(3, 2)._base is x._base, x.t().reshape(6)._base
    (True, None)
    """
    if not shape and self._array.size != 1:
        raise TypeError('reshape() missing 1 required positional arguments: "shape"')
    size = sizes(shape, "reshape", "shape")
    if self._array.flags.c_contiguous:
        return view_(self, size)
    size = geometry.infer(size, self._array.size)
    old, steps, _ = geometry.of(self)
    if geometry.view_strides(old, steps, size) is not None:
        return reshape_alias(self, size)
    return unsafe_view(copy_in_order(self), size)


reshape_alias = op("reshape(self; shape)", "geometry.view(self, shape)", "ReshapeAliasBackward0", kind="window",
                   self="grad.reshape(self.shape)")  # fmt: skip


def _reshaped(array: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    return array.reshape(shape)


unsafe_view = op("unsafe_view(self; shape)", "_reshaped(self, shape)", "UnsafeViewBackward0",
                 self="grad.reshape(self.shape)", layout="of_its_own")  # fmt: skip
copy_in_order = op("contiguous(self)", "self.copy()", "CloneBackward0", self="grad")
copy_as_it_lies = op("clone(self)", "self.copy(order='K')", "CloneBackward0", self="grad", layout="as_operand")
copy_laid_out = op("clone(self; form)", "laid_out(self, form)", "CloneBackward0", self="grad", layout="of_its_own")


def contiguous(self: Tensor, *, memory_format: memory_format = contiguous_format) -> Tensor:
    """Itself where its elements lie in order already, else a copy in which they do."""
    if memory_format is not contiguous_format:
        return (
            self if lies_so(self._array, checked(memory_format, "contiguous")) else copy_laid_out(self, memory_format)
        )
    return self if self._array.flags.c_contiguous else copy_in_order(self)


def clone(self: Tensor, *, memory_format: memory_format = preserve_format) -> Tensor:
    """A copy with memory of its own; the gradient flows through."""
    if memory_format is not preserve_format and memory_format is not None:
        return copy_laid_out(self, checked(memory_format, "clone"))
    if 0 in self._array.strides:  # stretched dimensions get memory of their own
        return copy_in_order(self)
    return copy_as_it_lies(self)


def detach(self: Tensor) -> Tensor:
    """The same memory without the history: gradients stop here."""
    return make(self._array, storage_of(self))


def data(self: Tensor) -> Tensor:
    """`x.data`: as detach, but a write to it is no write to x as far as autograd can tell."""
    return make(self._array, storage_of(self).apart())


def t(self: Tensor) -> Tensor:
    """A matrix with rows and columns exchanged; a vector as it is."""
    if self._array.ndim > 2:
        raise RuntimeError(f"t() expects a tensor with <= 2 dimensions, but self is {self._array.ndim}D")
    return t_(self)


def transpose(self: Tensor, dim0: int, dim1: int) -> Tensor:
    """Two dimensions exchanged."""
    ndim = self._array.ndim
    if not (0 <= dim0 < ndim and 0 <= dim1 < ndim):
        dim0, dim1 = wrap_dim(dim0, ndim), wrap_dim(dim1, ndim)
    return transpose_(self, dim0, dim1)


def adjoint(self: Tensor) -> Tensor:
    """The last two dimensions exchanged."""
    return _turned(self, "tensor.adjoint()", USE_CONJ.format("adjoint()"))


def mT(self: Tensor) -> Tensor:
    """The last two dimensions exchanged."""
    return _turned(self, "tensor.mT", IDENTITY.format("mT"))


def mH(self: Tensor) -> Tensor:
    """The last two dimensions exchanged: no number here has a conjugate of its own."""
    return _turned(self, "tensor.mH", USE_CONJ.format("Tensor.mH"))


def H(self: Tensor) -> Tensor:
    """A matrix with its dimensions exchanged: no number here has a conjugate of its own."""
    ndim = self._array.ndim
    if ndim not in (0, 2):
        more = " For batches of matrices, consider using tensor.mH" if ndim > 2 else ""
        raise RuntimeError(f"tensor.H is only supported on matrices (2-D tensors). Got {ndim}-D tensor.{more}")
    return _turned(self, "tensor.H", USE_CONJ.format("Tensor.H"))


IDENTITY = "Tensor.{} is deprecated on 0-D tensors. This function is the identity in these cases."
USE_CONJ = "{} is deprecated on 0-D tensors. Consider using x.conj()."


def _turned(self: Tensor, name: str, of_a_number: str) -> Tensor:
    ndim = self._array.ndim
    if not ndim:
        notices.warn(of_a_number, once=True)
        return self
    if ndim < 2:
        raise RuntimeError(f"{name} is only supported on matrices or batches of matrices. Got {ndim}-D tensor.")
    return transpose_(self, -2, -1)


def reversed_dims(self: Tensor) -> Tensor:
    """`x.T`: only of a matrix it means what one expects, and PyTorch says so."""
    ndim = self._array.ndim
    if ndim > 2:
        notices.warn(
            "The use of `x.T` on tensors of dimension other than 2 to reverse their shape is deprecated and it will "
            "throw an error in a future release. Consider `x.mT` to transpose batches of matrices or "
            "`x.permute(*torch.arange(x.ndim - 1, -1, -1))` to reverse the dimensions of a tensor.",
            once=True,
        )
    elif not ndim:
        notices.warn(IDENTITY.format("T"), once=True)
    return permute_(self, tuple(range(ndim - 1, -1, -1)))


def permute(self: Tensor, *dims: int | Sequence[int]) -> Tensor:
    """All dimensions in a new order."""
    dims, ndim = sizes(dims, "permute", "dims"), self._array.ndim
    if dims and min(dims) >= 0:
        try:
            return permute_(self, dims)
        except ValueError:
            pass  # the words for it come below
    if len(dims) != ndim:
        raise RuntimeError(
            "permute(sparse_coo): number of dimensions in the tensor input does not match the length of the desired "
            f"ordering of dimensions i.e. input.dim() = {ndim} is not equal to len(dims) = {len(dims)}"
        )
    dims = tuple([wrap_dim(d, ndim) for d in dims])
    if len(set(dims)) != ndim:
        raise RuntimeError("permute(): duplicate dims are not allowed.")
    return permute_(self, dims)


def movedim(self: Tensor, source: int | Sequence[int], destination: int | Sequence[int]) -> Tensor:
    """Some dimensions moved to new places, the others kept in order."""
    ndim = self._array.ndim
    given = [[dims] if isinstance(dims, int) else list(dims) for dims in (source, destination)]
    source, destination = ([wrap_dim(d, ndim) for d in dims] for dims in given)
    for name, wrapped, dims in (("source", source, given[0]), ("destination", destination, given[1])):
        if len(set(wrapped)) < len(wrapped):
            raise RuntimeError(f"movedim: repeated dim in `{name}` ({dims})")
    if len(source) != len(destination):
        raise RuntimeError(
            f"movedim: Invalid source or destination dims: source ({given[0]} dims) should contain the same number of "
            f"dims as destination ({given[1]} dims)"
        )
    if not ndim:
        return alias_(self)
    order = [d for d in range(ndim) if d not in source]
    for place, d in sorted(zip(destination, source, strict=True)):
        order.insert(place, d)
    return permute_(self, tuple(order))


def expand(self: Tensor, *size: int | Sequence[int]) -> Tensor:
    """Dimensions of length 1 stretched without copying: their stride becomes 0. -1 keeps a length."""
    return expand_(self, sizes(size, "expand"))


def expand_as(self: Tensor, other: Tensor) -> Tensor:
    return expand_(self, other._array.shape)


def broadcast_to(self: Tensor, *size: int | Sequence[int]) -> Tensor:
    return expand_(self, sizes(size, "expand"))


def select(self: Tensor, dim: int, index: int) -> Tensor:
    """One slice along a dimension; the dimension goes."""
    shape = self._array.shape
    if not shape:
        raise IndexError("select() cannot be applied to a 0-dim tensor.")
    if not 0 <= dim < len(shape):
        dim = wrap_dim(dim, len(shape))
    if not -shape[dim] <= index < shape[dim]:
        raise IndexError(f"select(): index {index} out of range for tensor of size {list(shape)} at dimension {dim}")
    return select_(self, dim, index)


def narrow(self: Tensor, dim: int, start: int, length: int) -> Tensor:
    """`length` slices along a dimension, from `start` on."""
    if not self._array.ndim:
        raise RuntimeError("narrow() cannot be applied to a 0-dim tensor.")
    n = self._array.shape[wrap_dim(dim, self._array.ndim)]
    if length < 0:
        raise RuntimeError("narrow(): length must be non-negative.")
    if not -n <= start <= n:
        raise IndexError(f"start out of range (expected to be in range of [{-n}, {n}], but got {start})")
    if start < 0:
        start += n
    if start + length > n:
        raise RuntimeError(f"start ({start}) + length ({length}) exceeds dimension size ({n}).")
    return slice_(self, wrap_dim(dim, self._array.ndim), start, start + length, 1)


def unsqueeze(self: Tensor, dim: int) -> Tensor:
    """A new dimension of length 1."""
    array = self._array
    shape = array.shape
    if not 0 <= dim <= len(shape):
        dim = wrap_dim(dim, len(shape) + 1)
    # where NumPy's reshape gives the new dimension the stride that PyTorch gives it: what the next one spans
    if array.__class__ is np.ndarray and ((1 not in shape and dim < len(shape)) or geometry.in_rows(array)):
        return unsqueeze_reshaped(self, dim, (*shape[:dim], 1, *shape[dim:]))
    return unsqueeze_strided(self, dim)


def squeeze(self: Tensor, dim: int | Sequence[int] | None = None) -> Tensor:
    """Without the dimensions of length 1, or without one of them."""
    ndim = self._array.ndim
    if dim is None:
        return squeeze_all(self)
    if isinstance(dim, int):
        return squeeze_dim(self, dim)
    dims = [wrap_dim(d, ndim) for d in dim]
    for d in dims:
        if dims.count(d) > 1:
            raise RuntimeError(f"dim {d} appears multiple times in the list of dims")
    shape = self._array.shape
    return squeeze_dims_(self, tuple([d for d in dims if shape and shape[d] == 1]), dims)


def flatten(self: Tensor, start_dim: int = 0, end_dim: int = -1) -> Tensor:
    """The dimensions from start to end as one."""
    ndim = self._array.ndim
    if ndim == 0:
        return reshape(self, 1)
    start, end = wrap_dim(start_dim, ndim), wrap_dim(end_dim, ndim)
    if start > end:
        raise RuntimeError("flatten() has invalid args: start_dim cannot come after end_dim")
    if start == end:
        return self
    shape = self._array.shape
    return reshape(self, (*shape[:start], math.prod(shape[start : end + 1]), *shape[end + 1 :]))


def unflatten(self: Tensor, dim: int, sizes: Sequence[int]) -> Tensor:
    """One dimension as several."""
    if not self._array.ndim:
        raise RuntimeError("unflatten got an unexpected error: Dimension specified as 0 but tensor has no dimensions")
    dim = wrap_dim(dim, self._array.ndim)
    shape = self._array.shape
    known = math.prod(n for n in sizes if n != -1)
    if known != shape[dim] and (-1 not in sizes or not known or shape[dim] % known):
        raise RuntimeError(
            f"unflatten: Provided sizes {list(sizes)} don't multiply up to the size of dim {dim} ({shape[dim]}) "
            "in the input tensor"
        )
    return view_(self, (*shape[:dim], *geometry.infer(tuple(sizes), shape[dim]), *shape[dim + 1 :]))


def ravel(self: Tensor) -> Tensor:
    """All elements in one dimension: a view where they lie in order."""
    return view_(contiguous(self), (-1,))


def diagonal(self: Tensor, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Tensor:
    """The elements at which two indices agree, as a last dimension."""
    array = self._array
    if array.__class__ is np.ndarray and array.size and offset == 0:
        try:
            return main_diagonal(self, 0, dim1, dim2)
        except ValueError:
            pass  # `geometry.diagonal` finds the words
    return diagonal_(self, offset, dim1, dim2)


def unfold(self: Tensor, dimension: int, size: int, step: int) -> Tensor:
    """Every window of a size along a dimension, `step` apart, in a new last dimension."""
    return unfold_(self, dimension, size, step)


def as_strided(self: Tensor, size: Sequence[int], stride: Sequence[int], storage_offset: int | None = None) -> Tensor:
    """Any shape, stride and offset over the memory, as long as it stays inside."""
    own = None if self._node is None else geometry.of(self)  # only the gradient asks for it
    return as_strided_(self, tuple(size), tuple(stride), storage_offset, own)
