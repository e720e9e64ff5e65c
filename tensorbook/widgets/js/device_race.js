// The race between devices: run it in the kernel, and read off what each contender needs at each size.
import { h, mount } from "./dom.js";
import { button, chips, press, toolbar } from "./controls.js";
import { exports } from "./export.js";
import { ink, sample } from "./plot.js";
import { racePlot } from "./device_race_plot.js";

const STATUS = { ready: "not run yet", running: "running", done: "done", stopped: "stopped" };

function draw(view) {
  let now = view.model.get("picture");
  let at = null;              // the size that is looked at, as an index; null: the largest that is known

  const title = h("p", { class: "tb-title" });
  const facts = h("div");
  const run = button("▶ run", { onpress: () => view.ask(now.status === "running" ? "stop" : "run") });
  run.classList.add("tb-primary");
  const choices = now.operations.map((name) => button(name, {
    pressed: false, name: `operation ${name}`, onpress: () => view.ask("operation", { name }),
  }));
  const controls = toolbar("race", run, ...choices);

  const plot = racePlot({ onlook: look });
  const holder = h("div", { class: "tb-device-holder" }, plot.svg);
  const progress = h("span", { class: "tb-note" });
  const panel = h("section", { class: "tb-panel tb-device-plot", "aria-label": "time for one run" },
    h("div", { class: "tb-spread" }, h("span", { class: "tb-heading" }, "time for one run"),
      progress), holder);

  const table = h("div");
  const words = h("div", { class: "tb-device-words" });
  const hint = h("p", { class: "tb-note" }, "point at a size, or press the arrow keys in the plot");
  view.body.append(title, facts, controls, panel, table, words,
    h("div", { class: "tb-spread" }, hint, exports(view, "device-race")));

  const known = () => now.tables.findLastIndex((rows) => rows.some((row) => row.spread));
  const shown = () => at ?? Math.max(known(), 0);

  function look(index, say = false) {
    at = index;
    plot.point(shown());
    drawTable();
    if (say) view.say(told());
  }

  function told() {
    const rows = now.tables[shown()].filter((row) => row.median !== "–");
    return `${now.sizes[shown()].toLocaleString("en")} numbers: ${rows.map((row) => `${row.name} ${row.median} ${row.ratio}`).join(", ")}`;
  }

  function drawTable() {
    const index = known() < 0 && at === null ? now.sizes.length - 1 : shown();
    table.replaceChildren(h("table", { class: "tb-device-table" },
      h("thead", {}, h("tr", {}, h("th", { scope: "col" }, `at ${now.sizes[index].toLocaleString("en")} numbers`),
        ["median", "middle half", "to the fastest"].map((name) => h("th", { scope: "col" }, name)))),
      h("tbody", {}, now.tables[index].map((row, k) => h("tr", { title: row.repeats || null },
        h("th", { scope: "row" }, sample(k), " ", h("span", { style: { color: ink(k) } }, row.name),
          h("code", {}, now.curves[k].code)),
        h("td", {}, row.median), h("td", { class: "tb-dim" }, row.spread), h("td", {}, row.ratio))))));
  }

  let width = 0;
  view.onResize((room) => {
    if (room === width) return;
    width = room;
    plot.draw(now, holder.clientWidth, shown());
  });

  return (picture, previous) => {
    now = picture;
    if (previous && previous.operation !== now.operation) at = null;
    const running = now.status === "running";
    title.replaceChildren(h("b", {}, now.operation), h("span", { class: "tb-dim" }, " on lists, arrays and tensors"));
    const [first, last] = [now.sizes[0], now.sizes.at(-1)].map((size) => size.toLocaleString("en"));
    facts.replaceChildren(chips([
      { value: STATUS[now.status], tone: { running: "d0", done: "d2" }[now.status] },
      { label: "sizes", value: first === last ? first : `${first} to ${last}` },
    ]));
    run.textContent = running ? "■ stop" : "▶ run";
    choices.forEach((choice, index) => press(choice, now.operations[index] === now.operation));
    progress.textContent = running ? `${now.progress || "beginning"}: ${now.done} of ${now.of} done`
      : "line: median, band: the middle half of the repeats";
    if (holder.clientWidth) plot.draw(now, holder.clientWidth, shown());
    plot.svg.setAttribute("aria-label", `${view.model.get("alt")} Arrow keys go from size to size.`);
    drawTable();
    words.replaceChildren(...now.crossings.map((line) => h("p", {}, line)),
      ...now.notes.map((line) => h("p", { class: "tb-note" }, line)));
    if (previous && previous.status !== now.status) view.say(running ? "running" : view.model.get("alt"));
  };
}

export default { render: (context) => mount(context, draw) };
