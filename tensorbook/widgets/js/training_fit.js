// What the model makes of the data now: its line through the points, its decision boundary, or predicted against true.
import { h, s } from "./dom.js";
import { fitting, pathOf, scaler } from "./training_scale.js";
import { label, mark, tone } from "./plot.js";

const TITLES = { line: "data and prediction", map: "decision boundary", pairs: "predicted against true", failed: "prediction" };
const NAMES = { line: ["input", "target"], map: ["feature 0", "feature 1"], pairs: ["true value", "predicted"] };
const TOP = 20, BOTTOM = 34, RIGHT = 12;

export function fitPanel() {
  const title = h("span", { class: "tb-heading" });
  const count = h("span", { class: "tb-note" });
  const holder = h("div");
  const element = h("section", { class: "tb-panel tb-fit", "aria-label": "prediction" },
    h("div", { class: "tb-spread" }, title, count), holder);

  // `beside`: next to the loss, and as tall as its panel; else below it.
  function draw(fit, width, beside) {
    const height = beside ? 284 : 216;
    title.textContent = TITLES[fit.kind];
    if (fit.kind === "failed") {
      count.textContent = "";
      holder.replaceChildren(h("p", { class: "tb-fit-failed", role: "alert" }, fit.message));
      return;
    }
    count.textContent = [
      fit.then !== undefined && `after step ${fit.then.toLocaleString("en")}`,
      fit.shown < fit.total && `${fit.shown} of ${fit.total.toLocaleString("en")} points`,
    ].filter(Boolean).join(" · ");
    const left = 14 + Math.max(...fit.y.ticks.map(([, text]) => text.length)) * 6.2;
    const right = width - RIGHT, bottom = height - BOTTOM;
    const x = scaler(fit.x, left, right), y = scaler(fit.y, bottom, TOP);
    const inside = ([, value]) => value !== null && value >= fit.y.min && value <= fit.y.max;
    const [acrossName, upName] = NAMES[fit.kind];
    const parts = [];
    if (fit.kind === "map") parts.push(...field(fit, left, right, bottom));
    parts.push(
      ...fit.y.ticks.flatMap(([value, text]) => [
        fit.kind !== "map" && s("line", { x1: left, x2: right, y1: y(value), y2: y(value), class: "tb-plot-grid" }),
        label(left - 8, y(value) + 3.5, text, "end"),
      ]).filter(Boolean),
      ...fitting(fit.x.ticks, right - left, 44).map(([value, text]) => label(x(value), bottom + 15, text, "middle")),
      label((left + right) / 2, height - 3, acrossName, "middle", { class: "tb-plot-axis", "font-size": 11 }),
      label(0, 10, upName, "start", { class: "tb-plot-axis", "font-size": 11 }),
      ...fit.points.map((point, index) => inside(point) && mark(x(point[0]), y(point[1]), fit.classes?.[index] ?? 0)).filter(Boolean),
    );
    if (fit.kind === "line") {
      const clamp = (value) => Math.min(Math.max(value, fit.y.min), fit.y.max);
      const line = fit.line.map(([at, value]) => (value === null ? null : [x(at), y(clamp(value))]));
      parts.push(s("path", { d: pathOf(line), class: "tb-fit-line" }));
    }
    if (fit.kind === "pairs") {
      parts.push(s("path", { d: `M${left} ${y(fit.x.min)}L${right} ${y(fit.x.max)}`, class: "tb-fit-equal" }));
    }
    const said = `${TITLES[fit.kind]}: ${fit.shown} points`;
    holder.replaceChildren(s("svg", { width, height, role: "img", "aria-label": said }, parts));
  }

  function field(fit, left, right, bottom) {
    const rows = fit.winner.length / fit.columns;
    const edges = (start, end, count) => Array.from({ length: count + 1 }, (_, i) => Math.round(start + ((end - start) * i) / count));
    const xs = edges(left, right, fit.columns), ys = edges(bottom, TOP, rows);
    return fit.winner.map((winner, cell) => {
      const column = cell % fit.columns, row = Math.floor(cell / fit.columns);
      return s("rect", {
        x: xs[column], y: ys[row + 1], width: xs[column + 1] - xs[column], height: ys[row] - ys[row + 1],
        fill: tone(winner), "fill-opacity": 0.08 + 0.05 * fit.certainty[cell],
      });
    });
  }

  return { element, holder, draw };
}
