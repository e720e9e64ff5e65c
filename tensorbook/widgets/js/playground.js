// The playground: a small network that learns in the kernel, drawn and changed here.
import { h, mount } from "./dom.js";
import { button, chips, copy, four, press, toolbar } from "./controls.js";
import { exports } from "./export.js";
import { controls } from "./playground_controls.js";
import { lossPanel } from "./playground_loss.js";
import { themePalette } from "./playground_maps.js";
import { network } from "./playground_network.js";
import { outputPanel } from "./playground_output.js";
import { steering } from "./training_steer.js";

const SAY_EVERY = 5000;

function draw(view) {
  const { model } = view;
  let now = model.get("picture"), scene = model.get("scene"), saidAt = 0, theme = null, colours = null;
  const palette = () => colours;
  const steer = steering(view, {
    step: "train for one epoch", reset: "back to the first weights", changed: () => { bar.settle(); drawFacts(); },
  });
  const { ask } = steer;
  const set = (changes) => ask("set", changes);

  const title = h("p", { class: "tb-title" }), facts = h("div"), reason = h("p", { class: "tb-note" });
  const bar = toolbar("training", ...steer.buttons);
  const choices = controls(scene, set);
  const output = outputPanel({ set, say: view.say, colours: palette });
  const look = (neuron) => {
    const maps = [scene.settings.features.map((name) => scene.features[name]), ...now.maps.hidden, [now.maps.output]];
    output.look(neuron && { name: neuron.name, map: maps[neuron.column]?.[neuron.row] });
  };
  let looking = null;
  const net = network({ set, weight: (data) => ask("weight", data), colours: palette, onlook: (neuron) => { looking = neuron; look(neuron); } });
  const loss = lossPanel();
  const notes = h("ul", { class: "tb-play-notes" });

  const line = h("code", { class: "tb-mono" });
  const copyLine = button("copy line", { onpress: () => copy(now.line, copyLine) });
  const program = h("pre", { class: "tb-play-program tb-mono", tabindex: 0, hidden: true, role: "region", "aria-label": "the program" });
  const libraries = ["tensorbook", "torch"].map((library) => {
    const item = button(`${library} program`, { pressed: false, title: "the program that comes to this state", onpress: async () => {
      const open = item.getAttribute("aria-pressed") === "true";
      closeProgram();
      const text = open ? "" : await ask("code", { library });
      if (!text) return;
      program.textContent = text;
      program.hidden = copyProgram.hidden = false;
      press(item, true);
    } });
    return item;
  });
  const copyProgram = button("copy program", { onpress: () => copy(program.textContent, copyProgram) });
  copyProgram.hidden = true;
  const closeProgram = () => {
    program.hidden = copyProgram.hidden = true;
    libraries.forEach((item) => press(item, false));
  };
  const code = scene.hidden.includes("code") ? [] : [toolbar("as a program", ...libraries, copyProgram)];
  if (scene.fixed.includes("code")) libraries.forEach((item) => { item.disabled = true; });

  view.body.append(title, facts, h("div", { class: "tb-row" }, bar, reason, steer.waiting), choices.element,
    h("div", { class: "tb-play-panels" }, h("div", { class: "tb-play-side" }, net.element, loss.element, notes), output.element),
    h("div", { class: "tb-spread tb-foot" }, line, copyLine, exports(view, "playground")), ...code, program);

  function drawFacts() {
    const tones = { failed: "alert", running: "d0" }, status = steer.status(), [train, test] = now.losses.map((value) => (value === null ? "–" : four(value)));
    facts.replaceChildren(chips([
      { label: "", value: status === "ready" ? "not run yet" : status, tone: tones[status] },
      { label: "epoch", value: now.count.toLocaleString("en") },
      { label: "train loss", value: train }, { label: "test loss", value: test },
      now.rate !== null && { label: "", value: `${now.rate.toLocaleString("en")} epochs/s` },
    ].filter(Boolean)));
    const [, why] = now.sentence.match(/^paused at epoch [\d,]+: (.*)$/s) ?? [];
    reason.textContent = now.blocking ? "run(…) is at work in a cell; the kernel's interrupt button stops it" : why ?? "";
    reason.hidden = !reason.textContent;
  }

  function drawNotes() {
    const text = JSON.stringify(now.notes);
    if (notes.dataset.text === text) return;
    notes.dataset.text = text;
    notes.hidden = now.notes.length === 0;
    notes.replaceChildren(...now.notes.map((note) => h("li", {}, h("strong", {}, note.seen), h("span", {}, ` ${note.advice}`))));
  }

  function speak(previous) {
    if (!previous) return;
    const time = Date.now(), still = previous.status === now.status;
    if (still && (now.status !== "running" ? previous.count === now.count : time - saidAt < SAY_EVERY)) return;
    view.say(now.status === "running" && !still ? "running" : model.get("alt"));
    saidAt = time;
  }

  const paint = () => {
    if (!view.root.isConnected) return;           // not yet in the page: there are neither colours nor room
    const style = getComputedStyle(view.root), shown = style.getPropertyValue("--tb-d0") + style.getPropertyValue("--tb-cell");
    if (shown !== theme) [theme, colours] = [shown, themePalette(view.root)];
    net.update(scene, now, net.scroll.clientWidth);
    output.update(scene, now);
    loss.draw(now);
    if (looking) look(looking);
  };
  view.onResize(() => { paint(); output.draw(); });
  // The attribute tells of another theme, whose style sheet may come a moment later.
  const timers = [];
  const themes = new MutationObserver(() => [0, 150, 600].forEach((wait) => timers.push(setTimeout(() => { paint(); output.draw(); }, wait))));
  themes.observe(document.body, { attributes: true, attributeFilter: ["data-jp-theme-light", "class"] });
  view.onClose(() => { themes.disconnect(); timers.forEach(clearTimeout); });
  view.send("shown");
  view.onClose(() => view.send("hidden"));

  return (picture, previous) => {
    now = picture;
    scene = model.get("scene");
    title.replaceChildren(h("b", {}, "Playground"), now.title.slice("Playground".length));
    steer.update(now);
    bar.settle();
    choices.update(scene);
    drawFacts();
    paint();
    drawNotes();
    line.textContent = now.shown;
    const state = ({ line: made, weights, biases }) => JSON.stringify([made, weights, biases]);
    if (!program.hidden && previous && state(previous) !== state(now)) closeProgram(); // it was of another moment
    speak(previous);
  };
}

export default { render: (context) => mount(context, draw) };
