// Boards: tensors as cells side by side, where pointing at a cell lights up what it was made of. What stands in them,
// what belongs together and what is said comes from Python (board.py); pointing and walking happen here.
import { h, s, listen, moves } from "./dom.js";
import { button, chips, copy, toolbar } from "./controls.js";
import { exports } from "./export.js";
import { GAP, indices, placeCells, walk } from "./cells.js";
import { apart, look, together } from "./board_cells.js";
import { question } from "./quiz.js";

const ink = (name) => ({ color: `var(--tb-${name})` });
const runs = (pieces) => pieces.map(([text, colour, weight]) =>
  h(weight > 500 ? "b" : "span", { style: ink(colour) }, text));
const sameList = (one, other) => one?.length === other?.length && one.every((value, k) => value === other[k]);

// Build a board into the view. `file` names what one takes away; `title` stands in place of name and expression,
// `tools` below the facts; `playing` adds step and play. `onupdate(picture)` is called with each new picture,
// `onlight(panel, k)` when another cell is explained. `update` of the result is what a widget's draw returns.
export function board(view, { file, tools = [], title = null, playing = false, onupdate, onlight } = {}) {
  const { model, body, say } = view;
  let picture = null, width = 0, panes = new Map(), at = null, pinned = null, pinning = 0, walking = false, timer = null;

  const name = h("b"), expression = h("span", { class: "tb-dim" }), kind = h("span", { class: "tb-note" });
  const facts = h("div");
  const refusal = h("div", { class: "tb-refusal", role: "note", "aria-label": "does not work", hidden: true });
  const lines = h("div", { class: "tb-derivation" });
  const area = h("div", { class: "tb-panes" });
  const legend = h("div", { class: "tb-key" });
  const words = h("div", { class: "tb-words tb-told" });
  const cut = h("p", { class: "tb-note", hidden: true });
  const line = h("code", { class: "tb-mono" });
  const copyLine = button("copy line", { title: "copy the Python line (C)", onpress: () => copyTheLine() });
  const copyTheLine = async () => {
    if (!picture.line) return;
    await copy(picture.line, copyLine);
    say(`copied ${picture.line}`);
  };
  const away = exports(view, file, copyLine);
  const { element: quiz, update: askQuiz } = question(view);
  const player = playing ? play() : null;
  body.append(...[
    h("div", { class: "tb-title tb-line" }, ...(title ?? [h("span", {}, name, " ", expression), kind])), facts,
    ...tools, player?.bar, quiz, refusal, lines, area, legend, words, cut,
    h("div", { class: "tb-spread tb-foot" }, line, away)].filter(Boolean));

  // Pointing ----------------------------------------------------------------------------------------------------------
  function light(panel, k, tell = true) {
    at = panel === null ? null : { panel, k };
    const lit = at ? together(picture.links, panel, k) : new Map();
    for (const [id, pane] of panes) {
      const among = lit.get(id);
      pane.cells.forEach((cell, number) =>
        mark(pane, number, id === panel && number === k ? "here" : among?.has(number) ? "lit" : ""));
    }
    const told = explain(lit);
    if (tell && told) say(told);
    onlight?.(panel, k);
  }

  function mark(pane, k, state) {
    if (pane.states[k] === state) return;
    pane.states[k] = state;
    const element = pane.cells[k], { ink: colour, weight, ...box } = look(pane.panel, k, state);
    element.dataset.state = state;
    for (const [property, value] of Object.entries(box)) element.firstChild.style.setProperty(property, value);
    element.lastChild.style.setProperty("fill", colour);
    element.lastChild.style.setProperty("font-weight", weight);
  }

  const panelOf = (id) => picture.panels.find((panel) => panel.id === id);
  const holds = (panel, k) => panel.full[k] ?? panel.texts[k];

  // Says what the cell is; returns it in words.
  function explain(lit) {
    if (!at) {
      words.replaceChildren();
      words.hidden = picture.panels.length === 0 || !picture.rest;
      return "";
    }
    words.hidden = false;
    const panel = panelOf(at.panel), said = picture.words[at.panel]?.[at.k];
    const keys = h("p", { class: "tb-note" }, pinned ? "pinned: Escape lets go" : "arrow keys move, a click or Enter pins, C copies the line");
    if (said) {
      words.replaceChildren(...[
        h("p", { class: "tb-dim" }, said.head), h("p", { class: "tb-formula" }, runs(said.formula)),
        said.note && h("p", { class: "tb-note tb-more" }, said.note), keys].filter(Boolean));
      return `${said.head} ${said.formula.map(([text]) => text).join("")}${said.note ? `. ${said.note}` : ""}`;
    }
    const value = holds(panel, at.k), means = panel.said[panel.kinds[at.k]];
    const head = `${panel.names[at.k]}${value === "" ? "" : ` holds ${value}`}${means ? `, ${means}` : ""}`;
    const into = [...lit].filter(([, cells]) => cells.size).map(([id, cells]) => {
      const other = panelOf(id), few = [...cells].slice(0, 3).map((cell) => other.names[cell]).join(", ");
      return few + (cells.size > 3 ? ` and ${cells.size - 3} more` : "");
    });
    const goes = into.length ? `goes with ${into.join("; ")}` : Object.keys(picture.links).length ? "goes with no other cell" : "";
    words.replaceChildren(h("p", { class: "tb-dim" }, panel.names[at.k]),
      h("p", { class: "tb-formula" }, h("b", {}, value)),
      h("p", { class: "tb-note tb-more" }, [means, goes].filter(Boolean).join("; ")), keys);
    return `${head}. ${goes}`;
  }

  function pin(place) {
    pinned = place;
    const chosen = place && place.panel === picture.target ? indexOf(place) : null;
    pinning += 1;                                 // until Python has answered, the pin here is newer than its own
    view.ask("select", { index: chosen }).catch(() => {}).finally(() => { pinning -= 1; });
    if (place) light(place.panel, place.k, false);
    else light(at?.panel ?? null, at?.k, false);
    say(place ? `pinned ${panelOf(place.panel).names[place.k]}` : "unpinned");
  }

  const indexOf = ({ panel, k }) => indices(panelOf(panel).shown)[k];
  const isPinned = (panel, k) => pinned?.panel === panel && pinned.k === k;

  listen(area, "pointerover", (event) => {
    const over = hit(event);
    if (over && !pinned) light(over.panel, over.k);
  });
  listen(area, "focusin", (event) => {
    const over = hit(event);
    if (!over) return;
    for (const other of over.svg.querySelectorAll('[data-k][tabindex="0"]')) other.setAttribute("tabindex", "-1");
    over.element.setAttribute("tabindex", "0");
    if (over.element.matches(":focus-visible") && !pinned && !walking) light(over.panel, over.k);
  });
  listen(area, "click", (event) => {
    const over = hit(event);
    if (over) pin(isPinned(over.panel, over.k) ? null : { panel: over.panel, k: over.k });
  });
  listen(area, "keydown", (event) => {
    const over = hit(event);
    if (!over || event.altKey || event.ctrlKey || event.metaKey) return;
    const to = walk(event.key, over.k, panelOf(over.panel).shown);
    if (to !== null) {
      if (pinned) pin(null);
      walking = true;
      panes.get(over.panel).cells[to].focus();
      walking = false;
      light(over.panel, to);
    } else if (event.key === "Enter" || event.key === " ") {
      pin(isPinned(over.panel, over.k) ? null : { panel: over.panel, k: over.k });
    } else if (event.key === "Escape" && pinned) pin(null);
    else if (event.key === "c" || event.key === "C") copyTheLine();
    else return;
    event.preventDefault();
  });

  function hit(event) {
    const element = event.target.closest?.("[data-k]"), svg = element?.closest("[data-panel]");
    return svg ? { element, svg, panel: svg.dataset.panel, k: Number(element.dataset.k) } : null;
  }

  // Drawing -----------------------------------------------------------------------------------------------------------
  function drawPanels() {
    const focused = hit({ target: document.activeElement });
    const own = focused && area.contains(focused.element) ? focused : null;
    panes = new Map();
    const lineUp = [];
    picture.panels.forEach((panel) => {
      if (panel.newLine && lineUp.length) lineUp.push(h("div", { class: "tb-break" }));
      const pane = drawPanel(panel);
      panes.set(panel.id, pane);
      const signed = h("div", { class: "tb-pane" },
        panel.sign && h("span", { class: "tb-sign", "aria-hidden": "true",
          style: { "padding-top": `${28 + (panel.y[0] ?? 18) + panel.cell[1] / 2 - 14}px` } }, panel.sign), pane.element);
      lineUp.push(signed);
    });
    area.replaceChildren(...lineUp);
    area.hidden = picture.panels.length === 0;
    if (own) panes.get(own.panel)?.cells[Math.min(own.k, panes.get(own.panel).cells.length - 1)]?.focus();
  }

  function drawPanel(panel) {
    const { shown, shape, cell: [w, tall, size], first, dims, rows, columns } = panel, n = shape.length;
    const head = h("p", { class: "tb-figure-name" }, h("b", { class: "tb-mono", style: ink(rows ? "text" : `i${panel.tone}`) }, panel.title), " ",
      h("span", { class: "tb-note" }, panel.note));
    const all = indices(shown);
    if (all.length === 0) {
      return { panel, cells: [], states: [], element: h("div", { class: "tb-figure" }, head, h("p", { class: "tb-dim" }, "no cells: a dim has size 0")) };
    }
    const room = Math.max(width - (panel.sign ? 28 : 0), 60), place = placeCells(panel, room);
    const svg = s("svg", {
      class: "tb-cells", role: "grid", tabindex: "-1", "data-panel": panel.id, width: place.width + 4, height: place.height + 2,
      "aria-label": `${panel.title} ${panel.note}, shape (${shape.join(", ")})`,
    });
    const tick = (text, x, y, dim, anchor) => s("text", {
      x, y, class: "tb-tick tb-mono", "text-anchor": anchor, "aria-hidden": "true",
      style: { fill: `var(--tb-${dim})` } }, text);
    const columnsShown = n ? shown.at(-1).filter((i) => i !== GAP) : [0], rowsShown = n > 1 ? shown.at(-2).filter((i) => i !== GAP) : [0];
    const per = columnsShown.length * rowsShown.length, cells = [];
    place.blocks.forEach(({ at: lead, x: left, y: top }, b) => {
      const group = s("g", { role: "rowgroup" });
      if (n > 2) {
        group.append(s("text", { class: "tb-caption tb-mono", x: left, y: top + 12 }, "[", lead.flatMap((i, dim) =>
          [s("tspan", { style: { fill: `var(--tb-${dims[dim]})` } }, i + (first[dim] ?? 0)), dim < n - 3 ? ", " : "]"])));
      }
      rowsShown.forEach((i, r) => {
        const row = s("g", { role: "row" });
        columnsShown.forEach((j, c) => {
          const k = b * per + r * columnsShown.length + c, spot = place.cells[k];
          if (n && r === 0) group.append(tick(columns?.[j] ?? j + (first.at(-1) ?? 0), spot.x + w / 2 - 1, spot.y - 6, dims.at(-1), "middle"));
          if (n > 1 && c === 0) group.append(tick(rows?.[i] ?? i + (first.at(-2) ?? 0), spot.x - 8, spot.y + tall / 2 + 3, dims.at(-2), "end"));
          const means = panel.said[panel.kinds[k]], [wider, deeper] = apart(panel, k);
          if (n > 1 && wider && r === 0) group.append(tick("⋯", spot.x - 10, spot.y + tall / 2 + 3, "dim", "middle"));
          if (deeper && c === 0) group.append(tick("⋮", spot.x + w / 2, spot.y - 7, "dim", "middle"));
          const element = s("g", {
            class: "tb-cell", "data-k": k, role: "gridcell", tabindex: "-1", transform: `translate(${spot.x} ${spot.y})`,
            "aria-label": `${panel.names[k]}, ${holds(panel, k) || "empty"}${means ? `, ${means}` : ""}`,
          },
          s("rect", { x: 1, y: 1, width: w - 4, height: tall - 4, rx: tall > 20 ? 4 : 2 }),
          s("text", { x: w / 2 - 1, y: tall / 2 - 1 + (size || 11) * 0.36, "font-size": size || 11, "text-anchor": "middle" },
            size ? panel.texts[k] : ""));
          cells[k] = element;
          row.append(element);
        });
        group.append(row);
      });
      svg.append(group);
    });
    cells[0].setAttribute("tabindex", "0");
    return { panel, cells, states: [], element: h("div", { class: "tb-figure" }, head, h("div", { class: "tb-scroll" }, svg)) };
  }

  // Cells whose value has changed flash, once.
  function flash(previous) {
    if (!moves()) return;
    for (const panel of picture.panels) {
      const before = previous.panels.find(({ id }) => id === panel.id);
      if (!before || !sameList(before.shape, panel.shape) || !sameList(before.names, panel.names)) continue;
      panes.get(panel.id).cells.forEach((cell, k) => {
        if (before.texts[k] === panel.texts[k]) return;
        cell.animate([{ opacity: 0.1 }, { opacity: 1 }], { duration: 350, easing: "ease-out" });
      });
    }
  }

  function drawWords() {
    name.textContent = picture.name;
    expression.textContent = picture.expression;
    kind.textContent = picture.kind;
    facts.replaceChildren(chips(picture.facts));
    facts.hidden = picture.facts.length === 0;
    refusal.hidden = !picture.refusal;
    refusal.replaceChildren(...(picture.refusal ? [
      h("p", { class: "tb-heading" }, picture.refusal.title), h("p", { class: "tb-mono" }, picture.refusal.said),
      picture.refusal.rule && h("p", {}, picture.refusal.rule)].filter(Boolean) : []));
    lines.hidden = picture.lines.length === 0;
    lines.replaceChildren(...[picture.heading && h("p", { class: "tb-heading" }, picture.heading)].filter(Boolean),
      ...picture.lines.map((pieces) => h("p", { class: "tb-mono" }, runs(pieces))));
    const warm = [["d0", "below zero"], ["cell", "zero"], ["d1", "above"]].map(([hue, text]) => [{ fill: `var(--tb-${hue})` }, text]);
    const entries = [...(picture.warm ? warm : []), ...picture.legend.map(([type, tone, text]) =>
      [look({ kinds: { 0: type }, tone, shades: null, cell: [0, 0, 1] }, 0, type === "lit" ? "lit" : ""), text])];
    legend.hidden = entries.length === 0;
    legend.replaceChildren(...entries.map(([seen, text]) => h("span", { class: "tb-note" },
      s("svg", { width: 16, height: 14, "aria-hidden": "true" }, s("rect", {
        x: 1, y: 1, width: 14, height: 12, rx: 3,
        style: { fill: seen.fill, stroke: seen.stroke ?? "var(--tb-line)", "stroke-dasharray": seen["stroke-dasharray"] ?? "none" } })), text)));
    cut.hidden = !picture.cut;
    cut.textContent = picture.cut;
    line.textContent = picture.line && picture.line + (picture.remark ? `   # ${picture.remark}` : "");
    copyLine.hidden = !picture.line;
    away.settle();
  }

  // After a new picture: the pinned cell, else the one where one was, else the one at rest.
  function settle(previous) {
    const selected = model.get("selected"), target = panes.get(picture.target);
    const stays = (place) => place && previous && panes.get(place.panel)?.cells[place.k]
      && sameList(previous.panels.find(({ id }) => id === place.panel)?.shape, panelOf(place.panel).shape);
    if (!stays(pinned) || pinned.panel === picture.target) pinned = null;
    if (selected && target) {
      const k = indices(target.panel.shown).findIndex((index) => sameList(index, selected));
      if (k >= 0) pinned = { panel: picture.target, k };
    }
    const [panel, k] = pinned ? [pinned.panel, pinned.k] : stays(at) && Object.keys(picture.links).length ? [at.panel, at.k] : picture.rest ?? [null];
    light(panel, k, false);
    const rests = panes.get(panel);
    if (rests && !area.contains(document.activeElement)) {
      rests.cells[0].setAttribute("tabindex", "-1");
      rests.cells[k].setAttribute("tabindex", "0");
    }
  }

  // Play ----------------------------------------------------------------------------------------------------------------
  // Through the cells of the target, one after another: 350 ms each, or as the reader steps.
  function play() {
    const stop = () => {
      clearInterval(timer);
      timer = null;
      go.textContent = "▶ play";
      go.setAttribute("aria-label", "play");
    };
    const by = (count, tell = true) => {
      const cells = panes.get(picture.target)?.cells.length ?? 0;
      if (!cells) return false;
      const k = at?.panel === picture.target ? at.k + count : 0;
      pinned = null;
      light(picture.target, Math.min(Math.max(k, 0), cells - 1), tell);
      return k < cells - 1;
    };
    const go = button("▶ play", { name: "play", title: "from cell to cell", onpress: () => {
      if (timer) return stop();
      go.textContent = "❚❚ pause";
      go.setAttribute("aria-label", "pause");
      if (at?.panel === picture.target && at.k >= panes.get(picture.target).cells.length - 1) at = null;
      timer = setInterval(() => { if (!by(1, false)) stop(); }, 350);
    } });
    view.onClose(stop);
    const back = button("◀ step", { title: "the cell before", onpress: () => { stop(); by(-1); } });
    const next = button("step ▶", { title: "the next cell", onpress: () => { stop(); by(1); } });
    return { bar: toolbar("from cell to cell", back, go, next), stop };
  }

  view.on("change:selected", (selected) => {
    if (pinning || !picture) return;
    if (selected) settle(picture);
    else {
      pinned = null;
      light(at?.panel ?? null, at?.k, false);
    }
  });
  view.onResize((now) => {
    if (Math.abs(now - width) < 1 || !picture) return;
    width = now;
    drawPanels();
    light(at?.panel ?? null, at?.k, false);
  });

  function update(now, previous) {
    picture = now;
    width ||= body.clientWidth || 640;
    player?.stop();
    if (player) player.bar.hidden = !picture.links[picture.target]?.length;
    drawWords();
    drawPanels();
    settle(previous);
    askQuiz(picture.quiz);
    onupdate?.(picture, previous);
    if (previous) {
      flash(previous);
      if (picture.refusal) say(`${picture.refusal.title}: ${picture.refusal.said} ${picture.refusal.rule}`);
      else say(model.get("alt"));
    }
  }
  return { update, get at() { return at; }, get picture() { return picture; }, indexOf };
}
