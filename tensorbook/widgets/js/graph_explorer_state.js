// What the graph explorer shows at a step: pure functions of the picture that Python computed.

// "done", "current", "stopped" (the pass failed here) or "pending".
export function stateOf(picture, at, step) {
  if (picture.failed === at && step === picture.steps.length) return "stopped";
  const own = picture.nodes[at].step;
  if (own === null || own > step) return "pending";
  return own === step ? "current" : "done";
}

// The edges that carry a gradient into a node, and out of it.
export function edgesInto(picture, at) {
  return picture.edges.filter((edge) => edge.to === at && edge.kind === "grad");
}

export function edgesFrom(picture, at) {
  return picture.edges.filter((edge) => edge.from === at && edge.kind === "grad");
}

// Has the gradient passed this edge? 0 not yet, 1 it has, 2 in this very step.
export function edgeState(picture, edge, step) {
  const own = picture.nodes[edge.from].step;
  if (edge.kind !== "grad" || own === null || own > step) return 0;
  return own === step ? 2 : 1;
}

// How many of the gradients that a node waits for have come.
export function arrived(picture, at, step) {
  const edges = edgesInto(picture, at);
  return [edges.filter((edge) => edgeState(picture, edge, step) > 0).length, edges.length];
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
    const state = edgeState(picture, edge, step);
    // where a segment is that far already, so is the trunk below it
    for (let at = edge.path; state && at >= 0 && states[at] < state; at = picture.segments[at][5]) states[at] = state;
  }
  return states;
}

// A segment as the `d` of a path: down to the bend, then over in a curve that leaves and arrives vertically.
export function curve([x0, y0, bend, x1, y1], first = true) {
  const middle = Math.floor((bend + y1) / 2);
  const down = (first ? `M${x0} ${y0}` : `L${x0} ${y0}`) + (bend > y0 ? `V${bend}` : "");
  return x0 === x1 ? `${down}V${y1}` : `${down}C${x0} ${middle} ${x1} ${middle} ${x1} ${y1}`;
}

// Where an arrow key leads: down along an edge, up to a consumer, sideways in the layer; null where it leads nowhere.
export function neighbour(picture, at, key) {
  const middle = (index) => picture.nodes[index].box[0] + picture.nodes[index].box[2] / 2;
  const nearest = (indexes) => indexes.reduce((best, index) =>
    best === null || Math.abs(middle(index) - middle(at)) < Math.abs(middle(best) - middle(at)) ? index : best, null);
  if (key === "ArrowDown") return nearest(picture.edges.filter((edge) => edge.from === at).map((edge) => edge.to));
  if (key === "ArrowUp") return nearest(picture.edges.filter((edge) => edge.to === at).map((edge) => edge.from));
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

// The gradient that lies in .grad of a leaf after a step, as an index of a glimpse; null where there is none.
export function gradOf(picture, at, step) {
  const own = picture.nodes[at].step;
  if (own === null) return null;
  const told = picture.steps[own - 1];
  return (own <= step ? told.after : told.before) ?? null;
}

// What a screen reader says of a node.
export function describe(picture, at, step) {
  const node = picture.nodes[at];
  const name = node.kind === "leaf" ? `leaf ${node.label}` : node.kind === "data" ? `data ${node.label}` : node.key;
  const words = [node.kind === "op" && node.label.includes(" = ") ? `${name}, made ${node.label.split(" = ")[0]}` : name];
  if (node.shape) words.push(`shape ${node.shape}`);
  const state = stateOf(picture, at, step);
  const [came, all] = arrived(picture, at, step);
  if (node.kind === "data") words.push("needs no gradient");
  else if (state === "stopped") words.push("the pass stops here");
  else if (state !== "pending") words.push(state === "current" ? "current step" : "done");
  else if (node.kind !== "more") words.push(all ? `pending, ${came} of ${all} gradients have come` : "pending");
  if (node.kind === "leaf") {
    const grad = gradOf(picture, at, step);
    words.push(grad === null ? "grad is None" : `grad ${picture.glimpses[grad].range}`);
  }
  const next = [...new Set(picture.edges.filter((edge) => edge.from === at).map((edge) => picture.nodes[edge.to].label))];
  if (next.length) words.push(`leads to ${next.slice(0, 4).join(", ")}`);
  return words.join(", ");
}

export function wordsAt(picture, step) {
  return step ? picture.steps[step - 1].words : `before the backward pass: ${picture.steps.length} steps`;
}
