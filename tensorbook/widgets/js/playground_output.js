// What the network says everywhere, with the points on it; points of one's own are drawn here, by mouse or by keyboard.
import { h, listen } from "./dom.js";
import { button, press, toolbar } from "./controls.js";
import { paint } from "./playground_maps.js";

const VIEW = 3.5, SIDE = 3, APART = 0.12;

export function outputPanel({ set, say, colours }) {
  const map = h("canvas", { width: 40, height: 40, class: "tb-play-map", "aria-hidden": "true" });
  const dots = h("canvas", { class: "tb-play-dots", tabindex: 0, role: "img" });
  const title = h("span", { class: "tb-heading" }, "output and data");
  const tests = button("test points", { pressed: true, onpress: () => { showTests = !showTests; press(tests, showTests); draw(); } });
  const pens = ["● class 0", "■ class 1", "erase"].map((label, at) => button(label, { pressed: at === 0, onpress: () => {
    pen = at;
    pens.forEach((item, k) => press(item, k === at));
  } }));
  const clear = button("clear", { onpress: () => { drawn = []; commit(); } });
  const tools = h("div", { class: "tb-play-pens" }, toolbar("what to draw", ...pens, clear), h("p", { class: "tb-note" }, "Draw in the square: drag, or arrow keys and Enter."));
  const words = h("p", { class: "tb-note" });
  const element = h("section", { class: "tb-panel tb-play-output", "aria-label": "output and data" },
    h("div", { class: "tb-spread" }, title, tests), h("div", { class: "tb-play-square" }, map, dots), words, tools);
  let scene = null, encoded = null, looked = null, showTests = true, pen = 0, drawn = [], busy = false, cursor = null;

  const may = () => scene.settings.data === "own" && ![...scene.fixed, ...scene.hidden].includes("data");
  const place = (event) => {
    const box = dots.getBoundingClientRect();
    return [((event.clientX - box.left) / box.width) * 2 * VIEW - VIEW, VIEW - ((event.clientY - box.top) / box.height) * 2 * VIEW];
  };

  function add([x1, x2]) {
    if (Math.max(Math.abs(x1), Math.abs(x2)) > SIDE) return;
    const near = ([a, b]) => Math.hypot(a - x1, b - x2);
    if (pen === 2) drawn = drawn.filter((point) => near(point) > 0.3);
    else if (drawn.length < 1000 && !drawn.some((point) => near(point) < APART)) drawn.push([Number(x1.toFixed(3)), Number(x2.toFixed(3)), pen]);
    draw();
  }
  function commit() {
    busy = false;
    draw();
    set({ drawn });
    say(`${drawn.length} points`);
  }

  listen(dots, "pointerdown", (event) => {
    if (!may() || event.button !== 0) return;
    event.preventDefault();
    dots.setPointerCapture(event.pointerId);
    dots.focus({ preventScroll: true });
    busy = true;
    cursor = null;
    add(place(event));
  });
  listen(dots, "pointermove", (event) => busy && (event.buttons & 1) && add(place(event)));
  listen(dots, "pointerup", () => busy && commit());
  listen(dots, "pointercancel", () => busy && commit());
  listen(dots, "keydown", (event) => {
    if (!may()) return;
    const by = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
    if (by) {
      event.preventDefault();
      cursor = (cursor ?? [0, 0]).map((at, k) => Math.min(Math.max(Number((at + 0.25 * by[k]).toFixed(2)), -SIDE), SIDE));
      say(`x1 ${cursor[0]}, x2 ${cursor[1]}`);
      draw();
    } else if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      cursor ??= [0, 0];
      add(cursor);
      commit();
    }
  });
  listen(dots, "blur", () => { cursor = null; if (scene) draw(); });

  // Train points are filled, test points hollow; class 1 (or a value above 0) is square as well as vermilion.
  function draw() {
    const side = dots.clientWidth;
    if (!side || !scene) return;
    const scale = globalThis.devicePixelRatio || 1;
    dots.width = dots.height = side * scale;
    const pen2d = dots.getContext("2d");
    pen2d.scale(scale, scale);
    const look = getComputedStyle(dots), colour = (name) => look.getPropertyValue(`--tb-${name}`).trim();
    const tones = [colour("d0"), colour("d1")], edge = colour("bg"), hollow = colour("cell");
    const at = (value) => ((value + VIEW) / (2 * VIEW)) * side;
    const own = scene.settings.data === "own";
    const points = own && (busy || drawn.length !== scene.points.length) ? drawn.map((point) => [...point, 0]) : scene.points;
    for (const [x1, x2, target, test] of points) {
      if ((test && !showTests) || Math.max(Math.abs(x1), Math.abs(x2)) > VIEW - 0.05) continue;
      const kind = Number(target > (scene.classifies ? 0.5 : 0)), x = at(x1), y = side - at(x2);
      pen2d.beginPath();
      if (kind) pen2d.rect(x - 2.7, y - 2.7, 5.4, 5.4);
      else pen2d.arc(x, y, 3, 0, 2 * Math.PI);
      pen2d.globalAlpha = scene.classifies ? 1 : 0.25 + 0.75 * Math.min(Math.abs(target), 1);
      pen2d.fillStyle = test ? hollow : tones[kind];
      pen2d.strokeStyle = test ? tones[kind] : edge;
      pen2d.lineWidth = test ? 1.5 : 1;
      pen2d.fill();
      pen2d.stroke();
    }
    pen2d.globalAlpha = 1;
    if (cursor) {
      pen2d.strokeStyle = colour("brand");
      pen2d.lineWidth = 2;
      pen2d.beginPath();
      pen2d.moveTo(at(cursor[0]) - 8, side - at(cursor[1]));
      pen2d.lineTo(at(cursor[0]) + 8, side - at(cursor[1]));
      pen2d.moveTo(at(cursor[0]), side - at(cursor[1]) - 8);
      pen2d.lineTo(at(cursor[0]), side - at(cursor[1]) + 8);
      pen2d.stroke();
    }
  }

  function show() {
    if (!scene) return;
    paint(map, looked?.map ?? encoded, colours());
    title.textContent = looked ? looked.name : "output and data";
  }

  return {
    element,
    look(neuron) { looked = neuron; show(); },
    update(newScene, picture) {
      if (newScene !== scene) {
        scene = newScene;
        if (!busy) drawn = scene.settings.drawn.map((point) => [...point]);
        tools.hidden = !may();
        dots.tabIndex = may() ? 0 : -1;
        dots.classList.toggle("tb-play-drawing", may());
        words.textContent = scene.classifies ? "blue, round: class 0; vermilion, square: class 1; hollow: to test with"
          : "blue: below 0; vermilion, square: above 0; hollow: to test with";
        draw();
      }
      encoded = picture.maps.output;
      dots.setAttribute("aria-label", `the output over the square, and ${scene.points.length} points`);
      show();
    },
    draw,
  };
}
