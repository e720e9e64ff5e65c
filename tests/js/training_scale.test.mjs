import assert from "node:assert/strict";
import test from "node:test";
import {
  fitting, lrChanges, lrToPosition, nearest, pathOf, positionToLr, scaler,
} from "../../tensorbook/widgets/js/training_scale.js";

test("a linear axis maps its ends and its middle", () => {
  const y = scaler({ min: 0, max: 4 }, 200, 0);
  assert.deepEqual([0, 2, 4].map(y), [200, 100, 0]);
});

test("a log axis gives each decade the same room", () => {
  const y = scaler({ min: 0.01, max: 1 }, 200, 0, true);
  assert.deepEqual([0.01, 0.1, 1].map((value) => Math.round(y(value))), [200, 100, 0]);
});

test("the nearest entry is found as by looking at all of them", () => {
  const steps = [1, 2, 5, 9, 30, 31, 100];
  for (let wanted = -3; wanted < 110; wanted += 1) {
    const distances = steps.map((step) => Math.abs(step - wanted));
    assert.equal(distances[nearest(steps, wanted)], Math.min(...distances), `wanted ${wanted}`);
  }
  assert.equal(nearest([], 3), -1);
});

test("a path breaks at a missing point, and a point alone is a dot", () => {
  assert.equal(pathOf([[0, 0], [1, 1], null, [3, 3], null, [5, 5], [6, 6]]), "M0.0 0.0L1.0 1.0M3.0 3.0h0.1M5.0 5.0L6.0 6.0");
  assert.equal(pathOf([null, null]), "");
});

test("the slider's learning rates are round, and each position leads back to itself", () => {
  for (let position = -120; position <= 40; position += 1) assert.equal(lrToPosition(positionToLr(position)), position);
  assert.deepEqual([-40, -20, 0, 6].map(positionToLr), [0.01, 0.1, 1, 2]);
});

test("changes of the learning rate are told with their step", () => {
  assert.deepEqual(lrChanges([1, 2, 3, 4], [0.1, 0.1, 0.3, 0.3]), [{ step: 3, lr: 0.3 }]);
});

test("ticks are thinned to the room there is, and the first stays", () => {
  const ticks = [0, 1, 2, 3, 4, 5].map((value) => [value, String(value)]);
  assert.equal(fitting(ticks, 600, 60).length, 6);
  const few = fitting(ticks, 130, 60);
  assert.ok(few.length <= 3);
  assert.equal(few[0][0], 0);
});
