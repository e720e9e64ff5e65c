"""Convolution and its transpose, in their uses that differ (see cases.py)."""

from typing import Any

from tests.ops.cases import bools, case, given, ints, normal
from tests.ops.cases_nn import use

IMAGE = {1: (7,), 2: (5, 6), 3: (3, 3, 3)}
KERNEL = {1: (3,), 2: (3, 2), 3: (2, 1, 2)}

# One setting after the other, in one, two and three dimensions

SETTINGS: dict[str, dict[str, Any]] = {
    "": {},
    " stride": {"stride": 2},
    " padding": {"padding": 1},
    " dilation": {"dilation": 2, "padding": 2},
    " all at once": {"stride": 2, "padding": 2, "dilation": 2},
    " valid": {"padding": "valid"},
    " same": {"padding": "same"},
    " same dilated": {"padding": "same", "dilation": 2},
}
for dims, image in IMAGE.items():
    name, kernel = f"conv{dims}d", KERNEL[dims]
    for told, options in SETTINGS.items():
        bias = (normal(4),) if "padding" in options else ()
        case(f"{name}{told}", use(name, **options), normal(2, 3, *image), normal(4, 3, *kernel), *bias)
    case(f"{name} groups", use(name, groups=2), normal(2, 4, *image), normal(6, 2, *kernel), normal(6))
    case(f"{name} by depth", use(name, groups=3, padding=1), normal(2, 3, *image), normal(6, 1, *kernel))
    case(f"{name} groups strided", use(name, groups=2, stride=2), normal(2, 4, *image), normal(2, 2, *kernel))
    case(f"{name} of one", use(name), normal(3, *image), normal(4, 3, *kernel), normal(4))
    case(f"{name} of one, same", use(name, padding="same"), normal(3, *image), normal(4, 3, *kernel))
    case(f"{name} kernel of one", use(name), normal(2, 3, *image), normal(4, 3, *(1,) * dims), normal(4))
    case(f"{name} of no images", use(name), normal(0, 3, *image), normal(4, 3, *kernel), normal(4))
    case(f"{name} in a row", use(name), normal(2, 3, *image), normal(3, 3, *kernel))

SETTINGS_2D: dict[str, dict[str, Any]] = {
    "strides": {"stride": (2, 1)},
    "strides in a list": {"stride": [1, 3]},
    "one stride in a tuple": {"stride": (2,)},
    "paddings": {"padding": (0, 2)},
    "dilations": {"dilation": (1, 2)},
    "wide padding": {"padding": 4},
    "stride beyond the kernel": {"stride": 4},
    "everything": {"stride": (1, 2), "padding": (2, 1), "dilation": (2, 1)},
}
for told, options in SETTINGS_2D.items():
    case(f"conv2d {told}", use("conv2d", **options), normal(2, 3, 6, 7), normal(4, 3, 3, 2), normal(4))
case("conv2d by position", lambda torch, x, w, b: torch.nn.functional.conv2d(x, w, b, 2, 1, 1, 1),
     normal(1, 2, 5, 5), normal(3, 2, 3, 3), normal(3))  # fmt: skip
case("conv2d by torch", lambda torch, x, w: torch.conv2d(x, w), normal(1, 2, 5, 5), normal(3, 2, 3, 3))
case("conv2d of its own output", lambda torch, x, w: use("conv2d")(torch, use("conv2d")(torch, x, w), w),
     normal(1, 2, 5, 5), normal(2, 2, 2, 2))  # fmt: skip
for dtype in ("int64", "int32"):
    case(f"conv2d of {dtype}", use("conv2d", padding=1), ints(1, 2, 4, 4, dtype=dtype), ints(3, 2, 3, 3, dtype=dtype))
for name, weight in (("conv2d", (3, 2, 3, 3)), ("conv_transpose2d", (2, 3, 3, 3))):
    case(f"{name} of float16", use(name), normal(1, 2, 4, 4, dtype="float16"), normal(*weight, dtype="float16"),
         differentiable=False)  # fmt: skip
case("conv1d of infinity", use("conv1d"), given([[[1.0, float("inf"), 2.0, 3.0]]]), given([[[1.0, 1.0]]]),
     differentiable=False)  # fmt: skip

# The transpose

