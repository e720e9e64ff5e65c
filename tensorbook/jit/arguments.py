"""The types that a scripted function declares, and whether what it is called with has them.

What has no annotation is a Tensor.
"""

from __future__ import annotations

import inspect
import types
import typing
from collections.abc import Callable

from ..devices import device
from ..dtypes import dtype
from ..size import Size
from ..tensor import Tensor

SIMPLE = (Tensor, float, int, bool, str, complex, device, dtype, Size, list, dict, tuple, type(None))


class Arguments:
    """What a function takes.

    Args:
        fn: the function, or a method's function, whose `self` is then left out.

    Raises RuntimeError for an unknown type, and for a default that has not the declared type.
    """

    def __init__(self, fn: Callable):
        self.name = fn.__name__
        hints = typing.get_type_hints(fn)
        parameters = [p for p in inspect.signature(fn).parameters.values() if p.name != "self"]
        self.signature = inspect.Signature(parameters)
        self.declared = {p.name: hints.get(p.name, Tensor) for p in parameters}
        self.inferred = {p.name for p in parameters if p.name not in hints}
        for parameter in parameters:
            self._check_declaration(parameter)

    def _check_declaration(self, parameter: inspect.Parameter) -> None:
        name, kind, default = parameter.name, self.declared[parameter.name], parameter.default
        if not known(kind):
            raise RuntimeError(f"Unknown type name '{shown(kind)}' for parameter \"{name}\" of {self.name}()")
        if isinstance(default, (list, dict, set)):
            raise RuntimeError(
                "Mutable default parameters are not supported because Python binds them to the function and they "
                f"persist across function calls. Make the default None. Found {type(default)} on parameter {name}"
            )
        if default is not parameter.empty and not fits(default, kind):
            raise RuntimeError(f'Expected a default value of type {self._shown(name)} on parameter "{name}"')

    def _shown(self, name: str) -> str:
        return "Tensor (inferred)" if name in self.inferred else shown(self.declared[name])

    def check(self, args: tuple, kwargs: dict) -> None:
        """RuntimeError unless a call has these arguments, of these types."""
        try:
            given = self.signature.bind(*args, **kwargs).arguments
        except TypeError as error:
            raise RuntimeError(f"{self.name}() {error}. Declaration: {self}") from None
        for position, (name, value) in enumerate(given.items()):
            if not fits(value, self.declared[name]):
                inferred = (
                    f"\nInferred '{name}' to be of type 'Tensor' because it was not annotated with an explicit type."
                    if name in self.inferred
                    else ""
                )
                raise RuntimeError(
                    f"{self.name}() Expected a value of type '{self._shown(name)}' for argument '{name}' but instead "
                    f"found type '{type(value).__name__}'.{inferred}\nPosition: {position}\nValue: {value!r}\n"
                    f"Declaration: {self}"
                )

    def __str__(self) -> str:
        return f"{self.name}({', '.join(f'{shown(kind)} {name}' for name, kind in self.declared.items())})"


def known(kind: object) -> bool:
    """Whether TorchScript has such a type."""
    if kind is typing.Any or kind in SIMPLE or kind is ...:
        return True
    return typing.get_origin(kind) in (list, tuple, dict, typing.Union, types.UnionType) and all(
        known(part) for part in typing.get_args(kind)
    )


def fits(value: object, kind: object) -> bool:
    """Whether a value can be passed as a type: PyTorch lets an int be a float, a 0-d tensor a number, None a Tensor."""
    origin, parts = typing.get_origin(kind), typing.get_args(kind)
    if origin in (typing.Union, types.UnionType):
        return any(fits(value, part) for part in parts)
    if origin is list:
        return isinstance(value, (list, tuple)) and all(fits(item, parts[0]) for item in value)
    if origin is tuple:
        wanted = parts[:1] * len(value) if parts[-1] is ... and isinstance(value, tuple) else parts
        return isinstance(value, tuple) and len(value) == len(wanted) and all(map(fits, value, wanted))
    if origin is dict:
        return isinstance(value, dict) and all(fits(k, parts[0]) and fits(v, parts[1]) for k, v in value.items())
    if kind is typing.Any or (kind is Tensor and value is None):
        return True
    if kind in (float, int, bool) and isinstance(value, Tensor):
        return value.dim() == 0
    wider = {float: (int, float), bool: (bool, int), dtype: (dtype, int), device: (device, str), Size: (tuple, list)}
    return isinstance(value, wider.get(kind, kind))


def shown(kind: object) -> str:
    """A type's name, as one writes it."""
    if isinstance(kind, type) and not typing.get_args(kind):
        return kind.__name__
    return str(kind).replace("typing.", "").replace("tensorbook.", "")
