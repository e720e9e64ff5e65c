"""Flat memory, and the faces under which PyTorch shows it.

A tensor is a size, a stride and an offset over a Storage. Views share their Storage, and with it the version
counter that tells autograd whether a saved value has been overwritten since.
"""

from __future__ import annotations

import operator
import weakref
from collections.abc import Iterator, Sequence

import numpy as np

from . import devices, dtypes
from .graph import grad_mode


class Storage:
    """One flat piece of memory, its version (raised by every in-place write) and the views on it.

    Most tensors never show their memory to anyone, so a Storage is made only when somebody asks; a tensor
    without one has version 0 and no views.
    """

    __slots__ = ("_flat", "_start", "_views", "array", "version")

    @classmethod
    def over(cls, array: np.ndarray) -> Storage:
        """The memory of a tensor's array. (No `__init__`: operations make storages with the bare constructor.)"""
        storage = cls()
        storage.array, storage.version = array, 0
        return storage

    def elements(self) -> np.ndarray:
        """The whole memory as a one-dimensional array, in the order in which it lies."""
        try:
            return self._flat
        except AttributeError:
            pass
        array = self.array
        if array.flags.c_contiguous:
            self._flat = array.reshape(-1)
        else:
            steps = zip(array.shape, array.strides, strict=True)
            extent = 1 + sum((n - 1) * s for n, s in steps) // array.itemsize if array.size else 0
            strided = devices.module_of(array).lib.stride_tricks.as_strided
            self._flat = strided(array, (extent,), (array.itemsize,))
        return self._flat

    def apart(self) -> Storage:
        """The same memory with a version and views of its own."""
        twin = Storage.over(self.array)
        twin._flat = self.elements()
        return twin

    def window(self, dtype: np.dtype, shape: tuple[int, ...], strides: tuple[int, ...], offset: int) -> np.ndarray:
        """An array of a dtype over this memory; strides and offset in elements of it. Nothing is copied.

        Raises RuntimeError where the window reaches beyond the memory.
        """
        flat = self.elements()
        size = dtype.itemsize
        reach = offset + sum(map(operator.mul, shape, strides)) - sum(strides) + 1
        if reach * size > flat.nbytes and 0 not in shape:
            raise RuntimeError(
                f"setStorage: sizes {list(shape)}, strides {list(strides)}, storage offset {offset}, and "
                f"itemsize {size} "
                f"requiring a storage size of {reach * size} are out of bounds for storage of size {flat.nbytes}"
            )
        if 0 in shape:  # no element, so no place in memory either
            return flat[:0].view(dtype).reshape(shape)
        byte_strides = tuple([s * size for s in strides])
        if flat.__class__ is np.ndarray:
            return np.ndarray(shape, dtype, flat, offset * size, byte_strides)
        return devices.gpu_module().ndarray(shape, dtype, flat.data + offset * size, byte_strides)

    @property
    def views(self) -> list[weakref.ref]:
        """The tensors that were made as views of this memory, weakly."""
        try:
            return self._views
        except AttributeError:
            self._views: list[weakref.ref] = []
            return self._views

    def add_view(self, view: weakref.ref) -> None:
        """Remember a view, so that an in-place write can bring its history up to date."""
        views = self.views
        views.append(view)
        if not len(views) & 63:
            self.forget_views()

    def forget_views(self) -> None:
        """At every power of two: forget the views that are gone."""
        count = len(self._views)
        if count & (count - 1) == 0:
            self._views[:] = [view for view in self._views if view() is not None]


class InferenceStorage(Storage):
    """The memory of a tensor that was made in inference mode: it has no version, so autograd cannot watch over it."""

    __slots__ = ()

    @classmethod
    def over(cls, array: np.ndarray) -> InferenceStorage:
        storage = cls()
        storage.array = array
        return storage

    @property
    def version(self) -> int:
        if grad_mode.inference:
            return 0
        raise RuntimeError(
            "Inference tensors cannot be saved for backward. Please do not use Tensors created in inference mode in "
            "computation tracked by autograd. To work around this, you can make a clone to get a normal tensor and use "
            "it in autograd, or use `torch.no_grad()` instead of `torch.inference_mode()`."
        )

    @version.setter
    def version(self, value: int) -> None:
        pass


def pointer(array: np.ndarray) -> int:
    """The address of the first element."""
    if isinstance(array, np.ndarray):
        return array.__array_interface__["data"][0]
    return array.data.ptr


