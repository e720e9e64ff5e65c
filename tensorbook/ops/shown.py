"""What PyTorch calls the things that a node keeps, where it calls them otherwise than the entry here.

An entry's tensors and plain values are shown as `node._saved_NAME` by themselves. For the nodes in this table some have
another name, some follow from others, and some (`HIDDEN`) are this library's own affair.
"""

from __future__ import annotations

import math
from collections.abc import Callable


def _inner(node: object) -> int:
    """For a product of matrices the length that both have in common, from whichever is kept."""
    return node.unpack("mat2").shape[0] if hasattr(node, "mat2_version") else node.unpack("self").shape[1]


def _count(node: object) -> int:
    return math.prod(node.self_shape_)


ALPHA = {"alpha": lambda node: getattr(node, "alpha_", 1)}  # which the entry without one does not keep

# node -> PyTorch's name -> the name here, or a function of the node
SHOWN: dict[str, dict[str, str | Callable]] = {
    **dict.fromkeys(("AddBackward0", "SubBackward0", "RsubBackward0", "RsubBackward1"), ALPHA),
    "HardtanhBackward0": {"min_val": "low", "max_val": "high"},
    "LinalgCholeskyExBackward0": {"L": "result"},
    "LinalgDetBackward0": {"A": "self"},
    "LinalgLstsqBackward0": {"b": "B"},
    "LinalgInvExBackward0": {"inverse": "result"},
    "LinalgSolveExBackward0": {"A": "self", "left": lambda node: True},
    "MeanBackward0": {"self_sym_numel": _count},
    "MeanBackward1": {"self_sym_numel": _count},
    "MmBackward0": {
        "self_sym_sizes": lambda node: (node.shape[0], _inner(node)),
        "mat2_sym_sizes": lambda node: (_inner(node), node.shape[1]),
    },
    "MaxUnpool2DBackward0": {"indices": "index"},
    "MaxUnpool3DBackward0": {"indices": "index"},
    "PixelShuffleBackward0": {"upscale_factor": "factor"},
    "PixelUnshuffleBackward0": {"downscale_factor": "factor"},
    "PowBackward2": {"self": "base"},
    "WhereBackward0": {"condition": "mask"},
}

HIDDEN: dict[str, set[str]] = {
    "AsStridedBackward0": {"own"},
    "ClampBackward0": {"above", "below"},
    "BlockDiagBackward0": {"dim"},
    "CopyBackwards": {"place", "source"},
    "LinalgLstsqBackward0": {"tolerance"},
    "LinalgSolveExBackward0": {"vector"},
    "NansumBackward0": {"self_shape"},
    "ScatterAddBackward0": {"src_shape"},
    "ScatterBackward0": {"src_shape"},
}
