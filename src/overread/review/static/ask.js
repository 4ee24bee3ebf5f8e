// A question to the model about this case: the answer is added to the list, and its region to the picture.
import { gettext } from "./wording.js";
export function mountAsk(article, reading) {
  const form = article.querySelector("#ask");
  if (!form) return;
  const field = form.querySelector("#question");
  const told = form.querySelector("[data-asking]");
  const list = article.querySelector("[data-asked]");

  async function ask(event) {
    event.preventDefault();
    const text = field.value.trim();
    if (text.length < 3 || form.dataset.busy) return;
    form.dataset.busy = "yes";
    told.textContent = gettext("Asking …");
    try {
      const sent = { method: "POST", credentials: "same-origin", headers: { "content-type": "application/json" } };
      const answer = await fetch("/call/ask", { ...sent, body: JSON.stringify({ case_id: article.dataset.case, text }) });
      const given = await answer.json().catch(() => ({ error: gettext("the server did not answer ({status})", { status: answer.status }) }));
      if (given.error || !given.html) throw new Error(given.error || gettext("no answer came"));
      if (given.overlay) reading.add(given.overlay);
      list.insertAdjacentHTML("afterbegin", given.html);
      field.value = "";
      told.textContent = "";
    } catch (error) {
      told.textContent = gettext("Not answered: {error}", { error: error.message });
    } finally {
      delete form.dataset.busy;
    }
  }

  form.addEventListener("submit", ask);
}
