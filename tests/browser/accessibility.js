// What accessibility.py measures inside the page: (root, check) => a list of findings, one line each.
(root, check) => {
  const children = [...root.querySelectorAll("*")];
  const everything = [root, ...children];
  const round = (number) => Math.round(number * 100) / 100;
  const describe = (element) => {
    const words = (element.getAttribute("aria-label") ?? element.textContent).trim().replace(/\s+/g, " ").slice(0, 40);
    const kind = element.getAttribute("class") ? "." + element.getAttribute("class").trim().split(/\s+/)[0] : "";
    return `<${element.localName}${kind}> "${words}"`;
  };
  const ancestors = (element) => {
    const found = [];
    for (let at = element; at && at !== root.parentElement; at = at.parentElement) found.push(at);
    return found;
  };

  // The text that one can see: [{ element, text, rects }]. What only a screen reader gets is one pixel large.
  const seen = (element) => element.checkVisibility({ opacityProperty: true, visibilityProperty: true })
    && !ancestors(element).some((e) => e.clientWidth === 1 && e.clientHeight === 1);
  const visibleText = () => {
    const found = [];
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const node = walker.currentNode, element = node.parentElement, text = node.textContent.trim();
      if (!text || !seen(element)) continue;
      const range = document.createRange();
      range.selectNodeContents(node);
      const rects = [...range.getClientRects()].filter((rect) => rect.width > 0 && rect.height > 0);
      if (rects.length) found.push({ element, text: text.slice(0, 40), rects });
    }
    return found;
  };
  const fields = () => children
    .filter((e) => e.matches("input:not([type=range], [type=checkbox], [type=radio]), textarea, select") && seen(e))
    .map((element) => ({ element, text: element.value || describe(element), rects: [element.getBoundingClientRect()] }));

  // Colours as [red, green, blue, alpha] with alpha up to 1; the canvas reads every notation that CSS has.
  const canvas = Object.assign(document.createElement("canvas"), { width: 1, height: 1 });
  const context = canvas.getContext("2d", { willReadFrequently: true });
  const read = new Map();
  const colour = (css) => {
    if (!read.has(css)) {
      context.clearRect(0, 0, 1, 1);
      context.fillStyle = css;
      context.fillRect(0, 0, 1, 1);
      const [red, green, blue, alpha] = context.getImageData(0, 0, 1, 1).data;
      read.set(css, [red, green, blue, alpha / 255]);
    }
    return read.get(css);
  };
  const over = (below, [red, green, blue, alpha]) =>
    [red, green, blue].map((channel, i) => channel * alpha + below[i] * (1 - alpha));
  const luminance = (channels) => {
    const [red, green, blue] = channels.map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const opacity = (element) => ancestors(element).reduce((all, e) => all * Number(getComputedStyle(e).opacity), 1);
  const faded = ([red, green, blue, alpha], by) => [red, green, blue, alpha * by];
  const isShape = (element) => element instanceof SVGGeometryElement;
  const surface = (element) => {
    const style = getComputedStyle(element);
    if (!(element instanceof SVGElement)) return faded(colour(style.backgroundColor), opacity(element));
    if (!isShape(element) || !/^(rgb|color|#|ok|lab|lch|hsl)/.test(style.fill)) return [0, 0, 0, 0];
    return faded(colour(style.fill), Number(style.fillOpacity) * opacity(element));
  };

  // What lies behind the text: every surface under its centre, drawn over each other from the lowest up.
  const behind = ({ element, rects: [rect] }) => {
    const stack = document.elementsFromPoint(rect.left + rect.width / 2, rect.top + rect.height / 2);
    const at = stack.indexOf(element);
    if (at < 0) return null;                      // scrolled out of its container, or covered
    return stack.slice(at).reverse().reduce((below, e) => over(below, surface(e)), [255, 255, 255]);
  };

  const contrast = () => {
    const style = document.createElement("style");
    // Else what lets the pointer through would be missing from the stack of elements under a point.
    style.textContent = "[data-measured], [data-measured] * { pointer-events: all !important; }";
    document.head.append(style);
    root.dataset.measured = "";
    const findings = [];
    for (const found of [...visibleText(), ...fields()]) {
      const { element, text } = found;
      if (element.closest(":disabled, [aria-disabled=true]")) continue;  // as WCAG exempts it
      let [rect] = found.rects;
      if (rect.top < 60 || rect.bottom > innerHeight - 20) {
        const before = element.getBoundingClientRect();
        element.scrollIntoView({ block: "center" });
        const after = element.getBoundingClientRect();
        rect = new DOMRect(rect.x + after.x - before.x, rect.y + after.y - before.y, rect.width, rect.height);
      }
      const style = getComputedStyle(element);
      const halo = element instanceof SVGElement && style.paintOrder.startsWith("stroke") && style.stroke !== "none";
      const below = halo ? colour(style.stroke).slice(0, 3) : behind({ element, rects: [rect] });
      if (!below) continue;
      const ink = element instanceof SVGElement ? faded(colour(style.fill), Number(style.fillOpacity)) : colour(style.color);
      const [light, dark] = [luminance(over(below, faded(ink, opacity(element)))), luminance(below)].sort((a, b) => b - a);
      const ratio = (light + 0.05) / (dark + 0.05);
      if (ratio < 4.5) findings.push(`contrast ${round(ratio)} to 1 of the text "${text}" in ${describe(element)}`);
    }
    delete root.dataset.measured;
    style.remove();
    return findings;
  };

  // One axis at a time: how far `rect` reaches out of the nearest box that cuts it off; scrolling boxes end the search.
  const cutBy = (element, rect, [low, high, axis]) => {
    for (const box of ancestors(element)) {
      const overflow = getComputedStyle(box)[axis];
      if (overflow === "auto" || overflow === "scroll") return 0;
      if (overflow === "visible" || box.localName === "g") continue;
      const edge = box.getBoundingClientRect();
      const cut = Math.max(edge[low] - rect[low], rect[high] - edge[high]);
      if (cut > 2) return cut;
    }
    return 0;
  };
  const AXES = [["left", "right", "overflowX"], ["top", "bottom", "overflowY"]];
  const clipped = () => visibleText().flatMap(({ element, text, rects }) => {
    const cut = Math.max(...rects.flatMap((rect) => AXES.map((axis) => cutBy(element, rect, axis))));
    return cut > 0 ? [`the text "${text}" is cut off by ${round(cut)} px`] : [];
  });

  const overflow = () => {
    const edge = root.getBoundingClientRect();
    const out = children.filter((element) => {
      const rect = element.getBoundingClientRect();
      const scrolls = ancestors(element).slice(1).some((e) => /auto|scroll/.test(getComputedStyle(e).overflowX));
      return seen(element) && !scrolls && rect.width > 0 && (rect.right > edge.right + 1 || rect.left < edge.left - 1);
    });
    const findings = out.slice(0, 3).map((e) => `${describe(e)} reaches out of the widget at ${round(edge.width)} px`);
    const page = root.closest(".jp-OutputArea-output");
    if (page && edge.right > page.getBoundingClientRect().right + 1) findings.push("the widget is wider than its output");
    return findings;
  };

  // Not scrolled out of a box, at least not for the most part: what is, lies over nothing.
  const inSight = (element, rect) => ancestors(element).every((box) => {
    const edge = box.getBoundingClientRect(), { overflowX, overflowY } = getComputedStyle(box);
    const middle = (rect.top + rect.bottom) / 2;
    return (!/auto|scroll/.test(overflowY) || (middle > edge.top && middle < edge.bottom))
      && (!/auto|scroll/.test(overflowX) || (rect.right > edge.left && rect.left < edge.right));
  });
  const overlaps = () => {
    const texts = visibleText().map((one) => ({ ...one, rects: one.rects.filter((rect) => inSight(one.element, rect)) }));
    const findings = [];
    texts.forEach((one, i) => texts.slice(i + 1).forEach((other) => {
      for (const a of one.rects) {
        for (const b of other.rects) {
          const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left);
          const high = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
          if (wide > 3 && high > 0.5 * Math.min(a.height, b.height)) {
            return findings.push(`the texts "${one.text}" and "${other.text}" lie over each other`);
          }
        }
      }
    }));
    return findings;
  };

  // A slider or a text field needs the arrow keys itself and is a stop of its own.
  const toolbars = () => everything.filter((e) => e.matches("[role=toolbar]") && seen(e)).flatMap((bar) => {
    const stops = [...bar.querySelectorAll("*")].filter((e) => e.tabIndex >= 0 && !e.disabled && seen(e)
      && !e.matches("input:not([type=button]), textarea, select, [role=slider]"));
    const enabled = bar.querySelector("button:not(:disabled), [role=button]:not([aria-disabled=true])");
    return !enabled || stops.length === 1 ? [] : [`${describe(bar)} has ${stops.length} tab stops, not one`];
  });

  const motion = () => everything.flatMap((element) => ["", "::before", "::after"].flatMap((part) => {
    const style = getComputedStyle(element, part || null);
    const lasts = style.transitionDuration.split(",").some((time) => parseFloat(time) > 0) && style.transitionProperty !== "none";
    const runs = style.animationName !== "none";
    return lasts || runs ? [`${describe(element)}${part} moves, though the reader asked for less motion`] : [];
  })).concat(root.getAnimations({ subtree: true }).filter((a) => a.playState === "running")
    .map((a) => `an animation runs on ${describe(a.effect.target)}, though the reader asked for less motion`));

  return { contrast, clipped, overflow, overlaps, toolbars, motion }[check]();
}
