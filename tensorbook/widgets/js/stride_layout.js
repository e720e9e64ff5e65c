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
