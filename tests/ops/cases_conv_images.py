"""Padding, resizing, patches and pixels, in their uses that differ (see cases.py)."""

from typing import Any

import numpy as np

from tests.ops.cases import bools, case, given, ints, normal
from tests.ops.cases_nn import use

# Padding

for pad in [(1, 2), (0, 0), (-1, 2), (-1, -1), (1, 1, 2, 0), (0, -1, 1, 0), (1, 0, 0, 2, 1, 1), (-3, -1)]:
    case(f"pad {pad}", use("pad", pad), normal(2, 3, 4))
case("pad by a value", use("pad", (1, 1), value=2.5), normal(2, 3))
case("pad by a value by position", use("pad", [1, 1], "constant", -1), normal(2, 3))
case("pad to the left only", use("pad", (-2, -2)), normal(2, 4))
case("pad beyond all", use("pad", (-3, -3)), normal(2, 4))
case("pad of whole numbers", use("pad", (1, 2), value=7), ints(2, 3))
case("pad of whole numbers by a broken value", use("pad", (1, 2), value=2.7), ints(2, 3))
case("pad of booleans", use("pad", (1, 2), value=True), bools(2, 3))
case("pad of a number", use("pad", (1, 1)), normal())
case("pad of nothing", use("pad", (1, 1)), normal(2, 0))
case("pad odd", use("pad", (1,)), normal(2, 3))
case("pad too many dims", use("pad", (1,) * 8), normal(1, 2, 3))
case("pad by another mode", use("pad", (1, 2), mode="foo"), normal(2, 3))
SIZES = {1: (2, 3, 5), 2: (2, 3, 4, 5), 3: (2, 1, 3, 4, 3)}
for mode in ("reflect", "replicate", "circular"):
    for dims, shape in SIZES.items():
        sides = {1: [(1, 2), (0, 3), (-1, 2), (0, 0)], 2: [(1, 2, 0, 3), (-1, 2, 1, -1), (1, 1, 1, 1)],
                 3: [(1, 1, 2, 0, 1, 2), (0, 2, -1, 1, 0, 1)]}[dims]  # fmt: skip
        for pad in sides:
            case(f"pad {mode} {pad}", use("pad", pad, mode=mode), normal(*shape))
            case(f"pad {mode} {pad} of one", use("pad", pad, mode=mode), normal(*shape[1:]))
    case(f"pad {mode} with a value", use("pad", (1, 2), mode=mode, value=3.0), normal(1, 2, 5))
    case(f"pad {mode} with value 0", use("pad", (1, 2), mode=mode, value=0), normal(1, 2, 5))
    case(f"pad {mode} of whole numbers", use("pad", (1, 2), mode=mode), ints(1, 2, 4))
    case(f"pad {mode} of no signals", use("pad", (1, 2), mode=mode), normal(0, 2, 3))
    case(f"pad {mode} too few dims", use("pad", (1, 2, 1, 1), mode=mode), normal(2, 5))
    case(f"pad {mode} too many dims", use("pad", (1, 2), mode=mode), normal(2, 5, 5, 2, 2))
    case(f"pad {mode} too far", use("pad", (1, 6), mode=mode), normal(2, 3, 5)) if mode != "replicate" else None
    case(f"pad {mode} too little left", use("pad", (-3, -2), mode=mode), normal(2, 3, 5))
    case(f"pad {mode} of infinity", use("pad", (1, 2), mode=mode), given([[1.0, np.inf, 2.0]]), differentiable=False)
for mode in ("reflect", "replicate"):
    case(f"pad {mode} of nothing", use("pad", (1, 2), mode=mode), normal(2, 2, 0))
case("pad replicate far", use("pad", (6, 7), mode="replicate"), normal(2, 3, 5))

# Resizing

MODES = {1: ["nearest", "nearest-exact", "linear", "area"],
         2: ["nearest", "nearest-exact", "bilinear", "bicubic", "area"],
         3: ["nearest", "nearest-exact", "trilinear", "area"]}  # fmt: skip
IMAGE = {1: (5,), 2: (4, 5), 3: (2, 3, 4)}
for dims, image in IMAGE.items():
    for mode in MODES[dims]:
        shape = (1, 2, *image)
        for size in (3, tuple(n + 2 for n in image)):
            case(f"interpolate {dims}d {mode} to {size}", use("interpolate", size, mode=mode), normal(*shape))
        for factor in (2, 0.6, 1.7, tuple(1.6 + d / 3 for d in range(dims))):
            again = None if factor != 1.7 else True
            case(f"interpolate {dims}d {mode} by {factor}{' again' if again else ''}",
                 use("interpolate", scale_factor=factor, mode=mode, recompute_scale_factor=again),
                 normal(*shape))  # fmt: skip
        case(f"interpolate {dims}d {mode} of no images", use("interpolate", 3, mode=mode), normal(0, 2, *image))
        case(f"interpolate {dims}d {mode} of whole numbers", use("interpolate", 3, mode=mode), ints(1, 2, *image))
        case(f"interpolate {dims}d {mode} aligned to 1", use("interpolate", 1, mode=mode, align_corners=True),
             normal(*shape))  # fmt: skip
        if mode not in ("nearest", "nearest-exact", "area"):
            for align in (True, False):
                told = "aligned" if align else "not aligned"
                for size in (3, 8):
                    case(f"interpolate {dims}d {mode} {told} to {size}",
                         use("interpolate", size, mode=mode, align_corners=align), normal(*shape))  # fmt: skip
                case(f"interpolate {dims}d {mode} {told} by 1.5",
                     use("interpolate", scale_factor=1.5, mode=mode, align_corners=align), normal(*shape))  # fmt: skip
