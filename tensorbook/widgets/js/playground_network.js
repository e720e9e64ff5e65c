// The network: a tile with a heat map for each neuron, a line for each weight; layers and neurons come and go here.
import { h, s, listen } from "./dom.js";
import { button, choice, four } from "./controls.js";
import { paint, places, walkNeurons } from "./playground_maps.js";

const TILE = 34, PITCH = 42, LEAD = 58, HEAD = 62, COLUMN = 68;
const MOST_LAYERS = 6, MOST_NEURONS = 8;
export const WORDS = { "x1": "x₁", "x2": "x₂", "x1**2": "x₁²", "x2**2": "x₂²", "x1*x2": "x₁x₂", "sin(x1)": "sin x₁", "sin(x2)": "sin x₂" };

// `set(changes)` and `weight({layer, neuron, source, value})` travel to Python; `onlook(neuron or null)` while a neuron
// is pointed at.
export function network({ set, weight, onlook, colours }) {
  const svg = s("svg", { class: "tb-play-edges", "aria-hidden": "true" }), tiles = h("div", { class: "tb-play-tiles" });
  const heads = h("div", { class: "tb-play-heads" });
  const stage = h("div", { class: "tb-play-stage" }, svg, heads, tiles);
  const scroll = h("div", { class: "tb-scroll tb-play-scroll" }, stage);
  const more = button("+ layer", { title: "add a hidden layer", onpress: () => layers([...now().layers, now().layers.at(-1) ?? 4]) });
  const less = button("− layer", { title: "take the last hidden layer away", onpress: () => layers(now().layers.slice(0, -1)) });
  const view = button("gradients", { pressed: false, title: "lines show the gradient of each weight instead of its value", onpress: () => {
    gradients = !gradients;
    view.setAttribute("aria-pressed", String(gradients));
    edges();
    tell();
  } });
  const key = h("p", { class: "tb-note" });
  const editor = h("div", { class: "tb-play-editor" });
  const element = h("section", { class: "tb-panel tb-play-network", "aria-label": "network" },
    h("div", { class: "tb-spread" }, h("span", { class: "tb-heading" }, "network"), h("div", { class: "tb-toolbar", role: "group", "aria-label": "layers" }, less, more, view)),
    scroll, key, editor);
  let scene = null, picture = null, gradients = false, built = "", neurons = [], lines = [], inputs = [], spots = [];
  let typed = null;                               // the field that holds what Python does not know yet
  let chosen = null;                              // the neuron whose weights are listed: { column, row }
  const now = () => scene.settings;
  const layers = (sizes) => set({ layers: sizes });
  const may = (name) => !scene.fixed.includes(name) && !scene.hidden.includes(name);
  const sizes = () => [now().features.length, ...now().layers, 1];
  const nameOf = ({ column, row }) => column === 0 ? WORDS[now().features[row]]
    : column === sizes().length - 1 ? "output" : `layer ${column}, neuron ${row + 1}`;

  function tile(column, row, x, y, words) {
    const canvas = h("canvas", { width: 20, height: 20, "aria-hidden": "true" });
    const look = () => onlook({ column, row, name: words });
    const item = h("button", { type: "button", class: "tb-play-tile", "data-at": `${column} ${row}`, tabindex: -1, "aria-label": words, title: words,
      style: { left: `${x}px`, top: `${y}px` }, onpointerenter: look, onfocus: look, onpointerleave: () => onlook(null), onblur: () => onlook(null),
      onclick: () => choose({ column, row }) }, canvas);
    item.canvas = canvas;
    return item;
  }

  // Build what the sizes say; what changes with each epoch is set in `update`.
  function build(width) {
    const all = sizes();
    const wide = Math.max(width, COLUMN * (all.length - 1) + LEAD + TILE + 16);
    spots = places(all, wide - 16, TILE, PITCH, LEAD);
    const most = Math.max(...all, now().features.length);
    const tall = PITCH * most;
    stage.style.width = `${wide}px`;
    stage.style.height = `${HEAD + tall + 30}px`;
    svg.setAttribute("width", wide);
    svg.setAttribute("height", tall);
    neurons = spots.map((column, at) => column.map(({ x, y }, row) => tile(at, row, x, y, nameOf({ column: at, row }))));
    lines = [];
    const paths = [], hits = [];
    for (let layer = 0; layer < all.length - 1; layer += 1) {
      lines.push(spots[layer + 1].map((to, row) => spots[layer].map((from, source) => {
        const x1 = from.x + TILE, y1 = from.y + TILE / 2, x2 = to.x, y2 = to.y + TILE / 2, bend = (x2 - x1) / 2;
        const d = `M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`;
        const line = s("path", { d, class: "tb-play-edge" });
        const hit = s("path", { d, class: "tb-play-hit", onclick: () => choose({ column: layer + 1, row }, source),
          onpointerenter: () => { line.classList.add("tb-play-here"); tell({ layer, row, source }); },
          onpointerleave: () => { line.classList.remove("tb-play-here"); tell(); } });
        paths.push(line);
        hits.push(hit);
        return line;
      })));
    }
    svg.replaceChildren(...paths, ...hits);
    const labels = now().features.map((name, row) =>
      h("span", { class: "tb-play-feature", style: { top: `${spots[0][row].y + TILE / 2 - 10}px` } }, WORDS[name]));
    const norms = all.slice(1).map((_, at) => h("span", { class: "tb-play-norm", style: { left: `${spots[at + 1][0].x + TILE / 2}px`, top: `${tall + 4}px` } }));
    build.norms = norms;
    tiles.replaceChildren(...labels, ...neurons.flat(), h("span", { class: "tb-play-normname", style: { top: `${tall + 6}px` } }, "gradient"), ...norms);
    heads.replaceChildren(
      h("span", { class: "tb-play-head", style: { left: `${spots[0][0].x + TILE / 2}px` } }, "features"),
      ...now().layers.map((size, at) => head(size, at)),
      h("span", { class: "tb-play-head", style: { left: `${spots.at(-1)[0].x + TILE / 2}px` } }, "output"));
    if (chosen && !spots[chosen.column]?.[chosen.row]) chosen = null;
    const first = neurons[chosen?.column ?? 1][chosen?.row ?? 0];
    first.tabIndex = 0;
  }

  function head(size, at) {
    const words = `layer ${at + 1}`, resize = (by) => layers(now().layers.map((count, k) => (k === at ? count + by : count)));
    const pick = choice({ label: "", name: `activation of ${words}`, options: scene.all.activations, value: now().activation[at],
      onchange: (name) => set({ activation: now().activation.map((old, k) => (k === at ? name : old)) }) });
    pick.input.disabled = !may("activation");
    pick.input.title = now().activation[at];
    pick.input.style.width = `${Math.min(spots[at + 2][0].x - spots[at + 1][0].x - 2, 90)}px`;   // not into the next one
    pick.hidden = scene.hidden.includes("activation");
    const one = (label, by, name) => button(label, { quiet: true, name, title: name, disabled: !may("layers") || size + by < 1 || size + by > MOST_NEURONS, onpress: () => resize(by) });
    return h("div", { class: "tb-play-head", style: { left: `${spots[at + 1][0].x + TILE / 2}px` } }, pick,
      h("span", { class: "tb-play-size", hidden: scene.hidden.includes("layers") },
        one("−", -1, `one neuron less in ${words}`), h("span", { class: "tb-value", title: `${size} neurons` }, size), one("+", 1, `one neuron more in ${words}`)));
  }

  function edges() {
    const { weights, gradients: slopes } = picture;
    const most = slopes[0] ? Math.max(1e-12, ...slopes.flat(2).map((value) => Math.abs(value ?? 0))) : 1;
    lines.forEach((rows, layer) => rows.forEach((row, to) => row.forEach((line, source) => {
      const value = gradients ? slopes[layer]?.[to][source] ?? 0 : weights[layer][to][source] ?? 0;
      const size = gradients ? 0.4 + 5 * Math.sqrt(Math.abs(value) / most) : 0.5 + 1.2 * Math.min(Math.abs(value), 3);
      line.setAttribute("stroke", gradients ? "var(--tb-d1)" : value > 0 ? "var(--tb-d1)" : "var(--tb-d0)");
      line.setAttribute("stroke-width", size.toFixed(2));
      line.setAttribute("stroke-dasharray", !gradients && value <= 0 ? "5 3" : "none");
    })));
  }

  // What the lines mean, or what is known of the one that is pointed at.
  function tell(edge) {
    if (edge) {
      const { layer, row, source } = edge, slope = picture.gradients[layer]?.[row][source];
      key.textContent = `${nameOf({ column: layer, row: source })} → ${nameOf({ column: layer + 1, row })}: weight ${four(picture.weights[layer][row][source] ?? NaN)}`
        + (slope === undefined ? "" : `, gradient ${four(slope ?? NaN)}`);
    } else if (gradients) {
      key.textContent = picture.gradients[0] ? "line: gradient of the last batch, the wider the larger" : "no backward pass yet: run, or take a step";
    } else key.textContent = "line: weight, the wider the larger; blue and dashed below 0, vermilion above. Click one to change it.";
  }

  // The bias and the weights of one neuron, to be read and written.
  function choose(neuron, source = null) {
    if (neuron.column === 0) return;
    chosen = neuron;
    edit();
    inputs[source === null ? 0 : source + 1]?.focus();
    inputs[source === null ? 0 : source + 1]?.select();
  }

  function edit() {
    inputs = [];
    editor.hidden = !chosen;
    if (!chosen) return;
    const { column, row } = chosen, layer = column - 1;
    const field = (name, source) => {
      const input = h("input", { class: "tb-input tb-play-weight", type: "number", step: 0.1, disabled: !may("weights"),
        "aria-label": `${source === null ? "bias" : `weight from ${name}`} of ${nameOf(chosen)}`,
        oninput: () => { typed = input; }, onchange: () => commit(), onblur: () => { typed = null; } });
      const commit = () => {
        if (typed === input && input.value !== "") weight({ layer, neuron: row, source, value: Number(input.value) });
        typed = null;
      };
      listen(input, "keydown", (event) => {
        if (event.key === "Enter") commit();
        if (event.key === "Escape") { neurons[column][row].focus(); event.stopPropagation(); }
      });
      inputs.push(input);
      return h("label", { class: "tb-play-field" }, h("span", { class: "tb-label" }, name), input, h("span", { class: "tb-play-slope tb-mono" }));
    };
    const fields = [field("bias", null), ...spots[layer].map((_, source) => field(nameOf({ column: layer, row: source }).replace("layer ", "").replace(", neuron ", "."), source))];
    const close = button("close", { quiet: true, onpress: () => { chosen = null; edit(); neurons[column][row].focus(); } });
    editor.replaceChildren(h("div", { class: "tb-spread" }, h("span", { class: "tb-heading" }, `into ${nameOf(chosen)}`), close), h("div", { class: "tb-play-fields" }, fields));
    fill();
  }

  function fill() {
    if (!chosen) return;
    const { column, row } = chosen, layer = column - 1, slopes = picture.gradients[layer]?.[row];
    inputs.forEach((input, at) => {
      const value = at ? picture.weights[layer][row][at - 1] : picture.biases[layer][row];
      if (input !== typed) input.value = four(value ?? NaN);
      input.parentElement.lastChild.textContent = at && slopes ? `∂ ${four(Number((slopes[at - 1] ?? NaN).toPrecision(2)))}` : "\u00a0";
    });
  }

  listen(tiles, "keydown", (event) => {
    if (!event.target.dataset.at || event.altKey || event.ctrlKey || event.metaKey) return;
    const [column, row] = event.target.dataset.at.split(" ").map(Number), to = walkNeurons(event.key, { column, row }, sizes());
    if (!to) return;
    event.preventDefault();
    event.target.tabIndex = -1;
    neurons[to.column][to.row].tabIndex = 0;
    neurons[to.column][to.row].focus();
  });

  function update(newScene, newPicture, width) {
    scene = newScene;
    picture = newPicture;
    if (!width) return;
    const wanted = JSON.stringify([sizes(), now().features, now().activation, width, scene.fixed, scene.hidden]);
    if (wanted !== built) {
      // What has the focus is built anew: it gets the focus back.
      const held = element.contains(document.activeElement) ? document.activeElement.getAttribute("aria-label") : null;
      built = wanted;
      build(width);
      edit();
      if (held) [...element.querySelectorAll("[aria-label]")].find((item) => item.getAttribute("aria-label") === held)?.focus();
    }
    const maps = [now().features.map((name) => scene.features[name]), ...picture.maps.hidden, [picture.maps.output]];
    neurons.forEach((column, at) => column.forEach((item, row) => paint(item.canvas, maps[at][row], colours())));
    const largest = Math.max(...picture.norms.map((value) => value ?? 0));
    picture.norms.forEach((value, at) => {
      const bar = build.norms[at], small = value !== null && value < largest / 100;
      bar.textContent = value === null ? "–" : four(Number(value.toPrecision(2)));
      bar.classList.toggle("tb-play-small", small);
      bar.title = value === null ? "no backward pass yet" : `norm of this layer's gradient: ${value}${small ? ", less than a hundredth of the largest" : ""}`;
      bar.style.setProperty("--share", value && largest ? Math.sqrt(value / largest) : 0);
    });
    more.disabled = !may("layers") || now().layers.length >= MOST_LAYERS;
    less.disabled = !may("layers") || now().layers.length === 0;
    more.hidden = less.hidden = scene.hidden.includes("layers");
    edges();
    tell();
    fill();
  }

  return { element, scroll, update };
}
