// The choices of data and of training. A control that the teacher has fixed is shown and cannot be moved.
import { h } from "./dom.js";
import { button, choice, four, press, slider, toolbar } from "./controls.js";
import { WORDS } from "./playground_network.js";
import { lrToPosition, positionToLr } from "./training_scale.js";

const DATA = ["circle", "xor", "gauss", "spiral", "plane", "bumps", "own"];
const RATES = [0, 0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1];

export function controls(scene, set) {
  const { settings, all } = scene, made = {};
  const data = DATA.map((name) => button(name, { pressed: false, onpress: () => set({ data: name }),
    title: { plane: "values to predict: a slope", bumps: "values to predict: two hills and two hollows", own: "draw points of your own" }[name] }));
  made.data = toolbar("data set", ...data);
  const features = all.features.map((name) => button(WORDS[name], { pressed: false, name: `feature ${name}`, onpress: () => {
    const chosen = scene.settings.features, wanted = chosen.includes(name) ? chosen.filter((one) => one !== name) : [...chosen, name];
    if (wanted.length) set({ features: wanted });
  } }));
  made.features = h("div", { class: "tb-line" }, h("span", { class: "tb-label" }, "features"), toolbar("features", ...features));
  const slide = (name, label, min, max, by, format = four) => {
    made[name] = slider({ label, min, max, step: by, value: settings[name], format, onchange: (value) => set({ [name]: value }) });
  };
  slide("noise", "noise", 0, 1, 0.05);
  slide("points", "points", 20, 1000, 20);
  slide("test", "to test with", 0.1, 0.9, 0.1, (share) => `${Math.round(100 * share)} %`);
  slide("batch_size", "batch size", 1, 100, 1);
  made.seed = h("div", { class: "tb-line" }, h("span", { class: "tb-label" }, "seed"), h("span", { class: "tb-value" }),
    button("another", { name: "another seed", title: "other points, other first weights", onpress: () => set({ seed: scene.settings.seed + 1 }) }));
  made.optimizer = choice({ label: "optimiser", options: all.optimizers, value: settings.optimizer, onchange: (name) => set({ optimizer: name }) });
  made.lr = slider({ label: "learning rate", min: -80, max: 20, step: 1, value: lrToPosition(settings.lr),
    format: (position) => four(position === lrToPosition(scene.settings.lr) ? scene.settings.lr : positionToLr(position)),
    onchange: (position) => set({ lr: positionToLr(position) }) });
  made.regularisation = choice({ label: "regularisation", options: ["none", "L1", "L2"], value: settings.regularisation,
    onchange: (kind) => set({ regularisation: kind }) });
  made.rate = choice({ label: "rate", name: "rate of regularisation", options: RATES, value: settings.rate, onchange: (rate) => set({ rate: Number(rate) }) });

  const group = (label, names) => {
    const shown = names.filter((name) => !scene.hidden.includes(name)).map((name) => made[name]);
    return shown.length ? h("div", { class: "tb-play-group", role: "group", "aria-label": label }, h("span", { class: "tb-label tb-play-groupname" }, label), shown) : null;
  };
  for (const name of scene.fixed) {
    made[name]?.querySelectorAll("button, input, select").forEach((control) => { control.disabled = true; });
    if (made[name]) made[name].title = "fixed in this playground";
  }
  const element = h("div", { class: "tb-play-controls" },
    group("data", ["data", "noise", "points", "test", "seed"]), group("network", ["features"]),
    group("training", ["optimizer", "lr", "batch_size", "regularisation", "rate"]));

  function update(newScene) {
    scene = newScene;
    const { settings } = scene;
    data.forEach((item, at) => press(item, DATA[at] === settings.data));
    features.forEach((item, at) => press(item, settings.features.includes(all.features[at])));
    for (const name of ["noise", "points", "test", "batch_size"]) made[name].set(settings[name]);
    made.lr.set(lrToPosition(settings.lr));
    for (const name of ["optimizer", "regularisation", "rate"]) made[name].set(settings[name]);
    made.seed.children[1].textContent = settings.seed;
    made.points.input.disabled = scene.fixed.includes("points") || settings.data === "own";
    made.noise.input.disabled = scene.fixed.includes("noise") || settings.data === "own";
    made.rate.hidden = settings.regularisation === "none";
  }
  return { element, update };
}
