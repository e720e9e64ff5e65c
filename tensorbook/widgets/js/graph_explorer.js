// GraphExplorer: the grad_fn graph, and its backward pass played, stepped and scrubbed.
import { h, listen, mount } from "./dom.js";
import { button, chips, copy, press, rove, slider, toolbar } from "./controls.js";
import { exports } from "./export.js";
import { canvas } from "./graph_explorer_canvas.js";
import { panel } from "./graph_explorer_panel.js";
import { find, freed, standsFor, wordsAt } from "./graph_explorer_state.js";

function draw(view) {
  const { model, body } = view;
  let keys = null;
  listen(body, "keydown", (event) => keys?.(event));
  let update = null;
  return (picture) => {
    if (update && !picture.empty) return update(picture);
    if (picture.empty) {
      body.replaceChildren(
        h("p", { class: "tb-title" }, h("b", {}, picture.title), h("span", { class: "tb-dim" }, "  has no graph")),
        h("p", {}, picture.empty));
      return;
    }
    const made = explorer(view, model, picture);
    body.replaceChildren(...made.parts);
    ({ keys, update } = made);
  };
}

const PHASES = {
  forward: ["forward", "the values, from the inputs to the output"],
  backward: ["backward", "the gradients, from the output to the leaves"],
  again: ["backward again", "a second backward(), after the first one freed what was saved"],
  "again, retained": ["again, retained", "a second backward(), after backward(retain_graph=True)"],
};

