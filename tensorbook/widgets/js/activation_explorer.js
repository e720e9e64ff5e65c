// One neuron, live: the sliders and the point move here, Python is told where they come to rest.
import { h, s, mount } from "./dom.js";
import { button, chips, copy, four, press, slider, toolbar } from "./controls.js";
import { exports } from "./export.js";
import { FUNCTIONS, curve, heights } from "./activation_functions.js";
import { DASHES } from "./plot.js";
import { pathOf, scaler } from "./training_scale.js";

const REACH = 5, TALL = 248, STRIP = 116;
const TONES = ["d0", "d3", "d4", "dim"], INKS = ["i0", "i3", "i4", "dim"];
const NUMBERS = ["x", "weight", "bias"];
const real = (value) => (Number.isInteger(value) ? value.toFixed(1) : four(value)); // of whole numbers torch makes integers
const text = (x, y, words, attributes = {}) => s("text", { x, y, "text-anchor": "middle", "font-size": 12, ...attributes }, words);

function draw(view) {
  const { model } = view;
  const now = Object.fromEntries(NUMBERS.map((name) => [name, model.get(name)]));
  const get = (name) => model.get(name);
  const set = (name, value) => { model.set(name, value); model.save_changes(); };
  let comparing = get("compare").length > 0;

  const title = h("p", { class: "tb-title" }, h("b", {}, "a"), " = f(w · x + b)");
  const facts = h("div");
  const pick = (name) => {
    if (!comparing || name === get("activation")) {
      set("activation", name);
      set("compare", get("compare").filter((one) => one !== name));
    } else if (get("compare").includes(name)) set("compare", get("compare").filter((one) => one !== name));
    else if (get("compare").length < 3) set("compare", [...get("compare"), name]);
    else view.say("three functions are compared already");
  };
  const choices = Object.keys(FUNCTIONS).map((name) => button(name, { pressed: false, onpress: () => pick(name) }));
  const compare = button("compare", { pressed: comparing, title: "draw other curves beside the first", onpress: () => {
    comparing = !comparing;
    if (!comparing) set("compare", []);
    show();
  } });
  const derivative = button("derivative", {
    pressed: false, title: "draw the slope da/dx, and the tangent", onpress: () => set("derivative", !get("derivative")) });
  const sliders = NUMBERS.map((name) => slider({
    label: name === "x" ? "input x" : `${name} ${name[0]}`, min: -REACH, max: REACH, step: 0.1, value: now[name], format: four,
    oninput: (value) => { now[name] = value; paint(); }, onchange: (value) => set(name, value),
  }));

  const strip = s("svg", { height: STRIP, role: "img" });
  const plot = s("svg", { height: TALL, role: "img", class: "tb-act-plot" });
  const holder = h("div", { class: "tb-panel tb-act-panel" }, strip, plot);
  const legend = h("div", { class: "tb-legend" });
  const formula = h("p", { class: "tb-formula" });
  const slope = h("p", { class: "tb-mono" });
  const words = h("p", { class: "tb-dim" });
  const line = h("code", { class: "tb-mono" });
  const copyLine = button("copy line", { onpress: () => copy(line.textContent, copyLine) });
  view.body.append(title, facts, h("div", { class: "tb-row" }, toolbar("activation function", ...choices), toolbar("show", compare, derivative)),
    h("div", { class: "tb-row" }, sliders), holder, legend, formula, slope, words,
    h("div", { class: "tb-spread tb-foot" }, line, copyLine, exports(view, "activation")));

  const value = () => {
    const [f, rate] = FUNCTIONS[get("activation")], z = Number((now.weight * now.x + now.bias).toPrecision(12));
    return { z, a: f(z), rate: rate(z), slope: now.weight * rate(z) };
  };

  // The neuron: input, weight, bias, sum, function, output.
  function neuron(width) {
    const { z, a } = value(), [f] = FUNCTIONS[get("activation")];
    const narrow = width < 460, r = narrow ? 23 : 28, y = 62;
    const at = { x: r + 10, sum: (narrow ? 0.49 : 0.44) * width, f: (narrow ? 0.73 : 0.69) * width, a: width - r - 10 };
    const edge = (from, to, weight, tone) => s("path", {
      d: `M${from} ${y}H${to}`, stroke: `var(--tb-${tone})`, "stroke-width": 1 + Math.min(Math.abs(weight), 5), "stroke-dasharray": weight < 0 ? "7 5" : null });
    const node = (x, tone, shown, name) => [
      s("circle", { cx: x, cy: y, r, fill: "var(--tb-cell)", stroke: `var(--tb-${tone})`, "stroke-width": 2 }),
      shown && text(x, y + 5, shown, { class: "tb-mono", "font-size": narrow ? 11 : 13, "font-weight": 700 }),
      text(x, y + r + 18, name, { class: "tb-caption" })].filter(Boolean);
    const size = r * 0.62, tall = { min: -1.1, max: get("activation") === "identity" ? 1.1 : 1.6 };
    const glyph = curve((u) => f(3 * u) / (f(3) > 1.1 ? 3 : 1), tall, 1, 41);
    strip.replaceChildren(
      edge(at.x + r, at.sum - r, now.weight, "d2"), edge(at.sum + r, at.f - r, 0.5, "dim"), edge(at.f + r, at.a - r, 0.5, "dim"),
      s("path", { d: `M${at.sum} 22V${y - r}`, stroke: "var(--tb-d2)", "stroke-width": 1 + Math.min(Math.abs(now.bias), 5), "stroke-dasharray": now.bias < 0 ? "4 3" : null }),
      text(at.sum, 15, `b = ${four(now.bias)}`, { class: "tb-mono tb-act-leaf" }),
      text((at.x + at.sum) / 2, y - 12, `w = ${four(now.weight)}`, { class: "tb-mono tb-act-leaf" }),
      text((at.x + at.sum) / 2, y + 20, `${narrow ? "" : "w · x = "}${four(Number((now.weight * now.x).toPrecision(12)))}`, { class: "tb-mono tb-caption" }),
      ...node(at.x, "text", four(now.x), "input x"), ...node(at.sum, "text", four(z), "sum z"),
      ...node(at.f, "d0", "", get("activation")), ...node(at.a, "d0", four(a), "output a"),
      s("path", { d: pathOf(glyph.map((p) => p && [at.f + size * p[0], y - size * p[1]])), class: "tb-act-curve", stroke: "var(--tb-d0)", "stroke-width": 2 }));
    strip.setAttribute("width", width);
    strip.setAttribute("aria-label", `a neuron: input ${four(now.x)}, weight ${four(now.weight)}, bias ${four(now.bias)}, sum ${four(z)}, output ${four(a)}`);
  }

  // The curve over the input, with the point that the sliders move.
  let across = null;
  function graph(width) {
    const names = [get("activation"), ...get("compare")], axis = heights(names);
    const left = 40, right = width - 12, top = 12, bottom = TALL - 34;
    const x = scaler({ min: -REACH, max: REACH }, left, right), y = scaler(axis, bottom, top);
    const place = (points) => pathOf(points.map((p) => p && [x(p[0]), y(p[1])]));
    const { a, slope: da } = value(), seen = a >= axis.min && a <= axis.max;
    const over = (name, order = 0) => (u) => FUNCTIONS[name][order](now.weight * u + now.bias) * (order ? now.weight : 1);
    across = { left, right };
    plot.setAttribute("width", width);
    plot.setAttribute("aria-label", view.model.get("alt"));
    plot.replaceChildren(
      ...axis.ticks.flatMap((tick) => [
        s("path", { d: `M${left} ${y(tick)}H${right}`, class: tick ? "tb-act-grid" : "tb-act-zero" }),
        text(left - 8, y(tick) + 4, String(tick), { class: "tb-mono tb-tick", "text-anchor": "end" })]),
      ...[-4, -2, 0, 2, 4].flatMap((tick) => [
        s("path", { d: `M${x(tick)} ${top}V${bottom}`, class: tick ? "tb-act-grid" : "tb-act-zero" }),
        text(x(tick), bottom + 16, String(tick), { class: "tb-mono tb-tick" })]),
      text((left + right) / 2, TALL - 4, "input x", { class: "tb-caption" }),
      ...names.map((name, i) => s("path", { d: place(curve(over(name), axis, REACH)), class: "tb-act-curve",
        stroke: `var(--tb-${TONES[i]})`, "stroke-dasharray": DASHES[i], "stroke-width": i ? 2 : 3 })).reverse(),
      ...(get("derivative") ? [
        s("path", { d: place(curve(over(names[0], 1), axis, REACH)), class: "tb-act-curve tb-act-slope", "stroke-width": 2, "stroke-dasharray": "5 4" }),
        s("path", { d: place(curve((u) => a + da * (u - now.x), axis, REACH).map((p) => p && Math.abs(p[0] - now.x) < 1.3 ? p : null)), class: "tb-act-curve tb-act-slope", "stroke-width": 2 })] : []),
      s("path", { d: `M${x(now.x)} ${bottom}V${y(Math.min(Math.max(a, axis.min), axis.max))}H${left}`, class: "tb-act-lead" }),
      s("circle", { cx: x(now.x), cy: y(Math.min(Math.max(a, axis.min), axis.max)), r: 6, class: seen ? "tb-act-point" : "tb-act-point tb-act-off" }));
  }

  const drag = (event) => {
    const share = (event.clientX - plot.getBoundingClientRect().left - across.left) / (across.right - across.left);
    now.x = Number((Math.min(Math.max(share * 2 - 1, -1), 1) * REACH).toFixed(1));
    sliders[0].set(now.x);
    paint();
  };
  plot.addEventListener("pointerdown", (event) => { plot.setPointerCapture(event.pointerId); drag(event); });
  plot.addEventListener("pointermove", (event) => { if (event.buttons & 1) drag(event); });
  plot.addEventListener("pointerup", () => set("x", now.x));

  function paint() {
    const width = holder.clientWidth - 34;
    const { z, a, rate, slope: da } = value(), f = get("activation");
    if (width > 0) {
      neuron(width);
      graph(width);
    }
    const leaf = (words) => h("span", { class: "tb-act-leaf" }, words);
    const sign = now.bias < 0 ? " − " : " + ";
    formula.replaceChildren(`a = ${f}(`, leaf(four(now.weight)), ` · ${four(now.x)}${sign}`, leaf(four(Math.abs(now.bias))),
      `) = ${f}(${four(z)}) = `, h("b", {}, four(a)));
    slope.replaceChildren("da/dx = w · f′(z) = ", leaf(four(now.weight)), ` · ${four(rate)} = `, h("b", { class: "tb-act-backward" }, four(da)));
    const code = (get("picture").functions?.[f] ?? { line: "" }).line;
    line.textContent = `z = torch.tensor(${real(now.weight)} * ${real(now.x)}${now.bias < 0 ? " - " : " + "}${real(Math.abs(now.bias))}); a = ${code}`;
  }

  function show() {
    const names = [get("activation"), ...get("compare")], { functions } = get("picture"), about = functions[names[0]];
    facts.replaceChildren(chips([{ label: "range", value: about.range }, { label: "largest slope f′", value: about.slope }]));
    words.textContent = `${names[0]}: ${about.words}.`;
    choices.forEach((item) => press(item, names.includes(item.textContent)));
    press(compare, comparing);
    press(derivative, get("derivative"));
    legend.replaceChildren(...[...names.map((name, i) => [name, TONES[i], INKS[i], DASHES[i]]),
      ...(get("derivative") ? [["da/dx", "d1", "i1", "5 4"]] : [])].map(([name, tone, ink, dash]) =>
      h("span", { class: "tb-axis tb-act-key", style: { color: `var(--tb-${ink})` } },
        s("svg", { width: 24, height: 8, "aria-hidden": "true" }, s("path", { d: "M0 4H24", stroke: `var(--tb-${tone})`, "stroke-width": 2, "stroke-dasharray": dash })), name)));
    paint();
  }

  NUMBERS.forEach((name, i) => view.on(`change:${name}`, (value) => { now[name] = value; sliders[i].set(value); paint(); }));
  ["activation", "compare", "derivative"].forEach((name) => view.on(`change:${name}`, show));
  view.onResize(paint);
  return (picture, previous) => {
    show();
    if (previous) view.say(model.get("alt"));
  };
}

export default { render: (context) => mount(context, draw) };
