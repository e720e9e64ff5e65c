// The shapes of a and b, to be typed: Python puts tensors of these shapes in their place.
import { h, listen } from "./dom.js";

export function shapeFields(view) {
  const fields = Object.fromEntries(["a", "b"].map((name) => {
    const input = h("input", {
      class: "tb-input tb-shape-field", type: "text", spellcheck: "false", autocomplete: "off", maxlength: 200,
      "aria-label": `the shape of ${name}; Enter shows it`, title: "type another shape: its elements are numbered",
    });
    listen(input, "keydown", (event) => event.key === "Enter" && view.ask("shape", { name, shape: input.value }));
    return [name, input];
  }));
  const element = h("div", { class: "tb-line" }, Object.entries(fields).map(([name, input]) =>
    h("label", { class: "tb-line" }, h("span", { class: "tb-label" }, `shape of ${name}`), input)));
  return { element, show: (shapes) => Object.entries(fields).forEach(([name, input]) => { input.value = shapes[name]; }) };
}
