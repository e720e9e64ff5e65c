"""What functions with several results return: tuples whose parts have names, and which print as PyTorch's do."""

from __future__ import annotations

from collections import namedtuple

TYPES: dict[str, type] = {}  # all that have been named: torch.return_types


def named(name: str, fields: str = "values indices") -> type:
    """A type of named results: `torch.return_types.NAME`.

    >>> pair = named("max")
    >>> pair(3, 0)
    torch.return_types.max(
    values=3,
    indices=0)
    """
    if name in TYPES:
        return TYPES[name]
    cls = TYPES[name] = namedtuple(name, fields)
    cls.__repr__ = lambda self: (
        f"torch.return_types.{name}(\n" + ",\n".join(f"{f}={getattr(self, f)!r}" for f in self._fields) + ")"
    )
    cls.__module__ = "tensorbook.return_types"
    return cls
