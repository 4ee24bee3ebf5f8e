// What is done to the selected rows: take, give back, give to somebody.
import { call } from "./call.js";

const DONE = { take: "taken", give_back: "given back", assign: "assigned" };

export class Bulk {
  constructor(app, section, refresh) {
    this.app = app;
    this.section = section;
    this.refresh = refresh;
    this.form = section.querySelector("#bulk");
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.act(event.submitter?.value || "take", this.chosen());
    });
  }

  chosen() {
    return [...this.section.querySelectorAll("tr[data-case]:has(.choose:checked)")];
  }

  count() {
    const rows = this.section.querySelectorAll("tr[data-case]").length;
    const chosen = this.chosen().length;
    this.form.hidden = !chosen;
    this.form.querySelector("[data-chosen]").textContent = `${chosen} selected`;
    const every = this.section.querySelector("#every");
    if (every) [every.checked, every.indeterminate] = [chosen > 0 && chosen === rows, chosen > 0 && chosen < rows];
  }

  choose(rows, on) {
    for (const row of rows) row.querySelector(".choose").checked = on;
    this.count();
  }

  async act(action, rows) {
    if (!rows.length) return;
    const to = this.form.querySelector("#to").value.trim() || null;
    if (action === "assign" && !to) {
      this.form.querySelector("#to").focus();
      return this.app.say("Say to whom first.", "error");
    }
    const cases = rows.map((row) => [row.dataset.case, row.dataset.holder || null]);
    const told = await call("assign", { action, cases, to }).catch(() => ({ error: "No answer from the server." }));
    if (told.error) return this.app.say(`Not done: ${told.error}.`, "error");
    this.choose(rows.filter((row) => told.done.includes(row.dataset.case)), false);
    const done = `${told.done.length} ${DONE[action]}${action === "assign" ? ` to ${to}` : ""}.`;
    this.app.say([told.done.length ? done : "", ...told.left].filter(Boolean).join(" "), told.left.length ? "stale" : "done");
    await this.refresh();
  }
}
