"""What PyTorch calls the things that a node keeps, where it calls them otherwise than the entry here.

An entry's tensors and plain values are shown as `node._saved_NAME` by themselves. For the nodes in this table some have
another name, some follow from others, and some (`HIDDEN`) are this library's own affair.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from ..graph import AccumulateGrad, Edge, Node
from ..tensor import contiguous_strides


def _layout(edge: Edge | Node) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Sizes and strides of what an edge comes from: a result is taken to lie in order."""
    node, output = (edge.node, edge.index) if edge.__class__ is Edge else (edge, 0)
    if isinstance(node, AccumulateGrad):
        return node.shape, tuple([step // node.array.itemsize for step in node.array.strides])
    if node.name() == "TBackward0":
        sizes, strides = _layout(node.edges[0])
        return sizes[::-1], strides[::-1]
    sizes = node.output_shapes()[output]
    return sizes, contiguous_strides(sizes)


def _sizes(node: Node) -> tuple[tuple[int, int], tuple[int, int]]:
    """The sizes of both factors of a product of matrices."""
    first, second = node.edges[-2:]
    common = _layout(first)[0][1] if first is not None else _layout(second)[0][0]
    return (node.shape[0], common), (common, node.shape[1])


def _strides(place: int, name: str) -> Callable:
    """The strides of a factor of which the gradient is wanted."""

    def strides(node: Node) -> tuple[int, ...]:
        if node.edges[place] is None:
            return ()
        kept = getattr(node, name + "_", None)
        return _layout(node.edges[place])[1] if kept is None else kept.stride()

    return strides


def _factors(first: str) -> dict[str, Callable]:
    return {
        f"{first}_sym_sizes": lambda node: _sizes(node)[0],
        f"{first}_sym_strides": _strides(-2, first),
        "mat2_sym_sizes": lambda node: _sizes(node)[1],
        "mat2_sym_strides": _strides(-1, "mat2"),
    }


def _count(node: Node) -> int:
    return math.prod(node.self_shape_)


def _batches(node: Node) -> int:
    """How many matrices there are on either side, from whichever side is kept."""
    return node.unpack("batch2" if hasattr(node, "batch2_version") else "batch1").shape[0]


def _given(name: str) -> Callable:
    """A tensor that may be left out, and then is a number here."""
    return lambda node: value if hasattr(value := getattr(node, name + "_"), "grad_fn") else None


def _parameter(name: str) -> Callable:
    """A weight that may be left out, and then has no dimensions here."""

    def shown(node: Node) -> object:
        tensor = node.unpack(name) if hasattr(node, name + "_version") else None
        return None if tensor is None or not tensor.dim() else tensor

    return shown


def _of_batch(part: int) -> Callable:
    """The batch's mean (0) or 1 / deviation (1), where those were used."""
    return lambda node: (node.known_[part] if node.training_ else node.known_[part][:0]).reshape(-1)


def _several(name: str) -> Callable:
    """One number, or none, as a tuple of them."""

    def shown(node: Node) -> tuple[int, ...]:
        value = getattr(node, name + "_")
        return () if value is None else value if isinstance(value, tuple) else (value,)

    return shown


def _total_weight(node: Node) -> object:
    """The weights of all targets together; 0 where nothing is added up."""
    return (node.share_ * (0 if node.each_ and node.shape else -1)).sum(keepdims=True).reshape(())


def _output_padding(node: Node) -> tuple[int, ...]:
    """By how much a transposed convolution's result is larger than what its windows reach."""
    if not node.transposed_:
        return (0,) * len(node.stride_)
    steps = zip(node.input_shape_[2:], node.weight_shape_[2:], node.stride_, node.padding_, node.dilation_, strict=True)
    reached = [(n - 1) * s + (k - 1) * d + 1 - 2 * p for n, k, s, p, d in steps]
    return tuple([n - r for n, r in zip(node.shape[2:], reached, strict=True)])


# How a window goes over an image is one value here and four there.
WINDOW = {
    "kernel_size": lambda node: node.window_.kernel, "stride": lambda node: node.window_.stride,
    "padding": lambda node: node.window_.padding, "dilation": lambda node: node.window_.dilation,
}  # fmt: skip
POOL = {"kernel_size": lambda node: node.window_.kernel, "padding": lambda node: node.window_.padding}
AVERAGE_POOL = {
    **POOL,
    "count_include_pad": lambda node: node.divisor_.count_padding,
    "divisor_override": lambda node: node.divisor_.fixed,
}
MAX_POOL = {**POOL, "dilation": lambda node: node.window_.dilation}
RESIZED = {"output_size": lambda node: node.shape[2:], "align_corners": lambda node: node.given_[0]}
SCALES = {
    1: {"scales": lambda node: node.given_[1]},
    2: {"scales_h": lambda node: node.given_[1], "scales_w": lambda node: node.given_[2]},
    3: {f"scales_{axis}": lambda node, i=i: node.given_[i] for i, axis in enumerate("dhw", 1)},
}
# Whole numbers that C++ takes for ones without a sign: PyTorch shows -1 as 18446744073709551615.
COUNTED = {"dim", "dim0", "dim1", "dim2", "dims", "dimension", "index", "start", "end", "offset"}
COUNTED |= {"diagonal", "ignore_index", "pad", "padding", "padding_idx"}
# Of what follows from what a node keeps: which are tensors, and which are tensors or None.
COMPUTED = {
    "L",
    "LU",
    "U",
    "bias",
    "buffer",
    "exponent",
    "max",
    "min",
    "pivots",
    "pos_weight",
    "result0",
    "result1",
    "result2",
}
COMPUTED |= {"logsumexp", "output", "sign", "solution", "total_weight", "weight"}
RUNNING = {"attn_mask", "running_mean", "running_var", "weight"}
READ = {
    "interpolation_mode": lambda node: node.how_.mode, "padding_mode": lambda node: node.how_.padding,
    "align_corners": lambda node: node.how_.align_corners,
}  # fmt: skip
ALPHA = {"alpha": lambda node: getattr(node, "alpha_", 1)}  # which the entry without one does not keep

# node -> PyTorch's name -> the name here, or a function of the node
SHOWN: dict[str, dict[str, str | Callable]] = {
    **dict.fromkeys(("AddBackward0", "SubBackward0", "RsubBackward0", "RsubBackward1"), ALPHA),
    "AddmmBackward0": _factors("mat1"),
    "AddbmmBackward0": {
        "batch1_sym_argsize_0": _batches,
        "batch1_sym_argsize_1": lambda node: node.shape[0],
        "batch2_sym_argsize_2": lambda node: node.shape[1],
    },
    "AdaptiveMaxPool2DBackward0": {"result1": "index"},
    "AdaptiveMaxPool3DBackward0": {"result1": "index"},
    "AvgPool2DBackward0": AVERAGE_POOL,
    "AvgPool3DBackward0": AVERAGE_POOL,
    "BinaryCrossEntropyBackward0": {"weight": _given("weight")},
    "BinaryCrossEntropyWithLogitsBackward0": {"weight": _given("weight"), "pos_weight": _given("pos_weight")},
    "Col2ImBackward0": WINDOW,
    "ConvolutionBackward0": {
        "bias_sym_sizes_opt": lambda node: node.bias_shape_ or (0,),
        "output_padding": _output_padding,
    },
    "EmbeddingBackward0": {
        "indices": "index",
        "padding_idx": "padding",
        "sparse": lambda node: False,
        "scale_grad_by_freq": lambda node: getattr(node, "by_frequency_", False),
        "weight_sym_argsize_0": lambda node: node.self_shape_[0],
    },
    "GridSampler2DBackward0": READ,
    "GridSampler3DBackward0": READ,
    "HardtanhBackward0": {"min_val": "low", "max_val": "high"},
    "Im2ColBackward0": {
        **WINDOW,
        "self_sym_argsize_minus_1": lambda node: node.self_shape_[-1],
        "self_sym_argsize_minus_2": lambda node: node.self_shape_[-2],
    },
    "LinalgLuFactorExBackward0": {"LU": "result"},
    "LogSigmoidBackward0": {"buffer": lambda node: (-node.unpack("self").detach().abs()).exp()},
    "LinalgCholeskyExBackward0": {"L": "result"},
    "LinalgDetBackward0": {"A": "self"},
    "LinalgLstsqBackward0": {"b": "B"},
    "LinalgInvExBackward0": {"inverse": "result"},
    "LinalgSolveExBackward0": {"A": "self"},
    "MeanBackward0": {"self_sym_numel": _count},
    "MeanBackward1": {"self_sym_numel": _count},
    "MmBackward0": _factors("self"),
    "MaxPool2DWithIndicesBackward0": MAX_POOL,
    "MaxPool3DWithIndicesBackward0": MAX_POOL,
    "MaxUnpool2DBackward0": {"indices": "index"},
    "MaxUnpool3DBackward0": {"indices": "index"},
    "NllLossBackward0": {"total_weight": _total_weight},
    "NllLoss2DBackward0": {"total_weight": _total_weight},
    "NativeBatchNormBackward0": {"weight": _parameter("weight"), "result1": _of_batch(0), "result2": _of_batch(1)},
    "NativeGroupNormBackward0": {
        "N": lambda node: node.shape[0],
        "C": lambda node: node.shape[1],
        "HxW": lambda node: math.prod(node.shape[2:]),
        "group": lambda node: node.shape_[1],
        "result1": lambda node: node.known_[0].reshape(node.shape_[:2]),
        "result2": lambda node: node.known_[1].reshape(node.shape_[:2]),
        "weight": _parameter("weight"),
    },
    "NativeLayerNormBackward0": {
        "normalized_shape": "place",
        "result1": lambda node: node.known_[0],
        "result2": lambda node: node.known_[1],
        "weight": _parameter("weight"),
        "bias": _parameter("bias"),
    },
    "NormBackward1": {"p": "ord"},
    "PixelShuffleBackward0": {"upscale_factor": "factor"},
    "PixelUnshuffleBackward0": {"downscale_factor": "factor"},
    "PowBackward2": {"self": "base"},
    **{f"{kind}Pad{d}DBackward0": {"padding": "given"} for kind in ("Reflection", "Replication") for d in (1, 2, 3)},
    **{
        f"Upsample{name}Backward0": {**RESIZED, **SCALES[int(name[-2])]}
        for name in ("Linear1D", "Bilinear2D", "Bicubic2D", "Trilinear3D")
    },
    **{
        f"Upsample{kind}{d}DBackward0": {"output_size": RESIZED["output_size"], **SCALES[d]}
        for kind in ("Nearest", "NearestExact")
        for d in (1, 2, 3)
    },
    "RreluWithNoiseBackward0": {"noise": "slopes"},
    "RreluWithNoiseBackward1": {"noise": "slopes"},
    "RollBackward0": {
        "shifts": lambda node: node.shifts_ if isinstance(node.shifts_, tuple) else (node.shifts_,),
        "dims": lambda node: (
            () if node.dims_ is None else node.dims_ if isinstance(node.dims_, tuple) else (node.dims_,)
        ),
    },
    "SelectScatterBackward0": {"index": "at"},
    "WhereBackward0": {"condition": "mask"},
}

# What is this library's own affair.
HIDDEN: dict[str, set[str]] = {
    **{node: {"lines", "given"} for node in SHOWN if node.startswith(("Reflection", "Replication", "Upsample"))},
    "AdaptiveAvgPool2DBackward0": {"lines", "given"},
    "AddmmBackward0": {"upright1", "upright2"},
    "AdaptiveAvgPool3DBackward0": {"lines", "given"},
    "AsStridedBackward0": {"own"},
    "AvgPool2DBackward0": {"window", "divisor"},
    "AvgPool3DBackward0": {"window", "divisor"},
    "ClampBackward0": {"above", "below"},
    "Col2ImBackward0": {"window"},
    "ConvolutionBackward0": {"bias_shape", "input_shape", "weight_shape"},
    "CopyBackwards": {"place", "source"},
    "EmbeddingBackward0": {"by_frequency", "self_shape"},
    "GridSampler2DBackward0": {"how"},
    "GridSampler3DBackward0": {"how"},
    "Im2ColBackward0": {"self_shape", "window"},
    "LinalgLstsqBackward0": {"tolerance"},
    "LinalgLuFactorExBackward0": {"P"},
    "RenormBackward0": {"dims"},
    "LinalgSolveExBackward0": {"vector"},
    "MaxPool2DWithIndicesBackward0": {"window", "winner"},
    "MaxPool3DWithIndicesBackward0": {"window", "winner"},
    "MmBackward0": {"upright1", "upright2"},
    "NansumBackward0": {"self_shape"},
    "NativeBatchNormBackward0": {"shape", "dims", "place", "known", "bias_shape", "rows", "wide"},
    "NativeGroupNormBackward0": {"shape", "dims", "place", "known", "bias_shape", "rows", "wide"},
    "NativeLayerNormBackward0": {"shape", "dims", "known", "eps", "rows", "wide"},
    "NllLossBackward0": {"index", "share", "total", "each"},
    "NllLoss2DBackward0": {"index", "share", "total", "each"},
    "ChannelShuffleBackward0": {"self_shape"},
    "ScaledDotProductFlashAttentionForCpuBackward0": {"added", "factor", "known"},
    "ScatterAddBackward0": {"src_shape"},
    "ScatterBackward0": {"src_shape"},
}
