// The reader's own first impression, before anything of the models is shown.
import { called } from "./signing.js";
import { node } from "./track.js";
import { gettext } from "./wording.js";

export function mountFirstRead(article, app, signal) {
  const form = article.querySelector("#first-read");
  if (!form) return;
  const coded = [];
  form.querySelector("[data-code]").addEventListener("click", code, { signal });
  form.addEventListener("submit", write, { signal });

  function code() {
    const { label, laterality } = form.elements;
    const known = [...article.querySelectorAll("#first-labels option")].find((one) => [one.value, one.dataset.label].some((word) => word.toLowerCase() === label.value.trim().toLowerCase()));
    if (!known) return app.say(gettext("Choose a finding of the list; anything else goes into the words."), "error");
    coded.push({ label: known.dataset.label, laterality: laterality.value || null });
    form.querySelector("[data-coded]").append(node("li", `${known.value} ${laterality.value && gettext(laterality.value)}`.trim()));
    [label.value, laterality.value] = ["", ""];
    label.focus();
  }

  async function write(event) {
    event.preventDefault();
    const text = form.elements.text.value.trim();
    if (!text) {
      app.say(gettext("Say what you see, in a few words."), "error");
      return form.elements.text.focus();
    }
    const answer = await called("first_read", { case_id: article.dataset.case, text, findings: coded });
    if (answer.error) return app.say(gettext("Not done: {error}.", { error: answer.error }), "error");
    app.send("open_case", { case_id: article.dataset.case });
  }
}
