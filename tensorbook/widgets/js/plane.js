// A surface over two numbers: bands of equal height, axes, and a point that pointer and arrow keys move.
import { listen, s } from "./dom.js";
import { label } from "./plot.js";
import { fitting, scaler } from "./training_scale.js";

const TOP = 8, BOTTOM = 24, RIGHT = 8, THOUSAND = 1000, SHADE = 0.06;
const STEPS = 40;             // an arrow key goes this part of an axis, with Shift a fifth of that

// The path of a band: rings in thousandths of the width and the height, from the lower left.
export function outline(rings, [left, top, right, bottom]) {
  return rings.map((ring) => {
    const points = [];
    for (let i = 0; i < ring.length; i += 2) {
      const x = left + ((right - left) * ring[i]) / THOUSAND, y = bottom - ((bottom - top) * ring[i + 1]) / THOUSAND;
      points.push(`${x.toFixed(1)} ${y.toFixed(1)}`);
    }
    return `M${points.join("L")}Z`;
  }).join("");
}

// Where a key leads from a point; null for other keys. Never outside the axes.
export function nudge({ key, shiftKey }, [x, y], { x: across, y: up }) {
  const part = shiftKey ? STEPS * 5 : STEPS;
  const [dx, dy] = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[key] ?? [0, 0];
  if (!dx && !dy) return null;
  return [within(x + (dx * (across.max - across.min)) / part, across), within(y + (dy * (up.max - up.min)) / part, up)];
}

// A number on an axis, kept on it, with as many digits as a pointer can mean.
export function within(value, { min, max }) {
  const digits = Math.max(0, 3 - Math.floor(Math.log10(max - min)));
  return Number(Math.min(Math.max(value, min), max).toFixed(digits)) + 0;
}

// `onmove([x, y])` while the point is moved. `draw(plane, point, width, height)` returns the scales { x, y, inside };
// `.over` is a group for what a widget draws upon the surface, below the point.
export function planePlot({ onmove }) {
  const still = s("g"), over = s("g", { class: "tb-plane-over" });
  const knob = s("g", { class: "tb-plane-knob" }, s("circle", { r: 14, class: "tb-plane-grip" }), s("circle", { r: 7 }));
  const svg = s("svg", { role: "application", tabindex: 0, class: "tb-plane" }, still, over, knob);
  let shown = null;

  const move = (to) => {
    place(to);
    onmove(to);
  };
  const drag = (event) => {
    const box = svg.getBoundingClientRect(), { left, top, right, bottom, plane } = shown;
    const part = (at, low, high) => (at - low) / (high - low);
    const { x, y } = plane;
    move([within(x.min + (x.max - x.min) * part(event.clientX - box.left, left, right), x),
      within(y.min + (y.max - y.min) * part(event.clientY - box.top, bottom, top), y)]);
  };
  listen(svg, "pointerdown", (event) => {
    if (event.button !== 0 || !shown) return;
    svg.setPointerCapture(event.pointerId);
    svg.classList.add("tb-plane-dragged");
    drag(event);
  });
  listen(svg, "pointermove", (event) => svg.classList.contains("tb-plane-dragged") && drag(event));
  for (const end of ["pointerup", "pointercancel"]) listen(svg, end, () => svg.classList.remove("tb-plane-dragged"));
  listen(svg, "keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const to = nudge(event, shown.point, shown.plane);
    if (!to) return;
    event.preventDefault();
    event.stopPropagation();
    move(to);
  });

  function place([x, y]) {
    shown.point = [x, y];
    knob.setAttribute("transform", `translate(${shown.x(x).toFixed(1)} ${shown.y(y).toFixed(1)})`);
    knob.style.visibility = shown.inside(x, y) ? "" : "hidden";
  }

  function draw(plane, point, width, height) {
    const left = 12 + Math.max(...plane.y.ticks.map(([, text]) => text.length)) * 6.2;
    const right = width - RIGHT, bottom = height - BOTTOM, box = [left, TOP, right, bottom];
    const x = scaler(plane.x, left, right), y = scaler(plane.y, bottom, TOP);
    const inside = (a, b) => a >= plane.x.min && a <= plane.x.max && b >= plane.y.min && b <= plane.y.max;
    svg.setAttribute("width", width);
    svg.setAttribute("height", height);
    if (shown?.plane !== plane || shown.width !== width) {
      still.replaceChildren(
        ...plane.bands.map((rings) => s("path", { d: outline(rings, box), fill: "var(--tb-dim)", "fill-opacity": SHADE })),
        s("rect", { x: left, y: TOP, width: right - left, height: bottom - TOP, class: "tb-plane-frame" }),
        ...fitting(plane.x.ticks, right - left, 44).map(([value, text]) => label(x(value), bottom + 15, text, "middle")),
        ...plane.y.ticks.map(([value, text]) => label(left - 6, y(value) + 3.5, text, "end")),
      );
    }
    shown = { plane, width, left, top: TOP, right, bottom, x, y, inside, point };
    place(point);
    return shown;
  }

  return { svg, over, draw };
}

// Send what is moved once a frame at most, and the next only when Python has answered: `send(data)`; `.busy()`.
export function latest(view, kind) {
  let waiting = null, open = false;
  const send = async (data) => {
    waiting = data;
    if (open) return;
    open = true;
    try {
      while (waiting) {
        const now = waiting;
        waiting = null;
        await view.ask(kind, now);
      }
    } finally {
      open = false;
    }
  };
  send.busy = () => open;
  return send;
}
