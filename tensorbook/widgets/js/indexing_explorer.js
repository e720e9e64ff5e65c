// An index, typed or chosen, and what it picks; computed in Python (indexing_explorer.py).
import { h, mount } from "./dom.js";
import { button, codeField, toolbar } from "./controls.js";
import { board } from "./board.js";

function draw(view) {
  let picture = null;
  const given = h("b"), kind = h("span", { class: "tb-note" });
  const { element: code, waiting, show } = codeField({
    label: "an index, such as x[1:, ::2], x[x > 3] or x[0] = 1", shown: () => picture.code,
    onrun: (typed) => view.ask("run", { code: typed }) });
  const forms = toolbar("common forms");
  const title = [given, h("span", { class: "tb-dim" }, "="), code, waiting, kind];
  return board(view, { file: "indexing", title, tools: [forms], onupdate: (now) => {
    picture = now;
    show();
    given.textContent = now.name;
    given.hidden = given.nextSibling.hidden = now.assigns;
    kind.textContent = now.kind;
    code.setAttribute("aria-invalid", String(Boolean(now.refusal)));
    if (forms.children.length > 0) return;
    forms.append(...now.ops.map(([label, line]) =>
      button(label, { title: line, onpress: () => view.ask("run", { code: line }) })));
    forms.settle();
  } }).update;
}

export default { render: (context) => mount(context, draw) };
