"""Reading images between their elements, shuffled channels, and the functions by their older names."""

import numpy as np

from tests.ops.cases import case, given, ints, normal
from tests.ops.cases_nn import use


def places(*shape):
    """Coordinates on an image and around it, none where the slope jumps."""
    return lambda rng: rng.uniform(-1.7, 1.7, shape).astype("float32")


for corners in (False, True):
    for padding in ("zeros", "border", "reflection"):
        for mode in ("bilinear", "nearest", "bicubic"):
            options = {"mode": mode, "padding_mode": padding, "align_corners": corners}
            name = f"grid_sample {mode} {padding} {'centres' if corners else 'edges'}"
            case(name, use("grid_sample", **options), normal(2, 3, 4, 5), places(2, 3, 2, 2))
            if mode != "bicubic":
                case(f"{name} 3d", use("grid_sample", **options), normal(2, 2, 3, 2, 4), places(2, 2, 1, 3, 3))
    case(f"grid_sample of one element {corners}", use("grid_sample", padding_mode="reflection", align_corners=corners),
         normal(1, 1, 1, 1), places(1, 2, 2, 2))  # fmt: skip
    for dims, size in ((2, [2, 1, 3, 4]), (3, [2, 1, 3, 2, 1])):
        case(f"affine_grid {dims}d {corners}", use("affine_grid", size, align_corners=corners),
             normal(2, dims, dims + 1))  # fmt: skip
corners_of = np.array([[[[-1, -1], [1, 1], [0, 0], [-1, 1], [3, -5]]]], "float32")
for mode in ("bilinear", "nearest", "bicubic"):
    for padding in ("zeros", "border", "reflection"):
        case(f"grid_sample at the corners {mode} {padding}",
             use("grid_sample", mode=mode, padding_mode=padding, align_corners=True),
             normal(1, 2, 3, 3), given(corners_of), kink=True)  # fmt: skip
case("grid_sample of nothing", use("grid_sample", align_corners=False), normal(0, 1, 2, 2), places(0, 2, 2, 2))
case("grid_sample by another mode", use("grid_sample", mode="x"), normal(1, 1, 2, 2), places(1, 2, 2, 2))
case("grid_sample by another padding", use("grid_sample", padding_mode="x"), normal(1, 1, 2, 2), places(1, 2, 2, 2))
case("grid_sample at places in space", use("grid_sample", align_corners=True), normal(1, 1, 2, 2), places(1, 2, 2, 3))
case("grid_sample of fewer images", use("grid_sample", align_corners=True), normal(1, 1, 2, 2), places(2, 2, 2, 2))
case("grid_sample of no elements", use("grid_sample", align_corners=True), normal(1, 1, 0, 2), places(1, 2, 2, 2))
case("grid_sample bicubic in space", use("grid_sample", mode="bicubic", align_corners=True),
     normal(1, 1, 2, 2, 2), places(1, 2, 2, 2, 3))  # fmt: skip
case("affine_grid of a line", use("affine_grid", [1, 1, 2], align_corners=True), normal(1, 2, 3))
case("affine_grid by one matrix", use("affine_grid", [1, 1, 2, 2], align_corners=True), normal(2, 3))
case("affine_grid of no size", use("affine_grid", [1, 1, 0, 2], align_corners=True), normal(1, 2, 3))
case("affine_grid of whole numbers", use("affine_grid", [1, 1, 2, 2], align_corners=True), ints(1, 2, 3))

# Channels, and pairs of rows

case("channel_shuffle", use("channel_shuffle", 2), normal(2, 6, 3))
case("channel_shuffle of images", lambda torch, x: torch.channel_shuffle(x, 3), normal(2, 6, 3, 2))
case("channel_shuffle of whole numbers", use("channel_shuffle", 2), ints(1, 4, 2))
for groups in (4, 0, -1):
    case(f"channel_shuffle into {groups}", use("channel_shuffle", groups), normal(1, 6, 2))
case("channel_shuffle of a vector", use("channel_shuffle", 1), normal(3))
for p in (2.0, 1, 3.0, float("inf"), 0):
    case(f"pdist {p:g}", lambda torch, x, p=p: torch.pdist(x, p), normal(4, 3), once=True)
case("pdist of one row", use("pdist"), normal(1, 3), once=True)
case("pdist of whole numbers", use("pdist"), ints(3, 2))
case("pdist of images", use("pdist"), normal(2, 3, 2))
case("pdist below 0", use("pdist", -1.0), normal(3, 2))

# Older names

case("upsample", use("upsample", scale_factor=2), normal(1, 2, 3, 3))
case("upsample bilinear", use("upsample", (5, 4), mode="bilinear", align_corners=True), normal(1, 2, 3, 3))
case("upsample_nearest", use("upsample_nearest", 5), normal(1, 2, 3, 3))
case("upsample_bilinear", use("upsample_bilinear", scale_factor=2), normal(1, 2, 3, 3))
case("rrelu_", lambda torch, x: torch.nn.functional.rrelu_(x * 1, 0.2, 0.4), normal(2, 3))
for dims, shape in ((1, (2, 3, 6)), (2, (2, 3, 6, 5)), (3, (1, 2, 4, 4, 5))):
    for name, size in (("max_pool", 2), ("adaptive_max_pool", 3)):
        case(f"{name}{dims}d_with_indices", use(f"{name}{dims}d_with_indices", size), normal(*shape))
