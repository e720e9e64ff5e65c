"""What kind of memory a tensor lies in: `torch.layout`."""

from __future__ import annotations


class layout:
    """There is one, `torch.strided`: a row of numbers that is walked by steps."""

    __slots__ = ("name",)

    def __init__(self, name: str):
        self.name = name

    def __repr__(self) -> str:
        return f"torch.{self.name}"

    def __reduce__(self) -> str:
        return self.name


layout.__module__ = "tensorbook"
strided = layout("strided")
