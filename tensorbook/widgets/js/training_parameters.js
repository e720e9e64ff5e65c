// The parameters: value (or shape), and the norm of the gradient as a bar. Rows are kept and changed in place.
import { h } from "./dom.js";

export function parameterTable() {
  const body = h("tbody");
  const more = h("p", { class: "tb-note" });
  const when = h("span", { class: "tb-note" });
  const element = h("section", { class: "tb-panel tb-train-parameters", "aria-label": "parameters" },
    h("div", { class: "tb-spread" }, h("span", { class: "tb-heading" }, "gradient norm by parameter"), when),
    h("table", {},
      h("thead", {}, h("tr", {}, ["parameter", "value or shape", "", "norm"].map((name) => h("th", { scope: "col" }, name)))),
      body),
    more);
  let rows = new Map();

  function draw({ step, rows: wanted, more: rest, largest }, looking) {
    const names = wanted.map((row) => row.name);
    if (names.join("\n") !== [...rows.keys()].join("\n")) {
      rows = new Map(names.map((name) => [name, makeRow(name)]));
      body.replaceChildren(...[...rows.values()].map((row) => row.line));
    }
    for (const { name, value, norm, text, exact, warn } of wanted) {
      const row = rows.get(name);
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
    const value = h("td", { class: "tb-train-number" }), norm = h("td", { class: "tb-train-number" });
    const bar = h("span", { class: "tb-train-bar" });
    const line = h("tr", {}, h("th", { scope: "row", title: name }, name), value, h("td", { class: "tb-train-bars" }, bar), norm);
    return { line, value, norm, bar };
  }

  return { element, draw };
}
