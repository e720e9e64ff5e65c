// The parameters: value (or shape), the weights as a small histogram, the norm of the gradient as a bar. Rows are kept
// and changed in place.
import { h, s } from "./dom.js";

const TALLEST = 12;

export function parameterTable() {
  const body = h("tbody");
  const more = h("p", { class: "tb-note" });
  const when = h("span", { class: "tb-note" });
  const element = h("section", { class: "tb-panel tb-train-parameters", "aria-label": "parameters" },
    h("div", { class: "tb-spread" }, h("span", { class: "tb-heading" }, "weights and gradients"), when),
    h("table", {},
      h("thead", {}, h("tr", {}, ["parameter", "value or shape", "weights", "norm", "gradient", "norm"].map((name) => h("th", { scope: "col" }, name)))),
      body),
    more);
  let rows = new Map();

  function draw({ step, rows: wanted, more: rest, largest }, looking) {
    const names = wanted.map((row) => row.name);
    if (names.join("\n") !== [...rows.keys()].join("\n")) {
      rows = new Map(names.map((name) => [name, makeRow(name)]));
      body.replaceChildren(...[...rows.values()].map((row) => row.line));
    }
    for (const { name, value, weights, norm, text, exact, warn } of wanted) {
      const row = rows.get(name);
      row.size.textContent = weights?.size ?? "";
      histogram(row, weights);
      row.value.textContent = value;
      row.norm.textContent = text;
      row.norm.title = exact ?? "";
      row.line.classList.toggle("tb-train-warn", warn);
      row.bar.style.width = norm === null || largest <= 0 ? "0" : `max(2px, ${(100 * norm) / largest}%)`;
    }
    more.textContent = rest;
    more.hidden = !rest;
    when.textContent = looking ? `after step ${step.toLocaleString("en")}` : "";
  }

  function makeRow(name) {
    const size = h("td", { class: "tb-train-number" }), shape = s("svg", { width: 63, height: TALLEST, class: "tb-train-shape" });
    const value = h("td", { class: "tb-train-number" }), norm = h("td", { class: "tb-train-number" });
    const bar = h("span", { class: "tb-train-bar" });
    const line = h("tr", {}, h("th", { scope: "row", title: name }, name), value,
      h("td", { class: "tb-train-weights" }, shape), size, h("td", { class: "tb-train-bars" }, bar), norm);
    return { line, value, norm, bar, size, shape };
  }

  function histogram({ shape }, weights) {
    const bars = weights?.bars ?? [];
    shape.replaceChildren(...[
      bars.length > 0 && s("title", {}, weights.span),
      ...bars.map((bar, index) => bar > 0 && s("rect", { x: 4 * index, y: TALLEST - bar, width: 3, height: bar })),
    ].filter(Boolean));
  }

  return { element, draw };
}
