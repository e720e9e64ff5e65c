import assert from "node:assert/strict";
import test from "node:test";
import { bandOf } from "../../tensorbook/widgets/js/device_race_plot.js";

const same = (value) => value;

test("a band goes there along its upper ends, back along its lower ones, and closes", () => {
  const points = [[1, 5, 4, 7], [2, 6, 5, 9]];            // size, median, low, high
  assert.equal(bandOf(points, same, same), "M1.0 7.0L2.0 9.0L2.0 5.0L1.0 4.0Z");
  assert.equal(bandOf([], same, same), "");
});
