// The arithmetic of the training dashboard, without a page: tested by node alone.

// A value's place between `start` and `end` (px) on an axis { min, max }.
export function scaler(axis, start, end, log = false) {
  const at = log ? Math.log10 : (value) => value;
  const low = at(axis.min), high = at(axis.max);
  return (value) => start + ((end - start) * (at(value) - low)) / (high - low);
}

// The index of the entry nearest to `wanted` in an ascending list; -1 in an empty one.
export function nearest(ascending, wanted) {
  let low = 0, high = ascending.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ascending[middle] < wanted) low = middle + 1;
    else high = middle;
  }
  return low > 0 && wanted - ascending[low - 1] <= ascending[low] - wanted ? low - 1 : high < 0 ? -1 : low;
}

// An SVG path through points; a null point is a gap, a point alone between gaps a dot.
export function pathOf(points) {
  let d = "";
  points.forEach((point, index) => {
    if (!point) return;
    const [x, y] = point.map((value) => value.toFixed(1));
    const first = !points[index - 1];
    d += `${first ? "M" : "L"}${x} ${y}`;
    if (first && !points[index + 1]) d += "h0.1";
  });
  return d;
}

// The learning rate's slider: positions are twentieths of a power of ten, values have two digits.
const PER_DECADE = 20;

export function lrToPosition(lr) {
  return Math.round(Math.log10(Math.max(lr, 1e-30)) * PER_DECADE);
}

export function positionToLr(position) {
  return Number((10 ** (position / PER_DECADE)).toPrecision(2));
}

// The learning rates that were changed on the way: [{ step, lr }], without the first.
export function lrChanges(steps, lrs) {
  return steps.map((step, index) => ({ step, lr: lrs[index] })).filter((_, index) => index > 0 && lrs[index] !== lrs[index - 1]);
}

// Ticks thinned so that their labels (of `each` px) do not run into each other over `width` px; the ends stay.
export function fitting(ticks, width, each) {
  const room = Math.max(Math.floor(width / each), 1);
  const every = Math.max(Math.ceil((ticks.length - 1) / room), 1);
  return ticks.filter((_, index) => index % every === 0);
}
