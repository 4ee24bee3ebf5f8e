// What is done to the selected rows: take, give back, give to somebody.
import { call } from "./call.js";
import { gettext, ngettext } from "./wording.js";

// What was done, to how many.
const DONE = {
  take: (count) => ngettext("{count} taken.", "{count} taken.", count),
  give_back: (count) => ngettext("{count} given back.", "{count} given back.", count),
  assign: (count, to) => ngettext("{count} assigned to {to}.", "{count} assigned to {to}.", count, { to }),
};

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
    this.form.querySelector("[data-chosen]").textContent = ngettext("{count} selected", "{count} selected", chosen);
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
      return this.app.say(gettext("Say to whom first."), "error");
    }
    const cases = rows.map((row) => [row.dataset.case, row.dataset.holder || null]);
    const told = await call("assign", { action, cases, to }).catch(() => ({ error: gettext("No answer from the server") }));
    if (told.error) return this.app.say(gettext("Not done: {error}.", { error: told.error }), "error");
    this.choose(rows.filter((row) => told.done.includes(row.dataset.case)), false);
    const done = DONE[action](told.done.length, to);
    this.app.say([told.done.length ? done : "", ...told.left].filter(Boolean).join(" "), told.left.length ? "stale" : "done");
    await this.refresh();
  }
}
