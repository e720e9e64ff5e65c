// What the graph explorer shows at a step: pure functions of the picture that Python computed.

// Edges by the box that they start and end at, worked out once for a picture.
const known = new WeakMap();
function edgesOf(picture) {
  if (!known.has(picture)) {
    const from = picture.nodes.map(() => []), into = picture.nodes.map(() => []);
    for (const edge of picture.edges) {
      from[edge.from].push(edge);
      into[edge.to].push(edge);
    }
    known.set(picture, { from, into });
  }
  return known.get(picture);
}

const carries = (edge) => edge.kind === "grad";

// How many numbers of a sorted list are at most `step`.
export function upTo(sorted, step) {
  let low = 0, high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] <= step) low = middle + 1;
    else high = middle;
  }
  return low;
}

// "done", "current", "stopped" (the pass failed here), "pending", or of a folded block "partly".
export function stateOf(picture, at, step) {
  if (picture.failed === at && step === picture.steps.length) return "stopped";
  if (step && picture.steps[step - 1].node === at) return "current";
  const node = picture.nodes[at];
  if (node.step !== null && node.step <= step) return "done";
  return node.kind === "block" && upTo(node.ran, step) ? "partly" : "pending";
}

// The edges that carry a gradient into a node, and out of it.
export function edgesInto(picture, at) {
  return edgesOf(picture).into[at].filter(carries);
}

export function edgesFrom(picture, at) {
  return edgesOf(picture).from[at].filter(carries);
}

// Has it passed this edge? 0 not yet, 1 it has, 2 in this very step.
export function edgeState(edge, step) {
  const came = upTo(edge.steps, step);
  return came ? (edge.steps[came - 1] === step ? 2 : 1) : 0;
}

// How many of the gradients that a node waits for have come; of a folded block, how many of its nodes have run.
export function arrived(picture, at, step) {
  const node = picture.nodes[at];
  if (node.kind === "block") return [upTo(node.ran, step), node.runs];
  if (picture.phase === "forward") return [0, 0];
  let came = 0, all = 0;
  for (const edge of edgesInto(picture, at)) {
    came += upTo(edge.steps, step);
    all += edge.count;
  }
  return [came, all];
}

// How many saved tensors the steps so far have freed, and how many there are.
export function freed(picture, step) {
  const sum = (steps) => steps.reduce((total, one) => total + one.frees, 0);
  return [sum(picture.steps.slice(0, step)), sum(picture.steps)];
}

// The boxes that look otherwise at step `now` than at step `before`, or may do so.
export function changed(picture, before, now) {
  const { from, into } = edgesOf(picture), found = new Set(picture.failed === null ? [] : [picture.failed]);
  const first = Math.max(Math.min(before, now), 1), last = Math.min(Math.max(before, now), picture.steps.length);
  for (let step = first; step <= last; step++) {
    const { node } = picture.steps[step - 1];
    found.add(node);
    for (const edge of from[node]) found.add(edge.to);
    for (const edge of into[node]) found.add(edge.from);
  }
  return found;
}

// The segments that an edge runs along, from its own first one down the trunk that it joins.
export function route(picture, edge) {
  const found = [];
  for (let at = edge.path; at >= 0; at = picture.segments[at][5]) found.push(at);
  return found;
}

// The state of every segment: the greatest of the edges that run along it.
export function segmentStates(picture, step) {
  const states = new Array(picture.segments.length).fill(0);
  for (const edge of picture.edges) {
    const state = edgeState(edge, step);
    // where a segment is that far already, so is the trunk below it
    for (let at = edge.path; state && at >= 0 && states[at] < state; at = picture.segments[at][5]) states[at] = state;
  }
  return states;
}

// A segment as the `d` of a path: down to the bend, then over in a curve that leaves and arrives vertically.
export function curve([x0, y0, bend, x1, y1], first = true) {
  const middle = Math.floor((bend + y1) / 2);
  const down = (first ? `M${x0} ${y0}` : `L${x0} ${y0}`) + (bend !== y0 ? `V${bend}` : "");
  return x0 === x1 ? `${down}V${y1}` : `${down}C${x0} ${middle} ${x1} ${middle} ${x1} ${y1}`;
}

