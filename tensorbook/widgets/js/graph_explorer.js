// GraphExplorer: the grad_fn graph, and its backward pass played, stepped and scrubbed.
import { h, listen, mount } from "./dom.js";
import { button, chips, copy, rove, slider, toolbar } from "./controls.js";
import { exports } from "./export.js";
import { canvas } from "./graph_explorer_canvas.js";
import { panel } from "./graph_explorer_panel.js";
import { find, wordsAt } from "./graph_explorer_state.js";

function draw(view) {
  const { model, body } = view;
  let keys = null;
  listen(body, "keydown", (event) => keys?.(event));
  return (picture) => {
    keys = null;
    if (picture.empty) {
      body.replaceChildren(
        h("p", { class: "tb-title" }, h("b", {}, picture.title), h("span", { class: "tb-dim" }, "  has no graph")),
        h("p", {}, picture.empty));
      return;
    }
    const made = explorer(view, model, picture);
    body.replaceChildren(...made.parts);
    keys = made.keys;
  };
}

function explorer(view, model, picture) {
  const last = picture.steps.length;
  let timer = null, hits = [], hit = -1;
  const now = () => model.get("step");
  const commit = (step) => {
    model.set("step", Math.min(Math.max(step, 0), last));
    model.save_changes();
  };
  const select = (at) => {
    model.set("selected", at === null ? "" : picture.nodes[at].key);
    model.save_changes();
  };

  // controls
  const move = (to) => () => { pause(); commit(to()); };
  const start = button("|◀", { onpress: move(() => 0), name: "to the start", title: "to the start" });
  const back = button("◀ step", { onpress: move(() => now() - 1), name: "step back", title: "step back  [" });
  const play = button("▶ play", { onpress: () => (timer ? pause() : begin()), title: "play or pause  space", pressed: false });
  play.classList.add("tb-play");
  const on = button("step ▶", { onpress: move(() => now() + 1), name: "step forward", title: "step forward  ]" });
  const end = button("▶|", { onpress: move(() => last), name: "to the end", title: "to the end" });
  const bar = toolbar("backward pass", start, back, play, on, end);
  const scrub = slider({
    label: "backward pass", min: 0, max: last, step: 1, value: now(), format: (step) => `${step} of ${last}`,
    oninput: (step) => { pause(); show(step, false); }, onchange: commit,
  });
  scrub.classList.add("tb-scrub");

  function begin() {
    if (now() === last) commit(0);
    play.textContent = "❚❚ pause";
    play.setAttribute("aria-pressed", "true");
    timer = setInterval(() => (now() < last ? commit(now() + 1) : pause()), Math.max(120, Math.min(900, 40_000 / last)));
    commit(now() + 1);
  }

  function pause() {
    clearInterval(timer);
    timer = null;
    play.textContent = "▶ play";
    play.setAttribute("aria-pressed", "false");
  }
  view.onClose(pause);

  // find
  const search = h("input", { type: "search", class: "tb-input", placeholder: "find…", "aria-label": "find a node by operation or variable", size: 12 });
  const count = h("span", { class: "tb-label" });
  const look = () => {
    hits = find(picture, search.value);
    hit = -1;
    graph.mark(hits);
    count.textContent = search.value.trim() ? `${hits.length} found` : "";
    if (hits.length) graph.reveal(hits[0]);
  };
  listen(search, "input", () => { look(); view.say(count.textContent); });
  listen(search, "keydown", (event) => {
    if (event.key === "Enter" && hits.length) {
      event.preventDefault();
      hit = (hit + (event.shiftKey ? -1 : 1) + hits.length) % hits.length;
      graph.reveal(hits[hit]);
      select(hits[hit]);
      view.say(`${hit + 1} of ${hits.length}: ${picture.nodes[hits[hit]].key}`);
    } else if (event.key === "Escape") {
      search.value = "";
      look();
    }
    event.stopPropagation();
  });

  // picture and panel
  const graph = canvas(picture, (at) => select(picture.nodes[at].key === model.get("selected") ? null : at));
  const side = h("aside", { class: "tb-panel tb-side", "aria-label": "the node under the cursor" });
  const settle = rove(side, ".tb-link");
  const words = h("p", { class: "tb-story" });
  const unit = `${picture.title}.backward()`;
  const copied = button("copy line", { onpress: () => copy(unit, copied) });

  function show(step, animate) {
    const selected = model.get("selected");
    if (scrub.input.valueAsNumber !== step) scrub.set(step);   // else the slider would forget that it was moved
    start.disabled = back.disabled = step === 0;
    on.disabled = end.disabled = step === last;
    play.disabled = last === 0;
    bar.settle();
    graph.show(step, selected, animate);
    words.textContent = wordsAt(picture, step);
    const chosen = picture.nodes.findIndex((node) => node.key === selected);
    const at = chosen >= 0 ? chosen : step ? picture.steps[step - 1].node : 0;
    const top = side.scrollTop, same = side.dataset.at === String(at);
    side.dataset.at = at;
    side.replaceChildren(...panel(picture, at, step, (to) => { select(to); graph.focus(to); }));
    settle();
    side.scrollTop = same ? top : 0;
  }

  let shown = now();
  view.on("change:step", (step) => {
    show(step, step === shown + 1);
    shown = step;
    view.say(wordsAt(picture, step));
  });
  view.on("change:selected", (key) => {
    show(now(), false);
    view.say(key ? `${key} selected` : "nothing selected");
  });
  const longest = Math.max(0, ...picture.steps.map((step) => step.words.length));
  view.onResize((width) => {
    graph.fit(graph.element.clientWidth || width);
    words.style.minHeight = `${20 * Math.min(Math.ceil((longest * 6.6) / width), 4)}px`;   // so that nothing jumps
    graph.reveal(shown ? picture.steps[shown - 1].node : 0, true);
  });

  // one height for both, so that nothing below jumps while one steps
  const tall = Math.min(Math.max(picture.height, 440), 640);
  const region = h("div", { class: "tb-graph-region", style: { "--tb-tall": `${tall}px` } }, graph.element, side);
  const parts = [
    h("p", { class: "tb-title" }, h("b", {}, picture.title),
      picture.expression ? h("span", { class: "tb-dim" }, ` = ${picture.expression}`) : null),
    chips([
      { label: "shape", value: picture.shape }, { label: "nodes", value: picture.count.toLocaleString("en") },
      { label: "leaves", value: String(picture.leaves), tone: "d2" },
    ]),
    h("div", { class: "tb-row tb-controls" }, bar, h("span", { class: "tb-find" }, search, count)),
    scrub, words,
    ...picture.notes.map((note) => h("p", { class: note.tone ? "tb-warning" : "tb-note" }, (note.tone ? "▲ " : "") + note.text)),
    picture.summary.length ? h("div", {}, h("p", { class: "tb-label" }, "operations in the whole graph"),
      chips(picture.summary.map(([op, times]) => ({ label: op, value: `× ${times.toLocaleString("en")}` })))) : null,
    region,
    h("div", { class: "tb-spread" }, h("span", { class: "tb-row tb-python" },
      h("code", { class: "tb-mono" }, unit, h("span", { class: "tb-dim" }, picture.failed === null
        ? `  # all ${picture.count.toLocaleString("en")} steps at once, and frees what was saved` : "  # stops with the error above")), copied),
    exports(view, "graph")),
  ].filter(Boolean);
  const keys = (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.target === search) return;
    const inGraph = graph.element.contains(event.target);
    if ((event.key === "]" || event.key === ".") && now() < last) { pause(); commit(now() + 1); }
    else if ((event.key === "[" || event.key === ",") && now() > 0) { pause(); commit(now() - 1); }
    else if (event.key === " " && inGraph) { if (timer) pause(); else begin(); }
    else if (event.key === "Escape") {
      if (model.get("selected")) select(null);
      else document.activeElement?.blur();
    } else return;
    event.preventDefault();
  };
  show(shown, false);
  return { parts, keys };
}

export default { render: (context) => mount(context, draw) };
