"""The Tensor: an array over a storage, and the node of the graph that made it.

What a tensor *is* stands here. What one can *do* with it (`x + y`, `x.sum()`, `x.backward()`) is attached from
`ops/` and `autograd/`, where each operation has its own entry.
"""

from __future__ import annotations

import copy
import weakref
from collections import OrderedDict
from collections.abc import Iterator

import numpy as np

from . import devices, dtypes, layouts, notices, printing
from .dims import wrap_dim
from .graph import AccumulateGrad, Edge, Node, RemovableHandle, grad_mode
from .memory_format import contiguous_format, lies_so, memory_format
from .size import Size, size
from .storage import InferenceStorage, Storage, TypedStorage, UntypedStorage, pointer, storage_offset


class TensorType(type):
    """`Tensor(...)` goes through here, so that the class itself needs no `__init__`: operations make their results
    with the bare C constructor below, which takes less than half the time."""

    def __call__(cls, *args: object, **kwargs: object) -> Tensor:
        if cls.__new__ is not object.__new__:
            return type.__call__(cls, *args, **kwargs)
        return TensorType.construct(cls, *args, **kwargs)  # ops/data.py


class Tensor(metaclass=TensorType):
    """Numbers of one type in a rectangle of any number of dimensions, with the history that autograd needs.

    Make one with `torch.tensor`, `torch.zeros`, `torch.rand`, …

    >>> import tensorbook as torch
    >>> x = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    >>> x.shape, x.dtype, x.stride(), x.t().stride()
    (torch.Size([2, 2]), torch.float32, (2, 1), (1, 2))
    >>> (x * x).sum().backward()
    >>> x.grad
    tensor([[2., 4.],
            [6., 8.]])
    """

    # _array    numpy or cupy array: size, stride and offset over the memory
    # _node     where it came from: a Node or an Edge; an AccumulateGrad for a leaf that wants gradients; else None
    # _storage  shared by all views of the same memory; None until somebody asks
    # _view_of  the tensor that this one is a view of (a PartOf for one of several views), or None
    __slots__ = ("__dict__", "__weakref__", "_array", "_node", "_storage", "_view_of")

    __array_priority__ = 1000  # NumPy arrays leave `array * tensor` to the tensor
    __hash__ = object.__hash__  # by identity: `==` compares elementwise

    # ---- shape and type

    @property
    def shape(self) -> Size:
        return size(self._array.shape)

    def size(self, dim: int | None = None) -> Size | int:
        """The shape, or the length of one dimension."""
        return size(self._array.shape) if dim is None else self._array.shape[wrap_dim(dim, self._array.ndim)]

    def stride(self, dim: int | None = None) -> tuple[int, ...] | int:
        """How many elements of the storage to skip for the next element along each dimension."""
        steps = strides(self._array)
        return steps if dim is None else steps[wrap_dim(dim, self._array.ndim)]

    def storage_offset(self) -> int:
        """Where in the storage the first element lies, in elements."""
        return storage_offset(storage_of(self), self._array) if self._storage is not None else 0

    def dim(self) -> int:
        return self._array.ndim

    ndim = property(dim)
    ndimension = dim

    def numel(self) -> int:
        """How many elements there are."""
        return int(self._array.size)

    nelement = numel

    def element_size(self) -> int:
        """Bytes per element."""
        return self._array.itemsize

    itemsize = property(element_size)

    @property
    def nbytes(self) -> int:
        return int(self._array.size * self._array.itemsize)

    @property
    def dtype(self) -> dtypes.dtype:
        return dtypes.FROM_NUMPY[self._array.dtype]

    @property
    def device(self) -> devices.device:
        return devices.device_of(self._array)

    @property
    def is_cuda(self) -> bool:
        return not isinstance(self._array, np.ndarray)

    @property
    def is_cpu(self) -> bool:
        return isinstance(self._array, np.ndarray)

    @property
    def layout(self) -> layouts.layout:
        return layouts.strided

    def get_device(self) -> int:
        return -1 if self.is_cpu else self.device.index

    def is_floating_point(self) -> bool:
        return self._array.dtype.kind == "f"

    def is_complex(self) -> bool:
        return False

    def is_signed(self) -> bool:
        return self._array.dtype.kind in "if"

    # ---- memory

    def is_contiguous(self, *, memory_format: memory_format = contiguous_format) -> bool:
        """Whether the elements lie in the storage in the order in which the tensor is read, or in another order."""
        if memory_format is not contiguous_format:
            return memory_format.dims in (None, self._array.ndim) and lies_so(self._array, memory_format)
        return self._array.flags.c_contiguous

    def data_ptr(self) -> int:
        """The address of the first element."""
        return pointer(self._array) if self._array.size else 0

    def storage(self) -> TypedStorage:
        """The memory as a row of numbers, shared with every view."""
        return TypedStorage(storage_of(self), self._array.dtype)

    def untyped_storage(self) -> UntypedStorage:
        """The memory as a row of bytes, shared with every view."""
        return UntypedStorage(storage_of(self))

    @property
    def _base(self) -> Tensor | None:
        view_of = self._view_of
        return view_of.base if view_of.__class__ is PartOf else view_of

    def _is_view(self) -> bool:
        return self._view_of is not None

    @property
    def _version(self) -> int:
        if self._storage.__class__ is InferenceStorage:
            raise RuntimeError("Inference tensors do not track version counter.")
        return 0 if self._storage is None else self._storage.version

    def is_inference(self) -> bool:
        """Whether it was made in inference mode."""
        return self._storage.__class__ is InferenceStorage

    def is_set_to(self, other: Tensor) -> bool:
        """Whether both are the very same window on the same memory."""
        return (self.data_ptr(), self.shape, self.stride()) == (other.data_ptr(), other.shape, other.stride())

    # ---- history

    @property
    def grad_fn(self) -> Node | None:
        """The node that made this tensor; None for a leaf."""
        node = self._node
        if node.__class__ is Edge:
            return node.node
        return None if node.__class__ is AccumulateGrad else node

    @property
    def output_nr(self) -> int:
        return self._node.index if self._node.__class__ is Edge else 0

    @property
    def is_leaf(self) -> bool:
        return self.grad_fn is None

    @property
    def requires_grad(self) -> bool:
        return self._node is not None or (self._view_of is not None and self._base._node is not None)

    @requires_grad.setter
    def requires_grad(self, wanted: bool) -> None:
        self.requires_grad_(wanted)

    def requires_grad_(self, requires_grad: bool = True) -> Tensor:
        """Ask autograd to record what happens to this leaf, or to stop. Returns the tensor itself.

        Raises RuntimeError for integers, and for a tensor that an operation made.
        """
        if not self.is_leaf:
            if requires_grad:
                return self
            raise RuntimeError(
                "you can only change requires_grad flags of leaf variables. If you want to use a computed variable in "
                "a subgraph that doesn't require differentiation use var_no_grad = var.detach()."
            )
        if requires_grad and self._node is None:
            if self._array.dtype.kind != "f":
                raise RuntimeError(
                    f"only Tensors of floating point dtype can require gradients (this one is {self.dtype})"
                )
            if self.is_inference() and not grad_mode.inference:
                raise RuntimeError(
                    "Setting requires_grad=True on inference tensor outside InferenceMode is not allowed."
                )
            node = AccumulateGrad(self)
            node.grad = self.__dict__.pop("_plain_grad", None)
            self._node = node
        elif not requires_grad and self._node is not None:
            grad, self._node = self._node.grad, None
            if grad is not None:
                self._plain_grad = grad
        return self

    @property
    def grad(self) -> Tensor | None:
        """The gradient that `backward()` has summed up here; None before the first one."""
        node = self._node
        if node.__class__ is AccumulateGrad:
            return node.grad
        if node is not None and "_plain_grad" not in self.__dict__ and not self.retains_grad:
            notices.warn(
                "The .grad attribute of a Tensor that is not a leaf Tensor is being accessed. Its .grad attribute "
                "won't be populated during autograd.backward(). If you indeed want the .grad field to be populated "
                "for a non-leaf Tensor, use .retain_grad() on the non-leaf Tensor. If you access the non-leaf Tensor "
                "by mistake, make sure you access the leaf Tensor instead."
            )
        return self.__dict__.get("_plain_grad")

    @grad.setter
    def grad(self, value: Tensor | None) -> None:
        if value is not None:
            if not isinstance(value, Tensor):
                raise TypeError(
                    f"assigned grad expected to be a Tensor or None but got grad of type {type(value).__name__}"
                )
            if value is self:
                raise RuntimeError("can't assign Variable as its own grad")
            if value._array.shape != self._array.shape:
                raise RuntimeError(
                    f"attempting to assign a gradient of size '{list(value._array.shape)}' to a tensor of size "
                    f"'{list(self._array.shape)}'. Please ensure that the gradient and the tensor are the same size"
                )
            if value._array.dtype != self._array.dtype:
                raise RuntimeError(
                    f"attempting to assign a gradient with dtype '{value.dtype}' to a tensor with grad_dtype "
                    f"'{self.dtype}'. The gradient must match the tensor's grad_dtype (its dtype)"
                )
        if self._node.__class__ is AccumulateGrad:
            self._node.grad = value
        elif value is None:
            self.__dict__.pop("_plain_grad", None)
        else:
            self._plain_grad = value

    @grad.deleter
    def grad(self) -> None:
        self.grad = None

    @property
    def retains_grad(self) -> bool:
        hooks = None if self.is_leaf else self.grad_fn.hooks
        return hooks is not None and self.output_nr in hooks.retain

    def retain_grad(self) -> None:
        """Keep the gradient of this non-leaf tensor in `.grad` when a backward pass comes by."""
        if self._node is None:
            raise RuntimeError("can't retain_grad on Tensor that has requires_grad=False")
        if not self.is_leaf:
            self.grad_fn._get_hooks().retain[self.output_nr] = weakref.ref(self)

    def register_hook(self, hook: object) -> RemovableHandle:
        """Call `hook(grad)` when the gradient of this tensor has been computed; what it returns replaces it."""
        if self._node is None:
            raise RuntimeError("cannot register a hook on a tensor that doesn't require gradient")
        node = self._node.node if self._node.__class__ is Edge else self._node
        on_output = node._get_hooks().on_output
        return RemovableHandle(on_output.setdefault(self.output_nr, OrderedDict()), hook)

    def register_post_accumulate_grad_hook(self, hook: object) -> RemovableHandle:
        """Call `hook(tensor)` after a backward pass has added to this leaf's `.grad`."""
        if self._node is None:
            raise RuntimeError("cannot register a hook on a tensor that doesn't require gradient")
        if self._node.__class__ is not AccumulateGrad:
            raise RuntimeError("post accumulate grad hooks cannot be registered on non-leaf tensors")
        return RemovableHandle(self._node._get_hooks().accumulated, hook)

    @property
    def _backward_hooks(self) -> OrderedDict | None:
        node = self._node.node if self._node.__class__ is Edge else self._node
        hooks = None if node is None else node.hooks
        return None if hooks is None else hooks.on_output.get(self.output_nr)

    # ---- to Python and NumPy

    def item(self) -> int | float | bool:
        """The only element as a Python number. Raises RuntimeError unless there is exactly one."""
        if self._array.size != 1:
            raise RuntimeError(f"a Tensor with {self._array.size} elements cannot be converted to Scalar")
        return self._array.item()

    def tolist(self) -> object:
        """Nested lists of Python numbers."""
        return self._array.tolist()

    def numpy(self, *, force: bool = False) -> np.ndarray:
        """The same memory as a NumPy array: a change of either is seen in both.

        Raises RuntimeError where a gradient is recorded and TypeError for a tensor on a GPU, unless `force`,
        which then detaches and copies as needed.
        """
        if force:
            return devices.move(self._array, devices.CPU)
        if self._node is not None and grad_mode.enabled:
            raise RuntimeError("Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead.")
        if not self.is_cpu:
            raise TypeError(
                f"can't convert {self.device} device type tensor to numpy. "
                "Use Tensor.cpu() to copy the tensor to host memory first."
            )
        return self._array.view()  # not the array itself: its shape can be set

    def __array__(self, dtype: np.dtype | None = None, copy: bool | None = None) -> np.ndarray:
        array = self.numpy()
        if copy is None:
            return array if dtype is None else array.astype(dtype, copy=False)
        return np.array(array, dtype=dtype, copy=copy)

    def __array_wrap__(self, array: np.ndarray, context: object = None, return_scalar: bool = False) -> Tensor:
        return make(array if array.dtype != bool else array.astype(np.uint8))  # PyTorch does so, too

    def __dlpack__(self, **kwargs: object) -> object:
        if self._node is not None:
            raise BufferError("Can't export tensors that require gradient, use tensor.detach()")
        return self._array.__dlpack__(**kwargs)

    def __dlpack_device__(self) -> tuple[int, int]:
        return self._array.__dlpack_device__()

    @property
    def __cuda_array_interface__(self) -> dict:
        if self.is_cpu:
            raise AttributeError("a tensor on the CPU has no __cuda_array_interface__; move it with .cuda() first")
        return self._array.__cuda_array_interface__

    def __len__(self) -> int:
        if not self._array.ndim:
            raise TypeError("len() of a 0-d tensor")
        return len(self._array)

    def __bool__(self) -> bool:
        if self._array.size != 1:
            trouble = "no values" if not self._array.size else "more than one value"
            raise RuntimeError(f"Boolean value of Tensor with {trouble} is ambiguous")
        return bool(self._array.item())

    def __float__(self) -> float:
        if self._node is not None and grad_mode.enabled:
            notices.warn(
                "Converting a tensor with requires_grad=True to a scalar may lead to unexpected behavior.\n"
                "Consider using tensor.detach() first.",
                once=True,
            )
        return float(self._only_element())

    def __int__(self) -> int:
        return int(self._only_element())

    def _only_element(self) -> int | float | bool:
        if self._array.size != 1:
            raise ValueError("only one element tensors can be converted to Python scalars")
        return self._array.item()

    def __index__(self) -> int:
        if self._array.size != 1 or self._array.dtype.kind == "f":
            raise TypeError("only integer tensors of a single element can be converted to an index")
        return int(self._array.item())

    def __iter__(self) -> Iterator[Tensor]:
        if not self._array.ndim:
            raise TypeError("iteration over a 0-d tensor")
        return iter(self.unbind(0))

    def __contains__(self, element: object) -> bool:
        if not isinstance(element, (Tensor, bool, int, float)):
            raise RuntimeError(
                f"Tensor.__contains__ only supports Tensor or scalar, but you passed in a {type(element)}."
            )
        return bool((self == element).any())

    # ---- showing, copying, pickling

    def __repr__(self) -> str:
        return printing.tensor_str(self)

    def __format__(self, spec: str) -> str:
        if self._array.ndim == 0:
            return format(self._array.item(), spec)
        return object.__format__(self, spec)

    def __deepcopy__(self, memo: dict) -> Tensor:
        if not self.is_leaf:
            raise RuntimeError(
                "Only Tensors created explicitly by the user (graph leaves) support the deepcopy protocol at the "
                "moment. If you were attempting to deepcopy a module, this may be because of a "
                "torch.nn.utils.weight_norm usage"
            )
        if id(self) not in memo:
            twin = object.__new__(type(self))
            storage = storage_of(self)  # copied once, whole, for all tensors that share it
            if id(storage) not in memo:
                memo[id(storage)] = Storage.over(storage.elements().copy())
            copied = memo[id(storage)]
            window = (self._array.shape, strides(self._array), self.storage_offset())
            fill(twin, copied.window(self._array.dtype, *window), copied)
            memo[id(self)] = twin
            if self._node is not None:
                twin.requires_grad_()
            if self.grad is not None:
                twin.grad = copy.deepcopy(self.grad, memo)
        return memo[id(self)]

    def __reduce_ex__(self, protocol: int) -> tuple:
        return rebuild, (type(self), devices.move(self._array, devices.CPU), str(self.device), self.requires_grad)


