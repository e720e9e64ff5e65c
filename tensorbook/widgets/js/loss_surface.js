// The loss over two numbers: drag the point, and see the slope, the way down and what the model makes of its data.
import { h, mount, s } from "./dom.js";
import { chips, four, slider } from "./controls.js";
import { exports } from "./export.js";
import { latest, planePlot } from "./plane.js";
import { fitPanel } from "./training_fit.js";
import { lrToPosition, pathOf, positionToLr } from "./training_scale.js";

const TALL = 320;

// An arrow with a head of 8 px: the path of its lines.
export function arrow([x, y], [endX, endY]) {
  const dx = endX - x, dy = endY - y, length = Math.hypot(dx, dy) || 1;
  const ux = (8 * dx) / length, uy = (8 * dy) / length;
  const head = [1, -1].map((k) => [[endX, endY], [endX - ux + k * uy * 0.6, endY - uy - k * ux * 0.6]]);
  return [[[x, y], [endX, endY]], ...head].map(pathOf).join("");
}

function draw(view) {
  let now = view.model.get("picture"), width = 0;

  const title = h("p", { class: "tb-title" });
  const facts = h("div");
  const moved = latest(view, "point"), paced = latest(view, "lr");
  const plane = planePlot({ onmove: ([x, y]) => moved({ x, y }) });
  const holder = h("div", {}, plane.svg);
  const [across, up] = [h("p", { class: "tb-note tb-loss-across" }), h("p", { class: "tb-note" })];
  const fit = now.fit && fitPanel();
  const panels = h("div", { class: fit ? "tb-loss-panels" : "" },
    h("section", { class: "tb-panel tb-loss-surface", "aria-label": "loss surface" }, up, holder, across), fit?.element);
  const rate = slider({
    label: "learning rate of the descent", min: -100, max: 40, value: lrToPosition(now.lr),
    format: (position) => four(position === lrToPosition(now.lr) ? now.lr : positionToLr(position)),
    oninput: (position) => paced({ lr: positionToLr(position) }),
  });
  rate.classList.add("tb-loss-rate");
  const formula = h("p", { class: "tb-formula" });
  const way = h("p");
  const notes = h("div");
  const hint = h("p", { class: "tb-note" }, "drag the ring, or press the arrow keys on the surface; the arrow points down the slope");
  view.body.append(title, facts, panels, hint, formula, h("div", { class: "tb-row tb-loss-way" }, way, rate), notes,
    h("div", { class: "tb-spread" }, h("span"), exports(view, "loss-surface")));

  function paint() {
    if (!holder.clientWidth) return;
    const { x, y, left, top, right, bottom } = plane.draw(now.plane, now.at, holder.clientWidth, TALL);
    const held = ([a, b]) => [Math.min(Math.max(x(a), left), right), Math.min(Math.max(y(b), top), bottom)];
    const places = now.path.map((place) => held(place));
    plane.over.replaceChildren(
      s("path", { d: pathOf(places), class: "tb-plot-curve", stroke: "var(--tb-d0)" }),
      ...places.slice(1).map(([cx, cy]) => s("circle", { cx: cx.toFixed(1), cy: cy.toFixed(1), r: 2.2, fill: "var(--tb-d0)" })),
      ...(now.arrow ? [s("path", { d: arrow(held(now.at), held(now.arrow)), class: "tb-loss-arrow" })] : []));
    if (fit) fit.draw(now.fit, fit.holder.clientWidth, fit.element.offsetTop === panels.firstChild.offsetTop);
  }

  view.onResize((room) => {
    if (room === width) return;
    width = room;
    paint();
  });

  return (picture, previous) => {
    now = picture;
    const [a, b] = now.names;
    title.replaceChildren(h("b", {}, now.what), h("span", { class: "tb-dim" }, ` over ${a} and ${b}`));
    facts.replaceChildren(chips([
      { label: now.what, value: now.loss },
      { label: "at", value: `(${now.at.map(four).join(", ")})` },
      { label: "gradient", value: `(${now.gradient.join(", ")})`, tone: "d1" },
      { label: "from", value: now.plane.low, note: `to ${now.plane.high}: the greyer the higher` },
    ]));
    [up.textContent, across.textContent] = [`↑ ${b}`, `${a} →`];
    formula.textContent = now.formula;
    way.textContent = now.way;
    rate.hidden = now.own;
    if (!paced.busy()) rate.set(lrToPosition(now.lr));
    notes.replaceChildren(...now.notes.map((note) => h("p", { class: "tb-note" }, note)));
    plane.svg.setAttribute("aria-label", `${view.model.get("alt")} Arrow keys move the point.`);
    paint();
    if (previous && !moved.busy()) view.say(view.model.get("alt"));
  };
}

export default { render: (context) => mount(context, draw) };
