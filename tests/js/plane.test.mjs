import assert from "node:assert/strict";
import test from "node:test";
import { nudge, outline, within } from "../../tensorbook/widgets/js/plane.js";

const plane = { x: { min: -2, max: 2 }, y: { min: 0, max: 1 } };

test("a ring is placed in its box, from the lower left", () => {
  assert.equal(outline([[0, 0, 1000, 0, 500, 1000]], [10, 0, 110, 50]), "M10.0 50.0L110.0 50.0L60.0 0.0Z");
});

test("arrow keys go a fortieth of an axis, with Shift a fifth of that, and stay on it", () => {
  assert.deepEqual(nudge({ key: "ArrowRight" }, [0, 0.5], plane), [0.1, 0.5]);
  assert.deepEqual(nudge({ key: "ArrowUp", shiftKey: true }, [0, 0.5], plane), [0, 0.505]);
  assert.deepEqual(nudge({ key: "ArrowLeft" }, [-2, 0.5], plane), [-2, 0.5]);
  assert.equal(nudge({ key: "Enter" }, [0, 0], plane), null);
});

test("a place is rounded to what a pointer can mean, and is never minus zero", () => {
  assert.equal(within(0.123456, { min: 0, max: 1 }), 0.123);
  assert.equal(within(1234.5678, { min: 0, max: 5000 }), 1235);
  assert.ok(Object.is(within(-0.00001, { min: -1, max: 1 }), 0));
});
