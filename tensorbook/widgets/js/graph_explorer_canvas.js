// The graph as SVG: boxes, edges and what of them is done, current and still to come.
import { h, s, listen, moves } from "./dom.js";
import { heat } from "./graph_explorer_heat.js";
import { arrived, curve, describe, edgesFrom, gradOf, neighbour, route, segmentStates, stateOf } from "./graph_explorer_state.js";

const MARKS = { done: "✓", current: "▸", stopped: "✕", pending: "" };

// `pick(at)` is called on a click or Enter. The result: { element, show(step, selected), mark(indexes), focus(at) }.
export function canvas(picture, pick) {
  const layers = [0, 1, 2].map((state) => s("g", { class: `tb-edges tb-edges-${state}` }));
  const labels = s("g", { class: "tb-edge-labels" }), dots = s("g", { class: "tb-dots" });
  const nodes = s("g", { role: "listbox", "aria-label": "nodes of the graph; arrow keys follow the edges" });
  const svg = s("svg", {
    viewBox: `0 0 ${picture.width} ${picture.height}`, width: picture.width, height: picture.height, class: "tb-graph-svg",
  }, ...layers, nodes, labels, dots);
  const element = h("div", { class: "tb-graph" }, svg);

  const dashed = new Set(), solid = new Set();
  for (const edge of picture.edges) for (const at of route(picture, edge)) (edge.kind === "grad" ? solid : dashed).add(at);
  const segments = picture.segments.map((segment, at) => {
    const [, , , x1, y1, next] = segment;
    const head = next < 0 && solid.has(at) ? `M${x1 - 4} ${y1 - 6}L${x1} ${y1 - 1}L${x1 + 4} ${y1 - 6}` : "";
    const plain = dashed.has(at) && !solid.has(at);
    return s("path", { d: curve(segment) + head, class: plain ? "tb-edge tb-edge-data" : "tb-edge", "data-at": at });
  });
  layers[0].append(...segments);

  const drawn = picture.nodes.map((node, at) => box(picture, node, at));
  nodes.append(...drawn.map((one) => one.element));
  let step = 0, focused = 0;

  function roam(at) {
    drawn[focused].element.setAttribute("tabindex", -1);
    focused = at;
    drawn[at].element.setAttribute("tabindex", 0);
  }
  roam(0);

  function reveal(at, centre = false) {
    const scale = svg.clientWidth / picture.width || 1, [x, y, w, tall] = picture.nodes[at].box;
    const near = (low, high, from, room) => (low < from ? low : high > from + room ? high - room : from);
    element.scrollTop = near(y * scale - 48, (y + tall) * scale + 64, element.scrollTop, element.clientHeight);
    element.scrollLeft = centre ? (x + w / 2) * scale - element.clientWidth / 2
      : near(x * scale - 24, (x + w) * scale + 24, element.scrollLeft, element.clientWidth);
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
    if (event.key === "Enter") {
      event.preventDefault();
      pick(focused);
      return;
    }
    const to = neighbour(picture, focused, event.key);
    if (to !== null) drawn[to].element.focus({ preventScroll: true });
    if (to !== null || event.key.startsWith("Arrow")) event.preventDefault();
  });

  function show(now, selected, animate) {
    const before = step;
    step = now;
    segmentStates(picture, step).forEach((state, at) => {
      if (segments[at].parentNode !== layers[state]) layers[state].append(segments[at]);
    });
    drawn.forEach((one, at) => one.show(step, picture.nodes[at].key === selected));
    const current = step ? picture.steps[step - 1].node : null;
    labels.replaceChildren(...(current === null ? [] : passing(picture, current)));
    dots.replaceChildren();
    if (current !== null) {
      if (before !== step) reveal(current);
      if (animate && moves()) run(edgesFrom(picture, current).slice(0, 12));
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
        const part = Math.min(Math.max((time - start) / 350, 0), 1), point = path.getPointAtLength(part * length);
        dot.setAttribute("cx", point.x);
        dot.setAttribute("cy", point.y);
        if (part < 1 && dot.isConnected) requestAnimationFrame(frame);
        else dot.remove();
      };
      requestAnimationFrame(frame);
    }
  }

  return {
    element, show, reveal,
    mark: (indexes) => drawn.forEach((one, at) => one.element.classList.toggle("tb-found", indexes.includes(at))),
    focus: (at) => drawn[at].element.focus({ preventScroll: true }),
    // a little too wide: smaller; much too wide: it scrolls
    fit: (width) => { svg.style.width = `${Math.min(picture.width, Math.max(width, picture.width / 1.15))}px`; },
  };
}

function box(picture, node, at) {
  const [x, y, w, tall] = node.box, leaf = node.kind === "leaf";
  const inset = leaf ? 18 : 12, radius = node.kind === "op" ? 4 : tall / 2;
  const mark = s("text", { x: x + inset - 2, y: y + 20, class: "tb-mark", "aria-hidden": "true" });
  const badge = s("text", { x: x + w - inset - 8 - 6.7 * node.shape.length, y: y + 20, class: "tb-badge tb-mono", "text-anchor": "end" });
  const grad = s("g");
  const element = s("g", { role: "option", tabindex: -1, "data-node": at, "data-key": node.key, class: `tb-node tb-${node.kind}` },
    s("rect", { x: x - 4, y: y - 4, width: w + 8, height: tall + 8, rx: radius + 4, class: "tb-ring" }),
    s("rect", { x, y, width: w, height: tall, rx: radius, class: "tb-box" }),
    mark,
    s("text", { x: x + inset + 12, y: y + 20, class: "tb-name" }, node.label),
    badge,
    s("text", { x: x + w - inset, y: y + 20, class: "tb-shape tb-mono", "text-anchor": "end" }, node.shape),
    grad);
  let last = null;
  return {
    element,
    show: (step, selected) => {
      const state = stateOf(picture, at, step), [came, all] = arrived(picture, at, step);
      element.setAttribute("aria-selected", String(selected));
      const now = `${state} ${came}`;
      if (now === last) return;
      last = now;
      element.dataset.state = state;
      element.setAttribute("aria-label", describe(picture, at, step));
      mark.textContent = MARKS[state];
      badge.textContent = all > 1 ? `${came}/${all}` : "";
      if (!leaf) return;
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
function passing(picture, current) {
  const edges = edgesFrom(picture, current);
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