// `picture` changes when blocks are folded or another pass is played: the graph is drawn anew, the rest stays.
function explorer(view, model, picture) {
  let last = picture.steps.length;
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
  const bar = toolbar("play the pass", start, back, play, on, end);
  const scrub = slider({
    label: "step of the pass", min: 0, max: last, step: 1, value: now(), format: (step) => `${step} of ${last}`,
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

  // which pass, how much is folded, how large
  const phases = toolbar("which pass", ...picture.phases.map((phase) => button(PHASES[phase][0], {
    title: PHASES[phase][1], pressed: false, onpress: () => { pause(); model.set("phase", phase); model.save_changes(); },
  })));
  const foldAll = button("fold all", { title: "fold all modules and repeats", onpress: () => view.ask("fold all") });
  const unfoldAll = button("unfold all", { title: "open all blocks, as far as they can be drawn", onpress: () => view.ask("unfold all") });
  const folding = toolbar("fold", foldAll, unfoldAll);
  folding.hidden = !picture.folds;
  const zooming = toolbar("zoom",
    button("−", { name: "zoom out", title: "zoom out  -", onpress: () => graph.zoom(0.8) }),
    button("fit", { name: "zoom to fit", title: "as wide as there is room  0", onpress: () => graph.zoom(0) }),
    button("+", { name: "zoom in", title: "zoom in  +", onpress: () => graph.zoom(1.25) }));

  // find: what is drawn is searched here, what is folded away by Python
  const search = h("input", { type: "search", class: "tb-input", placeholder: "find…", "aria-label": "find a node by operation or variable", size: 12 });
  const count = h("span", { class: "tb-label" });
  const look = async () => {
    const text = search.value.trim();
    hit = -1;
    const found = text && picture.folded ? await view.ask("find", { text }) : find(picture, text).map((at) => picture.nodes[at].key);
    if (text !== search.value.trim()) return;   // it was typed on
    hits = found;
    graph.mark(new Set(hits));
    count.textContent = text ? `${hits.length}${hits.length === 500 ? " or more" : ""} found` : "";
    const seen = hits.map((key) => picture.nodes.findIndex((node) => node.key === key)).find((at) => at >= 0);
    if (seen !== undefined) graph.reveal(seen);
  };
  listen(search, "input", async () => { await look(); view.say(count.textContent); });
  listen(search, "keydown", async (event) => {
    event.stopPropagation();
    if (event.key === "Escape") {
      search.value = "";
      await look();
    } else if (event.key === "Enter") {
      event.preventDefault();
      if (!hits.length) await look();
      if (!hits.length) return;
      hit = (hit + (event.shiftKey ? -1 : 1) + hits.length) % hits.length;
      const key = hits[hit], at = picture.nodes.findIndex((node) => node.key === key);
      if (at < 0) return view.ask("reveal", { key });
      graph.reveal(at);
      select(at);
      view.say(`${hit + 1} of ${hits.length}: ${key}`);
    }
  });

  // picture and panel
  let kept = null;                                // the block that was opened or folded, and where it stood
  const refold = (kind, key) => {
    const at = standsFor(picture, key), focused = graph.element.contains(document.activeElement);
    kept = { key, place: graph.place(at), focused };
    view.ask(kind, { key });
  };
  const made = () => canvas(picture, (at) => {
    const node = picture.nodes[at];
    if (node.kind === "block") refold("unfold", node.key);
    else select(node.key === model.get("selected") ? null : at);
  }, (at) => picture.nodes[at].in?.length && refold("fold", picture.nodes[at].in[0]));
  let graph = made();
  const side = h("aside", { class: "tb-panel tb-side", "aria-label": "the node under the cursor" });
  const settle = rove(side, "button");
  const words = h("p", { class: "tb-story" }), lost = h("span", { class: "tb-label" });
  const unit = `${picture.title}.backward()`;
  const copied = button("copy line", { onpress: () => copy(unit, copied) });
  const comment = h("span", { class: "tb-dim" });
  const notes = h("div", { class: "tb-notes" });

  function show(step, animate) {
    const selected = model.get("selected"), top = side.scrollTop;
    graph.show(step, selected, animate);          // first, for it measures: after a change that would cost a layout
    if (scrub.input.valueAsNumber !== step) scrub.set(step);   // else the slider would forget that it was moved
    start.disabled = back.disabled = step === 0;
    on.disabled = end.disabled = step === last;
    play.disabled = last === 0;
    bar.settle();
    words.textContent = wordsAt(picture, step);
    const [gone, all] = freed(picture, step);
    lost.textContent = !all || picture.phase === "forward" ? "" : picture.phase === "backward"
      ? `saved tensors freed: ${gone} of ${all}` : picture.phase === "again" ? "" : `saved tensors freed: 0 of ${all}, retain_graph=True`;
    const chosen = picture.nodes.findIndex((node) => node.key === selected);
    const at = chosen >= 0 ? chosen : step ? picture.steps[step - 1].node : 0;
    const same = side.dataset.at === String(at);
    side.dataset.at = at;
    side.replaceChildren(...panel(picture, at, step, {
      go: (to) => { select(to); graph.focus(to); }, fold: (key) => refold("fold", key), unfold: (key) => refold("unfold", key),
    }));
    settle();
    if (!same && top) side.scrollTop = 0;
  }

  function settleParts() {
    phases.childNodes.forEach((one, at) => press(one, picture.phases[at] === picture.phase));
    foldAll.disabled = picture.folded === picture.nodes.length || !picture.nodes.some((node) => node.in?.length);
    unfoldAll.disabled = !picture.folded;
    folding.settle();
    comment.textContent = picture.failed === null
      ? `  # all ${picture.count.toLocaleString("en")} steps at once, and frees what was saved` : "  # stops with the error above";
    notes.replaceChildren(...picture.notes.map((note) => h("p", { class: note.tone ? "tb-warning" : "tb-note" }, (note.tone ? "▲ " : "") + note.text)));
  }

  function update(next) {
    const phase = picture.phase, old = graph, scroll = [old.scroller.scrollLeft, old.scroller.scrollTop];
    picture = next;
    last = picture.steps.length;
    graph = made();
    graph.zoomed = old.zoomed;
    old.element.replaceWith(graph.element);
    graph.fit(graph.scroller.clientWidth);
    shown = Math.min(now(), last);
    scrub.set(shown, last);
    settleParts();
    graph.mark(new Set(hits));
    delete side.dataset.at;
    show(shown, false);
    const at = kept ? standsFor(picture, kept.key) : -1;
    if (at >= 0) {
      graph.putAt(at, kept.place);
      if (kept.focused) graph.focus(at);
      view.say(`${kept.key}: ${picture.nodes.length} boxes are drawn now`);
    } else if (phase !== picture.phase) {
      graph.reveal(picture.steps[0]?.node ?? 0, true);
      view.say(wordsAt(picture, 0));
    } else graph.scroller.scrollTo(...scroll);
    kept = null;
    const picked = picture.nodes.findIndex((node) => node.key === model.get("selected"));
    if (picked >= 0 && at < 0) graph.reveal(picked);
  }

  let shown = now();
  view.on("change:step", (step) => {
    if (step > last) return;                      // the picture of another pass is on its way
    show(step, step === shown + 1);
    shown = step;
    view.say(wordsAt(picture, step));
  });
  view.on("change:selected", (key) => {
    show(Math.min(now(), last), false);
    view.say(key ? `${key} selected` : "nothing selected");
  });
  const longest = Math.max(0, ...picture.steps.map((step) => step.words.length));
  view.onResize((width) => {
    graph.fit(graph.scroller.clientWidth || width);
    words.style.minHeight = `${20 * Math.min(Math.ceil((longest * 6.6) / width), 4)}px`;   // so that nothing jumps
    graph.reveal(shown ? picture.steps[shown - 1].node : 0, true);
  });

  // one height for both, so that nothing below jumps while one steps
  const tall = Math.min(Math.max(picture.height, 540), 640);
  const region = h("div", { class: "tb-graph-region", style: { "--tb-tall": `${tall}px` } }, graph.element, side);
  const parts = [
    h("p", { class: "tb-title" }, h("b", {}, picture.title),
      picture.expression ? h("span", { class: "tb-dim" }, ` = ${picture.expression}`) : null),
    chips([
      { label: "shape", value: picture.shape }, { label: "nodes", value: picture.count.toLocaleString("en") },
      { label: "leaves", value: String(picture.leaves), tone: "d2" },
    ]),
    h("div", { class: "tb-row tb-controls" }, phases, folding, zooming),
    h("div", { class: "tb-row tb-controls" }, bar, h("span", { class: "tb-find" }, search, count)),
    scrub, h("div", { class: "tb-said" }, words, lost), notes,
    picture.summary.length ? h("div", {}, h("p", { class: "tb-label" }, "operations in the whole graph"),
      chips(picture.summary.map(([op, times]) => ({ label: op, value: `× ${times.toLocaleString("en")}` })))) : null,
    region,
    h("div", { class: "tb-spread" }, h("span", { class: "tb-row tb-python" }, h("code", { class: "tb-mono" }, unit, comment), copied),
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
  settleParts();
  show(shown, false);
  return { parts, keys, update };
}

export default { render: (context) => mount(context, draw) };
