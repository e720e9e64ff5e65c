"""Contours of a surface over a grid: where it is at least so high, as closed rings."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from .plot import Box, frame, scaler
from .svg import Sheet
from .training_axes import linear_axis, tick_text

GRID = (49, 39)  # columns and rows at which a surface is sampled
LEVELS = 10
THOUSAND = 1000  # rings are told in thousandths of the width and the height, from the lower left


def rings(heights: np.ndarray, level: float) -> list[list[int]]:
    """The outlines of the regions with `heights >= level`: each a flat list x, y, x, y, … in thousandths.

    Marching squares: in each square of four grid points, every stretch of its edge that lies inside is closed by a
    line. The grid is framed by points far below any level, at the same place as the border, so that each ring closes.

    >>> rings(np.array([[0.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 0.0]]), 0.5)
    [[250, 500, 500, 250, 750, 500, 500, 750]]
    """
    rows, columns = heights.shape
    framed = np.pad(heights, 1, constant_values=-np.inf)
    inside = framed >= level
    corners = np.stack([inside[:-1, :-1], inside[:-1, 1:], inside[1:, 1:], inside[1:, :-1]])
    mixed = np.argwhere(corners.any(axis=0) & ~corners.all(axis=0))
    following = {}  # where the line that leaves an edge leads: edge -> edge; an edge is its two corners
    for row, column in mixed.tolist():
        around = [(row, column), (row, column + 1), (row + 1, column + 1), (row + 1, column)]
        held = corners[:, row, column].tolist()
        for k in range(4):
            if held[k] and not held[(k + 1) % 4]:
                back = k
                while held[back]:
                    back = (back - 1) % 4
                leaves, enters = (around[k], around[(k + 1) % 4]), (around[(back + 1) % 4], around[back])
                following[leaves] = enters

    def place(edge: tuple[tuple[int, int], tuple[int, int]]) -> list[int]:
        (r, c), (far_r, far_c) = edge  # from the point inside to the one outside
        high, low = framed[r, c], framed[far_r, far_c]
        part = (high - level) / (high - low) if np.isfinite(low) else 0.0
        x, y = c + part * (far_c - c) - 1, r + part * (far_r - r) - 1
        return [round(THOUSAND * x / (columns - 1)), round(THOUSAND * y / (rows - 1))]

    found = []
    while following:
        edge = next(iter(following))
        ring: list[int] = []
        while edge in following:
            ring += place(edge)
            edge = following.pop(edge)
        found.append(ring)
    return found


def plane(height: Callable[[np.ndarray, np.ndarray], np.ndarray], x: Sequence[float], y: Sequence[float]) -> dict:
    """A surface as JSON: axes, and the rings of each level. The levels part the sampled heights into equal shares.

    Args:
        height: Heights at points given as two arrays of the same shape, as an array of that shape.
        x, y: The ends of the axes; they are rounded outwards.
    """
    x_axis, y_axis = linear_axis(*x), linear_axis(*y)
    xs, ys = (np.linspace(axis["min"], axis["max"], n) for axis, n in zip((x_axis, y_axis), GRID, strict=True))
    heights = np.array(height(*np.meshgrid(xs, ys)), dtype=float)
    finite = heights[np.isfinite(heights)]
    if not finite.size:
        raise ValueError("the surface has no finite value anywhere in the picture")
    heights[~np.isfinite(heights)] = finite.max()
    shares = (np.arange(1, LEVELS + 1) / (LEVELS + 1)) ** 1.5  # more of them low down, where the way leads
    levels = sorted({float(f"{level:.3g}") for level in np.quantile(finite, shares)})
    return {
        "x": x_axis,
        "y": y_axis,
        "bands": [rings(heights, level) for level in levels if level > finite.min()],
        "low": tick_text(float(f"{finite.min():.3g}")),
        "high": tick_text(float(f"{finite.max():.3g}")),
        "lowest": float(finite.min()),
    }


SHADE = 0.06  # how much darker each band is than the one below it


def draw_plane(sheet: Sheet, plane: dict, box: Box) -> tuple[Callable[[float], float], Callable[[float], float]]:
    """The bands and the axes; returns where an x and where a y stands in the picture."""
    left, top, right, bottom = box
    for band in plane["bands"]:
        outline = "".join(_outline(ring, box) for ring in band)
        sheet.path(outline, "none", fill="dim", opacity=SHADE)
    sheet.rect(left, top, right - left, bottom - top, "none", "line", radius=0)
    frame(sheet, plane["x"], plane["y"], box, grid=False)
    return scaler(plane["x"], left, right), scaler(plane["y"], bottom, top)


def _outline(ring: list[int], box: Box) -> str:
    left, top, right, bottom = box
    points = zip(ring[::2], ring[1::2], strict=True)
    places = [
        f"{left + (right - left) * x / THOUSAND:.1f} {bottom - (bottom - top) * y / THOUSAND:.1f}" for x, y in points
    ]
    return "M" + "L".join(places) + "Z"
