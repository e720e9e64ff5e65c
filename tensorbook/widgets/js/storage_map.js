// Tensors over the memory that they read. Writing and making further tensors is done in Python (storage_map.py), on the
// real tensors; what changed flashes.
import { h, listen, mount } from "./dom.js";
import { button, codeField, press, toolbar } from "./controls.js";
import { board } from "./board.js";

function draw(view) {
  let picture = null;
  const value = h("input", {
    class: "tb-input tb-write", type: "text", spellcheck: "false", autocomplete: "off", maxlength: 40,
    "aria-label": "the value to write; Enter writes it",
  });
  const where = h("span", { class: "tb-mono" });
  const write = () => own.at && view.ask("write", { panel: own.at.panel, index: own.indexOf(own.at), value: value.value });
  listen(value, "keydown", (event) => event.key === "Enter" && write());
  const writer = h("div", { class: "tb-line" }, h("span", { class: "tb-label" }, "write into"), where, value,
    button("write", { title: "write the value into the real tensor", onpress: write }));

  // As in a table of numbers: what is typed on a cell begins the value to write.
  listen(view.body, "keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || !/^[-+.0-9]$/.test(event.key)) return;
    const cell = event.target.closest("[data-k]"), panel = cell?.closest("[data-panel]").dataset.panel;
    if (!cell) return;
    if (own.at?.panel !== panel || own.at.k !== Number(cell.dataset.k)) cell.dispatchEvent(new MouseEvent("click", { bubbles: true }));
    if (writer.hidden) return;
    value.value = event.key;
    value.focus();
    event.preventDefault();
  });

  const names = toolbar("made from"), ops = toolbar("make");
  const { element: code, waiting, show } = codeField({
    label: "make a tensor, such as z = x[1:].clone()", shown: () => picture.typed ?? "",
    onrun: (typed) => view.ask("add", { code: typed }) });
  const remove = button("remove", { title: "take the tensor that was made last from the map", onpress: () => view.ask("remove") });
  const tools = [
    h("div", { class: "tb-line" }, h("span", { class: "tb-label" }, "from"), names, h("span", { class: "tb-label" }, "make"), ops, remove),
    h("div", { class: "tb-line" }, code, waiting), writer];
  const own = board(view, {
    file: "storage", tools,
    onlight: (panel, k) => {
      const found = panel && own.picture.panels.find(({ id }) => id === panel);
      writer.hidden = !found;
      if (!found) return;
      where.textContent = found.names[k];
      if (document.activeElement !== value) value.value = found.full[k] ?? found.texts[k];
    },
    onupdate: (now) => {
      picture = now;
      show();
      const focused = [names, ops].find((bar) => bar.contains(document.activeElement));
      const label = focused && document.activeElement.textContent;
      names.replaceChildren(...now.names.map((name) =>
        button(name, { pressed: name === now.from, onpress: () => view.ask("from", { name }) })));
      names.settle();
      code.placeholder = `z = ${now.from}[1:].clone()`;
      for (const each of names.children) press(each, each.textContent === now.from);
      ops.replaceChildren(...now.ops.map(([text, line]) =>
        button(text, { title: line, onpress: () => view.ask("add", { code: line }) })));
      ops.settle();
      remove.disabled = !now.added;
      if (focused) ([...focused.children].find((each) => each.textContent === label) ?? focused.firstChild).focus();
    } });
  return own.update;
}

export default { render: (context) => mount(context, draw) };