Tensor.__module__ = "tensorbook"


class PartOf:
    """What a view is a view of to which PyTorch refuses recorded writes. A view of one inherits this.

    Attributes:
        base: the tensor.
        mode: "no_grad" or "inference" for a view that was made unseen by autograd; "" for one of several that an
            operation made together (split, unbind).
    """

    __slots__ = ("base", "mode")

    def __init__(self, base: Tensor, mode: str = ""):
        self.base, self.mode = base, mode


def unseen(view: Tensor) -> None:
    """Note that a view was made while nothing was recorded. Of a base that has a history it is a leaf of its own."""
    if view._view_of.__class__ is not PartOf:
        view._view_of = PartOf(view._view_of, "inference" if grad_mode.inference else "no_grad")
    if view._view_of.base._node is not None and view._node is None:
        view._node = AccumulateGrad(view)


new_tensor = type.__call__.__get__(Tensor)  # C-level: no Python function between a caller and the object


def fill(tensor: Tensor, array: np.ndarray, storage: Storage | None = None) -> Tensor:
    tensor._array, tensor._node, tensor._storage, tensor._view_of = array, None, storage, None
    return tensor


def make(array: np.ndarray, storage: Storage | None = None) -> Tensor:
    """A new leaf tensor over an array: its own memory, or a given storage's."""
    tensor = fill(new_tensor(), array, storage)
    if grad_mode.inferring and storage is None:
        unwatched(tensor)
    return tensor


