// Cells of a tensor: which are drawn, where they stand, where a key leads. No page needed: plain functions.
export const GAP = -1;                            // stands for what is left out
export const BETWEEN = 20;                        // px between blocks

// The indices of the cells that are drawn, in row-major order: one list per cell.
export function indices(shown) {
  return shown.reduce(
    (found, dim) => found.flatMap((index) => dim.filter((i) => i !== GAP).map((i) => [...index, i])), [[]]);
}

// How many boxes of `each` px stand in a line of `width`: all, or a whole number of the first of `wraps` that fills it
// well, so that what lies a stride apart stands one below the other.
export function perLine(width, each, count, wraps = []) {
  const fit = Math.max(1, Math.floor(width / each));
  if (count <= fit) return Math.max(1, count);
  const wrap = fit < 8 ? 1 : [...wraps, 4].find((size) => size <= fit && fit - (fit % size) >= 0.6 * fit);
  return fit - (fit % wrap);
}

// The place of every cell: a row of a vector wraps; blocks (the last two dims) flow, a whole leading dim to a line
// where it fits. `gaps` are the places where something is left out of a vector.
export function placeCells(picture, width) {
  const { shown, x, y, block, cell: [w, tall] } = picture;
  if (shown.length === 1) {
    const across = perLine(width, w, shown[0].length), pitch = tall + 20;
    const spots = shown[0].map((i, k) => ({ i, x: (k % across) * w, y: 18 + Math.floor(k / across) * pitch }));
    return {
      cells: spots.filter(({ i }) => i !== GAP), gaps: spots.filter(({ i }) => i === GAP), blocks: [{ at: [], x: 0, y: 0 }],
      across, width: across * w, height: Math.ceil(shown[0].length / across) * pitch,
    };
  }
  const lead = shown.length > 2 ? shown.at(-3).filter((i) => i !== GAP).length : 1;
  const across = Math.max(1, Math.min(lead, Math.floor((width + BETWEEN) / (block[0] + BETWEEN))));
  const blocks = indices(shown.slice(0, -2)).map((at, k) => (
    { at, x: (k % across) * (block[0] + BETWEEN), y: Math.floor(k / across) * (block[1] + 16) }));
  const cells = blocks.flatMap((place) =>
    y.flatMap((down) => x.map((right) => ({ x: place.x + right, y: place.y + down }))));
  return {
    cells, blocks, across, gaps: [],
    width: Math.min(across, blocks.length) * (block[0] + BETWEEN) - BETWEEN,
    height: Math.ceil(blocks.length / across) * (block[1] + 16) - 16,
  };
}

// The number of the cell that a key leads to from cell `at`; null for a key that moves nothing.
// Arrows walk the last two dims and go on into the next block, PageUp and PageDown step the leading ones.
export function walk(key, at, shown) {
  const sizes = shown.map((dim) => dim.filter((i) => i !== GAP).length), n = sizes.length;
  const count = sizes.reduce((all, size) => all * size, 1);
  const columns = sizes.at(-1) ?? 1, rows = n > 1 ? sizes.at(-2) : 1, block = rows * columns;
  const row = Math.floor(at / columns) * columns;
  const to = {
    ArrowRight: at + 1, ArrowLeft: at - 1, ArrowDown: at + columns, ArrowUp: at - columns,
    PageDown: at + block, PageUp: at - block, Home: row, End: row + columns - 1,
  }[key];
  if (to === undefined) return null;
  return to >= 0 && to < count ? to : at;
}
