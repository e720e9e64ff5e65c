"""Tuples, lists and dicts of tensors, nested as one likes, taken apart into their leaves and put together again."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator

LEAF = "*"


def flatten(tree: object) -> tuple[list, object]:
    """The leaves in order, and the structure: LEAF, or (type, keys, structures of the parts).

    >>> flatten({"a": 1, "b": (2, 3)})[0]
    [1, 2, 3]
    """
    leaves: list = []
    return leaves, _take(tree, leaves)


def _take(tree: object, leaves: list) -> object:
    parts = _parts(tree)
    if parts is None:
        leaves.append(tree)
        return LEAF
    keys, values = parts
    return type(tree), keys, tuple([_take(v, leaves) for v in values])


def _parts(tree: object) -> tuple | None:
    """Keys and values of a container; None for a leaf."""
    if type(tree) in (dict, OrderedDict):
        return tuple(tree), tuple(tree.values())
    if type(tree) in (tuple, list) or _named(type(tree)):
        return None, tuple(tree)
    return None


def _named(kind: type) -> bool:
    return issubclass(kind, tuple) and hasattr(kind, "_fields")


def unflatten(leaves: list, structure: object) -> object:
    """The same structure with other leaves."""
    return _build(iter(leaves), structure)


def _build(leaves: Iterator, structure: object) -> object:
    if structure == LEAF:
        return next(leaves)
    kind, keys, parts = structure
    built = [_build(leaves, p) for p in parts]
    if keys is not None:
        return kind(zip(keys, built, strict=True))
    return kind(*built) if _named(kind) else kind(built)


def tree_map(function: Callable, tree: object) -> object:
    """The function of every leaf."""
    leaves, structure = flatten(tree)
    return unflatten([function(leaf) for leaf in leaves], structure)


def spread(prefix: object, structure: object) -> list | None:
    """One value for each leaf of a structure, where `prefix` is one value, or a structure that follows it from the
    outside in and stops early. None where it does not fit.

    >>> spread((0, None), flatten(([1, 2], 3))[1])
    [0, 0, None]
    """
    parts = _parts(prefix)
    if structure == LEAF:
        return [prefix] if parts is None else None
    kind, keys, below = structure
    if parts is None:
        pieces = [spread(prefix, b) for b in below]
    elif type(prefix) is not kind or parts[0] != keys or len(parts[1]) != len(below):
        return None
    else:
        pieces = [spread(p, b) for p, b in zip(parts[1], below, strict=True)]
    return None if any(p is None for p in pieces) else [value for piece in pieces for value in piece]
