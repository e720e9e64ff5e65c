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


def _batches(node: object) -> int:
    """How many matrices there are on either side, from whichever side is kept."""
    return node.unpack("batch2" if hasattr(node, "batch2_version") else "batch1").shape[0]


def _reduction(node: object) -> int:
    """Of a loss: 0 for none, 1 for mean, 2 for sum. Only the mean divides by how many there are."""
    return 1 if "self_shape" in node.plain_names else 0 if node.shape else 2


def _weight(name: str) -> Callable:
    """A loss without weights keeps a factor of 1."""
    return lambda node: None if getattr(node, name).__class__ is float else getattr(node, name)


def _total_weight(node: object) -> object:
    return (-node.share_.sum() if node.asked_.reduction else node.share_.dtype.type(0))[...]  # an array


# How a window goes over an image is one value here and four there.
WINDOW = {
    "kernel_size": lambda node: node.window_.kernel, "stride": lambda node: node.window_.stride,
    "padding": lambda node: node.window_.padding, "dilation": lambda node: node.window_.dilation,
}  # fmt: skip
REDUCED = {"reduction": _reduction}
PICKED = {
    "target": lambda node: node.asked_.target,
    "weight": lambda node: node.asked_.weight,
    "ignore_index": lambda node: node.asked_.ignore_index % 2**64,  # shown there without its sign
    "reduction": lambda node: node.asked_.reduction,
    "total_weight": _total_weight,
}
ALPHA = {"alpha": lambda node: getattr(node, "alpha_", 1)}  # which the entry without one does not keep

# node -> PyTorch's name -> the name here, or a function of the node
SHOWN: dict[str, dict[str, str | Callable]] = {
    **dict.fromkeys(("AddBackward0", "SubBackward0", "RsubBackward0", "RsubBackward1"), ALPHA),
    **dict.fromkeys(
        ("HuberLossBackward0", "MseLossBackward0", "SmoothL1LossBackward0", "SoftMarginLossBackward0"), REDUCED
    ),
    **dict.fromkeys(("NllLossBackward0", "NllLoss2DBackward0"), PICKED),
    "BinaryCrossEntropyBackward0": {**REDUCED, "weight": _weight("weight_")},
    "BinaryCrossEntropyWithLogitsBackward0": {
        **REDUCED,
        "weight": _weight("weight_"),
        "pos_weight": _weight("pos_weight_"),
    },
    "AddbmmBackward0": {
        "batch1_sym_argsize_0": _batches,
        "batch1_sym_argsize_1": lambda node: node.shape[0],
        "batch2_sym_argsize_2": lambda node: node.shape[1],
    },
    "Col2ImBackward0": WINDOW,
    "EmbeddingBackward0": {
        "indices": "index",
        "padding_idx": "padding",
        "sparse": lambda node: False,
        "scale_grad_by_freq": lambda node: getattr(node, "by_frequency_", False),
        "weight_sym_argsize_0": lambda node: node.self_shape_[0],
    },
    "HardtanhBackward0": {"min_val": "low", "max_val": "high"},
    "Im2ColBackward0": {
        **WINDOW,
        "self_sym_argsize_minus_1": lambda node: node.self_shape_[-1],
        "self_sym_argsize_minus_2": lambda node: node.self_shape_[-2],
    },
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
    "NormBackward1": {"p": "ord"},
    "PixelShuffleBackward0": {"upscale_factor": "factor"},
    "PixelUnshuffleBackward0": {"downscale_factor": "factor"},
    "PowBackward2": {"self": "base"},
    "SafeSoftmaxBackward0": {"dim": lambda node: 2**64 - 1},  # the last, as it is shown there
    "WhereBackward0": {"condition": "mask"},
}

OF_CLASSES = {"asked", "index", "self_shape", "share", "total"}
HIDDEN: dict[str, set[str]] = {
    "AsStridedBackward0": {"own"},
    "ClampBackward0": {"above", "below"},
    "BinaryCrossEntropyBackward0": {"self_shape"},
    "BinaryCrossEntropyWithLogitsBackward0": {"self_shape"},
    "BlockDiagBackward0": {"dim"},
    "Col2ImBackward0": {"window"},
    "CopyBackwards": {"place", "source"},
    "EmbeddingBackward0": {"by_frequency", "self_shape"},
    "HuberLossBackward0": {"self_shape"},
    "Im2ColBackward0": {"self_shape", "window"},
    "LinalgLstsqBackward0": {"tolerance"},
    "LinalgSolveExBackward0": {"vector"},
    "MseLossBackward0": {"self_shape"},
    "NansumBackward0": {"self_shape"},
    "NllLossBackward0": OF_CLASSES,
    "NllLoss2DBackward0": OF_CLASSES,
    "ScatterAddBackward0": {"src_shape"},
    "ScatterBackward0": {"src_shape"},
    "SmoothL1LossBackward0": {"self_shape"},
    "SoftMarginLossBackward0": {"self_shape"},
}
