import assert from "node:assert/strict";
import { test } from "node:test";
import {
  arrived, changed, curve, describe, edgeState, find, freed, gradOf, latest, neighbour, route, segmentStates, standsFor, stateOf, upTo, wordsAt,
} from "../../tensorbook/widgets/js/graph_explorer_state.js";

// loss = sum(x * x): Sum over Mul over x, x twice; and beside Mul the data c
const node = (key, kind, x, y, step, more = {}) => ({ key, kind, label: key, name: key, shape: "(2,)", box: [x, y, 80, 32], step, ...more });
const edge = (from, to, path, kind = "grad") => ({ from, to, path, kind, slot: 0, port: 0, text: "g", steps: kind === "grad" ? [from + 1] : [], count: 1 });
const picture = {
  phase: "backward",
  nodes: [
    node("SumBackward0", "op", 100, 0, 1, { label: "loss = Sum" }), node("MulBackward0", "op", 100, 60, 2, { label: "Mul" }),
    node("x", "leaf", 60, 120, 3), node("c", "data", 180, 120, null),
  ],
  edges: [edge(0, 1, 0), edge(1, 2, 1), edge(1, 2, 2), edge(1, 3, 4, "data")],
  segments: [[140, 32, 32, 140, 60, -1], [130, 92, 92, 90, 120, -1], [150, 92, 92, 110, 110, 3], [110, 110, 110, 110, 120, -1],
    [160, 92, 92, 220, 120, -1]],
  glimpses: [{ range: "2 … 4" }],
  steps: [{ node: 0, words: "one" }, { node: 1, words: "two" }, { node: 2, words: "three", before: null, after: 0 }],
  failed: null,
};

test("a node is pending, then current, then done", () => {
  assert.deepEqual([0, 1, 2, 3].map((step) => stateOf(picture, 1, step)), ["pending", "pending", "current", "done"]);
  assert.equal(stateOf(picture, 3, 3), "pending");
});

test("where the pass failed, the node is stopped once all steps have run", () => {
  const failed = { ...picture, failed: 1, nodes: picture.nodes.map((one, at) => ({ ...one, step: at ? null : 1 })), steps: picture.steps.slice(0, 1) };
  assert.equal(stateOf(failed, 1, 0), "pending");
  assert.equal(stateOf(failed, 1, 1), "stopped");
});

test("a step changes the boxes at the ends of what passes, and no others", () => {
  const failed = { ...picture, failed: 2, steps: picture.steps.slice(0, 2), nodes: picture.nodes.with(2, { ...picture.nodes[2], step: null }) };
  for (const one of [picture, failed]) {
    const all = one.nodes.map((_, at) => at), told = (step) => all.map((at) => stateOf(one, at, step) + describe(one, at, step));
    for (let before = 0; before <= one.steps.length; before++) {
      for (let now = 0; now <= one.steps.length; now++) {
        const found = changed(one, before, now), [then, later] = [told(before), told(now)];
        assert.deepEqual(all.filter((at) => then[at] !== later[at] && !found.has(at)), [], `${before} to ${now}`);
      }
    }
  }
  assert.deepEqual([...changed(picture, 0, 1)], [0, 1]);
});

test("a gradient passes its edge in the step of the node that it leaves", () => {
  assert.deepEqual([0, 1, 2].map((step) => edgeState(picture.edges[0], step)), [0, 2, 1]);
  assert.equal(edgeState(picture.edges[3], 3), 0, "no gradient flows to data");
});

test("a leaf that is used twice waits for two gradients", () => {
  assert.deepEqual(arrived(picture, 2, 1), [0, 2]);
  assert.deepEqual(arrived(picture, 2, 2), [2, 2]);
});

test("a long edge runs down its trunk, and lights all of it", () => {
  assert.deepEqual(route(picture, picture.edges[2]), [2, 3]);
  assert.deepEqual(segmentStates(picture, 1), [2, 0, 0, 0, 0]);
  assert.deepEqual(segmentStates(picture, 2), [1, 2, 2, 2, 0]);
});

test("a trunk that one edge has lit stays lit, and shows the newest of its edges", () => {
  const shared = {
    nodes: [{ step: 1 }, { step: 2 }, { step: null }],
    edges: [{ from: 0, to: 2, kind: "grad", path: 0, steps: [1] }, { from: 1, to: 2, kind: "grad", path: 1, steps: [2] }],
    segments: [[0, 0, 0, 0, 9, 2], [5, 0, 0, 0, 9, 2], [0, 9, 9, 0, 20, -1]],
  };
  assert.deepEqual(segmentStates(shared, 1), [2, 0, 2]);
  assert.deepEqual(segmentStates(shared, 2), [1, 2, 2]);
  assert.deepEqual(segmentStates(shared, 3), [1, 1, 1]);
});

test("the arrow keys follow the edges", () => {
  assert.equal(neighbour(picture, 0, "ArrowDown"), 1);
  assert.equal(neighbour(picture, 1, "ArrowDown"), 2, "the nearest of its inputs");
  assert.equal(neighbour(picture, 2, "ArrowUp"), 1);
  assert.equal(neighbour(picture, 0, "ArrowUp"), null);
  assert.equal(neighbour(picture, 2, "ArrowRight"), 3);
  assert.equal(neighbour(picture, 3, "ArrowLeft"), 2);
  assert.equal(neighbour(picture, 3, "ArrowRight"), null);
  assert.equal(neighbour(picture, 2, "Home"), 0);
  assert.equal(neighbour(picture, 0, "End"), 3);
  assert.equal(neighbour(picture, 0, "b"), null);
});

