"""A StrideExplorer or a StorageMap that shows the tensor behind the node that is picked in a graph."""

from __future__ import annotations

import re
import weakref
from collections.abc import Mapping
from typing import Any

from .storage_map import StorageMap
from .stride_explorer import StrideExplorer


class Linked:
    """Which tensor a node's key means; held weakly, so that the graph stays free to go.

    A leaf and data mean themselves, an operation the variable that holds its result.

    Raises TypeError where `widget` is neither of the two.
    """

    def __init__(self, widget: Any, output: Any, names: Mapping[str, Any]) -> None:
        if not isinstance(widget, (StrideExplorer, StorageMap)):
            raise TypeError(f"link takes a StrideExplorer or a StorageMap; it was given a {type(widget).__name__}")
        self.widget = widget
        self.tensors = {name: weakref.ref(tensor) for name, tensor in names.items()}
        if not any(tensor is output for tensor in names.values()):
            self.tensors["output"] = weakref.ref(output)

    def point(self, name: str) -> bool:
        """Show the tensor of this name; False where there is none, or it is gone."""
        tensor = self.tensors.get(name, lambda: None)()
        if tensor is None:
            return False
        self.widget.point(tensor, re.sub(r"\W+", "_", name).strip("_") or "x")
        return True
