// Two tensors stretched to one shape. The op and the shapes are chosen here; what comes of it is computed in Python
// (broadcast_explorer.py).
import { h, mount } from "./dom.js";
import { button, press, toolbar } from "./controls.js";
import { board } from "./board.js";
import { shapeFields } from "./shape_fields.js";

function draw(view) {
  const ops = toolbar("op");
  const shapes = shapeFields(view);
  const tools = [h("div", { class: "tb-spread tb-choices" }, ops, shapes.element)];
  return board(view, { file: "broadcast", tools, playing: true, onupdate: (picture) => {
    if (ops.children.length === 0) {
      ops.append(...picture.ops.map((op) => button(op, {
        name: `op ${op}`, pressed: false, title: `y = a ${op} b`, onpress: () => view.ask("op", { op }) })));
      ops.settle();
    }
    for (const each of ops.children) press(each, each.textContent === picture.op);
    shapes.show(picture.shapes);
  } }).update;
}

export default { render: (context) => mount(context, draw) };
