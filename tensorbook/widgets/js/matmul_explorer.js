// Row times column. Shapes are typed and matrices turned here; what comes of it is computed in Python
// (matmul_explorer.py).
import { h, mount } from "./dom.js";
import { button, toolbar } from "./controls.js";
import { board } from "./board.js";
import { shapeFields } from "./shape_fields.js";

function draw(view) {
  const shapes = shapeFields(view);
  const turns = ["a", "b"].map((name) => button(`${name}.mT`, {
    title: `swap the last two dims of ${name}`, onpress: () => view.ask("transpose", { name }) }));
  const bar = toolbar("transpose", ...turns);
  return board(view, {
    file: "matmul", tools: [h("div", { class: "tb-spread tb-choices" }, bar, shapes.element)], playing: true,
    onupdate: (picture) => {
      shapes.show(picture.shapes);
      turns.forEach((turn, k) => { turn.disabled = !picture.turns["ab"[k]]; });
      bar.settle();
    } }).update;
}

export default { render: (context) => mount(context, draw) };
