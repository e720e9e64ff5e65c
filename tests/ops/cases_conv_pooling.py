"""Pooling, and what is built on it, in its uses that differ (see cases.py)."""

from collections.abc import Callable
from typing import Any

import numpy as np

from tests.ops.cases import bools, case, given, ints, normal, positive
from tests.ops.cases_nn import use

IMAGE = {1: (9,), 2: (6, 7), 3: (4, 5, 3)}


def distinct(*shape: int) -> Callable[[np.random.Generator], np.ndarray]:
    """No two numbers near each other: where two are equal the largest has no slope that can be measured."""
    return lambda rng: (rng.permutation(int(np.prod(shape))).reshape(shape) / 8 - 2).astype("float32")


# The largest

MAX: dict[str, dict[str, Any]] = {
    "": {},
    " stride": {"stride": 1},
    " beyond": {"stride": 3},
    " padding": {"padding": 1, "kernel_size": 3},
    " dilation": {"dilation": 2},
    " ceil": {"ceil_mode": True, "kernel_size": 3, "stride": 2},
    " ceil padded": {"ceil_mode": True, "padding": 1, "stride": 2},
    " all at once": {"kernel_size": 3, "stride": 2, "padding": 1, "dilation": 1, "ceil_mode": True},
    " dilated and padded": {"kernel_size": 2, "padding": 1, "dilation": 2, "stride": 1},
}
for dims, image in IMAGE.items():
    name = f"max_pool{dims}d"
    for told, options in MAX.items():
        settings = {"kernel_size": 2, **options}
        case(f"{name}{told}", use(name, **settings, return_indices=True), distinct(2, 2, *image))
    case(f"{name} of one", use(name, 2), distinct(3, *image))
    case(f"{name} of no images", use(name, 2), normal(0, 3, *image))
    case(f"{name} of whole numbers", use(name, 2), ints(2, 2, *image))
    case(f"{name} of equal numbers", use(name, 2, return_indices=True), given(np.ones((1, 1, *image))), kink=True)
    low = given(np.full((1, 1, *image), -np.inf))
    case(f"{name} of nothing above", use(name, 2, padding=1, return_indices=True), low, differentiable=False)
    case(f"{name} with a large window", use(name, 5, 1, 2) if dims < 3 else use(name, 4), distinct(1, 2, *image))
    case(f"{name} by torch", lambda torch, x, n=name: getattr(torch, n)(x, 2), distinct(1, 2, *image))
case("max_pool2d tuples", use("max_pool2d", (2, 3), (1, 2), (1, 0)), distinct(2, 2, 5, 7))
case("max_pool2d empty stride", use("max_pool2d", 2, []), distinct(1, 1, 4, 4))
case("max_pool2d over more than 256", use("max_pool2d", 18, 1, return_indices=True),
     distinct(1, 1, 20, 20), differentiable=False)  # fmt: skip
case("max_pool2d of float16", use("max_pool2d", 2), normal(1, 4, 4, dtype="float16"), differentiable=False)
case("max_pool2d of nan", use("max_pool2d", 2, return_indices=True),
     given([[[np.nan, 1.0, 5.0, np.nan], [np.nan, 2.0, 7.0, np.inf]]]), differentiable=False)  # fmt: skip
case("max_pool2d of bytes", use("max_pool2d", 3, padding=1), ints(1, 4, 4, low=0, high=9, dtype="uint8"))

