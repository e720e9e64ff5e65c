// The panel beside the graph: one node, what comes in, its local rule, what goes out, what it saved.
import { h } from "./dom.js";
import { strip } from "./graph_explorer_heat.js";
import { arrived, edgesFrom, edgesInto, edgeState, latest, stateOf } from "./graph_explorer_state.js";

const line = (...parts) => h("p", { class: "tb-mono tb-rule" }, ...parts);
const note = (text) => h("p", { class: "tb-note" }, text);
const MOST_LISTED = 12;                            // of the gradients that meet in one node: a weight may be used often
const UNKNOWN_LINE = "an unknown line: noted after torch.autograd.set_detect_anomaly(True)";

function section(title, ...content) {
  const shown = content.flat().filter(Boolean);
  return shown.length ? h("section", { class: "tb-section" }, h("h4", { class: "tb-label" }, title), ...shown) : null;
}

const single = (glimpse) => glimpse.rows.length === 1 && glimpse.rows[0].length === 1 && !glimpse.more;

// one number stands for itself; of more, the range in words and the corner in colours
function value(glimpse, label) {
  if (single(glimpse)) return [line(label ? `${label} ` : "", glimpse.range, h("span", { class: "tb-dim" }, `  ${glimpse.shape} ${glimpse.dtype}`))];
  return [line(label ? `${label}  ` : "", h("span", { class: "tb-dim" }, `${glimpse.shape} ${glimpse.dtype}`)),
    line(glimpse.range), strip(glimpse)];
}

// What an operation is called where its box is not in sight: "AddBackward0 (y)" for the box "y = Add".
const called = (node) => (node.kind === "op" ? node.called ?? node.key : node.label);

