"""`torch.autograd.graph`: the names of the graph's parts."""

from ..graph import Node, RemovableHandle

__all__ = ["Node", "RemovableHandle"]
