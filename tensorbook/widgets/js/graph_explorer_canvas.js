// The graph as SVG: boxes, edges and what of them is done, current and still to come.
import { h, s, listen, moves } from "./dom.js";
import { heat } from "./graph_explorer_heat.js";
import { arrived, changed, curve, describe, edgeState, edgesFrom, gradOf, neighbour, route, segmentStates, stateOf } from "./graph_explorer_state.js";

const MARKS = { done: "✓", current: "▸", stopped: "✕", pending: "" };

const ZOOM = [0.15, 2];
const FEW = 200;                                  // boxes that are painted whether in sight or not

// `pick(at)` is called on a click or Enter, `fold(at)` to fold what a node lies in.
// The result: { element, show(step, selected), mark(keys), focus(at), zoom(by), fit(width), place(at), putAt(at, place) }.
export function canvas(picture, pick, fold) {
  const forward = picture.phase === "forward";
  let wide = picture.width;
  const layers = [0, 1, 2].map((state) => s("g", { class: `tb-edges tb-edges-${state}` }));
  const labels = s("g", { class: "tb-edge-labels" }), dots = s("g", { class: "tb-dots" });
  const nodes = s("g", { role: "listbox", "aria-label": "nodes of the graph; arrow keys follow the edges, Shift with them moves the picture, + and - zoom" });
  const svg = s("svg", {
    viewBox: `0 0 ${picture.width} ${picture.height}`, width: picture.width, height: picture.height,
    class: `tb-graph-svg${forward ? " tb-forward" : ""}`,
  }, ...layers, nodes, labels, dots);
  const element = h("div", { class: "tb-graph" }, svg);
  const size = () => wide / picture.width;
  const map = minimap(picture, element, size);
  const frame = h("div", { class: `tb-graph-frame${picture.width > picture.height ? " tb-flat" : ""}` }, element, map.element);

  const dashed = new Set(), solid = new Set(), first = new Set();
  for (const edge of picture.edges) {
    first.add(edge.path);
    for (const at of route(picture, edge)) (edge.kind === "grad" ? solid : dashed).add(at);
  }
  const arrow = (x, y) => `M${x - 4} ${y - 6}L${x} ${y - 1}L${x + 4} ${y - 6}`;
  const segments = picture.segments.map((segment, at) => {
    const [x0, y0, , x1, y1, next] = segment, plain = dashed.has(at) && !solid.has(at);
    const head = forward ? (first.has(at) ? arrow(x0, y0) : "") : next < 0 && !plain ? arrow(x1, y1) : "";
    return s("path", { d: curve(segment) + head, class: plain ? "tb-edge tb-edge-data" : "tb-edge", "data-at": at });
  });
  layers[0].append(...segments);

  const drawn = picture.nodes.map((node, at) => box(picture, node, at));
  nodes.append(...drawn.map((one) => one.element));
  let step = null, chosen = null, focused = 0, states = picture.segments.map(() => 0);

  function roam(at) {
    drawn[focused].element.setAttribute("tabindex", -1);
    focused = at;
    drawn[at].element.setAttribute("tabindex", 0);
  }
  roam(0);

  function reveal(at, centre = false) {
    const scale = size(), [x, y, w, tall] = picture.nodes[at].box;
    const near = (low, high, from, room) => (low < from ? low : high > from + room ? high - room : from);
    element.scrollTop = near(y * scale - 48, (y + tall) * scale + 64, element.scrollTop, element.clientHeight);
    element.scrollLeft = centre ? (x + w / 2) * scale - element.clientWidth / 2
      : near(x * scale - 24, (x + w) * scale + 24, element.scrollLeft, element.clientWidth);
    cull();
  }

  // how large: 0 fits again; what is at (x, y) of the window, else in the middle, stays there
  let room = 0, zoomed = 0;
  function fit(width) {
    room = width;
    const take = (space) => {                     // a little too wide: smaller; much too wide: it scrolls
      wide = zoomed ? zoomed * picture.width : Math.min(picture.width, Math.max(space, picture.width / 1.15));
      svg.style.width = `${wide}px`;
    };
    take(room);
    map.update();
    if (!map.element.hidden) take(Math.min(room, element.clientWidth));   // the map has taken its own place beside it
    cull();
  }

  // of many boxes and edges only those that are in sight, or nearly so, are painted
  const things = [
    ...picture.nodes.map(({ box: [x, y, w, tall] }, at) => [drawn[at].element, x, x + w, y, y + tall]),
    ...picture.segments.map(([x0, y0, , x1, y1], at) => [segments[at], Math.min(x0, x1), Math.max(x0, x1), Math.min(y0, y1), Math.max(y0, y1)]),
  ].map(([one, left, right, top, bottom]) => ({ one, left, right, top, bottom, seen: true }));
  function cull() {
    if (picture.nodes.length < FEW) return;
    const scale = size(), across = Math.max(element.clientWidth, 400), down = Math.max(element.clientHeight, 400);
    const [left, top] = [(element.scrollLeft - across) / scale, (element.scrollTop - down) / scale];
    const [right, bottom] = [left + (3 * across) / scale, top + (3 * down) / scale];
    for (const thing of things) {
      const seen = thing.one === drawn[focused].element   // the one that Tab leads to
        || (thing.right >= left && thing.left <= right && thing.bottom >= top && thing.top <= bottom);
      if (seen === thing.seen) continue;
      thing.seen = seen;
      thing.one.style.display = seen ? "" : "none";
    }
  }
  listen(element, "scroll", () => { cull(); map.update(); });

  function zoom(by, x = element.clientWidth / 2, y = element.clientHeight / 2) {
    const before = size();
    zoomed = by ? Math.min(Math.max(before * by, ZOOM[0]), ZOOM[1]) : 0;
    fit(room);
    const grown = size() / before;
    element.scrollLeft = (element.scrollLeft + x) * grown - x;
    element.scrollTop = (element.scrollTop + y) * grown - y;
  }
  listen(element, "wheel", (event) => {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    const { left, top } = element.getBoundingClientRect();
    zoom(Math.exp(-event.deltaY / 300), event.clientX - left, event.clientY - top);
  });
  // the background can be dragged
  let drag = null;
  listen(element, "pointerdown", (event) => {
    if (event.button || event.pointerType !== "mouse" || under(event) !== null) return;
    drag = { x: event.clientX + element.scrollLeft, y: event.clientY + element.scrollTop };
    element.setPointerCapture(event.pointerId);
    element.classList.add("tb-dragged");
  });
  listen(element, "pointermove", (event) => drag && element.scrollTo(drag.x - event.clientX, drag.y - event.clientY));
  for (const type of ["pointerup", "pointercancel"]) {
    listen(element, type, () => { drag = null; element.classList.remove("tb-dragged"); });
  }

  // where a node stands in the window, and the window moved so that it stands there
  function place(at) {
    const [x, y] = picture.nodes[at].box;
    return [x * size() - element.scrollLeft, y * size() - element.scrollTop];
  }
  function putAt(at, [left, top]) {
    const [x, y] = picture.nodes[at].box;
    element.scrollTo(x * size() - left, y * size() - top);
    cull();
  }

  // hovering or focusing a node lights it up together with its edges and what they lead to
  function light(at) {
    svg.querySelectorAll(".tb-hot").forEach((one) => one.classList.remove("tb-hot"));
    svg.classList.toggle("tb-lit", at !== null);
    if (at === null) return;
    drawn[at].element.classList.add("tb-hot");
    for (const edge of picture.edges) {
      if (edge.from !== at && edge.to !== at) continue;
      for (const segment of route(picture, edge)) segments[segment].classList.add("tb-hot");
      drawn[edge.from].element.classList.add("tb-hot");
      drawn[edge.to].element.classList.add("tb-hot");
    }
  }

  const under = (event) => {
    const group = event.target.closest?.("[data-node]");
    return group ? Number(group.dataset.node) : null;
  };
  // on the HTML element around it: Chromium lets Tab stop at an SVG element that listens to the focus
  listen(element, "pointerover", (event) => light(under(event)));
  listen(element, "pointerleave", () => light(null));
  listen(element, "click", (event) => {
    const at = under(event);
    if (at === null) return;
    roam(at);
    drawn[at].element.focus({ preventScroll: true });
    pick(at);
  });
  listen(element, "focusin", (event) => {
    const at = under(event);
    if (at === null) return;
    roam(at);
    if (event.target.matches(":focus-visible")) reveal(at);   // not under a mouse that is about to click
    light(at);
  });
  listen(element, "focusout", () => light(null));
  listen(element, "keydown", (event) => {
    if (under(event) === null || event.altKey || event.ctrlKey || event.metaKey) return;
    const act = {
      Enter: () => pick(focused), f: () => fold(focused), "+": () => zoom(1.25), "=": () => zoom(1.25), "-": () => zoom(0.8), 0: () => zoom(0),
    }[event.key];
    if (act) {
      event.preventDefault();
      act();
      return;
    }
    const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (event.shiftKey && way) {
      event.preventDefault();
      element.scrollBy(way[0] * 60, way[1] * 60);
      return;
    }
    const to = neighbour(picture, focused, event.key);
    if (to !== null) focus(to);
    if (to !== null || event.key.startsWith("Arrow")) event.preventDefault();
  });

  function focus(at) {
    reveal(at);                                   // what is out of sight is not painted, and takes no focus
    drawn[at].element.focus({ preventScroll: true });
  }

  function show(now, selected, animate) {
    const current = now ? picture.steps[now - 1].node : null;
    const all = step === null || selected !== chosen, boxes = [...(all ? picture.nodes.keys() : changed(picture, step, now))];
    // these first, for they measure: to do so after a change is to lay out twice
    if (current !== null && now !== step) reveal(current);
    map.paint(now, boxes);
    [step, chosen] = [now, selected];
    const before = states;
    states = segmentStates(picture, step);
    states.forEach((state, at) => { if (state !== before[at]) layers[state].append(segments[at]); });
    for (const at of boxes) drawn[at].show(step, picture.nodes[at].key === selected);
    labels.replaceChildren(...(current === null ? [] : passing(picture, current, step)));
    dots.replaceChildren();
    if (current !== null) {
      if (animate && moves()) run(edgesFrom(picture, current).filter((edge) => edgeState(edge, step) === 2).slice(0, 12));
    }
  }

  // a gradient runs down its edge, in 350 ms
  function run(edges) {
    for (const edge of edges) {
      const d = route(picture, edge).map((at, index) => curve(picture.segments[at], index === 0)).join("");
      const path = s("path", { d, fill: "none" }), dot = s("circle", { r: 5, class: "tb-dot" });
      dots.append(path, dot);
      const length = path.getTotalLength(), start = performance.now();
      const frame = (time) => {
        const part = Math.min(Math.max((time - start) / 350, 0), 1), point = path.getPointAtLength((forward ? 1 - part : part) * length);
        dot.setAttribute("cx", point.x);
        dot.setAttribute("cy", point.y);
        if (part < 1 && dot.isConnected) requestAnimationFrame(frame);
        else dot.remove();
      };
      requestAnimationFrame(frame);
    }
  }

  return {
    element: frame, scroller: element, show, reveal, fit, zoom, place, putAt, focus,
    get zoomed() { return zoomed; },
    set zoomed(value) { zoomed = value; },
    mark: (keys) => drawn.forEach((one, at) => one.element.classList.toggle("tb-found", keys.has(picture.nodes[at].key))),
  };
}

