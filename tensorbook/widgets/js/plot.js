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

// A sample of a curve, in its colour and dash.
export function sample(index) {
  return s("svg", { width: 22, height: 8, class: "tb-plot-sample", "aria-hidden": "true" },
    s("path", { d: "M0 4H22", stroke: tone(index), "stroke-width": 2, "stroke-dasharray": DASHES[index] }));
}

// What curves there are: a sample of each, and its name.
export function legend(names) {
  return h("ul", { class: "tb-plot-legend" }, names.map((name, index) =>
    h("li", { style: { color: ink(index) } }, sample(index), name)));
}
