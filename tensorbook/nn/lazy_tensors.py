"""Parameters and buffers whose shape is not known yet, for the layers in modules/lazy.py."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from .. import devices, dtypes
from ..ops.creation import empty
from ..tensor import Tensor, fill, storage_of


class Uninitialized(Tensor):
    """A tensor without shape or memory. Whatever asks for either is told why there is none."""

    becomes: type = Tensor

    def __new__(cls, requires_grad: bool = False, device: object = None, dtype: dtypes.dtype | None = None) -> Tensor:
        self = object.__new__(cls)
        self._node = self._storage = self._view_of = None
        self.kind, self.place = dtype or dtypes.get_default_dtype(), devices.resolve(device)
        self.wants_gradient = requires_grad
        return self

    def materialize(self, shape: Sequence[int], device: object = None, dtype: dtypes.dtype | None = None) -> None:
        """Give it a shape, and memory that is not filled. The object stays the same."""
        whole = empty(tuple(shape), device=device or self.place, dtype=dtype or self.kind)
        wanted = self.wants_gradient
        self.__class__ = self.becomes
        for name in ("kind", "place", "wants_gradient"):
            del self.__dict__[name]
        fill(self, whole._array, storage_of(whole)).requires_grad_(wanted)

    def follow(self, change: Callable[[Tensor], Tensor]) -> None:
        """Take on the dtype and device that a module is changed to."""
        changed = change(empty(0, dtype=self.kind, device=self.place))
        self.kind, self.place = changed.dtype, changed.device

    @property
    def _array(self) -> object:
        raise ValueError(
            "Attempted to use an uninitialized parameter. This error happens when you are using a `LazyModule` or "
            f"explicitly manipulating `torch.nn.parameter.{type(self).__name__}` objects. When using LazyModules Call "
            "`forward` with a dummy batch to initialize the parameters before calling torch functions"
        )

    @property
    def shape(self) -> tuple:
        raise RuntimeError(
            "Can't access the shape of an uninitialized parameter or buffer. This error usually happens in "
            "`load_state_dict` when trying to load an uninitialized parameter into an initialized one. Call `forward` "
            "to initialize the parameters before accessing their attributes."
        )

    @property
    def dtype(self) -> dtypes.dtype:
        return self.kind

    @property
    def device(self) -> devices.device:
        return self.place

    @property
    def requires_grad(self) -> bool:
        return self.wants_gradient

    @requires_grad.setter
    def requires_grad(self, wanted: bool) -> None:
        self.wants_gradient = wanted

    def requires_grad_(self, requires_grad: bool = True) -> Tensor:
        self.wants_gradient = requires_grad
        return self

    def is_floating_point(self) -> bool:
        return self.kind.is_floating_point

    def detach(self) -> Tensor:
        return self

    def __deepcopy__(self, memo: dict) -> Tensor:
        if id(self) not in memo:
            memo[id(self)] = type(self)(requires_grad=self.wants_gradient, device=self.place, dtype=self.kind)
        return memo[id(self)]

    def __repr__(self, **_: object) -> str:
        return f"<{type(self).__name__}>"


def is_lazy(x: object) -> bool:
    """Whether it waits for its shape."""
    return isinstance(x, Uninitialized)
