// Values as colours: blue below zero, vermilion above, the stronger the larger.
import { h } from "./dom.js";
import { four } from "./controls.js";

// The colour of one value among others: a CSS colour.
export function heat(value, values) {
  if (typeof value !== "number") return "var(--tb-alert)";
  const most = Math.max(...values.map((one) => (typeof one === "number" ? Math.abs(one) : 0)));
  if (!value || !most) return "var(--tb-cell)";
  const strength = Math.round(15 + (85 * Math.abs(value)) / most);
  return `color-mix(in srgb, var(--tb-${value > 0 ? "d1" : "d0"}) ${strength}%, var(--tb-cell))`;
}

// A strip or small table of cells for a glimpse of a tensor, its numbers on hover.
export function strip(glimpse) {
  const values = glimpse.rows.flat();
  if (!values.length) return null;
  const words = (value) => (typeof value === "number" ? four(value) : value);
  const tell = `values ${values.slice(0, 12).map(words).join(", ")}${values.length > 12 || glimpse.more ? ", …" : ""}`;
  return h("div", { class: "tb-heat", role: "img", "aria-label": tell },
    glimpse.rows.map((row) => h("div", { class: "tb-heat-row" }, row.map((value) =>
      h("span", { class: "tb-heat-cell", title: words(value), style: { background: heat(value, values) } },
        typeof value === "number" ? null : "!")))),
    glimpse.more ? h("span", { class: "tb-label" }, `and ${glimpse.more.toLocaleString("en")} more`) : null);
}
