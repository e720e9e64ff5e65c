// A window that moves over an input. The sums come from Python (convolution_explorer.py); the sliders change the
// settings there, play and pointing stay in the page.
import { h, mount } from "./dom.js";
import { button, press, slider } from "./controls.js";
import { board } from "./board.js";

const MOST = { stride: 4, padding: 4, dilation: 4 };

function draw(view) {
  const sliders = Object.keys(MOST).map((name) => slider({
    label: name, min: name === "padding" ? 0 : 1, max: MOST[name], step: 1, value: name === "padding" ? 0 : 1,
    onchange: (value) => view.ask("set", { [name]: value }) }));
  let transposed = false;
  const turn = button("transposed", { pressed: false, title: "the convolution that goes the other way",
    onpress: () => view.ask("set", { transposed: !transposed }) });
  return board(view, {
    file: "convolution", tools: [h("div", { class: "tb-row tb-settings" }, sliders, turn)], playing: true,
    onupdate: ({ settings, transposed: now }) => {
      Object.keys(MOST).forEach((name, k) => sliders[k].set(settings[name], Math.max(MOST[name], settings[name])));
      transposed = now;
      press(turn, now);
    } }).update;
}

export default { render: (context) => mount(context, draw) };
