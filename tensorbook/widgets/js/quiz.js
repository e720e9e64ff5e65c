// The question of a quiz: a line to type, check, and give up.
import { h, listen } from "./dom.js";
import { button } from "./controls.js";

export function question({ ask, say }) {
  const asked = h("p", { class: "tb-heading" }), verdict = h("p", { class: "tb-verdict" });
  const typed = h("input", {
    class: "tb-input tb-code", type: "text", spellcheck: "false", autocomplete: "off", "aria-label": "your prediction; Enter checks it", maxlength: 200 });
  const check = button("check", { onpress: () => ask("guess", { text: typed.value }) });
  const show = button("show me", { quiet: true, onpress: () => ask("reveal") });
  listen(typed, "keydown", (event) => event.key === "Enter" && ask("guess", { text: typed.value }));
  const row = h("div", { class: "tb-line" }, typed, check, show);
  const element = h("div", { class: "tb-panel tb-quiz", hidden: true }, asked, row, verdict);
  return {
    element,
    update: (quiz) => {
      element.hidden = !quiz || (!quiz.open && !quiz.verdict);
      if (!quiz) return;
      row.hidden = !quiz.open;
      asked.textContent = quiz.question;
      if (quiz.verdict && verdict.textContent !== quiz.verdict) say(quiz.verdict);
      verdict.textContent = quiz.verdict;
      verdict.hidden = !quiz.verdict;
    },
  };
}