// Where an arrow key leads: down along an edge, up to a consumer, sideways in the layer; null where it leads nowhere.
export function neighbour(picture, at, key) {
  const middle = (index) => picture.nodes[index].box[0] + picture.nodes[index].box[2] / 2;
  const nearest = (indexes) => indexes.reduce((best, index) =>
    best === null || Math.abs(middle(index) - middle(at)) < Math.abs(middle(best) - middle(at)) ? index : best, null);
  const down = picture.phase === "forward" ? "ArrowUp" : "ArrowDown";
  if (key === "ArrowDown" || key === "ArrowUp") {
    return nearest(key === down ? edgesOf(picture).from[at].map((edge) => edge.to) : edgesOf(picture).into[at].map((edge) => edge.from));
  }
  if (key === "Home") return 0;
  if (key === "End") return picture.nodes.length - 1;
  if (key !== "ArrowLeft" && key !== "ArrowRight") return null;
  const side = key === "ArrowRight" ? 1 : -1;
  return nearest(picture.nodes.map((node, index) => index).filter((index) =>
    picture.nodes[index].box[1] === picture.nodes[at].box[1] && side * (middle(index) - middle(at)) > 0));
}

// The nodes whose operation or variable holds the text, or whose key starts with it; those that are it come first.
export function find(picture, text) {
  const wanted = text.trim().toLowerCase();
  if (!wanted) return [];
  const found = { same: [], part: [] };
  picture.nodes.forEach((node, index) => {
    const label = node.label.toLowerCase();
    if (label.split(" = ").includes(wanted)) found.same.push(index);
    else if (label.includes(wanted) || node.key.toLowerCase().startsWith(wanted)) found.part.push(index);
  });
  return [...found.same, ...found.part];
}

// The node that stands where a block was, once it is open or folded; -1 where there is none.
export function standsFor(picture, key) {
  const folded = picture.nodes.findIndex((node) => node.key === key);
  return folded >= 0 ? folded : picture.nodes.findIndex((node) => node.in?.includes(key));
}

// The gradient that lies in .grad of a leaf after a step, as an index of a glimpse; null where there is none.
export function gradOf(picture, at, step) {
  const own = picture.nodes[at].step;
  if (!own) return null;
  const told = picture.steps[own - 1];
  return (own <= step ? told.after : told.before) ?? null;
}

// What a screen reader says of a node.
export function describe(picture, at, step) {
  const node = picture.nodes[at], forward = picture.phase === "forward";
  const [came, all] = arrived(picture, at, step), state = stateOf(picture, at, step);
  const next = [...new Set(edgesOf(picture).from[at].map((edge) => picture.nodes[edge.to].label))];
  const leads = next.length ? [`leads to ${next.slice(0, 4).join(", ")}`] : [];
  if (node.kind === "block") {
    return [`folded block ${node.label}`, node.shape, `${came} of ${all} have run`, "Enter opens it", ...leads].join(", ");
  }
  const name = node.kind === "leaf" ? `leaf ${node.label}` : node.kind === "data" ? `data ${node.label}` : node.key;
  const words = [node.kind === "op" && node.label.includes(" = ") ? `${name}, made ${node.label.split(" = ")[0]}` : name];
  if (node.shape) words.push(`shape ${node.shape}`);
  if (node.stale) words.push("a saved tensor was changed in place");
  if (node.kind === "data") words.push("needs no gradient");
  else if (state === "stopped") words.push("the pass stops here");
  else if (state !== "pending") words.push(state === "current" ? "current step" : "done");
  else words.push(all ? `pending, ${came} of ${all} gradients have come` : "pending");
  if (node.kind === "leaf" && !forward) {
    const grad = gradOf(picture, at, step);
    words.push(grad === null ? "grad is None" : `grad ${picture.glimpses[grad].range}`);
  }
  return [...words, ...leads].join(", ");
}

export function wordsAt(picture, step) {
  if (step) return picture.steps[step - 1].words;
  const pass = { forward: "the forward pass", backward: "the backward pass" }[picture.phase] ?? "a second backward";
  return `before ${pass}: ${picture.steps.length} steps`;
}

// Of many, at most so many: those that are there, the last of them where there are more, else the first to come.
export function latest(all, isHere, most) {
  if (all.length <= most) return all;
  const here = all.filter(isHere);
  return here.length ? here.slice(-most) : all.slice(0, most);
}