test("what is asked for word by word comes first", () => {
  const nodes = ["Pow", "w", "h = Add"].map((label) => ({ label, key: label }));
  assert.deepEqual(find({ nodes }, "w"), [1, 0]);
  assert.deepEqual(find({ nodes }, "h"), [2]);
});

test("find looks at operations and variables, whatever their case", () => {
  assert.deepEqual(find(picture, "mul"), [1]);
  assert.deepEqual(find(picture, "LOSS"), [0]);
  assert.deepEqual(find(picture, "x"), [2]);
  assert.deepEqual(find(picture, "MulBack"), [1]);
  assert.deepEqual(find(picture, "w"), [], "not the w of Backward");
  assert.deepEqual(find(picture, "  "), []);
});

test("grad of a leaf is None until its step", () => {
  assert.equal(gradOf(picture, 2, 2), null);
  assert.equal(gradOf(picture, 2, 3), 0);
  assert.equal(gradOf(picture, 3, 3), null);
});

test("a screen reader hears the name, the shape, the state and where it leads", () => {
  assert.equal(describe(picture, 0, 0), "SumBackward0, made loss, shape (2,), pending, leads to Mul");
  assert.equal(describe(picture, 1, 2), "MulBackward0, shape (2,), current step, leads to x, c");
  assert.equal(describe(picture, 2, 1), "leaf x, shape (2,), pending, 0 of 2 gradients have come, grad is None");
  assert.equal(describe(picture, 2, 3), "leaf x, shape (2,), current step, grad 2 … 4");
  assert.equal(describe(picture, 3, 3), "data c, shape (2,), needs no gradient");
});

test("a curve leaves and arrives vertically", () => {
  assert.equal(curve([10, 0, 0, 10, 30]), "M10 0V30");
  assert.equal(curve([10, 0, 12, 40, 30]), "M10 0V12C10 21 40 21 40 30");
  assert.equal(curve([10, 0, 0, 10, 30], false), "L10 0V30");
});

test("the words of a step", () => {
  assert.equal(wordsAt(picture, 0), "before the backward pass: 3 steps");
  assert.equal(wordsAt(picture, 2), "two");
});

// the same graph with Mul and x folded into one block, which three gradients reach in two steps
const folded = {
  ...picture, phase: "backward",
  nodes: [picture.nodes[0], node("net", "block", 100, 60, 3, { ran: [2, 3], runs: 2, inside: [["MulBackward0", 1]], holds: ["x"] }), node("z", "leaf", 60, 120, 4, { in: ["outer"] })],
  edges: [{ ...edge(0, 1, 0), count: 2, steps: [1, 1] }, { ...edge(1, 2, 1), count: 3, steps: [2, 3] }],
  steps: [{ node: 0, frees: 1 }, { node: 1, frees: 0 }, { node: 1, frees: 2 }, { node: 2, frees: 0 }],
};

test("a folded block is partly done while some of its nodes have run, current while one of them runs", () => {
  assert.deepEqual([1, 2, 3, 4].map((step) => stateOf(folded, 1, step)), ["pending", "current", "current", "done"]);
  const early = { ...folded, steps: [{ node: 0 }, { node: 1 }, { node: 0 }, { node: 1 }], nodes: folded.nodes.map((one, at) => (at === 1 ? { ...one, step: 4, ran: [2, 4] } : one)) };
  assert.equal(stateOf(early, 1, 3), "partly");
  assert.deepEqual([1, 2, 3].map((step) => arrived(folded, 1, step)), [[0, 2], [1, 2], [2, 2]]);
  assert.match(describe(folded, 1, 2), /^folded block net, \(2,\), 1 of 2 have run, Enter opens it, leads to z$/);
});

test("edges that are drawn as one are counted one by one", () => {
  assert.deepEqual([1, 2, 3].map((step) => arrived(folded, 2, step)), [[0, 3], [1, 3], [2, 3]]);
  assert.deepEqual([1, 2, 3, 4].map((step) => edgeState(folded.edges[1], step)), [0, 2, 2, 1]);
});

test("saved tensors are freed step by step", () => {
  assert.deepEqual([0, 1, 2, 3].map((step) => freed(folded, step)), [[0, 3], [1, 3], [1, 3], [3, 3]]);
});

test("a block, open or folded, has a node that stands in its place", () => {
  assert.deepEqual(["net", "outer", "nowhere"].map((key) => standsFor(folded, key)), [1, 2, -1]);
});

test("counting in a sorted list", () => {
  assert.deepEqual([0, 1, 2, 5, 9].map((step) => upTo([1, 2, 2, 5], step)), [0, 1, 3, 4, 4]);
});

test("in the forward view arrow down follows the data, and nothing waits for gradients", () => {
  const forward = { ...picture, phase: "forward" };
  assert.equal(neighbour(forward, 1, "ArrowDown"), 0);
  assert.equal(neighbour(forward, 0, "ArrowUp"), 1);
  assert.deepEqual(arrived(forward, 2, 2), [0, 0]);
  assert.match(wordsAt(forward, 0), /^before the forward pass: 3 steps$/);
});

test("of many gradients the latest that came are listed, or the first to come", () => {
  const listed = (came, all = 9, most = 3) => latest([...Array(all).keys()], (one) => one < came, most);
  assert.deepEqual([listed(0), listed(2), listed(5)], [[0, 1, 2], [0, 1], [2, 3, 4]]);
  assert.deepEqual(listed(0, 3), [0, 1, 2]);
});
