// Heat maps: bytes to pixels. A byte of 128 is 0; below it blue, above it vermilion, as widgets/playground_maps.py has it.
export const MIDDLE = 128;

export function fromBase64(text) {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}

// The 256 colours, [red, green, blue] each, from those of the lowest value, of 0 and of the highest.
export function palette(low, zero, high) {
  return Array.from({ length: 256 }, (_, byte) => {
    const share = 0.85 * Math.min(Math.abs(byte - MIDDLE) / 127, 1), end = byte > MIDDLE ? high : low;
    return zero.map((channel, i) => Math.round(channel + (end[i] - channel) * share));
  });
}

// The bytes of a square map as pixels: four channels each.
export function pixels(bytes, colours) {
  const found = new Uint8ClampedArray(4 * bytes.length);
  bytes.forEach((byte, at) => found.set([...colours[byte], 255], 4 * at));
  return found;
}

export function paint(canvas, encoded, colours) {
  const bytes = fromBase64(encoded), side = Math.sqrt(bytes.length);
  if (canvas.width !== side) canvas.width = canvas.height = side;
  canvas.getContext("2d").putImageData(new ImageData(pixels(bytes, colours), side, side), 0, 0);
}

// The channels of the theme's colours, as the page resolves them.
export function themePalette(element) {
  const probe = document.createElement("span");
  element.append(probe);
  const channels = (name) => {
    probe.style.color = `var(--tb-${name})`;
    return getComputedStyle(probe).color.match(/[\d.]+/g).slice(0, 3).map(Number);
  };
  const colours = palette(channels("d0"), channels("cell"), channels("d1"));
  probe.remove();
  return colours;
}

// Where the columns and rows of the network's tiles stand.
export function places(sizes, width, tile, pitch, lead) {
  const step = (width - lead - tile) / (sizes.length - 1), most = Math.max(...sizes);
  return sizes.map((count, column) => Array.from({ length: count }, (_, row) => ({
    x: Math.round(lead + step * column), y: pitch * (row + (most - count) / 2) + (pitch - tile) / 2,
  })));
}

// Where a key leads from a neuron { column, row } in columns of these sizes; null for other keys.
export function walkNeurons(key, { column, row }, sizes) {
  const by = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] }[key];
  if (!by) return null;
  const to = Math.min(Math.max(column + by[0], 0), sizes.length - 1);
  const kept = by[0] ? Math.round(((row + 0.5) / sizes[column]) * sizes[to] - 0.5) : row + by[1];
  return { column: to, row: Math.min(Math.max(kept, 0), sizes[to] - 1) };
}
