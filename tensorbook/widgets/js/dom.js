// Building the page, safely, and the frame that every widget stands in.
//
// A widget's module is
//
//     import { h, s, mount } from "./dom.js";
//     function draw(view) {                       // once per view: build what stays
//       const title = h("p", { class: "tb-title" });
//       view.body.append(title, h("button", { class: "tb-button", onclick: () => view.send("rename", {...}) }, "go"));
//       return (picture, previous) => {           // now, and whenever Python sends a new picture
//         title.textContent = picture.who;
//       };
//     }
//     export default { render: (context) => mount(context, draw) };
//
// `view` offers
//     view.model               anywidget's model: get, set, save_changes, on
//     view.root, view.body     the widget's element, and the part of it to draw in
//     view.say(text)           tell a screen reader what changed
//     view.fail(error)         show a failure (mount shows what draw, the updates and all h/s handlers throw)
//     view.send(kind, data)    a committed choice: arrives in Python's receive(kind, data)
//     view.ask(kind, data)     the same, and a promise of what receive returns
//     view.on(name, handler)   model events: "change:trait" -> handler(value); other names are messages from
//                              Python's self.send({"kind": name, "data": …}, buffers) -> handler(data, buffers)
//     view.onResize(handler)   handler(width in px), now and whenever the width changes
//     view.onClose(handler)    called when the view goes away: stop timers here
// In an imported module use named imports and exports on one line each: widgets/esm.py joins them.

const SVG = "http://www.w3.org/2000/svg";

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === "function") listen(element, name.slice(2), value);
    else if (name === "style") for (const [property, set] of Object.entries(value)) element.style.setProperty(property, set);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(2).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

// An HTML element. Attributes as in HTML; `onclick` and the like take functions; `style` takes an object (custom
// properties too); null, undefined and false leave an attribute or a child out. Text is always text, never markup.
export function h(name, attributes = {}, ...children) {
  return fill(document.createElement(name), attributes, children);
}

// An SVG element, in the same way.
export function s(name, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, name), attributes, children);
}

// Listen to an event; what the handler throws (or its promise) is shown by the widget that holds the element.
export function listen(target, type, handler) {
  const report = (error) => {
    const holder = target instanceof Element ? target.closest(".tb-root") : null;
    if (!holder) throw error;
    holder.dispatchEvent(new CustomEvent("tb-failure", { detail: error }));
  };
  target.addEventListener(type, (event) => {
    try {
      const promise = handler(event);
      if (typeof promise?.catch === "function") promise.catch(report);
    } catch (error) {
      report(error);
    }
  });
}

// May things move? Not where the reader has asked for less motion.
export function moves() {
  return !globalThis.matchMedia?.("(prefers-reduced-motion: reduce)").matches;
}

// Is the page dark? Read from what is really behind the widget, so that it holds in every host.
export function isDark(element) {
  const channels = getComputedStyle(element).getPropertyValue("--tb-bg").trim();
  const probe = h("span", { style: { color: channels } });
  element.append(probe);
  const [red, green, blue] = getComputedStyle(probe).color.match(/[\d.]+/g).map(Number);
  probe.remove();
  return 0.299 * red + 0.587 * green + 0.114 * blue < 128;
}

export function mount({ model, el }, draw) {
  const closing = [];
  const live = h("div", { class: "tb-live", "aria-live": "polite", role: "status" });
  const alert = h("div", { class: "tb-alert", role: "alert", hidden: true });
  const body = h("div", { class: "tb-body" });
  // Without data-lm-suppress-shortcuts a letter typed here is JupyterLab's: "b" would insert a cell. JupyterLab looks
  // from the focused element upwards and some of its keys match that very element, so each bears it, not the root alone.
  const root = h("div", { class: "tb-root", role: "group", "data-lm-suppress-shortcuts": "true" }, body, alert, live);
  el.append(root);

  const show = (text) => {
    alert.textContent = text;
    alert.hidden = !text;
  };
  const fail = (error) => {
    console.warn("tensorbook widget:", error);
    show(`This did not work: ${error?.message ?? error}`);
  };
  const guarded = (work) => (...given) => {
    try {
      return work(...given);
    } catch (error) {
      return fail(error);
    }
  };
  root.addEventListener("focusin", ({ target }) => {
    if (target !== root) target.setAttribute("data-lm-suppress-shortcuts", "");
  });
  root.addEventListener("tb-failure", (event) => fail(event.detail));

  let asked = 0;
  const answers = new Map();
  const view = {
    model, root, body, fail,
    // The same words twice in a row are said again: an invisible character makes them a change.
    say: (text) => { live.textContent = live.textContent === text ? `${text}\u200b` : text; },
    send: (kind, data = {}) => model.send({ kind, data }),
    ask: (kind, data = {}, seconds = 20) => new Promise((resolve, reject) => {
      const id = ++asked;
      const done = (finish) => (result) => {
        clearTimeout(timer);
        answers.delete(id);
        root.setAttribute("aria-busy", String(answers.size > 0));
        finish(result);
      };
      const timer = setTimeout(done(reject), seconds * 1000,
        new Error(`the kernel gave no answer in ${seconds} s; is it busy, or stopped?`));
      answers.set(id, done(resolve));
      root.setAttribute("aria-busy", "true");     // theme.css says so in words when it lasts
      closing.push(() => clearTimeout(timer));
      model.send({ kind, data, id: `${view.key}:${id}` });
    }),
    on: (name, handler) => {
      if (name.startsWith("change:")) model.on(name, guarded(() => handler(model.get(name.slice(7)))));
      else model.on("msg:custom", guarded((message, buffers) => message?.kind === name && handler(message.data, buffers)));
    },
    onResize: (handler) => {
      const observer = new ResizeObserver(guarded(() => body.clientWidth && handler(body.clientWidth)));
      observer.observe(body);
      closing.push(() => observer.disconnect());
    },
    onClose: (handler) => closing.push(handler),
    // One widget may be shown twice: each view takes only the answers to its own questions.
    key: Math.random().toString(36).slice(2),
  };
  model.on("msg:custom", (message) => {
    if (message?.kind !== "answer") return;
    const [key, id] = String(message.id).split(":");
    if (key !== view.key) return;
    answers.get(Number(id))?.(message.data);
  });

  guarded(() => {
    const update = draw(view);
    let previous = null;
    const redraw = guarded((picture) => {
      update?.(picture, previous);
      root.setAttribute("aria-label", model.get("alt"));
      previous = picture;
      show(model.get("error"));                   // what failed in the page before is past
    });
    view.on("change:picture", redraw);
    redraw(model.get("picture"));
  })();
  view.on("change:error", show);
  return () => closing.forEach((close) => close());
}
