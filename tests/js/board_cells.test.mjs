import assert from "node:assert/strict";
import { test } from "node:test";
import { apart, look, shadeOf, together } from "../../tensorbook/widgets/js/board_cells.js";

const links = { out: [{ a: [0, 1], b: [2] }, { a: [1], b: [2, 3] }] };

test("a cell of the result knows its terms, and a term the cells it went into", () => {
  assert.deepEqual([...together(links, "out", 1)], [["a", new Set([1])], ["b", new Set([2, 3])]]);
  assert.deepEqual([...together(links, "a", 1)], [["out", new Set([0, 1])]]);
  assert.deepEqual([...together(links, "b", 3)], [["out", new Set([1])]]);
  assert.equal(together(links, "a", 9).size, 0);
  assert.equal(together({}, "a", 0).size, 0);
});

test("colours mean the sign and grow with the size, softly where a number is read on them", () => {
  assert.equal(shadeOf(0, true), "var(--tb-cell)");
  assert.match(shadeOf(-100, true), /--tb-d0\) 40%/);
  assert.match(shadeOf(100, false), /--tb-d1\) 100%/);
});

test("a state is never told by colour alone", () => {
  const panel = { kinds: { 1: "ghost", 2: "bad" }, tone: 1, shades: null, cell: [44, 32, 13] };
  assert.equal(look(panel, 0, "here")["stroke-width"], 2);
  assert.equal(look(panel, 0, "here").weight, 700);
  assert.equal(look(panel, 0, "lit").fill, "var(--tb-s1)");
  assert.equal(look(panel, 1, "")["stroke-dasharray"], "2 3");
  assert.equal(look(panel, 1, "").ink, "var(--tb-dim)");
  assert.equal(look(panel, 1, "lit").ink, "var(--tb-text)");
  assert.equal(look(panel, 2, "").weight, 700);
  const warm = { ...panel, shades: [100, -100, 0] };
  assert.match(look(warm, 0, "lit").fill, /color-mix/);
  assert.equal(look(warm, 0, "lit")["stroke-width"], 2);
  assert.equal(look(warm, 1, "").fill, "var(--tb-panel)");
});

test("what is left out shows as a wider step", () => {
  const panel = { x: [10, 54, 118], y: [18, 50], cell: [44, 32, 13] };
  assert.deepEqual([0, 1, 2, 3, 5].map((k) => apart(panel, k)), [
    [false, false], [false, false], [true, false], [false, false], [true, false]]);
});
