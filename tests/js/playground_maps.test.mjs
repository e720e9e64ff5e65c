import assert from "node:assert/strict";
import { test } from "node:test";
import { fromBase64, palette, pixels, places, walkNeurons } from "../../tensorbook/widgets/js/playground_maps.js";

const COLOURS = palette([0, 0, 255], [255, 255, 255], [255, 0, 0]);

test("a byte of 128 is the surface, the ends are the two hues", () => {
  assert.deepEqual(COLOURS[128], [255, 255, 255]);
  assert.deepEqual(COLOURS[255], [255, 38, 38]);
  assert.deepEqual(COLOURS[1], [38, 38, 255]);
  assert.deepEqual(COLOURS[0], COLOURS[1]);
});

test("bytes become pixels in order", () => {
  assert.deepEqual([...fromBase64("AYD/")], [1, 128, 255]);
  assert.deepEqual([...pixels(fromBase64("gP8="), COLOURS)], [255, 255, 255, 255, 255, 38, 38, 255]);
});

test("columns stand in the middle of the tallest, from lead to the right edge", () => {
  const [first, second, last] = places([2, 4, 1], 300, 30, 40, 60);
  assert.deepEqual(second.map(({ y }) => y), [5, 45, 85, 125]);
  assert.deepEqual(first.map(({ y }) => y), [45, 85]);
  assert.deepEqual([first[0].x, second[0].x, last[0].x], [60, 165, 270]);
  assert.equal(last[0].y, 65);
});

test("arrow keys walk the neurons and stay inside", () => {
  const sizes = [2, 4, 1];
  assert.deepEqual(walkNeurons("ArrowDown", { column: 1, row: 3 }, sizes), { column: 1, row: 3 });
  assert.deepEqual(walkNeurons("ArrowUp", { column: 1, row: 3 }, sizes), { column: 1, row: 2 });
  assert.deepEqual(walkNeurons("ArrowRight", { column: 1, row: 3 }, sizes), { column: 2, row: 0 });
  assert.deepEqual(walkNeurons("ArrowLeft", { column: 1, row: 3 }, sizes), { column: 0, row: 1 });
  assert.deepEqual(walkNeurons("ArrowLeft", { column: 0, row: 0 }, sizes), { column: 0, row: 0 });
  assert.equal(walkNeurons("a", { column: 0, row: 0 }, sizes), null);
});
