// A new case from the page. The order travels in a header and the file as the body: nothing of a patient is in an address.
import { gettext } from "./wording.js";
export function mountAdding(app) {
  const form = app.page.querySelector("#adding");
  const progress = form.querySelector("#progress");
  const field = (name) => form.querySelector(name).value.trim() || null;

  async function add(event) {
    event.preventDefault();
    const file = form.querySelector("#files").files[0];
    if (!file) {
      progress.textContent = gettext("Choose a file first.");
      return;
    }
    const order = {
      accession_number: field("#accession"),
      indication: field("#indication"),
      priority: field("#priority"),
      suffix: file.name.slice(file.name.lastIndexOf(".")),
    };
    const bytes = new TextEncoder().encode(JSON.stringify(order));
    const headers = { "x-overread-order": btoa(String.fromCharCode(...bytes)) };
    progress.textContent = gettext("Sending and checking the file …");
    try {
      const answer = await fetch("/cases/new", { method: "POST", body: file, headers, credentials: "same-origin" });
      if (answer.status === 413) throw new Error(gettext("The file is larger than the limit of this installation."));
      if (!answer.ok) throw new Error(gettext("The server did not take it ({status}).", { status: answer.status }));
      const told = await answer.json();
      if (told.case_id) app.send("open_case", { case_id: told.case_id });
      else progress.textContent = gettext("Refused ({reason}): {detail}. {next}", { reason: told.refusal.replaceAll("_", " "), detail: told.detail, next: told.next_step });
    } catch (error) {
      progress.textContent = error.message;
    }
  }

  // A synthetic study, for who has nothing to look at yet.
  async function phantom(button) {
    const said = button.parentElement.querySelector("[data-phantom-said]");
    button.disabled = true;
    said.textContent = gettext("Drawing the phantom and handing it to the models …");
    const answer = await fetch("/cases/phantom", { method: "POST" }).catch(() => null);
    const told = answer?.ok ? await answer.json() : {};
    if (told.case_id) return app.send("open_case", { case_id: told.case_id });
    button.disabled = false;
    said.textContent = told.refusal ? gettext("Refused: {detail}. {next}", { detail: told.detail, next: told.next_step }) : gettext("The server did not do it; try again in a moment.");
  }

  form.addEventListener("submit", add);
  app.page.querySelector("section.worklist").addEventListener("click", (event) => {
    const button = event.target.closest("[data-phantom]");
    if (button) phantom(button);
  });
}
