// Time over size, both logarithmic: a line and a band per contender, and a hair at the size that is looked at.
import { listen, s } from "./dom.js";
import { step } from "./controls.js";
import { DASHES, label, tone } from "./plot.js";
import { fitting, nearest, pathOf, scaler } from "./training_scale.js";

const HEIGHT = 260, TOP = 8, BOTTOM = 42, RIGHT = 16;

// The closed path of a band: there along the upper ends, back along the lower ones.
export function bandOf(points, x, y) {
  const upper = points.map(([size, , , high]) => [x(size), y(high)]);
  const lower = points.map(([size, , low]) => [x(size), y(low)]).reverse();
  return points.length ? `${pathOf([...upper, ...lower])}Z` : "";
}

export function racePlot({ onlook }) {
  const still = s("g"), hair = s("g", { class: "tb-device-hair" });
  const svg = s("svg", { height: HEIGHT, role: "application", tabindex: 0, class: "tb-device-svg" }, still, hair);
  let shown = null;

  const sizeAt = (event) => {
    const places = shown.picture.sizes.map(shown.x);
    return nearest(places, event.clientX - svg.getBoundingClientRect().left);
  };
  listen(svg, "pointermove", (event) => shown && onlook(sizeAt(event)));
  listen(svg, "keydown", (event) => {
    const to = step(event.key, shown.at, shown.picture.sizes.length);
    if (to === null || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    onlook(to, true);
  });

  function draw(picture, width, at) {
    const axis = picture.y ?? { min: 0.1, max: 1, ticks: [] };
    const left = 12 + Math.max(0, ...axis.ticks.map(([, text]) => text.length)) * 6.2;
    const right = width - RIGHT, bottom = HEIGHT - BOTTOM;
    const x = scaler(picture.x, left, right, true), y = scaler(axis, bottom, TOP, true);
    shown = { picture, x, y, at, bottom };
    svg.setAttribute("width", width);
    still.replaceChildren(
      ...axis.ticks.flatMap(([value, text]) => [
        s("line", { x1: left, x2: right, y1: y(value), y2: y(value), class: "tb-plot-grid" }),
        label(left - 8, y(value) + 3.5, text, "end"),
      ]),
      ...fitting(picture.x.ticks, right - left, 60).flatMap(([value, text]) => [
        s("line", { x1: x(value), x2: x(value), y1: bottom, y2: bottom + 4, class: "tb-plot-grid" }),
        label(x(value), bottom + 16, text, "middle"),
      ]),
      label((left + right) / 2, HEIGHT - 6, picture.unit, "middle", { class: "tb-plot-axis", "font-size": 11 }),
      ...(picture.y ? [] : [label((left + right) / 2, HEIGHT / 2, "Nothing is timed yet. Press run.", "middle", { class: "tb-plot-axis", "font-size": 13 })]),
      ...picture.curves.flatMap(({ points }, index) => [
        s("path", { d: bandOf(points, x, y), fill: tone(index), "fill-opacity": 0.18 }),
        s("path", {
          d: pathOf(points.map(([size, median]) => [x(size), y(median)])), class: "tb-plot-curve", stroke: tone(index),
          "stroke-dasharray": DASHES[index],
        }),
        ...points.map(([size, median]) => s("circle", { cx: x(size), cy: y(median), r: 3, fill: tone(index) })),
      ]),
    );
    point(at);
  }

  function point(at) {
    hair.replaceChildren();
    if (!shown) return;
    shown.at = at;
    const { picture, x, y, bottom } = shown, size = picture.sizes[at];
    if (!picture.y) return;
    hair.append(s("line", { x1: x(size), x2: x(size), y1: TOP, y2: bottom }));
    picture.curves.forEach(({ points }, index) => {
      const found = points.find(([each]) => each === size);
      if (found) hair.append(s("circle", { cx: x(size), cy: y(found[1]), r: 5, stroke: tone(index) }));
    });
  }

  return { svg, draw, point };
}
