"""Collections of parameters that a module can own."""

from __future__ import annotations

import operator
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping

from ...tensor import Tensor
from ..parameter import Parameter
from .module import Module


def _line(key: object, value: object, type_name: object) -> str:
    if not isinstance(value, Parameter):
        return f"  ({key}): Object of type: {type(value).__name__}"
    place = f" ({value.device})" if value.is_cuda else ""
    return f"  ({key}): Parameter containing: [{type_name} of size {'x'.join(map(str, value.shape))}{place}]"


class ParameterList(Module):
    """A list whose parameters belong to the module that owns it. Tensors put into it become parameters.

    >>> import tensorbook as torch
    >>> torch.nn.ParameterList([torch.zeros(2, 3)])
    ParameterList(  (0): Parameter containing: [torch.float32 of size 2x3])
    """

    def __init__(self, values: Iterable[object] | None = None):
        super().__init__()
        self._size = 0
        if values is not None:
            self += values

    def _name_at(self, index: int) -> str:
        index = operator.index(index)
        if not -len(self) <= index < len(self):
            raise IndexError(f"index {index} is out of range")
        return str(index + len(self) if index < 0 else index)

    def __getitem__(self, index: int | slice) -> object:
        if isinstance(index, slice):
            return type(self)([self[i] for i in range(len(self))[index]])
        return getattr(self, self._name_at(index))

    def __setitem__(self, index: int, value: object) -> None:
        if isinstance(value, Tensor) and not isinstance(value, Parameter):
            value = Parameter(value)
        setattr(self, self._name_at(index), value)

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[object]:
        return iter(self[i] for i in range(len(self)))

    def __iadd__(self, values: Iterable[object]) -> ParameterList:
        return self.extend(values)

    def __dir__(self) -> list[str]:
        return [name for name in super().__dir__() if not name.isdigit()]

    def append(self, value: object) -> ParameterList:
        """Add one at the end."""
        self._size += 1
        self[self._size - 1] = value
        return self

    def extend(self, values: Iterable[object]) -> ParameterList:
        """Add several at the end."""
        if not isinstance(values, Iterable) or isinstance(values, Tensor):
            raise TypeError(f"ParameterList.extend should be called with an iterable, but got {type(values).__name__}")
        for value in list(values):
            self.append(value)
        return self

    def extra_repr(self) -> str:
        return "\n".join(_line(i, value, getattr(value, "dtype", "")) for i, value in enumerate(self))

    def __call__(self, *args: object, **kwargs: object) -> object:
        raise RuntimeError("ParameterList should not be called.")


class ParameterDict(Module):
    """A dict whose parameters belong to the module that owns it. Tensors put into it become parameters.

    >>> import tensorbook as torch
    >>> torch.nn.ParameterDict({"a": torch.zeros(2, 3)})
    ParameterDict(  (a): Parameter containing: [torch.FloatTensor of size 2x3])
    """

    def __init__(self, parameters: Mapping[str, object] | Iterable[tuple[str, object]] | None = None):
        super().__init__()
        self._keys: dict[str, None] = {}
        if parameters is not None:
            self.update(parameters)

    def __getitem__(self, key: str) -> object:
        return getattr(self, str(key))

    def __setitem__(self, key: str, value: object) -> None:
        self._keys[key] = None
        if isinstance(value, Tensor) and not isinstance(value, Parameter):
            value = Parameter(value)
        setattr(self, str(key), value)

    def __delitem__(self, key: str) -> None:
        del self._keys[key]
        delattr(self, str(key))

    def __len__(self) -> int:
        return len(self._keys)

    def __iter__(self) -> Iterator[str]:
        return iter(self._keys)

    def __reversed__(self) -> Iterator[str]:
        return reversed(list(self._keys))

    def __contains__(self, key: str) -> bool:
        return key in self._keys

    def copy(self) -> ParameterDict:
        """Another dict with the same parameters."""
        return ParameterDict(self.items())

    def setdefault(self, key: str, default: object = None) -> object:
        """The value of a key, which is set first where it is missing."""
        if key not in self:
            self[key] = default
        return self[key]

    def get(self, key: str, default: object = None) -> object:
        """The value of a key, or the default."""
        return self[key] if key in self._keys else default

    def fromkeys(self, keys: Iterable[str], default: object = None) -> ParameterDict:
        """A new dict with these keys and one value for all."""
        return ParameterDict((key, default) for key in keys)

    def clear(self) -> None:
        """Take all out."""
        for key in list(self):
            del self[key]

    def pop(self, key: str) -> object:
        """Take one out, and give it."""
        value = self[key]
        del self[key]
        return value

    def popitem(self) -> tuple[str, object]:
        """Take the last one out, and give it with its key."""
        key = list(self)[-1]
        return key, self.pop(key)

    def keys(self) -> Iterable[str]:
        """The keys."""
        return self._keys.keys()

    def values(self) -> Iterable[object]:
        """The values."""
        return (self[key] for key in self)

    def items(self) -> Iterable[tuple[str, object]]:
        """Keys and values."""
        return ((key, self[key]) for key in self)

    def update(self, parameters: Mapping[str, object] | Iterable[tuple[str, object]]) -> None:
        """Add several, from a mapping or from pairs."""
        if not isinstance(parameters, Iterable):
            raise TypeError(
                "ParametersDict.update should be called with an iterable of key/value pairs, "
                f"but got {type(parameters).__name__}"
            )
        pairs = parameters
        if isinstance(parameters, (OrderedDict, ParameterDict)):
            pairs = parameters.items()
        elif isinstance(parameters, Mapping):
            pairs = sorted(parameters.items())
        for i, pair in enumerate(pairs):
            if not isinstance(pair, Iterable):
                raise TypeError(
                    f"ParameterDict update sequence element #{i} should be Iterable; is {type(pair).__name__}"
                )
            pair = list(pair)
            if len(pair) != 2:
                raise ValueError(f"ParameterDict update sequence element #{i} has length {len(pair)}; 2 is required")
            self[pair[0]] = pair[1]

    def __or__(self, other: ParameterDict) -> ParameterDict:
        merged = self.copy()
        merged.update(other)
        return merged

    def __ror__(self, other: ParameterDict) -> ParameterDict:
        merged = other.copy()
        merged.update(self)
        return merged

    def __ior__(self, other: ParameterDict) -> ParameterDict:
        self.update(other)
        return self

    def extra_repr(self) -> str:
        return "\n".join(_line(key, v, v.type() if isinstance(v, Tensor) else "") for key, v in self.items())

    def __call__(self, input: object) -> object:
        raise RuntimeError("ParameterDict should not be called.")
