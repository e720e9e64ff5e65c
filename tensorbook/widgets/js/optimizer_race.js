// Optimisers on a surface: drag the start, choose who races and how fast, play, step and scrub their way down.
import { h, mount, s } from "./dom.js";
import { button, chips, copy, four, press, slider, toolbar } from "./controls.js";
import { exports } from "./export.js";
import { latest, planePlot } from "./plane.js";
import { DASHES, ink, label, mark, sample, tone } from "./plot.js";
import { fitting, lrToPosition, pathOf, positionToLr, scaler } from "./training_scale.js";

const TALL = 330, LOSS_TALL = 298, TOP = 8, BOTTOM = 40, RIGHT = 12;
const SECONDS = 5;            // that a whole race takes when it is played

function draw(view) {
  let now = view.model.get("picture");
  let at = null;              // the step that is looked at; null: the last
  let playing = null, width = 0;
  const step = () => at ?? now.steps;

  const title = h("p", { class: "tb-title" });
  const facts = h("div");
  const surfaces = now.surfaces.map((name) => button(name, {
    pressed: false, name: `surface ${name}`, onpress: () => { stop(); at = null; return view.ask("surface", { name }); },
  }));
  const says = h("p", { class: "tb-dim" });

  const play = button("▶ play", { onpress: () => (playing === null ? start() : stop()) });
  play.classList.add("tb-primary");
  const controls = toolbar("race", play,
    button("◀ step", { onpress: () => look(step() - 1) }), button("step ▶", { onpress: () => look(step() + 1) }));
  const scrub = slider({ label: "step", min: 0, max: now.steps, value: now.steps, format: (value) => `${value} of ${now.steps}`,
    oninput: (value) => { stop(); look(value); } });
  scrub.classList.add("tb-optim-scrub");

  const moved = latest(view, "start");
  const plane = planePlot({ onmove: ([x, y]) => { stop(); at = null; moved({ x, y }); } });
  const losses = s("svg", { height: LOSS_TALL, role: "img" });
  const left = h("div"), right = h("div");
  left.append(plane.svg);
  right.append(losses);
  const panels = h("div", { class: "tb-optim-panels" },
    h("section", { class: "tb-panel tb-optim-surface", "aria-label": "surface" }, left),
    h("section", { class: "tb-panel", "aria-label": "loss over steps" },
      h("p", { class: "tb-heading" }, "height above the lowest"), right));

  const rows = h("div", { class: "tb-optim-rows" });
  const add = h("div");
  const code = h("pre", { class: "tb-optim-code tb-scroll", tabindex: 0, "aria-label": "the program", hidden: true });
  let coded = null;           // whose program is shown
  const copyCode = button("copy program", { onpress: () => copy(code.textContent, copyCode) });
  copyCode.hidden = true;
  const hint = h("p", { class: "tb-note" }, "drag the ring, or press the arrow keys on the surface: all start there");
  view.body.append(title, facts, toolbar("surface", surfaces), says,
    h("div", { class: "tb-row tb-optim-controls" }, controls, scrub), panels, hint, rows, add, code,
    h("div", { class: "tb-spread" }, copyCode, exports(view, "optimizer-race")));
  let byName = new Map();     // the rows: they stay while their racers stay, so that a slider keeps the focus

  function start() {
    const from = step() >= now.steps ? 0 : step(), began = performance.now();
    play.textContent = "❚❚ pause";
    const frame = (time) => {
      look(Math.min(from + Math.round(((time - began) / 1000) * (now.steps / SECONDS)), now.steps));
      if (step() < now.steps) playing = requestAnimationFrame(frame);
      else { stop(); view.say(view.model.get("alt")); }
    };
    playing = requestAnimationFrame(frame);
  }

  function stop() {
    cancelAnimationFrame(playing);
    playing = null;
    play.textContent = "▶ play";
  }
  view.onClose(stop);

  function look(to) {
    const bound = Math.min(Math.max(to, 0), now.steps);
    at = bound === now.steps ? null : bound;
    scrub.set(step(), now.steps);
    paint();
  }

  // Everything that depends on the step: the paths and the curves up to it, and where each racer stands.
  function paint() {
    if (!left.clientWidth) return;
    const { x, y, inside } = plane.draw(now.plane, now.start, left.clientWidth, TALL);
    plane.over.replaceChildren(
      ...now.minima.map(([a, b]) => s("path", { d: `M${x(a) - 5} ${y(b)}h10M${x(a)} ${y(b) - 5}v10`, class: "tb-optim-lowest" })),
      ...now.racers.flatMap(({ points }, index) => {
        const places = points.slice(0, step() + 1).map(([a, b]) => (a !== null && inside(a, b) ? [x(a), y(b)] : null));
        const head = places.at(-1);
        return [s("path", { d: pathOf(places), class: "tb-plot-curve", stroke: tone(index), "stroke-dasharray": DASHES[index] }),
          head && mark(...head, index)].filter(Boolean);
      }));
    paintLosses(right.clientWidth);
    now.racers.forEach(({ name, points, above, verdict }) => {
      const last = Math.min(step(), points.length - 1), gone = step() > last || at === null;
      byName.get(name).words.textContent = gone ? verdict : `at (${points[last].map(four).join(", ")}), ${four(above[last])} above the lowest`;
    });
  }

  function paintLosses(room) {
    const { x: across, y: up } = now.loss;
    const from = 12 + Math.max(...up.ticks.map(([, text]) => text.length)) * 6.2, to = room - RIGHT, bottom = LOSS_TALL - BOTTOM;
    const x = scaler(across, from, to), y = scaler(up, bottom, TOP, true);
    losses.setAttribute("width", room);
    losses.setAttribute("aria-label", `height above the lowest point at step ${step()}: ${
      now.racers.map(({ name, above }) => `${name} ${four(above[Math.min(step(), above.length - 1)])}`).join(", ")}`);
    losses.replaceChildren(
      ...up.ticks.flatMap(([value, text]) => [
        s("line", { x1: from, x2: to, y1: y(value), y2: y(value), class: "tb-plot-grid" }), label(from - 6, y(value) + 3.5, text, "end")]),
      ...fitting(across.ticks, to - from, 40).map(([value, text]) => label(x(value), bottom + 16, text, "middle")),
      label((from + to) / 2, LOSS_TALL - 6, "step", "middle", { class: "tb-plot-axis", "font-size": 11 }),
      ...now.racers.flatMap(({ above }, index) => {
        const places = above.slice(0, step() + 1).map((value, k) => [x(k), y(value)]);
        return [s("path", { d: pathOf(places), class: "tb-plot-curve", stroke: tone(index), "stroke-dasharray": DASHES[index] }),
          mark(...places.at(-1), index)];
      }));
  }

  function row(name, index, lr) {
    const words = h("span", { class: "tb-optim-words" });
    const change = latest(view, "lr");
    const entry = { words, change, lr };
    const speed = lr === null ? null : slider({
      label: "lr", min: -100, max: 40, value: lrToPosition(lr),
      format: (position) => four(position === lrToPosition(entry.lr) ? entry.lr : positionToLr(position)),
      oninput: (position) => { stop(); at = null; change({ name, lr: positionToLr(position) }); },
    });
    speed?.input.setAttribute("aria-label", `learning rate of ${name}`);
    const element = h("div", { class: "tb-optim-row", role: "group", "aria-label": name },
      h("span", { class: "tb-optim-name", style: { color: ink(index) } }, sample(index),
        s("svg", { width: 12, height: 12, "aria-hidden": "true" }, mark(6, 6, index)), name),
      h("span", { class: "tb-optim-lr" }, speed), words,
      button("program", { quiet: true, name: `program of ${name}`, onpress: () => showCode(coded === name ? null : name) }),
      button("×", { quiet: true, name: `take ${name} out`, title: `take ${name} out`, onpress: () => view.ask("remove", { name }),
        disabled: now.racers.length === 1 }));
    return Object.assign(entry, { element, speed });
  }

  function showCode(name) {
    coded = name;
    const racer = now.racers.find((each) => each.name === name);
    code.hidden = copyCode.hidden = !racer;
    code.textContent = racer?.code ?? "";
  }

  function drawRows(names) {
    if ([...byName.keys()].join("\n") !== names.join("\n")) {
      const held = rows.contains(view.root.ownerDocument.activeElement);
      byName = new Map(now.racers.map(({ name, lr }, index) => [name, row(name, index, lr)]));
      rows.replaceChildren(...[...byName.values()].map(({ element }) => element));
      if (held) rows.querySelector("input, button")?.focus();
      const more = now.others.map((name) => button(`+ ${name}`, { name: `let ${name} race`, onpress: () => view.ask("add", { name }) }));
      const inside = add.contains(view.root.ownerDocument.activeElement);
      add.replaceChildren(more.length ? toolbar("let more race", ...more) : "");
      if (inside) (more[0] ?? play).focus();
    }
    now.racers.forEach(({ name, lr }) => {
      const entry = byName.get(name);
      entry.lr = lr;
      if (!entry.change.busy()) entry.speed?.set(lrToPosition(lr));
    });
  }

  view.onResize((room) => {
    if (room === width) return;
    width = room;
    paint();
  });

  return (picture, previous) => {
    now = picture;
    title.replaceChildren(h("b", {}, now.surface), now.formula && h("span", { class: "tb-dim" }, `  f(x, y) = ${now.formula}`));
    facts.replaceChildren(chips([
      { label: "start", value: `(${now.start.map(four).join(", ")})` }, { label: "steps", value: now.steps.toLocaleString("en") },
      { label: "from", value: now.plane.low, note: `to ${now.plane.high}: the greyer the higher` },
    ]));
    surfaces.forEach((each, index) => press(each, now.surfaces[index] === now.surface));
    says.textContent = now.says;
    says.hidden = !now.says;
    if (at > now.steps) at = null;
    scrub.set(step(), now.steps);
    drawRows(now.racers.map(({ name }) => name));
    showCode(coded);
    plane.svg.setAttribute("aria-label", `${view.model.get("alt")} Arrow keys move the start.`);
    paint();
    if (previous && !moved.busy()) view.say(view.model.get("alt"));
  };
}

export default { render: (context) => mount(context, draw) };