for name, shape, options in [
    ("max_pool2d", (1, 1, 2, 2), {"kernel_size": 3}),
    ("max_pool2d", (1, 1, 5, 5), {"kernel_size": 2, "padding": 2}),
    ("max_pool2d", (1, 1, 5, 5), {"kernel_size": 2, "stride": 0}),
    ("max_pool2d", (1, 1, 5, 5), {"kernel_size": 0}),
    ("max_pool2d", (1, 1, 5, 5), {"kernel_size": 2, "dilation": 0}),
    ("max_pool2d", (5, 5), {"kernel_size": 2}),
    ("max_pool2d", (1, 1, 1, 5, 5), {"kernel_size": 2}),
    ("max_pool2d", (1, 5, 5), {"kernel_size": (2, 2, 2)}),
    ("max_pool2d", (1, 5, 5), {"kernel_size": 2, "stride": (1, 2, 3)}),
    ("max_pool2d", (1, 0, 4, 4), {"kernel_size": 2}),
    ("max_pool1d", (4,), {"kernel_size": 2}),
    ("max_pool1d", (1, 4), {"kernel_size": 5}),
    ("max_pool1d", (1, 4), {"kernel_size": (2, 2)}),
    ("max_pool3d", (4, 4), {"kernel_size": 2}),
    ("max_pool3d", (1, 4, 4, 4), {"kernel_size": 5}),
]:
    case(f"{name} refused {shape} {options}", use(name, **options), normal(*shape))
case("max_pool1d with stride 0", use("max_pool1d", 2, stride=0), ints(1, 4))
case("max_pool1d with wide padding", use("max_pool1d", 2, padding=2), ints(1, 4))
case("max_pool2d of booleans", use("max_pool2d", 2), bools(1, 4, 4))

# The winners put back

for dims, image in {1: (6,), 2: (4, 6), 3: (4, 4, 2)}.items():

    def there_and_back(torch: Any, x: Any, dims: int = dims, **options: Any) -> Any:
        functions = torch.nn.functional
        values, indices = getattr(functions, f"max_pool{dims}d")(x, 2, return_indices=True)
        return getattr(functions, f"max_unpool{dims}d")(values, indices, 2, **options)

    case(f"max_unpool{dims}d", there_and_back, distinct(2, 2, *image))
    case(f"max_unpool{dims}d of one", there_and_back, distinct(3, *image))
case("max_unpool2d to a size", lambda torch, x: there_and_back(torch, x, dims=2, output_size=(5, 7)),
     distinct(2, 3, 4, 6))  # fmt: skip
for told, index, options in [
    ("beyond the image", [[[0, 3], [8, 99]]], {}),
    ("of floats", [[[0.0, 3.0], [8.0, 9.0]]], {}),
    ("of another shape", [[[0, 3]]], {}),
    ("to a large size", [[[0, 3], [8, 9]]], {"output_size": (9, 9)}),
]:
    kind = "float32" if told == "of floats" else "int64"
    case(f"max_unpool2d {told}", use("max_unpool2d", kernel_size=2, **options), normal(1, 2, 2), given(index, kind))

# The average

AVERAGE: dict[str, dict[str, Any]] = {
    "": {},
    " stride": {"stride": 1},
    " padding": {"padding": 1, "kernel_size": 3},
    " ceil": {"ceil_mode": True, "kernel_size": 3, "stride": 2},
    " ceil padded": {"ceil_mode": True, "padding": 1, "stride": 2},
    " without padding": {"padding": 1, "count_include_pad": False},
    " without padding ceil": {"kernel_size": 3, "padding": 1, "count_include_pad": False, "ceil_mode": True},
}
for dims, image in IMAGE.items():
    name = f"avg_pool{dims}d"
    for told, options in AVERAGE.items():
        case(f"{name}{told}", use(name, **{"kernel_size": 2, **options}), normal(2, 2, *image))
    case(f"{name} of one", use(name, 2), normal(3, *image))
    case(f"{name} of no images", use(name, 2), normal(0, 3, *image))
    if dims > 1:
        case(f"{name} divided by 3", use(name, 2, padding=1, divisor_override=3), normal(2, 2, *image))
        case(f"{name} divided by 0", use(name, 2, divisor_override=0), normal(2, 2, *image))
