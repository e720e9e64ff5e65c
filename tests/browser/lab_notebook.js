// What lab_notebook.py asks JupyterLab about the notebook at `path`; returns an object of functions by name.
(() => {
  const find = (path) => [...jupyterapp.shell.widgets("main")].find((widget) => widget.context?.path === path);
  const cellsOf = (panel) => [...panel.content.model.cells];
  const isWidget = (output) => "application/vnd.jupyter.widget-view+json" in (output.data ?? {});
  const idle = (panel) => panel.sessionContext.session?.kernel?.status === "idle";

  return {
    // `mode` "split-right" puts it beside what is open. Returns the id of the panel's element.
    async open(path, mode) {
      const panel = await jupyterapp.commands.execute("docmanager:open", { path, options: { mode: mode ?? "tab-after" } });
      return panel.id;
    },

    // Before there is a session the page already shows "idle" (with the kernel "No Kernel"), and running cells would
    // open a dialog that nobody answers; so ask the session itself.
    ready(path) {
      const panel = find(path);
      return Boolean(panel?.context.isReady && panel.sessionContext.isReady && idle(panel));
    },

    cells: (path) => cellsOf(find(path)).map((cell) => cell.toJSON()),

    // The kind and the source of each: outputs hold pictures, too much to send at every key.
    sources: (path) => cellsOf(find(path)).map((cell) => `${cell.type}: ${cell.sharedModel.source}`),

    highestCount: (path) => Math.max(0, ...cellsOf(find(path)).map((cell) => cell.executionCount ?? 0)),

    // Every cell with code in it has run since the count `before`, or one has failed and stopped the others.
    finished(path, before) {
      const panel = find(path);
      const dialog = document.querySelector(".jp-Dialog");
      if (dialog) throw new Error(`a dialog has opened: ${dialog.innerText}`);
      const busy = [...panel.node.querySelectorAll(".jp-InputPrompt")].some((prompt) => prompt.textContent.includes("[*]"));
      if (busy || !idle(panel)) return false;
      const failed = (cell) => cell.executionCount > before
        && !(cell.getMetadata("tags") ?? []).includes("raises-exception")
        && cell.outputs.toJSON().some((output) => output.output_type === "error");
      const code = cellsOf(panel).filter((cell) => cell.type === "code" && cell.sharedModel.source.trim());
      return code.every((cell) => cell.executionCount > before) || code.some(failed);
    },

    // Has each output that is a widget drawn itself?
    drawn(path) {
      const nodes = find(path).content.widgets.filter((cell) => cell.outputArea).flatMap(({ outputArea }) =>
        outputArea.model.toJSON().flatMap((output, i) => (isWidget(output) ? [outputArea.widgets[i]?.node] : [])));
      return nodes.every((node) => node?.querySelector(".tb-root, .jupyter-widgets")?.getBoundingClientRect().height > 0);
    },

    async close(path) {
      const panel = find(path);
      if (panel?.sessionContext.session) await panel.sessionContext.shutdown();
      panel?.dispose();                           // unlike close(), asks nothing about saving
    },
  };
})()