def storage_offset(storage: Storage, array: np.ndarray) -> int:
    """How many elements lie in the storage before the array's first."""
    if array is storage.array:
        return 0
    try:
        start = storage._start
    except AttributeError:
        start = storage._start = pointer(storage.elements())
    return (pointer(array) - start) // array.itemsize


class Face:
    """What the two ways to show a memory have in common."""

    __slots__ = ("_storage",)

    def _numbers(self) -> np.ndarray:
        raise NotImplementedError

    @property
    def device(self) -> devices.device:
        return devices.device_of(self._storage.array)

    @property
    def is_cuda(self) -> bool:
        return self.device.type == "cuda"

    def data_ptr(self) -> int:
        return pointer(self._storage.elements())

    def nbytes(self) -> int:
        return self._storage.elements().nbytes

    def size(self) -> int:
        """How many numbers (or bytes) there are."""
        return self._numbers().size

    __len__ = size

    def __setitem__(self, i: int | slice, value: object) -> None:
        self._numbers()[i] = value
        self._storage.version += 1

    def fill_(self, value: float) -> Face:
        """Write one value everywhere."""
        self[:] = value
        return self

    def copy_(self, source: Face) -> Face:
        """Write what another storage of the same length holds."""
        self[:] = source._numbers()
        return self

    def tolist(self) -> list:
        return self._numbers().tolist()

    def __iter__(self) -> Iterator[object]:
        return iter(self.tolist())


class UntypedStorage(Face):
    """The memory of a tensor as plain bytes: `x.untyped_storage()`. Writing to it writes to the tensor.

    >>> import tensorbook as torch
    >>> list(torch.tensor([1.0]).untyped_storage())
    [0, 0, 128, 63]
    """

    __slots__ = ()

    def __init__(self, source: Storage | int | Sequence[int]):
        """The bytes of a Storage, so many new ones, or these."""
        if not isinstance(source, Storage):
            values = np.zeros(source, np.uint8) if isinstance(source, int) else np.array(source, np.uint8)
            source = Storage.over(values)
        self._storage = source

    def _numbers(self) -> np.ndarray:
        return self._storage.elements().view(np.uint8)

    def element_size(self) -> int:
        return 1

    def type(self) -> str:
        return "torch.storage.UntypedStorage"

    def clone(self) -> UntypedStorage:
        """A copy with memory of its own."""
        return UntypedStorage(Storage.over(self._storage.elements().copy()))

    def __getitem__(self, i: int | slice) -> int | UntypedStorage:
        part = self._numbers()[i]
        return UntypedStorage(Storage.over(part)) if isinstance(i, slice) else int(part)

    def __repr__(self) -> str:
        lines = "".join(f" {b}\n" for b in self) or " \n"
        return f"{lines}[torch.storage.UntypedStorage(device={self.device}) of size {self.nbytes()}]"


class TypedStorage(Face):
    """The memory of a tensor as numbers in one row: `x.storage()`. Writing to it writes to the tensor.

    >>> import tensorbook as torch
    >>> x = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    >>> x.t().storage().tolist()
    [1.0, 2.0, 3.0, 4.0]
    """

    __slots__ = ("_kind",)

    def __init__(self, storage: Storage, kind: np.dtype):
        self._storage, self._kind = storage, kind

    def _numbers(self) -> np.ndarray:
        return self._storage.elements().view(self._kind)

    @property
    def dtype(self) -> dtypes.dtype:
        return dtypes.from_numpy_dtype(self._kind)

    def type(self) -> str:
        return f"torch.{dtypes.OLDER_NAMES[self._kind.str[1:]]}Storage"

    def untyped(self) -> UntypedStorage:
        return UntypedStorage(self._storage)

    def clone(self) -> TypedStorage:
        """A copy with memory of its own."""
        return TypedStorage(Storage.over(self._storage.elements().copy()), self._kind)

    def element_size(self) -> int:
        return self._kind.itemsize

    def __getitem__(self, i: int) -> object:
        if isinstance(i, slice):
            raise RuntimeError("slices are only supported in UntypedStorage.__getitem__")
        return self._numbers()[i].item()

    def __repr__(self) -> str:
        lines = "\n ".join(str(v) for v in self)
        head = f" {lines}\n" if len(self) else "\n"
        return f"{head}[torch.storage.TypedStorage(dtype={self.dtype}, device={self.device}) of size {len(self)}]"


for _c in (UntypedStorage, TypedStorage):
    _c.__module__ = "tensorbook.storage"