case("avg_pool2d tuples", use("avg_pool2d", (2, 3), (1, 2), (1, 0)), normal(2, 2, 5, 7))
case("avg_pool2d of int64", use("avg_pool2d", 2), ints(1, 4, 4))
case("avg_pool2d of int32", use("avg_pool2d", 2), ints(1, 4, 4, dtype="int32"))
case("avg_pool2d of float16", use("avg_pool2d", 2), normal(1, 4, 4, dtype="float16"), differentiable=False)
case("avg_pool2d of infinity", use("avg_pool2d", 2), given([[[np.inf, 1.0, 2.0], [1.0, 1.0, 3.0]]]),
     differentiable=False)  # fmt: skip
for name, shape, options in [
    ("avg_pool2d", (1, 1, 2, 2), {"kernel_size": 3}),
    ("avg_pool2d", (1, 1, 5, 5), {"kernel_size": 2, "padding": 2}),
    ("avg_pool2d", (1, 1, 5, 5), {"kernel_size": 2, "stride": 0}),
    ("avg_pool2d", (1, 1, 5, 5), {"kernel_size": 0}),
    ("avg_pool2d", (5, 5), {"kernel_size": 2}),
    ("avg_pool1d", (5,), {"kernel_size": 2}),
    ("avg_pool3d", (5, 5), {"kernel_size": 2}),
]:
    case(f"{name} refused {shape} {options}", use(name, **options), normal(*shape))

# As many places as are wanted

for dims, image in IMAGE.items():
    sizes = {1: [1, 3, 4, 9, 12], 2: [1, 2, (3, 4), (4, 3), (None, 2), (1, 5), 9], 3: [1, 2, (2, 3, 1), (None, 2, 3)]}
    for size in sizes[dims]:
        case(f"adaptive_avg_pool{dims}d {size}", use(f"adaptive_avg_pool{dims}d", size), normal(2, 2, *image))
        case(f"adaptive_max_pool{dims}d {size}",
             use(f"adaptive_max_pool{dims}d", size, return_indices=True), distinct(2, 2, *image))  # fmt: skip
    for kind in ("avg", "max"):
        name = f"adaptive_{kind}_pool{dims}d"
        case(f"{name} of one", use(name, 2), distinct(3, *image))
        case(f"{name} of no images", use(name, 2), normal(0, 3, *image))
        case(f"{name} of nothing", use(name, 2), normal(2, 3, *image[:-1], 0))
        case(f"{name} of too few dims", use(name, 2), normal(4))
        case(f"{name} of whole numbers", use(name, 2), ints(2, 2, *image))
case("adaptive_avg_pool2d to nothing", use("adaptive_avg_pool2d", (0, 2)), normal(1, 4, 6), differentiable=False)
case("adaptive_avg_pool2d below nothing", use("adaptive_avg_pool2d", (-1, 2)), normal(1, 4, 6))
case("adaptive_avg_pool2d to three dims", use("adaptive_avg_pool2d", (2, 2, 2)), normal(1, 4, 6))
case("adaptive_avg_pool1d of infinity", use("adaptive_avg_pool1d", 3), given([[[1.0, 2.0, np.inf, 3.0, 4.0]]]),
     differentiable=False)  # fmt: skip

# Built on averages

for dims, image in IMAGE.items():
    name = f"lp_pool{dims}d"
    case(name, use(name, 2, 2), positive(2, 2, *image))
    case(f"{name} of three", use(name, 3, 2, 1), positive(2, 2, *image))
    case(f"{name} ceil", use(name, 2, 3, 2, True), positive(2, 2, *image))
for shape in [(2, 5, 4), (2, 5, 3, 4), (2, 5, 3, 2, 2)]:
    for size in (1, 2, 3):
        case(f"local_response_norm {size} of {len(shape)} dims",
             use("local_response_norm", size, alpha=0.5, beta=0.6, k=2.0), normal(*shape))  # fmt: skip
case("local_response_norm", use("local_response_norm", 2), normal(2, 3, 4))
case("local_response_norm of two dims", use("local_response_norm", 2), normal(3, 4))
case("local_response_norm of nothing", use("local_response_norm", 2), normal(0, 3, 4))
