// What all plots are made of: colours and dashes of curves, labels on axes, the legend.
import { h, s } from "./dom.js";

// Curves differ by dash as well as by colour.
export const DASHES = [null, "7 3", "2 3", "9 3 2 3", "5 2", "1 4"];

export function tone(index) {
  return index < 5 ? `var(--tb-d${index})` : "var(--tb-dim)";
}

export function ink(index) {
  return index < 5 ? `var(--tb-i${index})` : "var(--tb-dim)";
}

// A label on the picture; `anchor` start, middle or end.
export function label(x, y, text, anchor = "start", attributes = {}) {
  return s("text", { x, y, "text-anchor": anchor, "font-size": 10, class: "tb-mono tb-plot-tick", ...attributes }, text);
}

// What is told apart by colour differs by shape too: round, square, triangle, lozenge, triangle on its tip, cross.
const MARKS = [
  null, "m-3.5 -3.5h7v7h-7z", "m0 -4.5l4.5 8h-9z", "m0 -5l5 5l-5 5l-5 -5z", "m0 4.5l4.5 -8h-9z",
  "m-1.5 -4.5h3v3h3v3h-3v3h-3v-3h-3v-3h3z",
];

export function mark(x, y, kind) {
  const look = { fill: tone(kind), class: "tb-plot-mark" };
  return MARKS[kind] ? s("path", { d: `M${x.toFixed(1)} ${y.toFixed(1)}${MARKS[kind]}`, ...look })
    : s("circle", { cx: x.toFixed(1), cy: y.toFixed(1), r: 3.4, ...look });
}

// A sample of a curve, in its colour and dash.
export function sample(index) {
  return s("svg", { width: 22, height: 8, class: "tb-plot-sample", "aria-hidden": "true" },
    s("path", { d: "M0 4H22", stroke: tone(index), "stroke-width": 2, "stroke-dasharray": DASHES[index % DASHES.length] }));
}

// What curves there are: a sample of each, and its name.
export function legend(names, first = 0) {
  return h("ul", { class: "tb-plot-legend" }, names.map((name, index) =>
    h("li", { style: { color: ink(first + index) } }, sample(first + index), name)));
}