case("interpolate 2d nearest to the same size", use("interpolate", scale_factor=(1.3, 2)), normal(1, 2, 2, 3))
case("interpolate bytes", use("interpolate", 7), ints(1, 2, 4, 4, low=0, high=200, dtype="uint8"))
case("interpolate far", use("interpolate", 100), normal(1, 1, 7))
for told, shape, options in [
    ("by nothing", (1, 2, 4), {}),
    ("by both", (1, 2, 4), {"size": 2, "scale_factor": 2}),
    ("two dims", (2, 4), {"size": 2}),
    ("one dim", (4,), {"size": 2}),
    ("another mode", (1, 2, 4), {"size": 2, "mode": "foo"}),
    ("linear images", (1, 2, 4, 4), {"size": 2, "mode": "linear"}),
    ("bilinear signals", (1, 2, 4), {"size": 2, "mode": "bilinear"}),
    ("trilinear images", (1, 2, 4, 4), {"size": 2, "mode": "trilinear"}),
    ("bicubic signals", (1, 2, 4), {"size": 2, "mode": "bicubic"}),
    ("nearest corners", (1, 2, 4), {"size": 2, "align_corners": True}),
    ("one size for two", (1, 2, 4, 4), {"size": (2,)}),
    ("one factor for two", (1, 2, 4, 4), {"scale_factor": (2,)}),
    ("to nothing", (1, 2, 4, 4), {"size": 0}),
    ("by too little", (1, 2, 4, 4), {"scale_factor": 0.1}),
    ("size again", (1, 2, 4, 4), {"size": 2, "recompute_scale_factor": True}),
    ("nearest without steps", (1, 2, 4, 4), {"size": 2, "antialias": True}),
    ("no channels", (1, 0, 4, 4), {"size": 2}),
]:
    case(f"interpolate refused: {told}", use("interpolate", **options), normal(*shape))

# Patches

for told, options in {
    "": {"kernel_size": 2},
    " stride": {"kernel_size": 2, "stride": 2},
    " padding": {"kernel_size": 3, "padding": 1},
    " dilation": {"kernel_size": 2, "dilation": 2},
    " tuples": {"kernel_size": (2, 3), "stride": (2, 1), "padding": (1, 0), "dilation": (1, 2)},
}.items():
    case(f"unfold patches{told}", use("unfold", **options), normal(2, 3, 5, 6))
    case(f"unfold{told} of one", use("unfold", **options), normal(3, 5, 6))

    def together(torch: Any, x: Any, options: dict = options) -> Any:
        functions = torch.nn.functional
        return functions.fold(functions.unfold(x, **options) * 2, (5, 6), **options)

    case(f"fold patches{told}", together, normal(2, 3, 5, 6))
    case(f"fold{told} of one", together, normal(3, 5, 6))
case("unfold of no images", use("unfold", 2), normal(0, 1, 4, 4))
for told, shape, options in [
    ("two dims", (4, 4), {"kernel_size": 2}),
    ("too large", (1, 1, 4, 4), {"kernel_size": 5}),
    ("stride 0", (1, 1, 4, 4), {"kernel_size": 2, "stride": 0}),
    ("dilation 0", (1, 1, 4, 4), {"kernel_size": 2, "dilation": 0}),
    ("negative padding", (1, 1, 4, 4), {"kernel_size": 2, "padding": -1}),
    ("three sizes", (1, 1, 4, 4), {"kernel_size": (2, 2, 2)}),
]:
    case(f"unfold refused: {told}", use("unfold", **options), normal(*shape))
case("unfold of whole numbers", use("unfold", 2), ints(1, 1, 4, 4))
for shape in [(4,), (1, 5, 9), (1, 4, 8)]:
    case(f"fold refused {shape}", use("fold", (4, 4), 2), normal(*shape))

# Channels and pixels

for shape in [(2, 8, 3, 2), (8, 3, 2), (2, 1, 4, 2, 2)]:
    case(f"pixel_shuffle {shape}", use("pixel_shuffle", 2), normal(*shape))
for shape in [(2, 3, 4, 6), (3, 4, 6), (2, 1, 2, 4, 2)]:
    case(f"pixel_unshuffle {shape}", use("pixel_unshuffle", 2), normal(*shape))
case("pixel_shuffle of whole numbers", use("pixel_shuffle", 2), ints(4, 2, 2))
case("pixel_shuffle of no images", use("pixel_shuffle", 2), normal(0, 4, 2, 2), differentiable=False)
case("pixel_shuffle by torch", lambda torch, x: torch.pixel_unshuffle(torch.pixel_shuffle(x, 2), 2), normal(4, 2, 2))
for shape, factor in [((4, 4), 2), ((6, 4, 4), 2), ((4, 4, 4), 0)]:
    case(f"pixel_shuffle refused {shape} {factor}", use("pixel_shuffle", factor), normal(*shape))
for shape, factor in [((1, 5, 4), 2), ((1, 4, 5), 2), ((4, 5), 2), ((1, 4, 4), -1)]:
    case(f"pixel_unshuffle refused {shape} {factor}", use("pixel_unshuffle", factor), normal(*shape))