// The whole graph in a corner, with the part that is seen; it can be clicked and dragged. Keys have their own way about.
function minimap(picture, scroller, size) {
  const scale = Math.min(132 / picture.width, (picture.width > picture.height ? 64 : 132) / picture.height);
  const [across, down] = [picture.width, picture.height].map((side) => Math.max(scale, 44 / side));   // never a mere line
  const wide = picture.width * across, tall = picture.height * down;
  const sheet = h("canvas", { width: 2 * wide, height: 2 * tall });
  const seen = h("div", { class: "tb-map-seen" });
  const element = h("div", { class: "tb-map", "aria-hidden": "true", hidden: true,
    style: { width: `${wide}px`, height: `${tall}px` } }, sheet, seen);
  let now = 0, painted = "";                      // in which colours; "" as long as it is not seen
  function update() {
    const real = size(), { clientWidth, clientHeight } = scroller;
    if (!clientWidth) return;                     // the page itself is hidden, as while JupyterLab changes its theme
    const all = scroller.parentElement.clientWidth;   // with the room of the map, which comes and goes
    element.hidden = !(picture.height * real > 1.5 * clientHeight || picture.width * real > 1.5 * all) || all < 420;
    if (element.hidden) return;
    const { scrollLeft: x, scrollTop: y } = scroller;
    seen.style.width = `${Math.min((clientWidth * across) / real, wide)}px`;
    seen.style.height = `${Math.min((clientHeight * down) / real, tall)}px`;
    seen.style.transform = `translate(${(x * across) / real}px, ${(y * down) / real}px)`;
    if (!painted) paint(now, picture.nodes.keys());
  }
  // `boxes`: those to paint anew
  function paint(step, boxes) {
    now = step;
    if (element.hidden) {
      painted = "";
      return;
    }
    const context = sheet.getContext("2d"), style = getComputedStyle(element);
    const [dim, done] = ["--tb-dim", "--tb-d1"].map((name) => style.getPropertyValue(name).trim());
    for (const at of painted === dim + done ? boxes : picture.nodes.keys()) {
      const [x, y, w, high] = picture.nodes[at].box;
      context.fillStyle = stateOf(picture, at, step) === "pending" ? dim : done;
      context.fillRect(2 * x * across, 2 * y * down, Math.max(2 * w * across, 2), Math.max(2 * high * down, 1));
    }
    painted = dim + done;
  }
  const go = (event) => {
    const { left, top } = element.getBoundingClientRect(), real = size();
    scroller.scrollTo(((event.clientX - left) * real) / across - scroller.clientWidth / 2, ((event.clientY - top) * real) / down - scroller.clientHeight / 2);
  };
  listen(element, "pointerdown", (event) => { element.setPointerCapture(event.pointerId); go(event); });
  listen(element, "pointermove", (event) => event.buttons && go(event));
  return { element, update, paint };
}

