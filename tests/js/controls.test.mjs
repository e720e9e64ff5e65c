import assert from "node:assert/strict";
import { test } from "node:test";
import { four, step } from "../../tensorbook/widgets/js/controls.js";

test("step walks a row and stays inside", () => {
  assert.equal(step("ArrowRight", 0, 3), 1);
  assert.equal(step("ArrowRight", 2, 3), 2);
  assert.equal(step("ArrowLeft", 0, 3), 0);
  assert.equal(step("Home", 2, 3), 0);
  assert.equal(step("End", 0, 3), 2);
});

test("step walks a grid by its columns", () => {
  assert.equal(step("ArrowDown", 1, 12, 4), 5);
  assert.equal(step("ArrowUp", 5, 12, 4), 1);
});

test("step leaves other keys, and an empty group, alone", () => {
  assert.equal(step("a", 0, 3), null);
  assert.equal(step("Home", 0, 0), null);
});

test("four keeps four significant digits", () => {
  const cases = [[0, "0"], [1234, "1234"], [3.14159265, "3.142"], [-0.0000123456, "-1.235e-5"], [123456, "1.235e5"],
    [0.0001234, "0.0001234"], [0.5, "0.5"], [NaN, "nan"], [Infinity, "inf"], [-Infinity, "-inf"], [2e6, "2e6"], [9999.7, "1e4"]];
  for (const [value, text] of cases) assert.equal(four(value), text);
});
