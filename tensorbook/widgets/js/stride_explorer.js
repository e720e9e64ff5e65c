// A tensor's cells beside the slots of its storage. What is in them comes from Python (stride_picture.py); pointing,
// walking and moving happen here, and only steps (run, undo) and pins (select) travel to the kernel.
import { h, s, listen, mount, moves } from "./dom.js";
import { button, chips, codeField, copy, press, toolbar } from "./controls.js";
import { exports } from "./export.js";
import { GAP, indices, placeCells, walk } from "./cells.js";
import { inLine, journeys, locate, placeSlots, readers, steps } from "./stride_layout.js";
import { question } from "./quiz.js";
import { sliders } from "./stride_sliders.js";

const LETTERS = "ijklmnpqrs";
const SUBSCRIPT = "₀₁₂₃₄₅₆₇₈₉";
const MOST_TRAVEL = 400;                          // cells that move at once; more would stutter
const ink = (dim) => ({ color: `var(--tb-i${dim % 5})` });
const low = (dim) => [...String(dim)].map((digit) => SUBSCRIPT[digit]).join("");
const arrow = (dim, dims) => ({ 1: "→", 2: "↓" })[dims - dim] ?? "▦";
const same = (one, other) => one?.length === other?.length && one.every((value, k) => value === other[k]);

