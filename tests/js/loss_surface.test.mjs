import assert from "node:assert/strict";
import test from "node:test";
import { arrow } from "../../tensorbook/widgets/js/loss_surface.js";

test("an arrow is its shaft and the two lines of its head, 8 px along it", () => {
  assert.equal(arrow([0, 0], [20, 0]), "M0.0 0.0L20.0 0.0M20.0 0.0L12.0 -4.8M20.0 0.0L12.0 4.8");
});
