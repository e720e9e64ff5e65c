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
