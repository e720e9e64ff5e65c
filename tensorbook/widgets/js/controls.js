// The controls that all widgets share. Each takes care of its own keyboard and of its names for a screen reader.
import { h, listen } from "./dom.js";

// Where a key leads among `count` items, `columns` to a row (1: a column, count: a row): null for other keys.
export function step(key, at, count, columns = count) {
  const to = {
    ArrowRight: at + 1, ArrowLeft: at - 1, ArrowDown: at + columns, ArrowUp: at - columns, Home: 0, End: count - 1,
  }[key];
  if (to === undefined || count === 0) return null;
  return Math.min(Math.max(to, 0), count - 1);
}

// One tab stop for a group of items: arrow keys, Home and End move the focus, Tab leaves. Items may come and go.
// Sliders and text fields need those keys themselves, so each of them is a tab stop of its own.
export function rove(group, select = "button") {
  const items = () => [...group.querySelectorAll(select)].filter((item) => !item.disabled && !item.hidden);
  const stop = (chosen) => items().forEach((item) => { item.tabIndex = item === chosen ? 0 : -1; });
  listen(group, "focusin", (event) => items().includes(event.target) && stop(event.target));
  listen(group, "keydown", (event) => {
    const all = items(), at = all.indexOf(event.target);
    if (at < 0 || event.altKey || event.ctrlKey || event.metaKey) return;
    const to = step(event.key, at, all.length, 1);
    if (to === null) return;
    event.preventDefault();
    all[to].focus();
  });
  const settle = () => {
    const all = items();
    stop(all.find((item) => item.tabIndex === 0) ?? all[0]);
  };
  settle();
  return settle;                                  // call it after items came, went or were disabled
}

// A button. `pressed` makes it a toggle; set it later with `press`.
export function button(label, { onpress, title, name, pressed, disabled, quiet } = {}) {
  return h("button", {
    type: "button", class: quiet ? "tb-button tb-quiet" : "tb-button", title, "aria-label": name,
    "aria-pressed": pressed === undefined ? null : String(pressed), disabled, onclick: onpress,
  }, label);
}

export function press(element, pressed) {
  element.setAttribute("aria-pressed", String(pressed));
}

// A row of buttons with one tab stop. `.settle()` on the result after buttons came, went or were disabled.
export function toolbar(label, ...items) {
  const bar = h("div", { class: "tb-toolbar", role: "toolbar", "aria-label": label }, ...items);
  bar.settle = rove(bar);
  return bar;
}

// Facts as chips: [{ label?, value, note?, tone?: "d0" … "d4" | "warn", title? }].
export function chips(facts) {
  return h("ul", { class: "tb-chips" }, facts.map(({ label, value, note, tone, title }) =>
    h("li", { class: "tb-chip", title }, label && [h("span", { class: "tb-label" }, label), " "],
      h("span", { class: "tb-value", style: tone ? { color: `var(--tb-${tone.replace(/^d/, "i")})` } : {} }, value),
      note && [" ", h("span", { class: "tb-label" }, note)])));
}

// A slider with its label and its value in words. `oninput` while it moves, `onchange` when it is let go.
export function slider({ label, min, max, step: by, value, format = String, oninput, onchange }) {
  const output = h("output", { class: "tb-value" }, format(value));
  const range = h("input", { type: "range", class: "tb-slider", min, max, step: by, value, "aria-label": label });
  const tell = () => {
    const now = Number(range.value);
    output.textContent = format(now);
    range.setAttribute("aria-valuetext", format(now));
    range.style.setProperty("--tb-done", `${max > min ? (100 * (now - min)) / (max - min) : 0}%`);
    return now;
  };
  listen(range, "input", () => { const now = tell(); oninput?.(now); });
  listen(range, "change", () => { const now = tell(); onchange?.(now); });
  tell();
  const element = h("label", { class: "tb-slide" }, h("span", { class: "tb-label" }, label), range, output);
  element.input = range;
  element.set = (now, most = max) => { range.max = max = most; range.value = now; tell(); };
  return element;
}

// One of several, as a list to choose from: [[value, words], …] or [value, …]. `.set(value)` on the result shows it.
export function choice({ label, name = label, options, value, onchange }) {
  const list = h("select", { class: "tb-input tb-choice", "aria-label": name }, options.map((option) => {
    const [given, words] = Array.isArray(option) ? option : [option, option];
    return h("option", { value: given }, String(words));
  }));
  listen(list, "change", () => onchange(list.value));
  const element = h("label", { class: "tb-slide" }, label && h("span", { class: "tb-label" }, label), list);
  element.input = list;
  element.set = (now) => { list.value = now; };
  element.set(value);
  return element;
}

// A line of code to type: Enter runs it, Escape takes back what was typed. `shown()` is the line that has run last.
// `.show()` on the result puts that in; `.waiting` is a note that stands while another line is there.
export function codeField({ label, shown, onrun }) {
  const element = h("input", {
    class: "tb-input tb-code", type: "text", spellcheck: "false", autocomplete: "off", autocapitalize: "off",
    "aria-label": `${label}; Enter runs it`, maxlength: 400,
  });
  const waiting = h("span", { class: "tb-note tb-waiting", hidden: true }, "not run: Enter runs it, Escape takes it back");
  const show = () => { element.value = shown(); waiting.hidden = true; };
  listen(element, "keydown", (event) => {
    if (event.key === "Enter") return onrun(element.value);
    if (event.key === "Escape") show();
  });
  listen(element, "input", () => { waiting.hidden = element.value === shown(); });
  return { element, waiting, show };
}

// A number as the widgets print it, as inputs.short does in Python: at most four significant digits.
export function four(value) {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";
  const size = Math.abs(value);
  if (value === 0 || (size >= 1e-4 && size < 9999.5)) return String(Number(value.toPrecision(4)));
  return value.toExponential(3).replace(/\.?0+e/, "e").replace("e+", "e");
}

// Copy text, and say so on the button for a moment.
export async function copy(text, element) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Pages that are not served securely have no clipboard: the old way needs a selection.
    const area = h("textarea", { class: "tb-live" }, text);
    element.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    if (!done) throw new Error("the browser does not let this page copy; select the line and copy it by hand");
  }
  const label = element.dataset.label ??= element.textContent;
  element.textContent = "copied";
  setTimeout(() => { element.textContent = label; }, 1200);
}
