import assert from "node:assert/strict";
import { test } from "node:test";
import { GAP, indices, perLine, placeCells, walk } from "../../tensorbook/widgets/js/cells.js";
import { inLine, journeys, locate, placeSlots, reach, readers, steps } from "../../tensorbook/widgets/js/stride_layout.js";

test("indices run in row-major order, without the gaps; a scalar has one, an empty tensor none", () => {
  assert.deepEqual(indices([[0, 1], [0, GAP, 9]]), [[0, 0], [0, 9], [1, 0], [1, 9]]);
  assert.deepEqual(indices([]), [[]]);
  assert.deepEqual(indices([[], [0]]), []);
});

test("the formula adds offset and terms", () => {
  const { terms, slot } = locate([1, 2], [4, 1], 3);
  assert.equal(slot, 9);
  assert.deepEqual(terms.map((term) => term.text), ["1·4", "2·1"]);
  assert.equal(locate([2], [-1], 3).terms[0].text, "2·(-1)");
});

test("a slot knows all of its cells", () => {
  const map = readers([0, 1, 2, 1, 2, 3]);
  assert.deepEqual(map.get(1), [1, 3]);
  assert.equal(map.get(9), undefined);
});

test("a cell is in line by column, by row, by block, or not at all", () => {
  assert.equal(inLine([1, 2], [0, 2]), 1);
  assert.equal(inLine([1, 2], [1, 0]), 0);
  assert.equal(inLine([1, 2], [0, 0]), null);
  assert.equal(inLine([1, 1, 2], [1, 0, 0]), 0);
  assert.equal(inLine([1, 1, 2], [0, 1, 2]), null);
  assert.equal(inLine([3], [3]), 0);
  assert.equal(inLine([3], [4]), null);
  assert.equal(inLine([], []), null);
});

test("keys walk rows, columns and blocks and stay inside", () => {
  const shown = [[0, 1], [0, 1, 2], [0, 1, 2, 3]];
  assert.equal(walk("ArrowRight", 3, shown), 4);
  assert.equal(walk("ArrowDown", 1, shown), 5);
  assert.equal(walk("ArrowDown", 9, shown), 13);
  assert.equal(walk("ArrowUp", 1, shown), 1);
  assert.equal(walk("PageDown", 5, shown), 17);
  assert.equal(walk("PageDown", 17, shown), 17);
  assert.equal(walk("PageUp", 17, shown), 5);
  assert.equal(walk("Home", 6, shown), 4);
  assert.equal(walk("End", 5, shown), 7);
  assert.equal(walk("a", 5, shown), null);
  assert.equal(walk("ArrowRight", 0, []), 0);
  assert.equal(walk("PageDown", 1, [[0, 1, 2]]), 1);
});

test("cells travel from the slot they share, in turn; a copy travels by position", () => {
  assert.deepEqual(journeys({ source: "", slots: [0, 1, 2, 3] }, { source: "", slots: [0, 2, 1, 9] }), [0, 2, 1, null]);
  assert.deepEqual(journeys({ source: "", slots: [0, 1, 1] }, { source: "", slots: [1, 1, 1] }), [1, 2, 1]);
  assert.deepEqual(journeys({ source: "", slots: [4, 5] }, { source: ".clone()", slots: [0, 1, 2] }), [0, 1, null]);
});

test("a line holds all slots, or a whole number of strides", () => {
  assert.equal(perLine(640, 44, 12), 12);
  assert.equal(perLine(640, 44, 24), 12);
  assert.equal(perLine(640, 44, 24, [6]), 12);
  assert.equal(perLine(640, 44, 24, [20, 5]), 10);
  assert.equal(perLine(640, 44, 60, [9]), 9);
  assert.equal(perLine(500, 44, 60, [6]), 8);
  assert.equal(perLine(300, 44, 60, [4]), 6);
  assert.equal(perLine(10, 44, 24), 1);
});

test("blocks flow: a leading dim to a line where it fits", () => {
  const picture = { shown: [[0, 1], [0, 1, 2], [0], [0, 1]], slots: [...Array(12).keys()], x: [10, 54], y: [18], block: [98, 50], cell: [44, 32, 13] };
  const wide = placeCells(picture, 600);
  assert.equal(wide.across, 3);
  assert.deepEqual(wide.cells[0], { x: 10, y: 18 });
  assert.deepEqual(wide.cells[6], { x: 10, y: 84 });
  assert.equal(wide.width, 334);
  const narrow = placeCells(picture, 230);
  assert.equal(narrow.across, 2);
  assert.deepEqual(narrow.cells[4], { x: 10, y: 84 });
});

test("a vector wraps, and keeps a place for what is left out", () => {
  const picture = { shown: [[0, 1, 2, 3, GAP, 8, 9]], slots: [0, 1, 2, 3, 8, 9], x: [], y: [18], block: [0, 0], cell: [44, 32, 13] };
  const { cells, gaps } = placeCells(picture, 190);
  assert.deepEqual(cells.map(({ x, y }) => [x, y]), [[0, 18], [44, 18], [88, 18], [132, 18], [44, 70], [88, 70]]);
  assert.deepEqual(gaps.map(({ x, y }) => [x, y]), [[0, 70]]);
});

test("slots wrap into lines", () => {
  const picture = { strip: [...Array(20).keys()], cell: [44, 32, 13], pitch: 52, gutter: 0, wraps: [] };
  const { slots, across, height } = placeSlots(picture, 400);
  assert.equal(across, 8);
  assert.deepEqual(slots[9], { x: 44, y: 52 });
  assert.equal(height, 156);
});

test("the walk goes from slot to slot, straight to the next one and in a bow over others, and tells the dim", () => {
  const places = [0, 1, 2, 3].map((k) => ({ x: 44 * k, y: 0 })), cells = [[0, 0], [0, 1], [1, 0], [1, 1]];
  const found = steps(cells, [0, 2, 1, 3], places, 44);
  assert.deepEqual(found.map((one) => one.dim), [1, 0, 1]);
  assert.equal(found[0].d, "M21 1Q65 -19 109 1");
  assert.equal(found[1].d, "M109 1L65 1");
  assert.deepEqual(steps([[]], [0], places, 44), []);
});

test("no slider of as_strided leaves the storage, and each goes as far as it can", () => {
  for (const setting of [{ size: [3, 4], stride: [4, 1], offset: 0, slots: 12 }, { size: [2, 3], stride: [1, 2], offset: 1, slots: 12 },
    { size: [1], stride: [0], offset: 5, slots: 6 }, { size: [2, 2], stride: [0, 3], offset: 0, slots: 9 }]) {
    const last = ({ size, stride, offset }) => size.reduce((sum, n, dim) => sum + (n - 1) * stride[dim], offset);
    const most = reach(setting);
    const at = (key, dim, value) => ({ ...setting, [key]: dim === null ? value : setting[key].with(dim, value) });
    const knobs = [["offset", null], ...setting.size.flatMap((_, dim) => [["size", dim], ["stride", dim]])];
    for (const [key, dim] of knobs) {
      const far = dim === null ? most[key] : most[key][dim];
      assert.ok(last(at(key, dim, far)) < setting.slots, `${key} ${dim}`);
      if (last(at(key, dim, far + 1)) !== last(at(key, dim, far))) assert.ok(last(at(key, dim, far + 1)) >= setting.slots, `${key} ${dim}`);
    }
  }
});
