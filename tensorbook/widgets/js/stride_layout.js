// How the cells and slots of a StrideExplorer stand and belong together. No page needed: plain functions.
import { perLine } from "./cells.js";

export function placeSlots(picture, width) {
  const { strip, cell, pitch, gutter, wraps } = picture;
  const across = perLine(width - gutter, cell[0], strip.length, wraps);
  return {
    slots: strip.map((_, k) => ({ x: gutter + (k % across) * cell[0], y: Math.floor(k / across) * pitch })),
    across, width: gutter + across * cell[0], height: Math.ceil(strip.length / across) * pitch,
  };
}

// The walk over the cells in index order, along the upper edges of their slots: the way of each step, and the dim that
// moves on in it.
export function steps(cells, slots, places, wide) {
  const oneLine = places.every(({ y }) => y === places[0].y);
  const spot = (k) => [places[k].x + wide / 2 - 1, places[k].y + 1];
  return slots.slice(1).map((slot, k) => {
    const [x0, y0] = spot(slots[k]), [x1, y1] = spot(slot);
    const rise = Math.min(12 + (Math.abs(x1 - x0) / wide) * 4, oneLine ? 48 : 16);   // twice as high as the bow
    const bend = y0 === y1 && Math.abs(x1 - x0) > wide ? `Q${(x0 + x1) / 2} ${y0 - rise} ${x1} ${y1}` : `L${x1} ${y1}`;
    return { d: `M${x0} ${y0}${bend}`, dim: cells[k].findIndex((i, dim) => i !== cells[k + 1][dim]) };
  });
}

// How far each size, each stride and the offset of an as_strided can go while the others stay: nothing leaves the storage.
export function reach({ size, stride, offset, slots }) {
  const free = slots - 1 - offset - size.reduce((sum, n, dim) => sum + (n - 1) * stride[dim], 0);
  return {
    size: size.map((n, dim) => (stride[dim] ? n + Math.floor(free / stride[dim]) : Math.max(n, 16))),
    stride: stride.map((by, dim) => (size[dim] > 1 ? by + Math.floor(free / (size[dim] - 1)) : Math.max(by, slots - 1))),
    offset: offset + free,
  };
}

// The offset formula of an index: its terms, and the slot that they add up to.
export function locate(index, stride, offset) {
  const terms = index.map((i, dim) => ({ text: `${i}·${stride[dim] < 0 ? `(${stride[dim]})` : stride[dim]}`, dim }));
  return { terms, slot: index.reduce((sum, i, dim) => sum + i * stride[dim], offset) };
}

// slot -> the cells (by number) that read it, in order.
export function readers(slots) {
  const found = new Map();
  slots.forEach((slot, cell) => found.has(slot) ? found.get(slot).push(cell) : found.set(slot, [cell]));
  return found;
}

// The last dim whose place a cell shares with `index` in the same block: its column, its row, or its block; or null.
export function inLine(index, cell) {
  const n = index.length;
  for (let dim = 0; dim < n - 2; dim++) if (cell[dim] !== index[dim]) return null;
  for (const dim of [n - 1, n - 2]) if (dim >= 0 && cell[dim] === index[dim]) return dim;
  return n > 2 ? n - 3 : null;
}

// For each cell of the new layout, the number of the cell that it comes from (or null: it was not there before).
// In the same storage a cell comes from where its slot was read; in a new storage from where its position was.
export function journeys(before, after) {
  if (before.source === after.source) {
    const homes = readers(before.slots), taken = new Map();
    return after.slots.map((slot) => {
      const cells = homes.get(slot);
      if (!cells) return null;
      const turn = taken.get(slot) ?? 0;
      taken.set(slot, turn + 1);
      return cells[turn % cells.length];
    });
  }
  return after.slots.map((_, cell) => (cell < before.slots.length ? cell : null));
}
