// The two losses, epoch by epoch.
import { h, s } from "./dom.js";
import { DASHES, label, legend, tone } from "./plot.js";
import { fitting, pathOf, scaler } from "./training_scale.js";

const HEIGHT = 130, TOP = 8, BOTTOM = 32, RIGHT = 10;

export function lossPanel() {
  const svg = s("svg", { height: HEIGHT, role: "img" });
  const holder = h("div", {}, svg);
  const element = h("section", { class: "tb-panel tb-play-loss", "aria-label": "loss" },
    h("div", { class: "tb-spread" }, h("span", { class: "tb-heading" }, "loss"), legend(["train", "test"])), holder);

  function draw({ loss, losses }) {
    const width = holder.clientWidth;
    if (!width) return;
    const left = 14 + Math.max(...loss.y.ticks.map(([, text]) => text.length)) * 6.2, right = width - RIGHT, bottom = HEIGHT - BOTTOM;
    const x = scaler(loss.x, left, right), y = scaler(loss.y, bottom, TOP);
    svg.setAttribute("width", width);
    svg.setAttribute("aria-label", losses[0] === null ? "no losses yet" : `loss ${losses[0]} on the points to train on, ${losses[1]} on those to test with`);
    svg.replaceChildren(
      ...fitting(loss.y.ticks, 100, 40).flatMap(([value, text]) => [
        s("line", { x1: left, x2: right, y1: y(value), y2: y(value), class: "tb-plot-grid" }), label(left - 8, y(value) + 3.5, text, "end")]),
      ...fitting(loss.x.ticks, right - left, 56).map(([value, text]) => label(x(value), bottom + 14, text, "middle")),
      label((left + right) / 2, HEIGHT - 4, "epoch", "middle", { "font-size": 11 }),
      ...loss.curves.map((curve, index) => s("path", { d: pathOf(loss.steps.map((step, i) => (curve[i] === null ? null : [x(step), y(curve[i])]))),
        class: "tb-plot-curve", stroke: tone(index), "stroke-dasharray": DASHES[index] })));
  }
  return { element, draw };
}
