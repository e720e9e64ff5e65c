// The panel beside the graph: one node, what comes in, its local rule, what goes out, what it saved.
import { h } from "./dom.js";
import { strip } from "./graph_explorer_heat.js";
import { arrived, edgesFrom, edgesInto, edgeState, stateOf } from "./graph_explorer_state.js";

const line = (...parts) => h("p", { class: "tb-mono tb-rule" }, ...parts);
const note = (text) => h("p", { class: "tb-note" }, text);

function section(title, ...content) {
  const shown = content.flat().filter(Boolean);
  return shown.length ? h("section", { class: "tb-section" }, h("h4", { class: "tb-label" }, title), ...shown) : null;
}

function value(glimpse, label) {
  return [line(label ? `${label}  ` : "", h("span", { class: "tb-dim" }, `${glimpse.shape} ${glimpse.dtype}`)),
    line(glimpse.range), strip(glimpse)];
}

// `go(at)` selects another node.
export function panel(picture, at, step, go) {
  const node = picture.nodes[at], glimpse = (index) => picture.glimpses[index];
  const content = {
    op: operation, leaf, data: (one) => [section("value", ...value(glimpse(one.value)),
      note("Needs no gradient, so nothing flows here. The operation saved it for its backward."))],
    more: () => [note("The rest of the graph. These nodes are not drawn; what is drawn is exact.")],
  }[node.kind];
  const subtitle = node.kind === "op" ? node.forward : node.kind === "leaf" ? "a leaf: made directly, it requires a gradient" : "";
  const jump = (index, text) => (index === null ? text :
    h("button", { type: "button", class: "tb-link", onclick: () => go(index) }, text));
  const name = (index) => picture.nodes[index].kind === "op" ? picture.nodes[index].key : picture.nodes[index].label;

  // where the gradient comes from; one by one where several meet, or as long as the node has not run
  function incoming(ran) {
    if (at === 0) return [note("the output with respect to itself: where the pass begins")];
    const [came, all] = arrived(picture, at, step), several = all > 1;
    const from = edgesInto(picture, at).map((edge) => {
      const here = edgeState(picture, edge, step) > 0, seen = here && edge.glimpse !== undefined ? glimpse(edge.glimpse) : null;
      return h("div", { class: "tb-goes" },
        line(here ? "✓ " : "○ ", jump(edge.from, name(edge.from)), here ? h("span", { class: "tb-flow" }, `: ${edge.text}`) : ": not yet"),
        seen && (several || !ran) ? strip(seen) : null);
    });
    if (!several) return from;
    return [note(came < all ? `${came} of ${all} gradients have come; it runs when all are there`
      : `${all} gradients have come; they are added up`), ...from];
  }

  function operation(one) {
    const told = one.step !== null && one.step <= step ? picture.steps[one.step - 1] : null;
    const seen = told ? told.incoming.flatMap((index, output) => (index === null ? [] :
      value(glimpse(index), told.incoming.length > 1 ? `g of output ${output} =` : "g ="))) : [];
    const out = edgesFrom(picture, at);
    return [
      stateOf(picture, at, step) === "stopped" ? h("p", { class: "tb-warning" }, "▲ the pass stops here, see below the graph") : null,
      section("comes in", ...incoming(Boolean(told)), ...seen, told && !seen.length ? note("no gradient reached it, so none goes on") : null),
      section("local rule", one.rules.length ? one.rules.map((rule) => line(rule)) : note("rule not listed; the numbers below are exact")),
      section("goes out", out.map((edge) => h("div", { class: "tb-goes" },
        line("to ", jump(edge.to, name(edge.to)), edgeState(picture, edge, step) ? h("span", { class: "tb-flow" }, `: ${edge.text}`) : ": later"),
        edgeState(picture, edge, step) && edge.glimpse !== undefined ? [line(h("span", { class: "tb-dim" }, `${glimpse(edge.glimpse).shape}  ${glimpse(edge.glimpse).range}`)), strip(glimpse(edge.glimpse))] : null)),
        one.inputs.length && one.next.some(([, , to], slot) => to === null && one.next[slot][0] === "None")
          ? note(`needs no gradient: ${one.inputs.filter((_, slot) => one.next[slot][0] === "None").join(", ")}`) : null),
      section("saved for backward", one.saved.length ? one.saved.map((entry) => saved(entry)) : note("no tensor")),
      section("next_functions", one.next.map(([title, port, to]) => line("(", jump(to, to === null ? title : name(to)), `, ${port})`))),
    ];
  }

  function leaf(one) {
    const told = one.step !== null ? picture.steps[one.step - 1] : null, done = told && one.step <= step;
    return [
      section("comes in", ...incoming(done)),
      section(`${one.label}.grad`,
        !told ? note("not reached by the steps shown")
          : !done ? [line(told.before === null ? "None, until all its gradients have come" : "there before this pass:"), ...(told.before === null ? [] : value(glimpse(told.before)))]
            : told.after === null ? line("stays None: no gradient reaches it")
              : [...value(glimpse(told.after)), note(told.before === null ? "was None before" : "the .grad that was there, plus what came in")]),
    ];
  }

  function saved(entry) {
    if (entry.glimpse === undefined) return line(`${entry.name} = `, h("span", { class: entry.bad ? "tb-warning" : "" }, entry.text));
    const seen = glimpse(entry.glimpse);
    return h("div", { class: "tb-goes" },
      line(entry.name, entry.called ? ` = ${entry.called}` : "", h("span", { class: "tb-dim" }, `  ${seen.shape}, version ${entry.version}`)), strip(seen));
  }

  return [
    h("h3", { class: "tb-panel-title" }, node.kind === "op" ? node.key : node.label),
    subtitle ? line(subtitle) : null,
    node.line ? note(node.line) : null,
    ...content(node),
    h("p", { class: "tb-note tb-heat-legend" }, h("i", { style: { background: "var(--tb-d0)" } }), "below zero ", h("i", { style: { background: "var(--tb-cell)" } }), "zero ", h("i", { style: { background: "var(--tb-d1)" } }), "above zero"),
  ].filter(Boolean);
}
