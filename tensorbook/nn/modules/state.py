"""What a module knows, by name: `state_dict()` and `load_state_dict()`.

https://pytorch.org/docs/stable/generated/torch.nn.Module.html#torch.nn.Module.state_dict
"""

from __future__ import annotations

import warnings
from collections import OrderedDict, namedtuple
from collections.abc import Callable, Iterator, Mapping

from ...autograd.grad_mode import no_grad
from ...graph import RemovableHandle
from ...tensor import Tensor
from ..parameter import Parameter
from .hooks import HookTable

EXTRA = "_extra_state"


class IncompatibleKeys(namedtuple("IncompatibleKeys", ["missing_keys", "unexpected_keys"])):
    """What load_state_dict found missing or too much."""

    __slots__ = ()

    def __repr__(self) -> str:
        return super().__repr__() if any(self) else "<All keys matched successfully>"

    __str__ = __repr__


IncompatibleKeys.__name__ = IncompatibleKeys.__qualname__ = "_IncompatibleKeys"


class Stateful:
    """The part of a Module that gives its parameters and buffers by name, and takes them again."""

    _version = 1

    def _make_state_tables(self) -> None:
        for name in ("_state_dict_pre_hooks", "_state_dict_hooks"):
            object.__setattr__(self, name, HookTable())
        for name in ("_load_state_dict_pre_hooks", "_load_state_dict_post_hooks"):
            object.__setattr__(self, name, HookTable())

    # ---- hooks

    def register_state_dict_pre_hook(self, hook: Callable) -> RemovableHandle:
        """Call hook(module, prefix, keep_vars) before the state is read."""
        return self._state_dict_pre_hooks.add(hook)

    def register_state_dict_post_hook(self, hook: Callable) -> RemovableHandle:
        """Call hook(module, state_dict, prefix, local_metadata) after it; it may change state_dict in place."""
        return self._state_dict_hooks.add(hook, public=True)

    def _register_state_dict_hook(self, hook: Callable) -> RemovableHandle:
        return self._state_dict_hooks.add(hook)

    def register_load_state_dict_pre_hook(self, hook: Callable) -> RemovableHandle:
        """Call hook(module, state_dict, prefix, local_metadata, strict, missing_keys, unexpected_keys, error_msgs)
        before the state is taken."""
        return self._load_state_dict_pre_hooks.add(hook, with_module=True)

    def _register_load_state_dict_pre_hook(self, hook: Callable, with_module: bool = False) -> RemovableHandle:
        return self._load_state_dict_pre_hooks.add(hook, with_module=with_module)

    def register_load_state_dict_post_hook(self, hook: Callable) -> RemovableHandle:
        """Call hook(module, incompatible_keys) afterwards; it may clear or extend the two lists in place."""
        return self._load_state_dict_post_hooks.add(hook)

    # ---- more than tensors

    def get_extra_state(self) -> object:
        """Whatever else is to be saved; for a subclass to define together with `set_extra_state`."""
        raise RuntimeError("Reached a code path in Module.get_extra_state() that should never be called.")

    def set_extra_state(self, state: object) -> None:
        """Take what get_extra_state gave."""
        raise RuntimeError("Reached a code path in Module.set_extra_state() that should never be called.")

    def _has(self, method: str) -> bool:
        return getattr(type(self), method) is not getattr(Stateful, method)

    def _own_state(self) -> Iterator[tuple[str, Tensor]]:
        """This module's own parameters and those of its buffers that are saved."""
        for name, param in self._parameters.items():
            if param is not None:
                yield name, param
        for name, buffer in self._buffers.items():
            if buffer is not None and name not in self._non_persistent_buffers_set:
                yield name, buffer

    # ---- giving

    def state_dict(
        self, *args: object, destination: OrderedDict | None = None, prefix: str = "", keep_vars: bool = False
    ) -> OrderedDict[str, Tensor]:
        """Parameters and buffers by name. They share memory with the module.

        Args:
            destination: a dict to put them into.
            prefix: what the names begin with.
            keep_vars: whether to give the parameters themselves; otherwise they are detached.

        >>> import tensorbook as torch
        >>> list(torch.nn.Sequential(torch.nn.Linear(2, 3)).state_dict())
        ['0.weight', '0.bias']
        """
        if args:
            warnings.warn(
                "Positional args are being deprecated, use kwargs instead. Refer to "
                "https://pytorch.org/docs/main/generated/torch.nn.Module.html#torch.nn.Module.state_dict for details.",
                FutureWarning,
                stacklevel=2,
            )
            given = dict(zip(("destination", "prefix", "keep_vars"), args, strict=False))
            destination = given.get("destination", destination)
            prefix, keep_vars = given.get("prefix", prefix), given.get("keep_vars", keep_vars)
        if destination is None:
            destination = OrderedDict()
            destination._metadata = OrderedDict()
        local_metadata = {"version": self._version}
        if hasattr(destination, "_metadata"):
            destination._metadata[prefix[:-1]] = local_metadata
        for hook in self._state_dict_pre_hooks.values():
            hook(self, prefix, keep_vars)
        self._save_to_state_dict(destination, prefix, keep_vars)
        for name, module in self._modules.items():
            if module is not None:
                module.state_dict(destination=destination, prefix=f"{prefix}{name}.", keep_vars=keep_vars)
        for number, hook in self._state_dict_hooks.items():
            found = hook(self, destination, prefix, local_metadata)
            if self._state_dict_hooks.has(number, "public"):
                if found is not None:
                    raise RuntimeError("state_dict post-hook must return None")
            elif found is not None:
                destination = found
        return destination

    def _save_to_state_dict(self, destination: dict, prefix: str, keep_vars: bool) -> None:
        for name, tensor in self._own_state():
            destination[prefix + name] = tensor if keep_vars else tensor.detach()
        if self._has("get_extra_state"):
            destination[prefix + EXTRA] = self.get_extra_state()

    # ---- taking

    def load_state_dict(
        self, state_dict: Mapping[str, object], strict: bool = True, assign: bool = False
    ) -> IncompatibleKeys:
        """Copy values into the parameters and buffers of the same names.

        Args:
            state_dict: what `state_dict()` of such a module gave.
            strict: whether missing and unexpected names are errors.
            assign: whether to take the tensors themselves instead of copying from them.

        Returns:
            The missing and the unexpected names.

        Raises:
            RuntimeError: for sizes that differ and, when strict, for missing and unexpected names; it lists them all.
                What does fit has been copied then.
        """
        if not isinstance(state_dict, Mapping):
            raise TypeError(f"Expected state_dict to be dict-like, got {type(state_dict)}.")
        metadata = getattr(state_dict, "_metadata", None)
        state_dict = OrderedDict(state_dict)
        if metadata is not None:
            state_dict._metadata = metadata
        missing, unexpected, errors = [], [], []

        def load(module: Stateful, part: Mapping, prefix: str) -> None:
            local = {} if metadata is None else metadata.get(prefix[:-1], {})
            if assign:
                local["assign_to_params_buffers"] = True
            module._load_from_state_dict(part, prefix, local, True, missing, unexpected, errors)
            for name, child in module._modules.items():
                if child is not None:
                    start = f"{prefix}{name}."
                    load(child, {k: v for k, v in part.items() if k.startswith(start)}, start)
            for hook in module._load_state_dict_post_hooks.values():
                found = hook(module, IncompatibleKeys(missing, unexpected))
                assert found is None, (
                    "Hooks registered with ``register_load_state_dict_post_hook`` are not expected to return new "
                    "values, if incompatible_keys need to be modified, it should be done inplace."
                )

        load(self, state_dict, "")
        if strict:
            lists = ("Missing", missing), ("Unexpected", unexpected)
            told = [f"{what} key(s) in state_dict: {', '.join(map(_quoted, keys))}. " for what, keys in lists if keys]
            errors = [*told, *errors]
        if errors:
            raise RuntimeError(f"Error(s) in loading state_dict for {type(self).__name__}:\n\t" + "\n\t".join(errors))
        return IncompatibleKeys(missing, unexpected)

    def _load_from_state_dict(
        self,
        state_dict: Mapping,
        prefix: str,
        local_metadata: dict,
        strict: bool,
        missing_keys: list[str],
        unexpected_keys: list[str],
        error_msgs: list[str],
    ) -> None:
        """Take this module's own tensors, without those of the modules within. A subclass may read older forms."""
        for number, hook in self._load_state_dict_pre_hooks.items():
            of = (self,) if self._load_state_dict_pre_hooks.has(number, "with_module") else ()
            hook(*of, state_dict, prefix, local_metadata, strict, missing_keys, unexpected_keys, error_msgs)
        own = dict(self._own_state())
        assign = local_metadata.get("assign_to_params_buffers", False)
        for name, tensor in own.items():
            key = prefix + name
            if key in state_dict:
                problem = self._take(name, tensor, state_dict[key], key, assign)
                error_msgs += [problem] if problem else []
            elif strict:
                missing_keys.append(key)
        extra = prefix + EXTRA
        if self._has("set_extra_state"):
            if extra in state_dict:
                self.set_extra_state(state_dict[extra])
            elif strict:
                missing_keys.append(extra)
        elif strict and extra in state_dict:
            unexpected_keys.append(extra)
        if strict:
            for key in state_dict:
                if key.startswith(prefix) and key != extra:
                    first, _, rest = key[len(prefix) :].partition(".")
                    if first not in (self._modules if rest else own):
                        unexpected_keys.append(key)

    def _take(self, name: str, tensor: Tensor, given: object, key: str, assign: bool) -> str:
        """Put a given value in the place of one of this module's tensors. Says what was wrong, if anything."""
        if not isinstance(given, Tensor):
            return (
                f"While copying the parameter named {_quoted(key)}, expected torch.Tensor or Tensor-like object from "
                f"checkpoint but received {type(given)}"
            )
        if tensor.dim() == 0 and given.dim() == 1 and len(given) == 1:
            given = given[0]  # the form of PyTorch 0.3
        if given.shape != tensor.shape:
            return (
                f"size mismatch for {key}: copying a param with shape {given.shape} from checkpoint, "
                f"the shape in current model is {tensor.shape}."
            )
        try:
            with no_grad():
                if not assign:
                    tensor.copy_(given)
                elif not isinstance(tensor, Parameter):
                    setattr(self, name, given)
                elif isinstance(given, Parameter):
                    setattr(self, name, given.requires_grad_(tensor.requires_grad))
                else:
                    setattr(self, name, Parameter(given, requires_grad=tensor.requires_grad))
        except Exception as error:
            return (
                f"While copying the parameter named {_quoted(key)}, whose dimensions in the model are {tensor.size()} "
                f"and whose dimensions in the checkpoint are {given.size()}, an exception occurred : {error.args}."
            )
        return ""


def _quoted(key: str) -> str:
    return f'"{key}"'