def unwatched(tensor: Tensor) -> None:
    """If this thread is in inference mode, have the new tensor say so."""
    if grad_mode.inference:
        tensor._storage = InferenceStorage.over(tensor._array)


def storage_of(tensor: Tensor) -> Storage:
    """The tensor's storage, made now if nobody asked before."""
    if tensor._storage is None:
        tensor._storage = Storage.over(tensor._array)
    return tensor._storage


def strides(array: np.ndarray) -> tuple[int, ...]:
    """Strides in elements. An array without elements gets those that it would have with lengths of at least 1."""
    if array.size:
        size = array.itemsize
        return tuple([s // size for s in array.strides])
    return contiguous_strides(array.shape)


def contiguous_strides(shape: tuple[int, ...]) -> tuple[int, ...]:
    """The strides of rows after rows: the last dimension's neighbours lie next to each other.

    >>> contiguous_strides((2, 3, 4))
    (12, 4, 1)
    """
    steps, step = [], 1
    for n in reversed(shape):
        steps.append(step)
        step *= max(n, 1)
    return tuple(reversed(steps))


def rebuild(cls: type, array: np.ndarray, device: str, requires_grad: bool) -> Tensor:
    """What unpickling calls."""
    array = array.view(dtypes.from_numpy_dtype(array.dtype).numpy)  # unpickling makes a dtype of its own
    tensor = fill(object.__new__(cls), devices.move(array, devices.resolve(device)))
    return tensor.requires_grad_(requires_grad)


def bring_back_leaf(node: AccumulateGrad) -> Tensor:
    tensor = make(node.array, node.storage)
    tensor._node = node
    node.leaf = weakref.ref(tensor)
    return tensor


AccumulateGrad.rebuild = bring_back_leaf
