// Run, pause, step and reset, which the training dashboard and the playground share.
import { h } from "./dom.js";
import { button } from "./controls.js";

const BUSY_AFTER = 700;       // ms without an answer: the kernel is busy with a cell

// `step` and `reset` say what these buttons do; `changed()` shows what is left to show where `status()` has changed.
export function steering(view, { step, reset: back, changed }) {
  let now = view.model.get("picture"), pausing = 0;
  const waiting = h("p", { class: "tb-note", hidden: true }, "waiting for the kernel: it is busy with a cell");

  async function ask(kind, data) {
    const timer = setTimeout(() => { waiting.hidden = false; }, BUSY_AFTER);
    try {
      return await view.ask(kind, data, 86_400);
    } finally {
      clearTimeout(timer);
      waiting.hidden = true;
    }
  }

  // A press shows in the next frame, whatever pictures are still on their way from the kernel.
  async function pause() {
    pausing += 1;
    show();
    try {
      await ask("pause");
    } finally {
      pausing -= 1;
      show();
    }
  }

  const status = () => (pausing && now.status === "running" ? "pausing" : now.status);
  const run = button("▶ run", { onpress: () => (status() === "running" ? pause() : ask("run")) });
  const one = button("step", { title: step, onpress: () => ask("step") });
  const reset = button("reset", { title: back, onpress: () => ask("reset") });
  run.classList.add("tb-primary");

  function update(picture) {
    now = picture;
    const running = status() === "running";
    run.textContent = running ? "❚❚ pause" : "▶ run";
    run.disabled = now.status === "finished" || now.blocking;
    one.disabled = running || now.status === "finished";
    reset.disabled = now.count === 0 && now.status === "ready";
  }
  function show() {
    update(now);
    changed();
  }
  return { ask, status, update, waiting, buttons: [run, one, reset] };
}
