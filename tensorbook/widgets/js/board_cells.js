// How the cells of a board belong together and look. No page needed: plain functions, as in board_svg.py.

// The cells that belong to cell `k` of a panel, by panel: what it was made of, and what is made of it.
export function together(links, panel, k) {
  const found = new Map(Object.entries(links[panel]?.[k] ?? {}).map(([name, cells]) => [name, new Set(cells)]));
  for (const [other, own] of Object.entries(links)) {
    if (other === panel) continue;
    own.forEach((link, number) => {
      if (!link[panel]?.includes(k)) return;
      if (!found.has(other)) found.set(other, new Set());
      found.get(other).add(number);
    });
  }
  return found;
}

// The colour of a signed percent: soft where a number must be read on it.
export function shadeOf(percent, written) {
  const size = Math.abs(percent);
  if (!size) return "var(--tb-cell)";
  const amount = written ? Math.round(5 + 0.35 * size) : Math.round(15 + 0.85 * size);
  return `color-mix(in srgb, var(--tb-${percent < 0 ? "d0" : "d1"}) ${amount}%, var(--tb-cell))`;
}

// Fill, edge and ink of a cell in a state ("here", "lit" or ""), as CSS.
export function look(panel, k, state) {
  const kind = panel.kinds[k] ?? "", { tone } = panel, colour = (name) => `var(--tb-${name})`;
  const soft = { pick: `s${tone}`, ghost: "panel", bad: "salert", new: "swarn" }[kind] ?? "cell";
  const edge = { pick: `d${tone}`, ghost: "dim", bad: "alert", new: "warn" }[kind] ?? "line";
  const quiet = (kind === "ghost" || kind === "dim") && !state;
  const marked = kind === "pick" || kind === "new";
  const shade = panel.shades && kind !== "ghost" ? panel.shades[k] : null;
  const plain = state === "lit" ? `s${tone}` : state === "here" && kind === "ghost" ? "cell" : soft;
  return {
    fill: shade === null ? colour(plain) : shadeOf(shade, panel.cell[2] > 0),
    stroke: colour(state === "here" ? "brand" : state === "lit" ? `d${tone}` : edge),
    "stroke-width": state === "here" || kind === "bad" || (state && (panel.shades || marked)) ? 2 : 1,
    "stroke-dasharray": kind === "ghost" ? "2 3" : "none",
    ink: colour(quiet ? "dim" : "text"),
    weight: state === "here" || kind === "bad" || (state && marked) ? 700 : 400,
  };
}

// Is something left out before the column, and before the row, of cell `k`?
export function apart({ x, y, cell: [w, tall] }, k) {
  const c = k % x.length, r = Math.floor(k / x.length) % y.length;
  return [c > 0 && x[c] - x[c - 1] > w, r > 0 && y[r] - y[r - 1] > tall];
}
