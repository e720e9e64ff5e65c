// The loss curves: axes, curves, the marker of the step that is looked at, and the crosshair under the pointer.
import { s } from "./dom.js";
import { four } from "./controls.js";
import { DASHES, label, tone } from "./plot.js";
import { fitting, lrChanges, nearest, pathOf, scaler } from "./training_scale.js";

const TOP = 12, BOTTOM = 40, RIGHT = 20;

// What is known of one step, in words: { step, text }. Of what is measured only now and then, the latest.
export function tell(loss, metrics, wanted) {
  const at = nearest(loss.steps, wanted);
  if (at < 0) return { step: 0, text: "step 0, before the first step" };
  const said = [loss, metrics].filter(Boolean).flatMap((plot) => plot.names.map((name, index) => {
    const value = plot.curves[index].slice(0, at + 1).findLast((value) => value !== null);
    return value === undefined ? null : `${name} ${four(value)}`;
  }));
  return {
    step: loss.steps[at],
    text: [`step ${loss.steps[at].toLocaleString("en")}`, ...said.filter(Boolean), `lr ${four(loss.lr[at])}`].join(" · "),
  };
}

// The plot as a thing of its own: `draw(loss, { scale, width, at })`; `point(step or null)` moves the crosshair;
// `onpoint(step or null)` while the pointer moves, `onpick(step)` where it is pressed or dragged.
export function lossPlot({ height: HEIGHT, onpoint, onpick }) {
  const still = s("g"), marker = s("g", { class: "tb-train-marker" }), hair = s("g", { class: "tb-train-hair" });
  const svg = s("svg", { height: HEIGHT, role: "img", class: "tb-train-plot" }, still, marker, hair);
  let shown = null;

  const stepAt = (event) => {
    if (!shown?.loss.steps.length) return null;
    const box = svg.getBoundingClientRect();
    const { min, max } = shown.loss.x;
    const part = (event.clientX - box.left - shown.left) / (shown.right - shown.left);
    return Math.min(Math.max(Math.round(min + part * (max - min)), 0), shown.loss.steps.at(-1));
  };
  svg.addEventListener("pointermove", (event) => {
    const step = stepAt(event);
    if (step === null) return;
    onpoint(step);
    if (event.buttons & 1) onpick(step);
  });
  svg.addEventListener("pointerdown", (event) => {
    const step = stepAt(event);
    if (step === null || event.button !== 0) return;
    svg.setPointerCapture(event.pointerId);
    onpick(step);
  });
  svg.addEventListener("pointerleave", () => onpoint(null));

  function draw(loss, { scale, width, at }) {
    const log = scale === "log" && loss.log !== null;
    const axis = log ? loss.log : loss.linear;
    const left = 16 + Math.max(...axis.ticks.map(([, text]) => text.length)) * 6.2;
    const right = width - RIGHT, bottom = HEIGHT - BOTTOM;
    const x = scaler(loss.x, left, right), y = scaler(axis, bottom, TOP, log);
    shown = { loss, left, right, bottom, x, y, log };
    const points = (steps, curve) => steps.map((step, i) =>
      curve[i] === null || (log && curve[i] <= 0) ? null : [x(step), y(curve[i])]);
    const line = (points, index, curves, look = "tb-plot-curve") => {
      const last = points.findLast(Boolean);
      return [
        s("path", {
          d: pathOf(joinMissing(points, curves)), class: look, stroke: tone(index),
          "stroke-dasharray": DASHES[index % DASHES.length],
        }),
        last && s("circle", { cx: last[0], cy: last[1], r: 3, fill: tone(index) }),
      ].filter(Boolean);
    };
    svg.setAttribute("width", width);
    still.replaceChildren(
      ...axis.ticks.flatMap(([value, text]) => [
        s("line", { x1: left, x2: right, y1: y(value), y2: y(value), class: "tb-plot-grid" }),
        label(left - 8, y(value) + 3.5, text, "end"),
      ]),
      ...fitting(loss.x.ticks, right - left, 64).flatMap(([value, text]) => [
        s("line", { x1: x(value), x2: x(value), y1: bottom, y2: bottom + 4, class: "tb-plot-grid" }),
        label(x(value), bottom + 16, text, "middle"),
      ]),
      label((left + right) / 2, HEIGHT - 6, "step", "middle", { class: "tb-plot-axis", "font-size": 11 }),
      ...lrChanges(loss.steps, loss.lr).slice(-40).map((change) =>
        s("path", { d: `M${x(change.step).toFixed(1)} ${bottom - 6}l-4 6h8z`, class: "tb-train-lr" },
          s("title", {}, `learning rate ${four(change.lr)} from step ${change.step}`))),
      ...loss.kept.flatMap((run, index) => line(points(run.steps, run.curve), loss.names.length + index, 1, "tb-plot-kept")),
      ...loss.curves.flatMap((curve, index) => line(points(loss.steps, curve), index, loss.names.length)),
    );
    mark(at);
    point(null);
  }

  function mark(at) {
    marker.replaceChildren();
    svg.classList.toggle("tb-train-looking", at !== null);
    if (at === null || !shown?.loss.steps.length) return;
    const { x, left, right, bottom } = shown;
    const text = `step ${at.toLocaleString("en")}`, w = 14 + text.length * 6;
    const middle = Math.min(Math.max(x(at), left + w / 2), right - w / 2);
    marker.append(
      s("line", { x1: x(at), x2: x(at), y1: TOP - 6, y2: HEIGHT - 19 }),
      s("rect", { x: middle - w / 2, y: HEIGHT - 19, width: w, height: 18, rx: 9 }),
      label(middle, HEIGHT - 6, text, "middle"),
    );
  }

  function point(step) {
    hair.replaceChildren();
    if (step === null || !shown?.loss.steps.length) return;
    const { loss, x, y, bottom, log } = shown;
    const at = nearest(loss.steps, step);
    hair.append(s("line", { x1: x(loss.steps[at]), x2: x(loss.steps[at]), y1: TOP - 6, y2: bottom }));
    loss.curves.forEach((curve, index) => {
      if (curve[at] === null || (log && curve[at] <= 0)) return;
      hair.append(s("circle", { cx: x(loss.steps[at]), cy: y(curve[at]), r: 4, stroke: tone(index) }));
    });
  }

  return { svg, draw, mark, point };
}

// With several curves, one that was measured only now and then is joined over the steps without a value.
function joinMissing(points, curves) {
  if (curves < 2) return points;
  const there = points.filter(Boolean);
  return there.length < points.length / 2 || points.findLastIndex(Boolean) === points.length - 1 ? there : points;
}