// `go(at)` selects another node, `fold(key)` folds a block, `unfold(key)` opens it.
export function panel(picture, at, step, { go, fold, unfold }) {
  const node = picture.nodes[at], glimpse = (index) => picture.glimpses[index];
  const content = {
    op: operation, leaf, data: (one) => [section("value", ...value(glimpse(one.value)),
      note("Needs no gradient, so nothing flows here. The operation saved it for its backward."))],
    block,
  }[node.kind];
  const subtitle = node.kind === "op" ? node.forward : node.kind === "leaf" ? "a leaf: made directly, it requires a gradient" : "", forward = picture.phase === "forward";
  const jump = (index, text) => (index === null ? text :
    h("button", { type: "button", class: "tb-link", onclick: () => go(index) }, text));
  const name = (index) => called(picture.nodes[index]);

  // where the gradient comes from; one by one where several meet, or as long as the node has not run (then `ran` is null)
  function incoming(ran) {
    const edges = edgesInto(picture, at);
    if (!edges.length) return [note("the output with respect to itself: where the pass begins")];
    const [came, all] = arrived(picture, at, step), several = all > 1;
    const listed = latest(edges, (edge) => edgeState(edge, step) > 0, MOST_LISTED);
    const from = listed.map((edge) => {
      const here = edgeState(edge, step) > 0, seen = here && edge.glimpse !== undefined ? glimpse(edge.glimpse) : null;
      return h("div", { class: "tb-goes" },
        line(here ? "✓ " : "○ ", jump(edge.from, name(edge.from)), here ? h("span", { class: "tb-flow" }, `: ${edge.text}`) : ": not yet"),
        seen && (several || !ran) ? (single(seen) ? line(seen.range) : strip(seen)) : null);
    });
    if (!several) return from;
    return [note(came < all ? `${came} of ${all} gradients have come; it runs when all are there`
      : `${all} gradients have come; they are added up`), ...from,
    listed.length < edges.length ? note(`and ${(edges.length - listed.length).toLocaleString("en")} more`) : null,
    ran && ran.added ? line(ran.added) : null];
  }

  // of what a block holds, and where an open one is folded again
  function block(one) {
    const [came, all] = arrived(picture, at, step);
    return [
      h("button", { type: "button", class: "tb-button", onclick: () => unfold(one.key) }, "open this block"),
      section("holds", ...one.inside.map(([op, times]) => line(`${op} `, h("span", { class: "tb-dim" }, `× ${times.toLocaleString("en")}`))),
        one.kinds > one.inside.length ? note(`and ${one.kinds - one.inside.length} further kinds of operation`) : null),
      one.leaves ? section("parameters", line(one.holds.join(", ") + (one.leaves > one.holds.length ? `, … (${one.leaves} in all)` : ""))) : null,
      section("run so far", line(`${came} of ${all.toLocaleString("en")}`)),
      section("comes in from", ...edgesInto(picture, at).slice(0, 12).map((edge) => line(jump(edge.from, name(edge.from)), edge.count > 1 ? h("span", { class: "tb-dim" }, `  × ${edge.count}`) : ""))),
      section("goes out to", ...edgesFrom(picture, at).slice(0, 12).map((edge) => line(jump(edge.to, name(edge.to)), edge.count > 1 ? h("span", { class: "tb-dim" }, `  × ${edge.count}`) : ""))),
    ];
  }

  const folds = (one) => (one.in?.length ? [section("part of", ...one.in.map((key) =>
    line(`${key} `, h("button", { type: "button", class: "tb-link", title: `fold ${key}`, "aria-label": `fold ${key}`, onclick: () => fold(key) }, "fold"))))] : []);

  function computing(one) {
    const ran = one.step !== null && one.step <= step;
    return [
      section("computes", one.forward ? line(one.forward) : note("no formula is listed for this operation")),
      section("from", ...edgesFrom(picture, at).map((edge) => line(jump(edge.to, name(edge.to))))),
      section("saved for backward", one.saved?.length ? one.saved.map((entry) => saved(entry)) : note("no tensor")),
      note(ran ? "it has run" : "it has not run yet"),
    ];
  }

  function operation(one) {
    if (!one.next) return [note("Of this large graph only the first steps are computed; this operation is not among them.")];
    if (forward) return computing(one);
    const told = one.step !== null && one.step <= step ? picture.steps[one.step - 1] : null;
    const alone = told && told.incoming.filter((index) => index !== null).length === 1;
    const seen = told ? told.incoming.flatMap((index, output) => (index === null ? [] :
      value(glimpse(index), alone ? "g =" : `g${output} =`))) : [];
    const out = edgesFrom(picture, at);
    return [
      stateOf(picture, at, step) === "stopped" ? h("p", { class: "tb-warning" }, "▲ the pass stops here, see below the graph") : null,
      section("comes in", ...incoming(told), ...seen, told && !seen.length ? note("no gradient reached it, so none goes on") : null),
      section("local rule", one.rules.length ? one.rules.map((rule) => line(rule)) : note("rule not listed; the numbers below are exact")),
      section("goes out", out.map((edge) => h("div", { class: "tb-goes" },
        line("to ", jump(edge.to, name(edge.to)), edgeState(edge, step) ? h("span", { class: "tb-flow" }, `: ${edge.text}`) : ": later"),
        edgeState(edge, step) && edge.numbers ? line(edge.numbers) : null,
        edgeState(edge, step) && edge.glimpse !== undefined && !(edge.numbers && single(glimpse(edge.glimpse))) ? [line(h("span", { class: "tb-dim" }, `${glimpse(edge.glimpse).shape}  ${glimpse(edge.glimpse).range}`)), strip(glimpse(edge.glimpse))] : null)),
        one.inputs.length && one.next.some(([, , to], slot) => to === null && one.next[slot][0] === "None")
          ? note(`needs no gradient: ${one.inputs.filter((_, slot) => one.next[slot][0] === "None").join(", ")}`) : null),
      section("saved for backward", ...(one.saved.length ? one.saved.map((entry) => saved(entry)) : [note("no tensor")]), kept(one, told)),
      section("next_functions", one.next.map(([title, port, to]) => line("(", jump(to, to === null ? title : name(to)), `, ${port})`))),
    ];
  }

  function leaf(one) {
    if (forward) return [note("an input of the forward pass: it is there before the first step")];
    const told = one.step !== null ? picture.steps[one.step - 1] : null, done = told && one.step <= step;
    return [
      section("comes in", ...incoming(done && told)),
      section(`${one.label}.grad`,
        !told ? note("not reached by the steps shown")
          : !done ? [line(told.before === null ? "None, until all its gradients have come" : "there before this pass:"), ...(told.before === null ? [] : value(glimpse(told.before)))]
            : told.after === null ? line("stays None: no gradient reaches it")
              : [...value(glimpse(told.after)), told.grew ? line(told.grew) : null, note(told.before === null ? "was None before" : "the .grad that was there, plus what came in")]),
    ];
  }

  // what becomes of the saved tensors once the node has run
  function kept(one, told) {
    if (!told || !one.saved.some((entry) => entry.version !== undefined)) return null;
    if (picture.phase === "backward") return note("○ freed: the node has run. retain_graph=True would keep it");
    return picture.phase === "again, retained" ? note("✓ kept by retain_graph=True") : null;
  }

  function saved(entry) {
    if (entry.glimpse === undefined) return line(`${entry.name} = `, h("span", { class: entry.bad ? "tb-warning" : "" }, (entry.stale ? "▲ stale: " : "") + entry.text));
    const seen = glimpse(entry.glimpse), one = single(seen);
    return h("div", { class: "tb-goes" },
      line(entry.name, entry.called ? ` = ${entry.called}` : "", one ? ` = ${seen.range}` : "",
        h("span", { class: "tb-dim" }, `  ${seen.shape}, version ${entry.version}`)), one ? null : strip(seen));
  }

  const shown = [
    h("h3", { class: "tb-panel-title" }, called(node)),
    subtitle ? line(subtitle) : null,
    node.line ? note(`made at ${node.line}`) : null,
    ...content(node),
    ...folds(node),
    node.kind === "op" && node.next && !node.line ? section("made at", note(UNKNOWN_LINE)) : null,
  ].filter(Boolean);
  const swatch = (colour) => h("i", { style: { background: `var(--tb-${colour})` } });
  if (shown.some((part) => part.querySelector(".tb-heat"))) {
    shown.push(h("p", { class: "tb-note tb-heat-legend" }, swatch("d0"), "below zero ", swatch("cell"), "zero ", swatch("d1"), "above zero"));
  }
  return shown;
}