SETTINGS_BACK: dict[str, dict[str, Any]] = {
    "": {},
    " stride": {"stride": 2},
    " padding": {"padding": 1},
    " output padding": {"stride": 2, "output_padding": 1},
    " output padding within dilation": {"dilation": 2, "output_padding": 1},
    " dilation": {"dilation": 2},
    " all at once": {"stride": 3, "padding": 1, "output_padding": 2, "dilation": 2},
}
for dims, image in {1: (5,), 2: (3, 4), 3: (2, 2, 2)}.items():
    name, kernel = f"conv_transpose{dims}d", {1: (4,), 2: (3, 4), 3: (3, 2, 2)}[dims]
    for told, options in SETTINGS_BACK.items():
        bias = (normal(2),) if "padding" in options else ()
        case(f"{name}{told}", use(name, **options), normal(2, 3, *image), normal(3, 2, *kernel), *bias)
    case(f"{name} groups", use(name, groups=2), normal(2, 4, *image), normal(4, 3, *kernel), normal(6))
    case(f"{name} of one", use(name), normal(3, *image), normal(3, 2, *kernel), normal(2))
    case(f"{name} of no images", use(name), normal(0, 3, *image), normal(3, 2, *kernel))
case("conv_transpose2d tuples", use("conv_transpose2d", stride=(2, 1), padding=(1, 0), output_padding=(1, 0)),
     normal(2, 3, 3, 4), normal(3, 2, 3, 2))  # fmt: skip
case("conv_transpose2d by position",
     lambda torch, x, w, b: torch.nn.functional.conv_transpose2d(x, w, b, 2, 1, 1, 1, 1),
     normal(1, 2, 3, 3), normal(2, 3, 3, 3), normal(3))  # fmt: skip

# What is refused

image, weight = normal(1, 3, 5, 5), normal(2, 3, 3, 3)
for told, shapes in {
    "channels": ((1, 3, 5, 5), (2, 4, 3, 3)),
    "two dims": ((5, 5), (2, 4, 3, 3)),
    "five dims": ((1, 1, 1, 5, 5), (2, 4, 3, 3)),
    "kernel beyond the image": ((1, 3, 2, 2), (2, 3, 3, 3)),
    "image of nothing": ((2, 4, 0, 5), (3, 4, 3, 3)),
    "no output channels": ((2, 4, 5, 5), (0, 4, 3, 3)),
    "bias too short": ((1, 4, 5, 5), (3, 4, 3, 3), (2,)),
    "bias with dims": ((1, 4, 5, 5), (3, 4, 3, 3), (3, 1)),
}.items():
    case(f"conv2d with other {told}", use("conv2d"), *(normal(*shape) for shape in shapes))
for told, options in {
    "stride 0": {"stride": 0},
    "negative padding": {"padding": -1},
    "dilation 0": {"dilation": 0},
    "three strides": {"stride": (1, 2, 3)},
    "no groups": {"groups": 0},
    "same and stride": {"padding": "same", "stride": 2},
    "padding by another name": {"padding": "other"},
}.items():
    case(f"conv2d with {told}", use("conv2d", **options), image, weight)
case("conv1d of a row", use("conv1d"), normal(5), normal(2, 3, 3))
case("conv1d with a kernel of two dims", use("conv1d"), normal(1, 3, 5), normal(2, 3, 3, 3))
case("conv2d groups that do not divide", use("conv2d", groups=2), normal(1, 4, 5, 5), normal(3, 2, 3, 3))
case("conv2d groups of other channels", use("conv2d", groups=2), normal(1, 4, 5, 5), normal(4, 4, 3, 3))
case("conv2d of two dtypes", lambda torch, x, w: torch.nn.functional.conv2d(x, w.half()), image, weight,
     differentiable=False)  # fmt: skip
case("conv2d with a bias of another dtype", lambda torch, x, w, b: torch.nn.functional.conv2d(x, w, b.double()),
     image, weight, normal(2), differentiable=False)  # fmt: skip
case("conv2d of booleans", use("conv2d"), bools(1, 2, 4, 4), bools(3, 2, 3, 3))
for told, options, shapes in [
    ("output padding", {"output_padding": 1}, ((1, 4, 5, 5), (4, 3, 3, 3))),
    ("negative output padding", {"output_padding": -1}, ((1, 4, 5, 5), (4, 3, 3, 3))),
    ("other channels", {}, ((1, 3, 5, 5), (4, 3, 3, 3))),
    ("another bias", {}, ((1, 4, 5, 5), (4, 3, 3, 3), (2,))),
    ("groups that do not divide", {"groups": 3}, ((1, 4, 5, 5), (4, 3, 3, 3))),
    ("nothing left", {"padding": 1}, ((1, 4, 1, 1), (4, 3, 2, 2))),
    ("same padding", {"padding": "same"}, ((1, 4, 5, 5), (4, 3, 3, 3))),
    ("two dims", {}, ((5, 5), (4, 3, 3, 3))),
]:
    case(f"conv_transpose2d with {told}", use("conv_transpose2d", **options), *(normal(*shape) for shape in shapes))