function box(picture, node, at) {
  const [x, y, w, tall] = node.box, leaf = node.kind === "leaf";
  const inset = leaf ? 18 : 12, radius = leaf || node.kind === "data" ? tall / 2 : 4, block = node.kind === "block";
  const order = s("text", { x: x + inset + 8, y: y + 20, class: `tb-order tb-mono${node.step > 999 ? " tb-late" : ""}`, "text-anchor": "end", "aria-hidden": "true" });
  const mark = s("text", { x: x + inset - 2, y: y + 20, class: "tb-mark", "aria-hidden": "true" });
  const badge = s("text", { x: x + w - inset - 8 - 6.7 * node.shape.length, y: y + 20, class: "tb-badge tb-mono", "text-anchor": "end" });
  const grad = s("g");
  const element = s("g", { role: "option", tabindex: -1, "data-node": at, "data-key": node.key, class: `tb-node tb-${node.kind}${node.stale ? " tb-stale" : ""}` },
    s("rect", { x: x - 4, y: y - 4, width: w + 8, height: tall + 8, rx: radius + 4, class: "tb-ring" }),
    (block ? [6, 3] : []).map((by) => s("rect", { x: x + by, y: y - by, width: w, height: tall, rx: radius, class: "tb-behind" })),
    s("rect", { x, y, width: w, height: tall, rx: radius, class: "tb-box" }),
    mark, order,
    s("text", { x: x + inset + 12, y: y + 20, class: "tb-name" }, node.label),
    badge,
    s("text", { x: x + w - inset, y: y + 20, class: "tb-shape tb-mono", "text-anchor": "end" }, node.shape),
    grad);
  let last = null;
  return {
    element,
    show: (step, selected) => {
      const state = stateOf(picture, at, step), [came, all] = arrived(picture, at, step);
      const now = `${state} ${came} ${selected}`;
      if (now === last) return;
      last = now;
      element.setAttribute("aria-selected", String(selected));
      element.dataset.state = state;
      element.setAttribute("aria-label", describe(picture, at, step));
      mark.textContent = MARKS[state] ?? "";
      order.textContent = state === "pending" && node.kind === "op" && node.step ? node.step : "";
      badge.textContent = all > 1 ? `${came}/${all}` : "";
      if (!leaf || picture.phase === "forward") return;
      const shown = gradOf(picture, at, step), left = x + inset + 12;
      grad.replaceChildren(s("text", { x: left, y: y + 39, class: "tb-shape tb-mono" }, shown === null ? ".grad None" : ".grad"));
      if (shown !== null) {
        const values = picture.glimpses[shown].rows.flat().slice(0, 8);
        grad.append(...values.map((value, index) => s("rect", {
          x: left + 40 + 6 * index, y: y + 31, width: 6, height: 9, class: "tb-tiny", style: { fill: heat(value, values) },
        })));
      }
    },
  };
}

// What passes in this step, above the box that it goes to; one label for each.
function passing(picture, current, step) {
  const edges = edgesFrom(picture, current).filter((edge) => edge.text && edgeState(edge, step) === 2);
  return [...new Set(edges.map((edge) => edge.to))].flatMap((to) => {
    const [x, y, w] = picture.nodes[to].box, most = Math.max(Math.floor((w + 20) / 6.7), 6);
    const full = edges.filter((edge) => edge.to === to).map((edge) => edge.text).join(", ");
    const text = full.length > most ? `${full.slice(0, most - 1)}…` : full;
    const half = (text.length * 6.7) / 2 + 4, middle = x + w / 2;
    return text ? [
      s("rect", { x: middle - half, y: y - 23, width: 2 * half, height: 15, rx: 3, class: "tb-label-back" }),
      s("text", { x: middle, y: y - 12, "text-anchor": "middle", class: "tb-passing tb-mono" }, text),
    ] : [];
  });
}
