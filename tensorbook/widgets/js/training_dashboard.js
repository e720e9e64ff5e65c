// The training dashboard: steer a training run that goes on in the kernel, and look at it, now and back.
import { h, mount } from "./dom.js";
import { button, chips, copy, four, slider, toolbar } from "./controls.js";
import { exports } from "./export.js";
import { legend } from "./plot.js";
import { fitPanel } from "./training_fit.js";
import { parameterTable } from "./training_parameters.js";
import { lossPlot, tell } from "./training_plot.js";
import { lrToPosition, positionToLr } from "./training_scale.js";
import { steering } from "./training_steer.js";

const SAY_EVERY = 5000;       // ms between two readings of the loss to a screen reader

function draw(view) {
  let now = view.model.get("picture");
  let at = null;              // the earlier step that is looked at; null: the present
  let drawn = null;           // the picture that the plots show: a page in the background has no room for them
  let saidAt = 0;

  // what it is, and the facts
  const title = h("p", { class: "tb-title" });
  const facts = h("div");

  // What the reader moves is sent once a frame at most. Until Python has answered, a picture on its way may still show
  // the state before: what is `open` is the reader's, not the picture's.
  const open = { lr: 0, batch: 0, look: 0 }, latest = {};
  function later(kind, data) {
    const waits = kind in latest;
    latest[kind] = data;
    if (waits) return;
    open[kind] += 1;
    requestAnimationFrame(async () => {
      const data = latest[kind];
      delete latest[kind];
      try {
        await view.ask(kind, data, 86_400);
      } finally {
        open[kind] -= 1;
      }
    });
  }

  // controls
  const steer = steering(view, {
    step: "take one step", reset: "back to the first values", changed: () => { controls.settle(); drawFacts(); },
  });
  const { ask } = steer;
  const keep = button("keep", {
    title: "keep the curves to compare with, and go back to the first values",
    onpress: () => ask("keep"),
  });
  const forget = button("forget kept", { title: "draw this run alone", onpress: () => ask("forget") });
  const controls = toolbar("training", ...steer.buttons, keep, forget);

  const rateSlider = slider({
    label: "learning rate", min: now.lr_range[0] * 20, max: now.lr_range[1] * 20, value: lrToPosition(now.lr),
    format: (position) => four(position === lrToPosition(now.lr) && !open.lr ? now.lr : positionToLr(position)),
    oninput: (position) => later("lr", { lr: positionToLr(position) }),
  });
  rateSlider.classList.add("tb-train-rate");
  let sizes = now.batch?.sizes ?? [];             // not those of a picture that comes while the slider is moved
  const batchSlider = slider({
    label: "batch size", min: 0, max: Math.max(sizes.length - 1, 1), value: Math.max(sizes.indexOf(now.batch?.size), 0),
    format: (position) => (sizes[position] ?? 0).toLocaleString("en"),
    oninput: (position) => later("batch", { size: sizes[position] }),
  });
  batchSlider.classList.add("tb-train-batch");
  batchSlider.hidden = sizes.length < 2;

  // the loss
  const lossLabel = h("span", { class: "tb-heading" });
  const curves = h("div");
  const scales = ["linear", "log"].map((scale) => button(scale, {
    quiet: true, pressed: false, name: `${scale} loss axis`,
    onpress: () => { view.model.set("scale", scale); view.model.save_changes(); },
  }));
  const scaleBar = toolbar("loss axis", ...scales);
  scaleBar.classList.add("tb-train-scale");
  const hands = {
    onpoint: (step) => { plot.point(step); metrics?.plot.point(step); readout(step ?? at); },
    onpick: (step) => look(step),
  };
  const plot = lossPlot({ height: 216, ...hands });
  const holder = h("div");
  const empty = h("p", { class: "tb-train-empty" }, "No steps taken yet. Press run, or step to take one.");
  holder.append(plot.svg, empty);
  const back = slider({
    label: "look back", min: 0, max: Math.max(now.count, 1), value: now.count,
    format: (step) => (at === null ? "now" : step === now.at ? now.looked : `step ${step}`), oninput: (step) => look(step),
  });
  back.classList.add("tb-train-back");
  const restore = button("restore", { onpress: () => ask("restore", { step: now.restores }) });
  const present = button("now", { name: "back to the present", title: "back to the present (Escape)", onpress: () => look(null) });
  const words = h("p", { class: "tb-mono tb-train-readout" });
  const kept = h("p", { class: "tb-note" });
  const backRow = h("div", { class: "tb-train-backrow" }, back, present, restore);
  const lossPanel = h("section", { class: "tb-panel tb-train-loss", "aria-label": "loss" },
    h("div", { class: "tb-spread" }, h("div", { class: "tb-train-head" }, lossLabel, curves), scaleBar), holder, words, backRow, kept);

  const metrics = now.metrics && metricsPanel();

  // prediction, parameters, warnings
  const fit = now.fit && fitPanel();
  const parameters = parameterTable();
  const notes = h("ul", { class: "tb-train-notes" });
  const lower = h("div", { class: "tb-train-lower" }, parameters.element, notes);

  // the line
  const line = h("code", { class: "tb-mono" });
  const copyLine = button("copy line", { onpress: () => copy(line.textContent, copyLine) });
  const foot = h("div", { class: "tb-spread" }, h("div", { class: "tb-train-code" }, line, copyLine), exports(view, "training"));

  const panels = h("div", { class: fit ? "tb-train-panels" : "" }, lossPanel, fit?.element);
  view.body.append(title, facts, h("div", { class: "tb-row tb-train-controls" }, controls, rateSlider, batchSlider), steer.waiting, panels, metrics?.element ?? "", lower, foot);

  function look(step) {
    if (step !== null && step >= now.count) step = null;
    if (step === at) return settleBack();
    at = step;
    plot.mark(at);
    metrics?.plot.mark(at);
    readout(at);
    settleBack();
    later("look", { step: at });
  }

  function settleBack() {
    back.set(at ?? now.count, Math.max(now.count, 1));
    back.input.disabled = now.count === 0;
    // A button that goes while it has the focus would drop the keyboard's user out of the widget.
    if (at === null && backRow.contains(view.root.ownerDocument.activeElement)) back.input.focus();
    present.hidden = at === null;
    restore.hidden = at === null || now.restores === null;
    restore.textContent = `restore step ${now.restores?.toLocaleString("en")}`;
  }

  function readout(step) {
    words.textContent = !now.count ? "\u00a0"
      : step !== null && step === now.at ? now.looked : tell(now.loss, now.metrics, step ?? now.count).text;
  }

  function drawLoss() {
    const { loss } = now, log = view.model.get("scale") === "log", none = loss.steps.length === 0;
    lossLabel.textContent = loss.label + (log && loss.log ? ", log scale" : "");
    name(curves, loss);
    scales.forEach((item, index) => item.setAttribute("aria-pressed", String((index === 1) === log)));
    empty.hidden = !none;
    if (metrics) metrics.element.hidden = none && !loss.kept.length;
    plot.svg.setAttribute("aria-label", view.model.get("alt"));
    const room = holder.clientWidth;
    plot.svg.style.visibility = none && !loss.kept.length ? "hidden" : "";
    if (room) {
      plot.draw(loss, { scale: log ? "log" : "linear", width: room, at });
      if (metrics && !metrics.element.hidden) metrics.draw();
      if (fit && now.fit) fit.draw(now.fit, fit.holder.clientWidth, fit.element.offsetTop === lossPanel.offsetTop);
      drawn = now;
    }
    const nothing = log && !none && !loss.log ? "No value above 0, so there is no log scale: linear is shown." : "";
    const thinned = loss.thinned > 1
      ? `Of each ${loss.thinned.toLocaleString("en")} steps, those with the lowest and the highest value are kept.` : "";
    kept.textContent = [nothing, thinned].filter(Boolean).join(" ");
    kept.hidden = !kept.textContent;
  }

  // The metrics are of another kind than the loss, so they have a plot of their own.
  function metricsPanel() {
    const plot = lossPlot({ height: 148, ...hands }), curves = h("div"), holder = h("div", {}, plot.svg);
    const element = h("section", { class: "tb-panel tb-train-metrics", "aria-label": "metrics" },
      h("div", { class: "tb-train-head" }, h("span", { class: "tb-heading" }, "metrics"), curves), holder);
    const draw = () => {
      name(curves, now.metrics);
      plot.svg.setAttribute("aria-label", `metrics: ${now.metrics.names.join(", ")}`);
      plot.draw(now.metrics, { scale: "linear", width: holder.clientWidth, at });
    };
    return { element, plot, draw };
  }

  // Which curves a plot has, where there are several.
  function name(place, plot) {
    const kept = plot.kept.map((run) => run.name), all = JSON.stringify([plot.names, kept]);
    if (place.dataset.names === all) return;
    place.dataset.names = all;
    place.replaceChildren(...[
      (plot.names.length > 1 || kept.length > 0) && legend(plot.names), kept.length > 0 && legend(kept, plot.names.length),
    ].filter(Boolean));
  }

  function drawFacts() {
    const tones = { failed: "alert", finished: "d2", running: "d0" }, status = steer.status();
    const of = now.max ? ` of ${now.max.toLocaleString("en")}` : "";
    facts.replaceChildren(chips([
      { label: "", value: status === "ready" ? "not run yet" : status, tone: tones[status] },
      { label: "step", value: now.count.toLocaleString("en") + of },
      now.batch && { label: "epochs", value: now.batch.epochs.toLocaleString("en"),
        note: now.batch.of > 1 ? `and ${now.batch.taken} of ${now.batch.of} batches` : "" },
      now.device && { label: "on", value: now.device },
      now.rate !== null && { label: "", value: `${now.rate.toLocaleString("en")} steps/s` },
    ].filter(Boolean)), h("p", { class: "tb-note tb-train-reason" }, now.status === "failed" ? "" : reason()));
  }

  function reason() {
    if (now.blocking) return "run(steps=…) is at work in a cell; the kernel's interrupt button stops it";
    const [, why] = now.sentence.match(/^paused at step [\d,]+: (.*)$/s) ?? [];
    return why ?? "";
  }

  function drawNotes() {
    const text = JSON.stringify(now.notes);
    if (notes.dataset.text === text) return;
    const before = notes.dataset.text ? JSON.parse(notes.dataset.text).map((note) => note.advice) : [];
    notes.dataset.text = text;
    notes.hidden = now.notes.length === 0;
    notes.replaceChildren(...now.notes.map((note) =>
      h("li", {}, h("strong", {}, note.seen), h("span", {}, note.advice))));
    const fresh = now.notes.find((note) => !before.includes(note.advice));
    if (fresh) view.say(`${fresh.seen}. ${fresh.advice}`);
  }

  function speak(previous) {
    if (!previous) return;
    const time = Date.now();
    if (previous.status !== now.status || (now.status !== "running" && previous.count !== now.count)) {
      view.say(now.status === "running" ? "running" : view.model.get("alt"));
      saidAt = time;
    } else if (now.status === "running" && time - saidAt > SAY_EVERY) {
      view.say(tell(now.loss, now.metrics, now.count).text);
      saidAt = time;
    }
  }

  view.root.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && at !== null) look(null);
  });
  view.on("change:scale", drawLoss);
  let width = 0;
  view.onResize((room) => {
    if (room === width && drawn === now) return;
    width = room;
    drawLoss();
  });
  view.send("shown");
  view.onClose(() => view.send("hidden"));

  return (picture, previous) => {
    now = picture;
    title.replaceChildren(h("b", {}, now.title), now.means);
    if (!open.look || at > now.count) at = now.at;
    steer.update(now);
    keep.disabled = now.count === 0 || now.blocking;
    forget.hidden = now.kept.length === 0;
    controls.settle();
    if (!open.lr) {
      rateSlider.input.min = now.lr_range[0] * 20;
      rateSlider.set(lrToPosition(now.lr), now.lr_range[1] * 20);
    }
    if (!open.batch && now.batch) {
      sizes = now.batch.sizes;
      batchSlider.set(sizes.indexOf(now.batch.size), sizes.length - 1);
    }
    drawFacts();
    drawLoss();
    readout(at);
    settleBack();
    parameters.draw(now.parameters, now.at !== null);
    parameters.element.hidden = now.parameters.rows.length === 0;
    drawNotes();
    lower.hidden = parameters.element.hidden && notes.hidden;
    line.textContent = now.line;
    speak(previous);
  };
}

export default { render: (context) => mount(context, draw) };
