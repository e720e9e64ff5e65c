// Take the picture away: as SVG and PNG (both drawn by Python, so that they hold the whole picture), or as its data.
import { h, isDark } from "./dom.js";
import { button, toolbar } from "./controls.js";

function download(name, type, content) {
  const url = URL.createObjectURL(new Blob([content], { type }));
  h("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

// A bitmap of an SVG, twice its size so that it stays sharp on a slide.
async function png(svg, scale = 2) {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
  await image.decode();
  const canvas = h("canvas", { width: image.width * scale, height: image.height * scale });
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
}

// Three small buttons: SVG, PNG, data. `name` is what the files are called; `extra` items stand before them.
export function exports(view, name, ...extra) {
  const drawn = async () => {
    const svg = await view.ask("svg", { theme: isDark(view.root) ? "dark" : "light" });
    if (!svg) throw new Error("Python could not draw the picture");
    return svg;
  };
  const save = (kind, title, work) => button(kind, { quiet: true, title, name: title, onpress: work });
  return toolbar("take it away", ...extra,
    save("SVG", "save the picture as SVG", async () => download(`${name}.svg`, "image/svg+xml", await drawn())),
    save("PNG", "save the picture as PNG", async () => download(`${name}.png`, "image/png", await png(await drawn()))),
    save("data", "save the data it shows as JSON", () =>
      download(`${name}.json`, "application/json", JSON.stringify(view.model.get("picture"), null, 1))));
}
