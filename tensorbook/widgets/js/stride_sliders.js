// The sliders of as_strided: a size and a stride for each dim, and the offset. No setting of them leaves the storage.
import { h } from "./dom.js";
import { button, slider, toolbar } from "./controls.js";
import { reach } from "./stride_layout.js";

const MOST_DIMS = 4;
const tuple = (numbers) => `(${numbers.join(", ")}${numbers.length === 1 ? "," : ""})`;

// `run(code)` runs a line and resolves when Python has answered.
export function sliders(run) {
  let now = null, running = false, next = null, built = -1, knobs = [];
  const rows = h("div", { class: "tb-sliders" });
  const more = button("add a dim", { onpress: () => set({ size: [...now.size, 1], stride: [...now.stride, 1] }) });
  const fewer = button("drop the last dim", { onpress: () => set({ size: now.size.slice(0, -1), stride: now.stride.slice(0, -1) }) });
  const bar = toolbar("dims of as_strided", more, fewer);
  const element = h("div", { class: "tb-panel tb-strided", hidden: true, role: "group", "aria-label": "as_strided" }, rows, bar);

  // One line is under way at a time; of what comes meanwhile the last is run.
  async function send() {
    next = `${now.line}.as_strided(${tuple(now.size)}, ${tuple(now.stride)}, ${now.offset})`;
    if (running) return;
    running = true;
    try {
      while (next) {
        const code = next;
        next = null;
        await run(code);
      }
    } finally {
      running = false;
    }
  }

  function set(change) {
    now = { ...now, ...change };
    show();
    return send();
  }

  function build() {
    built = now.size.length;
    const knob = (label, dim, key) => {
      const value = dim === null ? now[key] : now[key][dim];
      const element = slider({ label, min: key === "size" ? 1 : 0, max: value, value,
        oninput: (to) => set({ [key]: dim === null ? to : now[key].with(dim, to) }) });
      if (dim !== null) element.style.setProperty("--tb-fill", `var(--tb-d${dim % 5})`);
      return { element, dim, key };
    };
    knobs = [...now.size.flatMap((_, dim) => [knob(`size of dim ${dim}`, dim, "size"), knob(`stride of dim ${dim}`, dim, "stride")]),
      knob("offset", null, "offset")];
    rows.replaceChildren(...knobs.map((one) => one.element));
  }

  function show() {
    if (built !== now.size.length) build();
    const most = reach(now);
    for (const { element, dim, key } of knobs) element.set(...[now, most].map((from) => (dim === null ? from[key] : from[key][dim])));
    more.disabled = now.size.length >= MOST_DIMS;
    fewer.disabled = now.size.length === 0;
    bar.settle();
  }

  return {
    element,
    // What Python shows, or null where there is nothing to slide; while one slides, the sliders know better.
    update(given) {
      if (running) return;
      now = given;
      if (now) show();
    },
  };
}
