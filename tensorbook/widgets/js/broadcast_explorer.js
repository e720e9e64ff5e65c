// Two tensors stretched to one shape. The op and the shapes are chosen here; what comes of it is computed in Python
// (broadcast_explorer.py).
import { h, listen, mount } from "./dom.js";
import { button, press, toolbar } from "./controls.js";
import { board } from "./board.js";

function draw(view) {
  const ops = toolbar("op");
  const field = (name) => {
    const input = h("input", {
      class: "tb-input tb-shape-of", type: "text", spellcheck: "false", autocomplete: "off", maxlength: 200,
      "aria-label": `the shape of ${name}; Enter shows it`, title: "type another shape: its elements are numbered",
    });
    listen(input, "keydown", (event) => event.key === "Enter" && view.ask("shape", { name, shape: input.value }));
    return input;
  };
  const fields = { a: field("a"), b: field("b") };
  const shapes = h("div", { class: "tb-line" }, Object.entries(fields).map(([name, input]) =>
    h("label", { class: "tb-line" }, h("span", { class: "tb-label" }, `shape of ${name}`), input)));
  const tools = [h("div", { class: "tb-spread tb-choices" }, ops, shapes)];
  return board(view, { file: "broadcast", tools, playing: true, onupdate: (picture) => {
    if (ops.children.length === 0) {
      ops.append(...picture.ops.map((op) => button(op, {
        name: `op ${op}`, pressed: false, title: `y = a ${op} b`, onpress: () => view.ask("op", { op }) })));
      ops.settle();
    }
    for (const each of ops.children) press(each, each.textContent === picture.op);
    for (const [name, input] of Object.entries(fields)) input.value = picture.shapes[name];
  } }).update;
}

export default { render: (context) => mount(context, draw) };