function draw(view) {
  const { model, body, say } = view;
  let picture, cells = [], index = null, pinned = false, pinnedAt = null, pinning = 0, walking = false, width = 0;
  let marks = { cells: [], slots: [] };           // what each cell and slot is drawn as, to change only what differs
  let where = { cells: [], slots: [] };           // the elements
  let places = null, index_of = [], homes = new Map();

  // What stays --------------------------------------------------------------------------------------------------------
  const given = h("b"), kind = h("span", { class: "tb-note" });
  const codeNow = () => picture.refusal?.code ?? picture.expression;
  const { element: code, waiting, show: showCode } = codeField({
    label: "the steps, as Python", shown: codeNow, onrun: (typed) => view.ask("run", { code: typed }) });
  const title = h("div", { class: "tb-title tb-line" }, given, h("span", { class: "tb-dim" }, "="), code, waiting, kind);
  const facts = h("div");
  const undo = button("undo", { title: "take the last step back", onpress: () => view.ask("undo") });
  const redo = button("redo", { title: "take that step again", onpress: () => view.ask("redo") });
  const { element: quiz, update: askQuiz } = question(view);
  const strided = sliders((line) => view.ask("run", { code: line }));
  const slide = button("as_strided sliders", { pressed: false, title: "set sizes, strides and offset by hand", onpress: () => openSliders(strided.element.hidden) });
  const openSliders = (open) => {
    strided.element.hidden = !open;
    press(slide, open);
  };
  const path = button("path", { pressed: false, title: "draw the walk through memory in the order of the indices", onpress: () => {
    model.set("path", !model.get("path"));
    model.save_changes();
  } });
  const looks = toolbar("more", slide, path);
  const asks = () => Boolean(picture.quiz?.open);
  const ops = toolbar("view ops");
  const refusal = h("div", { class: "tb-refusal", role: "note", "aria-label": "refused", hidden: true });
  const legend = h("div", { class: "tb-legend" });
  // Not tab stops themselves, only the cell where one is: Chromium would stop at what it takes for a scroller.
  const grid = s("svg", { class: "tb-cells", role: "grid", tabindex: "-1" });
  const words = h("div", { class: "tb-words" });
  const empty = h("p", { class: "tb-dim", hidden: true });
  const strip = s("svg", { class: "tb-slots", role: "grid", tabindex: "-1" });
  const storage = h("p", { class: "tb-storage" });
  const nothing = h("p", { class: "tb-dim", hidden: true }, "no slots: nothing is stored");
  const cost = h("p", { class: "tb-note", hidden: true });
  const cut = h("p", { class: "tb-note", hidden: true });
  const line = h("code", { class: "tb-mono" });
  const copyLine = button("copy line", { title: "copy the Python line (C)", onpress: () => copyTheLine() });
  body.append(
    title, facts, ops, looks, strided.element, quiz, refusal,
    h("div", { class: "tb-row tb-look" },
      h("div", { class: "tb-grid-side" }, legend, h("div", { class: "tb-scroll" }, grid), empty), words),
    h("div", {}, storage, h("div", { class: "tb-scroll" }, strip), nothing, cost, cut),
    h("div", { class: "tb-spread tb-foot" }, line, exports(view, "strides", copyLine)));

  const copyTheLine = async () => {
    await copy(picture.line, copyLine);
    say(`copied ${picture.line}`);
  };

  // Pointing ----------------------------------------------------------------------------------------------------------
  const named = (at) => (at.length ? `${picture.name}[${at.join(", ")}]` : picture.name);
  const slotOf = (at) => locate(at, picture.stride, picture.offset).slot;
  const spoken = (at) => (asks() ? named(at) : `${named(at)} is storage slot ${slotOf(at)}`);

  // Light up what belongs to a cell, or to a slot: the same marks on both sides, and the formula that joins them.
  function light(at, slot = null, tell = true) {
    index = at;
    const here = asks() ? null : at ? slotOf(at) : slot;
    const bySlot = new Map();
    cells.forEach((cell, k) => {
      const dim = at ? inLine(at, cell) : null, self = at !== null && same(at, cell);
      const twin = !self && here !== null && picture.slots[k] === here;
      mark("cells", k, self ? "here" : twin ? "twin" : "", dim);
      const seen = bySlot.get(picture.slots[k]);
      if (dim !== null && (seen === undefined || dim > seen)) bySlot.set(picture.slots[k], dim);
    });
    picture.strip.forEach((each, k) => mark("slots", k, each === here && each !== GAP ? "here" : "", bySlot.get(each) ?? null));
    explain(here);
    if (tell) say(at ? spoken(at) : `slot ${slot} is not in ${picture.name}`);
  }

  function mark(side, k, state, dim) {
    const key = `${state}/${dim}`;
    if (marks[side][k] === key) return;
    marks[side][k] = key;
    const element = where[side][k];
    if (!element) return;
    element.dataset.state = state;
    element.style.setProperty("--soft", dim === null ? "var(--tb-cell)" : `var(--tb-s${dim % 5})`);
    element.style.setProperty("--edge", dim === null ? "var(--tb-line)" : `var(--tb-d${dim % 5})`);
  }

  function explain(slot) {
    const { offset, stride, itemsize, texts, full, strip: slots } = picture;
    words.hidden = slot === null;
    if (slot === null) return;
    const at = slots.indexOf(slot), value = at < 0 ? "" : full[slot] ?? texts[at];
    const holds = value ? [" holds ", h("b", { class: "tb-value" }, value)] : [];
    const keys = h("p", { class: "tb-note" }, pinned ? "pinned: Escape lets go" : "arrow keys move, Enter pins, C copies the line");
    if (!index) {
      words.replaceChildren(
        h("p", { class: "tb-dim" }, `slot ${slot}`, holds), h("p", { class: "tb-formula tb-dim" }, `not in ${picture.name}`),
        h("p", { class: "tb-note" }, "no index leads here"), h("p", { class: "tb-where" }, `slot ${slot}, byte ${slot * itemsize}`), keys);
      return;
    }
    const { terms } = locate(index, stride, offset), plain = (text) => h("span", { class: "tb-dim" }, text);
    const twins = (homes.get(slot) ?? []).filter((cell) => !same(cells[cell], index)).map((cell) => named(cells[cell]));
    const shared = twins.slice(0, 3).join(", ") + (twins.length > 3 ? ` and ${twins.length - 3} more` : "");
    words.replaceChildren(
      h("p", { class: "tb-dim" }, named(index), holds, holds.length ? " and lies at" : " lies at"),
      h("p", { class: "tb-formula" }, plain(offset),
        terms.flatMap(({ text, dim }) => [plain(" + "), h("b", { style: ink(dim) }, text)]), plain(" = "), h("b", {}, slot)),
      h("p", { class: "tb-note" }, "offset", terms.map(({ dim }) => ` + ${LETTERS[dim % LETTERS.length]}·stride${low(dim)}`)),
      h("p", { class: "tb-where" }, `${named(index)} is storage slot ${slot}, byte ${slot * itemsize}`),
      h("p", { class: "tb-twins", hidden: twins.length === 0 }, `the same slot is read by ${shared}`), keys);
  }

  // The slot is lit, and the first cell that reads it; one that no cell reads is said to be outside.
  function lightSlot(slot) {
    const readersOf = homes.get(slot);
    light(readersOf ? cells[readersOf[0]] : null, slot);
  }

  function pin(at) {
    pinned = at !== null;
    pinnedAt = at;
    pinning += 1;                                 // until Python has answered, the pin here is newer than its own
    view.ask("select", { index: at }).catch(() => {}).finally(() => { pinning -= 1; });
    if (at) {
      light(at);
      say(`pinned ${spoken(at)}`);
    } else {
      light(index, null, false);
      say("unpinned");
    }
  }

  const hit = (event) => event.target.closest?.("[data-k]");
  const numbered = (element) => Number(element.dataset.k);
  for (const [svg, point] of [[grid, (k) => light(cells[k])], [strip, (k) => lightSlot(picture.strip[k])]]) {
    listen(svg, "pointerover", (event) => {
      const over = hit(event);
      if (over && !pinned) point(numbered(over));
    });
    listen(svg, "focusin", (event) => {
      const over = hit(event);
      if (!over) return;
      for (const other of svg.querySelectorAll('[data-k][tabindex="0"]')) other.setAttribute("tabindex", "-1");
      over.setAttribute("tabindex", "0");
      // A click focuses too; what it pins or lets go is decided there.
      if (over.matches(":focus-visible") && !pinned && !walking) point(numbered(over));
    });
    listen(svg, "click", (event) => {
      const over = hit(event);
      if (!over) return;
      if (svg === strip) lightSlot(picture.strip[numbered(over)]);
      const at = svg === grid ? cells[numbered(over)] : index;
      if (at) pin(pinned && same(at, pinnedAt) ? null : at);
    });
    listen(svg, "keydown", (event) => {
      const over = hit(event);
      if (!over || event.altKey || event.ctrlKey || event.metaKey) return;
      const k = numbered(over);
      const to = svg === grid ? walk(event.key, k, picture.shown) : walkStrip(event.key, k);
      if (to !== null) {
        if (pinned) pin(null);
        walking = true;
        where[svg === grid ? "cells" : "slots"][to].focus();
        walking = false;
        point(to);
      } else if (event.key === "Enter" || event.key === " ") {
        if (svg === strip) lightSlot(picture.strip[k]);
        const at = svg === grid ? cells[k] : index;
        if (at) pin(pinned && same(at, pinnedAt) ? null : at);
      } else if (event.key === "Escape" && pinned) pin(null);
      else if (event.key === "c" || event.key === "C") copyTheLine();
      else return;
      event.preventDefault();
    });
  }

  function walkStrip(key, k) {
    const slots = picture.strip, across = places.slots.across;
    const by = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: across, ArrowUp: -across }[key];
    let to = key === "Home" ? 0 : key === "End" ? slots.length - 1 : by === undefined ? null : k + by;
    if (to === null) return null;
    if (slots[to] === GAP) to += Math.sign(by);
    return to >= 0 && to < slots.length ? to : k;
  }

  // Drawing -----------------------------------------------------------------------------------------------------------
  function box(k, x, y, label, text, unused, role) {
    const [w, tall, size] = picture.cell;
    return s("g", {
      "data-k": k, role, tabindex: "-1", "aria-label": label, transform: `translate(${x} ${y})`,
      class: unused ? "tb-cell tb-unused" : "tb-cell",
    },
    s("rect", { x: 1, y: 1, width: w - 4, height: tall - 4, rx: tall > 20 ? 4 : 2 }),
    size > 0 && s("text", { x: w / 2 - 1, y: tall / 2 - 1 + size * 0.36, "font-size": size, "text-anchor": "middle" }, text));
  }

  function drawAll(before = null) {
    const old = before && { picture: before, cells: places.cells.cells };
    const focused = ["cells", "slots"].map((side) => [side, where[side].indexOf(document.activeElement)]).find(([, k]) => k >= 0);
    places = { cells: placeCells(picture, width), slots: placeSlots(picture, width) };
    marks = { cells: [], slots: [] };
    words.classList.toggle("tb-beside", places.cells.width + 24 + 260 <= width);
    drawGrid();
    drawStrip();
    if (focused) where[focused[0]][Math.min(focused[1], where[focused[0]].length - 1)]?.focus();
    if (old) travel(old);
  }

  function sized(svg, { width: wide, height }) {
    svg.setAttribute("width", Math.max(wide, 1) + 2);
    svg.setAttribute("height", Math.max(height, 1) + 2);
  }

  function drawGrid() {
    const { shown, x, y, cell: [w, tall], slots, texts, strip: strips } = picture, n = shown.length;
    const textOf = new Map(strips.map((slot, k) => [slot, texts[k]]));
    const { cells: at, blocks, gaps: holes } = places.cells;
    grid.setAttribute("aria-label", `${picture.name}, shape (${picture.shape.join(", ")})`);
    grid.replaceChildren();
    empty.hidden = slots.length > 0;
    grid.toggleAttribute("hidden", slots.length === 0);
    empty.textContent = `no cells: the shape (${picture.shape.join(", ")}) leaves no elements`;
    if (slots.length === 0) { where.cells = []; return; }
    sized(grid, places.cells);
    const rows = n > 1 ? shown.at(-2).filter((i) => i !== GAP) : [0], columns = n ? shown.at(-1).filter((i) => i !== GAP) : [0];
    where.cells = [];
    const small = (text, place, dim, anchor) => s("text", {
      ...place, class: "tb-tick tb-mono", "text-anchor": anchor, "aria-hidden": "true", style: { fill: `var(--tb-i${dim % 5})` } }, text);
    blocks.forEach(({ at: lead, x: left, y: top }, b) => {
      const group = s("g", { role: "rowgroup", "aria-label": lead.length ? `block ${lead.join(", ")}` : null });
      if (n > 2) {
        group.append(s("text", { class: "tb-caption tb-mono", x: left, y: top + 12 }, `${picture.name}[`,
          lead.flatMap((i, dim) => [s("tspan", { style: { fill: `var(--tb-i${dim % 5})` } }, i), dim < n - 3 ? ", " : "]"])));
      }
      const first = b * rows.length * columns.length;
      if (n > 0) columns.forEach((j, c) => group.append(small(j, { x: at[first + c].x + w / 2 - 1, y: at[first + c].y - 6 }, n - 1, "middle")));
      if (n > 1) rows.forEach((i, r) => group.append(small(i, { x: left + x[0] - 8, y: top + y[r] + tall / 2 + 3 }, n - 2, "end")));
      if (n > 1) gaps(shown.at(-2), (r) => group.append(small("⋮", { x: left + x[0] + w / 2, y: top + y[r] - 6 }, n - 2, "middle")));
      if (n > 1) gaps(shown.at(-1), (c) => group.append(small("⋯", { x: left + x[c] - 11, y: top + y[0] + tall / 2 + 3 }, n - 1, "middle")));
      holes.forEach((hole) => group.append(small("⋯", { x: hole.x + w / 2 - 1, y: hole.y + tall / 2 + 3 }, n - 1, "middle")));
      rows.forEach((_, r) => {
        const row = s("g", { role: "row" });
        columns.forEach((__, c) => {
          const k = first + r * columns.length + c;
          const value = textOf.get(slots[k]) ?? "";
          const label = value ? `${spoken(cells[k])}, value ${value}` : spoken(cells[k]);
          const element = box(k, at[k].x, at[k].y, label, value, false, "gridcell");
          where.cells[k] = element;
          row.append(element);
        });
        group.append(row);
      });
      grid.append(group);
    });
    (where.cells[Math.max(0, cells.findIndex((cell) => same(cell, index)))])?.setAttribute("tabindex", "0");
  }

  // Calls back with the number of the first place after each gap.
  function gaps(dim, found) {
    let place = 0;
    for (const i of dim) i === GAP ? found(place) : place += 1;
  }

  function drawStrip() {
    const { strip: slots, texts, read, cell: [w, tall], gutter } = picture;
    const at = places.slots.slots;
    sized(strip, places.slots);
    strip.setAttribute("aria-label", `storage, ${picture.storage}`);
    const row = s("g", { role: "row" });
    where.slots = slots.map((slot, k) => {
      if (slot === GAP) {
        row.append(s("text", { class: "tb-tick", x: at[k].x + w / 2, y: at[k].y + tall / 2 + 4, "text-anchor": "middle" }, "⋯"));
        return null;
      }
      const label = `slot ${slot}, value ${texts[k]}${read[k] ? "" : `, not in ${picture.name}`}`;
      const element = box(k, at[k].x, at[k].y, label, texts[k], !read[k], "gridcell");
      if (!gutter) {
        element.append(s("text", { class: "tb-tick tb-mono", x: w / 2 - 1, y: tall + 11, "text-anchor": "middle", "aria-hidden": "true" }, slot));
      } else if (k % places.slots.across === 0) {
        row.append(s("text", { class: "tb-tick tb-mono", x: gutter - 8, y: at[k].y + tall / 2 + 3, "text-anchor": "end" }, slot));
      }
      row.append(element);
      return element;
    });
    strip.replaceChildren(row);
    drawWalk();
    strip.toggleAttribute("hidden", slots.length === 0);
    nothing.hidden = slots.length > 0 || asks();
    where.slots.find(Boolean)?.setAttribute("tabindex", "0");
  }

  // From slot to slot in the order of the indices; where cells are left out, in words alone.
  function drawWalk() {
    const on = model.get("path"), { strip: strips, slots, shown, walk: words, cell: [w] } = picture;
    press(path, on);
    cost.hidden = !on || !words;
    cost.textContent = words;
    strip.querySelector(".tb-walk")?.remove();
    strip.style.marginTop = on ? "24px" : "";     // room for the bows
    if (!on || asks() || shown.some((dim) => dim.includes(GAP))) return;
    const at = new Map(strips.map((slot, k) => [slot, k]));
    strip.append(s("g", { class: "tb-walk", "aria-hidden": "true", "stroke-width": slots.length > 24 ? 1 : 2 },
      steps(cells, slots.map((slot) => at.get(slot)), places.slots.slots, w).map(({ d, dim }) => s("path", { d, stroke: `var(--tb-d${dim % 5})` }))));
  }

  // Each cell goes from where its slot was read before to where it is read now.
  function travel(old) {
    if (!moves() || where.cells.length > MOST_TRAVEL) return;
    const timing = { duration: 180, easing: "ease-in-out" };
    journeys(old.picture, picture).forEach((from, k) => {
      const to = places.cells.cells[k], start = from === null ? null : old.cells[from];
      if (!start) where.cells[k].animate([{ opacity: 0 }, { opacity: 1 }], timing);
      else if (start.x !== to.x || start.y !== to.y) {
        where.cells[k].animate([`translate(${start.x}px, ${start.y}px)`, `translate(${to.x}px, ${to.y}px)`].map(
          (transform) => ({ transform })), timing);
      }
    });
    if (old.picture.source !== picture.source) where.slots.forEach((slot) => slot?.animate([{ opacity: 0 }, { opacity: 1 }], timing));
  }

  function drawWords(previous) {
    given.textContent = picture.line.split(" ", 1)[0];
    showCode();
    code.setAttribute("aria-invalid", String(Boolean(picture.refusal)));
    kind.textContent = `${picture.dtype} · ${picture.kind}`;
    facts.replaceChildren(chips(picture.facts));
    const focused = ops.contains(document.activeElement) ? document.activeElement.textContent : null;
    undo.disabled = picture.steps === 0 && !picture.refusal;
    redo.disabled = picture.undone === 0;
    slide.disabled = !picture.strided;
    if (!picture.strided) openSliders(false);
    path.disabled = asks();
    looks.settle();
    strided.update(picture.strided);
    askQuiz(picture.quiz);
    ops.replaceChildren(...picture.ops.map(([label, step]) => button(label, {
      title: `${picture.expression}${step}`, onpress: () => view.ask("run", { code: picture.expression + step }) })), undo, redo);
    ops.settle();
    const again = [...ops.children].find((each) => each.textContent === focused && !each.disabled);
    if (focused !== null) (again ?? ops.firstChild).focus();
    refusal.hidden = !picture.refusal;
    refusal.replaceChildren(...(picture.refusal ? [
      h("p", { class: "tb-heading" }, picture.refusal.title), h("p", { class: "tb-mono" }, picture.refusal.said),
      picture.refusal.rule && h("p", {}, picture.refusal.rule)].filter(Boolean) : []));
    const n = picture.shape.length, tells = !asks();
    legend.replaceChildren(...picture.shape.map((size, dim) => h("span", { class: "tb-axis", style: ink(dim) },
      `dim ${dim} ${arrow(dim, n)}${tells ? ` stride ${picture.stride[dim]}` : ""}`)));
    storage.replaceChildren(h("span", { class: "tb-heading" }, "storage"), " ", h("span", { class: "tb-note" }, picture.storage));
    cut.hidden = !picture.cut;
    cut.textContent = picture.cut;
    line.textContent = `${picture.line}   # ${picture.remark}`;
    if (picture.refusal) say(`${picture.refusal.title}: ${picture.refusal.said} ${picture.refusal.rule}`);
    else if (previous && (previous.refusal || previous.line !== picture.line) && !asks()) {
      say(`${picture.line}: ${picture.remark}. shape (${picture.shape.join(", ")}), stride (${picture.stride.join(", ")})`);
    }
  }

  // After a new picture: the pinned cell, else the one at rest.
  function settle() {
    const selected = model.get("selected");
    pinned = selected !== null;
    pinnedAt = selected;
    light((asks() ? null : selected) ?? (picture.slots.length ? picture.rest : null), null, false);
  }

  view.on("change:path", drawWalk);
  view.on("change:selected", (selected) => {
    if (pinning) return;
    pinned = selected !== null;
    pinnedAt = selected;
    light(selected ?? index, null, false);
  });
  view.onResize((now) => {
    if (Math.abs(now - width) < 1) return;
    width = now;
    drawAll();
    light(index, null, false);
  });

  return (now, previous) => {
    picture = now;
    cells = indices(picture.shown);
    homes = readers(picture.slots);
    width ||= body.clientWidth || 640;
    drawWords(previous);
    const still = previous && same(previous.slots, picture.slots) && same(previous.shape, picture.shape) && previous.line === picture.line;
    if (!still || !same(previous.texts, picture.texts)) drawAll(still ? null : previous);
    settle();
  };
}

export default { render: (context) => mount(context, draw) };
